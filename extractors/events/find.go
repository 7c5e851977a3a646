package events

import (
	"strings"

	nutgrafv1 "example.invalid/nutgraf/gen/go/nutgraf/v1"
)

// participant is who took part: an entity, or a noun phrase.
type participant struct {
	entity     int32 // or -1
	start, end int   // bytes of the body
	role       string
}

// candidate is an event as one place of the text tells it.
type candidate struct {
	kind, lemma  string
	start, end   int    // of the trigger
	light        [2]int // of its verb, where that stands apart: "a review was held"
	sentence     int
	participants []participant
	time         int32
	place        int32
	status       nutgrafv1.EventStatus
	claimedBy    int32
	score        float64
	heading      bool  // told by a line without a full stop
	more         []int // other sentences that tell the same
}

const (
	roleAgent   = "agent"
	rolePatient = "patient"
	roleTheme   = "theme"
)

const (
	asserted     = nutgrafv1.EventStatus_EVENT_STATUS_ASSERTED
	planned      = nutgrafv1.EventStatus_EVENT_STATUS_PLANNED
	negated      = nutgrafv1.EventStatus_EVENT_STATUS_NEGATED
	hypothetical = nutgrafv1.EventStatus_EVENT_STATUS_HYPOTHETICAL
)

// finder goes through the sentences of one article and keeps whom pronouns may mean.
type finder struct {
	s        sentence
	marks    marks
	entities []*nutgrafv1.Entity
	out      []candidate
	number   int // of the sentence
	heading  bool

	person, thing int32 // spoken of last
	group         participant

	places   []place
	subject  []int32 // chunk that is the grammatical subject of the verb at a token
	used     []bool  // verbs that another event has taken in
	statusOf []nutgrafv1.EventStatus
	rows     []int
	row      []participant // of the last call of people
	pool     []participant
}

// verbAt is the verb that a token is a form of.
func (f *finder) verbAt(i int) (vb *verb, known bool) {
	t := &f.s.tokens[i]
	if t.word.verb > 0 {
		return &f.s.lx.verbs[t.word.verb-1], true
	}
	return &unknownVerb, false
}

var unknownVerb verb

func (f *finder) sentence() {
	s := &f.s
	n := len(s.tokens)
	f.subject = resize(f.subject, n)
	f.used = resize(f.used, n)
	f.statusOf = resize(f.statusOf, n)
	for i := range n {
		f.subject[i], f.used[i], f.statusOf[i] = -1, false, asserted
	}
	f.findPlaces()
	for _, v := range s.verbs {
		f.verb(v)
	}
	for _, i := range s.nouns {
		if !f.used[i] {
			f.noun(i, nil)
		}
	}
	// Whoever was named last may be meant by the next pronoun, if no subject was.
	for i := range s.chunks {
		if e := s.chunks[i].entity; e >= 0 && !s.chunks[i].pronoun {
			if f.isPerson(e) {
				if f.person < 0 {
					f.person = e
				}
			} else if f.thing < 0 {
				f.thing = e
			}
		}
	}
}

func resize[T any](s []T, n int) []T {
	if cap(s) < n {
		return make([]T, n)
	}
	return s[:n]
}

func (f *finder) isPerson(e int32) bool {
	return f.entities[e].GetKind() == nutgrafv1.EntityKind_ENTITY_KIND_PERSON
}

func (f *finder) isPlace(e int32) bool {
	return f.entities[e].GetKind() == nutgrafv1.EntityKind_ENTITY_KIND_PLACE
}

