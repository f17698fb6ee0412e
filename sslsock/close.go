package sslsock

import "net"

// Close closes the socket and its transport. It sends close_notify, for at most 5 seconds or up to the write deadline,
// and doesn't wait for the peer's; nothing is sent while another goroutine is inside Write or the handshake, which Close
// breaks off. Calls under way in other goroutines return net.ErrClosed, as do all later ones, a second Close among them.
//
// The transport of a socket that was unwrapped is left alone.
func (s *Socket) Close() error {
	before := s.users.shut()
	switch {
	case before&isClosed != 0:
		return net.ErrClosed
	case before&(isConnected|isUnwrapped) != isConnected:
		return nil
	}
	defer s.leave()
	s.sayGoodbye()
	return ignoreClosed(s.transport.Close())
}

// sayGoodbye sends close_notify if nobody else is sending.
func (s *Socket) sayGoodbye() {
	if !s.ready.Load() || !s.writing.TryLock() {
		return
	}
	defer s.writing.Unlock()
	s.conn.CloseWrite()
	if s.nonBlocking.Load() {
		_ = s.flush("write")
		return
	}
	if s.within(outbound, closeTime) == nil {
		_ = s.flush("write") // a peer that has gone needs no goodbye
	}
}

// ignoreClosed passes over the error of a transport that was closed already.
func ignoreClosed(err error) error {
	if op, ok := err.(*net.OpError); ok && op.Err == net.ErrClosed {
		return nil
	}
	return err
}
