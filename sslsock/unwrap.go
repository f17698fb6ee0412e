package sslsock

import (
	"bytes"
	"io"
	"net"

	"tlsengine/engine"
)

// Unwrap ends TLS and returns the transport for plain use: it sends close_notify and waits for the peer's. Use the
// returned connection in place of the one that was wrapped: it first yields what has been read beyond the end of TLS.
// The socket refuses everything afterwards.
//
// Data that nobody has read when the peer's close_notify should come is an *SSLError with the reason
// APPLICATION_DATA_AFTER_CLOSE_NOTIFY; read it and call again, as after a deadline, ErrWantRead and ErrWantWrite.
func (s *Socket) Unwrap() (net.Conn, error) {
	if err := s.enter(); err != nil {
		return nil, err
	}
	defer s.leave()
	if !s.ready.Load() {
		return nil, argumentError("No SSL wrapper around the transport: the handshake is not done")
	}
	if err := s.exchangeClose(); err != nil {
		return nil, err
	}
	s.reading.Lock()
	defer s.reading.Unlock()
	if !s.users.mark(isUnwrapped) {
		return nil, errUnwrapped
	}
	rest := bytes.Clone(s.conn.Rest())
	if len(rest) == 0 {
		return s.transport, nil
	}
	return &restConn{Conn: s.transport, rest: rest}, nil
}

// errUnread is what Unwrap says when there is data that nobody has read.
var errUnread error = sslError("APPLICATION_DATA_AFTER_CLOSE_NOTIFY", "application data after close notify: read it first", nil)

// exchangeClose sends our close_notify and waits for the peer's.
func (s *Socket) exchangeClose() error {
	if s.raw.usable() {
		if err := s.sayClose(); err != nil {
			return err
		}
		return s.awaitClose()
	}
	// A transport without descriptor may have no buffer (net.Pipe): when both ends unwrap at once, each must read while
	// it writes.
	if err := s.enter(); err != nil {
		return err
	}
	said := make(chan error, 1)
	go func() {
		defer s.leave()
		said <- s.sayClose()
	}()
	if err := s.awaitClose(); err != nil {
		return err
	}
	return <-said
}

// sayClose sends our close_notify.
func (s *Socket) sayClose() error {
	s.writing.Lock()
	defer s.doneWriting()
	defer s.bound(outbound)()
	return s.closeNotify()
}

// awaitClose waits for the peer's close_notify.
func (s *Socket) awaitClose() error {
	s.reading.Lock()
	defer s.reading.Unlock()
	defer s.bound(inbound)()
	for {
		if s.in.stash.size() > 0 || s.peek() {
			return errUnread
		}
		s.settle()
		if err := s.conn.Err(); err != nil {
			s.drain()
			return s.failed(err)
		}
		if s.conn.Status().Has(engine.PeerClosed) {
			return nil
		}
		if err := s.fill("read"); err != nil {
			return s.unwrapError(err)
		}
	}
}

// peek reports whether there is data that nobody has read. What the peer asks, it is refused or passed over: we have closed.
func (s *Socket) peek() bool {
	if !s.wantsBoth() && len(s.conn.Peek()) > 0 {
		return true
	}
	if !s.wantsBoth() {
		return false
	}
	s.writing.Lock()
	defer s.writing.Unlock()
	for {
		_ = s.conn.Resume() // Err says it again
		if len(s.conn.Peek()) > 0 {
			return true
		}
		if !s.conn.WantsAnswer() { // else another question came behind the first
			return false
		}
	}
}

// unwrapError is what Unwrap says when filling failed: any end but close_notify is wrong here.
func (s *Socket) unwrapError(err error) error {
	if ragged, ok := err.(*raggedEnd); ok {
		return ragged.SSLError
	}
	if err == io.EOF {
		return eofError(nil)
	}
	return err
}

// restConn is a transport whose first bytes have been read already.
type restConn struct {
	net.Conn
	rest []byte // left to read; belongs to the reader
}

// Read reads the rest, then the transport.
func (c *restConn) Read(p []byte) (int, error) {
	if len(c.rest) == 0 {
		return c.Conn.Read(p)
	}
	n := copy(p, c.rest)
	c.rest = c.rest[n:]
	return n, nil
}

// CloseWrite closes the transport's sending direction, if it has one.
func (c *restConn) CloseWrite() error {
	if half, ok := c.Conn.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite()
	}
	return unsupportedError("the transport can't be closed in one direction")
}
