package server

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	nutgrafv1 "example.invalid/nutgraf/gen/go/nutgraf/v1"
	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc/codes"
	healthv1 "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/fieldmaskpb"
)

type clientStream = nutgrafv1.ExtractionService_ExtractStreamClient

func open(t *testing.T, r *running) clientStream {
	t.Helper()
	stream, err := r.client.ExtractStream(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return stream
}

func send(t *testing.T, s clientStream, items ...*nutgrafv1.ExtractStreamRequest) {
	t.Helper()
	for _, it := range items {
		if err := s.Send(it); err != nil {
			t.Fatal(err)
		}
	}
}

// outcomes reads answers until the stream ends, as "id:code".
func outcomes(t *testing.T, s clientStream) (got []string, end error) {
	t.Helper()
	for {
		resp, err := s.Recv()
		if err != nil {
			return got, err
		}
		got = append(got, resp.GetItemId()+":"+codes.Code(resp.GetError().GetCode()).String())
	}
}

func TestStreamOrder(t *testing.T) {
	for order, want := range map[nutgrafv1.ResultOrder][]string{
		nutgrafv1.ResultOrder_RESULT_ORDER_UNSPECIFIED: {"b:OK", "c:OK", "a:OK"},
		nutgrafv1.ResultOrder_RESULT_ORDER_COMPLETION:  {"b:OK", "c:OK", "a:OK"},
		nutgrafv1.ResultOrder_RESULT_ORDER_INPUT:       {"a:OK", "b:OK", "c:OK"},
	} {
		t.Run(order.String(), func(t *testing.T) {
			g := newGate()
			r := start(t, nil, fake(g.extract))
			s := open(t, r)
			first := streamItem("a", "a")
			first.Order = order
			send(t, s, first, streamItem("b", "b"), streamItem("c", "c"))
			eventually(t, "all at work", func() bool { return len(g.inside()) == 3 })
			for _, id := range []string{"b", "c", "a"} {
				close(g.door(id))
				eventually(t, id+" is done", func() bool { return r.admissionHeld() == 2-slices.Index([]string{"b", "c", "a"}, id) })
				time.Sleep(5 * time.Millisecond) // lets the answer reach its channel
			}
			if err := s.CloseSend(); err != nil {
				t.Fatal(err)
			}
			got, err := outcomes(t, s)
			if diff := cmp.Diff(want, got); diff != "" || err != io.EOF {
				t.Errorf("ended with %v, answers (-want +got):\n%s", err, diff)
			}
		})
	}
}

func (r *running) admissionHeld() int {
	held, _ := r.admission.load()
	return held
}

func TestStreamGoesOnAfterBadItems(t *testing.T) {
	g := newGate()
	r := start(t, nil, fake(g.extract))
	s := open(t, r)
	late := streamItem("late", "x")
	late.DefaultOptions = &nutgrafv1.ExtractionOptions{}
	lateOrder := streamItem("late order", "x")
	lateOrder.Order = nutgrafv1.ResultOrder_RESULT_ORDER_INPUT
	long := strings.Repeat("i", maxItemIDBytes+1)
	send(t, s,
		streamItem("a", "a"),
		streamItem("a", "a"), // while the first is unanswered
		streamItem("", "x"),
		streamItem(long, "x"),
		&nutgrafv1.ExtractStreamRequest{ItemId: "none"},
		&nutgrafv1.ExtractStreamRequest{},
		streamItem("empty", ""),
		late, lateOrder,
	)
	var got []string
	for range 8 {
		resp, err := s.Recv()
		if err != nil {
			t.Fatal(err)
		}
		st := status.FromProto(resp.GetError())
		_, bad, _ := details(t, st.Err())
		if st.Code() != codes.InvalidArgument || len(bad.GetFieldViolations()) == 0 {
			t.Fatalf("item %q: %v, want INVALID_ARGUMENT", resp.GetItemId(), st)
		}
		got = append(got, resp.GetItemId()+":"+bad.GetFieldViolations()[0].GetField())
	}
	want := []string{"a:item_id", ":item_id", long + ":item_id", "none:article", ":item_id", "empty:source.plain_text.text", "late:default_options", "late order:order"}
	slices.Sort(want)
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("refusals (-want +got):\n%s", diff)
	}
	close(g.all)
	if resp, err := s.Recv(); err != nil || resp.GetItemId() != "a" || resp.GetExtraction() == nil {
		t.Fatalf("Recv() = %v, %v, want the first item's extraction", resp, err)
	}
	send(t, s, streamItem("a", "again")) // answered ids may come again
	if resp, err := s.Recv(); err != nil || resp.GetExtraction().GetContent().GetText() != "again" {
		t.Fatalf("Recv() = %v, %v, want the second item of that id", resp, err)
	}
	if err := s.CloseSend(); err != nil {
		t.Fatal(err)
	}
	if rest, err := outcomes(t, s); len(rest) != 0 || err != io.EOF {
		t.Errorf("then %v, %v, want the end", rest, err)
	}
}

