// Package summary chooses the sentences of an article that say best what it is about.
package summary

import (
	"cmp"
	"context"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"math"
	"slices"
	"strings"
	"time"
	"unicode"

	nutgrafv1 "example.invalid/nutgraf/gen/go/nutgraf/v1"
	"example.invalid/nutgraf/internal/pipeline"
	"example.invalid/nutgraf/internal/rarity"
	"example.invalid/nutgraf/internal/text"
)

//go:embed data/en.txt
var english string

// maxCaption is the length up to which a sentence must show a verb, lest it be a caption, in tokens.
const maxCaption = 20

// maxSentences is how far into an article a summary looks, in sentences.
const maxSentences = 300

// The weights of a sentence's score. Early sentences, words of the title and words that the article repeats count for it.
const (
	placeWeight = 1.0
	titleWeight = 0.5
	themeWeight = 0.5
	quoteMalus  = 0.25
	echoMalus   = 0.6
)

// Extractor fills Extraction.summary.
type Extractor struct {
	roles  *text.Lexicon[role]
	digest string
}

// A role is a set of lists that a word is in.
type role uint8

const (
	leaning  role = 1 << iota // at the start of a sentence that needs the one before it
	person                    // pronouns that stand for a person
	verb                      // verbs that do not end in -ed
	opening                   // prepositions
	pointing                  // this, these
	when                      // week, month
)

// New returns the extractor with its embedded lists.
func New() *Extractor {
	x := &Extractor{}
	sections := map[string]role{"[leaning]": leaning, "[person]": person, "[verb]": verb, "[opening]": opening, "[pointing]": pointing, "[when]": when}
	roles, section := map[string]role{}, role(0)
	for line := range strings.Lines(english) {
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "#") {
			continue
		}
		if strings.HasPrefix(line, "[") {
			section = sections[line]
			continue
		}
		for w := range strings.FieldsSeq(line) {
			roles[w] |= section
		}
	}
	x.roles = text.NewLexicon(roles)
	h := sha256.Sum256([]byte(english))
	x.digest = "sha256:" + hex.EncodeToString(h[:])
	return x
}

// Spec describes the extractor.
func (x *Extractor) Spec() pipeline.Spec {
	return pipeline.Spec{
		Name:        "summary",
		Version:     "1.2.0",
		Description: "The sentences of the body that say best what it is about, in their order.",
		Requires:    []pipeline.Field{"content"},
		Uses:        []pipeline.Field{"metadata", "entities"},
		Provides:    []pipeline.Field{"summary"},
		Budget:      2 * time.Second,
		Languages:   []string{"en"},
		Digest:      x.digest,
		Confidence:  nutgrafv1.ConfidenceKind_CONFIDENCE_KIND_ORDINAL,
	}
}

// Extract chooses at most as many sentences as the caller wants.
func (x *Extractor) Extract(ctx context.Context, in pipeline.Input) (*nutgrafv1.Extraction, error) {
	doc := in.Body()
	s := summarizer{Extractor: x, doc: doc, words: in.Words(), names: namedPeople(in), listed: in.Language() == "" || strings.HasPrefix(in.Language(), "en")}
	if err := s.read(ctx, in.Content().GetBlocks()); err != nil {
		return nil, err
	}
	chosen := s.choose(in.MaxSummarySentences())
	if len(chosen) == 0 {
		return &nutgrafv1.Extraction{}, nil
	}
	out := &nutgrafv1.Summary{Kind: nutgrafv1.SummaryKind_SUMMARY_KIND_EXTRACTIVE, Sentences: make([]*nutgrafv1.TextValue, 0, len(chosen))}
	for _, c := range chosen {
		sentence := doc.Sentences[c.index]
		printed := doc.Text[sentence.Start:sentence.End]
		confidence := float32(min(1, c.score/(placeWeight+titleWeight+themeWeight)))
		v := &nutgrafv1.TextValue{Value: oneLine(printed), Evidence: &nutgrafv1.Evidence{
			Spans: []*nutgrafv1.Span{{
				Layer: nutgrafv1.Layer_LAYER_BODY, Start: int64(sentence.Start), End: int64(sentence.End),
			}},
			Confidence: &confidence, Method: nutgrafv1.Method_METHOD_DERIVED,
		}}
		if v.Value != printed {
			v.Raw = &printed
		}
		out.Sentences = append(out.Sentences, v)
	}
	return &nutgrafv1.Extraction{Summary: out}, nil
}

