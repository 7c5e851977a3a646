// Command hostile runs the extractors of the page over the adversarial documents
// of ../shared/bench/hostile, each in a process of its own, and holds them to the
// contracts and budgets of its manifest.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"syscall"
	"time"
	"unicode/utf8"

	"example.invalid/nutgraf/extractors"
	nutgrafv1 "example.invalid/nutgraf/gen/go/nutgraf/v1"
	"example.invalid/nutgraf/internal/pipeline"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/known/fieldmaskpb"
)

type hostileCase struct {
	Name, Family, Contract, Kind, URL string
	Needles                           []string
	Bytes                             int
	MaxMS                             int `json:"max_ms"`
	MaxRSS                            int `json:"max_rss_over_idle_mib"`
	MaxOutput                         int `json:"max_output_bytes"`
}

// result is what the process of one case reports.
type result struct {
	MS      float64
	RSS     int // KiB, the most that was resident
	Output  int
	UTF8    bool
	Empty   bool
	Warned  bool
	Needles bool
	Runs    string // errors of extractors
}

type cost struct{ ms, bytes float64 }

func main() {
	dir := flag.String("bench", "../shared/bench/hostile", "directory of hostile.py")
	scale := flag.Float64("scale", 1, "size of the documents; 0.25 of it is run too, for the exponent of time")
	only := flag.String("only", "*", "cases to run")
	fields := flag.String("fields", "content,metadata", "what to extract; empty for all")
	one := flag.String("one", "", "internal: run one document and report")
	kind := flag.String("kind", "html", "internal")
	url := flag.String("url", "", "internal")
	flag.Parse()
	var err error
	if *one != "" {
		err = child(*one, *kind, *url, *fields, flag.Args())
	} else {
		err = run(*dir, *scale, *only, *fields)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func child(file, kind, url, fields string, needles []string) error {
	runtime.GOMAXPROCS(1)
	debug.SetGCPercent(50)
	in, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	set, err := pipeline.NewSet(pipeline.Config{}, extractors.Standard()...)
	if err != nil {
		return err
	}
	src := &nutgrafv1.Source{Url: url}
	if kind == "text" {
		src.Content = &nutgrafv1.Source_PlainText{PlainText: &nutgrafv1.PlainTextContent{Text: string(in)}}
	} else {
		src.Content = &nutgrafv1.Source_Html{Html: &nutgrafv1.HtmlContent{Data: in}}
	}
	req := &nutgrafv1.ArticleRequest{Source: src, Options: &nutgrafv1.ExtractionOptions{}}
	if fields != "" {
		req.Options.ReadMask = &fieldmaskpb.FieldMask{Paths: append(strings.Split(fields, ","), "runs", "warnings")}
	}
	var before, after syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &before)
	x, err := set.Run(context.Background(), req)
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &after)
	if err != nil {
		return err
	}
	cpu := func(r syscall.Rusage) float64 {
		return float64(r.Utime.Nano()+r.Stime.Nano()) / 1e6
	}
	r := result{MS: cpu(after) - cpu(before), RSS: int(after.Maxrss), UTF8: true, Needles: true}
	body := x.GetContent().GetText()
	r.Empty, r.Warned = body == "", len(x.GetWarnings()) > 0
	for _, n := range needles {
		r.Needles = r.Needles && strings.Contains(body, n)
	}
	for _, run := range x.GetRuns() {
		if s := run.GetStatus(); s.GetCode() != 0 {
			r.Runs += run.GetExtractorId() + ": " + s.GetMessage() + "; "
		}
	}
	r.UTF8 = validStrings(x.ProtoReflect())
	r.Output = proto.Size(x)
	return json.NewEncoder(os.Stdout).Encode(r)
}

func validStrings(m protoreflect.Message) bool {
	ok := true
	m.Range(func(fd protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		switch {
		case fd.IsMap():
		case fd.IsList():
			for i := 0; i < v.List().Len() && ok; i++ {
				if fd.Message() != nil {
					ok = validStrings(v.List().Get(i).Message())
				} else if fd.Kind() == protoreflect.StringKind {
					ok = utf8.ValidString(v.List().Get(i).String())
				}
			}
		case fd.Message() != nil:
			ok = validStrings(v.Message())
		case fd.Kind() == protoreflect.StringKind:
			ok = utf8.ValidString(v.String())
		}
		return ok
	})
	return ok
}

