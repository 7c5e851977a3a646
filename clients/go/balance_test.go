package nutgraf

import (
	"context"
	"net"
	"strings"
	"sync/atomic"
	"testing"

	"google.golang.org/grpc"

	nutgrafv1 "example.invalid/nutgraf/gen/go/nutgraf/v1"
)

// counting answers every article with nothing and counts them.
type counting struct {
	nutgrafv1.UnimplementedExtractionServiceServer
	calls atomic.Int64
}

func (c *counting) Extract(context.Context, *nutgrafv1.ArticleRequest) (*nutgrafv1.Extraction, error) {
	c.calls.Add(1)
	return &nutgrafv1.Extraction{}, nil
}

func TestSeveralServersTakeTurns(t *testing.T) {
	t.Parallel()
	var servers [3]counting
	var hosts []string
	for i := range servers {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		s := grpc.NewServer()
		nutgrafv1.RegisterExtractionServiceServer(s, &servers[i])
		go func() { _ = s.Serve(l) }()
		t.Cleanup(s.Stop)
		hosts = append(hosts, l.Addr().String())
	}
	c, err := Connect(strings.Join(hosts, ","), Config{Plaintext: true})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	const n = 300
	for range n {
		if _, err := c.Extract(t.Context(), &nutgrafv1.ArticleRequest{}); err != nil {
			t.Fatal(err)
		}
	}
	for i := range servers {
		if got := servers[i].calls.Load(); got < n/4 {
			t.Errorf("server %d took %d of %d calls", i, got, n)
		}
	}
}
