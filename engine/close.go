package engine

import "tlsengine/record"

// CloseWrite queues close_notify, once. The inbound half stays open: the peer may still send. Nothing goes out behind it: a
// handshake that is under way gets no further, and one that the peer asks for is refused without a word.
func (c *Conn) CloseWrite() {
	if c.shared.is(factFailed | factWriteClosed) {
		return
	}
	if c.shared.owed.Load()&^debtKeyUpdate != 0 {
		c.settleDebts()
	}
	c.closeWrite()
}

func (c *Conn) closeWrite() {
	if !c.shared.is(factFailed | factWriteClosed) {
		c.sendAlert(record.LevelWarning, record.AlertCloseNotify)
		c.shared.set(factWriteClosed)
	}
}

// Abort ends the connection with a fatal alert, for an application that has found a reason to which the peer has a right:
// access_denied or internal_error, say (RFC 8446, Section 6.2). It is an outbound call. Nothing else is sent or read any more;
// the alert is the end of what Outgoing returns next.
func (c *Conn) Abort(a record.Alert) {
	c.fail(record.Fail(a, record.ReasonConnectionRejected, "the application ended the connection"))
}

// takeAlert handles an alert of the peer.
func (c *Conn) takeAlert(rec record.Record) error {
	m, err := record.ParseAlert(rec.Content)
	if err != nil {
		return err
	}
	if see := c.params.trace.Alert; see != nil {
		see(Inbound, m.Alert)
	}
	switch c.in.alerts.Effect(m) {
	case record.EffectClose:
		return c.peerClosed()
	case record.EffectIgnore:
		if m.Alert == record.AlertNoCertificate && c.in.machine.AwaitsNoCertificate() {
			return c.takeNoCertificate()
		}
		if m.Alert == record.AlertNoRenegotiation && c.shared.is(factRenegotiating) {
			// RFC 5246, Section 7.2.2: who can't go on without may end the connection; we have asked, and said nothing else since.
			return record.Fail(record.AlertHandshakeFailure, record.ReasonNoRenegotiation, "the peer refuses to negotiate again")
		}
		return c.in.reader.CountWarning()
	}
	return record.FromPeer(m.Alert)
}

// takeNoCertificate handles a warning of SSL 3.0 that has a place in the handshake.
func (c *Conn) takeNoCertificate() error {
	flight, err := c.in.machine.NoCertificate()
	if err != nil {
		return err
	}
	c.step(flight)
	return c.drive()
}

// peerClosed handles the peer's close_notify (RFC 8446, Section 6.1; RFC 5246, Section 7.2.1).
func (c *Conn) peerClosed() error {
	if !c.shared.is(factConnected) {
		return record.FromPeer(record.AlertCloseNotify) // there is nothing to close yet
	}
	c.in.closed = true
	c.shared.set(factPeerClosed)
	if !c.in.alerts.HalfCloses() {
		c.shared.post(debtClose)
	}
	return nil
}

// Close ends the use of the connection: keys are cleared, buffers given back, unanswered operations void. It sends
// nothing; CloseWrite comes before it, and Outgoing. A Conn that is closed fails whatever it is asked.
func (c *Conn) Close() {
	c.closed = true
	c.failSilently(record.Fail(record.AlertCloseNotify, record.ReasonProtocolIsShutdown, "the connection was closed"))
	c.in.err = c.Err()
	c.in.reader.Close()
	c.in.machine.Close()
	c.out.writer.Close()
	if k := c.shared.connection.Load(); k != nil {
		k.Exporter.Clear()
	}
	if e := c.shared.early.Load(); e != nil {
		e.Clear()
	}
	if c.out.keys != nil {
		c.out.keys.Clear()
	}
	c.shared.owed.Store(0)
	c.out.waits.Store(false)
}
