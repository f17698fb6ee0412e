package engine

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
)

// This file is the form of a ticket, which never changes under one label (RFC 5077, Section 4, recommends its parts: a
// name of the key, randomness, ciphertext, a tag over all of it):
//
//	name 16 | salt 32 | AES-256-GCM of the session, tag 16
//
// Key and nonce of the GCM are derived from the ticket key and the salt, afresh for each ticket, so that a fleet may seal
// any number of tickets under one key without a nonce ever coming twice. What is sealed has a length that the chain in
// it decides, and is not padded.

// ticketLabel separates these keys from all else that may be derived from a shared secret, and tells forms apart.
const ticketLabel = "tlsengine ticket 1 "

// The sizes of a ticket's parts, in bytes.
const (
	ticketNameSize = 16
	ticketSaltSize = 32
	ticketTagSize  = 16

	ticketKeySize   = 32 // AES-256
	ticketNonceSize = 12
)

// ticketKey seals and opens tickets. It is a value.
type ticketKey struct {
	name [ticketNameSize]byte
	key  [sha256.Size]byte
}

// newTicketKey derives the key and its name from a secret, which need not be uniform but must be hard to guess.
func newTicketKey(secret []byte) (k ticketKey, err error) {
	prk, err := hkdf.Extract(sha256.New, secret, []byte(ticketLabel))
	if err != nil {
		return k, err
	}
	defer clear(prk)
	if err := expandInto(k.name[:], prk, "name"); err != nil {
		return k, err
	}
	return k, expandInto(k.key[:], prk, "key")
}

// expandInto fills p with what key gives for a purpose.
func expandInto(p, key []byte, purpose string) error {
	b, err := hkdf.Expand(sha256.New, key, ticketLabel+purpose, len(p))
	copy(p, b)
	clear(b)
	return err
}

// epochSecret is the secret of one period of a fleet that shares a secret for longer.
func epochSecret(shared []byte, epoch int64) []byte {
	mac := hmac.New(sha256.New, shared)
	mac.Write([]byte(ticketLabel + "epoch"))
	mac.Write(binary.BigEndian.AppendUint64(nil, uint64(epoch)))
	return mac.Sum(nil)
}

// protection returns what seals and opens the one ticket with this salt.
func (k *ticketKey) protection(salt []byte) (cipher.AEAD, []byte, error) {
	var both [ticketKeySize + ticketNonceSize]byte
	defer clear(both[:ticketKeySize])
	if err := expandInto(both[:], k.key[:], "seal"+string(salt)); err != nil {
		return nil, nil, err
	}
	block, err := aes.NewCipher(both[:ticketKeySize])
	if err != nil {
		return nil, nil, err
	}
	aead, err := cipher.NewGCM(block)
	return aead, both[ticketKeySize:], err
}

// seal makes a ticket of session, with a salt that is never used again.
func (k *ticketKey) seal(session []byte, salt [ticketSaltSize]byte) ([]byte, error) {
	aead, nonce, err := k.protection(salt[:])
	if err != nil {
		return nil, err
	}
	ticket := make([]byte, 0, ticketNameSize+ticketSaltSize+len(session)+ticketTagSize)
	ticket = append(ticket, k.name[:]...)
	ticket = append(ticket, salt[:]...)
	return aead.Seal(ticket, nonce, session, ticket), nil
}

// open returns the session in a ticket whose name is k's.
func (k *ticketKey) open(ticket []byte) ([]byte, bool) {
	const header = ticketNameSize + ticketSaltSize
	if len(ticket) < header+ticketTagSize {
		return nil, false
	}
	aead, nonce, err := k.protection(ticket[ticketNameSize:header])
	if err != nil {
		return nil, false
	}
	session, err := aead.Open(nil, nonce, ticket[header:], ticket[:header])
	return session, err == nil
}

// clear forgets the key.
func (k *ticketKey) clear() { *k = ticketKey{} }
