package quotes

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxUnclosed bounds a quotation whose closing mark is missing, in bytes.
const maxUnclosed = 1200

// A stretch is the text inside one outer pair of quotation marks. It never
// leaves its paragraph; a quotation over several paragraphs is one stretch per
// paragraph, chained by resumes.
type stretch struct {
	open, shut int  // outer bounds, marks included
	start, end int  // inner bounds, white space trimmed
	closed     bool // a closing mark was found
	resumes    bool // goes on from the stretch before, whose paragraph ended unclosed
	single     bool // set in single marks, which scare quotes and titles prefer
	led        bool // set off without marks by a paragraph that leads to it
	paragraph  int
}

// A style is a family of marks in which one opening mark and its closing marks
// belong together, whatever the language: what opens in English closes in
// German, so the mark already open decides.
type style uint8

const (
	none        style = iota
	straight          // "
	curly             // “ ” and sloppy ” ”
	low               // „ “ and „ ”
	guillemet         // « »
	reversed          // » « and » »
	angle             // ‹ ›
	corner            // 「 」 『 』
	backtick          // `` ''
	curlySingle       // ‘ ’
	lowSingle         // ‚ ‘
	plainSingle       // '
)

// mark reads the quotation mark at text[i], giving its rune and width, or 0.
func mark(text string, i int) (rune, int) {
	switch text[i] {
	case '"', '\'':
		return rune(text[i]), 1
	case '`':
		if i+1 < len(text) && text[i+1] == '`' {
			return '`', 2
		}
	case 0xC2:
		if i+1 < len(text) && (text[i+1] == 0xAB || text[i+1] == 0xBB) {
			return rune(text[i+1]), 2
		}
	case 0xE2:
		if i+2 < len(text) && text[i+1] == 0x80 {
			if c := text[i+2]; c >= 0x98 && c <= 0x9F || c == 0xB9 || c == 0xBA {
				return 0x2000 | rune(c&0x3F), 3
			}
		}
	case 0xE3:
		if i+2 < len(text) && text[i+1] == 0x80 {
			if c := text[i+2]; c >= 0x8C && c <= 0x8F {
				return 0x3000 | rune(c&0x3F), 3
			}
		}
	}
	return 0, 0
}

// leads are the bytes with which a mark may begin.
var leads = func() (t [256]bool) {
	for c := range t {
		t[c] = c == '"' || c == '\'' || c == '`' || c >= 0xC2
	}
	return
}()

// unmarked returns the length of the beginning of s in which no mark begins.
func unmarked(s string) int {
	for i := range len(s) {
		if leads[s[i]] {
			return i
		}
	}
	return len(s)
}

// shape says what the neighbours of a mark make of it.
func shape(text string, lo, hi, i, width int) (mayOpen, mayClose bool) {
	prev, next := ' ', ' '
	if i > lo {
		prev, _ = utf8.DecodeLastRuneInString(text[lo:i])
	}
	if i+width < hi {
		next, _ = utf8.DecodeRuneInString(text[i+width : hi])
	}
	before := unicode.IsSpace(prev) || strings.ContainsRune("([{-–—/|:…", prev) || isMark(prev)
	after := !unicode.IsSpace(next) && !strings.ContainsRune(".,;:!?)]}", next)
	return before && after, !unicode.IsSpace(prev)
}

func isMark(r rune) bool {
	switch r {
	case '"', '\'', '`', '«', '»', '‹', '›':
		return true
	}
	return r >= '‘' && r <= '‟' || r >= '「' && r <= '』'
}

// A scanner finds the stretches of one text, paragraph by paragraph.
type scanner struct {
	text string
	out  []stretch
	max  int

	lo, hi    int // the paragraph
	head      int // its first byte that is no white space; -1 before its first mark
	paragraph int

	open  style
	at    int // opening mark
	inner int // first byte after it
	depth int // marks of the same style open inside

	carried style // style left open by the paragraph before
	odd     bool  // the paragraph holds an odd number of straight double marks and curly closers without an opener
	surplus bool  // more curly openers than closers
	lacking bool  // more curly closers than openers
}

// scan looks through one paragraph. It is linear: the searches for a closing
// single mark stop at the next mark that opens.
func (s *scanner) scan(paragraph, lo, hi int) {
	s.lo, s.hi, s.paragraph, s.open, s.depth = lo, hi, paragraph, none, 0
	s.head = -1
	carried := s.carried
	s.carried = none
	for i := lo; len(s.out) < s.max; {
		i += unmarked(s.text[i:hi])
		if i == hi {
			break
		}
		r, width := mark(s.text, i)
		if width == 0 {
			i++
			continue
		}
		if s.head < 0 {
			body := s.text[lo:hi]
			s.head = hi - len(strings.TrimLeftFunc(body, unicode.IsSpace))
			straights, openers, closers := strings.Count(body, `"`), strings.Count(body, "“"), strings.Count(body, "”")
			s.surplus, s.lacking = openers > closers, openers < closers
			s.odd = (straights+max(closers-openers, 0))%2 == 1
		}
		if s.open == none {
			i = s.opening(r, i, width, carried)
		} else {
			i = s.inside(r, i, width)
		}
	}
	if s.open != none {
		s.unclosed()
	}
}

