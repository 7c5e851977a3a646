package server

import (
	"context"
	"encoding/binary"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"time"

	nutgrafv1 "example.invalid/nutgraf/gen/go/nutgraf/v1"
	"example.invalid/nutgraf/internal/codec"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/peer"
	"google.golang.org/grpc/tap"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
)

// verdict is what is decided about a call by its header, before its message is read: a message costs memory, which those who
// may not call get none of.
type verdict struct {
	tenant string
	why    reason
	err    error
}

type verdictKey struct{}

// judge decides about a call that names a method; an unknown one needs credentials too.
func (s *Server) judge(ctx context.Context, method string) *verdict {
	v := &verdict{}
	if openMethods[method] {
		return v
	}
	if s.auth != nil {
		switch v.tenant, v.err = s.auth.tenant(ctx, time.Now()); {
		case errors.Is(v.err, errNoCredentials):
			v.why = reasonNoCredentials
			return v
		case v.err != nil:
			v.why = reasonBadCredentials
			return v
		}
	}
	if !s.memory.spare() || method == nutgrafv1.ExtractionService_Extract_FullMethodName && s.admission.full(v.tenant) {
		v.why, v.err = reasonOverloaded, errOverloaded
	}
	return v
}

// pass lets a call through if its verdict does. Calls come with one; for one without, it is made here.
func (s *Server) pass(ctx context.Context, method string) (context.Context, error) {
	v, ok := ctx.Value(verdictKey{}).(*verdict)
	if !ok {
		v = s.judge(ctx, method)
	}
	if v.err != nil {
		return ctx, s.refuse(ctx, v.why, v.err)
	}
	callOf(ctx).tenant = v.tenant
	return ctx, nil
}

// tap looks at a call of gRPC before its message is read. The message of a unary call must also come in time.
func (s *Server) tap(ctx context.Context, info *tap.Info) (context.Context, error) {
	start, v := time.Now(), s.judge(ctx, info.FullMethodName)
	if v.err != nil { // the chain does not see this call, so its line is written here
		ctx = context.WithValue(ctx, callKey{}, &call{idOf(ctx), v.tenant})
		err := s.refuse(ctx, v.why, v.err)
		if v.why != reasonOverloaded {
			s.logCall(ctx, info.FullMethodName, start, err)
		} else if n := s.admission.refused(v.tenant); n > 0 {
			s.logCall(ctx, info.FullMethodName, start, err, slog.Int("refused", n))
		}
		return ctx, err
	}
	ctx = context.WithValue(ctx, verdictKey{}, v)
	if m := methodOf(info.FullMethodName); m != nil && !m.IsStreamingClient() && !m.IsStreamingServer() {
		timed, cancel := context.WithTimeout(ctx, s.receiveTime+s.cfg.MaxArticleTime)
		context.AfterFunc(timed, cancel) // its parent ends with the call
		return timed, nil
	}
	return ctx, nil
}

// lateJudge returns the service with a second look at single calls, when their messages have come and before they are read: calls that
// come together are all let in by their headers, and to read a page costs as much as all else about a refusal.
func (s *Server) lateJudge(service grpc.ServiceDesc) *grpc.ServiceDesc {
	service.Methods = slices.Clone(service.Methods)
	for i := range service.Methods {
		m := &service.Methods[i]
		if m.MethodName != "Extract" {
			continue
		}
		handle := m.Handler
		m.Handler = func(srv any, ctx context.Context, read func(any) error, chain grpc.UnaryServerInterceptor) (any, error) {
			v, ok := ctx.Value(verdictKey{}).(*verdict)
			if !ok {
				return handle(srv, ctx, read, chain)
			}
			return handle(srv, ctx, func(message any) error {
				return read(codec.Unless{Message: message.(proto.Message), Refused: func() bool {
					if v.err == nil && s.admission.full(v.tenant) {
						v.why, v.err = reasonOverloaded, errOverloaded
					}
					return v.err != nil // the chain says so
				}})
			}, chain)
		}
	}
	return &service
}

