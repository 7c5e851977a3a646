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
	full   []initials
}

// initials are the first letters of a name of several words.
type initials struct {
	letters uint64
	kind    uint8 // plus one; 0 is an empty place of the table
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
	d.initials(mentions)
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

func (d *Document) initials(mentions []Mention) {
	bits := 4
	for 1<<bits < 2*len(mentions) {
		bits++
	}
	if len(d.full) < 1<<bits {
		d.full = make([]initials, 1<<bits)
	}
	d.full = d.full[:1<<bits]
	clear(d.full)
	for _, m := range mentions {
		if m.Last-m.First < 2 || m.Last-m.First > 12 {
			continue
		}
		var letters uint64
		n := 0
		for i := m.First; i < m.Last; i++ {
			if l, acronym := d.x.Letters(i); l != 0 && !acronym {
				letters = letters<<8 | l
				n++
			}
		}
		if n < 2 || n > 8 {
			continue
		}
		slot := d.slotOf(letters)
		d.full[slot] = initials{letters, uint8(m.Kind) + 1}
	}
}

func (d *Document) slotOf(letters uint64) int {
	mask := len(d.full) - 1
	slot := int(letters*0x9e3779b97f4a7c15>>40) & mask
	for d.full[slot].kind != 0 && d.full[slot].letters != letters {
		slot = (slot + 1) & mask
	}
	return slot
}

// spelled returns, plus one, the kind of the name elsewhere in the document that token i is the acronym of, or 0.
func (d *Document) spelled(i int) uint64 {
	letters, acronym := d.x.Letters(i)
	if !acronym {
		return 0
	}
	return uint64(d.full[d.slotOf(letters)].kind)
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
	spelled := d.spelled(i)
	if spelled != 0 {
		dst = append(dst, feature.Hash(107, spelled), feature.Hash(108, spelled<<8|state))
	}
	if i > 1 && d.x.Opens(i-1) && d.states[i-2] != outside {
		before := uint64(d.states[i-2]-1) / 4
		dst = append(dst, feature.Hash(109, before), feature.Hash(110, before<<8|spelled<<4|own&1<<12))
	}
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
