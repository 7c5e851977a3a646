package server

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/iotest"
	"time"

	nutgrafv1 "example.invalid/nutgraf/gen/go/nutgraf/v1"
	"example.invalid/nutgraf/internal/pipeline"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/encoding/protojson"
)

// TestNoMessageWithoutCredentials sends the header of a call and not one byte of its message: who may not call is told so at once, and
// gets no memory for a message.
func TestNoMessageWithoutCredentials(t *testing.T) {
	tokens := withTokens(t)
	r := start(t, func(c *Config) { overTCP(c); tokens(c) }, echo)
	web := strings.TrimPrefix(r.http, "http://")
	for name, header := range map[string][]string{"none": nil, "a wrong token": {"authorization", "Bearer wrong"}} {
		for _, addr := range []string{r.grpc, web} {
			w := dialWire(t, addr)
			id := w.call(nutgrafv1.ExtractionService_Extract_FullMethodName, false, header...)
			if got, _ := w.answer(id); got["grpc-status"] != fmt.Sprint(int(codes.Unauthenticated)) || got["grpc-status-details-bin"] == "" {
				t.Errorf("%s, %s: %v, want UNAUTHENTICATED with details", addr, name, got)
			}
		}
		for _, path := range []string{"/v1/articles:extract", nutgrafv1.ExtractionService_Extract_FullMethodName} {
			request := "POST " + path + " HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 20000000\r\n"
			if path != "/v1/articles:extract" {
				request += "Connect-Protocol-Version: 1\r\n"
			}
			if header != nil {
				request += "Authorization: " + header[1] + "\r\n"
			}
			if got := exchange(t, web, request+"\r\n"); !strings.HasPrefix(got, "HTTP/1.1 401 ") {
				t.Errorf("%s, %s: %.100q, want 401", path, name, got)
			}
		}
	}
	if !strings.Contains(r.logs.String(), `"code":"Unauthenticated"`) {
		t.Error("the log lacks these calls")
	}
	_, metrics := do(t, http.MethodGet, r.admin+"/metrics", nil, nil)
	for _, want := range []string{`nutgraf_refused_total{reason="CREDENTIALS_MISSING"} 4`, `nutgraf_refused_total{reason="CREDENTIALS_INVALID"} 4`} {
		if !bytes.Contains(metrics, []byte(want)) {
			t.Errorf("/metrics lacks %s", want)
		}
	}
}

// exchange sends bytes and returns what comes back first.
func exchange(t *testing.T, addr, sent string) string {
	t.Helper()
	conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := io.WriteString(conn, sent); err != nil {
		t.Fatal(err)
	}
	_ = conn.SetReadDeadline(time.Now().Add(10 * time.Second))
	answer := make([]byte, 4096)
	n, _ := conn.Read(answer)
	return string(answer[:n])
}

// TestAnnouncedIsNotAllocated announces large messages and sends nothing of them.
func TestAnnouncedIsNotAllocated(t *testing.T) {
	const calls, size = 20, 20_000_000
	r := start(t, overTCP, echo)
	web := strings.TrimPrefix(r.http, "http://")
	envelope := binary.BigEndian.AppendUint32([]byte{0}, size)
	post := func(path, contentType, length, body string) string {
		return "POST " + path + " HTTP/1.1\r\nHost: x\r\nContent-Type: " + contentType + "\r\nConnect-Protocol-Version: 1\r\n" + length + "\r\n\r\n" + body
	}
	announced := fmt.Sprintf("Content-Length: %d", size)
	for name, sent := range map[string]string{
		"REST":                   post("/v1/articles:extract", "application/json", announced, "{"),
		"Connect JSON":           post("/nutgraf.v1.ExtractionService/Extract", "application/json", announced, "{"),
		"Connect proto":          post("/nutgraf.v1.ExtractionService/Extract", "application/proto", announced, "{"),
		"Connect stream of JSON": post("/nutgraf.v1.ExtractionService/ExtractBatch", "application/connect+json", announced, string(envelope)),
		"Connect stream":         post("/nutgraf.v1.ExtractionService/ExtractBatch", "application/connect+proto", announced, string(envelope)),
		"gRPC-Web":               post("/nutgraf.v1.ExtractionService/Extract", "application/grpc-web+proto", announced, string(envelope)),
		"gRPC-Web JSON":          post("/nutgraf.v1.ExtractionService/Extract", "application/grpc-web+json", announced, string(envelope)),
		"gRPC":                   "",
	} {
		t.Run(name, func(t *testing.T) {
			got := allocated(func() {
				for range calls {
					if sent == "" {
						w := dialWire(t, r.grpc)
						w.must(w.framer.WriteData(w.call(nutgrafv1.ExtractionService_Extract_FullMethodName, false), false, envelope))
						continue
					}
					conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", web)
					if err != nil {
						t.Fatal(err)
					}
					defer conn.Close()
					if _, err := io.WriteString(conn, sent); err != nil {
						t.Fatal(err)
					}
				}
				time.Sleep(200 * time.Millisecond)
			})
			if got > calls<<20 {
				t.Errorf("%d MiB allocated for %d calls that announced %d MiB each", got>>20, calls, size>>20)
			}
		})
	}
}

