package zone

import (
	"context"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"math"
	"strings"
	"sync"

	"example.invalid/nutgraf/internal/page"
)

// Role is what a block is to the article.
type Role uint8

// Roles of blocks.
const (
	Other Role = iota
	Body
	Title
	Standfirst
	Byline
	Date
	Advertisement
	Social
	Navigation
	Related
	Promotion
	Legal
	Comments
	Duplicate
)

// Kind is what a page is.
type Kind uint8

// Kinds of page.
const (
	KindArticle Kind = iota
	KindLiveBlog
	KindIndex
	KindMedia
	KindInterstitial
	KindEmpty
	KindOther // a product, a service, a forum: text, but neither an article nor a list
)

// Labels say what the blocks of a page are.
type Labels struct {
	Roles []Role
	// Scores are the probabilities that a block is part of the body.
	Scores []float32
	Kind   Kind
	// Paid is set if structured data marks the article as not free.
	Paid bool
	// BodyWords is the length of the body in words.
	BodyWords int
}

//go:embed html.model
var htmlModel []byte

//go:embed text.model
var textModel []byte

var models = sync.OnceValues(func() ([2]*model, error) {
	h, err := readModel(htmlModel, page.HTML)
	if err != nil {
		return [2]*model{}, err
	}
	t, err := readModel(textModel, page.Text)
	return [2]*model{page.HTML: h, page.Text: t}, err
})

// Label finds the article in a page. The URL may be empty.
func Label(ctx context.Context, p *page.Page, url string) (*Labels, error) {
	ms, err := models()
	if err != nil {
		return nil, err
	}
	if len(p.Blocks) == 0 {
		return &Labels{Kind: KindEmpty}, nil
	}
	c := NewContext(p, url)
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	scores, err := ms[p.Kind].run(ctx, c)
	if err != nil {
		return nil, err
	}
	return c.decide(scores, ms[p.Kind].kinds), nil
}

// decide labels the blocks by their scores, and the page by its kinds.
func (c *Context) decide(scores []float32, kinds kindModel) *Labels {
	p := c.p
	l := &Labels{Roles: make([]Role, len(p.Blocks)), Scores: scores, Paid: c.evid.paid}
	var limit, expected float32
	if p.Kind == page.Text {
		limit, expected = c.threshold(scores, apart)
		limit = (limit + .5) / 2 // scores of lines are too sure of themselves for the cut that expectation asks for
	} else {
		limit, expected = c.threshold(scores, together)
	}
	for i, v := range scores {
		if v >= limit {
			l.Roles[i] = Body
			l.BodyWords += int(c.shapes[i].words)
		}
	}
	if p.Kind == page.HTML && expected < .5 && l.BodyWords < fewWords && 2*l.BodyWords < int(c.total) {
		// A few words of many, likelier wrong than right: the page has no body.
		clear(l.Roles)
		l.BodyWords = 0
	}
	if p.Kind == page.Text {
		c.clean(l)
	}
	c.explain(l)
	if p.Kind == page.Text {
		c.head(l)
	}
	c.repeats(l)
	l.Kind = c.kind(l, kinds)
	return l
}

// clean takes every sentence of a text without furniture. The model knows texts scraped off whole pages, and takes a short
// one that somebody wrote or cleaned for the remains of a menu.
func (c *Context) clean(l *Labels) {
	sentences, others := 0, 0
	for i := range l.Roles {
		if c.shapes[i].endsSentence {
			sentences++
		} else {
			others++
		}
	}
	if others > max(2, sentences/10) {
		return
	}
	for i := range l.Roles {
		if l.Roles[i] == Other && c.shapes[i].endsSentence && phraseRole(c.p.BlockText(i)) == Other {
			l.Roles[i] = Body
			l.BodyWords += int(c.shapes[i].words)
		}
	}
}

// fewWords is how long a body must be to stand although it is likely wrong.
const fewWords = 60

// threshold returns the score from which on taking blocks maximises the expected F1 of the page, 2·taken/(words taken + words of the
// body), and that F1. Blocks of a page err together, all comments or none, so it is the mean over cases in each of which the log-odds
// of all blocks lie as far to one side.
func (c *Context) threshold(scores []float32, cases []shift) (limit, f1 float32) {
	const steps = 200
	var expected, size, mean, odds, sum [steps + 1]float32
	for i, v := range scores {
		w := float32(c.shapes[i].words) + .5
		k := int(v * steps)
		expected[k] += v * w
		size[k] += w
	}
	for k := range expected {
		if expected[k] > 0 {
			mean[k] = expected[k] / size[k]
			odds[k] = logOdds(mean[k])
		}
	}
	for _, by := range cases {
		total, e, s := float32(0), [steps + 1]float32{}, float32(0)
		for k := range e {
			if expected[k] > 0 {
				e[k] = size[k] * by.move(mean[k], odds[k])
				total += e[k]
			}
		}
		taken := float32(0)
		for k := steps; k >= steps/10; k-- {
			taken += e[k]
			s += size[k]
			sum[k] += by.weight * taken / (s + total + 1e-6)
		}
	}
	best, at := float32(-1), steps
	for k := steps; k >= steps/10; k-- {
		if sum[k] > best {
			best, at = sum[k], k
		}
	}
	return float32(at) / steps, 2 * best
}

