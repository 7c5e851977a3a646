package times_test

import (
	"context"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"example.invalid/nutgraf/extractors/times"
	nutgrafv1 "example.invalid/nutgraf/gen/go/nutgraf/v1"
	"example.invalid/nutgraf/internal/pipeline"
	"example.invalid/nutgraf/internal/pipeline/pipelinetest"
	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/types/known/timestamppb"
)

func TestConformance(t *testing.T) {
	t.Parallel()
	pipelinetest.Run(t, times.New())
}

// given provides the text as the body, and what metadata says.
type given struct{ published, lang string }

func (given) Spec() pipeline.Spec {
	return pipeline.Spec{
		Name: "given", Version: "1.0.0", Requires: []pipeline.Field{pipeline.Source}, Provides: []pipeline.Field{"content", "metadata"},
	}
}

func (g given) Extract(_ context.Context, in pipeline.Input) (*nutgrafv1.Extraction, error) {
	x := &nutgrafv1.Extraction{
		Content:  &nutgrafv1.Content{Text: in.Source().GetPlainText().GetText()},
		Metadata: &nutgrafv1.Metadata{Language: &nutgrafv1.TextValue{Value: g.lang}},
	}
	if g.published != "" {
		x.Metadata.Published = &nutgrafv1.DateValue{Value: g.published}
	}
	return x, nil
}

// shared compiles each grammar once for all tests.
var shared = sync.OnceValue(times.New)

func run(t *testing.T, g given, text string, fetched, reference *timestamppb.Timestamp) *nutgrafv1.Extraction {
	t.Helper()
	set, err := pipeline.NewSet(pipeline.Config{}, shared(), g)
	if err != nil {
		t.Fatal(err)
	}
	x, err := set.Run(t.Context(), &nutgrafv1.ArticleRequest{
		Source: &nutgrafv1.Source{
			Content:   &nutgrafv1.Source_PlainText{PlainText: &nutgrafv1.PlainTextContent{Text: text}},
			FetchTime: fetched,
		},
		Options: &nutgrafv1.ExtractionOptions{ReferenceTime: reference},
	})
	if err != nil {
		t.Fatal(err)
	}
	return x
}

func at(day string) *timestamppb.Timestamp {
	d, err := time.Parse(time.DateOnly, day)
	if err != nil {
		panic(err)
	}
	return timestamppb.New(d)
}

func TestAnchor(t *testing.T) {
	t.Parallel()
	const text = "The mill closed on Monday."
	for _, tc := range []struct {
		name               string
		published          string
		fetched, reference *timestamppb.Timestamp
		want               string
		warning            bool
	}{
		{"published", "2024-05-15", at("2024-06-20"), nil, "2024-05-13 from 2024-05-15 PUBLISHED", false},
		{"published, zone of the newsroom", "2024-05-15T00:30:00+10:00", nil, nil, "2024-05-13 from 2024-05-15 PUBLISHED", false},
		{"caller's word above all", "2024-05-15", at("2024-06-20"), at("2024-04-03"), "2024-04-01 from 2024-04-03 REFERENCE_TIME", false},
		{"fetched", "", at("2024-06-20"), nil, "2024-06-17 from 2024-06-20 FETCH_TIME", false},
		{"month is too coarse for a weekday", "2024-05", nil, nil, "XXXX-WXX-1 from  UNSPECIFIED", true},
		{"nothing", "", nil, nil, "XXXX-WXX-1 from  UNSPECIFIED", true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			x := run(t, given{tc.published, "en"}, text, tc.fetched, tc.reference)
			if len(x.GetTimes()) != 1 {
				t.Fatalf("times of %q = %v, want one", text, x.GetTimes())
			}
			e := x.GetTimes()[0]
			got := e.GetTimexValue() + " from " + e.GetAnchor() + " " + strings.TrimPrefix(e.GetAnchorSource().String(), "TIME_ANCHOR_")
			if got != tc.want {
				t.Errorf("%q = %s, want %s", text, got, tc.want)
			}
			warned := slices.ContainsFunc(x.GetWarnings(), func(w *nutgrafv1.Warning) bool {
				return w.GetCode() == nutgrafv1.WarningCode_WARNING_CODE_NO_DATE_ANCHOR
			})
			if warned != tc.warning {
				t.Errorf("warned of no anchor: %v, want %v", warned, tc.warning)
			}
			if (e.GetStart() == "") != strings.HasPrefix(e.GetTimexValue(), "X") {
				t.Errorf("start of %s = %q", e.GetTimexValue(), e.GetStart())
			}
		})
	}
}

