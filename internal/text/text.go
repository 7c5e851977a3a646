// Package text divides an article's text into tokens, sentences and paragraphs with byte offsets, once for all extractors.
package text

import (
	"sort"
	"strings"
)

// TokenKind says what a token is made of.
type TokenKind uint8

const (
	// Word is a word of any script, an abbreviation with its full stops, or a split-off clitic such as 's and n't.
	Word TokenKind = iota
	// Number begins with a digit: 12, 1,000.5, 10:30, 19th.
	Number
	// Punctuation is one mark, or one run of full stops, hyphens or apostrophes meant as one mark.
	Punctuation
	// Symbol is a currency or mathematical sign, an emoji, or anything else that is neither a word nor a mark.
	Symbol
	// URL is a web or e-mail address, or a bare host name.
	URL
	// Handle is the name of an account, behind the token of its @, or a #topic.
	Handle
)

// Token is a token of a text, as a byte range.
type Token struct {
	Start, End uint32
	Form       uint32 // number of a word's form in Document.Forms; 0 for what is no word
	Kind       TokenKind
}

// Sentence is a run of tokens: bytes [Start, End) of the text, tokens [First, Last).
type Sentence struct {
	Start, End  int
	First, Last int
	Paragraph   int
}

// Paragraph is a run of sentences between blank lines: bytes [Start, End) of the text, sentences [First, Last).
type Paragraph struct {
	Start, End  int
	First, Last int
}

// Document is a text with its tokens, sentences and paragraphs. It is computed once and shared read-only. Every token
// belongs to exactly one sentence and every sentence to exactly one paragraph, in the order of the text. What a list says
// of words is looked up once for each form; Forms[0] stands for all tokens that are no words, and no list has it.
type Document struct {
	Text       string
	Tokens     []Token
	Forms      []Form
	Sentences  []Sentence
	Paragraphs []Paragraph
}

// Analyze divides s, which must be valid UTF-8 and shorter than 4 GiB, in time linear in its length.
func Analyze(s string) *Document {
	d := &Document{Text: s, Tokens: make([]Token, 0, len(s)/5+8)}
	d.Sentences = make([]Sentence, 0, len(s)/100+4)
	for at := 0; at < len(s); {
		end, next := paragraphEnd(s, at)
		first := len(d.Tokens)
		d.Tokens = appendTokens(d.Tokens, s, at, end)
		if last := len(d.Tokens); last > first {
			p := Paragraph{Start: int(d.Tokens[first].Start), End: int(d.Tokens[last-1].End), First: len(d.Sentences)}
			d.divide(first, last, len(d.Paragraphs))
			p.Last = len(d.Sentences)
			d.Paragraphs = append(d.Paragraphs, p)
		}
		at = next
	}
	d.forms()
	return d
}

// paragraphEnd finds the end of the paragraph that begins at or after at, and where the next one may begin: behind a
// line end that only blanks separate from another line end.
func paragraphEnd(s string, at int) (end, next int) {
	for i := at; i < len(s); i++ {
		if s[i] != '\n' && s[i] != '\r' {
			continue
		}
		j, lines := i, 0
		for ; j < len(s); j++ {
			if s[j] == '\n' || s[j] == '\r' && (j+1 == len(s) || s[j+1] != '\n') {
				lines++
			} else if s[j] != ' ' && s[j] != '\t' && s[j] != '\r' {
				break
			}
		}
		if lines > 1 {
			return i, j
		}
		i = j - 1
	}
	return len(s), len(s)
}

// Word returns the text of token i.
func (d *Document) Word(i int) string {
	t := d.Tokens[i]
	return d.Text[t.Start:t.End]
}

// Joined reports whether no blank separates token i from the token before it.
func (d *Document) Joined(i int) bool {
	return i > 0 && d.Tokens[i-1].End == d.Tokens[i].Start
}

// Breaks reports whether a line ends between token i and the token before it.
func (d *Document) Breaks(i int) bool {
	if i == 0 {
		return false
	}
	gap := d.Text[d.Tokens[i-1].End:d.Tokens[i].Start]
	return gap != "" && gap != " " && HasBreak(gap)
}

// HasBreak reports whether a line ends in s.
func HasBreak(s string) bool { return strings.ContainsAny(s, "\n\r\v\f\u0085\u2028\u2029") }

// TokenAt returns the index of the token that holds the byte at offset, or -1 when none does.
func (d *Document) TokenAt(offset int) int {
	i := sort.Search(len(d.Tokens), func(i int) bool { return int(d.Tokens[i].End) > offset })
	if i < len(d.Tokens) && int(d.Tokens[i].Start) <= offset {
		return i
	}
	return -1
}
