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
	"syscall"
	"time"

	nutgraf "example.invalid/nutgraf/clients/go"
	nutgrafv1 "example.invalid/nutgraf/gen/go/nutgraf/v1"
	"google.golang.org/grpc/codes"
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
