// Command language measures our extractors on the language bench beside the repository with the bench's own scorers.
//
//	go run ./bench/language [names|houses|speed]
package main

import (
	"compress/gzip"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
	"unicode/utf8"

	"example.invalid/nutgraf/internal/names"
	"example.invalid/nutgraf/internal/text"
	"example.invalid/nutgraf/training/corpus"
)

func main() {
	log.SetFlags(0)
	bench := flag.String("bench", "../shared/bench/language", "folder of the language bench")
	weights := flag.String("weights", "", "folder with model.bin and gazetteer.bin to use instead of the embedded ones")
	annotations := flag.String("annotations", "training/names/annotations", "folder of our own annotations of pages")
	flag.Parse()
	if _, err := os.Stat(*bench); err != nil {
		log.Fatalf("the language bench is not here, nothing measured: %v", err)
	}
	parts := flag.Args()
	if len(parts) == 0 {
		parts = []string{"names", "houses", "speed"}
	}
	b := runner{dir: *bench, weights: *weights, annotations: *annotations}
	for _, part := range parts {
		var err error
		switch part {
		case "names":
			err = b.names()
		case "houses":
			err = b.houses()
		case "speed":
			err = b.speed()
		default:
			err = fmt.Errorf("unknown part")
		}
		if err != nil {
			log.Fatalf("%s: %v", part, err)
		}
	}
}

type runner struct{ dir, weights, annotations string }

func (b runner) tagger() (*names.Tagger, error) {
	if b.weights == "" {
		return names.New()
	}
	m, err := os.ReadFile(filepath.Join(b.weights, "model.bin"))
	if err != nil {
		return nil, err
	}
	g, err := os.ReadFile(filepath.Join(b.weights, "gazetteer.bin"))
	if err != nil {
		return nil, err
	}
	return names.Open(string(m), string(g))
}

// houses measures names on our own annotations of pages of other houses and of the world's news of a day.
func (b runner) houses() error {
	t, err := b.tagger()
	if err != nil {
		return err
	}
	files, err := filepath.Glob(filepath.Join(b.annotations, "dev-*.ann"))
	if err != nil {
		return err
	}
	all, err := corpus.Annotations(files, filepath.Join(b.dir, "../content"))
	if err != nil {
		return err
	}
	tmp, err := os.MkdirTemp("", "language")
	if err != nil {
		return err
	}
	defer os.RemoveAll(tmp)
	for _, set := range []struct{ source, name string }{{"houses", "pages of other houses"}, {"world", "days of the world's news"}} {
		var docs []corpus.Document
		var out strings.Builder
		for _, d := range all {
			if d.Source != set.source {
				continue
			}
			docs = append(docs, d)
			entities := make([]entity, 0, len(d.Spans))
			for _, s := range d.Spans {
				entities = append(entities, entityOf(d.Text, s.Start, s.End, s.Type))
			}
			line, err := json.Marshal(map[string]any{"id": d.ID, "text": d.Text, "entities": entities, "people": []any{}, "quotes": []any{}})
			if err != nil {
				return err
			}
			out.Write(append(line, '\n'))
		}
		gold := filepath.Join(tmp, set.source+".jsonl")
		if err := os.WriteFile(gold, []byte(out.String()), 0o600); err != nil {
			return err
		}
		fmt.Printf("%d %s\n", len(docs), set.name)
		if err := b.scoreNews(t, tmp, gold, docs); err != nil {
			return err
		}
	}
	return nil
}

type entity struct {
	Text  string `json:"text"`
	Type  string `json:"type"`
	Start int    `json:"start"`
	End   int    `json:"end"`
}

// entityOf counts in code points, as the scorers do.
func entityOf(text string, start, end int, kind string) entity {
	at := utf8.RuneCountInString(text[:start])
	surface := text[start:end]
	return entity{surface, kind, at, at + utf8.RuneCountInString(surface)}
}

