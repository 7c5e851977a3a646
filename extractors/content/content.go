// Package content finds the body of an article in a page or in scraped text,
// and says what it left out and why.
package content

import (
	"context"
	"errors"
	"fmt"
	"time"

	nutgrafv1 "example.invalid/nutgraf/gen/go/nutgraf/v1"
	"example.invalid/nutgraf/internal/page"
	"example.invalid/nutgraf/internal/pipeline"
	"example.invalid/nutgraf/internal/zone"
)

// Extractor fills content, page_kind and access.
type Extractor struct{ spec pipeline.Spec }

// New returns an Extractor.
func New() *Extractor {
	return &Extractor{pipeline.Spec{
		Name:        "content",
		Version:     "1.4.4",
		Description: "Body text in typed blocks, kind of page, completeness, and what was left out.",
		Requires:    []pipeline.Field{pipeline.Source},
		Provides:    []pipeline.Field{"content", "page_kind", "access"},
		Budget:      10 * time.Second,
		Digest:      zone.Digest(),
		Confidence:  nutgrafv1.ConfidenceKind_CONFIDENCE_KIND_CALIBRATED,
	}}
}

// Spec describes the extractor.
func (x *Extractor) Spec() pipeline.Spec { return x.spec }

// Extract reads the page, labels its blocks and puts the body together.
func (x *Extractor) Extract(ctx context.Context, in pipeline.Input) (*nutgrafv1.Extraction, error) {
	p, err := in.Page(ctx)
	if format := (*page.FormatError)(nil); errors.As(err, &format) {
		return &nutgrafv1.Extraction{
			PageKind: nutgrafv1.PageKind_PAGE_KIND_EMPTY,
			Warnings: []*nutgrafv1.Warning{warning(nutgrafv1.WarningCode_WARNING_CODE_NO_CONTENT, err.Error())},
		}, nil
	}
	if err != nil {
		return nil, fmt.Errorf("parse page: %w", err)
	}
	labels, err := in.Zones(ctx)
	if err != nil {
		return nil, fmt.Errorf("label blocks: %w", err)
	}
	b := assemble(p, labels)
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	out := &nutgrafv1.Extraction{
		PageKind: pageKinds[labels.Kind],
		Access:   access(p, labels),
		Content:  b.content,
		Warnings: warnings(p, labels, b),
	}
	if in.Asks("content.markdown") {
		s := b.markdown()
		out.Content.Markdown = &s
	}
	if in.Asks("content.html") {
		s := b.html()
		out.Content.Html = &s
	}
	return out, nil
}

var pageKinds = [...]nutgrafv1.PageKind{
	zone.KindArticle:      nutgrafv1.PageKind_PAGE_KIND_ARTICLE,
	zone.KindLiveBlog:     nutgrafv1.PageKind_PAGE_KIND_LIVE_BLOG,
	zone.KindIndex:        nutgrafv1.PageKind_PAGE_KIND_INDEX,
	zone.KindMedia:        nutgrafv1.PageKind_PAGE_KIND_MEDIA,
	zone.KindInterstitial: nutgrafv1.PageKind_PAGE_KIND_INTERSTITIAL,
	zone.KindEmpty:        nutgrafv1.PageKind_PAGE_KIND_EMPTY,
	zone.KindOther:        nutgrafv1.PageKind_PAGE_KIND_UNSPECIFIED,
}

func warnings(p *page.Page, l *zone.Labels, b *body) (out []*nutgrafv1.Warning) {
	if p.Kind == page.HTML && p.CharsetGuessed && p.Charset != "utf-8" {
		out = append(out, warning(nutgrafv1.WarningCode_WARNING_CODE_CHARSET_GUESSED, "charset guessed to be "+p.Charset))
	}
	if p.Replacements > 0 {
		out = append(out, warning(nutgrafv1.WarningCode_WARNING_CODE_DECODING_ERRORS, fmt.Sprintf("%d undecodable bytes replaced", p.Replacements)))
	}
	if p.Truncated || b.truncated {
		out = append(out, warning(nutgrafv1.WarningCode_WARNING_CODE_TRUNCATED, "the page is larger than what is recorded of one"))
	}
	if b.content.GetText() == "" {
		out = append(out, warning(nutgrafv1.WarningCode_WARNING_CODE_NO_CONTENT, "no body was found"))
	}
	return out
}

func warning(code nutgrafv1.WarningCode, message string) *nutgrafv1.Warning {
	return &nutgrafv1.Warning{Code: code, Message: message, Field: "content"}
}
