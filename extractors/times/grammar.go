package times

import (
	"embed"
	"fmt"
	"io/fs"
	"math/bits"
	"strconv"
	"strings"
	"unicode"
)

//go:embed lang/*.txt
var langFiles embed.FS

// class is what a word or number can stand for in a rule. A class is also the
// slot that its value goes to, unless the rule names another.
type class uint8

const (
	cMonth class = iota
	cWMonth
	cAMonth
	cDow
	cWDow
	cUnit
	cUnits
	cOff
	cPart
	cSeason
	cQuarter
	cHalf
	cCentury
	cAMPM
	cMod
	cRef
	cSet
	cHol
	cZone
	cDay
	cMon
	cHour
	cMin
	cYear
	cYY
	cYMD
	cDecade
	cDecYY
	cNum
	cOrd
	cRel
	cPast
	cVague
	cCounted
	cNumW
	cAnd
	cSuffix
	cArt
	cEvery
	cCuePast
	cCueFuture
	cSpelled
	cDecWord
	cTrigger
	cAbout
	cModPrep
	cEarly
	cHHMM
	cJoin
	cRecent
	cNth // an ordinal in digits
	cPrep
	// The rest are slots only.
	sSec
	sDir
	sQ
	sWeek
	sHalfUnit
	sNumB // the second part of "two hours and ten minutes"
	sUnitB
	sNth // which week or weekday of a month or year, -1 the last; 0: the week that holds the day
	numSlots
)

var classNames = map[string]class{
	"MONTH": cMonth, "WMONTH": cWMonth, "AMONTH": cAMonth, "DOW": cDow, "WDOW": cWDow, "UNIT": cUnit, "UNITS": cUnits,
	"OFF": cOff, "PART": cPart, "SEASON": cSeason, "QUARTER": cQuarter, "HALF": cHalf, "CENTURY": cCentury,
	"AMPM": cAMPM, "MOD": cMod, "REF": cRef, "SET": cSet, "HOL": cHol, "ZONE": cZone, "DAY": cDay, "MON": cMon,
	"HOUR": cHour, "MIN": cMin, "YEAR": cYear, "YY": cYY, "YMD": cYMD, "DECADE": cDecade, "DECYY": cDecYY,
	"NUM": cNum, "ORD": cOrd, "REL": cRel, "PAST": cPast, "VAGUE": cVague, "COUNTED": cCounted, "NUMW": cNumW,
	"AND": cAnd, "SUFFIX": cSuffix, "ART": cArt, "EVERY": cEvery, "CUEPAST": cCuePast, "CUEFUTURE": cCueFuture,
	"SPELLED": cSpelled, "DECWORD": cDecWord, "ABOUT": cAbout, "MODPREP": cModPrep, "EARLY": cEarly, "HHMM": cHHMM, "JOIN": cJoin, "RECENT": cRecent, "NTH": cNth, "NUMB": sNumB, "UNITB": sUnitB, "TRIGGER": cTrigger, "PREP": cPrep, "SEC": sSec, "DIR": sDir, "Q": sQ, "WEEK": sWeek, "HALFUNIT": sHalfUnit, "PLACE": sNth,
}

// Weak classes fold into the slot of the strong one: a rule cares which it was, a value does not.
var slotOf = func() (s [numSlots]class) {
	for c := range s {
		s[c] = class(c)
	}
	s[cWMonth], s[cAMonth], s[cMon], s[cWDow], s[cUnits], s[cPast], s[cYMD] = cMonth, cMonth, cMonth, cDow, cUnit, cRel, cYMD
	s[cAbout], s[cEarly] = cMod, cMod
	s[cSpelled], s[cDecWord] = cHour, cDecade
	return s
}()

type mask uint64

func bit(c class) mask { return 1 << c }

// triggers are the classes without which a run of known words holds no time expression.
const triggers = mask(1)<<cMonth | 1<<cWMonth | 1<<cAMonth | 1<<cYY | 1<<cDecYY | 1<<cDow | 1<<cUnit | 1<<cUnits | 1<<cOff | 1<<cPart |
	1<<cSeason | 1<<cHol | 1<<cRef | 1<<cSet | 1<<cAMPM | 1<<cDay | 1<<cYear | 1<<cDecade | 1<<cYMD | 1<<cWDow | 1<<cZone |
	1<<cQuarter | 1<<cPast | 1<<cTrigger | 1<<cDecWord | 1<<cRecent

