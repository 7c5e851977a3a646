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

// Short texts of several kinds and languages keep all but their headline and byline.
func TestShortTexts(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		head int // paragraphs that may be left out
		in   string
	}{
		{"German", 2, "Brücke bleibt gesperrt\n\nVon Jana Holt\n\nDie Brücke über die Aue bleibt bis Mai gesperrt, teilte das Bauamt am Montag mit.\n\nGrund sind Risse in zwei Lagern. „Wir konnten das nicht verantworten“, sagte Bauamtsleiter Kurt Ebel.\n\nWie es weitergeht\n\nEin Gutachten soll im April vorliegen.\n\nFußgänger dürfen weiter hinüber."},
		{"Japanese", 1, "橋は五月まで通行止め\n\n市は月曜日、川に架かる古い橋を五月まで通行止めにすると発表した。\n\n二つの支承に亀裂が見つかったためだという。\n\n「安全が第一だ」と市長は話した。"},
		{"Arabic", 0, "أعلن مجلس الميناء يوم الاثنين إغلاق الجسر القديم أمام السيارات حتى مايو.\n\nوقال رئيس المجلس إن المهندسين وجدوا شقوقا في اثنين من المحامل.\n\nولم يصب أحد بأذى."},
		{"subheads", 0, "The town bought the mill.\n\nWhy now\n\nThe owner died in March and her heirs wanted to sell before the summer, the mayor said.\n\nWhat it costs\n\nThe price is 1.2 million, to be paid over ten years.\n\nWhat comes next\n\nA vote is due in June."},
		{"speech", 0, "“Who paid?”\n\n“Nobody did,” she said.\n\n“Then who will?”\n\nThe clerk looked at the ledger for a long time before he answered that the town would."},
		{"a list", 1, "Five things to know about the ferry\n\n1. It sails twice a day.\n\n2. It takes nine cars.\n\n3. Dogs travel free.\n\n4. It does not sail in fog.\n\n5. Tickets are sold on board."},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := strings.Join(bodyOf(t, tt.in), "\n\n")
			if want := strings.Join(strings.Split(tt.in, "\n\n")[tt.head:], "\n\n"); !strings.HasSuffix(got, want) {
				t.Errorf("body = %q, want %q", got, want)
			}
		})
	}
}
