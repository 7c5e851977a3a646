package pagemeta

import (
	"context"
	"slices"

	"example.invalid/nutgraf/internal/page"
	"example.invalid/nutgraf/internal/zone/forest"
)

// Reader ranks the candidates of one page, field by field.
type Reader struct {
	c      *collector
	titles []Candidate
	anchor int32

	published, authors *Model

	gotDates, gotAuthors bool
	allDates, allAuthors []Candidate
}

// NewReader reads p and ranks its titles, on which the other fields lean. The error is that of ctx.
func NewReader(ctx context.Context, p *page.Page, h Hints) (*Reader, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	c := newCollector(p, h)
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	r := &Reader{c: c, published: PublishedModel, authors: AuthorsModel}
	if p.Kind == page.Text {
		r.published, r.authors = TextPublishedModel, TextAuthorsModel
		r.titles = rank(TextTitleModel, c.textTitles())
		r.anchor = -1
		if len(r.titles) > 0 && r.titles[0].Probability >= leastTextTitle {
			r.anchor = r.titles[0].origin.node
		}
		return r, ctx.Err()
	}
	r.titles = rank(TitleModel, c.titles())
	r.anchor = c.anchor(r.titles)
	return r, ctx.Err()
}

// Titles are the candidates for the title, best first.
func (r *Reader) Titles() []Candidate { return r.titles }

// Published are the candidates for the date of publication, best first. A date that is only said to be that of a change is none.
func (r *Reader) Published() []Candidate {
	var out []Candidate
	for _, c := range r.dates() {
		if c.published {
			out = append(out, c)
		}
	}
	return rank(r.published, out)
}

func (r *Reader) dates() []Candidate {
	if !r.gotDates {
		title := ""
		if len(r.titles) > 0 {
			title = r.titles[0].Value
		}
		r.allDates, r.gotDates = r.c.dates(r.anchor, title), true
	}
	return r.allDates
}

// anchor is the block of the headline: where the best title is printed, else the first h1; -1 if there is neither.
func (c *collector) anchor(titles []Candidate) int32 {
	best := int32(-1)
	if len(titles) > 0 {
		if n := titles[0].origin.node; n > 0 {
			return c.p.Nodes[n].BlockStart
		}
		k := titles[0].Key
		for _, i := range c.headings {
			if n := &c.p.Nodes[i]; n.TextEnd-n.TextStart < 1024 && MatchKey(c.p.NodeText(i)) == k {
				return n.BlockStart
			}
		}
	}
	for _, i := range c.headings {
		if n := &c.p.Nodes[i]; n.Tag == page.TagH1 && n.BlockEnd > n.BlockStart {
			best = n.BlockStart
			break
		}
	}
	return best
}

// rank scores candidates and sorts them; equals keep the order of the page.
func rank(m *Model, cs []Candidate) []Candidate {
	var w forest.Walk
	for i := range cs {
		cs[i].Score = m.score(cs[i].Features, &w)
		cs[i].Probability = probability(cs[i].Score)
	}
	slices.SortStableFunc(cs, func(a, b Candidate) int {
		switch {
		case a.Score > b.Score:
			return -1
		case a.Score < b.Score:
			return 1
		}
		return 0
	})
	return cs
}

// Authors are the candidates for the authors, best first.
func (r *Reader) Authors() []Candidate { return r.rankedAuthors() }

// AuthorKey is the form of a name in which two spellings are the same.
func AuthorKey(s string) string { return authorKey(s) }
