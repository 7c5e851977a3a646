// Package quotes finds who said what: direct, mixed and indirect quotations with their speakers.
package quotes

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"google.golang.org/protobuf/proto"

	nutgrafv1 "example.invalid/nutgraf/gen/go/nutgraf/v1"
	"example.invalid/nutgraf/internal/pipeline"
	"example.invalid/nutgraf/internal/slab"
	"example.invalid/nutgraf/internal/text"
)

const (
	maxQuotes = 2000    // of one article
	maxKept   = 1 << 18 // tokens whose buffers are kept for the next article
)

// Extractor finds quotations.
type Extractor struct {
	lexicons map[string]*lexicon
	unknown  *lexicon // of a language without a file: quotation marks only
	analyses sync.Pool
	spec     pipeline.Spec
}

// New returns an extractor for all languages that have a file. It panics if a
// file is wrong, which a test rules out.
func New() *Extractor {
	x := &Extractor{lexicons: map[string]*lexicon{}, unknown: &lexicon{words: text.NewLexicon(map[string]class{})}, spec: pipeline.Spec{
		Name:        "quotes",
		Version:     "1.9.1",
		Description: "Direct, mixed and indirect quotations of the title and the body with their speakers.",
		Requires:    []pipeline.Field{"content"},
		Uses:        []pipeline.Field{"entities", "metadata"},
		Provides:    []pipeline.Field{"quotes"},
		Budget:      5 * time.Second,
		Confidence:  nutgrafv1.ConfidenceKind_CONFIDENCE_KIND_ORDINAL,
	}}
	x.analyses.New = func() any { return new(analysis) }
	h := sha256.New()
	files, err := data.ReadDir("data")
	if err != nil {
		panic(err)
	}
	for _, f := range files {
		b, err := data.ReadFile("data/" + f.Name())
		if err != nil {
			panic(err)
		}
		h.Write(b)
		lang := strings.TrimSuffix(f.Name(), ".txt")
		if x.lexicons[lang], err = newLexicon(string(b)); err != nil {
			panic(err)
		}
		x.spec.Languages = append(x.spec.Languages, lang)
	}
	x.spec.Digest = "sha256:" + hex.EncodeToString(h.Sum(nil))
	return x
}

// Spec describes the extractor.
func (x *Extractor) Spec() pipeline.Spec { return x.spec }

// Extract finds the quotations of the title, then those of the body.
func (x *Extractor) Extract(ctx context.Context, in pipeline.Input) (*nutgrafv1.Extraction, error) {
	out := &nutgrafv1.Extraction{}
	lang, _, _ := strings.Cut(strings.ToLower(in.Language()), "-")
	lex := x.lexicons[cmp.Or(lang, "en")]
	if lex == nil {
		lex = x.unknown
		out.Warnings = append(out.Warnings, warning(nutgrafv1.WarningCode_WARNING_CODE_LANGUAGE_UNSUPPORTED,
			"quotes: speakers and reported statements are not read in this language"))
	}
	for _, part := range []struct {
		doc    *text.Document
		layer  nutgrafv1.Layer
		blocks []*nutgrafv1.Block
	}{{in.Title(), nutgrafv1.Layer_LAYER_TITLE, nil}, {in.Body(), nutgrafv1.Layer_LAYER_BODY, in.Content().GetBlocks()}} {
		a := x.analyses.Get().(*analysis)
		found := a.find(ctx, part.doc, part.layer, lex, in.Entities(), in.Mentions(part.layer), part.blocks)
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if len(a.stretches)+len(found) >= maxQuotes {
			out.Warnings = append(out.Warnings, warning(nutgrafv1.WarningCode_WARNING_CODE_TRUNCATED,
				"quotes: more quotations than are reported"))
		}
		out.Quotes = append(out.Quotes, a.messages(found, len(out.Quotes))...)
		a.reset(ctx, &text.Document{}, 0, lex, nil, nil, nil) // holds on to buffers only
		if cap(a.class) <= maxKept {
			x.analyses.Put(a)
		}
	}
	return out, nil
}

func warning(code nutgrafv1.WarningCode, message string) *nutgrafv1.Warning {
	return &nutgrafv1.Warning{Code: code, Message: message, Field: "quotes"}
}

// find returns the quotations of a document in the order of the text.
func (a *analysis) find(ctx context.Context, doc *text.Document, layer nutgrafv1.Layer, lex *lexicon, entities []*nutgrafv1.Entity, mentions []pipeline.Mention, blocks []*nutgrafv1.Block) []found {
	a.reset(ctx, doc, layer, lex, entities, mentions, blocks)
	if ctx.Err() != nil {
		return nil
	}
	out := a.marked(ctx)
	n := len(out)
	out = append(out, a.reported(ctx, out, maxQuotes-n)...)
	a.goOn(out[:n], out[n:])
	if len(out) == 0 {
		return nil
	}
	order := make([]int, len(out))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(i, j int) int { return cmp.Compare(out[i].spans[0][0], out[j].spans[0][0]) })
	place := make([]int, len(out))
	for i, o := range order {
		place[o] = i
	}
	sorted := make([]found, len(out))
	for i, o := range order {
		sorted[i] = out[o]
		if c := sorted[i].continues; c >= 0 {
			sorted[i].continues = place[c]
		}
	}
	return sorted
}

