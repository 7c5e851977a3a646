package text

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

type class uint8

const (
	blank class = iota
	letter
	digit
	mark   // punctuation
	symbol // everything else that is printed
	inner  // belongs to the word around it: combining marks, joiners, soft hyphens
	ideograph
)

var ascii = func() (t [utf8.RuneSelf]class) {
	for c := range t {
		switch r := rune(c); {
		case r <= ' ' || r == 0x7f:
			t[c] = blank
		case unicode.IsLetter(r):
			t[c] = letter
		case unicode.IsDigit(r):
			t[c] = digit
		case unicode.IsPunct(r):
			t[c] = mark
		default:
			t[c] = symbol
		}
	}
	return
}()

func classOf(r rune) class {
	switch {
	case r < utf8.RuneSelf:
		return ascii[r]
	case r == 0xad || r == 0x200c || r == 0x200d || r == 0x2060 || unicode.Is(unicode.Mn, r) || unicode.Is(unicode.Mc, r) || unicode.Is(unicode.Me, r):
		return inner
	case unicode.Is(unicode.Han, r) || unicode.Is(unicode.Hiragana, r):
		return ideograph
	case unicode.IsLetter(r):
		return letter
	case unicode.IsDigit(r):
		return digit
	case unicode.IsPunct(r):
		return mark
	case unicode.IsSpace(r) || unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || unicode.Is(unicode.Z, r):
		return blank
	case unicode.IsNumber(r):
		return digit
	}
	return symbol
}

func peek(s string, i, end int) (class, rune, int) {
	if i >= end {
		return blank, 0, 0
	}
	if c := s[i]; c < utf8.RuneSelf {
		return ascii[c], rune(c), 1
	}
	r, n := utf8.DecodeRuneInString(s[i:end])
	return classOf(r), r, n
}

// appendTokens appends the tokens of s[at:end].
func appendTokens(ts []Token, s string, at, end int) []Token {
	for i := at; i < end; {
		c, r, n := peek(s, i, end)
		j := i + n
		kind := Punctuation
		switch c {
		case blank, inner:
			i = j
			continue
		case letter:
			ts = appendWord(ts, s, i, end)
			i = int(ts[len(ts)-1].End)
			continue
		case digit:
			j, kind = numberEnd(s, j, end), Number
		case ideograph:
			for {
				c, _, n := peek(s, j, end)
				if c != inner {
					break
				}
				j += n
			}
			kind = Word
		case symbol:
			kind = Symbol
		case mark:
			switch r {
			case '@', '#':
				kind = Symbol
				if k := handleEnd(s, j, end); k > j {
					if r == '@' { // the account's name is a name: its sign is a token of its own
						ts = append(ts, Token{Start: uint32(i), End: uint32(j), Kind: Symbol})
						i = j
					}
					j, kind = k, Handle
				}
			case '%', '&', '*', '\\':
				kind = Symbol
			case '.', '-', '\'', '_':
				for j < end && s[j] == s[i] {
					j++
				}
			}
			if r == '\'' || r == '\u2019' {
				// The decade '90s.
				if k := digitsEnd(s, j, end); k == j+2 {
					if k < end && s[k] == 's' {
						j, kind = k+1, Number
					}
				} else if len(ts) > 0 && int(ts[len(ts)-1].End) == i && j < end && s[j]|0x20 == 's' {
					// The possessive of what is no word of letters: U.K.'s, 2019's.
					if c, _, _ := peek(s, j+1, end); c != letter && c != digit && c != inner {
						j, kind = j+1, Word
					}
				}
			}
		}
		ts = append(ts, Token{Start: uint32(i), End: uint32(j), Kind: kind})
		i = j
	}
	return ts
}

func digitsEnd(s string, i, end int) int {
	for i < end && s[i] >= '0' && s[i] <= '9' {
		i++
	}
	return i
}

func handleEnd(s string, i, end int) int {
	if i < end && s[i] == '_' {
		i++
	}
	for i < end {
		c, r, n := peek(s, i, end)
		if c != letter && c != digit && c != inner && c != ideograph && r != '_' {
			break
		}
		i += n
	}
	return i
}

// numberEnd continues a number: separators count when a digit follows, letters directly behind stay with it (19th, 5km).
func numberEnd(s string, i, end int) int {
	for i < end {
		c, r, n := peek(s, i, end)
		switch {
		case c == digit || c == letter || c == inner:
			i += n
		case (r == '.' || r == ',' || r == ':') && i+1 < end && s[i+1] >= '0' && s[i+1] <= '9' && s[i-1] >= '0' && s[i-1] <= '9':
			i += 2
		default:
			return i
		}
	}
	return i
}

