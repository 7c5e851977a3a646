package jobs

import (
	"context"
	"errors"
	"sync"
	"time"

	nutgrafv1 "example.invalid/nutgraf/gen/go/nutgraf/v1"
	natsserver "github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go/jetstream"
	"google.golang.org/genproto/googleapis/rpc/code"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/genproto/googleapis/rpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/anypb"
)

const (
	// sweepEvery is how often jobs are looked at for their end and their expiry.
	sweepEvery = 250 * time.Millisecond
	// suspectAfter is the delivery from which on an item is tried alone: it may be what took a worker down.
	suspectAfter = 3
)

// manage works on every active job until ctx ends.
func (s *Store) manage(ctx context.Context) {
	working := map[string]*worker{}
	defer func() {
		for _, w := range working {
			w.end()
		}
	}()
	for ctx.Err() == nil {
		if err := s.follow(ctx, working); err != nil && ctx.Err() == nil {
			s.cfg.Log.Warn("jobs cannot be looked at", "error", err)
			s.revive()
			sleep(ctx, time.Second)
		}
	}
}

// follow keeps a copy of all records, as they change, and a worker for each active job, until the store does not answer.
func (s *Store) follow(ctx context.Context, working map[string]*worker) error {
	watcher, err := s.records.Watch(ctx, "job.>")
	if err != nil {
		return err
	}
	defer func() { _ = watcher.Stop() }()
	known := map[string]record{}
	complete := false // all records of before the watch are known
	tick := time.NewTicker(sweepEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case e, ok := <-watcher.Updates():
			switch {
			case !ok:
				return errors.New("the watch of job records ended")
			case e == nil:
				complete = true
			case e.Operation() != jetstream.KeyValuePut:
				delete(known, e.Key())
			default:
				r, err := parseRecord(e)
				if err != nil {
					return err
				}
				known[e.Key()] = r
			}
			continue
		case <-tick.C:
		}
		if !complete {
			continue
		}
		active, err := s.sweep(ctx, known)
		if err != nil {
			return err
		}
		for id, w := range working {
			if _, ok := active[id]; !ok {
				w.end()
				delete(working, id)
			}
		}
		for id, r := range active {
			if working[id] == nil {
				working[id] = s.startWorker(ctx, r)
			}
		}
	}
}

// revive turns JetStream on again, which turns itself off when the disk is full.
func (s *Store) revive() {
	if s.embedded == nil || s.embedded.JetStreamEnabled() || s.fullNow() {
		return
	}
	if err := s.embedded.EnableJetStream(&natsserver.JetStreamConfig{StoreDir: s.cfg.Dir, SyncAlways: true, MaxStore: s.maxStore(), MaxMemory: 64 << 20}); err != nil {
		s.cfg.Log.Error("the job store cannot be started again", "error", err)
	}
}

// sweep ends sealed jobs with nothing left to do, deletes expired ones, and returns the rest that needs work by id.
func (s *Store) sweep(ctx context.Context, known map[string]record) (map[string]record, error) {
	active := map[string]record{}
	for _, r := range known {
		switch {
		case r.terminal():
			if r.job.GetExpireTime().AsTime().Before(time.Now()) {
				if err := s.Delete(ctx, r.tenant, r.job.GetName()); err != nil && !errors.Is(err, ErrNotFound) {
					return nil, err
				}
			}
		case r.job.GetState() == nutgrafv1.JobState_JOB_STATE_SEALED && s.idle(ctx, r.id()):
			if _, err := s.end(ctx, r.tenant, r.job.GetName(), nutgrafv1.JobState_JOB_STATE_SUCCEEDED); err != nil && !errors.Is(err, ErrNotFound) {
				return nil, err
			}
		default:
			active[r.id()] = r
		}
	}
	return active, nil
}

// idle reports whether every item of a job is answered and acknowledged.
func (s *Store) idle(ctx context.Context, id string) bool {
	c, err := s.js.Consumer(ctx, itemStream(id), workConsumer)
	if err != nil {
		return false
	}
	info := c.CachedInfo()
	return info.NumPending == 0 && info.NumAckPending == 0
}

// worker takes items of one job.
type worker struct {
	store  *Store
	rec    record
	cancel context.CancelFunc
	done   sync.WaitGroup
}

func (s *Store) startWorker(ctx context.Context, r record) *worker {
	ctx, cancel := context.WithCancel(ctx)
	w := &worker{store: s, rec: r, cancel: cancel}
	w.done.Go(func() { w.run(ctx) })
	return w
}

func (w *worker) end() {
	w.cancel()
	w.done.Wait()
}

func (w *worker) run(ctx context.Context) {
	s := w.store
	if !w.markMixed(ctx) {
		return
	}
	var items sync.WaitGroup
	defer items.Wait()
	for ctx.Err() == nil {
		if s.fullNow() { // there is no room for answers
			sleep(ctx, time.Second)
			continue
		}
		select { // a slot first, so that no item waits here while another server is free
		case s.slots <- struct{}{}:
		case <-ctx.Done():
			return
		}
		msg, err := w.next(ctx)
		if msg == nil {
			<-s.slots
			if err != nil && ctx.Err() == nil {
				sleep(ctx, time.Second)
			}
			continue
		}
		items.Go(func() {
			defer func() { <-s.slots }()
			w.work(ctx, msg)
		})
	}
}

