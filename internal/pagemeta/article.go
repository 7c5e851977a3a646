package pagemeta

import (
	_ "embed"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"example.invalid/nutgraf/internal/jsonld"
	"example.invalid/nutgraf/internal/page"
)

// Method is how a value was found.
type Method uint8

// Methods.
const (
	StructuredData Method = iota + 1
	MetaTag
	DOM
	TextRule
	Gazetteer
	Derived
	URL
)

// Evidence is where a value stands and how it was found.
type Evidence struct {
	Span       page.Span // in the page's source; empty for URL and Derived
	Locator    string    // of values in markup
	Method     Method
	Raw        string // as printed
	Confidence float64
}

// Value is a text with its evidence.
type Value struct {
	Text string
	Evidence
}

// Date is a date with its evidence.
type Date struct {
	date
	Evidence
}

// Author is an author with the evidence of the name.
type Author struct {
	Value
	Kind AuthorKind
	URL  string // absolute, or ""
	Role string
}

// AuthorKind tells people from desks, agencies and the publication itself.
type AuthorKind = authorKind

// Kinds of authors.
const (
	Person       = person
	Desk         = desk
	Agency       = agency
	Publication  = publication
	Organization = organization // none of these
)

// Below these probabilities a value is not given: rather none than a wrong one.
const (
	leastTitle     = .10
	leastTextTitle = .05 // of a line of scraped text
	leastAuthor    = .50
	leastListed    = .30 // of a person listed with an author
	leastAlone     = .45 // of the best where none is likelier
	leastStated    = .10 // of the same, if structured data has a house, a desk or an agency as the author
	leastPublished = .15
)

// MaxAlternatives bounds the candidates given beside a value.
const MaxAlternatives = 8

// Title is the best title and the candidates it beat.
func (r *Reader) Title() (best Value, rest []Value) {
	for i, c := range r.titles {
		v := Value{c.Value, r.evidence(&c)}
		switch {
		case i == 0 && c.Probability < r.leastTitle():
			return best, nil
		case i == 0:
			best = v
		case len(rest) < MaxAlternatives:
			rest = append(rest, v)
		}
	}
	return best, rest
}

func (r *Reader) leastTitle() float64 {
	if r.c.p.Kind == page.Text {
		return leastTextTitle
	}
	return leastTitle
}

// PublishedDate is the best date of publication and the candidates it beat; ok is false if none is likely enough.
func (r *Reader) PublishedDate() (best Date, rest []Date, ok bool) {
	for i, c := range r.Published() {
		d := Date{c.date.date, r.evidence(&c)}
		switch {
		case i == 0 && c.Probability >= leastPublished:
			best, ok = d, true
		case len(rest) < MaxAlternatives:
			rest = append(rest, d)
		}
	}
	return best, rest, ok
}

// ModifiedDate is the date of the last change the page states. One before publication is a mistake of the page.
func (r *Reader) ModifiedDate(published Date) (best Date, ok bool) {
	rank := 0
	for _, c := range r.dates() {
		if !c.modified || c.changeRank <= rank {
			continue
		}
		f, conf := c.Features, .9
		if c.changeRank < 20 {
			if f[dNav] != 0 || f[dRelated] != 0 || f[dComment] != 0 {
				continue
			}
			conf = .6
		}
		e := r.evidence(&Candidate{origin: c.changeOrigin, Probability: conf})
		best, rank, ok = Date{c.change, e}, c.changeRank, true
	}
	if ok && published.Year != 0 && best.dayString() < published.dayString() {
		return Date{}, false
	}
	return best, ok
}

