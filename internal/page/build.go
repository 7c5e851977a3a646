package page

import (
	"bytes"
	"context"
	"strings"
	"unicode/utf8"
)

// builder is the state of one pass over HTML.
type builder struct {
	p   *Page
	src string
	buf []byte // becomes Page.Text

	names names
	stack []int32 // open elements, indices of Nodes
	// open counts the elements of a tag on the stack, so that an end tag without
	// one costs nothing. unpushed counts start tags that were not pushed.
	open     [numTags]int32
	unpushed [numTags]int32
	skipping int32 // elements on the stack whose text is not shown
	link     bool
	bold     int32
	italic   int32
	entity   bool // the last segment is a decoded entity
	pre      int32

	plain    bool // plain text: no entities
	blanks   int
	inBlock  bool
	space    bool // white space is pending
	block    Block
	images   int
	gotTitle bool
	gotHTML  bool

	noscriptEnd int // end tag of the open noscript, if not before the current place
}

func (b *builder) run(ctx context.Context) error {
	src := b.src
	tags := strings.Count(src, "<")
	b.p.Nodes = make([]Node, 1, min(tags-strings.Count(src, "</")+16, MaxNodes))
	b.p.Blocks = make([]Block, 0, min(tags/6+16, maxBlocks))
	b.p.Segments = make([]Segment, 0, min(tags/3+16, maxBlocks))
	b.buf = make([]byte, 0, len(src)/8+64)
	b.stack = append(make([]int32, 0, maxDepth+8), 0)
	b.p.Nodes[0] = Node{Parent: -1, Tag: TagHTML}

	for i, tokens := 0, 0; i < len(src); tokens++ {
		if tokens&1023 == 0 {
			if err := ctx.Err(); err != nil {
				return err
			}
		}
		k := strings.IndexByte(src[i:], '<')
		if k < 0 {
			b.text(i, len(src))
			break
		}
		if k > 0 {
			b.text(i, i+k)
			i += k
		}
		i = b.markup(i)
	}
	b.flush()
	for len(b.stack) > 0 {
		b.pop(int32(len(src)))
	}
	b.p.Text = string(b.buf)
	for i := range b.p.Nodes {
		b.p.Nodes[i].BlockEnd = min(b.p.Nodes[i].BlockEnd, int32(len(b.p.Blocks)))
	}
	b.p.Names = b.names.list
	if b.p.Names == nil {
		b.p.Names = make([]Name, 1)
	}
	return nil
}

// markup handles what begins with the '<' at i and returns where to go on.
func (b *builder) markup(i int) int {
	src := b.src
	if i+1 >= len(src) {
		b.text(i, len(src))
		return len(src)
	}
	switch c := src[i+1]; {
	case 'a' <= c|0x20 && c|0x20 <= 'z':
		return b.startTag(i)
	case c == '/':
		return b.endTag(i)
	case c == '!' && strings.HasPrefix(src[i:], "<!--"):
		return commentEnd(src, i+4)
	case c == '!' || c == '?':
		if strings.HasPrefix(src[i:], "<![CDATA[") {
			if k := strings.Index(src[i:], "]]>"); k >= 0 {
				b.text(i+9, i+k)
				return i + k + 3
			}
		}
		if c == '!' && len(src) > i+9 && equalFold(src[i+2:i+9], "doctype") {
			return doctypeEnd(src, i)
		}
		k := strings.IndexByte(src[i:], '>')
		if k < 0 {
			return len(src)
		}
		return i + k + 1
	}
	b.text(i, i+1)
	return i + 1
}

func commentEnd(src string, i int) int {
	if strings.HasPrefix(src[i:], ">") {
		return i + 1
	}
	if strings.HasPrefix(src[i:], "->") {
		return i + 2
	}
	for {
		k := strings.Index(src[i:], "--")
		if k < 0 {
			return len(src)
		}
		i += k + 2
		for i < len(src) && src[i] == '-' {
			i++
		}
		switch {
		case i < len(src) && src[i] == '>':
			return i + 1
		case i+1 < len(src) && src[i] == '!' && src[i+1] == '>':
			return i + 2
		}
	}
}

