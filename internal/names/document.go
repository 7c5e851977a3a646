package names

import (
	"example.invalid/nutgraf/internal/names/feature"
)

// Document makes features of what a first look found elsewhere in the document about a token's word.
type Document struct {
	x      *feature.Extractor
	states []uint8
	table  []word
	slots  []int32 // token -> slot of its word
}

type word struct {
	key     uint64
	any     [kinds]uint8 // names of each kind that hold the word
	none    uint8        // written large outside every name
	opens   [kinds]uint8 // names of several words that begin with it
	closes  [kinds]uint8 // that end with it
	through [kinds]uint8 // that have it inside
}

func count(c *uint8) {
	if *c < 255 {
		*c++
	}
}

// Reset takes the states that the first look gave each token, and the mentions they spell.
func (d *Document) Reset(x *feature.Extractor, mentions []Mention, states []uint8) {
	d.x, d.states = x, states
	n := len(states)
	bits := 5
	for 1<<bits < 2*n {
		bits++
	}
	if len(d.table) < 1<<bits {
		d.table = make([]word, 1<<bits)
	}
	d.table = d.table[:1<<bits]
	clear(d.table)
	if cap(d.slots) < n {
		d.slots = make([]int32, n+n/4)
	}
	d.slots = d.slots[:n]
	mask := uint64(1)<<bits - 1
	for i := range d.slots {
		key, capital := x.Word(i)
		if !capital {
			d.slots[i] = -1
			continue
		}
		slot := key & mask
		for d.table[slot].key != 0 && d.table[slot].key != key {
			slot = (slot + 1) & mask
		}
		d.table[slot].key = key
		d.slots[i] = int32(slot)
		if states[i] == outside {
			count(&d.table[slot].none)
		}
	}
	for _, m := range mentions {
		for i := m.First; i < m.Last; i++ {
			if d.slots[i] < 0 {
				continue
			}
			w := &d.table[d.slots[i]]
			count(&w.any[m.Kind])
			switch {
			case m.Last-m.First == 1:
			case i == m.First:
				count(&w.opens[m.Kind])
			case i == m.Last-1:
				count(&w.closes[m.Kind])
			default:
				count(&w.through[m.Kind])
			}
		}
	}
}

// Append appends the features of token i; there are none for a word that is not written large.
func (d *Document) Append(dst []uint32, i int) []uint32 {
	own := d.summary(i)
	if own == 0 {
		return dst
	}
	state := uint64(d.states[i])
	dst = append(dst,
		feature.Hash(100, own),
		feature.Hash(101, own<<8|state),
		feature.Hash(102, own&0xff<<8|state),
		feature.Hash(103, own>>8),
		feature.Hash(104, state),
	)
	if i > 0 {
		dst = append(dst, feature.Hash(105, own&0xff<<32|d.summary(i-1)&0xff))
	}
	if i+1 < len(d.states) {
		dst = append(dst, feature.Hash(106, own&0xff<<32|d.summary(i+1)&0xff))
	}
	return dst
}

// summary packs what the other occurrences of token i's word say: in the low byte which kind most of them are and
// how clearly, above it the places the word takes in names of several words.
func (d *Document) summary(i int) uint64 {
	if d.slots[i] < 0 {
		return 0
	}
	w := d.table[d.slots[i]]
	st := d.states[i]
	if st == outside {
		w.none--
	} else {
		k := (st - 1) / 4
		w.any[k]--
		switch (st-1)%4 + 1 {
		case begin:
			w.opens[k]--
		case inside:
			w.through[k]--
		case last:
			w.closes[k]--
		}
	}
	best, most, total := uint64(kinds), w.none, int(w.none)
	for k, n := range w.any {
		total += int(n)
		if n > most {
			best, most = uint64(k), n
		}
	}
	if total == 0 {
		return 1 << 7
	}
	clear := uint64(1)
	if int(most) == total {
		clear = 2
		if total > 2 {
			clear = 3
		}
	} else if int(most)*2 <= total {
		clear = 0
	}
	s := 1<<6 | best<<2 | clear
	for k := range w.any {
		if w.opens[k] > 0 {
			s |= 1 << (8 + 3*k)
		}
		if w.closes[k] > 0 {
			s |= 1 << (9 + 3*k)
		}
		if w.through[k] > 0 {
			s |= 1 << (10 + 3*k)
		}
	}
	return s
}
