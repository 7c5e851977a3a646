package server

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	nutgrafv1 "example.invalid/nutgraf/gen/go/nutgraf/v1"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	coltracepb "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"
	"google.golang.org/protobuf/encoding/protojson"
)

func TestMetrics(t *testing.T) {
	r := start(t, nil, echo)
	for way, extract := range ways {
		if _, err := extract(t.Context(), r.client, article("x")); err != nil {
			t.Fatalf("%s: %v", way, err)
		}
	}
	_, got := do(t, http.MethodGet, r.admin+"/metrics", nil, nil)
	for _, want := range []string{
		`grpc_server_handled_total{grpc_code="OK",grpc_method="Extract",grpc_service="nutgraf.v1.ExtractionService",grpc_type="unary"} 1`,
		`nutgraf_items_total{code="OK"} 2`,
		`nutgraf_extractor_seconds_count{code="OK",extractor="fake"} 3`,
		`nutgraf_held_articles 0`,
		`go_goroutines`,
	} {
		if !strings.Contains(string(got), want) {
			t.Errorf("/metrics lacks %s", want)
		}
	}
}

func TestProfilingIsOnTheAdminListenerOnly(t *testing.T) {
	r := start(t, nil, echo)
	for _, path := range []string{"/debug/pprof/", "/metrics"} {
		if resp, _ := do(t, http.MethodGet, r.admin+path, nil, nil); resp.StatusCode != http.StatusOK {
			t.Errorf("admin %s: %s", path, resp.Status)
		}
		if resp, _ := do(t, http.MethodGet, r.http+path, nil, nil); resp.StatusCode != http.StatusNotFound {
			t.Errorf("public %s: %s", path, resp.Status)
		}
	}
}

func TestProfilingIsOnLoopbackOnly(t *testing.T) {
	s, err := New(DefaultConfig(), "1.0.0", slog.New(slog.DiscardHandler), echo)
	if err != nil {
		t.Fatal(err)
	}
	for addr, want := range map[string]int{"127.0.0.1:0": http.StatusOK, "0.0.0.0:0": http.StatusNotFound} {
		lis, err := new(net.ListenConfig).Listen(t.Context(), "tcp4", addr)
		if err != nil {
			t.Fatal(err)
		}
		defer lis.Close()
		for path, want := range map[string]int{"/debug/pprof/": want, "/debug/pprof/heap": want, "/metrics": http.StatusOK} {
			w := httptest.NewRecorder()
			s.newAdmin(lis).Handler.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, nil))
			if w.Code != want {
				t.Errorf("%s on %s: %d, want %d", path, addr, w.Code, want)
			}
		}
	}
}

// TestTraces wants one span per call, one per extractor below it, and the trace's id in the log and the exemplars.
func TestTraces(t *testing.T) {
	spans := tracetest.NewInMemoryExporter()
	r := start(t, nil, echo, func(s *Server) { s.trace(sdktrace.NewTracerProvider(sdktrace.WithSyncer(spans))) })
	if _, err := r.client.Extract(t.Context(), article("x")); err != nil {
		t.Fatal(err)
	}
	var got tracetest.SpanStubs
	eventually(t, "two spans", func() bool { got = spans.GetSpans(); return len(got) == 2 })
	call := slices.IndexFunc(got, func(s tracetest.SpanStub) bool { return s.Name == "nutgraf.v1.ExtractionService/Extract" })
	extractor := slices.IndexFunc(got, func(s tracetest.SpanStub) bool { return s.Name == "extractor fake" })
	if call < 0 || extractor < 0 || got[extractor].Parent.SpanID() != got[call].SpanContext.SpanID() {
		t.Fatalf("spans %v, want one of the call and one of the extractor below it", got)
	}
	id := got[call].SpanContext.TraceID().String()
	if !strings.Contains(r.logs.String(), `"trace_id":"`+id+`"`) {
		t.Errorf("log lacks trace %s:\n%s", id, r.logs)
	}
	_, metrics := do(t, http.MethodGet, r.admin+"/metrics", map[string]string{"Accept": "application/openmetrics-text"}, nil)
	if !strings.Contains(string(metrics), `trace_id="`+id+`"`) {
		t.Errorf("no exemplar of trace %s", id)
	}
}

func TestOneLogLinePerCall(t *testing.T) {
	r := start(t, nil, echo)
	if _, err := ways["stream"](t.Context(), r.client, article("x")); err != nil {
		t.Fatal(err)
	}
	eventually(t, "a line", func() bool { return strings.Contains(r.logs.String(), `"msg":"call"`) })
	if n := strings.Count(r.logs.String(), nutgrafv1.ExtractionService_ExtractStream_FullMethodName); n != 1 {
		t.Errorf("%d lines for one call:\n%s", n, r.logs)
	}
}

