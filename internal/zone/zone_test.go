package zone

import (
	"context"
	"errors"
	"math"
	"strings"
	"testing"

	"example.invalid/nutgraf/internal/page"
	"example.invalid/nutgraf/internal/zone/forest"
	"github.com/google/go-cmp/cmp"
)

func parse(t *testing.T, src page.Source) *page.Page {
	t.Helper()
	p, err := page.Parse(context.Background(), src)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// The models in the tree were made with the features in the tree.
func TestModelsFit(t *testing.T) {
	t.Parallel()
	ms, err := models()
	if err != nil {
		t.Fatal(err)
	}
	for kind, m := range ms {
		if m.first.Trees() == 0 || m.second.Trees() == 0 {
			t.Errorf("model %d has no trees", kind)
		}
	}
	if _, err := readModel(htmlModel[:len(htmlModel)-1], page.HTML); err == nil {
		t.Error("a model cut short was read")
	}
}

func TestLabelText(t *testing.T) {
	t.Parallel()
	const text = `Subscribe

Council sells the old tannery to a film school

The sale ends a dispute that began when the roof fell in.

By Lena Hartwig

12 March 2025, 14:05

The town council of Aldersee has sold the old tannery by the river to a film school from the capital, which plans to open its doors to the first forty students next autumn.

“We looked at eleven offers, and this was the only one that kept the chimney,” said the mayor, Jonas Peter, after the vote on Tuesday evening.

The school will pay 1.2 million euros and has promised to let the town use the largest hall for thirty evenings a year.

Read more: What became of the other mills

Share on Facebook

© 2025 Aldersee Anzeiger. All rights reserved.`
	p := parse(t, page.Source{Kind: page.Text, Text: text})
	l, err := Label(context.Background(), p, "")
	if err != nil {
		t.Fatal(err)
	}
	// The standfirst may be kept in the body; it does not return there.
	if l.Roles[2] == Body {
		l.Roles[2] = Standfirst
	}
	want := []Role{Promotion, Title, Standfirst, Byline, Date, Body, Body, Body, Related, Social, Legal}
	if diff := cmp.Diff(want, l.Roles); diff != "" {
		t.Errorf("roles (-want +got):\n%s", diff)
	}
	if l.Kind != KindArticle {
		t.Errorf("kind = %v, want an article", l.Kind)
	}
}

func TestKinds(t *testing.T) {
	t.Parallel()
	story := "<p>The ferry will sail again in May, the island council said on Tuesday, nine years after it was taken out of service by its owner.</p>" +
		"<p>Two daily sailings will link the island with the mainland, and a third is planned for the summer if enough crew can be found.</p>" +
		"<p>The refit at the yard cost six million pounds, a third less than first feared, because the engines turned out to be sound.</p>" +
		"<p>“My grandmother sold milk on that boat,” said the mayor, who had campaigned for its return since the winter of the great storm.</p>" +
		"<p>Opponents of the scheme say that the money should have gone to the airstrip, which closes whenever the wind turns to the north.</p>"
	tests := []struct {
		name, html string
		want       Kind
	}{
		{"article", "<article><h1>Ferry returns</h1>" + story + "</article>", KindArticle},
		{"live blog", `<script type="application/ld+json">{"@type":"LiveBlogPosting"}</script><main><h1>Live</h1>` + story + "</main>", KindLiveBlog},
		{"challenge", "<h1>Just a moment...</h1><p>Verify you are human by completing the action below.</p>", KindInterstitial},
		{"nothing", "<script>x</script>", KindEmpty},
		{"list", "<main><h1>All ferries</h1><ul>" + strings.Repeat("<li class=card><a href=/f><h3>Ferry to Aldersee</h3></a><span>From 12 euros</span></li>", 40) + "</ul></main>", KindIndex},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			l, err := Label(context.Background(), parse(t, page.Source{HTML: []byte(tt.html)}), "")
			if err != nil {
				t.Fatal(err)
			}
			if l.Kind != tt.want {
				t.Errorf("kind = %v, want %v", l.Kind, tt.want)
			}
		})
	}
}

func TestLabelCancelled(t *testing.T) {
	t.Parallel()
	p := parse(t, page.Source{HTML: []byte("<p>x")})
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := Label(ctx, p, ""); !errors.Is(err, context.Canceled) {
		t.Errorf("Label = %v, want %v", err, context.Canceled)
	}
}

