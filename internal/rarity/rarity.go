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
	stop    map[string]bool
	weights map[string]float32
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
	t := &Table{stop: map[string]bool{}, weights: map[string]float32{}}
	words, err := data.ReadFile("data/" + lang + ".stop.txt")
	if err != nil {
		return nil, err
	}
	for line := range strings.Lines(string(words)) {
		if !strings.HasPrefix(line, "#") {
			for w := range strings.FieldsSeq(line) {
				t.stop[w] = true
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
	if word == "" {
		return 0
	}
	var buf [maxWord]byte
	w := Fold(&buf, word)
	if t.stop[string(w)] {
		return 0
	}
	if t == unknown && len(w) < 4 {
		return 0
	}
	if weight, ok := t.weights[string(w)]; ok {
		return weight
	}
	return t.unseen
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
