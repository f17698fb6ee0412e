package sslsock

import (
	"os"

	"tlsengine/engine"
)

// This file is what a socket does after its handshake that needs both halves of the connection at once: negotiating
// again before TLS 1.3, and authenticating the client in it. It is the reader who finds out, since it is the peer who
// asks; a writer that is in its way waits, or does it in its place.

// maxStash is how many bytes that come during a renegotiation are kept for Read while Write waits for its end.
const maxStash = 1 << 20

// together runs what needs both halves until it is done or data has come into p, of which it returns the size. It needs
// the reading turn, and takes the writing turn but while it waits for the peer.
func (s *Socket) together(p []byte) (int, error) {
	before := s.conn.Info().Renegotiations
	for {
		n, err := s.stepTogether(p)
		if s.conn.Info().Renegotiations != before {
			before++
			s.sessions.again(s.server)
		}
		if n > 0 || err != nil || !s.in.together {
			return n, err
		}
		if err := s.fillTogether(); err != nil {
			return 0, s.readError(err)
		}
	}
}

// stepTogether goes as far as it gets with the input that is here.
func (s *Socket) stepTogether(p []byte) (int, error) {
	s.writing.Lock()
	defer s.doneWriting()
	_ = s.conn.Resume() // Err says it again
	n := s.conn.Read(p)
	if err := s.flush("handshake"); err != nil {
		return n, err
	}
	status := s.conn.Status()
	if !status.Has(engine.Renegotiating) {
		s.deadlines.stir() // writers needn't wait for the reading turn any more
	}
	s.in.together = status.Has(engine.Renegotiating) && status&(engine.Failed|engine.PeerClosed) == 0
	return n, nil
}

// fillTogether is fill during a renegotiation, when even input needs both turns. It waits with the reading turn alone: a writer
// must not wait for a peer that says nothing.
func (s *Socket) fillTogether() error {
	if s.in.err != nil {
		return s.in.err
	}
	if s.nonBlocking.Load() {
		s.writing.Lock()
		defer s.doneWriting()
		return s.fill("handshake")
	}
	b := flights.Get().(*[flightSize]byte)
	defer flights.Put(b)
	n, err := s.transport.Read(b[:])
	s.writing.Lock()
	defer s.doneWriting()
	if n > 0 {
		_, _ = s.conn.Feed(b[:n]) // there is room: all that came before is processed, but for a part of a record
	}
	return s.filled("handshake", ignoreEnd(n, err))
}

// wantsBoth tells whether the inbound half can't go on alone. It needs the reading turn.
func (s *Socket) wantsBoth() bool {
	return s.in.together || s.conn.WantsAnswer()
}

// answerAside goes on with what needs both halves for a reader who has data to deliver: unless somebody writes, it is
// left to the next.
func (s *Socket) answerAside() {
	if !s.writing.TryLock() {
		return
	}
	_ = s.conn.Resume() // Err says it again
	s.in.together = s.conn.Renegotiating()
	s.sayWhy()
	s.doneWriting()
}

// whileRenegotiating watches for how long a writer waits for the reading turn: until the write deadline, and no longer than the
// renegotiation lasts.
func (s *Socket) whileRenegotiating() (until int64, changed <-chan struct{}) {
	until, changed = s.deadlines.watchWriter()
	if !s.conn.Renegotiating() {
		until = longAgo
	}
	return until, changed
}

// errReadFirst is what Write says when the peer sends more during a renegotiation than is kept.
var errReadFirst = &SSLError{
	Code: ErrorWantRead, Library: "SSL", Message: "the peer sends on during a renegotiation: read first", Err: ErrWantRead,
}

// finishTogether ends a renegotiation that is in the way of a writer, who doesn't have its turn meanwhile. Data that
// comes is kept. It waits for the reader's turn and for the peer until the write deadline.
func (s *Socket) finishTogether() error {
	if !s.reading.lockBy(s.whileRenegotiating) {
		if !s.conn.Renegotiating() {
			return nil // a reader has ended it, and reads on
		}
		return transportError("write", os.ErrDeadlineExceeded)
	}
	defer s.reading.Unlock()
	s.lend(true)
	defer s.lend(false)
	for s.wantsBoth() {
		if s.in.stash.size() >= maxStash {
			return errReadFirst
		}
		piece := make([]byte, pieceSize)
		n, err := s.together(piece)
		s.in.stash.add(piece[:n])
		if err != nil {
			return err
		}
	}
	return nil
}
