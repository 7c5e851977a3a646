// Package jobs keeps bulk work in JetStream, so that it outlives clients and servers: what was acknowledged is on disk, every
// item is answered once, and any server of the same store takes part in the work.
//
// A job is a record in a key-value bucket and two streams. The items' stream holds one message an item, under a subject made
// of the hash of its id, so that an id is taken once; it is shared by all workers through one consumer. The results' stream
// holds one message an answer under the same hash, so that an item worked on twice is still answered once, and an empty
// message for each failure, to count them by.
package jobs

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"time"

	nutgrafv1 "example.invalid/nutgraf/gen/go/nutgraf/v1"
	natsserver "github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// Errors that callers tell apart.
var (
	ErrNotFound = errors.New("no such job")
	ErrState    = errors.New("the job's state does not allow this")
	ErrFull     = errors.New("the job store is full")
	ErrInUse    = errors.New("the folder is in use by another process")
	ErrStore    = errors.New("the job store does not answer")
)

// Config is what a store needs.
type Config struct {
	// Dir is the folder of the embedded JetStream. It is not used if URL is set.
	Dir string
	// URL is that of an existing NATS cluster with JetStream; "" embeds one.
	URL string
	// Replicas of each stream on a cluster; 1 if embedded.
	Replicas int
	// MaxBytes is the most the embedded store takes; 0 means what the disk has.
	MaxBytes int64
	// MinFreeBytes is what the store leaves free on its disk.
	MinFreeBytes int64
	// MaxItems is the most items of one job.
	MaxItems int64
	// Retention is how long a job stays after its end.
	Retention time.Duration
	// AckWait is how long an item may be with a worker that gives no sign of life before another one gets it.
	AckWait time.Duration
	// MaxTries is how often an item may take its worker down before it is given up.
	MaxTries uint64
	// Workers is how many items are in work at once.
	Workers int
	// PipelineDigest is that of this server.
	PipelineDigest string
	// Extract answers an item of a tenant. Retry means that this server cannot answer it now.
	Extract func(ctx context.Context, tenant string, req *nutgrafv1.ArticleRequest) (resp *nutgrafv1.ExtractStreamResponse, retry bool)
	Log     *slog.Logger
}

// answerTime bounds each wait for the store. A request that a dying node swallowed is never answered.
const answerTime = 5 * time.Second

// maxPayload is the largest message of the embedded store: an article of the largest size with its hints.
const maxPayload = 20 << 20

// Store is the jobs of all tenants. It is safe for concurrent use.
type Store struct {
	cfg        Config
	embedded   *natsserver.Server // nil on a cluster
	lock       *os.File
	nc         *nats.Conn
	js         jetstream.JetStream
	records    jetstream.KeyValue
	stop       context.CancelFunc
	done       sync.WaitGroup
	slots      chan struct{} // one for each item in work
	suspect    sync.Mutex    // held while an item is tried alone
	fullNow    func() bool
	maxPayload int
}

// Open opens the store, made if it is not there, and begins to work on its jobs. Close ends that.
func Open(ctx context.Context, cfg Config) (*Store, error) {
	s := &Store{cfg: cfg, slots: make(chan struct{}, max(cfg.Workers, 1))}
	if err := s.connect(); err != nil {
		s.disconnect()
		return nil, err
	}
	s.fullNow = s.diskWatch()
	bucket := jetstream.KeyValueConfig{Bucket: "nutgraf_jobs", Description: "Nutgraf's jobs", Replicas: s.replicas(), Storage: jetstream.FileStorage}
	records, err := s.js.CreateKeyValue(ctx, bucket)
	if errors.Is(err, jetstream.ErrBucketExists) {
		records, err = s.js.KeyValue(ctx, bucket.Bucket)
	}
	if err != nil {
		s.disconnect()
		return nil, fmt.Errorf("open job records: %w", err)
	}
	s.records = records
	work, stop := context.WithCancel(context.WithoutCancel(ctx))
	s.stop = stop
	s.done.Go(func() { s.manage(work) })
	return s, nil
}

// maxStore is the embedded store's limit. Without one, JetStream would take three quarters of what is free, counted before compression:
// answers then have no room on a disk that is nearly empty. It is the disk that is watched instead.
func (s *Store) maxStore() int64 { return cmp.Or(s.cfg.MaxBytes, math.MaxInt64/2) }

