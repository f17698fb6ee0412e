package handshake

import (
	"bytes"

	"tlsengine/cipher"
	"tlsengine/handshake/keyschedule"
	"tlsengine/record"
)

// A dialect is a version before TLS 1.3, reduced to what it does in its own way. The states client12 and server12 are
// those of all of them and ask no version: they ask the dialect, which was chosen with the version, once. What differs by
// suite is an exchange; records and alerts follow their version in package record.
type dialect struct {
	derivation func(*cipher.Suite) keyschedule.Derivation
	signing    *signingRules
	records    *record.Form
	forms      map[*exchange]*Form
	// proof is what a client signs in its CertificateVerify.
	proof proof
	// sendNoCertificate is the answer of a client that has no certificate for a server that asked for one, and awaitCertificate
	// the state in which the server waits for it.
	sendNoCertificate func(*Context, *Flight)
	awaitCertificate  func(server12WaitCertificate) State
	// extensions tells whether the version has all extensions; otherwise it has renegotiation_info alone.
	extensions bool
	// refuse is the answer to a peer that wants to negotiate again, and may not.
	refuse func(*Flight) error
}

// proof is how a client shows that it has the key of its certificate.
type proof struct {
	// content is what the key signs, under a master secret.
	content func(*Context, *keyschedule.Master12, cipher.PublicKey) []byte
	// digested: content is a digest, by the hash of the scheme.
	digested bool
}

// verify is how the signature is checked.
func (p proof) verify(s cipher.SignatureScheme, k cipher.PublicKey, content, signature []byte) error {
	if p.digested {
		return s.VerifyDigest(k, content, signature)
	}
	return s.Verify(k, content, signature)
}

// dialects has a row for each version before TLS 1.3.
var dialects = map[cipher.Version]*dialect{
	cipher.VersionTLS12: {
		derivation: func(s *cipher.Suite) keyschedule.Derivation { return keyschedule.TLS12(s.Hash) },
		signing:    signing12,
		records:    record.FormTLS11,
		forms:      formsOf(Form12),
		proof:      proof{content: wholeTranscript},

		sendNoCertificate: sendEmptyCertificate, awaitCertificate: awaitMessage, extensions: true, refuse: refuseByWarning,
	},
	cipher.VersionTLS11: {
		derivation: func(*cipher.Suite) keyschedule.Derivation { return keyschedule.TLS10() },
		signing:    signing10,
		records:    record.FormTLS11,
		forms:      forms10,
		proof:      proof{content: wholeTranscript},

		sendNoCertificate: sendEmptyCertificate, awaitCertificate: awaitMessage, extensions: true, refuse: refuseByWarning,
	},
	cipher.VersionTLS10: {
		derivation: func(*cipher.Suite) keyschedule.Derivation { return keyschedule.TLS10() },
		signing:    signing10,
		records:    record.FormTLS10,
		forms:      forms10,
		proof:      proof{content: wholeTranscript},

		sendNoCertificate: sendEmptyCertificate, awaitCertificate: awaitMessage, extensions: true, refuse: refuseByWarning,
	},
	cipher.VersionSSL30: {
		derivation: func(*cipher.Suite) keyschedule.Derivation { return keyschedule.SSL30() },
		signing:    signing10,
		records:    record.FormSSL30,
		forms:      formsOf(FormSSL30),
		proof:      proof{content: keyedDigests, digested: true},

		sendNoCertificate: sendWarning, awaitCertificate: awaitMessageOrWarning, refuse: refuseForGood,
	},
}

// forms10 are shared by TLS 1.0 and 1.1.
var forms10 = formsOf(Form10)

// wholeTranscript is all handshake messages before the CertificateVerify (RFC 5246, Section 7.4.8).
func wholeTranscript(c *Context, _ *keyschedule.Master12, _ cipher.PublicKey) []byte {
	return bytes.Clone(c.transcript.Raw())
}

// keyedDigests are those of all handshake messages before the CertificateVerify and the master secret (RFC 6101, Section 5.6.8):
// both for an RSA key, SHA-1's for others.
func keyedDigests(c *Context, master *keyschedule.Master12, k cipher.PublicKey) []byte {
	both := master.SumSSL30(nil, c.transcript.running)
	if k.Type() == cipher.KeyRSA {
		return both
	}
	return both[cipher.MD5.Size():]
}

// sendEmptyCertificate says that there is none (RFC 5246, Section 7.4.6).
func sendEmptyCertificate(c *Context, out *Flight) {
	out.send(&Certificate{Bare: c.ownType == CertificateRawPublicKey})
}

// sendWarning says so in SSL 3.0 (RFC 6101, Section 5.6.6).
func sendWarning(_ *Context, out *Flight) { out.sendNoCertificate() }

