package times

import (
	"strings"

	nutgrafv1 "example.invalid/nutgraf/gen/go/nutgraf/v1"
)

// parse finds and resolves the time expressions of a text.
func (p *parser) parse(g *grammar, text string, a anchor, stop func(found int) bool) []expression {
	p.scan = scanner{g: g, text: text, items: p.scan.items, runs: p.scan.runs, cues: p.scan.cues}
	r := resolver{g: g, anchor: a}
	out := p.out[:0]
	for p.scan.fill() {
		if stop(len(out)) {
			break
		}
		m := matcher{g: g, text: text, items: p.scan.items, found: p.found}
		p.matches = p.matches[:0]
		for _, run := range p.scan.runs {
			p.matches = m.run(p.matches, run)
		}
		p.found = m.found
		r.cues, r.dayRef = p.scan.cues, anchor{}
		from := len(out)
		for i := range p.matches {
			r.enter(p.matches[i].start)
			if e, ok := r.expression(&p.matches[i]); ok {
				if e.modifier == 0 && (e.kind == kindDate || e.kind == kindTime) {
					e.modifier = g.preposition(text, int(e.start))
				}
				out = append(out, e)
			}
		}
		r.settle(text, out[from:])
	}
	p.out = out
	return out
}

// parser holds what a parse can leave to the next one.
type parser struct {
	scan    scanner
	matches []match
	found   []found
	out     []expression // good until the next parse
}

// enter forgets the day of the sentence when a new one begins.
func (r *resolver) enter(at int32) {
	if !r.dayRef.ok {
		return
	}
	lo, hi := 0, len(r.cues)
	for lo < hi {
		if mid := (lo + hi) / 2; r.cues[mid].at < at {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	for lo--; lo >= 0 && r.cues[lo].at >= r.refAt; lo-- {
		if r.cues[lo].kind == cueStop {
			r.dayRef = anchor{}
			return
		}
	}
}

// settle lets neighbours help each other: "from September to December 2006",
// "at 16:15 UTC, June 1st".
func (r *resolver) settle(text string, es []expression) {
	for i := 0; i+1 < len(es); i++ {
		a, b := &es[i], &es[i+1]
		if b.start-a.end > 24 || b.start < a.end {
			continue
		}
		gap := strings.TrimSpace(text[a.end:b.start])
		switch {
		case a.month > 0 && !a.year && b.month > 0 && b.year && r.g.connects(gap):
			y, _, _ := b.day.civil()
			if a.month > b.month {
				y--
			}
			a.m.slots.set(cYear, int32(y))
			if e, ok := r.expression(a.m); ok {
				*a = e
			}
		case a.month > 0 && !a.year && b.month > 0 && !b.year && a.gran > 0 && b.gran > 0 && r.g.connects(gap):
			y, _, _ := a.day.civil()
			if b.month < a.month {
				y++
			}
			b.m.slots.set(cYear, int32(y))
			if e, ok := r.expression(b.m); ok {
				e.relative, e.anchor, e.source = true, a.anchor, a.source
				*b = e
			}
		}
	}
	// A day lends itself to the times before it: "from 10 a.m. to 4 p.m. on Saturday".
	for i := len(es) - 2; i >= 0; i-- {
		a, b := &es[i], &es[i+1]
		if a.m.op != opTime || b.gran != 3 || b.kind != kindDate && b.kind != kindTime || b.start-a.end > 24 || b.start < a.end {
			continue
		}
		day := b.kind == kindDate || b.m.op == opCal // else a time that may have got its day from behind
		switch gap := strings.TrimSpace(text[a.end:b.start]); {
		case day && (gap == "," || gap == "" || gap == "on" || gap == ", on" || gap == "of"):
		case r.g.connects(gap) && (day || b.source == nutgrafv1.TimeAnchor_TIME_ANCHOR_TEXT):
		default:
			continue
		}
		r.dayRef = anchor{day: b.day, precision: 3, text: b.day.String(), source: nutgrafv1.TimeAnchor_TIME_ANCHOR_TEXT, ok: true}
		if e, ok := r.expression(a.m); ok {
			*a = e
		}
	}
}

// connects reports whether a gap joins the ends of a range.
func (g *grammar) connects(gap string) bool {
	switch gap {
	case "-", "–", "—":
		return true
	}
	w := g.lookup(hashFolded(gap))
	return w >= 0 && g.entries[w].mask&bit(cJoin) != 0
}

// hashFolded is the hash of a word as the scanner makes it, for ASCII letters.
func hashFolded(s string) uint64 {
	h := uint64(fnvOffset)
	for i := 0; i < len(s); i++ {
		c := s[i]
		if kinds[c] == kLetter {
			c |= 0x20
		}
		h = (h ^ uint64(c)) * fnvPrime
	}
	return h
}

// preposition is the modifier that the word before an expression gives it: "since 2019".
func (g *grammar) preposition(text string, at int) nutgrafv1.TimeModifier {
	i := at
	for i > 0 && text[i-1] == ' ' {
		i--
	}
	j := i
	for j > 0 && at-j < 24 && kinds[text[j-1]] == kLetter {
		j--
	}
	if w := g.lookup(hashFolded(text[j:i])); w >= 0 && g.entries[w].mask&bit(cModPrep) != 0 {
		return nutgrafv1.TimeModifier(g.entries[w].value(cModPrep))
	}
	return 0
}
