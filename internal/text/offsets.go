package text

import (
	"math/bits"
	"unicode/utf8"
)

// Unit is a unit in which offsets into a text are counted.
type Unit uint8

// Units that clients count in.
const (
	UTF8Byte      Unit = iota // Go, Rust, C++
	UTF16CodeUnit             // JavaScript, Java, C#
	CodePoint                 // Python, R
)

const stride = 64

// Offsets converts byte offsets of one text into another unit. Its zero value, and that of an ASCII text, is the identity.
type Offsets struct {
	text string
	unit Unit
	// marks[i] is the offset in unit of the first code point that starts at or after byte i*stride.
	marks []int64
}

// NewOffsets returns the conversion from bytes of s, which must be valid UTF-8, to unit. It takes one pass over s.
func NewOffsets(s string, unit Unit) Offsets {
	if unit == UTF8Byte || isASCII(s) {
		return Offsets{}
	}
	o := Offsets{text: s, unit: unit, marks: make([]int64, 0, len(s)/stride+1)}
	var n int64
	for i := 0; i < len(s); i++ {
		if i%stride == 0 {
			o.marks = append(o.marks, n)
		}
		n += width(s[i], unit)
	}
	return o
}

// At converts the byte offset i, which must not be inside a code point, in constant time.
func (o Offsets) At(i int64) int64 {
	if o.marks == nil || i <= 0 {
		return i
	}
	i = min(i, int64(len(o.text)))
	k := min(i/stride, int64(len(o.marks)-1))
	n := o.marks[k]
	for _, b := range []byte(o.text[k*stride : i]) {
		n += width(b, o.unit)
	}
	return n
}

// width counts a code point at its first byte: two UTF-16 units for a four-byte sequence, else one unit.
func width(b byte, unit Unit) int64 {
	switch {
	case b&0xC0 == 0x80:
		return 0
	case unit == UTF16CodeUnit && bits.LeadingZeros8(^b) == 4:
		return 2
	}
	return 1
}

func isASCII(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}
