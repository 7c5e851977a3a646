package pagemeta

import (
	"testing"

	"example.invalid/nutgraf/internal/page"
)

func TestStanding(t *testing.T) {
	t.Parallel()
	const title = "Port: Harbour light to be rebuilt | Harbour Times"
	c := &titleCollector{collector: &collector{p: &page.Page{}, titleKey: MatchKey(title)}}
	for _, tt := range []struct {
		value               string
		behind, before, has float32
	}{
		{"Harbour light to be rebuilt", 1, 5, 12. / 24},
		{"Port: Harbour light to be rebuilt", 1, 0, 12. / 28},
		{"Harbour Times", 0, 1, 0},
		{"light to be rebuilt", 1, 8, 12. / 17},
		{title, 0, 0, 0},
		{"Ferry runs again", 0, 0, 0},
	} {
		x := &Candidate{Value: tt.value, Key: MatchKey(tt.value), Features: make([]float32, numTitleFeatures)}
		c.standing(x, title)
		if f := x.Features; f[tMarkBehind] != tt.behind || f[tMarkBefore] != tt.before || f[tBehind] != tt.has {
			t.Errorf("standing(%q): behind %g, before %g, share %g, want %g, %g, %g", tt.value, f[tMarkBehind], f[tMarkBefore], f[tBehind], tt.behind, tt.before, tt.has)
		}
	}
}
