package entities

import (
	"context"
	"flag"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	nutgrafv1 "example.invalid/nutgraf/gen/go/nutgraf/v1"
	"example.invalid/nutgraf/internal/pipeline"
	"example.invalid/nutgraf/internal/pipeline/pipelinetest"
	"example.invalid/nutgraf/internal/text"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// annotated is a text whose names are written as {P:Ada Orr}, {O:…}, {L:…} and {E:…}.
func annotated(t testing.TB, s string) (string, []Name) {
	t.Helper()
	kinds := map[byte]nutgrafv1.EntityKind{'P': person, 'O': organization, 'L': place, 'E': event}
	var b strings.Builder
	var names []Name
	for {
		i := strings.IndexByte(s, '{')
		if i < 0 {
			b.WriteString(s)
			return b.String(), names
		}
		j := strings.IndexByte(s, '}')
		if j < i+3 || kinds[s[i+1]] == 0 {
			t.Fatalf("bad mark-up at %q", s[i:min(len(s), i+20)])
		}
		b.WriteString(s[:i])
		start := b.Len()
		b.WriteString(s[i+3 : j])
		names = append(names, Name{Start: start, End: b.Len(), Kind: kinds[s[i+1]], Confidence: 1})
		s = s[j+1:]
	}
}

// read analyses annotated texts: a body, or a title and a body.
func read(t testing.TB, layers ...string) []*nutgrafv1.Entity {
	t.Helper()
	a := article{lex: english()}
	which := []nutgrafv1.Layer{nutgrafv1.Layer_LAYER_TITLE, nutgrafv1.Layer_LAYER_BODY}[2-len(layers):]
	for i, l := range layers {
		s, names := annotated(t, l)
		a.add(which[i], text.Analyze(s), names)
	}
	if err := a.analyze(context.Background()); err != nil {
		t.Fatal(err)
	}
	return a.build()
}

func roleStrings(es []*nutgrafv1.Entity) (out []string) {
	byID := map[string]string{}
	for _, e := range es {
		byID[e.GetEntityId()] = e.GetName()
	}
	for _, e := range es {
		for _, r := range e.GetRoles() {
			s := e.GetName() + ": " + r.GetTitle()
			if o := r.GetOrganizationEntityId(); o != "" {
				s += " @ " + byID[o]
			}
			switch r.GetStatus() {
			case nutgrafv1.RoleStatus_ROLE_STATUS_FORMER:
				s += " (former)"
			case nutgrafv1.RoleStatus_ROLE_STATUS_ACTING:
				s += " (acting)"
			case nutgrafv1.RoleStatus_ROLE_STATUS_INCOMING:
				s += " (incoming)"
			}
			out = append(out, s)
		}
	}
	slices.Sort(out)
	return out
}

func TestRoles(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, in string
		want     []string
	}{
		{"organisation before", "{O:VALTO} Secretary General {P:Ada Orr} spoke.", []string{"Ada Orr: Secretary General @ VALTO"}},
		{"demonym of a country named", "{L:Kenya} slept. Kenyan Health Minister {P:Ada Orr} spoke.", []string{"Ada Orr: Health Minister @ Kenya"}},
		{"demonym of two words", "{L:South Korea} slept. South Korean envoy {P:Ada Orr} spoke.", []string{"Ada Orr: envoy @ South Korea"}},
		{"demonym of no country named", "French President {P:Ada Orr} spoke.", []string{"Ada Orr: President"}},
		{"apposition", "{P:Ada Orr}, the {O:VALTO} chief, spoke.", []string{"Ada Orr: chief @ VALTO"}},
		{"apposition with age", "{P:Ada Orr}, 43, a herder, spoke.", []string{"Ada Orr: herder"}},
		{"apposition before", "The mayor of {L:Valdoria}, {P:Ada Orr}, spoke.", []string{"Ada Orr: mayor @ Valdoria"}},
		{"apposition after a list of common words", "{P:Ada Orr}, professor of marine biology at the {O:University of Elwin}, led it.", []string{"Ada Orr: professor of marine biology @ University of Elwin"}},
		{"in brackets", "{P:Ada Orr} (director of the {O:Elwin Station}) spoke.", []string{"Ada Orr: director @ Elwin Station"}},
		{"relative clause", "{P:Ada Orr}, who is mayor of {L:Valdoria}, spoke.", []string{"Ada Orr: mayor @ Valdoria"}},
		{"predicate", "{P:Ada Orr} became president of the {O:Elwin Chamber} in May.", []string{"Ada Orr: president @ Elwin Chamber"}},
		{"former", "Former {L:Valdoria} governor {P:Ada Orr} spoke.", []string{"Ada Orr: governor @ Valdoria (former)"}},
		{"ex with a hyphen", "Ex-minister {P:Ada Orr} spoke.", []string{"Ada Orr: Ex-minister (former)"}},
		{"then with a hyphen before a name", "{P:Ada Orr} met then-{L:Valdoria} governor {P:Ben Moss}.", []string{"Ben Moss: governor @ Valdoria (former)"}},
		{"acting", "{P:Ada Orr}, the acting head of {O:Elwin Steel}, spoke.", []string{"Ada Orr: head @ Elwin Steel (acting)"}},
		{"elect", "President-elect {P:Ada Orr} spoke.", []string{"Ada Orr: President (incoming)"}},
		{"two joined", "Actor and director {P:Ada Orr} spoke.", []string{"Ada Orr: Actor", "Ada Orr: director"}},
		{"two side by side", "It moved study co-author Professor {P:Ada Orr}.", []string{"Ada Orr: Professor", "Ada Orr: study co-author"}},
		{"plural", "Senators {P:Ada Orr} of {L:Valdoria} and {P:Ben Moss} of {L:Elwin} dissented.", []string{"Ada Orr: Senators @ Valdoria", "Ben Moss: Senators @ Elwin"}},
		{"list behind", "{P:Ada Orr}, a veteran, activist, radio host, and candidate for {O:Elwin First}, spoke.", []string{"Ada Orr: activist", "Ada Orr: candidate @ Elwin First", "Ada Orr: radio host", "Ada Orr: veteran"}},
		{"fixed complement", "Secretary of State {P:Ada Orr} spoke.", []string{"Ada Orr: Secretary of State"}},
		{"ambassador", "The Afghan Ambassador to {L:Valdoria} {P:Ada Orr} spoke.", []string{"Ada Orr: Ambassador to Valdoria"}},
		{"behind the name", "{P:Ada Orr} MP spoke.", []string{"Ada Orr: MP"}},
		{"appointed", "They appointed {P:Ada Orr} prime minister.", []string{"Ada Orr: prime minister"}},
		{"as", "They put forward {P:Ada Orr} as their candidate.", []string{"Ada Orr: candidate"}},
		{"named", "A student named {P:Orr} spoke.", []string{"Orr: student"}},
		{"quote attribution", "\"We have no water,\" said {P:Ada Orr}, a teacher in the village.", []string{"Ada Orr: teacher"}},
		{"variant later", "{O:VALTO} chief {P:Ada Orr} came. Secretary General {P:Orr} left.", []string{"Ada Orr: Secretary General", "Ada Orr: chief @ VALTO"}},
		{"printed twice", "President {P:Ada Orr} came. {L:Valdoria} President {P:Orr} left.", []string{"Ada Orr: President @ Valdoria"}},
		{"subject pronoun", "{P:Ada Orr} spoke. She is mayor of {L:Valdoria}.", []string{"Ada Orr: mayor @ Valdoria"}},
		{"party is no part", "Republican Senator {P:Ada Orr} spoke.", []string{"Ada Orr: Senator"}},
		{"role of another", "{P:Ada Orr}, a spokesperson for President {P:Ben Moss}, spoke.", []string{"Ada Orr: spokesperson", "Ben Moss: President"}},
		{"abbreviated", "Sen. {P:Ada Orr} met Lt. Gov. {P:Ben Moss}.", []string{"Ada Orr: Sen.", "Ben Moss: Lt. Gov."}},
		{"examples", "He met musicians such as {P:Ada Orr} and {P:Ben Moss}.", []string{"Ada Orr: musicians", "Ben Moss: musicians"}},
		{"list", "Head coach: {P:Ada Orr}", []string{"Ada Orr: Head coach"}},
		{"two titles", "The commander General {P:Ada Orr} met director General {P:Ben Moss}.", []string{"Ada Orr: General", "Ada Orr: commander", "Ben Moss: director General"}},
		{"position in a team", "{O:Elwin} forward {P:Ada Orr} came forward {P:Ben Moss}.", []string{"Ada Orr: forward @ Elwin"}},
		{"based in a place", "{L:Lima}-based fund manager {P:Ada Orr} came.", []string{"Ada Orr: fund manager @ Lima"}},
		{"role of the one replaced", "{P:Ada Orr} won. She was appointed in May, replacing {P:Ben Moss}, who resigned as mayor.", []string{"Ben Moss: mayor (former)"}},
		{"behind a comma", "{P:Ada Orr}, QC, met {P:Ben Moss}, MP for {L:Elwin}, there.", []string{"Ben Moss: MP @ Elwin"}},
		{"capitals inside", "{O:Elwin}'s chief AI scientist {P:Ada Orr} came.", []string{"Ada Orr: chief AI scientist @ Elwin"}},
		{"rank behind a title", "{O:Elwin} Chief of Defence Staff General {P:Ada Orr} met Commandant Major General {P:Ben Moss}.", []string{"Ada Orr: Chief of Defence Staff @ Elwin", "Ada Orr: General @ Elwin", "Ben Moss: Commandant", "Ben Moss: Major General"}},
		{"rank alone", "Detective Chief Inspector {P:Ada Orr} of the {O:Elwin Police} met Lieutenant Colonel {P:Ben Moss}.", []string{"Ada Orr: Detective Chief Inspector @ Elwin Police", "Ben Moss: Lieutenant Colonel"}},
		{"at a body with a comma", "Professor {P:Ada Orr}, of the {O:Elwin Institute}, spoke.", []string{"Ada Orr: Professor @ Elwin Institute"}},
		{"body behind a comma", "It works, said {P:Ada Orr}, chief executive, {O:Elwin Bank}.", []string{"Ada Orr: chief executive @ Elwin Bank"}},
		{"elect behind the head", "Vice-president elect {P:Ada Orr} met mayor designate {P:Ben Moss}.", []string{"Ada Orr: Vice-president (incoming)", "Ben Moss: mayor (incoming)"}},
		{"next", "{P:Ada Orr} was named the next chief executive of {O:Elwin Bank}.", []string{"Ada Orr: chief executive @ Elwin Bank (incoming)"}},
		{"to come", "{P:Ada Orr} will become mayor of {L:Elwin}.", []string{"Ada Orr: mayor @ Elwin (incoming)"}},
		{"only hoped", "{P:Ada Orr}, who hopes to become mayor, spoke.", nil},
		{"only supposed", "If {P:Ada Orr} becomes president, taxes rise.", nil},
		{"acting in brackets", "{P:Ada Orr}, Chief Executive (Acting) of {O:Elwin Bank}, spoke.", []string{"Ada Orr: Chief Executive @ Elwin Bank (acting)"}},
		{"before a comma and another", "The party's leader in {L:Elwin}, First Minister {P:Ada Orr}, met her friend, former banker {P:Ben Moss}.", []string{"Ada Orr: First Minister", "Ada Orr: leader @ Elwin", "Ben Moss: banker (former)"}},
		{"as", "As policy director for the {O:Elwin Fund}, {P:Ada Orr} spoke.", []string{"Ada Orr: policy director @ Elwin Fund"}},
		{"joined before the head", "Trade and Industry Secretary {P:Ada Orr} met {P:Ben Moss}, a moral and spiritual leader.", []string{"Ada Orr: Trade and Industry Secretary", "Ben Moss: moral and spiritual leader"}},
		{"joined behind the head", "The Minister of Mines, Water and Trade, {P:Ada Orr}, met {P:Ben Moss}, head of sales, finance and law at {O:Elwin}.", []string{"Ada Orr: Minister of Mines, Water and Trade", "Ben Moss: head of sales, finance and law @ Elwin"}},
		{"time is no part", "{P:Ada Orr}, who worked as a nurse for 30 years, met {P:Ben Moss}, a mayor for two terms.", []string{"Ada Orr: nurse (former)", "Ben Moss: mayor"}},
		{"age is no part", "The 45-year-old teacher {P:Ada Orr} spoke.", []string{"Ada Orr: teacher"}},
		{"not shared", "{P:Ada Orr}, formerly a banker and now the mayor of {L:Elwin}, spoke.", []string{"Ada Orr: banker (former)", "Ada Orr: mayor @ Elwin"}},
		{"verb before a title", "{P:Ben Moss}, who advises Attorney-General {P:Ada Orr}, spoke.", []string{"Ada Orr: Attorney-General"}},
		{"headline", "{P:Ben Moss} Is Now Considering Firing General {P:Orr}", []string{"Orr: General"}},
		{"participle behind", "{P:Ada Orr}, a senior engineer working on ships, spoke.", []string{"Ada Orr: senior engineer"}},
		{"visiting", "He met a visiting {L:Valdoria} President {P:Ada Orr}.", []string{"Ada Orr: President @ Valdoria"}},
		{"quotation marks inside", "{P:Ada Orr}, a writer for the “free” site {O:Elwin News}, met {P:Ben Moss}, owner of the site “The Orb”.", []string{"Ada Orr: writer @ Elwin News", "Ben Moss: owner of the site"}},
		{"behind speech", "\"We listen,\" says co-founder, {P:Ada Orr}.", []string{"Ada Orr: co-founder"}},
		{"no article before a verb", "It is odd, {P:Ada Orr}, head of {O:Elwin Bank} told us.", []string{"Ada Orr: head @ Elwin Bank"}},
		{"title of the next", "They met Minister {P:Ada Orr}, Chief Officer Dr {P:Ben Moss} and others.", []string{"Ada Orr: Minister", "Ben Moss: Chief Officer"}},
		{"village without a name", "{P:Ada Orr}, a farmer of Thalu village, spoke.", []string{"Ada Orr: farmer"}},
		{"spent years as", "{P:Ada Orr}, who spent nine years as a teacher, spoke.", []string{"Ada Orr: teacher"}},
		{"participle in front", "A clearing agent, {P:Ada Orr}, met {O:Elwin} attacking midfielder {P:Ben Moss}, who denied fouling officer {P:Eva Lind}.", []string{"Ada Orr: clearing agent", "Ben Moss: attacking midfielder @ Elwin", "Eva Lind: officer"}},
		{"possessive of common words", "{P:Ada Orr}, head of the growers' union, met {P:Ben Moss}, president of the country's chess federation.", []string{"Ada Orr: head of the growers' union", "Ben Moss: president of the country's chess federation"}},
		{"inverse", "The {O:Elwin Union}, whose chairman is {P:Ada Orr}, met. The referee was {P:Ben Moss} of {L:Lima}. The clerk is {P:Eva Lind}'s son.", []string{"Ada Orr: chairman", "Ben Moss: referee @ Lima"}},
		{"capital before a comma", "She met Managing Director, {P:Ada Orr}, in {L:Lima}.", []string{"Ada Orr: Managing Director"}},
		{"fixed complement before a name", "{P:Ada Orr}, secretary of the union {O:Elwin Works}, spoke.", []string{"Ada Orr: secretary @ Elwin Works"}},
		{"another line", "He thanked the mayor\n{P:Ada Orr} smiled.", nil},
		{"wrapped line", "In the town hall she spoke for an hour with the mayor\n{P:Ada Orr} about it.", []string{"Ada Orr: mayor"}},
		{"family is no office", "{P:Ada Orr} and her brother {P:Ben Moss} came.", nil},
		{"reporters are others", "She told reporters {P:Ada Orr} had left.", nil},
		{"minister is another", "According to {P:Ada Orr}, the minister said no.", nil},
		{"office of somebody", "The {O:Ada Orr Foundation} pays, the mayor's office said.", nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(c.want, roleStrings(read(t, c.in))); diff != "" {
				t.Errorf("roles of %q (-want +got):\n%s", c.in, diff)
			}
		})
	}
}

