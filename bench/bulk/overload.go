package main

import (
	"cmp"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	nutgraf "example.invalid/nutgraf/clients/go"
	nutgrafv1 "example.invalid/nutgraf/gen/go/nutgraf/v1"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/mem"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
)

// loadConfig is how a load process calls. Exactly one of Rate, Callers and Streams is above 0.
type loadConfig struct {
	Addr, Token string
	Seconds     float64
	Rate        float64 // calls a second, whatever comes of them
	Callers     int     // each calls again when it is answered
	Streams     int     // each sends as fast as it may
	Obey        bool    // through the client, which tries again when the server asks for it
}

// load is what a load process got.
type load struct {
	Offered, Good, Refused, Other int
	Late                          int // of the good, answered after the end
	Silent                        int // refusals without a delay
	Latencies, Refusals           []time.Duration
	Seconds                       float64
}

// goodput counts what was answered while the load was on: at its end, callers who stay away for a while leave the server idle.
func (l *load) goodput() float64 { return float64(l.Good-l.Late) / l.Seconds }

func (l *load) p(q float64) time.Duration { return quantile(l.Latencies, q) }

func quantile(d []time.Duration, q float64) time.Duration {
	if len(d) == 0 {
		return 0
	}
	d = slices.Sorted(slices.Values(d))
	return d[int(q*float64(len(d)-1))]
}

// encoded is a codec for requests that are encoded already, so that a load costs little; answers are not read.
type encoded struct{}

func (encoded) Name() string { return "proto" }

func (encoded) Marshal(v any) (mem.BufferSlice, error) {
	return mem.BufferSlice{mem.SliceBuffer(*v.(*[]byte))}, nil
}

func (encoded) Unmarshal(mem.BufferSlice, any) error { return nil }

