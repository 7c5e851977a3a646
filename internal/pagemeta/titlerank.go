package pagemeta

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"example.invalid/nutgraf/internal/jsonld"
	"example.invalid/nutgraf/internal/page"
)

// Sources of titles.
const (
	srcOG source = iota + 1
	srcTwitter
	srcTitleTag
	srcMetaTitle
	srcLD
	srcLDOther
	srcLDPage
	srcH1
	srcH2
	srcH3
	srcItemprop
	srcClass
	srcLine
	srcPart
	numTitleSources
)

// Features of a title candidate. Those of a source hold if any place with the same title is of that source; cut means that the place
// prints more, and what was dropped names the site or does not. Features of the page are the same for all its candidates.
const (
	tSource   = 0
	tCut      = tSource + int(numTitleSources)
	tCutOther = tCut + int(numTitleSources)
)

const (
	tFront = tCutOther + int(numTitleSources) + iota
	tFrontSite
	tDroppedWords
	tOwnSite
	tSiteTail
	tOtherTail
	tKinds
	tHeads
	tHeading
	tWords
	tChars
	tInTitle
	tStartTitle
	tInOg
	tContainsOg
	tContainsH1
	tInH1
	tSlugRecall
	tSlugPrecision
	tEllipsis
	tCaps
	tFirstH1
	tOnlyH1
	tSecondH1
	tLaterPart   // of a heading, less what stands first in it
	tEarlierPart // of a heading, less what stands last in it
	tOnePart     // of a heading
	tPartHint    // its element, or what it is cut from, is classed as a title
	tPartHidden  // what was cut off is a button or hidden
	tH1InArticle
	tH1Nav
	tH1Hidden
	tH1Linked
	tH1Hint
	tH1Related
	tH1Home
	tFirstH2
	tH2BeforeH1
	tTitleHintFirst
	tNoLetter
	tGeneric
	tPrefixed
	tTitleOverlap
	tOgOverlap
	tH1Overlap
	tLdOverlap
	tOrder
	tTitleCovered
	tOverH1     // words that the first h1 has not
	tOverOg     // words that og:title has not
	tUnderH1    // words of the first h1 that it has not
	tUnderOg    // words of og:title that it has not
	tInBody     // share of its longer words that the text below the h1 has
	tInLead     // the same of the first paragraphs
	tTailInBody // the same of what would be cut off at the last separator
	tTailWords  // words of that
	tDropInBody // the same of what was cut off
	tMarkBehind // the mark behind it in the title element; see markOf
	tMarkBefore // the one before it
	tBehind     // letters and digits behind it there, for each of its own
	tHasBar     // "|" stands in it
	tHasDash    // a dash between spaces stands in it
	tHasColon   // a colon and a space stand in it
	tRepeats    // blocks that print it
	tSlugOver   // words that the address has not
	tPageH1Words
	tPageOgWords
	tPageLdWords
	tPageTitleWords
	tPageH1InBody
	tPageOgInBody
	tPageNews
	tPageArticle
	tPageLd
	tPageOg
	tPageH1s
	tPageCandidates
	tOgIsTitle
	tOgIsH1
	tLdIsH1
	tLdIsOg
	tQuote
	tNewsHeadline // the headline of a NewsArticle that the first h1 does not print
	tNewsOther    // another title beside one
	numTitleFeatures
)

var titleFeatureNames = func() []string {
	n := make([]string, numTitleFeatures)
	for i, s := range [...]string{"none", "og", "twitter", "title", "meta", "ld", "ld_other", "ld_page", "h1", "h2", "h3", "itemprop", "class", "line", "part"} {
		n[tSource+i], n[tCut+i], n[tCutOther+i] = "is_"+s, "cut_"+s, "cut_other_"+s
	}
	copy(n[tFront:], strings.Fields(`
		front front_site dropped_words own_site site_tail other_tail kinds heads heading words
		chars in_title start_title in_og contains_og contains_h1 in_h1 slug_recall slug_precision ellipsis
		caps first_h1 only_h1 second_h1 later_part earlier_part one_part part_hint part_hidden h1_in_article h1_nav h1_hidden h1_linked
		h1_hint h1_related h1_home first_h2 h2_before_h1 title_hint_first no_letter generic prefixed title_overlap
		og_overlap h1_overlap ld_overlap order title_covered over_h1 over_og under_h1 under_og in_body in_lead tail_in_body tail_words drop_in_body mark_behind mark_before behind has_bar has_dash has_colon repeats slug_over page_h1_words page_og_words page_ld_words page_title_words
		page_h1_in_body page_og_in_body page_news page_article page_ld page_og
		page_h1s page_candidates og_is_title og_is_h1 ld_is_h1 ld_is_og quote
		news_headline news_other`))
	return n
}()

