package nutgraf

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"
	"strings"
	"sync"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	nutgrafv1 "example.invalid/nutgraf/gen/go/nutgraf/v1"
)

// maxItemIDBytes is the limit of the contract. The server may shorten a longer id in its answer.
const maxItemIDBytes = 128

// Result is the outcome of one item: an extraction or an error.
type Result struct {
	// ItemID is the id of the item.
	ItemID string
	// Extraction is nil if the item failed.
	Extraction *nutgrafv1.Extraction
	// Err is why the item failed, an [*Error], or nil.
	Err error
}

// ExtractMany extracts any number of articles over one stream and yields exactly one result for each, as soon as it is
// done. Options are for items that have none of their own, and may be nil.
//
// No more than Config.Window items are sent and not yet taken by the loop, so a slow loop holds back the server and the
// reading of items. A bad item yields a result with its error. After the loss of the server, unanswered items are sent
// again for up to Config.Timeout; then, or on an error that no retry helps, the last pair carries the error.
//
// Items is read from another goroutine. Leaving the loop early waits until items returns from the step it is at.
func (c *Client) ExtractMany(
	ctx context.Context, items iter.Seq[*nutgrafv1.BatchItem], options *nutgrafv1.ExtractionOptions,
) iter.Seq2[Result, error] {
	return func(yield func(Result, error) bool) {
		var feeding sync.WaitGroup
		defer feeding.Wait()
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		feed := make(chan *nutgrafv1.BatchItem)
		feeding.Go(func() {
			for item := range items {
				select {
				case feed <- item:
				case <-ctx.Done():
					return
				}
			}
			close(feed)
		})
		m := &many{client: c, options: options, feed: feed, yield: yield}
		err := m.stream(ctx)
		for err != nil && m.waitToRetry(ctx, err) {
			err = m.stream(ctx)
		}
		if err != nil && !errors.Is(err, errLeft) {
			yield(Result{}, err)
		}
	}
}

// errLeft says that the caller left the loop.
var errLeft = errors.New("loop left")

// many is the state of one ExtractMany, across all its streams.
type many struct {
	client  *Client
	options *nutgrafv1.ExtractionOptions
	feed    <-chan *nutgrafv1.BatchItem // nil after the last item
	yield   func(Result, error) bool

	pending  []*sent   // unanswered, in order of arrival
	failures int       // streams lost since the last answer
	deadline time.Time // of the next answer, or of the next stream if the last was lost
}

// sent is an item without its final answer.
type sent struct {
	item     *nutgrafv1.BatchItem
	since    time.Time
	failures int
}

func (s *sent) request() *nutgrafv1.ExtractStreamRequest {
	return &nutgrafv1.ExtractStreamRequest{ItemId: s.item.GetItemId(), Article: s.item.GetArticle()}
}

// answered reports whether id, from an answer, is that of the item. The server may shorten an id that is too long.
func (s *sent) answered(id string) bool {
	return s.item.GetItemId() == id || len(id) > maxItemIDBytes && strings.HasPrefix(s.item.GetItemId(), id)
}

