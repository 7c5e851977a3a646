package zone

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Scraped text has no markup: what a line is shows in its own shape, in the
// shapes of the lines around it, and in which lines share words.

// lineClass is the coarse shape of a line.
type lineClass uint8

const (
	lineEmpty     lineClass = iota // no words
	lineTag                        // up to three words
	lineLabel                      // up to seven words, no sentence
	lineTitle                      // up to thirty words, no sentence
	lineLong                       // longer, no sentence
	lineSentence                   // a short sentence
	lineParagraph                  // twelve words or more that end like a sentence
	lineNumbers                    // mostly digits
	nLineClass
)

const creditBytes = 24 // how long the last name of a credit is at most

// lineInfo is what one more look over a line tells beside its shape.
type lineInfo struct {
	class     lineClass
	code      uint8  // class with how it begins and how it is capitalised
	run       int32  // lines of one class in a row, this one among them
	place     int32  // place in that run
	function  int16  // words of up to three letters, all lower case
	caps      int16  // words all in capitals
	long      int16  // words of four letters or more
	longTitle int16  // of these with a capital
	glued     int16  // capitals right after a lower-case letter, as where two elements meet
	numbers   int16  // words of digits
	colon     int16  // words before the first colon, -1 if none
	marks     int16  // quotation marks
	brackets  int16  // brackets
	services  int16  // words about the site itself
	symbols   int16  // signs of program text
	credit    bool   // ends in brackets, or with a slash between names
	time      bool   // digits around a colon, or a slash or a full stop between digits
	year      bool   // a number like a year
	lower     bool   // begins with a small letter
	caption   uint8  // see caption
	cut       bool   // ends with a comma, a hyphen or a word that no sentence ends with
	head      uint32 // hash of the first two words
	tail      uint32 // of the last two
}

func lineInfoOf(s string, sh *shape) lineInfo {
	in := lineInfo{colon: -1}
	letters, upper, lowerSeen, digitRun := 0, 0, false, 0
	words, pictures := int16(0), false
	var last rune
	hash := uint32(2166136261)
	var w1, w2 uint32
	flush := func() {
		if letters > 0 || digitRun > 0 {
			words++
			if words <= 2 {
				in.head = in.head*31 + hash
			}
			w1, w2 = w2, hash
		}
		switch {
		case letters > 0:
			if letters <= 3 && upper == 0 {
				in.function++
			}
			if letters >= 2 && services[hash] {
				in.services++
			}
			if letters >= 2 && upper == letters {
				in.caps++
			}
			if letters >= 4 {
				in.long++
				if upper > 0 && upper < letters {
					in.longTitle++
				}
			}
		case digitRun > 0:
			in.numbers++
		}
		letters, upper, lowerSeen, digitRun, hash = 0, 0, false, 0, 2166136261
	}
	first := true
	for i := 0; i < len(s); {
		r, size := rune(s[i]), 1
		if r >= utf8.RuneSelf {
			r, size = utf8.DecodeRuneInString(s[i:])
		}
		i += size
		isUpper := 'A' <= r && r <= 'Z'
		isLower := 'a' <= r && r <= 'z'
		if r >= utf8.RuneSelf && unicode.IsLetter(r) {
			isUpper = unicode.IsUpper(r)
			isLower = !isUpper
		}
		switch {
		case isUpper || isLower:
			if first {
				in.lower = isLower && !isCJK(r)
			}
			first = false
			letters++
			if isUpper {
				upper++
				if lowerSeen {
					in.glued++
				}
				lowerSeen = false
				hash = (hash ^ uint32(unicode.ToLower(r))) * 16777619
			} else {
				lowerSeen = true
				hash = (hash ^ uint32(r)) * 16777619
			}
			if letters < len(shownWords) {
				for _, h := range shownWords[letters] {
					pictures = pictures || h == hash
				}
			}
		case '0' <= r && r <= '9':
			first = false
			digitRun++
			if letters == 0 {
				hash = (hash ^ '0') * 16777619
			}
			if digitRun == 4 && letters == 0 && (i == len(s) || s[i] < '0' || s[i] > '9') && (s[i-4] == '1' && s[i-3] == '9' || s[i-4] == '2' && s[i-3] == '0') {
				in.year = true
			}
		case r == '\'' || r == '’':
			in.marks++
			if letters == 0 {
				flush()
			}
		default:
			switch r {
			case ':', '/', '.':
				if digitRun > 0 && i < len(s) && '0' <= s[i] && s[i] <= '9' {
					in.time = true
				}
				if r == ':' && in.colon < 0 {
					in.colon = words
					if letters > 0 {
						in.colon++
					}
				}
			case '"', '“', '”', '„', '«', '»':
				in.marks++
				first = false
			case '(', ')', '[', ']':
				in.brackets++
			case '{', '}', '<', '>', '=', '_', '\\', ';', '$', '#', '*', '~', '+':
				in.symbols++
			}
			flush()
		}
		if r != ' ' {
			last = r
		}
	}
	flush()
	in.tail = w1*31 + w2
	if sh.words > 2 {
		in.caption = caption(s, pictures || in.brackets > 0)
	}
	in.credit = last == ')' || strings.LastIndexByte(s, '/') > len(s)-creditBytes
	in.cut = last == ',' || last == '-' || last == '–' || last == ';'

	ends := sh.endsSentence
	switch {
	case sh.words == 0:
		in.class = lineEmpty
	case sh.digits*3 > sh.runes:
		in.class = lineNumbers
	case ends && sh.words >= 12:
		in.class = lineParagraph
	case ends && sh.words >= 4:
		in.class = lineSentence
	case sh.words <= 3:
		in.class = lineTag
	case sh.words <= 7:
		in.class = lineLabel
	case sh.words <= 30:
		in.class = lineTitle
	default:
		in.class = lineLong
	}
	start := uint8(0)
	switch {
	case sh.startsUpper:
		start = 1
	case sh.startsDigit:
		start = 2
	case sh.startsQuote:
		start = 3
	case in.lower:
		start = 4
	case sh.startsBullet:
		start = 5
	}
	manner := uint8(0)
	switch {
	case in.caps > 0 && in.caps*2 >= words:
		manner = 1
	case in.long > 1 && in.longTitle*3 >= in.long*2:
		manner = 2
	case in.time || in.year:
		manner = 3
	}
	in.code = uint8(in.class)*24 + start*4 + manner
	return in
}

