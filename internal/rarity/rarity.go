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
	"math"
	"strconv"
	"strings"
	"sync"

	"example.invalid/nutgraf/internal/text"
)

//go:embed data
var data embed.FS

// Table gives the weights of a language's words.
type Table struct {
	weights *text.Lexicon[float32] // 0 for a stop word
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

var unknown = &Table{text.NewLexicon(map[string]float32{})}

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
	return &Table{text.NewLexicon(weights)}, nil
}

// Weight returns how much a word says about what a text is about, whatever its capitals: 0 for a stop word, 1 for one
// that is never seen.
func (t *Table) Weight(word string) float32 { return t.weight(word, text.Hash(word)) }

func (t *Table) weight(word string, hash uint64) float32 {
	if weight, ok := t.weights.Find(hash); ok {
		return weight
	}
	if len(word) == 0 || t == unknown && len(word) < 4 {
		return 0
	}
	return 1
}

// Words are the words of an article that say something, numbered from 1 as they appear, those of the title first. Words that
// differ only in case or a plural s are one.
type Words struct {
	// Weights are what Weight says of them, by number; Weights[0] is 0.
	Weights []float32
	// Title and Body are the numbers by form of the title and the body, 0 for what says nothing.
	Title, Body []int32
	// Titles is the number below which all are the title's.
	Titles int

	table  *Table
	hashes []uint64 // by number
	slots  []int32  // numbers by hash, 0 where there is none
}

// Number numbers the words of a title and a body.
func (t *Table) Number(title, body *text.Document) *Words {
	forms, size := len(title.Forms)+len(body.Forms), 16
	for size < 2*forms {
		size *= 2
	}
	w := &Words{
		table: t, Weights: make([]float32, 1, forms), hashes: make([]uint64, 1, forms), slots: make([]int32, size),
	}
	numbers := make([]int32, forms)
	w.Title, w.Body = numbers[:len(title.Forms)], numbers[len(title.Forms):]
	w.read(title, w.Title)
	w.Titles = len(w.Weights)
	w.read(body, w.Body)
	return w
}

func (w *Words) read(doc *text.Document, numbers []int32) {
	for i := 1; i < len(doc.Forms); i++ {
		f := &doc.Forms[i]
		id, weight, hash := w.find(doc.Word(int(f.First)), f.Hash)
		if id == 0 && weight > 0 {
			id = int32(len(w.Weights))
			w.Weights, w.hashes = append(w.Weights, weight), append(w.hashes, hash)
			w.slots[w.slot(hash)] = id
		}
		numbers[i] = id
	}
}

// Find returns the number of a word. If the article has no such word it returns 0, with a hash to know it by and its weight,
// which is 0 if the word says nothing.
func (w *Words) Find(word string) (id int32, weight float32, hash uint64) {
	return w.find(word, text.Hash(word))
}

func (w *Words) find(word string, hash uint64) (int32, float32, uint64) {
	weight := w.table.weight(word, hash)
	if weight == 0 {
		return 0, 0, hash
	}
	if n := len(word); n > 3 && word[n-1]|0x20 == 's' {
		hash = text.Hash(word[:n-1])
	}
	return w.slots[w.slot(hash)], weight, hash
}

// slot returns the place of a hash, or the free one where it belongs.
func (w *Words) slot(hash uint64) uint64 {
	mask := uint64(len(w.slots) - 1)
	at := hash & mask
	for w.slots[at] != 0 && w.hashes[w.slots[at]] != hash {
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
