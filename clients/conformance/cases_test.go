package conformance

import (
	"encoding/json"
	"fmt"
	"iter"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/testing/protocmp"

	nutgrafv1 "example.invalid/nutgraf/gen/go/nutgraf/v1"
)

// testCase is an entry of cases.json, as README.md explains.
type testCase struct {
	Name, Why, Method string
	articleCase
	Items      []itemCase
	Units      bool
	StreamOnly bool `json:"stream_only"`
}

type articleCase struct {
	Request       json.RawMessage
	RequestBase64 []byte `json:"request_base64"`
	HTML          string
	FillBytes     int `json:"fill_bytes"`
	Expect        expectation
}

type itemCase struct {
	ItemID      string `json:"item_id"`
	ItemIDBytes int    `json:"item_id_bytes"`
	articleCase
}

type expectation struct {
	Code, Reason string
	Fields       []string
	Extraction   any
}

func (e expectation) outcome() string {
	return answer{code: e.Code, reason: e.Reason, fields: e.Fields}.outcome()
}

// article returns the request of a case, nil if it has none.
func (c articleCase) article(t *testing.T) *nutgrafv1.ArticleRequest {
	t.Helper()
	if c.Request == nil && c.RequestBase64 == nil {
		return nil
	}
	a := &nutgrafv1.ArticleRequest{}
	var err error
	if c.RequestBase64 != nil {
		err = proto.Unmarshal(c.RequestBase64, a)
	} else {
		err = protojson.Unmarshal(c.Request, a)
	}
	if err != nil {
		t.Fatal(err)
	}
	if c.HTML == "" && c.FillBytes == 0 {
		return a
	}
	if a.Source == nil {
		a.Source = &nutgrafv1.Source{}
	}
	if c.HTML != "" {
		html := &nutgrafv1.HtmlContent{Data: []byte(c.HTML), Charset: a.GetSource().GetHtml().GetCharset()}
		a.Source.Content = &nutgrafv1.Source_Html{Html: html}
	} else {
		const line = "The ferry was late and nobody minded.\n"
		text := strings.Repeat(line, c.FillBytes/len(line)+1)[:c.FillBytes]
		a.Source.Content = &nutgrafv1.Source_PlainText{PlainText: &nutgrafv1.PlainTextContent{Text: text}}
	}
	return a
}

func (c itemCase) item(t *testing.T) *nutgrafv1.BatchItem {
	t.Helper()
	id := c.ItemID
	if c.ItemIDBytes > 0 {
		id = strings.Repeat(id, c.ItemIDBytes)
	}
	return &nutgrafv1.BatchItem{ItemId: id, Article: c.article(t)}
}

func readCases(t *testing.T) []testCase {
	t.Helper()
	data, err := os.ReadFile("cases.json")
	if err != nil {
		t.Fatal(err)
	}
	dec := json.NewDecoder(strings.NewReader(string(data)))
	dec.DisallowUnknownFields()
	var cases []testCase
	if err := dec.Decode(&cases); err != nil {
		t.Fatal(err)
	}
	return cases
}

// A client passes if each answer is what the case expects and, with offsets in one unit, equal to that of the Go client.
func TestCases(t *testing.T) {
	s := startServer(t)
	cases := readCases(t)
	reference := map[string]*nutgrafv1.Extraction{}
	for _, r := range runners(t) {
		t.Run(r.name, func(t *testing.T) {
			check := func(t *testing.T, key string, a answer, want expectation) {
				t.Helper()
				if got := a.outcome(); got != want.outcome() {
					t.Fatalf("%s: %s, want %s", key, got, want.outcome())
				}
				if a.extraction == nil {
					return
				}
				if a.mismatch != "" {
					t.Errorf("%s: a span does not cover %q as the language slices", key, a.mismatch)
				}
				if err := contains(a.extraction, want.Extraction); err != nil {
					t.Errorf("%s: %v", key, err)
				}
				x, err := normalised(a.extraction)
				if err != nil {
					t.Errorf("%s: %v", key, err)
				}
				if reference[key] == nil {
					reference[key] = x
				}
				if diff := cmp.Diff(reference[key], x, protocmp.Transform()); diff != "" {
					t.Errorf("%s: differs from the first answer (-first +this):\n%s", key, diff)
				}
			}
			client := r.start(t, s)
			checkUnary(t, client, cases, check)
			for _, c := range cases {
				if c.Method != "" && !(c.StreamOnly && r.web) {
					t.Run(c.Name, func(t *testing.T) { checkItems(t, client, c, check) })
				}
			}
		})
	}
}

type checker func(t *testing.T, key string, a answer, want expectation)

