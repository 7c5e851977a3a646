package page

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

func parseHTML(t *testing.T, s string) *Page {
	t.Helper()
	p, err := Parse(context.Background(), Source{HTML: []byte(s)})
	if err != nil {
		t.Fatal(err)
	}
	check(t, p)
	return p
}

// check asserts what every page must satisfy.
func check(t *testing.T, p *Page) {
	t.Helper()
	if !utf8.ValidString(p.Source) || !utf8.ValidString(p.Text) {
		t.Fatal("text is not valid UTF-8")
	}
	inSource := func(what string, s Span) {
		if s.Start < 0 || s.End < s.Start || int(s.End) > len(p.Source) {
			t.Fatalf("%s: span %v outside a source of %d bytes", what, s, len(p.Source))
		}
	}
	prev := int32(0)
	for i := range p.Blocks {
		b := &p.Blocks[i]
		if b.Start < prev || b.End <= b.Start || int(b.End) > len(p.Text) {
			t.Fatalf("block %d: [%d, %d) after %d in a text of %d bytes", i, b.Start, b.End, prev, len(p.Text))
		}
		prev = b.End
		inSource("block", b.Source)
		text := p.BlockText(i)
		if !utf8.ValidString(text) || text != strings.TrimSpace(text) {
			t.Fatalf("block %d: %q is not trimmed UTF-8", i, text)
		}
		at, from := b.Start, b.Source.Start
		for _, s := range p.Segments[b.SegStart:b.SegEnd] {
			if s.Text < at || s.Text+s.TextLen > b.End || s.Source < from || s.Source+s.SourceLen > b.Source.End {
				t.Fatalf("block %d: segment %+v outside or out of order", i, s)
			}
			at, from = s.Text+s.TextLen, s.Source+s.SourceLen
			if s.TextLen == s.SourceLen && p.Source[s.Source] != '&' && p.Source[s.Source:s.Source+s.SourceLen] != p.Text[s.Text:s.Text+s.TextLen] {
				t.Fatalf("block %d: segment %+v differs from its source", i, s)
			}
		}
		inSource("mapped", p.SourceSpan(b.Start, b.End))
		if got := p.SourceSpan(b.Start, b.End); got != b.Source {
			t.Fatalf("SourceSpan of block %d = %v, want %v", i, got, b.Source)
		}
	}
	for i := range p.Nodes {
		n := &p.Nodes[i]
		inSource("node", Span{n.Open.Start, n.End})
		if n.Parent >= int32(i) || n.TextStart > n.TextEnd || int(n.TextEnd) > len(p.Text) || n.BlockStart > n.BlockEnd ||
			int(n.BlockEnd) > len(p.Blocks) || n.Last <= int32(i) && i > 0 || int(n.Class) >= len(p.Names) || int(n.ID) >= len(p.Names) {
			t.Fatalf("node %d: %+v", i, n)
		}
	}
	for _, m := range p.Metas {
		inSource("meta", m.Span)
	}
	for _, l := range p.Links {
		inSource("link", l.Span)
	}
	for _, s := range p.Scripts {
		inSource("script", s.Body)
	}
}

func texts(p *Page) []string {
	var out []string
	for i := range p.Blocks {
		out = append(out, p.Nodes[p.Blocks[i].Node].Tag.String()+": "+p.BlockText(i))
	}
	return out
}

func TestBlocks(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, html string
		want       []string
	}{
		{"paragraphs", "<body><p>One  <b>two</b>\n three<p>Four</body>", []string{"p: One two three", "p: Four"}},
		{"entities", "<p>Rock &amp; roll&nbsp;caf&eacute; &#8217; &#x80; &bogus; AT&T &notit;", []string{"p: Rock & roll café ’ € &bogus; AT&T ¬it;"}},
		{"bad references", "<p>a&#xD800;b&#0;c&#x110000;d&#;&", []string{"p: a\uFFFDb\uFFFDc\uFFFDd&#;&"}},
		{"list", "<ul><li>a<li>b<ul><li>c</ul></ul>", []string{"li: a", "li: b", "li: c"}},
		{"table", "<table><tr><td>a<td>b<tr><th>c</table>", []string{"td: a", "td: b", "th: c"}},
		{"breaks", "<div>a<br>b<br><br>c</div>", []string{"div: a\nb", "div: c"}},
		{"script and style", "<p>a<script>if (a<b) '</p>'</script>b<style>p{}</style></p>c", []string{"p: ab", "html: c"}},
		{"comment", "<p>a<!-- <p>x --!>b<!-->c<!x>d<?y?>e", []string{"p: abcde"}},
		{"unclosed comment", "<p>a<!-- <p>x", []string{"p: a"}},
		{"svg title", "<svg><title>x</title><text>y</text></svg><p>a", []string{"p: a"}},
		{"unclosed iframe in noscript", "<noscript><iframe src=x></noscript><p>a", []string{"p: a"}},
		{"unclosed svg", "<svg><g><p>a", []string{"p: a"}},
		{"stray end tags", "</p></div><p>a</div>b</p>", []string{"p: ab"}},
		{"pre", "<pre>a\n  b\n\nc</pre>", []string{"pre: a\nb\nc"}},
		{"invisible characters", "<p>a\u200bb\u00adc\u202ed\ufeffe", []string{"p: abcde"}},
		{"nul", "<p>coun\x00cil", []string{"p: council"}},
		{"less than", "<p>1 < 2 <3", []string{"p: 1 < 2 <3"}},
		{"doctype with entities", "<!DOCTYPE html [<!ENTITY a \"ha\"><!ENTITY b \"&a;\">]><p>&b;x", []string{"p: &b;x"}},
		{"inline keeps the block", "<p>a <span class=x>b <a href=y>c</a></span> d", []string{"p: a b c d"}},
		{"end tag in a cell", "<div><table><td>a</div>b</table>c</div>d", []string{"td: ab", "div: c", "html: d"}},
		{"link around blocks", "<a href=x><h2>a</h2><p>b</p></a><p>c", []string{"h2: a", "p: b", "p: c"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tt.want, texts(parseHTML(t, tt.html))); diff != "" {
				t.Errorf("blocks of %q (-want +got):\n%s", tt.html, diff)
			}
		})
	}
}