// segment is a stretch of lines.
type segment struct{ from, to int32 }

// heaviest returns the stretch of lines whose sum of weights is largest.
func heaviest(n int, weight func(i int) float32) (s segment) {
	best, sum := float32(0), float32(0)
	from := int32(0)
	for i := range n {
		if sum <= 0 {
			sum, from = 0, int32(i)
		}
		if sum += weight(i); sum > best {
			best, s = sum, segment{from, int32(i) + 1}
		}
	}
	return s
}

// lines is what the features of the lines of a text rest on.
type lines struct {
	c         *Context
	info      []lineInfo
	codes     [256]struct{ count, words, ends int32 }
	heads     map[uint32]int32
	tails     map[uint32]int32
	paras     []int32 // paragraphs before each line
	services  []int32 // words about the site before each line
	prevPara  []int32
	nextPara  []int32
	segs      [3]segment
	paraWords int32
	cjk       float32 // share of characters that are words or syllables
}

// penalties for a word that is in no sentence, by which three segments are chosen.
var penalties = [3]float32{.5, 1.5, 4}

func (c *Context) newLines() *lines {
	n := len(c.shapes)
	l := &lines{c: c, info: make([]lineInfo, n), heads: make(map[uint32]int32, n), tails: make(map[uint32]int32, n)}
	at := make([]int32, 4*n+2)
	l.paras, l.services, l.prevPara, l.nextPara = at[:n+1], at[n+1:2*n+2], at[2*n+2:3*n+2], at[3*n+2:]
	prev := int32(-1)
	cjk, runes := int32(0), int32(0)
	for i := range c.shapes {
		sh := &c.shapes[i]
		cjk += sh.cjk
		runes += sh.runes
		l.info[i] = lineInfoOf(c.p.BlockText(i), sh)
		in := &l.info[i]
		if in.place = 1; i > 0 && l.info[i-1].class == in.class {
			in.place = l.info[i-1].place + 1
		}
		g := &l.codes[in.code]
		g.count++
		g.words += sh.words
		if sh.words >= 2 {
			l.heads[in.head]++
			l.tails[in.tail]++
		}
		l.prevPara[i] = prev
		l.paras[i+1] = l.paras[i]
		l.services[i+1] = l.services[i] + int32(in.services)
		if in.class == lineParagraph {
			prev = int32(i)
			l.paras[i+1]++
			l.paraWords += sh.words
		}
	}
	l.cjk = ratio(cjk, runes)
	next := int32(n)
	for i := n - 1; i >= 0; i-- {
		in := &l.info[i]
		if in.run = in.place; i+1 < n && l.info[i+1].class == in.class {
			in.run = l.info[i+1].run
		}
		l.nextPara[i] = next
		if in.class == lineParagraph {
			next = int32(i)
		}
	}
	for k, p := range penalties {
		l.segs[k] = heaviest(n, func(i int) float32 {
			w := float32(c.shapes[i].words)
			switch l.info[i].class {
			case lineParagraph:
				return w
			case lineSentence:
				return .3 * w
			}
			return -p * (w + 3)
		})
	}
	return l
}

