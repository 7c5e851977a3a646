package quotes

import (
	"context"
	"strings"
	"unicode"
	"unicode/utf8"

	nutgrafv1 "example.invalid/nutgraf/gen/go/nutgraf/v1"
	"example.invalid/nutgraf/internal/text"
)

// A found quotation, before it is put into the contract's form.
type found struct {
	kind        nutgrafv1.QuoteKind
	spans       [][2]int // bytes
	first       int      // first token
	confidence  float32
	attribution attribution
	continues   int  // index of the quotation it goes on from, or -1
	starts      bool // a sentence begins with it
}

const (
	direct   = nutgrafv1.QuoteKind_QUOTE_KIND_DIRECT
	mixed    = nutgrafv1.QuoteKind_QUOTE_KIND_MIXED
	indirect = nutgrafv1.QuoteKind_QUOTE_KIND_INDIRECT
)

// A passage is a stretch with what decides whether and how it is a quotation.
type passage struct {
	stretch
	index     int
	open      int // first token of its opening mark
	first     int // tokens inside: [first, last)
	last      int
	words     int
	clause    bool        // at least one clause
	starts    bool        // a sentence begins with it
	said      attribution // its own, or one taken over
	own       bool        // said is its own
	again     bool        // by the cue of the quotation before
	continues bool        // over a paragraph's end
}

// marked finds the direct and mixed quotations: which stretches are somebody's
// words, and whose. It marks their cues as spent.
func (a *analysis) marked(ctx context.Context) []found {
	var out []found
	last := -1 // stretch of the last quotation found, which ends out
	given := false
	for i := range a.stretches {
		if ctx.Err() != nil {
			break
		}
		p, ok := a.passage(i, last, out)
		if !ok {
			continue
		}
		kind := a.kindOf(p)
		confidence := a.plausible(p, kind)
		if confidence == 0 {
			for t := p.open; t < len(a.class) && int(a.Tokens[t].Start) < p.shut; t++ {
				a.class[t] &^= opener | closer // reads like any other words
			}
			continue
		}
		a.kept[i] = true
		for c := p.said.cueFirst; c < p.said.cueLast && p.own; c++ {
			a.class[c] |= spent
		}
		if p.own && !p.said.after && !p.said.that && given && a.interrupted(last, p, out[len(out)-1]) {
			whole := &out[len(out)-1]
			whole.spans = append(whole.spans, [2]int{p.start, p.end})
			whole.kind = direct
			last = i
			continue
		}
		q := found{
			kind: kind, spans: [][2]int{{p.start, p.end}}, first: p.first, confidence: confidence, attribution: p.said, continues: -1,
			starts: p.starts,
		}
		if p.continues {
			q.continues = len(out) - 1
			chain(out, &q, p.own)
		}
		out = append(out, q)
		last, given = i, p.own
		if p.own && p.said.source.last > p.said.source.first {
			a.spoke = p.said.source
		}
	}
	return out
}

// passage gathers what is known of stretch i; last is the stretch of the last quotation in out.
func (a *analysis) passage(i, last int, out []found) (passage, bool) {
	p := passage{stretch: a.stretches[i], index: i, first: a.tokens[i][0], last: a.tokens[i][1]}
	if p.first == p.last {
		return p, false
	}
	p.open = p.first
	for p.open > 0 && a.is(p.open-1, opener) {
		p.open--
	}
	sentence := a.sentenceOf(p.open)
	p.starts = a.Sentences[sentence].First == p.open || p.resumes || a.paragraphStart(p.open, p.paragraph) ||
		last >= 0 && a.stretches[last].paragraph == p.paragraph && a.onlyStop(a.tokens[last][1], p.open)
	p.words, p.clause = a.clause(p.first, p.last)
	p.said = a.choose(i, p.starts)
	if !p.said.found() && p.starts && p.clause {
		p.said = a.named(p)
	}
	p.own = p.said.found()
	if last >= 0 {
		before := out[len(out)-1].attribution
		p.continues = p.resumes && a.stretches[last].paragraph == p.paragraph-1
		if !p.own {
			p.said = a.inherited(p, last, out[len(out)-1])
		} else if p.said.cueLast > p.said.cueFirst && a.is(p.said.cueLast-1, spent) {
			p.again = true
			if !p.said.after && before.cueLast == p.said.cueLast {
				p.said.source = before.source
			}
		}
	}
	if !p.own && !p.said.source.found() && p.starts && p.clause {
		p.said = a.introduced(sentence, p.paragraph)
	}
	return p, true
}

