package deploy_test

import (
	"bufio"
	"context"
	"debug/elf"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// stage is one FROM of a Dockerfile and what follows it.
type stage struct {
	image, name string
	steps       [][2]string // instruction and its words
}

// dockerfile reads the stages, with continued lines joined and comments left out.
func dockerfile(t *testing.T) []stage {
	t.Helper()
	f, err := os.Open("Dockerfile")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var stages []stage
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		line := strings.TrimSpace(lines.Text())
		for strings.HasSuffix(line, `\`) && lines.Scan() {
			line = strings.TrimSuffix(line, `\`) + " " + strings.TrimSpace(lines.Text())
		}
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		word, rest, _ := strings.Cut(line, " ")
		if word == "FROM" {
			from := strings.Fields(rest)
			s := stage{image: from[0]}
			if len(from) == 3 && strings.EqualFold(from[1], "as") {
				s.name = from[2]
			}
			stages = append(stages, s)
			continue
		}
		if len(stages) == 0 {
			t.Fatalf("%s before the first FROM", line)
		}
		last := &stages[len(stages)-1]
		last.steps = append(last.steps, [2]string{word, strings.TrimSpace(rest)})
	}
	return stages
}

// image is what the last stage makes.
type image struct {
	user    string
	env     []string
	command []string
	files   map[string]string // path in the image: path in the stage it is from, or in the repository
}

func readImage(t *testing.T) image {
	t.Helper()
	stages := dockerfile(t)
	if len(stages) != 2 {
		t.Fatalf("%d stages, want one that builds and one that serves", len(stages))
	}
	last := stages[1]
	if !strings.Contains(last.image, "distroless/static") || !strings.HasSuffix(last.image, ":nonroot") {
		t.Errorf("the image is made from %s, want distroless static, nonroot", last.image)
	}
	i := image{files: map[string]string{}}
	words := func(s string) []string {
		return strings.FieldsFunc(s, func(r rune) bool { return strings.ContainsRune(`[]", `, r) })
	}
	for _, step := range last.steps {
		switch step[0] {
		case "USER":
			i.user = step[1]
		case "ENV":
			i.env = append(i.env, strings.Fields(step[1])...)
		case "ENTRYPOINT", "CMD":
			if !strings.HasPrefix(step[1], "[") {
				t.Errorf("%s %s: there is no shell to run it", step[0], step[1])
			}
			i.command = append(i.command, words(step[1])...)
		case "COPY":
			var paths []string
			from := ""
			for _, w := range strings.Fields(step[1]) {
				if name, ok := strings.CutPrefix(w, "--from="); ok {
					from = name
				} else if !strings.HasPrefix(w, "--") {
					paths = append(paths, w)
				}
			}
			if from != "" && from != stages[0].name {
				t.Errorf("COPY from stage %q, which is not there", from)
			}
			to := paths[len(paths)-1]
			for _, p := range paths[:len(paths)-1] {
				if strings.HasSuffix(to, "/") {
					i.files[to+filepath.Base(p)] = p
				} else {
					i.files[to] = p
				}
			}
		case "RUN":
			t.Errorf("RUN %s: there is nothing in the image to run it with", step[1])
		case "EXPOSE", "VOLUME":
		default:
			t.Errorf("unknown instruction %s", step[0])
		}
	}
	return i
}

// nonroot is the user of that name in distroless images.
const nonroot = 65532

// TestImage serves in a folder that holds no more than the image does, as its user, with its settings and its command. No engine
// of containers is needed for that, for the base image adds no more than certificates, time zones and the user's name.
func TestImage(t *testing.T) {
	i := readImage(t)
	if i.user != "nonroot" {
		t.Errorf("the image runs as %q, want nonroot", i.user)
	}
	program, err := elf.Open(binary(t))
	if err != nil {
		t.Fatal(err)
	}
	defer program.Close()
	for _, p := range program.Progs {
		if p.Type == elf.PT_INTERP || p.Type == elf.PT_DYNAMIC {
			t.Errorf("the program is not static: it has a segment %v", p.Type)
		}
	}
	if os.Getuid() != 0 {
		t.Skip("only root may change the root")
	}
	root := t.TempDir()
	for to, from := range i.files {
		path := filepath.Join(root, to)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		switch {
		case strings.HasSuffix(from, "/nutgraf"):
			content, err := os.ReadFile(binary(t))
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, content, 0o755); err != nil {
				t.Fatal(err)
			}
		case strings.HasPrefix(from, "/"): // an empty folder that the user owns
			if err := os.Mkdir(path, 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.Chown(path, nonroot, nonroot); err != nil {
				t.Fatal(err)
			}
		default:
			if content, err := os.ReadFile("../" + from); err != nil || len(content) == 0 {
				t.Errorf("COPY %s: %v", from, err)
			}
		}
	}
	for dir := root; dir != os.TempDir() && dir != "/"; dir = filepath.Dir(dir) {
		if err := os.Chmod(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	command := exec.CommandContext(ctx, i.command[0], append(i.command[1:], "--listen", "127.0.0.1:0", "--http-listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0")...)
	command.Path, command.Err = i.command[0], nil
	command.Env, command.Dir = i.env, "/"
	command.SysProcAttr = &syscall.SysProcAttr{Chroot: root, Credential: &syscall.Credential{Uid: nonroot, Gid: nonroot}}
	web, _ := serving(t, command)
	if got := send(t, "http://"+web+"/v1/articles:extract", "application/json", article); !strings.Contains(string(got), "Ada Brook") {
		t.Errorf("answer %.200s", got)
	}
	if found, err := os.ReadDir(filepath.Join(root, "var/lib/nutgraf/jobs")); err != nil || len(found) == 0 {
		t.Errorf("the store of jobs is not in its volume: %v", err)
	}
}

// unit reads the settings of a systemd unit.
func unit(t *testing.T) map[string]string {
	t.Helper()
	text, err := os.ReadFile("nutgraf.service")
	if err != nil {
		t.Fatal(err)
	}
	settings, section := map[string]string{}, ""
	for line := range strings.SplitSeq(string(text), "\n") {
		switch key, value, ok := strings.Cut(line, "="); {
		case line == "" || strings.HasPrefix(line, "#"):
		case strings.HasPrefix(line, "["):
			section = line
		case !ok || section == "":
			t.Errorf("line %q is no setting", line)
		default:
			settings[section+key] = value
		}
	}
	return settings
}

// TestUnit holds the systemd unit against what it must have, and against systemd itself where that is installed.
func TestUnit(t *testing.T) {
	settings := unit(t)
	for key, want := range map[string]string{
		"DynamicUser": "yes", "NoNewPrivileges": "yes", "ProtectSystem": "strict", "MemoryDenyWriteExecute": "yes", "CapabilityBoundingSet": "",
	} {
		if got, ok := settings["[Service]"+key]; !ok || got != want {
			t.Errorf("%s is %q, want %q", key, got, want)
		}
	}
	if settings["[Service]MemoryMax"] == "" || settings["[Service]Restart"] != "on-failure" {
		t.Error("a server without a limit of memory, or that stays down")
	}
	analyze, err := exec.LookPath("systemd-analyze")
	if err != nil {
		t.Skip("no systemd-analyze")
	}
	text, err := os.ReadFile("nutgraf.service")
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "nutgraf.service")
	here := strings.ReplaceAll(string(text), "/usr/local/bin/nutgraf", binary(t))
	if err := os.WriteFile(file, []byte(here), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command(analyze, "verify", "--man=no", file).CombinedOutput(); err != nil || len(out) > 0 {
		t.Errorf("systemd-analyze verify: %v\n%s", err, out)
	}
	// systemd's own score of what a service could do, 0 to 100; without hardening it is 96.
	if out, err := exec.Command(analyze, "security", "--offline=true", "--no-pager", "--threshold=16", file).CombinedOutput(); err != nil {
		t.Errorf("systemd-analyze security: %v\n%s", err, out)
	}
}
