package entities

import "strings"

// reading is a description while it is read.
type reading struct {
	role
	begun, title, head int  // units; title and head are -1 until found
	last               int  // the head, or the standing printed behind it
	among              bool // "one of the authors"
}

// phrase reads the description of one role in units [i, hi). It returns the unit behind it, or -1.
func (g *grammar) phrase(i, hi int) (role, int) {
	r := reading{role: role{mention: -1, layer: g.n, organization: -1, standing: standingCurrent}, begun: i, title: -1, head: -1}
	hi = min(hi, i+maxPhrase)
	for i < hi && (i == r.begun || !g.unit(i).broken) {
		n := g.preface(&r, i, hi)
		if n == 0 {
			n = g.owner(&r, i, hi)
		}
		if n == 0 {
			n = g.titleWord(&r, i, hi)
		}
		if n == 0 {
			n = g.joint(&r, i, hi)
		}
		if n == 0 {
			break
		}
		i += n
	}
	if r.head < 0 || r.last != i-1 {
		return r.role, -1
	}
	g.settle(&r)
	i = g.complement(&r.role, i, hi)
	r.to = int(g.unit(i - 1).end)
	return r.role, i
}

// preface reads what stands before a title and is no part of it: standing, articles, numerals, the adjective of a party. It
// returns the number of units.
func (g *grammar) preface(r *reading, i, hi int) int {
	u := g.unit(i)
	if u.mention >= 0 {
		return 0
	}
	if r.head >= 0 && r.title >= 0 {
		if u.is(statusIncoming) && !u.is(roleNoun) && r.head == i-1 { // "Vice-president elect"
			r.standing, r.last = standingIncoming, i
			return 1
		}
		return 0
	}
	switch {
	case u.is(statusFormer) && !(u.is(modifier) && r.title >= 0):
		r.standing = standingFormer
		r.title = -1
		if u.is(roleNoun) { // ex-minister
			r.title, r.head, r.last = i, i, i
		}
		return 1
	case u.is(statusActing):
		r.standing = standingActing
		return 1
	case u.is(statusIncoming) && !u.is(roleNoun):
		r.standing = standingIncoming
		return 1
	case r.title >= 0:
		return 0
	case u.is(statusCurrent | determiner | possessive):
		return 1
	case u.is(numeral) && i+2 < hi && g.unit(i+1).is(prepOf):
		r.among = r.among || g.word(i) == "one" || g.word(i) == "One"
		return 2
	case u.is(numeral), u.is(age):
		return 1
	case u.is(affiliation) && u.capital && i+1 < hi && g.inPhrase(i+1):
		return 1
	}
	return 0
}

// owner reads what the office belongs to: a name, a demonym, or the 's of common words. What was read before it is no part
// of the title. It returns the number of units.
func (g *grammar) owner(r *reading, i, hi int) int {
	u := g.unit(i)
	if u.mention < 0 {
		if p, n := g.demonymAt(i, hi); n > 0 && r.head < 0 {
			r.place, r.title = p, -1
			return n
		}
		// "the country's first president"
		if u.is(clitic) && r.title >= 0 && i+1 < hi && g.inPhrase(i+1) && u.end-u.start > 1 {
			r.title, r.head = -1, -1
			return 1
		}
		return 0
	}
	human := g.isPerson(i)
	possessed := i+1 < hi && g.unit(i+1).is(clitic)
	if human && !possessed && (r.head >= 0 || !g.modifies(i, hi)) || !human && r.head >= 0 && !g.inside(i, hi) {
		return 0
	}
	r.organization = u.mention
	if human {
		r.organization = -1
	}
	r.title, r.head = -1, -1
	switch {
	case possessed:
		return 2
	case i+4 < hi && g.unit(i+1).is(open) && g.unit(i+3).is(closing): // its short form
		return 4
	}
	return 1
}