// verb makes a candidate of the verb at v, if it is one, and notes its subject for those that share it.
func (f *finder) verb(v int) {
	s := &f.s
	g := s.group(v)
	vb, known := f.verbAt(v)

	// "A petition launched by Ann Lee": a participle that stands behind its noun.
	t := &s.tokens[v]
	reduced := false
	if !g.passive && g.start == v && t.forms&formParticiple != 0 && strings.EqualFold(f.wordAt(v+1), "by") {
		reduced, g.passive = true, true
	}
	c, pv := s.subject(g, v)
	if pv >= 0 {
		c = int(f.subject[pv])
	}
	if j := s.skipLeft(g.start); reduced && j >= 0 && s.tokens[j].chunk >= 0 {
		c = int(s.tokens[j].chunk)
	}
	f.subject[v] = int32(c)
	status := f.status(g, v, pv)
	f.statusOf[v] = status
	particle := int32(-1)
	if vb.phrasal {
		if p := f.particle(v); p > 0 {
			if k, ok := s.lx.phrasal[[2]string{vb.lemma, strings.ToLower(f.wordAt(p))}]; ok {
				particle = k
			}
		}
	}
	if f.lightNoun(v, c, g, status, vb) {
		f.remember(c)
		return
	}
	if vb.classes&cState != 0 && particle < 0 {
		f.remember(c)
		return
	}
	if f.used[v] || !known && !t.generic || known && !vb.isTrigger && particle < 0 {
		f.remember(c)
		return
	}
	if known && (vb.classes&(cAspect|cTry) != 0 && s.infinitiveAfter(v) >= 0 || vb.classes&cCause != 0 && s.controls(v)) {
		f.remember(c)
		return // the verb it governs is the event
	}

	// "A framework to end the war": nobody is said to do it.
	purpose := g.infinitive && c >= 0 && s.chunks[c].entity < 0 && !s.chunks[c].pronoun && int(s.chunks[c].last) == g.start && !f.caused(c)

	e := candidate{kind: vb.sense.kind, lemma: vb.lemma, time: -1, place: -1, claimedBy: -1, status: status, sentence: f.number, participants: f.participants()}
	weight := float64(vb.sense.weight)
	if !known {
		e.kind, e.lemma = "other", strings.ToLower(f.wordAt(v))
		weight = 0.5
	}
	if purpose {
		weight -= 3
	}
	last := v
	if particle >= 0 {
		pv := s.lx.verbs[particle]
		e.kind, e.lemma, weight = pv.sense.kind, pv.lemma, float64(pv.sense.weight)
		if p := f.particle(v); p == v+1 {
			last = p
		}
	}
	direct, oblique, prep := s.object(last)
	if direct < 0 && oblique < 0 && vb.classes&(cFail|cPlan) != 0 {
		// "Refused to meet the demands": the demands are what was refused.
		if k := s.infinitiveAfter(v); k >= 0 {
			f.used[k] = true
			direct, oblique, prep = s.object(k)
		}
	}
	if g.passive {
		e.add(f.people(c, rolePatient)...)
		if k := s.after(v, "by"); k >= 0 {
			e.add(f.people(k, roleAgent)...)
		} else if k := s.after(v, "in"); k >= 0 && f.organization(k) {
			e.add(f.people(k, roleAgent)...) // "rejected in the Senate"
		}
		if direct >= 0 {
			e.add(f.people(direct, roleTheme)...)
		}
	} else {
		if !purpose {
			e.add(f.people(c, roleAgent)...)
		}
		switch {
		case direct >= 0:
			e.add(f.people(direct, rolePatient)...)
		case oblique >= 0 && takesPatient(prep) && !f.placeChunk(oblique):
			e.add(f.people(oblique, rolePatient)...)
		}
		if k := s.after(last, "with"); k >= 0 && k != oblique && e.kind == "meet" {
			e.add(f.people(k, rolePatient)...)
		}
	}
	f.remember(c)
	start := s.doc.Tokens[s.first+v].Start
	end := s.doc.Tokens[s.first+last].End
	e.start, e.end = int(start), int(end)
	e.time = f.nearestTime(v)
	e.place = f.nearestPlace(v, -1)
	f.finish(&e, v, weight, g)
}

// caused reports whether the verb before chunk c makes it do something: "forced miners to strike".
func (f *finder) caused(c int) bool {
	v := f.s.verbBefore(int(f.s.chunks[c].first) - 1)
	if v < 0 {
		return false
	}
	vb, _ := f.verbAt(v)
	return vb.classes&(cCause|cPlan|cReport) != 0
}

