package zone

import (
	"maps"
	"strings"
	"unicode"
	"unicode/utf8"

	"example.invalid/nutgraf/internal/page"
)

// evidence is what the head of a page says about its body.
type evidence struct {
	title, description string
	bodies             []string // JSON-LD articleBody
	paid               bool     // isAccessibleForFree is false
	types              uint32
}

const nPage = 26

// schema.org and OpenGraph types that tell kinds of page apart; one bit each.
var typeBits = map[string]uint32{
	"NewsArticle": 1, "ReportageNewsArticle": 1, "AnalysisNewsArticle": 1, "OpinionNewsArticle": 1, "ReviewNewsArticle": 1, "BackgroundNewsArticle": 1,
	"Article": 2, "BlogPosting": 2, "TechArticle": 2, "LiveBlogPosting": 1 << 2, "Product": 1 << 3, "ProductGroup": 1 << 3, "Offer": 1 << 3,
	"DiscussionForumPosting": 1 << 4, "QAPage": 1 << 4, "Question": 1 << 4, "CollectionPage": 1 << 5, "ItemList": 1 << 5, "SearchResultsPage": 1 << 5,
	"Recipe": 1 << 6, "HowTo": 1 << 6, "FAQPage": 1 << 7, "LocalBusiness": 1 << 8, "Service": 1 << 8, "ProfessionalService": 1 << 8,
	"VideoObject": 1 << 9, "BreadcrumbList": 1 << 10, "WebPage": 1 << 11,
}

// readScripts finds types and article bodies in JSON-LD. It looks for the keys
// instead of parsing, so that broken JSON says as much as sound JSON.
func (e *evidence) readScripts(p *page.Page) {
	const limit = 4 << 20
	for _, s := range p.Scripts {
		if s.Type != "application/ld+json" {
			continue
		}
		body := p.Source[s.Body.Start:s.Body.End]
		body = body[:min(len(body), limit)]
		for i := 0; ; {
			k := strings.IndexByte(body[i:], '"')
			if k < 0 {
				break
			}
			i += k + 1
			end := stringEnd(body, i)
			key := body[i:end]
			i = min(end+1, len(body))
			switch key {
			case "@type", "articleBody", "text", "isAccessibleForFree":
			default:
				continue
			}
			j := i
			for j < len(body) && (body[j] == ' ' || body[j] == ':' || body[j] == '\n' || body[j] == '\t' || body[j] == '\r' || body[j] == '[') {
				j++
			}
			if j == i || j >= len(body) {
				continue
			}
			if key == "isAccessibleForFree" {
				v := strings.ToLower(strings.Trim(body[j:min(len(body), j+7)], `"' `))
				e.paid = e.paid || strings.HasPrefix(v, "false")
				continue
			}
			if body[j] != '"' {
				continue
			}
			end = stringEnd(body, j+1)
			value := body[j+1 : end]
			i = min(end+1, len(body))
			switch key {
			case "@type":
				e.types |= typeBits[value]
			case "articleBody":
				if len(value) > 100 && len(e.bodies) < 8 {
					e.bodies = append(e.bodies, value)
				}
			}
		}
	}
}

// stringEnd returns the place of the quote that ends the JSON string at i.
func stringEnd(s string, i int) int {
	for i < len(s) {
		k := strings.IndexByte(s[i:], '"')
		if k < 0 {
			return len(s)
		}
		i += k
		n := 0
		for n < i && s[i-1-n] == '\\' {
			n++
		}
		if n%2 == 0 {
			return i
		}
		i++
	}
	return len(s)
}

// nextWord returns the hash of the next word of s at or after i, letters lower
// case, and the place after it. Escapes of JSON and entities count as breaks.
func nextWord(s string, i int) (uint32, int) {
	const offset, prime = 2166136261, 16777619
	h, n := uint32(offset), 0
	for i < len(s) {
		c := s[i]
		if c < utf8.RuneSelf {
			switch {
			case 'a' <= c && c <= 'z' || '0' <= c && c <= '9':
			case 'A' <= c && c <= 'Z':
				c |= 0x20
			case c == '\\' && i+1 < len(s):
				if n > 0 {
					return h, i
				}
				if s[i+1] == 'u' && i+6 <= len(s) {
					i += 6
				} else {
					i += 2
				}
				continue
			default:
				i++
				if n > 0 {
					return h, i
				}
				continue
			}
			h = (h ^ uint32(c)) * prime
			n++
			i++
			continue
		}
		r, size := utf8.DecodeRuneInString(s[i:])
		i += size
		if !unicode.IsLetter(r) && !unicode.IsMark(r) {
			if n > 0 {
				return h, i
			}
			continue
		}
		if isCJK(r) {
			if n > 0 {
				return h, i - size
			}
			return (h ^ uint32(r)) * prime, i
		}
		h = (h ^ uint32(unicode.ToLower(r))) * prime
		n++
	}
	if n == 0 {
		return 0, len(s)
	}
	return h, len(s)
}

