// Package times finds time expressions in the body and gives them TIMEX3 values, resolved against the day the article
// was published. One engine reads every language; what is particular to a language is a file in lang.
package times

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io/fs"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode"
	"unicode/utf8"

	nutgrafv1 "example.invalid/nutgraf/gen/go/nutgraf/v1"
	"example.invalid/nutgraf/internal/pipeline"
)

// maxExpressions bounds the answer; what a reader wrote has a hundredth of it.
const maxExpressions = 5000

// fallback is the language of an article whose language is not known.
const fallback = "en"

// Extractor finds time expressions.
type Extractor struct {
	grammars map[string]func() *grammar
	spec     pipeline.Spec
	parsers  sync.Pool
}

// New returns an extractor for all languages that have a file. A language's rules are compiled when its first text comes.
func New() *Extractor {
	x := &Extractor{grammars: map[string]func() *grammar{}, spec: pipeline.Spec{
		Name:        "times",
		Version:     "1.2.0",
		Description: "TIMEX3 time expressions of the body, resolved against the day of publication.",
		Requires:    []pipeline.Field{"content"},
		Uses:        []pipeline.Field{"metadata"},
		Provides:    []pipeline.Field{"times"},
		Budget:      5 * time.Second,
		Languages:   languages(),
		Digest:      digest(),
		Confidence:  nutgrafv1.ConfidenceKind_CONFIDENCE_KIND_ORDINAL,
	}}
	for _, lang := range append(languages(), common) {
		x.grammars[lang] = sync.OnceValue(func() *grammar {
			g, err := loadGrammar(lang)
			if err != nil {
				panic(err) // a test compiles them all
			}
			return g
		})
	}
	x.parsers.New = func() any { return new(parser) }
	return x
}

func digest() string {
	h := sha256.New()
	files, _ := fs.Glob(langFiles, "lang/*.txt")
	for _, f := range files {
		data, _ := langFiles.ReadFile(f)
		h.Write(data)
	}
	return "sha256:" + hex.EncodeToString(h.Sum(nil))
}

// Spec describes the extractor.
func (x *Extractor) Spec() pipeline.Spec { return x.spec }

// Extract finds the expressions of the body.
func (x *Extractor) Extract(ctx context.Context, in pipeline.Input) (*nutgrafv1.Extraction, error) {
	out := &nutgrafv1.Extraction{}
	lang, _, _ := strings.Cut(strings.ToLower(in.Language()), "-")
	if lang == "" {
		lang = fallback
	}
	g := x.grammars[lang]
	body := in.BodyText()
	english := false // besides numeric dates
	if g == nil || lang == common {
		g = x.grammars[common]
		message := "times: only numeric dates are read in this language"
		if english = otherScript(body); english {
			message += ", and English beside it"
		}
		out.Warnings = append(out.Warnings, warning(nutgrafv1.WarningCode_WARNING_CODE_LANGUAGE_UNSUPPORTED, message))
	}
	a := anchorOf(in)
	stop := func(found int) bool { return found > maxExpressions || ctx.Err() != nil }
	p := x.parsers.Get().(*parser)
	var numeric []expression
	if english {
		numeric = slices.Clone(p.parse(g(), body, a, stop))
		clear(p.out)
		g = x.grammars[fallback]
	}
	es := p.parse(g(), body, a, stop)
	if english {
		es = beside(body, es, numeric)
	}
	defer func() {
		clear(p.out)
		x.parsers.Put(p)
	}()
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if len(es) > maxExpressions {
		es = es[:maxExpressions]
		out.Warnings = append(out.Warnings, warning(nutgrafv1.WarningCode_WARNING_CODE_TRUNCATED,
			"times: more expressions than are reported"))
	}
	out.Times = messages(es)
	if slices.ContainsFunc(es, func(e expression) bool { return e.unresolved }) {
		out.Warnings = append(out.Warnings, warning(nutgrafv1.WarningCode_WARNING_CODE_NO_DATE_ANCHOR,
			"times: no publication or reference time, relative expressions are unresolved"))
	}
	return out, nil
}

// otherScript reports whether a tenth or more of a text's letters are not Latin, so that what is written in Latin ones is more
// likely English than the language of the text.
func otherScript(s string) bool {
	latin, other := 0, 0
	for _, r := range s {
		switch {
		case r < utf8.RuneSelf:
			if kinds[byte(r)] == kLetter {
				latin++
			}
		case unicode.Is(unicode.Latin, r):
			latin++
		case unicode.IsLetter(r):
			other++
		}
	}
	return other > 0 && other*9 >= latin
}

