package rarity

import (
	"slices"
	"testing"

	"example.invalid/nutgraf/internal/text"
)

func TestWeight(t *testing.T) {
	t.Parallel()
	en := Of("en-GB")
	if got := en.Weight("The"); got != 0 {
		t.Errorf("Weight(The) = %v, want 0", got)
	}
	common, rare, unseen := en.Weight("government"), en.Weight("Constitution"), en.Weight("lighthouse-keeper")
	if !(0 < common && common < rare && rare < unseen) {
		t.Errorf("weights of government, Constitution, lighthouse-keeper = %v, %v, %v, want them to rise from above 0", common, rare, unseen)
	}
	if got := Of("fi").Weight("majakka"); got != 1 {
		t.Errorf("Weight(majakka) in a language without a table = %v, want 1", got)
	}
	for lang, word := range map[string]string{"de": "werden", "fr-CA": "toutefois", "es": "También"} {
		if got := Of(lang).Weight(word); got != 0 || !Known(lang) {
			t.Errorf("Weight(%s) in %s = %v, known %v, want 0, true", word, lang, got, Known(lang))
		}
	}
	if got := Of("fi").Weight("ja"); got != 0 {
		t.Errorf("Weight(ja) in a language without a table = %v, want 0", got)
	}
}

func TestWords(t *testing.T) {
	t.Parallel()
	title, body := text.Analyze("Lighthouses, of Élan"), text.Analyze("A lighthouse and the élans: keepers")
	w := Of("en").Number(title, body)
	numbers := func(doc *text.Document, byForm []int32) (out []int32) {
		for _, token := range doc.Tokens {
			out = append(out, byForm[token.Form])
		}
		return out
	}
	if got, want := numbers(title, w.Title), []int32{1, 0, 0, 2}; !slices.Equal(got, want) {
		t.Errorf("numbers of %q = %v, want %v", title.Text, got, want)
	}
	if got, want := numbers(body, w.Body), []int32{0, 1, 0, 0, 2, 0, 3}; !slices.Equal(got, want) {
		t.Errorf("numbers of %q = %v, want %v", body.Text, got, want)
	}
	if w.Titles != 3 || len(w.Weights) != 4 {
		t.Errorf("words = %d, of the title %d, want 4 and 3", len(w.Weights), w.Titles)
	}
	if got, weight, _ := w.Find("LIGHTHOUSES"); got != 1 || weight != w.Weights[1] {
		t.Errorf("Find(LIGHTHOUSES) = %d, %v, want 1, %v", got, weight, w.Weights[1])
	}
	id, weight, hash := w.Find("foghorns")
	if _, _, same := w.Find("Foghorn"); id != 0 || weight != 1 || hash != same {
		t.Errorf("Find(foghorns) = %d, %v, %x, want 0, 1, %x", id, weight, hash, same)
	}
	if id, weight, _ := w.Find("the"); id != 0 || weight != 0 {
		t.Errorf("Find(the) = %d, %v, want 0, 0", id, weight)
	}
}
