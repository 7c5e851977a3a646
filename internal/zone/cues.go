package zone

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// cues are what lines of furniture begin with in many languages, beside the phrases. In markup classes and links say as much, in scraped text only words do.
var cues = []struct {
	role  Role
	words string // lower case, between bars
}{
	{Related, "das könnte|auch interessant|mehr zum|mehr zu |mehr aus|mehr von|lesen sie|lies auch|weiterlesen|weitere artikel|weitere themen|weitere meldungen|weitere nachrichten|ähnliche artikel|ähnliche beiträge|verwandte|" +
		"meistgelesen|meist gelesen|beliebte artikel|empfohlene|empfehlungen|passend dazu|siehe auch|nächster artikel|vorheriger artikel|neueste artikel|aktuelle artikel|zum artikel|zum thema|" +
		"à lire aussi|a lire aussi|à lire |lire la suite|lire également|voir aussi|à voir aussi|sur le même sujet|sur le meme sujet|articles liés|articles similaires|les plus lus|les plus lues|recommandé|vous aimerez|" +
		"vous pourriez|plus d'articles|à découvrir|dernières actualités|article suivant|article précédent|" +
		"lee también|le puede interesar|te puede interesar|puede interesar|puedes leer|noticias relacionadas|artículos relacionados|relacionad|más noticias|más información|más sobre|más leíd|lo más leído|lo más visto|lo último|" +
		"le recomendamos|te recomendamos|recomendad|leer más|ver más|ver también|también en|seguir leyendo|mira también|últimas noticias|otras noticias|temas relacionados|" +
		"leggi di più|leggi tutto|articoli correlati|potrebbe interessarti|ti potrebbe|potrebbero interessarti|raccomandat|consigliat|i più letti|le più lette|più letti|più lette|ultime notizie|approfondimenti|altri articoli|" +
		"altre notizie|vedi anche|guarda anche|da non perdere|sullo stesso argomento|" +
		"leia também|leia mais|veja também|saiba mais|notícias relacionadas|artigos relacionados|mais lidas|mais lidos|últimas notícias|mais notícias|mais sobre|você pode gostar|você também|confira também|" +
		"lees ook|lees meer|meer over|meer nieuws|gerelateerd|meest gelezen|bekijk ook|zie ook|aanbevolen|ook interessant|laatste nieuws|net binnen|" +
		"läs också|läs även|läs mer|läs vidare|mer om|mer från|relaterat|relaterade|mest läst|senaste nytt|fler artiklar|fler nyheter|rekommenderat|rekommenderad|se också|" +
		"læs også|læs mere|mere om|mere fra|relateret|mest læste|seneste nyt|se også|flere artikler|anbefalede|anbefalet|andre læser|les også|les mer|relatert|mest lest|siste nytt|flere saker|anbefalt|" +
		"lue myös|lue lisää|lisää aiheesta|luetuimmat|uusimmat|suosittelemme|katso myös|aiheeseen liittyvät|" +
		"czytaj też|czytaj także|czytaj również|czytaj więcej|czytaj dalej|przeczytaj|zobacz też|zobacz także|zobacz również|zobacz więcej|powiązane|polecane|polecamy|najczęściej czytane|najnowsze|najpopularniejsze|więcej na ten temat|więcej o|podobne|warto przeczytać|może cię|" +
		"čtěte|přečtěte si|mohlo by vás|související|nejčtenější|podobné články|další články|čítajte|prečítajte si|súvisiace|najčítanejšie|viac k téme|" +
		"olvassa el|kapcsolódó|legolvasottabb|ajánlott|ez is érdekelheti|legfrissebb|további cikkek|olvasta már|" +
		"citește și|citeşte şi|citește mai|citeste si|articole similare|cele mai citite|recomandări|recomandate|te-ar putea|vezi și|ultimele știri|" +
		"pročitajte|pročitaj|povezano|vezane vijesti|vezani članci|najčitanije|najnovije|preporučujemo|možda vas|preberite|najbolj brano|sorodn|" +
		"ilgili haberler|ilginizi çekebilir|benzer haberler|diğer haberler|son dakika|en çok okunan|çok okunanlar|önerilen|haberin devamı|devamını oku|sıradaki haber|bunlar da|" +
		"διαβάστε|διαβαστε|σχετικά|δείτε επίσης|δείτε ακόμα|περισσότερα|δημοφιλή|δημοφιλέστερα|τελευταία νέα|" +
		"читайте|читать далее|читать также|похожие|по теме|материалы по теме|популярное|самое читаемое|последние новости|другие новости|вам может|смотрите также|ещё по теме|еще по теме|новости по теме|рекомендуем|подробнее|лента новостей|" +
		"читати далі|схожі|за темою|популярне|останні новини|дивіться також|інші новини|вас може|рекомендуємо|детальніше|прочетете|вижте още|още по темата|свързани|най-четени|последни новини|" +
		"baca juga|baca selengkapnya|berita terkait|artikel terkait|terkini|terpopuler|rekomendasi|lihat juga|simak juga|berita lainnya|artikel lainnya|berita berkaitan|artikel berkaitan|" +
		"xem thêm|đọc thêm|tin liên quan|bài liên quan|bài viết liên quan|có thể bạn|đọc nhiều|tin mới|mời bạn đọc|cùng chuyên mục|tin cùng|" +
		"関連|あわせて読みたい|おすすめ|人気記事|ランキング|アクセスランキング|最新記事|最新ニュース|もっと見る|もっと読む|続きを読む|こちらも|よく読まれ|新着|次の記事|前の記事|相关|相關|推荐|推薦|延伸阅读|延伸閱讀|更多|热门|熱門|阅读更多|閱讀更多|猜你喜欢|下一篇|上一篇|排行|编辑推荐|精选|看更多|你可能|" +
		"관련기사|관련 기사|관련 뉴스|추천|많이 본|인기 |더보기|이 시각|주요뉴스|주요 뉴스|실시간|함께 본|랭킹|다른 기사|이전 기사|다음 기사|" +
		"اقرأ أيض|إقرأ أيض|اقرأ المزيد|مواضيع ذات|ذات صلة|أخبار ذات|مقالات ذات|المزيد|الأكثر قراءة|آخر الأخبار|قد يعجبك|شاهد أيض|بیشتر بخوانید|مطالب مرتبط|پربازدید|اخبار مرتبط|קראו גם|כתבות נוספות|עוד בנושא|אולי יעניין|הנקראות|כתבות קשורות|यह भी पढ़ें|ये भी पढ़ें|संबंधित|और पढ़ें"},
	{Comments, "thoughts on|thought on|responses to|response to “|replies to|replies|réponses|réflexions|antworten auf|gedanken zu|respuestas a|risposte a|respostas|reacties op|kommentar schreiben|kommentieren|diskutieren sie|leserkommentare|jetzt kommentieren|ihr kommentar|schreiben sie einen kommentar|réagir|réagissez|laisser un commentaire|ajouter un commentaire|poster un commentaire|votre commentaire|" +
		"comenta |comentar|deja un comentario|dejar un comentario|deja una respuesta|deja tu comentario|escribe un comentario|i commenti|commenta|lascia un commento|leggi i commenti|scrivi un commento|" +
		"comentários|deixe um comentário|deixe seu comentário|deixe uma resposta|comente|reacties|reageer|plaats een reactie|geef een reactie|kommentarer|kommentera|lämna en kommentar|skriv en kommentar|kommenter|legg igjen|" +
		"kommentit|kommentoi|keskustelu|komentarze|dodaj komentarz|skomentuj|napisz komentarz|komentáře|diskuse|diskusia|přidat komentář|napsat komentář|komentáre|hozzászólás|kommentek|comentarii|lasă un comentariu|lasa un comentariu|" +
		"komentari|komentiraj|ostavi komentar|yorumlar|yorum yap|yorum yaz|yorum ekle|σχόλια|σχολιάστε|комментарии|комментировать|оставить комментарий|обсудить|обсуждение|добавить комментарий|коментарі|залишити коментар|" +
		"komentar|tulis komentar|tinggalkan|bình luận|ý kiến của bạn|コメント|评论|評論|留言|发表评论|网友评论|댓글|تعليقات|التعليقات|أضف تعليق|اترك تعليق|תגובות|टिप्पणी|कमेंट"},
	{Promotion, "jetzt abonnieren|melden sie sich|zum newsletter|kostenlos|jetzt anmelden|anmelden|registrieren|jetzt testen|weiter mit|unterstützen sie|spenden|laden sie|s'abonner|je m'abonne|inscrivez|s'inscrire|recevez|se connecter|connectez|" +
		"téléchargez|soutenez|faire un don|réservé aux abonnés|déjà abonné|il vous reste|suscr|regístrate|inicia sesión|iniciar sesión|recibe|apúntate|únete|descarga|hazte|boletín|abbonati|accedi|ricevi |scarica|sostieni|" +
		"assine|inscreva|cadastre|receba|faça login|entre no|baixe|apoie|abonneer|word abonnee|meld je aan|schrijf je in|inloggen|nieuwsbrief|prenumerera|logga in|nyhetsbrev|bli prenumerant|tilmeld|abonner|log ind|nyhedsbrev|bliv abonnent|logg inn|" +
		"bli abonnent|meld deg|tilaa|kirjaudu|uutiskirje|zapisz się|subskrybuj|zaloguj|prenumeruj|pobierz|wykup|dołącz|přihlásit|předplatné|odebírat|přihlaste|registrovat|predplatné|prihlásiť|feliratkoz|iratkozz|hírlevél|bejelentkezés|előfizet|" +
		"abonează|autentificare|înscrie|abone ol|üye ol|giriş yap|bülten|kaydol|εγγραφείτε|εγγραφή|σύνδεση|συνδρομή|подписаться|подпишитесь|подписывайтесь|подписка|войти|регистрация|рассылка|скачать|поддержать|підписатися|підпишіться|" +
		"підписуйтесь|увійти|підтримати|berlangganan|daftar|dapatkan|langganan|unduh|đăng ký|đăng nhập|theo dõi|会員|無料|ログイン|メルマガ|購読|登録|有料|申し込|アプリ|登录|登錄|登入|注册|註冊|订阅|訂閱|下载|下載|关注我们|扫码|" +
		"로그인|회원가입|구독|뉴스레터|기사제보|제보|اشترك|سجل|تسجيل الدخول|النشرة|حمل التطبيق|הרשמו|התחברות|הצטרפו|सब्सक्राइब|लॉग इन"},
	{Social, "folgen sie|folge uns|per e-mail|artikel teilen|drucken|merken|link kopieren|partagez|suivez|imprimer|envoyer par|copier le lien|síguenos|síganos|comparte|compártelo|imprimir|enviar por|copiar enlace|copiar link|seguici|stampa|copia link|" +
		"compartilh|partilh|siga |deel dit|delen|volg ons|afdrukken|kopieer|dela |följ oss|skriv ut|kopiera länk|del artiklen|del artikkel|følg |jaa |seuraa|udostępnij|podziel się|obserwuj|drukuj|skopiuj|lubię to|sdílet|sledujte|vytisknout|zdieľať|" +
		"megosztás|kövess|nyomtatás|distribuie|urmărește|paylaş|takip et|bizi takip|κοινοποίηση|ακολουθήστε|μοιραστείτε|поделиться|поделитесь|следите|распечатать|мы в |поділитися|поширити|стежте|bagikan|ikuti|salin|chia sẻ|シェア|共有|ツイート|フォロー|印刷|" +
		"分享|转发|收藏|点赞|공유|페이스북|트위터|카카오|인쇄|스크랩|شارك|تابعنا|طباعة|שתפו|שיתוף|עקבו|शेयर|फॉलो"},
	{Advertisement, "annons|mainos|reklama|hirdetés|publicitate|реклама|διαφήμιση|iklan|quảng cáo|広告|スポンサー|广告|廣告|광고|إعلان|פרסומת|विज्ञापन|reclame|continua a leggere|publicidade|anúncio|anuncio|continua após|pubblicità"},
	{Legal, "alle rechte|nutzungsbedingungen|tous droits|politique de|données personnelles|todos los derechos|política de|tutti i diritti|informativa|riproduzione riservata|todos os direitos|termos de|alle rechten|privacyverklaring|gebruiksvoorwaarden|" +
		"alla rättigheter|integritets|wszelkie prawa|polityka prywatności|regulamin|všechna práva|všetky práva|ochrana osobních|minden jog|adatvédelm|szerzői jog|toate drepturile|tüm hakları|gizlilik|όροι χρήσης|все права|политика конф|" +
		"пользовательское|при использовании|перепечатка|усі права|всі права|використання матеріалів|hak cipta|kebijakan|bản quyền|利用規約|プライバシー|著作権|無断|個人情報|版权|版權|免责|隐私|未经|저작권|개인정보|무단|이용약관|ⓒ|جميع الحقوق|سياسة|כל הזכויות"},
	{Navigation, "zur startseite|startseite|zum inhalt|menü|suche|accueil|rechercher|aller au contenu|inicio|buscar|saltar al|ir al contenido|vai al contenuto|cerca|zoeken|sök|søg|szukaj|hledat|hľadať|keresés|căutare|поиск|главная|пошук|головна|" +
		"検索|トップ|ホーム|首页|首頁|搜索|검색|홈|الرئيسية|بحث|חיפוש|schlagworte|themen:|mots-clés|temas|etiquetas|tags:|onderwerpen|ämnen|emner|tagi|témata|теги|теми|キーワード|标签|태그"},
}

