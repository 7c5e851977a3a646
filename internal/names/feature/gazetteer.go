package feature

import (
	"encoding/binary"
	"errors"
	"maps"
	"slices"
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
	categories
)

// CategoryNames names the categories in a gazetteer's source file, in the order of their values.
var CategoryNames = [categories]string{
	"given", "given_rare", "surname", "surname_rare", "country", "city", "town", "region", "demonym",
	"organisation", "organisation_word", "place_word", "title", "event",
}

const (
	prefixBit   = 15 // a longer phrase begins so
	maxPhrase   = 9  // tokens; hyphens are tokens
	magicSize   = 4
	tableHeader = 4
	checkSize   = 4
	gazMagic    = "nfg2"
	phraseSeed  = 0x9e3779b97f4a7c15
)

// Gazetteer holds what is known of phrases and words beforehand, as hashes: it cannot be listed, only asked.
type Gazetteer struct {
	phrases table // lists of a phrase, a bit each
	words   table // class and leanings of a word, see token
}

// table is a read-only open table of entries that are part of a hash and a value of two or four bytes, the first two not 0.
type table struct {
	data  string
	mask  uint64
	entry uint64
}

// OpenGazetteer reads what PackGazetteer and PackWords made.
func OpenGazetteer(data string) (Gazetteer, error) {
	if len(data) < magicSize || data[:magicSize] != gazMagic {
		return Gazetteer{}, errors.New("not a gazetteer")
	}
	var g Gazetteer
	data = data[magicSize:]
	for i, t := range []*table{&g.phrases, &g.words} {
		if i > 0 && len(data) == 0 {
			break
		}
		if len(data) < tableHeader || data[0] > 28 || data[1] != 2 && data[1] != 4 {
			return Gazetteer{}, errors.New("not a gazetteer")
		}
		t.mask, t.entry = 1<<data[0]-1, checkSize+uint64(data[1])
		end := tableHeader + (t.mask+1)*t.entry
		if uint64(len(data)) < end {
			return Gazetteer{}, errors.New("gazetteer is cut off")
		}
		t.data, data = data[tableHeader:end], data[end:]
	}
	if len(data) > 0 {
		return Gazetteer{}, errors.New("gazetteer is too long")
	}
	return g, nil
}

// find returns the value kept for a hash, 0 for none.
func (t *table) find(h uint64) uint32 {
	if t.data == "" {
		return 0
	}
	check := uint32(h >> 32)
	for slot := h & t.mask; ; slot = (slot + 1) & t.mask {
		e := t.data[slot*t.entry : slot*t.entry+t.entry]
		v := uint32(e[4]) | uint32(e[5])<<8
		if v == 0 {
			return 0
		}
		if uint32(e[0])|uint32(e[1])<<8|uint32(e[2])<<16|uint32(e[3])<<24 == check {
			if len(e) == 8 {
				v |= uint32(e[6])<<16 | uint32(e[7])<<24
			}
			return v
		}
	}
}

func wordKey(word uint64) uint64 {
	word *= k1
	return word ^ word>>29
}

func extend(h, word uint64) uint64 {
	h = (h ^ word) * 0xff51afd7ed558ccd
	return h ^ h>>31
}

// PackGazetteer makes a gazetteer of lines "category<TAB>phrase".
func PackGazetteer(lines []string) ([]byte, error) {
	entries := map[uint64]uint32{}
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
	return append([]byte(gazMagic), pack(entries, 2)...), nil
}

// PackWords makes what follows a gazetteer of lines "word<TAB>class<TAB>leanings", the most frequent words first.
func PackWords(lines []string) ([]byte, error) {
	entries := map[uint64]uint32{}
	var x Extractor
	for _, l := range lines {
		var n [2]uint64
		fields := strings.Split(l, "\t")
		if len(fields) != 3 {
			return nil, errors.New("no word, class and leanings: " + l)
		}
		for i := range n {
			var err error
			if n[i], err = strconv.ParseUint(fields[1+i], 10, 16); err != nil {
				return nil, err
			}
		}
		d := text.Analyze(fields[0])
		if len(d.Tokens) != 1 || n[0] == 0 {
			continue
		}
		x.Reset(d, Gazetteer{})
		if k := wordKey(x.tokens[0].word); entries[k] == 0 {
			entries[k] = uint32(n[0] | n[1]<<16)
		}
	}
	return pack(entries, 4), nil
}

// pack makes a table: a byte with the logarithm of its size, one with that of its values, two of nothing, and the entries.
func pack(entries map[uint64]uint32, value int) []byte {
	bits := 4
	for 1<<bits < len(entries)*4/3 {
		bits++
	}
	size := checkSize + value
	out := make([]byte, tableHeader+size<<bits)
	out[0], out[1] = byte(bits), byte(value)
	mask := uint64(1)<<bits - 1
	for _, h := range slices.Sorted(maps.Keys(entries)) {
		slot := int(h & mask)
		for {
			e := out[tableHeader+slot*size:]
			if e[4]|e[5] == 0 {
				binary.LittleEndian.PutUint32(e, uint32(h>>32))
				binary.LittleEndian.PutUint16(e[4:], uint16(entries[h]))
				if value == 4 {
					binary.LittleEndian.PutUint16(e[6:], uint16(entries[h]>>16))
				}
				break
			}
			slot = (slot + 1) & int(mask)
		}
	}
	return out
}