// mentionStrings gives each entity as its name and the texts of its mentions.
func mentionStrings(t testing.TB, in string, es []*nutgrafv1.Entity) (out []string) {
	s, _ := annotated(t, in)
	for _, e := range es {
		line := e.GetName() + ":"
		for i, m := range e.GetMentions() {
			p := m.GetEvidence().GetSpans()[0]
			if i > 0 {
				line += ","
			}
			line += " " + s[p.GetStart():p.GetEnd()]
		}
		out = append(out, line)
	}
	slices.Sort(out)
	return out
}

func TestMerge(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, in string
		want     []string
	}{
		{"surname", "{P:Ada Orr} came. {P:Orr} left.", []string{"Ada Orr: Ada Orr, Orr"}},
		{"given name", "{P:Ada Orr} came. {P:Ada} left.", []string{"Ada Orr: Ada Orr, Ada"}},
		{"headline first", "{P:Orr} wins. Mayor {P:Ada Orr} won.", []string{"Ada Orr: Orr, Ada Orr"}},
		{"middle name", "{P:Ada B. Orr} came. {P:Ada Orr} left.", []string{"Ada B. Orr: Ada B. Orr, Ada Orr"}},
		{"particle", "{P:Ursula von der Elwin} came. {P:von der Elwin} left.", []string{"Ursula von der Elwin: Ursula von der Elwin, von der Elwin"}},
		{"article of Arabic names", "{P:Sami al-Elwin} came. {P:Elwin} left.", []string{"Sami al-Elwin: Sami al-Elwin, Elwin"}},
		{"two surnames", "{P:Ana Orr Elwin} came. {P:Ana Orr} left. {P:Orr} slept.", []string{"Ana Orr Elwin: Ana Orr Elwin, Ana Orr, Orr"}},
		{"marks", "{P:Recep Erdoğan} came. {P:Erdogan} left.", []string{"Recep Erdoğan: Recep Erdoğan, Erdogan"}},
		{"nickname", "{P:Joseph Moss} came. {P:Joe Moss} left.", []string{"Joseph Moss: Joseph Moss, Joe Moss"}},
		{"initial", "{P:John Moss} came. {P:J. Moss} left.", []string{"John Moss: John Moss, J. Moss"}},
		{"romanisation", "{P:Vlad Zelensky} came. {P:Vlad Zelenskyy} left.", []string{"Vlad Zelenskyy: Vlad Zelensky, Vlad Zelenskyy"}},
		{"conflicting given names", "{P:Ada Orr} and {P:Ben Orr} came.", []string{"Ada Orr: Ada Orr", "Ben Orr: Ben Orr"}},
		{"junior", "{P:Ben Orr Sr.} and {P:Ben Orr Jr.} came.", []string{"Ben Orr Jr.: Ben Orr Jr.", "Ben Orr Sr.: Ben Orr Sr."}},
		{"couple by title", "{P:Mary Orr} and {P:John Orr} came. {P:John Orr} sat. Mrs {P:Orr} left. Mr {P:Orr} slept.", []string{"John Orr: John Orr, John Orr, Orr", "Mary Orr: Mary Orr, Orr"}},
		{"the last named", "{P:Ben Orr} fell. {P:Orr}'s mother, {P:Ann Orr}, wept. {P:Orr} sued.", []string{"Ann Orr: Ann Orr, Orr", "Ben Orr: Ben Orr, Orr"}},
		{"couple without title", "{P:Mary Orr} and {P:John Orr} came. {P:John Orr} sat. {P:Orr} left.", []string{"John Orr: John Orr, John Orr, Orr", "Mary Orr: Mary Orr"}},
		{"acronym", "The {O:Valdoria Press Union} met. The {O:VPU} left.", []string{"Valdoria Press Union: Valdoria Press Union, VPU"}},
		{"acronym with minor word", "The {O:Union of Valdoria Bakers} met. The {O:UVB} left.", []string{"Union of Valdoria Bakers: Union of Valdoria Bakers, UVB"}},
		{"acronym of another language", "The {O:Valdoria Space Centre} ({O:DLQ}) met. The {O:DLQ} left.", []string{"Valdoria Space Centre: Valdoria Space Centre, DLQ, DLQ"}},
		{"legal form", "{O:Elwin Steel Ltd} grew. {O:Elwin Steel} shrank.", []string{"Elwin Steel Ltd: Elwin Steel Ltd, Elwin Steel"}},
		{"acronym of a legal form", "{O:Elwin Gas & Electric Co.} grew. {O:EG&E} shrank.", []string{"Elwin Gas & Electric Co.: Elwin Gas & Electric Co., EG&E"}},
		{"country in front", "The {O:US Supreme Court} met. The {O:Supreme Court} left.", []string{"US Supreme Court: US Supreme Court, Supreme Court"}},
		{"head alone", "The {O:Valdoria Council} met. The {O:Council} left.", []string{"Valdoria Council: Valdoria Council, Council"}},
		{"head of two", "The {O:Valdoria Council}, the {O:Elwin Council} met. The {O:Council} left.", []string{"Council: Council", "Elwin Council: Elwin Council", "Valdoria Council: Valdoria Council"}},
		{"beginning behind the whole", "{O:Elwin Foods Market} grew. {O:Elwin Foods} shrank. {O:Elwin} fell.", []string{"Elwin Foods Market: Elwin Foods Market, Elwin Foods, Elwin"}},
		{"beginning before a part", "{O:Elwin} grew. {O:Elwin Cloud} shrank. {O:Elwin} fell.", []string{"Elwin Cloud: Elwin Cloud", "Elwin: Elwin, Elwin"}},
		{"beginning of two", "{O:Elwin Cloud} and {O:Elwin Games} grew. {O:Elwin} fell.", []string{"Elwin Cloud: Elwin Cloud", "Elwin Games: Elwin Games", "Elwin: Elwin"}},
		{"beginning that is a whole name", "{O:University of Elwin Press Club} grew. {O:University of Elwin} fell.", []string{"University of Elwin Press Club: University of Elwin Press Club", "University of Elwin: University of Elwin"}},
		{"of turned round", "The {O:University of Elwin} met. {O:Elwin University} left.", []string{"University of Elwin: University of Elwin, Elwin University"}},
		{"country in front of a longer name", "The {O:US House of Representatives} met. The {O:U.S. House} left. The {O:House} slept.", []string{"US House of Representatives: US House of Representatives, U.S. House, House"}},
		{"head of one by two names", "The {O:US Supreme Court} met. The {O:Supreme Court} left. The {O:Court} slept.", []string{"US Supreme Court: US Supreme Court, Supreme Court, Court"}},
		{"island", "{L:Thalu Island} slept. {L:Thalu} burned.", []string{"Thalu Island: Thalu Island, Thalu"}},
		{"country names", "The {L:U.S.} and the {L:United States} and {L:America}.", []string{"United States: U.S., United States, America"}},
		{"organisation and place of one name", "{L:Elwin} slept. {O:Elwin} won.", []string{"Elwin: Elwin", "Elwin: Elwin"}},
		{"person and place of one name", "{P:Ada Elwin} slept in {L:Elwin}.", []string{"Ada Elwin: Ada Elwin", "Elwin: Elwin"}},
		{"possessive", "{P:Ada Orr}'s car. {P:Orr}'s dog.", []string{"Ada Orr: Ada Orr, Orr"}},
		{"capitals", "{P:ADA ORR} WINS. {P:Ada Orr} won.", []string{"Ada Orr: ADA ORR, Ada Orr"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(c.want, mentionStrings(t, c.in, read(t, c.in))); diff != "" {
				t.Errorf("entities of %q (-want +got):\n%s", c.in, diff)
			}
		})
	}
}

