package main

import (
	"log"
	"math"
	"math/rand"

	"example.invalid/nutgraf/internal/names"
)

const states = names.States

type row = [states]float32

// crf is a linear-chain conditional random field in training, by AdaGrad; its weights are the mean of the last epochs.
type crf struct {
	weights, squares, sums []float32
	transitions            [states][states]float32
	transitionSquares      [states][states]float32
	transitionSums         [states][states]float32
	means                  int

	emit, forward, backward []row
	from                    [states][]uint8
}

func (c *crf) row(id int32) []float32 { return c.weights[int(id)*states : int(id)*states+states] }

func (t *trainer) train(o options, seed int64, epochs int, use func(int) bool, looks bool) *crf {
	r := rand.New(rand.NewSource(seed))
	c := &crf{from: names.From}
	c.weights = make([]float32, len(t.hashes)*states)
	c.squares = make([]float32, len(t.hashes)*states)
	c.sums = make([]float32, len(t.hashes)*states)
	type item struct {
		d    *document
		look bool
	}
	for epoch := range epochs {
		var items []item
		for i, d := range t.docs {
			share := 1.0
			switch d.source {
			case "web":
				share = o.web
			case "crossner":
				share = o.wiki
			case "wnut17", "btc":
				share = o.tweets
			}
			if !use(i) || share < 1 && r.Float64() >= share {
				continue
			}
			n := 1
			switch d.source {
			case "news":
				n = o.news
			case "houses":
				n = o.houses
			case "world":
				n = o.world
			case "synthetic":
				n = o.texts
			}
			for k := range n {
				items = append(items, item{d, looks && (k+r.Intn(2))%2 == 0})
			}
		}
		r.Shuffle(len(items), func(i, j int) { items[i], items[j] = items[j], items[i] })
		rate := o.rate
		if epoch*3 >= epochs*2 {
			rate /= 2
		}
		loss, tokens := 0.0, 0
		for _, x := range items {
			for _, s := range x.d.sentences {
				loss += c.step(x.d, s, x.look, float32(rate), o, r)
				tokens += s.last - s.first
			}
		}
		if looks {
			log.Printf("epoch %2d: loss %.4f a token", epoch+1, loss/float64(tokens))
		}
		if (epoch+1)*2 > epochs {
			c.means++
			for i, w := range c.weights {
				c.sums[i] += w
			}
			for i := range c.transitions {
				for j, w := range c.transitions[i] {
					c.transitionSums[i][j] += w
				}
			}
		}
	}
	for i := range c.weights {
		c.weights[i] = c.sums[i] / float32(c.means)
	}
	for i := range c.transitions {
		for j := range c.transitions[i] {
			c.transitions[i][j] = c.transitionSums[i][j] / float32(c.means)
		}
	}
	return c
}

// mean returns the model whose weights are the means of those of models, in the first of them.
func mean(models []*crf) *crf {
	c, n := models[0], float32(len(models))
	for _, m := range models[1:] {
		for i, w := range m.weights {
			c.weights[i] += w
		}
		for i := range m.transitions {
			for j, w := range m.transitions[i] {
				c.transitions[i][j] += w
			}
		}
	}
	for i := range c.weights {
		c.weights[i] /= n
	}
	for i := range c.transitions {
		for j := range c.transitions[i] {
			c.transitions[i][j] /= n
		}
	}
	return c
}

func (c *crf) size(n int) {
	if len(c.emit) < n {
		c.emit, c.forward, c.backward = make([]row, n), make([]row, n), make([]row, n)
	}
}

// score sets the emissions of a sentence; dropped features, if any, are left out and the others count for more.
func (c *crf) score(d *document, s sentence, look bool, scale float32, drop func(k int) bool) {
	c.size(s.last - s.first)
	k := 0
	for i := s.first; i < s.last; i++ {
		e := &c.emit[i-s.first]
		*e = row{}
		if d.features[i] == nil { // it can only be outside every name
			for st := 1; st < states; st++ {
				e[st] = -40
			}
			continue
		}
		for pass := range 2 {
			f := d.features[i]
			if pass == 1 {
				if !look {
					break
				}
				f = d.more[i]
			}
			for _, id := range f {
				k++
				if drop != nil && drop(k) {
					continue
				}
				w := c.row(id)
				for st := range e {
					e[st] += w[st]
				}
			}
		}
		for st := range e {
			e[st] *= scale
		}
	}
}

