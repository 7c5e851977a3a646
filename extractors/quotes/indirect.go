package quotes

import (
	"context"
	"strings"

	nutgrafv1 "example.invalid/nutgraf/gen/go/nutgraf/v1"
	"example.invalid/nutgraf/internal/text"
)

// reported finds the indirect quotations: statements without marks that
// somebody is said to have made.
func (a *analysis) reported(ctx context.Context, marked []found, budget int) []found {
	var out []found
	a.spoke = nobody
	next := 0
	for _, s := range a.Sentences {
		for ; next < len(marked) && marked[next].first < s.First; next++ {
			if src := marked[next].attribution.source; src.last > src.first && src.last > a.spoke.last {
				a.spoke = src
			}
		}
		if len(out) >= budget || ctx.Err() != nil {
			break
		}
		out = a.reportsIn(out, s.First, s.Last)
	}
	return out
}

// reportsIn appends the indirect quotations of the sentence [first, last).
func (a *analysis) reportsIn(out []found, first, last int) []found {
	covered := first // end of the last content
	before := len(out)
	relay := -1
	for c := first; c < last; c++ {
		if !a.is(c, sayVerb|according) || a.mentionAt[c] != 0 || c < covered && covered > first {
			continue
		}
		if a.is(c, quoted|spent) {
			continue
		}
		if a.is(c, according) {
			if !a.ascribes(c) {
				continue
			}
			if q, end, ok := a.accordingTo(c, first, last); ok {
				if n := len(out); n > before && q.spans[0][0] < out[n-1].spans[0][1] {
					covered = end
					continue // tells only who relays the report before
				}
				if c == first {
					relay = len(out)
				}
				out = append(out, q)
				if c != first {
					covered = end
				}
			}
			continue
		}
		if !a.verb(c, first) {
			continue
		}
		lo := first
		if covered > first {
			lo = covered
		}
		q, end, ok := a.report(c, lo, first, last)
		if !ok {
			continue
		}
		if !q.attribution.source.found() && len(out) > before {
			q.attribution.source = out[len(out)-1].attribution.source
			q.attribution.source.confidence *= 0.8
		}
		if s := q.attribution.source; !s.found() || s.entity < 0 && s.last > s.first && a.is(s.last-1, evidence) || a.studied(c, first, s) {
			continue
		}
		if relay >= 0 {
			// "According to the Herald, Roe said …" is Roe's.
			out = append(out[:relay], out[relay+1:]...)
			relay = -1
		}
		out = append(out, q)
		covered = end
		if s := q.attribution.source; s.last > s.first {
			a.spoke = s
		}
	}
	return out
}

// studied reports whether the verb at c, whose source is s, says what a study shows, not what somebody says.
func (a *analysis) studied(c, lo int, s source) bool {
	if !a.is(c, shows) {
		return false
	}
	p := c - 1
	for p > lo && a.filler(p) {
		p--
	}
	if s.entity < 0 {
		for p = s.first; p+1 < s.last && !a.is(p+1, preposition); {
			p++
		}
	}
	return a.is(c, gerund) || a.is(p, study) && !a.is(a.phraseStart(p, lo)-1, preposition)
}

