// Package jsonld reads the JSON-LD of web pages as it is really printed: wrapped in comments or CDATA, with raw line breaks and
// unescaped quotation marks in strings, trailing or missing commas, HTML entities, and cut off in the middle. What is valid JSON is
// read exactly; what is not is read as far as it makes sense. Parsing takes one pass, no recursion, and never fails.
package jsonld

import (
	"html"
	"iter"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

const (
	maxDepth = 64
	maxNodes = 1 << 16
	maxBytes = 8 << 20
)

// Kind is the type of a JSON value.
type Kind uint8

// Kinds of values. Absent is the kind of the zero Value.
const (
	Absent Kind = iota
	Object
	Array
	String
	Literal // a number, true, false, null or an unquoted word
)

type node struct {
	keyStart, keyEnd int32
	start, end       int32 // of the value in the source, strings without their quotes
	parent           int32
	first, next      int32 // 0 means none: node 0 is the root and nobody's child
	last             int32 // while parsing: the newest child
	kind             Kind
	escaped          bool
}

// Document is a parsed script element. Its root is an array of all top-level values.
type Document struct {
	src   string
	nodes []node
}

// Value is one value of a document. The zero Value is absent; all methods work on it.
type Value struct {
	d *Document
	n int32
}

// Parse reads src, of which it keeps a reference. Depth beyond 64, more than 65536 values and bytes beyond 8 MiB are left out.
func Parse(src string) *Document {
	if len(src) > maxBytes {
		src = src[:maxBytes]
	}
	d := &Document{src: src, nodes: make([]node, 1, 16+len(src)/64)}
	d.nodes[0] = node{kind: Array, end: int32(len(src))}
	p := parser{d: d, src: src}
	p.run()
	return d
}

type parser struct {
	d        *Document
	src      string
	cur      int32 // open container
	depth    int
	skipped  int // containers open beyond maxDepth
	keyStart int32
	keyEnd   int32
	hasKey   bool
}

func (p *parser) run() {
	src := p.src
	for i := 0; i < len(src) && len(p.d.nodes) < maxNodes; {
		switch c := src[i]; c {
		case ' ', '\t', '\n', '\r', ':', ';':
			i++
		case ',':
			p.hasKey = false
			i++
		case '{':
			p.open(Object, i)
			i++
		case '[':
			p.open(Array, i)
			i++
		case '}':
			i++
			p.close(Object, i)
		case ']':
			i++
			p.close(Array, i)
		case '"':
			i = p.str(i)
		default:
			if n := decoration(src[i:]); n > 0 {
				i += n
				continue
			}
			i = p.word(i)
		}
	}
	for p.cur != 0 {
		p.d.nodes[p.cur].end = int32(len(src))
		p.cur = p.d.nodes[p.cur].parent
	}
}

// decoration is the length of a comment or wrapper at the start of s: text that is no part of the JSON.
func decoration(s string) int {
	for _, w := range [...]string{"<!--", "-->", "//<![CDATA[", "/*<![CDATA[*/", "<![CDATA[", "//]]>", "/*]]>*/", "]]>", "\ufeff"} {
		if strings.HasPrefix(s, w) {
			return len(w)
		}
	}
	switch {
	case strings.HasPrefix(s, "//"):
		if n := strings.IndexByte(s, '\n'); n >= 0 {
			return n
		}
		return len(s)
	case strings.HasPrefix(s, "/*"):
		if n := strings.Index(s, "*/"); n >= 0 {
			return n + 2
		}
		return len(s)
	}
	return 0
}

func (p *parser) inObject() bool { return p.d.nodes[p.cur].kind == Object }

func (p *parser) add(n node) int32 {
	d := p.d
	if p.skipped > 0 {
		return 0
	}
	if p.inObject() {
		if !p.hasKey {
			return 0
		}
		n.keyStart, n.keyEnd = p.keyStart, p.keyEnd
	}
	p.hasKey = false
	n.parent = p.cur
	i := int32(len(d.nodes))
	d.nodes = append(d.nodes, n)
	up := &d.nodes[p.cur]
	if up.last == 0 {
		up.first = i
	} else {
		d.nodes[up.last].next = i
	}
	up.last = i
	return i
}

func (p *parser) open(k Kind, i int) {
	if p.skipped > 0 || p.depth >= maxDepth {
		p.skipped++
		return
	}
	// An object in an object without a key is kept under an empty one, so that its closing brace has something to close.
	if p.inObject() && !p.hasKey {
		p.keyStart, p.keyEnd, p.hasKey = int32(i), int32(i), true
	}
	p.cur = p.add(node{kind: k, start: int32(i)})
	p.depth++
}

func (p *parser) close(k Kind, i int) {
	if p.skipped > 0 {
		p.skipped--
		return
	}
	// A wrong bracket closes the nearest container of its kind, if there is one.
	n, up := p.cur, 0
	for n != 0 && p.d.nodes[n].kind != k {
		n = p.d.nodes[n].parent
		up++
	}
	if n == 0 {
		return
	}
	for ; up >= 0; up-- {
		p.d.nodes[p.cur].end = int32(i)
		p.cur = p.d.nodes[p.cur].parent
		p.depth--
	}
	p.hasKey = false
}

func (p *parser) str(i int) int {
	isKey := p.skipped == 0 && p.inObject() && !p.hasKey
	start, escaped := i+1, false
	end := start
	for {
		n := strings.IndexAny(p.src[end:], `"\`)
		if n < 0 {
			end = len(p.src)
			break
		}
		end += n
		if p.src[end] == '\\' {
			escaped = true
			end = min(end+2, len(p.src))
			continue
		}
		if p.endsString(end, isKey) {
			break
		}
		end++
	}
	switch {
	case isKey:
		p.keyStart, p.keyEnd, p.hasKey = int32(start), int32(end), true
	default:
		p.add(node{kind: String, start: int32(start), end: int32(end), escaped: escaped})
	}
	return min(end+1, len(p.src))
}

// endsString reports whether the quotation mark at i closes its string: it does where what follows could follow a string in JSON.
// In valid JSON every unescaped mark does, so only broken input is treated differently.
func (p *parser) endsString(i int, isKey bool) bool {
	j, newline := skipSpace(p.src, i+1)
	if j == len(p.src) {
		return true
	}
	switch c := p.src[j]; c {
	case ':':
		return isKey || p.skipped > 0 || !p.inObject()
	case '}', ']':
		return true
	case ',':
		j, _ = skipSpace(p.src, j+1)
		if j == len(p.src) || p.skipped > 0 || !p.inObject() {
			return true
		}
		switch p.src[j] {
		case '"':
			return keyAt(p.src, j+1)
		case '}', ']', '/', '\'':
			return true
		}
		return false
	case '"':
		return newline // a missing comma
	}
	return false
}

// keyAt reports whether the string that begins at i can be a key: a colon follows it. Keys are short; a long one is believed.
func keyAt(s string, i int) bool {
	const longest = 96
	for j := i; ; j++ {
		if j == len(s) || j-i > longest {
			return true
		}
		switch s[j] {
		case '\\':
			return true
		case '"':
			k := j + 1
			for k < len(s) && k-j < longest && isSpace(s[k]) {
				k++
			}
			return k == len(s) || k-j == longest || s[k] == ':'
		}
	}
}

func (p *parser) word(i int) int {
	n := strings.IndexAny(p.src[i:], ",:{}[]\"\n\r\t ")
	end := i + n
	if n < 0 {
		end = len(p.src)
	}
	if end == i {
		return i + 1
	}
	if p.skipped == 0 && p.inObject() && !p.hasKey {
		p.keyStart, p.keyEnd, p.hasKey = int32(i), int32(end), true
	} else {
		p.add(node{kind: Literal, start: int32(i), end: int32(end)})
	}
	return end
}

func isSpace(c byte) bool { return c == ' ' || c == '\n' || c == '\r' || c == '\t' }

func skipSpace(s string, i int) (at int, newline bool) {
	for i < len(s) && isSpace(s[i]) {
		newline = newline || s[i] == '\n'
		i++
	}
	return i, newline
}

// Root is the array of the document's top-level values.
func (d *Document) Root() Value { return Value{d, 0} }

// Objects yields every object of the document in the order of their opening braces.
func (d *Document) Objects() iter.Seq[Value] {
	return func(yield func(Value) bool) {
		for i := range d.nodes {
			if d.nodes[i].kind == Object && !yield(Value{d, int32(i)}) {
				return
			}
		}
	}
}

func (d *Document) text(start, end int32) string {
	if d == nil {
		return ""
	}
	return d.src[start:end]
}

func (v Value) node() *node {
	if v.d == nil {
		return &node{}
	}
	return &v.d.nodes[v.n]
}

// Kind is the type of v.
func (v Value) Kind() Kind { return v.node().kind }

// Get is the first member of an object whose key is name, with or without a prefix such as "schema:" or "http://schema.org/".
// Arrays of one are seen through.
func (v Value) Get(name string) Value {
	n := v.node()
	for n.kind == Array && n.first != 0 && v.d.nodes[n.first].next == 0 {
		n = &v.d.nodes[n.first]
	}
	if n.kind != Object {
		return Value{}
	}
	for i := n.first; i != 0; i = v.d.nodes[i].next {
		if isNamed(v.d.src[v.d.nodes[i].keyStart:v.d.nodes[i].keyEnd], name) {
			return Value{v.d, i}
		}
	}
	return Value{}
}

func isNamed(key, name string) bool {
	if len(key) <= len(name) {
		return key == name
	}
	p := key[:len(key)-len(name)]
	return strings.HasSuffix(key, name) && (p == "schema:" || strings.HasSuffix(p, "schema.org/"))
}

// All yields the elements of an array, or v itself if it is anything else: JSON-LD makes no difference between one and a list of one.
func (v Value) All() iter.Seq[Value] {
	return func(yield func(Value) bool) {
		n := v.node()
		switch n.kind {
		case Absent:
		case Array:
			for i := n.first; i != 0; i = v.d.nodes[i].next {
				if !yield(Value{v.d, i}) {
					return
				}
			}
		default:
			yield(v)
		}
	}
}

// Members yields keys and values of an object.
func (v Value) Members() iter.Seq2[string, Value] {
	return func(yield func(string, Value) bool) {
		if v.Kind() != Object {
			return
		}
		for i := v.node().first; i != 0; i = v.d.nodes[i].next {
			n := &v.d.nodes[i]
			if !yield(unescape(v.d.src[n.keyStart:n.keyEnd]), Value{v.d, i}) {
				return
			}
		}
	}
}

// Key is the name v has in its object, "" for an element of an array.
func (v Value) Key() string {
	n := v.node()
	return unescape(v.d.text(n.keyStart, n.keyEnd))
}

// Parent is the container that v stands in; that of a top-level value is the root.
func (v Value) Parent() Value {
	if v.d == nil || v.n == 0 {
		return Value{}
	}
	return Value{v.d, v.node().parent}
}

// Raw is a string or literal as printed, escapes and all.
func (v Value) Raw() string {
	switch n := v.node(); n.kind {
	case String, Literal:
		return v.d.src[n.start:n.end]
	}
	return ""
}

// String is a string with its JSON escapes and HTML entities decoded, or a literal as printed; "" for null and for containers.
func (v Value) String() string {
	s, n := v.Raw(), v.node()
	if n.kind == Literal && s == "null" {
		return ""
	}
	if n.escaped {
		s = unescape(s)
	}
	if strings.IndexByte(s, '&') >= 0 {
		s = html.UnescapeString(s)
	}
	return s
}

// Span is where the value stands in the source: strings without their quotation marks, containers with their brackets.
func (v Value) Span() (start, end int) {
	n := v.node()
	return int(n.start), int(n.end)
}

// Path is the way from the root to v in the form of a JSON Pointer, such as "/0/@graph/2/author/name".
func (v Value) Path() string {
	var up [maxDepth + 1]int32
	k := 0
	for n := v.n; v.d != nil && n != 0 && k < len(up); n = v.d.nodes[n].parent {
		up[k] = n
		k++
	}
	var b []byte
	for k--; k >= 0; k-- {
		n := &v.d.nodes[up[k]]
		b = append(b, '/')
		if v.d.nodes[n.parent].kind == Object {
			b = append(b, pointerEscaper.Replace(unescape(v.d.src[n.keyStart:n.keyEnd]))...)
			continue
		}
		at := 0
		for i := v.d.nodes[n.parent].first; i != up[k]; i = v.d.nodes[i].next {
			at++
		}
		b = strconv.AppendInt(b, int64(at), 10)
	}
	return string(b)
}

var pointerEscaper = strings.NewReplacer("~", "~0", "/", "~1")

// unescape decodes JSON escapes; what is no escape stays as it is, and the result is valid UTF-8 if s is.
func unescape(s string) string {
	i := strings.IndexByte(s, '\\')
	if i < 0 {
		return s
	}
	b := make([]byte, 0, len(s))
	for {
		b = append(b, s[:i]...)
		s = s[i:]
		if len(s) < 2 {
			return string(append(b, s...))
		}
		n := 2
		switch s[1] {
		case 'n':
			b = append(b, '\n')
		case 't':
			b = append(b, '\t')
		case 'r':
			b = append(b, '\r')
		case 'b', 'f':
			b = append(b, ' ')
		case '"', '\\', '/', '\'':
			b = append(b, s[1])
		case 'u':
			r := hex4(s)
			if r < 0 {
				b = append(b, s[:2]...)
				break
			}
			n = 6
			if utf16.IsSurrogate(r) {
				r = utf16.DecodeRune(r, hex4(s[6:]))
				if r != utf8.RuneError {
					n = 12
				}
			}
			b = utf8.AppendRune(b, r)
		default:
			b = append(b, '\\')
			n = 1
		}
		s = s[n:]
		if i = strings.IndexByte(s, '\\'); i < 0 {
			return string(append(b, s...))
		}
	}
}

// hex4 is the code unit of a \uXXXX escape at the start of s, or -1.
func hex4(s string) rune {
	if len(s) < 6 || s[0] != '\\' || s[1] != 'u' {
		return -1
	}
	v, err := strconv.ParseUint(s[2:6], 16, 16)
	if err != nil {
		return -1
	}
	return rune(v)
}
