package server

import (
	"runtime"
	"strings"
	"sync"
	"testing"
)

func TestHands(t *testing.T) {
	t.Parallel()
	h := newHands()
	var mu sync.Mutex
	done, most, now := 0, 0, 0
	var callers sync.WaitGroup
	for range 4 {
		callers.Go(func() {
			for range 200 {
				h.do(func() {
					mu.Lock()
					now++
					most = max(most, now)
					mu.Unlock()
					runtime.Gosched()
					mu.Lock()
					now--
					done++
					mu.Unlock()
				})
			}
		})
	}
	callers.Wait()
	if done != 800 || most > 4 {
		t.Errorf("%d of 800 done, %d of 4 at once", done, most)
	}
	func() {
		defer func() {
			p := recover()
			if f, ok := p.(*fault); !ok || f.value != "fault" || !strings.Contains(string(f.stack), "breaks") {
				t.Errorf("recovered %v, want the panic of what was called, with its stack", p)
			}
		}()
		h.do(breaks)
	}()
	h.do(func() { done++ })
	h.working.Wait() // those without work leave
	h.do(func() { done++ })
	h.end()
	h.do(func() { done++ })
	if done != 803 {
		t.Error("nothing is done after a panic, or after the end")
	}
}

func breaks() { panic("fault") }