// named reads the attribution of a sentence without a verb that is known to be one of speech: “…,” Jane Roe shrugged;
// “…,” the mayor, Jane Roe; or a signature in the next paragraph.
func (a *analysis) named(p passage) attribution {
	t := attribution{source: nobody, addressee: -1, after: true, adjacent: true}
	k := p.last
	for k < len(a.Tokens) && a.is(k, closer) {
		k++
	}
	if k >= len(a.Tokens) {
		return t
	}
	if end := a.Paragraphs[p.paragraph].End; int(a.Tokens[k].Start) >= end { // nothing but the quotation
		if p.paragraph+1 == len(a.Paragraphs) || !a.paragraphStart(p.open, p.paragraph) {
			return t
		}
		next := a.Paragraphs[p.paragraph+1]
		if last := a.Sentences[next.First].Last; next.Last == next.First+1 && last-k <= 16 && !a.punctuation(last-1, stops+":") {
			for a.punctuation(k, "—–-") && k < last {
				k++
			}
			if m, ok := a.at(k); ok && a.person(m.entity) && (m.last == last || a.punctuation(m.last, ",—–-(")) {
				t.source, t.end = source{first: m.first, last: m.last, entity: m.entity, confidence: 0.6}, last
			}
		}
		return t
	}
	if a.Text[p.end-1] != ',' {
		return t
	}
	last := a.Sentences[a.sentenceOf(k)].Last
	for v := k; v < last && v < k+12; v++ {
		if m, ok := a.at(v); ok {
			if v = m.last - 1; a.person(m.entity) && v+1 < last && a.punctuation(v+1, ",.") {
				t.source, t.end = source{first: m.first, last: m.last, entity: m.entity, confidence: 0.6}, last
				break
			}
			continue
		}
		if a.is(v, opener|quoted|join) || a.punctuation(v, ",;:—–"+stops) {
			break
		}
		if v > k && (a.is(v, finite|cue) || a.ends(v, a.lex.pasts)) && !a.is(v, aux|noun) {
			if t.source = a.phraseEnding(v-1, k); t.source.found() {
				t.cueFirst, t.cueLast, t.end = v, v+1, last
			}
			break
		}
	}
	return t
}

// chain ties q to the quotation at the end of out, which goes on in it: the
// last part says whose the whole is, else the first.
func chain(out []found, q *found, own bool) {
	if !own {
		q.attribution = out[q.continues].attribution
		q.attribution.source = q.attribution.source.unmentioned()
		q.attribution.cueFirst, q.attribution.cueLast = 0, 0
		return
	}
	for c := q.continues; c >= 0 && out[c].attribution.cueLast == out[c].attribution.cueFirst; c = out[c].continues {
		out[c].attribution.source = q.attribution.source.unmentioned()
	}
}

// kindOf tells a direct quotation, a clause that stands by itself, from one built into the reporter's clause.
func (a *analysis) kindOf(p passage) nutgrafv1.QuoteKind {
	if p.said.that || !p.clause || p.own && p.said.after && !p.said.adjacent && !a.is(p.said.cueFirst, according) {
		return mixed
	}
	if p.said.adjacent && !p.said.after && !p.starts && p.words < 8 && a.builtIn(p) {
		return mixed
	}
	if p.starts || p.said.adjacent && !p.said.after || p.own && (p.words >= 8 || a.punctuation(p.open-1, ",")) && !a.lex.capitalNouns && a.beginsSentence(p.first) {
		return direct
	}
	return mixed
}

