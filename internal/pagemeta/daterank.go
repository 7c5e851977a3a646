package pagemeta

import (
	"math"
	"math/bits"
	"slices"
	"strings"

	"example.invalid/nutgraf/internal/jsonld"
	"example.invalid/nutgraf/internal/page"
)

// Sources of dates.
const (
	srcLDPublished source = iota + 1
	srcLDPublishedOther
	srcLDCreated
	srcLDUpload
	srcLDModified
	srcMetaPublished
	srcMetaCreated
	srcMetaDate
	srcMetaModified
	srcPropPublished
	srcPropCreated
	srcPropModified
	srcPropNested // of a comment, an image or another part of an item
	srcTimePubdate
	srcTime
	srcTimeText
	srcDateClass
	srcDateLine
	srcURL
	srcURLMonth
	srcStated // in a script or an attribute
	numDateSources
)

var dateSourceNames = [numDateSources]string{"none", "ld_published", "ld_published_other", "ld_created", "ld_upload", "ld_modified", "meta_published", "meta_created",
	"meta_date", "meta_modified", "prop_published", "prop_created", "prop_modified", "prop_nested", "time_pubdate", "time", "time_text", "date_class", "line", "url", "url_month", "stated"}

// Features of a date.
const (
	dKinds = int(numDateSources) + iota
	dCount
	dOrder
	dBelow        // blocks below the headline, the nearest printing
	dAbove        // blocks above it
	dLabelled     // "published" stands before it
	dLabelUpdated // "updated" stands before it
	dInArticle
	dNav
	dHidden
	dRelated
	dComment
	dModifiedHint
	dBylineHint
	dDateHint
	dLinked
	dBesideName // in a line with a byline
	dAlone      // the block holds little else
	dFirstTime
	dPrecision
	dAmbiguous
	dShort
	dEarliest
	dLatest
	dBehindLatest // log of days
	dAfterEarliest
	dIsModified // equal to a stated modification
	dBeforeModified
	dURLMonth // in the month the address names
	dURLMonthOther
	dUTC      // printed in Greenwich time, as programs do: its day may be the next or the last where the page is read
	dToLead   // blocks down to the next paragraph
	dNearness // how many dates are printed nearer to the headline
	dDayAfter // another candidate is the day before
	dDayBefore
	dSeenAfter // the same, of one that readers see
	dSeenBefore
	dDistinct
	dPageLDPublished
	dPageMetaPublished
	dPageModified
	dPageTimes
	dPageArticle
	dPageAnchor
	numDateFeatures
)

var dateFeatureNames = func() []string {
	n := make([]string, numDateFeatures)
	copy(n, dateSourceNames[:])
	copy(n[dKinds:], strings.Fields(`kinds count order below above labelled label_updated in_article nav hidden related comment modified_hint byline_hint date_hint
		linked beside_name alone first_time precision ambiguous short earliest latest behind_latest after_earliest is_modified before_modified url_month_same
		url_month_other utc to_lead nearness day_after day_before seen_after seen_before distinct page_ld_published page_meta_published page_modified page_times page_article page_anchor`))
	return n
}()

// PublishedModel ranks dates of publication.
var PublishedModel = newModel("published", dateFeatureNames)

// TextPublishedModel ranks dates of publication in scraped text.
var TextPublishedModel = newModel("published_text", dateFeatureNames)

var publishedLabels = labelSet(`published|publish|publication|pubdate|posted|post|created|released|issued|first|added|date|on|veröffentlicht|erstellt|erschienen|publiziert|datum|vom|am|publié|publie|publiée|paru|
mis en ligne|créé|le|publicado|publicada|publicación|creado|fecha|pubblicato|pubblicata|data|gepubliceerd|geplaatst|publicerad|publicerat|publisert|udgivet|offentliggjort|julkaistu|opublikowano|dodano|
vydáno|publikováno|publikované|objavljeno|objavio|megjelent|yayınlanma|yayinlanma|oluşturulma|giriş|опубликовано|опублікована|дата|дата публикации|publicat|publicată|δημοσιευση|δημοσίευση|نشر|تاريخ|فורסם|פורסם|公開|公開日|掲載|配信|発布|发布|发布时间|発表|登録|投稿|投稿日|입력|등록|게재|승인|diterbitkan|đăng|ngày`)