// scoreNews scores the names of docs, whose annotation is in the file gold, as score_news.py does.
func (b runner) scoreNews(t *names.Tagger, tmp, gold string, docs []corpus.Document) error {
	var out strings.Builder
	for _, d := range docs {
		entities := []entity{}
		for _, m := range t.Tag(context.Background(), text.Analyze(d.Text)) {
			entities = append(entities, entityOf(d.Text, m.Start, m.End, m.Kind.String()))
		}
		line, err := json.Marshal(map[string]any{"id": d.ID, "entities": entities})
		if err != nil {
			return err
		}
		out.Write(append(line, '\n'))
	}
	predicted := filepath.Join(tmp, "news.jsonl")
	if err := os.WriteFile(predicted, []byte(out.String()), 0o600); err != nil {
		return err
	}
	return b.score("score_news.py", gold, predicted)
}

func (b runner) names() error {
	t, err := b.tagger()
	if err != nil {
		return err
	}
	tmp, err := os.MkdirTemp("", "language")
	if err != nil {
		return err
	}
	defer os.RemoveAll(tmp)
	news := filepath.Join(b.dir, "news/dev.jsonl")
	docs, err := corpus.News(news)
	if err != nil {
		return err
	}
	fmt.Println("news/dev")
	if err := b.scoreNews(t, tmp, news, docs); err != nil {
		return err
	}
	sets, err := filepath.Glob(filepath.Join(b.dir, "names/dev_*.jsonl.gz"))
	if err != nil {
		return err
	}
	for _, set := range sets {
		docs, err := corpus.Tagged(set)
		if err != nil {
			return err
		}
		var out strings.Builder
		for _, d := range docs {
			mentions := t.Tag(context.Background(), text.Analyze(d.Text))
			k := 0
			for _, token := range d.Tokens {
				for k < len(mentions) && mentions[k].End <= token[0] {
					k++
				}
				tag := "O"
				if k < len(mentions) && mentions[k].Start < token[1] {
					tag = "B-"
					if mentions[k].Start < token[0] {
						tag = "I-"
					}
					tag += mentions[k].Kind.String()
				}
				out.WriteString(tag + "\n")
			}
		}
		name := strings.TrimSuffix(strings.TrimPrefix(filepath.Base(set), "dev_"), ".jsonl.gz")
		gold, predicted := filepath.Join(tmp, name+".jsonl"), filepath.Join(tmp, name)
		if err := unzip(set, gold); err != nil {
			return err
		}
		if err := os.WriteFile(predicted, []byte(out.String()), 0o600); err != nil {
			return err
		}
		if err := b.score("score_ner.py", gold, predicted); err != nil {
			return err
		}
	}
	return nil
}

func (b runner) score(scorer string, args ...string) error {
	c := exec.Command("python3", append([]string{filepath.Join(b.dir, scorer)}, args...)...)
	c.Stdout, c.Stderr = os.Stdout, os.Stderr
	return c.Run()
}

func unzip(from, to string) error {
	f, err := os.Open(from)
	if err != nil {
		return err
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		return err
	}
	b, err := io.ReadAll(z)
	if err != nil {
		return err
	}
	return os.WriteFile(to, b, 0o600)
}

// speed prints tokens a second of processor time, for the tokens alone and for the names on top of them.
func (b runner) speed() error {
	t, err := b.tagger()
	if err != nil {
		return err
	}
	docs, err := corpus.News(filepath.Join(b.dir, "news/train.jsonl"))
	if err != nil {
		return err
	}
	const rounds = 5
	var analyzed []*text.Document
	tokens, bytes := 0, 0
	start := busy()
	for range rounds {
		analyzed, tokens, bytes = analyzed[:0], 0, 0
		for _, d := range docs {
			a := text.Analyze(d.Text)
			analyzed = append(analyzed, a)
			tokens += len(a.Tokens)
			bytes += len(d.Text)
		}
	}
	text := busy() - start
	start = busy()
	for range rounds {
		for _, d := range analyzed {
			t.Tag(context.Background(), d)
		}
	}
	tag := busy() - start
	fmt.Printf("text  %.0f tokens/s, %.1f MB/s\nnames %.0f tokens/s\n", float64(rounds*tokens)/text.Seconds(), float64(rounds*bytes)/text.Seconds()/1e6, float64(rounds*tokens)/tag.Seconds())
	return nil
}

// busy is the processor time this process has had: other work on the machine does not count.
func busy() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
