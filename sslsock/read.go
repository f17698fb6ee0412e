package sslsock

import (
	"context"
	"io"
	"net"
	"os"

	"tlsengine/engine"
)

// Read reads application data: at least one byte, at most one record's worth. It runs the handshake if that is still to
// be done. The proper end is io.EOF, as is, with WithSuppressRaggedEOFs, an end of the transport between two records.
// Data that is here already is read whatever the deadline. A Read into no bytes returns at once.
func (s *Socket) Read(p []byte) (int, error) {
	if err := s.enter(); err != nil {
		return 0, err
	}
	defer s.leave()
	if len(p) == 0 {
		return 0, nil
	}
	if err := s.shake(context.Background()); err != nil {
		return 0, err
	}
	if !s.reading.lockBy(s.deadlines.watchReader) { // a writer may have it
		return 0, transportError("read", os.ErrDeadlineExceeded)
	}
	defer s.reading.Unlock()
	defer s.bound(inbound)()
	if n := s.in.stash.take(p); n > 0 {
		return n, nil
	}
	for {
		n, err := s.readOnce(p)
		if n > 0 || err != nil {
			return n, err
		}
		if done, err := s.inboundOver(); done {
			return 0, err
		}
		if err := s.fill("read"); err != nil {
			return 0, s.readError(err)
		}
	}
}

// readOnce reads what the engine has, and goes on with what needs both halves.
func (s *Socket) readOnce(p []byte) (int, error) {
	if !s.in.together {
		n := s.conn.Read(p)
		s.settle()
		if !s.wantsBoth() {
			return n, nil
		}
		if n > 0 {
			s.answerAside()
			return n, nil
		}
	}
	return s.together(p)
}

// inboundOver reports whether nothing more can be read, and what Read says then.
func (s *Socket) inboundOver() (bool, error) {
	if s.users.is(isClosed) {
		return true, net.ErrClosed
	}
	if err := s.conn.Err(); err != nil {
		s.drain()
		return true, s.failed(err)
	}
	if s.conn.Status().Has(engine.PeerClosed) {
		return true, s.properEnd()
	}
	return false, nil
}

// properEnd is what Read says after the peer's close_notify: io.EOF, and ErrZeroReturn once that was said and our own
// side was closed too.
func (s *Socket) properEnd() error {
	if s.in.told && s.closing.Load() {
		return ErrZeroReturn
	}
	s.in.told = true
	return io.EOF
}

// readError is what Read says when filling failed.
func (s *Socket) readError(err error) error {
	if ragged, ok := err.(*raggedEnd); ok {
		if !s.in.strictEOF {
			return io.EOF
		}
		return ragged.SSLError
	}
	if s.conn.Err() != nil && !passing(err) {
		return s.failed(s.conn.Err())
	}
	return err
}

// Pending returns how many bytes Read would return without waiting for the transport. While another goroutine is
// reading it is 0.
func (s *Socket) Pending() int {
	if s.enter() != nil {
		return 0
	}
	defer s.leave()
	if !s.ready.Load() || !s.reading.TryLock() {
		return 0
	}
	defer s.reading.Unlock()
	if s.in.together {
		return s.in.stash.size()
	}
	n := s.in.stash.size() + len(s.conn.Peek())
	s.settle()
	return n
}
