package server

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	runtimemetrics "runtime/metrics"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"example.invalid/nutgraf/internal/pipeline"
	"golang.org/x/sync/semaphore"
)

// An article at work may need pageFactor bytes for each byte of its document, and languageFactor more for each byte that may be
// analysed, by measurement: see docs/operations.md. Articles at work share a part of what lists and models leave; messages on
// their way in and out get the rest.
const (
	pageFactor     = 32
	languageFactor = 128
	workShare      = 0.6
	resting        = 128 << 20
)

// needOf returns how many bytes the work on a document of this size may need.
func needOf(size int64) int64 {
	return size*pageFactor + min(size, pipeline.MaxAnalyzedBytes)*languageFactor
}

// CollectShare is the part of a memory limit from which the collector is to work harder (GOMEMLIMIT). Nothing more is let in, or
// done, at parts above it: no calls, then no bytes of calls that were let in, then no work on the largest articles.
const (
	CollectShare = 0.8
	refuseShare  = 0.86
	pauseShare   = 0.88
	cancelShare  = 0.92
)

// memory keeps the process below a limit: articles at work are let in by what they are likely to need, and no call is let in
// while the limit is near. The zero value sets no limit.
type memory struct {
	limit int64
	work  *semaphore.Weighted
	share int64 // of the limit that articles at work may need together
	// refuses is what may be in use for a call to be let in, cancels what may be resident for work to go on.
	refuses, cancels int64

	looked atomic.Int64 // when full was found out last, in nanoseconds
	isFull atomic.Bool

	mu     sync.Mutex
	atWork map[*need]bool
}

// need is what an article at work may need, and how to end that work.
type need struct {
	bytes  int64
	cancel context.CancelCauseFunc
}

func newMemory(limit int64) *memory {
	m := &memory{
		limit: limit, refuses: int64(float64(limit) * refuseShare), cancels: int64(float64(limit) * cancelShare), atWork: map[*need]bool{},
	}
	if limit > 0 {
		m.share = max(limit/8, int64((float64(limit)*CollectShare-resting)*workShare))
		m.work = semaphore.NewWeighted(m.share)
	}
	return m
}

// largest returns the size above which a document may need more memory than there is even if it is worked on alone. Documents of
// which all may be analysed are let in whatever the limit.
func (m *memory) largest() int64 {
	if m.limit == 0 {
		return pipeline.MaxContentBytes
	}
	return min(max((m.share-needOf(pipeline.MaxAnalyzedBytes))/pageFactor, 0)+pipeline.MaxAnalyzedBytes, pipeline.MaxContentBytes)
}

// enter waits until an article of this size may be worked on, in order of arrival. The context it returns ends, with errOverloaded as
// its cause, if memory becomes too short for the work to go on.
func (m *memory) enter(ctx context.Context, size int64) (_ context.Context, leave func(), err error) {
	if m.work == nil {
		return ctx, func() {}, nil
	}
	n := &need{bytes: min(needOf(size), m.share)}
	if err := m.work.Acquire(ctx, n.bytes); err != nil {
		return nil, nil, err
	}
	ctx, n.cancel = context.WithCancelCause(ctx)
	m.mu.Lock()
	defer m.mu.Unlock()
	m.atWork[n] = true
	return ctx, func() {
		n.cancel(nil)
		m.mu.Lock()
		defer m.mu.Unlock()
		delete(m.atWork, n)
		m.work.Release(n.bytes)
	}, nil
}

// watch ends the work on the largest article whenever memory is about to run out, until ctx is done.
func (m *memory) watch(ctx context.Context) {
	if m.limit == 0 {
		return
	}
	ticker := time.NewTicker(lookEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			if resident() > m.cancels {
				m.cancelLargest()
			}
		}
	}
}

func (m *memory) cancelLargest() {
	m.mu.Lock()
	defer m.mu.Unlock()
	var largest *need
	for n := range m.atWork {
		if largest == nil || n.bytes > largest.bytes {
			largest = n
		}
	}
	if largest != nil {
		delete(m.atWork, largest) // the next look is for the next one
		largest.cancel(errOverloaded)
	}
}

// spare reports whether there is memory for another call. What the runtime holds comes near the limit only if the collector
// could not keep it below GOMEMLIMIT, which is lower.
func (m *memory) spare() bool {
	if m.limit == 0 {
		return true
	}
	samples := [...]runtimemetrics.Sample{{Name: "/memory/classes/total:bytes"}, {Name: "/memory/classes/heap/released:bytes"}}
	runtimemetrics.Read(samples[:])
	return samples[0].Value.Uint64()-samples[1].Value.Uint64() < uint64(m.refuses)
}

// full reports whether there is no memory even for the messages of calls that were let in. It goes by what is resident, as the
// kernel does, for the runtime also counts what was reserved and never touched. It is asked for each read of a connection, so it
// may be a little late.
func (m *memory) full() bool {
	if m.limit == 0 {
		return false
	}
	if now := time.Now().UnixNano(); now-m.looked.Load() > int64(lookEvery) {
		m.looked.Store(now)
		m.isFull.Store(resident() > int64(float64(m.limit)*pauseShare))
	}
	return m.isFull.Load()
}

// lookEvery is how long an answer of full counts.
const lookEvery = 5 * time.Millisecond

// resident returns the memory of the process that the kernel cannot take back; 0 if it does not say.
func resident() int64 {
	text, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		return 0
	}
	var size, all, shared int64 // pages
	if _, err := fmt.Sscan(string(text), &size, &all, &shared); err != nil {
		return 0
	}
	return (all - shared) * int64(os.Getpagesize())
}

// restAfter is how long nothing is at work before memory is given back.
const restAfter = 5 * time.Second

// rest gives the memory that work took back to the system when there is no work, until ctx is done. The runtime itself waits two
// minutes, and then returns it slowly.
func (s *Server) rest(ctx context.Context) {
	tick := time.NewTicker(restAfter)
	defer tick.Stop()
	var last, freed int64
	for {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
		done, idle := s.admission.progress()
		if idle && done == last && done != freed {
			debug.FreeOSMemory()
			freed = done
		}
		last = done
	}
}

// ContainerMemoryLimit returns the memory limit of the control group (version 2) that the process runs in; 0 means none.
func ContainerMemoryLimit() int64 {
	membership, err := os.ReadFile("/proc/self/cgroup")
	if err != nil {
		return 0
	}
	_, path, ok := strings.Cut(strings.TrimSpace(string(membership)), "0::")
	if !ok {
		return 0
	}
	lowest := int64(0)
	for dir := filepath.Join("/", path); ; dir = filepath.Dir(dir) {
		if text, err := os.ReadFile(filepath.Join("/sys/fs/cgroup", dir, "memory.max")); err == nil {
			if n, err := strconv.ParseInt(strings.TrimSpace(string(text)), 10, 64); err == nil && (lowest == 0 || n < lowest) {
				lowest = n
			}
		}
		if dir == "/" {
			return lowest
		}
	}
}
