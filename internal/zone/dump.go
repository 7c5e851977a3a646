package zone

import "example.invalid/nutgraf/internal/page"

// Features of one page for training.
type Features struct {
	Blocks int
	First  []float32  // rows of first-stage features
	Second []float32  // rows of second-stage features, if p1 was given
	Path   [][]uint32 // slots of the path
	Text   [][]uint32 // slots of the words at both ends
	// Of markup only: slots of the heading above, and of all words.
	Section, All [][]uint32
	Words        []int32
}

// Sizes of the tables of hashed words.
const (
	PathSlots = 1 << pathBits
	LineSlots = 1 << lineBits // in the place of paths
	TextSlots = 1 << textBits
	// Of markup.
	SectionSlots = 1 << sectionBits
	WordSlots    = 1 << wordBits
)

// Widths returns the widths of the rows of features.
func Widths(k page.Kind) (first, second int) {
	if k == page.Text {
		return nLine, nLineSecond
	}
	return nFeatures, nSecond
}

// Dump returns the features that Label uses. With p1, the first-stage scores of
// all blocks, and the linear scores they rest on, it adds the second stage.
func (c *Context) Dump(p1, path, text []float32) Features {
	n := len(c.p.Blocks)
	f := Features{Blocks: n}
	first, second := Widths(c.p.Kind)
	if p1 != nil {
		f.Second = make([]float32, n*second)
		s := c.secondStage(p1, path, text)
		for i := range n {
			s.row(i, f.Second[i*second:(i+1)*second])
		}
		return f
	}
	s := c.firstStage()
	f.First = make([]float32, n*first)
	for i := range n {
		s.row(i, f.First[i*first:(i+1)*first])
		if c.lines != nil {
			f.Path = append(f.Path, c.lines.slots(i, nil))
		} else {
			f.Path = append(f.Path, c.pathSlots(i, nil))
		}
		f.Text = append(f.Text, c.textSlots(i, nil))
		f.Words = append(f.Words, c.shapes[i].words)
	}
	f.Section, f.All = make([][]uint32, n), make([][]uint32, n)
	if c.lines == nil {
		c.sections(func(i, h int) {
			f.All[i] = c.wordSlots(i, nil)
			if h >= 0 {
				f.Section[i] = c.sectionSlots(h, nil)
			}
		})
	}
	return f
}

// Bodies labels the page by final scores and returns the texts of its body and the features of its kind.
func (c *Context) Bodies(scores []float32) (body []string, kind []float32) {
	l := c.decide(scores, kindModel{})
	for i, r := range l.Roles {
		if r == Body {
			body = append(body, c.p.BlockText(i))
		}
	}
	kind = make([]float32, nKind)
	c.kindRow(l, kind)
	return body, kind
}
