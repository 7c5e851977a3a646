package zone

import (
	"context"
	"encoding/binary"
	"errors"
	"math"

	"example.invalid/nutgraf/internal/page"
)

// leaf marks a node whose value is a leaf's.
const leaf = 0xffff

// node of a tree in preorder: the left child follows, right is counted from the
// node itself. A row goes left if its feature is at most value.
type node struct {
	value   float32
	feature uint16
	right   uint16
}

// forest is a sum of trees.
type forest struct {
	nodes []node
	roots []int32
	base  float32
}

func (f *forest) score(x []float32) float32 { return f.base + f.sum(f.roots, x) }

// gated is score, or false for a row that stops at the gate.
func (f *forest) gated(x []float32, g gate) (float32, bool) {
	s := f.base + f.sum(f.roots[:g.trees], x)
	if g.trees > 0 && s < g.below {
		return s, false
	}
	return s + f.sum(f.roots[g.trees:], x), true
}

func (f *forest) sum(roots []int32, x []float32) float32 {
	s := float32(0)
	for _, at := range roots {
		n := f.nodes[at]
		for n.feature != leaf {
			step := int32(n.right)
			if x[n.feature] <= n.value {
				step = 1
			}
			at += step
			n = f.nodes[at]
		}
		s += n.value
	}
	return s
}

func sigmoid(z float32) float32 { return 1 / (1 + float32(math.Exp(float64(-z)))) }

// model labels the blocks of one kind of page.
type model struct {
	path, text    linear
	section, all  linear  // of markup
	cut           float32 // below this sum of linear scores a block is no body
	floor         float32 // below this first-stage score neither
	first, second forest
	kinds         kindModel
	gate          gate // of the first
}

// gate stops at a sum over the first trees that is so low that the others do not mend it.
type gate struct {
	trees int
	below float32
}

var errModel = errors.New("zone: model file does not fit the code")

type reader struct {
	b   []byte
	bad bool
}

func (r *reader) take(n int) []byte {
	if n < 0 || n > len(r.b) {
		r.bad = true
		return make([]byte, max(n, 0))
	}
	v := r.b[:n]
	r.b = r.b[n:]
	return v
}

func (r *reader) uint32() uint32   { return binary.LittleEndian.Uint32(r.take(4)) }
func (r *reader) float32() float32 { return math.Float32frombits(r.uint32()) }

func (r *reader) linear(bits int) linear {
	m := linear{scale: r.float32(), bias: r.float32()}
	raw := r.take(1 << bits)
	m.weights = make([]int8, len(raw))
	for i, v := range raw {
		m.weights[i] = int8(v)
	}
	return m
}

func (r *reader) forest(width int) forest {
	f := forest{base: r.float32(), roots: make([]int32, min(r.uint32(), 1<<16))}
	for i := range f.roots {
		f.roots[i] = int32(r.uint32())
	}
	f.nodes = make([]node, min(r.uint32(), 1<<24))
	for i := range f.nodes {
		b := r.take(8)
		n := node{math.Float32frombits(binary.LittleEndian.Uint32(b)), binary.LittleEndian.Uint16(b[4:]), binary.LittleEndian.Uint16(b[6:])}
		if n.feature != leaf && int(n.feature) >= width {
			r.bad = true
		}
		f.nodes[i] = n
	}
	return f
}

// readModel reads what train.py wrote.
func readModel(b []byte, k page.Kind) (*model, error) {
	r := reader{b: b}
	first, second := Widths(k)
	if string(r.take(4)) != "NGZ1" || int(r.uint32()) != first+nLinear || int(r.uint32()) != second {
		return nil, errModel
	}
	m := &model{cut: r.float32(), floor: r.float32()}
	bits := pathBits
	if k == page.Text {
		bits = lineBits
	}
	m.path, m.text = r.linear(bits), r.linear(textBits)
	width := first + nLinear + second
	if k == page.HTML {
		m.section, m.all = r.linear(sectionBits), r.linear(wordBits)
		width += nUndecided
	}
	m.first, m.second = r.forest(first+nLinear), r.forest(width)
	if k == page.HTML {
		m.kinds.article, m.kinds.index = r.forest(nKind), r.forest(nKind)
		m.gate = gate{int(r.uint32()), r.float32()}
	}
	if r.bad || len(r.b) > 0 || m.gate.trees > len(m.first.roots) {
		return nil, errModel
	}
	return m, nil
}

