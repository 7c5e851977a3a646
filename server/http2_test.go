package server

import (
	"context"
	"encoding/binary"
	"io"
	"net"
	"net/http"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	nutgrafv1 "example.invalid/nutgraf/gen/go/nutgraf/v1"
	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"
	"google.golang.org/protobuf/proto"
)

const extractPath = nutgrafv1.ExtractionService_Extract_FullMethodName

// drainWire reads what the server sends and tells when it ends the connection.
func (w *wire) drainWire() (ended chan struct{}) {
	ended = make(chan struct{})
	go func() {
		defer close(ended)
		_, _ = io.Copy(io.Discard, w.Conn)
	}()
	return ended
}

// flood writes frames until n are written or the server ends the connection, and returns how many were written.
func (w *wire) flood(n int, write func() error) int {
	for i := range n {
		_ = w.SetWriteDeadline(time.Now().Add(2 * time.Second))
		if write() != nil {
			return i
		}
	}
	return n
}

// stillServes calls as another client.
func stillServes(t *testing.T, r *running) {
	t.Helper()
	if _, err := r.client.Extract(t.Context(), article("x")); err != nil {
		t.Errorf("another client over gRPC: %v", err)
	}
	resp, body := do(t, http.MethodGet, r.http+"/v1/serverInfo", nil, nil)
	if resp.StatusCode != http.StatusOK {
		t.Errorf("another client over HTTP: %s %s", resp.Status, body)
	}
}

