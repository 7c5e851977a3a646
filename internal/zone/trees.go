package zone

import (
	"context"
	"encoding/binary"
	"errors"
	"math"

	"example.invalid/nutgraf/internal/page"
	"example.invalid/nutgraf/internal/zone/forest"
)

// trees are a forest whose sum begins at base.
type trees struct {
	*forest.Forest
	base float32
}

func (t *trees) score(x []float32, w *forest.Walk) float32 {
	return t.base + forest.Sum[float32](t.Forest, 0, t.Trees(), x, w)
}

// gated is score, or false for a row that stops at the gate.
func (t *trees) gated(x []float32, g gate, w *forest.Walk) (float32, bool) {
	s := t.base + forest.Sum[float32](t.Forest, 0, g.trees, x, w)
	if g.trees > 0 && s < g.below {
		return s, false
	}
	return s + forest.Sum[float32](t.Forest, g.trees, t.Trees(), x, w), true
}

func sigmoid(z float32) float32 { return 1 / (1 + float32(math.Exp(float64(-z)))) }

// model labels the blocks of one kind of page.
type model struct {
	path, text    linear
	section, all  linear  // of markup
	cut           float32 // below this sum of linear scores a block is no body
	floor         float32 // below this first-stage score neither
	first, second trees
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

func (r *reader) trees(width int) trees {
	base, roots := r.float32(), make([]uint32, min(r.uint32(), 1<<16))
	for i := range roots {
		roots[i] = r.uint32()
	}
	nodes := make([]forest.Node, min(r.uint32(), 1<<24))
	for i := range nodes {
		b := r.take(8)
		n := forest.Node{Value: math.Float32frombits(binary.LittleEndian.Uint32(b)), Feature: binary.LittleEndian.Uint16(b[4:]), Right: binary.LittleEndian.Uint16(b[6:])}
		if n.Feature != forest.Leaf && int(n.Feature) >= width {
			r.bad = true
		}
		nodes[i] = n
	}
	f, ok := forest.New(roots, nodes)
	r.bad = r.bad || !ok
	return trees{f, base}
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
	m.first, m.second = r.trees(first+nLinear), r.trees(width)
	if k == page.HTML {
		m.kinds.article, m.kinds.index = r.trees(nKind), r.trees(nKind)
		m.gate = gate{int(r.uint32()), r.float32()}
	}
	if r.bad || len(r.b) > 0 || m.gate.trees > m.first.Trees() {
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
	var walk forest.Walk
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
			if v, ok := m.first.gated(x, m.gate, &walk); ok {
				p1[i] = sigmoid(v)
			} else {
				p1[i] = stopped
			}
		}
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
			p2[i] = sigmoid(m.second.score(x, &walk))
		}
	}
	return p2, nil
}