var updatedLabels = labelSet(`updated|update|modified|edited|reviewed|revised|changed|aktualisiert|geändert|bearbeitet|überarbeitet|aktualisierung|stand|last|letzte|letzter|zuletzt|dernier|dernière|último|última|ultimo|ultima|actualisé|actualise|mis|jour|maj|modifié|modifie|actualizado|actualizada|actualización|
modificado|aggiornato|aggiornata|aggiornamento|modificato|atualizado|atualizada|atualização|modificada|bijgewerkt|gewijzigd|laatst|uppdaterad|uppdaterat|oppdatert|opdateret|endret|päivitetty|muokattu|zaktualizowano|aktualizacja|aktualizováno|aktualizované|
ažurirano|frissítve|módosítva|güncelleme|güncellenme|обновлено|оновлено|изменено|actualizat|ενημερωση|ενημέρωση|تحديث|עודכן|更新|更新日|最終更新|수정|최종수정|diperbarui|cập|nhật|expires|deadline|copyright|©|since|member|joined|registered|registriert|born|geboren|founded|established|gegründet`)

type dateCollector struct {
	*collector
	anchor  int32 // block of the headline, or -1
	order   dayOrder
	out     []Candidate
	index   map[string]int
	from    []uint32
	seq     int
	updated bool     // the date being added is labelled as that of a change
	certain []bool   // of candidates: some printing of it can only be read one way
	shown   dayOrder // 1 + the order that a date of numbers on the page shows; 0 if none does
	scanned int
}

const (
	maxDateCandidates = 64
	maxDateBlocks     = 1500     // blocks looked at for dates
	maxDateBlockText  = 300      // bytes of a block that may be a line with a date
	maxPartedText     = 160      // bytes of one whose parts may touch
	maxDateBytes      = 96 << 10 // text looked at in all
)

// dates collects the candidates for the date of publication; those for the last change are among them.
func (c *collector) dates(anchor int32, title string) []Candidate {
	d := &dateCollector{collector: c, anchor: anchor, order: c.dayOrder(), index: make(map[string]int, 16)}
	c.measure()
	for i, t := range c.things {
		s := srcLDPublishedOther
		switch {
		case i == c.article:
			s = srcLDPublished
		case t.kind > pageThing || t.nested && t.kind != articleThing:
			continue
		case t.nested:
			continue
		}
		d.addLD(t, "datePublished", s)
		if i == c.article || c.article < 0 {
			d.addLD(t, "dateCreated", srcLDCreated)
			d.addLD(t, "uploadDate", srcLDUpload)
			d.addLD(t, "dateModified", srcLDModified)
		}
	}
	for i := range c.p.Metas {
		m := &c.p.Metas[i]
		if s := metaDate(c.metaNames[i]); s != 0 {
			if m.Itemprop != "" && m.Name == "" && m.Property == "" {
				s = s - srcMetaPublished + srcPropPublished
				if s == srcPropPublished+2 {
					s = srcPropPublished
				} else if s == srcPropPublished+3 {
					s = srcPropModified
				}
				if s != srcPropModified && d.nestedProp(m.Node) {
					s = srcPropNested
				}
			}
			if x, ok := parseDate(m.Content, d.order); ok {
				d.add(x, origin{source: s, meta: int32(i), span: m.Span, raw: m.Content})
			}
		}
	}
	d.addTimes()
	d.addBlocks()
	d.addURL()
	if c.p.Kind != page.Text && !slices.ContainsFunc(d.out, func(c Candidate) bool { return stated(c.Features) }) {
		d.addStatements(title)
	}
	d.finish()
	return d.out
}

// metaDate says which date a meta element of this name holds.
func metaDate(name string) source {
	switch name {
	case "article:published_time", "article:published", "og:published_time", "og:article:published_time", "datepublished", "publishdate", "publish-date", "publish_date", "publication_date", "publication-date",
		"published", "published_time", "pubdate", "pub_date", "pub-date", "parsely-pub-date", "sailthru.date", "citation_publication_date", "citation_date", "citation_online_date", "dcterms.issued", "dc.date.issued", "dcterms.available",
		"cxenseparse:recs:publishtime", "cxenseparse:publishtime", "article.published", "rnews:datepublished", "bt:pubdate", "ptime", "datepub", "date-pub", "published-date", "published_date", "release_date", "prism.publicationdate", "eprints.date", "bepress_citation_date", "bepress_citation_online_date",
		"og:pubdate", "vr:published_time", "displaydate", "iso-8601-publish-date", "dc.date.published", "article_date_original", "originalpublicationdate", "w-published-date", "firstpublished", "last-published", "article:post_date", "news_date", "apub:time", "brightspot.contentpublisheddate", "cludo:date":
		return srcMetaPublished
	case "created", "article:created", "dcterms.created", "dc.date.created", "dc.created", "datecreated", "date.created", "creation_date", "og:created_time", "cxenseparse:created", "uploaddate":
		return srcMetaCreated
	case "date", "dc.date", "dcterms.date", "time", "article:date", "article-date", "article_date", "dc.coverage.temporal", "pdate", "issue-date", "datum", "publisheddate", "timestamp", "dat", "content_date", "post-date", "article.date", "blogger_date":
		return srcMetaDate
	case "article:modified_time", "article:modified", "og:updated_time", "og:modified_time", "og:article:modified_time", "lastmod", "last-modified", "last_modified", "lastmodified", "datemodified", "dcterms.modified", "dc.date.modified", "modified", "modified_time", "updated", "updated_time", "revised",
		"dateupdate", "date.modified", "dc.modified", "utime", "article.updated", "cxenseparse:recs:modified", "parsely-mod-date", "lastupdated", "update_time":
		return srcMetaModified
	}
	return 0
}

