package server

import (
	"fmt"
	"log/slog"
	"net/http"
	"net/http/pprof"
	"time"

	"connectrpc.com/cors"
	"connectrpc.com/vanguard"
	"connectrpc.com/vanguard/vanguardgrpc"
	"example.invalid/nutgraf/internal/pipeline"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	rscors "github.com/rs/cors"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/encoding/protojson"
)

const (
	readHeaderTime = 10 * time.Second
	idleTime       = 2 * time.Minute
	maxHeaderBytes = 64 << 10
)

// newHTTP returns the server of the second listener: gRPC-Web, Connect and REST, all ending in g.
func (s *Server) newHTTP(g *grpc.Server) (*http.Server, error) {
	// Base64 in JSON makes content a third larger.
	transcoder, err := vanguardgrpc.NewTranscoder(g,
		vanguard.WithDefaultServiceOptions(vanguard.WithMaxMessageBufferBytes(2*(pipeline.MaxContentBytes+messageSlack))),
		vanguard.WithCodec(func(types vanguard.TypeResolver) vanguard.Codec {
			return &vanguard.JSONCodec{
				MarshalOptions: protojson.MarshalOptions{Resolver: types},
				// A client may be newer than this server.
				UnmarshalOptions: protojson.UnmarshalOptions{Resolver: types, DiscardUnknown: true},
			}
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
	return s.httpServer(handler), nil
}

// newAdmin returns the server of the operator's listener.
func (s *Server) newAdmin() *http.Server {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(s.metrics.registry, promhttp.HandlerOpts{EnableOpenMetrics: true}))
	mux.HandleFunc("/debug/pprof/", pprof.Index)
	mux.HandleFunc("/debug/pprof/cmdline", pprof.Cmdline)
	mux.HandleFunc("/debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("/debug/pprof/symbol", pprof.Symbol)
	mux.HandleFunc("/debug/pprof/trace", pprof.Trace)
	return s.httpServer(mux)
}

func (s *Server) httpServer(h http.Handler) *http.Server {
	var protocols http.Protocols
	protocols.SetHTTP1(true)
	protocols.SetUnencryptedHTTP2(true)
	return &http.Server{
		Handler:           h,
		Protocols:         &protocols,
		ReadHeaderTimeout: readHeaderTime,
		IdleTimeout:       idleTime,
		MaxHeaderBytes:    maxHeaderBytes,
		ErrorLog:          slog.NewLogLogger(s.log.Handler(), slog.LevelDebug),
	}
}
