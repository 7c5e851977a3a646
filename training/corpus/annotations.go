package corpus

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"sort"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// annotatedLength is how many code points of a body were read and annotated; the paragraph goes to its end.
const annotatedLength = 3500

// Annotations reads files of annotations, which name texts of the content bench or the language bench and what occurs in them
// but hold no text, and puts them on those texts. training/names/annotations/README.md has the format.
func Annotations(files []string, content string) ([]Document, error) {
	var out []Document
	var pages, lists []string
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		for _, block := range strings.Split("\n"+string(raw), "\n=== ")[1:] {
			page, list, _ := strings.Cut(block, "\n")
			page = strings.TrimSpace(page)
			pages = append(pages, page)
			lists = append(lists, list)
			set, _, _ := strings.Cut(page, "/")
			source := "houses"
			if ofLanguageBench(set, content) {
				source = "world"
			}
			out = append(out, Document{ID: page, Source: source})
		}
	}
	texts, err := AnnotatedTexts(pages, content)
	if err != nil {
		return nil, err
	}
	for i := range out {
		d := &out[i]
		d.Text = texts[d.ID]
		if d.Entities, err = project(d.Text, lists[i]); err != nil {
			return nil, fmt.Errorf("%s: %w", d.ID, err)
		}
		d.Spans = spansOf(d.Entities)
	}
	return out, nil
}

// spansOf returns the spans of all entities in the order of the text.
func spansOf(entities []Entity) (out []Span) {
	for _, e := range entities {
		out = append(out, e.Spans...)
	}
	sort.Slice(out, func(i, j int) bool { return out[i].Start < out[j].Start })
	return out
}

// ofLanguageBench reports whether the texts of a set are those of a file of the language bench beside the content bench,
// whose own labels are not read.
func ofLanguageBench(set, content string) bool {
	_, err := os.Stat(filepath.Join(content, set))
	return errors.Is(err, os.ErrNotExist)
}

func languageBenchFile(set, content string) string {
	name := "train_" + set
	if set == "ce" { // the current events, each text a day
		name = "silver_current_events"
	}
	return filepath.Join(content, "../language/names", name+".jsonl.gz")
}

// Key returns the name of a document of the language bench in our annotations of the set.
func Key(set, id string) string {
	if strings.HasPrefix(id, set+"/") {
		return id
	}
	return set + "/" + id
}

// AnnotatedTexts returns the texts that were annotated, each named by its set and its id. A set is a folder of the content bench
// or else a file of the language bench beside it.
func AnnotatedTexts(pages []string, content string) (map[string]string, error) {
	wanted := map[string]map[string]bool{}
	for _, page := range pages {
		set, id, _ := strings.Cut(page, "/")
		if wanted[set] == nil {
			wanted[set] = map[string]bool{}
		}
		wanted[set][id] = true
	}
	texts := map[string]string{}
	for set, ids := range wanted {
		if ofLanguageBench(set, content) {
			docs, err := Tagged(languageBenchFile(set, content))
			if err != nil {
				return nil, err
			}
			for _, d := range docs {
				texts[Key(set, d.ID)] = d.Text
			}
			continue
		}
		if err := annotatedTexts(filepath.Join(content, set), ids, func(id, text string) { texts[set+"/"+id] = text }); err != nil {
			return nil, err
		}
	}
	for _, page := range pages {
		if _, ok := texts[page]; !ok {
			return nil, fmt.Errorf("no page %s", page)
		}
	}
	return texts, nil
}

// annotatedTexts gives the texts of the wanted pages of a set; those of an id with secondPart follow the first.
func annotatedTexts(folder string, wanted map[string]bool, give func(id, text string)) error {
	var bad error
	err := pages(filepath.Join(folder, "manifest.jsonl"), func(p page) {
		if bad != nil || !wanted[p.ID] && !wanted[p.ID+secondPart] {
			return
		}
		title, body := p.Gold.Title, p.Gold.Body
		var first, second string
		if body != "" {
			first, second = cut(body)
			second, _ = cut(strings.TrimLeft(second, "\n"))
		} else {
			var heading string
			if heading, first, second, bad = paragraphs(filepath.Join(folder, p.HTML)); title == "" {
				title = heading
			}
		}
		give(p.ID, title+"\n\n"+strings.ReplaceAll(first, "\n", "\n\n"))
		give(p.ID+secondPart, strings.ReplaceAll(second, "\n", "\n\n"))
	})
	return errors.Join(err, bad)
}

