package server

import (
	"context"

	"example.invalid/nutgraf/internal/pipeline"
	grpcprom "github.com/grpc-ecosystem/go-grpc-middleware/providers/prometheus"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"
)

// metrics are what the operator can measure. Labels come from closed sets.
type metrics struct {
	registry   *prometheus.Registry
	rpc        *grpcprom.ServerMetrics
	items      *prometheus.CounterVec
	extractors *prometheus.HistogramVec
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
	}
	m.registry.MustRegister(
		m.rpc, m.items, m.extractors,
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

// observe makes a span and a measurement of each run of an extractor.
func (s *Server) observe(ctx context.Context, spec *pipeline.Spec) (context.Context, func(pipeline.Outcome)) {
	ctx, span := s.tracer.Start(ctx, "extractor "+spec.Name, trace.WithAttributes(attribute.String("extractor.version", spec.Version)))
	return ctx, func(o pipeline.Outcome) {
		s.metrics.extractors.WithLabelValues(spec.Name, o.Code.String()).Observe(o.Elapsed.Seconds())
		if o.Err != nil {
			span.SetStatus(codes.Error, o.Code.String())
			s.logExtractor(ctx, spec, o)
		}
		span.End()
	}
}