func (c *collector) dayOrder() dayOrder {
	lang := strings.ToLower(c.p.Lang)
	if strings.HasPrefix(lang, "en") {
		switch {
		case strings.HasPrefix(lang, "en-us"):
			return monthFirst
		case len(lang) > 3 && !strings.HasPrefix(lang, "en-ca"):
			return dayFirst
		}
	} else if lang != "" {
		return dayFirst
	}
	tld := c.site.domain[strings.LastIndexByte(c.site.domain, '.')+1:]
	switch tld {
	case "com", "org", "net", "us", "gov", "edu", "io", "co", "ai", "info", "biz", "":
		return monthFirst
	}
	return dayFirst
}

func (d *dateCollector) addLD(t thing, key string, s source) {
	for x := range t.v.Get(key).All() {
		if x.Kind() != jsonld.String && x.Kind() != jsonld.Literal {
			x = x.Get("@value")
		}
		raw := x.String()
		m, ok := parseDate(raw, d.order)
		if !ok {
			continue
		}
		a, b := x.Span()
		base := d.p.Scripts[t.script].Body.Start
		d.add(m, origin{source: s, meta: -1, ld: x, script: t.script, span: page.Span{Start: base + int32(a), End: base + int32(b)}, raw: raw})
		return
	}
}

func dateKey(m date) string {
	switch m.Precision {
	case year:
		return ""
	case month:
		return m.String()
	}
	return m.dayString()
}

// add notes a date and returns its features, nil if there is no room or it is too coarse.
func (d *dateCollector) add(m dateMatch, o origin) []float32 {
	// Exactly midnight is how a day looks when a program prints it.
	if m.Precision >= minute && m.Hour == 0 && m.Minute == 0 && m.Second == 0 {
		m.Precision, m.Zoned, m.Offset = day, false, 0
	}
	k := dateKey(m.date)
	if k == "" {
		return nil
	}
	if m.shows != 0 {
		d.shown = m.shows
	}
	changed := d.updated || o.source == srcLDModified || o.source == srcMetaModified || o.source == srcPropModified
	r := dateRank(m, o.source)
	if changed {
		r = 0 // its time of day is not that of publication
	}
	i, ok := d.index[k]
	if !ok {
		if len(d.out) >= maxDateCandidates && o.source < srcURL {
			return nil
		}
		i = len(d.out)
		d.index[k] = i
		f := make([]float32, numDateFeatures)
		f[dOrder] = float32(d.seq)
		f[dBelow], f[dAbove], f[dToLead] = 1000, 1000, 1000
		f[dPrecision] = float32(m.Precision)
		d.seq++
		d.out = append(d.out, Candidate{Value: m.String(), Key: k, Features: f, origin: o, date: m, rank: r})
		d.from = append(d.from, 0)
		d.certain = append(d.certain, false)
	} else if r > d.out[i].rank {
		d.out[i].Value, d.out[i].date, d.out[i].origin, d.out[i].rank = m.String(), m, o, r
	}
	if c := &d.out[i]; !changed {
		c.published = true
	} else if k := changeRank(m, o.source); !c.modified || k > c.changeRank {
		c.modified, c.change, c.changeOrigin, c.changeRank = true, m.date, o, k
	}
	d.certain[i] = d.certain[i] || !m.ambiguous && !m.short
	f := d.out[i].Features
	f[int(o.source)] = 1
	f[dCount]++
	f[dPrecision] = max(f[dPrecision], float32(m.Precision))
	if d.from[i]&(1<<o.source) == 0 {
		d.from[i] |= 1 << o.source
		f[dKinds]++
	}
	return f
}

// dateRank orders printings of the same day: the finest with a zone first, then by source.
func dateRank(m dateMatch, s source) int {
	r := 100 - int(s)
	if m.Precision >= minute {
		r += 100
		if m.Zoned {
			r += 100
		}
	}
	return r
}