// Taking the cut must score at least as well, by expectation, as any other cut.
func TestThreshold(t *testing.T) {
	t.Parallel()
	c := &Context{}
	scores := []float32{.99, .95, .8, .6, .4, .3, .1, .05, .01}
	for i := range scores {
		c.shapes = append(c.shapes, shape{words: int32(5 + i*7%11)})
	}
	for _, cases := range [][]shift{apart, together} {
		expected := func(cut float32) (f1 float64) {
			for _, by := range cases {
				var inside, size, total float64
				for i, v := range scores {
					w := float64(c.shapes[i].words) + .5
					e := float64(by.move(v, logOdds(v))) * w
					total += e
					if v >= cut {
						inside += e
						size += w
					}
				}
				f1 += float64(by.weight) * 2 * inside / (size + total)
			}
			return f1
		}
		limit, f1 := c.threshold(scores, cases)
		got := expected(limit)
		if math.Abs(got-float64(f1)) > .01 {
			t.Errorf("threshold expects %.4f, want %.4f", f1, got)
		}
		for _, cut := range scores {
			if want := expected(cut); got < want-1e-5 {
				t.Errorf("threshold scores %.4f, a cut at %v scores %.4f", got, cut, want)
			}
		}
	}
}

// An article and three times as much that is likelier comments than posts: all of it is right too seldom.
func TestThresholdErrsTogether(t *testing.T) {
	t.Parallel()
	const unsure = .333
	c, scores := &Context{}, []float32{}
	add := func(n int, score float32, words int32) {
		for range n {
			scores, c.shapes = append(scores, score), append(c.shapes, shape{words: words})
		}
	}
	add(10, .95, 100)
	add(60, unsure, 50)
	if limit, _ := c.threshold(scores, together); limit <= unsure {
		t.Errorf("blocks that err together are cut at %.2f, want above %.2f", limit, unsure)
	}
	if limit, _ := c.threshold(scores, apart); limit > unsure {
		t.Errorf("blocks that err apart are cut at %.2f, want %.2f at most", limit, unsure)
	}
	sum, mean := float32(0), float32(0)
	for _, by := range together {
		sum += by.weight
		mean += by.weight * by.move(unsure, logOdds(unsure))
	}
	if math.Abs(float64(sum)-1) > 1e-4 || math.Abs(float64(mean)-unsure) > .02 {
		t.Errorf("weights of cases add up to %v, their mean of %v is %v", sum, unsure, mean)
	}
}

// Cards of one class share their scores; what has no class counts with its like under the same class of parent.
func TestAlike(t *testing.T) {
	t.Parallel()
	p := parse(t, page.Source{HTML: []byte(`<ul class=list><li class=card><h3>One two</h3><p>three four</p></li><li class=card><h3>Five six</h3><p>seven eight</p></li></ul>`)})
	c := NewContext(p, "")
	scores := []float32{1, .5, 0, .5}
	s := c.newSequence(scores, make([]float32, 4), make([]float32, 4))
	for level, want := range []alike{{mean: 4. / 9, words: 8, nodes: 4}, {mean: 4. / 9, words: 8, nodes: 2}} {
		at := p.Blocks[3].Node
		for range level {
			at = p.Nodes[at].Parent
		}
		if got := s.alike[alikeOf(p, at)]; got != want {
			t.Errorf("level %d: alike = %+v, want %+v", level, got, want)
		}
	}
	if got := s.peak[p.Nodes[p.Blocks[0].Node].Parent]; got != 1 {
		t.Errorf("peak of the first card = %v, want 1", got)
	}
}

func TestGate(t *testing.T) {
	t.Parallel()
	f, _ := forest.New([]uint32{0, 3}, []forest.Node{
		{Value: 1, Feature: 0, Right: 2}, {Value: -1, Feature: forest.Leaf}, {Value: 2, Feature: forest.Leaf},
		{Value: 9, Feature: 0, Right: 2}, {Value: 10, Feature: forest.Leaf}, {Value: 20, Feature: forest.Leaf},
	})
	m := trees{f, 0}
	var w forest.Walk
	g := gate{trees: 1, below: 0}
	if v, ok := m.gated([]float32{1}, g, &w); ok {
		t.Errorf("gated(1) = %v, want a stop at the gate", v)
	}
	if v, ok := m.gated([]float32{2}, g, &w); !ok || v != 12 {
		t.Errorf("gated(2) = %v, %v, want the sum of all trees, 12", v, ok)
	}
}

