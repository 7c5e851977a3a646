package main

import (
	"encoding/json"
	"fmt"
	"html"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"example.invalid/nutgraf/extractors"
	nutgrafv1 "example.invalid/nutgraf/gen/go/nutgraf/v1"
	"example.invalid/nutgraf/internal/pipeline"
	nethtml "golang.org/x/net/html"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/known/fieldmaskpb"
)

// hostileURLs are what a page may give for a URL, each with a mark that a field which is put out then holds.
var hostileURLs = []string{
	"javascript:alert('canary')", " javascript:alert('canary')", "java\tscript:alert('canary')", "java&#10;script:alert('canary')",
	"&#x6a;avascript:alert('canary')", "JaVaScRiPt:alert('canary')", "\x01javascript:alert('canary')", "javascript&colon;alert('canary')",
	"vbscript:canary", "vb\nscript:canary", "data:text/html,canary", "data:text/html;base64,canary", "file:///etc/canary", "blob:https://paper.example/canary",
	"ftp://paper.example/canary", "view-source:https://paper.example/canary", "about:canary", "intent://canary#Intent;end",
	"https://user:canary@paper.example/", "https://canary@paper.example/", "//user:canary@paper.example/", "https:\\\\user:canary@paper.example\\", "https:/user:canary@paper.example/",
	"https://user:canary%40paper.example/", "http://user:canary@[::1]/", "https://user:canary@paper.example@other.example/",
	"https://paper.example/" + strings.Repeat("canary", 10_000), "https://" + strings.Repeat("canary.", 1000) + "example/",
	"https://paper.example\x00/canary", "https://paper.example/\r\nX: canary", "https://<script>canary</script>/", "https://paper.example/?q=\"><script>canary</script>", "https://paper.example/'onload='canary", "https://paper.example\"canary/", "https:///canary", "https://:80/canary", "http:canary",
}

// goodURLs are put out, whatever else they look like.
var goodURLs = []string{"https://zeitung-müller.example/brücke", "https://xn--zeitung-mller-gsb.example/", "http://paper.example:8080/a?b=c#d", "/relative/story"}

// pageWith has the URL wherever a page may have one, in attributes and in JSON.
func pageWith(u string) string {
	attr := strings.NewReplacer(`"`, "&quot;").Replace(u)
	inJSON, _ := json.Marshal(html.UnescapeString(u)) // a string always marshals
	return strings.NewReplacer("$A", attr, "$J", string(inJSON)).Replace(`<html lang="en"><head><title>Bridge reopens</title>
<link rel="canonical" href="$A"><link rel="amphtml" href="$A"><link rel="alternate" type="application/rss+xml" href="$A"><link rel="icon" href="$A">
<meta property="og:url" content="$A"><meta property="og:image" content="$A"><meta name="twitter:image" content="$A">
<meta property="article:author" content="$A"><meta property="article:publisher" content="$A"><meta name="author" content="Ada Brook">
<script type="application/ld+json">{"@context":"https://schema.org","@type":"NewsArticle","headline":"Bridge reopens","url":$J,"@id":$J,
"mainEntityOfPage":{"@type":"WebPage","@id":$J},"image":[{"@type":"ImageObject","url":$J,"contentUrl":$J}],"license":$J,"sameAs":[$J],
"author":{"@type":"Person","name":"Ada Brook","url":$J,"sameAs":[$J],"image":$J},
"publisher":{"@type":"Organization","name":"The Paper","url":$J,"logo":{"@type":"ImageObject","url":$J}}}</script>
</head><body><article><h1>Bridge reopens</h1>
<p class="byline">By <a rel="author" href="$A">Ada Brook</a></p><time datetime="2024-05-03">3 May 2024</time>
<p>The old bridge over the river Aven <a href="$A">reopened</a> on Monday after two years of repairs that cost the town of Lund about
40 million, the mayor said. It had been closed since a flood.</p><figure><img src="$A" srcset="$A 2x" data-src="$A" onerror="alert(8)"><figcaption>The bridge.</figcaption></figure>
<svg onload="alert(9)"><script>alert(10)</script></svg><form action="$A"><input formaction="$A"></form><object data="$A"></object>
<p onclick="alert(11)" style="background:url($A)">“We are glad,” said Mayor Carl Dorn, who cut the ribbon before a
crowd of about two thousand people on the northern bank.</p><iframe src="$A"></iframe><embed src="$A"><base href="$A"></article></body></html>`)
}

