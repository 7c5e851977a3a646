package page

import (
	"bytes"
	"math"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
)

// guessSample is how many bytes of words with non-ASCII bytes are scored.
const guessSample = 16 << 10

// Costs are natural logarithms of one over a rough probability, so that one byte
// of a single-byte charset compares with half a character of a double-byte one.
const (
	costASCII   = 3
	costAccent  = 2.5 // that a letter of a Latin alphabet is not ASCII
	costUpper   = 2.5 // above the small letter
	costForeign = 9   // a letter of the script that the language does not use
	costBroken  = 14  // no character, a control, or private use
	costJump    = 5   // small to capital within a word, or two scripts in one word
	costRare    = 11  // a CJK character that is not among the common ones
	costLone    = 6   // a letter of another script than the Latin that stands alone, as signs in English do
	priorOther  = 5   // that the charset is not windows-1252
	hintWorth   = 9   // of the language that the page states
	fitWorst    = 6.5 // mean cost of a non-ASCII byte above which nothing fits
)

// alphabet is a language with its letters outside ASCII, most frequent first.
type alphabet struct {
	lang, letters string
	charsets      []string // as htmlindex names them, likeliest first
}

var alphabets = []alphabet{
	{"en", "éèáàüöäçñíóêâãôîúõåøæïëûùòìßœ", []string{"windows-1252"}},
	{"fr", "éèàêçôîûùâëïœ", []string{"windows-1252"}},
	{"de", "üäöß", []string{"windows-1252"}},
	{"es", "óíáéñúü", []string{"windows-1252"}},
	{"pt", "ãçáéíóêõúâàô", []string{"windows-1252"}},
	{"it", "èàùòìé", []string{"windows-1252"}},
	{"sv", "äåöé", []string{"windows-1252"}},
	{"da", "øåæé", []string{"windows-1252"}},
	{"is", "áðíéóúýþæö", []string{"windows-1252"}},
	{"pl", "łąęóżśćńź", []string{"windows-1250", "iso-8859-2"}},
	{"cs", "íáěéřžýčůšúňťďó", []string{"windows-1250", "iso-8859-2"}},
	{"sk", "áíéčýžúšťľôňóďäŕĺ", []string{"windows-1250", "iso-8859-2"}},
	{"hu", "áéöóőüíúű", []string{"windows-1250", "iso-8859-2"}},
	{"ro", "ăîâşţ", []string{"windows-1250", "iso-8859-2"}},
	{"hr", "čžšćđ", []string{"windows-1250", "iso-8859-2"}},
	{"tr", "ışğüçöİâ", []string{"windows-1254"}},
	{"lt", "ėšįžąųūčę", []string{"windows-1257"}},
	{"lv", "āīēšņūļžģčķ", []string{"windows-1257"}},
	{"et", "äõüöšž", []string{"windows-1257"}},
	{"ru", "оеаинтсрвлкмдпуяыьгзбчйхжшюцщэфёъ", []string{"windows-1251", "koi8-r", "iso-8859-5", "ibm866"}},
	{"uk", "оанитвеірсклудмпязьбгйчхцїжшєюфщґ", []string{"windows-1251", "koi8-u", "iso-8859-5"}},
	{"bg", "аеионтрсвдкплмзъугбчщяцжхйюфьш", []string{"windows-1251", "iso-8859-5"}},
	{"sr", "аиоеунтсрјвкдмплзгбчшцћхжљњђфџ", []string{"windows-1251", "iso-8859-5"}},
	{"el", "αοιετσνηυρπκμλωςάίόγέήδθχφύβξζώψ", []string{"windows-1253", "iso-8859-7"}},
	{"he", "יוהלאמרתבשנםדחעקפטגכסןצזךףץ", []string{"windows-1255"}},
	{"ar", "اليمنروبتعدسفهكقحجةشطصأخضىذثزءغئإظؤآ", []string{"windows-1256", "iso-8859-6"}},
	{"fa", "اينرمدهسوتبشکلزفگحعخقجآصطپچكذضژظغثئء", []string{"windows-1256"}},
	{"th", "านรกเอยลงมทวสตดบปคห่้ีัิไแขพจใชืะผุูศถซณ์็โธฟภฉษำึญๆฯฝฐฤฮฆฏฎ", []string{"windows-874"}},
}