// gate does to a call of HTTP what tap does to one of gRPC: one that is refused goes on with an empty message, for the chain
// answers it in the words of its protocol. Messages of the others come in time, and get memory as they come.
func (s *Server) gate(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx := metadata.NewIncomingContext(r.Context(), metadata.MD{"authorization": r.Header.Values("Authorization")})
		if r.TLS != nil {
			ctx = peer.NewContext(ctx, &peer.Peer{AuthInfo: credentials.TLSInfo{State: *r.TLS}})
		}
		v := s.judge(ctx, r.URL.Path)
		// A copy, for the server looks at the body of its own to know whether the connection can go on.
		r = r.WithContext(context.WithValue(r.Context(), verdictKey{}, v))
		contentType := r.Header.Get("Content-Type")
		enveloped := isEnveloped(contentType)
		switch {
		case v.err != nil:
			empty := ""
			if strings.HasSuffix(contentType, "json") {
				empty = "{}"
			}
			if enveloped {
				empty = string([]byte{0, 0, 0, 0, byte(len(empty))}) + empty
			}
			r.Body, r.ContentLength = io.NopCloser(strings.NewReader(empty)), int64(len(empty))
			r.Header = r.Header.Clone()
			r.Header.Del("Content-Encoding")
		case enveloped && strings.HasSuffix(contentType, "json"): // others pass as they are
			r.Body = &messages{ReadCloser: r.Body, limit: s.maxJSON()}
		}
		if m := methodOf(r.URL.Path); v.err == nil && (m == nil || !m.IsStreamingClient()) { // streams may last
			c := http.NewResponseController(w)
			// Every connection of this server can do it.
			_ = c.SetReadDeadline(time.Now().Add(s.receiveTime))
			r.Body = &timedBody{r.Body, c}
		}
		if v.err == nil && !enveloped && (r.ContentLength > announceBytes || r.ContentLength < 0) {
			r = whole(r, s.maxJSON())
		}
		next.ServeHTTP(w, r)
	})
}

const (
	// envelopeBytes is the size of what goes before a message in gRPC, gRPC-Web and streams of Connect: flags and length.
	envelopeBytes = 5
	// announceBytes is how large a message may be said to be and get its memory at once.
	announceBytes = 64 << 10
)

// chunks are bytes that take no more memory than there are of them, and give it back as they are read.
type chunks struct{ list [][]byte }

const chunkBytes = 64 << 10

// fill takes up to n bytes from r; fewer only with an error, which is io.EOF if r has no more.
func (c *chunks) fill(r io.Reader, n int64) (read int64, err error) {
	for read < n && err == nil {
		chunk := make([]byte, min(n-read, chunkBytes))
		var got int
		got, err = io.ReadFull(r, chunk)
		if errors.Is(err, io.ErrUnexpectedEOF) {
			err = io.EOF
		}
		c.list = append(c.list, chunk[:got])
		read += int64(got)
	}
	return read, err
}

// Read implements io.Reader.
func (c *chunks) Read(p []byte) (n int, err error) {
	for len(c.list) > 0 && n < len(p) {
		got := copy(p[n:], c.list[0])
		n += got
		if c.list[0] = c.list[0][got:]; len(c.list[0]) == 0 {
			c.list[0], c.list = nil, c.list[1:]
		}
	}
	if n == 0 && len(p) > 0 {
		return 0, io.EOF
	}
	return n, nil
}

// whole returns the request with its body read and its true size. The transcoder makes room for the size that it is told, at once,
// and twice over for one that it is not told; to tell one costs a caller nothing.
func whole(r *http.Request, limit int64) *http.Request {
	c := &chunks{}
	n, err := c.fill(r.Body, limit+1) // one more than the transcoder takes
	if err == io.EOF {
		err = nil
	}
	rest := io.Reader(c)
	if err != nil {
		n, rest = n+1, io.MultiReader(c, &failing{err})
	}
	r.ContentLength, r.Body = n, struct {
		io.Reader
		io.Closer
	}{rest, r.Body}
	return r
}

type failing struct{ err error }

func (f *failing) Read([]byte) (int, error) { return 0, f.err }

// messages is a body of enveloped messages that lets a large one through only when all of it is there: the transcoder makes
// room for what an envelope announces.
type messages struct {
	io.ReadCloser
	limit int64
	ready chunks
	err   error
	pass  uint32 // bytes of a message still to let through as they come
}

func (m *messages) Read(p []byte) (int, error) {
	for {
		switch {
		case len(m.ready.list) > 0:
			return m.ready.Read(p)
		case m.err != nil:
			return 0, m.err
		case m.pass > 0:
			n, err := m.ReadCloser.Read(p[:min(len(p), int(m.pass))])
			m.pass -= uint32(n)
			return n, err
		}
		var n int64
		if n, m.err = m.ready.fill(m.ReadCloser, envelopeBytes); n < envelopeBytes {
			continue
		}
		size := binary.BigEndian.Uint32(m.ready.list[0][1:])
		if size <= announceBytes || int64(size) > m.limit { // the latter will be refused by its envelope
			m.pass = size
			continue
		}
		if _, err := m.ready.fill(m.ReadCloser, int64(size)); err != nil {
			m.ready, m.err = chunks{}, err
			if err == io.EOF {
				m.err = io.ErrUnexpectedEOF
			}
		}
	}
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

// methodOf returns the method of a path such as "/package.Service/Method", or nil.
func methodOf(path string) protoreflect.MethodDescriptor {
	name := strings.Replace(strings.TrimPrefix(path, "/"), "/", ".", 1)
	d, err := protoregistry.GlobalFiles.FindDescriptorByName(protoreflect.FullName(name))
	if err != nil {
		return nil
	}
	m, _ := d.(protoreflect.MethodDescriptor)
	return m
}
