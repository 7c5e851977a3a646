package summary

import (
	"context"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/proto"

	nutgrafv1 "example.invalid/nutgraf/gen/go/nutgraf/v1"
	"example.invalid/nutgraf/internal/pipeline"
	"example.invalid/nutgraf/internal/pipeline/pipelinetest"
)

func TestConformance(t *testing.T) {
	t.Parallel()
	pipelinetest.Run(t, New())
}

// given is a part of an extraction made by hand.
type given struct {
	part     *nutgrafv1.Extraction
	provides []pipeline.Field
}

func (g given) Spec() pipeline.Spec {
	return pipeline.Spec{Name: "given", Version: "1.0.0", Provides: g.provides}
}

func (g given) Extract(context.Context, pipeline.Input) (*nutgrafv1.Extraction, error) {
	return g.part, nil
}

func summarize(t *testing.T, title, body string, n int32) []string {
	t.Helper()
	set, err := pipeline.NewSet(pipeline.Config{}, New(), given{&nutgrafv1.Extraction{
		Content:  &nutgrafv1.Content{Text: body},
		Metadata: &nutgrafv1.Metadata{Title: &nutgrafv1.TextValue{Value: title}},
	}, []pipeline.Field{"content", "metadata", "entities"}})
	if err != nil {
		t.Fatal(err)
	}
	got, err := set.Run(t.Context(), &nutgrafv1.ArticleRequest{
		Source:  &nutgrafv1.Source{Content: &nutgrafv1.Source_PlainText{PlainText: &nutgrafv1.PlainTextContent{Text: body}}},
		Options: &nutgrafv1.ExtractionOptions{MaxSummarySentences: proto.Int32(n), IncludeSpanText: true},
	})
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, s := range got.GetSummary().GetSentences() {
		if sp := s.GetEvidence().GetSpans()[0]; strings.Join(strings.Fields(sp.GetText()), " ") != s.GetValue() {
			t.Errorf("span %v does not cover %q", sp, s.GetValue())
		}
		out = append(out, s.GetValue())
	}
	return out
}

func TestSummary(t *testing.T) {
	t.Parallel()
	const lead = "The council of Port Amsel voted on Tuesday to rebuild the lighthouse that burned down last winter."
	for name, test := range map[string]struct {
		title, body string
		n           int32
		want        []string
	}{
		"lead first": {"Port Amsel to rebuild its lighthouse", lead + " Rain fell over the harbour while the members came in.", 1, []string{lead}},
		"order of the text": {"Lighthouse", lead + "\n\nThe lighthouse will cost about four million euros to rebuild, the council was told.", 2, []string{
			lead, "The lighthouse will cost about four million euros to rebuild, the council was told.",
		}},
		"a pronoun needs its sentence": {"", lead + "\n\nFishermen from all over the coast had come to see the council vote.\n\nHe said that the light would never go out again in the town.", 2, []string{
			lead, "Fishermen from all over the coast had come to see the council vote.",
		}},
		"what leans behind a preposition": {"", lead + "\n\nDespite these worries, the masons of the town have begun to carry the stones up the hill.", 2, []string{
			lead, "Despite these worries, the masons of the town have begun to carry the stones up the hill.",
		}},
		"and alone is not taken":                {"", "Rain.\n\nDespite these worries, the masons of the town have begun to carry the stones up the hill.\n\n" + lead, 2, []string{lead}},
		"half a quotation is no sentence":       {"", lead + "\n\n“We will not let the light of the town go out. We never did in two hundred years,” the mayor said.", 3, []string{lead}},
		"a sentence inside a quotation is none": {"", lead + "\n\n“We will not let the light go out. The lighthouse of Port Amsel is ours to rebuild. So the council will,” the mayor said.", 3, []string{lead}},
		"headings are no sentences":             {"", "Port Amsel votes to rebuild the old lighthouse\n\n" + lead, 3, []string{lead}},
		"nothing":                               {"", "", 3, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if d := cmp.Diff(test.want, summarize(t, test.title, test.body, test.n)); d != "" {
				t.Errorf("summary (-want +got):\n%s", d)
			}
		})
	}
}

// A summary is made of whole sentences of the text, valid UTF-8 and the same each time; summarize checks the spans.
func FuzzExtract(f *testing.F) {
	f.Add("Port Amsel to rebuild", "The council voted (twice) on Tuesday. “We will,” she said. It’s well-known: well-known-well.")
	f.Add("", "Élan élan ÉLAN's of-the-art U.S. a-b-c-d. He “said")
	f.Fuzz(func(t *testing.T, title, body string) {
		if !utf8.ValidString(title) || !utf8.ValidString(body) {
			t.Skip()
		}
		first, again := summarize(t, title, body, 3), summarize(t, title, body, 3)
		if !slices.Equal(first, again) {
			t.Errorf("summary of %q = %v, then %v", body, first, again)
		}
		for _, s := range first {
			if !utf8.ValidString(s) {
				t.Errorf("summary of %q is not UTF-8: %q", body, s)
			}
		}
	})
}
