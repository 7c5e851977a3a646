// Package metadata states the data about an article: title, standfirst, byline, authors, dateline, dates, site, address, language,
// section, agency, rights and tags. What the page says is found and ranked by internal/pagemeta.
package metadata

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	nutgrafv1 "example.invalid/nutgraf/gen/go/nutgraf/v1"
	"example.invalid/nutgraf/internal/langid"
	"example.invalid/nutgraf/internal/page"
	"example.invalid/nutgraf/internal/pagemeta"
	"example.invalid/nutgraf/internal/pipeline"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"
)

// Extractor fills Extraction.metadata.
type Extractor struct{ spec pipeline.Spec }

// New returns the extractor.
func New() *Extractor {
	return &Extractor{pipeline.Spec{
		Name:        "metadata",
		Version:     "1.3.13",
		Description: "Title, authors, dates, site, section, language and more, each with its place in the source.",
		Requires:    []pipeline.Field{pipeline.Source},
		Uses:        []pipeline.Field{"content"},
		Provides:    []pipeline.Field{"metadata"},
		Budget:      2 * time.Second,
		Digest:      pagemeta.Digest(),
		Confidence:  nutgrafv1.ConfidenceKind_CONFIDENCE_KIND_ORDINAL,
	}}
}

// Spec describes the extractor.
func (x *Extractor) Spec() pipeline.Spec { return x.spec }

