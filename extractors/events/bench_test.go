package events

import (
	"strings"
	"testing"

	nutgrafv1 "example.invalid/nutgraf/gen/go/nutgraf/v1"
	"example.invalid/nutgraf/internal/pipeline"
	"example.invalid/nutgraf/internal/text"
)

// The finder alone, on tokens made before, on an article and on one ten times as long.
func BenchmarkFind(b *testing.B) {
	news := `The harbour board of Eastmere will close the old ferry terminal on Monday after a vote that followed months of argument
between fishermen and the town council, the board said in a statement. Ann Lee, who led the campaign against the closure,
called the decision a mistake and said her group would ask a court to stop it before the end of August. The terminal was
built in 1964 and has not been repaired since a storm damaged its pier two years ago. About 300 people work there.

`
	lx, err := loadLexicon("en")
	if err != nil {
		b.Fatal(err)
	}
	for name, n := range map[string]int{"x1": 10, "x10": 100} {
		doc := text.Analyze(strings.Repeat(news, n))
		lee := &nutgrafv1.Entity{Kind: nutgrafv1.EntityKind_ENTITY_KIND_PERSON}
		for at := 0; ; {
			i := strings.Index(doc.Text[at:], "Ann Lee")
			if i < 0 {
				break
			}
			lee.Mentions = append(lee.Mentions, &nutgrafv1.Mention{Evidence: &nutgrafv1.Evidence{Spans: []*nutgrafv1.Span{{
				Layer: nutgrafv1.Layer_LAYER_BODY, Start: int64(at + i), End: int64(at + i + 7),
			}}}})
			at += i + 7
		}
		entities := []*nutgrafv1.Entity{lee}
		ents := pipeline.PlaceMentions(doc, nutgrafv1.Layer_LAYER_BODY, entities)
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(doc.Text)))
			b.ReportAllocs()
			f := new(finder)
			for b.Loop() {
				f.reset(lx, doc, entities)
				m := &marks{doc: doc, ents: ents}
				for i := range doc.Sentences {
					f.read(m, i)
				}
				rank(f.out, doc)
			}
		})
	}
}
