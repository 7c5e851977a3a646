package times

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

var grammars = func() map[string]*grammar {
	out := map[string]*grammar{}
	for _, lang := range append(languages(), common) {
		g, err := loadGrammar(lang)
		if err != nil {
			panic(err)
		}
		out[lang] = g
	}
	return out
}()

func never(int) bool { return false }

// values gives the expressions of a text as "printed = value".
func values(lang, text, day string) []string {
	var p parser
	var out []string
	for _, e := range p.parse(grammars[lang], text, parseAnchor(day), never) {
		out = append(out, text[e.start:e.end]+" = "+e.timex)
	}
	return out
}

// All texts are invented; the day is a Wednesday.
func TestParse(t *testing.T) {
	t.Parallel()
	const day = "2024-05-15"
	for _, tc := range []struct{ name, lang, text, want string }{
		{"full dates", "en", "On Friday, March 1, 2019, and on 2 April 2020 and 2021-07-09.", "Friday, March 1, 2019 = 2019-03-01|2 April 2020 = 2020-04-02|2021-07-09 = 2021-07-09"},
		{"weekday in the past", "en", "The mayor said Monday that it rained.", "Monday = 2024-05-13"},
		{"weekday of the day itself", "en", "She resigned on Wednesday.", "Wednesday = 2024-05-15"},
		{"weekday ahead", "en", "The court will rule on Friday.", "Friday = 2024-05-17"},
		{"weekday ahead, cue after", "en", "On Friday, the mill is to be sold.", "Friday = 2024-05-17"},
		{"last and next", "en", "It opened last Tuesday and closes next Tuesday.", "last Tuesday = 2024-05-14|next Tuesday = 2024-05-21"},
		{"weeks", "en", "Last week it fell; next week it may rise.", "Last week = 2024-W19|next week = 2024-W21"},
		{"day without year, near future", "en", "The fair opened on June 2.", "June 2 = 2024-06-02"},
		{"day without year, past", "en", "He was born on December 20.", "December 20 = 2023-12-20"},
		{"day without year, future", "en", "The bridge will open on December 20.", "December 20 = 2024-12-20"},
		{"month of last year", "en", "Sales fell in October.", "October = 2023-10"},
		{"ambiguous month needs context", "en", "Theresa May will march in May. May said so in March.", "May = 2024-05|March = 2024-03"},
		{"two ranges", "en", "from 2019 to 2021, from September to December 2006 and May 5-7, 2016", "2019 = 2019|2021 = 2021|September = 2006-09|December 2006 = 2006-12|May 5 = 2016-05-05|7, 2016 = 2016-05-07"},
		{"ago", "en", "Two years ago, a week ago and three days ago it failed.", "Two years ago = 2022|a week ago = 2024-05-08|three days ago = 2024-05-12"},
		{"in", "en", "It will open in two weeks. It was built in two weeks.", "two weeks = 2024-05-29|two weeks = P2W"},
		{"later", "en", "It opened in 1984. Two years later it closed; the following year it burned.", "1984 = 1984|Two years later = 1986|the following year = 1987"},
		{"quarters", "en", "the third quarter, the first quarter of last year, Q2 2022", "the third quarter = 2023-Q3|the first quarter of last year = 2023-Q1|Q2 2022 = 2022-Q2"},
		{"early and late", "en", "since early March and late 2019", "early March = 2024-03|late 2019 = 2019"},
		{"parts of days", "en", "yesterday afternoon, tonight and Monday morning", "yesterday afternoon = 2024-05-14TAF|tonight = 2024-05-15TNI|Monday morning = 2024-05-13TMO"},
		{"clock", "en", "At 6:40 p.m. on Monday, at 16:08 UTC today.", "6:40 p.m. on Monday = 2024-05-13T18:40|16:08 UTC today = 2024-05-15T16:08Z"},
		{"decades", "en", "the 1990s and the late 1980's", "1990s = 199|late 1980's = 198"},
		{"durations", "en", "a 27-year contract, 40 years, about 2.5 hours and the past five days", "27-year = P27Y|40 years = P40Y|about 2.5 hours = PT2.5H|the past five days = P5D"},
		{"sets", "en", "every Monday, every two weeks, daily", "every Monday = XXXX-WXX-1|every two weeks = P2W|daily = P1D"},
		{"ages are no durations", "en", "the 12-year-old boy, who is 12 years old", ""},
		{"names are no times", "en", "the Sunday Times; second place; Sun shone; a Boeing 2019X; 2000 people; $2014; 2014.5", ""},
		{"year beside words", "en", "The 2008 crisis", "2008 = 2008"},
		{"no names and habits", "en", "The Daily Herald slept at night and in winter; the fair will end in August.", "August = 2024-08"},
		{"military time", "en", "It shook at 4:53 on Monday (2053 UTC).", "4:53 on Monday = 2024-05-13T04:53|2053 UTC = 2024-05-13T20:53Z"},
		{"no 31 June", "en", "on June 31", ""},
		{"German days", "de", "Am Montag, dem 4. März 2019, und am 15.08.2023 kam er; heute Abend um 20.30 Uhr wird er sprechen.", "Montag, dem 4. März 2019 = 2019-03-04|15.08.2023 = 2023-08-15|heute Abend um 20.30 Uhr = 2024-05-15T20:30"},
		{"German relative", "de", "Vor zwei Jahren, letzte Woche, Anfang Mai und im dritten Quartal 2023 war es ruhig.", "zwei Jahren = 2022|letzte Woche = 2024-W19|Anfang Mai = 2024-05|dritten Quartal 2023 = 2023-Q3"},
		{"German range", "de", "vom 4. bis 6. Mai und von 2019 bis 2021", "4 = 2024-05-04|6. Mai = 2024-05-06|2019 = 2019|2021 = 2021"},
		{"French days", "fr", "Le lundi 4 mars 2019 et le 1er mai, hier soir, lundi prochain.", "lundi 4 mars 2019 = 2019-03-04|1er mai = 2024-05-01|hier soir = 2024-05-14TEV|lundi prochain = 2024-05-20"},
		{"French relative", "fr", "Il y a deux ans, la semaine dernière, début mars, au troisième trimestre 2023, pendant trois jours.", "deux ans = 2022|la semaine dernière = 2024-W19|début mars = 2024-03|troisième trimestre 2023 = 2023-Q3|trois jours = P3D"},
		{"Spanish days", "es", "El lunes 4 de marzo de 2019, ayer por la tarde y el próximo viernes.", "lunes 4 de marzo de 2019 = 2019-03-04|ayer por la tarde = 2024-05-14TEV|próximo viernes = 2024-05-17"},
		{"Spanish relative", "es", "Hace dos años, la semana pasada, a principios de marzo y durante tres días.", "dos años = 2022|la semana pasada = 2024-W19|a principios de marzo = 2024-03|tres días = P3D"},
		{"Italian", "it", "Lunedì 4 marzo 2019, ieri sera, la scorsa settimana, due anni fa e nel terzo trimestre del 2023.", "Lunedì 4 marzo 2019 = 2019-03-04|ieri sera = 2024-05-14TEV|la scorsa settimana = 2024-W19|due anni fa = 2022|terzo trimestre del 2023 = 2023-Q3"},
		{"Portuguese", "pt", "Em 4 de março de 2019, ontem à noite, na semana passada e há dois anos.", "4 de março de 2019 = 2019-03-04|ontem à noite = 2024-05-14TNI|na semana passada = 2024-W19|dois anos = 2022"},
		{"numeric only", "common", "on 2024-05-01 and Monday", "2024-05-01 = 2024-05-01"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			got := strings.Join(values(tc.lang, tc.text, day), "|")
			if d := cmp.Diff(tc.want, got); d != "" {
				t.Errorf("parse(%q) (-want +got):\n%s", tc.text, d)
			}
		})
	}
}