// verb reports whether the word at c, which can be a verb of speech, is one
// here: not a noun, an infinitive or an agentless passive.
func (a *analysis) verb(c, lo int) bool {
	if c == lo {
		return a.is(c, gerund)
	}
	p := c - 1
	if a.is(c, gerund) {
		for p > lo && (a.is(p, adverb) || a.is(p, join)) {
			p--
		}
		if a.punctuation(p, ",—–(") || a.is(c, sayVerb) && (a.is(p, paper|venue) || a.is(c, tellVerb) && !a.is(p, article|determiner|preposition|be)) && !a.is(c, bareVerb|noun) {
			return true // "issued a statement saying the plan was dead", "has spent years telling anyone that …"
		}
		for ; p >= lo && c-p < 12; p-- {
			if a.is(p, withWord) {
				return true
			}
		}
		return false
	}
	if a.is(c, capital) && a.layer != nutgrafv1.Layer_LAYER_TITLE || a.is(c, noun) && !a.verbal(c, lo) {
		return false
	}
	if a.is(p, article|determiner|preposition) && !a.is(p, pronoun|infinitive) && !(a.is(p, determiner) && !a.is(c, base|noun) && !a.ends(c, a.lex.pasts) && a.is(p-1, preposition)) || a.possessive(p) ||
		a.is(p, asWord) && a.ends(c, a.lex.pasts) {
		return false // but "the mother of three says"
	}
	if a.is(p, infinitive) {
		// "went on to say", "declined to say"
		return a.is(p-1, negation) || a.is(p-1, goesOn)
	}
	if a.is(c, base) && !a.is(p, aux|negation|plural|first|join) {
		for p > lo && a.is(p, adverb) {
			p--
		}
		if a.is(p, join) {
			return false
		}
		// "officials say", not "the home state"
		if !a.is(p, aux|negation|plural|first) && !a.ends(p, a.lex.plurals) && a.several(c, lo) < 0 {
			if m, ok := a.at(p); !ok || m.last-m.first < 3 {
				return false
			}
		}
	}
	if a.is(c, base) && a.is(p, join) && a.bareForm(p, lo) {
		return false
	}
	return !a.passive(c, lo)
}

// several returns the head of the subject of the bare form at c, where it is a plural further left: residents of Port Elwin
// and Moss say, customers that spoke to us say. It is -1 where there is none, and the token before where two names stand there.
func (a *analysis) several(c, lo int) int {
	p := c - 1
	if a.punctuation(p, ",") {
		if !a.commaIn(max(lo, p-12), p) {
			return -1
		}
		p-- // "Roe, and other critics of the law, claim"
	}
	if p < lo || a.Tokens[p].Kind != text.Word || a.is(c, noun) && !a.is(c+1, that|pronoun|article) {
		return -1
	}
	start := p
	for start > lo && p-start < 24 && !a.punctuation(start-1, ";:—–"+stops) && !a.is(start-1, quoted|opener|closer|whether) &&
		!(a.is(start-1, that) && !a.is(start, finite|aux|cue) && !a.ends(start, a.lex.pasts)) {
		start--
	}
	for t := start; t < p; t++ {
		if a.ends(t, a.lex.plurals) && !a.is(t, aux|finite|genitive|adverb|pronoun|preposition) {
			if a.is(t+1, preposition|who|which|pronoun) && !a.is(t+1, infinitive) || a.ends(t+1, a.lex.participles) {
				return t
			}
			break
		}
		if a.is(t, aux|finite|cue) && !a.is(t, noun) {
			break
		}
	}
	if m, ok := a.at(p); ok && a.is(m.first-1, and) {
		return p
	}
	return -1
}

// bareForm reports whether the verb that the conjunction at token p joins has no subject of its own, as the one before has
// none: the town will close its school and report …
func (a *analysis) bareForm(p, lo int) bool {
	for t := p - 1; t > lo && p-t < 14; t-- {
		if a.is(t, modal) && a.mentionAt[t] == 0 {
			return !a.is(t+1, article|determiner|quoted) && a.mentionAt[t+1] == 0
		}
		if a.punctuation(t, ";:"+stops) {
			break
		}
	}
	return false
}

