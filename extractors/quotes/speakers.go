package quotes

import (
	"sort"
	"strings"

	"example.invalid/nutgraf/internal/text"
)

// maxClause bounds how far from its cue a subject is looked for, in tokens.
const maxClause = 60

// filler reports whether token i can stand between a subject and its verb.
func (a *analysis) filler(i int) bool {
	if a.mentionAt[i] != 0 {
		return false
	}
	return a.is(i, aux|negation|adverb) || a.ends(i, a.lex.adverbs)
}

// subjectBefore finds the subject of the verb at token c, no further left than lo.
func (a *analysis) subjectBefore(c, lo int) source {
	lo = max(lo, c-maxClause)
	p := c - 1
	for p >= lo && a.filler(p) {
		p--
	}
	// "Roe on Wednesday said", "Roe has over the past few months said"
	if p-1 >= lo && a.is(p, timeWord) && a.mentionAt[p] == 0 {
		q := p - 1
		for q > lo && p-q < 5 && a.Tokens[q].Kind == text.Word && !a.is(q, preposition|cue) && a.mentionAt[q] == 0 {
			q--
		}
		if a.is(q, preposition) {
			p = q - 1
		} else {
			p--
		}
		for p > lo && a.is(p, timeWord) && a.mentionAt[p] == 0 {
			p-- // "last year"
		}
	}
	for p >= lo && a.filler(p) {
		p--
	}
	if p < lo || a.is(p, quoted|opener|closer) {
		return nobody
	}
	if a.punctuation(p, ",)—–-") {
		return a.subjectAcross(p, lo)
	}
	if a.is(p, who) {
		for t := p - 1; t >= lo && p-t < 25; t-- {
			if m, ok := a.at(t); ok && a.person(m.entity) && !a.is(t, quoted) {
				return source{first: m.first, last: m.last, entity: m.entity, confidence: 0.8}
			}
		}
		if a.punctuation(p-1, ",") {
			p--
		}
		if start := a.phraseStart(p-1, lo); a.ends(p-1, a.lex.plurals) && a.is(start-1, preposition) && !a.is(start-1, inTitle) {
			return a.group(start, p, lo) // "under fire from five villages who say"
		}
		return a.phraseEnding(p-1, lo)
	}
	if a.is(p, join|that) && !a.is(p, pronoun) {
		if a.is(p, which) {
			if s := a.antecedent(p, lo); s.found() {
				return s
			}
			return a.sentenceSubject(lo, p)
		}
		return nobody
	}
	for t := p - 1; t > lo && p-t < 14 && a.Tokens[t].Kind == text.Word && !a.is(t, join); t-- {
		if next := t - 1; a.is(next, who) && a.mentionAt[next] == 0 && next > lo && a.Tokens[next-1].Kind == text.Word && a.mentionAt[t] == 0 && !a.is(t, article|determiner|pronoun|preposition) {
			return a.phraseEnding(next-1, lo) // "the officer who made the arrest said"
		}
	}
	return a.coordinated(a.phraseEnding(p, lo), lo)
}

// coordinated widens a source to both of two that speak as one, as printed: Acme and the Port Herald said. What is coordinated
// must begin its clause.
func (a *analysis) coordinated(s source, lo int) source {
	t := s.first - 1
	for t > lo && a.is(t, article) {
		t--
	}
	if s.last <= s.first || a.is(s.first, pronoun) || t-1 < lo || !a.is(t, and) || t == s.first-1 && a.is(s.first, determiner) {
		return s
	}
	var start int
	if m, ok := a.at(t - 1); ok {
		if s.entity < 0 || m.entity == s.entity || a.kind(m.entity) != a.kind(s.entity) {
			return s
		}
		start = m.first
	} else {
		if s.entity >= 0 || !a.ends(t-1, a.lex.plurals) || !a.ends(s.last-1, a.lex.plurals) {
			return s
		}
		start = a.phraseStart(t-1, lo)
	}
	b := start - 1
	for b >= lo && a.is(b, article|adverb) {
		b--
	}
	if b >= lo && !a.is(b, join) && !a.punctuation(b, ",;:—–") || s.last-start > 16 {
		return s
	}
	for start < s.first && a.is(start, article) {
		start++
	}
	return source{first: start, last: s.last, entity: -1, confidence: 0.7}
}