// doctypeEnd skips a doctype with its internal subset, whose entities are never
// expanded.
func doctypeEnd(src string, i int) int {
	const limit = 64 << 10
	end := strings.IndexByte(src[i:], '>')
	if end < 0 {
		return len(src)
	}
	if open := strings.IndexByte(src[i:i+end], '['); open >= 0 {
		if k := strings.Index(src[i:min(len(src), i+limit)], "]>"); k >= 0 {
			return i + k + 2
		}
	}
	return i + end + 1
}

// found holds the attributes of interest of one start tag.
type found struct {
	class, id, name, property, itemprop, rel, equiv string
	href, typ, hreflang, lang                       string
	content, hrefSpan                               Span
	hasContent                                      bool
	attrs                                           Attrs
	hidden                                          bool
}

func (b *builder) startTag(i int) int {
	src := b.src
	nameEnd := tagNameEnd(src, i+1)
	tag := lookupTag(src[i+1 : nameEnd])
	var f found
	at := nameEnd
	if at < len(src) && src[at] == '>' {
		at++
	} else {
		at = b.attributes(tag, at, &f)
	}
	info := &tagInfos[tag]
	open := Span{int32(i), int32(at)}
	if info.class == block || tag == TagHr {
		b.flush()
	}
	switch info.class {
	case void:
		b.void(tag, open, &f)
		return at
	case formatting:
		if f.class == "" && f.itemprop == "" && f.rel == "" {
			b.unpushed[tag]++
			b.emphasis(tag, 1)
			return at
		}
	case raw:
		return b.raw(tag, open, &f)
	}
	switch tag {
	case TagHTML, TagBody:
		if tag == TagHTML {
			if !b.gotHTML {
				b.gotHTML = true
				b.p.Lang = f.lang
				b.p.Nodes[0].Open = open
				b.setNames(&b.p.Nodes[0], &f)
			}
			return at
		}
		if b.open[TagBody] > 0 {
			return at
		}
	case TagHead:
		return at
	case TagA, TagButton:
		b.closeWithin(tag, open.Start, true)
	case TagLi:
		b.closeUntil(TagLi, TagLi, TagUl, TagOl, TagMenu, open.Start)
	case TagDd, TagDt:
		b.closeUntil(TagDd, TagDt, TagDl, TagDl, TagDl, open.Start)
	case TagTr:
		b.closeUntil(TagTr, TagTr, TagTable, TagTable, TagTable, open.Start)
	case TagTd, TagTh:
		b.closeUntil(TagTd, TagTh, TagTable, TagTr, TagTable, open.Start)
	case TagTbody, TagThead, TagTfoot:
		b.closeUntil(TagTbody, TagThead, TagTable, TagTable, TagTable, open.Start)
	}
	if info.endsP && b.skipping > 0 {
		b.breakOut(open.Start)
	}
	if info.endsP && b.open[TagP] > 0 {
		b.closeWithin(TagP, open.Start, false)
	}
	if info.endsP && tag.Heading() > 0 {
		if top := b.p.Nodes[b.stack[len(b.stack)-1]].Tag; top.Heading() > 0 {
			b.pop(open.Start)
		}
	}
	b.push(tag, open, &f)
	return at
}

