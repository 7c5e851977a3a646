package server

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	runtimemetrics "runtime/metrics"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"example.invalid/nutgraf/internal/pipeline"
	"golang.org/x/sync/semaphore"
)

// workFactor is how many bytes an article at work may need for each byte of its document, by measurement: see
// docs/operations.md. The shares of the limit leave the rest to messages on their way in and out; resting is what lists and models
// need.
const (
	resting    = 128 << 20
	workFactor = 160
	workShare  = 0.5
	// collectShare is where the collector begins to work harder: see cmd/nutgraf/serve.go.
	collectShare = 0.9
	refuseShare  = 0.95
	pauseShare   = 0.97
)

// memory keeps the process below a limit: articles at work are let in by what they are likely to need, and no call is let in
// while the limit is near. The zero value sets no limit.
type memory struct {
	limit int64
	work  *semaphore.Weighted
	share int64 // of the limit that articles at work may need together
	// refuses is what may be in use for a call to be let in.
	refuses int64

	looked atomic.Int64 // when full was found out last, in nanoseconds
	isFull atomic.Bool
}

func newMemory(limit int64) *memory {
	m := &memory{limit: limit, refuses: int64(float64(limit) * refuseShare)}
	if limit > 0 {
		m.share = max(1, int64(float64(limit)*workShare))
		m.work = semaphore.NewWeighted(m.share)
	}
	return m
}

// largest returns the size above which a document may need more memory than there is even if it is worked on alone.
func (m *memory) largest() int64 {
	if m.limit == 0 {
		return pipeline.MaxContentBytes
	}
	room := int64(float64(m.limit)*collectShare) - resting
	return min(max(room/workFactor, minLargest), pipeline.MaxContentBytes)
}

// minLargest lets articles of usual size in whatever the limit.
const minLargest = 256 << 10

// enter waits until an article of this size may be worked on, in order of arrival. One that needs all there is goes alone.
func (m *memory) enter(ctx context.Context, size int64) (leave func(), err error) {
	if m.work == nil {
		return func() {}, nil
	}
	need := min(size*workFactor, m.share)
	if err := m.work.Acquire(ctx, need); err != nil {
		return nil, err
	}
	return func() { m.work.Release(need) }, nil
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
