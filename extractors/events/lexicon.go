package events

import (
	"embed"
	"fmt"
	"maps"
	"math"
	"strconv"
	"strings"

	"example.invalid/nutgraf/internal/text"
)

//go:embed lang/*.txt
var langFiles embed.FS

// form is what a word is of its verb.
type form uint8

const (
	formBase form = 1 << iota
	formThird
	formPast
	formParticiple
	formGerund
)

// Classes of words that build clauses, as the language file names them.
type class uint32

const (
	cDet class = 1 << iota
	cPrep
	cSub
	cRel
	cConj
	cNeg
	cAux
	cModal
	cPron
	cMale
	cFemale
	cThing
	cGroup
	cAdv
	cBe
	cFuture
	cConditional
	cPlan
	cAspect
	cTry
	cFail
	cReport
	cLight
	cCause
	cState
	cQuantity
	cNumber
)

var classNames = map[string]class{
	"det": cDet, "prep": cPrep, "sub": cSub, "rel": cRel, "conj": cConj, "neg": cNeg, "aux": cAux, "modal": cModal,
	"pron": cPron, "male": cMale, "female": cFemale, "thing": cThing, "group": cGroup, "adv": cAdv, "be": cBe,
	"future": cFuture, "conditional": cConditional, "plan": cPlan, "aspect": cAspect, "try": cTry, "fail": cFail,
	"report": cReport, "light": cLight, "cause": cCause, "state": cState, "quantity": cQuantity, "number": cNumber,
}

// verbClasses hold for all forms of their words.
const verbClasses = cPlan | cAspect | cTry | cFail | cReport | cLight | cCause | cState

// sense is a kind of event that a word can tell.
type sense struct {
	kind   string
	weight int
}

type verb struct {
	lemma     string
	particle  string // of a phrasal verb
	sense     sense
	classes   class
	isTrigger bool
	phrasal   bool // with some particle it is another verb
}

// word is all that the lexicon knows of one spelling.
type word struct {
	classes class
	verb    int16 // index of the verb + 1
	noun    int16 // index of the noun sense + 1
	forms   form
	tag     tag  // by its classes alone; tNoun if they say nothing
	varies  bool // its neighbours may make it something else
}

type lexicon struct {
	words     map[string]word
	verbs     []verb
	phrasal   map[[2]string]int32 // lemma and particle
	nouns     []sense
	lemmas    []string // of nouns
	byLemma   map[string]int32
	irregular map[string][2]string
	list      *text.Lexicon[word]
}

func loadLexicon(lang string) (*lexicon, error) {
	data, err := langFiles.ReadFile("lang/" + lang + ".txt")
	if err != nil {
		return nil, err
	}
	lx := &lexicon{words: map[string]word{}, phrasal: map[[2]string]int32{}, byLemma: map[string]int32{}, irregular: map[string][2]string{}}
	lines := strings.Split(string(data), "\n")
	// Irregular forms first: the other sections spell out all forms.
	for _, want := range []string{"irregular", "verbs", "nouns", "classes"} {
		section := ""
		for n, line := range lines {
			line = strings.TrimSpace(line)
			if line == "" || line[0] == '#' {
				continue
			}
			if line[0] == '[' {
				section = strings.Trim(line, "[]")
				continue
			}
			if section != want {
				continue
			}
			if err := lx.add(section, line); err != nil {
				return nil, fmt.Errorf("%s line %d: %w", lang, n+1, err)
			}
		}
	}
	if max(len(lx.verbs), len(lx.nouns)) > math.MaxInt16 {
		return nil, fmt.Errorf("%s: too many words", lang)
	}
	for s, w := range maps.Clone(lx.words) {
		w.tag = closed(w)
		w.varies = w.classes&(cQuantity|cModal) != 0 || w.classes&cDet != 0 && w.classes&cPron != 0 ||
			s == "'s" || s == "to" || s == "that"
		lx.words[s], lx.words[strings.ReplaceAll(s, "'", "’")] = w, w
	}
	lx.list = text.NewLexicon(lx.words)
	return lx, nil
}