// antecedent finds the organisation that "which" at token p goes back to: backed by Acme, a firm which said.
func (a *analysis) antecedent(p, lo int) source {
	if a.punctuation(p-1, ",") {
		p--
	}
	m, ok := a.at(p - 1)
	if !ok {
		start := a.phraseStart(p-1, lo)
		if !a.punctuation(start-1, ",") {
			return nobody
		}
		if m, ok = a.at(start - 2); !ok {
			return nobody
		}
	}
	if a.kind(m.entity) != organizationKind || m.first < lo {
		return nobody
	}
	return source{first: m.first, last: m.last, entity: m.entity, confidence: 0.7}
}

// institution finds the organisation named before whose name has the noun at token head: the ministry.
func (a *analysis) institution(head int) source {
	last := sort.Search(len(a.mentions), func(i int) bool { return a.mentions[i].first >= head }) - 1
	for i := last; i >= 0 && last-i < 60; i-- {
		m := a.mentions[i]
		if a.kind(m.entity) != organizationKind {
			continue
		}
		for t := m.first; t < m.last; t++ {
			if a.Tokens[t].Form == a.Tokens[head].Form {
				return source{first: head, last: head + 1, entity: m.entity, confidence: 0.6}
			}
		}
	}
	return nobody
}

// holds reports whether a description by tokens [first, head] goes with the offices of a person, if any are known.
func (a *analysis) holds(entity, first, head int) bool {
	roles, noun := a.entities[entity].GetRoles(), a.word(head)
next:
	for _, r := range roles {
		title := r.GetTitle()
		if len(title) < len(noun) || !strings.EqualFold(title[len(title)-len(noun):], noun) {
			continue
		}
		for t := first; t < head; t++ {
			if !strings.Contains(title, a.word(t)) {
				continue next
			}
		}
		return true
	}
	return len(roles) == 0
}

// phraseEnding reads the noun phrase whose last token is p.
func (a *analysis) phraseEnding(p, lo int) source {
	for p > lo && a.is(p, adverb) && !a.is(p, pronoun|determiner) && a.mentionAt[p] == 0 {
		p--
	}
	end := p + 1
	for range 4 {
		if p < lo || a.Tokens[p].Kind == text.Punctuation {
			return nobody
		}
		start := p
		if a.personal(p) {
			return a.resolve(p)
		}
		if m, ok := a.at(p); ok {
			if !a.speaks(m.entity) {
				return nobody
			}
			start = m.first
			if b := m.first - 1; b > lo && a.is(b, agentWord) {
				for t := b - 1; t > lo && b-t < 16 && !a.punctuation(t, ",;"); t-- {
					if a.is(t, who) && a.is(t+1, aux) { // "a woman who was hit by Roe has said"
						return a.group(a.phraseStart(t-1, lo), t, lo)
					}
				}
			}
			if a.person(m.entity) || !a.is(before(a, start, lo), preposition) {
				return source{first: m.first, last: m.last, entity: m.entity, confidence: 0.9}
			}
		} else if a.is(p, pronoun) {
			return a.resolve(p)
		} else if m, ok := a.at(p - 1); ok && p > lo && a.is(p, capital) && a.person(m.entity) {
			return source{first: m.first, last: m.last, entity: m.entity, confidence: 0.85} // "Jane Roe QC"
		} else if a.Tokens[p].Kind != text.Word && a.Tokens[p].Kind != text.URL && a.Tokens[p].Kind != text.Handle || a.is(p, cue|join|finite|preposition) && !a.is(p, paper) {
			return nobody
		} else {
			if name := a.addressed(p, lo); name < p {
				return a.group(name+1, p+1, lo) // "Undersecretary for Education Mr. Roe"
			}
			start = a.phraseStart(p, lo)
			if a.is(p, paper) {
				if s := a.owner(start, p+1); s.found() {
					return s
				}
			}
			if b := start - 1; b < lo || !a.is(b, preposition) {
				if m, ok := a.at(b - 2); ok && a.ends(b, a.lex.participles) && a.is(b-1, preposition) && a.person(m.entity) {
					return source{first: m.first, last: m.last, entity: m.entity, confidence: 0.8} // "Roe in relaying the news said"
				}
				return a.group(start, end, lo)
			}
		}
		// The phrase hangs on a preposition: its head stands before.
		b := before(a, start, lo)
		head := b - 1
		if a.punctuation(head, ")%") && a.is(b, inTitle) && a.mentionAt[p] == 0 {
			return a.group(start, end, lo) // "half (55%) of respondents"
		}
		if head < lo || a.Tokens[head].Kind != text.Word || a.is(head, cue|timeWord) && a.mentionAt[head] == 0 {
			if m, ok := a.at(p); ok {
				return source{first: m.first, last: m.last, entity: m.entity, confidence: 0.5}
			}
			return nobody
		}
		if a.is(head, paper) && a.mentionAt[head] == 0 {
			if m, ok := a.at(p); ok {
				return source{first: m.first, last: m.last, entity: m.entity, confidence: 0.8}
			}
		}
		if m, ok := a.at(head); ok && a.person(m.entity) {
			return source{first: m.first, last: m.last, entity: m.entity, confidence: 0.85}
		}
		p = head
	}
	return nobody
}

