package page

import (
	"bytes"
	"context"
	"math/rand/v2"
	"strings"
	"testing"

	"golang.org/x/text/encoding/unicode"
)

// sentences are invented, one news item for each language.
var sentences = []struct {
	lang, charsets string
	text           []string
}{
	{"ru", "windows-1251 koi8-r iso-8859-5 ibm866", []string{
		"Городской совет утвердил новый план строительства набережной.",
		"Жители района считают, что работы начнутся не раньше весны, сообщила мэр Ольга Петрова.",
		"По её словам, средства уже выделены из областного бюджета, а подрядчик будет выбран на открытом конкурсе."}},
	{"uk", "windows-1251 koi8-u", []string{
		"Міська рада схвалила новий план будівництва набережної.",
		"Мешканці району вважають, що роботи розпочнуться не раніше весни, повідомила мерка Ольга Шевченко.",
		"За її словами, кошти вже виділено з обласного бюджету, а підрядника оберуть на відкритому конкурсі."}},
	{"el", "windows-1253 iso-8859-7", []string{
		"Το δημοτικό συμβούλιο ενέκρινε το νέο σχέδιο για το λιμάνι.",
		"Οι κάτοικοι της περιοχής πιστεύουν ότι τα έργα δεν θα αρχίσουν πριν από την άνοιξη.",
		"Η δήμαρχος είπε ότι τα χρήματα έχουν ήδη δοθεί από την περιφέρεια."}},
	{"ar", "windows-1256", []string{
		"وافق مجلس المدينة على الخطة الجديدة لتطوير الميناء القديم.",
		"ويعتقد سكان الحي أن الأعمال لن تبدأ قبل فصل الربيع القادم.",
		"وقالت رئيسة البلدية إن الأموال خصصت بالفعل من ميزانية المحافظة."}},
	{"he", "windows-1255", []string{
		"מועצת העיר אישרה את התוכנית החדשה לבניית הנמל הישן.",
		"תושבי השכונה מאמינים שהעבודות לא יתחילו לפני האביב.",
		"ראש העיר אמרה כי הכסף כבר הוקצה מתקציב המחוז."}},
	{"th", "windows-874", []string{
		"สภาเมืองอนุมัติแผนใหม่สำหรับการก่อสร้างท่าเรือเก่า",
		"ชาวบ้านในพื้นที่เชื่อว่างานจะไม่เริ่มก่อนฤดูใบไม้ผลิ",
		"นายกเทศมนตรีกล่าวว่าเงินได้รับการจัดสรรจากงบประมาณของจังหวัดแล้ว"}},
	{"pl", "windows-1250 iso-8859-2", []string{
		"Rada miasta zatwierdziła nowy plan budowy nabrzeża, który będzie kosztować więcej niż sądzono.",
		"Mieszkańcy dzielnicy uważają, że prace nie rozpoczną się przed wiosną, powiedziała burmistrzyni.",
		"Według jej słów środki już przyznano, a wykonawcę wyłoni się w otwartym przetargu później."}},
	{"cs", "windows-1250 iso-8859-2", []string{
		"Městská rada schválila nový plán stavby přístavu, který bude stát více peněz, než se čekalo.",
		"Obyvatelé čtvrti věří, že práce nezačnou dříve než na jaře, řekla starostka.",
		"Podle jejích slov již byly peníze přiděleny z rozpočtu kraje."}},
	{"hu", "windows-1250 iso-8859-2", []string{
		"A városi tanács jóváhagyta a régi kikötő új építési tervét, amely többe kerül a vártnál.",
		"A környék lakói szerint a munkálatok nem kezdődnek el tavasz előtt, közölte a polgármesternő.",
		"Elmondása szerint a pénzt már odaítélték, a kivitelezőt nyílt pályázaton választják ki később."}},
	{"tr", "windows-1254", []string{
		"Belediye meclisi eski limanın yeni inşaat planını onayladı, ancak bütçe değişmedi.",
		"Mahalle sakinleri çalışmaların ilkbahardan önce başlamayacağını düşünüyor.",
		"Başkan, ödeneğin il bütçesinden ayrıldığını söyledi."}},
	{"fr", "windows-1252", []string{
		"Le conseil a approuvé le réaménagement du port, où les travaux débuteront après l’été.",
		"Les habitants du quartier pensent que les délais ne seront pas respectés, a déclaré la maire à la presse.",
		"« L’argent a déjà été versé par la région », a-t-elle précisé."}},
	{"de", "windows-1252", []string{
		"Der Stadtrat hat den Plan für den Umbau des alten Hafens gebilligt, der größer wird.",
		"Die Bürger glauben, dass die Arbeiten nicht vor dem Frühling beginnen können.",
		"Das Geld sei längst überwiesen, sagte die Bürgermeisterin."}},
	{"es", "windows-1252", []string{
		"El concejo aprobó el plan para la renovación del puerto, que costará más de lo previsto.",
		"Los vecinos creen que las obras no empezarán antes de la próxima primavera.",
		"El dinero ya está asignado, señaló la alcaldesa en la reunión."}},
	{"en", "windows-1252", []string{
		"The council approved the plan, but the mayor said “it won’t start before spring”.",
		"Residents aren’t convinced – the café at the quay may have to close.", "It’s late."}},
	{"ja", "shift_jis euc-jp", []string{
		"市議会は火曜日、古い港の改修計画を承認した。",
		"住民は春までに工事が始まらないと考えていると、市長は記者団に語った。",
		"予算はすでに県から配分されており、業者は入札で決まるという。"}},
	{"zh", "gb18030", []string{
		"市议会星期二批准了旧港口的改造计划。",
		"当地居民认为工程不会在春天之前开始，市长对记者说。",
		"她表示，资金已经由省政府拨付，承包商将通过公开招标选出。"}},
	{"zh", "big5", []string{
		"市議會星期二批准了舊港口的改造計畫。",
		"當地居民認為工程不會在春天之前開始，市長對記者說。",
		"她表示，資金已經由縣政府撥付，承包商將透過公開招標選出。"}},
	{"ko", "euc-kr", []string{
		"시의회는 화요일 오래된 항구의 재개발 계획을 승인했다.",
		"주민들은 공사가 봄 이전에는 시작되지 않을 것이라고 생각한다고 시장이 말했다.",
		"예산은 이미 도에서 배정되었으며 업체는 공개 입찰로 정해진다."}},
}

