package bulk

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	nutgrafv1 "example.invalid/nutgraf/gen/go/nutgraf/v1"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	"google.golang.org/protobuf/types/known/timestamppb"
)

// maxItemBytes is one byte more than the service takes, so that a larger item is refused by it, not cut in silence.
const maxItemBytes = 16<<20 + 1

// maxLineBytes bounds a line of JSON: an item of the largest size with every byte escaped as \u0000.
const maxLineBytes = 6*maxItemBytes + 64<<10

// Open opens an input. A folder gives every page below it (.html, .htm, .xhtml, .txt, also with .gz), in lexical order; a
// pattern with * or ? gives all inputs it matches, one after the other; "-" is JSON Lines on standard input. A file is read
// by its suffix: .jsonl, .ndjson or .json as JSON Lines, .warc as WARC, .parquet as Parquet, else as one page; all but
// Parquet also with .gz or .zst.
func Open(path string) (Source, error) {
	if path == "-" {
		return &source{files: []string{"-"}}, nil
	}
	info, err := os.Stat(path)
	switch {
	case err == nil && info.IsDir():
		return &source{folder: path}, nil
	case err == nil:
		return &source{files: []string{path}, total: info.Size()}, nil
	case !strings.ContainsAny(path, "*?["):
		return nil, err
	}
	files, err := filepath.Glob(path)
	if err != nil {
		return nil, fmt.Errorf("pattern %q: %w", path, err)
	}
	if len(files) == 0 {
		return nil, fmt.Errorf("no file matches %q", path)
	}
	slices.Sort(files)
	s := &source{files: files}
	for _, f := range files {
		if info, err := os.Stat(f); err == nil {
			s.total += info.Size()
		}
	}
	return s, nil
}

type source struct {
	files  []string
	folder string
	total  int64
	read   atomic.Int64
}

func (s *source) Progress() (read, total int64) { return s.read.Load(), s.total }

func (s *source) Close() error { return nil }

// Items implements Source.
func (s *source) Items(ctx context.Context) iter.Seq2[Item, error] {
	return func(yield func(Item, error) bool) {
		if s.folder != "" {
			s.pages(ctx, yield)
			return
		}
		for _, f := range s.files {
			if !s.file(ctx, f, yield) {
				return
			}
		}
	}
}

var errStopped = errors.New("stopped")

func (s *source) pages(ctx context.Context, yield func(Item, error) bool) {
	err := filepath.WalkDir(s.folder, func(path string, d fs.DirEntry, err error) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		id, fault := filepath.Rel(s.folder, path)
		switch {
		case path == s.folder && err != nil:
			return err
		case err != nil: // a folder that may not be read, or is gone
			if !yield(Item{ID: filepath.ToSlash(id), Err: &BrokenError{path, err}}, nil) {
				return errStopped
			}
			return nil
		case fault != nil:
			return fault
		case d.IsDir() || !isPage(path):
			return nil
		}
		if !yield(s.page(filepath.ToSlash(id), path), nil) {
			return errStopped
		}
		return nil
	})
	if err != nil && !errors.Is(err, errStopped) {
		yield(Item{}, err)
	}
}

func bare(path string) string {
	return strings.TrimSuffix(strings.TrimSuffix(strings.ToLower(path), ".gz"), ".zst")
}

func isPage(path string) bool {
	switch filepath.Ext(bare(path)) {
	case ".html", ".htm", ".xhtml", ".txt":
		return true
	}
	return false
}

// page reads one page. Only its own Item can fail.
func (s *source) page(id, path string) Item {
	data, err := s.readFile(path)
	if err != nil {
		return Item{ID: id, Err: err}
	}
	if filepath.Ext(bare(path)) == ".txt" {
		return textItem(id, string(data))
	}
	return Item{ID: id, Article: article(&nutgrafv1.Source{Content: html(data, "")})}
}

func textItem(id, text string) Item {
	return Item{ID: id, Article: article(&nutgrafv1.Source{Content: plain(text)})}
}

func html(data []byte, charset string) *nutgrafv1.Source_Html {
	return &nutgrafv1.Source_Html{Html: &nutgrafv1.HtmlContent{Data: data, Charset: charset}}
}

func plain(text string) *nutgrafv1.Source_PlainText {
	return &nutgrafv1.Source_PlainText{PlainText: &nutgrafv1.PlainTextContent{Text: strings.ToValidUTF8(text, "\uFFFD")}}
}

func article(s *nutgrafv1.Source) *nutgrafv1.ArticleRequest {
	return &nutgrafv1.ArticleRequest{Source: s}
}

func (s *source) readFile(path string) ([]byte, error) {
	r, err := s.open(path)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	return io.ReadAll(io.LimitReader(r, maxItemBytes))
}