func maskOf(paths ...string) *fieldmaskpb.FieldMask { return &fieldmaskpb.FieldMask{Paths: paths} }

func TestStreamOptions(t *testing.T) {
	r := start(t, nil, echo)
	mask := func(path string) *nutgrafv1.ExtractionOptions {
		return &nutgrafv1.ExtractionOptions{ReadMask: maskOf(path)}
	}
	t.Run("default options hold for items without their own", func(t *testing.T) {
		s := open(t, r)
		own := streamItem("own", "x")
		own.Article.Options = mask("content")
		send(t, s, &nutgrafv1.ExtractStreamRequest{DefaultOptions: mask("labels")}, streamItem("none", "x"), own)
		_ = s.CloseSend()
		for range 2 {
			resp, err := s.Recv()
			if err != nil {
				t.Fatal(err)
			}
			if got := resp.GetExtraction().GetContent() != nil; got != (resp.GetItemId() == "own") {
				t.Errorf("item %q has content: %v", resp.GetItemId(), got)
			}
		}
	})
	t.Run("bad default options end the stream", func(t *testing.T) {
		for field, first := range map[string]*nutgrafv1.ExtractStreamRequest{
			"default_options.read_mask": {DefaultOptions: mask("nowhere")},
			"order":                     {Order: 77},
		} {
			s := open(t, r)
			send(t, s, first)
			_, err := outcomes(t, s)
			if _, bad, _ := details(t, err); status.Code(err) != codes.InvalidArgument || bad.GetFieldViolations()[0].GetField() != field {
				t.Errorf("stream ended with %v, %v, want a violation of %s", err, bad, field)
			}
		}
	})
	t.Run("a stream without items is fine", func(t *testing.T) {
		s := open(t, r)
		_ = s.CloseSend()
		if got, err := outcomes(t, s); len(got) != 0 || err != io.EOF {
			t.Errorf("got %v, %v, want the end", got, err)
		}
	})
}

func TestStreamInFlightIsBounded(t *testing.T) {
	for _, order := range []nutgrafv1.ResultOrder{nutgrafv1.ResultOrder_RESULT_ORDER_COMPLETION, nutgrafv1.ResultOrder_RESULT_ORDER_INPUT} {
		t.Run(order.String(), func(t *testing.T) {
			g := newGate()
			r := start(t, func(c *Config) { c.MaxStreamInFlight, c.Workers = 3, 10 }, fake(g.extract))
			s := open(t, r)
			first := streamItem("0", "0")
			first.Order = order
			send(t, s, first)
			for i := 1; i < 10; i++ {
				send(t, s, streamItem(fmt.Sprint(i), fmt.Sprint(i)))
			}
			eventually(t, "a full window", func() bool { return len(g.inside()) == 3 })
			time.Sleep(50 * time.Millisecond)
			if n := len(g.inside()); n != 3 {
				t.Errorf("%d items in flight, want 3", n)
			}
			close(g.all)
			_ = s.CloseSend()
			if got, err := outcomes(t, s); len(got) != 10 || err != io.EOF {
				t.Errorf("got %d answers, %v, want 10", len(got), err)
			}
		})
	}
}

