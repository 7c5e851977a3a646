package quotes

import (
	"strings"

	nutgrafv1 "example.invalid/nutgraf/gen/go/nutgraf/v1"
	"example.invalid/nutgraf/internal/text"
)

const (
	placeKind        = nutgrafv1.EntityKind_ENTITY_KIND_PLACE
	organizationKind = nutgrafv1.EntityKind_ENTITY_KIND_ORGANIZATION
)

// An attribution ties a quotation to its source.
type attribution struct {
	cueFirst, cueLast int // tokens of the cue; empty if there is none
	source            source
	adjacent          bool // nothing but the hearer, a comma or a colon between cue and marks
	after             bool // stands after the quotation
	that              bool // "that" leads into the marks
	weak              bool // the verb can also be about something else: praised, described
	negated           bool
	addressee         int // entity, or -1
	end               int // first token after it, if after
}

func (t attribution) found() bool { return t.cueLast > t.cueFirst || t.source.found() }

// maxAfter bounds how far behind a closing mark its attribution ends, in tokens.
const maxAfter = 45

// after reads the attribution that follows stretch i: "…," Jane Roe said.
func (a *analysis) after(i int) attribution {
	none := attribution{source: nobody, addressee: -1}
	st := a.stretches[i]
	k := a.tokens[i][1]
	for k < len(a.Tokens) && a.is(k, closer) {
		k++
	}
	last := st.end - 1
	terminal := a.Text[last] == '.'
	asks := a.Text[last] == '?' || a.Text[last] == '!'
	limit := min(len(a.Tokens), k+maxAfter)
	if p := a.Paragraphs[st.paragraph]; limit > k {
		for limit > k && int(a.Tokens[limit-1].Start) >= p.End {
			limit--
		}
	}
	k = a.skipParens(k, limit)
	comma := false
	if k < limit && a.punctuation(k, ",—–") {
		comma = true
		k++
	}
	if k < limit && a.punctuation(k, ":") && limit-k <= 8 { // a heading: “…”: Acme
		if m, ok := a.at(limit - 1); ok && a.speaks(m.entity) && int(a.Tokens[limit-1].End) == a.Paragraphs[st.paragraph].End {
			s := source{first: m.first, last: m.last, entity: m.entity, confidence: 0.8}
			return attribution{source: s, adjacent: true, after: true, addressee: -1, end: limit}
		}
		if int(a.Tokens[limit-1].End) == a.Paragraphs[st.paragraph].End && a.paragraphStart(a.tokens[i][0]-1, st.paragraph) && a.allCapital(k+1, limit) {
			s := source{first: k + 1, last: limit, entity: -1, confidence: 0.6}
			return attribution{source: s, adjacent: true, after: true, addressee: -1, end: limit}
		}
	}
	if k >= limit || a.punctuation(k, stops+";:") {
		return none
	}
	if m, ok := a.at(k); ok && a.signs(m, k-1, limit, a.Paragraphs[st.paragraph].End) {
		s := source{first: m.first, last: m.last, entity: m.entity, confidence: 0.85}
		return attribution{source: s, adjacent: true, after: true, addressee: -1, end: limit}
	}
	hi := k
	for hi < limit && !a.is(hi, opener) && !a.punctuation(hi, stops) {
		hi++
	}
	if a.ascribes(k) {
		return attribution{cueFirst: k, cueLast: a.sourceStart(k), source: a.sourceAfter(a.sourceStart(k), hi), after: true, addressee: -1, end: hi}
	}
	v := k // "a déclaré Roe"
	for v < hi && a.is(v, aux) && a.mentionAt[v] == 0 {
		v++
	}
	if a.is(v, cue) && (v == k || !a.lex.bareClauses) && !a.is(v, gerund) && (!a.is(v, base) || a.severalAfter(v+1, hi)) && a.mentionAt[v] == 0 && (!terminal || !a.is(k, capital)) {
		if s := a.sourceAfter(v+1, hi); s.found() {
			return attribution{cueFirst: k, cueLast: v + 1, source: s, adjacent: true, after: true, addressee: -1, end: hi}
		}
	}
	// "…" in a Facebook post, according to …; "…" last week, according to …
	for t := k; t < hi && t < k+10; t++ {
		if a.is(t, sayVerb|quoteVerb) && !a.is(t, noun|paper) && a.mentionAt[t] == 0 {
			break
		}
		if a.ascribes(t) {
			return attribution{cueFirst: t, cueLast: a.sourceStart(t), source: a.sourceAfter(a.sourceStart(t), hi), after: true, addressee: -1, end: hi}
		}
	}
	if a.is(k, join|gerund) && !a.is(k, pronoun) || a.is(k, preposition) && !comma {
		if terminal || asks {
			return none
		}
		return a.final(k, hi)
	}
	for c := k + 1; c < hi; c++ {
		if a.mentionAt[c] != 0 || !a.is(c, cue) {
			if a.mentionAt[c] == 0 && a.is(c, finite) && !a.is(c, aux) && !a.is(c, paper) {
				break
			}
			continue
		}
		if a.is(c, gerund) {
			continue
		}
		if a.is(c, paper|nameVerb) && a.is(c-1, article|determiner|preposition) || a.possessive(c-1) {
			continue
		}
		s := a.subjectBefore(c, k)
		if c > k && a.punctuation(c-1, ",") && hi-c < 14 && !comma && !terminal && a.Text[last] != ',' && !a.is(c, tellVerb) {
			if behind := a.sourceAfter(c+1, hi); behind.last >= hi && behind.last > behind.first {
				s = behind // “Shocking” scenes at the port, said police
			}
		}
		if s.found() {
			if q := a.quotedBy(c, hi); q.found() {
				s = q
			}
		}
		if !s.found() {
			continue
		}
		goesOn := c+1 < hi && !a.punctuation(c+1, ",")
		if terminal && (c-k > 14 || goesOn && !a.closing(c+1, hi)) {
			return none
		}
		if a.punctuation(c+1, ":") {
			return none // it leads in what follows
		}
		if asks && a.is(c+1, that) {
			return none
		}
		if !terminal && !asks && !comma && a.is(c+1, that) {
			return none
		}
		if !terminal && !comma && a.joined(k, s.first) {
			return none
		}
		if m, ok := a.at(k); ok && a.person(m.entity) && s.entity != m.entity && (s.entity < 0 || !a.person(s.entity)) && a.punctuation(m.last, ",") {
			s = source{first: m.first, last: m.last, entity: m.entity, confidence: 0.85} // an apposition without its second comma
		}
		cueFirst := c
		for cueFirst-1 >= s.last && a.is(cueFirst-1, aux|negation) && a.mentionAt[cueFirst-1] == 0 {
			cueFirst--
		}
		t := attribution{cueFirst: cueFirst, cueLast: c + 1, source: s, after: true, adjacent: true, addressee: -1, end: hi}
		t.weak = !a.is(c, sayVerb)
		t.addressee = a.addressee(c)
		return t
	}
	if terminal {
		return none
	}
	return a.final(k, hi)
}