// addressed returns the honorific in front of the capitalised words that end
// with token p, or p.
func (a *analysis) addressed(p, lo int) int {
	for t := p; t >= lo && p-t < 4 && a.is(t, capital); t-- {
		if a.is(t, honorific) {
			return t
		}
	}
	return p
}

// before returns the token before the phrase that starts at start, skipping
// its article and the capitalised and adjectival words in front of a name.
func before(a *analysis, start, lo int) int {
	b := start - 1
	if m, ok := a.at(b - 1); ok && b-1 >= lo && a.possessive(b) {
		b = m.first - 1
	}
	for b >= lo && a.Tokens[b].Kind == text.Word && a.mentionAt[b] == 0 &&
		!a.is(b, preposition|join|cue|finite|aux|that|pronoun) && start-b <= 5 {
		if a.is(b, article|determiner) {
			return b - 1
		}
		b--
	}
	return b
}

// phraseStart walks from the head p of a noun phrase to its first token.
func (a *analysis) phraseStart(p, lo int) int {
	start := p
	for i := p - 1; i >= lo && p-i <= 10; i-- {
		if a.is(i, article) {
			return i
		}
		if m, ok := a.at(i); ok {
			i = m.first
			start = m.first
			continue
		}
		w := a.word(i)
		if a.word(i+1) == "-" && a.Joined(i+1) && a.Tokens[i].Kind == text.Word {
			start = i
			continue
		}
		if a.is(i, genitive) {
			continue
		}
		if w == "'" || w == "’" || w == "-" {
			continue
		}
		if a.Tokens[i].Kind != text.Word && a.Tokens[i].Kind != text.Number ||
			a.is(i, preposition|join|pronoun|quoted|opener|closer|that|whether) || a.is(i, cue|finite|aux) && !a.is(i, paper) ||
			a.ends(i, a.lex.pasts) && a.is(i-1, adverb) {
			break
		}
		start = i
		if a.is(i, determiner) {
			break
		}
	}
	return start
}

// owner finds whose a paper is, among the names in its noun phrase [first, last):
// "the agency's website", "an Acme press release".
func (a *analysis) owner(first, last int) source {
	found := nobody
	for t := first; t < last; t++ {
		if m, ok := a.at(t); ok {
			if a.speaks(m.entity) {
				found = source{first: m.first, last: m.last, entity: m.entity, confidence: 0.8}
				if a.possessive(m.last) {
					return found
				}
			}
			t = m.last - 1
		}
	}
	return found
}

