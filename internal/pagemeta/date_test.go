package pagemeta

import (
	"net/url"
	"testing"
	"unicode/utf8"
)

func TestParseDate(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		in    string
		order dayOrder
		want  string
	}{
		{"2025-08-18", dayFirst, "2025-08-18"},
		{"2025-08-18T21:04:05+05:30", dayFirst, "2025-08-18T21:04:05+05:30"},
		{"2025-08-18T21:04:05.123Z", dayFirst, "2025-08-18T21:04:05Z"},
		{"2025-08-18T21:04:05-0500", dayFirst, "2025-08-18T21:04:05-05:00"},
		{"2025-08-18 21:04", dayFirst, "2025-08-18T21:04"},
		{"20250818", dayFirst, "2025-08-18"},
		{"20250818T210405Z", dayFirst, "2025-08-18T21:04:05Z"},
		{"20250818210405", dayFirst, "2025-08-18T21:04:05"},
		{"2025/8/18 9:05", dayFirst, "2025-08-18T09:05"},
		{"2025-08", dayFirst, "2025-08"},
		{"2025", dayFirst, "2025"},
		{"1755551045", dayFirst, "2025-08-18T21:04:05Z"},
		{"1755551045123", dayFirst, "2025-08-18T21:04:05Z"},
		{"Mon, 18 Aug 2025 21:04:05 +0000", dayFirst, "2025-08-18T21:04:05Z"},
		{"Mon Aug 18 21:04:05 UTC 2025", dayFirst, "2025-08-18T21:04:05Z"},
		{"August 18, 2025", dayFirst, "2025-08-18"},
		{"Aug. 18th, 2025 at 9:04 p.m. EDT", dayFirst, "2025-08-18T21:04-04:00"},
		{"18 August 2025, 12:04 AM", dayFirst, "2025-08-18T00:04"},
		{"the 18th of August, 2025", dayFirst, "2025-08-18"},
		{"3/4/2025", dayFirst, "2025-04-03"},
		{"3/4/2025", monthFirst, "2025-03-04"},
		{"18/8/2025", monthFirst, "2025-08-18"},
		{"8/18/2025", dayFirst, "2025-08-18"},
		{"18.08.2025, 21.04 Uhr", monthFirst, "2025-08-18T21:04"},
		{"18.8.25", dayFirst, "2025-08-18"},
		{"18. August 2025", dayFirst, "2025-08-18"},
		{"Montag, 18. März 2024 um 9:30 MEZ", dayFirst, "2024-03-18T09:30+01:00"},
		{"lundi 18 août 2025 à 21h04", dayFirst, "2025-08-18T21:04"},
		{"18 de agosto de 2025 a las 21:04 h", dayFirst, "2025-08-18T21:04"},
		{"18 de março de 2025", dayFirst, "2025-03-18"},
		{"mar 18 mar 2025", dayFirst, "2025-03-18"},
		{"18 kwietnia 2025", dayFirst, "2025-04-18"},
		{"18. listopadu 2025", dayFirst, "2025-11-18"},
		{"2025. augusztus 18. 21:04", dayFirst, "2025-08-18T21:04"},
		{"2025 m. rugpjūčio 18 d.", dayFirst, "2025-08-18"},
		{"2025. gada 18. augusts", dayFirst, "2025-08-18"},
		{"18 Ağustos 2025", dayFirst, "2025-08-18"},
		{"18 августа 2025 г., 21:04 MSK", dayFirst, "2025-08-18T21:04+03:00"},
		{"18 Αυγούστου 2025", dayFirst, "2025-08-18"},
		{"18 أغسطس 2025", dayFirst, "2025-08-18"},
		{"١٨ أغسطس ٢٠٢٥", dayFirst, "2025-08-18"},
		{"18 אוגוסט 2025", dayFirst, "2025-08-18"},
		{"18 अगस्त 2025", dayFirst, "2025-08-18"},
		{"18 जनवरी 2025", dayFirst, "2025-01-18"},
		{"2025年8月18日 21:04", dayFirst, "2025-08-18T21:04"},
		{"2025년 8월 18일 오후 9:04", dayFirst, "2025-08-18T21:04"},
		{"2025.08.18. 21:04", dayFirst, "2025-08-18T21:04"},
		{"ngày 18 tháng 8 năm 2025", dayFirst, "2025-08-18"},
		{"18 สิงหาคม 2568", dayFirst, "2025-08-18"},
		{"10:15 GMT, 18 August 2025", dayFirst, "2025-08-18T10:15Z"},
		{"18 August 2025 10:15 GMT+2", dayFirst, "2025-08-18T10:15+02:00"},
		{"August 2025", dayFirst, "2025-08"},
		{"31 February 2025", dayFirst, ""},
		{"29 February 2023", dayFirst, ""},
		{"2025-13-01", dayFirst, ""},
		{"version 12.3.2", dayFirst, ""},
		{"call 555-12-2025", dayFirst, ""},
		{"August 18", dayFirst, ""},
		{"5 min read", dayFirst, ""},
		{"", dayFirst, ""},
	} {
		got := ""
		if m, ok := parseDate(tt.in, tt.order); ok {
			got = m.String()
		}
		if got != tt.want {
			t.Errorf("parseDate(%q, %v) = %q, want %q", tt.in, tt.order, got, tt.want)
		}
	}
}