// readWordsOf hashes the words that blocks begin with, once for all that asks for them.
func (c *Context) readWordsOf() {
	c.words = make([]uint32, 0, c.total+c.total/8)
	c.wordsEnd = make([]int32, len(c.p.Blocks))
	for i := range c.wordsEnd {
		s := c.p.BlockText(i)
		for at, n := 0, 0; at < len(s) && n < readWords; n++ {
			w, next := nextWord(s, at)
			if at = next; w == 0 {
				break
			}
			c.words = append(c.words, w)
		}
		c.wordsEnd[i] = int32(len(c.words))
	}
}

// wordsOf returns the hashes of the first words of block i.
func (c *Context) wordsOf(i int) []uint32 {
	from := int32(0)
	if i > 0 {
		from = c.wordsEnd[i-1]
	}
	return c.words[from:c.wordsEnd[i]]
}

// wordSet is a set of hashed words: a table with free places, which are 0.
type wordSet struct {
	slots []uint32
	n     int
}

// place returns where in the table a word is, or would be.
func (s *wordSet) place(w uint32) int {
	mask := len(s.slots) - 1
	k := int(w^w>>15) & mask
	for s.slots[k] != 0 && s.slots[k] != w {
		k = (k + 1) & mask
	}
	return k
}

func (s *wordSet) has(w uint32) bool { return s.n > 0 && s.slots[s.place(w)] == w }

func (s *wordSet) add(w uint32) {
	if 2*s.n >= len(s.slots) {
		old := s.slots
		s.slots = make([]uint32, max(64, 2*len(old)))
		for _, w := range old {
			if w != 0 {
				s.slots[s.place(w)] = w
			}
		}
	}
	if k := s.place(w); s.slots[k] == 0 {
		s.slots[k] = w
		s.n++
	}
}

// setOf holds the words of a text up to so many different ones.
func setOf(text string, limit int) (s wordSet) {
	for i := 0; i < len(text) && s.n < limit; {
		w, next := nextWord(text, i)
		if i = next; w == 0 {
			break
		}
		s.add(w)
	}
	return s
}

// share returns which part of the words are in the set, and how many there
// were. It reads at most limit of them.
func (s *wordSet) share(words []uint32, limit int) (float32, int) {
	words = words[:min(len(words), limit)]
	if len(words) == 0 {
		return 0, 0
	}
	hit := 0
	for _, w := range words {
		if s.has(w) {
			hit++
		}
	}
	return float32(hit) / float32(len(words)), len(words)
}

// pairSet is a set of pairs of neighbouring words.
type pairSet map[uint64]struct{}

func pairsOf(text string, limit int) pairSet {
	set := pairSet{}
	prev := uint32(0)
	for i := 0; i < len(text) && len(set) < limit; {
		w, next := nextWord(text, i)
		if i = next; w == 0 {
			break
		}
		if prev != 0 {
			set[uint64(prev)<<32|uint64(w)] = struct{}{}
		}
		prev = w
	}
	return set
}

// share is that of wordSet for pairs.
func (s pairSet) share(words []uint32, limit int) (float32, int) {
	words = words[:min(len(words), limit+1)]
	if len(words) < 2 {
		return 0, 0
	}
	hit := 0
	for k, w := range words[1:] {
		if _, ok := s[uint64(words[k])<<32|uint64(w)]; ok {
			hit++
		}
	}
	return float32(hit) / float32(len(words)-1), len(words) - 1
}