func TestLinkText(t *testing.T) {
	t.Parallel()
	p := parseHTML(t, "<p>ab <a href=#>cde</a> f</p><div><a href=#><b><div>x</a>yz</div></div>")
	var got []int32
	for _, b := range p.Blocks {
		got = append(got, b.LinkBytes)
	}
	if want := []int32{3, 1}; !reflect.DeepEqual(got, want) {
		t.Errorf("link bytes = %v, want %v", got, want)
	}
}

func TestDepthIsFlattened(t *testing.T) {
	t.Parallel()
	for _, open := range []string{"<div>", "<b><i>", "<ul><li>", "<table><tr><td>", "<svg><foreignObject><math>", "<template>", "<a href=#><b><div></a>"} {
		p := parseHTML(t, strings.Repeat(open, 5000)+"<article><h1>Title</h1><p>First words.</p><p>Second.</p></article>")
		n := len(p.Blocks)
		if n < 3 || p.BlockText(n-3) != "Title" || p.BlockText(n-1) != "Second." {
			t.Errorf("%s: blocks = %q", open, texts(p))
			continue
		}
		last := p.Blocks[n-1]
		if p.Nodes[last.Node].Tag != TagP || last.LinkBytes > 0 {
			t.Errorf("%s: last block %+v in %v", open, last, p.Nodes[last.Node].Tag)
		}
	}
}

func TestHead(t *testing.T) {
	t.Parallel()
	p := parseHTML(t, `<html lang="en-GB" class=no-js><head><title>A &amp; B
 C</title><meta charset=utf-8><meta property="og:title" content="A &quot;B&quot;"><meta name=author content='Ann'>
<link rel=canonical href="/a?b&amp;c"><base href="https://news.example/"><script type="application/ld+json">{"a":1}</script>
<script>x</script></head><body><time class="posted-on" datetime="2025-08-18">18 August</time>
<span itemprop="author">Ann</span></body>`)
	if p.Title.Text != "A & B C" || p.Lang != "en-GB" || p.Base != "https://news.example/" {
		t.Errorf("title %q, lang %q, base %q", p.Title.Text, p.Lang, p.Base)
	}
	if len(p.Metas) != 2 || p.Metas[0].Property != "og:title" || p.Metas[0].Content != `A "B"` || p.Metas[1].Name != "author" {
		t.Errorf("metas = %+v", p.Metas)
	}
	if s := p.Metas[1].Span; p.Source[s.Start:s.End] != "Ann" {
		t.Errorf("content span of author is %q", p.Source[s.Start:s.End])
	}
	if len(p.Links) != 1 || p.Links[0].Rel != "canonical" || p.Links[0].Href != "/a?b&c" {
		t.Errorf("links = %+v", p.Links)
	}
	if len(p.Scripts) != 1 || p.Source[p.Scripts[0].Body.Start:p.Scripts[0].Body.End] != `{"a":1}` {
		t.Errorf("scripts = %+v", p.Scripts)
	}
	found := map[string]string{}
	for i := range p.Nodes {
		n := &p.Nodes[i]
		if n.Tag == TagTime {
			found["datetime"], _, _ = p.Attr(int32(i), "datetime")
			found["time"] = p.NodeText(int32(i))
			if n.Hints&HintDate == 0 {
				t.Error("class posted-on gives no date hint")
			}
		}
		if n.Attrs&HasItemprop != 0 {
			found["itemprop"], _, _ = p.Attr(int32(i), "itemprop")
			found[found["itemprop"]] = p.NodeText(int32(i))
		}
	}
	want := map[string]string{"datetime": "2025-08-18", "time": "18 August", "itemprop": "author", "author": "Ann"}
	if diff := cmp.Diff(want, found); diff != "" {
		t.Errorf("attributes (-want +got):\n%s", diff)
	}
}

