package server

import (
	"runtime/debug"
	"sync"
	"time"
)

// handsRest is how long one without work stays.
const handsRest = 500 * time.Millisecond

// hands are the goroutines that extract. They stay while there is work: an extraction has a deep stack, and to grow one anew for each
// article costs as much as its transport. There are about as many as articles are at work together.
type hands struct {
	next    chan func()
	ended   chan struct{}
	mu      sync.Mutex
	over    bool
	working sync.WaitGroup
}

func newHands() *hands {
	return &hands{next: make(chan func()), ended: make(chan struct{})}
}

// fault is a panic in one of the hands, on its way to the goroutine that waits, whose stack says nothing of it.
type fault struct {
	value any
	stack []byte
}

// do has one of them call f, and returns when f has, or panics with a *fault.
func (h *hands) do(f func()) {
	var broken *fault
	done := make(chan struct{})
	work := func() {
		defer close(done)
		defer func() {
			if p := recover(); p != nil {
				broken = &fault{p, debug.Stack()}
			}
		}()
		f()
	}
	select {
	case h.next <- work:
	default: // all are busy
		h.hire(work)
	}
	<-done
	if broken != nil {
		panic(broken)
	}
}

func (h *hands) hire(f func()) {
	h.mu.Lock()
	over := h.over
	if !over {
		h.working.Go(func() { h.work(f) })
	}
	h.mu.Unlock()
	if over { // a call that did not end in the time that a drain has
		f()
	}
}

func (h *hands) work(f func()) {
	rest := time.NewTimer(handsRest)
	defer rest.Stop()
	for {
		f()
		f = nil // and with it an article
		rest.Reset(handsRest)
		select {
		case f = <-h.next:
		case <-rest.C:
			return
		case <-h.ended:
			return
		}
	}
}

// end waits for all of them to go.
func (h *hands) end() {
	h.mu.Lock()
	h.over = true
	h.mu.Unlock()
	close(h.ended)
	h.working.Wait()
}