// changeRank orders printings of a change: by source, then the finer first.
func changeRank(m dateMatch, s source) int {
	r := int(m.Precision)
	if m.Zoned {
		r++
	}
	switch s {
	case srcLDModified:
		r += 30
	case srcPropModified, srcMetaModified:
		r += 20
	}
	return r
}

func (d *dateCollector) addTimes() {
	first := true
	for n, i := range d.times {
		if n >= 200 {
			break
		}
		nd := &d.p.Nodes[i]
		prop := ""
		if nd.Attrs&page.HasItemprop != 0 {
			prop, _, _ = d.p.Attr(i, "itemprop")
		}
		o := origin{source: srcTime, node: i, meta: -1}
		var m dateMatch
		ok := false
		if nd.Attrs&page.HasDatetime != 0 {
			var raw string
			raw, o.span, _ = d.p.Attr(i, "datetime")
			m, ok = parseDate(raw, d.order)
			o.raw = raw
		}
		if !ok || m.Precision < day {
			text := d.p.NodeText(i)
			if len(text) > maxDateBlockText {
				continue
			}
			ms := findDates(text, d.order, false)
			if len(ms) == 0 {
				continue
			}
			m, o.source, o.raw, o.span = ms[0], srcTimeText, text[ms[0].start:ms[0].end], d.textSpan(i)
		}
		switch strings.ToLower(prop) {
		case "datepublished":
			o.source = srcPropPublished
		case "datecreated":
			o.source = srcPropCreated
		case "datemodified":
			o.source = srcPropModified
		default:
			if _, _, is := d.p.Attr(i, "pubdate"); is {
				o.source = srcTimePubdate
			}
		}
		if (o.source == srcPropPublished || o.source == srcPropCreated) && d.nestedProp(nd.Parent) {
			o.source = srcPropNested
		}
		label := 0
		if nd.BlockStart < int32(len(d.p.Blocks)) {
			at := nd.TextStart
			if i := strings.IndexAny(d.p.Text[at:nd.TextEnd], "0123456789"); i > 0 {
				at += int32(i) // words inside say it as well: "Updated May 5"
			}
			label = d.label(d.before(nd.BlockStart, at))
		}
		f := d.addLabelled(m, o, label)
		if f == nil {
			continue
		}
		if first {
			f[dFirstTime] = 1
			first = false
		}
		d.place(f, i, nd.BlockStart, nd.Flags)
	}
	// Other elements with itemprop and a content attribute or text.
	n := 0
	for _, i := range d.marked {
		nd := &d.p.Nodes[i]
		if nd.Attrs&page.HasItemprop == 0 || nd.Tag == page.TagTime {
			continue
		}
		prop, _, _ := d.p.Attr(i, "itemprop")
		s := source(0)
		switch strings.ToLower(prop) {
		case "datepublished":
			s = srcPropPublished
		case "datecreated", "uploaddate":
			s = srcPropCreated
		case "datemodified":
			s = srcPropModified
		default:
			continue
		}
		if s != srcPropModified && d.nestedProp(nd.Parent) {
			s = srcPropNested
		}
		if n++; n > 50 {
			break
		}
		raw, span, ok := d.p.Attr(i, "content")
		if !ok {
			raw, span = d.p.NodeText(i), d.textSpan(i)
		}
		if m, ok := parseDate(raw, d.order); ok && len(raw) < maxDateBlockText {
			if f := d.add(m, origin{source: s, node: i, meta: -1, span: span, raw: raw}); f != nil {
				d.place(f, i, nd.BlockStart, nd.Flags)
			}
		}
	}
}

// nestedProp reports whether a property set in an element is that of a part of an item, such as a comment, and not of an article.
func (d *dateCollector) nestedProp(node int32) bool {
	for i := node; i >= 0; i = d.p.Nodes[i].Parent {
		if d.p.Nodes[i].Attrs&page.HasItemtype == 0 {
			continue
		}
		if d.p.Nodes[i].Attrs&page.HasItemprop == 0 {
			return false
		}
		prop, _, _ := d.p.Attr(i, "itemprop")
		kind, _, _ := d.p.Attr(i, "itemtype")
		return strings.TrimSpace(prop) != "" && thingKinds[strings.ToLower(localName(kind))] != articleThing
	}
	return false
}

// unparted is a place of a parted text in the text as it was.
func unparted(i int, at []int) int {
	n := 0
	for n < len(at) && at[n] < i {
		n++
	}
	return i - n
}

