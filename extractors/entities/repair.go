package entities

import (
	"strings"

	nutgrafv1 "example.invalid/nutgraf/gen/go/nutgraf/v1"
	"example.invalid/nutgraf/internal/text"
)

const (
	// certain is the confidence of names that no tagger guessed.
	certain = 1
	// doubtful is the confidence below which "Orr and Moss" is two names.
	doubtful = 0.6
	// unsure is the confidence below which the last word of a name tells its kind.
	unsure = 0.75
)

// repairer corrects what the word lists and the grammar of titles know better than the tagger.
type repairer struct {
	lex *lexicon
	doc *text.Document
	buf []byte
	out []Name
}

func repair(doc *text.Document, names []Name, lex *lexicon) []Name {
	r := repairer{lex: lex, doc: doc, out: make([]Name, 0, len(names))}
	for _, n := range names {
		first, last := doc.TokenAt(n.Start), doc.TokenAt(n.End-1)
		if first < 0 || last < first || n.Confidence >= certain {
			r.out = append(r.out, n)
			continue
		}
		r.name(n, first, last)
	}
	return r.out
}

func (r *repairer) class(i int) class {
	var e entry
	e, r.buf = r.lex.lookup(r.doc.Word(i), r.buf)
	return e.class
}

func (r *repairer) has(table map[kindKey]string, kind nutgrafv1.EntityKind, i int) bool {
	r.buf = appendLower(r.buf[:0], r.doc.Word(i))
	return table[kindKey{kind, string(r.buf)}] != ""
}

func (r *repairer) given(i int) bool {
	r.buf = appendLower(r.buf[:0], r.doc.Word(i))
	return r.lex.given[string(r.buf)] != unknown
}

// emit appends a name of tokens first to last.
func (r *repairer) emit(n Name, first, last int, kind nutgrafv1.EntityKind, confidence float32) {
	r.out = append(r.out, Name{Start: int(r.doc.Tokens[first].Start), End: int(r.doc.Tokens[last].End), Kind: kind, Confidence: confidence})
}

func (r *repairer) name(n Name, first, last int) {
	if first == last {
		w := r.doc.Word(first)
		small := len(w) == 1 || strings.ToUpper(w) != w // not "US", "WHO", "IT"
		if c := r.class(first); small && (c&(pronoun|he|she|possessive) != 0 || c&(determiner|stop) != 0 && n.Confidence < doubtful) {
			return // "We" at the beginning of a sentence
		}
	}
	// "Three Democrats", "central London"
	for first < last && r.class(first)&(determiner|numeral) != 0 && r.class(first)&roleNoun == 0 && r.doc.Word(first) != "The" {
		first++
	}
	if n.Kind != person && first+2 <= last && (!capital(r.doc.Word(first)) || r.class(first)&roleNoun != 0) && r.class(first+1)&prepOf != 0 {
		rest := first + 2
		for rest < last && r.class(rest)&determiner != 0 {
			rest++
		}
		if c := r.lex.countries[r.doc.Text[r.doc.Tokens[rest].Start:r.doc.Tokens[last].End]]; c.confidence > 0 { // "people of Kenya"
			r.emit(n, rest, last, place, c.confidence)
			return
		}
		if n.Kind == place && r.class(first)&roleNoun != 0 && capital(r.doc.Word(rest)) { // "Governor of Elwin"
			first = rest
		}
	}
	if n.Kind == event && !capital(r.doc.Word(last)) && r.parties(n, first, last) {
		return
	}
	if n.Kind != person && last > first && n.Confidence < unsure && r.has(r.lex.types, event, last) {
		n.Kind = event
	}
	if n.Kind != person {
		for end := last; end > first && r.class(end)&roleNoun != 0; end-- { // "US president"
			if c := r.lex.countries[r.doc.Text[r.doc.Tokens[first].Start:r.doc.Tokens[end-1].End]]; c.confidence > 0 {
				r.emit(n, first, end-1, place, c.confidence)
				return
			}
		}
	}
	if n.Kind == place {
		for first < last && r.class(first)&direction != 0 && !capital(r.doc.Word(first)) {
			first++
		}
	}
	if n.Kind == person {
		if first < last && len(r.doc.Word(first)) == 1 && r.doc.Word(first+1) == "-" && r.doc.Joined(first+1) {
			return // the "D-Minn" of a senator
		}
		for first < last && r.class(first)&honorific != 0 && !r.given(first) { // "Mr Orr"
			first++
		}
		first = r.person(first, last)
		if first == last && r.class(first)&roleNoun != 0 && !r.given(first) {
			return // a title alone
		}
		if last > first && r.has(r.lex.types, organization, last) && !r.given(first) {
			n.Kind = organization // "State Department"
		} else if last > first && r.has(r.lex.types, event, last) && !r.given(first) {
			n.Kind = event // "Elwin Summit"
		}
	}
	if n.Kind != person {
		// "Elwin Bank Chief" before "Executive"
		for last > first && capital(r.doc.Word(last)) && r.class(last)&roleNoun != 0 && last+1 < len(r.doc.Tokens) &&
			r.doc.Tokens[last+1].Kind == text.Word && capital(r.doc.Word(last+1)) && !r.doc.Joined(last+1) {
			last--
		}
		var whole entry
		whole, r.buf = r.lex.lookup(r.doc.Text[r.doc.Tokens[first].Start:r.doc.Tokens[last].End], r.buf)
		if whole.class&demonym != 0 || r.class(first)&demonym != 0 && (first < last && r.class(first+1)&roleNoun != 0 && r.class(last)&roleNoun != 0) {
			return // "Sri Lankan", "Ukrainian President"
		}
	}
	if n.Kind == organization && last+1 < len(r.doc.Tokens) && r.has(r.lex.types, event, last+1) {
		if _, listed := r.lex.subtype[foldName(r.doc.Text[r.doc.Tokens[first].Start:r.doc.Tokens[last].End])]; listed {
			n.Kind = place // "the Lima summit"
		}
	}
	first = r.country(n, first, last)
	switch {
	case n.Kind == organization && r.facility(first, last), n.Kind != place && r.state(first, last):
		n.Kind = place
	}
	if n.Kind == organization && r.apart(n, first, last) {
		return
	}
	r.emit(n, first, last, n.Kind, n.Confidence)
}