// appendWord appends the word that begins with the letter at i, with its clitic as a token of its own.
func appendWord(ts []Token, s string, i, end int) []Token {
	if k := addressEnd(s, i, end); k > 0 {
		return append(ts, Token{Start: uint32(i), End: uint32(k), Kind: URL})
	}
	j, apostrophe := i, -1
	for j < end {
		c, r, n := peek(s, j, end)
		if c == letter || c == digit || c == inner {
			j += n
			continue
		}
		if r == '\'' || r == '\u2019' {
			if c, _, _ := peek(s, j+n, end); c == letter {
				apostrophe = j
				j += n
				continue
			}
		}
		if (r == '\u00b7' || r == '\u2027') && j > i { // Catalan l·l
			if c, _, _ := peek(s, j+n, end); c == letter {
				j += n
				continue
			}
		}
		break
	}
	if apostrophe > i {
		if k := cliticStart(s, i, apostrophe, j); k > i {
			return append(ts, Token{Start: uint32(i), End: uint32(k)}, Token{Start: uint32(k), End: uint32(j)})
		}
	}
	if j < end && s[j] == '.' {
		if k := abbreviationEnd(s, i, j, end); k > j {
			j = k
		} else if k := hostEnd(s, i, j, end); k > j {
			return append(ts, Token{Start: uint32(i), End: uint32(k), Kind: URL})
		}
	}
	return append(ts, Token{Start: uint32(i), End: uint32(j)})
}

// cliticStart returns where the clitic of s[i:j], whose last apostrophe is given, begins; i when it has none.
func cliticStart(s string, i, apostrophe, j int) int {
	_, n := utf8.DecodeRuneInString(s[apostrophe:])
	switch tail := s[apostrophe+n : j]; len(tail) {
	case 1:
		switch tail[0] | 0x20 {
		case 's', 'm', 'd':
			return apostrophe
		case 't':
			if k := apostrophe - 1; k > i && s[k]|0x20 == 'n' {
				return k
			}
		}
	case 2:
		if strings.EqualFold(tail, "ll") || strings.EqualFold(tail, "re") || strings.EqualFold(tail, "ve") {
			return apostrophe
		}
	}
	return i
}

// addressEnd returns the end of the web or e-mail address at i, or 0.
func addressEnd(s string, i, end int) int {
	c := s[i] | 0x20
	if c == 'h' || c == 'f' || c == 'w' {
		rest := s[i:min(end, i+8)]
		for _, p := range [...]string{"http://", "https://", "ftp://", "www."} {
			if len(rest) > len(p)-1 && strings.EqualFold(rest[:len(p)], p) && i+len(p) < end {
				if k := pathEnd(s, i+len(p), end); k > i+len(p) {
					return k
				}
			}
		}
	}
	// An e-mail address: the part before @ is short, and only such a part is looked through.
	for j := i; j < end && j < i+64; j++ {
		switch c := s[j]; {
		case c == '@':
			if j == i || j+1 >= end {
				return 0
			}
			k, dots := j+1, 0
			for k < end && (isAlnum(s[k]) || (s[k] == '.' || s[k] == '-') && k+1 < end && isAlnum(s[k+1])) {
				if s[k] == '.' {
					dots++
				}
				k++
			}
			if dots > 0 {
				return k
			}
			return 0
		case isAlnum(c) || c == '.' || c == '_' || c == '+' || c == '-':
		default:
			return 0
		}
	}
	return 0
}

func isAlnum(c byte) bool {
	return c < utf8.RuneSelf && (ascii[c] == letter || ascii[c] == digit)
}

// pathEnd returns the end of an address that goes on at i, without the marks that close the sentence around it.
func pathEnd(s string, i, end int) int {
	from, open := i, 0
	for i < end {
		c, r, n := peek(s, i, end)
		if c == blank || r == '"' || r == '<' || r == '>' || r == '\u201d' || r == '\u2019' || r == '\u00bb' || c == ideograph {
			break
		}
		if r == '(' {
			open++
		} else if r == ')' {
			if open == 0 {
				break
			}
			open--
		}
		i += n
	}
	for i > from && strings.IndexByte(".,;:!?'*", s[i-1]) >= 0 {
		i--
	}
	return i
}

// hostEnd returns the end of a bare host name such as example.com, whose first label is s[i:dot], or 0.
func hostEnd(s string, i, dot, end int) int {
	k, label := dot, dot+1
	for labels := 0; labels < 8 && k < end && s[k] == '.' && k+1 < end && isAlnum(s[k+1]); labels++ {
		label = k + 1
		for k = label; k < end && (isAlnum(s[k]) || s[k] == '-' && k+1 < end && isAlnum(s[k+1])); k++ {
		}
	}
	if k == dot || !topLevel[s[label:k]] {
		return 0
	}
	if k < end && s[k] == '/' {
		return pathEnd(s, k, end)
	}
	return k
}

var topLevel = set("com org net edu gov mil int info biz io tv ai app dev news eu uk us de fr it es nl be ch at pl ru ua cn jp kr in au nz ca br mx za ie se no fi dk pt gr tr il ae ng ke co js")

func set(words string) map[string]bool {
	m := map[string]bool{}
	for _, w := range strings.Fields(words) {
		m[w] = true
	}
	return m
}
