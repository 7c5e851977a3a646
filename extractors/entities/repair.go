package entities

import "example.invalid/nutgraf/internal/text"

// repair corrects borders of names that the grammar of titles contradicts: "Three Democrats", "Ukrainian President",
// "Elwin Bank Chief" before "Executive", "Kenya's Elwin Authority", "Kenya Ada Orr".
func repair(doc *text.Document, names []Name, lex *lexicon) []Name {
	out := make([]Name, 0, len(names))
	var buf []byte
	class := func(i int) class {
		var e entry
		e, buf = lex.lookup(doc.Word(i), buf)
		return e.class
	}
	for _, n := range names {
		first, last := doc.TokenAt(n.Start), doc.TokenAt(n.End-1)
		if first < 0 || last < first || n.Confidence >= sure {
			out = append(out, n)
			continue
		}
		for first < last && class(first)&(determiner|numeral) != 0 && class(first)&roleNoun == 0 && doc.Word(first) != "The" {
			first++
		}
		if n.Kind != person {
			for last > first && capital(doc.Word(last)) && class(last)&roleNoun != 0 && last+1 < len(doc.Tokens) &&
				doc.Tokens[last+1].Kind == text.Word && capital(doc.Word(last+1)) && !doc.Joined(last+1) {
				last--
			}
		}
		// A country in front is a name of its own before a person, and before what it possesses.
		for i := first; i < last && i < first+4; i++ {
			c := lex.countries[doc.Text[doc.Tokens[first].Start:doc.Tokens[i].End]]
			if c.confidence == 0 {
				continue
			}
			clitic := class(i+1)&clitic != 0 || doc.Word(i+1) == "'s" || doc.Word(i+1) == "’s"
			if k := i + 1; clitic && k < last || n.Kind == person && !clitic {
				out = append(out, Name{Start: int(doc.Tokens[first].Start), End: int(doc.Tokens[i].End), Kind: place, Confidence: c.confidence})
				first = k
				if clitic {
					first++
				}
				break
			}
		}
		if n.Kind != person && last > first && class(first)&demonym != 0 && class(first+1)&roleNoun != 0 && class(last)&roleNoun != 0 {
			continue
		}
		n.Start, n.End = int(doc.Tokens[first].Start), int(doc.Tokens[last].End)
		out = append(out, n)
	}
	return out
}
