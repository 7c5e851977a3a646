package server

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	nutgrafv1 "example.invalid/nutgraf/gen/go/nutgraf/v1"
	"example.invalid/nutgraf/internal/pipeline"
	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	healthv1 "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/metadata"
	reflectionv1 "google.golang.org/grpc/reflection/grpc_reflection_v1"
	"google.golang.org/grpc/status"
	"google.golang.org/grpc/test/bufconn"
	"google.golang.org/protobuf/proto"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// fake provides content by a function of the document's text.
type fake func(ctx context.Context, text string) (*nutgrafv1.Extraction, error)

func (fake) Spec() pipeline.Spec {
	return pipeline.Spec{Name: "fake", Version: "1.2.3", Requires: []pipeline.Field{pipeline.Source}, Provides: []pipeline.Field{"content"}}
}

func (f fake) Extract(ctx context.Context, in pipeline.Input) (*nutgrafv1.Extraction, error) {
	return f(ctx, in.Source().GetPlainText().GetText())
}

// echo is an extractor whose body is the document.
var echo = fake(func(_ context.Context, text string) (*nutgrafv1.Extraction, error) { return body(text), nil })

func body(text string) *nutgrafv1.Extraction {
	return &nutgrafv1.Extraction{Content: &nutgrafv1.Content{Text: text}}
}

// gate is an extractor that waits until its document's text is let through, or all are.
type gate struct {
	mu      sync.Mutex
	entered []string
	open    map[string]chan struct{}
	all     chan struct{}
}

func newGate() *gate { return &gate{open: map[string]chan struct{}{}, all: make(chan struct{})} }

func (g *gate) door(text string) chan struct{} {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.open[text] == nil {
		g.open[text] = make(chan struct{})
	}
	return g.open[text]
}