// heapInUse returns the bytes of objects that are alive.
func heapInUse() uint64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// TestHTTP2Floods sends frames that cost a server something and their sender nothing, on both listeners. Whatever becomes of the
// connection, the server holds little more memory than before while it is open, and serves others.
func TestHTTP2Floods(t *testing.T) {
	const mib, many = 1 << 20, 2_000_000
	r := start(t, overTCP, echo)
	for listener, addr := range map[string]string{"gRPC": r.grpc, "HTTP": strings.TrimPrefix(r.http, "http://")} {
		for name, attack := range map[string]struct {
			read  bool // whether the attacker reads what the server sends
			ends  bool // whether the server must end the connection, or stop reading it
			write func(w *wire) int
		}{
			"pings": {true, listener == "gRPC", func(w *wire) int {
				return w.flood(20_000, func() error { return w.framer.WritePing(false, [8]byte{1}) })
			}},
			"pings, answers not read": {false, true, func(w *wire) int {
				return w.flood(many, func() error { return w.framer.WritePing(false, [8]byte{1}) })
			}},
			"settings": {true, false, func(w *wire) int {
				return w.flood(20_000, func() error {
					return w.framer.WriteSettings(http2.Setting{ID: http2.SettingInitialWindowSize, Val: 1 << 20})
				})
			}},
			"settings, answers not read": {false, false, func(w *wire) int {
				return w.flood(200_000, func() error { return w.framer.WriteSettings() })
			}},
			"continuations": {true, true, func(w *wire) int {
				w.call(extractPath, true) // fills w.header
				w.must(w.framer.WriteHeaders(http2.HeadersFrameParam{StreamID: w.next, BlockFragment: w.header.Bytes(), EndStream: true}))
				junk := make([]byte, 0, 16<<10)
				for len(junk) < 16<<10-20 { // literals without indexing, of a new name
					junk = append(append(junk, 0, 1, 'x', 10), "0123456789"...)
				}
				return w.flood(5_000, func() error { return w.framer.WriteContinuation(w.next, false, junk) })
			}},
			"empty continuations": {true, false, func(w *wire) int {
				w.call(extractPath, true)
				w.must(w.framer.WriteHeaders(http2.HeadersFrameParam{StreamID: w.next, BlockFragment: w.header.Bytes(), EndStream: true}))
				return w.flood(100_000, func() error { return w.framer.WriteContinuation(w.next, false, nil) })
			}},
			"a packed header": {true, false, func(w *wire) int {
				// One entry of 4,000 bytes in the table of the connection, then thousands of references of one byte each.
				big := strings.Repeat("v", 4000)
				w.call(extractPath, true, "x-big", big)
				return w.flood(200, func() error {
					id := w.next
					w.next += 2
					block := append(append([]byte{}, w.header.Bytes()...), []byte(strings.Repeat("\xbe", 10_000))...)
					return w.framer.WriteHeaders(http2.HeadersFrameParam{StreamID: id, BlockFragment: block, EndHeaders: true, EndStream: true})
				})
			}},
			"a long header": {true, false, func(w *wire) int {
				return w.flood(200, func() error {
					w.call(extractPath, true, "x-long", strings.Repeat("v", 15<<10))
					return nil
				})
			}},
			"window updates": {true, false, func(w *wire) int {
				return w.flood(20_000, func() error { return w.framer.WriteWindowUpdate(0, 1) })
			}},
			"a window too large": {true, false, func(w *wire) int {
				return w.flood(3, func() error { return w.framer.WriteWindowUpdate(0, 1<<31-1) })
			}},
			"empty data": {true, false, func(w *wire) int {
				id := w.call(extractPath, false)
				return w.flood(20_000, func() error { return w.framer.WriteData(id, false, nil) })
			}},
			"padding only": {true, false, func(w *wire) int {
				id := w.call(extractPath, false)
				return w.flood(200, func() error { return w.framer.WriteDataPadded(id, false, nil, make([]byte, 255)) })
			}},
			"unknown frames": {true, false, func(w *wire) int {
				return w.flood(20_000, func() error { return w.framer.WriteRawFrame(0xee, 0, 0, make([]byte, 100)) })
			}},
			"a frame too large": {true, false, func(w *wire) int {
				return w.flood(1, func() error { return w.framer.WriteRawFrame(http2.FrameData, 0, 1, make([]byte, 1<<20)) })
			}},
			"priorities": {true, false, func(w *wire) int {
				return w.flood(20_000, func() error {
					w.next += 2
					return w.framer.WritePriority(w.next, http2.PriorityParam{StreamDep: w.next - 1, Weight: 1})
				})
			}},
			"data beyond the window": {true, false, func(w *wire) int {
				id := w.call(extractPath, false)
				message := binary.BigEndian.AppendUint32([]byte{0}, 1<<20)
				w.must(w.framer.WriteData(id, false, message))
				return w.flood(2_000, func() error { return w.framer.WriteData(id, false, make([]byte, 16<<10)) })
			}},
			"many streams, no message": {true, false, func(w *wire) int {
				return w.flood(2_000, func() error { w.call(extractPath, false); return nil })
			}},
		} {
			t.Run(listener+"/"+name, func(t *testing.T) {
				before := heapInUse()
				w := dialWire(t, addr)
				var ended chan struct{}
				if attack.read {
					ended = w.drainWire()
				}
				begin := time.Now()
				sent := attack.write(w)
				took := time.Since(begin)
				after := heapInUse()
				for range 20 { // what was sent last may still be at work
					if after <= before+8*mib {
						break
					}
					time.Sleep(50 * time.Millisecond)
					after = heapInUse()
				}
				if after > before+8*mib {
					t.Errorf("%d MiB more are in use after %d frames", (after-before)/mib, sent)
				}
				t.Logf("%d frames in %v", sent, took.Round(time.Millisecond))
				if attack.ends && attack.read {
					select {
					case <-ended:
					case <-time.After(10 * time.Second):
						t.Error("the connection goes on")
					}
				}
				if attack.ends && !attack.read && sent == many {
					t.Error("all was read")
				}
				stillServes(t, r)
			})
		}
	}
}

