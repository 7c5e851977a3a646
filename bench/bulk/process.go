package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"time"

	nutgraf "example.invalid/nutgraf/clients/go"
	nutgrafv1 "example.invalid/nutgraf/gen/go/nutgraf/v1"
)

// bench is what all scenarios share.
type bench struct {
	rounds, items int
	seed          uint64
	random        *rand.Rand
	dir           string
	program       string
	servers       []*server
}

func (b *bench) prepare() error {
	b.random = rand.New(rand.NewPCG(b.seed, 0))
	var err error
	if b.dir, err = os.MkdirTemp("", "nutgraf-bulk-"); err != nil {
		return err
	}
	b.program = filepath.Join(b.dir, "nutgraf")
	if out, err := exec.Command("go", "build", "-o", b.program, "example.invalid/nutgraf/cmd/nutgraf").CombinedOutput(); err != nil {
		return fmt.Errorf("build: %w\n%s", err, out)
	}
	return nil
}

// cleanUp ends what a scenario that failed has left running.
func (b *bench) cleanUp() {
	for _, s := range b.servers {
		if s.cmd.ProcessState == nil {
			_ = s.signal(syscall.SIGKILL)
		}
	}
	_ = os.RemoveAll(b.dir)
}

// server is a running `nutgraf serve`.
type server struct {
	cmd   *exec.Cmd
	grpc  string
	admin string
}

// serve starts a server and returns when it serves. Listen may be "" for a free port.
func (b *bench) serve(listen string, args ...string) (*server, error) {
	return b.serveOn(runtime.NumCPU(), listen, args...)
}

// serveOn is serve on the first cores only.
func (b *bench) serveOn(cores int, listen string, args ...string) (*server, error) {
	if listen == "" {
		listen = "127.0.0.1:0"
	}
	args = append([]string{"serve", "--listen", listen, "--http-listen", "", "--admin-listen", "127.0.0.1:0"}, args...)
	cmd := exec.Command("taskset", append([]string{"-c", fmt.Sprintf("0-%d", cores-1), b.program}, args...)...)
	stderr, err := cmd.StderrPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	lines := bufio.NewReaderSize(stderr, 1<<20)
	var seen strings.Builder
	for {
		line, err := lines.ReadBytes('\n')
		seen.Write(line)
		if err != nil {
			_ = cmd.Wait()
			return nil, fmt.Errorf("server did not start: %s", seen.String())
		}
		var l struct{ Msg, GRPC, Admin string }
		if json.Unmarshal(line, &l) == nil && l.Msg == "serving" {
			var rest io.Writer = io.Discard
			if os.Getenv("BULK_LOG") != "" {
				rest = os.Stderr
			}
			go func() { _, _ = io.Copy(rest, lines) }()
			s := &server{cmd, l.GRPC, l.Admin}
			b.servers = append(b.servers, s)
			return s, nil
		}
	}
}

func (s *server) signal(sig syscall.Signal) error {
	if err := s.cmd.Process.Signal(sig); err != nil {
		return err
	}
	_ = s.cmd.Wait() // it was killed; its exit status says so
	return nil
}

// freeAddress returns an address that nobody listens on.
func freeAddress() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer l.Close()
	return l.Addr().String(), nil
}

func connect(addr string, timeout time.Duration) (*nutgraf.Client, error) {
	return nutgraf.Connect(addr, nutgraf.Config{Plaintext: true, Timeout: timeout})
}

// page is an invented page; each number gives another one.
func page(n int) []byte {
	var b strings.Builder
	fmt.Fprintf(&b, "<html><head><title>Town %d votes</title></head><body><nav><a href=/>Home</a> <a href=/news>News</a></nav><article><h1>Town %d votes to rebuild its lighthouse</h1>", n, n)
	for i := range 8 {
		fmt.Fprintf(&b, "<p>Mayor Ilse Brandt of town %d met Culture Minister Teodor Vance at the harbour on Tuesday to agree on part %d of a plan for the lighthouse that burned down last winter. “We will not let the light go out,” Brandt said after the meeting.</p>", n, i)
	}
	b.WriteString("</article><footer>Follow us</footer></body></html>")
	return []byte(b.String())
}

// heavyPage is an invented page of the size of real ones, about 100 KB: scripts and links around the article.
func heavyPage(n int) []byte {
	var b strings.Builder
	b.WriteString("<html><head><script>")
	for i := range 1500 {
		fmt.Fprintf(&b, "window.data[%d]={id:%d,name:'slot'};\n", i, i)
	}
	b.WriteString("</script></head><body><ul>")
	for i := range 500 {
		fmt.Fprintf(&b, `<li class="menu-item"><a href="/section/%d" class="link">Section %d</a></li>`, i, i)
	}
	b.WriteString("</ul>")
	b.Write(page(n))
	return []byte(b.String())
}

func item(n int) *nutgrafv1.BatchItem {
	return &nutgrafv1.BatchItem{ItemId: fmt.Sprintf("item-%06d", n), Article: article(page(n))}
}

func article(html []byte) *nutgrafv1.ArticleRequest {
	return &nutgrafv1.ArticleRequest{Source: &nutgrafv1.Source{Content: &nutgrafv1.Source_Html{Html: &nutgrafv1.HtmlContent{Data: html}}}}
}

// items yields items [from, to).
func items(from, to int) func(func(*nutgrafv1.BatchItem) bool) {
	return func(yield func(*nutgrafv1.BatchItem) bool) {
		for n := from; n < to; n++ {
			if !yield(item(n)) {
				return
			}
		}
	}
}

func background(d time.Duration) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.Background(), d)
}