// attributes reads the attributes of a start tag from at.
func (b *builder) attributes(tag Tag, at int, f *found) int {
	src := b.src
	for n := 0; ; n++ {
		a, next := nextAttr(src, at)
		at = next
		if a.nameStart == a.nameEnd {
			return at
		}
		if n >= maxAttrs {
			continue
		}
		name := src[a.nameStart:a.nameEnd]
		// Dispatch on length and first letter keeps the common unknown attribute cheap.
		switch len(name) {
		case 2:
			if f.id == "" && equalFold(name, "id") {
				f.id = src[a.valStart:a.valEnd]
			}
		case 3:
			if f.rel == "" && equalFold(name, "rel") {
				f.rel = src[a.valStart:a.valEnd]
				f.attrs |= HasRel
			}
		case 4:
			switch name[0] | 0x20 {
			case 'h':
				if f.attrs&HasHref == 0 && equalFold(name, "href") {
					f.href, f.hrefSpan = src[a.valStart:a.valEnd], Span{int32(a.valStart), int32(a.valEnd)}
					f.attrs |= HasHref
				}
			case 'n':
				if f.name == "" && equalFold(name, "name") {
					f.name = src[a.valStart:a.valEnd]
				}
			case 't':
				if f.typ == "" && equalFold(name, "type") {
					f.typ = src[a.valStart:a.valEnd]
				}
			case 'l':
				if f.lang == "" && equalFold(name, "lang") {
					f.lang = src[a.valStart:a.valEnd]
				}
			case 'r':
				if equalFold(name, "role") {
					f.attrs |= HasRole
				}
			}
		case 5:
			switch {
			case f.class == "" && equalFold(name, "class"):
				f.class = src[a.valStart:a.valEnd]
			case equalFold(name, "style"):
				if v := src[a.valStart:a.valEnd]; len(v) < 512 && hidesText(v) {
					f.hidden = true
				}
			}
		case 6:
			if equalFold(name, "hidden") {
				f.hidden = true
			}
		case 7:
			if !f.hasContent && equalFold(name, "content") {
				f.content, f.hasContent = Span{int32(a.valStart), int32(a.valEnd)}, true
				f.attrs |= HasContent
			}
		case 8:
			switch {
			case f.property == "" && equalFold(name, "property"):
				f.property = src[a.valStart:a.valEnd]
			case f.itemprop == "" && equalFold(name, "itemprop"):
				f.itemprop = src[a.valStart:a.valEnd]
				f.attrs |= HasItemprop
			case equalFold(name, "itemtype"):
				f.attrs |= HasItemtype
			case equalFold(name, "datetime"):
				f.attrs |= HasDatetime
			case f.hreflang == "" && equalFold(name, "hreflang"):
				f.hreflang = src[a.valStart:a.valEnd]
			}
		case 10:
			if f.equiv == "" && equalFold(name, "http-equiv") {
				f.equiv = src[a.valStart:a.valEnd]
			}
		case 11:
			if equalFold(name, "aria-hidden") && equalFold(src[a.valStart:a.valEnd], "true") {
				f.hidden = true
			}
		}
	}
}

func hidesText(style string) bool {
	i := strings.Index(style, "display")
	if i >= 0 {
		rest := strings.TrimLeft(style[i+len("display"):], ": ")
		return strings.HasPrefix(rest, "none")
	}
	return false
}

func (b *builder) void(tag Tag, open Span, f *found) {
	switch tag {
	case TagBr:
		if b.inBlock {
			b.lineBreak()
		}
	case TagImg:
		b.images++
	case TagMeta:
		if !f.hasContent {
			return
		}
		if len(b.p.Metas) >= maxHead {
			b.p.Truncated = true
			return
		}
		b.p.Metas = append(b.p.Metas, Meta{
			Name: Unescape(f.name), Property: Unescape(f.property), Itemprop: f.itemprop, HTTP: f.equiv,
			Content: Unescape(b.src[f.content.Start:f.content.End]), Span: f.content, Node: b.top(),
		})
	case TagLink:
		if f.rel == "" && f.itemprop == "" {
			return
		}
		if len(b.p.Links) >= maxHead {
			b.p.Truncated = true
			return
		}
		rel := f.rel
		if rel == "" {
			rel = f.itemprop
		}
		b.p.Links = append(b.p.Links, Link{Rel: rel, Href: Unescape(f.href), Type: f.typ, Hreflang: f.hreflang, Span: f.hrefSpan})
	case TagBase:
		if b.p.Base == "" {
			b.p.Base = Unescape(f.href)
		}
	}
}

