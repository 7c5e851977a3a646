package page

import (
	"html"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
)

// maxEntity is longer than any named character reference.
const maxEntity = 33

var commonEntities = map[string]string{
	"amp": "&", "lt": "<", "gt": ">", "quot": `"`, "apos": "'", "nbsp": "\u00a0", "rsquo": "’", "lsquo": "‘", "rdquo": "”",
	"ldquo": "“", "ndash": "–", "mdash": "—", "hellip": "…", "laquo": "«", "raquo": "»", "middot": "·", "bull": "•",
	"eacute": "é", "egrave": "è", "agrave": "à", "ccedil": "ç", "auml": "ä", "ouml": "ö", "uuml": "ü", "szlig": "ß",
	"ntilde": "ñ", "aacute": "á", "iacute": "í", "oacute": "ó", "uacute": "ú", "copy": "©", "euro": "€", "shy": "\u00ad",
}

// entity decodes the character reference at the start of s, which begins with
// '&'. It returns its length, 0 if there is none.
func entity(s string) (string, int) {
	if len(s) < 2 {
		return "", 0
	}
	if s[1] == '#' {
		return numeric(s)
	}
	n := 1
	for n < len(s) && n < maxEntity && isAlnum(s[n]) {
		n++
	}
	if n == 1 {
		return "", 0
	}
	if n < len(s) && s[n] == ';' {
		if v, ok := commonEntities[s[1:n]]; ok {
			return v, n + 1
		}
		n++
	}
	// The standard library knows the rest and the rules for a missing semicolon.
	decoded := html.UnescapeString(s[:n])
	if decoded == s[:n] {
		return "", 0
	}
	// What it left undecoded is a suffix of the input.
	rest := 0
	for rest < len(decoded) && rest < n-2 && decoded[len(decoded)-1-rest] == s[n-1-rest] {
		rest++
	}
	return decoded[:len(decoded)-rest], n - rest
}

func numeric(s string) (string, int) {
	i, base := 2, rune(10)
	if i < len(s) && (s[i] == 'x' || s[i] == 'X') {
		i, base = 3, 16
	}
	start, r := i, rune(0)
	for ; i < len(s); i++ {
		d, ok := digit(s[i], base)
		if !ok {
			break
		}
		if r <= utf8.MaxRune {
			r = r*base + d
		}
	}
	if i == start {
		return "", 0
	}
	if i < len(s) && s[i] == ';' {
		i++
	}
	switch {
	case 0x80 <= r && r <= 0x9f:
		r = charmap.Windows1252.DecodeByte(byte(r))
	case r == 0 || r > utf8.MaxRune || !utf8.ValidRune(r):
		r = utf8.RuneError
	}
	if r < 0x80 {
		return ascii[r : r+1], i
	}
	return string(r), i
}

var ascii = func() string {
	var sb strings.Builder
	for i := byte(0); i < 0x80; i++ {
		sb.WriteByte(i)
	}
	return sb.String()
}()

func digit(c byte, base rune) (rune, bool) {
	switch {
	case '0' <= c && c <= '9':
		return rune(c - '0'), true
	case base == 16 && 'a' <= c|0x20 && c|0x20 <= 'f':
		return rune(c|0x20-'a') + 10, true
	}
	return 0, false
}

func isAlnum(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
}
