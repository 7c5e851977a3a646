package page

import "strings"

// attr is an attribute: offsets of its name and raw value. An empty name means
// the start tag is over.
type attr struct {
	nameStart, nameEnd, valStart, valEnd int
}

const (
	spaceChar = 1 << iota
	nameStop  // ends an attribute name
	valueStop // ends an unquoted value
	tagStop   // ends a tag name
)

var charClass = func() (t [256]uint8) {
	for _, c := range " \t\n\f\r" {
		t[c] |= spaceChar | nameStop | valueStop | tagStop
	}
	t['>'] |= nameStop | valueStop | tagStop
	t['/'] |= nameStop | tagStop
	t['='] |= nameStop
	return t
}()

func isSpace(c byte) bool { return charClass[c]&spaceChar != 0 }

func tagNameEnd(s string, i int) int {
	for i < len(s) && charClass[s[i]]&tagStop == 0 {
		i++
	}
	return i
}

// nextAttr reads the attribute at or after s[i]. The returned place is just
// after it, or after the '>' that closes the tag, or len(s).
func nextAttr(s string, i int) (attr, int) {
	for i < len(s) && (isSpace(s[i]) || s[i] == '/') {
		i++
	}
	if i >= len(s) {
		return attr{}, len(s)
	}
	if s[i] == '>' {
		return attr{}, i + 1
	}
	a := attr{nameStart: i}
	i++ // a leading '=' belongs to the name
	for i < len(s) && charClass[s[i]]&nameStop == 0 {
		i++
	}
	a.nameEnd, a.valStart, a.valEnd = i, i, i
	for i < len(s) && isSpace(s[i]) {
		i++
	}
	if i >= len(s) || s[i] != '=' {
		return a, i
	}
	for i++; i < len(s) && isSpace(s[i]); i++ {
	}
	if i >= len(s) {
		return a, i
	}
	switch q := s[i]; q {
	case '"', '\'':
		i++
		a.valStart = i
		k := strings.IndexByte(s[i:], q)
		if k < 0 {
			a.valEnd = len(s)
			return a, len(s)
		}
		a.valEnd = i + k
		return a, a.valEnd + 1
	}
	a.valStart = i
	for i < len(s) && charClass[s[i]]&valueStop == 0 {
		i++
	}
	a.valEnd = i
	return a, i
}
