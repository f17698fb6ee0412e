package handshake

import (
	"slices"

	"tlsengine/cipher"
	"tlsengine/record"
)

// SelectCredential asks which credential to authenticate with.
type SelectCredential struct {
	answer[*Credential]
	params *Params

	Role         Role
	Hello        *ClientHelloInfo         // on servers
	Schemes      []cipher.SignatureScheme // that the peer accepts
	Certificates []CertificateType        // that the peer takes
	Types        []byte                   // certificate_types that a server before TLS 1.3 asks for; nil if it doesn't say
	Authorities  [][]byte                 // names of issuers that the peer prefers, as DER
	Value        any                      // the application's own, from Options

	wishes wishes           // what else the peer says about certificates
	rules  *signingRules    // of the version
	suites []*cipher.Suite  // candidates, where the suite names the key type
	curves []cipher.GroupID // of ECDSA keys that the peer takes; nil if it doesn't say
	noPSK  record.Reason    // why none of the PSKs that a client offers was taken, by a server that has some; 0 otherwise
}

// Kind returns KindSelectCredential.
func (o *SelectCredential) Kind() OperationKind { return KindSelectCredential }

// Complete answers. nil means that there is none: a client then sends an empty Certificate, a server gives up.
func (o *SelectCredential) Complete(c *Credential, err error) { o.fill(c, err) }

// Run answers as the configuration would.
func (o *SelectCredential) Run() {
	if o.params.SelectCredential == nil {
		o.Complete(o.Choose(), nil)
		return
	}
	o.Complete(o.params.SelectCredential(o))
}

// Choose is the standard answer: the first of the configured credentials that the peer can use. One that is made for the
// server name comes before others, of those one that an issuer has signed whom the peer names, and of those one whose chain is
// signed with what the peer accepts.
func (o *SelectCredential) Choose() *Credential {
	var best *Credential
	merits := 0
	for _, c := range o.params.Credentials {
		if m := o.merits(c); m > merits {
			best, merits = c, m
		}
	}
	return best
}

// merits tells how well a credential suits the peer; 0 not at all.
func (o *SelectCredential) merits(c *Credential) int {
	if !o.Usable(c) {
		return 0
	}
	m := 1
	if c.chain == nil || o.Hello == nil || o.Hello.ServerName == "" || c.chain[0].VerifyHostname(o.Hello.ServerName) == nil {
		m += 4
	}
	if c.issuedBy(o.Authorities) {
		m += 2 // RFC 5246, Section 7.4.6; RFC 8446, Section 4.4.2.3: such a chain if there is one
	}
	if o.signsChain(c) {
		m++ // RFC 8446, Section 4.4.2.2: such a chain if there is one, otherwise another
	}
	return m
}

// Usable tells whether the peer can use the credential.
func (o *SelectCredential) Usable(c *Credential) bool { return o.Check(c) == nil }

// Check says why the peer can't use the credential, nil if it can. The error is a *record.Error of handshake_failure: a
// client that would rather fail than go on without its certificate answers with it.
func (o *SelectCredential) Check(c *Credential) error {
	key := c.key.Public()
	var reason record.Reason
	switch {
	case !slices.Contains(o.Certificates, c.kind):
		// RFC 7250, Section 4.2: the type must be one that the client takes, or the one that the server has chosen.
		reason = record.ReasonUnknownCertificateType
	case o.Types != nil && !slices.Contains(o.Types, certificateType(key.Type())):
		// RFC 5246, Section 7.4.6: the certificate's key must be of one of the requested types.
		reason = record.ReasonUnknownCertificateType
	case o.suites != nil && !slices.ContainsFunc(o.suites, func(s *cipher.Suite) bool { return s.Auth.Accepts(key.Type()) }):
		// RFC 5246, Section 7.4.2: the key must be one that the suite can use.
		reason = record.ReasonNoSharedCipher
	case o.curves != nil && key.Type() == cipher.KeyECDSA && !slices.Contains(o.curves, key.Curve()):
		// RFC 8422, Section 5.3: an ECDSA key must be on one of the client's curves.
		reason = record.ReasonWrongCurve
	case c.delegated != nil && !o.delegable(c):
		// RFC 9345, Section 4.1.1: the peer must take delegated credentials, of both schemes.
		reason = record.ReasonNoCommonSignatureAlgorithms
	case o.suites == nil && o.schemeOf(c) == 0, o.suites != nil && o.suiteFor(c) == nil:
		reason = record.ReasonNoCommonSignatureAlgorithms
	case c.forAuthorities && !c.issuedBy(o.Authorities):
		reason = record.ReasonNoMatchingIssuer
	default:
		return nil
	}
	return record.Fail(record.AlertHandshakeFailure, reason, "the peer can't use the certificate (%v)", key.Type())
}

// certificateType is the name of a key's type in a CertificateRequest before TLS 1.3; 0, which nobody asks for, where it has
// none.
func certificateType(t cipher.KeyType) byte {
	switch t {
	case cipher.KeyRSA, cipher.KeyRSAPSS:
		return typeRSASign
	case cipher.KeyDSA:
		return typeDSSSign
	case cipher.KeyECDSA, cipher.KeyEd25519, cipher.KeyEd448:
		return typeECDSASign
	}
	return 0
}

// suiteFor returns the first of the suites that a server with this credential, nil for none, can answer with; nil if it
// can't with any.
func (o *SelectCredential) suiteFor(c *Credential) *cipher.Suite {
	for _, s := range o.suites {
		x := exchangeOf(s)
		switch {
		case !x.certificate:
			if c == nil {
				return s
			}
		case c == nil || !s.Auth.Accepts(c.key.Public().Type()):
		case x.transport && !decrypts(c.key):
		case x.layout.signed && o.rules.choose(c, o.Role, o.Schemes) == 0:
		default:
			return s
		}
	}
	return nil
}

// decrypts tells whether the key is one for RSA key transport.
func decrypts(k cipher.PrivateKey) bool {
	_, ok := k.(cipher.Decrypter)
	return ok
}

// serverCredential is credential for a server of TLS 1.3, which can't do without one.
func (o *SelectCredential) serverCredential() (*Credential, error) {
	credential, err := o.credential()
	if err == nil && credential == nil {
		err = o.noCredential()
	}
	return credential, err
}

// noCredential is the error of a server that has nothing to authenticate with.
func (o *SelectCredential) noCredential() error {
	if len(o.params.Credentials) == 0 && o.noPSK != 0 {
		return record.Fail(record.AlertHandshakeFailure, o.noPSK,
			"none of the client's PSKs can be used, and the server has no certificate")
	}
	if len(o.params.Credentials) == 0 {
		return record.Fail(record.AlertHandshakeFailure, record.ReasonNoCertificateSet, "the server has no certificate")
	}
	for _, c := range o.params.Credentials {
		if err := o.Check(c); err != nil {
			return err // for the one that would have been preferred
		}
	}
	return record.Fail(record.AlertHandshakeFailure, record.ReasonNoCertificateSet, "the application selected no certificate")
}

func (o *SelectCredential) clone() *SelectCredential {
	n := &SelectCredential{
		params: o.params, Role: o.Role, Hello: o.Hello, Schemes: o.Schemes, Authorities: o.Authorities, Value: o.Value,
		wishes: o.wishes, rules: o.rules, suites: o.suites, Types: o.Types, Certificates: o.Certificates, curves: o.curves,
		noPSK: o.noPSK,
	}
	o.copyTo(&n.answer)
	return n
}