// person returns where the name of a person begins behind words of the office before it: "Minister of Education Ada Orr".
func (r *repairer) person(first, last int) int {
	if last-first < 2 || first < 2 || r.class(first-1)&(prepOf|prepFor|prepIn|stop) == 0 || r.given(first) {
		return first
	}
	for i := first + 1; i < last && i < first+6; i++ {
		if r.given(i) && !r.doc.Joined(i) {
			return i
		}
	}
	return first
}

// country makes a name of its own of a country in front of a person, of what it possesses, or of a common word, and returns
// where the rest begins.
func (r *repairer) country(n Name, first, last int) int {
	for i := first; i < last && i < first+4; i++ {
		c := r.lex.countries[r.doc.Text[r.doc.Tokens[first].Start:r.doc.Tokens[i].End]]
		if c.confidence == 0 {
			continue
		}
		w := r.doc.Word(i + 1)
		possessive := w == "'s" || w == "’s"
		if i == first && i+1 == last && !possessive && r.given(i) { // "Jordan Moss"
			continue
		}
		if possessive && i+1 < last || n.Kind == person && !possessive {
			r.emit(n, first, i, place, c.confidence)
			if possessive {
				return i + 2
			}
			return i + 1
		}
	}
	return first
}

// facility reports whether a name without small words ends in what only places are called: "Elwin Airport".
func (r *repairer) facility(first, last int) bool {
	if first == last || r.class(last)&placeNoun == 0 {
		return false
	}
	for i := first; i <= last; i++ {
		if r.doc.Tokens[i].Kind != text.Word || !capital(r.doc.Word(i)) {
			return false
		}
	}
	return true
}

// state reports whether a name is an abbreviated state behind a comma: "Elwin, Conn."
func (r *repairer) state(first, last int) bool {
	return first == last && r.class(first)&stateShort != 0 && first > 1 && r.doc.Word(first-1) == "," && capital(r.doc.Word(first-2))
}

// parties appends the countries joined in front of a common word, "Kenya-Peru war", and reports whether there are any.
func (r *repairer) parties(n Name, first, last int) bool {
	found := false
	for i := first; i < last; i++ {
		joined := i+1 < last && r.doc.Word(i+1) == "-" || i > first && r.doc.Word(i-1) == "-"
		if c := r.lex.countries[r.doc.Word(i)]; joined && c.confidence > 0 {
			r.emit(n, i, i, place, c.confidence)
			found = true
		}
	}
	return found
}

// apart appends the two names that the tagger took for one organisation.
func (r *repairer) apart(n Name, first, last int) bool {
	complement := false // "Committee on Energy and the Environment" is one name
	for i := first + 1; i < last; i++ {
		c := r.class(i)
		complement = complement || c&(preposition|stop) != 0
		switch {
		case (r.doc.Word(i) == "'s" || r.doc.Word(i) == "’s") && i+1 < last && capital(r.doc.Word(i+1)) && r.has(r.lex.types, organization, i-1): // "Elwin University's Moss School"
			r.emit(n, first, i-1, n.Kind, n.Confidence)
			r.emit(n, i+1, last, n.Kind, n.Confidence)
			return true
		case c&conjunction != 0 && !complement && i+2 <= last && r.class(i+1)&determiner != 0 && capital(r.doc.Word(i+2)): // "the Elwin Bank and the Tarn Bank"
			r.emit(n, first, i-1, n.Kind, n.Confidence)
			r.emit(n, i+2, last, n.Kind, n.Confidence)
			return true
		case c&conjunction != 0 && n.Confidence < doubtful && i == first+1 && capital(r.doc.Word(i+1)):
			r.emit(n, first, i-1, n.Kind, n.Confidence)
			r.emit(n, i+1, last, n.Kind, n.Confidence)
			return true
		case c&prepOf != 0 && i+2 == last && r.class(i+1)&determiner != 0 && acronym(r.doc.Word(last)): // "University of Elwin of the UK"
			if k := r.lex.countries[r.doc.Word(last)]; k.confidence > 0 {
				r.emit(n, first, i-1, n.Kind, n.Confidence)
				r.emit(n, last, last, place, k.confidence)
				return true
			}
		}
	}
	return false
}
