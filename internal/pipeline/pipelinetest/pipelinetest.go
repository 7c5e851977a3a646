// Package pipelinetest checks that an extractor keeps the rules that the pipeline relies on.
package pipelinetest

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	nutgrafv1 "example.invalid/nutgraf/gen/go/nutgraf/v1"
	"example.invalid/nutgraf/internal/pipeline"
	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/testing/protocmp"
	"google.golang.org/protobuf/types/known/timestamppb"
)

// Run checks an extractor: its spec is accepted, and on ordinary and hostile articles it sets only what it provides, keeps
// its spans inside the text, gives the same answer every time, leaves its input alone and heeds a cancelled context.
// Fields it takes from others come from a stand-in that makes plausible ones of the article's text.
func Run(t *testing.T, e pipeline.Extractor) {
	t.Helper()
	for name, article := range articles() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, problem := range check(e, article) {
				t.Error(problem)
			}
		})
	}
	t.Run("cancelled", func(t *testing.T) {
		t.Parallel()
		for _, problem := range checkCancelled(e) {
			t.Error(problem)
		}
	})
}

// check runs the extractor on one article several times at once, and reports all that is wrong.
func check(e pipeline.Extractor, article string) []string {
	const runs = 4
	var (
		outs     [runs]*nutgrafv1.Extraction
		problems [runs][]string
		wg       sync.WaitGroup
	)
	for i := range runs {
		wg.Go(func() { outs[i], problems[i] = extract(e, article) })
	}
	wg.Wait()
	for i := 1; i < runs && problems[0] == nil; i++ {
		if !proto.Equal(outs[0], outs[i]) {
			return []string{"two runs differ:\n" + cmp.Diff(outs[0], outs[i], protocmp.Transform())}
		}
	}
	return problems[0]
}

func checkCancelled(e pipeline.Extractor) []string {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	p := &probe{Extractor: e, before: cancel}
	set, err := pipeline.NewSet(pipeline.Config{}, with(p)...)
	if err != nil {
		return []string{err.Error()}
	}
	_, _ = set.Run(ctx, request(strings.Repeat("On Monday, Ann Lee said “yes” to Acme Corp. in Paris. ", 20_000)))
	if !errors.Is(p.err, context.Canceled) {
		return []string{fmt.Sprintf("Extract under a cancelled context = %v, want context.Canceled", p.err)}
	}
	return nil
}

