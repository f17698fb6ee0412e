package record

import (
	"encoding/binary"
	"math"

	"tlsengine/cipher"
)

// opener12 and sealer12 are TLS 1.2's AEAD protection (RFC 5246, Section 6.2.3.3). The suite's row tells the two forms of nonce
// apart: the sequence number XORed into the IV (RFC 7905), or the IV followed by eight bytes that travel with the record (RFC
// 5288).
type (
	opener12 struct{ aeadKeys }
	sealer12 struct{ aeadKeys }
)

func newOpenerAEAD(s CipherSpec, keys Keys) (Opener, error) {
	k := new(opener12)
	if err := k.init(s.Bulk, keys.Key, keys.IV); err != nil {
		return nil, err
	}
	k.most = uint16(s.maxContent())
	return k, nil
}

// newSealerAEAD makes a Sealer that only the end of the sequence numbers stops: TLS 1.2 can't change keys without renegotiating,
// so the AEAD's limit makes it Worn. A nonce never repeats: it is the sequence number.
func newSealerAEAD(s CipherSpec, keys Keys) (Sealer, error) {
	k := new(sealer12)
	if err := k.init(s.Bulk, keys.Key, keys.IV); err != nil {
		return nil, err
	}
	return k, nil
}

// putAAD builds the additional data (RFC 5246, Section 6.2.3.3): sequence number, then a header with the length of the plaintext.
func (k *aeadKeys) putAAD(t ContentType, v cipher.Version, n int) {
	binary.BigEndian.PutUint64(k.aad[:], k.seq)
	Header{Type: t, Version: v, Length: n}.put(k.aad[8:])
}

// Hides implements Protection.
func (o *opener12) Hides() bool { return false }

// Hides implements Protection.
func (s *sealer12) Hides() bool { return false }

// explicitNonce sets the part of the nonce that travels with the record, eight bytes (RFC 5288, Section 3; RFC 6655, Section 3).
func (k *aeadKeys) explicitNonce(b []byte) { *(*[8]byte)(k.nonce[nonceSize-8:]) = [8]byte(b) }

// Open implements Opener.
func (o *opener12) Open(dst []byte, h Header, payload []byte) (ContentType, []byte, error) {
	if err := o.ready(math.MaxUint64); err != nil {
		return 0, nil, err
	}
	e := o.bulk.ExplicitNonceLen
	n := len(payload) - e - o.bulk.TagLen
	if n < 0 {
		return 0, nil, errRecordMAC()
	}
	if e > 0 {
		o.explicitNonce(payload[:e])
	}
	o.putAAD(h.Type, h.Version, n)
	sealed := payload[e:]
	if dst == nil {
		dst = sealed
	}
	content, err := o.aead.Open(dst[:0], o.nonce[:], sealed, o.aad[:])
	if err != nil {
		return 0, nil, errRecordMAC()
	}
	o.next()
	if n > int(o.most) {
		return 0, nil, errContentTooLong(n, int(o.most))
	}
	return h.Type, content, nil
}

// MaxPayload implements Opener (RFC 5246, Section 6.2.3).
func (o *opener12) MaxPayload() int { return maxPayload12 }

// Overhead implements Opener.
func (o *opener12) Overhead() int { return o.bulk.ExplicitNonceLen + o.bulk.TagLen }

// InPlace implements Opener.
func (o *opener12) InPlace() bool { return true }

// Clone implements Opener.
func (o *opener12) Clone() Opener {
	c := *o
	c.aead = nil // the clone makes its own, because CCM's can't be shared
	return &c
}

// Seal implements Sealer.
func (s *sealer12) Seal(rec []byte, h Header, p []byte) (int, error) {
	if err := s.ready(math.MaxUint64); err != nil {
		return 0, err
	}
	e := s.bulk.ExplicitNonceLen
	h.Length = e + len(p) + s.bulk.TagLen
	h.put(rec)
	body := rec[HeaderSize : HeaderSize+h.Length]
	if e > 0 {
		// RFC 5288, Section 3: the explicit part must never repeat under one key; the sequence number doesn't.
		binary.BigEndian.PutUint64(body, s.seq)
		s.explicitNonce(body[:e])
	}
	s.putAAD(h.Type, h.Version, len(p))
	s.aead.Seal(body[e:e], s.nonce[:], p, s.aad[:])
	s.next()
	return HeaderSize + h.Length, nil
}

// Prefix implements Sealer: the explicit nonce.
func (s *sealer12) Prefix() int { return s.bulk.ExplicitNonceLen }

// Suffix implements Sealer: the tag.
func (s *sealer12) Suffix() int { return s.bulk.TagLen }

// Left implements Sealer.
func (s *sealer12) Left() uint64 { return math.MaxUint64 - s.seq }

// Worn implements Sealer.
func (s *sealer12) Worn() bool { return s.bulk != nil && s.seq >= s.bulk.MaxRecords/2 }

// First implements Sealer.
func (s *sealer12) First() int { return 0 }

// Clone implements Sealer.
func (s *sealer12) Clone() Sealer {
	c := *s
	c.aead = nil // the clone makes its own, because CCM's can't be shared
	return &c
}
