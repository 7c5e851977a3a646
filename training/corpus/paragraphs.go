package corpus

import (
	"bytes"
	"compress/gzip"
	"io"
	"os"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/html"
	"golang.org/x/net/html/charset"
)

// leastParagraph is how many code points a paragraph of a page without a body text must have to be part of one.
const leastParagraph = 60

// paragraphs returns the first heading of a page and two texts of its long paragraphs, each up to annotatedLength.
func paragraphs(path string) (title, body, more string, err error) {
	f, err := os.Open(path)
	if err != nil {
		return "", "", "", err
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		return "", "", "", err
	}
	raw, err := io.ReadAll(z)
	if err != nil {
		return "", "", "", err
	}
	var r io.Reader = bytes.NewReader(raw)
	if !utf8.Valid(raw) {
		if r, err = charset.NewReader(r, ""); err != nil {
			return "", "", "", err
		}
	}
	doc, err := html.Parse(r)
	if err != nil {
		return "", "", "", err
	}
	var out [2][]string
	part := 0
	seen := map[string]bool{}
	n := 0
	for d := range doc.Descendants() {
		if d.Type != html.ElementNode {
			continue
		}
		switch {
		case d.Data == "h1" && title == "":
			title = textOf(d)
		case d.Data == "p" && part < len(out) && !aside(d):
			s := textOf(d)
			if utf8.RuneCountInString(s) < leastParagraph || seen[s] {
				continue
			}
			seen[s] = true
			out[part] = append(out[part], s)
			if n += utf8.RuneCountInString(s) + 1; n >= annotatedLength {
				part, n = part+1, 0
			}
		}
	}
	return title, strings.Join(out[0], "\n"), strings.Join(out[1], "\n"), nil
}

func aside(d *html.Node) bool {
	for p := range d.Ancestors() {
		switch p.Data {
		case "nav", "footer", "aside", "form", "noscript":
			return true
		}
	}
	return false
}

func textOf(d *html.Node) string {
	var b strings.Builder
	for c := range d.Descendants() {
		switch {
		case c.Type == html.ElementNode && c.Data == "br":
			b.WriteByte(' ')
		case c.Type == html.TextNode && c.Parent.Data != "script" && c.Parent.Data != "style":
			b.WriteString(c.Data)
		}
	}
	return strings.Join(strings.Fields(b.String()), " ")
}