// markMixed says in the job's record that this server's pipeline is another than that of the job's creator, if it is.
func (w *worker) markMixed(ctx context.Context) bool {
	for w.rec.job.GetPipelineDigest() != w.store.cfg.PipelineDigest && !w.rec.job.GetMixedPipelines() {
		r, err := w.store.change(ctx, w.rec.tenant, w.rec.job.GetName(), func(r *record) (bool, error) {
			changed := !r.job.GetMixedPipelines() && !r.terminal()
			r.job.MixedPipelines = true
			return changed, nil
		})
		if errors.Is(err, ErrNotFound) || ctx.Err() != nil {
			return false
		}
		if err != nil {
			sleep(ctx, time.Second)
			continue
		}
		w.rec = r
	}
	return true
}

// next returns the next item, or nil if none came for a while. A job that has nothing to do gives its slot to others soon.
func (w *worker) next(ctx context.Context) (jetstream.Msg, error) {
	ctx, cancel := context.WithTimeout(ctx, answerTime)
	defer cancel()
	consumer, err := w.store.js.Consumer(ctx, itemStream(w.rec.id()), workConsumer)
	if err != nil {
		return nil, err
	}
	batch, err := consumer.FetchNoWait(1)
	if err != nil {
		return nil, err
	}
	for msg := range batch.Messages() {
		return msg, nil
	}
	sleep(ctx, 20*time.Millisecond)
	return nil, batch.Error()
}

// work answers one item, makes the answer durable, and only then acknowledges the item.
func (w *worker) work(ctx context.Context, msg jetstream.Msg) {
	s := w.store
	meta, err := msg.Metadata()
	if err != nil {
		return
	}
	defer keepAlive(msg, s.cfg.AckWait/3)()

	item := &nutgrafv1.BatchItem{}
	if err := proto.Unmarshal(msg.Data(), item); err != nil {
		s.cfg.Log.Error("an item cannot be read", "job", w.rec.id(), "sequence", meta.Sequence.Stream)
		_ = msg.Term()
		return
	}
	var resp *nutgrafv1.ExtractStreamResponse
	retry := false
	switch {
	case meta.NumDelivered > s.cfg.MaxTries:
		resp = givenUp()
	case meta.NumDelivered > suspectAfter:
		s.suspect.Lock()
		resp, retry = s.extract(ctx, w.rec, item)
		s.suspect.Unlock()
	default:
		resp, retry = s.extract(ctx, w.rec, item)
	}
	if retry {
		_ = msg.NakWithDelay(time.Second)
		return
	}
	resp.ItemId = item.GetItemId()
	// The answer is stored even if work ends just now.
	store, cancel := context.WithTimeout(context.WithoutCancel(ctx), 30*time.Second)
	defer cancel()
	if err := s.storeResult(store, w.rec.id(), resp); err != nil {
		s.cfg.Log.Warn("an answer cannot be stored yet", "job", w.rec.id(), "error", err)
		_ = msg.NakWithDelay(time.Second)
		return
	}
	if err := msg.DoubleAck(store); err != nil {
		s.cfg.Log.Warn("an item cannot be acknowledged yet", "job", w.rec.id(), "error", err)
	}
}

func (s *Store) extract(ctx context.Context, r record, item *nutgrafv1.BatchItem) (*nutgrafv1.ExtractStreamResponse, bool) {
	if item.Article == nil {
		item.Article = &nutgrafv1.ArticleRequest{}
	}
	if item.Article.Options == nil {
		item.Article.Options = r.job.GetDefaultOptions()
	}
	return s.cfg.Extract(ctx, r.tenant, item.Article)
}

// givenUp is the answer to an item that was begun so often and never answered.
func givenUp() *nutgrafv1.ExtractStreamResponse {
	st := &status.Status{Code: int32(code.Code_ABORTED), Message: "given up: the item was begun several times and never answered"}
	if info, err := anypb.New(&errdetails.ErrorInfo{Reason: "ITEM_GIVEN_UP", Domain: "nutgraf"}); err == nil {
		st.Details = append(st.Details, info)
	}
	return &nutgrafv1.ExtractStreamResponse{Outcome: &nutgrafv1.ExtractStreamResponse_Error{Error: st}}
}

// keepAlive tells the store every so often that the item is still in work, until the returned function is called.
func keepAlive(msg jetstream.Msg, every time.Duration) (stop func()) {
	done := make(chan struct{})
	go func() {
		tick := time.NewTicker(every)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
				if msg.InProgress() != nil {
					return
				}
			case <-done:
				return
			}
		}
	}()
	return func() { close(done) }
}

func sleep(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}
