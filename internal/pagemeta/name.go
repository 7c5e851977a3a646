package pagemeta

import (
	_ "embed" // the given names
	"sort"
	"strings"
	"unicode"
	"unicode/utf8"

	"example.invalid/nutgraf/internal/page"
)

// authorKind tells people from desks, agencies and the publication itself.
type authorKind uint8

const (
	person authorKind = iota + 1
	desk
	agency
	publication
	organization // of no known kind
)

// credit is one name out of a byline.
type credit struct {
	name, role string
	url        string
	kind       authorKind
	start, end int // of the name in the byline
}

const (
	maxByline  = 400 // bytes of a byline that are read
	maxName    = 80  // bytes of one name
	maxCredits = 16  // names of one byline
)

// bylineLabels stand before the names. The bare prepositions count only at the start of a line that holds little else.
var bylineLabels = labelSet(`
by|words by|text by|story by|article by|written by|posted by|published by|reported by|report by|authored by|created by|submitted by|contributed by|
author|authors|autor|autoren|autorin|autorinnen|auteur|auteurs|auteure|autores|autora|autore|autori|autrice|verfasser|verfasst von|geschrieben von|text von|
von|ein artikel von|ein beitrag von|artikel von|beitrag von|blogbeitrag von|blog beitrag von|ein gastbeitrag von|gastbeitrag von|eine kolumne von|kolumne von|ein kommentar von|kommentar von|
eine analyse von|analyse von|eine reportage von|reportage von|column by|opinion by|analysis by|interview by|review by|par|écrit par|publié par|rédigé par|por|escrito por|publicado por|texto|di|scritto da|pubblicato da|a cura di|da|de|
door|geschreven door|av|af|text|tekst|tekst av|skrevet av|skriven av|autor tekstu|przez|napsal|napsala|yazar|yazan|автор|авторы|текст|автор текста|автори|kirjoittaja|teksti|
szerző|írta|penulis|oleh|reporter|tác giả|συντάκτης|γράφει|του|της|بقلم|كتب||מאת|文|作者|記者|记者|文・|文／|글|기자|著者|執筆|執筆者|ライター|編集|来源|责任编辑|責任編輯|from|guest post by|story|
editor|edited by|reviewed by|written and fact checked by|medically reviewed by|über den autor|about the author|post author|article author|name|beitragsautor|post category|veröffentlicht von|
erstellt von|eingestellt von|publié le|publicerad av|redaktör|redaktor|foto|fotos|photo|photos|bild|bilder|photo by|photos by|photography by|illustration by|video by`)

// labels is a set of words and phrases in folded form.
type labels map[string]bool

// has reports whether the set holds s, whatever its case and diacritics.
func (l labels) has(s string) bool {
	var buf [64]byte
	return l[string(appendFold(buf[:0], s))]
}

func labelSet(s string) labels {
	m := make(labels)
	for l := range strings.SplitSeq(strings.ReplaceAll(s, "\n", ""), "|") {
		m[fold(l)] = true
	}
	return m
}

// givenNames are hashes of given names of many countries in Latin letters, sorted, four bytes each: training/metadata/given.py.
//
//go:embed given.bin
var givenNames string

// isGivenName reports whether the first word of a name, or its first part before a hyphen, is a given name.
func isGivenName(name string) bool {
	word, _, _ := strings.Cut(name, " ")
	word, _, _ = strings.Cut(word, "-")
	h := page.HashWord(strings.ToLower(strings.Trim(word, ".,")))
	at := func(i int) uint32 {
		return uint32(givenNames[4*i]) | uint32(givenNames[4*i+1])<<8 | uint32(givenNames[4*i+2])<<16 | uint32(givenNames[4*i+3])<<24
	}
	n := len(givenNames) / 4
	i := sort.Search(n, func(i int) bool { return at(i) >= h })
	return i < n && at(i) == h
}

