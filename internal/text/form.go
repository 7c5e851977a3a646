package text

import "math/rand/v2"

// A Form is a word whatever its capitals: words that differ at most in the case of ASCII and Latin-1 letters share one.
type Form struct {
	// Hash is that of the word. Two words of one hash are taken for the same.
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
	return h ^ h>>32
}

// forms numbers the forms of the words in order of appearance.
func (d *Document) forms() {
	var room [1 << 10]uint32
	slots := room[:] // number of a form + 1, by hash
	for i := range d.Tokens {
		t := &d.Tokens[i]
		if t.Kind != Word {
			continue
		}
		if 2*len(d.Forms) >= len(slots) {
			slots = make([]uint32, 4*len(slots))
			for n, f := range d.Forms {
				at := f.Hash & uint64(len(slots)-1)
				for slots[at] != 0 {
					at = (at + 1) & uint64(len(slots)-1)
				}
				slots[at] = uint32(n + 1)
			}
		}
		h := Hash(d.Text[t.Start:t.End])
		at := h & uint64(len(slots)-1)
		for slots[at] != 0 && d.Forms[slots[at]-1].Hash != h {
			at = (at + 1) & uint64(len(slots)-1)
		}
		if slots[at] == 0 {
			d.Forms = append(d.Forms, Form{Hash: h, First: uint32(i)})
			slots[at] = uint32(len(d.Forms))
		}
		t.Form = slots[at] - 1
	}
}

// Lexicon numbers the words of a list, to be found by the hash of their form.
type Lexicon struct {
	slots []slot
}

type slot struct {
	hash  uint64 // whole: with half of it one lookup in 3e9 would find a word that is not there, and another in each process
	index int32  // + 1; 0 if the slot is free
}

// NewLexicon returns a lexicon in which each word has the number of its place in the list.
func NewLexicon(words []string) *Lexicon {
	size := 16
	for 2*size < 3*len(words) {
		size *= 2
	}
	l := &Lexicon{slots: make([]slot, size)}
	for i, w := range words {
		h := Hash(w)
		at := h & uint64(size-1)
		for l.slots[at].index != 0 {
			at = (at + 1) & uint64(size-1)
		}
		l.slots[at] = slot{h, int32(i + 1)}
	}
	return l
}

// Find returns the number of the word with this hash, or -1.
func (l *Lexicon) Find(hash uint64) int {
	mask := uint64(len(l.slots) - 1)
	for at := hash & mask; ; at = (at + 1) & mask {
		s := &l.slots[at]
		if s.index == 0 {
			return -1
		}
		if s.hash == hash {
			return int(s.index - 1)
		}
	}
}
