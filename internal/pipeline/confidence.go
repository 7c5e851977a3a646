package pipeline

import (
	"slices"

	nutgrafv1 "example.invalid/nutgraf/gen/go/nutgraf/v1"
)

// dropBelow removes results whose confidence is known and below the limit, and what then points to nothing.
func dropBelow(x *nutgrafv1.Extraction, limit float32) {
	low := func(e *nutgrafv1.Evidence) bool { return e != nil && e.Confidence != nil && e.GetConfidence() < limit }
	lowText := func(t *nutgrafv1.TextValue) bool { return low(t.GetEvidence()) }
	x.Entities = slices.DeleteFunc(x.Entities, func(e *nutgrafv1.Entity) bool { return low(e.GetEvidence()) })
	for _, e := range x.Entities {
		e.Mentions = slices.DeleteFunc(e.Mentions, func(m *nutgrafv1.Mention) bool { return low(m.GetEvidence()) })
		e.Roles = slices.DeleteFunc(e.Roles, func(r *nutgrafv1.Role) bool { return low(r.GetEvidence()) })
		e.Links = slices.DeleteFunc(e.Links, func(l *nutgrafv1.EntityLink) bool { return low(l.GetEvidence()) })
	}
	x.Quotes = slices.DeleteFunc(x.Quotes, func(q *nutgrafv1.Quote) bool { return low(q.GetEvidence()) })
	for _, q := range x.Quotes {
		if low(q.GetSpeaker().GetEvidence()) {
			q.Speaker = nil
		}
	}
	x.Times = slices.DeleteFunc(x.Times, func(t *nutgrafv1.TimeExpression) bool { return low(t.GetEvidence()) })
	x.Events = slices.DeleteFunc(x.Events, func(e *nutgrafv1.Event) bool { return low(e.GetEvidence()) })
	x.Keywords = slices.DeleteFunc(x.Keywords, func(k *nutgrafv1.Keyword) bool { return low(k.GetEvidence()) })
	x.Extensions = slices.DeleteFunc(x.Extensions, func(e *nutgrafv1.ExtensionResult) bool { return low(e.GetEvidence()) })
	if m := x.GetMetadata(); m != nil {
		for _, t := range []**nutgrafv1.TextValue{
			&m.Title, &m.Standfirst, &m.Byline, &m.SiteName, &m.SiteDomain, &m.CanonicalUrl, &m.Language, &m.Section, &m.Agency, &m.Rights,
		} {
			if lowText(*t) {
				*t = nil
			}
		}
		for _, d := range []**nutgrafv1.DateValue{&m.Published, &m.Modified} {
			if low((*d).GetEvidence()) {
				*d = nil
			}
		}
		m.Authors = slices.DeleteFunc(m.Authors, func(a *nutgrafv1.Author) bool { return lowText(a.GetName()) })
		m.PublisherTags = slices.DeleteFunc(m.PublisherTags, lowText)
		if lowText(m.GetDateline().GetPlace()) {
			m.Dateline = nil
		}
	}
	if s := x.GetSummary(); s != nil {
		s.Sentences = slices.DeleteFunc(s.Sentences, lowText)
	}
	dropDangling(x)
}

// dropDangling clears ids of results that are not there.
func dropDangling(x *nutgrafv1.Extraction) {
	there := map[string]bool{}
	for _, e := range x.Entities {
		there[e.GetEntityId()] = true
	}
	for _, q := range x.Quotes {
		there[q.GetQuoteId()] = true
	}
	for _, t := range x.Times {
		there[t.GetTimeId()] = true
	}
	keep := func(ids ...**string) {
		for _, id := range ids {
			if *id != nil && !there[**id] {
				*id = nil
			}
		}
	}
	for _, e := range x.Entities {
		for _, r := range e.Roles {
			keep(&r.OrganizationEntityId)
		}
	}
	for _, q := range x.Quotes {
		keep(&q.AddresseeEntityId, &q.ContinuesQuoteId)
		if q.Speaker != nil {
			keep(&q.Speaker.EntityId)
		}
	}
	for _, e := range x.Events {
		keep(&e.TimeId, &e.PlaceEntityId, &e.ClaimedByEntityId)
		e.Participants = slices.DeleteFunc(e.Participants, func(p *nutgrafv1.Participant) bool {
			return p.GetEntityId() != "" && !there[p.GetEntityId()]
		})
	}
	if d := x.GetMetadata().GetDateline(); d != nil {
		keep(&d.EntityId)
	}
}