type reading struct {
	class class
	value int32
	// capital: the word must be printed with one ("May", "Sun").
	capital bool
}

// entry is a word of the vocabulary: what it can stand for, and its symbol in rules that name it.
type entry struct {
	text     string
	mask     mask
	capMask  mask // classes that need a capital
	readings []reading
	pair     bool // may end a pair of words that tells tense
	literal  bool // some rule or phrase names it, so that it does not end a run
	opens    bool // a rule may begin with its name
	joins    bool // a phrase may begin with it
}

func (e *entry) value(c class) int32 {
	for _, r := range e.readings {
		if r.class == c {
			return r.value
		}
	}
	return 0
}

type op uint8

const (
	opSkip op = iota
	opCal
	opYear // a bare year, which must look like one
	opShift
	opLater // like shift, from the time spoken of last
	opSame
	opDur
	opSet
	opRef
	opTime
	opPhrase
)

var opNames = map[string]op{"skip": opSkip, "cal": opCal, "year": opYear, "shift": opShift, "later": opLater,
	"same": opSame, "dur": opDur, "set": opSet, "ref": opRef, "time": opTime}

type constant struct {
	slot  class
	value int32
}

// rule is the head of a rule line.
type rule struct {
	op     op
	consts []constant
	line   int
}

// accept ends one spelled-out path of a rule: which item goes to which slot,
// and which items are the expression, by position.
type accept struct {
	rule  int32
	slots []class // noSlot where the item is not kept
	spans [2][2]int8
	n     int8 // spans, 1 or 2
}

const noSlot = class(255)

// node of the trie of all paths of all rules.
type node struct {
	classes, glued mask  // of the edges that are classes
	children       int32 // where the nodes that classes lead to, then those that glued ones do, begin in the list of children
	first, last    int32 // rows [first, last) of the list of ends
	literals       bool  // there are edges that are entries
}

type edge struct {
	from int32
	sym  int32
}

// gluedBit marks a symbol that must follow the last one without space.
const gluedBit = 1 << 30

// literalBase is the first symbol that is an entry; smaller ones are classes.
const literalBase = 64

type grammar struct {
	lang       string
	entries    []entry
	index      []int32 // open addressing by hash, entry + 1
	hashes     []uint64
	punct      [128]int32 // entry + 1 of a one-byte mark
	rules      []rule
	nodes      []node
	children   []int32 // nodes
	edges      edgeTable
	phrases    int32   // node below which phrases are found, 0 if there are none
	ends       []int32 // accepts
	accepts    []accept
	pastSuffix string
	decimal    byte                 // mark of decimals, '.' or ','
	cuePairs   map[[2]int32]cueKind // two words that tell tense together: "is to"
	byWord     map[string]int32
	building   map[edge]int32
	ending     map[int32][]int32 // accepts by node
	macros     map[string]string
}

// edgeTable is a hash table of the trie's edges that are entries; a Go map costs three times as much here.
type edgeTable struct {
	keys []uint64
	to   []int32
	bits uint
}

func (t *edgeTable) slot(k uint64) uint64 { return (k * 0x9e3779b97f4a7c15) >> (64 - t.bits) }

func newEdgeTable(m map[edge]int32) edgeTable {
	t := edgeTable{bits: 4}
	entries := 0
	for e := range m {
		if e.sym&^gluedBit >= literalBase {
			entries++
		}
	}
	for 1<<t.bits < 2*entries {
		t.bits++
	}
	t.keys, t.to = make([]uint64, 1<<t.bits), make([]int32, 1<<t.bits)
	for e, to := range m {
		if e.sym&^gluedBit < literalBase {
			continue
		}
		k := uint64(e.from+1)<<32 | uint64(uint32(e.sym))
		i := t.slot(k)
		for t.keys[i] != 0 {
			i = (i + 1) & (1<<t.bits - 1)
		}
		t.keys[i], t.to[i] = k, to
	}
	return t
}

// next is the node reached from one by a symbol, or 0: the root has no way in.
func (t *edgeTable) next(from, sym int32) int32 {
	k := uint64(from+1)<<32 | uint64(uint32(sym))
	for i := t.slot(k); t.keys[i] != 0; i = (i + 1) & (1<<t.bits - 1) {
		if t.keys[i] == k {
			return t.to[i]
		}
	}
	return 0
}

const (
	fnvOffset = 14695981039346656037
	fnvPrime  = 1099511628211
)

