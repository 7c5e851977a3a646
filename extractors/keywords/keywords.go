// Package keywords finds the words and phrases that say what an article is about.
package keywords

import (
	"cmp"
	"context"
	"math"
	"slices"
	"strings"
	"time"

	nutgrafv1 "example.invalid/nutgraf/gen/go/nutgraf/v1"
	"example.invalid/nutgraf/internal/pipeline"
	"example.invalid/nutgraf/internal/rarity"
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
type Extractor struct{}

// New returns the extractor.
func New() *Extractor { return &Extractor{} }

// Spec describes the extractor.
func (*Extractor) Spec() pipeline.Spec {
	return pipeline.Spec{
		Name:        "keywords",
		Version:     "1.0.0",
		Description: "Keyphrases of the body and the title, names among them, best first.",
		Requires:    []pipeline.Field{"content"},
		Uses:        []pipeline.Field{"metadata", "entities"},
		Provides:    []pipeline.Field{"keywords"},
		Budget:      2 * time.Second,
		Languages:   []string{"en"},
		Digest:      rarity.Digest(),
		Confidence:  nutgrafv1.ConfidenceKind_CONFIDENCE_KIND_ORDINAL,
	}
}

// Extract ranks the phrases and names of the article.
func (*Extractor) Extract(ctx context.Context, in pipeline.Input) (*nutgrafv1.Extraction, error) {
	r := ranker{words: rarity.Of(in.Language()), ids: map[string]int32{}, phrases: map[phrase]int32{}, weights: &weights}
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
	for _, c := range r.best(maxKeywords) {
		k := &nutgrafv1.Keyword{Text: c.text, Score: float32(c.score), Evidence: &nutgrafv1.Evidence{
			Method: nutgrafv1.Method_METHOD_MODEL,
		}}
		for _, sp := range c.spans {
			k.Evidence.Spans = append(k.Evidence.Spans, &nutgrafv1.Span{Layer: sp.layer, Start: int64(sp.start), End: int64(sp.end)})
		}
		out.Keywords = append(out.Keywords, k)
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
	text     string
	phrase   []int32 // ids of its words
	spans    []span
	count    int // in the body
	modifies int // times that another word of the phrase follows it
	modified int // times that one stands before it
	titled   bool
	sentence int // first one, of the body
	kind     nutgrafv1.EntityKind
	name     bool
	salience float64
	score    float64
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
	words    *rarity.Table
	weights  *featureWeights
	ids      map[string]int32
	rarities []float64
	titles   []bool // words of the title
	phrases  map[phrase]int32
	found    []candidate
}

func (r *ranker) id(word string) int32 {
	w := r.words.Weight(word)
	if w <= 0 {
		return 0
	}
	key := strings.TrimSuffix(strings.ToLower(word), "s")
	id, ok := r.ids[key]
	if !ok {
		id = int32(len(r.rarities)) + 1
		r.ids[key] = id
		r.rarities = append(r.rarities, float64(w))
		r.titles = append(r.titles, false)
	}
	return id
}

// read takes the phrases of a document: runs of words that say something, up
// to maxPhrase long, not wholly inside a name.
func (r *ranker) read(doc *text.Document, layer nutgrafv1.Layer, entities []*nutgrafv1.Entity) {
	named := make([]int32, min(len(doc.Tokens), maxTokens))
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
	var run []unit
	for s, sentence := range doc.Sentences {
		if sentence.Last > maxTokens {
			break
		}
		run = run[:0]
		for t := sentence.First; t < sentence.Last; {
			u := r.unitAt(doc, t, sentence.Last)
			t = u.last
			if u.id == 0 {
				r.run(doc, layer, s, run, named)
				run = run[:0]
				continue
			}
			if layer == nutgrafv1.Layer_LAYER_TITLE {
				r.titles[u.id-1] = true
			}
			run = append(run, u)
		}
		r.run(doc, layer, s, run, named)
	}
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
	if w := doc.Text[doc.Tokens[t].Start:doc.Tokens[u.last-1].End]; len(w) >= 2 && len(w) <= maxWord {
		u.id = r.id(w)
	}
	return u
}

// run takes the phrases of a run of units.
func (r *ranker) run(doc *text.Document, layer nutgrafv1.Layer, sentence int, run []unit, named []int32) {
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
				r.found = append(r.found, candidate{phrase: slices.Clone(key[:n]), sentence: math.MaxInt32})
			}
			c := &r.found[at]
			c.see(doc, span{layer, int(doc.Tokens[first].Start), int(doc.Tokens[last-1].End)}, sentence)
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

// see counts an occurrence.
func (c *candidate) see(doc *text.Document, sp span, sentence int) {
	if sp.layer == nutgrafv1.Layer_LAYER_TITLE {
		c.titled = true
	} else {
		if c.count == 0 {
			c.text = doc.Text[sp.start:sp.end]
		}
		c.sentence = min(c.sentence, sentence)
		c.count++
	}
	if c.text == "" {
		c.text = doc.Text[sp.start:sp.end]
	}
	if len(c.spans) < maxSpans {
		c.spans = append(c.spans, sp)
	}
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
	for _, e := range entities {
		c := candidate{text: e.GetName(), name: true, kind: e.GetKind(), sentence: math.MaxInt32, salience: float64(e.GetSalience())}
		for _, m := range e.GetMentions() {
			sp := m.GetEvidence().GetSpans()
			if m.GetForm() != nutgrafv1.MentionForm_MENTION_FORM_NAME || len(sp) == 0 {
				continue
			}
			doc, sentence := body, 0
			at := span{sp[0].GetLayer(), int(sp[0].GetStart()), int(sp[0].GetEnd())}
			if at.layer == nutgrafv1.Layer_LAYER_TITLE {
				doc = title
			} else if at.layer != nutgrafv1.Layer_LAYER_BODY {
				continue
			} else {
				sentence = max(0, body.SentenceAt(at.start))
			}
			c.see(doc, at, sentence)
		}
		if len(c.spans) == 0 || e.GetName() == "" {
			continue
		}
		c.text = usualName(e, title, body)
		for w := range strings.FieldsSeq(c.text) {
			if id := r.id(strings.Trim(w, ".,()’'\"“”")); id > 0 {
				c.phrase = append(c.phrase, id)
			}
		}
		r.found = append(r.found, c)
	}
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
		doc := body
		if sp[0].GetLayer() == nutgrafv1.Layer_LAYER_TITLE {
			doc = title
		}
		name := doc.Text[sp[0].GetStart():sp[0].GetEnd()]
		if strings.ToUpper(name) == name && len(name) <= 6 && len(full) > len(name) {
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
	if len(c.phrase) == 0 && !c.name {
		return 0
	}
	rare, inTitle := 0.0, 0.0
	for _, id := range c.phrase {
		rare += r.rarities[id-1]
		if r.titles[id-1] {
			inTitle++
		}
	}
	if n := float64(len(c.phrase)); n > 0 {
		rare, inTitle = rare/n, inTitle/n
	}
	count := float64(c.count)
	if !c.name {
		count -= w.modifies*float64(c.modifies) + w.modified*float64(c.modified)
	}
	s := w.count*math.Log2(1+max(count, 0)) + w.rarity*(rare-0.5) + w.inTitle*inTitle
	if c.titled {
		s += w.titled
	}
	if c.sentence != math.MaxInt32 {
		s += w.place / (1 + 0.3*float64(c.sentence))
	}
	if !c.name {
		if c.count < 2 && !c.titled {
			s += w.single
		}
		return s + w.words[len(c.phrase)]
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

// best returns the n best candidates that do not say the same, with scores
// relative to the best.
func (r *ranker) best(n int) []candidate {
	for i := range r.found {
		r.found[i].score = r.score(&r.found[i])
	}
	slices.SortStableFunc(r.found, func(a, b candidate) int { return cmp.Compare(b.score, a.score) })
	var out []candidate
	for _, c := range r.found {
		if len(out) == n || c.score <= 0 {
			break
		}
		if !slices.ContainsFunc(out, func(o candidate) bool { return overlaps(o, c) }) {
			out = append(out, c)
		}
	}
	for i := len(out) - 1; i >= 0; i-- {
		out[i].score /= out[0].score
	}
	return out
}

// overlaps reports whether two candidates say the same: one holds all words of
// the other.
func overlaps(a, b candidate) bool {
	if strings.EqualFold(a.text, b.text) {
		return true
	}
	if a.name && b.name {
		return false
	}
	x, y := a.phrase, b.phrase
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
