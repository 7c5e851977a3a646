// Command names trains the embedded names model from the language bench.
//
// train.sh calls it after the scripts that write the gazetteer and the classes of words. The same data give the same
// bytes.
package main

import (
	"bufio"
	"context"
	"flag"
	"fmt"
	"log"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"sort"
	"strconv"
	"strings"
	"sync"
	"time"

	"example.invalid/nutgraf/internal/names"
	"example.invalid/nutgraf/internal/names/feature"
	"example.invalid/nutgraf/internal/text"
	"example.invalid/nutgraf/training/corpus"
)

func main() {
	log.SetFlags(0)
	bench := flag.String("bench", "../shared/bench/language", "folder of the language bench")
	gazetteer := flag.String("gazetteer", "", "the gazetteer's source, as gazetteers.py writes it")
	out := flag.String("out", "internal/names", "folder for model.bin and gazetteer.bin")
	var o options
	flag.IntVar(&o.epochs, "epochs", 4, "passes over the data")
	flag.IntVar(&o.folds, "folds", 4, "parts of the data whose first look comes from a model of the others")
	flag.IntVar(&o.news, "news", 5, "how often an epoch sees a document of news/train")
	flag.IntVar(&o.houses, "houses", 3, "how often an epoch sees an annotated page")
	flag.IntVar(&o.world, "world", 2, "how often an epoch sees a text of the language bench with our own annotation")
	flag.IntVar(&o.texts, "texts", 3, "how often an epoch sees a text written for this project")
	flag.IntVar(&o.seeds, "seeds", 4, "models trained in other orders, whose mean is kept")
	flag.Float64Var(&o.tweets, "tweets", 0.25, "share of the tweets an epoch sees")
	flag.Float64Var(&o.wiki, "wiki", 0.3, "share of the sentences of CrossNER an epoch sees")
	flag.Float64Var(&o.rate, "rate", 0.15, "learning rate")
	flag.Float64Var(&o.l2, "l2", 2e-4, "regularization of a feature each time it is seen")
	flag.Float64Var(&o.dropout, "dropout", 0.4, "share of features left out each time")
	flag.IntVar(&o.cutoff, "cutoff", 4, "features seen less often are left out")
	flag.IntVar(&o.keep, "keep", 419000, "features kept in the model, at most four fifths of a power of two")
	flag.StringVar(&o.skip, "skip", "", "sources not to train on, divided by commas")
	flag.StringVar(&o.states, "states", "", "file to write to how often each word has each state in what is trained on, and end")
	flag.Float64Var(&o.bias, "bias", 0, "taken off the score of being outside every name")
	flag.StringVar(&o.words, "words", "", "classes and leanings of words, as words.py writes them")
	flag.StringVar(&o.measure, "measure", "", "folder with a model and gazetteer that are only measured, on what is held out")
	flag.StringVar(&o.teacher, "teacher", "", "folder with the model and gazetteer that annotate the pages")
	flag.StringVar(&o.pages, "pages", "../shared/bench/content", "folder of the content bench, whose texts the teacher annotates")
	flag.Float64Var(&o.web, "web", 0.2, "share of the pages an epoch sees")
	flag.Float64Var(&o.sure, "sure", 0.7, "confidence under which a name of the teacher's makes its sentence unused")
	flag.BoolVar(&o.errors, "errors", false, "print what was missed and what was wrong in the documents held out")
	flag.StringVar(&o.annotations, "annotations", "training/names/annotations", "folder of our own annotations of pages: train-*.ann is trained on, dev-*.ann measured")
	flag.StringVar(&o.synthetic, "synthetic", "training/names/synthetic", "folder of texts written for this project")
	flag.StringVar(&o.holdout, "holdout", "", "source/N: every Nth of its documents is not trained on but measured")
	flag.Parse()
	if err := run(*bench, *gazetteer, *out, o); err != nil {
		log.Fatal(err)
	}
}

