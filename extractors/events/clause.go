package events

import (
	"strings"

	"example.invalid/nutgraf/internal/text"
)

// tag is the part a token plays in its clause.
type tag uint8

const (
	tNoun tag = iota // nouns and adjectives: all that nothing else is known of
	tName            // in the mention of an entity
	tDet
	tNum
	tPossessive
	tPron
	tVerb
	tAux
	tModal
	tNeg
	tAdv
	tPrep
	tTo // before an infinitive
	tSub
	tRel
	tConj
	tComma
	tBreak // colon, semicolon, dash, quotation mark
	tTime
	tSkip // in brackets
)

// token is a token with what is known of it.
type token struct {
	word    word
	entity  int32 // index, or -1
	time    int32 // index, or -1
	chunk   int32 // index, or -1
	tag     tag
	forms   form
	generic bool // a verb that the lexicon does not know
	quoted  bool
	capital bool
}

// chunk is a noun phrase without what follows its head: tokens [first, last) of the sentence.
type chunk struct {
	first, last int32
	entity      int32 // that its head names, or -1
	pronoun     bool
	before      int32 // entity named inside, before the head, or -1: "Apple shares"
}

// sentence is one sentence under analysis. Its slices are reused.
type sentence struct {
	lx     *lexicon
	doc    *text.Document
	words  []word // per form of the document
	first  int    // token of the document
	tokens []token
	chunks []chunk

	verbs, nouns, times []int // tokens that are verbs, are nouns of the lexicon, begin a time
}

// maxTokens bounds the sentence that is analysed; a longer one is no sentence.
const maxTokens = 250

func (s *sentence) text(i int) string { return s.doc.Word(s.first + i) }

// tagAll gives every token its tag, from left to right.
func (s *sentence) tagAll() {
	s.verbs, s.nouns, s.times = s.verbs[:0], s.nouns[:0], s.times[:0]
	depth := 0
	quoted := false
	scare := -1 // the mark that closes a quotation of a word or two
	where := s.doc.Tokens[s.first : s.first+len(s.tokens)]
	for i := range s.tokens {
		t, k := &s.tokens[i], where[i].Kind
		if t.time >= 0 && (i == 0 || s.tokens[i-1].time != t.time) {
			s.times = append(s.times, i)
		}
		w := s.doc.Text[where[i].Start:where[i].End]
		t.capital = w[0] >= 'A' && w[0] <= 'Z'
		if k == text.Punctuation || k == text.Symbol {
			switch w {
			case "(", "[":
				depth++
				t.tag = tSkip
				continue
			case ")", "]":
				depth = max(0, depth-1)
				t.tag = tSkip
				continue
			case ",":
				t.tag = tComma
			case "--", "—", "–":
				t.tag = tComma
			case "“", "”", "\"", "„", "«", "»", "``", "''":
				if i == scare {
					t.tag = tSkip
					continue
				}
				if scare = s.scareQuote(i); scare > 0 && !quoted {
					t.tag = tSkip
					continue
				}
				quoted = w == "“" || w == "„" || w == "«" || w == "``" || w == "\"" && !quoted
				t.tag = tBreak
			case "-":
				t.tag = tNoun
				if !s.doc.Joined(s.first + i) {
					t.tag = tBreak
				}
			case "$", "€", "£", "%", "#", "US$":
				t.tag = tNum
			default:
				t.tag = tBreak
			}
			t.quoted = quoted
			if depth > 0 {
				t.tag = tSkip
			}
			continue
		}
		t.quoted = quoted
		if depth > 0 {
			t.tag = tSkip
			continue
		}
		t.tag = s.tagOf(i, k, w)
		switch {
		case t.tag == tVerb:
			s.verbs = append(s.verbs, i)
		case t.word.noun > 0 && (t.tag == tNoun || t.tag == tName):
			s.nouns = append(s.nouns, i)
		}
	}
	s.chunkAll()
}

