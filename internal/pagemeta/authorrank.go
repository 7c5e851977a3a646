package pagemeta

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"example.invalid/nutgraf/internal/jsonld"
	"example.invalid/nutgraf/internal/page"
)

// Sources of authors.
const (
	srcLDAuthor source = iota + 1
	srcLDAuthorOther
	srcLDCreator
	srcMetaAuthor
	srcMetaOther
	srcMetaLabel
	srcRelAuthor
	srcPropAuthor
	srcAuthorClass
	srcBylineClass
	srcBylineLine
	srcAuthorLink
	srcNameLine
	srcBylineInside // "A column by Ann Lee"
	srcLabelAbove   // the line above is a label
	numAuthorSources
)

var authorSourceNames = [numAuthorSources]string{"none", "ld_author", "ld_author_other", "ld_creator", "meta_author", "meta_other", "meta_label", "rel_author",
	"prop_author", "author_class", "byline_class", "byline_line", "author_link", "name_line", "byline_inside", "label_above"}

// Features of an author.
const (
	aKinds = int(numAuthorSources) + iota
	aCount
	aOrder
	aBelow
	aAbove
	aLabelled
	aOtherLabel
	aInArticle
	aNav
	aHidden
	aRelated
	aComment
	aBio
	aLinked
	aCaption
	aDateBeside
	aDesk
	aAgency
	aSite
	aSiteHolds
	aWords
	aChars
	aProper
	aGiven // its first word is a given name somewhere
	aLower
	aCaps
	aDigits
	aDot
	aRole
	aListSize // names in the smallest list it was read from
	aFirst    // begins a list
	aInTitle
	aPartOfOther
	aHoldsOther
	aLDAgrees    // structured data of the article has it too
	aLDDisagrees // has other people only
	aMetaDisagrees
	aLDPerson // structured data says that it is a person
	aLDOrganization
	aToLead     // blocks down to the first paragraph below it
	aMates      // names it was listed with
	aMatesKinds // most kinds of places that give one of them
	aMatesLD    // one of them is in structured data or a meta element
	aRivalKinds // most kinds of places that give another name
	aRivalGiven // the same of names that begin with a given name
	aPageNews
	aPageNames
	aPageLDPeople
	aPageMetaPeople
	aPageRel
	aPageArticle
	aPageForum
	aPageAnchor
	aPageClass
	aPageLine
	numAuthorFeatures
)

var authorFeatureNames = func() []string {
	n := make([]string, numAuthorFeatures)
	copy(n, authorSourceNames[:])
	copy(n[aKinds:], strings.Fields(`kinds count order below above labelled other_label in_article nav hidden related comment bio linked caption date_beside desk agency site
		site_holds words chars proper given lower caps digits dot role list_size first in_title part_of_other holds_other ld_agrees ld_disagrees meta_disagrees
		ld_person ld_organization to_lead mates mates_kinds mates_ld rival_kinds rival_given page_news page_names
		page_ld_people page_meta_people page_rel page_article page_forum page_anchor page_class page_line`))
	return n
}()

// AuthorsModel ranks authors.
var AuthorsModel = newModel("authors", authorFeatureNames)

// TextAuthorsModel ranks authors in scraped text.
var TextAuthorsModel = newModel("authors_text", authorFeatureNames)

const (
	maxAuthorCandidates = 64
	maxAuthorText       = 160 // bytes of an element that may be a byline
)

type authorCollector struct {
	*collector
	anchor  int32
	out     []Candidate
	index   map[string]int
	from    []uint32
	lists   [][]int32       // of each candidate: the lists it was in
	list    int32           // the one being read
	grouped bool            // all names read now are of one list
	whole   map[string]bool // houses, as structured data names them
}

// authors collects the candidates for the authors.
func (c *collector) authors(anchor int32) []Candidate {
	a := &authorCollector{collector: c, anchor: anchor, index: make(map[string]int, 16), whole: make(map[string]bool)}
	c.measure()
	a.addThings()
	a.addMetas()
	a.addMarked()
	a.addLines()
	a.dropGlued()
	a.finish()
	return a.out
}

