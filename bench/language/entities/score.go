package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf8"

	"example.invalid/nutgraf/training/corpus"
)

const (
	benchFolder   = "../shared/bench/language"
	contentFolder = "../shared/bench/content"
	annotations   = "training/names/annotations"
)

// thing is an entity as score_gold.py reads it.
type thing struct {
	Name     string     `json:"name"`
	Mentions []string   `json:"mentions"`
	Spans    [][2]int64 `json:"spans"`
	Roles    []title    `json:"roles"`
}

type title struct {
	Title        string `json:"title"`
	Organization string `json:"organization,omitempty"`
	Former       bool   `json:"former,omitempty"`
}

// houseArticle is an annotated page in the form of gold/.
type houseArticle struct {
	ID            string   `json:"id"`
	Text          string   `json:"text"`
	Persons       []thing  `json:"persons"`
	Organizations []thing  `json:"organizations"`
	Places        []thing  `json:"places"`
	Quotes        []string `json:"quotes"`
	Dates         []string `json:"dates"`
	Events        []string `json:"events"`
	Keywords      []string `json:"keywords"`
	Summary       []string `json:"summary"`
}

// writeHouses writes our annotations of the pages whose keys are in the file keys.
func writeHouses(keys string, w io.Writer) error {
	raw, err := os.ReadFile(keys)
	if err != nil {
		return err
	}
	files, err := filepath.Glob(filepath.Join(annotations, "*.ann"))
	if err != nil {
		return err
	}
	docs, err := corpus.Annotations(files, contentFolder)
	if err != nil {
		return err
	}
	wanted := strings.Fields(string(raw))
	out := json.NewEncoder(w)
	out.SetEscapeHTML(false)
	for _, d := range docs {
		if !slices.Contains(wanted, d.ID) {
			continue
		}
		a := houseArticle{ID: d.ID, Text: d.Text, Persons: []thing{}, Organizations: []thing{}, Places: []thing{},
			Quotes: []string{}, Dates: []string{}, Events: []string{}, Keywords: []string{}, Summary: []string{}}
		for _, e := range d.Entities {
			h := thing{Name: e.Name, Mentions: []string{}, Roles: []title{}, Spans: [][2]int64{}}
			for _, s := range e.Spans {
				start := int64(utf8.RuneCountInString(d.Text[:s.Start]))
				h.Spans = append(h.Spans, [2]int64{start, start + int64(utf8.RuneCountInString(d.Text[s.Start:s.End]))})
				h.Mentions = append(h.Mentions, d.Text[s.Start:s.End])
			}
			switch e.Type {
			case "PER":
				for _, r := range e.Roles {
					h.Roles = append(h.Roles, title{r.Title, r.Organization, r.Standing == "former"})
				}
				a.Persons = append(a.Persons, h)
			case "ORG":
				a.Organizations = append(a.Organizations, h)
			case "LOC":
				a.Places = append(a.Places, h)
			}
		}
		if err := out.Encode(a); err != nil {
			return err
		}
	}
	return nil
}

// scoreAll prints roles and merging on each set, with the annotated names and with the tagger's.
func scoreAll(w io.Writer) error {
	tmp, err := os.MkdirTemp("", "entities")
	if err != nil {
		return err
	}
	defer os.RemoveAll(tmp)
	var bad []error
	for _, set := range []struct{ name, gold, keys string }{
		{"gold", filepath.Join(benchFolder, "gold/gold.jsonl"), ""},
		{"news/train", filepath.Join(benchFolder, "news/train.jsonl"), ""},
		{"news/dev", filepath.Join(benchFolder, "news/dev.jsonl"), ""},
		{"houses dev", filepath.Join(tmp, "dev.jsonl"), filepath.Join(annotations, "roles-dev.txt")},
		{"houses held", filepath.Join(tmp, "held.jsonl"), filepath.Join(annotations, "roles-held.txt")},
	} {
		if set.keys != "" {
			if err := toFile(set.gold, func(w io.Writer) error { return writeHouses(set.keys, w) }); err != nil {
				return err
			}
		}
		for _, names := range []string{"gold", "model"} {
			fmt.Fprintf(w, "%s, names of %s\n", set.name, names)
			forms := []string{"gold"}
			if strings.HasPrefix(set.name, "news") {
				forms = []string{"gold", "news"} // of the first only the merging counts, the scorer reads the second
			}
			for _, form := range forms {
				predicted := filepath.Join(tmp, "predicted.jsonl")
				if err := toFile(predicted, func(w io.Writer) error { return run(names, form, set.gold, false, w) }); err != nil {
					return err
				}
				if form == "gold" {
					bad = append(bad, pairs(w, set.gold, predicted))
				}
				if form == forms[len(forms)-1] {
					bad = append(bad, score(w, form, set.gold, predicted))
				}
			}
		}
	}
	return errors.Join(bad...)
}