// group makes a source of a noun phrase that names no entity, as printed
// without its article.
func (a *analysis) group(start, end, lo int) source {
	for start < end-1 && a.is(start, article|determiner) && !a.is(start+1, preposition) {
		start++ // but "one of them"
	}
	for t := start + 1; t < end; t++ {
		if a.ends(t, a.lex.participles) && a.ends(t-1, a.lex.plurals) && t+1 < end {
			end = t // "executives working with large firms"
		}
	}
	if start < lo || start >= end || end-start > 12 || a.is(end-1, article|determiner) {
		return nobody
	}
	if s := a.described(start, end); s.found() {
		return s
	}
	return source{first: start, last: end, entity: -1, confidence: 0.6}
}

// described finds the person that a description without a name stands for: the 37-year-old, the mother of three. It must
// be the likeliest of those named just before, and have no other office.
func (a *analysis) described(start, end int) source {
	if !a.is(start-1, definite) {
		return nobody
	}
	head := start
	for head+1 < end && !a.is(head+1, preposition) && a.mentionAt[head+1] == 0 {
		head++
	}
	if a.is(head, body) && head == start && head+1 == end && a.mentionAt[head] == 0 {
		return a.institution(head)
	}
	if !a.is(head, human) || a.mentionAt[head] != 0 || head+1 < end && !a.is(head, anybody) {
		return nobody // "the mother of three", but not "the governor of the bank"
	}
	for t := end; t < len(a.Tokens) && t < end+8 && a.Tokens[t-1].Kind == text.Word; t++ {
		if m, ok := a.at(t + 1); ok && a.punctuation(t, ",(") && a.person(m.entity) {
			return nobody // the name follows
		}
	}
	for t, form := start-2, a.Tokens[head].Form; t >= 0 && start-t < 200; t-- {
		if a.Tokens[t].Form == form && a.mentionAt[t] == 0 && (a.is(t-1, article) && !a.is(t-1, definite) || a.is(t-2, article) && !a.is(t-2, definite)) {
			return nobody // somebody without a name was introduced as one: a police officer
		}
	}
	entity := a.nearest(start-1, true, func(e int) bool {
		return (a.sex[e] == 0 || !a.is(head, masculine|feminine) || a.is(head, feminine) == (a.sex[e] < 0)) &&
			(a.is(head, anybody) || a.holds(e, start, head))
	})
	if entity < 0 {
		return nobody
	}
	return source{first: start, last: end, entity: entity, confidence: 0.5}
}

// subjectAcross finds the subject of a verb with a comma before it: something
// stands between the two, an apposition or a relative clause.
func (a *analysis) subjectAcross(comma, lo int) source {
	clause := lo
	for i := comma - 1; i >= lo; i-- {
		if a.punctuation(i, ";:") || a.is(i, closer|opener) {
			clause = i + 1
			break
		}
		if a.is(i, join) && i > lo && a.punctuation(i-1, ",") && a.is(i, and) {
			clause = i + 1
			if s := a.subjectIn(clause, comma); s.found() {
				return s
			}
		}
	}
	if clause > lo && a.is(clause-1, closer) && a.punctuation(clause, ",") {
		clause++
	}
	return a.subjectIn(clause, comma)
}

// subjectIn looks through the comma-separated segments of [lo, hi) for the
// first that can be a subject, and lets a name in the next one stand for it.
func (a *analysis) subjectIn(lo, hi int) source {
	spare := nobody
	for first := lo; first < hi; {
		last := first
		for last < hi && !a.punctuation(last, ",()—–") {
			last++
		}
		if last > first && (!a.adverbial(first) || a.bare(first, last)) {
			if s := a.headOf(first, last); s.found() {
				if s.entity >= 0 && a.person(s.entity) {
					return s
				}
				if next := last + 1; next < hi {
					end := next
					for end < hi && !a.punctuation(end, ",()—–") {
						end++
					}
					if m, ok := a.at(end - 1); ok && a.person(m.entity) && m.first-next <= 6 && !a.adverbial(next) && !(a.ends(next, a.lex.pasts) && a.is(next+1, agentWord)) {
						return source{first: m.first, last: m.last, entity: m.entity, confidence: 0.9}
					}
				}
				if !spare.found() {
					spare = s
				}
			}
		}
		first = last + 1
	}
	return spare
}

