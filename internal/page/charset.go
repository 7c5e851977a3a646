package page

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/htmlindex"
	"golang.org/x/text/encoding/unicode"
)

// prescan is how far a meta element is looked for. Browsers stop at 1024 bytes;
// real pages put scripts before it.
const prescan = 16 << 10

// decode fills Source, Charset, CharsetGuessed and Replacements. The order of
// trust is caller, BOM, header, meta, then what the bytes look like.
func decode(p *Page, src Source) {
	b := src.HTML
	var enc encoding.Encoding
	name, label := "", src.Charset
	if label == "" {
		switch {
		case bytes.HasPrefix(b, []byte("\xef\xbb\xbf")):
			label = "utf-8"
		case bytes.HasPrefix(b, []byte("\xff\xfe")):
			label = "utf-16le"
		case bytes.HasPrefix(b, []byte("\xfe\xff")):
			label = "utf-16be"
		}
	}
	byMark := label != ""
	if label == "" {
		label = charsetParam(src.ContentType)
		enc, name = lookup(label)
	}
	if enc == nil && !byMark {
		label = metaCharset(b[:min(len(b), prescan)])
		if enc, name = lookup(label); strings.HasPrefix(name, "utf-16") {
			// A meta element readable as ASCII is not in UTF-16.
			enc, name = unicode.UTF8, "utf-8"
		}
	}
	if byMark {
		enc, name = lookup(label)
	}
	p.CharsetGuessed = enc == nil
	singleByte := strings.HasPrefix(name, "windows-125") || strings.HasPrefix(name, "iso-8859-")
	valid := utf8.Valid(b)
	if valid {
		b = singly(b)
	}
	wide := unmarkedUTF16(b)
	guessed, fits := "", false
	switch {
	case src.Charset != "" && enc != nil:
	case wide != "" && (enc == nil || name == "utf-8") && !byMark:
		p.CharsetGuessed = true
		enc, name = lookup(wide)
	case enc == nil && valid:
		enc, name = unicode.UTF8, "utf-8"
	case enc == nil, singleByte:
		// Bytes that form multi-byte sequences are UTF-8, whatever a template says.
		if good, bad := utf8Evidence(b); good > 4*bad {
			enc, name = unicode.UTF8, "utf-8"
		}
	case name == "utf-8" && !valid && !byMark:
		if good, bad := utf8Evidence(b); bad > 8 && good < bad {
			if guessed, fits = guess(b); fits {
				p.CharsetGuessed = true
				enc, name = lookup(guessed)
			}
		}
	}
	if enc == nil {
		guessed, _ = guess(b)
		enc, name = lookup(guessed)
	}
	p.read(b, enc, name, valid)
	if name == "utf-8" || byMark || src.Charset != "" || p.CharsetGuessed || p.Replacements <= 8 || p.Replacements*10 < nonASCII(p.Source) {
		return
	}
	// What the page says fails badly.
	if good, bad := utf8Evidence(b); good > 4*bad {
		guessed, fits = "utf-8", true
	} else {
		guessed, fits = guess(b)
	}
	if fits && guessed != name {
		p.CharsetGuessed = true
		enc, name = lookup(guessed)
		p.read(b, enc, name, valid)
	}
}

// read decodes b. Its charset is known.
func (p *Page) read(b []byte, enc encoding.Encoding, name string, valid bool) {
	p.Charset, p.Replacements = name, 0
	if name == "utf-8" {
		b = bytes.TrimPrefix(b, []byte("\xef\xbb\xbf"))
		if valid {
			p.Source = string(b)
			return
		}
		p.Source, p.Replacements = validUTF8(b)
		return
	}
	if strings.HasPrefix(name, "utf-16") && len(b) >= 2 && (b[0] == 0xff && b[1] == 0xfe || b[0] == 0xfe && b[1] == 0xff) {
		b = b[2:]
	}
	out, err := enc.NewDecoder().Bytes(b)
	if err != nil || !utf8.Valid(out) {
		p.Source, p.Replacements = validUTF8(b)
		p.Charset = "utf-8"
		return
	}
	p.Source = string(out)
	p.Replacements = strings.Count(p.Source, "\uFFFD")
}

func nonASCII(s string) int {
	n := 0
	for _, r := range s {
		if r >= utf8.RuneSelf {
			n++
		}
	}
	return n
}

