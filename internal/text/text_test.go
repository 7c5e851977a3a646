package text

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

func words(d *Document) []string {
	var out []string
	for i := range d.Tokens {
		out = append(out, d.Word(i))
	}
	return out
}

func TestTokens(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"plain", "Rain fell, then stopped.", "Rain fell , then stopped ."},
		{"acronym", "The U.S. and the U.K.'s envoys", "The U.S. and the U.K. 's envoys"},
		{"acronym at the end", "He left the U.S.", "He left the U.S."},
		{"acronym without its last stop", "in the U.S.A yesterday", "in the U.S.A yesterday"},
		{"initials", "George W. Orr and J.R.R. Moss, Ph.D.", "George W. Orr and J.R.R. Moss , Ph.D."},
		{"letter at the end", "They chose plan B.", "They chose plan B ."},
		{"titles", "Mr. Orr met Dr. Moss in St. Ives.", "Mr. Orr met Dr. Moss in St. Ives ."},
		{"states", "Orr (D., Ariz.), of LA CROSSE, Wis. (AP), left Ky. and Kan. The", "Orr ( D . , Ariz. ) , of LA CROSSE , Wis. ( AP ) , left Ky. and Kan . The"},
		{"title or state", "Md. Orr of Rockville, Md., left", "Md. Orr of Rockville , Md. , left"},
		{"title before nothing", "Is he a Dr.", "Is he a Dr ."},
		{"numbered", "No. 10 said no. Nobody", "No. 10 said no . Nobody"},
		{"months", "On Jan. 5 the Sun. It", "On Jan. 5 the Sun . It"},
		{"possessive", "Orr's and the miners’ and Moss’s", "Orr 's and the miners ’ and Moss ’s"},
		{"contractions", "He didn't, we'll, they’ve, I'm", "He did n't , we 'll , they ’ve , I 'm"},
		{"apostrophes inside", "O'Neill D’Angelo l'État N'Djamena", "O'Neill D’Angelo l'État N'Djamena"},
		{"hyphens", "Rolls-Royce—well-known", "Rolls - Royce — well - known"},
		{"numbers", "1,000.5 at 10:30, the 19th, 5km, $3.2m", "1,000.5 at 10:30 , the 19th , 5km , $ 3.2m"},
		{"decade", "in the '90s", "in the '90s"},
		{"missing space", "It ended.The mayor", "It ended . The mayor"},
		{"addresses", "See https://example.com/a(b), www.example.org. Or example.com.", "See https://example.com/a(b) , www.example.org . Or example.com ."},
		{"mail", "Write to a.b@example.co.uk, please", "Write to a.b@example.co.uk , please"},
		{"handles", "@some_one said #GoHome @ 5", "@ some_one said #GoHome @ 5"},
		{"ellipses", "Well... no… \"yes\"", "Well ... no … \" yes \""},
		{"German", "Der Ärger in Köln, z.B. heute", "Der Ärger in Köln , z.B. heute"},
		{"Chinese", "北京2024年", "北 京 2024 年"},
		{"Korean", "서울은 크다", "서울은 크다"},
		{"Hindi", "हिन्दी है।", "हिन्दी है ।"},
		{"combining", "Cafe\u0301 so\u00adon", "Cafe\u0301 so\u00adon"},
		{"invisible blanks", "a\u200bb\ufeffc\u00a0d", "a b c d"},
		{"emoji", "ok 👍!", "ok 👍 !"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := words(Analyze(c.in))
			if diff := cmp.Diff(strings.Fields(c.want), got); diff != "" {
				t.Errorf("Analyze(%q) tokens (-want +got):\n%s", c.in, diff)
			}
		})
	}
}

func TestKinds(t *testing.T) {
	d := Analyze("Go 12 , $ a.com @b #c …")
	want := []TokenKind{Word, Number, Punctuation, Symbol, URL, Symbol, Handle, Handle, Punctuation}
	for i, k := range want {
		if d.Tokens[i].Kind != k {
			t.Errorf("kind of %q = %v, want %v", d.Word(i), d.Tokens[i].Kind, k)
		}
	}
	if d := Analyze("well-known fact"); !d.Joined(1) || !d.Joined(2) || d.Joined(3) || d.Joined(0) {
		t.Error("Joined does not tell the parts of well-known from the next word")
	}
}