func hashWord(s string) uint64 {
	h := uint64(fnvOffset)
	for i := 0; i < len(s); i++ {
		h = (h ^ uint64(s[i])) * fnvPrime
	}
	return h
}

// languages are the names of the language files, in order, without the one that goes into all of them.
func languages() []string {
	files, _ := fs.Glob(langFiles, "lang/*.txt") // the pattern is good
	var out []string
	for _, f := range files {
		if lang := strings.TrimSuffix(strings.TrimPrefix(f, "lang/"), ".txt"); lang != common {
			out = append(out, lang)
		}
	}
	return out
}

// common names the file with what needs no language.
const common = "common"

// loadGrammar compiles the grammar of a language, or the common one alone.
func loadGrammar(lang string) (*grammar, error) {
	names := []string{common}
	if lang != common {
		names = append(names, lang)
	}
	var sources []string
	for _, n := range names {
		data, err := langFiles.ReadFile("lang/" + n + ".txt")
		if err != nil {
			return nil, err
		}
		sources = append(sources, string(data))
	}
	g, err := newGrammar(lang, sources...)
	if err != nil {
		return nil, fmt.Errorf("grammar %s: %w", lang, err)
	}
	return g, nil
}

func newGrammar(lang string, sources ...string) (*grammar, error) {
	g := &grammar{
		lang: lang, decimal: '.', byWord: make(map[string]int32), building: make(map[edge]int32),
		macros: make(map[string]string), cuePairs: make(map[[2]int32]cueKind), ending: make(map[int32][]int32), nodes: make([]node, 1),
	}
	// Rules name words, so all words are read first; a later file's macros replace earlier ones.
	for pass := range 2 {
		for _, src := range sources {
			if err := g.read(src, pass == 1); err != nil {
				return nil, err
			}
		}
	}
	g.finish()
	return g, nil
}

func (g *grammar) read(src string, rules bool) error {
	section := ""
	for n, line := range strings.Split(src, "\n") {
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		if line[0] == '[' && line[len(line)-1] == ']' && !strings.Contains(line, " ") && section != "rules" || line == "[rules]" {
			section = line[1 : len(line)-1]
			continue
		}
		var err error
		switch {
		case section == "rules" && rules:
			err = g.addRule(line, n+1)
		case section == "rules":
		case rules:
		case section == "settings":
			err = g.set(line)
		default:
			err = g.addWords(section, line)
		}
		if err != nil {
			return fmt.Errorf("line %d: %w", n+1, err)
		}
	}
	return nil
}

func (g *grammar) set(line string) error {
	k, v, _ := strings.Cut(line, "=")
	k, v = strings.TrimSpace(k), strings.TrimSpace(v)
	switch {
	case k == "decimal":
		g.decimal = v[0]
	case k == "past-suffix":
		g.pastSuffix = v
	case strings.HasPrefix(k, "$"):
		g.macros[k[1:]] = v
	default:
		return fmt.Errorf("unknown setting %q", k)
	}
	return nil
}

func (g *grammar) word(w string) int32 {
	if i, ok := g.byWord[w]; ok {
		return i
	}
	i := int32(len(g.entries))
	g.entries = append(g.entries, entry{text: w})
	g.byWord[w] = i
	return i
}