// AuthorList are the authors, in the order of the page.
func (r *Reader) AuthorList() []Author {
	var out []Candidate
	for _, i := range ChooseAuthors(r.rankedAuthors()) {
		out = append(out, r.rankedAuthors()[i])
	}
	slices.SortStableFunc(out, func(a, b Candidate) int { return int(a.Features[aOrder]) - int(b.Features[aOrder]) })
	var authors []Author
	for _, c := range out {
		if len(authors) == maxCredits {
			break
		}
		e := r.evidence(&c)
		// The name alone, where the source has it as such.
		if k := strings.Index(r.c.p.Source[e.Span.Start:e.Span.End], c.Value); k >= 0 {
			e.Span = page.Span{Start: e.Span.Start + int32(k), End: e.Span.Start + int32(k+len(c.Value))}
			e.Raw = ""
		}
		authors = append(authors, Author{
			Value: Value{c.Value, e}, Kind: c.credit.kind, URL: r.c.absolute(c.credit.url), Role: clean(c.credit.role, maxLabel),
		})
	}
	return authors
}

// ChooseAuthors are the indices of those candidates, sorted best first, that are given as authors: the likely ones, and likely enough people
// who were listed with one of them. A name that holds or is part of a better one is the same. Where none is likely the best is given if it comes
// near, or if the page says in so many words that nobody in particular wrote it.
func ChooseAuthors(cs []Candidate) []int {
	var out []int
next:
	for i := range cs {
		c := &cs[i]
		if c.Probability < leastListed {
			break
		}
		listed := false
		for _, j := range out {
			o := &cs[j]
			if strings.Contains(o.Key, c.Key) || strings.Contains(c.Key, o.Key) {
				continue next
			}
			listed = listed || shareList(o.People(), c.People())
		}
		if c.Probability >= leastAuthor || listed {
			out = append(out, i)
		}
	}
	if len(out) == 0 && len(cs) > 0 && (cs[0].Probability >= leastAlone || cs[0].Probability >= leastStated && cs[0].institution()) {
		return []int{0}
	}
	return out
}

// institution reports whether structured data has the candidate as the author and it is not a person.
func (c *Candidate) institution() bool {
	f := c.Features
	return f[int(srcLDAuthor)] != 0 && (f[aSite] != 0 || f[aLDOrganization] != 0 || f[aAgency] != 0 || f[aDesk] != 0)
}

func (r *Reader) rankedAuthors() []Candidate {
	if !r.gotAuthors {
		r.allAuthors, r.gotAuthors = rank(r.authors, r.c.authors(r.anchor)), true
	}
	return r.allAuthors
}

// Byline is what the page prints to name the authors, without a dateline on the same line.
func (r *Reader) Byline() (Value, bool) {
	v, ok := r.bylineLine()
	end := len(v.Text)
	if place, _, found := r.placeIn(v); found {
		if i := strings.Index(v.Text, place); i > 0 {
			end = i
		}
	}
	cut := strings.TrimRight(v.Text[:end], " ,:"+bylineMarks)
	if cut == "" || cut == v.Text {
		return v, ok
	}
	if src := r.c.p.Source[v.Span.Start:v.Span.End]; strings.HasPrefix(src, cut) {
		v.Span.End = v.Span.Start + int32(len(cut))
	}
	v.Text = cut
	return v, ok
}

// bylineMarks divide the parts of a byline.
const bylineMarks = "|•·–—/"

// placeIn finds a place among the parts of a byline.
func (r *Reader) placeIn(line Value) (name string, span page.Span, found bool) {
	for p := range strings.FieldsFuncSeq(line.Text, func(r rune) bool { return strings.ContainsRune(bylineMarks, r) }) {
		p = strings.Trim(p, " ,:")
		if !cities.has(p) {
			continue
		}
		span = line.Span
		if k := strings.Index(r.c.p.Source[span.Start:span.End], p); k >= 0 {
			span = page.Span{Start: span.Start + int32(k), End: span.Start + int32(k+len(p))}
		}
		return p, span, true
	}
	return "", page.Span{}, false
}

// bylineLine is the line of the page that names the authors.
func (r *Reader) bylineLine() (Value, bool) {
	for _, c := range r.rankedAuthors() {
		if c.Probability < leastAuthor || c.seen.source == 0 {
			continue
		}
		e := r.evidence(&Candidate{origin: c.seen, Probability: c.Probability})
		e.Method = DOM
		if r.c.p.Kind == page.Text {
			e.Method = TextRule
		}
		return Value{clean(c.seen.raw, maxStandfirst), e}, true
	}
	return Value{}, false
}

