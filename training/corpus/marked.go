package corpus

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

var marked = regexp.MustCompile(`\[(PER|ORG|LOC|EVENT) ([^\[\]]+)\]`)

// Marked reads files of texts written for this project, each behind a line "=== its id", with names marked as [PER Ada Orr].
func Marked(files []string) ([]Document, error) {
	var out []Document
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		for _, block := range strings.Split("\n"+string(raw), "\n=== ")[1:] {
			id, body, _ := strings.Cut(block, "\n")
			body = strings.TrimSpace(body)
			d := Document{ID: strings.TrimSpace(id), Source: "synthetic"}
			var text strings.Builder
			at := 0
			for _, m := range marked.FindAllStringSubmatchIndex(body, -1) {
				text.WriteString(body[at:m[0]])
				start := text.Len()
				text.WriteString(body[m[4]:m[5]])
				d.Spans = append(d.Spans, Span{start, text.Len(), body[m[2]:m[3]]})
				at = m[1]
			}
			text.WriteString(body[at:])
			d.Text = text.String()
			if strings.Contains(d.Text, "[PER ") || strings.Contains(d.Text, "[ORG ") || strings.Contains(d.Text, "[LOC ") || strings.Contains(d.Text, "[EVENT ") {
				return nil, fmt.Errorf("%s: %s: a mark within a mark", filepath.Base(file), d.ID)
			}
			out = append(out, d)
		}
	}
	return out, nil
}
