package pipeline

import (
	nutgrafv1 "example.invalid/nutgraf/gen/go/nutgraf/v1"
)

// visitor is called for parts of an Extraction; nil functions are left out.
type visitor struct {
	evidence  func(*nutgrafv1.Evidence)
	span      func(*nutgrafv1.Span)
	alignment func(*nutgrafv1.Alignment)
}

// visit calls v for every evidence, span and alignment of x. It is written out because reflection costs as much as
// extraction; a test holds it against the descriptor.
func visit(x *nutgrafv1.Extraction, v visitor) {
	if c := x.GetContent(); c != nil {
		for _, b := range c.GetBlocks() {
			v.spanOf(b.GetSpan())
			v.date(b.GetEntryTime())
			v.evidenceOf(b.GetEvidence())
		}
		for _, r := range c.GetRemoved() {
			v.evidenceOf(r.GetEvidence())
		}
		if v.alignment != nil {
			for _, a := range c.GetAlignments() {
				v.alignment(a)
			}
		}
	}
	if m := x.GetMetadata(); m != nil {
		for _, t := range []*nutgrafv1.TextValue{
			m.GetTitle(), m.GetStandfirst(), m.GetByline(), m.GetSiteName(), m.GetSiteDomain(), m.GetCanonicalUrl(),
			m.GetLanguage(), m.GetSection(), m.GetAgency(), m.GetRights(), m.GetDateline().GetPlace(),
		} {
			v.text(t)
		}
		for _, a := range m.GetAuthors() {
			v.text(a.GetName())
		}
		for _, t := range m.GetPublisherTags() {
			v.text(t)
		}
		v.date(m.GetDateline().GetDate())
		v.date(m.GetPublished())
		v.date(m.GetModified())
	}
	for _, e := range x.GetEntities() {
		v.evidenceOf(e.GetEvidence())
		for _, m := range e.GetMentions() {
			v.evidenceOf(m.GetEvidence())
		}
		for _, r := range e.GetRoles() {
			v.evidenceOf(r.GetEvidence())
		}
		for _, l := range e.GetLinks() {
			v.evidenceOf(l.GetEvidence())
		}
	}
	for _, q := range x.GetQuotes() {
		v.evidenceOf(q.GetEvidence())
		v.text(q.GetCue())
		v.text(q.GetSpeaker().GetMention())
		v.evidenceOf(q.GetSpeaker().GetEvidence())
	}
	for _, t := range x.GetTimes() {
		v.evidenceOf(t.GetEvidence())
	}
	for _, e := range x.GetEvents() {
		v.evidenceOf(e.GetEvidence())
		v.text(e.GetTrigger())
		for _, p := range e.GetParticipants() {
			v.text(p.GetMention())
		}
	}
	for _, k := range x.GetKeywords() {
		v.evidenceOf(k.GetEvidence())
	}
	for _, t := range x.GetSummary().GetSentences() {
		v.text(t)
	}
	for _, e := range x.GetExtensions() {
		v.evidenceOf(e.GetEvidence())
	}
}

func (v visitor) text(t *nutgrafv1.TextValue) {
	if t == nil {
		return
	}
	v.evidenceOf(t.GetEvidence())
	for _, a := range t.GetAlternatives() {
		v.evidenceOf(a.GetEvidence())
	}
}

func (v visitor) date(d *nutgrafv1.DateValue) {
	if d == nil {
		return
	}
	v.evidenceOf(d.GetEvidence())
	for _, a := range d.GetAlternatives() {
		v.evidenceOf(a.GetEvidence())
	}
}

func (v visitor) evidenceOf(e *nutgrafv1.Evidence) {
	if e == nil {
		return
	}
	if v.evidence != nil {
		v.evidence(e)
	}
	for _, sp := range e.GetSpans() {
		v.spanOf(sp)
	}
}

func (v visitor) spanOf(sp *nutgrafv1.Span) {
	if sp != nil && v.span != nil {
		v.span(sp)
	}
}
