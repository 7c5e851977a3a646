package main

import (
	"context"
	"fmt"
	"syscall"
	"time"

	nutgraf "example.invalid/nutgraf/clients/go"
	nutgrafv1 "example.invalid/nutgraf/gen/go/nutgraf/v1"
)

// maxIdleBytes is what one stream that does nothing may cost a server.
const maxIdleBytes = 64 << 10

// idle opens streams that answered one article and then do nothing: as many on each connection as it may have, and each on a
// connection of its own. What the server's resident memory grows by, and by what goroutines, is what they cost.
func (b *bench) idle() error {
	const perConnection = 200
	for _, each := range []int{perConnection, 1} {
		s, err := b.serve("", "--jobs-dir", "off", "--max-connections", fmt.Sprint(b.items+200))
		if err != nil {
			return err
		}
		streams := map[bool]int{false: 100, true: b.items} // a few first, for what comes with the first
		var before, after int64
		var goroutines [2]int
		var clients []*nutgraf.Client
		ctx, cancel := context.WithCancel(context.Background())
		for i, all := range []bool{false, true} {
			for n := range streams[all] {
				if n%each == 0 {
					c, err := connect(s.grpc, time.Minute)
					if err != nil {
						cancel()
						return err
					}
					clients = append(clients, c)
				}
				if err := openIdle(ctx, clients[len(clients)-1], n); err != nil {
					cancel()
					return fmt.Errorf("stream %d: %w", n, err)
				}
			}
			time.Sleep(15 * time.Second) // a server without work gives back what work took
			before = after
			if after, err = residentBytes(s.cmd.Process.Pid); err != nil {
				cancel()
				return err
			}
			if goroutines[i], err = s.goroutines(); err != nil {
				cancel()
				return err
			}
		}
		cost := (after - before) / int64(b.items)
		fmt.Printf("idle: %d streams, %d on each connection: %.1f KiB and %.1f goroutines each\n",
			b.items, each, float64(cost)/1024, float64(goroutines[1]-goroutines[0])/float64(b.items))
		cancel()
		for _, c := range clients {
			_ = c.Close()
		}
		if cost > maxIdleBytes {
			return fmt.Errorf("a stream costs %d bytes, at most %d wanted", cost, maxIdleBytes)
		}
		if err := s.signal(syscall.SIGTERM); err != nil {
			return err
		}
	}
	return nil
}

// openIdle opens a stream and has one article answered over it.
func openIdle(ctx context.Context, c *nutgraf.Client, n int) error {
	stream, err := nutgrafv1.NewExtractionServiceClient(c.Conn()).ExtractStream(ctx)
	if err != nil {
		return err
	}
	if err := stream.Send(&nutgrafv1.ExtractStreamRequest{ItemId: "one", Article: article(page(n))}); err != nil {
		return err
	}
	resp, err := stream.Recv()
	if err == nil && resp.GetExtraction() == nil {
		err = fmt.Errorf("no extraction but %v", resp.GetError())
	}
	return err
}
