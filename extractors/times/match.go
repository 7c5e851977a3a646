package times

// slots are the values that a match has gathered.
type slots struct {
	v   [numSlots]int32
	has mask
}

func (s *slots) set(c class, v int32) { s.v[c], s.has = v, s.has|bit(c) }
func (s *slots) get(c class) (int, bool) {
	return int(s.v[c]), s.has&bit(c) != 0
}
func (s *slots) is(c class) bool { return s.has&bit(c) != 0 }

// match is one expression, found but not yet resolved.
type match struct {
	start, end int32
	op         op
	slots      slots
}

// found is an accepted path of the trie: where it ends and what each item stood for.
type found struct {
	accept int32
	end    int32
	as     [maxPath]class
}

// matcher tries the rules on runs.
type matcher struct {
	g     *grammar
	text  string
	items []item
	last  int32
	as    [maxPath]class
	found []found
}

func (m *matcher) value(it *item, c class) int32 {
	if it.word >= 0 {
		return m.g.entries[it.word].value(c)
	}
	if c == cNum && !it.scaled {
		return it.value * 100
	}
	return it.value
}

// walk follows every reading of the items from i on. Its depth is that of the longest rule.
func (m *matcher) walk(at, i int32, depth int) {
	n := &m.g.nodes[at]
	for _, a := range m.g.ends[n.first:n.last] {
		if len(m.found) < 32 {
			m.found = append(m.found, found{a, i, m.as})
		}
	}
	if i >= m.last || depth >= maxPath {
		return
	}
	it := &m.items[i]
	for c := n.classes & it.mask; c != 0; c &= c - 1 {
		k := class(tz(c))
		m.as[depth] = k
		m.walk(*m.g.child(n, k), i+1, depth+1)
	}
	if it.glued {
		for c := n.glued & it.mask; c != 0; c &= c - 1 {
			k := class(tz(c))
			m.as[depth] = k
			m.walk(*m.g.gluedChild(n, k), i+1, depth+1)
		}
	}
	if n.literals && it.word >= 0 {
		m.as[depth] = noSlot
		if to := m.g.edges.next(at, literalBase+it.word); to != 0 {
			m.walk(to, i+1, depth+1)
		}
		if it.glued {
			if to := m.g.edges.next(at, (literalBase+it.word)|gluedBit); to != 0 {
				m.walk(to, i+1, depth+1)
			}
		}
	}
}

// run appends the matches of one run: at each place the longest, and of equals the first in the file.
func (m *matcher) run(out []match, r run) []match {
	m.last = m.merge(r)
	root := &m.g.nodes[0]
	for i := r.first; i < m.last; {
		it := &m.items[i]
		if root.classes&it.mask == 0 && (it.word < 0 || !m.g.entries[it.word].opens) {
			i++
			continue
		}
		m.found = m.found[:0]
		m.walk(0, i, 0)
		next := i + 1
		for len(m.found) > 0 {
			best := 0
			for k := 1; k < len(m.found); k++ {
				a, b := &m.found[k], &m.found[best]
				if a.end > b.end || a.end == b.end && m.g.accepts[a.accept].rule < m.g.accepts[b.accept].rule {
					best = k
				}
			}
			f := m.found[best]
			if lead := int32(m.g.accepts[f.accept].spans[0][0]); lead > 0 && m.longer(i+lead, i+int32(m.g.accepts[f.accept].spans[0][1])) {
				next = i + lead // "in [May]" gives way to "May 2008"
				break
			}
			var ok bool
			var end int32
			if out, end, ok = m.take(out, &f, i); ok {
				next = end
				break
			}
			m.found[best] = m.found[len(m.found)-1]
			m.found = m.found[:len(m.found)-1]
		}
		i = next
	}
	return out
}

// longer reports whether some rule goes beyond end from i on.
func (m *matcher) longer(i, end int32) bool {
	n := len(m.found)
	m.walk(0, i, 0)
	yes := false
	for _, f := range m.found[n:] {
		a := &m.g.accepts[f.accept]
		yes = yes || i+int32(a.spans[a.n-1][1]) > end && a.spans[0][0] == 0
	}
	m.found = m.found[:n]
	return yes
}

