// Package feature turns the tokens of a document into the features that the names model was trained on. Training and
// service run this same code.
package feature

import (
	"maps"
	"slices"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"example.invalid/nutgraf/internal/text"
)

func sortedKeys(m map[uint64]uint16) []uint64 { return slices.Sorted(maps.Keys(m)) }

// capitals says how a token is written.
type capitals uint8

const (
	lower capitals = iota
	first
	all
	single // one capital, with or without a full stop
	mixed
	handle // the name of an account
	number
	mark
	uncased
)

type token struct {
	word   uint64 // hash of the folded form
	shape  uint32
	head   uint32 // first four folded bytes
	tail   uint32 // last four folded bytes
	lists  uint64 // four bits for each category: begins, inside, ends, is a phrase of it
	length uint8
	caps   capitals
	seen   uint8 // what the rest of the document shows of the word: bit 0 also written small
	joined bool
	class  uint16 // by use in running text; 0 for rare words
	path   uint16 // to its class in a tree of much more text, the first step in the lowest bit
}

// Extractor holds the features of one document at a time; its memory serves the next one.
type Extractor struct {
	tokens []token
	gaz    Gazetteer
	small  []uint64 // open table of the words written small
	buf    [64]byte
	run    runs
	line   uint8
	first  int
	last   int
}

type runs struct {
	// For each token of the sentence the strict run of capitalised tokens around it, and the loose one that may hold
	// words such as "of". A token outside every run is its own.
	strict, loose []span
}

type span struct {
	first, last int32
	short       uint8 // 2 when an acronym of its initials follows in brackets, 1 when another one does
}

const (
	foldMax = 60
	k1      = 0x9e3779b97f4a7c15
	k2      = 0xc2b2ae3d27d4eb4f
)

// Candidate reports whether token i of the prepared sentence can be part of a name: it has a capital, or is no farther
// than two tokens from one, or from what is joined to one, such as the number of COVID-19.
func (x *Extractor) Candidate(i int) bool {
	for j := max(i-2, x.first); j <= i+2 && j < x.last; j++ {
		if r := x.run.loose[j-x.first]; x.tokens[j].capital() || r.first != r.last {
			return true
		}
	}
	return false
}

// Hash makes a feature of its number and what it has seen.
func Hash(id uint32, a uint64) uint32 {
	h := (a ^ uint64(id)*k2) * k1
	h ^= h >> 29
	h *= 0xbf58476d1ce4e5b9
	return uint32(h >> 32)
}

func join(a, b uint64) uint64 {
	h := a*0xd6e8feb86659fd93 + b
	return (h ^ h>>32) * k1
}

// Reset computes what the features of all tokens of d are made of.
func (x *Extractor) Reset(d *text.Document, g Gazetteer) {
	x.gaz = g
	n := len(d.Tokens)
	if cap(x.tokens) < n {
		x.tokens = make([]token, n+n/4)
	}
	x.tokens = x.tokens[:n]
	for i := range x.tokens {
		t := &x.tokens[i]
		*t = token{joined: d.Joined(i)}
		x.look(t, d.Word(i), d.Tokens[i].Kind)
		key := clusterKey(t.word, t.capital())
		t.class, t.path = g.classes[0].class(key), g.classes[1].class(key)
	}
	x.wordsWrittenSmall()
	x.phrases()
}

