// Package langid tells the language of a text: by its script where that decides, else by its commonest words.
package langid

import (
	_ "embed"
	"math"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

//go:embed words.txt
var wordsText string

// maxText is how much of a text is looked at, in bytes: languages show early.
const maxText = 16 << 10

// lexicon says which languages a common word belongs to, and how telling it is.
type lexicon struct {
	names   []string
	words   []word
	index   map[string]int
	longest int // bytes of a word
}

type word struct {
	langs  []uint8
	weight float64 // a word of several languages counts little for each
	long   bool    // of more than one character
}

var common = func() *lexicon {
	l := &lexicon{index: map[string]int{}}
	for line := range strings.Lines(wordsText) {
		f := strings.Fields(line)
		if len(f) == 0 {
			continue
		}
		n := uint8(len(l.names))
		l.names = append(l.names, f[0])
		for _, w := range f[1:] {
			i, ok := l.index[w]
			if !ok {
				i = len(l.words)
				l.index[w] = i
				l.words = append(l.words, word{long: utf8.RuneCountInString(w) > 1})
				l.longest = max(l.longest, len(w))
			}
			if x := &l.words[i]; !slices.Contains(x.langs, n) {
				x.langs = append(x.langs, n)
				x.weight = 1 / math.Sqrt(float64(len(x.langs)))
			}
		}
	}
	return l
}()

// scripts that one language is written in, in the news at least.
var scripts = []struct {
	table *unicode.RangeTable
	lang  string
}{
	{unicode.Thai, "th"}, {unicode.Hangul, "ko"}, {unicode.Georgian, "ka"}, {unicode.Armenian, "hy"}, {unicode.Tamil, "ta"}, {unicode.Telugu, "te"},
	{unicode.Kannada, "kn"}, {unicode.Malayalam, "ml"}, {unicode.Gujarati, "gu"}, {unicode.Gurmukhi, "pa"}, {unicode.Sinhala, "si"}, {unicode.Myanmar, "my"},
	{unicode.Khmer, "km"}, {unicode.Lao, "lo"}, {unicode.Ethiopic, "am"}, {unicode.Tibetan, "bo"}, {unicode.Oriya, "or"},
}

// Detect returns the BCP 47 tag of the text's language and how sure it is, from 0 to 1. Without letters, or with words it does not
// know, the tag is "".
func Detect(text string) (tag string, confidence float64) {
	if len(text) > maxText {
		text = text[:maxText]
	}
	var counts [32]int
	letters, han, kana := 0, 0, 0
	for _, r := range text {
		if r < utf8.RuneSelf {
			if c := r | 0x20; 'a' <= c && c <= 'z' {
				letters++
			}
			continue
		}
		if !unicode.IsLetter(r) {
			continue
		}
		letters++
		switch {
		case unicode.Is(unicode.Latin, r):
		case unicode.Is(unicode.Han, r):
			han++
		case unicode.In(r, unicode.Hiragana, unicode.Katakana):
			kana++
		default:
			for i := range scripts {
				if unicode.Is(scripts[i].table, r) {
					counts[i]++
					break
				}
			}
		}
	}
	if letters == 0 {
		return "", 0
	}
	share := func(n int) float64 { return float64(n) / float64(letters) }
	sure := func(n int) float64 { return min(1, share(n)) * (1 - math.Exp(-float64(n)/20)) }
	switch {
	case share(kana) > .1 && share(kana+han) > .4:
		return "ja", sure(kana + han)
	case share(han) > .4:
		return chinese(text), sure(han)
	}
	for i, n := range counts {
		if share(n) > .4 {
			return scripts[i].lang, sure(n)
		}
	}
	return byWords(text)
}

// Characters of the thousand commonest that differ between the two ways to write Chinese.
const (
	simplified  = "这国个们时会对发学过说为从动经里现实关见开长问东头业进电产门书总万当员级军无战报应种机条济战极质张给边红远办华权让转记处决飞术单认传号图"
	traditional = "這國個們時會對發學過說為從動經裡現實關見開長問東頭業進電產門書總萬當員級軍無戰報應種機條濟戰極質張給邊紅遠辦華權讓轉記處決飛術單認傳號圖"
)

func chinese(text string) string {
	s, t := 0, 0
	for _, r := range text {
		if !unicode.Is(unicode.Han, r) {
			continue
		}
		if strings.ContainsRune(simplified, r) {
			s++
		}
		if strings.ContainsRune(traditional, r) {
			t++
		}
	}
	if t > s {
		return "zh-Hant"
	}
	return "zh"
}

// byWords counts common words.
func byWords(text string) (string, float64) {
	var score [80]float64
	var distinct [80]int
	seen := make([]bool, len(common.words))
	words := 0
	var buf [64]byte
	for {
		var w []byte
		if w, text = nextWord(buf[:0], text); len(w) == 0 {
			break
		}
		words++
		for len(w) > 0 && w[0] < 'a' { // ' and -
			w = w[1:]
		}
		for len(w) > 0 && w[len(w)-1] < 'a' {
			w = w[:len(w)-1]
		}
		if len(w) == 0 || len(w) > common.longest {
			continue
		}
		i, ok := common.index[string(w)]
		if !ok {
			continue
		}
		known := &common.words[i]
		if known.long && !seen[i] {
			seen[i] = true
			for _, l := range known.langs {
				distinct[l]++
			}
		}
		for _, l := range known.langs {
			score[l] += known.weight
		}
	}
	best, second := -1, -1
	for i := range common.names {
		switch {
		case best < 0 || score[i] > score[best]:
			best, second = i, best
		case second < 0 || score[i] > score[second]:
			second = i
		}
	}
	// Letters and numbers of lists and tables make words of many languages; prose shows several.
	if words == 0 || score[best] < 1 || score[best] < .04*float64(words) || distinct[best] < min(4, 1+words/4) {
		return "", 0
	}
	lead := (score[best] - score[second]) / score[best]
	return common.names[best], (1 - math.Exp(-score[best]/6)) * min(1, .4+lead)
}

// nextWord appends the first word of a text in small letters, and returns what is behind it. At the end the word is empty.
func nextWord(w []byte, text string) ([]byte, string) {
	for i := 0; i < len(text); {
		if c := text[i]; c < utf8.RuneSelf {
			i++
			if c = asciiWord[c]; c != 0 {
				w = append(w, c)
			} else if len(w) > 0 {
				return w, text[i:]
			}
			continue
		}
		r, size := utf8.DecodeRuneInString(text[i:])
		i += size
		if r = unicode.ToLower(r); unicode.IsLetter(r) || unicode.IsMark(r) {
			w = utf8.AppendRune(w, r)
		} else if len(w) > 0 {
			return w, text[i:]
		}
	}
	return w, ""
}

// asciiWord holds the small letters of what words are made of.
var asciiWord = func() (t [utf8.RuneSelf]byte) {
	for c := byte('a'); c <= 'z'; c++ {
		t[c], t[c-'a'+'A'] = c, c
	}
	t['\''], t['-'] = '\'', '-'
	return t
}()
