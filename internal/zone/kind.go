package zone

import (
	"strings"

	"example.invalid/nutgraf/internal/page"
	"example.invalid/nutgraf/internal/zone/forest"
)

// kindModel tells the kinds of page apart by the page as a whole and by the body found in it. It is empty for text.
type kindModel struct {
	article, index trees
}

const nKind = nPage + 10

var interstitials = []string{
	"enable javascript", "javascript is disabled", "access denied", "verify you are human", "checking your browser", "are you a robot",
	"captcha", "unusual traffic", "403 forbidden", "404 not found", "page not found", "page you requested", "service unavailable", "bad gateway", "accept cookies", "cookie consent",
	"you have been blocked", "attention required", "turn on javascript", "unsupported browser", "just a moment",
}

func (c *Context) kind(l *Labels, m kindModel) Kind {
	if c.total == 0 {
		return KindEmpty
	}
	if c.total < 250 || l.BodyWords < 60 {
		for i := range c.p.Blocks {
			if c.shapes[i].words > 60 {
				continue
			}
			lower := strings.ToLower(c.p.BlockText(i))
			for _, w := range interstitials {
				if strings.Contains(lower, w) {
					return KindInterstitial
				}
			}
		}
	}
	news, article, live := c.evid.types&1 != 0, c.evid.types&3 != 0, c.evid.types&(1<<2) != 0
	switch {
	case l.BodyWords == 0:
		if c.total > 100 && c.pageF[3] > .4 {
			return KindIndex
		}
		return KindEmpty
	case live:
		return KindLiveBlog
	case l.BodyWords < 60 && c.evid.types&(1<<9) != 0:
		return KindMedia
	case m.index.Forest == nil:
		if !article && c.listing(l) {
			return KindIndex
		}
		return KindArticle
	}
	x := make([]float32, nKind)
	c.kindRow(l, x)
	var walk forest.Walk
	switch {
	case !article && sigmoid(m.index.score(x, &walk)) > .5:
		return KindIndex
	case !news && sigmoid(m.article.score(x, &walk)) < .2:
		return KindOther
	}
	return KindArticle
}

// kindRow fills the features of the page as a whole.
func (c *Context) kindRow(l *Labels, x []float32) {
	var blocks, words, links, headings, list, ends, bytes, linkBytes int32
	sum := float32(0)
	for i, r := range l.Roles {
		if r != Body {
			continue
		}
		b, sh := &c.p.Blocks[i], &c.shapes[i]
		blocks++
		words += sh.words
		bytes += sh.bytes
		linkBytes += b.LinkBytes
		sum += l.Scores[i] * float32(sh.words)
		switch {
		case c.links[i] > .5:
			links += sh.words
		case isHeading(c.kinds[i]):
			headings += sh.words
		}
		if b.Flags&page.InListItem != 0 {
			list += sh.words
		}
		if sh.endsSentence {
			ends++
		}
	}
	copy(x, c.pageF[:])
	copy(x[nPage:], []float32{
		log1(words), log1(blocks), ratio(words, blocks), ratio(words, c.total), ratio(links, words), ratio(headings, words),
		ratio(list, words), ratio(ends, blocks), ratio(linkBytes, bytes), sum / float32(words+1),
	})
}

// listing reports whether most of the body is headlines and links.
func (c *Context) listing(l *Labels) bool {
	var words, loose int32
	for i, r := range l.Roles {
		if r != Body {
			continue
		}
		words += c.shapes[i].words
		if c.links[i] > .5 || isHeading(c.kinds[i]) {
			loose += c.shapes[i].words
		}
	}
	return loose*10 > words*4
}
