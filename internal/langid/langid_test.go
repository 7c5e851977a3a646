package langid

import "testing"

func TestDetect(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ want, text string }{
		{"en", "The council will meet on Tuesday to decide whether the harbour should be rebuilt, and who is to pay for it."},
		{"de", "Der Rat trifft sich am Dienstag, um zu entscheiden, ob der Hafen neu gebaut wird und wer dafür bezahlen soll."},
		{"fr", "Le conseil se réunit mardi pour décider si le port sera reconstruit et qui doit payer pour les travaux."},
		{"es", "El consejo se reúne el martes para decidir si el puerto se reconstruye y quién debe pagar por las obras."},
		{"pt", "O conselho reúne-se na terça-feira para decidir se o porto será reconstruído e quem deve pagar pelas obras, mas não há acordo."},
		{"it", "Il consiglio si riunisce martedì per decidere se il porto sarà ricostruito e chi deve pagare per i lavori della città."},
		{"nl", "De raad komt dinsdag bijeen om te beslissen of de haven opnieuw wordt gebouwd en wie dat gaat betalen voor de stad."},
		{"sv", "Rådet möts på tisdag för att besluta om hamnen ska byggas upp igen och vem som ska betala för det."},
		{"da", "Rådet mødes på tirsdag for at beslutte, om havnen skal bygges op igen, og hvem der skal betale for det efter branden af 1999."},
		{"no", "Rådet møtes på tirsdag for å avgjøre om havna skal bygges opp igjen, og hvem som skal betale for det etter brannen."},
		{"fi", "Neuvosto kokoontuu tiistaina ja päättää, että satama on rakennettava uudelleen, mutta kuka maksaa, ei ole vielä selvää."},
		{"pl", "Rada zbierze się we wtorek, aby zdecydować, czy port zostanie odbudowany i kto za to zapłaci, ale nie jest to jeszcze pewne."},
		{"cs", "Rada se sejde v úterý, aby rozhodla, zda bude přístav znovu postaven a kdo za to zaplatí, ale podle starosty to není jisté."},
		{"tr", "Meclis salı günü limanın yeniden yapılıp yapılmayacağına karar vermek için toplanacak ve bu iş için daha çok para gerekiyor."},
		{"hu", "A tanács kedden ül össze, hogy eldöntse, újjáépítik-e a kikötőt, és hogy ki fizet érte, de ez még nem biztos."},
		{"id", "Dewan akan bertemu pada hari Selasa untuk memutuskan apakah pelabuhan itu akan dibangun kembali dan siapa yang membayar dengan dana tersebut."},
		{"ru", "Совет соберётся во вторник, чтобы решить, будет ли порт построен заново и кто за это заплатит, но это ещё не точно."},
		{"uk", "Рада збереться у вівторок, щоб вирішити, чи буде порт відбудовано і хто за це заплатить, але це ще не точно."},
		{"bg", "Съветът ще се събере във вторник, за да реши дали пристанището да се построи отново и кой ще плати за това."},
		{"el", "Το συμβούλιο θα συνεδριάσει την Τρίτη για να αποφασίσει αν το λιμάνι θα ξαναχτιστεί και ποιος θα πληρώσει."},
		{"ar", "يجتمع المجلس يوم الثلاثاء في المدينة من أجل أن يقرر ما إذا كان الميناء سيبنى على هذا النحو"},
		{"fa", "شورا روز سه\u200cشنبه برای تصمیم در مورد بندر تشکیل می شود و این را با شهردار در میان گذاشته است"},
		{"hi", "परिषद मंगलवार को बैठक करेगी और यह तय करेगी कि बंदरगाह को फिर से बनाया जाए या नहीं, और इस के लिए कौन भुगतान करेगा"},
		{"ja", "市議会は火曜日に会合を開き、港を再建するかどうかを決める。"},
		{"zh", "市议会将于周二开会，决定是否重建港口，以及由谁来支付这笔费用。"},
		{"zh-Hant", "市議會將於週二開會，決定是否重建港口，以及由誰來支付這筆費用，這對當地經濟很重要。"},
		{"ko", "시의회는 화요일에 회의를 열어 항구를 재건할지 결정한다."},
		{"th", "สภาเมืองจะประชุมในวันอังคารเพื่อตัดสินใจว่าจะสร้างท่าเรือใหม่หรือไม่"},
		{"", "12345 67890"},
		{"", ""},
		{"", "Xyzzy plugh qwrt"},
	} {
		got, conf := Detect(tt.text)
		if got != tt.want || conf < 0 || conf > 1 {
			t.Errorf("Detect(%q) = %q, %.2f, want %q", tt.text, got, conf, tt.want)
		}
	}
}

// FuzzDetect: no panic, confidence from 0 to 1, and a tag if and only if there is some.
func FuzzDetect(f *testing.F) {
	f.Add("The cat and the dog")
	f.Add("港を\xff")
	f.Fuzz(func(t *testing.T, s string) {
		tag, c := Detect(s)
		if c < 0 || c > 1 || (tag == "") != (c == 0) {
			t.Errorf("Detect(%q) = %q, %v", s, tag, c)
		}
	})
}