// joined reports whether a conjunction behind a comma begins a clause of its own between tokens lo and hi: Those “ghosts”
// are gone, but Roe said …
func (a *analysis) joined(lo, hi int) bool {
	for t := lo + 1; t < hi; t++ {
		if a.is(t, join) && !a.is(t, pronoun|who|which|and) && a.punctuation(t-1, ",") {
			return true
		}
	}
	return false
}

// signs reports whether a person stands behind the dash at token dash as one who signs what was quoted, up to the end of the
// paragraph: “…” — Jane Roe, editor
func (a *analysis) signs(m mention, dash, limit, end int) bool {
	if !a.person(m.entity) || !a.punctuation(dash, "—–-") || int(a.Tokens[limit-1].End) != end ||
		m.last < limit && !a.punctuation(m.last, ",(.") {
		return false
	}
	for t := m.last; t < limit; t++ {
		if a.is(t, finite|aux|cue|opener) && !a.is(t, noun) && a.mentionAt[t] == 0 {
			return false
		}
	}
	return true
}

// severalAfter reports whether a plural stands at token i: say the authors.
func (a *analysis) severalAfter(i, hi int) bool {
	if s := a.sourceAfter(i, hi); s.entity < 0 && s.last > s.first {
		return a.ends(s.last-1, a.lex.plurals) && !a.is(i, pronoun) && !a.is(s.last-1, finite|cue)
	}
	return false
}

// allCapital reports whether tokens [i, hi) are words with a capital.
func (a *analysis) allCapital(i, hi int) bool {
	for t := i; t < hi; t++ {
		if !a.is(t, capital) {
			return false
		}
	}
	return i < hi
}

