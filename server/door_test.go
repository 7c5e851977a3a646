package server

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/binary"
	"io"
	"math/big"
	"net"
	"net/http"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	nutgrafv1 "example.invalid/nutgraf/gen/go/nutgraf/v1"
	"example.invalid/nutgraf/internal/pipeline"
	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"
	"golang.org/x/sync/semaphore"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
)

// wire is an HTTP/2 connection of which a test writes every frame.
type wire struct {
	*testing.T
	net.Conn
	framer *http2.Framer
	header bytes.Buffer
	hpack  *hpack.Encoder
	next   uint32
}

func dialWire(t *testing.T, addr string) *wire {
	t.Helper()
	conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	w := &wire{T: t, Conn: conn, framer: http2.NewFramer(conn, conn), next: 1}
	w.hpack = hpack.NewEncoder(&w.header)
	w.framer.ReadMetaHeaders = hpack.NewDecoder(4096, nil)
	if _, err := io.WriteString(conn, http2.ClientPreface); err != nil {
		t.Fatal(err)
	}
	w.must(w.framer.WriteSettings())
	return w
}

func (w *wire) must(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

// call opens a stream and returns its id.
func (w *wire) call(path string, end bool, more ...string) uint32 {
	w.Helper()
	w.header.Reset()
	fields := append([]string{":method", "POST", ":scheme", "http", ":path", path, ":authority", "localhost", "content-type", "application/grpc", "te", "trailers"}, more...)
	for i := 0; i < len(fields); i += 2 {
		w.must(w.hpack.WriteField(hpack.HeaderField{Name: fields[i], Value: fields[i+1]}))
	}
	id := w.next
	w.next += 2
	w.must(w.framer.WriteHeaders(http2.HeadersFrameParam{StreamID: id, BlockFragment: w.header.Bytes(), EndHeaders: true, EndStream: end}))
	return id
}

// answer reads until the end of the stream and returns the last value of each header, and the bytes of data. An ended
// connection is an answer without headers; nil is none at all.
func (w *wire) answer(id uint32) (header map[string]string, data []byte) {
	w.Helper()
	header = map[string]string{}
	w.must(w.SetReadDeadline(time.Now().Add(10 * time.Second)))
	for {
		f, err := w.framer.ReadFrame()
		if ne, ok := err.(net.Error); ok && ne.Timeout() {
			return nil, data
		}
		if err != nil {
			return header, data
		}
		switch f := f.(type) {
		case *http2.MetaHeadersFrame:
			for _, h := range f.Fields {
				header[h.Name] = h.Value
			}
			if f.StreamID == id && f.StreamEnded() {
				return header, data
			}
		case *http2.DataFrame:
			data = append(data, f.Data()...)
			if f.StreamID == id && f.StreamEnded() {
				return header, data
			}
		case *http2.RSTStreamFrame:
			if f.StreamID == id {
				return header, data
			}
		}
	}
}

// upload sends a message as the server's flow control lets it, and returns the header of the answer.
func (w *wire) upload(id uint32, message []byte) map[string]string {
	w.Helper()
	header := map[string]string{}
	conn, stream := 65535, 65535
	w.must(w.SetReadDeadline(time.Now().Add(10 * time.Second)))
	for {
		if n := min(len(message), conn, stream, 16<<10); n > 0 {
			w.must(w.framer.WriteData(id, n == len(message), message[:n]))
			message, conn, stream = message[n:], conn-n, stream-n
			continue
		}
		f, err := w.framer.ReadFrame()
		w.must(err)
		switch f := f.(type) {
		case *http2.WindowUpdateFrame:
			if f.StreamID == 0 {
				conn += int(f.Increment)
			} else {
				stream += int(f.Increment)
			}
		case *http2.SettingsFrame:
			if v, ok := f.Value(http2.SettingInitialWindowSize); ok {
				stream += int(v) - 65535
			}
		case *http2.MetaHeadersFrame:
			for _, h := range f.Fields {
				header[h.Name] = h.Value
			}
			if f.StreamEnded() {
				return header
			}
		}
	}
}

// TestOddPaths sends :path values that a client library never would, without credentials, to both listeners.
func TestOddPaths(t *testing.T) {
	tokens := withTokens(t)
	r := start(t, func(c *Config) { overTCP(c); tokens(c) }, echo)
	request, err := proto.Marshal(article("the text"))
	if err != nil {
		t.Fatal(err)
	}
	for _, addr := range []string{r.grpc, strings.TrimPrefix(r.http, "http://")} {
		for _, path := range []string{
			"/nutgraf.v1.ExtractionService/Extract",
			"nutgraf.v1.ExtractionService/Extract",
			"//nutgraf.v1.ExtractionService/Extract",
			"/nutgraf.v1.ExtractionService//Extract",
			"/nutgraf.v1.ExtractionService/Extract/",
			"/nutgraf.v1.ExtractionService/Extract?x=/grpc.health.v1.Health/Check",
			"/nutgraf.v1.ExtractionService/Extract#/grpc.health.v1.Health/Check",
			"/nutgraf.v1.ExtractionService/%45xtract",
			"/nutgraf.v1.extractionservice/extract",
			"/grpc.health.v1.Health/../nutgraf.v1.ExtractionService/Extract",
			"/grpc.health.v1.Health/Check/nutgraf.v1.ExtractionService/Extract",
			"http://localhost/nutgraf.v1.ExtractionService/Extract",
			"/nutgraf.v1.ExtractionService/Extract\x00",
			"", "/", "*", "Extract",
		} {
			w := dialWire(t, addr)
			id := w.call(path, false)
			w.must(w.framer.WriteData(id, true, frame(request)))
			header, data := w.answer(id)
			if header == nil {
				t.Errorf("%s, path %q: no answer", addr, path)
			}
			if header["grpc-status"] == "0" || bytes.Contains(data, []byte("the text")) {
				t.Errorf("%s, path %q: let in: %v %q", addr, path, header, data)
			}
		}
	}
	// The same frames with a token are let in, so it was not the frames that were refused.
	w := dialWire(t, r.grpc)
	id := w.call("/nutgraf.v1.ExtractionService/Extract", false, "authorization", "Bearer "+secret)
	w.must(w.framer.WriteData(id, true, frame(request)))
	if header, data := w.answer(id); header["grpc-status"] != "0" || !bytes.Contains(data, []byte("the text")) {
		t.Errorf("with a token: %v %q", header, data)
	}
}

// TestRapidReset opens streams and resets them at once, many times as many as may be open.
func TestRapidReset(t *testing.T) {
	g := newGate()
	r := start(t, overTCP, fake(g.extract))
	request, err := proto.Marshal(article("x"))
	if err != nil {
		t.Fatal(err)
	}
	w := dialWire(t, r.grpc)
	go func() { _, _ = io.Copy(io.Discard, w.Conn) }() // a server that cannot write would wait
	most := 0
	for range 5000 {
		id := w.call("/nutgraf.v1.ExtractionService/Extract", false)
		if w.framer.WriteData(id, true, frame(request)) != nil || w.framer.WriteRSTStream(id, http2.ErrCodeCancel) != nil {
			break // the server may well end such a connection
		}
		most = max(most, r.admissionHeld())
	}
	if most > maxConcurrentStreams {
		t.Errorf("%d articles of one connection were held, want at most %d", most, maxConcurrentStreams)
	}
	eventually(t, "everything is freed", func() bool { return r.admissionHeld() == 0 })
	close(g.all)
	if _, err := r.client.Extract(t.Context(), article("x")); err != nil {
		t.Errorf("another client: %v", err)
	}
}

// TestSlowLoris holds connections open by sending nothing, half a header, or half a message.
func TestSlowLoris(t *testing.T) {
	quick := func(s *Server) {
		const d = 50 * time.Millisecond
		s.handshakeTime, s.receiveTime, s.idleTime, s.cfg.MaxArticleTime = d, d, d, d
	}
	r := start(t, overTCP, echo, quick)
	web := strings.TrimPrefix(r.http, "http://")
	for name, test := range map[string]struct{ addr, sent string }{
		"gRPC, nothing":           {r.grpc, ""},
		"gRPC, half a preface":    {r.grpc, http2.ClientPreface[:5]},
		"HTTP, half a header":     {web, "POST /v1/articles:extract HTTP/1.1\r\nHost: x\r\n"},
		"HTTP, half a body":       {web, "POST /v1/articles:extract HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{"},
		"admin, half a header":    {strings.TrimPrefix(r.admin, "http://"), "GET /metrics HTTP/1.1\r\n"},
		"HTTP, half a preface":    {web, http2.ClientPreface[:5]},
		"HTTP, a Connect request": {web, "POST /nutgraf.v1.ExtractionService/Extract HTTP/1.1\r\nHost: x\r\nContent-Type: application/proto\r\nConnect-Protocol-Version: 1\r\nContent-Length: 100\r\n\r\n{"},
	} {
		t.Run(name, func(t *testing.T) {
			conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", test.addr)
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			if _, err := io.WriteString(conn, test.sent); err != nil {
				t.Fatal(err)
			}
			_ = conn.SetReadDeadline(time.Now().Add(10 * time.Second))
			if _, err := io.Copy(io.Discard, conn); err != nil {
				if ne, ok := err.(net.Error); ok && ne.Timeout() {
					t.Error("the connection is still open after 10 s")
				}
			}
		})
	}
	for name, addr := range map[string]string{"gRPC, half a message": r.grpc, "HTTP/2, half a message": web} {
		t.Run(name, func(t *testing.T) {
			w := dialWire(t, addr)
			id := w.call("/nutgraf.v1.ExtractionService/Extract", false)
			w.must(w.framer.WriteData(id, false, frame(make([]byte, 100))[:20]))
			if header, _ := w.answer(id); header == nil || header["grpc-status"] == "0" {
				t.Errorf("half a message was answered with %v", header)
			}
		})
	}
}

// TestConnectionsAreBounded opens one connection too many; it is served when another one ends.
func TestConnectionsAreBounded(t *testing.T) {
	r := start(t, func(c *Config) { overTCP(c); c.MaxConnections = 2 }, echo)
	settings := func(c net.Conn, wait time.Duration) bool {
		if _, err := io.WriteString(c, http2.ClientPreface+"\x00\x00\x00\x04\x00\x00\x00\x00\x00"); err != nil {
			t.Fatal(err)
		}
		_ = c.SetReadDeadline(time.Now().Add(wait))
		_, err := c.Read(make([]byte, 9))
		return err == nil
	}
	var conns [3]net.Conn
	for i := range conns {
		c, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", r.grpc)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		conns[i] = c
		if i < 2 && !settings(c, 10*time.Second) {
			t.Fatalf("connection %d is not served", i)
		}
	}
	if settings(conns[2], 100*time.Millisecond) {
		t.Error("a third connection is served")
	}
	_ = conns[0].Close()
	_ = conns[2].SetReadDeadline(time.Now().Add(10 * time.Second))
	if _, err := conns[2].Read(make([]byte, 9)); err != nil {
		t.Errorf("the third connection after the end of the first: %v", err)
	}
}

// bomb returns 1 GiB of zeros, packed, as a megabyte again and again.
func bomb(t *testing.T) []byte {
	t.Helper()
	return bytes.Repeat(packed(t, make([]byte, 1<<20)), 1<<10)
}

func packed(t *testing.T, data []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := z.Write(data); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// allocated returns the bytes allocated while f ran, all together, which is more than was in use at any time.
func allocated(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

// TestBomb sends a megabyte that unpacks to a gigabyte, which is refused within twice the receive limit of memory.
func TestBomb(t *testing.T) {
	r := start(t, overTCP, echo)
	b := bomb(t)
	const receiveLimit = pipeline.MaxContentBytes + messageSlack
	t.Run("gRPC", func(t *testing.T) {
		w := dialWire(t, r.grpc)
		var header map[string]string
		got := allocated(func() {
			id := w.call("/nutgraf.v1.ExtractionService/Extract", false, "grpc-encoding", "gzip")
			message := append(binary.BigEndian.AppendUint32([]byte{1}, uint32(len(b))), b...)
			header = w.upload(id, message)
		})
		if header["grpc-status"] != "8" || got > 2*receiveLimit+3*uint64(len(b)) {
			t.Errorf("status %v, %d MiB allocated, want RESOURCE_EXHAUSTED within %d MiB", header, got>>20, 2*receiveLimit>>20)
		}
	})
	for name, header := range map[string]map[string]string{
		"REST":          {"Content-Type": "application/json", "Content-Encoding": "gzip"},
		"Connect JSON":  {"Content-Type": "application/json", "Content-Encoding": "gzip", "Connect-Protocol-Version": "1"},
		"Connect proto": {"Content-Type": "application/proto", "Content-Encoding": "gzip", "Connect-Protocol-Version": "1"},
	} {
		t.Run(name, func(t *testing.T) {
			url := r.http + "/nutgraf.v1.ExtractionService/Extract"
			if name == "REST" {
				url = r.http + "/v1/articles:extract"
			}
			var resp *http.Response
			var body []byte
			got := allocated(func() { resp, body = do(t, http.MethodPost, url, header, b) })
			t.Logf("%d MiB allocated, %s %s", got>>20, resp.Status, body)
			if resp.StatusCode != http.StatusTooManyRequests || got > 2*receiveLimit {
				t.Errorf("%s with %d MiB allocated, want 429 within %d MiB", resp.Status, got>>20, 2*receiveLimit>>20)
			}
		})
	}
	t.Run("Connect stream of JSON", func(t *testing.T) {
		header := map[string]string{"Content-Type": "application/connect+json", "Connect-Content-Encoding": "gzip"}
		message := append(binary.BigEndian.AppendUint32([]byte{1}, uint32(len(b))), b...)
		var body []byte
		got := allocated(func() {
			_, body = do(t, http.MethodPost, r.http+"/nutgraf.v1.ExtractionService/ExtractBatch", header, message)
		})
		t.Logf("%d MiB allocated, %s", got>>20, body)
		if !bytes.Contains(body, []byte("resource_exhausted")) || got > 2*receiveLimit {
			t.Errorf("%q with %d MiB allocated, want resource_exhausted within %d MiB", body, got>>20, 2*receiveLimit>>20)
		}
	})
}

// TestTooLargeMessage sends what the transport itself refuses.
func TestTooLargeMessage(t *testing.T) {
	r := start(t, nil, echo)
	_, err := r.client.Extract(t.Context(), article(strings.Repeat("x", pipeline.MaxContentBytes+messageSlack)))
	if status.Code(err) != codes.ResourceExhausted {
		t.Errorf("unary: %v, want RESOURCE_EXHAUSTED", err)
	}
	if _, _, retry := details(t, err); retry != nil {
		t.Error("unary: RetryInfo asks for the same again")
	}
	s := open(t, r)
	send(t, s, streamItem("a", "x"))
	_ = s.Send(streamItem("b", strings.Repeat("x", pipeline.MaxContentBytes+messageSlack)))
	if _, err := outcomes(t, s); status.Code(err) != codes.ResourceExhausted {
		t.Errorf("stream ended with %v, want RESOURCE_EXHAUSTED", err)
	}
}

// TestNothingSecretIsLogged looks for what callers send in logs of every level, in metrics, and in the answers to others.
func TestNothingSecretIsLogged(t *testing.T) {
	const (
		text     = "canary-of-the-text"
		password = "canary-of-the-password"
		label    = "canary-of-a-label"
		mask     = "canary_of_a_mask"
		agent    = "canary-of-a-header"
		token    = "canary-of-a-token"
	)
	file := writeFile(t, "tokens", tokenLine("acme", token))
	r := start(t, func(c *Config) { c.AuthTokensFile = file }, fake(func(_ context.Context, s string) (*nutgrafv1.Extraction, error) {
		switch {
		case strings.HasPrefix(s, "panic"):
			panic(s)
		case strings.HasPrefix(s, "fail"):
			return nil, errorOf(s)
		}
		return body(s), nil
	}))
	ctx := withToken(t.Context(), token)
	for _, s := range []string{text, "panic " + text, "fail " + text} {
		for _, m := range []string{"", mask} {
			for _, u := range []string{"", "https://user:" + password + "@paper.example/" + text, "ftp://user:" + password + "@paper.example"} {
				for way, extract := range ways {
					req := article(s)
					req.Source.Url = u
					req.Labels = map[string]string{label: label}
					req.Source.HttpHeaders = map[string]string{"x": agent}
					if m != "" {
						req.Options = &nutgrafv1.ExtractionOptions{ReadMask: maskOf(m)}
					}
					_, err := extract(ctx, r.client, req)
					if bad := m != "" || strings.HasPrefix(u, "ftp"); bad != (status.Code(err) == codes.InvalidArgument) {
						t.Errorf("%s: %v", way, err)
					}
					if strings.Contains(status.Convert(err).String(), password) || strings.Contains(status.Convert(err).String(), text) {
						t.Errorf("%s: the status repeats a secret: %v", way, err)
					}
				}
			}
		}
	}
	_, _ = r.client.Extract(withToken(t.Context(), token+"-that-is-wrong"), article(text))
	_, metrics := do(t, http.MethodGet, r.admin+"/metrics", nil, nil)
	if err := r.stop(); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(r.logs.String(), `"msg":"extractor"`) || !strings.Contains(r.logs.String(), `"code":"Unauthenticated"`) {
		t.Fatalf("the log lacks the calls:\n%s", r.logs)
	}
	for where, content := range map[string]string{"log": r.logs.String(), "metrics": string(metrics)} {
		if i := strings.Index(content, "canary"); i >= 0 {
			t.Errorf("%s holds %s", where, content[i:min(i+60, len(content))])
		}
	}
}

type errorOf string

func (e errorOf) Error() string { return string(e) }

// TestNothingOfCertificatesIsLogged looks for canaries where callers come with certificates: good ones with texts and tokens,
// bad ones with names, and handshakes that fail on both listeners. Only a tenant who was let in has a name in the log.
func TestNothingOfCertificatesIsLogged(t *testing.T) {
	const canary = "canary"
	servers, clients, strangers := newAuthority(t), newAuthority(t), newAuthority(t)
	certFile, keyFile := tlsFiles(t, servers, "server")
	caPEM, _ := pemOf(t, clients.cert, clients.key)
	caFile := writeFile(t, "ca.pem", caPEM)
	tokens := writeFile(t, "tokens", tokenLine("other", canary+"-of-a-good-token"))
	issue := func(a *authority, name string, usage x509.ExtKeyUsage) tls.Certificate {
		cert, key := a.issue(t, &x509.Certificate{Subject: pkix.Name{CommonName: name}, ExtKeyUsage: []x509.ExtKeyUsage{usage}})
		return tls.Certificate{Certificate: [][]byte{cert.Raw}, PrivateKey: key}
	}
	asClient, asServer := x509.ExtKeyUsageClientAuth, x509.ExtKeyUsageServerAuth
	for _, withTokens := range []bool{false, true} {
		r := start(t, func(c *Config) {
			overTCP(c)
			c.TLSCertFile, c.TLSKeyFile, c.TLSClientCAFile, c.ReloadInterval = certFile, keyFile, caFile, 5*time.Millisecond
			if withTokens {
				c.AuthTokensFile = tokens
			}
		}, fake(func(_ context.Context, s string) (*nutgrafv1.Extraction, error) {
			if strings.HasPrefix(s, "panic") {
				panic(s)
			}
			return body(s), nil
		}))
		web := strings.Replace(r.http, "http:", "https:", 1)
		for name, test := range map[string]struct {
			cert tls.Certificate
			good bool
		}{
			"good":               {issue(clients, "acme", asClient), true},
			"no name of ours":    {issue(clients, canary+" of a name", asClient), false},
			"stranger's":         {issue(strangers, canary, asClient), false},
			"of the wrong usage": {issue(clients, canary, asServer), false},
			"expired":            {expired(t, clients, canary), false},
			"none":               {tls.Certificate{}, false},
		} {
			config := &tls.Config{RootCAs: servers.pool()}
			if name != "none" {
				// Whatever the server asks for.
				config.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return &test.cert, nil }
			}
			c := dialTLS(t, r.grpc, config.Clone())
			for _, token := range []string{"", canary + "-of-a-bad-token", canary + "-of-a-good-token"} {
				ctx := metadata.AppendToOutgoingContext(t.Context(), "x-"+canary, canary)
				header := map[string]string{"Content-Type": "application/json", "X-Canary": canary}
				if token != "" {
					ctx, header["Authorization"] = withToken(ctx, token), "Bearer "+token
				}
				for _, text := range []string{canary, "panic " + canary} {
					req := article(text)
					req.Source.Url = "https://user:" + canary + "@paper.example/" + canary
					for way, extract := range ways {
						_, err := extract(ctx, c, req)
						want := token == "" && test.good || strings.HasSuffix(token, "good-token") && withTokens && (test.good || name == "none" || name == "no name of ours")
						if (err == nil) != want {
							t.Errorf("%s, token %q, %s: %v", name, token, way, err)
						}
						if err != nil && strings.Contains(status.Convert(err).String(), canary) {
							t.Errorf("%s, token %q, %s: the status repeats a secret: %v", name, token, way, err)
						}
					}
				}
				https(t, config, http.MethodPost, web+"/v1/articles:extract?x="+canary, header, `{"source":{"plainText":{"text":"canary"}}}`)
			}
			https(t, config, http.MethodGet, web+"/"+canary, nil, "")
		}
		// Names of other servers, TLS that is too old, and none at all.
		for _, addr := range []string{r.grpc, strings.TrimPrefix(r.http, "http://")} {
			for _, config := range []*tls.Config{{ServerName: canary + ".example", InsecureSkipVerify: true}, {ServerName: canary + ".example", MaxVersion: tls.VersionTLS11, InsecureSkipVerify: true}} {
				if conn, err := (&tls.Dialer{Config: config}).DialContext(t.Context(), "tcp", addr); err == nil {
					_ = conn.Close()
				}
			}
			https(t, &tls.Config{}, http.MethodGet, "http://"+addr+"/"+canary, map[string]string{"Cookie": canary}, canary)
		}
		good, err := os.ReadFile(keyFile)
		if err != nil {
			t.Fatal(err)
		}
		writeFile(t, keyFile, "-----BEGIN "+canary+"-----\n"+canary+"\n-----END "+canary+"-----\n")
		eventually(t, "the bad key is seen", func() bool { return strings.Contains(r.logs.String(), `"msg":"reload"`) })
		writeFile(t, keyFile, string(good))
		_, metrics := do(t, http.MethodGet, r.admin+"/metrics", nil, nil)
		if err := r.stop(); err != nil {
			t.Fatal(err)
		}
		logs := r.logs.String()
		for _, want := range []string{"TLS handshake error", `"code":"Unauthenticated"`, `"tenant":"acme"`, `"stack"`} {
			if !strings.Contains(logs, want) {
				t.Errorf("tokens %v: the log lacks %s", withTokens, want)
			}
		}
		for where, content := range map[string]string{"log": logs, "metrics": string(metrics)} {
			if i := strings.Index(strings.ToLower(content), canary); i >= 0 {
				t.Errorf("tokens %v: %s holds %s", withTokens, where, content[max(0, i-200):min(i+60, len(content))])
			}
		}
	}
}

// expired returns a client's certificate that was good once.
func expired(t *testing.T, a *authority, name string) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.CreateCertificate(rand.Reader, &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
		NotBefore: time.Now().Add(-2 * time.Hour), NotAfter: time.Now().Add(-time.Hour),
	}, a.cert, &key.PublicKey, a.key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

// https makes a call that may well fail.
func https(t *testing.T, config *tls.Config, method, url string, header map[string]string, body string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for k, v := range header {
		req.Header.Set(k, v)
	}
	config = config.Clone()
	config.ServerName = "localhost"
	transport := &http.Transport{TLSClientConfig: config}
	defer transport.CloseIdleConnections()
	if resp, err := transport.RoundTrip(req); err == nil {
		_ = resp.Body.Close()
	}
}

func TestMemoryLimitRefuses(t *testing.T) {
	r := start(t, nil, echo, func(s *Server) {
		s.memory = newMemory(1 << 20) // this process has more in use than that
		s.conns = newConnections(func() bool { return false })
	})
	for way, extract := range ways {
		_, err := extract(t.Context(), r.client, article("x"))
		reason, _, retry := details(t, err)
		if status.Code(err) != codes.ResourceExhausted || reason != string(reasonOverloaded) || retry == nil {
			t.Errorf("%s: error = %v with reason %q and %v, want OVERLOADED with a delay", way, err, reason, retry)
		}
	}
	for _, path := range []string{"/v1/articles:extract", "/nutgraf.v1.ExtractionService/Extract"} {
		header := map[string]string{"Content-Type": "application/json", "Connect-Protocol-Version": "1"}
		if strings.HasPrefix(path, "/v1") {
			delete(header, "Connect-Protocol-Version")
		}
		if resp, got := do(t, http.MethodPost, r.http+path, header, []byte(`{"source": {"plainText": {"text": "x"}}}`)); resp.StatusCode != http.StatusTooManyRequests || !bytes.Contains(got, []byte(reasonOverloaded)) {
			t.Errorf("%s: %s %s, want OVERLOADED", path, resp.Status, got)
		}
	}
}

// TestMemoryIsSharedByNeed lets large articles wait while small ones may work together.
func TestMemoryIsSharedByNeed(t *testing.T) {
	g := newGate()
	r := start(t, func(c *Config) { c.MemoryLimit = 1 << 40 }, fake(g.extract), func(s *Server) {
		s.memory.share = 2 * needOf(10) // two articles of 10 bytes
		s.memory.work = semaphore.NewWeighted(s.memory.share)
	})
	call := func(text string) { go func() { _, _ = r.client.Extract(context.Background(), article(text)) }() }
	call("small-1")
	call("small-2")
	eventually(t, "two at work", func() bool { return len(g.inside()) == 2 })
	call(strings.Repeat("large", 10))
	eventually(t, "three held", func() bool { return r.admissionHeld() == 3 })
	time.Sleep(20 * time.Millisecond)
	if n := len(g.inside()); n != 2 {
		t.Errorf("%d articles at work, want 2", n)
	}
	close(g.all)
	eventually(t, "the large one had its turn", func() bool { return len(g.inside()) == 3 })
}

func TestCPUEndsWithDeadline(t *testing.T) {
	begun, ended := make(chan struct{}, 10), make(chan struct{}, 10)
	r := start(t, nil, fake(func(ctx context.Context, _ string) (*nutgrafv1.Extraction, error) {
		begun <- struct{}{}
		<-ctx.Done()
		ended <- struct{}{}
		return nil, ctx.Err()
	}))
	// On a busy machine a short deadline may pass before extraction begins.
	for wait := 50 * time.Millisecond; wait < 10*time.Second; wait *= 2 {
		ctx, cancel := context.WithTimeout(t.Context(), wait)
		_, _ = r.client.Extract(ctx, article("x"))
		cancel()
		select {
		case <-begun:
			select {
			case <-ended:
			case <-time.After(10 * time.Second):
				t.Error("extraction went on after its deadline")
			}
			return
		default:
		}
	}
	t.Error("extraction never began")
}

// FuzzURL wants only absolute http and https URLs to be accepted.
func FuzzURL(f *testing.F) {
	set, err := pipeline.NewSet(pipeline.Config{}, echo)
	if err != nil {
		f.Fatal(err)
	}
	for _, s := range []string{"https://paper.example/a?b#c", "http://user:pw@[::1]:8080/", "javascript:alert(1)", "http:///x", "//x", "https:x"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		req := article("x")
		req.Source.Url = raw
		if raw == "" || set.Validate(req) != nil {
			return
		}
		lower := strings.ToLower(raw)
		rest, ok := strings.CutPrefix(lower, "https://")
		if !ok {
			rest, ok = strings.CutPrefix(lower, "http://")
		}
		if !ok || rest == "" || strings.ContainsAny(rest[:1], "/?#") || len(raw) > 2048 {
			t.Errorf("accepted %q", raw)
		}
	})
}