// evidence describes where a candidate of a ranked field stands.
func (r *Reader) evidence(c *Candidate) Evidence {
	o := &c.origin
	e := Evidence{Span: o.span, Raw: o.raw, Confidence: c.Probability, Method: DOM}
	switch {
	case o.ld.Kind() != jsonld.Absent:
		e.Method, e.Locator = StructuredData, r.c.ldLocator(o.ld, o.script)
	case o.meta >= 0 && int(o.meta) < len(r.c.p.Metas) && o.node == 0:
		m := &r.c.p.Metas[o.meta]
		e.Method, e.Locator = MetaTag, metaLocator(m)
		if m.Itemprop != "" && m.Name == "" && m.Property == "" {
			e.Method = StructuredData
		}
	case o.span == page.Span{}:
		e.Method, e.Locator = URL, ""
	case r.c.p.Kind == page.Text || o.stated:
		e.Method = TextRule
	case o.node > 0:
		e.Locator = r.c.nodeLocator(o)
		if r.c.p.Nodes[o.node].Attrs&page.HasItemprop != 0 {
			e.Method = StructuredData
		}
	case o.span == r.c.p.Title.Span:
		e.Method, e.Locator = MetaTag, "title"
	}
	return e
}

// ldLocator names a place in JSON-LD: the number of the script, then a JSON Pointer into it.
func (c *collector) ldLocator(v jsonld.Value, script int32) string {
	n := 0
	for i := range c.p.Scripts[:script] {
		if c.p.Scripts[i].Type == "application/ld+json" {
			n++
		}
	}
	path := v.Path()
	// The root is an array of the script's values, nearly always one.
	if i := strings.IndexByte(path[1:], '/'); i >= 0 && strings.HasPrefix(path, "/0/") {
		path = path[1+i:]
	}
	return "jsonld:/" + strconv.Itoa(n) + path
}

func metaLocator(m *page.Meta) string {
	attr, v := "property", m.Property
	if v == "" {
		attr, v = "name", m.Name
	}
	if v == "" {
		attr, v = "itemprop", m.Itemprop
	}
	if v == "" {
		attr, v = "http-equiv", m.HTTP
	}
	return "meta[" + attr + "=" + clean(v, 64) + "]@content"
}

func (c *collector) nodeLocator(o *origin) string {
	n := &c.p.Nodes[o.node]
	s := n.Tag.String()
	if s == "" {
		s = "*"
	}
	if n.Attrs&page.HasItemprop != 0 {
		v, _, _ := c.p.Attr(o.node, "itemprop")
		s += "[itemprop=" + clean(v, 64) + "]"
	}
	if o.span.Start >= n.Open.Start && o.span.End <= n.Open.End {
		if n.Tag == page.TagTime && n.Attrs&page.HasDatetime != 0 {
			return s + "@datetime"
		}
		return s + "@content"
	}
	return s
}

// textSpan is where the text of a node stands in the source, without the tags around it.
func (c *collector) textSpan(i int32) page.Span {
	n := &c.p.Nodes[i]
	start, end := n.TextStart, n.TextEnd
	for start < end && c.p.Text[start] <= ' ' {
		start++
	}
	for end > start && c.p.Text[end-1] <= ' ' {
		end--
	}
	if s := c.p.SourceSpan(start, end); s != (page.Span{}) {
		return s
	}
	return c.p.NodeSpan(i)
}

// escapeAddress escapes what could end the attribute or the element that an address is put into; url.URL leaves it in a query.
var escapeAddress = strings.NewReplacer("<", "%3C", ">", "%3E", `"`, "%22", "`", "%60")

