package deploy_test

import (
	"context"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/histogram"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/rulefmt"
	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/storage"
	"github.com/prometheus/prometheus/tsdb/chunkenc"
	"github.com/prometheus/prometheus/tsdb/chunks"
	"github.com/prometheus/prometheus/util/annotations"
)

// history is how long the made-up series are, a value each minute from the beginning of time.
const history = 2 * time.Hour

// TestAlertsFire has Prometheus' engine evaluate every alert on made-up series: some on which it must fire at their end, having held
// for as long as it waits, and some on which it must not. Series are written as for promtool: 0+6x120 is 0, 6, 12 and so on.
func TestAlertsFire(t *testing.T) {
	const (
		ok       = `grpc_server_handled_total{grpc_service="nutgraf.v1.ExtractionService",grpc_code="OK"} 0+1000x120`
		internal = `grpc_server_handled_total{grpc_service="nutgraf.v1.ExtractionService",grpc_code="Internal"} `
		runs     = `nutgraf_extractor_seconds_count{extractor="quotes",code="OK"} 0+10000x120`
		info     = `nutgraf_info{instance="a",pipeline="1"} 1x120` + "\n" + `nutgraf_info{instance="b",pipeline=`
		memory   = `nutgraf_memory_limit_bytes{instance="a"} `
		resident = `process_resident_memory_bytes{instance="a"} `
		wait     = `nutgraf_wait_seconds_bucket{le="+Inf"} 0+100x120` + "\n" + `nutgraf_wait_seconds_bucket{le="2.5"} 0+100x120` + "\n" + `nutgraf_wait_seconds_bucket{le="1"} `
		expiry   = `nutgraf_certificate_expiry_timestamp_seconds `
	)
	cases := map[string]struct{ fires, quiet []string }{
		"NutgrafFaults": {
			[]string{ok + "\n" + internal + "0+20x120"},
			[]string{ok, ok + "\n" + internal + "0+9x120", ok + "\n" + internal + "0x117 500 1000 1500", // three minutes of the five
				ok + "\n" + strings.ReplaceAll(internal, "nutgraf.v1.ExtractionService", "grpc.health.v1.Health") + "0+20x120"},
		},
		"NutgrafItemFaults": {
			[]string{`nutgraf_items_total{code="OK"} 0+1000x120` + "\n" + `nutgraf_items_total{code="Internal"} 0+20x120`},
			[]string{`nutgraf_items_total{code="OK"} 0+1000x120`, `nutgraf_items_total{code="OK"} 0+1000x120` + "\n" + `nutgraf_items_total{code="InvalidArgument"} 0+20x120`},
		},
		"NutgrafExtractorFails": {
			[]string{runs + "\n" + `nutgraf_extractor_seconds_count{extractor="quotes",code="INTERNAL"} 0+11x120`},
			[]string{runs, runs + "\n" + `nutgraf_extractor_seconds_count{extractor="quotes",code="INTERNAL"} 0+9x120`,
				runs + "\n" + `nutgraf_extractor_seconds_count{extractor="quotes",code="DEADLINE_EXCEEDED"} 0+11x120`},
		},
		"NutgrafExtractorOutOfTime": {
			[]string{runs + "\n" + `nutgraf_extractor_seconds_count{extractor="quotes",code="DEADLINE_EXCEEDED"} 0+110x120`},
			[]string{runs, runs + "\n" + `nutgraf_extractor_seconds_count{extractor="quotes",code="DEADLINE_EXCEEDED"} 0+90x120`},
		},
		"NutgrafOverloaded": {
			[]string{`nutgraf_refused_total{reason="OVERLOADED"} 0+1x120`},
			[]string{`nutgraf_refused_total{reason="OVERLOADED"} 0x120`, `nutgraf_refused_total{reason="RATE_LIMITED"} 0+1x120`},
		},
		"NutgrafQueueLong": {
			[]string{wait + "0+90x120"},
			[]string{wait + "0+99x120", strings.ReplaceAll(wait, "0+100x120", "0x120") + "0x120"},
		},
		"NutgrafMemoryNearLimit": {
			[]string{memory + "1000x120\n" + resident + "901x120"},
			[]string{memory + "1000x120\n" + resident + "899x120", memory + "0x120\n" + resident + "899x120"},
		},
		"NutgrafEvictsConnections": {
			[]string{`nutgraf_evicted_connections_total{instance="a"} 0x118 3 3`},
			[]string{`nutgraf_evicted_connections_total{instance="a"} 3x120`},
		},
		"NutgrafReloadFails": {
			[]string{`nutgraf_reloads_total{result="bad"} 0x110 1x9`},
			[]string{`nutgraf_reloads_total{result="bad"} 0x120` + "\n" + `nutgraf_reloads_total{result="good"} 0+1x120`},
		},
		"NutgrafCertificateExpires": {
			[]string{expiry + "7200x120", expiry + "600000x120", expiry + "1x120"}, // a certificate that has ended is worse
			[]string{expiry + "0x120", expiry + "700000x120"},
		},
		"NutgrafMixedPipelines": {
			[]string{info + `"2"} 1x120`},
			[]string{info + `"1"} 1x120`, info + `"2"} _x80 1x39`}, // for 39 minutes of the hour
		},
	}
	rules, errs := rulefmt.ParseFile("prometheus/alerts.yaml", false, model.UTF8Validation, promQL, slog.New(slog.DiscardHandler))
	if errs != nil {
		t.Fatal(errs)
	}
	engine := promql.NewEngine(promql.EngineOpts{MaxSamples: 1e6, Timeout: time.Minute, LookbackDelta: 5 * time.Minute, Parser: promQL})
	defer engine.Close()
	for _, rule := range rules.Groups[0].Rules {
		c := cases[rule.Alert]
		if len(c.fires) == 0 || len(c.quiet) == 0 {
			t.Errorf("%s is not tried", rule.Alert)
		}
		for want, all := range map[bool][]string{true: c.fires, false: c.quiet} {
			for _, given := range all {
				if got := fires(t, engine, rule, made(t, given)); got != want {
					t.Errorf("%s fires: %v, want %v, on\n%s", rule.Alert, got, want, given)
				}
			}
		}
	}
}

