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
	modelMagic  = "nfm1"
	modelHeader = 16
)

// Model is a linear-chain conditional random field over hashed features. Weights are bytes, to be multiplied by scale.
type Model struct {
	scale       float32
	transitions [States][States]int32
	slots       string // open table: hash, index
	mask        uint32
	weights     string
}

// PackModel makes the bytes of a model; weights[h] are those of the feature with hash h.
func PackModel(hashes []uint32, weights [][States]float32, transitions [States][States]float32) []byte {
	top := float32(0)
	for _, w := range weights {
		for _, v := range w {
			top = max(top, float32(math.Abs(float64(v))))
		}
	}
	// The few largest weights are cut: a finer step for the others is worth more.
	scale := min(top, 4) / 127
	round := func(v float32) int32 { return int32(math.Round(float64(v / scale))) }
	bits := 4
	for 1<<bits < len(hashes)*3/2 {
		bits++
	}
	out := make([]byte, modelHeader, modelHeader+4*States*States+8<<bits+States*len(hashes))
	copy(out, modelMagic)
	binary.LittleEndian.PutUint32(out[4:], math.Float32bits(scale))
	binary.LittleEndian.PutUint32(out[8:], uint32(bits))
	binary.LittleEndian.PutUint32(out[12:], uint32(len(hashes)))
	for _, row := range transitions {
		for _, v := range row {
			out = binary.LittleEndian.AppendUint32(out, uint32(round(v)))
		}
	}
	table := make([]byte, 8<<bits)
	mask := uint32(1)<<bits - 1
	for i, h := range hashes {
		slot := h & mask
		for binary.LittleEndian.Uint32(table[slot*8+4:]) != 0 {
			slot = (slot + 1) & mask
		}
		binary.LittleEndian.PutUint32(table[slot*8:], h)
		binary.LittleEndian.PutUint32(table[slot*8+4:], uint32(i)+1)
	}
	out = append(out, table...)
	for _, row := range weights {
		for _, v := range row {
			out = append(out, byte(int8(max(-127, min(127, round(v))))))
		}
	}
	return out
}

// OpenModel reads what PackModel made.
func OpenModel(data string) (*Model, error) {
	if len(data) < modelHeader+4*States*States || data[:4] != modelMagic {
		return nil, errors.New("not a names model")
	}
	u := func(i int) uint32 {
		return uint32(data[i]) | uint32(data[i+1])<<8 | uint32(data[i+2])<<16 | uint32(data[i+3])<<24
	}
	m := &Model{scale: math.Float32frombits(u(4))}
	bits, n := u(8), int(u(12))
	for i := range m.transitions {
		for j := range m.transitions[i] {
			m.transitions[i][j] = int32(u(modelHeader + 4*(i*States+j)))
		}
	}
	data = data[modelHeader+4*States*States:]
	if bits > 28 || len(data) != 8<<bits+States*n {
		return nil, errors.New("names model is cut off")
	}
	m.mask = 1<<bits - 1
	m.slots, m.weights = data[:8<<bits], data[8<<bits:]
	return m, nil
}

// add adds the weights of the features to scores.
func (m *Model) add(scores *[States]int32, features []uint32) {
	for _, h := range features {
		for slot := h & m.mask; ; slot = (slot + 1) & m.mask {
			e := m.slots[slot*8 : slot*8+8]
			index := uint32(e[4]) | uint32(e[5])<<8 | uint32(e[6])<<16 | uint32(e[7])<<24
			if index == 0 {
				break
			}
			if uint32(e[0])|uint32(e[1])<<8|uint32(e[2])<<16|uint32(e[3])<<24 == h {
				w := m.weights[int(index-1)*States:]
				w = w[:States]
				for i := range scores {
					scores[i] += int32(int8(w[i]))
				}
				break
			}
		}
	}
}