// headingLike reports whether line i could be the heading of what follows.
func (l *lines) headingLike(i int) bool {
	in, sh := &l.info[i], &l.c.shapes[i]
	if sh.words == 0 || sh.words > 14 || sh.endsSentence && !sh.endsQuestion || in.class == lineNumbers || in.lower {
		return false
	}
	return i+1 < len(l.info) && (l.info[i+1].class == lineParagraph || l.info[i+1].class == lineSentence)
}

// returns says how often a short line, its beginning or its end stands in the text.
func (l *lines) returns(i int) int32 {
	const short = 8
	switch w := l.c.shapes[i].words; {
	case w > short:
		return 0
	case w < 2:
		return l.c.same[i]
	}
	return max(l.c.same[i], l.heads[l.info[i].head], l.tails[l.info[i].tail])
}

const (
	nearLines = 6
	nLine     = 26 + 17 + 2*nearLines*4 + 4*4 + 24 + 4 + 9 + 3 + 4
)

func clamp(v, most int32) float32 { return float32(max(-most, min(most, v))) }

// row fills the first-stage features of line i.
func (l *lines) row(i int, x []float32) {
	c := l.c
	n := len(c.shapes)
	sh, in := &c.shapes[i], &l.info[i]
	k := 0
	put := func(v float32) {
		x[k] = v
		k++
	}
	// The shape of the line.
	put(log1(sh.bytes))
	put(log1(sh.words))
	put(float32(min(sh.sentences, 20)))
	put(float32(min(sh.commas, 30)))
	put(ratio(sh.digits, sh.runes))
	put(ratio(sh.upper, sh.runes))
	put(ratio(sh.capitalised, sh.words))
	put(ratio(sh.bytes, sh.words+1))
	put(ratio(sh.words, sh.sentences+1))
	put(ratio(sh.cjk, sh.runes))
	put(bit(sh.endsSentence))
	put(bit(sh.endsColon) + 2*bit(sh.endsQuestion) + 4*bit(sh.ellipsis))
	put(bit(sh.startsUpper) + 2*bit(in.lower))
	put(bit(sh.startsQuote) + 2*bit(sh.startsDigit) + 4*bit(sh.startsBullet))
	put(float32(min(sh.bars, 10)))
	put(float32(min(sh.ats, 3) + 4*min(sh.copyright, 3)))
	put(float32(min(sh.currency, 5)))
	put(ratio(int32(in.function), sh.words))
	put(ratio(int32(in.caps), sh.words))
	put(ratio(int32(in.longTitle), int32(in.long)))
	put(float32(min(in.glued, 5)))
	put(float32(min(in.numbers, 10)))
	put(float32(min(in.colon, 12)))
	put(float32(min(in.marks, 8)) + 16*float32(min(in.brackets, 4)))
	put(float32(min(in.symbols, 20)))
	put(bit(in.time) + 2*bit(in.year) + 4*bit(in.cut) + 8*bit(in.credit))
	// Its place, and lines like it.
	put(float32(i) / float32(n))
	put(clamp(int32(i), 200))
	put(clamp(int32(n-i), 200))
	put(ratio(c.before[i], c.total))
	put(float32(min(c.dup[i], 5)))
	put(float32(min(c.same[i], 8)))
	put(float32(in.class))
	put(clamp(in.run, 30))
	put(clamp(in.place, 30))
	g := &l.codes[in.code]
	put(log1(g.count))
	put(ratio(g.words, g.count))
	put(float32(min(l.heads[in.head], 10)))
	put(float32(min(l.tails[in.tail], 10)))
	put(float32(c.phrases[i]))
	for _, since := range c.since[i] {
		put(float32(since))
	}
	absent := func() { // a neighbour that there is none of
		for range 4 {
			put(-1)
		}
	}
	// Neighbours.
	for o := -nearLines; o <= nearLines; o++ {
		if o == 0 {
			continue
		}
		j := i + o
		if j < 0 || j >= n {
			absent()
			continue
		}
		nb, ni := &c.shapes[j], &l.info[j]
		put(log1(nb.words))
		put(float32(ni.class))
		put(bit(ni.code == in.code) + 2*bit(nb.endsSentence))
		put(bit(ni.lower) + 2*bit(nb.startsUpper) + 4*bit(nb.endsColon) + 8*bit(ni.time || ni.year) + 16*bit(nb.startsQuote))
	}
	for _, o := range [...]int{-2, -1, 1, 2} {
		j := i + o
		if j < 0 || j >= n {
			absent()
			continue
		}
		nb, ni := &c.shapes[j], &l.info[j]
		put(ratio(int32(ni.function), nb.words))
		put(ratio(int32(ni.longTitle), int32(ni.long)))
		put(ratio(nb.digits, nb.runes))
		put(float32(min(ni.glued, 5)))
	}
	// The paragraphs of the text.
	put(clamp(int32(i)-l.prevPara[i], 40))
	put(clamp(l.nextPara[i]-int32(i), 40))
	put(log1(l.paras[i]))
	put(log1(l.paras[n] - l.paras[i+1]))
	for _, w := range [...]int{3, 8, 20} {
		put(float32(l.paras[i] - l.paras[max(0, i-w)]))
		put(float32(l.paras[min(n, i+1+w)] - l.paras[i+1]))
	}
	for _, s := range l.segs {
		put(clamp(int32(i)-s.from, 60))
		put(clamp(int32(i)-s.to, 60))
	}
	for _, w := range [...]int{4, 10} {
		from, to := max(0, i-w), min(n, i+1+w)
		put(log1(c.before[i] - c.before[from]))
		put(log1(c.wordsBefore(to) - c.wordsBefore(i+1)))
	}
	same := int32(0)
	for j := max(0, i-10); j < min(n, i+11); j++ {
		if l.info[j].code == in.code {
			same++
		}
	}
	put(float32(same))
	h := i
	for m := 0; h > 0 && m < 20 && !l.headingLike(h); m++ {
		h--
	}
	put(float32(i - h))
	put(float32(c.phrases[h]))
	put(bit(i > 0 && in.lower && l.info[i-1].cut))
	// Short lines nearby that return all over: what stands between posts and cards.
	for _, r := range [...][2]int{{-3, -1}, {-1, -1}, {1, 1}, {1, 3}} {
		most := int32(0)
		for j := max(0, i+r[0]); j <= min(n-1, i+r[1]); j++ {
			most = max(most, l.returns(j))
		}
		put(float32(min(most, 20)))
	}
	// The text.
	put(log1(c.total))
	put(log1(int32(n)))
	put(log1(l.paras[n]))
	put(ratio(l.paraWords, c.total))
	for _, s := range l.segs {
		put(ratio(c.wordsBefore(int(s.to))-c.wordsBefore(int(s.from)), c.total))
	}
	put(ratio(c.total, int32(n)))
	put(l.cjk)
	// Captions.
	for j := i - 1; j <= i+1; j++ {
		if j >= 0 && j < n {
			put(float32(l.info[j].caption))
		} else {
			put(-1)
		}
	}
	// Words about the site.
	put(float32(min(in.services, 10)))
	put(ratio(int32(in.services), sh.words))
	for _, w := range [...]int{3, 12} {
		from, to := max(0, i-w), min(n, i+1+w)
		put(ratio(l.services[to]-l.services[from], c.wordsBefore(to)-c.wordsBefore(from)))
	}
	if k != nLine {
		panic("zone: count of line features")
	}
}

