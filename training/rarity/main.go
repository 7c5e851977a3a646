// Command rarity counts in how many articles of the bench's training news each word is found.
//
//	go run ./training/rarity -bench DIR -out internal/rarity/data/en.df.tsv
//
// The same data give the same bytes.
package main

import (
	"bytes"
	"flag"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"example.invalid/nutgraf/internal/text"
	"example.invalid/nutgraf/training/corpus"
)

// fewest is the number of articles below which a word counts as unseen.
const fewest = 3

func main() {
	log.SetFlags(0)
	bench := flag.String("bench", "../shared/bench/language", "folder of the language bench")
	out := flag.String("out", "internal/rarity/data/en.df.tsv", "file to write")
	flag.Parse()
	docs, err := corpus.News(filepath.Join(*bench, "news/train.jsonl"))
	if err != nil {
		log.Fatal(err)
	}
	counts := map[string]int{}
	for _, d := range docs {
		doc := text.Analyze(d.Text)
		for _, f := range doc.Forms {
			counts[strings.ToLower(doc.Word(int(f.First)))]++
		}
	}
	var words []string
	for w, n := range counts {
		if n >= fewest {
			words = append(words, w)
		}
	}
	slices.Sort(words)
	var b bytes.Buffer
	fmt.Fprintf(&b, "\t%d\n", len(docs))
	for _, w := range words {
		fmt.Fprintf(&b, "%s\t%d\n", w, counts[w])
	}
	if err := os.WriteFile(*out, b.Bytes(), 0o644); err != nil {
		log.Fatal(err)
	}
}
