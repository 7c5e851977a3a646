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
func complete(layers []found) {
	dictionary := map[string]known{}
	put := func(key string, k known) {
		if old, ok := dictionary[key]; ok {
			k.longer = k.longer || old.longer
			if old.confidence >= k.confidence {
				k.kind, k.confidence = old.kind, old.confidence
			}
		}
		dictionary[key] = k
	}
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
			if surname := l.doc.Word(last); n.Kind == person && last > first && capital(surname) && len(surname) > 3 {
				put(surname, known{kind: person, confidence: n.Confidence * 0.95})
			}
		}
	}
	if len(dictionary) == 0 {
		return
	}
	for x := range layers {
		layers[x].names = layers[x].missing(dictionary)
	}
}

func capital(w string) bool {
	r, _ := utf8.DecodeRuneInString(w)
	return unicode.IsUpper(r)
}

// missing returns the names with those that the dictionary adds.
func (l *found) missing(dictionary map[string]known) []Name {
	doc := l.doc
	var added []Name
	next := 0
	for s := range doc.Sentences {
		x := &doc.Sentences[s]
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
				d, ok := dictionary[doc.Text[t.Start:doc.Tokens[j].End]]
				if !ok {
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
			if l.free(i, last, x, limit) {
				added = append(added, Name{Start: int(t.Start), End: int(doc.Tokens[last].End), Kind: k.kind, Confidence: k.confidence * 0.9})
			}
			i = last
		}
	}
	if len(added) == 0 {
		return l.names
	}
	out := append(slices.Clone(l.names), added...)
	slices.SortFunc(out, func(a, b Name) int { return a.Start - b.Start })
	return out
}

// free reports whether tokens i to last stand for themselves: not as a part of a longer name or of a model's number.
func (l *found) free(i, last int, x *text.Sentence, limit int) bool {
	doc := l.doc
	if i > x.First && (doc.Joined(i) && doc.Word(i-1) == "-" || i-1 > x.First && capital(doc.Word(i-1)) && doc.Tokens[i-1].Kind == text.Word) {
		return false
	}
	j := last + 1
	if j >= x.Last {
		return true
	}
	if doc.Joined(j) && doc.Word(j) == "-" || doc.Tokens[j].Kind == text.Number {
		return false
	}
	return doc.Tokens[j].Kind != text.Word || !capital(doc.Word(j)) || int(doc.Tokens[j].Start) >= limit
}
