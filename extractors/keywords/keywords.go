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
	inside                                float64                // part of a better keyword
}

var weights = featureWeights{
	count: 1, titled: 1.2, place: 0.8, rarity: 1.0, inTitle: 0.4,
	words:  [maxPhrase + 1]float64{0, -0.6, 0.1, -0.1},
	person: 0.3, organization: 0.2, location: 0, other: 0.2,
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
	for s, sentence := range doc.Sentences {
		if sentence.Last > maxTokens {
			break
		}
		run := sentence.First
		for t := sentence.First; t <= sentence.Last; t++ {
			if t < sentence.Last {
				if id := r.wordAt(doc, t); id > 0 {
					if layer == nutgrafv1.Layer_LAYER_TITLE {
						r.titles[id-1] = true
					}
					continue
				}
			}
			r.run(doc, layer, s, run, t, named)
			run = t + 1
		}
	}
}

// wordAt returns the id of token t as a word of a phrase, 0 if it ends one.
func (r *ranker) wordAt(doc *text.Document, t int) int32 {
	if doc.Tokens[t].Kind != text.Word {
		return 0
	}
	w := doc.Word(t)
	if len(w) < 2 || len(w) > 40 {
		return 0
	}
	return r.id(w)
}

func (r *ranker) run(doc *text.Document, layer nutgrafv1.Layer, sentence, first, last int, named []int32) {
	var ids [maxPhrase]int32
	for i := first; i < last; i++ {
		for n := 1; n <= maxPhrase && i+n <= last; n++ {
			end := i + n
			ids[n-1] = r.wordAt(doc, end-1)
			if named[i] != 0 && named[end-1] == named[i] || end < last && named[end] != 0 && named[end] == named[end-1] ||
				i > first && named[i] != 0 && named[i-1] == named[i] {
				continue // inside a name, or cuts one
			}
			if !phraseEnds(doc, i, end, named) {
				continue
			}
			var key phrase
			copy(key[:], ids[:n])
			at, ok := r.phrases[key]
			if !ok {
				at = int32(len(r.found))
				r.phrases[key] = at
				r.found = append(r.found, candidate{phrase: slices.Clone(ids[:n]), sentence: math.MaxInt32})
			}
			c := &r.found[at]
			c.see(doc, span{layer, int(doc.Tokens[i].Start), int(doc.Tokens[end-1].End)}, sentence)
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

// phraseEnds reports whether tokens [i, end) can be a phrase by their first and
// last word: verbs and adverbs cannot.
func phraseEnds(doc *text.Document, i, end int, named []int32) bool {
	last := doc.Word(end - 1)
	if named[end-1] == 0 && (strings.HasSuffix(last, "ed") || strings.HasSuffix(last, "ly")) || strings.HasSuffix(doc.Word(i), "ly") {
		return false
	}
	if end-i == 1 && (len(last) < 4 && named[i] == 0 || strings.HasSuffix(last, "ing")) {
		return false
	}
	return true
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
		c.text = e.GetName()
		if len(c.spans) == 0 || c.text == "" {
			continue
		}
		for w := range strings.FieldsSeq(c.text) {
			if id := r.id(strings.Trim(w, ".,()’'\"“”")); id > 0 {
				c.phrase = append(c.phrase, id)
			}
		}
		r.found = append(r.found, c)
	}
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
	s := w.count*math.Log2(1+float64(c.count)) + w.rarity*(rare-0.5) + w.inTitle*inTitle
	if c.titled {
		s += w.titled
	}
	if c.sentence != math.MaxInt32 {
		s += w.place / (1 + 0.3*float64(c.sentence))
	}
	if !c.name {
		if c.count < 2 && !c.titled {
			s -= 1
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