// scareQuote is the token that closes a quotation of at most three words, or -1.
func (s *sentence) scareQuote(i int) int {
	for j := i + 1; j < len(s.tokens) && j <= i+4; j++ {
		switch s.text(j) {
		case "”", "\"", "“", "''", "»", "«":
			return j
		case ",", ".", "!", "?":
			return -1
		}
	}
	return -1
}

// quantity reports whether the word begins or is "at least 107", "more than 20", "over 900".
func (s *sentence) quantity(i int) bool {
	if s.tokens[i].word.classes&cQuantity == 0 {
		return false
	}
	switch strings.ToLower(s.text(i)) {
	case "at":
		if w := strings.ToLower(s.textAt(i + 1)); w != "least" && w != "most" {
			return false
		}
	case "to", "than", "least":
		return i > 0 && s.tokens[i-1].tag == tNum
	}
	for j := i; j < len(s.tokens) && j < i+3; j++ {
		if s.doc.Tokens[s.first+j].Kind == text.Number || s.tokens[j].word.classes&cNumber != 0 {
			return j > i
		}
		if s.tokens[j].word.classes&cQuantity == 0 {
			return false
		}
	}
	return false
}

func (s *sentence) prev(i int) int {
	for i--; i >= 0 && (s.tokens[i].tag == tAdv || s.tokens[i].tag == tNeg || s.tokens[i].tag == tSkip); i-- {
	}
	return i
}

func (s *sentence) tagAt(i int) tag {
	if i < 0 || i >= len(s.tokens) {
		return tBreak
	}
	return s.tokens[i].tag
}

// class of the word at i, whether tagged yet or not.
func (s *sentence) class(i int) class {
	if i < 0 || i >= len(s.tokens) {
		return 0
	}
	return s.tokens[i].word.classes
}

func (s *sentence) formsAt(i int) form {
	if i < 0 || i >= len(s.tokens) {
		return 0
	}
	return s.tokens[i].word.forms
}

// tagOf is the tag of a word or number.
func (s *sentence) tagOf(i int, kind text.TokenKind, w string) tag {
	t := &s.tokens[i]
	c := t.word.classes
	switch {
	case t.time >= 0:
		if s.modifies(i, s.tagAt(s.prev(i))) {
			return tNum // "the 2020 election"
		}
		return tTime
	case t.entity >= 0 && c&cPron != 0:
		if c&cDet != 0 && s.startsNoun(i+1) {
			return tDet
		}
		return tPron
	case t.entity >= 0:
		return tName
	case kind == text.Number:
		return tNum
	}
	if t.word.varies {
		switch {
		case s.quantity(i):
			return tNum
		case w == "'s" || w == "’s":
			if prev := s.tagAt(s.prev(i)); prev == tNoun || prev == tName {
				// After a pronoun it is a verb.
				return tPossessive
			}
			return tAux
		case c&cModal != 0 && !(t.capital && i > 0):
			return tModal
		case c&cDet != 0 && c&cPron != 0 && s.startsNoun(i+1):
			return tDet
		case strings.EqualFold(w, "to"):
			j := i + 1
			for j < len(s.tokens) && s.class(j)&cAdv != 0 {
				j++
			}
			if s.formsAt(j)&formBase != 0 && s.class(j)&(cDet|cPrep) == 0 || s.class(j)&cAux != 0 {
				return tTo
			}
			return tPrep
		case strings.EqualFold(w, "that"):
			next := s.class(i + 1)
			switch {
			case s.tagAt(s.prev(i)) == tVerb:
				return tSub
			case next&(cAux|cModal) != 0 || s.formsAt(i+1)&(formPast|formThird) != 0:
				return tRel
			case next&(cDet|cPron) != 0:
				return tSub
			}
			return tDet
		}
	}
	if t.word.tag != tNoun {
		return t.word.tag
	}
	return s.open(i, w)
}

