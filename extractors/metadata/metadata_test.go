package metadata_test

import (
	"context"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"example.invalid/nutgraf/extractors/metadata"
	nutgrafv1 "example.invalid/nutgraf/gen/go/nutgraf/v1"
	"example.invalid/nutgraf/internal/pipeline"
	"example.invalid/nutgraf/internal/pipeline/pipelinetest"
	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/encoding/prototext"
	"google.golang.org/protobuf/types/known/fieldmaskpb"
	"google.golang.org/protobuf/types/known/timestamppb"
)

var update = flag.Bool("update", false, "rewrite golden files")

func TestConformance(t *testing.T) {
	t.Parallel()
	pipelinetest.Run(t, metadata.New())
}

func run(t *testing.T, req *nutgrafv1.ArticleRequest) *nutgrafv1.Extraction {
	t.Helper()
	set, err := pipeline.NewSet(pipeline.Config{}, metadata.New(), noContent{})
	if err != nil {
		t.Fatal(err)
	}
	out, err := set.Run(context.Background(), req)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// noContent provides an empty body.
type noContent struct{}

func (noContent) Spec() pipeline.Spec {
	return pipeline.Spec{Name: "no_content", Version: "1.0.0", Provides: []pipeline.Field{"content"}}
}

func (noContent) Extract(context.Context, pipeline.Input) (*nutgrafv1.Extraction, error) {
	return &nutgrafv1.Extraction{}, nil
}

func page(html string) *nutgrafv1.ArticleRequest {
	return &nutgrafv1.ArticleRequest{
		Source:  &nutgrafv1.Source{Content: &nutgrafv1.Source_Html{Html: &nutgrafv1.HtmlContent{Data: []byte(html)}}, Url: "https://www.harbour-times.example/2025/08/18/lighthouse"},
		Options: &nutgrafv1.ExtractionOptions{IncludeSpanText: true},
	}
}

// The golden files show a reader what each invented page gives: *.html and *.txt make *.golden.
func TestGolden(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/*.*")
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, name := range files {
		ext := filepath.Ext(name)
		if ext == ".golden" {
			continue
		}
		n++
		t.Run(filepath.Base(name), func(t *testing.T) {
			t.Parallel()
			b, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			req := page(string(b))
			if ext == ".txt" {
				req.Source.Content = &nutgrafv1.Source_PlainText{PlainText: &nutgrafv1.PlainTextContent{Text: string(b)}}
				req.Source.Url = ""
			}
			m := run(t, req).GetMetadata()
			// protojson varies its white space on purpose; the outline below does not.
			j, err := protojson.Marshal(m)
			if err != nil {
				t.Fatal(err)
			}
			got := outline(t, j)
			golden := strings.TrimSuffix(name, ext) + ".golden"
			if *update {
				if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(string(want), got); d != "" {
				t.Errorf("%s (-golden +got), rewrite with -update:\n%s", name, d)
			}
		})
	}
	if n < 3 {
		t.Errorf("%d pages in testdata, want at least 3", n)
	}
}

func TestNotOfPage(t *testing.T) {
	t.Parallel()
	t.Run("published is never filled from modified", func(t *testing.T) {
		t.Parallel()
		m := run(t, page(`<title>Harbour light to be rebuilt</title><meta property="article:modified_time" content="2025-08-19T10:00:00Z">
			<h1>Harbour light to be rebuilt</h1><p>Last updated 19 August 2025</p><p>The council will meet on Tuesday.</p>`)).GetMetadata()
		if m.GetPublished() != nil && !strings.HasPrefix(m.GetPublished().GetValue(), "2025-08-18") {
			t.Errorf("published = %v, want none or that of the address", m.GetPublished())
		}
		if got, want := m.GetModified().GetValue(), "2025-08-19T10:00:00Z"; got != want {
			t.Errorf("modified = %q, want %q", got, want)
		}
	})
	t.Run("no invented midnight", func(t *testing.T) {
		t.Parallel()
		d := run(t, page(`<title>A</title><meta property="article:published_time" content="2025-08-18T00:00:00+00:00"><h1>A day at the harbour</h1>`)).GetMetadata().GetPublished()
		if d.GetValue() != "2025-08-18" || d.GetPrecision() != nutgrafv1.Precision_PRECISION_DAY || d.GetInstant() != nil {
			t.Errorf("published = %v, want the day alone", d)
		}
	})
	t.Run("a zone is assumed only from the caller", func(t *testing.T) {
		t.Parallel()
		req := page(`<title>A</title><meta property="article:published_time" content="2025-08-18T21:04:00"><h1>A day at the harbour</h1>`)
		if d := run(t, req).GetMetadata().GetPublished(); d.GetValue() != "2025-08-18T21:04:00" || d.GetInstant() != nil || d.GetZoneAssumed() {
			t.Errorf("published = %v, want no zone", d)
		}
		req.Source.TimeZoneHint = "Asia/Kolkata"
		if d := run(t, req).GetMetadata().GetPublished(); d.GetValue() != "2025-08-18T21:04:00+05:30" || !d.GetZoneAssumed() ||
			!d.GetInstant().AsTime().Equal(time.Date(2025, 8, 18, 15, 34, 0, 0, time.UTC)) {
			t.Errorf("published = %v, want it in the caller's zone", d)
		}
	})
	t.Run("the caller's date stands in for none", func(t *testing.T) {
		t.Parallel()
		req := page(`<title>A</title><h1>A day at the harbour</h1>`)
		req.Source.Url = ""
		for hour, want := range map[int]string{0: "2025-08-18", 12: "2025-08-18", 9: "2025-08-18T09:00:00Z"} {
			req.Source.PublishedHint = timestamppb.New(time.Date(2025, 8, 18, hour, 0, 0, 0, time.UTC))
			d := run(t, req).GetMetadata().GetPublished()
			if d.GetValue() != want || d.GetEvidence().GetMethod() != nutgrafv1.Method_METHOD_CLIENT_HINT {
				t.Errorf("published = %v, want the hint %s", d, want)
			}
		}
	})
	t.Run("addresses are http and without user names", func(t *testing.T) {
		t.Parallel()
		for _, href := range []string{"javascript:alert(1)", "https://user:secret@harbour.example/", "ftp://harbour.example/x", "data:text/html,x"} {
			req := page(`<title>A</title><link rel="canonical" href="` + href + `"><h1>A day at the harbour</h1>`)
			req.Source.Url = ""
			if u := run(t, req).GetMetadata().GetCanonicalUrl(); u != nil {
				t.Errorf("canonical URL of %q = %v, want none", href, u)
			}
		}
	})
	t.Run("alternatives only when asked for", func(t *testing.T) {
		t.Parallel()
		req := page(`<title>Harbour light to be rebuilt | Harbour Times</title><meta property="og:title" content="The light returns"><h1>Harbour light to be rebuilt</h1>`)
		if alts := run(t, req).GetMetadata().GetTitle().GetAlternatives(); alts != nil {
			t.Errorf("alternatives = %v, want none", alts)
		}
		req.Options.ReadMask = &fieldmaskpb.FieldMask{Paths: []string{"metadata.title.value", "metadata.title.alternatives"}}
		if alts := run(t, req).GetMetadata().GetTitle().GetAlternatives(); len(alts) == 0 {
			t.Error("no alternatives though asked for")
		}
	})
}

// FuzzExtract: no panic and no error on any bytes; values are valid UTF-8 with single spaces; spans lie in the source.
func FuzzExtract(f *testing.F) {
	files, err := filepath.Glob("testdata/*.html")
	if err != nil {
		f.Fatal(err)
	}
	for _, name := range files {
		b, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	set, err := pipeline.NewSet(pipeline.Config{}, metadata.New(), noContent{})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if len(b) == 0 {
			return
		}
		out, err := set.Run(context.Background(), page(string(b)))
		if err != nil {
			return
		}
		for _, r := range out.GetRuns() {
			if r.GetExtractorId() == "metadata" && r.GetStatus().GetCode() == 13 {
				t.Fatalf("run: %v", r.GetStatus())
			}
		}
		m := out.GetMetadata()
		for _, v := range []*nutgrafv1.TextValue{m.GetTitle(), m.GetByline(), m.GetStandfirst(), m.GetSiteName(), m.GetSection(), m.GetRights(), m.GetAgency()} {
			if strings.Contains(v.GetValue(), "  ") || strings.TrimSpace(v.GetValue()) != v.GetValue() {
				t.Errorf("value %q is not normalised", v.GetValue())
			}
			for _, s := range v.GetEvidence().GetSpans() {
				if s.Text == nil {
					t.Errorf("span of %q is not inside its layer: %s", v.GetValue(), prototext.Format(s))
				}
			}
		}
	})
}

func BenchmarkExtract(b *testing.B) {
	text, err := os.ReadFile("testdata/scraped.txt")
	if err != nil {
		b.Fatal(err)
	}
	pipelinetest.Benchmark(b, metadata.New(), string(text))
}
