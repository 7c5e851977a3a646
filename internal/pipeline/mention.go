package pipeline

import (
	"cmp"
	"slices"

	nutgrafv1 "example.invalid/nutgraf/gen/go/nutgraf/v1"
	"example.invalid/nutgraf/internal/text"
)

// Mention is where the title or the body mentions an entity: its first span.
type Mention struct {
	Entity      int32 // index in Entities
	Form        nutgrafv1.MentionForm
	Start, End  int // bytes
	First, Last int // tokens [First, Last) that hold them; none if the mention begins between two
}

// PlaceMentions returns the mentions of entities in a layer, whose analysis is doc, in the order of the text. Of those that
// begin together the longest comes first.
func PlaceMentions(doc *text.Document, layer nutgrafv1.Layer, entities []*nutgrafv1.Entity) []Mention {
	n := 0
	for _, e := range entities {
		n += len(e.GetMentions())
	}
	ms := make([]Mention, 0, n)
	for i, e := range entities {
		for _, m := range e.GetMentions() {
			if sp := m.GetEvidence().GetSpans(); len(sp) > 0 && sp[0].GetLayer() == layer {
				ms = append(ms, Mention{Entity: int32(i), Form: m.GetForm(), Start: int(sp[0].GetStart()), End: int(sp[0].GetEnd())})
			}
		}
	}
	slices.SortFunc(ms, func(a, b Mention) int {
		if a.Start != b.Start {
			return a.Start - b.Start
		}
		return cmp.Or(b.End-a.End, int(a.Entity-b.Entity))
	})
	t := 0
	for i := range ms {
		m := &ms[i]
		for t < len(doc.Tokens) && int(doc.Tokens[t].End) <= m.Start {
			t++
		}
		m.First, m.Last = t, t
		if t < len(doc.Tokens) && int(doc.Tokens[t].Start) > m.Start {
			continue
		}
		for m.Last < len(doc.Tokens) && int(doc.Tokens[m.Last].Start) < m.End {
			m.Last++
		}
	}
	return ms
}