// absolute resolves an address of the page; only http and https without user names pass.
func (c *collector) absolute(ref string) string {
	ref = strings.TrimSpace(ref)
	if ref == "" || len(ref) > maxURL {
		return ""
	}
	u, err := url.Parse(ref)
	if err != nil {
		return ""
	}
	if !u.IsAbs() {
		base := c.url
		if b, err := url.Parse(strings.TrimSpace(c.p.Base)); err == nil && b.Host != "" {
			if base != nil {
				b = base.ResolveReference(b)
			}
			base = b
		}
		if base == nil {
			return ""
		}
		u = base.ResolveReference(u)
	}
	u.Scheme = strings.ToLower(u.Scheme)
	if u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" || u.User != nil || strings.ContainsAny(u.Host, "<>\"'`^{|}\\% ") {
		return ""
	}
	s := escapeAddress.Replace(u.String())
	if len(s) > maxURL || !utf8.ValidString(s) || strings.ContainsFunc(s, func(r rune) bool { return unicode.IsControl(r) || unicode.IsSpace(r) }) {
		return ""
	}
	return s
}

// CanonicalURL is the address the page gives itself, without a fragment.
func (r *Reader) CanonicalURL() (Value, bool) {
	c := r.c
	trim := func(s string) string { s, _, _ = strings.Cut(s, "#"); return s }
	for i := range c.p.Links {
		l := &c.p.Links[i]
		if !hasToken(l.Rel, "canonical") {
			continue
		}
		if u := c.absolute(l.Href); u != "" {
			return Value{trim(u), Evidence{Span: l.Span, Locator: "link[rel=canonical]@href", Method: MetaTag, Raw: l.Href, Confidence: .95}}, true
		}
	}
	for i := range c.p.Metas {
		if m := &c.p.Metas[i]; c.metaNames[i] == "og:url" {
			if u := c.absolute(m.Content); u != "" {
				return Value{trim(u), Evidence{Span: m.Span, Locator: metaLocator(m), Method: MetaTag, Raw: m.Content, Confidence: .9}}, true
			}
		}
	}
	if c.article >= 0 {
		t := c.things[c.article]
		for _, v := range []jsonld.Value{t.v.Get("url"), t.v.Get("mainEntityOfPage"), t.v.Get("mainEntityOfPage").Get("@id")} {
			if u := c.absolute(v.String()); u != "" {
				return c.ldValue(trim(u), v, t.script, .8), true
			}
		}
	}
	if c.url != nil {
		if u := c.absolute(c.url.String()); u != "" {
			return Value{trim(u), Evidence{Method: URL, Confidence: .5}}, true
		}
	}
	return Value{}, false
}

func hasToken(list, token string) bool {
	for w := range strings.FieldsSeq(list) {
		if strings.EqualFold(w, token) {
			return true
		}
	}
	return false
}

func (c *collector) ldValue(text string, v jsonld.Value, script int32, confidence float64) Value {
	a, b := v.Span()
	base := c.p.Scripts[script].Body.Start
	return Value{text, Evidence{
		Span: page.Span{Start: base + int32(a), End: base + int32(b)}, Locator: c.ldLocator(v, script), Method: StructuredData, Raw: v.String(), Confidence: confidence,
	}}
}

// meta is the first meta element of one of the names, in the order of the names.
func (c *collector) meta(limit int, confidence float64, names ...string) (Value, bool) {
	for _, name := range names {
		for i := range c.p.Metas {
			m := &c.p.Metas[i]
			if c.metaNames[i] != name {
				continue
			}
			if v := clean(m.Content, limit); v != "" && !strings.Contains(v, "://") {
				return Value{v, Evidence{Span: m.Span, Locator: metaLocator(m), Method: MetaTag, Raw: m.Content, Confidence: confidence}}, true
			}
		}
	}
	return Value{}, false
}

// ldText is a text member of the main article's structured data.
func (c *collector) ldText(key string, limit int, confidence float64) (Value, bool) {
	if c.article < 0 {
		return Value{}, false
	}
	t := c.things[c.article]
	for v := range t.v.Get(key).All() {
		if v.Kind() == jsonld.Object {
			v = v.Get("name")
		}
		if s := clean(v.String(), limit); s != "" && !strings.Contains(s, "://") {
			return c.ldValue(s, v, t.script, confidence), true
		}
	}
	return Value{}, false
}

