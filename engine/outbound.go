package engine

import (
	"sync/atomic"

	"tlsengine/handshake"
	"tlsengine/record"
)

// outbound is the half of a Conn that sends.
type outbound struct {
	writer record.Writer
	alerts *record.AlertSet    // of the version
	keys   *handshake.SendKeys // of TLS 1.3, once connected
	waits  atomic.Bool         // Outgoing has something: for Status, which belongs to the other half
}

// Write seals application data and returns how much of p it took. What it took is sent once and never asked for
// again; the rest can be written once Outgoing has been sent. It takes nothing before the handshake is done, after
// CloseWrite, or once the connection has failed; but where Status shows CanWriteEarly it takes early data before the
// handshake is done, up to the session's limit, and where it shows CanWrite a server's answers to that, or what a client says
// by Config.FalseStart. p is not kept.
func (c *Conn) Write(p []byte) int {
	if !c.shared.is(factConnected) {
		return c.writeAhead(p)
	}
	total := 0
	for len(p) > 0 && c.mayWrite() {
		n := c.out.writer.Write(p)
		total += n
		p = p[n:]
		if n == 0 {
			c.checkWriter()
			break
		}
	}
	c.noteOutput()
	return total
}

// writeAhead is Write before the handshake is done: early data, the answer to it, or a false start.
func (c *Conn) writeAhead(p []byte) int {
	if c.shared.is(factFailed | factWriteClosed) {
		return 0
	}
	can := c.writable(false)
	if can == CanWriteEarly {
		p = p[:min(len(p), c.in.machine.EarlyLeft())]
	}
	if can == 0 || len(p) == 0 {
		return 0
	}
	n := c.out.writer.Write(p)
	if can == CanWriteEarly {
		c.in.machine.WroteEarly(n)
	}
	c.checkWriter()
	c.noteOutput()
	return n
}

// checkWriter ends the connection when no more records can be sealed.
func (c *Conn) checkWriter() {
	if err := c.out.writer.Err(); err != nil {
		c.fail(err)
	}
}

// mayWrite tells whether application data may be sealed now, after what must go before it has been.
func (c *Conn) mayWrite() bool {
	if c.shared.facts.Load()&(factConnected|factRenegotiating|factFailed|factWriteClosed) != factConnected {
		return false
	}
	if c.out.keys == nil || !c.shared.owes(debtKeyUpdate) && !c.out.writer.NeedsNewKeys() {
		return true
	}
	// RFC 8446, Section 4.6.3: the answer to a KeyUpdate goes out before our next application data, once. Section 5.5: new keys
	// before the AEAD's limit.
	c.shared.owed.And(^debtKeyUpdate)
	c.updateKeys(false)
	return !c.shared.is(factFailed)
}

// Space lends room for the plaintext of one record inside the output, so that it is sealed where it lies. nil means
// that Write would take nothing, or that the handshake is not done. The loan ends with Seal; no other outbound call may come in
// between.
func (c *Conn) Space() []byte {
	if !c.mayWrite() {
		return nil
	}
	return c.out.writer.Space()
}

// Seal seals the first n bytes of what Space lent; 0 gives the room back unused.
func (c *Conn) Seal(n int) {
	c.out.writer.Seal(n)
	c.checkWriter()
	c.noteOutput()
}

// Outgoing returns all there is to transmit, in one slice that is valid until the next outbound call but Sent. After
// a failure it ends with the alert, if one is due.
func (c *Conn) Outgoing() []byte {
	if c.shared.owed.Load()&^debtKeyUpdate != 0 {
		c.settleDebts()
	}
	return c.out.writer.Outgoing()
}

// Sent tells that the first n bytes of Outgoing were transmitted.
func (c *Conn) Sent(n int) {
	c.out.writer.Sent(n)
	c.noteOutput()
}

// UpdateKeys changes to new write keys (RFC 8446, Section 4.6.3); askPeer asks the peer to do the same. Before TLS 1.3,
// and when Write would take nothing, it does nothing.
func (c *Conn) UpdateKeys(askPeer bool) {
	if c.mayWrite() && c.out.keys != nil {
		c.updateKeys(askPeer)
		c.noteOutput()
	}
}

// updateKeys sends a KeyUpdate and goes on with the next keys.
func (c *Conn) updateKeys(askPeer bool) {
	message, next, err := c.out.keys.Update(askPeer)
	if err != nil {
		c.fail(err)
		return
	}
	if see := c.params.trace.Message; see != nil {
		see(Outbound, handshake.TypeKeyUpdate, message)
	}
	c.seal(record.TypeHandshake, message)
	c.out.writer.Install(next)
	if see := c.params.trace.Keys; see != nil {
		see(Outbound, handshake.EpochApplication)
	}
}

// seal makes records of p, unless our close_notify has gone out.
func (c *Conn) seal(t record.ContentType, p []byte) {
	if c.shared.is(factWriteClosed) {
		return // RFC 8446, Section 6.1: nothing follows it, an answer of the handshake's neither
	}
	c.out.writer.WriteRecords(t, p)
	c.checkWriter()
	c.noteOutput()
}

// noteOutput keeps the fact that there is output, which Status tells to the other half.
func (c *Conn) noteOutput() {
	if has := c.out.writer.Pending(); has != c.out.waits.Load() {
		c.out.waits.Store(has)
	}
}
