package server

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"math"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Quota is what one tenant may use; 0 means no limit of its own.
type Quota struct {
	// Held and HeldBytes bound what it has at work or waiting at one time.
	Held      int
	HeldBytes int64
	// Articles, Bytes and CPU are rates a second; CPU counts seconds at work.
	Articles, Bytes, CPU float64
}

// parseQuotas reads lines of a tenant and what it may use in place of the default, such as "acme max-held=64 cpu=1.5". What a line
// does not name is as it is for all; 0 means no limit.
func parseQuotas(file []byte, base Quota) (map[string]Quota, error) {
	quotas := map[string]Quota{}
	lines := bufio.NewScanner(bytes.NewReader(file))
	for n := 1; lines.Scan(); n++ {
		fields := strings.Fields(lines.Text())
		if len(fields) == 0 || strings.HasPrefix(fields[0], "#") {
			continue
		}
		name := fields[0]
		if _, twice := quotas[name]; twice || !tenantPattern.MatchString(name) {
			return nil, fmt.Errorf("line %d: want a tenant that is not named before", n)
		}
		q := base
		for _, f := range fields[1:] {
			if err := q.set(f); err != nil {
				return nil, fmt.Errorf("line %d: %w", n, err)
			}
		}
		quotas[name] = q
	}
	return quotas, lines.Err()
}

// set changes one limit, given as its name and number.
func (q *Quota) set(field string) error {
	key, text, _ := strings.Cut(field, "=")
	value, err := strconv.ParseFloat(text, 64)
	if err != nil || !(value >= 0) || value > math.MaxInt32 && key == "max-held" || value >= math.MaxInt64 {
		return fmt.Errorf("%q: want a name, an equals sign, and a number of 0 or above", field)
	}
	switch key {
	case "max-held":
		q.Held = int(value)
	case "max-held-bytes":
		q.HeldBytes = int64(value)
	case "articles-per-second":
		q.Articles = value
	case "bytes-per-second":
		q.Bytes = value
	case "cpu":
		q.CPU = value
	default:
		return fmt.Errorf("%q: there is no such limit", key)
	}
	return nil
}

// burst is how many seconds' worth a tenant may use at once after a pause.
const burst = 10

// maxTenants bounds what is remembered; tokens may name any number of tenants over time.
const maxTenants = 10_000

// bucket lets work in as long as it is above 0 and takes what the work cost, which may be known only later.
type bucket struct {
	rate, level float64
	at          time.Time
}

func (b *bucket) refill(now time.Time) {
	if b.at.IsZero() {
		b.level = b.rate * burst
	} else {
		b.level = min(b.rate*burst, b.level+b.rate*now.Sub(b.at).Seconds())
	}
	b.at = now
}

// wait returns how long until the bucket is above 0.
func (b *bucket) wait(now time.Time) time.Duration {
	if b.rate <= 0 {
		return 0
	}
	b.refill(now)
	if b.level > 0 {
		return 0
	}
	return time.Duration(-b.level/b.rate*float64(time.Second)) + time.Millisecond
}

func (b *bucket) take(n float64) { b.level -= n }

// usage is what one tenant uses.
type usage struct {
	held                 int
	bytes                int64
	articles, size, work bucket
}

// tenants keeps the usage of all tenants.
type tenants struct {
	quota Quota
	own   *reloaded[map[string]Quota] // nil: all have the same
	now   func() time.Time

	mu sync.Mutex
	by map[string]*usage
}

func newTenants(q Quota) *tenants {
	return &tenants{quota: q, now: time.Now, by: map[string]*usage{}}
}

// quotaOf returns what a tenant may use now.
func (t *tenants) quotaOf(name string) Quota {
	if t.own != nil {
		if q, ok := t.own.get()[name]; ok {
			return q
		}
	}
	return t.quota
}

// of returns the usage of a tenant, with its rates as they are now; the caller holds the lock.
func (t *tenants) of(name string) *usage {
	u := t.by[name]
	if u == nil {
		if len(t.by) >= maxTenants { // those that are idle start afresh when they come again
			for other, o := range t.by {
				if o.held == 0 {
					delete(t.by, other)
				}
			}
		}
		u = &usage{}
		t.by[name] = u
	}
	q := t.quotaOf(name)
	u.articles.rate, u.size.rate, u.work.rate = q.Articles, q.Bytes, q.CPU
	return u
}

// start takes an article from the tenant's rates, or returns how long it has to wait for that.
func (t *tenants) start(name string, bytes int64) time.Duration {
	t.mu.Lock()
	defer t.mu.Unlock()
	u, now := t.of(name), t.now()
	if wait := max(u.articles.wait(now), u.size.wait(now), u.work.wait(now)); wait > 0 {
		return wait
	}
	u.articles.take(1)
	u.size.take(float64(bytes))
	return 0
}

// worked takes time at work from the tenant's rate.
func (t *tenants) worked(name string, d time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.of(name).work.take(d.Seconds())
}

// hold reports whether the tenant may hold another article of this size, and counts it.
func (t *tenants) hold(name string, bytes int64) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	u := t.of(name)
	if q := t.quotaOf(name); q.Held > 0 && u.held >= q.Held || q.HeldBytes > 0 && u.held > 0 && u.bytes+bytes > q.HeldBytes {
		return false
	}
	u.held++
	u.bytes += bytes
	return true
}

func (t *tenants) drop(name string, bytes int64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	u := t.of(name)
	u.held--
	u.bytes -= bytes
}

// sleep waits, unless ctx ends first.
func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
