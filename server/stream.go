package server

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"
	"unicode/utf8"

	nutgrafv1 "example.invalid/nutgraf/gen/go/nutgraf/v1"
	"example.invalid/nutgraf/internal/codec"
	"example.invalid/nutgraf/internal/pipeline"
	rpcstatus "google.golang.org/genproto/googleapis/rpc/status"
	"google.golang.org/grpc"
)

const (
	// maxItemIDBytes is the limit of the contract.
	maxItemIDBytes = 128
	// maxEchoedIDBytes is how much of an over-long id comes back, so that its sender can still tell which it was.
	maxEchoedIDBytes = 4 << 10
	// gatherTime is how long an answer may wait for others, and gatherShare the part of a stream's places that answers may wait in. What
	// wakes up for each message costs its reader a tenth of an extraction, and several messages at once hardly more.
	gatherTime  = 10 * time.Millisecond
	gatherShare = 4
)

// item is one article of a stream or batch on its way in.
type item struct {
	id      string
	article *nutgrafv1.ArticleRequest
	// inOrder is set if its answer waits for those of all earlier items.
	inOrder bool
	// refused is set if the item is answered with an error instead of being worked on.
	refused error
	// listed is set if the id is among the window's unanswered ones because of this item.
	listed bool
}

// answer is what became of an item.
type answer struct {
	item
	extraction *nutgrafv1.Extraction
	err        *rpcstatus.Status
}

// ExtractStream implements nutgrafv1.ExtractionServiceServer.
func (s *Server) ExtractStream(stream nutgrafv1.ExtractionService_ExtractStreamServer) error {
	in := &streamReader{recv: stream.Recv, set: s.set}
	return s.serveItems(stream.Context(), in.next, nutgrafv1.ExtractionService_ExtractStream_FullMethodName, func(a *answer) error {
		resp := &nutgrafv1.ExtractStreamResponse{ItemId: a.id}
		if a.err != nil {
			resp.Outcome = &nutgrafv1.ExtractStreamResponse_Error{Error: a.err}
		} else {
			resp.Outcome = &nutgrafv1.ExtractStreamResponse_Extraction{Extraction: a.extraction}
		}
		return stream.SendMsg(codec.Sized{Message: resp})
	})
}

// ExtractBatch implements nutgrafv1.ExtractionServiceServer.
func (s *Server) ExtractBatch(req *nutgrafv1.ExtractBatchRequest, stream grpc.ServerStreamingServer[nutgrafv1.ExtractBatchResponse]) error {
	if err := s.validateBatch(req); err != nil {
		return statusOf(stream.Context(), err).Err()
	}
	rest := req.GetItems()
	next := func() (item, error) {
		if len(rest) == 0 {
			return item{}, io.EOF
		}
		b := rest[0]
		rest = rest[1:]
		return newItem(b.GetItemId(), b.GetArticle(), req.GetDefaultOptions()), nil
	}
	return s.serveItems(stream.Context(), next, nutgrafv1.ExtractionService_ExtractBatch_FullMethodName, func(a *answer) error {
		resp := &nutgrafv1.ExtractBatchResponse{ItemId: a.id}
		if a.err != nil {
			resp.Outcome = &nutgrafv1.ExtractBatchResponse_Error{Error: a.err}
		} else {
			resp.Outcome = &nutgrafv1.ExtractBatchResponse_Extraction{Extraction: a.extraction}
		}
		return stream.SendMsg(codec.Sized{Message: resp})
	})
}

// validateBatch checks what concerns the batch as a whole. A bad article is the answer of its item.
func (s *Server) validateBatch(req *nutgrafv1.ExtractBatchRequest) error {
	switch n := len(req.GetItems()); {
	case n == 0:
		return pipeline.Invalid("items", "empty")
	case n > s.cfg.MaxBatchItems:
		return pipeline.Invalid("items", "%d items, at most %d", n, s.cfg.MaxBatchItems)
	}
	if err := s.set.ValidateOptions("default_options", req.GetDefaultOptions()); err != nil {
		return err
	}
	var bad pipeline.InvalidError
	seen := make(map[string]bool, len(req.GetItems()))
	for i, b := range req.GetItems() {
		if v := checkItemID(b.GetItemId(), seen[b.GetItemId()]); v != nil {
			v.Violations[0].Field = fmt.Sprintf("items[%d].item_id", i)
			bad.Violations = append(bad.Violations, v.Violations...)
		}
		seen[b.GetItemId()] = true
	}
	if bad.Violations != nil {
		return &bad
	}
	return nil
}

