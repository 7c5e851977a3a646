package times

import (
	"strconv"

	nutgrafv1 "example.invalid/nutgraf/gen/go/nutgraf/v1"
)

// Units, as the language files number them.
const (
	uSecond = iota + 1
	uMinute
	uHour
	uDay
	uWeek
	uWeekend
	uMonth
	uQuarter
	uHalf
	uYear
	uDecade
	uCentury
	uFortnight
	uWeekday // a day on which business is done
)

var unitCode = [...]string{uSecond: "S", uMinute: "M", uHour: "H", uDay: "D", uWeek: "W", uWeekend: "WE", uMonth: "M",
	uQuarter: "Q", uHalf: "H", uYear: "Y", uDecade: "Y", uCentury: "Y", uFortnight: "W", uWeekday: "D"}

var partCode = [...]string{1: "MO", 2: "AF", 3: "EV", 4: "NI", 5: "MI"}

// unknownZone is a zone whose offset the text does not give.
const unknownZone = 9999

const (
	partNoon     = 10
	partMidnight = 11
)

var seasonCode = [...]string{1: "SP", 2: "SU", 3: "FA", 4: "WI"}

// kind is the TIMEX3 type.
type kind uint8

const (
	kindDate kind = iota
	kindTime
	kindDuration
	kindSet
)

// anchor is what relative expressions are counted from.
type anchor struct {
	day       date
	precision int // 1 year, 2 month, 3 day
	text      string
	source    nutgrafv1.TimeAnchor
	ok        bool
}

// expression is a time expression with its value.
type expression struct {
	start, end  int32
	kind        kind
	timex       string
	first, last string
	relative    bool
	anchor      string
	source      nutgrafv1.TimeAnchor
	modifier    nutgrafv1.TimeModifier
	unresolved  bool // relative, and there was no anchor
	confidence  float32

	// For what comes later in the text.
	day   date
	gran  int // 1 year, 2 month, 3 day; 0: nothing to count from
	year  bool
	month int
	m     *match // only while its chunk is read
}

type resolver struct {
	g      *grammar
	anchor anchor
	cues   []cue
	prev   anchor // the time spoken of last
	day    anchor // the day spoken of last
	dayRef anchor // the day spoken of last in this sentence
	refAt  int32
}

