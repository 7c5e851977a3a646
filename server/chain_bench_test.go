package server

import (
	"context"
	"io"
	"log/slog"
	"net"
	"strings"
	"syscall"
	"testing"
	"time"

	nutgrafv1 "example.invalid/nutgraf/gen/go/nutgraf/v1"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
)

// fixed answers at once, with 8 KB.
type fixed struct {
	nutgrafv1.UnimplementedExtractionServiceServer
}

func (fixed) Extract(context.Context, *nutgrafv1.ArticleRequest) (*nutgrafv1.Extraction, error) {
	return body(strings.Repeat("x", 8<<10)), nil
}

// BenchmarkChain compares a bare gRPC server with one behind the interceptors, by the processor time of both sides of a call.
// The two take turns, so that they see the same machine.
func BenchmarkChain(b *testing.B) {
	s, err := New(DefaultConfig(), "1.0.0", slog.New(slog.NewJSONHandler(io.Discard, nil)), echo)
	if err != nil {
		b.Fatal(err)
	}
	connect := func(opts ...grpc.ServerOption) nutgrafv1.ExtractionServiceClient {
		lis, err := new(net.ListenConfig).Listen(b.Context(), "tcp", "127.0.0.1:0")
		if err != nil {
			b.Fatal(err)
		}
		g := grpc.NewServer(opts...)
		nutgrafv1.RegisterExtractionServiceServer(g, fixed{})
		go func() { _ = g.Serve(lis) }()
		conn, err := grpc.NewClient(lis.Addr().String(), grpc.WithTransportCredentials(insecure.NewCredentials()))
		if err != nil {
			b.Fatal(err)
		}
		b.Cleanup(func() { _ = conn.Close(); g.Stop() })
		return nutgrafv1.NewExtractionServiceClient(conn)
	}
	clients := [...]nutgrafv1.ExtractionServiceClient{connect(), connect(append(s.chainOptions(), grpc.InTapHandle(s.tap))...)}
	req := article(strings.Repeat("y", 100<<10))
	var spent [len(clients)]time.Duration
	const batch = 50
	for b.Loop() {
		for i, c := range clients {
			before := processorTime(b)
			for range batch {
				if _, err := c.Extract(b.Context(), req); err != nil {
					b.Fatal(err)
				}
			}
			spent[i] += processorTime(b) - before
		}
	}
	calls := float64(b.N * batch)
	b.ReportMetric(float64(spent[0].Microseconds())/calls, "bare-µs/call")
	b.ReportMetric(float64(spent[1].Microseconds())/calls, "chain-µs/call")
	b.ReportMetric(100*(spent[1].Seconds()/spent[0].Seconds()-1), "%over")
}

func processorTime(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
