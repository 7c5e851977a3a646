// Command times measures the times and events extractors on the language bench beside the repository, with the bench's
// own scorers. With -out it leaves the predictions in a folder.
//
//	go run ./bench/language/times [times|recognizers|gold|speed]
package main

import (
	"bufio"
	"compress/gzip"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
	"unicode/utf8"

	"example.invalid/nutgraf/extractors/entities"
	"example.invalid/nutgraf/extractors/events"
	"example.invalid/nutgraf/extractors/keywords"
	"example.invalid/nutgraf/extractors/quotes"
	"example.invalid/nutgraf/extractors/summary"
	"example.invalid/nutgraf/extractors/times"
	nutgrafv1 "example.invalid/nutgraf/gen/go/nutgraf/v1"
	"example.invalid/nutgraf/internal/pipeline"
	"google.golang.org/protobuf/types/known/timestamppb"
)

func main() {
	log.SetFlags(0)
	dir := flag.String("bench", "../shared/bench/language", "folder of the language bench")
	out := flag.String("out", "", "folder for the predictions")
	goldEntities := flag.Bool("gold-entities", false, "give the events the gold's entities, to see what they cost")
	flag.Parse()
	if _, err := os.Stat(*dir); err != nil {
		log.Fatalf("the language bench is not here, nothing measured: %v", err)
	}
	if *out == "" {
		tmp, err := os.MkdirTemp("", "times")
		if err != nil {
			log.Fatal(err)
		}
		defer os.RemoveAll(tmp)
		*out = tmp
	}
	b := bench{dir: *dir, out: *out, goldEntities: *goldEntities}
	parts := flag.Args()
	if len(parts) == 0 {
		parts = []string{"times", "recognizers", "gold"}
	}
	for _, p := range parts {
		run, ok := map[string]func() error{"times": b.meantime, "recognizers": b.recognizers, "gold": b.gold, "speed": b.speed}[p]
		if !ok {
			log.Fatalf("unknown part %q", p)
		}
		if err := run(); err != nil {
			log.Fatalf("%s: %v", p, err)
		}
	}
}

type bench struct {
	dir, out     string
	goldEntities bool
}

// given provides a text as the body, with its language, and the gold's entities if there are any.
type given struct {
	lang     string
	entities []*nutgrafv1.Entity
	provides []pipeline.Field
}

func (g *given) Spec() pipeline.Spec {
	return pipeline.Spec{Name: "given", Version: "1.0.0", Requires: []pipeline.Field{pipeline.Source}, Provides: g.provides}
}

func (g *given) Extract(_ context.Context, in pipeline.Input) (*nutgrafv1.Extraction, error) {
	src := in.Source()
	body := src.GetPlainText().GetText()
	m := &nutgrafv1.Metadata{Language: &nutgrafv1.TextValue{Value: g.lang}}
	if t := src.GetPublishedHint(); t != nil {
		m.Published = &nutgrafv1.DateValue{Value: t.AsTime().UTC().Format(time.DateOnly)}
	}
	c := &nutgrafv1.Content{Text: body}
	at := 0
	for p := range strings.SplitSeq(body, "\n\n") {
		c.Blocks = append(c.Blocks, &nutgrafv1.Block{
			Kind: nutgrafv1.BlockKind_BLOCK_KIND_PARAGRAPH,
			Span: &nutgrafv1.Span{Layer: nutgrafv1.Layer_LAYER_BODY, Start: int64(at), End: int64(at + len(p))},
		})
		at += len(p) + 2
	}
	return &nutgrafv1.Extraction{Content: c, Metadata: m, Entities: g.entities}, nil
}

func (b bench) extract(g *given, text, published string, xs ...pipeline.Extractor) (*nutgrafv1.Extraction, error) {
	g.provides = []pipeline.Field{"content", "metadata"}
	if g.entities != nil {
		g.provides = append(g.provides, "entities")
	}
	set, err := pipeline.NewSet(pipeline.Config{}, append(xs, g)...)
	if err != nil {
		return nil, err
	}
	src := &nutgrafv1.Source{Content: &nutgrafv1.Source_PlainText{PlainText: &nutgrafv1.PlainTextContent{Text: text}}}
	if day, err := time.Parse(time.DateOnly, published); err == nil {
		src.PublishedHint = timestamppb.New(day)
	}
	return set.Run(context.Background(), &nutgrafv1.ArticleRequest{Source: src, Options: &nutgrafv1.ExtractionOptions{
		OffsetEncoding: nutgrafv1.OffsetEncoding_OFFSET_ENCODING_CODE_POINT,
	}})
}

