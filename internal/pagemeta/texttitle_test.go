package pagemeta

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"example.invalid/nutgraf/internal/page"
)

func TestTerms(t *testing.T) {
	t.Parallel()
	for in, want := range map[string][]string{
		"The light, the Light of Port Amsel": {"amsel", "light", "port"},
		"灯台を再建":                              {"を再", "再建", "台を", "灯台"},
		"":                                   nil,
	} {
		if got := terms(in); !slices.Equal(got, want) {
			t.Errorf("terms(%q) = %q, want %q", in, got, want)
		}
	}
}

// The headline is the line above the text that the text goes on about, not the longest, the first, or one of other articles.
func TestTextTitle(t *testing.T) {
	t.Parallel()
	const want = "Port Amsel to rebuild the light on its breakwater"
	body := strings.Repeat("\nThe council of Port Amsel voted on Tuesday to rebuild the light on the breakwater, which has stood dark since the storm of last winter.", 6)
	text := "Home\nNews\nSport\nWeather\nSubscribe for less than the price of a coffee a week and read all that we write\nNews\nPort Amsel to rebuild the light on its breakwater\n" +
		"By Ines Brandt\n18 August 2025\n3 min read" + body + "\nMore stories\nFerry to the islands runs again after a week of fog\nHerring late this year, say the boats\nImprint\nPrivacy"
	menu := ""
	for i := range 400 {
		menu += fmt.Sprintf("Harbours of the north coast %d\n", i)
	}
	for name, text := range map[string]string{
		"short menu": text,
		"long menu":  menu + text,
		"a notice above the menu": strings.Repeat("We and our partners keep cookies on your device, and you may change your mind about that at any time by the link at the foot.\n", 2) +
			menu + text,
	} {
		p, err := page.Parse(context.Background(), page.Source{Kind: page.Text, Text: text})
		if err != nil {
			t.Fatal(err)
		}
		r, err := NewReader(context.Background(), p, Hints{})
		if err != nil {
			t.Fatal(err)
		}
		if got, _ := r.Title(); got.Text != want {
			t.Errorf("%s: title = %q, want %q", name, got.Text, want)
		}
	}
}
