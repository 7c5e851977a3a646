package entities

import (
	"cmp"
	"math"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	nutgrafv1 "example.invalid/nutgraf/gen/go/nutgraf/v1"
)

// entity is one thing with its mentions.
type entity struct {
	kind     nutgrafv1.EntityKind
	name     string
	subtype  string
	words    []string // folded words of the fullest name of a person
	suffix   string   // Jr, III
	full     int      // mentions by a name of two words or more
	mentions []int32
	roles    []role
	gender   gender
	salience float64
}

// form is one name as printed, with all its mentions.
type form struct {
	raw    string
	key    string
	words  []string
	suffix string
	kind   nutgrafv1.EntityKind
	first  int32 // mention
	body   int32 // the first outside the headline, which shortens names; beyond all if there is none
	count  int
	entity int32
}

// maxCandidates bounds how many entities of one surname a name is compared with.
const maxCandidates = 24

// maxWords bounds the words of a name that short forms are made of.
const maxWords = 12

const (
	person       = nutgrafv1.EntityKind_ENTITY_KIND_PERSON
	organization = nutgrafv1.EntityKind_ENTITY_KIND_ORGANIZATION
	place        = nutgrafv1.EntityKind_ENTITY_KIND_PLACE
	event        = nutgrafv1.EntityKind_ENTITY_KIND_EVENT
)

func (a *article) textOf(m *mention) string { return a.layers[m.layer].doc.Text[m.start:m.end] }

// agree gives all names of one spelling the kind that the tagger is surest of over the whole article, unless it is sure of
// several: a city and its team keep apart.
func (a *article) agree() {
	type tally struct {
		sum     [8]float32
		surname bool // or given name, of a person named in full, or behind a title
		last    bool // of these the last name
	}
	spellings := map[string]*tally{}
	of := func(s string) *tally {
		s = lowered(s)
		t := spellings[s]
		if t == nil {
			t = &tally{}
			spellings[s] = t
		}
		return t
	}
	for i := range a.mentions {
		m := &a.mentions[i]
		s := a.textOf(m)
		t := of(s)
		t.sum[m.kind&7] += m.confidence
		if m.kind == person {
			if first, last := strings.IndexByte(s, ' '), strings.LastIndexByte(s, ' '); first > 0 {
				of(s[:first]).surname, of(s[last+1:]).surname, of(s[last+1:]).last = true, true, true
			} else if u := m.unit - 1; m.confidence >= certain || u >= 0 && a.layers[m.layer].units[u].is(honorific|roleNoun|relation) {
				t.surname = true
			}
		}
		// "Hurricane Ada" says what Ada is.
		if kind, rest, ok := strings.Cut(s, " "); ok && m.kind == event && a.lex.types[kindKey{event, foldName(kind)}] == "storm" {
			of(rest).sum[event] += 100
		}
		if m.kind != organization {
			continue
		}
		// "Elwin Group PLC" says what Elwin is.
		for end := strings.LastIndexByte(s, ' '); end > 0; end = strings.LastIndexByte(s, ' ') {
			if !a.lex.legal[foldName(s[end:])] {
				break
			}
			s = strings.TrimSuffix(s[:end], ",")
			of(s).sum[organization] += 100
		}
	}
	for s, t := range spellings {
		// "Marcus Hill" is a person where Hill is one.
		if i := strings.LastIndexByte(s, ' '); i > 0 && t.sum[person] == 0 && a.lex.given[foldName(s[:strings.IndexByte(s, ' ')])] != unknown {
			if y := spellings[s[i+1:]]; y != nil && y.sum[person] > 0 && !y.surname {
				t.sum = [8]float32{person: 1}
			}
		}
	}
	for s, t := range spellings {
		o := t.sum[organization]
		if one, plural := strings.CutSuffix(s, "s"); plural && o > 0 && o < 100 {
			if y := spellings[one]; y != nil && y.last {
				t.sum[person], t.sum[organization] = t.sum[person]+o, 0 // "the Orrs", but not "Williams" where one is named William Orr
				continue
			}
		}
		if o > 0 && o < 100 && t.surname && t.sum[place] == 0 && a.lex.given[foldName(s)] != unknown {
			t.sum[person], t.sum[organization] = t.sum[person]+o, 0 // "Farah said", where one is named Farah Orr
		}
		if _, listed := a.lex.subtype[foldName(s)]; listed && t.sum[person] > 0 && !t.surname {
			t.sum[place] += t.sum[person] // "Washington said", with no person of that name
			t.sum[person] = 0
		}
	}
	for i := range a.mentions {
		m := &a.mentions[i]
		t := of(a.textOf(m))
		best := 0
		for k := range t.sum {
			if t.sum[k] > t.sum[best] {
				best = k
			}
		}
		if m.confidence < sure || t.sum[m.kind&7] == 0 {
			m.kind = nutgrafv1.EntityKind(best)
		}
	}
}

