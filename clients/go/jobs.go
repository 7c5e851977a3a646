package nutgraf

import (
	"context"
	"crypto/rand"
	"errors"
	"io"
	"iter"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	nutgrafv1 "example.invalid/nutgraf/gen/go/nutgraf/v1"
)

const (
	// Items of a job are acknowledged chunk by chunk, so that after the loss of the server one chunk is sent again.
	maxChunkItems = 500
	maxChunkBytes = 16 << 20
)

// Job is a durable job of the server. It outlives this process: its name is all it takes to find it again.
type Job struct {
	// Name is "jobs/" and an id.
	Name   string
	client *Client
	stub   nutgrafv1.JobServiceClient
}

// Added says what became of items put into a job.
type Added struct {
	// Accepted items are on disk. Duplicates were there already, equal.
	Accepted, Duplicates int64
	// Rejected are the first that were refused, with reasons; at most 100 of every 500 items.
	Rejected []*nutgrafv1.RejectedItem
}

// JobResult is a result with the cursor after it.
type JobResult struct {
	Result
	// Cursor, kept somewhere safe, is where [Job.Results] goes on after a restart.
	Cursor string
}

// Job returns the job of that name. It makes no call.
func (c *Client) Job(name string) *Job {
	return &Job{Name: name, client: c, stub: nutgrafv1.NewJobServiceClient(c.conn)}
}

// CreateJob creates a job. Options are for items that have none of their own, and may be nil.
func (c *Client) CreateJob(ctx context.Context, options *nutgrafv1.ExtractionOptions) (*Job, error) {
	j := c.Job("")
	// The same id in every try makes one job of them all.
	resp, err := call(ctx, c, j.stub.CreateJob, &nutgrafv1.CreateJobRequest{RequestId: rand.Text(), DefaultOptions: options})
	if err != nil {
		return nil, err
	}
	j.Name = resp.GetJob().GetName()
	return j, nil
}

// SubmitJob creates a job of the items and seals it. After an error the job, if it is not nil, is there with what was added:
// the same items may be added again, for those that are there are skipped.
func (c *Client) SubmitJob(
	ctx context.Context, items iter.Seq[*nutgrafv1.BatchItem], options *nutgrafv1.ExtractionOptions,
) (*Job, Added, error) {
	j, err := c.CreateJob(ctx, options)
	if err != nil {
		return nil, Added{}, err
	}
	added, err := j.Add(ctx, items)
	if err == nil {
		_, err = j.Seal(ctx)
	}
	return j, added, err
}

// Add puts items into the job. When it returns without an error, all of them are on the server's disk.
func (j *Job) Add(ctx context.Context, items iter.Seq[*nutgrafv1.BatchItem]) (Added, error) {
	var (
		added Added
		chunk []*nutgrafv1.BatchItem
		size  int
	)
	flush := func() error {
		if len(chunk) == 0 {
			return nil
		}
		resp, err := call(ctx, j.client, j.addChunk, chunk)
		if err != nil {
			return err
		}
		added.Accepted += resp.GetAccepted()
		added.Duplicates += resp.GetDuplicates()
		added.Rejected = append(added.Rejected, resp.GetRejected()...)
		chunk, size = nil, 0
		return nil
	}
	for item := range items {
		n := proto.Size(item)
		if len(chunk) == maxChunkItems || size+n > maxChunkBytes {
			if err := flush(); err != nil {
				return added, err
			}
		}
		chunk, size = append(chunk, item), size+n
	}
	return added, flush()
}

func (j *Job) addChunk(ctx context.Context, chunk []*nutgrafv1.BatchItem, opts ...grpc.CallOption) (*nutgrafv1.AddJobItemsResponse, error) {
	stream, err := j.stub.AddJobItems(ctx, opts...)
	if err != nil {
		return nil, err
	}
	for _, item := range chunk {
		if err := stream.Send(&nutgrafv1.AddJobItemsRequest{Name: j.Name, Item: item}); err != nil {
			break // the status comes with the answer
		}
	}
	return stream.CloseAndRecv()
}

// Seal closes the input of the job, which then ends when all items are answered.
func (j *Job) Seal(ctx context.Context) (*nutgrafv1.Job, error) {
	resp, err := call(ctx, j.client, j.stub.SealJob, &nutgrafv1.SealJobRequest{Name: j.Name})
	return resp.GetJob(), err
}

