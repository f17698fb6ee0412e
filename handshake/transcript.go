package handshake

import (
	"hash"

	"tlsengine/cipher"
)

// A Transcript is the running record of a handshake's messages, over which Finished, CertificateVerify and the key
// schedule are computed (RFC 8446, Section 4.4.1; RFC 5246, Section 7.4.9).
//
// It starts as raw bytes, because the first messages choose the hash. Start gives it that hash. The raw bytes are
// kept beside the hash until DropRaw, because a TLS 1.2 CertificateVerify may be made with another hash than the
// suite's, and is then computed over the messages themselves.
type Transcript struct {
	raw     []byte
	rawGone bool
	algo    cipher.Hash
	running hash.Hash
}

// Add appends one whole message, its four-byte header included.
func (t *Transcript) Add(message []byte) {
	if !t.rawGone {
		t.raw = append(t.raw, message...)
	}
	if t.running != nil {
		t.running.Write(message)
	}
}

// adopt takes message as the first of the transcript without copying it. The caller gives the slice away: nobody may
// change it afterwards.
func (t *Transcript) adopt(message []byte) {
	t.raw = message[:len(message):len(message)]
}

// Start chooses the hash and feeds it all that came before. A transcript is started once.
func (t *Transcript) Start(h cipher.Hash) {
	if t.running != nil {
		panic("handshake: transcript started twice")
	}
	t.algo = h
	t.running = h.New()
	t.running.Write(t.raw)
}

// Started tells whether the hash has been chosen.
func (t *Transcript) Started() bool { return t.running != nil }

// DropRaw gives up the raw bytes; only the running hash goes on.
func (t *Transcript) DropRaw() {
	t.raw = nil
	t.rawGone = true
}

// Raw returns all messages so far, valid until the next Add. It is nil after DropRaw.
func (t *Transcript) Raw() []byte { return t.raw }

// Sum appends the hash of all messages so far to dst; the transcript goes on.
func (t *Transcript) Sum(dst []byte) []byte { return t.running.Sum(dst) }

// SumWith appends to dst the hash h of all messages so far and one more, which doesn't become part of the transcript. Once
// that has a hash, h is the same.
func (t *Transcript) SumWith(dst []byte, h cipher.Hash, more []byte) []byte {
	var running hash.Hash
	switch {
	case t.running == nil:
		running = h.New()
		running.Write(t.raw)
	case t.algo != h:
		panic("handshake: transcript has another hash")
	default:
		running = cloneHash(t.running)
	}
	running.Write(more)
	return running.Sum(dst)
}

// Retry replaces the first ClientHello by a message_hash message that holds its hash. The HelloRetryRequest is added
// after it (RFC 8446, Section 4.4.1).
func (t *Transcript) Retry() {
	var message [4 + cipher.MaxHashSize]byte
	n := t.algo.Size()
	message[0] = byte(TypeMessageHash)
	message[3] = byte(n)
	t.running.Sum(message[4:4])
	t.running.Reset()
	if !t.rawGone {
		t.raw = nil
	}
	t.Add(message[:4+n])
}

// Fork returns an independent copy: what is added to one is not seen by the other.
func (t *Transcript) Fork() Transcript {
	f := *t
	f.raw = t.raw[:len(t.raw):len(t.raw)] // an Add to either makes its own copy
	t.raw = f.raw
	if t.running != nil {
		f.running = cloneHash(t.running)
	}
	return f
}

// cloneHash copies the state of a standard hash.
func cloneHash(h hash.Hash) hash.Hash {
	c, err := h.(hash.Cloner).Clone()
	if err != nil {
		panic("handshake: hash can't be cloned: " + err.Error())
	}
	return c
}
