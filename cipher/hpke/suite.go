package hpke

import (
	stdcipher "crypto/cipher"
	"fmt"

	"tlsengine/cipher"
)

// KEM, KDF and AEAD are numbers of RFC 9180's registries (Section 7).
type (
	KEM  uint16
	KDF  uint16
	AEAD uint16
)

// The algorithms that have rows.
const (
	KEMP256   KEM = 0x0010 // DHKEM(P-256, HKDF-SHA256)
	KEMP384   KEM = 0x0011 // DHKEM(P-384, HKDF-SHA384)
	KEMP521   KEM = 0x0012 // DHKEM(P-521, HKDF-SHA512)
	KEMX25519 KEM = 0x0020 // DHKEM(X25519, HKDF-SHA256)

	KDFSHA256 KDF = 0x0001 // HKDF-SHA256
	KDFSHA384 KDF = 0x0002
	KDFSHA512 KDF = 0x0003

	AEADAES128GCM        AEAD = 0x0001
	AEADAES256GCM        AEAD = 0x0002
	AEADChaCha20Poly1305 AEAD = 0x0003
)

// Suite is what a sender and a receiver have to agree upon.
type Suite struct {
	KEM  KEM
	KDF  KDF
	AEAD AEAD
}

// Supported tells whether all three algorithms have rows.
func (s Suite) Supported() bool {
	return s.KEM.Supported() && kdfHashes[s.KDF] != 0 && s.AEAD.row() != nil
}

// String returns the numbers of the algorithms.
func (s Suite) String() string {
	return fmt.Sprintf("HPKE suite %04x, %04x, %04x", s.KEM, s.KDF, s.AEAD)
}

// kemRow is a Diffie-Hellman KEM (RFC 9180, Section 4.1): its group and the hash of its HKDF.
type kemRow struct {
	group cipher.GroupID
	hash  cipher.Hash
}

var kems = map[KEM]kemRow{
	KEMP256:   {cipher.CurveP256, cipher.SHA256},
	KEMP384:   {cipher.CurveP384, cipher.SHA384},
	KEMP521:   {cipher.CurveP521, cipher.SHA512},
	KEMX25519: {cipher.X25519, cipher.SHA256},
}

var kdfHashes = map[KDF]cipher.Hash{KDFSHA256: cipher.SHA256, KDFSHA384: cipher.SHA384, KDFSHA512: cipher.SHA512}

// Supported tells whether k has a row.
func (k KEM) Supported() bool { _, ok := kems[k]; return ok }

// Group returns the group of a KEM that is Supported.
func (k KEM) Group() *cipher.Group { return cipher.GroupByID(kems[k].group) }

// aeadSuites are the suites of TLS 1.3 that protect by the same AEAD with the same form of nonce (RFC 9180, Section 5.2; RFC
// 8446, Section 5.3).
var aeadSuites = map[AEAD]cipher.SuiteID{
	AEADAES128GCM:        cipher.TLS_AES_128_GCM_SHA256,
	AEADAES256GCM:        cipher.TLS_AES_256_GCM_SHA384,
	AEADChaCha20Poly1305: cipher.TLS_CHACHA20_POLY1305_SHA256,
}

// row returns how to make the AEAD, nil if it is unknown.
func (a AEAD) row() *cipher.Bulk {
	if suite := cipher.SuiteByID(aeadSuites[a]); suite != nil {
		return suite.Bulk
	}
	return nil
}

// Overhead returns by how many bytes sealing makes a plaintext longer, for an AEAD that is supported.
func (a AEAD) Overhead() int { return a.row().TagLen }

// new makes the AEAD for a key.
func (a AEAD) new(key []byte) (stdcipher.AEAD, error) { return a.row().New(key) }