var cueIndex = func() *phraseTable {
	var t phraseTable
	for _, c := range cues {
		for _, w := range strings.Split(c.words, "|") {
			t.add(c.role, w)
		}
	}
	return &t
}()

// cueRole returns the role that a line begins like, Other if none.
func cueRole(text string) Role {
	if r := phraseRole(text); r != Other {
		return r
	}
	const longest = 48 // bytes
	counted := false   // "12 comments"
	for text != "" {
		r, size := utf8.DecodeRuneInString(text)
		if unicode.IsLetter(r) || r == 'ⓒ' {
			break
		}
		counted = counted || '0' <= r && r <= '9'
		text = text[size:]
	}
	if counted && phraseRole(text) == Comments {
		return Comments
	}
	var buf [longest + utf8.UTFMax]byte
	lower := buf[:0]
	var may []phrase
	for _, r := range text {
		if len(lower) >= 2 && may == nil {
			if may = cueIndex.of(lower[0], lower[1]); may == nil {
				return Other
			}
		}
		if len(lower) >= longest {
			break
		}
		if 'A' <= r && r <= 'Z' {
			r |= 0x20
		} else if r >= utf8.RuneSelf {
			r = unicode.ToLower(r)
		}
		lower = utf8.AppendRune(lower, r)
	}
	if len(lower) < 2 {
		return Other
	}
	for _, ph := range cueIndex.of(lower[0], lower[1]) {
		if len(lower) >= len(ph.words) && string(lower[:len(ph.words)]) == ph.words && (!counted || ph.role == Comments) {
			return ph.role
		}
	}
	return Other
}

