package pagemeta

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

func TestParseByline(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		in   string
		want string // names divided by "; ", role in brackets, kind after a colon if not a person
	}{
		{"By Ann Lee", "Ann Lee"},
		{"By Ann Lee, Bo Marsh and Cy Park", "Ann Lee; Bo Marsh; Cy Park"},
		{"BY ANN LEE", "ANN LEE"},
		{"Written by: Ann Lee | Updated 3 May 2025", "Ann Lee"},
		{"By Ann Lee, Senior Editor", "Ann Lee (Senior Editor)"},
		{"Ann Lee in Paris", "Ann Lee"},
		{"By Ann Lee (Reuters)", "Ann Lee"},
		{"Ann Lee - 12 March 2025", "Ann Lee"},
		{"ann.lee@news.example", ""},
		{"Ann Lee, ann.lee@news.example", "Ann Lee"},
		{"Von Anna Beispiel und Jörg von der Au", "Anna Beispiel; Jörg von der Au"},
		{"Par Anne Petit et Luc Le Goff", "Anne Petit; Luc Le Goff"},
		{"Por María Ortega y Gasset", "María Ortega y Gasset"},
		{"Por María Ruiz Paz y Juan Gil Sol", "María Ruiz Paz; Juan Gil Sol"},
		{"Автор: Анна Иванова", "Анна Иванова"},
		{"박지민 기자", "박지민"},
		{"文・山田太郎", "山田太郎"},
		{"Reuters", "Reuters:agency"},
		{"Von DPA", "DPA:agency"},
		{"News Desk", "News Desk:desk"},
		{"Redaktion Beispiel", "Redaktion Beispiel:desk"},
		{"Ann Lee | Paris | 3 May 2025", "Ann Lee"},
		{"Di Stefano", "Di Stefano"},
		{"admin", ""},
		{"18 August 2025", ""},
		{"https://news.example/ann", ""},
		{"@annlee", ""},
		{"Share this story with your friends today!", ""},
		{"", ""},
	} {
		var got []string
		cs, _, _ := parseByline(tt.in)
		for _, c := range cs {
			s := c.name
			if c.role != "" {
				s += " (" + c.role + ")"
			}
			switch c.kind {
			case desk:
				s += ":desk"
			case agency:
				s += ":agency"
			}
			got = append(got, s)
		}
		if d := cmp.Diff(tt.want, strings.Join(got, "; ")); d != "" {
			t.Errorf("parseByline(%q) (-want +got):\n%s", tt.in, d)
		}
	}
}

func TestNotAuthor(t *testing.T) {
	t.Parallel()
	for _, in := range []string{"Photo: Ann Lee", "Foto: Ann Lee", "Reviewed by Ann Lee"} {
		if cs, labelled, other := parseByline(in); len(cs) != 1 || !labelled || !other {
			t.Errorf("parseByline(%q) = %v, labelled %v, other %v, want one name with a label of another", in, cs, labelled, other)
		}
	}
}

// FuzzParseByline: no panic; names are parts of the text, short, valid and without spaces around; never more than the limit.
func FuzzParseByline(f *testing.F) {
	for _, s := range []string{"By Ann Lee, Bo Marsh and Cy Park (Reuters)", "Von : - | Ann", "and and and", "((((", "文・山田太郎", "\u00a0Ann\u00a0Lee"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		cs, _, _ := parseByline(s)
		if len(cs) > maxCredits {
			t.Errorf("%d names, want at most %d", len(cs), maxCredits)
		}
		for _, c := range cs {
			if c.name == "" || len(c.name) > maxName || strings.TrimSpace(c.name) != c.name || utf8.ValidString(s) && !utf8.ValidString(c.name) {
				t.Errorf("name %q of %q", c.name, s)
			}
			if c.start < 0 || c.end > len(s) || c.start >= c.end {
				t.Errorf("name %q at [%d,%d) of %d bytes", c.name, c.start, c.end, len(s))
			}
		}
	})
}

func TestCutTitle(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		in   string
		want []string
	}{
		{"Harbour light returns", nil},
		{"Harbour light returns | Harbour Times", []string{"Harbour light returns", "Harbour Times"}},
		{"Coast: Light returns - Harbour Times", []string{"Coast: Light returns", "Coast", "Light returns - Harbour Times", "Harbour Times", "Light returns"}},
		{"Well-known harbour_light", nil},
		{"港口将重建_港口时报", []string{"港口将重建", "港口时报"}},
		{"Light returns | ", nil},
	} {
		var got []string
		for _, c := range cutTitle(tt.in) {
			got = append(got, c.text)
		}
		if d := cmp.Diff(tt.want, got); d != "" {
			t.Errorf("cutTitle(%q) (-want +got):\n%s", tt.in, d)
		}
	}
}

