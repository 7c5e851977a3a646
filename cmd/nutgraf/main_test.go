package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	nutgrafv1 "example.invalid/nutgraf/gen/go/nutgraf/v1"
	"example.invalid/nutgraf/internal/pipeline"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
)

const page = `<html><head><title>Bridge reopens</title></head><body><article><h1>Bridge reopens</h1>
<p>The old bridge over the river Aven reopened on Monday after two years of repairs.</p>
<p>“We are glad,” said Mayor Ada Brook, who cut the ribbon.</p></article></body></html>`

func runCommand(t *testing.T, stdin string, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, err bytes.Buffer
	code = run(t.Context(), args, streams{strings.NewReader(stdin), &out, &err})
	return code, out.String(), err.String()
}

func TestExitCodes(t *testing.T) {
	for name, test := range map[string]struct {
		args []string
		want int
	}{
		"no command":         {nil, exitUsage},
		"unknown command":    {[]string{"fly"}, exitUsage},
		"help":               {[]string{"help"}, exitOK},
		"help of serve":      {[]string{"serve", "--help"}, exitOK},
		"help of extract":    {[]string{"extract", "--help"}, exitOK},
		"version":            {[]string{"version"}, exitOK},
		"version of what":    {[]string{"version", "this"}, exitUsage},
		"extractors":         {[]string{"extractors"}, exitOK},
		"unknown flag":       {[]string{"extract", "--fly", "-"}, exitUsage},
		"flag after file":    {[]string{"extract", "-", "--text"}, exitUsage},
		"no file":            {[]string{"extract"}, exitUsage},
		"bad date":           {[]string{"extract", "--published", "Monday", "-"}, exitUsage},
		"missing file":       {[]string{"extract", "no-such-file"}, exitFailure},
		"unknown mask":       {[]string{"extract", "--mask", "nowhere", "-"}, exitFailure},
		"bad configuration":  {[]string{"serve", "--workers", "0"}, exitUsage},
		"bad log level":      {[]string{"serve", "--log-level", "loud"}, exitUsage},
		"nobody at address":  {[]string{"extract", "--timeout", "1s", "--addr", "127.0.0.1:1", "-"}, exitFailure},
		"address not usable": {[]string{"serve", "--listen", "256.0.0.1:0"}, exitFailure},
	} {
		t.Run(name, func(t *testing.T) {
			code, stdout, stderr := runCommand(t, page, test.args...)
			if code != test.want {
				t.Errorf("exit code %d, want %d; stderr %s", code, test.want, stderr)
			}
			if (code == exitOK) == (stdout == "") || (code == exitOK) != (stderr == "") {
				t.Errorf("stdout %q, stderr %q", stdout, stderr)
			}
		})
	}
}

// A file that is too large is refused by its size; only so much of it is read.
func TestExtractTooLarge(t *testing.T) {
	code, _, stderr := runCommand(t, strings.Repeat("x", pipeline.MaxContentBytes+1), "extract", "-")
	if code != exitFailure || !strings.Contains(stderr, "larger than 16777216 bytes") {
		t.Errorf("exit code %d, stderr %q", code, stderr)
	}
}

// process is a nutgraf serve of its own process.
type process struct {
	*exec.Cmd
	grpc string
	logs *bytes.Buffer
	done chan struct{} // closed at the end of its standard error
}

// buildOnce builds the program for all tests that run it; TestMain removes it.
var buildOnce = sync.OnceValues(func() (string, error) {
	binary := filepath.Join(buildDir, "nutgraf")
	if out, err := exec.Command("go", "build", "-o", binary, ".").CombinedOutput(); err != nil {
		return "", fmt.Errorf("%w\n%s", err, out)
	}
	return binary, nil
})

var buildDir string

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "nutgraf")
	if err != nil {
		panic(err)
	}
	buildDir = dir
	code := m.Run()
	_ = os.RemoveAll(dir)
	os.Exit(code)
}