func (g *gate) extract(ctx context.Context, text string) (*nutgrafv1.Extraction, error) {
	g.mu.Lock()
	g.entered = append(g.entered, text)
	g.mu.Unlock()
	select {
	case <-g.door(text):
	case <-g.all:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	return body(text), nil
}

func (g *gate) inside() []string {
	g.mu.Lock()
	defer g.mu.Unlock()
	return slices.Clone(g.entered)
}

// overTCP has the gRPC listener on a TCP port, at running.grpc.
func overTCP(c *Config) { c.Listen = "127.0.0.1:0" }

// running is a server under test.
type running struct {
	*Server
	client nutgrafv1.ExtractionServiceClient
	conn   *grpc.ClientConn
	grpc   string // address, with overTCP
	http   string
	admin  string
	logs   *lockedBuffer
	// stop drains the server, returning what Serve returned.
	stop func() error
}

type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// start runs a server with the real interceptors and connects a real client to it.
func start(t *testing.T, change func(*Config), e pipeline.Extractor, prepare ...func(*Server)) *running {
	t.Helper()
	cfg := DefaultConfig()
	cfg.Workers = 4
	cfg.DrainTime = 5 * time.Second
	cfg.Listen = "bufconn"
	if change != nil {
		change(&cfg)
	}
	logs := &lockedBuffer{}
	s, err := New(cfg, "9.9.9", slog.New(slog.NewJSONHandler(logs, &slog.HandlerOptions{Level: slog.LevelDebug})), e)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range prepare {
		p(s)
	}
	pipe := bufconn.Listen(1 << 20)
	listen := func() net.Listener {
		l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		return l
	}
	l := Listeners{GRPC: net.Listener(pipe), HTTP: listen(), Admin: listen()}
	dial := func(ctx context.Context, _ string) (net.Conn, error) { return pipe.DialContext(ctx) }
	if cfg.Listen != "bufconn" {
		l.GRPC = listen()
		dial = func(ctx context.Context, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, "tcp", l.GRPC.Addr().String())
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	served := make(chan error, 1)
	go func() { served <- s.Serve(ctx, l) }()
	conn, err := grpc.NewClient("passthrough:///bufconn",
		grpc.WithContextDialer(dial),
		grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(64<<20), grpc.MaxCallSendMsgSize(64<<20)))
	if err != nil {
		t.Fatal(err)
	}
	r := &running{
		Server: s, client: nutgrafv1.NewExtractionServiceClient(conn), conn: conn, logs: logs, grpc: l.GRPC.Addr().String(),
		http: "http://" + l.HTTP.Addr().String(), admin: "http://" + l.Admin.Addr().String(),
	}
	r.stop = sync.OnceValue(func() error {
		cancel()
		return <-served
	})
	t.Cleanup(func() {
		_ = conn.Close()
		if err := r.stop(); err != nil {
			t.Errorf("Serve() = %v", err)
		}
	})
	return r
}

func article(text string) *nutgrafv1.ArticleRequest {
	return &nutgrafv1.ArticleRequest{Source: &nutgrafv1.Source{
		Content: &nutgrafv1.Source_PlainText{PlainText: &nutgrafv1.PlainTextContent{Text: text}},
	}}
}

func streamItem(id, text string) *nutgrafv1.ExtractStreamRequest {
	return &nutgrafv1.ExtractStreamRequest{ItemId: id, Article: article(text)}
}

// eventually waits for what another goroutine is about to do.
func eventually(t *testing.T, what string, done func() bool) {
	t.Helper()
	for range 1000 {
		if done() {
			return
		}
		time.Sleep(5 * time.Millisecond)
	}
	t.Fatalf("never: %s", what)
}

func TestChainOrder(t *testing.T) {
	s, err := New(DefaultConfig(), "1.0.0", slog.New(slog.DiscardHandler), echo)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"request_id", "access_log", "metrics", "auth", "rate_limit", "admission", "deadline", "validation", "recovery"}
	var got, perItem []string
	for _, l := range s.chain() {
		got = append(got, l.name)
		if l.stream == nil {
			perItem = append(perItem, l.name)
		}
		if l.unary == nil {
			t.Errorf("link %s does nothing to unary calls", l.name)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("chain() (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"rate_limit", "admission", "deadline", "validation"}, perItem); diff != "" {
		t.Errorf("links that apply per item (-want +got):\n%s", diff)
	}
}

// ways are the three ways of an article to its answer.
var ways = map[string]func(context.Context, nutgrafv1.ExtractionServiceClient, *nutgrafv1.ArticleRequest) (*nutgrafv1.Extraction, error){
	"unary": func(ctx context.Context, c nutgrafv1.ExtractionServiceClient, req *nutgrafv1.ArticleRequest) (*nutgrafv1.Extraction, error) {
		return c.Extract(ctx, req)
	},
	"stream": func(ctx context.Context, c nutgrafv1.ExtractionServiceClient, req *nutgrafv1.ArticleRequest) (*nutgrafv1.Extraction, error) {
		stream, err := c.ExtractStream(ctx)
		if err != nil {
			return nil, err
		}
		if err := stream.Send(&nutgrafv1.ExtractStreamRequest{ItemId: "one", Article: req}); err != nil && err != io.EOF {
			return nil, err // after io.EOF, Recv tells why
		}
		resp, err := stream.Recv()
		if err != nil {
			return nil, err
		}
		if err := stream.CloseSend(); err != nil {
			return nil, err
		}
		if _, err := stream.Recv(); err != io.EOF {
			return nil, status.Errorf(codes.DataLoss, "stream went on, or ended with %v", err)
		}
		return resp.GetExtraction(), status.FromProto(resp.GetError()).Err()
	},
	"batch": func(ctx context.Context, c nutgrafv1.ExtractionServiceClient, req *nutgrafv1.ArticleRequest) (*nutgrafv1.Extraction, error) {
		stream, err := c.ExtractBatch(ctx, &nutgrafv1.ExtractBatchRequest{Items: []*nutgrafv1.BatchItem{{ItemId: "one", Article: req}}})
		if err != nil {
			return nil, err
		}
		resp, err := stream.Recv()
		if err != nil {
			return nil, err
		}
		if _, err := stream.Recv(); err != io.EOF {
			return nil, status.Errorf(codes.DataLoss, "batch went on, or ended with %v", err)
		}
		return resp.GetExtraction(), status.FromProto(resp.GetError()).Err()
	},
}

func TestExtract(t *testing.T) {
	r := start(t, nil, echo)
	for name, extract := range ways {
		t.Run(name, func(t *testing.T) {
			got, err := extract(t.Context(), r.client, article("Some text."))
			if err != nil {
				t.Fatal(err)
			}
			if got.GetContent().GetText() != "Some text." || len(got.GetRuns()) != 1 {
				t.Errorf("Extract = %v, want the text and one run", got)
			}
		})
	}
}

// details returns the reason and the other details of a status.
func details(t *testing.T, err error) (reason string, bad *errdetails.BadRequest, retry *errdetails.RetryInfo) {
	t.Helper()
	for _, d := range status.Convert(err).Details() {
		switch d := d.(type) {
		case *errdetails.ErrorInfo:
			if d.GetDomain() != errorDomain {
				t.Errorf("ErrorInfo = %v, want domain %q", d, errorDomain)
			}
			reason = d.GetReason()
		case *errdetails.BadRequest:
			bad = d
		case *errdetails.RetryInfo:
			retry = d
		}
	}
	return reason, bad, retry
}

func TestInvalidRequests(t *testing.T) {
	r := start(t, nil, echo)
	tests := map[string]struct {
		req   *nutgrafv1.ArticleRequest
		field string
	}{
		"no source":     {&nutgrafv1.ArticleRequest{}, "source"},
		"empty":         {article(""), "source.plain_text.text"},
		"oversize":      {article(strings.Repeat("x", pipeline.MaxContentBytes+1)), "source.plain_text.text"},
		"bad URL":       {&nutgrafv1.ArticleRequest{Source: &nutgrafv1.Source{Content: article("x").Source.Content, Url: "javascript:1"}}, "source.url"},
		"unknown order": {&nutgrafv1.ArticleRequest{Source: article("x").Source, Options: &nutgrafv1.ExtractionOptions{OffsetEncoding: 99}}, "options.offset_encoding"},
	}
	for name, test := range tests {
		for way, extract := range ways {
			t.Run(name+"/"+way, func(t *testing.T) {
				_, err := extract(t.Context(), r.client, test.req)
				reason, bad, _ := details(t, err)
				if status.Code(err) != codes.InvalidArgument || reason != string(reasonInvalidRequest) || len(bad.GetFieldViolations()) != 1 {
					t.Fatalf("error = %v with reason %q and %v, want INVALID_ARGUMENT with one field violation", err, reason, bad)
				}
				if !strings.Contains(r.logs.String(), status.Convert(err).Details()[0].(*errdetails.ErrorInfo).GetMetadata()["request_id"]) {
					t.Error("the log lacks the request id of the error")
				}
				if f := bad.GetFieldViolations()[0].GetField(); f != test.field {
					t.Errorf("field = %q, want %q", f, test.field)
				}
			})
		}
	}
}

func TestPipelineMismatch(t *testing.T) {
	r := start(t, nil, echo)
	for way, extract := range ways {
		t.Run(way, func(t *testing.T) {
			req := article("x")
			req.Options = &nutgrafv1.ExtractionOptions{RequirePipelineDigest: "sha256:00"}
			_, err := extract(t.Context(), r.client, req)
			if reason, _, _ := details(t, err); status.Code(err) != codes.FailedPrecondition || reason != string(reasonPipelineMismatch) {
				t.Errorf("error = %v with reason %q, want FAILED_PRECONDITION", err, reason)
			}
		})
	}
}

func TestOverload(t *testing.T) {
	for _, limit := range []string{"articles", "bytes"} {
		for way, extract := range ways {
			t.Run(limit+"/"+way, func(t *testing.T) {
				g := newGate()
				r := start(t, func(c *Config) {
					if limit == "articles" {
						c.MaxHeld = 2
					} else {
						c.MaxHeldBytes = 10
					}
				}, fake(g.extract))
				var held sync.WaitGroup
				for range 2 {
					held.Go(func() {
						if _, err := r.client.Extract(t.Context(), article("12345")); err != nil {
							t.Errorf("an admitted article: %v", err)
						}
					})
				}
				eventually(t, "two articles at work", func() bool { return len(g.inside()) == 2 })
				if limit == "articles" && way != "unary" { // a stream is not read meanwhile
					ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
					defer cancel()
					if _, err := extract(ctx, r.client, article("3")); status.Code(err) != codes.DeadlineExceeded || r.admissionHeld() != 2 {
						t.Errorf("error = %v with %d held, want no answer", err, r.admissionHeld())
					}
					close(g.all)
					held.Wait()
					return
				}
				_, err := extract(t.Context(), r.client, article("3"))
				reason, _, retry := details(t, err)
				if status.Code(err) != codes.ResourceExhausted || reason != string(reasonOverloaded) || retry.GetRetryDelay().AsDuration() <= 0 {
					t.Errorf("error = %v with reason %q and retry %v, want RESOURCE_EXHAUSTED with a delay", err, reason, retry)
				}
				close(g.all)
				held.Wait()
				if _, err := extract(t.Context(), r.client, article("4")); err != nil {
					t.Errorf("after the load: %v", err)
				}
				if held, bytes := r.admission.load(); held != 0 || bytes != 0 {
					t.Errorf("load() = %d, %d, want nothing held", held, bytes)
				}
			})
		}
	}
}

func TestWaitingArticleGivesUp(t *testing.T) {
	g := newGate()
	r := start(t, func(c *Config) { c.Workers = 1 }, fake(g.extract))
	go func() { _, _ = r.client.Extract(context.Background(), article("first")) }()
	eventually(t, "one article at work", func() bool { return len(g.inside()) == 1 })
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if _, err := r.client.Extract(ctx, article("second")); status.Code(err) != codes.DeadlineExceeded {
		t.Errorf("error = %v, want DEADLINE_EXCEEDED", err)
	}
	eventually(t, "only the first is held", func() bool { held, _ := r.admission.load(); return held == 1 })
	close(g.all)
}

func TestDeadlineCap(t *testing.T) {
	r := start(t, func(c *Config) { c.MaxArticleTime = 30 * time.Millisecond }, fake(newGate().extract))
	for way, extract := range ways {
		t.Run(way, func(t *testing.T) {
			got, err := extract(t.Context(), r.client, article("x"))
			if err != nil {
				t.Fatal(err)
			}
			if c := codes.Code(got.GetRuns()[0].GetStatus().GetCode()); c != codes.DeadlineExceeded {
				t.Errorf("run ended with %v, want DEADLINE_EXCEEDED", c)
			}
			req := article("x")
			req.Options = &nutgrafv1.ExtractionOptions{DeadlinePolicy: nutgrafv1.DeadlinePolicy_DEADLINE_POLICY_FAIL}
			_, err = extract(t.Context(), r.client, req)
			if reason, _, _ := details(t, err); status.Code(err) != codes.DeadlineExceeded || reason != string(reasonDeadlineExceeded) {
				t.Errorf("error = %v with reason %q, want DEADLINE_EXCEEDED", err, reason)
			}
		})
	}
}

func TestExtractorPanicIsALineInRuns(t *testing.T) {
	r := start(t, nil, fake(func(context.Context, string) (*nutgrafv1.Extraction, error) { panic("the secret text") }))
	for way, extract := range ways {
		t.Run(way, func(t *testing.T) {
			got, err := extract(t.Context(), r.client, article("x"))
			if err != nil {
				t.Fatal(err)
			}
			if c := codes.Code(got.GetRuns()[0].GetStatus().GetCode()); c != codes.Internal {
				t.Errorf("run ended with %v, want INTERNAL", c)
			}
		})
	}
	if strings.Contains(r.logs.String(), "secret") {
		t.Errorf("log holds the panic's value:\n%s", r.logs)
	}
}

// TestPanic has the pipeline itself panic, where no extractor's recover is.
func TestPanic(t *testing.T) {
	breakSet := func(s *Server) {
		set, err := pipeline.NewSet(pipeline.Config{Observe: func(context.Context, *pipeline.Spec) (context.Context, func(pipeline.Outcome)) {
			panic("the secret text")
		}}, echo)
		if err != nil {
			t.Fatal(err)
		}
		s.set = set
	}
	r := start(t, nil, echo, breakSet)
	for way, extract := range ways {
		t.Run(way, func(t *testing.T) {
			_, err := extract(t.Context(), r.client, article("x"))
			reason, _, _ := details(t, err)
			if status.Code(err) != codes.Internal || status.Convert(err).Message() != internalMessage || reason != string(reasonInternal) {
				t.Errorf("error = %v with reason %q, want INTERNAL with the fixed message", err, reason)
			}
		})
	}
	if strings.Contains(r.logs.String(), "secret") || !strings.Contains(r.logs.String(), `"msg":"panic"`) || !strings.Contains(r.logs.String(), "TestPanic.func") {
		t.Errorf("log lacks the panic, or holds its value:\n%s", r.logs)
	}
}

// TestPanicInALink has a link of the chain panic, outside of the innermost recovery.
func TestPanicInALink(t *testing.T) {
	r := start(t, nil, echo, func(s *Server) { s.tenants.now = func() time.Time { panic("the secret text") } })
	for way, extract := range ways {
		t.Run(way, func(t *testing.T) {
			_, err := extract(t.Context(), r.client, article("x"))
			if reason, _, _ := details(t, err); status.Code(err) != codes.Internal || reason != string(reasonInternal) {
				t.Errorf("error = %v with reason %q, want INTERNAL", err, reason)
			}
		})
	}
	if held, bytes := r.admission.load(); held != 0 || bytes != 0 {
		t.Errorf("load() = %d, %d, want nothing held", held, bytes)
	}
}

func TestRequestID(t *testing.T) {
	r := start(t, nil, echo)
	for sent, kept := range map[string]bool{"abc-1.2_3": true, "": false, "two words": false, strings.Repeat("a", 65): false} {
		var header metadata.MD
		ctx := metadata.AppendToOutgoingContext(t.Context(), requestIDHeader, sent)
		if _, err := r.client.Extract(ctx, article("x"), grpc.Header(&header)); err != nil {
			t.Fatal(err)
		}
		got := header.Get(requestIDHeader)
		if len(got) != 1 || (got[0] == sent) != kept || got[0] == "" {
			t.Errorf("sent id %q, got %q, want kept = %v", sent, got, kept)
		}
		if !strings.Contains(r.logs.String(), `"request_id":"`+got[0]+`"`) {
			t.Errorf("log lacks id %q", got[0])
		}
	}
}

func TestUnknownMethod(t *testing.T) {
	r := start(t, nil, echo)
	for _, method := range []string{"/nutgraf.v1.ExtractionService/Nothing", "/nobody.v1.Service/Method"} {
		err := r.conn.Invoke(t.Context(), method, article("x"), &nutgrafv1.Extraction{})
		if reason, _, _ := details(t, err); status.Code(err) != codes.Unimplemented || reason != string(reasonMethodNotFound) {
			t.Errorf("%s: error = %v with reason %q, want UNIMPLEMENTED", method, err, reason)
		}
	}
}

func TestClip(t *testing.T) {
	full := func() *nutgrafv1.Extraction {
		return &nutgrafv1.Extraction{
			SourceText: proto.String(strings.Repeat("s", 1000)),
			Content:    &nutgrafv1.Content{Text: strings.Repeat("c", 1000), Removed: slices.Repeat([]*nutgrafv1.RemovedBlock{{Reason: 1}}, 250)},
			Metadata:   &nutgrafv1.Metadata{Title: &nutgrafv1.TextValue{Value: "Title"}},
		}
	}
	for limit, want := range map[int][]string{
		5000: nil,
		2500: {"source_text"},
		1500: {"source_text", "content.removed"},
		500:  {"source_text", "content.removed", "content"},
	} {
		x := full()
		clip(x, proto.Size(x), limit)
		var got []string
		for _, w := range x.GetWarnings() {
			if w.GetCode() != nutgrafv1.WarningCode_WARNING_CODE_TRUNCATED {
				t.Errorf("warning %v, want TRUNCATED", w)
			}
			got = append(got, w.GetField())
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("clip(%d) left out (-want +got):\n%s", limit, diff)
		}
		if n := proto.Size(x); n > limit {
			t.Errorf("clip(%d) left %d bytes", limit, n)
		}
		if x.GetMetadata().GetTitle().GetValue() != "Title" {
			t.Errorf("clip(%d) lost the title", limit)
		}
	}
}

func TestClipKnowsEveryLargeField(t *testing.T) {
	small := []string{"offset_encoding", "page_kind", "access", "runs", "replay", "labels"}
	covered := map[string]bool{}
	for _, path := range clipOrder {
		if len(path) == 1 {
			covered[string(path[0])] = true
		}
	}
	fields := (*nutgrafv1.Extraction)(nil).ProtoReflect().Descriptor().Fields()
	for i := range fields.Len() {
		if name := string(fields.Get(i).Name()); !covered[name] && !slices.Contains(small, name) {
			t.Errorf("clipOrder does not know field %s", name)
		}
	}
}

func TestLargeAnswerIsClipped(t *testing.T) {
	r := start(t, func(c *Config) { c.MaxResponseBytes = 1000 }, echo)
	for way, extract := range ways {
		got, err := extract(t.Context(), r.client, article(strings.Repeat("x", 2000)))
		if err != nil {
			t.Fatal(err)
		}
		if got.GetContent() != nil || len(got.GetWarnings()) != 1 || got.GetWarnings()[0].GetField() != "content" {
			t.Errorf("%s: got %v, want no content and a warning", way, got)
		}
	}
}

func TestListExtractors(t *testing.T) {
	r := start(t, nil, echo)
	got, err := r.client.ListExtractors(t.Context(), &nutgrafv1.ListExtractorsRequest{})
	if err != nil {
		t.Fatal(err)
	}
	if len(got.GetExtractors()) != 1 || got.GetExtractors()[0].GetExtractorId() != "fake" || got.GetNextPageToken() != "" {
		t.Errorf("ListExtractors = %v, want one page with fake", got)
	}
	got, err = r.client.ListExtractors(t.Context(), &nutgrafv1.ListExtractorsRequest{PageToken: "fake"})
	if err != nil || len(got.GetExtractors()) != 0 {
		t.Errorf("second page = %v, %v, want none", got, err)
	}
	_, err = r.client.ListExtractors(t.Context(), &nutgrafv1.ListExtractorsRequest{PageSize: -1})
	if _, bad, _ := details(t, err); bad.GetFieldViolations()[0].GetField() != "page_size" {
		t.Errorf("error = %v, want a violation of page_size", err)
	}
}

func TestGetServerInfo(t *testing.T) {
	r := start(t, nil, echo)
	got, err := r.client.GetServerInfo(t.Context(), &nutgrafv1.GetServerInfoRequest{})
	if err != nil {
		t.Fatal(err)
	}
	l := got.GetLimits()
	if got.GetVersion() != "9.9.9" || got.GetPipelineDigest() != r.set.Digest() || l.GetMaxContentBytes() != 16<<20 || l.GetMaxElements() == 0 ||
		l.GetMaxResponseBytes() != 4<<20-64<<10 || l.GetMaxBatchItems() != 100 || l.GetMaxStreamInFlight() != 16 || l.GetMaxAnalyzedBytes() != pipeline.MaxAnalyzedBytes {
		t.Errorf("GetServerInfo = %v", got)
	}
}

func TestHealth(t *testing.T) {
	r := start(t, nil, echo)
	c := healthv1.NewHealthClient(r.conn)
	for _, service := range []string{"", "nutgraf.v1.ExtractionService"} {
		got, err := c.Check(t.Context(), &healthv1.HealthCheckRequest{Service: service}, grpc.WaitForReady(true))
		if err != nil || got.GetStatus() != healthv1.HealthCheckResponse_SERVING {
			t.Errorf("Check(%q) = %v, %v, want SERVING", service, got, err)
		}
	}
}

func TestReflectionSwitch(t *testing.T) {
	for _, on := range []bool{true, false} {
		r := start(t, func(c *Config) { c.Reflection = on }, echo)
		stream, err := reflectionv1.NewServerReflectionClient(r.conn).ServerReflectionInfo(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		// Without reflection the stream may have ended already.
		_ = stream.Send(&reflectionv1.ServerReflectionRequest{MessageRequest: &reflectionv1.ServerReflectionRequest_ListServices{}})
		got, err := stream.Recv()
		if on != strings.Contains(got.String(), "nutgraf.v1.ExtractionService") {
			t.Errorf("reflection %v: listed %v, %v", on, got, err)
		}
		_ = stream.CloseSend()
	}
}