// addWords reads "value: word, word, several words".
func (g *grammar) addWords(section, line string) error {
	c, ok := classNames[section]
	if !ok {
		return fmt.Errorf("unknown class %q", section)
	}
	val, words, ok := strings.Cut(line, ":")
	if !ok {
		val, words = "0", line
	}
	v, err := strconv.Atoi(strings.TrimSpace(val))
	if err != nil {
		return err
	}
	for _, w := range strings.Split(words, ",") {
		w = strings.TrimSpace(w)
		if w == "" {
			continue
		}
		capital := strings.ToLower(w) != w
		parts := lexWords(strings.ToLower(w))
		if len(parts) == 1 {
			i := g.word(parts[0])
			e := &g.entries[i]
			e.readings = append(e.readings, reading{c, int32(v), capital})
			e.mask |= bit(c)
			if capital {
				e.capMask |= bit(c)
			}
			switch c {
			case cNumW:
				e.readings = append(e.readings, reading{cNum, int32(v) * 100, false})
				e.mask |= bit(cNum)
				if v >= 1 && v <= 24 {
					e.readings = append(e.readings, reading{cSpelled, int32(v), false})
					e.mask |= bit(cSpelled)
				}
			case cOrd:
				e.readings = append(e.readings, reading{cNumW, int32(v), false})
				e.mask |= bit(cNumW)
			}
			continue
		}
		if c == cCueFuture || c == cCuePast {
			if len(parts) != 2 {
				return fmt.Errorf("cue %q has more than two words", w)
			}
			k := cueFuture
			if c == cCuePast {
				k = cuePast
			}
			g.cuePairs[[2]int32{g.word(parts[0]), g.word(parts[1])}] = k
			second := g.word(parts[1])
			g.entries[second].pair = true
			continue
		}
		// A phrase becomes one item before rules are tried.
		longest := parts[0]
		for _, p := range parts {
			if len(p) > len(longest) {
				longest = p
			}
		}
		if bit(c)&triggers != 0 {
			i := g.word(longest)
			g.entries[i].mask |= bit(cTrigger)
		}
		r := int32(len(g.rules))
		g.rules = append(g.rules, rule{op: opPhrase, consts: []constant{{c, int32(v)}}})
		path := make([]element, len(parts))
		for i, p := range parts {
			path[i] = element{sym: literalBase + g.literal(p), slot: noSlot}
		}
		g.insert(phraseRoot, path, r)
	}
	return nil
}

// lexWords splits the way the scanner does: runs of letters, runs of digits, single marks.
func lexWords(s string) []string {
	var out []string
	last := 0 // 1 letters, 2 digits
	for _, r := range s {
		k := 0
		switch {
		case unicode.IsLetter(r), r == 'º', r == 'ª':
			k = 1
		case r >= '0' && r <= '9':
			k = 2
		}
		switch {
		case r == ' ':
			k = 0
		case k != 0 && k == last:
			out[len(out)-1] += string(r)
		default:
			out = append(out, string(r))
		}
		last = k
	}
	return out
}

func (g *grammar) literal(w string) int32 {
	i := g.word(w)
	g.entries[i].literal = true
	return i
}

// element is one place of a rule.
type element struct {
	sym    int32
	glued  bool
	slot   class
	opens  bool // a "[" stands before it
	closes bool // a "]" stands after it
}

// addRule reads "op SLOT=1 : pattern". A pattern is a row of CLASS, CLASS=SLOT,
// words, marks, (a|b), x? and $macros; what is written without a space must be
// printed without one; brackets enclose the expression where it is not the whole.
func (g *grammar) addRule(line string, n int) error {
	head, pattern, ok := strings.Cut(line, " : ")
	if !ok {
		return fmt.Errorf("no \" : \" in %q", line)
	}
	f := strings.Fields(head)
	o, ok := opNames[f[0]]
	if !ok {
		return fmt.Errorf("unknown op %q", f[0])
	}
	r := rule{op: o, line: n}
	for _, c := range f[1:] {
		k, v, _ := strings.Cut(c, "=")
		slot, ok := classNames[k]
		x, err := strconv.Atoi(v)
		if !ok || err != nil {
			return fmt.Errorf("bad constant %q", c)
		}
		r.consts = append(r.consts, constant{slotOf[slot], int32(x)})
	}
	id := int32(len(g.rules))
	g.rules = append(g.rules, r)
	p := patternParser{g: g}
	for depth := 0; strings.Contains(pattern, "$"); depth++ {
		if depth > 8 {
			return fmt.Errorf("macros nested too deep in %q", line)
		}
		var err error
		if pattern, err = g.expand(pattern); err != nil {
			return err
		}
	}
	p.s = pattern
	paths, err := p.alternatives()
	if err != nil {
		return err
	}
	if p.i < len(p.s) {
		return fmt.Errorf("stray %q in %q", p.s[p.i:], line)
	}
	for _, path := range paths {
		if len(path) == 0 || len(path) > maxPath {
			return fmt.Errorf("path of %d in %q", len(path), line)
		}
		g.insert(0, path, id)
	}
	return nil
}

func (g *grammar) expand(s string) (string, error) {
	var b strings.Builder
	for i := 0; i < len(s); {
		if s[i] != '$' {
			b.WriteByte(s[i])
			i++
			continue
		}
		j := i + 1
		for j < len(s) && (s[j] >= 'A' && s[j] <= 'Z' || s[j] >= '0' && s[j] <= '9') {
			j++
		}
		v, ok := g.macros[s[i+1:j]]
		if !ok {
			return "", fmt.Errorf("unknown macro %q", s[i:j])
		}
		b.WriteString("(" + v + ")")
		i = j
	}
	return b.String(), nil
}

