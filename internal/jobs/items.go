package jobs

import (
	"cmp"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"strconv"
	"time"

	nutgrafv1 "example.invalid/nutgraf/gen/go/nutgraf/v1"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"google.golang.org/protobuf/proto"
)

// Verdict is what became of an added item.
type Verdict uint8

// Verdicts.
const (
	Accepted  Verdict = iota // on disk
	Duplicate                // was there already, equal
	Conflict                 // the id is taken by another article
	TooLarge                 // larger than the store's largest message
	TooMany                  // the job has all the items it may have
)

// addWindow is how many items of one Adder are on their way to disk at once.
const addWindow = 64

// Adder puts items into an open job. It is not safe for concurrent use.
type Adder struct {
	store   *Store
	tenant  string
	id      string
	pending []pendingItem
	// Answer is told of each item, in order, once its fate is durable.
	answer func(itemID string, v Verdict)
}

type pendingItem struct {
	id     string
	digest [sha256.Size]byte
	future jetstream.PubAckFuture
}

// Add begins to add items to a job of the tenant.
func (s *Store) Add(ctx context.Context, tenant, name string, answer func(itemID string, v Verdict)) (*Adder, error) {
	r, err := s.record(ctx, tenant, name)
	if err != nil {
		return nil, err
	}
	if r.job.GetState() != nutgrafv1.JobState_JOB_STATE_OPEN {
		return nil, ErrState
	}
	return &Adder{store: s, tenant: tenant, id: r.id(), answer: answer}, nil
}

var deterministic = proto.MarshalOptions{Deterministic: true}

// Put adds an item. It waits while the window is full. After an error nothing more can be put.
func (a *Adder) Put(ctx context.Context, item *nutgrafv1.BatchItem) error {
	if a.store.fullNow() {
		return ErrFull
	}
	data, err := deterministic.Marshal(item)
	if err != nil {
		return err
	}
	p := pendingItem{id: item.GetItemId(), digest: sha256.Sum256(data)}
	if len(data)+1024 > a.store.maxPayload { // 1024 for subject and headers
		if err := a.Wait(ctx); err != nil {
			return err
		}
		a.answer(p.id, TooLarge)
		return nil
	}
	msg := &nats.Msg{Subject: itemSubject(a.id, p.id), Data: data}
	if p.future, err = a.store.js.PublishMsgAsync(msg, jetstream.WithExpectLastSequencePerSubject(0), jetstream.WithStallWait(30*time.Second)); err != nil {
		return storeError(err)
	}
	a.pending = append(a.pending, p)
	if len(a.pending) < addWindow {
		return nil
	}
	first := a.pending[0]
	a.pending = a.pending[1:]
	return a.settle(ctx, first)
}

// Wait returns when the fate of every item put so far is durable.
func (a *Adder) Wait(ctx context.Context) error {
	for _, p := range a.pending {
		if err := a.settle(ctx, p); err != nil {
			return err
		}
	}
	a.pending = nil
	return nil
}

