// Package pagemeta finds the data about an article that its page states: title, authors, dates, site, section and so on. For each field
// it collects candidates from structured data, head elements, visible markup and lines of text, and ranks them with small forests
// over where a candidate stands and who agrees with it.
package pagemeta

import (
	"bytes"
	"net/url"
	"strings"

	"example.invalid/nutgraf/internal/jsonld"
	"example.invalid/nutgraf/internal/page"
	"golang.org/x/net/publicsuffix"
)

// Hints are what is known of a page beside its bytes.
type Hints struct {
	URL string
}

// origin says where a candidate was read.
type origin struct {
	source source
	span   page.Span // in the page's source
	node   int32     // element, or 0
	meta   int32     // index of the meta element, or -1
	ld     jsonld.Value
	script int32 // of ld
	stated bool  // in a script or an attribute of no known vocabulary
	raw    string
}

// source is a kind of place where a value can stand.
type source uint8

// collector holds what all fields need of one page.
type collector struct {
	p     *page.Page
	hints Hints
	// above is what the classes of an element and its ancestors suggest.
	above []page.Hint
	// lists of nodes worth a look, in document order
	headings, times, marked []int32

	things    []thing
	byID      map[string]jsonld.Value
	article   int // index of the main article in things, or -1
	url       *url.URL
	site      siteNames
	titleKey  string   // of the title element
	metaNames []string // of p.Metas, lower-case
	toLead    []uint8  // of each block: how many blocks further down the next paragraph is; see measure
}

// thing is a JSON-LD object with a type of interest.
type thing struct {
	v      jsonld.Value
	script int32
	kind   thingKind
	nested bool // inside a list, a part or another article
}

type thingKind uint8

const (
	otherThing thingKind = iota
	articleThing
	pageThing
	siteThing
	personThing
	orgThing
)

var thingKinds = map[string]thingKind{
	"article": articleThing, "newsarticle": articleThing, "reportagenewsarticle": articleThing, "analysisnewsarticle": articleThing,
	"opinionnewsarticle": articleThing, "reviewnewsarticle": articleThing, "backgroundnewsarticle": articleThing, "advertisercontentarticle": articleThing,
	"satiricalarticle": articleThing, "scholarlyarticle": articleThing, "medicalscholarlyarticle": articleThing, "techarticle": articleThing,
	"apireference": articleThing, "report": articleThing, "blogposting": articleThing, "liveblogposting": articleThing, "socialmediaposting": articleThing,
	"discussionforumposting": articleThing, "recipe": articleThing, "review": articleThing, "criticreview": articleThing, "podcastepisode": articleThing,
	"question": articleThing, "howto": articleThing, "course": articleThing,
	"webpage": pageThing, "itempage": pageThing, "collectionpage": pageThing, "qapage": pageThing, "faqpage": pageThing, "medicalwebpage": pageThing,
	"aboutpage": pageThing, "videoobject": pageThing, "product": pageThing, "creativework": pageThing, "event": pageThing, "mediaobject": pageThing, "profilepage": pageThing,
	"dataset": pageThing, "softwareapplication": pageThing, "jobposting": pageThing, "book": pageThing, "movie": pageThing, "service": pageThing,
	"website": siteThing, "person": personThing, "organization": orgThing, "newsmediaorganization": orgThing, "corporation": orgThing,
}

func newCollector(p *page.Page, h Hints) *collector {
	c := &collector{p: p, hints: h, article: -1}
	if u, err := url.Parse(strings.TrimSpace(h.URL)); err == nil && u.Host != "" {
		c.url = u
	}
	c.titleKey = MatchKey(clip(p.Title.Text, 8*maxTitle))
	c.metaNames = make([]string, len(p.Metas))
	for i := range p.Metas {
		c.metaNames[i] = metaName(&p.Metas[i])
	}
	c.readNodes()
	c.readThings()
	c.readSite()
	return c
}

// measure finds for each block how many blocks further down the next paragraph is.
func (c *collector) measure() {
	if c.toLead != nil {
		return
	}
	const paragraph, far = 120, 100
	c.toLead = make([]uint8, len(c.p.Blocks))
	d := uint8(far)
	for i := len(c.toLead) - 1; i >= 0; i-- {
		if b := &c.p.Blocks[i]; b.End-b.Start >= paragraph && b.Flags&(notContent|page.InHeading|page.InCaption) == 0 && b.LinkBytes*2 < b.End-b.Start {
			d = 0
		}
		c.toLead[i] = d
		d = min(d+1, far)
	}
}