// SiteName is the name of the publication.
func (r *Reader) SiteName() (Value, bool) {
	c := r.c
	if v, ok := c.meta(maxLabel, .95, "og:site_name"); ok {
		return v, true
	}
	for _, kind := range []thingKind{articleThing, siteThing, orgThing} {
		for _, t := range c.things {
			if t.kind != kind || t.nested {
				continue
			}
			v := t.v
			if kind == articleThing {
				v = c.resolve(t.v.Get("publisher"))
			}
			v = v.Get("name")
			if s := clean(v.String(), maxLabel); s != "" {
				return c.ldValue(s, v, t.script, .85), true
			}
		}
	}
	if v, ok := c.meta(maxLabel, .7, "application-name", "apple-mobile-web-app-title", "dc.publisher", "dcterms.publisher", "publisher"); ok {
		return v, true
	}
	// What the page's title has beside the headline, if the address confirms it.
	for _, x := range cutTitle(clip(c.p.Title.Text, 8*maxTitle)) {
		if c.site.isSite(x.dropped) == 2 {
			return Value{clean(x.dropped, maxLabel), Evidence{Span: c.p.Title.Span, Locator: "title", Method: MetaTag, Raw: c.p.Title.Text, Confidence: .6}}, true
		}
	}
	return Value{}, false
}

// SiteDomain is the registrable domain of the page.
func (r *Reader) SiteDomain() (Value, bool) {
	if r.c.site.domain == "" {
		return Value{}, false
	}
	conf := .99
	if r.c.url == nil {
		conf = .8 // the page says so itself
	}
	return Value{r.c.site.domain, Evidence{Method: Derived, Confidence: conf}}, true
}

// Section is the part of the publication the article stands in.
func (r *Reader) Section() (Value, bool) {
	c := r.c
	if v, ok := c.ldText("articleSection", maxLabel, .9); ok {
		return v, true
	}
	if v, ok := c.meta(maxLabel, .85, "article:section", "og:article:section", "parsely-section", "sailthru.section", "section", "cxenseparse:section", "dc.subject"); ok {
		return v, true
	}
	// The last step but one of a breadcrumb trail, whose last is the article.
	for _, i := range c.marked {
		n := &c.p.Nodes[i]
		if n.Attrs&page.HasItemprop == 0 {
			continue
		}
		if v, _, _ := c.p.Attr(i, "itemprop"); strings.EqualFold(v, "articleSection") {
			if s := clean(c.p.NodeText(i), maxLabel); s != "" && len(s) < 60 {
				return Value{s, Evidence{Span: c.textSpan(i), Locator: "[itemprop=articleSection]", Method: StructuredData, Raw: s, Confidence: .85}}, true
			}
		}
	}
	return Value{}, false
}

const maxTags = 64

// setting is how programs that use the tags as a store write their own: "contentId: 15cd344d".
var setting = regexp.MustCompile(`^[a-z][A-Za-z0-9_.-]*: ?\S`)