func TestSentences(t *testing.T) {
	for _, c := range []struct {
		name, in string
		want     []string
	}{
		{"two", "Rain fell. It stopped.", []string{"Rain fell.", "It stopped."}},
		{"dateline", "LA CROSSE, Wis. (AP) — It rained. NASHVILLE, Tenn. — It did not.", []string{"LA CROSSE, Wis. (AP) — It rained.", "NASHVILLE, Tenn. — It did not."}},
		{"titles and initials", "Mr. Orr met George W. Moss. Dr. Lee left.", []string{"Mr. Orr met George W. Moss.", "Dr. Lee left."}},
		{"acronym inside", "The U.S. Senate voted. The U.S. said no.", []string{"The U.S. Senate voted.", "The U.S. said no."}},
		{"acronym at the end", "He left the U.S. The trip was long.", []string{"He left the U.S.", "The trip was long."}},
		{"company", "Acme Inc. shares fell at Acme Inc. But Orr bought.", []string{"Acme Inc. shares fell at Acme Inc.", "But Orr bought."}},
		{"street and saint", "On Main St. in St. Ives. On Main St. The end.", []string{"On Main St. in St. Ives.", "On Main St.", "The end."}},
		{"time", "At 5 p.m. Monday it ended at 6 p.m. They left.", []string{"At 5 p.m. Monday it ended at 6 p.m.", "They left."}},
		{"month", "On Jan. 5 he came. It snowed.", []string{"On Jan. 5 he came.", "It snowed."}},
		{"number", "No. 10 agreed. It cost 3.5 million. 12 died.", []string{"No. 10 agreed.", "It cost 3.5 million.", "12 died."}},
		{"quotes", "“It is over.” She left. \"Stop!\" he said. \"Go.\" \"Now.\"", []string{"“It is over.”", "She left.", "\"Stop!\" he said.", "\"Go.\"", "\"Now.\""}},
		{"question in a quote", "\"Why?\" asked Orr.", []string{"\"Why?\" asked Orr."}},
		{"brand", "Yahoo! shares rose. iPhone sales fell.", []string{"Yahoo! shares rose.", "iPhone sales fell."}},
		{"ellipsis", "He waited... and left. Well... Nobody came.", []string{"He waited... and left.", "Well...", "Nobody came."}},
		{"missing space", "It ended.The mayor left.", []string{"It ended.", "The mayor left."}},
		{"brackets", "He left (in May.) She stayed.", []string{"He left (in May.)", "She stayed."}},
		{"list", "1. Rain fell. 2. It stopped.", []string{"1. Rain fell.", "2. It stopped."}},
		{"capitals", "ORR MEETS U.S. ENVOY. THE TALKS FAIL", []string{"ORR MEETS U.S. ENVOY.", "THE TALKS FAIL"}},
		{"line break", "Rain\nfell. It\r\nstopped.", []string{"Rain\nfell.", "It\r\nstopped."}},
		{"paragraphs", "A headline\n\nRain fell\n \t\n\r\nIt stopped", []string{"A headline", "Rain fell", "It stopped"}},
		{"Chinese", "你好。他走了！", []string{"你好。", "他走了！"}},
		{"nothing", " \n\n ", nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			var got []string
			for _, s := range Analyze(c.in).Sentences {
				got = append(got, c.in[s.Start:s.End])
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("Analyze(%q) sentences (-want +got):\n%s", c.in, diff)
			}
		})
	}
}

func TestTokenAt(t *testing.T) {
	d := Analyze("One two. Three.\n\nFour")
	for _, c := range []struct{ offset, token int }{
		{-1, -1}, {0, 0}, {3, -1}, {4, 1}, {7, 2}, {8, -1}, {9, 3}, {16, -1}, {17, 5}, {20, 5}, {21, -1},
	} {
		if got := d.TokenAt(c.offset); got != c.token {
			t.Errorf("TokenAt(%d) = %d, want %d", c.offset, got, c.token)
		}
	}
	if got := d.Sentences[2].Paragraph; got != 1 {
		t.Errorf("paragraph of the last sentence = %d, want 1", got)
	}
}

