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
	"go.opentelemetry.io/otel/trace/noop"
	"google.golang.org/genproto/googleapis/rpc/code"
)

// metrics are what the operator can measure. Labels come from closed sets.
type metrics struct {
	registry   *prometheus.Registry
	rpc        *grpcprom.ServerMetrics
	items      *prometheus.CounterVec
	extractors *prometheus.HistogramVec
	refused    *prometheus.CounterVec
	wait       prometheus.Histogram
	content    prometheus.Histogram
	answers    prometheus.Histogram
}

func newMetrics(a *admission) *metrics {
	seconds := []float64{.0001, .00025, .0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30}
	m := &metrics{
		registry: prometheus.NewRegistry(),
		rpc:      grpcprom.NewServerMetrics(grpcprom.WithServerHandlingTimeHistogram(grpcprom.WithHistogramBuckets(seconds))),
		items: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "nutgraf_items_total", Help: "Items of streams and batches answered, by status code.",
		}, []string{"code"}),
		extractors: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "nutgraf_extractor_seconds", Help: "Time of one run of an extractor, by extractor and status code.", Buckets: seconds,
		}, []string{"extractor", "code"}),
		refused: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "nutgraf_refused_total", Help: "Articles and calls refused to protect the server or a quota, by reason.",
		}, []string{"reason"}),
		wait: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "nutgraf_wait_seconds", Help: "Time an article waited for its turn.", Buckets: seconds,
		}),
		content: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "nutgraf_content_bytes", Help: "Size of the document of an article.", Buckets: prometheus.ExponentialBuckets(1<<10, 4, 8),
		}),
		answers: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "nutgraf_answer_bytes", Help: "Size of an extraction before it is cut to the limit.", Buckets: prometheus.ExponentialBuckets(1<<10, 4, 8),
		}),
	}
	// Alerts on a rate need the series from the start.
	for _, why := range []reason{reasonOverloaded, reasonRateLimited, reasonQuota} {
		m.refused.WithLabelValues(string(why))
	}
	m.registry.MustRegister(
		m.rpc, m.items, m.extractors, m.refused, m.wait, m.content, m.answers,
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "nutgraf_held_articles", Help: "Articles at work or waiting."}, func() float64 {
			held, _ := a.load()
			return float64(held)
		}),
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "nutgraf_held_bytes", Help: "Bytes of content at work or waiting."}, func() float64 {
			_, bytes := a.load()
			return float64(bytes)
		}),
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "nutgraf_busy_workers", Help: "Workers that have an article."}, func() float64 {
			return float64(len(a.workers))
		}),
		collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
	)
	return m
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
	s.traces, s.tracer = p, noop.NewTracerProvider().Tracer("")
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

// observe makes a span and a measurement of each run of an extractor.
func (s *Server) observe(ctx context.Context, spec *pipeline.Spec) (context.Context, func(pipeline.Outcome)) {
	ctx, span := s.tracer.Start(ctx, "extractor "+spec.Name, trace.WithAttributes(attribute.String("extractor.version", spec.Version)))
	return ctx, func(o pipeline.Outcome) {
		observe(ctx, s.metrics.extractors.WithLabelValues(spec.Name, o.Code.String()), o.Elapsed.Seconds())
		if o.Err != nil {
			span.SetStatus(codes.Error, o.Code.String())
			s.logExtractor(ctx, spec, o)
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
