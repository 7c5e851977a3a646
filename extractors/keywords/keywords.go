// Package keywords finds the words and phrases that say what an article is about.
package keywords

import (
	"cmp"
	"context"
	"math"
	"slices"
	"strings"
	"sync"
	"time"

	nutgrafv1 "example.invalid/nutgraf/gen/go/nutgraf/v1"
	"example.invalid/nutgraf/internal/pipeline"
	"example.invalid/nutgraf/internal/rarity"
	"example.invalid/nutgraf/internal/slab"
	"example.invalid/nutgraf/internal/text"
)

const (
	maxKeywords = 12
	maxSpans    = 20     // spans given for one keyword
	maxTokens   = 20_000 // of the body that are read
	maxPhrase   = 3      // words of a phrase that is no name
	maxWord     = 40     // bytes
)

// Extractor fills Extraction.keywords.
type Extractor struct{ rankers sync.Pool }

// New returns the extractor.
func New() *Extractor {
	return &Extractor{rankers: sync.Pool{New: func() any { return &ranker{phrases: map[phrase]int32{}, weights: &weights} }}}
}

// Spec describes the extractor.
func (*Extractor) Spec() pipeline.Spec {
	return pipeline.Spec{
		Name:        "keywords",
		Version:     "1.2.1",
		Description: "Keyphrases of the body and the title, names among them, best first.",
		Requires:    []pipeline.Field{"content"},
		Uses:        []pipeline.Field{"metadata", "entities"},
		Provides:    []pipeline.Field{"keywords"},
		Budget:      2 * time.Second,
		Languages:   []string{"de", "en", "es", "fr"},
		Digest:      rarity.Digest(),
		Confidence:  nutgrafv1.ConfidenceKind_CONFIDENCE_KIND_ORDINAL,
	}
}

// Extract ranks the phrases and names of the article.
func (x *Extractor) Extract(ctx context.Context, in pipeline.Input) (*nutgrafv1.Extraction, error) {
	r := x.rankers.Get().(*ranker)
	defer func() {
		r.reset(nil)
		x.rankers.Put(r)
	}()
	r.reset(rarity.Of(in.Language()))
	r.read(in.Title(), nutgrafv1.Layer_LAYER_TITLE, in.Entities())
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	r.read(in.Body(), nutgrafv1.Layer_LAYER_BODY, in.Entities())
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	r.readNames(in.Entities(), in.Title(), in.Body())
	out := &nutgrafv1.Extraction{}
	if !rarity.Known(in.Language()) {
		out.Warnings = append(out.Warnings, &nutgrafv1.Warning{
			Code: nutgrafv1.WarningCode_WARNING_CODE_LANGUAGE_UNSUPPORTED, Field: "keywords",
			Message: "keywords: which words are common in this language is not known",
		})
	}
	var (
		evidence slab.Slab[nutgrafv1.Evidence]
		spans    slab.Slab[nutgrafv1.Span]
		lists    slab.Slab[*nutgrafv1.Span]
	)
	for _, k := range r.best(maxKeywords) {
		m := &nutgrafv1.Keyword{Text: k.text, Score: float32(k.score), Evidence: evidence.New()}
		m.Evidence.Method, m.Evidence.Spans = nutgrafv1.Method_METHOD_MODEL, lists.Row(min(int(r.found[k.index].seen), maxSpans))
		at := r.found[k.index].first
		for i := range m.Evidence.Spans {
			o, sp := &r.occurrences[at], spans.New()
			sp.Layer, sp.Start, sp.End = o.layer, int64(o.start), int64(o.end)
			m.Evidence.Spans[i], at = sp, o.next
		}
		out.Keywords = append(out.Keywords, m)
	}
	return out, nil
}

type span struct {
	layer      nutgrafv1.Layer
	start, end int
}

// A phrase is the ids of up to maxPhrase words, 0 where there is none.
type phrase [maxPhrase]int32

// A candidate is a phrase or a name that could be a keyword.
type candidate struct {
	words      int32 // of the phrase; 0 for a name
	phrase     phrase
	entity     int32
	count      int32 // in the body
	modifies   int32 // times that another word of the phrase follows it
	modified   int32 // times that one stands before it
	sentence   int32 // first one, of the body
	titled     bool
	rare       float32 // mean weight of its words
	inTitle    float32 // share of its words that are in the title
	kind       nutgrafv1.EntityKind
	start, end int // where it is printed first, in the body if it is there
	inBody     bool

	seen, first, last int32 // occurrences: how many, and the ends of their chain
}

// An occurrence is where a candidate is printed.
type occurrence struct {
	next int32 // of the same candidate
	span
}

