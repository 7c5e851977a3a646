package bulk

import (
	"bufio"
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	nutgrafv1 "example.invalid/nutgraf/gen/go/nutgraf/v1"
	"github.com/google/go-cmp/cmp"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	"github.com/parquet-go/parquet-go"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// echo answers with the content as the body, and refuses content with "bad" in it.
func echo(_ context.Context, req *nutgrafv1.ArticleRequest) (*nutgrafv1.Extraction, error) {
	text := req.GetSource().GetPlainText().GetText() + string(req.GetSource().GetHtml().GetData())
	if strings.Contains(text, "bad") {
		return nil, status.Error(codes.InvalidArgument, "a bad one")
	}
	return &nutgrafv1.Extraction{Content: &nutgrafv1.Content{Text: text}}, nil
}

func writeFile(t *testing.T, path string, data []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, data, 0o644); err != nil {
		t.Fatal(err)
	}
}

func zip(t *testing.T, data string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, err := io.WriteString(z, data)
	if err := errors.Join(err, z.Close()); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// read gives the items of an input as "id: text url published" or "id! error".
func read(t *testing.T, path string) (got []string) {
	t.Helper()
	s, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for item, err := range s.Items(t.Context()) {
		switch {
		case err != nil:
			got = append(got, "end: "+err.Error())
		case item.Err != nil:
			got = append(got, item.ID+"! "+item.Err.Error())
		default:
			src := item.Article.GetSource()
			line := item.ID + ": " + src.GetPlainText().GetText() + string(src.GetHtml().GetData()) + " " + src.GetUrl()
			if p := src.GetPublishedHint(); p != nil {
				line += " " + p.AsTime().Format("2006-01-02")
			}
			got = append(got, line)
		}
	}
	return got
}

func TestSources(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	jsonl := `{"id":"a","html":"<p>é","url":"https://a.example/1","published":"2025-08-18"}
{"text":"no id"}

{"id":"c","html_path":"pages/one.html"}
{"id":"d","html_base64":"` + base64.StdEncoding.EncodeToString([]byte("\xe9")) + `","charset":"latin1"}
{broken
{"id":"e"}
{"id":"f","html":"x","published":"yesterday"}
{"id":"g","html_path":"missing.html"}
{"id":"last","text":"end"}`
	wantLines := []string{
		"a: <p>é https://a.example/1 2025-08-18", "line-2: no id ", "c: <p>one ", "d: \xe9 ",
		"line-6! not a line of JSON: invalid character 'b' looking for beginning of object key string",
		"e! none of html, html_base64, html_path and text",
		`f! published: "yesterday" is neither RFC 3339 nor a day`,
		"g! open " + filepath.Join(dir, "missing.html") + ": no such file or directory", "last: end ",
	}
	writeFile(t, filepath.Join(dir, "pages/one.html"), []byte("<p>one"))
	writeFile(t, filepath.Join(dir, "pages/b/two.HTM.gz"), zip(t, "<p>two"))
	writeFile(t, filepath.Join(dir, "pages/c.txt"), []byte("three"))
	writeFile(t, filepath.Join(dir, "pages/picture.png"), []byte("no page"))
	writeFile(t, filepath.Join(dir, "in.jsonl"), []byte(jsonl))
	writeFile(t, filepath.Join(dir, "in.jsonl.gz"), zip(t, jsonl))
	z, _ := zstd.NewWriter(nil)
	writeFile(t, filepath.Join(dir, "in.ndjson.zst"), z.EncodeAll([]byte(jsonl), nil))
	rows, err := os.Create(filepath.Join(dir, "in.parquet"))
	if err != nil {
		t.Fatal(err)
	}
	type row struct {
		ID   string `parquet:"id"`
		HTML string `parquet:"html"`
		Else int    `parquet:"else"`
	}
	if err := errors.Join(parquet.Write(rows, []row{{"a", "<p>x", 1}, {"", "y", 2}, {"c", "", 3}}), rows.Close()); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		path string
		want []string
	}{
		{"pages", []string{"b/two.HTM.gz: <p>two ", "c.txt: three ", "one.html: <p>one "}},
		{"pages/*.html", []string{"one.html: <p>one "}},
		{"pages/one.html", []string{"one.html: <p>one "}},
		{"in.jsonl", wantLines},
		{"in.jsonl.gz", wantLines},
		{"in.ndjson.zst", wantLines},
		{"in.parquet", []string{"a: <p>x ", "row-2: y ", "c! neither html nor text"}},
	}
	for _, tt := range tests {
		t.Run(tt.path, func(t *testing.T) {
			t.Parallel()
			if d := cmp.Diff(tt.want, read(t, filepath.Join(dir, tt.path))); d != "" {
				t.Errorf("items (-want +got)\n%s", d)
			}
		})
	}
	if _, err := Open(filepath.Join(dir, "none.jsonl")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("Open of a missing file = %v", err)
	}
}

