package slab

import "testing"

func TestSlab(t *testing.T) {
	var s Slab[int]
	var all []*int
	if s := For[int](3); len(s.Row(3)) != 3 || len(s.free) != 0 || *s.New() != 0 {
		t.Errorf("For(3) has other room than for three")
	}
	for i := range 1000 {
		p := s.New()
		if *p != 0 {
			t.Fatalf("New() = pointer to %d, want 0", *p)
		}
		*p = i
		all = append(all, p)
	}
	for i, p := range all {
		if *p != i {
			t.Fatalf("value %d = %d, want it untouched", i, *p)
		}
	}
	row := s.Of(7, 8)
	if grown := append(row, 9); &grown[0] == &row[0] {
		t.Error("append to a row wrote into the slab")
	}
	if n := len(s.Row(5000)); n != 5000 {
		t.Errorf("len(Row(5000)) = %d", n)
	}
	if n := testing.AllocsPerRun(10, func() {
		var s Slab[int]
		for range 64 {
			s.New()
		}
	}); n > 5 {
		t.Errorf("64 values took %v allocations, want few", n)
	}
}