// A keyword is a candidate chosen.
type keyword struct {
	index int32
	text  string
	ids   []int32
	name  bool
	score float64
}

// The weights of a candidate's features, found by hand on the development articles of the bench.
type featureWeights struct {
	count, titled, place, rarity, inTitle float64
	words                                 [maxPhrase + 1]float64 // by number of words of a phrase that is no name
	person, organization, location, other float64                // names
	modifies, modified                    float64                // share of an occurrence lost inside a longer phrase
	single                                float64                // a phrase seen once, not in the title
}

var weights = featureWeights{
	count: 1, titled: 1.2, place: 1, rarity: 1.0, inTitle: 0.4,
	words:  [maxPhrase + 1]float64{0, -0.6, 0.3, -0.4},
	person: 0.3, organization: 0.2, location: 0, other: 0.2,
	modifies: 0.9, modified: 0.45, single: -1,
}

type ranker struct {
	vocabulary  rarity.Vocabulary
	weights     *featureWeights
	titles      []bool // by word, those of the title
	phrases     map[phrase]int32
	found       []candidate
	occurrences []occurrence
	named       []int32
	run         []unit
	ids         []int32
	ranked      ranking

	entities    []*nutgrafv1.Entity
	title, body *text.Document
}

func (r *ranker) reset(t *rarity.Table) {
	r.vocabulary.Reset(t)
	clear(r.phrases)
	r.titles, r.found, r.occurrences = r.titles[:0], r.found[:0], r.occurrences[:0]
	r.entities, r.title, r.body = nil, nil, nil
}

// read takes the phrases of a document: runs of words that say something, up
// to maxPhrase long, not wholly inside a name.
func (r *ranker) read(doc *text.Document, layer nutgrafv1.Layer, entities []*nutgrafv1.Entity) {
	if layer == nutgrafv1.Layer_LAYER_TITLE {
		r.title = doc
	} else {
		r.body = doc
	}
	r.vocabulary.Read(doc)
	r.named = append(r.named[:0], make([]int32, min(len(doc.Tokens), maxTokens))...)
	named := r.named
	for e, entity := range entities {
		for _, m := range entity.GetMentions() {
			sp := m.GetEvidence().GetSpans()
			if m.GetForm() != nutgrafv1.MentionForm_MENTION_FORM_NAME || len(sp) == 0 || sp[0].GetLayer() != layer {
				continue
			}
			for t := doc.TokenAt(int(sp[0].GetStart())); t >= 0 && t < len(named) && int(doc.Tokens[t].Start) < int(sp[0].GetEnd()); t++ {
				named[t] = int32(e) + 1
			}
		}
	}
	run := r.run[:0]
	for s, sentence := range doc.Sentences {
		if sentence.Last > maxTokens {
			break
		}
		run = run[:0]
		for t := sentence.First; t < sentence.Last; {
			u := r.unitAt(doc, t, sentence.Last)
			t = u.last
			if u.id == 0 {
				r.phrasesOf(doc, layer, s, run)
				run = run[:0]
				continue
			}
			if layer == nutgrafv1.Layer_LAYER_TITLE {
				for int(u.id) >= len(r.titles) {
					r.titles = append(r.titles, false)
				}
				r.titles[u.id] = true
			}
			run = append(run, u)
		}
		r.phrasesOf(doc, layer, s, run)
	}
	r.run = run
}

// A unit is a word, or words joined by hyphens: tokens [first, last). Its id is
// 0 if it ends a phrase.
type unit struct {
	first, last int
	id          int32
}

func (r *ranker) unitAt(doc *text.Document, t, end int) unit {
	u := unit{first: t, last: t + 1}
	if doc.Tokens[t].Kind != text.Word {
		return u
	}
	for u.last+1 < end && doc.Word(u.last) == "-" && doc.Joined(u.last) && doc.Joined(u.last+1) && doc.Tokens[u.last+1].Kind == text.Word {
		u.last += 2
	}
	if w := doc.Text[doc.Tokens[t].Start:doc.Tokens[u.last-1].End]; len(w) < 2 || len(w) > maxWord {
	} else if u.last == t+1 {
		u.id = r.vocabulary.Token(t)
	} else {
		u.id = r.vocabulary.ID(w)
	}
	return u
}

