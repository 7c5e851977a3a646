package content

import (
	"strings"
	"time"
	"unicode/utf8"

	nutgrafv1 "example.invalid/nutgraf/gen/go/nutgraf/v1"
	"example.invalid/nutgraf/internal/page"
	"example.invalid/nutgraf/internal/zone"
)

// teaserWords is how short a paid article must be to count as cut.
const teaserWords = 150

var paywalls = []string{
	"subscribe to continue", "subscribe to read", "to continue reading", "to read the full", "this article is for subscribers",
	"this content is for", "already a subscriber", "log in to read", "sign in to read", "register to continue", "become a member to",
	"unlock this article", "read the full story", "jetzt weiterlesen", "weiterlesen mit", "lesen sie diesen artikel", "jetzt diesen artikel lesen", "artikel freischalten",
	"bereits abonnent", "réservé aux abonnés", "il vous reste", "déjà abonné", "suscríbete para", "contenido exclusivo para", "contenuto riservato", "abbonati per",
}

var readOn = []string{"continue reading", "read more »", "read full article", "read the rest", "read on", "next page", "weiterlesen", "lire la suite", "seguir leyendo", "continua a leggere"}

// access tells how much of the article the page holds.
func access(p *page.Page, l *zone.Labels) nutgrafv1.Access {
	if l.BodyWords == 0 {
		return nutgrafv1.Access_ACCESS_UNSPECIFIED
	}
	last := -1
	for i, r := range l.Roles {
		if r == zone.Body {
			last = i
		}
	}
	end := p.BlockText(last)
	cut := strings.HasSuffix(end, "…") || strings.HasSuffix(end, "...") || strings.HasSuffix(end, "[…]")
	r, _ := utf8.DecodeLastRuneInString(strings.TrimRight(end, "\"'”’»›)]* "))
	finished := strings.ContainsRune(".!?:。！？।", r) && !cut
	wall, more := false, false
	for i := max(0, last-1); i < min(len(p.Blocks), last+8); i++ {
		text := p.BlockText(i)
		lower := strings.ToLower(text[:min(len(text), 200)])
		wall = wall || containsAny(lower, paywalls)
		more = more || len(text) < 60 && i >= last && i < last+3 && containsAny(lower, readOn)
		// Houses that count the reader's articles keep a wall at hand on pages that are whole.
		if i > last && p.Nodes[p.Blocks[i].Node].Hints&page.HintPaywall != 0 {
			wall = wall || l.Paid && !finished
		}
	}
	switch {
	case l.Paid && (wall || cut || l.BodyWords < teaserWords), wall && (cut || l.BodyWords < teaserWords):
		return nutgrafv1.Access_ACCESS_PAID_TRUNCATED
	case l.Paid:
		return nutgrafv1.Access_ACCESS_PAID_FULL
	case more && (cut && p.Blocks[last].Flags&page.InQuote == 0 || l.BodyWords < teaserWords):
		return nutgrafv1.Access_ACCESS_TRUNCATED
	}
	return nutgrafv1.Access_ACCESS_FREE
}

func containsAny(s string, words []string) bool {
	for _, w := range words {
		if strings.Contains(s, w) {
			return true
		}
	}
	return false
}

// entryTime reads a machine-readable time as far as it goes.
func entryTime(s string, span page.Span) *nutgrafv1.DateValue {
	s = strings.TrimSpace(s)
	for _, f := range []struct {
		layout, out string
		precision   nutgrafv1.Precision
	}{
		{time.RFC3339Nano, time.RFC3339, nutgrafv1.Precision_PRECISION_SECOND},
		{"2006-01-02T15:04Z07:00", "2006-01-02T15:04Z07:00", nutgrafv1.Precision_PRECISION_MINUTE},
		{"2006-01-02T15:04:05", "2006-01-02T15:04:05", nutgrafv1.Precision_PRECISION_SECOND},
		{"2006-01-02T15:04", "2006-01-02T15:04", nutgrafv1.Precision_PRECISION_MINUTE},
		{"2006-01-02", "2006-01-02", nutgrafv1.Precision_PRECISION_DAY},
	} {
		if t, err := time.Parse(f.layout, s); err == nil {
			return &nutgrafv1.DateValue{
				Value: t.Format(f.out), Raw: s, Precision: f.precision,
				Evidence: &nutgrafv1.Evidence{Spans: []*nutgrafv1.Span{sourceSpan(span)}, Method: nutgrafv1.Method_METHOD_DOM},
			}
		}
	}
	return nil
}
