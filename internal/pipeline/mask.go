package pipeline

import (
	"fmt"
	"strings"

	nutgrafv1 "example.invalid/nutgraf/gen/go/nutgraf/v1"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// mask is a read mask as a tree. A nil mask keeps everything.
type mask map[protoreflect.Name]mask

// parseMask returns the tree of the paths, which Validate has accepted.
func parseMask(paths []string) mask {
	if len(paths) == 0 {
		return nil
	}
	root := mask{}
	for _, path := range paths {
		if path == "*" {
			return nil
		}
		at := root
		names := strings.Split(path, ".")
		for i, name := range names {
			key := protoreflect.Name(name)
			next, ok := at[key]
			switch {
			case ok && next == nil: // a shorter path already keeps all of it
			case i == len(names)-1:
				at[key] = nil
			case !ok:
				next = mask{}
				at[key] = next
			}
			if next == nil {
				break
			}
			at = next
		}
	}
	return root
}

// checkPath reports what is wrong with one path of a read mask.
func checkPath(path string) error {
	if path == "*" {
		return nil
	}
	md := (*nutgrafv1.Extraction)(nil).ProtoReflect().Descriptor()
	for name := range strings.SplitSeq(path, ".") {
		if md == nil {
			return fmt.Errorf("path %q leads below a field without fields", path)
		}
		fd := md.Fields().ByName(protoreflect.Name(name))
		if fd == nil {
			return fmt.Errorf("path %q: %s has no field %q", path, md.Name(), name)
		}
		md = fd.Message()
		if fd.IsMap() {
			md = nil
		}
	}
	return nil
}

// prune clears all fields of m that the mask does not keep.
func (k mask) prune(m protoreflect.Message) {
	if k == nil {
		return
	}
	m.Range(func(fd protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		sub, ok := k[fd.Name()]
		switch {
		case !ok:
			m.Clear(fd)
		case sub == nil:
		case fd.IsList():
			for i := range v.List().Len() {
				sub.prune(v.List().Get(i).Message())
			}
		default:
			sub.prune(v.Message())
		}
		return true
	})
}
