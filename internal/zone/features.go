// Package zone finds the article in a page: which blocks are its body, what
// the rest is, and what kind of page it is. Its models are trees and linear
// weights over shape, markup and hashed words; training/content makes them with
// the feature code of this package.
package zone

import (
	"encoding/binary"
	"math"
	"strings"
	"unicode"
	"unicode/utf8"

	"example.invalid/nutgraf/internal/page"
)

// shape is what one look over the text of a block tells.
type shape struct {
	bytes, words, runes  int32
	sentences, commas    int32
	digits, upper        int32
	cjk                  int32
	capitalised          int32 // words that begin with a capital
	endsSentence         bool
	endsColon            bool
	endsQuestion         bool
	startsUpper          bool
	startsQuote          bool
	startsDigit          bool
	startsBullet         bool
	bars, ats, copyright int32
	ellipsis             bool
	currency             int32
	hash                 uint64
}

func shapeOf(s string) shape {
	sh := shape{bytes: int32(len(s))}
	h := uint64(14695981039346656037)
	inWord := false
	var last, prev rune
	first := true
	for i := 0; i < len(s); {
		c := s[i]
		var r rune
		size := 1
		if c < utf8.RuneSelf {
			r = rune(c)
		} else {
			r, size = utf8.DecodeRuneInString(s[i:])
		}
		i += size
		sh.runes++
		if r == ' ' || r == '\n' {
			inWord = false
			prev = r
			continue
		}
		h = (h ^ uint64(r)) * 1099511628211
		switch {
		case 'a' <= r && r <= 'z':
			if !inWord {
				inWord = true
				sh.words++
			}
		case 'A' <= r && r <= 'Z':
			sh.upper++
			if !inWord {
				inWord = true
				sh.words++
				sh.capitalised++
			}
		case '0' <= r && r <= '9':
			sh.digits++
			if !inWord {
				inWord = true
				sh.words++
			}
		case r == '.' || r == '!' || r == '?':
			if last != r {
				sh.sentences++
			}
		case r == ',':
			sh.commas++
		case r == '|' || r == '›' || r == '»' || r == '/' || r == '·' || r == '•':
			sh.bars++
		case r == '@':
			sh.ats++
		case r == '©':
			sh.copyright++
		case r == '$' || r == '€' || r == '£' || r == '¥' || r == '₹':
			sh.currency++
		case r < utf8.RuneSelf:
		case isCJK(r):
			sh.cjk++
			if sh.cjk%2 == 1 {
				sh.words++
			}
			inWord = false
		case r == '。' || r == '！' || r == '？' || r == '।':
			sh.sentences++
		case r == '、' || r == '，' || r == '،':
			sh.commas++
		case unicode.IsLetter(r):
			up := unicode.IsUpper(r)
			if up {
				sh.upper++
			}
			if !inWord {
				inWord = true
				sh.words++
				if up {
					sh.capitalised++
				}
			}
		}
		if first {
			first = false
			sh.startsUpper = r < utf8.RuneSelf && 'A' <= r && r <= 'Z' || r >= utf8.RuneSelf && unicode.IsUpper(r)
			switch r {
			case '"', '\'', '“', '‘', '«', '„', '「':
				sh.startsQuote = true
			case '»':
				sh.startsQuote, sh.startsBullet = true, true
			case '-', '–', '—', '•', '*', '·', '►', '▶', '→', '›':
				sh.startsBullet = true
			}
			sh.startsDigit = '0' <= r && r <= '9'
		}
		prev, last = last, r
	}
	end := last
	switch last {
	case '"', '\'', '”', '’', '»', ')', '“', '」', ']':
		end = prev
	}
	sh.endsSentence = isStop(end) || end != last && prev == ','
	sh.endsColon = last == ':' || last == '：'
	sh.endsQuestion = end == '?' || end == '？'
	sh.ellipsis = last == '…' || strings.HasSuffix(s, "...") || strings.HasSuffix(s, "[…]") || strings.HasSuffix(s, "[...]")
	sh.hash = h
	return sh
}