// TitleModel ranks titles.
var TitleModel = newModel("title", titleFeatureNames)

type titleCollector struct {
	*collector
	out   []Candidate
	index map[string]int
	slab  []float32
	from  []uint32 // kinds of sources that gave a candidate, a bit each
	drops []string // what was cut off to make a candidate, "" if it is printed whole or the site was
}

const maxTitleCandidates = 96

// titles collects the candidates for the title.
func (c *collector) titles() []Candidate {
	t := &titleCollector{collector: c, index: make(map[string]int, 32), slab: make([]float32, 0, 32*numTitleFeatures)}
	p := c.p
	for i := range p.Metas {
		m := &p.Metas[i]
		s := source(0)
		switch c.metaNames[i] {
		case "og:title":
			s = srcOG
		case "twitter:title":
			s = srcTwitter
		case "title", "dc.title", "dcterms.title", "parsely-title", "sailthru.title", "citation_title", "headline", "article:title", "hdl", "bt:title", "cxenseparse:title", "swiftype:title", "cludo:title":
			s = srcMetaTitle
		default:
			continue
		}
		t.addWithCuts(m.Content, origin{source: s, meta: int32(i), span: m.Span})
	}
	t.addWithCuts(p.Title.Text, origin{source: srcTitleTag, meta: -1, span: p.Title.Span})
	for i, th := range c.things {
		h := th.v.Get("headline")
		switch {
		case th.kind == articleThing && i == c.article:
			t.addLD(h, th.script, srcLD)
			if h.Kind() == jsonld.Absent {
				t.addLD(th.v.Get("name"), th.script, srcLD)
			}
		case th.kind == articleThing && !th.nested:
			t.addLD(h, th.script, srcLDOther)
		case th.kind == pageThing && !th.nested:
			t.addLD(h, th.script, srcLDPage)
			t.addLD(th.v.Get("name"), th.script, srcLDPage)
		}
	}
	t.addHeadings()
	t.addMarked()
	t.finish()
	return t.out
}

func (t *titleCollector) addLD(v jsonld.Value, script int32, s source) {
	for x := range v.All() {
		if x.Kind() != jsonld.String {
			continue
		}
		a, b := x.Span()
		base := t.p.Scripts[script].Body.Start
		t.addWithCuts(x.String(), origin{source: s, meta: -1, ld: x, script: script, span: page.Span{Start: base + int32(a), End: base + int32(b)}})
		return
	}
}

// add notes a candidate and returns its features, nil if there is no room.
func (t *titleCollector) add(text string, o origin) []float32 {
	if len(text) > 8*maxTitle {
		return nil
	}
	v := titleText(text, o.source)
	var buf [256]byte
	key := appendMatchKey(buf[:0], v)
	if len(key) == 0 {
		return nil
	}
	i, ok := t.index[string(key)]
	if !ok {
		k := string(key)
		if len(t.out) >= maxTitleCandidates {
			return nil
		}
		i = len(t.out)
		t.index[k] = i
		if cap(t.slab)-len(t.slab) < numTitleFeatures {
			t.slab = make([]float32, 0, 32*numTitleFeatures)
		}
		n := len(t.slab)
		t.slab = t.slab[:n+numTitleFeatures]
		o.raw = text
		t.out = append(t.out, Candidate{Value: v, Key: k, Features: t.slab[n : n+numTitleFeatures : n+numTitleFeatures], origin: o, rank: titleRank(o.source)})
		t.from = append(t.from, 0)
		t.drops = append(t.drops, "")
	} else if r := titleRank(o.source); r > t.out[i].rank {
		o.raw = text
		t.out[i].Value, t.out[i].origin, t.out[i].rank = v, o, r
	}
	t.from[i] |= 1 << o.source
	return t.out[i].Features
}