func TestCharset(t *testing.T) {
	t.Parallel()
	const text = "<p>Café “naïve” 100 €</p>"
	cp1252 := "<p>Caf\xe9 \x93na\xefve\x94 100 \x80</p>"
	utf16 := func(s string) string {
		out := "\xff\xfe"
		for _, r := range s {
			out += string([]byte{byte(r), byte(r >> 8)})
		}
		return out
	}
	tests := []struct {
		name    string
		src     Source
		charset string
		guessed bool
		bad     int
		want    string
	}{
		{"utf-8 unsaid", Source{HTML: []byte(text)}, "utf-8", true, 0, text},
		{"utf-8 BOM", Source{HTML: []byte("\ufeff" + text)}, "utf-8", false, 0, text},
		{"utf-16 BOM", Source{HTML: []byte(utf16(text))}, "utf-16le", false, 0, text},
		{"header", Source{HTML: []byte(cp1252), ContentType: "text/html; charset=windows-1252"}, "windows-1252", false, 0, text},
		{"latin-1 means windows-1252", Source{HTML: []byte("<meta charset=iso-8859-1>" + cp1252)}, "windows-1252", false, 0, "<meta charset=iso-8859-1>" + text},
		{"http-equiv", Source{HTML: []byte("<meta http-equiv=Content-Type content='text/html; charset=windows-1252'>" + cp1252)},
			"windows-1252", false, 0, "<meta http-equiv=Content-Type content='text/html; charset=windows-1252'>" + text},
		{"unsaid legacy", Source{HTML: []byte(cp1252)}, "windows-1252", true, 0, text},
		{"latin-1 said, UTF-8 sent", Source{HTML: []byte(text), ContentType: "text/html; charset=iso-8859-1"}, "utf-8", false, 0, text},
		{"caller's word", Source{HTML: []byte("<p>Café"), Charset: "windows-1252"}, "windows-1252", false, 0, "<p>CafÃ©"},
		{"broken utf-8", Source{HTML: []byte("<meta charset=utf-8>é\xff\xfeé")}, "utf-8", false, 2, "<meta charset=utf-8>é\uFFFDé"},
		{"shift_jis", Source{HTML: []byte("<html lang=ja>\x93\xfa\x96\x7b")}, "shift_jis", true, 0, "<html lang=ja>日本"},
		{"unknown label", Source{HTML: []byte("<meta charset=klingon>é")}, "utf-8", true, 0, "<meta charset=klingon>é"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p, err := Parse(context.Background(), tt.src)
			if err != nil {
				t.Fatal(err)
			}
			got := fmt.Sprint(p.Charset, p.CharsetGuessed, p.Replacements, p.Source)
			if want := fmt.Sprint(tt.charset, tt.guessed, tt.bad, tt.want); got != want {
				t.Errorf("Parse = %s\nwant %s", got, want)
			}
		})
	}
}

func TestSniff(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"%PDF-1.7\n": "pdf", "\x89PNG\r\n\x1a\nx": "png", "\x1f\x8b\x08": "gzip", "RIFF1234WEBPVP8 ": "webp", "PK\x03\x04": "zip",
	} {
		_, err := Parse(context.Background(), Source{HTML: []byte(in)})
		var fe *FormatError
		if !errors.As(err, &fe) || fe.Format != want {
			t.Errorf("Parse(%q) = %v, want format %s", in, err, want)
		}
	}
	for _, in := range []string{"", " \n\t", "<p>x", "PDF files begin with %PDF- and <b>"} {
		if _, err := Parse(context.Background(), Source{HTML: []byte(in)}); err != nil {
			t.Errorf("Parse(%q) = %v", in, err)
		}
	}
}

func TestCancelled(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	for _, src := range []Source{{HTML: []byte("<p>x")}, {Kind: Text, Text: "x"}} {
		if _, err := Parse(ctx, src); !errors.Is(err, context.Canceled) {
			t.Errorf("Parse = %v, want %v", err, context.Canceled)
		}
	}
}

