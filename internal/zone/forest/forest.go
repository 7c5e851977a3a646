// Package forest sums up decision trees over a row of features.
package forest

// Node is a node of trees in preorder: the left child follows, Right is counted from the node itself. A row goes left if its
// feature is at most Value; of a leaf Value is what it adds to the sum.
type Node struct {
	Value          float32
	Feature, Right uint16
}

// Leaf in the place of a feature marks a leaf.
const Leaf = 0xffff

// node is a Node with both ways down.
type node struct {
	value       float32
	feature     uint32
	left, right place // to be added to the place of the node
}

// place is where a row is: the tree in the lowest byte, by its number in a bunch, the node above it, and atLeaf.
type place uint32

const (
	atLeaf   place = 1 << 31
	bunch          = 1 << 8 // trees that are walked at once
	maxNodes       = 1 << 23
)

// A Forest is a list of trees. The zero Forest has none.
type Forest struct {
	nodes []node
	roots []place
}

// New makes a forest; false if these are no trees that split at least once.
func New(roots []uint32, nodes []Node) (*Forest, bool) {
	f := &Forest{nodes: make([]node, len(nodes)), roots: make([]place, len(roots))}
	ok := len(nodes) <= maxNodes
	way := func(from, step int) place {
		if ok = ok && step > 0 && from+step < len(nodes); ok && nodes[from+step].Feature == Leaf {
			return place(step)<<8 | atLeaf
		}
		return place(step) << 8
	}
	for i, n := range nodes {
		f.nodes[i].value = n.Value
		if n.Feature != Leaf {
			f.nodes[i] = node{n.Value, uint32(n.Feature), way(i, 1), way(i, int(n.Right))}
		}
	}
	for t, at := range roots {
		f.roots[t] = place(at)<<8 | place(t%bunch)
		ok = ok && int64(at) < int64(len(nodes)) && nodes[at].Feature != Leaf
	}
	return f, ok
}

// Trees is the number of trees.
func (f *Forest) Trees() int { return len(f.roots) }

// Walk is where a row is in the trees that it has not walked to the end, and the leaves it came to, by tree. One after the
// other, all rows may use the same.
type Walk struct{ open, leaves [bunch]place }

// Sum adds up, in their order, what the trees from one to another say of a row.
func Sum[T float32 | float64](f *Forest, from, to int, x []float32, w *Walk) (s T) {
	for from < to {
		first := from % bunch
		n := min(to-from, bunch-first)
		w.down(f.nodes, f.roots[from:from+n], x)
		for _, at := range w.leaves[first : first+n] {
			s += T(f.nodes[at&^atLeaf>>8].value)
		}
		from += n
	}
	return s
}

// down walks trees from their roots to the leaves: a step in each, then the next step. Steps of one tree wait for each other
// and no processor can guess where they go; side by side they take half the time. So nothing in the loop branches by the row.
func (w *Walk) down(nodes []node, roots []place, x []float32) {
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
			w.leaves[uint8(at)] = at
			w.open[uint8(still)] = at
			still += 1 - int(at>>31)
		}
		open = open[:still]
	}
}
