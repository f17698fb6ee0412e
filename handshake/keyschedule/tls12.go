package keyschedule

import (
	"fmt"
	"hash"

	"tlsengine/cipher"
)

// MasterSize is the length of the master secret before TLS 1.3 in bytes (RFC 5246, Section 8.1).
const MasterSize = 48

// Master12 is the master secret of a version before TLS 1.3, with the Derivation that it was made by. It is a value and
// doesn't print.
type Master12 struct {
	d Derivation
	b [MasterSize]byte
}

// Bytes returns the secret itself: a view of m, valid as long as m is not changed or cleared.
func (m *Master12) Bytes() []byte { return m.b[:] }

// Clear forgets the secret.
func (m *Master12) Clear() { *m = Master12{} }

// SumSSL30 appends the digests that SSL 3.0 signs in a CertificateVerify, MD5's and SHA-1's, for the running hash of the
// handshake messages before it (RFC 6101, Section 5.6.8).
func (m *Master12) SumSSL30(dst []byte, running hash.Hash) []byte {
	return cipher.SumSSL30(dst, running, "", m.b[:])
}

// ClientFinished returns the client's verify_data for the running hash of the handshake messages before it, which is not
// changed (RFC 5246, Section 7.4.9). room is space for a digest, cipher.MaxHashSize bytes: here it would be an allocation.
func (m *Master12) ClientFinished(running hash.Hash, room []byte) VerifyData {
	return m.d.verifyData(m, labelClientFinished, running, room)
}

// ServerFinished returns the server's verify_data, as ClientFinished does the client's.
func (m *Master12) ServerFinished(running hash.Hash, room []byte) VerifyData {
	return m.d.verifyData(m, labelServerFinished, running, room)
}

// KeyBlock derives MAC keys, keys and IVs of both directions, of these lengths in bytes (RFC 5246, Section 6.3).
func (m *Master12) KeyBlock(mac, key, iv int, clientRandom, serverRandom []byte) KeyBlock {
	k := KeyBlock{mac: uint8(mac), key: uint8(key), iv: uint8(iv)}
	// The server's random comes first here, unlike in the master secret.
	m.d.expand(k.b[:2*(k.mac+k.key+k.iv)], m.b[:], labelKeys, serverRandom, clientRandom)
	return k
}

// The longest parts of a key block in bytes: a MAC's key (SHA-384), a key, an IV.
const maxMAC, maxKey, maxIV = 48, 32, 16

// KeyBlock holds the keys and IVs of both directions. It is a value and doesn't print.
type KeyBlock struct {
	mac, key, iv uint8 // lengths
	b            [2 * (maxMAC + maxKey + maxIV)]byte
}

// Client returns what protects the client's records: views of k, valid until it is cleared.
func (k *KeyBlock) Client() (mac, key, iv []byte) { return k.side(0) }

// Server returns what protects the server's records: views of k, valid until it is cleared.
func (k *KeyBlock) Server() (mac, key, iv []byte) { return k.side(1) }

// side cuts the block: the MAC keys of client and server, their keys, their IVs (RFC 5246, Section 6.3). What a suite doesn't
// need has no bytes.
func (k *KeyBlock) side(i int) (mac, key, iv []byte) {
	rest := k.b[:]
	cut := func(n uint8) []byte {
		both := rest[:2*int(n)]
		rest = rest[2*int(n):]
		return both[i*int(n):][:n:n]
	}
	return cut(k.mac), cut(k.key), cut(k.iv)
}

// Clear forgets the keys.
func (k *KeyBlock) Clear() { *k = KeyBlock{} }

// Format hides the secret under every verb of fmt.
func (m Master12) Format(f fmt.State, _ rune) { f.Write([]byte(m.String())) }

// String hides the secret.
func (m Master12) String() string { return "master secret" }

// GoString hides the secret.
func (m Master12) GoString() string { return m.String() }

// Format hides the keys under every verb of fmt.
func (k KeyBlock) Format(f fmt.State, _ rune) { f.Write([]byte(k.String())) }

// String hides the keys.
func (k KeyBlock) String() string { return "key block" }

// GoString hides the keys.
func (k KeyBlock) GoString() string { return k.String() }
