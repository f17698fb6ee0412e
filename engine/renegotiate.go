package engine

import (
	"errors"

	"tlsengine/handshake"
)

// This file is another handshake on a running connection of TLS 1.2 or older (RFC 5746). It is the one thing after the first
// handshake for which inbound calls seal, so that it begins in Resume or Renegotiate only, by somebody who holds both halves.

// Renegotiate asks the peer for another handshake, before TLS 1.3: a client begins it, a server says that it would like one. A
// client can't go back then: a peer that refuses ends the connection. A server goes on as before until the client's hello
// comes, which waits in Pending like one that comes unasked. It needs both halves of the connection. It errs, and changes
// nothing, unless a handshake of TLS 1.2 or older is done and no other is under way, with a Config.Renegotiation that grants
// nobody another handshake, and with a peer that lacks RFC 5746 unless Config.InsecureRenegotiation is set.
func (c *Conn) Renegotiate() error {
	if !c.settled() || !c.receiving() || c.shared.is(factWriteClosed) {
		return errNotConnectedNow
	}
	if err := c.begin(c.in.machine.Renegotiate()); err != nil {
		return err
	}
	return c.Resume()
}

var errNotConnectedNow = errors.New("engine: there is no connection now that could be negotiated again")

// Renegotiating tells whether another handshake is under way on the connection; it may be called from anywhere. Status says so
// too.
func (c *Conn) Renegotiating() bool { return c.shared.is(factRenegotiating) }

// resumeTogether goes on with what needs both halves of a running connection.
func (c *Conn) resumeTogether() error {
	if err := c.resumeExchange(); err != nil {
		return err
	}
	return c.resumeRenegotiation()
}

// resumeRenegotiation goes on with another handshake that the peer wants, if it is to be.
func (c *Conn) resumeRenegotiation() error {
	op, ok := c.in.machine.Operation().(*handshake.Renegotiate)
	if !ok || !c.receiving() {
		return nil
	}
	if c.shared.is(factWriteClosed) {
		op.PassOver() // we have no more to say; an answer that was faster leads to nothing
	}
	if !op.Answered() {
		if c.params.defers.Has(handshake.KindRenegotiate) {
			return nil
		}
		op.Run()
	}
	flight, err := c.in.machine.Resume()
	if flight == nil || err != nil {
		return err
	}
	c.step(flight)
	return c.drive()
}