// common are the frequent characters of the languages in double-byte charsets.
var common = []alphabet{
	{"ja", "日一国会人年大十二本中長出三同時政事自行社見月分議後前民生連五発間対上部東者党地合市業内相方四定今回新場金員九入選立開手米力学問高代明実円関決子動京全目表戦経通外最言氏現理調体化田当八六約主題下首意法不来作性的要用制治度務強気小七成期公野協取都和統以機平総加山思家話世受区領多県続進正安設保改数記院女初北午指権心界支第産結百点教報済書府活原先共得解名交資予川向際査勝面委告軍文反元重近千考判認画海参売利組知案道信策集在件団別物側任引使求所次水半品昨論計死官増係感特情投示変打男私各始島直両朝価式確村提運終果西勢減台広容必応電歳住争談能無再位置真流有口過局少放税町常校料状工建語営空職証土止送役構木聞身費付切由説食比防車何南石足番展害港船",
		[]string{"shift_jis", "euc-jp"}},
	{"zh", "的一是了我不人在他有这个上们来到时大地为子中你说生国年着就那和要她出也得里后自以会家可下而过天去能对小多然于心学么之都好看起发当没成只如事把还用第样道想作种开美总从无情己面最女但现前些所同日手又行意动方期它头经长儿回位分爱老因很给名法间知世什两次使身者被高已其进此话常与活正感见明问力理点文几定本公特做外相西果走将月十实向声车全信重三机工物气每并别真打太新比才便再书部水等体却加电主界门利海受听表少代员许先口由安性马光白或住难望教命花结色更市府报政记民济议百元万北京区",
		[]string{"gb18030"}},
	{"zh", "的一是了我不人在他有這個上們來到時大地為子中你說生國年著就那和要她出也得裡後自以會家可下而過天去能對小多然於心學麼之都好看起發當沒成只如事把還用第樣道想作種開美總從無情己面最女但現前些所同日手又行意動方期它頭經長兒回位分愛老因很給名法間知世什兩次使身者被高已其進此話常與活正感見明問力理點文幾定本公特做外相西果走將月十實向聲車全信重三機工物氣每並別真打太新比才便再書部水等體卻加電主界門利海受聽表少代員許先口由安性馬光白或住難望教命花結色更市府報政記民濟議百元萬北京區台灣",
		[]string{"big5"}},
	{"ko", "이다는의에가을고하지를은한기사로도자어서리있인대시나정그아일들해라보수부으원전장상주구스국과관만없게제조중안여공성선면신무할생연동오경니세간방당것행개비위문년소분차마등모우미물명바회결러했습까요천통영금때실산식알더말된던적렇르발울와드학거려치유데타후체본민용",
		[]string{"euc-kr"}},
}

// shape is what the place of a byte in a word is judged by.
type shape uint8

const (
	other shape = iota
	latinLower
	latinUpper
	lower // of another script; letters without case too
	upper
	symbol
	sign // stands beside a word, not within one
)

type byteModel struct {
	charset, lang string
	prior         float64
	cost          [256]float64
	shape         [256]shape
}

var byteModels = sync.OnceValue(func() []byteModel {
	var out []byteModel
	for i, a := range alphabets {
		cost := frequencies(a.letters)
		first, _ := utf8.DecodeRuneInString(a.letters)
		latin := unicode.Is(unicode.Latin, first)
		for j, name := range a.charsets {
			enc, _ := lookup(name)
			table := enc.(*charmap.Charmap)
			m := byteModel{charset: name, lang: a.lang, prior: 3 * float64(j)}
			if name != "windows-1252" {
				m.prior += priorOther
			}
			if i > 0 {
				m.prior++ // for en, which names and signs of many languages occur in
			}
			for c := range 256 {
				m.cost[c], m.shape[c] = judge(table.DecodeByte(byte(c)), cost, latin)
			}
			out = append(out, m)
		}
	}
	return out
})

// frequencies gives each letter a cost: frequencies fall by e^3.5 from the first to the last.
func frequencies(letters string) map[rune]float64 {
	rs := []rune(letters)
	sum := 0.0
	for i := range rs {
		sum += math.Exp(-3.5 * float64(i) / float64(len(rs)))
	}
	out := make(map[rune]float64, len(rs))
	for i, r := range rs {
		out[r] = 3.5*float64(i)/float64(len(rs)) + math.Log(sum)
	}
	return out
}

