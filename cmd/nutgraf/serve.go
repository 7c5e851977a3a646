package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"runtime/debug"

	"example.invalid/nutgraf/extractors"
	"example.invalid/nutgraf/server"
)

func serve(ctx context.Context, args []string, s streams) error {
	cfg, err := server.ParseConfig(args, s.out)
	if errors.Is(err, flag.ErrHelp) {
		return err
	}
	if err != nil {
		return fmt.Errorf("%w: %w", errUsage, err)
	}
	log, err := logger(s.err, cfg.LogLevel, cfg.LogFormat)
	if err != nil {
		return err
	}
	tuneRuntime()
	if cfg.MemoryLimit > 0 {
		// The collector works harder from here on, well before calls are refused.
		debug.SetMemoryLimit(int64(float64(cfg.MemoryLimit) * server.CollectShare))
	}
	srv, err := server.New(cfg, programVersion(), log, extractors.Standard()...)
	if err != nil {
		return err
	}
	listeners, err := server.Listen(ctx, cfg)
	if err != nil {
		return err
	}
	return srv.Serve(ctx, listeners)
}

// tuneRuntime sets what Go's runtime leaves to the environment, where the environment says nothing. What lives is small beside
// what an article needs for a moment, so the collector may come half as often.
func tuneRuntime() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(200)
	}
}
