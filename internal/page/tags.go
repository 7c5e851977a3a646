package page

// Tag is the name of an element.
type Tag uint8

// Tags that the builder or a reader of its output tells apart.
const (
	TagOther Tag = iota
	TagA
	TagAbbr
	TagAddress
	TagArea
	TagArticle
	TagAside
	TagAudio
	TagB
	TagBase
	TagBdi
	TagBdo
	TagBig
	TagBlockquote
	TagBody
	TagBr
	TagButton
	TagCanvas
	TagCaption
	TagCenter
	TagCite
	TagCode
	TagCol
	TagColgroup
	TagData
	TagDd
	TagDel
	TagDetails
	TagDfn
	TagDialog
	TagDir
	TagDiv
	TagDl
	TagDt
	TagEm
	TagEmbed
	TagFieldset
	TagFigcaption
	TagFigure
	TagFont
	TagFooter
	TagForm
	TagFrameset
	TagH1
	TagH2
	TagH3
	TagH4
	TagH5
	TagH6
	TagHead
	TagHeader
	TagHgroup
	TagHr
	TagHTML
	TagI
	TagIframe
	TagImg
	TagInput
	TagIns
	TagKbd
	TagLabel
	TagLegend
	TagLi
	TagLink
	TagMain
	TagMark
	TagMath
	TagMenu
	TagMeta
	TagNav
	TagNobr
	TagNoembed
	TagNoframes
	TagNoscript
	TagObject
	TagOl
	TagOptgroup
	TagOption
	TagP
	TagParam
	TagPicture
	TagPlaintext
	TagPre
	TagProgress
	TagQ
	TagRp
	TagRt
	TagRuby
	TagS
	TagSamp
	TagScript
	TagSearch
	TagSection
	TagSelect
	TagSmall
	TagSource
	TagSpan
	TagStrike
	TagStrong
	TagStyle
	TagSub
	TagSummary
	TagSup
	TagSvg
	TagTable
	TagTbody
	TagTd
	TagTemplate
	TagTextarea
	TagTfoot
	TagTh
	TagThead
	TagTime
	TagTitle
	TagTr
	TagTrack
	TagTt
	TagU
	TagUl
	TagVar
	TagVideo
	TagWbr
	TagXmp
	numTags
)

var tagNames = [numTags]string{
	TagA: "a", TagAbbr: "abbr", TagAddress: "address", TagArea: "area", TagArticle: "article", TagAside: "aside", TagAudio: "audio",
	TagB: "b", TagBase: "base", TagBdi: "bdi", TagBdo: "bdo", TagBig: "big", TagBlockquote: "blockquote", TagBody: "body", TagBr: "br",
	TagButton: "button", TagCanvas: "canvas", TagCaption: "caption", TagCenter: "center", TagCite: "cite", TagCode: "code", TagCol: "col",
	TagColgroup: "colgroup", TagData: "data", TagDd: "dd", TagDel: "del", TagDetails: "details", TagDfn: "dfn", TagDialog: "dialog", TagDir: "dir",
	TagDiv: "div", TagDl: "dl", TagDt: "dt", TagEm: "em", TagEmbed: "embed", TagFieldset: "fieldset", TagFigcaption: "figcaption",
	TagFigure: "figure", TagFont: "font", TagFooter: "footer", TagForm: "form", TagFrameset: "frameset", TagH1: "h1", TagH2: "h2", TagH3: "h3",
	TagH4: "h4", TagH5: "h5", TagH6: "h6", TagHead: "head", TagHeader: "header", TagHgroup: "hgroup", TagHr: "hr", TagHTML: "html", TagI: "i",
	TagIframe: "iframe", TagImg: "img", TagInput: "input", TagIns: "ins", TagKbd: "kbd", TagLabel: "label", TagLegend: "legend", TagLi: "li",
	TagLink: "link", TagMain: "main", TagMark: "mark", TagMath: "math", TagMenu: "menu", TagMeta: "meta", TagNav: "nav", TagNobr: "nobr",
	TagNoembed: "noembed", TagNoframes: "noframes", TagNoscript: "noscript", TagObject: "object", TagOl: "ol", TagOptgroup: "optgroup",
	TagOption: "option", TagP: "p", TagParam: "param", TagPicture: "picture", TagPlaintext: "plaintext", TagPre: "pre",
	TagProgress: "progress", TagQ: "q", TagRp: "rp", TagRt: "rt", TagRuby: "ruby", TagS: "s", TagSamp: "samp", TagScript: "script",
	TagSearch: "search", TagSection: "section", TagSelect: "select", TagSmall: "small", TagSource: "source", TagSpan: "span",
	TagStrike: "strike", TagStrong: "strong", TagStyle: "style", TagSub: "sub", TagSummary: "summary", TagSup: "sup", TagSvg: "svg",
	TagTable: "table", TagTbody: "tbody", TagTd: "td", TagTemplate: "template", TagTextarea: "textarea", TagTfoot: "tfoot", TagTh: "th",
	TagThead: "thead", TagTime: "time", TagTitle: "title", TagTr: "tr", TagTrack: "track", TagTt: "tt", TagU: "u", TagUl: "ul", TagVar: "var",
	TagVideo: "video", TagWbr: "wbr", TagXmp: "xmp",
}

func (t Tag) String() string { return tagNames[t] }

// class of a tag's behaviour in the builder
type tagClass uint8

const (
	inline     tagClass = iota // pushed; does not end a block
	formatting                 // inline, and no node unless it has attributes of interest
	void                       // never has content
	block                      // ends the block before it
	skip                       // its text is not shown as text
	raw                        // its content is not markup
)

type tagInfo struct {
	class   tagClass
	endsP   bool // closes an open p
	scope   bool // end tags do not reach past it
	inherit Flags
}