// TestMessages cuts a body of small, large, and too large messages, at any place, and wants it to come out as it went in.
func TestMessages(t *testing.T) {
	const limit = 4 * announceBytes
	var body []byte
	for _, size := range []int{0, 1, announceBytes, announceBytes + 1, 3 * announceBytes, 7} {
		body = append(append(body, frame(make([]byte, size))[:envelopeBytes]...), bytes.Repeat([]byte{byte(size)}, size)...)
	}
	tooLarge := binary.BigEndian.AppendUint32([]byte{0}, limit+1)
	for _, in := range [][]byte{nil, body, body[:3], body[:len(body)-3], append(slices.Clone(body), tooLarge...)} {
		for name, reader := range map[string]io.Reader{"whole": bytes.NewReader(in), "halves": iotest.HalfReader(bytes.NewReader(in)), "early end": iotest.DataErrReader(bytes.NewReader(in))} {
			got, err := io.ReadAll(&messages{ReadCloser: io.NopCloser(reader), limit: limit})
			if !bytes.Equal(got, in) || err != nil {
				t.Errorf("%s: %d of %d bytes, %v", name, len(got), len(in), err)
			}
		}
	}
	// Of one that ends early, nothing is let through.
	got, err := io.ReadAll(&messages{limit: limit, ReadCloser: io.NopCloser(bytes.NewReader(frame(make([]byte, 2*announceBytes))[:announceBytes]))})
	if len(got) != 0 || !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("half a message: %d bytes, %v", len(got), err)
	}
}

// A large body of JSON of which the size is announced, packed or not, is extracted all the same.
func TestLargeJSON(t *testing.T) {
	r := start(t, func(c *Config) { c.MaxResponseBytes = 64 << 20 }, echo)
	text := strings.Repeat("Some text. ", 200_000)
	asJSON, err := protojson.Marshal(article(text))
	if err != nil {
		t.Fatal(err)
	}
	batch := fmt.Appendf(nil, `{"items": [{"itemId": "one", "article": %s}]}`, asJSON)
	for name, test := range map[string]struct {
		path   string
		header map[string]string
		body   []byte
	}{
		"plain":  {"/v1/articles:extract", map[string]string{"Content-Type": "application/json"}, asJSON},
		"packed": {"/v1/articles:extract", map[string]string{"Content-Type": "application/json", "Content-Encoding": "gzip"}, packed(t, asJSON)},
		"stream": {"/nutgraf.v1.ExtractionService/ExtractBatch", map[string]string{"Content-Type": "application/connect+json"}, frame(batch)},
	} {
		resp, got := do(t, http.MethodPost, r.http+test.path, test.header, test.body)
		if resp.StatusCode != http.StatusOK || !bytes.Contains(got, []byte(text)) {
			t.Errorf("%s: %s %.200s", name, resp.Status, got)
		}
	}
}

// TestFullMemoryHoldsConnections has two connections while memory is full: neither is read, and the one that does least is closed.
func TestFullMemoryHoldsConnections(t *testing.T) {
	var full atomic.Bool
	conns := newConnections(full.Load)
	raw, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	lis := conns.listen(raw, 10)
	defer lis.Close()
	var clients, servers [2]net.Conn
	for i := range clients {
		if clients[i], err = (&net.Dialer{}).DialContext(t.Context(), "tcp", raw.Addr().String()); err != nil {
			t.Fatal(err)
		}
		defer clients[i].Close()
		if servers[i], err = lis.Accept(); err != nil {
			t.Fatal(err)
		}
		defer servers[i].Close()
	}
	send := func(i int) {
		if _, err := clients[i].Write(make([]byte, 100*(i+1))); err != nil {
			t.Fatal(err)
		}
	}
	read := func(i int) (int, error) { return servers[i].Read(make([]byte, 1000)) }
	for i := range clients {
		send(i)
		if n, err := read(i); n != 100*(i+1) || err != nil {
			t.Fatalf("connection %d: %d bytes, %v", i, n, err)
		}
	}
	full.Store(true)
	send(0)
	send(1)
	got := [2]chan error{make(chan error, 1), make(chan error, 1)}
	for i := range got {
		go func() {
			_, err := read(i)
			got[i] <- err
		}()
	}
	time.Sleep(5 * pauseStep)
	if len(got[0])+len(got[1]) > 0 {
		t.Error("read while memory is full")
	}
	conns.measure()
	if n := conns.evict(); n != 1 {
		t.Errorf("%d closed, want 1", n)
	}
	if err := <-got[0]; err == nil {
		t.Error("the slower connection was not closed")
	}
	full.Store(false)
	if err := <-got[1]; err != nil {
		t.Errorf("the faster connection, with memory again: %v", err)
	}
	_ = servers[1].Close()
	if n := conns.count(); n != 0 {
		t.Errorf("%d connections are remembered after their end", n)
	}
}

