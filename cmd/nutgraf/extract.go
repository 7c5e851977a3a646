package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"
	"text/tabwriter"
	"time"

	"example.invalid/nutgraf/clients/go/bulk"
	"example.invalid/nutgraf/extractors"
	nutgrafv1 "example.invalid/nutgraf/gen/go/nutgraf/v1"
	"example.invalid/nutgraf/internal/pipeline"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/types/known/timestamppb"
)

func extract(ctx context.Context, args []string, s streams) error {
	fs := flag.NewFlagSet("nutgraf extract", flag.ContinueOnError)
	fs.SetOutput(io.Discard)
	text := fs.Bool("text", false, "the input is text, not HTML")
	url := fs.String("url", "", "`URL` the article was obtained from")
	published := fs.String("published", "", "publication `date` known already: 2006-01-02, or RFC 3339")
	mask := fs.String("mask", "", "comma-separated `paths` below Extraction to fill; empty: all")
	addr := fs.String("addr", "", "`host:port` of a server to call; empty: extract in this process")
	useTLS := fs.Bool("tls", false, "call the server over TLS; a token is taken from NUTGRAF_TOKEN")
	timeout := fs.Duration("timeout", time.Minute, "longest `time` to wait")
	if err := fs.Parse(args); errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(s.out, "usage: nutgraf extract [flags] FILE\n\nPrints the Extraction of one article as protobuf JSON. FILE - is standard input.")
		fs.SetOutput(s.out)
		fs.PrintDefaults()
		return err
	} else if err != nil {
		return fmt.Errorf("%w: %w", errUsage, err)
	}
	if fs.NArg() != 1 {
		return fmt.Errorf("%w: want one FILE, or - for standard input, after all flags; have %q", errUsage, fs.Args())
	}
	src := &nutgrafv1.Source{Url: *url}
	if *published != "" {
		t, err := bulk.ParseTime(*published)
		if err != nil {
			return fmt.Errorf("%w: --published: %w", errUsage, err)
		}
		src.PublishedHint = timestamppb.New(t)
	}
	data, err := readInput(fs.Arg(0), s.in)
	if err != nil {
		return err
	}
	if *text {
		src.Content = &nutgrafv1.Source_PlainText{PlainText: &nutgrafv1.PlainTextContent{Text: strings.ToValidUTF8(string(data), "\uFFFD")}}
	} else {
		src.Content = &nutgrafv1.Source_Html{Html: &nutgrafv1.HtmlContent{Data: data}}
	}
	req := &nutgrafv1.ArticleRequest{Source: src, Options: optionsOf(*mask)}
	ctx, cancel := context.WithTimeout(ctx, *timeout)
	defer cancel()
	e, err := newEngine(*addr, *useTLS, 1)
	if err != nil {
		return err
	}
	defer e.close()
	out, err := e.extract(ctx, req)
	if err != nil {
		return err
	}
	b, err := protojson.MarshalOptions{Multiline: true}.Marshal(out)
	if err != nil {
		return fmt.Errorf("print: %w", err)
	}
	_, err = fmt.Fprintln(s.out, string(b))
	return err
}

// readInput reads a file, and no more of it than is worth sending.
func readInput(name string, in io.Reader) ([]byte, error) {
	if name != "-" {
		f, err := os.Open(name)
		if err != nil {
			return nil, err
		}
		defer f.Close()
		in = f
	}
	data, err := io.ReadAll(io.LimitReader(in, pipeline.MaxContentBytes+1))
	if err != nil {
		return nil, err // names the file
	}
	if len(data) > pipeline.MaxContentBytes {
		return nil, fmt.Errorf("%s is larger than %d bytes, the most that an article may have", name, pipeline.MaxContentBytes)
	}
	return data, nil
}

func listExtractors(_ context.Context, args []string, s streams) error {
	if err := noArguments("extractors", args, s); err != nil {
		return err
	}
	set, err := pipeline.NewSet(pipeline.Config{}, extractors.Standard()...)
	if err != nil {
		return err
	}
	w := tabwriter.NewWriter(s.out, 0, 4, 2, ' ', 0)
	fmt.Fprintln(w, "EXTRACTOR\tVERSION\tREQUIRES\tUSES\tPROVIDES")
	for _, spec := range set.Specs() {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", spec.Name, spec.Version, join(spec.Requires), join(spec.Uses), join(spec.Provides))
	}
	return w.Flush()
}

func join(fields []pipeline.Field) string {
	names := make([]string, len(fields))
	for i, f := range fields {
		names[i] = string(f)
	}
	return strings.Join(names, ",")
}

func printVersion(_ context.Context, args []string, s streams) error {
	if err := noArguments("version", args, s); err != nil {
		return err
	}
	_, err := fmt.Fprintln(s.out, programVersion())
	return err
}

func noArguments(command string, args []string, s streams) error {
	fs := flag.NewFlagSet(command, flag.ContinueOnError)
	fs.SetOutput(io.Discard)
	if err := fs.Parse(args); errors.Is(err, flag.ErrHelp) {
		fmt.Fprintf(s.out, "usage: nutgraf %s\n", command)
		return err
	} else if err != nil {
		return fmt.Errorf("%w: %w", errUsage, err)
	}
	if fs.NArg() > 0 {
		return fmt.Errorf("%w: unexpected argument %q", errUsage, fs.Arg(0))
	}
	return nil
}
