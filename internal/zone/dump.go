package zone

// Features of one page for training.
type Features struct {
	Blocks int
	First  []float32  // rows of first-stage features
	Second []float32  // rows of second-stage features, if p1 was given
	Path   [][]uint32 // slots of the path
	Text   [][]uint32 // slots of the words
	Words  []int32
}

// Widths of the rows of features.
const (
	FirstWidth  = nFeatures
	SecondWidth = nSecond
	PathSlots   = 1 << pathBits
	TextSlots   = 1 << textBits
)

// Dump returns the features that Label uses. With p1, the first-stage scores of
// all blocks, and the linear scores they rest on, it adds the second stage.
func (c *Context) Dump(p1, path, text []float32) Features {
	n := len(c.p.Blocks)
	f := Features{Blocks: n}
	if p1 != nil {
		f.Second = make([]float32, n*nSecond)
		s := c.newSequence(p1, path, text)
		for i := range n {
			s.row(i, f.Second[i*nSecond:(i+1)*nSecond])
		}
		return f
	}
	f.First = make([]float32, n*nFeatures)
	for i := range n {
		c.row(i, f.First[i*nFeatures:(i+1)*nFeatures])
		f.Path = append(f.Path, c.pathSlots(i, nil))
		f.Text = append(f.Text, c.textSlots(i, nil))
		f.Words = append(f.Words, c.shapes[i].words)
	}
	return f
}
