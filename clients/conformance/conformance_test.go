// Package conformance holds every client to the same answers: see README.md.
package conformance

import (
	"bufio"
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"google.golang.org/genproto/googleapis/rpc/code"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	rpcstatus "google.golang.org/genproto/googleapis/rpc/status"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/protobuf/encoding/prototext"
	"google.golang.org/protobuf/proto"

	nutgrafv1 "example.invalid/nutgraf/gen/go/nutgraf/v1"
)

// bin holds the server and the runner of the Go client.
var bin string

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "conformance")
	if err != nil {
		panic(err)
	}
	defer func() { _ = os.RemoveAll(dir) }()
	bin = dir
	for name, source := range map[string]string{"server": "../../cmd/nutgraf", "gorunner": "./gorunner"} {
		if out, err := exec.Command("go", "build", "-o", filepath.Join(bin, name), source).CombinedOutput(); err != nil {
			panic(string(out))
		}
	}
	m.Run()
}

// runner is a client under test.
type runner struct {
	name string
	// command is the program and its first arguments; the address of the server follows.
	command []string
	// web is set if it speaks to the HTTP listener.
	web bool
}

// runners returns the clients to test: the Go client always, the others if the environment asks for them, for they need
// what clients/setup.sh installs.
func runners(t *testing.T) []runner {
	t.Helper()
	all := []runner{{name: "go", command: []string{filepath.Join(bin, "gorunner")}}}
	if os.Getenv("NUTGRAF_CLIENTS") != "all" {
		t.Log("Go client only; clients/test.sh tests all of them")
		return all
	}
	python := []string{"../python/.venv/bin/python", "../python/tests/runner.py"}
	return append(all,
		runner{name: "python", command: python},
		runner{name: "python asyncio", command: append(slices.Clone(python), "--asyncio")},
		runner{name: "typescript", command: []string{"node", "../typescript/test/runner.js"}},
		runner{name: "browser", command: []string{"node", "../typescript/test/browser-runner.js"}, web: true},
		runner{name: "grpcurl"},
	)
}

// server is a running nutgraf.
type server struct {
	grpc, http, origin string
	jobs               string // folder
	process            *exec.Cmd
	ended              chan error
}

// freeAddress returns an address that nothing listens on.
func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "localhost:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return l.Addr().String()
}

// startServer starts a server that ends with the test.
func startServer(t *testing.T) *server {
	t.Helper()
	s := &server{jobs: t.TempDir(), grpc: freeAddress(t), http: freeAddress(t), origin: "http://" + strings.Replace(freeAddress(t), "127.0.0.1", "localhost", 1)}
	if err := s.start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		select {
		case err := <-s.ended:
			t.Errorf("the server ended by itself: %v", err)
		default:
			s.end(os.Kill)
		}
	})
	return s
}

func (s *server) start(ctx context.Context) error {
	s.process = exec.Command(filepath.Join(bin, "server"), "serve", "--listen", s.grpc, "--http-listen", s.http,
		"--admin-listen", "", "--jobs-dir", s.jobs, "--allowed-origins", s.origin, "--log-level", "warn")
	s.process.Stderr = os.Stderr
	if err := s.process.Start(); err != nil {
		return err
	}
	s.ended = make(chan error, 1)
	go func(p *exec.Cmd, ended chan<- error) { ended <- p.Wait() }(s.process, s.ended)
	conn, err := grpc.NewClient(s.grpc, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }()
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	if _, err := healthpb.NewHealthClient(conn).Check(ctx, &healthpb.HealthCheckRequest{}, grpc.WaitForReady(true)); err != nil {
		s.end(os.Kill)
		return fmt.Errorf("server does not start: %w, %v", err, s.process.ProcessState)
	}
	return nil
}

// end ends the server: os.Kill as a crash would, SIGTERM as an operator does.
func (s *server) end(signal os.Signal) {
	_ = s.process.Process.Signal(signal)
	<-s.ended
}

// answer is a line of a runner's output, read.
type answer struct {
	itemID     string
	extraction *nutgrafv1.Extraction
	// code is OK, or that of the error, with its reason and the fields of its violations.
	code, reason string
	fields       []string
	mismatch     string
}

func (a answer) outcome() string {
	return strings.TrimSpace(fmt.Sprint(a.code, " ", a.reason, " ", strings.Join(a.fields, ",")))
}

// session is a running client.
type session struct {
	runner
	server *server
	stdin  io.WriteCloser
	stdout *bufio.Reader
}

// start runs a client until the test ends.
func (r runner) start(t *testing.T, s *server) *session {
	t.Helper()
	if r.command == nil {
		return &session{runner: r, server: s}
	}
	args := append(slices.Clone(r.command[1:]), s.grpc)
	if r.web {
		args = append(slices.Clone(r.command[1:]), "http://"+s.http, s.origin)
	}
	cmd := exec.Command(r.command[0], args...)
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
		if err := cmd.Wait(); err != nil {
			t.Errorf("%s: %v", r.name, err)
		}
	})
	return &session{runner: r, server: s, stdin: stdin, stdout: bufio.NewReaderSize(stdout, 1<<20)}
}

