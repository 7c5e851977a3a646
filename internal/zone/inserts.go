package zone

import (
	"sort"
	"strings"

	"example.invalid/nutgraf/internal/page"
)

// lead returns what block i begins like. Inserts between the paragraphs of an article mostly say so, and the pages to train on are
// too few to learn that in many languages.
func (c *Context) lead(i int) Role {
	const longest = 80
	if c.shapes[i].words > longest {
		return Other
	}
	return cueRole(c.p.BlockText(i))
}

// labelled returns which part of a block after a label ("Read more: ...") is link, -1 without a label.
func (c *Context) labelled(i int) float32 {
	const longest = 40
	text := c.p.BlockText(i)
	k := strings.IndexByte(text[:min(len(text), longest)], ':')
	if k < 0 || k+2 >= len(text) || text[k+1] != ' ' {
		return -1
	}
	return min(1, float32(c.p.Blocks[i].LinkBytes)/float32(len(text)-k-2))
}

// Where the links of a block lead.
const (
	linkSocial = iota
	linkPromotion
	linkTopic
	linkStory
	linkAway
	nLink
)

var linkWords = [...][]string{
	linkSocial:    {"facebook.", "twitter.", "//x.com", "instagram.", "youtube.", "youtu.be", "//t.me", "telegram.", "whatsapp", "wa.me", "linkedin.", "tiktok.", "pinterest.", "threads.", "bsky.", "mastodon"},
	linkPromotion: {"subscri", "newsletter", "abo", "signup", "sign-up", "login", "register", "donat", "support", "member", "apps.apple", "itunes.apple", "play.google", "suscri", "mailto:", "shop", "affiliate", "amzn", "amazon."},
	linkTopic:     {"/tag", "/categor", "/topic", "/author", "/autor", "/thema", "/tema", "/search", "/section", "/people", "/profile", "/rubri"},
}

// linksOf counts the links of block i by where they lead.
func (c *Context) linksOf(i int) (out [nLink]float32) {
	const most, long = 12, 200
	p := c.p
	b := &p.Blocks[i]
	if b.LinkBytes == 0 {
		return out
	}
	n := 0
	// Nodes are in the order of their text. A link that a block begins with may have been opened just before it.
	from := sort.Search(len(p.Nodes), func(k int) bool { return p.Nodes[k].TextStart >= b.Start-2 })
	for at := max(from, int(b.Node)+1); at < len(p.Nodes) && p.Nodes[at].TextStart < b.End && n < most; at++ {
		nd := &p.Nodes[at]
		if nd.Tag != page.TagA || nd.Attrs&page.HasHref == 0 || nd.TextEnd <= b.Start {
			continue
		}
		n++
		href, _, _ := p.Attr(int32(at), "href")
		href = strings.ToLower(href[:min(len(href), long)])
		kind := -1
		for k, words := range linkWords {
			for _, w := range words {
				if kind < 0 && strings.Contains(href, w) {
					kind = k
				}
			}
		}
		if kind < 0 {
			kind = linkStory
			if h := hostOf(href); h != "" && c.host != "" && h != c.host {
				kind = linkAway
			} else if strings.Count(href, "-") < 3 {
				continue
			}
		}
		out[kind]++
	}
	return out
}

// hostOf returns the host of a URL without "www.", nothing of a relative one.
func hostOf(url string) string {
	i := strings.Index(url, "//")
	if i < 0 || i > 8 {
		return ""
	}
	url = url[i+2:]
	if k := strings.IndexAny(url, "/?#:"); k >= 0 {
		url = url[:k]
	}
	return strings.TrimPrefix(strings.ToLower(url), "www.")
}
