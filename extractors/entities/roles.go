package entities

import "strings"

// construction is the grammatical construction in which a role was found. Each has a confidence of its own.
type construction uint8

const (
	prenominal         construction = iota // NATO Secretary General Ada Orr
	apposition                             // Ada Orr, the NATO chief,
	apposed                                // The mayor of Valdoria, Ada Orr,
	predicate                              // Ada Orr, who is mayor of Valdoria
	complementAs                           // Ada Orr as their candidate; appointed Ada Orr prime minister
	behind                                 // Ada Orr MP
	coordinated                            // Senators Ada Orr and Ben Moss
	pronounPredicate                       // She is mayor of Valdoria
	distantPredicate                       // Ada Orr ruled Valdoria, serving as its president
	constructionsCount = iota
)

// role is a role as printed. Bytes are of the layer of its mention.
type role struct {
	mention      int32
	layer        int
	start, end   int   // title
	from, to     int   // all that was read as the role
	organization int32 // mention, or -1
	place        int32 // of a demonym, as in entry.place
	standing     standing
	construction construction
	plural       bool
	firstUnit    int // of the description
	headUnit     int
}

const (
	// maxRoles bounds the roles of one coordination.
	maxRoles = 6
	// maxPhrase bounds the units of one description.
	maxPhrase = 40
)

// grammar reads roles in one layer.
type grammar struct {
	a *article
	l *layer
	n int // index of the layer
}

func (g *grammar) unit(i int) *unit { return &g.l.units[i] }

func (g *grammar) word(i int) string {
	u := g.unit(i)
	return g.l.doc.Text[u.start:u.end]
}

func (g *grammar) name(i int) *mention {
	if m := g.unit(i).mention; m >= 0 {
		return &g.a.mentions[m]
	}
	return nil
}

func (g *grammar) isPerson(i int) bool {
	m := g.name(i)
	return m != nil && m.person()
}

// inPhrase reports whether unit i is a plain word that a noun phrase may hold.
func (g *grammar) inPhrase(i int) bool {
	u := g.unit(i)
	if u.mention >= 0 {
		return false
	}
	if u.is(modifier) && !u.is(comma|punctuation|dash|quoteMark|open|closing) {
		return !u.is(determiner | possessive | preposition)
	}
	if u.is(roleNoun) && !u.is(stop) {
		return true
	}
	return !u.is(closes) || g.attributive(i)
}

// attributive reports whether the participle at unit i goes with the title behind it: "a clearing agent".
func (g *grammar) attributive(i int) bool {
	if u := g.unit(i); u.class != stop || u.capital || u.mention >= 0 || i == 0 || i+1 >= len(g.l.units) || !strings.HasSuffix(g.word(i), "ing") {
		return false
	}
	before, behind := g.unit(i-1), g.unit(i+1)
	return behind.is(roleNoun) && behind.mention < 0 && !behind.capital && (before.is(determiner|possessive|clitic) || before.mention >= 0)
}

// demonymAt returns the place of a demonym at unit i and the number of its units.
func (g *grammar) demonymAt(i, hi int) (int32, int) {
	u := g.unit(i)
	if !u.capital {
		return 0, 0
	}
	if i+1 < hi && g.unit(i+1).is(demonymTail) && g.unit(i+1).capital {
		b := appendLower(g.a.buf[:0], g.word(i))
		b = append(b, ' ')
		b = appendLower(b, g.word(i+1))
		e := g.a.lex.words[string(b)]
		g.a.buf = b
		if e.class&demonym != 0 {
			return e.place, 2
		}
	}
	if u.is(demonym) {
		return u.place, 1
	}
	return 0, 0
}

