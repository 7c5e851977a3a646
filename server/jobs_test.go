package server

import (
	"errors"
	"fmt"
	"io"
	"testing"
	"time"

	nutgrafv1 "example.invalid/nutgraf/gen/go/nutgraf/v1"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

func withJobs(t *testing.T) func(*Config) {
	dir := t.TempDir()
	return func(c *Config) { c.JobsDir = dir }
}

// addItems puts items with the given texts into a job; the id is the text.
func addItems(t *testing.T, c nutgrafv1.JobServiceClient, name string, texts ...string) (*nutgrafv1.AddJobItemsResponse, error) {
	t.Helper()
	stream, err := c.AddJobItems(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range texts {
		item := &nutgrafv1.BatchItem{ItemId: text, Article: article(text)}
		if err := stream.Send(&nutgrafv1.AddJobItemsRequest{Name: name, Item: item}); err != nil {
			break // the status comes with the answer
		}
	}
	return stream.CloseAndRecv()
}

func readResults(t *testing.T, c nutgrafv1.JobServiceClient, req *nutgrafv1.ReadJobResultsRequest) (bodies map[string]string, cursor string) {
	t.Helper()
	stream, err := c.ReadJobResults(t.Context(), req)
	if err != nil {
		t.Fatal(err)
	}
	bodies = map[string]string{}
	for {
		m, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			return bodies, cursor
		}
		if err != nil {
			t.Fatal(err)
		}
		cursor = m.GetCursor()
		bodies[m.GetResult().GetItemId()] = m.GetResult().GetExtraction().GetContent().GetText() + status.FromProto(m.GetResult().GetError()).Message()
	}
}

func TestJob(t *testing.T) {
	s := start(t, withJobs(t), echo)
	c := nutgrafv1.NewJobServiceClient(s.conn)
	created, err := c.CreateJob(t.Context(), &nutgrafv1.CreateJobRequest{RequestId: "once"})
	if err != nil {
		t.Fatal(err)
	}
	name := created.GetJob().GetName()
	if again, err := c.CreateJob(t.Context(), &nutgrafv1.CreateJobRequest{RequestId: "once"}); err != nil || again.GetJob().GetName() != name {
		t.Errorf("CreateJob again = %v, %v", again, err)
	}
	const n = 20
	var texts []string
	for i := range n {
		texts = append(texts, fmt.Sprint("text ", i))
	}
	resp, err := addItems(t, c, name, append(texts, "")...)
	if err != nil || resp.GetAccepted() != n || len(resp.GetRejected()) != 1 {
		t.Fatalf("AddJobItems = %v, %v", resp, err)
	}
	if resp, err := addItems(t, c, name, texts...); err != nil || resp.GetDuplicates() != n {
		t.Errorf("AddJobItems again = %v, %v", resp, err)
	}
	if _, err := c.SealJob(t.Context(), &nutgrafv1.SealJobRequest{Name: name}); err != nil {
		t.Fatal(err)
	}
	got, _ := readResults(t, c, &nutgrafv1.ReadJobResultsRequest{Name: name, Follow: true})
	for _, text := range texts {
		if got[text] != text {
			t.Errorf("result of %q is %q", text, got[text])
		}
	}
	watch, err := c.WatchJob(t.Context(), &nutgrafv1.WatchJobRequest{Name: name})
	if err != nil {
		t.Fatal(err)
	}
	var last *nutgrafv1.Job
	for {
		m, err := watch.Recv()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		last = m.GetJob()
	}
	if last.GetState() != nutgrafv1.JobState_JOB_STATE_SUCCEEDED || last.GetItemsSucceeded() != n {
		t.Errorf("last of WatchJob = %v", last)
	}
	list, err := c.ListJobs(t.Context(), &nutgrafv1.ListJobsRequest{})
	if err != nil || len(list.GetJobs()) != 1 {
		t.Errorf("ListJobs = %v, %v", list, err)
	}
	if _, err := c.DeleteJob(t.Context(), &nutgrafv1.DeleteJobRequest{Name: name}); err != nil {
		t.Error(err)
	}
}

// A bad article of a job is the answer of that item, and is found by failures_only.
func TestJobItemFailure(t *testing.T) {
	s := start(t, withJobs(t), echo)
	c := nutgrafv1.NewJobServiceClient(s.conn)
	created, err := c.CreateJob(t.Context(), &nutgrafv1.CreateJobRequest{})
	if err != nil {
		t.Fatal(err)
	}
	name := created.GetJob().GetName()
	stream, err := c.AddJobItems(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	bad := article("x")
	bad.Source.Url = "not a URL"
	for _, item := range []*nutgrafv1.BatchItem{{ItemId: "bad", Article: bad}, {ItemId: "none"}, {ItemId: "good", Article: article("good")}} {
		if err := stream.Send(&nutgrafv1.AddJobItemsRequest{Name: name, Item: item}); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := stream.CloseAndRecv(); err != nil {
		t.Fatal(err)
	}
	if _, err := c.SealJob(t.Context(), &nutgrafv1.SealJobRequest{Name: name}); err != nil {
		t.Fatal(err)
	}
	got, _ := readResults(t, c, &nutgrafv1.ReadJobResultsRequest{Name: name, Follow: true, FailuresOnly: true})
	if len(got) != 2 || got["bad"] != "invalid request: source.url: not an absolute http or https URL" || got["none"] == "" {
		t.Errorf("failures = %v", got)
	}
}

func TestJobStatuses(t *testing.T) {
	s := start(t, withJobs(t), echo)
	c := nutgrafv1.NewJobServiceClient(s.conn)
	created, err := c.CreateJob(t.Context(), &nutgrafv1.CreateJobRequest{})
	if err != nil {
		t.Fatal(err)
	}
	name := created.GetJob().GetName()
	if _, err := c.CancelJob(t.Context(), &nutgrafv1.CancelJobRequest{Name: name}); err != nil {
		t.Fatal(err)
	}
	const other = "jobs/00000000000000000000000000000000"
	_, getErr := c.GetJob(t.Context(), &nutgrafv1.GetJobRequest{Name: other})
	_, addErr := addItems(t, c, name, "late")
	_, noneErr := addItems(t, c, other, "lost")
	_, sealErr := c.SealJob(t.Context(), &nutgrafv1.SealJobRequest{Name: name})
	_, pageErr := c.ListJobs(t.Context(), &nutgrafv1.ListJobsRequest{PageSize: 201})
	reader, err := c.ReadJobResults(t.Context(), &nutgrafv1.ReadJobResultsRequest{Name: name, Cursor: "x"})
	if err != nil {
		t.Fatal(err)
	}
	_, cursorErr := reader.Recv()
	for call, test := range map[string]struct {
		err    error
		code   codes.Code
		reason string
	}{
		"GetJob of none":             {getErr, codes.NotFound, "JOB_NOT_FOUND"},
		"AddJobItems to a cancelled": {addErr, codes.FailedPrecondition, "JOB_STATE"},
		"AddJobItems to none":        {noneErr, codes.NotFound, "JOB_NOT_FOUND"},
		"SealJob of a cancelled":     {sealErr, codes.FailedPrecondition, "JOB_STATE"},
		"ListJobs with a large page": {pageErr, codes.InvalidArgument, "INVALID_REQUEST"},
		"ReadJobResults with x":      {cursorErr, codes.InvalidArgument, "INVALID_REQUEST"},
	} {
		if reason, _, _ := details(t, test.err); status.Code(test.err) != test.code || reason != test.reason {
			t.Errorf("%s = %v with reason %q, want %v %q", call, test.err, reason, test.code, test.reason)
		}
	}
}

// Those who follow a job do not hold up a server that stops.
func TestJobReadersDoNotHoldUpDrain(t *testing.T) {
	s := start(t, withJobs(t), echo)
	c := nutgrafv1.NewJobServiceClient(s.conn)
	created, err := c.CreateJob(t.Context(), &nutgrafv1.CreateJobRequest{})
	if err != nil {
		t.Fatal(err)
	}
	name := created.GetJob().GetName()
	reader, err := c.ReadJobResults(t.Context(), &nutgrafv1.ReadJobResultsRequest{Name: name, Follow: true})
	if err != nil {
		t.Fatal(err)
	}
	watcher, err := c.WatchJob(t.Context(), &nutgrafv1.WatchJobRequest{Name: name})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := watcher.Recv(); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	if err := s.stop(); err != nil {
		t.Fatal(err)
	}
	if took := time.Since(began); took > s.cfg.DrainTime/2 {
		t.Errorf("drain took %v", took)
	}
	for what, recv := range map[string]func() error{
		"reader":  func() error { _, err := reader.Recv(); return err },
		"watcher": func() error { _, err := watcher.Recv(); return err },
	} {
		if err := recv(); status.Code(err) != codes.Unavailable {
			t.Errorf("%s ended with %v, want UNAVAILABLE", what, err)
		}
	}
}

// The tenant of a job is who the credentials say.
func TestJobsOfTenants(t *testing.T) {
	const one, two = "a token of some length", "another of some length"
	tokens := writeFile(t, "tokens", tokenLine("one", one)+tokenLine("two", two))
	jobs := withJobs(t)
	s := start(t, func(c *Config) { jobs(c); c.AuthTokensFile = tokens }, echo)
	c := nutgrafv1.NewJobServiceClient(s.conn)
	created, err := c.CreateJob(withToken(t.Context(), one), &nutgrafv1.CreateJobRequest{})
	if err != nil {
		t.Fatal(err)
	}
	get := &nutgrafv1.GetJobRequest{Name: created.GetJob().GetName()}
	if _, err := c.GetJob(withToken(t.Context(), one), get); err != nil {
		t.Error(err)
	}
	if _, err := c.GetJob(withToken(t.Context(), two), get); status.Code(err) != codes.NotFound {
		t.Errorf("another tenant's GetJob = %v, want NOT_FOUND", err)
	}
	if _, err := c.GetJob(t.Context(), get); status.Code(err) != codes.Unauthenticated {
		t.Errorf("GetJob without credentials = %v, want UNAUTHENTICATED", err)
	}
}
