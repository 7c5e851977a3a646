package pipeline

import (
	"fmt"
	"math"
	"net/url"
	"strings"
	"time"

	nutgrafv1 "example.invalid/nutgraf/gen/go/nutgraf/v1"
	"example.invalid/nutgraf/internal/page"
	"golang.org/x/text/encoding/htmlindex"
	"golang.org/x/text/language"
	"google.golang.org/protobuf/types/known/timestamppb"
)

// Limits of a request, as the contract states them. Sizes are in bytes.
const (
	MaxContentBytes = 16 << 20
	// MaxElements is the most markup elements of a document that are read.
	MaxElements = page.MaxNodes
	// MaxAnalyzedBytes is the most of a body that is read for its language. The longest of news articles are a third of it; the
	// costs of tokens and of all that is found in them are bounded by it, for whatever document.
	MaxAnalyzedBytes    = 256 << 10
	maxURLBytes         = 2048
	maxLabels           = 16
	maxLabelKeyBytes    = 64
	maxLabelValueBytes  = 256
	maxHeaders          = 64
	maxHeaderBytes      = 8 << 10
	maxPaths            = 64
	maxPathBytes        = 128
	maxSelections       = 32
	maxSummarySentences = 10
	maxExtractorTimeout = time.Minute
)

// Violation is one thing wrong with a request.
type Violation struct {
	// Field is a path below the request, such as "source.url".
	Field string
	// Description says what is wrong, for people.
	Description string
}

// InvalidError is a request that can never be served.
type InvalidError struct{ Violations []Violation }

func (e *InvalidError) Error() string {
	parts := make([]string, len(e.Violations))
	for i, v := range e.Violations {
		parts[i] = v.Field + ": " + v.Description
	}
	return "invalid request: " + strings.Join(parts, "; ")
}

// Invalid returns an InvalidError of one violation.
func Invalid(field, format string, args ...any) *InvalidError {
	return &InvalidError{[]Violation{{field, fmt.Sprintf(format, args...)}}}
}

// PreconditionError is a request that another server, or another version of this one, could serve.
type PreconditionError struct{ Field, Description string }

func (e *PreconditionError) Error() string { return e.Field + ": " + e.Description }

// Validate checks a request against the limits of the contract. It returns an *InvalidError with every violation, or nil.
func (s *Set) Validate(req *nutgrafv1.ArticleRequest) error {
	var c checker
	c.source(req.GetSource())
	c.labels(req.GetLabels())
	c.options("options", req.GetOptions(), s)
	return c.err()
}

// ValidateOptions checks options that stand alone, such as those of a stream, under the field name they have there.
func (s *Set) ValidateOptions(field string, opts *nutgrafv1.ExtractionOptions) error {
	var c checker
	c.options(field, opts, s)
	return c.err()
}

type checker struct{ violations []Violation }

func (c *checker) err() error {
	if c.violations == nil {
		return nil
	}
	return &InvalidError{c.violations}
}

func (c *checker) add(field, format string, args ...any) {
	c.violations = append(c.violations, Violation{field, fmt.Sprintf(format, args...)})
}

func (c *checker) source(s *nutgrafv1.Source) {
	size, field := 0, "source.html.data"
	switch content := s.GetContent().(type) {
	case *nutgrafv1.Source_Html:
		size = len(content.Html.GetData())
		if cs := content.Html.GetCharset(); cs != "" {
			if _, err := htmlindex.Get(cs); err != nil {
				c.add("source.html.charset", "unknown charset name")
			}
		}
	case *nutgrafv1.Source_PlainText:
		size, field = len(content.PlainText.GetText()), "source.plain_text.text"
	default:
		c.add("source", "no content: set html or plain_text")
		return
	}
	switch {
	case size == 0:
		c.add(field, "empty")
	case size > MaxContentBytes:
		c.add(field, "%d bytes, at most %d", size, MaxContentBytes)
	}
	if raw := s.GetUrl(); raw != "" {
		u, err := url.Parse(raw)
		switch {
		case len(raw) > maxURLBytes:
			c.add("source.url", "%d bytes, at most %d", len(raw), maxURLBytes)
		case err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "":
			c.add("source.url", "not an absolute http or https URL")
		}
	}
	c.time("source.fetch_time", s.GetFetchTime())
	c.time("source.published_hint", s.GetPublishedHint())
	c.language("source.language_hint", s.GetLanguageHint())
	if z := s.GetTimeZoneHint(); z != "" {
		if _, err := time.LoadLocation(z); err != nil || z == "Local" {
			c.add("source.time_zone_hint", "not an IANA time zone name")
		}
	}
	total := 0
	for k, v := range s.GetHttpHeaders() {
		total += len(k) + len(v)
	}
	if n := len(s.GetHttpHeaders()); n > maxHeaders {
		c.add("source.http_headers", "%d entries, at most %d", n, maxHeaders)
	}
	if total > maxHeaderBytes {
		c.add("source.http_headers", "%d bytes in all, at most %d", total, maxHeaderBytes)
	}
}

