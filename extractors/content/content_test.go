package content

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"unicode/utf8"

	nutgrafv1 "example.invalid/nutgraf/gen/go/nutgraf/v1"
	"example.invalid/nutgraf/internal/pipeline"
	"example.invalid/nutgraf/internal/pipeline/pipelinetest"
	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/unicode/norm"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/fieldmaskpb"
)

var update = flag.Bool("update", false, "rewrite the golden files")

func TestPipeline(t *testing.T) {
	t.Parallel()
	pipelinetest.Run(t, New())
}

var onlyContent = sync.OnceValues(func() (*pipeline.Set, error) { return pipeline.NewSet(pipeline.Config{}, New()) })

func extract(t testing.TB, src *nutgrafv1.Source) (*nutgrafv1.Extraction, string) {
	t.Helper()
	set, err := onlyContent()
	if err != nil {
		t.Fatal(err)
	}
	x, err := set.Run(context.Background(), &nutgrafv1.ArticleRequest{Source: src, Options: &nutgrafv1.ExtractionOptions{
		IncludeSourceText: true,
		ReadMask: &fieldmaskpb.FieldMask{Paths: []string{
			"page_kind", "access", "content", "content.markdown", "content.html",
		}},
	}})
	if err != nil {
		t.Fatal(err)
	}
	return x, x.GetSourceText()
}

func htmlSource(b []byte) *nutgrafv1.Source {
	return &nutgrafv1.Source{Content: &nutgrafv1.Source_Html{Html: &nutgrafv1.HtmlContent{Data: b}}}
}

func textSource(s string) *nutgrafv1.Source {
	return &nutgrafv1.Source{Content: &nutgrafv1.Source_PlainText{PlainText: &nutgrafv1.PlainTextContent{Text: s}}}
}

// render writes an extraction as a person would read it.
func render(x *nutgrafv1.Extraction, source string) string {
	var sb strings.Builder
	short := func(s string) string { return strings.TrimSuffix(strings.TrimPrefix(s, "PAGE_KIND_"), "_") }
	fmt.Fprintf(&sb, "page: %s, access: %s, words: %d\n\n", short(x.GetPageKind().String()), strings.TrimPrefix(x.GetAccess().String(), "ACCESS_"), x.GetContent().GetWordCount())
	c := x.GetContent()
	for _, b := range c.GetBlocks() {
		fmt.Fprintf(&sb, "%s", strings.TrimPrefix(b.GetKind().String(), "BLOCK_KIND_"))
		if b.GetLevel() > 0 {
			fmt.Fprintf(&sb, " %d", b.GetLevel())
		}
		if b.GetEntryTime() != nil {
			fmt.Fprintf(&sb, " at %s", b.GetEntryTime().GetValue())
		}
		fmt.Fprintf(&sb, ": %q\n", c.GetText()[b.GetSpan().GetStart():b.GetSpan().GetEnd()])
	}
	sb.WriteString("\nremoved\n")
	for _, r := range c.GetRemoved() {
		s := r.GetEvidence().GetSpans()[0]
		fmt.Fprintf(&sb, "%s: %q\n", strings.TrimPrefix(r.GetReason().String(), "REMOVAL_REASON_"), source[s.GetStart():s.GetEnd()])
	}
	fmt.Fprintf(&sb, "\nmarkdown\n%s\nhtml\n%s", c.GetMarkdown(), c.GetHtml())
	return sb.String()
}

