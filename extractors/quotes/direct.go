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

// marked finds the direct and mixed quotations: which stretches are somebody's
// words, and whose. It marks their cues as spent.
func (a *analysis) marked(ctx context.Context) []found {
	var out []found
	last := -1     // stretch of the last quotation found
	lastOut := -1  // its index in out
	given := false // the last quotation had an attribution of its own
	for i, st := range a.stretches {
		first, end := a.tokens[i][0], a.tokens[i][1]
		if first == end {
			continue
		}
		if ctx.Err() != nil {
			break
		}
		open := first
		for open > 0 && a.is(open-1, opener) {
			open--
		}
		sentence := a.sentenceOf(open)
		starts := a.Sentences[sentence].First == open || st.resumes || a.paragraphStart(open, st.paragraph) ||
			last >= 0 && a.stretches[last].paragraph == st.paragraph && a.onlyStop(a.tokens[last][1], open)
		words, clause := a.clause(first, end)
		t := a.choose(i, starts)
		own := t.found()
		again := own && last >= 0 && t.cueLast > t.cueFirst && a.is(t.cueLast-1, spent) // the cue of the quotation before
		if again && !t.after && a.sentenceOf(t.cueFirst) == a.sentenceOf(max(out[lastOut].attribution.cueFirst, 0)) && out[lastOut].attribution.cueLast == t.cueLast {
			t.source = out[lastOut].attribution.source
		}
		if !own && last >= 0 {
			t = a.inherited(i, last, out[lastOut], starts, clause)
		}
		if !own && !t.source.found() && starts && clause {
			t = a.introduced(sentence, st.paragraph)
		}
		kind := mixed
		switch {
		case t.that:
		case clause && (starts || t.adjacent && !t.after || own && words >= 8 && !a.lex.capitalNouns && a.beginsSentence(first)):
			kind = direct
		}
		confidence := a.plausible(i, kind, t, own, again, words, clause, starts, open)
		if confidence == 0 {
			for t := max(open, 0); t < len(a.class) && int(a.Tokens[t].Start) < st.shut; t++ {
				a.class[t] &^= opener | closer // reads like any other words
			}
			continue
		}
		a.kept[i] = true
		for c := t.cueFirst; c < t.cueLast && own; c++ {
			a.class[c] |= spent
		}
		q := found{kind: kind, spans: [][2]int{{st.start, st.end}}, first: first, confidence: confidence, attribution: t, continues: -1, starts: starts}
		if st.resumes && last >= 0 && a.stretches[last].paragraph == st.paragraph-1 {
			q.continues = lastOut
			if own {
				// Its last part says whose the whole is.
				for c := lastOut; c >= 0 && out[c].attribution.cueLast == out[c].attribution.cueFirst; c = out[c].continues {
					out[c].attribution.source = t.source
					out[c].attribution.source.first, out[c].attribution.source.last = 0, 0
				}
			} else {
				q.attribution = out[lastOut].attribution
				q.attribution.source.first, q.attribution.source.last = 0, 0
				q.attribution.cueFirst, q.attribution.cueLast = 0, 0
			}
		}
		// Interrupted by its attribution: the second part goes on in the same sentence.
		if own && !t.after && !t.that && given && last >= 0 && a.interrupted(last, i, out[lastOut]) {
			whole := &out[lastOut]
			whole.spans = append(whole.spans, q.spans...)
			whole.kind = direct
			last = i
			continue
		}
		out = append(out, q)
		last, lastOut, given = i, len(out)-1, own
		if own && t.source.last > t.source.first {
			a.spoke = t.source
		}
	}
	return out
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
	case f.found() && (b.cueLast == b.cueFirst || b.weak && !b.adjacent && a.is(f.cueFirst, according)):
		return f
	case starts, ends && f.adjacent:
		return f
	}
	return b
}

// maxGap bounds how far a speaker goes on speaking unnamed, in tokens.
const maxGap = 300

