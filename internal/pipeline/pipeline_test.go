package pipeline_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	nutgrafv1 "example.invalid/nutgraf/gen/go/nutgraf/v1"
	"example.invalid/nutgraf/internal/pipeline"
	"github.com/google/go-cmp/cmp"
	"google.golang.org/genproto/googleapis/rpc/code"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/testing/protocmp"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/fieldmaskpb"
)

// fake is an extractor made of a spec and a function.
type fake struct {
	spec    pipeline.Spec
	extract func(context.Context, pipeline.Input) (*nutgrafv1.Extraction, error)
}

func (f fake) Spec() pipeline.Spec { return f.spec }
func (f fake) Extract(ctx context.Context, in pipeline.Input) (*nutgrafv1.Extraction, error) {
	return f.extract(ctx, in)
}

func fields(names string) (fs []pipeline.Field) {
	for n := range strings.FieldsSeq(names) {
		fs = append(fs, pipeline.Field(n))
	}
	return fs
}

func spec(name, requires, uses, provides string) pipeline.Spec {
	return pipeline.Spec{Name: name, Version: "1.0.0", Requires: fields(requires), Uses: fields(uses), Provides: fields(provides)}
}

func nothing(context.Context, pipeline.Input) (*nutgrafv1.Extraction, error) { return nil, nil }

func TestNewSetRefuses(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, want string
		specs      []pipeline.Spec
	}{
		{"unknown field", `field "bodies" is not in Extraction`, []pipeline.Spec{spec("a", "source", "", "bodies")}},
		{"unknown input", `field "bodies" is not in Extraction`, []pipeline.Spec{spec("a", "bodies", "", "content")}},
		{"two providers", `field "content" has two providers`, []pipeline.Spec{spec("a", "source", "", "content"), spec("b", "source", "", "content")}},
		{"no provider", `field "content" has no provider`, []pipeline.Spec{spec("a", "content", "", "quotes")}},
		{"no provider of a use", `field "content" has no provider`, []pipeline.Spec{spec("a", "", "content", "quotes")}},
		{"name twice", `name given twice`, []pipeline.Spec{spec("a", "source", "", "content"), spec("a", "source", "", "quotes")}},
		{"cycle", `wait for each other: a, b`, []pipeline.Spec{spec("a", "quotes", "", "content"), spec("b", "", "content", "quotes")}},
		{"the pipeline's field", `filled by the pipeline`, []pipeline.Spec{spec("a", "source", "", "runs")}},
		{"input and output", `both input and output`, []pipeline.Spec{spec("a", "content", "", "content")}},
		{"bad name", `not lower_snake_case`, []pipeline.Spec{spec("Quotes", "source", "", "quotes")}},
		{"provides nothing", `provides nothing`, []pipeline.Spec{spec("a", "source", "", "")}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var es []pipeline.Extractor
			for _, s := range tt.specs {
				es = append(es, fake{s, nothing})
			}
			_, err := pipeline.NewSet(pipeline.Config{}, es...)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("NewSet error = %v, want one with %q", err, tt.want)
			}
		})
	}
}

