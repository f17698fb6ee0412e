package engine

import (
	"errors"

	"tlsengine/cipher"
	"tlsengine/handshake"
	"tlsengine/record"
)

// This file is where the handshake's machine meets the records: it runs the machine as far as it goes, and carries out
// what the machine's handlers want done. It belongs to the inbound half; the parts that touch the outbound half run
// during the handshake only, when both halves are one goroutine's.

// drive runs the machine until it needs more bytes or an answer.
func (c *Conn) drive() error {
	for {
		flight, err := c.answer()
		if flight == nil && err == nil {
			flight, err = c.in.machine.Next()
		}
		if err != nil {
			return err
		}
		if flight == nil {
			if c.settled() {
				c.in.machine.Shrink()
			}
			return nil
		}
		if c.settled() {
			if err := c.in.reader.CountMessage(); err != nil {
				return err
			}
		}
		c.step(flight)
	}
}

// settled tells whether the halves are apart: a handshake is done, and no other one under way.
func (c *Conn) settled() bool {
	return c.shared.facts.Load()&(factConnected|factRenegotiating) == factConnected
}

// answer answers the machine's question, unless it is deferred, and lets the machine go on. What needs both halves of the
// connection is left to Resume.
func (c *Conn) answer() (*handshake.Flight, error) {
	op := c.in.machine.Operation()
	if op == nil || op.Kind() == handshake.KindRenegotiate {
		return nil, nil
	}
	if !op.Answered() {
		if see := c.params.trace.Operation; see != nil {
			see(op)
		}
		if c.params.defers.Has(op.Kind()) {
			return nil, nil
		}
		op.Run()
	}
	return c.in.machine.Resume()
}

// begin carries out the beginning of an exchange that we ask for. An error of the handshake's ends the connection, any other
// changes nothing.
func (c *Conn) begin(f *handshake.Flight, err error) error {
	var failed *record.Error
	if errors.As(err, &failed) {
		c.fail(err)
	}
	if err == nil {
		c.step(f)
	}
	return err
}

// step carries out a flight and tells the trace where that led.
func (c *Conn) step(f *handshake.Flight) {
	from := f.From
	c.carryOut(f)
	if see := c.params.trace.State; see != nil {
		see(from, c.in.machine.State().Name())
	}
}

// carryOut does what a handler wants done, in order.
func (c *Conn) carryOut(f *handshake.Flight) {
	for i := 0; i < len(f.Effects); i++ {
		e := &f.Effects[i]
		switch e.Kind {
		case handshake.SendMessage:
			run, n := f.Messages(i)
			c.sendMessages(f.Effects[i:i+n], run)
			i += n - 1
		case handshake.SendChangeCipherSpec:
			c.sendChangeCipherSpec()
		case handshake.OweRefusal:
			c.shared.post(debtRefusal)
		case handshake.SendNoCertificate:
			c.sendAlert(record.LevelWarning, record.AlertNoCertificate)
		case handshake.SetRecordVersion:
			c.out.writer.SetVersion(e.Version)
		case handshake.ChooseVersion:
			c.in.reader.SetVersion(e.Version)
			c.in.alerts = record.AlertsOf(e.Version)
			c.out.alerts = c.in.alerts
			c.out.writer.SetVersion(min(e.Version, cipher.VersionTLS12)) // RFC 8446, Section 5.1
		case handshake.ExpectRecords:
			c.in.reader.Expect(e.Outer)
		case handshake.SkipEarlyData:
			c.in.reader.SkipEarlyData(int(e.Bytes))
		case handshake.LimitRecords:
			c.out.writer.SetRecordSizeLimit(int(e.Bytes))
			c.in.reader.SetRecordSizeLimit(int(e.TakenBytes))
		case handshake.LimitFragments:
			c.out.writer.SetMaxFragment(min(int(e.Bytes), c.params.maxFragment))
			c.in.reader.SetMaxFragment(int(e.Bytes))
		case handshake.InstallRead:
			c.installRead(e)
		case handshake.InstallWrite:
			c.installWrite(e)
		case handshake.OweKeyUpdate:
			c.shared.post(debtKeyUpdate)
		case handshake.TellConnected:
			c.connected(e.Connection)
		case handshake.TellSession:
			c.tellSession(e.Session)
		case handshake.TellAuthenticated:
			c.authenticated(e.Connection.Info)
		case handshake.TellRenegotiating:
			c.shared.set(factRenegotiating)
		case handshake.TellInnerHello:
			c.traceInnerHello(e.Message)
		case handshake.TellEarly:
			c.shared.early.Store(e.Connection.Exporter)
		}
	}
}

