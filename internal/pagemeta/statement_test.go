package pagemeta

import (
	"strings"
	"testing"
	"unicode/utf8"

	"example.invalid/nutgraf/internal/page"
)

func TestStatements(t *testing.T) {
	for _, tt := range []struct {
		name, src string
		want      string // days, apart by spaces
	}{
		{"state", `window.state = {"id":7,"publishedAt":"2025-08-18T10:00:00Z","updatedAt":"2025-09-02"}`, "2025-08-18"},
		{"escaped state", `push("{\"article\":{\"datePublished\":\"2025-08-18T10:00:00\u002b02:00\"}}")`, "2025-08-18"},
		{"state in an attribute", `<div data-page="{&quot;publish_date&quot;:&quot;2025\/08\/18&quot;}">`, "2025-08-18"},
		{"attribute", `<article data-publish-date="August 18, 2025">`, "2025-08-18"},
		{"data layer", `pubDate = '20250818';`, "2025-08-18"},
		{"call", `setTargeting("pub_date", "2025-08-18")`, "2025-08-18"},
		{"Date", `first_published: new Date("2025-08-18")`, "2025-08-18"},
		{"seconds", `{published_at:1755511200,x:1}`, "2025-08-18"},
		{"milliseconds", `"publishTime":1755511200000}`, "2025-08-18"},
		{"two", `"published":"2025-08-18","published":"2024-01-02"`, "2025-08-18 2024-01-02"},
		{"change", `"last_publication_date":"2025-08-18","republishedAt":"2025-08-18","publishedUpdatedAt":"2025-08-18"`, ""},
		{"house", `"publisherId":1755511200,"publicationId":1755511200`, ""},
		{"end", `"unpublish_on":"2025-08-18","publishEnd":"2025-08-18"`, ""},
		{"no day", `"published":true,"publishedAt":"2025","publishDate":"recently, 2025-08-18"`, ""},
		{"JSON-LD is read as such", `<script type="application/ld+json">{"datePublished":"2025-08-18"}</script><p data-published="2025-08-19">`, "2025-08-19"},
		{"the end", `"publishedAt":"`, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var skip []page.Span
			if i, j := strings.Index(tt.src, "{\"datePublished"), strings.Index(tt.src, "</script>"); j > 0 {
				skip = []page.Span{{Start: int32(i), End: int32(j)}}
			}
			var got []string
			for _, s := range statements(tt.src, skip, monthFirst) {
				got = append(got, s.date.dayString())
			}
			if g := strings.Join(got, " "); g != tt.want {
				t.Errorf("statements(%q) = %q, want %q", tt.src, g, tt.want)
			}
		})
	}
}

// FuzzStatements: no panic; values lie in the source, in order and apart, outside of what is to be skipped, and are short; every date exists and
// is one of a day; the same again for the same bytes; valid UTF-8 where the source is.
func FuzzStatements(f *testing.F) {
	for _, s := range []string{`{"publishedAt":"2025-08-18T10:00:00Z"}`, `publish_date&quot;:&quot;2025\/08\/18&quot;`, `pubdate=1755511200,`, `\"published\":\"2025-08-18\u002b`, "pubtime:'٢٠٢٥-٠٨-١٨'"} {
		f.Add(s, 0, 0)
	}
	f.Fuzz(func(t *testing.T, src string, a, b int) {
		var skip []page.Span
		if 0 <= a && a < b && b <= len(src) {
			skip = []page.Span{{Start: int32(a), End: int32(b)}}
		}
		list := statements(src, skip, dayFirst)
		if len(list) > maxStatements {
			t.Fatalf("%d statements", len(list))
		}
		end := int32(0)
		for _, s := range list {
			if s.span.Start < end || s.span.End <= s.span.Start || int(s.span.End) > len(src) || s.span.End-s.span.Start > maxStated {
				t.Fatalf("value [%d,%d) after %d in %d bytes", s.span.Start, s.span.End, end, len(src))
			}
			end = s.span.End
			if utf8.ValidString(src) && (!utf8.ValidString(s.raw) || !utf8.ValidString(src[s.span.Start:s.span.End])) {
				t.Fatalf("value %q cuts a character", s.raw)
			}
			if s.date.Precision < day || !valid(s.date.Year, s.date.Month, s.date.Day) {
				t.Fatalf("no such day: %+v", s.date.date)
			}
		}
		again := statements(src, skip, dayFirst)
		if len(again) != len(list) {
			t.Fatalf("%d statements, then %d", len(list), len(again))
		}
	})
}
