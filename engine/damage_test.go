package engine

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"testing"

	"tlsengine/cipher"
	"tlsengine/fuzz/peers"
	"tlsengine/record"
)

// This file damages recorded connections, one byte at a time, in both directions, and cuts them short at every byte.

// recorded are the connections to damage: short, so that every byte can have its turn.
func recorded() []*story {
	acts := []act{{clientEnd, write, 5}, {serverEnd, write, 7}, {clientEnd, write, 3}, {serverEnd, closeWrite, 0}, {clientEnd, closeWrite, 0}}
	short := groups(cipher.X25519)
	return []*story{
		{name: "1.3", client: with(short, only(cipher.VersionTLS13)), acts: acts},
		{name: "1.3 or 1.2", client: with(short, authenticated, speaks("a")), server: with(asks, speaks("a")), acts: acts},
		{name: "1.3 retry", client: with(short, noShares), server: cookies, acts: acts},
		{name: "1.2", client: with(short, only(cipher.VersionTLS12)), acts: acts},
		{name: "1.2 client auth", client: with(short, only(cipher.VersionTLS12), authenticated, speaks("a")), server: with(requires, speaks("a")), acts: acts},
	}
}

// place is where a byte stands.
type place struct {
	field     int // 0 type, 1 and 2 version, 3 and 4 length, 5 payload
	kind      record.ContentType
	protected bool
	handshake bool // it belongs to the handshake
	old       bool // TLS 1.2 was negotiated
	first     bool // in the first record of its direction
}

// places says of each byte of a stream where it stands.
func places(stream []byte, handshake int, old bool) []place {
	all := make([]place, len(stream))
	protected := false
	for at := 0; at < len(stream); {
		p := place{kind: record.ContentType(stream[at]), protected: protected, handshake: at < handshake, old: old, first: at == 0}
		if p.kind == record.TypeApplicationData {
			p.protected = true
		}
		n := 5 + int(stream[at+3])<<8 + int(stream[at+4])
		for i := range n {
			p.field = min(i, 5)
			all[at+i] = p
		}
		if p.kind == record.TypeChangeCipherSpec && old {
			protected = true
		}
		at += n
	}
	return all
}

// ignored tells whether RFCs say that a byte means nothing.
func (p place) ignored() bool {
	switch {
	case p.field == 2 && p.first:
		// RFC 8446, Section 5.1, and RFC 5246, Appendix E.1: before a version was chosen, only the first byte of a record's
		// is looked at, which tells TLS from other protocols.
		return true
	case p.field == 1 || p.field == 2:
		// RFC 8446, Section 5.1: legacy_record_version is ignored for all purposes.
		return !p.first && !p.old && !p.protected
	}
	return false
}

// alerts are those that a flipped byte may lead to. nil means that there may be none for want of more bytes.
func (p place) alerts() []record.Alert {
	const (
		unexpected, mac, overflow = record.AlertUnexpectedMessage, record.AlertBadRecordMAC, record.AlertRecordOverflow
		version, decode, illegal  = record.AlertProtocolVersion, record.AlertDecodeError, record.AlertIllegalParameter
	)
	switch {
	case p.field == 0 && p.first:
		return []record.Alert{version, unexpected, decode}
	case p.field == 0:
		return []record.Alert{unexpected, mac, decode}
	case p.field <= 2:
		return []record.Alert{version}
	case p.field <= 4:
		return []record.Alert{overflow, mac, unexpected, decode, illegal, version}
	case p.protected:
		return []record.Alert{mac}
	case p.kind == record.TypeChangeCipherSpec:
		return []record.Alert{unexpected}
	}
	// What a plaintext message says is found wrong at once, or by the signature over it, or because the keys differ.
	return []record.Alert{decode, illegal, unexpected, version, mac, record.AlertDecryptError, record.AlertHandshakeFailure,
		record.AlertMissingExtension, record.AlertUnsupportedExtension, record.AlertBadCertificate, record.AlertUnsupportedCertificate,
		record.AlertUnknownCA, record.AlertCertificateExpired, record.AlertNoApplicationProtocol}
}

// mayWait tells whether a flipped byte may make us wait for bytes that never come.
func (p place) mayWait() bool {
	return p.field == 3 || p.field == 4 || p.field == 5 && !p.protected && p.kind == record.TypeHandshake
}

// TestEveryFlippedByteIsFoundOut: whichever byte is changed on its way (each one in CI, some elsewhere), the connection fails
// with an error that fits and the peer is told, or waits and fails at the end of the transport; no data gets through behind it.
func TestEveryFlippedByteIsFoundOut(t *testing.T) {
	step := 5 // no multiple of 3, so that each mask has its turn
	switch {
	case raceEnabled:
		step = 11
	case peers.InCI():
		step = 1
	}
	for _, s := range recorded() {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			want := s.tell(t, direct{})
			hello := (&story{client: s.client, server: s.server}).tell(t, direct{})
			s.params = s.freeze(t, 0)
			for from := range 2 {
				all := places(want.sent[from], len(hello.sent[from]), s.name[:3] == "1.2")
				for at := 0; at < len(all); at += step {
					masks := []byte{0x01, 0x20, 0xff}
					if all[at].field == 5 {
						masks = masks[at%3:][:1]
					}
					for _, mask := range masks {
						s.flip(t, want, damage{from, at, mask}, all[at])
					}
				}
			}
		})
	}
}