func span(e *nutgrafv1.Evidence) (start, end int64) {
	return e.GetSpans()[0].GetStart(), e.GetSpans()[0].GetEnd()
}

var kinds = map[nutgrafv1.TimeKind]string{
	nutgrafv1.TimeKind_TIME_KIND_DATE: "DATE", nutgrafv1.TimeKind_TIME_KIND_TIME: "TIME",
	nutgrafv1.TimeKind_TIME_KIND_DURATION: "DURATION", nutgrafv1.TimeKind_TIME_KIND_SET: "SET",
}

func (b bench) meantime() error {
	gold := filepath.Join(b.dir, "times/meantime_dates.jsonl")
	var tsv strings.Builder
	x := times.New()
	err := lines(gold, func(line []byte) error {
		var r struct{ ID, Dct, Text string }
		if err := json.Unmarshal(line, &r); err != nil {
			return err
		}
		out, err := b.extract(&given{lang: "en"}, r.Text, r.Dct, x)
		for _, t := range out.GetTimes() {
			start, end := span(t.GetEvidence())
			fmt.Fprintf(&tsv, "%s\t%d\t%d\t%s\t%s\n", r.ID, start, end, kinds[t.GetKind()], t.GetTimexValue())
		}
		return err
	})
	if err != nil {
		return err
	}
	fmt.Println("MEANTIME")
	return b.score("score_times.py", gold, "meantime.tsv", tsv.String())
}

func (b bench) gold() error {
	path := filepath.Join(b.dir, "gold/gold.jsonl")
	xs := []pipeline.Extractor{times.New(), quotes.New(), events.New()}
	if !b.goldEntities {
		xs = append(xs, entities.New())
	}
	var pred strings.Builder
	err := lines(path, func(line []byte) error {
		var r goldArticle
		if err := json.Unmarshal(line, &r); err != nil {
			return err
		}
		g := &given{lang: "en"}
		if b.goldEntities {
			g.entities = r.entities()
		}
		out, err := b.extract(g, r.Text, r.Published, xs...)
		if err != nil {
			return err
		}
		p, err := json.Marshal(prediction(r, out))
		pred.Write(append(p, '\n'))
		return err
	})
	if err != nil {
		return err
	}
	fmt.Println("gold, dates and events")
	return b.score("score_gold.py", path, "gold.jsonl", pred.String())
}

type goldArticle struct {
	ID, Published, Text            string
	Persons, Organizations, Places []struct {
		Name     string
		Mentions []string
	}
}

// entities makes what an ideal entity extractor would give: every occurrence of every mention.
func (r goldArticle) entities() []*nutgrafv1.Entity {
	out := []*nutgrafv1.Entity{}
	used := make([]bool, len(r.Text))
	for k, group := range []nutgrafv1.EntityKind{
		nutgrafv1.EntityKind_ENTITY_KIND_PERSON, nutgrafv1.EntityKind_ENTITY_KIND_ORGANIZATION, nutgrafv1.EntityKind_ENTITY_KIND_PLACE,
	} {
		for _, e := range [][]struct {
			Name     string
			Mentions []string
		}{r.Persons, r.Organizations, r.Places}[k] {
			x := &nutgrafv1.Entity{EntityId: fmt.Sprintf("e%d", len(out)), Name: e.Name, Kind: group}
			for _, m := range e.Mentions {
				for at := 0; ; {
					i := strings.Index(r.Text[at:], m)
					if i < 0 || m == "" {
						break
					}
					at += i + len(m)
					if used[at-1] || used[at-len(m)] {
						continue
					}
					for j := at - len(m); j < at; j++ {
						used[j] = true
					}
					x.Mentions = append(x.Mentions, &nutgrafv1.Mention{
						Form: nutgrafv1.MentionForm_MENTION_FORM_NAME,
						Evidence: &nutgrafv1.Evidence{Spans: []*nutgrafv1.Span{{
							Layer: nutgrafv1.Layer_LAYER_BODY, Start: int64(at - len(m)), End: int64(at),
						}}},
					})
				}
			}
			out = append(out, x)
		}
	}
	return out
}

type datePrediction struct {
	Start int64  `json:"start"`
	End   int64  `json:"end"`
	Timex string `json:"timex"`
}

type eventPrediction struct {
	Trigger string   `json:"trigger"`
	Who     []string `json:"who"`
	Whom    []string `json:"whom"`
	Place   string   `json:"place,omitempty"`
	Date    string   `json:"date,omitempty"`
	Status  string   `json:"status"`
}

