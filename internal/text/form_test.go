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
	if want := "1 2 1 2 3 4 4 4 1"; strings.Join(got, " ") != want {
		t.Errorf("forms of %q = %v, want %s", d.Text, got, want)
	}
	for n, f := range d.Forms[1:] {
		if i := int(f.First); int(d.Tokens[i].Form) != n+1 || Hash(d.Word(i)) != f.Hash {
			t.Errorf("form %d begins with token %d of form %d", n+1, i, d.Tokens[i].Form)
		}
	}
	var many strings.Builder
	for i := range 20000 {
		many.WriteString(" w" + strconv.Itoa(i%5000))
	}
	if n := len(Analyze(many.String()).Forms); n != 5001 {
		t.Errorf("5000 words have %d forms, want them and the one of what is no word", n)
	}
}

func TestLexicon(t *testing.T) {
	t.Parallel()
	l := NewLexicon(map[string]int{"rain": 1, "Élan": 2, "don't": 3, "x": 4})
	for i, w := range []string{"RAIN", "élan", "Don't", "X"} {
		if got, ok := l.Find(Hash(w)); got != i+1 || !ok {
			t.Errorf("Find(%q) = %d, %v, want %d", w, got, ok, i+1)
		}
	}
	if got, ok := l.Find(Hash("rains")); got != 0 || ok {
		t.Errorf("Find(rains) = %d, %v, want nothing", got, ok)
	}
	if _, ok := l.Find(Form{}.Hash); ok {
		t.Error("what is no word is in a list")
	}
}
