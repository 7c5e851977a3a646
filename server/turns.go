package server

import (
	"context"
	"io"
	"net/http"
	"slices"
	"sync"

	"google.golang.org/grpc"
)

// The transcoder answers a body that it cannot read by itself, in the goroutine in which gRPC reads; gRPC answers in another, as
// soon as a deadline passes or a handler ends. Both at once write to one map of headers, which ends the process. So they take
// turns: one lock for each call is held while code of the transcoder runs, but not while that waits for the body or for gRPC.

type turnKey struct{}

// inTurns is what the transcoder is called through.
func inTurns(transcoder http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		turn := &sync.Mutex{}
		r = r.WithContext(context.WithValue(r.Context(), turnKey{}, turn))
		r.Body = waitingBody{r.Body, turn}
		turn.Lock()
		defer turn.Unlock()
		transcoder.ServeHTTP(w, r)
	})
}

// waitingBody gives the turn away while it waits for the network.
type waitingBody struct {
	io.ReadCloser
	turn *sync.Mutex
}

func (b waitingBody) Read(p []byte) (int, error) {
	b.turn.Unlock()
	defer b.turn.Lock()
	return b.ReadCloser.Read(p)
}

// takesTurns is what the transcoder calls for gRPC.
type takesTurns struct{ *grpc.Server }

func (g takesTurns) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	turn := r.Context().Value(turnKey{}).(*sync.Mutex)
	r = r.WithContext(r.Context())
	r.Body = turnBody{r.Body, turn}
	a := &turnWriter{w: w, turn: turn, header: w.Header().Clone(), sent: w.Header().Clone()}
	turn.Unlock()
	defer func() {
		turn.Lock()
		a.sendHeader() // the trailers
	}()
	g.Server.ServeHTTP(a, r)
}

// turnBody is the transcoder's body, read in turn. Closing waits for a read to end, so it takes no turn from it.
type turnBody struct {
	io.ReadCloser
	turn *sync.Mutex
}

func (b turnBody) Read(p []byte) (int, error) {
	b.turn.Lock()
	defer b.turn.Unlock()
	return b.ReadCloser.Read(p)
}

// turnWriter is the transcoder's writer, written to in turn, with a map of headers of gRPC's own.
type turnWriter struct {
	w            http.ResponseWriter
	turn         *sync.Mutex
	header, sent http.Header
}

func (a *turnWriter) Header() http.Header { return a.header }

// sendHeader hands on what is new in the headers, for the transcoder has changed those that it has got.
func (a *turnWriter) sendHeader() {
	to := a.w.Header()
	for key, values := range a.header {
		if old, ok := a.sent[key]; !ok || !slices.Equal(old, values) {
			a.sent[key], to[key] = slices.Clone(values), slices.Clone(values)
		}
	}
}

func (a *turnWriter) WriteHeader(code int) {
	a.turn.Lock()
	defer a.turn.Unlock()
	a.sendHeader()
	a.w.WriteHeader(code)
}

func (a *turnWriter) Write(p []byte) (int, error) {
	a.turn.Lock()
	defer a.turn.Unlock()
	a.sendHeader()
	return a.w.Write(p)
}

func (a *turnWriter) Flush() {
	a.turn.Lock()
	defer a.turn.Unlock()
	a.sendHeader()
	if f, ok := a.w.(http.Flusher); ok {
		f.Flush()
	}
}