// Roles of hashed words of lines, beside those of linear.go.
const (
	rolePlain = iota + 32 // a word or a pair of words anywhere near the start
	rolePlainPair
	roleEndPair
	roleCode // shapes of neighbouring lines
	roleCodeBefore
	roleCodeAfter
	roleCodes
	roleWholeBefore // the text of a short line nearby
	roleWholeAfter
	roleFirstBefore
	roleFirstAfter
)

// lineBits is the size of the table of hashed words and shapes of lines, as a power of two.
const lineBits = 18

const lineWords = 24 // words read from the start of a line

// slots appends the slots of what a line says, digits aside, and of the shapes and words of its neighbours.
func (l *lines) slots(i int, out []uint32) []uint32 {
	c := l.c
	s := c.p.BlockText(i)
	prev := uint32(0)
	most := lineWords
	if c.shapes[i].cjk*2 > c.shapes[i].runes {
		most = 0 // characters are too few and say too little
	}
	for at, n := 0, 0; at < len(s) && n < most; n++ {
		w, next := nextWord(s, at)
		if w == 0 {
			break
		}
		if next > at && s[next-1] >= '0' && s[next-1] <= '9' {
			w = 7 // one number is as good as another
		}
		at = next
		if n >= 8 {
			out = append(out, slot(uint64(w), rolePlain, lineBits))
		}
		if prev != 0 {
			out = append(out, slot(uint64(prev)<<32|uint64(w), rolePlainPair, lineBits))
		}
		prev = w
	}
	out = append(out, slot(uint64(l.info[i].tail), roleEndPair, lineBits))
	code := uint64(l.info[i].code) + 1
	var near [5]uint64
	for o := -2; o <= 2; o++ {
		if j := i + o; j >= 0 && j < len(l.info) {
			near[o+2] = uint64(l.info[j].code) + 1
		}
	}
	out = append(out, slot(code, roleCode, lineBits),
		slot(near[1]<<8|code, roleCodeBefore, lineBits), slot(code<<8|near[3], roleCodeAfter, lineBits),
		slot(near[1]<<16|code<<8|near[3], roleCodes, lineBits),
		slot(near[0]<<16|near[1]<<8|code, roleCodeBefore, lineBits), slot(code<<16|near[3]<<8|near[4], roleCodeAfter, lineBits))
	if i > 0 {
		out = append(out, slot(uint64(l.info[i-1].head), roleFirstBefore, lineBits))
		if c.shapes[i-1].words <= 6 {
			out = append(out, slot(c.shapes[i-1].hash, roleWholeBefore, lineBits))
		}
	}
	if i+1 < len(l.info) {
		out = append(out, slot(uint64(l.info[i+1].head), roleFirstAfter, lineBits))
		if c.shapes[i+1].words <= 6 {
			out = append(out, slot(c.shapes[i+1].hash, roleWholeAfter, lineBits))
		}
	}
	return out
}

