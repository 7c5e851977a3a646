package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"example.invalid/nutgraf/extractors"
	nutgrafv1 "example.invalid/nutgraf/gen/go/nutgraf/v1"
	"example.invalid/nutgraf/internal/pipeline"
	"google.golang.org/protobuf/proto"
)

// Roles that this program has in processes of their own, so that each has the memory and the collector that such a program
// has alone.
const (
	inProcess    = "extract-in-process"
	streamClient = "stream-client"
	loadRole     = "load"
	spinRole     = "spin"
)

// roleConfig is what such a process is told.
type roleConfig struct {
	Workers, Items int
	Addr           string
}

// measure is what such a process found.
type measure struct {
	Rate float64 // articles a second
	CPU  float64 // seconds of processor time an article
}

// distinct is how many pages there are; they are sent again and again.
const distinct = 64

// throughput compares a stream to a server with extraction in process, on the same cores, and two workers with one. Both
// extract the same requests with the same options, and both end with the answer as protobuf and its bytes made once.
// Processor time is less disturbed than rates by what else the machine does; a stream's is the client's and the server's.
func (b *bench) throughput() error {
	cores := runtime.NumCPU()
	var rate, cpu, workers, alone, percore []float64
	for range b.rounds {
		in, err := b.role(inProcess, roleConfig{Workers: cores, Items: b.items}, cores)
		if err != nil {
			return err
		}
		stream, err := b.stream(cores, cores)
		if err != nil {
			return err
		}
		one, err := b.stream(1, cores)
		if err != nil {
			return err
		}
		core, err := b.stream(1, 1)
		if err != nil {
			return err
		}
		inOne, err := b.role(inProcess, roleConfig{Workers: 1, Items: b.items}, cores)
		if err != nil {
			return err
		}
		fmt.Printf("in process %.0f/s at %.2f ms of CPU, one worker %.0f/s; stream %.0f/s at %.2f ms, one worker %.0f/s, all on one core %.0f/s\n",
			in.Rate, 1000*in.CPU, inOne.Rate, stream.Rate, 1000*stream.CPU, one.Rate, core.Rate)
		rate, cpu = append(rate, stream.Rate/in.Rate), append(cpu, in.CPU/stream.CPU)
		workers, alone, percore = append(workers, stream.Rate/one.Rate), append(alone, in.Rate/inOne.Rate), append(percore, stream.Rate/core.Rate)
	}
	fmt.Printf("throughput: stream %.2f of in process by rate, %.2f by CPU; %d workers %.2f times one worker, in process %.2f times; %d workers on %d cores %.2f times one on one; medians of %d\n",
		median(rate), median(cpu), cores, median(workers), median(alone), cores, cores, median(percore), b.rounds)
	return nil
}

// role runs this program in a role, on so many cores.
func (b *bench) role(name string, cfg roleConfig, cores int) (m measure, err error) {
	err = b.roleOn(fmt.Sprintf("0-%d", cores-1), name, cfg, &m)
	return m, err
}

// roleOn runs this program in a role, on a range of cores, and reads what it found.
func (b *bench) roleOn(cores, name string, cfg, result any) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	arg, err := json.Marshal(cfg)
	if err != nil {
		return err
	}
	cmd := exec.Command("taskset", "-c", cores, self, name, string(arg))
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return json.Unmarshal(out, result)
}

// stream measures a server with so many workers, and its client, together on so many cores.
func (b *bench) stream(workers, cores int) (measure, error) {
	s, err := b.serveOn(cores, "", "--jobs-dir", "off", "--workers", strconv.Itoa(workers))
	if err != nil {
		return measure{}, err
	}
	// What a server does once is not what an article costs.
	if _, err := b.role(streamClient, roleConfig{Addr: s.grpc, Items: distinct}, cores); err != nil {
		return measure{}, err
	}
	before, err := processorTime(s.cmd.Process.Pid)
	if err != nil {
		return measure{}, err
	}
	m, err := b.role(streamClient, roleConfig{Addr: s.grpc, Items: b.items}, cores)
	if err != nil {
		return m, err
	}
	after, err := processorTime(s.cmd.Process.Pid)
	m.CPU += (after - before).Seconds() / float64(b.items)
	return m, errors.Join(err, s.signal(syscall.SIGTERM))
}