func judge(r rune, letters map[rune]float64, latin bool) (float64, shape) {
	if r < utf8.RuneSelf {
		switch {
		case 'a' <= r && r <= 'z':
			return costASCII, latinLower
		case 'A' <= r && r <= 'Z':
			return costASCII, latinUpper
		}
		return costASCII, other
	}
	s, base := lower, 0.0
	isLatin := unicode.Is(unicode.Latin, r) && r != 'ª' && r != 'º'
	if isLatin {
		s = latinLower
	}
	if latin {
		base = costAccent
	}
	if unicode.IsUpper(r) {
		s++
	}
	if c, ok := letters[r]; ok {
		return base + c, s
	}
	if c, ok := letters[unicode.ToLower(r)]; ok {
		return base + c + costUpper, s
	}
	switch {
	case r == utf8.RuneError || unicode.IsControl(r) || !unicode.IsGraphic(r) && r != '\u00ad' && !unicode.Is(unicode.Cf, r):
		return costBroken, symbol
	case isLatin == latin && (unicode.IsLetter(r) && r != 'ª' && r != 'º' || unicode.IsMark(r)):
		return costForeign, s
	case unicode.IsLetter(r) && r != 'ª' && r != 'º', unicode.IsMark(r):
		return costForeign + 3, s
	case strings.ContainsRune("\u00a0’‘“”„–—…", r):
		return 4, other
	case strings.ContainsRune("«»§©®€£¥°№™•·×،؛؟¿¡½¼¾", r):
		return 6, sign
	case strings.ContainsRune("¹²³ªº¶±", r):
		return 8, sign
	}
	return costForeign, symbol
}

// score is the cost of the words under the model.
func (m *byteModel) score(words []byte) float64 {
	sum := m.prior
	before, prev := other, other
	for _, c := range words {
		s := m.shape[c]
		sum += m.cost[c]
		switch {
		case prev == other:
		case prev == sign:
			if isLetter(before) && isLetter(s) {
				sum += costJump
			}
		case s == other || s == sign:
			if prev == lower || prev == upper {
				if before == other || before == sign {
					sum += costLone
				}
			}
		case prev == symbol && s == symbol:
		case prev == symbol || s == symbol, (prev >= lower) != (s >= lower):
			sum += costJump
		case (s == upper || s == latinUpper) && (prev == lower || prev == latinLower):
			// ASCII alone has such words in every charset, at the same cost.
			sum += costJump
		}
		before, prev = prev, s
	}
	return sum
}

func isLetter(s shape) bool { return latinLower <= s && s <= upper }

// wideScore is the cost of words in a double-byte charset.
func wideScore(decoded []byte, lang string, frequent map[rune]float64) float64 {
	sum := float64(priorOther)
	prev := other
	for len(decoded) > 0 {
		r, size := utf8.DecodeRune(decoded)
		decoded = decoded[size:]
		s := lower
		if r < utf8.RuneSelf {
			if s = other; 'a' <= r|0x20 && r|0x20 <= 'z' {
				s = latinLower
			}
		}
		if s != prev && s != other && prev != other {
			sum += costJump
		}
		prev = s
		c, ok := frequent[r]
		switch {
		case r < utf8.RuneSelf:
			sum += costASCII
		case ok:
			sum += c + .5
		case r == utf8.RuneError:
			sum += costBroken
		case 0x3001 <= r && r <= 0x301f, 0xff01 <= r && r <= 0xff5e, r == 0x3000, r == '“', r == '”', r == '‘', r == '’', r == '…', r == '—', r == '·', r == '・':
			sum += 6
		case lang == "ja" && 0x3041 <= r && r <= 0x3093:
			sum += 4
		case lang == "ja" && (0x30a1 <= r && r <= 0x30f6 || r == 'ー'):
			sum += 5.5
		case lang == "ja" && 0xff61 <= r && r <= 0xff9f: // one byte
			sum += 8
		case lang == "ko" && 0xac00 <= r && r <= 0xd7a3:
			sum += 8.5
		case lang != "ko" && 0x4e00 <= r && r <= 0x9fff:
			sum += costRare
		default:
			sum += costBroken
		}
	}
	return sum
}

