package jobs

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	nutgrafv1 "example.invalid/nutgraf/gen/go/nutgraf/v1"
	"github.com/google/go-cmp/cmp"
	"google.golang.org/genproto/googleapis/rpc/code"
	"google.golang.org/genproto/googleapis/rpc/status"
	"google.golang.org/protobuf/proto"
)

// echo answers with the text as the body, and refuses a text with "bad" in it.
func echo(_ context.Context, _ string, req *nutgrafv1.ArticleRequest) (*nutgrafv1.ExtractStreamResponse, bool) {
	text := req.GetSource().GetPlainText().GetText()
	if strings.Contains(text, "bad") {
		return &nutgrafv1.ExtractStreamResponse{Outcome: &nutgrafv1.ExtractStreamResponse_Error{
			Error: &status.Status{Code: int32(code.Code_INVALID_ARGUMENT), Message: "bad"},
		}}, false
	}
	return &nutgrafv1.ExtractStreamResponse{Outcome: &nutgrafv1.ExtractStreamResponse_Extraction{
		Extraction: &nutgrafv1.Extraction{Content: &nutgrafv1.Content{Text: text}},
	}}, false
}

func config(dir string) Config {
	return Config{
		Dir: dir, MaxItems: 1000, Retention: time.Hour, AckWait: time.Second, MaxTries: 5, Workers: 4,
		PipelineDigest: "sha256:aa", Extract: echo, Log: slog.New(slog.DiscardHandler),
	}
}