func (c *crf) step(d *document, s sentence, look bool, rate float32, o options, r *rand.Rand) float64 {
	n := s.last - s.first
	scale := float32(1)
	var drop func(int) bool
	if o.dropout > 0 {
		scale = float32(1 / (1 - o.dropout))
		seed, limit := r.Uint64(), uint64(o.dropout*(1<<32))
		drop = func(k int) bool {
			h := (seed + uint64(k)) * 0x9e3779b97f4a7c15
			h ^= h >> 32
			h *= 0xd6e8feb86659fd93
			return h>>32 < limit
		}
	}
	c.score(d, s, look, scale, drop)
	var trans [states][states]float32
	for i := range trans {
		for j := range trans[i] {
			trans[i][j] = float32(math.Exp(float64(c.transitions[i][j])))
		}
	}
	logZ, gold := 0.0, 0.0
	for i := 0; i < n; i++ {
		e := &c.emit[i]
		top := e[0]
		for _, v := range e[1:] {
			top = max(top, v)
		}
		g := d.gold[s.first+i]
		gold += float64(e[g])
		if i > 0 {
			gold += float64(c.transitions[d.gold[s.first+i-1]][g])
		}
		sum := float32(0)
		f := &c.forward[i]
		for st := range states {
			v := float32(0)
			if i == 0 {
				if names.MayStart(st) {
					v = 1
				}
			} else {
				for _, p := range c.from[st] {
					v += c.forward[i-1][p] * trans[p][st]
				}
			}
			e[st] = float32(math.Exp(float64(e[st] - top)))
			v *= e[st]
			if i == n-1 && !names.MayEnd(st) {
				v = 0
			}
			f[st] = v
			sum += v
		}
		logZ += math.Log(float64(sum)) + float64(top)
		for st := range f {
			f[st] /= sum
		}
	}
	var gradient [states][states]float32
	for i := n - 1; i >= 0; i-- {
		b := &c.backward[i]
		*b = row{}
		if i == n-1 {
			for st := range b {
				b[st] = 1
			}
		} else {
			sum := float32(0)
			for st := range states {
				v := c.emit[i+1][st] * c.backward[i+1][st]
				if v == 0 {
					continue
				}
				for _, p := range c.from[st] {
					b[p] += trans[p][st] * v
				}
			}
			for _, v := range b {
				sum += v
			}
			for st := range b {
				b[st] /= sum
			}
			// Expected steps from i to i+1.
			z := float32(0)
			var steps [states][states]float32
			for st := range states {
				v := c.emit[i+1][st] * c.backward[i+1][st]
				for _, p := range c.from[st] {
					x := c.forward[i][p] * trans[p][st] * v
					steps[p][st] = x
					z += x
				}
			}
			for p := range steps {
				for st := range steps[p] {
					gradient[p][st] += steps[p][st] / z
				}
			}
			gradient[d.gold[s.first+i]][d.gold[s.first+i+1]]--
		}
	}
	const eps = 1e-6
	k := 0
	l2 := float32(o.l2)
	for i := 0; i < n; i++ {
		var g row
		z := float32(0)
		for st := range g {
			g[st] = c.forward[i][st] * c.backward[i][st]
			z += g[st]
		}
		worst := float32(0)
		for st := range g {
			g[st] /= z
			if st == int(d.gold[s.first+i]) {
				g[st]--
			}
			worst = max(worst, g[st], -g[st])
			g[st] *= scale
		}
		for pass := range 2 {
			f := d.features[s.first+i]
			if pass == 1 {
				if !look {
					break
				}
				f = d.more[s.first+i]
			}
			if worst < 1e-3 {
				k += len(f)
				continue
			}
			for _, id := range f {
				k++
				if drop != nil && drop(k) {
					continue
				}
				w, q := c.row(id), c.squares[int(id)*states:int(id)*states+states]
				for st := range g {
					x := g[st] + l2*w[st]
					q[st] += x * x
					w[st] -= rate * x / float32(math.Sqrt(float64(q[st]+eps)))
				}
			}
		}
	}
	for p := range gradient {
		for st, x := range gradient[p] {
			if x != 0 {
				c.transitionSquares[p][st] += x * x
				c.transitions[p][st] -= rate * x / float32(math.Sqrt(float64(c.transitionSquares[p][st]+eps)))
			}
		}
	}
	return logZ - gold
}

func (c *crf) decodeDocument(d *document) []uint8 {
	out := make([]uint8, len(d.gold))
	var back [][states]uint8
	for _, s := range d.sentences {
		n := s.last - s.first
		c.score(d, s, false, 1, nil)
		if len(back) < n {
			back = make([][states]uint8, n)
		}
		var now, next row
		for i := 0; i < n; i++ {
			for st := range states {
				best, from := float32(-1e9), uint8(0)
				if i == 0 {
					if names.MayStart(st) {
						best = 0
					}
				} else {
					for _, p := range c.from[st] {
						if v := now[p] + c.transitions[p][st]; v > best {
							best, from = v, p
						}
					}
				}
				next[st] = best + c.emit[i][st]
				back[i][st] = from
			}
			now = next
		}
		best := 0
		for st := range states {
			if names.MayEnd(st) && now[st] > now[best] {
				best = st
			}
		}
		for i := n - 1; i >= 0; i-- {
			out[s.first+i] = uint8(best)
			best = int(back[i][best])
		}
	}
	return out
}
