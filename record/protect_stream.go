package record

import (
	"crypto/subtle"
	"math"
	"unsafe"

	"tlsengine/cipher"
)

// openerStream and sealerStream are a stream cipher with a MAC, or a MAC alone (RFC 5246, Section 6.2.3.1). No length is secret
// here.
type (
	openerStream struct{ streamKeys }
	sealerStream struct{ streamKeys }
)

// streamKeys is what both hold.
type streamKeys struct {
	macKeys
	stream cipher.Stream // nil for a MAC alone
}

func newOpenerStream(s CipherSpec, keys Keys) (Opener, error) {
	o := new(openerStream)
	return o, o.init(s, keys)
}

func newSealerStream(s CipherSpec, keys Keys) (Sealer, error) {
	c := new(sealerStream)
	return c, c.init(s, keys)
}

func (k *streamKeys) init(s CipherSpec, keys Keys) (err error) {
	k.macKeys.init(s, keys)
	if s.Bulk.NewStream != nil {
		k.stream, err = s.Bulk.NewStream(k.key[:s.Bulk.KeyLen]) // its own copy: keys stay on the stack
	}
	return err
}

// xor goes over src with the stream, into dst.
func (k *streamKeys) xor(dst, src []byte) {
	if k.stream != nil {
		k.stream.XORKeyStream(dst, src)
		return
	}
	copy(dst, src)
}

// Open implements Opener. A failure leaves the stream behind the record: nothing can be opened after it.
func (o *openerStream) Open(dst []byte, h Header, payload []byte) (ContentType, []byte, error) {
	if err := o.ready(); err != nil {
		return 0, nil, err
	}
	n := len(payload) - o.mac.Size()
	if n < 0 {
		return 0, nil, errRecordMAC()
	}
	if dst == nil {
		dst = payload
	}
	dst = dst[:len(payload)]
	o.xor(dst, payload)
	o.mac.Sum(o.sum[:], o.putHead(h.Type, h.Version, n), dst[:n])
	if subtle.ConstantTimeCompare(o.sum[:o.mac.Size()], dst[n:]) != 1 {
		clear(dst)
		return 0, nil, errRecordMAC()
	}
	return o.content(h.Type, dst[:n])
}

// Overhead implements Opener: the MAC is decrypted as well.
func (o *openerStream) Overhead() int { return 0 }

// InPlace implements Opener.
func (o *openerStream) InPlace() bool { return true }

// Clone implements Opener.
func (o *openerStream) Clone() Opener { return &openerStream{o.clone()} }

// Seal implements Sealer.
func (s *sealerStream) Seal(rec []byte, h Header, p []byte) (int, error) {
	if err := s.ready(); err != nil {
		return 0, err
	}
	h.Length = len(p) + s.mac.Size()
	body := rec[HeaderSize : HeaderSize+h.Length]
	s.mac.Sum(s.sum[:], s.putHead(h.Type, h.Version, len(p)), p)
	s.xor(body, p)
	s.xor(body[len(p):], s.sum[:s.mac.Size()])
	h.put(rec)
	s.seq++
	return HeaderSize + h.Length, nil
}

// Prefix implements Sealer.
func (s *sealerStream) Prefix() int { return 0 }

// Suffix implements Sealer: the MAC.
func (s *sealerStream) Suffix() int { return s.mac.Size() }

// Left implements Sealer.
func (s *sealerStream) Left() uint64 { return math.MaxUint64 - s.seq }

// Worn implements Sealer.
func (s *sealerStream) Worn() bool { return s.seq > math.MaxUint64/2 }

// First implements Sealer.
func (s *sealerStream) First() int { return 0 }

// Clone implements Sealer.
func (s *sealerStream) Clone() Sealer { return &sealerStream{s.clone()} }

func (k *streamKeys) clone() streamKeys {
	c := *k
	c.mac = k.mac.Clone()
	if k.stream != nil {
		c.stream = k.stream.Clone()
	}
	return c
}

// Sleep implements Protection. The stream stays, because it can't be made again without going through all that it gave so far.
func (k *streamKeys) Sleep() { k.mac.Sleep() }

// Footprint implements Protection.
func (k *streamKeys) Footprint() int {
	n := int(unsafe.Sizeof(*k)) + k.mac.Footprint()
	if k.stream != nil {
		n += k.spec.Bulk.StateLen
	}
	return n
}

// Clear implements Protection.
func (k *streamKeys) Clear() {
	if k.stream != nil {
		k.stream.Clear()
		k.stream = nil
	}
	k.macKeys.Clear()
}
