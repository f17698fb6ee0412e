package handshake

import (
	"fmt"
	"math/bits"
	"strings"
)

// MessageType names a handshake message. Below 0x100 it is the byte on the wire (RFC 8446, Section 4, and the IANA
// registry of TLS HandshakeTypes); from 0x100 on it names things that are no handshake messages but take a place in
// the graph of states like one.
type MessageType uint16

// The messages of all versions. Those that come as messages have a row with their codec in message.go.
const (
	TypeHelloRequest          MessageType = 0
	TypeClientHello           MessageType = 1
	TypeServerHello           MessageType = 2 // also HelloRetryRequest, which is a ServerHello with one special random
	TypeNewSessionTicket      MessageType = 4
	TypeEndOfEarlyData        MessageType = 5
	TypeEncryptedExtensions   MessageType = 8
	TypeCertificate           MessageType = 11
	TypeServerKeyExchange     MessageType = 12
	TypeCertificateRequest    MessageType = 13
	TypeServerHelloDone       MessageType = 14
	TypeCertificateVerify     MessageType = 15
	TypeClientKeyExchange     MessageType = 16
	TypeFinished              MessageType = 20
	TypeCertificateStatus     MessageType = 22
	TypeKeyUpdate             MessageType = 24
	TypeCompressedCertificate MessageType = 25
	TypeNextProtocol          MessageType = 67
	TypeMessageHash           MessageType = 254 // stands in the transcript for a first ClientHello, never on the wire

	PseudoChangeCipherSpec     MessageType = 0x100 // a ChangeCipherSpec record
	PseudoSSLv2ClientHello     MessageType = 0x101 // a ClientHello in SSLv2 format (RFC 5246, Appendix E.2)
	PseudoNoCertificateWarning MessageType = 0x102 // SSL 3.0's alert in place of an empty Certificate (RFC 6101, Section 5.6.6)
)

// Where the types that are not below 32 have their bit in a MessageSet.
const (
	bitNextProtocol = 32 + iota
	bitMessageHash
	bitPseudo
	bitsPseudo = 3
)

var messageNames = [...]string{
	TypeHelloRequest:          "HelloRequest",
	TypeClientHello:           "ClientHello",
	TypeServerHello:           "ServerHello",
	TypeNewSessionTicket:      "NewSessionTicket",
	TypeEndOfEarlyData:        "EndOfEarlyData",
	TypeEncryptedExtensions:   "EncryptedExtensions",
	TypeCertificate:           "Certificate",
	TypeServerKeyExchange:     "ServerKeyExchange",
	TypeCertificateRequest:    "CertificateRequest",
	TypeServerHelloDone:       "ServerHelloDone",
	TypeCertificateVerify:     "CertificateVerify",
	TypeClientKeyExchange:     "ClientKeyExchange",
	TypeFinished:              "Finished",
	TypeCertificateStatus:     "CertificateStatus",
	TypeKeyUpdate:             "KeyUpdate",
	TypeCompressedCertificate: "CompressedCertificate",
}

// String returns the RFC's name, or the number of a type that has none here.
func (t MessageType) String() string {
	if int(t) < len(messageNames) && messageNames[t] != "" {
		return messageNames[t]
	}
	switch t {
	case TypeNextProtocol:
		return "NextProtocol"
	case TypeMessageHash:
		return "message_hash"
	case PseudoChangeCipherSpec:
		return "ChangeCipherSpec"
	case PseudoSSLv2ClientHello:
		return "SSLv2 ClientHello"
	case PseudoNoCertificateWarning:
		return "no_certificate"
	}
	return fmt.Sprintf("message type %d", uint16(t))
}

// bit returns t's place in a MessageSet, and false for a type that no state can expect.
func (t MessageType) bit() (uint, bool) {
	switch {
	case int(t) < len(messageNames):
		return uint(t), messageNames[t] != ""
	case t == TypeNextProtocol:
		return bitNextProtocol, true
	case t == TypeMessageHash:
		return bitMessageHash, true
	case PseudoChangeCipherSpec <= t && t < PseudoChangeCipherSpec+bitsPseudo:
		return bitPseudo + uint(t-PseudoChangeCipherSpec), true
	}
	return 0, false
}

// ofBit is the inverse of bit.
func ofBit(b uint) MessageType {
	switch {
	case b < bitNextProtocol:
		return MessageType(b)
	case b == bitNextProtocol:
		return TypeNextProtocol
	case b == bitMessageHash:
		return TypeMessageHash
	}
	return PseudoChangeCipherSpec + MessageType(b-bitPseudo)
}

// MessageSet is a set of message types, a value of one word. The zero MessageSet is empty.
type MessageSet struct{ bits uint64 }

// Messages returns the set of types. It panics on a type that is none of the constants above.
func Messages(types ...MessageType) MessageSet {
	var s MessageSet
	for _, t := range types {
		b, ok := t.bit()
		if !ok {
			panic("handshake: no such message: " + t.String())
		}
		s.bits |= 1 << b
	}
	return s
}

// With returns s and these types. It panics as Messages does.
func (s MessageSet) With(types ...MessageType) MessageSet {
	return MessageSet{s.bits | Messages(types...).bits}
}

// Has reports whether t is in s. Any value of t may be asked for.
func (s MessageSet) Has(t MessageType) bool {
	b, ok := t.bit()
	return ok && s.bits&(1<<b) != 0
}

// Empty reports whether nothing is in s.
func (s MessageSet) Empty() bool { return s.bits == 0 }

// List returns the types in s, by number.
func (s MessageSet) List() []MessageType {
	list := make([]MessageType, 0, bits.OnesCount64(s.bits))
	for left := s.bits; left != 0; left &= left - 1 {
		list = append(list, ofBit(uint(bits.TrailingZeros64(left))))
	}
	return list
}

// String lists the names, separated by commas: "Certificate, Finished"; "nothing" for the empty set.
func (s MessageSet) String() string {
	if s.Empty() {
		return "nothing"
	}
	names := make([]string, 0, 4)
	for _, t := range s.List() {
		names = append(names, t.String())
	}
	return strings.Join(names, ", ")
}
