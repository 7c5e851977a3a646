package keywords

import (
	"context"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	nutgrafv1 "example.invalid/nutgraf/gen/go/nutgraf/v1"
	"example.invalid/nutgraf/internal/pipeline"
	"example.invalid/nutgraf/internal/pipeline/pipelinetest"
)

func TestConformance(t *testing.T) {
	t.Parallel()
	pipelinetest.Run(t, New())
}

// given is a part of an extraction made by hand.
type given struct{ part *nutgrafv1.Extraction }

func (g given) Spec() pipeline.Spec {
	return pipeline.Spec{Name: "given", Version: "1.0.0", Provides: []pipeline.Field{"content", "metadata", "entities"}}
}

func (g given) Extract(context.Context, pipeline.Input) (*nutgrafv1.Extraction, error) {
	return g.part, nil
}

func keywords(t testing.TB, title, body string, names ...string) []*nutgrafv1.Keyword {
	t.Helper()
	part := &nutgrafv1.Extraction{
		Content:  &nutgrafv1.Content{Text: body},
		Metadata: &nutgrafv1.Metadata{Title: &nutgrafv1.TextValue{Value: title}},
	}
	for i, name := range names {
		e := &nutgrafv1.Entity{EntityId: string(rune('a' + i)), Name: name, Kind: nutgrafv1.EntityKind_ENTITY_KIND_PERSON}
		for at := strings.Index(body, name); at >= 0 && at < len(body); {
			e.Mentions = append(e.Mentions, &nutgrafv1.Mention{Form: nutgrafv1.MentionForm_MENTION_FORM_NAME, Evidence: &nutgrafv1.Evidence{
				Spans: []*nutgrafv1.Span{{Layer: nutgrafv1.Layer_LAYER_BODY, Start: int64(at), End: int64(at + len(name))}},
			}})
			next := strings.Index(body[at+len(name):], name)
			if next < 0 {
				break
			}
			at += len(name) + next
		}
		part.Entities = append(part.Entities, e)
	}
	return keywordsOf(t, part)
}

// keywordsOf runs the extractor on a part of an extraction.
func keywordsOf(t testing.TB, part *nutgrafv1.Extraction) []*nutgrafv1.Keyword {
	t.Helper()
	set, err := pipeline.NewSet(pipeline.Config{}, New(), given{part})
	if err != nil {
		t.Fatal(err)
	}
	got, err := set.Run(t.Context(), &nutgrafv1.ArticleRequest{
		Source:  &nutgrafv1.Source{Content: &nutgrafv1.Source_PlainText{PlainText: &nutgrafv1.PlainTextContent{Text: part.GetContent().GetText()}}},
		Options: &nutgrafv1.ExtractionOptions{IncludeSpanText: true},
	})
	if err != nil {
		t.Fatal(err)
	}
	return got.GetKeywords()
}

// A mention outside body and title says nothing about either: its offsets are those of another text.
func TestMentionInStandfirst(t *testing.T) {
	t.Parallel()
	const body = "The Ministry of Defence said so. Nothing else was said."
	mention := func(layer nutgrafv1.Layer, start int64) *nutgrafv1.Mention {
		return &nutgrafv1.Mention{Form: nutgrafv1.MentionForm_MENTION_FORM_NAME, Evidence: &nutgrafv1.Evidence{
			Spans: []*nutgrafv1.Span{{Layer: layer, Start: start, End: start + int64(len("Ministry of Defence"))}},
		}}
	}
	for name, start := range map[string]int64{"past the end of the body": 500, "inside the body": 9} {
		part := &nutgrafv1.Extraction{
			Content: &nutgrafv1.Content{Text: body},
			Entities: []*nutgrafv1.Entity{{EntityId: "a", Name: "Ministry of Defence", Kind: nutgrafv1.EntityKind_ENTITY_KIND_ORGANIZATION, Mentions: []*nutgrafv1.Mention{
				mention(nutgrafv1.Layer_LAYER_STANDFIRST, start), mention(nutgrafv1.Layer_LAYER_STANDFIRST, start), mention(nutgrafv1.Layer_LAYER_BODY, 4),
			}}},
		}
		if ks := keywordsOf(t, part); len(ks) == 0 || ks[0].GetText() != "Ministry of Defence" {
			t.Errorf("%s: keywords = %v, want Ministry of Defence first", name, ks)
		}
	}
}

func TestKeywords(t *testing.T) {
	t.Parallel()
	const body = `The town council voted on Tuesday to rebuild the lighthouse keeper’s house and the lighthouse itself.

Ilse Brandt said the sea wall would be next. The sea wall is older than the lighthouse, and Ilse Brandt wants it done by spring.

Visitors love the lighthouse. The sea wall protects them.`
	ks := keywords(t, "Council votes to rebuild lighthouse", body, "Ilse Brandt")
	var got []string
	for i, k := range ks {
		got = append(got, k.GetText())
		if k.GetScore() <= 0 || k.GetScore() > 1 || i > 0 && k.GetScore() > ks[i-1].GetScore() {
			t.Errorf("score of %q = %v after %v", k.GetText(), k.GetScore(), got)
		}
		if len(k.GetEvidence().GetSpans()) == 0 {
			t.Errorf("%q has no spans", k.GetText())
		}
		for _, sp := range k.GetEvidence().GetSpans() {
			if !strings.EqualFold(sp.GetText(), k.GetText()) {
				t.Errorf("span of %q covers %q", k.GetText(), sp.GetText())
			}
		}
	}
	for _, want := range []string{"lighthouse", "Ilse Brandt", "sea wall"} {
		if i := slices.Index(got, want); i < 0 || i > 4 {
			t.Errorf("keywords %q lack %q among the first five", got, want)
		}
	}
	for _, k := range got {
		if slices.Contains([]string{"Tuesday", "the", "said", "sea", "wall"}, k) {
			t.Errorf("keywords %q hold %q", got, k)
		}
	}
}

func TestNothing(t *testing.T) {
	t.Parallel()
	if got := keywords(t, "", ""); got != nil {
		t.Errorf("keywords of nothing = %v", got)
	}
}

// Keywords lie in the text on code points, have scores up to 1 and are the same each time.
func FuzzExtract(f *testing.F) {
	f.Add("Port Amsel to rebuild", "The council voted (twice) on Tuesday. “We will,” she said. It’s well-known: well-known-well.")
	f.Add("", "Élan élan ÉLAN's of-the-art U.S. a-b-c-d. He “said")
	f.Fuzz(func(t *testing.T, title, body string) {
		if !utf8.ValidString(title) || !utf8.ValidString(body) {
			t.Skip()
		}
		first, again := keywords(t, title, body), keywords(t, title, body)
		if len(first) != len(again) {
			t.Fatalf("keywords of %q: %d, then %d", body, len(first), len(again))
		}
		for i, k := range first {
			if k.GetText() != again[i].GetText() || !utf8.ValidString(k.GetText()) || k.GetScore() <= 0 || k.GetScore() > 1 {
				t.Errorf("keyword %d of %q = %v, then %v", i, body, k, again[i])
			}
			for _, sp := range k.GetEvidence().GetSpans() {
				if sp.GetEnd() <= sp.GetStart() || !utf8.ValidString(sp.GetText()) {
					t.Errorf("span %v of %q", sp, body)
				}
			}
		}
	})
}
