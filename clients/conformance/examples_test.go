package conformance

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// The examples of the clients' READMEs run as they stand, except for the address of the server.
func TestExamples(t *testing.T) {
	const firstBlock = "The island ferry sails again on Monday, its operator said."
	s := startServer(t)
	for _, test := range []struct {
		client, language string
		want             [][]string // of each example
		run              func(t *testing.T, code string) *exec.Cmd
	}{
		{"go", "go", [][]string{{firstBlock, "bad INVALID_REQUEST", "1000 done"}, {"300 done, 1 failed of 301", "bad INVALID_REQUEST"}}, runGo},
		{"python", "python", [][]string{{firstBlock, "bad INVALID_REQUEST ['source']", "1000 done, 1 failed"}, {"at most 16777216 bytes", "a done"}, {"300 done, 1 failed", "bad INVALID_REQUEST", "item_id"}}, runPython},
		{"typescript", "ts", [][]string{{firstBlock, "bad INVALID_REQUEST", "1000 done"}, {"300 done, 1 failed of 301", "bad INVALID_REQUEST"}}, runTypeScript},
	} {
		t.Run(test.client, func(t *testing.T) {
			if test.client != "go" && os.Getenv("NUTGRAF_CLIENTS") != "all" {
				t.Skip("clients/test.sh tests all clients")
			}
			readme, err := os.ReadFile(filepath.Join("..", test.client, "README.md"))
			if err != nil {
				t.Fatal(err)
			}
			examples := regexp.MustCompile("(?s)```"+test.language+"\n(.*?)```").FindAllStringSubmatch(string(readme), -1)
			if len(examples) != len(test.want) {
				t.Fatalf("%d examples, want %d", len(examples), len(test.want))
			}
			for i, example := range examples {
				code := strings.ReplaceAll(example[1], "localhost:50051", s.grpc)
				out, err := test.run(t, code).CombinedOutput()
				if err != nil {
					t.Fatalf("%v\n%s", err, out)
				}
				for _, want := range test.want[i] {
					if !strings.Contains(string(out), want) {
						t.Errorf("example %d wrote %q, want %q in it", i, out, want)
					}
				}
			}
		})
	}
}

// runGo runs the statements of an example as the body of a function in a program of this module.
func runGo(t *testing.T, code string) *exec.Cmd {
	t.Helper()
	return exec.Command("go", "run", write(t, "main.go", `package main

import (
	"context"
	"fmt"
	"strconv"

	nutgraf "example.invalid/nutgraf/clients/go"
	nutgrafv1 "example.invalid/nutgraf/gen/go/nutgraf/v1"
)

func main() {
	if err := run(context.Background()); err != nil {
		panic(err)
	}
}

func run(ctx context.Context) error {
`+code+`
	return nil
}
`))
}

func runPython(t *testing.T, code string) *exec.Cmd {
	t.Helper()
	return exec.Command("../python/.venv/bin/python", write(t, "example.py", code))
}

// runTypeScript checks the types of an example and runs it, in a folder where the package is installed.
func runTypeScript(t *testing.T, code string) *exec.Cmd {
	t.Helper()
	file := write(t, "example.mts", code)
	typescript, err := filepath.Abs("../typescript")
	if err != nil {
		t.Fatal(err)
	}
	modules := filepath.Join(filepath.Dir(file), "node_modules")
	if err := os.MkdirAll(modules, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(typescript, filepath.Join(modules, "nutgraf")); err != nil {
		t.Fatal(err)
	}
	tsc := exec.Command(filepath.Join(typescript, "node_modules/.bin/tsc"), "--strict", "--skipLibCheck", "--target", "es2022", "--module", "nodenext",
		"--types", "node", "--typeRoots", filepath.Join(typescript, "node_modules/@types"), file)
	if out, err := tsc.CombinedOutput(); err != nil {
		t.Fatalf("tsc: %v\n%s", err, out)
	}
	return exec.Command("node", strings.TrimSuffix(file, "mts")+"mjs")
}

func write(t *testing.T, name, code string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(file, []byte(code), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}