// run has a client work through messages in one mode, and calls each with every answer as it comes.
func (s *session) run(t *testing.T, mode string, messages iter.Seq[proto.Message], each func(answer)) {
	t.Helper()
	if s.command == nil {
		grpcurl(t, s.server, mode, messages, each)
		return
	}
	go func() {
		_, _ = fmt.Fprintln(s.stdin, mode)
		for m := range messages {
			if _, err := fmt.Fprintln(s.stdin, base64.StdEncoding.EncodeToString(marshal(m))); err != nil {
				return
			}
		}
		_, _ = fmt.Fprintln(s.stdin, ".")
	}()
	for {
		line, err := s.stdout.ReadBytes('\n')
		if err != nil {
			t.Fatalf("%s: %v", s.name, err)
		}
		if string(line) == ".\n" {
			return
		}
		each(readAnswer(t, line))
	}
}

func readAnswer(t *testing.T, line []byte) answer {
	t.Helper()
	var out struct {
		ItemID     string  `json:"item_id"`
		Extraction *string `json:"extraction"`
		Mismatch   string  `json:"mismatch"`
		Error      struct {
			Code, Reason string
			Violations   []struct{ Field string }
		}
	}
	if err := json.Unmarshal(line, &out); err != nil {
		t.Fatalf("output %.200q: %v", line, err)
	}
	if out.Extraction == nil {
		a := answer{itemID: out.ItemID, code: out.Error.Code, reason: out.Error.Reason}
		for _, v := range out.Error.Violations {
			a.fields = append(a.fields, v.Field)
		}
		return a
	}
	a := answer{itemID: out.ItemID, code: "OK", mismatch: out.Mismatch, extraction: &nutgrafv1.Extraction{}}
	data, err := base64.StdEncoding.DecodeString(*out.Extraction)
	if err == nil {
		err = proto.Unmarshal(data, a.extraction)
	}
	if err != nil {
		t.Fatalf("extraction: %v", err)
	}
	return a
}

// grpcurl is the client without a client: each method is called as its mode would.
func grpcurl(t *testing.T, s *server, mode string, messages iter.Seq[proto.Message], each func(answer)) {
	t.Helper()
	call := func(method string, input []byte, response proto.Message, answered func()) {
		t.Helper()
		cmd := exec.CommandContext(t.Context(), "../../bin/grpcurl", "-plaintext", "-format", "text", "-format-error",
			"-max-msg-sz", "33554432", "-d", "@", s.grpc, "nutgraf.v1.ExtractionService/"+method)
		cmd.Stdin = bytes.NewReader(input)
		var stdout, stderr bytes.Buffer
		cmd.Stdout, cmd.Stderr = &stdout, &stderr
		err := cmd.Run()
		for part := range strings.SplitSeq(stdout.String(), "\x1e") {
			if strings.TrimSpace(part) == "" {
				continue
			}
			if err := prototext.Unmarshal([]byte(part), response); err != nil {
				t.Fatalf("grpcurl wrote %.200q: %v", part, err)
			}
			answered()
		}
		var exit *exec.ExitError
		if errors.As(err, &exit) && exit.ExitCode() > 64 {
			st := &rpcstatus.Status{}
			if err := prototext.Unmarshal(stderr.Bytes(), st); err != nil {
				t.Fatalf("grpcurl: %v\n%s", err, stderr.String())
			}
			each(failed("", st))
		} else if err != nil {
			t.Fatalf("grpcurl: %v\n%s", err, stderr.String())
		}
	}
	switch mode {
	case "extract":
		for m := range messages {
			x := &nutgrafv1.Extraction{}
			call("Extract", text(t, m), x, func() { each(answer{code: "OK", extraction: proto.CloneOf(x)}) })
		}
	case "many":
		var input []byte
		for m := range messages {
			item := m.(*nutgrafv1.BatchItem)
			req := &nutgrafv1.ExtractStreamRequest{ItemId: item.GetItemId(), Article: item.GetArticle()}
			if input != nil {
				input = append(input, '\x1e')
			}
			input = append(input, text(t, req)...)
		}
		resp := &nutgrafv1.ExtractStreamResponse{}
		call("ExtractStream", input, resp, func() { each(outcome(resp.GetItemId(), resp.GetExtraction(), resp.GetError())) })
	case "batch":
		for m := range messages {
			resp := &nutgrafv1.ExtractBatchResponse{}
			call("ExtractBatch", text(t, m), resp, func() { each(outcome(resp.GetItemId(), resp.GetExtraction(), resp.GetError())) })
		}
	}
}

func outcome(id string, x *nutgrafv1.Extraction, st *rpcstatus.Status) answer {
	if st != nil {
		return failed(id, st)
	}
	return answer{itemID: id, code: "OK", extraction: proto.CloneOf(x)}
}

func failed(id string, st *rpcstatus.Status) answer {
	a := answer{itemID: id, code: code.Code(st.GetCode()).String()}
	for _, detail := range st.GetDetails() {
		switch d, _ := detail.UnmarshalNew(); d := d.(type) {
		case *errdetails.ErrorInfo:
			a.reason = d.GetReason()
		case *errdetails.BadRequest:
			for _, v := range d.GetFieldViolations() {
				a.fields = append(a.fields, v.GetField())
			}
		}
	}
	return a
}

func text(t *testing.T, m proto.Message) []byte {
	t.Helper()
	data, err := prototext.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func marshal(m proto.Message) []byte {
	data, err := proto.MarshalOptions{Deterministic: true}.Marshal(m)
	if err != nil {
		panic(err)
	}
	return data
}
