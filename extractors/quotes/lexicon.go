package quotes

import (
	"embed"
	"fmt"
	"strings"

	"example.invalid/nutgraf/internal/text"
)

//go:embed data/*.txt
var data embed.FS

// class is a set of what a word can be to a report; the sections of the data
// files name its members. All its 64 bits are taken.
type class uint64

const (
	sayVerb  class = 1 << iota // takes a clause: said that
	bareVerb                   // a sayVerb that also takes a noun phrase: announced
	tellVerb                   // puts the hearer first: told
	quoteVerb
	nameVerb // gives a name: nicknamed
	according
	relay // quotes others: the paper quoted Roe as saying
	paper // stands for what somebody said: statement
	venue // occasion of speech: interview
	timeWord
	that
	whether
	aux
	negation
	adverb
	pronoun
	feminine
	masculine
	plural
	neuter
	first
	join
	preposition
	article
	determiner
	finite
	honorific
	who
	which
	asWord
	agentWord  // by
	withWord   // with
	and        // and, or
	infinitive // to
	goesOn     // on, in "went on to say"
	be
	nonfinite // be, been, being
	hearers   // who is told things: reporters, him
	noClause  // after a verb of speech: so, nothing
	content   // clauses that are statements all the same: what, if
	genitive
	occasion     // prepositions before where and when something is said
	evidence     // data, figures: what they suggest nobody says
	inTitle      // prepositions inside titles: of, for
	thatOnly     // a sayVerb that must have its "that": highlighted
	heedless     // what things accord to is no source: plan, law
	noun         // a form of a verb that is as often a noun: reports
	gerund       // of one of the verbs
	base         // bare form of one of the verbs: say
	modal        // a bare form follows: will
	human        // describes a person: minister
	anybody      // describes a person of any office: teenager
	definite     // the
	body         // speaks as an institution: government
	spokesman    // speaks for somebody else
	shows        // a sayVerb of what was studied, too: suggest
	study        // what was studied: survey
	coordinating // joins a clause that could stand alone: but
	fact         // has a that-clause that nobody says: possibility

	// Not words of the data files but what the text makes of a token.
	quoted // inside quotation marks
	opener // opening mark of a stretch
	closer // closing mark of a stretch
	capital
	spent // cue of a quotation found
)

const cue = sayVerb | quoteVerb

var sections = map[string]class{
	"say": sayVerb, "bare": bareVerb, "tell": tellVerb, "quote": quoteVerb, "name": nameVerb,
	"according": according, "relay": relay, "paper": paper, "venue": venue, "time": timeWord, "that": that,
	"whether": whether, "aux": aux, "not": negation, "adverb": adverb, "pronoun": pronoun, "feminine": feminine,
	"masculine": masculine, "plural": plural, "neuter": neuter, "first": first, "join": join,
	"preposition": preposition, "article": article, "determiner": determiner, "finite": finite, "noun": noun, "honorific": honorific, "who": who, "which": which, "as": asWord, "agent": agentWord, "with": withWord, "and": and,
	"infinitive": infinitive, "goes on": goesOn, "be": be, "nonfinite": nonfinite, "hearer": hearers, "no clause": noClause,
	"content": content, "genitive": genitive, "occasion": occasion, "evidence": evidence, "in title": inTitle, "with that": thatOnly, "no source": heedless,
	"modal": modal, "shows": shows, "study": study, "human": human, "anybody": anybody, "definite": definite, "spokesman": spokesman, "body": body, "fact": fact, "coordinating": coordinating,
}

// A sourcePhrase is what must stand around a word of the according class, if anything:
// "according to", "the words of", "selon".
type sourcePhrase struct{ before, second string }

// A lexicon gives the classes of a language's words.
type lexicon struct {
	words   *text.Lexicon[class]
	phrases map[string]sourcePhrase // by the word that is of the according class

	capitalNouns bool // nouns are written with a capital
	bareClauses  bool // "that" may be left out: said the plan was dead

	// Endings that tell a form where no word list does.
	adverbs, participles, pasts, plurals []string
}

func newLexicon(data string) (*lexicon, error) {
	lex := &lexicon{phrases: map[string]sourcePhrase{}}
	words := map[string]class{}
	endings := map[string]*[]string{
		"adverb endings": &lex.adverbs, "participle endings": &lex.participles, "past endings": &lex.pasts, "plural endings": &lex.plurals,
	}
	var section class
	var ending *[]string
	for n, line := range strings.Split(data, "\n") {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		if name, ok := strings.CutPrefix(line, "["); ok {
			name = strings.TrimSuffix(name, "]")
			if ending = endings[name]; ending != nil {
				continue
			}
			if name == "capital nouns" || name == "bare clauses" {
				lex.capitalNouns = lex.capitalNouns || name == "capital nouns"
				lex.bareClauses = lex.bareClauses || name == "bare clauses"
				section = 0
				continue
			}
			if section, ok = sections[name]; !ok {
				return nil, fmt.Errorf("line %d: unknown section %s", n+1, line)
			}
			continue
		}
		if ending != nil {
			*ending = append(*ending, strings.Fields(line)...)
			continue
		}
		if section == according {
			f := strings.Fields(line)
			if len(f) > 3 {
				return nil, fmt.Errorf("line %d: a phrase of one to three words is wanted", n+1)
			}
			at := max(0, len(f)-2)
			words[f[at]] |= according
			lex.phrases[f[at]] = sourcePhrase{strings.Join(f[:at], " "), strings.Join(f[at+1:], " ")}
			continue
		}
		form := section
		for i, word := range strings.Fields(line) {
			if word == "|" {
				form |= gerund
				continue
			}
			if word == "-" {
				continue // no bare form
			}
			if len(word) > maxWord {
				return nil, fmt.Errorf("line %d: %q is too long", n+1, word)
			}
			words[word] |= form
			if i == 0 && section&cue != 0 {
				words[word] |= base
			}
		}
	}
	lex.words = text.NewLexicon(words)
	return lex, nil
}

// maxWord is the length of the longest word looked up, in bytes.
const maxWord = 24

// classify fills in the classes of the words of a document; byForm is room for those of its forms.
func (lex *lexicon) classify(doc *text.Document, out, byForm []class) {
	for i, f := range doc.Forms {
		byForm[i], _ = lex.words.Find(f.Hash)
	}
	for i, t := range doc.Tokens {
		if t.Kind != text.Word || t.End-t.Start > maxWord {
			continue
		}
		c := doc.Text[t.Start]
		switch {
		case c >= 'A' && c <= 'Z' && t.End-t.Start > 1 && acronym(doc.Text[t.Start+1:t.End]):
			out[i] = capital | byForm[t.Form]&human // WHO and US are no pronouns, but an MP is one
		case c >= 'A' && c <= 'Z' || c == 0xC3:
			out[i] = byForm[t.Form] | capital
		default:
			out[i] = byForm[t.Form]
		}
	}
}

func acronym(rest string) bool {
	for i := range len(rest) {
		if c := rest[i]; c < 'A' || c > 'Z' {
			return false
		}
	}
	return true
}