// goesOn reports whether the next paragraph, too, begins with a plain single mark that no apostrophe stands for.
func (s *scanner) goesOn() bool {
	rest := strings.TrimLeftFunc(s.text[s.hi:], unicode.IsSpace)
	if len(rest) < 2 || rest[0] != '\'' || elided(rest[1:]) {
		return false
	}
	r, _ := utf8.DecodeRuneInString(rest[1:])
	return unicode.IsUpper(r)
}

// begin opens a stretch at the mark at i.
func (s *scanner) begin(st style, i, width int) int {
	s.open, s.at, s.inner, s.depth = st, i, i+width, 0
	return i + width
}

// opening handles a mark met while nothing is open.
func (s *scanner) opening(r rune, i, width int, carried style) int {
	mayOpen, mayClose := shape(s.text, s.lo, s.hi, i, width)
	first := i == s.head
	st := none
	switch r {
	case '“', '‟':
		st = curly
	case '„':
		st = low
	case '«':
		st = guillemet
	case '‹':
		st = angle
	case '「', '『':
		st = corner
	case '`':
		st = backtick
	case '”':
		if mayOpen { // Swedish and Finnish open with it
			st = curly
		}
	case '»':
		if mayOpen {
			st = reversed
		}
	case '"':
		// With an even number of marks they alternate, however they are spaced.
		// With an odd one, a mark that cannot open is a stray: an inch, or a
		// closer whose opener is missing.
		if mayOpen || !s.odd || !mayClose {
			st = straight
		}
	case '‘', '‚', '\'':
		if !mayOpen || r == '\'' && elided(s.text[i+1:s.hi]) {
			return i + width
		}
		st = plainSingle
		if r == '‘' {
			st = curlySingle
		} else if r == '‚' {
			st = lowSingle
		}
		if shut, w := s.closingSingle(r, i+width); shut >= 0 {
			s.begin(st, i, width)
			s.emit(shut, shut+w, true, first && carried == st)
			return shut + w
		}
		if !first || st == plainSingle && !s.goesOn() {
			return i + width
		}
	}
	if st == none {
		return i + width
	}
	if first && carried == st {
		s.begin(st, i, width)
		s.depth = -1 // resumed; emit reads it
		return i + width
	}
	return s.begin(st, i, width)
}

// inside handles a mark met while a stretch is open.
func (s *scanner) inside(r rune, i, width int) int {
	closes, nests := false, false
	switch s.open {
	case straight:
		closes = r == '"' || r == '”' && s.lacking && s.depth <= 0
		if r == '"' {
			if mayOpen, mayClose := shape(s.text, s.lo, s.hi, i, width); mayOpen && !mayClose {
				if s.odd {
					s.repair(i)
					return s.begin(straight, i, width)
				}
				nests = s.closers(i + width)
			}
		}
	case curly:
		closes, nests = r == '”' || r == '"' && !s.nested(), r == '“'
		if nests && s.surplus {
			s.repair(i)
			return s.begin(curly, i, width)
		}
	case low:
		closes, nests = r == '“' || r == '”' || r == '"', r == '„'
	case guillemet:
		closes, nests = r == '»', r == '«'
	case reversed:
		closes = r == '«' || r == '»'
	case angle:
		closes, nests = r == '›', r == '‹'
	case corner:
		closes, nests = r == '」' || r == '』', r == '「' || r == '『'
	case backtick:
		if r == '\'' && strings.HasPrefix(s.text[i:s.hi], "''") {
			closes, width = true, 2
		} else {
			closes = r == '"'
		}
	case curlySingle, lowSingle:
		// Reached only for a quotation that goes on in the next paragraph.
	}
	switch {
	case nests:
		s.depth = max(s.depth, 0) + 1
	case closes && s.depth > 0:
		s.depth--
	case closes:
		s.emit(i, i+width, true, s.depth < 0)
	}
	return i + width
}

// closers reports whether the next two straight marks of the paragraph can but close, so that the one before from opens a
// quotation inside another.
func (s *scanner) closers(from int) bool {
	for range 2 {
		n := strings.IndexByte(s.text[from:s.hi], '"')
		if n < 0 {
			return false
		}
		from += n
		if mayOpen, _ := shape(s.text, s.lo, s.hi, from, 1); mayOpen || from > 0 && s.text[from-1] == ' ' {
			return false
		}
		from++
	}
	return true
}

