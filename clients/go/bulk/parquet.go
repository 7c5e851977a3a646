package bulk

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	nutgrafv1 "example.invalid/nutgraf/gen/go/nutgraf/v1"
	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/format"
	"google.golang.org/protobuf/encoding/protojson"
)

// inputRow is a row of Parquet input: the fields of a line of JSON Lines, as columns. Missing columns are empty.
type inputRow struct {
	ID        string `parquet:"id,optional"`
	HTML      []byte `parquet:"html,optional"`
	Text      string `parquet:"text,optional"`
	URL       string `parquet:"url,optional"`
	Published string `parquet:"published,optional"`
	Fetched   string `parquet:"fetched,optional"`
	Charset   string `parquet:"charset,optional"`
	Language  string `parquet:"language,optional"`
}

func (s *source) parquet(ctx context.Context, path string, yield func(Item, error) bool) bool {
	f, err := os.Open(path)
	if err != nil {
		return yield(broken(path, err), nil)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return yield(broken(path, err), nil)
	}
	file, err := parquet.OpenFile(f, info.Size())
	if err != nil {
		return yield(broken(path, err), nil)
	}
	var columns []string
	for _, c := range file.Schema().Fields() {
		columns = append(columns, c.Name())
	}
	if !slices.Contains(columns, "html") && !slices.Contains(columns, "text") {
		return yield(Item{}, fmt.Errorf("%s: no column html or text, but %s", path, strings.Join(columns, ", ")))
	}
	published, fetched := timesOf(file, "published"), timesOf(file, "fetched")
	reader := parquet.NewGenericReader[inputRow](file)
	defer reader.Close()
	total := file.NumRows()
	rows := make([]inputRow, 16)
	for n := int64(0); ; {
		if err := ctx.Err(); err != nil {
			return yield(Item{}, err)
		}
		k, err := reader.Read(rows)
		for _, row := range rows[:k] {
			n++
			row.Published, row.Fetched = published(row.Published), fetched(row.Fetched)
			if !yield(row.item(fmt.Sprintf("row-%d", n)), nil) {
				return false
			}
		}
		s.read.Add(info.Size() * int64(k) / max(total, 1))
		if errors.Is(err, io.EOF) {
			return true
		}
		if err != nil {
			return yield(broken(path, fmt.Errorf("row %d: %w", n+1, err)), nil)
		}
		clear(rows)
	}
}

// timesOf returns what turns the values of a column into RFC 3339: nothing for text, and the count since 1970 for timestamps and
// dates.
func timesOf(file *parquet.File, name string) func(string) string {
	var unit time.Duration
	if column, ok := file.Schema().Lookup(name); ok {
		if t := column.Node.Type().LogicalType(); t != nil {
			switch v := t.Value.(type) {
			case *format.TimestampType:
				unit = v.Unit.Value.Duration()
			case *format.DateType:
				unit = 24 * time.Hour
			}
		}
	}
	return func(value string) string {
		n, err := strconv.ParseInt(value, 10, 64)
		if unit == 0 || err != nil {
			return value
		}
		per := int64(time.Second / min(unit, time.Second))
		seconds := n / per * int64(max(unit, time.Second)/time.Second)
		t := time.Unix(seconds, n%per*int64(min(unit, time.Second))).UTC()
		if unit > time.Second {
			return t.Format(time.DateOnly)
		}
		return t.Format(time.RFC3339Nano)
	}
}

func (r inputRow) item(id string) Item {
	if r.ID != "" {
		id = r.ID
	}
	src := &nutgrafv1.Source{Url: r.URL, LanguageHint: r.Language}
	switch {
	case len(r.HTML) > 0:
		src.Content = html(append([]byte(nil), r.HTML...), r.Charset)
	case r.Text != "":
		src.Content = plain(r.Text)
	default:
		return Item{ID: id, Err: errors.New("neither html nor text")}
	}
	var err error
	if src.PublishedHint, err = parseTime(r.Published); err != nil {
		return Item{ID: id, Err: fmt.Errorf("published: %w", err)}
	}
	if src.FetchTime, err = parseTime(r.Fetched); err != nil {
		return Item{ID: id, Err: fmt.Errorf("fetched: %w", err)}
	}
	return Item{ID: id, Article: article(src)}
}

// Row is a row of Parquet output. Columns are flat; the whole extraction is in the last one.
type Row struct {
	ID            string   `parquet:"id"`
	ErrorCode     string   `parquet:"error_code,dict"` // gRPC status code, such as InvalidArgument; empty if none
	ErrorMessage  string   `parquet:"error_message"`
	PageKind      string   `parquet:"page_kind,dict"` // ARTICLE, INDEX, …
	Access        string   `parquet:"access,dict"`    // FREE, PAID_TRUNCATED, …
	Title         string   `parquet:"title"`
	Standfirst    string   `parquet:"standfirst"`
	Byline        string   `parquet:"byline"`
	Authors       []string `parquet:"authors,list"`
	Published     string   `parquet:"published"` // ISO 8601 at the precision the page gives
	Modified      string   `parquet:"modified"`
	SiteName      string   `parquet:"site_name,dict"`
	SiteDomain    string   `parquet:"site_domain,dict"`
	CanonicalURL  string   `parquet:"canonical_url"`
	Language      string   `parquet:"language,dict"` // BCP 47
	Section       string   `parquet:"section,dict"`
	Body          string   `parquet:"body"`
	WordCount     int32    `parquet:"word_count"`
	People        []string `parquet:"people,list"` // fullest names, by salience
	Organizations []string `parquet:"organizations,list"`
	Places        []string `parquet:"places,list"`
	QuoteTexts    []string `parquet:"quote_texts,list"`    // in body order
	QuoteSpeakers []string `parquet:"quote_speakers,list"` // one for each quote; empty if unknown
	Keywords      []string `parquet:"keywords,list"`
	Summary       []string `parquet:"summary,list"` // sentences
	SimHash       string   `parquet:"simhash"`      // 16 hex digits; empty if there is no body
	Extraction    string   `parquet:"extraction"`   // protobuf JSON of the whole; empty for an error
}

