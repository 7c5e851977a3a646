package quotes

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"example.invalid/nutgraf/internal/text"
)

// scanAll returns the stretches of a text, those that resume another marked
// with a leading "+", those without a closing mark with a trailing "~".
func scanAll(s string) []string {
	sc := scanner{text: s, max: maxQuotes}
	for i, p := range text.Analyze(s).Paragraphs {
		sc.scan(i, p.Start, p.End)
	}
	var out []string
	for _, st := range sc.out {
		t := s[st.start:st.end]
		if st.resumes {
			t = "+" + t
		}
		if !st.closed {
			t += "~"
		}
		out = append(out, t)
	}
	return out
}

func TestMarks(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		text string
		want []string
	}{
		"curly":               {`“The bridge holds,” Roe said. “For now.”`, []string{"The bridge holds,", "For now."}},
		"straight":            {`"The bridge holds," Roe said. "For now."`, []string{"The bridge holds,", "For now."}},
		"single curly":        {`‘The bridge holds,’ Roe said.`, []string{"The bridge holds,"}},
		"single straight":     {`'The bridge holds,' Roe said.`, []string{"The bridge holds,"}},
		"guillemets":          {`«Le pont tient», dit Roe.`, []string{"Le pont tient"}},
		"spaced guillemets":   {"« Le pont tient », dit Roe.", []string{"Le pont tient"}},
		"reversed guillemets": {`»Die Brücke hält«, sagte Roe.`, []string{"Die Brücke hält"}},
		"german":              {`„Die Brücke hält“, sagte Roe.`, []string{"Die Brücke hält"}},
		"german single":       {`‚Die Brücke hält‘, sagte Roe.`, []string{"Die Brücke hält"}},
		"swedish":             {`”Bron håller”, sade Roe.`, []string{"Bron håller"}},
		"corner brackets":     {`「橋は大丈夫」と市長は言った。`, []string{"橋は大丈夫"}},
		"typewriter":          {"``The bridge holds,'' Roe said.", []string{"The bridge holds,"}},
		"apostrophes":         {`The workers’ rights, O’Dell’s view and the ’90s aren’t quoted; nor is rock 'n' roll in '08.`, nil},
		"apostrophe inside":   {`‘It isn’t the workers’ fault,’ Roe said.`, []string{"It isn’t the workers’ fault,"}},
		"possessive at end":   {`He calls them ‘the dockers’ and left.`, []string{"the dockers"}},
		"nested":              {`“She told me ‘never again’ and left,” Roe said.`, []string{"She told me ‘never again’ and left,"}},
		"nested the other way": {`‘She told me “never again” and left,’ Roe said.`, []string{
			"She told me “never again” and left,",
		}},
		"nested alike":        {`“She said “never again” and left,” Roe said.`, []string{"She said “never again” and left,"}},
		"over paragraphs":     {"“The bridge holds.\n\n“It will hold.”", []string{"The bridge holds.~", "+It will hold."}},
		"straight paragraphs": {"Roe said: \"The bridge holds.\n\n\"It will hold.\"", []string{"The bridge holds.~", "+It will hold."}},
		"missing closer":      {"“The bridge holds. Roe left.\n\nRain fell.", []string{"The bridge holds. Roe left.~"}},
		"missing before next": {`“The bridge holds. Roe left. Then “no” was heard.`, []string{"The bridge holds. Roe left.~", "no"}},
		"missing straight":    {`"The bridge holds. Roe left. Then "no" was heard.`, []string{"The bridge holds. Roe left.~", "no"}},
		"inches":              {`The plank, 12" wide, is "safe".`, []string{"safe"}},
		"empty":               {`“” "" '' «»`, nil},
		"closer only":         {`The bridge holds,” Roe said.`, nil},
		"sloppy curly":        {`“The bridge holds," Roe said.`, []string{"The bridge holds,"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if d := cmp.Diff(test.want, scanAll(test.text)); d != "" {
				t.Errorf("stretches of %q (-want +got):\n%s", test.text, d)
			}
		})
	}
}

// Stretches lie in their paragraph in order without overlap, on code points,
// and an article never has too many.
func FuzzMarks(f *testing.F) {
	for _, s := range []string{`“a ‘b’ c” d 'e' "f`, "“a\n\n“b”", `«a» „b“ »c«`, strings.Repeat(`"a `, 50)} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if !utf8.ValidString(s) {
			t.Skip()
		}
		sc := scanner{text: s, max: 10}
		ps := text.Analyze(s).Paragraphs
		for i, p := range ps {
			sc.scan(i, p.Start, p.End)
		}
		if len(sc.out) > 10 {
			t.Fatalf("%d stretches", len(sc.out))
		}
		end := 0
		for _, st := range sc.out {
			p := ps[st.paragraph]
			if st.open < end || st.start < st.open || st.end <= st.start || st.shut < st.end || st.open < p.Start || st.shut > p.End ||
				!utf8.ValidString(s[st.start:st.end]) {
				t.Fatalf("stretch %+v in paragraph %+v after %d", st, p, end)
			}
			end = st.shut
		}
	})
}
