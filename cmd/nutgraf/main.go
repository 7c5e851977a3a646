// Command nutgraf extracts structured data from news articles: as a service, or from a file.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"
)

// Exit codes.
const (
	exitOK      = 0
	exitFailure = 1 // the work could not be done
	exitUsage   = 2 // the command line or the configuration is wrong
)

// errUsage marks errors of the command line.
var errUsage = errors.New("usage")

// streams are what a command reads and writes.
type streams struct {
	in       io.Reader
	out, err io.Writer
}

type command struct {
	name, help string
	run        func(ctx context.Context, args []string, s streams) error
}

func commands() []command {
	return []command{
		{"serve", "serve extractions over gRPC and HTTP", serve},
		{"extract", "extract one article from a file", extract},
		{"bulk", "extract many articles from files to files", runBulk},
		{"extractors", "list the extractors", listExtractors},
		{"version", "print the version", printVersion},
	}
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	// A second signal ends the process at once.
	context.AfterFunc(ctx, stop)
	os.Exit(run(ctx, os.Args[1:], streams{os.Stdin, os.Stdout, os.Stderr}))
}

func run(ctx context.Context, args []string, s streams) int {
	if len(args) > 0 {
		for _, c := range commands() {
			if c.name == args[0] {
				return exitCode(c.name, c.run(ctx, args[1:], s), s.err)
			}
		}
	}
	help, code := s.err, exitUsage
	if len(args) > 0 && (args[0] == "help" || args[0] == "-h" || args[0] == "--help") {
		help, code = s.out, exitOK
	} else if len(args) > 0 {
		fmt.Fprintf(s.err, "nutgraf: no command %q\n", args[0])
	}
	fmt.Fprintln(help, "usage: nutgraf COMMAND [flags]\n\ncommands (COMMAND --help says more):")
	for _, c := range commands() {
		fmt.Fprintf(help, "  %-12s%s\n", c.name, c.help)
	}
	fmt.Fprintln(help, "\nexit codes: 0 done; 1 the work could not be done; 2 the command line or configuration is wrong")
	return code
}

func exitCode(name string, err error, stderr io.Writer) int {
	if err == nil || errors.Is(err, flag.ErrHelp) {
		return exitOK
	}
	fmt.Fprintf(stderr, "nutgraf %s: %v\n", name, err)
	if errors.Is(err, errUsage) {
		return exitUsage
	}
	return exitFailure
}

func logger(w io.Writer, level, format string) (*slog.Logger, error) {
	var l slog.Level
	if err := l.UnmarshalText([]byte(level)); err != nil {
		return nil, fmt.Errorf("%w: log-level: %w", errUsage, err)
	}
	opts := &slog.HandlerOptions{Level: l}
	switch format {
	case "json":
		return slog.New(slog.NewJSONHandler(w, opts)), nil
	case "text":
		return slog.New(slog.NewTextHandler(w, opts)), nil
	}
	return nil, fmt.Errorf("%w: log-format: %q is neither json nor text", errUsage, format)
}

// version is set by the release build; otherwise it is that of the module.
var version string

func programVersion() string {
	if version != "" {
		return version
	}
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" && info.Main.Version != "(devel)" {
		return info.Main.Version
	}
	return "0.0.0-dev"
}