// oneLine returns s with one blank for each run of white space.
func oneLine(s string) string {
	if !strings.ContainsFunc(s, func(r rune) bool { return r != ' ' && unicode.IsSpace(r) }) && !strings.Contains(s, "  ") {
		return s // a sentence begins and ends with what is printed
	}
	return strings.Join(strings.Fields(s), " ")
}

// namedPeople lists where people are named in the body, in order.
func namedPeople(in pipeline.Input) []int {
	mentions, entities := in.Mentions(nutgrafv1.Layer_LAYER_BODY), in.Entities()
	starts := make([]int, 0, len(mentions))
	for _, m := range mentions {
		if m.Form == nutgrafv1.MentionForm_MENTION_FORM_NAME && entities[m.Entity].GetKind() == nutgrafv1.EntityKind_ENTITY_KIND_PERSON {
			starts = append(starts, m.Start)
		}
	}
	return starts
}

// A candidate is a sentence that could stand in a summary.
type candidate struct {
	index  int // of the sentence
	score  float64
	words  []int32 // ids of its words that say something, sorted, each once
	leans  bool    // on the sentence before
	quotes bool
}

type summarizer struct {
	*Extractor
	doc    *text.Document
	names  []int
	listed bool   // the lists are of the article's language
	roles  []role // by form of the body
	words  *rarity.Words
	counts []int32 // by word, sentences that hold it
	found  []candidate
}

// read finds the sentences that can stand in a summary, and counts their words.
func (s *summarizer) read(ctx context.Context, blocks []*nutgrafv1.Block) error {
	s.roles = make([]role, len(s.doc.Forms))
	for i, f := range s.doc.Forms {
		s.roles[i], _ = s.Extractor.roles.Find(f.Hash)
	}
	s.counts = make([]int32, len(s.words.Weights))
	sentences := s.doc.Sentences[:min(len(s.doc.Sentences), maxSentences)]
	s.found = make([]candidate, 0, len(sentences))
	tokens := 0
	if n := len(sentences); n > 0 {
		tokens = sentences[n-1].Last
	}
	room := make([]int32, 0, tokens) // for the words of all sentences
	block, paragraph, inside := 0, -1, open{}
	for i, sentence := range sentences {
		if err := ctx.Err(); err != nil {
			return err
		}
		for block < len(blocks) && int(blocks[block].GetSpan().GetEnd()) <= sentence.Start {
			block++
		}
		words := room
		for t := sentence.First; t < sentence.Last; t++ {
			if id := s.words.Body[s.doc.Tokens[t].Form]; id > 0 {
				words = append(words, id)
			}
		}
		slices.Sort(words)
		words = slices.Compact(words)
		room = words[len(words):]
		for _, w := range words {
			s.counts[w]++
		}
		before, m := inside, count(s.doc.Text[sentence.Start:sentence.End])
		if sentence.Paragraph != paragraph {
			before, paragraph = open{}, sentence.Paragraph
		}
		inside = before.after(m)
		if before == (open{}) && inside == (open{}) && m.brackets == 0 && m.single <= 0 && prose(blocks, block) && s.complete(sentence) {
			s.found = append(s.found, candidate{index: i, words: words, leans: s.leans(sentence), quotes: m.opening > 0})
		}
	}
	return nil
}

// prose reports whether the block can give sentences to a summary.
func prose(blocks []*nutgrafv1.Block, i int) bool {
	if i >= len(blocks) {
		return true
	}
	switch blocks[i].GetKind() {
	case nutgrafv1.BlockKind_BLOCK_KIND_PARAGRAPH, nutgrafv1.BlockKind_BLOCK_KIND_UNSPECIFIED,
		nutgrafv1.BlockKind_BLOCK_KIND_LIVE_ENTRY, nutgrafv1.BlockKind_BLOCK_KIND_LIST_ITEM:
		return true
	}
	return false
}

// complete reports whether a sentence can be read by itself: it ends as one and is not too short or too long.
func (s *summarizer) complete(sentence text.Sentence) bool {
	n := sentence.Last - sentence.First
	if n < 7 || n > 90 {
		return false
	}
	if n <= maxCaption && !s.verb(sentence) {
		return false
	}
	printed := s.doc.Text[sentence.Start:sentence.End]
	return strings.HasSuffix(strings.TrimRight(printed, "\"'”’»)]"), ".") || strings.HasSuffix(printed, "!")
}

// marks counts the marks of a text that come in pairs.
type marks struct {
	straight int // "
	directed int // that open a quotation, less those that close one
	opening  int // that open a quotation, or may
	single   int // ‘ less ’
	brackets int // ( less )
}

// leads are the bytes with which such a mark begins.
var leads = [256]bool{'"': true, '(': true, ')': true, 0xC2: true, 0xE2: true}

