package server

import (
	"context"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"example.invalid/nutgraf/internal/pipeline"
	"github.com/google/go-cmp/cmp"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

func TestStatusOf(t *testing.T) {
	ctx := context.WithValue(t.Context(), callKey{}, &call{id: "id"})
	known, _ := status.New(codes.Aborted, "known").WithDetails(&errdetails.ErrorInfo{Reason: "KNOWN", Domain: errorDomain, Metadata: map[string]string{"request_id": "id"}})
	for name, test := range map[string]struct {
		err     error
		code    codes.Code
		reason  string
		message string
	}{
		"unknown":             {errors.New("text of an article"), codes.Internal, "INTERNAL", internalMessage},
		"wrapped":             {fmt.Errorf("run: %w", pipeline.Invalid("a", "bad")), codes.InvalidArgument, "INVALID_REQUEST", "invalid request: a: bad"},
		"no time":             {context.DeadlineExceeded, codes.DeadlineExceeded, "DEADLINE_EXCEEDED", "out of time"},
		"too large":           {status.Error(codes.ResourceExhausted, "trying to send"), codes.ResourceExhausted, "MESSAGE_TOO_LARGE", "trying to send"},
		"unexplained":         {status.Error(codes.Unknown, "text of an article"), codes.Unknown, "INTERNAL", internalMessage},
		"explained, as it is": {known.Err(), codes.Aborted, "KNOWN", "known"},
	} {
		t.Run(name, func(t *testing.T) {
			got := statusOf(ctx, test.err)
			reason, _, _ := details(t, got.Err())
			if got.Code() != test.code || reason != test.reason || got.Message() != test.message {
				t.Errorf("statusOf(%v) = %v with reason %q, want %v %q %q", test.err, got, reason, test.code, test.reason, test.message)
			}
		})
	}
	if got := statusOf(ctx, nil); got != nil {
		t.Errorf("statusOf(nil) = %v", got)
	}
}

// TestErrorTable holds docs/errors.md against the reasons in the code, and its order of parts against clipOrder.
func TestErrorTable(t *testing.T) {
	doc, err := os.ReadFile("../docs/errors.md")
	if err != nil {
		t.Fatal(err)
	}
	var documented []string
	for _, m := range regexp.MustCompile("(?m)^\\| [A-Z_]+ \\| `([A-Z_]+)` \\|").FindAllSubmatch(doc, -1) {
		documented = append(documented, string(m[1]))
	}
	slices.Sort(documented)
	if diff := cmp.Diff(reasonsInCode(t), documented); diff != "" {
		t.Errorf("docs/errors.md (-code +documented):\n%s", diff)
	}
	var order []string
	for _, path := range clipOrder {
		var names []string
		for _, n := range path {
			names = append(names, string(n))
		}
		order = append(order, "`"+strings.Join(names, ".")+"`")
	}
	if want := strings.Join(order, ", "); !strings.Contains(strings.Join(strings.Fields(string(doc)), " "), want) {
		t.Errorf("docs/errors.md lacks the order %s", want)
	}
}

func reasonsInCode(t *testing.T) []string {
	file, err := parser.ParseFile(token.NewFileSet(), "errors.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var reasons []string
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok {
			return true
		}
		if id, ok := spec.Type.(*ast.Ident); ok && id.Name == "reason" {
			s, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
			if err != nil {
				t.Fatal(err)
			}
			reasons = append(reasons, s)
		}
		return true
	})
	slices.Sort(reasons)
	return reasons
}
