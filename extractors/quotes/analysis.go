package quotes

import (
	"context"
	"slices"
	"sort"
	"strings"

	nutgrafv1 "example.invalid/nutgraf/gen/go/nutgraf/v1"
	"example.invalid/nutgraf/internal/pipeline"
	"example.invalid/nutgraf/internal/text"
)

// A mention is a mention of an entity in tokens.
type mention struct {
	first, last int // tokens [first, last)
	entity      int
	form        nutgrafv1.MentionForm
}

// A source is who is said to have said something: an entity, or a group as printed.
type source struct {
	first, last int // tokens of the mention; empty for a speaker that goes on
	entity      int // -1 for a group
	confidence  float32
	named       [2]int // tokens that name the group, if its mention does not
}

func (s source) found() bool { return s.last > s.first || s.entity >= 0 || s.named[1] > 0 }

// unmentioned is the source where it goes on without being mentioned.
func (s source) unmentioned() source {
	if s.entity < 0 && s.named[1] == 0 {
		s.named = [2]int{s.first, s.last}
	}
	s.first, s.last = 0, 0
	return s
}

var nobody = source{entity: -1}

// An analysis is a document with all that its quotations are told by.
type analysis struct {
	*text.Document
	lex       *lexicon
	layer     nutgrafv1.Layer
	entities  []*nutgrafv1.Entity
	class     []class
	byForm    []class // per form of the document
	mentions  []mention
	mentionAt []int32 // per token: 1 + index of the mention that covers it
	sex       []int32 // per entity: how many more words for men than for women stand for it
	stretches []stretch
	tokens    [][2]int // per stretch: tokens inside, [first, last)
	kept      []bool   // per stretch: it is a quotation
	spoke     source   // of the last quotation read, to whom pronouns go
}

// reset readies an analysis, new or used before, for a document.
func (a *analysis) reset(ctx context.Context, doc *text.Document, layer nutgrafv1.Layer, lex *lexicon, entities []*nutgrafv1.Entity, mentions []pipeline.Mention, blocks []*nutgrafv1.Block) {
	n := len(doc.Tokens)
	*a = analysis{
		Document: doc, lex: lex, layer: layer, entities: entities, class: slices.Grow(a.class[:0], n)[:n],
		stretches: a.stretches[:0], tokens: a.tokens[:0], kept: a.kept,
		byForm: slices.Grow(a.byForm[:0], len(doc.Forms))[:len(doc.Forms)], mentions: a.mentions[:0], mentionAt: slices.Grow(a.mentionAt[:0], n)[:n],
		sex: slices.Grow(a.sex[:0], len(entities))[:len(entities)],
	}
	clear(a.class)
	clear(a.sex)
	clear(a.mentionAt)
	lex.classify(doc, a.class, a.byForm)
	a.placeMentions(mentions)
	a.findStretches(ctx, blocks)
	a.kept = slices.Grow(a.kept[:0], len(a.stretches))[:len(a.stretches)]
	clear(a.kept)
}

func (a *analysis) findStretches(ctx context.Context, blocks []*nutgrafv1.Block) {
	s := scanner{text: a.Text, max: maxQuotes, out: a.stretches}
	transcript := a.transcript()
	block := 0
	for i, p := range a.Paragraphs {
		for block < len(blocks) && int(blocks[block].GetSpan().GetEnd()) <= p.Start {
			block++
		}
		setOff := block < len(blocks) && blocks[block].GetKind() == nutgrafv1.BlockKind_BLOCK_KIND_BLOCK_QUOTE
		n := len(s.out)
		if transcript {
			if t := a.label(i); t >= 0 {
				start := int(a.Tokens[t].Start)
				s.out = append(s.out, stretch{open: start, start: start, end: p.End, shut: p.End, closed: true, led: true, paragraph: i})
				continue
			}
		}
		s.scan(i, p.Start, p.End)
		if len(s.out) == n || s.out[n].single && s.out[n].open > p.Start {
			if end := a.setOff(i, setOff); end > p.Start {
				s.out = append(s.out[:n], stretch{open: p.Start, start: p.Start, end: end, shut: end, closed: true, led: !setOff, paragraph: i})
			}
		}
		if len(s.out) >= maxQuotes || ctx.Err() != nil {
			break
		}
	}
	a.stretches = s.out
	a.tokens = slices.Grow(a.tokens, len(s.out))[:len(s.out)]
	t := 0
	for i, q := range s.out {
		for t < len(a.Tokens) && int(a.Tokens[t].End) <= q.open {
			t++
		}
		if t < len(a.Tokens) && int(a.Tokens[t].Start) < q.start {
			a.class[t] |= opener
		}
		for t < len(a.Tokens) && int(a.Tokens[t].Start) < q.start {
			t++
		}
		first := t
		for t < len(a.Tokens) && int(a.Tokens[t].End) <= q.end {
			a.class[t] |= quoted
			t++
		}
		a.tokens[i] = [2]int{first, t}
		for t < len(a.Tokens) && int(a.Tokens[t].Start) < q.shut {
			a.class[t] |= closer
			t++
		}
	}
}

// transcript reports whether the document is a conversation in which the name of whoever speaks leads each part.
func (a *analysis) transcript() bool {
	labels := 0
	for i := range a.Paragraphs {
		if labels < leastLabels && a.label(i) >= 0 {
			labels++
		}
	}
	return labels == leastLabels
}

// leastLabels is how many paragraphs of a transcript begin with a person and a colon.
const leastLabels = 4

