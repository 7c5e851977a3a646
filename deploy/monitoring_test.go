package deploy_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/rulefmt"
	"github.com/prometheus/prometheus/promql/parser"
)

// serving starts a server of all listeners and returns their addresses.
func serving(t *testing.T, command *exec.Cmd) (http, admin string) {
	t.Helper()
	logs, err := command.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = command.Wait() })
	var line struct{ Msg, HTTP, Admin string }
	lines := bufio.NewScanner(logs)
	for line.Msg != "serving" {
		if !lines.Scan() {
			t.Fatalf("the server ended before it served: %v", lines.Err())
		}
		if json.Unmarshal(lines.Bytes(), &line) != nil {
			t.Logf("%s", lines.Bytes())
		}
	}
	go func() { _, _ = io.Copy(io.Discard, logs) }()
	return line.HTTP, line.Admin
}

// send makes a call of HTTP and returns its answer.
func send(t *testing.T, url, contentType, body string) []byte {
	t.Helper()
	method := http.MethodGet
	if body != "" {
		method = http.MethodPost
	}
	req, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", contentType)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	got, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("%s: %s %s %v", url, resp.Status, got, err)
	}
	return got
}

const article = `{"source": {"plainText": {"text": "Ada Brook opened the bridge on Monday."}}}`

// exposed returns the metrics of a server that has answered an article in each way, and the labels of each.
func exposed(t *testing.T) map[string][]string {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	t.Cleanup(stop)
	web, admin := serving(t, exec.CommandContext(ctx, binary(t), "serve",
		"--listen", "", "--http-listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0", "--jobs-dir", "off"))
	send(t, "http://"+web+"/v1/articles:extract", "application/json", article)
	batch := `{"items": [{"itemId": "one", "article": ` + article + `}]}`
	send(t, "http://"+web+"/nutgraf.v1.ExtractionService/ExtractBatch", "application/connect+json",
		fmt.Sprintf("\x00\x00\x00\x00%c%s", len(batch), batch))
	text := send(t, "http://"+admin+"/metrics", "", "")
	parser := expfmt.NewTextParser(model.UTF8Validation)
	families, err := parser.TextToMetricFamilies(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	metrics := map[string][]string{}
	for name, f := range families {
		// What a scraper adds, and what says which server it was.
		names := []string{labels.MetricName, "job", "instance"}
		for _, m := range f.GetMetric() {
			for _, l := range m.GetLabel() {
				names = append(names, l.GetName())
			}
		}
		switch f.GetType() {
		case dto.MetricType_HISTOGRAM:
			metrics[name+"_bucket"] = append(slices.Clone(names), labels.BucketLabel)
			metrics[name+"_count"], metrics[name+"_sum"] = names, names
		default:
			metrics[name] = names
		}
	}
	return metrics
}

// promQL is the parser of Prometheus, with what it allows by default.
var promQL = parser.NewParser(parser.Options{})

// variables of the dashboard, with a value that Grafana could put in their place.
var variables = strings.NewReplacer("$__rate_interval", "5m", "$instance", ".*")

// TestPromQL parses every expression of the alerts and of the dashboard as Prometheus does, and wants each to ask for metrics that
// a running server exposes, by labels that they have.
func TestPromQL(t *testing.T) {
	file, err := os.ReadFile("prometheus/alerts.yaml")
	if err != nil {
		t.Fatal(err)
	}
	rules, errs := rulefmt.Parse(file, false, model.UTF8Validation, promQL, slog.New(slog.DiscardHandler))
	if errs != nil {
		t.Fatalf("alerts: %v", errs)
	}
	exprs := map[string]string{}
	for _, g := range rules.Groups {
		for _, r := range g.Rules {
			exprs["alert "+r.Alert] = r.Expr
		}
	}
	var dashboard struct {
		Panels []struct {
			Title   string
			Targets []struct{ RefID, Expr string }
		}
	}
	if file, err = os.ReadFile("grafana/nutgraf.json"); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(file, &dashboard); err != nil {
		t.Fatal(err)
	}
	for _, p := range dashboard.Panels {
		for _, target := range p.Targets {
			exprs["panel "+p.Title+", "+target.RefID] = variables.Replace(target.Expr)
		}
	}
	if len(exprs) < 20 {
		t.Errorf("only %d expressions", len(exprs))
	}
	metrics := exposed(t)
	asked := map[string]bool{}
	for where, expr := range exprs {
		root, err := promQL.ParseExpr(expr)
		if err != nil {
			t.Errorf("%s: %v", where, err)
			continue
		}
		var grouped, had []string
		parser.Inspect(root, func(n parser.Node, _ []parser.Node) error {
			switch n := n.(type) {
			case *parser.AggregateExpr:
				grouped = append(grouped, n.Grouping...)
			case *parser.VectorSelector:
				asked[n.Name] = true
				has, ok := metrics[n.Name]
				if !ok {
					t.Errorf("%s: the server has no metric %s", where, n.Name)
				}
				had = append(had, has...)
				for _, m := range n.LabelMatchers {
					if ok && !slices.Contains(has, m.Name) {
						t.Errorf("%s: %s has no label %s", where, n.Name, m.Name)
					}
				}
			}
			return nil
		})
		for _, l := range grouped {
			if !slices.Contains(had, l) {
				t.Errorf("%s: grouped by %s, which none of its metrics has", where, l)
			}
		}
	}
	// What the operator must be able to see.
	for _, name := range []string{
		"grpc_server_handling_seconds_bucket", "grpc_server_handled_total", "nutgraf_extractor_seconds_bucket", "nutgraf_wait_seconds_bucket",
		"nutgraf_refused_total", "nutgraf_held_articles", "nutgraf_content_bytes_bucket", "nutgraf_answer_bytes_bucket",
	} {
		if !asked[name] {
			t.Errorf("neither dashboard nor alerts show %s", name)
		}
	}
}

// TestAlertsAreExplained wants a severity and a page of the manual for each alert.
func TestAlertsAreExplained(t *testing.T) {
	rules, errs := rulefmt.ParseFile("prometheus/alerts.yaml", false, model.UTF8Validation, promQL, slog.New(slog.DiscardHandler))
	if errs != nil {
		t.Fatal(errs)
	}
	manual, err := os.ReadFile("../docs/operations.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range rules.Groups[0].Rules {
		if !regexp.MustCompile(`^(page|ticket)$`).MatchString(r.Labels["severity"]) || r.Annotations["summary"] == "" {
			t.Errorf("%s: labels %v, annotations %v", r.Alert, r.Labels, r.Annotations)
		}
		if !strings.Contains(string(manual), "| `"+r.Alert+"` |") {
			t.Errorf("docs/operations.md does not say what %s means", r.Alert)
		}
	}
}
