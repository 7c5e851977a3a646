package content

import (
	"context"
	"strings"
	"testing"

	nutgrafv1 "example.invalid/nutgraf/gen/go/nutgraf/v1"
	"example.invalid/nutgraf/internal/page"
	"example.invalid/nutgraf/internal/zone"
)

func TestAccess(t *testing.T) {
	t.Parallel()
	whole := strings.Repeat("<p>The harbour board met on Monday and agreed to dredge the eastern basin before winter.</p>", 20)
	for _, c := range []struct {
		name, body, after string
		words             int
		paid              bool
		want              nutgrafv1.Access
	}{
		{"free", whole, "<p>Share</p>", 300, false, nutgrafv1.Access_ACCESS_FREE},
		{"paid and whole", whole, "<p>Share</p>", 300, true, nutgrafv1.Access_ACCESS_PAID_FULL},
		{"a wall kept at hand on a whole page", whole, `<div class="paywall">You have read three articles.</div>`, 300, true, nutgrafv1.Access_ACCESS_PAID_FULL},
		{"a wall after half a sentence", whole + "<p>The board then turned to the</p>", `<div class="paywall">You have read three articles.</div>`, 305, true, nutgrafv1.Access_ACCESS_PAID_TRUNCATED},
		{"a wall in words", whole, "<p>Already a subscriber? Log in</p>", 300, true, nutgrafv1.Access_ACCESS_PAID_TRUNCATED},
		{"a short text marked as paid", "<p>The harbour board met on Monday.</p>", "<p>Share</p>", 6, true, nutgrafv1.Access_ACCESS_PAID_TRUNCATED},
		{"a wall without a mark", "<p>The harbour board met on Monday and said ...</p>", "<p>Bereits Abonnent? Anmelden</p>", 9, false, nutgrafv1.Access_ACCESS_PAID_TRUNCATED},
		{"a sentence left open at the end", whole + "<p>And then …</p>", "<p>Share</p>", 303, false, nutgrafv1.Access_ACCESS_FREE},
		{"read more", "<p>The harbour board met on Monday …</p>", "<p>Continue reading</p>", 7, false, nutgrafv1.Access_ACCESS_TRUNCATED},
		{"the rest of what is quoted", whole + "<blockquote><p>The basin is full of […]</p></blockquote>", "<p>Read the rest</p>", 306, false, nutgrafv1.Access_ACCESS_FREE},
		{"no body", "", "<p>Share</p>", 0, true, nutgrafv1.Access_ACCESS_UNSPECIFIED},
	} {
		p, err := page.Parse(context.Background(), page.Source{HTML: []byte("<html><body>" + c.body + c.after + "</body></html>")})
		if err != nil {
			t.Fatal(err)
		}
		l := &zone.Labels{Roles: make([]zone.Role, len(p.Blocks)), Paid: c.paid, BodyWords: c.words}
		for i := range len(p.Blocks) - 1 {
			l.Roles[i] = zone.Body
		}
		if got := access(p, l); got != c.want {
			t.Errorf("%s: access = %v, want %v", c.name, got, c.want)
		}
	}
}
