package server

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"log/slog"
	"mime"
	"net"
	"net/http"
	"net/http/pprof"
	"strings"
	"time"

	"connectrpc.com/connect"
	"connectrpc.com/cors"
	"connectrpc.com/vanguard"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	rscors "github.com/rs/cors"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
)

const (
	// handshakeTime bounds TLS, the HTTP/2 preface and the header of an HTTP/1.1 request.
	handshakeTime = 10 * time.Second
	// idleTime is how long a connection may be without a call; one whose body came too late counts as such.
	idleTime = 2 * time.Minute
	// receiveTime bounds how long the message of a call that is no stream may take to come in.
	receiveTime = time.Minute
)

// newHTTP returns the server of the second listener: gRPC-Web, Connect and REST, all ending in g.
func (s *Server) newHTTP(g *grpc.Server) (*http.Server, error) {
	// What a program sends may be newer than this server; what a person writes may be misspelt.
	rpc, err := s.newTranscoder(g, protojson.UnmarshalOptions{DiscardUnknown: true})
	if err != nil {
		return nil, err
	}
	rest, err := s.newTranscoder(g, protojson.UnmarshalOptions{})
	if err != nil {
		return nil, err
	}
	handler := complete(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/v1/") {
			rest.ServeHTTP(w, r)
		} else {
			rpc.ServeHTTP(w, r)
		}
	}))
	if len(s.cfg.AllowedOrigins) > 0 {
		handler = rscors.New(rscors.Options{
			AllowedOrigins: s.cfg.AllowedOrigins,
			AllowedMethods: cors.AllowedMethods(),
			AllowedHeaders: append(cors.AllowedHeaders(), "Authorization", requestIDHeader),
			ExposedHeaders: append(cors.ExposedHeaders(), requestIDHeader),
			MaxAge:         7200,
		}).Handler(handler)
	}
	return s.httpServer(s.gate(handler)), nil
}

// newTranscoder returns what turns all other protocols into gRPC and has g serve it.
func (s *Server) newTranscoder(g *grpc.Server, read protojson.UnmarshalOptions) (http.Handler, error) {
	limit := s.maxJSON()
	var services []*vanguard.Service
	for name := range g.GetServiceInfo() {
		services = append(services, vanguard.NewService(name, takesTurns{g}))
	}
	transcoder, err := vanguard.NewTranscoder(services,
		vanguard.WithDefaultServiceOptions(
			vanguard.WithTargetProtocols(vanguard.ProtocolGRPC),
			vanguard.WithTargetCodecs(vanguard.CodecProto),
			vanguard.WithMaxMessageBufferBytes(uint32(limit)),
			vanguard.WithRESTUnmarshalOptions(vanguard.RESTUnmarshalOptions{DiscardUnknownQueryParams: true}),
		),
		vanguard.WithCompression("gzip",
			func() connect.Compressor { return gzip.NewWriter(io.Discard) },
			func() connect.Decompressor { return &boundedGzip{limit: limit} }),
		vanguard.WithCodec(func(types vanguard.TypeResolver) vanguard.Codec {
			read := read // this is called for each call
			read.Resolver = types
			return jsonCodec{&vanguard.JSONCodec{MarshalOptions: protojson.MarshalOptions{Resolver: types}, UnmarshalOptions: read}}
		}),
	)
	if err != nil {
		return nil, fmt.Errorf("http transcoder: %w", err)
	}
	return inTurns(transcoder), nil
}

// isEnveloped reports whether messages of a content type have an envelope each.
func isEnveloped(contentType string) bool {
	return strings.HasPrefix(contentType, "application/grpc") || strings.HasPrefix(contentType, "application/connect+")
}

