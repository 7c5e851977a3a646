package jobs

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	nutgrafv1 "example.invalid/nutgraf/gen/go/nutgraf/v1"
	"github.com/nats-io/nats.go/jetstream"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/types/known/timestamppb"
)

// record is a job as it is kept. Its counts are final once the job is terminal; before, they are read off the streams.
type record struct {
	tenant   string
	job      *nutgrafv1.Job
	revision uint64
}

func (r record) id() string { return strings.TrimPrefix(r.job.GetName(), "jobs/") }

func (r record) terminal() bool {
	switch r.job.GetState() {
	case nutgrafv1.JobState_JOB_STATE_SUCCEEDED, nutgrafv1.JobState_JOB_STATE_FAILED, nutgrafv1.JobState_JOB_STATE_CANCELLED:
		return true
	}
	return false
}

type storedRecord struct {
	Tenant string          `json:"tenant"`
	Job    json.RawMessage `json:"job"`
}

func (r record) marshal() ([]byte, error) {
	job, err := protojson.Marshal(r.job)
	if err != nil {
		return nil, err
	}
	return json.Marshal(storedRecord{r.tenant, job})
}

func parseRecord(e jetstream.KeyValueEntry) (record, error) {
	var stored storedRecord
	if err := json.Unmarshal(e.Value(), &stored); err != nil {
		return record{}, fmt.Errorf("read job record: %w", err)
	}
	r := record{tenant: stored.Tenant, job: &nutgrafv1.Job{}, revision: e.Revision()}
	if err := (protojson.UnmarshalOptions{DiscardUnknown: true}).Unmarshal(stored.Job, r.job); err != nil {
		return record{}, fmt.Errorf("read job record: %w", err)
	}
	return r, nil
}

// Keys of the bucket: job.TENANT.ID and request.TENANT.REQUEST, tenants and requests as hashes.
func jobKey(tenant, id string) string { return "job." + hash(tenant) + "." + id }
func requestKey(tenant, request string) string {
	return "request." + hash(tenant) + "." + hash(request)
}

func itemStream(id string) string   { return "nutgraf_items_" + id }
func resultStream(id string) string { return "nutgraf_results_" + id }

func itemSubject(id, itemID string) string   { return "nutgraf.items." + id + "." + hash(itemID) }
func resultSubject(id, itemID string) string { return "nutgraf.results." + id + ".all." + hash(itemID) }
func failureSubject(id, itemID string) string {
	return "nutgraf.results." + id + ".failed." + hash(itemID)
}

const (
	workConsumer    = "work"
	resultConsumer  = "results" // never read: it counts
	failureConsumer = "failures"
)

// newID returns an id that sorts by time.
func newID() string {
	var b [10]byte
	_, _ = rand.Read(b[:])
	return fmt.Sprintf("%012x", time.Now().UnixMilli()) + hex.EncodeToString(b[:])
}

func validID(name string) (string, bool) {
	id, ok := strings.CutPrefix(name, "jobs/")
	if !ok || len(id) != 32 {
		return "", false
	}
	_, err := hex.DecodeString(id)
	return id, err == nil
}

// Create makes a job. The same tenant and request id, if not empty, give the same job.
func (s *Store) Create(ctx context.Context, tenant, request string, options *nutgrafv1.ExtractionOptions) (*nutgrafv1.Job, error) {
	ctx, cancel := context.WithTimeout(ctx, answerTime)
	defer cancel()
	if s.fullNow() {
		return nil, ErrFull
	}
	id := newID()
	if request != "" {
		_, err := s.records.Create(ctx, requestKey(tenant, request), []byte(id))
		if errors.Is(err, jetstream.ErrKeyExists) {
			e, err := s.records.Get(ctx, requestKey(tenant, request))
			if err != nil {
				return nil, storeError(err)
			}
			id = string(e.Value())
			if r, err := s.record(ctx, tenant, "jobs/"+id); err == nil {
				return s.counted(ctx, r)
			}
		} else if err != nil {
			return nil, storeError(err)
		}
	}
	// Streams come before the record: a record without streams would be a job that cannot work.
	if err := s.createStreams(ctx, id); err != nil {
		return nil, storeError(err)
	}
	r := record{tenant: tenant, job: &nutgrafv1.Job{
		Name: "jobs/" + id, State: nutgrafv1.JobState_JOB_STATE_OPEN, DefaultOptions: options,
		CreateTime: timestamppb.Now(), PipelineDigest: s.cfg.PipelineDigest,
	}}
	data, err := r.marshal()
	if err != nil {
		return nil, err
	}
	if _, err := s.records.Create(ctx, jobKey(tenant, id), data); err != nil && !errors.Is(err, jetstream.ErrKeyExists) {
		return nil, storeError(err)
	}
	return r.job, nil
}

