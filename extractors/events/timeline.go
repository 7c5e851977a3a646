package events

import (
	"cmp"
	"slices"
	"strconv"

	nutgrafv1 "example.invalid/nutgraf/gen/go/nutgraf/v1"
	"example.invalid/nutgraf/internal/pipeline"
	"example.invalid/nutgraf/internal/slab"
	"example.invalid/nutgraf/internal/text"
)

// threshold is the score from which a candidate is a main event.
const threshold = 4

// most bounds the events of an article by its length.
func most(sentences int) int { return min(5+sentences/5, 12) }

// rank merges what tells the same and keeps the main events, in the order of the text.
func rank(cs []candidate, doc *text.Document) []*candidate {
	cs = dropHeadings(cs)
	out := make([]*candidate, 0, len(cs))
next:
	for k := range cs {
		for _, o := range out {
			if o.kind == cs[k].kind && same(o, &cs[k], doc.Text) {
				o.merge(&cs[k])
				continue next
			}
		}
		out = append(out, &cs[k])
	}
	out = slices.DeleteFunc(out, func(c *candidate) bool { return c.score < threshold })
	slices.SortStableFunc(out, func(a, b *candidate) int { return cmp.Compare(b.score, a.score) })
	out = out[:min(len(out), most(len(doc.Sentences)))]
	slices.SortStableFunc(out, func(a, b *candidate) int { return cmp.Compare(a.start, b.start) })
	inherit(out)
	return out
}

// inherit gives an event without a time that of one just told of the same people doing the same: "Ann met Bob on Monday.
// The talks between Bob and Ann were long."
func inherit(cs []*candidate) {
	for i, c := range cs {
		for j := i - 1; j >= 0 && c.time < 0; j-- {
			d := cs[j]
			if d.time < 0 || d.kind != c.kind || d.status != c.status || c.sentence-d.sentence > 2 {
				continue
			}
			both := 0
			for _, p := range c.participants {
				if p.entity >= 0 && slices.ContainsFunc(d.participants, func(q participant) bool { return q.entity == p.entity }) {
					both++
				}
			}
			if both > 1 {
				c.time = d.time
				if c.place < 0 {
					c.place = d.place
				}
			}
		}
	}
}

// dropHeadings leaves out what a headline tells and the first sentences tell better.
func dropHeadings(cs []candidate) []candidate {
	if !slices.ContainsFunc(cs, func(c candidate) bool { return c.heading }) {
		return cs
	}
	return slices.DeleteFunc(cs, func(c candidate) bool {
		if !c.heading {
			return false
		}
		for i := range cs {
			d := &cs[i]
			if !d.heading && d.kind == c.kind && d.sentence > c.sentence && d.sentence < c.sentence+7 {
				return true
			}
		}
		return false
	})
}

// same reports whether two candidates tell one event: one kind of doing, someone in both, no different time.
func same(a, b *candidate, text string) bool {
	if a.lemma != b.lemma && (a.kind != b.kind || a.kind == "other" || a.kind == "make") {
		return false
	}
	if a.status != b.status && (a.status == planned || b.status == planned) {
		return false
	}
	if a.time >= 0 && b.time >= 0 && a.time != b.time {
		return false
	}
	shared, named := 0, 0
	for _, p := range a.participants {
		for _, q := range b.participants {
			if p.entity >= 0 && p.entity == q.entity || p.start == q.start || p.entity < 0 && q.entity < 0 && text[p.start:p.end] == text[q.start:q.end] {
				shared++
				if p.role == q.role {
					named++
				}
			}
		}
	}
	if (a.time >= 0) != (b.time >= 0) && shared < 2 && b.sentence-a.sentence > 3 {
		return false // told again too far off to be sure
	}
	if a.lemma == b.lemma {
		return shared > 0 || len(a.participants) == 0 || len(b.participants) == 0
	}
	return shared > 1 && named > 1 && a.time == b.time
}

func (c *candidate) merge(d *candidate) {
	c.more = append(c.more, d.sentence)
	empty := len(c.participants) == 0
	for _, p := range d.participants {
		if p.entity >= 0 || empty {
			c.add(p)
		}
	}
	if c.time < 0 {
		c.time = d.time
	}
	if c.place < 0 {
		c.place = d.place
	}
	c.score = max(c.score, d.score) + 0.5
}