// notAuthorLabels are labels of names that did not write the article.
var notAuthorLabels = labelSet(`foto|fotos|photo|photos|bild|bilder|photo by|photos by|photography by|illustration by|video by|reviewed by|medically reviewed by|edited by|editor|来源|责任编辑|責任編輯|from|publié le|post category|story`)

var roleWords = labelSet(`editor|editors|correspondent|reporter|journalist|writer|columnist|author|contributor|producer|critic|chief|analyst|columnista|
photographer|intern|fellow|professor|director|manager|founder|co-founder|cofounder|ceo|cto|cmo|president|head|officer|specialist|strategist|consultant|
coordinator|expert|lead|lecturer|researcher|scientist|attorney|lawyer|korrespondent|korrespondentin|redakteur|redakteurin|volontär|volontärin|reporterin|
journalistin|autor|autorin|leiter|leiterin|chefredakteur|chefredakteurin|ressortleiter|redacteur|rédacteur|rédactrice|journaliste|correspondant|
correspondante|chroniqueur|corresponsal|periodista|redactor|redactora|corrispondente|giornalista|redattore|jornalista|repórter|correspondente|journalistin|
dziennikarz|redaktor|redaktorka|redaktör|journalist|korrespondent|kommentator|kolumnist|muhabir|muhabiri|корреспондент|журналист|обозреватель|기자|記者|特派員|editorin|
technologist|engineer|developer|principal|senior|associate|assistant|designer|marketer|copywriter|blogger|freelance|freelancer|staff|guest|verified|moderator|administrator|member|subscriber|updated`)

var deskWords = labelSet(`desk|newsdesk|newsroom|webdesk|redaktion|redaktionen|redaksjonen|redaction|rédaction|redacción|redaccion|redação|redacao|redazione|redactie|
redakcja|redakce|redakcia|redakcija|редакция|редакція|редакции|toimitus|staff|team|editorial|editors|bureau|editorial board|haber|merkezi|haberler|编辑部|編集部|취재팀|온라인|
onlineredaktion|newsteam|szerkesztőség|redacţia|redacția|correspondents|newswire|wire|wires|reporters|webdesk|digital|nachrichtenredaktion|ban|tòa|soạn`)

// agencies are the news agencies by the names and letters they sign with.
var agencies = labelSet(`reuters|thomson reuters|ap|ap news|associated press|the associated press|afp|agence france-presse|agence france presse|afp-jiji|dpa|
deutsche presse-agentur|dpa-afx|dpa/lno|dpa/lsw|apa|austria presse agentur|sda|keystone-sda|ats|keystone-ats|ansa|agi|adnkronos|askanews|lapresse|efe|agencia efe|
europa press|europapress|ep|pti|press trust of india|ani|ians|uni|xinhua|新华社|新華社|tass|тасс|interfax|интерфакс|ria novosti|риа новости|sputnik|kyodo|kyodo news|共同通信|時事通信|jiji press|
yonhap|연합뉴스|yonhap news agency|뉴시스|newsis|뉴스1|bernama|antara|cna|anadolu|anadolu agency|anadolu ajansı|aa|dha|iha|pap|čtk|ctk|tasr|sita|mti|hina|tanjug|beta|srna|fena|agerpres|mediafax|bta|бта|belga|anp|ntb|tt|
ritzau|stt|lehtikuva|lusa|agência lusa|agência brasil|agencia brasil|estadão conteúdo|folhapress|télam|telam|notimex|bloomberg|bloomberg news|upi|united press international|
the canadian press|canadian press|aap|australian associated press|pa|pa media|press association|pa news agency|sid|epd|kna|afx|ots|news aktuell|ukrinform|укринформ|укрінформ|unian|elta|bns|leta|eta|ιανσ|ape-mpe|αμπε|
irna|isna|fars|petra|wam|spa|mena|sana|ina|apf|maan|wafa|panapress|apanews|nan|news agency of nigeria|gna|sapa|vna|ttxvn|tt xvn|pna|cp|npr|bang showbiz|cover media|getty images|afp/relaxnews|relaxnews|the conversation|ians life|
中央社|中新社|中国新闻网|新华网|人民网|央视新闻|press association sport|sport-informations-dienst|evangelischer pressedienst|katholische nachrichten-agentur|schweizerische depeschenagentur|spot on news|teleschau|bs`)

