package server

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	nutgrafv1 "example.invalid/nutgraf/gen/go/nutgraf/v1"
	"example.invalid/nutgraf/internal/jobs"
	"example.invalid/nutgraf/internal/pipeline"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
)

const (
	// maxRejected is how many refused items AddJobItems names.
	maxRejected      = 100
	maxRequestID     = 128
	watchEvery       = time.Second
	jobAckWait       = 10 * time.Second
	jobMaxTries      = 10
	jobItemsFullName = nutgrafv1.JobService_AddJobItems_FullMethodName
)

var (
	errItemConflict = errors.New("the id is taken by another article")
	errTooManyItems = errors.New("the job has all the items it may have")
)

// jobStatuses are the statuses of what can go wrong with jobs. The messages are those of the errors, which hold nothing of
// the caller's.
var jobStatuses = []struct {
	err   error
	code  codes.Code
	why   reason
	retry time.Duration
}{
	{jobs.ErrNotFound, codes.NotFound, reasonNoJob, 0},
	{jobs.ErrState, codes.FailedPrecondition, reasonJobState, 0},
	{jobs.ErrFull, codes.ResourceExhausted, reasonJobsFull, 0},
	{jobs.ErrStore, codes.Unavailable, reasonJobsDown, time.Second},
	{errItemConflict, codes.AlreadyExists, reasonItemConflict, 0},
	{errTooManyItems, codes.ResourceExhausted, reasonTooManyItems, 0},
}

// jobService serves durable jobs from a store.
type jobService struct {
	nutgrafv1.UnimplementedJobServiceServer
	s     *Server
	store *jobs.Store
}

// openJobs opens the store of jobs that the configuration names, or returns nil if it names none. Work on jobs begins at
// once, behind the same links as any other item.
func (s *Server) openJobs(ctx context.Context) (*jobService, error) {
	dir := s.cfg.JobsDir
	if dir == JobsDirAuto {
		dir = stateDir()
	}
	if dir == "" && s.cfg.JobsURL == "" {
		return nil, nil
	}
	handle := s.itemHandler(jobItemsFullName)
	store, err := jobs.Open(ctx, jobs.Config{
		Dir: dir, URL: s.cfg.JobsURL, Replicas: s.cfg.JobsReplicas,
		MaxBytes: s.cfg.JobsMaxBytes, MinFreeBytes: s.cfg.JobsMinFreeBytes, MaxItems: s.cfg.JobsMaxItems, Retention: s.cfg.JobsRetention,
		AckWait: jobAckWait, MaxTries: jobMaxTries, Workers: s.cfg.Workers, PipelineDigest: s.set.Digest(), Log: s.log,
		Extract: func(ctx context.Context, tenant string, req *nutgrafv1.ArticleRequest) (*nutgrafv1.ExtractStreamResponse, bool) {
			x, err := handle(context.WithValue(ctx, callKey{}, &call{tenant: tenant}), req)
			if err == nil {
				return &nutgrafv1.ExtractStreamResponse{Outcome: &nutgrafv1.ExtractStreamResponse_Extraction{Extraction: x}}, false
			}
			st := status.Convert(err)
			return &nutgrafv1.ExtractStreamResponse{Outcome: &nutgrafv1.ExtractStreamResponse_Error{Error: st.Proto()}}, passing(st)
		},
	})
	if errors.Is(err, jobs.ErrInUse) && s.cfg.JobsDir == JobsDirAuto {
		s.log.Warn("no jobs here: another server has the default folder", "jobs_dir", dir)
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("jobs: %w", err)
	}
	return &jobService{s: s, store: store}, nil
}

// stateDir is where a server that nobody configured keeps its jobs, or "" if this user has no home.
func stateDir() string {
	state := os.Getenv("XDG_STATE_HOME")
	if state == "" {
		home, err := os.UserHomeDir()
		if err != nil {
			return ""
		}
		state = filepath.Join(home, ".local", "state")
	}
	return filepath.Join(state, "nutgraf", "jobs")
}