// final reads the attribution that ends a sentence whose words in marks are
// built into it: The boat “left at once”, heading north, the bureau said.
func (a *analysis) final(lo, hi int) attribution {
	for c := hi - 1; c > lo+1 && hi-c < 10; c-- {
		if a.mentionAt[c] != 0 || !a.is(c, sayVerb) || a.is(c, gerund|base) || !a.verb(c, lo) || !a.closing(c+1, hi) {
			continue
		}
		s := a.subjectBefore(c, max(lo, c-12))
		b := s.first - 1
		for b > lo && s.found() && s.first-b < 8 && !a.punctuation(b, ",") {
			b--
		}
		if s.last > s.first && a.punctuation(b, ",") && !a.is(b+1, which|who|join) {
			return attribution{cueFirst: c, cueLast: c + 1, source: s, after: true, addressee: a.addressee(c), end: hi}
		}
		break
	}
	return attribution{source: nobody, addressee: -1}
}

// closing reports whether what follows a verb up to hi can end a sentence that
// only attributes: a hearer, a time, a place, but no statement.
func (a *analysis) closing(i, hi int) bool {
	if hi-i > 8 || a.is(i, that|whether|opener) || a.is(hi, opener) && !a.punctuation(hi-1, ",") {
		return false
	}
	for t := i; t < hi; t++ {
		if a.mentionAt[t] == 0 && a.is(t, finite|cue|that) && !a.is(t, venue|timeWord|paper) {
			return false
		}
	}
	return true
}

// addressee finds the entity told something: "told Reuters".
func (a *analysis) addressee(c int) int {
	if !a.is(c, tellVerb) {
		return -1
	}
	for t := c + 1; t < len(a.Tokens) && t <= c+2; t++ {
		if m, ok := a.at(t); ok {
			if a.kind(m.entity) != placeKind {
				return m.entity
			}
			return -1
		}
		if !a.is(t, article) {
			break
		}
	}
	return -1
}

// skipParens skips a short parenthesis, such as a note of the language quoted.
func (a *analysis) skipParens(k, limit int) int {
	if k >= limit || a.word(k) != "(" {
		return k
	}
	depth := 0
	for t := k; t < limit && t < k+14; t++ {
		switch a.word(t) {
		case "(":
			depth++
		case ")":
			if depth--; depth == 0 {
				return t + 1
			}
		}
	}
	return k
}

// before reads the attribution that leads up to stretch i: Jane Roe said: "…
func (a *analysis) before(i int) attribution {
	none := attribution{source: nobody, addressee: -1}
	st := a.stretches[i]
	open := a.tokens[i][0]
	for open > 0 && a.is(open-1, opener) {
		open--
	}
	p := a.Paragraphs[st.paragraph]
	start := a.Sentences[a.sentenceOf(open)].First
	if open == start && open > 0 && (a.punctuation(open-1, ":") || a.punctuation(open-1, ",") && open > a.Sentences[p.First].First) {
		start = a.Sentences[a.sentenceOf(open-1)].First
	}
	lo := max(start, open-2*maxClause)
	if open <= lo {
		return none
	}
	k := open - 1
	colon, comma := false, false
	t := attribution{source: nobody, addressee: -1}
	for k >= lo && a.punctuation(k, ":,—–-([") {
		colon = colon || a.punctuation(k, ":")
		comma = comma || a.punctuation(k, ",")
		k--
	}
	if k >= lo && a.is(k, that) {
		t.that = true
		k--
	}
	// Close the gap of a previous quotation of the sentence.
	for c := k; c >= lo; c-- {
		if a.is(c, quoted|opener|closer) || a.mentionAt[c] != 0 {
			continue
		}
		if a.punctuation(c, ";") {
			break
		}
		if a.ascribes(c) {
			if c == lo || a.punctuation(c-1, ",") || !a.is(c+1, infinitive) {
				s := a.sourceAfter(a.sourceStart(c), k+1)
				if s.found() {
					t.cueFirst, t.cueLast, t.source = c, a.sourceStart(c), s
					t.adjacent = !a.is(c+1, infinitive)
					return t
				}
			}
			continue
		}
		if a.is(c, base) && (a.outer(c, lo) || !t.that && a.is(c, noun) && c > lo && a.mentionAt[c-1] == 0 && !a.verb(c, lo)) || !a.is(c, sayVerb) && a.is(c+1, noClause) || c < k && a.punctuation(c+1, ",") && !a.is(c, sayVerb) && !a.is(c+2, join|preposition) {
			continue
		}
		if a.aside(c, lo) && a.outer(c, lo) {
			continue
		}
		if !a.is(c, cue) || a.is(c-1, article|determiner|preposition) && !a.is(c-1, pronoun) && !a.is(c, gerund) && !a.is(c-1, infinitive) || a.possessive(c-1) ||
			!a.is(c, sayVerb) && a.is(c-1, infinitive) || a.is(c, noun|paper) && c > lo && !a.verbal(c, lo) {
			continue
		}
		between := k - c
		if a.is(c, quoteVerb) && !a.is(c, sayVerb) {
			t.weak = true
		}
		t.adjacent = between <= 0 || colon || comma && between <= 8 || !t.weak && a.hearerOnly(c, k+1)
		t.cueFirst, t.cueLast = c, c+1
		t.addressee = a.addressee(c)
		if a.is(c, gerund) {
			t.source = a.subjectOfGerund(c, lo)
		} else if c == lo {
			t.source = a.sourceAfter(c+1, k+1)
			t.adjacent = true
		} else if m, ok := a.at(c + 1); ok && a.punctuation(c-1, ",") && a.person(m.entity) && a.punctuation(m.last, ",") && m.last <= k {
			t.source = source{first: m.first, last: m.last, entity: m.entity, confidence: 0.85} // "What came next, said Roe, was “…”"
		} else if q := a.quotedBy(c, k+1); q.found() {
			t.source = q
		} else if a.is(c+1, agentWord) || a.passive(c, lo) {
			if t.source = a.agent(c, open); !t.source.found() {
				return none
			}
		} else {
			t.source = a.subjectBefore(c, lo)
			if f := c - 1; f >= lo && a.is(f, aux|negation) {
				for f-1 >= lo && a.is(f-1, aux|negation) {
					f--
				}
				t.cueFirst = f
			}
			if !t.source.found() {
				t.source = a.sentenceSubject(lo, c)
			}
		}
		if t.source.found() {
			return t
		}
		t = attribution{source: nobody, addressee: -1, that: t.that}
	}
	if colon {
		if t.source = a.sentenceSubject(lo, k+1); t.source.entity < 0 {
			return none
		}
		t.source.confidence *= 0.8
		t.adjacent = t.source.found()
		return t
	}
	return none
}