// lowered writes a name in capitals, of a dateline or headline, as the rest of the article does.
func lowered(s string) string {
	if len(s) < 5 || len(s) > 64 || strings.ToUpper(s) != s {
		return s
	}
	words := strings.Split(s, " ")
	for i, w := range words {
		if w != "" {
			words[i] = title(w)
		}
	}
	return strings.Join(words, " ")
}

// sure is the confidence from which the kind of a name stands against the rest of the article.
const sure = 0.99

// merge makes entities of the names.
func (a *article) merge() {
	a.agree()
	type rawForm struct {
		kind nutgrafv1.EntityKind
		raw  string
	}
	index := map[rawForm]int32{}
	var forms []form
	of := make([]int32, len(a.mentions))
	for i := range a.mentions {
		m := &a.mentions[i]
		k := rawForm{m.kind, a.textOf(m)}
		f, ok := index[k]
		if !ok {
			f = int32(len(forms))
			index[k] = f
			forms = append(forms, form{raw: k.raw, key: foldName(k.raw), kind: k.kind, first: int32(i), body: math.MaxInt32, entity: -1})
		}
		if a.layers[m.layer].layer != nutgrafv1.Layer_LAYER_TITLE {
			forms[f].body = min(forms[f].body, int32(i))
		}
		forms[f].count++
		of[i] = f
	}
	a.mergePersons(forms, of)
	a.mergeOthers(forms, of)
	for i := range a.mentions {
		m := &a.mentions[i]
		if m.entity < 0 {
			m.entity = forms[of[i]].entity
		}
		e := &a.entities[m.entity]
		e.mentions = append(e.mentions, int32(i))
	}
	a.entities = slices.DeleteFunc(a.entities, func(e entity) bool { return len(e.mentions) == 0 })
	for i := range a.entities {
		e := &a.entities[i]
		for _, m := range e.mentions {
			a.mentions[m].entity = int32(i)
		}
		e.name = a.fullest(e)
		e.subtype = a.subtypeOf(e)
	}
}

// subtypeOf returns the finer kind of e where its names say it, the fullest first, else "".
func (a *article) subtypeOf(e *entity) string {
	if e.kind == person {
		return ""
	}
	if t := a.subtype(e.kind, e.name); t != "" {
		return t
	}
	seen := e.name
	for n, i := range e.mentions {
		raw := a.textOf(&a.mentions[i])
		if n >= 8 {
			break
		}
		if raw == seen {
			continue
		}
		seen = raw
		if t := a.subtype(e.kind, raw); t != "" {
			return t
		}
	}
	return ""
}

// named are the subtypes whose word stands before a name: "Lake Orr".
var named = map[string]bool{"mountain": true, "lake": true, "river": true}

