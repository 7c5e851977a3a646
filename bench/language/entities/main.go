// Command entities runs the entities extractor over the annotated news of ../shared/bench/language and writes what the
// scorers there read.
//
//	go run ./bench/language/entities [-names gold|model] [-form news|gold] FILE > predictions.jsonl
//	go run ./bench/language/entities -houses KEYS > gold.jsonl
//	go run ./bench/language/entities -score
//
// With -names gold the names come from the annotation, so that merging and roles are measured alone. With -houses our own
// annotations of the pages of which the file KEYS has the keys are written in the form of gold/. With -score roles and
// merging are measured on all sets, by the scorers there.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"slices"

	"example.invalid/nutgraf/extractors/entities"
	nutgrafv1 "example.invalid/nutgraf/gen/go/nutgraf/v1"
	"example.invalid/nutgraf/internal/pipeline"
	"example.invalid/nutgraf/internal/text"
)

type span struct {
	Start, End int
	Kind       nutgrafv1.EntityKind
}

// article is an annotated article, in the form of news/ or of gold/.
type article struct {
	ID       string `json:"id"`
	Text     string `json:"text"`
	Entities []struct {
		Start  int    `json:"start"`
		End    int    `json:"end"`
		Type   string `json:"type"`
		Entity string `json:"entity"`
	} `json:"entities"`
	Persons       []annotated `json:"persons"`
	Organizations []annotated `json:"organizations"`
	Places        []annotated `json:"places"`
	Roles         []struct {
		Person [2]int  `json:"person"`
		Org    *[2]int `json:"org"`
	} `json:"roles"`
}

type annotated struct {
	Spans [][2]int `json:"spans"`
}

var kinds = map[string]nutgrafv1.EntityKind{
	"PER": nutgrafv1.EntityKind_ENTITY_KIND_PERSON, "ORG": nutgrafv1.EntityKind_ENTITY_KIND_ORGANIZATION,
	"LOC": nutgrafv1.EntityKind_ENTITY_KIND_PLACE, "EVENT": nutgrafv1.EntityKind_ENTITY_KIND_EVENT,
}

var types = map[nutgrafv1.EntityKind]string{
	nutgrafv1.EntityKind_ENTITY_KIND_PERSON: "PER", nutgrafv1.EntityKind_ENTITY_KIND_ORGANIZATION: "ORG", nutgrafv1.EntityKind_ENTITY_KIND_PLACE: "LOC",
}

func (a *article) spans() (out []span) {
	for _, e := range a.Entities {
		out = append(out, span{e.Start, e.End, kinds[e.Type]})
	}
	for kind, list := range map[string][]annotated{"PER": a.Persons, "ORG": a.Organizations, "LOC": a.Places} {
		for _, e := range list {
			for _, s := range e.Spans {
				out = append(out, span{s[0], s[1], kinds[kind]})
			}
		}
	}
	for _, r := range a.Roles {
		out = append(out, span{r.Person[0], r.Person[1], kinds["PER"]})
		if r.Org != nil {
			out = append(out, span{r.Org[0], r.Org[1], kinds["ORG"]})
		}
	}
	slices.SortFunc(out, func(x, y span) int { return x.Start - y.Start })
	kept := out[:0]
	for _, s := range out {
		if len(kept) == 0 || s.Start >= kept[len(kept)-1].End {
			kept = append(kept, s)
		}
	}
	return kept
}

// content gives the text of an article as its body.
type content struct{ text string }

func (content) Spec() pipeline.Spec {
	return pipeline.Spec{Name: "content", Version: "1.0.0", Provides: []pipeline.Field{"content"}}
}

func (c content) Extract(context.Context, pipeline.Input) (*nutgrafv1.Extraction, error) {
	return &nutgrafv1.Extraction{Content: &nutgrafv1.Content{Text: c.text}}, nil
}

// metadata is empty: title and body are one text here.
type metadata struct{}

func (metadata) Spec() pipeline.Spec {
	return pipeline.Spec{Name: "metadata", Version: "1.0.0", Provides: []pipeline.Field{"metadata"}}
}

func (metadata) Extract(context.Context, pipeline.Input) (*nutgrafv1.Extraction, error) {
	return &nutgrafv1.Extraction{}, nil
}