// lineSequence holds what the second stage knows of the first.
type lineSequence struct {
	l                *lines
	p1, path, text   []float32
	before           []float32 // expected body words before
	prevYes, nextYes []int32
	first, last      int32
	codes            [256]float32 // mean of p1 by words
	runs             []float32    // the same for runs of one class
	segs             [2]segment
	clusters         [2]clusters
	worst            []float32 // lowest linear score since the last sure line
	low              []int32   // lines sure to be no body before each, from the first sure line on
	level            float32   // mean score of a word of the likely body
	title            int32     // -1 if none
	titleWords       wordSet
	words            vocabulary
	pageF            [6]float32
}

func (l *lines) newSequence(p1, path, text []float32) *lineSequence {
	c := l.c
	n := len(p1)
	s := &lineSequence{l: l, p1: p1, path: path, text: text, first: -1, last: -1, title: -1}
	f := make([]float32, 3*n+1)
	s.before, s.runs, s.worst = f[:n+1], f[n+1:2*n+1], f[2*n+1:]
	at := make([]int32, 3*n+1)
	s.prevYes, s.nextYes, s.low = at[:n], at[n:2*n], at[2*n:]
	prev := int32(-1)
	square := float32(0)
	top, doubt, yes, worst := float32(0), float32(0), int32(0), float32(0)
	for i := range p1 {
		w := float32(c.shapes[i].words)
		s.before[i+1] = s.before[i] + p1[i]*w
		s.codes[l.info[i].code] += p1[i] * w
		s.prevYes[i] = prev
		square += p1[i] * p1[i] * w
		if s.low[i+1] = s.low[i]; s.first >= 0 && p1[i] < .1 {
			s.low[i+1]++
		}
		doubt += p1[i] * (1 - p1[i]) * w
		top = max(top, p1[i])
		s.worst[i] = worst
		if worst = min(worst, path[i]+text[i]); p1Sure(p1[i]) {
			worst = 0
			prev = int32(i)
			yes++
			if s.first < 0 {
				s.first = prev
			}
			s.last = prev
		}
	}
	prev = int32(n)
	for i := n - 1; i >= 0; i-- {
		s.nextYes[i] = prev
		if p1Sure(p1[i]) {
			prev = int32(i)
		}
	}
	for k := range s.codes {
		s.codes[k] /= float32(l.codes[k].words) + 1
	}
	for i := 0; i < n; {
		to := i + int(l.info[i].run)
		mean := (s.before[to] - s.before[i]) / (float32(c.wordsBefore(to)-c.wordsBefore(i)) + 1)
		for ; i < to; i++ {
			s.runs[i] = mean
		}
	}
	for k, least := range [...]float32{.15, .4} {
		s.segs[k] = heaviest(n, func(i int) float32 { return (p1[i] - least) * float32(c.shapes[i].words) })
	}
	for k, gap := range [...]int32{2, 6} {
		s.clusters[k] = s.cluster(gap)
	}
	s.words = newVocabulary(c, p1)
	s.findTitle()
	total := s.before[n]
	s.level = square / (total + 1e-3)
	sg := s.segs[0]
	s.pageF = [6]float32{log2(total + 1), top, log1(yes), doubt / (total + 1), total / (float32(c.total) + 1), (s.before[sg.to] - s.before[sg.from]) / (total + 1)}
	return s
}