// Extract reads the page, and the body for its language.
func (x *Extractor) Extract(ctx context.Context, in pipeline.Input) (*nutgrafv1.Extraction, error) {
	p, err := in.Page(ctx)
	if format := (*page.FormatError)(nil); errors.As(err, &format) {
		return &nutgrafv1.Extraction{}, nil // there is no page to read; content warns of it
	}
	if err != nil {
		return nil, fmt.Errorf("parse page: %w", err)
	}
	src := in.Source()
	r, err := pagemeta.NewReader(ctx, p, pagemeta.Hints{URL: src.GetUrl()})
	if err != nil {
		return nil, err
	}
	zone := location(src.GetTimeZoneHint())
	m := &nutgrafv1.Metadata{}
	if best, rest := r.Title(); best.Text != "" {
		m.Title = textValue(best, true)
		if in.Asks("metadata.title.alternatives") {
			for _, v := range rest {
				m.Title.Alternatives = append(m.Title.Alternatives, &nutgrafv1.TextAlternative{Value: v.Text, Evidence: evidence(v.Evidence)})
			}
		}
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	for _, f := range []struct {
		to   **nutgrafv1.TextValue
		read func() (pagemeta.Value, bool)
	}{
		{&m.Standfirst, r.Standfirst}, {&m.Byline, r.Byline}, {&m.SiteName, r.SiteName}, {&m.SiteDomain, r.SiteDomain},
		{&m.CanonicalUrl, r.CanonicalURL}, {&m.Section, r.Section}, {&m.Rights, r.Rights},
	} {
		if v, ok := f.read(); ok {
			*f.to = textValue(v, true)
		}
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	place, agency, ok := r.Place()
	if ok {
		m.Dateline = &nutgrafv1.Dateline{Place: textValue(place, true)}
	}
	for _, a := range r.AuthorList() {
		author := &nutgrafv1.Author{Name: textValue(a.Value, true), Kind: authorKinds[a.Kind]}
		if a.URL != "" {
			author.Url = proto.String(a.URL)
		}
		if a.Role != "" {
			author.Role = proto.String(a.Role)
		}
		if a.Kind == pagemeta.Agency && agency.Text == "" {
			agency = a.Value
		}
		m.Authors = append(m.Authors, author)
	}
	if agency.Text != "" {
		m.Agency = textValue(agency, true)
	}
	for _, v := range r.Tags() {
		m.PublisherTags = append(m.PublisherTags, textValue(v, false))
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	published, rest, found := r.PublishedDate()
	m.Published = publishedValue(published, found, rest, src.GetPublishedHint(), zone, in.Asks("metadata.published.alternatives"))
	if d, ok := r.ModifiedDate(published); ok {
		m.Modified = dateValue(d, zone)
	}
	m.Language = language(p, in)
	return &nutgrafv1.Extraction{Metadata: m}, nil
}

// location is the caller's zone, nil if there is none or it is not known here.
func location(name string) *time.Location {
	if name == "" || name == "Local" {
		return nil
	}
	loc, err := time.LoadLocation(name)
	if err != nil {
		return nil
	}
	return loc
}

var methods = [...]nutgrafv1.Method{
	pagemeta.StructuredData: nutgrafv1.Method_METHOD_STRUCTURED_DATA,
	pagemeta.MetaTag:        nutgrafv1.Method_METHOD_META_TAG,
	pagemeta.DOM:            nutgrafv1.Method_METHOD_DOM,
	pagemeta.TextRule:       nutgrafv1.Method_METHOD_TEXT_RULE,
	pagemeta.Gazetteer:      nutgrafv1.Method_METHOD_GAZETTEER,
	pagemeta.Derived:        nutgrafv1.Method_METHOD_DERIVED,
	pagemeta.URL:            nutgrafv1.Method_METHOD_URL,
}

var authorKinds = [...]nutgrafv1.AuthorKind{
	pagemeta.Person:       nutgrafv1.AuthorKind_AUTHOR_KIND_PERSON,
	pagemeta.Desk:         nutgrafv1.AuthorKind_AUTHOR_KIND_DESK,
	pagemeta.Agency:       nutgrafv1.AuthorKind_AUTHOR_KIND_AGENCY,
	pagemeta.Publication:  nutgrafv1.AuthorKind_AUTHOR_KIND_PUBLICATION,
	pagemeta.Organization: nutgrafv1.AuthorKind_AUTHOR_KIND_UNSPECIFIED,
}

func evidence(e pagemeta.Evidence) *nutgrafv1.Evidence {
	out := &nutgrafv1.Evidence{Method: methods[e.Method], Confidence: proto.Float32(float32(e.Confidence))}
	if e.Span != (page.Span{}) {
		s := &nutgrafv1.Span{Layer: nutgrafv1.Layer_LAYER_SOURCE, Start: int64(e.Span.Start), End: int64(e.Span.End)}
		if e.Locator != "" {
			s.Locator = proto.String(e.Locator)
		}
		out.Spans = append(out.Spans, s)
	}
	return out
}

const maxRaw = 4096 // bytes of a value as printed

func textValue(v pagemeta.Value, raw bool) *nutgrafv1.TextValue {
	out := &nutgrafv1.TextValue{Value: v.Text, Evidence: evidence(v.Evidence)}
	if raw && v.Raw != "" && v.Raw != v.Text && len(v.Raw) <= maxRaw {
		out.Raw = proto.String(strings.ToValidUTF8(v.Raw, "\ufffd"))
	}
	return out
}

// dateValue gives a date in the zone that was printed, else in the caller's.
func dateValue(d pagemeta.Date, zone *time.Location) *nutgrafv1.DateValue {
	d, assumed := d.In(zone)
	out := &nutgrafv1.DateValue{Value: d.String(), Raw: strings.ToValidUTF8(d.Raw, "\ufffd"), Precision: nutgrafv1.Precision(d.Precision), ZoneAssumed: assumed, Evidence: evidence(d.Evidence)}
	if len(out.Raw) > maxRaw {
		out.Raw = ""
	}
	if t, ok := d.Instant(); ok {
		out.Instant = timestamppb.New(t)
	}
	return out
}

// hintConfidence is how far a caller is believed who knows when the article was published: more than a page that is unsure, less than one
// that is sure.
const hintConfidence = .9

// publishedValue chooses between what the page says and what the caller knows.
func publishedValue(best pagemeta.Date, found bool, rest []pagemeta.Date, hint *timestamppb.Timestamp, zone *time.Location, alternatives bool) *nutgrafv1.DateValue {
	var out, other *nutgrafv1.DateValue
	if found {
		out = dateValue(best, zone)
	}
	if hint.IsValid() {
		h := hintValue(hint)
		switch {
		case out == nil:
			out = h
		case sameDay(out, h):
			out.Evidence.Confidence = proto.Float32(max(out.Evidence.GetConfidence(), hintConfidence))
		case out.Evidence.GetConfidence() < hintConfidence:
			out, other = h, out
		default:
			other = h
		}
	}
	if out == nil || !alternatives {
		return out
	}
	if other != nil {
		out.Alternatives = append(out.Alternatives, &nutgrafv1.DateAlternative{Value: other.Value, Evidence: other.Evidence})
	}
	for _, d := range rest {
		if len(out.Alternatives) == pagemeta.MaxAlternatives {
			break
		}
		v := dateValue(d, zone)
		out.Alternatives = append(out.Alternatives, &nutgrafv1.DateAlternative{Value: v.Value, Evidence: v.Evidence})
	}
	return out
}

// hintValue is a caller's time. A day alone is written as a timestamp of its midnight or, as our clients do, its noon in UTC: neither is
// taken for a time of day.
func hintValue(hint *timestamppb.Timestamp) *nutgrafv1.DateValue {
	t := hint.AsTime()
	out := &nutgrafv1.DateValue{
		Value: t.Format("2006-01-02T15:04:05Z"), Precision: nutgrafv1.Precision_PRECISION_SECOND, Instant: timestamppb.New(t),
		Evidence: &nutgrafv1.Evidence{Method: nutgrafv1.Method_METHOD_CLIENT_HINT, Confidence: proto.Float32(hintConfidence)},
	}
	if t.Truncate(12 * time.Hour).Equal(t) {
		out.Value, out.Precision, out.Instant = t.Format("2006-01-02"), nutgrafv1.Precision_PRECISION_DAY, nil
	}
	return out
}

// sameDay reports whether two dates can be the same: equal instants, or equal days as printed.
func sameDay(a, b *nutgrafv1.DateValue) bool {
	if a.Instant != nil && b.Instant != nil {
		return a.Instant.AsTime().Sub(b.Instant.AsTime()).Abs() < 24*time.Hour
	}
	n := min(len(a.Value), len(b.Value), len("2006-01-02"))
	return a.Value[:n] == b.Value[:n]
}

// language is that of the body; a body too short to tell leaves it to the page, then to the caller.
func language(p *page.Page, in pipeline.Input) *nutgrafv1.TextValue {
	if l := in.ForcedLanguage(); l != "" {
		return &nutgrafv1.TextValue{Value: l, Evidence: &nutgrafv1.Evidence{Method: nutgrafv1.Method_METHOD_CLIENT_HINT, Confidence: proto.Float32(1)}}
	}
	stated := strings.TrimSpace(p.Lang)
	text, layer := in.Content().GetText(), nutgrafv1.Layer_LAYER_BODY
	if text == "" && p.Kind == page.Text {
		text, layer = p.Source, nutgrafv1.Layer_LAYER_SOURCE
	}
	tag, conf := langid.Detect(text)
	if tag != "" {
		for _, s := range []string{stated, in.Source().GetLanguageHint()} {
			if base, _, _ := strings.Cut(strings.ToLower(s), "-"); base == tag || base == "nb" && tag == "no" {
				conf = max(conf, .97)
			}
		}
	}
	if tag != "" && conf >= .5 || tag != "" && stated == "" && in.Source().GetLanguageHint() == "" {
		return &nutgrafv1.TextValue{Value: tag, Evidence: &nutgrafv1.Evidence{
			Method: nutgrafv1.Method_METHOD_MODEL, Confidence: proto.Float32(float32(conf)),
			Spans: []*nutgrafv1.Span{{Layer: layer, Start: 0, End: int64(headEnd(text))}},
		}}
	}
	if l := languageTag(stated); l != "" {
		return &nutgrafv1.TextValue{Value: l, Evidence: &nutgrafv1.Evidence{
			Method: nutgrafv1.Method_METHOD_DOM, Confidence: proto.Float32(.6),
			Spans: []*nutgrafv1.Span{{Layer: nutgrafv1.Layer_LAYER_SOURCE, Start: int64(p.Nodes[0].Open.Start), End: int64(p.Nodes[0].Open.End), Locator: proto.String("html@lang")}},
		}}
	}
	if l := languageTag(in.Source().GetLanguageHint()); l != "" {
		return &nutgrafv1.TextValue{Value: l, Evidence: &nutgrafv1.Evidence{Method: nutgrafv1.Method_METHOD_CLIENT_HINT, Confidence: proto.Float32(.6)}}
	}
	return nil
}

// headEnd is the end of the text's first words, which stand for all of it as evidence.
func headEnd(text string) int {
	const head = 200
	if len(text) <= head {
		return len(text)
	}
	n := head
	for !utf8.RuneStart(text[n]) {
		n--
	}
	return n
}

// languageTag is a tag in its usual form, "" if s is none: "EN_us" is "en-US".
func languageTag(s string) string {
	parts := strings.FieldsFunc(s, func(r rune) bool { return r == '-' || r == '_' })
	if len(parts) == 0 || len(parts) > 4 || len(parts[0]) < 2 || len(parts[0]) > 3 {
		return ""
	}
	for i, p := range parts {
		if len(p) > 8 || strings.ContainsFunc(p, func(r rune) bool {
			return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9')
		}) {
			return ""
		}
		switch {
		case i == 0:
			parts[i] = strings.ToLower(p)
		case len(p) == 2:
			parts[i] = strings.ToUpper(p)
		case len(p) == 4:
			parts[i] = strings.ToUpper(p[:1]) + strings.ToLower(p[1:])
		}
	}
	return strings.Join(parts, "-")
}
