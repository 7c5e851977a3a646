// Package codec is how messages of the size of articles go over gRPC cheaply. gRPC's own pool has one size of buffer from 32 KiB
// to 1 MiB, and fills it with zeros for each message that is sent or received: ten times the bytes of a page.
package codec

import (
	"fmt"
	"math/bits"
	"sync"

	"google.golang.org/grpc/mem"
	"google.golang.org/protobuf/proto"
)

const (
	// Buffers are pooled from 1 KiB, below which an allocation is cheaper, to 32 MiB, above the largest message.
	minBits, maxBits = 10, 25
)

// Pool has buffers of each power of two. Their bytes are what they were before: they are for callers that write before they
// read, as gRPC and Proto do.
type Pool struct {
	pools [maxBits + 1]sync.Pool
}

// Get implements mem.BufferPool.
func (p *Pool) Get(length int) *[]byte {
	n := bits.Len(uint(max(length, 1) - 1))
	if n < minBits || n > maxBits {
		b := make([]byte, length)
		return &b
	}
	if b, ok := p.pools[n].Get().(*[]byte); ok {
		*b = (*b)[:length]
		return b
	}
	b := make([]byte, length, 1<<n)
	return &b
}

// Put implements mem.BufferPool.
func (p *Pool) Put(b *[]byte) {
	n := bits.Len(uint(cap(*b))) - 1
	if n >= minBits && n <= maxBits && cap(*b) == 1<<n {
		p.pools[n].Put(b)
	}
}

// Proto is gRPC's codec of protobuf messages, with buffers from a Pool.
type Proto struct{ Pool *Pool }

// Name implements encoding.CodecV2.
func (Proto) Name() string { return "proto" }

// Marshal implements encoding.CodecV2.
func (c Proto) Marshal(v any) (mem.BufferSlice, error) {
	sized, known := v.(Sized)
	if known {
		v = sized.Message
	}
	m, ok := v.(proto.Message)
	if !ok {
		return nil, fmt.Errorf("marshal: %T is no protobuf message", v)
	}
	buf := c.Pool.Get(proto.MarshalOptions{UseCachedSize: known}.Size(m))
	b, err := proto.MarshalOptions{UseCachedSize: true}.MarshalAppend((*buf)[:0], m)
	if err != nil {
		c.Pool.Put(buf)
		return nil, err
	}
	*buf = b
	return mem.BufferSlice{mem.NewBuffer(buf, c.Pool)}, nil
}

// Sized is a message whose parts have not changed since their size was asked for.
type Sized struct{ proto.Message }

// Unless is a message that stays empty if Refused, asked when all of its bytes have come, says so.
type Unless struct {
	proto.Message
	Refused func() bool
}

// Unmarshal implements encoding.CodecV2.
func (c Proto) Unmarshal(data mem.BufferSlice, v any) error {
	if u, ok := v.(Unless); ok {
		if u.Refused() {
			return nil
		}
		v = u.Message
	}
	m, ok := v.(proto.Message)
	if !ok {
		return fmt.Errorf("unmarshal: %T is no protobuf message", v)
	}
	buf := data.MaterializeToBuffer(c.Pool)
	defer buf.Free()
	return proto.Unmarshal(buf.ReadOnlyData(), m)
}