// open tags a word of no closed class: a verb, an adverb or a noun.
func (s *sentence) open(i int, w string) tag {
	t := &s.tokens[i]
	forms := t.word.forms
	prev := s.tagAt(s.prev(i))
	if prev == tRel && t.word.verb == 0 && !t.capital && !strings.HasSuffix(w, "ed") && (strings.HasSuffix(w, "s") || !s.startsNoun(i+1)) {
		t.generic = false
		return tVerb // "which consists of"
	}
	if t.word.verb == 0 && len(w) > 4 && strings.HasSuffix(w, "ed") && !strings.HasSuffix(w, "eed") {
		forms, t.generic = formPast|formParticiple, true
	}
	if forms != 0 && s.isVerb(i, forms, prev) {
		t.forms = forms
		return tVerb
	}
	t.generic = false
	if len(w) > 4 && strings.HasSuffix(w, "ly") && !t.capital {
		return tAdv
	}
	return tNoun
}

func (s *sentence) textAt(i int) string {
	if i >= len(s.tokens) {
		return ""
	}
	return s.text(i)
}

// modifies reports whether a time stands inside a noun phrase, before its noun.
func (s *sentence) modifies(i int, prev tag) bool {
	t := s.tokens[i].time
	if i > 0 && s.tokens[i-1].time == t {
		return s.tokens[i-1].tag == tNum
	}
	if i == 0 || prev != tDet && prev != tPossessive {
		return false
	}
	j := i
	for j < len(s.tokens) && s.tokens[j].time == t {
		j++
	}
	return s.startsNoun(j)
}

func (s *sentence) startsNoun(i int) bool {
	if i >= len(s.tokens) {
		return false
	}
	k := s.doc.Tokens[s.first+i].Kind
	return (k == text.Word || k == text.Number) && s.class(i)&(cPrep|cAux|cModal|cConj|cPron|cSub|cDet) == 0
}

// isVerb tells the verb from the noun or adjective that is spelled like it.
func (s *sentence) isVerb(i int, forms form, prev tag) bool {
	t := &s.tokens[i]
	if t.capital && i > 0 || i > 0 && s.doc.Joined(s.first+i) && s.text(i-1) == "-" {
		return false // a name; "war-damaged"
	}
	p := s.prev(i)
	after := s.class(i + 1)
	next := tNoun
	if i+1 < len(s.tokens) {
		if k := s.doc.Tokens[s.first+i+1].Kind; k == text.Punctuation {
			next = tComma
		}
	} else {
		next = tComma
	}
	opens := after&(cDet|cPron|cPrep|cSub|cRel|cNeg|cAdv) != 0 || next == tComma ||
		i+1 < len(s.tokens) && (s.tokens[i+1].entity >= 0 || s.tokens[i+1].time >= 0 || s.doc.Tokens[s.first+i+1].Kind == text.Number)
	if prev == tTo || prev == tModal {
		return forms&formBase != 0
	}
	if forms&(formPast|formParticiple) != 0 {
		switch prev {
		case tAux:
			return true
		case tDet, tPossessive, tNum:
			return prev != tDet && opens && next != tComma || prev == tDet && after&(cDet|cPron) != 0
		case tPrep:
			return false
		case tBreak:
			return p >= 0 || opens
		}
		if forms&formBase != 0 && prev == tNoun && t.word.noun > 0 && !opens {
			return false
		}
		return true
	}
	if forms&formGerund != 0 {
		if prev != tAux && strings.EqualFold(s.textAt(i+1), "of") {
			return false // "the sinking of"
		}
		switch prev {
		case tDet, tPossessive, tNum, tNoun:
			return prev == tNoun && opens && t.word.noun == 0
		case tVerb:
			// "Began bombing", not "announced sweeping changes".
			v := s.tokens[p].word.verb
			return !s.startsNoun(i+1) || v > 0 && s.lx.verbs[v-1].classes&(cAspect|cTry|cPlan|cFail) != 0
		case tAux, tComma, tPrep, tSub, tConj, tName, tPron:
			return true
		}
		return false
	}
	if prev == tAux {
		return s.class(p)&cBe == 0 && forms&formBase != 0
	}
	if forms&formThird != 0 {
		if prev == tName || prev == tPron || prev == tRel {
			return opens || t.word.noun == 0
		}
		return prev == tNoun && t.word.noun == 0 && opens && !(s.formsAt(p)&formGerund != 0 && s.tagAt(p-1) == tVerb)
	}
	// Base form: "They buy", "officials urge".
	switch prev {
	case tPron:
		return true
	case tNoun, tName:
		w := s.text(p)
		return pluralNoun(w) && t.word.noun == 0 && opens
	case tConj, tRel:
		return t.word.noun == 0 && opens
	}
	return false
}

