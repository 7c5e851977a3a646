package zone

import (
	"math"

	"example.invalid/nutgraf/internal/page"
)

// Sizes of the hashed tables, as powers of two.
const (
	pathBits    = 16
	textBits    = 17
	sectionBits = 15
	wordBits    = 17
)

// Roles a hashed word can have; the same word weighs differently in each.
const (
	roleAbove = iota + 1 // class or id of the element or any above
	roleOwn              // of the element itself
	roleParent
	roleOwnTag
	roleParentTag
	roleWord // among the first or last words
	roleFirst
	rolePair // the first two
	roleLast
	roleWhole // a short text as a whole
	roleKind
)

func slot(word uint64, role uint64, width int) uint32 {
	return uint32((word + role*0x9e3779b97f4a7c15) * 0xff51afd7ed558ccd >> (64 - width))
}

// textSlots appends the slots of the words that a block begins and ends with.
func (c *Context) textSlots(i int, out []uint32) []uint32 {
	const head, tail = 8, 3
	words := c.wordsOf(i)
	words = words[:min(len(words), head)]
	var last [tail]uint32
	n := len(words)
	for k, w := range words {
		out = append(out, slot(uint64(w), roleWord, textBits))
		switch k {
		case 0:
			out = append(out, slot(uint64(w), roleFirst, textBits))
		case 1:
			out = append(out, slot(uint64(words[0])<<32|uint64(w), rolePair, textBits))
		}
		last[k%tail] = w
	}
	if n == head {
		// The end of a long block, without reading all of it.
		s := c.p.BlockText(i)
		from := len(s) - min(len(s), 48)
		for from > 0 && from < len(s) && s[from] != ' ' {
			from++
		}
		m := 0
		for at := from; at < len(s); m++ {
			w, next := nextWord(s, at)
			if at = next; w == 0 {
				break
			}
			last[m%tail] = w
		}
		for k := 0; k < min(m, tail); k++ {
			out = append(out, slot(uint64(last[k]), roleWord, textBits))
		}
		if n = m; n == 0 {
			return out
		}
	} else if n > 0 && n <= 5 {
		out = append(out, slot(c.shapes[i].hash, roleWhole, textBits))
	}
	if n > 0 {
		out = append(out, slot(uint64(last[(n-1)%tail]), roleLast, textBits))
	}
	return out
}

// sectionSlots appends the slots of heading h, for the blocks below it.
func (c *Context) sectionSlots(h int, out []uint32) []uint32 {
	const most, short = 12, 4
	words := c.wordsOf(h)
	words = words[:min(len(words), most)]
	for k, w := range words {
		out = append(out, slot(uint64(w), roleWord, sectionBits))
		if k > 0 {
			out = append(out, slot(uint64(words[k-1])<<32|uint64(w), rolePair, sectionBits))
		}
	}
	if len(words) <= short {
		out = append(out, slot(c.shapes[h].hash, roleWhole, sectionBits))
	}
	return append(out, slot(uint64(c.kinds[h]), roleKind, sectionBits))
}

// sections calls f with every block and the heading that it stands under, -1 if there is none near.
func (c *Context) sections(f func(i, heading int)) {
	const far = 40
	h := -1
	for i := range c.kinds {
		if h >= 0 && i-h > far {
			h = -1
		}
		f(i, h)
		if isHeading(c.kinds[i]) {
			h = i
		}
	}
}

// wordSlots appends the slots of the words of a block.
func (c *Context) wordSlots(i int, out []uint32) []uint32 {
	for _, w := range c.wordsOf(i) {
		out = append(out, slot(uint64(w), roleWord, wordBits))
	}
	return out
}

// pathSlots appends the slots of the classes, ids and tags above a block.
func (c *Context) pathSlots(i int, out []uint32) []uint32 {
	p := c.p
	for level, at := 0, p.Blocks[i].Node; at >= 0; level, at = level+1, p.Nodes[at].Parent {
		n := &p.Nodes[at]
		for _, name := range [...]int32{n.Class, n.ID} {
			for _, w := range p.Names[name].Words {
				out = append(out, slot(uint64(w), roleAbove, pathBits))
				if level < 2 {
					out = append(out, slot(uint64(w), roleOwn+uint64(level), pathBits))
				}
			}
		}
		if level < 2 {
			out = append(out, slot(uint64(n.Tag), roleOwnTag+uint64(level), pathBits))
		}
	}
	return out
}

// linear holds the weights of the hashed words in steps of scale.
type linear struct {
	scale, bias float32
	weights     []int8
}

func (m *linear) sum(slots []uint32) float32 { return m.total(slots)*m.scale + m.bias }

// mean is sum for long lists: n words count like the root of n.
func (m *linear) mean(slots []uint32) float32 {
	return m.total(slots)*m.scale/float32(math.Sqrt(float64(max(1, len(slots))))) + m.bias
}

// total is the sum of the weights as they are kept.
func (m *linear) total(slots []uint32) float32 {
	s := int32(0)
	for _, k := range slots {
		s += int32(m.weights[k])
	}
	return float32(s)
}

// paths returns the path score of every block. Each name is looked up once.
func (c *Context) paths(m *linear, out []float32) {
	p := c.p
	type sums struct{ above, own, parent int32 }
	names := make([]sums, len(p.Names))
	for i := 1; i < len(names); i++ {
		for _, w := range p.Names[i].Words {
			names[i].above += int32(m.weights[slot(uint64(w), roleAbove, pathBits)])
			names[i].own += int32(m.weights[slot(uint64(w), roleOwn, pathBits)])
			names[i].parent += int32(m.weights[slot(uint64(w), roleParent, pathBits)])
		}
	}
	above := make([]int32, len(p.Nodes))
	for i := range p.Nodes {
		n := &p.Nodes[i]
		above[i] = names[n.Class].above + names[n.ID].above
		if n.Parent >= 0 {
			above[i] += above[n.Parent]
		}
	}
	for i := range p.Blocks {
		at := p.Blocks[i].Node
		n := &p.Nodes[at]
		s := above[at] + names[n.Class].own + names[n.ID].own + int32(m.weights[tagSlot(n.Tag, roleOwnTag)])
		if n.Parent >= 0 {
			pn := &p.Nodes[n.Parent]
			s += names[pn.Class].parent + names[pn.ID].parent + int32(m.weights[tagSlot(pn.Tag, roleParentTag)])
		}
		out[i] = float32(s)*m.scale + m.bias
	}
}

func tagSlot(t page.Tag, role uint64) uint32 { return slot(uint64(t), role, pathBits) }
