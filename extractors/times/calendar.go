package times

import "strconv"

// date is a day of the proleptic Gregorian calendar, counted from 1970-01-01.
type date int32

// civil gives the day of a year, month and day of month, which need not exist:
// month 13 and day 0 count on and back.
func civil(y, m, d int) date {
	y += (m - 1) / 12
	if m = (m - 1) % 12; m < 0 {
		m, y = m+12, y-1
	}
	// Years start in March, so that the leap day is the last one.
	mp := (m + 10) % 12
	if m < 2 {
		y--
	}
	era := y / 400
	if y < 0 {
		era = (y - 399) / 400
	}
	yoe := y - era*400
	doy := (153*mp+2)/5 + d - 1
	return date(era*146097 + yoe*365 + yoe/4 - yoe/100 + doy - 719468)
}

func (d date) civil() (year, month, day int) {
	z := int(d) + 719468
	era := z / 146097
	if z < 0 {
		era = (z - 146096) / 146097
	}
	doe := z - era*146097
	yoe := (doe - doe/1460 + doe/36524 - doe/146096) / 365
	doy := doe - (365*yoe + yoe/4 - yoe/100)
	mp := (5*doy + 2) / 153
	day = doy - (153*mp+2)/5 + 1
	if month = mp + 3; month > 12 {
		month -= 12
	}
	year = yoe + era*400
	if month <= 2 {
		year++
	}
	return year, month, day
}

// weekday is 1 on Monday and 7 on Sunday.
func (d date) weekday() int {
	w := (int(d) + 3) % 7
	if w < 0 {
		w += 7
	}
	return w + 1
}

func (d date) monday() date { return d - date(d.weekday()-1) }

// isoWeek gives the week of ISO 8601 and the year it is counted in.
func (d date) isoWeek() (year, week int) {
	thursday := d.monday() + 3
	year, _, _ = thursday.civil()
	return year, int(thursday-civil(year, 1, 1))/7 + 1
}

func daysIn(y, m int) int { return int(civil(y, m+1, 1) - civil(y, m, 1)) }

// addMonths keeps the day of month where it exists and takes the last one where it does not.
func (d date) addMonths(n int) date {
	y, m, day := d.civil()
	first := civil(y, m+n, 1)
	y, m, _ = first.civil()
	return civil(y, m, min(day, daysIn(y, m)))
}

func (d date) String() string {
	y, m, day := d.civil()
	if y < 0 || y > 9999 {
		return year(y) + "-" + two(m) + "-" + two(day)
	}
	b := [10]byte{'0' + byte(y/1000), '0' + byte(y/100%10), '0' + byte(y/10%10), '0' + byte(y%10), '-',
		'0' + byte(m/10), '0' + byte(m%10), '-', '0' + byte(day/10), '0' + byte(day%10)}
	return string(b[:])
}

func year(y int) string {
	s := strconv.Itoa(y)
	for len(s) < 4 {
		s = "0" + s
	}
	return s
}

func two(n int) string {
	if n >= 0 && n < 100 {
		return twoDigits[2*n : 2*n+2]
	}
	return strconv.Itoa(n)
}

// twoDigits holds 00 to 99.
var twoDigits = func() string {
	b := make([]byte, 0, 200)
	for i := range 100 {
		b = append(b, '0'+byte(i/10), '0'+byte(i%10))
	}
	return string(b)
}()
