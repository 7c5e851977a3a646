package pipeline

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"time"

	nutgrafv1 "example.invalid/nutgraf/gen/go/nutgraf/v1"
	"google.golang.org/genproto/googleapis/rpc/code"
	"google.golang.org/genproto/googleapis/rpc/status"
	"google.golang.org/protobuf/types/known/durationpb"
)

const defaultSummarySentences = 3

// Outcome is how one run of an extractor ended.
type Outcome struct {
	// Code is that of the run's status.
	Code code.Code
	// Elapsed is the wall time of the run.
	Elapsed time.Duration
	// Err is what the extractor returned; for a panic, a *PanicError.
	Err error
}

// Observer is called before each run of an extractor, and what it returns after the run, in the same goroutine. The
// extractor runs under the returned context.
type Observer func(ctx context.Context, spec *Spec) (context.Context, func(Outcome))

// PanicError is what became of a panic in an extractor.
type PanicError struct {
	Value any
	Stack []byte
}

func (e *PanicError) Error() string { return fmt.Sprintf("panic: %v", e.Value) }

// Run extracts one article from a request that Validate accepted. One extractor that fails, or is out of time, is a line in
// runs. Run returns an error if ctx is cancelled, if time is out and the request's policy is to fail then, if the pipeline
// is not the one the request insists on (*PreconditionError), or if the document is of a kind that no extractor can read.
func (s *Set) Run(ctx context.Context, req *nutgrafv1.ArticleRequest) (*nutgrafv1.Extraction, error) {
	opts := req.GetOptions()
	if want := opts.GetRequirePipelineDigest(); want != "" && want != s.digest {
		return nil, &PreconditionError{Field: "options.require_pipeline_digest", Description: "this server's pipeline is " + s.digest}
	}
	paths := opts.GetReadMask().GetPaths()
	keep := parseMask(paths)
	a := &article{req: req, out: &nutgrafv1.Extraction{}, asked: make(map[string]bool, len(paths))}
	for _, p := range paths {
		a.asked[p] = true
	}
	run := s.plan(s.wanted(keep))
	selected, err := s.selections(opts)
	if err != nil {
		return nil, err
	}
	extraction, cancel := withMargin(ctx, opts.GetDeadlinePolicy())
	defer cancel()

	var failed uint64
	for i := range s.nodes {
		if run&(1<<i) == 0 {
			continue
		}
		n := &s.nodes[i]
		choice := selected[n.spec.Name]
		if choice.GetDisabled() {
			failed |= 1 << i
			continue
		}
		line := &nutgrafv1.ExtractorRun{ExtractorId: n.spec.Name, Version: n.spec.Version, ArtifactDigest: n.spec.Digest}
		a.out.Runs = append(a.out.Runs, line)
		if n.requires&failed != 0 {
			line.Status = &status.Status{Code: int32(code.Code_FAILED_PRECONDITION), Message: "a required field's provider did not succeed"}
			failed |= 1 << i
			continue
		}
		part, outcome := s.runOne(extraction, n, Input{article: a, visible: n.visible}, opts)
		line.Elapsed = durationpb.New(outcome.Elapsed)
		if err := ctx.Err(); err != nil && (errors.Is(err, context.Canceled) || opts.GetDeadlinePolicy() == nutgrafv1.DeadlinePolicy_DEADLINE_POLICY_FAIL) {
			return nil, err
		}
		if outcome.Code != code.Code_OK {
			line.Status = &status.Status{Code: int32(outcome.Code), Message: message(outcome)}
			failed |= 1 << i
			if outcome.Code == code.Code_INVALID_ARGUMENT {
				return nil, outcome.Err
			}
			continue
		}
		a.merge(part, n.provides, uint32(len(a.out.Runs)-1))
	}
	return s.finish(a, keep)
}

// wanted returns the nodes that provide what the mask keeps.
func (s *Set) wanted(keep mask) uint64 {
	if keep == nil {
		return 1<<len(s.nodes) - 1
	}
	var w uint64
	for name := range keep {
		if i, ok := s.provider[Field(name)]; ok {
			w |= 1 << i
		}
	}
	return w
}

func (s *Set) selections(opts *nutgrafv1.ExtractionOptions) (map[string]*nutgrafv1.ExtractorSelection, error) {
	if len(opts.GetExtractors()) == 0 {
		return nil, nil
	}
	m := make(map[string]*nutgrafv1.ExtractorSelection, len(opts.GetExtractors()))
	for i, e := range opts.GetExtractors() {
		n := &s.nodes[s.byName[e.GetExtractorId()]]
		if v := e.GetVersion(); v != "" && v != n.spec.Version {
			return nil, &PreconditionError{
				Field:       fmt.Sprintf("options.extractors[%d].version", i),
				Description: fmt.Sprintf("%s is at version %s here", n.spec.Name, n.spec.Version),
			}
		}
		m[e.GetExtractorId()] = e
	}
	return m, nil
}

// withMargin ends extraction early enough before the caller's deadline to send what is done.
func withMargin(ctx context.Context, policy nutgrafv1.DeadlinePolicy) (context.Context, context.CancelFunc) {
	deadline, ok := ctx.Deadline()
	if !ok || policy == nutgrafv1.DeadlinePolicy_DEADLINE_POLICY_FAIL {
		return ctx, func() {}
	}
	margin := min(time.Until(deadline)/10, 50*time.Millisecond)
	return context.WithDeadline(ctx, deadline.Add(-margin))
}

func (s *Set) runOne(ctx context.Context, n *node, in Input, opts *nutgrafv1.ExtractionOptions) (part *nutgrafv1.Extraction, o Outcome) {
	if budget := budget(n.spec.Budget, opts); budget > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, budget)
		defer cancel()
	}
	done := func(Outcome) {}
	if s.observe != nil {
		ctx, done = s.observe(ctx, &n.spec)
	}
	start := time.Now()
	defer func() {
		if r := recover(); r != nil {
			part, o = nil, Outcome{Code: code.Code_INTERNAL, Err: &PanicError{Value: r, Stack: debug.Stack()}}
		}
		o.Elapsed = time.Since(start)
		done(o)
	}()
	if err := ctx.Err(); err != nil {
		return nil, Outcome{Code: codeOf(err), Err: err}
	}
	part, err := n.Extract(ctx, in)
	return part, Outcome{Code: codeOf(err), Err: err}
}

func budget(own time.Duration, opts *nutgrafv1.ExtractionOptions) time.Duration {
	asked := opts.GetExtractorTimeout().AsDuration()
	if own == 0 || asked > 0 && asked < own {
		return asked
	}
	return own
}

func codeOf(err error) code.Code {
	var invalid *InvalidError
	switch {
	case err == nil:
		return code.Code_OK
	case errors.Is(err, context.DeadlineExceeded):
		return code.Code_DEADLINE_EXCEEDED
	case errors.Is(err, context.Canceled):
		return code.Code_CANCELLED
	case errors.As(err, &invalid):
		return code.Code_INVALID_ARGUMENT
	}
	return code.Code_INTERNAL
}

// message is what the caller reads: never the text of a panic or of an unexpected error, which may hold article text.
func message(o Outcome) string {
	switch o.Code {
	case code.Code_DEADLINE_EXCEEDED:
		return "out of time"
	case code.Code_CANCELLED:
		return "cancelled"
	}
	return "the extractor failed"
}
