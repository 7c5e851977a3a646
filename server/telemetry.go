package server

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"example.invalid/nutgraf/internal/pipeline"
	grpcprom "github.com/grpc-ecosystem/go-grpc-middleware/providers/prometheus"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracegrpc"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
	"google.golang.org/genproto/googleapis/rpc/code"
)

// metrics are what the operator can measure. Labels come from closed sets.
type metrics struct {
	registry   *prometheus.Registry
	rpc        *grpcprom.ServerMetrics
	items      *prometheus.CounterVec
	extractors *prometheus.HistogramVec
	refused    *prometheus.CounterVec
	reloads    *prometheus.CounterVec
	evicted    prometheus.Counter
	wait       prometheus.Histogram
	content    prometheus.Histogram
	answers    prometheus.Histogram
}

func (s *Server) newMetrics() *metrics {
	seconds := []float64{.0001, .00025, .0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30}
	bytes := prometheus.ExponentialBuckets(1<<10, 4, 8)
	m := &metrics{
		registry: prometheus.NewRegistry(),
		rpc:      grpcprom.NewServerMetrics(grpcprom.WithServerHandlingTimeHistogram(grpcprom.WithHistogramBuckets(seconds))),
		items:    counters("nutgraf_items_total", "Items of streams, batches and jobs answered, by status code.", "code"),
		refused:  counters("nutgraf_refused_total", "Articles and calls refused for lack of credentials, or to protect the server or a quota, by reason.", "reason"),
		reloads:  counters("nutgraf_reloads_total", "Changes of files of TLS and credentials that were read, by whether they were good.", "result"),
		evicted: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "nutgraf_evicted_connections_total", Help: "Connections closed because memory stayed short.",
		}),
		wait:    histogram("nutgraf_wait_seconds", "Time an article waited for its turn.", seconds),
		content: histogram("nutgraf_content_bytes", "Size of the document of an article.", bytes),
		answers: histogram("nutgraf_answer_bytes", "Size of an extraction before it is cut to the limit.", bytes),
		extractors: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "nutgraf_extractor_seconds", Help: "Time of one run of an extractor, by extractor and status code.", Buckets: seconds,
		}, []string{"extractor", "code"}),
	}
	// Alerts on a rate need the series from the start.
	for _, why := range []reason{reasonOverloaded, reasonRateLimited, reasonQuota, reasonNoCredentials, reasonBadCredentials} {
		m.refused.WithLabelValues(string(why))
	}
	for _, result := range []string{reloadGood, reloadBad} {
		m.reloads.WithLabelValues(result)
	}
	m.registry.MustRegister(
		m.rpc, m.items, m.refused, m.reloads, m.evicted, m.wait, m.content, m.answers, m.extractors,
		gauge("nutgraf_held_articles", "Articles at work or waiting.", func() float64 { held, _ := s.admission.load(); return float64(held) }),
		gauge("nutgraf_held_articles_limit", "Most articles at work or waiting.", func() float64 { return float64(s.cfg.MaxHeld) }),
		gauge("nutgraf_held_bytes", "Bytes of content at work or waiting.", func() float64 { _, bytes := s.admission.load(); return float64(bytes) }),
		gauge("nutgraf_busy_workers", "Articles at work.", func() float64 { return float64(s.admission.busy()) }),
		gauge("nutgraf_workers", "Most articles at work.", func() float64 { return float64(s.cfg.Workers) }),
		gauge("nutgraf_memory_limit_bytes", "Memory limit of the process; 0 means none.", func() float64 { return float64(s.cfg.MemoryLimit) }),
		gauge("nutgraf_certificate_expiry_timestamp_seconds", "End of the TLS certificate's validity; 0 without TLS.", func() float64 {
			if s.tls == nil {
				return 0
			}
			return float64(s.tls.get().certificate.Leaf.NotAfter.Unix())
		}),
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "nutgraf_info", Help: "1, with the version of the program and the digest of its pipeline.",
			ConstLabels: prometheus.Labels{"version": s.version, "pipeline": s.set.Digest()},
		}, func() float64 { return 1 }),
		collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
	)
	return m
}