// Tags are the publisher's own, from the first place that has any.
func (r *Reader) Tags() []Value {
	c := r.c
	var out []Value
	seen := map[string]bool{}
	add := func(s string, e Evidence) {
		s = clean(s, maxLabel)
		k := MatchKey(s)
		if k == "" || seen[k] || len(out) >= maxTags || len(s) > 120 || len(k) > 4 && strings.Trim(k, "0123456789") == "" {
			return
		}
		seen[k] = true
		out = append(out, Value{s, e})
	}
	list := func(s string, e Evidence) {
		sep := ","
		if !strings.Contains(s, ",") && strings.Contains(s, ";") {
			sep = ";"
		}
		e.Raw = ""
		for p := range strings.SplitSeq(clip(s, 8192), sep) {
			add(p, e)
		}
	}
	if c.article >= 0 {
		t := c.things[c.article]
		for v := range t.v.Get("keywords").All() {
			if v.Kind() == jsonld.Object {
				v = v.Get("name")
			}
			if s := v.String(); s != "" {
				list(s, c.ldValue("", v, t.script, .9).Evidence)
			}
		}
	}
	for _, name := range [...]string{"article:tag", "og:article:tag", "news_keywords", "parsely-tags", "sailthru.tags", "keywords"} {
		if len(out) > 0 {
			break
		}
		conf, prose := .85, ""
		if name == "keywords" {
			conf = .7
			if v, ok := c.meta(maxStandfirst, 1, "description", "og:description"); ok {
				prose = MatchKey(v.Text)
			}
		}
		for i := range c.p.Metas {
			m := &c.p.Metas[i]
			if c.metaNames[i] != name || strings.Contains(m.Content, "://") {
				continue
			}
			// Some programs put the description there.
			if k := MatchKey(clip(m.Content, maxStandfirst)); prose == "" || len(k) < 40 || !strings.HasPrefix(prose, k) && !strings.HasPrefix(k, prose) {
				list(m.Content, Evidence{Span: m.Span, Locator: metaLocator(m), Method: MetaTag, Confidence: conf})
			}
		}
	}
	isSetting := func(v Value) bool { return setting.MatchString(v.Text) }
	if i := slices.IndexFunc(out, isSetting); i >= 0 && slices.ContainsFunc(out[i+1:], isSetting) { // one alone may be a tag
		out = slices.DeleteFunc(out, isSetting)
	}
	return out
}

// addressStart is how an address begins, with or without a scheme, after what browsers leave out.
var addressStart = regexp.MustCompile(`(?i)^(?:[a-z][a-z0-9+.-]*:[^\s]|[/\\]{2})`)

// isAddress reports whether a browser would take s for an address rather than words. It is in place of words where a licence has
// both forms, and might be one that no address put out may be.
func isAddress(s string) bool {
	s = strings.Map(func(r rune) rune {
		if r < ' ' {
			return -1
		}
		return r
	}, s)
	return addressStart.MatchString(strings.TrimSpace(s))
}

// Rights is the copyright or licence line.
func (r *Reader) Rights() (Value, bool) {
	c := r.c
	for _, key := range [...]string{"copyrightNotice", "license"} {
		if v, ok := c.ldText(key, maxRights, .9); ok && !isAddress(v.Raw) {
			return v, true
		}
	}
	if v, ok := c.meta(maxRights, .85, "copyright", "rights", "dcterms.rights", "dc.rights", "dcterms.rightsholder"); ok && !isAddress(v.Raw) {
		return v, true
	}
	for i := len(c.p.Blocks) - 1; i >= 0 && i > len(c.p.Blocks)-200; i-- {
		b := &c.p.Blocks[i]
		if b.End-b.Start > 300 || b.End-b.Start < 6 {
			continue
		}
		s := c.p.Text[b.Start:b.End]
		if strings.HasPrefix(s, "©") || strings.HasPrefix(s, "Copyright ") || strings.HasPrefix(s, "(c) ") || strings.HasPrefix(s, "(C) ") {
			m := DOM
			if c.p.Kind == page.Text {
				m = TextRule
			}
			return Value{clean(s, maxRights), Evidence{Span: c.p.SourceSpan(b.Start, b.End), Method: m, Raw: s, Confidence: .7}}, true
		}
	}
	return Value{}, false
}