// label returns the first token behind the person and the colon that a paragraph begins with, or -1: ANN LEE: We left.
func (a *analysis) label(paragraph int) int {
	first, last := a.Sentences[a.Paragraphs[paragraph].First].First, a.Sentences[a.Paragraphs[paragraph].Last-1].Last
	m, ok := a.at(first)
	if !ok || !a.person(m.entity) {
		return -1
	}
	for t := first + 1; t < first+7 && t+4 < last; t++ {
		if !a.punctuation(t, ":") {
			continue
		}
		if m.last != t && !a.punctuation(m.last, ",") || a.Tokens[t+1].Kind != text.Word ||
			!a.punctuation(last-1, stops+")") {
			return -1
		}
		return t + 1
	}
	return -1
}

// setOff returns where the quotation without marks ends that starts with the
// paragraph, or 0: a block of its own, or what follows a paragraph that ends
// with a colon behind a word of speech, up to the next word of speech.
func (a *analysis) setOff(paragraph int, block bool) int {
	p := a.Paragraphs[paragraph]
	if block {
		return p.End
	}
	if paragraph == 0 {
		return 0
	}
	lead := a.Sentences[a.Paragraphs[paragraph-1].Last-1]
	if !a.punctuation(lead.Last-1, ":") || lead.Last-lead.First < 4 {
		return 0
	}
	speech := false
	for t := lead.First; t < lead.Last; t++ {
		speech = speech || a.is(t, sayVerb|paper)
	}
	end := 0
	for s := p.First; s < p.Last && speech; s++ {
		for t := a.Sentences[s].First + 1; t < a.Sentences[s].Last; t++ {
			if a.is(t, sayVerb) && !a.is(t, gerund|noun) && a.is(t-1, masculine|feminine|plural|adverb|capital) {
				return end
			}
		}
		end = a.Sentences[s].End
	}
	if end > 0 && !strings.Contains(stops, a.Text[end-1:end]) {
		return 0 // a heading or an item of a list
	}
	return end
}

// placeMentions says which tokens belong to mentions. Of mentions that overlap the first and the longer wins.
func (a *analysis) placeMentions(mentions []pipeline.Mention) {
	end := 0
	for _, m := range mentions {
		if m.First < end || m.First == m.Last {
			continue
		}
		end = m.Last
		a.mentions = append(a.mentions, mention{m.First, m.Last, int(m.Entity), m.Form})
		for t := m.First; t < m.Last; t++ {
			a.mentionAt[t] = int32(len(a.mentions))
		}
		tells := m.First - 1 // "Ms Roe"
		if m.Form == nutgrafv1.MentionForm_MENTION_FORM_PRONOUN {
			tells = m.First
		} else if !a.is(tells, honorific) {
			continue
		}
		switch {
		case a.is(tells, masculine):
			a.sex[m.Entity]++
		case a.is(tells, feminine):
			a.sex[m.Entity]--
		}
	}
}

func (a *analysis) is(i int, c class) bool { return i >= 0 && i < len(a.class) && a.class[i]&c != 0 }

func (a *analysis) word(i int) string {
	if i < 0 || i >= len(a.Tokens) {
		return ""
	}
	return a.Word(i)
}

// ends reports whether token i is a word with one of the endings.
func (a *analysis) ends(i int, endings []string) bool {
	if i < 0 || i >= len(a.Tokens) || a.Tokens[i].Kind != text.Word || a.mentionAt[i] != 0 {
		return false
	}
	w := a.Word(i)
	for _, e := range endings {
		if len(w) > len(e) && strings.HasSuffix(w, e) {
			return true
		}
	}
	return false
}

// at returns the mention that covers token i.
func (a *analysis) at(i int) (mention, bool) {
	if i < 0 || i >= len(a.mentionAt) || a.mentionAt[i] == 0 {
		return mention{}, false
	}
	return a.mentions[a.mentionAt[i]-1], true
}

func (a *analysis) kind(entity int) nutgrafv1.EntityKind { return a.entities[entity].GetKind() }

func (a *analysis) person(entity int) bool {
	return a.kind(entity) == nutgrafv1.EntityKind_ENTITY_KIND_PERSON
}

// fits reports whether the pronoun at token p may stand for the entity, as far as the article tells.
func (a *analysis) fits(entity, p int) bool {
	return entity < 0 || a.sex[entity] == 0 || !a.is(p, masculine|feminine) || a.is(p, feminine) == (a.sex[entity] < 0)
}

// speaks reports whether entities of this kind can be speakers.
func (a *analysis) speaks(entity int) bool {
	switch a.kind(entity) {
	case nutgrafv1.EntityKind_ENTITY_KIND_PERSON, nutgrafv1.EntityKind_ENTITY_KIND_ORGANIZATION,
		nutgrafv1.EntityKind_ENTITY_KIND_PLACE, nutgrafv1.EntityKind_ENTITY_KIND_GROUP,
		nutgrafv1.EntityKind_ENTITY_KIND_UNSPECIFIED:
		return true
	}
	return false
}

// punctuation reports whether token i is a mark of the set.
func (a *analysis) punctuation(i int, set string) bool {
	if i < 0 || i >= len(a.Tokens) || a.Tokens[i].Kind == text.Word || a.Tokens[i].Kind == text.Number {
		return false
	}
	w := a.Word(i)
	return w != "" && strings.Contains(set, w)
}

const stops = ".!?…..."

// sentenceOf returns the index of the sentence of token i.
func (a *analysis) sentenceOf(i int) int {
	return sort.Search(len(a.Sentences), func(s int) bool { return a.Sentences[s].Last > i })
}