// shift is a case that has a weight, in which the log-odds of scores are stretched and moved.
type shift struct{ stretch, by, weight float32 }

// move returns what becomes of a score with these log-odds.
func (s shift) move(score, odds float32) float32 {
	if s.by == 0 && s.stretch == 1 {
		return score
	}
	return sigmoid(s.stretch*odds + s.by)
}

func logOdds(p float32) float32 {
	p = min(max(p, 1e-4), 1-1e-4)
	return float32(math.Log(float64(p / (1 - p))))
}

var (
	apart = []shift{{1, 0, 1}} // as if blocks erred apart
	// together is a normal error of log-odds of standard deviation 2, common to all blocks, by Gauss and Hermite; the stretch keeps the mean
	// of the cases near the score.
	together = func() (cases []shift) {
		const deviation = 2.
		stretch := math.Sqrt(1 + math.Pi*deviation*deviation/8)
		for _, x := range [][2]float64{{-3.750440, .000548}, {-2.366760, .030757}, {-1.154405, .240123}, {0, .457143}, {1.154405, .240123}, {2.366760, .030757}, {3.750440, .000548}} {
			cases = append(cases, shift{float32(stretch), float32(deviation * x[0]), float32(x[1])})
		}
		return cases
	}()
)

// phrases that short blocks which are no article begin with or consist of,
// lower case. They name the reason a block was dropped; they drop nothing.
var phrases = []struct {
	role  Role
	words []string
}{
	{Advertisement, []string{"advertisement", "advertising", "advertorial", "sponsored", "anzeige", "werbung", "publicité", "publicidad", "pubblicità", "annonce", "reklame", "reklam", "advertentie", "ad feedback", "story continues below", "promoted"}},
	{Social, []string{"follow us", "follow ", "share", "tweet", "facebook", "twitter", "whatsapp", "linkedin", "instagram", "telegram", "pinterest", "reddit", "email this", "copy link", "teilen", "partager", "compartir", "condividi", "like us", "print", "join our"}},
	{Promotion, []string{"subscribe", "sign up", "newsletter", "get the", "register", "already a subscriber", "log in", "sign in", "support us", "donate", "abonnieren", "abonnez", "suscríb", "iscriviti", "become a member", "download the app", "download our", "start your", "free trial", "get our"}},
	{Related, []string{"related", "read more", "read also", "also read", "more from", "more on", "more stories", "recommended", "you may also", "you might also", "most read", "most popular", "trending", "latest", "up next", "see also", "lire aussi", "lea también", "leggi anche", "mehr zum thema", "lesen sie auch", "top stories", "popular", "next story", "previous story", "don't miss", "editor's picks", "in case you missed"}},
	{Legal, []string{"©", "copyright", "all rights reserved", "terms of", "privacy", "cookie", "we use cookies", "this site uses", "impressum", "datenschutz", "disclaimer", "mentions légales", "aviso legal", "do not sell", "gdpr"}},
	{Comments, []string{"comments", "leave a comment", "post a comment", "leave a reply", "add a comment", "view comments", "kommentare", "commentaires", "comentarios", "commenti", "join the conversation", "be the first to comment", "reply"}},
	{Navigation, []string{"home", "menu", "search", "skip to", "back to top", "main navigation", "close", "sections", "topics", "tags:", "tags", "categories", "login", "sitemap", "contact", "about us", "loading"}},
}

var hintRoles = []struct {
	hint page.Hint
	role Role
}{
	{page.HintComment, Comments}, {page.HintAd, Advertisement}, {page.HintNewsletter, Promotion}, {page.HintShare, Social},
	{page.HintRelated, Related}, {page.HintCookie, Legal}, {page.HintNav, Navigation},
}

