package bulk

import (
	"context"
	"fmt"
	"iter"
	"strconv"
	"sync"

	nutgraf "example.invalid/nutgraf/clients/go"
	nutgrafv1 "example.invalid/nutgraf/gen/go/nutgraf/v1"
	"google.golang.org/grpc/status"
)

// Stream extracts many articles over one stream and yields one result for each, in any order, as [nutgraf.Client.ExtractMany] does. An
// error ends the run.
type Stream func(context.Context, iter.Seq[*nutgrafv1.BatchItem], *nutgrafv1.ExtractionOptions) iter.Seq2[nutgraf.Result, error]

// streamItems is how many articles a stream takes before another one is opened in its place, so that a server that came back gets its
// part of them again.
const streamItems = 2000

// stream answers jobs over one stream after another, until there are no more.
func stream(ctx context.Context, cfg Config, work <-chan job) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	for first := range work {
		s := &streamed{work: work, sent: map[string]job{}}
		for r, err := range cfg.Stream(ctx, s.items(ctx, first), cfg.Options) {
			if err != nil {
				cancel() // the stream waits for its items to end
				return fmt.Errorf("extract: %w", err)
			}
			j := s.take(r.ItemID)
			result := Result{Item: j.item, Extraction: r.Extraction}
			if r.Err != nil {
				result.Err = status.Convert(r.Err)
			}
			j.result <- result
		}
	}
	return ctx.Err()
}

// streamed is what one stream has in flight. Items have numbers for ids there, for those of an input may be anything.
type streamed struct {
	work <-chan job
	mu   sync.Mutex // items are read from another goroutine
	sent map[string]job
}

// items yields the first job's item and those of the jobs after it.
func (s *streamed) items(ctx context.Context, first job) iter.Seq[*nutgrafv1.BatchItem] {
	return func(yield func(*nutgrafv1.BatchItem) bool) {
		for j, n := first, 1; ; n++ {
			if j.item.Err != nil {
				j.result <- unread(j.item)
			} else {
				id := strconv.Itoa(n)
				s.mu.Lock()
				s.sent[id] = j
				s.mu.Unlock()
				if !yield(&nutgrafv1.BatchItem{ItemId: id, Article: j.item.Article}) {
					return
				}
			}
			if n == streamItems {
				return
			}
			var ok bool
			select {
			case j, ok = <-s.work:
				if !ok {
					return
				}
			case <-ctx.Done():
				return
			}
		}
	}
}

func (s *streamed) take(id string) job {
	s.mu.Lock()
	defer s.mu.Unlock()
	j := s.sent[id]
	delete(s.sent, id)
	return j
}