// subtype returns the finer kind that a name says.
func (a *article) subtype(kind nutgrafv1.EntityKind, name string) string {
	key := foldName(name)
	canonical := a.canonical(key)
	t := a.lex.types[kindKey{kind, canonical}]
	if t == "" {
		t = a.lex.types[kindKey{kind, key}]
	}
	if t == "" && kind == place {
		t = a.lex.subtype[canonical]
	}
	words := strings.Fields(key)
	if t != "" || len(words) < 2 {
		return t
	}
	head := len(words) - 1
	for i, w := range words {
		if i > 0 && minor[w] {
			head = i - 1
			break
		}
	}
	if t := a.lex.types[kindKey{kind, words[head]}]; t != "" {
		return t
	}
	if t := a.lex.types[kindKey{kind, words[0]}]; kind == event || named[t] { // Mount Orr, Hurricane Ada
		return t
	}
	return ""
}

// fullest returns the name of e with the most words, not in capitals where another is not; the first of equals.
func (a *article) fullest(e *entity) string {
	best, score := "", -1
	for _, i := range e.mentions {
		s := a.textOf(&a.mentions[i])
		n := 2*len(s) + 1
		if e.kind == person {
			n = 1000*(1+strings.Count(s, " ")) + len(s)
		}
		if len(s) > 5 && strings.ToUpper(s) == s {
			n /= 4
		}
		if n > score {
			best, score = s, n
		}
	}
	return strings.Join(strings.Fields(best), " ")
}

var suffixes = map[string]bool{"jr": true, "sr": true, "ii": true, "iii": true, "iv": true}

func (a *article) personWords(key string) (words []string, suffix string) {
	words = strings.Fields(key)
	for len(words) > 1 && a.lex.words[words[0]].class&honorific != 0 {
		words = words[1:]
	}
	for len(words) > 1 && suffixes[words[len(words)-1]] {
		suffix = words[len(words)-1]
		words = words[:len(words)-1]
	}
	return words, suffix
}

// surname is the last word without the article of Arabic names.
func surname(w string) string {
	if len(w) > 5 && (strings.HasPrefix(w, "al-") || strings.HasPrefix(w, "el-")) {
		return w[3:]
	}
	return w
}

type personIndex struct {
	last, first, middle map[string][]int32
}

func (x *personIndex) add(words []string, e int32, canonical func(string) string) {
	put := func(m map[string][]int32, k string) {
		if l := m[k]; len(l) < maxCandidates && !slices.Contains(l, e) {
			m[k] = append(l, e)
		}
	}
	put(x.last, surname(words[len(words)-1]))
	put(x.first, canonical(words[0]))
	for _, w := range words[1:max(1, min(len(words)-1, 6))] {
		put(x.middle, w)
	}
}

// misspelt returns the one person whose surname differs from w by a letter. Few surnames are compared.
func (x *personIndex) misspelt(w string) []int32 {
	if len(x.last) > 200 {
		return nil
	}
	var found []int32
	for s, list := range x.last {
		if near(s, w) {
			if found != nil || len(list) > 1 {
				return nil
			}
			found = list
		}
	}
	return found
}

func (a *article) mergePersons(forms []form, of []int32) {
	canonical := func(w string) string {
		if c := a.lex.nicknames[w]; c != "" {
			return c
		}
		return w
	}
	var order []int32
	for i := range forms {
		f := &forms[i]
		if f.kind == person {
			f.words, f.suffix = a.personWords(f.key)
			if len(f.words) == 0 {
				f.words = []string{f.key}
			}
			order = append(order, int32(i))
		}
	}
	slices.SortStableFunc(order, func(i, j int32) int { return cmp.Compare(len(forms[j].words), len(forms[i].words)) })
	x := personIndex{last: map[string][]int32{}, first: map[string][]int32{}, middle: map[string][]int32{}}
	for _, i := range order {
		f := &forms[i]
		if len(f.words) < 2 {
			break
		}
		for _, list := range [][]int32{x.last[surname(f.words[len(f.words)-1])], x.first[canonical(f.words[0])]} {
			for _, e := range list {
				if f.entity < 0 && a.samePerson(&a.entities[e], f, canonical) {
					f.entity = e
				}
			}
		}
		if f.entity < 0 {
			f.entity = int32(len(a.entities))
			a.entities = append(a.entities, entity{kind: person, words: f.words, suffix: f.suffix})
		}
		e := &a.entities[f.entity]
		e.full += f.count
		if e.suffix == "" {
			e.suffix = f.suffix
		}
		x.add(f.words, f.entity, canonical)
	}
	single := map[string]int32{}
	for _, i := range order {
		f := &forms[i]
		if len(f.words) > 1 {
			continue
		}
		w := f.words[0]
		candidates := x.last[surname(w)]
		if len(candidates) == 0 {
			candidates = x.first[canonical(w)]
		}
		if m := x.middle[w]; len(candidates) == 0 && len(m) == 1 && len(w) > 3 {
			candidates = m
		}
		if len(candidates) == 0 && f.count <= 2 {
			candidates = x.misspelt(w)
		}
		if len(candidates) == 0 {
			e, ok := single[w]
			if !ok {
				e = int32(len(a.entities))
				single[w] = e
				a.entities = append(a.entities, entity{kind: person, words: f.words})
			}
			f.entity = e
			continue
		}
		f.entity = a.likeliest(candidates, unknown)
	}
	a.choose(forms, of, &x)
}