func TestReferences(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, in string
		want     []string
	}{
		{"subject of the last sentence", "{P:Mary Orr} met {P:Ann Moss}. She smiled.", []string{"Ann Moss: Ann Moss", "Mary Orr: Mary Orr, She"}},
		{"sex by given name", "{P:Mary Orr} met {P:John Moss}. He smiled.", []string{"John Moss: John Moss, He", "Mary Orr: Mary Orr"}},
		{"sex by title", "Queen {P:Elwin} met King {P:Valdor}. She smiled.", []string{"Elwin: Elwin, She", "Valdor: Valdor"}},
		{"object is not the subject", "{P:John Orr} met {P:Peter Moss}, and {P:John Orr} thanked him.", []string{"John Orr: John Orr, John Orr", "Peter Moss: Peter Moss, him"}},
		{"opening name with age", "{P:Mary Orr} spoke. {P:Ann Moss}, 62, a teacher, took her dog.", []string{"Ann Moss: Ann Moss, her", "Mary Orr: Mary Orr"}},
		{"cleft", "After {P:Ann Moss} won on Monday, it was {P:Mary Orr} who led on Tuesday with a win over {P:Sue Lee}. She smiled.", []string{"Ann Moss: Ann Moss", "Mary Orr: Mary Orr, She", "Sue Lee: Sue Lee"}},
		{"named in what is quoted", "{P:John Orr} worried about {P:Peter Moss}. \"{P:Moss} was ahead, and {P:Moss} knew it,\" he said.", []string{"John Orr: John Orr, he", "Peter Moss: Peter Moss, Moss, Moss"}},
		{"behind a long quotation", "{P:John Orr} met {P:Ben Lind}. He sat. {P:Peter Moss} spoke at length. \"It rained. It snowed. It rained again. It stopped. It is dry,\" he said.", []string{"Ben Lind: Ben Lind", "John Orr: John Orr, He", "Peter Moss: Peter Moss, he"}},
		{"source", "{P:John Orr} won. Luck was on his side according to {P:Peter Moss}. \"It was close,\" he said.", []string{"John Orr: John Orr, his", "Peter Moss: Peter Moss, he"}},
		{"owner beside", "{P:John Orr} came, and {P:Peter Moss} and his dog left.", []string{"John Orr: John Orr", "Peter Moss: Peter Moss, his"}},
		{"inside a quotation", "{P:John Orr} said: \"He left.\"", []string{"John Orr: John Orr"}},
		{"nobody of that sex", "{P:John Orr} came. She left.", []string{"John Orr: John Orr"}},
		{"far away", "{P:John Orr} came. It rained. It rained. It rained. It rained. It rained. He left.", []string{"John Orr: John Orr"}},
		{"description", "{O:VALTO} chief {P:Ada Orr} came. The {O:VALTO} chief left.", []string{"Ada Orr: Ada Orr, The VALTO chief", "VALTO: VALTO, VALTO"}},
		{"description by another word", "{P:Ada Orr}, head of {O:VALTO}, came. Sue thanked the {O:VALTO} chief for his patience.", []string{"Ada Orr: Ada Orr, the VALTO chief", "VALTO: VALTO, VALTO"}},
		{"shorter description", "Prime Minister {P:Ada Orr} came. The minister left.", []string{"Ada Orr: Ada Orr, The minister"}},
		{"description of another office", "Health Minister {P:Ada Orr} came. The finance minister left.", []string{"Ada Orr: Ada Orr"}},
		{"description before its name", "President {P:Ada Orr} came. The president, {P:Ben Moss}, left.", []string{"Ada Orr: Ada Orr", "Ben Moss: Ben Moss"}},
		{"two of one office", "President {P:Ada Orr} met President {P:Ben Moss}. The president left.", []string{"Ada Orr: Ada Orr", "Ben Moss: Ben Moss"}},
		{"former office", "Former president {P:Ada Orr} came. The president left.", []string{"Ada Orr: Ada Orr"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(c.want, mentionStrings(t, c.in, read(t, c.in))); diff != "" {
				t.Errorf("entities of %q (-want +got):\n%s", c.in, diff)
			}
		})
	}
}

