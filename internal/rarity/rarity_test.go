package rarity

import "testing"

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
	if got := Of("fi").Weight("ja"); got != 0 {
		t.Errorf("Weight(ja) in a language without a table = %v, want 0", got)
	}
}

func TestFold(t *testing.T) {
	t.Parallel()
	for word, want := range map[string]string{"Élan": "élan", "WHO": "who", "×": "×", "naïve": "naïve"} {
		var buf [maxWord]byte
		if got := string(Fold(&buf, word)); got != want {
			t.Errorf("Fold(%q) = %q, want %q", word, got, want)
		}
	}
}