// maxPath is the most items that a rule may span.
const maxPath = 24

// phraseRoot is the node below which multi-word vocabulary is found.
const phraseRoot = -1

type patternParser struct {
	g *grammar
	s string
	i int
}

func (p *patternParser) alternatives() ([][]element, error) {
	var out [][]element
	for {
		seq, err := p.sequence()
		if err != nil {
			return nil, err
		}
		out = append(out, seq...)
		if p.i >= len(p.s) || p.s[p.i] != '|' {
			return out, nil
		}
		p.i++
	}
}

func (p *patternParser) sequence() ([][]element, error) {
	paths := [][]element{nil}
	pending := []bool{false}      // a bracket was opened and no element has come yet
	opens, opened := false, false // opened: what stands before the bracket was a space
	for p.i < len(p.s) {
		space := p.i == 0 || opened
		opened = false
		for p.i < len(p.s) && p.s[p.i] == ' ' {
			space = true
			p.i++
		}
		if p.i >= len(p.s) {
			break
		}
		c := p.s[p.i]
		if c == '|' || c == ')' {
			break
		}
		if c == '[' {
			opens, opened = true, space || p.s[p.i-1] == '(' || p.s[p.i-1] == '|'
			p.i++
			continue
		}
		if c == ']' {
			p.i++
			for k, path := range paths {
				if len(path) == 0 {
					return nil, fmt.Errorf("nothing to close in %q", p.s)
				}
				q := append([]element(nil), path...)
				q[len(q)-1].closes = true
				paths[k] = q
			}
			continue
		}
		first := p.i > 0 && !space && (p.s[p.i-1] == '(' || p.s[p.i-1] == '|')
		alts, err := p.atom()
		if err != nil {
			return nil, err
		}
		if p.i < len(p.s) && p.s[p.i] == '?' {
			p.i++
			alts = append(alts, nil)
		}
		glued := !space && !first
		var next [][]element
		var nextPending []bool
		for k, path := range paths {
			open := opens || pending[k]
			for _, a := range alts {
				q := append(append([]element(nil), path...), a...)
				if len(a) > 0 {
					if glued {
						q[len(path)].glued = true
					}
					if open {
						q[len(path)].opens = true
					}
				}
				next = append(next, q)
				nextPending = append(nextPending, open && len(a) == 0)
			}
		}
		if len(next) > 20000 {
			return nil, fmt.Errorf("too many paths in %q", p.s)
		}
		paths, pending, opens = next, nextPending, false
	}
	return paths, nil
}

func (p *patternParser) atom() ([][]element, error) {
	rest := p.s[p.i:]
	if rest[0] == '(' {
		p.i++
		alts, err := p.alternatives()
		if err != nil {
			return nil, err
		}
		if p.i >= len(p.s) || p.s[p.i] != ')' {
			return nil, fmt.Errorf("missing ) in %q", p.s)
		}
		p.i++
		return alts, nil
	}
	if rest[0] == '\\' {
		p.i += 2
		return [][]element{{{sym: literalBase + p.g.literal(rest[1:2]), slot: noSlot}}}, nil
	}
	j := 0
	upper := rest[0] >= 'A' && rest[0] <= 'Z'
	for _, r := range rest {
		if !unicode.IsLetter(r) && r != 'º' && r != 'ª' || upper != (r >= 'A' && r <= 'Z') {
			break
		}
		j += len(string(r))
	}
	if j == 0 {
		// A mark, or a digit that the rule names.
		for _, r := range rest {
			j = len(string(r))
			break
		}
	}
	name := rest[:j]
	p.i += j
	c, isClass := classNames[name]
	if !isClass {
		if strings.ToLower(name) != name {
			return nil, fmt.Errorf("unknown class %q", name)
		}
		return [][]element{{{sym: literalBase + p.g.literal(name), slot: noSlot}}}, nil
	}
	e := element{sym: int32(c), slot: slotOf[c]}
	if strings.HasPrefix(rest[j:], "=") {
		k := j + 1
		for k < len(rest) && rest[k] >= 'A' && rest[k] <= 'Z' {
			k++
		}
		slot, ok := classNames[rest[j+1:k]]
		if !ok {
			return nil, fmt.Errorf("unknown slot %q", rest[j+1:k])
		}
		e.slot = slotOf[slot]
		p.i += k - j
	}
	return [][]element{{e}}, nil
}