func (a *authorCollector) addThings() {
	for i, t := range a.things {
		s := srcLDAuthorOther
		switch {
		case i == a.article:
			s = srcLDAuthor
		case t.kind > pageThing || t.nested:
			continue
		}
		for _, key := range [...]string{"author", "creator", "contributor"} {
			if key != "author" {
				if s == srcLDAuthorOther {
					break
				}
				s = srcLDCreator
			}
			n, of := 0, 0
			for range t.v.Get(key).All() {
				of++
			}
			a.list++
			for x := range t.v.Get(key).All() {
				if n++; n > maxCredits {
					break
				}
				x = a.resolve(x)
				name := x
				if x.Kind() == jsonld.Object {
					name = x.Get("name")
				}
				for y := range name.All() {
					a.addLD(y, x, t.script, s, n-1, of)
				}
			}
		}
	}
}

// addLD adds a name of structured data, the at-th of a list.
func (a *authorCollector) addLD(name, of jsonld.Value, script int32, s source, at, size int) {
	raw := clean(name.String(), maxByline)
	if raw == "" || strings.Contains(raw, "://") {
		return
	}
	x, y := name.Span()
	base := a.p.Scripts[script].Body.Start
	o := origin{source: s, meta: -1, ld: name, script: script, span: page.Span{Start: base + int32(x), End: base + int32(y)}, raw: raw}
	cs, labelled, _ := parseByline(raw)
	var human, org float32
	for t := range of.Get("@type").All() {
		switch thingKinds[strings.ToLower(localName(t.Raw()))] {
		case personThing:
			human = 1
		case orgThing:
			org = 1
		}
	}
	if org != 0 && !labelled && len(cs) > 0 && cs[0].kind == person && (len(cs) == 1 || dividesName(raw, cs)) {
		cs = []credit{{name: raw, kind: organization, end: len(raw)}} // "Port Authority of Amsel" is no name with a place
		a.whole[raw] = true
	}
	for i, c := range cs {
		if of.Kind() == jsonld.Object && len(cs) == 1 {
			if c.role == "" {
				c.role = clean(of.Get("jobTitle").String(), maxLabel)
			}
			c.url = of.Get("url").String()
		}
		f := a.add(c, o, at+i, max(size, len(cs)))
		if f == nil {
			continue
		}
		f[aLDPerson], f[aLDOrganization] = max(f[aLDPerson], human), max(f[aLDOrganization], org)
	}
}

// dividesName reports whether a house was read as two people: "Office for Roads and Bridges".
func dividesName(raw string, cs []credit) bool {
	for i := range cs[1:] {
		if _, complement, ok := strings.Cut(raw[cs[i].end:cs[i+1].start], " "); !ok || !startsWithStop(complement) {
			return false
		}
	}
	return true
}

func (a *authorCollector) addMetas() {
	label := ""
	for i := range a.p.Metas {
		m := &a.p.Metas[i]
		s := source(0)
		name := a.metaNames[i]
		switch name {
		case "author", "article:author", "article:author_name", "article:author:name", "article:authors", "parsely-author", "dc.creator", "dcterms.creator", "dc.creator.personalname":
			s = srcMetaAuthor
		case "sailthru.author", "cxenseparse:author", "citation_author", "byl", "byline", "og:article:author", "og:author", "authors", "rbauthors", "creator", "cre:author", "bt:author", "author_name", "authorname", "dc.contributor", "book:author", "music:musician", "twitter:author", "article_author", "swiftype:author", "lrt_authors", "mrf:authors", "shareaholic:article_author_name", "vr:author", "article.author", "dable:author", "content_author", "page_author", "post_author", "writer", "reporter":
			s = srcMetaOther
		case "twitter:label1", "twitter:label2":
			label = m.Content
			continue
		case "twitter:data1", "twitter:data2":
			n, l := leadingLabel(clip(label, 64) + ": x")
			if n == 0 || notAuthorLabels[l] {
				continue
			}
			s = srcMetaLabel
		default:
			continue
		}
		raw := clean(m.Content, maxByline)
		if raw == "" || strings.Contains(raw, "://") || strings.HasPrefix(raw, "@") || strings.HasPrefix(raw, "www.") {
			continue
		}
		if name == "citation_author" {
			if last, first, ok := strings.Cut(raw, ", "); ok && !strings.ContainsAny(first, ",;") {
				raw = first + " " + last
			}
		}
		a.addByline(raw, origin{source: s, meta: int32(i), span: m.Span, raw: m.Content}, nil)
	}
}

