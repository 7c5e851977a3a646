package server

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// metricName finds what is spelt like one of our metrics, or of the libraries' that we register.
var metricName = regexp.MustCompile(`\b(?:nutgraf|grpc_server|process|go)_[a-z_]+\b`)

// TestMonitoringNamesMetricsThatExist holds the dashboard, the alerts and docs/operations.md against the registry.
func TestMonitoringNamesMetricsThatExist(t *testing.T) {
	r := start(t, nil, echo)
	for way, extract := range ways {
		if _, err := extract(t.Context(), r.client, article("x")); err != nil {
			t.Fatalf("%s: %v", way, err)
		}
	}
	families, err := r.metrics.registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	exists := map[string]bool{}
	for _, f := range families {
		exists[f.GetName()] = true
		for _, suffix := range []string{"_bucket", "_count", "_sum"} {
			exists[f.GetName()+suffix] = f.GetType().String() == "HISTOGRAM"
		}
	}
	for _, file := range []string{"../deploy/grafana/nutgraf.json", "../deploy/prometheus/alerts.yaml", "../docs/operations.md"} {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		found := metricName.FindAllString(string(text), -1)
		if len(found) == 0 {
			t.Errorf("%s names no metric", file)
		}
		for _, name := range found {
			if !exists[name] {
				t.Errorf("%s: there is no metric %s", file, name)
			}
		}
	}
}

// TestKeepaliveSuitsClients reads the defaults of the three clients.
func TestKeepaliveSuitsClients(t *testing.T) {
	for _, client := range []struct {
		files, pattern string
		unit           time.Duration
	}{
		{"../clients/go/*.go", `keepaliveTime\s*=\s*(\d+) \* time\.Second`, time.Second},
		{"../clients/python/src/*/*.py", `"grpc\.keepalive_time_ms", ([0-9_]+)`, time.Millisecond},
		{"../clients/typescript/src/*.ts", `pingIntervalMs: ([0-9_]+)`, time.Millisecond},
	} {
		files, err := filepath.Glob(client.files)
		if err != nil || len(files) == 0 {
			t.Fatalf("%s: %d files, %v", client.files, len(files), err)
		}
		found := 0
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range regexp.MustCompile(client.pattern).FindAllStringSubmatch(string(text), -1) {
				n, err := strconv.Atoi(strings.ReplaceAll(m[1], "_", ""))
				if err != nil {
					t.Fatal(err)
				}
				found++
				if every := time.Duration(n) * client.unit; every < 2*minPingInterval {
					t.Errorf("%s pings every %v, the server allows every %v", file, every, minPingInterval)
				}
			}
		}
		if found == 0 {
			t.Errorf("%s: no interval found", client.files)
		}
	}
}

// TestVersionFloors asserts versions below which there are known holes.
func TestVersionFloors(t *testing.T) {
	for module, floor := range map[string][3]int{
		"google.golang.org/grpc":              {1, 79, 3}, // CVE-2026-33186: a path without its slash passes authorization
		"golang.org/x/net":                    {0, 55, 0}, // CVE-2026-25680: cubic tree building
		"github.com/go-jose/go-jose/v4":       {4, 0, 5},  // CVE-2025-27144: memory by a token of many dots
		"google.golang.org/protobuf":          {1, 33, 0}, // CVE-2024-24786: JSON that is read for ever
		"golang.org/x/crypto":                 {0, 45, 0}, // CVE-2025-58181: memory by a list without bound
		"github.com/nats-io/nats-server/v2":   {2, 11, 1}, // CVE-2025-30215: streams of other accounts
		"github.com/rs/cors":                  {1, 11, 0}, // GHSA-mh55-gqvf-xfwm: memory by a header of a browser's question
		"github.com/prometheus/client_golang": {1, 11, 1}, // CVE-2022-21698: a series for each method that a caller invents
		"go.opentelemetry.io/contrib/instrumentation/google.golang.org/grpc/otelgrpc": {0, 46, 0}, // CVE-2023-47108: the same
	} {
		out, err := exec.Command("go", "list", "-m", "-f", "{{.Version}}", module).Output()
		if err != nil {
			t.Fatalf("%s: %v", module, err)
		}
		var got [3]int
		if _, err := fmt.Sscanf(string(out), "v%d.%d.%d", &got[0], &got[1], &got[2]); err != nil {
			t.Fatalf("%s: version %s", module, out)
		}
		for i := range got {
			if got[i] != floor[i] {
				if got[i] < floor[i] {
					t.Errorf("%s is %v, want at least %v", module, got, floor)
				}
				break
			}
		}
	}
}

// TestThreatModelNamesTestsThatExist holds docs/threat-model.md against the tests of the repository.
func TestThreatModelNamesTestsThatExist(t *testing.T) {
	doc, err := os.ReadFile("../docs/threat-model.md")
	if err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command("git", "-C", "..", "ls-files", "--cached", "--others", "--exclude-standard", "*_test.go", "internal/pipeline/pipelinetest/*.go").Output()
	if err != nil {
		t.Skip("not a working tree of git")
	}
	var tests strings.Builder
	for file := range strings.FieldsSeq(string(out)) {
		if text, err := os.ReadFile("../" + file); err == nil {
			tests.Write(text)
		}
	}
	rows := 0
	for line := range strings.SplitSeq(string(doc), "\n") {
		if !strings.HasPrefix(line, "| ") || strings.HasPrefix(line, "| property") {
			continue
		}
		names := regexp.MustCompile("`((?:Test|Fuzz)[A-Za-z0-9]+)`").FindAllStringSubmatch(line, -1)
		if len(names) == 0 && !strings.Contains(line, "`bench/") {
			t.Errorf("no test in row %s", line)
		}
		for _, n := range names {
			if !strings.Contains(tests.String(), "func "+n[1]+"(") {
				t.Errorf("there is no test %s", n[1])
			}
		}
		rows++
	}
	if rows < 10 {
		t.Errorf("only %d rows", rows)
	}
}

// TestExtractorsCannotReachTheNetwork wants no package of ours that extraction is made of to import one that could fetch, or
// start a program. The generated stubs do, and are not called.
func TestExtractorsCannotReachTheNetwork(t *testing.T) {
	out, err := exec.Command("go", "list", "-deps", "-f", `{{.ImportPath}}{{range .Imports}} {{.}}{{end}}`, "../extractors/...", "../internal/pipeline").Output()
	if err != nil {
		t.Fatal(err)
	}
	ours := 0
	for line := range strings.Lines(string(out)) {
		imports := strings.Fields(line)
		if !strings.HasPrefix(imports[0], "example.invalid/nutgraf/") || strings.HasPrefix(imports[0], "example.invalid/nutgraf/gen/") {
			continue
		}
		ours++
		for _, banned := range []string{"net", "net/http", "crypto/tls", "os/exec", "syscall", "google.golang.org/grpc"} {
			if slices.Contains(imports[1:], banned) {
				t.Errorf("%s imports %s", imports[0], banned)
			}
		}
	}
	if ours < 10 {
		t.Errorf("only %d packages of ours", ours)
	}
}
