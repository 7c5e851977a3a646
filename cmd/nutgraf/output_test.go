package main

import (
	"net/url"
	"regexp"
	"strings"
	"testing"

	"example.invalid/nutgraf/extractors"
	nutgrafv1 "example.invalid/nutgraf/gen/go/nutgraf/v1"
	"example.invalid/nutgraf/internal/pipeline"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/known/fieldmaskpb"
)

// hostilePage has bad URLs and scripts wherever a page may have a URL.
const hostilePage = `<html lang="en"><head><title>Bridge reopens</title>
<link rel="canonical" href="https://user:hunter2@paper.example/bridge">
<meta property="og:url" content="javascript:alert(1)">
<meta property="og:image" content="https://user:hunter2@paper.example/i.png">
<meta property="article:author" content="https://user:hunter2@paper.example/ada">
<script type="application/ld+json">{"@context":"https://schema.org","@type":"NewsArticle","headline":"Bridge reopens",
"url":"https://user:hunter2@paper.example/bridge","mainEntityOfPage":"data:text/html,x","image":"javascript:alert(2)",
"author":{"@type":"Person","name":"Ada Brook","url":"javascript:alert(3)","sameAs":["https://user:hunter2@paper.example/ada"]},
"publisher":{"@type":"Organization","name":"The Paper","url":"https://user:hunter2@paper.example/","logo":"vbscript:x"}}</script>
</head><body><article><h1>Bridge reopens</h1>
<p class="byline"><a rel="author" href="javascript:alert(4)">Ada Brook</a></p>
<p>The old bridge over the river Aven <a href="javascript:alert(5)">reopened</a> on <a href="https://user:hunter2@paper.example/m">Monday</a>
after two years of <a href=" java&#10;script:alert(6)">repairs</a> that cost the town of Lund about 40 million, the mayor said.</p>
<img src="javascript:alert(7)" onerror="alert(8)"><svg onload="alert(9)"><script>alert(10)</script></svg>
<p onclick="alert(11)" style="background:url(javascript:alert(12))">“We are glad,” said Mayor Carl Dorn, who cut the ribbon before a
crowd of about two thousand people on the northern bank.</p><iframe src="data:text/html,x"></iframe></article></body></html>`

// TestURLsPutOutAreClean wants no URL with a scheme other than http and https, or with a password, in any field but the text
// of the source; and no script in HTML output.
func TestURLsPutOutAreClean(t *testing.T) {
	set, err := pipeline.NewSet(pipeline.Config{}, extractors.Standard()...)
	if err != nil {
		t.Fatal(err)
	}
	req := &nutgrafv1.ArticleRequest{
		Source: &nutgrafv1.Source{
			Content: &nutgrafv1.Source_Html{Html: &nutgrafv1.HtmlContent{Data: []byte(hostilePage)}},
			Url:     "https://user:hunter2@paper.example/bridge?x=1",
		},
		Options: &nutgrafv1.ExtractionOptions{ReadMask: &fieldmaskpb.FieldMask{Paths: []string{"*", "content.html", "content.markdown"}}},
	}
	if err := set.Validate(req); err != nil {
		t.Fatal(err)
	}
	out, err := set.Run(t.Context(), req)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(out.GetContent().GetText(), "old bridge") {
		t.Fatalf("the page was not read: %v", out)
	}
	badHTML := regexp.MustCompile(`(?i)<(script|iframe|svg|object|style)|\son[a-z]+=|style=`)
	if m := badHTML.FindString(out.GetContent().GetHtml()); m != "" {
		t.Errorf("content.html holds %q:\n%s", m, out.GetContent().GetHtml())
	}
	eachString(out.ProtoReflect(), "", func(path, s string) {
		if strings.Contains(s, "hunter2") {
			t.Errorf("%s holds a password: %q", path, s)
		}
		for _, scheme := range []string{"javascript:", "vbscript:", "data:"} {
			if strings.Contains(strings.ToLower(s), scheme) {
				t.Errorf("%s holds a URL of scheme %s %q", path, scheme, s)
			}
		}
		if u, err := url.Parse(s); err == nil && u.User != nil {
			t.Errorf("%s holds a URL with user information", path)
		}
	})
	if _, err := proto.Marshal(out); err != nil { // refuses strings that are not UTF-8
		t.Error(err)
	}
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