// take turns a found path into matches. It refuses dates that do not exist and numbers that are no years.
func (m *matcher) take(out []match, f *found, first int32) ([]match, int32, bool) {
	a := &m.g.accepts[f.accept]
	r := &m.g.rules[a.rule]
	var parts [2]slots
	for k := range a.slots {
		c := a.slots[k]
		if c == noSlot {
			continue
		}
		v := m.value(&m.items[first+int32(k)], f.as[k])
		if f.as[k] == cNum && c != cNum && c != sNumB {
			v /= 100
		}
		part := -1
		for s := range int(a.n) {
			if k >= int(a.spans[s][0]) && k < int(a.spans[s][1]) {
				part = s
			}
		}
		if part >= 0 {
			parts[part].set(c, v)
			continue
		}
		for s := range int(a.n) { // outside of brackets: holds for all
			parts[s].set(c, v)
		}
	}
	for s := range int(a.n) {
		for _, c := range r.consts {
			parts[s].set(c.slot, c.value)
		}
	}
	if a.n == 2 {
		share(&parts[0], &parts[1])
	}
	end := first + int32(a.spans[a.n-1][1])
	if r.op == opSkip {
		return out, end, true
	}
	for s := range int(a.n) {
		if !plausible(&parts[s]) {
			return out, 0, false
		}
		from, to := m.items[first+int32(a.spans[s][0])], m.items[first+int32(a.spans[s][1])-1]
		if next := int(to.end) + 1; r.op == opSet && from.capital && next < len(m.text) && m.text[next] >= 'A' && m.text[next] <= 'Z' {
			return out, 0, false // a name: "Daily Herald"
		}
		if r.op == opYear && !m.looksLikeYear(from, to) {
			return out, 0, false
		}
	}
	for s := range int(a.n) {
		from, to := m.items[first+int32(a.spans[s][0])], m.items[first+int32(a.spans[s][1])-1]
		if m.text[to.start] == '.' && a.spans[s][1]-a.spans[s][0] > 1 {
			to = m.items[first+int32(a.spans[s][1])-2] // the full stop may be the sentence's
		}
		out = append(out, match{from.start, to.end, r.op, parts[s]})
	}
	return out, end, true
}

// share lets each end of a range have what only the other says: "May 5-7, 2016".
func share(a, b *slots) {
	finer := []class{cDay, cMonth, cYear, cUnit, cAMPM, cRel, cOff, cDow}
	for _, c := range finer {
		switch {
		case a.is(c) == b.is(c), c == cDay, c == cDow:
		case b.is(c):
			a.set(c, b.v[c])
		case c != cAMPM:
			b.set(c, a.v[c])
		}
	}
}

func plausible(s *slots) bool {
	month, hasMonth := s.get(cMonth)
	if day, ok := s.get(cDay); ok {
		y := 2000
		if s.is(cYear) {
			y = int(s.v[cYear])
		}
		if day < 1 || day > 31 || hasMonth && day > daysIn(y, month) {
			return false
		}
	}
	if q, ok := s.get(sQ); ok && (q < 1 || q > 4) {
		return false
	}
	if h, ok := s.get(cHour); ok {
		if ap, ok := s.get(cAMPM); ok && ap != 2 && (h < 1 || h > 12) && !(h <= 23 && s.is(cMin)) {
			return false
		}
	}
	if w, ok := s.get(sWeek); ok && (w < 1 || w > 53) {
		return false
	}
	return true
}

// looksLikeYear tells a bare year from a quantity by what stands beside it.
func (m *matcher) looksLikeYear(from, to item) bool {
	v := to.value
	if v < 1900 || v > 2100 || to.digits != 4 {
		return false
	}
	t := m.text
	if i := int(from.start); i > 0 {
		switch c := t[i-1]; c {
		case '/', '_', '.', ',', ':', '$', '#', '@', '&', '=', '+', '-':
			return false
		default:
			if kinds[c] == kLetter || c == '\'' {
				return false
			}
		}
	}
	i := int(to.end)
	if i+1 < len(t) {
		switch t[i] {
		case '/', '_', ':', '@', '&', '=', '+', '%':
			return false
		case '.', ',', '-':
			if k := kinds[t[i+1]]; k == kDigit || t[i] != ',' && k == kLetter && t[i] != '-' {
				return false
			}
		}
	}
	// Round numbers before a lower-case word are mostly quantities: "2000 people".
	if v%50 == 0 && i+1 < len(t) && t[i] == ' ' && t[i+1] >= 'a' && t[i+1] <= 'z' {
		return false
	}
	return true
}