// builtIn reports whether the sentence goes on behind a passage as if it had no marks: saying “nobody wins” from a war.
func (a *analysis) builtIn(p passage) bool {
	k := p.last
	for k < len(a.Tokens) && a.is(k, closer) {
		k++
	}
	return k < len(a.Tokens) && a.is(k, preposition) && a.mentionAt[k] == 0 && !strings.Contains(",.!?…", a.Text[p.end-1:p.end])
}

// beginsSentence reports whether token i has the capital of a new sentence
// rather than that of a name.
func (a *analysis) beginsSentence(i int) bool {
	return a.is(i, capital) && a.mentionAt[i] == 0 && len(a.word(i)) > 1 && strings.ToUpper(a.word(i)) != a.word(i)
}

// paragraphStart reports whether nothing but marks stands before token i in its paragraph.
func (a *analysis) paragraphStart(i, paragraph int) bool {
	return i == a.Sentences[a.Paragraphs[paragraph].First].First
}

// onlyStop reports whether tokens [i, j) hold marks only, a full stop among them.
func (a *analysis) onlyStop(i, j int) bool {
	stop := i > 0 && a.punctuation(i-1, stops)
	for ; i < j; i++ {
		if a.Tokens[i].Kind != text.Punctuation {
			return false
		}
		stop = stop || a.punctuation(i, stops)
	}
	return stop
}

// choose picks between the attributions before and after stretch i.
func (a *analysis) choose(i int, starts bool) attribution {
	b := a.before(i)
	if b.found() && b.cueLast > b.cueFirst && b.adjacent && !b.weak && a.Text[a.stretches[i].end-1] != ',' {
		return b
	}
	f := a.after(i)
	ends := a.Text[a.stretches[i].end-1] == ','
	switch {
	case !f.found():
		return b
	case b.source.entity >= 0 && f.source.last == f.source.first+1 && a.is(f.source.first, pronoun):
		return b // the name leads in, the pronoun only goes on
	case f.found() && (b.cueLast == b.cueFirst || b.weak && !b.adjacent && a.is(f.cueFirst, according) && !a.relays(b, f)):
		return f
	case starts, ends && f.adjacent:
		return f
	}
	return b
}

// relays reports whether the source of f, behind a quotation, only tells what the person of b said: Roe called it “…,”
// according to the Herald.
func (a *analysis) relays(b, f attribution) bool {
	return b.source.entity >= 0 && a.person(b.source.entity) && f.source.entity >= 0 && !a.person(f.source.entity)
}

// maxGap bounds how far a speaker goes on speaking unnamed, in tokens.
const maxGap = 300

// inherited gives a stretch without attribution that of the quotation before.
func (a *analysis) inherited(p passage, last int, q found) attribution {
	prev := a.stretches[last]
	t := q.attribution
	t.after, t.adjacent, t.that, t.negated = false, false, false, false
	t.cueFirst, t.cueLast = 0, 0
	from, to := a.tokens[last][1], p.first
	switch {
	case p.resumes && p.paragraph == prev.paragraph+1:
		t.source.confidence *= 0.95
		return t
	case p.paragraph == prev.paragraph && !p.starts && to-from <= 14 && a.sentenceOf(from-1) == a.sentenceOf(to):
		t.source.confidence *= 0.85
		return t
	case !p.starts || !p.clause || to-from > maxGap:
	case p.paragraph == prev.paragraph:
		for s := from; s < to; s++ {
			if s < q.attribution.end {
				continue
			}
			if m, ok := a.at(s); ok && a.person(m.entity) && m.entity != t.source.entity && a.subjectLike(m) {
				return attribution{source: nobody, addressee: -1}
			}
		}
		t.source.confidence *= 0.85
		return t
	case p.paragraph == prev.paragraph+2 && a.paragraphStart(p.first-1, p.paragraph) && a.asked(p.paragraph-1):
		t.source.confidence *= 0.7
		return t // the answer to the next question
	case p.paragraph == prev.paragraph+1 && a.paragraphStart(p.first-1, p.paragraph):
		end := a.tokens[last][1]
		rest := a.Sentences[a.Paragraphs[prev.paragraph].Last-1].Last - max(end, q.attribution.end)
		if rest <= 3 {
			t.source.confidence *= 0.75
			return t
		}
	}
	return attribution{source: nobody, addressee: -1}
}