var tagInfos = func() (t [numTags]tagInfo) {
	for _, x := range []Tag{TagAbbr, TagB, TagBdi, TagBdo, TagBig, TagCite, TagCode, TagDel, TagDfn, TagEm, TagFont, TagI, TagIns, TagKbd, TagMark, TagNobr, TagQ, TagS, TagSamp, TagSmall, TagStrike, TagStrong, TagSub, TagSup, TagTt, TagU, TagVar, TagRuby, TagOther} {
		t[x].class = formatting
	}
	for _, x := range []Tag{TagArea, TagBase, TagBr, TagCol, TagEmbed, TagHr, TagImg, TagInput, TagLink, TagMeta, TagParam, TagSource, TagTrack, TagWbr} {
		t[x].class = void
	}
	for _, x := range []Tag{TagAddress, TagArticle, TagAside, TagBlockquote, TagBody, TagCaption, TagCenter, TagDd, TagDetails, TagDialog, TagDir, TagDiv, TagDl, TagDt, TagFieldset, TagFigcaption, TagFigure, TagFooter, TagForm, TagFrameset, TagH1, TagH2, TagH3, TagH4, TagH5, TagH6, TagHeader, TagHgroup, TagHr, TagLegend, TagLi, TagMain, TagMenu, TagNav, TagOl, TagP, TagPre, TagSearch, TagSection, TagSummary, TagTable, TagTbody, TagTd, TagTfoot, TagTh, TagThead, TagTr, TagUl, TagOptgroup} {
		if t[x].class != void {
			t[x].class = block
		}
	}
	for _, x := range []Tag{TagNoscript, TagTemplate, TagColgroup, TagHTML, TagHead} {
		t[x].class = block
	}
	for _, x := range []Tag{TagSvg, TagMath, TagSelect, TagCanvas, TagAudio, TagVideo, TagObject, TagRp, TagRt, TagProgress} {
		t[x].class = skip
	}
	for _, x := range []Tag{TagScript, TagStyle, TagIframe, TagNoembed, TagNoframes, TagXmp, TagPlaintext, TagTitle, TagTextarea} {
		t[x].class = raw
	}
	for _, x := range []Tag{TagAddress, TagArticle, TagAside, TagBlockquote, TagCenter, TagDetails, TagDialog, TagDir, TagDiv, TagDl, TagDt, TagDd, TagFieldset, TagFigcaption, TagFigure, TagFooter, TagForm, TagH1, TagH2, TagH3, TagH4, TagH5, TagH6, TagHeader, TagHgroup, TagHr, TagLi, TagMain, TagMenu, TagNav, TagOl, TagP, TagPre, TagSearch, TagSection, TagSummary, TagTable, TagUl} {
		t[x].endsP = true
	}
	for _, x := range []Tag{TagTd, TagTh, TagCaption, TagHTML, TagTemplate, TagTable} {
		t[x].scope = true
	}
	for _, x := range []struct {
		Tag
		Flags
	}{
		{TagArticle, InArticle}, {TagMain, InMain}, {TagNav, InNav}, {TagAside, InAside}, {TagHeader, InHeader}, {TagFooter, InFooter},
		{TagSection, InSection}, {TagUl, InList}, {TagOl, InList}, {TagMenu, InList}, {TagDl, InDefinition}, {TagLi, InListItem},
		{TagBlockquote, InQuote}, {TagQ, 0}, {TagTable, InTable}, {TagTd, InCell}, {TagTh, InCell}, {TagFigure, InFigure},
		{TagFigcaption, InCaption}, {TagCaption, InCaption}, {TagForm, InForm}, {TagH1, InHeading}, {TagH2, InHeading}, {TagH3, InHeading},
		{TagH4, InHeading}, {TagH5, InHeading}, {TagH6, InHeading}, {TagP, InParagraph}, {TagA, InLink}, {TagButton, InButton}, {TagLabel, InForm},
		{TagPre, InPre}, {TagNoscript, InNoscript}, {TagTemplate, InTemplate}, {TagDialog, InDialog}, {TagAddress, InAddress}, {TagDetails, InDetails},
		{TagFieldset, InForm},
	} {
		t[x.Tag].inherit = x.Flags
	}
	return t
}()

// Heading returns the level of a heading tag, or 0.
func (t Tag) Heading() int {
	if t >= TagH1 && t <= TagH6 {
		return int(t-TagH1) + 1
	}
	return 0
}

const tagTableSize = 1024

var tagTable = func() (t [tagTableSize]Tag) {
	for i := Tag(1); i < numTags; i++ {
		h := tagHash(tagNames[i])
		for t[h] != 0 {
			h = (h + 1) % tagTableSize
		}
		t[h] = i
	}
	return t
}()

func tagHash(s string) uint32 {
	h := uint32(2166136261)
	for i := 0; i < len(s); i++ {
		h = (h ^ uint32(s[i]|0x20)) * 16777619
	}
	return (h ^ h>>10 ^ h>>20) % tagTableSize
}

func lookupTag(s string) Tag {
	if len(s) > 10 {
		return TagOther
	}
	for h := tagHash(s); ; h = (h + 1) % tagTableSize {
		t := tagTable[h]
		if t == 0 || equalFold(s, tagNames[t]) {
			return t
		}
	}
}

// equalFold compares with a lower-case ASCII string, ignoring ASCII case.
func equalFold(s, lower string) bool {
	if len(s) != len(lower) {
		return false
	}
	for i := 0; i < len(s); i++ {
		c := s[i]
		if 'A' <= c && c <= 'Z' {
			c |= 0x20
		}
		if c != lower[i] {
			return false
		}
	}
	return true
}
