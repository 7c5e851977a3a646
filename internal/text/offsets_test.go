package text

import (
	"strings"
	"testing"
	"unicode/utf16"
	"unicode/utf8"
)

func FuzzOffsets(f *testing.F) {
	for _, s := range []string{"", "plain", "naïve café", "👩‍👩‍👧 said “yes”", "e\u0301\u0302 combining", "שלום عالم", strings.Repeat("é😀a", 100)} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		s = strings.ToValidUTF8(s, "\uFFFD")
		b, u, c := NewOffsets(s, UTF8Byte), NewOffsets(s, UTF16CodeUnit), NewOffsets(s, CodePoint)
		for i := 0; i <= len(s); i++ {
			if i < len(s) && !utf8.RuneStart(s[i]) {
				continue
			}
			head := []rune(s[:i])
			if got, want := b.At(int64(i)), int64(i); got != want {
				t.Fatalf("UTF8Byte.At(%d) = %d, want %d", i, got, want)
			}
			if got, want := u.At(int64(i)), int64(len(utf16.Encode(head))); got != want {
				t.Fatalf("UTF16CodeUnit.At(%d) of %q = %d, want %d", i, s, got, want)
			}
			if got, want := c.At(int64(i)), int64(len(head)); got != want {
				t.Fatalf("CodePoint.At(%d) of %q = %d, want %d", i, s, got, want)
			}
		}
	})
}
