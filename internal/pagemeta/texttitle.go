package pagemeta

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Features of a line of scraped text that may be the title.
const (
	lOrder = iota
	lToBody
	lAfterBody
	lChars
	lWords
	lStop
	lQuestion
	lColon
	lComma
	lUpper
	lCaps
	lTitleCase
	lDigits
	lRepeats
	lFirstOfRepeats
	lInBody
	lInLead
	lNextChars
	lNext2Chars
	lPrevChars
	lPrev2Chars
	lDateNear
	lDateBefore
	lDateInside
	lBylineNear
	lBylineInside
	lSeparator
	lSlugRecall
	lSlugPrecision
	lLongest
	lLongestBefore
	lGeneric
	lMenu
	lSite
	lToLong    // lines down to the next that can be a paragraph
	lTextBelow // characters of such lines among the next ones, in hundreds
	lTextAbove // and among those before
	lInBelow   // share of its longer words that such lines below have
	lInAbove
	lStopsBelow // lines below that end like a sentence
	lToMain     // lines down to the densest stretch of running text
	lAfterMain
	lBetween    // lines between that could be titles too
	lCentral    // how many lines of running text have its longer words, on average
	lTwice      // share of its longer words that two such lines have
	lHeldBefore // a line close above holds it, as a trail of links does
	lHeldAfter
	lPerson // it can be a name
	lPersonNear
	lSlugBehind // how much less of the address it has than the best line
	lSlugBest
	lPageMainAt
	lPageLines
	lPageBodyAt
	numLineFeatures
)

// TextTitleModel ranks the lines of scraped text.
var TextTitleModel = newModel("title_text", strings.Fields(`order to_body after_body chars words stop question colon comma upper caps title_case digits repeats
	first_of_repeats in_body in_lead next_chars next2_chars prev_chars prev2_chars date_near date_before date_inside byline_near byline_inside separator slug_recall
	slug_precision longest longest_before generic menu site to_long text_below text_above in_below in_above stops_below
	to_main after_main between central twice held_before held_after person person_near slug_behind slug_best page_main_at page_lines page_body_at`))

const (
	maxLines      = 2000 // lines looked at
	maxTitleLines = 1500 // of those that can be a title
	maxTextTitles = 600
	maxLongLines  = 600  // lines of running text whose words are counted
	bodyLine      = 120  // characters of a line that can only be running text
	maxBodyWords  = 4000 // words of the body that lines are compared with
	textLine      = 70   // characters of a line that can be a paragraph
	nearLines     = 24   // lines around one that it is compared with
)

