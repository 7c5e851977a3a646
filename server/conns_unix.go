//go:build unix

package server

import (
	"errors"
	"io"
	"syscall"

	"google.golang.org/grpc/mem"
)

// ReadOnReady is what gRPC reads with from a connection that has it: a buffer is taken from the pool when there is something to
// read, so a connection that says nothing holds none.
func (c *connection) ReadOnReady(size int, pool mem.BufferPool) (*[]byte, int, error) {
	if err := c.room(); err != nil {
		return nil, 0, err
	}
	buf, n, err := c.readOnReady(size, pool)
	c.moved.Add(int64(n))
	return buf, n, err
}

func (c *connection) readOnReady(size int, pool mem.BufferPool) (buf *[]byte, n int, err error) {
	take := func() { buf = pool.Get(size) }
	raw, ok := c.Conn.(syscall.Conn)
	if !ok { // a listener of another kind, as in tests
		take()
		n, err = c.Conn.Read(*buf)
	} else {
		var rc syscall.RawConn
		if rc, err = raw.SyscallConn(); err != nil {
			return nil, 0, err
		}
		fault := rc.Read(func(fd uintptr) bool {
			take()
			for {
				if n, err = syscall.Read(int(fd), *buf); !errors.Is(err, syscall.EINTR) {
					break
				}
			}
			if errors.Is(err, syscall.EAGAIN) {
				pool.Put(buf)
				buf = nil
				return false
			}
			return true
		})
		if fault != nil {
			err = fault
		} else if n <= 0 && err == nil {
			err = io.EOF
		}
	}
	if err != nil {
		if buf != nil {
			pool.Put(buf)
		}
		return nil, 0, err
	}
	return buf, n, nil
}
