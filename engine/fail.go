package engine

import (
	"errors"

	"tlsengine/record"
)

// This file is the only place where an error becomes an alert.

// fail ends the connection. The first failure stays. An error of our own finding owes the peer its alert, which goes
// out with the next Outgoing, under the write keys that are installed then; after it nothing is sent.
func (c *Conn) fail(err error) {
	var e *record.Error
	if !errors.As(err, &e) {
		e = record.Fail(record.AlertInternalError, record.ReasonInternalError, "%v", err)
	}
	if !c.failSilently(e) {
		return
	}
	if k := c.shared.connection.Load(); k != nil && k.Stored != nil {
		// RFC 5246, Section 7.2.2: the session of a connection that a fatal alert ended must not be resumed.
		k.Stored.Remove()
	}
	if !e.Remote {
		c.shared.post(debtAlert)
	}
}

// failSilently ends the connection without an alert. It tells whether this was the first failure.
func (c *Conn) failSilently(e *record.Error) bool {
	first := c.shared.failure.CompareAndSwap(nil, e)
	c.shared.set(factFailed)
	return first
}

// settleDebts makes records of what the inbound half owes. It belongs to the outbound half.
func (c *Conn) settleDebts() {
	debts := c.shared.takeDebts()
	if debts&debtKeyUpdate != 0 {
		c.shared.post(debtKeyUpdate) // that one waits for data to send
	}
	if c.shared.is(factWriteClosed) {
		return // nothing follows our close_notify
	}
	if debts&debtRefusal != 0 && !c.shared.is(factFailed) && len(c.out.writer.Outgoing()) < maxRefusals {
		// RFC 5246, Section 7.2.2: a warning, after which the connection goes on. A peer that asks and asks and reads no answer gets no
		// more of them: Section 7.4.1.1 lets a request be passed over, and what nobody reads is ours to hold.
		c.sendAlert(record.LevelWarning, record.AlertNoRenegotiation)
	}
	if debts&debtAlert != 0 {
		c.sendAlert(record.LevelFatal, c.shared.failure.Load().Alert)
		return
	}
	if debts&debtClose != 0 && !c.shared.is(factFailed) {
		c.closeWrite()
	}
}

// maxRefusals is how many bytes of output may wait when another refusal is added.
const maxRefusals = 1 << 10

func (c *Conn) sendAlert(level record.AlertLevel, a record.Alert) {
	a = c.out.alerts.Send(a)
	if see := c.params.trace.Alert; see != nil {
		see(Outbound, a)
	}
	c.seal(record.TypeAlert, record.AlertMessage{Level: level, Alert: a}.Append(nil))
}
