package main

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	nutgrafv1 "example.invalid/nutgraf/gen/go/nutgraf/v1"
	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
)

// served is a server under attack, in a process of its own.
type served struct {
	cmd        *exec.Cmd
	grpc, http string
	group      string // the control group that holds it to its limit; empty if this user may not make one
	ended      chan struct{}
}

// serve starts a server of a memory limit, held to it by the kernel where that can be had.
func serve(ctx context.Context, binary string, limit int64) (*served, error) {
	s := &served{group: newGroup(limit), ended: make(chan struct{})}
	args := []string{"-c", `[ -z "$0" ] || echo $$ >"$0/cgroup.procs"; exec "$@"`, s.group,
		binary, "serve", "--listen", "127.0.0.1:0", "--http-listen", "127.0.0.1:0", "--admin-listen", "", "--jobs-dir", "off",
		"--memory-limit", strconv.FormatInt(limit, 10)}
	s.cmd = exec.CommandContext(ctx, "sh", args...)
	stderr, err := s.cmd.StderrPipe()
	if err != nil {
		return nil, err
	}
	if err := s.cmd.Start(); err != nil {
		return nil, err
	}
	lines := bufio.NewScanner(stderr)
	var serving struct{ GRPC, HTTP string }
	for serving.GRPC == "" && lines.Scan() {
		_ = json.Unmarshal(lines.Bytes(), &serving)
	}
	if serving.GRPC == "" {
		return nil, fmt.Errorf("%s did not serve: run make build first", binary)
	}
	s.grpc, s.http = serving.GRPC, serving.HTTP
	go func() {
		defer close(s.ended)
		for lines.Scan() {
			if !strings.Contains(lines.Text(), `"msg":"call"`) && !strings.Contains(lines.Text(), "slowest connections closed") {
				fmt.Fprintln(os.Stderr, lines.Text())
			}
		}
	}()
	return s, nil
}

// dial returns a client of the server, and what ends it.
func (s *served) dial() (client nutgrafv1.ExtractionServiceClient, hangUp func(), err error) {
	conn, err := grpc.NewClient(s.grpc, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		return nil, nil, err
	}
	return nutgrafv1.NewExtractionServiceClient(conn), func() { _ = conn.Close() }, nil
}

func (s *served) stop() {
	_ = s.cmd.Process.Kill()
	<-s.ended
	_ = s.cmd.Wait()
	if s.group != "" {
		_ = os.Remove(s.group)
	}
}

// newGroup makes a control group of a memory limit, of version 2 or 1, and returns its folder.
func newGroup(limit int64) string {
	for _, version := range [][2]string{{"/sys/fs/cgroup", "memory.max"}, {"/sys/fs/cgroup/memory", "memory.limit_in_bytes"}} {
		dir := filepath.Join(version[0], "nutgraf-door")
		if os.Mkdir(dir, 0o755) != nil {
			continue
		}
		if os.WriteFile(filepath.Join(dir, version[1]), []byte(strconv.FormatInt(limit, 10)), 0o600) == nil {
			return dir
		}
		_ = os.Remove(dir)
	}
	return ""
}

// peak returns the most memory of the server so far, as the kernel counts, and what it was held to.
func (s *served) peak() string {
	resident, err := residentPeak(s.cmd.Process.Pid)
	if err != nil {
		return "the server is gone"
	}
	text := fmt.Sprintf("resident peak %d MiB", resident>>20)
	if s.group == "" {
		return text + ", not held by the kernel"
	}
	for _, name := range []string{"memory.peak", "memory.max_usage_in_bytes"} {
		if n, err := os.ReadFile(filepath.Join(s.group, name)); err == nil {
			bytes, _ := strconv.ParseInt(strings.TrimSpace(string(n)), 10, 64)
			text += fmt.Sprintf(", %d MiB by its control group", bytes>>20)
		}
	}
	return text
}