func count(printed string) (m marks) {
	for i := 0; i < len(printed); i++ {
		if !leads[printed[i]] {
			continue
		}
		switch printed[i] {
		case '"':
			m.straight++
			m.opening++
		case '(':
			m.brackets++
		case ')':
			m.brackets--
		case 0xC2:
			switch printed[i+1] {
			case 0xAB: // «
				m.directed++
				m.opening++
			case 0xBB: // »
				m.directed--
			}
		case 0xE2:
			if printed[i+1] != 0x80 {
				continue
			}
			switch printed[i+2] {
			case 0x98: // ‘
				m.single++
			case 0x99: // ’
				m.single--
			case 0x9C: // “
				m.directed++
				m.opening++
			case 0x9D: // ”
				m.directed--
			case 0x9E: // „
				m.opening++
			}
		}
	}
	return m
}

// open says which quotations of a paragraph are open; straight marks alternate.
type open struct{ straight, directed int }

func (o open) after(m marks) open {
	return open{(o.straight + m.straight) % 2, o.directed + m.directed}
}

// verb reports whether the sentence has a word that looks like its verb. In a language without a list all do.
func (s *summarizer) verb(sentence text.Sentence) bool {
	if !s.listed {
		return true
	}
	for t := sentence.First + 1; t < sentence.Last; t++ {
		if s.is(t, verb) || strings.HasSuffix(s.doc.Word(t), "ed") {
			return true
		}
	}
	return false
}

func (s *summarizer) is(token int, r role) bool {
	return s.roles[s.doc.Tokens[token].Form]&r != 0
}

// leans reports whether a sentence needs the one before it to be understood.
func (s *summarizer) leans(sentence text.Sentence) bool {
	first := sentence.First
	for first < sentence.Last && s.doc.Tokens[first].Kind == text.Punctuation {
		first++
	}
	if first == sentence.Last {
		return true
	}
	if s.is(first, leaning) {
		return true
	}
	if s.is(first, opening) && first+2 < sentence.Last && s.is(first+1, pointing) && !s.is(first+2, when) {
		return true
	}
	name, _ := slices.BinarySearch(s.names, sentence.Start)
	named := math.MaxInt
	if name < len(s.names) {
		named = s.names[name]
	}
	for t := first; t < sentence.Last; t++ {
		if s.is(t, person) {
			return named > int(s.doc.Tokens[t].Start)
		}
	}
	return false
}

// logs are what a word counts for by the number of sentences that hold it.
var logs = func() (t [maxSentences + 1]float64) {
	for n := range t {
		t[n] = math.Log2(float64(n) + 1)
	}
	return
}()

// choose takes the best sentences one by one: each loses what those taken before have said already, and one that leans
// on another is taken only after it.
func (s *summarizer) choose(n int) []candidate {
	if len(s.found) == 0 {
		return nil
	}
	weights, theme := s.words.Weights, 0.0
	for i := range s.found {
		c := &s.found[i]
		for _, w := range c.words {
			c.score += float64(weights[w]) * logs[s.counts[w]]
		}
		c.score /= math.Sqrt(float64(len(c.words)) + 4)
		theme = max(theme, c.score)
	}
	title := 0.0
	for _, w := range weights[:s.words.Titles] {
		title += float64(w)
	}
	for i := range s.found {
		c := &s.found[i]
		inTitle := 0.0
		for _, w := range c.words {
			if int(w) < s.words.Titles {
				inTitle += float64(weights[w])
			}
		}
		c.score = themeWeight * c.score / max(theme, 1e-9)
		c.score += placeWeight / (1 + 0.35*float64(i))
		if title > 0 {
			c.score += titleWeight * inTitle / title
		}
		if c.quotes {
			c.score -= quoteMalus
		}
	}
	taken := make([]bool, len(s.found))
	said := make([]bool, len(weights))
	var out []candidate
	for len(out) < n {
		best, bestScore := -1, math.Inf(-1)
		for i := range s.found {
			c := &s.found[i]
			if taken[i] || c.leans && !(i > 0 && taken[i-1] && s.found[i-1].index == c.index-1) {
				continue
			}
			echo := 0.0
			for _, w := range c.words {
				if said[w] {
					echo++
				}
			}
			score := c.score - echoMalus*echo/float64(len(c.words)+1)
			if score > bestScore {
				best, bestScore = i, score
			}
		}
		if best < 0 {
			break
		}
		taken[best] = true
		for _, w := range s.found[best].words {
			said[w] = true
		}
		out = append(out, s.found[best])
	}
	slices.SortFunc(out, func(a, b candidate) int { return cmp.Compare(a.index, b.index) })
	return out
}