// collector is an OTLP receiver that keeps what it is sent.
type collector struct {
	coltracepb.UnimplementedTraceServiceServer
	mu  sync.Mutex
	got []*tracepb.ResourceSpans
}

func (c *collector) Export(_ context.Context, req *coltracepb.ExportTraceServiceRequest) (*coltracepb.ExportTraceServiceResponse, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.got = append(c.got, req.GetResourceSpans()...)
	return &coltracepb.ExportTraceServiceResponse{}, nil
}

// TestOTLP sends traces to a receiver over its real protocol: a span for each call and one for each extractor below it, from both
// listeners and all ways, and nothing of what the callers sent in any of them, also where an extractor fails or panics.
func TestOTLP(t *testing.T) {
	const canary = "canary"
	lis, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	c, receiver := &collector{}, grpc.NewServer()
	coltracepb.RegisterTraceServiceServer(receiver, c)
	go func() { _ = receiver.Serve(lis) }()
	defer receiver.Stop()
	dir := t.TempDir()
	r := start(t, func(cfg *Config) { cfg.OTLPEndpoint, cfg.JobsDir = "http://"+lis.Addr().String(), dir }, fake(func(_ context.Context, s string) (*nutgrafv1.Extraction, error) {
		switch {
		case strings.HasPrefix(s, "panic"):
			panic(s)
		case strings.HasPrefix(s, "fail"):
			return nil, errorOf(s)
		}
		return body(s), nil
	}))
	calls := 0
	for _, text := range []string{canary, "panic " + canary, "fail " + canary} {
		req := article(text)
		req.Source.Url = "https://user:" + canary + "@paper.example/" + canary
		req.Labels = map[string]string{canary: canary}
		for way, extract := range ways {
			ctx := metadata.AppendToOutgoingContext(t.Context(), "x-"+canary, canary, "authorization", "Bearer "+canary)
			if _, err := extract(ctx, r.client, req); err != nil {
				t.Errorf("%s: %v", way, err)
			}
			calls++
		}
		asJSON, err := protojson.Marshal(req)
		if err != nil {
			t.Fatal(err)
		}
		do(t, http.MethodPost, r.http+"/v1/articles:extract?x="+canary, map[string]string{"Content-Type": "application/json", "Cookie": canary}, asJSON)
		do(t, http.MethodGet, r.http+"/"+canary, nil, nil)
		do(t, http.MethodGet, r.admin+"/"+canary, nil, nil)
		calls++
	}
	jobs := nutgrafv1.NewJobServiceClient(r.conn)
	job, err := jobs.CreateJob(t.Context(), &nutgrafv1.CreateJobRequest{RequestId: "one"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := addItems(t, jobs, job.GetJob().GetName(), canary, "panic "+canary); err != nil {
		t.Fatal(err)
	}
	if _, err := jobs.SealJob(t.Context(), &nutgrafv1.SealJobRequest{Name: job.GetJob().GetName()}); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the job is done", func() bool {
		got, err := jobs.GetJob(t.Context(), &nutgrafv1.GetJobRequest{Name: job.GetJob().GetName()})
		return err == nil && got.GetJob().GetEndTime() != nil
	})
	_, metrics := do(t, http.MethodGet, r.admin+"/metrics", map[string]string{"Accept": "application/openmetrics-text"}, nil)
	if err := r.stop(); err != nil { // sends what is left
		t.Fatal(err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	spans := map[string]*tracepb.Span{}
	for _, rs := range c.got {
		if s := rs.String(); strings.Contains(s, canary) {
			t.Errorf("spans hold what a caller sent: %s", s)
		}
		for _, scope := range rs.GetScopeSpans() {
			for _, s := range scope.GetSpans() {
				spans[string(s.GetSpanId())] = s
			}
		}
	}
	extractions, extractors := 0, 0
	for _, s := range spans {
		switch {
		case strings.HasPrefix(s.GetName(), "nutgraf.v1.ExtractionService/Extract"):
			extractions++
		case s.GetName() == "extractor fake":
			if parent := spans[string(s.GetParentSpanId())]; parent != nil && string(parent.GetTraceId()) == string(s.GetTraceId()) {
				extractors++
			}
		}
	}
	if extractions != calls || extractors != calls {
		t.Errorf("%d spans of extractions and %d of extractors below them, want %d of each", extractions, extractors, calls)
	}
	for where, content := range map[string]string{"log": r.logs.String(), "metrics": string(metrics)} {
		if i := strings.Index(content, canary); i >= 0 {
			t.Errorf("%s holds %s", where, content[max(0, i-60):min(i+60, len(content))])
		}
	}
}
