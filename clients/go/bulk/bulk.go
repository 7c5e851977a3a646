// Package bulk runs many articles from files to files: folders, JSON Lines, WARC and Parquet in, JSON Lines and Parquet out.
// Memory is bounded by what is in flight, whatever the size of the input, and a run that was killed goes on where its
// output ends.
package bulk

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"sync"
	"time"

	nutgrafv1 "example.invalid/nutgraf/gen/go/nutgraf/v1"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// Item is one article of a source.
type Item struct {
	// ID is the caller's name for it: from the input where it has one, else the path, record id or line number.
	ID string
	// Article is what to extract; nil if Err is set.
	Article *nutgrafv1.ArticleRequest
	// Err says why the item could not be read. The items after it are not affected.
	Err error
}

// Result is the answer to one item: an extraction, or a status.
type Result struct {
	Item       Item
	Extraction *nutgrafv1.Extraction
	Err        *status.Status
}

// BrokenError says that the rest of a file cannot be read: it is cut off, or is not what its name says.
type BrokenError struct {
	Path string
	Err  error
}

func (e *BrokenError) Error() string { return fmt.Sprintf("%s: broken: %v", e.Path, e.Err) }

func (e *BrokenError) Unwrap() error { return e.Err }

// Reasons of items that were not extracted because they could not be read; others are those of the service.
const (
	ReasonUnreadable = "ITEM_UNREADABLE"
	ReasonBroken     = "INPUT_BROKEN" // an item that stands for the rest of a file
)

// Source gives the items of an input, always in the same order. An error ends it; a file whose rest cannot be read gives an item
// with a BrokenError instead, and those after it are not affected.
type Source interface {
	Items(ctx context.Context) iter.Seq2[Item, error]
	// Progress returns how much of the input has been read, in bytes; total is 0 if it is not known.
	Progress() (read, total int64)
	Close() error
}

// Extract extracts one article. An error is a gRPC status of that article alone, unless its code says that the service
// cannot be used: UNAVAILABLE, UNAUTHENTICATED, PERMISSION_DENIED, UNIMPLEMENTED and CANCELED end the run.
type Extract func(context.Context, *nutgrafv1.ArticleRequest) (*nutgrafv1.Extraction, error)

// Config is what a run needs.
type Config struct {
	Source Source
	Output *Output
	// Extract or Stream is set.
	Extract Extract
	Stream  Stream
	// Workers is how many articles are in work at once, by Extract, or about as many, by Stream; at least 1.
	Workers int
	// Streams is how many streams there are at once; at least 1.
	Streams int
	// Options are for every item; nil means the service's defaults.
	Options *nutgrafv1.ExtractionOptions
	// Report is called about once a second and at the end; nil means nobody asks.
	Report func(Summary)
}

// Summary is how far a run has come.
type Summary struct {
	// Items answered in this run, and before it if it was resumed.
	Items, Before int64
	// Failed counts the failures of this run by reason, such as INVALID_REQUEST.
	Failed map[string]int64
	// Read and Total are bytes of the input; Total is 0 if unknown.
	Read, Total int64
	Elapsed     time.Duration
	// Done is set on the last report of a run that came to the end of its input.
	Done bool
}

type job struct {
	item   Item
	result chan Result
}

// Run answers every item of the source that the output does not hold yet, in input order. When stop is cancelled it reads
// no more, finishes what is in flight and returns nil with Summary.Done unset; when ctx is cancelled it ends at once.
// Either way the output can be resumed.
func Run(ctx, stop context.Context, cfg Config) (Summary, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	start := time.Now()
	sum := Summary{Before: cfg.Output.Items(), Failed: map[string]int64{}}
	report := func() {
		sum.Elapsed = time.Since(start)
		sum.Read, sum.Total = cfg.Source.Progress()
		if cfg.Report != nil {
			cfg.Report(sum)
		}
	}

	workers := max(cfg.Workers, 1)
	work := make(chan job)
	ordered := make(chan job, 4*workers)
	var ( // how the source ended; read after ordered is closed
		ended  bool
		broken error
	)
	var wg sync.WaitGroup
	if cfg.Stream != nil {
		for range max(cfg.Streams, 1) {
			wg.Go(func() {
				if err := stream(ctx, cfg, work); err != nil {
					cancel(err)
				}
			})
		}
	} else {
		for range workers {
			wg.Go(func() {
				for j := range work {
					j.result <- answer(ctx, cfg, j.item)
				}
			})
		}
	}
	wg.Go(func() {
		defer close(ordered)
		defer close(work)
		skip := sum.Before
		for item, err := range cfg.Source.Items(ctx) {
			if err != nil {
				broken = fmt.Errorf("read input: %w", err)
				return
			}
			if skip > 0 {
				skip--
				continue
			}
			if stop.Err() != nil {
				return
			}
			j := job{item, make(chan Result, 1)}
			select {
			case ordered <- j:
			case <-ctx.Done():
				return
			}
			select {
			case work <- j:
			case <-ctx.Done():
				return
			}
		}
		ended = true
	})

	err := collect(ctx, cfg, ordered, &sum, report)
	cancel(err)
	for range ordered { // let the reader and the workers end
	}
	wg.Wait()
	err = cmp.Or(err, broken)
	if err == nil && ended {
		sum.Done = true
		err = cfg.Output.finish()
	} else {
		err = errors.Join(err, cfg.Output.commit())
	}
	report()
	return sum, err
}

// collect writes results in order, and commits and reports as time goes.
func collect(ctx context.Context, cfg Config, ordered <-chan job, sum *Summary, report func()) error {
	reported := time.Now()
	for j := range ordered {
		var r Result
		select {
		case r = <-j.result:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
		if r.Err != nil {
			switch r.Err.Code() {
			case codes.Unavailable, codes.Unauthenticated, codes.PermissionDenied, codes.Unimplemented, codes.Canceled:
				return fmt.Errorf("extract %q: %w", r.Item.ID, r.Err.Err())
			}
			sum.Failed[reason(r)]++
		}
		if err := cfg.Output.write(r); err != nil {
			return fmt.Errorf("write %q: %w", r.Item.ID, err)
		}
		sum.Items++
		now := time.Now()
		if err := cfg.Output.commitIfDue(now); err != nil {
			return fmt.Errorf("write output: %w", err)
		}
		if now.Sub(reported) > time.Second {
			report()
			reported = now
		}
	}
	return context.Cause(ctx)
}

// reason is why a result is no extraction.
func reason(r Result) string {
	var broken *BrokenError
	switch {
	case errors.As(r.Item.Err, &broken):
		return ReasonBroken
	case r.Item.Err != nil:
		return ReasonUnreadable
	}
	for _, d := range r.Err.Details() {
		if info, ok := d.(*errdetails.ErrorInfo); ok {
			return info.GetReason()
		}
	}
	return r.Err.Code().String()
}

func answer(ctx context.Context, cfg Config, item Item) Result {
	if item.Err != nil {
		return unread(item)
	}
	if item.Article.Options == nil {
		item.Article.Options = cfg.Options
	}
	r := Result{Item: item}
	x, err := cfg.Extract(ctx, item.Article)
	if err != nil {
		r.Err = status.Convert(err)
		return r
	}
	r.Extraction = x
	return r
}

// unread is the result of an item that could not be read.
func unread(item Item) Result {
	r := Result{Item: item}
	code := codes.InvalidArgument
	if reason(r) == ReasonBroken {
		code = codes.DataLoss
	}
	r.Err = status.New(code, item.Err.Error())
	return r
}
