package bulk

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	"google.golang.org/protobuf/encoding/protojson"
)

// ErrUnfinished says that an output holds part of a run, which may be resumed.
var ErrUnfinished = errors.New("the output is of an unfinished run")

// ErrComplete says that there is nothing to resume.
var ErrComplete = errors.New("the output is complete")

// ErrExists says that a file that would be begun anew holds something.
var ErrExists = errors.New("it exists and would be overwritten")

// OutputConfig says where results go.
type OutputConfig struct {
	// Path is a file of JSON Lines, a folder of Parquet files if it ends in .parquet, or "-" for standard output. JSON
	// Lines are compressed if it ends in .gz or .zst.
	Path string
	// Failures is a file that gets every item that failed, as JSON Lines that can be run again; "" means none.
	Failures string
	// Input names the input, so that an output is not resumed with another one.
	Input string
	// Resume goes on where the output ends; otherwise the output is begun anew.
	Resume bool
	// Overwrite begins anew whatever is there.
	Overwrite bool
}

// checkpoint is what is known to be durable. It is kept beside the output as JSON while a run is unfinished.
type checkpoint struct {
	Input         string `json:"input"`
	Items         int64  `json:"items"`
	OutputBytes   int64  `json:"output_bytes"`
	FailureBytes  int64  `json:"failure_bytes"`
	ParquetFiles  int    `json:"parquet_files"`
	FormatVersion int    `json:"format_version"`
}

// Output takes results and can be resumed: after a crash it is cut back to its last commit, and the items of that are the
// first ones of the input.
type Output struct {
	cfg      OutputConfig
	last     checkpoint // durable
	items    int64      // written
	at       time.Time  // of the last commit
	results  sink
	failures *jsonLines
}

// sink is a form of output. A commit makes all that was written durable.
type sink interface {
	write(Result) error
	// due reports whether it is time for a commit, so long after the last.
	due(since time.Duration) bool
	commit(*checkpoint) error
	close() error
}

// OpenOutput opens an output. To begin anew over one that is unfinished is refused with ErrUnfinished, over what else is there with
// ErrExists, unless Overwrite is set. To resume one that is complete is refused with ErrComplete.
func OpenOutput(cfg OutputConfig) (*Output, error) {
	o := &Output{cfg: cfg, last: checkpoint{Input: cfg.Input, FormatVersion: 1}, at: time.Now()}
	if cfg.Path == "-" {
		if cfg.Resume {
			return nil, errors.New("standard output cannot be resumed")
		}
		o.results = &jsonLines{w: bufio.NewWriter(os.Stdout), line: resultLine}
		return o, o.openFailures()
	}
	old, err := os.ReadFile(o.progressPath())
	switch {
	case err == nil && !cfg.Resume && !cfg.Overwrite:
		return nil, fmt.Errorf("%s: %w", cfg.Path, ErrUnfinished)
	case err == nil && cfg.Resume:
		if err := json.Unmarshal(old, &o.last); err != nil {
			return nil, fmt.Errorf("read %s: %w", o.progressPath(), err)
		}
		if o.last.Input != cfg.Input || o.last.FormatVersion != 1 {
			return nil, fmt.Errorf("%s was made of the input %q, not of %q", cfg.Path, o.last.Input, cfg.Input)
		}
	case err != nil && !errors.Is(err, os.ErrNotExist):
		return nil, err
	case cfg.Resume:
		if _, err := os.Stat(cfg.Path); err == nil {
			return nil, fmt.Errorf("%s: %w", cfg.Path, ErrComplete)
		}
	case !cfg.Overwrite:
		for _, path := range []string{cfg.Path, cfg.Failures} {
			if holds(path) {
				return nil, fmt.Errorf("%s: %w", path, ErrExists)
			}
		}
	}
	// The checkpoint comes first: an output without one is complete.
	if err := o.save(o.last); err != nil {
		return nil, err
	}
	o.items = o.last.Items
	if strings.HasSuffix(strings.ToLower(cfg.Path), ".parquet") {
		o.results, err = openParquet(cfg.Path, o.last.ParquetFiles)
	} else {
		o.results, err = openJSONLines(cfg.Path, o.last.OutputBytes, resultLine)
	}
	if err != nil {
		return nil, err
	}
	return o, o.openFailures()
}

// holds reports whether there is a file or folder that is not empty. Devices and pipes hold nothing.
func holds(path string) bool {
	info, err := os.Stat(path)
	if err != nil {
		return false
	}
	if info.IsDir() {
		entries, err := os.ReadDir(path)
		return err != nil || len(entries) > 0
	}
	return info.Mode().IsRegular() && info.Size() > 0
}

func (o *Output) openFailures() (err error) {
	if o.cfg.Failures != "" {
		o.failures, err = openJSONLines(o.cfg.Failures, o.last.FailureBytes, failureLine)
	}
	return err
}

// Items returns how many items the output holds.
func (o *Output) Items() int64 { return o.items }

func (o *Output) progressPath() string { return o.cfg.Path + ".progress" }

func (o *Output) write(r Result) error {
	o.items++
	if err := o.results.write(r); err != nil {
		return err
	}
	if r.Err != nil && o.failures != nil {
		return o.failures.write(r)
	}
	return nil
}

func (o *Output) commitIfDue(now time.Time) error {
	if !o.results.due(now.Sub(o.at)) {
		return nil
	}
	o.at = now
	return o.commit()
}

