package extractors_test

import (
	"os"
	"testing"

	"example.invalid/nutgraf/extractors"
	nutgrafv1 "example.invalid/nutgraf/gen/go/nutgraf/v1"
	"example.invalid/nutgraf/internal/pipeline"
	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/testing/protocmp"
	"google.golang.org/protobuf/types/known/fieldmaskpb"
)

// A field's value never depends on what else was asked for: every field asked for alone equals that of the whole answer.
func TestLawOfIndependence(t *testing.T) {
	t.Parallel()
	set, err := pipeline.NewSet(pipeline.Config{}, extractors.Standard()...)
	if err != nil {
		t.Fatal(err)
	}
	page, err := os.ReadFile("../docs/demo/article.html")
	if err != nil {
		t.Fatal(err)
	}
	run := func(paths ...string) *nutgrafv1.Extraction {
		out, err := set.Run(t.Context(), &nutgrafv1.ArticleRequest{
			Source:  &nutgrafv1.Source{Content: &nutgrafv1.Source_Html{Html: &nutgrafv1.HtmlContent{Data: page}}, Url: "https://courier.example/lighthouse"},
			Options: &nutgrafv1.ExtractionOptions{ReadMask: &fieldmaskpb.FieldMask{Paths: paths}},
		})
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	whole := run()
	fields := whole.ProtoReflect().Descriptor().Fields()
	ignore := []cmp.Option{protocmp.Transform(), protocmp.IgnoreFields(&nutgrafv1.Evidence{}, "run_index")}
	tested := 0
	for _, spec := range set.Specs() {
		for _, f := range spec.Provides {
			fd := fields.ByName(protoreflect.Name(f))
			alone, together := run(string(f)).ProtoReflect(), whole.ProtoReflect()
			if alone.Has(fd) != together.Has(fd) {
				t.Errorf("%s: there alone %v, there with all %v", f, alone.Has(fd), together.Has(fd))
				continue
			}
			if !alone.Has(fd) {
				continue
			}
			tested++
			only := func(m protoreflect.Message) *nutgrafv1.Extraction {
				x := &nutgrafv1.Extraction{}
				x.ProtoReflect().Set(fd, m.Get(fd))
				return x
			}
			if d := cmp.Diff(only(together), only(alone), ignore...); d != "" {
				t.Errorf("%s (-with all +alone)\n%s", f, d)
			}
		}
	}
	if tested < 9 {
		t.Errorf("the article fills only %d fields", tested)
	}
}