// textTitles collects the lines of scraped text that may be the title.
func (c *collector) textTitles() []Candidate {
	blocks := c.p.Blocks[:min(len(c.p.Blocks), maxLines)]
	n := min(len(blocks), maxTitleLines)
	chars := make([]int, len(blocks))
	for i := range blocks {
		chars[i] = width(c.p.BlockText(i))
	}
	// Where running text begins: the first long line that another one follows closely.
	body, last := -1, -1
	for i := 0; i < len(blocks); i++ {
		if chars[i] < bodyLine {
			continue
		}
		if last >= 0 && i-last <= 6 {
			body = last
			break
		}
		last = i
	}
	if body < 0 {
		body = last
	}
	toLong := make([]int, len(blocks)) // lines down to the next that can be a paragraph
	for i, d := len(blocks)-1, nearLines; i >= 0; i-- {
		toLong[i] = d
		d = min(d+1, nearLines)
		if chars[i] >= textLine {
			d = 1
		}
	}
	main := c.mainText(chars)
	words, lead := c.bodyWords(max(body, 0), chars)
	count := make(map[string]int, n)
	keys := make([]string, len(blocks))
	for i := range blocks {
		if chars[i] < 250 {
			keys[i] = MatchKey(c.p.BlockText(i))
			count[keys[i]]++
		}
	}
	slug := c.slugWords()
	out := make([]Candidate, 0, maxTitleCandidates)
	index := make(map[string]int)
	size := func(i int) float32 {
		if i < 0 || i >= len(blocks) {
			return -1
		}
		return float32(min(chars[i], 300))
	}
	lines := make(map[int]map[string]bool)
	near := func(i int) map[string]bool {
		m, ok := lines[i]
		if !ok {
			m = make(map[string]bool)
			for _, w := range terms(clip(c.p.BlockText(i), 2048)) {
				m[w] = true
			}
			lines[i] = m
		}
		return m
	}
	const (
		hasDate = 1 << iota
		isByline
		isPerson
		looked
	)
	kinds := make([]uint8, len(blocks))
	kind := func(i int) uint8 {
		if kinds[i] == 0 {
			t := c.p.BlockText(i)
			kinds[i] = looked
			if hasYear(t) && len(findDates(t, dayFirst, false)) > 0 {
				kinds[i] |= hasDate
			}
			if hasByline(t) {
				kinds[i] |= isByline
			}
			if canBePerson(t) {
				kinds[i] |= isPerson
			}
		}
		return kinds[i]
	}
	headlines := make([]int, len(blocks)) // lines so far that could be titles
	for i, n := 0, 0; i < len(blocks); i++ {
		if chars[i] >= 25 && chars[i] <= 150 {
			n++
		}
		headlines[i] = n
	}
	counted := make(map[string]int)
	for i, n := 0, 0; i < len(blocks) && n < maxLongLines; i++ {
		if chars[i] >= textLine {
			n++
			for w := range near(i) {
				counted[w]++
			}
		}
	}
	longest := 0
	for i := 0; i < n && len(out) < maxTextTitles; i++ {
		text := c.p.BlockText(i)
		// Menus have no running text below.
		if toLong[i] >= nearLines && chars[i] < 25 {
			continue
		}
		if chars[i] < 6 || chars[i] > 200 || i > max(body, main)+200 {
			continue
		}
		v := clean(text, maxTitle)
		k := MatchKey(v)
		if k == "" {
			continue
		}
		at, seen := index[k]
		if seen && out[at].Features[lToBody] == 0 && out[at].Features[lToMain] == 0 {
			continue
		}
		f := make([]float32, numLineFeatures)
		flag := func(i int, on bool) {
			if on {
				f[i] = 1
			}
		}
		f[lOrder] = float32(i)
		if body >= 0 {
			f[lToBody] = float32(max(0, body-i))
			f[lAfterBody] = float32(max(0, i-body))
		}
		ws := wordSet(v)
		f[lChars], f[lWords] = float32(chars[i]), float32(len(ws))
		flag(lStop, strings.HasSuffix(v, ".") || strings.HasSuffix(v, "。"))
		flag(lQuestion, strings.HasSuffix(v, "?") || strings.HasSuffix(v, "!"))
		flag(lColon, strings.Contains(v, ":"))
		flag(lComma, strings.Contains(v, ","))
		flag(lUpper, unicode.IsUpper(firstRune(v)))
		flag(lCaps, allCaps(v))
		flag(lTitleCase, titleCase(v))
		flag(lDigits, hasDigit(v))
		f[lRepeats] = float32(min(count[k], 5))
		flag(lFirstOfRepeats, !seen)
		f[lInBody], f[lInLead] = share(ws, words), share(ws, lead)
		f[lNextChars], f[lNext2Chars], f[lPrevChars], f[lPrev2Chars] = size(i+1), size(i+2), size(i-1), size(i-2)
		menu := 0
		for j := i - 6; j <= i+6; j++ {
			if j >= 0 && j < len(blocks) && j != i && chars[j] < 20 {
				menu++
			}
		}
		f[lMenu] = float32(menu)
		for j := i - 3; j <= i+8 && j < len(blocks); j++ {
			if j < 0 || chars[j] > 200 {
				continue
			}
			t := kind(j)
			dated := t&hasDate != 0
			switch {
			case j == i:
				flag(lDateInside, dated)
				flag(lBylineInside, t&isByline != 0)
			case j < i:
				flag(lDateBefore, dated)
			case dated:
				f[lDateNear] = max(f[lDateNear], float32(10-(j-i)))
			}
			if j > i && t&isByline != 0 {
				f[lBylineNear] = max(f[lBylineNear], float32(10-(j-i)))
			}
		}
		flag(lSeparator, strings.ContainsAny(v, "|»•"))
		if len(slug) > 1 {
			both := overlap(ws, slug)
			f[lSlugRecall], f[lSlugPrecision] = float32(both)/float32(len(slug)), float32(both)/float32(max(1, len(ws)))
		}
		flag(lLongestBefore, chars[i] > longest)
		if i < body {
			longest = max(longest, chars[i])
		}
		flag(lGeneric, genericTitles.has(v))
		own := terms(v)
		f[lToLong] = nearLines
		below, above := map[string]bool{}, map[string]bool{}
		for j := i + 1; j <= i+nearLines && j < len(blocks); j++ {
			if chars[j] < textLine {
				continue
			}
			f[lToLong] = min(f[lToLong], float32(j-i))
			f[lTextBelow] += float32(min(chars[j], 1000)) / 100
			if endsSentence(c.p.BlockText(j)) {
				f[lStopsBelow]++
			}
			note(below, own, near(j))
		}
		for j := i - 1; j >= max(0, i-nearLines); j-- {
			if chars[j] >= textLine {
				f[lTextAbove] += float32(min(chars[j], 1000)) / 100
				note(above, own, near(j))
			}
		}
		if len(own) > 0 {
			f[lInBelow], f[lInAbove] = float32(len(below))/float32(len(own)), float32(len(above))/float32(len(own))
		}
		if main >= 0 {
			f[lToMain], f[lAfterMain] = float32(max(0, main-i)), float32(max(0, i-main))
			if i < main {
				f[lBetween] = float32(min(20, headlines[main-1]-headlines[i]))
			}
		}
		for _, w := range own {
			k := counted[w]
			if chars[i] >= textLine && k > 0 {
				k-- // itself
			}
			f[lCentral] += float32(min(k, 20)) / float32(len(own))
			if k >= 2 {
				f[lTwice] += 1 / float32(len(own))
			}
		}
		flag(lPerson, kind(i)&isPerson != 0)
		for j := i - 6; j <= i+6; j++ {
			if j < 0 || j >= len(blocks) || j == i || chars[j] > 250 {
				continue
			}
			if chars[j] > chars[i] && len(k) >= 4 && strings.Contains(keys[j], k) {
				if j < i {
					f[lHeldBefore] = 1
				} else {
					f[lHeldAfter] = 1
				}
			}
			if j > i && kind(j)&isPerson != 0 {
				f[lPersonNear] = max(f[lPersonNear], float32(10-(j-i)))
			}
		}
		f[lPageMainAt] = float32(main)
		f[lSite] = float32(c.site.isSite(v))
		f[lPageLines], f[lPageBodyAt] = float32(len(blocks)), float32(body)
		o := origin{source: srcLine, meta: -1, node: int32(i), span: c.p.SourceSpan(blocks[i].Start, blocks[i].End), raw: text}
		if seen { // the last printing above the body is the headline, those before it are menus
			if i <= max(body, main) {
				out[at].Features, out[at].origin = f, o
			}
			continue
		}
		index[k] = len(out)
		out = append(out, Candidate{Value: v, Key: k, Features: f, origin: o})
	}
	top, at := float32(0), -1
	for i := range out {
		if f := out[i].Features; f[lToBody] > 0 && f[lToBody] < 30 && f[lChars] > top {
			top, at = f[lChars], i
		}
	}
	if at >= 0 {
		out[at].Features[lLongest] = 1
	}
	best := float32(0)
	for i := range out {
		best = max(best, out[i].Features[lSlugRecall])
	}
	for i := range out {
		if f := out[i].Features; best > 0 {
			f[lSlugBehind] = best - f[lSlugRecall]
			if f[lSlugRecall] == best {
				f[lSlugBest] = 1
			}
		}
	}
	return out
}

