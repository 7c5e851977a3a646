package jsonld

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

// tree is v as encoding/json would give it, literals as strings.
func tree(v Value) any {
	switch v.Kind() {
	case Object:
		m := map[string]any{}
		for k, x := range v.Members() {
			m[k] = tree(x)
		}
		return m
	case Array:
		a := []any{}
		for x := range v.All() {
			a = append(a, tree(x))
		}
		return a
	case Literal:
		return v.Raw()
	}
	return unescape(v.Raw())
}

func TestParse(t *testing.T) {
	t.Parallel()
	type object = map[string]any
	for _, tt := range []struct {
		name, in string
		want     []any
	}{
		{"valid", `{"a":"b","c":[1,true,null,{"d":""}]}`, []any{object{"a": "b", "c": []any{"1", "true", "null", object{"d": ""}}}}},
		{"comment wrapper", "<!--\n{\"a\":\"b\"}\n-->", []any{object{"a": "b"}}},
		{"CDATA", "//<![CDATA[\n{\"a\":\"b\"}\n//]]>", []any{object{"a": "b"}}},
		{"comments", "{ // one\n\"a\": /* two */ \"b\" }", []any{object{"a": "b"}}},
		{"semicolon and byte order mark", "\ufeff{\"a\":\"b\"};", []any{object{"a": "b"}}},
		{"trailing commas", `{"a":["x","y",],}`, []any{object{"a": []any{"x", "y"}}}},
		{"missing comma", "{\"a\":\"b\"\n\"c\":\"d\"}", []any{object{"a": "b", "c": "d"}}},
		{"raw line break", "{\"a\":\"b\nc\"}", []any{object{"a": "b\nc"}}},
		{"bare quotation marks", `{"a":"He said "no", twice","b":"c"}`, []any{object{"a": `He said "no", twice`, "b": "c"}}},
		{"quoted words in a row", `{"a":"The "big", "bad" wolf","b":"c"}`, []any{object{"a": `The "big", "bad" wolf`, "b": "c"}}},
		{"escapes", `{"a":"\u00e9\ud83d\ude00\/\"\n\q"}`, []any{object{"a": "é😀/\"\n\\q"}}},
		{"lone surrogate", `{"a":"\ud83dx"}`, []any{object{"a": "\ufffdx"}}},
		{"several roots", `{"a":"b"}{"c":"d"}`, []any{object{"a": "b"}, object{"c": "d"}}},
		{"cut off", `{"a":{"b":["c","d`, []any{object{"a": object{"b": []any{"c", "d"}}}}},
		{"wrong bracket", `{"a":["b"},"c":"d"}`, []any{object{"a": []any{"b"}}, "c", "d"}},
		{"bare words", `{a:b, 'c':"d"}`, []any{object{"a": "b", "'c'": "d"}}},
		{"closing brackets only", `]}]}`, []any{}},
		{"empty", ``, []any{}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := tree(Parse(tt.in).Root())
			if d := cmp.Diff(any(tt.want), got); d != "" {
				t.Errorf("Parse(%q) (-want +got):\n%s", tt.in, d)
			}
		})
	}
}

func TestValue(t *testing.T) {
	t.Parallel()
	src := `[{"@graph":[{"@type":"X"},{"schema:author":[{"name":"Bj&ouml;rn","n/a":1}]}]}]`
	v := Parse(src).Root().Get("@graph")
	if v.Kind() != Array {
		t.Fatalf("kind of @graph = %v, want array", v.Kind())
	}
	var name, odd Value
	for x := range v.All() {
		name, odd = x.Get("author").Get("name"), x.Get("author").Get("n/a")
	}
	if got, want := name.String(), "Björn"; got != want {
		t.Errorf("name = %q, want %q", got, want)
	}
	if got, want := name.Path(), "/0/0/@graph/1/schema:author/0/name"; got != want {
		t.Errorf("path = %q, want %q", got, want)
	}
	if got, want := odd.Path(), "/0/0/@graph/1/schema:author/0/n~1a"; got != want {
		t.Errorf("path = %q, want %q", got, want)
	}
	if s, e := name.Span(); src[s:e] != "Bj&ouml;rn" {
		t.Errorf("span covers %q, want the raw name", src[s:e])
	}
	if absent := name.Get("x").Get("y"); absent.Kind() != Absent || absent.String() != "" || absent.Path() != "" {
		t.Errorf("absent value = %v %q %q, want nothing", absent.Kind(), absent.String(), absent.Path())
	}
}

func TestParseLimits(t *testing.T) {
	t.Parallel()
	deep := strings.Repeat(`{"a":[`, 100_000)
	if n := len(Parse(deep).nodes); n > maxDepth+1 {
		t.Errorf("deep input made %d nodes, want at most %d", n, maxDepth+1)
	}
	after := strings.Repeat("[", 100) + strings.Repeat("]", 100) + `{"a":"b"}`
	if got := len(Parse(after).nodes); got != maxDepth+3 {
		t.Errorf("nodes after flattened depth = %d, want %d", got, maxDepth+3)
	}
	wide := "[" + strings.Repeat("1,", 1_000_000)
	if n := len(Parse(wide).nodes); n > maxNodes {
		t.Errorf("wide input made %d nodes, want at most %d", n, maxNodes)
	}
}

// FuzzParse: no panic; spans lie in the source; text is valid UTF-8 if the source is; and what is valid JSON reads as encoding/json
// reads it.
func FuzzParse(f *testing.F) {
	for _, s := range []string{
		`{"a":"b","c":[1,true,null,{"d":""}]}`, `<!--{"a":"b"}-->`, `{"a":"x "y", z","b":1}`, `{"\u0061":"\ud83d\ude00"}`, `[[[]],{},"",",\"]`,
		`{"a":"b","c","d":"e"}`, "{\"a\":\"\x80\"}", `{"a":", \"b\": "}`, `["a","b" ,"c": ]`,
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		d := Parse(s)
		for i := range d.nodes {
			v := Value{d, int32(i)}
			if a, b := v.Span(); a < 0 || b < a || b > len(s) {
				t.Fatalf("span [%d,%d) outside of %d bytes", a, b, len(s))
			}
			if i < 100 {
				v.Path()
			}
			if x := v.String(); utf8.ValidString(s) && !utf8.ValidString(x) {
				t.Fatalf("String() = %q, not UTF-8", x)
			}
		}
		if !utf8.ValidString(s) || strings.ContainsAny(s, "\b\f") || strings.Contains(s, `\b`) || strings.Contains(s, `\f`) {
			return
		}
		dec := json.NewDecoder(strings.NewReader(s))
		dec.UseNumber()
		var want any
		if !json.Valid([]byte(s)) || dec.Decode(&want) != nil || depth(s) > maxDepth {
			return
		}
		if diff := cmp.Diff([]any{literals(want)}, tree(d.Root())); diff != "" {
			t.Errorf("Parse(%q) (-encoding/json +got):\n%s", s, diff)
		}
	})
}

func literals(v any) any {
	switch x := v.(type) {
	case map[string]any:
		for k := range x {
			x[k] = literals(x[k])
		}
	case []any:
		for i := range x {
			x[i] = literals(x[i])
		}
	case json.Number:
		return x.String()
	case bool:
		if x {
			return "true"
		}
		return "false"
	case nil:
		return "null"
	}
	return v
}

func depth(s string) int { return strings.Count(s, "[") + strings.Count(s, "{") }
