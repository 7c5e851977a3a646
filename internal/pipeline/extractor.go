// Package pipeline runs extractors over one article: it checks what they require and provide against the contract, runs
// what a request asks for in order, and merges the parts into one Extraction. It knows no extractor.
package pipeline

import (
	"context"
	"time"

	nutgrafv1 "example.invalid/nutgraf/gen/go/nutgraf/v1"
)

// Field is the name of a top-level field of Extraction, or Source.
type Field string

// Source is the document itself, the one field that no extractor provides.
const Source Field = "source"

// Spec describes an extractor. It never changes while the program runs.
type Spec struct {
	// Name is the extractor's id, lower_snake_case.
	Name string
	// Version is the semantic version of its behaviour.
	Version string
	// Description is one line for people.
	Description string
	// Requires are fields it cannot work without, Uses those it does better with, Provides those it fills.
	Requires, Uses, Provides []Field
	// Budget bounds one run; zero means only the caller's deadline does.
	Budget time.Duration
	// Languages are the BCP 47 tags it is tested for; empty means any.
	Languages []string
	// Digest is that of its model, rules and lists, "sha256:" and hex; empty if its code is all there is.
	Digest string
	// Confidence says what its confidence means.
	Confidence nutgrafv1.ConfidenceKind
}

// Extractor turns its declared input into a part of an Extraction. It is a pure function, safe for concurrent use.
type Extractor interface {
	Spec() Spec
	// Extract returns a fresh message with only the fields of Provides and warnings set. Spans are counted in UTF-8 bytes
	// of their layer. No finding is an empty part, not an error.
	Extract(ctx context.Context, in Input) (*nutgrafv1.Extraction, error)
}
