package server

import (
	"bytes"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParseConfig(t *testing.T) {
	file := filepath.Join(t.TempDir(), "nutgraf.yaml")
	if err := os.WriteFile(file, []byte("workers: 3\nlisten: file:1\nmax-held: 30\nallowed-origins: [https://a.example, https://b.example]\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("NUTGRAF_LISTEN", "env:1")
	t.Setenv("NUTGRAF_MAX_HELD", "20")
	got, err := ParseConfig([]string{"--config", file, "--max-held", "10"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	want := DefaultConfig()
	want.Workers, want.Listen, want.MaxHeld = 3, "env:1", 10
	want.AllowedOrigins = []string{"https://a.example", "https://b.example"}
	want.JobsDir = JobsDirAuto
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("ParseConfig (-want +got):\n%s", diff)
	}
}

func TestParseConfigRefuses(t *testing.T) {
	file := filepath.Join(t.TempDir(), "nutgraf.yaml")
	if err := os.WriteFile(file, []byte("wokers: 3\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, args := range map[string][]string{
		"unknown flag":         {"--nothing"},
		"unknown key":          {"--config", file},
		"missing file":         {"--config", file + "x"},
		"stray argument":       {"here"},
		"zero":                 {"--workers", "0"},
		"nothing to listen on": {"--listen", "", "--http-listen", ""},
	} {
		if _, err := ParseConfig(args, nil); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func TestHelpNamesEverySetting(t *testing.T) {
	var out bytes.Buffer
	if _, err := ParseConfig([]string{"--help"}, &out); !errors.Is(err, flag.ErrHelp) {
		t.Fatalf("error = %v, want ErrHelp", err)
	}
	fs := flag.NewFlagSet("", flag.ContinueOnError)
	cfg := DefaultConfig()
	cfg.flags(fs)
	fs.VisitAll(func(f *flag.Flag) {
		env := "NUTGRAF_" + strings.ToUpper(strings.ReplaceAll(f.Name, "-", "_"))
		if !strings.Contains(out.String(), "--"+f.Name+" ") || !strings.Contains(out.String(), env) {
			t.Errorf("help lacks --%s or %s", f.Name, env)
		}
	})
}

func FuzzParseConfigFile(f *testing.F) {
	f.Add("workers: 3\n")
	f.Add("listen: [a, {b: c}]\n")
	f.Add("a: &a [*a]\n")
	f.Fuzz(func(t *testing.T, yaml string) {
		file := filepath.Join(t.TempDir(), "nutgraf.yaml")
		if err := os.WriteFile(file, []byte(yaml), 0o600); err != nil {
			t.Fatal(err)
		}
		cfg, err := ParseConfig([]string{"--config", file}, nil)
		if err == nil && cfg.check() != nil {
			t.Errorf("accepted %q, which does not pass its own check", yaml)
		}
	})
}

// A second server on a machine serves, though the first has the operator's address that both have by default.
func TestSecondServerWithDefaults(t *testing.T) {
	cfg := DefaultConfig()
	cfg.Listen, cfg.HTTPListen = "127.0.0.1:0", "127.0.0.1:0"
	for range 2 {
		l, err := Listen(t.Context(), cfg)
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
	}
	cfg.AdminListen = "127.0.0.1:0"
	first, err := Listen(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer first.Close()
	cfg.AdminListen = first.Admin.Addr().String()
	if _, err := Listen(t.Context(), cfg); err == nil {
		t.Error("an address that was asked for and is taken was not refused")
	}
}
