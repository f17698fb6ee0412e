package record

import (
	"math"

	"tlsengine/cipher"
)

// opener13 and sealer13 are TLS 1.3's record protection (RFC 8446, Section 5.2): content, its type and zeros for padding are
// sealed together, and the header in front of them always says application_data of TLS 1.2.
type (
	opener13 struct{ aeadKeys }
	sealer13 struct{ aeadKeys }
)

// NewOpener13 returns TLS 1.3's protection for records that come in. The suite's row gives the AEAD. It copies key and iv
// (RFC 8446, Section 7.3), and fails if their lengths don't fit the suite.
func NewOpener13(s *cipher.Suite, key, iv []byte) (Opener, error) {
	k := new(opener13)
	if err := k.init(s.Bulk, key, iv); err != nil {
		return nil, err
	}
	return k, nil
}

// NewSealer13 returns TLS 1.3's protection for records that go out. The suite's row gives the AEAD. It copies key and iv
// (RFC 8446, Section 7.3), and fails if their lengths don't fit the suite.
func NewSealer13(s *cipher.Suite, key, iv []byte) (Sealer, error) {
	k := new(sealer13)
	if err := k.init(s.Bulk, key, iv); err != nil {
		return nil, err
	}
	return k, nil
}

// Open implements Opener.
func (o *opener13) Open(dst []byte, h Header, payload []byte) (ContentType, []byte, error) {
	// The limit on records per key is the sender's to keep; a receiver only never lets the sequence number wrap.
	if err := o.ready(math.MaxUint64); err != nil {
		return 0, nil, err
	}
	// RFC 8446, Section 5.2: the additional data is the header as it came.
	h.put(o.aad[:])
	if dst == nil {
		dst = payload
	}
	inner, err := o.aead.Open(dst[:0], o.nonce[:], payload, o.aad[:HeaderSize])
	if err != nil {
		return 0, nil, errRecordMAC()
	}
	o.next()
	// RFC 8446, Section 5.4: content, type and padding together are at most 2^14+1 bytes.
	if len(inner) > MaxPlaintext+1 {
		return 0, nil, errPlaintextTooLong(len(inner)-1, MaxPlaintext)
	}
	return splitInner(inner)
}

// splitInner takes an inner plaintext apart into its type and its content.
func splitInner(inner []byte) (ContentType, []byte, error) {
	n := len(inner) - 1
	if n < 0 || inner[n] == 0 {
		n = lastNonZero(inner)
	}
	// RFC 8446, Section 5.4: a record without a type inside is unexpected_message.
	if n < 0 {
		return 0, nil, Fail(AlertUnexpectedMessage, ReasonBadRecordType, "a protected record has no content type")
	}
	t := ContentType(inner[n])
	switch t {
	case TypeApplicationData:
	case TypeHandshake, TypeAlert:
		// RFC 8446, Section 5.4: these two are never empty.
		if n == 0 {
			return 0, nil, Fail(AlertUnexpectedMessage, ReasonUnexpectedRecord, "a protected %v record is empty", t)
		}
	default:
		// RFC 8446, Section 5: a protected change_cipher_spec, and types that nobody defined, are unexpected_message.
		return 0, nil, Fail(AlertUnexpectedMessage, ReasonUnexpectedRecord, "a protected record holds %v", t)
	}
	return t, inner[:n], nil
}

// MaxPayload implements Opener (RFC 8446, Section 5.2).
func (o *opener13) MaxPayload() int { return maxPayload13 }

// Overhead implements Opener.
func (o *opener13) Overhead() int { return o.bulk.TagLen }

// Hides implements Protection.
func (o *opener13) Hides() bool { return true }

// InPlace implements Opener.
func (o *opener13) InPlace() bool { return true }

// Clone implements Opener.
func (o *opener13) Clone() Opener {
	c := *o
	c.aead = nil // the clone makes its own, because CCM's can't be shared
	return &c
}

// Seal implements Sealer.
func (s *sealer13) Seal(rec []byte, h Header, p []byte) (int, error) {
	if err := s.ready(s.limit()); err != nil {
		return 0, err
	}
	n := h.Length + 1
	inner := rec[HeaderSize : HeaderSize+n]
	if len(p) > 0 && &p[0] != &inner[0] {
		copy(inner, p)
	}
	inner[len(p)] = byte(h.Type)
	if h.Length > len(p) {
		clear(inner[len(p)+1:]) // padding
	}
	// RFC 8446, Section 5.2: outer type and version are constant, and the header is the additional data.
	h = Header{Type: TypeApplicationData, Version: cipher.VersionTLS12, Length: n + s.bulk.TagLen}
	h.put(rec)
	s.aead.Seal(inner[:0], s.nonce[:], inner, rec[:HeaderSize])
	s.next()
	return HeaderSize + h.Length, nil
}

// Hides implements Protection.
func (s *sealer13) Hides() bool { return true }

// Prefix implements Sealer.
func (s *sealer13) Prefix() int { return 0 }

// Suffix implements Sealer: the inner content type and the tag.
func (s *sealer13) Suffix() int { return 1 + s.bulk.TagLen }

// limit is how many records the key may protect, none once it was cleared.
//
// RFC 8446, Section 5.5: an implementation updates its keys before the suite's limit, or ends the connection.
func (s *sealer13) limit() uint64 {
	if s.bulk == nil {
		return 0
	}
	return s.bulk.MaxRecords
}

// Left implements Sealer.
func (s *sealer13) Left() uint64 { return s.limit() - s.seq }

// Worn implements Sealer.
func (s *sealer13) Worn() bool { return s.seq >= s.limit()/2 }

// First implements Sealer.
func (s *sealer13) First() int { return 0 }

// Clone implements Sealer.
func (s *sealer13) Clone() Sealer {
	c := *s
	c.aead = nil // the clone makes its own, because CCM's can't be shared
	return &c
}