// parted is the text of a block with a space wherever a tag alone parts what touches, as in "Mar 27, 2025" and "5 mins" beside it, and
// the places of those spaces; "" if there are none.
func (d *dateCollector) parted(block int) (text string, at []int) {
	b := &d.p.Blocks[block]
	segs := d.p.Segments[b.SegStart:b.SegEnd]
	var out []byte
	last := b.Start
	for i := 1; i < len(segs) && len(at) < 16; i++ {
		p, s := &segs[i-1], &segs[i]
		if s.Text <= last || s.Text >= b.End || p.Text+p.TextLen != s.Text || p.Source+p.SourceLen >= s.Source {
			continue
		}
		if gap := d.p.Source[p.Source+p.SourceLen : s.Source]; gap[0] != '<' || strings.HasPrefix(gap, "<!--") || d.p.Text[s.Text-1] <= ' ' {
			continue
		}
		out = append(out, d.p.Text[last:s.Text]...)
		at = append(at, len(out))
		out = append(out, ' ')
		last = s.Text
	}
	if at == nil {
		return "", nil
	}
	return string(append(out, d.p.Text[last:b.End]...)), at
}

// place sets the features of where a date stands.
func (d *dateCollector) place(f []float32, node, block int32, flags page.Flags) {
	if d.anchor >= 0 {
		if block >= d.anchor {
			f[dBelow] = min(f[dBelow], float32(block-d.anchor))
		} else {
			f[dAbove] = min(f[dAbove], float32(d.anchor-block))
		}
	}
	if int(block) < len(d.toLead) {
		f[dToLead] = min(f[dToLead], float32(d.toLead[block]))
	}
	if flags&(page.InArticle|page.InMain) != 0 {
		f[dInArticle] = 1
	}
	if flags&notContent != 0 {
		f[dNav] = 1
	}
	if flags&page.Hidden != 0 {
		f[dHidden] = 1
	}
	if flags&page.InLink != 0 {
		f[dLinked] = 1
	}
	h := d.above[node]
	for _, x := range [...]struct {
		h page.Hint
		f int
	}{{page.HintRelated, dRelated}, {page.HintComment, dComment}, {page.HintModified, dModifiedHint}, {page.HintByline | page.HintAuthor, dBylineHint}, {page.HintDate, dDateHint}} {
		if h&x.h != 0 {
			f[x.f] = 1
		}
	}
}

// before is what is printed before a place in a block, or in a short block above it.
func (d *dateCollector) before(block, at int32) string {
	b := &d.p.Blocks[block]
	before := ""
	if at > b.Start && at <= b.End {
		before = d.p.Text[b.Start:at]
	}
	if strings.TrimSpace(before) == "" && block > 0 {
		if p := &d.p.Blocks[block-1]; p.End-p.Start < 40 {
			before = d.p.Text[p.Start:p.End]
		}
	}
	return before
}

// label tells by the words before a date what it dates: dLabelled, dLabelUpdated, or 0.
func (d *dateCollector) label(before string) int {
	if len(before) > 60 {
		before = strings.ToValidUTF8(before[len(before)-60:], "")
	}
	switch {
	case hasAny(before, updatedLabels):
		return dLabelUpdated
	case hasAny(before, publishedLabels):
		return dLabelled
	}
	return 0
}

func (d *dateCollector) addLabelled(m dateMatch, o origin, label int) []float32 {
	d.updated = label == dLabelUpdated
	f := d.add(m, o)
	d.updated = false
	if f != nil && label != 0 {
		f[label] = 1
	}
	return f
}

