package events_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"example.invalid/nutgraf/extractors/events"
	"example.invalid/nutgraf/extractors/times"
	nutgrafv1 "example.invalid/nutgraf/gen/go/nutgraf/v1"
	"example.invalid/nutgraf/internal/pipeline"
	"example.invalid/nutgraf/internal/pipeline/pipelinetest"
	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/types/known/timestamppb"
)

func TestConformance(t *testing.T) {
	t.Parallel()
	pipelinetest.Run(t, events.New())
}

// given provides the text as the body and the names in it as entities.
type given struct {
	names map[string]nutgrafv1.EntityKind
}

func (given) Spec() pipeline.Spec {
	return pipeline.Spec{
		Name: "given", Version: "1.0.0", Requires: []pipeline.Field{pipeline.Source},
		Provides: []pipeline.Field{"content", "metadata", "entities", "quotes"},
	}
}

func (g given) Extract(_ context.Context, in pipeline.Input) (*nutgrafv1.Extraction, error) {
	body := in.Source().GetPlainText().GetText()
	x := &nutgrafv1.Extraction{
		Content: &nutgrafv1.Content{Text: body},
		Metadata: &nutgrafv1.Metadata{
			Language:  &nutgrafv1.TextValue{Value: "en"},
			Published: &nutgrafv1.DateValue{Value: in.Source().GetPublishedHint().AsTime().Format(time.DateOnly)},
		},
	}
	for name, kind := range g.names {
		e := &nutgrafv1.Entity{EntityId: name, Name: name, Kind: kind}
		for at := 0; ; {
			i := strings.Index(body[at:], name)
			if i < 0 {
				break
			}
			e.Mentions = append(e.Mentions, &nutgrafv1.Mention{Form: nutgrafv1.MentionForm_MENTION_FORM_NAME, Evidence: evidence(at+i, at+i+len(name))})
			at += i + len(name)
		}
		if e.Mentions != nil {
			x.Entities = append(x.Entities, e)
		}
	}
	if i := strings.Index(body, "“"); i >= 0 {
		speaker := "Ann Lee"
		x.Quotes = []*nutgrafv1.Quote{{
			QuoteId: "q1", Kind: nutgrafv1.QuoteKind_QUOTE_KIND_DIRECT, Evidence: evidence(i+3, strings.Index(body, "”")),
			Speaker: &nutgrafv1.Speaker{EntityId: &speaker},
		}}
	}
	return x, nil
}

func evidence(start, end int) *nutgrafv1.Evidence {
	return &nutgrafv1.Evidence{Spans: []*nutgrafv1.Span{{Layer: nutgrafv1.Layer_LAYER_BODY, Start: int64(start), End: int64(end)}}}
}

var known = given{map[string]nutgrafv1.EntityKind{
	"Ann Lee": nutgrafv1.EntityKind_ENTITY_KIND_PERSON, "Bob Ray": nutgrafv1.EntityKind_ENTITY_KIND_PERSON,
	"Cole Moss": nutgrafv1.EntityKind_ENTITY_KIND_PERSON, "Harbour Board": nutgrafv1.EntityKind_ENTITY_KIND_ORGANIZATION,
	"Tidewater": nutgrafv1.EntityKind_ENTITY_KIND_ORGANIZATION, "Eastmere": nutgrafv1.EntityKind_ENTITY_KIND_PLACE,
	"Westhaven": nutgrafv1.EntityKind_ENTITY_KIND_PLACE,
}}

// tell writes an event as one line: status, trigger, agents > patients @place #date.
func tell(x *nutgrafv1.Extraction) []string {
	dates := map[string]string{}
	for _, t := range x.GetTimes() {
		dates[t.GetTimeId()] = t.GetTimexValue()
	}
	var out []string
	for _, e := range x.GetEvents() {
		var who, whom []string
		for _, p := range e.GetParticipants() {
			if p.GetRole() == "agent" {
				who = append(who, p.GetMention().GetValue())
			} else {
				whom = append(whom, p.GetMention().GetValue())
			}
		}
		line := strings.ToLower(strings.TrimPrefix(e.GetStatus().String(), "EVENT_STATUS_")) + " " + e.GetTrigger().GetValue() +
			": " + strings.Join(who, ", ") + " > " + strings.Join(whom, ", ")
		if e.GetPlaceEntityId() != "" {
			line += " @" + e.GetPlaceEntityId()
		}
		if d := dates[e.GetTimeId()]; d != "" {
			line += " #" + d
		}
		if c := e.GetClaimedByEntityId(); c != "" {
			line += " says " + c
		}
		out = append(out, line)
	}
	return out
}

func run(t *testing.T, text string) *nutgrafv1.Extraction {
	t.Helper()
	set, err := pipeline.NewSet(pipeline.Config{}, events.New(), times.New(), known)
	if err != nil {
		t.Fatal(err)
	}
	x, err := set.Run(t.Context(), &nutgrafv1.ArticleRequest{Source: &nutgrafv1.Source{
		Content:       &nutgrafv1.Source_PlainText{PlainText: &nutgrafv1.PlainTextContent{Text: text}},
		PublishedHint: timestamppb.New(time.Date(2024, 5, 15, 0, 0, 0, 0, time.UTC)), // a Wednesday
	}})
	if err != nil {
		t.Fatal(err)
	}
	return x
}