// addByline reads the names of a text and adds them; place sets what is known of where it stands.
func (a *authorCollector) addByline(text string, o origin, place func(f []float32)) int {
	cs, labelled, other := parseByline(text)
	if a.whole[text] {
		cs = []credit{{name: text, kind: organization, end: len(text)}}
	}
	if !a.grouped {
		a.list++
	}
	for i, c := range cs {
		f := a.add(c, o, i, len(cs))
		if f == nil {
			continue
		}
		if labelled && !other {
			f[aLabelled] = 1
		}
		if other {
			f[aOtherLabel] = 1
		}
		if place != nil {
			place(f)
		}
	}
	return len(cs)
}

// add notes a name and returns its features, nil if there is no room.
func (a *authorCollector) add(c credit, o origin, at, of int) []float32 {
	c.name = withoutTitles(c.name)
	k := authorKey(c.name)
	if k == "" {
		return nil
	}
	i, ok := a.index[k]
	r := 100 - int(o.source)
	if !ok {
		if len(a.out) >= maxAuthorCandidates {
			return nil
		}
		i = len(a.out)
		a.index[k] = i
		f := make([]float32, numAuthorFeatures)
		f[aOrder], f[aBelow], f[aAbove], f[aListSize], f[aToLead] = float32(i), 1000, 1000, 1000, 1000
		a.out = append(a.out, Candidate{Value: c.name, Key: k, Features: f, origin: o, credit: c, rank: r})
		a.from = append(a.from, 0)
		a.lists = append(a.lists, nil)
	} else {
		x := &a.out[i]
		if x.credit.role == "" {
			x.credit.role = c.role
		}
		if x.credit.url == "" {
			x.credit.url = c.url
		}
		// Mixed case is better than capitals, then the source decides.
		if allCaps(x.Value) && !allCaps(c.name) || allCaps(x.Value) == allCaps(c.name) && r > x.rank {
			c.role, c.url = x.credit.role, x.credit.url
			x.Value, x.origin, x.credit, x.rank = c.name, o, c, r
		}
	}
	if x := &a.out[i].seen; o.source == srcBylineLine && x.source != srcBylineLine || x.source == 0 && (o.source == srcBylineClass || o.source == srcNameLine || o.source == srcAuthorClass) {
		*x = o
	}
	if l := a.lists[i]; len(l) < 32 && (len(l) == 0 || l[len(l)-1] != a.list) {
		a.lists[i] = append(l, a.list)
	}
	f := a.out[i].Features
	f[int(o.source)] = 1
	f[aCount]++
	f[aListSize] = min(f[aListSize], float32(of))
	if at == 0 {
		f[aFirst] = 1
	}
	if a.from[i]&(1<<o.source) == 0 {
		a.from[i] |= 1 << o.source
		f[aKinds]++
	}
	return f
}

func allCaps(s string) bool { return strings.ToUpper(s) == s && strings.ToLower(s) != s }

var titlesOfPeople = labelSet(`dr|dr.|prof|prof.|professor|mr|mr.|mrs|mrs.|ms|ms.|dipl.-ing.|dipl.-ing|mag.|mag|ing.|univ.-prof.|dott.|dott|dra.|d.|med.|rer.|nat.|phil.|herr|frau|ph.d.`)

// withoutTitles drops the titles in front of a name of at least two more words.
func withoutTitles(s string) string {
	for {
		w, rest, ok := strings.Cut(s, " ")
		if !ok || !titlesOfPeople.has(w) || !strings.Contains(rest, " ") {
			return s
		}
		s = rest
	}
}

// place sets the features of where a name stands.
func (a *authorCollector) place(f []float32, node, block int32, flags page.Flags) {
	if a.anchor >= 0 {
		if block >= a.anchor {
			f[aBelow] = min(f[aBelow], float32(block-a.anchor))
		} else {
			f[aAbove] = min(f[aAbove], float32(a.anchor-block))
		}
	}
	if int(block) < len(a.toLead) {
		f[aToLead] = min(f[aToLead], float32(a.toLead[block]))
	}
	h := a.above[node]
	for _, x := range [...]struct {
		on bool
		f  int
	}{
		{flags&(page.InArticle|page.InMain) != 0, aInArticle}, {flags&notContent != 0, aNav}, {flags&page.Hidden != 0, aHidden}, {flags&page.InLink != 0, aLinked},
		{flags&(page.InCaption|page.InFigure) != 0 || h&page.HintCaption != 0, aCaption}, {h&page.HintRelated != 0, aRelated}, {h&page.HintComment != 0, aComment},
		{h&page.HintBio != 0, aBio},
	} {
		if x.on {
			f[x.f] = 1
		}
	}
}