// passing reports whether a status says something about the server at this moment, not about the article.
func passing(st *status.Status) bool {
	switch st.Code() {
	case codes.Unavailable, codes.Canceled:
		return true
	case codes.ResourceExhausted:
		for _, d := range st.Details() {
			if _, ok := d.(*errdetails.RetryInfo); ok {
				return true
			}
		}
	}
	return false
}

// CreateJob implements nutgrafv1.JobServiceServer.
func (j *jobService) CreateJob(ctx context.Context, req *nutgrafv1.CreateJobRequest) (*nutgrafv1.CreateJobResponse, error) {
	if err := j.s.set.ValidateOptions("default_options", req.GetDefaultOptions()); err != nil {
		return nil, statusOf(ctx, err).Err()
	}
	if n := len(req.GetRequestId()); n > maxRequestID {
		return nil, statusOf(ctx, pipeline.Invalid("request_id", "%d bytes, at most %d", n, maxRequestID)).Err()
	}
	job, err := j.store.Create(ctx, tenant(ctx), req.GetRequestId(), req.GetDefaultOptions())
	if err != nil {
		return nil, statusOf(ctx, err).Err()
	}
	return &nutgrafv1.CreateJobResponse{Job: job}, nil
}

// AddJobItems implements nutgrafv1.JobServiceServer.
func (j *jobService) AddJobItems(stream grpc.ClientStreamingServer[nutgrafv1.AddJobItemsRequest, nutgrafv1.AddJobItemsResponse]) error {
	ctx := stream.Context()
	resp := &nutgrafv1.AddJobItemsResponse{}
	reject := func(id string, err error) {
		if len(resp.Rejected) < maxRejected {
			resp.Rejected = append(resp.Rejected, &nutgrafv1.RejectedItem{ItemId: clipped(id, maxEchoedIDBytes), Error: statusOf(ctx, err).Proto()})
		}
	}
	var (
		adder *jobs.Adder
		name  string
	)
	for {
		m, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return statusOf(ctx, err).Err()
		}
		switch {
		case adder == nil:
			name = m.GetName()
			adder, err = j.store.Add(ctx, tenant(ctx), name, func(id string, v jobs.Verdict) {
				switch v {
				case jobs.Accepted:
					resp.Accepted++
				case jobs.Duplicate:
					resp.Duplicates++
				case jobs.Conflict:
					reject(id, errItemConflict)
				case jobs.TooLarge:
					reject(id, pipeline.Invalid("item.article", "larger than the largest item of a job"))
				case jobs.TooMany:
					reject(id, errTooManyItems)
				}
			})
			if err != nil {
				return statusOf(ctx, err).Err()
			}
		case m.GetName() != "" && m.GetName() != name:
			return statusOf(ctx, pipeline.Invalid("name", "another job than that of the first message")).Err()
		}
		if m.GetItem() == nil {
			continue
		}
		if bad := checkItemID(m.GetItem().GetItemId(), false); bad != nil {
			reject(m.GetItem().GetItemId(), bad)
			continue
		}
		if err := adder.Put(ctx, m.GetItem()); err != nil {
			return statusOf(ctx, err).Err()
		}
	}
	if adder == nil {
		return statusOf(ctx, pipeline.Invalid("name", "no message was sent")).Err()
	}
	if err := adder.Wait(ctx); err != nil {
		return statusOf(ctx, err).Err()
	}
	return stream.SendAndClose(resp)
}

// SealJob implements nutgrafv1.JobServiceServer.
func (j *jobService) SealJob(ctx context.Context, req *nutgrafv1.SealJobRequest) (*nutgrafv1.SealJobResponse, error) {
	job, err := j.store.Seal(ctx, tenant(ctx), req.GetName())
	if err != nil {
		return nil, statusOf(ctx, err).Err()
	}
	return &nutgrafv1.SealJobResponse{Job: job}, nil
}

// GetJob implements nutgrafv1.JobServiceServer.
func (j *jobService) GetJob(ctx context.Context, req *nutgrafv1.GetJobRequest) (*nutgrafv1.GetJobResponse, error) {
	job, err := j.store.Get(ctx, tenant(ctx), req.GetName())
	if err != nil {
		return nil, statusOf(ctx, err).Err()
	}
	return &nutgrafv1.GetJobResponse{Job: job}, nil
}

