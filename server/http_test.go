package server

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

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

// A body that is not JSON is the caller's fault, not the server's.
func TestMalformedJSON(t *testing.T) {
	r := start(t, nil, echo)
	for _, body := range []string{"{", "[]", `{"source": 7}`} {
		resp, _ := do(t, http.MethodPost, r.http+"/v1/articles:extract", map[string]string{"Content-Type": "application/json"}, []byte(body))
		if resp.StatusCode != http.StatusBadRequest {
			t.Errorf("body %q: %s, want 400", body, resp.Status)
		}
	}
}
