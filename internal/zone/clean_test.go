package zone

import (
	"strings"
	"testing"

	"example.invalid/nutgraf/internal/page"
)

// bodyOf returns the lines of a text that are its body.
func bodyOf(t *testing.T, text string) []string {
	t.Helper()
	p := parse(t, page.Source{Kind: page.Text, Text: text})
	l, err := Label(t.Context(), p, "")
	if err != nil {
		t.Fatal(err)
	}
	var body []string
	for i, r := range l.Roles {
		if r == Body {
			body = append(body, p.BlockText(i))
		}
	}
	return body
}

// A text that somebody wrote or cleaned keeps its sentences, however short it is.
func TestCleanText(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, in, want string }{
		{"one sentence", "The mayor of Aven opened the bridge on Tuesday.", "The mayor of Aven opened the bridge on Tuesday."},
		{"heading and sentence", "Bridge opens\n\nMayor Ada Brook said so.", "Mayor Ada Brook said so."},
		{"short paragraphs", "It rained.\n\nThe bridge of Aven opened all the same, and many came to see it.\n\nThey left at noon.",
			"It rained.|The bridge of Aven opened all the same, and many came to see it.|They left at noon."},
		{"a menu", "Home\nNews\nSport\nWeather\nAll rights reserved.", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := strings.Join(bodyOf(t, tt.in), "|"); got != tt.want {
				t.Errorf("body of %q = %q, want %q", tt.in, got, tt.want)
			}
		})
	}
}

// story is an article as an editor might paste it, long and short paragraphs, speech, a list and a question.
var story = []string{
	"The harbour board of Lindhaven will close the old swing bridge to cars from the first of May, its chair said on Thursday, after engineers found cracks in two of the four bearings.",
	"“We do not close it lightly,” said the chair, Maud Ellery. “A bearing that fails does not send a letter first.”",
	"Nobody was hurt.",
	"Some 4,300 cars cross the bridge on a working day. They will have to take the road by the mill, which adds nine minutes according to the board and twenty according to those who drive it.",
	"The board looked at three ways out:",
	"- new bearings for 2.1 million, ready in autumn;",
	"- a fixed bridge for 9 million, which no ship of more than six metres could pass;",
	"- a ferry, which the fire brigade opposes.",
	"What will it be? The vote is on 12 June.",
	"Tomas Reuter, who has run the chandlery at the eastern end for 31 years, has already made up his mind. “I will sell fishing rods,” he said.",
	"The bridge was built in 1911 and has been repaired five times, most recently after a coaster struck it in the fog of 1987.",
	"Cyclists and people on foot may go on crossing.",
}

// The same text comes in many forms; none may lose a paragraph.
func TestTextWithoutFurniture(t *testing.T) {
	t.Parallel()
	wrap := func(width int, sep string) string {
		var sb strings.Builder
		for _, p := range story {
			column := 0
			for _, w := range strings.Fields(p) {
				switch {
				case column == 0:
				case column+1+len([]rune(w)) > width:
					sb.WriteString("\n")
					column = 0
				default:
					sb.WriteString(" ")
					column++
				}
				sb.WriteString(w)
				column += len([]rune(w))
			}
			sb.WriteString(sep)
		}
		return sb.String()
	}
	tests := []struct{ name, in string }{
		{"a line each", strings.Join(story, "\n")},
		{"blank lines between", strings.Join(story, "\n\n")},
		{"several blank lines", strings.Join(story, "\n\n\n\n")},
		{"CRLF", strings.Join(story, "\r\n")},
		{"CRLF and blank lines", strings.Join(story, "\r\n\r\n")},
		{"CR", strings.Join(story, "\r")},
		{"tabs in front", "\t" + strings.Join(story, "\n\t")},
		{"wrapped at 72", wrap(72, "\n\n")},
		{"wrapped at 72, no blank lines", wrap(72, "\n")},
		{"wrapped at 60, a long address below", wrap(60, "\n\n") + "https://lindhaven.example/board/minutes/2025/04/17/swing-bridge-closing-and-what-comes-after-it.html\n"},
		{"one long line", strings.Join(story, " ")},
		{"first half", strings.Join(story[:4], "\n\n")},
		{"second half", strings.Join(story[9:], "\n\n")},
	}
	squeeze := func(s string) string { return strings.Join(strings.Fields(s), "") }
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := squeeze(strings.Join(bodyOf(t, tt.in), " "))
			for _, p := range story {
				if want := squeeze(p); strings.Contains(squeeze(tt.in), want) && !strings.Contains(got, want) {
					t.Errorf("lost %q", p)
				}
			}
		})
	}
}