func lookup(label string) (encoding.Encoding, string) {
	if label == "" {
		return nil, ""
	}
	enc, err := htmlindex.Get(label)
	if err != nil {
		return nil, ""
	}
	name, err := htmlindex.Name(enc)
	if err != nil || name == "replacement" || name == "x-user-defined" {
		return nil, ""
	}
	return enc, name
}

// singly takes back one of two encodings: UTF-8 read as Latin-1 and written as UTF-8 again, as fetchers do that believe a missing charset to be
// Latin-1. Such a page has control characters that no other page has, and all of it turns into UTF-8 when each character is taken for a byte.
func singly(b []byte) []byte {
	controls := false
	for i := 0; !controls; i++ {
		k := bytes.IndexByte(b[i:], 0xc2)
		if i += k; k < 0 || i+1 >= len(b) {
			return b
		}
		controls = b[i+1] < 0xa0
	}
	out := make([]byte, 0, len(b))
	for i := 0; i < len(b); i++ {
		switch c := b[i]; {
		case c < utf8.RuneSelf:
			out = append(out, c)
		case c == 0xc2 || c == 0xc3: // the two that lead what Latin-1 has
			i++
			out = append(out, c<<6|b[i]&0x3f)
		default:
			return b
		}
	}
	if !utf8.Valid(out) {
		return b
	}
	return out
}

// validUTF8 replaces each run of bytes that are not part of a valid sequence, and
// counts the bytes.
func validUTF8(b []byte) (string, int) {
	var sb strings.Builder
	sb.Grow(len(b) + len(b)/8)
	n := 0
	for len(b) > 0 {
		ok := 0
		for ok < len(b) {
			if b[ok] < utf8.RuneSelf {
				ok++
				continue
			}
			r, size := utf8.DecodeRune(b[ok:])
			if r == utf8.RuneError && size <= 1 {
				break
			}
			ok += size
		}
		sb.Write(b[:ok])
		if b = b[ok:]; len(b) > 0 {
			if ok > 0 || n == 0 {
				sb.WriteString("\uFFFD")
			}
			n++
			b = b[1:]
		}
	}
	return sb.String(), n
}

// utf8Evidence counts the multi-byte sequences that are and are not UTF-8.
func utf8Evidence(b []byte) (good, bad int) {
	for i := 0; i < len(b); {
		if b[i] < utf8.RuneSelf {
			i++
			continue
		}
		r, size := utf8.DecodeRune(b[i:])
		if r == utf8.RuneError && size <= 1 {
			bad++
			i++
			continue
		}
		good++
		i += size
	}
	return good, bad
}

// metaCharset finds the charset a meta element states near the head of the page.
func metaCharset(b []byte) string {
	s := string(b)
	for i := 0; i < len(s); {
		k := strings.IndexByte(s[i:], '<')
		if k < 0 {
			return ""
		}
		i += k + 1
		if strings.HasPrefix(s[i:], "!--") {
			if e := strings.Index(s[i:], "-->"); e >= 0 {
				i += e
				continue
			}
			return ""
		}
		if !equalFold(s[i:min(len(s), i+4)], "meta") {
			continue
		}
		at := i + 4
		content, equiv := "", false
		for n := 0; n < 32; n++ {
			var a attr
			a, at = nextAttr(s, at)
			if a.nameStart == a.nameEnd {
				break
			}
			value := s[a.valStart:a.valEnd]
			switch name := s[a.nameStart:a.nameEnd]; {
			case equalFold(name, "charset"):
				return strings.TrimSpace(value)
			case equalFold(name, "content"):
				content = charsetParam(value)
			case equalFold(name, "http-equiv"):
				equiv = equalFold(value, "content-type")
			}
		}
		if equiv && content != "" {
			return content
		}
		i = max(i, at)
	}
	return ""
}

func charsetParam(contentType string) string {
	const key = "charset="
	i := strings.Index(strings.ToLower(contentType), key)
	if i < 0 || i+len(key) > len(contentType) {
		return ""
	}
	v := strings.TrimLeft(contentType[i+len(key):], `"' `)
	if j := strings.IndexAny(v, `;"', `); j >= 0 {
		v = v[:j]
	}
	return v
}