// titleRank orders the places a title is taken from when several print it: what readers see comes first.
func titleRank(s source) int {
	switch s {
	case srcH1:
		return 9
	case srcLD:
		return 8
	case srcOG:
		return 7
	case srcItemprop, srcH2, srcPart:
		return 6
	case srcTitleTag:
		return 5
	}
	return 1
}

func (t *titleCollector) addWithCuts(text string, o origin) {
	text = titleText(text, o.source)
	f := t.add(text, o)
	if f == nil {
		return
	}
	f[tSource+int(o.source)] = 1
	for _, x := range cutTitle(text) {
		g := t.add(x.text, o)
		if g == nil {
			continue
		}
		site := t.site.isSite(x.dropped)
		switch {
		case site > 0:
			g[tCut+int(o.source)] = max(g[tCut+int(o.source)], float32(site)/2)
		default:
			g[tCutOther+int(o.source)] = 1
			if x.front {
				g[tFront] = 1
			}
			g[tDroppedWords] = float32(1 + strings.Count(x.dropped, " "))
			if i, ok := t.index[MatchKey(x.text)]; ok {
				t.drops[i] = x.dropped
			}
		}
		if x.front && site > 0 {
			g[tFrontSite] = 1
		}
	}
}

const notContent = page.InNav | page.InFooter | page.InAside | page.InDialog

func (t *titleCollector) addHeadings() {
	nodes := t.p.Nodes
	var h1s, h2s, h3s int
	total := 0
	for _, i := range t.headings {
		if nodes[i].Tag == page.TagH1 && t.p.NodeText(i) != "" {
			total++
		}
	}
	for _, i := range t.headings {
		n := &nodes[i]
		s := srcH1
		switch n.Tag {
		case page.TagH1:
			if h1s++; h1s > 12 {
				continue
			}
		case page.TagH2:
			if s, h2s = srcH2, h2s+1; h2s > 8 {
				continue
			}
		case page.TagH3:
			if s, h3s = srcH3, h3s+1; h3s > 3 {
				continue
			}
		default:
			continue
		}
		text := t.spaced(i)
		if text == "" {
			if n.Tag == page.TagH1 {
				h1s--
			}
			continue
		}
		o := origin{source: s, node: i, meta: -1, span: t.textSpan(i)}
		f := t.add(text, o)
		if f != nil {
			f[tSource+int(s)] = 1
			t.headingFeatures(f, i, s, h1s, h2s, total)
		}
		if s == srcH1 && h1s <= 3 || s == srcH2 && h2s == 1 {
			t.addParts(i)
		}
	}
}

// spaced is the text of a heading, with a space where style sheets alone part a kicker from the headline: "City CouncilBridge closed".
func (t *titleCollector) spaced(heading int32) string {
	n := &t.p.Nodes[heading]
	text := t.p.NodeText(heading)
	const most = 32 // elements in a heading
	if n.Last-heading < 2 || n.Last-heading > most || len(text) > 8*maxTitle {
		return text
	}
	var b strings.Builder
	at, last := 0, ' '
	start := n.TextStart + int32(strings.Index(t.p.Text[n.TextStart:n.TextEnd], text))
	for i, r := range text {
		if (unicode.IsLower(last) || strings.ContainsRune(":!?…”»", last)) && (unicode.IsUpper(r) || strings.ContainsRune("\"„“«", r)) {
			for j := heading + 1; j < n.Last; j++ {
				if c := &t.p.Nodes[j]; c.TextStart == start+int32(i) || c.TextEnd == start+int32(i) {
					b.WriteString(text[at:i])
					b.WriteByte(' ')
					at = i
					break
				}
			}
		}
		last = r
	}
	if at == 0 {
		return text
	}
	b.WriteString(text[at:])
	return b.String()
}