// stage fills the features of a block.
type stage interface{ row(i int, x []float32) }

func (c *Context) firstStage() stage {
	if c.lines != nil {
		return c.lines
	}
	return c
}

func (c *Context) secondStage(p1, path, text []float32) stage {
	if c.lines != nil {
		return c.lines.newSequence(p1, path, text)
	}
	return c.newSequence(p1, path, text)
}

// sure is the first-stage score from which on, in cross-validation, what the second stage does to a block of markup changes no score.
const sure = .85

// stopped is the first-stage score of a block that stops at the gate.
const stopped = .03

// manyBlocks is more than any article has. The blocks of such a page keep their first-stage score, for time stays bounded.
const manyBlocks = 50_000

// sections returns the scores of the headings that the blocks of markup stand under.
func (m *model) sections(c *Context) []float32 {
	if c.lines != nil {
		return nil
	}
	out := make([]float32, len(c.p.Blocks))
	var slots []uint32
	last, score := -1, m.section.bias
	c.sections(func(i, h int) {
		if h != last {
			last, score = h, m.section.bias
			if h >= 0 {
				slots = c.sectionSlots(h, slots[:0])
				score = m.section.sum(slots)
			}
		}
		out[i] = score
	})
	return out
}

// run returns the score of every block. It is a probability on pages like those
// it was trained on.
func (m *model) run(ctx context.Context, c *Context) ([]float32, error) {
	n := len(c.p.Blocks)
	out := make([]float32, 3*n)
	p1, path, text := out[:n], out[n:2*n], out[2*n:]
	var slots [64]uint32
	if c.lines != nil {
		for i := range path {
			path[i] = m.path.sum(c.lines.slots(i, slots[:0]))
		}
	} else {
		c.paths(&m.path, path)
	}
	for i := range text {
		text[i] = m.text.sum(c.textSlots(i, slots[:0]))
	}
	w1, w2 := Widths(c.p.Kind)
	x := make([]float32, w1+nLinear+w2+nUndecided)
	first := c.firstStage()
	linearRow := func(i int) {
		k := w1
		for _, v := range [...][]float32{path, text} {
			for _, j := range [...]int{i, i - 1, i + 1} {
				x[k] = -9
				if j >= 0 && j < n {
					x[k] = v[j]
				}
				k++
			}
		}
	}
	for i := range p1 {
		if i&255 == 0 && ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if path[i]+text[i] > m.cut || c.lines != nil && c.lines.info[i].class == lineParagraph {
			first.row(i, x[:w1])
			linearRow(i)
			if v, ok := m.first.gated(x, m.gate); ok {
				p1[i] = sigmoid(v)
			} else {
				p1[i] = stopped
			}
		}
	}
	if n > manyBlocks {
		return p1, nil
	}
	s := c.secondStage(p1, path, text)
	p2 := make([]float32, n)
	var words []uint32
	under := m.sections(c)
	for i := range p2 {
		if i&255 == 0 && ctx.Err() != nil {
			return nil, ctx.Err()
		}
		switch {
		case p1[i] > sure && c.p.Kind == page.HTML:
			p2[i] = p1[i]
		case p1[i] > m.floor:
			first.row(i, x[:w1])
			linearRow(i)
			s.row(i, x[w1+nLinear:w1+nLinear+w2])
			if c.lines == nil {
				words = c.wordSlots(i, words[:0])
				x[w1+nLinear+w2], x[w1+nLinear+w2+1] = under[i], m.all.mean(words)
			}
			p2[i] = sigmoid(m.second.score(x))
		}
	}
	return p2, nil
}
