package pagemeta

import (
	"strings"
	"unicode/utf8"

	"example.invalid/nutgraf/internal/page"
)

// statement is a date that a script or an attribute gives under a key that names publication, such as "publishedAt":"2025-08-18".
type statement struct {
	date dateMatch
	raw  string    // the value, escapes decoded
	span page.Span // of the value
}

const (
	maxKeys       = 2000 // keys that name publication are looked at
	maxStatements = 200
	maxKey        = 40 // bytes of a key on either side of what tells it
	maxStated     = 48 // bytes of a value
)

// statements finds the dates of publication that src gives in whatever notation: state of a program, data layers, attributes. Scripts of
// JSON-LD are left out by skip, in order, since they are read as such.
func statements(src string, skip []page.Span, o dayOrder) []statement {
	var out []statement
	keys := 0
	for i := 1; i < len(src) && keys < maxKeys && len(out) < maxStatements; {
		// All such keys have "pub"; b is the rarest of its letters.
		k := strings.IndexByte(src[i:], 'b')
		if k < 0 {
			break
		}
		at := i + k
		i = at + 1
		if at < 2 || src[at-1] != 'u' || src[at-2]|0x20 != 'p' {
			continue
		}
		for len(skip) > 0 && int(skip[0].End) <= at {
			skip = skip[1:]
		}
		if len(skip) > 0 && int(skip[0].Start) <= at {
			i = int(skip[0].End)
			continue
		}
		keys++
		from, to := at-2, at+1
		for from > 0 && at-from < maxKey && keyByte(src[from-1]) {
			from--
		}
		for to < len(src) && to-at < maxKey && keyByte(src[to]) {
			to++
		}
		i = to
		timed, ok := publicationKey(src[from:to])
		if !ok {
			continue
		}
		a, b, ok := valueAfter(src, to)
		if !ok {
			continue
		}
		raw := unescapeStated(src[a:b])
		if !timed && strings.Trim(raw, "0123456789") == "" {
			continue // an id
		}
		if m, ok := parseDate(raw, o); ok && m.Precision >= day && m.start == 0 && m.Year >= 1970 {
			out = append(out, statement{m, raw, page.Span{Start: int32(a), End: int32(b)}})
			i = b
		}
	}
	return out
}

func keyByte(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_' || c == '-' || c == '.'
}

var keyMarks = strings.NewReplacer("_", "", "-", "", ".", "")

// publicationKey reports whether a key names publication, and not that of a change, an end or a house; timed, whether a bare number under it
// can be a time.
func publicationKey(key string) (timed, ok bool) {
	k := strings.ToLower(keyMarks.Replace(key))
	switch {
	case strings.Contains(k, "pubdate") || strings.Contains(k, "pubtime"):
	case strings.Contains(k, "publish") || strings.Contains(k, "publication"):
		for _, x := range [...]string{"publisher", "unpubli", "republi", "last", "latest", "modif", "updat", "expir", "until", "end", "embargo", "schedul", "next", "depubli"} {
			if strings.Contains(k, x) {
				return false, false
			}
		}
	default:
		return false, false
	}
	return strings.Contains(k, "date") || strings.Contains(k, "time") || strings.Contains(k, "published") || strings.HasSuffix(k, "at") || strings.HasSuffix(k, "on"), true
}

