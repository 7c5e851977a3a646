package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	nutgraf "example.invalid/nutgraf/clients/go"
	"example.invalid/nutgraf/clients/go/bulk"
	"example.invalid/nutgraf/extractors"
	nutgrafv1 "example.invalid/nutgraf/gen/go/nutgraf/v1"
	"example.invalid/nutgraf/internal/pipeline"
	"example.invalid/nutgraf/server"
	"golang.org/x/term"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/fieldmaskpb"
)

const bulkUsage = `usage: nutgraf bulk --in INPUT --out OUTPUT [flags]

Extracts every article of INPUT: a folder of pages, a pattern, JSON Lines, WARC, Parquet, or - for JSON Lines on standard
input; .gz and .zst as the name ends. A line of JSON Lines, or a row of Parquet, has one of html, html_base64, html_path and
text, and may have id, url, published, fetched, charset and language.

OUTPUT is JSON Lines ({"id","extraction"} or {"id","error"}), compressed if it ends in .gz or .zst; a folder of Parquet files
if it ends in .parquet; or - for standard output. Results are in the order of the input.

An interrupt once finishes what is in work; the run, like one that was killed, goes on with --resume.

exit codes: 0 done, even if single articles failed; 1 the run broke off or was interrupted, or an input is broken; 2 the command line is wrong
`

func runBulk(ctx context.Context, args []string, s streams) error {
	fs := flag.NewFlagSet("nutgraf bulk", flag.ContinueOnError)
	fs.SetOutput(io.Discard)
	in := fs.String("in", "", "`input`")
	out := fs.String("out", "", "`output`")
	failures := fs.String("failures", "", "`file` for the items that failed, as JSON Lines that can be run again")
	resume := fs.Bool("resume", false, "go on where the output ends")
	overwrite := fs.Bool("overwrite", false, "begin anew even if the output, or the file of failures, holds something")
	mask := fs.String("mask", "", "comma-separated `paths` below Extraction to fill; empty: all")
	workers := fs.Int("workers", 0, "articles in work at once; 0: one a core, or 32 a server")
	addr := fs.String("addr", "", "`host:port` of a server to call, or several divided by commas; empty: extract in this process")
	tls := fs.Bool("tls", false, "call the server over TLS; a token is taken from NUTGRAF_TOKEN")
	if err := fs.Parse(args); errors.Is(err, flag.ErrHelp) {
		fmt.Fprint(s.out, bulkUsage+"\n")
		fs.SetOutput(s.out)
		fs.PrintDefaults()
		return err
	} else if err != nil {
		return fmt.Errorf("%w: %w", errUsage, err)
	}
	if *in == "" || *out == "" || fs.NArg() > 0 {
		return fmt.Errorf("%w: want --in and --out, and no argument", errUsage)
	}
	if *resume && *overwrite {
		return fmt.Errorf("%w: --resume and --overwrite", errUsage)
	}
	if err := overwritten(*in, *out, *failures); err != nil {
		return fmt.Errorf("%w: %w", errUsage, err)
	}
	source, err := bulk.Open(*in)
	if err != nil {
		return err
	}
	defer source.Close()
	cfg := bulk.Config{Source: source, Options: optionsOf(*mask), Report: reporter(s.err)}
	servers := 1 + strings.Count(*addr, ",")
	if cfg.Workers = *workers; cfg.Workers < 1 && *addr != "" {
		cfg.Workers = inWorkAtServer * servers
	} else if cfg.Workers < 1 {
		cfg.Workers = runtime.GOMAXPROCS(0)
	}
	e, err := newEngine(*addr, *tls, max(cfg.Workers/servers, 1))
	if err != nil {
		return err
	}
	defer e.close()
	if err := refused(ctx, e.extract, cfg.Options); err != nil {
		return fmt.Errorf("%w: %w", errUsage, err)
	}
	cfg.Output, err = bulk.OpenOutput(bulk.OutputConfig{Path: *out, Failures: *failures, Input: *in + " " + *mask, Resume: *resume, Overwrite: *overwrite})
	switch {
	case errors.Is(err, bulk.ErrComplete):
		fmt.Fprintf(s.err, "%s is complete already\n", *out)
		return nil
	case errors.Is(err, bulk.ErrUnfinished):
		return fmt.Errorf("%w: use --resume to go on with it, or --overwrite to begin anew", err)
	case errors.Is(err, bulk.ErrExists):
		return fmt.Errorf("%w: use --overwrite to have it so; --resume is for runs that were broken off", err)
	case err != nil:
		return err
	}
	defer cfg.Output.Close()
	if e.client == nil {
		cfg.Extract = e.extract
	} else {
		cfg.Stream, cfg.Streams = e.client.ExtractMany, servers
	}
	// ctx ends with the first interrupt, which stops reading only; the second one ends the process.
	sum, err := bulk.Run(context.WithoutCancel(ctx), ctx, cfg)
	if !sum.Done && isTerminal(s.err) {
		fmt.Fprintln(s.err) // the line of progress is left as it is
	}
	if err != nil {
		return err
	}
	if !sum.Done {
		return fmt.Errorf("interrupted after %d articles: go on with --resume", sum.Before+sum.Items)
	}
	if n := sum.Failed[bulk.ReasonBroken]; n > 0 {
		return fmt.Errorf("all else is done, but %d inputs could not be read to their end: their rows have the code DATA_LOSS", n)
	}
	return nil
}