// pluralNoun reports whether a noun ends as a plural does, as "officials" and not as "business".
func pluralNoun(w string) bool {
	return strings.HasSuffix(w, "s") && !strings.HasSuffix(w, "ss") && !strings.HasSuffix(w, "us") && !strings.HasSuffix(w, "is")
}

// chunkAll finds the noun phrases.
func (s *sentence) chunkAll() {
	s.chunks = s.chunks[:0]
	for i := 0; i < len(s.tokens); {
		t := s.tokens[i].tag
		switch t {
		case tPron:
			s.tokens[i].chunk = int32(len(s.chunks))
			s.chunks = append(s.chunks, chunk{int32(i), int32(i + 1), s.tokens[i].entity, true, -1})
			i++
			continue
		case tDet, tNum, tNoun, tName:
		default:
			i++
			continue
		}
		c := chunk{first: int32(i), entity: -1, before: -1}
		j := i + 1
		for j < len(s.tokens) {
			k := s.tokens[j].tag
			if k != tNum && k != tNoun && k != tName && k != tPossessive || k == tName && s.tokens[j-1].tag == tName && s.tokens[j].entity != s.tokens[j-1].entity {
				break
			}
			j++
		}
		for j > i+1 && s.tokens[j-1].tag == tPossessive {
			j--
		}
		c.last = int32(j)
		c.entity = s.tokens[j-1].entity
		for k := i; k < j; k++ {
			s.tokens[k].chunk = int32(len(s.chunks))
			if e := s.tokens[k].entity; e >= 0 && c.entity < 0 {
				c.before = e
			}
		}
		s.chunks = append(s.chunks, c)
		i = j
	}
}

// group is the verb group that ends in a verb.
type group struct {
	start       int // first token
	passive     bool
	negated     bool
	future      bool
	conditional bool
	infinitive  bool
	finite      bool
}

func (s *sentence) group(v int) group {
	g := group{start: v}
	t := &s.tokens[v]
	g.finite = t.forms&(formPast|formThird) != 0 || t.forms&formBase != 0
	be, have := false, false
	i := v - 1
	for ; i >= 0; i-- {
		c := s.tokens[i].word.classes
		switch s.tokens[i].tag {
		case tAdv, tSkip:
			continue
		case tTime:
			if i > 0 && s.tokens[i-1].tag != tPrep {
				continue // "is now shut"
			}
			goto done
		case tNeg:
			g.negated = true
		case tAux:
			if c&cBe != 0 && !have {
				be = be || !have
			} else {
				have = true
			}
			g.finite = true
		case tModal:
			g.future = g.future || c&cFuture != 0
			g.conditional = g.conditional || c&cConditional != 0
			g.finite = true
		case tTo:
			g.infinitive, g.finite, g.start = true, false, i
			goto done
		default:
			goto done
		}
		g.start = i
	}
done:
	g.passive = be && t.forms&formParticiple != 0
	if t.forms == formGerund && !be {
		g.finite = false
	}
	return g
}

// skipLeft is the nearest token left of i that counts. Times do not, nor what brings them: "on Monday".
func (s *sentence) skipLeft(i int) int {
	for i--; i >= 0; i-- {
		switch s.tokens[i].tag {
		case tAdv, tSkip, tTime:
			continue
		case tPrep:
			if s.tagAt(i+1) == tTime {
				continue
			}
		}
		return i
	}
	return -1
}

