package handshake

import (
	"fmt"
	"testing"
	"time"

	"tlsengine/cipher"
	"tlsengine/record"
	"tlsengine/x509lite"
)

// This file has the holes of other implementations, by the number under which they became known.

// without13 makes a connection of TLS 1.3, in which both ends have certificates, and takes messages of these types out of what comes to one
// of them. It returns the error.
func without13(t *testing.T, to Role, left ...MessageType) error {
	t.Helper()
	credential := pairCredential(t, x509lite.KeyP256, 7)
	client, server := pairParams(), pairParams()
	client.Credentials, server.Credentials = []*Credential{credential}, []*Credential{credential}
	server.ClientAuth = AuthRequired
	gone := Messages(left...)
	c, s := newPair(t, client, server, func(e *pairEnd) {
		for e.m.c.role == to && e.coming != nil && gone.Has(MessageType(e.coming[0])) && len(e.inbox) > 0 {
			e.coming, e.inbox = e.inbox[0], e.inbox[1:]
		}
	})
	if err := c.start(); err != nil {
		t.Fatal(err)
	}
	err := c.settle()
	if to == ClientRole && c.done != nil || to == ServerRole && s.done != nil {
		t.Errorf("the %v has a connection without %v", to, gone)
	}
	return err
}

// CVE-2020-24613 (a server whose certificate, or the proof that it is its own, is skipped) and CVE-2022-25640 (the same of a client): what
// proves who the peer is can't be left out in TLS 1.3, and that it is missing is seen before any Finished is looked at.
func TestProofOfThePeerIsNotSkipped(t *testing.T) {
	for _, to := range []Role{ClientRole, ServerRole} {
		for _, left := range [][]MessageType{
			{TypeCertificate, TypeCertificateVerify}, {TypeCertificate}, {TypeCertificateVerify}, {TypeEncryptedExtensions},
		} {
			if to == ServerRole && left[0] == TypeEncryptedExtensions {
				continue // clients send none
			}
			t.Run(fmt.Sprint(to, left), func(t *testing.T) {
				wantFailure(t, without13(t, to, left...), record.AlertUnexpectedMessage, record.ReasonUnexpectedMessage)
			})
		}
	}
}

// CVE-2022-25638: a signature without a byte proves nothing.
func TestEmptySignatureProvesNothing(t *testing.T) {
	for _, to := range []Role{ClientRole, ServerRole} {
		credential := pairCredential(t, x509lite.KeyP256, 7)
		client, server := pairParams(), pairParams()
		client.Credentials, server.Credentials = []*Credential{credential}, []*Credential{credential}
		server.ClientAuth = AuthRequired
		c, s := newPair(t, client, server, func(e *pairEnd) {
			if e.m.c.role == to && e.coming != nil && MessageType(e.coming[0]) == TypeCertificateVerify {
				e.coming = append([]byte{byte(TypeCertificateVerify), 0, 0, 4}, e.coming[4], e.coming[5], 0, 0)
			}
		})
		if err := c.start(); err != nil {
			t.Fatal(err)
		}
		wantFailure(t, c.settle(), record.AlertDecryptError, record.ReasonBadSignature)
		if to == ClientRole && c.done != nil || to == ServerRole && s.done != nil {
			t.Errorf("the %v has a connection", to)
		}
	}
}

// CVE-2023-3724: a ServerHello that takes neither a share nor a PSK leaves nothing to make keys of, and is refused.
func TestServerHelloWithoutAnySecretIsRefused(t *testing.T) {
	for _, alone := range []bool{false, true} {
		s := resumption13{external: 1, known: 1, alone: alone}
		s.params(t)
		s.shape = func(who Role, m Message) {
			if sh, ok := m.(*ServerHello); ok {
				sh.Extensions.Present.Remove(ExtKeyShare)
				sh.Extensions.Present.Remove(ExtPreSharedKey)
			}
		}
		c, _, err := s.twice(t)
		wantFailure(t, err, record.AlertMissingExtension, record.ReasonMissingKeyShare)
		if c.done != nil {
			t.Error("the client has a connection")
		}
	}
}

// CVE-2021-3449: a hello of a renegotiation that has no signature_algorithms, where the first one had, and signature_algorithms_cert
// nevertheless.
func TestRenegotiationWithoutSchemesDoesNoHarm(t *testing.T) {
	s := renegotiation12{version: cipher.VersionTLS12, credential: pairCredential(t, x509lite.KeyP256, 7)}
	s.shape = func(who Role, m Message) {
		if h, ok := m.(*ClientHello); ok {
			e := &h.Extensions
			e.Present.Remove(ExtSignatureAlgorithms)
			e.SignatureAlgorithmsCert = []cipher.SignatureScheme{cipher.ECDSAP256SHA256}
			e.Add(ExtSignatureAlgorithmsCert)
		}
	}
	// RFC 5246, Section 7.4.1.4.1: who says nothing has SHA-1, which the server doesn't sign with.
	_, v, err := s.twice(t, nil)
	if err == nil || v.m.failed == nil {
		t.Errorf("%v", err)
	}
}

// CVE-2022-30629: what hides the age of a ticket is drawn for each.
func TestTicketAgesAreHidden(t *testing.T) {
	seen := map[uint32]bool{0: true}
	for range 8 {
		s := resumption13{ticket: true}
		s.params(t)
		s.server.TicketCount, s.server.SessionLifetime = 4, time.Hour
		s.before = func(e *pairEnd) { e.m.c.random.source = nil }
		c, _, err := s.connect(t, nil)
		if err != nil || len(c.told) != 4 {
			t.Fatalf("%v, %d tickets", err, len(c.told))
		}
		for _, session := range c.told {
			if seen[session.ageAdd] {
				t.Errorf("ticket_age_add is %#x once more", session.ageAdd)
			}
			seen[session.ageAdd] = true
		}
	}
}
