package conformance

import (
	"bufio"
	"compress/gzip"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"

	nutgrafv1 "example.invalid/nutgraf/gen/go/nutgraf/v1"
)

// bad reports whether an item of manyItems is a bad one: one of a hundred.
func bad(i int) bool { return i%100 == 37 }

// manyItems yields n small articles, of which one of a hundred is bad, in three ways.
func manyItems(n int) iter.Seq[proto.Message] {
	return func(yield func(proto.Message) bool) {
		for i := range n {
			text := fmt.Sprintf("<title>Story %d</title><article><h1>Story %[1]d</h1><p>The council of district %[1]d met on Monday 🎉 "+
				"and agreed to mend %d roads before the summer, its chair said.</p></article>", i, i%7)
			source := &nutgrafv1.Source{
				Content: &nutgrafv1.Source_Html{Html: &nutgrafv1.HtmlContent{Data: []byte(text)}},
				Url:     fmt.Sprintf("https://news.example/%d", i),
			}
			if bad(i) {
				switch i / 100 % 3 {
				case 0:
					source.Content = nil
				case 1:
					source.Url = "no URL"
				case 2:
					source.GetHtml().Data = nil
				}
			}
			options := &nutgrafv1.ExtractionOptions{IncludeSourceText: true}
			item := &nutgrafv1.BatchItem{ItemId: fmt.Sprint(i), Article: &nutgrafv1.ArticleRequest{Source: source, Options: options}}
			if !yield(item) {
				return
			}
		}
	}
}

// digest identifies an answer whatever the unit of its offsets.
func digest(t *testing.T, a answer) string {
	t.Helper()
	if a.extraction == nil {
		return a.outcome()
	}
	x, err := normalised(a.extraction)
	if err != nil {
		t.Errorf("item %s: %v", a.itemID, err)
	}
	return fmt.Sprintf("%x", sha256.Sum256(marshal(x)))
}

// collector checks that each item is answered once, and equally by all clients.
type collector struct {
	reference map[string]string
	answered  map[string]int
}

func (c *collector) add(t *testing.T, a answer) {
	t.Helper()
	if a.itemID == "" {
		t.Errorf("the stream ended: %s", a.outcome())
		return
	}
	c.answered[a.itemID]++
	d := digest(t, a)
	if want, ok := c.reference[a.itemID]; !ok {
		c.reference[a.itemID] = d
	} else if d != want {
		t.Errorf("item %q: answer %s, the first client got %s", a.itemID, d, want)
	}
}

func (c *collector) check(t *testing.T, n int) {
	t.Helper()
	if len(c.answered) != n {
		t.Errorf("%d items answered, want %d", len(c.answered), n)
	}
	for id, times := range c.answered {
		if times != 1 {
			t.Errorf("item %s answered %d times", id, times)
		}
	}
}

// streaming are the runners with a client of their own, as grpcurl is none.
func streaming(t *testing.T) []runner {
	t.Helper()
	return slices.DeleteFunc(runners(t), func(r runner) bool { return r.command == nil })
}

func TestTenThousandItems(t *testing.T) {
	s := startServer(t)
	reference := map[string]string{}
	for _, r := range streaming(t) {
		t.Run(r.name, func(t *testing.T) {
			n := 10_000
			if r.web { // each line crosses into the page and back
				n = 1_000
			}
			c := collector{reference, map[string]int{}}
			failed := 0
			r.start(t, s).run(t, "many", manyItems(n), func(a answer) {
				c.add(t, a)
				if a.code != "OK" {
					failed++
					var i int
					if _, err := fmt.Sscan(a.itemID, &i); err != nil || !bad(i) || a.code != "INVALID_ARGUMENT" {
						t.Errorf("item %q: %s", a.itemID, a.outcome())
					}
				}
			})
			c.check(t, n)
			if failed != n/100 {
				t.Errorf("%d items failed, want %d", failed, n/100)
			}
		})
	}
}

// A server that crashes in the middle of a stream, and one that is told to stop, cost no item and give none twice.
func TestServerRestarted(t *testing.T) {
	reference := map[string]string{}
	for _, r := range streaming(t) {
		t.Run(r.name, func(t *testing.T) {
			n := 2_000
			if r.web {
				n = 400
			}
			s := startServer(t)
			c := collector{reference, map[string]int{}}
			var restarts sync.WaitGroup
			restart := func(signal os.Signal) {
				s.end(signal)
				time.Sleep(300 * time.Millisecond)
				if err := s.start(t.Context()); err != nil {
					t.Error(err)
				}
			}
			restarted := 0
			r.start(t, s).run(t, "many", manyItems(n), func(a answer) {
				c.add(t, a)
				switch len(c.answered) {
				case n / 4:
					restart(os.Kill)
					restarted++
				case n / 2: // meanwhile its answers are read
					restarts.Go(func() { restart(syscall.SIGTERM) })
					restarted++
				}
			})
			restarts.Wait()
			c.check(t, n)
			if restarted != 2 {
				t.Errorf("server restarted %d times, want 2", restarted)
			}
		})
	}
}

// Pages as they are on the web get equal answers through every client.
func TestRealPages(t *testing.T) {
	items := realPages(t, 100)
	s := startServer(t)
	reference := map[string]string{}
	for _, r := range runners(t) {
		t.Run(r.name, func(t *testing.T) {
			c := collector{reference, map[string]int{}}
			r.start(t, s).run(t, "many", slices.Values(items), func(a answer) {
				c.add(t, a)
				if a.code != "OK" || a.mismatch != "" {
					t.Errorf("%s: %s %s", a.itemID, a.outcome(), a.mismatch)
				}
			})
			c.check(t, len(items))
		})
	}
}

// realPages returns n pages spread evenly over the development sets, without those whose source would not fit into an
// answer or with a URL that is none.
func realPages(t *testing.T, n int) []proto.Message {
	t.Helper()
	manifests, err := filepath.Glob("../../../shared/bench/content/*/manifest.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	var pages []proto.Message
	for i, manifest := range manifests {
		want := n * (i + 1) / len(manifests)
		file, err := os.Open(manifest)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = file.Close() }()
		lines := bufio.NewReader(file)
		for number := 0; len(pages) < want; number++ {
			line, err := lines.ReadBytes('\n')
			if err != nil {
				t.Fatalf("%s: %v", manifest, err)
			}
			if number%2 != 0 {
				continue
			}
			var page struct{ ID, HTML, URL string }
			if err := json.Unmarshal(line, &page); err != nil {
				t.Fatal(err)
			}
			html := unzipped(t, filepath.Join(filepath.Dir(manifest), page.HTML))
			if len(html) > 1<<20 || page.URL != "" && !strings.HasPrefix(page.URL, "http") {
				continue
			}
			pages = append(pages, &nutgrafv1.BatchItem{ItemId: fmt.Sprint(i, "/", page.ID), Article: &nutgrafv1.ArticleRequest{
				Source:  &nutgrafv1.Source{Content: &nutgrafv1.Source_Html{Html: &nutgrafv1.HtmlContent{Data: html}}, Url: page.URL},
				Options: &nutgrafv1.ExtractionOptions{IncludeSourceText: true, IncludeSpanText: true},
			}})
		}
	}
	if len(pages) == 0 {
		t.Skip("no development sets beside the repository")
	}
	return pages
}

func unzipped(t *testing.T, name string) []byte {
	t.Helper()
	file, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	r, err := gzip.NewReader(file)
	if err != nil {
		t.Fatal(err)
	}
	data, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return data
}