// lightNoun makes a candidate of "held a meeting" or "a meeting was held", if that is what the verb is for.
func (f *finder) lightNoun(v, subject int, g group, status nutgrafv1.EventStatus, vb *verb) bool {
	if vb.classes&cLight == 0 {
		return false
	}
	s := &f.s
	c := subject
	if !g.passive {
		c, _, _ = s.object(v)
	}
	if c < 0 {
		return false
	}
	head := int(s.chunks[c].last) - 1
	if s.tokens[head].word.noun == 0 || f.used[head] || s.tokens[head].chunk != int32(c) {
		return false
	}
	l := light{subject: subject, status: status, verb: v}
	if g.passive {
		l.subject = s.after(v, "by")
	}
	f.used[head] = true
	f.noun(head, &l)
	return true
}

func (f *finder) organization(c int) bool {
	e := f.s.chunks[c].entity
	return e >= 0 && f.entities[e].GetKind() == nutgrafv1.EntityKind_ENTITY_KIND_ORGANIZATION
}

func takesPatient(prep string) bool {
	switch prep {
	case "with", "against", "to", "on", "into", "for", "from", "over", "at", "about":
		return true
	}
	return false
}

func (f *finder) placeChunk(c int) bool {
	e := f.s.chunks[c].entity
	return e >= 0 && f.isPlace(e)
}

func (f *finder) wordAt(i int) string {
	if i < 0 || i >= len(f.s.tokens) {
		return ""
	}
	return f.s.text(i)
}

// particle finds an adverb that may belong to the verb at v, next to it or behind its object.
func (f *finder) particle(v int) int {
	for j := v + 1; j < len(f.s.tokens) && j <= v+6; j++ {
		switch f.s.tokens[j].tag {
		case tAdv, tPrep:
			return j
		case tNoun, tName, tDet, tPron, tNum, tPossessive:
			if j == v+1 && f.s.tokens[j].tag == tNoun {
				return j // "took place"
			}
		default:
			return -1
		}
	}
	return -1
}

// infinitiveAfter is the verb of "to VERB" or the -ing form that follows v, or -1.
func (s *sentence) infinitiveAfter(v int) int {
	for j := v + 1; j < len(s.tokens) && j < v+8; j++ {
		t := &s.tokens[j]
		switch t.tag {
		case tVerb:
			if s.tokens[j-1].tag == tTo || s.group(j).infinitive || t.forms&formGerund != 0 {
				return j
			}
			return -1
		case tAdv, tTo, tAux:
		default:
			return -1
		}
	}
	return -1
}

// controls reports whether the object of v is followed by an infinitive: "caused a crane to fall".
func (s *sentence) controls(v int) bool {
	for j := v + 1; j < len(s.tokens) && j < v+10; j++ {
		switch s.tokens[j].tag {
		case tTo:
			return true
		case tVerb, tBreak, tComma, tPrep:
			return false
		}
	}
	return false
}

// light is what a verb like "hold" gives to its noun.
type light struct {
	subject int
	status  nutgrafv1.EventStatus
	verb    int
}

