package content

import (
	"strings"
	"unicode"
	"unicode/utf8"

	nutgrafv1 "example.invalid/nutgraf/gen/go/nutgraf/v1"
	"example.invalid/nutgraf/internal/page"
	"example.invalid/nutgraf/internal/slab"
	"example.invalid/nutgraf/internal/zone"
	"golang.org/x/text/unicode/norm"
)

// Caps of one answer.
const (
	maxBody    = 8 << 20
	maxBlocks  = 50_000
	maxRemoved = 10_000
)

// tableCell is how many words a cell of a data table has at most; larger ones
// mean a table that lays out the page.
const tableCell = 40

// body is the text being put together.
type body struct {
	p         *page.Page
	content   *nutgrafv1.Content
	text      []byte
	truncated bool

	blocks      slab.Slab[nutgrafv1.Block]
	evidence    slab.Slab[nutgrafv1.Evidence]
	spans       slab.Slab[nutgrafv1.Span]
	lists       slab.Slab[*nutgrafv1.Span]
	alignments  slab.Slab[nutgrafv1.Alignment]
	removed     slab.Slab[nutgrafv1.RemovedBlock]
	confidences slab.Slab[float32]
}

func newBody(p *page.Page, l *zone.Labels) *body {
	blocks, segments, size := 0, 0, 0
	for i, role := range l.Roles {
		if b := &p.Blocks[i]; role == zone.Body {
			blocks++
			segments += int(b.SegEnd - b.SegStart)
			size += int(b.End-b.Start) + len("\n\n")
		}
	}
	blocks = min(blocks, maxBlocks)
	return &body{
		p:       p,
		content: &nutgrafv1.Content{Blocks: make([]*nutgrafv1.Block, 0, blocks), Alignments: make([]*nutgrafv1.Alignment, 0, segments)},
		text:    make([]byte, 0, min(size, maxBody)),
		blocks:  slab.For[nutgrafv1.Block](blocks), confidences: slab.For[float32](blocks),
		evidence: slab.For[nutgrafv1.Evidence](blocks), spans: slab.For[nutgrafv1.Span](2 * blocks), lists: slab.For[*nutgrafv1.Span](blocks),
		alignments: slab.For[nutgrafv1.Alignment](segments),
	}
}

func assemble(p *page.Page, l *zone.Labels) *body {
	b := newBody(p, l)
	tables := dataTables(p, l)
	live := l.Kind == zone.KindLiveBlog
	table, row, entry := int32(-1), int32(-1), int32(-1)
	var open *nutgrafv1.RemovedBlock
	for i, role := range l.Roles {
		if role != zone.Body {
			open = b.remove(i, role, open)
			continue
		}
		open = nil
		if len(b.text) > maxBody || len(b.content.Blocks) >= maxBlocks {
			b.truncated = true
			break
		}
		if t, r := tableOf(p, i, tables); t >= 0 {
			sep := "\n\n"
			if t == table {
				sep = "\t"
				if r != row {
					sep = "\n"
				}
			}
			last := b.add(i, sep, t == table)
			last.Kind = nutgrafv1.BlockKind_BLOCK_KIND_TABLE
			table, row = t, r
			continue
		}
		table = -1
		blk := b.add(i, "\n\n", false)
		blk.Kind, blk.Level = kindOf(p, i)
		confidence := b.confidences.New()
		*confidence = zone.Confidence(p.Kind, l.Scores[i])
		blk.Evidence.Confidence = confidence
		if live {
			if e, t := liveEntry(p, i); e >= 0 && e != entry {
				entry = e
				datetime, span, _ := p.Attr(t, "datetime")
				blk.Kind, blk.Level, blk.EntryTime = nutgrafv1.BlockKind_BLOCK_KIND_LIVE_ENTRY, 0, entryTime(datetime, span)
			}
		}
	}
	b.content.Text = string(b.text)
	b.content.WordCount = countWords(b.content.Text)
	return b
}

// add appends block i to the text, and to the last block if it goes on.
func (b *body) add(i int, sep string, goesOn bool) *nutgrafv1.Block {
	p, from := b.p, &b.p.Blocks[i]
	if len(b.text) > 0 {
		b.text = append(b.text, sep...)
	}
	start := int64(len(b.text))
	text := p.BlockText(i)
	if isNormal(text) {
		b.text = append(b.text, text...)
		for _, s := range p.Segments[from.SegStart:from.SegEnd] {
			b.align(start+int64(s.Text-from.Start), int64(s.TextLen), int64(s.Source), int64(s.SourceLen))
		}
	} else {
		b.text = norm.NFC.AppendString(b.text, text)
		b.align(start, int64(len(b.text))-start, int64(from.Source.Start), int64(from.Source.End-from.Source.Start))
	}
	end := int64(len(b.text))
	if goesOn {
		blk := b.content.Blocks[len(b.content.Blocks)-1]
		blk.Span.End = end
		blk.Evidence.Spans[0].End = int64(from.Source.End)
		return blk
	}
	blk := b.blocks.New()
	blk.Span, blk.Evidence = b.spans.New(), b.evidenceOf(from.Source)
	blk.Span.Layer, blk.Span.Start, blk.Span.End = nutgrafv1.Layer_LAYER_BODY, start, end
	b.content.Blocks = append(b.content.Blocks, blk)
	return blk
}

