package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

func TestBulk(t *testing.T) {
	dir := t.TempDir()
	in, out := filepath.Join(dir, "in.jsonl"), filepath.Join(dir, "out.jsonl")
	lines := `{"id":"good","html":` + quoted(t, page) + `}` + "\n" + `{"id":"bad","text":"x","url":"not a URL"}` + "\n" + `{"id":"none"}` + "\n"
	if err := os.WriteFile(in, []byte(lines), 0o644); err != nil {
		t.Fatal(err)
	}
	addr := startServer(t).grpc
	for name, more := range map[string][]string{"in process": nil, "server": {"--addr", addr}} {
		code, _, stderr := runCommand(t, "", append([]string{"bulk", "--overwrite", "--in", in, "--out", out, "--failures", filepath.Join(dir, "failed.jsonl")}, more...)...)
		if code != exitOK {
			t.Fatalf("%s: exit code %d: %s", name, code, stderr)
		}
		got, err := os.ReadFile(out)
		if err != nil {
			t.Fatal(err)
		}
		var ids []string
		for line := range bytes.Lines(got) {
			var l struct {
				ID         string
				Extraction map[string]any
				Error      *struct {
					Code    int
					Message string
				}
			}
			if err := json.Unmarshal(line, &l); err != nil {
				t.Fatal(err)
			}
			ids = append(ids, l.ID)
			if (l.Error == nil) != (l.ID == "good") || l.Error != nil && l.Error.Code != 3 {
				t.Errorf("%s: line %s", name, line)
			}
		}
		if fmt.Sprint(ids) != "[good bad none]" {
			t.Errorf("%s: ids %v", name, ids)
		}
		if !strings.Contains(stderr, `"failed_by_reason":{"INVALID_REQUEST":1,"ITEM_UNREADABLE":1}`) || !strings.Contains(stderr, `"done":true`) {
			t.Errorf("%s: summary %q", name, stderr)
		}
	}
}

// What is read is not overwritten, and options that no article can have do not fail every article in turn.
func TestBulkRefuses(t *testing.T) {
	dir := t.TempDir()
	in, out := filepath.Join(dir, "in.jsonl"), filepath.Join(dir, "out.jsonl")
	const line = `{"text":"x"}` + "\n"
	if err := os.WriteFile(in, []byte(line), 0o644); err != nil {
		t.Fatal(err)
	}
	for name, args := range map[string][]string{
		"output is input":     {"--in", in, "--out", in},
		"by another name":     {"--in", in, "--out", dir + "/./in.jsonl"},
		"one of the inputs":   {"--in", filepath.Join(dir, "*.jsonl"), "--out", in},
		"failures are input":  {"--in", in, "--out", out, "--failures", in},
		"failures are output": {"--in", in, "--out", out, "--failures", out},
		"unknown mask":        {"--in", in, "--out", out, "--mask", "metadat.title"},
		"resume anew":         {"--in", in, "--out", out, "--resume", "--overwrite"},
	} {
		if code, _, stderr := runCommand(t, "", append([]string{"bulk"}, args...)...); code != exitUsage {
			t.Errorf("%s: exit code %d, stderr %q", name, code, stderr)
		}
	}
	if got, err := os.ReadFile(in); err != nil || string(got) != line {
		t.Errorf("the input is now %q, %v", got, err)
	}
	if _, err := os.Stat(out); err == nil {
		t.Error("an output was begun")
	}
	if err := os.WriteFile(out, []byte("precious"), 0o644); err != nil {
		t.Fatal(err)
	}
	code, _, stderr := runCommand(t, "", "bulk", "--in", in, "--out", out)
	if got, err := os.ReadFile(out); code == exitOK || !strings.Contains(stderr, "--overwrite") || !strings.Contains(stderr, "--resume") || err != nil || string(got) != "precious" {
		t.Errorf("over an output: exit code %d, stderr %q, which now holds %q", code, stderr, got)
	}
}

func quoted(t *testing.T, s string) string {
	t.Helper()
	b, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// A run that is killed with SIGKILL, again and again, ends with every line once, in order.
func TestBulkSurvivesKill(t *testing.T) {
	dir := t.TempDir()
	program := filepath.Join(dir, "nutgraf")
	if out, err := exec.Command("go", "build", "-o", program, ".").CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	const n = 3000
	in, out := filepath.Join(dir, "in.jsonl"), filepath.Join(dir, "out.jsonl.gz")
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, `{"id":"%d","html":%s}`+"\n", i, quoted(t, page))
	}
	if err := os.WriteFile(in, []byte(b.String()), 0o644); err != nil {
		t.Fatal(err)
	}
	args := []string{"bulk", "--in", in, "--out", out}
	for round := range 8 {
		cmd := exec.Command(program, args...)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Duration(50+40*round) * time.Millisecond)
		_ = cmd.Process.Signal(syscall.SIGKILL)
		_ = cmd.Wait()
		if _, err := os.Stat(out + ".progress"); err == nil {
			args = append(args[:5:5], "--resume")
		}
	}
	if msg, err := exec.Command(program, append(args[:5:5], "--resume")...).CombinedOutput(); err != nil {
		t.Fatalf("last run: %v\n%s", err, msg)
	}
	text, err := exec.Command("gzip", "-dc", out).Output()
	if err != nil {
		t.Fatal(err)
	}
	inOrder(t, text, n)
}

// inOrder wants n extractions, with the numbers of their lines as ids.
func inOrder(t *testing.T, text []byte, n int) {
	t.Helper()
	i := 0
	for line := range bytes.Lines(text) {
		if want := fmt.Sprintf(`{"id":"%d","extraction"`, i); !bytes.HasPrefix(line, []byte(want)) {
			t.Fatalf("line %d is %.60q", i, line)
		}
		i++
	}
	if i != n {
		t.Errorf("%d lines, want %d", i, n)
	}
}

// Against two servers, of which one is killed, a run answers every line once, in order.
func TestBulkSurvivesTheLossOfAServer(t *testing.T) {
	dir := t.TempDir()
	const n = 1500
	in, out := filepath.Join(dir, "in.jsonl"), filepath.Join(dir, "out.jsonl")
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, `{"id":"%d","html":%s}`+"\n", i, quoted(t, page))
	}
	if err := os.WriteFile(in, []byte(b.String()), 0o644); err != nil {
		t.Fatal(err)
	}
	lost, stays := startServer(t), startServer(t)
	killed := make(chan error, 1)
	go func() {
		for start := time.Now(); time.Since(start) < time.Minute; time.Sleep(5 * time.Millisecond) {
			if info, err := os.Stat(out); err == nil && info.Size() > 0 { // results are there, and more to come
				break
			}
		}
		killed <- lost.Process.Kill()
	}()
	code, _, stderr := runCommand(t, "", "bulk", "--in", in, "--out", out, "--addr", lost.grpc+","+stays.grpc)
	if err := <-killed; err != nil || code != exitOK {
		t.Fatalf("exit code %d, kill %v: %s", code, err, stderr)
	}
	text, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	inOrder(t, text, n)
}
