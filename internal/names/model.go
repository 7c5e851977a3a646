package names

import (
	"encoding/binary"
	"errors"
	"math"
)

// The states of a token: outside every name, or for each kind the first, an inner, the last or the only token of one.
const (
	outside = 0
	begin   = 1
	inside  = 2
	last    = 3
	unit    = 4
	// States is the number of states.
	States = 1 + 4*int(kinds)
)

// State returns the state of a token that is part of a name of the kind.
func State(k Kind, begins, ends bool) int {
	s := 1 + 4*int(k)
	switch {
	case begins && ends:
		return s + unit - 1
	case begins:
		return s + begin - 1
	case ends:
		return s + last - 1
	}
	return s + inside - 1
}

// From lists for each state the states that may come before it.
var From = func() (from [States][]uint8) {
	open := func(s int) bool { return s != outside && ((s-1)%4 == begin-1 || (s-1)%4 == inside-1) }
	goesOn := func(s int) bool { return s != outside && ((s-1)%4 == inside-1 || (s-1)%4 == last-1) }
	for s := range from {
		for p := range from {
			if open(p) == goesOn(s) && (!open(p) || (p-1)/4 == (s-1)/4) {
				from[s] = append(from[s], uint8(p))
			}
		}
	}
	return
}()

// MayStart and MayEnd report whether a sentence may begin and end with the state.
func MayStart(s int) bool { return s == outside || (s-1)%4 == begin-1 || (s-1)%4 == unit-1 }

// MayEnd reports whether a sentence may end with the state.
func MayEnd(s int) bool { return s == outside || (s-1)%4 == last-1 || (s-1)%4 == unit-1 }

const (
	modelMagic  = "nfm3"
	modelHeader = 16
	rowSize     = States - 1
)

// Model is a linear-chain conditional random field over hashed features. Weights are bytes, to be multiplied by scale.
// Scores are relative to the state outside, whose weights are 0 and not kept.
type Model struct {
	scale       float32
	bias        int32 // taken off the score of being outside every name: found names are missed more often than made up
	transitions [States][States]int32
	hashes      string // open table, 0 is empty
	weights     string // of each slot of the table, 128 is 0
	mask        uint32

	exps  []float32 // exp(-n*scale), as far as it is not next to nothing
	steps [States][States]float32
}

// PackModel makes the bytes of a model; weights[i] are those of the feature with hash hashes[i], bias is taken off the
// score of being outside every name.
func PackModel(hashes []uint32, weights [][States]float32, transitions [States][States]float32, bias float32) []byte {
	top := float32(0)
	for _, w := range weights {
		for _, v := range w {
			top = max(top, float32(math.Abs(float64(v-w[outside]))))
		}
	}
	// The few largest weights are cut: a finer step for the others is worth more.
	scale := min(top, 4) / 127
	round := func(v float32) int32 { return int32(math.Round(float64(v / scale))) }
	bits := 4
	for 1<<bits < len(hashes)*5/4 {
		bits++
	}
	out := make([]byte, modelHeader, modelHeader+4*States*States+(4+rowSize)<<bits)
	copy(out, modelMagic)
	binary.LittleEndian.PutUint32(out[4:], math.Float32bits(scale))
	binary.LittleEndian.PutUint32(out[8:], uint32(bits))
	binary.LittleEndian.PutUint32(out[12:], uint32(round(bias)))
	for _, row := range transitions {
		for _, v := range row {
			out = binary.LittleEndian.AppendUint32(out, uint32(round(v)))
		}
	}
	table, rows := make([]byte, 4<<bits), make([]byte, rowSize<<bits)
	mask := uint32(1)<<bits - 1
	for i, h := range hashes {
		slot := h & mask
		for binary.LittleEndian.Uint32(table[slot*4:]) != 0 {
			slot = (slot + 1) & mask
		}
		binary.LittleEndian.PutUint32(table[slot*4:], h|1<<31)
		for st, v := range weights[i][1:] {
			rows[int(slot)*rowSize+st] = byte(128 + max(-128, min(127, round(v-weights[i][outside]))))
		}
	}
	return append(append(out, table...), rows...)
}

// OpenModel reads what PackModel made.
func OpenModel(data string) (*Model, error) {
	if len(data) < modelHeader+4*States*States || data[:4] != modelMagic {
		return nil, errors.New("not a names model")
	}
	m := &Model{scale: math.Float32frombits(load32(data, 4))}
	bits := load32(data, 8)
	m.bias = int32(load32(data, 12))
	for i := range m.transitions {
		for j := range m.transitions[i] {
			m.transitions[i][j] = int32(load32(data, modelHeader+4*(i*States+j)))
			m.steps[i][j] = exp(float32(m.transitions[i][j]) * m.scale)
		}
	}
	data = data[modelHeader+4*States*States:]
	if bits > 28 || len(data) != (4+rowSize)<<bits || !(m.scale > 1e-4) {
		return nil, errors.New("names model is cut off")
	}
	m.mask = 1<<bits - 1
	m.hashes, m.weights = data[:4<<bits], data[4<<bits:]
	for n := 0; float32(n)*m.scale < 30; n++ {
		m.exps = append(m.exps, exp(-float32(n)*m.scale))
	}
	return m, nil
}

func load32(s string, i int) uint32 {
	s = s[i : i+4]
	return uint32(s[0]) | uint32(s[1])<<8 | uint32(s[2])<<16 | uint32(s[3])<<24
}

func load64(s string, i int) uint64 {
	s = s[i : i+8]
	return uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 |
		uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56
}

// maxFeatures is how many weights the lanes of add hold without running over.
const maxFeatures = 1<<16/255 - 1

// add adds the weights of the features to scores, four states in each word at a time.
func (m *Model) add(scores *[States]int32, features []uint32) {
	const even = 0x00ff00ff00ff00ff
	var a, b, c, d uint64
	n := int32(0)
	for _, h := range features[:min(len(features), maxFeatures)] {
		check := h | 1<<31
		for slot := h & m.mask; ; slot = (slot + 1) & m.mask {
			e := load32(m.hashes, int(slot)*4)
			if e == check {
				x, y := load64(m.weights, int(slot)*rowSize), load64(m.weights, int(slot)*rowSize+8)
				a += x & even
				b += x >> 8 & even
				c += y & even
				d += y >> 8 & even
				n += 128
				break
			}
			if e == 0 {
				break
			}
		}
	}
	for i := range 4 {
		shift := 16 * i
		scores[1+2*i] += int32(a>>shift&0xffff) - n
		scores[2+2*i] += int32(b>>shift&0xffff) - n
		scores[9+2*i] += int32(c>>shift&0xffff) - n
		scores[10+2*i] += int32(d>>shift&0xffff) - n
	}
}

func exp(x float32) float32 { return float32(math.Exp(float64(x))) }