type options struct {
	epochs, folds, news, cutoff, keep, seeds int
	houses, world, texts                     int
	tweets, wiki, rate, l2, dropout          float64
	web, sure                                float64
	skip, holdout, teacher, pages            string
	measure, states, words                   string
	annotations, synthetic                   string
	bias                                     float64
	errors                                   bool
}

func run(bench, source, out string, o options) error {
	raw, err := os.ReadFile(source)
	if err != nil {
		return err
	}
	entries := strings.Split(strings.TrimSuffix(string(raw), "\n"), "\n")
	for _, e := range entries {
		switch list, phrase, _ := strings.Cut(e, "\t"); list {
		case "title":
			titles[phrase] = true
		case "demonym":
			demonyms[phrase] = true
		}
	}
	packed, err := feature.PackGazetteer(entries)
	if err != nil {
		return err
	}
	if o.words != "" {
		raw, err := os.ReadFile(o.words)
		if err != nil {
			return err
		}
		more, err := feature.PackWords(strings.Split(strings.TrimSuffix(string(raw), "\n"), "\n"))
		if err != nil {
			return err
		}
		packed = append(packed, more...)
	}
	if err := os.WriteFile(filepath.Join(out, "gazetteer.bin"), packed, 0o644); err != nil {
		return err
	}
	g, err := feature.OpenGazetteer(string(packed))
	if err != nil {
		return err
	}
	docs, err := corpus.News(filepath.Join(bench, "news/train.jsonl"))
	if err != nil {
		return err
	}
	files, err := filepath.Glob(filepath.Join(bench, "names/train_*.jsonl.gz"))
	if err != nil {
		return err
	}
	houses, err := annotations(o, "train")
	if err != nil {
		return err
	}
	others, err := annotations(o, "dev")
	if err != nil {
		return err
	}
	annotated := map[string]bool{}
	for _, d := range slices.Concat(houses, others) {
		annotated[d.ID] = true
	}
	for _, f := range files {
		more, err := corpus.Tagged(f)
		if err != nil {
			return err
		}
		docs = append(docs, slices.DeleteFunc(more, func(d corpus.Document) bool { return annotated[corpus.Key(d.Source, d.ID)] })...)
	}
	files, err = filepath.Glob(filepath.Join(o.synthetic, "*.txt"))
	if err != nil {
		return err
	}
	invented, err := corpus.Marked(files)
	if err != nil {
		return err
	}
	docs, held, err := divide(slices.Concat(docs, houses, invented), o)
	if err != nil {
		return err
	}
	if o.states != "" {
		return countStates(docs, o.states)
	}
	report := func(n *names.Tagger) {
		of := func(docs []corpus.Document, source string) {
			measure(n, slices.DeleteFunc(slices.Clone(docs), func(d corpus.Document) bool { return d.Source != source }), o.errors)
		}
		for _, source := range []string{"news", "houses", "world", "synthetic"} {
			log.Printf("held out of %s", source)
			of(held, source)
		}
		for _, source := range []string{"houses", "world"} {
			log.Printf("%s to measure", source)
			of(others, source)
		}
	}
	docs = append(docs, headlines(docs)...)
	if o.measure != "" {
		n, err := open(o.measure)
		if err != nil {
			return err
		}
		report(n)
		return nil
	}
	start := time.Now()
	if o.teacher != "" {
		taught, err := teach(o)
		if err != nil {
			return err
		}
		docs = append(docs, taught...)
	}
	t := prepare(docs, g, o)
	log.Printf("%d documents, %d tokens, %d features after %v", len(t.docs), t.tokens, len(t.hashes), time.Since(start).Round(time.Second))

	// What the first look says of a document must come from a model that has not seen it.
	var wg sync.WaitGroup
	limit := make(chan struct{}, 2)
	for fold := range o.folds {
		wg.Add(1)
		go func() {
			defer wg.Done()
			limit <- struct{}{}
			defer func() { <-limit }()
			c := t.train(o, int64(fold), max(3, o.epochs/2), func(d int) bool { return d%o.folds != fold }, false)
			for d := fold; d < len(t.docs); d += o.folds {
				t.docs[d].look = c.decodeDocument(t.docs[d])
			}
		}()
	}
	wg.Wait()
	t.documentFeatures(g)
	log.Printf("first looks after %v; %d features", time.Since(start).Round(time.Second), len(t.hashes))
	models := make([]*crf, o.seeds)
	for i := range models {
		wg.Add(1)
		go func() {
			defer wg.Done()
			limit <- struct{}{}
			defer func() { <-limit }()
			models[i] = t.train(o, int64(99+i), o.epochs, func(int) bool { return true }, true)
		}()
	}
	wg.Wait()
	c := mean(models)

	type kept struct {
		index int
		top   float32
	}
	var keep []kept
	for i := range t.hashes {
		top := float32(0)
		for _, w := range c.row(int32(i)) {
			top = max(top, w, -w)
		}
		if top > 0.02 {
			keep = append(keep, kept{i, top})
		}
	}
	sort.SliceStable(keep, func(i, j int) bool { return keep[i].top > keep[j].top })
	log.Printf("%d of %d features have weight", len(keep), len(t.hashes))
	keep = keep[:min(len(keep), o.keep)]
	hashes := make([]uint32, len(keep))
	weights := make([][names.States]float32, len(keep))
	for i, k := range keep {
		hashes[i] = t.hashes[k.index]
		copy(weights[i][:], c.row(int32(k.index)))
	}
	model := names.PackModel(hashes, weights, c.transitions, float32(o.bias))
	log.Printf("model %d bytes, gazetteer %d bytes, %v", len(model), len(packed), time.Since(start).Round(time.Second))
	if err := os.WriteFile(filepath.Join(out, "model.bin"), model, 0o644); err != nil {
		return err
	}
	n, err := names.Open(string(model), string(packed))
	if err != nil {
		return err
	}
	report(n)
	return nil
}