func (s *Store) createStreams(ctx context.Context, id string) error {
	items := jetstream.StreamConfig{
		Name: itemStream(id), Subjects: []string{"nutgraf.items." + id + ".*"}, Storage: jetstream.FileStorage,
		Replicas: s.replicas(), Compression: jetstream.S2Compression, MaxMsgs: s.cfg.MaxItems, Discard: jetstream.DiscardNew, AllowDirect: true,
	}
	results := jetstream.StreamConfig{
		Name: resultStream(id), Subjects: []string{"nutgraf.results." + id + ".*.*"}, Storage: jetstream.FileStorage,
		Replicas: s.replicas(), Compression: jetstream.S2Compression, AllowDirect: true,
	}
	for _, c := range []jetstream.StreamConfig{items, results} {
		if _, err := s.js.CreateStream(ctx, c); err != nil && !errors.Is(err, jetstream.ErrStreamNameAlreadyInUse) {
			return err
		}
	}
	_, err := s.js.CreateOrUpdateConsumer(ctx, itemStream(id), jetstream.ConsumerConfig{
		Durable: workConsumer, AckPolicy: jetstream.AckExplicitPolicy, AckWait: s.cfg.AckWait, MaxDeliver: -1, MaxAckPending: 1024,
	})
	for name, kind := range map[string]string{resultConsumer: "all", failureConsumer: "failed"} {
		if err == nil {
			_, err = s.js.CreateOrUpdateConsumer(ctx, resultStream(id), jetstream.ConsumerConfig{
				Durable: name, AckPolicy: jetstream.AckNonePolicy, FilterSubject: "nutgraf.results." + id + "." + kind + ".*",
			})
		}
	}
	return err
}

// record returns a job of the tenant as it is kept.
func (s *Store) record(ctx context.Context, tenant, name string) (record, error) {
	ctx, cancel := context.WithTimeout(ctx, answerTime)
	defer cancel()
	id, ok := validID(name)
	if !ok {
		return record{}, ErrNotFound
	}
	e, err := s.records.Get(ctx, jobKey(tenant, id))
	if err != nil {
		return record{}, storeError(err)
	}
	return parseRecord(e)
}

// counted returns the job with counts of this moment.
func (s *Store) counted(ctx context.Context, r record) (*nutgrafv1.Job, error) {
	ctx, cancel := context.WithTimeout(ctx, answerTime)
	defer cancel()
	if r.terminal() {
		return r.job, nil
	}
	// What is read first is the smaller: answered never exceeds total, nor failed answered.
	failed, err := s.pending(ctx, resultStream(r.id()), failureConsumer)
	if err != nil {
		return nil, err
	}
	answered, err := s.pending(ctx, resultStream(r.id()), resultConsumer)
	if err != nil {
		return nil, err
	}
	items, err := s.js.Stream(ctx, itemStream(r.id()))
	if err != nil {
		return nil, storeError(err)
	}
	r.job.ItemsTotal = int64(items.CachedInfo().State.Msgs)
	r.job.ItemsFailed, r.job.ItemsSucceeded = failed, answered-failed
	return r.job, nil
}

// pending returns how many messages of a stream match a consumer that nobody reads.
func (s *Store) pending(ctx context.Context, stream, consumer string) (int64, error) {
	c, err := s.js.Consumer(ctx, stream, consumer)
	if err != nil {
		return 0, storeError(err)
	}
	return int64(c.CachedInfo().NumPending), nil
}

// Get returns a job of the tenant.
func (s *Store) Get(ctx context.Context, tenant, name string) (*nutgrafv1.Job, error) {
	r, err := s.record(ctx, tenant, name)
	if err != nil {
		return nil, err
	}
	job, err := s.counted(ctx, r)
	if errors.Is(err, ErrNotFound) { // the job ended just now, and its items are gone
		if r, err = s.record(ctx, tenant, name); err == nil {
			return s.counted(ctx, r)
		}
	}
	return job, err
}

// List returns a page of the tenant's jobs, newest first, and the token of the next page.
func (s *Store) List(ctx context.Context, tenant string, size int, token string) ([]*nutgrafv1.Job, string, error) {
	ctx, cancel := context.WithTimeout(ctx, answerTime)
	defer cancel()
	prefix := "job." + hash(tenant) + "."
	lister, err := s.records.ListKeysFiltered(ctx, prefix+">")
	if err != nil {
		return nil, "", storeError(err)
	}
	var ids []string
	for key := range lister.Keys() {
		if id := strings.TrimPrefix(key, prefix); token == "" || id < token {
			ids = append(ids, id)
		}
	}
	slices.SortFunc(ids, func(a, b string) int { return cmp.Compare(b, a) })
	next := ""
	if len(ids) > size {
		ids = ids[:size]
		next = ids[size-1]
	}
	jobs := make([]*nutgrafv1.Job, 0, len(ids))
	for _, id := range ids {
		job, err := s.Get(ctx, tenant, "jobs/"+id)
		if errors.Is(err, ErrNotFound) {
			continue // deleted meanwhile
		}
		if err != nil {
			return nil, "", err
		}
		jobs = append(jobs, job)
	}
	return jobs, next, nil
}