func TestFindDates(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		in   string
		want []string
	}{
		{"Published: March 1, 2025 | Updated: March 3, 2025 10:15 AM", []string{"2025-03-01 March 1, 2025", "2025-03-03T10:15 March 3, 2025 10:15 AM"}},
		{"Von Anna Beispiel · 01.03.2025 · 5 Min.", []string{"2025-03-01 01.03.2025"}},
		{"19.01.2023 10:00-11:30", []string{"2023-01-19T10:00 19.01.2023 10:00"}},
		{"In March 2025 it rained", []string{"2025-03 March 2025"}},
		{"Since 2019 and in 2020", nil},
		{"192.168.1.25", nil},
		{"1 May 2025 10:15, 2 May 2025", []string{"2025-05-01T10:15 1 May 2025 10:15", "2025-05-02 2 May 2025"}},
		{"a 10:15 GMT, 18 August 2025 b", []string{"2025-08-18T10:15Z 10:15 GMT, 18 August 2025"}},
	} {
		var got []string
		for _, m := range findDates(tt.in, dayFirst, false) {
			got = append(got, m.String()+" "+tt.in[m.start:m.end])
		}
		if len(got) != len(tt.want) {
			t.Errorf("findDates(%q) = %q, want %q", tt.in, got, tt.want)
			continue
		}
		for i := range got {
			if got[i] != tt.want[i] {
				t.Errorf("findDates(%q)[%d] = %q, want %q", tt.in, i, got[i], tt.want[i])
			}
		}
	}
}

func TestURLDates(t *testing.T) {
	for _, tt := range []struct{ path, want string }{
		{"/2025/08/18/light", "2025-08-18"},
		{"/2025/aug/18/light", "2025-08-18"},
		{"/news/20250818-light", "2025-08-18"},
		{"/2025/08/light", "2025-08"},
		{"/news/29-10-2021", "2021-10-29"},
		{"/news/light-29-10-2021.html", "2021-10-29"},
		{"/news/10-29-2021/light", "2021-10-29"},
		{"/news/covid-19-10-2021-is-over", ""},
		{"/news/31-02-2021", ""},
		{"/2025/light/18", ""},
		{"/news/light-2025-8", ""},
	} {
		d := &dateCollector{collector: &collector{url: &url.URL{Path: tt.path}}, order: dayFirst, index: map[string]int{}}
		d.addURL()
		got := ""
		if len(d.out) > 0 {
			got = d.out[0].Key
		}
		if got != tt.want {
			t.Errorf("addURL(%q) = %q, want %q", tt.path, got, tt.want)
		}
	}
}

// FuzzFindDates: no panic; matches lie in the text in order, on character boundaries; every date exists; the printed form of a date
// reads as the same date.
func FuzzFindDates(f *testing.F) {
	for _, s := range []string{"2025-08-18T21:04:05+05:30", "Aug 18 10:15 UTC 2025", "١٨ أغسطس ٢٠٢٥", "2025年8月18日", "18.8.25 9.30 Uhr", "1755551045"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, whole := range []bool{false, true} {
			end := 0
			for _, m := range findDates(s, dayFirst, whole) {
				if m.start < 0 || m.end < m.start || m.end > len(s) {
					t.Fatalf("match [%d,%d) outside of %d bytes", m.start, m.end, len(s))
				}
				if utf8.ValidString(s) && !utf8.ValidString(s[m.start:m.end]) {
					t.Fatalf("match %q cuts a character", s[m.start:m.end])
				}
				if _, mapped := asciiDigits(s); !mapped && m.start < end {
					t.Fatalf("match at %d begins before the end %d of the one before", m.start, end)
				}
				end = m.end
				if m.Precision >= day && !valid(m.Year, m.Month, m.Day) || m.Hour > 23 || m.Minute > 59 || m.Second > 59 {
					t.Fatalf("no such date: %+v", m.date)
				}
				if again, ok := parseDate(m.String(), dayFirst); !ok || again.date != m.date {
					t.Fatalf("%q reads back as %+v, want %+v", m.String(), again.date, m.date)
				}
			}
		}
	})
}