// annotations reads our own annotations of pages.
func annotations(o options, part string) ([]corpus.Document, error) {
	files, err := filepath.Glob(filepath.Join(o.annotations, part+"-*.ann"))
	if err != nil {
		return nil, err
	}
	return corpus.Annotations(files, o.pages)
}

// ours reports whether a source was annotated by the guide of news/.
func ours(source string) bool {
	return source == "news" || source == "headline" || source == "houses" || source == "world" || source == "synthetic"
}

// divide takes out of docs what is not to be trained on, and returns what is to be measured.
func divide(docs []corpus.Document, o options) (train, held []corpus.Document, err error) {
	every := map[string]int{}
	for _, h := range strings.FieldsFunc(o.holdout, func(r rune) bool { return r == ',' }) {
		source, n, _ := strings.Cut(h, "/")
		if every[source], err = strconv.Atoi(n); err != nil {
			return nil, nil, fmt.Errorf("holdout: %w", err)
		}
	}
	seen := map[string]int{}
	for _, d := range docs {
		if n := every[d.Source]; n > 0 {
			if seen[d.Source]++; seen[d.Source]%n == 0 {
				held = append(held, d)
				continue
			}
		}
		if !slices.Contains(strings.Split(o.skip, ","), d.Source) {
			train = append(train, d)
		}
	}
	return train, held, nil
}

// countStates writes to a file the words of docs, in small letters, and how often each is large in each state, but for the first
// of a sentence outside every name, and how often it is small outside.
func countStates(docs []corpus.Document, file string) error {
	const small = names.States
	counts := map[string]*[small + 1]float64{}
	for _, c := range docs {
		d := &document{source: c.Source, text: text.Analyze(c.Text)}
		d.gold = make([]uint8, len(d.text.Tokens))
		label(d, c.Spans)
		weight := 0.3
		if ours(c.Source) {
			weight = 1
		}
		for _, s := range d.text.Sentences {
			for i := s.First; i < s.Last; i++ {
				w := strings.ToLower(d.text.Word(i))
				if counts[w] == nil {
					counts[w] = new([small + 1]float64)
				}
				switch g := d.gold[i]; {
				case g == 0 && w == d.text.Word(i):
					counts[w][small] += weight
				case g != 0 || i > s.First:
					counts[w][g] += weight
				}
			}
		}
	}
	f, err := os.Create(file)
	if err != nil {
		return err
	}
	w := bufio.NewWriter(f)
	for _, word := range slices.Sorted(maps.Keys(counts)) {
		w.WriteString(word)
		for _, n := range counts[word] {
			fmt.Fprintf(w, "\t%.3g", n)
		}
		w.WriteByte('\n')
	}
	if err := w.Flush(); err != nil {
		return err
	}
	return f.Close()
}

