// Command faultserver is a server that fails as it is told, for the tests of the clients. An article asks for a fault by
// its label "fault"; every other article comes back with its plain text as body. It writes the addresses it listens on for
// gRPC and for Connect to standard output and ends with its standard input.
package main

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"flag"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"os"
	"sync"
	"time"

	"connectrpc.com/vanguard/vanguardgrpc"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/protoadapt"
	"google.golang.org/protobuf/types/known/durationpb"

	nutgrafv1 "example.invalid/nutgraf/gen/go/nutgraf/v1"
)

func main() {
	caFile := flag.String("tls", "", "serve TLS for localhost and write the certificate to trust to this `file`")
	token := flag.String("token", "", "refuse calls without this bearer token")
	flag.Parse()
	if err := run(*caFile, *token); err != nil {
		fmt.Fprintln(os.Stderr, "faultserver:", err)
		os.Exit(1)
	}
}

func run(caFile, token string) error {
	s := &server{token: token, seen: map[string]int{}}
	options := []grpc.ServerOption{grpc.UnaryInterceptor(s.authorizeUnary), grpc.StreamInterceptor(s.authorizeStream)}
	if caFile != "" {
		cert, err := selfSigned(caFile)
		if err != nil {
			return fmt.Errorf("make certificate: %w", err)
		}
		options = append(options, grpc.Creds(credentials.NewServerTLSFromCert(cert)))
	}
	g := grpc.NewServer(options...)
	nutgrafv1.RegisterExtractionServiceServer(g, s)
	listener, err := net.Listen("tcp", "localhost:0")
	if err != nil {
		return err
	}
	fmt.Println(listener.Addr())
	transcoder, err := vanguardgrpc.NewTranscoder(g)
	if err != nil {
		return err
	}
	web, err := net.Listen("tcp", "localhost:0")
	if err != nil {
		return err
	}
	fmt.Println(web.Addr())
	h := &http.Server{Handler: transcoder, ReadHeaderTimeout: time.Second}
	go func() { _ = h.Serve(web) }()
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		_ = h.Close()
		g.Stop()
	}()
	return g.Serve(listener)
}

// server answers as the labels of the articles say.
type server struct {
	nutgrafv1.UnimplementedExtractionServiceServer
	token string

	mu   sync.Mutex
	seen map[string]int // by item id or text
}

var errHang = errors.New("hang")

// faults gives what an article with a label gets instead of its extraction, by how often it was seen before.
var faults = map[string]func(before int) error{
	"busy twice":   before(2, newError(codes.ResourceExhausted, "OVERLOADED", &errdetails.RetryInfo{RetryDelay: durationpb.New(50 * time.Millisecond)})),
	"always full":  before(1<<30, newError(codes.ResourceExhausted, "MESSAGE_TOO_LARGE")),
	"unavailable":  before(1, newError(codes.Unavailable, "SERVER_DRAINING")),
	"end":          before(1, io.EOF),
	"hang":         before(1<<30, errHang),
	"break stream": before(1, newError(codes.Unavailable, "SERVER_DRAINING")),
	"invalid": before(1<<30, newError(codes.InvalidArgument, "INVALID_REQUEST", &errdetails.BadRequest{
		FieldViolations: []*errdetails.BadRequest_FieldViolation{{Field: "source.url", Description: "not absolute"}},
	})),
}

func before(n int, err error) func(int) error {
	return func(before int) error {
		if before < n {
			return err
		}
		return nil
	}
}

func newError(code codes.Code, reason string, details ...protoadapt.MessageV1) error {
	s, err := status.New(code, "as asked").WithDetails(append(details, &errdetails.ErrorInfo{Reason: reason, Domain: "nutgraf"})...)
	if err != nil {
		panic(err) // no code above is OK
	}
	return s.Err()
}

func (s *server) extract(id string, article *nutgrafv1.ArticleRequest, defaults *nutgrafv1.ExtractionOptions) (*nutgrafv1.Extraction, error) {
	s.mu.Lock()
	before := s.seen[id]
	s.seen[id]++
	s.mu.Unlock()
	if fault, ok := faults[article.GetLabels()["fault"]]; ok {
		if err := fault(before); err != nil {
			return nil, err
		}
	}
	options := article.GetOptions()
	if options == nil {
		options = defaults
	}
	return &nutgrafv1.Extraction{
		OffsetEncoding: options.GetOffsetEncoding(),
		Content:        &nutgrafv1.Content{Text: article.GetSource().GetPlainText().GetText()},
		Labels:         article.GetLabels(),
	}, nil
}