// lineBreak handles br: one is a line break inside the block, two end it.
func (b *builder) lineBreak() {
	if b.pre == 0 && len(b.buf) > 0 && b.buf[len(b.buf)-1] == '\n' {
		b.flush()
		return
	}
	b.space = false
	b.buf = append(b.buf, '\n')
	if b.block.Breaks < 255 {
		b.block.Breaks++
	}
}

// raw skips, or records, the content of an element that holds no markup.
func (b *builder) raw(tag Tag, open Span, f *found) int {
	src, at := b.src, int(open.End)
	end, next := rawEnd(src[:b.rawLimit(at)], at, tagNames[tag])
	if tag == TagPlaintext {
		end, next = len(src), len(src)
	}
	switch tag {
	case TagScript:
		t := f.typ
		if i := strings.IndexByte(t, ';'); i >= 0 {
			t = t[:i]
		}
		if t = strings.TrimSpace(t); equalFold(t, "application/ld+json") || equalFold(t, "application/json") {
			if len(b.p.Scripts) < maxHead {
				b.p.Scripts = append(b.p.Scripts, Script{Type: strings.ToLower(t), ID: f.id, Body: Span{int32(at), int32(end)}})
			} else {
				b.p.Truncated = true
			}
		}
	case TagTitle:
		if !b.gotTitle && b.skipping == 0 {
			b.gotTitle = true
			b.p.Title = Value{Text: strings.Join(strings.Fields(Unescape(src[at:end])), " "), Span: Span{int32(at), int32(end)}}
		}
	case TagPlaintext, TagXmp:
		b.flush()
		b.text(at, end)
		b.flush()
	}
	return next
}

// rawLimit returns how far a raw element that begins at a place may reach: a
// browser with scripts skips noscript as a whole, so one left open ends there.
func (b *builder) rawLimit(at int) int {
	if b.open[TagNoscript] == 0 {
		return len(b.src)
	}
	if b.noscriptEnd < at {
		b.noscriptEnd, _ = rawEnd(b.src, at, "noscript")
	}
	return b.noscriptEnd
}

// rawEnd finds the end tag of a raw element: where it begins and where parsing
// goes on.
func rawEnd(src string, at int, name string) (end, next int) {
	for i := at; ; {
		k := strings.Index(src[i:], "</")
		if k < 0 {
			return len(src), len(src)
		}
		i += k + 2
		if e := i + len(name); e <= len(src) && equalFold(src[i:e], name) && (e == len(src) || charClass[src[e]]&tagStop != 0) {
			if k := strings.IndexByte(src[e:], '>'); k >= 0 {
				return i - 2, e + k + 1
			}
			return i - 2, len(src)
		}
	}
}

func (b *builder) endTag(i int) int {
	src := b.src
	if i+2 >= len(src) {
		return len(src)
	}
	if c := src[i+2] | 0x20; c < 'a' || c > 'z' {
		k := strings.IndexByte(src[i:], '>')
		if k < 0 {
			return len(src)
		}
		return i + k + 1
	}
	nameEnd := tagNameEnd(src, i+2)
	next := nameEnd
	if k := strings.IndexByte(src[nameEnd:], '>'); k >= 0 {
		next += k + 1
	} else {
		next = len(src)
	}
	tag := lookupTag(src[i+2 : nameEnd])
	info := &tagInfos[tag]
	switch tag {
	case TagHTML, TagBody, TagHead:
		return next
	case TagBr:
		if b.inBlock {
			b.lineBreak()
		}
		return next
	}
	if b.unpushed[tag] > 0 {
		b.unpushed[tag]--
		switch {
		case info.class == block:
			b.flush()
		default:
			b.emphasis(tag, -1)
		}
		return next
	}
	if b.open[tag] == 0 {
		return next
	}
	if tag == TagA {
		b.link = false
	}
	inner := info.class < block
	for k := len(b.stack) - 1; k > 0; k-- {
		t := b.p.Nodes[b.stack[k]].Tag
		if t == tag {
			for len(b.stack) > k {
				b.pop(int32(next))
			}
			break
		}
		if ti := &tagInfos[t]; inner && ti.class >= block || ti.scope && tag != TagTable && tag != TagTr && tag != TagTbody {
			break
		}
	}
	return next
}

