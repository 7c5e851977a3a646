// Package events finds what happened: who did what to whom, where and when, told by verbs and nouns of a lexicon.
package events

import (
	"cmp"
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
		Version:     "1.1.0",
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
	m := &f.marks
	m.read(doc, in)
	for i := range doc.Sentences {
		if i%64 == 0 && ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if len(f.out) >= maxCandidates {
			break
		}
		f.read(m, i)
	}
	events := rank(f.out, doc)
	out.Events = messages(events, doc, in)
	return out, nil
}

// reset makes the finder ready for another article. Its lists keep their room.
func (f *finder) reset(lx *lexicon, doc *text.Document, entities []*nutgrafv1.Entity) {
	clear(f.out)
	f.s.lx, f.s.doc, f.entities = lx, doc, entities
	if doc != nil {
		f.s.words = resize(f.s.words, len(doc.Forms))
		lx.look(doc, f.s.words)
	}
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
	where := m.doc.Tokens[st.First:st.Last]
	for i := range f.s.tokens {
		t := &f.s.tokens[i]
		*t = token{entity: -1, time: -1, chunk: -1}
		t.word = f.s.words[where[i].Form]
	}
	m.mark(f.s.tokens, st)
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
	doc           *text.Document
	ents          []pipeline.Mention
	times, quotes []mark
	room          [2][]mark      // of times and quotes
	first         map[string]int // time by value
}

type mark struct {
	start, end int
	index      int32
	direct     bool
}

// read makes the marks of another article.
func (m *marks) read(doc *text.Document, in pipeline.Input) {
	m.doc = doc
	for i := range m.room {
		m.room[i] = m.room[i][:0]
	}
	m.ents = in.Mentions(nutgrafv1.Layer_LAYER_BODY)
	times, quotes := &m.room[0], &m.room[1]
	if m.first == nil {
		m.first = map[string]int{}
	}
	clear(m.first)
	for i, t := range in.Times() {
		if strings.HasSuffix(t.GetTimexValue(), "_REF") {
			continue // now and then date nothing
		}
		if v := t.GetTimexValue(); t.GetStart() != "" {
			if k, ok := m.first[v]; ok {
				i = k // two times of one value are one
			} else {
				m.first[v] = i
			}
		}
		if k := t.GetKind(); k == nutgrafv1.TimeKind_TIME_KIND_DATE || k == nutgrafv1.TimeKind_TIME_KIND_TIME {
			add(times, t.GetEvidence(), i, true)
		}
	}
	for i, q := range in.Quotes() {
		add(quotes, q.GetEvidence(), i, q.GetKind() != nutgrafv1.QuoteKind_QUOTE_KIND_INDIRECT)
	}
	for _, s := range m.room {
		slices.SortFunc(s, func(a, b mark) int {
			return cmp.Or(a.start-b.start, b.end-a.end, int(a.index-b.index))
		})
	}
	m.times, m.quotes = *times, *quotes
}

func add(to *[]mark, ev *nutgrafv1.Evidence, index int, direct bool) {
	for _, sp := range ev.GetSpans() {
		if sp.GetLayer() == nutgrafv1.Layer_LAYER_BODY {
			*to = append(*to, mark{int(sp.GetStart()), int(sp.GetEnd()), int32(index), direct})
		}
	}
}

// mark fills in what is known of the tokens of a sentence.
func (m *marks) mark(tokens []token, st text.Sentence) {
	for ; len(m.ents) > 0 && m.ents[0].First < st.Last; m.ents = m.ents[1:] {
		if e := &m.ents[0]; e.First >= st.First {
			for t := e.First; t < min(e.Last, st.Last); t++ {
				tokens[t-st.First].entity = e.Entity
			}
		}
	}
	where := m.doc.Tokens[st.First:st.Last]
	at := 0
	for ; len(m.times) > 0 && m.times[0].start < st.End; m.times = m.times[1:] {
		time := &m.times[0]
		if time.start < st.Start {
			continue
		}
		for int(where[at].End) <= time.start {
			at++
		}
		if int(where[at].Start) > time.start {
			continue // between two tokens
		}
		for i := at; i < len(where) && int(where[i].Start) < time.end; i++ {
			tokens[i].time = time.index
		}
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