// choose finds for each bare surname of several persons the one it stands for: by the sex that a title tells, then the one
// named most up to there, the last of equals. Where none was named yet, as in a headline, all of the article counts.
func (a *article) choose(forms []form, of []int32, x *personIndex) {
	named := make([]int, len(a.entities))
	last := make([]int, len(a.entities))
	for i := range a.mentions {
		m := &a.mentions[i]
		f := &forms[of[i]]
		if f.kind != person {
			continue
		}
		e := f.entity
		if len(f.words) == 1 {
			candidates := x.last[surname(f.words[0])]
			if len(candidates) > 1 {
				g := a.titleGender(m)
				best := -1
				for _, c := range candidates {
					cg := a.givenGender(&a.entities[c])
					if named[c] == 0 || g != unknown && cg != unknown && cg != g {
						continue
					}
					if best < 0 || named[c] > named[best] || named[c] == named[best] && last[c] > last[best] {
						best = int(c)
					}
				}
				if e = int32(best); best < 0 {
					e = a.likeliest(candidates, g)
				}
				m.entity = e
			}
		}
		if l := &a.layers[m.layer]; len(f.words) > 1 || m.unit+1 >= len(l.units) || !l.units[m.unit+1].is(clitic) { // not "Orr's mother"
			named[e]++
			last[e] = i
		}
	}
}

// likeliest returns the candidate whom the article names most often, the first of equals, among those whose sex fits.
func (a *article) likeliest(candidates []int32, g gender) int32 {
	best, score := candidates[0], -1
	for _, e := range candidates {
		n := a.entities[e].full
		if eg := a.givenGender(&a.entities[e]); g != unknown && eg != unknown {
			if eg != g {
				continue
			}
			n += 1000
		}
		if n > score {
			best, score = e, n
		}
	}
	return best
}

func (a *article) givenGender(e *entity) gender {
	if len(e.words) < 2 {
		return unknown
	}
	w := e.words[0]
	if g := a.lex.given[w]; g != unknown {
		return g
	}
	if i := strings.IndexByte(w, '-'); i > 0 {
		return a.lex.given[w[:i]]
	}
	return unknown
}

// titleGender returns what the words before a name tell of the sex of the person.
func (a *article) titleGender(m *mention) gender {
	l := &a.layers[m.layer]
	for i, n := m.unit-1, 0; i >= 0 && n < 4 && l.units[i].sentence == l.units[m.unit].sentence; i, n = i-1, n+1 {
		u := &l.units[i]
		if u.mention >= 0 || !u.is(honorific|roleNoun|relation) {
			break
		}
		if u.gender != unknown && (u.is(honorific|relation) || n == 0 || u.capital) {
			return u.gender
		}
	}
	return unknown
}