const maxMarked = 4096 // elements of each kind that are looked at

func (c *collector) readNodes() {
	nodes := c.p.Nodes
	c.above = make([]page.Hint, len(nodes))
	const byHints = page.HintAuthor | page.HintByline | page.HintDate | page.HintModified | page.HintTitle | page.HintStandfirst |
		page.HintDateline | page.HintSection | page.HintTags | page.HintSource
	for i := range nodes {
		n := &nodes[i]
		h := n.Hints
		if n.Parent >= 0 {
			h |= c.above[n.Parent]
		}
		if n.Tag == page.TagBody || n.Tag == page.TagHTML || n.Tag == page.TagMain || n.Tag == page.TagArticle {
			h = 0 // classes of the whole page speak of its kind, not of its parts
		}
		c.above[i] = h
		switch {
		case n.Tag.Heading() > 0:
			if len(c.headings) < maxMarked {
				c.headings = append(c.headings, int32(i))
			}
		case n.Tag == page.TagTime:
			if len(c.times) < maxMarked {
				c.times = append(c.times, int32(i))
			}
		}
		if (n.Hints&byHints != 0 || n.Attrs&(page.HasItemprop|page.HasRel) != 0) && len(c.marked) < maxMarked {
			c.marked = append(c.marked, int32(i))
		}
	}
}

// readThings parses the page's JSON-LD and finds the object that is the article.
func (c *collector) readThings() {
	best := 0
	for i := range c.p.Scripts {
		s := &c.p.Scripts[i]
		if s.Type != "application/ld+json" {
			continue
		}
		d := jsonld.Parse(c.p.Source[s.Body.Start:s.Body.End])
		for v := range d.Objects() {
			k := otherThing
			for t := range v.Get("@type").All() {
				if x := thingKinds[strings.ToLower(localName(t.Raw()))]; x != otherThing && (k == otherThing || x < k) {
					k = x
				}
			}
			// Some sites leave the type out.
			if k == otherThing && v.Get("@type").Kind() == jsonld.Absent && v.Get("headline").Kind() == jsonld.String {
				k = articleThing
			}
			if k == otherThing || len(c.things) >= maxMarked {
				continue
			}
			t := thing{v: v, script: int32(i), kind: k, nested: isNested(v)}
			c.things = append(c.things, t)
			if k == personThing || k == orgThing {
				if id := v.Get("@id").Raw(); id != "" && v.Get("name").Kind() != jsonld.Absent {
					if c.byID == nil {
						c.byID = make(map[string]jsonld.Value)
					}
					if _, ok := c.byID[id]; !ok {
						c.byID[id] = v
					}
				}
			}
			if k == articleThing {
				if w := c.weigh(t); w > best {
					best, c.article = w, len(c.things)-1
				}
			}
		}
	}
}

// localName is what follows the last slash or colon of a type name.
func localName(s string) string {
	if i := strings.LastIndexAny(s, "/:#"); i >= 0 {
		return s[i+1:]
	}
	return s
}

// isNested reports whether an object is a part or an item of another rather than the page's own subject.
func isNested(v jsonld.Value) bool {
	for p := v.Parent(); p.Kind() != jsonld.Absent; p = p.Parent() {
		switch p.Key() {
		case "", "@graph", "mainEntity", "mainEntityOfPage", "schema:mainEntity":
		default:
			return true
		}
	}
	switch v.Key() {
	case "", "@graph", "mainEntity", "mainEntityOfPage":
		return false
	}
	return true
}

// weigh says how likely an article object is the page's own.
func (c *collector) weigh(t thing) int {
	w := 1
	if !t.nested {
		w += 8
	}
	h := t.v.Get("headline")
	if h.Kind() == jsonld.Absent {
		h = t.v.Get("name")
	}
	if k := MatchKey(clip(h.String(), 8*maxTitle)); k != "" && c.titleKey != "" && (strings.Contains(c.titleKey, k) || strings.Contains(k, c.titleKey)) {
		w += 4
	}
	if t.v.Get("datePublished").Kind() != jsonld.Absent {
		w += 2
	}
	if t.v.Get("headline").Kind() != jsonld.Absent {
		w++
	}
	return w
}

// siteNames are the names a site goes by, as match keys.
type siteNames struct {
	domain string   // registrable
	labels [][]byte // of the host that name the site
	keys   [][]byte
	names  []string // keys as printed
	origin []origin
}

