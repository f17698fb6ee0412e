package engine

import (
	"crypto/aes"
	stdcipher "crypto/cipher"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"

	"tlsengine/cipher"
	"tlsengine/handshake"
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
func newTicketKey(secret []byte) (k ticketKey) {
	var prk [sha256.Size]byte
	defer clear(prk[:])
	cipher.HKDFExtract(cipher.SHA256, prk[:], []byte(ticketLabel), secret)
	cipher.HKDFExpand(cipher.SHA256, k.name[:], prk[:], []byte(ticketLabel+"name"))
	cipher.HKDFExpand(cipher.SHA256, k.key[:], prk[:], []byte(ticketLabel+"key"))
	return k
}

// epochSecret is the secret of one period of a fleet that shares a secret for longer.
func epochSecret(shared []byte, epoch int64) []byte {
	mac := hmac.New(sha256.New, shared)
	mac.Write([]byte(ticketLabel + "epoch"))
	mac.Write(binary.BigEndian.AppendUint64(nil, uint64(epoch)))
	return mac.Sum(nil)
}

// ticketHeader is the length of what stands in front of the ciphertext.
const ticketHeader = ticketNameSize + ticketSaltSize

// protection returns what seals and opens the one ticket with this salt, of ticketSaltSize bytes, and its nonce.
func (k *ticketKey) protection(salt []byte) (aead stdcipher.AEAD, nonce [ticketNonceSize]byte, err error) {
	var both [ticketKeySize + ticketNonceSize]byte
	defer clear(both[:])
	var info [len(ticketLabel) + len("seal") + ticketSaltSize]byte
	copy(info[copy(info[:], ticketLabel+"seal"):], salt)
	cipher.HKDFExpand(cipher.SHA256, both[:], k.key[:], info[:])
	copy(nonce[:], both[ticketKeySize:])
	block, err := aes.NewCipher(both[:ticketKeySize])
	if err != nil {
		return nil, nonce, err
	}
	aead, err = stdcipher.NewGCM(block)
	return aead, nonce, err
}

// seal makes a ticket of session, with a salt that is never used again.
func (k *ticketKey) seal(session *handshake.Session, salt [ticketSaltSize]byte) ([]byte, error) {
	aead, nonce, err := k.protection(salt[:])
	if err != nil {
		return nil, err
	}
	ticket := make([]byte, 0, ticketHeader+session.MarshalledSize()+ticketTagSize)
	ticket = append(ticket, k.name[:]...)
	ticket = append(ticket, salt[:]...)
	ticket, err = session.Append(ticket)
	if err != nil {
		return nil, err
	}
	header, form := ticket[:ticketHeader], ticket[ticketHeader:]
	return ticket[:ticketHeader+len(aead.Seal(form[:0], nonce[:], form, header))], nil // sealed where it lies
}

// open returns the session in a ticket whose name is k's, in room if that is large enough.
func (k *ticketKey) open(room *formRoom, ticket []byte) (session []byte, ok bool) {
	if len(ticket) < ticketHeader+ticketTagSize {
		return nil, false
	}
	aead, nonce, err := k.protection(ticket[ticketNameSize:ticketHeader])
	if err != nil {
		return nil, false
	}
	room.nonce = nonce
	session, err = aead.Open(room.form[:0], room.nonce[:], ticket[ticketHeader:], ticket[:ticketHeader])
	return session, err == nil
}

// clear forgets the key.
func (k *ticketKey) clear() { *k = ticketKey{} }