// Standfirst is the text between headline and article that sums it up: what the page marks as such, best if its head says the same. A
// description that is the beginning of the article is none.
func (r *Reader) Standfirst() (Value, bool) {
	c := r.c
	if c.p.Kind == page.Text {
		return r.textStandfirst()
	}
	desc, hasDesc := c.meta(maxStandfirst, .5, "og:description", "description", "twitter:description")
	ld, hasLD := c.ldText("description", maxStandfirst, .55)
	if !hasDesc || hasLD && len(ld.Text) > len(desc.Text) {
		desc, hasDesc = ld, hasLD
	}
	key := MatchKey(strings.TrimRight(strings.TrimSuffix(desc.Text, "..."), " …"))
	title := ""
	if len(r.titles) > 0 {
		title = r.titles[0].Key
	}
	best := -1
	conf := 0.0
	inBody := false
	from := max(r.anchor, 0)
	for i := int(from); i < len(c.p.Blocks) && i < int(from)+60; i++ {
		b := &c.p.Blocks[i]
		n := int(b.End - b.Start)
		if n < 30 || n > 4*maxStandfirst/2 || b.Flags&(notContent|page.InListItem|page.InCaption|page.InFigure|page.Hidden) != 0 || b.LinkBytes*2 > b.End-b.Start {
			continue
		}
		h := c.above[b.Node]
		if h&(page.HintRelated|page.HintComment|page.HintShare|page.HintAd|page.HintNewsletter|page.HintCaption|page.HintBio) != 0 {
			continue
		}
		k := MatchKey(c.p.Text[b.Start:b.End])
		if k == "" || k == title {
			continue
		}
		same := key != "" && len(key) > 20 && (k == key || strings.HasPrefix(k, key) && len(k) < len(key)*5/4 || strings.HasPrefix(key, k) && len(key) < len(k)*5/4)
		if key != "" && len(key) > 20 && !same && strings.HasPrefix(k, key) {
			inBody = true // the description is cut from a longer paragraph
		}
		marked := h&page.HintStandfirst != 0 || b.Flags&page.InHeading != 0 && c.p.Nodes[b.Node].Tag == page.TagH2 && i < int(from)+4
		x := 0.0
		switch near := i < int(from)+12; {
		case same && marked:
			x = .95
		case marked && near && h&page.HintStandfirst != 0:
			x = .8
		case same && near:
			x = .65
		case marked && near && n > 60:
			x = .45
		}
		if x > conf {
			best, conf = i, x
		}
	}
	if best >= 0 && conf >= .6 {
		b := &c.p.Blocks[best]
		raw := c.p.Text[b.Start:b.End]
		return Value{clean(raw, maxStandfirst), Evidence{Span: c.p.SourceSpan(b.Start, b.End), Method: DOM, Raw: raw, Confidence: conf}}, true
	}
	if hasDesc && !inBody && len(desc.Text) >= 40 && !strings.HasSuffix(desc.Text, "...") && !strings.HasSuffix(desc.Text, "…") && MatchKey(desc.Text) != title {
		desc.Confidence = .45
		return desc, true
	}
	return Value{}, false
}

// textStandfirst is a line of one or two sentences right below the title which the article repeats, or which a byline or date divides from
// it.
func (r *Reader) textStandfirst() (Value, bool) {
	c := r.c
	for i := int(r.anchor) + 1; r.anchor >= 0 && i < len(c.p.Blocks) && i <= int(r.anchor)+3; i++ {
		text := c.p.BlockText(i)
		if n := utf8.RuneCountInString(text); n < 50 || n > 400 || hasByline(text) {
			continue
		}
		conf := 0.0
		k := MatchKey(text)
		for j := i + 1; j < len(c.p.Blocks) && j < i+60; j++ {
			if b := &c.p.Blocks[j]; b.End-b.Start < 2000 && MatchKey(c.p.BlockText(j)) == k {
				conf = .9
				break
			}
		}
		for j := i + 1; conf == 0 && j < len(c.p.Blocks) && j <= i+3; j++ {
			t := c.p.BlockText(j)
			if len(t) > 160 {
				break
			}
			if hasByline(t) || nameFirst(t) || hasYear(t) && len(findDates(t, dayFirst, false)) > 0 {
				conf = .7
			}
		}
		if conf > 0 {
			b := &c.p.Blocks[i]
			return Value{clean(text, maxStandfirst), Evidence{Span: c.p.SourceSpan(b.Start, b.End), Method: TextRule, Raw: text, Confidence: conf}}, true
		}
	}
	return Value{}, false
}

//go:embed cities.txt
var citiesText string

var cities = labelSet(citiesText)