// complete and repair work on what a tagger was unsure of.
func TestTake(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, title, body string
		want              []string
	}{
		{"headline", "Moss wins in Elwin", "{P:Ada Moss} won in {L:Elwin}.", []string{"Moss", "Elwin", "Ada Moss", "Elwin"}},
		{"missed later", "", "{O:Elwin Steel} grew. Later Elwin Steel shrank.", []string{"Elwin Steel", "Elwin Steel"}},
		{"part of a longer name", "", "{O:Elwin} grew. The Elwin Prize and Big Elwin and Elwin 737.", []string{"Elwin"}},
		{"bare countries", "", "the Kenya-Peru pact, US$3, a US dollar and the US Constitution; US President", []string{"Kenya", "Peru", "US"}},
		{"determiner", "", "{O:Three Democrats} came.", []string{"Democrats"}},
		{"direction", "", "{L:central Elwin} slept.", []string{"Elwin"}},
		{"demonym", "", "{L:Ukrainian} bread.", nil},
		{"office of a person", "", "The Minister of {P:Education Maria Orr} came.", []string{"Maria Orr"}},
		{"title alone", "", "{P:Undersecretary} came.", nil},
		{"two joined", "", "{O:Elwin School and the Elwin Police} came.", []string{"Elwin School", "Elwin Police"}},
		{"country behind", "", "{O:University of Elwin of the UK} came.", []string{"University of Elwin", "UK"}},
		{"people of a country", "", "The {O:people of Kenya} voted.", []string{"Kenya"}},
		{"capitals", "MOSS SAYS ELWIN AND KENYA AGREE", "{P:Ada Moss} met {L:Elwin}.", []string{"MOSS", "ELWIN", "KENYA", "Ada Moss", "Elwin"}},
		{"party of a senator", "", "Ada Moss, {P:D-Minn}, came.", nil},
		{"honorific", "", "{P:Dame Ada Orr} met {P:Mrs. Moss}.", []string{"Ada Orr", "Moss"}},
		{"honorifics of other languages", "", "{P:Alhaji Musa Orr} met Datuk {P:Seri Hana Moss} and {P:Smt. Lata Lee}.", []string{"Musa Orr", "Hana Moss", "Lata Lee"}},
		{"acronym in brackets", "", "The {O:Elwin Press Union} (EPU) met. The EPU left {L:Elwin} (a town).", []string{"Elwin Press Union", "EPU", "EPU", "Elwin"}},
		{"behind a title", "", "He met city mayor Hau Lung-bin and Mr Orr on day one, coach Monday.", []string{"Hau Lung-bin", "Orr"}},
		{"given name elsewhere", "Ruth wins", "{P:Ruth Moss} won, and Ruth left for Ruthville.", []string{"Ruth", "Ruth Moss", "Ruth"}},
		{"part of a longer name", "Kenya Says No", "She left Kenya Together for {L:Lima}.", []string{"Kenya", "Lima"}},
		{"given name of a city", "", "{P:Austin Moss} won in Austin.", []string{"Austin Moss"}},
		{"given name of a country's", "", "{P:Jordan Moss} met {P:Kenya Ada Orr}.", []string{"Jordan Moss", "Kenya", "Ada Orr"}},
		{"school of a university", "", "He taught at {O:Elwin University's Moss School of Law} and {O:Orr's Bank}.", []string{"Elwin University", "Moss School of Law", "Orr's Bank"}},
		{"country and title", "", "{L:US president} Ada Moss met the {O:President of Kenya} and the {L:Kenyan President}.", []string{"US", "Ada Moss", "Kenya"}},
		{"event without a name of its own", "", "The {E:Kenya-Peru war} and the {E:Elwin War} ended.", []string{"Kenya", "Peru", "Elwin War"}},
		{"title as a place", "", "{L:Ukrainian President} came.", nil},
		{"pronouns", "", "{O:We} and {P:I} met {P:He} of {O:WHO} in the {L:US}. {O:They} left.", []string{"WHO", "US"}},
		{"title behind", "", "{O:Elwin Chief} Executive came.", []string{"Elwin"}},
		{"owner", "", "{O:Kenya's Elwin Authority} came.", []string{"Kenya", "Elwin Authority"}},
		{"dateline", "", "By {P:Ada Orr ELWIN}, May 3 - The bridge of {L:Elwin} is open.", []string{"Ada Orr", "ELWIN", "Elwin"}},
		{"surname in capitals", "", "By {P:Ada ORR}. The bridge of {L:Elwin} is open.", []string{"Ada ORR", "Elwin"}},
		{"country and person", "", "{P:Kenya Ada Orr} came.", []string{"Kenya", "Ada Orr"}},
		{"title of a place", "", "The {L:Sultan of Elwin} met the {L:Governor of Orr Oblast}, of the {O:Friends of Elwin}.", []string{"Elwin", "Orr Oblast", "Friends of Elwin"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			var layers []found
			for i, s := range []string{c.title, c.body} {
				s, names := annotated(t, s)
				for k := range names {
					names[k].Confidence = 0.9
				}
				layers = append(layers, found{nutgrafv1.Layer(2 + i), text.Analyze(s), names})
			}
			a := article{lex: english()}
			_ = a.take(t.Context(), layers)
			var got []string
			for i := range a.mentions {
				got = append(got, a.textOf(&a.mentions[i]))
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("names (-want +got):\n%s", diff)
			}
		})
	}
}

