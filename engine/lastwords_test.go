package engine

import (
	"bytes"
	"testing"

	"tlsengine/handshake"
)

// This file is about exchanges after the handshake that meet the end of the connection.

// askedLater returns a connection whose client has been asked for its certificate and has the request before it. A server of it gives tickets.
func askedLater(t *testing.T, deferred handshake.OperationKinds) (c, s *Conn) {
	t.Helper()
	v := (&story{client: with(later, authenticated, keeps), server: with(later, requires, grants)}).begin(t, direct{}, deferred)
	v.settle(t)
	c, s = v.ends[clientEnd], v.ends[serverEnd]
	if err := s.RequestCertificate(); err != nil {
		t.Fatal(err)
	}
	return c, s
}

// TestACertificateBeforeCloseNotifyCounts, however what comes is cut: a client that has shown it and closed has shown it. It gets its
// ticket if the server has not closed.
func TestACertificateBeforeCloseNotifyCounts(t *testing.T) {
	for _, closed := range []bool{false, true} {
		c, s := askedLater(t, 0)
		move(s, c)
		c.Read(make([]byte, 1))
		c.Resume()
		c.CloseWrite()
		answer := sent(c)
		if closed {
			s.CloseWrite()
			sent(s)
		}
		var want []byte
		for _, step := range []int{len(answer), 1000, 1} {
			v, err := s.Clone()
			if err != nil {
				t.Fatal(err)
			}
			for p := answer; len(p) > 0; p = p[min(step, len(p)):] {
				direct{}.deliver(v, p[:min(step, len(p))], nil)
				v.Resume()
			}
			got := sent(v)
			if step == len(answer) {
				want = got
			}
			if v.Err() != nil || len(v.Info().PeerChain) == 0 || !v.Status().Has(PeerClosed) || v.WantsAnswer() || !bytes.Equal(got, want) {
				t.Errorf("%d bytes at a time: %v, %d certificates, %d bytes out", step, v.Err(), len(v.Info().PeerChain), len(got))
			}
		}
		if (len(want) > 0) == closed {
			t.Errorf("the server has closed: %v, and sends %d bytes", closed, len(want))
		}
	}
}

// TestNothingIsShownBehindCloseNotify: a client that has closed shows no certificate any more (RFC 8446, Section 6.1), whether it closes before
// it is asked or while somebody signs, and reads on.
func TestNothingIsShownBehindCloseNotify(t *testing.T) {
	for answered := range 3 {
		c, s := askedLater(t, handshake.AllOperations())
		s.Write([]byte("behind"))
		if answered == 0 {
			c.CloseWrite()
		}
		if got := (direct{}).deliver(c, sent(s), nil); string(got) != "behind" {
			t.Errorf("read %q", got)
		}
		for range answered - 1 {
			c.Pending()[0].Run()
			c.Resume()
		}
		c.CloseWrite()
		answerAll(c, s)
		if c.Err() != nil || s.Err() != nil || c.Info().Credential != nil || c.WantsAnswer() || len(s.Info().PeerChain) != 0 {
			t.Errorf("%d: %v, %v, shows %v", answered, c.Err(), s.Err(), c.Info().Credential)
		}
		if n := s.Read(make([]byte, 1)); n != 0 || len(s.Rest()) != 0 || !s.Status().Has(PeerClosed) {
			t.Errorf("%d: %d bytes follow close_notify, %v", answered, len(s.Rest()), s.Status())
		}
	}
}

// TestNoRenegotiationBehindCloseNotify: who has closed begins no other handshake, nor goes on with one, and reads on.
func TestNoRenegotiationBehindCloseNotify(t *testing.T) {
	for _, first := range []int{clientEnd, serverEnd} {
		for _, middle := range []bool{false, true} {
			v := againStories()[0].begin(t, direct{}, 0)
			v.settle(t)
			a, b := v.ends[first], v.ends[1-first]
			if err := b.Renegotiate(); err != nil {
				t.Fatal(err)
			}
			before := a.Info()
			if !middle {
				a.CloseWrite()
			}
			(direct{}).deliver(a, sent(b), nil)
			a.Resume()
			a.CloseWrite()
			v.settle(t)
			if n := len(b.Rest()); n != 0 || !b.Status().Has(PeerClosed) {
				t.Errorf("end %d, in the middle: %v: %d bytes follow close_notify; %v", first, middle, n, b.Status())
			}
			if a.Err() != nil || b.Err() != nil || !middle && a.Info() != before || a.WantsAnswer() {
				t.Errorf("end %d, in the middle: %v: %v, %v", first, middle, a.Err(), a.Status())
			}
		}
	}
}