// isStop reports whether a character ends a sentence.
func isStop(r rune) bool {
	switch r {
	case '.', '!', '?', '…', '。', '！', '？', '।':
		return true
	}
	return false
}

func isCJK(r rune) bool {
	return 0x3040 <= r && r <= 0x30ff || 0x3400 <= r && r <= 0x9fff || 0xac00 <= r && r <= 0xd7af || 0xf900 <= r && r <= 0xfaff || 0xe00 <= r && r <= 0xe7f
}

// hints whose distance up the tree is a feature, in order.
var distHints = [...]page.Hint{
	page.HintBody, page.HintComment, page.HintRelated, page.HintShare, page.HintAd, page.HintNewsletter, page.HintNav,
	page.HintBio, page.HintCaption, page.HintAuthor | page.HintByline, page.HintDate, page.HintStandfirst, page.HintTitle,
	page.HintTags, page.HintSection, page.HintPaywall | page.HintCookie,
}

const (
	nDist   = len(distHints)
	farAway = 20
)

var _ [0]struct{} = [nDist % 8]struct{}{} // further takes eight

// nodeInfo is what a node sums up of its subtree and inherits from above.
type nodeInfo struct {
	words, good, linkBytes, bytes int32
	blocks, paras                 int32
	dist                          [nDist]uint8
}

// Context is what a page gives to the features of all its blocks.
type Context struct {
	p        *page.Page
	shapes   []shape
	links    []float32 // link density
	kinds    []uint8
	nodes    []nodeInfo
	sigs     []int32 // group of each block: same tag, class and parent class
	groups   []group
	dup      []int32 // how many blocks with the same text came before
	same     []int32 // how many blocks have the same text
	title    []float32
	h1       []float32
	desc     []float32
	ld       []float32 // share found in JSON-LD articleBody; -1 without one
	before   []int32   // words in the blocks before
	words    []uint32  // hashes of the words that each block begins with
	wordsEnd []int32   // where those of each block end
	// phrases are what short blocks begin like; since counts the blocks from the
	// last one that began like related stories, comments, or a promotion.
	phrases []Role
	since   [][3]uint8
	total   int32
	best    int32 // container chosen by shape alone
	pageF   [nPage]float32
	evid    evidence
	lines   *lines // of scraped text only
	host    string // of the URL
}

type group struct {
	count, words, linkBytes, bytes, ends int32
	first, last                          int32
}

const (
	kindDiv = iota
	kindP
	kindH1
	kindH2
	kindH3
	kindH456
	kindLi
	kindCell
	kindQuote
	kindCaption
	kindDefinition
	kindPre
	kindSection
	kindArticle
	kindForm
	kindOther
)

func kindOf(t page.Tag) uint8 {
	switch t {
	case page.TagDiv:
		return kindDiv
	case page.TagP:
		return kindP
	case page.TagH1:
		return kindH1
	case page.TagH2:
		return kindH2
	case page.TagH3:
		return kindH3
	case page.TagH4, page.TagH5, page.TagH6:
		return kindH456
	case page.TagLi:
		return kindLi
	case page.TagTd, page.TagTh, page.TagTable, page.TagTr:
		return kindCell
	case page.TagBlockquote:
		return kindQuote
	case page.TagFigcaption, page.TagFigure, page.TagCaption:
		return kindCaption
	case page.TagDt, page.TagDd, page.TagDl:
		return kindDefinition
	case page.TagPre:
		return kindPre
	case page.TagSection, page.TagMain, page.TagBody, page.TagHTML:
		return kindSection
	case page.TagArticle:
		return kindArticle
	case page.TagForm, page.TagFieldset, page.TagLegend:
		return kindForm
	}
	return kindOther
}

func isHeading(kind uint8) bool { return kind >= kindH1 && kind <= kindH456 }