func TestText(t *testing.T) {
	t.Parallel()
	wrapped := `The harbour board said on Monday that the second phase of the
works would begin before the spring tides, although two of the
contractors have asked for more time to bring their barges from
the north.

Its chair, Ines Falk, called the plan the most careful the town
had seen in forty years and thanked the divers.`
	tests := []struct {
		name, text string
		want       []string
	}{
		{"lines", "  Title\r\n\r\nBy A & B\n&amp;\tc  d", []string{"Title", "By A & B", "&amp; c d"}},
		{"wrapped", wrapped, []string{
			"The harbour board said on Monday that the second phase of the works would begin before the spring tides, although two of the contractors have asked for more time to bring their barges from the north.",
			"Its chair, Ines Falk, called the plan the most careful the town had seen in forty years and thanked the divers.",
		}},
		{"wrapped, an address wider than the column", "The harbour board said on Monday that the works would\nbegin before the spring tides, although two of the\ncontractors have asked for more time; the minutes are at\nhttps://harbour.example/minutes/2025/04/17/second-phase-of-the-works.html\nand its chair called the plan the most careful one the\ntown had seen in forty years.", []string{
			"The harbour board said on Monday that the works would begin before the spring tides, although two of the contractors have asked for more time; the minutes are at https://harbour.example/minutes/2025/04/17/second-phase-of-the-works.html and its chair called the plan the most careful one the town had seen in forty years.",
		}},
		{"wrapped, no blank lines", "The board said that the works would begin before the\nspring tides.\nTwo of the contractors have asked for more time, so that\nthey can bring their barges from the north.\nNobody was hurt.\nIts chair called the plan the most careful one that the\ntown had seen in forty years, and thanked the divers for\nwhat they did.", []string{
			"The board said that the works would begin before the spring tides.",
			"Two of the contractors have asked for more time, so that they can bring their barges from the north.",
			"Nobody was hurt.",
			"Its chair called the plan the most careful one that the town had seen in forty years, and thanked the divers for what they did.",
		}},
		{"paragraphs without spaces are not wrapped", strings.Repeat("港湾委員会は月曜日に第二期工事を春の大潮の前に始めると発表したが業者は延期を求めた。\n", 6), slices.Repeat([]string{"港湾委員会は月曜日に第二期工事を春の大潮の前に始めると発表したが業者は延期を求めた。"}, 6)},
		{"short lines are not wrapped", "Home\nNews\nSport\nWeather\nAbout us\nContact", []string{"Home", "News", "Sport", "Weather", "About us", "Contact"}},
		{"empty", " \n\n", nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p, err := Parse(context.Background(), Source{Kind: Text, Text: tt.text})
			if err != nil {
				t.Fatal(err)
			}
			check(t, p)
			var got []string
			for i := range p.Blocks {
				got = append(got, p.BlockText(i))
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("blocks (-want +got):\n%s", diff)
			}
		})
	}
}

func TestHTMLWithoutTagsIsText(t *testing.T) {
	t.Parallel()
	p := parseHTML(t, "Title\n\nOne & two, 1 < 2.\n")
	if p.Kind != Text || len(p.Blocks) != 2 || p.BlockText(1) != "One & two, 1 < 2." {
		t.Errorf("kind %v, blocks %q", p.Kind, texts(p))
	}
}

func TestUndecodableTextIsNone(t *testing.T) {
	t.Parallel()
	p := parseHTML(t, "<meta charset=utf-8><p>Café, thé et liqueurs: c'était l'été à Nîmes, près du château où naît la forêt.<p>"+strings.Repeat("a\xff", 40)+"<p>ok\xff")
	got := texts(p)
	if len(got) != 2 || got[1] != "p: ok\uFFFD" || p.Replacements != 41 {
		t.Errorf("%d bytes replaced, blocks %q", p.Replacements, got)
	}
}

// FuzzParse states the properties of the parser: no panic, valid UTF-8, spans
// inside the source and in order, equal output for equal input, input untouched.
func FuzzParse(f *testing.F) {
	for _, s := range []string{
		"<p>a<b>c", "<a href=x><div></a>y", "<table><tr><td>x</table>", "<svg><p>x", "&#x41&amp&notit;", "<!--", "<!DOCTYPE [", "</",
		"<p class='a b' id=\"c\">", "\xff\xfea\x00", "<meta charset=shift_jis>\x93\xfa", "<pre>\n\n", "<br><br>a<br>", "<title>x", "<script type='application/ld+json'>[",
	} {
		f.Add([]byte(s), false)
		f.Add([]byte(s), true)
	}
	f.Fuzz(func(t *testing.T, in []byte, plain bool) {
		src := Source{HTML: in}
		if plain {
			src = Source{Kind: Text, Text: string(in)}
		}
		before := string(in)
		p, err := Parse(context.Background(), src)
		if err != nil {
			var fe *FormatError
			if !errors.As(err, &fe) {
				t.Fatal(err)
			}
			return
		}
		check(t, p)
		q, _ := Parse(context.Background(), src)
		if !reflect.DeepEqual(p, q) {
			t.Error("two runs differ")
		}
		if string(in) != before {
			t.Error("input was changed")
		}
	})
}
