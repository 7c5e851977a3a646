package server

import (
	"fmt"
	"os"
	"runtime"
	"sync"
	"time"
)

// yieldEvery is how long extractions may keep calls and refusals from being read.
const yieldEvery = time.Millisecond

// yielder lets the network have a processor that an extraction holds. The scheduler looks at the network when it has nothing else
// to run, and otherwise every 10 ms; a caller of runtime.Gosched is something to run. So this one waits, for a pipe that is ready
// at once and that is looked at together with the network.
type yielder struct {
	mu   sync.Mutex
	last time.Time
	r, w *os.File
}

func newYielder() (*yielder, error) {
	r, w, err := os.Pipe()
	if err != nil {
		return nil, fmt.Errorf("pipe: %w", err)
	}
	return &yielder{r: r, w: w}, nil
}

// yield returns when what has come from the network had its turn, or at once if it had one just now.
func (y *yielder) yield() {
	if !y.mu.TryLock() { // another is about it
		return
	}
	defer y.mu.Unlock()
	if time.Since(y.last) < yieldEvery {
		return
	}
	var sent, got [1]byte
	go func() { // runs once this one waits
		if _, err := y.w.Write(sent[:]); err != nil {
			_ = y.w.Close() // ends the wait
		}
	}()
	_, _ = y.r.Read(got[:])
	runtime.Gosched() // behind all that was found ready together with the pipe
	y.last = time.Now()
}