// connectors divide two names.
var connectors = labelSet(`and|und|et|y|e|og|och|en|ve|и|i|ja|&|with|mit|avec|con|com|und der|sowie|και|та|şi|și|és|a`)

// stops end the names of a byline: what follows says where, when or for whom.
var stops = labelSet(`in|aus|for|für|fur|from|at|on|of|auf|à|em|im|updated|published|posted|veröffentlicht|veroffentlicht|aktualisiert|publié|actualizado|publicado|is|ist|has|hat|est|es|was|via|über|uber|about|who|covers|writes|
last|first|min|mins|minutes|minuten|read|views|comments|kommentare|share|follow|email|e-mail|twitter|facebook|am|vom|le|il|el|op|uhr|pm|special|exclusive|says|sagt|reports|berichtet|am:|vor|ago|today|yesterday|heute|gestern`)

// particles are the lower-case words inside names.
var particles = labelSet(`von|van|vom|zu|zur|zum|der|den|de|del|della|dello|di|da|das|dos|do|du|des|la|le|las|los|ter|ten|bin|ibn|bint|al|el|af|av|y|e|i|ben|abu|und|san|st|mac|d|o|t|'t|op|het|ap|im`)

var academic = labelSet(`phd|ph.d|ph.d.|md|m.d.|mba|msc|ma|bsc|cfp|cfa|rn|rd|dds|jd|j.d.|esq|esq.|cpa|pmp|dpt|dvm|mph|rdn|ldn|bs|ms|m.a.|b.a.|cissp|pe|llm|ll.m.|facp|lcsw|bsn|msn|cpt|cscs|obe|mbe|cbe`)

// interface words are never part of a name.
var interfaceWords = labelSet(`comment|comments|kommentar|kommentare|artikel|article|articles|beiträge|posts|publiziert|newsletter|kategorie|category|commentaires|comentarios`)

// nobody are placeholder names of content systems.
var nobody = labelSet(`admin|administrator|editor|author|unknown|guest|user|webmaster|root|system|anonymous|anonym|n/a|none|null|undefined|false|true|test|superuser|super user|website|wordpress|wp|wpadmin|adminuser|siteadmin|
autor|redakteur|redaktør|contributor|by|staff writer|default|unbekannt|no author|noreply|support|info|contact|home|news|blog|article|share|facebook|twitter|instagram|linkedin|pinterest|youtube|
read more|mehr|view all posts|view posts|see more|follow|subscribe|advertisement|website|menu|search|login|log in|sign in|register|comments|comment|reply|permalink|link|email|e-mail|print|copy link|
about the author|über den autor|about|author bio|profile|more|related|posted|published|updated|author:|authors|written by|posts|archive|newsletter|more by|contributors|meet the author|image|photo|video|source|more from author|
administrador|usuario|published posts|publicado|publicada|follow us|folgen|link kopieren|copy|drucken|merken|print|monday|tuesday|wednesday|thursday|friday|saturday|sunday|montag|dienstag|mittwoch|donnerstag|freitag|samstag|sonntag|mehr infos|allgemein|uncategorized|agencies|utilisateur|benutzer|gast|kommentare|teilen|leserbrief|all posts|view profile|bio|website link|op|original poster|moderator|new member|member|senior member|junior member`)

