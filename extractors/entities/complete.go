package entities

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	nutgrafv1 "example.invalid/nutgraf/gen/go/nutgraf/v1"
	"example.invalid/nutgraf/internal/text"
)

// found is a layer before its units are made.
type found struct {
	which nutgrafv1.Layer
	doc   *text.Document
	names []Name
}

const (
	// trusted is the confidence a name needs for its other occurrences to count as names too.
	trusted = 0.8
	// maxHeadline bounds the tokens of a headline.
	maxHeadline = 40
	// maxKnownTokens bounds the tokens of such a name.
	maxKnownTokens = 8
)

// known is what the tagger found out about a spelling.
type known struct {
	kind       nutgrafv1.EntityKind
	confidence float32
	longer     bool // a longer spelling begins like this one
}

// complete adds the occurrences of names that the tagger saw elsewhere in the article but missed here, such as in a
// headline: the spelling of a trusted name, or the surname of a trusted person.
func complete(layers []found, lex *lexicon) {
	for x := range layers {
		layers[x].names = layers[x].bracketed()
	}
	dictionary := map[string]known{}
	loud := slices.ContainsFunc(layers, func(l found) bool {
		return slices.ContainsFunc(l.doc.Sentences, func(x text.Sentence) bool { return capitals(l.doc.Text[x.Start:x.End]) })
	})
	var put func(key string, k known)
	put = func(key string, k known) {
		if upper := strings.ToUpper(key); loud && upper != key {
			put(upper, k)
		}
		if old, ok := dictionary[key]; ok {
			k.longer = k.longer || old.longer
			if old.confidence >= k.confidence {
				k.kind, k.confidence = old.kind, old.confidence
			}
		}
		dictionary[key] = k
	}
	var buf []byte
	for _, l := range layers {
		for _, n := range l.names {
			if n.Confidence < trusted {
				continue
			}
			first, last := l.doc.TokenAt(n.Start), l.doc.TokenAt(n.End-1)
			if first < 0 || last < first || last-first >= maxKnownTokens || !capital(l.doc.Word(first)) {
				continue
			}
			s := l.doc.Text[n.Start:n.End]
			if strings.ContainsAny(s, "\n\r\t") {
				continue
			}
			for i := first; i < last; i++ {
				put(l.doc.Text[n.Start:l.doc.Tokens[i].End], known{longer: true})
			}
			put(s, known{kind: n.Kind, confidence: n.Confidence})
			if given := l.doc.Word(first); n.Kind == person && last > first && len(given) > 3 {
				buf = appendLower(buf[:0], given)
				if _, city := lex.subtype[string(buf)]; !city && lex.given[string(buf)] != unknown { // not Austin, Georgia
					put(given, known{kind: person, confidence: n.Confidence * 0.9})
				}
			}
			if surname := l.doc.Word(last); n.Kind == person && last > first && capital(surname) && len(surname) > 3 {
				put(surname, known{kind: person, confidence: n.Confidence * 0.95})
			}
		}
	}
	for x := range layers {
		layers[x].names = layers[x].missing(dictionary, lex)
	}
}

// capitals reports whether a sentence is written in capitals, so that a capital tells nothing.
func capitals(s string) bool {
	words := 0
	for w := range strings.FieldsSeq(s) {
		if strings.ToUpper(w) != w {
			return false
		}
		words++
	}
	return words > 2
}

func capital(w string) bool {
	r, _ := utf8.DecodeRuneInString(w)
	return unicode.IsUpper(r)
}