// body returns extractors that behave like the real ones, on the text given as source.
func standard() []pipeline.Extractor {
	span := func(l nutgrafv1.Layer, start, end int) *nutgrafv1.Evidence {
		return &nutgrafv1.Evidence{Spans: []*nutgrafv1.Span{{Layer: l, Start: int64(start), End: int64(end)}}}
	}
	return []pipeline.Extractor{
		fake{spec("content", "source", "", "content page_kind"), func(ctx context.Context, in pipeline.Input) (*nutgrafv1.Extraction, error) {
			p, err := in.Page(ctx)
			if err != nil {
				return nil, err
			}
			s := p.Source
			_, body, _ := strings.Cut(s, "\n")
			head := len(s) - len(body)
			return &nutgrafv1.Extraction{
				PageKind: nutgrafv1.PageKind_PAGE_KIND_ARTICLE,
				Content: &nutgrafv1.Content{
					Text:       body,
					Removed:    []*nutgrafv1.RemovedBlock{{Evidence: span(nutgrafv1.Layer_LAYER_SOURCE, 0, head-1)}},
					Alignments: []*nutgrafv1.Alignment{{BodyLength: int64(len(body)), SourceStart: int64(head), SourceLength: int64(len(body))}},
				},
			}, nil
		}},
		fake{spec("metadata", "source", "content", "metadata"), func(_ context.Context, in pipeline.Input) (*nutgrafv1.Extraction, error) {
			title, _, _ := strings.Cut(in.Source().GetPlainText().GetText(), "\n")
			return &nutgrafv1.Extraction{Metadata: &nutgrafv1.Metadata{Title: &nutgrafv1.TextValue{Value: title, Evidence: span(nutgrafv1.Layer_LAYER_TITLE, 0, len(title))}}}, nil
		}},
		fake{spec("keywords", "content", "metadata", "keywords"), func(_ context.Context, in pipeline.Input) (*nutgrafv1.Extraction, error) {
			out := &nutgrafv1.Extraction{}
			body := in.Body()
			for i, tok := range body.Tokens {
				e := span(nutgrafv1.Layer_LAYER_BODY, int(tok.Start), int(tok.End))
				e.Confidence = proto.Float32(float32(i%10) / 10)
				out.Keywords = append(out.Keywords, &nutgrafv1.Keyword{Text: body.Word(i) + "/" + in.Metadata().GetTitle().GetValue(), Evidence: e})
			}
			return out, nil
		}},
	}
}