func TestGuess(t *testing.T) {
	t.Parallel()
	heads := map[string]string{"unsaid": "<html><body><p>", "utf-8 said": "<meta charset=utf-8><html><body><p>", "English template": "<html lang=en-US><p>"}
	for _, tt := range sentences {
		sizes := map[string]string{
			"short":  tt.text[0],
			"medium": strings.Join(tt.text, " "),
			"long":   strings.Repeat(strings.Join(tt.text, "</p><p>"), 50),
		}
		for _, charset := range strings.Fields(tt.charsets) {
			for size, text := range sizes {
				enc, _ := lookup(charset)
				b, err := enc.NewEncoder().String(text)
				if err != nil {
					t.Fatalf("%s in %s: %v", tt.lang, charset, err)
				}
				for head, markup := range heads {
					if head == "utf-8 said" && nonASCII(text) <= 8 {
						continue // a few broken bytes of UTF-8 are replaced
					}
					p, err := Parse(context.Background(), Source{HTML: []byte(markup + b + "</p>")})
					if err != nil {
						t.Errorf("%s in %s, %s, %s: %v", tt.lang, charset, size, head, err)
					} else if p.Source != markup+text+"</p>" || !p.CharsetGuessed {
						t.Errorf("%s in %s, %s, %s: read as %s: %.120q", tt.lang, charset, size, head, p.Charset, p.Source)
					}
				}
			}
		}
	}
}

func TestUnmarkedUTF16(t *testing.T) {
	t.Parallel()
	for _, order := range []unicode.Endianness{unicode.LittleEndian, unicode.BigEndian} {
		for _, tt := range sentences {
			want := "<html><body><p>" + tt.text[0] + "</p></body></html>"
			b, err := unicode.UTF16(order, unicode.IgnoreBOM).NewEncoder().Bytes([]byte(want))
			if err != nil {
				t.Fatal(err)
			}
			for _, header := range []string{"", "text/html; charset=utf-8"} {
				p, err := Parse(context.Background(), Source{HTML: b, ContentType: header})
				if err != nil {
					t.Errorf("%s: %v", tt.lang, err)
				} else if p.Source != want {
					t.Errorf("%s in UTF-16, header %q: read as %s: %.80q", tt.lang, header, p.Charset, p.Source)
				}
			}
		}
	}
}

