package codec

import (
	"bytes"
	"testing"

	"google.golang.org/grpc/encoding"
	"google.golang.org/grpc/mem"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/wrapperspb"
)

var (
	_ mem.BufferPool   = (*Pool)(nil)
	_ encoding.CodecV2 = Proto{}
)

func TestPool(t *testing.T) {
	t.Parallel()
	p := &Pool{}
	for _, n := range []int{0, 1, 1023, 1024, 1025, 100_000, 1 << 20, 1<<25 + 1} {
		b := p.Get(n)
		if len(*b) != n {
			t.Fatalf("Get(%d) has %d bytes", n, len(*b))
		}
		if n > 1024 && n <= 1<<25 && cap(*b) >= 2*n {
			t.Errorf("Get(%d) has room for %d bytes, want less than twice", n, cap(*b))
		}
		p.Put(b)
	}
}

func TestCodec(t *testing.T) {
	t.Parallel()
	c := Proto{&Pool{}}
	for _, n := range []int{0, 10, 1 << 12, 1 << 17, 3 << 20} {
		want := wrapperspb.Bytes(bytes.Repeat([]byte{7}, n))
		for range 3 { // again with used buffers
			data, err := c.Marshal(want)
			if err != nil {
				t.Fatal(err)
			}
			// As it comes from the network: in parts.
			flat := data.Materialize()
			parts := mem.BufferSlice{mem.SliceBuffer(flat[:len(flat)/2]), mem.SliceBuffer(flat[len(flat)/2:])}
			data.Free()
			got := &wrapperspb.BytesValue{}
			if err := c.Unmarshal(parts, got); err != nil {
				t.Fatal(err)
			}
			if !proto.Equal(got, want) {
				t.Fatalf("%d bytes came back as %d", n, len(got.GetValue()))
			}
		}
	}
	if _, err := c.Marshal("text"); err == nil {
		t.Error("a string was marshaled")
	}
	if err := c.Unmarshal(nil, new(string)); err == nil {
		t.Error("a string was unmarshaled")
	}
}

func TestCodecKnows(t *testing.T) {
	t.Parallel()
	c := Proto{&Pool{}}
	want := wrapperspb.Bytes([]byte("bytes"))
	proto.Size(want)
	data, err := c.Marshal(Sized{want})
	if err != nil {
		t.Fatal(err)
	}
	for _, refused := range []bool{false, true} {
		got := &wrapperspb.BytesValue{}
		if err := c.Unmarshal(data, Unless{got, func() bool { return refused }}); err != nil {
			t.Fatal(err)
		}
		if (len(got.GetValue()) == 0) != refused {
			t.Errorf("refused %v: %q", refused, got.GetValue())
		}
	}
}

func BenchmarkUnmarshal(b *testing.B) {
	c := Proto{&Pool{}}
	data, err := c.Marshal(wrapperspb.Bytes(make([]byte, 100<<10)))
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if err := c.Unmarshal(data, &wrapperspb.BytesValue{}); err != nil {
			b.Fatal(err)
		}
	}
}