// streamReader reads the items of a stream and knows its options, which only the first message may set.
type streamReader struct {
	recv     func() (*nutgrafv1.ExtractStreamRequest, error)
	set      *pipeline.Set
	opened   bool
	defaults *nutgrafv1.ExtractionOptions
	inOrder  bool
}

// next returns the next item, io.EOF after the last. An error in the options of the stream ends the stream.
func (r *streamReader) next() (item, error) {
	m, err := r.recv()
	if err == nil && !r.opened {
		r.opened = true
		if err := r.open(m); err != nil {
			return item{}, err
		}
		if m.GetItemId() == "" && m.GetArticle() == nil && (m.GetDefaultOptions() != nil || m.GetOrder() != 0) {
			m, err = r.recv()
		} else {
			m.DefaultOptions, m.Order = nil, 0
		}
	}
	if err != nil {
		return item{}, err
	}
	it := newItem(m.GetItemId(), m.GetArticle(), r.defaults)
	it.inOrder = r.inOrder
	if m.GetDefaultOptions() != nil {
		it.refused = pipeline.Invalid("default_options", "allowed in the first message only")
	}
	if m.GetOrder() != 0 {
		it.refused = pipeline.Invalid("order", "allowed in the first message only")
	}
	return it, nil
}

func (r *streamReader) open(m *nutgrafv1.ExtractStreamRequest) error {
	if _, ok := nutgrafv1.ResultOrder_name[int32(m.GetOrder())]; !ok {
		return pipeline.Invalid("order", "unknown value %d", m.GetOrder())
	}
	r.defaults, r.inOrder = m.GetDefaultOptions(), m.GetOrder() == nutgrafv1.ResultOrder_RESULT_ORDER_INPUT
	return r.set.ValidateOptions("default_options", r.defaults)
}

func newItem(id string, article *nutgrafv1.ArticleRequest, defaults *nutgrafv1.ExtractionOptions) item {
	it := item{id: id, article: article}
	if article == nil {
		it.refused = pipeline.Invalid("article", "missing")
	} else if article.Options == nil {
		article.Options = defaults
	}
	return it
}

func checkItemID(id string, duplicate bool) *pipeline.InvalidError {
	switch {
	case id == "":
		return pipeline.Invalid("item_id", "empty")
	case len(id) > maxItemIDBytes:
		return pipeline.Invalid("item_id", "%d bytes, at most %d", len(id), maxItemIDBytes)
	case duplicate:
		return pipeline.Invalid("item_id", "an item with this id is not answered yet")
	}
	return nil
}

// window is what a stream has in flight: a bounded number of items, answered in order of completion or of input.
type window struct {
	room    chan struct{}     // one token for each item that is read and not yet sent
	pending chan chan *answer // for each item the channel on which the answer due in its turn comes
	working sync.WaitGroup    // all goroutines but the reader

	mu     sync.Mutex
	ids    map[string]bool // of unanswered items
	closed bool
	err    error // why no more is read; nil after the last item
}

// streams are the windows that a drain closes.
type streams struct {
	mu       sync.Mutex
	open     map[*window]bool
	draining bool
}

// add has a drain close w, until the returned function is called.
func (s *streams) add(w *window) (remove func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.draining {
		w.close(errDraining)
	}
	s.open[w] = true
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.open, w)
	}
}

func (s *streams) drain() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.draining = true
	for w := range s.open {
		w.close(errDraining)
	}
}

// close ends the intake. The first cause counts.
func (w *window) close(err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.closed {
		w.closed, w.err = true, err
		close(w.pending)
	}
}

