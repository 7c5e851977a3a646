package content

import (
	"fmt"
	"strings"
	"testing"

	nutgrafv1 "example.invalid/nutgraf/gen/go/nutgraf/v1"
)

const (
	needle  = "The harbour office in Velmouth will close for nine days while divers replace the chains of the outer gate"
	needle2 = "Fishing boats may use the old quay in the meantime, the port captain told a meeting of the crews"
)

var paragraphs = "<p>" + needle + ", which have held since the winter of 1974.</p>\n" +
	"<p>“We would rather do it in calm water than in a gale,” said Rosa Quill, who has run the office for eleven years.</p>\n" +
	"<p>The work costs 380,000 pounds, of which the county pays half, according to a note published on 3 June 2025.</p>\n" +
	"<p>" + needle2 + ", though only two at a time.</p>\n"

// hostilePage puts something in front of, inside and after an ordinary article.
func hostilePage(head, before, inside, after string) string {
	return `<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>Harbour office to close for nine days</title>` + head +
		"</head><body>" + before + "<article><h1>Harbour office to close for nine days</h1>" + inside + paragraphs + "</article>" + after + "</body></html>"
}

// TestHostile gives the extractor documents made to break parsers. Each must
// come back whole: the article is kept and what is said of every answer holds.
func TestHostile(t *testing.T) {
	t.Parallel()
	const n = 3000
	r := strings.Repeat
	counted := func(format string) string {
		var sb strings.Builder
		for i := range n {
			fmt.Fprintf(&sb, format, i)
		}
		return sb.String()
	}
	cases := map[string]string{
		"deep divs":          hostilePage("", r("<div>", n), "", r("</div>", n)),
		"deep and closed":    hostilePage("", r("<div>", n)+"x"+r("</div>", n), "", ""),
		"open formatting":    hostilePage("", r("<b><i>", n), "", ""),
		"crossed links":      hostilePage("", r("<a href=#><b><i><u><div></a>y", n), "", ""),
		"nested tables":      hostilePage("", r("<table><tr><td>", n)+"x", "", ""),
		"text in tables":     hostilePage("", "<table>"+r("x<div>y</div><tr>", n)+"</table>", "", ""),
		"nested templates":   hostilePage("", r("<template>", n)+"x"+r("</template>", n), "", ""),
		"nested svg":         hostilePage("", r("<svg><foreignObject><math><mi>", n)+"x", "", ""),
		"nested lists":       hostilePage("", r("<ul><li>", n)+"x", "", ""),
		"stray end tags":     hostilePage("", r("</p></div>", n), "", ""),
		"links":              hostilePage("", "", "", "<nav>"+counted("<a href=/t/%d>topic</a> ")+"</nav>"),
		"comments":           hostilePage("", r("<!-- a --!><!x><?y>", n), "", ""),
		"open comment":       hostilePage("", "", "", "<!--"+r("<!-- -", n)),
		"open script":        hostilePage("", "", "", "<script><!--"+r("<script>", n)),
		"attributes":         hostilePage("", "<div "+counted("a%[1]d=%[1]d ")+">x</div>", "", ""),
		"classes":            hostilePage("", `<div class="`+counted("c%d ")+`">x</div>`, "", ""),
		"long attribute":     hostilePage("", `<div data-x="`+r("z", 100*n)+`">x</div>`, "", ""),
		"long tag name":      hostilePage("", "<"+r("q", 100*n)+">x", "", ""),
		"entities":           hostilePage("", "", "", "<p>"+r("&#x41&amp&CounterClockwiseContourIntegra&notit;", n)+"</p>"),
		"bad references":     hostilePage("", "", "", "<p>"+r("&#xD800;&#0;&#x110000;&#x80;&#99999999999999999999;", n)+"</p>"),
		"entity bomb":        `<?xml version="1.0"?><!DOCTYPE html [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]>` + hostilePage("", "", "", "<p>&b;</p>"),
		"quotes":             hostilePage("", "", "", "<p>"+r("“he said ‘she told ", n)+"</p>"),
		"blanks":             hostilePage("", "", "", "<p>a"+r(" \t\u00a0", n)+"b</p>"),
		"one word":           hostilePage("", "", "", "<p>"+r("ab", 10*n)+"</p>"),
		"invisible":          hostilePage("", "", "", "<p>"+r("\u202e\u2066\u200b\u200d\ufeff\U000e0041x", n)+"</p>"),
		"invalid bytes":      hostilePage("", "", "", "<p>"+r("\xff\xfe\x80", n)+"</p>"),
		"nul bytes":          hostilePage("", "<p>"+r("\x00", n)+"</p>", "", ""),
		"deep JSON":          hostilePage(`<script type="application/ld+json">`+r("[", n)+r("]", n)+"</script>", "", "", ""),
		"backslashes":        hostilePage(`<script type="application/ld+json">"`+r(`\`, 10*n)+"</script>", "", "", ""),
		"quotation marks":    hostilePage(`<script type="application/ld+json">`+r(`\"`, 10*n)+"</script>", "", "", ""),
		"metas":              hostilePage(counted("<meta property='article:tag' content='t%d'>"), "", "", ""),
		"long title":         hostilePage("<title>"+r("Breaking | ", n)+"</title>", "", "", ""),
		"other shapes":       hostilePage("", r("<frameset><select><option><textarea></textarea>", 50), "", ""),
		"short paragraphs":   hostilePage("", "", "", r("<p>Line of the notice.</p>", n)),
		"nested boilerplate": hostilePage("", "", "", r("<div class=content><p>Some words, with commas, to score here.</p>", n/10)),
	}
	for name, in := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			x, source := extract(t, htmlSource([]byte(in)))
			check(t, x, source)
			for _, want := range []string{needle, needle2} {
				if !strings.Contains(x.GetContent().GetText(), want) {
					t.Errorf("the article is lost: %.300q", x.GetContent().GetText())
				}
			}
			if limit := 65536 + 2*len(in); len(x.GetContent().GetText()) > limit {
				t.Errorf("body of %d bytes from %d", len(x.GetContent().GetText()), len(in))
			}
		})
	}
	t.Run("text", func(t *testing.T) {
		t.Parallel()
		junk := r("Follow Us:\n\nAdvertisement\n\n", n)
		article := strings.NewReplacer("<p>", "", "</p>", "\n").Replace(paragraphs)
		x, source := extract(t, textSource(junk+"Harbour office to close for nine days\n\n"+article+"\n"+junk))
		check(t, x, source)
		if got := x.GetContent().GetText(); !strings.Contains(got, needle) || !strings.Contains(got, needle2) || strings.Contains(got, "Follow Us") {
			t.Errorf("body = %.300q", got)
		}
		if k := x.GetPageKind(); k != nutgrafv1.PageKind_PAGE_KIND_ARTICLE {
			t.Errorf("page kind = %v", k)
		}
	})
}