func startServer(t *testing.T) *process {
	t.Helper()
	binary, err := buildOnce()
	if err != nil {
		t.Fatal(err)
	}
	s := &process{
		Cmd:  exec.Command(binary, "serve", "--listen", "127.0.0.1:0", "--http-listen", "127.0.0.1:0", "--admin-listen", "", "--jobs-dir", "off", "--drain-time", "5s"),
		logs: &bytes.Buffer{}, done: make(chan struct{}),
	}
	stderr, err := s.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Process.Kill() })
	lines := bufio.NewReader(io.TeeReader(stderr, s.logs))
	first, err := lines.ReadBytes('\n')
	if err != nil {
		t.Fatalf("no first line: %v", err)
	}
	var serving struct{ Msg, GRPC string }
	if err := json.Unmarshal(first, &serving); err != nil || serving.Msg != "serving" {
		t.Fatalf("first line %s: %v", first, err)
	}
	s.grpc = serving.GRPC
	go func() {
		defer close(s.done)
		_, _ = io.Copy(io.Discard, lines)
	}()
	return s
}

// TestSIGTERM has a stream open when the signal comes: what was sent before is answered, the stream ends with UNAVAILABLE,
// and the process with 0.
func TestSIGTERM(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("no SIGTERM")
	}
	s := startServer(t)
	conn, err := grpc.NewClient(s.grpc, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	stream, err := nutgrafv1.NewExtractionServiceClient(conn).ExtractStream(ctx)
	if err != nil {
		t.Fatal(err)
	}
	const items = 5
	for i := range items {
		if err := stream.Send(&nutgrafv1.ExtractStreamRequest{ItemId: string(rune('a' + i)), Article: &nutgrafv1.ArticleRequest{
			Source: &nutgrafv1.Source{Content: &nutgrafv1.Source_Html{Html: &nutgrafv1.HtmlContent{Data: []byte(page)}}},
		}}); err != nil {
			t.Fatal(err)
		}
	}
	// An answer shows that the stream has reached the service.
	if _, err := stream.Recv(); err != nil {
		t.Fatal(err)
	}
	if err := s.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	answers := 1
	for {
		resp, err := stream.Recv()
		if err != nil {
			if status.Code(err) != codes.Unavailable {
				t.Errorf("stream ended with %v, want UNAVAILABLE", err)
			}
			break
		}
		if resp.GetExtraction() == nil {
			t.Errorf("item %s: %v", resp.GetItemId(), resp.GetError())
		}
		answers++
	}
	if answers > items {
		t.Errorf("%d answers to %d items", answers, items)
	}
	<-s.done
	if err := s.Wait(); err != nil {
		t.Errorf("exit: %v\n%s", err, s.logs)
	}
	if !strings.Contains(s.logs.String(), `"msg":"stopped"`) {
		t.Errorf("log lacks the end:\n%s", s.logs)
	}
}

// TestExtractSameEverywhere wants the same extraction in process and from a server.
func TestExtractSameEverywhere(t *testing.T) {
	s := startServer(t)
	file := filepath.Join(t.TempDir(), "page.html")
	if err := os.WriteFile(file, []byte(page), 0o600); err != nil {
		t.Fatal(err)
	}
	args := []string{"extract", "--url", "https://paper.example/bridge", "--published", "2024-05-06"}
	var got [3]*nutgrafv1.Extraction
	for i, more := range [][]string{{file}, {"-"}, {"--addr", s.grpc, file}} {
		code, stdout, stderr := runCommand(t, page, append(args, more...)...)
		if code != exitOK {
			t.Fatalf("%v: exit code %d, %s", more, code, stderr)
		}
		got[i] = &nutgrafv1.Extraction{}
		if err := protojson.Unmarshal([]byte(stdout), got[i]); err != nil {
			t.Fatal(err)
		}
		for _, r := range got[i].GetRuns() {
			r.Elapsed = nil
		}
	}
	if !proto.Equal(got[0], got[1]) || !proto.Equal(got[0], got[2]) {
		t.Errorf("from a file %v\nfrom standard input %v\nfrom a server %v", got[0], got[1], got[2])
	}
}
