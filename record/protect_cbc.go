package record

import (
	stdcipher "crypto/cipher"
	"crypto/subtle"
	"encoding/binary"
	"math"
	"unsafe"
)

// openerCBC and sealerCBC are a block cipher in CBC mode with a MAC (RFC 5246, Section 6.2.3.2), in all forms: the MAC inside or,
// by RFC 7366, outside; the IV chained or explicit.
type (
	openerCBC struct {
		cbcKeys
		next  [maxBlock]byte // the IV of the next record, if this one is authentic
		taken [maxMAC]byte   // the MAC that came
	}
	sealerCBC struct{ cbcKeys }
)

// maxBlock is the longest block in bytes, that of AES.
const maxBlock = 16

// cbcKeys is what both hold.
type cbcKeys struct {
	macKeys
	mode    cbcMode // nil while asleep
	newMode func(stdcipher.Block, []byte) stdcipher.BlockMode
	iv      [maxBlock]byte // chained: of the next record; explicit: zeros
	blocks  uint64         // that went through the cipher
}

// cbcMode is what the library's CBC modes are.
type cbcMode interface {
	stdcipher.BlockMode
	SetIV(iv []byte)
}

func newOpenerCBC(s CipherSpec, keys Keys) (Opener, error) {
	o := new(openerCBC)
	return o, o.init(s, keys, stdcipher.NewCBCDecrypter)
}

func newSealerCBC(s CipherSpec, keys Keys) (Sealer, error) {
	c := new(sealerCBC)
	return c, c.init(s, keys, stdcipher.NewCBCEncrypter)
}

func (k *cbcKeys) init(s CipherSpec, keys Keys, newMode func(stdcipher.Block, []byte) stdcipher.BlockMode) error {
	k.macKeys.init(s, keys)
	k.newMode = newMode
	copy(k.iv[:], keys.IV)
	return k.wake()
}

// wake makes the cipher again.
func (k *cbcKeys) wake() error {
	b := k.spec.Bulk
	block, err := b.NewBlock(k.key[:b.KeyLen])
	if err != nil {
		return Fail(AlertInternalError, ReasonInternalError, "%s could not be set up", b.Name).Because(err)
	}
	k.mode = k.newMode(block, k.iv[:b.BlockLen]).(cbcMode)
	return nil
}

// ready wakes the cipher.
func (k *cbcKeys) ready() error {
	if err := k.macKeys.ready(); err != nil || k.mode != nil {
		return err
	}
	return k.wake()
}

// spend counts the blocks of n bytes, and refuses to go beyond what the key is good for.
func (k *cbcKeys) spend(n int) error {
	blocks := uint64(n / k.spec.Bulk.BlockLen)
	if blocks > k.spec.Bulk.MaxBlocks-k.blocks {
		return errLimit(k.seq)
	}
	k.blocks += blocks
	return nil
}

// explicit is how many bytes of IV stand in front of a record.
func (k *cbcKeys) explicit() int {
	if k.spec.Form.explicitIV {
		return k.spec.Bulk.BlockLen
	}
	return 0
}

// inside and outside are how many bytes of MAC stand among what is encrypted, and behind it; one of them is 0.
func (k *cbcKeys) inside() int { return k.mac.Size() - k.outside() }

func (k *cbcKeys) outside() int {
	if k.spec.EncryptThenMAC {
		return k.mac.Size()
	}
	return 0
}

// chain keeps the last block of a record as the IV of the next.
func (k *cbcKeys) chain(last []byte) {
	if !k.spec.Form.explicitIV {
		copy(k.iv[:], last)
	}
}