// NewContext looks over all blocks once. The URL may be empty.
func NewContext(p *page.Page, url string) *Context {
	n := len(p.Blocks)
	c := &Context{p: p, shapes: make([]shape, n), kinds: make([]uint8, n), sigs: make([]int32, n)}
	floats := make([]float32, 5*n)
	c.links, c.title, c.h1, c.desc, c.ld = floats[:n], floats[n:2*n], floats[2*n:3*n], floats[3*n:4*n], floats[4*n:]
	ints := make([]int32, 3*n)
	c.dup, c.same, c.before = ints[:n], ints[n:2*n], ints[2*n:]

	seen := make(map[uint64]int32, n)
	groupOf := make(map[uint64]int32, n/4+1)
	for i := range p.Blocks {
		b := &p.Blocks[i]
		sh := shapeOf(p.BlockText(i))
		c.shapes[i] = sh
		c.links[i] = float32(b.LinkBytes) / float32(b.End-b.Start)
		node := &p.Nodes[b.Node]
		c.kinds[i] = kindOf(node.Tag)
		c.before[i] = c.total
		c.total += sh.words
		c.dup[i] = seen[sh.hash]
		seen[sh.hash]++
		sig := uint64(node.Tag)<<56 | uint64(uint32(node.Class))<<28
		if node.Parent >= 0 {
			pn := &p.Nodes[node.Parent]
			sig ^= uint64(uint32(pn.Class)) | uint64(pn.Tag)<<20
		}
		g, ok := groupOf[sig]
		if !ok {
			g = int32(len(c.groups))
			groupOf[sig] = g
			c.groups = append(c.groups, group{first: int32(i)})
		}
		c.sigs[i] = g
		gr := &c.groups[g]
		gr.count++
		gr.words += sh.words
		gr.linkBytes += b.LinkBytes
		gr.bytes += sh.bytes
		gr.last = int32(i)
		if sh.endsSentence {
			gr.ends++
		}
	}
	for i := range c.same {
		c.same[i] = seen[c.shapes[i].hash]
	}
	c.findPhrases()
	c.sumNodes()
	c.best = c.container(func(i int) float32 {
		sh := &c.shapes[i]
		if c.links[i] < .35 && sh.words >= 10 {
			return .9
		}
		return .1
	})
	c.readWordsOf()
	c.compare(url)
	if p.Kind == page.Text {
		c.lines = c.newLines()
	}
	return c
}

func (c *Context) findPhrases() {
	const longest, headline, far = 12, 30, 60
	c.phrases = make([]Role, len(c.shapes))
	c.since = make([][3]uint8, len(c.shapes))
	since := [3]uint8{far, far, far}
	for i := range c.shapes {
		c.since[i] = since
		for k := range since {
			if since[k] < far {
				since[k]++
			}
		}
		switch w := c.shapes[i].words; {
		case w == 0:
		case w <= longest:
			c.phrases[i] = c.roleOf(i)
		case c.p.Kind == page.Text && w <= headline && !c.shapes[i].endsSentence:
			if r := c.roleOf(i); r == Related || r == Comments {
				c.phrases[i] = r // a headline follows
			}
		}
		switch c.phrases[i] {
		case Related:
			since[0] = 1
		case Comments:
			since[1] = 1
		case Promotion, Social:
			since[2] = 1
		}
	}
}

// further adds one to each of eight distances that is not yet farAway.
func further(d uint64) uint64 {
	const ones = 0x0101010101010101
	return d + ones - (d+(0x80-farAway)*ones)>>7&ones
}

func (c *Context) sumNodes() {
	p := c.p
	c.nodes = make([]nodeInfo, len(p.Nodes))
	for i := range p.Nodes {
		d := &c.nodes[i].dist
		if parent := p.Nodes[i].Parent; parent >= 0 {
			up := &c.nodes[parent].dist
			for k := 0; k < nDist; k += 8 {
				binary.LittleEndian.PutUint64(d[k:], further(binary.LittleEndian.Uint64(up[k:])))
			}
		} else {
			for k := range d {
				d[k] = farAway
			}
		}
		if h := p.Nodes[i].Hints; h != 0 {
			for k, want := range distHints {
				if h&want != 0 {
					d[k] = 0
				}
			}
		}
	}
	for i := range p.Blocks {
		b := &p.Blocks[i]
		sh := &c.shapes[i]
		n := &c.nodes[b.Node]
		n.words += sh.words
		n.bytes += sh.bytes
		n.linkBytes += b.LinkBytes
		n.blocks++
		if c.links[i] < .35 && sh.words >= 10 {
			n.good += sh.words
			n.paras++
		}
	}
	for i := len(p.Nodes) - 1; i > 0; i-- {
		n, up := &c.nodes[i], &c.nodes[p.Nodes[i].Parent]
		up.words += n.words
		up.good += n.good
		up.bytes += n.bytes
		up.linkBytes += n.linkBytes
		up.blocks += n.blocks
		up.paras += n.paras
	}
}