// phrases reads roles joined by "and" or commas in units [i, hi) and returns the unit behind them, or -1.
func (g *grammar) phrases(i, hi int, out []role) ([]role, int) {
	n := len(out)
	r, next := g.phrase(i, hi)
	if next < 0 {
		return out, -1
	}
	out = g.split(append(out, r))
	for len(out)-n < maxRoles && next < hi {
		k := next
		if g.unit(k).is(comma) {
			k++
		}
		and := k < hi && g.unit(k).is(conjunction)
		if and {
			k++
		}
		if k == next && k < hi && g.unit(k).is(roleNoun) && g.unit(k).capital && (g.unit(k-1).mention >= 0 || g.ranked(k)) {
			and = true // "chair of the House Committee Senator Orr", "Chief of Staff General Orr"
		} else if k == next || k >= hi {
			break
		}
		r, end := g.phrase(k, hi)
		if end < 0 || end < hi && g.isPerson(end) || r.plural != out[n].plural {
			break
		}
		if !and { // a list needs its end: ", activist, host, and candidate"
			if end >= hi || !(g.unit(end).is(comma | conjunction)) || g.unit(k).is(determiner) && g.startsWith(k, "the") {
				break
			}
			if g.unit(end).is(comma) && end+1 < hi && g.unit(end+1).mention >= 0 {
				break
			}
		}
		out = g.split(append(out, r))
		next = end
	}
	g.share(out[n:])
	return out, next
}

func (g *grammar) startsWith(i int, w string) bool { return g.word(i) == w }

// share gives roles that are joined the organisation that only one of them prints: the first for all behind a name or
// demonym, the last for all before "of".
func (g *grammar) share(rs []role) {
	if len(rs) < 2 {
		return
	}
	for i := 1; i < len(rs); i++ {
		if rs[i].organization < 0 && rs[i].place == 0 && (rs[0].place != 0 || rs[0].organization >= 0 && int(g.a.mentions[rs[0].organization].end) <= rs[0].start) && rs[i].from == rs[i].start {
			rs[i].organization, rs[i].place = rs[0].organization, rs[0].place
		}
	}
	if last := rs[len(rs)-1]; len(rs) == 2 && last.organization >= 0 && last.from == last.start && g.a.mentions[last.organization].start >= last.end {
		for i := range rs[:len(rs)-1] {
			if rs[i].organization < 0 && rs[i].place == 0 && rs[i].to == rs[i].end {
				rs[i].organization = last.organization
			}
		}
	}
	for i := 1; i < len(rs); i++ { // "former mayor and governor"
		if rs[0].standing == standingFormer && rs[i].standing == standingCurrent && rs[i].from == rs[i].start {
			rs[i].standing = standingFormer
		}
	}
}

// split divides the last role where a title in small letters meets one in capitals, or a title meets a rank: "candidate
// Senator", "Commandant General".
func (g *grammar) split(out []role) []role {
	r := out[len(out)-1]
	for i := r.headUnit; i > r.firstUnit; i-- {
		u, v := g.unit(i-1), g.unit(i)
		if int(u.start) < r.start {
			break
		}
		meet := !u.capital && v.capital && v.is(roleNoun) && !(u.is(beforeGeneral) && g.word(i) == "General") || g.ranked(i)
		if u.is(roleNoun) && meet && v.mention < 0 && u.mention < 0 {
			second := r
			second.start, second.from, second.organization, second.place, second.standing, second.firstUnit = int(v.start), int(v.start), -1, 0, standingCurrent, i
			r.end, r.to, r.headUnit = int(u.end), int(u.end), i-1
			if r.organization >= 0 && g.a.mentions[r.organization].start > r.end {
				second.organization, r.organization = r.organization, -1
			}
			if r.start == int(u.start) && g.word(i-1) == "fellow" {
				second.organization, second.place = r.organization, r.place
				out[len(out)-1] = second
				return out
			}
			out[len(out)-1] = r
			return append(out, second)
		}
	}
	return out
}

// bounds returns the units of the sentence of unit i.
func (g *grammar) bounds(i int) (lo, hi int) {
	s := g.unit(i).sentence
	return int(g.l.first[s]), int(g.l.first[s+1])
}

