package handshake

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"tlsengine/cipher"
	"tlsengine/handshake/keyschedule"
	"tlsengine/handshake/wire"
)

// A PSK is a key that both ends were given outside of TLS, with the name by which they speak of it. It is immutable.
type PSK struct {
	identity []byte
	key      []byte
	hash     cipher.Hash // TLS 1.3: of the suites that it may be used with
	kind     keyschedule.PSKKind
}

// NewPSK makes a PSK of an identity (at most 65535 bytes; TLS 1.3 has no empty ones) and a key (1 to 65535 bytes, at least 16
// of them random: anybody who sees a handshake can try short or guessable ones at leisure). h is the hash of the TLS 1.3 suites
// that it may be used with, SHA256 if it was not provisioned with one (RFC 8446, Section 4.2.11); before TLS 1.3 it means
// nothing. Both slices are copied.
func NewPSK(identity, key []byte, h cipher.Hash) (*PSK, error) {
	if len(identity) > maxPSK {
		return nil, fmt.Errorf("handshake: the identity of a PSK must have at most %d bytes, this one has %d", maxPSK, len(identity))
	}
	if len(key) == 0 || len(key) > maxPSK {
		return nil, fmt.Errorf("handshake: a PSK must have 1 to %d bytes, this one has %d", maxPSK, len(key))
	}
	if h != cipher.SHA256 && h != cipher.SHA384 {
		return nil, errors.New("handshake: a PSK is used with SHA-256 or SHA-384")
	}
	return &PSK{identity: bytes.Clone(identity), key: bytes.Clone(key), hash: h, kind: keyschedule.PSKExternal}, nil
}

// maxPSK is what the length fields of an identity and of a key before TLS 1.3 can say (RFC 4279, Section 2).
const maxPSK = 1<<16 - 1

// Identity returns the name of the key. Read only.
func (k *PSK) Identity() []byte { return k.identity }

// Format prints that it is a PSK, and nothing of it, whatever the verb.
func (k PSK) Format(f fmt.State, _ rune) { io.WriteString(f, "PSK") }

// ImportPSK makes PSKs for TLS 1.3 of one that was not made for it (RFC 9258): one for the suites of each hash, so that no key
// is used with two. context says what the key is for, and may be empty; h is the hash that was provisioned with the key, SHA256
// if none was. Both ends must import with the same arguments. The key should be as random as NewPSK wants it; all slices are
// copied.
func ImportPSK(identity, key, context []byte, h cipher.Hash) ([]*PSK, error) {
	if len(context) > maxPSK {
		return nil, fmt.Errorf("handshake: the context of a PSK must have at most %d bytes, this one has %d", maxPSK, len(context))
	}
	if len(identity) == 0 {
		return nil, errors.New("handshake: a PSK needs an identity to be imported")
	}
	external, err := NewPSK(identity, key, h)
	if err != nil {
		return nil, err
	}
	var imported []*PSK
	for _, target := range []cipher.Hash{cipher.SHA256, cipher.SHA384} {
		k, err := external.imported(context, target)
		if err != nil {
			return nil, err
		}
		imported = append(imported, k)
	}
	clear(external.key)
	return imported, nil
}

// The numbers of target KDFs (RFC 9258, Section 8, and the IANA registry of TLS KDF Identifiers).
var targetKDF = map[cipher.Hash]uint16{cipher.SHA256: 1, cipher.SHA384: 2}

// imported derives the key for TLS 1.3 suites of one hash (RFC 9258, Section 5.1).
func (k *PSK) imported(context []byte, target cipher.Hash) (*PSK, error) {
	var b wire.Builder // ImportedIdentity
	b.Opaque16(k.identity)
	b.Opaque16(context)
	b.U16(uint16(cipher.VersionTLS13))
	b.U16(targetKDF[target])
	identity, err := b.Result()
	if err != nil {
		return nil, err
	}
	if len(identity) > maxPSK {
		return nil, fmt.Errorf("handshake: identity and context of an imported PSK have %d bytes together with what is between them, "+
			"at most %d fit", len(identity), maxPSK)
	}
	var extracted [cipher.MaxHashSize]byte
	secret := extracted[:k.hash.Size()]
	cipher.HKDFExtract(k.hash, secret, make([]byte, k.hash.Size()), k.key)
	defer clear(secret)
	own := make([]byte, target.Size())
	cipher.HKDFExpandLabel(k.hash, own, secret, "derived psk", k.hash.Sum(nil, identity))
	return &PSK{identity: identity, key: own, hash: target, kind: keyschedule.PSKImported}, nil
}