func open(t *testing.T, cfg Config) *Store {
	t.Helper()
	s, err := Open(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func item(id, text string) *nutgrafv1.BatchItem {
	return &nutgrafv1.BatchItem{ItemId: id, Article: &nutgrafv1.ArticleRequest{
		Source: &nutgrafv1.Source{Content: &nutgrafv1.Source_PlainText{PlainText: &nutgrafv1.PlainTextContent{Text: text}}},
	}}
}

func create(t *testing.T, s *Store, tenant string) string {
	t.Helper()
	job, err := s.Create(t.Context(), tenant, "", nil)
	if err != nil {
		t.Fatal(err)
	}
	return job.GetName()
}

func add(t *testing.T, s *Store, tenant, name string, items ...*nutgrafv1.BatchItem) map[Verdict]int {
	t.Helper()
	got := map[Verdict]int{}
	a, err := s.Add(t.Context(), tenant, name, func(_ string, v Verdict) { got[v]++ })
	if err != nil {
		t.Fatal(err)
	}
	for _, it := range items {
		if err := a.Put(t.Context(), it); err != nil {
			t.Fatal(err)
		}
	}
	if err := a.Wait(t.Context()); err != nil {
		t.Fatal(err)
	}
	return got
}

// results reads all results after a cursor: id to the number of times it came.
func results(t *testing.T, s *Store, tenant, name, cursor string, follow bool) (map[string]int, string) {
	t.Helper()
	got := map[string]int{}
	err := s.Results(t.Context(), tenant, name, cursor, follow, func(r *nutgrafv1.ExtractStreamResponse, c string) error {
		got[r.GetItemId()]++
		cursor = c
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return got, cursor
}

func waitFor(t *testing.T, s *Store, tenant, name string, state nutgrafv1.JobState) *nutgrafv1.Job {
	t.Helper()
	for range 600 {
		job, err := s.Get(t.Context(), tenant, name)
		if err != nil {
			t.Fatal(err)
		}
		if job.GetState() == state {
			return job
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Fatalf("job did not get to %v", state)
	return nil
}

func TestJobFromBeginningToEnd(t *testing.T) {
	t.Parallel()
	s := open(t, config(t.TempDir()))
	defer s.Close()
	name := create(t, s, "a")
	const n = 200
	var items []*nutgrafv1.BatchItem
	want := map[string]int{}
	for i := range n {
		text := "good"
		if i%10 == 0 {
			text = "bad"
		}
		items = append(items, item(fmt.Sprint("item ", i), text))
		want[fmt.Sprint("item ", i)] = 1
	}
	if got := add(t, s, "a", name, items...); got[Accepted] != n || len(got) != 1 {
		t.Errorf("first time: %v", got)
	}
	if got := add(t, s, "a", name, items...); got[Duplicate] != n || len(got) != 1 {
		t.Errorf("second time: %v", got)
	}
	if got := add(t, s, "a", name, item("item 0", "another")); got[Conflict] != 1 {
		t.Errorf("another article under the same id: %v", got)
	}
	if _, err := s.Seal(t.Context(), "a", name); err != nil {
		t.Fatal(err)
	}
	got, cursor := results(t, s, "a", name, "", true)
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("results (-want +got)\n%s", d)
	}
	job := waitFor(t, s, "a", name, nutgrafv1.JobState_JOB_STATE_SUCCEEDED)
	if job.GetItemsTotal() != n || job.GetItemsFailed() != n/10 || job.GetItemsSucceeded() != n-n/10 || job.GetEndTime() == nil || job.GetExpireTime() == nil {
		t.Errorf("job = %v", job)
	}
	if rest, _ := results(t, s, "a", name, cursor, false); len(rest) != 0 {
		t.Errorf("after the last cursor came %v", rest)
	}
	if _, err := s.Add(t.Context(), "a", name, nil); !errors.Is(err, ErrState) {
		t.Errorf("Add to a job that ended = %v, want ErrState", err)
	}
	if err := s.Delete(t.Context(), "a", name); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Get(t.Context(), "a", name); !errors.Is(err, ErrNotFound) {
		t.Errorf("Get of a deleted job = %v, want ErrNotFound", err)
	}
}

func TestCursorGoesOnWhereItWas(t *testing.T) {
	t.Parallel()
	s := open(t, config(t.TempDir()))
	defer s.Close()
	name := create(t, s, "a")
	seen := map[string]int{}
	cursor := ""
	for round := range 5 {
		for i := range 10 {
			add(t, s, "a", name, item(fmt.Sprint(round, "/", i), "x"))
		}
		for len(seen) < 10*(round+1) {
			got, next := results(t, s, "a", name, cursor, false)
			for id, n := range got {
				seen[id] += n
			}
			cursor = next
		}
	}
	for id, n := range seen {
		if n != 1 {
			t.Errorf("item %s came %d times", id, n)
		}
	}
	if err := s.Results(t.Context(), "a", name, "x", false, nil); !errors.Is(err, ErrCursor) {
		t.Errorf("bad cursor: %v", err)
	}
}

func TestTenantsSeeTheirOwn(t *testing.T) {
	t.Parallel()
	s := open(t, config(t.TempDir()))
	defer s.Close()
	name := create(t, s, "a")
	ctx := t.Context()
	_, getErr := s.Get(ctx, "b", name)
	_, addErr := s.Add(ctx, "b", name, nil)
	_, sealErr := s.Seal(ctx, "b", name)
	_, cancelErr := s.Cancel(ctx, "b", name)
	for call, err := range map[string]error{
		"Get": getErr, "Add": addErr, "Seal": sealErr, "Cancel": cancelErr,
		"Delete": s.Delete(ctx, "b", name), "Results": s.Results(ctx, "b", name, "", false, nil),
	} {
		if !errors.Is(err, ErrNotFound) {
			t.Errorf("%s of another tenant's job = %v, want ErrNotFound", call, err)
		}
	}
	if jobs, _, err := s.List(ctx, "b", 10, ""); err != nil || len(jobs) != 0 {
		t.Errorf("List for another tenant = %v, %v", jobs, err)
	}
	for _, bad := range []string{"", "jobs/", "jobs/*", "jobs/" + strings.Repeat("z", 32), name + ".x"} {
		if _, err := s.Get(ctx, "a", bad); !errors.Is(err, ErrNotFound) {
			t.Errorf("Get(%q) = %v, want ErrNotFound", bad, err)
		}
	}
}

func TestRequestIDAndPages(t *testing.T) {
	t.Parallel()
	s := open(t, config(t.TempDir()))
	defer s.Close()
	one, err := s.Create(t.Context(), "a", "r1", nil)
	if err != nil {
		t.Fatal(err)
	}
	again, err := s.Create(t.Context(), "a", "r1", nil)
	if err != nil || again.GetName() != one.GetName() {
		t.Errorf("same request id gave %v and %v, %v", one.GetName(), again.GetName(), err)
	}
	if other, err := s.Create(t.Context(), "b", "r1", nil); err != nil || other.GetName() == one.GetName() {
		t.Errorf("another tenant's request id gave %v, %v", other.GetName(), err)
	}
	for range 4 {
		time.Sleep(2 * time.Millisecond) // ids sort by the millisecond
		create(t, s, "a")
	}
	var names []string
	for token := ""; ; {
		jobs, next, err := s.List(t.Context(), "a", 2, token)
		if err != nil {
			t.Fatal(err)
		}
		for _, j := range jobs {
			names = append(names, j.GetName())
		}
		if token = next; token == "" {
			break
		}
	}
	if len(names) != 5 || names[4] != one.GetName() {
		t.Errorf("pages gave %v, want five with %v last", names, one.GetName())
	}
}

func TestCancelKeepsResults(t *testing.T) {
	t.Parallel()
	cfg := config(t.TempDir())
	hold := make(chan struct{})
	cfg.Extract = func(ctx context.Context, tenant string, req *nutgrafv1.ArticleRequest) (*nutgrafv1.ExtractStreamResponse, bool) {
		if req.GetSource().GetPlainText().GetText() == "slow" {
			select {
			case <-hold:
			case <-ctx.Done():
				return nil, true
			}
		}
		return echo(ctx, tenant, req)
	}
	s := open(t, cfg)
	defer s.Close()
	defer close(hold)
	name := create(t, s, "a")
	add(t, s, "a", name, item("1", "x"), item("2", "slow"))
	for {
		if got, _ := results(t, s, "a", name, "", false); got["1"] == 1 {
			break
		}
	}
	job, err := s.Cancel(t.Context(), "a", name)
	if err != nil || job.GetState() != nutgrafv1.JobState_JOB_STATE_CANCELLED || job.GetItemsTotal() != 2 || job.GetItemsSucceeded() != 1 {
		t.Errorf("Cancel = %v, %v", job, err)
	}
	if got, _ := results(t, s, "a", name, "", true); len(got) != 1 {
		t.Errorf("results after cancel: %v", got)
	}
}

// A store that is closed and opened again, by a server of another pipeline, goes on with what was acknowledged.
func TestReopen(t *testing.T) {
	t.Parallel()
	cfg := config(t.TempDir())
	var began atomic.Int64
	stuck := cfg
	stuck.Extract = func(ctx context.Context, _ string, _ *nutgrafv1.ArticleRequest) (*nutgrafv1.ExtractStreamResponse, bool) {
		began.Add(1)
		<-ctx.Done()
		return nil, true
	}
	s := open(t, stuck)
	name := create(t, s, "a")
	for i := range 20 {
		add(t, s, "a", name, item(fmt.Sprint(i), "x"))
	}
	if _, err := s.Seal(t.Context(), "a", name); err != nil {
		t.Fatal(err)
	}
	for began.Load() < 4 {
		time.Sleep(10 * time.Millisecond)
	}
	if _, err := Open(t.Context(), cfg); !errors.Is(err, ErrInUse) {
		t.Errorf("a second store on the folder = %v, want ErrInUse", err)
	}
	s.Close()

	cfg.PipelineDigest = "sha256:bb"
	s = open(t, cfg)
	defer s.Close()
	job := waitFor(t, s, "a", name, nutgrafv1.JobState_JOB_STATE_SUCCEEDED)
	if job.GetItemsSucceeded() != 20 || !job.GetMixedPipelines() {
		t.Errorf("job = %v", job)
	}
	got, _ := results(t, s, "a", name, "", false)
	for id, n := range got {
		if n != 1 {
			t.Errorf("item %s came %d times", id, n)
		}
	}
}

func TestResultIsStoredOnce(t *testing.T) {
	t.Parallel()
	s := open(t, config(t.TempDir()))
	defer s.Close()
	name := create(t, s, "a")
	id := strings.TrimPrefix(name, "jobs/")
	failed, _ := echo(t.Context(), "", item("", "bad").Article)
	good, _ := echo(t.Context(), "", item("", "x").Article)
	for _, r := range []*nutgrafv1.ExtractStreamResponse{failed, good, failed} {
		r = proto.CloneOf(r)
		r.ItemId = "1"
		if err := s.storeResult(t.Context(), id, r); err != nil {
			t.Fatal(err)
		}
	}
	job, err := s.Get(t.Context(), "a", name)
	if err != nil || job.GetItemsFailed() != 1 || job.GetItemsSucceeded() != 0 {
		t.Errorf("job = %v, %v; want the first answer, a failure", job, err)
	}
}

func TestGivesUpOnPoison(t *testing.T) {
	t.Parallel()
	cfg := config(t.TempDir())
	cfg.AckWait, cfg.MaxTries = 300*time.Millisecond, 2
	cfg.Extract = func(ctx context.Context, tenant string, req *nutgrafv1.ArticleRequest) (*nutgrafv1.ExtractStreamResponse, bool) {
		if req.GetSource().GetPlainText().GetText() == "poison" {
			return nil, true // never answered
		}
		return echo(ctx, tenant, req)
	}
	s := open(t, cfg)
	defer s.Close()
	name := create(t, s, "a")
	add(t, s, "a", name, item("1", "x"), item("2", "poison"), item("3", "x"))
	if _, err := s.Seal(t.Context(), "a", name); err != nil {
		t.Fatal(err)
	}
	job := waitFor(t, s, "a", name, nutgrafv1.JobState_JOB_STATE_SUCCEEDED)
	if job.GetItemsSucceeded() != 2 || job.GetItemsFailed() != 1 {
		t.Errorf("job = %v", job)
	}
}

func TestLimits(t *testing.T) {
	t.Parallel()
	cfg := config(t.TempDir())
	cfg.MaxItems = 3
	s := open(t, cfg)
	defer s.Close()
	name := create(t, s, "a")
	var items []*nutgrafv1.BatchItem
	for i := range 5 {
		items = append(items, item(fmt.Sprint(i), "x"))
	}
	if got := add(t, s, "a", name, items...); got[Accepted] != 3 || got[TooMany] != 2 {
		t.Errorf("five items into a job of three: %v", got)
	}
	if got := add(t, s, "a", name, item("large", strings.Repeat("x", maxPayload))); got[TooLarge] != 1 {
		t.Errorf("an item above the message limit: %v", got)
	}

	cfg = config(t.TempDir())
	cfg.MinFreeBytes = 1 << 60
	full := open(t, cfg)
	defer full.Close()
	if _, err := full.Create(t.Context(), "a", "", nil); !errors.Is(err, ErrFull) {
		t.Errorf("Create on a full disk = %v, want ErrFull", err)
	}

	cfg = config(t.TempDir())
	cfg.MaxBytes = 1 << 20
	small := open(t, cfg)
	defer small.Close()
	name = create(t, small, "a")
	a, err := small.Add(t.Context(), "a", name, func(string, Verdict) {})
	if err != nil {
		t.Fatal(err)
	}
	for i := range 100 {
		noise := make([]byte, 0, 64<<10)
		for k := range 4 << 10 {
			noise = fmt.Appendf(noise, "%x", (k*2654435761+i*40503)^(k<<7))
		}
		if err = a.Put(t.Context(), item(fmt.Sprint(i), string(noise))); err != nil {
			break
		}
	}
	if err == nil {
		err = a.Wait(t.Context())
	}
	if !errors.Is(err, ErrFull) {
		t.Errorf("more items than the store may hold = %v, want ErrFull", err)
	}
}

func TestExpiredJobsGo(t *testing.T) {
	t.Parallel()
	cfg := config(t.TempDir())
	cfg.Retention = time.Millisecond
	s := open(t, cfg)
	defer s.Close()
	name := create(t, s, "a")
	if _, err := s.Cancel(t.Context(), "a", name); err != nil {
		t.Fatal(err)
	}
	for range 100 {
		if _, err := s.Get(t.Context(), "a", name); errors.Is(err, ErrNotFound) {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Error("an expired job is still there")
}