// parseByline takes the names out of a byline, as printed or as structured data gives it. labelled reports whether a word such as
// "by" stood before them; other is true if the label says that they are not the authors.
func parseByline(s string) (credits []credit, labelled, other bool) {
	if len(s) > maxByline {
		n := maxByline
		for !utf8.RuneStart(s[n]) {
			n--
		}
		s = s[:n]
	}
	if strings.Contains(s, "://") {
		return nil, false, false
	}
	start, end := 0, len(s)
	for {
		n, label := leadingLabel(s[start:end])
		if n == 0 {
			break
		}
		labelled = true
		other = other || notAuthorLabels[label]
		start += n
	}
	var after bool // a role or place may follow a name
	for _, p := range pieces(s, start, end) {
		a, b := p.start, p.end
		if p.reset {
			after = false
		}
		if n, _ := leadingLabel(s[a:b]); n > 0 {
			a += n
		}
		c, rest, ok := readName(s, a, b)
		switch {
		case ok && (!after || c.kind != 0 && !hasAny(c.name, roleWords)):
			credits = append(credits, c)
			after = true
		case !ok && len(credits) > 0 && rest != "" && credits[len(credits)-1].role == "" && hasAny(rest, roleWords) && len(rest) <= maxName && !startsWithStop(rest):
			credits[len(credits)-1].role = rest
		}
		if len(credits) == maxCredits || p.last {
			break
		}
	}
	return credits, labelled, other
}

// labelHeads are the first words of the labels: most lines begin with none of them.
var labelHeads = func() labels {
	m := make(labels, len(bylineLabels))
	for l := range bylineLabels {
		if n := strings.IndexFunc(l, endsLabelWord); n >= 0 {
			l = l[:n]
		}
		m[l] = true
	}
	return m
}()

func endsLabelWord(r rune) bool { return strings.ContainsRune(" :\n：／・", r) }

func startsWithStop(s string) bool {
	w, _, _ := strings.Cut(s, " ")
	return stops.has(strings.Trim(w, ".:"))
}

// leadingLabel is the length of a byline label at the start of s, with the colon and space after it.
func leadingLabel(s string) (n int, label string) {
	t := strings.TrimLeft(s, " \t\n\u00a0:|–—-•·*©/")
	skipped := len(s) - len(t)
	if n := strings.IndexFunc(t, endsLabelWord); n > 64 || n < 0 && len(t) > 64 || !labelHeads.has(t[:max(n, 0)]) {
		return 0, ""
	}
	best, bestLabel := 0, ""
	var buf [80]byte
	// Labels have at most five words.
	for i, words := 0, 0; i <= len(t) && words < 5 && i < 64; i++ {
		if i < len(t) && t[i] != ' ' && t[i] != ':' && t[i] != '\n' && !strings.HasPrefix(t[i:], "：") && !strings.HasPrefix(t[i:], "／") && !strings.HasPrefix(t[i:], "・") {
			continue
		}
		if i == 0 {
			break
		}
		words++
		if l := appendFold(buf[:0], t[:i]); bylineLabels[string(l)] && i < len(t) {
			best, bestLabel = i, string(l)
		}
	}
	if best == 0 {
		return 0, ""
	}
	rest := strings.TrimLeft(t[best:], " \t\n\u00a0:：／・")
	if rest == "" {
		return 0, ""
	}
	// A bare preposition or article may be part of a name: "Di Stefano", "De Gea"; it is a label only before a full name.
	if particles[bestLabel] && t[best] == ' ' && unicode.IsUpper(firstRune(t)) && len(strings.Fields(rest)) < 2 && !agencies.has(rest) {
		return 0, ""
	}
	return skipped + len(t) - len(rest), bestLabel
}

func firstRune(s string) rune {
	r, _ := utf8.DecodeRuneInString(s)
	return r
}

type piece struct {
	start, end  int
	reset, last bool
}

