package entities

import (
	"strings"
	"unicode"
	"unicode/utf8"

	nutgrafv1 "example.invalid/nutgraf/gen/go/nutgraf/v1"
	"example.invalid/nutgraf/internal/text"
)

// Name is a name that the tagger found: bytes [Start, End) of the text.
type Name struct {
	Start, End int
	Kind       nutgrafv1.EntityKind
	Confidence float32
}

// layer is one text of the article with its units.
type layer struct {
	layer nutgrafv1.Layer
	doc   *text.Document
	units []unit
	first []int32 // unit that begins each sentence, and one past the last
}

// unit is what the grammar reads: a name, a word with all its hyphens, or a mark. A name is one unit however many words
// it has.
type unit struct {
	start, end uint32
	entry
	mention  int32 // index into article.mentions, or -1
	sentence int32
	capital  bool
	quoted   bool // inside quotation marks
	broken   bool // the first of its line, behind a line too short to be wrapped
}

// wrapped is the least length of a line that may go on in the next: text is seldom wrapped at less.
const wrapped = 50

func (u *unit) is(c class) bool { return u.class&c != 0 }

// mention is one place where the article speaks of something.
type mention struct {
	layer      int
	unit       int
	start, end int
	form       nutgrafv1.MentionForm
	kind       nutgrafv1.EntityKind
	confidence float32
	entity     int32 // index into article.entities
	subject    bool
}

func (m *mention) person() bool { return m.kind == nutgrafv1.EntityKind_ENTITY_KIND_PERSON }

// article is the state of one extraction.
type article struct {
	lex      *lexicon
	foreign  string // the language, if known and not English
	layers   []layer
	mentions []mention // names by layer and position; references behind them
	entities []entity
	buf      []byte
}

// add appends a layer with its names, which must be sorted and must not overlap.
func (a *article) add(which nutgrafv1.Layer, doc *text.Document, names []Name) {
	l := layer{layer: which, doc: doc, units: make([]unit, 0, len(doc.Tokens)), first: make([]int32, 0, len(doc.Sentences)+1)}
	next := 0
	quoted := false
	paragraph, line := -1, 0
	for s := range doc.Sentences {
		sentence := &doc.Sentences[s]
		if sentence.Paragraph != paragraph {
			paragraph, quoted = sentence.Paragraph, false
		}
		first := len(l.units)
		l.first = append(l.first, int32(first))
		for i := sentence.First; i < sentence.Last; {
			t := doc.Tokens[i]
			for next < len(names) && names[next].End <= int(t.Start) {
				next++
			}
			u := unit{start: t.Start, end: t.End, mention: -1, sentence: int32(s), quoted: quoted}
			if doc.Breaks(i) {
				u.broken = int(doc.Tokens[i-1].End)-line < wrapped
				line = int(t.Start)
			}
			if next < len(names) && names[next].Start <= int(t.Start) && int(t.Start) < names[next].End {
				n := &names[next]
				next++
				for i < sentence.Last && int(doc.Tokens[i].Start) < n.End {
					u.end = doc.Tokens[i].End
					i++
				}
				u.start, u.end, u.capital = uint32(n.Start), uint32(n.End), true
				u.mention = int32(len(a.mentions))
				a.mentions = append(a.mentions, mention{
					layer: len(a.layers), unit: len(l.units), start: n.Start, end: n.End, kind: n.Kind, confidence: n.Confidence,
					form: nutgrafv1.MentionForm_MENTION_FORM_NAME, entity: -1,
				})
				l.units = append(l.units, u)
				continue
			}
			limit := len(doc.Text)
			if next < len(names) {
				limit = names[next].Start
			}
			i = a.word(&u, doc, i, sentence.Last, limit)
			if u.is(quoteMark) {
				quoted = toggle(doc.Text[u.start:u.end], quoted)
			}
			l.units = append(l.units, u)
		}
		l.headline(l.units[first:])
	}
	l.first = append(l.first, int32(len(l.units)))
	a.layers = append(a.layers, l)
}

// headline tells the verbs of a sentence with a capital on every word.
func (l *layer) headline(units []unit) {
	words := 0
	for i := range units {
		u := &units[i]
		if u.mention >= 0 || u.end-u.start < 4 || u.is(comma|dash|open|closing|quoteMark|punctuation|number|clitic) {
			continue
		}
		if !u.capital {
			return
		}
		words++
	}
	if words < 3 {
		return
	}
	for i := range units {
		if u := &units[i]; u.mention < 0 && u.class == 0 {
			u.class = inflection(l.doc.Text[u.start:u.end])
		}
	}
}