func counters(name, help, label string) *prometheus.CounterVec {
	return prometheus.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, []string{label})
}

func histogram(name, help string, buckets []float64) prometheus.Histogram {
	return prometheus.NewHistogram(prometheus.HistogramOpts{Name: name, Help: help, Buckets: buckets})
}

func gauge(name, help string, value func() float64) prometheus.GaugeFunc {
	return prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help}, value)
}

// newTraces returns a provider that sends spans to an OTLP/gRPC collector, or nil if there is none.
func newTraces(endpoint, version string) (*sdktrace.TracerProvider, error) {
	if endpoint == "" {
		return nil, nil
	}
	exporter, err := otlptracegrpc.New(context.Background(), otlptracegrpc.WithEndpointURL(endpoint))
	if err != nil {
		return nil, err
	}
	return sdktrace.NewTracerProvider(sdktrace.WithBatcher(exporter), sdktrace.WithResource(resource.NewSchemaless(
		attribute.String("service.name", "nutgraf"), attribute.String("service.version", version),
	))), nil
}

func (s *Server) trace(p *sdktrace.TracerProvider) {
	s.traces = p
	if p != nil {
		s.tracer = p.Tracer("example.invalid/nutgraf/server")
	}
}

// traceID returns the id of the trace the call belongs to, or "".
func traceID(ctx context.Context) string {
	if sc := trace.SpanContextFromContext(ctx); sc.IsSampled() {
		return sc.TraceID().String()
	}
	return ""
}

// exemplar ties a measurement to the trace it was taken in.
func exemplar(ctx context.Context) prometheus.Labels {
	if id := traceID(ctx); id != "" {
		return prometheus.Labels{"trace_id": id}
	}
	return nil
}

// observe makes a measurement of each run of an extractor, and a span if somebody collects them.
func (s *Server) observe(ctx context.Context, spec *pipeline.Spec) (context.Context, func(pipeline.Outcome)) {
	var span trace.Span
	if s.traces != nil {
		ctx, span = s.tracer.Start(ctx, "extractor "+spec.Name, trace.WithAttributes(attribute.String("extractor.version", spec.Version)))
	}
	return ctx, func(o pipeline.Outcome) {
		observe(ctx, s.metrics.extractors.WithLabelValues(spec.Name, o.Code.String()), o.Elapsed.Seconds())
		if o.Err != nil {
			s.logExtractor(ctx, spec, o)
		}
		if span == nil {
			return
		}
		if o.Err != nil {
			span.SetStatus(codes.Error, o.Code.String())
		}
		span.End()
	}
}

func observe(ctx context.Context, o prometheus.Observer, value float64) {
	if e, ok := o.(prometheus.ExemplarObserver); ok {
		if labels := exemplar(ctx); labels != nil {
			e.ObserveWithExemplar(value, labels)
			return
		}
	}
	o.Observe(value)
}

// logExtractor reports an extractor that failed. What its error says stays out of the log, for it may quote the article.
func (s *Server) logExtractor(ctx context.Context, spec *pipeline.Spec, o pipeline.Outcome) {
	level := slog.LevelDebug
	attrs := append(s.callAttrs(ctx),
		slog.String("extractor", spec.Name), slog.String("code", o.Code.String()), slog.Duration("elapsed", o.Elapsed))
	if o.Code == code.Code_INTERNAL {
		level = slog.LevelError
		attrs = append(attrs, slog.String("type", fmt.Sprintf("%T", o.Err)))
	}
	var p *pipeline.PanicError
	if errors.As(o.Err, &p) {
		attrs = append(attrs, slog.String("stack", string(p.Stack)))
	}
	s.log.LogAttrs(ctx, level, "extractor", attrs...)
}

// callAttrs tells which call a line of the log belongs to.
func (s *Server) callAttrs(ctx context.Context) []slog.Attr {
	attrs := make([]slog.Attr, 1, 8)
	attrs[0] = slog.String("request_id", requestID(ctx))
	if id := traceID(ctx); id != "" {
		attrs = append(attrs, slog.String("trace_id", id))
	}
	if who := tenant(ctx); who != "" {
		attrs = append(attrs, slog.String("tenant", who))
	}
	return attrs
}
