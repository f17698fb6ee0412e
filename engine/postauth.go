package engine

import (
	"tlsengine/handshake"
	"tlsengine/record"
)

// This file is client authentication after the handshake of TLS 1.3 (RFC 8446, Section 4.6.2). Its questions stop neither
// direction; they wait in Pending for a Resume by somebody who holds both halves.

// RequestCertificate asks the client for its certificate, on a server of TLS 1.3 after its handshake. Data flows on; when the
// answer came, which may take the client any time, Info has the certificate, and Config.ClientAuth says what becomes of a
// client without. It needs both halves of the connection. The error changes nothing: handshake.ErrNoPostHandshake for a client
// that has not offered it, handshake.ErrNeverAsks for a Config with neither ClientAuth nor PostHandshakeAuth,
// handshake.ErrNotPostHandshake for a connection of another kind, or one whose client was asked and has not answered.
func (c *Conn) RequestCertificate() error {
	if !c.settled() || !c.receiving() || c.shared.is(factWriteClosed) {
		return handshake.ErrNotPostHandshake
	}
	if err := c.begin(c.in.machine.RequestCertificate()); err != nil {
		return err
	}
	c.in.machine.Shrink()
	return nil
}

// authenticated changes the report of the connection.
func (c *Conn) authenticated(i *handshake.Info) {
	k := *c.shared.connection.Load()
	k.Info = i
	c.shared.connection.Store(&k)
}

// maxAnswers is how many bytes of output may wait when an exchange goes on. Data alone is half of that at most, and who asks
// again has read the answer before, which went out ahead of the data.
const maxAnswers = 8 * record.MaxPlaintext

// exchange is what an exchange after the handshake waits for, or nil. It goes on when the peer has closed: who has shown a
// certificate last of all has shown it.
func (c *Conn) exchange() handshake.Operation {
	if c.shared.is(factFailed) {
		return nil
	}
	return c.in.machine.Exchange()
}

// resumeExchange goes on with an exchange after the handshake as far as there are answers.
func (c *Conn) resumeExchange() error {
	keys := c.out.keys
	if c.shared.is(factWriteClosed) {
		keys = nil
	}
	for {
		op := c.exchange()
		if op == nil {
			return nil
		}
		if !op.Answered() {
			if see := c.params.trace.Operation; see != nil {
				see(op)
			}
			if c.params.defers.Has(op.Kind()) {
				return nil
			}
			op.Run()
		}
		if n := len(c.out.writer.Outgoing()); n > maxAnswers {
			return record.Fail(record.AlertUnexpectedMessage, record.ReasonUnexpectedMessage,
				"the peer goes on asking for certificates and does not read the answers: %d bytes wait", n)
		}
		flight, err := c.in.machine.ResumeExchange(keys)
		if flight == nil || err != nil {
			return err
		}
		c.step(flight)
		c.in.machine.Shrink()
	}
}