// addParts adds what remains of a heading when a kicker, a label, a subtitle or a button in it is left out. These are lines or elements of
// their own, often with no space between.
func (t *titleCollector) addParts(heading int32) {
	const most = 6
	type part struct {
		start, end    int32
		title, hidden bool
	}
	var parts []part
	add := func(p part) {
		for p.start < p.end && len(parts) < most {
			q := p
			if k := strings.IndexByte(t.p.Text[p.start:p.end], '\n'); k >= 0 {
				q.end = p.start + int32(k)
			}
			p.start = min(q.end+1, p.end)
			if strings.IndexFunc(t.p.Text[q.start:q.end], wordRune) >= 0 {
				parts = append(parts, q)
			}
		}
	}
	nodes := t.p.Nodes
	// An element that holds all of the heading is not part of it.
	i := heading
	for d := 0; d < 4 && i+1 < nodes[i].Last; d++ {
		n := &nodes[i+1]
		if n.Last != nodes[i].Last || strings.TrimSpace(t.p.Text[n.TextStart:n.TextEnd]) != t.p.NodeText(i) {
			break
		}
		i++
	}
	at := nodes[i].TextStart
	for j := i + 1; j < nodes[i].Last; j = nodes[j].Last {
		n := &nodes[j]
		if n.TextStart >= n.TextEnd || n.TextStart < at {
			continue
		}
		add(part{start: at, end: n.TextStart})
		add(part{n.TextStart, n.TextEnd, n.Hints&page.HintTitle != 0, n.Flags&(page.Hidden|page.InButton) != 0})
		at = n.TextEnd
	}
	add(part{start: at, end: nodes[i].TextEnd})
	if len(parts) < 2 || len(parts) == most {
		return
	}
	keep := func(from, to, feature int) {
		a, b := parts[from].start, parts[to].end
		text := strings.TrimFunc(t.p.Text[a:b], func(r rune) bool { return unicode.IsSpace(r) || strings.ContainsRune("-–—|:·•/", r) })
		f := t.add(text, origin{source: srcPart, node: heading, meta: -1, span: t.p.SourceSpan(a, b)})
		if f == nil {
			return
		}
		f[tSource+int(srcPart)], f[feature] = 1, 1
		if from == to && parts[from].title {
			f[tPartHint] = 1
		}
		for k, p := range parts {
			if p.hidden && (k < from || k > to) {
				f[tPartHidden] = 1
			}
		}
	}
	last := len(parts) - 1
	keep(1, last, tLaterPart)
	keep(0, last-1, tEarlierPart)
	for k := range parts {
		keep(k, k, tOnePart)
	}
}

func wordRune(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }

func (t *titleCollector) headingFeatures(f []float32, i int32, s source, h1s, h2s, total int) {
	n := &t.p.Nodes[i]
	if s == srcH2 {
		if h2s == 1 {
			f[tFirstH2] = 1
			if h1s == 0 {
				f[tH2BeforeH1] = 1
			}
		}
	}
	if s == srcH1 {
		switch h1s {
		case 1:
			f[tFirstH1] = 1
		case 2:
			f[tSecondH1] = 1
		}
		if total == 1 {
			f[tOnlyH1] = 1
		}
	}
	if s == srcH3 {
		return
	}
	if n.Flags&(page.InArticle|page.InMain) != 0 {
		f[tH1InArticle] = 1
	}
	if n.Flags&notContent != 0 {
		f[tH1Nav] = 1
	}
	if n.Flags&page.Hidden != 0 {
		f[tH1Hidden] = 1
	}
	if t.allLink(i) {
		f[tH1Linked] = 1
	}
	if n.Hints&page.HintTitle != 0 {
		f[tH1Hint] = 1
	}
	if t.above[i]&(page.HintRelated|page.HintComment|page.HintNewsletter|page.HintAd) != 0 {
		f[tH1Related] = 1
	}
	if t.above[i]&page.HintNav != 0 {
		f[tH1Home] = 1
	}
}

// allLink reports whether the text of a node is all inside links.
func (c *collector) allLink(i int32) bool {
	n := &c.p.Nodes[i]
	if n.Flags&page.InLink != 0 {
		return true
	}
	var link, all int32
	for b := n.BlockStart; b < n.BlockEnd; b++ {
		link += c.p.Blocks[b].LinkBytes
		all += c.p.Blocks[b].End - c.p.Blocks[b].Start
	}
	return all > 0 && link*10 >= all*9
}