func record(kind, id, http string) string {
	return fmt.Sprintf("WARC/1.1\r\nWARC-Type: %s\r\nWARC-Record-ID: <urn:uuid:%s>\r\nWARC-Target-URI: https://a.example/%s\r\nWARC-Date: 2025-08-18T10:00:00Z\r\nContent-Type: application/http; msgtype=response\r\nContent-Length: %d\r\n\r\n%s\r\n\r\n", kind, id, id, len(http), http)
}

func TestWARC(t *testing.T) {
	t.Parallel()
	html := "HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=windows-1252\r\n"
	packed := string(zip(t, "<p>packed"))
	parts := []string{
		record("warcinfo", "0", "software: x"),
		record("request", "1", "GET / HTTP/1.1\r\n\r\n"),
		record("response", "2", html+"Content-Length: 5\r\n\r\n<p>\xe9."),
		record("response", "3", html+"Transfer-Encoding: chunked\r\n\r\n3\r\n<p>\r\n2\r\nhi\r\n0\r\n\r\n"),
		record("response", "4", html+fmt.Sprintf("Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n%s", len(packed), packed)),
		record("response", "5", "HTTP/1.1 404 Not Found\r\nContent-Type: text/html\r\n\r\nno"),
		record("response", "6", "HTTP/1.1 200 OK\r\nContent-Type: image/png\r\n\r\nno"),
		record("response", "7", "not HTTP"),
		record("response", "8", html+"Content-Encoding: rot13\r\n\r\nx"),
		record("response", "9", "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\nplain"),
	}
	want := []string{
		"urn:uuid:2: <p>\xe9. https://a.example/2", "urn:uuid:3: <p>hi https://a.example/3", "urn:uuid:4: <p>packed https://a.example/4",
		"urn:uuid:7! HTTP response: unexpected EOF", `urn:uuid:8! HTTP response: unknown Content-Encoding "rot13"`, "urn:uuid:9: plain https://a.example/9",
	}
	dir := t.TempDir()
	writeFile(t, filepath.Join(dir, "a.warc"), []byte(strings.Join(parts, "")))
	var members []byte
	for _, p := range parts {
		members = append(members, zip(t, p)...)
	}
	writeFile(t, filepath.Join(dir, "a.warc.gz"), members)
	for _, name := range []string{"a.warc", "a.warc.gz"} {
		got := read(t, filepath.Join(dir, name))
		for i := range got {
			if strings.HasPrefix(got[i], "urn:uuid:7!") {
				got[i] = "urn:uuid:7! HTTP response: unexpected EOF" // Go's own wording may change
			}
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("%s (-want +got)\n%s", name, d)
		}
	}
	s, err := Open(filepath.Join(dir, "a.warc"))
	if err != nil {
		t.Fatal(err)
	}
	for item := range s.Items(t.Context()) {
		if got := item.Article.GetSource().GetHttpHeaders()["content-type"]; got != "text/html; charset=windows-1252" {
			t.Errorf("content-type = %q", got)
		}
		break
	}
	for name, broken := range map[string]string{
		"cut short":  parts[2][:len(parts[2])-20],
		"no version": "HTTP/1.1 200 OK\r\n\r\n",
		"no length":  "WARC/1.0\r\nWARC-Type: response\r\n\r\n",
		"long head":  "WARC/1.0\r\n" + strings.Repeat("X-Y: z\r\n", 200_000),
	} {
		writeFile(t, filepath.Join(dir, "broken.warc"), []byte(broken))
		got := read(t, filepath.Join(dir, "broken.warc"))
		if len(got) == 0 || !strings.Contains(got[len(got)-1], "broken.warc: broken: WARC record:") {
			t.Errorf("%s: got %q, want it to end with an error", name, got)
		}
	}
}

