package pagemeta

import (
	"crypto/sha256"
	"embed"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"hash/crc32"
	"io"
	"math"
	"strings"

	"example.invalid/nutgraf/internal/zone/forest"
)

// Model scores the candidates of one field: boosted trees over features with names.
type Model struct {
	Field    string
	Features []string
	trees    *forest.Forest
}

//go:embed models
var modelFiles embed.FS

// People are the numbers of the lists of names that a candidate was in; none if it does not look like a person's name.
func (c *Candidate) People() []int32 {
	if c.credit.kind != person || !properName(c.Value) {
		return nil
	}
	return c.lists
}

// newModel reads the trees that training/metadata wrote for a field. A model for other features is a mistake of the build; an empty file
// is a field not yet trained, whose candidates all score alike.
func newModel(field string, features []string) *Model {
	m := &Model{Field: field, Features: features}
	b, err := modelFiles.ReadFile("models/" + field + ".bin")
	if err != nil {
		panic(err)
	}
	if len(b) == 0 {
		return m
	}
	if sum := crc32.ChecksumIEEE([]byte(strings.Join(features, " "))); sum != binary.LittleEndian.Uint32(b) {
		panic(fmt.Sprintf("model %s was trained for other features: run training/metadata", field))
	}
	roots := make([]uint32, binary.LittleEndian.Uint16(b[4:]))
	b = b[6:]
	var nodes []forest.Node
	for i := range roots {
		roots[i] = uint32(len(nodes))
		n := int(b[0])
		splits, leaves := b[1:1+8*n], b[1+8*n:1+8*n+4*(n+1)]
		b = b[1+8*n+4*(n+1):]
		leaf := func(i int) forest.Node {
			return forest.Node{Feature: forest.Leaf, Value: math.Float32frombits(binary.LittleEndian.Uint32(leaves[4*i:]))}
		}
		var add func(i int) // a split, or ^leaf
		add = func(i int) {
			if i < 0 {
				nodes = append(nodes, leaf(^i))
				return
			}
			s, at := splits[8*i:], len(nodes)
			nodes = append(nodes, forest.Node{Feature: binary.LittleEndian.Uint16(s), Value: math.Float32frombits(binary.LittleEndian.Uint32(s[2:]))})
			add(int(int8(s[6])))
			nodes[at].Right = uint16(len(nodes) - at)
			add(int(int8(s[7])))
		}
		if n > 0 {
			add(0)
		} else {
			nodes = append(nodes, forest.Node{Right: 2}, leaf(0), leaf(0)) // the same on both sides
		}
	}
	var ok bool
	if m.trees, ok = forest.New(roots, nodes); !ok {
		panic("model " + field + " has no trees")
	}
	return m
}

// Digest is that of all models, "sha256:" and hex.
func Digest() string {
	h := sha256.New()
	for _, m := range []*Model{TitleModel, PublishedModel, AuthorsModel, TextTitleModel, TextPublishedModel, TextAuthorsModel} {
		b, err := modelFiles.ReadFile("models/" + m.Field + ".bin")
		if err != nil {
			panic(err)
		}
		h.Write(b)
	}
	io.WriteString(h, givenNames)
	return "sha256:" + hex.EncodeToString(h.Sum(nil))
}

// score is the log-odds that a candidate with these features is right.
func (m *Model) score(f []float32, w *forest.Walk) float64 {
	if m.trees == nil {
		return 0
	}
	return forest.Sum[float64](m.trees, 0, m.trees.Trees(), f, w)
}

func probability(score float64) float64 { return 1 / (1 + math.Exp(-score)) }

// Candidate is a possible value of a field.
type Candidate struct {
	Value       string
	Key         string    // equal for values that count as the same
	Features    []float32 // by the field's model
	Score       float64   // log-odds
	Probability float64   // that it is right

	origin origin
	seen   origin // a line of the page that readers see it in
	date   dateMatch
	credit credit
	lists  []int32 // of authors: the lists of names it was in
	// Something says that a date is that of publication, or of a change; both may hold.
	published, modified bool
	// The best printing that says it is that of a change; a page may be changed on the day it appears.
	change       date
	changeOrigin origin
	changeRank   int
	rank         int // of origin among the places that print this value: the best gives its form
}
