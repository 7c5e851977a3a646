package zone

import "example.invalid/nutgraf/internal/page"

// point says what share of the blocks taken with a score was right.
type point struct{ score, right float32 }

// curves are printed by train.py and lines.py in training/content; docs/confidence.md has the counts.
var curves = [...][]point{
	page.HTML: {{0, .09}, {.242, .091}, {.359, .388}, {.462, .487}, {.549, .566}, {.651, .634}, {.752, .691}, {.854, .786}, {.928, .878}, {.967, .913}, {.985, .935}, {.997, .98}, {1, .982}},
	page.Text: {{0, .41}, {.461, .415}, {.549, .51}, {.649, .59}, {.751, .678}, {.851, .794}, {.956, .858}, {.997, .962}, {1, .97}},
}

// Confidence returns the probability that a block with this score, taken into the body, belongs there.
func Confidence(k page.Kind, score float32) float32 {
	c := curves[k]
	i := 1
	for i < len(c)-1 && score > c[i].score {
		i++
	}
	a, b := c[i-1], c[i]
	return a.right + (b.right-a.right)*(score-a.score)/(b.score-a.score)
}
