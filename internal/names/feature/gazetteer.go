package feature

import (
	"encoding/binary"
	"errors"
	"strconv"
	"strings"

	"example.invalid/nutgraf/internal/text"
)

// Category is a list of names or of words that go with names. A phrase may be on several lists.
type Category uint8

// The lists of a gazetteer.
const (
	Given Category = iota
	RareGiven
	Surname
	RareSurname
	Country
	City
	Town
	Region
	Demonym
	Organisation
	OrganisationWord
	PlaceWord
	Title
	Event
	KnownPerson
	categories
)

// CategoryNames names the categories in a gazetteer's source file, in the order of their values.
var CategoryNames = [categories]string{
	"given", "given_rare", "surname", "surname_rare", "country", "city", "town", "region", "demonym",
	"organisation", "organisation_word", "place_word", "title", "event", "person",
}

const (
	prefixBit   = 15 // a longer phrase begins so
	maxPhrase   = 9  // tokens; hyphens are tokens
	gazHeader   = 8
	tableHeader = 4
	gazEntry    = 6
	gazMagic    = "nfg1"
	phraseSeed  = 0x9e3779b97f4a7c15
)

// Gazetteer is a read-only table of phrases, kept as hashes: it cannot be listed, only asked.
type Gazetteer struct {
	data    string
	mask    uint64
	classes [2]classes
}

// classes is a table of words by their use in running text: some made of the texts at hand, some of much more text.
type classes struct {
	data string
	mask uint64
}

// OpenGazetteer reads what PackGazetteer made.
func OpenGazetteer(data string) (Gazetteer, error) {
	if len(data) < gazHeader || data[:4] != gazMagic {
		return Gazetteer{}, errors.New("not a gazetteer")
	}
	n := uint64(1) << data[4]
	if uint64(len(data)) < gazHeader+n*gazEntry {
		return Gazetteer{}, errors.New("gazetteer is cut off")
	}
	g := Gazetteer{data: data[gazHeader : gazHeader+n*gazEntry], mask: n - 1}
	data = data[gazHeader+n*gazEntry:]
	for i := 0; len(data) > 0; i++ {
		n = uint64(1) << (data[0] & 31)
		if i == len(g.classes) || uint64(len(data)) < tableHeader+n*gazEntry {
			return Gazetteer{}, errors.New("word classes are cut off")
		}
		g.classes[i] = classes{data[tableHeader : tableHeader+n*gazEntry], n - 1}
		data = data[tableHeader+n*gazEntry:]
	}
	return g, nil
}

// class returns the class of a word in a table, 0 for a word too rare to have one.
func (c *classes) class(key uint64) uint16 {
	if c.data == "" {
		return 0
	}
	return find(c.data, c.mask, key)
}

func clusterKey(word uint64, capital bool) uint64 {
	if capital {
		word += k2
	}
	word *= k1
	return word ^ word>>29
}

func (g Gazetteer) find(h uint64) uint16 {
	if g.data == "" {
		return 0
	}
	return find(g.data, g.mask, h)
}

func find(data string, mask, h uint64) uint16 {
	check := uint32(h >> 32)
	for slot := h & mask; ; slot = (slot + 1) & mask {
		e := data[slot*gazEntry : slot*gazEntry+gazEntry]
		lists := uint16(e[4]) | uint16(e[5])<<8
		if lists == 0 {
			return 0
		}
		if uint32(e[0])|uint32(e[1])<<8|uint32(e[2])<<16|uint32(e[3])<<24 == check {
			return lists
		}
	}
}

func extend(h, word uint64) uint64 {
	h = (h ^ word) * 0xff51afd7ed558ccd
	return h ^ h>>31
}

// PackGazetteer makes a gazetteer of lines "category<TAB>phrase".
func PackGazetteer(lines []string) ([]byte, error) {
	entries := map[uint64]uint16{}
	var x Extractor
	for _, l := range lines {
		name, phrase, ok := strings.Cut(l, "\t")
		c := 0
		for c < int(categories) && CategoryNames[c] != name {
			c++
		}
		if !ok || c == int(categories) {
			return nil, errors.New("gazetteer line without a known category: " + l)
		}
		d := text.Analyze(phrase)
		n := len(d.Tokens)
		if n == 0 || n > maxPhrase {
			continue
		}
		x.Reset(d, Gazetteer{})
		h := uint64(phraseSeed)
		for i := range d.Tokens {
			h = extend(h, x.tokens[i].word)
			if i < n-1 {
				entries[h] |= 1 << prefixBit
			} else {
				entries[h] |= 1 << c
			}
		}
	}
	return append([]byte(gazMagic), pack(entries)...), nil
}

// PackClusters makes what follows a gazetteer of lines "word<TAB>class", classes from 1 on.
func PackClusters(lines []string) ([]byte, error) {
	entries := map[uint64]uint16{}
	var x Extractor
	for _, l := range lines {
		word, class, ok := strings.Cut(l, "\t")
		n, err := strconv.ParseUint(class, 10, 16)
		if !ok || err != nil || n == 0 {
			return nil, errors.New("no word and class: " + l)
		}
		d := text.Analyze(word)
		if len(d.Tokens) != 1 {
			continue
		}
		x.Reset(d, Gazetteer{})
		t := &x.tokens[0]
		if k := clusterKey(t.word, t.capital()); entries[k] == 0 {
			entries[k] = uint16(n)
		}
	}
	return pack(entries), nil
}

// pack makes an open table: a byte with the logarithm of its size, three of nothing, and entries of check and value.
func pack(entries map[uint64]uint16) []byte {
	bits := 4
	for 1<<bits < len(entries)*4/3 {
		bits++
	}
	out := make([]byte, tableHeader+gazEntry<<bits)
	out[0] = byte(bits)
	mask := uint64(1)<<bits - 1
	for _, h := range sortedKeys(entries) {
		slot := h & mask
		for {
			e := out[tableHeader+slot*gazEntry:]
			if e[4]|e[5] == 0 {
				binary.LittleEndian.PutUint32(e, uint32(h>>32))
				binary.LittleEndian.PutUint16(e[4:], entries[h])
				break
			}
			slot = (slot + 1) & mask
		}
	}
	return out
}