// leftmost returns where the words that may describe the name at unit end begin.
func (g *grammar) leftmost(end, lo int) int {
	i := end
	for i > lo && end-i < 16 && !g.unit(i).broken {
		u := g.unit(i - 1)
		switch {
		case u.mention >= 0:
			if g.isPerson(i-1) && !g.unit(i).is(clitic) && !(i < end && g.modifies(i-1, end)) {
				return i
			}
		case u.is(clitic) && i-2 >= lo && (g.unit(i-2).mention >= 0 || g.inPhrase(i-2)):
		case u.is(determiner | possessive | conjunction | preposition):
		case u.is(closing) && i-3 > lo && g.unit(i-3).is(open):
			i -= 3
			continue
		case u.is(comma) && i < end && g.unit(i).capital && i-2 >= lo && g.unit(i-2).capital && g.inPhrase(i-2): // "Minister of Mines, Water and Trade"
		case u.is(comma | dash | quoteMark | punctuation | open | closing):
			return i
		case u.is(status | numeral):
		case !g.inPhrase(i - 1):
			return i
		}
		i--
	}
	return i
}

// before reads the roles printed before the name at unit i.
func (g *grammar) before(i int, out []role) ([]role, bool) {
	lo, hi := g.bounds(i)
	end := i
	for end > lo && g.unit(end-1).is(honorific) && !g.unit(end-1).is(roleNoun) {
		end--
	}
	if end > lo+3 && g.unit(end-1).is(closing) && g.unit(end-3).is(open) && g.unit(end-2).capital { // "Grand Master (GM) Orr"
		end -= 3
	}
	kind, listed, example, inverse := prenominal, false, false, false
	name := i
	switch {
	case end > lo && g.unit(end-1).is(comma):
		kind = apposed
		end--
	case end > lo && g.word(end-1) == ":":
		kind, listed = apposed, true
		end--
	case end > lo && g.unit(end-1).is(naming):
		end--
	case end > lo+1 && (g.word(end-1) == "is" || g.word(end-1) == "was") && !(i+1 < hi && g.unit(i+1).is(clitic)): // "whose chairman is Ada Orr"
		kind, inverse = apposed, true
		end--
	case end > lo && g.unit(end-1).is(exemplifying):
		kind, example = apposed, true
		end--
	case end > lo+1 && g.word(end-1) == "as" && g.word(end-2) == "such":
		kind, example = apposed, true
		end -= 2
	case end > lo+1 && g.unit(end-1).is(quoteMark):
		return out, false
	}
	n := len(out)
	for s := g.leftmost(end, lo); s < end; s++ {
		u := g.unit(s)
		if u.is(conjunction|preposition|clitic|comma) || s > lo && g.unit(s-1).is(prepTo) && !u.capital && !u.is(roleNoun|determiner|possessive) {
			continue
		}
		rs, next := g.phrases(s, end, out)
		if next != end {
			out = rs[:n]
			continue
		}
		switch {
		case listed && s > lo, example && !rs[n].plural:
			return rs[:n], false
		case example, listed:
		case inverse:
			if !u.is(determiner|possessive) || rs[n].plural || s > lo && !g.unit(s-1).is(comma|conjunction|quoteMark) {
				return rs[:n], false
			}
		case kind == apposed && !g.apposable(s, lo, name, hi, rs[n:]):
			return rs[:n], false
		}
		if w := g.word(s); kind == prenominal && (w == "a" || w == "an") && !g.unit(name-1).is(naming|honorific) {
			if g.unit(rs[n].headUnit).capital { // "a visiting President Orr"
				out = rs[:n]
				continue
			}
			return rs[:n], false // "a fundraiser Orr appointed"
		}
		if kind == prenominal && end == i && rs[n].plural && !g.joined(name, hi) {
			return rs[:n], false
		}
		plural := rs[n].plural
		rs = g.found(rs, n, g.unit(name).mention, kind)
		if kind == prenominal && !plural && s > lo+1 && g.unit(s-1).is(comma) {
			rs = g.apposedBefore(s-1, lo, name, hi, rs)
		}
		return rs, plural
	}
	return out[:n], false
}

// apposedBefore reads the description before the comma at unit end that goes before another in front of the name at unit i:
// "the party's leader, First Minister Orr".
func (g *grammar) apposedBefore(end, lo, i, hi int, out []role) []role {
	n := len(out)
	for s := g.leftmost(end, lo); s < end; s++ {
		u := g.unit(s)
		if !u.is(determiner|possessive|numeral) && u.mention < 0 {
			continue
		}
		if rs, next := g.phrases(s, end, out); next == end {
			if !rs[n].plural && g.apposable(s, lo, i, hi, rs[n:]) {
				return g.found(rs, n, g.unit(i).mention, apposed)
			}
			return rs[:n]
		}
		out = out[:n]
	}
	return out
}