// addMarked reads elements that say they hold an author: by rel, itemprop, class, or the address they link to.
func (a *authorCollector) addMarked() {
	var counts [numAuthorSources]int
	nodes := a.p.Nodes
	for _, i := range a.marked {
		n := &nodes[i]
		s := source(0)
		if n.Attrs&page.HasRel != 0 {
			if v, _, _ := a.p.Attr(i, "rel"); strings.Contains(strings.ToLower(v), "author") {
				s = srcRelAuthor
			}
		}
		if s == 0 && n.Attrs&page.HasItemprop != 0 {
			switch v, _, _ := a.p.Attr(i, "itemprop"); strings.ToLower(v) {
			case "author", "creator", "author creator":
				s = srcPropAuthor
			case "name":
				// The name inside an author.
				for p, up := n.Parent, 0; p > 0 && up < 4; p, up = nodes[p].Parent, up+1 {
					if nodes[p].Attrs&page.HasItemprop != 0 {
						if v, _, _ := a.p.Attr(p, "itemprop"); strings.EqualFold(v, "author") || strings.EqualFold(v, "creator") {
							s = srcPropAuthor
						}
						break
					}
				}
			}
		}
		if s == 0 && n.Hints&page.HintAuthor != 0 {
			s = srcAuthorClass
		}
		if s == 0 && n.Hints&page.HintByline != 0 {
			s = srcBylineClass
		}
		if s == 0 || n.Tag == page.TagBody || n.Tag == page.TagHTML {
			continue
		}
		if counts[s]++; counts[s] > 40 {
			continue
		}
		a.addNode(i, s)
	}
}

func (a *authorCollector) addNode(i int32, s source) {
	n := &a.p.Nodes[i]
	if s == srcPropAuthor && n.Attrs&page.HasContent != 0 {
		if v, span, ok := a.p.Attr(i, "content"); ok && v != "" && !strings.Contains(v, "://") {
			a.addByline(clean(v, maxByline), origin{source: s, node: i, meta: -1, span: span, raw: v}, func(f []float32) { a.place(f, i, n.BlockStart, n.Flags) })
			return
		}
	}
	text := a.p.NodeText(i)
	if text == "" || len(text) > 4*maxAuthorText || s == srcBylineClass && len(text) > maxAuthorText && !hasByline(text) {
		return
	}
	dated := a.holdsDate(i)
	a.list++
	a.grouped = true
	defer func() { a.grouped = false }()
	got := a.addNodeLines(i, s, text, dated)
	// Names and roles in elements without space between them run together in the text of the whole: read the parts as well.
	parts := 0
	for k := i + 1; k < n.Last && k < i+64 && parts < 6; k++ {
		c := &a.p.Nodes[k]
		if c.TextStart == n.TextStart && c.TextEnd == n.TextEnd || c.TextEnd-c.TextStart < 3 || c.TextEnd-c.TextStart > maxAuthorText {
			continue
		}
		parts++
		if t := a.p.NodeText(k); properName(t) || got == 0 && s != srcBylineClass {
			got += a.addNodeLines(k, s, t, dated)
		}
	}
}

// addNodeLines reads an element line by line, beside the name stand roles, dates and biographies, up to the first line with a name.
func (a *authorCollector) addNodeLines(i int32, s source, text string, dated bool) int {
	n := &a.p.Nodes[i]
	lines := 0
	for line := range strings.SplitSeq(text, "\n") {
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		if lines++; lines > 4 {
			break
		}
		if len(line) > maxAuthorText || s == srcBylineClass && !hasByline(line) && !properName(line) {
			continue
		}
		o := origin{source: s, node: i, meta: -1, span: a.textSpan(i), raw: line}
		got := a.addByline(line, o, func(f []float32) {
			a.place(f, i, n.BlockStart, n.Flags)
			if dated {
				f[aDateBeside] = 1
			}
		})
		if got > 0 {
			a.noteURL(line, a.linkOf(i))
			return got
		}
	}
	return 0
}

// noteURL gives the one author a text names the address it links to.
func (a *authorCollector) noteURL(text, url string) {
	if url == "" {
		return
	}
	if c, _, _ := parseByline(text); len(c) == 1 {
		if k, ok := a.index[authorKey(withoutTitles(c[0].name))]; ok && a.out[k].credit.url == "" {
			a.out[k].credit.url = url
		}
	}
}

