// Command quotes runs the extractors of entities, quotes, keywords and summary over annotated news of
// ../shared/bench/language and writes what score_gold.py and score_news.py there read.
//
//	go run ./bench/language/quotes [-names gold|model] FILE > predictions.jsonl
//	go run ./bench/language/quotes -speed FILE
//	go run ./bench/language/quotes -houses dev|held
//
// With -names gold the names come from the annotation, so that quotations are measured alone. The first paragraph, when it
// is the title of the record, is given as the title; the rest is the body. With -houses it scores quotations on our own
// annotations of pages of other houses.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"strings"
	"time"

	"example.invalid/nutgraf/extractors/entities"
	"example.invalid/nutgraf/extractors/events"
	"example.invalid/nutgraf/extractors/keywords"
	"example.invalid/nutgraf/extractors/quotes"
	"example.invalid/nutgraf/extractors/summary"
	"example.invalid/nutgraf/extractors/times"
	nutgrafv1 "example.invalid/nutgraf/gen/go/nutgraf/v1"
	"example.invalid/nutgraf/internal/pipeline"
	"example.invalid/nutgraf/internal/text"
)

// article is an annotated article, in the form of news/ or of gold/.
type article struct {
	ID       string `json:"id"`
	Title    string `json:"title"`
	Text     string `json:"text"`
	Entities []struct {
		Start int    `json:"start"`
		End   int    `json:"end"`
		Type  string `json:"type"`
	} `json:"entities"`
	Persons       []annotated `json:"persons"`
	Organizations []annotated `json:"organizations"`
	Places        []annotated `json:"places"`

	body int // where the body begins, in bytes
}

type annotated struct {
	Spans [][2]int `json:"spans"`
}

var kinds = map[string]nutgrafv1.EntityKind{
	"PER": nutgrafv1.EntityKind_ENTITY_KIND_PERSON, "ORG": nutgrafv1.EntityKind_ENTITY_KIND_ORGANIZATION,
	"LOC": nutgrafv1.EntityKind_ENTITY_KIND_PLACE, "EVENT": nutgrafv1.EntityKind_ENTITY_KIND_EVENT,
}

func (a *article) split() {
	if rest, ok := strings.CutPrefix(a.Text, a.Title); ok && a.Title != "" {
		a.body = len(a.Text) - len(strings.TrimLeft(rest, "\n"))
	} else {
		a.Title = ""
	}
}

// names gives the annotated names that lie in the document, which is the title or the body.
func (a *article) names(_ context.Context, d *text.Document) (out []entities.Name) {
	base := a.body
	if d.Text == a.Title {
		base = 0
	}
	bytes := byteOffsets(a.Text)
	add := func(start, end int, kind nutgrafv1.EntityKind) {
		s, e := bytes[start]-base, bytes[end]-base
		if s >= 0 && e <= len(d.Text) {
			out = append(out, entities.Name{Start: s, End: e, Kind: kind, Confidence: 1})
		}
	}
	for _, e := range a.Entities {
		add(e.Start, e.End, kinds[e.Type])
	}
	for _, list := range []struct {
		kind  string
		names []annotated
	}{{"PER", a.Persons}, {"ORG", a.Organizations}, {"LOC", a.Places}} {
		for _, e := range list.names {
			for _, s := range e.Spans {
				add(s[0], s[1], kinds[list.kind])
			}
		}
	}
	return sorted(out)
}

func sorted(names []entities.Name) []entities.Name {
	for i := range names {
		for j := i; j > 0 && names[j].Start < names[j-1].Start; j-- {
			names[j], names[j-1] = names[j-1], names[j]
		}
	}
	kept := names[:0]
	for _, n := range names {
		if len(kept) == 0 || n.Start >= kept[len(kept)-1].End {
			kept = append(kept, n)
		}
	}
	return kept
}

func byteOffsets(s string) []int {
	out := make([]int, 0, len(s)+1)
	for i := range s {
		out = append(out, i)
	}
	return append(out, len(s))
}

// given is a part of an extraction that the record states.
type given struct {
	field pipeline.Field
	part  *nutgrafv1.Extraction
}

func (g given) Spec() pipeline.Spec {
	return pipeline.Spec{Name: string(g.field), Version: "1.0.0", Provides: []pipeline.Field{g.field}}
}

func (g given) Extract(context.Context, pipeline.Input) (*nutgrafv1.Extraction, error) {
	return g.part, nil
}

var language = flag.String("language", "en", "language of the articles")

