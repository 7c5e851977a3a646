package metadata_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
)

// outline prints JSON as indented lines, keys sorted, without the lengths of spans, which IncludeSpanText makes redundant.
func outline(t *testing.T, j []byte) string {
	t.Helper()
	var v any
	if err := json.Unmarshal(j, &v); err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	var walk func(indent string, v any)
	walk = func(indent string, v any) {
		switch x := v.(type) {
		case map[string]any:
			var keys []string
			for k := range x {
				keys = append(keys, k)
			}
			slices.Sort(keys)
			for _, k := range keys {
				switch y := x[k].(type) {
				case map[string]any, []any:
					fmt.Fprintf(&b, "%s%s:\n", indent, k)
					walk(indent+"  ", y)
				case float64:
					fmt.Fprintf(&b, "%s%s: %.2f\n", indent, k, y)
				default:
					fmt.Fprintf(&b, "%s%s: %v\n", indent, k, y)
				}
			}
		case []any:
			for _, y := range x {
				if _, ok := y.(map[string]any); ok {
					fmt.Fprintf(&b, "%s-\n", indent)
					walk(indent+"  ", y)
				} else {
					fmt.Fprintf(&b, "%s- %v\n", indent, y)
				}
			}
		}
	}
	walk("", v)
	return b.String()
}