func TestBelievesWhatIsDeclared(t *testing.T) {
	t.Parallel()
	for _, tt := range sentences {
		for _, charset := range strings.Fields(tt.charsets) {
			enc, _ := lookup(charset)
			for _, text := range tt.text {
				b, err := enc.NewEncoder().String("<p>" + text)
				if err != nil {
					t.Fatal(err)
				}
				p, err := Parse(context.Background(), Source{HTML: []byte(b), ContentType: "text/html; charset=" + charset})
				if err != nil || p.Source != "<p>"+text || p.CharsetGuessed {
					t.Errorf("%s declared: %v, read as %s: %.80q", charset, err, p.Charset, p.Source)
				}
			}
		}
	}
}

func TestDeclaredCharsetThatFails(t *testing.T) {
	t.Parallel()
	const want = "<p>市議會星期二批准了舊港口的改造計畫。當地居民認為工程不會在春天之前開始，市長對記者說。"
	p, err := Parse(context.Background(), Source{HTML: []byte(want), ContentType: "text/html; charset=euc-kr"})
	if err != nil || p.Source != want {
		t.Errorf("UTF-8 said to be EUC-KR: %v, read as %s: %.80q", err, p.Charset, p.Source)
	}
}

func TestBinary(t *testing.T) {
	t.Parallel()
	rnd := rand.New(rand.NewPCG(1, 2))
	noise := make([]byte, 200_000)
	for i := range noise {
		noise[i] = byte(rnd.Uint32())
	}
	latin := make([]rune, len(noise))
	for i, c := range noise {
		latin[i] = rune(c)
	}
	for name, src := range map[string]Source{
		"HTML":                {HTML: noise},
		"small HTML":          {HTML: noise[:2000]},
		"HTML said UTF-8":     {HTML: noise, ContentType: "text/html; charset=utf-8"},
		"HTML said Shift_JIS": {HTML: noise, ContentType: "text/html; charset=shift_jis"},
		"HTML with NULs":      {HTML: append(bytes.Repeat([]byte{0}, 100_000), noise...)},
		"text":                {Kind: Text, Text: string(noise)},
		"text of Latin-1":     {Kind: Text, Text: string(latin)},
		"text replaced":       {Kind: Text, Text: strings.Repeat("\uFFFD\uFFFD\uFFFD \uFFFD, ", 1000)},
	} {
		if p, err := Parse(context.Background(), src); err == nil {
			t.Errorf("%s: %d blocks of noise, read as %s", name, len(p.Blocks), p.Charset)
		}
	}
	for name, src := range map[string]Source{
		"NULs":          {HTML: []byte("<p>" + strings.Repeat("\x00", 100_000) + "Text.")},
		"a few of them": {Kind: Text, Text: "The council met.\x0c\x01 It \x1b[1magreed\x1b[0m.\uFFFD"},
		"empty":         {},
	} {
		if _, err := Parse(context.Background(), src); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestSingly(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, in, want string }{
		{"twice", "a â\u0080\u0093 b, caf\u00c3\u00a9, \u00f0\u009f\u0099\u0082", "a – b, café, 🙂"},
		{"once", "a – b, café © « »", "a – b, café © « »"},
		{"a control and another script", "a \u0085 b – c", "a \u0085 b – c"},
		{"a control alone", "a \u0085 b", "a \u0085 b"},
		{"part of it twice", "a â\u0080\u0093 b, café", "a â\u0080\u0093 b, café"},
		{"ends in a lead byte", "caf\u00c3", "caf\u00c3"},
	} {
		if got := string(singly([]byte(c.in))); got != c.want {
			t.Errorf("%s: singly(%q) = %q, want %q", c.name, c.in, got, c.want)
		}
	}
}