// An organisation with the name of a listed place is the place in front of what is held there, one that ends as names of places
// do is a place, and so is an abbreviated state behind its town.
func TestRepairKind(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]nutgrafv1.EntityKind{
		"the {O:Lima} summit": place, "the {O:Lima} Conference": place, "the {O:Lima} shares": organization, "the {O:Elwin} summit": organization,
		"the {O:Lima}": organization, "the {P:Lima} summit": person,
		"the {O:Elwin Airport}": place, "the {O:Airport}": organization, "the {O:Friends of Elwin Hospital}": organization, "the {O:Elwin Airports}": organization,
		"Elwin, {P:Conn.}, slept": place, "She met {P:Conn.}, a baker.": person,
	} {
		s, names := annotated(t, in)
		names[0].Confidence = 0.9
		if got := repair(text.Analyze(s), names, english()); len(got) != 1 || got[0].Kind != want {
			t.Errorf("names of %q = %v, want one of kind %v", in, got, want)
		}
	}
}

// A spelling has the kind that all of the article speaks for.
func TestAgree(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, in string
		want     []string
	}{
		{"place taken for a person", "{P:Washington} said no.", []string{"Washington place"}},
		{"person of a place's name", "{P:Ada Washington} came. {P:Washington} said no.", []string{"Ada Washington person"}},
		{"person taken for a place", "{L:Marcus Hill} came. {P:Hill} left.", []string{"Marcus Hill person"}},
		{"titled", "President {P:Washington} said no.", []string{"Washington person"}},
		{"company by its legal form", "{O:Elwin Group PLC} grew. {L:Elwin} shrank.", []string{"Elwin Group PLC organization"}},
		{"dateline", "{O:PORT ELWIN} — It burns near {L:Port Elwin}. {L:Port Elwin} fled.", []string{"Port Elwin place"}},
		{"given name taken for a company", "{P:Ada Orr} came. {O:Ada} left.", []string{"Ada Orr person"}},
		{"storm", "{E:Hurricane Ada} grew. {P:Ada} turned.", []string{"Hurricane Ada event"}},
		{"family", "{P:Ada Elwin} came. The {O:Elwins} left.", []string{"Ada Elwin person"}},
		{"company of a given name", "{P:William Orr} came. {O:Williams} grew.", []string{"William Orr person", "Williams organization"}},
		{"company like a family", "{P:Ada Elwin} came. {O:Elwins PLC} grew. {O:Elwins} fell.", []string{"Elwins PLC organization", "Ada Elwin person"}},
		{"outvoted", "{O:Elwin} grew. {O:Elwin} fell. {L:Elwin} rose.", []string{"Elwin organization"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s, names := annotated(t, c.in)
			for i := range names {
				names[i].Confidence = 0.9
			}
			a := article{lex: english()}
			a.add(nutgrafv1.Layer_LAYER_BODY, text.Analyze(s), names)
			if err := a.analyze(context.Background()); err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, e := range a.build() {
				got = append(got, e.GetName()+" "+strings.ToLower(strings.TrimPrefix(e.GetKind().String(), "ENTITY_KIND_")))
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("entities of %q (-want +got):\n%s", c.in, diff)
			}
		})
	}
}

