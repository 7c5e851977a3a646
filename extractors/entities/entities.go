// Package entities finds who and what an article speaks of: people, organisations, places and events, each once, with all
// mentions, the roles of people, and how much of the article is about them.
package entities

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io/fs"
	"strings"
	"sync"

	nutgrafv1 "example.invalid/nutgraf/gen/go/nutgraf/v1"
	"example.invalid/nutgraf/internal/names"
	"example.invalid/nutgraf/internal/pipeline"
	"example.invalid/nutgraf/internal/text"
)

// Extractor fills Extraction.entities.
type Extractor struct {
	lex    *lexicon
	tag    func(context.Context, *text.Document) []Name
	digest string
}

// model is the tagger with its weights, opened once.
var model = sync.OnceValue(func() *names.Tagger {
	t, err := names.New()
	if err != nil {
		panic(err) // the embedded weights are part of the program; a test opens them
	}
	return t
})

// New returns the extractor with the embedded tagger and lists.
func New() *Extractor {
	t := model()
	x := NewWithTagger(func(ctx context.Context, doc *text.Document) []Name {
		found := t.Tag(ctx, doc)
		out := make([]Name, len(found))
		for i, m := range found {
			out[i] = Name{Start: m.Start, End: m.End, Kind: kinds[m.Kind], Confidence: float32(m.Confidence)}
		}
		return out
	})
	x.digest = digest(t.Digest())
	return x
}

var kinds = map[names.Kind]nutgrafv1.EntityKind{names.Person: person, names.Organisation: organization, names.Place: place, names.Event: event}

// digest identifies the weights of the tagger and all lists.
func digest(weights string) string {
	h := sha256.New()
	h.Write([]byte(weights))
	_ = fs.WalkDir(data, "data", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := data.ReadFile(path)
		h.Write(b)
		return err
	})
	return "sha256:" + hex.EncodeToString(h.Sum(nil))
}

// NewWithTagger returns an extractor that takes its names from tag: sorted, without overlaps, each inside
// one line of the text.
func NewWithTagger(tag func(context.Context, *text.Document) []Name) *Extractor {
	return &Extractor{lex: english(), tag: tag}
}

// Spec describes the extractor.
func (x *Extractor) Spec() pipeline.Spec {
	return pipeline.Spec{
		Name:        "entities",
		Version:     "1.7.2",
		Description: "People, organisations, places and named events with all their mentions, roles and salience.",
		Requires:    []pipeline.Field{"content"},
		Uses:        []pipeline.Field{"metadata"},
		Provides:    []pipeline.Field{"entities"},
		Languages:   []string{"en"},
		Digest:      x.digest,
		Confidence:  nutgrafv1.ConfidenceKind_CONFIDENCE_KIND_CALIBRATED,
	}
}

// Extract finds the entities of the title, the standfirst and the body.
func (x *Extractor) Extract(ctx context.Context, in pipeline.Input) (*nutgrafv1.Extraction, error) {
	var layers []found
	for _, l := range []struct {
		which nutgrafv1.Layer
		doc   func() *text.Document
	}{
		{nutgrafv1.Layer_LAYER_TITLE, in.Title},
		{nutgrafv1.Layer_LAYER_STANDFIRST, func() *text.Document { return text.Analyze(in.Metadata().GetStandfirst().GetValue()) }},
		{nutgrafv1.Layer_LAYER_BODY, in.Body},
	} {
		if doc := l.doc(); doc != nil && len(doc.Tokens) > 0 {
			layers = append(layers, found{l.which, doc, x.tag(ctx, doc)})
		}
		if err := ctx.Err(); err != nil {
			return nil, err
		}
	}
	a := article{lex: x.lex}
	if l, _, _ := strings.Cut(in.Language(), "-"); l != "en" {
		a.foreign = l
	}
	if err := a.take(ctx, layers); err != nil {
		return nil, err
	}
	if err := a.analyze(ctx); err != nil {
		return nil, err
	}
	out := &nutgrafv1.Extraction{Entities: a.withDateline(a.build(), in.Metadata().GetDateline())}
	warn := func(code nutgrafv1.WarningCode, message string) {
		out.Warnings = append(out.Warnings, &nutgrafv1.Warning{Code: code, Message: message, Field: "entities"})
	}
	if a.foreign != "" {
		warn(nutgrafv1.WarningCode_WARNING_CODE_LANGUAGE_UNSUPPORTED, "only the surest names are read in this language, without roles and pronouns")
	}
	if len(a.entities) > maxEntities || len(a.mentions) > maxMentions {
		warn(nutgrafv1.WarningCode_WARNING_CODE_TRUNCATED, "too many entities or mentions")
	}
	return out, nil
}

// take corrects and completes the names and makes units of all.
func (a *article) take(ctx context.Context, layers []found) error {
	for i := range layers {
		l := &layers[i]
		if a.foreign != "" {
			l.names = foreign(l.doc, l.names, a.lex, a.foreign)
		} else {
			l.names = repair(l.doc, l.names, a.lex)
			l.names = l.titled(a.lex)
		}
		if err := ctx.Err(); err != nil {
			return err
		}
	}
	datelines(layers)
	complete(layers, a.lex)
	for _, l := range layers {
		if err := ctx.Err(); err != nil {
			return err
		}
		a.add(l.which, l.doc, l.names)
	}
	return ctx.Err()
}

func (a *article) analyze(ctx context.Context) error {
	a.merge()
	if err := ctx.Err(); err != nil {
		return err
	}
	if a.foreign != "" { // the grammar of roles and the pronouns are English
		a.weigh()
		return nil
	}
	var roles []role
	for n := range a.layers {
		if err := ctx.Err(); err != nil {
			return err
		}
		g := grammar{a: a, l: &a.layers[n], n: n}
		roles = g.roles(roles)
	}
	a.assign(roles)
	if err := a.resolve(ctx, roles); err != nil {
		return err
	}
	a.weigh()
	return nil
}