// look folds a token: small letters without their accents, digits as 0, no full stops inside.
func (x *Extractor) look(t *token, w string, kind text.TokenKind) {
	b := x.buf[:0]
	var upper, small, digits, other int
	var shape uint32 = 17
	var lastClass byte
	stops := 0
	for i := 0; i < len(w) && len(b) < foldMax; {
		c := w[i]
		var class byte
		switch {
		case c >= 'a' && c <= 'z':
			b = append(b, c)
			small++
			class = 'x'
			i++
		case c >= 'A' && c <= 'Z':
			b = append(b, c|0x20)
			upper++
			class = 'X'
			i++
		case c >= '0' && c <= '9':
			b = append(b, '0')
			digits++
			class = 'd'
			i++
		case c < utf8.RuneSelf:
			if c == '.' && len(w) > 1 {
				stops++
			} else {
				b = append(b, c)
				other++
			}
			class = c
			i++
		default:
			r, n := utf8.DecodeRuneInString(w[i:])
			switch {
			case unicode.IsUpper(r):
				upper++
				class = 'X'
			case unicode.IsLower(r):
				small++
				class = 'x'
			default:
				other++
				class = 'o'
			}
			switch r {
			case '\u2019', '\u2018':
				b = append(b, '\'')
				class = '\''
			case 'ø', 'Ø':
				b = append(b, 'o')
			case 'ł', 'Ł':
				b = append(b, 'l')
			case 'đ', 'Đ':
				b = append(b, 'd')
			case 'ı', 'İ':
				b = append(b, 'i')
			default:
				if r >= 0xc0 && r < 0x250 || r >= 0x1e00 && r < 0x1f00 {
					var d [16]byte
					if f := norm.NFD.AppendString(d[:0], w[i:i+n]); f[0] < utf8.RuneSelf {
						c := f[0]
						if c >= 'A' && c <= 'Z' {
							c |= 0x20
						}
						b = append(b, c)
						break
					}
				}
				if unicode.Is(unicode.Mn, r) {
					break
				}
				b = utf8.AppendRune(b, unicode.ToLower(r))
			}
			i += n
		}
		if class != lastClass {
			shape = shape*31 + uint32(class)
			lastClass = class
		} else if class == 'X' && upper == 2 {
			shape = shape*31 + 7
		}
	}
	if len(b) == 0 {
		b = append(b, w[0])
	}
	var h uint64 = k2
	for _, c := range b {
		h = (h ^ uint64(c)) * 0x100000001b3
	}
	h ^= h >> 32
	h *= k1
	t.word = h ^ h>>29
	t.shape = shape
	t.length = uint8(len(b))
	for i := 0; i < 4 && i < len(b); i++ {
		t.head = t.head<<8 | uint32(b[i])
		t.tail |= uint32(b[len(b)-1-i]) << (8 * i)
	}
	switch {
	case kind == text.Number:
		t.caps = number
	case kind == text.Handle:
		t.caps = handle
		if w[0] == '#' {
			t.caps = mark
		}
	case kind != text.Word:
		t.caps = mark
	case upper == 1 && small == 0 && digits == 0 && len(b) <= 2:
		t.caps = single
	case upper > 0 && small == 0:
		t.caps = all
	case upper == 1 && isUpperFirst(w):
		t.caps = first
	case upper > 0:
		t.caps = mixed
	case small > 0:
		t.caps = lower
	default:
		t.caps = uncased
	}
}

func isUpperFirst(w string) bool {
	if c := w[0]; c < utf8.RuneSelf {
		return c >= 'A' && c <= 'Z'
	}
	r, _ := utf8.DecodeRuneInString(w)
	return unicode.IsUpper(r)
}

func (t *token) capital() bool { return t.caps >= first && t.caps <= handle }

func (x *Extractor) wordsWrittenSmall() {
	bits := 5
	for 1<<bits < len(x.tokens)*2 {
		bits++
	}
	if len(x.small) < 1<<bits {
		x.small = make([]uint64, 1<<bits)
	}
	table := x.small[:1<<bits]
	clear(table)
	mask := uint64(1)<<bits - 1
	for i := range x.tokens {
		t := &x.tokens[i]
		if t.caps != lower {
			continue
		}
		slot := t.word & mask
		for table[slot] != 0 && table[slot] != t.word {
			slot = (slot + 1) & mask
		}
		table[slot] = t.word
	}
	for i := range x.tokens {
		t := &x.tokens[i]
		if !t.capital() {
			continue
		}
		slot := t.word & mask
		for table[slot] != 0 && table[slot] != t.word {
			slot = (slot + 1) & mask
		}
		if table[slot] != 0 {
			t.seen = 1
		}
	}
}