// TestHeaderListIsBounded sends a header above the limit, which is refused, and one below, which is not.
func TestHeaderListIsBounded(t *testing.T) {
	r := start(t, overTCP, echo)
	request, err := proto.Marshal(article("the text"))
	if err != nil {
		t.Fatal(err)
	}
	for listener, addr := range map[string]string{"gRPC": r.grpc, "HTTP": strings.TrimPrefix(r.http, "http://")} {
		for size, want := range map[int]bool{15 << 10: true, 4 * maxHeaderBytes: false} {
			w := dialWire(t, addr)
			id := w.longCall(size)
			_ = w.framer.WriteData(id, true, frame(request))
			header, _ := w.answer(id)
			if header == nil || (header["grpc-status"] == "0") != want {
				t.Errorf("%s, %d bytes of header: %v, want it served: %v", listener, size, header, want)
			}
		}
	}
}

// longCall opens a stream with a header of about size bytes, in as many frames as that needs.
func (w *wire) longCall(size int) (id uint32) {
	w.Helper()
	w.header.Reset()
	fields := []string{":method", "POST", ":scheme", "http", ":path", extractPath, ":authority", "localhost", "content-type", "application/grpc", "te", "trailers"}
	for range size / 1000 {
		fields = append(fields, "x-filler", strings.Repeat("v", 1000))
	}
	for i := 0; i < len(fields); i += 2 {
		w.must(w.hpack.WriteField(hpack.HeaderField{Name: fields[i], Value: fields[i+1]}))
	}
	block := w.header.Bytes()
	first := min(len(block), 16<<10)
	w.must(w.framer.WriteHeaders(http2.HeadersFrameParam{StreamID: w.next, BlockFragment: block[:first], EndHeaders: first == len(block)}))
	for block = block[first:]; len(block) > 0; {
		n := min(len(block), 16<<10)
		if w.framer.WriteContinuation(w.next, n == len(block), block[:n]) != nil {
			break
		}
		block = block[n:]
	}
	w.next += 2
	return w.next - 2
}

// TestAnswersNotRead has a client that takes no answers: it opens no window, or does not read its connection. What it makes the
// server hold is bounded by the calls of its connection, and is freed with it; when memory is full, it is closed.
func TestAnswersNotRead(t *testing.T) {
	const size, calls = 128 << 10, 300
	var full atomic.Bool
	for name, window := range map[string]uint32{"no window": 0, "not read": 1<<31 - 1} {
		t.Run(name, func(t *testing.T) {
			var begun atomic.Int64
			r := start(t, func(c *Config) { overTCP(c); c.MaxWaiting = 40 }, fake(func(context.Context, string) (*nutgrafv1.Extraction, error) {
				begun.Add(1)
				return body(strings.Repeat("x", size)), nil
			}), func(s *Server) { s.conns = newConnections(full.Load) })
			request, err := proto.Marshal(article("x"))
			if err != nil {
				t.Fatal(err)
			}
			before := heapInUse()
			w := dialWire(t, r.grpc)
			w.must(w.framer.WriteSettings(http2.Setting{ID: http2.SettingInitialWindowSize, Val: window}))
			_ = w.Conn.(*net.TCPConn).SetReadBuffer(4 << 10)
			sent := w.flood(calls, func() error {
				id := w.call(extractPath, false)
				return w.framer.WriteData(id, true, frame(request))
			})
			for still := 0; still < 20 && begun.Load() < calls; still++ { // until nothing has begun for a second
				last := begun.Load()
				time.Sleep(50 * time.Millisecond)
				if begun.Load() != last || r.admissionHeld() > 0 {
					still = 0
				}
			}
			if n := begun.Load(); n < 32 { // how many before the server can write no more depends on buffers of the system
				t.Fatalf("only %d calls of %d were answered", n, sent)
			}
			held := heapInUse() - before
			t.Logf("%d calls sent, %d answered, %d MiB held", sent, begun.Load(), held>>20)
			// gRPC's buffers are powers of two, so up to twice an answer.
			if held > 2*(maxConcurrentStreams+16)*size+8<<20 {
				t.Errorf("%d MiB are held for one connection", held>>20)
			}
			stillServes(t, r)
			full.Store(true)
			eventually(t, "the connection is closed", func() bool { return r.conns.count() == 0 })
			full.Store(false)
			eventually(t, "memory is free again", func() bool { return heapInUse() < before+8<<20 })
			stillServes(t, r)
		})
	}
}
