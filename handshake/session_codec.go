package handshake

import (
	"fmt"
	"slices"

	"tlsengine/cipher"
	"tlsengine/handshake/wire"
)

// This file is the form of a session outside of its process: in a file, in a store, inside a ticket.
//
//	format 1 | role 1 | version 2 | suite 2 | flags 1 | secret <1>
//	created 8 | lifetime 8 | authenticated 8 | scope 32 | server name <2> | protocol <1> | group 2 | peer's scheme 2
//	[end of the chain 8] | chain <3> of <3> | staple <3> | SCTs <3> of <2>
//	ticket <2> | age_add 4 | early data 4 | [limit of records 2] | id <1> | compression 1
//
// <n> is a vector with a length of n bytes, [] is there if its flag is; numbers are big-endian, times are in milliseconds since
// 1970. There is one form for each session, and any change makes a new format.

// sessionFormat is the first byte.
const sessionFormat = 1

// MaxSessionSize is the longest form of a session in bytes.
const MaxSessionSize = 1 << 20

// The flags of a session's form.
const (
	flagExtended byte = 1 << iota
	flagNotAfter
	flagOwnRawKey
	flagRecordLimit
	knownSessionFlags = 1<<iota - 1
)

var errSessionSize = fmt.Errorf("handshake: the session is longer than %d bytes", MaxSessionSize)

// Marshal returns the session in a form that ParseSession understands, at most MaxSessionSize bytes. The secret of the
// session is in it, in the clear: whoever reads it can read the connection that it came from, before TLS 1.3, and pass for either
// end of those that resume it. Times are rounded down to milliseconds.
func (s *Session) Marshal() ([]byte, error) { return s.Append(nil) }

// MarshalledSize returns how long the form is, in bytes.
func (s *Session) MarshalledSize() int {
	n := fixedSessionSize + len(s.secret) + len(s.serverName) + len(s.protocol) + len(s.peerKey) + len(s.staple) + len(s.scts) +
		len(s.ticket) + len(s.id)
	for _, cert := range s.peerChain {
		n += 3 + len(cert.Raw())
	}
	if !s.notAfter.IsZero() {
		n += 8
	}
	if s.recordLimit != 0 {
		n += 2
	}
	return n
}

// fixedSessionSize is the length of all parts that each session has, and of the lengths of the others, in bytes.
const fixedSessionSize = 7 + 1 + 3*8 + 32 + 2 + 1 + 2*2 + 3 + 3 + 3 + 2 + 2 + 2*4 + 1 + 1

// Append appends what Marshal returns to dst, in one piece of memory: what the form is copied to on the way could not be cleared.
func (s *Session) Append(dst []byte) ([]byte, error) {
	size := s.MarshalledSize()
	if size > MaxSessionSize {
		return nil, errSessionSize
	}
	dst = slices.Grow(dst, size)
	b := wire.NewBuilder(dst)
	b.U8(sessionFormat)
	b.U8(uint8(s.role))
	b.U16(uint16(s.version))
	b.U16(uint16(s.suite.ID))
	b.U8(s.flags())
	b.Opaque8(s.secret)
	putMillis(&b, s.created.UnixMilli())
	putMillis(&b, s.lifetime.Milliseconds())
	putMillis(&b, s.authenticated.UnixMilli())
	b.Bytes(s.scope[:])
	b.Opaque16([]byte(s.serverName))
	b.Opaque8([]byte(s.protocol))
	var group cipher.GroupID
	if s.group != nil {
		group = s.group.ID
	}
	b.U16(uint16(group))
	b.U16(uint16(s.peerScheme))
	if !s.notAfter.IsZero() {
		putMillis(&b, s.notAfter.UnixMilli())
	}
	b.Opaque24(s.peerKey)
	b.Vector24(func(b *wire.Builder) {
		for _, cert := range s.peerChain {
			b.Opaque24(cert.Raw())
		}
	})
	b.Opaque24(s.staple)
	b.Opaque16(s.scts)
	b.Opaque16(s.ticket)
	b.U32(s.ageAdd)
	b.U32(s.maxEarlyData)
	if s.recordLimit != 0 {
		b.U16(s.recordLimit)
	}
	b.Opaque8(s.id)
	b.U8(s.compression)
	out, err := b.Result()
	if err != nil {
		clear(dst[len(dst):cap(dst)]) // a part of it may be there
	}
	return out, err
}

func (s *Session) flags() (f byte) {
	if s.extended {
		f |= flagExtended
	}
	if !s.notAfter.IsZero() {
		f |= flagNotAfter
	}
	if s.ownType == CertificateRawPublicKey {
		f |= flagOwnRawKey
	}
	if s.recordLimit != 0 {
		f |= flagRecordLimit
	}
	return f
}

func putMillis(b *wire.Builder, v int64) {
	b.U32(uint32(uint64(v) >> 32))
	b.U32(uint32(v))
}
