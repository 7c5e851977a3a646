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
)

// Model scores the candidates of one field: boosted trees over features with names.
type Model struct {
	Field    string
	Features []string
	trees    []tree
}

type tree struct {
	nodes  []split
	leaves []float32
}

type split struct {
	feature     uint16
	left, right int16 // a node, or ^leaf
	threshold   float32
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
	n := int(binary.LittleEndian.Uint16(b[4:]))
	b = b[6:]
	for range n {
		k := int(b[0])
		b = b[1:]
		t := tree{nodes: make([]split, k), leaves: make([]float32, k+1)}
		for i := range t.nodes {
			t.nodes[i] = split{
				feature: binary.LittleEndian.Uint16(b), threshold: math.Float32frombits(binary.LittleEndian.Uint32(b[2:])),
				left: int16(int8(b[6])), right: int16(int8(b[7])),
			}
			b = b[8:]
		}
		for i := range t.leaves {
			t.leaves[i] = math.Float32frombits(binary.LittleEndian.Uint32(b))
			b = b[4:]
		}
		m.trees = append(m.trees, t)
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
func (m *Model) score(f []float32) float64 {
	s := 0.0
	for i := range m.trees {
		t := &m.trees[i]
		at := int16(0)
		if len(t.nodes) == 0 {
			at = ^0
		}
		for at >= 0 {
			n := &t.nodes[at]
			if f[n.feature] <= n.threshold {
				at = n.left
			} else {
				at = n.right
			}
		}
		s += float64(t.leaves[^at])
	}
	return s
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
