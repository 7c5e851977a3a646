package times

import "math/bits"

func tz(m mask) int { return bits.TrailingZeros64(uint64(m)) }

// merge joins phrases ("p.m."), ordinals ("5th"), decimals ("2.5") and spelled numbers
// ("twenty-five") into one item each, in place, and returns the run's new end.
func (m *matcher) merge(r run) int32 {
	out := r.first
	for i := r.first; i < r.last; {
		it := m.items[i]
		n := int32(1)
		if k, a := m.phrase(m.g.phrases, i, r.last); k > 0 {
			c := m.g.rules[m.g.accepts[a].rule].consts[0]
			it.end = m.items[i+k-1].end
			it.word, it.value, it.mask, it.digits = -1, c.value, bit(c.slot), 0
			it.scaled = c.slot == cNum
			if it.scaled {
				it.value *= 100
			}
			n = k
		} else if it.digits > 0 && it.mask != 0 {
			n = m.number(&it, i, r.last)
		} else if it.mask&bit(cNumW) != 0 {
			n = m.spelled(&it, i, r.last)
		}
		m.items[out] = it
		out++
		i += n
	}
	return out
}

// phrase finds the longest multi-word entry at i.
func (m *matcher) phrase(at, i, last int32) (n, accept int32) {
	if at == 0 || m.items[i].word < 0 || !m.g.entries[m.items[i].word].joins {
		return 0, 0
	}
	for k := i; k < last && m.items[k].word >= 0; k++ {
		if at = m.g.edges.next(at, literalBase+m.items[k].word); at == 0 {
			break
		}
		if end := &m.g.nodes[at]; end.first < end.last {
			n, accept = k-i+1, m.g.ends[end.first]
		}
	}
	return n, accept
}

func (m *matcher) is(i, last int32, mark byte) bool {
	if i >= last || !m.items[i].glued || m.items[i].word < 0 {
		return false
	}
	t := m.g.entries[m.items[i].word].text
	return len(t) == 1 && t[0] == mark
}

// number takes in what belongs to the digits at i.
func (m *matcher) number(it *item, i, last int32) int32 {
	if i+1 < last && m.items[i+1].glued && m.items[i+1].mask&bit(cSuffix) != 0 {
		it.end = m.items[i+1].end
		it.mask = bit(cOrd) | bit(cNth)
		return 2
	}
	for _, mark := range []byte{',', '.'} {
		if !m.is(i+1, last, mark) || i+2 >= last {
			continue
		}
		next := &m.items[i+2]
		if !next.glued || next.digits == 0 {
			continue
		}
		switch {
		case mark != m.g.decimal && next.digits == 3 && it.digits <= 3 && mark == ',',
			mark != m.g.decimal && next.digits == 3 && it.digits <= 3 && !m.is(i+3, last, '.'):
			// Thousands. Millions are no matter here.
			it.value, it.mask = it.value*1000+next.value, bit(cNum)
			if it.digits > 2 && it.value > 1e6 {
				it.mask = 0
			}
			it.end = next.end
			n := int32(3)
			for i+n+1 < last && m.is(i+n, last, mark) && m.items[i+n+1].glued && m.items[i+n+1].digits == 3 {
				it.mask, it.end = 0, m.items[i+n+1].end
				n += 2
			}
			return n
		case mark == m.g.decimal && next.digits <= 2 && i+3 < last && m.items[i+3].mask&(bit(cUnit)|bit(cUnits)) != 0 && it.value < 1e6:
			v := next.value
			if next.digits == 1 {
				v *= 10
			}
			it.value, it.scaled = it.value*100+v, true
			it.mask, it.end = bit(cNum), next.end
			return 3
		}
	}
	return 1
}

// spelled reads a number in words.
func (m *matcher) spelled(it *item, i, last int32) int32 {
	total, cur := int32(0), int32(0)
	n := int32(0)
	ordinal := false
	century := int32(0)
	for k := i; k < last; {
		w := &m.items[k]
		if w.mask&bit(cNumW) == 0 || w.word < 0 {
			// A connector: "twenty-five", "two thousand and five".
			if n == 0 || k+1 >= last || m.items[k+1].mask&bit(cNumW) == 0 {
				break
			}
			hyphen := m.is(k, last, '-')
			if !hyphen && w.mask&bit(cAnd) == 0 {
				break
			}
			v := m.g.entries[m.items[k+1].word].value(cNumW)
			tens := cur%100 >= 20 && cur%10 == 0
			if !(v < 10 && tens || !hyphen && v < 100 && cur%100 == 0 && total+cur >= 100) {
				break
			}
			k++
			continue
		}
		v := m.g.entries[w.word].value(cNumW)
		isOrd := w.mask&bit(cOrd) != 0
		switch {
		case n == 0 && v != 0 && v < 1000:
			cur = v
		case v == 1000 && cur > 0 && cur < 1000 && total == 0:
			total, cur = cur*1000, 0
		case v == 1000 && n == 0:
			total = 1000
		case v == 100 && cur > 0 && cur < 100:
			cur *= 100
		case v < 10 && v > 0 && cur%100 >= 20 && cur%10 == 0:
			cur += v
		case v < 100 && cur%100 == 0 && total+cur >= 100:
			cur += v
		case cur >= 15 && cur <= 20 && century == 0 && total == 0 && v >= 10 && v < 100:
			century, cur = cur, v // "nineteen ninety six"
		default:
			goto done
		}
		n = k - i + 1
		k++
		if isOrd {
			ordinal = true
			break
		}
	}
done:
	if n <= 1 {
		return 1
	}
	it.end = m.items[i+n-1].end
	v := total + cur
	if century > 0 {
		v = century*100 + cur
	}
	it.word, it.value, it.digits = -1, v, 0
	switch {
	case ordinal:
		it.mask = bit(cOrd)
	default:
		it.mask = bit(cNum)
		if v >= 1 && v <= 24 {
			it.mask |= bit(cSpelled)
		}
		if v >= 1000 && v < 2200 {
			it.mask |= bit(cYear)
		}
		if v >= 21 && v <= 31 {
			it.mask |= bit(cDay)
		}
	}
	return n
}
