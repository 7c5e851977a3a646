// Package rarity knows how common a word is in news: which words say nothing about what a text is about, and in how
// many articles the others are found.
package rarity

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"sync"

	"example.invalid/nutgraf/internal/text"
)

//go:embed data
var data embed.FS

// maxKept is the size up to which the table of a vocabulary is kept for the next article.
const maxKept = 1 << 14

// Table gives the weights of a language's words.
type Table struct {
	words   *text.Lexicon
	weights []float32 // by number of the word; 0 for a stop word
}

// tables are those of the languages with a list of words that say nothing; only English has counts too.
var tables = func() map[string]func() *Table {
	m := map[string]func() *Table{}
	for _, lang := range []string{"de", "en", "es", "fr"} {
		m[lang] = sync.OnceValue(func() *Table {
			t, err := load(lang)
			if err != nil {
				panic(err) // the embedded tables are part of the program; a test opens them
			}
			return t
		})
	}
	return m
}()

// Known reports whether a language, given as a BCP 47 tag, has a table.
func Known(language string) bool { return tables[primary(language)] != nil }

// Of returns the table of a language, given as a BCP 47 tag, or one that knows no word.
func Of(language string) *Table {
	if t := tables[primary(language)]; t != nil {
		return t()
	}
	return unknown
}

// primary is the language of a tag alone; English where there is none.
func primary(tag string) string {
	if tag == "" {
		return "en"
	}
	lang, _, _ := strings.Cut(strings.ToLower(tag), "-")
	return lang
}

var unknown = newTable(map[string]float32{})

func newTable(weights map[string]float32) *Table {
	words := slices.Collect(maps.Keys(weights))
	t := &Table{words: text.NewLexicon(words), weights: make([]float32, len(words))}
	for i, w := range words {
		t.weights[i] = weights[w]
	}
	return t
}

func load(lang string) (*Table, error) {
	weights := map[string]float32{}
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
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
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
			continue
		}
		weights[word] = float32(math.Log(float64(articles)/float64(n)) / math.Log(float64(articles)))
	}
	for _, w := range stop {
		weights[w] = 0
	}
	return newTable(weights), nil
}

// Weight returns how much a word says about what a text is about, whatever its capitals: 0 for a stop word, 1 for one
// that is never seen.
func (t *Table) Weight(word string) float32 { return t.weight(word, text.Hash(word)) }

func (t *Table) weight(word string, hash uint64) float32 {
	if i := t.words.Find(hash); i >= 0 {
		return t.weights[i]
	}
	if len(word) == 0 || t == unknown && len(word) < 4 {
		return 0
	}
	return 1
}

// A Vocabulary numbers the words of one article that say something, from 1. Words that differ only in case or a plural s
// are one. It is empty at first and after Reset.
type Vocabulary struct {
	table   *Table
	Weights []float32 // by number; Weights[0] is 0
	hashes  []uint64  // by number
	slots   []int32   // numbers by hash, 0 where there is none

	doc   *text.Document
	forms []int32 // by form of doc: number + 1, 0 if not yet known
}

// Reset empties the vocabulary and gives it the table of a language.
func (v *Vocabulary) Reset(t *Table) {
	if v.slots == nil || len(v.slots) > maxKept {
		v.slots = make([]int32, 1<<10)
	}
	clear(v.slots)
	v.table, v.Weights, v.hashes = t, append(v.Weights[:0], 0), append(v.hashes[:0], 0)
	v.Read(nil)
}

// Read sets the document whose words Token numbers.
func (v *Vocabulary) Read(doc *text.Document) {
	v.doc, v.forms = doc, v.forms[:0]
	if doc != nil {
		v.forms = slices.Grow(v.forms, len(doc.Forms))[:len(doc.Forms)]
		clear(v.forms)
	}
}

// Token returns the number of the word that is token i of the document read, 0 if it says nothing.
func (v *Vocabulary) Token(i int) int32 {
	form := &v.forms[v.doc.Tokens[i].Form]
	if *form == 0 {
		*form = v.id(v.doc.Word(i), v.doc.Forms[v.doc.Tokens[i].Form].Hash) + 1
	}
	return *form - 1
}

// ID returns the number of a word, 0 if it says nothing.
func (v *Vocabulary) ID(word string) int32 { return v.id(word, text.Hash(word)) }

func (v *Vocabulary) id(word string, h uint64) int32 {
	weight := v.table.weight(word, h)
	if weight == 0 {
		return 0
	}
	if n := len(word); n > 3 && word[n-1]|0x20 == 's' {
		h = text.Hash(word[:n-1])
	}
	at := v.slot(h)
	if v.slots[at] == 0 {
		if 2*len(v.hashes) >= len(v.slots) {
			v.slots = make([]int32, 4*len(v.slots))
			for id, h := range v.hashes[1:] {
				v.slots[v.slot(h)] = int32(id + 1)
			}
			at = v.slot(h)
		}
		v.slots[at] = int32(len(v.Weights))
		v.Weights, v.hashes = append(v.Weights, weight), append(v.hashes, h)
	}
	return v.slots[at]
}

// slot returns the place of a hash, or the free one where it belongs.
func (v *Vocabulary) slot(h uint64) uint64 {
	mask := uint64(len(v.slots) - 1)
	at := h & mask
	for v.slots[at] != 0 && v.hashes[v.slots[at]] != h {
		at = (at + 1) & mask
	}
	return at
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