// addBlocks finds dates in lines of text: near the headline, or marked as dates, or with few words beside.
func (d *dateCollector) addBlocks() {
	blocks := d.p.Blocks
	from, to := 0, len(blocks)
	if d.anchor > 60 {
		from = int(d.anchor) - 60
	}
	to = min(to, from+maxDateBlocks)
	for i := from; i < to && d.scanned < maxDateBytes; i++ {
		b := &blocks[i]
		n := int(b.End - b.Start)
		if n < 8 {
			continue
		}
		text := d.p.Text[b.Start:b.End]
		if n > maxDateBlockText {
			// The head of a paragraph may hold a dateline.
			if int32(i) < d.anchor || int32(i) > d.anchor+12 {
				continue
			}
			text = clip(text, 160)
		}
		if !hasYear(text) {
			continue
		}
		d.scanned += len(text)
		ms := findDates(text, d.order, false)
		if n <= maxPartedText {
			if x, at := d.parted(i); at != nil {
				if apart := findDates(x, d.order, false); len(apart) > len(ms) {
					ms = apart
					for k := range ms {
						ms[k].start, ms[k].end = unparted(ms[k].start, at), unparted(ms[k].end, at)
					}
				}
			}
		}
		prev := 0
		for k, m := range ms {
			if k == 4 || m.Precision < month {
				break
			}
			s := srcDateLine
			if d.above[b.Node]&page.HintDate != 0 {
				s = srcDateClass
			}
			if m.Precision == month && n > 40 {
				continue
			}
			before := text[prev:m.start]
			if k == 0 {
				before = d.before(int32(i), b.Start+int32(m.start))
			}
			prev = m.end
			f := d.addLabelled(m, origin{source: s, node: b.Node, meta: -1, span: d.p.SourceSpan(b.Start+int32(m.start), b.Start+int32(m.end)), raw: text[m.start:m.end]}, d.label(before))
			if f == nil {
				continue
			}
			d.place(f, b.Node, int32(i), b.Flags)
			if n-(m.end-m.start) < 30 {
				f[dAlone] = 1
			}
			if m.ambiguous {
				f[dAmbiguous] = 1
			}
			if m.short {
				f[dShort] = 1
			}
			if hasByline(text) {
				f[dBesideName] = 1
			}
		}
	}
}

// hasYear reports whether s can hold a date: two digits in a row, of any script but ASCII counted by their lead byte.
func hasYear(s string) bool {
	for i := 0; i+1 < len(s); i++ {
		c := s[i]
		if c < '0' || c > '9' && c < 0xd9 {
			continue
		}
		next := s[i+1]
		switch {
		case c <= '9' && next >= '0' && next <= '9', c == 0xd9 && next >= 0xa0 && next <= 0xa9, c == 0xdb && next >= 0xb0 && next <= 0xb9, c == 0xe0:
			return true
		}
	}
	return false
}

func hasByline(s string) bool {
	n, _ := leadingLabel(clip(s, 80))
	return n > 0
}

// addURL reads /2025/08/18/, /2025/aug/18/, 18-08-2025 and the like out of the address.
func (d *dateCollector) addURL() {
	if d.url == nil {
		return
	}
	path := d.url.Path
	if len(path) > maxDateText {
		return
	}
	for i := 0; i+6 <= len(path); i++ {
		if !urlMark(path, i) {
			continue
		}
		m, j := yearInURL(path, i+1)
		if j == 0 {
			m, j = dayInURL(path, i+1, d.order)
		}
		if j == 0 {
			continue
		}
		s := srcURL
		if m.Precision == month {
			s = srcURLMonth
		}
		// The address comes from the caller, or is that of the canonical link: it has no place in the source.
		if f := d.add(m, origin{source: s, meta: -1, raw: strings.Trim(path[i:j], "/-_.")}); f != nil && m.ambiguous {
			f[dAmbiguous] = 1
		}
		return
	}
}

// urlMark reports whether byte i of a path parts its words.
func urlMark(path string, i int) bool {
	return i < len(path) && (path[i] == '/' || path[i] == '-' || path[i] == '_' || path[i] == '.')
}

// yearInURL reads a date at i that begins with the year; j is 0 if there is none, else where it ends.
func yearInURL(path string, i int) (m dateMatch, j int) {
	y, n := digitsAt(path, i, 4)
	if n != 4 || y < 1990 || y > 2100 {
		return m, 0
	}
	j = i + 4
	sep := byte(0)
	if urlMark(path, j) {
		sep = path[j]
		j++
	}
	mo, n := digitsAt(path, j, 2)
	if n == 0 && sep != 0 {
		for j+n < len(path) && n < 12 && path[j+n]|0x20 >= 'a' && path[j+n]|0x20 <= 'z' {
			n++
		}
		mo = monthOf(path[j : j+n])
	} else if sep == 0 && n != 2 {
		return m, 0
	}
	if mo < 1 || mo > 12 {
		return m, 0
	}
	j += n
	m.Year, m.Month, m.Precision = y, mo, month
	if j < len(path) && (sep == 0 || path[j] == sep || path[j] == '-' || path[j] == '/') {
		k := j
		if sep != 0 {
			k++
		}
		if da, n := digitsAt(path, k, 2); n > 0 && valid(y, mo, da) && (sep != 0 || n == 2) && (k+n == len(path) || path[k+n] < '0' || path[k+n] > '9') {
			m.Day, m.Precision = da, day
			return m, k + n
		}
	}
	if sep != '/' || j < len(path) && path[j] != '/' {
		return m, 0
	}
	return m, j
}