func (c *collector) readSite() {
	s := &c.site
	addHost := func(u *url.URL) {
		if u == nil {
			return
		}
		host := strings.TrimSuffix(strings.ToLower(u.Hostname()), ".")
		d, err := publicsuffix.EffectiveTLDPlusOne(host)
		if err != nil {
			return
		}
		if s.domain == "" {
			s.domain = d
		}
		suffix, _ := publicsuffix.PublicSuffix(d)
		for l := range strings.SplitSeq(strings.TrimSuffix(host, "."+suffix), ".") {
			switch l {
			case "www", "m", "blog", "news", "amp", "en", "de", "fr", "es", "mobile", "blogs":
			default:
				s.labels = append(s.labels, appendMatchKey(nil, l))
			}
		}
	}
	add := func(name string, o origin) {
		name = clean(name, maxLabel)
		if k := appendMatchKey(nil, name); len(k) > 0 && len(s.keys) < 16 {
			s.keys = append(s.keys, k)
			s.names = append(s.names, name)
			s.origin = append(s.origin, o)
		}
	}
	addHost(c.url)
	if c.url == nil || s.domain == "" {
		for i := range c.p.Links {
			if l := &c.p.Links[i]; strings.EqualFold(l.Rel, "canonical") && s.domain == "" {
				if u, err := url.Parse(l.Href); err == nil {
					addHost(u)
				}
			}
		}
	}
	for i := range c.p.Metas {
		m := &c.p.Metas[i]
		switch c.metaNames[i] {
		case "og:site_name", "application-name", "apple-mobile-web-app-title", "al:android:app_name", "al:ios:app_name", "cre", "publisher",
			"dc.publisher", "dcterms.publisher", "article:publisher", "copyright", "twitter:site", "citation_journal_title", "parsely-network-canonical":
			if !strings.Contains(m.Content, "://") {
				add(strings.TrimPrefix(m.Content, "@"), origin{meta: int32(i), span: m.Span, raw: m.Content})
			}
		}
		if s.domain == "" && c.metaNames[i] == "og:url" {
			if u, err := url.Parse(m.Content); err == nil {
				addHost(u)
			}
		}
	}
	for _, t := range c.things {
		v := jsonld.Value{}
		switch t.kind {
		case siteThing:
			v = t.v.Get("name")
		case articleThing:
			if !t.nested {
				v = c.resolve(t.v.Get("publisher")).Get("name")
			}
		case orgThing:
			if !t.nested {
				v = t.v.Get("name")
			}
		}
		if x := v.String(); x != "" {
			a, b := v.Span()
			base := c.p.Scripts[t.script].Body.Start
			add(x, origin{meta: -1, ld: v, script: t.script, span: page.Span{Start: base + int32(a), End: base + int32(b)}, raw: x})
		}
	}
}

// resolve follows a reference by @id to the object that has a name.
func (c *collector) resolve(v jsonld.Value) jsonld.Value {
	if v.Kind() == jsonld.Object && v.Get("name").Kind() == jsonld.Absent {
		if x, ok := c.byID[v.Get("@id").Raw()]; ok {
			return x
		}
	}
	return v
}

// isSite says how much a text looks like a name of the site: 2 if it is one, 1 if it holds one.
func (s *siteNames) isSite(text string) int {
	var buf [256]byte
	k := appendMatchKey(buf[:0], text)
	if len(k) == 0 {
		return 0
	}
	for _, n := range s.keys {
		if bytes.Equal(k, n) {
			return 2
		}
	}
	best := 0
	for _, l := range s.labels {
		switch {
		case len(l) == 0:
		case bytes.Equal(k, l) || len(k) >= 3 && len(l) >= 3 && (bytes.HasPrefix(k, l) && len(k)-len(l) <= 5 || bytes.HasPrefix(l, k) && len(l)-len(k) <= 4):
			return 2
		case len(l) >= 4 && bytes.Contains(k, l) || len(k) >= 4 && bytes.Contains(l, k):
			best = 1
		}
	}
	for _, n := range s.keys {
		if len(n) >= 4 && bytes.Contains(k, n) || len(k) >= 4 && bytes.Contains(n, k) {
			best = 1
		}
	}
	return best
}

// metaName is the lower-case name of a meta element, whichever attribute holds it.
func metaName(m *page.Meta) string {
	s := m.Property
	if s == "" {
		s = m.Name
	}
	if s == "" {
		s = m.Itemprop
	}
	if s == "" {
		s = m.HTTP
	}
	if len(s) > 64 {
		return ""
	}
	return strings.ToLower(s)
}