// samePerson decides whether the name f, no longer than that of e, may be a name of e.
func (a *article) samePerson(e *entity, f *form, canonical func(string) string) bool {
	if e.suffix != "" && f.suffix != "" && e.suffix != f.suffix {
		return false
	}
	long, short := e.words, f.words
	n, k := len(long), len(short)
	if slices.Equal(long[n-k:], short) || slices.Equal(long[:k], short) {
		return true
	}
	if surname(long[n-1]) == surname(short[k-1]) {
		g := short[0]
		for i, w := range long[:n-1] {
			if w == g || canonical(w) == canonical(g) {
				return i == 0 || subsequence(short, long) || canonical(w) == canonical(g)
			}
			if i == 0 && (len(g) == 1 || len(w) == 1) && g[0] == w[0] && !conflicting(long[1:n-1], short[1:k-1]) {
				return true
			}
		}
		// A doubled letter or another romanisation of the given name.
		return k == n && k > 1 && len(g) > 4 && near(long[0], g) && slices.Equal(long[1:], short[1:])
	}
	if canonical(long[0]) == canonical(short[0]) {
		if subsequence(short, long) {
			return true
		}
		return n == k && slices.Equal(long[1:n-1], short[1:k-1]) && near(long[n-1], short[k-1])
	}
	return false
}

func conflicting(a, b []string) bool {
	return len(a) > 0 && len(b) > 0 && a[0] != "" && b[0] != "" && a[0][0] != b[0][0]
}

func subsequence(short, long []string) bool {
	i := 0
	for _, w := range long {
		if i < len(short) && (short[i] == w || len(short[i]) == 1 && w != "" && short[i][0] == w[0]) {
			i++
		}
	}
	return i == len(short)
}

// near reports whether two words of five letters or more differ by one letter put in, left out or replaced, two in words
// of eight.
func near(s, t string) bool {
	if len(s) > 40 || len(t) > 40 || len(s) < 5 || len(t) < 5 || s[0] != t[0] {
		return false
	}
	limit := 1
	if len(s) >= 8 && len(t) >= 8 {
		limit = 2
	}
	var row [42]int
	for j := range len(t) + 1 {
		row[j] = j
	}
	for i := range len(s) {
		prev := row[0]
		row[0] = i + 1
		for j := range len(t) {
			old := row[j+1]
			c := prev
			if s[i] != t[j] {
				c++
			}
			row[j+1] = min(c, row[j]+1, old+1)
			prev = old
		}
	}
	return row[len(t)] <= limit
}

// sets is a union of forms.
type sets []int32

func (s sets) find(i int32) int32 {
	for s[i] != i {
		s[i] = s[s[i]]
		i = s[i]
	}
	return i
}

func (s sets) join(i, j int32) {
	i, j = s.find(i), s.find(j)
	if i > j {
		i, j = j, i
	}
	s[j] = i
}

type kindKey struct {
	kind nutgrafv1.EntityKind
	key  string
}