// guess names the charset of bytes that are not UTF-8, from the shape of the
// words that have other bytes than ASCII, and from the language the page states.
// It reports false if even the best fits badly.
func guess(b []byte) (string, bool) {
	words := sampleWords(b)
	high := 0
	for _, c := range words {
		if c >= utf8.RuneSelf {
			high++
		}
	}
	hint := statedLanguage(b)
	best, name := math.Inf(1), "windows-1252"
	models := byteModels()
	for i := range models {
		m := &models[i]
		cost := m.score(words)
		if m.lang == hint && hint != "en" { // which templates say of any page
			cost -= hintWorth
		}
		if cost < best {
			best, name = cost, m.charset
		}
	}
	for _, a := range common {
		frequent := frequencies(a.letters)
		for _, charset := range a.charsets {
			enc, _ := lookup(charset)
			decoded, err := enc.NewDecoder().Bytes(words)
			if err != nil {
				continue
			}
			cost := wideScore(decoded, a.lang, frequent)
			if a.lang == hint {
				cost -= hintWorth
			}
			if cost < best {
				best, name = cost, charset
			}
		}
	}
	return name, best-costASCII*float64(len(words)-high) <= fitWorst*float64(high)+hintWorth
}

// sampleWords returns the words of b that have bytes other than ASCII, each once, as a
// sign or name that a page repeats says no more than one. It divides only at bytes that
// are never the second of a character.
func sampleWords(b []byte) []byte {
	out := make([]byte, 0, min(len(b), guessSample)+1)
	seen := map[string]bool{}
	for i := 0; i < len(b) && len(out) < guessSample; {
		k := bytes.IndexFunc(b[i:], func(r rune) bool { return r >= utf8.RuneSelf })
		if k < 0 {
			break
		}
		start, end := i+k, i+k
		for start > i && !divides(b[start-1]) {
			start--
		}
		for end < len(b) && !divides(b[end]) && end-start < guessSample {
			end++
		}
		i = end
		if word := b[start:end]; !seen[string(word)] {
			seen[string(word)] = true
			out = append(append(out, word...), ' ')
		}
	}
	return out
}

func divides(c byte) bool { return c < '0' || '9' < c && c < '@' }

// statedLanguage is the primary language of the first lang attribute.
func statedLanguage(b []byte) string {
	head := strings.ToLower(string(b[:min(len(b), prescan)]))
	_, rest, ok := strings.Cut(head, "lang=")
	if !ok {
		return ""
	}
	lang := strings.TrimLeft(rest, `"' `)
	lang = lang[:min(len(lang), 2)]
	switch lang {
	case "nb", "nn", "no":
		return "da"
	case "bs", "sl":
		return "hr"
	case "fi":
		return "sv"
	case "be":
		return "ru"
	case "mk":
		return "sr"
	}
	return lang
}

// unmarkedUTF16 names the byte order of UTF-16 without a mark: the zero bytes of
// its ASCII are nearly all on one side, and hardly a unit is a control, private or unassigned.
func unmarkedUTF16(b []byte) string {
	b = b[:min(len(b), 4096)&^1]
	if bytes.IndexByte(b, 0) < 0 {
		return ""
	}
	var zero [2]int
	for i, c := range b {
		if c == 0 {
			zero[i&1]++
		}
	}
	if n := zero[0] + zero[1]; n < 4 || n*50 < len(b) || min(zero[0], zero[1])*50 > n {
		return ""
	}
	name, hi := "utf-16le", 1
	if zero[0] > zero[1] {
		name, hi = "utf-16be", 0
	}
	bad := 0
	for i := 0; i < len(b); i += 2 {
		r := rune(b[i+hi])<<8 | rune(b[i+1-hi])
		// Lone surrogates are found by the decoder.
		if r < ' ' && r != '\n' && r != '\r' && r != '\t' && r != '\f' || 0x7f <= r && r < 0xa0 || 0xe000 <= r && r < 0xf900 || r >= 0xfff0 {
			bad++
		} else if !unicode.IsGraphic(r) && r < 0xd800 && r >= ' ' && !unicode.Is(unicode.Cf, r) {
			bad++
		}
	}
	if bad*100 > len(b)/2 {
		return ""
	}
	return name
}
