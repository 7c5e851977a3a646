// Package slab makes many small values with few allocations, for findings of which an article has dozens.
package slab

// A Slab gives out zero values of T. All that one slab gave lives as long as any of it. The zero Slab is ready.
type Slab[T any] struct {
	free []T
	made int
}

// For returns a slab that gives out n values from one allocation.
func For[T any](n int) Slab[T] { return Slab[T]{free: make([]T, n), made: n} }

// New returns a pointer to a value nobody else has.
func (s *Slab[T]) New() *T { return &s.Row(1)[0] }

// Row returns a slice of n values with no room for more.
func (s *Slab[T]) Row(n int) []T {
	if len(s.free) < n {
		s.made = min(max(8, n, 2*s.made), max(n, 256))
		s.free = make([]T, s.made)
	}
	row := s.free[:n:n]
	s.free = s.free[n:]
	return row
}

// Of returns a slice of the values with no room for more.
func (s *Slab[T]) Of(values ...T) []T {
	row := s.Row(len(values))
	copy(row, values)
	return row
}