// What captions of pictures end with: words in small letters, names as they are written, and what stands in scripts without spaces.
var (
	credits = setOfWords("getty|reuters|shutterstock|imago|picture alliance|keystone|europa press|ritzau|scanpix|lehtikuva|belga|yonhap|xinhua|istock|unsplash|pexels|pixabay|alamy|flickr|wikimedia|foto|fotos|photo|photos|photographer|fotograf|" +
		"fotografie|fotografía|image|images|bild|bilder|picture|pictures|archiv|archivo|archivio|archives|archive|handout|courtesy|screenshot|captura|credit|crédit|crédits|crédito|dpa|kuva|zdjęcie|fot|фото|φωτογραφία|fotoğraf|gambar|ảnh|dok|" +
		"ilustrasi|illustration|illustratie|symbolbild|archivbild|symbolfoto|archivfoto|sputnik|tass|zuma|press association|associated press|instagram|facebook|youtube|twitter|tiktok|agencies|agentur|supplied|provided|quelle|source|fuente|fonte|bron|kilde|källa|źródło|zdroj|forrás|sursa|kaynak|πηγή|источник|джерело|sumber|nguồn")
	agencies      = setOfWords("AP|AFP|EPA|EFE|ANSA|PAP|ČTK|TASR|MTI|NTB|ANP|APA|PTI|ANI|AAP|UPI|TT|SDA|LUSA|NASA|PA")
	creditScripts = strings.Split("写真|撮影|提供|共同|時事|뉴시스|뉴스1|연합뉴스|사진|제공|캡처|图片|图源|摄|新华社|圖：|صورة|رويترز|أرشيف|צילום|＝ＡＰ|ＡＦＰ|ロイター", "|")
)

