// Package server is the gRPC edge: it admits calls, runs the pipeline for them, and drains. It knows no extractor.
package server

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"runtime"
	"sync"
	"syscall"
	"time"

	nutgrafv1 "example.invalid/nutgraf/gen/go/nutgraf/v1"
	"example.invalid/nutgraf/internal/codec"
	"example.invalid/nutgraf/internal/pipeline"
	"github.com/go-jose/go-jose/v4/jwt"
	"go.opentelemetry.io/contrib/instrumentation/google.golang.org/grpc/otelgrpc"
	"go.opentelemetry.io/otel/metric/noop"
	"go.opentelemetry.io/otel/propagation"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	_ "google.golang.org/grpc/encoding/gzip" // clients may compress; gRPC knows no other way to allow it
	"google.golang.org/grpc/experimental"
	"google.golang.org/grpc/health"
	healthv1 "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/keepalive"
	"google.golang.org/grpc/reflection"
)

const (
	// messageSlack is what a request may hold besides its content.
	messageSlack = 1 << 20
	// maxHeaderBytes bounds the header of a call; gRPC's own default is 16 MiB.
	maxHeaderBytes = 64 << 10
	// waitingPerWorker is how many single calls of a tenant may wait for each worker: enough that no worker is ever without one,
	// and few enough that a call that is let in is answered soon.
	waitingPerWorker = 5
	// maxConcurrentStreams bounds the calls of one connection.
	maxConcurrentStreams = 256
	// sendWindow is how much a caller may send that is not read yet, by stream and by connection. gRPC's own begins with 64 KiB for
	// all calls of a connection, which must then be read every millisecond or they wait, and grows to 16 MiB.
	sendWindow = 1 << 20
	// readBuffer is how much is read from a connection at once: about an article, which is four times gRPC's own. It is there only while
	// there is something to read.
	readBuffer = 128 << 10
	// minPingInterval is how often a client may ask for a sign of life. Ours do every 30 s; gRPC's own default, 5 minutes, would
	// have the server end their connections.
	minPingInterval = 10 * time.Second
	// connectionIdleTime is how long a gRPC connection may be without a call; clients connect again by themselves.
	connectionIdleTime = 30 * time.Minute
)

// Server serves extractions over gRPC and, on a second listener, over HTTP.
type Server struct {
	nutgrafv1.UnimplementedExtractionServiceServer

	cfg       Config
	version   string
	log       *slog.Logger
	set       *pipeline.Set
	admission *admission
	memory    *memory
	hands     *hands
	conns     *connections
	tenants   *tenants
	auth      *authenticator               // nil if nobody needs credentials
	tls       *reloaded[transportSecurity] // nil without TLS
	metrics   *metrics
	traces    *sdktrace.TracerProvider // nil if nobody collects them
	tracer    trace.Tracer
	health    *health.Server
	// items holds, for each method that carries items, what one item goes through.
	items map[string]func(context.Context, *nutgrafv1.ArticleRequest) (*nutgrafv1.Extraction, error)

	jobs *jobService // nil if jobs are off
	// What slow senders get; constants but for tests.
	handshakeTime, receiveTime, idleTime time.Duration

	draining chan struct{}
	streams  streams
	readers  sync.WaitGroup
}

