package entities

import (
	"cmp"
	"math"
	"slices"
	"strconv"
	"strings"

	nutgrafv1 "example.invalid/nutgraf/gen/go/nutgraf/v1"
)

// Bounds of the output.
const (
	maxEntities = 5000
	maxMentions = 50000
	maxTitle    = 200 // bytes
)

// assign gives the roles to the people, each title once. A title that is printed again adds what it tells of the
// organisation and the standing.
func (a *article) assign(roles []role) {
	for _, r := range roles {
		if r.end <= r.start || r.end-r.start > maxTitle {
			continue
		}
		e := &a.entities[a.mentions[r.mention].entity]
		if e.kind != person || len(e.roles) >= 64 {
			continue
		}
		title := a.layers[r.layer].doc.Text[r.start:r.end]
		known := false
		for k := range e.roles {
			q := &e.roles[k]
			if !strings.EqualFold(a.layers[q.layer].doc.Text[q.start:q.end], title) {
				continue
			}
			if q.standing == r.standing || q.construction == predicate || r.construction == predicate {
				known = true
				if q.organization < 0 && q.place == 0 {
					q.organization, q.place = r.organization, r.place
				}
				break
			}
		}
		if !known {
			e.roles = append(e.roles, r)
		}
	}
}

// weigh computes how much of the article is about each entity, and sorts them.
func (a *article) weigh() {
	total := 0.0
	for i := range a.entities {
		e := &a.entities[i]
		s := 0.0
		for _, k := range e.mentions {
			m := &a.mentions[k]
			w := 1.0
			switch a.layers[m.layer].layer {
			case nutgrafv1.Layer_LAYER_TITLE:
				w = 3
			case nutgrafv1.Layer_LAYER_STANDFIRST:
				w = 2
			default:
				// Early sentences say what the article is about.
				w = 0.6 + 1.4/(1+0.25*float64(a.layers[m.layer].units[m.unit].sentence))
			}
			if m.form != nutgrafv1.MentionForm_MENTION_FORM_NAME {
				w *= 0.5
			}
			if m.subject {
				w *= 1.4
			}
			s += w
		}
		// The tenth mention tells less than the second.
		if e.kind == place {
			s *= 0.7
		}
		e.salience = s
		total += s
	}
	slices.SortStableFunc(a.entities, func(x, y entity) int {
		if c := cmp.Compare(y.salience, x.salience); c != 0 {
			return c
		}
		return cmp.Compare(x.mentions[0], y.mentions[0])
	})
	for i := range a.entities {
		for _, m := range a.entities[i].mentions {
			a.mentions[m].entity = int32(i)
		}
		if total > 0 {
			a.entities[i].salience /= total
		}
	}
}

// build makes the messages.
func (a *article) build() []*nutgrafv1.Entity {
	places := map[string]int32{}
	for i := range a.entities {
		if e := &a.entities[i]; e.kind == place {
			for _, m := range e.mentions {
				if k := a.canonical(foldName(a.textOf(&a.mentions[m]))); places[k] == 0 {
					places[k] = int32(i) + 1
				}
			}
		}
	}
	n := min(len(a.entities), maxEntities)
	out := make([]*nutgrafv1.Entity, n)
	left := maxMentions
	for i := range out {
		e := &a.entities[i]
		slices.SortStableFunc(e.mentions, func(x, y int32) int {
			p, q := &a.mentions[x], &a.mentions[y]
			return cmp.Or(cmp.Compare(p.layer, q.layer), cmp.Compare(p.start, q.start))
		})
		out[i] = &nutgrafv1.Entity{
			EntityId: id(int32(i)), Name: e.name, Kind: e.kind, Subtype: e.subtype,
			Salience: ptr(float32(round(e.salience))),
		}
		best := 0.0
		for _, k := range e.mentions {
			m := &a.mentions[k]
			if left > 0 {
				left--
				method := nutgrafv1.Method_METHOD_TEXT_RULE
				if m.form == nutgrafv1.MentionForm_MENTION_FORM_NAME {
					method = nutgrafv1.Method_METHOD_MODEL
				}
				out[i].Mentions = append(out[i].Mentions, &nutgrafv1.Mention{Form: m.form, Evidence: a.evidence(m.layer, m.start, m.end, float64(m.confidence), method)})
			}
			if m.form == nutgrafv1.MentionForm_MENTION_FORM_NAME {
				best = max(best, float64(m.confidence))
			}
		}
		m := &a.mentions[e.mentions[0]]
		out[i].Evidence = a.evidence(m.layer, m.start, m.end, best, nutgrafv1.Method_METHOD_MODEL)
		for k := range e.roles {
			r := &e.roles[k]
			title := strings.Join(strings.Fields(a.layers[r.layer].doc.Text[r.start:r.end]), " ")
			q := &nutgrafv1.Role{
				Title: title, Status: nutgrafv1.RoleStatus(r.standing),
				Evidence: a.evidence(r.layer, r.from, r.to, constructionConfidence[r.construction]*float64(a.mentions[r.mention].confidence), nutgrafv1.Method_METHOD_TEXT_RULE),
			}
			org := int32(-1)
			if r.organization >= 0 {
				org = a.mentions[r.organization].entity
			} else if r.place > 0 {
				org = places[a.lex.places[r.place-1]] - 1
			}
			if org >= 0 && int(org) < n && org != int32(i) {
				q.OrganizationEntityId = ptr(id(org))
			}
			out[i].Roles = append(out[i].Roles, q)
		}
	}
	return out
}

// constructionConfidence is the share of roles found by each construction that were right. See docs/confidence.md.
var constructionConfidence = [constructionsCount]float64{0.964, 0.935, 0.917, 0.865, 0.75, 0.75, 0.826, 0.778, 0.545}

func (a *article) evidence(layer, start, end int, confidence float64, method nutgrafv1.Method) *nutgrafv1.Evidence {
	return &nutgrafv1.Evidence{
		Spans:      []*nutgrafv1.Span{{Layer: a.layers[layer].layer, Start: int64(start), End: int64(end)}},
		Confidence: ptr(float32(round(confidence))),
		Method:     method,
	}
}

func id(i int32) string { return "e" + strconv.Itoa(int(i)) }

func round(f float64) float64 { return math.Round(f*1e4) / 1e4 }

func ptr[T any](v T) *T { return &v }
