// Package events finds what happened: who did what to whom, where and when, told by verbs and nouns of a lexicon.
package events

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
	"sync"
	"time"

	nutgrafv1 "example.invalid/nutgraf/gen/go/nutgraf/v1"
	"example.invalid/nutgraf/internal/pipeline"
	"example.invalid/nutgraf/internal/text"
)

// maxCandidates bounds what is weighed; an article has a hundredth of it.
const maxCandidates = 2000

// Extractor finds events.
type Extractor struct {
	lexicons map[string]*lexicon
	spec     pipeline.Spec
	finders  sync.Pool
}

// New returns an extractor for all languages that have a file. It panics if a file is wrong, which a test rules out.
func New() *Extractor {
	x := &Extractor{lexicons: map[string]*lexicon{}}
	h := sha256.New()
	files, err := langFiles.ReadDir("lang")
	if err != nil {
		panic(err)
	}
	var langs []string
	for _, f := range files {
		lang := strings.TrimSuffix(f.Name(), ".txt")
		lx, err := loadLexicon(lang)
		if err != nil {
			panic(err)
		}
		data, _ := langFiles.ReadFile("lang/" + f.Name())
		h.Write(data)
		x.lexicons[lang] = lx
		langs = append(langs, lang)
	}
	x.spec = pipeline.Spec{
		Name:        "events",
		Version:     "1.0.0",
		Description: "Main events of the body with participants, time, place and standing.",
		Requires:    []pipeline.Field{"content"},
		Uses:        []pipeline.Field{"metadata", "entities", "quotes", "times"},
		Provides:    []pipeline.Field{"events"},
		Budget:      5 * time.Second,
		Languages:   langs,
		Digest:      "sha256:" + hex.EncodeToString(h.Sum(nil)),
		Confidence:  nutgrafv1.ConfidenceKind_CONFIDENCE_KIND_ORDINAL,
	}
	return x
}

// Spec describes the extractor.
func (x *Extractor) Spec() pipeline.Spec { return x.spec }

// Extract finds the main events of the body.
func (x *Extractor) Extract(ctx context.Context, in pipeline.Input) (*nutgrafv1.Extraction, error) {
	out := &nutgrafv1.Extraction{}
	lang, _, _ := strings.Cut(strings.ToLower(in.Language()), "-")
	if lang == "" {
		lang = "en"
	}
	lx := x.lexicons[lang]
	if lx == nil {
		out.Warnings = []*nutgrafv1.Warning{{
			Code: nutgrafv1.WarningCode_WARNING_CODE_LANGUAGE_UNSUPPORTED, Field: "events", Message: "events: no lexicon for this language",
		}}
		return out, nil
	}
	doc := in.Body()
	f, _ := x.finders.Get().(*finder)
	if f == nil {
		f = new(finder)
	}
	f.reset(lx, doc, in.Entities())
	defer func() {
		f.reset(nil, nil, nil)
		x.finders.Put(f)
	}()
	m := newMarks(doc, in)
	for i := range doc.Sentences {
		if i%64 == 0 && ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if len(f.out) >= maxCandidates {
			break
		}
		f.read(m, i)
	}
	events := rank(f.out, len(doc.Sentences))
	out.Events = messages(events, doc, in)
	return out, nil
}

// reset makes the finder ready for another article. Its lists keep their room.
func (f *finder) reset(lx *lexicon, doc *text.Document, entities []*nutgrafv1.Entity) {
	clear(f.out)
	f.s.lx, f.s.doc, f.entities = lx, doc, entities
	f.out, f.pool = f.out[:0], f.pool[:0]
	f.person, f.thing, f.group = -1, -1, participant{entity: -1}
}

// read finds the candidates of sentence i.
func (f *finder) read(m *marks, i int) {
	st := m.doc.Sentences[i]
	n := st.Last - st.First
	if n > maxTokens {
		return
	}
	f.number, f.heading = i, heading(m.doc, st)
	f.s.first = st.First
	f.s.tokens = resize(f.s.tokens, n)
	m.mark(f.s.tokens, st.First)
	f.s.tagAll()
	from := len(f.out)
	f.sentence()
	m.claims(f.out[from:])
}

