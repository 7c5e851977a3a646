package nutgraf_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"iter"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	nutgraf "example.invalid/nutgraf/clients/go"
	nutgrafv1 "example.invalid/nutgraf/gen/go/nutgraf/v1"
)

var faultServerBinary string

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "nutgraf")
	if err != nil {
		panic(err)
	}
	defer func() { _ = os.RemoveAll(dir) }()
	faultServerBinary = filepath.Join(dir, "faultserver")
	if out, err := exec.Command("go", "build", "-o", faultServerBinary, "../conformance/faultserver").CombinedOutput(); err != nil {
		panic(string(out))
	}
	m.Run()
}

// faultServer starts the server that fails as it is told and returns its address.
func faultServer(t *testing.T, args ...string) string {
	t.Helper()
	cmd := exec.Command(faultServerBinary, args...)
	cmd.Stderr = os.Stderr
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = stdin.Close()
		_ = cmd.Wait()
	})
	line, err := bufio.NewReader(stdout).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(line)
}

func connect(t *testing.T, address string, cfg nutgraf.Config) *nutgraf.Client {
	t.Helper()
	cfg.Plaintext = cfg.TLS == nil
	c, err := nutgraf.Connect(address, cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

func article(text, fault string) *nutgrafv1.ArticleRequest {
	a := &nutgrafv1.ArticleRequest{Source: &nutgrafv1.Source{Content: &nutgrafv1.Source_PlainText{PlainText: &nutgrafv1.PlainTextContent{Text: text}}}}
	if fault != "" {
		a.Labels = map[string]string{"fault": fault}
	}
	return a
}

// items yields n items, each tenth of which with the given fault, and counts them.
func items(n int, fault string, count *int) iter.Seq[*nutgrafv1.BatchItem] {
	return func(yield func(*nutgrafv1.BatchItem) bool) {
		for i := range n {
			f := ""
			if i%10 == 5 {
				f = fault
			}
			*count++
			if !yield(&nutgrafv1.BatchItem{ItemId: fmt.Sprint(i), Article: article(fmt.Sprint("text ", i), f)}) {
				return
			}
		}
	}
}

func TestExtract(t *testing.T) {
	t.Parallel()
	c := connect(t, faultServer(t), nutgraf.Config{Timeout: 5 * time.Second})
	for fault, want := range map[string]nutgraf.Error{
		"":            {},
		"busy twice":  {},
		"unavailable": {},
		"always full": {Code: codes.ResourceExhausted, Reason: "MESSAGE_TOO_LARGE"},
		"invalid":     {Code: codes.InvalidArgument, Reason: "INVALID_REQUEST", Violations: []nutgraf.Violation{{Field: "source.url", Description: "not absolute"}}},
	} {
		t.Run(fault, func(t *testing.T) {
			t.Parallel()
			x, err := c.Extract(t.Context(), article("body of "+fault, fault))
			if want.Code == codes.OK {
				if err != nil || x.GetContent().GetText() != "body of "+fault {
					t.Errorf("Extract = %v, %v", x, err)
				}
				return
			}
			var e *nutgraf.Error
			if !errors.As(err, &e) || e.Code != want.Code || e.Reason != want.Reason || status.Code(err) != want.Code {
				t.Fatalf("Extract error = %v, want %v %v", err, want.Code, want.Reason)
			}
			if diff := cmp.Diff(want.Violations, e.Violations); diff != "" {
				t.Errorf("violations (-want +got):\n%s", diff)
			}
		})
	}
}

func TestExtractDeadline(t *testing.T) {
	t.Parallel()
	c := connect(t, faultServer(t), nutgraf.Config{Timeout: 300 * time.Millisecond})
	if _, err := c.Extract(t.Context(), article("text", "hang")); status.Code(err) != codes.DeadlineExceeded {
		t.Errorf("Extract error = %v, want DEADLINE_EXCEEDED", err)
	}
}

func TestUnreachable(t *testing.T) {
	t.Parallel()
	c := connect(t, "localhost:1", nutgraf.Config{Timeout: 500 * time.Millisecond})
	// The last attempt may itself run out of time.
	unreachable := func(err error) bool {
		return status.Code(err) == codes.Unavailable || status.Code(err) == codes.DeadlineExceeded
	}
	if _, err := c.Extract(t.Context(), article("text", "")); !unreachable(err) {
		t.Errorf("Extract error = %v, want UNAVAILABLE", err)
	}
	var n int
	for _, err := range c.ExtractMany(t.Context(), items(3, "", &n), nil) {
		if !unreachable(err) {
			t.Errorf("ExtractMany error = %v, want UNAVAILABLE", err)
		}
	}
}

// Whatever goes wrong on the way, each item has exactly one result.
func TestExtractManyOnce(t *testing.T) {
	t.Parallel()
	for fault, want := range map[string]codes.Code{
		"":             codes.OK,
		"busy twice":   codes.OK,
		"unavailable":  codes.OK,
		"break stream": codes.OK,
		"end":          codes.OK,
		"always full":  codes.ResourceExhausted,
		"invalid":      codes.InvalidArgument,
	} {
		t.Run(fault, func(t *testing.T) {
			t.Parallel()
			const n = 100
			c := connect(t, faultServer(t), nutgraf.Config{Window: 16, Timeout: 10 * time.Second})
			var read int
			results := map[string]int{}
			options := &nutgrafv1.ExtractionOptions{OffsetEncoding: nutgrafv1.OffsetEncoding_OFFSET_ENCODING_CODE_POINT}
			for r, err := range c.ExtractMany(t.Context(), items(n, fault, &read), options) {
				if err != nil {
					t.Fatal(err)
				}
				results[r.ItemID]++
				switch {
				case r.Err == nil && (r.Extraction.GetContent().GetText() != "text "+r.ItemID ||
					r.Extraction.GetOffsetEncoding() != options.GetOffsetEncoding()):
					t.Errorf("item %s: %v", r.ItemID, r.Extraction)
				case strings.HasSuffix(r.ItemID, "5") && status.Code(r.Err) != want:
					t.Errorf("item %s: %v, want %v", r.ItemID, r.Err, want)
				case !strings.HasSuffix(r.ItemID, "5") && r.Err != nil:
					t.Errorf("item %s: %v", r.ItemID, r.Err)
				}
			}
			for id, n := range results {
				if n != 1 {
					t.Errorf("item %s: %d results", id, n)
				}
			}
			if len(results) != n || read != n {
				t.Errorf("%d items read, %d with results, want %d", read, len(results), n)
			}
		})
	}
}

func TestExtractManyStuck(t *testing.T) {
	t.Parallel()
	c := connect(t, faultServer(t), nutgraf.Config{Timeout: 300 * time.Millisecond})
	var n, results int
	var last error
	for _, err := range c.ExtractMany(t.Context(), items(20, "hang", &n), nil) {
		if err == nil {
			results++
		}
		last = err
	}
	if results != 18 || status.Code(last) != codes.DeadlineExceeded {
		t.Errorf("%d results and %v, want 18 and DEADLINE_EXCEEDED", results, last)
	}
}

func TestExtractManyHoldsBack(t *testing.T) {
	t.Parallel()
	const window = 8
	c := connect(t, faultServer(t), nutgraf.Config{Window: window})
	var read, taken int
	for _, err := range c.ExtractMany(t.Context(), items(1000, "", &read), nil) {
		if err != nil {
			t.Fatal(err)
		}
		if taken++; taken == 20 {
			time.Sleep(300 * time.Millisecond)
			break
		}
	}
	// One more item may wait at the door of the window.
	if most := taken + window + 1; read > most {
		t.Errorf("%d items read after %d results, want at most %d", read, taken, most)
	}
}

// A slow source does not hold back the results of what it gave.
func TestExtractManySlowSource(t *testing.T) {
	t.Parallel()
	c := connect(t, faultServer(t), nutgraf.Config{})
	answered := make(chan string)
	source := func(yield func(*nutgrafv1.BatchItem) bool) {
		for _, id := range []string{"a", "b"} {
			if !yield(&nutgrafv1.BatchItem{ItemId: id, Article: article(id, "")}) {
				return
			}
			if got := <-answered; got != id {
				t.Errorf("result of %s before that of %s", got, id)
			}
		}
	}
	for r, err := range c.ExtractMany(t.Context(), source, nil) {
		if err != nil {
			t.Fatal(err)
		}
		answered <- r.ItemID
	}
}

func TestExtractManyCanceled(t *testing.T) {
	t.Parallel()
	c := connect(t, faultServer(t), nutgraf.Config{})
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	source := func(yield func(*nutgrafv1.BatchItem) bool) {
		yield(&nutgrafv1.BatchItem{ItemId: "a", Article: article("a", "")})
		<-ctx.Done()
	}
	var last error
	for _, err := range c.ExtractMany(ctx, source, nil) {
		last = err
	}
	if status.Code(last) != codes.DeadlineExceeded {
		t.Errorf("last error = %v, want DEADLINE_EXCEEDED", last)
	}
}

func TestDiscovery(t *testing.T) {
	t.Parallel()
	c := connect(t, faultServer(t), nutgraf.Config{})
	extractors, err := c.ListExtractors(t.Context())
	if err != nil || len(extractors) != 2 {
		t.Errorf("ListExtractors = %v, %v, want those of both pages", extractors, err)
	}
	if info, err := c.ServerInfo(t.Context()); err != nil || info.GetVersion() != "0.0.0-faults" {
		t.Errorf("ServerInfo = %v, %v", info, err)
	}
}

func TestTLSAndToken(t *testing.T) {
	t.Parallel()
	ca := filepath.Join(t.TempDir(), "ca.pem")
	address := faultServer(t, "-tls", ca, "-token", "secret")
	pem, err := os.ReadFile(ca)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(pem)
	trusting := &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}
	for _, test := range []struct {
		name string
		cfg  nutgraf.Config
		want codes.Code
	}{
		{"trusted", nutgraf.Config{TLS: trusting, Token: "secret"}, codes.OK},
		{"wrong token", nutgraf.Config{TLS: trusting, Token: "guess"}, codes.Unauthenticated},
		{"unknown authority", nutgraf.Config{TLS: &tls.Config{MinVersion: tls.VersionTLS12}, Token: "secret", Timeout: time.Second}, codes.Unavailable},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if _, err := connect(t, address, test.cfg).ServerInfo(t.Context()); status.Code(err) != test.want &&
				(test.cfg.Timeout == 0 || status.Code(err) != codes.DeadlineExceeded) { // the last attempt may itself run out of time
				t.Errorf("ServerInfo error = %v, want %v", err, test.want)
			}
		})
	}
	if _, err := nutgraf.Connect(address, nutgraf.Config{Plaintext: true, Token: "secret"}); err == nil {
		t.Error("Connect sends a token without TLS")
	}
}
