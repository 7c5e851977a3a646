package pipelinetest

import (
	"context"
	"strings"
	"sync/atomic"
	"testing"

	nutgrafv1 "example.invalid/nutgraf/gen/go/nutgraf/v1"
	"example.invalid/nutgraf/internal/pipeline"
)

// words gives each token of the body as a keyword, unless it is told to misbehave.
type words struct {
	misbehave func(pipeline.Input, *nutgrafv1.Extraction)
}

func (words) Spec() pipeline.Spec {
	return pipeline.Spec{
		Name: "words", Version: "1.0.0",
		Requires: []pipeline.Field{"content"}, Uses: []pipeline.Field{"metadata", "entities"}, Provides: []pipeline.Field{"keywords"},
	}
}

func (w words) Extract(ctx context.Context, in pipeline.Input) (*nutgrafv1.Extraction, error) {
	out := &nutgrafv1.Extraction{}
	for i, tok := range in.Body().Tokens {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		out.Keywords = append(out.Keywords, &nutgrafv1.Keyword{
			Text: in.Body().Word(i),
			Evidence: &nutgrafv1.Evidence{Spans: []*nutgrafv1.Span{
				{Layer: nutgrafv1.Layer_LAYER_BODY, Start: int64(tok.Start), End: int64(tok.End)},
			}},
		})
	}
	if w.misbehave != nil {
		w.misbehave(in, out)
	}
	return out, nil
}

func TestRun(t *testing.T) {
	t.Parallel()
	Run(t, words{})
}

func TestCheckFinds(t *testing.T) {
	t.Parallel()
	var calls atomic.Int64
	tests := []struct {
		name, want string
		misbehave  func(in pipeline.Input, out *nutgrafv1.Extraction)
	}{
		{"nothing", "", func(pipeline.Input, *nutgrafv1.Extraction) {}},
		{"chance", "two runs differ", func(_ pipeline.Input, out *nutgrafv1.Extraction) { out.Keywords[0].Score = float32(calls.Add(1)) }},
		{"another's field", "does not provide", func(_ pipeline.Input, out *nutgrafv1.Extraction) { out.Summary = &nutgrafv1.Summary{} }},
		{"changed input", "changed its input", func(in pipeline.Input, _ *nutgrafv1.Extraction) { in.Content().WordCount++ }},
		{"span outside", "not inside its layer", func(_ pipeline.Input, out *nutgrafv1.Extraction) { out.Keywords[0].Evidence.Spans[0].End = 1 << 30 }},
		{"span in a rune", "not inside its layer", func(in pipeline.Input, out *nutgrafv1.Extraction) {
			at := int64(strings.Index(in.Content().GetText(), "“")) + 1
			out.Keywords[0].Evidence.Spans[0] = &nutgrafv1.Span{Layer: nutgrafv1.Layer_LAYER_BODY, Start: at, End: at + 2}
		}},
		{"panic", "run ended with", func(pipeline.Input, *nutgrafv1.Extraction) { panic("no") }},
		{"not UTF-8", "invalid UTF-8", func(_ pipeline.Input, out *nutgrafv1.Extraction) { out.Keywords[0].Text = "\xff" }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := strings.Join(check(words{tt.misbehave}, ordinary), "; ")
			if (got == "") != (tt.want == "") || !strings.Contains(got, tt.want) {
				t.Errorf("check = %q, want %q", got, tt.want)
			}
		})
	}
}

// deaf does not look at its context.
type deaf struct{ words }

func (deaf) Extract(context.Context, pipeline.Input) (*nutgrafv1.Extraction, error) { return nil, nil }

func TestCheckFindsDeafExtractor(t *testing.T) {
	t.Parallel()
	if checkCancelled(deaf{}) == nil {
		t.Error("an extractor that never looks at its context passed")
	}
}
