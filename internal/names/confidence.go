package names

// weigh sets the confidence of the mentions, all in piece x: the model's probability of a mention, calibrated.
func (t *Tagger) weigh(s *scratch, x piece, mentions []Mention) {
	if len(mentions) == 0 {
		return
	}
	m := t.model
	// The scores of a token are moved so that the largest is 0, which changes no probability.
	for i := x.first; i < x.last; i++ {
		scores, e := &s.scores[i], &s.emissions[i-x.first]
		top := scores[0]
		for _, v := range scores[1:] {
			top = max(top, v)
		}
		for st, v := range scores {
			e[st] = 0
			if d := int(top - v); d < len(m.exps) {
				e[st] = m.exps[d]
			}
		}
	}
	for i := x.first; i < x.last; i++ {
		f, sum := &s.forward[i-x.first], float32(0)
		for st := range f {
			v := float32(0)
			if i > x.first {
				for _, p := range From[st] {
					v += s.forward[i-1-x.first][p] * m.steps[p][st]
				}
			} else if MayStart(st) {
				v = 1
				if !x.starts {
					v = m.steps[outside][st]
				}
			}
			v *= s.emissions[i-x.first][st]
			f[st] = v
			sum += v
		}
		normalize(f, sum)
	}
	for i := x.last - 1; i >= x.first; i-- {
		b, sum := &s.backward[i-x.first], float32(0)
		*b = [States]float32{}
		for st := range b {
			switch {
			case i < x.last-1:
				if v := s.emissions[i+1-x.first][st] * s.backward[i+1-x.first][st]; v > 0 {
					for _, p := range From[st] {
						b[p] += m.steps[p][st] * v
					}
				}
			case MayEnd(st):
				b[st] = 1
				if !x.ends {
					b[st] = m.steps[st][outside]
				}
			}
		}
		for _, v := range b {
			sum += v
		}
		normalize(b, sum)
	}
	// A mention is as likely as its first state, times each further state given the one before and what follows.
	for k := range mentions {
		n := &mentions[k]
		st := s.states[n.First]
		p := s.forward[n.First-x.first][st] * s.backward[n.First-x.first][st] / dot(&s.forward[n.First-x.first], &s.backward[n.First-x.first])
		for i := n.First + 1; i < n.Last; i++ {
			prev, st := s.states[i-1], s.states[i]
			all, own := float32(0), float32(0)
			for q := range States {
				if !follows(prev, q) {
					continue
				}
				v := m.steps[prev][q] * s.emissions[i-x.first][q] * s.backward[i-x.first][q]
				all += v
				if q == int(st) {
					own = v
				}
			}
			if all > 0 {
				p *= own / all
			}
		}
		n.Confidence = calibrate(float64(p))
	}
}

func follows(prev uint8, st int) bool {
	for _, p := range From[st] {
		if p == prev {
			return true
		}
	}
	return false
}

func normalize(v *[States]float32, sum float32) {
	if sum > 0 {
		sum = 1 / sum
	}
	for i := range v {
		v[i] *= sum
	}
}

func dot(a, b *[States]float32) float32 {
	sum := float32(1e-30)
	for i, v := range a {
		sum += v * b[i]
	}
	return sum
}

// curve says what share of names is right where the model gives a probability; docs/confidence.md has the counts.
var curve = [...]struct{ model, right float64 }{
	{0, 0}, {0.436, 0.44}, {0.553, 0.48}, {0.651, 0.545}, {0.751, 0.65}, {0.854, 0.715}, {0.927, 0.805}, {0.968, 0.845}, {0.9855, 0.905},
	{0.9928, 0.916}, {0.9968, 0.938}, {0.9986, 0.958}, {0.9994, 0.983}, {1, 0.996},
}

func calibrate(p float64) float64 {
	p = min(p, 1)
	i := 1
	for p > curve[i].model {
		i++
	}
	a, b := curve[i-1], curve[i]
	return a.right + (b.right-a.right)*(p-a.model)/(b.model-a.model)
}
