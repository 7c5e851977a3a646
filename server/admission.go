package server

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"time"
)

// articleCost is what an article costs besides its size, in bytes.
const articleCost = 16 << 10

// kind is what an article waits as: the answer to a call of its own, or one of many.
type kind int

const (
	single kind = iota
	bulk
	kinds
)

// admission bounds what the process works on and holds, and shares its workers fairly: so many articles at work, and so many
// more waiting, and so many bytes of both together. What is above is refused at once.
//
// Whoever has been given least is next, by the bytes worked on (start-time fair queueing), so a tenant that floods only makes
// itself wait. Where all places are taken by one that floods, its newest gives its place to another tenant's.
type admission struct {
	workers, maxHeld, maxSingles int
	maxBytes                     int64

	mu      sync.Mutex
	running int
	done    int64
	held    int
	bytes   int64
	shares  map[string]*share
	holders int      // how many of them hold something
	active  []*share // those with articles that wait
	given   int64    // what the last tenant in turn had been given before its turn
}

// share is what one tenant has and gets.
type share struct {
	held    int
	waiting [kinds][]*ticket
	readers []chan struct{} // streams that are not read until this tenant holds less
	next    kind
	given   int64 // cost of what it was given, at least as much as others had when it came
	// Calls refused by their headers that the log does not tell yet, and when it told some last.
	untold int
	told   time.Time
}

func (s *share) waits() int { return len(s.waiting[single]) + len(s.waiting[bulk]) }

// newest returns the article that gives its place away after n others: bulk before single calls, the last that came first.
func (s *share) newest(n int) *ticket {
	k := bulk
	if w := len(s.waiting[bulk]); n >= w {
		k, n = single, n-w
	}
	return s.waiting[k][len(s.waiting[k])-1-n]
}

// ticket is an article that waits.
type ticket struct {
	from *share
	kind kind
	cost int64
	turn chan error // nil: be worked on; errOverloaded: give the place to another
}

// newAdmission returns an admission of so many workers. Single calls of one tenant beyond maxSingles do not wait.
func newAdmission(workers, maxSingles, maxHeld int, maxBytes int64) *admission {
	return &admission{workers: workers, maxSingles: maxSingles, maxHeld: maxHeld, maxBytes: maxBytes, shares: map[string]*share{}}
}

// tellEvery is how often the log tells of the calls of one tenant that were refused by their headers: a line for each would cost more
// than the refusal.
const tellEvery = time.Second

// refused counts a call of a tenant that was refused by its header, and returns how many the log shall tell of now.
func (a *admission) refused(tenant string) int {
	a.mu.Lock()
	defer a.mu.Unlock()
	s, now := a.share(tenant), time.Now()
	s.untold++
	if now.Sub(s.told) < tellEvery {
		return 0
	}
	n := s.untold
	s.untold, s.told = 0, now
	return n
}

// enter returns when an article of the given size may be worked on; the caller calls leave when that is done.
func (a *admission) enter(ctx context.Context, tenant string, k kind, size int64) (leave func(), err error) {
	t := &ticket{kind: k, cost: size, turn: make(chan error, 1)}
	if !a.take(t, tenant) {
		return nil, errOverloaded
	}
	select {
	case err = <-t.turn:
	case <-ctx.Done():
		err = ctx.Err()
		if !a.cancel(t) && <-t.turn == nil {
			a.leave(t)
		}
	}
	if err != nil {
		return nil, err
	}
	return func() { a.leave(t) }, nil
}

// take gives an article a place, if there is one.
func (a *admission) take(t *ticket, tenant string) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	s := a.share(tenant)
	if a.running >= a.workers && t.kind == single && len(s.waiting[single]) >= a.maxSingles || !a.makeRoom(s, t.cost) {
		return false
	}
	t.from = s
	if s.held == 0 {
		s.given = max(s.given, a.given)
		a.holders++
	}
	s.held++
	a.held++
	a.bytes += t.cost
	if s.waits() == 0 {
		a.active = append(a.active, s)
	}
	s.waiting[t.kind] = append(s.waiting[t.kind], t)
	a.dispatch()
	return true
}

// share returns what a tenant has.
func (a *admission) share(tenant string) *share {
	s := a.shares[tenant]
	if s == nil {
		a.forget(maxTenants)
		s = &share{}
		a.shares[tenant] = s
	}
	return s
}

// forget drops the idle tenants if there are too many of them.
func (a *admission) forget(most int) {
	if len(a.shares) < most {
		return
	}
	for name, s := range a.shares {
		if s.held == 0 && len(s.readers) == 0 {
			delete(a.shares, name)
		}
	}
}

