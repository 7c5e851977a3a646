package entities

import (
	"testing"

	nutgrafv1 "example.invalid/nutgraf/gen/go/nutgraf/v1"
	"example.invalid/nutgraf/internal/text"
)

func TestDatelineIsAPlace(t *testing.T) {
	t.Parallel()
	dateline := func(name string, layer nutgrafv1.Layer) *nutgrafv1.Dateline {
		spans := []*nutgrafv1.Span{{Layer: layer, Start: 5, End: 5 + int64(len(name))}}
		return &nutgrafv1.Dateline{Place: &nutgrafv1.TextValue{Value: name, Evidence: &nutgrafv1.Evidence{Spans: spans}}}
	}
	tests := []struct {
		name     string
		dateline *nutgrafv1.Dateline
		want     int
	}{
		{"none", nil, 1},
		{"not in the body", dateline("Lund", nutgrafv1.Layer_LAYER_SOURCE), 2},
		{"in the body too", dateline("Aven", nutgrafv1.Layer_LAYER_SOURCE), 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			a := article{lex: english()}
			s, names := annotated(t, "The bridge of {L:Aven} is open.")
			_ = a.take(t.Context(), []found{{nutgrafv1.Layer_LAYER_BODY, text.Analyze(s), names}})
			if err := a.analyze(t.Context()); err != nil {
				t.Fatal(err)
			}
			got := a.withDateline(a.build(), tt.dateline)
			if len(got) != tt.want {
				t.Fatalf("%d entities, want %d", len(got), tt.want)
			}
			if last := got[len(got)-1]; tt.want == 2 && (last.GetName() != "Lund" || last.GetEntityId() != "e1" || last.GetMentions()[0].GetEvidence().GetSpans()[0].GetLayer() != nutgrafv1.Layer_LAYER_SOURCE) {
				t.Errorf("the dateline's place is %v", last)
			}
		})
	}
}