func (b *body) align(bodyStart, bodyLen, sourceStart, sourceLen int64) {
	a := b.alignments.New()
	a.BodyStart, a.BodyLength, a.SourceStart, a.SourceLength = bodyStart, bodyLen, sourceStart, sourceLen
	b.content.Alignments = append(b.content.Alignments, a)
}

// evidenceOf says that the model judged a stretch of the source.
func (b *body) evidenceOf(s page.Span) *nutgrafv1.Evidence {
	span, e := b.spans.New(), b.evidence.New()
	span.Layer, span.Start, span.End = nutgrafv1.Layer_LAYER_SOURCE, int64(s.Start), int64(s.End)
	e.Spans, e.Method = b.lists.Of(span), nutgrafv1.Method_METHOD_MODEL
	return e
}

// isNormal reports whether a text is NFC. Letters below the first combining mark are, and so is common punctuation.
func isNormal(s string) bool {
	for i := 0; i < len(s); {
		switch c := s[i]; {
		case c < utf8.RuneSelf:
			i++
		case c < 0xcc: // U+0300
			i += 2
		case c == 0xe2 && i+2 < len(s) && s[i+1] == 0x80 && 0x90 <= s[i+2] && s[i+2] <= 0xa7: // U+2010 to U+2027
			i += 3
		default:
			return norm.NFC.IsNormalString(s)
		}
	}
	return true
}

func sourceSpan(s page.Span) *nutgrafv1.Span {
	return &nutgrafv1.Span{Layer: nutgrafv1.Layer_LAYER_SOURCE, Start: int64(s.Start), End: int64(s.End)}
}

var reasons = [...]nutgrafv1.RemovalReason{
	zone.Other:         nutgrafv1.RemovalReason_REMOVAL_REASON_BOILERPLATE,
	zone.Title:         nutgrafv1.RemovalReason_REMOVAL_REASON_METADATA,
	zone.Standfirst:    nutgrafv1.RemovalReason_REMOVAL_REASON_METADATA,
	zone.Byline:        nutgrafv1.RemovalReason_REMOVAL_REASON_METADATA,
	zone.Date:          nutgrafv1.RemovalReason_REMOVAL_REASON_METADATA,
	zone.Advertisement: nutgrafv1.RemovalReason_REMOVAL_REASON_ADVERTISEMENT,
	zone.Social:        nutgrafv1.RemovalReason_REMOVAL_REASON_SOCIAL,
	zone.Navigation:    nutgrafv1.RemovalReason_REMOVAL_REASON_NAVIGATION,
	zone.Related:       nutgrafv1.RemovalReason_REMOVAL_REASON_RELATED,
	zone.Promotion:     nutgrafv1.RemovalReason_REMOVAL_REASON_PROMOTION,
	zone.Legal:         nutgrafv1.RemovalReason_REMOVAL_REASON_LEGAL,
	zone.Comments:      nutgrafv1.RemovalReason_REMOVAL_REASON_COMMENTS,
	zone.Duplicate:     nutgrafv1.RemovalReason_REMOVAL_REASON_DUPLICATE,
}

// remove records block i as left out. In markup, neighbours left out for one
// reason make one entry; of text every line has its own.
func (b *body) remove(i int, role zone.Role, open *nutgrafv1.RemovedBlock) *nutgrafv1.RemovedBlock {
	source := b.p.Blocks[i].Source
	if open != nil && b.p.Kind == page.HTML && open.Reason == reasons[role] {
		open.Evidence.Spans[0].End = int64(source.End)
		return open
	}
	if len(b.content.Removed) >= maxRemoved {
		b.truncated = true
		return nil
	}
	open = b.removed.New()
	open.Reason, open.Evidence = reasons[role], b.evidenceOf(source)
	b.content.Removed = append(b.content.Removed, open)
	return open
}

// dataTables finds the tables whose cells in the body are all short. The value
// tells them apart from tables that lay out the page.
func dataTables(p *page.Page, l *zone.Labels) map[int32]bool {
	tables := map[int32]bool{}
	for i, role := range l.Roles {
		if b := &p.Blocks[i]; role == zone.Body && b.Flags&page.InTable != 0 {
			t, _ := tableAbove(p, b.Node)
			if t < 0 {
				continue
			}
			data, seen := tables[t]
			tables[t] = (data || !seen) && strings.Count(p.BlockText(i), " ") < tableCell
		}
	}
	return tables
}