// headlines writes the first lines of the news as other houses write headlines: every word large, or all in capitals.
func headlines(docs []corpus.Document) []corpus.Document {
	words := regexp.MustCompile(`\b[a-z][a-z]{3,}`)
	var out []corpus.Document
	for _, d := range docs {
		if d.Source != "news" && d.Source != "houses" {
			continue
		}
		title, _, _ := strings.Cut(d.Text, "\n")
		for i, written := range []string{
			strings.ToUpper(title), words.ReplaceAllStringFunc(title, func(w string) string { return strings.ToUpper(w[:1]) + w[1:] }),
		} {
			if len(written) != len(title) {
				continue
			}
			h := corpus.Document{ID: fmt.Sprint(d.ID, i), Source: "headline", Text: written + d.Text[len(title):]}
			h.Spans = d.Spans
			// Below the headline everything is as in the article, which is trained on anyway: two paragraphs are enough.
			end := len(title)
			for range 2 {
				if k := strings.Index(h.Text[min(len(h.Text), end+2):], "\n"); k >= 0 {
					end += 2 + k
				}
			}
			h.Text = h.Text[:end]
			h.Spans = slices.DeleteFunc(slices.Clone(d.Spans), func(s corpus.Span) bool { return s.End > end })
			out = append(out, h)
		}
	}
	return out
}

// teach annotates the texts of the content bench with an earlier model.
func teach(o options) ([]corpus.Document, error) {
	n, err := open(o.teacher)
	if err != nil {
		return nil, err
	}
	var out []corpus.Document
	for _, set := range []string{"wcxb", "fundus"} {
		docs, err := corpus.Pages(filepath.Join(o.pages, set, "manifest.jsonl"))
		if err != nil {
			return nil, err
		}
		for _, d := range docs {
			a := text.Analyze(d.Text)
			sentence := 0
			for _, m := range n.Tag(context.Background(), a) {
				d.Spans = append(d.Spans, corpus.Span{Start: m.Start, End: m.End, Type: m.Kind.String()})
				for a.Sentences[sentence].End <= m.Start {
					sentence++
				}
				if m.Confidence < o.sure {
					s := a.Sentences[sentence]
					d.Unsure = append(d.Unsure, [2]int{s.Start, s.End})
				}
			}
			if len(d.Spans) > 0 {
				out = append(out, d)
			}
		}
	}
	return out, nil
}

func open(folder string) (*names.Tagger, error) {
	model, err := os.ReadFile(filepath.Join(folder, "model.bin"))
	if err != nil {
		return nil, err
	}
	gazetteer, err := os.ReadFile(filepath.Join(folder, "gazetteer.bin"))
	if err != nil {
		return nil, err
	}
	return names.Open(string(model), string(gazetteer))
}