// add takes in an item that holds a token, and so never blocks. It reports false if the intake is closed.
func (w *window) add(it *item, turn chan *answer) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.closed {
		return false
	}
	if bad := checkItemID(it.id, w.ids[it.id]); bad != nil {
		it.refused = bad
		it.id = clipped(it.id, maxEchoedIDBytes)
	} else {
		w.ids[it.id] = true
		it.listed = true
	}
	w.working.Add(1)
	w.pending <- turn
	return true
}

// sent frees the place of an item.
func (w *window) sent(it item) {
	if it.listed {
		w.mu.Lock()
		delete(w.ids, it.id)
		w.mu.Unlock()
	}
	<-w.room
}

// serveItems works on the items that next returns until io.EOF, the end of ctx, or the server's drain, and sends exactly
// one answer for each item it took. At most MaxStreamInFlight items are read and not yet sent: a caller that does not read
// its answers is held back by the transport's flow control, because next is not called.
func (s *Server) serveItems(ctx context.Context, next func() (item, error), method string, send func(*answer) error) error {
	size := s.cfg.MaxStreamInFlight
	w := &window{room: make(chan struct{}, size), pending: make(chan chan *answer, size), ids: make(map[string]bool, size)}
	ctx, cancel := context.WithCancel(ctx)
	defer w.working.Wait()
	defer w.close(nil)
	defer cancel()

	// The reader may be waiting for a message when this method returns. It ends soon after, when the transport ends the
	// stream; Serve waits for it.
	s.readers.Add(1)
	go func() {
		defer s.readers.Done()
		w.close(s.readItems(ctx, w, next, method))
	}()

	defer s.streams.add(w)()
	if err := w.answer(send); err != nil {
		return statusOf(ctx, err).Err()
	}
	return statusOf(ctx, w.err).Err()
}

// answer sends the answers due until the intake is closed and all are sent: a few together, while others are at work.
func (w *window) answer(send func(*answer) error) error {
	var ready []*answer
	flush := func() error {
		for _, a := range ready {
			if err := send(a); err != nil {
				return err
			}
			w.sent(a.item)
		}
		clear(ready)
		ready = ready[:0]
		return nil
	}
	waited := time.NewTimer(gatherTime)
	defer waited.Stop()
	for turn := range w.pending {
		if len(ready) == 0 {
			waited.Stop()
		}
		var a *answer
		select {
		case a = <-turn:
		case <-waited.C:
			if err := flush(); err != nil {
				return err
			}
			a = <-turn
		}
		if ready = append(ready, a); len(ready) == 1 {
			waited.Reset(gatherTime)
		}
		if len(w.pending) == 0 || len(ready) >= cap(w.room)/gatherShare {
			if err := flush(); err != nil {
				return err
			}
		}
	}
	return nil
}

// readItems takes items into the window and starts work on them, until there are no more.
func (s *Server) readItems(ctx context.Context, w *window, next func() (item, error), method string) error {
	shared := make(chan *answer, cap(w.room))
	for {
		select {
		case w.room <- struct{}{}:
		case <-ctx.Done():
			return ctx.Err()
		}
		if err := s.admission.await(ctx, tenant(ctx)); err != nil {
			return err
		}
		it, err := next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		turn := shared
		if it.inOrder {
			turn = make(chan *answer, 1)
		}
		if !w.add(&it, turn) {
			return nil
		}
		go func() {
			defer w.working.Done()
			turn <- s.work(ctx, method, it)
		}()
	}
}

// work answers one item.
func (s *Server) work(ctx context.Context, method string, it item) *answer {
	a, err := &answer{item: it}, it.refused
	if err == nil {
		a.extraction, err = s.items[method](ctx, it.article)
	}
	st := statusOf(ctx, err)
	s.metrics.items.WithLabelValues(st.Code().String()).Inc()
	if err != nil {
		a.extraction, a.err = nil, st.Proto()
	}
	a.article = nil // the answer may wait for its caller; the document need not
	return a
}

// clipped returns the first bytes of s, at most n, cut between characters.
func clipped(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}
