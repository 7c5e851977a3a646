package pipeline

import (
	"context"
	"time"

	nutgrafv1 "example.invalid/nutgraf/gen/go/nutgraf/v1"
	"example.invalid/nutgraf/internal/page"
	"example.invalid/nutgraf/internal/rarity"
	"example.invalid/nutgraf/internal/text"
	"example.invalid/nutgraf/internal/zone"
)

// article is the state of one run that all extractors share. Extractors see it only through an Input.
type article struct {
	req   *nutgrafv1.ArticleRequest
	out   *nutgrafv1.Extraction
	asked map[string]bool // paths of the read mask

	// Computed when first wanted; one goroutine at a time runs extractors of one article.
	page        *page.Page
	zones       *zone.Labels
	body, title *text.Document
	words       *rarity.Words
	mentions    [2][]Mention // in the title and the body; nil until then
	head        string       // of the body, as far as it is analysed; "" until then
}

// sourceText returns the decoded source, or "" if nothing has read it.
func (a *article) sourceText() string {
	if a.page == nil {
		return ""
	}
	return a.page.Source
}

func (a *article) parse(ctx context.Context) (*page.Page, error) {
	if a.page != nil {
		return a.page, nil
	}
	src := a.req.GetSource()
	in := page.Source{Kind: page.Text, Text: src.GetPlainText().GetText()}
	if h := src.GetHtml(); h != nil {
		in = page.Source{Kind: page.HTML, HTML: h.GetData(), Charset: h.GetCharset(), ContentType: src.GetHttpHeaders()["content-type"]}
	}
	p, err := page.Parse(ctx, in)
	a.page = p
	return p, err
}

// Input is what one extractor may see of an article: the fields it declared, read-only, and the request's options.
type Input struct {
	article *article
	visible map[Field]bool
}

// Source returns the document, or nil if the extractor did not declare Source.
func (in Input) Source() *nutgrafv1.Source {
	if !in.visible[Source] {
		return nil
	}
	return in.article.req.GetSource()
}

// Page returns the parsed document, whose Source is the text of LAYER_SOURCE. It needs Source declared. The error is that of
// page.Parse: a *page.FormatError if the document is neither HTML nor text, or that of ctx.
func (in Input) Page(ctx context.Context) (*page.Page, error) {
	if !in.visible[Source] {
		return &page.Page{}, nil
	}
	return in.article.parse(ctx)
}

// Zones returns what the blocks of Page are: the body, the title, furniture. It needs Source declared. The error is that of Page
// or of ctx.
func (in Input) Zones(ctx context.Context) (*zone.Labels, error) {
	p, err := in.Page(ctx)
	if err != nil {
		return nil, err
	}
	if in.article.zones == nil {
		if in.article.zones, err = zone.Label(ctx, p, in.Source().GetUrl()); err != nil {
			return nil, err
		}
	}
	return in.article.zones, nil
}

// Content returns the cleaned body, or nil if it is not declared or was not found.
func (in Input) Content() *nutgrafv1.Content {
	if !in.visible["content"] {
		return nil
	}
	return in.article.out.GetContent()
}

// Metadata returns the data about the article, or nil if it is not declared or was not found.
func (in Input) Metadata() *nutgrafv1.Metadata {
	if !in.visible["metadata"] {
		return nil
	}
	return in.article.out.GetMetadata()
}

// BodyText returns the cleaned body as far as language is read: its first MaxAnalyzedBytes at most. It needs content declared. All
// that reads language must read this, so that one warning speaks for all; what is about the body as such reads Content.
func (in Input) BodyText() string {
	if !in.visible["content"] {
		return ""
	}
	if in.article.head == "" {
		in.article.head = text.Head(in.article.out.GetContent().GetText(), MaxAnalyzedBytes)
	}
	return in.article.head
}