func (c *checker) labels(labels map[string]string) {
	if n := len(labels); n > maxLabels {
		c.add("labels", "%d entries, at most %d", n, maxLabels)
	}
	for k, v := range labels {
		if len(k) > maxLabelKeyBytes || len(v) > maxLabelValueBytes {
			c.add("labels", "a key of %d and a value of %d bytes, at most %d and %d", len(k), len(v), maxLabelKeyBytes, maxLabelValueBytes)
			return
		}
	}
}

func (c *checker) options(field string, o *nutgrafv1.ExtractionOptions, s *Set) {
	if o == nil {
		return
	}
	paths := o.GetReadMask().GetPaths()
	if n := len(paths); n > maxPaths {
		c.add(field+".read_mask", "%d paths, at most %d", n, maxPaths)
		paths = nil
	}
	for _, p := range paths {
		if len(p) > maxPathBytes {
			c.add(field+".read_mask", "a path of %d bytes, at most %d", len(p), maxPathBytes)
		} else if err := checkPath(p); err != nil {
			c.add(field+".read_mask", "%v", err)
		}
	}
	if n := len(o.GetExtractors()); n > maxSelections {
		c.add(field+".extractors", "%d entries, at most %d", n, maxSelections)
	} else {
		seen := map[string]bool{}
		for i, e := range o.GetExtractors() {
			at := fmt.Sprintf("%s.extractors[%d]", field, i)
			if _, ok := s.byName[e.GetExtractorId()]; !ok {
				c.add(at+".extractor_id", "no such extractor: see ListExtractors")
			}
			if seen[e.GetExtractorId()] {
				c.add(at+".extractor_id", "given twice")
			}
			seen[e.GetExtractorId()] = true
			if len(e.GetConfig().GetFields()) > 0 {
				c.add(at+".config", "this extractor has no settings")
			}
		}
	}
	if _, ok := nutgrafv1.OffsetEncoding_name[int32(o.GetOffsetEncoding())]; !ok {
		c.add(field+".offset_encoding", "unknown value %d", o.GetOffsetEncoding())
	}
	if _, ok := nutgrafv1.DeadlinePolicy_name[int32(o.GetDeadlinePolicy())]; !ok {
		c.add(field+".deadline_policy", "unknown value %d", o.GetDeadlinePolicy())
	}
	if o.MinConfidence != nil {
		if m := float64(o.GetMinConfidence()); math.IsNaN(m) || m < 0 || m > 1 {
			c.add(field+".min_confidence", "not between 0 and 1")
		}
	}
	c.time(field+".reference_time", o.GetReferenceTime())
	c.language(field+".force_language", o.GetForceLanguage())
	if d := o.GetExtractorTimeout(); d != nil && (d.CheckValid() != nil || d.AsDuration() <= 0 || d.AsDuration() > maxExtractorTimeout) {
		c.add(field+".extractor_timeout", "not above 0 and at most %v", maxExtractorTimeout)
	}
	if o.MaxSummarySentences != nil && (o.GetMaxSummarySentences() < 1 || o.GetMaxSummarySentences() > maxSummarySentences) {
		c.add(field+".max_summary_sentences", "not between 1 and %d", maxSummarySentences)
	}
}

func (c *checker) time(field string, t *timestamppb.Timestamp) {
	if t != nil && t.CheckValid() != nil {
		c.add(field, "not a time between the years 1 and 9999")
	}
}

func (c *checker) language(field, tag string) {
	if tag == "" {
		return
	}
	if _, err := language.Parse(tag); err != nil || len(tag) > 35 {
		c.add(field, "not a BCP 47 tag")
	}
}
