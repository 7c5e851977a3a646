// Package fingerprint makes fingerprints of the body with which near duplicates are found: SimHash, MinHash and SHA-256.
package fingerprint

import (
	"context"
	"crypto/sha256"
	"time"
	"unicode"

	nutgrafv1 "example.invalid/nutgraf/gen/go/nutgraf/v1"
	"example.invalid/nutgraf/internal/pipeline"
	"golang.org/x/text/unicode/norm"
)

// Algorithm names what the numbers are made of: they compare only with numbers of the same algorithm.
const Algorithm = "simhash64+minhash128x32/words3/nfc-lower/fnv1a64-mix/1"

const (
	shingle   = 3 // words
	simBits   = 64
	signature = 128
)

// Extractor makes fingerprints.
type Extractor struct{}

// New returns the extractor.
func New() *Extractor { return &Extractor{} }

// Spec describes the extractor.
func (*Extractor) Spec() pipeline.Spec {
	return pipeline.Spec{
		Name:        "fingerprint",
		Version:     "1.0.0",
		Description: "SimHash, MinHash and SHA-256 of the body, for finding near duplicates.",
		Requires:    []pipeline.Field{"content"},
		Provides:    []pipeline.Field{"fingerprint"},
		Budget:      2 * time.Second,
	}
}

// Extract makes the fingerprint of the body; without a body there is none. MinHash is made only if the mask names it.
func (*Extractor) Extract(ctx context.Context, in pipeline.Input) (*nutgrafv1.Extraction, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	text := in.Content().GetText()
	if text == "" {
		return &nutgrafv1.Extraction{}, nil
	}
	sum := sha256.Sum256([]byte(text))
	out := &nutgrafv1.Fingerprint{Algorithm: Algorithm, BodySha256: sum[:]}
	var sim simHash
	var min minHash
	minhash := in.Asks("fingerprint.minhash")
	n := 0
	for h := range shingles(text) {
		if n++; n&4095 == 0 {
			if err := ctx.Err(); err != nil {
				return nil, err
			}
		}
		sim.add(h)
		if minhash {
			min.add(h)
		}
	}
	if n > 0 {
		out.Simhash = sim.sum()
		if minhash {
			out.Minhash = min.signature()
		}
	}
	return &nutgrafv1.Extraction{Fingerprint: out}, nil
}

// shingles yields a hash of every three words in a row; of a shorter text, of all its words. Words are runs of letters and digits in NFC
// and lower case, in scripts without spaces single characters.
func shingles(text string) func(yield func(uint64) bool) {
	return func(yield func(uint64) bool) {
		var last [shingle]uint64
		n := 0
		for w := range words(norm.NFC.String(text)) {
			copy(last[:], last[1:])
			last[shingle-1] = w
			if n++; n >= shingle && !yield(combine(last[:])) {
				return
			}
		}
		if n > 0 && n < shingle {
			yield(combine(last[shingle-n:]))
		}
	}
}

const (
	offset64 = 14695981039346656037
	prime64  = 1099511628211
)

// words yields the FNV-1a hash of each word.
func words(s string) func(yield func(uint64) bool) {
	return func(yield func(uint64) bool) {
		h, in := uint64(offset64), false
		for _, r := range s {
			letter := r < 0x80 && ('a' <= r|0x20 && r|0x20 <= 'z' || '0' <= r && r <= '9') || r >= 0x80 && (unicode.IsLetter(r) || unicode.IsMark(r) || unicode.IsDigit(r))
			alone := r >= 0x0e00 && unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar)
			if in && (!letter || alone) {
				if !yield(h) {
					return
				}
				h, in = offset64, false
			}
			if !letter {
				continue
			}
			h = hashRune(h, lower(r))
			if in = !alone; alone {
				if !yield(h) {
					return
				}
				h = offset64
			}
		}
		if in {
			yield(h)
		}
	}
}

func lower(r rune) rune {
	if r < 0x80 {
		if 'A' <= r && r <= 'Z' {
			r |= 0x20
		}
		return r
	}
	return unicode.ToLower(r)
}

// hashRune goes over all four bytes of a character, so that the sequence of characters decides alone.
func hashRune(h uint64, r rune) uint64 {
	for range 4 {
		h = (h ^ uint64(r&0xff)) * prime64
		r >>= 8
	}
	return h
}

func combine(words []uint64) uint64 {
	h := uint64(offset64)
	for _, w := range words {
		h = mix(h ^ w)
	}
	return h
}

// mix is the finaliser of MurmurHash3: FNV alone spreads its high bits badly.
func mix(h uint64) uint64 {
	h ^= h >> 33
	h *= 0xff51afd7ed558ccd
	h ^= h >> 33
	h *= 0xc4ceb9fe1a85ec53
	return h ^ h>>33
}

// simHash is Charikar's: bit i is set if more shingles have it than not.
type simHash struct {
	ones  [simBits]int32
	count int32
}

func (s *simHash) add(h uint64) {
	s.count++
	for i := range s.ones {
		s.ones[i] += int32(h >> i & 1)
	}
}

func (s *simHash) sum() (v uint64) {
	for i, n := range s.ones {
		if 2*n > s.count {
			v |= 1 << i
		}
	}
	return v
}

// minHash keeps the least of each of its hash functions, which are one hash times an odd number plus another.
type minHash struct {
	least [signature]uint32
	any   bool
}

var factors, terms = func() (a, b [signature]uint64) {
	x := uint64(0x9e3779b97f4a7c15)
	for i := range a {
		x += 0x9e3779b97f4a7c15
		a[i] = mix(x) | 1
		x += 0x9e3779b97f4a7c15
		b[i] = mix(x)
	}
	return a, b
}()

func (m *minHash) add(h uint64) {
	if !m.any {
		m.any = true
		for i := range m.least {
			m.least[i] = ^uint32(0)
		}
	}
	for i := range m.least {
		if v := uint32((h*factors[i] + terms[i]) >> 32); v < m.least[i] {
			m.least[i] = v
		}
	}
}

func (m *minHash) signature() []uint32 { return m.least[:] }
