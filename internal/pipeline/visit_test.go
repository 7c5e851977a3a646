package pipeline

import (
	"testing"

	nutgrafv1 "example.invalid/nutgraf/gen/go/nutgraf/v1"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// fill sets every message field below m once, and counts spans, evidence and alignments.
func fill(m protoreflect.Message, depth int, count map[protoreflect.Name]int) {
	count[m.Descriptor().Name()]++
	if depth == 0 {
		return
	}
	fds := m.Descriptor().Fields()
	for i := range fds.Len() {
		fd := fds.Get(i)
		if fd.Message() == nil || fd.IsMap() || fd.Message().ParentFile().Package() != "nutgraf.v1" {
			continue
		}
		if fd.IsList() {
			v := m.Mutable(fd).List()
			e := v.NewElement()
			fill(e.Message(), depth-1, count)
			v.Append(e)
			continue
		}
		fill(m.Mutable(fd).Message(), depth-1, count)
	}
}

func TestVisitReachesEverything(t *testing.T) {
	t.Parallel()
	x := &nutgrafv1.Extraction{}
	want := map[protoreflect.Name]int{}
	fill(x.ProtoReflect(), 12, want)
	got := map[protoreflect.Name]int{}
	visit(x, visitor{
		evidence:  func(*nutgrafv1.Evidence) { got["Evidence"]++ },
		span:      func(*nutgrafv1.Span) { got["Span"]++ },
		alignment: func(*nutgrafv1.Alignment) { got["Alignment"]++ },
	})
	for name, n := range got {
		if n != want[name] {
			t.Errorf("visit reached %d of %d %s", n, want[name], name)
		}
	}
	if want["Span"] < 20 {
		t.Errorf("the test filled only %d spans", want["Span"])
	}
}
