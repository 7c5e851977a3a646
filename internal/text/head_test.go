package text

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestHead(t *testing.T) {
	for _, test := range []struct {
		s    string
		n    int
		want string
	}{
		{"", 4, ""},
		{"four", 4, "four"},
		{"One.\n\nTwo. Two.\nThree is cut", 20, "One.\n\nTwo. Two.\n"}, // the paragraph ends too early
		{"A paragraph.\n\nB. b\nc", 16, "A paragraph.\n"},              // a paragraph before a sentence
		{"Some words here. Two three", 20, "Some words here."},         // a sentence
		{"One two three four", 9, "One two "},                          // a word
		{"Onetwothreefour", 10, "Onetwothre"},                          // a character
		{"ééééé", 5, "éé"},                                             // not half of one
		{"日本語日本語", 8, "日本"},                                            // nor a third
		{strings.Repeat("x", 50) + " " + strings.Repeat("y", 50), 80, strings.Repeat("x", 50) + " " + strings.Repeat("y", 29)}, // too early
	} {
		if got := Head(test.s, test.n); got != test.want {
			t.Errorf("Head(%q, %d) = %q, want %q", test.s, test.n, got, test.want)
		}
	}
}

func FuzzHead(f *testing.F) {
	f.Add("One. Two\n\nthree é 日本語", 12)
	f.Fuzz(func(t *testing.T, s string, n int) {
		s = strings.ToValidUTF8(s, "\uFFFD")
		n = max(n, utf8.UTFMax)
		h := Head(s, n)
		if !strings.HasPrefix(s, h) || len(h) > n || !utf8.ValidString(h) || len(s) <= n && h != s || len(s) > n && len(h) < n-n/4-utf8.UTFMax {
			t.Errorf("Head(%q, %d) = %q", s, n, h)
		}
	})
}
