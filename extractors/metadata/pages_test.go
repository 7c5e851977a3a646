package metadata_test

import (
	"slices"
	"strings"
	"testing"

	nutgrafv1 "example.invalid/nutgraf/gen/go/nutgraf/v1"
)

const story = `<p>The council of Port Amsel voted on Tuesday to rebuild the light on the northern breakwater, which has stood dark since the storm of last winter.</p>
<p>Work is to begin in the spring, said the harbour master, and the first lamp should burn before the herring fleet comes home in the autumn of next year.</p>
<p>Four million euros have been set aside for the stones alone, and another two for the lens, which will be ground by the same house that made the first.</p>`

// TestPages reads small pages that state their data in unusual or broken ways. What a case leaves empty is not looked at; "-" is none.
func TestPages(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, html, url             string
		title, published, canonical string
		standfirst                  string
		authors, tags               []string
	}{
		{
			name: "structured data in an array, authors by reference",
			html: `<title>Harbour light to be rebuilt - Harbour Times</title><script type="application/ld+json">[{"@context":"https://schema.org","@graph":[
				{"@type":"NewsArticle","headline":"Harbour light to be rebuilt","datePublished":"2025-08-18T09:30:00+02:00","author":[{"@id":"#a"},{"@id":"#b"}]},
				{"@type":"Person","@id":"#a","name":"Ines Brandt"},{"@type":"Person","@id":"#b","name":"Tomas O'Dell"}]}]</script><h1>Harbour light to be rebuilt</h1>` + story,
			title: "Harbour light to be rebuilt", published: "2025-08-18T09:30:00+02:00", authors: []string{"Ines Brandt", "Tomas O'Dell"},
		},
		{
			name: "broken structured data",
			html: `<title>Harbour light to be rebuilt</title><script type="application/ld+json">{"@type":"NewsArticle","headline":"Harbour light to be rebuilt",
				"datePublished":"2025-08-18","author":{"@type":"Person","name":"Ines Brandt"},}</script><script type="application/ld+json">{"@type":"NewsArticle","head</script>
				<h1>Harbour light to be rebuilt</h1>` + story,
			title: "Harbour light to be rebuilt", published: "2025-08-18", authors: []string{"Ines Brandt"},
		},
		{
			name: "structured data nested without end",
			html: `<title>Harbour light to be rebuilt</title><script type="application/ld+json">` + strings.Repeat(`{"@graph":[`, 20000) + `</script>
				<h1>Harbour light to be rebuilt</h1>` + story,
			title: "Harbour light to be rebuilt", published: "-", authors: []string{},
		},
		{
			name: "microdata",
			html: `<title>Harbour light to be rebuilt</title><article itemscope itemtype="https://schema.org/NewsArticle"><h1 itemprop="headline">Harbour light to be rebuilt</h1>
				<span itemprop="author" itemscope itemtype="https://schema.org/Person">By <span itemprop="name">Ines Brandt</span></span>
				<meta itemprop="datePublished" content="2025-08-18T09:30:00Z"><meta itemprop="dateModified" content="2025-08-20T07:00:00Z">` + story + `</article>`,
			title: "Harbour light to be rebuilt", published: "2025-08-18T09:30:00Z", authors: []string{"Ines Brandt"},
		},
		{
			name: "a house whose name holds a conjunction",
			html: `<title>Harbour light to be rebuilt</title><meta name="dcterms.creator" content="Office for Harbours and Lights"><script type="application/ld+json">{"@type":"NewsArticle",
				"headline":"Harbour light to be rebuilt","datePublished":"2025-08-18","author":{"@type":"Organization","name":"Office for Harbours and Lights"}}</script>
				<h1>Harbour light to be rebuilt</h1>` + story,
			title: "Harbour light to be rebuilt", published: "2025-08-18", authors: []string{"Office for Harbours and Lights"},
		},
		{
			name: "tags kept as a store, entities escaped twice",
			html: `<title>Harbour light to be rebuilt</title><meta name="description" content="Brandt &amp;amp; Sons rebuild the harbour&amp;#39;s light">
				<meta name="keywords" content="contentId: 15cd344d, Harbour, displayType: story, 18153161, 2025, Brandt &amp;amp; Sons"><h1>Harbour light to be rebuilt</h1>` + story,
			title: "Harbour light to be rebuilt", published: "-", standfirst: "Brandt & Sons rebuild the harbour's light", authors: []string{}, tags: []string{"Harbour", "2025", "Brandt & Sons"},
		},
		{
			name: "the description in place of tags",
			html: `<title>Harbour light to be rebuilt</title><meta name="description" content="The council decided on Tuesday, after a long debate, to rebuild the light">
				<meta name="keywords" content="The council decided on Tuesday, after a long debate, to rebuild the light"><h1>Harbour light to be rebuilt</h1>` + story,
			title: "Harbour light to be rebuilt", published: "-", authors: []string{}, tags: []string{},
		},
		{
			name: "several articles",
			html: `<title>Harbour light to be rebuilt | Harbour Times</title><main><article><h1>Harbour light to be rebuilt</h1>
				<p class="byline">By <a href="/people/ines-brandt" rel="author">Ines Brandt</a></p><time datetime="2025-08-18T09:30:00Z">18 August 2025</time>` + story + `</article></main>
				<aside><h2>More</h2><article><h3>Ferry runs again</h3><p>By Otto Lind</p><time datetime="2025-08-21">21 August 2025</time></article>
				<article><h3>Herring late</h3><p>By Mara Quist</p><time datetime="2025-08-22">22 August 2025</time></article></aside>`,
			title: "Harbour light to be rebuilt", published: "2025-08-18T09:30:00Z", authors: []string{"Ines Brandt"},
		},
		{
			name: "live page",
			html: `<title>Storm over Port Amsel - live</title><meta property="og:title" content="Storm over Port Amsel - live"><script type="application/ld+json">{"@type":"LiveBlogPosting",
				"headline":"Storm over Port Amsel - live","datePublished":"2025-08-18T06:00:00Z","dateModified":"2025-08-18T21:00:00Z","author":{"@type":"Person","name":"Ines Brandt"},
				"liveBlogUpdate":[{"@type":"BlogPosting","headline":"Roof off the chandlery","datePublished":"2025-08-18T20:10:00Z","author":{"@type":"Person","name":"Otto Lind"}},
				{"@type":"BlogPosting","headline":"Ferries stopped","datePublished":"2025-08-18T07:10:00Z"}]}</script><h1>Storm over Port Amsel - live</h1>
				<h2>Roof off the chandlery</h2><time datetime="2025-08-18T20:10:00Z">20:10</time>` + story,
			title: "Storm over Port Amsel - live", published: "2025-08-18T06:00:00Z", authors: []string{"Ines Brandt"},
		},
		{
			name: "German",
			html: `<html lang="de"><title>Leuchtfeuer wird „neu gebaut“ – Hafenzeitung</title><h1>Leuchtfeuer wird &bdquo;neu gebaut&ldquo;</h1>
				<p>Von Änne Groß und Jörg Weiß</p><p>Veröffentlicht am 18. März 2025, 9.30 Uhr · Aktualisiert am 20. März 2025</p>` + story,
			title: "Leuchtfeuer wird „neu gebaut“", published: "2025-03-18T09:30", authors: []string{"Änne Groß", "Jörg Weiß"},
		},
		{
			name:  "Japanese",
			html:  `<html lang="ja"><title>灯台を再建へ｜港新聞</title><meta property="og:site_name" content="港新聞"><h1>灯台を再建へ</h1><time datetime="2025-08-18T09:30:00+09:00">2025年8月18日 9時30分</time><p>` + strings.Repeat("港の評議会は火曜日に灯台の再建を決めた。", 8) + `</p>`,
			title: "灯台を再建へ", published: "2025-08-18T09:30:00+09:00",
		},
		{
			name:  "quotes and entities in the title",
			html:  `<title>&quot;We&#39;ll rebuild it&quot;: Amsel &amp; Sons on the light &#8211; Harbour Times</title><meta property="og:site_name" content="Harbour Times"><h1>&ldquo;We&rsquo;ll rebuild it&rdquo;: Amsel &amp; Sons on the light</h1>` + story,
			title: "“We’ll rebuild it”: Amsel & Sons on the light",
		},
		{
			name: "a label in the headline",
			html: `<title>Harbour light to be rebuilt | Harbour Times</title><meta property="og:title" content="Harbour light to be rebuilt"><meta property="og:site_name" content="Harbour Times">
				<h1><span class="label">Port news</span>Harbour light to be rebuilt</h1>` + story,
			title: "Harbour light to be rebuilt",
		},
		{
			name:  "a headline parted by style sheets alone",
			html:  `<title>City council: Harbour light to be rebuilt</title><h1><span>City council:</span><span><i>“Harbour light</i> to be rebuilt”</span></h1>` + story,
			title: "City council: “Harbour light to be rebuilt”",
		},
		{
			name:  "a headline on tags",
			html:  `<title>&lt;table&gt;: the rows of a table | Markup Notes</title><meta property="og:site_name" content="Markup Notes"><h1>&lt;table&gt;: the rows of a table<a href="#">¶</a></h1>` + story,
			title: "<table>: the rows of a table",
		},
		{
			name:  "entities escaped twice",
			html:  `<title>Amsel &amp; Sons on the light</title><h1>Amsel &amp;amp; Sons on the light</h1>` + story,
			title: "Amsel & Sons on the light",
		},
		{
			name: "an institution as the author",
			html: `<title>Harbour light to be rebuilt</title><script type="application/ld+json">{"@type":"NewsArticle","headline":"Harbour light to be rebuilt","datePublished":"2025-08-18",
				"author":{"@type":"Organization","name":"Port Authority of Amsel"}}</script><h1>Harbour light to be rebuilt</h1>` + story,
			authors: []string{"Port Authority of Amsel"},
		},
		{
			name:    "a column",
			html:    `<html lang="de"><title>Leuchtfeuer wird neu gebaut</title><h1>Leuchtfeuer wird neu gebaut</h1><p><strong>Eine Kolumne von Ines Brandt</strong></p>` + story,
			authors: []string{"Ines Brandt"},
		},
		{
			name:      "days that do not exist",
			html:      `<title>Harbour light</title><meta property="article:published_time" content="2025-02-30T10:00:00Z"><meta name="date" content="2025-13-45"><h1>Harbour light to be rebuilt</h1>` + story,
			published: "-",
		},
		{
			name:      "a date far ahead in the text is not that of publication",
			html:      `<title>Harbour light</title><meta property="article:published_time" content="2025-08-18T10:00:00Z"><h1>Harbour light to be rebuilt</h1><p>The lease runs until 31 December 2099.</p>` + story,
			published: "2025-08-18T10:00:00Z",
		},
		{
			name:      "a day as its day, not midnight",
			html:      `<title>Harbour light</title><meta property="article:published_time" content="2025-08-18T00:00:00-07:00"><h1>Harbour light to be rebuilt</h1>` + story,
			published: "2025-08-18",
		},
		{
			name: "the stated date, not the one of the change that readers see",
			html: `<title>Harbour light</title><script type="application/ld+json">{"@type":"NewsArticle","headline":"Harbour light to be rebuilt","datePublished":"2025-08-18T10:00:00Z","dateModified":"2025-09-02T08:00:00Z"}</script>
				<article><h1>Harbour light to be rebuilt</h1><div class="date">September 2, 2025</div>` + story + `</article>`,
			published: "2025-08-18T10:00:00Z",
		},
		{
			name: "a label in the line above",
			html: `<html lang="en"><title>Harbour light to be rebuilt</title><h1>Harbour light to be rebuilt</h1><div>Last updated:</div><div>2 September 2025</div><div>Published:</div><div>18 August 2025</div>
				<div>Written by</div><div>Ines Brandt</div>` + story,
			published: "2025-08-18", authors: []string{"Ines Brandt"},
		},
		{
			name: "parts of a line without space between them",
			html: `<title>Harbour light</title><article><div><a href="/port">Port</a><span class="dateline">AUGUST 18, 2025</span><span class="dateline updated">Updated: SEPTEMBER 02, 2025</span></div>
				<h1>Harbour light to be rebuilt</h1><div class="article-byline"><div><span>Ines Brandt</span><span>Tomas O'Dell</span></div></div>` + story + `</article>`,
			published: "2025-08-18", authors: []string{"Ines Brandt", "Tomas O'Dell"},
		},
		{
			name: "day and month as the page's structured data has them",
			html: `<html lang="en-US"><title>Harbour light</title><script type="application/ld+json">{"@type":"BlogPosting","headline":"Harbour light to be rebuilt","datePublished":"2025-09-08T16:07:00Z"}</script>
				<article><h1>Harbour light to be rebuilt</h1><p class="date">8/9/2025</p>` + story + `</article>`,
			published: "2025-09-08T16:07:00Z",
		},
		{
			name:      "day and month in the order that another date shows",
			html:      `<html lang="en-US"><title>Harbour light</title><article><h1>Harbour light to be rebuilt</h1><p class="date">Published 8/9/2025</p>` + story + `</article><ul><li>Ferry runs again 25/7/2025</li></ul>`,
			published: "2025-09-08",
		},
		{
			name:      "a date that only a script states",
			html:      `<title>Harbour light</title><h1>Harbour light to be rebuilt</h1>` + story + `<script>window.state = {"article":{"id":17,"publishedAt":"2025-08-18T10:00:00Z","updatedAt":"2025-09-02T08:00:00Z"}}</script>`,
			published: "2025-08-18T10:00:00Z",
		},
		{
			name: "the article's own among dates that a script states",
			html: `<title>Harbour light to be rebuilt</title><h1>Harbour light to be rebuilt</h1>` + story + `<script>window.state = [{"title":"Ferry runs again","publishedAt":"2025-08-21T08:00:00Z"},{"title":"` +
				strings.Repeat("Long before ", 300) + `","publishedAt":"2024-01-02T08:00:00Z"},{"title":"Harbour light to be rebuilt","publishedAt":"2025-08-18T10:00:00Z"}]</script>`,
			published: "2025-08-18T10:00:00Z",
		},
		{
			name:      "no time of day from a change on the same day",
			html:      `<title>Harbour light</title><meta property="article:published_time" content="2025-08-18"><meta property="article:modified_time" content="2025-08-18T15:00:00Z"><h1>Harbour light to be rebuilt</h1>` + story,
			published: "2025-08-18",
		},
		{
			name:      "a date that is only that of a change",
			html:      `<title>Harbour light</title><meta property="article:modified_time" content="2025-09-02T08:00:00Z"><h1>Harbour light to be rebuilt</h1><p class="date"><time datetime="2025-09-02">Updated September 2, 2025</time></p>` + story,
			published: "-",
		},
		{
			name: "published and changed on one day",
			html: `<title>Harbour light to be rebuilt</title><script type="application/ld+json">{"@type":"WebPage","headline":"Harbour light to be rebuilt","datePublished":"2025-08-18T10:00:00Z",
				"dateModified":"2025-08-18T10:04:00Z"}</script><h1>Harbour light to be rebuilt</h1><p>Last updated August 18, 2025</p>` + story,
			published: "2025-08-18T10:00:00Z",
		},
		{
			name: "late in the evening, the next day in Greenwich",
			url:  "https://harbour.example/2025/08/18/light/",
			html: `<title>Harbour light to be rebuilt</title><meta property="article:published_time" content="2025-08-19T02:41:00Z"><h1>Harbour light to be rebuilt</h1>
				<p><time datetime="2025-08-18T22:41:00-04:00">August 18, 2025</time></p>` + story,
			published: "2025-08-18T22:41:00-04:00",
		},
		{
			name:      "not the day on which a member of a forum was founded",
			html:      `<title>Harbour light to be rebuilt</title><h1>Harbour light to be rebuilt</h1><p>Port of Amsel</p><p>Founded: Dec 11, 2021</p><p>by Ines » Tue Aug 27, 2024 1:47 am</p>` + story,
			published: "2024-08-27T01:47",
		},
		{
			name: "the thread, not its last reply",
			html: `<title>Harbour light</title><div itemscope itemtype="https://schema.org/DiscussionForumPosting"><h1 itemprop="headline">Harbour light to be rebuilt</h1>
				<div>Last reply by Tomas <time datetime="2025-09-26T01:50:27Z">Sep 26, 2025</time></div><meta itemprop="dateModified" content="2025-09-26T01:50:27Z">
				<div>Ines <time itemprop="datePublished" datetime="2025-08-18T10:00:00Z">Aug 18, 2025</time></div>` + story + `<div itemprop="comment" itemscope itemtype="https://schema.org/Comment">
				<time itemprop="datePublished" datetime="2025-09-26T01:50:27Z">Sep 26, 2025</time><p>Good.</p></div></div>`,
			published: "2025-08-18T10:00:00Z",
		},
		{
			name:      "relative address",
			html:      `<base href="https://www.harbour.example/news/"><title>Harbour light</title><link rel="canonical" href="light.html?x=1#top"><h1>Harbour light to be rebuilt</h1>` + story,
			canonical: "https://www.harbour.example/news/light.html?x=1",
		},
		{
			name:      "address with a user",
			html:      `<title>Harbour light</title><link rel="canonical" href="https://ines:secret@harbour.example/light"><meta property="og:url" content="https://harbour.example/light"><h1>Harbour light to be rebuilt</h1>` + story,
			canonical: "https://harbour.example/light",
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			req := page(tt.html)
			req.Source.Url = tt.url
			m := run(t, req).GetMetadata()
			check := func(field, got, want string) {
				if want == "-" {
					want = ""
				} else if want == "" {
					return
				}
				if got != want {
					t.Errorf("%s = %q, want %q", field, got, want)
				}
			}
			check("title", m.GetTitle().GetValue(), tt.title)
			check("published", m.GetPublished().GetValue(), tt.published)
			check("canonical URL", m.GetCanonicalUrl().GetValue(), tt.canonical)
			check("standfirst", m.GetStandfirst().GetValue(), tt.standfirst)
			if tt.tags != nil {
				got := []string{}
				for _, v := range m.GetPublisherTags() {
					got = append(got, v.GetValue())
				}
				if !slices.Equal(got, tt.tags) {
					t.Errorf("publisher's tags = %q, want %q", got, tt.tags)
				}
			}
			if tt.authors != nil {
				if got := names(m.GetAuthors()); !slices.Equal(got, tt.authors) {
					t.Errorf("authors = %q, want %q", got, tt.authors)
				}
			}
		})
	}
}

func names(as []*nutgrafv1.Author) []string {
	out := []string{}
	for _, a := range as {
		out = append(out, a.GetName().GetValue())
	}
	return out
}