func newSet(t *testing.T, es ...pipeline.Extractor) *pipeline.Set {
	t.Helper()
	s, err := pipeline.NewSet(pipeline.Config{}, es...)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func request(text string, paths ...string) *nutgrafv1.ArticleRequest {
	return &nutgrafv1.ArticleRequest{
		Source:  &nutgrafv1.Source{Content: &nutgrafv1.Source_PlainText{PlainText: &nutgrafv1.PlainTextContent{Text: text}}},
		Options: &nutgrafv1.ExtractionOptions{ReadMask: &fieldmaskpb.FieldMask{Paths: paths}},
	}
}

func run(t *testing.T, s *pipeline.Set, req *nutgrafv1.ArticleRequest) *nutgrafv1.Extraction {
	t.Helper()
	if err := s.Validate(req); err != nil {
		t.Fatal(err)
	}
	out, err := s.Run(t.Context(), req)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

const fixture = "Títle 👩‍👩‍👧 one\nshe said “naïve” e\u0301a\u0302 and 😀 left.\n\nשלום עולם مرحبا بالعالم"

func TestSpansInEveryUnit(t *testing.T) {
	t.Parallel()
	s := newSet(t, standard()...)
	slicers := map[nutgrafv1.OffsetEncoding]func(s string, start, end int64) string{
		nutgrafv1.OffsetEncoding_OFFSET_ENCODING_UTF8_BYTE: func(s string, start, end int64) string { return s[start:end] },
		nutgrafv1.OffsetEncoding_OFFSET_ENCODING_CODE_POINT: func(s string, start, end int64) string {
			return string([]rune(s)[start:end])
		},
		nutgrafv1.OffsetEncoding_OFFSET_ENCODING_UTF16_CODE_UNIT: func(s string, start, end int64) string {
			return string(utf16.Decode(utf16.Encode([]rune(s))[start:end]))
		},
	}
	for unit, slice := range slicers {
		req := request(fixture)
		req.Options.OffsetEncoding = unit
		req.Options.IncludeSpanText = true
		req.Options.IncludeSourceText = true
		out := run(t, s, req)
		if out.GetOffsetEncoding() != unit {
			t.Errorf("offset_encoding = %v, want %v", out.GetOffsetEncoding(), unit)
		}
		for _, k := range out.GetKeywords() {
			sp := k.GetEvidence().GetSpans()[0]
			word, _, _ := strings.Cut(k.GetText(), "/")
			if got := slice(out.GetContent().GetText(), sp.GetStart(), sp.GetEnd()); got != word || sp.GetText() != word {
				t.Errorf("%v: body[%d:%d] = %q with text %q, want %q", unit, sp.GetStart(), sp.GetEnd(), got, sp.GetText(), word)
			}
		}
		sp := out.GetMetadata().GetTitle().GetEvidence().GetSpans()[0]
		if got, want := slice(out.GetMetadata().GetTitle().GetValue(), sp.GetStart(), sp.GetEnd()), out.GetMetadata().GetTitle().GetValue(); got != want {
			t.Errorf("%v: title span covers %q, want %q", unit, got, want)
		}
		al := out.GetContent().GetAlignments()[0]
		body := slice(out.GetContent().GetText(), al.GetBodyStart(), al.GetBodyStart()+al.GetBodyLength())
		source := slice(out.GetSourceText(), al.GetSourceStart(), al.GetSourceStart()+al.GetSourceLength())
		if body != source || body != out.GetContent().GetText() {
			t.Errorf("%v: alignment joins %q and %q", unit, body, source)
		}
	}
}

// A field's value never depends on what else was asked for, nor on the order of registration.
func TestLawOfIndependence(t *testing.T) {
	t.Parallel()
	es := standard()
	whole := run(t, newSet(t, es...), request(fixture))
	es[0], es[2] = es[2], es[0]
	s := newSet(t, es...)
	all := []string{"content", "page_kind", "metadata", "keywords"}
	for bits := 1; bits < 1<<len(all); bits++ {
		var paths []string
		want := proto.CloneOf(whole)
		for i, p := range all {
			if bits&(1<<i) != 0 {
				paths = append(paths, p)
				continue
			}
			m := want.ProtoReflect()
			m.Clear(m.Descriptor().Fields().ByName(protoreflect.Name(p)))
		}
		got := run(t, s, request(fixture, paths...))
		ignore := protocmp.IgnoreFields(&nutgrafv1.Extraction{}, "runs", "replay")
		if d := cmp.Diff(want, got, protocmp.Transform(), ignore, protocmp.IgnoreFields(&nutgrafv1.Evidence{}, "run_index")); d != "" {
			t.Errorf("mask %v: (-whole +asked)\n%s", paths, d)
		}
	}
}

func TestMaskRunsOnlyWhatIsNeeded(t *testing.T) {
	t.Parallel()
	s := newSet(t, standard()...)
	tests := []struct {
		name  string
		paths []string
		runs  string
	}{
		{"all", nil, "content metadata keywords"},
		{"star", []string{"*"}, "content metadata keywords"},
		{"content", []string{"content.text"}, "content"},
		{"metadata uses content", []string{"metadata.title"}, "content metadata"},
		{"only replay", []string{"replay"}, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			out := run(t, s, request(fixture, tt.paths...))
			var ran []string
			for _, r := range out.GetRuns() {
				ran = append(ran, r.GetExtractorId())
			}
			if got := strings.Join(ran, " "); got != tt.runs {
				t.Errorf("mask %v ran %q, want %q", tt.paths, got, tt.runs)
			}
		})
	}
	out := run(t, s, request(fixture, "content.text", "keywords.text"))
	if out.GetContent().GetText() == "" || out.GetContent().GetRemoved() != nil || out.GetKeywords()[0].GetEvidence() != nil || out.GetMetadata() != nil || out.GetReplay() != nil {
		t.Errorf("mask content.text, keywords.text kept %v", out)
	}
}

func TestRunsReportFailure(t *testing.T) {
	t.Parallel()
	base := standard()
	fail := func(f func(context.Context) error) *pipeline.Set {
		es := append([]pipeline.Extractor{}, base...)
		es[1] = fake{spec("metadata", "source content", "", "metadata"), func(ctx context.Context, _ pipeline.Input) (*nutgrafv1.Extraction, error) {
			return nil, f(ctx)
		}}
		es = append(es, fake{spec("quotes", "metadata", "", "quotes"), nothing})
		return newSet(t, es...)
	}
	tests := []struct {
		name string
		fail func(context.Context) error
		want code.Code
	}{
		{"error", func(context.Context) error { return errors.New("secret text") }, code.Code_INTERNAL},
		{"panic", func(context.Context) error { panic("secret text") }, code.Code_INTERNAL},
		{"budget", func(ctx context.Context) error { <-ctx.Done(); return fmt.Errorf("wait: %w", ctx.Err()) }, code.Code_DEADLINE_EXCEEDED},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			req := request(fixture)
			req.Options.ExtractorTimeout = durationpb.New(20 * time.Millisecond)
			out := run(t, fail(tt.fail), req)
			got := map[string]code.Code{}
			for _, r := range out.GetRuns() {
				got[r.GetExtractorId()] = code.Code(r.GetStatus().GetCode())
				if strings.Contains(r.GetStatus().GetMessage(), "secret") {
					t.Errorf("status of %s leaks %q", r.GetExtractorId(), r.GetStatus().GetMessage())
				}
			}
			want := map[string]code.Code{"content": 0, "metadata": tt.want, "quotes": code.Code_FAILED_PRECONDITION, "keywords": 0}
			if d := cmp.Diff(want, got); d != "" {
				t.Errorf("run codes (-want +got)\n%s", d)
			}
			if len(out.GetKeywords()) == 0 {
				t.Error("keywords only use metadata, yet they are missing")
			}
		})
	}
}

