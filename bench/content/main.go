// Command content measures body text and metadata extraction on the pages of
// ../shared/bench/content: accuracy with their scorer, speed against
// golang.org/x/net/html.Parse and two open libraries, all in one run on one core.
package main

import (
	"bufio"
	"bytes"
	"cmp"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"syscall"
	"time"

	"codeberg.org/readeck/go-readability/v2"
	"example.invalid/nutgraf/extractors"
	"example.invalid/nutgraf/extractors/content"
	nutgrafv1 "example.invalid/nutgraf/gen/go/nutgraf/v1"
	"example.invalid/nutgraf/internal/pipeline"
	"github.com/markusmobius/go-trafilatura"
	"golang.org/x/net/html"
	"google.golang.org/protobuf/types/known/fieldmaskpb"
)

type entry struct {
	ID, HTML, Text, URL string
}

type prediction struct {
	ID        string   `json:"id"`
	Body      string   `json:"body"`
	Title     string   `json:"title,omitempty"`
	Authors   []string `json:"authors,omitempty"`
	Published string   `json:"published,omitempty"`
	Seconds   float64  `json:"s,omitempty"`
}

func main() {
	dir := flag.String("bench", "../../../shared/bench/content", "directory of the sets")
	out := flag.String("out", "", "directory for predictions; a temporary one if empty")
	sets := flag.String("sets", "fundus,wcxb,trafilatura", "sets to score")
	speed := flag.Int("speed", 300, "pages of wcxb to time; 0 for none")
	peers := flag.Bool("peers", false, "also score the peers")
	flag.Parse()
	if err := run(*dir, *out, strings.Split(*sets, ","), *speed, *peers); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(dir, out string, sets []string, speed int, peers bool) error {
	if _, err := os.Stat(dir); errors.Is(err, os.ErrNotExist) {
		fmt.Println("not run:", dir, "is not there")
		return nil
	}
	if out == "" {
		tmp, err := os.MkdirTemp("", "bench-content")
		if err != nil {
			return err
		}
		defer os.RemoveAll(tmp)
		out = tmp
	}
	ours, err := newOurs()
	if err != nil {
		return err
	}
	systems := []system{{"nutgraf", ours.extract}}
	if peers {
		systems = append(systems, system{"go-trafilatura", trafilaturaPage}, system{"go-readability", readabilityPage})
	}
	for _, set := range sets {
		if set == "" {
			continue
		}
		for _, kind := range []string{"html", "text"} {
			var files []string
			for _, sys := range systems {
				if kind == "text" && sys.name != "nutgraf" {
					continue
				}
				file := filepath.Join(out, set+"."+kind+"."+sys.name+".jsonl")
				n, err := predict(filepath.Join(dir, set), kind, file, sys)
				if err != nil {
					return err
				}
				if n > 0 {
					files = append(files, file)
				}
			}
			for i, file := range files {
				args := []string{filepath.Join(dir, "score.py"), filepath.Join(dir, set, "manifest.jsonl"), files[0]}
				if i > 0 {
					args = append(args, file)
				} else if len(files) > 1 {
					continue
				}
				if set == "wcxb" {
					args = append(args, "--by", "page_type")
				}
				fmt.Printf("== %s %s: %s\n", set, kind, strings.TrimSuffix(filepath.Base(file), ".jsonl"))
				c := exec.Command("python3", args...)
				c.Stdout, c.Stderr = os.Stdout, os.Stderr
				if err := c.Run(); err != nil {
					return err
				}
			}
		}
	}
	if speed > 0 {
		return times(filepath.Join(dir, "wcxb"), speed, ours)
	}
	return nil
}

type system struct {
	name    string
	extract func(data []byte, isText bool, url string) prediction
}

// ours runs content and metadata as the service does.
type ours struct{ set *pipeline.Set }

func newOurs() (*ours, error) {
	var xs []pipeline.Extractor
	for _, x := range extractors.Standard() {
		if n := x.Spec().Name; n == "content" || n == "metadata" {
			xs = append(xs, x)
		}
	}
	if len(xs) == 0 {
		xs = append(xs, content.New())
	}
	set, err := pipeline.NewSet(pipeline.Config{}, xs...)
	return &ours{set}, err
}

func (o *ours) run(data []byte, isText bool, url string) *nutgrafv1.Extraction {
	src := &nutgrafv1.Source{Url: url, Content: &nutgrafv1.Source_Html{Html: &nutgrafv1.HtmlContent{Data: data}}}
	if isText {
		src.Content = &nutgrafv1.Source_PlainText{PlainText: &nutgrafv1.PlainTextContent{Text: string(data)}}
	}
	x, err := o.set.Run(context.Background(), &nutgrafv1.ArticleRequest{Source: src, Options: &nutgrafv1.ExtractionOptions{
		ReadMask: &fieldmaskpb.FieldMask{Paths: []string{"content", "metadata"}},
	}})
	if err != nil {
		return nil
	}
	return x
}

func (o *ours) extract(data []byte, isText bool, url string) prediction {
	x := o.run(data, isText, url)
	p := prediction{Body: x.GetContent().GetText(), Title: x.GetMetadata().GetTitle().GetValue(), Published: x.GetMetadata().GetPublished().GetValue()}
	for _, a := range x.GetMetadata().GetAuthors() {
		p.Authors = append(p.Authors, a.GetName().GetValue())
	}
	return p
}

func trafilaturaPage(data []byte, _ bool, pageURL string) prediction {
	u, _ := url.Parse(pageURL)
	r, err := trafilatura.Extract(bytes.NewReader(data), trafilatura.Options{OriginalURL: u, EnableFallback: true, ExcludeComments: true})
	if err != nil {
		return prediction{}
	}
	p := prediction{Body: r.ContentText, Title: r.Metadata.Title}
	if r.Metadata.Author != "" {
		p.Authors = []string{r.Metadata.Author}
	}
	if !r.Metadata.Date.IsZero() {
		p.Published = r.Metadata.Date.Format(time.DateOnly)
	}
	return p
}

func readabilityPage(data []byte, _ bool, pageURL string) prediction {
	u, err := url.Parse(pageURL)
	if err != nil || u.Host == "" {
		u = &url.URL{Scheme: "https", Host: "news.example"}
	}
	a, err := readability.FromReader(bytes.NewReader(data), u)
	if err != nil {
		return prediction{}
	}
	var sb strings.Builder
	_ = a.RenderText(&sb)
	p := prediction{Body: sb.String(), Title: a.Title()}
	if b := a.Byline(); b != "" {
		p.Authors = []string{b}
	}
	if t, err := a.PublishedTime(); err == nil {
		p.Published = t.Format("2006-01-02T15:04:05Z07:00")
	}
	return p
}

func predict(dir, kind, file string, sys system) (int, error) {
	f, err := os.Create(file)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	w := bufio.NewWriter(f)
	n := 0
	err = each(dir, kind, func(e entry, data []byte) error {
		n++
		start := time.Now()
		p := sys.extract(data, kind == "text", e.URL)
		p.ID, p.Seconds = e.ID, time.Since(start).Seconds()
		b, err := json.Marshal(p)
		if err != nil {
			return err
		}
		_, err = w.Write(append(b, '\n'))
		return err
	})
	return n, errors.Join(err, w.Flush())
}

func each(dir, kind string, do func(entry, []byte) error) error {
	f, err := os.Open(filepath.Join(dir, "manifest.jsonl"))
	if err != nil {
		return err
	}
	defer f.Close()
	dec := json.NewDecoder(f)
	for {
		var e entry
		if err := dec.Decode(&e); err == io.EOF {
			return nil
		} else if err != nil {
			return err
		}
		name := e.HTML
		if kind == "text" {
			name = e.Text
		}
		if name == "" {
			continue
		}
		z, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			return err
		}
		r, err := gzip.NewReader(bytes.NewReader(z))
		if err != nil {
			return err
		}
		data, err := io.ReadAll(r)
		if err != nil {
			return err
		}
		if err := do(e, data); err != nil {
			return err
		}
	}
}

