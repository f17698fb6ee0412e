package keyschedule

import (
	"hash"

	"tlsengine/cipher"
)

// A Derivation is how a version before TLS 1.3 makes its secrets under one suite. It is a value, chosen once with version
// and suite; whatever is derived from a Master12 follows it.
type Derivation struct {
	way  way
	hash cipher.Hash // of the transcript
}

// way is what Derivations differ in. It is a number and no interface, because secrets and seeds that pass through an
// interface move to the heap.
type way uint8

const (
	suitePRF way = iota // TLS 1.2
	bothPRF             // TLS 1.0 and 1.1
	letters             // SSL 3.0
)

// TLS12 is TLS 1.2's Derivation: everything is by h, the suite's hash (RFC 5246, Section 5).
func TLS12(h cipher.Hash) Derivation { return Derivation{way: suitePRF, hash: h} }

// TLS10 is the Derivation of TLS 1.0 and 1.1: by MD5 and SHA-1 together, whatever the suite (RFC 4346, Section 5).
func TLS10() Derivation { return Derivation{way: bothPRF, hash: cipher.MD5SHA1} }

// SSL30 is SSL 3.0's Derivation: nested digests instead of HMAC and PRF (RFC 6101, Sections 5.6.9 and 6). It exports nothing,
// and there is no extended master secret.
func SSL30() Derivation { return Derivation{way: letters, hash: cipher.MD5SHA1} }

// TranscriptHash returns the hash of the handshake's messages.
func (d Derivation) TranscriptHash() cipher.Hash { return d.hash }

// Master makes the master secret from the premaster secret and the hellos' randoms (RFC 5246, Section 8.1). No slice is
// kept; the caller clears preMaster.
func (d Derivation) Master(preMaster, clientRandom, serverRandom []byte) Master12 {
	m := Master12{d: d}
	d.expand(m.b[:], preMaster, labelMaster, clientRandom, serverRandom)
	return m
}

// ExtendedMaster makes the extended master secret from the premaster secret and the hash of the transcript through
// ClientKeyExchange (RFC 7627, Section 4). No slice is kept; the caller clears preMaster.
func (d Derivation) ExtendedMaster(preMaster, sessionHash []byte) Master12 {
	m := Master12{d: d}
	d.expand(m.b[:], preMaster, labelExtendedMaster, sessionHash)
	return m
}

// ResumeMaster takes the master secret of a session: MasterSize bytes, which are copied.
func (d Derivation) ResumeMaster(secret []byte) Master12 {
	return Master12{d: d, b: [MasterSize]byte(secret)}
}

// expand fills out with what the version's function makes of secret, label and seed. SSL 3.0 has no labels.
func (d Derivation) expand(out, secret []byte, label string, seed ...[]byte) {
	switch d.way {
	case suitePRF:
		cipher.PRF12(d.hash, out, secret, label, seed...)
	case bothPRF:
		cipher.PRF10(out, secret, label, seed...)
	case letters:
		cipher.ExpandSSL30(out, secret, seed...)
	}
}

// verifyData makes the contents of a Finished from the running hash of the messages before it.
func (d Derivation) verifyData(m *Master12, label string, running hash.Hash, room []byte) (v VerifyData) {
	if d.way == letters {
		v.n = MaxVerifyDataSize
		cipher.SumSSL30(v.b[:0], running, senders[label], m.b[:])
		return v
	}
	v.n = tlsVerifyDataSize
	d.expand(v.b[:v.n], m.b[:], label, running.Sum(room[:0]))
	return v
}

// senders are what SSL 3.0 has in place of TLS's labels (RFC 6101, Section 5.6.9).
var senders = map[string]string{labelClientFinished: "CLNT", labelServerFinished: "SRVR"}

// The labels of TLS (RFC 5246, Sections 6.3, 7.4.9 and 8.1; RFC 7627, Section 4).
const (
	labelMaster         = "master secret"
	labelExtendedMaster = "extended master secret"
	labelKeys           = "key expansion"
	labelClientFinished = "client finished"
	labelServerFinished = "server finished"
)

// The length of verify_data in bytes: no suite of ours defines another for TLS (RFC 5246, Section 7.4.9).
const (
	tlsVerifyDataSize = 12
	// MaxVerifyDataSize is that of SSL 3.0: digests of MD5 and SHA-1 (RFC 6101, Section 5.6.9).
	MaxVerifyDataSize = 36
)

// VerifyData is the contents of a Finished before TLS 1.3. It is a value; it is not secret once it was sent.
type VerifyData struct {
	n uint8
	b [MaxVerifyDataSize]byte
}

// Bytes returns the contents: a view of v.
func (v *VerifyData) Bytes() []byte { return v.b[:v.n] }
