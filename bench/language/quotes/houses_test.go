package main

import "testing"

func TestHouseLines(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, line, kind string
		refused          bool
	}{
		{"direct", "D: 1 9 Zoë left | Zoë Orr | she | said", "direct", false},
		{"one word", "M: 1 4 Zoë | - | - | -", "mixed", false},
		{"wrong place", "I: 0 3 Zoë left | - | - | -", "", true},
		{"outside", "I: 3 90 Zoë left | - | - | -", "", true},
		{"no cue", "D: 1 9 Zoë left | Zoë Orr | she", "", true},
		{"no kind", "Q: Zoë", "", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			h := house{Text: "“Zoë left,” she said."}
			err := h.add(c.line)
			if (err != nil) != c.refused {
				t.Fatalf("add(%q) = %v, want an error: %v", c.line, err, c.refused)
			}
			if err == nil && h.Quotes[0].Type != c.kind {
				t.Errorf("add(%q) is %q, want %q", c.line, h.Quotes[0].Type, c.kind)
			}
		})
	}
}
