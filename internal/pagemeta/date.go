package pagemeta

import (
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// precision is the finest part of a date that is known.
type precision uint8

const (
	year precision = iota + 1
	month
	day
	minute
	second
)

// date is a calendar date with as much of a time of day as was printed, in the zone it was printed in.
type date struct {
	Year, Month, Day, Hour, Minute, Second int
	Precision                              precision
	Zoned                                  bool // Offset was printed
	Offset                                 int  // seconds east of Greenwich
}

// dateMatch is a date found in a text.
type dateMatch struct {
	date
	start, end int      // of date and time in the text
	ambiguous  bool     // day and month could be the other way round
	shows      dayOrder // 1 + the order that a date of numbers shows, as 25/8/2025 does; 0 if none
	short      bool     // the year had two digits
}

// dayOrder says how to read 3/4/2025.
type dayOrder uint8

const (
	dayFirst dayOrder = iota
	monthFirst
)

// String is the date in ISO 8601-1 at its precision.
func (d date) String() string {
	switch d.Precision {
	case year:
		return fmt.Sprintf("%04d", d.Year)
	case month:
		return fmt.Sprintf("%04d-%02d", d.Year, d.Month)
	case day:
		return d.dayString()
	}
	s := fmt.Sprintf("%sT%02d:%02d", d.dayString(), d.Hour, d.Minute)
	if d.Precision == second {
		s += fmt.Sprintf(":%02d", d.Second)
	}
	switch {
	case !d.Zoned:
	case d.Offset == 0:
		s += "Z"
	default:
		sign, off := '+', d.Offset
		if off < 0 {
			sign, off = '-', -off
		}
		s += fmt.Sprintf("%c%02d:%02d", sign, off/3600, off/60%60)
	}
	return s
}

func (d date) dayString() string { return fmt.Sprintf("%04d-%02d-%02d", d.Year, d.Month, d.Day) }

// in gives d the offset that loc had at that local time.
func (d date) in(loc *time.Location) date {
	_, d.Offset = time.Date(d.Year, time.Month(d.Month), d.Day, d.Hour, d.Minute, d.Second, 0, loc).Zone()
	d.Zoned = true
	return d
}

// In gives a date with a time but no zone that of loc, and reports whether it did.
func (d Date) In(loc *time.Location) (Date, bool) {
	if loc == nil || d.Zoned || d.Precision < minute {
		return d, false
	}
	d.date = d.in(loc)
	return d, true
}

// Instant is the moment of a date with a time and a known zone.
func (d date) Instant() (time.Time, bool) {
	if d.Precision < minute || !d.Zoned {
		return time.Time{}, false
	}
	return time.Date(d.Year, time.Month(d.Month), d.Day, d.Hour, d.Minute, d.Second, 0, time.FixedZone("", d.Offset)), true
}

const maxDateText = 512 // bytes of a line or an attribute in which dates are looked for

// parseDate reads a machine-readable or printed date that begins s, such as the value of an attribute.
func parseDate(s string, o dayOrder) (dateMatch, bool) {
	s = strings.TrimSpace(s)
	if d, ok := epoch(s); ok {
		return d, true
	}
	if ms := findDates(s, o, true); len(ms) > 0 {
		return ms[0], true
	}
	return dateMatch{}, false
}

// epoch reads seconds or milliseconds since 1970.
func epoch(s string) (dateMatch, bool) {
	if len(s) != 10 && len(s) != 13 {
		return dateMatch{}, false
	}
	var n int64
	for i := 0; i < len(s); i++ {
		if s[i] < '0' || s[i] > '9' {
			return dateMatch{}, false
		}
		n = n*10 + int64(s[i]-'0')
	}
	if len(s) == 13 {
		n /= 1000
	}
	t := time.Unix(n, 0).UTC()
	if t.Year() < 1990 || t.Year() > 2100 {
		return dateMatch{}, false
	}
	return dateMatch{end: len(s), date: date{
		Year: t.Year(), Month: int(t.Month()), Day: t.Day(), Hour: t.Hour(), Minute: t.Minute(), Second: t.Second(),
		Precision: second, Zoned: true,
	}}, true
}

type tokenKind uint8

const (
	number tokenKind = iota + 1
	word
	punct
)

type token struct {
	start, end int
	val        int // of a number
	kind       tokenKind
	c          byte // of punctuation; 0 if not ASCII
	spaced     bool // white space before it
}

func (t token) digits() int { return t.end - t.start }

// dateTokens splits s at changes between digits, letters and everything else. Han characters and Hangul date units stand alone.
func dateTokens(s string, buf []token) []token {
	spaced := false
	for i := 0; i < len(s) && len(buf) < maxDateText; {
		r, n := utf8.DecodeRuneInString(s[i:])
		t := token{start: i, end: i + n, spaced: spaced}
		spaced = false
		switch {
		case unicode.IsSpace(r) || unicode.Is(unicode.Cf, r):
			spaced = true
			i += n
			continue
		case r >= '0' && r <= '9':
			t.kind = number
			for i < len(s) && s[i] >= '0' && s[i] <= '9' {
				if t.val < 1e8 {
					t.val = t.val*10 + int(s[i]-'0')
				}
				i++
			}
			t.end = i
		case unicode.Is(unicode.Han, r) || strings.ContainsRune("년월일시분", r):
			t.kind = word
			i += n
		case unicode.IsLetter(r):
			t.kind = word
			for i < len(s) {
				r, n := utf8.DecodeRuneInString(s[i:])
				if !unicode.IsLetter(r) && !unicode.IsMark(r) || unicode.Is(unicode.Han, r) {
					break
				}
				i += n
			}
			t.end = i
		default:
			t.kind = punct
			if r < utf8.RuneSelf {
				t.c = byte(r)
			}
			i += n
		}
		buf = append(buf, t)
	}
	return buf
}

// asciiDigits maps decimal digits of other scripts to ASCII, which moves byte offsets.
func asciiDigits(s string) (mapped string, changed bool) {
	for _, r := range s {
		if r >= utf8.RuneSelf && unicode.Is(unicode.Nd, r) {
			changed = true
			break
		}
	}
	if !changed {
		return s, false
	}
	return strings.Map(func(r rune) rune {
		if r < utf8.RuneSelf || !unicode.Is(unicode.Nd, r) {
			return r
		}
		// Digits stand in runs of ten that start at a multiple of ten from their zero.
		zero := r
		for unicode.Is(unicode.Nd, zero-1) && r-zero < 9 {
			zero--
		}
		return '0' + (r-zero)%10
	}, s), true
}

type dateScanner struct {
	s     string
	t     []token
	order dayOrder
	whole bool // s is a value of its own: bare years, months and packed dates count
}

// findDates finds the dates in s in order. In a text with digits of another script the offsets of each cover all of it.
func findDates(s string, o dayOrder, whole bool) []dateMatch {
	if len(s) > maxDateText {
		n := maxDateText
		for !utf8.RuneStart(s[n]) {
			n--
		}
		s = s[:n]
	}
	mapped, changed := asciiDigits(s)
	const average = 3 // bytes of a token and its space, of most texts
	sc := dateScanner{s: mapped, order: o, whole: whole}
	sc.t = dateTokens(mapped, make([]token, 0, min(64, 4+len(s)/average)))
	var out []dateMatch
	done := 0 // tokens of the matches so far
	for i := 0; i < len(sc.t); {
		m, j := sc.at(i)
		if j == 0 {
			i++
			continue
		}
		first, last := i, j
		if k := sc.timeAt(j, &m); k > 0 {
			last = k
		} else if k := sc.timeBefore(i, done, &m); k >= 0 {
			first = k
		}
		m.start, m.end = sc.t[first].start, sc.t[last-1].end
		if changed {
			m.start, m.end = 0, len(s)
		}
		out = append(out, m)
		if len(out) == 8 {
			break
		}
		i, done = last, last
	}
	return out
}

func (sc *dateScanner) text(i int) string { return sc.s[sc.t[i].start:sc.t[i].end] }

func (sc *dateScanner) num(i, lo, hi, maxDigits int) (int, bool) {
	if i >= len(sc.t) || sc.t[i].kind != number || sc.t[i].digits() > maxDigits || sc.t[i].val < lo || sc.t[i].val > hi {
		return 0, false
	}
	return sc.t[i].val, true
}

func (sc *dateScanner) year(i int) (int, bool) {
	if i >= len(sc.t) || sc.t[i].digits() != 4 {
		return 0, false
	}
	y, ok := sc.num(i, 1600, 2600, 4)
	if y > 2450 {
		y -= 543 // the Thai calendar
	}
	return y, ok && y <= 2100
}

func (sc *dateScanner) month(i int) (int, bool) {
	if i >= len(sc.t) || sc.t[i].kind != word {
		return 0, false
	}
	if sc.t[i].end-sc.t[i].start > 32 {
		return 0, false
	}
	m := monthOf(sc.text(i))
	return m, m != 0
}

func (sc *dateScanner) is(i int, words ...string) bool {
	if i < 0 || i >= len(sc.t) {
		return false
	}
	t := sc.text(i)
	for _, w := range words {
		if strings.EqualFold(t, w) {
			return true
		}
	}
	return false
}

func (sc *dateScanner) sep(i int) byte {
	if i >= len(sc.t) || sc.t[i].kind != punct {
		return 0
	}
	return sc.t[i].c
}

// skip passes over what may stand between the parts of a date: marks, ordinal endings and "of" in several languages.
func (sc *dateScanner) skip(i int) int {
	for n := 0; n < 3 && i < len(sc.t); n++ {
		switch {
		case strings.IndexByte(".,-/'", sc.sep(i)) >= 0 && sc.sep(i) != 0:
		case sc.is(i, "of", "de", "del", "d", "th", "st", "nd", "rd", "er", "º", "ª", "ο", "ης", "m", "gada", "года", "році", "року", "г", "den", "e", "το"):
		default:
			return i
		}
		i++
	}
	return i
}

func valid(y, m, d int) bool {
	return m >= 1 && m <= 12 && d >= 1 && d <= daysIn(y, m)
}

func daysIn(y, m int) int { return time.Date(y, time.Month(m)+1, 0, 0, 0, 0, 0, time.UTC).Day() }

// at reads a date that begins at token i; j is the token after it, 0 if there is none.
func (sc *dateScanner) at(i int) (m dateMatch, j int) {
	t := sc.t[i]
	// Part of a longer number, version or phone number.
	if i > 0 && t.kind == number && !t.spaced && strings.IndexByte(".-/+:", sc.t[i-1].c) >= 0 && sc.t[i-1].c != 0 && i > 1 &&
		sc.t[i-2].kind == number && !sc.t[i-1].spaced {
		return m, 0
	}
	switch t.kind {
	case number:
		if y, ok := sc.year(i); ok {
			if m, j = sc.yearFirst(i, y); j > 0 {
				return m, j
			}
		}
		if t.digits() == 8 && (sc.whole && i == 0 || sc.is(i+1, "T")) || t.digits() == 14 && sc.whole && i == 0 {
			if m, j = sc.packed(i); j > 0 {
				return m, j
			}
		}
		if d, ok := sc.num(i, 1, 31, 2); ok {
			return sc.dayFirst(i, d)
		}
	case word:
		if mo, ok := sc.month(i); ok {
			return sc.monthFirst(i, mo)
		}
	}
	return m, 0
}

func (sc *dateScanner) yearFirst(i, y int) (m dateMatch, j int) {
	m.Year, m.Precision = y, day
	ok := func(mo, d, j int) (dateMatch, int) {
		m.Month, m.Day = mo, d
		if !valid(y, mo, d) {
			return m, 0
		}
		return m, j
	}
	// 2025-08-18, 2025/8/18, 2025. 8. 18.
	if c := sc.sep(i + 1); c == '-' || c == '/' || c == '.' {
		if mo, is := sc.num(i+2, 1, 12, 2); is {
			if sc.sep(i+3) == c {
				if d, is := sc.num(i+4, 1, 31, 2); is {
					return ok(mo, d, i+5)
				}
			}
			if sc.whole && c == '-' && i == 0 && i+3 == len(sc.t) {
				m.Month, m.Precision = mo, month
				return m, i + 3
			}
		}
	}
	// 2025年8月18日, 2025년 8월 18일
	if sc.is(i+1, "年", "년") {
		if mo, is := sc.num(i+2, 1, 12, 2); is && sc.is(i+3, "月", "월") {
			if d, is := sc.num(i+4, 1, 31, 2); is {
				j := i + 5
				if sc.is(j, "日", "일", "号") {
					j++
				}
				return ok(mo, d, j)
			}
			m.Month, m.Precision = mo, month
			return m, i + 4
		}
	}
	// 2025. augusztus 18., 2025 m. rugpjūčio 18 d., 2025-Aug-18; 2025. gada 18. augusts
	k := sc.skip(i + 1)
	if mo, is := sc.month(k); is {
		k = sc.skip(k + 1)
		if d, is := sc.num(k, 1, 31, 2); is {
			return ok(mo, d, k+1)
		}
	} else if d, is := sc.num(k, 1, 31, 2); is && k > i+1 {
		k = sc.skip(k + 1)
		if mo, is := sc.month(k); is {
			return ok(mo, d, k+1)
		}
	}
	if sc.whole && i == 0 && len(sc.t) == 1 {
		m.Precision = year
		return m, 1
	}
	return m, 0
}

// packed reads 20250818, 20250818T101500 and 20250818101500.
func (sc *dateScanner) packed(i int) (m dateMatch, j int) {
	s := sc.text(i)
	n := func(a, b int) int {
		v := 0
		for ; a < b; a++ {
			v = v*10 + int(s[a]-'0')
		}
		return v
	}
	m.Year, m.Month, m.Day, m.Precision = n(0, 4), n(4, 6), n(6, 8), day
	if m.Year < 1900 || m.Year > 2100 || !valid(m.Year, m.Month, m.Day) {
		return m, 0
	}
	if len(s) == 14 {
		m.Hour, m.Minute, m.Second, m.Precision = n(8, 10), n(10, 12), n(12, 14), second
		if m.Hour > 23 || m.Minute > 59 || m.Second > 59 {
			return m, 0
		}
	}
	return m, i + 1
}

func (sc *dateScanner) dayFirst(i, d int) (m dateMatch, j int) {
	m.Precision = day
	// 18.8.2025, 18/08/2025, 18-08-25, 18. 8. 2025
	if c := sc.sep(i + 1); c == '.' || c == '/' || c == '-' {
		if mo, is := sc.num(i+2, 1, 31, 2); is && sc.sep(i+3) == c {
			y, is := sc.year(i + 4)
			if !is && sc.t[min(i+4, len(sc.t)-1)].digits() == 2 && !sc.t[min(i+4, len(sc.t)-1)].spaced {
				if y, is = sc.num(i+4, 0, 69, 2); is {
					y, m.short = y+2000, true
				}
			}
			if is {
				a, b := d, mo // day, month
				if c != '.' && sc.order == monthFirst {
					a, b = b, a
				}
				if b > 12 {
					a, b = b, a
				}
				switch {
				case c == '.':
					m.ambiguous = sc.order == monthFirst && a <= 12 && a != b
				case d > 12 && mo <= 12:
					m.shows = 1 + dayFirst
				case mo > 12 && d <= 12:
					m.shows = 1 + monthFirst
				default:
					m.ambiguous = a <= 12 && a != b
				}
				m.Year, m.Month, m.Day = y, b, a
				if valid(y, b, a) {
					return m, i + 5
				}
			}
		}
	}
	// 18 August 2025, 18. August 2025, 18 de agosto de 2025, 18-Aug-2025, 18th of August, 2025, 18 Aug 25
	k := sc.skip(i + 1)
	if sc.is(k, "tháng", "thang") { // 18 tháng 8, 2025
		if mo, is := sc.num(k+1, 1, 12, 2); is {
			k = sc.skip(k + 2)
			if sc.is(k, "năm", "nam") {
				k++
			}
			if y, is := sc.year(k); is && valid(y, mo, d) {
				m.Year, m.Month, m.Day = y, mo, d
				return m, k + 1
			}
		}
		return m, 0
	}
	mo, is := sc.month(k)
	if !is {
		return m, 0
	}
	k = sc.skip(k + 1)
	y, is := sc.year(k)
	if !is || !valid(y, mo, d) {
		return m, 0
	}
	m.Year, m.Month, m.Day = y, mo, d
	return m, k + 1
}

func (sc *dateScanner) monthFirst(i, mo int) (m dateMatch, j int) {
	k := sc.skip(i + 1)
	m.Month, m.Precision = mo, day
	// August 18, 2025; Aug. 18th 2025; Aug 18 10:15:00 UTC 2025
	if d, is := sc.num(k, 1, 31, 2); is {
		k = sc.skip(k + 1)
		if y, is := sc.year(k); is && valid(y, mo, d) {
			m.Year, m.Day = y, d
			return m, k + 1
		}
		var tm dateMatch
		if e := sc.timeAt(k, &tm); e > 0 && tm.Precision >= minute {
			if y, is := sc.year(e); is && valid(y, mo, d) {
				tm.Year, tm.Month, tm.Day = y, mo, d
				return tm, e + 1
			}
		}
		return m, 0
	}
	// August 2025
	if y, is := sc.year(k); is && (i == 0 || sc.t[i-1].kind != number) && (sc.whole || k == i+1) {
		m.Year, m.Precision = y, month
		return m, k + 1
	}
	return m, 0
}

// timeAt looks for a time of day a few tokens after a date that ended before token i.
func (sc *dateScanner) timeAt(i int, m *dateMatch) int {
	if m.Precision == year || m.Precision == month || m.Precision >= minute {
		if m.Precision >= minute {
			return sc.zoneAt(i, m)
		}
		return 0
	}
	pm := 0
	for n := 0; n < 6 && i < len(sc.t); n++ {
		t := sc.t[i]
		if t.kind == number {
			break
		}
		switch {
		case t.kind == punct && t.c != '+':
		case sc.is(i, "下", "후", "오후", "PM"):
			pm = 12
		case sc.is(i, "上", "오전", "AM", "午", "前", "後", "后"):
			if sc.is(i, "後", "后") {
				pm = 12
			}
		case t.end-t.start <= 12:
		default:
			return 0
		}
		i++
	}
	return sc.clock(i, m, pm)
}

// timeBefore looks for a time of day that ends just before token i, such as "10:15 GMT, 18 August 2025", but not before
// token from, and returns its first token or -1.
func (sc *dateScanner) timeBefore(i, from int, m *dateMatch) int {
	for k := i - 3; k >= from && k >= i-9; k-- {
		if sc.t[k].kind != number || sc.sep(k+1) != ':' || k > 0 && sc.sep(k-1) == ':' {
			continue
		}
		var tm dateMatch
		if e := sc.clock(k, &tm, 0); e > 0 && e <= i && i-e <= 3 {
			tm.Year, tm.Month, tm.Day, tm.ambiguous, tm.short = m.Year, m.Month, m.Day, m.ambiguous, m.short
			if m.Precision == day {
				*m = tm
				return k
			}
		}
		return -1
	}
	return -1
}

// clock reads a time of day at token i and its zone.
func (sc *dateScanner) clock(i int, m *dateMatch, pm int) int {
	h, is := sc.num(i, 0, 24, 2)
	if !is {
		// T101500 of the packed form
		if i < len(sc.t) && sc.t[i].kind == number && (sc.t[i].digits() == 6 || sc.t[i].digits() == 4) && sc.is(i-1, "T") {
			v := sc.t[i].val
			m.Precision = minute
			if sc.t[i].digits() == 6 {
				m.Second, m.Precision = v%100, second
				v /= 100
			}
			m.Hour, m.Minute = v/100, v%100
			if m.Hour > 23 || m.Minute > 59 || m.Second > 59 {
				m.Hour, m.Minute, m.Second, m.Precision = 0, 0, 0, day
				return 0
			}
			if j := sc.zoneAt(i+1, m); j > 0 {
				return j
			}
			return i + 1
		}
		return 0
	}
	mi, is := sc.num(i+2, 0, 59, 2)
	if !is || sc.t[i+2].digits() != 2 {
		return 0
	}
	c := sc.sep(i + 1)
	j := i + 3
	switch {
	case c == ':' || sc.is(i+1, "h", "時", "时", "시", "点"):
	case c == '.' && !sc.t[i+2].spaced && sc.sep(j) != '.' && sc.sep(j) != '/' && sc.sep(j) != '%':
	default:
		return 0
	}
	prec, s := minute, 0
	if c == ':' && sc.sep(j) == ':' {
		if v, is := sc.num(j+1, 0, 60, 2); is {
			s, prec = min(v, 59), second
			j += 2
			if (sc.sep(j) == '.' || sc.sep(j) == ',') && j+1 < len(sc.t) && sc.t[j+1].kind == number && !sc.t[j+1].spaced {
				j += 2
			}
		}
	}
	switch {
	case sc.is(j, "pm") || sc.is(j, "p") && (sc.is(j+1, "m") || sc.sep(j+1) == '.' && sc.is(j+2, "m")):
		pm = 12
		fallthrough
	case sc.is(j, "am") || sc.is(j, "a") && (sc.is(j+1, "m") || sc.sep(j+1) == '.' && sc.is(j+2, "m")):
		if h > 12 {
			pm = 0
		} else if pm == 0 && h == 12 {
			h = 0
		}
		if sc.is(j, "am", "pm") {
			j++
		} else {
			for j < len(sc.t) && !sc.is(j, "m") {
				j++
			}
			j++
			if sc.sep(j) == '.' {
				j++
			}
		}
	case sc.is(j, "Uhr", "h", "hs", "hrs", "分", "분", "น"):
		j++
	}
	if pm == 12 && h < 12 {
		h += 12
	}
	if h == 24 {
		if mi != 0 || s != 0 {
			return 0
		}
		h = 0
		return 0 // midnight at the end of a day belongs to the next one: keep the day alone
	}
	m.Hour, m.Minute, m.Second, m.Precision = h, mi, s, prec
	// 10:00-11:30 is a range, 10:00:00-11:30 and T10:00-11:30 are not.
	if sc.sep(j) == '-' && prec == minute && !sc.t[j].spaced && !sc.is(i-1, "T") {
		return j
	}
	if k := sc.zoneAt(j, m); k > 0 {
		j = k
	}
	return j
}

// zones holds abbreviations with one meaning in print; IST and CST have several and are left out.
var zones = map[string]int{
	"z": 0, "utc": 0, "gmt": 0, "wet": 0, "bst": 60, "west": 60, "cet": 60, "mez": 60, "cest": 120, "mesz": 120, "eet": 120, "eest": 180,
	"sast": 120, "msk": 180, "pkt": 300, "wib": 420, "hkt": 480, "sgt": 480, "wita": 480, "wit": 540, "jst": 540, "kst": 540,
	"aest": 600, "aedt": 660, "nzst": 720, "nzdt": 780, "est": -300, "edt": -240, "cdt": -300, "mst": -420, "mdt": -360, "pst": -480,
	"pdt": -420, "brt": -180, "art": -180,
}

// zoneAt reads a zone at token i into m and returns the token after it, or 0.
func (sc *dateScanner) zoneAt(i int, m *dateMatch) int {
	for n := 0; n < 1 && (sc.sep(i) == '(' || sc.sep(i) == ','); n++ {
		i++
	}
	if i >= len(sc.t) {
		return 0
	}
	t := sc.t[i]
	j := 0
	if t.kind == word {
		off, ok := zones[strings.ToLower(sc.text(i))]
		if !ok {
			return 0
		}
		m.Zoned, m.Offset = true, off*60
		i++
		j = i
		if off != 0 || i >= len(sc.t) {
			return j
		}
		t = sc.t[i]
	}
	if t.kind != punct || t.c != '+' && t.c != '-' && sc.s[t.start:t.end] != "−" || i+1 >= len(sc.t) || sc.t[i+1].spaced || sc.t[i+1].kind != number {
		return j
	}
	v := sc.t[i+1]
	h, mi, k := v.val, 0, i+2
	switch v.digits() {
	case 4:
		h, mi = v.val/100, v.val%100
	case 1, 2:
		if x, is := sc.num(k+1, 0, 59, 2); is && sc.sep(k) == ':' {
			mi, k = x, k+2
		}
	default:
		return j
	}
	if h > 14 || mi > 59 {
		return j
	}
	m.Zoned, m.Offset = true, (h*60+mi)*60
	if t.c == '-' || t.c == 0 {
		m.Offset = -m.Offset
	}
	return k
}
