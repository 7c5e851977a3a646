package server

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	nutgrafv1 "example.invalid/nutgraf/gen/go/nutgraf/v1"
	"golang.org/x/net/http2"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// enterAsync asks for a place and sends what came of it.
func enterAsync(ctx context.Context, a *admission, tenant string, k kind, size int64) <-chan error {
	got := make(chan error, 1)
	go func() {
		leave, err := a.enter(ctx, tenant, k, size)
		got <- err
		if err == nil {
			time.Sleep(time.Second)
			leave()
		}
	}()
	return got
}

func TestAdmissionShares(t *testing.T) {
	t.Parallel()
	for name, size := range map[string]struct{ flood, other int64 }{
		"equal articles": {10, 10}, "flood of small ones": {10, 100_000}, "flood of large ones": {100_000, 10},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				a := newAdmission(2, 16, 1000, 1<<30)
				ctx, stop := context.WithCancel(t.Context())
				var callers sync.WaitGroup
				work := map[string]int64{} // bytes worked on
				var mu sync.Mutex
				call := func(tenant string, callersOfIt int, bytes int64) {
					for range callersOfIt {
						callers.Go(func() {
							for {
								leave, err := a.enter(ctx, tenant, bulk, bytes)
								if err != nil {
									return
								}
								time.Sleep(time.Duration(bytes+articleCost) * time.Microsecond)
								mu.Lock()
								work[tenant] += bytes + articleCost
								mu.Unlock()
								leave()
							}
						})
					}
				}
				call("flood", 100, size.flood)
				time.Sleep(time.Second)
				call("other", 4, size.other)
				time.Sleep(2 * time.Minute)
				stop()
				callers.Wait()
				if f := float64(work["other"]) / float64(work["flood"]+work["other"]); f < .46 || f > .54 {
					t.Errorf("the other tenant got %.2f of the workers, want half", f)
				}
				if held, bytes := a.load(); held != 0 || bytes != 0 || a.busy() != 0 || len(a.active) != 0 {
					t.Errorf("left behind: %d held, %d bytes, %d at work", held, bytes, a.busy())
				}
			})
		})
	}
}

func TestAdmissionFloodGivesWay(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a := newAdmission(1, 16, 4, 1<<30)
		var flood []<-chan error
		for range 4 {
			flood = append(flood, enterAsync(t.Context(), a, "flood", bulk, 1))
			synctest.Wait()
		}
		if err := <-enterAsync(t.Context(), a, "flood", bulk, 1); !errors.Is(err, errOverloaded) {
			t.Errorf("a fifth article: %v, want refusal", err)
		}
		other := enterAsync(t.Context(), a, "other", bulk, 1)
		synctest.Wait()
		select {
		case err := <-flood[3]:
			if !errors.Is(err, errOverloaded) {
				t.Errorf("the newest of the flood: %v, want refusal", err)
			}
		default:
			t.Error("the flood gave no place")
		}
		start := time.Now()
		if err := <-other; err != nil || time.Since(start) > time.Second {
			t.Errorf("the other tenant: %v after %v, want the next turn", err, time.Since(start))
		}
		for i, f := range flood[:3] {
			if err := <-f; err != nil {
				t.Errorf("article %d of the flood: %v", i, err)
			}
		}
		time.Sleep(time.Second)
	})
}

func TestAdmissionSingleCallsWaitInPart(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a := newAdmission(1, 2, 100, 1<<30)
		for range 10 {
			enterAsync(t.Context(), a, "", bulk, 1)
		}
		synctest.Wait()
		first, second := enterAsync(t.Context(), a, "", single, 1), enterAsync(t.Context(), a, "", single, 1)
		synctest.Wait()
		if !a.full("") || a.full("other") {
			t.Error("full() does not see it")
		}
		if err := <-enterAsync(t.Context(), a, "", single, 1); !errors.Is(err, errOverloaded) {
			t.Errorf("a third single call: %v, want refusal", err)
		}
		start := time.Now()
		if err := errors.Join(<-first, <-second); err != nil || time.Since(start) > 5*time.Second {
			t.Errorf("single calls: %v after %v, want turns between those of a stream", err, time.Since(start))
		}
		time.Sleep(time.Minute)
	})
}

// What would not make room enough loses no place.
func TestAdmissionEvictsOnlyForRoom(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a := newAdmission(1, 16, 100, 100)
		flood := []<-chan error{}
		for range 4 { // one at work, three wait
			flood = append(flood, enterAsync(t.Context(), a, "flood", bulk, 20))
			synctest.Wait()
		}
		if err := <-enterAsync(t.Context(), a, "other", bulk, 90); !errors.Is(err, errOverloaded) {
			t.Errorf("an article with room for none: %v, want refusal", err)
		}
		if err := <-enterAsync(t.Context(), a, "other", bulk, 55); err != nil {
			t.Errorf("an article with room for it in place of two others: %v", err)
		}
		var lost int
		for _, f := range flood {
			if <-f != nil {
				lost++
			}
		}
		if lost != 2 {
			t.Errorf("%d of the flood were refused, want 2", lost)
		}
		time.Sleep(2 * time.Second)
	})
}

