package feature

import (
	"testing"

	"example.invalid/nutgraf/internal/text"
)

func gazetteerOf(t *testing.T, lines ...string) Gazetteer {
	t.Helper()
	b, err := PackGazetteer(lines)
	if err != nil {
		t.Fatal(err)
	}
	g, err := OpenGazetteer(string(b))
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func TestGazetteerMarksTheLongestPhrase(t *testing.T) {
	g := gazetteerOf(t, "town\tNew Orr", "town\tNew Orr on Sea", "organisation\tÄrzte-Bund", "given\tAda")
	const begins, inside, ends, whole = 1, 2, 4, 8
	for _, c := range []struct {
		in       string
		category Category
		want     []uint64
	}{
		{"in New Orr today", Town, []uint64{0, begins, ends, 0}},
		{"in New Orr on Sea today", Town, []uint64{0, begins, inside, inside, ends, 0}},
		{"NEW ORR", Town, []uint64{begins, ends}},
		{"new orr", Town, []uint64{0, 0}},
		{"the Arzte-Bund", Organisation, []uint64{0, begins, inside, ends}},
		{"Ada's", Given, []uint64{whole, 0}},
	} {
		var x Extractor
		d := text.Analyze(c.in)
		x.Reset(d, g)
		for i, want := range c.want {
			if got := x.tokens[i].lists >> (4 * c.category) & 15; got != want {
				t.Errorf("%q: marks of %q = %b, want %b", c.in, d.Word(i), got, want)
			}
		}
	}
}

func TestGazetteerRefusesOtherBytes(t *testing.T) {
	if _, err := PackGazetteer([]string{"nowhere\tOrr"}); err == nil {
		t.Error("PackGazetteer accepts an unknown category")
	}
	b, err := PackGazetteer([]string{"town\tOrr"})
	if err != nil {
		t.Fatal(err)
	}
	for n := range b {
		if _, err := OpenGazetteer(string(b[:n])); err == nil {
			t.Errorf("OpenGazetteer accepts the first %d of %d bytes", n, len(b))
		}
	}
}

func TestWhatIsKnownOfWords(t *testing.T) {
	b, err := PackGazetteer([]string{"town\tOrr"})
	if err != nil {
		t.Fatal(err)
	}
	more, err := PackWords([]string{"orr\t3\t100", "Órr\t4\t200", "no word\t5\t300", "moss\t32769\t400"}) // the first one counts
	if err != nil {
		t.Fatal(err)
	}
	g, err := OpenGazetteer(string(append(b, more...)))
	if err != nil {
		t.Fatal(err)
	}
	var x Extractor
	x.Reset(text.Analyze("orr ORR Moss word"), g)
	for i, want := range []struct{ class, leanings uint16 }{{3, 100}, {3, 100}, {32769, 400}, {}} {
		if got := x.tokens[i]; got.class != want.class || got.leanings != want.leanings {
			t.Errorf("class and leanings of word %d = %d, %d, want %v", i, got.class, got.leanings, want)
		}
	}
	if x.tokens[0].lists != 0 || x.tokens[1].lists == 0 {
		t.Error("with words known, the town is not found")
	}
	for _, l := range []string{"orr\t3", "orr\t3\tx", "orr\t65536\t1"} {
		if _, err := PackWords([]string{l}); err == nil {
			t.Errorf("PackWords accepts %q", l)
		}
	}
}

func TestLeaning(t *testing.T) {
	for _, c := range []struct {
		class, leanings uint16
		want            uint64
	}{
		{0, 0, 0},
		{1 << 15, 0, 1 << 5},
		{1 << 15, 6<<3 | 1, 1<<5 | 1<<3 | 6},
		{1 << 15, 7<<12 | 5<<9, 1<<5 | 3<<3 | 5}, // the list of places has no part in it
	} {
		x := token{class: c.class, leanings: c.leanings}
		if got := x.leaning(); got != c.want {
			t.Errorf("leaning of %o = %o, want %o", c.leanings, got, c.want)
		}
	}
}

func TestAcronymInBrackets(t *testing.T) {
	for _, c := range []struct {
		in    string
		first int
		last  int
		want  uint8
	}{
		{"the Elwin Press Union (EPU) met", 1, 3, 2},
		{"The Elwin Press Union (EPU) met", 0, 3, 2},
		{"the University of Elwin (UE) met", 1, 3, 2},
		{"the Elwin Press Union (VALTO) met", 1, 3, 1},
		{"the Elwin Press Union (founded 1990) met", 1, 3, 0},
		{"the Elwin Press Union (Ada Orr) met", 1, 3, 0},
		{"the Elwin Press Union", 1, 3, 0},
	} {
		var x Extractor
		d := text.Analyze(c.in)
		x.Reset(d, Gazetteer{})
		x.Sentence(0, len(d.Tokens))
		if got := x.short(c.first, c.last); got != c.want {
			t.Errorf("short(%q) = %d, want %d", c.in, got, c.want)
		}
	}
}

func TestWordsFoldAlike(t *testing.T) {
	for _, c := range []struct {
		a, b string
		same bool
	}{
		{"Orban", "Orbán", true},
		{"U.S.", "US", true},
		{"1999", "2024", true},
		{"Łódź", "lodz", true},
		{"Orr’s", "Orr's", true},
		{"Orr", "Ore", false},
		{"Киев", "киев", true},
	} {
		var x Extractor
		x.Reset(text.Analyze(c.a+" "+c.b), Gazetteer{})
		n := len(x.tokens) / 2
		a, _ := x.Word(0)
		b, _ := x.Word(n)
		if (a == b) != c.same {
			t.Errorf("%q and %q fold alike: %v, want %v", c.a, c.b, a == b, c.same)
		}
	}
}

func TestCandidates(t *testing.T) {
	var x Extractor
	d := text.Analyze("one two three University of the arts Leeds five six seven eight COVID-19 pandemic in spring time")
	x.Reset(d, Gazetteer{})
	if !x.Sentence(0, len(d.Tokens)) {
		t.Fatal("no name is possible")
	}
	want := map[string]bool{"two": true, "three": true, "University": true, "of": true, "the": true, "arts": true, "Leeds": true, "five": true, "six": true,
		"seven": true, "eight": true, "COVID": true, "-": true, "19": true, "pandemic": true, "in": true}
	for i := range d.Tokens {
		if got := x.Candidate(i); got != want[d.Word(i)] {
			t.Errorf("Candidate(%q) = %v, want %v", d.Word(i), got, want[d.Word(i)])
		}
	}
	d = text.Analyze("nothing here")
	x.Reset(d, Gazetteer{})
	if x.Sentence(0, 2) {
		t.Error("a sentence without capitals can hold a name")
	}
}