// overload sends a server more at once than its memory limit has room for.
func overload(ctx context.Context, binary string, limit int64, callers, calls int, req *nutgrafv1.ArticleRequest) error {
	s, err := serve(ctx, binary, limit)
	if err != nil {
		return err
	}
	defer s.stop()
	client, hangUp, err := s.dial()
	if err != nil {
		return err
	}
	defer hangUp()
	var answered, refused, failed atomic.Int64
	var work sync.WaitGroup
	next := make(chan struct{}, calls)
	for range calls {
		next <- struct{}{}
	}
	close(next)
	for range callers {
		work.Go(func() {
			for range next {
				switch _, err := client.Extract(ctx, req); status.Code(err) {
				case codes.OK:
					answered.Add(1)
				case codes.ResourceExhausted:
					refused.Add(1)
				default:
					failed.Add(1)
				}
			}
		})
	}
	work.Wait()
	fmt.Printf("\n%d calls of %d KiB, %d at a time, memory limit %d MiB: %d answered, %d refused, %d failed; %s\n",
		calls, len(req.GetSource().GetHtml().GetData())>>10, callers, limit>>20, answered.Load(), refused.Load(), failed.Load(), s.peak())
	return nil
}

// siege attacks a server in several ways at the same time, while somebody else wants a small article extracted now and then.
func siege(ctx context.Context, binary string, limit int64, duration time.Duration, only string) error {
	s, err := serve(ctx, binary, limit)
	if err != nil {
		return err
	}
	defer s.stop()
	client, hangUp, err := s.dial()
	if err != nil {
		return err
	}
	defer hangUp()
	info, err := client.GetServerInfo(ctx, &nutgrafv1.GetServerInfoRequest{})
	if err != nil {
		return err
	}
	largest := int(info.GetLimits().GetMaxContentBytes())
	under, stop := context.WithTimeout(ctx, duration)
	defer stop()
	var attack sync.WaitGroup
	again := func(n int, f func(context.Context) error) {
		for range n {
			attack.Go(func() {
				for under.Err() == nil {
					if f(under) != nil {
						time.Sleep(10 * time.Millisecond)
					}
				}
			})
		}
	}
	heavy := request(documents[3].page(largest - 200))
	packed, err := bomb()
	if err != nil {
		return err
	}
	attacks := map[string]func(){
		"heavy": func() { // the largest documents of the heaviest kind
			again(8, func(ctx context.Context) error {
				c, err := grpc.NewClient(s.grpc, grpc.WithTransportCredentials(insecure.NewCredentials()))
				if err != nil {
					return err
				}
				defer c.Close()
				_, err = nutgrafv1.NewExtractionServiceClient(c).Extract(ctx, heavy)
				return err
			})
		},
		"halves": func() {
			again(16, func(ctx context.Context) error { return hold(ctx, s.grpc, halfMessages(largest+1<<20)) })
		},
		"answers": func() { again(16, func(ctx context.Context) error { return hold(ctx, s.grpc, unreadAnswers) }) },
		"bombs": func() {
			again(4, func(ctx context.Context) error { return post(ctx, s.http, "application/json", "gzip", packed) })
		},
		"rubbish": func() {
			again(8, func(ctx context.Context) error {
				return post(ctx, s.http, "application/json", "", make([]byte, (largest+1<<20)/3*4))
			})
		},
	}
	for name, f := range attacks {
		if only == "" || strings.Contains(only, name) {
			f()
		}
	}

	small := request(documents[0].page(2 << 10))
	var good, bad int
	var slowest time.Duration
	for under.Err() == nil && s.alive() {
		begin := time.Now()
		err := retried(ctx, client, small)
		if slowest = max(slowest, time.Since(begin)); err != nil {
			bad++
		} else {
			good++
		}
		time.Sleep(100 * time.Millisecond)
	}
	attack.Wait()
	fmt.Printf("\n%v of heavy documents, halves of messages, answers not taken, bombs and rubbish at once, memory limit %d MiB: %s; meanwhile %d small articles were extracted, %d were not, the slowest took %v\n",
		duration, limit>>20, s.peak(), good, bad, slowest.Round(time.Millisecond))
	if !s.alive() {
		return errors.New("the server did not survive")
	}
	begin := time.Now()
	if err := retried(ctx, client, small); err != nil {
		return fmt.Errorf("after the siege: %w", err)
	}
	fmt.Printf("after it, a small article took %v\n", time.Since(begin).Round(time.Millisecond))
	return nil
}

func (s *served) alive() bool {
	select {
	case <-s.ended:
		return false
	default:
		return true
	}
}