// report reads the statement that the verb at c reports.
func (a *analysis) report(c, lo, first, last int) (found, int, bool) {
	t := attribution{cueFirst: c, cueLast: c + 1, source: nobody, addressee: a.addressee(c)}
	for p := c - 1; p >= lo && (a.is(p, aux|negation|adverb) || a.is(p, infinitive) || a.is(p, goesOn)) && a.mentionAt[p] == 0; p-- {
		if a.is(p, negation) {
			t.negated = true
		}
		if a.is(p, aux|negation) {
			t.cueFirst = p
		}
	}
	switch {
	case a.is(c, gerund):
		t.source = a.subjectOfGerund(c, first)
	default:
		t.source = a.subjectBefore(t.cueFirst, lo)
		if p := t.cueFirst - 1; a.is(c, base) && !a.is(p, pronoun) && !a.ends(p, a.lex.plurals) && a.mentionAt[max(p, 0)] != 0 {
			if head := a.several(c, lo); head >= 0 && head < p {
				t.source = a.group(a.phraseStart(head, lo), head+1, lo)
			}
		}
		if !t.source.found() && lo > first {
			// Coordinated: "… and claim she has".
			p := t.cueFirst - 1
			for p > lo && a.is(p, adverb) {
				p--
			}
			if !a.is(p, join) {
				return found{}, 0, false
			}
		} else if !t.source.found() && a.is(c, base) && a.is(t.cueFirst-1, join) {
			return found{}, 0, false // "encouraged to come and say what …"
		} else if !t.source.found() {
			t.source = a.sentenceSubject(first, t.cueFirst)
		}
	}
	start, sure, ok := a.complement(c, last)
	if ok && !sure && !a.is(c, gerund) && a.inverted(c, last) {
		t.addressee = -1
		if q, end, ok := a.trailing(c, t, first, last); ok {
			return q, end, ok
		}
	}
	if a.is(c, thatOnly) && !sure {
		return found{}, 0, false
	}
	if a.lex.capitalNouns && !sure && a.punctuation(c+1, ",") && c+2 < last && !a.is(c+2, opener|quoted|whether) {
		start, sure, ok = c+2, true, true // German sets a comma and no "dass"
	}
	if !a.lex.bareClauses && !sure || !ok && a.is(c, gerund) {
		return found{}, 0, false
	}
	if !ok {
		return a.trailing(c, t, first, last)
	}
	if t.negated && !a.is(start-1, that) {
		if !a.is(start, whether) {
			return found{}, 0, false
		}
	} else if a.is(start, whether) && !sure && !a.is(start, content) {
		return found{}, 0, false
	}
	end := a.contentEnd(start, last)
	clause := end
	if a.is(c, bareVerb) && !a.is(start, preposition) {
		for clause = start; clause < end && !(a.punctuation(clause, ",") && (clause+1 == end || a.mentionAt[clause+1] == 0)); {
			clause++ // but through a list of names
		}
	}
	if !sure && a.is(start, according) && a.ascribes(start) {
		return a.trailing(c, t, first, last) // "…, he said according to a transcript"
	}
	if !sure && a.is(start, who|which) && !a.is(start, that) && a.is(start+1, finite|aux) {
		return found{}, 0, false // "the pledges which have failed"
	}
	if !sure && a.is(c, bareVerb) && a.ends(start, a.lex.participles) && !a.is(start, preposition) {
		return found{}, 0, false // "reported feeling better"
	}
	if !sure && !a.is(start, whether) && !a.finiteClause(start, clause, a.is(c, bareVerb)) {
		if m, ok := a.at(c + 1); ok || a.is(c+1, article) {
			if !ok {
				m, ok = a.at(c + 2)
			}
			if ok && a.punctuation(c-1, ",") && a.speaks(m.entity) && (m.last >= last || a.punctuation(m.last, stops)) && !a.is(c, gerund|base) {
				return a.trailing(c, t, first, last) // "…, reported the Herald."
			}
		}
		return found{}, 0, false
	}
	confidence := float32(0.9)
	if !sure {
		confidence = 0.7
	}
	return a.content(start, end, confidence, t)
}

// inverted reports whether the subject of the verb at c, behind a comma, stands after it and nothing else does that
// could be reported: …, said Jane Roe, an engineer at Acme who has seen the plans.
func (a *analysis) inverted(c, last int) bool {
	if !a.punctuation(c-1, ",") || a.is(c+1, timeWord|preposition|adverb|pronoun) {
		return false
	}
	src := a.sourceAfter(c+1, last)
	if src.entity < 0 || !a.person(src.entity) || a.is(c, noun) && src.first != c+1 ||
		src.last < last && !a.punctuation(src.last, ",—–("+stops) && !a.is(src.last, preposition|join) {
		return false
	}
	for t := c + 1; t < last; t++ {
		if a.mentionAt[t] != 0 {
			continue
		}
		if a.is(t, who|which|whether|join) && !a.is(t, and) {
			return true
		}
		if a.is(t, finite|aux|pronoun) && !a.is(t, capital) && !a.possessive(t) {
			return false
		}
	}
	return true
}

