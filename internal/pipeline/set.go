package pipeline

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"sync"

	nutgrafv1 "example.invalid/nutgraf/gen/go/nutgraf/v1"
	"google.golang.org/protobuf/reflect/protoreflect"
)

var (
	extractionFields = (*nutgrafv1.Extraction)(nil).ProtoReflect().Descriptor().Fields()
	namePattern      = regexp.MustCompile(`^[a-z][a-z0-9_]*(/[a-z][a-z0-9_]*)?$`)
	versionPattern   = regexp.MustCompile(`^\d+\.\d+\.\d+$`)
	// ownFields are filled by the pipeline itself.
	ownFields = map[Field]bool{"offset_encoding": true, "runs": true, "warnings": true, "replay": true, "labels": true, "source_text": true}
)

// Set is a checked set of extractors. It is safe for concurrent use.
type Set struct {
	nodes    []node // in an order that respects Requires and Uses
	provider map[Field]int
	byName   map[string]int
	digest   string
	observe  Observer
	plans    sync.Map // uint64 of wanted nodes -> uint64 of nodes that must run
}

type node struct {
	Extractor
	spec     Spec
	visible  map[Field]bool
	provides []protoreflect.FieldDescriptor
	needs    uint64 // providers of Requires and Uses
	requires uint64 // providers of Requires
}

// Config holds what a Set may be given.
type Config struct {
	// Observe is called around each run of an extractor; nil means nobody watches.
	Observe Observer
}

// NewSet returns the set of the given extractors. The order in which they are given does not matter. It refuses a
// malformed spec, an unknown field, a field with two providers or none, a name given twice, and a cycle.
func NewSet(cfg Config, extractors ...Extractor) (*Set, error) {
	if len(extractors) > 64 {
		return nil, fmt.Errorf("%d extractors, at most 64", len(extractors))
	}
	nodes := make([]node, len(extractors))
	for i, e := range extractors {
		nodes[i] = node{Extractor: e, spec: e.Spec()}
	}
	slices.SortFunc(nodes, func(a, b node) int { return strings.Compare(a.spec.Name, b.spec.Name) })
	for i := range nodes {
		n := &nodes[i]
		if err := n.check(); err != nil {
			return nil, fmt.Errorf("extractor %q: %w", n.spec.Name, err)
		}
		if i > 0 && nodes[i-1].spec.Name == n.spec.Name {
			return nil, fmt.Errorf("extractor %q: name given twice", n.spec.Name)
		}
	}
	nodes, err := order(nodes)
	if err != nil {
		return nil, err
	}
	s := &Set{nodes: nodes, provider: providers(nodes), byName: map[string]int{}, observe: cfg.Observe}
	h := sha256.New()
	names := make([]string, 0, len(nodes))
	for i := range nodes {
		n := &nodes[i]
		s.byName[n.spec.Name] = i
		for _, f := range n.spec.Requires {
			if f != Source {
				n.requires |= 1 << s.provider[f]
			}
		}
		n.needs = n.requires
		for _, f := range n.spec.Uses {
			if f != Source {
				n.needs |= 1 << s.provider[f]
			}
		}
		names = append(names, n.spec.Name+"\x00"+n.spec.Version+"\x00"+n.spec.Digest+"\n")
	}
	slices.Sort(names)
	for _, line := range names {
		_, _ = io.WriteString(h, line)
	}
	_, _ = fmt.Fprintf(h, "analyzed\x00%d\n", MaxAnalyzedBytes)
	s.digest = "sha256:" + hex.EncodeToString(h.Sum(nil))
	return s, nil
}

func (n *node) check() error {
	if !namePattern.MatchString(n.spec.Name) {
		return errors.New("name is not lower_snake_case")
	}
	if !versionPattern.MatchString(n.spec.Version) {
		return fmt.Errorf("version %q is not semantic", n.spec.Version)
	}
	if len(n.spec.Provides) == 0 {
		return errors.New("provides nothing")
	}
	n.visible = map[Field]bool{}
	for _, f := range slices.Concat(n.spec.Requires, n.spec.Uses) {
		if f != Source && extractionFields.ByName(protoreflect.Name(f)) == nil {
			return fmt.Errorf("field %q is not in Extraction", f)
		}
		n.visible[f] = true
	}
	for _, f := range n.spec.Provides {
		fd := extractionFields.ByName(protoreflect.Name(f))
		switch {
		case fd == nil:
			return fmt.Errorf("field %q is not in Extraction", f)
		case ownFields[f]:
			return fmt.Errorf("field %q is filled by the pipeline", f)
		case n.visible[f]:
			return fmt.Errorf("field %q is both input and output", f)
		}
		n.provides = append(n.provides, fd)
	}
	return nil
}

func providers(nodes []node) map[Field]int {
	m := map[Field]int{}
	for i := range nodes {
		for _, f := range nodes[i].spec.Provides {
			m[f] = i
		}
	}
	return m
}

// order sorts nodes so that each comes after all that it needs, by name where there is a choice.
func order(nodes []node) ([]node, error) {
	provider := map[Field]int{}
	for i, n := range nodes {
		for _, f := range n.spec.Provides {
			if j, ok := provider[f]; ok {
				return nil, fmt.Errorf("field %q has two providers: %q and %q", f, nodes[j].spec.Name, n.spec.Name)
			}
			provider[f] = i
		}
	}
	placed := make([]bool, len(nodes))
	out := make([]node, 0, len(nodes))
	for len(out) < len(nodes) {
		next := -1
	candidates:
		for i, n := range nodes {
			if placed[i] {
				continue
			}
			for _, f := range slices.Concat(n.spec.Requires, n.spec.Uses) {
				if f == Source {
					continue
				}
				p, ok := provider[f]
				if !ok {
					return nil, fmt.Errorf("extractor %q: field %q has no provider", n.spec.Name, f)
				}
				if !placed[p] {
					continue candidates
				}
			}
			next = i
			break
		}
		if next < 0 {
			var stuck []string
			for i, n := range nodes {
				if !placed[i] {
					stuck = append(stuck, n.spec.Name)
				}
			}
			return nil, fmt.Errorf("extractors wait for each other: %s", strings.Join(stuck, ", "))
		}
		placed[next] = true
		out = append(out, nodes[next])
	}
	return out, nil
}

// Specs returns the specs of all extractors in the order in which they run.
func (s *Set) Specs() []Spec {
	specs := make([]Spec, len(s.nodes))
	for i, n := range s.nodes {
		specs[i] = n.spec
	}
	return specs
}

// Digest identifies the names, versions and artefacts of all extractors, and how much of a body they read: "sha256:" and hex.
func (s *Set) Digest() string { return s.digest }

// plan returns the nodes that must run for those wanted: their closure over Requires and Uses.
func (s *Set) plan(wanted uint64) uint64 {
	if p, ok := s.plans.Load(wanted); ok {
		return p.(uint64)
	}
	run := wanted
	for i := len(s.nodes) - 1; i >= 0; i-- {
		if run&(1<<i) != 0 {
			run |= s.nodes[i].needs
		}
	}
	s.plans.Store(wanted, run)
	return run
}
