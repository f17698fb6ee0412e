package handshake

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"tlsengine/cipher"
	"tlsengine/handshake/keyschedule"
)

// A PSK is a key that both ends were given outside of TLS, with the name by which they speak of it. It is immutable.
type PSK struct {
	identity []byte
	key      []byte
	hash     cipher.Hash // TLS 1.3: of the suites that it may be used with
	kind     keyschedule.PSKKind
}

// NewPSK makes a PSK of an identity (1 to 65535 bytes) and a key (1 to 65535 bytes, at least 16 of them random: anybody
// who sees a handshake can try short or guessable ones at leisure). h is the hash of the TLS 1.3 suites that it may be
// used with, SHA256 if it was not provisioned with one (RFC 8446, Section 4.2.11); before TLS 1.3 it means nothing. Both
// slices are copied.
func NewPSK(identity, key []byte, h cipher.Hash) (*PSK, error) {
	if len(identity) == 0 || len(identity) > maxPSK {
		return nil, fmt.Errorf("handshake: the identity of a PSK must have 1 to %d bytes, this one has %d", maxPSK, len(identity))
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