func TestSubtypes(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"{L:Kenya}": "country", "{L:Lima}": "city", "{L:Utah}": "state", "{L:Georgia}": "", "{L:Elwin River}": "river", "{L:Mount Orr}": "mountain",
		"{O:Elwin Green Party}": "political_party", "{O:Elwin Holdings Ltd}": "company", "{O:University of Elwin}": "university", "{O:Ministry of Sleep}": "government_agency",
		"{O:European Union}": "international_organization", "{O:EU}": "international_organization", "{O:Elwin}": "", "{E:Hurricane Ada}": "storm", "{P:Ada Orr}": "",
		"{O:United} and {O:United Airlines}": "airline", "{L:Park Orr Elwin}": "", "{L:Bay Area}": "", "{L:Elwin Bay}": "sea",
	} {
		if got := read(t, name+" came.")[0].GetSubtype(); got != want {
			t.Errorf("subtype of %s = %q, want %q", name, got, want)
		}
	}
}

func TestSalience(t *testing.T) {
	t.Parallel()
	es := read(t, "{P:Orr} wins", "{P:Ada Orr} won the race on Sunday. {P:Ben Moss} came second.\n\nIt rained in {L:Elwin}. {P:Orr} said she was glad.")
	var got []string
	sum := 0.0
	for i, e := range es {
		got = append(got, e.GetName())
		sum += float64(e.GetSalience())
		if want := fmt.Sprintf("e%d", i); e.GetEntityId() != want {
			t.Errorf("id of entity %d = %q, want %q", i, e.GetEntityId(), want)
		}
	}
	if diff := cmp.Diff([]string{"Ada Orr", "Ben Moss", "Elwin"}, got); diff != "" {
		t.Errorf("entities by salience (-want +got):\n%s", diff)
	}
	if math.Abs(sum-1) > 1e-3 {
		t.Errorf("saliences add up to %v, want 1", sum)
	}
}