// linkOf is the address a node links to.
func (a *authorCollector) linkOf(i int32) string {
	n := &a.p.Nodes[i]
	if n.Tag == page.TagA && n.Attrs&page.HasHref != 0 {
		v, _, _ := a.p.Attr(i, "href")
		return v
	}
	return ""
}

func (a *authorCollector) holdsDate(i int32) bool {
	n := &a.p.Nodes[i]
	for b := n.BlockStart; b < n.BlockEnd && b < n.BlockStart+4; b++ {
		if t := a.p.BlockText(int(b)); len(t) < maxDateBlockText && hasYear(t) && len(findDates(t, dayFirst, false)) > 0 {
			return true
		}
	}
	return false
}

// addLines reads short lines of text that begin like a byline, and lines near the headline that are nothing but a name.
func (a *authorCollector) addLines() {
	blocks := a.p.Blocks
	from, to := 0, len(blocks)
	if a.anchor > 30 {
		from = int(a.anchor) - 30
	}
	to = min(to, from+1000)
	found := 0
	for i := from; i < to && found < 40; i++ {
		b := &blocks[i]
		n := int(b.End - b.Start)
		if n < 3 || n > 300 {
			continue
		}
		text := a.p.Text[b.Start:b.End]
		for at := 0; at < len(text); {
			line := text[at:]
			if k := strings.IndexByte(line, '\n'); k >= 0 {
				line = line[:k]
			}
			start := at
			at += len(line) + 1
			line = strings.TrimSpace(line)
			if line == "" || len(line) > maxAuthorText {
				continue
			}
			s, inside := source(0), 0
			near := a.anchor >= 0 && int32(i) > a.anchor-6 && int32(i) < a.anchor+14
			k, label := leadingLabel(line)
			switch {
			case k == 0 && start == 0 && i > 0 && len(line) <= 60 && (properName(line) || nameFirst(line)) && a.isLabel(i-1):
				s = srcLabelAbove
			case k > 0 && (properStart(line[k:]) || near && strings.ContainsRune(line[:k], ':')) && (!particles[label] || near || i < from+60):
				s = srcBylineLine
			case near && b.Flags&page.InHeading == 0 && (len(line) <= 60 && properName(line) || nameFirst(line)):
				s = srcNameLine
			case len(line) <= 120 && b.Flags&page.InHeading == 0:
				if inside = insideByline(line); inside == 0 {
					continue
				}
				s = srcBylineInside
			default:
				continue
			}
			found++
			o := origin{source: s, node: b.Node, meta: -1, span: a.p.SourceSpan(b.Start+int32(start), b.Start+int32(start+len(line))), raw: line}
			line = line[inside:]
			dated := hasYear(text) && len(findDates(text, dayFirst, false)) > 0 || i+1 < len(blocks) && blocks[i+1].End-blocks[i+1].Start < 60 && hasYear(a.p.BlockText(i+1)) && len(findDates(a.p.BlockText(i+1), dayFirst, false)) > 0
			a.addByline(line, o, func(f []float32) {
				a.place(f, b.Node, int32(i), b.Flags)
				if dated {
					f[aDateBeside] = 1
				}
			})
		}
	}
	// Links whose address says that they lead to an author.
	n := 0
	for i := range a.p.Nodes {
		nd := &a.p.Nodes[i]
		if nd.Tag != page.TagA || nd.Attrs&page.HasHref == 0 || nd.TextEnd-nd.TextStart < 3 || nd.TextEnd-nd.TextStart > 60 {
			continue
		}
		if nd.BlockStart < a.anchor-10 || a.anchor >= 0 && nd.BlockStart > a.anchor+40 {
			continue
		}
		href, _, _ := a.p.Attr(int32(i), "href")
		if !authorAddress(href) {
			continue
		}
		if n++; n > 12 {
			break
		}
		text := a.p.NodeText(int32(i))
		node := int32(i)
		a.addByline(text, origin{source: srcAuthorLink, node: node, meta: -1, span: a.textSpan(node), raw: text}, func(f []float32) { a.place(f, node, nd.BlockStart, nd.Flags) })
		a.noteURL(text, href)
	}
}