// measure prints the exact F1 of each kind.
func measure(t *names.Tagger, docs []corpus.Document, errors bool) {
	var right, found, gold [4]int
	edges := []float64{0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 0.998, 0.999, 2}
	bins := make([]struct {
		n, right int
		sum      float64
	}, len(edges))
	for _, d := range docs {
		want := map[corpus.Span]bool{}
		for _, s := range d.Spans {
			if k, ok := names.ParseKind(s.Type); ok {
				want[s] = true
				gold[k]++
			}
		}
		show := func(sign string, s corpus.Span) {
			if errors {
				log.Printf("%s %s [%s] %q", sign, s.Type, d.Text[s.Start:s.End], d.Text[max(0, s.Start-40):min(len(d.Text), s.End+30)])
			}
		}
		for _, m := range t.Tag(context.Background(), text.Analyze(d.Text)) {
			found[m.Kind]++
			s := corpus.Span{Start: m.Start, End: m.End, Type: m.Kind.String()}
			bin := &bins[sort.Search(len(edges), func(i int) bool { return m.Confidence < edges[i] })]
			bin.n++
			bin.sum += m.Confidence
			if want[s] {
				bin.right++
				right[m.Kind]++
				delete(want, s)
			} else {
				show("+", s)
			}
		}
		for _, s := range d.Spans {
			if want[s] {
				show("-", s)
			}
		}
	}
	for _, b := range bins {
		log.Printf("confidence %.4f: %4d names, %4d right, %.3f", b.sum/float64(max(1, b.n)), b.n, b.right, float64(b.right)/float64(max(1, b.n)))
	}
	f := func(right, found, gold int) float64 { return 200 * float64(right) / float64(max(1, found+gold)) }
	sum := func(n [4]int) int { return n[0] + n[1] + n[2] }
	log.Printf("right, found and annotated of each kind: %v %v %v", right, found, gold)
	log.Printf("PER %.1f ORG %.1f LOC %.1f EVENT %.1f | P %.1f R %.1f F1 %.1f",
		f(right[0], found[0], gold[0]), f(right[1], found[1], gold[1]), f(right[2], found[2], gold[2]), f(right[3], found[3], gold[3]),
		100*float64(sum(right))/float64(max(1, sum(found))), 100*float64(sum(right))/float64(max(1, sum(gold))), f(sum(right), sum(found), sum(gold)))
}

type sentence struct {
	first, last int
}

// document is a training text: for each token its features and its state.
type document struct {
	source    string
	text      *text.Document
	sentences []sentence
	gold      []uint8
	look      []uint8
	features  [][]int32 // those of each token; nil where no name can be
	more      [][]int32 // those that the first look adds
}

type trainer struct {
	docs   []*document
	hashes []uint32
	ids    map[uint32]int32
	tokens int
}

func prepare(docs []corpus.Document, g feature.Gazetteer, o options) *trainer {
	t := &trainer{ids: map[uint32]int32{}}
	counts := map[uint32]uint8{}
	var x feature.Extractor
	var raw [][][]uint32
	for _, c := range docs {
		d := &document{source: c.Source, text: text.Analyze(c.Text)}
		n := len(d.text.Tokens)
		d.gold = make([]uint8, n)
		label(d, c.Spans)
		d.features, d.more = make([][]int32, n), make([][]int32, n)
		features := make([][]uint32, n)
		x.Reset(d.text, g)
		for _, s := range d.text.Sentences {
			if !x.Sentence(s.First, s.Last) {
				continue
			}
			// Accounts are names for the guide of news/ and none for these sources.
			if slices.Contains([]string{"wnut17", "houses", "world"}, c.Source) &&
				slices.ContainsFunc(d.text.Tokens[s.First:s.Last], func(t text.Token) bool { return t.Kind == text.Handle }) {
				continue
			}
			if slices.ContainsFunc(c.Unsure, func(u [2]int) bool { return u[0] < s.End && s.Start < u[1] }) {
				continue
			}
			d.sentences = append(d.sentences, sentence{s.First, s.Last})
			for i := s.First; i < s.Last; i++ {
				if !x.Candidate(i) {
					forget(d.gold, i)
					continue
				}
				f := x.Append(nil, i)
				if !ours(c.Source) {
					// A source's own habits of annotation are its own features'; the service never has them.
					w, _ := x.Word(i)
					source := sourceNumber(c.Source)
					f = append(f, feature.Hash(200, source), feature.Hash(201, w*31+source))
					if i+1 < s.Last {
						n, _ := x.Word(i + 1)
						f = append(f, feature.Hash(202, n*31+source))
					}
					if i > s.First {
						p, _ := x.Word(i - 1)
						f = append(f, feature.Hash(203, p*31+source))
					}
				}
				features[i] = f
				for _, h := range f {
					if n := counts[h]; n < 255 {
						counts[h] = n + 1
					}
				}
			}
		}
		t.tokens += n
		t.docs = append(t.docs, d)
		raw = append(raw, features)
	}
	for k, d := range t.docs {
		for i, f := range raw[k] {
			if f == nil {
				continue
			}
			ids := make([]int32, 0, len(f))
			for _, h := range f {
				if int(counts[h]) >= o.cutoff {
					ids = append(ids, t.id(h))
				}
			}
			d.features[i] = ids
		}
	}
	return t
}

