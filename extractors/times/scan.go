package times

import "unicode/utf8"

// item is a word of the vocabulary, a number or a mark.
type item struct {
	start, end int32
	mask       mask
	word       int32 // entry, or -1
	value      int32 // of a number or a phrase, when word is -1
	digits     uint8 // number of digits, 0 if spelled out
	glued      bool  // no space before it
	capital    bool
	scaled     bool // value is in hundredths
}

// run is a row of items with nothing unknown between them.
type run struct{ first, last int32 }

// cue is a word that tells tense, or the end of a sentence.
type cue struct {
	at   int32
	kind cueKind
}

type cueKind uint8

const (
	cueStop cueKind = iota
	cuePast
	cueFuture
	cueWeakPast // an ending, not a word
)

const (
	kOther = iota
	kLetter
	kDigit
	kSpace
	kNewline
	kMark
	kHigh
)

var kinds = func() (k [256]uint8) {
	for c := range k {
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z':
			k[c] = kLetter
		case c >= '0' && c <= '9':
			k[c] = kDigit
		case c == '\n':
			k[c] = kNewline
		case c <= ' ':
			k[c] = kSpace
		case c < 0x80:
			k[c] = kMark
		default:
			k[c] = kHigh
		}
	}
	return k
}()

// high says what a character outside ASCII counts as, and how long it is.
func high(s string, i int) (kind uint8, n int, as byte) {
	switch s[i] {
	case 0xC2:
		if i+1 < len(s) {
			switch s[i+1] {
			case 0xA0:
				return kSpace, 2, 0
			case 0xAA, 0xBA: // ª º
				return kLetter, 2, 0
			}
		}
		return kOther, min(2, len(s)-i), 0
	case 0xE2:
		if i+2 < len(s) && s[i+1] == 0x80 {
			switch s[i+2] {
			case 0x90, 0x91, 0x92, 0x93, 0x94:
				return kMark, 3, '-'
			case 0x98, 0x99:
				return kMark, 3, '\''
			case 0xAF, 0x89:
				return kSpace, 3, 0
			}
			return kOther, 3, 0
		}
		return kOther, min(3, len(s)-i), 0
	}
	_, n = utf8.DecodeRuneInString(s[i:])
	return kLetter, n, 0
}

// scanner turns text into runs and cues. It is fed by chunks, so that what it holds stays small.
type scanner struct {
	g     *grammar
	text  string
	items []item
	runs  []run
	cues  []cue
	next  int
}

// chunkItems bounds the items held at once; a run longer than this is cut.
const chunkItems = 4096