func TestDeadlinePolicy(t *testing.T) {
	t.Parallel()
	slow := fake{spec("content", "source", "", "content"), func(ctx context.Context, _ pipeline.Input) (*nutgrafv1.Extraction, error) {
		<-ctx.Done()
		return nil, ctx.Err()
	}}
	s := newSet(t, slow)
	for policy, wantErr := range map[nutgrafv1.DeadlinePolicy]error{
		nutgrafv1.DeadlinePolicy_DEADLINE_POLICY_UNSPECIFIED: nil,
		nutgrafv1.DeadlinePolicy_DEADLINE_POLICY_FAIL:        context.DeadlineExceeded,
	} {
		ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
		defer cancel()
		req := request(fixture)
		req.Options.DeadlinePolicy = policy
		out, err := s.Run(ctx, req)
		if !errors.Is(err, wantErr) {
			t.Errorf("%v: error %v, want %v", policy, err, wantErr)
		}
		if wantErr == nil && (ctx.Err() != nil || out.GetRuns()[0].GetStatus().GetCode() != int32(code.Code_DEADLINE_EXCEEDED)) {
			t.Errorf("%v: answered %v with the deadline's error %v", policy, out, ctx.Err())
		}
	}
}

func TestReplay(t *testing.T) {
	t.Parallel()
	s := newSet(t, standard()...)
	first, again := run(t, s, request(fixture)), run(t, s, request(fixture))
	if d := cmp.Diff(first, again, protocmp.Transform(), protocmp.IgnoreFields(&nutgrafv1.ExtractorRun{}, "elapsed")); d != "" {
		t.Errorf("two runs differ:\n%s", d)
	}
	other := run(t, s, request(fixture+"."))
	if other.GetReplay().GetInputDigest() == first.GetReplay().GetInputDigest() || other.GetReplay().GetOutputDigest() == first.GetReplay().GetOutputDigest() {
		t.Error("digests are equal for another document")
	}
	req := request(fixture)
	req.Options.RequirePipelineDigest = "sha256:00"
	var pre *pipeline.PreconditionError
	if _, err := s.Run(t.Context(), req); !errors.As(err, &pre) {
		t.Errorf("Run with another pipeline digest = %v, want a PreconditionError", err)
	}
	req.Options.RequirePipelineDigest = s.Digest()
	run(t, s, req)
}