// processorTime returns what a process has used, in steps of a hundredth of a second.
func processorTime(pid int) (time.Duration, error) {
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0, err
	}
	fields := strings.Fields(string(data[strings.LastIndexByte(string(data), ')')+1:]))
	user, err := strconv.Atoi(fields[11])
	if err != nil {
		return 0, err
	}
	system, err := strconv.Atoi(fields[12])
	return time.Duration(user+system) * 10 * time.Millisecond, err
}

// timed measures what f does with the given number of articles.
func timed(articles int, f func() error) (measure, error) {
	var before, after syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &before); err != nil {
		return measure{}, err
	}
	began := time.Now()
	if err := f(); err != nil {
		return measure{}, err
	}
	took := time.Since(began).Seconds()
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &after); err != nil {
		return measure{}, err
	}
	used := after.Utime.Nano() + after.Stime.Nano() - before.Utime.Nano() - before.Stime.Nano()
	return measure{Rate: float64(articles) / took, CPU: float64(used) / 1e9 / float64(articles)}, nil
}

func heavyPages() []*nutgrafv1.ArticleRequest {
	pages := make([]*nutgrafv1.ArticleRequest, distinct)
	for n := range pages {
		pages[n] = article(heavyPage(n))
	}
	return pages
}

// runRole is what this program does in a role.
func runRole(name, arg string) error {
	if name == spinRole {
		for n := uint(0); ; n++ {
		}
	}
	if name == loadRole {
		var c loadConfig
		if err := json.Unmarshal([]byte(arg), &c); err != nil {
			return err
		}
		l, err := offer(c)
		if err != nil {
			return err
		}
		return json.NewEncoder(os.Stdout).Encode(l)
	}
	var cfg roleConfig
	if err := json.Unmarshal([]byte(arg), &cfg); err != nil {
		return err
	}
	pages := heavyPages()
	var m measure
	var err error
	switch name {
	case inProcess:
		set, fault := pipeline.NewSet(pipeline.Config{}, extractors.Standard()...)
		if fault != nil {
			return fault
		}
		if _, err = timed(distinct, func() error { return extractHere(set, pages, cfg.Workers, distinct) }); err == nil {
			m, err = timed(cfg.Items, func() error { return extractHere(set, pages, cfg.Workers, cfg.Items) })
		}
	case streamClient:
		m, err = timed(cfg.Items, func() error { return extractThere(cfg.Addr, pages, cfg.Items) })
	}
	if err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(m)
}

func extractHere(set *pipeline.Set, pages []*nutgrafv1.ArticleRequest, workers, items int) error {
	var next atomic.Int64
	var fault atomic.Pointer[error]
	var work sync.WaitGroup
	for range workers {
		work.Go(func() {
			for n := next.Add(1) - 1; n < int64(items); n = next.Add(1) - 1 {
				x, err := set.Run(context.Background(), pages[n%distinct])
				if err == nil {
					_, err = proto.Marshal(x)
				}
				if err != nil {
					fault.Store(&err)
				}
			}
		})
	}
	work.Wait()
	if err := fault.Load(); err != nil {
		return *err
	}
	return nil
}

func extractThere(addr string, pages []*nutgrafv1.ArticleRequest, items int) error {
	client, err := connect(addr, time.Minute)
	if err != nil {
		return err
	}
	defer client.Close()
	requests := func(yield func(*nutgrafv1.BatchItem) bool) {
		for n := range items {
			if !yield(&nutgrafv1.BatchItem{ItemId: strconv.Itoa(n), Article: pages[n%distinct]}) {
				return
			}
		}
	}
	for r, err := range client.ExtractMany(context.Background(), requests, nil) {
		if err := errors.Join(err, r.Err); err != nil {
			return err
		}
	}
	return nil
}