func (g *grammar) insert(root int32, path []element, rule int32) {
	at := root
	if root == phraseRoot {
		at = g.step(0, phraseSymbol)
	}
	a := accept{rule: rule, slots: make([]class, len(path)), n: 1}
	a.spans[0] = [2]int8{0, int8(len(path))}
	span := -1
	for i, e := range path {
		sym := e.sym
		if e.glued {
			sym |= gluedBit
		}
		at = g.step(at, sym)
		a.slots[i] = e.slot
		if e.opens {
			span++
			if span < 2 {
				a.spans[span][0] = int8(i)
				a.n = int8(span + 1)
			}
		}
		if e.closes && span >= 0 && span < 2 {
			a.spans[span][1] = int8(i + 1)
		}
	}
	g.ending[at] = append(g.ending[at], int32(len(g.accepts)))
	g.accepts = append(g.accepts, a)
}

// phraseSymbol leads from the root to the phrases; no item has it.
const phraseSymbol = literalBase - 1

func (g *grammar) step(from, sym int32) int32 {
	e := edge{from, sym}
	if to, ok := g.building[e]; ok {
		return to
	}
	to := int32(len(g.nodes))
	g.nodes = append(g.nodes, node{})
	g.building[e] = to
	n := &g.nodes[from]
	switch s := sym &^ gluedBit; {
	case s >= literalBase:
		n.literals = true
	case sym&gluedBit != 0:
		n.glued |= bit(class(s))
	default:
		n.classes |= bit(class(s))
	}
	return to
}

func (g *grammar) finish() {
	g.edges = newEdgeTable(g.building)
	for i := range g.nodes {
		n := &g.nodes[i]
		n.children, n.first = int32(len(g.children)), int32(len(g.ends))
		g.children = append(g.children, make([]int32, bits.OnesCount64(uint64(n.classes))+bits.OnesCount64(uint64(n.glued)))...)
		g.ends = append(g.ends, g.ending[int32(i)]...)
		n.last = int32(len(g.ends))
	}
	for e, to := range g.building {
		if k := class(e.sym &^ gluedBit); e.sym&^gluedBit < literalBase && e.sym&gluedBit != 0 {
			*g.gluedChild(&g.nodes[e.from], k) = to
		} else if e.sym < literalBase {
			*g.child(&g.nodes[e.from], k) = to
		}
	}
	if root := &g.nodes[0]; root.classes&bit(phraseSymbol) != 0 {
		g.phrases = *g.child(root, phraseSymbol)
	}
	for i := range g.entries {
		symbol := literalBase + int32(i)
		g.entries[i].opens = g.edges.next(0, symbol) != 0
		g.entries[i].joins = g.phrases != 0 && g.edges.next(g.phrases, symbol) != 0
	}
	size := 64
	for size < 4*len(g.entries) {
		size *= 2
	}
	g.index = make([]int32, size)
	g.hashes = make([]uint64, len(g.entries))
	for i := range g.entries {
		w := g.entries[i].text
		if len(w) == 1 && !(w[0] >= 'a' && w[0] <= 'z') {
			g.punct[w[0]] = int32(i) + 1
			continue
		}
		h := hashWord(w)
		g.hashes[i] = h
		k := h >> 7 & uint64(size-1)
		for g.index[k] != 0 {
			k = (k + 1) & uint64(size-1)
		}
		g.index[k] = int32(i) + 1
	}
	g.building, g.ending, g.byWord, g.macros = nil, nil, nil, nil
}

// child is where class k, one of n.classes, leads.
func (g *grammar) child(n *node, k class) *int32 {
	return &g.children[int(n.children)+bits.OnesCount64(uint64(n.classes&(bit(k)-1)))]
}

// gluedChild is where class k, one of n.glued, leads.
func (g *grammar) gluedChild(n *node, k class) *int32 {
	return &g.children[int(n.children)+bits.OnesCount64(uint64(n.classes))+bits.OnesCount64(uint64(n.glued&(bit(k)-1)))]
}

// lookup finds a word by the hash of its folded bytes.
func (g *grammar) lookup(h uint64) int32 {
	m := uint64(len(g.index) - 1)
	for k := h >> 7 & m; g.index[k] != 0; k = (k + 1) & m {
		if i := g.index[k] - 1; g.hashes[i] == h {
			return i
		}
	}
	return -1
}