// offer puts a load on a server and tells what came of it.
func offer(c loadConfig) (*load, error) {
	ctx := context.Background()
	if c.Token != "" {
		ctx = metadata.AppendToOutgoingContext(ctx, "authorization", "Bearer "+c.Token)
	}
	conn, err := grpc.NewClient(c.Addr, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	client, err := connect(c.Addr, time.Minute)
	if err != nil {
		return nil, err
	}
	defer client.Close()
	req := article(heavyPage(1))
	data, err := proto.Marshal(req)
	if err != nil {
		return nil, err
	}
	l := &load{Seconds: c.Seconds}
	var mu sync.Mutex
	began := time.Now()
	end := began.Add(time.Duration(c.Seconds * float64(time.Second)))
	call := func() {
		ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
		defer cancel()
		start := time.Now()
		var err error
		if c.Obey {
			_, err = client.Extract(ctx, req)
		} else {
			err = conn.Invoke(ctx, nutgrafv1.ExtractionService_Extract_FullMethodName, &data, new([]byte), grpc.ForceCodecV2(encoded{}))
		}
		l.add(&mu, start, end, err)
	}
	var calls sync.WaitGroup
	for range c.Callers {
		calls.Go(func() {
			for time.Now().Before(end) {
				call()
			}
		})
	}
	for range c.Streams {
		calls.Go(func() { flood(ctx, client, req, end, l, &mu) })
	}
	for n := 0; c.Rate > 0; n++ {
		due := began.Add(time.Duration(float64(n) / c.Rate * float64(time.Second)))
		if due.After(end) {
			break
		}
		time.Sleep(time.Until(due))
		calls.Go(call)
	}
	calls.Wait()
	return l, nil
}

func (l *load) add(mu *sync.Mutex, start, end time.Time, err error) {
	now := time.Now()
	took := now.Sub(start)
	mu.Lock()
	defer mu.Unlock()
	l.Offered++
	switch status.Code(err) {
	case codes.OK:
		l.Good++
		if now.After(end) {
			l.Late++
		}
		l.Latencies = append(l.Latencies, took)
	case codes.ResourceExhausted:
		l.Refused++
		l.Refusals = append(l.Refusals, took)
		if !slices.ContainsFunc(status.Convert(err).Details(), func(d any) bool { _, ok := d.(*errdetails.RetryInfo); return ok }) {
			l.Silent++
		}
	default:
		l.Other++
	}
}

// flood sends items over one stream as fast as it takes them.
func flood(ctx context.Context, client *nutgraf.Client, req *nutgrafv1.ArticleRequest, end time.Time, l *load, mu *sync.Mutex) {
	stream, err := nutgrafv1.NewExtractionServiceClient(client.Conn()).ExtractStream(ctx)
	if err != nil {
		l.add(mu, time.Now(), end, err)
		return
	}
	go func() {
		for n := 0; time.Now().Before(end); n++ {
			if stream.Send(&nutgrafv1.ExtractStreamRequest{ItemId: strconv.Itoa(n), Article: req}) != nil {
				return
			}
		}
		_ = stream.CloseSend()
	}()
	for {
		resp, err := stream.Recv()
		if err != nil {
			return
		}
		l.add(mu, time.Now(), end, status.FromProto(resp.GetError()).Err())
	}
}

// loadFrom runs a load in a process of its own, on the cores that the server does not have, as callers on other machines would.
func (b *bench) loadFrom(c loadConfig) (*load, error) {
	l := &load{}
	err := b.roleOn(callersCores(), loadRole, c, l)
	return l, err
}

func callersCores() string {
	return fmt.Sprintf("%d-%d", min(1, runtime.NumCPU()-1), runtime.NumCPU()-1)
}

// keepBusy has the callers' cores work at the lowest priority until stop. Where they share their circuits with the server's, as
// virtual ones do, it is else faster while callers have less to do, and its peak is not what it could do in an overload.
func keepBusy() (stop func(), err error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	var spinning []*exec.Cmd
	stop = func() {
		for _, c := range spinning {
			_ = c.Process.Kill()
			_ = c.Wait()
		}
	}
	for range max(1, runtime.NumCPU()-1) {
		c := exec.Command("taskset", "-c", callersCores(), "nice", "-n", "19", self, spinRole, "{}")
		if err := c.Start(); err != nil {
			stop()
			return nil, err
		}
		spinning = append(spinning, c)
	}
	return stop, nil
}

// overload offers one, then five times what a server on one core can do. Callers have the other cores.
func (b *bench) overload() error {
	s, err := b.serveOn(1, "", "--jobs-dir", "off", "--workers", "1")
	if err != nil {
		return err
	}
	stop, err := keepBusy()
	if err != nil {
		return err
	}
	defer stop()
	if _, err := b.loadFrom(loadConfig{Addr: s.grpc, Seconds: 2, Callers: 2}); err != nil { // warm
		return err
	}
	// The same again by the server's processor time, which is less disturbed by what else the machine does.
	measured := func(c loadConfig) (l *load, cost float64, err error) {
		before, err := processorTime(s.cmd.Process.Pid)
		if err != nil {
			return nil, 0, err
		}
		if l, err = b.loadFrom(c); err != nil {
			return nil, 0, err
		}
		after, err := processorTime(s.cmd.Process.Pid)
		return l, (after - before).Seconds() / float64(max(l.Good, 1)), err
	}
	var good, byTime, tail, refusal, refusal99, obeyedGood, obeyedByTime []float64
	lost := 0
	for range b.rounds {
		// Capacity is what callers get who wait for each answer, as many as keep the server busy.
		full, cost, err := measured(loadConfig{Addr: s.grpc, Seconds: 5, Callers: 4})
		if err != nil {
			return err
		}
		peak, err := b.loadFrom(loadConfig{Addr: s.grpc, Seconds: 5, Rate: full.goodput()})
		if err != nil {
			return err
		}
		over, overCost, err := measured(loadConfig{Addr: s.grpc, Seconds: 5, Rate: 5 * full.goodput()})
		if err != nil {
			return err
		}
		// Five times as many callers as the server lets in; these stay away as long as it asks them to.
		obeyed, obeyedCost, err := measured(loadConfig{Addr: s.grpc, Seconds: 5, Callers: 45, Obey: true})
		if err != nil {
			return err
		}
		best := max(full.goodput(), peak.goodput())
		fmt.Printf("capacity %.0f/s with p99 %v; %d offered at that rate, goodput %.0f/s with p99 %v; %d at 5 times that, goodput %.0f/s with p99 %v, %d refused with median %v and p99 %v, %d other\n",
			full.goodput(), round(full.p(.99)), peak.Offered, peak.goodput(), round(peak.p(.99)), over.Offered, over.goodput(), round(over.p(.99)),
			over.Refused, round(quantile(over.Refusals, .5)), round(quantile(over.Refusals, .99)), over.Other)
		if n := over.Silent + peak.Silent; n > 0 || over.Other > 0 {
			return fmt.Errorf("%d refusals without a delay, %d other errors", n, over.Other)
		}
		good, tail = append(good, over.goodput()/best), append(tail, over.p(.99).Seconds()/peak.p(.99).Seconds())
		byTime = append(byTime, cost/overCost)
		obeyedGood, obeyedByTime = append(obeyedGood, obeyed.goodput()/best), append(obeyedByTime, cost/obeyedCost)
		lost += obeyed.Refused + obeyed.Other
		refusal, refusal99 = append(refusal, 1000*quantile(over.Refusals, .5).Seconds()), append(refusal99, 1000*quantile(over.Refusals, .99).Seconds())
	}
	fmt.Printf("overload: at 5 times capacity goodput %.2f of peak (%.2f by processor time), accepted p99 %.2f times that at peak, refused in %.2f ms (p99 %.2f ms); 45 callers who obey: goodput %.2f of peak (%.2f by processor time), %d refused for good; medians of %d\n",
		median(good), median(byTime), median(tail), median(refusal), median(refusal99), median(obeyedGood), median(obeyedByTime), lost, b.rounds)
	return s.signal(syscall.SIGTERM)
}

func round(d time.Duration) time.Duration { return d.Round(10 * time.Microsecond) }

// tenants lets one tenant flood, by single calls and by streams, and looks what another gets, who asks for a third of the server.
func (b *bench) tenants() error {
	tokens := filepath.Join(b.dir, "tokens")
	var lines strings.Builder
	for _, t := range []string{"flood", "other"} {
		fmt.Fprintf(&lines, "%s %x\n", t, sha256.Sum256([]byte(t+"-token")))
	}
	if err := os.WriteFile(tokens, []byte(lines.String()), 0o600); err != nil {
		return err
	}
	s, err := b.serveOn(1, "", "--jobs-dir", "off", "--workers", "1", "--auth-tokens-file", tokens)
	if err != nil {
		return err
	}
	by := func(tenant string, c loadConfig) (*load, error) {
		c.Addr, c.Token, c.Seconds = s.grpc, tenant+"-token", cmp.Or(c.Seconds, 5)
		return b.loadFrom(c)
	}
	full, err := by("other", loadConfig{Callers: 4})
	if err != nil {
		return err
	}
	rate := full.goodput() / 3
	shares := map[string][]float64{}
	floods := []struct {
		name string
		load loadConfig
	}{
		{"calls at 5 times capacity", loadConfig{Rate: 5 * full.goodput()}},
		{"100 streams", loadConfig{Streams: 100}},
	}
	for range b.rounds {
		for _, f := range floods {
			alone, err := by("other", loadConfig{Rate: rate})
			if err != nil {
				return err
			}
			var flooding sync.WaitGroup
			var fault atomic.Pointer[error]
			var flooded float64
			f.load.Seconds = 8
			flooding.Go(func() {
				got, err := by("flood", f.load)
				if err != nil {
					fault.Store(&err)
					return
				}
				flooded = got.goodput()
			})
			time.Sleep(1500 * time.Millisecond)
			beside, err := by("other", loadConfig{Rate: rate})
			flooding.Wait()
			if p := fault.Load(); p != nil {
				err = errors.Join(err, *p)
			}
			if err != nil {
				return err
			}
			// Both offered the same; a run may be longer by the wait for its last answer.
			share := float64(beside.Good) / float64(max(alone.Good, 1))
			fmt.Printf("%s: the other tenant had %d of %d calls answered with p99 %v alone, %d of %d with p99 %v beside the flood, which had %.0f/s of %.0f\n",
				f.name, alone.Good, alone.Offered, round(alone.p(.99)), beside.Good, beside.Offered, round(beside.p(.99)), flooded, full.goodput())
			shares[f.name] = append(shares[f.name], share)
		}
	}
	fmt.Printf("tenants: beside a flood of %s another keeps %.2f of its goodput, beside one of %s %.2f; medians of %d\n",
		floods[0].name, median(shares[floods[0].name]), floods[1].name, median(shares[floods[1].name]), b.rounds)
	return s.signal(syscall.SIGTERM)
}