// ListJobs implements nutgrafv1.JobServiceServer.
func (j *jobService) ListJobs(ctx context.Context, req *nutgrafv1.ListJobsRequest) (*nutgrafv1.ListJobsResponse, error) {
	size := int(req.GetPageSize())
	switch {
	case size < 0 || size > maxPageSize:
		return nil, statusOf(ctx, pipeline.Invalid("page_size", "not between 0 and %d", maxPageSize)).Err()
	case size == 0:
		size = defaultPageSize
	}
	found, next, err := j.store.List(ctx, tenant(ctx), size, req.GetPageToken())
	if err != nil {
		return nil, statusOf(ctx, err).Err()
	}
	return &nutgrafv1.ListJobsResponse{Jobs: found, NextPageToken: next}, nil
}

// WatchJob implements nutgrafv1.JobServiceServer.
func (j *jobService) WatchJob(req *nutgrafv1.WatchJobRequest, stream grpc.ServerStreamingServer[nutgrafv1.WatchJobResponse]) error {
	ctx := stream.Context()
	tick := time.NewTicker(watchEvery)
	defer tick.Stop()
	var last *nutgrafv1.Job
	for {
		job, err := j.store.Get(ctx, tenant(ctx), req.GetName())
		if err != nil {
			return statusOf(ctx, err).Err()
		}
		if !proto.Equal(job, last) {
			if err := stream.Send(&nutgrafv1.WatchJobResponse{Job: job}); err != nil {
				return err
			}
			last = job
		}
		if job.GetEndTime() != nil {
			return nil
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return statusOf(ctx, ctx.Err()).Err()
		case <-j.s.draining:
			return statusOf(ctx, errDraining).Err()
		}
	}
}

// CancelJob implements nutgrafv1.JobServiceServer.
func (j *jobService) CancelJob(ctx context.Context, req *nutgrafv1.CancelJobRequest) (*nutgrafv1.CancelJobResponse, error) {
	job, err := j.store.Cancel(ctx, tenant(ctx), req.GetName())
	if err != nil {
		return nil, statusOf(ctx, err).Err()
	}
	return &nutgrafv1.CancelJobResponse{Job: job}, nil
}

// ReadJobResults implements nutgrafv1.JobServiceServer.
func (j *jobService) ReadJobResults(req *nutgrafv1.ReadJobResultsRequest, stream grpc.ServerStreamingServer[nutgrafv1.ReadJobResultsResponse]) error {
	// A reader that follows must not hold up a drain.
	ctx, cancel := context.WithCancelCause(stream.Context())
	defer cancel(nil)
	stop := make(chan struct{})
	defer close(stop)
	go func() {
		select {
		case <-j.s.draining:
			cancel(errDraining)
		case <-stop:
		}
	}()
	err := j.store.Results(ctx, tenant(ctx), req.GetName(), req.GetCursor(), req.GetFollow(), func(r *nutgrafv1.ExtractStreamResponse, cursor string) error {
		if req.GetFailuresOnly() && r.GetError() == nil {
			return nil
		}
		return stream.Send(&nutgrafv1.ReadJobResultsResponse{Result: r, Cursor: cursor})
	})
	switch cause := context.Cause(ctx); {
	case errors.Is(err, jobs.ErrCursor):
		err = pipeline.Invalid("cursor", "not one that ReadJobResults gave")
	case err != nil && cause != nil:
		err = cause
	}
	return statusOf(ctx, err).Err()
}

// DeleteJob implements nutgrafv1.JobServiceServer.
func (j *jobService) DeleteJob(ctx context.Context, req *nutgrafv1.DeleteJobRequest) (*nutgrafv1.DeleteJobResponse, error) {
	if err := j.store.Delete(ctx, tenant(ctx), req.GetName()); err != nil {
		return nil, statusOf(ctx, err).Err()
	}
	return &nutgrafv1.DeleteJobResponse{}, nil
}