// pieces divides s[start:end] at the marks and words that stand between names.
func pieces(s string, start, end int) (out []piece) {
	from, reset := start, true
	cut := func(at, next int, strong bool) {
		if at > from {
			out = append(out, piece{start: from, end: at, reset: reset})
		}
		from, reset = next, strong
	}
	depth := 0
	for i := start; i < end && len(out) < 4*maxCredits; {
		r, n := utf8.DecodeRuneInString(s[i:end])
		switch r {
		case '(', '[', '（':
			if depth == 0 {
				cut(i, i, false)
			}
			depth++
		case ')', ']', '）':
			if depth > 0 {
				depth--
			}
			if depth == 0 {
				from, reset = i+n, true // what stands in brackets is no name
			}
		case ';', '|', '•', '·', '\n', '、', '，', '/', '\t', '‧', '●', '｜', '／', '；', '+':
			if depth == 0 {
				cut(i, i+n, true)
			}
		case ',', '–', '—':
			if depth == 0 {
				cut(i, i+n, r == ',')
			}
		case '-':
			if depth == 0 && i > start && i+1 < end && s[i-1] == ' ' && s[i+1] == ' ' {
				cut(i, i+n, false)
			}
		case ' ', '\u00a0':
			if depth > 0 {
				break
			}
			w, next := wordAt(s[:end], i+n)
			if next < end && connectors.has(w) && utf8.RuneCountInString(w) <= 5 && splits(s[from:i], s[next:end], w) {
				cut(i, next, true)
				i = next
				continue
			}
		}
		i += n
	}
	if depth == 0 && from < end {
		out = append(out, piece{start: from, end: end, reset: reset})
	}
	return out
}

func wordAt(s string, i int) (w string, next int) {
	n := strings.IndexAny(s[i:], " \u00a0\n\t")
	if n < 0 {
		return s[i:], len(s)
	}
	return s[i : i+n], i + n
}

// splits reports whether the connector w between two texts divides names rather than being part of one.
func splits(before, after, w string) bool {
	switch w {
	case "and", "und", "et", "&", "och", "og", "ve", "sowie", "и", "та", "και", "és", "And", "AND", "UND", "with", "mit":
		return true
	}
	first, _, _ := strings.Cut(strings.TrimSpace(after), ",")
	return len(strings.Fields(before)) >= 2 && len(strings.Fields(first)) >= 2
}

// readName reads the name at the start of s[start:end]. Without one, rest is what the text may be instead: a role, a place.
func readName(s string, start, end int) (c credit, rest string, ok bool) {
	for start < end {
		r, n := utf8.DecodeRuneInString(s[start:end])
		if !unicode.IsSpace(r) && !strings.ContainsRune(`:-–—*"'“”„«»©@.`, r) {
			break
		}
		if r == '@' {
			return c, "", false
		}
		start += n
	}
	// Up to the first word that cannot be part of a name.
	stop, words := start, 0
	for i := start; i < end; {
		w, next := wordAt(s[:end], i)
		if w == "" {
			i = next + 1
			for i < end && !utf8.RuneStart(s[i]) {
				i++
			}
			continue
		}
		if words > 0 && !unicode.IsUpper(firstRune(w)) && stops.has(strings.Trim(w, ".:")) || strings.ContainsAny(w, "@#=<>{}\\") || strings.Contains(w, "://") ||
			words > 0 && w[0] >= '0' && w[0] <= '9' {
			break
		}
		stop = next
		words++
		i = next + 1
		for i < end && !utf8.RuneStart(s[i]) {
			i++
		}
	}
	stop = start + len(strings.TrimRightFunc(s[start:stop], func(r rune) bool {
		return unicode.IsSpace(r) || strings.ContainsRune(`:,;-–—*"'“”„«»©`, r)
	}))
	for _, suffix := range [...]string{" 기자", " 특파원", "기자", " 記者", "記者", "记者", " 报道"} {
		if strings.HasSuffix(s[start:stop], suffix) && stop-start > len(suffix) {
			stop -= len(suffix)
			break
		}
	}
	name := s[start:stop]
	if name == "" || len(name) > maxName {
		return c, strings.TrimSpace(s[start:end]), false
	}
	f := fold(strings.Trim(name, ". "))
	switch {
	case agencies[f]:
		c.kind = agency
	case nobody[f] || academic[f] || bylineLabels[f] || cities[f]:
		return c, name, false
	case hasAny(name, interfaceWords):
		return c, name, false
	case hasAny(name, deskWords):
		c.kind = desk
	case hasAny(name, roleWords) && words <= 5:
		return c, name, false
	case !namelike(name) || holdsMonth(name):
		return c, name, false
	default:
		c.kind = person
	}
	if strings.HasSuffix(name, ".") && !strings.HasSuffix(f, "jr") && !strings.HasSuffix(f, "sr") && len(name) > 3 && name[len(name)-3] != ' ' {
		name = strings.TrimRight(name, ".")
		stop = start + len(name)
	}
	c.name, c.start, c.end = strings.Join(strings.Fields(name), " "), start, stop
	return c, "", true
}

