package page

// Name is a distinct class or id value.
type Name struct {
	Value string
	Words []uint32 // hashes of its words, lower case, split at punctuation and humps
	Count int32    // elements that carry it
	Hints Hint
}

// Hint says what the words of a class, id, rel or itemprop suggest.
type Hint uint32

// Hints.
const (
	HintAuthor Hint = 1 << iota
	HintByline
	HintDate
	HintModified
	HintTitle
	HintStandfirst
	HintSource // agency, credit, source
	HintSection
	HintTags
	HintDateline
	HintBody
	HintCaption
	HintComment
	HintRelated
	HintShare
	HintAd
	HintNewsletter
	HintNav
	HintPaywall
	HintCookie
	HintLive
	HintBio
	HintUpdate
)

var hintWords = map[string]Hint{
	"author": HintAuthor, "authors": HintAuthor, "writer": HintAuthor, "autor": HintAuthor, "autore": HintAuthor,
	"auteur": HintAuthor, "autoren": HintAuthor, "redacteur": HintAuthor, "verfasser": HintAuthor, "skribent": HintAuthor,
	"forfatter": HintAuthor, "contributor": HintAuthor, "contributors": HintAuthor, "reporter": HintAuthor,
	"creator": HintAuthor, "firma": HintAuthor, "journalist": HintAuthor, "vcard": HintAuthor, "fn": HintAuthor,
	"byline": HintByline, "bylines": HintByline, "by": HintByline, "signature": HintByline, "firm": HintByline,
	"byl": HintByline, "attribution": HintByline, "meta": HintByline, "info": HintByline, "infos": HintByline,
	"date": HintDate, "dates": HintDate, "time": HintDate, "published": HintDate, "publish": HintDate, "pubdate": HintDate,
	"publication": HintDate, "posted": HintDate, "timestamp": HintDate, "datetime": HintDate, "datum": HintDate,
	"fecha": HintDate, "data": HintDate, "datepublished": HintDate, "datecreated": HintDate, "dato": HintDate,
	"updated": HintDate | HintModified, "modified": HintDate | HintModified, "update": HintUpdate, "datemodified": HintDate | HintModified,
	"title": HintTitle, "headline": HintTitle, "titre": HintTitle, "titulo": HintTitle, "titolo": HintTitle, "titel": HintTitle,
	"standfirst": HintStandfirst, "subtitle": HintStandfirst, "subhead": HintStandfirst, "subheadline": HintStandfirst,
	"dek": HintStandfirst, "deck": HintStandfirst, "lead": HintStandfirst, "lede": HintStandfirst, "intro": HintStandfirst,
	"chapo": HintStandfirst, "summary": HintStandfirst, "excerpt": HintStandfirst, "teaser": HintStandfirst,
	"sottotitolo": HintStandfirst, "bajada": HintStandfirst, "entradilla": HintStandfirst, "description": HintStandfirst,
	"abstract": HintStandfirst, "ingress": HintStandfirst, "vorspann": HintStandfirst, "leadtext": HintStandfirst, "copete": HintStandfirst,
	"source": HintSource, "credit": HintSource, "credits": HintSource, "agency": HintSource, "copyright": HintSource, "quelle": HintSource,
	"section": HintSection, "category": HintSection, "categories": HintSection, "rubrik": HintSection, "kicker": HintSection,
	"breadcrumb": HintSection | HintNav, "breadcrumbs": HintSection | HintNav, "eyebrow": HintSection, "channel": HintSection,
	"tags": HintTags, "tag": HintTags, "keywords": HintTags, "topics": HintTags, "topic": HintTags, "labels": HintTags, "tagcloud": HintTags,
	"dateline": HintDateline, "place": HintDateline, "location": HintDateline,
	"article": HintBody, "body": HintBody, "content": HintBody, "entry": HintBody, "post": HintBody, "story": HintBody,
	"text": HintBody, "articlebody": HintBody, "paragraph": HintBody, "artikel": HintBody, "articulo": HintBody, "prose": HintBody, "richtext": HintBody,
	"caption": HintCaption, "figcaption": HintCaption, "legend": HintCaption, "wp-caption": HintCaption,
	"comment": HintComment, "comments": HintComment, "disqus": HintComment, "respond": HintComment, "kommentare": HintComment, "reply": HintComment,
	"commentlist": HintComment,
	"related":     HintRelated, "recommended": HintRelated, "recommendations": HintRelated, "recommend": HintRelated, "more": HintRelated,
	"popular": HintRelated, "trending": HintRelated, "similar": HintRelated, "readmore": HintRelated, "mostread": HintRelated,
	"outbrain": HintRelated, "taboola": HintRelated, "latest": HintRelated, "teasers": HintRelated, "promo": HintRelated,
	"share": HintShare, "social": HintShare, "sharing": HintShare, "facebook": HintShare, "twitter": HintShare,
	"whatsapp": HintShare, "follow": HintShare, "addtoany": HintShare, "sharedaddy": HintShare, "shares": HintShare,
	"ad": HintAd, "ads": HintAd, "advert": HintAd, "advertisement": HintAd, "sponsor": HintAd, "sponsored": HintAd,
	"banner": HintAd, "adsbygoogle": HintAd, "anzeige": HintAd, "werbung": HintAd, "pub": HintAd, "dfp": HintAd, "advertising": HintAd,
	"newsletter": HintNewsletter, "subscribe": HintNewsletter, "subscription": HintNewsletter, "signup": HintNewsletter, "abo": HintNewsletter,
	"donate": HintNewsletter, "donation": HintNewsletter, "cta": HintNewsletter, "optin": HintNewsletter,
	"nav": HintNav, "navigation": HintNav, "menu": HintNav, "navbar": HintNav, "sidebar": HintNav, "footer": HintNav,
	"header": HintNav, "topbar": HintNav, "pagination": HintNav, "breadcrump": HintNav, "submenu": HintNav, "toc": HintNav,
	"paywall": HintPaywall, "premium": HintPaywall, "paid": HintPaywall, "locked": HintPaywall, "piano": HintPaywall,
	"regwall": HintPaywall, "metered": HintPaywall, "paygate": HintPaywall, "plus": HintPaywall,
	"cookie": HintCookie, "cookies": HintCookie, "consent": HintCookie, "gdpr": HintCookie, "privacy": HintCookie,
	"liveblog": HintLive, "live": HintLive, "ticker": HintLive,
	"bio": HintBio, "biography": HintBio, "about": HintBio, "profile": HintBio, "authorbox": HintBio | HintAuthor,
}