func TestClean(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		in    string
		limit int
		want  string
	}{
		{"plain", 10, "plain"},
		{"  a \n b\u00a0 c ", 10, "a b c"},
		{"e\u0301", 10, "é"},
		{"a\u200bb\u202ec\x00d", 10, "abcd"},
		{"<b>bold</b> &c, 1 < 2", 40, "bold &c, 1 < 2"},
		{"one two three four", 10, "one two…"},
		{"abcdefghijkl", 5, "abcd…"},
		{"\xff", 10, "\ufffd"},
	} {
		if got := clean(tt.in, tt.limit); got != tt.want {
			t.Errorf("clean(%q, %d) = %q, want %q", tt.in, tt.limit, got, tt.want)
		}
	}
}

// FuzzClean: valid, NFC-stable, trimmed, single spaces, within the limit.
func FuzzClean(f *testing.F) {
	f.Add("a  <b>b\u0301\u200b \xff", 5)
	f.Fuzz(func(t *testing.T, s string, limit int) {
		limit = 2 + limit&0xff
		got := clean(s, limit)
		if !utf8.ValidString(got) || strings.TrimSpace(got) != got || strings.Contains(got, "  ") {
			t.Errorf("clean(%q) = %q", s, got)
		}
		if n := utf8.RuneCountInString(got); n > limit {
			t.Errorf("clean(%q, %d) has %d characters", s, limit, n)
		}
	})
}

func TestParseDateline(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ in, place, agency string }{
		{"PARIS, March 3 (Reuters) - The council met.", "PARIS", "Reuters"},
		{"Port Amsel (dpa) – Der Rat hat beschlossen.", "Port Amsel", "dpa"},
		{"WASHINGTON — The council met.", "WASHINGTON", ""},
		{"PORT AMSEL, Ill. (AP) — The council met.", "PORT AMSEL, Ill", "AP"},
		{"(Reuters) - The council met.", "", "Reuters"},
		{"Berlin – Der Rat hat beschlossen.", "Berlin", ""},
		{"The mayor – a sailor herself – was there.", "", ""},
		{"NATO - the alliance - met.", "", ""},
		{"The council met (again) - and left.", "", ""},
		{"", "", ""},
	} {
		d, _ := parseDateline(tt.in)
		if got := tt.in[d.place[0]:d.place[1]]; got != tt.place {
			t.Errorf("place of %q = %q, want %q", tt.in, got, tt.place)
		}
		if got := tt.in[d.agency[0]:d.agency[1]]; got != tt.agency {
			t.Errorf("agency of %q = %q, want %q", tt.in, got, tt.agency)
		}
	}
}

func TestInsideByline(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"A column by Ann Lee":                       "Ann Lee",
		"Ein Interview von Änne Groß":               "Änne Groß",
		"Une chronique par Léa Petit, à Lyon":       "Léa Petit, à Lyon",
		"18.08.2025 13:30 von Olga":                 "Olga",
		"Stopped by police near the port":           "",
		"The rebuilding is paid for by the council": "",
		"by": "",
	} {
		got := ""
		if n := insideByline(in); n > 0 {
			got = in[n:]
		}
		if got != want {
			t.Errorf("insideByline(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestIsAddress(t *testing.T) {
	for s, want := range map[string]bool{
		"© 2024 The Paper": false, "Copyright: The Paper": false, "CC BY 4.0": false, "": false,
		"javascript:x": true, " java\tscript:x": true, "//paper.example/l": true, `\\paper.example`: true, "https:paper": true,
	} {
		if got := isAddress(s); got != want {
			t.Errorf("isAddress(%q) = %v, want %v", s, got, want)
		}
	}
}

func TestIsGivenName(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]bool{"Ines Brandt": true, "jörg weiß": true, "Anne-Marie Lund": true, "More Actions": false, "Newsroom": false, "": false, " ": false} {
		if got := isGivenName(name); got != want {
			t.Errorf("isGivenName(%q) = %v, want %v", name, got, want)
		}
	}
}

func TestDropGlued(t *testing.T) {
	t.Parallel()
	a := &authorCollector{collector: &collector{}, index: map[string]int{}}
	for _, n := range []string{"Ines BrandtTomas Lund", "Ines Brandt", "Tomas Lund", "Ines Brandt Lind", "Ines BrandtRedakteurin"} {
		a.add(credit{name: n, kind: person}, origin{source: srcBylineClass}, 0, 1)
	}
	a.dropGlued()
	var got []string
	for _, c := range a.out {
		got = append(got, c.Value)
	}
	if want := []string{"Ines Brandt", "Tomas Lund", "Ines Brandt Lind", "Ines BrandtRedakteurin"}; !slices.Equal(got, want) {
		t.Errorf("names left = %q, want %q", got, want)
	}
}

// What needs no folding has the key that folding gives.
func TestMatchKeyFolds(t *testing.T) {
	t.Parallel()
	for r := range rune(0x3100) {
		s := "Ae" + string(r) + "Z"
		if got, want := MatchKey(s), string(appendFoldedKey(nil, s)); got != want {
			t.Errorf("MatchKey(%q) = %q, want %q", s, got, want)
		}
	}
}
