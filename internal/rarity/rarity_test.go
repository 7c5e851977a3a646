package rarity

import (
	"slices"
	"strconv"
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

func TestVocabulary(t *testing.T) {
	t.Parallel()
	var v Vocabulary
	for range 2 { // it can be used again
		v.Reset(Of("en"))
		doc := text.Analyze("The Lighthouses of Élan, a lighthouse and the élans")
		v.Read(doc)
		var got []int32
		for i := range doc.Tokens {
			if doc.Tokens[i].Kind == text.Word {
				got = append(got, v.Token(i))
			}
		}
		if want := []int32{0, 1, 0, 2, 0, 1, 0, 0, 2}; !slices.Equal(got, want) {
			t.Errorf("numbers of %q = %v, want %v", doc.Text, got, want)
		}
		if got := v.ID("LIGHTHOUSES"); got != 1 {
			t.Errorf("ID(LIGHTHOUSES) = %d, want 1", got)
		}
	}
	seen := map[int32]bool{}
	for i := range 5000 {
		seen[v.ID("word"+strconv.Itoa(i))] = true
	}
	if len(seen) != 5000 || len(v.Weights) != 5003 {
		t.Errorf("5000 words have %d numbers and %d weights, want 5000 and 5003", len(seen), len(v.Weights))
	}
}
