package cipher

import (
	"crypto/aes"
	stdcipher "crypto/cipher"
	"math"

	"golang.org/x/crypto/chacha20poly1305"
)

// Bulk is a way to protect records with an AEAD: a row, immutable, shared by pointer. All lengths are bytes.
//
// The nonce is described by two lengths. With ExplicitNonceLen 0 it is the FixedIVLen-byte IV XORed with the sequence
// number, padded on the left (RFC 8446, Section 5.3; RFC 7905, Section 2). Otherwise it is the fixed IV followed by
// ExplicitNonceLen bytes that travel in front of each record (RFC 5288, Section 3). The record package builds it.
type Bulk struct {
	Name             string // OpenSSL's name of the AEAD, "AES-128-GCM" for example
	KeyLen           int    // the key
	Bits             int    // strength of the key as Python's SSLSocket.cipher() reports it
	FixedIVLen       int    // the part of the nonce that comes from the key schedule
	ExplicitNonceLen int    // the part of the nonce in each record
	TagLen           int    // what sealing adds behind the ciphertext

	// MaxRecords is how many records one key may protect (RFC 8446, Section 5.5).
	MaxRecords uint64

	// New makes the AEAD for a key of KeyLen bytes; it errs for any other length. The key is not kept.
	New func(key []byte) (stdcipher.AEAD, error)
}

// maxRecordsGCM is 2^24.5, rounded down: so many full records keep the attacker's advantage on AES-GCM at about 2^-57
// (RFC 8446, Section 5.5).
const maxRecordsGCM = 23726566

// With ChaCha20-Poly1305 the sequence number wraps before the limit is near (RFC 8446, Section 5.5).
const maxRecordsSequence = math.MaxUint64

// The rows differ by era only in the form of their nonce.
var (
	aes128GCM13 = &Bulk{Name: "AES-128-GCM", KeyLen: 16, Bits: 128, FixedIVLen: 12, TagLen: 16, MaxRecords: maxRecordsGCM, New: newGCM128}
	aes256GCM13 = &Bulk{Name: "AES-256-GCM", KeyLen: 32, Bits: 256, FixedIVLen: 12, TagLen: 16, MaxRecords: maxRecordsGCM, New: newGCM256}

	aes128GCM12 = &Bulk{Name: "AES-128-GCM", KeyLen: 16, Bits: 128, FixedIVLen: 4, ExplicitNonceLen: 8, TagLen: 16, MaxRecords: maxRecordsGCM, New: newGCM128}
	aes256GCM12 = &Bulk{Name: "AES-256-GCM", KeyLen: 32, Bits: 256, FixedIVLen: 4, ExplicitNonceLen: 8, TagLen: 16, MaxRecords: maxRecordsGCM, New: newGCM256}

	// chaCha20Poly1305 has the same nonce in both eras (RFC 7905, Section 2).
	chaCha20Poly1305 = &Bulk{Name: "CHACHA20-POLY1305", KeyLen: 32, Bits: 256, FixedIVLen: 12, TagLen: 16, MaxRecords: maxRecordsSequence, New: newChaCha20Poly1305}
)

func newGCM128(key []byte) (stdcipher.AEAD, error) { return newGCM(key, 16) }
func newGCM256(key []byte) (stdcipher.AEAD, error) { return newGCM(key, 32) }

func newGCM(key []byte, size int) (stdcipher.AEAD, error) {
	if len(key) != size {
		return nil, aes.KeySizeError(len(key))
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return stdcipher.NewGCM(block)
}

func newChaCha20Poly1305(key []byte) (stdcipher.AEAD, error) { return chacha20poly1305.New(key) }
