package sslsock

import (
	"net"
	"sync"
	"sync/atomic"
)

// pacedConn writes only as many bytes as the test allows, once paced is set.
type pacedConn struct {
	net.Conn
	paced atomic.Bool
	gate  chan int
}

func (c *pacedConn) Write(p []byte) (int, error) {
	done := 0
	for c.paced.Load() && done < len(p) {
		k := min(<-c.gate, len(p)-done)
		n, err := c.Conn.Write(p[done : done+k])
		done += n
		if err != nil {
			return done, err
		}
	}
	if done == len(p) {
		return done, nil
	}
	n, err := c.Conn.Write(p[done:])
	return done + n, err
}

// countingConn counts the calls of a transport. It hides the descriptor.
type countingConn struct {
	net.Conn
	mu            sync.Mutex
	reads, writes int
	largest       int // write, in bytes
}

func (c *countingConn) Read(p []byte) (int, error) {
	c.mu.Lock()
	c.reads++
	c.mu.Unlock()
	return c.Conn.Read(p)
}

func (c *countingConn) Write(p []byte) (int, error) {
	c.mu.Lock()
	c.writes++
	c.largest = max(c.largest, len(p))
	c.mu.Unlock()
	return c.Conn.Write(p)
}

// failingConn is a transport whose calls fail once errors are set.
type failingConn struct {
	net.Conn
	readErr, writeErr atomic.Pointer[error]
}

func (c *failingConn) Read(p []byte) (int, error) {
	if e := c.readErr.Load(); e != nil {
		return 0, *e
	}
	return c.Conn.Read(p)
}

func (c *failingConn) Write(p []byte) (int, error) {
	if e := c.writeErr.Load(); e != nil {
		return 0, *e
	}
	return c.Conn.Write(p)
}
