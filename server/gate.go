package server

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"net/http"
	"strings"
	"time"

	nutgrafv1 "example.invalid/nutgraf/gen/go/nutgraf/v1"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/peer"
	"google.golang.org/grpc/tap"
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
func (s *Server) judge(ctx context.Context, method string) verdict {
	if openMethods[method] {
		return verdict{}
	}
	var v verdict
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
	v, ok := ctx.Value(verdictKey{}).(verdict)
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
		ctx, _ = withRequestID(ctx, "")
		err := s.refuse(ctx, v.why, v.err)
		s.logCall(ctx, info.FullMethodName, start, err)
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
		enveloped := strings.HasPrefix(contentType, "application/grpc") || strings.HasPrefix(contentType, "application/connect+")
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
			r.Body = &messages{ReadCloser: r.Body}
		case r.ContentLength > announceBytes:
			r.ContentLength = -1 // or the transcoder makes room for it at once
		}
		if m := methodOf(r.URL.Path); v.err == nil && (m == nil || !m.IsStreamingClient()) { // streams may last
			c := http.NewResponseController(w)
			// Every connection of this server can do it.
			_ = c.SetReadDeadline(time.Now().Add(s.receiveTime))
			r.Body = &timedBody{r.Body, c}
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

// messages is a body of enveloped messages that lets a large one through only when all of it is there: the transcoder makes
// room for what an envelope announces, and to announce costs nothing.
type messages struct {
	io.ReadCloser
	ready bytes.Buffer
	err   error
	pass  uint32 // bytes of a message still to let through as they come
}

func (m *messages) Read(p []byte) (int, error) {
	for {
		switch {
		case m.ready.Len() > 0:
			return m.ready.Read(p)
		case m.err != nil:
			return 0, m.err
		case m.pass > 0:
			n, err := m.ReadCloser.Read(p[:min(len(p), int(m.pass))])
			m.pass -= uint32(n)
			return n, err
		}
		m.ready = bytes.Buffer{} // a large one is not kept
		if _, m.err = io.CopyN(&m.ready, m.ReadCloser, envelopeBytes); m.err != nil {
			continue
		}
		size := binary.BigEndian.Uint32(m.ready.Bytes()[1:])
		if size <= announceBytes || size > maxJSONBytes { // the latter will be refused by its envelope
			m.pass = size
			continue
		}
		if _, err := io.CopyN(&m.ready, m.ReadCloser, int64(size)); err != nil {
			if m.ready = (bytes.Buffer{}); errors.Is(err, io.EOF) {
				err = io.ErrUnexpectedEOF
			}
			m.err = err
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