// holdsMonth reports whether s is a month, or a month with digits: part of a date.
func holdsMonth(s string) bool {
	digits := strings.ContainsAny(s, "0123456789")
	if !digits && strings.Contains(s, " ") {
		return false
	}
	for w := range strings.FieldsFuncSeq(s, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsMark(r) }) {
		if monthOf(w) != 0 && (digits || utf8.RuneCountInString(w) > 3) {
			return true
		}
	}
	return false
}

func hasAny(s string, set labels) bool {
	for w := range strings.FieldsFuncSeq(s, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsMark(r) }) {
		if set.has(w) {
			return true
		}
	}
	return false
}

// namelike reports whether s could be somebody's name or pen name: a few words without the marks of a sentence.
func namelike(s string) bool {
	letters, digits, words, lower := 0, 0, 0, 0
	inWord := false
	for _, r := range s {
		switch {
		case unicode.IsLetter(r) || unicode.IsMark(r):
			letters++
			if !inWord {
				words++
				inWord = true
				if unicode.IsLower(r) {
					lower++
				}
			}
		case unicode.IsDigit(r):
			digits++
			inWord = true
		case unicode.IsSpace(r):
			inWord = false
		case strings.ContainsRune("?!…%$€£:;\"“”„<>[]{}=*^~|\\", r):
			return false
		}
	}
	n := strings.Count(s, " ") + 1
	if letters < 2 || n > 6 || n > 1 && digits > 0 && digits*3 > letters {
		return false
	}
	if digits > letters {
		return false
	}
	// Pen names are a single word in any case; of several words most begin with a capital.
	if n > 2 && lower*2 > words {
		return false
	}
	return true
}

// properName reports whether s looks like a person's name in print: two to five words, each capitalised or a particle; or a short
// name in a script without case.
func properName(s string) bool {
	words, upper := 0, 0
	for w := range strings.FieldsSeq(s) {
		words++
		r := firstRune(strings.TrimLeft(w, `'’("“`))
		switch {
		case unicode.IsUpper(r) || unicode.IsTitle(r):
			upper++
		case unicode.IsLower(r):
			if !particles.has(w) && !strings.ContainsAny(w, "'’-") {
				return false
			}
		case unicode.IsLetter(r):
			upper++ // no case
		default:
			return false
		}
		for _, r := range w {
			if unicode.IsDigit(r) {
				return false
			}
		}
	}
	if words == 1 {
		n := utf8.RuneCountInString(s)
		r := firstRune(s)
		return n >= 2 && n <= 5 && unicode.In(r, unicode.Han, unicode.Hangul)
	}
	return words <= 5 && upper >= 2
}

// authorKey is the form of a name in which two spellings are the same: case, diacritics, marks and spaces do not count.
func authorKey(s string) string {
	var fold, key [80]byte
	out := key[:0]
	for b := appendFold(fold[:0], s); len(b) > 0; {
		r, n := utf8.DecodeRune(b)
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			out = append(out, b[:n]...)
		}
		b = b[n:]
	}
	return string(out)
}