func (a *article) mergeOthers(forms []form, of []int32) {
	s := make(sets, len(forms))
	for i := range s {
		s[i] = int32(i)
	}
	byKey := map[kindKey]int32{}
	initials := unique{}
	shorter := unique{} // forms by what of their names may stand for them
	begun := unique{}   // organisations by what their names begin with
	for i := range forms {
		f := &forms[i]
		if f.kind == person {
			continue
		}
		key := a.canonical(f.key)
		k := kindKey{f.kind, key}
		if j, ok := byKey[k]; ok {
			s.join(int32(i), j)
		} else {
			byKey[k] = int32(i)
		}
		f.words = strings.Fields(key)
	}
	for i := range forms {
		f := &forms[i]
		if f.kind == person || len(f.words) < 2 || len(f.words) > maxWords {
			continue
		}
		root := s.find(int32(i))
		for n := len(f.words); n > 1; n-- {
			for _, x := range acronymsOf(f.words[:n]) {
				initials.put(s, kindKey{0, x}, root)
			}
			if !a.lex.legal[f.words[n-1]] { // the Co. of "Pacific Gas & Electric Co."
				break
			}
		}
		for n := 1; n < len(f.words); n++ {
			if k := (kindKey{f.kind, strings.Join(f.words[:n], " ")}); a.generic(f, n) {
				if j, ok := byKey[k]; ok {
					s.join(int32(i), j)
				}
			} else if w := f.words[n]; f.kind == organization && (w == "of" || w == "for") { // House of Representatives
				shorter.put(s, k, root)
				if p := a.placePrefix(f.words); p > 0 && p < n { // U.S. House of Representatives
					shorter.put(s, kindKey{f.kind, strings.Join(f.words[p:n], " ")}, root)
				}
				if j, ok := byKey[kindKey{f.kind, strings.Join(f.words[n+1:], " ") + " " + k.key}]; ok { // University of Elwin, Elwin University
					s.join(int32(i), j)
				}
			} else if f.kind == organization {
				begun.put(s, k, int32(i))
			}
			if a.suffixStands(f, n) {
				shorter.put(s, kindKey{f.kind, strings.Join(f.words[n:], " ")}, root)
			}
		}
	}
	// Longer names first: what "Court" is shows once "Supreme Court" is known to be the "US Supreme Court".
	order := make([]int32, 0, len(forms))
	for i := range forms {
		if forms[i].kind != person {
			order = append(order, int32(i))
		}
	}
	slices.SortStableFunc(order, func(i, j int32) int { return cmp.Compare(len(forms[j].words), len(forms[i].words)) })
	for _, i := range order {
		f := &forms[i]
		if acronym(f.raw) {
			if j, ok := initials.get(s, kindKey{0, f.key}); ok && (forms[j].kind == f.kind || f.kind == organization) {
				s.join(i, j)
			}
		}
		if len(f.words) <= maxWords {
			key := strings.Join(f.words, " ")
			if j, ok := shorter.get(s, kindKey{f.kind, key}); ok {
				s.join(i, j)
			}
			if j, ok := begun.get(s, kindKey{f.kind, key}); ok && forms[j].body < f.body && !a.complete(f) {
				s.join(i, j)
			}
			if j, ok := byKey[kindKey{f.kind, key + "s"}]; ok && f.kind == organization {
				s.join(i, j)
			}
		}
	}
	a.parentheses(forms, of, s)
	for i := range forms {
		f := &forms[i]
		if f.kind == person {
			continue
		}
		r := &forms[s.find(int32(i))]
		if r.entity < 0 {
			r.entity = int32(len(a.entities))
			a.entities = append(a.entities, entity{kind: r.kind})
		}
		f.entity = r.entity
	}
}

// unique maps keys to the forms that have them.
type unique map[kindKey]holders

// holders are forms that have a key, of different sets when they were put. What has more is nobody's.
type holders struct {
	forms [4]int32
	n     int
}

func (u unique) put(s sets, k kindKey, form int32) {
	h := u[k]
	for _, f := range h.forms[:min(h.n, len(h.forms))] {
		if s.find(f) == s.find(form) {
			return
		}
	}
	if h.n < len(h.forms) {
		h.forms[h.n] = form
	}
	h.n++
	u[k] = h
}

// get returns a form of the one set that has the key by now.
func (u unique) get(s sets, k kindKey) (int32, bool) {
	h := u[k]
	if h.n == 0 || h.n > len(h.forms) {
		return 0, false
	}
	for _, f := range h.forms[1:h.n] {
		if s.find(f) != s.find(h.forms[0]) {
			return 0, false
		}
	}
	return h.forms[0], true
}

// complete reports whether the name f is known to be that of something, so that no longer one stands behind it: Google,
// "University of Elwin".
func (a *article) complete(f *form) bool {
	if a.lex.types[kindKey{f.kind, strings.Join(f.words, " ")}] != "" {
		return true
	}
	return slices.ContainsFunc(f.words, func(w string) bool { return a.lex.types[kindKey{f.kind, w}] != "" })
}

