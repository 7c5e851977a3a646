package times

import (
	"strings"
	"testing"
)

// A news text of the usual density of times, and texts made to hurt.
func BenchmarkParse(b *testing.B) {
	news := `The harbour board of Eastmere will close the old ferry terminal on Monday after a vote that followed months of argument
between fishermen and the town council, the board said in a statement. Ann Lee, who led the campaign against the closure,
called the decision a mistake and said her group would ask a court to stop it before the end of August. The terminal was
built in 1964 and has not been repaired since a storm damaged its pier two years ago. About 300 people work there.
`
	for _, tc := range []struct{ name, text string }{
		{"news", strings.Repeat(news, 2000)},
		{"prose", strings.Repeat(strings.ReplaceAll(news[:300], "Monday", "the pier"), 3000)},
		{"digits", strings.Repeat("7", 1_000_000)},
		{"numbers", strings.Repeat("12 7 ", 200_000)},
		{"mondays", strings.Repeat("Monday ", 150_000)},
		{"may", strings.Repeat("in May 5 to 7 , 20 ", 50_000)},
		{"twenty", strings.Repeat("twenty five hundred thousand ", 40_000)},
	} {
		b.Run(tc.name, func(b *testing.B) {
			var p parser
			b.SetBytes(int64(len(tc.text)))
			b.ReportAllocs()
			for b.Loop() {
				p.parse(grammars["en"], tc.text, parseAnchor("2024-05-15"), func(n int) bool { return false })
			}
		})
	}
}
