package server

import (
	"context"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

func TestRates(t *testing.T) {
	for name, test := range map[string]struct {
		quota Quota
		bytes int64
		work  time.Duration
		want  int // articles in 100 seconds besides the burst of 10 seconds
	}{
		"none":     {Quota{}, 1000, time.Hour, -1},
		"articles": {Quota{Articles: 2}, 1000, 0, 200},
		"bytes":    {Quota{Bytes: 1000}, 500, 0, 200},
		"CPU":      {Quota{CPU: 0.5}, 0, 250 * time.Millisecond, 200},
		"lowest":   {Quota{Articles: 2, Bytes: 500}, 500, 0, 100},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				tn := newTenants(test.quota)
				begin, got := time.Now(), 0
				for time.Since(begin) < 100*time.Second && got < 1000 {
					if wait := tn.start("a", test.bytes); wait > 0 {
						time.Sleep(wait)
						continue
					}
					got++
					tn.worked("a", test.work)
				}
				want := test.want + test.want/10
				if test.want < 0 {
					want = 1000
				}
				if got < want-5 || got > want+5 {
					t.Errorf("%d articles, want about %d", got, want)
				}
				if tn.start("b", test.bytes) != 0 {
					t.Error("another tenant has to wait")
				}
			})
		})
	}
}

func TestTenantsAreBounded(t *testing.T) {
	tn := newTenants(Quota{Articles: 1})
	if !tn.hold("busy", 1) {
		t.Fatal("the first article is refused")
	}
	for i := range 2 * maxTenants {
		tn.start(fmt.Sprint(i), 1)
	}
	if n := len(tn.by); n > maxTenants {
		t.Errorf("%d tenants are remembered, want at most %d", n, maxTenants)
	}
	if tn.by["busy"].held != 1 {
		t.Error("a tenant with work was forgotten")
	}
}

// TestRateLimit has a call of its own refused, and an item of a stream wait.
func TestRateLimit(t *testing.T) {
	r := start(t, func(c *Config) { c.Tenant.Articles = 5 }, echo)
	var err error
	for range 100 {
		if _, err = r.client.Extract(t.Context(), article("x")); err != nil {
			break
		}
	}
	reason, _, retry := details(t, err)
	if status.Code(err) != codes.ResourceExhausted || reason != string(reasonRateLimited) || retry.GetRetryDelay().AsDuration() <= 0 {
		t.Fatalf("error = %v with reason %q and %v, want RATE_LIMITED with a delay", err, reason, retry)
	}
	s := open(t, r)
	send(t, s, streamItem("a", "x"), streamItem("b", "x"))
	_ = s.CloseSend()
	if got, err := outcomes(t, s); len(got) != 2 || err != io.EOF || strings.Contains(strings.Join(got, " "), "Exhausted") {
		t.Errorf("stream: %v, %v, want two extractions", got, err)
	}
}

// TestQuota has one tenant at its limit while another one works.
func TestQuota(t *testing.T) {
	for limit, q := range map[string]Quota{"articles": {Held: 2}, "bytes": {HeldBytes: 10}} {
		for way, extract := range ways {
			t.Run(limit+"/"+way, func(t *testing.T) {
				g := newGate()
				tokens := withTokens(t)
				r := start(t, func(c *Config) { tokens(c); c.Tenant = q }, fake(g.extract))
				acme, other := withToken(t.Context(), secret), withToken(t.Context(), "another-token")
				var working sync.WaitGroup
				call := func(ctx context.Context) {
					working.Go(func() {
						if _, err := r.client.Extract(ctx, article("12345")); err != nil {
							t.Errorf("a call within the quota: %v", err)
						}
					})
				}
				call(acme)
				call(acme)
				eventually(t, "two articles at work", func() bool { return len(g.inside()) == 2 })
				_, err := extract(acme, r.client, article("x"))
				reason, _, retry := details(t, err)
				if status.Code(err) != codes.ResourceExhausted || reason != string(reasonQuota) || retry == nil {
					t.Errorf("error = %v with reason %q and %v, want QUOTA_EXCEEDED with a delay", err, reason, retry)
				}
				call(other)
				eventually(t, "the other tenant's article at work", func() bool { return len(g.inside()) == 3 })
				close(g.all)
				working.Wait()
				if _, err := extract(acme, r.client, article("x")); err != nil {
					t.Errorf("after the work: %v", err)
				}
			})
		}
	}
}
