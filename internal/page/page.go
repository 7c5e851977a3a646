// Package page reads the bytes of a web page, or text scraped off one, into a
// flat list of text blocks with their markup and their place in the source.
//
// HTML is read in one pass without building a tree: elements land in a slice in
// document order and name their parent by index. The builder accepts anything.
// Depth is flattened, counts are capped, nothing recurses, and the time taken
// grows with the length of the input alone.
package page

import (
	"context"
	"fmt"
	"html"
	"strings"
)

// Kind tells markup from plain text.
type Kind uint8

// Kinds of page.
const (
	HTML Kind = iota
	Text
)

// Source is what Parse reads. Exactly one of HTML and Text is used, as Kind says.
type Source struct {
	Kind        Kind
	HTML        []byte // as it came over the wire
	Text        string // UTF-8
	Charset     string // caller's charset, above every other sign
	ContentType string // HTTP Content-Type header
}

// Caps of one page. Beyond them parsing goes on without recording more, and
// Page.Truncated is set.
const (
	MaxBytes = 1 << 30 // offsets are int32
	// MaxNodes is the most elements of a page that are kept.
	MaxNodes   = 2_000_000
	maxBlocks  = 1_500_000
	manyBlocks = 30_000 // from here on short blocks are not recorded
	shortBlock = 64     // bytes
	maxHead    = 4096   // metas, links and scripts each
	maxAttrs   = 256    // attributes read of one element
	maxClasses = 32     // class words read of one element
	maxDepth   = 192
)

// FormatError reports input that is not a web page or text.
type FormatError struct {
	Format string // "pdf", "png", "gzip"...
}

func (e *FormatError) Error() string {
	return fmt.Sprintf("content is %s, not a web page", e.Format)
}

// Span is a half-open range of bytes of Page.Source.
type Span struct{ Start, End int32 }

// Page is a parsed page. It is immutable once Parse has returned, and safe for
// concurrent readers.
type Page struct {
	Kind           Kind   // Text also for HTML without a single tag
	Source         string // decoded, UTF-8
	Charset        string // the charset decoded from
	CharsetGuessed bool   // no BOM, header, meta or caller named it, or what they named fits badly
	Replacements   int    // undecodable bytes replaced by U+FFFD
	Truncated      bool   // a cap cut what was recorded

	// Text is the text of all blocks, each with entities decoded and white
	// space normalised, divided by "\n". A single "\n" inside a block is a
	// forced line break.
	Text     string
	Blocks   []Block
	Nodes    []Node // document order; Nodes[0] is the html element
	Names    []Name // distinct class and id values; Names[0] is empty
	Segments []Segment

	Title   Value // the title element
	Lang    string
	Base    string
	Metas   []Meta
	Links   []Link
	Scripts []Script
}

// Value is a string with its place in the source, before decoding of entities.
type Value struct {
	Text string
	Span Span
}

// Block is a stretch of text between two block boundaries.
type Block struct {
	Node        int32 // element that holds it, never an inline one
	Start       int32 // in Page.Text
	End         int32
	Source      Span
	SegStart    int32 // in Page.Segments
	SegEnd      int32
	LinkBytes   int32 // bytes of text inside links
	BoldBytes   int32 // bytes of text inside b, strong
	ItalicBytes int32 // bytes of text inside i, em
	Images      uint8 // images since the block before, at most 255
	Breaks      uint8 // br elements inside; in text, blank lines before; at most 255
	Flags       Flags
}

// Segment maps a stretch of Page.Text to the source. Lengths differ where an
// entity was decoded.
type Segment struct {
	Text      int32 // in Page.Text
	TextLen   int32
	Source    int32 // in Page.Source
	SourceLen int32
}

// Node is an element. Inline formatting elements without attributes have none.
type Node struct {
	Parent     int32 // index; -1 for the root
	Open       Span  // the start tag
	End        int32 // end of the element in the source
	TextStart  int32 // its text is Page.Text[TextStart:TextEnd]
	TextEnd    int32
	BlockStart int32 // its blocks are Page.Blocks[BlockStart:BlockEnd]
	BlockEnd   int32
	Last       int32 // index after its last descendant
	Class      int32 // in Page.Names
	ID         int32 // in Page.Names
	Flags      Flags
	Depth      uint8
	Tag        Tag
	Hints      Hint // of class, id, rel and itemprop
	Attrs      Attrs
}

// Attrs says which attributes of interest an element has; Page.Attr reads them.
type Attrs uint8

// Attributes of interest.
const (
	HasItemprop Attrs = 1 << iota
	HasItemtype
	HasRel
	HasDatetime
	HasHref
	HasRole
	HasContent
)

// Flags are what an element has inherited from itself and its ancestors.
type Flags uint32

// Flags of a block or a node.
const (
	InArticle Flags = 1 << iota
	InMain
	InNav
	InAside
	InHeader
	InFooter
	InSection
	InList
	InListItem
	InQuote
	InTable
	InCell
	InFigure
	InCaption
	InForm
	InHeading
	InParagraph
	InLink
	InButton
	InPre
	InDefinition
	InNoscript
	InTemplate
	InDialog
	Hidden
	InAddress
	InDetails
)

