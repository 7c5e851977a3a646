package extractors_test

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"example.invalid/nutgraf/extractors"
	"example.invalid/nutgraf/internal/pipeline"
	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "rewrite specs.txt")

// specs.txt shows a reader, and the history, what runs in which order and what it takes and gives.
func TestSpecs(t *testing.T) {
	t.Parallel()
	set, err := pipeline.NewSet(pipeline.Config{}, extractors.Standard()...)
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for _, s := range set.Specs() {
		fmt.Fprintf(&b, "%s %s\n  requires %v\n  uses     %v\n  provides %v\n", s.Name, s.Version, s.Requires, s.Uses, s.Provides)
	}
	if *update {
		if err := os.WriteFile("specs.txt", []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile("specs.txt")
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(string(want), b.String()); d != "" {
		t.Errorf("specs.txt (-file +now), rewrite with go test ./extractors -update:\n%s", d)
	}
}
