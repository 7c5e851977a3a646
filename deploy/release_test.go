package deploy_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestRelease makes a release of a copy of the repository: two builds from two folders with two caches, equal byte by byte, the
// list of what is in the program, checksums, and the notes of the version alone. It takes a minute or two, for one cache is empty.
func TestRelease(t *testing.T) {
	if testing.Short() {
		t.Skip("builds everything anew")
	}
	root := t.TempDir()
	run := func(dir, name string, args ...string) string {
		t.Helper()
		c := exec.CommandContext(t.Context(), name, args...)
		c.Dir = dir
		out, err := c.CombinedOutput()
		if err != nil {
			t.Fatalf("%s %v: %v\n%s", name, args, err, out)
		}
		return string(out)
	}
	run("..", "sh", "-c", `git ls-files -z --cached --others --exclude-standard | xargs -0 cp -P --parents -t "$0"`, root)
	// release.sh asks git for the files.
	run(root, "git", "init", "-q")
	run(root, "git", "add", "-A")
	changelog := filepath.Join(root, "CHANGELOG.md")
	text, err := os.ReadFile(changelog)
	if err != nil {
		t.Fatal(err)
	}
	const notes = "## 1.2.3\n\n### Fixed\n- What was wrong.\n\n"
	before, after, ok := strings.Cut(string(text), "\n## Unreleased\n")
	if !ok {
		t.Fatal("CHANGELOG.md has no section Unreleased")
	}
	changed := before + "\n## Unreleased\n\n" + notes + "## 1.2.2\n" + after
	if err := os.WriteFile(changelog, []byte(changed), 0o600); err != nil {
		t.Fatal(err)
	}

	run(root, "tools/release.sh", "1.2.3")
	dist := filepath.Join(root, "dist")
	if got, err := os.ReadFile(filepath.Join(dist, "NOTES.md")); err != nil || string(got) != notes {
		t.Errorf("notes %q, %v, want %q", got, err, notes)
	}
	run(dist, "sha256sum", "--check", "--strict", "SHA256SUMS")
	if got := run(dist, "./nutgraf", "version"); !strings.Contains(got, "1.2.3") {
		t.Errorf("version %q", got)
	}
	var sbom struct {
		BOMFormat  string
		Components []struct{ Name, Version string }
	}
	list, err := os.ReadFile(filepath.Join(dist, "nutgraf.cdx.json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(list, &sbom); err != nil || sbom.BOMFormat != "CycloneDX" {
		t.Fatalf("SBOM: %v, format %q", err, sbom.BOMFormat)
	}
	found := false
	for _, c := range sbom.Components {
		found = found || c.Name == "google.golang.org/grpc" && c.Version != ""
	}
	if !found {
		t.Errorf("SBOM of %d components lacks grpc", len(sbom.Components))
	}
}