// TestSlowReaderIsHeldBack sends items with large answers and reads none: the server must stop taking items.
// Answers go out together, but none waits long, and the last one not at all.
func TestAnswersAreGathered(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ ready, want []time.Duration }{
		"alone":           {[]time.Duration{3}, []time.Duration{3}},
		"soon after":      {[]time.Duration{0, 3, 5}, []time.Duration{5, 5, 5}},
		"long after":      {[]time.Duration{0, 3, 50}, []time.Duration{10, 10, 50}},
		"many":            {[]time.Duration{0, 1, 2, 3, 4, 5}, []time.Duration{3, 3, 3, 3, 5, 5}},
		"each long after": {[]time.Duration{0, 30, 60}, []time.Duration{10, 40, 60}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				const size = 4 * gatherShare
				w := &window{room: make(chan struct{}, size), pending: make(chan chan *answer, size), ids: map[string]bool{}}
				begin := time.Now()
				for _, at := range test.ready {
					w.room <- struct{}{}
					turn := make(chan *answer, 1)
					w.pending <- turn
					time.AfterFunc(at*time.Millisecond, func() { turn <- &answer{} })
				}
				close(w.pending)
				var got []time.Duration
				err := w.answer(func(*answer) error {
					got = append(got, time.Since(begin)/time.Millisecond)
					return nil
				})
				if err != nil || !slices.Equal(got, test.want) || len(w.room) != 0 {
					t.Errorf("ready at %d ms, sent at %d, error %v, %d places left", test.ready, got, err, len(w.room))
				}
			})
		})
	}
}

func TestSlowReaderIsHeldBack(t *testing.T) {
	g := newGate()
	close(g.all)
	r := start(t, func(c *Config) { c.MaxStreamInFlight = 4 }, fake(g.extract))
	s := open(t, r)
	const items, size = 200, 100 << 10
	sent := make(chan error, 1)
	go func() {
		for i := range items {
			if err := s.Send(streamItem(fmt.Sprint(i), strings.Repeat("x", size))); err != nil {
				sent <- err
				return
			}
		}
		sent <- s.CloseSend()
	}()
	// What the client's and the server's flow control let through, besides the window, is far below all.
	last := -1
	eventually(t, "the server stops taking items", func() bool {
		n := len(g.inside())
		steady := n == last && n > 0
		last = n
		time.Sleep(30 * time.Millisecond)
		return steady
	})
	if last > items/4 {
		t.Errorf("%d of %d items were taken while no answer was read", last, items)
	}
	if got, err := outcomes(t, s); len(got) != items || err != io.EOF {
		t.Errorf("got %d answers, %v, want %d", len(got), err, items)
	}
	if err := <-sent; err != nil {
		t.Error(err)
	}
}

// TestVanishedClient relies on goleak in TestMain for the goroutines.
func TestVanishedClient(t *testing.T) {
	for _, order := range []nutgrafv1.ResultOrder{nutgrafv1.ResultOrder_RESULT_ORDER_COMPLETION, nutgrafv1.ResultOrder_RESULT_ORDER_INPUT} {
		t.Run(order.String(), func(t *testing.T) {
			g := newGate()
			r := start(t, func(c *Config) { c.Workers = 2 }, fake(g.extract))
			ctx, cancel := context.WithCancel(t.Context())
			s, err := r.client.ExtractStream(ctx)
			if err != nil {
				t.Fatal(err)
			}
			first := streamItem("0", "0")
			first.Order = order
			send(t, s, first)
			for i := 1; i < 8; i++ {
				send(t, s, streamItem(fmt.Sprint(i), fmt.Sprint(i)))
			}
			eventually(t, "items at work and waiting", func() bool { return len(g.inside()) == 2 && r.admissionHeld() == 8 })
			cancel()
			eventually(t, "everything is freed", func() bool { held, bytes := r.admission.load(); return held == 0 && bytes == 0 })
			eventually(t, "a line in the log", func() bool { return strings.Contains(r.logs.String(), `"code":"Canceled"`) })
		})
	}
}