// aside reports whether the verb at c only tells who relays what another verb reports: as reported by the Herald; which the
// Herald noted as unusual; in remarks published by the Herald.
func (a *analysis) aside(c, lo int) bool {
	if a.is(c, base|gerund) || !a.ends(c, a.lex.pasts) {
		return false
	}
	if a.is(c+1, agentWord) {
		return a.is(c-1, asWord|paper|venue)
	}
	t := c - 1
	if m, ok := a.at(t); ok {
		t = m.first - 1
	}
	for t > lo && a.is(t, article|aux) {
		t--
	}
	return a.is(t, which) && !a.is(t, that)
}

// outer reports whether another verb of speech stands before the bare form at c, which is part of what it reports: said it
// helped the town respond to “…”.
func (a *analysis) outer(c, lo int) bool {
	for t := c - 1; t > lo; t-- {
		if a.is(t, opener|closer|quoted) || a.punctuation(t, ";:") {
			return false
		}
		if a.is(t, sayVerb) && !a.is(t, base|gerund|noun) && a.mentionAt[t] == 0 {
			return true
		}
	}
	return false
}

// verbal reports whether a word that is as often a noun is a verb here: a name,
// a pronoun, an auxiliary or a noun phrase of its own stands before it.
func (a *analysis) verbal(c, lo int) bool {
	p := c - 1
	if a.is(c+1, aux|finite) && !a.possessive(c+1) {
		return false // "EU states will meet"
	}
	for p > lo && a.filler(p) {
		if a.is(p, aux) {
			return true
		}
		p--
	}
	if m, ok := a.at(p); ok && a.kind(m.entity) == placeKind && !a.is(c+1, that|opener) && a.is(c, quoteVerb) && !a.is(c, sayVerb) {
		return false // "the Plymouth protests"
	}
	if a.mentionAt[p] != 0 || a.is(p, pronoun) || a.punctuation(p, ",") || a.is(c, gerund) {
		return true
	}
	if !a.ends(p, a.lex.plurals) && !a.is(c, capital) && a.ends(c, a.lex.pasts) {
		return true
	}
	start := a.phraseStart(p, lo)
	return start == lo || a.is(start, article|determiner)
}