// New returns a server of the given extractors. Version is what GetServerInfo reports.
func New(cfg Config, version string, log *slog.Logger, extractors ...pipeline.Extractor) (*Server, error) {
	if err := cfg.check(); err != nil {
		return nil, err
	}
	s := &Server{
		cfg: cfg, version: version, log: log,
		admission:     newAdmission(cfg.Workers, cmp.Or(cfg.MaxWaiting, cfg.Workers*waitingPerWorker), cfg.MaxHeld, cfg.MaxHeldBytes),
		memory:        newMemory(cfg.MemoryLimit),
		hands:         newHands(),
		tenants:       newTenants(cfg.Tenant),
		health:        health.NewServer(),
		draining:      make(chan struct{}),
		streams:       streams{open: map[*window]bool{}},
		handshakeTime: handshakeTime, receiveTime: receiveTime, idleTime: idleTime,
	}
	s.conns = newConnections(s.memory.full)
	if err := s.secure(); err != nil {
		return nil, err
	}
	if cfg.TenantQuotasFile != "" {
		quotas, err := newReloaded(func(c [][]byte) (map[string]Quota, error) { return parseQuotas(c[0], cfg.Tenant) }, cfg.TenantQuotasFile)
		if err != nil {
			return nil, fmt.Errorf("quotas: %w", err)
		}
		s.tenants.own = quotas
	}
	traces, err := newTraces(cfg.OTLPEndpoint, version)
	if err != nil {
		return nil, fmt.Errorf("traces: %w", err)
	}
	s.trace(traces)
	processors := runtime.GOMAXPROCS(0)
	yielder, err := newYielder(func() bool { return s.admission.busy() >= processors })
	if err != nil {
		return nil, err
	}
	set, err := pipeline.NewSet(pipeline.Config{Observe: func(ctx context.Context, spec *pipeline.Spec) (context.Context, func(pipeline.Outcome)) {
		ctx, done := s.observe(ctx, spec)
		return yielding{ctx, yielder}, done
	}}, extractors...)
	if err != nil {
		return nil, fmt.Errorf("pipeline: %w", err)
	}
	s.set = set
	s.metrics = s.newMetrics()
	s.items = map[string]func(context.Context, *nutgrafv1.ArticleRequest) (*nutgrafv1.Extraction, error){}
	for _, method := range []string{nutgrafv1.ExtractionService_ExtractStream_FullMethodName, nutgrafv1.ExtractionService_ExtractBatch_FullMethodName} {
		s.items[method] = s.itemHandler(method)
	}
	return s, nil
}

// secure reads the files of TLS and of credentials.
func (s *Server) secure() (err error) {
	c := &s.cfg
	if c.TLSCertFile != "" {
		files := []string{c.TLSCertFile, c.TLSKeyFile}
		if c.TLSClientCAFile != "" {
			files = append(files, c.TLSClientCAFile)
		}
		if s.tls, err = newReloaded(parseTransportSecurity, files...); err != nil {
			return fmt.Errorf("tls: %w", err)
		}
	}
	if c.AuthTokensFile == "" && c.AuthJWTKeysFile == "" && c.TLSClientCAFile == "" {
		return nil
	}
	s.auth = &authenticator{
		certificates: c.TLSClientCAFile != "", tenantClaim: c.AuthJWTTenantClaim,
		expected: jwt.Expected{Issuer: c.AuthJWTIssuer, AnyAudience: jwt.Audience{c.AuthJWTAudience}},
	}
	if c.AuthTokensFile != "" {
		if s.auth.tokens, err = newReloaded(parseTokens, c.AuthTokensFile); err != nil {
			return fmt.Errorf("tokens: %w", err)
		}
	}
	if c.AuthJWTKeysFile != "" {
		if s.auth.keys, err = newReloaded(parseKeys, c.AuthJWTKeysFile); err != nil {
			return fmt.Errorf("jwt keys: %w", err)
		}
	}
	return nil
}

// watchFiles reloads the files of TLS, credentials and quotas until ctx is done.
func (s *Server) watchFiles(ctx context.Context) {
	var watching sync.WaitGroup
	if s.tls != nil {
		watching.Go(func() { watchFile(ctx, s, s.tls) })
	}
	if s.auth != nil && s.auth.tokens != nil {
		watching.Go(func() { watchFile(ctx, s, s.auth.tokens) })
	}
	if s.auth != nil && s.auth.keys != nil {
		watching.Go(func() { watchFile(ctx, s, s.auth.keys) })
	}
	if s.tenants.own != nil {
		watching.Go(func() { watchFile(ctx, s, s.tenants.own) })
	}
	watching.Wait()
}

// tlsConfig returns the TLS configuration of both listeners, or nil.
func (s *Server) tlsConfig() *tls.Config {
	if s.tls == nil {
		return nil
	}
	return tlsConfig(s.tls, s.auth != nil && (s.auth.tokens != nil || s.auth.keys != nil))
}