// complement finds the first token of the clause that the verb at c governs,
// and whether "that" says so.
func (a *analysis) complement(c, last int) (start int, sure, ok bool) {
	j := c + 1
	if a.is(c, tellVerb) {
		j = a.hearer(j, last)
		for k := j; k < last && k < j+5 && !a.is(k, that|finite|aux) && a.Tokens[k].Kind == text.Word; k++ {
			if a.is(k, infinitive) {
				return 0, false, false // "told airlines not to buy"
			}
		}
	}
	comma := false
	for j < last {
		switch {
		case a.is(j, opener|quoted):
			return 0, false, false
		case a.is(j, that) && !a.possessive(j+1):
			if j++; a.punctuation(j, ",") {
				j++
			}
			return j, true, j < last && !a.is(j, opener|quoted)
		case a.mentionAt[j] != 0 && !(a.is(j, timeWord) && !a.is(j+1, finite|aux)):
			return j, false, true
		case a.punctuation(j, ",") && a.is(j+1, that): // German sets one
			j++
		case a.punctuation(j, ":") && !comma:
			comma = true
			j++
		case a.punctuation(j, ",") && !comma && (a.is(c, tellVerb) && j > c+1 || a.is(c+1, preposition)):
			comma = true
			j++
		case a.is(j, timeWord) && !comma && !a.possessive(j+1) || a.is(j, adverb) && !a.is(j, pronoun|determiner) &&
			(!a.is(j+1, article|determiner) || a.is(j+1, that) && !a.is(j+3, preposition|asWord) && a.finiteClause(j+2, last, false)):
			j++
		case a.punctuation(j, ",") && j == c+1 && a.parenthesis(j, last):
			return j + 1, false, true // "She said, apart from the price, the plan was sound"
		case a.is(j, preposition) && !comma:
			if a.counted(j, last) {
				return j, false, true // "said about 40 people died"
			}
			if k := a.circumstance(j, last); k > j {
				if a.punctuation(k, ",") && a.Tokens[k-1].Kind == text.Number && a.is(c, sayVerb) {
					return j, false, true // "estimated by 2050, the sea would …"
				}
				j = k
				continue
			}
			if k, found := a.laterThat(j, last); found && a.is(j, occasion) && (!a.is(c, bareVerb) || k <= j+3) && !a.is(k-2, fact) {
				return k, true, true
			}
			if a.clauseFollows(j, last) {
				return j, false, true
			}
			return 0, false, false
		case a.Tokens[j].Kind == text.Punctuation && !a.punctuation(j, "[("):
			return 0, false, false
		case a.is(j, infinitive), a.is(j, negation) && a.is(j+1, infinitive), a.is(j, gerund), a.is(j, noClause):
			return 0, false, false
		default:
			return j, false, true
		}
	}
	return 0, false, false
}

// hearer skips the hearer of "told": a name, a pronoun or a short noun phrase.
func (a *analysis) hearer(j, last int) int {
	if m, ok := a.at(j); ok {
		return m.last
	}
	if k := a.capitals(j, last); k > j && k < last {
		for t := k; t < last && t < k+5 && !a.is(t, finite|aux); t++ {
			if a.is(t, that) {
				return t
			}
		}
		return k
	}
	if a.is(j, hearers) {
		return j + 1
	}
	for k := j; k < last && k < j+8; k++ {
		if a.is(k, that) || a.punctuation(k, ",:") || a.is(k, opener) || k > j && a.personal(k) && a.ends(k-1, a.lex.plurals) {
			return k
		}
		if m, ok := a.at(k); ok {
			if a.is(m.last, finite|aux|cue|opener|pronoun) || a.Tokens[min(m.last, last-1)].Kind == text.Word {
				return m.last
			}
			k = m.last - 1
		}
	}
	if a.is(j, article|determiner) {
		return min(j+2, last)
	}
	return j
}

// capitals skips a name that no entity is known by, such as that of a paper: Rest of World.
func (a *analysis) capitals(j, last int) int {
	first := j
	if a.is(j, article) {
		first++
	}
	k := first
	for k < last && a.mentionAt[k] == 0 && (a.is(k, capital) && !a.is(k, pronoun) || k > first && a.is(k, inTitle|and) && a.is(k+1, capital)) {
		k++
	}
	if k == first {
		return j
	}
	return k
}