func (t *titleCollector) addMarked() {
	n := 0
	first := true
	for _, i := range t.marked {
		nd := &t.p.Nodes[i]
		if nd.Tag.Heading() > 0 && nd.Attrs&page.HasItemprop == 0 {
			continue
		}
		s := source(0)
		if nd.Attrs&page.HasItemprop != 0 {
			v, _, _ := t.p.Attr(i, "itemprop")
			if strings.EqualFold(v, "headline") || strings.EqualFold(v, "name headline") {
				s = srcItemprop
			}
		}
		if s == 0 && nd.Hints&page.HintTitle != 0 && nd.Tag.Heading() == 0 {
			s = srcClass
		}
		if s == 0 {
			continue
		}
		text := t.p.NodeText(i)
		if text == "" || len(text) > 4*200 || nd.BlockEnd-nd.BlockStart > 3 {
			continue
		}
		if n++; n > 16 {
			break
		}
		f := t.add(text, origin{source: s, node: i, meta: -1, span: t.textSpan(i)})
		if f == nil {
			continue
		}
		f[tSource+int(s)] = 1
		if s == srcClass && first {
			f[tTitleHintFirst] = 1
			first = false
		}
	}
}

const (
	headSources    = 1<<srcOG | 1<<srcTwitter | 1<<srcTitleTag | 1<<srcMetaTitle | 1<<srcLD | 1<<srcLDOther | 1<<srcLDPage
	headingSources = 1<<srcH1 | 1<<srcH2 | 1<<srcH3 | 1<<srcItemprop | 1<<srcClass | 1<<srcPart
)