// newGRPC returns a gRPC server with all services. Each listener has its own, because one that has served HTTP handlers
// cannot be stopped gracefully.
func (s *Server) newGRPC() *grpc.Server {
	buffers := &codec.Pool{}
	opts := append(s.chainOptions(),
		grpc.ForceServerCodecV2(codec.Proto{Pool: buffers}),
		experimental.BufferPool(buffers),
		grpc.MaxRecvMsgSize(int(s.maxMessage())),
		grpc.MaxSendMsgSize(s.cfg.MaxResponseBytes+messageSlack),
		grpc.MaxConcurrentStreams(maxConcurrentStreams),
		grpc.MaxHeaderListSize(maxHeaderBytes),
		grpc.ConnectionTimeout(s.handshakeTime),
		grpc.InTapHandle(s.tap),
		grpc.InitialWindowSize(sendWindow), grpc.InitialConnWindowSize(sendWindow),
		grpc.ReadBufferSize(readBuffer),
		grpc.KeepaliveEnforcementPolicy(keepalive.EnforcementPolicy{MinTime: minPingInterval, PermitWithoutStream: true}),
		grpc.KeepaliveParams(keepalive.ServerParameters{MaxConnectionIdle: connectionIdleTime, Time: time.Minute, Timeout: 20 * time.Second}),
		grpc.UnknownServiceHandler(func(any, grpc.ServerStream) error { return errUnknownMethod }),
	)
	if s.traces != nil {
		opts = append(opts, grpc.StatsHandler(otelgrpc.NewServerHandler(
			otelgrpc.WithTracerProvider(s.traces), otelgrpc.WithMeterProvider(noop.NewMeterProvider()), otelgrpc.WithPropagators(propagation.TraceContext{}),
		)))
	}
	if cfg := s.tlsConfig(); cfg != nil {
		opts = append(opts, grpc.Creds(credentials.NewTLS(cfg)))
	}
	g := grpc.NewServer(opts...)
	g.RegisterService(s.lateJudge(nutgrafv1.ExtractionService_ServiceDesc), s)
	if s.jobs != nil {
		nutgrafv1.RegisterJobServiceServer(g, s.jobs)
	}
	healthv1.RegisterHealthServer(g, watchedHealth{s.health, s.draining})
	if s.cfg.Reflection {
		reflection.Register(g)
	}
	s.metrics.rpc.InitializeMetrics(g)
	return g
}

// Listeners are the doors of a server. A nil one is closed.
type Listeners struct{ GRPC, HTTP, Admin net.Listener }

// Listen opens the listeners that the configuration names.
func Listen(ctx context.Context, cfg Config) (l Listeners, err error) {
	defer func() {
		if err != nil {
			l.Close()
		}
	}()
	for _, door := range []struct {
		addr string
		lis  *net.Listener
	}{{cfg.Listen, &l.GRPC}, {cfg.HTTPListen, &l.HTTP}, {cfg.AdminListen, &l.Admin}} {
		if door.addr == "" {
			continue
		}
		*door.lis, err = new(net.ListenConfig).Listen(ctx, "tcp", door.addr)
		if errors.Is(err, syscall.EADDRINUSE) && door.addr == DefaultConfig().AdminListen {
			*door.lis, err = nil, nil // a second server of which nobody said where its operator looks
		}
		if err != nil {
			return l, err
		}
	}
	return l, nil
}

// Close closes all listeners.
func (l Listeners) Close() {
	for _, lis := range []net.Listener{l.GRPC, l.HTTP, l.Admin} {
		if lis != nil {
			_ = lis.Close()
		}
	}
}

