package zone

import "example.invalid/nutgraf/internal/page"

const (
	nLinear = 6 // path and text score of a block and its two neighbours
	// Scores of the heading above and of all words, for blocks of markup that the first stage leaves open.
	nUndecided = 2
	nSecond    = 53 + nLink
)

// sequence holds what the second stage knows of the first.
type sequence struct {
	c         *Context
	p1        []float32
	path      []float32
	text      []float32
	groups    []float32 // mean of p1 by words
	nodes     []float32 // the same for nodes
	container int32
	before    []float32 // expected body words before
	prevYes   []int32   // last block with p1 over one half before, -1 if none
	nextYes   []int32
	first     int32
	last      int32
	pageF     [6]float32
	words     vocabulary
	title     wordSet
	// alike sums up the nodes of one class, and those without a class under
	// parents of one class: cards, posts and rows of one list.
	alike []alike
	peak  []float32 // highest p1 inside a node
}

type alike struct {
	mean         float32
	words, nodes int32
}

// alikeOf returns the place of a node among the alike.
func alikeOf(p *page.Page, i int32) int32 {
	n := &p.Nodes[i]
	if n.Class > 0 || n.Parent < 0 {
		return n.Class
	}
	return int32(len(p.Names)) + p.Nodes[n.Parent].Class
}

func (c *Context) newSequence(p1, path, text []float32) *sequence {
	p := c.p
	n := len(p.Blocks)
	s := &sequence{c: c, p1: p1, path: path, text: text, first: -1, last: -1}
	f := make([]float32, len(c.groups)+len(p.Nodes)+n+1)
	s.groups, s.nodes, s.before = f[:len(c.groups)], f[len(c.groups):len(c.groups)+len(p.Nodes)], f[len(c.groups)+len(p.Nodes):]
	at := make([]int32, 2*n)
	s.prevYes, s.nextYes = at[:n], at[n:]
	prev := int32(-1)
	top, doubt, yes := float32(0), float32(0), 0
	for i := range p.Blocks {
		e := p1[i] * float32(c.shapes[i].words)
		s.groups[c.sigs[i]] += e
		s.nodes[p.Blocks[i].Node] += e
		s.before[i+1] = s.before[i] + e
		s.prevYes[i] = prev
		doubt += p1[i] * (1 - p1[i]) * float32(c.shapes[i].words)
		top = max(top, p1[i])
		if p1[i] > .5 {
			prev = int32(i)
			yes++
			if s.first < 0 {
				s.first = prev
			}
			s.last = prev
		}
	}
	prev = int32(n)
	for i := n - 1; i >= 0; i-- {
		s.nextYes[i] = prev
		if p1[i] > .5 {
			prev = int32(i)
		}
	}
	for i := range s.groups {
		s.groups[i] /= float32(c.groups[i].words) + 1
	}
	for i := len(p.Nodes) - 1; i > 0; i-- {
		s.nodes[p.Nodes[i].Parent] += s.nodes[i]
	}
	s.compareNodes()
	total := s.before[n]
	best := float32(0)
	for i := range s.nodes {
		if f := 2 * s.nodes[i] / (float32(c.nodes[i].words) + total + 1); f >= best {
			best, s.container = f, int32(i)
		}
		s.nodes[i] /= float32(c.nodes[i].words) + 1
	}
	s.words = newVocabulary(c, p1)
	s.title = setOf(c.evid.title, 64)
	s.pageF = [6]float32{log2(total + 1), top, best, log1(int32(yes)), doubt / (total + 1), total / (float32(c.total) + 1)}
	return s
}

// compareNodes fills alike and peak from sums of the expected body words.
func (s *sequence) compareNodes() {
	p := s.c.p
	s.alike = make([]alike, 2*len(p.Names))
	s.peak = make([]float32, len(p.Nodes))
	for i := range p.Blocks {
		top := &s.peak[p.Blocks[i].Node]
		*top = max(*top, s.p1[i])
	}
	for i := len(p.Nodes) - 1; i > 0; i-- {
		top := &s.peak[p.Nodes[i].Parent]
		*top = max(*top, s.peak[i])
	}
	for i := range p.Nodes {
		if s.c.nodes[i].words > 0 {
			a := &s.alike[alikeOf(p, int32(i))]
			a.mean += s.nodes[i]
			a.words += s.c.nodes[i].words
			a.nodes++
		}
	}
	for i := range s.alike {
		s.alike[i].mean /= float32(s.alike[i].words) + 1
	}
}