// asked reports whether a paragraph is a question of whoever wrote the article.
func (a *analysis) asked(paragraph int) bool {
	p := a.Paragraphs[paragraph]
	s := a.Sentences[p.Last-1]
	return a.punctuation(s.Last-1, "?") && !a.is(s.First, opener|quoted)
}

// introduced takes the subject of the sentence before a quotation that has no
// attribution: Roe was unhappy. "…"
func (a *analysis) introduced(sentence, paragraph int) attribution {
	t := attribution{source: nobody, addressee: -1}
	if sentence == 0 {
		return t
	}
	s := a.Sentences[sentence-1]
	if s.Paragraph < paragraph-1 {
		return t
	}
	if a.is(s.First, opener) || a.punctuation(s.Last-1, "?") {
		return t
	}
	src := a.sentenceSubject(s.First, s.Last)
	if src.entity >= 0 && a.person(src.entity) {
		src.confidence *= 0.6
		if s.Paragraph != paragraph {
			src.confidence *= 0.8
		}
		t.source = src
	}
	return t
}

// interrupted reports whether a passage goes on with the sentence that the
// attribution of the quotation before, stretch last, cut in two: "…," Roe said, "…".
func (a *analysis) interrupted(last int, p passage, q found) bool {
	if !q.attribution.after || a.stretches[last].paragraph != p.paragraph || q.kind != direct && !q.starts {
		return false
	}
	if c := a.Text[a.stretches[last].end-1]; c != ',' && c != '-' && !a.punctuation(a.tokens[last][1]+1, ",") {
		return false
	}
	open := p.first - 1
	return open > 0 && a.punctuation(open-1, ",") && open-a.tokens[last][1] <= 20
}

// clause counts the words of tokens [first, last) and tells whether they make
// at least one clause.
func (a *analysis) clause(first, last int) (words int, clause bool) {
	verbs := 0
	for i := first; i < last; i++ {
		if a.Tokens[i].Kind != text.Word && a.Tokens[i].Kind != text.Number {
			continue
		}
		if a.possessive(i) {
			if a.is(i-1, pronoun) || a.is(i-1, that|whether) {
				verbs++
			}
			continue
		}
		words++
		if i == first && !a.is(i, capital) {
			continue
		}
		if a.is(i, finite|aux) && !a.is(i, nonfinite) || a.is(i, negation) && a.is(first, capital) {
			verbs++
		}
	}
	if verbs > 0 && words >= 3 || a.personal(first) && words >= 3 {
		return words, true
	}
	r, _ := utf8.DecodeRuneInString(a.word(first))
	if words >= 6 && (unicode.IsUpper(r) || a.word(first) == "[") && !a.titleCase(first, last) {
		return words, true
	}
	if words >= 5 && (unicode.IsUpper(r) || a.word(first) == "[") && strings.ContainsAny(a.Text[a.Tokens[last-1].Start:a.Tokens[last-1].End], ".!?,…") {
		return words, true
	}
	return words, verbs > 0 && words >= 2
}

