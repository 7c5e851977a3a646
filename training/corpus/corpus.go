// Package corpus reads the annotated names of the language bench as texts with byte spans.
package corpus

import (
	"bufio"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sort"
	"strings"
)

// Span is an annotated name, bytes [Start, End) of its text.
type Span struct {
	Start, End int
	Type       string
}

// Entity is a thing with all its names. Name is its fullest form, Spans are empty if longer names hide all of them.
type Entity struct {
	Name, Type string
	Spans      []Span
	Roles      []Role
}

// Role is what a text says that a person is. Title is as printed, without its standing (former, acting, incoming; empty for
// a present role) and the organisation or place it belongs to.
type Role struct{ Title, Organization, Standing string }

// Document is one annotated text.
type Document struct {
	ID, Source, Text string
	Spans            []Span
	// Tokens are the source's own, as byte ranges; only sets in token format have them.
	Tokens [][2]int
	// Entities are the things that the spans name, with the roles of people; only our own annotations have them.
	Entities []Entity
	// Unsure are parts of the text whose annotation is not to be trusted.
	Unsure [][2]int
}

func lines(path string, each func([]byte) error) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	var r io.Reader = f
	if strings.HasSuffix(path, ".gz") {
		if r, err = gzip.NewReader(f); err != nil {
			return err
		}
	}
	s := bufio.NewScanner(r)
	s.Buffer(nil, 64<<20)
	for s.Scan() {
		if err := each(s.Bytes()); err != nil {
			return fmt.Errorf("%s: %w", filepath.Base(path), err)
		}
	}
	return s.Err()
}

// News reads a file of news/, whose offsets are code points.
func News(path string) ([]Document, error) {
	var out []Document
	err := lines(path, func(b []byte) error {
		var r struct {
			ID, Text string
			Entities []struct {
				Start, End int
				Type       string
			}
		}
		if err := json.Unmarshal(b, &r); err != nil {
			return err
		}
		at := make([]int, 0, len(r.Text)+1)
		for i := range r.Text {
			at = append(at, i)
		}
		at = append(at, len(r.Text))
		d := Document{ID: r.ID, Source: "news", Text: r.Text}
		for _, e := range r.Entities {
			d.Spans = append(d.Spans, Span{at[e.Start], at[e.End], e.Type})
		}
		sort.Slice(d.Spans, func(i, j int) bool { return d.Spans[i].Start < d.Spans[j].Start })
		out = append(out, d)
		return nil
	})
	return out, err
}

// Tagged reads a file of names/, tokens with BIO tags, and puts its text together again.
func Tagged(path string) ([]Document, error) {
	base := filepath.Base(path)
	source, _, _ := strings.Cut(strings.TrimPrefix(strings.TrimPrefix(base, "train_"), "dev_"), ".")
	source, _, _ = strings.Cut(source, "_")
	var out []Document
	err := lines(path, func(b []byte) error {
		var r struct {
			ID           string `json:"doc_id"`
			Tokens, Tags []string
			SpaceAfter   []json.RawMessage `json:"space_after"` // true and false, or 1 and 0
			Sents        []int
		}
		if err := json.Unmarshal(b, &r); err != nil {
			return err
		}
		d := Document{ID: r.ID, Source: source}
		starts := map[int]bool{}
		for _, s := range r.Sents {
			starts[s] = true
		}
		var text strings.Builder
		quoted := false
		for i, w := range r.Tokens {
			if i > 0 {
				switch {
				case starts[i] && (source == "silver" || !strings.Contains(".!?\"'”’", r.Tokens[i-1][len(r.Tokens[i-1])-1:])):
					text.WriteString("\n\n")
					quoted = false
				case len(r.SpaceAfter) > 0:
					if v := string(r.SpaceAfter[i-1]); v == "1" || v == "true" {
						text.WriteByte(' ')
					}
				case spaceBetween(r.Tokens[i-1], w, quoted):
					text.WriteByte(' ')
				}
			}
			if w == "\"" {
				quoted = !quoted
			}
			start := text.Len()
			text.WriteString(w)
			d.Tokens = append(d.Tokens, [2]int{start, text.Len()})
			t := r.Tags[i]
			if t == "O" {
				continue
			}
			if n := len(d.Spans); t[0] == 'I' && n > 0 && i > 0 && r.Tags[i-1] != "O" && r.Tags[i-1][2:] == t[2:] && !starts[i] {
				d.Spans[n-1].End = text.Len()
			} else {
				d.Spans = append(d.Spans, Span{start, text.Len(), t[2:]})
			}
		}
		d.Text = text.String()
		out = append(out, d)
		return nil
	})
	return out, err
}

// spaceBetween guesses whether a blank stood between two tokens.
func spaceBetween(a, b string, quoted bool) bool {
	switch b {
	case ".", ",", ";", ":", "!", "?", ")", "]", "%", "'s", "’s", "n't", "'", "’", "'re", "'ve", "'ll", "'m", "'d", "''":
		return false
	case "\"":
		return !quoted
	}
	switch a {
	case "(", "[", "$", "£", "€", "``", "#":
		return false
	case "\"":
		return !quoted
	case "'", "’":
		return b[0] < 'a' || b[0] > 'z' // Shuja ' iyya
	}
	return true
}

// Pages reads the body texts of a manifest of the content bench, without annotation.
func Pages(path string) ([]Document, error) {
	var out []Document
	err := pages(path, func(p page) {
		if p.Gold.Body != "" && (p.Gold.Language == "" || strings.HasPrefix(p.Gold.Language, "en")) {
			out = append(out, Document{ID: p.ID, Source: "web", Text: strings.ReplaceAll(p.Gold.Body, "\n", "\n\n")})
		}
	})
	return out, err
}

type page struct {
	ID, HTML string
	Gold     struct{ Title, Body, Language string }
}

func pages(path string, each func(page)) error {
	return lines(path, func(b []byte) error {
		var p page
		if err := json.Unmarshal(b, &p); err != nil {
			return err
		}
		each(p)
		return nil
	})
}