func (b *builder) top() int32 { return b.stack[len(b.stack)-1] }

// closeUntil closes the nearest open x or y unless a stop tag comes first.
func (b *builder) closeUntil(x, y, stop1, stop2, stop3 Tag, at int32) {
	if b.open[x] == 0 && b.open[y] == 0 {
		return
	}
	for k := len(b.stack) - 1; k > 0; k-- {
		switch t := b.p.Nodes[b.stack[k]].Tag; t {
		case x, y:
			for len(b.stack) > k {
				b.pop(at)
			}
			return
		case stop1, stop2, stop3, TagTable, TagTemplate:
			return
		}
	}
}

// closeWithin closes an open tag if no cell, and for inline tags no block, lies
// between it and the top.
func (b *builder) closeWithin(tag Tag, at int32, inner bool) {
	if b.open[tag] == 0 {
		return
	}
	for k := len(b.stack) - 1; k > 0; k-- {
		t := b.p.Nodes[b.stack[k]].Tag
		if t == tag {
			for len(b.stack) > k {
				b.pop(at)
			}
			return
		}
		if info := &tagInfos[t]; info.scope || t == TagButton || inner && info.class >= block {
			return
		}
	}
}

// breakOut closes what hides its text, as a block inside means it was left open.
func (b *builder) breakOut(at int32) {
	for b.skipping > 0 {
		b.pop(at)
	}
}

func (b *builder) setNames(n *Node, f *found) {
	n.Class = b.names.intern(strings.TrimSpace(f.class))
	n.ID = b.names.intern(strings.TrimSpace(f.id))
	n.Attrs = f.attrs
	if n.Class > 0 {
		n.Hints = b.names.list[n.Class].Hints
	}
	if n.ID > 0 {
		n.Hints |= b.names.list[n.ID].Hints
	}
	if f.itemprop != "" || f.rel != "" {
		var words [maxClasses]uint32
		w := appendWords(words[:0], f.itemprop)
		n.Hints |= hintsOf(appendWords(w, f.rel))
	}
}

func (b *builder) push(tag Tag, open Span, f *found) {
	if len(b.p.Nodes) >= MaxNodes {
		b.p.Truncated = true
		b.unpushed[tag]++
		return
	}
	if len(b.stack) >= maxDepth {
		// Flatten: the element takes the place of the deepest one, which from
		// here on counts as closed.
		b.unpushed[b.p.Nodes[b.top()].Tag]++
		b.pop(open.Start)
	}
	parent := b.top()
	pn := &b.p.Nodes[parent]
	n := Node{
		Parent: parent, Open: open, TextStart: int32(len(b.buf)), BlockStart: int32(len(b.p.Blocks)),
		Tag: tag, Depth: uint8(len(b.stack)), Flags: pn.Flags | tagInfos[tag].inherit,
	}
	b.setNames(&n, f)
	if f.hidden {
		n.Flags |= Hidden
	}
	i := int32(len(b.p.Nodes))
	b.p.Nodes = append(b.p.Nodes, n)
	b.stack = append(b.stack, i)
	b.open[tag]++
	switch {
	case tagInfos[tag].class == skip:
		b.skipping++
	case tag == TagA:
		b.link = true
	case tag == TagPre:
		b.pre++
	default:
		b.emphasis(tag, 1)
	}
}

