package server

import (
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/pprof"
	"time"

	"connectrpc.com/connect"
	"connectrpc.com/cors"
	"connectrpc.com/vanguard"
	"connectrpc.com/vanguard/vanguardgrpc"
	"example.invalid/nutgraf/internal/pipeline"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	rscors "github.com/rs/cors"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
)

const (
	// handshakeTime bounds TLS, the HTTP/2 preface and the header of an HTTP/1.1 request.
	handshakeTime = 10 * time.Second
	// idleTime is how long a connection may be without a call; one whose body came too late counts as such.
	idleTime       = 2 * time.Minute
	maxHeaderBytes = 64 << 10
	// receiveTime bounds how long the message of a call that is no stream may take to come in.
	receiveTime = time.Minute
	// maxJSONBytes has room for the largest content in base64.
	maxJSONBytes = (pipeline.MaxContentBytes + messageSlack) / 3 * 4
)

// newHTTP returns the server of the second listener: gRPC-Web, Connect and REST, all ending in g.
func (s *Server) newHTTP(g *grpc.Server) (*http.Server, error) {
	// Base64 in JSON makes content a third larger.
	transcoder, err := vanguardgrpc.NewTranscoder(g,
		vanguard.WithDefaultServiceOptions(vanguard.WithMaxMessageBufferBytes(maxJSONBytes)),
		vanguard.WithCompression("gzip",
			func() connect.Compressor { return gzip.NewWriter(io.Discard) },
			func() connect.Decompressor { return &boundedGzip{} }),
		vanguard.WithCodec(func(types vanguard.TypeResolver) vanguard.Codec {
			return jsonCodec{&vanguard.JSONCodec{
				MarshalOptions: protojson.MarshalOptions{Resolver: types},
				// A client may be newer than this server.
				UnmarshalOptions: protojson.UnmarshalOptions{Resolver: types, DiscardUnknown: true},
			}}
		}),
	)
	if err != nil {
		return nil, fmt.Errorf("http transcoder: %w", err)
	}
	var handler http.Handler = transcoder
	if len(s.cfg.AllowedOrigins) > 0 {
		handler = rscors.New(rscors.Options{
			AllowedOrigins: s.cfg.AllowedOrigins,
			AllowedMethods: cors.AllowedMethods(),
			AllowedHeaders: append(cors.AllowedHeaders(), "Authorization", requestIDHeader),
			ExposedHeaders: append(cors.ExposedHeaders(), requestIDHeader),
			MaxAge:         7200,
		}).Handler(handler)
	}
	return s.httpServer(s.timelyBody(handler)), nil
}

// boundedGzip refuses what unpacks to more than a request may hold; the transcoder itself sets no bound.
type boundedGzip struct {
	gzip.Reader
	left int
}

// Reset implements connect.Decompressor.
func (d *boundedGzip) Reset(r io.Reader) error {
	d.left = maxJSONBytes
	return d.Reader.Reset(r)
}

// Read implements connect.Decompressor.
func (d *boundedGzip) Read(p []byte) (int, error) {
	n, err := d.Reader.Read(p)
	if d.left -= n; d.left < 0 {
		return n, connect.NewError(connect.CodeResourceExhausted, fmt.Errorf("unpacks to more than %d bytes", maxJSONBytes))
	}
	return n, err
}

// timelyBody bounds how long the body of a request may take, so that slow senders cannot hold connections. Streams of requests
// are exempt: they may last.
func (s *Server) timelyBody(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if m := methodOf(r.URL.Path); m == nil || !m.IsStreamingClient() {
			c := http.NewResponseController(w)
			// Every connection of this server can do it.
			_ = c.SetReadDeadline(time.Now().Add(s.receiveTime))
			r.Body = &timedBody{r.Body, c}
		}
		next.ServeHTTP(w, r)
	})
}

// timedBody lifts the deadline once the body is read, for the answer may take longer.
type timedBody struct {
	io.ReadCloser
	c *http.ResponseController
}

func (b *timedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if err == io.EOF {
		_ = b.c.SetReadDeadline(time.Time{})
	}
	return n, err
}

// jsonCodec makes JSON that cannot be read the caller's fault, which vanguard takes for one of the server.
type jsonCodec struct{ *vanguard.JSONCodec }

func (c jsonCodec) Unmarshal(data []byte, msg proto.Message) error {
	if err := c.JSONCodec.Unmarshal(data, msg); err != nil {
		return connect.NewError(connect.CodeInvalidArgument, errors.New("the body is not the JSON of the request message"))
	}
	return nil
}

// newAdmin returns the server of the operator's listener. Profiles, which hold what is in memory, are served on loopback only.
func (s *Server) newAdmin(lis net.Listener) *http.Server {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(s.metrics.registry, promhttp.HandlerOpts{EnableOpenMetrics: true}))
	if lis != nil && isLoopback(lis.Addr()) {
		mux.HandleFunc("/debug/pprof/", pprof.Index)
		mux.HandleFunc("/debug/pprof/cmdline", pprof.Cmdline)
		mux.HandleFunc("/debug/pprof/profile", pprof.Profile)
		mux.HandleFunc("/debug/pprof/symbol", pprof.Symbol)
		mux.HandleFunc("/debug/pprof/trace", pprof.Trace)
	}
	return s.httpServer(mux)
}

func isLoopback(a net.Addr) bool {
	tcp, ok := a.(*net.TCPAddr)
	return ok && tcp.IP.IsLoopback()
}

func (s *Server) httpServer(h http.Handler) *http.Server {
	var protocols http.Protocols
	protocols.SetHTTP1(true)
	protocols.SetUnencryptedHTTP2(true)
	return &http.Server{
		Handler:           h,
		Protocols:         &protocols,
		ReadHeaderTimeout: s.handshakeTime,
		IdleTimeout:       s.idleTime,
		MaxHeaderBytes:    maxHeaderBytes,
		ErrorLog:          slog.NewLogLogger(s.log.Handler(), slog.LevelDebug),
	}
}