// retried calls as the clients do: again after what says that it may come again, for ten seconds.
func retried(ctx context.Context, client nutgrafv1.ExtractionServiceClient, req *nutgrafv1.ArticleRequest) (err error) {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	for wait := 50 * time.Millisecond; ; wait = min(2*wait, time.Second) {
		_, err = client.Extract(ctx, req)
		if c := status.Code(err); c != codes.ResourceExhausted && c != codes.Unavailable {
			return err
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(wait):
		}
	}
}

// bomb returns a gigabyte of zeros, packed.
func bomb() ([]byte, error) {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := z.Write(make([]byte, 1<<20)); err != nil {
		return nil, err
	}
	if err := z.Close(); err != nil {
		return nil, err
	}
	return bytes.Repeat(b.Bytes(), 1<<10), nil
}

func post(ctx context.Context, addr, contentType, encoding string, body []byte) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+addr+"/v1/articles:extract", bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", contentType)
	if encoding != "" {
		req.Header.Set("Content-Encoding", encoding)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	_, err = io.Copy(io.Discard, resp.Body)
	return err
}

// hold opens a connection, has f write to it, and keeps it until the server or ctx ends it.
func hold(ctx context.Context, addr string, f func(*http2.Framer, func(id uint32) error) error) error {
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", addr)
	if err != nil {
		return err
	}
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { _ = conn.Close() })()
	if _, err := io.WriteString(conn, http2.ClientPreface); err != nil {
		return err
	}
	framer := http2.NewFramer(conn, conn)
	var header bytes.Buffer
	enc := hpack.NewEncoder(&header)
	open := func(id uint32) error {
		header.Reset()
		for _, h := range [][2]string{{":method", "POST"}, {":scheme", "http"}, {":path", nutgrafv1.ExtractionService_Extract_FullMethodName},
			{":authority", "localhost"}, {"content-type", "application/grpc"}, {"te", "trailers"}} {
			if err := enc.WriteField(hpack.HeaderField{Name: h[0], Value: h[1]}); err != nil {
				return err
			}
		}
		return framer.WriteHeaders(http2.HeadersFrameParam{StreamID: id, BlockFragment: header.Bytes(), EndHeaders: true})
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for {
			f, err := framer.ReadFrame()
			if err != nil {
				return
			}
			if s, ok := f.(*http2.SettingsFrame); ok && !s.IsAck() {
				continue // acknowledged by f, from its own goroutine, or not at all
			}
		}
	}()
	err = f(framer, open)
	<-ended
	return err
}

// halfMessages sends most of the largest message on each of many calls, whatever window the server gives.
func halfMessages(largest int) func(f *http2.Framer, open func(uint32) error) error {
	return func(f *http2.Framer, open func(uint32) error) error { return sendHalves(f, open, largest) }
}

func sendHalves(f *http2.Framer, open func(uint32) error, largest int) error {
	if err := f.WriteSettings(); err != nil {
		return err
	}
	chunk := make([]byte, 16<<10)
	for i := range 100 {
		id := uint32(2*i + 1)
		if err := open(id); err != nil {
			return err
		}
		if err := f.WriteData(id, false, binary.BigEndian.AppendUint32([]byte{0}, uint32(largest))); err != nil {
			return err
		}
	}
	// Window updates are not counted: what is sent is as much as a server of large windows would let in. One that minds ends
	// the connection, and the next one begins.
	for range (largest - 1) / len(chunk) {
		for i := range 100 {
			if err := f.WriteData(uint32(2*i+1), false, chunk); err != nil {
				return err
			}
		}
		time.Sleep(20 * time.Millisecond)
	}
	return nil
}

// unreadAnswers asks for as many answers as one connection may, and takes none.
func unreadAnswers(f *http2.Framer, open func(uint32) error) error {
	if err := f.WriteSettings(http2.Setting{ID: http2.SettingInitialWindowSize, Val: 0}); err != nil {
		return err
	}
	message, err := proto.Marshal(request(documents[0].page(100 << 10)))
	if err != nil {
		return err
	}
	message = append(binary.BigEndian.AppendUint32([]byte{0}, uint32(len(message))), message...)
	for i := range 256 {
		id := uint32(2*i + 1)
		if err := open(id); err != nil {
			return err
		}
		for rest := message; len(rest) > 0; {
			n := min(len(rest), 16<<10)
			if err := f.WriteData(id, n == len(rest), rest[:n]); err != nil {
				return err
			}
			rest = rest[n:]
		}
	}
	return nil
}