// titleWord reads a word of the title. It returns the number of units.
func (g *grammar) titleWord(r *reading, i, hi int) int {
	u := g.unit(i)
	if !g.inPhrase(i) {
		return 0
	}
	if r.title < 0 {
		if u.is(rolePlural) && !u.is(roleNoun) && !u.capital && i+1 < hi && g.inPhrase(i+1) {
			return 0 // "reporters president"
		}
		if g.l.doc.Text[u.start] == '-' { // "Lima-based"
			return 1
		}
		r.title = i
	}
	if u.is(roleNoun|rolePlural) || u.is(positional) && r.title == i && i > r.begun && i+1 == hi {
		r.head, r.last = i, i
	}
	return 1
}

// joint reads the "and" between two words before the head: "Trade and Industry Secretary", "a humanitarian and spiritual
// leader". In small letters only an article tells them from what else stands before a title.
func (g *grammar) joint(r *reading, i, hi int) int {
	if !g.unit(i).is(conjunction) || r.title < 0 || r.head >= 0 || i+2 >= hi || !g.inPhrase(i+1) {
		return 0
	}
	before, behind := g.unit(i-1), g.unit(i+1)
	if before.is(relation) || behind.is(roleNoun|modifier|status) {
		return 0
	}
	if before.capital && behind.capital || !before.capital && !behind.capital && g.unit(r.begun).is(determiner) {
		return 1
	}
	return 0
}

// settle fills the role from the units read.
func (g *grammar) settle(r *reading) {
	u := g.unit(r.head)
	if u.is(statusIncoming) {
		r.standing = standingIncoming
	}
	if u.is(statusFormer) && r.head == r.title && r.standing == standingCurrent {
		r.standing = standingFormer
	}
	r.plural = u.is(rolePlural) && !u.is(roleNoun) && !r.among
	if r.title == r.begun { // a number may lead a title only behind an article: "the 2020 nominee"
		for r.title < r.head && g.unit(r.title).is(number) {
			r.title++
		}
	}
	for u.capital && r.title < r.head && g.unit(r.title+1).capital && g.verbal(r.title) { // "who advises Minister Orr"
		r.title++
		r.begun, r.organization, r.place, r.standing = r.title, -1, 0, standingCurrent
	}
	r.firstUnit, r.headUnit = r.begun, r.head
	r.start, r.end = int(g.unit(r.title).start), int(u.end)
	r.from = int(g.unit(r.begun).start)
	if u.is(statusIncoming) { // President-elect
		if i := strings.LastIndexAny(g.l.doc.Text[r.start:r.end], "- "); i > 0 {
			r.end = r.start + i
		}
	}
}

// modifies reports whether the person at unit i only says whose: "former Orr adviser".
func (g *grammar) modifies(i, hi int) bool {
	return i+1 < hi && g.unit(i+1).is(roleNoun) && !g.unit(i+1).capital && g.unit(i+1).mention < 0
}

// inside reports whether the name at i stands inside a title: "founding Civic Platform member".
func (g *grammar) inside(i, hi int) bool {
	return i+1 < hi && g.unit(i+1).is(roleNoun) && g.unit(i+1).mention < 0
}

// complement reads what depends on the head of r, from unit i: "of state", "of the Valdoria council", "for tourism at the
// ministry". It returns the unit behind it.
func (g *grammar) complement(r *role, i, hi int) int {
	if n := g.fixed(i, hi); n > 0 {
		i += n
		r.end = int(g.unit(i - 1).end)
	}
	if i+2 < hi && g.unit(i).is(open) && g.unit(i+2).is(closing) {
		switch inside := g.unit(i + 1); {
		case inside.is(statusActing): // "Chief Executive (Acting) of"
			r.standing = standingActing
			i += 3
		case inside.capital && i+3 < hi && g.unit(i+3).is(prepOf|prepFor): // "Railway Manager (RM) for"
			i += 3
		}
	}
	for range 3 {
		next := g.prepositional(r, i, hi)
		if next == i {
			break
		}
		i = next
	}
	if i < hi && g.unit(i).mention < 0 && g.word(i) == "elect" { // "President of Valdoria elect"
		r.standing = standingIncoming
		i++
	}
	return i
}

