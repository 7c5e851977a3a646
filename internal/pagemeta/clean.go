package pagemeta

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"example.invalid/nutgraf/internal/page"
	"golang.org/x/text/unicode/norm"
)

// Limits of values, in characters. Longer ones are cut at a word and marked by an ellipsis.
const (
	maxTitle      = 500
	maxStandfirst = 2000
	maxLabel      = 200 // names, sections, tags, places
	maxRights     = 500
	maxURL        = 2048 // bytes; longer addresses are dropped
)

// clean gives text without markup its final form: NFC, single spaces, no control or directional characters, at most limit characters.
// Entities that are still there were escaped twice.
func clean(s string, limit int) string {
	s = unescape(s)
	if strings.IndexByte(s, '<') >= 0 {
		s = stripTags(s)
	}
	return tidy(s, limit)
}

// tidy is clean for text that cannot hold markup: what looks like a tag is meant so.
func tidy(s string, limit int) string {
	plain := true
	for i := 0; i < len(s); i++ {
		if c := s[i]; c < ' ' || c >= utf8.RuneSelf || c == ' ' && (i == 0 || i == len(s)-1 || s[i-1] == ' ') {
			plain = false
			break
		}
	}
	if plain && len(s) <= limit {
		return s
	}
	var b strings.Builder
	b.Grow(min(len(s), 4*limit))
	n, space := 0, false
	lastSpace := 0
	for _, r := range norm.NFC.String(strings.ToValidUTF8(clip(s, 8*limit), "\ufffd")) {
		if unicode.IsSpace(r) {
			space = b.Len() > 0
			continue
		}
		if unicode.IsControl(r) || r == '\u200b' || r == '\ufeff' || r == '\u00ad' || r >= '\u202a' && r <= '\u202e' || r >= '\u2066' && r <= '\u2069' || r == '\u200e' || r == '\u200f' {
			continue
		}
		if space {
			lastSpace = b.Len()
			b.WriteByte(' ')
			space = false
			n++
		}
		if n >= limit-1 {
			out := b.String()
			if lastSpace > len(out)/2 {
				out = out[:lastSpace]
			}
			return strings.TrimRight(out, " ") + "…"
		}
		b.WriteRune(r)
		n++
	}
	return b.String()
}

func unescape(s string) string {
	if i := strings.IndexByte(s, '&'); i >= 0 && strings.IndexByte(s[i:], ';') >= 0 {
		return page.Unescape(s)
	}
	return s
}

// titleText gives a title its final form. A heading may speak of tags; in the head of a page they are leftovers if one is closed or breaks a
// line. A pilcrow at the end is a link to the heading itself.
func titleText(s string, from source) string {
	s = unescape(s)
	if (1<<from)&headSources != 0 && (strings.Contains(s, "</") || strings.Contains(s, "<br")) {
		s = stripTags(s)
	}
	return strings.TrimRight(tidy(s, maxTitle), "¶ ")
}

// clip cuts s at n bytes at most, at a character boundary.
func clip(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}

// stripTags drops what looks like markup in a value that should have none.
func stripTags(s string) string {
	var b strings.Builder
	for {
		i := strings.IndexByte(s, '<')
		if i < 0 || i+1 >= len(s) {
			break
		}
		c := s[i+1]
		if c != '/' && c != '!' && (c|0x20 < 'a' || c|0x20 > 'z') {
			b.WriteString(s[:i+1])
			s = s[i+1:]
			continue
		}
		n := strings.IndexByte(s[i:], '>')
		if n < 0 {
			break
		}
		b.WriteString(s[:i])
		b.WriteByte(' ')
		s = s[i+n+1:]
	}
	b.WriteString(s)
	return b.String()
}

// MatchKey is the form in which two printings of a title are the same: letters and digits only, case folded, compatibility forms merged.
func MatchKey(s string) string {
	var buf [256]byte
	return string(appendMatchKey(buf[:0], s))
}

func appendMatchKey(b []byte, s string) []byte {
	start := len(b)
	for _, r := range s {
		switch {
		case 'a' <= r && r <= 'z', '0' <= r && r <= '9':
			b = append(b, byte(r))
		case 'A' <= r && r <= 'Z':
			b = append(b, byte(r|0x20))
		case r < utf8.RuneSelf, 0x2010 <= r && r <= 0x2027: // punctuation in all its forms
		case r == 'ß':
			b = append(b, "ss"...)
		case 'À' <= r && r < 'ſ' && !strings.ContainsRune("ĲĳĿŀŉ", r): // letters of their own
			if unicode.IsLetter(r) {
				b = utf8.AppendRune(b, unicode.ToLower(r))
			}
		default:
			return appendFoldedKey(b[:start], s)
		}
	}
	return b
}

// appendFoldedKey is appendMatchKey for texts whose characters have other forms.
func appendFoldedKey(b []byte, s string) []byte {
	for _, r := range norm.NFKC.String(s) {
		if r == 'ß' {
			b = append(b, "ss"...)
		} else if unicode.IsLetter(r) || unicode.IsDigit(r) {
			b = utf8.AppendRune(b, unicode.ToLower(r))
		}
	}
	return b
}