func (a *Adder) settle(ctx context.Context, p pendingItem) error {
	select {
	case <-p.future.Ok():
		a.answer(p.id, Accepted)
		return nil
	case err := <-p.future.Err():
		return a.refused(ctx, p, err)
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (a *Adder) refused(ctx context.Context, p pendingItem, err error) error {
	ctx, cancel := context.WithTimeout(ctx, answerTime)
	defer cancel()
	var api *jetstream.APIError
	switch {
	case wrongSequence(err):
		stream, err := a.store.js.Stream(ctx, itemStream(a.id))
		if err != nil {
			return storeError(err)
		}
		old, err := stream.GetLastMsgForSubject(ctx, itemSubject(a.id, p.id))
		if err != nil {
			return storeError(err)
		}
		if sha256.Sum256(old.Data) == p.digest {
			a.answer(p.id, Duplicate)
		} else {
			a.answer(p.id, Conflict)
		}
		return nil
	case errors.As(err, &api) && api.ErrorCode == streamSealed:
		return ErrState
	case errors.As(err, &api) && api.ErrorCode == storeFailed && api.Description == "maximum messages exceeded":
		a.answer(p.id, TooMany)
		return nil
	}
	// Nobody took it: because the job ended, or because the store is just starting.
	if r, err := a.store.record(ctx, a.tenant, "jobs/"+a.id); err != nil || r.job.GetState() != nutgrafv1.JobState_JOB_STATE_OPEN {
		return cmp.Or(err, ErrState)
	}
	return storeError(err)
}

// storeResult makes the answer to an item durable. A second answer to the same item is dropped.
func (s *Store) storeResult(ctx context.Context, id string, resp *nutgrafv1.ExtractStreamResponse) error {
	data, err := proto.Marshal(resp)
	if err != nil {
		return err
	}
	once := jetstream.WithExpectLastSequencePerSubject(0)
	failed := resp.GetError() != nil
	if _, err := s.js.Publish(ctx, resultSubject(id, resp.GetItemId()), data, once); wrongSequence(err) {
		// The first answer stands; it may lack its mark if a crash came between.
		stream, err := s.js.Stream(ctx, resultStream(id))
		if err != nil {
			return err
		}
		old, err := stream.GetLastMsgForSubject(ctx, resultSubject(id, resp.GetItemId()))
		if err != nil {
			return err
		}
		first := &nutgrafv1.ExtractStreamResponse{}
		if err := proto.Unmarshal(old.Data, first); err != nil {
			return err
		}
		failed = first.GetError() != nil
	} else if err != nil {
		return err
	}
	if !failed {
		return nil
	}
	if _, err := s.js.Publish(ctx, failureSubject(id, resp.GetItemId()), nil, once); err != nil && !wrongSequence(err) {
		return err
	}
	return nil
}

// Results calls f with each result after the cursor, in the order of the store, with the cursor after it. It returns when
// there are no more, or, if follow is set, when the job is terminal too.
func (s *Store) Results(ctx context.Context, tenant, name, cursor string, follow bool, f func(*nutgrafv1.ExtractStreamResponse, string) error) error {
	r, err := s.record(ctx, tenant, name)
	if err != nil {
		return err
	}
	var after uint64
	if cursor != "" {
		if after, err = strconv.ParseUint(cursor, 10, 64); err != nil {
			return fmt.Errorf("cursor %q: %w", cursor, ErrCursor)
		}
	}
	made, cancel := context.WithTimeout(ctx, answerTime)
	defer cancel()
	consumer, err := s.js.OrderedConsumer(made, resultStream(r.id()), jetstream.OrderedConsumerConfig{
		FilterSubjects: []string{"nutgraf.results." + r.id() + ".all.*"},
		DeliverPolicy:  jetstream.DeliverByStartSequencePolicy, OptStartSeq: after + 1, InactiveThreshold: time.Minute,
		// A consumer that a cluster gave to a dying node is never answered for, by its name not even when it is asked for again: the
		// caller comes back with its cursor and gets another.
		MaxResetAttempts: 1,
	})
	if err != nil {
		return storeError(err)
	}
	for {
		// Whether the job is over is looked up before the last look for results: none can come after.
		last := !follow || r.terminal()
		batch, err := fetch(consumer, last)
		if err != nil {
			return storeError(err)
		}
		n := 0
		for msg := range batch.Messages() {
			n++
			meta, err := msg.Metadata()
			if err != nil {
				return storeError(err)
			}
			resp := &nutgrafv1.ExtractStreamResponse{}
			if err := proto.Unmarshal(msg.Data(), resp); err != nil {
				return fmt.Errorf("read result: %w", err)
			}
			if err := f(resp, strconv.FormatUint(meta.Sequence.Stream, 10)); err != nil {
				return err
			}
		}
		if err := batch.Error(); err != nil {
			return storeError(err)
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		if n == 0 && last {
			return nil
		}
		if n == 0 {
			if r, err = s.record(ctx, tenant, name); err != nil {
				return err
			}
		}
	}
}

// resultBatch bounds the memory of one reader: so many results of the largest size.
const resultBatch = 16

// fetch returns the next results: those there are, or those that come soon.
func fetch(c jetstream.Consumer, now bool) (jetstream.MessageBatch, error) {
	if now {
		return c.FetchNoWait(resultBatch)
	}
	return c.Fetch(resultBatch, jetstream.FetchMaxWait(500*time.Millisecond))
}

// ErrCursor says that a cursor is not one that Results gave.
var ErrCursor = errors.New("not a cursor of this service")
