package text

import (
	"strings"
	"unicode/utf8"
)

// Head returns s if it has at most n bytes, else a beginning of s of at most n bytes. It ends behind a paragraph if one ends in
// the last quarter, else behind a line, a sentence or a word there, else between two characters. s must be valid UTF-8.
func Head(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for !utf8.RuneStart(s[n]) {
		n--
	}
	from := n - n/4
	last := s[from:n]
	for _, end := range [...]string{"\n\n", "\n", ". ", " "} {
		if i := strings.LastIndex(last, end); i >= 0 {
			return s[:from+i+1]
		}
	}
	return s[:n]
}