// State returns the job with its counts of this moment.
func (j *Job) State(ctx context.Context) (*nutgrafv1.Job, error) {
	resp, err := call(ctx, j.client, j.stub.GetJob, &nutgrafv1.GetJobRequest{Name: j.Name})
	return resp.GetJob(), err
}

// Cancel stops the job. Results already made stay readable.
func (j *Job) Cancel(ctx context.Context) (*nutgrafv1.Job, error) {
	resp, err := call(ctx, j.client, j.stub.CancelJob, &nutgrafv1.CancelJobRequest{Name: j.Name})
	return resp.GetJob(), err
}

// Delete removes the job, which must have ended, with its results.
func (j *Job) Delete(ctx context.Context) error {
	_, err := call(ctx, j.client, j.stub.DeleteJob, &nutgrafv1.DeleteJobRequest{Name: j.Name})
	return err
}

// ListJobs yields the caller's jobs, newest first.
func (c *Client) ListJobs(ctx context.Context) iter.Seq2[*nutgrafv1.Job, error] {
	return func(yield func(*nutgrafv1.Job, error) bool) {
		req := &nutgrafv1.ListJobsRequest{}
		for {
			resp, err := call(ctx, c, c.Job("").stub.ListJobs, req)
			if err != nil {
				yield(nil, err)
				return
			}
			for _, job := range resp.GetJobs() {
				if !yield(job, nil) {
					return
				}
			}
			if resp.GetNextPageToken() == "" {
				return
			}
			req = &nutgrafv1.ListJobsRequest{PageToken: resp.GetNextPageToken()}
		}
	}
}

// Watch yields the job at once and after each change, at most one a second, until it has ended. It outlasts the loss of
// the server for up to Config.Timeout.
func (j *Job) Watch(ctx context.Context) iter.Seq2[*nutgrafv1.Job, error] {
	return func(yield func(*nutgrafv1.Job, error) bool) {
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		err := j.again(ctx, func(progress func()) error {
			stream, err := j.stub.WatchJob(ctx, &nutgrafv1.WatchJobRequest{Name: j.Name})
			if err != nil {
				return err
			}
			for {
				m, err := stream.Recv()
				if err != nil {
					return err
				}
				progress()
				if !yield(m.GetJob(), nil) {
					return errLeft
				}
			}
		})
		if err != nil && !errors.Is(err, errLeft) {
			yield(nil, err)
		}
	}
}

// Results yields every result after the cursor, "" for all, each exactly once, until the job has ended. It outlasts the
// loss of the server for up to Config.Timeout.
func (j *Job) Results(ctx context.Context, cursor string) iter.Seq2[JobResult, error] {
	return func(yield func(JobResult, error) bool) {
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		err := j.again(ctx, func(progress func()) error {
			stream, err := j.stub.ReadJobResults(ctx, &nutgrafv1.ReadJobResultsRequest{Name: j.Name, Cursor: cursor, Follow: true})
			if err != nil {
				return err
			}
			for {
				m, err := stream.Recv()
				if err != nil {
					return err
				}
				progress()
				cursor = m.GetCursor()
				r := JobResult{Result: Result{ItemID: m.GetResult().GetItemId(), Extraction: m.GetResult().GetExtraction()}, Cursor: cursor}
				if st := m.GetResult().GetError(); st != nil {
					r.Err = newError(status.FromProto(st))
				}
				if !yield(r, nil) {
					return errLeft
				}
			}
		})
		if err != nil && !errors.Is(err, errLeft) {
			yield(JobResult{}, err)
		}
	}
}

// again runs a stream to its end, anew after each loss of the server. Progress starts the time for retries anew.
func (j *Job) again(ctx context.Context, stream func(progress func()) error) error {
	failures, deadline := 0, time.Time{}
	for {
		err := stream(func() { failures = 0 })
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case errors.Is(err, errLeft):
			return err
		case ctx.Err() != nil:
			return newError(status.New(codes.Canceled, ctx.Err().Error()))
		}
		e := ErrorOf(err)
		delay, ok := e.retryAfter(failures)
		if failures == 0 {
			deadline = time.Now().Add(j.client.timeout)
		}
		failures++
		if !ok || time.Now().Add(delay).After(deadline) {
			return e
		}
		select {
		case <-time.After(delay):
		case <-ctx.Done():
			return e
		}
	}
}