func (s *server) Extract(ctx context.Context, req *nutgrafv1.ArticleRequest) (*nutgrafv1.Extraction, error) {
	x, err := s.extract(req.GetSource().GetPlainText().GetText(), req, nil)
	if errors.Is(err, errHang) {
		<-ctx.Done()
		return nil, status.FromContextError(ctx.Err()).Err()
	}
	return x, err
}

func (s *server) ExtractStream(stream nutgrafv1.ExtractionService_ExtractStreamServer) error {
	var defaults *nutgrafv1.ExtractionOptions
	for first := true; ; first = false {
		req, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if first {
			defaults = req.GetDefaultOptions()
			if req.GetArticle() == nil {
				continue
			}
		}
		resp := &nutgrafv1.ExtractStreamResponse{ItemId: req.GetItemId()}
		x, err := s.extract(req.GetItemId(), req.GetArticle(), defaults)
		switch {
		case errors.Is(err, errHang):
			continue
		case endsStream(req.GetArticle(), err):
			return notEOF(err)
		case err != nil:
			resp.Outcome = &nutgrafv1.ExtractStreamResponse_Error{Error: status.Convert(err).Proto()}
		default:
			resp.Outcome = &nutgrafv1.ExtractStreamResponse_Extraction{Extraction: x}
		}
		if err := stream.Send(resp); err != nil {
			return err
		}
	}
}

func (s *server) ExtractBatch(req *nutgrafv1.ExtractBatchRequest, stream grpc.ServerStreamingServer[nutgrafv1.ExtractBatchResponse]) error {
	hangs := false
	for _, item := range req.GetItems() {
		resp := &nutgrafv1.ExtractBatchResponse{ItemId: item.GetItemId()}
		x, err := s.extract(item.GetItemId(), item.GetArticle(), req.GetDefaultOptions())
		switch {
		case errors.Is(err, errHang):
			hangs = true
			continue
		case endsStream(item.GetArticle(), err):
			return notEOF(err)
		case err != nil:
			resp.Outcome = &nutgrafv1.ExtractBatchResponse_Error{Error: status.Convert(err).Proto()}
		default:
			resp.Outcome = &nutgrafv1.ExtractBatchResponse_Extraction{Extraction: x}
		}
		if err := stream.Send(resp); err != nil {
			return err
		}
	}
	if hangs {
		<-stream.Context().Done()
	}
	return nil
}

// endsStream reports whether the fault is one of the stream and not of its item.
func endsStream(article *nutgrafv1.ArticleRequest, err error) bool {
	return errors.Is(err, io.EOF) || err != nil && article.GetLabels()["fault"] == "break stream"
}

func notEOF(err error) error {
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}

func (s *server) ListExtractors(_ context.Context, req *nutgrafv1.ListExtractorsRequest) (*nutgrafv1.ListExtractorsResponse, error) {
	if req.GetPageToken() == "" {
		return &nutgrafv1.ListExtractorsResponse{Extractors: []*nutgrafv1.Extractor{{ExtractorId: "a"}}, NextPageToken: "2"}, nil
	}
	return &nutgrafv1.ListExtractorsResponse{Extractors: []*nutgrafv1.Extractor{{ExtractorId: "b"}}}, nil
}

func (s *server) GetServerInfo(context.Context, *nutgrafv1.GetServerInfoRequest) (*nutgrafv1.GetServerInfoResponse, error) {
	return &nutgrafv1.GetServerInfoResponse{Version: "0.0.0-faults"}, nil
}

func (s *server) authorizeUnary(ctx context.Context, req any, _ *grpc.UnaryServerInfo, next grpc.UnaryHandler) (any, error) {
	if err := s.authorize(ctx); err != nil {
		return nil, err
	}
	return next(ctx, req)
}

func (s *server) authorizeStream(srv any, stream grpc.ServerStream, _ *grpc.StreamServerInfo, next grpc.StreamHandler) error {
	if err := s.authorize(stream.Context()); err != nil {
		return err
	}
	return next(srv, stream)
}

func (s *server) authorize(ctx context.Context) error {
	md, _ := metadata.FromIncomingContext(ctx)
	if got := md.Get("authorization"); s.token != "" && (len(got) != 1 || got[0] != "Bearer "+s.token) {
		return newError(codes.Unauthenticated, "UNAUTHENTICATED")
	}
	return nil
}

// selfSigned makes a certificate for localhost and writes it to file.
func selfSigned(file string) (*tls.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1),
		DNSNames:     []string{"localhost"},
		IPAddresses:  []net.IP{net.IPv4(127, 0, 0, 1), net.IPv6loopback},
		NotBefore:    time.Now().Add(-time.Hour),
		NotAfter:     time.Now().Add(time.Hour),
		IsCA:         true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return nil, err
	}
	if err := os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600); err != nil {
		return nil, err
	}
	return &tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, nil
}
