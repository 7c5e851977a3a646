package server

import (
	"net"
	"runtime"
	"sync/atomic"
	"testing"
	"time"
)

// On one processor that is never free, what waits for the network goes on at a yield.
func TestYieldLetsTheNetworkGoOn(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	y, err := newYielder()
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	near, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer near.Close()
	far, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer far.Close()
	var came atomic.Int64
	go func() {
		for b := make([]byte, 1); ; came.Add(1) {
			if _, err := far.Read(b); err != nil {
				return
			}
		}
	}()
	const rounds = 20
	late := 0
	for n := range int64(rounds) {
		if _, err := near.Write([]byte{1}); err != nil {
			t.Fatal(err)
		}
		for start := time.Now(); time.Since(start) < 2*yieldEvery; { // work
		}
		y.yield()
		if came.Load() <= n {
			late++
			for came.Load() <= n {
				time.Sleep(time.Millisecond)
			}
		}
	}
	if late > rounds/4 { // the kernel may be late itself
		t.Errorf("%d of %d bytes had not been read after a yield", late, rounds)
	}
}

func TestYieldIsRare(t *testing.T) {
	y, err := newYielder()
	if err != nil {
		t.Fatal(err)
	}
	y.yield()
	first := y.last
	y.last = time.Now().Add(time.Hour)
	again := y.last
	y.yield()
	if first.IsZero() || y.last != again {
		t.Error("the first yield was none, or one too early was made")
	}
}
