package handshake

import (
	"errors"
	"slices"
	"testing"

	"tlsengine/cipher"
	"tlsengine/record"
	"tlsengine/x509lite"
)

// lie is a message that is well-formed and breaks a rule: an edit of what an honest peer said.
type lie struct {
	rule   string
	setup  scenario
	to     Role
	in     string // the state that must find it out
	change func(m Message)
	alert  record.Alert
	reason record.Reason
}

// lies are rules that a single message of an honest connection is made to break.
func lies() []lie {
	const illegal = record.AlertIllegalParameter
	v13, retry := scenario{version: cipher.VersionTLS13}, scenario{version: cipher.VersionTLS13, retry: true, cookie: true}
	v12, alpn := scenario{version: cipher.VersionTLS12}, scenario{version: cipher.VersionTLS13, alpn: true}
	server := func(f func(m *ServerHello)) func(Message) { return func(m Message) { f(m.(*ServerHello)) } }
	second := func(f func(m *ClientHello)) func(Message) { return func(m Message) { f(m.(*ClientHello)) } }
	return []lie{
		{"RFC 8446, Section 4.1.3: legacy_session_id_echo", v13, ClientRole, "client.WaitServerHello",
			server(func(m *ServerHello) { m.SessionID = m.SessionID[1:] }), illegal, record.ReasonServerEchoedInvalidSessionID},
		{"RFC 8446, Section 4.1.3: legacy_compression_method", v13, ClientRole, "client.WaitServerHello",
			server(func(m *ServerHello) { m.Compression = 1 }), record.AlertDecodeError, record.ReasonUnsupportedCompressionAlgorithm},
		{"RFC 8446, Section 4.1.3: a suite that was not offered", v13, ClientRole, "client.WaitServerHello",
			server(func(m *ServerHello) { m.Suite = cipher.TLS_CHACHA20_POLY1305_SHA256 }), illegal, record.ReasonWrongCipherReturned},
		{"RFC 8446, Section 4.1.3: a suite of another version", v13, ClientRole, "client.WaitServerHello",
			server(func(m *ServerHello) { m.Suite = cipher.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256 }), illegal, record.ReasonWrongCipherReturned},
		{"RFC 8446, Section 4.1.3: legacy_version", v13, ClientRole, "client.WaitServerHello",
			server(func(m *ServerHello) { m.Version = cipher.VersionTLS11 }), illegal, record.ReasonWrongVersionNumber},
		{"RFC 8446, Section 4.2.8: a share for a group without one", v13, ClientRole, "client.WaitServerHello",
			server(func(m *ServerHello) { m.Extensions.SelectedShare.Group = cipher.CurveP256 }), illegal, record.ReasonWrongCurve},
		{"RFC 8446, Section 4.1.4: another suite behind the retry", retry, ClientRole, "client13.WaitServerHello2",
			server(func(m *ServerHello) { m.Suite = cipher.TLS_AES_256_GCM_SHA384 }), illegal, record.ReasonWrongCipherReturned},
		{"RFC 8446, Section 4.2.8: a retry for a group that was not offered", retry, ClientRole, "client.WaitServerHello",
			server(func(m *ServerHello) { m.Extensions.RetryGroup = cipher.CurveP521 }), illegal, record.ReasonWrongCurve},
		{"RFC 8446, Section 4.2.8: a retry for a group that has a share", retry, ClientRole, "client.WaitServerHello",
			server(func(m *ServerHello) { m.Extensions.RetryGroup = cipher.X25519 }), illegal, record.ReasonWrongCurve},
		{"RFC 8446, Section 4.1.4: a second retry", retry, ClientRole, "client13.WaitServerHello2",
			server(func(m *ServerHello) {
				m.Random, m.Extensions.RetryGroup = retryRandom, m.Extensions.SelectedShare.Group
			}), record.AlertUnexpectedMessage, record.ReasonUnexpectedMessage},
		{"RFC 8446, Section 4.2.2: another cookie", retry, ServerRole, "server13.WaitClientHello2",
			second(func(m *ClientHello) {
				m.Extensions.Cookie = slices.Clone(m.Extensions.Cookie)
				m.Extensions.Cookie[0] ^= 1
			}), illegal, record.ReasonCookieMismatch},
		{"RFC 8446, Section 4.1.2: another random in the second hello", retry, ServerRole, "server13.WaitClientHello2",
			second(func(m *ClientHello) { m.Random[3] ^= 1 }), illegal, record.ReasonClientHelloChanged},
		{"RFC 8446, Section 4.1.2: other suites in the second hello", retry, ServerRole, "server13.WaitClientHello2",
			second(func(m *ClientHello) { m.Suites = m.Suites[:1] }), illegal, record.ReasonClientHelloChanged},
		{"RFC 8446, Section 4.1.2: another name in the second hello", retry, ServerRole, "server13.WaitClientHello2",
			second(func(m *ClientHello) { m.Extensions.ServerName = "pair.tess" }), illegal, record.ReasonClientHelloChanged},
		{"RFC 8446, Section 4.2.8: a second share in the second hello", retry, ServerRole, "server13.WaitClientHello2",
			second(func(m *ClientHello) {
				m.Extensions.KeyShares = append(slices.Clone(m.Extensions.KeyShares), KeyShareEntry{cipher.X25519, make([]byte, 32)})
			}), illegal, record.ReasonWrongCurve},
		{"RFC 7301, Section 3.1: a protocol that was not offered", alpn, ClientRole, "client13.WaitEncryptedExtensions",
			func(m Message) { m.(*EncryptedExtensions).Extensions.ALPN = []string{"h3"} }, illegal, record.ReasonInvalidALPNProtocol},
		{"RFC 8446, Section 4.4.2: a context in the server's Certificate", v13, ClientRole, "client13.WaitCertificateRequestOrCertificate",
			func(m Message) { m.(*Certificate).Context = []byte{1} }, illegal, record.ReasonDecodeError},
		{"RFC 8446, Section 4.4.2.4: a server without certificate", v13, ClientRole, "client13.WaitCertificateRequestOrCertificate",
			func(m Message) { m.(*Certificate).Entries = nil }, record.AlertDecodeError, record.ReasonPeerDidNotReturnACertificate},
		{"RFC 8446, Section 4.4.3: a scheme that TLS 1.3 doesn't have", v13, ClientRole, "client13.WaitCertificateVerify",
			func(m Message) { m.(*CertificateVerify).Scheme = cipher.RSAPKCS1SHA256 }, illegal, record.ReasonWrongSignatureType},
		{"RFC 8446, Section 4.4.3: a wrong signature", v13, ClientRole, "client13.WaitCertificateVerify",
			func(m Message) { m.(*CertificateVerify).Signature[9] ^= 1 }, record.AlertDecryptError, record.ReasonBadSignature},
		{"RFC 8446, Section 4.4.4: a wrong Finished of the server", v13, ClientRole, "client13.WaitFinished",
			func(m Message) { m.(*Finished).VerifyData[0] ^= 1 }, record.AlertDecryptError, record.ReasonDigestCheckFailed},
		{"RFC 8446, Section 4.4.4: a wrong Finished of the client", v13, ServerRole, "server13.WaitFinished",
			func(m Message) { m.(*Finished).VerifyData[31] ^= 1 }, record.AlertDecryptError, record.ReasonDigestCheckFailed},
		{"RFC 8446, Section 4.1.3: the downgrade sentinel", v12, ClientRole, "client.WaitServerHello",
			server(func(m *ServerHello) { copy(m.Random[24:], sentinel12[:]) }), illegal, record.ReasonTLS13Downgrade},
		{"RFC 8446, Section 4.1.3: the older downgrade sentinel", v12, ClientRole, "client.WaitServerHello",
			server(func(m *ServerHello) { copy(m.Random[24:], sentinel11[:]) }), illegal, record.ReasonTLS13Downgrade},
		{"RFC 5746, Section 3.4: renegotiation_info that is not empty", v12, ClientRole, "client.WaitServerHello",
			server(func(m *ServerHello) { m.Extensions.RenegotiationInfo = []byte{1} }), record.AlertHandshakeFailure, record.ReasonRenegotiationMismatch},
		{"RFC 8422, Section 5.4: a curve that was not offered", v12, ClientRole, "client12.WaitServerKeyExchange",
			func(m Message) { kx := m.(*ServerKeyExchange); kx.Params, kx.Group = nil, cipher.CurveP521 }, illegal, record.ReasonWrongCurve},
		{"RFC 5246, Section 7.4.3: a wrong signature", v12, ClientRole, "client12.WaitServerKeyExchange",
			func(m Message) { m.(*ServerKeyExchange).Signature[9] ^= 1 }, record.AlertDecryptError, record.ReasonBadSignature},
		{"RFC 5246, Section 7.4.9: a wrong Finished of the client", v12, ServerRole, "server12.WaitFinished",
			func(m Message) { m.(*Finished).VerifyData[0] ^= 1 }, record.AlertDecryptError, record.ReasonDigestCheckFailed},
		{"RFC 5246, Section 7.4.9: a wrong Finished of the server", v12, ClientRole, "client12.WaitFinished",
			func(m Message) { m.(*Finished).VerifyData[11] ^= 1 }, record.AlertDecryptError, record.ReasonDigestCheckFailed},
	}
}

