package names

import (
	"strings"
	"sync"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"example.invalid/nutgraf/internal/text"
)

func tagger(t testing.TB) *Tagger {
	t.Helper()
	n, err := New()
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestTag(t *testing.T) {
	n := tagger(t)
	for _, c := range []struct {
		name, in string
		want     []string
	}{
		{"people and places", "Prime Minister Karin Halvorsen met Mr. Tom Brandt in Berlin on Monday, officials in Germany said.", []string{"PER Karin Halvorsen", "PER Tom Brandt", "LOC Berlin", "LOC Germany"}},
		{"organisation", "The European Commission and the University of Leeds signed the contract.", []string{"ORG European Commission", "ORG University of Leeds"}},
		{"demonym", "A French court ruled against the man.", nil},
		{"surname again", "Karin Halvorsen resigned in Oslo. Halvorsen said she was tired.", []string{"PER Karin Halvorsen", "LOC Oslo", "PER Halvorsen"}},
		{"no names", "It rained all day, and nobody came.", nil},
		{"nothing", "", nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			var got []string
			for _, m := range n.Tag(t.Context(), text.Analyze(c.in)) {
				got = append(got, m.Kind.String()+" "+c.in[m.Start:m.End])
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("Tag(%q) (-want +got):\n%s", c.in, diff)
			}
		})
	}
}

func TestTagIsTheSameForManyAtATime(t *testing.T) {
	n := tagger(t)
	d := text.Analyze("Karin Halvorsen of the World Bank flew from Oslo to Accra.\n\nHalvorsen met Kofi Asante of the Bank of Ghana there.")
	want := n.Tag(t.Context(), d)
	if len(want) == 0 {
		t.Fatal("no names")
	}
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 20 {
				if diff := cmp.Diff(want, n.Tag(t.Context(), d)); diff != "" {
					t.Errorf("Tag differs (-want +got):\n%s", diff)
					return
				}
			}
		})
	}
	wg.Wait()
}

func TestCalibrateRisesFrom0To1(t *testing.T) {
	if got := calibrate(0); got != 0 {
		t.Errorf("calibrate(0) = %v, want 0", got)
	}
	last := 0.0
	for p := 0.0; p <= 1.01; p += 0.001 {
		got := calibrate(p)
		if got < last || got > 1 {
			t.Fatalf("calibrate(%v) = %v after %v", p, got, last)
		}
		last = got
	}
}

func TestTagAllocatesOnlyItsResult(t *testing.T) {
	n := tagger(t)
	d := text.Analyze(strings.Repeat("Karin Halvorsen of the World Bank flew from Oslo to Accra on Monday. ", 100))
	n.Tag(t.Context(), d)
	if got := testing.AllocsPerRun(20, func() { n.Tag(t.Context(), d) }); got > 20 {
		t.Errorf("Tag of %d tokens allocates %v times", len(d.Tokens), got)
	}
}

func TestOpenRefusesOtherBytes(t *testing.T) {
	for _, c := range []struct{ name, model, gazetteer string }{
		{"empty", "", ""},
		{"model cut off", modelData[:len(modelData)-1], gazetteerData},
		{"gazetteer cut off", modelData, gazetteerData[:len(gazetteerData)-1]},
		{"exchanged", gazetteerData, modelData},
	} {
		if _, err := Open(c.model, c.gazetteer); err == nil {
			t.Errorf("%s: Open accepts it", c.name)
		}
	}
}

func FuzzTag(f *testing.F) {
	n := tagger(f)
	for _, s := range []string{
		"Karin Halvorsen met Mr. Brandt in Berlin.", "U.S.-BACKED FORCES IN ALEPPO SAY", "ÁÉÍ Ø ı İ \u0301 A\u0301B", "New New New New of of New", "北京 Москва", "Simple Queue\nATF\u2028Ada Orr\rNew\n York",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if !utf8.ValidString(s) {
			t.Skip()
		}
		d := text.Analyze(s)
		got := n.Tag(t.Context(), d)
		end := 0
		for _, m := range got {
			if m.First >= m.Last || m.First < end || m.Start != int(d.Tokens[m.First].Start) || m.End != int(d.Tokens[m.Last-1].End) {
				t.Fatalf("mention %+v after token %d", m, end)
			}
			if m.Kind >= kinds || !(m.Confidence >= 0 && m.Confidence <= 1) {
				t.Fatalf("mention %+v", m)
			}
			if text.HasBreak(s[m.Start:m.End]) {
				t.Fatalf("%q is on two lines", s[m.Start:m.End])
			}
			end = m.Last
		}
		if diff := cmp.Diff(got, n.Tag(t.Context(), d)); diff != "" {
			t.Fatalf("a second run differs:\n%s", diff)
		}
	})
}

func BenchmarkTag(b *testing.B) {
	n := tagger(b)
	d := text.Analyze(strings.Repeat("Mayor Ada Orr of St. Ives said on Jan. 5 that the World Bank would not pay for it. Orr's council had asked for more, she told reporters in London.\n\n", 50))
	b.ReportAllocs()
	for b.Loop() {
		n.Tag(b.Context(), d)
	}
	b.ReportMetric(float64(len(d.Tokens)*b.N)/b.Elapsed().Seconds(), "tokens/s")
}
