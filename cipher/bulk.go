package cipher

import (
	"crypto/aes"
	stdcipher "crypto/cipher"
	"crypto/des"
	"crypto/rc4"
	"math"

	"golang.org/x/crypto/chacha20poly1305"
)

// Bulk is a way to protect records: a row, immutable, shared by pointer. All lengths are bytes. It is one of four kinds, told
// apart by which constructor is there: an AEAD (New), a block cipher in CBC mode (NewBlock) or a stream cipher (NewStream) with a
// MAC, or a MAC alone (none of the three). What versions before TLS 1.3 do differently with one Bulk is no matter of this row:
// package record's Form.
//
// The nonce of an AEAD is described by two lengths. With ExplicitNonceLen 0 it is the FixedIVLen-byte IV XORed with the sequence
// number, padded on the left (RFC 8446, Section 5.3; RFC 7905, Section 2). Otherwise it is the fixed IV followed by
// ExplicitNonceLen bytes that travel in front of each record (RFC 5288, Section 3). The record package builds it.
type Bulk struct {
	Name     string // OpenSSL's name of the cipher, "AES-128-GCM" for example, with the MAC's behind it if there is one
	KeyLen   int    // the key
	Bits     int    // strength of the key as Python's SSLSocket.cipher() reports it
	StateLen int    // about what the cipher's state takes on the heap in Go 1.26

	FixedIVLen       int // AEAD: the part of the nonce that comes from the key schedule
	ExplicitNonceLen int // AEAD: the part of the nonce in each record
	TagLen           int // AEAD: what sealing adds behind the ciphertext

	MAC      Hash // the hash of the MAC, whose key and result are as long as its digest; 0 for AEADs
	BlockLen int  // CBC: the block, and the IV; 0 for all others

	// MaxRecords is how many records one key may protect (RFC 8446, Section 5.5), MaxBlocks how many blocks of a block
	// cipher in CBC mode.
	MaxRecords, MaxBlocks uint64

	// These make the cipher for a key of KeyLen bytes and err for any other length; the key is not kept. At most one is
	// not nil. What they make is used by one goroutine at a time.
	New       func(key []byte) (stdcipher.AEAD, error)
	NewBlock  func(key []byte) (stdcipher.Block, error)
	NewStream func(key []byte) (Stream, error)
}

// Stream is a running stream cipher.
type Stream interface {
	stdcipher.Stream

	// Clone returns a stream that goes on from the same place.
	Clone() Stream

	// Clear overwrites the state. The stream is of no use then.
	Clear()
}

// IsAEAD reports whether b authenticates without a MAC of its own.
func (b *Bulk) IsAEAD() bool { return b.New != nil }

// IsCBC reports whether b is a block cipher in CBC mode: what encrypt-then-MAC applies to (RFC 7366, Section 3).
func (b *Bulk) IsCBC() bool { return b.NewBlock != nil }

// maxRecordsGCM is 2^24.5, rounded down: so many full records keep the attacker's advantage on AES-GCM at about 2^-57
// (RFC 8446, Section 5.5).
const maxRecordsGCM = 23726566

// maxRecordsCCM is the confidentiality limit of AES-CCM, whatever its tag (RFC 9147, Section 4.5.3, which RFC 8446 has no figure
// for). Forgeries need none: the first failure ends a connection.
const maxRecordsCCM = 1 << 23

// With ChaCha20-Poly1305 the sequence number wraps before the limit is near (RFC 8446, Section 5.5). For ciphers with a MAC no
// document has a limit on records.
const maxRecordsSequence = math.MaxUint64

// maxBlocks3DES is 2 GiB of data. Two equal ciphertext blocks tell the XOR of two plaintext blocks; among 2^28 of 64 bits there
// is such a pair with a chance of 2^-9. Sweet32 (CVE-2016-2183) needs hundreds of times more.
const maxBlocks3DES = 1 << 28

// maxBlocksAES is no limit in practice: with blocks of 128 bits, 2^48 of them give the chance 2^-33.
const maxBlocksAES = 1 << 48

// What ciphers hold on the heap, in bytes.
const (
	stateGCM    = 768 // with the AES schedule
	stateChaCha = 32
	stateAES    = 2 * 512 // one schedule for the mode, one for explicit IVs
	state3DES   = 512
	stateRC4    = 1032
	stateCCM    = 640
)

// The AEADs differ by era only in the form of their nonce.
var (
	aes128GCM13 = &Bulk{Name: "AES-128-GCM", KeyLen: 16, Bits: 128, StateLen: stateGCM,
		FixedIVLen: 12, TagLen: 16, MaxRecords: maxRecordsGCM, New: newGCM128}
	aes256GCM13 = &Bulk{Name: "AES-256-GCM", KeyLen: 32, Bits: 256, StateLen: stateGCM,
		FixedIVLen: 12, TagLen: 16, MaxRecords: maxRecordsGCM, New: newGCM256}

	aes128GCM12 = &Bulk{Name: "AES-128-GCM", KeyLen: 16, Bits: 128, StateLen: stateGCM,
		FixedIVLen: 4, ExplicitNonceLen: 8, TagLen: 16, MaxRecords: maxRecordsGCM, New: newGCM128}
	aes256GCM12 = &Bulk{Name: "AES-256-GCM", KeyLen: 32, Bits: 256, StateLen: stateGCM,
		FixedIVLen: 4, ExplicitNonceLen: 8, TagLen: 16, MaxRecords: maxRecordsGCM, New: newGCM256}

	// chaCha20Poly1305 has the same nonce in both eras (RFC 7905, Section 2).
	chaCha20Poly1305 = &Bulk{Name: "CHACHA20-POLY1305", KeyLen: 32, Bits: 256, StateLen: stateChaCha,
		FixedIVLen: 12, TagLen: 16, MaxRecords: maxRecordsSequence, New: newChaCha20Poly1305}
)