// phrasesOf takes the phrases of a run of units.
func (r *ranker) phrasesOf(doc *text.Document, layer nutgrafv1.Layer, sentence int, run []unit) {
	named := r.named
	for i := range run {
		var key phrase
		for n := 1; n <= maxPhrase && i+n <= len(run); n++ {
			first, last := run[i].first, run[i+n-1].last
			key[n-1] = run[i+n-1].id
			if named[first] != 0 && named[last-1] == named[first] || last < len(named) && named[last] != 0 && named[last] == named[last-1] ||
				first > 0 && named[first] != 0 && named[first-1] == named[first] {
				continue // inside a name, or cuts one
			}
			if !phraseEnds(doc, first, last, named) {
				continue
			}
			at, ok := r.phrases[key]
			if !ok {
				at = int32(len(r.found))
				r.phrases[key] = at
				c := candidate{words: int32(n), phrase: key, sentence: math.MaxInt32}
				r.weigh(&c, key[:n])
				r.found = append(r.found, c)
			}
			r.see(at, span{layer, int(doc.Tokens[first].Start), int(doc.Tokens[last-1].End)}, sentence)
			c := &r.found[at]
			switch {
			case layer != nutgrafv1.Layer_LAYER_BODY:
			case i+n < len(run):
				c.modifies++
			case i > 0:
				c.modified++
			}
		}
	}
}

// weigh sets what the words of a candidate make of it.
func (r *ranker) weigh(c *candidate, ids []int32) {
	for _, id := range ids {
		c.rare += r.vocabulary.Weights[id] / float32(len(ids))
		if int(id) < len(r.titles) && r.titles[id] {
			c.inTitle += 1 / float32(len(ids))
		}
	}
}

// see counts an occurrence.
func (r *ranker) see(at int32, sp span, sentence int) {
	c := &r.found[at]
	body := sp.layer == nutgrafv1.Layer_LAYER_BODY
	if body {
		c.sentence = min(c.sentence, int32(sentence))
		c.count++
	} else {
		c.titled = true
	}
	if c.end == 0 || body && !c.inBody {
		c.start, c.end, c.inBody = sp.start, sp.end, body
	}
	here := int32(len(r.occurrences))
	if c.seen == 0 {
		c.first = here
	} else {
		r.occurrences[c.last].next = here
	}
	c.seen++
	c.last = here
	r.occurrences = append(r.occurrences, occurrence{span: sp})
}

// phraseEnds reports whether tokens [first, last) can be a phrase by their first
// and last word: verbs and adverbs cannot.
func phraseEnds(doc *text.Document, first, last int, named []int32) bool {
	head := doc.Word(last - 1)
	if named[last-1] == 0 && (strings.HasSuffix(head, "ed") || strings.HasSuffix(head, "ly")) || strings.HasSuffix(doc.Word(first), "ly") {
		return false
	}
	return last-first > 1 || len(head) >= 4 && !strings.HasSuffix(head, "ing")
}

// readNames takes the names.
func (r *ranker) readNames(entities []*nutgrafv1.Entity, title, body *text.Document) {
	r.entities = entities
	for i, e := range entities {
		if len(e.GetName()) < 2 {
			continue
		}
		at := int32(len(r.found))
		r.found = append(r.found, candidate{entity: int32(i), kind: e.GetKind(), sentence: math.MaxInt32})
		for _, m := range e.GetMentions() {
			sp := m.GetEvidence().GetSpans()
			if m.GetForm() != nutgrafv1.MentionForm_MENTION_FORM_NAME || len(sp) == 0 {
				continue
			}
			here, sentence := span{sp[0].GetLayer(), int(sp[0].GetStart()), int(sp[0].GetEnd())}, 0
			if here.layer == nutgrafv1.Layer_LAYER_BODY {
				sentence = max(0, body.SentenceAt(here.start))
			} else if here.layer != nutgrafv1.Layer_LAYER_TITLE {
				continue
			}
			r.see(at, here, sentence)
		}
		if c := &r.found[at]; c.end == 0 {
			r.found = r.found[:at]
		} else {
			r.ids = r.idsOf(r.ids[:0], e.GetName())
			r.weigh(c, r.ids)
		}
	}
}

// idsOf appends the words of a name that say something.
func (r *ranker) idsOf(ids []int32, name string) []int32 {
	for w := range strings.FieldsSeq(name) {
		if id := r.vocabulary.ID(strings.TrimFunc(w, edge)); id > 0 {
			ids = append(ids, id)
		}
	}
	return ids
}

func edge(c rune) bool {
	switch c {
	case '.', ',', '(', ')', '’', '\'', '"', '“', '”':
		return true
	}
	return false
}