// isLabel reports whether a block is nothing but the label of a byline.
func (a *authorCollector) isLabel(i int) bool {
	t := a.p.BlockText(i)
	if len(t) > 40 {
		return false
	}
	t = strings.TrimRight(strings.TrimSpace(t), ":： ")
	return bylineLabels.has(t) && !particles.has(t) && !notAuthorLabels.has(t)
}

var prepositions = [...]string{" by ", " By ", " von ", " par ", " por ", " av ", " af ", " door ", " przez "}

// insideByline is where the name begins in a short line that ends with one, after a preposition: "A column by Ann Lee". 0 is nowhere.
func insideByline(line string) int {
	var ends [len(prepositions)]int // of the last of each
	for i := 0; i+4 <= len(line); i++ {
		if line[i] != ' ' {
			continue
		}
		switch line[i+1] {
		case 'b', 'B', 'v', 'p', 'a', 'd':
			for k, p := range prepositions {
				if strings.HasPrefix(line[i:], p) {
					ends[k] = i + len(p)
				}
			}
		}
	}
	for k, at := range ends {
		if at == 0 {
			continue
		}
		rest := strings.TrimRight(line[at:], " .)")
		if n := strings.IndexAny(rest, ",|•·("); n >= 0 {
			rest = strings.TrimSpace(rest[:n])
		}
		if len(rest) <= 60 && (properName(rest) || hasDigit(line[:at-len(prepositions[k])]) && !strings.Contains(rest, " ") && properStart(rest)) {
			return at
		}
	}
	return 0
}

// nameFirst reports whether a line is parted by marks, as bylines are, and begins with a name: "Ann Lee | Paris | 3 May".
func nameFirst(line string) bool {
	first, _, ok := strings.Cut(line, "|")
	if !ok {
		first, _, ok = strings.Cut(line, "•")
	}
	if !ok {
		first, _, ok = strings.Cut(line, "·")
	}
	first = strings.TrimSpace(first)
	return ok && len(line) <= 120 && len(first) <= 60 && properName(first)
}

var authorPaths = []string{"/author", "/autor", "/auteur", "/autore", "/profile/", "/profil/", "/people/", "/person/", "/by/", "/staff/", "/writer", "/journalist", "/redakteur", "/contributor", "/team/", "/reporter", "/users/", "/user/", "/member", "/redaktion/", "/forfatter", "/skribent", "/firma/", "/columnist"}

func authorAddress(href string) bool {
	if len(href) > 512 {
		return false
	}
	h := strings.ToLower(href)
	for i := range len(h) {
		if h[i] != '/' {
			continue
		}
		for _, p := range authorPaths {
			if len(h)-i > 1 && h[i+1] == p[1] && strings.HasPrefix(h[i:], p) {
				return true
			}
		}
	}
	return false
}

// properStart reports whether s begins with a word that can begin a name.
func properStart(s string) bool {
	r, _ := utf8.DecodeRuneInString(s)
	return unicode.IsUpper(r) || unicode.IsTitle(r) || unicode.IsLetter(r) && !unicode.IsLower(r)
}

// shareList reports whether two ascending lists have a number in common.
func shareList(a, b []int32) bool {
	for i, j := 0, 0; i < len(a) && j < len(b); {
		switch {
		case a[i] == b[j]:
			return true
		case a[i] < b[j]:
			i++
		default:
			j++
		}
	}
	return false
}

// dropGlued drops what is two other names without a space between them, as elements print it that style sheets alone part.
func (a *authorCollector) dropGlued() {
	n := 0
	for i := range a.out {
		v := a.out[i].Value
		glued := false
		for j := range a.out {
			if w := a.out[j].Value; i != j && len(w) < len(v) && strings.HasPrefix(v, w) && v[len(w)] != ' ' {
				_, two := a.index[authorKey(v[len(w):])]
				glued = glued || two
			}
		}
		if !glued {
			a.out[n], a.from[n], a.lists[n] = a.out[i], a.from[i], a.lists[i]
			n++
		}
	}
	a.out, a.from, a.lists = a.out[:n], a.from[:n], a.lists[:n]
}

// rivals are the two highest of some values.
type rivals struct{ most, second float32 }

func (r *rivals) add(x float32) { r.most, r.second = max(r.most, x), max(r.second, min(r.most, x)) }

// of is the highest value of those but one that is x.
func (r *rivals) of(x float32) float32 {
	if x == r.most {
		return r.second
	}
	return r.most
}