// prepositional reads one preposition with its object behind the head of r. It returns the unit behind, or i.
func (g *grammar) prepositional(r *role, i, hi int) int {
	if i >= hi || !g.unit(i).is(preposition) || g.unit(i).mention >= 0 {
		return i
	}
	prep := g.unit(i)
	k := i + 1
	for k < hi && g.unit(k).is(determiner|possessive) {
		if g.unit(k).is(possessive) && !prep.is(prepOf) { // "thanked the chief for his patience"
			return i
		}
		k++
	}
	if prep.is(prepTo) && k == i+1 && k < hi && g.unit(k).mention < 0 && !g.unit(k).capital { // "the president to concede"
		return i
	}
	if prep.is(prepFor) && k < hi && (g.unit(k).is(numeral) || g.unit(k).is(number) && g.unit(k).end-g.unit(k).start < 3) { // "a nurse for 30 years"
		return i
	}
	o := g.object(k, hi)
	if o.end == k {
		return i
	}
	belongs := func(unit int) {
		if !g.isPerson(unit) && r.organization < 0 {
			r.organization = g.unit(unit).mention
		}
	}
	bound := prep.is(prepOf | prepFor)
	switch {
	case o.last == o.end-1 && (o.first == o.last || !g.isPerson(o.last)): // it ends with a name
		if prep.is(prepTo) {
			if o.last == k { // an ambassador's country is not the one he serves
				r.end = int(g.unit(o.last).end)
			}
			return o.end
		}
		if bound || g.name(o.last).kind != place || prep.is(prepIn|prepAt) {
			belongs(o.last)
		}
		if o.end+2 < hi && g.unit(o.end).is(open) && g.unit(o.end+1).mention >= 0 && g.unit(o.end+2).is(closing) { // its short form
			return o.end + 3
		}
		return o.end
	case bound && o.end+1 < hi && g.unit(o.end).is(prepOf) && g.unit(o.end-1).is(classifier): // "of the city of Valdoria"
		n := o.end + 1
		for n < hi && g.unit(n).is(determiner) {
			n++
		}
		if n < hi && g.unit(n).mention >= 0 && !g.isPerson(n) {
			belongs(n)
			return n + 1
		}
	case o.first == k && (bound || prep.is(prepTo)): // "president of the Valdoria region"
		belongs(k)
		return o.end
	case bound && k == i+1 && g.unit(o.end-1).is(classifier) && g.unit(k).capital && !g.unit(i-1).capital: // a place that is no name here: "farmer of Elwin village"
		return o.end
	case bound || prep.is(prepTo):
		o.end = g.joinedObject(o, hi)
	case prep.is(prepIn) && k == i+1 && o.last < 0 && g.unit(k).capital:
		o.end = g.joinedObject(o, hi)
	default:
		return i
	}
	r.end = int(g.unit(o.end - 1).end)
	return o.end
}

// object is the run of words and names behind a preposition.
type object struct {
	end, first, last int // units: behind it, of its first and last name or -1
}

