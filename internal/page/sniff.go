package page

import (
	"bytes"
	"unicode"
	"unicode/utf8"
)

var magics = []struct{ prefix, format string }{
	{"%PDF-", "pdf"},
	{"\x89PNG\r\n\x1a\n", "png"},
	{"\xff\xd8\xff", "jpeg"},
	{"GIF87a", "gif"},
	{"GIF89a", "gif"},
	{"\x1f\x8b", "gzip"},
	{"\x28\xb5\x2f\xfd", "zstd"},
	{"BZh", "bzip2"},
	{"\xfd7zXZ\x00", "xz"},
	{"PK\x03\x04", "zip"},
	{"Rar!\x1a", "rar"},
	{"7z\xbc\xaf\x27\x1c", "7z"},
	{"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an office document"},
	{"{\\rtf", "rtf"},
	{"%!PS", "postscript"},
	{"OggS", "ogg"},
	{"ID3", "mp3"},
	{"fLaC", "flac"},
	{"\x1aE\xdf\xa3", "matroska"},
	{"\x00asm", "wasm"},
	{"\x7fELF", "elf"},
	{"wOFF", "a font"},
	{"wOF2", "a font"},
	{"II*\x00", "tiff"},
	{"MM\x00*", "tiff"},
}

// sniff names the format of content that begins like something other than text.
func sniff(b []byte) string {
	for _, m := range magics {
		if len(b) >= len(m.prefix) && string(b[:len(m.prefix)]) == m.prefix {
			return m.format
		}
	}
	switch {
	case len(b) >= 12 && string(b[:4]) == "RIFF" && string(b[8:12]) == "WEBP":
		return "webp"
	case len(b) >= 12 && string(b[:4]) == "RIFF":
		return "riff"
	case len(b) >= 12 && string(b[4:8]) == "ftyp":
		return "mp4"
	case bytes.Contains(b[:min(len(b), 1024)], []byte("%PDF-")) && !bytes.Contains(b[:min(len(b), 1024)], []byte("<")):
		return "pdf"
	}
	return ""
}

// binary reports whether decoded content is no text: more than one in twenty of its
// first characters are controls, or more than three in ten could not be decoded.
// U+0000 counts for nothing, as pages hold runs of it.
func binary(s string, kind Kind) bool {
	const sample = 16 << 10
	n, controls, broken := 0, 0, 0
	for _, r := range s {
		if r == 0 {
			continue
		}
		if n++; n > sample {
			break
		}
		if r >= ' ' && r < 0x7f {
			continue
		}
		switch {
		case r == utf8.RuneError:
			broken++
		case r > unicode.MaxLatin1, '\t' <= r && r <= '\r', r == '\x1b', r >= 0xa0:
		default:
			controls++
		}
	}
	// A page of HTML may hold a stretch of broken text beside its article.
	return controls*20 > n-broken && controls > 4 || kind == Text && broken*10 > n*3 && broken > 8
}