// input writes n lines, every tenth of them bad.
func input(t *testing.T, n int) string {
	t.Helper()
	var b strings.Builder
	for i := range n {
		word := "good"
		if i%10 == 3 {
			word = "bad"
		}
		fmt.Fprintf(&b, `{"id":"%d","text":"%s %d"}`+"\n", i, word, i)
	}
	path := filepath.Join(t.TempDir(), "in.jsonl")
	writeFile(t, path, []byte(b.String()))
	return path
}

// ids returns the ids of an output in order.
func ids(t *testing.T, path string) (got []string) {
	t.Helper()
	if strings.HasSuffix(path, ".parquet") {
		files, err := filepath.Glob(filepath.Join(path, "*"))
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			rows, err := parquet.ReadFile[Row](f)
			if err != nil {
				t.Fatal(err)
			}
			for _, r := range rows {
				got = append(got, r.ID)
			}
		}
		return got
	}
	s := &source{}
	r, err := s.open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	sc := bufio.NewScanner(r)
	for sc.Scan() {
		var l struct {
			ID                string
			Extraction, Error json.RawMessage
		}
		if err := json.Unmarshal(sc.Bytes(), &l); err != nil || (l.Extraction == nil) == (l.Error == nil) {
			t.Fatalf("line %q: %v", sc.Text(), err)
		}
		got = append(got, l.ID)
	}
	if err := sc.Err(); err != nil {
		t.Fatal(err)
	}
	return got
}

func sequence(n int) (want []string) {
	for i := range n {
		want = append(want, fmt.Sprint(i))
	}
	return want
}

func TestRun(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"out.jsonl", "out.jsonl.gz", "out.jsonl.zst", "out.parquet"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			const n = 500
			in, dir := input(t, n), t.TempDir()
			out, failures := filepath.Join(dir, name), filepath.Join(dir, "failures.jsonl")
			sum := runOnce(t, in, OutputConfig{Path: out, Failures: failures, Input: in}, echo)
			if sum.Items != n || sum.Failed["InvalidArgument"] != n/10 || !sum.Done {
				t.Errorf("summary = %+v", sum)
			}
			if d := cmp.Diff(sequence(n), ids(t, out)); d != "" {
				t.Errorf("ids (-want +got)\n%s", d)
			}
			if got := read(t, failures); len(got) != n/10 || got[0] != "3: bad 3 " {
				t.Errorf("failures = %q", got)
			}
			if _, err := OpenOutput(OutputConfig{Path: out, Input: in, Resume: true}); !errors.Is(err, ErrComplete) {
				t.Errorf("resume of a complete output = %v, want ErrComplete", err)
			}
		})
	}
}

func runOnce(t *testing.T, in string, out OutputConfig, extract Extract) Summary {
	t.Helper()
	sum, err := try(t, in, out, Config{Extract: extract, Workers: 3})
	if err != nil {
		t.Fatal(err)
	}
	return sum
}

// try runs what cfg says over an input, into an output.
func try(t *testing.T, in string, out OutputConfig, cfg Config) (Summary, error) {
	t.Helper()
	s, err := Open(in)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	o, err := OpenOutput(out)
	if err != nil {
		t.Fatal(err)
	}
	defer o.Close()
	cfg.Source, cfg.Output = s, o
	return Run(t.Context(), t.Context(), cfg)
}