// beside returns the English expressions that have a word, and the numeric ones that those do not overlap. What is English only
// by its order of numbers, 3/5/2024, may be the other language's.
func beside(s string, english, numeric []expression) []expression {
	out := make([]expression, 0, len(english)+len(numeric))
	for _, e := range english {
		if !strings.ContainsFunc(s[e.start:e.end], func(r rune) bool { return r < utf8.RuneSelf && kinds[byte(r)] == kLetter }) {
			continue
		}
		for len(numeric) > 0 && numeric[0].start < e.end {
			if numeric[0].end <= e.start {
				out = append(out, numeric[0])
			}
			numeric = numeric[1:]
		}
		out = append(out, e)
	}
	return append(out, numeric...)
}

func warning(code nutgrafv1.WarningCode, message string) *nutgrafv1.Warning {
	return &nutgrafv1.Warning{Code: code, Message: message, Field: "times"}
}

// anchorOf chooses what relative expressions count from: the caller's word, the day of publication, the day of fetching.
func anchorOf(in pipeline.Input) anchor {
	if t, ok := in.ReferenceTime(); ok {
		return dayAnchor(t, nutgrafv1.TimeAnchor_TIME_ANCHOR_REFERENCE_TIME)
	}
	if a := parseAnchor(in.Metadata().GetPublished().GetValue()); a.ok {
		return a
	}
	if t, ok := in.FetchTime(); ok {
		return dayAnchor(t, nutgrafv1.TimeAnchor_TIME_ANCHOR_FETCH_TIME)
	}
	return anchor{}
}

func dayAnchor(t time.Time, source nutgrafv1.TimeAnchor) anchor {
	t = t.UTC()
	d := civil(t.Year(), int(t.Month()), t.Day())
	if t.Year() < 1 || t.Year() > 9999 {
		return anchor{}
	}
	return anchor{day: d, precision: 3, text: d.String(), source: source, ok: true}
}

// parseAnchor reads a year, month or day from the front of an ISO 8601 value: the day is that of the newsroom's own zone.
func parseAnchor(v string) anchor {
	part := func(from, to, low, high int) (int, bool) {
		if len(v) < to || from > 0 && v[from-1] != '-' {
			return low, false
		}
		n, err := strconv.Atoi(v[from:to])
		return n, err == nil && n >= low && n <= high
	}
	y, ok := part(0, 4, 1, 9999)
	if !ok {
		return anchor{}
	}
	a := anchor{precision: 1, source: nutgrafv1.TimeAnchor_TIME_ANCHOR_PUBLISHED, ok: true}
	m, okMonth := part(5, 7, 1, 12)
	d := 1
	if okMonth {
		a.precision = 2
		var okDay bool
		if d, okDay = part(8, 10, 1, daysIn(y, m)); okDay {
			a.precision = 3
		} else {
			d = 1
		}
	} else {
		m = 1
	}
	a.day = civil(y, m, d)
	a.text = a.day.String()[:[...]int{1: 4, 2: 7, 3: 10}[a.precision]]
	return a
}

var timeKinds = [...]nutgrafv1.TimeKind{
	kindDate:     nutgrafv1.TimeKind_TIME_KIND_DATE,
	kindTime:     nutgrafv1.TimeKind_TIME_KIND_TIME,
	kindDuration: nutgrafv1.TimeKind_TIME_KIND_DURATION,
	kindSet:      nutgrafv1.TimeKind_TIME_KIND_SET,
}

// messages turns expressions into the contract's form, with few allocations for all of them.
func messages(es []expression) []*nutgrafv1.TimeExpression {
	if len(es) == 0 {
		return nil
	}
	out := make([]*nutgrafv1.TimeExpression, len(es))
	times := make([]nutgrafv1.TimeExpression, len(es))
	evidence := make([]nutgrafv1.Evidence, len(es))
	anchors := make([]string, len(es))
	spans := make([]nutgrafv1.Span, len(es))
	lists := make([]*nutgrafv1.Span, len(es))
	confidences := make([]float32, len(es))
	for i := range es {
		e := &es[i]
		spans[i].Layer, spans[i].Start, spans[i].End = nutgrafv1.Layer_LAYER_BODY, int64(e.start), int64(e.end)
		confidences[i] = e.confidence
		if e.source == nutgrafv1.TimeAnchor_TIME_ANCHOR_FETCH_TIME {
			confidences[i] -= 0.2 // an article may be fetched long after it was written
		}
		lists[i] = &spans[i]
		evidence[i].Spans = lists[i : i+1 : i+1]
		evidence[i].Confidence = &confidences[i]
		evidence[i].Method = nutgrafv1.Method_METHOD_TEXT_RULE
		t := &times[i]
		t.TimeId = "t" + strconv.Itoa(i+1)
		t.Kind = timeKinds[e.kind]
		t.TimexValue = e.timex
		t.Start, t.End = e.first, e.last
		t.Relative = e.relative
		if anchors[i] = e.anchor; e.anchor != "" {
			t.Anchor = &anchors[i]
			t.AnchorSource = e.source
		}
		t.Modifier = e.modifier
		t.Evidence = &evidence[i]
		out[i] = t
	}
	return out
}
