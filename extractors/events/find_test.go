package events

import (
	"testing"
	"unicode/utf8"

	nutgrafv1 "example.invalid/nutgraf/gen/go/nutgraf/v1"
	"example.invalid/nutgraf/internal/pipeline"
	"example.invalid/nutgraf/internal/text"
)

// Triggers and participants lie in the text on code points, and a second run finds the same.
func FuzzFind(f *testing.F) {
	f.Add("Ann Lee, who met Bob in Rome on Monday, has not been asked to hold a meeting.")
	f.Add("“A petition launched by Ann (and Bob)” — which was to be, had it fallen, taken over.")
	f.Add("to to be to by who, who and, of of 's not at least 5")
	lx, err := loadLexicon("en")
	if err != nil {
		f.Fatal(err)
	}
	entities := []*nutgrafv1.Entity{
		{Kind: nutgrafv1.EntityKind_ENTITY_KIND_PERSON}, {Kind: nutgrafv1.EntityKind_ENTITY_KIND_PLACE},
	}
	f.Fuzz(func(t *testing.T, s string) {
		if !utf8.ValidString(s) {
			t.Skip()
		}
		doc := text.Analyze(s)
		find := func() []*candidate {
			m := &marks{doc: doc}
			for i, tok := range doc.Tokens { // capitalised words are names, numbers are times
				switch w := doc.Word(i); {
				case w[0] >= 'A' && w[0] <= 'Z':
					m.ents = append(m.ents, pipeline.Mention{Entity: int32(i % 2), Start: int(tok.Start), End: int(tok.End), First: i, Last: i + 1})
				case tok.Kind == text.Number:
					m.times = append(m.times, mark{start: int(tok.Start), end: int(tok.End), index: int32(i % 2)})
				}
			}
			x := new(finder)
			x.reset(lx, doc, entities)
			for i := range doc.Sentences {
				x.read(m, i)
			}
			return rank(x.out, doc)
		}
		got := find()
		for _, c := range got {
			if c.start < 0 || c.end <= c.start || c.end > len(s) || !utf8.ValidString(s[c.start:c.end]) {
				t.Fatalf("trigger [%d, %d) of %q", c.start, c.end, s)
			}
			for _, p := range c.participants {
				if p.start < 0 || p.end <= p.start || p.end > len(s) || !utf8.ValidString(s[p.start:p.end]) {
					t.Fatalf("participant [%d, %d) of %q", p.start, p.end, s)
				}
			}
		}
		if again := find(); len(again) != len(got) {
			t.Fatalf("second run found %d, first %d", len(again), len(got))
		}
	})
}