func run(dir string, scale float64, only, fields string) error {
	if _, err := os.Stat(dir); errors.Is(err, os.ErrNotExist) {
		fmt.Println("not run:", dir, "is not there")
		return nil
	}
	tmp, err := os.MkdirTemp("", "bench-hostile")
	if err != nil {
		return err
	}
	defer os.RemoveAll(tmp)
	idleFile := filepath.Join(tmp, "idle")
	if err := os.WriteFile(idleFile, []byte("<p>x"), 0o600); err != nil {
		return err
	}
	idle, err := start(hostileCase{Kind: "html"}, idleFile, fields)
	if err != nil {
		return err
	}
	small, err := runScale(dir, filepath.Join(tmp, "small"), scale/4, only, fields, idle, nil)
	if err != nil {
		return err
	}
	_, err = runScale(dir, filepath.Join(tmp, "full"), scale, only, fields, idle, small)
	return err
}

// start runs one case in a new process.
func start(c hostileCase, file, fields string) (result, error) {
	args := append([]string{"-one", file, "-kind", c.Kind, "-url", c.URL, "-fields", fields}, c.Needles...)
	cmd := exec.Command(os.Args[0], args...)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	timer := time.AfterFunc(time.Duration(c.MaxMS*20+10_000)*time.Millisecond, func() { _ = cmd.Process.Kill() })
	defer timer.Stop()
	if err := cmd.Run(); err != nil {
		return result{}, fmt.Errorf("%w: %.300s", err, errs.String())
	}
	var r result
	return r, json.Unmarshal(out.Bytes(), &r)
}

func runScale(dir, out string, scale float64, only, fields string, idle result, small map[string]cost) (map[string]cost, error) {
	gen := exec.Command("python3", filepath.Join(dir, "hostile.py"), "write", out, "--scale", strconv.FormatFloat(scale, 'g', -1, 64), "--only", only)
	if b, err := gen.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("write documents: %w: %s", err, b)
	}
	b, err := os.ReadFile(filepath.Join(out, "manifest.json"))
	if err != nil {
		return nil, err
	}
	var cases []hostileCase
	if err := json.Unmarshal(b, &cases); err != nil {
		return nil, err
	}
	survived, kept, articles, inTime, inMemory, inOutput, linear := 0, 0, 0, 0, 0, 0, 0
	times := map[string]cost{}
	fmt.Printf("== scale %g, idle %d MiB\n%-24s %9s %9s %9s %9s %9s  %s\n", scale, idle.RSS>>10, "case", "KiB", "ms", "of", "MiB", "of", "")
	for _, c := range cases {
		r, err := start(c, filepath.Join(out, c.Name+".bin"), fields)
		var faults []string
		if err != nil {
			faults = append(faults, err.Error())
		} else {
			if r.Runs != "" && (c.Contract != "BOUNDED" || strings.Contains(r.Runs, "failed")) {
				faults = append(faults, r.Runs)
			}
			if !r.UTF8 {
				faults = append(faults, "invalid UTF-8")
			}
			if c.Contract == "EMPTY" && !(r.Empty && r.Warned) {
				faults = append(faults, "not empty with a warning")
			}
			if len(faults) == 0 {
				survived++
			}
		}
		if len(c.Needles) > 0 {
			if articles++; err == nil && r.Needles {
				kept++
			} else {
				faults = append(faults, "article lost")
			}
		}
		over := (r.RSS - idle.RSS) >> 10
		count := func(ok bool, n *int, what string) {
			if ok {
				*n++
			} else {
				faults = append(faults, what)
			}
		}
		count(r.MS <= float64(c.MaxMS), &inTime, "too slow")
		count(over <= c.MaxRSS, &inMemory, "too much memory")
		count(r.Output <= c.MaxOutput, &inOutput, "too much output")
		times[c.Name] = cost{r.MS, float64(c.Bytes)}
		if before, ok := small[c.Name]; small != nil {
			// Below 200 ms the exponent is noise.
			e := math.Log(r.MS/before.ms) / math.Log(float64(c.Bytes)/before.bytes)
			count(!ok || r.MS < 200 || e <= 1.15, &linear, fmt.Sprintf("time grows with exponent %.2f", e))
		}
		fmt.Printf("%-24s %9d %9.0f %9d %9d %9d  %s\n", c.Name, c.Bytes>>10, r.MS, c.MaxMS, over, c.MaxRSS, strings.Join(faults, "; "))
	}
	fmt.Printf("survived %d of %d, articles kept %d of %d, in time %d, in memory %d, output in bounds %d", survived, len(cases), kept, articles, inTime, inMemory, inOutput)
	if small != nil {
		fmt.Printf(", linear %d", linear)
	}
	fmt.Println()
	return times, nil
}