// bare reports whether a segment is a conjunction with a noun phrase whose verb comes later: When Acme, a maker of
// lamps, said …
func (a *analysis) bare(first, last int) bool {
	if !a.is(first, join) || a.is(first, preposition|pronoun|which|who|and) {
		return false
	}
	for t := first + 1; t < last; t++ {
		if a.mentionAt[t] == 0 && (a.is(t, finite|aux|cue|preposition) || a.Tokens[t].Kind != text.Word) {
			return false
		}
	}
	m, ok := a.at(last - 1)
	return ok && a.speaks(m.entity)
}

// adverbial reports whether a segment that starts at token i stands beside its
// clause rather than being its subject.
func (a *analysis) adverbial(i int) bool {
	if a.mentionAt[i] != 0 {
		return false
	}
	return a.is(i, preposition|join|timeWord|gerund|negation) ||
		a.is(i, adverb) && !a.is(i, pronoun|determiner) ||
		a.ends(i, a.lex.participles) || a.ends(i, a.lex.adverbs)
}

// headOf finds what a segment is about: the person named in it, unless a
// preposition leads there, else its first phrase.
func (a *analysis) headOf(first, last int) source {
	fallback := nobody
	for i := first; i < last; i++ {
		if a.is(i, quoted|opener|closer) {
			continue
		}
		if a.personal(i) {
			return a.resolve(i)
		}
		if m, ok := a.at(i); ok {
			if i+1 < last && a.owns(m) {
				continue
			}
			if a.person(m.entity) && (i == first || !a.is(i-1, preposition)) && !a.possessive(m.last) {
				return source{first: m.first, last: m.last, entity: m.entity, confidence: 0.9}
			}
			if a.speaks(m.entity) && !fallback.found() && m.last == last {
				fallback = a.phraseEnding(last-1, first)
			}
			i = m.last - 1
			continue
		}
		if a.is(i, pronoun) {
			return a.resolve(i)
		}
		if i > first+1 && a.ends(i, a.lex.pasts) && i+1 < last && (a.is(i+1, article|determiner) || a.mentionAt[i+1] != 0) &&
			a.Tokens[i-1].Kind == text.Word && !a.is(i-1, article|determiner|adverb|join|aux|genitive) && a.mentionAt[i-1] == 0 {
			if s := a.phraseEnding(i-1, first); s.found() {
				return s // "Roe's team issued Brandt a letter"
			}
		}
		if i > first && (a.is(i, preposition|finite|cue) || a.ends(i, a.lex.participles) && a.Tokens[i-1].Kind == text.Word && !a.is(i-1, article|determiner|preposition) &&
			i+1 < last && a.Tokens[i+1].Kind == text.Word && !a.is(i+1, preposition|join|finite|aux|cue) && !fallback.found()) && !a.possessive(i) {
			if !fallback.found() {
				fallback = a.phraseEnding(i-1, first)
			}
			if a.is(i, finite|cue) {
				return fallback
			}
		}
	}
	if !fallback.found() {
		fallback = a.phraseEnding(last-1, first)
	}
	return fallback
}

// sentenceSubject finds the subject of the clause in tokens [lo, hi).
func (a *analysis) sentenceSubject(lo, hi int) source {
	hi = min(hi, lo+maxClause)
	if s := a.subjectIn(lo, hi); s.found() {
		return s
	}
	for t := lo; t < hi; t++ {
		if m, ok := a.at(t); ok {
			if a.speaks(m.entity) && a.subjectLike(m) && !a.is(t, quoted) {
				return source{first: m.first, last: m.last, entity: m.entity, confidence: 0.6}
			}
			t = m.last - 1
		}
	}
	return nobody
}