func toFile(path string, write func(io.Writer) error) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	return errors.Join(write(f), f.Close())
}

// score prints what the scorer of a form says of roles and merging.
func score(w io.Writer, form, gold, predicted string) error {
	out, err := exec.Command("python3", filepath.Join(benchFolder, "score_"+form+".py"), gold, predicted).Output()
	if err != nil {
		return fmt.Errorf("score_%s: %w", form, err)
	}
	for line := range strings.Lines(string(out)) {
		if strings.HasPrefix(line, "role") || strings.HasPrefix(line, "entity B3") || strings.HasPrefix(line, "names micro") {
			fmt.Fprintf(w, "  %s: %s", form, line)
		}
	}
	return nil
}

// pairs prints the F1 of pairs of names of one thing, and B-cubed, over names that are found.
func pairs(w io.Writer, gold, predicted string) error {
	want, err := clusters(gold)
	if err != nil {
		return err
	}
	got, err := clusters(predicted)
	if err != nil {
		return err
	}
	both, wanted, found := 0, 0, 0
	var precision, recall, nWant, nGot float64
	for id, g := range want {
		p := got[id]
		joint, left, right := map[[2]string]int{}, map[string]int{}, map[string]int{}
		for s, c := range g {
			left[c]++
			if d, ok := p[s]; ok {
				joint[[2]string{c, d}]++
			}
		}
		for _, d := range p {
			right[d]++
		}
		for k, n := range joint {
			both += n * (n - 1) / 2
			recall += float64(n*n) / float64(left[k[0]])
			precision += float64(n*n) / float64(right[k[1]])
		}
		for _, n := range left {
			wanted += n * (n - 1) / 2
			nWant += float64(n)
		}
		for _, n := range right {
			found += n * (n - 1) / 2
			nGot += float64(n)
		}
	}
	p, r := 100*precision/nGot, 100*recall/nWant
	fmt.Fprintf(w, "  merging: pairs F1 %.2f (%d of %d, %d found)  B3 P %.2f R %.2f F1 %.2f\n", 200*float64(both)/float64(wanted+found), both, wanted, found, p, r, 2*p*r/(p+r))
	return nil
}

// clusters reads for each article the entity of each name.
func clusters(path string) (map[string]map[[2]int]string, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	out := map[string]map[[2]int]string{}
	in := bufio.NewScanner(f)
	in.Buffer(nil, 16<<20)
	for in.Scan() {
		var a article
		if err := json.Unmarshal(in.Bytes(), &a); err != nil {
			return nil, err
		}
		m := map[[2]int]string{}
		for _, e := range a.Entities {
			if e.Type != "EVENT" {
				m[[2]int{e.Start, e.End}] = e.Type + e.Entity
			}
		}
		for n, list := range [][]annotated{a.Persons, a.Organizations, a.Places} {
			for k, e := range list {
				for _, s := range e.Spans {
					m[s] = fmt.Sprint(n, " ", k)
				}
			}
		}
		out[a.ID] = m
	}
	return out, in.Err()
}