// finish sets the features that compare candidates with each other.
func (t *titleCollector) finish() {
	first := func(s int) string {
		for i := range t.out {
			if t.out[i].Features[s] != 0 {
				return t.out[i].Value
			}
		}
		return ""
	}
	og, h1, ld := first(tSource+int(srcOG)), first(tFirstH1), first(tSource+int(srcLD))
	ogKey, h1Key, ldKey := MatchKey(og), MatchKey(h1), MatchKey(ld)
	title := titleText(t.p.Title.Text, srcTitleTag)
	titleWords, ogWords, h1Words, ldWords := wordSet(t.p.Title.Text), wordSet(og), wordSet(h1), wordSet(ld)
	slug := t.slugWords()
	flag := func(f []float32, i int, on bool) {
		if on {
			f[i] = 1
		}
	}
	var shared [numTitleFeatures]float32
	if t.article >= 0 {
		shared[tPageArticle] = 1
		v := t.things[t.article].v
		for x := range v.Get("@type").All() {
			if strings.HasSuffix(x.Raw(), "NewsArticle") {
				shared[tPageNews] = 1
			}
		}
	}
	h1s := 0
	for _, i := range t.headings {
		if t.p.Nodes[i].Tag == page.TagH1 {
			h1s++
		}
	}
	shared[tPageH1s], shared[tPageCandidates] = float32(min(h1s, 20)), float32(len(t.out))
	flag(shared[:], tPageLd, ld != "")
	flag(shared[:], tPageOg, og != "")
	flag(shared[:], tOgIsTitle, og != "" && ogKey == t.titleKey)
	flag(shared[:], tOgIsH1, og != "" && ogKey == h1Key)
	flag(shared[:], tLdIsH1, ld != "" && ldKey == h1Key)
	flag(shared[:], tLdIsOg, ld != "" && ldKey == ogKey)
	body, lead := t.bodyWordsHTML()
	repeats := t.repeats()
	shared[tPageH1Words], shared[tPageOgWords] = float32(len(h1Words)), float32(len(ogWords))
	shared[tPageLdWords], shared[tPageTitleWords] = float32(len(ldWords)), float32(len(titleWords))
	shared[tPageH1InBody], shared[tPageOgInBody] = share(h1Words, body), share(ogWords, body)
	for i := range t.out {
		c := &t.out[i]
		f := c.Features
		for k := tPageH1Words; k <= tLdIsOg; k++ {
			f[k] = shared[k]
		}
		f[tOrder] = float32(i)
		for s := srcOG; s < numTitleSources; s++ {
			if t.from[i]&(1<<s) == 0 {
				continue
			}
			f[tKinds]++
			if headSources&(1<<s) != 0 {
				f[tHeads]++
			} else {
				f[tHeading] = 1
			}
		}
		words := wordSet(c.Value)
		f[tWords], f[tChars] = float32(len(words)), float32(utf8.RuneCountInString(c.Value))
		flag(f, tOwnSite, t.site.isSite(c.Value) == 2)
		for n, x := range cutTitle(c.Value) {
			if n == 0 {
				tail := wordSet(x.dropped)
				f[tTailInBody], f[tTailWords] = share(tail, body), float32(len(tail))
			}
			if t.site.isSite(x.dropped) == 2 {
				f[tSiteTail] = 1
			} else {
				f[tOtherTail] = 1
			}
		}
		flag(f, tInTitle, t.titleKey != "" && c.Key != t.titleKey && strings.Contains(t.titleKey, c.Key))
		flag(f, tStartTitle, t.titleKey != "" && c.Key != t.titleKey && strings.HasPrefix(t.titleKey, c.Key))
		if f[tInTitle] != 0 {
			f[tTitleCovered] = float32(len(c.Key)) / float32(len(t.titleKey))
		}
		flag(f, tInOg, ogKey != "" && c.Key != ogKey && strings.Contains(ogKey, c.Key))
		flag(f, tContainsOg, ogKey != "" && c.Key != ogKey && strings.Contains(c.Key, ogKey))
		flag(f, tContainsH1, h1Key != "" && c.Key != h1Key && strings.Contains(c.Key, h1Key))
		flag(f, tInH1, h1Key != "" && c.Key != h1Key && strings.Contains(h1Key, c.Key))
		if len(slug) > 1 {
			both := overlap(words, slug)
			f[tSlugRecall] = float32(both) / float32(len(slug))
			f[tSlugPrecision] = float32(both) / float32(max(1, len(words)))
			f[tSlugOver] = float32(len(words) - both)
		}
		h1Both, ogBoth := overlap(words, h1Words), overlap(words, ogWords)
		f[tOverH1], f[tUnderH1] = float32(len(words)-h1Both), float32(len(h1Words)-h1Both)
		f[tOverOg], f[tUnderOg] = float32(len(words)-ogBoth), float32(len(ogWords)-ogBoth)
		f[tInBody], f[tInLead] = share(words, body), share(words, lead)
		f[tDropInBody] = share(wordSet(t.drops[i]), body)
		t.standing(c, title)
		flag(f, tHasBar, strings.ContainsRune(c.Value, '|'))
		flag(f, tHasDash, strings.Contains(c.Value, " - ") || strings.Contains(c.Value, " – ") || strings.Contains(c.Value, " — "))
		flag(f, tHasColon, strings.Contains(c.Value, ": "))
		f[tRepeats] = float32(min(repeats[i], 10))
		f[tTitleOverlap] = jaccard(words, titleWords)
		f[tOgOverlap] = jaccard(words, ogWords)
		f[tH1Overlap] = jaccard(words, h1Words)
		f[tLdOverlap] = jaccard(words, ldWords)
		flag(f, tEllipsis, strings.HasSuffix(c.Value, "...") || strings.HasSuffix(c.Value, "…"))
		flag(f, tCaps, strings.ToUpper(c.Value) == c.Value && strings.ToLower(c.Value) != c.Value)
		flag(f, tNoLetter, strings.IndexFunc(c.Value, unicode.IsLetter) < 0)
		flag(f, tGeneric, genericTitles.has(c.Value))
		if shared[tPageNews] != 0 && ld != "" && ldKey != h1Key {
			flag(f, tNewsHeadline, f[tSource+int(srcLD)] != 0)
			flag(f, tNewsOther, f[tSource+int(srcLD)] == 0)
		}
		flag(f, tQuote, strings.ContainsAny(c.Value, `"“”„«»`))
		for j := range t.out {
			if j != i && t.out[j].Features[tSource+int(srcH1)] != 0 && len(t.out[j].Key) >= 10 && strings.HasPrefix(c.Key, t.out[j].Key) && len(c.Key) > len(t.out[j].Key) {
				f[tPrefixed] = 1
				break
			}
		}
	}
}

// standing sets the features of how a candidate stands in the title element: the marks behind and before it, and how much is behind.
func (t *titleCollector) standing(c *Candidate, title string) {
	i := strings.Index(title, c.Value)
	if i < 0 || c.Key == t.titleKey {
		return
	}
	behind := title[i+len(c.Value):]
	c.Features[tMarkBehind] = markOf(utf8.DecodeRuneInString(strings.TrimLeft(behind, " ")))
	c.Features[tMarkBefore] = markOf(utf8.DecodeLastRuneInString(strings.TrimRight(title[:i], " ")))
	c.Features[tBehind] = float32(len(MatchKey(behind))) / float32(1+len(c.Key))
}

