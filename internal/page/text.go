package page

import (
	"context"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxWrap is the widest column hard-wrapped text is looked for at.
const maxWrap = 130

type line struct {
	start, end int  // in Page.Source, trimmed
	blanks     int  // blank lines before
	width      int  // characters
	first      int  // characters of the first word
	lower      bool // begins with a small letter
	ends       bool // ends like a sentence
}

// parseText makes one block of each line, or of each paragraph if the text was
// wrapped at a column.
func parseText(ctx context.Context, p *Page) error {
	src := p.Source
	lines := make([]line, 0, strings.Count(src, "\n")+1)
	blanks := 0
	for i, n := 0, 0; i < len(src); n++ {
		if n&1023 == 0 {
			if err := ctx.Err(); err != nil {
				return err
			}
		}
		end := len(src)
		if k := strings.IndexAny(src[i:], "\n\r"); k >= 0 {
			end = i + k
		}
		next := end
		if end < len(src) {
			if next++; strings.HasPrefix(src[end:], "\r\n") {
				next++
			}
		}
		l := line{start: i, end: end, blanks: blanks}
		for l.start < l.end && textClass[src[l.start]] != textPlain && src[l.start] < utf8.RuneSelf && src[l.start] != '&' {
			l.start++
		}
		for l.end > l.start && textClass[src[l.end-1]] != textPlain && src[l.end-1] < utf8.RuneSelf && src[l.end-1] != '&' {
			l.end--
		}
		if i = next; l.start == l.end {
			blanks++
			continue
		}
		blanks = 0
		text := src[l.start:l.end]
		l.width = utf8.RuneCountInString(text)
		if l.first = strings.IndexByte(text, ' '); l.first < 0 {
			l.first = len(text)
		}
		l.first = utf8.RuneCountInString(text[:l.first])
		r, _ := utf8.DecodeRuneInString(text)
		if unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Thai) {
			l.first = 1 // written without spaces: a line may break anywhere
		}
		l.lower = unicode.IsLower(r)
		r, _ = utf8.DecodeLastRuneInString(strings.TrimRight(text, `"'”’»)]`))
		l.ends = strings.ContainsRune(".!?:。！？।", r)
		lines = append(lines, l)
	}
	wrap := wrapColumn(lines)

	b := builder{p: p, src: src, buf: make([]byte, 0, len(src)+len(lines)), stack: []int32{0}, plain: true}
	p.Blocks = make([]Block, 0, len(lines))
	p.Segments = make([]Segment, 0, len(lines))
	p.Nodes = []Node{{Parent: -1, Tag: TagHTML, Last: 1}}
	p.Names = make([]Name, 1)
	for i, l := range lines {
		if i&1023 == 0 {
			if err := ctx.Err(); err != nil {
				return err
			}
		}
		if i > 0 && wrap > 0 && wrapped(lines[i-1], l, wrap) {
			b.space = true
		} else {
			b.flush()
			b.blanks = l.blanks
		}
		b.text(l.start, l.end)
	}
	b.flush()
	p.Text = string(b.buf)
	p.Nodes[0].End, p.Nodes[0].TextEnd, p.Nodes[0].BlockEnd = int32(len(src)), int32(len(p.Text)), int32(len(p.Blocks))
	return nil
}

// wrapColumn finds the column at which the text was hard-wrapped, 0 if it was
// not: most lines that have a neighbour below could not have taken its first word,
// or most of those in the middle of a sentence. A few lines may be longer, for
// there are words, such as addresses, that no column holds.
func wrapColumn(lines []line) int {
	const candidates, least = 8, 3
	var widths []int
	open := 0 // lines that end in the middle of a sentence
	for i := 0; i+1 < len(lines); i++ {
		if lines[i+1].blanks == 0 {
			widths = append(widths, lines[i].width)
			if !lines[i].ends {
				open++
			}
		}
	}
	if len(widths) < 4 {
		return 0
	}
	slices.Sort(widths)
	best, column := 0, 0
	for k, tried := len(widths)-1, 0; k >= len(widths)-2-len(widths)/20 && tried < candidates && widths[k] >= 30; tried++ {
		if w := widths[k]; w <= maxWrap {
			full, fullOpen, goOn := 0, 0, 0
			for i := 0; i+1 < len(lines); i++ {
				if !wrapped(lines[i], lines[i+1], w) {
					continue
				}
				full++
				if !lines[i].ends {
					fullOpen++
				}
				if lines[i+1].lower {
					goOn++
				}
			}
			most := full*10 >= len(widths)*7
			sentences := fullOpen >= least && fullOpen*10 >= open*7 && goOn*5 >= full*2
			if full > best && fullOpen*2 >= full && (most || sentences) {
				best, column = full, w
			}
		}
		for w := widths[k]; k >= 0 && widths[k] == w; {
			k--
		}
	}
	return column
}

func wrapped(a, b line, column int) bool {
	return b.blanks == 0 && (a.width <= column || a.first == a.width) && a.width+1+b.first > column
}
