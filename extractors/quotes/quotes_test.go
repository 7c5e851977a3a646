package quotes

import (
	"context"
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	nutgrafv1 "example.invalid/nutgraf/gen/go/nutgraf/v1"
	"example.invalid/nutgraf/internal/pipeline"
	"example.invalid/nutgraf/internal/pipeline/pipelinetest"
	"example.invalid/nutgraf/internal/text"
)

var update = flag.Bool("update", false, "rewrite the golden files")

func TestConformance(t *testing.T) {
	t.Parallel()
	pipelinetest.Run(t, New())
}

// entities makes an entity of each line "kind: Full Name | Other Name", with a
// mention wherever one of the names stands.
func entities(body string, lines []string) (out []*nutgrafv1.Entity) {
	kinds := map[string]nutgrafv1.EntityKind{
		"person":       nutgrafv1.EntityKind_ENTITY_KIND_PERSON,
		"organization": nutgrafv1.EntityKind_ENTITY_KIND_ORGANIZATION,
		"place":        nutgrafv1.EntityKind_ENTITY_KIND_PLACE,
	}
	for i, line := range lines {
		kind, names, _ := strings.Cut(line, ": ")
		forms := strings.Split(names, " | ")
		e := &nutgrafv1.Entity{EntityId: fmt.Sprintf("e%d", i+1), Name: forms[0], Kind: kinds[kind]}
		for _, form := range forms {
			for at := 0; ; {
				n := strings.Index(body[at:], form)
				if n < 0 {
					break
				}
				e.Mentions = append(e.Mentions, &nutgrafv1.Mention{
					Form: nutgrafv1.MentionForm_MENTION_FORM_NAME,
					Evidence: &nutgrafv1.Evidence{Spans: []*nutgrafv1.Span{{
						Layer: nutgrafv1.Layer_LAYER_BODY, Start: int64(at + n), End: int64(at + n + len(form)),
					}}},
				})
				at += n + len(form)
			}
		}
		out = append(out, e)
	}
	return out
}

