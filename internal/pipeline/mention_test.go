package pipeline

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	nutgrafv1 "example.invalid/nutgraf/gen/go/nutgraf/v1"
	"example.invalid/nutgraf/internal/text"
)

func TestPlaceMentions(t *testing.T) {
	t.Parallel()
	const body, title = nutgrafv1.Layer_LAYER_BODY, nutgrafv1.Layer_LAYER_TITLE
	at := func(layer nutgrafv1.Layer, start, end int64) *nutgrafv1.Mention {
		return &nutgrafv1.Mention{Form: nutgrafv1.MentionForm_MENTION_FORM_NAME, Evidence: &nutgrafv1.Evidence{
			Spans: []*nutgrafv1.Span{{Layer: layer, Start: start, End: end}},
		}}
	}
	doc := text.Analyze("Ann Lee of Lee Harbour. Ann left.")
	got := PlaceMentions(doc, body, []*nutgrafv1.Entity{
		{Mentions: []*nutgrafv1.Mention{at(body, 0, 7), at(title, 0, 7), at(body, 24, 27), {}}},
		{Mentions: []*nutgrafv1.Mention{at(body, 11, 14), at(body, 11, 22), at(body, 23, 24), at(body, 99, 102)}},
	})
	const name = nutgrafv1.MentionForm_MENTION_FORM_NAME
	want := []Mention{
		{0, name, 0, 7, 0, 2}, {1, name, 11, 22, 3, 5}, {1, name, 11, 14, 3, 4},
		{1, name, 23, 24, 6, 6}, // a blank
		{0, name, 24, 27, 6, 7}, {1, name, 99, 102, 9, 9},
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("mentions (-want +got):\n%s", d)
	}
}
