package bulk

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	nutgraf "example.invalid/nutgraf/clients/go"
	nutgrafv1 "example.invalid/nutgraf/gen/go/nutgraf/v1"
	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// shuffled is a stream that has up to eight items in flight and answers them in any order. After so many answers in all it ends for
// good, if that is above 0.
func shuffled(end int) Stream {
	var mu sync.Mutex
	answers := 0
	return func(ctx context.Context, items iter.Seq[*nutgrafv1.BatchItem], _ *nutgrafv1.ExtractionOptions) iter.Seq2[nutgraf.Result, error] {
		return func(yield func(nutgraf.Result, error) bool) {
			feed := make(chan *nutgrafv1.BatchItem, 8)
			left := make(chan struct{})
			var feeding sync.WaitGroup
			defer feeding.Wait()
			defer close(left)
			feeding.Go(func() {
				defer close(feed)
				for it := range items {
					select {
					case feed <- it:
					case <-left:
						return
					}
				}
			})
			var held []*nutgrafv1.BatchItem
			for more := true; more || len(held) > 0; {
				var it *nutgrafv1.BatchItem
				if len(held) == 0 {
					it, more = <-feed
				} else if more && len(held) < 8 {
					select {
					case it, more = <-feed:
					default:
					}
				}
				if it != nil {
					held = append(held, it)
					continue
				}
				if len(held) == 0 {
					return
				}
				i := rand.IntN(len(held))
				x, err := echo(ctx, held[i].GetArticle())
				r := nutgraf.Result{ItemID: held[i].GetItemId(), Extraction: x}
				if err != nil {
					r.Err = nutgraf.ErrorOf(err)
				}
				held = append(held[:i], held[i+1:]...)
				mu.Lock()
				answers++
				over := end > 0 && answers > end
				mu.Unlock()
				if over {
					yield(nutgraf.Result{}, nutgraf.ErrorOf(status.Error(codes.Unavailable, "gone")))
					return
				}
				if !yield(r, nil) {
					return
				}
			}
		}
	}
}

// Over streams every item is answered once and in order too, whatever its id and whatever broke off.
func TestStreams(t *testing.T) {
	t.Parallel()
	const n = 2*streamItems + 100
	in, dir := input(t, n), t.TempDir()
	cfg := OutputConfig{Path: filepath.Join(dir, "out.jsonl"), Input: in}
	run := func(stream Stream) (Summary, error) {
		return try(t, in, cfg, Config{Stream: stream, Streams: 2, Workers: 4})
	}
	sum, err := run(shuffled(1000))
	if status.Code(err) != codes.Unavailable || sum.Done || sum.Items > 1000 {
		t.Fatalf("servers gone: %+v, %v, want UNAVAILABLE", sum, err)
	}
	cfg.Resume = true
	if sum, err = run(shuffled(0)); err != nil || !sum.Done || sum.Before+sum.Items != n {
		t.Fatalf("resumed: %+v, %v", sum, err)
	}
	if d := cmp.Diff(sequence(n), ids(t, cfg.Path)); d != "" {
		t.Errorf("ids (-want +got)\n%s", d)
	}
}

// Ids of an input may be anything, and a line may be unreadable.
func TestStreamsOfAnyIDs(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	in, out := filepath.Join(dir, "in.jsonl"), filepath.Join(dir, "out.jsonl")
	long := strings.Repeat("x", 1000)
	writeFile(t, in, fmt.Appendf(nil, `{"id":"a","text":"1"}
{"id":"a","text":"2"}
{"id":"%s","text":"3"}
{"id":"none"}
{"id":"b","text":"bad"}
`, long))
	s, err := Open(in)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	o, err := OpenOutput(OutputConfig{Path: out})
	if err != nil {
		t.Fatal(err)
	}
	defer o.Close()
	sum, err := Run(t.Context(), t.Context(), Config{Source: s, Output: o, Stream: shuffled(0), Workers: 3})
	if err != nil || sum.Failed[ReasonUnreadable] != 1 || sum.Failed["InvalidArgument"] != 1 {
		t.Errorf("%+v, %v", sum, err)
	}
	if d := cmp.Diff([]string{"a", "a", long, "none", "b"}, ids(t, out)); d != "" {
		t.Errorf("ids (-want +got)\n%s", d)
	}
}

// What is there is not overwritten unasked.
func TestOutputThatExists(t *testing.T) {
	t.Parallel()
	in := input(t, 20)
	for _, name := range []string{"out.jsonl", "out.parquet"} {
		dir := t.TempDir()
		cfg := OutputConfig{Path: filepath.Join(dir, name), Failures: filepath.Join(dir, "failures.jsonl"), Input: in}
		runOnce(t, in, cfg, echo)
		if _, err := OpenOutput(cfg); !errors.Is(err, ErrExists) {
			t.Errorf("%s: %v, want ErrExists", name, err)
		}
		other := cfg
		other.Path = filepath.Join(dir, "other-"+name)
		if _, err := OpenOutput(other); !errors.Is(err, ErrExists) {
			t.Errorf("%s: failures of another run: %v, want ErrExists", name, err)
		}
		cfg.Overwrite = true
		runOnce(t, in, cfg, echo)
		if d := cmp.Diff(sequence(20), ids(t, cfg.Path)); d != "" {
			t.Errorf("%s: overwritten: ids (-want +got)\n%s", name, d)
		}
	}
}