// explain names a role for every block that is not body.
func (c *Context) explain(l *Labels) {
	p := c.p
	title := -1
	for i := range p.Blocks {
		if l.Roles[i] == Body {
			continue
		}
		sh := &c.shapes[i]
		near := c.h1[i] >= -6 && c.h1[i] <= 12
		if c.title[i] > .6 && sh.words >= 2 && (title < 0 || isHeading(c.kinds[i]) && c.title[i] > c.title[title]) {
			l.Roles[i] = Title
			title = i
			continue
		}
		if sh.words <= 25 {
			if r := c.roleOf(i); r != Other {
				l.Roles[i] = r
				continue
			}
		}
		switch {
		case near && sh.words < 25 && c.dist(i, page.HintAuthor|page.HintByline) <= 2:
			l.Roles[i] = Byline
			continue
		case near && sh.words < 15 && c.dist(i, page.HintDate) <= 2:
			l.Roles[i] = Date
			continue
		case near && c.desc[i] > .6:
			l.Roles[i] = Standfirst
			continue
		}
		best, role := uint8(6), Other
		for k, h := range distHints {
			if d := c.nodes[p.Blocks[i].Node].dist[k]; d < best {
				for _, r := range hintRoles {
					if h&r.hint != 0 {
						best, role = d, r.role
					}
				}
			}
		}
		f := p.Blocks[i].Flags
		switch {
		case role != Other:
		case f&(page.InNav|page.InHeader|page.InForm|page.InButton) != 0:
			role = Navigation
		case f&page.InFooter != 0 && f&page.InArticle == 0:
			role = Navigation
		case c.links[i] > .6 && sh.words >= 5:
			role = Related
		case c.links[i] > .6:
			role = Navigation
		}
		l.Roles[i] = role
	}
}

func (c *Context) dist(i int, h page.Hint) uint8 {
	for k, d := range distHints {
		if d == h {
			return c.nodes[c.p.Blocks[i].Node].dist[k]
		}
	}
	return farAway
}

// roleOf returns the role that block i begins like, Other if none.
func (c *Context) roleOf(i int) Role {
	if c.p.Kind == page.Text {
		return cueRole(c.p.BlockText(i))
	}
	return phraseRole(c.p.BlockText(i))
}

// phraseRole returns the role that a text begins like, Other if none.
func phraseRole(text string) Role {
	if len(text) < 2 {
		return Other
	}
	for _, ph := range phraseIndex.of(lowerASCII(text[0]), lowerASCII(text[1])) {
		if hasLower(text, ph.words) {
			return ph.role
		}
	}
	return Other
}

func lowerASCII(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		c |= 0x20
	}
	return c
}

// hasLower reports whether a text begins with words in small letters.
func hasLower(text, words string) bool {
	if len(text) < len(words) {
		return false
	}
	for i := range len(words) {
		if lowerASCII(text[i]) != words[i] {
			return false
		}
	}
	return true
}

type phrase struct {
	role  Role
	words string // two bytes at least
}

// phraseTable holds phrases by their first two bytes, in their order.
type phraseTable [1 << 10][]phrase

func (t *phraseTable) place(a, b byte) int { return int(a)<<5&(len(t)-1) ^ int(b) }

func (t *phraseTable) of(a, b byte) []phrase { return t[t.place(a, b)] }

func (t *phraseTable) add(role Role, words string) {
	k := t.place(words[0], words[1])
	t[k] = append(t[k], phrase{role, words})
}

var phraseIndex = func() *phraseTable {
	var t phraseTable
	for _, ph := range phrases {
		for _, w := range ph.words {
			t.add(ph.role, w)
		}
	}
	return &t
}()

// repeats takes a block out of the body whose text the body has elsewhere: of a
// standfirst that returns as a paragraph, the paragraph stays. A few words that
// the page repeats without end outside of tables are furniture.
func (c *Context) repeats(l *Labels) {
	const few, endless = 12, 100
	for i, r := range l.Roles {
		if r == Body && c.same[i] >= endless && c.shapes[i].words < few && c.p.Blocks[i].Flags&page.InTable == 0 {
			l.drop(c, i, Duplicate)
		}
	}
	count := map[uint64]int{}
	for i, r := range l.Roles {
		if r == Body && c.shapes[i].words >= 8 {
			count[c.shapes[i].hash]++
		}
	}
	first := true
	for i, r := range l.Roles {
		if r != Body {
			continue
		}
		h := c.shapes[i].hash
		if count[h] > 1 {
			count[h]--
			l.Roles[i] = Duplicate
			if first {
				l.Roles[i] = Standfirst
			}
			l.BodyWords -= int(c.shapes[i].words)
		}
		first = false
	}
}

var bylineWords = []string{"by ", "von ", "par ", "por ", "di ", "door ", "av ", "af ", "text: ", "written by", "reported by", "from "}

var deskWords = []string{" desk", "bureau", "correspondent", "reporter", "staff", "agency", "agencies", "news service", "newsroom", "editor", "redaktion", "rédaction", "redacción", "redazione", "pti", "ani", "reuters", "afp", "dpa", "associated press"}

