package entities

import (
	nutgrafv1 "example.invalid/nutgraf/gen/go/nutgraf/v1"
	"google.golang.org/protobuf/proto"
)

// withDateline adds the place of the dateline, which the body may not name, as the least salient entity.
func (a *article) withDateline(out []*nutgrafv1.Entity, d *nutgrafv1.Dateline) []*nutgrafv1.Entity {
	printed := d.GetPlace()
	if printed.GetValue() == "" || len(printed.GetEvidence().GetSpans()) == 0 || len(out) >= maxEntities {
		return out
	}
	name := a.canonical(foldName(printed.GetValue()))
	for i := range out {
		for _, m := range a.entities[i].mentions {
			if a.canonical(foldName(a.textOf(&a.mentions[m]))) == name {
				return out
			}
		}
	}
	evidence := func() *nutgrafv1.Evidence {
		e := proto.CloneOf(printed.GetEvidence())
		e.RunIndex = nil
		return e
	}
	return append(out, &nutgrafv1.Entity{
		EntityId: id(int32(len(out))), Name: printed.GetValue(), Kind: place, Salience: ptr(float32(0)), Evidence: evidence(),
		Mentions: []*nutgrafv1.Mention{{Form: nutgrafv1.MentionForm_MENTION_FORM_NAME, Evidence: evidence()}},
	})
}