// tableAbove returns the innermost table and row that hold a node, -1 if none.
func tableAbove(p *page.Page, at int32) (table, row int32) {
	row = -1
	for ; at >= 0; at = p.Nodes[at].Parent {
		switch p.Nodes[at].Tag {
		case page.TagTr:
			if row < 0 {
				row = at
			}
		case page.TagTable:
			return at, row
		}
	}
	return -1, -1
}

func tableOf(p *page.Page, i int, tables map[int32]bool) (table, row int32) {
	if b := &p.Blocks[i]; b.Flags&page.InTable != 0 && len(tables) > 0 {
		if t, r := tableAbove(p, b.Node); t >= 0 && tables[t] {
			return t, r
		}
	}
	return -1, -1
}

func kindOf(p *page.Page, i int) (nutgrafv1.BlockKind, int32) {
	b := &p.Blocks[i]
	tag := p.Nodes[b.Node].Tag
	switch {
	case tag.Heading() > 0:
		return nutgrafv1.BlockKind_BLOCK_KIND_HEADING, int32(tag.Heading())
	case b.Flags&page.InCaption != 0:
		return nutgrafv1.BlockKind_BLOCK_KIND_CAPTION, 0
	case b.Flags&page.InListItem != 0 && b.Flags&page.InList != 0:
		return nutgrafv1.BlockKind_BLOCK_KIND_LIST_ITEM, listDepth(p, b.Node)
	case b.Flags&page.InQuote != 0:
		return nutgrafv1.BlockKind_BLOCK_KIND_BLOCK_QUOTE, 0
	case isNote(p.BlockText(i)):
		return nutgrafv1.BlockKind_BLOCK_KIND_NOTE, 0
	}
	return nutgrafv1.BlockKind_BLOCK_KIND_PARAGRAPH, 0
}

func listDepth(p *page.Page, at int32) (depth int32) {
	for ; at >= 0; at = p.Nodes[at].Parent {
		switch p.Nodes[at].Tag {
		case page.TagUl, page.TagOl, page.TagMenu:
			depth++
		}
	}
	return depth
}

var notes = []string{
	"correction:", "corrections:", "clarification:", "editor's note", "editor’s note", "editors' note", "editors’ note",
	"update:", "korrektur:", "anmerkung der redaktion", "correctif :", "note de la rédaction", "nota del editor", "nota de la redacción",
	"this article was amended", "this story has been updated", "this article has been updated", "this story has been corrected",
	"an earlier version of this",
}

func isNote(s string) bool {
	lower := strings.ToLower(strings.TrimLeft(s[:min(len(s), 48)], "*([ "))
	for _, n := range notes {
		if strings.HasPrefix(lower, n) {
			return true
		}
	}
	return false
}

// liveEntry returns the entry of a live blog that holds block i, an element with
// a time of its own, and that time; -1 if there is none.
func liveEntry(p *page.Page, i int) (entry, time int32) {
	const levels, reach = 4, 24
	at := p.Blocks[i].Node
	for range levels {
		n := &p.Nodes[at]
		if n.Parent < 0 || n.Tag == page.TagBody || n.Tag == page.TagMain {
			break
		}
		if n.Tag == page.TagArticle || n.Tag == page.TagLi || n.Tag == page.TagSection || n.Hints&page.HintLive != 0 {
			for k := at + 1; k < min(n.Last, at+reach); k++ {
				if p.Nodes[k].Tag == page.TagTime && p.Nodes[k].Attrs&page.HasDatetime != 0 {
					return at, k
				}
			}
		}
		at = n.Parent
	}
	return -1, -1
}

// Classes of ASCII characters to countWords.
const (
	wordEnd = iota
	wordPart
	wordJoin // inside a word only
)

var asciiWord = func() (t [utf8.RuneSelf]uint8) {
	for r := range rune(utf8.RuneSelf) {
		if unicode.IsLetter(r) || unicode.IsDigit(r) || r == '_' {
			t[r] = wordPart
		}
	}
	for _, r := range "'.:," {
		t[r] = wordJoin
	}
	return t
}()

// countWords counts words by the rules of UAX #29 for letters and digits: marks
// such as apostrophes join inside a word, ideographs are words of their own.
func countWords(s string) (n int32) {
	in, joined := false, false
	for _, r := range s {
		class := uint8(wordEnd)
		switch {
		case r < utf8.RuneSelf:
			class = asciiWord[r]
		case r == '’' || r == '·':
			class = wordJoin
		case r >= firstThai && unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Thai):
			n++
		case unicode.IsLetter(r) || unicode.IsDigit(r):
			class = wordPart
		case unicode.IsMark(r):
			continue
		}
		switch {
		case class == wordPart:
			if !in && !joined {
				n++
			}
			in, joined = true, false
		case class == wordJoin && in:
			// Joins only if a letter or digit follows, which the next rune shows.
			in, joined = false, true
		default:
			in, joined = false, false
		}
	}
	return n
}

// firstThai is the first character of those scripts whose characters count as words.
const firstThai = 0x0e01