// fires reports whether an alert fires at the end of the series.
func fires(t *testing.T, engine *promql.Engine, rule rulefmt.Rule, given series) bool {
	t.Helper()
	end, step := time.Unix(0, 0).Add(history), time.Minute
	begin := end.Add(-time.Duration(rule.For))
	q, err := engine.NewRangeQuery(t.Context(), given, nil, rule.Expr, begin, end, step)
	if err != nil {
		t.Fatal(err)
	}
	defer q.Close()
	found, err := q.Exec(t.Context()).Matrix()
	if err != nil {
		t.Fatalf("%s: %v", rule.Alert, err)
	}
	for _, s := range found {
		if len(s.Floats) == int(end.Sub(begin)/step)+1 {
			return true
		}
	}
	return false
}

// series is a database of made-up series.
type series []storage.Series

func made(t *testing.T, given string) series {
	t.Helper()
	var all series
	for line := range strings.SplitSeq(given, "\n") {
		name, values, err := promQL.ParseSeriesDesc(line)
		if err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		var points []chunks.Sample
		for i, v := range values {
			if !v.Omitted {
				points = append(points, point{int64(i) * time.Minute.Milliseconds(), v.Value})
			}
		}
		all = append(all, storage.NewListSeries(name, points))
	}
	return all
}

func (s series) Querier(int64, int64) (storage.Querier, error) {
	return querier{storage.NoopQuerier(), s}, nil
}

type querier struct {
	storage.Querier
	all series
}

func (q querier) Select(_ context.Context, _ bool, _ *storage.SelectHints, matchers ...*labels.Matcher) storage.SeriesSet {
	set := &selected{}
	for _, s := range q.all {
		matches := true
		for _, m := range matchers {
			matches = matches && m.Matches(s.Labels().Get(m.Name))
		}
		if matches {
			set.rest = append(set.rest, s)
		}
	}
	return set
}

type selected struct {
	rest series
	at   storage.Series
}

func (s *selected) Next() bool {
	if len(s.rest) == 0 {
		return false
	}
	s.at, s.rest = s.rest[0], s.rest[1:]
	return true
}
func (s *selected) At() storage.Series              { return s.at }
func (*selected) Err() error                        { return nil }
func (*selected) Warnings() annotations.Annotations { return nil }

// point is one value of a series.
type point struct {
	t int64
	f float64
}

func (p point) T() int64                    { return p.t }
func (point) ST() int64                     { return 0 }
func (p point) F() float64                  { return p.f }
func (point) H() *histogram.Histogram       { return nil }
func (point) FH() *histogram.FloatHistogram { return nil }
func (point) Type() chunkenc.ValueType      { return chunkenc.ValFloat }
func (p point) Copy() chunks.Sample         { return p }
