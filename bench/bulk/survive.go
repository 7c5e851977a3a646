package main

import (
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"syscall"
	"time"

	nutgraf "example.invalid/nutgraf/clients/go"
	nutgrafv1 "example.invalid/nutgraf/gen/go/nutgraf/v1"
)

// count checks that each of n items came exactly once.
func count(seen map[string]int, n int) error {
	lost, twice, strange := 0, 0, len(seen)
	for i := range n {
		switch c := seen[item(i).GetItemId()]; {
		case c == 0:
			lost++
			strange++
		case c > 1:
			twice++
		}
		strange--
	}
	if lost+twice+strange > 0 {
		return fmt.Errorf("of %d items %d were lost, %d came twice, %d came that were not sent", n, lost, twice, strange)
	}
	return nil
}

// crash kills the server again and again while one client adds items to a job and another reads its results. Every item
// that was acknowledged must have one result at the end, and no item two.
func (b *bench) crash() error {
	addr, err := freeAddress()
	if err != nil {
		return err
	}
	store := filepath.Join(b.dir, "jobs")
	start := func() (*server, error) { return b.serve(addr, "--jobs-dir", store, "--workers", "2") }
	s, err := start()
	if err != nil {
		return err
	}
	// Killed this often, the server may be away whenever the reader comes back.
	client, err := connect(addr, 10*time.Minute)
	if err != nil {
		return err
	}
	defer client.Close()
	ctx, cancel := background(2 * time.Hour)
	defer cancel()
	job, err := client.CreateJob(ctx, nil)
	if err != nil {
		return err
	}
	var (
		mu              sync.Mutex
		acked           int
		stop            bool
		adding, reading sync.WaitGroup
		fault           error
		seen            = map[string]int{}
	)
	adding.Go(func() { // adds chunks of ten until told to stop; an unacknowledged chunk is sent again by the client
		for n := 0; ; n += 10 {
			mu.Lock()
			end := stop
			mu.Unlock()
			if end {
				return
			}
			added, err := job.Add(ctx, items(n, n+10))
			mu.Lock()
			if err == nil && added.Accepted+added.Duplicates != 10 {
				err = fmt.Errorf("%+v of 10 items", added)
			}
			if err != nil {
				fault = errors.Join(fault, fmt.Errorf("add: %w", err))
				mu.Unlock()
				return
			}
			acked = n + 10
			mu.Unlock()
		}
	})
	reading.Go(func() {
		for r, err := range job.Results(ctx, "") {
			mu.Lock()
			if err != nil {
				fault = errors.Join(fault, fmt.Errorf("read: %w", err))
			} else if seen[r.ItemID]++; r.Err != nil {
				fault = errors.Join(fault, fmt.Errorf("item %s: %w", r.ItemID, r.Err))
			}
			mu.Unlock()
		}
	})
	began := time.Now()
	for range b.rounds {
		time.Sleep(time.Duration(b.random.IntN(400)) * time.Millisecond)
		if err := s.signal(syscall.SIGKILL); err != nil {
			return err
		}
		if s, err = start(); err != nil {
			return err
		}
	}
	mu.Lock()
	stop = true
	mu.Unlock()
	adding.Wait()
	if _, err := job.Seal(ctx); err != nil {
		return errors.Join(fault, err)
	}
	reading.Wait()
	if fault != nil {
		return fault
	}
	// What a second reader sees is the same.
	again := map[string]int{}
	for r, err := range job.Results(ctx, "") {
		if err != nil {
			return err
		}
		again[r.ItemID]++
	}
	state, err := job.State(ctx)
	if err != nil {
		return err
	}
	if state.GetItemsTotal() != int64(acked) || state.GetState() != nutgrafv1.JobState_JOB_STATE_SUCCEEDED {
		return fmt.Errorf("acknowledged %d items, the job is %v", acked, state)
	}
	fmt.Printf("crash: %d kills in %v, %d items acknowledged, 0 lost, 0 twice\n", b.rounds, time.Since(began).Round(time.Second), acked)
	return errors.Join(count(seen, acked), count(again, acked), s.signal(syscall.SIGTERM))
}

// drain ends the server with SIGTERM in the middle of a stream, again and again; another one takes its address.
func (b *bench) drain() error {
	began := time.Now()
	for round := range b.rounds {
		addr, err := freeAddress()
		if err != nil {
			return err
		}
		s, err := b.serve(addr, "--jobs-dir", "off")
		if err != nil {
			return err
		}
		client, err := connect(addr, 30*time.Second)
		if err != nil {
			return err
		}
		n := 400
		restarted := make(chan error, 1)
		after := b.random.IntN(300)
		go func() {
			time.Sleep(time.Duration(after) * time.Millisecond)
			err := s.signal(syscall.SIGTERM)
			if err == nil {
				s, err = b.serve(addr, "--jobs-dir", "off")
			}
			restarted <- err
		}()
		ctx, cancel := background(2 * time.Minute)
		seen := map[string]int{}
		for r, err := range client.ExtractMany(ctx, items(0, n), nil) {
			if err == nil {
				err = r.Err
			}
			if err != nil {
				cancel()
				return fmt.Errorf("round %d: %w", round, err)
			}
			seen[r.ItemID]++
		}
		cancel()
		if err := errors.Join(<-restarted, count(seen, n), client.Close(), s.signal(syscall.SIGTERM)); err != nil {
			return fmt.Errorf("round %d, SIGTERM after %d ms: %w", round, after, err)
		}
	}
	fmt.Printf("drain: %d streams ended by SIGTERM in %v, 0 items lost, 0 twice\n", b.rounds, time.Since(began).Round(time.Second))
	return nil
}

// poison puts one bad item among a thousand good ones: the others must not change by a byte.
func (b *bench) poison() error {
	s, err := b.serve("", "--jobs-dir", "off")
	if err != nil {
		return err
	}
	client, err := connect(s.grpc, 30*time.Second)
	if err != nil {
		return err
	}
	defer client.Close()
	ctx, cancel := background(10 * time.Minute)
	defer cancel()
	const n = 1000
	digests := func(bad int) (map[string]string, error) {
		got := map[string]string{}
		stream := func(yield func(*nutgrafv1.BatchItem) bool) {
			for it := range items(0, n) {
				if it.GetItemId() == item(bad).GetItemId() {
					it.Article.Source.Url = "javascript:alert(1)"
				}
				if !yield(it) {
					return
				}
			}
		}
		for r, err := range client.ExtractMany(ctx, stream, nil) {
			if err != nil {
				return nil, err
			}
			got[r.ItemID] = r.Extraction.GetReplay().GetOutputDigest()
			var e *nutgraf.Error
			if errors.As(r.Err, &e) {
				got[r.ItemID] = e.Reason
			}
		}
		return got, nil
	}
	clean, err := digests(-1)
	if err != nil {
		return err
	}
	for range b.rounds {
		bad := b.random.IntN(n)
		got, err := digests(bad)
		if err != nil {
			return err
		}
		for id, want := range clean {
			if id == item(bad).GetItemId() {
				want = "INVALID_REQUEST"
			}
			if got[id] != want {
				return fmt.Errorf("bad item %d: %s gives %s, want %s", bad, id, got[id], want)
			}
		}
	}
	fmt.Printf("poison: %d times one bad item among %d: the others equal those of a clean run, one error\n", b.rounds, n)
	return s.signal(syscall.SIGTERM)
}