// mainText is the first paragraph of the stretch of lines that has most of them, or -1.
func (c *collector) mainText(chars []int) int {
	const stretch = 60
	amount := make([]int, len(chars))
	sum, best, at := 0, 0, -1
	for i := range chars {
		if chars[i] >= bodyLine || chars[i] >= textLine && endsSentence(c.p.BlockText(i)) {
			amount[i] = min(chars[i], 1000)
		}
		sum += amount[i]
		if i >= stretch {
			sum -= amount[i-stretch]
		}
		if sum > best {
			best, at = sum, max(0, i-stretch+1)
		}
	}
	for at >= 0 && amount[at] == 0 {
		at++
	}
	return at
}

// canBePerson reports whether a line is two to four words, the first of them a given name.
func canBePerson(s string) bool {
	if len(s) > 60 {
		return false
	}
	n := len(strings.Fields(s))
	return n >= 2 && n <= 4 && isGivenName(s)
}

// width is the number of characters of s, where one of a script that writes words in one or two counts twice.
func width(s string) int {
	n := 0
	for _, r := range s {
		n++
		if wide(r) {
			n++
		}
	}
	return n
}

func wide(r rune) bool {
	return r >= 0x1100 && unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul)
}

// terms are the longer words of s, lower-cased; of scripts without spaces, pairs of characters.
func terms(s string) []string {
	var out []string
	for w := range strings.FieldsFuncSeq(strings.ToLower(s), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }) {
		if first := firstRune(w); !wide(first) {
			if utf8.RuneCountInString(w) >= 4 {
				out = append(out, w)
			}
			continue
		}
		last := 0
		for i := range w {
			if i > last {
				_, n := utf8.DecodeRuneInString(w[i:])
				out = append(out, w[last:i+n])
				last = i
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// note adds to found the words that a line has.
func note(found map[string]bool, words []string, line map[string]bool) {
	for _, w := range words {
		if line[w] {
			found[w] = true
		}
	}
}

// endsSentence reports whether a line ends as sentences do.
func endsSentence(s string) bool {
	s = strings.TrimRight(s, " \"”“’»)")
	for _, e := range [...]string{".", "!", "?", "。", "！", "？", "…", "।", "؟"} {
		if strings.HasSuffix(s, e) {
			return true
		}
	}
	return false
}

// bodyWords is the set of longer words of the running text, and of its first paragraphs.
func (c *collector) bodyWords(from int, chars []int) (all, lead map[string]bool) {
	all, lead = map[string]bool{}, map[string]bool{}
	paragraphs, n := 0, 0
	for i := from; i < len(c.p.Blocks) && n < maxBodyWords && i < len(chars); i++ {
		if chars[i] < bodyLine {
			continue
		}
		paragraphs++
		for w := range strings.FieldsFuncSeq(strings.ToLower(clip(c.p.BlockText(i), 4096)), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }) {
			n++
			all[w] = true
			if paragraphs <= 2 {
				lead[w] = true
			}
		}
	}
	return all, lead
}

// share is the part of the longer words that the set holds.
func share(words []string, set map[string]bool) float32 {
	n, in := 0, 0
	for _, w := range words {
		if len(w) < 4 {
			continue
		}
		n++
		if set[w] {
			in++
		}
	}
	if n == 0 {
		return 0
	}
	return float32(in) / float32(n)
}

// titleCase reports whether most words of s begin with a capital.
func titleCase(s string) bool {
	n, upper := 0, 0
	for w := range strings.FieldsSeq(s) {
		n++
		if unicode.IsUpper(firstRune(w)) {
			upper++
		}
	}
	return n > 2 && upper*3 >= n*2
}
