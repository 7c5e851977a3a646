package server

import (
	"context"
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
	now   func() time.Time

	mu sync.Mutex
	by map[string]*usage
}

func newTenants(q Quota) *tenants {
	return &tenants{quota: q, now: time.Now, by: map[string]*usage{}}
}

// of returns the usage of a tenant; the caller holds the lock.
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
		u = &usage{articles: bucket{rate: t.quota.Articles}, size: bucket{rate: t.quota.Bytes}, work: bucket{rate: t.quota.CPU}}
		t.by[name] = u
	}
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
	if q := t.quota; q.Held > 0 && u.held >= q.Held || q.HeldBytes > 0 && u.held > 0 && u.bytes+bytes > q.HeldBytes {
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
