package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"unicode/utf8"

	"example.invalid/nutgraf/training/corpus"
)

// house is a page of another house with its annotated quotations, as score_gold.py reads it.
type house struct {
	ID            string        `json:"id"`
	Title         string        `json:"title"`
	Text          string        `json:"text"`
	Quotes        []houseQuote  `json:"quotes"`
	Persons       []houseEntity `json:"persons"`
	Organizations []houseEntity `json:"organizations"`
	Places        []houseEntity `json:"places"`
	// What is not annotated.
	Dates    []any    `json:"dates"`
	Events   []any    `json:"events"`
	Keywords []string `json:"keywords"`
	Summary  []string `json:"summary"`
}

type houseQuote struct {
	Type    string  `json:"type"`
	Start   int     `json:"start"`
	End     int     `json:"end"`
	Speaker *string `json:"speaker"`
	Mention *string `json:"mention"`
	Cue     *string `json:"cue"`
}

type houseEntity struct {
	Name     string   `json:"name"`
	Mentions []string `json:"mentions"`
	Roles    []any    `json:"roles"`
}

// scoreHouses scores the quotations of one of our own sets as score_gold.py does.
func scoreHouses(set, bench, keep string) error {
	houses, err := readHouses("bench/language/quotes/annotations/"+set+".ann", filepath.Join(bench, "content"))
	if err != nil {
		return err
	}
	if keep == "" {
		if keep, err = os.MkdirTemp("", "quotes"); err != nil {
			return err
		}
		defer os.RemoveAll(keep)
	}
	var gold, predicted bytes.Buffer
	quotes := 0
	for _, h := range houses {
		quotes += len(h.Quotes)
		if err := write(&gold, h); err != nil {
			return err
		}
		a := article{ID: h.ID, Title: h.Title, Text: h.Text}
		a.split()
		got, err := extract(&a, "model")
		if err != nil {
			return fmt.Errorf("%s: %w", a.ID, err)
		}
		if err := write(&predicted, a.prediction(got)); err != nil {
			return err
		}
	}
	goldFile, predictedFile := filepath.Join(keep, set+".gold.jsonl"), filepath.Join(keep, set+".jsonl")
	if err := os.WriteFile(goldFile, gold.Bytes(), 0o600); err != nil {
		return err
	}
	if err := os.WriteFile(predictedFile, predicted.Bytes(), 0o600); err != nil {
		return err
	}
	fmt.Printf("%d quotations on %d pages\n", quotes, len(houses))
	scorer := exec.Command("python3", filepath.Join(bench, "language/score_gold.py"), goldFile, predictedFile)
	scorer.Stderr = os.Stderr
	out, err := scorer.Output()
	for _, line := range strings.SplitAfter(string(out), "\n") {
		if strings.HasPrefix(line, "q") || strings.HasPrefix(line, "speaker") {
			fmt.Print(line)
		}
	}
	return err
}

func write(to *bytes.Buffer, record any) error {
	e := json.NewEncoder(to)
	e.SetEscapeHTML(false)
	return e.Encode(record)
}

// readHouses reads annotations, whose format annotations/README.md describes, and puts them on the texts of the content bench.
func readHouses(file, content string) ([]house, error) {
	raw, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	var pages []string
	var out []house
	blocks := strings.Split("\n"+string(raw), "\n=== ")[1:]
	for _, block := range blocks {
		page, _, _ := strings.Cut(block, "\n")
		pages = append(pages, page)
	}
	texts, err := corpus.AnnotatedTexts(pages, content)
	if err != nil {
		return nil, err
	}
	for i, block := range blocks {
		h := house{
			ID: pages[i], Text: texts[pages[i]], Quotes: []houseQuote{},
			Persons: []houseEntity{}, Organizations: []houseEntity{}, Places: []houseEntity{},
			Dates: []any{}, Events: []any{}, Keywords: []string{}, Summary: []string{},
		}
		h.Title, _, _ = strings.Cut(h.Text, "\n\n")
		for _, line := range strings.Split(block, "\n")[1:] {
			if line == "" {
				continue
			}
			if err := h.add(line); err != nil {
				return nil, fmt.Errorf("%s: %q: %w", h.ID, line, err)
			}
		}
		out = append(out, h)
	}
	return out, nil
}

func (h *house) add(line string) error {
	mark, rest, _ := strings.Cut(line, ": ")
	fields := strings.Split(rest, " | ")
	entity := houseEntity{fields[0], fields, []any{}}
	switch mark {
	case "P":
		h.Persons = append(h.Persons, entity)
	case "O":
		h.Organizations = append(h.Organizations, entity)
	case "L":
		h.Places = append(h.Places, entity)
	case "D", "M", "I":
		q := houseQuote{Type: map[string]string{"D": "direct", "M": "mixed", "I": "indirect"}[mark]}
		at := strings.Fields(fields[0])
		if len(fields) != 4 || len(at) < 3 {
			return fmt.Errorf("want START END FIRST [LAST] | speaker | mention | cue")
		}
		var err error
		if q.Start, err = strconv.Atoi(at[0]); err != nil {
			return err
		}
		if q.End, err = strconv.Atoi(at[1]); err != nil {
			return err
		}
		points := byteOffsets(h.Text)
		if q.Start < 0 || q.End < q.Start || q.End >= len(points) {
			return fmt.Errorf("outside the text of %d", utf8.RuneCountInString(h.Text))
		}
		words := strings.Fields(h.Text[points[q.Start]:points[q.End]])
		if len(words) == 0 || words[0] != at[2] || words[len(words)-1] != at[len(at)-1] {
			return fmt.Errorf("the text has %v there", words)
		}
		q.Speaker, q.Mention, q.Cue = known(fields[1]), known(fields[2]), known(fields[3])
		h.Quotes = append(h.Quotes, q)
	default:
		return fmt.Errorf("no kind of line")
	}
	return nil
}

// known is nil for what the annotation leaves open.
func known(s string) *string {
	if s == "-" {
		return nil
	}
	return &s
}