func (lx *lexicon) add(section, line string) error {
	if section == "irregular" {
		f := strings.Fields(line)
		if len(f) != 3 {
			return fmt.Errorf("want three forms, got %q", line)
		}
		lx.irregular[f[0]] = [2]string{f[1], f[2]}
		return nil
	}
	head, rest, ok := strings.Cut(line, ":")
	if !ok {
		return fmt.Errorf("no colon in %q", line)
	}
	lemmas := strings.Fields(rest)
	if section == "classes" {
		c, ok := classNames[head]
		if !ok {
			return fmt.Errorf("unknown class %q", head)
		}
		for _, l := range lemmas {
			if c&verbClasses != 0 {
				lx.verbs[lx.verb(l)].classes |= c
				continue
			}
			w := lx.words[l]
			w.classes |= c
			lx.words[l] = w
		}
		return nil
	}
	kind, weight, _ := strings.Cut(head, " ")
	n, err := strconv.Atoi(weight)
	if err != nil {
		return err
	}
	s := sense{kind, n}
	for _, l := range lemmas {
		switch section {
		case "verbs":
			base, particle, _ := strings.Cut(l, "_")
			if particle != "" {
				lx.verbs[lx.verb(base)].phrasal = true
				lx.phrasal[[2]string{base, particle}] = int32(len(lx.verbs))
				lx.verbs = append(lx.verbs, verb{lemma: l, particle: particle, sense: s, isTrigger: true})
				continue
			}
			v := &lx.verbs[lx.verb(l)]
			if !v.isTrigger { // the first sense stands
				v.sense, v.isTrigger = s, true
			}
		case "nouns":
			for _, spelling := range []string{l, plural(l)} {
				w := lx.words[spelling]
				if w.noun == 0 {
					w.noun = int16(len(lx.nouns)) + 1
					lx.words[spelling] = w
				}
			}
			lx.nouns = append(lx.nouns, s)
			lx.lemmas = append(lx.lemmas, l)
		}
	}
	return nil
}

// verb returns the index of a lemma, and spells out its forms when it is new.
func (lx *lexicon) verb(lemma string) int32 {
	if i, ok := lx.byLemma[lemma]; ok {
		return i
	}
	i := int32(len(lx.verbs))
	lx.verbs = append(lx.verbs, verb{lemma: lemma})
	lx.byLemma[lemma] = i
	put := func(s string, f form) {
		w := lx.words[s]
		if w.verb == 0 {
			w.verb = int16(i) + 1
		}
		if w.verb == int16(i)+1 {
			w.forms |= f
		}
		lx.words[s] = w
	}
	put(lemma, formBase)
	put(third(lemma), formThird)
	for _, stem := range stems(lemma) {
		put(stem+"ing", formGerund)
		if _, ok := lx.irregular[lemma]; !ok {
			put(stem+"ed", formPast|formParticiple)
		}
	}
	if f, ok := lx.irregular[lemma]; ok {
		put(f[0], formPast)
		put(f[1], formParticiple)
	}
	return i
}

const vowels = "aeiou"

func vowel(c byte) bool { return strings.IndexByte(vowels, c) >= 0 }

// stems are what -ing and -ed may be put to: hop gives hop and hopp, make gives mak.
func stems(l string) []string {
	n := len(l)
	switch {
	case n > 2 && l[n-1] == 'e' && !vowel(l[n-2]), n > 3 && l[n-2:] == "ue":
		return []string{l[:n-1]}
	case n > 2 && l[n-1] == 'y' && !vowel(l[n-2]):
		return []string{l, l[:n-1] + "i"}
	case n > 2 && l[n-2:] == "ie":
		return []string{l[:n-2] + "y", l[:n-1]}
	case n > 2 && l[n-1] == 'e':
		return []string{l, l[:n-1]}
	case n > 2 && !vowel(l[n-1]) && vowel(l[n-2]) && !vowel(l[n-3]) && !strings.ContainsRune("wxy", rune(l[n-1])):
		return []string{l, l + l[n-1:]}
	}
	return []string{l}
}

func third(l string) string { return plural(l) }

func plural(l string) string {
	n := len(l)
	switch {
	case l[n-1] == 'y' && n > 1 && !vowel(l[n-2]):
		return l[:n-1] + "ies"
	case l[n-1] == 's' || l[n-1] == 'x' || l[n-1] == 'z' || strings.HasSuffix(l, "ch") || strings.HasSuffix(l, "sh"):
		return l + "es"
	}
	return l + "s"
}

// closed is the tag of a word of a closed class, else tNoun.
func closed(w word) tag {
	c := w.classes
	switch {
	case c&cNumber != 0:
		return tNum
	case c&cNeg != 0:
		return tNeg
	case c&cAux != 0 && w.forms&formGerund == 0:
		return tAux
	case c&cDet != 0 && c&cPron == 0:
		return tDet
	case c&cPron != 0:
		return tPron
	case c&cRel != 0:
		return tRel
	case c&cConj != 0:
		return tConj
	case c&cSub != 0:
		return tSub
	case c&cPrep != 0:
		return tPrep
	case c&cAdv != 0:
		return tAdv
	}
	return tNoun
}

// look fills in what the lexicon knows of the forms of a document.
func (lx *lexicon) look(doc *text.Document, out []word) {
	for i, f := range doc.Forms {
		out[i], _ = lx.list.Find(f.Hash)
	}
}