// head finds title, standfirst, byline and date of scraped text: the lines
// before the body that say so by their form and by sharing words with it.
func (c *Context) head(l *Labels) {
	p := c.p
	start := -1
	for i, r := range l.Roles {
		if r == Body && c.shapes[i].words >= 12 && c.shapes[i].endsSentence {
			start = i
			break
		}
	}
	if start < 0 {
		return
	}
	var words wordSet
	paragraphs := map[uint64]bool{}
	for i := start; i < len(p.Blocks) && words.n < 5000; i++ {
		if l.Roles[i] == Body {
			paragraphs[c.shapes[i].hash] = true
			for _, w := range setOf(p.BlockText(i), 400).slots {
				if w != 0 {
					words.add(w)
				}
			}
		}
	}
	title, best := -1, float32(0)
	for i := max(0, start-40); i < start; i++ {
		sh := &c.shapes[i]
		if sh.words < 3 || sh.words > 30 || paragraphs[sh.hash] || isBoilerplate(l.Roles[i]) || c.byline(i) || looksLikeDate(p.BlockText(i), sh) {
			continue
		}
		v, n := words.share(c.wordsOf(i), 40)
		score := v * float32(n) / float32(n+3)
		if sh.endsSentence && !sh.endsQuestion {
			score *= .6
		}
		if score *= 1 - float32(start-i)/100; score > best {
			title, best = i, score
		}
	}
	if title < 0 || best < .25 {
		return
	}
	l.drop(c, title, Title)
	const sure = .9 // a line that begins like a byline, but is body
	signed := false
	for i := title + 1; i < start; i++ {
		sh := &c.shapes[i]
		switch {
		case isBoilerplate(l.Roles[i]):
		case l.Scores[i] < sure && c.byline(i):
			l.drop(c, i, Byline)
			signed = true
		case looksLikeDate(p.BlockText(i), sh):
			l.drop(c, i, Date)
			signed = true
		case signed && l.Roles[i] != Body && sh.words >= 12 && sh.endsSentence:
			// Between the byline and the body there is nothing but body.
			l.Roles[i] = Body
			l.BodyWords += int(sh.words)
		case l.Roles[i] != Body && sh.words >= 8 && sh.words < 90:
			l.Roles[i] = Standfirst
		}
	}
	// A byline or a date below the first paragraph sets that apart as the
	// standfirst; it leaves the body only if it returns there.
	for i := start + 1; i < min(len(p.Blocks), start+5); i++ {
		r := Other
		switch {
		case l.Scores[i] < sure && looksLikeDate(p.BlockText(i), &c.shapes[i]):
			r = Date
		case l.Roles[i] == Body:
		case c.byline(i):
			r = Byline
		}
		if r == Other {
			continue
		}
		l.drop(c, i, r)
		if l.Roles[start] == Body && c.same[start] > 1 {
			l.drop(c, start, Standfirst)
		}
	}
}

// drop takes block i out of the body and gives it a role.
func (l *Labels) drop(c *Context, i int, r Role) {
	if l.Roles[i] == Body {
		l.BodyWords -= int(c.shapes[i].words)
	}
	l.Roles[i] = r
}

func isBoilerplate(r Role) bool { return r >= Advertisement }

// byline reports whether a line of text names who wrote it.
func (c *Context) byline(i int) bool {
	sh := &c.shapes[i]
	if sh.words == 0 || sh.words > 14 || sh.endsSentence && sh.sentences > 1 {
		return false
	}
	lower := strings.ToLower(c.p.BlockText(i))
	for _, w := range bylineWords {
		if strings.HasPrefix(lower, w) && sh.words > 1 {
			return true
		}
	}
	for _, w := range deskWords {
		if k := strings.Index(lower, w); k >= 0 && sh.words <= 8 && (k+len(w) == len(lower) || !isLetterByte(lower[k+len(w)])) && (k == 0 || w[0] == ' ' || !isLetterByte(lower[k-1])) {
			return true
		}
	}
	return false
}

func isLetterByte(b byte) bool { return 'a' <= b && b <= 'z' || b >= 0x80 }

var monthWords = []string{"jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec", "mär", "mai", "okt", "dez", "ago", "fév", "avr", "juin", "juil", "aoû", "déc", "ene", "abr", "dic", "gen", "mag", "giu", "lug", "set", "ott", "published", "updated", "posted", "am ", "pm "}

// looksLikeDate reports whether a line is mostly a date or time.
func looksLikeDate(s string, sh *shape) bool {
	if sh.words > 12 || sh.digits < 3 || sh.digits*6 < sh.runes {
		return false
	}
	lower := strings.ToLower(s)
	if strings.ContainsAny(s, ":/-.") && sh.digits*3 > sh.runes {
		return true
	}
	for _, m := range monthWords {
		if strings.Contains(lower, m) {
			return true
		}
	}
	return false
}

// Digest names the models: "sha256:" and hex.
func Digest() string {
	h := sha256.New()
	h.Write(htmlModel)
	h.Write(textModel)
	return "sha256:" + hex.EncodeToString(h.Sum(nil))
}