// usualName returns what to print for an entity: the full name of a person,
// for others the name that the article uses most, if that is no mere acronym.
func usualName(e *nutgrafv1.Entity, title, body *text.Document) string {
	full := e.GetName()
	if e.GetKind() == nutgrafv1.EntityKind_ENTITY_KIND_PERSON {
		return full
	}
	counts := map[string]int{}
	best := ""
	for _, m := range e.GetMentions()[:min(len(e.GetMentions()), 50)] {
		sp := m.GetEvidence().GetSpans()
		if m.GetForm() != nutgrafv1.MentionForm_MENTION_FORM_NAME || len(sp) == 0 {
			continue
		}
		var doc *text.Document
		switch sp[0].GetLayer() {
		case nutgrafv1.Layer_LAYER_TITLE:
			doc = title
		case nutgrafv1.Layer_LAYER_BODY:
			doc = body
		default:
			continue
		}
		name := doc.Text[sp[0].GetStart():sp[0].GetEnd()]
		if len(name) <= 6 && len(full) > len(name) && strings.ToUpper(name) == name {
			continue
		}
		if counts[name]++; best == "" || counts[name] > counts[best] || counts[name] == counts[best] && len(name) > len(best) {
			best = name
		}
	}
	return cmp.Or(best, full)
}

func (r *ranker) score(c *candidate) float64 {
	w := r.weights
	count := float64(c.count) - w.modifies*float64(c.modifies) - w.modified*float64(c.modified)
	s := w.count*math.Log2(1+max(count, 0)) + w.rarity*float64(c.rare-0.5) + w.inTitle*float64(c.inTitle)
	if c.titled {
		s += w.titled
	}
	if c.sentence != math.MaxInt32 {
		s += w.place / (1 + 0.3*float64(c.sentence))
	}
	if c.words > 0 {
		if c.count < 2 && !c.titled {
			s += w.single
		}
		return s + w.words[c.words]
	}
	switch c.kind {
	case nutgrafv1.EntityKind_ENTITY_KIND_PERSON:
		return s + w.person
	case nutgrafv1.EntityKind_ENTITY_KIND_ORGANIZATION:
		return s + w.organization
	case nutgrafv1.EntityKind_ENTITY_KIND_PLACE:
		return s + w.location
	}
	return s + w.other
}

// A ranking is a heap of candidates with the best on top.
type ranking []scored

type scored struct {
	index int32
	score float64
}

func (h ranking) before(i, j int) bool {
	return h[i].score > h[j].score || h[i].score == h[j].score && h[i].index < h[j].index
}

// down moves entry i to where no entry below it is before it.
func (h ranking) down(i int) {
	for {
		next := 2*i + 1
		if next >= len(h) {
			return
		}
		if next+1 < len(h) && h.before(next+1, next) {
			next++
		}
		if !h.before(next, i) {
			return
		}
		h[i], h[next] = h[next], h[i]
		i = next
	}
}

// best returns the n best candidates that do not say the same, with scores
// relative to the best.
func (r *ranker) best(n int) []keyword {
	h := r.ranked[:0]
	for i := range r.found {
		if s := r.score(&r.found[i]); s > 0 {
			h = append(h, scored{int32(i), s})
		}
	}
	r.ranked = h
	for i := len(h)/2 - 1; i >= 0; i-- {
		h.down(i)
	}
	out := make([]keyword, 0, n)
	for len(h) > 0 && len(out) < n {
		k := r.keyword(h[0].index)
		k.score = h[0].score
		if !slices.ContainsFunc(out, func(o keyword) bool { return overlaps(&o, &k) }) {
			out = append(out, k)
		}
		h[0] = h[len(h)-1]
		h = h[:len(h)-1]
		h.down(0)
	}
	for i := len(out) - 1; i >= 0; i-- {
		out[i].score /= out[0].score
	}
	return out
}

// keyword puts a candidate into words.
func (r *ranker) keyword(at int32) keyword {
	c := &r.found[at]
	if c.words == 0 {
		e := r.entities[c.entity]
		name := usualName(e, r.title, r.body)
		return keyword{index: at, text: name, ids: r.idsOf(nil, name), name: true}
	}
	doc := r.title
	if c.inBody {
		doc = r.body
	}
	return keyword{index: at, text: doc.Text[c.start:c.end], ids: c.phrase[:c.words]}
}

// overlaps reports whether two keywords say the same: one holds all words of
// the other.
func overlaps(a, b *keyword) bool {
	if strings.EqualFold(a.text, b.text) {
		return true
	}
	if a.name && b.name {
		return false
	}
	x, y := a.ids, b.ids
	if len(x) > len(y) {
		x, y = y, x
	}
	if len(x) == 0 {
		return false
	}
	for _, w := range x {
		if !slices.Contains(y, w) {
			return false
		}
	}
	return true
}