// checkUnary has all cases of Extract answered in one run of the client, those with units in each unit.
func checkUnary(t *testing.T, client *session, cases []testCase, check checker) {
	t.Helper()
	type question struct {
		testCase
		unit    nutgrafv1.OffsetEncoding
		article *nutgrafv1.ArticleRequest
	}
	var questions []question
	for _, c := range cases {
		if c.Method != "" {
			continue
		}
		units := []nutgrafv1.OffsetEncoding{0}
		if c.Units {
			units = append(units, inUTF8, inUTF16, inCodePoints)
		}
		for _, unit := range units {
			a := c.article(t)
			if unit != 0 {
				a.Options.OffsetEncoding = unit
			}
			questions = append(questions, question{c, unit, a})
		}
	}
	var answers []answer
	client.run(t, "extract", func(yield func(proto.Message) bool) {
		for _, q := range questions {
			if !yield(q.article) {
				return
			}
		}
	}, func(a answer) { answers = append(answers, a) })
	if len(answers) != len(questions) {
		t.Fatalf("%d answers to %d requests", len(answers), len(questions))
	}
	for i, q := range questions {
		t.Run(fmt.Sprintf("%s/%d", q.Name, q.unit), func(t *testing.T) {
			check(t, q.Name, answers[i], q.Expect)
			want := q.unit
			if want == 0 {
				want = client.unit()
			}
			if got := answers[i].extraction.GetOffsetEncoding(); answers[i].extraction != nil && got != want {
				t.Errorf("offsets in %v, want %v", got, want)
			}
		})
	}
}

// unit is what the client asks for if its caller does not.
func (r runner) unit() nutgrafv1.OffsetEncoding {
	switch r.name {
	case "python", "python asyncio":
		return inCodePoints
	case "typescript", "browser":
		return inUTF16
	}
	return inUTF8
}

// checkItems has the items of one case answered, by a stream or a batch.
func checkItems(t *testing.T, client *session, c testCase, check checker) {
	t.Helper()
	var items []*nutgrafv1.BatchItem
	wants := map[string][]expectation{}
	for _, i := range c.Items {
		item := i.item(t)
		items = append(items, item)
		wants[item.GetItemId()] = append(wants[item.GetItemId()], i.Expect)
	}
	mode, messages := "many", iter.Seq[proto.Message](func(yield func(proto.Message) bool) {
		for _, i := range items {
			if !yield(i) {
				return
			}
		}
	})
	if c.Method == "ExtractBatch" {
		mode, messages = "batch", func(yield func(proto.Message) bool) { yield(&nutgrafv1.ExtractBatchRequest{Items: items}) }
	}
	var answers []answer
	client.run(t, mode, messages, func(a answer) { answers = append(answers, a) })
	if c.Expect.Code != "" { // the call as a whole
		if len(answers) != 1 || answers[0].outcome() != c.Expect.outcome() {
			t.Errorf("answers %v, want %s", answers, c.Expect.outcome())
		}
		return
	}
	if len(answers) != len(items) {
		t.Fatalf("%d answers to %d items: %v", len(answers), len(items), answers)
	}
	for _, a := range answers {
		id := a.itemID
		if client.command == nil && len(id) == 4096 { // the server shortens what is far too long; clients give back what they sent
			id = strings.Repeat(id[:1], 5000)
		}
		// Of items with one id the answers come in any order.
		i := slices.IndexFunc(wants[id], func(e expectation) bool { return e.outcome() == a.outcome() })
		if i < 0 {
			t.Errorf("item %.20q: %s, want one of %v", id, a.outcome(), wants[id])
			continue
		}
		check(t, fmt.Sprintf("%s %.20q %d", c.Name, id, len(id)), a, wants[id][i])
		wants[id] = slices.Delete(wants[id], i, i+1)
	}
}

// contains reports what of the wanted part of protobuf JSON the extraction does not hold.
func contains(x *nutgrafv1.Extraction, want any) error {
	data, err := protojson.MarshalOptions{UseProtoNames: true}.Marshal(x)
	if err != nil {
		return err
	}
	var got any
	if err := json.Unmarshal(data, &got); err != nil {
		return err
	}
	return holds("extraction", got, want)
}

func holds(path string, got, want any) error {
	object, ok := want.(map[string]any)
	if !ok {
		if want != nil && !cmp.Equal(got, want) {
			return fmt.Errorf("%s is %v, want %v", path, got, want)
		}
		return nil
	}
	fields, _ := got.(map[string]any)
	for name, value := range object {
		if err := holds(path+"."+name, fields[name], value); err != nil {
			return err
		}
	}
	return nil
}
