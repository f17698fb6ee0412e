package hpke

import (
	stdcipher "crypto/cipher"
	"encoding/binary"
	"fmt"
	"io"

	"tlsengine/cipher"
)

// Sender seals messages for one receiver, each with the next nonce. It is a value: a copy goes on from the same place, and the
// two would seal different messages with the same nonce, which is why only one of them may be used to send. One goroutine at a
// time uses it.
type Sender struct {
	aead  stdcipher.AEAD
	nonce [nonceSize]byte // base_nonce
	seq   uint64
}

// nonceSize is Nn of all three AEADs (RFC 9180, Section 7.3).
const nonceSize = 12

// NewSender makes a sender for a receiver's public key, as RFC 9180, Section 5.1.1 has it, and the encapsulated key that the
// receiver needs. info is what both ends know of the use. With a nil seed the ephemeral key comes from crypto/rand; otherwise
// seed has suite.KEM.Group().SeedSize() bytes, as secret and as random as a key. No slice is kept. It errs for a suite that is
// not supported, for a public key that is none of the group's, and for a seed of the wrong length.
func NewSender(suite Suite, publicKey, info, seed []byte) (enc []byte, s Sender, err error) {
	if !suite.Supported() {
		return nil, s, fmt.Errorf("hpke: %v is not supported", suite)
	}
	enc, dh, err := suite.KEM.Group().Respond(publicKey, seed)
	if err != nil {
		return nil, s, fmt.Errorf("hpke: %w", err)
	}
	secret := suite.KEM.sharedSecret(dh, enc, publicKey)
	clear(dh)
	s, err = suite.schedule(secret, info)
	clear(secret)
	return enc, s, err
}

// sharedSecret is ExtractAndExpand (RFC 9180, Section 4.1).
func (k KEM) sharedSecret(dh, enc, publicKey []byte) []byte {
	l := labeled{hash: kems[k].hash, suite: binary.BigEndian.AppendUint16([]byte("KEM"), uint16(k))}
	prk := l.extract(nil, "eae_prk", dh)
	defer clear(prk)
	context := append(append(make([]byte, 0, len(enc)+len(publicKey)), enc...), publicKey...)
	return l.expand(prk, "shared_secret", context, l.hash.Size()) // RFC 9180, Section 7.1: Nsecret is the length of the hash
}

// schedule is KeyScheduleS in mode Base (RFC 9180, Section 5.1).
func (suite Suite) schedule(secret, info []byte) (s Sender, err error) {
	id := []byte("HPKE")
	for _, n := range []uint16{uint16(suite.KEM), uint16(suite.KDF), uint16(suite.AEAD)} {
		id = binary.BigEndian.AppendUint16(id, n)
	}
	l := labeled{hash: kdfHashes[suite.KDF], suite: id}
	context := []byte{0} // mode_base
	context = append(context, l.extract(nil, "psk_id_hash", nil)...)
	context = append(context, l.extract(nil, "info_hash", info)...)
	prk := l.extract(secret, "secret", nil)
	defer clear(prk)
	key := l.expand(prk, "key", context, suite.AEAD.row().KeyLen)
	defer clear(key)
	copy(s.nonce[:], l.expand(prk, "base_nonce", context, nonceSize))
	s.aead, err = suite.AEAD.new(key)
	return s, err
}

// Seal appends the ciphertext of plaintext to dst, bound to aad, and goes on to the next nonce (RFC 9180, Section 5.2).
func (s *Sender) Seal(dst, aad, plaintext []byte) []byte {
	nonce := s.nonce
	var seq [nonceSize]byte
	binary.BigEndian.PutUint64(seq[nonceSize-8:], s.seq)
	for i := range nonce {
		nonce[i] ^= seq[i]
	}
	s.seq++ // RFC 9180, Section 5.2: it must not wrap, and 2^64 messages are more than anybody seals
	return s.aead.Seal(dst, nonce[:], plaintext, aad)
}

// Clear forgets the sender's secrets. What the standard library holds of them can only be left to the garbage collector.
func (s *Sender) Clear() { *s = Sender{} }

// Format hides the secrets under every verb of fmt.
func (s Sender) Format(f fmt.State, _ rune) { io.WriteString(f, "HPKE sender") }

// labeled is HKDF with HPKE's labels (RFC 9180, Section 4).
type labeled struct {
	hash  cipher.Hash
	suite []byte // suite_id
}

// version is what all labels begin with.
const version = "HPKE-v1"

// extract is LabeledExtract. The result is the caller's.
func (l labeled) extract(salt []byte, label string, ikm []byte) []byte {
	input := make([]byte, 0, len(version)+len(l.suite)+len(label)+len(ikm))
	input = append(append(append(append(input, version...), l.suite...), label...), ikm...)
	defer clear(input)
	out := make([]byte, l.hash.Size())
	cipher.HKDFExtract(l.hash, out, salt, input)
	return out
}

// expand is LabeledExpand. The result is the caller's.
func (l labeled) expand(prk []byte, label string, info []byte, n int) []byte {
	input := binary.BigEndian.AppendUint16(make([]byte, 0, 2+len(version)+len(l.suite)+len(label)+len(info)), uint16(n))
	input = append(append(append(append(input, version...), l.suite...), label...), info...)
	out := make([]byte, n)
	cipher.HKDFExpand(l.hash, out, prk, input)
	return out
}