func (g *grammar) object(k, hi int) object {
	o := object{first: -1, last: -1}
	j, quote := k, -1
	for j < hi && j < k+10 {
		u := g.unit(j)
		if u.mention >= 0 {
			if g.isPerson(j) && !(j+1 < hi && g.unit(j+1).is(clitic)) || o.last >= 0 && o.last == j-1 {
				break
			}
			o.last = j
			if o.first < 0 {
				o.first = j
			}
			j++
			if j+1 < hi && g.unit(j).is(clitic) && (g.inPhrase(j+1) || g.unit(j+1).mention >= 0) {
				j++
			}
			continue
		}
		if u.is(clitic) && j > k && j+1 < hi && g.inPhrase(j+1) { // "head of the teachers' union"
			j++
			continue
		}
		if u.is(quoteMark) { // "a writer for the “free” site Elwin News", or else none
			if quote < 0 {
				quote = j
			}
			j++
			continue
		}
		if !g.inPhrase(j) || u.is(roleNoun) && u.capital && o.last >= 0 && o.last == j-1 { // "chair of the House Committee Senator Orr"
			break
		}
		if g.ranked(j) && j > k { // "Chief of Defence Staff General Orr"
			break
		}
		if u.is(rolePlural|roleNoun) && j+1 < len(g.l.units) && g.isPerson(j+1) { // "spokesman for President Orr"
			j = k
			break
		}
		j++
	}
	if quote >= 0 && o.last != j-1 {
		j = k
		if quote > k && g.unit(k-1).is(determiner) { // "owner of the site “The News”"
			j = quote
		}
	}
	o.end = j
	return o
}

// ranked reports whether a rank begins at unit i, behind a title that does not end with it.
func (g *grammar) ranked(i int) bool {
	u, before := g.unit(i), g.unit(i-1)
	if !u.is(rank) || !u.capital || before.is(rank|beforeRank) || before.is(beforeGeneral) && g.word(i) == "General" {
		return false
	}
	return i+1 < len(g.l.units) && (g.isPerson(i+1) || g.unit(i+1).is(rank))
}

// joinedObject returns the end of an object of common words with what "and" joins to it: "foreign affairs and trade",
// "agriculture, fisheries and food".
func (g *grammar) joinedObject(o object, hi int) int {
	j := o.end
	for n := j; o.last < 0 && n+1 < hi && n < o.end+12; {
		if g.unit(n).is(conjunction) {
			j = n
			break
		}
		if !g.unit(n).is(comma) || g.unit(n+1).capital != g.unit(j-1).capital || g.unit(n+1).is(roleNoun|rolePlural|modifier|status) {
			break
		}
		first := n + 1
		for n++; n < hi && n < first+3 && g.inPhrase(n) && !g.unit(n).is(roleNoun|rolePlural); n++ {
		}
		if n == first {
			break
		}
	}
	if o.last >= 0 || j+1 >= hi || !g.unit(j).is(conjunction) || !g.inPhrase(j+1) ||
		g.unit(j+1).is(roleNoun|rolePlural|modifier|statusFormer) || g.unit(j+1).capital != g.unit(j-1).capital {
		return j
	}
	n := j + 1
	for n < hi && n < j+5 && g.inPhrase(n) && !g.unit(n).is(roleNoun|rolePlural) {
		n++
	}
	if n >= hi || !g.unit(n).is(roleNoun|rolePlural) && g.unit(n).mention < 0 {
		return n
	}
	return j
}

// fixed returns the number of units from i that always belong to the title before them.
func (g *grammar) fixed(i, hi int) int {
	if i >= hi || g.unit(i).mention >= 0 || !g.unit(i).is(preposition) {
		return 0
	}
	_, n := longest(g, i, hi, g.a.lex.longest.complement, g.a.lex.complement)
	if i+n < hi && g.unit(i+n).mention >= 0 && !g.isPerson(i+n) { // "of the union Elwin First"
		return 0
	}
	return n
}

// longest returns the value of the longest run of words from unit i, at most n, that is in the table, and its length.
func longest[V any](g *grammar, i, hi, n int, table map[string]V) (V, int) {
	var found V
	length := 0
	b := g.a.buf[:0]
	for j := i; j < hi && j < i+n && g.unit(j).mention < 0; j++ {
		if j > i {
			b = append(b, ' ')
		}
		b = appendLower(b, g.word(j))
		if v, ok := table[string(b)]; ok {
			found, length = v, j-i+1
		}
	}
	g.a.buf = b
	return found, length
}