func TestLongSentenceIsDivided(t *testing.T) {
	d := Analyze(strings.Repeat("word ", 3*maxSentence))
	if len(d.Sentences) != 3 {
		t.Errorf("a run of %d words makes %d sentences, want 3", 3*maxSentence, len(d.Sentences))
	}
}

func FuzzAnalyze(f *testing.F) {
	for _, s := range []string{
		"Mr. Orr’s U.S. visit... \"Stop!\" he said.\n\nNext", "a.b.c.d.e", "x@y.z http://[::1]/?q=(a))..", "'90s 's n't I'll", "你好。\u200d\u0301", ".\r\n\r.",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if !utf8.ValidString(s) {
			t.Skip()
		}
		d := Analyze(s)
		at, sentence := 0, 0
		for i, k := range d.Tokens {
			if int(k.Start) < at || k.End <= k.Start || int(k.End) > len(s) {
				t.Fatalf("token %d [%d, %d) after %d in %d bytes", i, k.Start, k.End, at, len(s))
			}
			if strings.TrimSpace(s[at:k.Start]) != "" && strings.IndexFunc(s[at:k.Start], func(r rune) bool { c := classOf(r); return c != blank && c != inner }) >= 0 {
				t.Fatalf("no token holds %q", s[at:k.Start])
			}
			if !utf8.ValidString(s[k.Start:k.End]) {
				t.Fatalf("token %q cuts a character", s[k.Start:k.End])
			}
			for i >= d.Sentences[sentence].Last {
				sentence++
			}
			if d.Sentences[sentence].First > i || d.TokenAt(int(k.Start)) != i {
				t.Fatalf("token %d is not found in sentence %d", i, sentence)
			}
			at = int(k.End)
		}
		first := 0
		for i, x := range d.Sentences {
			if x.First != first || x.Last <= x.First || x.Last-x.First > maxSentence || x.Start != int(d.Tokens[x.First].Start) || x.End != int(d.Tokens[x.Last-1].End) {
				t.Fatalf("sentence %d = %+v, want it to begin with token %d", i, x, first)
			}
			if p := d.Paragraphs[x.Paragraph]; i < p.First || i >= p.Last {
				t.Fatalf("sentence %d is not in its paragraph %+v", i, p)
			}
			first = x.Last
		}
		if first != len(d.Tokens) {
			t.Fatalf("sentences end with token %d of %d", first, len(d.Tokens))
		}
		if diff := cmp.Diff(d, Analyze(s)); diff != "" {
			t.Fatalf("a second run differs:\n%s", diff)
		}
	})
}

func BenchmarkAnalyze(b *testing.B) {
	const paragraph = "Mayor Ada Orr of St. Ives said on Jan. 5 that the U.S.-backed plan “isn’t over”, the council’s 3.5 million budget notwithstanding. \"We'll see,\" she told reporters.\n\n"
	for _, c := range []struct {
		name string
		n    int
	}{{"1x", 50}, {"10x", 500}} {
		s := strings.Repeat(paragraph, c.n)
		b.Run(c.name, func(b *testing.B) {
			b.SetBytes(int64(len(s)))
			b.ReportAllocs()
			for b.Loop() {
				Analyze(s)
			}
		})
	}
	s := strings.Repeat("ab.cd.ef-", 1000)
	b.Run("hostile", func(b *testing.B) {
		b.SetBytes(int64(len(s)))
		for b.Loop() {
			Analyze(s)
		}
	})
}

func TestBreaks(t *testing.T) {
	t.Parallel()
	d := Analyze("Ada Orr\nBen\u2028Moss \r\n Eva\tLind")
	want := []bool{false, false, true, true, true, false}
	for i, w := range want {
		if got := d.Breaks(i); got != w {
			t.Errorf("a line ends before %q: %v, want %v", d.Word(i), got, w)
		}
	}
}
