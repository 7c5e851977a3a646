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

	"github.com/google/go-cmp/cmp"
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

// TestTenantsOwnQuotas gives one tenant less than others, and then, without a restart, more.
func TestTenantsOwnQuotas(t *testing.T) {
	file := writeFile(t, "quotas", "# the trial ones\nacme max-held=1\n")
	tokens := withTokens(t)
	g := newGate()
	r := start(t, func(c *Config) {
		tokens(c)
		c.Workers = 8
		c.Tenant.Held, c.TenantQuotasFile, c.ReloadInterval = 2, file, 5*time.Millisecond
	}, fake(g.extract))
	acme, other := withToken(t.Context(), secret), withToken(t.Context(), "another-token")
	var working sync.WaitGroup
	defer working.Wait()
	defer close(g.all)
	held := 0
	call := func(ctx context.Context) {
		t.Helper()
		working.Go(func() { _, _ = r.client.Extract(ctx, article("x")) })
		held++
		eventually(t, "one more at work", func() bool { return len(g.inside()) == held })
	}
	refused := func(who string, ctx context.Context) {
		t.Helper()
		_, err := r.client.Extract(ctx, article("x"))
		if reason, _, _ := details(t, err); reason != string(reasonQuota) {
			t.Errorf("%s: %v, want QUOTA_EXCEEDED", who, err)
		}
	}
	call(acme)
	refused("acme, of one", acme)
	call(other)
	call(other)
	refused("the other, of two as all", other)
	writeFile(t, file, "acme max-held=no\n")
	eventually(t, "a file that is bad in the log", func() bool { return strings.Contains(r.logs.String(), `"msg":"reload"`) })
	refused("acme, as before", acme)
	writeFile(t, file, "acme max-held=3\n")
	eventually(t, "the new quota", func() bool { return strings.Contains(r.logs.String(), `"msg":"reloaded"`) })
	call(acme)
	call(acme)
	refused("acme, of three", acme)
}

// A rate of a tenant's own holds it back by what it uses: articles, bytes, or time at work.
func TestTenantsOwnRates(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		quotas, err := parseQuotas([]byte("fast articles-per-second=0 cpu=0\nslow articles-per-second=1\nsmall bytes-per-second=500\nbrief cpu=0.25"), Quota{Articles: 4, CPU: 100})
		if err != nil {
			t.Fatal(err)
		}
		tn := newTenants(Quota{Articles: 4, CPU: 100})
		tn.own = &reloaded[map[string]Quota]{}
		tn.own.value.Store(&quotas)
		got := map[string]int{}
		names := []string{"fast", "slow", "small", "brief", "any"}
		for end := time.Now().Add(100 * time.Second); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
			for _, name := range names {
				if tn.start(name, 1000) == 0 {
					got[name]++
					tn.worked(name, 500*time.Millisecond)
				}
			}
		}
		// Each in 100 s and a burst of 10.
		for name, want := range map[string]int{"fast": 2000, "slow": 110, "small": 55, "brief": 55, "any": 440} {
			if got[name] < want*95/100 || got[name] > want*105/100 {
				t.Errorf("%s: %d articles, want about %d", name, got[name], want)
			}
		}
	})
}

func TestParseQuotas(t *testing.T) {
	base := Quota{Held: 9, CPU: 2}
	got, err := parseQuotas([]byte("# comment\n\nacme max-held=64 max-held-bytes=1e8 articles-per-second=20 bytes-per-second=2e6 cpu=1.5\nother cpu=0\nthird\n"), base)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]Quota{"acme": {64, 100_000_000, 20, 2e6, 1.5}, "other": {Held: 9}, "third": base}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("parseQuotas (-want +got):\n%s", diff)
	}
	for _, bad := range []string{"a b", "a cpu", "a cpu=", "a cpu=-1", "a cpu=NaN", "a cpu=Inf", "a held=1", "a\na", "-a cpu=1", "a max-held=1e10", "a max-held-bytes=1e19"} {
		if q, err := parseQuotas([]byte(bad), base); err == nil {
			t.Errorf("parseQuotas(%q) = %v", bad, q)
		}
	}
}

func FuzzParseQuotas(f *testing.F) {
	f.Add("acme max-held=64 max-held-bytes=1e8 articles-per-second=20 bytes-per-second=2e6 cpu=1.5\n")
	f.Add("# comment\n\na cpu=NaN\n")
	f.Fuzz(func(t *testing.T, file string) {
		quotas, err := parseQuotas([]byte(file), Quota{})
		for name, q := range quotas {
			cfg := DefaultConfig()
			cfg.Tenant = q
			if err == nil && (!tenantPattern.MatchString(name) || cfg.check() != nil) {
				t.Errorf("accepted tenant %q with %+v", name, q)
			}
		}
	})
}
