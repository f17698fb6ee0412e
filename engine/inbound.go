package engine

import (
	"tlsengine/handshake"
	"tlsengine/record"
)

// inbound is the half of a Conn that receives. It never seals: what it owes to the peer it posts in shared. Application
// data that was opened and not read yet is what reader holds.
type inbound struct {
	reader  record.Reader
	machine handshake.Machine
	alerts  *record.AlertSet
	err     error // why nothing more is opened: the connection's failure, or ErrTruncated
	ended   bool  // the transport has ended
	closed  bool  // the peer's close_notify came
}

// receiving tells whether more records may be opened.
func (c *Conn) receiving() bool {
	return c.in.err == nil && !c.in.closed && !c.shared.is(factFailed)
}

// ready tells whether records may be opened: no question is open. One that has been answered since, perhaps by another
// goroutine, lets the handshake go on first: every inbound call gets here before it opens a record.
func (c *Conn) ready() bool {
	for c.receiving() {
		op := c.in.machine.Operation()
		if op == nil {
			return true
		}
		if !op.Answered() || op.Kind() == handshake.KindRenegotiate {
			return false
		}
		if err := c.drive(); err != nil {
			c.fail(err)
		}
	}
	return false
}

// question returns the operation that waits for an answer, or nil.
func (in *inbound) question() handshake.Operation {
	if op := in.machine.Operation(); op != nil && (!op.Answered() || op.Kind() == handshake.KindRenegotiate) {
		return op
	}
	return nil
}

// Feed takes bytes from the peer and returns how many of them it has copied. During the handshake they are processed at
// once; afterwards they are only stored, and opened by Read and Peek. n is less than len(p) when four full records wait to
// be read, or once nothing more is taken. The error is Err's.
func (c *Conn) Feed(p []byte) (n int, err error) {
	for c.in.err == nil && !c.shared.is(factFailed) {
		k := c.in.reader.Feed(p[n:])
		n += k
		c.pump()
		if k == 0 || n == len(p) {
			break
		}
	}
	return n, c.Err()
}

// Buffer lends space for bytes from the peer, at least for the rest of the present record. The loan ends with Commit;
// no other inbound call may come in between.
func (c *Conn) Buffer() []byte { return c.in.reader.Buffer() }

// Commit ends the loan of Buffer, of which n bytes were filled; what it does with them is what Feed does. Commit(0)
// gives the space back, and so does the -1 of a system call that failed.
func (c *Conn) Commit(n int) error {
	c.in.reader.Commit(n)
	c.pump()
	return c.Err()
}

// FeedEOF tells that the transport has ended. It returns ErrTruncated if that cuts the stream short, now or when the
// records that wait have been read; during the handshake it is the connection's failure. Only the inbound half ends: the
// other may still write.
func (c *Conn) FeedEOF() error {
	c.in.ended = true
	c.pump()
	if c.receiving() && !c.in.reader.Ready() {
		c.truncate()
	}
	if c.in.err != nil {
		return c.in.err
	}
	return c.Err()
}

// truncate ends the inbound half when the transport has ended and nothing whole is left to open.
func (c *Conn) truncate() {
	if !c.in.ended || !c.receiving() || c.in.machine.Operation() != nil {
		return
	}
	if !c.shared.is(factConnected) {
		e := record.Fail(record.AlertCloseNotify, record.ReasonUnexpectedEOFWhileReading,
			"the transport ended in state %s", c.in.machine.State().Name())
		c.failSilently(e.Because(ErrTruncated))
		return
	}
	c.in.err = ErrTruncated
}

// pump lets a handshake go on that lasts still.
func (c *Conn) pump() {
	if !c.settled() {
		c.process()
	}
}

// process processes what there is, as long as a handshake lasts. Early data holds it up until it was read, so that no Read
// mixes it with what follows, and so does data that comes during a renegotiation.
func (c *Conn) process() {
	for !c.settled() && len(c.in.reader.Held()) == 0 {
		if _, ok := c.nextRecord(nil); !ok {
			return
		}
	}
}

// Read fills p with application data and returns how much it put there; 0 means that none is there, and Status says
// why. A record whose plaintext fits, with one byte to spare in TLS 1.3, is opened straight into p.
func (c *Conn) Read(p []byte) int {
	if len(p) == 0 {
		return 0
	}
	for len(c.in.reader.Held()) == 0 {
		rec, ok := c.nextRecord(p)
		if !ok {
			return 0
		}
		if rec.Into && rec.Type == record.TypeApplicationData && len(rec.Content) > 0 {
			return len(rec.Content)
		}
	}
	n := copy(p, c.in.reader.Held())
	c.Discard(n)
	return n
}