// dayInURL reads 18-08-2025 at i, where it begins or ends a part of the path.
func dayInURL(path string, i int, o dayOrder) (m dateMatch, j int) {
	a, n := digitsAt(path, i, 2)
	if n != 2 || !urlMark(path, i+2) {
		return m, 0
	}
	sep := path[i+2]
	b, n := digitsAt(path, i+3, 2)
	if n != 2 || !urlMark(path, i+5) || path[i+5] != sep {
		return m, 0
	}
	y, n := digitsAt(path, i+6, 4)
	j = i + 10
	if n != 4 || y < 1990 || y > 2100 || j < len(path) && path[j] >= '0' && path[j] <= '9' {
		return m, 0
	}
	if path[i-1] != '/' && j < len(path) && path[j] != '/' && path[j] != '.' {
		return m, 0
	}
	if o == monthFirst {
		a, b = b, a
	}
	if b > 12 {
		a, b = b, a
	}
	m.Year, m.Month, m.Day, m.Precision, m.ambiguous = y, b, a, day, a <= 12 && a != b
	if !valid(y, b, a) {
		return m, 0
	}
	return m, j
}

func digitsAt(s string, i, most int) (v, n int) {
	for n < most && i+n < len(s) && s[i+n] >= '0' && s[i+n] <= '9' {
		v = v*10 + int(s[i+n]-'0')
		n++
	}
	return v, n
}

// settle reads 10/9/2025 anew where the page has 2025-09-10 as well, or shows by 25/8/2025 in which order it prints.
func (d *dateCollector) settle() {
	gone := false
	for i := range d.out {
		c := &d.out[i]
		if d.certain[i] || !c.date.ambiguous {
			continue
		}
		other := c.date
		other.Month, other.Day = other.Day, other.Month
		k := dateKey(other.date)
		j, ok := d.index[k]
		switch {
		case ok && d.certain[j] && d.out[j].Features != nil:
			d.absorb(i, j)
			gone = true
		case !ok && d.shown != 0 && d.shown-1 != d.order && strings.IndexByte(c.origin.raw, '.') < 0:
			c.date, c.Key, c.Value = other, k, other.String()
		}
	}
	if !gone {
		return
	}
	n := 0
	for i := range d.out {
		if d.out[i].Features == nil {
			continue
		}
		d.out[n], d.from[n] = d.out[i], d.from[i]
		n++
	}
	d.out, d.from = d.out[:n], d.from[:n]
}

// absorb makes candidate i one with j.
func (d *dateCollector) absorb(i, j int) {
	from, to := &d.out[i], &d.out[j]
	for k, x := range from.Features {
		switch k {
		case dBelow, dAbove, dOrder, dToLead:
			to.Features[k] = min(to.Features[k], x)
		case dCount:
			to.Features[k] += x
		default:
			to.Features[k] = max(to.Features[k], x)
		}
	}
	d.from[j] |= d.from[i]
	to.Features[dKinds] = float32(bits.OnesCount32(d.from[j]))
	to.published = to.published || from.published
	from.Features = nil
}

func (d *dateCollector) finish() {
	d.settle()
	var shared [numDateFeatures]float32
	modified, urlMonth := "", ""
	lo, hi := math.MaxInt, 0
	for i := range d.out {
		f := d.out[i].Features
		if f[int(srcLDPublished)] != 0 {
			shared[dPageLDPublished] = 1
		}
		if f[int(srcMetaPublished)] != 0 {
			shared[dPageMetaPublished] = 1
		}
		if f[int(srcLDModified)] != 0 || f[int(srcMetaModified)] != 0 || f[int(srcPropModified)] != 0 {
			shared[dPageModified] = 1
			modified = max(modified, d.out[i].Key)
		}
		if f[int(srcURLMonth)] != 0 || f[int(srcURL)] != 0 {
			urlMonth = d.out[i].Key[:7]
		}
		n := days(d.out[i].date.date)
		lo, hi = min(lo, n), max(hi, n)
	}
	shared[dPageTimes] = float32(min(len(d.times), 50))
	shared[dDistinct] = float32(len(d.out))
	if d.article >= 0 {
		shared[dPageArticle] = 1
	}
	if d.anchor >= 0 {
		shared[dPageAnchor] = 1
	}
	for i := range d.out {
		f, k := d.out[i].Features, d.out[i].Key
		for j := dDistinct; j < numDateFeatures; j++ {
			f[j] = shared[j]
		}
		n := days(d.out[i].date.date)
		if n == lo {
			f[dEarliest] = 1
		}
		if n == hi {
			f[dLatest] = 1
		}
		f[dBehindLatest] = float32(math.Log1p(float64(hi - n)))
		f[dAfterEarliest] = float32(math.Log1p(float64(n - lo)))
		if modified != "" {
			if k == modified {
				f[dIsModified] = 1
			}
			if k < modified {
				f[dBeforeModified] = 1
			}
		}
		c := &d.out[i].date
		if c.Precision >= minute && c.Zoned && c.Offset == 0 {
			f[dUTC] = 1
		}
		if c.Precision >= day {
			for j := range d.out {
				o := &d.out[j]
				if o.date.Precision < day {
					continue
				}
				at, seen := -1, -1
				switch {
				case dayAfter(o.date.date, c.date):
					at, seen = dDayAfter, dSeenAfter
				case dayAfter(c.date, o.date.date):
					at, seen = dDayBefore, dSeenBefore
				default:
					continue
				}
				f[at] = 1
				if o.Features[int(srcTime)] != 0 || o.Features[int(srcDateClass)] != 0 || o.Features[int(srcDateLine)] != 0 || o.Features[int(srcURL)] != 0 {
					f[seen] = 1
				}
			}
		}
		if urlMonth != "" {
			if strings.HasPrefix(k, urlMonth) {
				f[dURLMonth] = 1
			} else {
				f[dURLMonthOther] = 1
			}
		}
	}
	d.leaveGreenwich()
	d.leaveChanges()
	// Order and nearness are those among the candidates, which dates of changes are not.
	n := 0
	for i := range d.out {
		if !d.out[i].published {
			continue
		}
		f := d.out[i].Features
		f[dOrder] = float32(n)
		n++
		near := min(f[dBelow], f[dAbove])
		for j := range d.out {
			if o := d.out[j].Features; d.out[j].published && min(o[dBelow], o[dAbove]) < near {
				f[dNearness]++
			}
		}
	}
}

