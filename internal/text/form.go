package text

import (
	"maps"
	"math/rand/v2"
	"slices"
)

// A Form is a word whatever its capitals: words that differ at most in the case of ASCII and Latin-1 letters share one.
type Form struct {
	// Hash is that of the word, not 0. Two words of one hash are taken for the same.
	Hash uint64
	// First is the first token of the form.
	First uint32
}

const hashPrime = 1099511628211 // of FNV-1a

// hashSeed differs between processes, so that nobody can write a text whose words all collide.
var hashSeed = rand.Uint64()

// Hash returns the hash of a word's form. It holds for this process only.
func Hash[T string | []byte](word T) uint64 {
	h := hashSeed
	for i := range len(word) {
		c := word[i]
		if c-'A' < 26 || c >= 0x80 && c <= 0x9E && c != 0x97 && i > 0 && word[i-1] == 0xC3 {
			c |= 0x20
		}
		h = (h ^ uint64(c)) * hashPrime
	}
	return max(h^h>>32, 1) // 0 is that of no word
}

// forms numbers the forms of the words in order of appearance, from 1.
func (d *Document) forms() {
	var room [1 << 10]uint32
	slots := room[:] // number of a form, by hash
	d.Forms = append(make([]Form, 0, len(d.Tokens)/2+8), Form{})
	for i := range d.Tokens {
		t := &d.Tokens[i]
		if t.Kind != Word {
			continue
		}
		if 2*len(d.Forms) >= len(slots) {
			slots = make([]uint32, 4*len(slots))
			for n, f := range d.Forms[1:] {
				at := f.Hash & uint64(len(slots)-1)
				for slots[at] != 0 {
					at = (at + 1) & uint64(len(slots)-1)
				}
				slots[at] = uint32(n + 1)
			}
		}
		h := Hash(d.Text[t.Start:t.End])
		at := h & uint64(len(slots)-1)
		for slots[at] != 0 && d.Forms[slots[at]].Hash != h {
			at = (at + 1) & uint64(len(slots)-1)
		}
		if slots[at] == 0 {
			slots[at] = uint32(len(d.Forms))
			d.Forms = append(d.Forms, Form{Hash: h, First: uint32(i)})
		}
		t.Form = slots[at]
	}
}

// Lexicon says of each word of a list a V, to be found by the hash of its form.
type Lexicon[V any] struct {
	hashes []uint64 // whole: with half of one, one look-up in 3e9 would find a word that is not there, and another in each process
	values []V      // apart, for most words of a text are in no list
}

// NewLexicon returns a lexicon of words. Of words of one form the first in order of the alphabet counts.
func NewLexicon[V any](words map[string]V) *Lexicon[V] {
	size := 16
	for size < 2*len(words) {
		size *= 2
	}
	l := &Lexicon[V]{make([]uint64, size), make([]V, size)}
	for _, w := range slices.Sorted(maps.Keys(words)) {
		h := Hash(w)
		if at := l.at(h); l.hashes[at] == 0 {
			l.hashes[at], l.values[at] = h, words[w]
		}
	}
	return l
}

// at returns the place of a hash, or the free one where it belongs, which has 0.
func (l *Lexicon[V]) at(hash uint64) uint64 {
	mask := uint64(len(l.hashes) - 1)
	at := hash & mask
	for l.hashes[at] != hash && l.hashes[at] != 0 {
		at = (at + 1) & mask
	}
	return at
}

// Find returns what is said of the word with this hash, if it is in the list.
func (l *Lexicon[V]) Find(hash uint64) (said V, ok bool) {
	at := l.at(hash)
	if l.hashes[at] == 0 {
		return said, false
	}
	return l.values[at], true
}