func TestDrain(t *testing.T) {
	g := newGate()
	r := start(t, nil, fake(g.extract))
	s, idle := open(t, r), open(t, r)
	send(t, s, streamItem("a", "a"), streamItem("b", "b"))
	unary := make(chan error, 1)
	go func() {
		_, err := r.client.Extract(context.Background(), article("unary"))
		unary <- err
	}()
	watch, err := healthv1.NewHealthClient(r.conn).Watch(t.Context(), &healthv1.HealthCheckRequest{})
	if err != nil {
		t.Fatal(err)
	}
	if first, err := watch.Recv(); err != nil || first.GetStatus() != healthv1.HealthCheckResponse_SERVING {
		t.Fatalf("health = %v, %v, want SERVING", first, err)
	}
	eventually(t, "all at work", func() bool { return len(g.inside()) == 3 })
	stopped := make(chan error, 1)
	go func() { stopped <- r.stop() }()
	if next, err := watch.Recv(); err != nil || next.GetStatus() != healthv1.HealthCheckResponse_NOT_SERVING {
		t.Errorf("health = %v, %v, want NOT_SERVING", next, err)
	}
	_, err = outcomes(t, idle)
	if reason, _, retry := details(t, err); status.Code(err) != codes.Unavailable || reason != string(reasonDraining) || retry == nil {
		t.Errorf("an idle stream ended with %v, %q, want UNAVAILABLE with RetryInfo", err, reason)
	}
	time.Sleep(50 * time.Millisecond) // lets the other stream hear of the drain, too
	_ = s.Send(streamItem("late", "late"))
	time.Sleep(20 * time.Millisecond)
	close(g.all)
	got, err := outcomes(t, s)
	slices.Sort(got)
	if diff := cmp.Diff([]string{"a:OK", "b:OK"}, got); diff != "" {
		t.Errorf("answers while draining (-want +got):\n%s", diff)
	}
	if reason, _, _ := details(t, err); status.Code(err) != codes.Unavailable || reason != string(reasonDraining) {
		t.Errorf("stream ended with %v, %q, want UNAVAILABLE", err, reason)
	}
	if err := <-unary; err != nil {
		t.Errorf("a unary call that was admitted: %v", err)
	}
	if err := <-stopped; err != nil {
		t.Error(err)
	}
}

func TestDrainIsBounded(t *testing.T) {
	r := start(t, func(c *Config) { c.DrainTime = 50 * time.Millisecond }, fake(newGate().extract))
	s := open(t, r)
	send(t, s, streamItem("a", "a"))
	eventually(t, "the item is at work", func() bool { return r.admissionHeld() == 1 })
	stopped := make(chan error, 1)
	go func() { stopped <- r.stop() }()
	select {
	case err := <-stopped:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(10 * time.Second):
		t.Fatal("the server did not stop")
	}
}

func TestBatch(t *testing.T) {
	r := start(t, func(c *Config) { c.MaxBatchItems = 3 }, echo)
	call := func(items ...*nutgrafv1.BatchItem) (got []string, end error) {
		stream, err := r.client.ExtractBatch(t.Context(), &nutgrafv1.ExtractBatchRequest{Items: items})
		if err != nil {
			return nil, err
		}
		for {
			resp, err := stream.Recv()
			if errors.Is(err, io.EOF) {
				slices.Sort(got)
				return got, nil
			} else if err != nil {
				return got, err
			}
			got = append(got, resp.GetItemId()+":"+codes.Code(resp.GetError().GetCode()).String())
		}
	}
	item := func(id, text string) *nutgrafv1.BatchItem {
		return &nutgrafv1.BatchItem{ItemId: id, Article: article(text)}
	}

	got, err := call(item("a", "x"), item("b", ""), item("c", "x"))
	if diff := cmp.Diff([]string{"a:OK", "b:InvalidArgument", "c:OK"}, got); diff != "" || err != nil {
		t.Errorf("batch ended with %v, answers (-want +got):\n%s", err, diff)
	}
	for field, items := range map[string][]*nutgrafv1.BatchItem{
		"items":            nil,
		"items ":           {item("a", "x"), item("b", "x"), item("c", "x"), item("d", "x")},
		"items[1].item_id": {item("a", "x"), item("a", "x")},
		"items[0].item_id": {item("", "x")},
	} {
		_, err := call(items...)
		_, bad, _ := details(t, err)
		if status.Code(err) != codes.InvalidArgument || bad.GetFieldViolations()[0].GetField() != strings.TrimSpace(field) {
			t.Errorf("%d items: %v, %v, want a violation of %s", len(items), err, bad, field)
		}
	}
}