// AES-CCM (RFC 6655; RFC 8446, Section 5.3), and with a tag of eight bytes.
var (
	aes128CCM13  = ccmAES("AES-128-CCM", 16, 12, 16)
	aes128CCM813 = ccmAES("AES-128-CCM8", 16, 12, 8)

	aes128CCM12  = ccmAES("AES-128-CCM", 16, 4, 16)
	aes256CCM12  = ccmAES("AES-256-CCM", 32, 4, 16)
	aes128CCM812 = ccmAES("AES-128-CCM8", 16, 4, 8)
	aes256CCM812 = ccmAES("AES-256-CCM8", 32, 4, 8)
)

func ccmAES(name string, key, fixedIV, tag int) *Bulk {
	return &Bulk{Name: name, KeyLen: key, Bits: 8 * key, StateLen: stateCCM,
		FixedIVLen: fixedIV, ExplicitNonceLen: ccmNonce - fixedIV, TagLen: tag,
		MaxRecords: maxRecordsCCM, New: func(k []byte) (stdcipher.AEAD, error) { return newCCM(k, key, tag) }}
}

// Block ciphers in CBC mode with a MAC (RFC 5246, Section 6.2.3.2).
var (
	aes128CBCSHA1   = cbcAES("AES-128-CBC-SHA1", 16, SHA1)
	aes256CBCSHA1   = cbcAES("AES-256-CBC-SHA1", 32, SHA1)
	aes128CBCSHA256 = cbcAES("AES-128-CBC-SHA256", 16, SHA256)
	aes256CBCSHA256 = cbcAES("AES-256-CBC-SHA256", 32, SHA256)
	aes256CBCSHA384 = cbcAES("AES-256-CBC-SHA384", 32, SHA384)

	tripleDESCBCSHA1 = &Bulk{Name: "DES-EDE3-CBC-SHA1", KeyLen: 24, Bits: 112, StateLen: state3DES,
		MAC: SHA1, BlockLen: des.BlockSize,
		MaxRecords: maxRecordsSequence, MaxBlocks: maxBlocks3DES, NewBlock: des.NewTripleDESCipher}
)

// A stream cipher with a MAC, and MACs alone (RFC 5246, Section 6.2.3.1; RFC 4785; RFC 5487).
var (
	rc4MD5 = &Bulk{Name: "RC4-MD5", KeyLen: 16, Bits: 80, StateLen: stateRC4, MAC: MD5,
		MaxRecords: maxRecordsSequence, NewStream: newRC4}
	rc4SHA1 = &Bulk{Name: "RC4-SHA1", KeyLen: 16, Bits: 80, StateLen: stateRC4, MAC: SHA1,
		MaxRecords: maxRecordsSequence, NewStream: newRC4}

	nullMD5    = &Bulk{Name: "NULL-MD5", MAC: MD5, MaxRecords: maxRecordsSequence}
	nullSHA1   = &Bulk{Name: "NULL-SHA1", MAC: SHA1, MaxRecords: maxRecordsSequence}
	nullSHA256 = &Bulk{Name: "NULL-SHA256", MAC: SHA256, MaxRecords: maxRecordsSequence}
	nullSHA384 = &Bulk{Name: "NULL-SHA384", MAC: SHA384, MaxRecords: maxRecordsSequence}
)

// Bulks returns all rows. The slice is the caller's.
func Bulks() []*Bulk {
	return []*Bulk{
		aes128GCM13, aes256GCM13, aes128CCM13, aes128CCM813, chaCha20Poly1305,
		aes128GCM12, aes256GCM12, aes128CCM12, aes256CCM12, aes128CCM812, aes256CCM812,
		aes128CBCSHA1, aes256CBCSHA1, aes128CBCSHA256, aes256CBCSHA256, aes256CBCSHA384, tripleDESCBCSHA1,
		rc4MD5, rc4SHA1, nullMD5, nullSHA1, nullSHA256, nullSHA384,
	}
}

func cbcAES(name string, key int, mac Hash) *Bulk {
	return &Bulk{Name: name, KeyLen: key, Bits: 8 * key, StateLen: stateAES, MAC: mac, BlockLen: aes.BlockSize,
		MaxRecords: maxRecordsSequence, MaxBlocks: maxBlocksAES,
		NewBlock: func(k []byte) (stdcipher.Block, error) { return newAES(k, key) }}
}

// newAES is aes.NewCipher for a key of one size only.
func newAES(key []byte, size int) (stdcipher.Block, error) {
	if len(key) != size {
		return nil, aes.KeySizeError(len(key))
	}
	return aes.NewCipher(key)
}

// arc4 is the library's RC4, whose state is a plain value.
type arc4 struct{ rc4.Cipher }

func newRC4(key []byte) (Stream, error) {
	if len(key) != 16 {
		return nil, rc4.KeySizeError(len(key))
	}
	c, err := rc4.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return &arc4{*c}, nil
}

// Clone implements Stream.
func (c *arc4) Clone() Stream {
	n := *c
	return &n
}

// Clear implements Stream.
func (c *arc4) Clear() { *c = arc4{} }

func newGCM128(key []byte) (stdcipher.AEAD, error) { return newGCM(key, 16) }
func newGCM256(key []byte) (stdcipher.AEAD, error) { return newGCM(key, 32) }

func newGCM(key []byte, size int) (stdcipher.AEAD, error) {
	block, err := newAES(key, size)
	if err != nil {
		return nil, err
	}
	return stdcipher.NewGCM(block)
}

func newChaCha20Poly1305(key []byte) (stdcipher.AEAD, error) { return chacha20poly1305.New(key) }