// heading reports whether a sentence ends like a headline.
func heading(doc *text.Document, s text.Sentence) bool {
	switch doc.Text[s.End-1] {
	case '.', '!', '?', '"', ':', ')', '\'':
		return false
	}
	return doc.Text[s.End-1] < 0x80
}

// marks says which tokens belong to entities, times and quotations. It goes along with the tokens.
type marks struct {
	doc    *text.Document
	ents   []mark
	times  []mark
	quotes []mark
}

type mark struct {
	start, end int
	index      int32
	direct     bool
}

func newMarks(doc *text.Document, in pipeline.Input) *marks {
	m := &marks{doc: doc}
	body := func(ev *nutgrafv1.Evidence, index int, direct bool, to []mark) []mark {
		for _, sp := range ev.GetSpans() {
			if sp.GetLayer() == nutgrafv1.Layer_LAYER_BODY {
				to = append(to, mark{int(sp.GetStart()), int(sp.GetEnd()), int32(index), direct})
			}
		}
		return to
	}
	for i, e := range in.Entities() {
		for _, x := range e.GetMentions() {
			m.ents = body(x.GetEvidence(), i, true, m.ents)
		}
	}
	first := map[string]int{} // two times of one value are one
	for i, t := range in.Times() {
		if strings.HasSuffix(t.GetTimexValue(), "_REF") {
			continue // now and then date nothing
		}
		if v := t.GetTimexValue(); t.GetStart() != "" {
			if k, ok := first[v]; ok {
				i = k
			} else {
				first[v] = i
			}
		}
		if k := t.GetKind(); k == nutgrafv1.TimeKind_TIME_KIND_DATE || k == nutgrafv1.TimeKind_TIME_KIND_TIME {
			m.times = body(t.GetEvidence(), i, true, m.times)
		}
	}
	for i, q := range in.Quotes() {
		m.quotes = body(q.GetEvidence(), i, q.GetKind() != nutgrafv1.QuoteKind_QUOTE_KIND_INDIRECT, m.quotes)
	}
	for _, s := range [][]mark{m.ents, m.times, m.quotes} {
		slices.SortStableFunc(s, func(a, b mark) int {
			if a.start != b.start {
				return a.start - b.start
			}
			return b.end - a.end
		})
	}
	return m
}

// mark fills in what is known of the tokens from first on.
func (m *marks) mark(tokens []token, first int) {
	for i := range tokens {
		tokens[i] = token{entity: -1, time: -1, chunk: -1}
	}
	if len(tokens) == 0 {
		return
	}
	start, end := int(m.doc.Tokens[first].Start), int(m.doc.Tokens[first+len(tokens)-1].End)
	m.ents = over(m.ents, start, end, func(k mark) {
		m.each(tokens, first, k, func(t *token) { t.entity = k.index })
	})
	m.times = over(m.times, start, end, func(k mark) {
		m.each(tokens, first, k, func(t *token) { t.time = k.index })
	})
}

// over calls f on the marks that begin in [start, end) and drops those that ended before.
func over(ms []mark, start, end int, f func(mark)) []mark {
	for len(ms) > 0 && ms[0].start < start {
		ms = ms[1:]
	}
	for len(ms) > 0 && ms[0].start < end {
		f(ms[0])
		ms = ms[1:]
	}
	return ms
}

func (m *marks) each(tokens []token, first int, k mark, f func(*token)) {
	i := m.doc.TokenAt(k.start) - first
	for ; i >= 0 && i < len(tokens) && int(m.doc.Tokens[first+i].Start) < k.end; i++ {
		f(&tokens[i])
	}
}

// claims says in whose words the candidates are told, if not in the reporter's.
func (m *marks) claims(cs []candidate) {
	for i := range cs {
		c := &cs[i]
		for len(m.quotes) > 0 && m.quotes[0].end <= c.start && i == 0 {
			m.quotes = m.quotes[1:]
		}
		for _, q := range m.quotes {
			if q.start > c.start {
				break
			}
			if q.end >= c.end {
				c.claimedBy = q.index
				if q.direct {
					c.score -= 2
				}
				break
			}
		}
	}
}