// emphasis counts the open elements of bold and italic text.
func (b *builder) emphasis(tag Tag, by int32) {
	switch tag {
	case TagB, TagStrong:
		b.bold += by
	case TagI, TagEm:
		b.italic += by
	}
}

func (b *builder) pop(at int32) {
	i := b.top()
	n := &b.p.Nodes[i]
	if tagInfos[n.Tag].class == block {
		b.flush()
	}
	b.stack = b.stack[:len(b.stack)-1]
	n.End = at
	n.TextEnd = int32(len(b.buf))
	n.BlockEnd = int32(len(b.p.Blocks))
	if b.inBlock {
		n.BlockEnd++
	}
	n.Last = int32(len(b.p.Nodes))
	b.open[n.Tag]--
	switch {
	case tagInfos[n.Tag].class == skip:
		b.skipping--
	case n.Tag == TagA:
		b.link = false
	case n.Tag == TagPre:
		b.pre--
	default:
		b.emphasis(n.Tag, -1)
	}
}

// flush ends the current block.
func (b *builder) flush() {
	b.space = false
	if !b.inBlock {
		return
	}
	b.inBlock = false
	end := len(b.buf)
	for end > int(b.block.Start) && b.buf[end-1] == '\n' {
		end--
	}
	b.buf = b.buf[:end]
	b.block.End = int32(end)
	b.block.SegEnd = int32(len(b.p.Segments))
	last := b.p.Segments[len(b.p.Segments)-1]
	b.block.Source.End = last.Source + last.SourceLen
	if len(b.p.Blocks) >= manyBlocks && end-int(b.block.Start) < shortBlock {
		b.p.Truncated = true
		return
	}
	if b.p.Replacements > 0 && garbled(b.buf[b.block.Start:end]) {
		return
	}
	b.p.Blocks = append(b.p.Blocks, b.block)
}

// garbled reports whether so much of a text could not be decoded that it is none.
func garbled(text []byte) bool {
	n := bytes.Count(text, []byte("\uFFFD"))
	return n >= 20 && n*12 > len(text)
}

const (
	textPlain = iota
	textSpace
	textBlank // the blank itself
	textAmp
	textDrop
	textMulti // may begin a character that is dropped or counts as white space
)

var textClass = func() (t [256]uint8) {
	for i := 0; i < 0x20; i++ {
		t[i] = textDrop
	}
	for _, c := range "\t\n\f\r\v" {
		t[c] = textSpace
	}
	t[' '] = textBlank
	t['&'] = textAmp
	t[0x7f] = textDrop
	for _, c := range []byte{0xc2, 0xd8, 0xe2, 0xe3, 0xef, 0xf3} {
		t[c] = textMulti
	}
	return t
}()

// text adds the source range [i, end) to the current block.
func (b *builder) text(i, end int) {
	if b.skipping > 0 {
		return
	}
	src := b.src[:end]
	for i < len(src) {
		j := i
		for j < len(src) {
			switch textClass[src[j]] {
			case textPlain:
				j++
				continue
			case textBlank:
				if j > i && j+1 < len(src) && textClass[src[j+1]] == textPlain {
					j += 2
					continue
				}
			}
			break
		}
		if j > i {
			b.emit(src[i:j], i, j-i)
			if i = j; i >= len(src) {
				return
			}
		}
		switch textClass[src[i]] {
		case textSpace, textBlank:
			if b.pre > 0 && src[i] == '\n' && b.inBlock {
				b.preBreak()
			} else {
				b.space = true
			}
			i++
		case textDrop:
			i++
		case textAmp:
			v, n := "", 0
			if !b.plain {
				v, n = entity(src[i:])
			}
			if n == 0 {
				b.emit("&", i, 1)
				i++
				continue
			}
			b.decoded(v, i, n)
			i += n
		case textMulti:
			r, n := utf8.DecodeRuneInString(src[i:])
			switch runeClass(r) {
			case textSpace:
				b.space = true
			case textPlain:
				b.emit(src[i:i+n], i, n)
			}
			i += n
		}
	}
}