// nested reports whether a straight mark may belong inside an open curly pair.
func (s *scanner) nested() bool { return !s.odd }

// repair ends a stretch whose closing mark is missing before the mark at i, at
// the last full stop between, or drops it.
func (s *scanner) repair(i int) {
	if p := strings.LastIndexAny(s.text[s.inner:i], ".!?…"); p >= 0 && i-s.inner <= maxUnclosed {
		_, w := utf8.DecodeRuneInString(s.text[s.inner+p:])
		s.emit(s.inner+p+w, s.inner+p+w, false, s.depth < 0)
	}
	s.open = none
}

// unclosed ends a stretch that its paragraph leaves open: it goes on if the
// next paragraph starts with the same mark, which scan finds out from carried.
func (s *scanner) unclosed() {
	end := s.hi
	if end-s.inner > maxUnclosed {
		cut := s.inner + maxUnclosed
		for cut > s.inner && !utf8.RuneStart(s.text[cut]) {
			cut--
		}
		if p := strings.LastIndexAny(s.text[s.inner:cut], ".!?"); p >= 0 {
			cut = s.inner + p + 1
		}
		end = cut
	}
	s.carried = s.open
	s.emit(end, end, false, s.depth < 0)
}

func (s *scanner) emit(end, shut int, closed, resumes bool) {
	inner := s.text[s.inner:end]
	start := s.inner + len(inner) - len(strings.TrimLeftFunc(inner, unicode.IsSpace))
	end = s.inner + len(strings.TrimRightFunc(inner, unicode.IsSpace))
	if start < end && strings.IndexFunc(s.text[start:end], wordRune) >= 0 {
		s.out = append(s.out, stretch{
			open: s.at, shut: shut, start: start, end: end, closed: closed, resumes: resumes,
			single: s.open >= curlySingle, paragraph: s.paragraph,
		})
	}
	s.open, s.depth = none, 0
}

func wordRune(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }

// closingSingle finds the mark that closes a single quotation opened before
// from. An apostrophe inside a word never does. A plural possessive looks like
// a closing mark, so one after "s" is taken only if no better one follows
// before the next opening mark. Double marks between must be in balance.
func (s *scanner) closingSingle(opener rune, from int) (int, int) {
	fallback, fallbackWidth := -1, 0
	doubles := 0
	for i := from; i < s.hi; {
		c := s.text[i]
		if c != '"' && c != '\'' && c < 0xC2 {
			i++
			continue
		}
		r, width := mark(s.text, i)
		if width == 0 {
			i++
			continue
		}
		switch {
		case r == '"':
			doubles ^= 1
		case r == '“', r == '„', r == '«':
			doubles++
		case r == '”', r == '»':
			if doubles--; doubles < 0 {
				return fallback, fallbackWidth
			}
		case r == opener && opener != '\'':
			return fallback, fallbackWidth
		case r == '\'' && opener == '\'', r == '’' && opener == '‘', (r == '‘' || r == '’') && opener == '‚':
			mayOpen, mayClose := shape(s.text, s.lo, s.hi, i, width)
			if mayOpen && !mayClose {
				if opener == '\'' && !elided(s.text[i+1:s.hi]) {
					return fallback, fallbackWidth
				}
				break
			}
			if !mayClose || doubles != 0 || s.wordFollows(i+width) {
				break
			}
			if last := s.text[i-1]; last != 's' && last != 'S' {
				return i, width
			}
			if fallback < 0 {
				fallback, fallbackWidth = i, width
			}
		}
		i += width
	}
	return fallback, fallbackWidth
}

func (s *scanner) wordFollows(i int) bool {
	if i >= s.hi {
		return false
	}
	r, _ := utf8.DecodeRuneInString(s.text[i:s.hi])
	return wordRune(r)
}

// elided reports whether an apostrophe before rest stands for letters left
// out, as in ’90s and ’tis, rather than opening a quotation.
func elided(rest string) bool {
	if rest == "" {
		return true
	}
	if rest[0] >= '0' && rest[0] <= '9' {
		return len(rest) > 1 && rest[1] >= '0' && rest[1] <= '9' && (len(rest) == 2 || rest[2] < '0' || rest[2] > '9')
	}
	n := 0
	for n < len(rest) && n < 6 && rest[n]|0x20 >= 'a' && rest[n]|0x20 <= 'z' {
		n++
	}
	switch rest[:n] {
	case "tis", "twas", "em", "cause", "til", "till", "bout", "n", "round", "cos", "neath", "Tis", "Twas", "Cause", "Til":
		return true
	}
	return false
}
