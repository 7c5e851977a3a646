package entities

import (
	"context"
	"strings"

	nutgrafv1 "example.invalid/nutgraf/gen/go/nutgraf/v1"
	"example.invalid/nutgraf/internal/text"
)

const (
	// reach is how many sentences back a pronoun looks for its person.
	reach = 4
	// maxFocus bounds the people that a pronoun chooses from.
	maxFocus = 24
	// describedAlone is the share of descriptions right where one person has the office: of 38 on the training half of
	// the annotated news, read by hand, 34. describedLast is a guess for the last of several.
	describedAlone = 0.85
	describedLast  = 0.6
)

// focus is a recent mention of a person.
type focus struct {
	mention  int32
	sentence int32
}

// resolver links pronouns and descriptions of one layer to people.
type resolver struct {
	grammar
	recent []focus
	roles  []role // found with pronouns
	heads  map[string][]int32
	taken  map[int]bool   // head units of roles that were read
	seen   map[int32]bool // entities mentioned so far
	told   []int32        // for each sentence, how many up to it are not only a quotation
}

// resolve finds pronouns and descriptions of people that were named.
func (a *article) resolve(ctx context.Context, roles []role) error {
	a.inferGender()
	heads := a.roleHeads()
	var found []role
	for n := range a.layers {
		if a.layers[n].layer == nutgrafv1.Layer_LAYER_TITLE {
			a.markSubjects(n)
			continue
		}
		r := resolver{grammar: grammar{a: a, l: &a.layers[n], n: n}, heads: heads, taken: map[int]bool{}, seen: map[int32]bool{}}
		for k := range roles {
			if roles[k].layer == n {
				r.taken[roles[k].headUnit] = true
			}
		}
		a.markSubjects(n)
		r.told = r.l.told()
		for s := range len(r.l.first) - 1 {
			if s%256 == 0 && ctx.Err() != nil {
				return ctx.Err()
			}
			r.sentence(int(r.l.first[s]), int(r.l.first[s+1]))
		}
		found = append(found, r.roles...)
	}
	a.assign(found)
	return nil
}

// told counts for each sentence those up to it that say something outside quotation marks.
func (l *layer) told() []int32 {
	out := make([]int32, len(l.first)-1)
	n := int32(0)
	for s := range out {
		for i := l.first[s]; i < l.first[s+1]; i++ {
			if u := &l.units[i]; !u.quoted && u.class&(quoteMark|punctuation) == 0 {
				n++
				break
			}
		}
		out[s] = n
	}
	return out
}

// inferGender derives the sex of people from their titles, roles and given names.
func (a *article) inferGender() {
	for i := range a.entities {
		e := &a.entities[i]
		if e.kind != person {
			continue
		}
		var votes [3]int
		for _, k := range e.mentions {
			if g := a.titleGender(&a.mentions[k]); g != unknown {
				votes[g]++
			}
		}
		for k := range e.roles {
			r := &e.roles[k]
			if g := a.layers[r.layer].units[r.headUnit].gender; g != unknown && r.standing == standingCurrent {
				votes[g]++
			}
		}
		switch {
		case votes[male] > votes[female]:
			e.gender = male
		case votes[female] > votes[male]:
			e.gender = female
		default:
			e.gender = a.givenGender(e)
		}
	}
}

// markSubjects marks the names that are subjects: with a verb behind them, or behind a verb of speech.
func (a *article) markSubjects(n int) {
	g := grammar{a: a, l: &a.layers[n], n: n}
	for i := range g.l.units {
		m := g.name(i)
		if m == nil {
			continue
		}
		lo, hi := g.bounds(i)
		k := i + 1
		if k+1 < hi && g.unit(k).is(prepOf|prepAt) && g.unit(k+1).mention >= 0 { // "Orr of Valdoria"
			k += 2
		}
		if k < hi && g.unit(k).is(comma) { // an apposition
			for j := k + 1; j < hi && j < k+16; j++ {
				if g.unit(j).is(comma) {
					k = j + 1
					break
				}
				if g.unit(j).is(punctuation | quoteMark) {
					break
				}
			}
		}
		if k+1 < hi && g.unit(k).mention < 0 && (g.unit(k).is(statusCurrent) || strings.HasSuffix(g.word(k), "ly")) { // "Orr also said"
			k++
		}
		cleft := i > lo+1 && k == i+1 && k < hi && g.unit(k).is(relative) && g.isCopula(i-1) && strings.EqualFold(g.word(i-2), "it") // "it was Orr who"
		source := i > lo+1 && g.unit(i-1).is(prepTo) && strings.EqualFold(g.word(i-2), "according")
		switch {
		case cleft, source:
			m.subject = true
		case m.person() && g.opens(i, lo) && !(i+1 < hi && g.unit(i+1).is(clitic)):
			m.subject = true
		case k < hi && g.verbal(k) && !(i > lo && g.unit(i-1).is(preposition)):
			m.subject = true
		case i > lo && g.unit(i-1).is(speech) && (k >= hi || g.unit(k).is(comma|punctuation)):
			m.subject = true
		case k < hi && (g.unit(k).is(relative) || g.unit(k).is(conjunction) && i-lo < 6) && !(i > lo && g.unit(i-1).is(preposition)):
			m.subject = i-lo < 8
		}
	}
}