// A run that dies at any item, with whatever half a write it leaves behind, goes on with nothing lost and nothing twice.
func TestResume(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"out.jsonl", "out.jsonl.gz", "out.jsonl.zst", "out.parquet"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			const n = 60
			in := input(t, n)
			for at := 1; at < n; at += 7 {
				dir := t.TempDir()
				cfg := OutputConfig{Path: filepath.Join(dir, name), Failures: filepath.Join(dir, "failures.jsonl"), Input: in}
				for _, die := range []int{at, at + 5} {
					s, err := Open(in)
					if err != nil {
						t.Fatal(err)
					}
					o, err := OpenOutput(cfg)
					if err != nil {
						t.Fatal(err)
					}
					for item, err := range s.Items(t.Context()) {
						if err != nil {
							t.Fatal(err)
						}
						var k int
						_, _ = fmt.Sscan(item.ID, &k)
						if k < int(o.Items()) {
							continue
						}
						if err := o.write(answer(t.Context(), Config{Extract: echo}, item)); err != nil {
							t.Fatal(err)
						}
						if k%4 == 0 {
							if err := o.commit(); err != nil {
								t.Fatal(err)
							}
						}
						if k == die {
							break
						}
					}
					// The process dies here: buffers are lost, and the file system may have kept more than was synced.
					if j, ok := o.results.(*jsonLines); ok {
						_, _ = j.f.WriteString(`{"id":"half`)
					}
					_ = o.Close()
					if _, err := OpenOutput(OutputConfig{Path: cfg.Path, Input: in}); !errors.Is(err, ErrUnfinished) {
						t.Fatalf("beginning anew over an unfinished run = %v, want ErrUnfinished", err)
					}
					cfg.Resume = true
				}
				if _, err := OpenOutput(OutputConfig{Path: cfg.Path, Input: "another", Resume: true}); err == nil {
					t.Fatal("resumed with another input")
				}
				runOnce(t, in, cfg, echo)
				if d := cmp.Diff(sequence(n), ids(t, cfg.Path)); d != "" {
					t.Fatalf("died at %d: ids (-want +got)\n%s", at, d)
				}
				if got := len(read(t, cfg.Failures)); got != n/10 {
					t.Fatalf("died at %d: %d failures, want %d", at, got, n/10)
				}
			}
		})
	}
}

func TestStopAndUnavailable(t *testing.T) {
	t.Parallel()
	const n = 200
	in := input(t, n)
	cfg := OutputConfig{Path: filepath.Join(t.TempDir(), "out.jsonl"), Input: in}
	stop, cancel := context.WithCancel(t.Context())
	s, err := Open(in)
	if err != nil {
		t.Fatal(err)
	}
	o, err := OpenOutput(cfg)
	if err != nil {
		t.Fatal(err)
	}
	count := make(chan struct{}, n)
	sum, err := Run(t.Context(), stop, Config{Source: s, Output: o, Workers: 2, Extract: func(ctx context.Context, r *nutgrafv1.ArticleRequest) (*nutgrafv1.Extraction, error) {
		if count <- struct{}{}; len(count) == 50 {
			cancel()
		}
		return echo(ctx, r)
	}})
	if err != nil || sum.Done || sum.Items < 50 || sum.Items > 70 {
		t.Fatalf("stopped at 50: summary %+v, error %v", sum, err)
	}
	_ = o.Close()

	cfg.Resume = true
	o, err = OpenOutput(cfg)
	if err != nil {
		t.Fatal(err)
	}
	down := 0
	_, err = Run(t.Context(), t.Context(), Config{Source: s, Output: o, Extract: func(ctx context.Context, r *nutgrafv1.ArticleRequest) (*nutgrafv1.Extraction, error) {
		if down++; down > 20 {
			return nil, status.Error(codes.Unavailable, "gone")
		}
		return echo(ctx, r)
	}})
	if status.Code(err) != codes.Unavailable {
		t.Fatalf("service gone: %v, want UNAVAILABLE", err)
	}
	_ = o.Close()
	runOnce(t, in, cfg, echo)
	if d := cmp.Diff(sequence(n), ids(t, cfg.Path)); d != "" {
		t.Errorf("ids (-want +got)\n%s", d)
	}
}

