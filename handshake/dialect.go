package handshake

import (
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
}

// dialects has a row for each version before TLS 1.3.
var dialects = map[cipher.Version]*dialect{
	cipher.VersionTLS12: {
		derivation: func(s *cipher.Suite) keyschedule.Derivation { return keyschedule.TLS12(s.Hash) },
		signing:    signing12,
		records:    record.FormTLS11,
		forms:      formsOf(Form12),
	},
}

// formsOf returns form for each exchange.
func formsOf(form *Form) map[*exchange]*Form {
	forms := make(map[*exchange]*Form)
	for _, x := range exchanges {
		own := *form
		own.keyExchange = x.layout
		forms[x] = &own
	}
	return forms
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

// choose returns the scheme that a credential signs with for a peer that accepts these, 0 if there is none.
func (r *signingRules) choose(c *Credential, peer []cipher.SignatureScheme) cipher.SignatureScheme {
	public := c.key.Public()
	if r.implied != nil {
		return r.implied(public)
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