// apposable decides whether the phrase from unit s, with a comma behind it, describes the name at unit i.
func (g *grammar) apposable(s, lo, i, hi int, rs []role) bool {
	if s > lo && g.unit(s-1).is(comma) && s-2 >= lo && g.isPerson(s-2) {
		return false // the phrase describes the name before it
	}
	if rs[0].plural && !g.joined(i, hi) {
		return false
	}
	u := g.unit(s)
	bare := !u.is(determiner|possessive|statusFormer|statusActing) && u.mention < 0 && !u.is(demonym) && !(s > lo && g.unit(s-1).is(clitic))
	closed := i+1 >= hi || g.unit(i+1).is(comma|punctuation|dash|quoteMark|closing) || g.unit(i+1).is(conjunction) && rs[0].plural
	if s == lo || s == lo+1 && (g.unit(lo).is(quoteMark) || g.word(lo) == "As" && g.word(s) != "the") { // "As mayor, Ada Orr"
		return true
	}
	if s > lo && g.unit(s-1).is(comma) && !bare && i+1 < hi && g.verbal(i+1) { // "In Lima, the mayor, Ada Orr said"
		return true
	}
	// "says co-founder, Ada Orr."; "met Managing Director, Ada Orr,"
	return (!bare || rs[0].plural || u.capital || s > lo && g.unit(s-1).is(speech)) && closed
}

// joined reports whether another person follows the name at unit i in a coordination.
func (g *grammar) joined(i, hi int) bool { return g.following(i, hi) > 0 }

// following returns the unit of the next person in the coordination of the one at unit i, or -1.
func (g *grammar) following(i, hi int) int {
	k := i + 1
	if k+1 < hi && g.unit(k).is(preposition) && g.unit(k+1).mention >= 0 && !g.isPerson(k+1) { // "Orr of Valdoria, Moss of"
		k += 2
	}
	if k+2 < hi && g.unit(k).is(open) && g.unit(k+2).is(closing) {
		k += 3
	}
	joint := false
	for n := 0; n < 2 && k < hi && (g.unit(k).is(comma) || g.unit(k).is(conjunction)); n++ {
		joint = true
		k++
	}
	for joint && k < hi && g.unit(k).is(honorific) {
		k++
	}
	if joint && k < hi && g.isPerson(k) {
		return k
	}
	return -1
}

// behindName reads the roles printed behind the name at unit i.
func (g *grammar) behindName(i int, out []role) []role {
	lo, hi := g.bounds(i)
	n := len(out)
	m := g.unit(i).mention
	k := i + 1
	for k < hi && g.unit(k).is(postTitle) && g.unit(k).capital && g.unit(k).mention < 0 {
		u := g.unit(k)
		out = append(out, role{
			mention: m, layer: g.n, start: int(u.start), end: int(u.end), from: int(u.start), to: int(u.end),
			organization: -1, standing: standingCurrent, construction: behind, headUnit: k, firstUnit: k,
		})
		k++
	}
	if k+1 < hi && g.unit(k).is(comma) && g.unit(k+1).is(postTitle) && g.unit(k+1).capital && !g.unit(k+1).is(roleNoun) { // an honour
		k += 2
	}
	// "Ada Orr of Valdoria University, a shipping researcher"; "Ada Orr (D-Valdoria), the speaker"
	if k+1 < hi && g.unit(k).is(preposition) && !g.unit(k).is(prepTo) {
		j := k + 1
		for j < hi && g.unit(j).is(determiner) {
			j++
		}
		if j < hi && g.unit(j).mention >= 0 && !g.isPerson(j) && j+1 < hi && g.unit(j+1).is(comma) {
			k = j + 1
		}
	}
	if k < hi && g.unit(k).is(open) {
		for j := k + 1; j < hi && j < k+12; j++ {
			if g.unit(j).is(closing) {
				if rs, next := g.phrases(k+1, j, out); next == j && !rs[n].plural {
					return g.found(rs, n, m, apposition)
				}
				out = out[:max(n, min(len(out), n))]
				if j < k+8 {
					k = j + 1
				}
				break
			}
		}
	}
	if k >= hi {
		return out
	}
	u := g.unit(k)
	if u.is(comma|dash) && u.mention < 0 {
		k++
		if k+1 < hi && g.unit(k).is(number) && g.unit(k+1).is(comma) { // ", 43,"
			k += 2
		} else if k+2 < hi && g.word(k) == "aged" && g.unit(k+1).is(number) && g.unit(k+2).is(comma) {
			k += 3
		}
		if k < hi && !g.unit(k).is(relative) {
			before := len(out)
			rs, next := g.phrases(k, hi, out)
			if next > 0 && g.appositive(i, lo, k, next, hi, rs[before:]) {
				rs = g.found(rs, before, m, apposition)
				if n := next + 1; n < hi && g.unit(next).is(comma) && g.unit(n).mention >= 0 && g.name(n).kind == organization && (n+1 >= hi || g.unit(n+1).is(comma|punctuation|dash|closing)) {
					for x := before; x < len(rs); x++ { // "Ada Orr, chief executive, Elwin Bank,"
						if rs[x].organization < 0 && rs[x].place == 0 && rs[x].from == rs[x].start {
							rs[x].organization = g.unit(n).mention
						}
					}
				}
				if rs[before].plural {
					rs = g.spreadLeft(i, lo, rs, before)
				}
				return g.after(i, next, hi, rs)
			}
			out = rs[:before]
		}
	}
	return g.after(i, k, hi, out)
}