// A file that is broken gives what is before the break, one item for the rest, and does not keep those after it from being read.
func TestBrokenInputs(t *testing.T) {
	t.Parallel()
	good := `{"id":"a","text":"one"}` + "\n"
	packed := zip(t, strings.Repeat(good, 1000)+good)
	page := record("response", "1", "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<p>hi")
	for name, data := range map[string][]byte{
		"1.jsonl.gz":   []byte("no gzip"),
		"1.jsonl.zst":  []byte("no zstd"),
		"1.warc":       []byte(page + page[:len(page)-10]),
		"1.parquet":    []byte("PAR1 no parquet"),
		"cut.jsonl.gz": packed[:len(packed)-9],
	} {
		dir := t.TempDir()
		writeFile(t, filepath.Join(dir, name), data)
		writeFile(t, filepath.Join(dir, "z.jsonl"), []byte(good))
		s, err := Open(filepath.Join(dir, "*"))
		if err != nil {
			t.Fatal(err)
		}
		o, err := OpenOutput(OutputConfig{Path: filepath.Join(dir, "out.jsonl")})
		if err != nil {
			t.Fatal(err)
		}
		sum, err := Run(t.Context(), t.Context(), Config{Source: s, Output: o, Extract: echo, Workers: 3})
		if err != nil || !sum.Done || sum.Failed[ReasonBroken] != 1 || sum.Items < 2 {
			t.Errorf("%s: %+v, %v, want one broken input and the good item after it", name, sum, err)
		}
	}
}

func TestErrorOfTheSourceKeepsWhatWasRead(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "out.jsonl")
	o, err := OpenOutput(OutputConfig{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	sum, err := Run(t.Context(), t.Context(), Config{Source: failing{}, Output: o, Extract: echo, Workers: 2})
	if err == nil || sum.Items != 10 || sum.Done {
		t.Errorf("Run = %+v, %v, want ten items and an error", sum, err)
	}
}

// failing is a source that fails after ten items.
type failing struct{ Source }

func (failing) Items(context.Context) iter.Seq2[Item, error] {
	return func(yield func(Item, error) bool) {
		for range 10 {
			if !yield(Item{ID: "x", Article: article(&nutgrafv1.Source{Content: plain("x")})}, nil) {
				return
			}
		}
		yield(Item{}, errors.New("gone"))
	}
}

func (failing) Progress() (read, total int64) { return 0, 0 }

func TestParquetTypes(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	at := time.Date(2026, 1, 2, 3, 4, 5, 6000, time.UTC)
	type row struct {
		ID        int64     `parquet:"id"`
		Text      string    `parquet:"text"`
		Published time.Time `parquet:"published,timestamp(microsecond)"`
		Fetched   int32     `parquet:"fetched,date"`
	}
	path := filepath.Join(dir, "in.parquet")
	if err := parquet.WriteFile(path, []row{{7, "x", at, 20_455}}); err != nil {
		t.Fatal(err)
	}
	s, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	for item, err := range s.Items(t.Context()) {
		if err != nil || item.Err != nil {
			t.Fatal(err, item.Err)
		}
		src := item.Article.GetSource()
		if p, f := src.GetPublishedHint().AsTime(), src.GetFetchTime().AsTime(); item.ID != "7" || !p.Equal(at) || f.Format(time.DateOnly) != "2026-01-02" {
			t.Errorf("item %s, published %v, fetched %v, want 7, %v and that day", item.ID, p, f, at)
		}
	}
	other := filepath.Join(dir, "other.parquet")
	if err := parquet.WriteFile(other, []struct{ Doc string }{{"x"}}); err != nil {
		t.Fatal(err)
	}
	if s, err = Open(other); err != nil {
		t.Fatal(err)
	}
	for _, err := range s.Items(t.Context()) {
		if err == nil || !strings.Contains(err.Error(), "no column html or text, but Doc") {
			t.Errorf("error = %v, want one that names the columns", err)
		}
	}
}

func FuzzWARC(f *testing.F) {
	f.Add(record("response", "1", "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<p>hi"))
	f.Add("WARC/1.0\r\nContent-Length: 99999999999999999999\r\n\r\n")
	f.Fuzz(func(t *testing.T, data string) {
		items := 0
		warcItems(t.Context(), strings.NewReader(data), "x.warc", func(item Item, err error) bool {
			if err == nil && (item.Err == nil) == (item.Article == nil) {
				t.Error("an item is an article or an error")
			}
			items++
			return true
		})
		if items > len(data) {
			t.Errorf("%d items of %d bytes", items, len(data))
		}
	})
}