// circumstance skips "on Friday", "in a statement", "at a news conference".
func (a *analysis) circumstance(j, last int) int {
	for k := j + 1; k < last && k <= j+6; k++ {
		if a.is(k, timeWord|venue) || a.Tokens[k].Kind == text.Number {
			for k+1 < last && (a.is(k+1, timeWord|venue) || a.Tokens[k+1].Kind == text.Number) {
				k++
			}
			return k + 1
		}
		if a.Tokens[k].Kind == text.Punctuation || a.is(k, finite|aux|that) {
			break
		}
	}
	return j
}

// counted reports whether the preposition at j goes with the number of what a noun phrase counts: about 40 people, at least 12
// homes; not in 2019, on 15 August.
func (a *analysis) counted(j, last int) bool {
	n := j + 1
	if n+2 < last && a.Tokens[n].Kind == text.Word && !a.is(n, timeWord|venue|article|determiner) && a.mentionAt[n] == 0 {
		n++
	}
	if n+1 >= last || a.Tokens[n].Kind != text.Number || a.Tokens[n+1].Kind != text.Word || a.mentionAt[n] != 0 || a.mentionAt[n+1] != 0 {
		return false
	}
	return !a.is(n+1, timeWord|venue|article|determiner|pronoun|that|aux|finite|preposition|join|capital)
}

// clauseFollows reports whether a subject and its verb stand right behind the prepositional phrase at j: said during the
// storm Roe had left.
func (a *analysis) clauseFollows(j, last int) bool {
	if !a.is(j, occasion) || a.is(j, infinitive|withWord) {
		return false
	}
	for k := j + 2; k < last && k <= j+5; k++ {
		if a.Tokens[k].Kind != text.Word || a.is(k, opener|quoted|finite|aux|that) && a.mentionAt[k] == 0 {
			return false
		}
		if m, ok := a.at(k); ok && m.first == k && a.mentionAt[k-1] == 0 && !a.is(k-1, preposition|article|join) && !a.possessive(k-1) {
			return a.is(m.last, finite|aux) || a.ends(m.last, a.lex.pasts)
		}
	}
	return false
}

// parenthesis reports whether a short adverbial between commas starts at the comma at j and a clause stands behind it.
func (a *analysis) parenthesis(j, last int) bool {
	if a.mentionAt[min(j+1, last-1)] != 0 || a.is(j+1, article|pronoun|and|who|which|gerund|opener|according) {
		return false
	}
	for k := j + 1; k < last && k <= j+9; k++ {
		if a.punctuation(k, ",") {
			return k+3 < last && k > j+1 && a.finiteClause(k+1, last, true)
		}
		if a.Tokens[k].Kind == text.Punctuation || a.is(k, finite|aux|cue|quoted) && a.mentionAt[k] == 0 {
			return false
		}
	}
	return false
}

// laterThat finds a "that" behind a prepositional phrase.
func (a *analysis) laterThat(j, last int) (int, bool) {
	for k := j + 1; k < last && k <= j+14; k++ {
		if a.is(k, that) {
			return k + 1, k+1 < last && !a.is(k+1, opener)
		}
		if a.is(k, opener|quoted) || a.punctuation(k, stops+";:") {
			break
		}
	}
	return 0, false
}

// maxReports bounds the verbs of speech looked at for the end of a reported clause.
const maxReports = 12