// clusters are stretches of sure lines that few others interrupt. What a container is in markup, the heaviest is in text.
type clusters struct {
	of   []int32 // of each line the nearer cluster
	list []cluster
	main int32 // -1 if there is none
}

type cluster struct {
	segment
	mass float32 // expected body words
}

func (s *lineSequence) cluster(gap int32) (cs clusters) {
	n := int32(len(s.p1))
	cs.of, cs.main = make([]int32, n), -1
	for i := s.nextAt(0); i < n; i = s.nextAt(i + 1) {
		if k := len(cs.list) - 1; k >= 0 && i-cs.list[k].to <= gap {
			cs.list[k].to = i + 1
		} else {
			cs.list = append(cs.list, cluster{segment: segment{i, i + 1}})
		}
	}
	best, at := float32(0), int32(0)
	for k := range cs.list {
		g := &cs.list[k]
		g.mass = s.before[g.to] - s.before[g.from]
		if g.mass > best {
			best, cs.main = g.mass, int32(k)
		}
		for ; at < g.to; at++ {
			cs.of[at] = int32(k)
			if k > 0 && at-cs.list[k-1].to < g.from-at {
				cs.of[at] = int32(k) - 1
			}
		}
	}
	for ; at < n; at++ {
		cs.of[at] = int32(len(cs.list)) - 1
	}
	return cs
}

// nextAt returns the first sure line from i on.
func (s *lineSequence) nextAt(i int32) int32 {
	switch {
	case int(i) >= len(s.p1) || p1Sure(s.p1[i]):
		return i
	}
	return s.nextYes[i]
}

// findTitle looks above the likely body for the line that shares most of its words.
func (s *lineSequence) findTitle() {
	const reach = 40
	c := s.l.c
	best := float32(.2)
	for i := max(0, s.first-reach); i < s.first; i++ {
		sh := &c.shapes[i]
		if sh.words < 3 || sh.words > 30 || s.l.info[i].class == lineNumbers {
			continue
		}
		v := s.words.shares(c, int(i), false, wordSet{})
		score := max(0, v[0]) * float32(sh.words) / float32(sh.words+3) * (1 - float32(s.first-i)/100)
		if score > best {
			best, s.title = score, i
		}
	}
	if s.title >= 0 {
		s.titleWords = setOf(c.p.BlockText(int(s.title)), 64)
	}
}

