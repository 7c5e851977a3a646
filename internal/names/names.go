// Package names finds the names of people, organisations, places and events in a text.
package names

import (
	"context"
	"crypto/sha256"
	_ "embed" // the weights
	"encoding/hex"
	"fmt"
	"sync"

	"example.invalid/nutgraf/internal/names/feature"
	"example.invalid/nutgraf/internal/text"
)

// Kind is what a name stands for.
type Kind uint8

// The kinds of names.
const (
	Person Kind = iota
	Organisation
	Place
	Event
	kinds
)

func (k Kind) String() string {
	return [...]string{"PER", "ORG", "LOC", "EVENT", "?"}[min(k, kinds)]
}

// ParseKind returns the kind that String calls s.
func ParseKind(s string) (Kind, bool) {
	for k := Person; k < kinds; k++ {
		if k.String() == s {
			return k, true
		}
	}
	return 0, false
}

// Mention is one occurrence of a name: bytes [Start, End) of the text, tokens [First, Last).
type Mention struct {
	Start, End  int
	First, Last int
	Kind        Kind
	Confidence  float64 // how likely span and kind are both right
}

//go:embed model.bin
var modelData string

//go:embed gazetteer.bin
var gazetteerData string

// Tagger finds names. It is read-only and may be used by many goroutines at a time.
type Tagger struct {
	model     *Model
	gazetteer feature.Gazetteer
	digest    string
	scratch   sync.Pool
}

// New returns a tagger with the embedded weights.
func New() (*Tagger, error) { return Open(modelData, gazetteerData) }

// Open returns a tagger with the given weights and gazetteer.
func Open(model, gazetteer string) (*Tagger, error) {
	m, err := OpenModel(model)
	if err != nil {
		return nil, fmt.Errorf("open names model: %w", err)
	}
	g, err := feature.OpenGazetteer(gazetteer)
	if err != nil {
		return nil, fmt.Errorf("open names gazetteer: %w", err)
	}
	h := sha256.New()
	h.Write([]byte(model))
	h.Write([]byte(gazetteer))
	t := &Tagger{model: m, gazetteer: g, digest: hex.EncodeToString(h.Sum(nil)[:8])}
	t.scratch.New = func() any { return &scratch{} }
	return t, nil
}

// Digest identifies the weights.
func (t *Tagger) Digest() string { return t.digest }

// sentencesPerCheck is how often the context is looked at: a sentence has at most 500 tokens, half a millisecond's work.
const sentencesPerCheck = 16

type scratch struct {
	features feature.Extractor
	hashes   []uint32
	document Document
	mentions []Mention
	pieces   []piece

	// Of each token of the text.
	scores [][States]int32
	states []uint8
	// Of each token of the piece at hand.
	back                         [][States]uint8
	forward, backward, emissions [][States]float32
}

// Tag returns the names of the document in the order of its text; none overlap. When ctx ends it returns nil, soon.
func (t *Tagger) Tag(ctx context.Context, d *text.Document) []Mention {
	s := t.scratch.Get().(*scratch)
	defer t.scratch.Put(s)
	n := len(d.Tokens)
	if cap(s.scores) < n {
		n := n + n/4
		s.scores, s.states = make([][States]int32, n), make([]uint8, n)
	}
	longest := 0
	for _, x := range d.Sentences {
		longest = max(longest, x.Last-x.First)
	}
	if len(s.back) < longest {
		s.back = make([][States]uint8, longest)
		s.forward, s.backward, s.emissions = make([][States]float32, longest), make([][States]float32, longest), make([][States]float32, longest)
	}
	s.scores, s.states = s.scores[:n], s.states[:n]
	for i := range s.scores {
		s.scores[i] = [States]int32{outside: -t.model.bias}
	}
	clear(s.states)
	s.mentions, s.pieces = s.mentions[:0], s.pieces[:0]
	s.features.Reset(d, t.gazetteer)
	for k, x := range d.Sentences {
		if k%sentencesPerCheck == 0 && ctx.Err() != nil {
			return nil
		}
		if !s.features.Sentence(x.First, x.Last) {
			continue
		}
		for p := s.piece(d, x, x.First); p.first < x.Last; p = s.piece(d, x, p.last) {
			for i := p.first; i < p.last; i++ {
				s.hashes = s.features.Append(s.hashes[:0], i)
				t.model.add(&s.scores[i], s.hashes)
			}
			t.decode(s, p)
			s.pieces = append(s.pieces, p)
			s.collect(d, p)
		}
	}
	// The second look knows what the first one found elsewhere in the document.
	s.document.Reset(&s.features, s.mentions, s.states)
	s.mentions = s.mentions[:0]
	for k, p := range s.pieces {
		if k%sentencesPerCheck == 0 && ctx.Err() != nil {
			return nil
		}
		found := false
		for i := p.first; i < p.last; i++ {
			if h := s.document.Append(s.hashes[:0], i); len(h) > 0 {
				t.model.add(&s.scores[i], h)
				s.hashes, found = h, true
			}
		}
		if found {
			t.decode(s, p)
		}
		from := len(s.mentions)
		s.collect(d, p)
		t.weigh(s, p, s.mentions[from:])
	}
	if len(s.mentions) == 0 {
		return nil
	}
	return append([]Mention(nil), s.mentions...)
}

// piece is a run of tokens of a line of a sentence that can be parts of one name; those around it cannot.
type piece struct {
	first, last int
	// Whether the piece begins and ends with its sentence; else a token outside every name comes before and behind it.
	starts, ends bool
}

// piece returns the first piece of sentence x at or after token i, or one that begins at the sentence's end.
func (s *scratch) piece(d *text.Document, x text.Sentence, i int) piece {
	for i < x.Last && !s.features.Candidate(i) {
		i++
	}
	last := i
	for last < x.Last && s.features.Candidate(last) && (last == i || !d.Breaks(last)) {
		last++
	}
	return piece{i, last, i == x.First, last == x.Last}
}

const never = -1 << 28

// decode sets the states of the piece's tokens to the likeliest sequence.
func (t *Tagger) decode(s *scratch, x piece) {
	trans := &t.model.transitions
	var now, next [States]int32
	for i := x.first; i < x.last; i++ {
		back, scores := &s.back[i-x.first], &s.scores[i]
		for st := range next {
			best, from := int32(never), uint8(0)
			if i == x.first {
				if MayStart(st) {
					best = 0
					if !x.starts {
						best = trans[outside][st]
					}
				}
			} else {
				for _, p := range From[st] {
					if v := now[p] + trans[p][st]; v > best {
						best, from = v, p
					}
				}
			}
			next[st] = best + scores[st]
			back[st] = from
		}
		now = next
	}
	best, most := 0, int32(never)
	for st, v := range now {
		if !x.ends {
			v += trans[st][outside]
		}
		if MayEnd(st) && v > most {
			best, most = st, v
		}
	}
	for i := x.last - 1; i >= x.first; i-- {
		s.states[i] = uint8(best)
		best = int(s.back[i-x.first][best])
	}
}

// collect appends the mentions that the states of the piece's tokens spell.
func (s *scratch) collect(d *text.Document, x piece) {
	for i := x.first; i < x.last; i++ {
		if s.states[i] == outside {
			continue
		}
		first := i
		for !MayEnd(int(s.states[i])) {
			i++
		}
		s.mentions = append(s.mentions, Mention{
			Start: int(d.Tokens[first].Start), End: int(d.Tokens[i].End), First: first, Last: i + 1,
			Kind: Kind((s.states[i] - 1) / 4),
		})
	}
}