// render writes entities for the golden files.
func render(s string, es []*nutgrafv1.Entity) string {
	var b strings.Builder
	for _, e := range es {
		fmt.Fprintf(&b, "%s %s [%s", e.GetEntityId(), e.GetName(), strings.ToLower(strings.TrimPrefix(e.GetKind().String(), "ENTITY_KIND_")))
		if e.GetSubtype() != "" {
			fmt.Fprintf(&b, " %s", e.GetSubtype())
		}
		fmt.Fprintf(&b, "] %.3f\n", e.GetSalience())
		for _, m := range e.GetMentions() {
			p := m.GetEvidence().GetSpans()[0]
			fmt.Fprintf(&b, "  %s %d %q\n", strings.ToLower(strings.TrimPrefix(m.GetForm().String(), "MENTION_FORM_")), p.GetStart(), s[p.GetStart():p.GetEnd()])
		}
		for _, r := range e.GetRoles() {
			p := r.GetEvidence().GetSpans()[0]
			fmt.Fprintf(&b, "  role %q of %q %s in %q\n", r.GetTitle(), r.GetOrganizationEntityId(), strings.ToLower(strings.TrimPrefix(r.GetStatus().String(), "ROLE_STATUS_")), s[p.GetStart():p.GetEnd()])
		}
	}
	return b.String()
}

func TestGolden(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no articles: %v", err)
	}
	for _, f := range files {
		t.Run(filepath.Base(f), func(t *testing.T) {
			t.Parallel()
			b, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			s, _ := annotated(t, string(b))
			got := render(s, read(t, string(b)))
			golden := strings.TrimSuffix(f, ".txt") + ".golden"
			if *update {
				if err := os.WriteFile(golden, []byte(got), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), got); diff != "" {
				t.Errorf("%s (-want +got):\n%s", f, diff)
			}
		})
	}
}

// checkNames states: the name of an entity is printed in one of its mentions, whose blanks it has as one, and no mention is on
// two lines.
func checkNames(t *testing.T, es []*nutgrafv1.Entity, layers map[nutgrafv1.Layer]string) {
	t.Helper()
	for _, e := range es {
		var printed []string
		for _, m := range e.GetMentions() {
			p := m.GetEvidence().GetSpans()[0]
			s := layers[p.GetLayer()][p.GetStart():p.GetEnd()]
			if text.HasBreak(s) {
				t.Fatalf("a mention of %q, %q, is on two lines", e.GetName(), s)
			}
			printed = append(printed, strings.Join(strings.Fields(s), " "))
		}
		if !slices.Contains(printed, e.GetName()) {
			t.Fatalf("the name %q is in none of its mentions %q", e.GetName(), printed)
		}
	}
}

// extract runs the extractor with its own tagger over a body in a language.
func extract(t *testing.T, language, body string) *nutgrafv1.Extraction {
	t.Helper()
	set, err := pipeline.NewSet(pipeline.Config{}, New(), given{language})
	if err != nil {
		t.Fatal(err)
	}
	out, err := set.Run(t.Context(), &nutgrafv1.ArticleRequest{Source: &nutgrafv1.Source{
		Content: &nutgrafv1.Source_PlainText{PlainText: &nutgrafv1.PlainTextContent{Text: body}},
	}})
	if err != nil {
		t.Fatal(err)
	}
	checkNames(t, out.GetEntities(), map[nutgrafv1.Layer]string{nutgrafv1.Layer_LAYER_BODY: out.GetContent().GetText()})
	return out
}

// given provides the text as the body, in a language.
type given struct{ language string }

func (given) Spec() pipeline.Spec {
	return pipeline.Spec{
		Name: "given", Version: "1.0.0", Requires: []pipeline.Field{pipeline.Source}, Provides: []pipeline.Field{"content", "metadata"},
	}
}

func (g given) Extract(_ context.Context, in pipeline.Input) (*nutgrafv1.Extraction, error) {
	return &nutgrafv1.Extraction{
		Content:  &nutgrafv1.Content{Text: in.Source().GetPlainText().GetText()},
		Metadata: &nutgrafv1.Metadata{Language: &nutgrafv1.TextValue{Value: g.language}},
	}, nil
}

func TestNamesOnLines(t *testing.T) {
	t.Parallel()
	for _, body := range []string{
		"The team moved its work to the Simple Queue\nATF\nATF is what the company calls its framework. ATF was built by Karin Halvorsen.",
		"Organisers\nKarin Halvorsen\nTom Brandt\nUniversity of Leeds\nWorld Bank\nLondon\n\nThey met in Berlin.",
		"By Karin  Halvorsen\nLONDON, May 3 - Prime Minister Karin\u00a0Halvorsen met Tom\tBrandt in London.",
		"Mr\nBrandt told the mayor of\nLeeds that Prime Minister Karin Halvorsen, the prime\nminister, was in London.",
	} {
		if len(extract(t, "en", body).GetEntities()) == 0 {
			t.Errorf("no entities in %q", body)
		}
	}
}

func TestForeign(t *testing.T) {
	t.Parallel()
	tests := []struct {
		language, body string
		want           []string
	}{
		{
			"de", "Bislang gilt das Baugesetz. Die Kirche und der Sprecher Anton Moosberg wollen mit Hertha Kraus die Verlegung eines Steins in Köln prüfen, " +
				"Angaben von Hertha Kraus zufolge. Werden Sie Tester! Der Rand von Köln ist Teil der Debatte. Die Mechanismen von Verharmlosung und Vertuschung sind bekannt. " +
				"Dabei hilft Claudia Lindner von der Regionalgruppe der Nachbarn.",
			[]string{"Anton Moosberg", "Hertha Kraus", "Köln", "Claudia Lindner"},
		},
		{
			"de", "Die Sprecherin Bärbel Bongartz kam. Am Abend sagte Bongartz, dass die Brücke offen sei. Später sprach Bongartz in Köln.",
			[]string{"Bärbel Bongartz", "Köln"},
		},
		{
			"es", "La ministra Carmen Ortega y Pablo Duarte viajaron a Madrid. Ayer he hablado con Carmen Ortega del acuerdo de Madrid.",
			[]string{"Carmen Ortega", "Pablo Duarte", "Madrid"},
		},
	}
	for _, tt := range tests {
		t.Run(tt.language, func(t *testing.T) {
			t.Parallel()
			out := extract(t, tt.language, tt.body)
			var got []string
			for _, e := range out.GetEntities() {
				got = append(got, e.GetName())
				if c := e.GetEvidence().GetConfidence(); c > foreignMost {
					t.Errorf("%q has the confidence %v", e.GetName(), c)
				}
				if len(e.GetRoles()) > 0 {
					t.Errorf("%q has roles", e.GetName())
				}
				for _, m := range e.GetMentions() {
					if m.GetForm() != nutgrafv1.MentionForm_MENTION_FORM_NAME {
						t.Errorf("%q has a mention that is no name", e.GetName())
					}
				}
			}
			slices.Sort(got)
			slices.Sort(tt.want)
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("names (-want +got):\n%s", diff)
			}
			if w := out.GetWarnings(); len(w) != 1 || w[0].GetCode() != nutgrafv1.WarningCode_WARNING_CODE_LANGUAGE_UNSUPPORTED {
				t.Errorf("warnings %v", w)
			}
		})
	}
}