// TestEachLieIsFoundOutInItsState, with the alert and the reason that belong to the rule.
func TestEachLieIsFoundOutInItsState(t *testing.T) {
	for _, l := range lies() {
		t.Run(l.rule, func(t *testing.T) {
			l.setup.credential = pairCredential(t, x509lite.KeyP256, 7)
			told := false
			c, s := newPair(t, l.setup.params(), l.setup.params(), func(e *pairEnd) {
				if e.m.State().Name() != l.in || e.coming == nil || told {
					return
				}
				told = true
				e.coming = l.edit(t, e)
			})
			c.m.c.params.Versions = []cipher.Version{cipher.VersionTLS13, cipher.VersionTLS12}
			c.m.c.params.Suites = slices.DeleteFunc(slices.Clone(c.m.c.params.Suites), func(x *cipher.Suite) bool { return x.ID == cipher.TLS_CHACHA20_POLY1305_SHA256 })
			if l.setup.retry {
				s.m.c.params.Groups = s.m.c.params.Groups[1:]
			}
			err := c.start()
			if err == nil {
				err = c.settle()
			}
			var e *record.Error
			if !told || !errors.As(err, &e) || e.Alert != l.alert || e.Reason != l.reason {
				t.Errorf("told: %v; %v, not %v for %v", told, err, l.alert, l.reason)
			}
			if l.to == ClientRole && c.done != nil || l.to == ServerRole && s.done != nil {
				t.Error("a connection came of it")
			}
		})
	}
}

// edit returns the message that is coming as the lie has it.
func (l *lie) edit(t *testing.T, e *pairEnd) []byte {
	mt := MessageType(e.coming[0])
	m, err := parseMessage(mt, slices.Clone(e.coming[headerSize:]), e.m.c.form, everything())
	if err != nil {
		t.Fatal(err)
	}
	l.change(m)
	whole, err := appendMessage(nil, m, e.m.c.form)
	if err != nil {
		t.Fatal(err)
	}
	return whole
}