// phrases marks the longest phrase of each category that begins with each capitalised token.
func (x *Extractor) phrases() {
	var ends [categories]int
	for i := range x.tokens {
		if !x.tokens[i].capital() {
			continue
		}
		h := uint64(phraseSeed)
		var found uint16
		for j := i; j < len(x.tokens) && j < i+maxPhrase; j++ {
			h = extend(h, x.tokens[j].word)
			lists := x.gaz.find(h)
			for c := Category(0); c < categories; c++ {
				if lists>>c&1 != 0 {
					ends[c] = j
				}
			}
			found |= lists &^ (1 << prefixBit)
			if lists>>prefixBit&1 == 0 {
				break
			}
		}
		if found == 0 {
			continue
		}
		for c := Category(0); c < categories; c++ {
			if found>>c&1 == 0 {
				continue
			}
			bit := uint64(1) << (4 * c)
			if ends[c] == i {
				x.tokens[i].lists |= bit << 3
				continue
			}
			x.tokens[i].lists |= bit
			for j := i + 1; j < ends[c]; j++ {
				x.tokens[j].lists |= bit << 1
			}
			x.tokens[ends[c]].lists |= bit << 2
		}
	}
}

// Line kinds: how a sentence is capitalised as a whole.
const (
	ordinary uint8 = iota
	titleCase
	allCapitals
)

// Word returns the folded form of token i as a hash that is not 0, and whether it has a capital.
func (x *Extractor) Word(i int) (hash uint64, capital bool) {
	return x.tokens[i].word | 1, x.tokens[i].capital()
}

// Letters returns the letters of token i when it is written as an acronym, and else its first letter alone; 0 when it has
// no capital.
func (x *Extractor) Letters(i int) (letters uint64, acronym bool) {
	t := &x.tokens[i]
	switch {
	case !t.capital() || t.length == 0:
		return 0, false
	case t.caps == all && t.length <= 4:
		return uint64(t.head), true
	case t.caps == all && t.length <= 8:
		return uint64(t.head)<<(8*(t.length-4)) | uint64(t.tail)&(1<<(8*(t.length-4))-1), true
	}
	return uint64(t.head >> (8 * (min(t.length, 4) - 1))), false
}

// Opens reports whether token i is an opening parenthesis.
func (x *Extractor) Opens(i int) bool { return x.tokens[i].length == 1 && x.tokens[i].head == '(' }

// Sentence prepares the features of tokens [first, last), one sentence, and reports whether it can hold a name.
func (x *Extractor) Sentence(firstToken, last int) bool {
	x.first, x.last = firstToken, last
	n := last - firstToken
	if cap(x.run.strict) < n {
		x.run.strict = make([]span, n+n/4)
		x.run.loose = make([]span, n+n/4)
	}
	x.run.strict, x.run.loose = x.run.strict[:n], x.run.loose[:n]
	var capital, allCaps, small, long, longCapital int
	for i := firstToken; i < last; i++ {
		switch t := &x.tokens[i]; t.caps {
		case first, mixed, single:
			capital++
			if t.length > 3 {
				long++
				longCapital++
			}
		case all:
			allCaps++
			if t.length > 3 {
				long++
				longCapital++
			}
		case lower:
			small++
			if t.length > 3 {
				long++
			}
		}
	}
	x.line = ordinary
	switch {
	case allCaps >= 3 && allCaps*10 >= (allCaps+capital+small)*8:
		x.line = allCapitals
	case long >= 4 && longCapital*10 >= long*8:
		x.line = titleCase
	}
	if capital+allCaps == 0 {
		return false
	}
	x.runsOf(x.run.strict, false)
	x.runsOf(x.run.loose, true)
	return true
}

var connectors = func() map[uint64]bool {
	var x Extractor
	m := map[uint64]bool{}
	for _, w := range []string{"of", "for", "the", "and", "&", "de", "la", "del", "al", "el", "du", "des", "di", "da", "do", "dos", "von", "van", "der", "den", "bin", "ibn", "'s", "in"} {
		var t token
		x.look(&t, w, text.Word)
		m[t.word] = true
	}
	return m
}()