// The golden file shows for each case of cases.txt every quotation found: kind,
// words, speaker, cue, and what else is known.
func TestCases(t *testing.T) {
	t.Parallel()
	cases, err := os.ReadFile("testdata/cases.txt")
	if err != nil {
		t.Fatal(err)
	}
	x := New()
	var b strings.Builder
	for _, c := range strings.Split(string(cases), "=== ")[1:] {
		head, body, _ := strings.Cut(strings.TrimSpace(c), "\n\n")
		lines := strings.Split(head, "\n")
		title, lang, _ := strings.Cut(lines[0], " @")
		if lang == "" {
			lang = "en"
		}
		a := new(analysis)
		found := findIn(a, x.lexicons[lang], body, entities(body, lines[1:]), nil)
		fmt.Fprintf(&b, "=== %s\n", title)
		for _, q := range a.messages(found, 0) {
			fmt.Fprintf(&b, "%-8s %s\n         by %s", strings.ToLower(strings.TrimPrefix(q.GetKind().String(), "QUOTE_KIND_")), q.GetText(), q.GetSpeaker().GetName())
			if m := q.GetSpeaker().GetMention().GetValue(); m != q.GetSpeaker().GetName() {
				fmt.Fprintf(&b, " as %q", m)
			}
			fmt.Fprintf(&b, ", cue %q", q.GetCue().GetValue())
			if q.GetNegated() {
				b.WriteString(", negated")
			}
			if q.AddresseeEntityId != nil {
				fmt.Fprintf(&b, ", to %s", q.GetAddresseeEntityId())
			}
			if q.ContinuesQuoteId != nil {
				fmt.Fprintf(&b, ", continues %s", q.GetContinuesQuoteId())
			}
			if n := len(q.GetEvidence().GetSpans()); n > 1 {
				fmt.Fprintf(&b, ", %d parts", n)
			}
			b.WriteString("\n")
		}
	}
	const golden = "testdata/cases.golden"
	if *update {
		if err := os.WriteFile(golden, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(string(want), b.String()); d != "" {
		t.Errorf("quotations (-%s +now), rewrite with -update:\n%s", golden, d)
	}
}

// findIn finds the quotations of a body.
func findIn(a *analysis, lex *lexicon, body string, es []*nutgrafv1.Entity, blocks []*nutgrafv1.Block) []found {
	doc, layer := text.Analyze(body), nutgrafv1.Layer_LAYER_BODY
	return a.find(context.Background(), doc, layer, lex, es, pipeline.PlaceMentions(doc, layer, es), blocks)
}

// Whatever the text, spans lie inside it on code points, in order, and every
// speaker and quotation referred to exists.
func FuzzFind(f *testing.F) {
	for _, s := range []string{
		`“We left,” Ann Lee said. “Then,” she added, “it rained.”`, `According to Ann Lee, who said it was so, the said said.`,
		"Ann Lee told Bob: “No.\n\n“Yes.” He did not say whether that, saying, was so, he said.", `"a" "b", said the the of by Ann Lee calling it "c" as "d"`,
	} {
		f.Add(s)
	}
	lex := New().lexicons["en"]
	f.Fuzz(func(t *testing.T, s string) {
		if !utf8.ValidString(s) {
			t.Skip()
		}
		es := entities(s, []string{"person: Ann Lee | Lee", "organization: Bob"})
		a := new(analysis)
		found := findIn(a, lex, s, es, nil)
		ids := map[string]bool{}
		start := -1
		for _, q := range a.messages(found, 0) {
			ids[q.GetQuoteId()] = true
			if q.ContinuesQuoteId != nil && !ids[q.GetContinuesQuoteId()] {
				t.Fatalf("%v continues nothing before it", q)
			}
			for i, sp := range q.GetEvidence().GetSpans() {
				if sp.GetStart() < 0 || sp.GetEnd() <= sp.GetStart() || int(sp.GetEnd()) > len(s) || !utf8.ValidString(s[sp.GetStart():sp.GetEnd()]) {
					t.Fatalf("bad span in %v", q)
				}
				if i == 0 && int(sp.GetStart()) < start {
					t.Fatalf("%v is out of order", q)
				} else if i == 0 {
					start = int(sp.GetStart())
				}
			}
			if sp := q.GetSpeaker(); sp != nil && sp.GetName() == "" {
				t.Fatalf("nameless speaker in %v", q)
			}
		}
	})
}

func TestRole(t *testing.T) {
	t.Parallel()
	role := func(title string, status nutgrafv1.RoleStatus) *nutgrafv1.Role {
		return &nutgrafv1.Role{Title: title, Status: status}
	}
	const former, current = nutgrafv1.RoleStatus_ROLE_STATUS_FORMER, nutgrafv1.RoleStatus_ROLE_STATUS_CURRENT
	for name, test := range map[string]struct {
		roles []*nutgrafv1.Role
		want  string
	}{
		"none":                   {nil, ""},
		"the one held now":       {[]*nutgrafv1.Role{role("envoy", former), role("mayor", current), role("owner", current)}, "mayor"},
		"former if nothing else": {[]*nutgrafv1.Role{role("envoy", former)}, "envoy"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			const body = "“We start in March,” Brandt said."
			es := entities(body, []string{"person: Ilse Brandt | Brandt"})
			es[0].Roles = test.roles
			a := new(analysis)
			found := findIn(a, New().lexicons["en"], body, es, nil)
			qs := a.messages(found, 0)
			if len(qs) != 1 || qs[0].GetSpeaker().GetRole() != test.want || qs[0].GetSpeaker().GetEntityId() != "e1" {
				t.Errorf("quotations = %v, want one by e1 as %q", qs, test.want)
			}
			if c, s := qs[0].GetEvidence().GetConfidence(), qs[0].GetSpeaker().GetEvidence().GetConfidence(); c <= 0 || c > 1 || s <= 0 || s > 1 {
				t.Errorf("confidences = %v, %v", c, s)
			}
		})
	}
}

func TestBlockQuote(t *testing.T) {
	t.Parallel()
	const body = "The council met.\n\nThe light will not go out while I am mayor.\n\nRain fell."
	var blocks []*nutgrafv1.Block
	at := 0
	for i, p := range strings.Split(body, "\n\n") {
		kind := nutgrafv1.BlockKind_BLOCK_KIND_PARAGRAPH
		if i == 1 {
			kind = nutgrafv1.BlockKind_BLOCK_KIND_BLOCK_QUOTE
		}
		blocks = append(blocks, &nutgrafv1.Block{Kind: kind, Span: &nutgrafv1.Span{
			Layer: nutgrafv1.Layer_LAYER_BODY, Start: int64(at), End: int64(at + len(p)),
		}})
		at += len(p) + 2
	}
	a := new(analysis)
	found := findIn(a, New().lexicons["en"], body, nil, blocks)
	qs := a.messages(found, 0)
	if len(qs) != 1 || qs[0].GetText() != "The light will not go out while I am mayor." || qs[0].GetSpeaker() != nil {
		t.Errorf("quotations = %v, want the block alone, by nobody known", qs)
	}
}

func TestDataFiles(t *testing.T) {
	t.Parallel()
	if _, err := newLexicon("[nonsense]\nword"); err == nil {
		t.Error("newLexicon of an unknown section = nil error")
	}
	if _, err := newLexicon("[say]\n" + strings.Repeat("x", maxWord+1)); err == nil {
		t.Error("newLexicon of a word that is too long = nil error")
	}
}

func BenchmarkExtract(b *testing.B) {
	cases, err := os.ReadFile("testdata/cases.txt")
	if err != nil {
		b.Fatal(err)
	}
	pipelinetest.Benchmark(b, New(), string(cases))
}
