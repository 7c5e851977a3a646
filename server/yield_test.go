package server

import (
	"context"
	"os"
	"runtime"
	"sync/atomic"
	"testing"
	"time"
)

// On one processor that is never free, what has come in goes on at a yield.
func TestYieldLetsTheNetworkGoOn(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	y, err := newYielder(func() bool { return true })
	if err != nil {
		t.Fatal(err)
	}
	// A pipe, for what is written to it has come when Write returns.
	far, near, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer near.Close()
	defer far.Close()
	var came atomic.Int64
	go func() {
		for b := make([]byte, 1); ; came.Add(1) {
			if _, err := far.Read(b); err != nil {
				return
			}
		}
	}()
	const rounds = 100
	late := 0
	for n := range int64(rounds) {
		if _, err := near.Write([]byte{1}); err != nil {
			t.Fatal(err)
		}
		y.last = time.Time{} // long ago
		y.yield()
		if came.Load() <= n {
			late++
			for came.Load() <= n {
				time.Sleep(time.Millisecond)
			}
		}
	}
	if late > rounds/4 { // the scheduler now and then takes the next one out of turn
		t.Errorf("%d of %d bytes had not been read after a yield", late, rounds)
	}
}

func TestYieldIsRare(t *testing.T) {
	needed := false
	y, err := newYielder(func() bool { return needed })
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	asking := yielding{ctx, y}
	if asking.Err() != nil || !y.last.IsZero() {
		t.Error("a yield while a processor is free")
	}
	needed = true
	if asking.Err() != nil || y.last.IsZero() {
		t.Error("no yield when asked whether to go on")
	}
	y.last = time.Now().Add(time.Hour)
	again := y.last
	cancel()
	if asking.Err() == nil || y.last != again {
		t.Error("a yield that was too early, or an end that was not seen")
	}
}