// Place is the place of a dateline: at the head of the first paragraphs, or beside the names in the byline. The agency is the one that
// the dateline credits.
func (r *Reader) Place() (place, agencyName Value, ok bool) {
	c := r.c
	m := DOM
	if c.p.Kind == page.Text {
		m = TextRule
	}
	from := max(r.anchor, 0)
	seen := 0
	for i := int(from); i < len(c.p.Blocks) && i < int(from)+60 && seen < 5; i++ {
		b := &c.p.Blocks[i]
		if b.End-b.Start < 80 || b.Flags&(notContent|page.InHeading|page.InCaption) != 0 {
			continue
		}
		seen++
		text := c.p.Text[b.Start:b.End]
		d, is := parseDateline(text)
		if !is {
			continue
		}
		at := func(a, e int) Evidence {
			return Evidence{Span: c.p.SourceSpan(b.Start+int32(a), b.Start+int32(e)), Method: m, Raw: text[a:e], Confidence: .85}
		}
		if d.place[1] > d.place[0] {
			place, ok = Value{clean(text[d.place[0]:d.place[1]], maxLabel), at(d.place[0], d.place[1])}, true
		}
		if d.agency[1] > d.agency[0] {
			agencyName = Value{clean(text[d.agency[0]:d.agency[1]], maxLabel), at(d.agency[0], d.agency[1])}
		}
		return place, agencyName, ok
	}
	line, is := r.bylineLine()
	if !is {
		return place, agencyName, false
	}
	name, span, found := r.placeIn(line)
	if !found {
		return place, agencyName, false
	}
	e := line.Evidence
	e.Method, e.Confidence, e.Raw, e.Span = Gazetteer, .75, name, span
	return Value{name, e}, agencyName, true
}

type dateline struct{ place, agency [2]int }

// parseDateline reads "PARIS, March 3 (Reuters) - ", "Berlin (dpa) – " and "WASHINGTON — " at the head of a paragraph.
func parseDateline(s string) (d dateline, ok bool) {
	head := clip(s, 100)
	end, after := -1, ""
	for _, sep := range [...]string{" — ", " – ", " - ", " -- ", "— ", ".- ", ".— "} {
		if i := strings.Index(head, sep); i > 0 && (end < 0 || i < end) {
			end = i
			_, after, _ = strings.Cut(clip(s[i+len(sep):], 120), sep)
		}
	}
	if i := strings.Index(head, ")"); end < 0 && i > 0 && i < 60 {
		end = i + 1
	}
	if end < 3 {
		return d, false
	}
	head = head[:end]
	place := len(head)
	if i := strings.IndexByte(head, '('); i >= 0 {
		j := strings.IndexByte(head[i:], ')')
		if j < 0 {
			return d, false
		}
		if !agencies.has(strings.TrimSpace(head[i+1 : i+j])) {
			return d, false
		}
		d.agency = [2]int{i + 1, i + j}
		place = i
	}
	if i := strings.IndexByte(head[:place], ','); i >= 0 {
		// What follows the comma is a date, or the rest of the place: "PARIS, March 3", "SPRINGFIELD, Ill."
		if hasDigit(head[i:place]) {
			place = i
		}
	}
	for place > 0 && strings.ContainsRune(" ,.-", rune(head[place-1])) {
		place--
	}
	p := head[:place]
	if p == "" {
		return d, d.agency[1] > 0
	}
	if utf8.RuneCountInString(p) > 40 || strings.Count(p, " ") > 4 || hasDigit(p) || !unicode.IsUpper(firstRune(p)) {
		return dateline{}, false
	}
	first, _, _ := strings.Cut(p, ",")
	// A second dash closes a parenthesis.
	if d.agency[1] == 0 && after != "" || d.agency[1] == 0 && !(allCaps(strings.TrimSpace(first)) && utf8.RuneCountInString(first) > 3) && !cities.has(first) {
		return dateline{}, false
	}
	d.place = [2]int{0, place}
	return d, true
}

func hasDigit(s string) bool { return strings.ContainsAny(s, "0123456789") }
