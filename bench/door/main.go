// Command door measures what hostile or heavy callers can take: the memory an article needs for each byte, how far extraction
// runs past its deadline, and the memory of a server that is sent more than it has room for.
package main

import (
	"context"
	"flag"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"strconv"
	"strings"
	"syscall"
	"time"

	"example.invalid/nutgraf/extractors"
	nutgrafv1 "example.invalid/nutgraf/gen/go/nutgraf/v1"
	"example.invalid/nutgraf/internal/pipeline"
)

// documents are invented pages that are heavy in different ways, each of about n bytes.
var documents = []struct {
	name string
	page func(n int) string
}{
	{"prose", func(n int) string {
		return fill(n, "<p>The council of Aven said on Monday that the bridge would open in March, Mayor Ada Brook told reporters.</p>\n")
	}},
	{"one paragraph", func(n int) string {
		return "<p>" + fill(n, "The council of Aven said on Monday that the bridge would open in March. ")
	}},
	{"quotes", func(n int) string {
		return fill(n, "<p>“We are glad,” said Ada Brook. “It is <b>done</b>,” he added on 3 May 2024.</p>\n")
	}},
	{"names", func(n int) string { return "<p>" + fill(n, "Ada Brook met Carl Dorn of Enfield Foods in Lund. ") }},
	{"empty elements", func(n int) string { return fill(n, "<b></b>") }},
	{"nested elements", func(n int) string { return fill(n, "<div>") }},
	{"attributes", func(n int) string { return fill(n, `<a href="/x" class="y" id="z">w</a> `) }},
	{"one word", func(n int) string { return "<p>" + fill(n, "x") }},
}

func fill(n int, unit string) string {
	return "<html><body><article><h1>Bridge</h1>" + strings.Repeat(unit, n/len(unit)+1)
}

func request(html string) *nutgrafv1.ArticleRequest {
	return &nutgrafv1.ArticleRequest{Source: &nutgrafv1.Source{Content: &nutgrafv1.Source_Html{Html: &nutgrafv1.HtmlContent{Data: []byte(html)}}}}
}

func main() {
	size := flag.Int("size", 1<<20, "bytes of a document; 0: only the siege")
	binary := flag.String("binary", "bin/nutgraf", "the server to overload; empty: none")
	limit := flag.Int64("limit", 512<<20, "its memory limit")
	callers := flag.Int("callers", 64, "calls at the same time")
	calls := flag.Int("calls", 256, "calls in all")
	duration := flag.Duration("siege", 20*time.Second, "time of all attacks at once")
	attacks := flag.String("attacks", "", "of heavy, halves, answers, bombs and rubbish, those to make; empty: all")
	flag.Parse()
	if err := run(*size, *binary, *limit, *callers, *calls, *duration, *attacks); err != nil {
		log.Fatal(err)
	}
}

func run(size int, binary string, limit int64, callers, calls int, duration time.Duration, attacks string) error {
	var watch lateness
	set, err := pipeline.NewSet(pipeline.Config{Observe: watch.observe}, extractors.Standard()...)
	if err != nil {
		return err
	}
	ctx := context.Background()
	if size == 0 {
		return siege(ctx, binary, limit, duration, attacks)
	}
	fmt.Printf("documents of %d KiB, GOMAXPROCS %d, %s\n\n", size>>10, runtime.GOMAXPROCS(0), runtime.Version())
	fmt.Println("| document | time | peak memory per byte | past its deadline, at most | of the processor | by |")
	fmt.Println("|---|---|---|---|---|---|")
	for _, d := range documents {
		req := request(d.page(size))
		start := time.Now()
		if _, err := set.Run(ctx, req); err != nil {
			return fmt.Errorf("%s: %w", d.name, err)
		}
		took := time.Since(start)
		peak := peakMemory(func() { _, _ = set.Run(ctx, req) })
		watch = lateness{}
		late, cpu, err := overrun(ctx, set, req, took)
		if err != nil {
			return fmt.Errorf("%s: %w", d.name, err)
		}
		fmt.Printf("| %s | %v | %.1f | %v | %v | %s |\n", d.name, took.Round(time.Millisecond), float64(peak)/float64(size), late.Round(time.Millisecond), cpu.Round(time.Millisecond), watch.extractor)
	}
	if binary == "" {
		return nil
	}
	if err := overload(ctx, binary, limit, callers, calls, request(documents[0].page(size))); err != nil {
		return err
	}
	return siege(ctx, binary, limit, duration, attacks)
}

// peakMemory returns the most bytes of objects while f ran, above those before. A collector that is always at work keeps
// garbage out of the figure.
func peakMemory(f func()) uint64 {
	defer debug.SetGCPercent(debug.SetGCPercent(10))
	runtime.GC()
	sample := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	metrics.Read(sample)
	before, peak := sample[0].Value.Uint64(), uint64(0)
	done := make(chan struct{})
	go func() {
		defer close(done)
		f()
	}()
	for {
		select {
		case <-done:
			return peak - min(peak, before)
		case <-time.After(500 * time.Microsecond):
			metrics.Read(sample)
			peak = max(peak, sample[0].Value.Uint64())
		}
	}
}

// lateness finds the extractor that ended latest after its deadline.
type lateness struct {
	worst     time.Duration
	extractor string
}

func (l *lateness) observe(ctx context.Context, spec *pipeline.Spec) (context.Context, func(pipeline.Outcome)) {
	begun := time.Now()
	return ctx, func(pipeline.Outcome) {
		if deadline, ok := ctx.Deadline(); ok && begun.Before(deadline) && time.Since(deadline) > l.worst {
			l.worst, l.extractor = time.Since(deadline), spec.Name
		}
	}
}

// overrun returns how long after its deadline extraction ended, and how much time of the processor the process used from then on,
// which other load on the machine does not add to; the worst of a few deadlines.
func overrun(ctx context.Context, set *pipeline.Set, req *nutgrafv1.ArticleRequest, about time.Duration) (worst, cpu time.Duration, err error) {
	for i := range 10 {
		allowed := about * time.Duration(i+1) / 12
		at := make(chan time.Duration, 1)
		timer := time.AfterFunc(allowed, func() { at <- processorTime() })
		ctx, cancel := context.WithTimeout(ctx, allowed)
		_, err = set.Run(ctx, req)
		ended := processorTime()
		deadline, _ := ctx.Deadline()
		worst = max(worst, time.Since(deadline))
		cancel()
		if err != nil {
			return 0, 0, err
		}
		if !timer.Stop() {
			cpu = max(cpu, ended-<-at)
		}
	}
	return worst, cpu, nil
}

func processorTime() time.Duration {
	var r syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &r) // always succeeds for oneself
	return time.Duration(r.Utime.Nano() + r.Stime.Nano())
}

// residentPeak returns the most memory that a process ever had resident.
func residentPeak(pid int) (int64, error) {
	text, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "status"))
	if err != nil {
		return 0, err
	}
	for line := range strings.SplitSeq(string(text), "\n") {
		if value, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			kib, err := strconv.ParseInt(strings.Fields(value)[0], 10, 64)
			return kib << 10, err
		}
	}
	return 0, fmt.Errorf("no VmHWM of process %d", pid)
}