// compare fills title, h1, desc, ld and the features of the page as a whole.
func (c *Context) compare(url string) {
	p := c.p
	e := &c.evid
	e.readScripts(p)
	ogType := ""
	for i := range p.Metas {
		m := &p.Metas[i]
		name := m.Property
		if name == "" {
			name = m.Name
		}
		switch strings.ToLower(name) {
		case "og:title":
			if e.title == "" {
				e.title = m.Content
			}
		case "og:description", "description", "twitter:description":
			if len(m.Content) > len(e.description) {
				e.description = m.Content
			}
		case "og:type":
			ogType = strings.ToLower(m.Content)
		case "og:url":
			if url == "" {
				url = m.Content
			}
		}
	}
	if e.title == "" {
		e.title = p.Title.Text
	}
	for i := range p.Links {
		if url == "" && strings.EqualFold(p.Links[i].Rel, "canonical") {
			url = p.Links[i].Href
		}
	}
	c.host = hostOf(url)
	title := setOf(e.title, 64)
	desc := setOf(e.description, 128)
	var body pairSet
	for _, b := range e.bodies {
		pairs := pairsOf(b, 20000)
		if body == nil {
			body = pairs
			continue
		}
		maps.Copy(body, pairs)
	}
	h1 := -1
	var ldWords, h1s, articles, forms int
	for i := range p.Blocks {
		words := c.wordsOf(i)
		sh := &c.shapes[i]
		if sh.words > 0 && sh.words < 60 && title.n > 0 {
			v, n := title.share(words, 60)
			c.title[i] = v * float32(min(n, title.n)) / float32(max(n, title.n))
		}
		if c.kinds[i] == kindH1 {
			h1s++
			if h1 < 0 || c.title[i] > c.title[h1] {
				h1 = i
			}
		}
		if sh.words > 3 && sh.words < 120 && desc.n > 2 {
			v, n := desc.share(words, 120)
			c.desc[i] = v * float32(min(n, desc.n)) / float32(max(n, desc.n))
		}
		c.ld[i] = -1
		if body != nil {
			v, n := body.share(words, 60)
			c.ld[i] = v
			if n == 0 {
				c.ld[i] = .5
			} else if v > .7 {
				ldWords += int(sh.words)
			}
		}
	}
	for i := range c.h1 {
		c.h1[i] = -1
		if h1 >= 0 {
			c.h1[i] = float32(max(-20, min(100, i-h1)))
		}
	}
	for i := range p.Nodes {
		switch p.Nodes[i].Tag {
		case page.TagArticle:
			articles++
		case page.TagForm:
			forms++
		}
	}
	root := &c.nodes[0]
	top := &c.nodes[c.best]
	path := urlPath(url)
	c.pageF = [nPage]float32{
		log1(c.total), log1(int32(len(p.Blocks))), ratio(root.good, root.words), ratio(root.linkBytes, root.bytes),
		log1(root.paras), ratio(top.words, root.words), ratio(top.good, root.good), log1(top.good),
		float32(min(articles, 20)), float32(min(h1s, 10)), float32(min(forms, 10)),
		ratio(int32(ldWords), c.total), bit(body != nil), float32(e.types & 3), float32(e.types >> 2 & 7),
		float32(e.types >> 5 & 7), float32(e.types >> 8 & 15), ogKind(ogType), bit(e.paid),
		float32(strings.Count(path, "/")), float32(min(strings.Count(path, "-"), 15)), float32(digits(path)), pathKind(path),
		bit(url != ""), ratio(int32(len(e.description)), 8), ratio(int32(len(p.Metas)), 1),
	}
}

func ogKind(t string) float32 {
	switch {
	case t == "":
		return 0
	case strings.Contains(t, "article"):
		return 1
	case strings.Contains(t, "product"):
		return 2
	case strings.Contains(t, "website"):
		return 3
	case strings.Contains(t, "video"):
		return 4
	}
	return 5
}

func urlPath(url string) string {
	if i := strings.Index(url, "://"); i >= 0 {
		url = url[i+3:]
	}
	i := strings.IndexByte(url, '/')
	if i < 0 {
		return ""
	}
	return strings.ToLower(strings.TrimRight(url[i:min(len(url), 400)], "/"))
}

func digits(s string) (n int) {
	for i := 0; i < len(s); i++ {
		if '0' <= s[i] && s[i] <= '9' {
			n++
		}
	}
	return min(n, 20)
}

var pathKinds = [...][]string{
	{"forum", "thread", "topic", "discussion", "community", "question", "/t/", "/r/", "viewtopic", "comments"},
	{"product", "/shop", "/p/", "item", "store", "/dp/", "buy"},
	{"docs", "documentation", "/api", "reference", "guide", "manual", "tutorial", "/learn", "wiki", "help"},
	{"category", "/tag/", "/tags", "search", "archive", "/page/", "collections", "author/", "list"},
	{"service", "about", "solutions", "features", "pricing", "contact", "company"},
	{"blog", "news", "article", "story", "post", "/20"},
}

func pathKind(path string) float32 {
	if path == "" {
		return -1
	}
	for i, words := range pathKinds {
		for _, w := range words {
			if strings.Contains(path, w) {
				return float32(i + 1)
			}
		}
	}
	return 0
}