var statuses = map[nutgrafv1.EventStatus]string{
	nutgrafv1.EventStatus_EVENT_STATUS_ASSERTED: "happened", nutgrafv1.EventStatus_EVENT_STATUS_PLANNED: "planned",
	nutgrafv1.EventStatus_EVENT_STATUS_NEGATED: "negated", nutgrafv1.EventStatus_EVENT_STATUS_HYPOTHETICAL: "hypothetical",
}

// prediction puts an extraction into the form of the gold: calendar dates and times only, without the zone, and the
// night as NI where TIMEX3 has TNI.
func prediction(r goldArticle, x *nutgrafv1.Extraction) any {
	p := struct {
		ID     string            `json:"id"`
		Dates  []datePrediction  `json:"dates"`
		Events []eventPrediction `json:"events"`
	}{ID: r.ID}
	timex := map[string]string{}
	for _, t := range x.GetTimes() {
		v := t.GetTimexValue()
		if k := kinds[t.GetKind()]; k != "DATE" && k != "TIME" || v == "" || v[0] < '0' || v[0] > '9' {
			continue
		}
		v = strings.TrimSuffix(v, "Z")
		v = strings.Replace(v, "TNI", "NI", 1)
		timex[t.GetTimeId()] = v
		start, end := span(t.GetEvidence())
		p.Dates = append(p.Dates, datePrediction{start, end, v})
	}
	names := map[string]string{}
	for _, e := range x.GetEntities() {
		names[e.GetEntityId()] = e.GetName()
	}
	for _, e := range x.GetEvents() {
		q := eventPrediction{Trigger: e.GetTrigger().GetValue(), Status: statuses[e.GetStatus()],
			Date: timex[e.GetTimeId()], Place: names[e.GetPlaceEntityId()]}
		for _, a := range e.GetParticipants() {
			name := names[a.GetEntityId()]
			if name == "" {
				name = a.GetMention().GetValue()
			}
			if a.GetRole() == "agent" {
				q.Who = append(q.Who, name)
			} else {
				q.Whom = append(q.Whom, name)
			}
		}
		p.Events = append(p.Events, q)
	}
	return p
}

// speed sums what each extractor took for the articles of news/train, one after the other, as its run reports: the shortest
// of twenty runs, since other work on the machine only ever makes one longer.
func (b bench) speed() error {
	xs := []pipeline.Extractor{entities.New(), quotes.New(), times.New(), events.New(), keywords.New(), summary.New(),
		&given{lang: "en", provides: []pipeline.Field{"content", "metadata"}}}
	set, err := pipeline.NewSet(pipeline.Config{}, xs...)
	if err != nil {
		return err
	}
	var reqs []*nutgrafv1.ArticleRequest
	size := 0
	err = lines(filepath.Join(b.dir, "news/train.jsonl"), func(line []byte) error {
		var r struct{ Published, Text string }
		if err := json.Unmarshal(line, &r); err != nil {
			return err
		}
		size += len(r.Text)
		src := &nutgrafv1.Source{Content: &nutgrafv1.Source_PlainText{PlainText: &nutgrafv1.PlainTextContent{Text: r.Text}}}
		if day, err := time.Parse(time.DateOnly, r.Published); err == nil {
			src.PublishedHint = timestamppb.New(day)
		}
		reqs = append(reqs, &nutgrafv1.ArticleRequest{Source: src})
		return nil
	})
	if err != nil {
		return err
	}
	const rounds = 20
	shortest := map[string][]time.Duration{}
	for range rounds {
		for i, req := range reqs {
			x, err := set.Run(context.Background(), req)
			if err != nil {
				return err
			}
			for _, r := range x.GetRuns() {
				id, d := r.GetExtractorId(), r.GetElapsed().AsDuration()
				if len(shortest[id]) == i {
					shortest[id] = append(shortest[id], d)
				}
				shortest[id][i] = min(shortest[id][i], d)
			}
		}
	}
	var together time.Duration
	for _, name := range []string{"entities", "quotes", "times", "events", "keywords", "summary"} {
		var took time.Duration
		for _, d := range shortest[name] {
			took += d
		}
		fmt.Printf("speed %-9s %6.1f MB/s\n", name, float64(size)/took.Seconds()/1e6)
		if name != "entities" {
			together += took
		}
	}
	fmt.Printf("speed of all but entities %.1f MB/s\n", float64(size)/together.Seconds()/1e6)
	return nil
}

func (b bench) score(script, gold, name, pred string) error {
	path := filepath.Join(b.out, name)
	if err := os.WriteFile(path, []byte(pred), 0o600); err != nil {
		return err
	}
	out, err := exec.Command("python3", filepath.Join(b.dir, script), gold, path).CombinedOutput()
	for line := range strings.Lines(string(out)) {
		if script != "score_gold.py" || strings.HasPrefix(line, "date") || strings.HasPrefix(line, "event") || err != nil {
			fmt.Print(line)
		}
	}
	return err
}