func TestGolden(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/*.*")
	if err != nil || len(files) == 0 {
		t.Fatal("no fixtures", err)
	}
	for _, file := range files {
		if filepath.Ext(file) == ".golden" {
			continue
		}
		t.Run(filepath.Base(file), func(t *testing.T) {
			t.Parallel()
			in, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			src := htmlSource(in)
			if filepath.Ext(file) == ".txt" {
				src = textSource(string(in))
			}
			x, source := extract(t, src)
			check(t, x, source)
			got, golden := render(x, source), file+".golden"
			if *update {
				if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), got); diff != "" {
				t.Errorf("%s (-want +got):\n%s", file, diff)
			}
		})
	}
}

// check asserts what every extraction must satisfy.
func check(t testing.TB, x *nutgrafv1.Extraction, source string) {
	t.Helper()
	c := x.GetContent()
	text := c.GetText()
	if !utf8.ValidString(text) || !utf8.ValidString(c.GetMarkdown()) || !utf8.ValidString(c.GetHtml()) {
		t.Fatal("output is not valid UTF-8")
	}
	at := int64(0)
	for i, b := range c.GetBlocks() {
		s := b.GetSpan()
		if i > 0 && text[at:s.GetStart()] != "\n\n" {
			t.Fatalf("block %d: %q between it and the last, want a blank line", i, text[at:s.GetStart()])
		}
		if s.GetEnd() <= s.GetStart() || s.GetEnd() > int64(len(text)) {
			t.Fatalf("block %d: %v outside a body of %d bytes", i, s, len(text))
		}
		at = s.GetEnd()
	}
	if at != int64(len(text)) {
		t.Fatalf("blocks end at %d, text at %d", at, len(text))
	}
	body, src := int64(0), int64(0)
	for i, a := range c.GetAlignments() {
		if a.GetBodyStart() < body || a.GetSourceStart() < src || a.GetBodyStart()+a.GetBodyLength() > int64(len(text)) ||
			a.GetSourceStart()+a.GetSourceLength() > int64(len(source)) {
			t.Fatalf("alignment %d: %v out of order or range", i, a)
		}
		body, src = a.GetBodyStart()+a.GetBodyLength(), a.GetSourceStart()+a.GetSourceLength()
		if a.GetBodyLength() > 1 && a.GetBodyLength() == a.GetSourceLength() && source[a.GetSourceStart()] != '&' &&
			text[a.GetBodyStart():body] != source[a.GetSourceStart():src] {
			t.Fatalf("alignment %d: %q stands for %q", i, text[a.GetBodyStart():body], source[a.GetSourceStart():src])
		}
	}
	for _, r := range c.GetRemoved() {
		s := r.GetEvidence().GetSpans()[0]
		if r.GetReason() == 0 || s.GetStart() >= s.GetEnd() || s.GetEnd() > int64(len(source)) {
			t.Fatalf("removed %v", r)
		}
	}
}

func TestNotAnArticle(t *testing.T) {
	t.Parallel()
	for name, in := range map[string]string{
		"empty": "", "blank": " \n\t", "pdf": "%PDF-1.7\nstream", "gzip": "\x1f\x8b\x08\x00", "png": "\x89PNG\r\n\x1a\n", "no text": "<html><script>x</script>",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			x, _ := extract(t, htmlSource([]byte(in)))
			if x.GetContent().GetText() != "" || x.GetPageKind() != nutgrafv1.PageKind_PAGE_KIND_EMPTY || len(x.GetWarnings()) == 0 {
				t.Errorf("Extract(%q) = %v, want an empty page and a warning", in, x)
			}
		})
	}
}

func TestCountWords(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]int32{
		"": 0, "one": 1, "one two": 2, "it’s 3.14, can't stop": 4, "a—b": 2, "日本語": 3, "café naïve": 2, "end. Next": 2, "«l’été»": 1,
	} {
		if got := countWords(in); got != want {
			t.Errorf("countWords(%q) = %d, want %d", in, got, want)
		}
	}
}

// FuzzExtract states the properties of the extractor on any input: no panic,
// valid UTF-8, blocks that make up the text, spans inside the source, and equal
// output for equal input.
func FuzzExtract(f *testing.F) {
	files, _ := filepath.Glob("testdata/*.*")
	for _, file := range files {
		if b, err := os.ReadFile(file); err == nil && filepath.Ext(file) != ".golden" {
			f.Add(b, strings.HasSuffix(file, ".txt"))
		}
	}
	f.Add([]byte("<table><tr><td>a<td>b</table><p>e\u0301 x"), false)
	f.Fuzz(func(t *testing.T, in []byte, plain bool) {
		src := htmlSource(in)
		if plain {
			src = textSource(strings.ToValidUTF8(string(in), "?"))
		}
		x, source := extract(t, src)
		check(t, x, source)
		y, _ := extract(t, src)
		x.Runs, y.Runs = nil, nil
		if !proto.Equal(x, y) {
			t.Error("two runs differ")
		}
	})
}

func BenchmarkExtract(b *testing.B) {
	in, err := os.ReadFile("testdata/news.html")
	if err != nil {
		b.Fatal(err)
	}
	set, err := pipeline.NewSet(pipeline.Config{}, New())
	if err != nil {
		b.Fatal(err)
	}
	for _, times := range []int{1, 10} {
		b.Run(fmt.Sprintf("x%d", times), func(b *testing.B) {
			long := []byte(strings.Repeat(string(in), times))
			req := &nutgrafv1.ArticleRequest{Source: htmlSource(long)}
			b.SetBytes(int64(len(long)))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := set.Run(b.Context(), req); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func TestIsNormal(t *testing.T) {
	t.Parallel()
	for r := range rune(0x3100) {
		s := "e" + string(r)
		if got, want := isNormal(s), norm.NFC.IsNormalString(s); got != want {
			t.Errorf("isNormal(%q) = %v, want %v", s, got, want)
		}
	}
}