var errEnough = errors.New("enough pages")

// cpu is the time that this process has had a core, so that other work on the
// machine does not count.
func cpu() time.Duration {
	var r syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &r)
	return time.Duration(r.Utime.Nano() + r.Stime.Nano())
}

// times runs all systems over the same pages in turns and prints the ratios of
// their medians.
func times(dir string, pages int, o *ours) error {
	debug.SetGCPercent(100)
	runtime.GOMAXPROCS(1)
	var data [][]byte
	var urls []string
	size := 0
	err := each(dir, "html", func(e entry, d []byte) error {
		data, urls = append(data, d), append(urls, e.URL)
		size += len(d)
		if len(data) == pages {
			return errEnough
		}
		return nil
	})
	if err != nil && !errors.Is(err, errEnough) {
		return err
	}
	runs := []struct {
		name  string
		run   func(i int)
		total []time.Duration
		alloc uint64
	}{
		{name: "html.Parse", run: func(i int) { _, _ = html.Parse(bytes.NewReader(data[i])) }},
		{name: "nutgraf", run: func(i int) { o.run(data[i], false, urls[i]) }},
		{name: "go-readability", run: func(i int) { readabilityPage(data[i], false, urls[i]) }},
		{name: "go-trafilatura", run: func(i int) { trafilaturaPage(data[i], false, urls[i]) }},
	}
	const rounds = 3
	for range rounds {
		for k := range runs {
			var before, after runtime.MemStats
			runtime.GC()
			runtime.ReadMemStats(&before)
			start := cpu()
			for i := range data {
				runs[k].run(i)
			}
			runs[k].total = append(runs[k].total, cpu()-start)
			runtime.ReadMemStats(&after)
			runs[k].alloc = (after.Mallocs - before.Mallocs) / uint64(len(data))
		}
	}
	fmt.Printf("== speed: %d pages of wcxb, %.1f MB, one core, median processor time of %d rounds\n", len(data), float64(size)/1e6, rounds)
	median := func(d []time.Duration) time.Duration {
		s := slices.SortedFunc(slices.Values(d), cmp.Compare[time.Duration])
		return s[len(s)/2]
	}
	parse := median(runs[0].total)
	for _, r := range runs {
		m := median(r.total)
		fmt.Printf("%-16s %7.2f ms/page %7.0f pages/s %6.2f x html.Parse %8d allocations/page\n",
			r.name, m.Seconds()*1e3/float64(len(data)), float64(len(data))/m.Seconds(), float64(m)/float64(parse), r.alloc)
	}
	return nil
}