func lines(path string, f func([]byte) error) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	sc := bufio.NewScanner(file)
	sc.Buffer(nil, 1<<24)
	for sc.Scan() {
		if err := f(sc.Bytes()); err != nil {
			return err
		}
	}
	return sc.Err()
}

// recognizers reports, for each language, the share of the specifications' results that we find at all, that we find with
// the same limits, and whose value we agree with. Specifications of dialogue are unlike news; this shows where the grammar
// has holes, not how good it is.
func (b bench) recognizers() error {
	x := times.New()
	for _, l := range []struct{ name, tag string }{
		{"English", "en"}, {"German", "de"}, {"French", "fr"}, {"Spanish", "es"}, {"Italian", "it"}, {"Portuguese", "pt"},
	} {
		f, err := os.Open(filepath.Join(b.dir, "times/recognizers_"+l.name+"_DateTimeModel.json.gz"))
		if err != nil {
			return err
		}
		var specs []spec
		z, err := gzip.NewReader(f)
		if err == nil {
			err = json.NewDecoder(z).Decode(&specs)
		}
		f.Close()
		if err != nil {
			return err
		}
		var n, found, exact, valued, right int
		for _, s := range specs {
			ref, _, _ := strings.Cut(s.Context.ReferenceDateTime, "T")
			hasRef := ref != ""
			if !hasRef {
				ref = "2016-11-07" // that of most
			}
			out, err := b.extract(&given{lang: l.tag}, s.Input, ref, x)
			if err != nil {
				return err
			}
			for _, r := range s.Results {
				start := strings.Index(strings.ToLower(s.Input), strings.ToLower(r.Text))
				if start < 0 || start > len(s.Input) {
					continue
				}
				from := int64(utf8.RuneCountInString(s.Input[:start]))
				if r.Start != nil {
					from = *r.Start
				}
				to := from + int64(utf8.RuneCountInString(r.Text))
				n++
				var ours []*nutgrafv1.TimeExpression
				same := false
				for _, t := range out.GetTimes() {
					if a, z := span(t.GetEvidence()); a < to && z > from {
						ours = append(ours, t)
						same = same || a == from && z == to
					}
				}
				if len(ours) > 0 {
					found++
				}
				if same {
					exact++
				}
				if hasRef {
					valued++
					if r.agrees(ours) {
						right++
					}
				}
			}
		}
		fmt.Printf("Recognizers %-10s %3d results: found %.1f%%, same limits %.1f%%; of %d with a reference time, value %.1f%%\n", l.name, n,
			100*float64(found)/float64(n), 100*float64(exact)/float64(n), valued, 100*float64(right)/float64(max(valued, 1)))
	}
	return nil
}

type spec struct {
	Input   string
	Context struct{ ReferenceDateTime string }
	Results []result
}

type result struct {
	Text       string
	Start      *int64
	Resolution struct {
		Values []struct{ Timex, Value, Start, End string }
	}
}

// agrees reports whether our expressions say one of the readings: the same TIMEX, the same day, or the same first and last
// day, where the specification's end is the day after.
func (r result) agrees(ours []*nutgrafv1.TimeExpression) bool {
	for _, v := range r.Resolution.Values {
		for _, t := range ours {
			first, last := t.GetStart(), t.GetEnd()
			if v.Timex == t.GetTimexValue() || v.Value != "" && (v.Value == first && v.Value == last || strings.Replace(v.Value, " ", "T", 1) == first+":00") {
				return true
			}
			if clock := "T" + v.Value; v.Start == "" && len(v.Value) == 8 && strings.HasSuffix(t.GetTimexValue()+":00", clock) {
				return true
			}
			next := ""
			if d, err := time.Parse(time.DateOnly, last); err == nil {
				next = d.AddDate(0, 0, 1).Format(time.DateOnly)
			}
			if v.Start != "" && v.Start == first && (v.End == next || v.End == last || v.End == "") ||
				v.Start == "" && v.End != "" && (v.End == first || v.End == next) {
				return true
			}
		}
		if n := len(ours); n > 1 && v.Start != "" && ours[0].GetStart() != "" {
			a, z := ours[0].GetStart(), ours[n-1].GetStart()
			if v.Start == a && v.End == z || v.Start == strings.Replace(a, "T", " ", 1)+":00" && v.End == strings.Replace(z, "T", " ", 1)+":00" ||
				len(v.Start) == 8 && strings.HasSuffix(a+":00", "T"+v.Start) && strings.HasSuffix(z+":00", "T"+v.End) {
				return true
			}
		}
	}
	return false
}