// subject finds the noun phrase that a verb group says something of: a chunk, or a verb earlier in the sentence whose
// subject it shares.
func (s *sentence) subject(g group, v int) (chunkIndex, verbIndex int) {
	i := s.skipLeft(g.start)
	if i < 0 {
		return -1, -1
	}
	switch s.tokens[i].tag {
	case tConj, tPrep, tSub, tVerb:
		if s.tokens[i].tag == tSub && g.finite {
			return -1, -1
		}
		return -1, s.verbBefore(i)
	case tRel:
		j := s.skipLeft(i)
		if j >= 0 && s.tokens[j].tag == tComma {
			j = s.skipLeft(j)
		}
		if j >= 0 && s.tokens[j].chunk >= 0 {
			return int(s.tokens[j].chunk), -1
		}
		return -1, -1
	case tComma:
		if !g.finite {
			return -1, s.verbBefore(i)
		}
	}
	if g.infinitive {
		if t := &s.tokens[i]; t.chunk >= 0 {
			return int(t.chunk), -1 // "caused a crane to fall"
		}
		if s.tokens[i].tag != tAux {
			return -1, s.verbBefore(i)
		}
		i = s.skipLeft(i) // "is to visit"
	}
	comma := false
	for steps := 0; i >= 0 && steps < 60; steps++ {
		switch t := &s.tokens[i]; {
		case t.chunk >= 0:
			c := s.chunks[t.chunk]
			j := s.skipLeft(int(c.first))
			if k := s.tagAt(j); comma && (k == tAux || k == tVerb) {
				if n := s.relativeBefore(j); n >= 0 {
					i, comma = n, false
					continue
				}
			}
			switch s.tagAt(j) {
			case tPrep:
				if k := s.skipLeft(j); k < 0 || s.tagAt(k) == tBreak || s.tagAt(k) == tSub || s.tagAt(k) == tVerb {
					return -1, -1 // only "On the way, ..." stands before it
				} else {
					i = k
				}
				continue
			case tComma:
				// "Ann Lee, mayor of Eastmere, has resigned"
				if k := s.skipLeft(j); comma && k >= 0 && s.tokens[k].chunk >= 0 {
					i = k
					comma = false
					continue
				}
			case tConj:
				if k := s.skipLeft(j); k >= 0 && s.tokens[k].chunk >= 0 && !comma {
					d := s.chunks[s.tokens[k].chunk]
					m := s.skipLeft(int(d.first))
					if s.tagAt(m) != tPrep {
						return int(t.chunk), -1 // a row; its other members are found by row
					}
					if m = s.skipLeft(m); m >= 0 && s.tokens[m].chunk >= 0 {
						i = m // "a helicopter with Ann and Bob"
						continue
					}
				}
			}
			return int(t.chunk), -1
		case t.tag == tComma:
			comma = true
			i = s.skipLeft(i)
		case (t.tag == tVerb || t.tag == tAux) && comma && s.relativeBefore(i) >= 0:
			i, comma = s.relativeBefore(i), false
		case t.tag == tVerb && comma && !s.group(i).finite:
			i = s.skipLeft(i)
		case t.tag == tVerb, t.tag == tAux, t.tag == tBreak, t.tag == tSub, t.tag == tRel:
			return -1, -1
		default:
			i = s.skipLeft(i)
		}
	}
	return -1, -1
}

// relativeBefore is the last token of what the relative clause around i says something of, where commas enclose the clause.
func (s *sentence) relativeBefore(i int) int {
	for n := 0; i > 1 && n < 40; i, n = i-1, n+1 {
		if s.tokens[i].tag == tBreak {
			break
		}
		if s.tokens[i].tag == tRel && s.tokens[i-1].tag == tComma {
			if k := s.skipLeft(i - 1); k >= 0 && s.tokens[k].chunk >= 0 {
				return k
			}
		}
	}
	return -1
}

// verbBefore is the nearest finite verb at or left of i, or -1.
func (s *sentence) verbBefore(i int) int {
	for ; i >= 0; i-- {
		if s.tokens[i].tag == tVerb {
			return i
		}
		if s.tokens[i].tag == tBreak {
			return -1
		}
	}
	return -1
}