// commit makes what was written durable, then says so in the checkpoint.
func (o *Output) commit() error {
	next := checkpoint{Input: o.cfg.Input, FormatVersion: 1, Items: o.items}
	if err := o.results.commit(&next); err != nil {
		return err
	}
	if o.failures != nil {
		var f checkpoint
		if err := o.failures.commit(&f); err != nil {
			return err
		}
		next.FailureBytes = f.OutputBytes
	}
	if o.cfg.Path == "-" || next == o.last {
		return nil
	}
	if err := o.save(next); err != nil {
		return err
	}
	o.last = next
	return nil
}

// finish commits and removes the checkpoint: the output is complete.
func (o *Output) finish() error {
	if err := o.commit(); err != nil || o.cfg.Path == "-" {
		return err
	}
	return os.Remove(o.progressPath())
}

// Close closes the files. It commits nothing.
func (o *Output) Close() error {
	err := o.results.close()
	if o.failures != nil {
		err = errors.Join(err, o.failures.close())
	}
	return err
}

// save replaces the checkpoint in one step.
func (o *Output) save(c checkpoint) error {
	data, err := json.Marshal(c)
	if err != nil {
		return err
	}
	tmp := o.progressPath() + ".new"
	f, err := os.Create(tmp)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := os.Rename(tmp, o.progressPath()); err != nil {
		return err
	}
	return syncFolder(filepath.Dir(o.progressPath()))
}

func syncFolder(path string) error {
	d, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// jsonLines is a file of one JSON object a line. Compressed files are cut into members, one a commit, so that the end of
// each commit is a place to cut the file back to.
type jsonLines struct {
	f    *os.File // nil for standard output
	w    *bufio.Writer
	z    io.WriteCloser // nil if not compressed
	line func(Result) ([]byte, error)
	open func(io.Writer) io.WriteCloser
	any  bool // written since the last commit
}

func openJSONLines(path string, size int64, line func(Result) ([]byte, error)) (*jsonLines, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		return nil, err
	}
	if err := f.Truncate(size); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	if _, err := f.Seek(size, io.SeekStart); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	s := &jsonLines{f: f, w: bufio.NewWriterSize(f, 256<<10), line: line}
	switch strings.ToLower(filepath.Ext(path)) {
	case ".gz":
		s.open = func(w io.Writer) io.WriteCloser { return gzip.NewWriter(w) }
	case ".zst":
		s.open = func(w io.Writer) io.WriteCloser {
			z, err := zstd.NewWriter(w, zstd.WithEncoderConcurrency(1))
			if err != nil {
				panic(err) // only for bad options
			}
			return z
		}
	}
	return s, nil
}

func (s *jsonLines) write(r Result) error {
	b, err := s.line(r)
	if err != nil {
		return err
	}
	s.any = true
	if s.open == nil {
		_, err = s.w.Write(append(b, '\n'))
		return err
	}
	if s.z == nil {
		s.z = s.open(s.w)
	}
	_, err = s.z.Write(append(b, '\n'))
	return err
}

func (s *jsonLines) due(since time.Duration) bool { return since > 2*time.Second }

func (s *jsonLines) commit(c *checkpoint) error {
	if s.z != nil {
		if err := s.z.Close(); err != nil {
			return err
		}
		s.z = nil
	}
	if err := s.w.Flush(); err != nil {
		return err
	}
	if s.f == nil {
		return nil
	}
	if s.any {
		if err := s.f.Sync(); err != nil {
			return err
		}
		s.any = false
	}
	size, err := s.f.Seek(0, io.SeekCurrent)
	c.OutputBytes = size
	return err
}

func (s *jsonLines) close() error {
	if s.f == nil {
		return s.w.Flush()
	}
	return s.f.Close()
}

// resultLine is {"id", "extraction"} or {"id", "error"}, in protobuf JSON.
func resultLine(r Result) ([]byte, error) {
	out := struct {
		ID         string          `json:"id"`
		Extraction json.RawMessage `json:"extraction,omitempty"`
		Error      json.RawMessage `json:"error,omitempty"`
	}{ID: r.Item.ID}
	var err error
	if r.Err != nil {
		out.Error, err = protojson.Marshal(r.Err.Proto())
	} else {
		out.Extraction, err = protojson.Marshal(r.Extraction)
	}
	if err != nil {
		return nil, err
	}
	return json.Marshal(out)
}

// failureLine is the item as a line of input. An item that could not be read has only its id and its error.
func failureLine(r Result) ([]byte, error) {
	src := r.Item.Article.GetSource()
	out := struct {
		line
		Error string `json:"error"`
	}{line{ID: name(r.Item.ID), URL: src.GetUrl(), Language: src.GetLanguageHint(), Text: src.GetPlainText().GetText()}, r.Err.Code().String() + ": " + r.Err.Message()}
	if h := src.GetHtml(); h != nil {
		out.HTMLBase64, out.Charset = h.GetData(), h.GetCharset()
	}
	const rfc3339 = "2006-01-02T15:04:05.999999999Z07:00"
	if t := src.GetPublishedHint(); t != nil {
		out.Published = t.AsTime().Format(rfc3339)
	}
	if t := src.GetFetchTime(); t != nil {
		out.Fetched = t.AsTime().Format(rfc3339)
	}
	return json.Marshal(out)
}