// runs takes each run of capitalised words for a name, its kind by its first letter.
func runs(doc *text.Document) (out []Name) {
	kinds := []nutgrafv1.EntityKind{person, person, organization, place, event}
	for i := 0; i < len(doc.Tokens); i++ {
		j := i
		for j < len(doc.Tokens) && j < i+4 {
			if r, _ := utf8.DecodeRuneInString(doc.Word(j)); !unicode.IsUpper(r) || j > i && doc.Breaks(j) {
				break
			}
			j++
		}
		if j > i {
			r, _ := utf8.DecodeRuneInString(doc.Word(i))
			out = append(out, Name{Start: int(doc.Tokens[i].Start), End: int(doc.Tokens[j-1].End), Kind: kinds[int(r)%len(kinds)], Confidence: 0.5})
			i = j - 1
		}
	}
	return out
}

// FuzzExtract states: spans lie inside the text and on character borders, every name is a mention of exactly one entity,
// no role is without a title, the same text gives the same answer.
func FuzzExtract(f *testing.F) {
	for _, s := range []string{
		"VALTO Secretary General Ada Orr, who is mayor of Elwin, met then-US President-elect Ben Moss (MP). She smiled; the president left.",
		"Senators A of B, C of D, and E of F, the G and H of the I's J, a K, 43, L", "the the of of, , and and “He” 's 's ’ Mr. Dr. (A) (B) (C)", "ÀÉ ß’s -A-B- a-A A-a \xff",
		"The mayor of\nElwin Ada Orr\nBen Moss met\nthe mayor\nof Elwin.", "Mr\nOrr, city mayor\nHau\nOrr\u2028Ben  Moss",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		s = strings.ToValidUTF8(s, "?")
		doc := text.Analyze(s)
		run := func() []*nutgrafv1.Entity {
			a := article{lex: english()}
			a.add(nutgrafv1.Layer_LAYER_BODY, doc, runs(doc))
			if err := a.analyze(context.Background()); err != nil {
				t.Fatal(err)
			}
			return a.build()
		}
		es := run()
		a := article{lex: english()}
		_ = a.take(t.Context(), []found{{nutgrafv1.Layer_LAYER_TITLE, doc, runs(doc)}, {nutgrafv1.Layer_LAYER_BODY, doc, nil}})
		end := [2]int{}
		for _, m := range a.mentions {
			if m.start < end[m.layer] || m.end <= m.start || m.end > len(s) || !utf8.ValidString(s[m.start:m.end]) {
				t.Fatalf("completed name [%d, %d) behind %d in %d bytes", m.start, m.end, end[m.layer], len(s))
			}
			if text.HasBreak(s[m.start:m.end]) {
				t.Fatalf("name %q is on two lines", s[m.start:m.end])
			}
			end[m.layer] = m.end
		}
		seen := map[int64]bool{}
		check := func(e *nutgrafv1.Evidence) *nutgrafv1.Span {
			p := e.GetSpans()[0]
			if p.GetStart() < 0 || p.GetStart() >= p.GetEnd() || p.GetEnd() > int64(len(s)) || !utf8.ValidString(s[p.GetStart():p.GetEnd()]) {
				t.Fatalf("span [%d, %d) in %d bytes", p.GetStart(), p.GetEnd(), len(s))
			}
			return p
		}
		checkNames(t, es, map[nutgrafv1.Layer]string{nutgrafv1.Layer_LAYER_BODY: s})
		for _, e := range es {
			for _, m := range e.GetMentions() {
				p := check(m.GetEvidence())
				if m.GetForm() == nutgrafv1.MentionForm_MENTION_FORM_NAME {
					if seen[p.GetStart()] {
						t.Fatalf("two mentions at %d", p.GetStart())
					}
					seen[p.GetStart()] = true
				}
			}
			for _, r := range e.GetRoles() {
				check(r.GetEvidence())
				if r.GetTitle() == "" {
					t.Fatalf("role of %q without a title", e.GetName())
				}
			}
		}
		for _, n := range runs(doc) {
			if !seen[int64(n.Start)] {
				t.Fatalf("name %q is lost", s[n.Start:n.End])
			}
		}
		if a, b := render(s, es), render(s, run()); a != b {
			t.Fatalf("two runs differ:\n%s", cmp.Diff(a, b))
		}
	})
}

func TestConformance(t *testing.T) {
	pipelinetest.Run(t, New())
}

const benchArticle = "VALTO Secretary General Ada Orr met Kenyan President John Moss in Lima on Monday. She said the pact, a first, was “done”. The president thanked her. Orr, who is a former mayor of Elwin, left with Senators Ben Ost and Eva Lind.\n\n"

func BenchmarkExtract(b *testing.B) {
	pipelinetest.Benchmark(b, New(), strings.Repeat(benchArticle, 20))
}

// BenchmarkTokens compares in one run what tagging takes with what all of the extractor takes.
func BenchmarkTokens(b *testing.B) {
	doc := text.Analyze(strings.Repeat(benchArticle, 200))
	x := New()
	report := func(b *testing.B) {
		b.ReportMetric(float64(b.N*len(doc.Tokens))/b.Elapsed().Seconds(), "tokens/s")
	}
	b.Run("names", func(b *testing.B) {
		for b.Loop() {
			x.tag(b.Context(), doc)
		}
		report(b)
	})
	b.Run("entities", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			a := article{lex: x.lex}
			_ = a.take(b.Context(), []found{{nutgrafv1.Layer_LAYER_BODY, doc, x.tag(b.Context(), doc)}})
			if err := a.analyze(context.Background()); err != nil {
				b.Fatal(err)
			}
			a.build()
		}
		report(b)
	})
}