// Body returns the tokens, sentences and paragraphs of BodyText. It needs content declared; without a body it is the analysis of "".
func (in Input) Body() *text.Document {
	if !in.visible["content"] {
		return text.Analyze("")
	}
	if in.article.body == nil {
		in.article.body = text.Analyze(in.BodyText())
	}
	return in.article.body
}

// Title returns the tokens and sentences of the title. It needs metadata declared; without a title it is the analysis of "".
func (in Input) Title() *text.Document {
	if !in.visible["metadata"] {
		return text.Analyze("")
	}
	if in.article.title == nil {
		in.article.title = text.Analyze(in.article.out.GetMetadata().GetTitle().GetValue())
	}
	return in.article.title
}

// Words returns the words of Title and Body that say something, in the table of Language. It needs content and metadata declared.
func (in Input) Words() *rarity.Words {
	if !in.visible["content"] || !in.visible["metadata"] {
		return rarity.Of(in.Language()).Number(in.Title(), in.Body())
	}
	if in.article.words == nil {
		in.article.words = rarity.Of(in.Language()).Number(in.Title(), in.Body())
	}
	return in.article.words
}

// Entities returns the merged entities, or nil if they are not declared or were not found.
func (in Input) Entities() []*nutgrafv1.Entity {
	if !in.visible["entities"] {
		return nil
	}
	return in.article.out.GetEntities()
}

// Mentions returns where the entities are mentioned in a layer, the title or the body, in order. It needs entities declared,
// and what Title or Body need.
func (in Input) Mentions(layer nutgrafv1.Layer) []Mention {
	doc, kept := in.Body(), &in.article.mentions[1]
	if layer == nutgrafv1.Layer_LAYER_TITLE {
		doc, kept = in.Title(), &in.article.mentions[0]
	}
	if len(doc.Tokens) == 0 || !in.visible["entities"] {
		return nil
	}
	if *kept == nil {
		*kept = PlaceMentions(doc, layer, in.Entities())
	}
	return *kept
}

// Quotes returns the quotations, or nil if they are not declared or were not found.
func (in Input) Quotes() []*nutgrafv1.Quote {
	if !in.visible["quotes"] {
		return nil
	}
	return in.article.out.GetQuotes()
}

// Times returns the time expressions, or nil if they are not declared or were not found.
func (in Input) Times() []*nutgrafv1.TimeExpression {
	if !in.visible["times"] {
		return nil
	}
	return in.article.out.GetTimes()
}

// Keywords returns the keywords, or nil if they are not declared or were not found.
func (in Input) Keywords() []*nutgrafv1.Keyword {
	if !in.visible["keywords"] {
		return nil
	}
	return in.article.out.GetKeywords()
}

// Language returns the language to work in: the one the caller forced, else that of the body, else "".
func (in Input) Language() string {
	if l := in.article.req.GetOptions().GetForceLanguage(); l != "" {
		return l
	}
	return in.Metadata().GetLanguage().GetValue()
}

// ForcedLanguage returns the language the caller forced, or "".
func (in Input) ForcedLanguage() string { return in.article.req.GetOptions().GetForceLanguage() }

// ReferenceTime returns the anchor the caller set above all others.
func (in Input) ReferenceTime() (time.Time, bool) {
	t := in.article.req.GetOptions().GetReferenceTime()
	return t.AsTime(), t != nil
}

// FetchTime returns when the caller obtained the document.
func (in Input) FetchTime() (time.Time, bool) {
	t := in.article.req.GetSource().GetFetchTime()
	return t.AsTime(), t != nil
}

// MaxSummarySentences returns how many sentences a summary may have.
func (in Input) MaxSummarySentences() int {
	if o := in.article.req.GetOptions(); o != nil && o.MaxSummarySentences != nil {
		return int(o.GetMaxSummarySentences())
	}
	return defaultSummarySentences
}

// Asks reports whether the read mask names exactly this path below Extraction, such as "content.markdown". Costly fields
// are filled only then.
func (in Input) Asks(path string) bool { return in.article.asked[path] }