// What captions point into a picture with.
var (
	sides = strings.Split("(l.)|(r.)|(left)|(right)|(links)|(rechts)|(l)|(r)|(m.)|(c.)|(izq|(der", "|")
	shown = strings.Split("à gauche|à droite|pictured|im bild |auf dem foto|auf dem bild|en la imagen|en una imagen|in the photo|in this photo|file photo|na zdjęciu|nella foto|sur la photo|på bildet|på bilden|op de foto", "|")
)

func setOfWords(s string) map[string]bool {
	t := map[string]bool{}
	for _, w := range strings.Split(s, "|") {
		t[w] = true
	}
	return t
}

// teasers are the words that a teaser or the list it stands in ends with.
var teasers = setOfWords("mehr|more|weiter|weiterlesen|suite|leer más|ver más|leggi|tutto|leia mais|lees meer|meer|läs mer|läs mere|læs mere|les mer|lisää|więcej|dalej|více|viac|tovább|mai mult|devamı|περισσότερα|далее|подробнее|далі|детальніше|selengkapnya|xem thêm|min|mins|minutes|minuten|minuti|minutos|uhr|infos|now|hier|jetzt|here|ici|aquí|qui|aqui|hier entlang|тут|здесь")

// caption says of a line 1 if it ends with who made a picture, 2 if it points into one, 4 if it ends as a teaser does without a full stop.
// It looks for the second only if it may.
func caption(s string, may bool) (kind uint8) {
	const end, long = 40, 500
	tail := s[max(0, len(s)-end):]
	credit, teaser := lastWords(tail)
	if credit {
		kind = 1
	}
	if teaser {
		kind += 4
	}
	if may && len(s) < long {
		lower := strings.ToLower(s)
		if strings.IndexByte(s, '(') >= 0 && containsAny(lower, sides) || containsAny(lower, shown) {
			kind += 2
		}
	}
	return kind
}

