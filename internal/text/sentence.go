package text

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxSentence bounds what a sentence may cost those who look at its tokens together.
const maxSentence = 500

// Abbreviations whose full stop belongs to them. Titles are followed by a name; the others may also end a sentence.
var (
	titles = set("Mr Mrs Ms Mx Messrs Mme Mlle Dr Prof Gen Sen Sens Rep Reps Gov Lt Col Capt Cmdr Maj Sgt Cpl Pvt Adm Brig Rev Hon Pres Supt Insp Det Fr Br Msgr Atty Amb vs v Herr Sra Srta Md Mohd Pt Smt Engr Alh Barr Pst Bro Cllr Cde Cdr Asst Addl Sqn Wg Flt")
	others = set("St Ste Sts Mt Ft Inc Corp Co Cos Ltd Bros Jr Sr etc al Ave Blvd Rd Hwy Dept Assn Univ approx dept est Esq PLC")
	// These are abbreviations only before a number.
	numbered = set("No Nos no nos pp Art Sec Fig Vol vol Ch Op Jan Feb Mar Apr Jun Jul Aug Sep Sept Oct Nov Dec Mon Tue Tues Wed Thu Thur Thurs Fri Sat Sun")
	// States of the United States, which a mark or a small letter follows.
	states = set("Ala Ariz Ark Calif Colo Conn Del Fla Ga Ill Ind Kan Ky La Md Mass Mich Minn Miss Mo Mont Neb Nev Okla Ore Pa Tenn Tex Va Vt Wash Wis Wyo Ont Que")
	months = set("Jan Feb Aug Sept Oct Nov")
	// Words that begin a sentence and hardly ever a name.
	starters = set("The A An This That These Those He She It They We I You In On At But And Or So If When While After Before As For From To With By There Here His Her Its Their Our My Your Some Many Most More All Both Each One Two Three What Who Why How Where Yet Also However Meanwhile Since Under Over Another Such Not No Yes Now Then Once Although Though Because Until During Despite According Last Next Other Others Police Officials")
)

// abbreviationEnd returns the end of the abbreviation whose first full stop is at dot, or dot when s[i:dot] is none.
func abbreviationEnd(s string, i, dot, end int) int {
	// Single letters with full stops between them: U.S., a.m., J.R.R., Ph.D.
	k, letters := i, 0
	for {
		c, _, n := peek(s, k, end)
		if c != letter {
			break
		}
		m := k + n
		if letters == 0 && strings.HasPrefix(s[k:end], "Ph.") {
			m = k + 2
		}
		if m >= end || s[m] != '.' {
			break
		}
		letters++
		k = m + 1
	}
	if letters > 1 {
		if c, _, n := peek(s, k, end); c == letter {
			if c, _, _ := peek(s, k+n, end); c != letter { // U.S.A
				return k + n
			}
		}
		return k
	}
	next := dot + 1
	for next < end && (s[next] == ' ' || s[next] == '\n' && next == dot+1) {
		next++
	}
	c, r, _ := peek(s, next, end)
	word := s[i:dot]
	if letters == 1 && c == letter && (unicode.IsUpper(r) || next == dot+1) {
		first, _ := utf8.DecodeRuneInString(word)
		if unicode.IsUpper(first) && (next == dot+1 || next == dot+2) {
			return k
		}
		return dot
	}
	switch {
	case c == blank: // at the end of a paragraph the full stop is the sentence's
		return dot
	case titles[word] && c == letter && unicode.IsUpper(r):
		return dot + 1
	case others[word]:
		if next > dot+1 || c != letter || unicode.IsUpper(r) {
			return dot + 1
		}
	case states[word]:
		if next == dot+1 && strings.ContainsRune(",;)", r) || next == dot+2 && (c == letter && unicode.IsLower(r) || strings.ContainsRune("(—–", r)) {
			return dot + 1
		}
	case numbered[word]:
		if c == digit || months[word] && c == letter && unicode.IsLower(r) {
			return dot + 1
		}
	}
	return dot
}

func (d *Document) divide(first, last, paragraph int) {
	start := first
	for i := first; i < last; i++ {
		if i+1-start < maxSentence && i+1 < last {
			if !d.ends(start, i, last) {
				continue
			}
			for i+1 < last && i+1-start < maxSentence && d.closes(i+1) {
				i++
			}
			if i+1 < last && d.goesOn(start, i, i+1) {
				continue
			}
		}
		d.Sentences = append(d.Sentences, Sentence{
			Start: int(d.Tokens[start].Start), End: int(d.Tokens[i].End),
			First: start, Last: i + 1, Paragraph: paragraph,
		})
		start = i + 1
	}
}

// ends reports whether token i can end the sentence that begins with token start.
func (d *Document) ends(start, i, last int) bool {
	w := d.Word(i)
	switch d.Tokens[i].Kind {
	case Punctuation:
		switch w {
		case ".":
			// The number of a list.
			return !(i == start+1 && d.Tokens[start].Kind == Number && d.Joined(i) && len(d.Word(start)) < 4)
		case "!", "?", "…", "。", "！", "？", "؟", "।", "۔", "‼", "⁇", "⁈", "⁉":
			return true
		}
		return len(w) > 2 && w[0] == '.'
	case Word:
		if w[len(w)-1] != '.' || len(w) < 2 {
			return false
		}
		next := i + 1
		for next < last && d.closes(next) {
			next++
		}
		if next == last {
			return true
		}
		if d.Tokens[next].Kind == Punctuation && !d.Joined(next) && others[strings.TrimSuffix(w, ".")] {
			return true // an opening mark, or goesOn says otherwise
		}
		return starter(d.Word(next)) && !titles[w[:len(w)-1]]
	}
	return false
}

// closes reports whether token i is a mark that closes what the sentence before it opened.
func (d *Document) closes(i int) bool {
	if d.Tokens[i].Kind != Punctuation {
		return false
	}
	switch w := d.Word(i); w {
	case ")", "]", "}", "”", "’", "»", "›", "」", "』", "）", "】", "''":
		return true
	case "\"", "'":
		return d.Joined(i)
	case "!", "?", "！", "？", "…", ".":
		return d.Joined(i)
	}
	return false
}

// goesOn reports whether the sentence that could end with token i goes on with token next.
func (d *Document) goesOn(start, i, next int) bool {
	w := d.Word(next)
	r, _ := utf8.DecodeRuneInString(w)
	switch d.Tokens[next].Kind {
	case Word:
		// A brand such as iPhone begins small and may begin a sentence; so may any word behind a full stop in a text
		// without capitals, which cannot be told from a sentence that goes on.
		return unicode.IsLower(r) && strings.IndexFunc(w, unicode.IsUpper) < 0
	case Punctuation:
		switch w {
		case ",", ";", ":", "-", "--", "—", "–", "/", "，", "；", "：", "、":
			return true
		}
	case Number:
		return d.Joined(next)
	}
	return false
}

func starter(w string) bool {
	if starters[w] {
		return true
	}
	if len(w) > 12 || len(w) < 2 || w[1] < 'A' || w[1] > 'Z' {
		return false
	}
	return starters[w[:1]+strings.ToLower(w[1:])]
}