// All texts are invented.
func TestEvents(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name, text string
		want       []string
	}{
		{"active", "Ann Lee met Bob Ray in Eastmere on Monday.", []string{"asserted met: Ann Lee > Bob Ray @Eastmere #2024-05-13"}},
		{"passive", "Bob Ray was arrested by police in Westhaven on Friday.", []string{"asserted arrested: police > Bob Ray @Westhaven #2024-05-10"}},
		{"apposition", "Ann Lee, mayor of Eastmere, has resigned.", []string{"asserted resigned: Ann Lee >"}},
		{"row", "Ann Lee and Bob Ray founded Tidewater in 2010.", []string{"asserted founded: Ann Lee, Bob Ray > Tidewater #2010"}},
		{"shared subject", "In 2012 Tidewater bought a shipyard and sold its ferries.", []string{"asserted bought: Tidewater > shipyard #2012", "asserted sold: Tidewater > ferries #2012"}},
		{"participle", "A crane fell on the pier, killing three fishermen.", []string{"asserted fell: crane > pier", "asserted killing: crane > three fishermen"}},
		{"light verb", "Tidewater will hold a meeting with Ann Lee in Eastmere next week.", []string{"planned hold a meeting: Tidewater, Ann Lee >  @Eastmere #2024-W21"}},
		{"light verb, passive", "A hearing was held in Westhaven on Tuesday.", []string{"asserted hearing held:  >  @Westhaven #2024-05-14"}},
		{"noun", "The Eastmere summit of Ann Lee and Bob Ray on May 3 was long.", []string{"asserted summit: Ann Lee, Bob Ray >  @Eastmere #2024-05-03"}},
		{"phrasal verb", "Cole Moss stepped down on Tuesday.", []string{"asserted stepped down: Cole Moss >  #2024-05-14"}},
		{"planned", "The Harbour Board plans to close the terminal on June 1.", []string{"planned close: Harbour Board > terminal #2024-06-01"}},
		{"planned, be to", "Ann Lee is to visit Westhaven on Friday.", []string{"planned visit: Ann Lee > Westhaven #2024-05-17"}},
		{"negated", "The Harbour Board did not sign the contract on Monday.", []string{"negated sign: Harbour Board > contract #2024-05-13"}},
		{"hypothetical", "Tidewater might sell the shipyard to Bob Ray in 2026.", []string{"hypothetical sell: Tidewater > shipyard #2026"}},
		{"pronoun", "Cole Moss left Tidewater in 2019. He joined the Harbour Board in 2020.", []string{"asserted left: Cole Moss > Tidewater #2019", "asserted joined: He > Harbour Board #2020"}},
		{"control of the object", "The storm caused a crane to collapse in Eastmere on Sunday.", []string{"asserted storm:  >  @Eastmere #2024-05-12", "asserted collapse: crane >  @Eastmere #2024-05-12"}},
		{"told twice", "Police arrested Bob Ray on Friday. Bob Ray was arrested in Westhaven.", []string{"asserted arrested: Police > Bob Ray @Westhaven #2024-05-10"}},
		{"in somebody's words", "Ann Lee spoke: “Bob Ray attacked Cole Moss in Eastmere on Monday.”", []string{"asserted attacked: Bob Ray > Cole Moss @Eastmere #2024-05-13 says Ann Lee"}},
		{"timeline", "On Tuesday Ann Lee sued Tidewater. Tidewater sank the ferry in 2021.", []string{"asserted sank: Tidewater > ferry #2021", "asserted sued: Ann Lee > Tidewater #2024-05-14"}},
		{"told again without its time", "Ann Lee met Bob Ray in Eastmere on Monday. The talks between Ann Lee and Bob Ray were long.",
			[]string{"asserted met: Ann Lee > Bob Ray @Eastmere #2024-05-13", "asserted talks: Ann Lee, Bob Ray >  @Eastmere #2024-05-13"}},
		{"a purpose is no event", "Ann Lee met Bob Ray on Monday over a framework to end the dispute.", []string{"asserted met: Ann Lee > Bob Ray #2024-05-13"}},
		{"an adjective like a verb", "Ann Lee has a business close to the pier.", nil},
		{"a participle before its noun", "The Harbour Board announced sweeping changes on Tuesday.", []string{"asserted announced: Harbour Board > sweeping changes #2024-05-14"}},
		{"told twice of a group", "Fishermen blocked the pier on Monday. Fishermen blocked the pier on Monday.", []string{"asserted blocked: Fishermen > pier #2024-05-13"}},
		{"short auxiliaries", "They’ve sued Tidewater, Ann Lee said.", []string{"asserted sued:  > Tidewater"}},
		{"no events", "The harbour is small and old. It has two piers.", nil},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			if d := cmp.Diff(tc.want, trimmed(tell(run(t, tc.text)))); d != "" {
				t.Errorf("events of %q (-want +got):\n%s", tc.text, d)
			}
		})
	}
}

func trimmed(ss []string) []string {
	for i := range ss {
		ss[i] = strings.TrimSpace(strings.ReplaceAll(ss[i], ">  @", ">  @"))
	}
	return ss
}

func TestTimelineRank(t *testing.T) {
	t.Parallel()
	x := run(t, "On Tuesday Ann Lee sued Tidewater. Tidewater sank the ferry in 2021. Bob Ray resigned on Tuesday. Cole Moss died.")
	var got []int
	for _, e := range x.GetEvents() {
		if e.TimelineRank == nil {
			got = append(got, -1)
		} else {
			got = append(got, int(e.GetTimelineRank()))
		}
	}
	if d := cmp.Diff([]int{0, 1, 1, -1}, got); d != "" {
		t.Errorf("ranks (-want +got):\n%s", d)
	}
}