// stream sends what is unanswered, and all that is fed, over one stream until every item is answered.
func (m *many) stream(ctx context.Context) error {
	var streaming sync.WaitGroup
	defer streaming.Wait()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	stream, err := m.client.stub.ExtractStream(ctx)
	if err != nil {
		return ErrorOf(err)
	}

	// An item is in outbox or in again at most once, so writing to them never blocks.
	outbox := make(chan *nutgrafv1.ExtractStreamRequest, m.client.window+1)
	again := make(chan *sent, m.client.window)
	responses := make(chan *nutgrafv1.ExtractStreamResponse)
	end := make(chan error, 1)
	streaming.Go(func() { send(ctx, stream, outbox) })
	streaming.Go(func() { end <- receive(ctx, stream, responses) })

	if m.options != nil {
		outbox <- &nutgrafv1.ExtractStreamRequest{DefaultOptions: m.options}
	}
	for _, s := range m.pending {
		outbox <- s.request()
	}
	for m.feed != nil || len(m.pending) > 0 {
		var (
			feed    <-chan *nutgrafv1.BatchItem
			overdue <-chan time.Time
		)
		if len(m.pending) < m.client.window {
			feed = m.feed
		}
		if len(m.pending) > 0 {
			overdue = time.After(time.Until(m.deadline))
		}
		select {
		case item, ok := <-feed:
			if !ok {
				m.feed = nil
			} else if size := proto.Size(item); size > maxMessageBytes {
				if !m.yield(Result{ItemID: item.GetItemId(), Err: tooLarge(size)}, nil) {
					return errLeft
				}
			} else {
				if len(m.pending) == 0 {
					m.deadline = time.Now().Add(m.client.timeout)
				}
				s := &sent{item: item, since: time.Now()}
				m.pending = append(m.pending, s)
				outbox <- s.request()
			}
		case s := <-again:
			outbox <- s.request()
		case resp := <-responses:
			if err := m.take(resp, again); err != nil {
				return err
			}
		case err := <-end:
			return err
		case <-overdue:
			return newError(status.Newf(codes.DeadlineExceeded, "no answer for %v", m.client.timeout))
		case <-ctx.Done():
			return newError(status.FromContextError(ctx.Err()))
		}
	}
	close(outbox)
	select { // Let the server end the stream, so that it does not count as canceled.
	case <-end:
	case <-time.After(m.client.timeout):
	case <-ctx.Done():
		return newError(status.FromContextError(ctx.Err()))
	}
	return nil
}

// send sends what comes through outbox and then closes its side of the stream. An error ends receive too, with its cause.
func send(ctx context.Context, stream nutgrafv1.ExtractionService_ExtractStreamClient, outbox <-chan *nutgrafv1.ExtractStreamRequest) {
	for {
		select {
		case req, ok := <-outbox:
			if !ok {
				_ = stream.CloseSend()
				return
			}
			if stream.Send(req) != nil {
				return
			}
		case <-ctx.Done():
			return
		}
	}
}

// receive passes on what the stream receives, and returns why it ended.
func receive(ctx context.Context, stream nutgrafv1.ExtractionService_ExtractStreamClient, responses chan<- *nutgrafv1.ExtractStreamResponse) error {
	for {
		resp, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			return newError(status.New(codes.Unavailable, "the server ended the stream"))
		}
		if err != nil {
			return ErrorOf(err)
		}
		select {
		case responses <- resp:
		case <-ctx.Done():
			return newError(status.FromContextError(ctx.Err()))
		}
	}
}

// take yields the result of an item, or has it sent again if the server was only too busy.
func (m *many) take(resp *nutgrafv1.ExtractStreamResponse, again chan<- *sent) error {
	i := slices.IndexFunc(m.pending, func(s *sent) bool { return s.answered(resp.GetItemId()) })
	if i < 0 {
		return newError(status.Newf(codes.Internal, "the server answered item %q, which was not sent", resp.GetItemId()))
	}
	s := m.pending[i]
	m.failures = 0
	m.deadline = time.Now().Add(m.client.timeout)
	result := Result{ItemID: s.item.GetItemId(), Extraction: resp.GetExtraction()}
	if resp.GetError() != nil {
		e := newError(status.FromProto(resp.GetError()))
		result.Err = e
		if delay, ok := e.retryAfter(s.failures); ok && time.Since(s.since)+delay < m.client.timeout {
			s.failures++
			time.AfterFunc(delay, func() { again <- s })
			return nil
		}
	}
	m.pending = slices.Delete(m.pending, i, i+1)
	if !m.yield(result, nil) {
		return errLeft
	}
	m.deadline = time.Now().Add(m.client.timeout) // the time the caller took does not count
	return nil
}

// waitToRetry waits before the next stream and reports whether there shall be one.
func (m *many) waitToRetry(ctx context.Context, err error) bool {
	var e *Error
	if !errors.As(err, &e) {
		return false
	}
	delay, ok := e.retryAfter(m.failures)
	if m.failures == 0 {
		m.deadline = time.Now().Add(m.client.timeout)
	}
	m.failures++
	if !ok || time.Now().Add(delay).After(m.deadline) {
		return false
	}
	select {
	case <-time.After(delay):
		return true
	case <-ctx.Done():
		return false
	}
}

func tooLarge(size int) *Error {
	return newError(status.New(codes.ResourceExhausted, fmt.Sprintf("item of %d bytes, at most %d", size, maxMessageBytes)))
}