// after reads a predicate from unit k on: "who is", "was appointed", "as their candidate".
func (g *grammar) after(i, k, hi int, out []role) []role {
	m := g.unit(i).mention
	if k < hi && g.unit(k).is(comma|dash) && k+1 < hi && g.unit(k+1).is(relative) {
		k++
	}
	if k < hi && g.unit(k).is(relative) {
		k++
	}
	return g.predicate(i, k, hi, m, predicate, out)
}

// predicate reads what unit k on says of the subject whose mention is m.
func (g *grammar) predicate(i, k, hi int, m int32, kind construction, out []role) []role {
	lo := int(g.l.first[g.unit(i).sentence])
	for k < hi && g.unit(k).is(statusCurrent) && g.unit(k).mention < 0 && !g.unit(k).is(roleNoun) {
		k++
	}
	n := len(out)
	if k < hi && g.unit(k).mention < 0 && g.word(k) == "as" && kind == predicate {
		if k+1 < hi && (k == i+1) {
			rs, next := g.phrases(k+1, hi, out)
			if next > 0 && !rs[n].plural {
				return g.found(rs, n, m, complementAs)
			}
			out = rs[:n]
		}
		return out
	}
	st, w := longest(g, k, hi, g.a.lex.longest.copula, g.a.lex.copulas)
	if w > 0 && i > lo && g.unit(i-1).is(conditional) { // "if Orr becomes president"
		return out
	}
	if w == 0 {
		// "appointed Ada Orr prime minister"
		if kind == predicate && k == i+1 && k < hi && g.inPhrase(k) && !g.unit(k).capital {
			for j := i - 1; j >= lo && j > i-4; j-- {
				if g.unit(j).is(appointing) {
					rs, next := g.phrases(k, hi, out)
					if next > 0 && !rs[n].plural {
						return g.found(rs, n, m, complementAs)
					}
					return rs[:n]
				}
			}
		}
		return out
	}
	k += w
	for k < hi && (g.unit(k).is(statusCurrent) || g.unit(k).is(modifier) && g.unit(k).is(stop)) && g.unit(k).mention < 0 && !g.unit(k).is(roleNoun) {
		k++
	}
	if k >= hi {
		return out
	}
	rs, next := g.phrases(k, hi, out)
	if next < 0 {
		return rs[:n]
	}
	if next < hi && g.isPerson(next) {
		return rs[:n]
	}
	if rs[n].plural {
		lo, _ := g.bounds(i)
		if kind != predicate || g.preceding(i, lo) < 0 {
			return rs[:n]
		}
		rs = g.found(rs, n, m, kind)
		return g.spreadLeft(i, lo, rs, n)
	}
	for x := n; x < len(rs); x++ {
		if rs[x].standing == standingCurrent {
			rs[x].standing = st
		}
	}
	return g.found(rs, n, m, kind)
}