// tense looks for the nearest word that tells it, first before the expression, then after.
func (r *resolver) tense(start, end int32) int {
	lo, hi := 0, len(r.cues)
	for lo < hi {
		if mid := (lo + hi) / 2; r.cues[mid].at < start {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	weak := false
	for i := lo - 1; i >= 0 && start-r.cues[i].at < 160; i-- {
		switch r.cues[i].kind {
		case cuePast:
			// "Is to be held", "will be shot".
			if i > 0 && r.cues[i-1].kind == cueFuture && r.cues[i].at-r.cues[i-1].at < 16 {
				return 1
			}
			return -1
		case cueFuture:
			return 1
		case cueWeakPast:
			weak = true
			continue
		}
		break
	}
	if weak {
		return -1
	}
	for i := lo; i < len(r.cues) && r.cues[i].at-end < 120; i++ {
		if r.cues[i].at < end {
			continue
		}
		switch r.cues[i].kind {
		case cuePast, cueWeakPast:
			return -1
		case cueFuture:
			return 1
		}
		return 0
	}
	return 0
}

func (e *expression) setDay(d date, part string) {
	day := d.String()
	e.timex = day + part
	e.first, e.last = day, day
	e.day, e.gran = d, 3
}

func (e *expression) setMonth(y, m int) {
	e.timex = year(y) + "-" + two(m)
	d := civil(y, m, 1)
	e.first, e.last = d.String(), (civil(y, m+1, 1) - 1).String()
	e.day, e.gran = d, 2
}

func (e *expression) setMonths(timex string, y, m, n int) {
	e.timex = timex
	e.first, e.last = civil(y, m, 1).String(), (civil(y, m+n, 1) - 1).String()
	e.day, e.gran = civil(y, m, 1), 2
}

func (e *expression) setYears(timex string, y, n int) {
	e.timex = timex
	e.first, e.last = civil(y, 1, 1).String(), civil(y+n-1, 12, 31).String()
	e.day, e.gran = civil(y, 1, 1), 1
}

func (e *expression) setWeek(monday date) {
	y, w := monday.isoWeek()
	e.timex = year(y) + "-W" + two(w)
	e.first, e.last = monday.String(), (monday + 6).String()
	e.day, e.gran = monday, 3
}

// needs reports whether the anchor is known to the wanted precision, and marks the expression as relative.
func (e *expression) needs(a anchor, precision int) bool {
	e.relative = true
	if !a.ok || a.precision < precision {
		e.unresolved = a.source != nutgrafv1.TimeAnchor_TIME_ANCHOR_TEXT
		return false
	}
	e.anchor, e.source = a.text, a.source
	return true
}

// pickYear chooses the year of a month or a day that was named without one.
func pickYear(a date, m, d, tense int) int {
	y, am, _ := a.civil()
	var past, future date
	if d == 0 {
		here := civil(y, am, 1)
		past, future = civil(y, m, 1), civil(y, m, 1)
		if past > here {
			past = civil(y-1, m, 1)
		}
		if future < here {
			future = civil(y+1, m, 1)
		}
		a = here
	} else {
		past, future = civil(y, m, d), civil(y, m, d)
		for k := 1; past > a || d > daysIn(yearOf(past, m), m); k++ {
			past = civil(y-k, m, d)
		}
		for k := 1; future < a || d > daysIn(yearOf(future, m), m); k++ {
			future = civil(y+k, m, d)
		}
	}
	back, ahead := a-past, future-a
	pick := past
	switch {
	case back <= 45 && ahead > 300:
	case ahead <= 45 && back > 300, ahead <= 100 && back > 260 && yearOf(future, m) == y:
		// News leaves the year out where it is the one of the day of writing.
		pick = future
	case tense > 0, tense == 0 && ahead < back:
		pick = future
	}
	return yearOf(pick, m)
}

// yearOf is the year that a date made from it and the month m was meant for, even if 29 February slid into March.
func yearOf(d date, m int) int {
	y, _, _ := d.civil()
	return y
}

func (r *resolver) expression(m *match) (expression, bool) {
	e := expression{start: m.start, end: m.end, m: m, confidence: 0.9}
	e.modifier = nutgrafv1.TimeModifier(m.slots.v[cMod])
	ok := true
	switch m.op {
	case opCal, opYear:
		ok = r.calendar(&e)
	case opShift:
		r.shift(&e, r.anchor)
	case opLater:
		base := r.prev
		if !base.ok {
			base = r.anchor
		}
		e.confidence = 0.7
		r.shift(&e, base)
	case opSame:
		r.same(&e)
	case opDur:
		ok = r.duration(&e)
	case opSet:
		ok = r.set(&e)
	case opRef:
		e.timex = [...]string{"PAST_REF", "PRESENT_REF", "FUTURE_REF"}[1+m.slots.v[cRef]]
	case opTime:
		if v, is := m.slots.get(cHHMM); is {
			m.slots.set(cHour, int32(v/100))
			m.slots.set(cMin, int32(v%100))
		}
		if p, is := m.slots.get(cPart); is && p < partNoon && !m.slots.is(cHour) {
			return e, false // "at night"
		}
		r.clock(&e)
	}
	if ok && e.gran > 0 && e.kind != kindDuration {
		r.prev = anchor{day: e.day, precision: e.gran, text: e.first, source: nutgrafv1.TimeAnchor_TIME_ANCHOR_TEXT, ok: true}
		if e.gran == 3 {
			r.day = r.prev
		}
	}
	return e, ok
}

func (r *resolver) calendar(e *expression) bool {
	s := &e.m.slots
	a := r.anchor
	ay, am, _ := a.day.civil()
	rel, hasRel := s.get(cRel)
	unit, hasUnit := s.get(cUnit)
	y, hasYear := s.get(cYear)
	if yy, ok := s.get(cYY); ok && !hasYear {
		limit := 30
		if a.ok {
			limit = (ay + 20) % 100
		}
		y, hasYear = 2000+yy, true
		if yy > limit {
			y -= 100
		}
	}
	if hasUnit && unit == uYear && !hasYear && !s.is(sNth) {
		if !hasRel {
			rel, hasRel = 0, true
		}
		if e.needs(a, 1) {
			y, hasYear = ay+rel, true
		} else {
			e.timex = "XXXX"
			return !s.is(cMonth) && !s.is(sQ) && !s.is(cSeason) && !s.is(cDay)
		}
		hasUnit = false
	}
	e.year = s.is(cYear) || s.is(cYY)
	part := ""
	if p, ok := s.get(cPart); ok && p < len(partCode) {
		part = "T" + partCode[p]
	}
	switch {
	case s.is(cYMD):
		v := int(s.v[cYMD])
		mm, dd := v/100%100, v%100
		if mm < 1 || mm > 12 || dd < 1 || dd > daysIn(v/10000, mm) {
			return false
		}
		e.setDay(civil(v/10000, mm, dd), "")
	case s.is(cDecade):
		v := int(s.v[cDecade])
		e.setYears(strconv.Itoa(v/10), v/10*10, 10)
	case s.is(cDecYY):
		v := int(s.v[cDecYY])
		base := 1900
		if a.ok && v <= (ay%100) && v <= 20 && ay >= 2000 {
			base = 2000
		}
		if v >= 1000 {
			base = 0
		}
		e.setYears(strconv.Itoa((base+v)/10), base+v, 10)
		e.relative = v < 1000
	case s.is(cCentury):
		c := int(s.v[cOrd])
		e.setYears(two(c-1), (c-1)*100, 100)
	case s.is(sQ), s.is(cHalf):
		return r.quarter(e, y, hasYear, rel, hasRel)
	case s.is(sWeek):
		if !hasYear {
			if !e.needs(a, 1) {
				e.timex = "XXXX-W" + two(int(s.v[sWeek]))
				break
			}
			y = ay
		}
		e.setWeek(civil(y, 1, 4).monday() + date(7*(int(s.v[sWeek])-1)))
	case s.is(cSeason):
		season := int(s.v[cSeason])
		if !hasYear {
			if !e.needs(a, 2) {
				e.timex = "XXXX-" + seasonCode[season]
				break
			}
			start := [...]int{1: 3, 2: 6, 3: 9, 4: 12}[season]
			switch {
			case hasRel && rel == 0:
				y = ay
			case hasRel && rel < 0:
				if y = ay; start >= am-1 {
					y--
				}
			case hasRel:
				if y = ay; start <= am {
					y++
				}
			default:
				y = pickYear(a.day, start, 0, r.tense(e.start, e.end))
			}
		}
		// When a season begins depends on where one is, so it has no first and last day here.
		e.timex = year(y) + "-" + seasonCode[season]
		e.day, e.gran = civil(y, 1, 1), 1
	case s.is(sNth):
		return r.counted(e, y, hasYear)
	case s.is(cHol):
		return r.holiday(e, y, hasYear, rel, hasRel)
	case s.is(cMonth):
		m := int(s.v[cMonth])
		d, hasDay := s.get(cDay)
		e.month = m
		if !hasYear {
			if !e.needs(a, 2) {
				e.timex = "XXXX-" + two(m)
				if hasDay {
					e.timex += "-" + two(d) + part
				}
				break
			}
			switch {
			case hasRel && rel == 0:
				y = ay
			case hasRel && rel < 0:
				if y = ay; m >= am {
					y--
				}
			case hasRel:
				if y = ay; m <= am {
					y++
				}
			default:
				y = pickYear(a.day, m, d, r.tense(e.start, e.end))
			}
		}
		switch {
		case !hasDay:
			e.setMonth(y, m)
		case d > daysIn(y, m):
			return false
		default:
			e.setDay(civil(y, m, d), part)
			if dow, ok := s.get(cDow); ok && !e.year && civil(y, m, d).weekday() != dow {
				// The weekday tells the year, if one near by fits.
				for _, k := range []int{-1, 1} {
					if d <= daysIn(y+k, m) && civil(y+k, m, d).weekday() == dow {
						e.setDay(civil(y+k, m, d), part)
						break
					}
				}
			}
		}
	case s.is(cDay):
		// A day of this, last or the next month.
		d := int(s.v[cDay])
		if !e.needs(a, 2) {
			e.timex = "XXXX-XX-" + two(d)
			break
		}
		if !hasRel {
			switch _, _, ad := a.day.civil(); {
			case d > ad && r.tense(e.start, e.end) < 0:
				rel = -1
			case d < ad && r.tense(e.start, e.end) > 0:
				rel = 1
			}
		}
		first := civil(ay, am+rel, 1)
		yy, mm, _ := first.civil()
		if d > daysIn(yy, mm) {
			return false
		}
		e.setDay(first+date(d-1), part)
	case s.is(cDow):
		dow := int(s.v[cDow])
		if !e.needs(a, 3) {
			e.timex = "XXXX-WXX-" + strconv.Itoa(dow) + part
			break
		}
		back := date((a.day.weekday() - dow + 7) % 7)
		ahead := date((dow - a.day.weekday() + 7) % 7)
		d := a.day - back
		switch {
		case hasUnit && unit == uWeek:
			d = a.day.monday() + date(7*rel+dow-1)
		case hasRel && rel == 0:
			d = a.day.monday() + date(dow-1)
		case hasRel && rel < 0:
			if back == 0 {
				d -= 7
			}
		case hasRel:
			if d = a.day + ahead; ahead == 0 {
				d += 7
			}
		case r.tense(e.start, e.end) > 0:
			d = a.day + ahead
		}
		e.setDay(d, part)
	case s.is(cOff):
		if !e.needs(a, 3) {
			e.timex = "XXXX-XX-XX" + part
			break
		}
		e.setDay(a.day+date(s.v[cOff]), part)
	case hasUnit:
		return r.unit(e, a, unit, rel)
	case hasYear:
		e.setYears(year(y), y, 1)
	case s.is(cPart):
		// "This morning", "last night", "the morning".
		base := a
		if !hasRel && r.dayRef.ok {
			base = r.dayRef
		}
		if !e.needs(base, 3) {
			e.timex = "XXXX-XX-XX" + part
			break
		}
		e.setDay(base.day+date(rel), part)
	default:
		return s.is(cHour) || s.is(cPart)
	}
	if p, ok := s.get(cPart); ok || s.is(cHour) {
		e.kind = kindTime
		if e.gran == 3 && len(e.timex) >= 10 {
			e.timex = e.timex[:10]
		}
		if s.is(cHour) || p >= partNoon {
			r.addClock(e)
		} else if part != "" && (e.gran == 3 || e.unresolved) {
			if e.gran == 3 {
				e.timex += part
			}
		}
	}
	if e.gran == 3 {
		r.dayRef = anchor{day: e.day, precision: 3, text: e.first, source: nutgrafv1.TimeAnchor_TIME_ANCHOR_TEXT, ok: true}
		r.refAt = e.end
	}
	return true
}

func (r *resolver) quarter(e *expression, y int, hasYear bool, rel int, hasRel bool) bool {
	s := &e.m.slots
	n, per, letter := int(s.v[sQ]), 3, "-Q"
	if h, ok := s.get(cHalf); ok {
		n, per, letter = h, 6, "-H"
	}
	if !hasYear {
		if !e.needs(r.anchor, 2) {
			e.timex = "XXXX" + letter + strconv.Itoa(n)
			return true
		}
		ay, am, _ := r.anchor.day.civil()
		y = ay
		// A quarter that has not begun was last year's, unless the text looks ahead.
		if (n-1)*per+1 > am && r.tense(e.start, e.end) <= 0 {
			y--
		}
	}
	e.setMonths(year(y)+letter+strconv.Itoa(n), y, (n-1)*per+1, per)
	return true
}

// counted resolves "the last week of July", "the second Monday in May" and "the week of April 10". A week is that of the
// month in which its Thursday lies, as ISO 8601 has it for years.
func (r *resolver) counted(e *expression, y int, hasYear bool) bool {
	s := &e.m.slots
	n := int(s.v[sNth])
	m, hasMonth := s.get(cMonth)
	d, hasDay := s.get(cDay)
	if !hasYear {
		if !e.needs(r.anchor, 2) {
			e.timex = "XXXX-" + two(m)
			return true
		}
		y = pickYear(r.anchor.day, m, d, r.tense(e.start, e.end))
	}
	if n == 0 {
		if !hasDay || d > daysIn(y, m) {
			return false
		}
		e.setWeek(civil(y, m, d).monday())
		return true
	}
	first, last := civil(y, 1, 1), civil(y, 12, 31)
	if hasMonth {
		first, last = civil(y, m, 1), civil(y, m+1, 1)-1
	}
	dow, isDow := s.get(cDow)
	unit := int(s.v[cUnit])
	step := date(7)
	switch {
	case isDow:
	case unit == uWeek:
		dow = 4
	case unit == uDay:
		step, dow = 1, first.weekday()
		if n < 0 {
			dow = last.weekday()
		}
	default:
		return false
	}
	day := first + date((dow-first.weekday()+7)%7) + step*date(n-1)
	if n < 0 {
		day = last - date((last.weekday()-dow+7)%7)
	}
	if day > last {
		return false
	}
	if unit == uWeek && !isDow {
		e.setWeek(day.monday())
	} else {
		e.setDay(day, "")
	}
	return true
}

// nthWeekday is the n-th weekday of a month, 9 the last.
func nthWeekday(y, m, n, dow int) date {
	if n == 9 {
		last := civil(y, m+1, 1) - 1
		return last - date((last.weekday()-dow+7)%7)
	}
	first := civil(y, m, 1)
	return first + date((dow-first.weekday()+7)%7+7*(n-1))
}

// Fixed holidays are month*100+day; movable ones count from Easter as 5000 plus days, or are 10000+month*100+n*10+weekday for
// the n-th weekday of a month, 9 the last.
func (r *resolver) holiday(e *expression, y int, hasYear bool, rel int, hasRel bool) bool {
	v := int(e.m.slots.v[cHol])
	if !hasYear {
		if !e.needs(r.anchor, 3) {
			e.timex = "XXXX"
			if v < 2000 {
				e.timex = "XXXX-" + two(v/100) + "-" + two(v%100)
			}
			return true
		}
		ay, _, _ := r.anchor.day.civil()
		here := holidayIn(ay, v)
		switch _, m, d := here.civil(); {
		case hasRel && rel == 0:
			y = ay
		case hasRel && rel < 0:
			if y = ay; here >= r.anchor.day {
				y--
			}
		case hasRel:
			if y = ay; here <= r.anchor.day {
				y++
			}
		default:
			y = pickYear(r.anchor.day, m, d, r.tense(e.start, e.end))
		}
	}
	e.setDay(holidayIn(y, v), "")
	return true
}

func holidayIn(y, v int) date {
	switch {
	case v < 2000:
		return civil(y, v/100, v%100)
	case v < 10000:
		return easter(y) + date(v-5000)
	}
	v -= 10000
	return nthWeekday(y, v/100, v/10%10, v%10)
}

// easter is Gauss's rule as corrected by Lichtenberg.
func easter(y int) date {
	k := y / 100
	m := 15 + (3*k+3)/4 - (8*k+13)/25
	s := 2 - (3*k+3)/4
	a := y % 19
	d := (19*a + m) % 30
	rr := (d + a/11) / 29
	og := 21 + d - rr
	sz := 7 - (y+y/4+s)%7
	oe := 7 - (og-sz)%7
	return civil(y, 3, og+oe)
}

// unit resolves "last week", "this month", "the next decade", counted from a.
func (r *resolver) unit(e *expression, a anchor, unit, rel int) bool {
	precision := 3
	switch unit {
	case uMonth, uQuarter, uHalf:
		precision = 2
	case uYear, uDecade, uCentury:
		precision = 1
	}
	if !e.needs(a, precision) {
		e.timex = map[int]string{uMonth: "XXXX-XX", uYear: "XXXX", uWeek: "XXXX-WXX", uWeekend: "XXXX-WXX-WE"}[unit]
		if e.timex == "" {
			e.timex = "XXXX-XX-XX"
		}
		return true
	}
	y, m, _ := a.day.civil()
	switch unit {
	case uSecond, uMinute, uHour:
		e.kind, e.timex = kindDuration, "PT1"+unitCode[unit]
		e.anchor, e.source = "", 0
	case uDay, uWeekday:
		e.setDay(a.day+date(rel), "")
	case uWeek:
		e.setWeek(a.day.monday() + date(7*rel))
	case uFortnight:
		e.kind, e.timex = kindDuration, "P2W"
	case uWeekend:
		if rel == 0 && a.day.weekday() <= 4 {
			// "Over the weekend" looks back unless the sentence looks ahead.
			if t := r.tense(e.start, e.end); t < 0 || t == 0 && e.m.slots.v[sDir] < 0 {
				rel = -1 // the one just past
			}
		}
		e.setWeek(a.day.monday() + date(7*rel))
		e.timex += "-WE"
		e.first = (e.day + 5).String()
		e.day += 5
	case uMonth:
		y, m, _ = civil(y, m+rel, 1).civil()
		e.setMonth(y, m)
	case uQuarter, uHalf:
		per, letter := 3, "-Q"
		if unit == uHalf {
			per, letter = 6, "-H"
		}
		n := (m-1)/per + rel
		y, m, _ = civil(y, n*per+1, 1).civil()
		e.setMonths(year(y)+letter+strconv.Itoa((m-1)/per+1), y, m, per)
	case uYear:
		e.setYears(year(y+rel), y+rel, 1)
	case uDecade:
		d := y/10 + rel
		e.setYears(strconv.Itoa(d), d*10, 10)
	case uCentury:
		c := y/100 + rel
		e.setYears(strconv.Itoa(c), c*100, 100)
	}
	return true
}

// shift resolves "two years ago" and "three days later", counted from a.
func (r *resolver) shift(e *expression, a anchor) {
	s := &e.m.slots
	unit := int(s.v[cUnit])
	dir := int(s.v[sDir])
	if dir == 2 {
		// "In two weeks" looks ahead only where the sentence does.
		if r.tense(e.start, e.end) < 0 {
			r.duration(e)
			return
		}
		dir = 1
	}
	n, ok := s.get(cNum)
	if !ok {
		n = 100
	}
	if s.is(cVague) || n%100 != 0 && unit < uMonth {
		e.timex = [...]string{"PAST_REF", "PRESENT_REF", "FUTURE_REF"}[1+dir]
		return
	}
	precision := 3
	switch unit {
	case uMonth, uQuarter, uHalf:
		precision = 2
	case uYear, uDecade, uCentury:
		precision = 1
	}
	if !e.needs(a, precision) {
		e.timex = "XXXX"
		if precision > 1 {
			e.timex += "-XX"
		}
		if precision > 2 {
			e.timex += "-XX"
		}
		return
	}
	k := n * dir / 100
	if n > 10_000_00 {
		k = 0
	}
	y, m, _ := a.day.civil()
	switch unit {
	case uSecond, uMinute, uHour:
		if e.m.op == opLater {
			e.kind, e.timex = kindTime, "XXXX-XX-XXTXX:XX"
			e.relative, e.anchor = true, ""
			return
		}
		// The anchor is a day; hours from it say no more than the day.
		e.setDay(a.day, "")
	case uDay, uWeekday, uWeekend:
		e.setDay(a.day+date(k), "")
	case uWeek:
		e.setDay(a.day+date(7*k), "")
	case uFortnight:
		e.setDay(a.day+date(14*k), "")
	case uMonth, uQuarter, uHalf:
		per := map[int]int{uMonth: 1, uQuarter: 3, uHalf: 6}[unit]
		y, m, _ = civil(y, m+k*per, 1).civil()
		e.setMonth(y, m)
	case uYear:
		if n%100 != 0 {
			y, m, _ = civil(y, m+n*dir*12/100, 1).civil()
			e.setMonth(y, m)
			break
		}
		e.setYears(year(max(1, y+k)), max(1, y+k), 1)
	case uDecade:
		d := max(0, y/10+k)
		e.setYears(strconv.Itoa(d), d*10, 10)
	case uCentury:
		c := max(0, y/100+k)
		e.setYears(two(c), c*100, 100)
	}
}

// same resolves "the same day", "the following year", "a day earlier", counted from the time spoken of last.
func (r *resolver) same(e *expression) {
	s := &e.m.slots
	base := r.prev
	if u := s.v[cUnit]; (u == uDay || u == uWeek || u == uWeekend) && base.precision < 3 || s.is(cDow) || s.is(cPart) {
		base = r.day
	}
	if !base.ok {
		base = r.anchor
	}
	e.confidence = 0.7
	rel, _ := s.get(cRel)
	if p, ok := s.get(cPart); ok {
		if !e.needs(base, 3) {
			e.timex = "XXXX-XX-XX"
			return
		}
		e.kind = kindTime
		e.setDay(base.day+date(rel), "T"+partCode[min(p, len(partCode)-1)])
		return
	}
	if m, ok := s.get(cMonth); ok {
		if !e.needs(base, 2) {
			e.timex = "XXXX-" + two(m)
			return
		}
		y, bm, _ := base.day.civil()
		if rel > 0 && m <= bm {
			y++
		}
		if rel < 0 && m >= bm {
			y--
		}
		e.setMonth(y, m)
		return
	}
	if dow, ok := s.get(cDow); ok {
		if !e.needs(base, 3) {
			e.timex = "XXXX-WXX-" + strconv.Itoa(dow)
			return
		}
		ahead := date((dow-base.day.weekday()+6)%7 + 1)
		if rel < 0 {
			ahead = -date((base.day.weekday()-dow+6)%7 + 1)
		}
		e.setDay(base.day+ahead, "")
		return
	}
	r.unit(e, base, int(s.v[cUnit]), rel)
}

// amount writes a number of hundredths.
func amount(n int) string {
	t := strconv.Itoa(n / 100)
	if f := n % 100; f != 0 {
		t += "." + two(f)
		if f%10 == 0 {
			t = t[:len(t)-1]
		}
	}
	return t
}

func durationOf(n int, vague bool, unit int) string {
	prefix := "P"
	if unit <= uHour {
		prefix = "PT"
	}
	switch {
	case vague:
		return prefix + "X" + unitCode[unit]
	case unit == uDecade:
		n *= 10
	case unit == uCentury:
		n *= 100
	case unit == uFortnight:
		n *= 2
	case unit == uQuarter:
		return prefix + amount(n*3) + "M"
	case unit == uHalf:
		return prefix + amount(n*6) + "M"
	}
	return prefix + amount(n) + unitCode[unit]
}

func (r *resolver) duration(e *expression) bool {
	s := &e.m.slots
	e.kind = kindDuration
	unit := int(s.v[cUnit])
	if unit == 0 || unit >= len(unitCode) {
		return false
	}
	n, ok := s.get(cNum)
	vague := s.is(cVague)
	if n >= 1900_00 && n <= 2100_00 {
		return false // "the 2021 weekend"
	}
	if !ok && !vague {
		n = 100
	}
	if s.is(sHalfUnit) {
		n += 50
		if !ok && s.v[sHalfUnit] == 2 {
			n = 50
		}
	}
	e.timex = durationOf(n, vague, unit)
	if b, ok := s.get(sUnitB); ok {
		second := durationOf(int(s.v[sNumB]), false, b)
		switch {
		case b == unit || b > unit:
			return false
		case unit > uHour && b > uHour:
			second = second[1:]
		case unit <= uHour:
			second = second[2:]
		default:
			second = second[1:] // with the T
		}
		e.timex += second
		return true
	}
	// "The past five days", "the next four years".
	if rel, ok := s.get(cRel); ok && rel != 0 && !vague && r.anchor.ok && r.anchor.precision == 3 && n%100 == 0 && n < 10_000_00 {
		k := n / 100 * rel
		var other date
		switch unit {
		case uDay, uWeekday:
			other = r.anchor.day + date(k)
		case uWeek:
			other = r.anchor.day + date(7*k)
		case uFortnight:
			other = r.anchor.day + date(14*k)
		case uMonth:
			other = r.anchor.day.addMonths(k)
		case uQuarter:
			other = r.anchor.day.addMonths(3 * k)
		case uYear:
			other = r.anchor.day.addMonths(12 * k)
		case uDecade:
			other = r.anchor.day.addMonths(120 * k)
		default:
			return true
		}
		if y, _, _ := other.civil(); y < 1 || y > 9999 {
			return true
		}
		from, to := r.anchor.day, other
		if k < 0 {
			from, to = other, r.anchor.day
		}
		e.first, e.last = from.String(), to.String()
		e.relative, e.anchor, e.source = true, r.anchor.text, r.anchor.source
	}
	return true
}

func (r *resolver) set(e *expression) bool {
	s := &e.m.slots
	e.kind = kindSet
	if d, ok := s.get(cDow); ok {
		e.timex = "XXXX-WXX-" + strconv.Itoa(d)
		return true
	}
	if p, ok := s.get(cPart); ok && p < len(partCode) {
		e.timex = "XXXX-XX-XXT" + partCode[p]
		return true
	}
	if m, ok := s.get(cMonth); ok {
		e.timex = "XXXX-" + two(m)
		if d, ok := s.get(cDay); ok {
			e.timex += "-" + two(d)
		}
		return true
	}
	if d, ok := s.get(cDay); ok {
		e.timex = "XXXX-XX-" + two(d)
		return true
	}
	if q, ok := s.get(cSeason); ok {
		e.timex = "XXXX-" + seasonCode[q]
		return true
	}
	unit, ok := s.get(cUnit)
	if v, isSet := s.get(cSet); isSet {
		unit, ok = v%100, true
		if v >= 100 && !s.is(cNum) {
			s.set(cNum, int32(v/100*100))
		}
	}
	if !ok || unit == 0 || unit >= len(unitCode) {
		return false
	}
	n, has := s.get(cNum)
	if !has {
		n = 100
		if unit == uWeekend {
			e.timex = "XXXX-WXX-WE"
			return true
		}
	}
	e.timex = durationOf(n, s.is(cVague), unit)
	return true
}

// clock resolves a time of day; the day is that of the same sentence, or the anchor's.
func (r *resolver) clock(e *expression) {
	e.kind = kindTime
	base := r.dayRef
	if !base.ok {
		base = r.anchor
	}
	if base.ok && base.precision == 3 {
		e.relative, e.anchor, e.source = true, base.text, base.source
		e.timex = base.day.String()
		e.day, e.gran = base.day, 3
		e.first, e.last = e.timex, e.timex
	} else {
		e.relative = true
		e.unresolved = !base.ok
	}
	r.addClock(e)
}

func (r *resolver) addClock(e *expression) {
	s := &e.m.slots
	t := "T"
	if p, ok := s.get(cPart); ok && p >= partNoon {
		t += map[int]string{partNoon: "12:00", partMidnight: "00:00"}[p]
	} else {
		h := int(s.v[cHour])
		ap, _ := s.get(cAMPM)
		switch p, _ := s.get(cPart); {
		case ap == 2 && h < 12, ap == 0 && (p == 2 || p == 3) && h < 12, ap == 0 && p == 4 && h < 12 && h > 4:
			h += 12
		case ap == 1 && h == 12:
			h = 0
		}
		m, ok := s.get(cMin)
		if m < 0 { // "a quarter to eight"
			h, m = (h+23)%24, m+60
		}
		t += two(h)
		if ok {
			t += ":" + two(m)
		} else {
			t += ":00"
		}
		if sec, ok := s.get(sSec); ok {
			t += ":" + two(sec)
		}
	}
	if z, ok := s.get(cZone); ok && z < unknownZone {
		switch {
		case z == 0:
			t += "Z"
		case z > 0:
			t += "+" + two(z/60) + ":" + two(z%60)
		default:
			t += "-" + two(-z/60) + ":" + two(-z%60)
		}
	}
	e.timex += t
	if e.gran == 3 {
		e.first, e.last = e.timex, e.timex
	}
}