// What each sentence of an article of 15 May 2024, a Wednesday, says, by its values.
func TestEnglish(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ text, want string }{
		{"The mill closed in the last week of April.", "2024-W17"},
		{"They met in the first week of January 2015 and the final week of 2016.", "2015-W01 2016-W52"},
		{"It opens on the second Monday in June 2025.", "2025-06-09"},
		{"The fair is on the last day of May.", "2024-05-31"},
		{"The court sits again in the week of June 10.", "2024-W24"},
		{"The review begins the week after next.", "2024-W22"},
		{"He left the week before last.", "2024-W18"},
		{"Doors are open from 10 a.m. to 4 p.m. on Saturday.", "2024-05-11T10:00 2024-05-11T16:00"},
		{"The road will be shut between 10 and 11:30 tomorrow.", "2024-05-16T10:00 2024-05-16T11:30 2024-05-16"},
		{"The ban was to take effect July 1.", "2024-07-01"},
		{"It was built in February and sold in November.", "2024-02 2023-11"},
		{"She will visit the United States in October.", "2024-10"},
		{"In 2021 sales rose; the previous year they fell.", "2021 2020"},
		{"Over the weekend the lake froze, as this past November.", "2024-W19-WE 2023-11"},
		{"The march was on Labor Day, the feast on Thanksgiving 2022.", "2023-09-04 2022-11-24"},
		{"It took two and a half years; the trial more than 1 hour and 30 minutes.", "P2.5Y PT1H30M"},
		{"Every weekend they row.", "XXXX-WXX-WE"},
		{"The boy is one-and-a-half-year-old Sam.", ""},
		{"Sales in the last four months of 2021 fell.", "P4M 2021"},
		{"Results for the last fiscal year came at 12 noon.", "2023 2024-05-15T12:00"},
		{"This past week it rained.", "P1W"},
		{"He left tonight.", "2024-05-15TNI"},
	} {
		x := run(t, given{"2024-05-15", "en"}, tc.text, nil, nil)
		var got []string
		for _, e := range x.GetTimes() {
			got = append(got, e.GetTimexValue())
		}
		if got := strings.Join(got, " "); got != tc.want {
			t.Errorf("times of %q = %s, want %s", tc.text, got, tc.want)
		}
	}
}

// Words that only a rule names must be found where nothing else of a time is near.
func TestWordsOfRules(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ lang, text, want string }{
		{"de", "Er kam am Dienstagabend. In der Sonntagnacht und am Freitagvormittag regnete es.", "2024-05-14TEV 2024-05-12TNI 2024-05-10TMO"},
		{"fr", "Il est venu mardi. Le lendemain, il est reparti.", "2024-05-14 2024-05-15"},
		{"es", "Llegó anoche. Vino el martes y al día siguiente se fue.", "2024-05-14TNI 2024-05-14 2024-05-15"},
		{"it", "È arrivato stamattina e parte stasera.", "2024-05-15TMO 2024-05-15TEV"},
	} {
		x := run(t, given{"2024-05-15", tc.lang}, tc.text, nil, nil)
		var got []string
		for _, e := range x.GetTimes() {
			got = append(got, e.GetTimexValue())
		}
		if got := strings.Join(got, " "); got != tc.want {
			t.Errorf("times of %q = %s, want %s", tc.text, got, tc.want)
		}
	}
}