// Benchmark times the extractor on an article and on one ten times as long: time per byte should be about equal.
func Benchmark(b *testing.B, e pipeline.Extractor, article string) {
	for _, size := range []struct {
		name  string
		times int
	}{{"x1", 1}, {"x10", 10}} {
		long := strings.Repeat(article+"\n\n", size.times)
		b.Run(size.name, func(b *testing.B) {
			set, err := pipeline.NewSet(pipeline.Config{}, with(e)...)
			if err != nil {
				b.Fatal(err)
			}
			req := request(long)
			b.SetBytes(int64(len(long)))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := set.Run(b.Context(), req); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func request(article string) *nutgrafv1.ArticleRequest {
	return &nutgrafv1.ArticleRequest{Source: &nutgrafv1.Source{
		Content:       &nutgrafv1.Source_PlainText{PlainText: &nutgrafv1.PlainTextContent{Text: article}},
		Url:           "https://news.example/2025/08/18/story",
		PublishedHint: timestamppb.New(time.Date(2025, 8, 18, 12, 0, 0, 0, time.UTC)),
	}, Options: &nutgrafv1.ExtractionOptions{IncludeSpanText: true}}
}

// extract runs the extractor once and reports what one run can show.
func extract(e pipeline.Extractor, article string) (*nutgrafv1.Extraction, []string) {
	p := &probe{Extractor: e}
	set, err := pipeline.NewSet(pipeline.Config{}, with(p)...)
	if err != nil {
		return nil, []string{err.Error()}
	}
	out, err := set.Run(context.Background(), request(article))
	if err != nil {
		return nil, []string{fmt.Sprintf("Run: %v", err)}
	}
	problems := append(p.problems, badSpans(out)...)
	if p.err != nil {
		problems = append(problems, fmt.Sprintf("Extract: %v", p.err))
	}
	for _, r := range out.GetRuns() {
		if r.GetExtractorId() == e.Spec().Name && r.GetStatus() != nil {
			problems = append(problems, fmt.Sprintf("run ended with %v", r.GetStatus()))
		}
		r.Elapsed = nil
	}
	if _, err := proto.Marshal(out); err != nil {
		problems = append(problems, fmt.Sprintf("marshal: %v", err))
	}
	return out, problems
}

// badSpans reports the first span outside its layer or inside a code point: the pipeline gives such a span no text.
func badSpans(out *nutgrafv1.Extraction) (problems []string) {
	var walk func(m protoreflect.Message)
	walk = func(m protoreflect.Message) {
		if sp, ok := m.Interface().(*nutgrafv1.Span); ok {
			if problems == nil && sp.Text == nil {
				problems = append(problems, fmt.Sprintf("span %v is not inside its layer", sp))
			}
			return
		}
		m.Range(func(fd protoreflect.FieldDescriptor, v protoreflect.Value) bool {
			switch {
			case fd.IsMap() || fd.Message() == nil:
			case fd.IsList():
				for i := range v.List().Len() {
					walk(v.List().Get(i).Message())
				}
			default:
				walk(v.Message())
			}
			return true
		})
	}
	walk(out.ProtoReflect())
	return problems
}

// probe is the extractor under test, watched.
type probe struct {
	pipeline.Extractor
	before   func()
	err      error
	problems []string
}

func (p *probe) Extract(ctx context.Context, in pipeline.Input) (*nutgrafv1.Extraction, error) {
	if p.before != nil {
		p.before()
	}
	before := seen(in, true)
	part, err := p.Extractor.Extract(ctx, in)
	if !proto.Equal(before, seen(in, false)) {
		p.problems = append(p.problems, "the extractor changed its input")
	}
	if p.err = err; part == nil {
		return part, err
	}
	allowed := map[protoreflect.Name]bool{"warnings": true}
	for _, f := range p.Spec().Provides {
		allowed[protoreflect.Name(f)] = true
	}
	part.ProtoReflect().Range(func(fd protoreflect.FieldDescriptor, _ protoreflect.Value) bool {
		if !allowed[fd.Name()] {
			p.problems = append(p.problems, "the extractor set "+string(fd.Name())+", which it does not provide")
		}
		return true
	})
	return part, err
}

// seen gathers all that the extractor was given.
func seen(in pipeline.Input, clone bool) proto.Message {
	m := &nutgrafv1.Extraction{
		Content: in.Content(), Metadata: in.Metadata(), Entities: in.Entities(), Quotes: in.Quotes(), Times: in.Times(), Keywords: in.Keywords(),
	}
	if clone {
		return proto.CloneOf(m)
	}
	return m
}

// articles returns one text for each kind of trouble.
func articles() map[string]string {
	const n = 20_000
	return map[string]string{
		"ordinary":        ordinary,
		"blank":           " \n\n \n",
		"one letter":      "a",
		"no sentences":    strings.Repeat("word ", n),
		"one long word":   strings.Repeat("x", n),
		"opening quotes":  strings.Repeat("“", n/3),
		"straight quotes": strings.Repeat(`" `, n),
		"nested quotes":   strings.Repeat("“a ‘b ", n/8) + strings.Repeat("’ c”", n/8),
		"full stops":      strings.Repeat(". ", n),
		"brackets":        strings.Repeat("([{", n),
		"digits":          strings.Repeat("1", n),
		"dates":           strings.Repeat("Monday 1 May 2020 to ", n/20),
		"names":           strings.Repeat("Ann B. Lee of Acme Corp. met ", n/30),
		"said":            strings.Repeat("he said she said ", n/16),
		"capitals":        strings.ToUpper(ordinary),
		"lower case":      strings.ToLower(ordinary),
		"paragraphs":      strings.Repeat("A.\n\n", n/4),
		"combining":       "A" + strings.Repeat("\u0301", n),
		"right to left":   strings.Repeat("אמר “שלום” ביום שני. قال مرحبا. ", n/60),
		"emoji":           strings.Repeat("👩‍👩‍👧‍👦🇪🇺 said ", n/40),
		"controls":        "Ann\x00 Lee\u200b said\u2028 “no\ufeff”\u202e.",
		"no spaces":       strings.Repeat("北京时间周一表示", n/24),
		"replacement":     strings.Repeat("\ufffd", n/3),
	}
}

// ordinary is invented.
const ordinary = `Harbour town votes to rebuild its lighthouse

Mayor Ilse Brandt met Culture Minister Teodor Vance at Port Amsel’s town hall on Tuesday to agree on a plan for the lighthouse that burned down last winter.

“We will not let the light go out,” Brandt said after the meeting. She added that work would begin in early March and cost about 4 million euros.

Vance, who is also head of the Northern Heritage Fund, called the plan “a gift to the coast”. According to the Fund, the last such repair took two years, from 2011 to 2013.

“The old stones are still there,” said engineer Mary O’Dell of Kestrel Works Ltd. “What we need is time, and dry weather.”

The council did not say whether the harbour would stay open. A vote is planned for November 12.`

// standIn makes plausible fields of the text for an extractor that takes them from others.
type standIn struct{ provides []pipeline.Field }

// with returns the extractor with a stand-in for all that it takes from others.
func with(e pipeline.Extractor) []pipeline.Extractor {
	var provides []pipeline.Field
	seen := map[pipeline.Field]bool{pipeline.Source: true}
	for _, fs := range [][]pipeline.Field{e.Spec().Requires, e.Spec().Uses} {
		for _, f := range fs {
			if !seen[f] {
				seen[f] = true
				provides = append(provides, f)
			}
		}
	}
	if provides == nil {
		return []pipeline.Extractor{e}
	}
	return []pipeline.Extractor{e, standIn{provides}}
}

func (s standIn) Spec() pipeline.Spec {
	return pipeline.Spec{Name: "stand_in", Version: "1.0.0", Requires: []pipeline.Field{pipeline.Source}, Provides: s.provides}
}

func (s standIn) Extract(_ context.Context, in pipeline.Input) (*nutgrafv1.Extraction, error) {
	title, body, ok := strings.Cut(in.Source().GetPlainText().GetText(), "\n\n")
	if !ok {
		title, body = "", title
	}
	content := &nutgrafv1.Content{Text: body}
	start := 0
	for p := range strings.SplitSeq(body, "\n\n") {
		content.Blocks = append(content.Blocks, &nutgrafv1.Block{Kind: nutgrafv1.BlockKind_BLOCK_KIND_PARAGRAPH, Span: span(start, start+len(p))})
		start += len(p) + 2
	}
	return &nutgrafv1.Extraction{
		PageKind: nutgrafv1.PageKind_PAGE_KIND_ARTICLE,
		Access:   nutgrafv1.Access_ACCESS_FREE,
		Content:  content,
		Metadata: &nutgrafv1.Metadata{
			Title:     &nutgrafv1.TextValue{Value: title},
			Language:  &nutgrafv1.TextValue{Value: "en"},
			Published: &nutgrafv1.DateValue{Value: "2025-08-18", Precision: nutgrafv1.Precision_PRECISION_DAY},
		},
		Entities: names(body),
	}, nil
}

// names makes an entity of each run of capitalised words, at most a thousand.
func names(body string) []*nutgrafv1.Entity {
	byName := map[string]*nutgrafv1.Entity{}
	var out []*nutgrafv1.Entity
	start, end, count := -1, -1, 0
	flush := func() {
		if start < 0 || count == 1000 {
			start = -1
			return
		}
		name := body[start:end]
		e := byName[name]
		if e == nil {
			kind := nutgrafv1.EntityKind_ENTITY_KIND_PERSON + nutgrafv1.EntityKind(len(out)%3)
			e = &nutgrafv1.Entity{EntityId: "e" + string(rune('a'+len(out)%26)) + strings.Repeat("z", len(out)/26), Name: name, Kind: kind}
			byName[name], out = e, append(out, e)
		}
		e.Mentions = append(e.Mentions, &nutgrafv1.Mention{
			Form: nutgrafv1.MentionForm_MENTION_FORM_NAME, Evidence: &nutgrafv1.Evidence{Spans: []*nutgrafv1.Span{span(start, end)}},
		})
		count++
		start = -1
	}
	at := 0
	for word := range strings.SplitAfterSeq(body, " ") {
		trimmed := strings.TrimRightFunc(word, func(r rune) bool { return !unicode.IsLetter(r) })
		if r, _ := utf8.DecodeRuneInString(trimmed); unicode.IsUpper(r) {
			if start < 0 {
				start = at
			}
			end = at + len(trimmed)
			if len(trimmed)+1 < len(word) {
				flush()
			}
		} else {
			flush()
		}
		at += len(word)
	}
	flush()
	return out
}

func span(start, end int) *nutgrafv1.Span {
	return &nutgrafv1.Span{Layer: nutgrafv1.Layer_LAYER_BODY, Start: int64(start), End: int64(end)}
}