func main() {
	names := flag.String("names", "model", "where names come from: model or gold")
	speed := flag.Bool("speed", false, "time the extractors over the file instead")
	houses := flag.String("houses", "", "score our own annotations of pages of other houses instead: dev or held")
	bench := flag.String("bench", "../shared/bench", "folder of the benches")
	keep := flag.String("keep", "", "folder for the gold and predicted records of -houses")
	flag.Parse()
	var err error
	if *houses != "" {
		err = scoreHouses(*houses, *bench, *keep)
	} else {
		err = run(*names, flag.Arg(0), *speed)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(names, path string, speed bool) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	in := bufio.NewScanner(f)
	in.Buffer(nil, 16<<20)
	out := json.NewEncoder(os.Stdout)
	out.SetEscapeHTML(false)
	elapsed, bytes := map[string]time.Duration{}, 0
	for in.Scan() {
		var a article
		if err := json.Unmarshal(in.Bytes(), &a); err != nil {
			return err
		}
		a.split()
		got, err := extract(&a, names)
		if err != nil {
			return fmt.Errorf("%s: %w", a.ID, err)
		}
		if speed {
			bytes += len(a.Text)
			for _, r := range got.GetRuns() {
				elapsed[r.GetExtractorId()] += r.GetElapsed().AsDuration()
			}
			continue
		}
		if err := out.Encode(a.prediction(got)); err != nil {
			return err
		}
	}
	if speed {
		together := time.Duration(0)
		for _, x := range ours {
			name := x.Spec().Name
			together += elapsed[name]
			fmt.Printf("%-9s %7.1f MB/s\n", name, float64(bytes)/elapsed[name].Seconds()/1e6)
		}
		fmt.Printf("together  %7.1f MB/s\n", float64(bytes)/together.Seconds()/1e6)
		fmt.Printf("entities  %7.1f MB/s\n", float64(bytes)/elapsed["entities"].Seconds()/1e6)
	}
	return in.Err()
}

var (
	model = entities.New()
	ours  = []pipeline.Extractor{quotes.New(), times.New(), events.New(), keywords.New(), summary.New()}
)

func extract(a *article, names string) (*nutgrafv1.Extraction, error) {
	x := model
	if names == "gold" {
		x = entities.NewWithTagger(a.names)
	}
	body := a.Text[a.body:]
	set, err := pipeline.NewSet(pipeline.Config{}, append([]pipeline.Extractor{
		given{"content", &nutgrafv1.Extraction{Content: &nutgrafv1.Content{Text: body}}},
		given{"metadata", &nutgrafv1.Extraction{Metadata: &nutgrafv1.Metadata{
			Title: &nutgrafv1.TextValue{Value: a.Title}, Language: &nutgrafv1.TextValue{Value: *language},
		}}}, x}, ours...)...)
	if err != nil {
		return nil, err
	}
	got, err := set.Run(context.Background(), &nutgrafv1.ArticleRequest{
		Source: &nutgrafv1.Source{Content: &nutgrafv1.Source_PlainText{PlainText: &nutgrafv1.PlainTextContent{Text: body}}},
	})
	if err != nil {
		return nil, err
	}
	for _, r := range got.GetRuns() {
		if r.GetStatus() != nil {
			return nil, fmt.Errorf("%v", r)
		}
	}
	return got, nil
}

type predictedQuote struct {
	Type    string  `json:"type"`
	Start   int     `json:"start"`
	End     int     `json:"end"`
	Text    string  `json:"text"`
	Speaker *string `json:"speaker"`
	Mention string  `json:"mention"`
	Cue     string  `json:"cue"`
}

type prediction struct {
	ID       string           `json:"id"`
	Quotes   []predictedQuote `json:"quotes"`
	Keywords []string         `json:"keywords"`
	Summary  []string         `json:"summary"`
}

var types = map[nutgrafv1.QuoteKind]string{
	nutgrafv1.QuoteKind_QUOTE_KIND_DIRECT: "direct", nutgrafv1.QuoteKind_QUOTE_KIND_INDIRECT: "indirect", nutgrafv1.QuoteKind_QUOTE_KIND_MIXED: "mixed",
}

// prediction writes an extraction as the scorers want it: each part of an interrupted quotation is one of its own there,
// and a negated report is none.
func (a *article) prediction(got *nutgrafv1.Extraction) prediction {
	points := make([]int, len(a.Text)+1) // code points before a byte
	n := 0
	for i := range a.Text {
		points[i] = n
		n++
	}
	points[len(a.Text)] = n
	p := prediction{ID: a.ID, Quotes: []predictedQuote{}, Keywords: []string{}, Summary: []string{}}
	for _, q := range got.GetQuotes() {
		if q.GetNegated() {
			continue
		}
		for _, s := range q.GetEvidence().GetSpans() {
			start, end := int(s.GetStart()), int(s.GetEnd())
			if s.GetLayer() == nutgrafv1.Layer_LAYER_BODY {
				start, end = start+a.body, end+a.body
			}
			x := predictedQuote{
				Type: types[q.GetKind()], Start: points[start], End: points[end], Text: a.Text[start:end],
				Mention: q.GetSpeaker().GetMention().GetValue(), Cue: q.GetCue().GetValue(),
			}
			if name := q.GetSpeaker().GetName(); name != "" {
				x.Speaker = &name
			}
			p.Quotes = append(p.Quotes, x)
		}
	}
	for _, k := range got.GetKeywords() {
		p.Keywords = append(p.Keywords, k.GetText())
	}
	for _, s := range got.GetSummary().GetSentences() {
		p.Summary = append(p.Summary, s.GetValue())
	}
	return p
}