// opens reports whether the name at unit i is the first of its sentence with at most its own titles before it.
func (g *grammar) opens(i, lo int) bool {
	if i > lo+6 {
		return false
	}
	for k := lo; k < i; k++ {
		u := g.unit(k)
		if u.mention >= 0 && !g.isPerson(k) || u.is(roleNoun|honorific|determiner|demonym|status|modifier) && !u.is(preposition|comma) {
			continue
		}
		return false
	}
	return true
}

func (g *grammar) verbal(i int) bool {
	u := g.unit(i)
	if u.mention >= 0 {
		return false
	}
	if u.is(verb) {
		return true
	}
	w := g.word(i)
	return !u.capital && !u.is(closes|number) && len(w) > 3 && strings.HasSuffix(w, "s") && !strings.HasSuffix(w, "ss") && !u.is(rolePlural|roleNoun)
}

// roleHeads lists for each head noun the people who have a role of it.
func (a *article) roleHeads() map[string][]int32 {
	heads := map[string][]int32{}
	for i := range a.entities {
		for k := range a.entities[i].roles {
			r := &a.entities[i].roles[k]
			u := &a.layers[r.layer].units[r.headUnit]
			w := a.lex.office(a.layers[r.layer].doc.Text[u.start:u.end])
			if l := heads[w]; len(l) < 16 && (len(l) == 0 || l[len(l)-1] != int32(i)) {
				heads[w] = append(l, int32(i))
			}
		}
	}
	return heads
}

// sentence resolves what units [lo, hi) refer to.
func (r *resolver) sentence(lo, hi int) {
	subject := int32(-1)
	for i := lo; i < hi; i++ {
		u := r.unit(i)
		if u.mention >= 0 {
			m := &r.a.mentions[u.mention]
			if m.person() && m.entity >= 0 {
				r.push(u.mention, u.sentence)
				if m.subject && !u.quoted && !(i > lo && r.unit(i-1).is(conditional)) { // not "if Orr becomes mayor"
					subject = u.mention
				}
			}
			continue
		}
		switch {
		case u.is(he|she) && !u.quoted:
			if k := r.pronoun(i, lo, hi); k >= 0 {
				subject = k
			}
		case subject >= 0 && u.is(holding|becoming) && !u.quoted && r.holds(i):
			r.office(i, hi, subject)
		case u.is(determiner) && !u.quoted && (r.word(i) == "the" || r.word(i) == "The"):
			i = max(i, r.description(i, lo, hi)-1)
		}
	}
}

// holds reports whether the verb at unit i is a statement: "has become", not "hopes to become" or "may become".
func (r *resolver) holds(i int) bool {
	before := r.unit(i - 1)
	return r.word(i) != "become" || !before.is(prepTo) && (!before.is(verb) || strings.HasPrefix(r.word(i-1), "ha"))
}

// office reads the role behind a verb of holding one at unit i, for a subject further off.
func (r *resolver) office(i, hi int, subject int32) {
	k := i + 1
	if !r.unit(i).is(becoming) {
		for n := 0; k < hi && n < 8 && r.word(k) != "as"; n++ {
			if r.unit(k).is(comma|punctuation|quoteMark|relative) || r.isPerson(k) {
				return
			}
			k++
		}
		k++
	}
	if k >= hi {
		return
	}
	n := len(r.roles)
	rs, next := r.phrases(k, hi, r.roles)
	if next < 0 || rs[n].plural || r.taken[rs[n].headUnit] || next < hi && r.isPerson(next) {
		r.roles = rs[:n]
		return
	}
	r.roles = r.found(rs, n, subject, distantPredicate)
}