// Peek returns application data where it was opened, all of one record that was not read or discarded; nil when there
// is none. The slice is valid until the next inbound call, and the caller may change it.
func (c *Conn) Peek() []byte {
	if held := c.in.reader.Held(); len(held) > 0 {
		return held
	}
	for {
		rec, ok := c.nextRecord(nil)
		if !ok {
			return nil
		}
		if rec.Type == record.TypeApplicationData && len(rec.Content) > 0 {
			return rec.Content
		}
	}
}

// Discard passes over n bytes, at most as many as Peek returned.
func (c *Conn) Discard(n int) {
	c.in.reader.Discard(n)
	c.pump() // early data holds up the handshake
}

// Rest returns the input that was taken and not processed: after PeerClosed, what follows the close_notify and is no
// longer TLS. It is valid until the next inbound call.
func (c *Conn) Rest() []byte { return c.in.reader.Rest() }

// nextRecord opens the next record, into p if it fits there, and handles it. Application data stays in the reader (Held), or is
// in p if the record says so. ok is false when there is nothing to open, or no more is to be opened.
func (c *Conn) nextRecord(p []byte) (rec record.Record, ok bool) {
	idle := c.in.machine.Idle() && c.receiving()
	if !idle && !c.ready() {
		return rec, false
	}
	rec, ok, err := c.in.reader.NextInto(p)
	if idle && ok && rec.Type == record.TypeApplicationData {
		return rec, true // most records
	}
	return c.handle(rec, ok, err)
}

// handle does what has to be done about what NextInto returned: nothing for application data while nothing else goes on.
func (c *Conn) handle(rec record.Record, ok bool, err error) (record.Record, bool) {
	if err != nil {
		c.fail(err)
		return rec, false
	}
	if !ok {
		c.truncate()
		return rec, false
	}
	err = c.take(rec)
	if err != nil || rec.Type != record.TypeApplicationData {
		c.in.reader.Release() // what is held on to is what Read and Peek deliver
	}
	if err != nil {
		c.fail(err)
		return rec, false
	}
	return rec, true
}

// take handles an opened record.
func (c *Conn) take(rec record.Record) error {
	if c.in.machine.Partial() && rec.Type != record.TypeHandshake && rec.Type != record.TypeAlert {
		// RFC 8446, Section 5.1: the records of a handshake message follow each other without others between them.
		return record.Fail(record.AlertUnexpectedMessage, record.ReasonUnexpectedRecord, "%v came inside a handshake message", rec.Type)
	}
	switch rec.Type {
	case record.TypeApplicationData:
		return c.takeData(rec)
	case record.TypeHandshake:
		c.in.machine.Fragment(rec.Content)
		return c.drive()
	case record.TypeChangeCipherSpec:
		return c.takeChangeCipherSpec(rec)
	case record.TypeSSLv2ClientHello:
		return c.takeSSLv2ClientHello(rec)
	}
	return c.takeAlert(rec)
}

// takeSSLv2ClientHello handles a connection's first message, if it is of that format.
func (c *Conn) takeSSLv2ClientHello(rec record.Record) error {
	flight, err := c.in.machine.SSLv2ClientHello(rec.Content)
	if err != nil {
		return err
	}
	c.step(flight)
	return c.drive()
}

func (c *Conn) takeData(rec record.Record) error {
	flow := c.in.machine.Flow().Read
	if flow == handshake.EarlyData {
		return c.in.machine.ReadEarly(len(rec.Content))
	}
	if flow == handshake.NoData {
		// RFC 8446, Section 2; RFC 5246, Section 7.4.9: no data before the handshake is over.
		return record.Fail(record.AlertUnexpectedMessage, record.ReasonUnexpectedRecord,
			"application data came in state %s", c.in.machine.State().Name())
	}
	return nil
}

// takeChangeCipherSpec handles a ChangeCipherSpec that the reader didn't drop.
func (c *Conn) takeChangeCipherSpec(rec record.Record) error {
	if len(rec.Content) != 1 || rec.Content[0] != 1 {
		// RFC 5246, Section 7.1; RFC 8446, Section 5: one byte of value 1.
		return record.Fail(record.AlertUnexpectedMessage, record.ReasonBadChangeCipherSpec,
			"ChangeCipherSpec of %d bytes", len(rec.Content))
	}
	flight, err := c.in.machine.ChangeCipherSpec()
	if err != nil {
		return err
	}
	c.step(flight)
	return c.drive()
}