func messages(cs []*candidate, doc *text.Document, in pipeline.Input) []*nutgrafv1.Event {
	entities, times, quotes := in.Entities(), in.Times(), in.Quotes()
	people := 0
	for _, c := range cs {
		people += len(c.participants)
	}
	var (
		made         = make([]nutgrafv1.Event, len(cs))
		confidences  = make([]float32, len(cs))
		spans        = slab.For[nutgrafv1.Span](2*len(cs) + people)
		lists        = slab.For[*nutgrafv1.Span](2*len(cs) + people)
		evidence     = slab.For[nutgrafv1.Evidence](2*len(cs) + people)
		values       = slab.For[nutgrafv1.TextValue](len(cs) + people)
		participants = slab.For[nutgrafv1.Participant](people)
		rows         = slab.For[*nutgrafv1.Participant](people)
		ids          slab.Slab[string]
	)
	id := func(s string) *string {
		p := ids.New()
		*p = s
		return p
	}
	span := func(start, end int) *nutgrafv1.Span {
		sp := spans.New()
		sp.Layer, sp.Start, sp.End = nutgrafv1.Layer_LAYER_BODY, int64(start), int64(end)
		return sp
	}
	value := func(start, end int) *nutgrafv1.TextValue {
		v := values.New()
		v.Value, v.Evidence = doc.Text[start:end], evidence.New()
		v.Evidence.Spans, v.Evidence.Method = lists.Of(span(start, end)), nutgrafv1.Method_METHOD_TEXT_RULE
		return v
	}
	out := make([]*nutgrafv1.Event, len(cs))
	dates := make([]string, len(cs))
	for i, c := range cs {
		confidences[i] = float32(min(max(c.score/12, 0.1), 0.9))
		e := &made[i]
		e.EventId, e.Type, e.Status = "v"+strconv.Itoa(i+1), c.kind, c.status
		e.Trigger, e.Evidence = value(c.start, c.end), evidence.New()
		e.Evidence.Confidence, e.Evidence.Method = &confidences[i], nutgrafv1.Method_METHOD_TEXT_RULE
		if c.light[1] > 0 {
			e.Trigger.Value += " " + doc.Text[c.light[0]:c.light[1]]
			e.Trigger.Evidence.Spans = append(e.Trigger.Evidence.Spans, span(c.light[0], c.light[1]))
		}
		e.Evidence.Spans = lists.Row(1 + len(c.more))
		first := doc.Sentences[c.sentence]
		e.Evidence.Spans[0] = span(first.Start, first.End)
		for k, n := range c.more {
			e.Evidence.Spans[1+k] = span(doc.Sentences[n].Start, doc.Sentences[n].End)
		}
		e.Participants = rows.Row(len(c.participants))
		for k, p := range c.participants {
			x := participants.New()
			x.Role, x.Mention = p.role, value(p.start, p.end)
			if p.entity >= 0 {
				x.EntityId = entities[p.entity].GetEntityId()
			}
			e.Participants[k] = x
		}
		if c.time >= 0 {
			e.TimeId = id(times[c.time].GetTimeId())
			dates[i] = times[c.time].GetStart()
		}
		if c.place >= 0 {
			e.PlaceEntityId = id(entities[c.place].GetEntityId())
		}
		if c.claimedBy >= 0 {
			if speaker := quotes[c.claimedBy].GetSpeaker().GetEntityId(); speaker != "" {
				e.ClaimedByEntityId = id(speaker)
			}
		}
		out[i] = e
	}
	timeline(out, dates)
	return out
}

// timeline ranks the events whose time is known and puts them first, in order; the others follow as in the body.
func timeline(events []*nutgrafv1.Event, dates []string) {
	index := make([]int, len(events))
	for i := range index {
		index[i] = i
	}
	slices.SortStableFunc(index, func(a, b int) int {
		if (dates[a] == "") != (dates[b] == "") {
			if dates[a] == "" {
				return 1
			}
			return -1
		}
		return cmp.Compare(dates[a], dates[b])
	})
	sorted := make([]*nutgrafv1.Event, len(events))
	ranks := make([]uint32, len(events))
	rank := uint32(0)
	for i, k := range index {
		sorted[i] = events[k]
		if dates[k] == "" {
			continue
		}
		if i > 0 && dates[k] != dates[index[i-1]] {
			rank++
		}
		ranks[i] = rank
		sorted[i].TimelineRank = &ranks[i]
	}
	copy(events, sorted)
}