// generic reports whether the words of f from n on say only what kind of thing it is: the second of "Valdoria Airlines".
func (a *article) generic(f *form, n int) bool {
	for _, w := range f.words[n:] {
		year := len(w) == 4 && w[0] >= '1' && w[0] <= '2' && f.kind == event
		if !year && !a.lex.generic[w] || f.kind == place && !a.lex.natural[w] {
			return false
		}
	}
	return true
}

// suffixStands reports whether the words of f from n on may stand for all of it: "Lakers", "Supreme Court", "Council".
func (a *article) suffixStands(f *form, n int) bool {
	if f.kind == place || minor[f.words[n]] || slices.ContainsFunc(f.words[:n], func(w string) bool { return minor[w] }) {
		return false
	}
	if f.words[len(f.words)-1] == "party" {
		return a.placePrefix(f.words) == n
	}
	return true
}

// canonical returns the name of the same thing that the lists put first, with its leading country as the lists put it.
func (a *article) canonical(key string) string {
	if c, ok := a.lex.alias[key]; ok {
		return c
	}
	if i := strings.IndexByte(key, ' '); i > 0 {
		if c, ok := a.lex.alias[key[:i]]; ok && a.lex.subtype[c] == "country" {
			return c + key[i:]
		}
	}
	return key
}

// placePrefix returns the number of words in front that name a place or are a demonym.
func (a *article) placePrefix(words []string) int {
	for n := min(3, len(words)-1); n > 0; n-- {
		k := strings.Join(words[:n], " ")
		if a.lex.subtype[k] != "" || a.lex.words[k].class&demonym != 0 {
			return n
		}
	}
	return 0
}

func acronym(raw string) bool {
	letters := 0
	for _, r := range raw {
		switch {
		case unicode.IsUpper(r):
			letters++
		case r == '.' || r == '&' || r == '-' || unicode.IsDigit(r):
		case unicode.IsLower(r) && letters > 0: // MoD, NPoV
			if letters < 2 && len(raw) > 4 {
				return false
			}
		default:
			return false
		}
	}
	return letters >= 2 && len(raw) <= 10
}

var minor = map[string]bool{"of": true, "the": true, "for": true, "and": true, "in": true, "on": true, "to": true, "de": true, "&": true, "at": true}

// acronymsOf returns the initials of words: of all, and without the minor ones.
func acronymsOf(words []string) []string {
	var all, major []byte
	for _, w := range words {
		for part := range strings.SplitSeq(w, "-") {
			if part == "" || part[0] >= utf8.RuneSelf {
				continue
			}
			all = append(all, part[0])
			if !minor[w] {
				major = append(major, part[0])
			}
		}
	}
	out := []string{string(major)}
	if len(all) != len(major) {
		out = append(out, string(all))
	}
	return out
}

// parentheses joins a name and its short form in brackets: "Valdoria Press Union (VPU)".
func (a *article) parentheses(forms []form, of []int32, s sets) {
	for n := range a.mentions {
		m := &a.mentions[n]
		l := &a.layers[m.layer]
		if m.person() || m.unit+3 >= len(l.units) || !l.units[m.unit+1].is(open) || l.units[m.unit+2].mention < 0 || !l.units[m.unit+3].is(closing) {
			continue
		}
		i, j := of[n], of[l.units[m.unit+2].mention]
		long, short := &forms[i], &forms[j]
		if len(long.key) < len(short.key) {
			long, short = short, long
		}
		if short.kind == person || long.kind == person || strings.Contains(short.key, " ") || !strings.Contains(long.key, " ") {
			continue
		}
		// Other languages give other letters: "German Aerospace Center (DLR)".
		if abbreviates(short.key, long.key) || acronym(short.raw) && short.kind == organization && long.kind == organization {
			s.join(i, j)
		}
	}
}

// abbreviates reports whether the letters of short stand in long in the same order, the first as the first of a word.
func abbreviates(short, long string) bool {
	i := 0
	for w := range strings.FieldsSeq(long) {
		for j := 0; j < len(w) && i < len(short); j++ {
			if w[j] == short[i] && (j == 0 || i > 0) {
				i++
			}
		}
	}
	return i == len(short)
}
