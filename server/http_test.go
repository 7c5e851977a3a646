package server

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	nutgrafv1 "example.invalid/nutgraf/gen/go/nutgraf/v1"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
)

func do(t *testing.T, method, url string, header map[string]string, body []byte) (*http.Response, []byte) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, url, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for k, v := range header {
		req.Header.Set(k, v)
	}
	transport := &http.Transport{}
	defer transport.CloseIdleConnections()
	resp, err := transport.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	got, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp, got
}

func TestHTTPProtocols(t *testing.T) {
	r := start(t, nil, echo)
	asJSON, err := protojson.Marshal(article("Some text."))
	if err != nil {
		t.Fatal(err)
	}
	binaryForm, err := proto.Marshal(article("Some text."))
	if err != nil {
		t.Fatal(err)
	}
	batch, err := proto.Marshal(&nutgrafv1.ExtractBatchRequest{Items: []*nutgrafv1.BatchItem{{ItemId: "one", Article: article("Some text.")}}})
	if err != nil {
		t.Fatal(err)
	}
	rpc := r.http + "/nutgraf.v1.ExtractionService/"
	for name, test := range map[string]struct {
		url    string
		header map[string]string
		body   []byte
	}{
		"REST":           {r.http + "/v1/articles:extract", map[string]string{"Content-Type": "application/json"}, asJSON},
		"Connect JSON":   {rpc + "Extract", map[string]string{"Content-Type": "application/json", "Connect-Protocol-Version": "1"}, asJSON},
		"Connect proto":  {rpc + "Extract", map[string]string{"Content-Type": "application/proto", "Connect-Protocol-Version": "1"}, binaryForm},
		"gRPC-Web":       {rpc + "Extract", map[string]string{"Content-Type": "application/grpc-web+proto"}, frame(binaryForm)},
		"gRPC-Web batch": {rpc + "ExtractBatch", map[string]string{"Content-Type": "application/grpc-web+proto"}, frame(batch)},
	} {
		t.Run(name, func(t *testing.T) {
			resp, got := do(t, http.MethodPost, test.url, test.header, test.body)
			if resp.StatusCode != http.StatusOK || !bytes.Contains(got, []byte("Some text.")) || resp.Header.Get(requestIDHeader) == "" {
				t.Errorf("%s with %v: %q", resp.Status, resp.Header, got)
			}
		})
	}
	for _, path := range []string{"/v1/extractors", "/v1/serverInfo"} {
		if resp, got := do(t, http.MethodGet, r.http+path, nil, nil); resp.StatusCode != http.StatusOK || !json.Valid(got) {
			t.Errorf("GET %s: %s %q", path, resp.Status, got)
		}
	}
	resp, got := do(t, http.MethodPost, r.http+"/v1/articles:extract", map[string]string{"Content-Type": "application/json"}, []byte(`{}`))
	if resp.StatusCode != http.StatusBadRequest || !strings.Contains(string(got), `"reason":"INVALID_REQUEST"`) {
		t.Errorf("a bad request over REST: %s %s", resp.Status, got)
	}
}

func frame(message []byte) []byte {
	return append(binary.BigEndian.AppendUint32([]byte{0}, uint32(len(message))), message...)
}

func TestCORS(t *testing.T) {
	preflight := map[string]string{
		"Origin": "https://app.example", "Access-Control-Request-Method": "POST",
		"Access-Control-Request-Headers": "authorization,connect-protocol-version,content-type",
	}
	for name, test := range map[string]struct {
		origins []string
		allowed string
	}{
		"none by default": {nil, ""},
		"named":           {[]string{"https://app.example"}, "https://app.example"},
		"another":         {[]string{"https://other.example"}, ""},
		"any":             {[]string{"*"}, "*"},
	} {
		t.Run(name, func(t *testing.T) {
			r := start(t, func(c *Config) { c.AllowedOrigins = test.origins }, echo)
			resp, _ := do(t, http.MethodOptions, r.http+"/nutgraf.v1.ExtractionService/Extract", preflight, nil)
			if got := resp.Header.Get("Access-Control-Allow-Origin"); got != test.allowed {
				t.Errorf("Access-Control-Allow-Origin = %q, want %q", got, test.allowed)
			}
		})
	}
}

