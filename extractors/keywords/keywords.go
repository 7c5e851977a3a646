// Package keywords finds the words and phrases that say what an article is about.
package keywords

import (
	"cmp"
	"context"
	"math"
	"math/rand/v2"
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
	return &Extractor{rankers: sync.Pool{New: func() any { return newRanker(&weights) }}}
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
	r.reset(in.Words())
	r.read(in.Title(), nutgrafv1.Layer_LAYER_TITLE, in.Mentions(nutgrafv1.Layer_LAYER_TITLE))
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	r.read(in.Body(), nutgrafv1.Layer_LAYER_BODY, in.Mentions(nutgrafv1.Layer_LAYER_BODY))
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	r.readNames(in)
	out := &nutgrafv1.Extraction{}
	if !rarity.Known(in.Language()) {
		out.Warnings = append(out.Warnings, &nutgrafv1.Warning{
			Code: nutgrafv1.WarningCode_WARNING_CODE_LANGUAGE_UNSUPPORTED, Field: "keywords",
			Message: "keywords: which words are common in this language is not known",
		})
	}
	best := r.best(maxKeywords)
	given := func(k keyword) int { return min(int(r.found[k.index].seen), maxSpans) }
	n := 0
	for _, k := range best {
		n += given(k)
	}
	keywords, evidence := make([]nutgrafv1.Keyword, len(best)), make([]nutgrafv1.Evidence, len(best))
	spans, lists := slab.For[nutgrafv1.Span](n), slab.For[*nutgrafv1.Span](n)
	out.Keywords = make([]*nutgrafv1.Keyword, len(best))
	for i, k := range best {
		m := &keywords[i]
		out.Keywords[i] = m
		m.Text, m.Score, m.Evidence = k.text, float32(k.score), &evidence[i]
		m.Evidence.Method, m.Evidence.Spans = nutgrafv1.Method_METHOD_MODEL, lists.Row(given(k))
		at := r.found[k.index].first
		for i := range m.Evidence.Spans {
			o, sp := &r.occurrences[at], spans.New()
			sp.Layer, sp.Start, sp.End = o.layer, int64(o.start), int64(o.end)
			m.Evidence.Spans[i], at = sp, o.next
		}
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
	ids        [2]int32 // of the words of the entity's name: a range of those of all names
	count      int32    // in the body
	modifies   int32    // times that another word of the phrase follows it
	modified   int32    // times that one stands before it
	sentence   int32    // first one, of the body
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
	weights *featureWeights
	counts  [small][small][small]float64 // what is made of the counts of candidates that are seen a few times

	words       *rarity.Words
	others      map[uint64]int32 // numbers beyond those of words: joined by hyphens, or in names only
	rare        []float32        // weights of the others
	titles      []bool           // by word, those of the title
	phrases     []int32          // candidates by hash of the phrase, + 1
	found       []candidate
	occurrences []occurrence
	named       []int32
	run         []unit
	ids         []int32 // of the names
	ranked      ranking

	entities    []*nutgrafv1.Entity
	title, body *text.Document
}

const (
	small   = 4       // count below which a score is looked up
	minRoom = 1 << 11 // slots for phrases at first
	maxRoom = 1 << 15 // that are kept for the next article
)

func newRanker(w *featureWeights) *ranker {
	r := &ranker{weights: w, others: map[uint64]int32{}}
	for n := range int32(small) {
		for modifies := range int32(small) {
			for modified := range int32(small) {
				r.counts[n][modifies][modified] = w.counted(n, modifies, modified)
			}
		}
	}
	return r
}

func (r *ranker) reset(words *rarity.Words) {
	if len(r.phrases) < minRoom || len(r.phrases) > maxRoom {
		r.phrases = make([]int32, minRoom)
	}
	clear(r.phrases)
	clear(r.others)
	r.words, r.rare = words, r.rare[:0]
	r.titles, r.found, r.occurrences, r.ids = r.titles[:0], r.found[:0], r.occurrences[:0], r.ids[:0]
	r.entities, r.title, r.body = nil, nil, nil
}

// id returns the number of a word, 0 if it says nothing.
func (r *ranker) id(word string) int32 {
	id, weight, hash := r.words.Find(word)
	if id > 0 || weight == 0 {
		return id
	}
	id, ok := r.others[hash]
	if !ok {
		id = int32(len(r.words.Weights) + len(r.rare))
		r.others[hash], r.rare = id, append(r.rare, weight)
	}
	return id
}

// weight returns how much a word says.
func (r *ranker) weight(id int32) float32 {
	if n := int(id) - len(r.words.Weights); n >= 0 {
		return r.rare[n]
	}
	return r.words.Weights[id]
}

// read takes the phrases of a document: runs of words that say something, up
// to maxPhrase long, not wholly inside a name.
func (r *ranker) read(doc *text.Document, layer nutgrafv1.Layer, mentions []pipeline.Mention) {
	numbers := r.words.Body
	if layer == nutgrafv1.Layer_LAYER_TITLE {
		r.title, numbers = doc, r.words.Title
	} else {
		r.body = doc
	}
	r.named = append(r.named[:0], make([]int32, min(len(doc.Tokens), maxTokens))...)
	named := r.named
	for _, m := range mentions {
		if m.Form != nutgrafv1.MentionForm_MENTION_FORM_NAME {
			continue
		}
		for t := m.First; t < min(m.Last, len(named)); t++ {
			named[t] = max(named[t], m.Entity+1)
		}
	}
	run := r.run[:0]
	for s, sentence := range doc.Sentences {
		if sentence.Last > maxTokens {
			break
		}
		run = run[:0]
		for t := sentence.First; t < sentence.Last; {
			last := t + 1
			for last+1 < sentence.Last && hyphen(doc, last) {
				last += 2
			}
			id := numbers[doc.Tokens[t].Form]
			if n := int(doc.Tokens[last-1].End - doc.Tokens[t].Start); n < 2 || n > maxWord {
				id = 0
			} else if last > t+1 {
				id = r.id(doc.Text[doc.Tokens[t].Start:doc.Tokens[last-1].End])
			}
			if id == 0 {
				r.phrasesOf(doc, layer, s, run)
				run = run[:0]
			} else {
				if layer == nutgrafv1.Layer_LAYER_TITLE {
					r.titles = append(r.titles, make([]bool, max(0, int(id)+1-len(r.titles)))...)
					r.titles[id] = true
				}
				run = append(run, unit{int32(t), int32(last), id, traitsOf(doc, t, last-1, named)})
			}
			t = last
		}
		r.phrasesOf(doc, layer, s, run)
	}
	r.run = run
}

// hyphen reports whether token i, which is not the first or the last, is a hyphen that joins two words.
func hyphen(doc *text.Document, i int) bool {
	t := doc.Tokens[i-1 : i+2]
	return t[1].Kind == text.Punctuation && doc.Text[t[1].Start] == '-' && t[1].End == t[1].Start+1 &&
		t[0].End == t[1].Start && t[1].End == t[2].Start && t[0].Kind == text.Word && t[2].Kind == text.Word
}

// A unit is a word that says something, or words joined by hyphens: tokens [first, last).
type unit struct {
	first, last int32
	id          int32
	traits      traits
}

// traits say what phrases a unit can begin or end.
type traits uint8

const (
	cutsFirst traits = 1 << iota // it begins inside a name
	cutsLast                     // it ends inside a name
	adverb                       // it looks like an adverb, and can begin no phrase
	verbal                       // it looks like a verb or an adverb, and can end no phrase
	slight                       // it is no phrase by itself
)

// traitsOf reads the traits of the unit whose first and last tokens are given.
func traitsOf(doc *text.Document, first, last int, named []int32) (t traits) {
	if first > 0 && named[first] != 0 && named[first-1] == named[first] {
		t |= cutsFirst
	}
	if last+1 < len(named) && named[last] != 0 && named[last+1] == named[last] {
		t |= cutsLast
	}
	if strings.HasSuffix(doc.Word(first), "ly") {
		t |= adverb
	}
	tail := doc.Word(last)
	if named[last] == 0 && (strings.HasSuffix(tail, "ed") || strings.HasSuffix(tail, "ly")) {
		t |= verbal
	}
	if first == last && (len(tail) < 4 || strings.HasSuffix(tail, "ing")) {
		t |= slight
	}
	return t
}

// phrasesOf takes the phrases of a run of units: those not inside a name that cut none, and that no verb or adverb begins
// or ends.
func (r *ranker) phrasesOf(doc *text.Document, layer nutgrafv1.Layer, sentence int, run []unit) {
	for i := range run {
		u := &run[i]
		if u.traits&(cutsFirst|adverb) != 0 {
			continue
		}
		name := r.named[u.first]
		var key phrase
		for n := 1; n <= maxPhrase && i+n <= len(run); n++ {
			v := &run[i+n-1]
			key[n-1] = v.id
			if v.traits&(cutsLast|verbal) != 0 || n == 1 && v.traits&slight != 0 || name != 0 && r.named[v.last-1] == name {
				continue
			}
			at := r.candidate(key, n)
			r.see(at, span{layer, int(doc.Tokens[u.first].Start), int(doc.Tokens[v.last-1].End)}, sentence)
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

// candidate returns the index of the candidate of a phrase of n words.
func (r *ranker) candidate(p phrase, n int) int32 {
	at := r.slot(p)
	if found := r.phrases[at]; found > 0 {
		return found - 1
	}
	if 2*len(r.found) >= len(r.phrases) {
		r.phrases = make([]int32, 4*len(r.phrases))
		for i := range r.found {
			r.phrases[r.slot(r.found[i].phrase)] = int32(i + 1)
		}
		at = r.slot(p)
	}
	c := candidate{words: int32(n), phrase: p, sentence: math.MaxInt32}
	r.weigh(&c, p[:n])
	r.found = append(r.found, c)
	r.phrases[at] = int32(len(r.found))
	return int32(len(r.found) - 1)
}

// seed differs between processes, so that nobody can write a text whose phrases all collide.
var seed = rand.Uint64()

// slot returns the place of a phrase, or the free one where it belongs.
func (r *ranker) slot(p phrase) uint64 {
	h := seed
	for _, id := range p {
		h = (h ^ uint64(id)) * 0x9e3779b97f4a7c15
		h ^= h >> 32
	}
	mask := uint64(len(r.phrases) - 1)
	at := h & mask
	for r.phrases[at] != 0 && r.found[r.phrases[at]-1].phrase != p {
		at = (at + 1) & mask
	}
	return at
}

// weigh sets what the words of a candidate make of it.
func (r *ranker) weigh(c *candidate, ids []int32) {
	for _, id := range ids {
		c.rare += r.weight(id) / float32(len(ids))
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

// readNames takes the names, whose candidates stand behind those of the phrases in the order of the entities.
func (r *ranker) readNames(in pipeline.Input) {
	r.entities = in.Entities()
	from := int32(len(r.found))
	for i, e := range r.entities {
		r.found = append(r.found, candidate{entity: int32(i), kind: e.GetKind(), sentence: math.MaxInt32})
	}
	for _, layer := range []nutgrafv1.Layer{nutgrafv1.Layer_LAYER_TITLE, nutgrafv1.Layer_LAYER_BODY} {
		sentence := 0
		for _, m := range in.Mentions(layer) {
			if m.Form != nutgrafv1.MentionForm_MENTION_FORM_NAME || len(r.entities[m.Entity].GetName()) < 2 {
				continue
			}
			if layer == nutgrafv1.Layer_LAYER_BODY {
				for sentence+1 < len(r.body.Sentences) && r.body.Sentences[sentence].End <= m.Start {
					sentence++
				}
			}
			r.see(from+m.Entity, span{layer, m.Start, m.End}, sentence)
		}
	}
	for i := range r.found[from:] {
		if c := &r.found[int(from)+i]; c.seen > 0 {
			at := len(r.ids)
			r.ids = r.idsOf(r.ids, r.entities[i].GetName())
			c.ids = [2]int32{int32(at), int32(len(r.ids))}
			r.weigh(c, r.ids[at:])
		}
	}
}

// idsOf appends the words of a name that say something.
func (r *ranker) idsOf(ids []int32, name string) []int32 {
	for w := range strings.FieldsSeq(name) {
		if id := r.id(strings.TrimFunc(w, edge)); id > 0 {
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
	type use struct {
		name  string
		count int
	}
	var room [8]use
	uses := room[:0]
	best := use{}
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
		i := slices.IndexFunc(uses, func(u use) bool { return u.name == name })
		if i < 0 {
			i, uses = len(uses), append(uses, use{name: name})
		}
		uses[i].count++
		if u := uses[i]; u.count > best.count || u.count == best.count && len(u.name) > len(best.name) {
			best = u
		}
	}
	return cmp.Or(best.name, full)
}

// counted is what a candidate's score has of its counts.
func (w *featureWeights) counted(count, modifies, modified int32) float64 {
	n := float64(count) - w.modifies*float64(modifies) - w.modified*float64(modified)
	return w.count * math.Log2(1+max(n, 0))
}

func (r *ranker) score(c *candidate) float64 {
	w := r.weights
	var s float64
	if c.count < small && c.modifies < small && c.modified < small {
		s = r.counts[c.count][c.modifies][c.modified]
	} else {
		s = w.counted(c.count, c.modifies, c.modified)
	}
	s += w.rarity*float64(c.rare-0.5) + w.inTitle*float64(c.inTitle)
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
		if c := &r.found[i]; c.seen > 0 {
			if s := r.score(c); s > 0 {
				h = append(h, scored{int32(i), s})
			}
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
		said := false
		for i := range out {
			said = said || overlaps(&out[i], &k)
		}
		if !said {
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
		k := keyword{index: at, text: usualName(e, r.title, r.body), name: true}
		if k.text == e.GetName() {
			k.ids = r.ids[c.ids[0]:c.ids[1]]
		} else {
			k.ids = r.idsOf(nil, k.text)
		}
		return k
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