func (g *grammar) found(rs []role, n int, m int32, kind construction) []role {
	for k := n; k < len(rs); k++ {
		rs[k].mention, rs[k].construction = m, kind
	}
	return rs
}

// appositive decides whether the phrase in units [k, next) behind the name at unit i and a comma describes it.
func (g *grammar) appositive(i, lo, k, next, hi int, rs []role) bool {
	if rs[0].plural {
		return g.preceding(i, lo) >= 0 && (next >= hi || g.unit(next).is(comma|punctuation|relative|dash|closing))
	}
	if next >= hi {
		return true
	}
	w := g.word(k)
	indefinite := w == "a" || w == "an" || w == "one" || w == "another"
	for next+1 < hi && g.unit(next).is(honorific) {
		next++
	}
	u := g.unit(next)
	if u.mention >= 0 {
		return indefinite && g.isPerson(next)
	}
	if indefinite {
		return true
	}
	if u.is(comma|punctuation|dash|closing|quoteMark|relative|open) && !u.is(conjunction) {
		return true
	}
	if u.is(preposition) || u.is(conjunction) && !g.unit(next).is(comma) {
		return true
	}
	// "Ada Orr, the minister said": the name needs its own verb, so the phrase is its apposition only where the name
	// opens the sentence, or where it has no article: "Ada Orr, head of the bank said".
	return i == lo || !g.unit(k).is(determiner|possessive) && g.unit(k).mention < 0
}

// preceding returns the unit of the person before the one at unit i in a coordination, or -1.
func (g *grammar) preceding(i, lo int) int {
	for k := i - 1; k >= lo && k > i-8; k-- {
		if g.isPerson(k) {
			if g.following(k, i+1) == i {
				return k
			}
			return -1
		}
	}
	return -1
}

// spreadLeft gives roles of a plural noun to the persons before as well.
func (g *grammar) spreadLeft(i, lo int, rs []role, n int) []role {
	end := len(rs)
	for k, c := g.preceding(i, lo), 0; k >= 0 && c < 32; k, c = g.preceding(k, lo), c+1 {
		for x := n; x < end; x++ {
			r := rs[x]
			r.mention, r.construction = g.unit(k).mention, coordinated
			rs = append(rs, r)
		}
	}
	return rs
}

// bodyBehind returns the mention of the organisation or place that the person at unit i is said to be of, or -1.
func (g *grammar) bodyBehind(i, hi int) int32 {
	k := i + 1
	if k < hi && g.unit(k).is(comma) {
		k++
	}
	if k >= hi || !g.unit(k).is(prepOf|prepFor|prepAt) {
		return -1
	}
	prep := g.unit(k)
	for k++; k < hi && g.unit(k).is(determiner); k++ {
	}
	if k >= hi || g.unit(k).mention < 0 || g.isPerson(k) || !prep.is(prepOf) && g.name(k).kind != organization {
		return -1
	}
	return g.unit(k).mention
}

// roles reads all roles of the layer.
func (g *grammar) roles(out []role) []role {
	for i := range g.l.units {
		if !g.isPerson(i) {
			continue
		}
		n := len(out)
		plural := false
		out, plural = g.before(i, out)
		end := len(out)
		if end > n {
			_, hi := g.bounds(i)
			if plural {
				for k, c := g.following(i, hi), 0; k >= 0 && c < 32; k, c = g.following(k, hi), c+1 {
					o := g.bodyBehind(k, hi)
					for x := n; x < end; x++ {
						r := out[x]
						r.mention, r.construction = g.unit(k).mention, coordinated
						if o >= 0 {
							r.organization = o
						}
						out = append(out, r)
					}
				}
			}
			// "Senator Ada Orr of Valdoria", "Professor Moss, of the Elwin Institute,"
			if o := g.bodyBehind(i, hi); o >= 0 {
				for x := n; x < end; x++ {
					if out[x].organization < 0 && (out[x].place == 0 || plural) {
						out[x].organization = o
					}
				}
			}
		}
		out = g.behindName(i, out)
	}
	return out
}