func main() {
	names := flag.String("names", "model", "where names come from: model or gold")
	form := flag.String("form", "news", "form of the predictions: news or gold")
	debug := flag.Bool("full", false, "print the whole extraction")
	houses := flag.String("houses", "", "file of the keys of annotated pages to write")
	score := flag.Bool("score", false, "measure all sets")
	flag.Parse()
	var err error
	switch {
	case *score:
		err = scoreAll(os.Stdout)
	case *houses != "":
		err = writeHouses(*houses, os.Stdout)
	default:
		err = run(*names, *form, flag.Arg(0), *debug, os.Stdout)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(names, form, path string, debug bool, w io.Writer) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	in := bufio.NewScanner(f)
	in.Buffer(nil, 16<<20)
	out := json.NewEncoder(w)
	out.SetEscapeHTML(false)
	for in.Scan() {
		var a article
		if err := json.Unmarshal(in.Bytes(), &a); err != nil {
			return err
		}
		got, err := extract(&a, names)
		if err != nil {
			return fmt.Errorf("%s: %w", a.ID, err)
		}
		var line any = news(&a, got)
		if form == "gold" {
			line = gold(&a, got)
		}
		if debug {
			line = map[string]any{"id": a.ID, "entities": got}
		}
		if err := out.Encode(line); err != nil {
			return err
		}
	}
	return in.Err()
}

func extract(a *article, names string) ([]*nutgrafv1.Entity, error) {
	x := entities.New()
	if names == "gold" {
		x = entities.NewWithTagger(a.gold)
	}
	set, err := pipeline.NewSet(pipeline.Config{}, content{a.Text}, metadata{}, x)
	if err != nil {
		return nil, err
	}
	got, err := set.Run(context.Background(), &nutgrafv1.ArticleRequest{
		Source:  &nutgrafv1.Source{Content: &nutgrafv1.Source_PlainText{PlainText: &nutgrafv1.PlainTextContent{Text: a.Text}}},
		Options: &nutgrafv1.ExtractionOptions{OffsetEncoding: nutgrafv1.OffsetEncoding_OFFSET_ENCODING_CODE_POINT},
	})
	if err != nil {
		return nil, err
	}
	for _, r := range got.GetRuns() {
		if r.GetStatus() != nil {
			return nil, fmt.Errorf("%v", r)
		}
	}
	return got.GetEntities(), nil
}

// gold gives the annotated names.
func (a *article) gold(_ context.Context, d *text.Document) (out []entities.Name) {
	bytes := byteOffsets(d.Text)
	for _, s := range a.spans() {
		out = append(out, entities.Name{Start: bytes[s.Start], End: bytes[s.End], Kind: s.Kind, Confidence: 1})
	}
	return out
}

func byteOffsets(s string) []int {
	out := make([]int, 0, len(s)+1)
	for i := range s {
		out = append(out, i)
	}
	return append(out, len(s))
}

func nameSpans(e *nutgrafv1.Entity) (out [][2]int64) {
	for _, m := range e.GetMentions() {
		if m.GetForm() == nutgrafv1.MentionForm_MENTION_FORM_NAME {
			s := m.GetEvidence().GetSpans()[0]
			out = append(out, [2]int64{s.GetStart(), s.GetEnd()})
		}
	}
	return out
}

// news writes what score_news.py reads.
func news(a *article, got []*nutgrafv1.Entity) any {
	type name struct {
		Text  string `json:"text"`
		Type  string `json:"type"`
		Start int64  `json:"start"`
		End   int64  `json:"end"`
	}
	type human struct {
		Name  string   `json:"name"`
		Roles []string `json:"roles"`
	}
	line := struct {
		ID       string  `json:"id"`
		Entities []name  `json:"entities"`
		People   []human `json:"people"`
	}{ID: a.ID, Entities: []name{}, People: []human{}}
	runes := []rune(a.Text)
	for _, e := range got {
		t := types[e.GetKind()]
		for _, s := range nameSpans(e) {
			if t != "" {
				line.Entities = append(line.Entities, name{string(runes[s[0]:s[1]]), t, s[0], s[1]})
			}
		}
		if t == "PER" {
			h := human{Name: e.GetName(), Roles: []string{}}
			for _, r := range e.GetRoles() {
				h.Roles = append(h.Roles, r.GetTitle())
			}
			line.People = append(line.People, h)
		}
	}
	return line
}

// gold writes what score_gold.py reads.
func gold(a *article, got []*nutgrafv1.Entity) any {
	type role struct {
		Title        string `json:"title"`
		Organization string `json:"organization,omitempty"`
		Former       bool   `json:"former,omitempty"`
		Status       string `json:"status"`
	}
	type entity struct {
		Name  string     `json:"name"`
		Spans [][2]int64 `json:"spans"`
		Roles []role     `json:"roles,omitempty"`
	}
	line := map[string]any{"id": a.ID}
	byID := map[string]string{}
	for _, e := range got {
		byID[e.GetEntityId()] = e.GetName()
	}
	lists := map[string][]entity{"PER": {}, "ORG": {}, "LOC": {}}
	for _, e := range got {
		x := entity{Name: e.GetName(), Spans: nameSpans(e)}
		for _, r := range e.GetRoles() {
			x.Roles = append(x.Roles, role{r.GetTitle(), byID[r.GetOrganizationEntityId()], r.GetStatus() == nutgrafv1.RoleStatus_ROLE_STATUS_FORMER, r.GetStatus().String()})
		}
		if t := types[e.GetKind()]; t != "" {
			lists[t] = append(lists[t], x)
		}
	}
	line["persons"], line["organizations"], line["places"] = lists["PER"], lists["ORG"], lists["LOC"]
	return line
}
