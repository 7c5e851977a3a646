package zone

// vocabulary counts in how many blocks of the likely body a word occurs. A block
// about something else shares few of its words.
type vocabulary struct {
	slots []struct {
		hash  uint32
		block int32
		count uint16
	}
	used int
}

const (
	vocabularySlots = 1 << 15
	vocabularyMax   = vocabularySlots / 2
	readWords       = 150 // words read of one block
	longWord        = 5   // bytes
	rareWord        = 8
)

// p1Sure reports whether a block with this score counts to the likely body.
func p1Sure(p float32) bool { return p > .5 }

func newVocabulary(c *Context, p1 []float32) vocabulary {
	var v vocabulary
	words := 0
	for i := range p1 {
		if p1Sure(p1[i]) {
			words += int(min(c.shapes[i].words, readWords))
		}
	}
	size := 64
	for size < 2*words && size < vocabularySlots {
		size *= 2
	}
	v.slots = make([]struct {
		hash  uint32
		block int32
		count uint16
	}, size)
	for i := range p1 {
		if !p1Sure(p1[i]) {
			continue
		}
		for _, w := range c.wordsOf(i) {
			k := v.find(w)
			s := &v.slots[k]
			switch {
			case s.count == 0 && v.used < len(v.slots)/2:
				s.hash, s.block, s.count = w, int32(i), 1
				v.used++
			case s.count > 0 && s.block != int32(i) && s.count < 1<<15:
				s.block = int32(i)
				s.count++
			}
		}
	}
	return v
}

// find returns the slot of a word, or the free one it would take.
func (v *vocabulary) find(w uint32) uint32 {
	mask := uint32(len(v.slots) - 1)
	k := (w ^ w>>15) & mask
	for v.slots[k].count > 0 && v.slots[k].hash != w {
		k = (k + 1) & mask
	}
	return k
}

// shares returns the parts of the long words, the rare words and the names of
// block i that other blocks of the likely body hold, and of all its words the
// part found in the title.
func (v *vocabulary) shares(c *Context, i int, own bool, title wordSet) [4]float32 {
	var hit, all [4]float32
	least := uint16(1)
	if own {
		least = 2
	}
	text := c.p.BlockText(i)
	for at, n := 0, 0; at < len(text) && n < readWords; n++ {
		w, next := nextWord(text, at)
		if w == 0 {
			break
		}
		start := at
		for start < next && !isWordByte(text[start]) {
			start++
		}
		at = next
		size := next - start
		found := float32(0)
		if v.slots[v.find(w)].count >= least {
			found = 1
		}
		cjk := size == 3 && text[start] >= 0xe0
		if size > longWord || cjk {
			all[0]++
			hit[0] += found
		}
		if size > rareWord {
			all[1]++
			hit[1] += found
		}
		if n > 0 && start < next && 'A' <= text[start] && text[start] <= 'Z' {
			all[2]++
			hit[2] += found
		}
		if size > longWord && title.n > 0 {
			all[3]++
			if title.has(w) {
				hit[3]++
			}
		}
	}
	for k := range hit {
		if all[k] == 0 {
			hit[k] = -1
		} else {
			hit[k] /= all[k]
		}
	}
	return hit
}

func isWordByte(b byte) bool {
	return 'a' <= b && b <= 'z' || 'A' <= b && b <= 'Z' || '0' <= b && b <= '9' || b >= 0x80
}