// open opens a file, counts what is read of it and undoes its compression.
func (s *source) open(path string) (io.ReadCloser, error) {
	f := os.Stdin
	if path != "-" {
		var err error
		if f, err = os.Open(path); err != nil {
			return nil, err
		}
	}
	counted := bufio.NewReaderSize(counter{f, &s.read}, 256<<10)
	var r io.Reader = counted
	switch strings.ToLower(filepath.Ext(path)) {
	case ".gz":
		z, err := gzip.NewReader(counted)
		if err != nil {
			_ = f.Close()
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		r = z
	case ".zst":
		z, err := zstd.NewReader(counted, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(128<<20))
		if err != nil {
			_ = f.Close()
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		r = z.IOReadCloser()
	}
	return readCloser{r, f}, nil
}

type readCloser struct {
	io.Reader
	io.Closer
}

type counter struct {
	r io.Reader
	n *atomic.Int64
}

func (c counter) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n.Add(int64(n))
	return n, err
}

// file gives the items of one file and reports whether the caller wants more.
func (s *source) file(ctx context.Context, path string, yield func(Item, error) bool) bool {
	if filepath.Ext(strings.ToLower(path)) == ".parquet" {
		return s.parquet(ctx, path, yield)
	}
	ext := filepath.Ext(bare(path))
	if path != "-" && ext != ".jsonl" && ext != ".ndjson" && ext != ".json" && ext != ".warc" {
		return yield(s.page(filepath.Base(path), path), nil)
	}
	r, err := s.open(path)
	if err != nil {
		return yield(broken(path, err), nil)
	}
	defer r.Close()
	if ext == ".warc" {
		return warcItems(ctx, r, path, yield)
	}
	return s.lines(ctx, r, path, yield)
}

// broken is the item that stands for the rest of a file.
func broken(path string, err error) Item {
	return Item{ID: path, Err: &BrokenError{path, err}}
}

// line is one line of JSON Lines input. One of HTML, HTMLBase64, HTMLPath and Text is set; all else is optional.
type line struct {
	ID         name   `json:"id"`
	HTML       string `json:"html,omitempty"`
	HTMLBase64 []byte `json:"html_base64,omitempty"` // bytes that are not UTF-8
	HTMLPath   string `json:"html_path,omitempty"`   // relative to the file
	Text       string `json:"text,omitempty"`
	URL        string `json:"url,omitempty"`
	Published  string `json:"published,omitempty"` // RFC 3339, or a day
	Fetched    string `json:"fetched,omitempty"`   // RFC 3339, or a day
	Charset    string `json:"charset,omitempty"`
	Language   string `json:"language,omitempty"`
}

// name is a string that may be written as a number.
type name string

func (n *name) UnmarshalJSON(data []byte) error {
	if len(data) > 0 && (data[0] == '-' || data[0] >= '0' && data[0] <= '9') {
		*n = name(data)
		return nil
	}
	return json.Unmarshal(data, (*string)(n))
}

func (s *source) lines(ctx context.Context, r io.Reader, path string, yield func(Item, error) bool) bool {
	folder := filepath.Dir(path)
	br := bufio.NewReaderSize(r, 256<<10)
	for n := 1; ; n++ {
		if err := ctx.Err(); err != nil {
			return yield(Item{}, err)
		}
		raw, tooLong, err := readLine(br)
		if err != nil && !errors.Is(err, io.EOF) {
			return yield(broken(path, fmt.Errorf("line %d: %w", n, err)), nil)
		}
		if len(bytes.TrimSpace(raw)) > 0 || tooLong {
			id := fmt.Sprintf("line-%d", n)
			item := Item{ID: id, Err: fmt.Errorf("line %d is longer than %d bytes", n, maxLineBytes)}
			if !tooLong {
				item = s.item(raw, id, folder)
			}
			if !yield(item, nil) {
				return false
			}
		}
		if err != nil {
			return true
		}
	}
}

// readLine returns the next line; one that is too long is read to its end and left out.
func readLine(br *bufio.Reader) (line []byte, tooLong bool, err error) {
	for {
		part, err := br.ReadSlice('\n')
		if len(line)+len(part) > maxLineBytes {
			tooLong, line = true, nil
		}
		if !tooLong {
			line = append(line, part...)
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			return line, tooLong, err
		}
	}
}

func (s *source) item(raw []byte, id, folder string) Item {
	var l line
	if err := json.Unmarshal(raw, &l); err != nil {
		var wrong *json.UnmarshalTypeError
		switch {
		case !errors.As(err, &wrong):
			err = fmt.Errorf("not a line of JSON: %w", err)
		case wrong.Field == "":
			err = fmt.Errorf("a JSON %s where an object is wanted", wrong.Value)
		default:
			err = fmt.Errorf("%s is a %s", wrong.Field, wrong.Value)
		}
		return Item{ID: id, Err: err}
	}
	if l.ID != "" {
		id = string(l.ID)
	}
	src := &nutgrafv1.Source{Url: l.URL, LanguageHint: l.Language}
	switch {
	case l.HTMLPath != "":
		path := l.HTMLPath
		if !filepath.IsAbs(path) {
			path = filepath.Join(folder, path)
		}
		data, err := s.readFile(path)
		if err != nil {
			return Item{ID: id, Err: err}
		}
		src.Content = html(data, l.Charset)
	case len(l.HTMLBase64) > 0:
		src.Content = html(l.HTMLBase64, l.Charset)
	case l.HTML != "":
		src.Content = html([]byte(l.HTML), "utf-8") // JSON is UTF-8, whatever the page once was
	case l.Text != "":
		src.Content = plain(l.Text)
	default:
		return Item{ID: id, Err: errors.New("none of html, html_base64, html_path and text")}
	}
	var err error
	if src.PublishedHint, err = parseTime(l.Published); err != nil {
		return Item{ID: id, Err: fmt.Errorf("published: %w", err)}
	}
	if src.FetchTime, err = parseTime(l.Fetched); err != nil {
		return Item{ID: id, Err: fmt.Errorf("fetched: %w", err)}
	}
	return Item{ID: id, Article: article(src)}
}

// ParseTime reads RFC 3339, or an ISO day as its noon in UTC, which is that day nearly everywhere.
func ParseTime(s string) (time.Time, error) {
	if t, err := time.Parse(time.DateOnly, s); err == nil {
		return t.Add(12 * time.Hour), nil
	}
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		return t, fmt.Errorf("%q is neither RFC 3339 nor a day", s)
	}
	return t, nil
}

// parseTime reads an optional time.
func parseTime(s string) (*timestamppb.Timestamp, error) {
	if s == "" {
		return nil, nil
	}
	t, err := ParseTime(s)
	if err != nil {
		return nil, err
	}
	return timestamppb.New(t), nil
}