// Serve serves until ctx is done, then drains: health says NOT_SERVING, streams stop reading, what was read is answered.
// It returns when all is ended, DrainTime after ctx at the latest.
func (s *Server) Serve(ctx context.Context, l Listeners) error {
	ctx, stopWatching := context.WithCancel(ctx)
	defer stopWatching()
	failed := make(chan error, 3)
	var servers sync.WaitGroup
	start := func(lis net.Listener, serve func(net.Listener) error) {
		if lis != nil {
			servers.Go(func() {
				if err := serve(lis); err != nil && !errors.Is(err, http.ErrServerClosed) && !errors.Is(err, grpc.ErrServerStopped) {
					failed <- err
				}
			})
		}
	}
	jobs, err := s.openJobs(ctx)
	if err != nil {
		l.Close()
		return err
	}
	s.jobs = jobs
	direct, behind := s.newGRPC(), s.newGRPC()
	web, err := s.newHTTP(behind)
	if err != nil {
		return err
	}
	admin := s.newAdmin(l.Admin)
	servers.Go(func() { s.memory.watch(ctx) })
	servers.Go(func() { s.conns.watch(ctx, s.evicted) })
	servers.Go(func() { s.rest(ctx) })
	servers.Go(func() { s.watchFiles(ctx) })
	// Before the first call can come: a server that answers is serving.
	s.health.SetServingStatus("", healthv1.HealthCheckResponse_SERVING)
	s.health.SetServingStatus(nutgrafv1.ExtractionService_ServiceDesc.ServiceName, healthv1.HealthCheckResponse_SERVING)
	if jobs != nil {
		s.health.SetServingStatus(nutgrafv1.JobService_ServiceDesc.ServiceName, healthv1.HealthCheckResponse_SERVING)
	}
	start(l.GRPC, func(lis net.Listener) error {
		return direct.Serve(s.conns.listen(lis, s.cfg.MaxConnections))
	})
	start(l.HTTP, func(lis net.Listener) error {
		lis = s.conns.listen(lis, s.cfg.MaxConnections)
		if web.TLSConfig = s.tlsConfig(); web.TLSConfig != nil {
			return web.ServeTLS(lis, "", "")
		}
		return web.Serve(lis)
	})
	start(l.Admin, admin.Serve)
	s.log.Info("serving", "version", s.version, "pipeline", s.set.Digest(), "grpc", address(l.GRPC), "http", address(l.HTTP), "admin", address(l.Admin))

	if s.auth != nil && s.tls == nil {
		s.log.Warn("credentials travel in the clear: turn TLS on, here or in front")
	}
	var cause error
	select {
	case <-ctx.Done():
	case cause = <-failed:
	}
	stopWatching()
	s.log.Info("draining", "held", s.admission.busy())
	s.health.Shutdown()
	close(s.draining)
	s.streams.drain()
	grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), s.cfg.DrainTime)
	defer cancel()
	if jobs != nil {
		jobs.store.StopWork()
		defer jobs.store.Close()
	}
	var stopping sync.WaitGroup
	stopping.Go(func() {
		stop := context.AfterFunc(grace, direct.Stop)
		defer stop()
		direct.GracefulStop()
	})
	stopping.Go(func() {
		if web.Shutdown(grace) != nil {
			_ = web.Close()
		}
		behind.Stop()
	})
	stopping.Wait()
	_ = admin.Close()
	servers.Wait()
	s.readers.Wait()
	s.hands.end()
	if s.traces != nil {
		if err := s.traces.Shutdown(grace); err != nil {
			s.log.Warn("traces lost", "error", err)
		}
	}
	s.log.Info("stopped")
	return cause
}

// watchedHealth ends the watches of a draining server, which would otherwise keep it waiting for its watchers.
type watchedHealth struct {
	*health.Server
	draining <-chan struct{}
}

// lastWord is how long a watch goes on after the drain began, to tell NOT_SERVING.
const lastWord = 200 * time.Millisecond

func (h watchedHealth) Watch(req *healthv1.HealthCheckRequest, stream healthv1.Health_WatchServer) error {
	ctx, cancel := context.WithCancel(stream.Context())
	defer cancel()
	go func() {
		select {
		case <-h.draining:
			time.AfterFunc(lastWord, cancel)
		case <-ctx.Done():
		}
	}()
	err := h.Server.Watch(req, &healthStream{stream, ctx})
	select {
	case <-h.draining:
		return statusOf(stream.Context(), errDraining).Err()
	default:
		return err
	}
}

type healthStream struct {
	healthv1.Health_WatchServer
	ctx context.Context //nolint:containedctx // grpc.ServerStream carries its context
}

func (s *healthStream) Context() context.Context { return s.ctx }

func address(l net.Listener) string {
	if l == nil {
		return ""
	}
	return l.Addr().String()
}