const secondPart = "#2"

// cut divides a body at the end of the paragraph in which annotatedLength lies.
func cut(body string) (string, string) {
	n := 0
	for at := range body {
		if n++; n > annotatedLength {
			if end := strings.IndexByte(body[at:], '\n'); end >= 0 {
				return body[:at+end], body[at+end:]
			}
			break
		}
	}
	return body, ""
}

var annotatedKinds = map[string]string{"P": "PER", "O": "ORG", "L": "LOC", "E": "EVENT", "X": ""}

var places = regexp.MustCompile(` @([\d,]+)$`)

// project finds the forms of a list of annotations in the text: a longer one takes its place before a shorter one.
func project(text, list string) ([]Entity, error) {
	type form struct {
		Span
		entity int
	}
	var out []Entity
	var forms []form
	for _, line := range strings.Split(list, "\n") {
		if strings.TrimSpace(line) == "" {
			continue
		}
		mark, rest, _ := strings.Cut(line, ": ")
		kind, ok := annotatedKinds[mark]
		if !ok {
			return nil, fmt.Errorf("no kind of name: %q", line)
		}
		rest, roles, _ := strings.Cut(rest, "  # role: ")
		e := Entity{Type: kind, Roles: annotatedRoles(roles)}
		for _, s := range strings.Split(rest, " | ") {
			s = strings.TrimSpace(s)
			var only []string
			if m := places.FindStringSubmatch(s); m != nil {
				s, only = s[:len(s)-len(m[0])], strings.Split(m[1], ",")
			}
			if e.Name == "" {
				e.Name = s
			}
			at := occurrences(text, s)
			if only != nil {
				var some []int
				for _, k := range only {
					n, err := strconv.Atoi(k)
					if err != nil || n < 1 || n > len(at) {
						return nil, fmt.Errorf("no occurrence %s of %q", k, s)
					}
					some = append(some, at[n-1])
				}
				at = some
			}
			if len(at) == 0 {
				return nil, fmt.Errorf("not in the text: %q", s)
			}
			for _, start := range at {
				forms = append(forms, form{Span{start, start + len(s), kind}, len(out)})
			}
		}
		out = append(out, e)
	}
	sort.SliceStable(forms, func(i, j int) bool { return forms[i].End-forms[i].Start > forms[j].End-forms[j].Start })
	taken := make([]bool, len(text))
next:
	for _, f := range forms {
		for i := f.Start; i < f.End; i++ {
			if taken[i] {
				continue next
			}
		}
		for i := f.Start; i < f.End; i++ {
			taken[i] = true
		}
		out[f.entity].Spans = append(out[f.entity].Spans, f.Span)
	}
	return slices.DeleteFunc(out, func(e Entity) bool { return e.Type == "" }), nil
}

var annotatedRole = regexp.MustCompile(`^(?:(former|acting|incoming) )?(.+?)(?: <(.+)>)?$`)

// annotatedRoles reads "former editor <Elwin Post> ; author".
func annotatedRoles(s string) (out []Role) {
	for r := range strings.SplitSeq(s, ";") {
		if m := annotatedRole.FindStringSubmatch(strings.TrimSpace(r)); m != nil {
			out = append(out, Role{Standing: m[1], Title: m[2], Organization: m[3]})
		}
	}
	return out
}

// occurrences returns where s stands in text without being part of a longer word.
func occurrences(text, s string) (out []int) {
	if s == "" {
		return nil
	}
	word := func(r rune) bool { return unicode.IsLetter(r) || unicode.IsNumber(r) || r == '_' }
	head, _ := utf8.DecodeRuneInString(s)
	tail, _ := utf8.DecodeLastRuneInString(s)
	for i := 0; ; {
		k := strings.Index(text[i:], s)
		if k < 0 {
			return out
		}
		i += k
		before, _ := utf8.DecodeLastRuneInString(text[:i])
		behind, _ := utf8.DecodeRuneInString(text[i+len(s):])
		if !(i > 0 && word(before) && word(head)) && !(i+len(s) < len(text) && word(behind) && word(tail)) {
			out = append(out, i)
		}
		i += utf8.RuneLen(head)
	}
}
