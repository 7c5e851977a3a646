// Package nutgraf_test holds the house to its plan.
package nutgraf_test

import (
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

const module = "example.invalid/nutgraf/"

// allowed says what the packages below a folder may import of ours, by folder; the longest matching key rules.
var allowed = map[string][]string{
	"gen":                            {"gen"},
	"internal":                       {"internal/text"},
	"internal/page":                  {},
	"internal/zone":                  {"internal/page"},
	"internal/text":                  {},
	"internal/codec":                 {},
	"internal/jobs":                  {"gen"},
	"internal/pipeline":              {"gen", "internal/page", "internal/rarity", "internal/text", "internal/zone"},
	"internal/pipeline/pipelinetest": {"gen", "internal/pipeline"},
	"extractors":                     {"gen", "internal"},
	"server":                         {"gen", "internal/codec", "internal/pipeline", "internal/jobs"},
	"clients/go":                     {"gen", "internal/codec"},
	"clients/conformance":            {"gen", "clients/go"},
	"cmd":                            {"gen", "internal", "extractors", "server", "clients/go"},
	"training":                       {"gen", "internal", "extractors"},
	"bench":                          {"gen", "internal", "extractors", "server", "clients/go", "training/corpus"},
}

func TestImportsFollowTheArrows(t *testing.T) {
	t.Parallel()
	lookAtSources(t)
	out, err := exec.Command("go", "list", "-json=ImportPath,Imports", "./...").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	dec := json.NewDecoder(strings.NewReader(string(out)))
	packages := 0
	for {
		var p struct {
			ImportPath string
			Imports    []string
		}
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		from := strings.TrimPrefix(p.ImportPath, module)
		packages++
		for _, imp := range p.Imports {
			to, ours := strings.CutPrefix(imp, module)
			if ours && !mayImport(from, to) {
				t.Errorf("%s imports %s against the arrows", from, to)
			}
		}
	}
	if packages < 5 {
		t.Errorf("go list found only %d packages", packages)
	}
}

// lookAtSources looks at every Go file, for go list does so out of sight of the cache of test results, which would repeat old ones.
func lookAtSources(t *testing.T) {
	t.Helper()
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && path != "." && (d.Name()[0] == '.' || d.Name() == "node_modules"):
			return fs.SkipDir
		case !d.IsDir() && strings.HasSuffix(path, ".go"):
			_, err = os.Stat(path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func mayImport(from, to string) bool {
	rule := longestKey(from)
	if rule == "" {
		return false
	}
	if rule != "extractors" && within(to, rule) { // a room and its own closets
		return true
	}
	for _, a := range allowed[rule] {
		if within(to, a) && !(a == "internal" && within(to, "internal/pipeline/pipelinetest")) {
			return true
		}
	}
	if rule == "extractors" && from != "extractors" { // one extractor never imports another
		return within(to, room(from))
	}
	return from == "extractors" && within(to, "extractors")
}

func TestMayImport(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		from, to string
		want     bool
	}{
		{"server", "internal/pipeline", true},
		{"server", "extractors", false},
		{"extractors/quotes", "extractors/entities", false},
		{"extractors/quotes", "extractors/quotes/data", true},
		{"extractors", "extractors/quotes", true},
		{"internal/pipeline", "extractors/quotes", false},
		{"internal/text", "internal/pipeline", false},
		{"internal/page", "internal/pipeline", false},
		{"unknown", "gen/go/nutgraf/v1", false},
		{"cmd/nutgraf", "server", true},
	} {
		if got := mayImport(tt.from, tt.to); got != tt.want {
			t.Errorf("mayImport(%q, %q) = %v, want %v", tt.from, tt.to, got, tt.want)
		}
	}
}

func room(path string) string {
	parts := strings.SplitN(path, "/", 3)
	return strings.Join(parts[:min(2, len(parts))], "/")
}

func within(path, folder string) bool {
	return path == folder || strings.HasPrefix(path, folder+"/")
}

func longestKey(path string) string {
	best := ""
	for k := range allowed {
		if within(path, k) && len(k) > len(best) {
			best = k
		}
	}
	return best
}
