package text

import (
	"strconv"
	"strings"
	"testing"
)

func TestForms(t *testing.T) {
	t.Parallel()
	d := Analyze("The rain, the RAIN: 5 rains. Élan élan ÉLAN the")
	var got []string
	for _, tok := range d.Tokens {
		if tok.Kind == Word {
			got = append(got, strconv.Itoa(int(tok.Form)))
		}
	}
	if want := "0 1 0 1 2 3 3 3 0"; strings.Join(got, " ") != want {
		t.Errorf("forms of %q = %v, want %s", d.Text, got, want)
	}
	for n, f := range d.Forms {
		if i := int(f.First); int(d.Tokens[i].Form) != n || Hash(d.Word(i)) != f.Hash {
			t.Errorf("form %d begins with token %d of form %d", n, i, d.Tokens[i].Form)
		}
	}
	var many strings.Builder
	for i := range 20000 {
		many.WriteString(" w" + strconv.Itoa(i%5000))
	}
	if n := len(Analyze(many.String()).Forms); n != 5000 {
		t.Errorf("5000 words have %d forms", n)
	}
}

func TestLexicon(t *testing.T) {
	t.Parallel()
	words := strings.Fields("rain Élan don't x")
	l := NewLexicon(words)
	for i, w := range []string{"RAIN", "élan", "Don't", "X"} {
		if got := l.Find(Hash(w)); got != i {
			t.Errorf("Find(%q) = %d, want %d", w, got, i)
		}
	}
	if got := l.Find(Hash("rains")); got != -1 {
		t.Errorf("Find(rains) = %d, want -1", got)
	}
}