// makeRoom reports whether there is room for an article of a tenant, if need be in place of those of tenants that wait with more.
func (a *admission) makeRoom(s *share, cost int64) bool {
	held, bytes := a.held, a.bytes
	var out []*ticket
	var from map[*share]int // how many of those are whose
	// An article alone is always let in, or one above maxBytes could never be.
	for held >= a.maxHeld || held > 0 && bytes+cost > a.maxBytes {
		var most *share
		for _, other := range a.active {
			if most == nil || other.waits()-from[other] > most.waits()-from[most] {
				most = other
			}
		}
		if most == nil || most.waits()-from[most] <= s.waits()+1 {
			return false
		}
		if from == nil {
			from = map[*share]int{}
		}
		t := most.newest(from[most])
		from[most]++
		out = append(out, t)
		held--
		bytes -= t.cost
	}
	for _, t := range out {
		a.remove(t)
		a.drop(t)
		t.turn <- errOverloaded
	}
	return true
}

// dispatch gives free workers to who is next.
func (a *admission) dispatch() {
	for a.running < a.workers && len(a.active) > 0 {
		s := slices.MinFunc(a.active, func(x, y *share) int { return cmp.Compare(x.given, y.given) })
		if len(s.waiting[s.next]) == 0 {
			s.next = 1 - s.next
		}
		t := s.waiting[s.next][0]
		s.next = 1 - s.next
		a.remove(t)
		a.running++
		a.given = s.given
		s.given += t.cost + articleCost
		t.turn <- nil
	}
}

// remove takes an article out of the queue it is in, and reports whether it was in one.
func (a *admission) remove(t *ticket) bool {
	s := t.from
	i := slices.Index(s.waiting[t.kind], t)
	if i < 0 {
		return false
	}
	s.waiting[t.kind] = slices.Delete(s.waiting[t.kind], i, i+1)
	if s.waits() == 0 {
		a.active = slices.DeleteFunc(a.active, func(other *share) bool { return other == s })
	}
	return true
}

func (a *admission) drop(t *ticket) {
	a.held--
	a.bytes -= t.cost
	s := t.from
	if s.held--; s.held == 0 {
		a.holders--
	}
	// One that is let read may have nothing to read, so all that there is room for are.
	n := min(len(s.readers), a.bulkLimit(s)-s.held)
	if s.held == 0 {
		n = len(s.readers)
	}
	for ; n > 0; n-- {
		s.readers[0] <- struct{}{}
		s.readers = s.readers[1:]
	}
}

// bulkLimit is how much a tenant may hold while its streams are read: an equal part for each tenant that holds something, and one
// that is left for single calls and for who comes next.
func (a *admission) bulkLimit(s *share) int {
	holders := a.holders
	if s == nil || s.held == 0 {
		holders++
	}
	return max(1, a.maxHeld/(holders+1))
}

// await returns when a stream of a tenant may be read: one that is not read waits in the transport, and costs its sender's memory.
func (a *admission) await(ctx context.Context, tenant string) error {
	a.mu.Lock()
	s := a.shares[tenant]
	if s == nil || s.held < a.bulkLimit(s) {
		a.mu.Unlock()
		return ctx.Err()
	}
	turn := make(chan struct{}, 1)
	s.readers = append(s.readers, turn)
	a.mu.Unlock()
	select {
	case <-turn:
		return nil
	case <-ctx.Done():
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	s.readers = slices.DeleteFunc(s.readers, func(c chan struct{}) bool { return c == turn })
	return ctx.Err()
}

// cancel takes back an article that waits, and reports false if it does not wait any more.
func (a *admission) cancel(t *ticket) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	if !a.remove(t) {
		return false
	}
	a.drop(t)
	return true
}

func (a *admission) leave(t *ticket) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.running--
	a.done++
	a.drop(t)
	a.dispatch()
}

// full reports whether single calls of this tenant are refused.
func (a *admission) full(tenant string) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	s := a.shares[tenant]
	return s != nil && len(s.waiting[single]) >= a.maxSingles
}

// load returns how many articles are held, at work or waiting, and their bytes.
func (a *admission) load() (held int, bytes int64) {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.held, a.bytes
}

// progress returns how many articles were worked on so far, and whether any is held now.
func (a *admission) progress() (done int64, idle bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.done, a.held == 0
}

// busy returns how many articles are at work.
func (a *admission) busy() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.running
}