// markOf numbers the marks that part titles from names of sites and sections; 0 is the end of the title.
func markOf(r rune, n int) float32 {
	if n == 0 {
		return 0
	}
	for k, marks := range [...]string{"|｜", "-", "–", "—", ":：", "»›", "·•"} {
		if strings.ContainsRune(marks, r) {
			return float32(k + 1)
		}
	}
	return 8
}

// bodyWordsHTML is the set of longer words of the paragraphs below the first h1, and of the first three.
func (t *titleCollector) bodyWordsHTML() (all, lead map[string]bool) {
	all, lead = make(map[string]bool, 256), make(map[string]bool, 64)
	from := int32(0)
	for _, i := range t.headings {
		if n := &t.p.Nodes[i]; n.Tag == page.TagH1 && n.BlockEnd > n.BlockStart {
			from = n.BlockEnd
			break
		}
	}
	const paragraph, most = 100, 12
	seen := 0
	for i := int(from); i < len(t.p.Blocks) && seen < most; i++ {
		b := &t.p.Blocks[i]
		if b.End-b.Start < paragraph || b.Flags&(notContent|page.InHeading) != 0 || b.LinkBytes*2 > b.End-b.Start {
			continue
		}
		seen++
		for w := range strings.FieldsFuncSeq(strings.ToLower(clip(t.p.BlockText(i), 1024)), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }) {
			if len(w) < 4 {
				continue
			}
			all[w] = true
			if seen <= 3 {
				lead[w] = true
			}
		}
	}
	return all, lead
}

// repeats counts the blocks that print a candidate.
func (t *titleCollector) repeats() []int {
	lengths := map[int]bool{}
	for i := range t.out {
		lengths[len(t.out[i].Value)] = true
	}
	n := make([]int, len(t.out))
	var buf []byte
	for i := 0; i < len(t.p.Blocks) && i < 4000; i++ {
		if b := &t.p.Blocks[i]; lengths[int(b.End-b.Start)] {
			buf = appendMatchKey(buf[:0], t.p.BlockText(i))
			if k, ok := t.index[string(buf)]; ok {
				n[k]++
			}
		}
	}
	return n
}

var genericTitles = labelSet(`home|homepage|startseite|news|blog|article|artikel|archive|archiv|menu|search|suche|contact|error|404|page not found|untitled|index|navigation|main menu|main navigation|
accueil|inicio|aktuelles|nachrichten|latest news|site navigation|forum|forums|kommentare|comments|related articles|related posts|cookies|newsletter|share|table of contents|contents|inhalt|post navigation|breaking news`)

// wordSet is the set of folded words of s, sorted.
func wordSet(s string) []string {
	out := make([]string, 0, 16)
	for w := range strings.FieldsFuncSeq(strings.ToLower(clip(s, 1024)), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }) {
		out = append(out, w)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func overlap(a, b []string) int {
	n := 0
	for i, j := 0, 0; i < len(a) && j < len(b); {
		switch strings.Compare(a[i], b[j]) {
		case 0:
			n, i, j = n+1, i+1, j+1
		case -1:
			i++
		default:
			j++
		}
	}
	return n
}

func jaccard(a, b []string) float32 {
	if len(a) == 0 || len(b) == 0 {
		return 0
	}
	n := overlap(a, b)
	return float32(n) / float32(len(a)+len(b)-n)
}

// slugWords are the words of the last telling part of the page's address.
func (c *collector) slugWords() []string {
	if c.url == nil {
		return nil
	}
	var best []string
	for part := range strings.SplitSeq(c.url.Path, "/") {
		if i := strings.LastIndexByte(part, '.'); i > 0 && len(part)-i <= 6 {
			part = part[:i]
		}
		w := wordSet(part)
		w = slices.DeleteFunc(w, func(s string) bool { return strings.IndexFunc(s, unicode.IsLetter) < 0 })
		if len(w) >= len(best) {
			best = w
		}
	}
	return best
}