// extracted is all that is put out for a page that came from the given URL.
func extracted(t *testing.T, set *pipeline.Set, page []byte, u string) *nutgrafv1.Extraction {
	t.Helper()
	req := &nutgrafv1.ArticleRequest{
		Source:  &nutgrafv1.Source{Content: &nutgrafv1.Source_Html{Html: &nutgrafv1.HtmlContent{Data: page}}, Url: u},
		Options: &nutgrafv1.ExtractionOptions{ReadMask: &fieldmaskpb.FieldMask{Paths: []string{"*", "content.html", "content.markdown"}}},
	}
	if err := set.Validate(req); err != nil {
		t.Skip(err) // of the fuzzer
	}
	out, err := set.Run(t.Context(), req)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// checkClean wants URLs in fields of URLs to be http or https, without user information and of bounded length, strings to be UTF-8,
// and HTML to hold a few elements without attributes, as a browser would read it.
func checkClean(t *testing.T, out *nutgrafv1.Extraction) {
	t.Helper()
	eachString(out.ProtoReflect(), "", func(path, s string) {
		if !strings.HasSuffix(path, "url") && !strings.HasSuffix(path, "uri") && !strings.HasSuffix(path, "href") {
			return
		}
		u, err := url.Parse(s)
		if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.User != nil || len(s) > 4096 || strings.ContainsAny(s, "\x00\t\r\n <>\"`") {
			t.Errorf("%s is put out: %.100q", path, s)
		}
	})
	if _, err := proto.Marshal(out); err != nil { // refuses strings that are not UTF-8
		t.Error(err)
	}
	root, err := nethtml.Parse(strings.NewReader(out.GetContent().GetHtml()))
	if err != nil {
		t.Fatal(err)
	}
	for n := range root.Descendants() {
		if n.Type == nethtml.TextNode {
			continue
		}
		if n.Type != nethtml.ElementNode || !allowedElements[n.Data] || len(n.Attr) > 0 {
			t.Errorf("content.html holds a node %v %q with %v", n.Type, n.Data, n.Attr)
		}
	}
	// What would be a link, an image, or an element in CommonMark is escaped.
	if m := liveMarkdown.FindString(out.GetContent().GetMarkdown()); m != "" {
		t.Errorf("content.markdown holds %q", m)
	}
}

var allowedElements = map[string]bool{
	"html": true, "head": true, "body": true, "p": true, "br": true, "h1": true, "h2": true, "h3": true, "h4": true, "h5": true, "h6": true,
	"ul": true, "li": true, "blockquote": true, "table": true, "tbody": true, "tr": true, "td": true, "small": true,
}

var liveMarkdown = regexp.MustCompile("(?:^|[^\\\\])(?:\\\\\\\\)*[\\[\\]<`]")

// TestURLsPutOutAreClean gives a page each hostile URL in every place where a page may have one.
func TestURLsPutOutAreClean(t *testing.T) {
	set, err := pipeline.NewSet(pipeline.Config{}, extractors.Standard()...)
	if err != nil {
		t.Fatal(err)
	}
	for _, u := range hostileURLs {
		t.Run(fmt.Sprintf("%.40q", u), func(t *testing.T) {
			out := extracted(t, set, []byte(pageWith(u)), "https://user:canary@paper.example/bridge?x=1")
			if !strings.Contains(out.GetContent().GetText(), "old bridge") {
				t.Fatalf("the page was not read: %v", out)
			}
			checkClean(t, out)
			eachString(out.ProtoReflect(), "", func(path, s string) {
				if lower := strings.ToLower(s); strings.Contains(lower, "canary") && !strings.HasPrefix(lower, "https://paper.example") && !strings.HasPrefix(lower, "https://canary.canary") {
					t.Errorf("%s holds %.100q", path, s)
				}
			})
		})
	}
	for _, u := range goodURLs {
		out := extracted(t, set, []byte(pageWith(u)), "https://paper.example/bridge")
		checkClean(t, out)
		found := false
		eachString(out.ProtoReflect(), "", func(path, s string) {
			found = found || strings.HasSuffix(path, "url") && s != "https://paper.example/bridge"
		})
		if !found {
			t.Errorf("nothing is put out of %q", u)
		}
	}
}

// FuzzOutputIsClean holds whatever comes of any page to the same.
func FuzzOutputIsClean(f *testing.F) {
	set, err := pipeline.NewSet(pipeline.Config{}, extractors.Standard()...)
	if err != nil {
		f.Fatal(err)
	}
	for _, body := range []string{
		"<p>a &lt;script&gt;alert(1)&lt;/script&gt; [x](javascript:alert(1)) ![y](https://u:p@x.example/) <https://u:p@x.example/> `code` and more text",
		"<table><tr><td>&lt;b onclick=x&gt;<td>2</table><ul><li>&lt;/li&gt;&lt;/ul&gt;<li>two</ul><blockquote>q</blockquote>",
		"<h2>&lt;/h2&gt;&lt;img src=x onerror=alert(1)&gt;</h2><pre>&#0;&#x1F;&lt;!--</pre><p>--&gt; ]]&gt; &amp;lt;svg&amp;gt; \\[a\\](b) \\\\[c](d)</p>",
		"<textarea><p>x</textarea><noscript><p title=\"</noscript><img src=x onerror=alert(1)>\">y</noscript><math><mtext><style><p>z</style></math>",
	} {
		f.Add([]byte("<html lang=en><article><h1>Bridge</h1>"+body+strings.Repeat("<p>The council of Aven said on Monday that the bridge would open in March.</p>", 5)), "https://paper.example/a")
	}
	for _, u := range hostileURLs[:8] {
		f.Add([]byte(pageWith(u)), "http://paper.example/")
	}
	f.Fuzz(func(t *testing.T, page []byte, u string) { checkClean(t, extracted(t, set, page, u)) })
}

func eachString(m protoreflect.Message, path string, f func(path, s string)) {
	m.Range(func(fd protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		at := path + "." + string(fd.Name())
		one := func(v protoreflect.Value) {
			switch {
			case fd.Kind() == protoreflect.StringKind:
				f(at, v.String())
			case fd.Message() != nil && !fd.IsMap():
				eachString(v.Message(), at, f)
			}
		}
		if fd.IsList() {
			for i := range v.List().Len() {
				one(v.List().Get(i))
			}
		} else {
			one(v)
		}
		return true
	})
}
