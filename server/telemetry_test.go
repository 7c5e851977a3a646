package server

import (
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	nutgrafv1 "example.invalid/nutgraf/gen/go/nutgraf/v1"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
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