// valueAfter finds the value of the key that ends at i: src[from:to].
func valueAfter(src string, i int) (from, to int, ok bool) {
	closed := false
	skip := func() {
		for n := 0; n < 8 && i < len(src); n++ {
			switch {
			case src[i] == '\\' || src[i] == ' ' || src[i] == ']' || src[i] == '\n' || src[i] == '\t' || src[i] == '\r':
				i++
			case src[i] == '"' || src[i] == '\'':
				closed = true
				i++
			case strings.HasPrefix(src[i:], "&quot;"):
				closed = true
				i += len("&quot;")
			case strings.HasPrefix(src[i:], "&#34;"):
				closed = true
				i += len("&#34;")
			default:
				return
			}
		}
	}
	skip()
	if i >= len(src) || src[i] != ':' && src[i] != '=' && (src[i] != ',' || !closed) {
		return 0, 0, false
	}
	i++
	skip()
	if strings.HasPrefix(src[i:], "new Date(") {
		i += len("new Date(")
		skip()
	}
	from = i
	for i < len(src) && i-from < maxStated && strings.IndexByte("\"'&<>{}[]();\n", src[i]) < 0 {
		if src[i] == '\\' && !strings.HasPrefix(src[i:], `\/`) && !strings.HasPrefix(src[i:], `\u002`) {
			break
		}
		// Outside quotes a comma ends the value, as in a:1662012345,b:2.
		if src[i] == ',' && i-from >= 10 && strings.Trim(src[from:i], "0123456789") == "" {
			break
		}
		i++
	}
	for i > from && i < len(src) && !utf8.RuneStart(src[i]) {
		i--
	}
	return from, i, i-from >= 8
}

var statedEscapes = strings.NewReplacer(`\/`, "/", `\u002b`, "+", `\u002B`, "+", `\u002d`, "-", `\u002D`, "-", `\u002f`, "/", `\u002F`, "/")

func unescapeStated(s string) string {
	if strings.IndexByte(s, '\\') < 0 {
		return strings.TrimSpace(s)
	}
	return strings.TrimSpace(statedEscapes.Replace(s))
}

// addStatements reads what scripts and attributes state. Where they state several days, those of related stories are among them: the one that
// stands next to the page's own title or address is its own, and the others are none of its.
func (d *dateCollector) addStatements(title string) {
	var skip []page.Span
	for i := range d.p.Scripts {
		if d.p.Scripts[i].Type == "application/ld+json" {
			skip = append(skip, d.p.Scripts[i].Body)
		}
	}
	list := statements(d.p.Source, skip, d.order)
	if len(list) == 0 {
		return
	}
	own, one := "", true
	for _, s := range list {
		one = one && s.date.dayString() == list[0].date.dayString()
	}
	if one {
		own = list[0].date.dayString()
	} else if at := d.nearest(list, title); at >= 0 {
		own = list[at].date.dayString()
	}
	for _, s := range list {
		if s.date.dayString() == own {
			d.add(s.date, origin{source: srcStated, meta: -1, span: s.span, raw: s.raw, stated: true})
		}
	}
}

// nearest is the index of the statement that stands next to a printing of the page's title or of the last part of its address, or -1. The end of
// an object between them counts as far.
func (d *dateCollector) nearest(list []statement, title string) int {
	const near, most, object = 3000, 64, 500
	best, at := near, -1
	try := func(k, from, to int) {
		if to-from < best {
			if x := to - from + object*strings.Count(d.p.Source[from:to], "}"); x < best {
				best, at = x, k
			}
		}
	}
	for _, name := range [...]string{plainRun(title), d.slug()} {
		if len(name) < 8 {
			continue
		}
		k := 0 // the first statement behind the printing
		for i, n := 0, 0; n < most; n++ {
			j := strings.Index(d.p.Source[i:], name)
			if j < 0 {
				break
			}
			start, end := i+j, i+j+len(name)
			for k < len(list) && int(list[k].span.Start) < end {
				k++
			}
			if k > 0 && int(list[k-1].span.End) <= start {
				try(k-1, int(list[k-1].span.End), start)
			}
			if k < len(list) {
				try(k, end, int(list[k].span.Start))
			}
			i = end
		}
	}
	return at
}

// slug is the last part of the page's address.
func (d *dateCollector) slug() string {
	if d.url == nil {
		return ""
	}
	s := strings.TrimRight(d.url.EscapedPath(), "/")
	return s[strings.LastIndexByte(s, '/')+1:]
}

// plainRun is the longest part of s that looks the same in every notation.
func plainRun(s string) string {
	best := ""
	for x := range strings.FieldsFuncSeq(s, func(r rune) bool { return r >= utf8.RuneSelf || strings.ContainsRune("\"'&<>/\\", r) }) {
		if x = strings.TrimSpace(x); len(x) > len(best) {
			best = x
		}
	}
	return best
}