// contentEnd finds where a reported clause that starts at start ends: at the
// end of the sentence, or before the clause of the next verb of speech.
func (a *analysis) contentEnd(start, last int) int {
	examined := 0
	for c := start + 1; c < last && examined < maxReports; c++ {
		if a.is(c, quoted|opener) {
			continue
		}
		if a.punctuation(c, ";") {
			return c
		}
		if !a.is(c, cue|according) || a.mentionAt[c] != 0 {
			continue
		}
		if a.is(c, according) {
			if a.ascribes(c) && a.punctuation(c-1, ",") {
				return c - 1
			}
			continue
		}
		if a.is(c, gerund) {
			b := c - 1
			for b > start && (a.is(b, adverb) || a.is(b, join)) {
				b--
			}
			if a.punctuation(b, ",") && (a.is(c, sayVerb) || a.leadsToMarks(c, last)) {
				return b
			}
			continue
		}
		examined++
		if !a.is(c, sayVerb) || !a.verb(c, start) {
			continue
		}
		b := c - 1
		for b > start && a.filler(b) {
			b--
		}
		if a.is(b, join) && !a.is(b, pronoun) {
			if a.punctuation(b-1, ",") {
				b--
			}
			if _, _, ok := a.complement(c, last); ok || a.is(c+1, opener) {
				return b
			}
			continue
		}
		s := a.subjectBefore(c, start)
		if !s.found() || a.is(b, who) {
			continue
		}
		b = s.first - 1
		for n := 0; b > start && n < 10; n++ {
			if a.punctuation(b, ",;—–") || a.is(b, join) && !a.is(b, pronoun|whether) || a.is(b, preposition) {
				break
			}
			b--
		}
		if b <= start {
			continue
		}
		if a.punctuation(b, ",;—–") {
			if _, _, ok := a.complement(c, last); ok || a.is(c+1, opener) || a.punctuation(c+1, ",:") {
				return b
			}
			continue
		}
		if a.is(b, join) {
			if a.punctuation(b-1, ",") {
				return b - 1
			}
			if _, sure, ok := a.complement(c, last); ok && sure && !a.is(b, asWord) {
				return b
			}
		}
	}
	return last
}

// leadsToMarks reports whether a quotation opens in what the verb at c governs.
func (a *analysis) leadsToMarks(c, last int) bool {
	for t := c + 1; t < last && t < c+12 && !a.punctuation(t, ",;"); t++ {
		if a.is(t, opener) {
			return true
		}
	}
	return false
}

// finiteClause reports whether tokens [start, end) look like a clause rather
// than a noun phrase; strict for verbs that often take one.
func (a *analysis) finiteClause(start, end int, strict bool) bool {
	if a.is(start, pronoun) && !a.is(start, determiner) {
		return end-start >= 3
	}
	if a.is(start, determiner) && a.is(start+1, preposition) && (strict || a.is(start, pronoun)) {
		return false
	}
	words := 0
	for i := start; i < end; i++ {
		if a.mentionAt[i] != 0 || a.is(i, quoted) {
			words++
			continue
		}
		if a.Tokens[i].Kind != text.Word {
			continue
		}
		if a.possessive(i) {
			continue
		}
		if i > start && a.is(i, finite|aux) && !a.is(i, nonfinite) && !a.is(i-1, article) &&
			!(a.Tokens[i-1].Kind == text.Number && !a.is(i, aux) && a.ends(i, a.lex.plurals)) { // "claimed 15 lives"
			return true
		}
		if i > start && a.ends(i, a.lex.pasts) && a.Tokens[i-1].Kind != text.Number && !a.is(i-1, article|determiner|preposition|join) &&
			!(a.is(i+1, preposition) && strict) {
			return true
		}
		if strict && i > start && a.is(i, that|whether|join|infinitive) && !a.is(i, and) {
			return false
		}
		words++
	}
	return !strict && words >= 5
}

// content makes a quotation of tokens [start, end), unless quotation marks
// inside it are quotations themselves.
func (a *analysis) content(start, end int, confidence float32, t attribution) (found, int, bool) {
	start = a.behindDateline(start, end)
	for start < end && a.Tokens[start].Kind == text.Punctuation && !a.punctuation(start, "[($") {
		start++
	}
	stop := end
	for stop > start && (a.Tokens[stop-1].Kind == text.Punctuation && !a.punctuation(stop-1, ")]") || a.is(stop-1, join) && !a.is(stop-1, preposition)) {
		stop--
	}
	words := 0
	for i := start; i < stop; i++ {
		if a.Tokens[i].Kind == text.Word {
			words++
		}
		if a.is(i, opener) && a.taken(i) {
			for i > start && !a.punctuation(i, ",:;") {
				i--
			}
			stop = i
			if words < 4 {
				return found{}, 0, false
			}
			break
		}
	}
	if stop > start && a.punctuation(stop-1, ")") && !a.opened(start, stop) {
		for stop > start && a.Tokens[stop-1].Kind == text.Punctuation {
			stop-- // the whole sentence stands in parentheses
		}
	}
	if words < 2 || stop <= start {
		return found{}, 0, false
	}
	if unbalanced(a.Text[a.Tokens[start].Start:a.Tokens[stop-1].End]) {
		for t := stop; t < end; t++ {
			if a.punctuation(t, "”\"") {
				stop = t + 1
				break
			}
		}
	}
	return found{
		kind: indirect, spans: [][2]int{{int(a.Tokens[start].Start), int(a.Tokens[stop-1].End)}}, first: start,
		confidence: confidence, attribution: t, continues: -1,
	}, end, true
}

