// Command metadata writes the candidates of development pages with their features, by the code that the extractor itself runs, for
// train.py to learn from.
package main

import (
	"bufio"
	"compress/gzip"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"hash/fnv"
	"io"
	"log"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"

	"example.invalid/nutgraf/internal/page"
	"example.invalid/nutgraf/internal/pagemeta"
)

type gold struct {
	Title     string   `json:"title"`
	Authors   []string `json:"authors"`
	Published string   `json:"published"`
}

type item struct {
	ID   string `json:"id"`
	HTML string `json:"html"`
	Text string `json:"text"`
	URL  string `json:"url"`
	Site string `json:"site"`
	Gold gold   `json:"gold"`
	set  string
	key  uint32 // of the site: pages of one site share a fold
}

// load reads a manifest. Pages whose site is unknown are of a site of their own.
func load(dir, set string) ([]item, error) {
	f, err := os.Open(filepath.Join(dir, set, "manifest.jsonl"))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var out []item
	dec := json.NewDecoder(bufio.NewReader(f))
	for {
		var it item
		if err := dec.Decode(&it); err == io.EOF {
			return out, nil
		} else if err != nil {
			return nil, fmt.Errorf("read manifest of %s: %w", set, err)
		}
		site := it.Site
		if !strings.Contains(site, ".") {
			site = it.ID
		}
		h := fnv.New32a()
		io.WriteString(h, site)
		it.set, it.key = set, h.Sum32()
		out = append(out, it)
	}
}

func readPage(dir string, it *item, text bool) (*page.Page, error) {
	name, src := it.HTML, page.Source{}
	if text {
		name, src.Kind = it.Text, page.Text
	}
	f, err := os.Open(filepath.Join(dir, it.set, name))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		return nil, err
	}
	b, err := io.ReadAll(z)
	if err != nil {
		return nil, err
	}
	if text {
		src.Text = string(b)
	} else {
		src.HTML = b
	}
	return page.Parse(context.Background(), src)
}

func main() {
	log.SetFlags(0)
	text := flag.Bool("text", false, "read the scraped text of the pages instead of their HTML")
	out := flag.String("o", "", "directory for the tables")
	flag.Parse()
	if err := run(flag.Arg(0), *out, *text); err != nil {
		log.Fatal(err)
	}
}

// As the scorer divides the names of the gold.
var (
	separators = regexp.MustCompile(`(?i)\s*[;,|/\n•]\s*|\s+(?:and|und|et|y|e|&|og|och|en)\s+`)
	lead       = regexp.MustCompile(`(?i)^(?:by|von|par|por|di|da|door|av|af|text|autor|author|written by)[\s:]+`)
)

// field is one field's way from a page to rows: its models for HTML and text, and the candidates with whether each is right.
type field struct {
	model, text *pagemeta.Model
	rows        func(*pagemeta.Reader, gold) ([]pagemeta.Candidate, func(pagemeta.Candidate) bool)
}

var fields = []field{
	{pagemeta.TitleModel, pagemeta.TextTitleModel, func(r *pagemeta.Reader, g gold) ([]pagemeta.Candidate, func(pagemeta.Candidate) bool) {
		if g.Title == "" {
			return nil, nil
		}
		k := pagemeta.MatchKey(g.Title)
		return r.Titles(), func(c pagemeta.Candidate) bool { return c.Key == k }
	}},
	{pagemeta.PublishedModel, pagemeta.TextPublishedModel, func(r *pagemeta.Reader, g gold) ([]pagemeta.Candidate, func(pagemeta.Candidate) bool) {
		if len(g.Published) < 10 {
			return nil, nil
		}
		return r.Published(), func(c pagemeta.Candidate) bool { return c.Key == g.Published[:10] }
	}},
	{pagemeta.AuthorsModel, pagemeta.TextAuthorsModel, func(r *pagemeta.Reader, g gold) ([]pagemeta.Candidate, func(pagemeta.Candidate) bool) {
		if len(g.Authors) == 0 {
			return nil, nil
		}
		keys := map[string]bool{}
		for _, a := range g.Authors {
			for _, n := range separators.Split(a, -1) {
				keys[pagemeta.AuthorKey(lead.ReplaceAllString(strings.TrimSpace(n), ""))] = true
			}
		}
		return r.Authors(), func(c pagemeta.Candidate) bool { return keys[c.Key] }
	}},
}

func run(dir, out string, text bool) error {
	var items []item
	for _, set := range []string{"fundus", "trafilatura", "wcxb"} {
		x, err := load(dir, set)
		if err != nil {
			return err
		}
		for _, it := range x {
			if !text {
				items = append(items, it)
			} else if it.Text != "" {
				// Scraped text comes with and without its address.
				bare := it
				bare.ID, bare.URL = it.ID+" without address", ""
				items = append(items, it, bare)
			}
		}
	}
	tables := make([][]string, len(items))
	var wg sync.WaitGroup
	next := make(chan int)
	for range 2 {
		wg.Go(func() {
			for i := range next {
				it := &items[i]
				p, err := readPage(dir, it, text)
				if err != nil {
					log.Printf("%s: %v", it.ID, err)
					continue
				}
				r, err := pagemeta.NewReader(context.Background(), p, pagemeta.Hints{URL: it.URL})
				if err != nil {
					log.Printf("%s: %v", it.ID, err)
					continue
				}
				for _, f := range fields {
					tables[i] = append(tables[i], rows(it, f, r))
				}
			}
		})
	}
	for i := range items {
		next <- i
	}
	close(next)
	wg.Wait()
	for k, f := range fields {
		m := f.model
		if text {
			m = f.text
		}
		w, err := os.Create(filepath.Join(out, m.Field+".tsv"))
		if err != nil {
			return err
		}
		fmt.Fprintf(w, "set\tid\tsite\tgood\tvalue\t%s\n", strings.Join(m.Features, "\t"))
		for i := range tables {
			if k < len(tables[i]) {
				io.WriteString(w, tables[i][k])
			}
		}
		if err := w.Close(); err != nil {
			return err
		}
	}
	return nil
}

func rows(it *item, f field, r *pagemeta.Reader) string {
	cs, right := f.rows(r, it.Gold)
	if right == nil {
		return ""
	}
	var b strings.Builder
	// A row of its own says that the page has gold, whether or not a candidate is right.
	fmt.Fprintf(&b, "%s\t%s\t%08x\t-1\t%s\n", it.set, it.ID, it.key, oneLine(fmt.Sprintf("%d %q %q %q", goldNames(it.Gold), it.Gold.Title, it.Gold.Authors, it.Gold.Published)))
	for _, c := range cs {
		good := 0
		if right(c) {
			good = 1
		}
		value := c.Value
		if l := c.People(); l != nil {
			value = fmt.Sprintf("%s %v", value, l)
		}
		fmt.Fprintf(&b, "%s\t%s\t%08x\t%d\t%s", it.set, it.ID, it.key, good, oneLine(value))
		for _, x := range c.Features {
			fmt.Fprintf(&b, "\t%g", x)
		}
		b.WriteByte('\n')
	}
	return b.String()
}

func goldNames(g gold) int {
	keys := map[string]bool{}
	for _, a := range g.Authors {
		for _, n := range separators.Split(a, -1) {
			keys[pagemeta.AuthorKey(lead.ReplaceAllString(strings.TrimSpace(n), ""))] = true
		}
	}
	return len(keys)
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }
