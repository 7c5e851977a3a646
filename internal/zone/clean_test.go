package zone

import (
	"strings"
	"testing"

	"example.invalid/nutgraf/internal/page"
)

// A text that somebody wrote or cleaned keeps its sentences, however short it is.
func TestCleanText(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, in, want string }{
		{"one sentence", "The mayor of Aven opened the bridge on Tuesday.", "The mayor of Aven opened the bridge on Tuesday."},
		{"heading and sentence", "Bridge opens\n\nMayor Ada Brook said so.", "Mayor Ada Brook said so."},
		{"short paragraphs", "It rained.\n\nThe bridge of Aven opened all the same, and many came to see it.\n\nThey left at noon.",
			"It rained.|The bridge of Aven opened all the same, and many came to see it.|They left at noon."},
		{"a menu", "Home\nNews\nSport\nWeather\nAll rights reserved.", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p, err := page.Parse(t.Context(), page.Source{Kind: page.Text, Text: tt.in})
			if err != nil {
				t.Fatal(err)
			}
			l, err := Label(t.Context(), p, "")
			if err != nil {
				t.Fatal(err)
			}
			var body []string
			for i, r := range l.Roles {
				if r == Body {
					body = append(body, p.BlockText(i))
				}
			}
			if got := strings.Join(body, "|"); got != tt.want {
				t.Errorf("body of %q = %q, want %q", tt.in, got, tt.want)
			}
		})
	}
}
