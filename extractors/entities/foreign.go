package entities

import (
	"slices"
	"strings"

	nutgrafv1 "example.invalid/nutgraf/gen/go/nutgraf/v1"
	"example.invalid/nutgraf/internal/text"
)

// The tagger learnt English. In another language it takes sentences' first words, and in German any noun, for names, and
// runs on over small words that it does not know. There a name is a run of words with capitals that the lists know, or
// that the tagger is sure of.
const (
	// foreignMost is the share of such names that are right, counted by hand on 16 pages of seven languages that no rule here was made on.
	foreignMost = 0.9
	// listed is the confidence in what the lists know and the tagger doubts or did not find with these borders.
	listed = 0.8
)

// particles are the small words inside names; those of nouns join too much in German to be believed but behind a given name.
var particles = map[string]bool{
	"de": true, "del": true, "della": true, "delle": true, "dei": true, "di": true, "da": true, "do": true, "dos": true, "das": true,
	"du": true, "des": true, "la": true, "le": true, "los": true, "las": true, "der": true, "den": true, "von": true, "van": true,
	"zu": true, "zur": true, "ten": true, "ter": true, "bin": true, "ben": true, "ibn": true, "al": true, "el": true,
}

// capitalNouns are the languages that write every noun with a capital.
var capitalNouns = map[string]bool{"de": true, "lb": true}

// foreigner keeps what can be believed of the names in a text that is not English.
type foreigner struct {
	repairer
	nouns bool
}

func foreign(doc *text.Document, names []Name, lex *lexicon, language string) []Name {
	r := foreigner{repairer{lex: lex, doc: doc}, capitalNouns[language]}
	for _, n := range names {
		first, last := doc.TokenAt(n.Start), doc.TokenAt(n.End-1)
		if first < 0 || last < first {
			continue
		}
		for i := first; i <= last; i++ {
			if !r.large(i) {
				continue
			}
			end := r.run(i, last, n.Confidence)
			// A small word in front is an article; a cut anywhere else makes it another name than the tagger's.
			r.judge(n, i, end, end < last || slices.ContainsFunc(doc.Tokens[first:i], func(t text.Token) bool { return capital(doc.Text[t.Start:t.End]) }))
			i = end
		}
	}
	return r.out
}

// given reports whether token i is a given name, with its accents or without.
func (r *foreigner) given(i int) bool { return r.lex.given[foldName(r.doc.Word(i))] != unknown }

func (r *foreigner) large(i int) bool {
	return r.doc.Tokens[i].Kind == text.Word && capital(r.doc.Word(i))
}

// run returns the last token of the run of large words that begins with token i.
func (r *foreigner) run(i, last int, confidence float32) int {
	first := i
	for i < last {
		next := i + 1
		for next < last && next < i+4 && particles[r.doc.Word(next)] {
			next++
		}
		switch {
		case r.nouns && next > i+1 && (i > first || !r.given(i) || confidence < 0.93):
			return i
		case r.large(next):
		case r.doc.Joined(next) && next+1 <= last && r.doc.Joined(next+1) && r.doc.Tokens[next+1].Kind <= text.Number: // Stark-Watzinger
			next++
		case r.doc.Tokens[next].Kind == text.Number:
		default:
			return i
		}
		i = next
	}
	return i
}

// judge appends the name of tokens first to last if it can be believed.
func (r *foreigner) judge(n Name, first, last int, cut bool) {
	words := 0
	for i := first; i <= last; i++ {
		if r.large(i) && !r.doc.Joined(i) {
			words++
		}
	}
	if r.nouns || n.Kind == person {
		for i := first; i < last && (i == first || r.nouns); i++ { // "Sprecher Anton Moos"
			if r.given(i) && !r.doc.Joined(i) && !r.doc.Joined(i+1) && (n.Kind == person || i > first || cut) {
				other := cut || i > first
				if len(r.doc.Word(i)) <= 3 && (other || n.Confidence < listed) {
					continue // Sie and Tod are names somewhere
				}
				if other || n.Confidence < listed {
					n.Confidence = listed
				}
				r.keep(n, i, last, person)
				return
			}
		}
	}
	const probable = 0.5
	name := r.doc.Text[r.doc.Tokens[first].Start:r.doc.Tokens[last].End]
	if _, city := r.lex.subtype[foldName(name)]; (city || r.lex.countries[name].confidence > 0) && (cut || n.Kind != person && n.Confidence >= probable) {
		n.Confidence = listed
		r.keep(n, first, last, place)
		return
	}
	needs := float32(0.75)
	switch {
	case n.Kind != person && acronym(name) && strings.ToUpper(name) == name:
		needs = 0.5
	case n.Kind == person, r.nouns && words < 2:
		needs = 0.87
	case !r.nouns && words > 1:
		needs = 0.6
	}
	if !cut && n.Confidence >= needs {
		r.keep(n, first, last, n.Kind)
	}
}

func (r *foreigner) keep(n Name, first, last int, kind nutgrafv1.EntityKind) {
	r.emit(n, first, last, kind, min(n.Confidence, foreignMost))
}