func (s *Store) replicas() int {
	if s.embedded != nil {
		return 1
	}
	return max(s.cfg.Replicas, 1)
}

func (s *Store) connect() error {
	options := []nats.Option{nats.Name("nutgraf"), nats.MaxReconnects(-1), nats.RetryOnFailedConnect(false)}
	url := s.cfg.URL
	if url == "" {
		if err := s.embed(); err != nil {
			return err
		}
		options = append(options, nats.InProcessServer(s.embedded))
	}
	nc, err := nats.Connect(url, options...)
	if err != nil {
		return fmt.Errorf("connect to the job store: %w", err)
	}
	s.nc, s.maxPayload = nc, int(nc.MaxPayload())
	s.js, err = jetstream.New(nc, jetstream.WithPublishAsyncMaxPending(256))
	return err
}

// embed starts JetStream in this process. It acknowledges only what it has synced to disk.
func (s *Store) embed() error {
	if err := os.MkdirAll(s.cfg.Dir, 0o700); err != nil {
		return fmt.Errorf("make job folder: %w", err)
	}
	lock, err := os.OpenFile(filepath.Join(s.cfg.Dir, "lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return err
	}
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		return errors.Join(fmt.Errorf("%s: %w", s.cfg.Dir, ErrInUse), lock.Close())
	}
	s.lock = lock
	ns, err := natsserver.NewServer(&natsserver.Options{
		ServerName: "nutgraf", DontListen: true, NoSigs: true, NoLog: true, MaxPayload: maxPayload,
		JetStream: true, StoreDir: s.cfg.Dir, SyncAlways: true, JetStreamMaxStore: s.maxStore(), JetStreamMaxMemory: 64 << 20,
	})
	if err != nil {
		return fmt.Errorf("start the job store: %w", err)
	}
	s.embedded = ns
	ns.Start()
	if !ns.ReadyForConnections(30 * time.Second) {
		return errors.New("the job store did not start in 30 s")
	}
	return nil
}

// StopWork ends work on jobs: what was begun and not ended is given back. It returns at once.
func (s *Store) StopWork() { s.stop() }

// Close ends work on jobs and closes the store.
func (s *Store) Close() {
	s.stop()
	s.done.Wait()
	s.disconnect()
}

func (s *Store) disconnect() {
	if s.nc != nil {
		s.nc.Close()
	}
	if s.embedded != nil {
		s.embedded.Shutdown()
		s.embedded.WaitForShutdown()
	}
	if s.lock != nil {
		_ = s.lock.Close()
	}
}

// diskWatch returns a function that says whether the disk of the embedded store is nearly full, looked up at most every
// 100 ms. JetStream turns itself off when a write fails for lack of room, so the store stops before.
func (s *Store) diskWatch() func() bool {
	if s.embedded == nil {
		return func() bool { return false }
	}
	var (
		mu   sync.Mutex
		at   time.Time
		full bool
	)
	return func() bool {
		mu.Lock()
		defer mu.Unlock()
		if time.Since(at) > 100*time.Millisecond {
			at = time.Now()
			var fs syscall.Statfs_t
			full = syscall.Statfs(s.cfg.Dir, &fs) == nil && int64(fs.Bavail)*fs.Bsize < s.cfg.MinFreeBytes
		}
		return full
	}
}

// storeError turns an error of JetStream into one of this package.
func storeError(err error) error {
	var api *jetstream.APIError
	switch {
	case err == nil:
		return nil
	case errors.Is(err, jetstream.ErrStreamNotFound), errors.Is(err, jetstream.ErrKeyNotFound), errors.Is(err, jetstream.ErrConsumerNotFound):
		return ErrNotFound
	case errors.As(err, &api):
		switch api.ErrorCode {
		case insufficientResources, insufficientStorage, storeFailed, noMessageResources:
			return ErrFull
		}
	}
	// The cause is not wrapped: that the store took too long is not that the caller's time is out.
	return fmt.Errorf("%w: %v", ErrStore, err)
}

// Codes of the JetStream API that its client has no names for.
const (
	insufficientResources jetstream.ErrorCode = 10023
	insufficientStorage   jetstream.ErrorCode = 10047
	noMessageResources    jetstream.ErrorCode = 10028
	storeFailed           jetstream.ErrorCode = 10077
	streamSealed          jetstream.ErrorCode = 10109
)

func hash(s string) string {
	h := sha256.Sum256([]byte(s))
	return hex.EncodeToString(h[:16])
}