// noun makes a candidate of the noun at i.
func (f *finder) noun(i int, l *light) {
	s := &f.s
	t := &s.tokens[i]
	if t.chunk < 0 {
		return
	}
	c := s.chunks[t.chunk]
	if int(c.last) != i+1 {
		return // "summit hall"
	}
	n := int(t.word.noun) - 1
	sn := s.lx.nouns[n]
	e := candidate{kind: sn.kind, lemma: s.lx.lemmas[n], time: -1, place: -1, claimedBy: -1, status: asserted, sentence: f.number, participants: f.participants()}
	weight := float64(sn.weight) - 1
	at := i
	if l != nil {
		e.status = l.status
		if l.subject >= 0 {
			e.add(f.people(l.subject, roleAgent)...)
		}
		weight++
	} else {
		e.status = f.nounStatus(i)
	}
	place := int32(-1)
	for k := int(c.first); k < i; k++ {
		x := s.tokens[k].entity
		if x < 0 || k > int(c.first) && s.tokens[k-1].entity == x {
			continue
		}
		if f.isPlace(x) && s.tagAt(k+1) != tPossessive {
			place = x
		} else {
			e.add(f.nameAt(k, roleAgent))
		}
	}
	for _, prep := range []string{"between", "with", "of", "by", "against", "on"} {
		k := s.after(i, prep)
		if k < 0 || f.placeChunk(k) && prep != "between" || prep == "with" && s.chunks[k].entity < 0 {
			continue
		}
		role := roleAgent
		if prep == "against" || prep == "on" || prep == "of" && l != nil {
			role = rolePatient
		}
		if prep == "of" || prep == "on" {
			// Only what follows at once.
			if s.tagAt(i+1) != tPrep || !strings.EqualFold(f.wordAt(i+1), prep) {
				continue
			}
		}
		e.add(f.people(k, role)...)
	}
	// The subject of a noun without people of its own: "Trump's visit" had them.
	e.start, e.end = int(s.doc.Tokens[s.first+i].Start), int(s.doc.Tokens[s.first+i].End)
	if j := i - 1; j >= int(c.first) && s.tokens[j].tag == tNoun && !isPunct(f.wordAt(j)) {
		e.start = int(s.doc.Tokens[s.first+j].Start)
	}
	if l != nil && l.verb < i {
		e.start = int(s.doc.Tokens[s.first+l.verb].Start)
	} else if l != nil {
		e.light = [2]int{int(s.doc.Tokens[s.first+l.verb].Start), int(s.doc.Tokens[s.first+l.verb].End)}
	}
	e.time = f.nearestTime(at)
	e.place = f.nearestPlace(at, place)
	if len(e.participants) == 0 && (e.time < 0 || sn.kind != "disaster" && sn.kind != "attack" && sn.kind != "elect" && l == nil) {
		return
	}
	if len(e.participants) == 0 {
		weight--
	}
	f.finish(&e, i, weight, group{})
}

func isPunct(w string) bool { return len(w) > 0 && w[0] < '0' }

// status tells whether what the verb says did happen.
func (f *finder) status(g group, v, pv int) nutgrafv1.EventStatus {
	s := &f.s
	st := asserted
	switch {
	case g.conditional:
		st = hypothetical
	case g.future:
		st = planned
	}
	if g.infinitive {
		j := s.skipLeft(g.start)
		st = hypothetical
		if j >= 0 {
			c := s.tokens[j].word.classes
			if w := s.tokens[j].word.verb; w > 0 {
				c |= s.lx.verbs[w-1].classes
			}
			switch {
			case s.tokens[j].tag == tAux && c&cBe != 0, c&cPlan != 0:
				st = planned
			case c&cFail != 0:
				return negated
			case s.tokens[j].chunk >= 0:
				if k := s.verbBefore(j); k >= 0 {
					if vb, ok := f.verbAt(k); ok && vb.classes&cCause != 0 {
						st = f.statusOf[k]
					} else if ok && vb.classes&cPlan != 0 {
						st = hypothetical
					}
				}
			case c&cCause != 0 && pv >= 0:
				st = f.statusOf[pv]
			case c&cAspect != 0 && pv >= 0:
				st = f.statusOf[pv]
			}
			if pv >= 0 && f.statusOf[pv] == negated {
				return negated
			}
		}
	} else if s.tokens[v].forms&formGerund != 0 && pv >= 0 {
		st = f.statusOf[pv]
	}
	if g.negated {
		return negated
	}
	if st == asserted {
		// "If the court agrees".
		for j := g.start - 1; j >= 0 && s.tokens[j].tag != tVerb && s.tokens[j].tag != tComma; j-- {
			if s.tokens[j].tag == tSub && strings.EqualFold(s.text(j), "if") {
				return hypothetical
			}
		}
	}
	return st
}

