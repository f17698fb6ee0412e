package keyschedule

import (
	"fmt"

	"tlsengine/cipher"
)

// MasterSize is the length of the master secret before TLS 1.3 in bytes (RFC 5246, Section 8.1).
const MasterSize = 48

// VerifyDataSize is the length of verify_data in TLS 1.2 in bytes; no suite of ours defines another (RFC 5246,
// Section 7.4.9).
const VerifyDataSize = 12

// Master12 is the master secret of TLS 1.2 with the hash of its PRF. It is a value and doesn't print.
type Master12 struct {
	h cipher.Hash
	b [MasterSize]byte
}

// NewMaster12 makes the master secret from the premaster secret and the hellos' randoms (RFC 5246, Section 8.1). No slice
// is kept; the caller clears preMaster.
func NewMaster12(h cipher.Hash, preMaster, clientRandom, serverRandom []byte) Master12 {
	m := Master12{h: h}
	cipher.PRF12(h, m.b[:], preMaster, "master secret", clientRandom, serverRandom)
	return m
}

// NewExtendedMaster12 makes the extended master secret from the premaster secret and the hash of the transcript through
// ClientKeyExchange (RFC 7627, Section 4). No slice is kept; the caller clears preMaster.
func NewExtendedMaster12(h cipher.Hash, preMaster, sessionHash []byte) Master12 {
	m := Master12{h: h}
	cipher.PRF12(h, m.b[:], preMaster, "extended master secret", sessionHash)
	return m
}

// ResumeMaster12 takes the master secret of a session: MasterSize bytes, which are copied.
func ResumeMaster12(h cipher.Hash, secret []byte) Master12 {
	return Master12{h, [MasterSize]byte(secret)}
}

// Hash returns the hash of the PRF.
func (m *Master12) Hash() cipher.Hash { return m.h }

// Bytes returns the secret itself: a view of m, valid as long as m is not changed or cleared.
func (m *Master12) Bytes() []byte { return m.b[:] }

// Clear forgets the secret.
func (m *Master12) Clear() { *m = Master12{} }

// ClientFinished returns the client's verify_data for the hash of the handshake messages before it (RFC 5246, Section 7.4.9).
func (m *Master12) ClientFinished(transcriptHash []byte) [VerifyDataSize]byte {
	return m.finished("client finished", transcriptHash)
}

// ServerFinished returns the server's verify_data, as ClientFinished does the client's.
func (m *Master12) ServerFinished(transcriptHash []byte) [VerifyDataSize]byte {
	return m.finished("server finished", transcriptHash)
}

func (m *Master12) finished(label string, transcriptHash []byte) (data [VerifyDataSize]byte) {
	cipher.PRF12(m.h, data[:], m.b[:], label, transcriptHash)
	return data
}

// KeyBlock derives the keys and IVs of both directions for the suite (RFC 5246, Section 6.3).
func (m *Master12) KeyBlock(suite *cipher.Suite, clientRandom, serverRandom []byte) KeyBlock {
	k := KeyBlock{key: uint8(suite.Bulk.KeyLen), iv: uint8(suite.Bulk.FixedIVLen)}
	// The server's random comes first here, unlike in the master secret.
	cipher.PRF12(m.h, k.b[:2*(k.key+k.iv)], m.b[:], "key expansion", serverRandom, clientRandom)
	return k
}

// maxKey and maxIV are the longest key and fixed IV of a Bulk in bytes.
const maxKey, maxIV = 32, 12

// KeyBlock holds the keys and IVs of both directions under an AEAD. It is a value and doesn't print.
type KeyBlock struct {
	key, iv uint8 // lengths
	b       [2 * (maxKey + maxIV)]byte
}

// Client returns what protects the client's records: views of k, valid until it is cleared.
func (k *KeyBlock) Client() (key, iv []byte) { return k.side(0) }

// Server returns what protects the server's records: views of k, valid until it is cleared.
func (k *KeyBlock) Server() (key, iv []byte) { return k.side(1) }

// side cuts the block: client_write_key, server_write_key, client_write_IV, server_write_IV. An AEAD has no MAC keys.
func (k *KeyBlock) side(i int) (key, iv []byte) {
	keyLen, ivLen := int(k.key), int(k.iv)
	keys, ivs := k.b[:2*keyLen], k.b[2*keyLen:]
	return keys[i*keyLen:][:keyLen:keyLen], ivs[i*ivLen:][:ivLen:ivLen]
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
