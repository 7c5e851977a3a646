// Command rpc measures what a call costs besides extraction: the same articles through a bare gRPC server, through the
// service with an extractor that does nothing, and through the service with all extractors, in one run.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"log"
	"log/slog"
	"math/rand/v2"
	"net"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"example.invalid/nutgraf/extractors"
	nutgrafv1 "example.invalid/nutgraf/gen/go/nutgraf/v1"
	"example.invalid/nutgraf/internal/pipeline"
	"example.invalid/nutgraf/server"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/protobuf/types/known/fieldmaskpb"
)

const (
	requestBytes  = 100 << 10
	responseBytes = 8 << 10
	inFlight      = 16
	maxMessage    = 20 << 20
)

// answer is what the bare server and the extractor that does nothing return.
func answer() *nutgrafv1.Extraction {
	return &nutgrafv1.Extraction{Content: &nutgrafv1.Content{Text: strings.Repeat("x", responseBytes)}}
}

type nothing struct{}

func (nothing) Spec() pipeline.Spec {
	return pipeline.Spec{Name: "nothing", Version: "1.0.0", Requires: []pipeline.Field{pipeline.Source}, Provides: []pipeline.Field{"content"}}
}

func (nothing) Extract(context.Context, pipeline.Input) (*nutgrafv1.Extraction, error) {
	return answer(), nil
}

// bare is a server without interceptors, pipeline or bounds.
type bare struct {
	nutgrafv1.UnimplementedExtractionServiceServer
}

func (bare) Extract(context.Context, *nutgrafv1.ArticleRequest) (*nutgrafv1.Extraction, error) {
	return answer(), nil
}

func (bare) ExtractStream(stream nutgrafv1.ExtractionService_ExtractStreamServer) error {
	for {
		req, err := stream.Recv()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		if err := stream.Send(&nutgrafv1.ExtractStreamResponse{
			ItemId: req.GetItemId(), Outcome: &nutgrafv1.ExtractStreamResponse_Extraction{Extraction: answer()},
		}); err != nil {
			return err
		}
	}
}

// page returns an invented article in HTML of about n bytes.
func page(n int) []byte {
	r := rand.New(rand.NewPCG(1, 2))
	words := strings.Fields("the council of Aven said on Monday that a new bridge over river will open in March after years " +
		"of work and cost about 40 million Mayor Ada Brook told reporters people from town came to see it while " +
		"officials in Lund warned prices may rise again next year because steel is dear")
	var b strings.Builder
	b.WriteString(`<html lang="en"><head><title>Bridge over the Aven to open</title></head><body><nav><a href="/">Home</a></nav><article><h1>Bridge over the Aven to open</h1>`)
	for b.Len() < n {
		b.WriteString("<p>")
		for range 4 {
			for range 12 + r.IntN(12) {
				b.WriteString(words[r.IntN(len(words))])
				b.WriteByte(' ')
			}
			b.WriteString("said. ")
		}
		b.WriteString("</p>\n")
	}
	b.WriteString("</article></body></html>")
	return []byte(b.String())
}

func request(data []byte, paths ...string) *nutgrafv1.ArticleRequest {
	return &nutgrafv1.ArticleRequest{
		Source:  &nutgrafv1.Source{Content: &nutgrafv1.Source_Html{Html: &nutgrafv1.HtmlContent{Data: data}}},
		Options: &nutgrafv1.ExtractionOptions{ReadMask: &fieldmaskpb.FieldMask{Paths: paths}},
	}
}

// setup is one row of the table.
type setup struct {
	name     string
	stream   bool
	messages int
	client   nutgrafv1.ExtractionServiceClient
	request  *nutgrafv1.ArticleRequest
	results  []result
}

type result struct {
	wall, cpu time.Duration // per message
}

func main() {
	messages := flag.Int("messages", 2000, "messages of one measurement without extraction")
	heavy := flag.Int("heavy", 200, "messages of one measurement with all extractors")
	rounds := flag.Int("rounds", 7, "measurements of each row; the table shows the median")
	flag.Parse()
	if err := run(*messages, *heavy, *rounds); err != nil {
		log.Fatal(err)
	}
}

func run(messages, heavy, rounds int) error {
	ctx, cancel := context.WithCancel(context.Background())
	var servers sync.WaitGroup
	defer servers.Wait()
	defer cancel()

	bareClient, err := startBare(ctx, &servers)
	if err != nil {
		return err
	}
	noopClient, err := startServer(ctx, &servers, nothing{})
	if err != nil {
		return err
	}
	allClient, err := startServer(ctx, &servers, extractors.Standard()...)
	if err != nil {
		return err
	}
	data := page(requestBytes)
	masked, full := request(data, "content"), request(data)
	setups := []*setup{
		{name: "bare gRPC server", messages: messages, client: bareClient, request: masked},
		{name: "service, no-op, without digests", messages: messages, client: noopClient, request: masked},
		{name: "service, no-op", messages: messages, client: noopClient, request: full},
		{name: "service, all extractors", messages: heavy, client: allClient, request: full},
	}
	for _, s := range slices.Clone(setups) {
		streamed := *s
		streamed.stream = true
		setups = append(setups, &streamed)
	}
	var alone []time.Duration
	for round := range rounds + 1 {
		for _, s := range setups {
			r, err := s.measure(ctx)
			if err != nil {
				return fmt.Errorf("%s: %w", s.name, err)
			}
			if round > 0 { // the first warms up
				s.results = append(s.results, r)
			}
		}
		t, err := extraction(ctx, full, heavy)
		if err != nil {
			return err
		}
		if round > 0 {
			alone = append(alone, t)
		}
	}
	report(setups, median(alone))
	return nil
}

