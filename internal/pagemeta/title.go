package pagemeta

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// titleCut is a part of a title that could be the headline: the whole less what stands before or after a separator.
type titleCut struct {
	text    string
	dropped string // what was cut off, separators removed
	front   bool   // it was cut off in front
}

const maxTitleParts = 8

// cutTitle proposes what remains of a page title when names of site and section are taken off at either end.
func cutTitle(s string) []titleCut {
	type sep struct{ start, end int }
	var seps []sep
	for i := 0; i < len(s) && len(seps) < maxTitleParts; {
		r, n := utf8.DecodeRuneInString(s[i:])
		switch {
		case strings.ContainsRune("|｜»«›‹•·—–_~→←▷►⋆★‖¦∣丨", r):
			// An underscore or a long dash between letters is part of a word, except in scripts without spaces.
			if (r == '_' || r == '~' || r == '—' || r == '–' || r == '·' || r == '•') && !spaceAround(s, i, i+n) && !wideAround(s, i, i+n) {
				break
			}
			seps = append(seps, sep{i, i + n})
		case r == '-' || r == '/' || r == '<' || r == '>' || r == '\\' || r == '+':
			if spaceAround(s, i, i+n) || r == '-' && wideAround(s, i, i+n) {
				seps = append(seps, sep{i, i + n})
			}
		case r == ':':
			if i+1 < len(s) && s[i+1] == ' ' || strings.HasPrefix(s[i:], "::") {
				if strings.HasPrefix(s[i:], "::") {
					n = 2
				}
				seps = append(seps, sep{i, i + n})
			}
		case r == '：':
			seps = append(seps, sep{i, i + n})
		}
		i += n
	}
	// Neighbouring separators are one.
	k := 0
	for _, x := range seps {
		if k > 0 && strings.TrimSpace(s[seps[k-1].end:x.start]) == "" {
			seps[k-1].end = x.end
			continue
		}
		seps[k] = x
		k++
	}
	seps = seps[:k]
	var out []titleCut
	add := func(text, dropped string, front bool) {
		text, dropped = strings.TrimSpace(text), strings.TrimSpace(dropped)
		if text != "" && dropped != "" {
			out = append(out, titleCut{text: text, dropped: dropped, front: front})
		}
	}
	for i := len(seps) - 1; i >= 0; i-- {
		add(s[:seps[i].start], s[seps[i].end:], false)
	}
	for i := range seps {
		add(s[seps[i].end:], s[:seps[i].start], true)
	}
	// The middle of three or more parts.
	if len(seps) == 2 {
		add(s[seps[0].end:seps[1].start], s[seps[1].end:], false)
	}
	return out
}

func spaceAround(s string, i, j int) bool {
	return i > 0 && j < len(s) && (s[i-1] == ' ' || s[j] == ' ' || strings.HasPrefix(s[j:], "\u00a0") || strings.HasSuffix(s[:i], "\u00a0"))
}

func wideAround(s string, i, j int) bool {
	r, _ := utf8.DecodeLastRuneInString(s[:i])
	return unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul)
}