// TestDocumentsFitTheMemory has a server with little memory refuse what it could not work on even alone, and say what it takes.
func TestDocumentsFitTheMemory(t *testing.T) {
	for limit, want := range map[int64]int64{64 << 20: 256 << 10, 512 << 20: 4_487_905, 16 << 30: pipeline.MaxContentBytes, 0: pipeline.MaxContentBytes} {
		r := start(t, func(c *Config) { c.MemoryLimit = limit }, echo, func(s *Server) {
			s.memory = newMemory(limit)
			s.memory.refuses, s.memory.cancels = 1<<50, 1<<50 // this process is not the server's alone
			s.conns = newConnections(func() bool { return false })
		})
		info, err := r.client.GetServerInfo(t.Context(), &nutgrafv1.GetServerInfoRequest{})
		if err != nil {
			t.Fatal(err)
		}
		if got := info.GetLimits().GetMaxContentBytes(); got != want {
			t.Errorf("limit %d MiB: documents of up to %d bytes, want %d", limit>>20, got, want)
		}
		for way, extract := range ways {
			if _, err := extract(t.Context(), r.client, article(strings.Repeat("x", int(want)))); err != nil {
				t.Errorf("limit %d MiB, %s: one that fits: %v", limit>>20, way, err)
			}
			_, err := extract(t.Context(), r.client, article(strings.Repeat("x", int(want)+1)))
			_, bad, _ := details(t, err)
			if len(bad.GetFieldViolations()) != 1 || bad.GetFieldViolations()[0].GetField() != "source.plain_text.text" {
				t.Errorf("limit %d MiB, %s: one that does not: %v", limit>>20, way, err)
			}
		}
	}
}

// TestNoMemoryEndsTheLargestWork has two articles at work when memory runs out: the larger one is refused, the other one is not.
func TestNoMemoryEndsTheLargestWork(t *testing.T) {
	for way, extract := range ways {
		g := newGate()
		r := start(t, func(c *Config) { c.MemoryLimit = 1 << 40 }, fake(g.extract))
		got := map[string]chan error{"small": make(chan error, 1), "much larger": make(chan error, 1)}
		for text, c := range got {
			go func() {
				_, err := extract(context.Background(), r.client, article(text))
				c <- err
			}()
		}
		eventually(t, "both at work", func() bool { return len(g.inside()) == 2 })
		r.memory.cancelLargest()
		err := <-got["much larger"]
		if reason, _, retry := details(t, err); reason != string(reasonOverloaded) || retry == nil {
			t.Errorf("%s: the larger one: %v, want OVERLOADED with a delay", way, err)
		}
		close(g.all)
		if err := <-got["small"]; err != nil {
			t.Errorf("%s: the smaller one: %v", way, err)
		}
		if n := len(r.memory.atWork); n != 0 {
			t.Errorf("%s: %d needs are remembered", way, n)
		}
	}
}

// TestResident wants the memory that a process touches, and not what it only reserves, to count.
func TestResident(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("only Linux tells")
	}
	const size = 64 << 20
	before := resident()
	memory, err := syscall.Mmap(-1, 0, size, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_ANON|syscall.MAP_PRIVATE)
	if err != nil {
		t.Fatal(err)
	}
	if reserved := resident() - before; reserved > size/2 {
		t.Errorf("%d MiB count before they are touched", reserved>>20)
	}
	for i := range memory {
		memory[i] = 1
	}
	if touched := resident() - before; touched < size/2 {
		t.Errorf("%d MiB of %d count", touched>>20, size>>20)
	}
	if err := syscall.Munmap(memory); err != nil {
		t.Error(err)
	}
	m := newMemory(1)
	if !m.full() {
		t.Error("one byte is enough for a process")
	}
}

func BenchmarkFull(b *testing.B) {
	m := newMemory(1 << 40)
	for b.Loop() {
		m.full()
	}
}
