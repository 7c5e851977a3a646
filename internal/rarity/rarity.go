// Package rarity knows how common a word is in news: which words say nothing about what a text is about, and in how
// many articles the others are found.
package rarity

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"math"
	"strconv"
	"strings"
	"sync"
)

//go:embed data
var data embed.FS

// maxWord is the length of the longest word looked up, in bytes.
const maxWord = 32

// Table gives the weights of a language's words.
type Table struct {
	weights map[string]float32 // 0 for a stop word
	unseen  float32
}

var english = sync.OnceValue(func() *Table {
	t, err := load("en")
	if err != nil {
		panic(err) // the embedded tables are part of the program; a test opens them
	}
	return t
})

// Of returns the table of a language, given as a BCP 47 tag, or one that knows no word.
func Of(language string) *Table {
	if language == "" || language == "en" || strings.HasPrefix(language, "en-") {
		return english()
	}
	return unknown
}

var unknown = &Table{unseen: 1}

func load(lang string) (*Table, error) {
	t := &Table{weights: map[string]float32{}}
	words, err := data.ReadFile("data/" + lang + ".stop.txt")
	if err != nil {
		return nil, err
	}
	var stop []string
	for line := range strings.Lines(string(words)) {
		if !strings.HasPrefix(line, "#") {
			for w := range strings.FieldsSeq(line) {
				stop = append(stop, w)
			}
		}
	}
	counts, err := data.ReadFile("data/" + lang + ".df.tsv")
	if err != nil {
		return nil, err
	}
	articles := 0
	for line := range strings.Lines(string(counts)) {
		word, count, _ := strings.Cut(strings.TrimRight(line, "\n"), "\t")
		n, err := strconv.Atoi(count)
		if err != nil {
			return nil, fmt.Errorf("%s.df.tsv: %w", lang, err)
		}
		if word == "" {
			articles = n
			t.unseen = 1
			continue
		}
		t.weights[word] = float32(math.Log(float64(articles)/float64(n)) / math.Log(float64(articles)))
	}
	for _, w := range stop {
		t.weights[w] = 0
	}
	return t, nil
}

// Fold writes the lower case of word into buf as far as it fits; only ASCII and Latin-1 letters change.
func Fold(buf *[maxWord]byte, word string) []byte {
	n := copy(buf[:], word)
	b := buf[:n]
	for i, c := range b {
		if c >= 'A' && c <= 'Z' || c >= 0x80 && c <= 0x9E && i > 0 && b[i-1] == 0xC3 && c != 0x97 {
			b[i] = c | 0x20
		}
	}
	return b
}

// Weight returns how much a word says about what a text is about: 0 for a stop word, 1 for one that is never seen.
func (t *Table) Weight(word string) float32 {
	var buf [maxWord]byte
	return t.weight(Fold(&buf, word))
}

func (t *Table) weight(folded []byte) float32 {
	if weight, ok := t.weights[string(folded)]; ok {
		return weight
	}
	if len(folded) == 0 || t == unknown && len(folded) < 4 {
		return 0
	}
	return t.unseen
}

// A Vocabulary numbers the words of one article that say something, from 1. Words that differ only in case or a plural s
// are one. It is empty at first and after Reset.
type Vocabulary struct {
	table   *Table
	ids     map[string]int32
	Weights []float32 // by number; Weights[0] is 0
}

// Reset empties the vocabulary and gives it the table of a language.
func (v *Vocabulary) Reset(t *Table) {
	if v.ids == nil {
		v.ids = map[string]int32{}
	}
	clear(v.ids)
	v.table, v.Weights = t, append(v.Weights[:0], 0)
}

// ID returns the number of a word, 0 if it says nothing.
func (v *Vocabulary) ID(word string) int32 {
	var buf [maxWord]byte
	w := Fold(&buf, word)
	weight := v.table.weight(w)
	if weight == 0 {
		return 0
	}
	if n := len(w); n > 3 && w[n-1] == 's' {
		w = w[:n-1]
	}
	id, ok := v.ids[string(w)]
	if !ok {
		id = int32(len(v.Weights))
		v.ids[string(w)] = id
		v.Weights = append(v.Weights, weight)
	}
	return id
}

// Digest identifies the embedded tables.
func Digest() string {
	h := sha256.New()
	files, _ := data.ReadDir("data")
	for _, f := range files {
		b, _ := data.ReadFile("data/" + f.Name())
		h.Write(b)
	}
	return "sha256:" + hex.EncodeToString(h.Sum(nil))
}