// rowsPerFile bounds a Parquet file, and so what is written again after a crash.
const rowsPerFile = 20_000

// parquetFiles is a folder of Parquet files. A commit ends the file in work, so results are durable file by file.
type parquetFiles struct {
	folder string
	files  int // complete
	rows   int // in the file in work
	f      *os.File
	w      *parquet.GenericWriter[Row]
}

func openParquet(folder string, files int) (*parquetFiles, error) {
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return nil, err
	}
	old, err := filepath.Glob(filepath.Join(folder, "part-*"))
	if err != nil {
		return nil, err
	}
	p := &parquetFiles{folder: folder, files: files}
	keep := map[string]bool{}
	for i := range files {
		keep[p.path(i)] = true
	}
	for _, path := range old {
		if !keep[path] {
			if err := os.Remove(path); err != nil {
				return nil, err
			}
		}
	}
	return p, nil
}

func (p *parquetFiles) path(i int) string {
	return filepath.Join(p.folder, fmt.Sprintf("part-%06d.parquet", i))
}

func (p *parquetFiles) write(r Result) error {
	if p.w == nil {
		f, err := os.Create(p.path(p.files) + ".new")
		if err != nil {
			return err
		}
		p.f, p.w = f, parquet.NewGenericWriter[Row](f, parquet.Compression(&parquet.Zstd))
	}
	row, err := newRow(r)
	if err != nil {
		return err
	}
	if _, err := p.w.Write([]Row{row}); err != nil {
		return err
	}
	p.rows++
	return nil
}

func (p *parquetFiles) due(since time.Duration) bool {
	return p.rows >= rowsPerFile || since > 5*time.Minute
}

func (p *parquetFiles) commit(c *checkpoint) error {
	if p.w != nil {
		if err := errors.Join(p.w.Close(), p.f.Sync(), p.f.Close()); err != nil {
			return err
		}
		p.w, p.rows = nil, 0
		if err := os.Rename(p.path(p.files)+".new", p.path(p.files)); err != nil {
			return err
		}
		if err := syncFolder(p.folder); err != nil {
			return err
		}
		p.files++
	}
	c.ParquetFiles = p.files
	return nil
}

func (p *parquetFiles) close() error {
	if p.w == nil {
		return nil
	}
	return p.f.Close()
}

func newRow(r Result) (Row, error) {
	row := Row{ID: r.Item.ID}
	if r.Err != nil {
		row.ErrorCode, row.ErrorMessage = r.Err.Code().String(), r.Err.Message()
		return row, nil
	}
	x := r.Extraction
	full, err := protojson.Marshal(x)
	if err != nil {
		return row, err
	}
	m := x.GetMetadata()
	row.PageKind = x.GetPageKind().String()[len("PAGE_KIND_"):]
	row.Access = x.GetAccess().String()[len("ACCESS_"):]
	row.Title, row.Standfirst, row.Byline = m.GetTitle().GetValue(), m.GetStandfirst().GetValue(), m.GetByline().GetValue()
	for _, a := range m.GetAuthors() {
		row.Authors = append(row.Authors, a.GetName().GetValue())
	}
	row.Published, row.Modified = m.GetPublished().GetValue(), m.GetModified().GetValue()
	row.SiteName, row.SiteDomain = m.GetSiteName().GetValue(), m.GetSiteDomain().GetValue()
	row.CanonicalURL, row.Language, row.Section = m.GetCanonicalUrl().GetValue(), m.GetLanguage().GetValue(), m.GetSection().GetValue()
	row.Body, row.WordCount = x.GetContent().GetText(), x.GetContent().GetWordCount()
	for _, e := range x.GetEntities() {
		switch e.GetKind() {
		case nutgrafv1.EntityKind_ENTITY_KIND_PERSON:
			row.People = append(row.People, e.GetName())
		case nutgrafv1.EntityKind_ENTITY_KIND_ORGANIZATION:
			row.Organizations = append(row.Organizations, e.GetName())
		case nutgrafv1.EntityKind_ENTITY_KIND_PLACE:
			row.Places = append(row.Places, e.GetName())
		}
	}
	for _, q := range x.GetQuotes() {
		row.QuoteTexts = append(row.QuoteTexts, q.GetText())
		row.QuoteSpeakers = append(row.QuoteSpeakers, q.GetSpeaker().GetName())
	}
	for _, k := range x.GetKeywords() {
		row.Keywords = append(row.Keywords, k.GetText())
	}
	for _, s := range x.GetSummary().GetSentences() {
		row.Summary = append(row.Summary, s.GetValue())
	}
	if f := x.GetFingerprint(); f != nil {
		row.SimHash = fmt.Sprintf("%016x", f.GetSimhash())
	}
	row.Extraction = string(full)
	return row, nil
}