// lastWords reports whether the end of a line names an agency or speaks of a picture, and whether its last word or two ask to read on.
func lastWords(tail string) (credit, teaser bool) {
	before, from, scripts := "", -1, false
	for i, r := range tail + " " {
		switch {
		case unicode.IsLetter(r):
			if from < 0 {
				from = i
			}
			scripts = scripts || r >= 0x500
		case from >= 0:
			word := tail[from:i]
			lower := strings.ToLower(word)
			pair := before + " " + lower
			credit = credit || agencies[word] || credits[lower] || credits[pair]
			teaser = i == len(tail) && (teasers[lower] || teasers[pair])
			before, from = "", -1
			if r == ' ' {
				before = lower
			}
		default:
			before = ""
		}
	}
	return credit || strings.Contains(tail, "©") || scripts && containsAny(tail, creditScripts), teaser
}

// services are words of those who run a site about it: consent, accounts, subscriptions, support, shops. They stand in their own sentences, which look like the article's.
var services = hashesOf("newsletter|newsletters|cookie|cookies|tracking|browser|javascript|adblocker|login|account|accounts|password|email|emails|mail|podcast|podcasts|whatsapp|telegram|app|apps|premium|copyright|podcasts|abo|online|website|websites|" +
	"subscribe|subscription|subscriptions|subscriber|subscribers|subscribing|register|registered|unsubscribe|inbox|membership|donate|donation|donations|commission|affiliate|advertiser|advertisers|advertising|personalised|personalized|consent|privacy|partners|gdpr|preferences|purchase|links|edited|copyrighted|republish|reproduction|trial|" +
	"abonnieren|abonnement|abonnenten|abonnent|anmelden|anmeldung|registrieren|registrierung|datenschutz|datenschutzerklärung|dsgvo|einwilligung|personalisierte|anzeigen|werbung|nutzer|nutzung|kostenlos|kostenfrei|gratis|testen|kündbar|unterstützen|unterstützung|spende|spenden|leserinnen|leser|provision|postfach|redaktion|redaktionell|zustimmung|widerrufen|einstellungen|drittanbieter|dienste|endgerät|gerät|" +
	"abonnez|abonnés|abonné|abonner|inscrivez|inscription|inscrire|recevez|courriel|compte|données|personnelles|confidentialité|publicité|consentement|partenaires|soutenez|don|dons|navigateur|désinscrire|gratuit|gratuitement|offre|" +
	"suscripción|suscríbete|suscriptores|suscriptor|suscribirte|suscríbase|regístrate|registro|correo|electrónico|boletín|boletines|cuenta|contraseña|dispositivo|publicidad|privacidad|datos|personales|consentimiento|navegador|descarga|" +
	"abbonati|abbonamento|abbonarsi|iscriviti|iscrizione|registrati|registrazione|posta|elettronica|privacy|dati|personali|consenso|pubblicità|informativa|commissione|sito|account|accedi|" +
	"assine|assinante|assinantes|assinatura|inscreva|cadastro|cadastre|conta|senha|privacidade|dados|pessoais|navegador|publicidade|site|" +
	"abonneer|abonnees|abonnee|nieuwsbrief|aanmelden|inschrijven|gegevens|toestemming|advertenties|gratis|prenumerera|prenumerant|prenumeration|nyhetsbrev|nyhedsbrev|annonser|annoncer|samtycke|samtykke|abonnent|abonnenter|abonnement|gratis|kakor|tilaa|tilaus|uutiskirje|evästeet|" +
	"newsletterze|prenumerata|prenumeratę|subskrypcja|zapisz|zaloguj|konto|ciasteczka|zgoda|zgodę|danych|osobowych|reklam|regulamin|předplatné|předplatitelé|přihlášení|účet|souhlas|osobních|údajů|predplatné|súhlas|feliratkozás|hírlevél|hírlevelünkre|adatkezelési|hozzájárul|abonare|abonament|cookieuri|" +
	"abone|abonelik|üyelik|bülten|çerez|çerezler|reklam|kişisel|veriler|подписка|подписки|подпишитесь|подписчиков|рассылка|рассылку|аккаунт|регистрация|реклама|cookies|персональных|данных|согласие|підписка|підписку|підпишіться|розсилка|реклама|" +
	"berlangganan|langganan|pelanggan|iklan|kebijakan|privasi|đăng|ký|εγγραφείτε|συνδρομή|συνδρομητής|newsletter")

// shownWords holds, by their letters, hashes of what one word of each phrase of shown begins with, so that few lines are searched for the phrases.
var shownWords = func() (t [9][]uint32) {
	for _, w := range strings.Split("bild|foto|photo|gauche|droite|imagen|zdjęciu|pictured", "|") {
		n := utf8.RuneCountInString(w)
		t[n] = append(t[n], hashOf(w))
	}
	return t
}()

// hashesOf holds words as lineInfoOf hashes them.
func hashesOf(s string) map[uint32]bool {
	t := map[uint32]bool{}
	for _, w := range strings.Split(s, "|") {
		t[hashOf(w)] = true
	}
	return t
}

func hashOf(word string) uint32 {
	h := uint32(2166136261)
	for _, r := range word {
		h = (h ^ uint32(unicode.ToLower(r))) * 16777619
	}
	return h
}

func containsAny(s string, words []string) bool {
	for _, w := range words {
		if strings.Contains(s, w) {
			return true
		}
	}
	return false
}