// plausible says how sure it is that a passage is a quotation; 0 means that it
// is a name, a title or a scare quote.
func (a *analysis) plausible(p passage, kind nutgrafv1.QuoteKind) float32 {
	if p.led && p.said.source.entity < 0 {
		return 0
	}
	if prev := p.open - 1; kind == direct && a.punctuation(prev, ":") && a.is(prev-1, nameVerb) && a.ends(prev-1, a.lex.pasts) && !a.is(prev-1, cue) {
		return 0 // a paper titled: "A Lamp for Every Coast"
	} else if kind == direct && a.is(prev, nameVerb) && a.ends(prev, a.lex.pasts) && !a.subjectBeforeName(prev) {
		return 0 // a group called "We Support the Harbour"
	}
	if kind == direct {
		confidence := float32(0.95)
		if !p.closed && !p.said.found() {
			confidence = 0.6
		}
		switch {
		case p.said.source.found():
			return confidence
		case p.own || p.words >= 6 && p.starts:
			return confidence * 0.6
		}
		return 0
	}
	title := a.titleCase(p.first, p.last)
	prev := p.open - 1
	switch label := p.label(a); {
	case !p.said.found():
		return 0
	case a.is(prev-1, nameVerb) && a.word(prev-1) == "so-called":
		return 0
	case a.is(prev, nameVerb) && (p.words <= 3 || title || a.ends(prev, a.lex.pasts)) && !a.subjectBeforeName(prev):
		return 0 // a film called "…", the motto "…"
	case title && p.words <= 6 && !p.said.adjacent && !p.starts && !label:
		return 0
	case p.words == 1 && !label && !a.wordQuoted(p):
		return 0
	}
	confidence := float32(0.85)
	if !p.own {
		confidence = 0.7
	}
	if p.said.weak {
		confidence -= 0.15
	}
	if p.words == 1 {
		confidence -= 0.2
	}
	return confidence
}

// label reports whether the passage is what somebody describes something as.
func (p passage) label(a *analysis) bool {
	prev := p.open - 1
	return p.said.weak && p.own && !p.said.after && (a.is(prev, asWord) || a.is(prev, article) && a.is(prev-1, asWord))
}

// wordQuoted reports whether a single word in marks is quoted: near its cue, or
// beside another quotation.
func (a *analysis) wordQuoted(p passage) bool {
	if a.is(p.first, capital) && !a.lex.capitalNouns && !p.said.adjacent {
		return false
	}
	if prev := p.open - 1; (!p.own || p.again) && (a.is(prev, join) || a.punctuation(prev, ",") || p.again && a.is(prev-1, closer)) {
		return true
	}
	if !p.own {
		return false
	}
	if p.said.after {
		return a.is(p.said.cueFirst, according) || p.starts
	}
	return p.open-p.said.cueLast <= 6
}

// subjectBeforeName reports whether somebody gives the name: what Roe called "…".
func (a *analysis) subjectBeforeName(verb int) bool {
	if !a.is(verb, quoteVerb) {
		return false
	}
	if m, ok := a.at(verb - 1); ok {
		return a.person(m.entity) || a.is(m.first-1, content)
	}
	p := verb - 1
	for p > 0 && a.is(p, aux|adverb) {
		p--
	}
	return a.is(p, pronoun) && !a.is(p, join)
}

// titleCase reports whether all longer words of tokens [first, last) begin with a capital.
func (a *analysis) titleCase(first, last int) bool {
	if a.lex.capitalNouns {
		return false
	}
	n := 0
	for i := first; i < last; i++ {
		if a.Tokens[i].Kind != text.Word || len(a.word(i)) <= 3 {
			continue
		}
		if !a.is(i, capital) {
			return false
		}
		n++
	}
	return n > 0
}

// goOn gives a quotation without a speaker of its own that of the statement
// reported in the sentence before: Roe said the plan was dead. "…"
func (a *analysis) goOn(marked, reported []found) {
	r := 0
	for i := range marked {
		q := &marked[i]
		if q.kind != direct || q.attribution.cueLast > q.attribution.cueFirst || q.attribution.source.found() && q.attribution.source.confidence > 0.55 {
			continue
		}
		for r < len(reported) && reported[r].first < q.first {
			r++
		}
		if r == 0 {
			continue
		}
		s, p := a.sentenceOf(reported[r-1].first), a.sentenceOf(q.first)
		gap := a.Sentences[p].Paragraph - a.Sentences[s].Paragraph
		if src := reported[r-1].attribution.source; p-s <= 1 && src.found() && (gap == 0 || gap == 1 && !q.attribution.source.found()) {
			src.confidence *= 0.75
			src.first, src.last = 0, 0
			if src.entity < 0 {
				continue
			}
			q.attribution.source = src
		}
	}
}
