package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	nutgraf "example.invalid/nutgraf/clients/go"
	nutgrafv1 "example.invalid/nutgraf/gen/go/nutgraf/v1"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
)

func median(x []float64) float64 {
	x = slices.Sorted(slices.Values(x))
	return x[len(x)/2]
}

// hostile are small documents that ask for much.
var hostile = [][]byte{
	[]byte(strings.Repeat("<div>", 5000) + "deep"),
	[]byte("<p>" + strings.Repeat("<b><i><font>", 3000)),
	[]byte("<script type=application/ld+json>" + strings.Repeat("[", 20000)),
	[]byte("<p>" + strings.Repeat("“", 20000)),
	[]byte("<table>" + strings.Repeat("<tr><td>", 5000)),
	[]byte(strings.Repeat("\x00\xff\xfe", 5000)),
	[]byte("<p " + strings.Repeat("a=b ", 10000) + ">x"),
	[]byte("%PDF-1.7" + strings.Repeat("stream", 1000)),
}

// soak sends a long stream with one hostile document in a hundred and watches the server's memory and goroutines.
func (b *bench) soak() error {
	s, err := b.serve("", "--jobs-dir", "off")
	if err != nil {
		return err
	}
	client, err := connect(s.grpc, time.Minute)
	if err != nil {
		return err
	}
	base, err := s.goroutines()
	if err != nil {
		return err
	}
	articles := func(yield func(*nutgrafv1.BatchItem) bool) {
		for n := range b.items {
			it := item(n)
			if n%100 == 50 {
				it.Article = article(hostile[n/100%len(hostile)])
			}
			if !yield(it) {
				return
			}
		}
	}
	var early, late int64
	done, failed := 0, 0
	began := time.Now()
	for r, err := range client.ExtractMany(context.Background(), articles, nil) {
		if err != nil {
			return err
		}
		var e *nutgraf.Error
		if errors.As(r.Err, &e) {
			if failed++; e.Code != codes.InvalidArgument {
				return fmt.Errorf("item %s: %w", r.ItemID, r.Err)
			}
		}
		if done++; done%1000 == 0 {
			rss, err := residentBytes(s.cmd.Process.Pid)
			if err != nil {
				return err
			}
			if done <= b.items/4 {
				early = max(early, rss)
			} else {
				late = max(late, rss)
			}
		}
	}
	took := time.Since(began)
	if err := client.Close(); err != nil {
		return err
	}
	time.Sleep(time.Second)
	after, err := s.goroutines()
	if err != nil {
		return err
	}
	fmt.Printf("soak: %d items, %d refused, %.0f/s; resident at most %d MiB in the first quarter, %d MiB after; %d goroutines before, %d after\n",
		done, failed, float64(done)/took.Seconds(), early>>20, late>>20, base, after)
	if done != b.items || float64(late) > 1.25*float64(early) || after > base+2 {
		return errors.New("items are missing, memory grew by more than a quarter, or goroutines stayed")
	}
	return s.signal(syscall.SIGTERM)
}

func (s *server) goroutines() (int, error) {
	resp, err := http.Get("http://" + s.admin + "/metrics")
	if err != nil {
		return 0, err
	}
	defer resp.Body.Close()
	lines := bufio.NewScanner(resp.Body)
	for lines.Scan() {
		if v, ok := strings.CutPrefix(lines.Text(), "go_goroutines "); ok {
			n, err := strconv.ParseFloat(v, 64)
			return int(n), err
		}
	}
	return 0, errors.New("no go_goroutines among the metrics")
}

func residentBytes(pid int) (int64, error) {
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", pid))
	if err != nil {
		return 0, err
	}
	var size, resident int64
	if _, err := fmt.Sscan(string(data), &size, &resident); err != nil && !errors.Is(err, io.EOF) {
		return 0, err
	}
	return resident * int64(os.Getpagesize()), nil
}

// load is what callers at a steady rate, who do not wait for answers, got.
type load struct {
	offered, good, refused, other int
	latencies, refusals           []time.Duration
	took                          time.Duration
}

func (l *load) goodput() float64 { return float64(l.good) / l.took.Seconds() }

func quantile(d []time.Duration, q float64) time.Duration {
	if len(d) == 0 {
		return 0
	}
	d = slices.Sorted(slices.Values(d))
	return d[int(q*float64(len(d)-1))]
}

// offer sends unary calls at a rate for a time, without retries.
func offer(stub nutgrafv1.ExtractionServiceClient, req *nutgrafv1.ArticleRequest, rate float64, d time.Duration) *load {
	l := &load{}
	var mu sync.Mutex
	var calls sync.WaitGroup
	began := time.Now()
	for n := 0; ; n++ {
		due := began.Add(time.Duration(float64(n) / rate * float64(time.Second)))
		if due.Sub(began) > d {
			break
		}
		time.Sleep(time.Until(due))
		l.offered++
		calls.Go(func() {
			ctx, cancel := background(10 * time.Second)
			defer cancel()
			start := time.Now()
			_, err := stub.Extract(ctx, req)
			took := time.Since(start)
			mu.Lock()
			defer mu.Unlock()
			switch code := status.Code(err); code {
			case codes.OK:
				l.good++
				l.latencies = append(l.latencies, took)
			case codes.ResourceExhausted:
				l.refused++
				l.refusals = append(l.refusals, took)
			default:
				l.other++
			}
		})
	}
	calls.Wait()
	l.took = time.Since(began)
	return l
}

// overload offers one, then five times what the server can do.
func (b *bench) overload() error {
	s, err := b.serve("", "--jobs-dir", "off", "--workers", "1", "--max-held", "16")
	if err != nil {
		return err
	}
	client, err := connect(s.grpc, time.Minute)
	if err != nil {
		return err
	}
	defer client.Close()
	stub := nutgrafv1.NewExtractionServiceClient(client.Conn())
	req := article(slices.Concat(page(1), slices.Repeat(page(2)[100:1000], 40)))
	// Capacity is what eight callers get who wait for each answer.
	var done atomic.Int64
	stop := time.Now().Add(5 * time.Second)
	var callers sync.WaitGroup
	var lat [8][]time.Duration
	for i := range lat {
		callers.Go(func() {
			for time.Now().Before(stop) {
				start := time.Now()
				if _, err := stub.Extract(context.Background(), proto.CloneOf(req)); err == nil {
					done.Add(1)
					lat[i] = append(lat[i], time.Since(start))
				}
			}
		})
	}
	callers.Wait()
	peak, peakP99 := float64(done.Load())/5, quantile(slices.Concat(lat[:]...), .99)
	over := offer(stub, req, 5*peak, 10*time.Second)
	fmt.Printf("overload: peak %.0f/s with p99 %v; at 5 times that %d offered, goodput %.0f/s (%.2f of peak), accepted p99 %v, %d refused with median %v and p99 %v, %d other\n",
		peak, peakP99.Round(time.Millisecond), over.offered, over.goodput(), over.goodput()/peak, quantile(over.latencies, .99).Round(time.Millisecond),
		over.refused, quantile(over.refusals, .5).Round(10*time.Microsecond), quantile(over.refusals, .99).Round(10*time.Microsecond), over.other)
	return s.signal(syscall.SIGTERM)
}
