package zone

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"example.invalid/nutgraf/internal/page"
	"github.com/google/go-cmp/cmp"
)

func TestBlockLinks(t *testing.T) {
	t.Parallel()
	p := parse(t, page.Source{HTML: []byte(`<body><div><p>The bridge is <i>closed</i>.</p>
<p><em><a href="/news/why-the-old-bridge-closed">Why?</a> <a href="https://www.facebook.com/x">Us</a></em></p>
<p>Read more: <a href="https://other.example/a">The mills</a></p>
<p><a href="/newsletter">Letters</a>, <a href="/tag/bridges">bridges</a>, <a href="/x">x</a></p></div>`)})
	c := NewContext(p, "https://www.house.example/1")
	type row struct {
		Italic   int32
		Labelled float32
		Links    [nLink]float32
	}
	var got []row
	for i := range p.Blocks {
		got = append(got, row{p.Blocks[i].ItalicBytes, c.labelled(i), c.linksOf(i)})
	}
	want := []row{
		{6, -1, [nLink]float32{}},
		{6, -1, [nLink]float32{linkSocial: 1, linkStory: 1}},
		{0, 1, [nLink]float32{linkAway: 1}},
		{0, -1, [nLink]float32{linkPromotion: 1, linkTopic: 1}},
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

// Many blocks and links in one element are still read once.
func TestLinksAreLinear(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	for i := range 60_000 {
		fmt.Fprintf(&b, "<i class=x></i>word <a href=/%d>link</a><br><br>", i)
	}
	p, err := page.Parse(context.Background(), page.Source{HTML: []byte(b.String())})
	if err != nil {
		t.Fatal(err)
	}
	c := NewContext(p, "")
	start := time.Now()
	for i := range p.Blocks {
		c.linksOf(i)
	}
	if d := time.Since(start); d > 5*time.Second {
		t.Errorf("%v for %d blocks", d, len(p.Blocks))
	}
}
