package sslsock

import (
	"errors"
	"io"
	"net"
	"sync"
	"time"

	"tlsengine/engine"
	"tlsengine/record"
)

// This file is where bytes move between the transport and the engine.

// Bounds of what is done for the peer's sake when a connection ends.
const (
	sayTime    = time.Second     // for sending what the reader owes: an alert, the answer to a close_notify
	closeTime  = 5 * time.Second // for sending the close_notify of Close
	drainTime  = time.Second     // for reading on after a fatal alert
	drainSize  = 64 << 10        // likewise, in bytes
	drainPiece = 4 << 10         // of them at once
)

// flush sends all that is sealed. It needs the writing turn; what names the operation in errors. What the transport
// didn't take is kept for the next time.
func (s *Socket) flush(what string) error {
	for {
		out := s.conn.Outgoing()
		if len(out) == 0 {
			return nil
		}
		n, err := s.send(out)
		s.conn.Sent(n)
		if err != nil {
			return s.broken(what, err)
		}
	}
}

// send gives bytes to the transport; without an error it took some.
func (s *Socket) send(p []byte) (int, error) {
	if s.nonBlocking.Load() {
		return s.sendRaw(p)
	}
	n, err := s.transport.Write(p)
	if n == 0 && err == nil {
		err = io.ErrShortWrite
	}
	return n, err
}

// fill waits for bytes from the peer and gives them to the engine; the end of the transport too. It needs the reading
// turn, and the writing turn during the handshake.
func (s *Socket) fill(what string) error {
	if s.in.err != nil {
		return s.in.err
	}
	return s.filled(what, s.receive())
}

// filled is what fill says of how receiving went.
func (s *Socket) filled(what string, err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, io.EOF):
		return s.ended()
	}
	err = s.broken(what, err)
	if !passing(err) {
		s.in.err = err
	}
	return err
}

// receive reads once from the transport.
func (s *Socket) receive() error {
	if s.raw.usable() {
		n, err := s.receiveRaw()
		if n > 0 {
			_ = s.conn.Commit(n) // Err says it again
		}
		return err
	}
	// A transport without descriptor makes us hold memory while we wait: little, until part of a record is here.
	switch {
	case !s.ready.Load():
		return s.receiveFlight()
	case len(s.conn.Rest()) == 0:
		return s.receiveSmall()
	}
	n, err := s.transport.Read(s.conn.Buffer())
	_ = s.conn.Commit(n)
	return ignoreEnd(n, err)
}

// flightSize is enough for the longest flight of a handshake but for very long chains, in bytes.
const flightSize = 16 << 10

// flights are buffers with room for a flight of the handshake: what a peer sends at once should be read at once.
var flights = sync.Pool{New: func() any { return new([flightSize]byte) }}

// receiveFlight reads once during the handshake.
func (s *Socket) receiveFlight() error {
	b := flights.Get().(*[flightSize]byte)
	defer flights.Put(b)
	n, err := s.transport.Read(b[:])
	if n > 0 {
		_, _ = s.conn.Feed(b[:n])
	}
	return ignoreEnd(n, err)
}

// smallSize is the memory that a reader holds who waits on a transport without descriptor, in bytes.
const smallSize = 512

var smalls = sync.Pool{New: func() any { return new([smallSize]byte) }}

// receiveSmall waits for the beginning of a record.
func (s *Socket) receiveSmall() error {
	b := smalls.Get().(*[smallSize]byte)
	defer smalls.Put(b)
	n, err := s.transport.Read(b[:])
	if n > 0 {
		_, _ = s.conn.Feed(b[:n])
	}
	return ignoreEnd(n, err)
}

// ignoreEnd passes over an error that came together with bytes: it comes again.
func ignoreEnd(n int, err error) error {
	if n > 0 {
		return nil
	}
	return err
}

// ended tells the engine that the transport has ended.
func (s *Socket) ended() error {
	inside := len(s.conn.Rest()) > 0
	err := s.conn.FeedEOF()
	switch {
	case err == nil:
		return nil // close_notify came, or whole records wait to be read
	case errors.Is(err, engine.ErrTruncated) && s.conn.Err() == nil && !inside && s.in.lenient:
		s.in.err = io.EOF
	case errors.Is(err, engine.ErrTruncated) && s.conn.Err() == nil && !inside:
		s.in.err = &raggedEnd{eofError(err)}
	case s.conn.Err() != nil:
		s.in.err = protocolError(s.conn.Err())
	default:
		s.in.err = eofError(err)
	}
	return s.in.err
}

// raggedEnd is an end of the transport between two records: what Read may pass off as a proper end.
type raggedEnd struct{ *SSLError }

func (e *raggedEnd) Unwrap() error { return e.SSLError }

// broken turns an error of the transport into this package's.
func (s *Socket) broken(what string, err error) error {
	if s.users.is(isClosed) {
		return net.ErrClosed
	}
	if e, ok := err.(*SSLError); ok {
		return e
	}
	return transportError(what, err)
}

// settle sends what the inbound half owes to the peer, unless a writer is at work, who will do it. It needs the reading
// turn.
func (s *Socket) settle() {
	if s.conn.Owes() && s.writing.TryLock() {
		s.sayWhy()
		s.doneWriting()
	}
}

// doneWriting ends the writing turn. A reader may have had something to send while it was taken.
func (s *Socket) doneWriting() {
	s.writing.Unlock()
	for s.conn.Owes() && s.writing.TryLock() {
		s.sayWhy()
		s.writing.Unlock()
	}
}

// sayWhy sends what is owed, not waiting for long: an alert is worth a second, not more. It needs the writing turn.
func (s *Socket) sayWhy() {
	if s.nonBlocking.Load() {
		_ = s.flush("write") // what doesn't go now goes with the next call
		return
	}
	// Errors are passed over: a transport that is broken says so again, and flushing pays the debt in any case.
	_ = s.within(outbound, sayTime)
	_ = s.flush("write")
	s.lift(outbound)
}

// drain reads on for a while after a fatal alert was sent. A kernel answers input that nobody has read with a reset when
// the transport is closed, and the peer may then lose the alert. It needs the reading turn.
func (s *Socket) drain() {
	var e *record.Error
	if s.in.drained || s.nonBlocking.Load() || s.in.err != nil || !errors.As(s.conn.Err(), &e) || e.Remote {
		return
	}
	if s.conn.Status().Has(engine.HasOutput) {
		return // a writer is in the way of the alert, and will send it
	}
	s.in.drained = true
	half, ok := s.transport.(interface{ CloseWrite() error })
	if !ok || half.CloseWrite() != nil || s.within(inbound, drainTime) != nil {
		return
	}
	defer s.lift(inbound)
	waste := make([]byte, drainPiece)
	for left := drainSize; left > 0; {
		n, err := s.transport.Read(waste)
		if left -= n; err != nil {
			return
		}
	}
}