// inherited gives a stretch without attribution that of the quotation before.
func (a *analysis) inherited(i, last int, q found, starts, clause bool) attribution {
	st, prev := a.stretches[i], a.stretches[last]
	t := q.attribution
	t.after, t.adjacent, t.that, t.negated = false, false, false, false
	t.cueFirst, t.cueLast = 0, 0
	from, to := a.tokens[last][1], a.tokens[i][0]
	switch {
	case st.resumes && st.paragraph == prev.paragraph+1:
		t.source.confidence *= 0.95
		return t
	case st.paragraph == prev.paragraph && !starts && to-from <= 14 && a.sentenceOf(from-1) == a.sentenceOf(to):
		t.source.confidence *= 0.85
		return t
	case !starts || !clause || to-from > maxGap:
	case st.paragraph == prev.paragraph:
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
	case st.paragraph == prev.paragraph+1 && a.paragraphStart(a.tokens[i][0]-1, st.paragraph):
		end := a.tokens[last][1]
		p := a.Paragraphs[prev.paragraph]
		rest := a.Sentences[p.Last-1].Last - max(end, q.attribution.end)
		if rest <= 3 {
			t.source.confidence *= 0.75
			return t
		}
	}
	return attribution{source: nobody, addressee: -1}
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
	if a.is(s.First, opener) {
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

// interrupted reports whether stretch i goes on with the sentence that the
// attribution of stretch last cut in two: "…," Roe said, "…".
func (a *analysis) interrupted(last, i int, q found) bool {
	if !q.attribution.after || a.stretches[last].paragraph != a.stretches[i].paragraph || q.kind != direct && !q.starts {
		return false
	}
	if c := a.Text[a.stretches[last].end-1]; c != ',' && c != '-' && !a.punctuation(a.tokens[last][1]+1, ",") {
		return false
	}
	open := a.tokens[i][0] - 1
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

// plausible says how sure it is that a stretch is a quotation; 0 means that it
// is a name, a title or a scare quote.
func (a *analysis) plausible(i int, kind nutgrafv1.QuoteKind, t attribution, own, again bool, words int, clause, starts bool, open int) float32 {
	st := a.stretches[i]
	confidence := float32(0.95)
	if st.block && t.source.entity < 0 {
		return 0
	}
	if !st.closed && !t.found() {
		confidence = 0.6
	}
	if kind == direct {
		switch {
		case t.source.found():
			return confidence
		case own || words >= 6 && starts:
			return confidence * 0.6
		}
		return 0
	}
	if !t.found() {
		return 0
	}
	// A name: a film called "…", the motto "…".
	prev := open - 1
	if a.is(prev, nameVerb) && (words <= 3 || a.ends(prev, a.lex.pasts) || a.titleCase(a.tokens[i][0], a.tokens[i][1])) && !a.subjectBeforeName(prev) {
		return 0
	}
	confidence = 0.85
	if !own {
		confidence = 0.7
	}
	if t.weak {
		confidence -= 0.15
	}
	label := t.weak && own && !t.after && (a.is(prev, asWord) || a.is(prev, article) && a.is(prev-1, asWord))
	if words == 1 && !label {
		gap := open - t.cueLast
		coordinated := (!own || again) && (a.is(prev, join) || a.punctuation(prev, ","))
		if !own && !coordinated || !coordinated && own && t.after && !a.is(t.cueFirst, according) && !starts || own && !coordinated && !t.after && gap > 6 || a.is(a.tokens[i][0], capital) && !a.lex.capitalNouns && !t.adjacent {
			return 0
		}
		confidence -= 0.2
	}
	if a.titleCase(a.tokens[i][0], a.tokens[i][1]) && words <= 6 && !t.adjacent && !starts && !label {
		return 0
	}
	return confidence
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
		if src := reported[r-1].attribution.source; p-s <= 1 && src.found() && a.Sentences[s].Paragraph == a.Sentences[p].Paragraph {
			src.confidence *= 0.75
			src.first, src.last = 0, 0
			if src.entity < 0 {
				continue
			}
			q.attribution.source = src
		}
	}
}