func toggle(mark string, quoted bool) bool {
	switch mark {
	case "“", "«", "„":
		return true
	case "”", "»":
		return false
	}
	return !quoted
}

// word fills u from token i and the tokens that hyphens join to it, and returns the token behind.
func (a *article) word(u *unit, doc *text.Document, i, last, limit int) int {
	t := doc.Tokens[i]
	w := doc.Word(i)
	switch t.Kind {
	case text.Punctuation, text.Symbol:
		u.class = markClass(w)
		// A hyphen that joins a word to a name before it: the "-backed" of "US-backed".
		if w == "-" && doc.Joined(i) && i+1 < last && doc.Joined(i+1) && doc.Tokens[i+1].Kind == text.Word && int(doc.Tokens[i+1].Start) < limit {
			u.class = 0
			u.end = doc.Tokens[i+1].End
			return i + 2
		}
		return i + 1
	case text.Number:
		u.class = number
	case text.URL, text.Handle:
		u.class = punctuation
		return i + 1
	}
	j := i + 1
	for j+1 < last && j < i+8 && doc.Joined(j) && doc.Joined(j+1) && doc.Word(j) == "-" && doc.Tokens[j+1].Kind <= text.Number && int(doc.Tokens[j+1].Start) < limit {
		j += 2
	}
	if j+1 < last && doc.Joined(j) && doc.Joined(j+1) && doc.Word(j) == "-" && int(doc.Tokens[j+1].Start) == limit {
		j++ // the "then-" of "then-US"
	}
	u.end = doc.Tokens[j-1].End
	r, _ := utf8.DecodeRuneInString(w)
	u.capital = unicode.IsUpper(r)
	whole := doc.Text[u.start:u.end]
	e, buf := a.lex.lookup(whole, a.buf)
	a.buf = buf
	if e.class == 0 && j > i+2 {
		e = a.hyphenated(doc, i, j)
	}
	if e.class == 0 && j == i+1 && !u.capital && u.class == 0 {
		e.class = inflection(w)
	}
	if w == "'s" || w == "’s" || w == "'" || w == "’" {
		e.class |= clitic | stop
	}
	// A capital tells the title Private from the adjective, and the month May from the verb.
	u.class |= e.class
	u.gender, u.place = e.gender, e.place
	return j
}

// hyphenated classifies a word of tokens [i, j) by its parts: ex-minister, President-elect, guitarist-singer.
func (a *article) hyphenated(doc *text.Document, i, j int) entry {
	first, buf := a.lex.lookup(doc.Word(i), a.buf)
	last, buf := a.lex.lookup(doc.Word(j-1), buf)
	a.buf = buf
	switch {
	case doc.Tokens[i].Kind == text.Number && doc.Word(j-1) == "old":
		return entry{class: age}
	case last.class&(statusIncoming) != 0 && first.class&roleNoun != 0:
		first.class = roleNoun | statusIncoming
		return first
	case last.class&(roleNoun|rolePlural) != 0:
		c := last.class & (roleNoun | rolePlural)
		if first.class&statusFormer != 0 {
			c |= statusFormer
		}
		last.class = c
		return last
	case last.class&statusIncoming != 0, first.class&statusFormer != 0:
		return entry{class: modifier}
	}
	return entry{class: modifier}
}

// inflection guesses that a lower-case word outside the lists is a verb or an adverb, which no title holds.
func inflection(w string) class {
	if len(w) > 4 {
		switch {
		case strings.HasSuffix(w, "ed"):
			return stop | verb
		case strings.HasSuffix(w, "ing"), strings.HasSuffix(w, "ly"):
			return stop
		}
	}
	return 0
}

func markClass(w string) class {
	switch w {
	case ",":
		return comma
	case "(", "[":
		return open
	case ")", "]":
		return closing
	case "-", "--", "—", "–", "―":
		return dash
	case "\"", "“", "”", "«", "»", "„", "``", "''":
		return quoteMark
	case "'", "’":
		return clitic | stop
	case "&":
		return conjunction
	case "/":
		return 0
	}
	return punctuation
}