func (r *resolver) push(m, sentence int32) {
	r.seen[r.a.mentions[m].entity] = true
	if len(r.recent) >= 2*maxFocus {
		r.recent = append(r.recent[:0], r.recent[maxFocus:]...)
	}
	r.recent = append(r.recent, focus{m, sentence})
}

// broken reports whether a line ends between units i and last.
func (r *resolver) broken(i, last int) bool {
	return text.HasBreak(r.l.doc.Text[r.unit(i).start:r.unit(last).end])
}

// refer appends a mention of entity e that is no name, and makes it the unit's.
func (r *resolver) refer(e int32, i, last int, form nutgrafv1.MentionForm, confidence float64) int32 {
	u := r.unit(i)
	m := mention{
		layer: r.n, unit: i, start: int(u.start), end: int(r.unit(last).end), form: form, kind: person,
		confidence: float32(confidence), entity: e, subject: last+1 < len(r.l.units) && r.verbal(last+1),
	}
	k := int32(len(r.a.mentions))
	r.a.mentions = append(r.a.mentions, m)
	r.a.entities[e].mentions = append(r.a.entities[e].mentions, k)
	r.push(k, u.sentence)
	return k
}

// pronoun links the pronoun at unit i to the person it most likely stands for. It returns the mention if it is a subject,
// else -1.
func (r *resolver) pronoun(i, lo, hi int) int32 {
	u := r.unit(i)
	g := male
	if u.is(she) {
		g = female
	}
	w := strings.ToLower(r.word(i))
	subject := w == "he" || w == "she"
	owner := !subject && (w == "his" || w == "her")
	object := w == "him" || w == "her" && (i+1 >= hi || !r.inPhrase(i+1))
	best, second := -1e9, -1e9
	chosen, barred := int32(-1), int32(-1)
	for k := len(r.recent) - 1; k >= 0 && k >= len(r.recent)-maxFocus; k-- {
		f := &r.recent[k]
		distance := u.sentence - f.sentence
		if distance > 1 { // what is only quoted does not take a person out of sight
			distance = max(1, r.told[u.sentence]-r.told[f.sentence])
		}
		if distance > reach {
			break
		}
		m := &r.a.mentions[f.mention]
		e := &r.a.entities[m.entity]
		within := r.unit(m.unit).quoted && !u.quoted
		if e.gender != unknown && e.gender != g {
			continue
		}
		score := [...]float64{2.2, 2, 0.8, 0.4, 0.2}[distance]
		if e.gender == g {
			score += 0.5
		}
		switch {
		case within:
			score -= 1.5
		case m.subject && subject:
			score += 1.5
		case m.subject:
			score += 0.8
		}
		if m.form == nutgrafv1.MentionForm_MENTION_FORM_PRONOUN {
			score += 0.5
		}
		if distance == 0 && object && m.subject && barred < 0 && !r.clauseBetween(m.unit, i) {
			barred = m.entity // "Orr thanked him": not himself
		}
		if m.entity == barred {
			score -= 2.5
		}
		if distance == 0 && subject {
			if m.subject && !within { // "Orr said he"
				score++
			} else {
				score -= 0.5
			}
		}
		if distance == 0 && owner && k == len(r.recent)-1 && m.unit >= i-2 { // "Orr and his"
			score += 2
		}
		score += 0.05 * float64(min(len(e.mentions), 10))
		switch {
		case m.entity == chosen:
			best = max(best, score+0.3)
		case score > best:
			second, best, chosen = best, score, m.entity
		case score > second:
			second = score
		}
	}
	if chosen < 0 {
		return -1
	}
	confidence := pronounConfidence(best, second, r.a.entities[chosen].gender == g)
	if confidence < 0.5 {
		return -1
	}
	e := &r.a.entities[chosen]
	if e.gender == unknown && second < -1e8 {
		e.gender = g
	}
	k := r.refer(chosen, i, i, nutgrafv1.MentionForm_MENTION_FORM_PRONOUN, confidence)
	if subject && confidence > 0.7 {
		r.roles = r.predicate(i, i+1, hi, k, pronounPredicate, r.roles)
	}
	if !subject {
		return -1
	}
	return k
}

