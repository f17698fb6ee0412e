package handshake

import (
	"crypto/subtle"

	"tlsengine/cipher"
	"tlsengine/handshake/wire"
)

// This file is what both ends of an encrypted hello compute alike. ech_config.go and ech_key.go have its keys, ech_inner.go the
// form in which it is encrypted, client_ech.go and server_ech.go what each end does.

// ECHStatus is what became of an encrypted hello.
type ECHStatus uint8

// The states of Encrypted Client Hello. A client whose hello is not accepted has no connection: see ECHRejection.
const (
	ECHNotOffered ECHStatus = iota
	ECHAccepted             // the connection goes by the hello that was encrypted
	ECHGreased              // clients: what was sent looks like one and is none
	ECHNotOpened            // servers: the client sent one for a key that isn't ours, or what looks like one
	ECHBehind               // servers: somebody in front of us has opened it (RFC 9849, Section 3.1: a backend server in split mode)
)

var echNames = [...]string{"not offered", "accepted", "greased", "not opened", "opened by the server in front"}

// String returns a few words.
func (s ECHStatus) String() string { return nameIn(echNames[:], "status", uint8(s)) }

// The labels of confirmations (RFC 9849, Sections 7.2 and 7.2.1).
const (
	echAcceptLabel = "ech accept confirmation"
	echRetryLabel  = "hrr ech accept confirmation"
)

// echConfirmation returns the eight bytes by which a server that has the inner hello tells so. transcriptHash is of all
// hellos, the inner ones, and the ServerHello or HelloRetryRequest with zeros in the place of the confirmation.
func echConfirmation(h cipher.Hash, innerRandom []byte, label string, transcriptHash []byte) (c [echConfirmationSize]byte) {
	var secret [cipher.MaxHashSize]byte
	prk := secret[:h.Size()]
	cipher.HKDFExtract(h, prk, nil, innerRandom)
	cipher.HKDFExpandLabel(h, c[:], prk, label, transcriptHash)
	clear(prk)
	return c
}

// confirms tells whether the message, a ServerHello or HelloRetryRequest, has the confirmation that place finds in it. t is the
// transcript before it.
func confirms(t *Transcript, h cipher.Hash, innerRandom []byte, label string, message []byte, place func([]byte) []byte) bool {
	zeroed := append([]byte(nil), message...)
	at := place(zeroed)
	if at == nil {
		return false
	}
	got := append([]byte(nil), at...)
	clear(at)
	var sum [cipher.MaxHashSize]byte
	want := echConfirmation(h, innerRandom, label, t.SumWith(sum[:0], h, zeroed))
	return subtle.ConstantTimeCompare(got, want[:]) == 1
}

// confirmationInRandom returns the place of the confirmation in a ServerHello: the end of its random (RFC 9849, Section 7.2).
func confirmationInRandom(serverHello []byte) []byte {
	const end = headerSize + 2 + 32
	return serverHello[end-echConfirmationSize : end]
}

// confirmationInRetry returns the place of the confirmation in a HelloRetryRequest: its extension (RFC 9849, Section 7.2.1);
// nil if there is none.
func confirmationInRetry(retry []byte) []byte {
	s := wire.String(retry[headerSize:])
	var fixed, id, chosen []byte
	if !s.Bytes(2+32, &fixed) || !s.Opaque8(&id) || !s.Bytes(2+1, &chosen) {
		return nil
	}
	if body := findExtension(s, ExtEncryptedClientHello); len(body) == echConfirmationSize {
		return body
	}
	return nil
}

// payloadIn returns the place of the payload in a whole ClientHello: the last n bytes of its extension (RFC 9849, Section 5);
// nil if there is none of that length.
func payloadIn(hello []byte, n int) []byte {
	s := wire.String(hello[headerSize:])
	if _, ok := helloPrefix(&s); !ok {
		return nil
	}
	if body := findExtension(s, ExtEncryptedClientHello); len(body) >= n {
		return body[len(body)-n:]
	}
	return nil
}

// findExtension returns the body of an extension in a list behind its length, nil if it isn't there.
func findExtension(s wire.String, id ExtensionID) []byte {
	var list wire.String
	s.Vector16(&list)
	for !list.Empty() {
		var x RawExtension
		if !list.U16((*uint16)(&x.ID)) || !list.Opaque16(&x.Body) {
			return nil
		}
		if x.ID == id {
			return x.Body
		}
	}
	return nil
}
