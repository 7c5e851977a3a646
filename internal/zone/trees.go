package zone

import (
	"context"
	"encoding/binary"
	"errors"
	"math"

	"example.invalid/nutgraf/internal/page"
)

// node of a tree in preorder. A row goes left if its feature is at most value; of a leaf value is what it adds to the sum.
type node struct {
	value       float32
	feature     uint32
	left, right place // the ways down, to be added to the place of the node
}

// place is where a row is in a forest: the tree in the lowest byte, the node above it, and atLeaf.
type place uint32

const (
	atLeaf   place = 1 << 31
	maxTrees       = 1 << 8
	maxNodes       = 1 << 23
)

func placeOf(tree, node int) place { return place(node)<<8 | place(tree) }
func (p place) tree() uint8        { return uint8(p) }

// forest is a sum of trees.
type forest struct {
	nodes []node
	roots []place
	base  float32
}

// leaf marks a node of a file whose value is a leaf's.
const leaf = 0xffff

// fileNode is a node as models keep it: the left child follows, right is counted from the node itself.
type fileNode struct {
	value          float32
	feature, right uint16
}

// newForest makes a forest of the nodes of a file; false if these are no trees that split at least once.
func newForest(base float32, roots []uint32, nodes []fileNode) (forest, bool) {
	f := forest{base: base, nodes: make([]node, len(nodes)), roots: make([]place, len(roots))}
	ok := len(roots) <= maxTrees && len(nodes) <= maxNodes
	way := func(from, step int) place {
		if ok = ok && from+step < len(nodes); ok && nodes[from+step].feature == leaf {
			return placeOf(0, step) | atLeaf
		}
		return placeOf(0, step)
	}
	for i, n := range nodes {
		f.nodes[i].value = n.value
		if n.feature != leaf {
			f.nodes[i] = node{n.value, uint32(n.feature), way(i, 1), way(i, int(n.right))}
			ok = ok && n.right > 0
		}
	}
	for t, at := range roots {
		f.roots[t] = placeOf(t, int(at))
		ok = ok && int(at) < len(nodes) && nodes[at].feature != leaf
	}
	return f, ok
}

func (f *forest) score(x []float32, w *walk) float32 { return f.base + f.sum(0, len(f.roots), x, w) }

// gated is score, or false for a row that stops at the gate.
func (f *forest) gated(x []float32, g gate, w *walk) (float32, bool) {
	s := f.base + f.sum(0, g.trees, x, w)
	if g.trees > 0 && s < g.below {
		return s, false
	}
	return s + f.sum(g.trees, len(f.roots), x, w), true
}

// walk is where a row is in the trees that it has not walked to the end, and the leaves it came to, by tree.
type walk struct{ open, leaves [maxTrees]place }

// down walks the trees from their roots to the leaves for a row: a step in each, then the next step. Steps of one tree wait
// for each other and no processor can guess where they go; side by side they take half the time. So nothing in the loop
// branches by the row.
func (w *walk) down(nodes []node, roots []place, x []float32) {
	open := w.open[:copy(w.open[:], roots)]
	for len(open) > 0 {
		still := 0
		for _, at := range open {
			n := &nodes[at>>8]
			step, left := n.right, n.left
			if x[n.feature] <= n.value {
				step = left
			}
			at += step
			w.leaves[at.tree()] = at
			w.open[uint8(still)] = at
			still += 1 - int(at>>31)
		}
		open = open[:still]
	}
}

// sum adds up the trees from one to another.
func (f *forest) sum(from, to int, x []float32, w *walk) float32 {
	w.down(f.nodes, f.roots[from:to], x)
	s := float32(0)
	for _, at := range w.leaves[from:to] {
		s += f.nodes[at&^atLeaf>>8].value
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
	base, roots := r.float32(), make([]uint32, min(r.uint32(), 1<<16))
	for i := range roots {
		roots[i] = r.uint32()
	}
	nodes := make([]fileNode, min(r.uint32(), 1<<24))
	for i := range nodes {
		b := r.take(8)
		n := fileNode{math.Float32frombits(binary.LittleEndian.Uint32(b)), binary.LittleEndian.Uint16(b[4:]), binary.LittleEndian.Uint16(b[6:])}
		if n.feature != leaf && int(n.feature) >= width {
			r.bad = true
		}
		nodes[i] = n
	}
	f, ok := newForest(base, roots, nodes)
	r.bad = r.bad || !ok
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
	var trees walk
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
			if v, ok := m.first.gated(x, m.gate, &trees); ok {
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
			p2[i] = sigmoid(m.second.score(x, &trees))
		}
	}
	return p2, nil
}