// container returns the node whose text as a whole would score best if prob
// were true of each block: twice the expected body inside over all its words
// plus the expected body of the page.
func (c *Context) container(prob func(i int) float32) int32 {
	p := c.p
	sum := make([]float32, len(p.Nodes))
	total := float32(0)
	for i := range p.Blocks {
		e := prob(i) * float32(c.shapes[i].words)
		sum[p.Blocks[i].Node] += e
		total += e
	}
	for i := len(p.Nodes) - 1; i > 0; i-- {
		sum[p.Nodes[i].Parent] += sum[i]
	}
	best, score := int32(0), float32(0)
	for i := range p.Nodes {
		if f := 2 * sum[i] / (float32(c.nodes[i].words) + total + 1); f >= score {
			best, score = int32(i), f
		}
	}
	return best
}

func inside(p *page.Page, node, root int32) bool {
	return node >= root && node < p.Nodes[root].Last || node == root
}

// common returns the depth of the deepest node that holds both a and b.
func common(p *page.Page, a, b int32) uint8 {
	for a != b {
		if a > b {
			a = p.Nodes[a].Parent
		} else {
			b = p.Nodes[b].Parent
		}
	}
	return p.Nodes[a].Depth
}

func log1(x int32) float32 { return log2(float32(x) + 1) }

func log2(x float32) float32 {
	// Enough precision for features: the exponent and a line through the mantissa.
	b := math.Float32bits(x)
	e := float32(int32(b>>23) - 127)
	m := math.Float32frombits(b&0x7fffff | 127<<23)
	return e + m - 1
}

func ratio(a, b int32) float32 {
	if b == 0 {
		return 0
	}
	return float32(a) / float32(b)
}

func bit(b bool) float32 {
	if b {
		return 1
	}
	return 0
}

var flagFeatures = [...]page.Flags{
	page.InArticle, page.InMain, page.InNav, page.InAside, page.InHeader, page.InFooter, page.InSection, page.InList | page.InListItem,
	page.InQuote, page.InTable, page.InFigure | page.InCaption, page.InForm | page.InButton, page.InParagraph, page.InHeading,
	page.InNoscript | page.InTemplate, page.InDialog | page.Hidden, page.InAddress | page.InDetails,
}

const (
	nShape    = 25
	nPlace    = 30 + nDist
	nNear     = 42
	nFeatures = nShape + len(flagFeatures) + nPlace + nNear + nPage
)

