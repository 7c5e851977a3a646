package server

import (
	"context"
	"fmt"
	"os"
	"runtime"
	"sync"
	"syscall"
	"time"
)

// yieldEvery is how long extractions may keep calls and refusals from being read.
const yieldEvery = time.Millisecond

// yielder lets the network have a processor that an extraction holds. The scheduler looks at the network when it has nothing else
// to run, and otherwise every 10 ms; a caller of runtime.Gosched is something to run. So this one waits, for a pipe that becomes
// ready at once and that is looked at together with the network.
type yielder struct {
	// needed reports whether all processors may be held by extractions; else one is free to look at the network at once.
	needed func() bool

	mu   sync.Mutex
	last time.Time
	r, w *os.File
	wait syscall.RawConn // of r
}

func newYielder(needed func() bool) (*yielder, error) {
	r, w, err := os.Pipe()
	if err != nil {
		return nil, fmt.Errorf("pipe: %w", err)
	}
	wait, err := r.SyscallConn()
	if err != nil {
		return nil, fmt.Errorf("pipe: %w", err)
	}
	return &yielder{needed: needed, r: r, w: w, wait: wait}, nil
}

// yield returns when what has come from the network had its turn, or at once if it had one just now.
func (y *yielder) yield() {
	if !y.mu.TryLock() { // another is about it
		return
	}
	defer y.mu.Unlock()
	if time.Since(y.last) < yieldEvery || !y.needed() {
		return
	}
	var b [1]byte
	sent := false
	_ = y.wait.Read(func(uintptr) bool {
		if sent {
			return true
		}
		sent = true
		_, err := y.w.Write(b[:])
		return err != nil // else wait
	})
	_, _ = y.r.Read(b[:])
	runtime.Gosched() // behind all that was found ready together with the pipe
	y.last = time.Now()
}

// yielding is a context that yields wherever an extractor asks whether to go on.
type yielding struct {
	context.Context //nolint:containedctx // it is one
	y               *yielder
}

func (c yielding) Err() error {
	c.y.yield()
	return c.Context.Err()
}
