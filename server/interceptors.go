package server

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"time"

	nutgrafv1 "example.invalid/nutgraf/gen/go/nutgraf/v1"
	"example.invalid/nutgraf/internal/pipeline"
	grpcprom "github.com/grpc-ecosystem/go-grpc-middleware/providers/prometheus"
	"github.com/grpc-ecosystem/go-grpc-middleware/v2/interceptors/recovery"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// link is one interceptor of the chain. One whose stream is nil does to each item of a stream what it does to a unary call.
type link struct {
	name   string
	unary  grpc.UnaryServerInterceptor
	stream grpc.StreamServerInterceptor
}

// chain is the one table of interceptors, outermost first.
func (s *Server) chain() []link {
	exemplars := grpcprom.WithExemplarFromContext(exemplar)
	return []link{
		s.annotate("request_id", withRequestID),
		{"access_log", s.logUnary, s.logStream},
		{"metrics", s.metrics.rpc.UnaryServerInterceptor(exemplars), s.metrics.rpc.StreamServerInterceptor(exemplars)},
		s.annotate("auth", s.pass),
		{"rate_limit", s.limitRate, nil},
		{"admission", s.admit, nil},
		{"deadline", s.capDeadline, nil},
		{"validation", s.validate, nil},
		{
			"recovery",
			recovery.UnaryServerInterceptor(recovery.WithRecoveryHandlerContext(s.recovered)),
			recovery.StreamServerInterceptor(recovery.WithRecoveryHandlerContext(s.recovered)),
		},
	}
}

func (s *Server) chainOptions() []grpc.ServerOption {
	var unary []grpc.UnaryServerInterceptor
	var stream []grpc.StreamServerInterceptor
	for _, l := range s.chain() {
		unary = append(unary, l.unary)
		if l.stream != nil {
			stream = append(stream, l.stream)
		}
	}
	return []grpc.ServerOption{grpc.ChainUnaryInterceptor(unary...), grpc.ChainStreamInterceptor(stream...)}
}

// itemHandler returns Extract behind the links that apply to each item: those without a stream form, and recovery.
func (s *Server) itemHandler(method string) func(context.Context, *nutgrafv1.ArticleRequest) (*nutgrafv1.Extraction, error) {
	info := &grpc.UnaryServerInfo{Server: s, FullMethod: method}
	handler := func(ctx context.Context, req any) (any, error) {
		return s.extract(ctx, req.(*nutgrafv1.ArticleRequest))
	}
	links := s.chain()
	for i := len(links) - 1; i >= 0; i-- {
		if l := links[i]; l.stream == nil || l.name == "recovery" {
			next := handler
			handler = func(ctx context.Context, req any) (any, error) { return l.unary(ctx, req, info, next) }
		}
	}
	return func(ctx context.Context, req *nutgrafv1.ArticleRequest) (out *nutgrafv1.Extraction, err error) {
		defer s.guard(ctx, &err)
		resp, err := handler(ctx, req)
		if err != nil {
			return nil, err
		}
		return resp.(*nutgrafv1.Extraction), nil
	}
}

// annotate makes a link of a function that looks at a call before it starts: it may refuse it, or add to its context. The
// outermost one also gives an ErrorInfo to statuses that gRPC made.
func (s *Server) annotate(name string, f func(ctx context.Context, method string) (context.Context, error)) link {
	return link{
		name: name,
		unary: func(ctx context.Context, req any, info *grpc.UnaryServerInfo, next grpc.UnaryHandler) (any, error) {
			ctx, err := f(ctx, info.FullMethod)
			if err != nil {
				return nil, statusOf(ctx, err).Err()
			}
			resp, err := next(ctx, req)
			return resp, statusOf(ctx, err).Err()
		},
		stream: func(srv any, stream grpc.ServerStream, info *grpc.StreamServerInfo, next grpc.StreamHandler) error {
			ctx, err := f(stream.Context(), info.FullMethod)
			if err != nil {
				return statusOf(ctx, err).Err()
			}
			return statusOf(ctx, next(srv, &streamWithContext{stream, ctx})).Err()
		},
	}
}

type streamWithContext struct {
	grpc.ServerStream
	ctx context.Context //nolint:containedctx // grpc.ServerStream carries its context
}

func (s *streamWithContext) Context() context.Context { return s.ctx }

func (s *Server) logUnary(ctx context.Context, req any, info *grpc.UnaryServerInfo, next grpc.UnaryHandler) (resp any, err error) {
	start := time.Now()
	defer func() { s.logCall(ctx, info.FullMethod, start, err) }()
	defer s.guard(ctx, &err)
	return next(ctx, req)
}

func (s *Server) logStream(srv any, stream grpc.ServerStream, info *grpc.StreamServerInfo, next grpc.StreamHandler) (err error) {
	start := time.Now()
	defer func() { s.logCall(stream.Context(), info.FullMethod, start, err) }()
	defer s.guard(stream.Context(), &err)
	return next(srv, stream)
}

// guard is deferred around the links themselves, which the innermost recovery cannot see.
func (s *Server) guard(ctx context.Context, err *error) {
	if p := recover(); p != nil {
		*err = s.recovered(ctx, p)
	}
}

// logCall writes the one line a call gets. The text of the status stays out: it may repeat what the caller sent.
func (s *Server) logCall(ctx context.Context, method string, start time.Time, err error, more ...slog.Attr) {
	level, code := slog.LevelInfo, status.Code(err)
	if code == codes.Internal || code == codes.Unknown {
		level = slog.LevelError
	}
	if !s.log.Enabled(ctx, level) {
		return
	}
	s.log.LogAttrs(ctx, level, "call", append(append(s.callAttrs(ctx),
		slog.String("method", method), slog.String("code", code.String()), slog.Duration("elapsed", time.Since(start))), more...)...)
}