func (a *authorCollector) finish() {
	var shared [numAuthorFeatures]float32
	ldPeople, metaPeople := false, false
	for i := range a.out {
		person := a.out[i].credit.kind == person && a.site.isSite(a.out[i].Value) < 2
		if a.from[i]&(1<<srcLDAuthor) != 0 && person {
			ldPeople = true
		}
		if a.from[i]&(1<<srcMetaAuthor) != 0 && person {
			metaPeople = true
		}
		if a.from[i]&(1<<srcRelAuthor) != 0 {
			shared[aPageRel] = 1
		}
		if a.from[i]&(1<<srcAuthorClass) != 0 {
			shared[aPageClass]++
		}
		if a.from[i]&(1<<srcBylineLine) != 0 {
			shared[aPageLine]++
		}
	}
	flag := func(f []float32, i int, on bool) {
		if on {
			f[i] = 1
		}
	}
	flag(shared[:], aPageLDPeople, ldPeople)
	flag(shared[:], aPageMetaPeople, metaPeople)
	flag(shared[:], aPageArticle, a.article >= 0)
	flag(shared[:], aPageAnchor, a.anchor >= 0)
	shared[aPageNames] = float32(len(a.out))
	if a.article >= 0 {
		for t := range a.things[a.article].v.Get("@type").All() {
			flag(shared[:], aPageNews, strings.HasSuffix(t.Raw(), "NewsArticle"))
			flag(shared[:], aPageForum, strings.HasPrefix(t.Raw(), "DiscussionForum") || t.Raw() == "Question" || t.Raw() == "SocialMediaPosting")
		}
	}
	title := a.titleKey
	var all, given rivals
	for i := range a.out {
		f := a.out[i].Features
		flag(f, aGiven, isGivenName(a.out[i].Value))
		all.add(f[aKinds])
		given.add(f[aKinds] * f[aGiven])
	}
	for i := range a.out {
		c := &a.out[i]
		f := c.Features
		f[aRivalKinds], f[aRivalGiven] = all.of(f[aKinds]), given.of(f[aKinds]*f[aGiven])
		for j := aPageNews; j < numAuthorFeatures; j++ {
			f[j] = shared[j]
		}
		site := a.site.isSite(c.Value)
		flag(f, aDesk, c.credit.kind == desk)
		flag(f, aAgency, c.credit.kind == agency)
		flag(f, aSite, site == 2)
		flag(f, aSiteHolds, site == 1)
		f[aWords] = float32(1 + strings.Count(c.Value, " "))
		f[aChars] = float32(utf8.RuneCountInString(c.Value))
		flag(f, aProper, properName(c.Value))
		flag(f, aLower, strings.ToLower(c.Value) == c.Value && strings.ToUpper(c.Value) != c.Value)
		flag(f, aCaps, allCaps(c.Value))
		flag(f, aDigits, strings.ContainsAny(c.Value, "0123456789"))
		flag(f, aDot, strings.ContainsAny(c.Value, ".&_"))
		flag(f, aRole, c.credit.role != "")
		flag(f, aInTitle, len(c.Key) > 3 && strings.Contains(title, c.Key))
		for j := range a.out {
			if j == i {
				continue
			}
			k := a.out[j].Key
			flag(f, aPartOfOther, len(k) > len(c.Key) && strings.Contains(k, c.Key))
			flag(f, aHoldsOther, len(k) < len(c.Key) && len(k) > 2 && strings.Contains(c.Key, k))
		}
		for j := range a.out {
			if j != i && shareList(a.lists[i], a.lists[j]) {
				f[aMates]++
				f[aMatesKinds] = max(f[aMatesKinds], a.out[j].Features[aKinds])
				flag(f, aMatesLD, a.from[j]&(1<<srcLDAuthor|1<<srcMetaAuthor) != 0)
			}
		}
		inLD := a.from[i]&(1<<srcLDAuthor) != 0
		inMeta := a.from[i]&(1<<srcMetaAuthor) != 0
		flag(f, aLDAgrees, inLD)
		flag(f, aLDDisagrees, ldPeople && !inLD)
		flag(f, aMetaDisagrees, metaPeople && !inMeta)
		if site == 2 && (c.credit.kind == person || c.credit.kind == organization) {
			c.credit.kind = publication
		}
		c.lists = a.lists[i]
	}
}