// messages puts the quotations into the contract's form, numbered from given+1.
func (a *analysis) messages(found []found, given int) []*nutgrafv1.Quote {
	n := len(found)
	spans := 3 * n // of the cue, the speaker's mention and the evidence for it
	for i := range found {
		spans += len(found[i].spans)
	}
	w := writer{
		analysis: a, quotes: slab.For[nutgrafv1.Quote](n), speakers: slab.For[nutgrafv1.Speaker](n), values: slab.For[nutgrafv1.TextValue](2 * n),
		evidence: slab.For[nutgrafv1.Evidence](4 * n), spans: slab.For[nutgrafv1.Span](spans), lists: slab.For[*nutgrafv1.Span](spans),
		confidences: slab.For[float32](2 * n),
	}
	out := make([]*nutgrafv1.Quote, n)
	id := func(i int) string { return "q" + strconv.Itoa(given+i+1) }
	for i, q := range found {
		t := q.attribution
		m := w.quotes.New()
		m.QuoteId, m.Kind, m.Text, m.Negated = id(i), q.kind, a.quoteText(q), t.negated
		m.Evidence = w.evidence.New()
		m.Evidence.Confidence, m.Evidence.Method = w.confidences.New(), nutgrafv1.Method_METHOD_TEXT_RULE
		*m.Evidence.Confidence = q.confidence
		m.Evidence.Spans = w.lists.Row(len(q.spans))
		for k, s := range q.spans {
			m.Evidence.Spans[k] = w.span(s[0], s[1])
		}
		if t.cueLast > t.cueFirst {
			m.Cue = w.textValue(t.cueFirst, t.cueLast)
		}
		if q.continues >= 0 {
			m.ContinuesQuoteId = proto.String(id(q.continues))
		}
		if t.addressee >= 0 {
			m.AddresseeEntityId = proto.String(a.entities[t.addressee].GetEntityId())
		}
		m.Speaker = w.speaker(t.source)
		out[i] = m
	}
	return out
}

// writer makes the messages of a document.
type writer struct {
	*analysis
	quotes      slab.Slab[nutgrafv1.Quote]
	speakers    slab.Slab[nutgrafv1.Speaker]
	values      slab.Slab[nutgrafv1.TextValue]
	evidence    slab.Slab[nutgrafv1.Evidence]
	spans       slab.Slab[nutgrafv1.Span]
	lists       slab.Slab[*nutgrafv1.Span]
	confidences slab.Slab[float32]
}

// speaker puts a source into the contract's form, or returns nil for nobody.
func (w *writer) speaker(s source) *nutgrafv1.Speaker {
	name := w.name(s)
	if !s.found() || name == "" {
		return nil
	}
	m := w.speakers.New()
	m.Name, m.Evidence = name, w.evidence.New()
	m.Evidence.Confidence, m.Evidence.Method = w.confidences.New(), nutgrafv1.Method_METHOD_DERIVED
	*m.Evidence.Confidence = s.confidence
	if s.last > s.first {
		m.Mention = w.textValue(s.first, s.last)
		m.Evidence.Spans = w.lists.Of(w.tokenSpan(s.first, s.last))
		m.Evidence.Method = nutgrafv1.Method_METHOD_TEXT_RULE
	}
	if s.entity >= 0 {
		e := w.entities[s.entity]
		m.EntityId = proto.String(e.GetEntityId())
		for _, r := range e.GetRoles() {
			former := r.GetStatus() == nutgrafv1.RoleStatus_ROLE_STATUS_FORMER
			if m.Role == nil || !former {
				m.Role = proto.String(r.GetTitle())
			}
			if !former {
				break
			}
		}
	}
	return m
}

func (w *writer) span(start, end int) *nutgrafv1.Span {
	sp := w.spans.New()
	sp.Layer, sp.Start, sp.End = w.layer, int64(start), int64(end)
	return sp
}

func (w *writer) tokenSpan(first, last int) *nutgrafv1.Span {
	return w.span(int(w.Tokens[first].Start), int(w.Tokens[last-1].End))
}

func (w *writer) textValue(first, last int) *nutgrafv1.TextValue {
	v, sp := w.values.New(), w.tokenSpan(first, last)
	v.Value, v.Evidence = w.Text[sp.Start:sp.End], w.evidence.New()
	v.Evidence.Spans, v.Evidence.Method = w.lists.Of(sp), nutgrafv1.Method_METHOD_TEXT_RULE
	return v
}

// name returns what to call a source: its entity's name, or the words printed.
func (a *analysis) name(s source) string {
	if s.entity >= 0 {
		return a.entities[s.entity].GetName()
	}
	if s.named[1] > 0 {
		s.first, s.last = s.named[0], s.named[1]
	}
	if s.last <= s.first || a.is(s.first, pronoun) {
		return ""
	}
	return a.Text[a.Tokens[s.first].Start:a.Tokens[s.last-1].End]
}

func (a *analysis) quoteText(q found) string {
	if len(q.spans) == 1 {
		return a.Text[q.spans[0][0]:q.spans[0][1]]
	}
	parts := make([]string, len(q.spans))
	for i, s := range q.spans {
		parts[i] = a.Text[s[0]:s[1]]
	}
	return strings.Join(parts, " ")
}