// row fills the second-stage features of block i, which follow those of the
// first stage in a row.
func (s *sequence) row(i int, x []float32) {
	c, p := s.c, s.c.p
	n := len(p.Blocks)
	k := 0
	put := func(v float32) {
		x[k] = v
		k++
	}
	put(s.p1[i])
	for _, o := range [...]int{-3, -2, -1, 1, 2, 3} {
		if j := i + o; j >= 0 && j < n {
			put(s.p1[j])
		} else {
			put(-1)
		}
	}
	for _, w := range [...]int{5, 12} {
		from, to := max(0, i-w), min(n, i+1+w)
		put((s.before[i] - s.before[from]) / (float32(c.wordsBefore(i)-c.wordsBefore(from)) + 1))
		put((s.before[to] - s.before[i+1]) / (float32(c.wordsBefore(to)-c.wordsBefore(i+1)) + 1))
	}
	total := s.before[n] + 1
	put(s.before[i] / total)
	put((total - s.before[i+1]) / total)
	put(s.groups[c.sigs[i]])
	at := p.Blocks[i].Node
	for up := 0; up < 4; up++ {
		put(s.nodes[at])
		if parent := p.Nodes[at].Parent; parent >= 0 {
			at = parent
		}
	}
	cn := &p.Nodes[s.container]
	put(bit(inside(p, p.Blocks[i].Node, s.container)))
	put(float32(cn.Depth) - float32(common(p, p.Blocks[i].Node, s.container)))
	put(float32(i-int(cn.BlockStart)) / float32(cn.BlockEnd-cn.BlockStart+1))
	put(s.nodes[s.container])
	put(float32(min(int32(i)-s.prevYes[i], 30)))
	put(float32(min(s.nextYes[i]-int32(i), 30)))
	if s.prevYes[i] >= 0 {
		put(log1(c.before[i] - c.before[s.prevYes[i]] - c.shapes[s.prevYes[i]].words))
		put(float32(p.Nodes[p.Blocks[i].Node].Depth) - float32(common(p, p.Blocks[i].Node, p.Blocks[s.prevYes[i]].Node)))
		put(bit(c.sigs[s.prevYes[i]] == c.sigs[i]))
	} else {
		put(-1)
		put(-1)
		put(-1)
	}
	if s.nextYes[i] < int32(n) {
		put(log1(c.before[s.nextYes[i]] - c.before[i] - c.shapes[i].words))
	} else {
		put(-1)
	}
	put(float32(max(-20, min(20, int32(i)-s.first))))
	put(float32(max(-20, min(20, int32(i)-s.last))))
	h := i
	for m := 0; h > 0 && m < 20 && !isHeading(c.kinds[h]); m++ {
		h--
	}
	put(s.p1[h])
	put(s.text[h])
	to := i + 1
	for m := 0; to < n && m < 20 && !isHeading(c.kinds[to]); m++ {
		to++
	}
	put((s.before[to] - s.before[i+1]) / (float32(c.wordsBefore(to)-c.wordsBefore(i+1)) + 1))
	for _, v := range s.words.shares(c, i, p1Sure(s.p1[i]), s.title) {
		put(v)
	}
	k += copy(x[k:], s.pageF[:])
	at = p.Blocks[i].Node
	for up := 0; up < 4; up++ {
		a := &s.alike[alikeOf(p, at)]
		put(a.mean)
		put(log1(a.nodes))
		if up == 1 || up == 2 {
			put(s.peak[at])
		}
		if parent := p.Nodes[at].Parent; parent >= 0 {
			at = parent
		}
	}
	for _, v := range c.linksOf(i) {
		put(v)
	}
	if k != len(x) {
		panic("zone: second-stage feature count")
	}
}

// wordsBefore returns the words before block i, which may be the number of blocks.
func (c *Context) wordsBefore(i int) int32 {
	if i == len(c.before) {
		return c.total
	}
	return c.before[i]
}
