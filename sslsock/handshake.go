package sslsock

import (
	"context"
	"errors"
	"net"

	"tlsengine/engine"
)

// Handshake runs the handshake, unless it was. A second call returns what the first did, but after a deadline, ErrWantRead
// or ErrWantWrite it goes on. When it fails, the peer was told why, if the transport took the alert.
func (s *Socket) Handshake() error { return s.HandshakeContext(context.Background()) }

// HandshakeContext is Handshake, which ends when ctx does: the transport is closed then.
func (s *Socket) HandshakeContext(ctx context.Context) error {
	if err := s.enter(); err != nil {
		return err
	}
	defer s.leave()
	return s.shake(ctx)
}

// shake runs the handshake unless it was. The caller has entered.
func (s *Socket) shake(ctx context.Context) error {
	if s.ready.Load() {
		return nil
	}
	if ctx.Done() == nil {
		_, err := s.shakeInTurn(nil)
		return err
	}
	if err := ctx.Err(); err != nil {
		return s.canceled(err)
	}
	stop := context.AfterFunc(ctx, func() { _ = s.transport.Close() })
	_, err := s.shakeInTurn(nil)
	if !stop() {
		return s.canceled(ctx.Err())
	}
	return err
}

// canceled ends the connection because a context ended.
func (s *Socket) canceled(cause error) error {
	e := &SSLError{Message: "the handshake was given up: " + cause.Error(), Err: cause}
	_ = s.transport.Close()
	s.failure.Store(e) // in place of what the closed transport said
	s.ready.Store(false)
	return e
}

// shakeInTurn takes the turns and runs the handshake. Those who come second find it done. It stops when it has put
// early data into early, and says how much.
func (s *Socket) shakeInTurn(early []byte) (n int, err error) {
	s.shaking.Lock()
	defer s.shaking.Unlock()
	defer s.rethrow()
	if s.ready.Load() {
		return 0, nil
	}
	if e := s.failure.Load(); e != nil {
		return 0, e
	}
	s.reading.Lock()
	defer s.reading.Unlock()
	s.writing.Lock()
	defer s.writing.Unlock()
	defer s.bound(inbound)()
	defer s.bound(outbound)()
	return s.shakeOn(early, 0)
}

// shakeOn runs the handshake. It needs all three turns. It stops early when it has put early data into early, of which it says
// how much, or when one of the facts holds.
func (s *Socket) shakeOn(early []byte, facts engine.Status) (n int, err error) {
	s.sessions.begin(s.server)
	if n, err = s.drive(early, facts); err != nil {
		return 0, s.shakingFailed(err)
	}
	info := s.conn.Info()
	if n > 0 || info == nil {
		return n, nil
	}
	s.sessions.finish(info, s.server, s.start.settings.session)
	s.start = nil
	s.ready.Store(true)
	return 0, nil
}

// drive moves bytes until the handshake is done and its last flight sent, until there is early data in early, n bytes, or until
// one of the facts holds.
//
// A peer whose record is here in part is still sending. It is heard out before anything is sent to it: a transport without a
// buffer (net.Pipe) would otherwise have both ends writing and nobody reading.
func (s *Socket) drive(early []byte, facts engine.Status) (n int, err error) {
	for {
		done := s.conn.Info() != nil
		if s.conn.Err() != nil {
			return 0, s.conn.Err()
		}
		if done && s.nobodyWaits() {
			return 0, nil
		}
		if done || len(s.conn.Rest()) == 0 {
			if err := s.flush("handshake"); err != nil {
				return 0, s.explain(err)
			}
		}
		if done {
			return 0, nil
		}
		if n, came := earlyCame(s.conn, &s.in.stash, early); n > 0 {
			return n, nil
		} else if came {
			continue
		}
		switch status := s.conn.Status(); {
		case status&facts != 0:
			return 0, nil
		case !status.Has(engine.WantsInput):
			return 0, errStuck
		}
		if err := s.fill("handshake"); err != nil {
			return 0, err
		}
	}
}

// nobodyWaits reports whether what is left to send once the handshake is done are tickets. They go with the first data: a client,
// for which the handshake was over earlier, need not be reading yet. Over a transport without a buffer both ends would then
// write and nobody read; and if it has gone already, what it sent last would be lost by the reset with which its kernel
// answers bytes that come too late.
func (s *Socket) nobodyWaits() bool {
	return s.server && s.conn.Info().Version == VersionTLS13
}

// errStuck can't come: all operations are answered at once.
var errStuck = errors.New("sslsock: the handshake waits for nothing that could come")

// explain looks why the transport takes nothing more: a peer that closes after an alert makes writing fail before the
// alert is read.
func (s *Socket) explain(err error) error {
	if passing(err) {
		return err
	}
	if s.within(inbound, sayTime) != nil {
		return err
	}
	defer s.lift(inbound)
	for s.conn.Err() == nil && s.conn.Info() == nil {
		if s.fill("handshake") != nil {
			break
		}
	}
	if s.conn.Err() != nil {
		if e := protocolError(s.conn.Err()); e.Code != ErrorEOF {
			return e
		}
	}
	return err
}

// shakingFailed tells the peer, and keeps the error for those who ask later.
func (s *Socket) shakingFailed(err error) error {
	if passing(err) {
		return err
	}
	if s.users.is(isClosed) {
		return net.ErrClosed
	}
	if s.conn.Err() != nil {
		s.sessions.fail(s.start.settings.session)
		s.sayWhy()
		s.drain()
	}
	return s.failed(err)
}

// failed keeps the first error that ended the connection, and returns it.
func (s *Socket) failed(err error) error {
	var e *SSLError
	if !errors.As(err, &e) {
		e = protocolError(err)
	}
	s.failure.CompareAndSwap(nil, e)
	return s.failure.Load()
}