// TestLongBodyIsReadInPart has a body that is longer than what is analysed: it is given whole, what is found in it lies in its
// beginning, and one warning says so, if anything looked.
func TestLongBodyIsReadInPart(t *testing.T) {
	t.Parallel()
	s := newSet(t, standard()...)
	paragraph := strings.Repeat("naïve ", 500) + ".\n\n"
	fits := strings.Repeat(paragraph, pipeline.MaxAnalyzedBytes/len(paragraph))
	for _, test := range []struct {
		name, body string
		paths      []string
		warnings   int
	}{
		{"fits", fits, []string{"content", "keywords"}, 0},
		{"just too long", fits + strings.Repeat("x", pipeline.MaxAnalyzedBytes-len(fits)+1), []string{"content", "keywords"}, 1},
		{"long", strings.Repeat(fits, 4), []string{"content", "keywords"}, 1},
		{"long, not read", strings.Repeat(fits, 4), []string{"content"}, 0},
	} {
		req := request("Title\n"+test.body, test.paths...)
		req.Options.IncludeSpanText = true
		out := run(t, s, req)
		if out.GetContent().GetText() != test.body {
			t.Errorf("%s: the body is not whole", test.name)
		}
		if len(out.GetWarnings()) != test.warnings {
			t.Errorf("%s: warnings %v, want %d", test.name, out.GetWarnings(), test.warnings)
		}
		for _, w := range out.GetWarnings() {
			if w.GetCode() != nutgrafv1.WarningCode_WARNING_CODE_TRUNCATED || w.GetField() != "" {
				t.Errorf("%s: warning %v, want TRUNCATED of no field", test.name, w)
			}
		}
		last := int64(0)
		for _, k := range out.GetKeywords() {
			sp := k.GetEvidence().GetSpans()[0]
			if last = sp.GetEnd(); sp.Text == nil || !strings.HasPrefix(k.GetText(), sp.GetText()+"/") {
				t.Fatalf("%s: keyword %v does not quote its span", test.name, k)
			}
		}
		if len(test.paths) > 1 && (last > pipeline.MaxAnalyzedBytes || last < pipeline.MaxAnalyzedBytes*9/10) {
			t.Errorf("%s: the last token ends at %d", test.name, last)
		}
	}
}

func TestMinConfidence(t *testing.T) {
	t.Parallel()
	req := request(fixture)
	req.Options.MinConfidence = proto.Float32(0.5)
	out := run(t, newSet(t, standard()...), req)
	if len(out.GetKeywords()) == 0 {
		t.Fatal("nothing left")
	}
	for _, k := range out.GetKeywords() {
		if k.GetEvidence().GetConfidence() < 0.5 {
			t.Errorf("keyword %q with confidence %v stayed", k.GetText(), k.GetEvidence().GetConfidence())
		}
	}
}

func TestSelections(t *testing.T) {
	t.Parallel()
	s := newSet(t, standard()...)
	req := request(fixture)
	req.Options.Extractors = []*nutgrafv1.ExtractorSelection{{ExtractorId: "content", Disabled: true}}
	out := run(t, s, req)
	if out.GetContent() != nil || out.GetKeywords() != nil || out.GetMetadata() == nil {
		t.Errorf("with content disabled: %v", out)
	}
	req.Options.Extractors = []*nutgrafv1.ExtractorSelection{{ExtractorId: "content", Version: "0.9.0"}}
	var pre *pipeline.PreconditionError
	if _, err := s.Run(t.Context(), req); !errors.As(err, &pre) {
		t.Errorf("Run with another version = %v, want a PreconditionError", err)
	}
}