// forget makes the name that token i is part of none.
func forget(gold []uint8, i int) {
	if gold[i] == 0 {
		return
	}
	for !names.MayStart(int(gold[i])) {
		i--
	}
	for !names.MayEnd(int(gold[i])) {
		gold[i] = 0
		i++
	}
	gold[i] = 0
}

func (t *trainer) id(h uint32) int32 {
	id, ok := t.ids[h]
	if !ok {
		id = int32(len(t.hashes))
		t.ids[h] = id
		t.hashes = append(t.hashes, h)
	}
	return id
}

func sourceNumber(s string) uint64 {
	n := uint64(7)
	for _, c := range []byte(s) {
		n = n*131 + uint64(c)
	}
	return n
}

func label(d *document, spans []corpus.Span) {
	for _, s := range spans {
		k, ok := names.ParseKind(s.Type)
		if !ok {
			continue
		}
		first := sort.Search(len(d.text.Tokens), func(i int) bool { return int(d.text.Tokens[i].End) > s.Start })
		last := first
		for last < len(d.text.Tokens) && int(d.text.Tokens[last].Start) < s.End {
			last++
		}
		if !ours(d.source) {
			first, last = harmonize(d.text, k, first, last)
		}
		for i := first; i < last; i++ {
			d.gold[i] = uint8(names.State(k, i == first, i == last-1))
		}
	}
	// A sentence may end inside a name, by mistake: what is left of the name then is none.
	for _, s := range d.text.Sentences {
		for i := s.First; i < s.Last; i++ {
			if i == s.First && !names.MayStart(int(d.gold[i])) || i == s.Last-1 && !names.MayEnd(int(d.gold[i])) {
				for j := s.First; j < s.Last; j++ {
					d.gold[j] = 0
				}
			}
		}
	}
}

var articles = regexp.MustCompile(`^(?i:the|a|an)$`)

// harmonize makes the span of another source what the guide of news/ asks for: no article, no title, no possessive, and
// nationalities are no names.
func harmonize(d *text.Document, k names.Kind, first, last int) (int, int) {
	for first < last && articles.MatchString(d.Word(first)) && !(k == names.Place && d.Word(first) == "The" && first+2 == last) {
		first++
	}
	for first+1 < last && k == names.Person && titles[strings.TrimSuffix(d.Word(first), ".")] {
		first++
	}
	for first < last && (strings.EqualFold(d.Word(last-1), "'s") || d.Word(last-1) == "’s") {
		last--
	}
	if first+1 == last && demonyms[d.Word(first)] {
		return first, first
	}
	return first, last
}

// One-word titles and all demonyms of the gazetteer's source.
var titles, demonyms = map[string]bool{}, map[string]bool{}

func (t *trainer) documentFeatures(g feature.Gazetteer) {
	var x feature.Extractor
	var n names.Document
	for _, d := range t.docs {
		x.Reset(d.text, g)
		n.Reset(&x, mentions(d), d.look)
		for _, s := range d.sentences {
			for i := s.first; i < s.last; i++ {
				if d.features[i] == nil {
					continue
				}
				for _, h := range n.Append(nil, i) {
					d.more[i] = append(d.more[i], t.id(h))
				}
			}
		}
	}
}

func mentions(d *document) []names.Mention {
	var out []names.Mention
	for _, s := range d.sentences {
		for i := s.first; i < s.last; i++ {
			if d.look[i] == 0 {
				continue
			}
			first := i
			for !names.MayEnd(int(d.look[i])) {
				i++
			}
			out = append(out, names.Mention{First: first, Last: i + 1, Kind: names.Kind((d.look[i] - 1) / 4)})
		}
	}
	return out
}