// What cannot be read is the caller's fault, not the server's, and the answer says what is wrong.
func TestUnreadable(t *testing.T) {
	r := start(t, nil, echo)
	const rest, rpc = "/v1/articles:extract", "/nutgraf.v1.ExtractionService/Extract"
	asJSON := map[string]string{"Content-Type": "application/json"}
	for name, test := range map[string]struct {
		path   string
		header map[string]string
		body   string
		status int
		want   string
	}{
		"nothing":                 {rest, nil, "", 400, "source: no content"},
		"nothing in JSON":         {rest, asJSON, "", 400, "source: no content"},
		"nothing in UTF-8":        {rest, map[string]string{"Content-Type": "application/json; charset=utf-8"}, "", 400, "source: no content"},
		"nothing packed":          {rest, map[string]string{"Content-Type": "application/json", "Content-Encoding": "gzip"}, "", 400, "source: no content"},
		"nothing over Connect":    {rpc, asJSON, "", 400, "source: no content"},
		"no text":                 {rest, asJSON, "\xffabc", 400, "invalid value"},
		"cut off":                 {rest, asJSON, "{", 400, "unexpected"},
		"a list":                  {rest, asJSON, "[]", 400, "unexpected token"},
		"a number for a message":  {rest, asJSON, `{"source": 7}`, 400, "line 1:12"},
		"an unknown field":        {rest, asJSON, `{"sorce": {}}`, 400, `sorce`},
		"an unknown value":        {rest, asJSON, `{"options": {"offset_encoding": "UTF7"}}`, 400, `offsetEncoding: "UTF7"`},
		"both kinds of content":   {rest, asJSON, `{"source": {"html": {}, "plain_text": {}}}`, 400, "already set"},
		"HTML that is not base64": {rest, asJSON, `{"source": {"html": {"data": "<p>é` + strings.Repeat("é", 1000) + `"}}}`, 400, "..."},
		"no gzip":                 {rest, map[string]string{"Content-Type": "application/json", "Content-Encoding": "gzip"}, "{}", 400, "not gzip"},
		"no gzip at all":          {rest, map[string]string{"Content-Type": "application/json", "Content-Encoding": "gzip"}, `{"source": {"plain_text": {}}}`, 400, "not gzip"},
		"an unknown parameter":    {rest + "?x=1", asJSON, "{}", 400, "source: no content"},
		"a form":                  {rest, map[string]string{"Content-Type": "application/x-www-form-urlencoded"}, "{}", 415, "must be application/json"},
	} {
		t.Run(name, func(t *testing.T) {
			resp, got := do(t, http.MethodPost, r.http+test.path, test.header, []byte(test.body))
			var answer struct{ Message string }
			if err := json.Unmarshal(got, &answer); err != nil {
				t.Errorf("%s %q: %v", resp.Status, got, err)
			}
			if resp.StatusCode != test.status || !strings.Contains(answer.Message, test.want) || len(answer.Message) > 300 {
				t.Errorf("%s %s, want %d and %q", resp.Status, got, test.status, test.want)
			}
		})
	}
	if resp, got := do(t, http.MethodGet, r.http+"/v1/extractors?utm_source=x", nil, nil); resp.StatusCode != http.StatusOK {
		t.Errorf("an unknown parameter: %s %s", resp.Status, got)
	}
}

// Programs may be newer than the server: over Connect what is unknown is left out, as over gRPC.
func TestNewerClient(t *testing.T) {
	r := start(t, nil, echo)
	resp, got := do(t, http.MethodPost, r.http+"/nutgraf.v1.ExtractionService/Extract", map[string]string{"Content-Type": "application/json"},
		[]byte(`{"source": {"plainText": {"text": "Some text.", "new": 1}}}`))
	if resp.StatusCode != http.StatusOK || !bytes.Contains(got, []byte("Some text.")) {
		t.Errorf("%s %s", resp.Status, got)
	}
}

// A call that is refused for its credentials is told so, whatever its body.
func TestRefusedWithoutBody(t *testing.T) {
	r := start(t, withTokens(t), echo)
	for _, contentType := range []string{"", "application/json", "application/json; charset=utf-8"} {
		header := map[string]string{}
		if contentType != "" {
			header["Content-Type"] = contentType
		}
		for _, body := range []string{"", "{}"} {
			resp, got := do(t, http.MethodPost, r.http+"/v1/articles:extract", header, []byte(body))
			if resp.StatusCode != http.StatusUnauthorized {
				t.Errorf("content type %q, body %q: %s %s, want 401", contentType, body, resp.Status, got)
			}
		}
	}
}

// TestBadBodyAtItsDeadline ends bodies badly just as their calls run out of time, when the transcoder and gRPC both have an answer.
// Under the race detector it saw them write at once; without, such a call could end the process.
func TestBadBodyAtItsDeadline(t *testing.T) {
	r := start(t, nil, echo)
	addr := strings.TrimPrefix(r.http, "http://")
	const length = 20
	envelope := string([]byte{0, 0, 0, 0, length})
	bad := strings.Repeat("x", length)
	var calls sync.WaitGroup
	var answers atomic.Int64
	for i := range 200 {
		calls.Go(func() {
			conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", addr)
			if err != nil {
				t.Error(err)
				return
			}
			defer conn.Close()
			timeout := "Grpc-Timeout: 20m"
			contentType, before := "application/grpc-web+json", envelope
			switch i % 3 {
			case 1:
				contentType, timeout = "application/connect+json", "Connect-Timeout-Ms: 20"
			case 2:
				contentType, timeout, before = "application/json", "Connect-Timeout-Ms: 20", ""
			}
			method := "Extract"
			if i%3 == 1 {
				method = "ExtractBatch"
			}
			_, _ = fmt.Fprintf(conn, "POST /nutgraf.v1.ExtractionService/%s HTTP/1.1\r\nHost: x\r\nContent-Type: %s\r\n%s\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s",
				method, contentType, timeout, len(before)+length, before)
			time.Sleep(20*time.Millisecond + time.Duration(i%20-10)*100*time.Microsecond)
			_, _ = io.WriteString(conn, bad)
			_ = conn.SetReadDeadline(time.Now().Add(10 * time.Second))
			// Who writes to a call that is over may get its connection reset, after the answer or before.
			if answer, _ := io.ReadAll(conn); strings.HasPrefix(string(answer), "HTTP/1.1 ") {
				answers.Add(1)
			}
		})
	}
	calls.Wait()
	if answers.Load() < 100 {
		t.Errorf("only %d calls of 200 were answered", answers.Load())
	}
	if _, err := r.client.Extract(t.Context(), article("x")); err != nil {
		t.Errorf("afterwards: %v", err)
	}
}