// row fills the first-stage features of block i.
func (c *Context) row(i int, x []float32) {
	p := c.p
	b := &p.Blocks[i]
	sh := &c.shapes[i]
	k := 0
	put := func(v float32) {
		x[k] = v
		k++
	}
	put(log1(sh.bytes))
	put(log1(sh.words))
	put(float32(min(sh.sentences, 20)))
	put(float32(min(sh.commas, 30)))
	put(ratio(sh.digits, sh.runes))
	put(ratio(sh.upper, sh.runes))
	put(ratio(sh.capitalised, sh.words))
	put(ratio(sh.bytes, sh.words+1))
	put(ratio(sh.words, sh.sentences+1))
	put(ratio(sh.cjk, sh.runes))
	put(bit(sh.endsSentence))
	put(bit(sh.endsColon) + 2*bit(sh.endsQuestion) + 4*bit(sh.ellipsis))
	put(bit(sh.startsUpper))
	put(bit(sh.startsQuote) + 2*bit(sh.startsDigit) + 4*bit(sh.startsBullet))
	put(float32(min(sh.bars, 10)))
	put(float32(min(sh.ats, 3) + 4*min(sh.copyright, 3)))
	put(float32(min(sh.currency, 5)))
	put(c.links[i])
	put(ratio(b.BoldBytes, sh.bytes))
	put(float32(min(b.Images, 5)))
	if p.Kind == page.Text {
		put(0) // blank lines say how the text was made, not what it is
	} else {
		put(float32(min(b.Breaks, 10)))
	}
	put(float32(c.kinds[i]))
	put(ratio(b.ItalicBytes, sh.bytes))
	put(float32(c.lead(i)))
	put(c.labelled(i))
	for _, f := range flagFeatures {
		put(bit(b.Flags&f != 0))
	}
	// place
	node := &p.Nodes[b.Node]
	put(float32(node.Depth))
	put(float32(i) / float32(len(p.Blocks)))
	put(ratio(c.before[i], c.total))
	put(float32(min(c.dup[i], 5)))
	put(float32(min(c.same[i], 8)))
	put(c.title[i])
	put(c.h1[i])
	put(c.desc[i])
	put(c.ld[i])
	g := &c.groups[c.sigs[i]]
	put(log1(g.count))
	put(log1(g.words))
	put(ratio(g.words, g.count))
	put(ratio(g.linkBytes, g.bytes))
	put(ratio(g.ends, g.count))
	put(ratio(g.words, c.total))
	at := b.Node
	for up := 0; up < 3; up++ {
		if parent := p.Nodes[at].Parent; parent >= 0 {
			at = parent
		}
		n := &c.nodes[at]
		put(log1(n.words))
		put(ratio(n.linkBytes, n.bytes))
		put(ratio(n.good, n.words))
		put(log1(n.paras))
	}
	put(bit(inside(p, b.Node, c.best)))
	put(float32(p.Nodes[c.best].Depth) - float32(common(p, b.Node, c.best)))
	put(float32(i-int(p.Nodes[c.best].BlockStart)) / float32(p.Nodes[c.best].BlockEnd-p.Nodes[c.best].BlockStart+1))
	for _, d := range c.nodes[b.Node].dist {
		put(float32(d))
	}
	// neighbours
	for _, o := range [...]int{-3, -2, -1, 1, 2, 3} {
		j := i + o
		if j < 0 || j >= len(p.Blocks) {
			put(-1)
			put(-1)
			put(-1)
			put(-1)
			continue
		}
		nb := &c.shapes[j]
		put(log1(nb.words))
		put(c.links[j])
		put(float32(c.kinds[j]))
		put(bit(nb.endsSentence) + 2*bit(c.sigs[j] == c.sigs[i]))
	}
	for _, o := range [...]int{-1, 1} {
		if j := i + o; j >= 0 && j < len(p.Blocks) {
			put(float32(node.Depth) - float32(common(p, b.Node, p.Blocks[j].Node)))
		} else {
			put(-1)
		}
	}
	for _, w := range [...]int{4, 10} {
		for _, dir := range [...]int{-1, 1} {
			var words, link, bytes int32
			for j, m := i+dir, 0; m < w && j >= 0 && j < len(p.Blocks); j, m = j+dir, m+1 {
				words += c.shapes[j].words
				link += p.Blocks[j].LinkBytes
				bytes += c.shapes[j].bytes
			}
			put(log1(words))
			put(ratio(link, bytes))
		}
	}
	hd, hl := int32(99), uint8(0)
	for j, m := i-1, int32(0); j >= 0 && m < 30; j, m = j-1, m+1 {
		if isHeading(c.kinds[j]) {
			hd, hl = m, c.kinds[j]
			break
		}
	}
	put(float32(hd))
	put(float32(hl))
	hd = 99
	for j, m := i+1, int32(0); j < len(p.Blocks) && m < 30; j, m = j+1, m+1 {
		if isHeading(c.kinds[j]) {
			hd = m
			break
		}
	}
	put(float32(hd))
	put(bit(i > 0 && c.shapes[i-1].endsColon))
	put(float32(c.phrases[i]))
	for _, since := range c.since[i] {
		put(float32(since))
	}
	copy(x[k:], c.pageF[:])
	k += nPage
	if k != len(x) {
		panic("zone: feature count")
	}
}