// awaitMessage and awaitMessageOrWarning are how versions differ in what may come from a client that has none.
func awaitMessage(s server12WaitCertificate) State { return &s }

func awaitMessageOrWarning(s server12WaitCertificate) State {
	return &server12WaitCertificateOrWarning{s}
}

// refuseByWarning: RFC 5246, Section 7.2.2: who does not want to renegotiate answers with a warning.
func refuseByWarning(out *Flight) error {
	out.oweRefusal()
	return nil
}

// refuseForGood: SSL 3.0 has no such warning (RFC 6101, Section 5.4.2): its refusal ends the connection.
func refuseForGood(*Flight) error {
	return record.Fail(record.AlertHandshakeFailure, record.ReasonNoRenegotiation,
		"the peer wants to negotiate again, which SSL 3.0 can't refuse otherwise")
}

// heeded returns the hello with those extensions that the version knows; TLS 1.3, which has no dialect, knows all.
func (d *dialect) heeded(h *ClientHello) *ClientHello {
	if d == nil || d.extensions {
		return h
	}
	own := *h
	own.Extensions = Extensions{}
	if h.Extensions.Present.Has(ExtRenegotiationInfo) {
		own.Extensions.RenegotiationInfo = h.Extensions.RenegotiationInfo
		own.Extensions.Add(ExtRenegotiationInfo)
	}
	return &own
}

// speak takes up the suite that was chosen: the transcript gets its hash, the messages their layout.
func (c *Context) speak(suite *cipher.Suite) *exchange {
	x := exchangeOf(suite)
	c.info.Suite = suite
	c.form = c.dialect.forms[x]
	c.startTranscript(c.dialect.derivation(suite).TranscriptHash())
	return x
}

// master makes the master secret once the transcript holds the ClientKeyExchange. It clears preMaster.
func (c *Context) master(suite *cipher.Suite, preMaster []byte) keyschedule.Master12 {
	var master keyschedule.Master12
	d := c.dialect.derivation(suite)
	if c.info.ExtendedMasterSecret {
		// RFC 7627, Section 4: bound to all messages through ClientKeyExchange.
		master = d.ExtendedMaster(preMaster, c.hashThrough())
	} else {
		master = d.Master(preMaster, c.info.ClientRandom[:], c.info.ServerRandom[:])
	}
	clear(preMaster)
	c.logSecret(keyschedule.LogClientRandom, master.Bytes())
	return master
}

// signingRules say what a version's signatures are made with.
type signingRules struct {
	// usable tells whether the version lets a key sign with a scheme, in that role.
	usable func(cipher.SignatureScheme, cipher.PublicKey, Role) bool
	// implied is the one scheme of a key, where the version has no schemes on the wire; nil where they are negotiated.
	implied func(cipher.PublicKey) cipher.SignatureScheme
}

// signing13 is TLS 1.3's rule: no PKCS #1 v1.5, no SHA-1, and the curve is part of the scheme (RFC 8446, Section 4.2.3).
var signing13 = &signingRules{usable: func(s cipher.SignatureScheme, k cipher.PublicKey, signer Role) bool {
	row := s.Info()
	return row != nil && row.Usable(cipher.VersionTLS13) && s.FitsCurve(k) && (signer == ClientRole || !row.ClientsOnly)
}}

// signing12 is TLS 1.2's rule: the scheme must fit the type of the key (RFC 5246, Section 7.4.1.4.1).
var signing12 = &signingRules{usable: func(s cipher.SignatureScheme, k cipher.PublicKey, _ Role) bool {
	row := s.Info()
	return row != nil && row.Usable(cipher.VersionTLS12) && s.Fits(k)
}}

// signing10 is the rule of the versions before TLS 1.2: the type of the key decides (RFC 4346, Section 7.4.3).
var signing10 = &signingRules{
	usable:  func(s cipher.SignatureScheme, k cipher.PublicKey, _ Role) bool { return s.Fits(k) },
	implied: func(k cipher.PublicKey) cipher.SignatureScheme { return cipher.SchemeBefore12(k.Type()) },
}

// choose returns the scheme that a credential signs with, in a role, for a peer that accepts these; 0 if there is none.
func (r *signingRules) choose(c *Credential, role Role, peer []cipher.SignatureScheme) cipher.SignatureScheme {
	public := c.key.Public()
	if r.implied != nil {
		if s := r.implied(public); r.usable(s, public, role) {
			return s
		}
		return 0
	}
	for _, own := range c.schemes {
		if !r.usable(own, public, role) {
			continue
		}
		for _, theirs := range peer {
			if own == theirs {
				return own
			}
		}
	}
	return 0
}
