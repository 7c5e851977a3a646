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
	switch {
	case enc == nil && valid:
		enc, name = unicode.UTF8, "utf-8"
	case enc == nil, singleByte && src.Charset == "":
		// Bytes that form multi-byte sequences are UTF-8, whatever a template says.
		if good, bad := utf8Evidence(b); good > 4*bad {
			enc, name = unicode.UTF8, "utf-8"
		}
	case name == "utf-8" && !valid && src.Charset == "":
		if good, bad := utf8Evidence(b); bad > 8 && good*20 < bad {
			p.CharsetGuessed, enc = true, nil
		}
	}
	if enc == nil {
		enc, name = lookup(guess(b))
	}
	p.Charset = name
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

// guess names a charset for bytes that are not UTF-8, from the language the page
// states and the shape of the bytes.
func guess(b []byte) string {
	if nul := bytes.Count(b[:min(len(b), 1024)], []byte{0}); nul > 200 {
		even := 0
		for i := 0; i < min(len(b), 1024); i += 2 {
			if b[i] == 0 {
				even++
			}
		}
		if even*2 > nul {
			return "utf-16be"
		}
		return "utf-16le"
	}
	head := strings.ToLower(string(b[:min(len(b), prescan)]))
	lang := ""
	if i := strings.Index(head, "lang="); i >= 0 {
		lang = strings.Trim(head[i+5:min(len(head), i+8)], `"' `)
	}
	switch {
	case strings.HasPrefix(lang, "ja"):
		if bytes.Count(b, []byte{0xa4})+bytes.Count(b, []byte{0xa5}) > len(b)/50 {
			return "euc-jp"
		}
		return "shift_jis"
	case strings.HasPrefix(lang, "zh"):
		return "gb18030"
	case strings.HasPrefix(lang, "ko"):
		return "euc-kr"
	case strings.HasPrefix(lang, "ru"), strings.HasPrefix(lang, "uk"), strings.HasPrefix(lang, "bg"):
		return "windows-1251"
	case strings.HasPrefix(lang, "el"):
		return "windows-1253"
	case strings.HasPrefix(lang, "tr"):
		return "windows-1254"
	case strings.HasPrefix(lang, "he"):
		return "windows-1255"
	case strings.HasPrefix(lang, "ar"), strings.HasPrefix(lang, "fa"):
		return "windows-1256"
	case strings.HasPrefix(lang, "pl"), strings.HasPrefix(lang, "cs"), strings.HasPrefix(lang, "hu"), strings.HasPrefix(lang, "ro"):
		return "windows-1250"
	case strings.HasPrefix(lang, "th"):
		return "windows-874"
	}
	return "windows-1252"
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
