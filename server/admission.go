package server

import (
	"context"
	"sync"
)

// admission bounds what the process works on and holds: so many articles at work, so many more waiting for their turn in
// order of arrival, and so many bytes of both together. What is above is refused at once.
type admission struct {
	workers chan struct{}

	mu       sync.Mutex
	held     int
	bytes    int64
	maxHeld  int
	maxBytes int64
}

func newAdmission(workers, maxHeld int, maxBytes int64) *admission {
	return &admission{workers: make(chan struct{}, workers), maxHeld: maxHeld, maxBytes: maxBytes}
}

// enter returns when an article of the given cost may be worked on; the caller calls leave when that is done.
func (a *admission) enter(ctx context.Context, cost int64) (leave func(), err error) {
	if !a.hold(cost) {
		return nil, errOverloaded
	}
	select {
	case a.workers <- struct{}{}:
		return func() {
			<-a.workers
			a.drop(cost)
		}, nil
	case <-ctx.Done():
		a.drop(cost)
		return nil, ctx.Err()
	}
}

func (a *admission) hold(cost int64) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	// An article alone is always let in, or one above maxBytes could never be.
	if a.held >= a.maxHeld || a.held > 0 && a.bytes+cost > a.maxBytes {
		return false
	}
	a.held++
	a.bytes += cost
	return true
}

func (a *admission) drop(cost int64) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.held--
	a.bytes -= cost
}

// load returns how many articles are held, at work or waiting, and their bytes.
func (a *admission) load() (held int, bytes int64) {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.held, a.bytes
}