// sourceAfter reads the noun phrase that starts at token i and ends before hi:
// the subject of an inverted verb, or what follows "according to".
func (a *analysis) sourceAfter(i, hi int) source {
	for i < hi && a.is(i, adverb) && a.mentionAt[i] == 0 && !a.is(i, determiner) {
		i++
	}
	hi = min(hi, i+25)
	end := i
	for end < hi && !a.is(end, opener|quoted) {
		if a.punctuation(end, "(") && a.is(end+1, capital) && a.punctuation(end+2, ")") && end+3 < hi && a.Tokens[end+3].Kind == text.Word {
			end += 3 // "Harbour Fund (HF) director Jane Roe"
			continue
		}
		if a.punctuation(end, ",;:()—–"+stops) {
			break
		}
		if end > i && a.mentionAt[end] == 0 && a.is(end, aux|that|whether|join) && !a.possessive(end) &&
			!a.is(end, and) {
			break
		}
		end++
	}
	if end == i || a.is(i, whether) {
		return nobody
	}
	if a.personal(i) {
		return a.resolve(i)
	}
	named := nobody
	for t := i; t < end; t++ {
		if m, ok := a.at(t); ok {
			if a.person(m.entity) && !a.possessive(m.last) && !a.owns(m) {
				named = source{first: m.first, last: m.last, entity: m.entity, confidence: 0.9}
			}
			t = m.last - 1
		} else if named.found() && (a.is(t, join) || a.ends(t, a.lex.participles)) {
			break
		} else if a.is(t, preposition) && (!a.title(t) || t > i && a.is(t-1, spokesman)) {
			break
		} else if a.is(t, timeWord|finite|cue) && !a.is(t, paper) && !(a.is(t, noun) && a.is(t+1, preposition)) && !a.possessive(t) && t > i && !a.is(t-1, article|determiner) && a.word(t-1) != "-" {
			end = t
			break
		}
	}
	if named.found() {
		return named
	}
	// "the mayor, Jane Roe"
	if m, ok := a.at(end + 1); ok && a.punctuation(end, ",") && a.person(m.entity) && m.first-end <= 1 &&
		a.Tokens[min(m.last, len(a.Tokens)-1)].Kind == text.Punctuation {
		if of, ok := a.at(end - 1); !ok || of.first > i && a.is(before(a, of.first, i)+1, preposition) || of.first > i && a.is(before(a, of.first, i), preposition) {
			return source{first: m.first, last: m.last, entity: m.entity, confidence: 0.85}
		}
	}
	stop := i + 1
	if a.is(i, determiner) && a.is(stop, preposition) {
		stop++ // "one of the keepers"
	}
	for stop < end {
		if m, ok := a.at(stop); ok {
			stop = m.last
			continue
		}
		if a.is(stop, preposition|timeWord) && a.word(stop-1) != "-" {
			break
		}
		stop++
	}
	stop = min(stop, end)
	if stop > i+1 && a.is(stop, preposition|timeWord) && a.ends(stop-1, a.lex.pasts) {
		stop-- // "an invitation obtained by"
	}
	head := stop - 1
	if m, ok := a.at(head); ok && a.speaks(m.entity) {
		return source{first: m.first, last: m.last, entity: m.entity, confidence: 0.85}
	}
	if a.is(head, paper) {
		for t := stop; t < end; t++ {
			if m, ok := a.at(t); ok && a.person(m.entity) {
				return source{first: m.first, last: m.last, entity: m.entity, confidence: 0.75}
			}
		}
		if s := a.owner(i, head+1); s.found() {
			return s
		}
		for t := stop; t < min(end, stop+5); t++ {
			if m, ok := a.at(t); ok && a.speaks(m.entity) {
				return source{first: m.first, last: m.last, entity: m.entity, confidence: 0.7}
			}
		}
	}
	if a.Tokens[head].Kind != text.Word {
		return nobody
	}
	return a.group(i, stop, i)
}

