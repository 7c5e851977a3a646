package forest

import (
	"math/rand/v2"
	"testing"
)

func TestSum(t *testing.T) {
	t.Parallel()
	f, ok := New([]uint32{0, 3}, []Node{
		{Value: 1, Feature: 0, Right: 2}, {Value: -1, Feature: Leaf}, {Value: 2, Feature: Leaf},
		{Value: 0, Feature: 1, Right: 4},
		{Value: -2, Feature: 1, Right: 2}, {Value: 10, Feature: Leaf}, {Value: 15, Feature: Leaf}, {Value: 20, Feature: Leaf},
	})
	if !ok {
		t.Fatal("New = false")
	}
	var w Walk
	for _, tt := range []struct {
		x    []float32
		want float32
	}{{[]float32{1, 0}, 14}, {[]float32{1.5, 1}, 22}, {[]float32{-3, 7}, 19}, {[]float32{1, -2}, 9}} {
		if got := Sum[float32](f, 0, f.Trees(), tt.x, &w); got != tt.want {
			t.Errorf("Sum(%v) = %v, want %v", tt.x, got, tt.want)
		}
	}
	if got := Sum[float64](f, 1, 2, []float32{0, 1}, &w); got != 20 {
		t.Errorf("Sum of the second tree = %v, want 20", got)
	}
}

func TestNewRefuses(t *testing.T) {
	t.Parallel()
	for name, nodes := range map[string][]Node{
		"none": {}, "leaf": {{Feature: Leaf}}, "child missing": {{Feature: 1, Right: 2}, {Feature: Leaf}}, "no right child": {{Feature: 1}, {Feature: Leaf}},
	} {
		if _, ok := New([]uint32{0}, nodes); ok {
			t.Errorf("New of %s = true, want false", name)
		}
	}
}

// More trees than are walked at once, of any shape, sum up as one after the other.
func TestManyTrees(t *testing.T) {
	t.Parallel()
	const trees, features = 2*bunch + 7, 5
	r := rand.New(rand.NewPCG(1, 2))
	var nodes []Node
	var grow func(depth int)
	grow = func(depth int) {
		at := len(nodes)
		if depth > 0 && r.IntN(3) == 0 || depth > 12 {
			nodes = append(nodes, Node{Value: r.Float32(), Feature: Leaf})
			return
		}
		nodes = append(nodes, Node{Value: r.Float32(), Feature: uint16(r.IntN(features))})
		grow(depth + 1)
		nodes[at].Right = uint16(len(nodes) - at)
		grow(depth + 1)
	}
	roots := make([]uint32, trees)
	for i := range roots {
		roots[i] = uint32(len(nodes))
		grow(0)
	}
	f, ok := New(roots, nodes)
	if !ok {
		t.Fatal("New = false")
	}
	var w Walk
	for range 100 {
		x := make([]float32, features)
		for i := range x {
			x[i] = r.Float32()
		}
		from := r.IntN(trees)
		want := float32(0)
		for _, at := range roots[from:] {
			for nodes[at].Feature != Leaf {
				if x[nodes[at].Feature] <= nodes[at].Value {
					at++
				} else {
					at += uint32(nodes[at].Right)
				}
			}
			want += nodes[at].Value
		}
		if got := Sum[float32](f, from, trees, x, &w); got != want {
			t.Errorf("Sum from tree %d = %v, want %v", from, got, want)
		}
	}
}