// hearerOnly reports whether what stands between the verb at c and hi says no
// more than to whom, where or when something was said.
func (a *analysis) hearerOnly(c, hi int) bool {
	if hi-c > 11 || a.is(hi-1, article|determiner) && !a.is(hi-1, hearers) {
		return false
	}
	for t := c + 1; t < hi; t++ {
		if m, ok := a.at(t); ok && !a.personal(t) && (a.is(c, tellVerb) || a.is(before(a, m.first, c), preposition)) {
			continue
		}
		if a.is(t, hearers) && (a.is(c, tellVerb) || a.is(t-1, preposition)) {
			continue
		}
		if a.mentionAt[t] == 0 && a.is(t, preposition|article|timeWord|venue|adverb|determiner) && !a.personal(t) || a.Tokens[t].Kind != text.Word {
			continue
		}
		return false
	}
	return true
}

// subjectOfGerund finds who does what a participle says: Roe praised him,
// calling it "…"; with Roe saying "…".
func (a *analysis) subjectOfGerund(c, lo int) source {
	p := c - 1
	for p >= lo && a.filler(p) {
		p--
	}
	if a.is(p, asWord) {
		for q := p - 1; q >= lo && p-q < 25; q-- {
			if s := a.quotedBy(q, c); s.found() {
				return s
			}
		}
	}
	if p >= lo && a.mentionAt[p] == 0 && a.Tokens[p].Kind == text.Word && !a.is(p, pronoun|join) {
		if start := a.phraseStart(p, lo); a.is(start-1, withWord) {
			return a.group(start, p+1, lo)
		}
	}
	if s := a.phraseEnding(p, lo); s.last > s.first {
		if b := before(a, s.first, lo); a.is(b, withWord) || s.entity >= 0 && a.is(b, and) {
			return s
		}
	}
	// A participle at the head of its sentence: the subject comes after.
	if p < lo {
		for t := c; t < len(a.Tokens) && t < c+maxClause && !a.punctuation(t, stops); t++ {
			if a.is(t, cue) && t > c && !a.is(t, quoted|gerund) {
				return a.subjectBefore(t, c+1)
			}
		}
		return nobody
	}
	if a.is(lo, opener|quoted) { // “…,” Roe said, adding …
		for q := p; q > lo && !a.is(q, quoted|opener|closer); q-- {
			if !a.is(q, cue) || a.is(q, gerund|noun) || a.mentionAt[q] != 0 {
				continue
			}
			s := a.subjectBefore(q, lo)
			if !s.found() {
				s = a.sourceAfter(q+1, p+1)
			}
			if s.found() {
				return s
			}
		}
	}
	if s := a.sentenceSubject(lo, p+1); s.found() {
		return s
	}
	if m, ok := a.at(p); ok && a.speaks(m.entity) {
		return source{first: m.first, last: m.last, entity: m.entity, confidence: 0.6}
	}
	return nobody
}

// ascribes reports whether token i begins a phrase that names a source, such as
// "according to".
func (a *analysis) ascribes(i int) bool {
	if !a.is(i, according) || a.mentionAt[i] != 0 {
		return false
	}
	if a.is(i+2, heedless) && !a.punctuation(i+3, "’'") && !a.is(i+3, genitive) {
		return false // "according to plan"
	}
	p, ok := a.lex.phrases[strings.ToLower(a.word(i))]
	return ok && (p.second == "" || strings.EqualFold(a.word(i+1), p.second)) && (p.before == "" || strings.EqualFold(a.word(i-1), p.before))
}

// sourceStart returns the token behind the phrase at i, which ascribes.
func (a *analysis) sourceStart(i int) int {
	if a.lex.phrases[strings.ToLower(a.word(i))].second == "" {
		return i + 1
	}
	return i + 2
}

// quotedBy finds the speaker in "the paper quoted Roe as saying".
func (a *analysis) quotedBy(c, hi int) source {
	if !a.is(c, relay) {
		return nobody
	}
	for t := c + 1; t < hi && t < c+25; t++ {
		if a.is(t, asWord) {
			return a.sourceAfter(c+1, t)
		}
		if a.is(t, quoted|opener) || a.punctuation(t, stops) {
			break
		}
	}
	return nobody
}

// passive reports whether the verb at c is a participle after a form of be.
func (a *analysis) passive(c, lo int) bool {
	for p := c - 1; p >= lo && c-p <= 4; p-- {
		if a.is(p, be) {
			return true
		}
		if !a.is(p, aux|adverb|negation) {
			return false
		}
	}
	return false
}

// agent finds the agent of the passive verb at c.
func (a *analysis) agent(c, hi int) source {
	for t := c + 1; t < hi && t < c+10; t++ {
		if a.is(t, agentWord) {
			return a.sourceAfter(t+1, hi)
		}
	}
	return nobody
}
