package conformance

import (
	"fmt"
	"unicode/utf8"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	nutgrafv1 "example.invalid/nutgraf/gen/go/nutgraf/v1"
)

const (
	inUTF16      = nutgrafv1.OffsetEncoding_OFFSET_ENCODING_UTF16_CODE_UNIT
	inCodePoints = nutgrafv1.OffsetEncoding_OFFSET_ENCODING_CODE_POINT
	inUTF8       = nutgrafv1.OffsetEncoding_OFFSET_ENCODING_UTF8_BYTE
)

// normalised returns the extraction with offsets in bytes of UTF-8, without what depends on the unit of the request and
// without times. It fails if a span is outside its text, inside a code point, or says that it covers another text.
func normalised(x *nutgrafv1.Extraction) (*nutgrafv1.Extraction, error) {
	n := &normaliser{extraction: x, tables: map[nutgrafv1.Layer][]int64{}}
	x = proto.CloneOf(x)
	n.message(x.ProtoReflect())
	x.OffsetEncoding = inUTF8
	for _, r := range x.GetRuns() {
		r.Elapsed, r.Cached = nil, false
	}
	if x.GetReplay() != nil {
		x.Replay.OptionsDigest, x.Replay.OutputDigest = "", ""
	}
	return x, n.err
}

type normaliser struct {
	extraction *nutgrafv1.Extraction
	tables     map[nutgrafv1.Layer][]int64
	err        error
}

// text returns what a layer's spans point into.
func (n *normaliser) text(layer nutgrafv1.Layer) string {
	x := n.extraction
	switch layer {
	case nutgrafv1.Layer_LAYER_SOURCE:
		return x.GetSourceText()
	case nutgrafv1.Layer_LAYER_BODY:
		return x.GetContent().GetText()
	case nutgrafv1.Layer_LAYER_TITLE:
		return x.GetMetadata().GetTitle().GetValue()
	case nutgrafv1.Layer_LAYER_STANDFIRST:
		return x.GetMetadata().GetStandfirst().GetValue()
	}
	return ""
}

// table maps offsets in a layer's text to bytes; -1 where no code point begins.
func (n *normaliser) table(layer nutgrafv1.Layer) []int64 {
	if t, ok := n.tables[layer]; ok {
		return t
	}
	var table []int64
	text := n.text(layer)
	for i, r := range text {
		table = append(table, int64(i))
		units := 1
		switch n.extraction.GetOffsetEncoding() {
		case inUTF16:
			units = len16(r)
		case inUTF8:
			units = utf8.RuneLen(r)
		case inCodePoints:
		}
		for range units - 1 {
			table = append(table, -1)
		}
	}
	table = append(table, int64(len(text)))
	n.tables[layer] = table
	return table
}

func len16(r rune) int {
	if r >= 0x10000 {
		return 2
	}
	return 1
}

func (n *normaliser) offset(layer nutgrafv1.Layer, offset int64) int64 {
	table := n.table(layer)
	if offset < 0 || offset >= int64(len(table)) || table[offset] < 0 {
		n.fail("%v offset %d is outside the text or inside a code point", layer, offset)
		return 0
	}
	return table[offset]
}

func (n *normaliser) fail(format string, args ...any) {
	if n.err == nil {
		n.err = fmt.Errorf(format, args...)
	}
}

func (n *normaliser) message(m protoreflect.Message) {
	switch m := m.Interface().(type) {
	case *nutgrafv1.Span:
		m.Start, m.End = n.offset(m.GetLayer(), m.GetStart()), n.offset(m.GetLayer(), m.GetEnd())
		if n.err == nil && m.Text != nil {
			if covered := n.text(m.GetLayer())[m.GetStart():m.GetEnd()]; covered != m.GetText() {
				n.fail("span text %q, but the text there is %q", m.GetText(), covered)
			}
		}
		return
	case *nutgrafv1.Alignment:
		body, source := nutgrafv1.Layer_LAYER_BODY, nutgrafv1.Layer_LAYER_SOURCE
		bodyEnd, sourceEnd := n.offset(body, m.GetBodyStart()+m.GetBodyLength()), n.offset(source, m.GetSourceStart()+m.GetSourceLength())
		m.BodyStart, m.SourceStart = n.offset(body, m.GetBodyStart()), n.offset(source, m.GetSourceStart())
		m.BodyLength, m.SourceLength = bodyEnd-m.GetBodyStart(), sourceEnd-m.GetSourceStart()
		return
	}
	m.Range(func(field protoreflect.FieldDescriptor, value protoreflect.Value) bool {
		switch {
		case field.IsMap() || field.Message() == nil:
		case field.IsList():
			for i := range value.List().Len() {
				n.message(value.List().Get(i).Message())
			}
		default:
			n.message(value.Message())
		}
		return true
	})
}