// row appends a chunk and those it is coordinated with, on both sides.
func (s *sentence) row(out []int, c int) []int {
	at := len(out)
	conj := false
	for k := c; len(out)-at < 6; {
		j := s.skipLeft(int(s.chunks[k].first))
		if j < 0 || s.tokens[j].tag != tConj && s.tokens[j].tag != tComma {
			break
		}
		if s.tokens[j].tag == tComma && !conj {
			break // "In Eastmere, a truck"
		}
		if s.tokens[j].tag == tConj {
			conj = true
			if m := s.skipLeft(j); m >= 0 && s.tokens[m].tag == tComma {
				j = m
			}
		}
		m := s.skipLeft(j)
		if m >= 0 && s.tokens[m].chunk >= 0 && s.tagAt(s.skipLeft(int(s.chunks[s.tokens[m].chunk].first))) == tPrep {
			break
		}
		if m < 0 || s.tokens[m].chunk < 0 || s.tokens[j].tag == tComma && s.chunks[s.tokens[m].chunk].entity < 0 {
			break
		}
		k = int(s.tokens[m].chunk)
		out = append(out, k)
	}
	// Restore reading order.
	for a, b := at, len(out)-1; a < b; a, b = a+1, b-1 {
		out[a], out[b] = out[b], out[a]
	}
	out = append(out, c)
	return s.rowRight(out, c)
}

func (s *sentence) rowRight(out []int, c int) []int {
	j := int(s.chunks[c].first) - 1
	between := j >= 0 && s.tokens[j].tag == tPrep && strings.EqualFold(s.text(j), "between")
	for k, n := c, 0; n < 10; n++ {
		j := int(s.chunks[k].last)
		comma := s.tagAt(j) == tComma
		if comma {
			j++
		}
		conj := s.tagAt(j) == tConj
		if conj {
			j++
		}
		if !comma && !conj || j >= len(s.tokens) || s.tokens[j].chunk < 0 {
			break
		}
		k = int(s.tokens[j].chunk)
		if !conj && s.chunks[k].entity < 0 {
			break
		}
		// "and Ann left" begins a clause, but for "between Bob and Ann".
		if n := s.tagAt(int(s.chunks[k].last)); (n == tVerb || n == tAux || n == tModal) && !between {
			break
		}
		out = append(out, k)
	}
	return out
}

// object finds what stands right after a verb: its direct object, or else what its first preposition brings.
func (s *sentence) object(v int) (direct int, oblique int, prep string) {
	direct, oblique = -1, -1
	for j := v + 1; j < len(s.tokens) && j < v+14; j++ {
		t := &s.tokens[j]
		switch {
		case t.tag == tAdv, t.tag == tSkip, t.tag == tTime:
		case t.chunk >= 0 && int(s.chunks[t.chunk].first) <= v: // "place" of "took place"
		case t.chunk >= 0:
			if n := s.tagAt(int(s.chunks[t.chunk].last)); direct < 0 && j > v+1 && (n == tAux || n == tModal) {
				return direct, oblique, prep
			}
			direct = int(t.chunk)
			return direct, oblique, prep
		case t.tag == tPrep:
			if j+1 < len(s.tokens) && s.tokens[j+1].chunk >= 0 {
				oblique, prep = int(s.tokens[j+1].chunk), strings.ToLower(s.text(j))
			}
			return direct, oblique, prep
		default:
			return direct, oblique, prep
		}
	}
	return direct, oblique, prep
}

// after finds the chunk that a preposition brings, to the right of i, before the clause ends.
func (s *sentence) after(i int, prep string) int {
	for j := i + 1; j+1 < len(s.tokens) && j < i+16; j++ {
		switch s.tokens[j].tag {
		case tVerb, tBreak, tSub, tRel, tModal, tAux:
			return -1
		case tPrep:
			if s.tokens[j+1].chunk >= 0 && strings.EqualFold(s.text(j), prep) {
				return int(s.tokens[j+1].chunk)
			}
		}
	}
	return -1
}
