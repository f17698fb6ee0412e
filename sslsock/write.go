package sslsock

import (
	"context"
	"net"
	"os"
)

// Write seals and sends all of p, in records of at most 16 KiB, many of them in one write of the transport. It runs the
// handshake if that is still to be done.
//
// When a deadline passes, or the socket doesn't wait and the transport takes nothing, n says how many bytes of p were
// sealed: they go out first with the next Write, Handshake, Unwrap or Close, and must not be given again. Nothing new is
// sealed as long as older records wait, or once the deadline has passed.
func (s *Socket) Write(p []byte) (n int, err error) {
	if err := s.enter(); err != nil {
		return 0, err
	}
	defer s.leave()
	if n, done, err := s.writeAhead(p); done {
		return n, err
	}
	if err := s.shake(context.Background()); err != nil {
		return 0, err
	}
	s.writing.Lock()
	defer s.doneWriting()
	defer s.bound(outbound)()
	return s.writeRecords(p)
}

// writeRecords seals and sends p. It needs the writing turn.
func (s *Socket) writeRecords(p []byte) (n int, err error) {
	for {
		if s.deadlinePassed(outbound) {
			return n, transportError("write", os.ErrDeadlineExceeded)
		}
		if err := s.flush("write"); err != nil {
			return n, s.writeError(err)
		}
		if n == len(p) {
			return n, nil
		}
		took := s.conn.Write(p[n:])
		if took == 0 && s.conn.Renegotiating() {
			s.doneWriting()
			err := s.finishTogether()
			s.writing.Lock()
			if err != nil {
				return n, err
			}
			continue
		}
		if took == 0 {
			return n, s.outboundOver()
		}
		n += took
	}
}

// outboundOver is why the engine takes nothing to write.
func (s *Socket) outboundOver() error {
	if s.users.is(isClosed) {
		return net.ErrClosed
	}
	if err := s.conn.Err(); err != nil {
		s.sayWhy()
		return s.failed(err)
	}
	return ErrZeroReturn
}

// writeError is what Write says when flushing failed. If the connection ended by an alert, that says more.
func (s *Socket) writeError(err error) error {
	if e := s.conn.Err(); e != nil && !passing(err) {
		return s.failed(e)
	}
	return err
}

// CloseWrite sends close_notify and closes the transport's sending direction, if it has one. Reading goes on until the
// peer closes too.
func (s *Socket) CloseWrite() error {
	return s.inWritingTurn(func() error {
		if err := s.closeNotify(); err != nil {
			return err
		}
		if half, ok := s.transport.(interface{ CloseWrite() error }); ok {
			if err := half.CloseWrite(); err != nil {
				return s.broken("write", err)
			}
		}
		return nil
	})
}

// inWritingTurn runs f, which writes, once the handshake is done.
func (s *Socket) inWritingTurn(f func() error) error {
	if err := s.enter(); err != nil {
		return err
	}
	defer s.leave()
	if !s.ready.Load() {
		return ErrHandshakeNotDone
	}
	s.writing.Lock()
	defer s.doneWriting()
	return f()
}

// closeNotify sends close_notify, once. It needs the writing turn.
func (s *Socket) closeNotify() error {
	if err := s.conn.Err(); err != nil {
		return s.failed(err)
	}
	s.conn.CloseWrite()
	s.closing.Store(true)
	return s.flush("write")
}

// UpdateKeys changes to new keys for writing with the next records (RFC 8446, Section 4.6.3), and with askPeer asks the
// peer to do the same. Before TLS 1.3 it does nothing.
func (s *Socket) UpdateKeys(askPeer bool) error {
	return s.inWritingTurn(func() error {
		s.conn.UpdateKeys(askPeer)
		return s.flush("write")
	})
}
