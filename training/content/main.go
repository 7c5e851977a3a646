// Command content writes the features of development pages for train.py, with
// the code that the extractor itself runs.
package main

import (
	"bufio"
	"compress/gzip"
	"context"
	"encoding/binary"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"log"
	"os"
	"path/filepath"
	"strings"

	"example.invalid/nutgraf/internal/page"
	"example.invalid/nutgraf/internal/zone"
)

type entry struct {
	ID, HTML, Text, URL string
}

func main() {
	log.SetFlags(0)
	set := flag.String("set", "", "directory with manifest.jsonl")
	kind := flag.String("kind", "html", "html or text")
	out := flag.String("out", "", "prefix of the files written")
	p1 := flag.String("p1", "", "file of first-stage scores: p1, path and text of every block, float32")
	final := flag.String("final", "", "file of final scores: one of every block, float32; writes the bodies they give instead of features")
	flag.Parse()
	scores, width := *p1, 3
	if *final != "" {
		scores, width = *final, 1
	}
	if err := run(*set, *kind, *out, scores, width); err != nil {
		log.Fatal(err)
	}
}

// run reads width scores of every block, if there is a file of them.
func run(set, kind, out, p1 string, width int) error {
	man, err := os.Open(filepath.Join(set, "manifest.jsonl"))
	if err != nil {
		return err
	}
	defer man.Close()
	var scores io.Reader
	if p1 != "" {
		f, err := os.Open(p1)
		if err != nil {
			return err
		}
		defer f.Close()
		scores = bufio.NewReaderSize(f, 1<<20)
	}
	w, err := newWriter(out, scores != nil, width)
	if err != nil {
		return err
	}
	dec := json.NewDecoder(man)
	for {
		var e entry
		if err := dec.Decode(&e); err == io.EOF {
			break
		} else if err != nil {
			return err
		}
		if err := w.page(set, kind, e, scores, width); err != nil {
			return fmt.Errorf("%s: %w", e.ID, err)
		}
	}
	return w.close()
}

type writer struct {
	files                                                  []*os.File
	bufs                                                   []*bufio.Writer
	first, second, path, text, section, all, pages, bodies *bufio.Writer
}

func newWriter(prefix string, second bool, width int) (*writer, error) {
	w := &writer{}
	open := func(name string) (*bufio.Writer, error) {
		f, err := os.Create(prefix + name)
		if err != nil {
			return nil, err
		}
		b := bufio.NewWriterSize(f, 1<<20)
		w.files, w.bufs = append(w.files, f), append(w.bufs, b)
		return b, nil
	}
	names := map[string]**bufio.Writer{".first": &w.first, ".path": &w.path, ".text": &w.text, ".section": &w.section, ".all": &w.all, ".pages": &w.pages}
	if second {
		names = map[string]**bufio.Writer{".second": &w.second}
		if width == 1 {
			names = map[string]**bufio.Writer{".bodies": &w.bodies}
		}
	}
	for name, to := range names {
		b, err := open(name)
		if err != nil {
			return nil, err
		}
		*to = b
	}
	return w, nil
}

func (w *writer) close() error {
	for i, b := range w.bufs {
		if err := b.Flush(); err != nil {
			return err
		}
		if err := w.files[i].Close(); err != nil {
			return err
		}
	}
	return nil
}

func (w *writer) page(set, kind string, e entry, scores io.Reader, width int) error {
	name := e.HTML
	if kind == "text" && e.Text != "" {
		name = e.Text
	}
	data, err := readGzip(filepath.Join(set, name))
	if err != nil {
		return err
	}
	src := page.Source{HTML: data}
	if kind == "text" && e.Text != "" {
		src = page.Source{Kind: page.Text, Text: string(data)}
	}
	p, err := page.Parse(context.Background(), src)
	if err == nil && kind == "text" && e.Text == "" {
		// One line for each block, so that labels of the markup fit.
		lines := make([]string, len(p.Blocks))
		for i := range lines {
			lines[i] = strings.ReplaceAll(p.BlockText(i), "\n", " ")
		}
		p, err = page.Parse(context.Background(), page.Source{Kind: page.Text, Text: strings.Join(lines, "\n\n")})
	}
	if err != nil {
		p = &page.Page{}
		p.Nodes, p.Names = make([]page.Node, 1), make([]page.Name, 1)
		p.Nodes[0].Parent = -1
	}
	c := zone.NewContext(p, e.URL)
	n := len(p.Blocks)
	if scores != nil {
		s := make([]float32, width*n)
		if err := binary.Read(scores, binary.LittleEndian, s); err != nil {
			return err
		}
		if width == 1 {
			body, kind := c.Bodies(s)
			return json.NewEncoder(w.bodies).Encode(map[string]any{"id": e.ID, "body": strings.Join(body, "\n\n"), "kind": kind})
		}
		f := c.Dump(s[:n], s[n:2*n], s[2*n:])
		return binary.Write(w.second, binary.LittleEndian, f.Second)
	}
	f := c.Dump(nil, nil, nil)
	if err := binary.Write(w.first, binary.LittleEndian, f.First); err != nil {
		return err
	}
	for i := range n {
		for _, l := range []struct {
			w     *bufio.Writer
			slots []uint32
		}{{w.path, f.Path[i]}, {w.text, f.Text[i]}, {w.section, f.Section[i]}, {w.all, f.All[i]}} {
			if err := binary.Write(l.w, binary.LittleEndian, append([]uint32{uint32(len(l.slots))}, l.slots...)); err != nil {
				return err
			}
		}
	}
	first, second := zone.Widths(p.Kind)
	slots := zone.PathSlots
	if p.Kind == page.Text {
		slots = zone.LineSlots
	}
	blocks := make([]string, n)
	for i := range blocks {
		blocks[i] = p.BlockText(i)
	}
	return json.NewEncoder(w.pages).Encode(map[string]any{"id": e.ID, "words": f.Words, "blocks": blocks, "width": []int{first, second, slots, zone.TextSlots, zone.SectionSlots, zone.WordSlots}})
}

func readGzip(name string) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if !strings.HasSuffix(name, ".gz") {
		return io.ReadAll(f)
	}
	z, err := gzip.NewReader(f)
	if err != nil {
		return nil, err
	}
	return io.ReadAll(z)
}
