package server

import (
	"cmp"
	"context"
	"net"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

const (
	// pauseStep is how often a connection that is not read looks whether there is memory again.
	pauseStep = 10 * time.Millisecond
	// evictEvery is how often connections are looked at, evictAfter for how many looks in a row memory must be full before some
	// are closed, and evictShare which part of them at each look.
	evictEvery = 50 * time.Millisecond
	evictAfter = 4
	evictShare = 10
)

// connections are those of the public listeners. What they hold, as halves of messages or as answers that nobody takes, is not
// known to admission. So none of them is read while memory is full; and when it stays full, those that move least are closed,
// which are those that hold most for what they do.
type connections struct {
	full func() bool

	mu   sync.Mutex
	open map[*connection]bool
}

func newConnections(full func() bool) *connections {
	return &connections{full: full, open: map[*connection]bool{}}
}

// listen returns a listener whose connections are among c, so many at most; more wait to be accepted.
func (c *connections) listen(l net.Listener, most int) net.Listener {
	return &connListener{Listener: l, all: c, places: make(chan struct{}, most), closed: make(chan struct{})}
}

type connListener struct {
	net.Listener
	all    *connections
	places chan struct{}
	once   sync.Once
	closed chan struct{}
}

func (l *connListener) Close() error {
	l.once.Do(func() { close(l.closed) })
	return l.Listener.Close()
}

func (l *connListener) Accept() (net.Conn, error) {
	select {
	case l.places <- struct{}{}:
	case <-l.closed:
		return nil, net.ErrClosed
	}
	raw, err := l.Listener.Accept()
	if err != nil {
		<-l.places
		return nil, err
	}
	conn := &connection{Conn: raw, all: l.all, places: l.places, closed: make(chan struct{})}
	l.all.mu.Lock()
	defer l.all.mu.Unlock()
	l.all.open[conn] = true
	return conn, nil
}

// watch closes connections while memory stays full, until ctx is done.
func (c *connections) watch(ctx context.Context, evicted func(n int)) {
	ticker := time.NewTicker(evictEvery)
	defer ticker.Stop()
	for short := 0; ; {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		c.measure()
		if !c.full() {
			short = 0
			continue
		}
		if short++; short >= evictAfter {
			if n := c.evict(); n > 0 {
				evicted(n)
			}
		}
	}
}

// measure brings the speeds of all connections up to date: bytes a look, over about the last hundred.
func (c *connections) measure() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for conn := range c.open {
		conn.speed = conn.speed*99/100 + conn.moved.Swap(0)
	}
}

// count returns how many are open.
func (c *connections) count() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.open)
}

// evict closes the slowest connections.
func (c *connections) evict() int {
	c.mu.Lock()
	all := make([]*connection, 0, len(c.open))
	speed := make(map[*connection]int64, len(c.open))
	for conn := range c.open {
		all = append(all, conn)
		speed[conn] = conn.speed
	}
	c.mu.Unlock()
	slices.SortFunc(all, func(a, b *connection) int { return cmp.Compare(speed[a], speed[b]) })
	n := (len(all) + evictShare - 1) / evictShare
	for _, conn := range all[:n] {
		_ = conn.Close()
	}
	return n
}

// connection is one of a public listener.
type connection struct {
	net.Conn
	all    *connections
	places chan struct{} // holds one for each open connection
	once   sync.Once
	closed chan struct{}
	moved  atomic.Int64 // bytes since the last look
	speed  int64        // guarded by all.mu
}

// room waits until there is memory to read into.
func (c *connection) room() error {
	for c.all.full() {
		select {
		case <-c.closed:
			return net.ErrClosed
		case <-time.After(pauseStep):
		}
	}
	return nil
}

func (c *connection) Read(p []byte) (int, error) {
	if err := c.room(); err != nil {
		return 0, err
	}
	n, err := c.Conn.Read(p)
	c.moved.Add(int64(n))
	return n, err
}

func (c *connection) Write(p []byte) (int, error) {
	n, err := c.Conn.Write(p)
	c.moved.Add(int64(n))
	return n, err
}

func (c *connection) Close() error {
	c.once.Do(func() {
		close(c.closed)
		<-c.places
		c.all.mu.Lock()
		defer c.all.mu.Unlock()
		delete(c.all.open, c)
	})
	return c.Conn.Close()
}