// leaveGreenwich drops a moment in Greenwich time that falls on the day that the address and the page's readers are told of, in a zone of the world:
// its statement is about that day.
func (d *dateCollector) leaveGreenwich() {
	at := slices.IndexFunc(d.out, func(c Candidate) bool { return c.Features[int(srcURL)] != 0 })
	if at < 0 {
		return
	}
	f, here := d.out[at].Features, d.out[at].date.date
	if f[int(srcTimePubdate)] == 0 && f[int(srcTime)] == 0 && f[int(srcDateClass)] == 0 && f[int(srcDateLine)] == 0 {
		return
	}
	for i := range d.out {
		g, c := d.out[i].Features, d.out[i].date.date
		if g[dUTC] == 0 || !stated(g) || (!dayAfter(here, c) || c.Hour >= 12) && (!dayAfter(c, here) || c.Hour < 10) {
			continue
		}
		d.out[i].published = false
		for _, s := range publishedSources {
			if g[int(s)] != 0 && f[int(s)] == 0 {
				f[int(s)] = 1
				f[dKinds]++
			}
		}
	}
}

// publishedSources are the sources that say in so many words that a date is that of publication.
var publishedSources = [...]source{srcLDPublished, srcMetaPublished, srcPropPublished}

// stated reports whether one of them holds a candidate.
func stated(f []float32) bool {
	for _, s := range publishedSources {
		if f[int(s)] != 0 {
			return true
		}
	}
	return false
}

// leaveChanges drops a date without a label that is the stated date of the last change, where an earlier one is stated to be that of
// publication, or where readers are told that it is that of a change.
func (d *dateCollector) leaveChanges() {
	first := false
	for i := range d.out {
		f := d.out[i].Features
		// Where it is late in Greenwich, the next day may have begun for the page's readers.
		late := f[dUTC] != 0 && f[dDayBefore] != 0 && d.out[i].date.Hour >= 20
		first = first || stated(f) && f[dBeforeModified] != 0 && !late
	}
	for i := range d.out {
		f := d.out[i].Features
		if (first || f[dLabelUpdated] != 0) && f[dIsModified] != 0 && !stated(f) && f[int(srcLDPublishedOther)] == 0 && f[dLabelled] == 0 && f[int(srcURL)] == 0 {
			d.out[i].published = false
		}
	}
}

// dayAfter reports whether b is the day after a.
func dayAfter(a, b date) bool {
	switch {
	case a.Year == b.Year && a.Month == b.Month:
		return a.Day+1 == b.Day
	case b.Day != 1 || a.Day != daysIn(a.Year, a.Month):
		return false
	case a.Year == b.Year:
		return a.Month+1 == b.Month
	}
	return a.Year+1 == b.Year && a.Month == 12 && b.Month == 1
}

// days counts days since year 0, roughly, for distances.
func days(d date) int { return d.Year*365 + d.Year/4 + (d.Month-1)*30 + d.Day }