// nounStatus is that of the verb that governs a noun.
func (f *finder) nounStatus(i int) nutgrafv1.EventStatus {
	s := &f.s
	c := s.chunks[s.tokens[i].chunk]
	for k := int(c.first); k < i; k++ {
		switch strings.ToLower(s.text(k)) {
		case "planned", "upcoming", "proposed", "scheduled", "future", "next":
			return planned
		case "possible", "potential", "alleged":
			return hypothetical
		}
	}
	for j := int(c.first) - 1; j >= 0; j-- {
		if s.tokens[j].tag == tVerb {
			if vb, ok := f.verbAt(j); ok && vb.classes&cPlan != 0 {
				return planned
			}
			if f.statusOf[j] == hypothetical && s.group(j).infinitive {
				return planned
			}
			return f.statusOf[j]
		}
		if s.tokens[j].tag == tBreak || s.tokens[j].tag == tComma || s.tokens[j].tag == tSub {
			break
		}
	}
	// "The trial is set to begin."
	for j := int(c.last); j < len(s.tokens) && j < i+8; j++ {
		if s.tokens[j].tag == tVerb {
			if g := s.group(j); g.future {
				return planned
			}
			if vb, ok := f.verbAt(j); ok && vb.classes&cPlan != 0 {
				return planned
			}
			break
		}
		if s.tokens[j].tag == tAux && s.tagAt(j+1) == tTo {
			return planned
		}
	}
	return asserted
}

// remember notes whom a pronoun of the next clause may mean.
func (f *finder) remember(c int) {
	if c < 0 || f.s.chunks[c].pronoun {
		return
	}
	ch := f.s.chunks[c]
	if e := ch.entity; e >= 0 {
		if f.isPerson(e) {
			f.person = e
		} else {
			f.thing = e
		}
	}
	f.group = f.phrase(ch, "")
}

func (e *candidate) add(ps ...participant) {
	for _, p := range ps {
		dup := false
		for _, q := range e.participants {
			dup = dup || p.entity >= 0 && p.entity == q.entity || p.start == q.start
		}
		if !dup && p.end > p.start {
			e.participants = append(e.participants, p)
		}
	}
}

// people are those a chunk names, with those coordinated with it. The list is good until the next call.
func (f *finder) people(c int, role string) []participant {
	if c < 0 {
		return nil
	}
	f.rows = f.s.row(f.rows[:0], c)
	out := f.row[:0]
	for _, k := range f.rows {
		ch := f.s.chunks[k]
		p := f.phrase(ch, role)
		if ch.pronoun && p.entity < 0 {
			p = f.pronoun(ch, role)
		}
		if p.end > p.start {
			out = append(out, p)
		}
	}
	f.row = out
	return out
}

// participants is an empty list that has room for those of most events.
func (f *finder) participants() []participant {
	const room = 4
	if len(f.pool)+room > cap(f.pool) {
		f.pool = make([]participant, 0, 256)
	}
	n := len(f.pool)
	f.pool = f.pool[:n+room]
	return f.pool[n : n : n+room]
}

func (f *finder) nameAt(k int, role string) participant {
	s := &f.s
	e := s.tokens[k].entity
	j := k
	for j+1 < len(s.tokens) && s.tokens[j+1].entity == e && s.tokens[j+1].tag == tName {
		j++
	}
	return participant{e, int(s.doc.Tokens[s.first+k].Start), int(s.doc.Tokens[s.first+j].End), role}
}

// phrase is a chunk without its determiners.
func (f *finder) phrase(c chunk, role string) participant {
	s := &f.s
	first, last := int(c.first), int(c.last)
	for first < last-1 && (s.tokens[first].tag == tDet || s.tokens[first].tag == tPossessive || s.text(first) == "-") {
		first++
	}
	if c.entity >= 0 && !c.pronoun {
		for k := first; k < last; k++ { // the name alone, without titles
			if s.tokens[k].entity == c.entity {
				first = k
				break
			}
		}
	}
	if s.tokens[first].tag == tDet {
		return participant{entity: -1}
	}
	// "A group of teenagers" is not a group.
	if c.entity < 0 && strings.EqualFold(f.wordAt(last), "of") && last+1 < len(s.tokens) && s.tokens[last+1].chunk >= 0 {
		last = int(s.chunks[s.tokens[last+1].chunk].last)
	}
	return participant{c.entity, int(s.doc.Tokens[s.first+first].Start), int(s.doc.Tokens[s.first+last-1].End), role}
}