// titled returns the names with those of people that the tagger missed behind a title in small letters or an honorific:
// "city mayor Hau Orr", "Mr Orr".
func (l *found) titled(lex *lexicon) []Name {
	doc := l.doc
	var added []Name
	var buf []byte
	next := 0
	for s := range doc.Sentences {
		x := &doc.Sentences[s]
		for i := x.First; i+1 < x.Last; i++ {
			t := doc.Tokens[i]
			for next < len(l.names) && l.names[next].End <= int(t.Start) {
				next++
			}
			limit := len(doc.Text)
			if next < len(l.names) {
				limit = l.names[next].Start
			}
			w := doc.Word(i)
			if t.Kind != text.Word || int(t.Start) >= limit || doc.Joined(i+1) || doc.Breaks(i+1) || !capital(doc.Word(i+1)) {
				continue
			}
			var e entry
			e, buf = lex.lookup(w, buf)
			if !(e.class&roleNoun != 0 && !capital(w) || e.class&honorific != 0 && capital(w)) {
				continue
			}
			j := i + 1
			for ; j < x.Last && j < i+5 && int(doc.Tokens[j].End) <= limit && doc.Tokens[j].Kind == text.Word; j++ {
				if !capital(doc.Word(j)) || doc.Breaks(j) {
					break
				}
				e, buf = lex.lookup(doc.Word(j), buf)
				if e.class&(stop|roleNoun|demonym|determiner|affiliation) != 0 && lex.given[string(buf)] == unknown {
					break
				}
				if j+2 < x.Last && doc.Joined(j+1) && doc.Word(j+1) == "-" && doc.Joined(j+2) && int(doc.Tokens[j+2].End) <= limit { // Lung-bin
					j += 2
				}
			}
			j = min(j, x.Last)
			if j == i+1 || int(doc.Tokens[j-1].End) > limit || j < x.Last && capital(doc.Word(j)) && !doc.Breaks(j) {
				continue
			}
			added = append(added, Name{Start: int(doc.Tokens[i+1].Start), End: int(doc.Tokens[j-1].End), Kind: person, Confidence: titledPerson})
			i = j - 1
		}
	}
	return merged(l.names, added)
}

// datelines cuts the place of a dateline, in capitals, from the name of the person before it: "By Ada Orr ELWIN, May 3", in an
// article that names Elwin.
func datelines(layers []found) {
	places := map[string]bool{}
	for _, l := range layers {
		for _, n := range l.names {
			if n.Kind == place && n.Confidence >= trusted {
				places[strings.ToUpper(l.doc.Text[n.Start:n.End])] = true
			}
		}
	}
	for x := range layers {
		l := &layers[x]
		var added []Name
		for k := range l.names {
			n := &l.names[k]
			i := l.doc.TokenAt(n.End - 1)
			if n.Kind != person || i < 1 || n.Start >= int(l.doc.Tokens[i].Start) || l.doc.Joined(i) {
				continue
			}
			w, before := l.doc.Word(i), l.doc.Word(i-1)
			if len(w) > 3 && places[w] && strings.ToUpper(before) != before {
				added = append(added, Name{Start: int(l.doc.Tokens[i].Start), End: n.End, Kind: place, Confidence: n.Confidence})
				n.End = int(l.doc.Tokens[i-1].End)
			}
		}
		l.names = merged(l.names, added)
	}
}

// titledPerson is what a name is trusted that only its title makes one.
const titledPerson = 0.8

// bracketed returns the names with the acronyms in brackets behind them that the tagger missed.
func (l *found) bracketed() []Name {
	doc := l.doc
	var added []Name
	for k, n := range l.names {
		i := doc.TokenAt(n.End-1) + 1
		if n.Kind != organization && n.Kind != place || i == 0 || i+2 >= len(doc.Tokens) || doc.Word(i) != "(" || doc.Word(i+2) != ")" || !acronym(doc.Word(i+1)) {
			continue
		}
		if t := doc.Tokens[i+1]; k+1 == len(l.names) || l.names[k+1].Start >= int(t.End) {
			added = append(added, Name{Start: int(t.Start), End: int(t.End), Kind: n.Kind, Confidence: n.Confidence * bracketedAcronym})
		}
	}
	return merged(l.names, added)
}

