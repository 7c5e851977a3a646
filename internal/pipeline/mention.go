package pipeline

import (
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
	given := make([]Mention, 0, n)
	order := make([]uint64, 0, n) // start and index: plain numbers sort fast
	for i, e := range entities {
		for _, m := range e.GetMentions() {
			if sp := m.GetEvidence().GetSpans(); len(sp) > 0 && sp[0].GetLayer() == layer {
				order = append(order, uint64(sp[0].GetStart())<<32|uint64(len(given)))
				given = append(given, Mention{Entity: int32(i), Form: m.GetForm(), Start: int(sp[0].GetStart()), End: int(sp[0].GetEnd())})
			}
		}
	}
	slices.Sort(order)
	ms := make([]Mention, len(given))
	together := 0 // first of those that begin where the last one does
	for i, o := range order {
		ms[i] = given[uint32(o)]
		if ms[i].Start != ms[together].Start {
			together = i
		}
		if last := i+1 == len(order) || order[i+1]>>32 != o>>32; last && together < i {
			slices.SortStableFunc(ms[together:i+1], func(a, b Mention) int { return b.End - a.End })
		}
	}
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