// rateError is a tenant that is above one of its rates.
type rateError struct{ wait time.Duration }

func (e *rateError) Error() string { return "rate limit" }

// limitRate holds a tenant to its rates. An item of a stream waits, which holds its stream back; a call of its own is refused.
func (s *Server) limitRate(ctx context.Context, req any, info *grpc.UnaryServerInfo, next grpc.UnaryHandler) (any, error) {
	article, ok := req.(*nutgrafv1.ArticleRequest)
	if !ok {
		return next(ctx, req)
	}
	for {
		wait := s.tenants.start(tenant(ctx), contentBytes(article))
		if wait == 0 {
			return next(ctx, req)
		}
		if info.FullMethod == nutgrafv1.ExtractionService_Extract_FullMethodName {
			return nil, s.refuse(ctx, reasonRateLimited, &rateError{wait})
		}
		if err := sleep(ctx, wait); err != nil {
			return nil, statusOf(ctx, err).Err()
		}
	}
}

// admit lets an article in when there is room for it.
func (s *Server) admit(ctx context.Context, req any, info *grpc.UnaryServerInfo, next grpc.UnaryHandler) (any, error) {
	article, ok := req.(*nutgrafv1.ArticleRequest)
	if !ok {
		return next(ctx, req)
	}
	who, size := tenant(ctx), contentBytes(article)
	if !s.tenants.hold(who, size) {
		return nil, s.refuse(ctx, reasonQuota, errQuota)
	}
	defer s.tenants.drop(who, size)
	arrived := time.Now()
	as := bulk
	if info.FullMethod == nutgrafv1.ExtractionService_Extract_FullMethodName {
		as = single
	}
	leave, err := s.admission.enter(ctx, who, as, size)
	if errors.Is(err, errOverloaded) {
		return nil, s.refuse(ctx, reasonOverloaded, err)
	}
	if err != nil {
		return nil, statusOf(ctx, err).Err()
	}
	defer leave()
	ctx, release, err := s.memory.enter(ctx, size)
	if err != nil {
		return nil, statusOf(ctx, err).Err()
	}
	defer release()
	start := time.Now()
	observe(ctx, s.metrics.wait, start.Sub(arrived).Seconds())
	observe(ctx, s.metrics.content, float64(size))
	defer func() { s.tenants.worked(who, time.Since(start)) }()
	var resp any
	s.hands.do(func() { resp, err = next(ctx, req) })
	if errors.Is(context.Cause(ctx), errOverloaded) {
		return nil, s.refuse(ctx, reasonOverloaded, errOverloaded)
	}
	return resp, err
}

// evicted tells that connections were closed for lack of memory.
func (s *Server) evicted(n int) {
	s.metrics.evicted.Add(float64(n))
	s.log.Warn("memory short, slowest connections closed", "connections", n)
}

// refuse counts what is turned away although nothing is wrong with it.
func (s *Server) refuse(ctx context.Context, why reason, err error) error {
	s.metrics.refused.WithLabelValues(string(why)).Inc()
	return statusOf(ctx, err).Err()
}

// contentBytes returns the size of an article's document, which its memory and its time grow with.
func contentBytes(req *nutgrafv1.ArticleRequest) int64 {
	src := req.GetSource()
	return int64(len(src.GetHtml().GetData()) + len(src.GetPlainText().GetText()))
}

// capDeadline bounds how long an article may be worked on, whatever the caller allows.
func (s *Server) capDeadline(ctx context.Context, req any, _ *grpc.UnaryServerInfo, next grpc.UnaryHandler) (any, error) {
	ctx, cancel := context.WithTimeout(ctx, s.cfg.MaxArticleTime)
	defer cancel()
	return next(ctx, req)
}

// validate refuses what breaks a limit of the contract, before any work starts.
func (s *Server) validate(ctx context.Context, req any, _ *grpc.UnaryServerInfo, next grpc.UnaryHandler) (any, error) {
	var err error
	switch req := req.(type) {
	case *nutgrafv1.ArticleRequest:
		if err = s.set.Validate(req); err == nil {
			err = s.validateSize(req)
		}
	case *nutgrafv1.ListExtractorsRequest:
		err = validatePage(req)
	}
	if err != nil {
		return nil, statusOf(ctx, err).Err()
	}
	return next(ctx, req)
}

// validateSize refuses a document that this server may not have the memory for, whatever else it does.
func (s *Server) validateSize(req *nutgrafv1.ArticleRequest) error {
	size, largest := contentBytes(req), s.memory.largest()
	if size <= largest {
		return nil
	}
	field := "source.plain_text.text"
	if req.GetSource().GetHtml() != nil {
		field = "source.html.data"
	}
	return pipeline.Invalid(field, "%d bytes, at most %d on this server", size, largest)
}

// recovered reports a panic: to the caller by its request id only, to the log without the panic's value, which may hold
// article text.
func (s *Server) recovered(ctx context.Context, p any) error {
	f, ok := p.(*fault)
	if !ok {
		f = &fault{p, debug.Stack()}
	}
	s.log.LogAttrs(ctx, slog.LevelError, "panic", append(s.callAttrs(ctx),
		slog.String("type", fmt.Sprintf("%T", f.value)), slog.String("stack", string(f.stack)))...)
	return newStatus(ctx, codes.Internal, reasonInternal, internalMessage).Err()
}