const nLineSecond = 1 + 12 + 6 + 2 + 2 + 3 + 5 + 2 + 4 + 5 + 4 + 1 + 6 + 2*7 + 5

// row fills the second-stage features of line i.
func (s *lineSequence) row(i int, x []float32) {
	l, c := s.l, s.l.c
	n := len(s.p1)
	k := 0
	put := func(v float32) {
		x[k] = v
		k++
	}
	put(s.p1[i])
	for o := -6; o <= 6; o++ {
		if o == 0 {
			continue
		}
		if j := i + o; j >= 0 && j < n {
			put(s.p1[j])
		} else {
			put(-1)
		}
	}
	for _, w := range [...]int{5, 12, 30} {
		from, to := max(0, i-w), min(n, i+1+w)
		put((s.before[i] - s.before[from]) / (float32(c.wordsBefore(i)-c.wordsBefore(from)) + 1))
		put((s.before[to] - s.before[i+1]) / (float32(c.wordsBefore(to)-c.wordsBefore(i+1)) + 1))
	}
	total := s.before[n] + 1
	put(s.before[i] / total)
	put((total - s.before[i+1]) / total)
	put(s.codes[l.info[i].code])
	put(s.runs[i])
	put(clamp(int32(i)-s.prevYes[i], 40))
	put(clamp(s.nextYes[i]-int32(i), 40))
	put(clamp(s.nextYes[i]-s.prevYes[i], 60))
	if s.prevYes[i] >= 0 {
		put(log1(c.before[i] - c.before[s.prevYes[i]] - c.shapes[s.prevYes[i]].words))
		put(bit(l.info[s.prevYes[i]].code == l.info[i].code))
	} else {
		put(-1)
		put(-1)
	}
	if s.nextYes[i] < int32(n) {
		put(log1(c.before[s.nextYes[i]] - c.before[i] - c.shapes[i].words))
		put(bit(l.info[s.nextYes[i]].code == l.info[i].code))
	} else {
		put(-1)
		put(-1)
	}
	put(total)
	put(clamp(int32(i)-s.first, 40))
	put(clamp(int32(i)-s.last, 40))
	for _, g := range s.segs {
		put(clamp(int32(i)-g.from, 60))
		put(clamp(int32(i)-g.to, 60))
	}
	h := i
	for m := 0; h > 0 && m < 20 && !l.headingLike(h); m++ {
		h--
	}
	put(s.p1[h])
	put(s.text[h])
	put(s.path[h])
	to := i + 1
	for m := 0; to < n && m < 20 && !l.headingLike(to); m++ {
		to++
	}
	put((s.before[to] - s.before[i+1]) / (float32(c.wordsBefore(to)-c.wordsBefore(i+1)) + 1))
	if s.title >= 0 {
		put(clamp(int32(i)-s.title, 60))
	} else {
		put(-99)
	}
	for _, v := range s.words.shares(c, i, p1Sure(s.p1[i]), s.titleWords) {
		put(v)
	}
	put(float32(min(l.c.dup[i], 3)))
	put(s.worst[i])
	put(s.p1[i] - s.level)
	put(s.level)
	put(clamp(s.low[i], 200))
	put(clamp(s.low[n]-s.low[i], 200))
	for k := range s.clusters {
		cs := &s.clusters[k]
		if cs.main < 0 {
			for range 7 {
				put(-1)
			}
			continue
		}
		own, main := &cs.list[cs.of[i]], &cs.list[cs.main]
		put(own.mass / total)
		put(clamp(cs.of[i]-cs.main, 10))
		put(clamp(int32(i)-main.from, 100))
		put(clamp(int32(i)-main.to, 100))
		put(own.mass / (float32(c.wordsBefore(int(own.to))-c.wordsBefore(int(own.from))) + 1))
		put(log2(float32(max(0, c.before[own.from]-c.wordsBefore(int(main.to)), c.before[main.from]-c.wordsBefore(int(own.to)))) + 1))
		put(main.mass / total)
	}
	k += copy(x[k:], s.pageF[:])
	if k != nLineSecond {
		panic("zone: count of second line features")
	}
}
