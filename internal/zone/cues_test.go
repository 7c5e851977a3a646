package zone

import (
	"strings"
	"testing"

	"example.invalid/nutgraf/internal/page"
)

func TestCueRole(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]Role{
		"Das könnte Sie auch interessieren":     Related,
		"→ LÆS OGSÅ: Broen lukker i august":     Related,
		"Читайте также":                         Related,
		"関連記事":                                  Related,
		"Leggi i commenti":                      Comments,
		"Zaloguj się, aby czytać dalej":         Promotion,
		"Síguenos en las redes":                 Social,
		"Hirdetés":                              Advertisement,
		"© Alle Rechte vorbehalten":             Legal,
		"Read more: What became of the mills":   Related,
		"Die Brücke wird im August geschlossen": Other,
		"Registration opens in May":             Other,
		"12 Comments on “The tannery”":          Comments,
		"3 thoughts on “The tannery”":           Comments,
		"4 Kommentare":                          Comments,
		"10 popular walks along the river":      Other,
		"":                                      Other,
		"→ …":                                   Other,
		strings.Repeat("é", 200):                Other,
		"\xff\xfeleggi":                         Other,
	} {
		if got := cueRole(text); got != want {
			t.Errorf("cueRole(%q) = %v, want %v", text, got, want)
		}
	}
}

// Each cue is found as it is written, so none hides behind letters that lower case changes or a phrase it begins like.
func TestCues(t *testing.T) {
	t.Parallel()
	for _, c := range cues {
		for _, w := range strings.Split(c.words, "|") {
			if cueRole(w+" ") == Other {
				t.Errorf("cue %q is never found", w)
			}
			if len(w) > 48 || w == "" {
				t.Errorf("cue %q has %d bytes", w, len(w))
			}
		}
	}
}

func TestCaption(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]uint8{
		"The old tannery in the evening light. Photo: Lena Hartwig": 1,
		"Der Bürgermeister (links) vor dem Rathaus":                 2,
		"The mayor (left) at the tannery on Tuesday. AFP":           3,
		"Die Gerberei am Fluss. Foto: picture alliance/Hartwig":     1,
		"밤에 본 공장. 사진 제공":                                            1,
		"工場の前に立つ市長＝ＡＰ":                                              1,
		"The mayor met PAPAL envoys on Tuesday":                     0,
		"The town will photograph the hall":                         0,
		"She left the town (population 4,000).":                     0,
		"":                                                          0,
		"\xc3\xc3":                                                  0,
	} {
		if got := caption(text, true); got != want {
			t.Errorf("caption(%q) = %d, want %d", text, got, want)
		}
		if sh := shapeOf(text); sh.words > 2 {
			if got := lineInfoOf(text, &sh).caption; got != want {
				t.Errorf("caption of the line %q is %d, want %d", text, got, want)
			}
		}
	}
}

// A headline may follow the words that say it is related; a paragraph that begins with them is none.
func TestPhrasesOfLines(t *testing.T) {
	t.Parallel()
	const headline = "Read more: What became of the other eleven mills that once stood along the river below the old town"
	c := NewContext(parse(t, page.Source{Kind: page.Text, Text: "Aldersee has sold its tannery.\n\n" + headline + "\n\n" + headline + ".\n\nThe school pays well."}), "")
	if got := []Role{c.phrases[1], c.phrases[2]}; got[0] != Related || got[1] != Other {
		t.Errorf("phrases = %v, want Related and Other", got)
	}
	if c.since[3][0] != 2 {
		t.Errorf("since = %v, want 2 lines since a related story", c.since[3])
	}
}
