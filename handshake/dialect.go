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
	// proof is what a client signs in its CertificateVerify, under a master secret.
	proof func(*Context, *keyschedule.Master12) []byte
	// sendNoCertificate is the answer of a client that has no certificate for a server that asked for one.
	sendNoCertificate func(*Context, *Flight)
}

// dialects has a row for each version before TLS 1.3.
var dialects = map[cipher.Version]*dialect{
	cipher.VersionTLS12: {
		derivation: func(s *cipher.Suite) keyschedule.Derivation { return keyschedule.TLS12(s.Hash) },
		signing:    signing12,
		records:    record.FormTLS11,
		forms:      formsOf(Form12),
		proof:      wholeTranscript, sendNoCertificate: sendEmptyCertificate,
	},
	cipher.VersionTLS11: {
		derivation: func(*cipher.Suite) keyschedule.Derivation { return keyschedule.TLS10() },
		signing:    signing10,
		records:    record.FormTLS11,
		forms:      forms10,
		proof:      wholeTranscript, sendNoCertificate: sendEmptyCertificate,
	},
	cipher.VersionTLS10: {
		derivation: func(*cipher.Suite) keyschedule.Derivation { return keyschedule.TLS10() },
		signing:    signing10,
		records:    record.FormTLS10,
		forms:      forms10,
		proof:      wholeTranscript, sendNoCertificate: sendEmptyCertificate,
	},
	cipher.VersionSSL30: {
		derivation: func(*cipher.Suite) keyschedule.Derivation { return keyschedule.SSL30() },
		signing:    signing10,
		records:    record.FormSSL30,
		forms:      formsOf(FormSSL30),
		proof:      wholeTranscript, sendNoCertificate: sendEmptyCertificate,
	},
}

// forms10 are shared by TLS 1.0 and 1.1.
var forms10 = formsOf(Form10)

// wholeTranscript is all handshake messages before the CertificateVerify (RFC 5246, Section 7.4.8).
func wholeTranscript(c *Context, _ *keyschedule.Master12) []byte {
	return bytes.Clone(c.transcript.Raw())
}

// sendEmptyCertificate says that there is none (RFC 5246, Section 7.4.6).
func sendEmptyCertificate(c *Context, out *Flight) {
	out.send(&Certificate{Bare: c.ownType == CertificateRawPublicKey})
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
	// usable tells whether the version lets a key sign with a scheme.
	usable func(cipher.SignatureScheme, cipher.PublicKey) bool
	// implied is the one scheme of a key, where the version has no schemes on the wire; nil where they are negotiated.
	implied func(cipher.PublicKey) cipher.SignatureScheme
}

// signing13 is TLS 1.3's rule: no PKCS #1 v1.5, no SHA-1, and the curve is part of the scheme (RFC 8446, Section 4.2.3).
var signing13 = &signingRules{usable: func(s cipher.SignatureScheme, k cipher.PublicKey) bool {
	row := s.Info()
	return row != nil && row.Usable(cipher.VersionTLS13) && s.FitsCurve(k)
}}

// signing12 is TLS 1.2's rule: the scheme must fit the type of the key (RFC 5246, Section 7.4.1.4.1).
var signing12 = &signingRules{usable: func(s cipher.SignatureScheme, k cipher.PublicKey) bool {
	row := s.Info()
	return row != nil && row.Usable(cipher.VersionTLS12) && s.Fits(k)
}}

// signing10 is the rule of the versions before TLS 1.2: the type of the key decides (RFC 4346, Section 7.4.3).
var signing10 = &signingRules{
	usable:  cipher.SignatureScheme.Fits,
	implied: func(k cipher.PublicKey) cipher.SignatureScheme { return cipher.SchemeBefore12(k.Type()) },
}

// choose returns the scheme that a credential signs with for a peer that accepts these, 0 if there is none.
func (r *signingRules) choose(c *Credential, peer []cipher.SignatureScheme) cipher.SignatureScheme {
	public := c.key.Public()
	if r.implied != nil {
		if s := r.implied(public); r.usable(s, public) {
			return s
		}
		return 0
	}
	for _, own := range c.schemes {
		if !r.usable(own, public) {
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