// possessive reports whether token i is the mark of a genitive.
func (a *analysis) possessive(i int) bool {
	return a.is(i, genitive) || !a.is(i, opener|closer) && (a.word(i) == "'" || a.word(i) == "’")
}

// owns reports whether a mention is a pronoun in front of what is its own: her husband.
func (a *analysis) owns(m mention) bool {
	return m.last == m.first+1 && a.is(m.first, determiner) && m.last < len(a.Tokens) && a.Tokens[m.last].Kind == text.Word
}

// title reports whether a preposition can stand inside somebody's title.
func (a *analysis) title(i int) bool {
	return a.is(i, inTitle)
}

// resolve finds whom the pronoun at token p stands for: the mention's own
// entity when the entities say so, else the likeliest of those named before.
func (a *analysis) resolve(p int) source {
	if s := a.speaking(p); s.found() {
		return s
	}
	if m, ok := a.at(p); ok && a.speaks(m.entity) {
		return source{first: m.first, last: m.last, entity: m.entity, confidence: 0.75}
	}
	if a.is(p, first) || !a.is(p, masculine|feminine|plural|neuter) {
		return nobody
	}
	if a.is(p, plural) {
		if s := a.formerGroup(p); s.found() {
			return s
		}
	}
	entity := a.nearest(p, a.is(p, masculine|feminine), func(e int) bool { return a.fits(e, p) })
	return source{first: p, last: p + 1, entity: entity, confidence: 0.55}
}