// Open implements Opener.
//
// With the MAC inside, what is decrypted says how long padding and content are, and nothing may tell an attacker whether it made
// sense before the MAC has been found right (Lucky 13, CVE-2013-0169). So time, memory access and hashing depend on the length of
// the record alone, up to the one decision at the end: see Form.padding, cipher.MAC.SumSecret and takeMAC.
func (o *openerCBC) Open(dst []byte, h Header, payload []byte) (ContentType, []byte, error) {
	if err := o.ready(); err != nil {
		return 0, nil, err
	}
	if err := o.spend(len(payload)); err != nil {
		return 0, nil, err
	}
	sealed, ok := o.verifyOutside(h, payload)
	if !ok {
		return 0, nil, errRecordMAC()
	}
	block, inside := o.spec.Bulk.BlockLen, o.inside()
	if e := o.explicit(); e > 0 {
		o.mode.SetIV(sealed[:e])
		sealed = sealed[e:]
	} else {
		o.mode.SetIV(o.iv[:block])
	}
	if dst == nil {
		dst = sealed
	}
	plain := dst[:len(sealed)]
	copy(o.next[:], sealed[len(sealed)-block:])
	o.mode.CryptBlocks(plain, sealed)

	padding, good := o.spec.Form.padding(plain, len(plain)-inside, block)
	n := len(plain) - inside - padding
	if inside > 0 {
		good &= o.verifyInside(h, plain, n)
	}
	if good != 1 {
		clear(plain)
		return 0, nil, errRecordMAC()
	}
	o.chain(o.next[:block])
	return o.content(h.Type, plain[:n])
}

// verifyOutside checks the length of a record, which the network sees, and the MAC of encrypt-then-MAC. It returns the IV, if the
// record carries it, and the ciphertext.
//
// RFC 5246, Section 6.2.3.2: whole blocks, with room for the MAC and one byte of padding length.
func (o *openerCBC) verifyOutside(h Header, payload []byte) ([]byte, bool) {
	n := len(payload) - o.outside()
	block := o.spec.Bulk.BlockLen
	if n < o.explicit()+max(block, o.inside()+1) || n%block != 0 {
		return nil, false
	}
	if !o.spec.EncryptThenMAC {
		return payload, true
	}
	// RFC 7366, Section 3: the MAC is over IV and ciphertext, and is checked before anything is decrypted.
	o.mac.Sum(o.sum[:], o.putHead(h.Type, h.Version, n), payload[:n])
	return payload[:n], subtle.ConstantTimeCompare(o.sum[:o.mac.Size()], payload[n:]) == 1
}

// verifyInside returns 1 if plain holds n bytes of content and then their MAC, else 0. n is secret.
func (o *openerCBC) verifyInside(h Header, plain []byte, n int) int {
	size := o.mac.Size()
	most := len(plain) - size - 1
	least := max(0, len(plain)-size-o.spec.Form.maxPadding(o.spec.Bulk.BlockLen))
	o.mac.SumSecret(o.sum[:], o.putHead(h.Type, h.Version, n), plain[:most], n, least)
	takeMAC(o.taken[:size], plain[least:], n-least)
	return subtle.ConstantTimeCompare(o.sum[:size], o.taken[:size])
}

// Overhead implements Opener: MAC and padding are decrypted as well.
func (o *openerCBC) Overhead() int { return o.explicit() + o.outside() }

// InPlace implements Opener.
func (o *openerCBC) InPlace() bool { return true }

// Clone implements Opener.
func (o *openerCBC) Clone() Opener { return &openerCBC{cbcKeys: o.clone()} }

