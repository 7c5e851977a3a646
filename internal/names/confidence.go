package names

import (
	"math"

	"example.invalid/nutgraf/internal/text"
)

// weigh sets the confidence of the mentions, all in sentence x: the model's probability of a mention, calibrated.
func (t *Tagger) weigh(s *scratch, x text.Sentence, mentions []Mention) {
	if len(mentions) == 0 {
		return
	}
	var trans [States][States]float32
	for i := range trans {
		for j := range trans[i] {
			trans[i][j] = exp(float32(t.model.transitions[i][j]) * t.model.scale)
		}
	}
	// Scores are moved so that the largest of a token is 0; probabilities do not change.
	emit := func(i, st int, top int32) float32 { return exp(float32(s.scores[i][st]-top) * t.model.scale) }
	tops := func(i int) int32 {
		top := s.scores[i][0]
		for _, v := range s.scores[i][1:] {
			top = max(top, v)
		}
		return top
	}
	for i := x.First; i < x.Last; i++ {
		top, sum := tops(i), float32(0)
		for st := range States {
			v := float32(0)
			if i == x.First {
				if MayStart(st) {
					v = 1
				}
			} else {
				for _, p := range From[st] {
					v += s.forward[i-1][p] * trans[p][st]
				}
			}
			v *= emit(i, st, top)
			s.forward[i][st] = v
			sum += v
		}
		for st := range s.forward[i] {
			s.forward[i][st] /= sum
		}
	}
	for i := x.Last - 1; i >= x.First; i-- {
		b := &s.backward[i]
		*b = [States]float32{}
		if i == x.Last-1 {
			for st := range b {
				if MayEnd(st) {
					b[st] = 1
				}
			}
			continue
		}
		top, sum := tops(i+1), float32(0)
		for st := range States {
			v := emit(i+1, st, top) * s.backward[i+1][st]
			for _, p := range From[st] {
				b[p] += trans[p][st] * v
			}
		}
		for _, v := range b {
			sum += v
		}
		for st := range b {
			b[st] /= sum
		}
	}
	// The probability of a path through a mention is the product of its steps' conditional probabilities.
	for k := range mentions {
		m := &mentions[k]
		p := float32(1)
		for i := m.First; i < m.Last; i++ {
			st := int(s.states[i])
			if i == m.First {
				all := float32(0)
				for q := range States {
					all += s.forward[i][q] * s.backward[i][q]
				}
				p = s.forward[i][st] * s.backward[i][st] / all
				continue
			}
			// P(state at i | state at i-1, what follows).
			prev, top := int(s.states[i-1]), tops(i)
			all, own := float32(0), float32(0)
			for q := range States {
				if trans := trans[prev][q]; allowed(prev, q) {
					v := trans * emit(i, q, top) * s.backward[i][q]
					all += v
					if q == st {
						own = v
					}
				}
			}
			p *= own / all
		}
		m.Confidence = calibrate(float64(p))
	}
}

func allowed(p, st int) bool {
	for _, q := range From[st] {
		if int(q) == p {
			return true
		}
	}
	return false
}

func exp(x float32) float32 { return float32(math.Exp(float64(x))) }

func calibrate(p float64) float64 { return p }
