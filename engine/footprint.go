package engine

import (
	"errors"
	"unsafe"
)

// This file is about what a connection costs while nothing happens, and about copies of it.

// Footprint returns how many bytes of heap the connection holds alone: itself, its buffers and cipher states, and what
// the handshake keeps. What it shares with others, parsed certificates above all, does not count. It needs both halves.
func (c *Conn) Footprint() int {
	n := int(unsafe.Sizeof(*c)) + c.in.reader.Footprint() + c.out.writer.Footprint() + c.in.machine.Footprint()
	if k := c.shared.connection.Load(); k != nil {
		n += int(unsafe.Sizeof(*k)) + k.Info.Footprint() + k.Exporter.Footprint()
	}
	if e := c.shared.early.Load(); e != nil {
		n += e.Footprint()
	}
	if c.out.keys != nil {
		n += int(unsafe.Sizeof(*c.out.keys))
	}
	return n
}

// Sleep drops the cipher states of a connection that is idle, which are most of what it holds; the next record in a
// direction makes them again. It does nothing, and returns false, while the handshake lasts or bytes are held in either
// direction. It needs both halves.
func (c *Conn) Sleep() bool {
	if !c.settled() || c.shared.is(factFailed) || c.out.waits.Load() {
		return false
	}
	if len(c.in.reader.Held()) > 0 || c.in.reader.Buffered() > 0 {
		return false
	}
	c.in.reader.Sleep()
	c.out.writer.Sleep()
	return true
}

var errClosed = errors.New("engine: a connection that was closed can't be cloned")

// Clone returns an independent connection in the same state, down to bytes that wait in either direction; space that
// is lent stays with c. Both then draw the same random bytes if Rand was injected. It is for fuzzers and tests: at most
// one of the two may talk to a real peer, because both would use the same nonces. It needs both halves.
func (c *Conn) Clone() (*Conn, error) {
	if c.closed {
		return nil, errClosed
	}
	n := &Conn{params: c.params, value: c.value}
	c.in.reader.CloneTo(&n.in.reader)
	n.in.machine = *c.in.machine.Clone()
	n.out.alerts = c.out.alerts
	n.in.alerts, n.in.err, n.in.ended, n.in.closed = c.in.alerts, c.in.err, c.in.ended, c.in.closed
	c.out.writer.CloneTo(&n.out.writer)
	if c.out.keys != nil {
		n.out.keys = c.out.keys.Clone()
	}
	n.out.waits.Store(c.out.waits.Load())
	n.shared.facts.Store(c.shared.facts.Load())
	n.shared.owed.Store(c.shared.owed.Load())
	n.shared.failure.Store(c.shared.failure.Load())
	if e := c.shared.early.Load(); e != nil {
		n.shared.early.Store(e.Clone())
	}
	if k := c.shared.connection.Load(); k != nil {
		own := *k
		own.Exporter, own.SendKeys = k.Exporter.Clone(), n.out.keys
		n.shared.connection.Store(&own)
	}
	return n, nil
}