// overwritten is an error if what is written would take the place of what is read, or of what else is written.
func overwritten(in, out, failures string) error {
	inputs, err := filepath.Glob(in)
	if err != nil || len(inputs) == 0 {
		inputs = []string{in}
	}
	for _, path := range inputs {
		for _, w := range []string{out, failures} {
			if same(path, w) {
				return fmt.Errorf("%s is read and would be overwritten", w)
			}
		}
	}
	if failures != "" && (same(out, failures) || filepath.Clean(out) == filepath.Clean(failures)) {
		return fmt.Errorf("%s cannot be --out and --failures", out)
	}
	return nil
}

func same(a, b string) bool {
	x, err := os.Stat(a)
	if err != nil {
		return false
	}
	y, err := os.Stat(b)
	return err == nil && os.SameFile(x, y)
}

// optionsOf returns the options that a flag --mask asks for.
func optionsOf(mask string) *nutgrafv1.ExtractionOptions {
	if mask == "" {
		return nil
	}
	return &nutgrafv1.ExtractionOptions{ReadMask: &fieldmaskpb.FieldMask{Paths: strings.Split(mask, ",")}}
}

// refused tries the options on an article that is good, so that bad ones do not fail each of all articles in turn. What else can
// go wrong is left to them.
func refused(ctx context.Context, extract bulk.Extract, options *nutgrafv1.ExtractionOptions) error {
	if options == nil {
		return nil
	}
	probe := &nutgrafv1.ArticleRequest{Source: &nutgrafv1.Source{Content: &nutgrafv1.Source_PlainText{PlainText: &nutgrafv1.PlainTextContent{Text: "-"}}}, Options: options}
	if _, err := extract(ctx, probe); status.Code(err) == codes.InvalidArgument {
		return err
	}
	return nil
}

// inWorkAtServer is how many articles a run has in work at each server: what a server takes of a stream at once, and as many on the way.
const inWorkAtServer = 32

// engine is what extracts: this process, or servers.
type engine struct {
	extract bulk.Extract
	client  *nutgraf.Client // nil in this process
}

// newEngine returns an engine of the servers named, with so many articles on each stream; of this process if none is named.
func newEngine(addr string, tls bool, window int) (*engine, error) {
	if addr != "" {
		client, err := nutgraf.Connect(addr, nutgraf.Config{Plaintext: !tls, Token: os.Getenv("NUTGRAF_TOKEN"), Window: window})
		if err != nil {
			return nil, err
		}
		return &engine{client.Extract, client}, nil
	}
	set, err := pipeline.NewSet(pipeline.Config{}, extractors.Standard()...)
	if err != nil {
		return nil, err
	}
	return &engine{extract: func(ctx context.Context, req *nutgrafv1.ArticleRequest) (*nutgrafv1.Extraction, error) {
		if err := set.Validate(req); err != nil {
			return nil, nutgraf.ErrorOf(server.StatusError(err))
		}
		x, err := set.Run(ctx, req)
		if err != nil {
			return nil, nutgraf.ErrorOf(server.StatusError(err))
		}
		return x, nil
	}}, nil
}

func (e *engine) close() {
	if e.client != nil {
		_ = e.client.Close()
	}
}

func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// reporter shows progress: one line that renews itself on a terminal, else a line of JSON every ten seconds.
func reporter(w io.Writer) func(bulk.Summary) {
	terminal := isTerminal(w)
	var last time.Duration
	return func(s bulk.Summary) {
		rate := float64(s.Items) / max(s.Elapsed.Seconds(), 1e-3)
		var left time.Duration
		if s.Read > 0 && s.Total > s.Read {
			left = time.Duration(float64(s.Elapsed) * float64(s.Total-s.Read) / float64(s.Read))
		}
		var failed int64
		for _, n := range s.Failed {
			failed += n
		}
		switch {
		case terminal:
			fmt.Fprintf(w, "\r\x1b[K%d articles  %.0f/s", s.Before+s.Items, rate)
			if s.Total > 0 {
				fmt.Fprintf(w, "  %.0f%%  %v left", 100*float64(s.Read)/float64(s.Total), left.Round(time.Second))
			}
			if failed > 0 {
				fmt.Fprintf(w, "  %d failed", failed)
			}
			if s.Done {
				fmt.Fprintln(w)
				for _, reason := range slices.Sorted(maps.Keys(s.Failed)) {
					fmt.Fprintf(w, "  %d %s\n", s.Failed[reason], reason)
				}
			}
		case s.Done || s.Elapsed-last >= 10*time.Second:
			last = s.Elapsed
			line := map[string]any{"items": s.Before + s.Items, "per_second": int64(rate), "read_bytes": s.Read, "elapsed_seconds": int64(s.Elapsed.Seconds()), "failed": failed, "done": s.Done}
			if s.Total > 0 {
				line["total_bytes"], line["left_seconds"] = s.Total, int64(left.Seconds())
			}
			if s.Done && failed > 0 {
				line["failed_by_reason"] = s.Failed
			}
			if b, err := json.Marshal(line); err == nil {
				fmt.Fprintf(w, "%s\n", b)
			}
		}
	}
}