// pronounConfidence is the share of pronouns right by how far the choice is ahead of the next and whether its sex is
// known. See docs/confidence.md.
func pronounConfidence(best, second float64, known bool) float64 {
	margin := best - second
	switch {
	case known && margin > 2:
		return 0.95
	case known && margin > 1, margin > 2:
		return 0.78
	}
	return 0.62
}

// clauseBetween reports whether a new clause may begin between units i and j.
func (r *resolver) clauseBetween(i, j int) bool {
	verbs := 0
	for k := i + 1; k < j; k++ {
		u := r.unit(k)
		if u.is(comma|conjunction|relative|quoteMark) && u.mention < 0 {
			return true
		}
		if u.is(verb) && u.mention < 0 {
			verbs++
		}
	}
	return verbs > 1
}

// description links "the NATO chief" at unit i to the person who has that role, and returns the unit behind it.
func (r *resolver) description(i, lo, hi int) int {
	d, next := r.phrase(i, hi)
	if next < 0 || r.broken(i, next-1) || d.plural || d.standing == standingFormer || r.taken[d.headUnit] {
		return 0
	}
	if next < hi && (r.unit(next).mention >= 0 || r.unit(next).is(comma) && next+1 < hi && (r.isPerson(next+1) || r.unit(next+1).is(honorific) || r.unit(next+1).is(roleNoun) && r.unit(next+1).capital)) {
		return 0 // it describes a name behind it
	}
	if i > lo+1 && (r.unit(i - 1).is(comma | dash)) && r.unit(i-2).mention >= 0 {
		return 0 // or before it
	}
	if i > lo && (r.unit(i-1).is(verb) && r.isCopula(i-1) || r.word(i-1) == "as") {
		return 0
	}
	u := r.unit(d.headUnit)
	w := r.word(d.headUnit)
	title := strings.ToLower(r.l.doc.Text[d.start:u.end])
	chosen, count := int32(-1), 0
	for _, e := range r.heads[r.a.lex.office(w)] {
		if !r.seen[e] || !r.matches(e, title, w, &d) {
			continue
		}
		chosen = e
		count++
	}
	confidence := describedAlone
	if count > 1 {
		// The last one named, if the others are out of sight.
		chosen, confidence = -1, describedLast
		for k := len(r.recent) - 1; k >= 0 && r.recent[k].sentence >= r.unit(i).sentence-2; k-- {
			e := r.a.mentions[r.recent[k].mention].entity
			if r.matches(e, title, w, &d) {
				if chosen >= 0 && chosen != e {
					return next
				}
				chosen = e
			}
		}
	}
	if chosen < 0 {
		return 0
	}
	last := next - 1
	r.refer(chosen, i, last, nutgrafv1.MentionForm_MENTION_FORM_NOMINAL, confidence)
	return next
}

func (g *grammar) isCopula(i int) bool {
	_, ok := g.a.lex.copulas[strings.ToLower(g.word(i))]
	return ok
}

// matches reports whether entity e has a role that description d, with this title and head, may stand for.
func (r *resolver) matches(e int32, title, head string, d *role) bool {
	a := r.a
	for k := range a.entities[e].roles {
		q := &a.entities[e].roles[k]
		if q.standing == standingFormer {
			continue
		}
		u := &a.layers[q.layer].units[q.headUnit]
		if d.end > int(r.unit(d.headUnit).end) && !strings.EqualFold(r.l.doc.Text[r.unit(d.headUnit).start:d.end], a.layers[q.layer].doc.Text[u.start:q.end]) {
			continue // "the leader of the band" is not any leader
		}
		word := a.layers[q.layer].doc.Text[u.start:u.end]
		if !strings.EqualFold(word, head) {
			// The chief of a body may be called its head, with the body named.
			if a.lex.office(word) != a.lex.office(head) || len(title) != len(head) || d.organization < 0 || q.organization < 0 {
				continue
			}
		} else if len(title) != len(head) && !strings.HasSuffix(strings.ToLower(a.layers[q.layer].doc.Text[q.start:u.end]), title) {
			continue
		}
		if d.place != 0 && q.place != 0 && d.place != q.place {
			continue
		}
		if d.organization >= 0 && q.organization >= 0 && a.mentions[d.organization].entity != a.mentions[q.organization].entity {
			continue
		}
		return true
	}
	return false
}