// Meta is a meta element.
type Meta struct {
	Name     string // name attribute
	Property string
	Itemprop string
	HTTP     string // http-equiv
	Content  string
	Span     Span // of the content attribute's value
	Node     int32
}

// Link is a link element.
type Link struct {
	Rel, Href, Type, Hreflang string
	Span                      Span // of the href attribute's value
}

// Script is a script element with data in it: JSON-LD or JSON.
type Script struct {
	Type string
	ID   string
	Body Span
}

// BlockText returns the text of block i.
func (p *Page) BlockText(i int) string {
	b := &p.Blocks[i]
	return p.Text[b.Start:b.End]
}

// NodeText returns the text of node i with blocks divided by "\n".
func (p *Page) NodeText(i int32) string {
	n := &p.Nodes[i]
	return strings.TrimSpace(p.Text[n.TextStart:n.TextEnd])
}

// NodeSpan returns the source range of node i, tags included.
func (p *Page) NodeSpan(i int32) Span {
	n := &p.Nodes[i]
	return Span{n.Open.Start, n.End}
}

// Attr reads an attribute of node i, with entities decoded, and the span of its
// raw value. The name must be lower case.
func (p *Page) Attr(i int32, name string) (string, Span, bool) {
	n := &p.Nodes[i]
	if n.Open.Start == n.Open.End {
		return "", Span{}, false
	}
	tag := p.Source[:n.Open.End]
	at := tagNameEnd(tag, int(n.Open.Start)+1)
	for k := 0; k < maxAttrs; k++ {
		var a attr
		a, at = nextAttr(tag, at)
		if a.nameStart == a.nameEnd {
			break
		}
		if equalFold(tag[a.nameStart:a.nameEnd], name) {
			return Unescape(tag[a.valStart:a.valEnd]), Span{int32(a.valStart), int32(a.valEnd)}, true
		}
	}
	return "", Span{}, false
}

// SourceSpan maps the range [start, end) of Page.Text to the source.
func (p *Page) SourceSpan(start, end int32) Span {
	if start >= end {
		return Span{}
	}
	i := p.segment(start)
	j := p.segment(end - 1)
	if i < 0 || j < 0 {
		return Span{}
	}
	return Span{p.sourceAt(i, start, false), p.sourceAt(j, end, true)}
}

// segment finds the last segment that begins at or before a place in Page.Text.
func (p *Page) segment(at int32) int {
	lo, hi := 0, len(p.Segments)
	for lo < hi {
		m := int(uint(lo+hi) >> 1)
		if p.Segments[m].Text <= at {
			lo = m + 1
		} else {
			hi = m
		}
	}
	return lo - 1
}

func (p *Page) sourceAt(i int, at int32, isEnd bool) int32 {
	s := p.Segments[i]
	off := at - s.Text
	switch {
	case s.TextLen == s.SourceLen && off <= s.TextLen:
		return s.Source + off
	case off >= s.TextLen || isEnd:
		return s.Source + s.SourceLen
	}
	return s.Source
}

// Unescape decodes the entities of an attribute value or of title text and
// drops NUL bytes.
func Unescape(s string) string {
	if strings.IndexByte(s, 0) >= 0 {
		s = strings.ReplaceAll(s, "\x00", "")
	}
	if strings.IndexByte(s, '&') < 0 {
		return s
	}
	return html.UnescapeString(s)
}

// Parse reads a page. The error is a *FormatError for content that is neither
// HTML nor text, or the context's.
func Parse(ctx context.Context, src Source) (*Page, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	p := &Page{Kind: src.Kind}
	if src.Kind == Text {
		if len(src.Text) > MaxBytes {
			return nil, &FormatError{Format: "too large"}
		}
		p.Source, p.Charset = strings.ToValidUTF8(src.Text, "\uFFFD"), "utf-8"
		if binary(p.Source, Text) {
			return nil, &FormatError{Format: "binary"}
		}
		if err := parseText(ctx, p); err != nil {
			return nil, err
		}
		return p, nil
	}
	if len(src.HTML) > MaxBytes {
		return nil, &FormatError{Format: "too large"}
	}
	if format := sniff(src.HTML); format != "" {
		return nil, &FormatError{Format: format}
	}
	decode(p, src)
	if binary(p.Source, HTML) {
		return nil, &FormatError{Format: "binary"}
	}
	if !hasMarkup(p.Source) {
		p.Kind = Text
		if err := parseText(ctx, p); err != nil {
			return nil, err
		}
		return p, nil
	}
	b := builder{p: p, src: p.Source}
	if err := b.run(ctx); err != nil {
		return nil, err
	}
	return p, nil
}

// hasMarkup reports whether there is a tag at all: text is sometimes sent as HTML.
func hasMarkup(s string) bool {
	for i := 0; ; {
		k := strings.IndexByte(s[i:], '<')
		if k < 0 {
			return false
		}
		if i += k + 1; i < len(s) && (isAlnum(s[i]) && s[i] > '9' || s[i] == '/' || s[i] == '!' || s[i] == '?') {
			return true
		}
	}
}