// change applies f to a job's record; it tries again if another change came between.
func (s *Store) change(ctx context.Context, tenant, name string, f func(*record) (changed bool, err error)) (record, error) {
	ctx, cancel := context.WithTimeout(ctx, answerTime)
	defer cancel()
	for {
		r, err := s.record(ctx, tenant, name)
		if err != nil {
			return r, err
		}
		changed, err := f(&r)
		if err != nil || !changed {
			return r, err
		}
		data, err := r.marshal()
		if err != nil {
			return r, err
		}
		_, err = s.records.Update(ctx, jobKey(r.tenant, r.id()), data, r.revision)
		if !wrongSequence(err) {
			return r, storeError(err)
		}
	}
}

func wrongSequence(err error) bool {
	var api *jetstream.APIError
	return errors.Is(err, jetstream.ErrKeyExists) ||
		errors.As(err, &api) && (api.ErrorCode == jetstream.JSErrCodeStreamWrongLastSequence || api.ErrorCode == jetstream.JSErrCodeStreamWrongLastSequenceConstant)
}

// Seal closes the input of an open job.
func (s *Store) Seal(ctx context.Context, tenant, name string) (*nutgrafv1.Job, error) {
	r, err := s.change(ctx, tenant, name, func(r *record) (bool, error) {
		switch r.job.GetState() {
		case nutgrafv1.JobState_JOB_STATE_OPEN:
			// The stream is sealed before the record says so: no item comes in after.
			stream, err := s.js.Stream(ctx, itemStream(r.id()))
			if err != nil {
				return false, storeError(err)
			}
			cfg := stream.CachedInfo().Config
			cfg.Sealed = true
			if _, err := s.js.UpdateStream(ctx, cfg); err != nil {
				return false, storeError(err)
			}
			r.job.State = nutgrafv1.JobState_JOB_STATE_SEALED
			return true, nil
		case nutgrafv1.JobState_JOB_STATE_SEALED, nutgrafv1.JobState_JOB_STATE_SUCCEEDED:
			return false, nil
		}
		return false, ErrState
	})
	if err != nil {
		return nil, err
	}
	return s.counted(ctx, r)
}

// Cancel stops a job. Results already made stay.
func (s *Store) Cancel(ctx context.Context, tenant, name string) (*nutgrafv1.Job, error) {
	return s.end(ctx, tenant, name, nutgrafv1.JobState_JOB_STATE_CANCELLED)
}

// end makes a job terminal, with final counts, and drops its items. A terminal job stays as it is.
func (s *Store) end(ctx context.Context, tenant, name string, state nutgrafv1.JobState) (*nutgrafv1.Job, error) {
	ctx, cancel := context.WithTimeout(ctx, answerTime)
	defer cancel()
	r, err := s.change(ctx, tenant, name, func(r *record) (bool, error) {
		if r.terminal() {
			return false, nil
		}
		if _, err := s.counted(ctx, *r); err != nil {
			return false, err
		}
		now := time.Now()
		r.job.State, r.job.EndTime, r.job.ExpireTime = state, timestamppb.New(now), timestamppb.New(now.Add(s.cfg.Retention))
		return true, nil
	})
	if err != nil {
		return nil, err
	}
	if err := s.js.DeleteStream(ctx, itemStream(r.id())); err != nil && !errors.Is(err, jetstream.ErrStreamNotFound) {
		return nil, storeError(err)
	}
	return r.job, nil
}

// Delete removes a terminal job with its results.
func (s *Store) Delete(ctx context.Context, tenant, name string) error {
	ctx, cancel := context.WithTimeout(ctx, answerTime)
	defer cancel()
	r, err := s.record(ctx, tenant, name)
	if err != nil {
		return err
	}
	if !r.terminal() {
		return ErrState
	}
	for _, stream := range []string{itemStream(r.id()), resultStream(r.id())} {
		if err := s.js.DeleteStream(ctx, stream); err != nil && !errors.Is(err, jetstream.ErrStreamNotFound) {
			return storeError(err)
		}
	}
	return storeError(s.records.Purge(ctx, jobKey(tenant, r.id())))
}