func startBare(ctx context.Context, servers *sync.WaitGroup) (nutgrafv1.ExtractionServiceClient, error) {
	lis, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	g := grpc.NewServer(grpc.MaxRecvMsgSize(maxMessage))
	nutgrafv1.RegisterExtractionServiceServer(g, bare{})
	servers.Go(func() { _ = g.Serve(lis) })
	context.AfterFunc(ctx, g.Stop)
	return dial(lis)
}

func startServer(ctx context.Context, servers *sync.WaitGroup, e ...pipeline.Extractor) (nutgrafv1.ExtractionServiceClient, error) {
	cfg := server.DefaultConfig()
	cfg.Listen, cfg.HTTPListen, cfg.AdminListen = "127.0.0.1:0", "", ""
	// As in production, each call is logged.
	s, err := server.New(cfg, "0.0.0", slog.New(slog.NewJSONHandler(io.Discard, nil)), e...)
	if err != nil {
		return nil, err
	}
	lis, err := server.Listen(ctx, cfg)
	if err != nil {
		return nil, err
	}
	servers.Go(func() {
		if err := s.Serve(ctx, lis); err != nil {
			fmt.Fprintln(os.Stderr, err)
		}
	})
	return dial(lis.GRPC)
}

func dial(lis net.Listener) (nutgrafv1.ExtractionServiceClient, error) {
	conn, err := grpc.NewClient(lis.Addr().String(), grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		return nil, err
	}
	return nutgrafv1.NewExtractionServiceClient(conn), nil
}

// measure sends the messages and returns the time of the clock and of the processor, both sides together, for each.
func (s *setup) measure(ctx context.Context) (result, error) {
	runtime.GC()
	cpu, wall := cpuTime(), time.Now()
	send := s.unary
	if s.stream {
		send = s.streamed
	}
	if err := send(ctx); err != nil {
		return result{}, err
	}
	n := time.Duration(s.messages)
	return result{wall: time.Since(wall) / n, cpu: (cpuTime() - cpu) / n}, nil
}

func (s *setup) unary(ctx context.Context) error {
	work := make(chan struct{}, s.messages)
	for range s.messages {
		work <- struct{}{}
	}
	close(work)
	errs := make(chan error, inFlight)
	for range inFlight {
		go func() {
			for range work {
				if _, err := s.client.Extract(ctx, s.request); err != nil {
					errs <- err
					return
				}
			}
			errs <- nil
		}()
	}
	var first error
	for range inFlight {
		if err := <-errs; err != nil {
			first = err
		}
	}
	return first
}

func (s *setup) streamed(ctx context.Context) error {
	stream, err := s.client.ExtractStream(ctx)
	if err != nil {
		return err
	}
	window := make(chan struct{}, inFlight)
	sent := make(chan error, 1)
	go func() {
		for i := range s.messages {
			window <- struct{}{}
			if err := stream.Send(&nutgrafv1.ExtractStreamRequest{ItemId: fmt.Sprint(i), Article: s.request}); err != nil {
				sent <- err
				return
			}
		}
		sent <- stream.CloseSend()
	}()
	for range s.messages {
		resp, err := stream.Recv()
		if err != nil {
			return err
		}
		if resp.GetExtraction() == nil {
			return fmt.Errorf("item %s: %v", resp.GetItemId(), resp.GetError())
		}
		<-window
	}
	return <-sent
}

// extraction returns the processor time of one article through all extractors without any server.
func extraction(ctx context.Context, req *nutgrafv1.ArticleRequest, n int) (time.Duration, error) {
	set, err := pipeline.NewSet(pipeline.Config{}, extractors.Standard()...)
	if err != nil {
		return 0, err
	}
	runtime.GC()
	start := cpuTime()
	for range n {
		if _, err := set.Run(ctx, req); err != nil {
			return 0, err
		}
	}
	return (cpuTime() - start) / time.Duration(n), nil
}

func cpuTime() time.Duration {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u) // cannot fail with these arguments
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func median(d []time.Duration) time.Duration {
	d = slices.Clone(d)
	slices.Sort(d)
	return d[len(d)/2]
}

func report(setups []*setup, alone time.Duration) {
	fmt.Printf("%d KB in, %d KB out (no-op), %d in flight, GOMAXPROCS %d, %s\n\n", requestBytes>>10, responseBytes>>10, inFlight, runtime.GOMAXPROCS(0), runtime.Version())
	fmt.Println("| call | server | messages/s | CPU per message, both sides | over bare | not extraction |")
	fmt.Println("|---|---|---|---|---|---|")
	var base []time.Duration
	for _, s := range setups {
		var wall, cpu []time.Duration
		for _, r := range s.results {
			wall, cpu = append(wall, r.wall), append(cpu, r.cpu)
		}
		kind := "unary"
		if s.stream {
			kind = "stream"
		}
		over, share := "", ""
		switch {
		case s.name == "bare gRPC server":
			base = cpu
		case s.name == "service, all extractors":
			share = fmt.Sprintf("%.1f%%", 100*(1-alone.Seconds()/median(cpu).Seconds()))
		default:
			// Pairs of the same round, for the machine's speed drifts.
			ratios := make([]float64, len(cpu))
			for i := range cpu {
				ratios[i] = cpu[i].Seconds() / base[i].Seconds()
			}
			slices.Sort(ratios)
			over = fmt.Sprintf("%+.1f%%", 100*(ratios[len(ratios)/2]-1))
		}
		fmt.Printf("| %s | %s | %.0f | %v | %s | %s |\n", kind, s.name, 1/median(wall).Seconds(), median(cpu).Round(time.Microsecond), over, share)
	}
	fmt.Printf("\nextraction alone: %v CPU per article\n", alone.Round(time.Microsecond))
}