func TestNoAnchor(t *testing.T) {
	t.Parallel()
	got := values("en", "On Monday, August 15, last week, yesterday, in 2019 and in October.", "")
	want := []string{"Monday, August 15 = XXXX-08-15", "last week = XXXX-WXX", "yesterday = XXXX-XX-XX", "2019 = 2019", "October = XXXX-10"}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

func TestCivil(t *testing.T) {
	t.Parallel()
	for d := date(-800_000); d < 900_000; d += 37 {
		if y, m, day := d.civil(); civil(y, m, day) != d {
			t.Fatalf("civil(%d, %d, %d) = %d, want %d", y, m, day, civil(y, m, day), d)
		}
	}
	if y, w := civil(2021, 1, 3).isoWeek(); y != 2020 || w != 53 {
		t.Errorf("isoWeek(2021-01-03) = %d, %d, want 2020, 53", y, w)
	}
	if got := easter(2024).String(); got != "2024-03-31" {
		t.Errorf("easter(2024) = %s, want 2024-03-31", got)
	}
}

// What is found lies in the text, in order, on code points, and is the same every time.
func FuzzParse(f *testing.F) {
	f.Add("On Friday, March 1, 2019, two years ago at 6:40 p.m.", "2024-05-15")
	f.Add("in the '90s and the 15th century; 99999999999999 years; Feb. 29 next year", "2023-01")
	f.Add("am 4. Mai um 8 Uhr; le 1er août; el 3 de mayo", "")
	f.Fuzz(func(t *testing.T, text, day string) {
		if !utf8.ValidString(text) {
			t.Skip()
		}
		for _, lang := range []string{"en", "de", "fr", "es", "it", "pt", "common"} {
			var p parser
			es := p.parse(grammars[lang], text, parseAnchor(day), never)
			last := int32(0)
			for _, e := range es {
				if e.start < last || e.end <= e.start || int(e.end) > len(text) || !utf8.ValidString(text[e.start:e.end]) {
					t.Fatalf("span [%d, %d) after %d of %q", e.start, e.end, last, text)
				}
				if e.timex == "" {
					t.Fatalf("no value for %q", text[e.start:e.end])
				}
				last = e.end
			}
			if again := p.parse(grammars[lang], text, parseAnchor(day), never); len(again) != len(es) {
				t.Fatalf("second run found %d, first %d", len(again), len(es))
			}
		}
	})
}
