package corpus

import (
	"bytes"
	"compress/gzip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func surfaces(text string, spans []Span) (out []string) {
	for _, s := range spans {
		out = append(out, s.Type+" "+text[s.Start:s.End])
	}
	return out
}

func TestProject(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, text, list string
		want             []string
	}{
		{"all occurrences", "Orr met Orr's aide; Orrs left.", "P: Orr", []string{"PER Orr", "PER Orr"}},
		{"longer first", "Ada Orr of the Orr Bank", "P: Ada Orr | Orr  # role: banker\nO: Orr Bank", []string{"PER Ada Orr", "ORG Orr Bank"}},
		{"numbered", "Elwin said that Elwin burns.", "O: Elwin @1\nL: Elwin @2", []string{"ORG Elwin", "LOC Elwin"}},
		{"hidden", "The Orr Act of Orr", "P: Orr\nX: Orr Act", []string{"PER Orr"}},
		{"event", "the Elwin Cup in Elwin", "E: Elwin Cup\nL: Elwin", []string{"EVENT Elwin Cup", "LOC Elwin"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got, err := project(c.text, c.list)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, surfaces(c.text, spansOf(got))); diff != "" {
				t.Errorf("project(%q, %q) (-want +got):\n%s", c.text, c.list, diff)
			}
		})
	}
}

func TestProjectRefuses(t *testing.T) {
	t.Parallel()
	for _, list := range []string{"P: Moss", "Q: Orr", "P: Orr @2", "P: Orr @x"} {
		if got, err := project("Orr left.", list); err == nil {
			t.Errorf("project(%q) = %v, want an error", list, got)
		}
	}
}

func TestAnnotations(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write := func(name, s string) string {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(s), 0o644); err != nil {
			t.Fatal(err)
		}
		return path
	}
	long := strings.Repeat("a", annotatedLength)
	write("set/manifest.jsonl", `{"id":"1","gold":{"title":"Elwin burns","body":"Ada Orr left.\n`+long+` Moss\nLater Orr came."}}`+"\n")
	file := write("a.ann", "=== set/1\nP: Ada Orr  # role: former mayor <Elwin> ; author\nP: Moss\nL: Elwin\n\n=== set/1#2\nP: Orr\n")
	docs, err := Annotations([]string{file}, dir)
	if err != nil {
		t.Fatal(err)
	}
	var got [][]string
	for _, d := range docs {
		got = append(got, surfaces(d.Text, d.Spans))
	}
	want := [][]string{{"LOC Elwin", "PER Ada Orr", "PER Moss"}, {"PER Orr"}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("Annotations (-want +got):\n%s", diff)
	}
	roles := []Role{{Title: "mayor", Organization: "Elwin", Standing: "former"}, {Title: "author"}}
	if diff := cmp.Diff(roles, docs[0].Entities[0].Roles); diff != "" {
		t.Errorf("roles (-want +got):\n%s", diff)
	}
	if got, want := docs[1].Text, "Later Orr came."; got != want {
		t.Errorf("second part = %q, want %q", got, want)
	}
}

// Texts of the language bench are annotated anew: its own labels are not read.
func TestAnnotationsOfTheLanguageBench(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for _, d := range []string{"content/web", "language/names"} {
		if err := os.MkdirAll(filepath.Join(dir, d), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for name, id := range map[string]string{"silver_current_events": "ce/1", "train_wire": "wire-1"} {
		var b bytes.Buffer
		z := gzip.NewWriter(&b)
		_, _ = z.Write([]byte(`{"doc_id":"` + id + `","tokens":["Ada","Orr","left","Elwin"],"tags":["O","O","O","B-PER"],"sents":[0]}` + "\n"))
		_ = z.Close()
		if err := os.WriteFile(filepath.Join(dir, "language/names", name+".jsonl.gz"), b.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	file := filepath.Join(dir, "a.ann")
	if err := os.WriteFile(file, []byte("=== ce/1\nL: Elwin\n\n=== wire/wire-1\nP: Ada Orr\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	docs, err := Annotations([]string{file}, filepath.Join(dir, "content"))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, d := range docs {
		got = append(got, d.ID+" of "+d.Source)
		got = append(got, surfaces(d.Text, d.Spans)...)
	}
	if diff := cmp.Diff([]string{"ce/1 of world", "LOC Elwin", "wire/wire-1 of world", "PER Ada Orr"}, got); diff != "" {
		t.Errorf("Annotations (-want +got):\n%s", diff)
	}
}

func TestMarked(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "a.txt")
	if err := os.WriteFile(path, []byte("=== 1\n[LOC ELWIN], May 3 - [PER Ada Orr] of [ORG VALTO] came.\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	docs, err := Marked([]string{path})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := docs[0].Text, "ELWIN, May 3 - Ada Orr of VALTO came."; got != want {
		t.Errorf("text = %q, want %q", got, want)
	}
	if diff := cmp.Diff([]string{"LOC ELWIN", "PER Ada Orr", "ORG VALTO"}, surfaces(docs[0].Text, docs[0].Spans)); diff != "" {
		t.Errorf("names (-want +got):\n%s", diff)
	}
}