func TestLog2(t *testing.T) {
	t.Parallel()
	for _, x := range []float32{1, 2, 3, 10, 1000, 1e6} {
		if got := float64(log2(x)); math.Abs(got-math.Log2(float64(x))) > .09 {
			t.Errorf("log2(%v) = %v", x, got)
		}
	}
}

func TestStringEnd(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]int{`abc"`: 3, `a\"b"`: 4, `a\\"`: 3, `a\\\"`: 5, ``: 0, `\`: 1} {
		if got := stringEnd(in, 0); got != want {
			t.Errorf("stringEnd(%q) = %d, want %d", in, got, want)
		}
	}
}

// FuzzLabel states the properties of labelling: no panic, a role and a score for
// every block, scores that are probabilities.
func FuzzLabel(f *testing.F) {
	f.Add([]byte(`<script type="application/ld+json">{"@type":"NewsArticle","articleBody":"a b c"}</script><h1>a</h1><p>b c d`), false)
	f.Add([]byte("a\n\nb\nBy c\n"), true)
	f.Fuzz(func(t *testing.T, in []byte, plain bool) {
		src := page.Source{HTML: in}
		if plain {
			src = page.Source{Kind: page.Text, Text: string(in)}
		}
		p, err := page.Parse(context.Background(), src)
		if err != nil {
			return
		}
		l, err := Label(context.Background(), p, "https://news.example/a")
		if err != nil {
			t.Fatal(err)
		}
		if len(l.Roles) != len(p.Blocks) || len(l.Scores) != len(p.Blocks) {
			t.Fatalf("%d roles and %d scores for %d blocks", len(l.Roles), len(l.Scores), len(p.Blocks))
		}
		for i, v := range l.Scores {
			if !(v >= 0 && v <= 1) {
				t.Fatalf("score of block %d is %v", i, v)
			}
		}
	})
}

// The article below more blocks than any article has is found all the same.
func TestFlood(t *testing.T) {
	t.Parallel()
	const article = `<article><h1>Ferry to Brandholm runs again after ten weeks</h1>
<p>The ferry between Aldersee and Brandholm took its first passengers on Monday, ten weeks after a storm had torn off the landing stage.</p>
<p>“People waved from the bridge as if we were coming home from a war,” said the captain, Ilse Thorn, who has steered the boat since 1998.</p>
<p>The repair cost 240,000 euros, a third more than the council had set aside when it gave out the work in January.</p></article>`
	p := parse(t, page.Source{HTML: []byte("<body><ul>" + strings.Repeat("<li>Ferry at seven o’clock</li>", 40_000) + "</ul>" + article + "</body>")})
	l, err := Label(context.Background(), p, "")
	if err != nil {
		t.Fatal(err)
	}
	for i, r := range l.Roles {
		if paragraph := i >= len(l.Roles)-3; (r == Body) != paragraph && !isHeading(kindOf(p.Nodes[p.Blocks[i].Node].Tag)) {
			t.Fatalf("block %d, %q, is %v", i, p.BlockText(i), r)
		}
	}
}

func TestConfidenceRises(t *testing.T) {
	t.Parallel()
	for kind := range curves {
		last := float32(0)
		for s := float32(0); s <= 1; s += 1. / 256 {
			c := Confidence(page.Kind(kind), s)
			if c < last || c <= 0 || c > 1 {
				t.Errorf("Confidence(%d, %v) = %v after %v", kind, s, c, last)
			}
			last = c
		}
	}
}

func TestFurther(t *testing.T) {
	t.Parallel()
	for d := range uint64(farAway + 1) {
		const others = 0x0101000101010114 // one further than none, and farAway
		if got, want := further(d<<40|farAway), min(d+1, farAway)<<40|others; got != want {
			t.Errorf("further(%#x) = %#x, want %#x", d<<40|farAway, got, want)
		}
	}
}