// nearest finds the likeliest of the entities named in the four sentences before token p, a person or none; -1 if none fits.
func (a *analysis) nearest(p int, person bool, fits func(entity int) bool) int {
	best, score := -1, float32(0)
	here := a.sentenceOf(p)
	// Mentions before p, latest first, at most those of four sentences.
	n := len(a.mentions)
	lo, hi := 0, n
	for lo < hi {
		mid := (lo + hi) / 2
		if a.mentions[mid].first < p {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	for i := lo - 1; i >= 0 && lo-i <= 40; i-- {
		m := a.mentions[i]
		distance := here - a.sentenceOf(m.first)
		if distance > 4 {
			break
		}
		if a.person(m.entity) != person || !a.speaks(m.entity) || a.dateline(m) || !fits(m.entity) {
			continue
		}
		s := 1 / float32(1+distance)
		if a.Sentences[here-distance].First == m.first || a.subjectLike(m) {
			s += 0.3
		}
		if a.is(m.first, quoted) {
			s -= 0.4
		}
		if a.possessive(m.last) || a.is(before(a, m.first, 0), preposition) && !a.ascribes(m.first-2) {
			s -= 0.35
		}
		if a.kind(m.entity) == placeKind {
			s -= 0.5
		}
		if s > score {
			best, score = m.entity, s
		}
	}
	return best
}

// dateline reports whether a place is named only to say where the article was written: NEW DELHI: …, ROME (AP) — …
func (a *analysis) dateline(m mention) bool {
	return a.kind(m.entity) == placeKind && m.first == a.Sentences[a.sentenceOf(m.first)].First && a.punctuation(m.last, ":(—–")
}

// personal reports whether token p is a pronoun that can be a speaker by itself.
func (a *analysis) personal(p int) bool {
	return a.is(p, pronoun) && a.is(p, masculine|feminine|plural|neuter|first) && !a.is(p, join)
}

// speaking gives a pronoun to whom the article lets speak just before it, in
// the same paragraph.
func (a *analysis) speaking(p int) source {
	to := a.sentenceOf(p)
	if s := a.saidBefore(p); s.found() && a.is(p, masculine|feminine) {
		s.first, s.last, s.confidence = p, p+1, 0.7
		return s
	}
	s := a.spoke
	if s.last <= s.first || s.last > p {
		return nobody
	}
	switch person := s.entity >= 0 && a.person(s.entity); {
	case a.is(p, masculine|feminine) && (person && a.fits(s.entity, p) || s.entity < 0 && !a.is(s.last-1, body|paper)):
	case a.is(p, plural) && s.entity >= 0 && a.kind(s.entity) == organizationKind:
	case a.is(p, neuter) && !a.is(p, plural) && (s.entity >= 0 && a.kind(s.entity) == organizationKind || s.entity < 0 && a.is(s.last-1, paper|body)):
	case a.is(p, plural) && s.entity < 0 && a.ends(s.last-1, a.lex.plurals):
	default:
		return nobody
	}
	from := a.sentenceOf(s.first)
	if gap := a.Sentences[to].Paragraph - a.Sentences[from].Paragraph; gap > 2 || gap == 0 && to-from > 2 || (gap > 0 || a.is(p, neuter)) && a.others(s, p) {
		return nobody
	}
	if s.entity < 0 && s.named[1] == 0 {
		s.named = [2]int{s.first, s.last}
	}
	s.first, s.last, s.confidence = p, p+1, 0.7
	return s
}

// subjectLike reports whether a verb or a comma follows the mention.
func (a *analysis) subjectLike(m mention) bool {
	v := m.last
	for v < len(a.Tokens) && a.is(v, adverb) {
		v++
	}
	return a.is(v, cue|aux|finite) && !a.possessive(v) || a.ends(v, a.lex.pasts)
}

// others reports whether anybody but the speaker, or for "it" any other organisation, is named between its mention
// and token p, outside quotation marks.
func (a *analysis) others(s source, p int) bool {
	if p-s.last > maxGap {
		return true
	}
	for t := s.last; t < p; t++ {
		if m, ok := a.at(t); ok {
			other := a.person(m.entity)
			if a.is(p, neuter) && !a.is(p, plural) {
				other = a.kind(m.entity) == organizationKind
			}
			if other && m.entity != s.entity && !a.is(t, quoted) {
				return true
			}
			t = m.last - 1
		}
	}
	return false
}

// saidBefore finds the person named as the subject of a verb of speech in the
// sentence before that of the pronoun at token p, in the same paragraph. Sentences in marks do not count, and where the
// paragraph begins with them the one before it does.
func (a *analysis) saidBefore(p int) source {
	here := a.sentenceOf(p)
	before := here - 1
	for before >= 0 && here-before < 12 && a.is(a.Sentences[before].First, opener|quoted) && a.is(a.Sentences[before+1].First, quoted|closer) {
		before--
	}
	if before < 0 {
		return nobody
	}
	s := a.Sentences[before]
	if gap := a.Sentences[here].Paragraph - s.Paragraph; gap > 1 || gap == 1 && !a.is(a.Sentences[before+1].First, opener|quoted) {
		return nobody
	}
	for t := s.First; t < s.Last; t++ {
		m, ok := a.at(t)
		if !ok {
			continue
		}
		v := m.last
		for v < s.Last && a.filler(v) {
			v++
		}
		if a.person(m.entity) && !a.personal(t) && v < s.Last && a.is(v, sayVerb) && !a.is(t, quoted) && a.fits(m.entity, p) {
			return source{first: m.first, last: m.last, entity: m.entity, confidence: 0.7}
		}
		t = m.last - 1
	}
	return nobody
}

// formerGroup finds the group that "they" at token p stands for: the subject of
// the sentence before.
func (a *analysis) formerGroup(p int) source {
	i := a.sentenceOf(p)
	for back := 1; back <= 2 && i-back >= 0; back++ {
		before := a.Sentences[i-back]
		if before.Paragraph < a.Sentences[i].Paragraph-1 {
			break
		}
		s := a.sentenceSubject(before.First, before.Last)
		if s.last <= s.first || a.is(s.last, be) {
			continue // what is done to them, or what they are, makes no speakers
		}
		if s.entity >= 0 && a.kind(s.entity) == organizationKind || s.entity < 0 && a.ends(s.last-1, a.lex.plurals) {
			s.confidence = 0.5
			return s
		}
	}
	return nobody
}