// opened reports whether a parenthesis opens in tokens [lo, hi).
func (a *analysis) opened(lo, hi int) bool {
	for t := lo; t < hi; t++ {
		if a.punctuation(t, "(") {
			return true
		}
	}
	return false
}

// behindDateline returns the token behind the dateline that a sentence starts with, or start: PORT ELWIN, May 3 (KNA) — …
func (a *analysis) behindDateline(start, end int) int {
	if start != a.Sentences[a.sentenceOf(start)].First {
		return start
	}
	for t := start; t < end && t < start+14; t++ {
		switch {
		case t > start && a.punctuation(t, "—–-") && !a.Joined(t):
			return t + 1
		case a.is(t, capital) && (t > start+1 || strings.ToUpper(a.word(t)) == a.word(t)), a.Tokens[t].Kind == text.Number, a.punctuation(t, ",.()/"):
		default:
			return start
		}
	}
	return start
}

// unbalanced reports whether s opens a quotation that it does not close.
func unbalanced(s string) bool {
	return strings.Count(s, "“") > strings.Count(s, "”") || strings.Count(s, `"`)%2 == 1
}

// taken reports whether the stretch that opens at token i was found to be a quotation.
func (a *analysis) taken(i int) bool {
	at := int(a.Tokens[i].Start)
	lo, hi := 0, len(a.stretches)
	for lo < hi {
		mid := (lo + hi) / 2
		if a.stretches[mid].open < at {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	return lo < len(a.stretches) && a.kept[lo]
}

// trailing reads a statement with its attribution behind it:
// The plant will close, a spokesman said.
func (a *analysis) trailing(c int, t attribution, first, last int) (found, int, bool) {
	after := c + 1
	for after < last {
		if k := a.circumstance(after, last); a.is(after, preposition) && k > after {
			after = k
		} else if a.is(after, timeWord|adverb) {
			after++
		} else {
			break
		}
	}
	if a.is(c, tellVerb) {
		after = a.hearer(after, last)
	}
	ends := after >= last || a.punctuation(after, stops+",;") || a.circumstantial(after, last) || a.ascribes(after)
	src := t.source
	var comma int
	if a.punctuation(c-1, ",") && !ends {
		src = a.sourceAfter(c+1, last)
		comma = c - 1
		if !src.found() || !a.inverted(c, last) && !a.closing(src.last, min(last, src.last+8)) {
			return found{}, 0, false
		}
	} else {
		if !ends || !src.found() || src.last == 0 {
			return found{}, 0, false
		}
		comma = src.first - 1
		for n := 0; comma > first && n < 8 && !a.punctuation(comma, ","); n++ {
			comma--
		}
		if !a.punctuation(comma, ",") || a.is(comma+1, which|who) {
			return found{}, 0, false
		}
	}
	t.source = src
	if a.punctuation(after, ",") && (a.is(comma-1, that|join) || comma == first) {
		// "where, Roe said, the plant had closed"
		return a.content(after+1, a.contentEnd(after+1, last), 0.75, t)
	}
	if a.punctuation(after, ",") && a.is(after+1, be) && a.is(after+2, that) { // "What hurts most, they say, is that the plant closed"
		return a.content(after+3, a.contentEnd(after+3, last), 0.75, t)
	}
	lead := first // the statement without the word that joins it to the one before
	if a.is(lead, and) || a.is(lead, join) && !a.subordinate(lead) {
		lead++
	}
	if comma-first < 4 || a.is(first, opener|quoted) || a.subordinate(first) && !a.commaIn(first, comma) || a.adverbial(lead) && !a.finiteClause(lead, comma, true) {
		if a.punctuation(after, ",") && last-after > 4 && a.finiteClause(after+1, last, false) {
			return a.content(after+1, a.contentEnd(after+1, last), 0.6, t)
		}
		return found{}, 0, false
	}
	for i := first; i < comma; i++ {
		if a.is(i, opener) && a.taken(i) {
			return found{}, 0, false
		}
	}
	if _, ok := a.clause(first, comma); !ok {
		return found{}, 0, false
	}
	q, _, ok := a.content(first, comma, 0.75, t)
	return q, last, ok
}

// commaIn reports whether a comma stands in tokens [lo, hi).
func (a *analysis) commaIn(lo, hi int) bool {
	for t := lo; t < hi; t++ {
		if a.punctuation(t, ",") {
			return true
		}
	}
	return false
}

// subordinate reports whether a clause that starts at token i cannot stand alone.
func (a *analysis) subordinate(i int) bool {
	return a.is(i, join) && !a.is(i, preposition|and|pronoun|who|which|whether|coordinating)
}

// circumstantial reports whether tokens [i, last) say no more than where, when or to whom something was said.
func (a *analysis) circumstantial(i, last int) bool {
	if !a.is(i, occasion) || a.is(i, infinitive) || last-i > 14 {
		return false
	}
	for t := i + 1; t < last; t++ {
		if a.mentionAt[t] == 0 && (a.is(t, finite|aux|cue|that|join|quoted|opener|pronoun) && !a.is(t, venue|noun|determiner) || a.punctuation(t, ",;:—–")) {
			return false
		}
	}
	return true
}

// accordingTo reads the statement that "according to" at c ascribes.
func (a *analysis) accordingTo(c, first, last int) (found, int, bool) {
	t := attribution{cueFirst: c, cueLast: a.sourceStart(c), addressee: -1}
	t.source = a.sourceAfter(t.cueLast, last)
	if !t.source.found() {
		return found{}, 0, false
	}
	if c == first || a.punctuation(c-1, ",—–") && a.is(c-2, join|that) && !a.is(c-2, preposition) {
		start := a.afterSource(t.source, c, last)
		if start >= last {
			return found{}, 0, false
		}
		end := a.contentEnd(start, last)
		if c > first && a.is(c-2, join) {
			for i := start; i < end; i++ { // "which, according to the Herald, fell, has …"
				if a.punctuation(i, ",") {
					end = i
				}
			}
		}
		for i := start; i < end; i++ {
			if a.is(i, opener) && a.taken(i) {
				return found{}, 0, false
			}
		}
		return a.content(start, end, 0.85, t)
	}
	end := c
	if a.punctuation(c-1, ",—–") {
		end--
	} else if !a.lex.bareClauses {
		return found{}, 0, false // in the middle of its clause
	}
	for i := first; i < end; i++ {
		if a.is(i, opener) && a.taken(i) {
			return found{}, 0, false
		}
	}
	if _, clause := a.clause(first, end); !clause && end < c {
		if start := a.afterSource(t.source, c, last); a.punctuation(start-1, ",") && last-start > 3 && !a.is(start, cue|finite|aux) { // "Years ago, according to Roe, …"
			if q, end, ok := a.content(start, a.contentEnd(start, last), 0.7, t); ok {
				return q, end, ok
			}
		}
	}
	if end-first < 3 {
		return found{}, 0, false
	}
	q, _, ok := a.content(first, end, 0.85, t)
	return q, last, ok
}

// afterSource finds where the statement after "according to SOURCE," starts,
// behind an apposition.
func (a *analysis) afterSource(s source, c, last int) int {
	comma := max(s.last, a.sourceStart(c))
	for comma < last && !a.punctuation(comma, ",") && comma-s.last < 14 {
		comma++
	}
	if !a.punctuation(comma, ",") {
		return s.last
	}
	next := comma + 1
	for next < last && !a.punctuation(next, ",") {
		next++
	}
	if next == comma+2 && a.Tokens[comma+1].Kind == text.Number {
		return next + 1 // the age
	}
	if next < last-2 && next-comma <= 9 && !a.finiteClause(comma+1, next, true) && !a.is(comma+1, pronoun|preposition|join|timeWord) {
		if m, ok := a.at(comma + 1); ok && a.person(m.entity) && m.last == next || a.is(comma+1, article) && s.entity >= 0 || a.is(comma+1, join) {
			return next + 1
		}
	}
	return comma + 1
}
