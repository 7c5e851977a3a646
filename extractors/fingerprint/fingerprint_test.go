package fingerprint

import (
	"math/bits"
	"slices"
	"strings"
	"testing"

	"example.invalid/nutgraf/internal/pipeline/pipelinetest"
)

func TestConformance(t *testing.T) {
	t.Parallel()
	pipelinetest.Run(t, New())
}

func hash(text string) (uint64, []uint32) {
	var s simHash
	var m minHash
	for h := range shingles(text) {
		s.add(h)
		m.add(h)
	}
	return s.sum(), m.signature()
}

const story = `The council voted on Monday to rebuild the lighthouse that burned down last winter, and to pay for it from the reserve.
“We will not let the light go out,” the mayor said after the meeting, which lasted for most of the night. Work begins in March and will
take two years. The old stones are still there; what is needed now is time, and dry weather, said the engineer who is to lead the work.
Fishermen had asked for a cheaper mast of steel, but the fund for the heritage of the north will only pay for stone.`

func TestNear(t *testing.T) {
	t.Parallel()
	sim, min := hash(story)
	for _, tt := range []struct {
		name, text       string
		bits, equal, off int // most bits that differ; least and most equal positions
	}{
		{"same in capitals, decomposed and respaced", strings.ToUpper(strings.ReplaceAll(story, " ", "  ")), 0, signature, signature},
		{"a sentence added", story + " The harbour stays open in the meantime, the council said.", 16, 80, signature - 1},
		{"another story", `A ferry ran aground off the northern isles in thick fog early today. All passengers were brought ashore by lifeboats within two hours;
			three had slight injuries. The coast guard looks into why the ship left its course shortly before it was to enter the sound.`, 48, 0, 8},
	} {
		s, m := hash(tt.text)
		if d := bits.OnesCount64(sim ^ s); d > tt.bits {
			t.Errorf("%s: %d bits of SimHash differ, want at most %d", tt.name, d, tt.bits)
		}
		equal := 0
		for i := range m {
			if m[i] == min[i] {
				equal++
			}
		}
		if equal < tt.equal || equal > tt.off {
			t.Errorf("%s: %d positions of MinHash are equal, want %d to %d", tt.name, equal, tt.equal, tt.off)
		}
	}
}

func TestShingles(t *testing.T) {
	t.Parallel()
	count := func(s string) int { return len(slices.Collect(shingles(s))) }
	for _, tt := range []struct {
		in   string
		want int
	}{{"", 0}, {"...", 0}, {"one", 1}, {"one two", 1}, {"one two three", 1}, {"one, two; three four", 2}, {"港口将重建", 3}, {"e\u0301te\u0301 a b", 1}} {
		if got := count(tt.in); got != tt.want {
			t.Errorf("shingles(%q) = %d, want %d", tt.in, got, tt.want)
		}
	}
	a, _ := hash("\u00e9t\u00e9 a b")
	b, _ := hash("e\u0301te\u0301 A b")
	if a != b {
		t.Error("composed and decomposed text differ")
	}
}

// The algorithm's name is a promise: these numbers change only together with it.
func TestStable(t *testing.T) {
	t.Parallel()
	s, m := hash(story)
	if got, want := s, uint64(wantSim); got != want {
		t.Errorf("SimHash = %#x, want %#x; a change needs a new Algorithm", got, want)
	}
	if got, want := m[0], uint32(wantMin); got != want {
		t.Errorf("MinHash[0] = %#x, want %#x; a change needs a new Algorithm", got, want)
	}
}

const (
	wantSim = 0x27c742100a9348f8
	wantMin = 0x8bcc51d
)

func BenchmarkExtract(b *testing.B) { pipelinetest.Benchmark(b, New(), story) }
