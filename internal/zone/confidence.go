package zone

import "example.invalid/nutgraf/internal/page"

// point says what share of the blocks taken with a score was right.
type point struct{ score, right float32 }

// curves are printed by train.py and lines.py in training/content; docs/confidence.md has the counts.
var curves = [...][]point{
	page.HTML: {{0, .355}, {.25, .361}, {.357, .38}, {.456, .439}, {.548, .532}, {.65, .636}, {.753, .685}, {.853, .78}, {.927, .856}, {.967, .909}, {.986, .922}, {.997, .978}, {1, .98}},
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