func TestExpression(t *testing.T) {
	t.Parallel()
	x := run(t, given{"2024-05-15", "en-GB"}, "Since early March, about two years after 2019; last week; the third quarter of 2023; daily; at 18:00 on Friday.", nil, nil)
	var got []string
	for _, e := range x.GetTimes() {
		got = append(got, strings.Join([]string{
			e.GetTimeId(), strings.TrimPrefix(e.GetKind().String(), "TIME_KIND_"), e.GetTimexValue(), e.GetStart(), e.GetEnd(),
			strings.TrimPrefix(e.GetModifier().String(), "TIME_MODIFIER_"),
		}, " "))
	}
	want := []string{
		"t1 DATE 2024-03 2024-03-01 2024-03-31 START",
		"t2 DURATION P2Y   APPROX",
		"t3 DATE 2019 2019-01-01 2019-12-31 AFTER",
		"t4 DATE 2024-W19 2024-05-06 2024-05-12 UNSPECIFIED",
		"t5 DATE 2023-Q3 2023-07-01 2023-09-30 UNSPECIFIED",
		"t6 SET P1D   UNSPECIFIED",
		"t7 TIME 2024-05-10T18:00 2024-05-10T18:00 2024-05-10T18:00 UNSPECIFIED",
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

func TestUnsupportedLanguage(t *testing.T) {
	t.Parallel()
	x := run(t, given{"2024-05-15", "fi"}, "Maanantai 2024-05-01.", nil, nil)
	if len(x.GetTimes()) != 1 || x.GetTimes()[0].GetTimexValue() != "2024-05-01" {
		t.Errorf("times = %v, want 2024-05-01", x.GetTimes())
	}
	if w := x.GetWarnings(); len(w) != 1 || w[0].GetCode() != nutgrafv1.WarningCode_WARNING_CODE_LANGUAGE_UNSUPPORTED {
		t.Errorf("warnings = %v, want that of the language", w)
	}
}

func TestMany(t *testing.T) {
	t.Parallel()
	x := run(t, given{"2024-05-15", "en"}, strings.Repeat("Monday. ", 20_000), nil, nil)
	if n := len(x.GetTimes()); n != 5000 {
		t.Errorf("%d expressions, want 5000", n)
	}
	if w := x.GetWarnings(); len(w) != 1 || w[0].GetCode() != nutgrafv1.WarningCode_WARNING_CODE_TRUNCATED {
		t.Errorf("warnings = %v, want that of the cut", w)
	}
}

func TestEnglishBesideAnotherScript(t *testing.T) {
	t.Parallel()
	const hindi = "पुल सोमवार को बंद हुआ और नगर के लोग नाव से नदी पार करते हैं। "
	for _, tc := range []struct {
		name, lang, text string
		want             []string
	}{
		{"words", "hi", hindi + "The bridge was closed on 3 May 2024. The council met on Tuesday. " + hindi + "2024-05-07", []string{"2024-05-03", "2024-05-14", "2024-05-07"}},
		{"numbers may be the other language's", "hi", hindi + "3/5/2024", nil},
		{"Latin letters are the language's own", "xx", "Den may 3 lang. Tuesday fo 2024-05-07.", []string{"2024-05-07"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			x := run(t, given{"2024-05-15", tc.lang}, tc.text, nil, nil)
			var got []string
			for _, e := range x.GetTimes() {
				got = append(got, e.GetTimexValue())
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("times (-want +got):\n%s", diff)
			}
			if w := x.GetWarnings(); len(w) != 1 || w[0].GetCode() != nutgrafv1.WarningCode_WARNING_CODE_LANGUAGE_UNSUPPORTED {
				t.Errorf("warnings = %v, want that of the language", w)
			}
		})
	}
}