// bracketedAcronym is the share of such acronyms that were names on the training half of the annotated news: 43 of 45.
const bracketedAcronym = 0.95

func merged(names, added []Name) []Name {
	if len(added) == 0 {
		return names
	}
	out := append(slices.Clone(names), added...)
	slices.SortFunc(out, func(a, b Name) int { return a.Start - b.Start })
	return out
}

// missing returns the names with those that the dictionary and the list of countries add.
func (l *found) missing(dictionary map[string]known, lex *lexicon) []Name {
	doc := l.doc
	var added []Name
	next := 0
	for s := range doc.Sentences {
		x := &doc.Sentences[s]
		loud := capitals(doc.Text[x.Start:x.End])
		for i := x.First; i < x.Last; i++ {
			t := doc.Tokens[i]
			for next < len(l.names) && l.names[next].End <= int(t.Start) {
				next++
			}
			limit := len(doc.Text)
			if next < len(l.names) {
				limit = l.names[next].Start
			}
			if int(t.Start) >= limit || t.Kind != text.Word || !capital(doc.Word(i)) {
				continue
			}
			last := -1
			var k known
			for j := i; j < x.Last && j < i+maxKnownTokens && int(doc.Tokens[j].End) <= limit; j++ {
				s := doc.Text[t.Start:doc.Tokens[j].End]
				d, ok := dictionary[s]
				c, country := lex.countries[s]
				if loud && !ok && !country && len(s) > 3 {
					c, country = lex.countries[title(s)]
				}
				if country {
					d.longer = d.longer || c.longer
					if c.confidence > d.confidence {
						d.kind, d.confidence = c.kind, c.confidence
					}
				} else if !ok {
					break
				}
				if d.confidence > 0 {
					last, k = j, d
				}
				if !d.longer {
					break
				}
			}
			if last < 0 {
				continue
			}
			if loud || l.free(i, last, x, limit, lex) {
				added = append(added, Name{Start: int(t.Start), End: int(doc.Tokens[last].End), Kind: k.kind, Confidence: k.confidence * 0.9})
			}
			i = last
		}
	}
	return merged(l.names, added)
}

// title writes a word in capitals as the lists print it.
func title(s string) string {
	_, n := utf8.DecodeRuneInString(s)
	return s[:n] + strings.ToLower(s[n:])
}

// free reports whether tokens i to last stand for themselves: not as a part of a longer name or of a model's number.
func (l *found) free(i, last int, x *text.Sentence, limit int, lex *lexicon) bool {
	doc := l.doc
	_, country := lex.countries[doc.Text[doc.Tokens[i].Start:doc.Tokens[last].End]]
	if i > x.First && (doc.Joined(i) && doc.Word(i-1) == "-" && !country || i-1 > x.First && capital(doc.Word(i-1)) && doc.Tokens[i-1].Kind == text.Word) {
		return false
	}
	j := last + 1
	if j >= x.Last || int(doc.Tokens[j].Start) >= limit {
		return true
	}
	w := doc.Word(j)
	switch {
	case doc.Tokens[j].Kind == text.Number, w == "$", strings.HasPrefix(w, "dollar"):
		return false
	case w == "-" && doc.Joined(j):
		return country
	case doc.Tokens[j].Kind != text.Word || !capital(w):
		return true
	}
	e, _ := lex.lookup(w, nil)
	return e.class&(roleNoun|affiliation) != 0 || e.class&stop != 0 && l.headline(x) // "US Says No", but not "Britain First won"
}

// headline reports whether all words of four letters or more have a capital, of as many as a headline has.
func (l *found) headline(x *text.Sentence) bool {
	for i := x.First; i < min(x.Last, x.First+maxHeadline); i++ {
		if t := l.doc.Tokens[i]; t.Kind == text.Word && t.End-t.Start > 3 && !capital(l.doc.Word(i)) {
			return false
		}
	}
	return true
}