// Seal implements Sealer.
func (s *sealerCBC) Seal(rec []byte, h Header, p []byte) (int, error) {
	if err := s.ready(); err != nil {
		return 0, err
	}
	block, e, inside := s.spec.Bulk.BlockLen, s.explicit(), s.inside()
	sealed := s.sealed(len(p))
	if err := s.spend(sealed); err != nil {
		return 0, err
	}
	h.Length = sealed + s.outside()
	body := rec[HeaderSize : HeaderSize+h.Length]
	if inside > 0 {
		s.mac.Sum(s.sum[:], s.putHead(h.Type, h.Version, len(p)), p)
	}
	s.mode.SetIV(s.iv[:block])
	if e > 0 {
		s.putIV(body[:e])
	}
	whole := len(p) / block * block
	s.mode.CryptBlocks(body[e:], p[:whole])
	last := body[e+whole : sealed]
	n := copy(last, p[whole:])
	n += copy(last[n:], s.sum[:inside])
	for i := n; i < len(last); i++ {
		last[i] = byte(len(last) - n - 1)
	}
	s.mode.CryptBlocks(last, last)
	s.chain(body[sealed-block : sealed])
	if s.spec.EncryptThenMAC {
		s.mac.Sum(s.sum[:], s.putHead(h.Type, h.Version, sealed), body[:sealed])
		copy(body[sealed:], s.sum[:s.mac.Size()])
	}
	h.put(rec)
	s.seq++
	return HeaderSize + h.Length, nil
}

// sealed is how many bytes IV and ciphertext of n bytes of content have.
func (s *sealerCBC) sealed(n int) int {
	block := s.spec.Bulk.BlockLen
	return s.explicit() + (n+s.inside()+block)/block*block
}

// putIV makes an explicit IV: the sequence number, encrypted with the key. RFC 5246, Section 6.2.3.2, wants it unpredictable;
// that it is for everybody who hasn't the key, as long as no two records share a number (NIST SP 800-38A, Appendix C). So a
// Sealer needs no randomness, and is a function of its keys and of what it seals. RFC 4346, Section 6.2.3.2, has the construction
// with a random block: encrypted in front of the content with an IV of zeros, which s.iv is here.
func (s *sealerCBC) putIV(iv []byte) {
	clear(iv)
	binary.BigEndian.PutUint64(iv[len(iv)-8:], s.seq)
	s.mode.CryptBlocks(iv, iv)
}

// Prefix implements Sealer: the IV.
func (s *sealerCBC) Prefix() int { return s.explicit() }

// Suffix implements Sealer: MAC and padding.
func (s *sealerCBC) Suffix() int { return s.mac.Size() + s.spec.Bulk.BlockLen }

// Left implements Sealer.
func (s *sealerCBC) Left() uint64 {
	b := s.spec.Bulk
	record := uint64(maxCBCRecord / b.BlockLen)
	return min(math.MaxUint64-s.seq, (b.MaxBlocks-s.blocks)/record)
}

// maxCBCRecord is the largest record in bytes, IV, MAC and padding included.
const maxCBCRecord = maxBlock + MaxPlaintext + maxMAC + maxBlock

// Worn implements Sealer.
func (s *sealerCBC) Worn() bool {
	return s.blocks > s.spec.Bulk.MaxBlocks/2 || s.seq > math.MaxUint64/2
}

// First implements Sealer: who sees the last block of a record knows the IV of the next, if it is chained (CVE-2011-3389).
func (s *sealerCBC) First() int {
	if s.spec.Form.explicitIV || s.spec.Unsplit {
		return 0
	}
	return HeaderSize + s.sealed(1) + s.outside()
}

// Clone implements Sealer.
func (s *sealerCBC) Clone() Sealer { return &sealerCBC{s.clone()} }

func (k *cbcKeys) clone() cbcKeys {
	c := *k
	c.mac, c.mode = k.mac.Clone(), nil
	return c
}

// Sleep implements Protection.
func (k *cbcKeys) Sleep() {
	k.mode = nil
	k.mac.Sleep()
}

// Footprint implements Protection.
func (k *cbcKeys) Footprint() int {
	n := int(unsafe.Sizeof(*k)) + k.mac.Footprint()
	if k.mode != nil {
		n += k.spec.Bulk.StateLen
	}
	return n
}

// Clear implements Protection. Go gives no way to overwrite a block cipher's state: it is left to the garbage collector.
func (k *cbcKeys) Clear() {
	k.macKeys.Clear()
	*k = cbcKeys{}
}