// complete adds what people leave out: the body of an empty message, and the header by which clients of Connect say what the path
// says already. A body of a type that nothing here reads is refused in words that help.
func complete(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		contentType := r.Header.Get("Content-Type")
		mediaType, _, _ := mime.ParseMediaType(contentType)
		isJSON := mediaType == "application/json" || contentType == ""
		if r.Method == http.MethodPost {
			if !isJSON && mediaType != "application/proto" && !isEnveloped(contentType) {
				refuseType(w, r, contentType)
				return
			}
			r.Header = r.Header.Clone()
			if m := methodOf(r.URL.Path); m != nil && !isEnveloped(contentType) {
				r.Header.Set("Connect-Protocol-Version", "1")
			}
			if isJSON && r.ContentLength == 0 {
				r.Body, r.ContentLength = io.NopCloser(strings.NewReader("{}")), 2
				r.Header.Del("Content-Encoding")
				r.Header.Set("Content-Type", "application/json")
			}
		}
		next.ServeHTTP(w, r)
	})
}

// refuseType answers a body of a type that no protocol here has, such as the one that curl sends unless told.
func refuseType(w http.ResponseWriter, r *http.Request, contentType string) {
	body, _ := protojson.Marshal(newStatus(r.Context(), codes.InvalidArgument, reasonInvalidRequest,
		fmt.Sprintf("the content-type must be application/json, not %.100q", contentType)).Proto())
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusUnsupportedMediaType)
	_, _ = w.Write(body)
}

// maxMessage returns the largest message of the wire: the largest document, and what goes with it.
func (s *Server) maxMessage() int64 { return s.memory.largest() + messageSlack }

// maxJSON returns the largest message in JSON, where base64 makes content a third larger.
func (s *Server) maxJSON() int64 { return s.maxMessage() / 3 * 4 }

// boundedGzip refuses what unpacks to more than a request may hold; the transcoder itself sets no bound. What unpacks to more
// than a little is measured first, which takes time but no memory.
type boundedGzip struct {
	gzip.Reader
	limit  int64
	packed []byte
	read   int64
}

// measureBytes is how much is unpacked without knowing how much there will be.
const measureBytes = 1 << 20

// Reset implements connect.Decompressor.
func (d *boundedGzip) Reset(r io.Reader) error {
	d.packed, d.read = nil, 0
	if b, ok := r.(*bytes.Buffer); ok {
		d.packed = b.Bytes()
	}
	return notPacked(d.Reader.Reset(r))
}

// notPacked makes what is no gzip the caller's fault.
func notPacked(err error) error {
	if err == nil || err == io.EOF {
		return err
	}
	return connect.NewError(connect.CodeInvalidArgument, fmt.Errorf("the body is not gzip: %w", err))
}

// Read implements connect.Decompressor.
func (d *boundedGzip) Read(p []byte) (int, error) {
	n, err := d.Reader.Read(p)
	if err != nil {
		d.packed = nil // it is the caller's
		return n, notPacked(err)
	}
	before := d.read
	d.read += int64(n)
	if d.read > d.limit || before < measureBytes && d.read >= measureBytes && unpacksBeyond(d.packed, d.limit) {
		d.packed = nil
		return n, connect.NewError(connect.CodeResourceExhausted, fmt.Errorf("unpacks to more than %d bytes", d.limit))
	}
	return n, err
}

// unpacksBeyond reports whether there are more bytes in packed than limit; what cannot be unpacked will be found out later.
func unpacksBeyond(packed []byte, limit int64) bool {
	z, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return false
	}
	n, _ := io.Copy(io.Discard, io.LimitReader(z, limit+1))
	return n > limit
}

// jsonCodec makes JSON that cannot be read the caller's fault, which vanguard takes for one of the server.
type jsonCodec struct{ *vanguard.JSONCodec }

func (c jsonCodec) Unmarshal(data []byte, msg proto.Message) error {
	if err := c.JSONCodec.Unmarshal(data, msg); err != nil {
		// What protojson says holds what it does not understand, and begins in either of two ways to keep programs from reading it.
		why := strings.TrimPrefix(strings.ReplaceAll(err.Error(), "\u00a0", " "), "proto: ")
		if len(why) > 200 {
			why = why[:200] + "..."
		}
		why = strings.ToValidUTF8(why, "\uFFFD") // else the answer could not be written
		return connect.NewError(connect.CodeInvalidArgument, fmt.Errorf("the body is not the JSON of the request message: %s", why))
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
