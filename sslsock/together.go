package sslsock

import (
	"tlsengine/engine"
)

// This file is what a socket does after its handshake that needs both halves of the connection at once: negotiating
// again before TLS 1.3, and authenticating the client in it. It is the reader who finds out, since it is the peer who
// asks; a writer that is in its way waits, or does it in its place.

// maxStash is how many bytes that come during a renegotiation are kept for Read while Write waits for its end.
const maxStash = 1 << 20

// together runs what needs both halves until it is done or data has come into p, of which it returns the size. It needs
// the reading turn, and takes the writing turn as long as it runs.
func (s *Socket) together(p []byte) (int, error) {
	s.writing.Lock()
	defer s.doneWriting()
	before := s.conn.Info().Renegotiations
	for {
		_ = s.conn.Resume() // Err says it again
		n := s.conn.Read(p)
		if err := s.flush("handshake"); err != nil {
			return n, err
		}
		if s.conn.Info().Renegotiations != before {
			s.sessions.again(s.settings.server)
		}
		status := s.conn.Status()
		s.in.together = status.Has(engine.Renegotiating) && status&(engine.Failed|engine.PeerClosed) == 0
		if n > 0 || !s.in.together {
			return n, nil
		}
		if err := s.fill("handshake"); err != nil {
			return 0, s.readError(err)
		}
	}
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

// errReadFirst is what Write says when the peer sends more during a renegotiation than is kept.
var errReadFirst = &SSLError{
	Code: ErrorWantRead, Library: "SSL", Message: "the peer sends on during a renegotiation: read first", Err: ErrWantRead,
}

// finishTogether ends a renegotiation that is in the way of a writer, who doesn't have its turn meanwhile. Data that
// comes is kept.
func (s *Socket) finishTogether() error {
	s.reading.Lock()
	defer s.reading.Unlock()
	for s.wantsBoth() {
		if len(s.in.stash) >= maxStash {
			return errReadFirst
		}
		piece := make([]byte, pieceSize)
		n, err := s.together(piece)
		s.in.stash = append(s.in.stash, piece[:n]...)
		if err != nil {
			return err
		}
	}
	return nil
}
