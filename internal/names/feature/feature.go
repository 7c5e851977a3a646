// Package feature turns the tokens of a document into the features that the names model was trained on. Training and
// service run this same code.
package feature

import (
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"example.invalid/nutgraf/internal/text"
)

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
	// What the word is like in much running text, capitals or not; 0 for rare words. The class is a group of words used
	// alike: the lowest six bits are its part of the largest groups, nine bits of smaller ones, all of it of the smallest.
	class uint16
	// How likely the word, large, is part of a name of each leaning, three bits each.
	leanings uint16
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
		known := g.words.find(wordKey(t.word))
		t.class, t.leanings = uint16(known), uint16(known>>16)
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
			lists := uint16(x.gaz.phrases.find(h))
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
	x.appendClasses(&dst, t, p1, p2, n1, n2)
	x.appendLeanings(&dst, t, p1, n1)
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

// Parts of a class.
const coarse, middle = 1<<6 - 1, 1<<9 - 1

func (x *Extractor) appendClasses(dst *[]uint32, t, p1, p2, n1, n2 *token) {
	d, caps := *dst, uint64(t.caps)
	if c := uint64(t.class); c != 0 {
		d = append(d, Hash(120, c<<8|caps), Hash(121, c&middle<<8|caps), Hash(122, c&coarse<<8|caps))
	}
	if c := uint64(p1.class); c != 0 {
		d = append(d, Hash(123, c<<8|caps), Hash(124, c&coarse<<8|caps))
	}
	if c := uint64(n1.class); c != 0 {
		d = append(d, Hash(125, c<<8|caps), Hash(126, c&coarse<<8|caps))
	}
	if p1.class|n1.class != 0 {
		p, c, n := uint64(p1.class&middle), uint64(t.class&middle), uint64(n1.class&middle)
		d = append(d, Hash(127, p<<32|n<<8|caps), Hash(128, p<<16|c|caps<<32), Hash(129, c<<16|n|caps<<32))
	}
	if c := uint64(p2.class); c != 0 {
		d = append(d, Hash(130, c&middle<<8|caps))
	}
	if c := uint64(n2.class); c != 0 {
		d = append(d, Hash(131, c&middle<<8|caps))
	}
	*dst = d
}

// The leanings of a word: to given names, surnames, organisations and places when large, and to be on a list of places.
const leaningNames, leanings = 4, 5

// leaning returns the kind of name that a token's word leans to most, and how much; 0 for rare words.
func (t *token) leaning() uint64 {
	if t.class == 0 {
		return 0
	}
	kind, most := uint64(0), uint64(0)
	for k := range uint64(leaningNames) {
		if n := uint64(t.leanings) >> (3 * k) & 7; n > most {
			kind, most = k, n
		}
	}
	return 1<<5 | kind<<3 | most
}

func (x *Extractor) appendLeanings(dst *[]uint32, t, p1, n1 *token) {
	d, caps, before, behind := *dst, uint64(t.caps), uint64(p1.caps), uint64(n1.caps)
	own, p, n := t.leaning(), p1.leaning(), n1.leaning()
	if own != 0 {
		for k := range uint64(leanings) {
			v := uint64(t.leanings)>>(3*k)&7<<16 | k<<8 | caps
			d = append(d, Hash(150, v), Hash(151, v|before<<20|behind<<32))
		}
		d = append(d, Hash(152, uint64(t.leanings&(1<<(3*leaningNames)-1))<<8|caps))
		if t.lists == 0 {
			d = append(d, Hash(153, own<<8|caps))
		}
	}
	if p|n != 0 {
		d = append(d,
			Hash(154, p<<8|caps), Hash(155, n<<8|caps),
			Hash(156, p<<24|own<<8|caps|before<<40), Hash(157, n<<24|own<<8|caps|behind<<40),
			Hash(158, (p<<24|own<<8|caps|behind<<40)^n*k2),
		)
	}
	*dst = d
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
	if c := x.at(a - 1).class; c != 0 {
		d = append(d, Hash(id+250, uint64(c)<<8|place>>4))
	}
	if c := x.at(b + 1).class; c != 0 {
		d = append(d, Hash(id+251, uint64(c)<<8|place&15))
	}
	if c := x.tokens[b].class; c != 0 {
		d = append(d, Hash(id+252, uint64(c)<<8|place&15))
	}
	if a != b {
		one, other := x.tokens[a].leaning(), x.tokens[b].leaning()
		d = append(d, Hash(id+254, other<<8|place), Hash(id+255, one<<8|place), Hash(id+256, one<<24|other<<8|place))
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