// pronoun is who was spoken of last and fits.
func (f *finder) pronoun(c chunk, role string) participant {
	s := &f.s
	i := int(c.first)
	start, end := int(s.doc.Tokens[s.first+i].Start), int(s.doc.Tokens[s.first+i].End)
	w := s.tokens[i].word.classes
	switch {
	case w&(cMale|cFemale) != 0 && f.person >= 0:
		return participant{f.person, start, end, role}
	case w&cThing != 0 && f.thing >= 0:
		return participant{f.thing, start, end, role}
	case w&cGroup != 0 && f.group.end > 0:
		p := f.group
		p.role = role
		return p
	}
	return participant{entity: -1}
}

// distance counts the tokens between, and a clause border for ten.
func (f *finder) distance(a, b int) int {
	if a > b {
		a, b = b, a
	}
	d := b - a
	for i := a + 1; i < b; i++ {
		switch f.s.tokens[i].tag {
		case tVerb:
			d += 6
		case tSub, tRel, tBreak:
			d += 10
		}
	}
	return d
}

// reach bounds what a trigger may take a time or place from.
const reach = 40

func (f *finder) nearestTime(v int) int32 {
	best, at := int32(-1), reach
	for _, i := range f.s.times {
		if f.s.tokens[i].tag == tNum && f.s.tokens[i].chunk != f.s.tokens[v].chunk {
			continue // "the 2019 season"
		}
		if d := f.distance(v, i); d < at {
			best, at = f.s.tokens[i].time, d
		}
	}
	return best
}

// place is where a preposition says that something is.
type place struct {
	entity int32
	at     int // first token of its chunk
}

// findPlaces lists the places of the sentence.
func (f *finder) findPlaces() {
	s := &f.s
	f.places = f.places[:0]
	for i := range s.chunks {
		c := s.chunks[i]
		e := c.entity
		if e < 0 || !f.isPlace(e) || c.pronoun {
			continue
		}
		j := s.skipLeft(int(c.first))
		if j < 0 || s.tokens[j].tag != tPrep {
			continue
		}
		switch strings.ToLower(s.text(j)) {
		case "in", "at", "near", "to", "into", "off", "outside", "inside", "across", "on", "from", "over", "around", "through":
		default:
			continue
		}
		f.places = append(f.places, place{e, int(c.first)})
	}
}

func (f *finder) nearestPlace(v int, inside int32) int32 {
	if inside >= 0 {
		return inside
	}
	best, at := int32(-1), reach
	for _, p := range f.places {
		if d := f.distance(v, p.at); d < at {
			best, at = p.entity, d
		}
	}
	return best
}

// finish scores a candidate and keeps it.
func (f *finder) finish(e *candidate, v int, weight float64, g group) {
	named, any := 0, len(e.participants)
	for _, p := range e.participants {
		if p.entity >= 0 {
			named++
		}
	}
	e.score = 0.5 * weight
	add := func(yes bool, n float64) {
		if yes {
			e.score += n
		}
	}
	add(any > 0, 1.2)
	add(any > 1, 0.6)
	add(named > 0, 0.7)
	add(named > 1, 1.4)
	add(e.time >= 0, 1.4)
	add(e.place >= 0, 0.2)
	add(f.s.tokens[v].tag != tVerb, 0.7)
	add(v < 12, 0.8) // the main clause
	add(f.number < 3, 2)
	add(f.number >= 3 && f.number < 6, 0.4)
	add(f.number >= 6 && f.number < 12, -0.5)
	add(e.status == hypothetical, -1.2)
	add(e.status == negated, -1)
	add(g.infinitive, -1.2)
	add(f.s.tokens[v].quoted, -2)
	add(e.kind == "other", -0.5)
	e.heading = f.heading
	f.out = append(f.out, *e)
}