func (x *Extractor) runsOf(out []span, loose bool) {
	for i := range out {
		out[i] = span{first: int32(i), last: int32(i)}
	}
	n := len(out)
	for i := 0; i < n; {
		if !x.tokens[x.first+i].capital() {
			i++
			continue
		}
		last := i
		for j := i + 1; j < n; j++ {
			t := &x.tokens[x.first+j]
			if t.capital() || t.caps == number && t.joined {
				last = j
				continue
			}
			if t.caps == mark && t.joined && t.length == 1 && (t.head == '-' || t.head == '\'') && j+1 < n && x.tokens[x.first+j+1].joined {
				continue
			}
			if !loose || j > last+2 || !connectors[t.word] {
				break
			}
		}
		run := span{first: int32(i), last: int32(last), short: x.short(x.first+i, x.first+last)}
		for j := i; j <= last; j++ {
			out[j] = run
		}
		i = last + 1
	}
}

const edge = 0x51ed270b27b4f3cf // stands for the token before a sentence and the one behind it

func (x *Extractor) at(i int) *token {
	if i < x.first || i >= x.last {
		return &outside
	}
	return &x.tokens[i]
}

var outside = token{word: edge, caps: mark, shape: 3}

// Append appends the features of token i, which lies in the prepared sentence.
func (x *Extractor) Append(dst []uint32, i int) []uint32 {
	t := &x.tokens[i]
	p1, p2, n1, n2 := x.at(i-1), x.at(i-2), x.at(i+1), x.at(i+2)
	start := i == x.first || i == x.first+1 && p1.caps == mark
	caps := uint64(t.caps) | uint64(x.line)<<4
	if start {
		caps |= 1 << 6
	}
	if t.joined {
		caps |= 1 << 7
	}
	context := uint64(p1.caps)<<8 | uint64(n1.caps)
	if n1.joined {
		context |= 1 << 16
	}
	add := func(id uint32, a uint64) { dst = append(dst, Hash(id, a)) }
	add(1, caps)
	add(2, caps|context<<20)
	add(3, t.word)
	add(4, t.word^caps*k2)
	add(5, p1.word)
	add(6, n1.word)
	add(7, p2.word)
	add(8, n2.word)
	add(9, join(p1.word, t.word))
	add(10, join(t.word, n1.word))
	add(11, join(p2.word, p1.word)+uint64(t.caps))
	add(12, join(n1.word, n2.word)+uint64(t.caps))
	add(13, join(p1.word, n1.word)+uint64(t.caps))
	add(14, uint64(t.shape)|context<<32)
	add(15, uint64(t.shape)<<20|uint64(t.length))
	add(16, join(uint64(p1.shape), uint64(t.shape)))
	add(17, join(uint64(t.shape), uint64(n1.shape)))
	add(18, p1.word+uint64(t.caps)*k2)
	add(19, n1.word+uint64(t.caps)*k2)
	if t.caps != mark {
		c := uint64(t.caps) << 32
		add(20, uint64(t.tail)|c)
		add(21, uint64(t.tail&0xffffff)|c)
		add(22, uint64(t.tail&0xffff)|c)
		add(23, uint64(t.head)|c)
		if t.length > 3 {
			add(24, uint64(t.head>>8)|c)
		}
	}
	if t.class != 0 {
		add(80, uint64(t.class))
		add(81, uint64(t.class)<<8|uint64(t.caps))
	}
	if p1.class != 0 {
		add(82, uint64(p1.class)<<8|uint64(t.caps))
	}
	if n1.class != 0 {
		add(83, uint64(n1.class)<<8|uint64(t.caps))
	}
	if p1.class|n1.class != 0 {
		add(84, uint64(p1.class)<<32|uint64(n1.class)<<8|uint64(t.caps))
		add(85, uint64(p1.class)<<16|uint64(t.class))
		add(86, uint64(t.class)<<16|uint64(n1.class))
	}
	if t.path != 0 {
		add(90, uint64(t.path))
		add(91, uint64(t.path)<<8|uint64(t.caps))
		add(92, uint64(t.path&1023)<<8|uint64(t.caps))
		add(93, uint64(t.path&63)<<8|uint64(t.caps))
	}
	if p1.path != 0 {
		add(94, uint64(p1.path)<<8|uint64(t.caps))
		add(95, uint64(p1.path&63)<<8|uint64(t.caps))
	}
	if n1.path != 0 {
		add(96, uint64(n1.path)<<8|uint64(t.caps))
		add(97, uint64(n1.path&63)<<8|uint64(t.caps))
	}
	if p1.path|n1.path != 0 {
		add(98, uint64(p1.path&1023)<<32|uint64(n1.path&1023)<<8|uint64(t.caps))
		add(99, uint64(p1.path)<<16|uint64(t.path))
		add(113, uint64(t.path)<<16|uint64(n1.path))
	}
	if p2.path != 0 {
		add(111, uint64(p2.path)<<8|uint64(t.caps))
	}
	if n2.path != 0 {
		add(112, uint64(n2.path)<<8|uint64(t.caps))
	}
	if t.capital() || t.lists != 0 {
		add(30, t.lists^caps*k2)
		add(31, t.lists)
		for m, bit := t.lists, uint64(0); m != 0; m, bit = m>>1, bit+1 {
			if m&1 != 0 {
				add(32, bit)
				add(33, bit<<8|uint64(t.caps))
			}
		}
	}
	if p1.lists != 0 {
		add(34, p1.lists^uint64(t.caps)*k2)
		if t.lists != 0 {
			add(35, join(p1.lists, t.lists))
		}
	}
	if n1.lists != 0 {
		add(36, n1.lists^uint64(t.caps)*k2)
		if t.lists != 0 {
			add(37, join(t.lists, n1.lists))
		}
	}
	if i > x.first+1 && x.Opens(i-1) {
		if r := x.run.loose[i-2-x.first]; r.short != 0 {
			add(114, uint64(r.short)<<8|uint64(t.caps))
		}
	}
	if t.capital() {
		add(40, uint64(t.seen)|caps<<8)
		s, l := x.run.strict[i-x.first], x.run.loose[i-x.first]
		x.appendRun(&dst, 50, i, s)
		if l != s {
			x.appendRun(&dst, 60, i, l)
		}
	} else if l := x.run.loose[i-x.first]; l.first != l.last {
		x.appendRun(&dst, 70, i, l)
	}
	return dst
}