// tellSession tells of a new session: the store by whose ids a server finds it, and the application.
func (c *Conn) tellSession(s *handshake.Session) {
	p := c.in.machine.Params()
	if p.Sessions != nil && s.Role() == handshake.ServerRole && len(s.ID()) > 0 {
		p.Sessions.Add(s)
	}
	if p.NewSession != nil {
		p.NewSession(s, c.value)
	}
}

// traceInnerHello shows a hello that was encrypted to whoever traces: clients send them, servers get them.
func (c *Conn) traceInnerHello(message []byte) {
	if see := c.params.trace.InnerHello; see != nil && c.in.machine.Role() == handshake.ClientRole {
		see(Outbound, message)
	} else if see != nil {
		see(Inbound, message)
	}
}

// sendMessages seals consecutive messages, which share records as far as they fit.
func (c *Conn) sendMessages(effects []handshake.Effect, run []byte) {
	if c.shared.is(factWriteClosed) {
		return // as seal
	}
	if see := c.params.trace.Message; see != nil {
		for i := range effects {
			m := effects[i].Message
			see(Outbound, handshake.MessageType(m[0]), m)
		}
	}
	c.seal(record.TypeHandshake, run)
}

func (c *Conn) sendChangeCipherSpec() {
	c.seal(record.TypeChangeCipherSpec, changeCipherSpec)
}

// changeCipherSpec is what such a record holds (RFC 5246, Section 7.1). It is only read.
var changeCipherSpec = []byte{1}

// installRead opens what follows with the new keys.
func (c *Conn) installRead(e *handshake.Effect) {
	c.in.reader.Install(e.Opener)
	if c.settled() {
		// Between handshakes only a KeyUpdate changes the keys.
		if err := c.in.reader.CountKeyUpdate(); err != nil {
			c.fail(err)
		}
	}
	if see := c.params.trace.Keys; see != nil {
		see(Inbound, e.Epoch)
	}
}

func (c *Conn) installWrite(e *handshake.Effect) {
	c.out.writer.Install(e.Sealer)
	if see := c.params.trace.Keys; see != nil {
		see(Outbound, e.Epoch)
	}
}

// connected ends the handshake: from here on the halves are apart.
func (c *Conn) connected(k *handshake.Connection) {
	c.out.keys = k.SendKeys
	if before := c.shared.connection.Swap(k); before != nil {
		before.Exporter.Clear() // keying material is the latest handshake's
	}
	c.shared.set(factConnected)
	c.shared.unset(factRenegotiating)
}

// WantsAnswer tells whether anything is in Pending, as Status does. It is an inbound call.
func (c *Conn) WantsAnswer() bool {
	return c.receiving() && c.in.question() != nil || c.exchange() != nil
}

// Pending returns the operations that wait for an answer. The slice is the caller's; the operations may be answered
// from any goroutine, whereupon the owner of the connection calls Resume.
func (c *Conn) Pending() []handshake.Operation {
	var all []handshake.Operation
	if op := c.in.question(); op != nil && c.receiving() {
		all = append(all, op)
	}
	if op := c.exchange(); op != nil {
		all = append(all, op)
	}
	return all
}

// Resume goes on after an answer; without one it does nothing. It is an inbound call, and like all of them needs both
// halves during the handshake; and after it too if something is in Pending, which it answers if that is not deferred. The error
// is Err's.
func (c *Conn) Resume() error {
	if err := c.resumeTogether(); err != nil {
		c.fail(err)
	}
	c.pump()
	return c.Err()
}