// flip tells the story with a byte changed, which stands at p.
func (s *story) flip(t *testing.T, want *outcome, d damage, p place) {
	damaged := *s
	damaged.damage = &d
	v := damaged.begin(t, direct{}, 0)
	o := v.run(t)
	if err := judge(v, o, want, p); err != nil {
		t.Errorf("byte %d of end %d xor %#x (%+v): %v\nclient: %s\nserver: %s", d.at, d.from, d.mask, p, err, o.fail[0], o.fail[1])
	}
}

// judge looks at what came of one flip.
func judge(v *telling, o, want *outcome, p place) error {
	to := 1 - v.damage.from
	if p.ignored() {
		if !bytes.Equal(o.got[to], want.got[to]) || o.fail != want.fail || o.status != want.status {
			return errors.New("a byte that means nothing was not ignored")
		}
		return nil
	}
	for who := range 2 {
		if !bytes.HasPrefix(want.got[who], o.got[who]) {
			return fmt.Errorf("end %d received data that was never sent: %q", who, o.got[who])
		}
	}
	if p.handshake && len(o.got[to]) > 0 {
		return errors.New("data was delivered behind the damage")
	}
	var failed [2]*record.Error
	for who, c := range v.ends {
		if c.Err() != nil && !errors.As(c.Err(), &failed[who]) {
			return fmt.Errorf("end %d failed with %v, which is no *record.Error", who, c.Err())
		}
	}
	if failed[0] == nil && failed[1] == nil {
		return waits(v, o, p)
	}
	return blame(failed, o, p)
}

// waits judges a flip that made nobody fail.
func waits(v *telling, o *outcome, p place) error {
	to := 1 - v.damage.from
	if !p.mayWait() || o.status[to].Has(PeerClosed) {
		return errors.New("nobody noticed")
	}
	if err := v.ends[to].FeedEOF(); !errors.Is(err, ErrTruncated) {
		return fmt.Errorf("at the end of the transport: %v", err)
	}
	return nil
}

// blame judges whose alert it is: one end finds the fault, the other one is told.
func blame(failed [2]*record.Error, o *outcome, p place) error {
	for who, e := range failed {
		if e == nil && o.status[who].Has(PeerClosed) {
			return nil // RFC 8446, Section 6.1: nothing follows a close_notify
		}
		if e == nil {
			return fmt.Errorf("end %d was not told", who)
		}
		if !e.Alert.Known() || e.Reason == record.ReasonInternalError || e.Reason == 0 {
			return fmt.Errorf("end %d: no good reason", who)
		}
	}
	a, b := failed[0], failed[1]
	if a.Remote && b.Remote {
		return errors.New("both ends blame each other")
	}
	if a.Remote || b.Remote {
		if a.Alert != b.Alert {
			return errors.New("the peer was told another alert")
		}
	} else if a.Alert != record.AlertBadRecordMAC && b.Alert != record.AlertBadRecordMAC {
		return errors.New("both ends fail on their own, and not because their keys differ")
	}
	if !slices.Contains(p.alerts(), a.Alert) && !slices.Contains(p.alerts(), b.Alert) {
		return fmt.Errorf("alert %v is not one of %v", a.Alert, p.alerts())
	}
	return nil
}

// TestEveryCutIsFoundOut ends the transport behind each byte of a recorded connection: only behind close_notify is
// that an end. What was whole before the cut is delivered, and nothing else.
func TestEveryCutIsFoundOut(t *testing.T) {
	step := 1
	if raceEnabled {
		step = 7
	}
	for _, s := range recorded() {
		want := s.tell(t, direct{})
		hello := (&story{client: s.client, server: s.server}).tell(t, direct{})
		s.params = s.freeze(t, 0)
		for from := range 2 {
			stream := want.sent[from]
			for n := 0; n <= len(stream); n += step {
				if n+step > len(stream) {
					n = len(stream)
				}
				c := s.begin(t, direct{}, 0).ends[1-from]
				got := direct{}.deliver(c, stream[:n], nil)
				if err := c.Err(); err != nil {
					t.Fatalf("%s: %d bytes of end %d: %v", s.name, n, from, err)
				}
				err := c.FeedEOF()
				switch whole := n == len(stream); {
				case whole != (err == nil) || !whole && !errors.Is(err, ErrTruncated):
					t.Errorf("%s: cut behind byte %d of %d of end %d: %v", s.name, n, len(stream), from, err)
				case n < len(hello.sent[from]) && (len(got) > 0 || c.Status().Has(HandshakeDone) || c.Err() == nil):
					t.Errorf("%s: cut behind byte %d of the handshake of end %d: %v, %v", s.name, n, from, c.Status(), c.Err())
				case !bytes.HasPrefix(want.got[1-from], got) || whole && len(got) != len(want.got[1-from]):
					t.Errorf("%s: cut behind byte %d of end %d: received %q", s.name, n, from, got)
				}
			}
		}
	}
}