func (x *Extractor) appendRun(dst *[]uint32, id uint32, i int, s span) {
	a, b := x.first+int(s.first), x.first+int(s.last)
	place := uint64(min(i-a, 3))<<4 | uint64(min(b-i, 3))
	d := *dst
	d = append(d,
		Hash(id, place|caseOf(x.line)),
		Hash(id+1, x.tokens[b].word+place&15),
		Hash(id+2, x.tokens[a].word+place>>4),
		Hash(id+3, x.at(a-1).word+place>>4),
		Hash(id+4, x.at(b+1).word+place&15),
		Hash(id+5, join(x.at(a-1).word, x.at(b+1).word)+place),
		Hash(id+6, x.tokens[b].lists^place*k2),
		Hash(id+7, x.tokens[a].lists^place*k2),
		Hash(id+8, join(x.at(a-2).word, x.at(a-1).word)),
		Hash(id+9, join(x.at(b+1).word, x.at(b+2).word)),
	)
	if s.short != 0 {
		d = append(d, Hash(id+253, uint64(s.short)<<8|place))
	}
	if p := x.at(a - 1).path; p != 0 {
		d = append(d, Hash(id+250, uint64(p)<<8|place>>4))
	}
	if p := x.at(b + 1).path; p != 0 {
		d = append(d, Hash(id+251, uint64(p)<<8|place&15))
	}
	if p := x.tokens[b].path; p != 0 {
		d = append(d, Hash(id+252, uint64(p)<<8|place&15))
	}
	*dst = d
}

// short reports whether an acronym in brackets follows tokens a to b: 2 when it has their initials, 1 when not, 0 for none.
func (x *Extractor) short(a, b int) uint8 {
	if b+3 >= x.last || !x.Opens(b+1) || x.tokens[b+3].length != 1 || x.tokens[b+3].head != ')' {
		return 0
	}
	acronym, ok := x.Letters(b + 2)
	if !ok {
		return 0
	}
	var initials uint64
	for i := a; i <= b; i++ {
		if l, whole := x.Letters(i); l != 0 && !whole {
			initials = initials<<8 | l
		}
	}
	if n := x.tokens[b+2].length; n < 8 {
		initials &= 1<<(8*n) - 1
	}
	if initials == acronym {
		return 2
	}
	return 1
}

func caseOf(line uint8) uint64 { return uint64(line) << 8 }