// fill scans up to the end of a paragraph, or of a chunk, and reports whether there was anything.
func (s *scanner) fill() bool {
	s.items, s.runs, s.cues = s.items[:0], s.runs[:0], s.cues[:0]
	if s.next >= len(s.text) {
		return false
	}
	g, text := s.g, s.text
	first := 0    // of the current run
	var seen mask // of the current run
	lastEnd := -1 // where the last item or unknown word ended
	lastWord := 0 // letters in the last word, for the ends of sentences
	lastEntry := int32(-1)
	spoils := false // the thing before is glued to a number and makes it none
	i := s.next
	suffix := g.pastSuffix
	endRun := func() {
		if seen&triggers != 0 {
			s.runs = append(s.runs, run{int32(first), int32(len(s.items))})
			first = len(s.items)
		} else {
			s.items = s.items[:first]
		}
		seen = 0
	}
	for i < len(text) {
		if len(s.items)-first >= chunkItems || len(s.cues) >= chunkItems || len(s.items) >= 4*chunkItems {
			break
		}
		c := text[i]
		kind, n, as := kinds[c], 1, c
		if kind == kHigh {
			kind, n, as = high(text, i)
		}
		switch kind {
		case kSpace:
			i += n
			continue
		case kNewline:
			// A heading has no full stop, and no expression goes on over lines that are paragraphs.
			i++
			s.next = i
			endRun()
			if len(s.runs) > 0 {
				return true
			}
			s.cues = s.cues[:0]
			spoils, lastEnd = false, -1
			continue
		case kLetter:
			start := i
			h := uint64(fnvOffset)
			capital := c >= 'A' && c <= 'Z' || c == 0xC3 && i+1 < len(text) && text[i+1] < 0x9F
			for i < len(text) {
				c = text[i]
				switch kinds[c] {
				case kLetter:
					h = (h ^ uint64(c|0x20)) * fnvPrime
					i++
					continue
				case kHigh:
					k, n, _ := high(text, i)
					if k != kLetter {
						break
					}
					for j := i; j < i+n; j++ {
						b := text[j]
						if j > i && text[i] == 0xC3 && b >= 0x80 && b <= 0x9E && b != 0x97 {
							b += 0x20
						}
						h = (h ^ uint64(b)) * fnvPrime
					}
					i += n
					continue
				}
				break
			}
			glued := start == lastEnd
			lastWord = i - start
			w := g.lookup(h)
			before := lastEntry
			lastEntry = w
			if w < 0 {
				if suffix != "" && lastWord > 4 && !capital && text[i-1] == suffix[1] && text[i-2] == suffix[0] {
					s.cues = append(s.cues, cue{int32(start), cueWeakPast})
				}
				if glued && len(s.items) > first && s.items[len(s.items)-1].digits > 0 {
					s.items[len(s.items)-1].mask = 0
				}
				endRun()
				spoils, lastEnd = true, i
				continue
			}
			e := &g.entries[w]
			m := e.mask
			if !capital {
				m &^= e.capMask
			}
			if m&bit(cCuePast) != 0 {
				s.cues = append(s.cues, cue{int32(start), cuePast})
			}
			if m&bit(cCueFuture) != 0 {
				s.cues = append(s.cues, cue{int32(start), cueFuture})
			}
			if e.pair && before >= 0 {
				if k, ok := g.cuePairs[[2]int32{before, w}]; ok {
					s.cues = append(s.cues, cue{int32(start), k})
				}
			}
			if !e.literal && m&^(bit(cCuePast)|bit(cCueFuture)) == 0 {
				endRun()
				spoils, lastEnd = true, i
				continue
			}
			seen |= m
			s.items = append(s.items, item{start: int32(start), end: int32(i), mask: m, word: w, glued: glued, capital: capital})
			spoils, lastEnd = false, i
		case kDigit:
			start, v := i, int32(0)
			for i < len(text) && kinds[text[i]] == kDigit {
				if i-start < 9 {
					v = v*10 + int32(text[i]-'0')
				}
				i++
			}
			it := item{start: int32(start), end: int32(i), word: -1, value: v, digits: uint8(min(i-start, 10)), glued: start == lastEnd}
			if !(spoils && it.glued) {
				it.mask = numberMask(v, int(it.digits))
			}
			seen |= it.mask
			s.items = append(s.items, it)
			spoils, lastEnd, lastWord = false, i, 9
		default:
			start := i
			i += n
			if as == '.' || as == '!' || as == '?' {
				if lastWord > 2 && i < len(text) && (text[i] == ' ' || text[i] == '\n') {
					s.cues = append(s.cues, cue{int32(start), cueStop})
				}
			}
			w := int32(0)
			if kind == kMark && as < 128 {
				w = g.punct[as]
			}
			if w == 0 || !g.entries[w-1].literal {
				if as == '%' && len(s.items) > first && start == lastEnd {
					s.items[len(s.items)-1].mask = 0
				}
				endRun()
				spoils, lastEnd = as != '(' && as != '"' && as != '[' && n == 1 || n == 3 && c == 0xE2 && text[start+1] == 0x82, i
				continue
			}
			s.items = append(s.items, item{start: int32(start), end: int32(i), mask: g.entries[w-1].mask, word: w - 1, glued: start == lastEnd})
			seen |= g.entries[w-1].mask
			spoils, lastEnd = false, i
		}
	}
	endRun()
	s.next = i
	return true
}

// numberMask says what a number may be, by its value and the number of its digits.
func numberMask(v int32, digits int) mask {
	var m mask
	if digits <= 6 {
		m |= bit(cNum)
	}
	if digits <= 2 {
		if v >= 1 && v <= 31 {
			m |= bit(cDay)
		}
		if v >= 1 && v <= 12 {
			m |= bit(cMon)
		}
		if v <= 24 {
			m |= bit(cHour)
		}
		if digits == 2 {
			m |= bit(cYY)
			if v < 60 {
				m |= bit(cMin)
			}
			if v%10 == 0 {
				m |= bit(cDecYY)
			}
		}
	}
	if digits == 4 && v >= 1000 && v < 2200 {
		m |= bit(cYear)
		if v%10 == 0 {
			m |= bit(cDecade)
		}
	}
	if digits == 4 && v < 2400 && v%100 < 60 {
		m |= bit(cHHMM)
	}
	if digits == 8 && v >= 10000101 && v < 22000101 {
		m |= bit(cYMD)
	}
	return m
}