func (b *builder) preBreak() {
	b.space = false
	if b.buf[len(b.buf)-1] != '\n' {
		b.buf = append(b.buf, '\n')
	}
}

// decoded adds the value of an entity.
func (b *builder) decoded(v string, at, length int) {
	r, n := utf8.DecodeRuneInString(v)
	if n == len(v) {
		switch {
		case r < 0x80 && textClass[r] == textDrop:
			return
		case r < 0x80 && (textClass[r] == textSpace || textClass[r] == textBlank), r >= 0x80 && runeClass(r) == textSpace:
			b.space = true
			return
		case r >= 0x80 && runeClass(r) == textDrop:
			return
		}
	}
	b.emit(v, at, length)
}

// runeClass tells white space and invisible format characters, which are
// dropped, from text.
func runeClass(r rune) uint8 {
	switch {
	case r == 0xa0, 0x2000 <= r && r <= 0x200a, r == 0x2028, r == 0x2029, r == 0x202f, r == 0x205f, r == 0x3000, r == 0x85:
		return textSpace
	case 0x80 <= r && r < 0xa0, r == 0xad, r == 0x200b, r == 0x200e, r == 0x200f, r == 0x61c,
		0x202a <= r && r <= 0x202e, 0x2060 <= r && r <= 0x206f, r == 0xfeff, r == 0xfff9, r == 0xfffa, r == 0xfffb,
		0xe0000 <= r && r <= 0xe007f:
		return textDrop
	}
	return textPlain
}

// emit adds text that stands for length bytes of the source at a place.
func (b *builder) emit(s string, at, length int) {
	if !b.inBlock {
		if !b.begin(at) {
			return
		}
	}
	if b.space {
		b.space = false
		if n := len(b.buf); n > int(b.block.Start) && b.buf[n-1] != '\n' {
			b.buf = append(b.buf, ' ')
			// A single blank is part of the stretch that it follows.
			if l := &b.p.Segments[len(b.p.Segments)-1]; b.src[at-1] == ' ' && int(l.Source+l.SourceLen) == at-1 &&
				int(l.Text+l.TextLen) == n && !b.entity {
				l.TextLen++
				l.SourceLen++
			}
		}
	}
	start := len(b.buf)
	b.buf = append(b.buf, s...)
	if b.link {
		b.block.LinkBytes += int32(len(s))
	}
	if b.bold > 0 {
		b.block.BoldBytes += int32(len(s))
	}
	if b.italic > 0 {
		b.block.ItalicBytes += int32(len(s))
	}
	if segs := b.p.Segments; len(segs) > int(b.block.SegStart) {
		if l := &segs[len(segs)-1]; int(l.Text+l.TextLen) == start && int(l.Source+l.SourceLen) == at &&
			!b.entity && b.src[at] != '&' {
			l.TextLen += int32(length)
			l.SourceLen += int32(length)
			return
		}
	}
	b.entity = length > 1 && b.src[at] == '&'
	b.p.Segments = append(b.p.Segments, Segment{int32(start), int32(len(s)), int32(at), int32(length)})
}

// begin opens a block; false if the cap is reached.
func (b *builder) begin(at int) bool {
	if len(b.p.Blocks) >= maxBlocks {
		b.p.Truncated = true
		return false
	}
	if len(b.buf) > 0 {
		b.buf = append(b.buf, '\n')
	}
	k := len(b.stack) - 1
	for k > 0 && tagInfos[b.p.Nodes[b.stack[k]].Tag].class < block {
		k--
	}
	b.inBlock = true
	b.block = Block{
		Node: b.stack[k], Start: int32(len(b.buf)), Source: Span{Start: int32(at)},
		SegStart: int32(len(b.p.Segments)), Images: uint8(min(b.images, 255)), Breaks: uint8(min(b.blanks, 255)), Flags: b.p.Nodes[b.top()].Flags,
	}
	b.images = 0
	return true
}