// hintTable holds the hints by the hashes of their words, each at the first free place from that of its hash on.
type hintTable [1 << hintBits]struct {
	hash uint32
	hint Hint
}

const hintBits = 10

// place returns where a hash is, or would be.
func (t *hintTable) place(hash uint32) uint32 {
	k := hash >> (32 - hintBits)
	for t[k].hint != 0 && t[k].hash != hash {
		k = (k + 1) % (1 << hintBits)
	}
	return k
}

var hintHashes = func() *hintTable {
	var t hintTable
	for w, h := range hintWords {
		hash := HashWord(w)
		k := t.place(hash)
		t[k].hash = hash
		t[k].hint |= h
	}
	return &t
}()

// HashWord hashes a lower-case word as Name.Words does (FNV-1a).
func HashWord(s string) uint32 {
	h := uint32(2166136261)
	for i := 0; i < len(s); i++ {
		h = (h ^ uint32(s[i])) * 16777619
	}
	return h
}

type names struct {
	list  []Name
	index map[string]int32
	words []uint32
}

// intern returns the index of a class or id value, 0 for none.
func (t *names) intern(value string) int32 {
	if value == "" {
		return 0
	}
	if len(value) > 512 {
		value = value[:512]
	}
	if i, ok := t.index[value]; ok {
		t.list[i].Count++
		return i
	}
	if t.index == nil {
		t.index = make(map[string]int32, 256)
		t.list = append(make([]Name, 0, 256), Name{})
	}
	if len(t.list) >= 1<<17 {
		return 0
	}
	i := int32(len(t.list))
	t.index[value] = i
	from := len(t.words)
	t.words = appendWords(t.words, value)
	words := t.words[from:len(t.words):len(t.words)]
	t.list = append(t.list, Name{Value: value, Words: words, Count: 1, Hints: hintsOf(words)})
	return i
}

func hintsOf(words []uint32) (h Hint) {
	for _, w := range words {
		h |= hintHashes[hintHashes.place(w)].hint
	}
	return h
}

// appendWords appends the hashes of the words in a class or id value.
func appendWords(out []uint32, s string) []uint32 {
	const offset, prime = 2166136261, 16777619
	h, n, lower, count := uint32(offset), 0, false, 0
	flush := func() {
		if n > 1 {
			out = append(out, h)
			count++
		}
		h, n = offset, 0
	}
	for i := 0; i < len(s) && count < maxClasses; i++ {
		c := s[i]
		switch {
		case 'a' <= c && c <= 'z':
			lower = true
		case 'A' <= c && c <= 'Z':
			if lower {
				flush()
			}
			lower = false
			c |= 0x20
		case c >= 0x80:
			lower = true
		default:
			flush()
			lower = false
			continue
		}
		h = (h ^ uint32(c)) * prime
		n++
	}
	flush()
	return out
}