func TestAdmissionHoldsStreamsBack(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a := newAdmission(1, 2, 8, 1<<30)
		var streams sync.WaitGroup
		ctx, stop := context.WithCancel(t.Context())
		read := 0
		var mu sync.Mutex
		for n := range 40 {
			streams.Go(func() {
				for a.await(ctx, "flood") == nil {
					if n%2 == 0 { // has nothing to send, and must not keep others from it
						<-ctx.Done()
						return
					}
					mu.Lock()
					read++
					mu.Unlock()
					if leave, err := a.enter(ctx, "flood", bulk, 1); err == nil {
						time.Sleep(time.Millisecond)
						leave()
					}
				}
			})
			synctest.Wait()
		}
		if held, _ := a.load(); held != 4 {
			t.Errorf("a tenant's streams hold %d, want half of what there is", held)
		}
		if err := a.await(ctx, "other"); err != nil {
			t.Errorf("another tenant is held back too: %v", err)
		}
		time.Sleep(time.Second)
		stop()
		streams.Wait()
		if read < 900 || read > 1010 {
			t.Errorf("%d articles in a second of 1,000 turns", read)
		}
	})
}

func TestAdmissionCancel(t *testing.T) {
	t.Parallel()
	a := newAdmission(2, 100, 100, 1<<30)
	var callers sync.WaitGroup
	for n := range 50 {
		callers.Go(func() {
			for range 50 {
				ctx, cancel := context.WithTimeout(t.Context(), rand.N(200*time.Microsecond))
				if leave, err := a.enter(ctx, fmt.Sprint(n%5), kind(n%2), 7); err == nil {
					time.Sleep(rand.N(50 * time.Microsecond))
					leave()
				}
				cancel()
			}
		})
	}
	callers.Wait()
	if held, bytes := a.load(); held != 0 || bytes != 0 || a.busy() != 0 || len(a.active) != 0 {
		t.Errorf("left behind: %d held, %d bytes, %d at work, %d waiting tenants", held, bytes, a.busy(), len(a.active))
	}
}

// A call that is refused is refused before its message is read, with all that a caller needs to know, also one that came with its
// header when there was room and with its message when there was none.
func TestRefusedBeforeItIsRead(t *testing.T) {
	g := newGate()
	r := start(t, func(c *Config) { overTCP(c); c.Workers, c.MaxWaiting = 1, 1 }, fake(g.extract))
	early := dialWire(t, r.grpc)
	begun := early.call(nutgrafv1.ExtractionService_Extract_FullMethodName, false)
	must := func(err error) {
		if err != nil {
			t.Fatal(err)
		}
	}
	must(early.framer.WritePing(false, [8]byte{}))
	for { // what comes before its answer has been seen
		f, err := early.framer.ReadFrame()
		must(err)
		if p, ok := f.(*http2.PingFrame); ok && p.IsAck() {
			break
		}
	}
	var held sync.WaitGroup
	for range 2 {
		held.Go(func() {
			if _, err := r.client.Extract(t.Context(), article("x")); err != nil {
				t.Errorf("an admitted article: %v", err)
			}
		})
	}
	eventually(t, "one at work and one waiting", func() bool { return r.admissionHeld() == 2 })
	w := dialWire(t, r.grpc)
	header, _ := w.answer(w.call(nutgrafv1.ExtractionService_Extract_FullMethodName, false))
	if header["grpc-status"] != fmt.Sprint(int(codes.ResourceExhausted)) {
		t.Errorf("a call that sends no message got status %q, want RESOURCE_EXHAUSTED", header["grpc-status"])
	}
	must(early.framer.WriteData(begun, true, frame([]byte("not of any type")))) // which is INTERNAL if it is read
	if header, _ := early.answer(begun); header["grpc-status"] != fmt.Sprint(int(codes.ResourceExhausted)) {
		t.Errorf("a call whose message came late got status %q, want RESOURCE_EXHAUSTED", header["grpc-status"])
	}
	_, err := r.client.Extract(t.Context(), article("y"))
	reason, _, retry := details(t, err)
	if d := retry.GetRetryDelay().AsDuration(); status.Code(err) != codes.ResourceExhausted || reason != string(reasonOverloaded) || d < retryAfterOverload || d > 2*retryAfterOverload {
		t.Errorf("error = %v with reason %q and delay %v, want RESOURCE_EXHAUSTED with one", err, reason, d)
	}
	close(g.all)
	held.Wait()
}
