package handshake

import (
	"bytes"
	"errors"
	"fmt"
	"slices"

	"tlsengine/cipher"
	"tlsengine/record"
	"tlsengine/x509lite"
)

// A Credential is what one end authenticates with: a certificate chain and the key that belongs to it. It is
// immutable once made and may be shared by any number of configurations.
type Credential struct {
	kind    CertificateType
	chain   []*x509lite.Certificate // nil for a raw public key
	key     cipher.PrivateKey
	schemes []cipher.SignatureScheme
	entries []CertificateEntry
	size    int // of the Certificate message, at most

	staples [][]byte // OCSP responses, each about the certificate in the same place
	scts    []byte   // SignedCertificateTimestampList of the leaf

	delegated  *delegation // nil: the key is the certificate's
	compressed *compressedForms

	forAuthorities bool // only for peers that name an issuer of the chain
}

// A CredentialError says what keeps a credential from being one.
type CredentialError struct {
	Reason record.Reason // the same that OpenSSL or BoringSSL would give
	Detail string
}

// Error returns one line for people.
func (e *CredentialError) Error() string { return "handshake: " + e.Detail }

func badCredential(r record.Reason, format string, args ...any) *CredentialError {
	return &CredentialError{Reason: r, Detail: fmt.Sprintf(format, args...)}
}

// NewCredential makes a credential of a chain, leaf first, and its key. schemes are the signature schemes to sign with,
// the best first; nil means all that fit the key, without weak ones, those of the key's own curve first. The error says
// what does not belong together. The chain is sent as it is given.
func NewCredential(chain []*x509lite.Certificate, key cipher.PrivateKey, schemes []cipher.SignatureScheme) (*Credential, error) {
	if len(chain) == 0 {
		return nil, errors.New("handshake: a credential needs at least one certificate")
	}
	if key == nil {
		return nil, errors.New("handshake: a credential needs a private key")
	}
	public := chain[0].PublicKey()
	if public == nil || !public.Equal(key.Public()) {
		return nil, badCredential(record.ReasonKeyValuesMismatch,
			"the private key (%v) does not belong to the certificate", key.Public().Type())
	}
	c := &Credential{key: key}
	if err := c.setSchemes(schemes); err != nil {
		return nil, err
	}
	c.present(chain)
	return c, nil
}

// setSchemes sets what is signed with: those of the schemes that fit the key.
func (c *Credential) setSchemes(schemes []cipher.SignatureScheme) error {
	public := c.key.Public()
	if schemes == nil {
		schemes = soundSchemes(public)
	}
	for _, s := range schemes {
		if s.Fits(public) {
			c.schemes = append(c.schemes, s)
		}
	}
	if len(c.schemes) == 0 {
		return badCredential(record.ReasonInvalidSignatureAlgorithm,
			"no signature scheme fits the key (%v, %d bits)", public.Type(), public.Bits())
	}
	return nil
}

// present sets what is shown.
func (c *Credential) present(chain []*x509lite.Certificate) {
	c.chain, c.compressed = chain, new(compressedForms)
	for _, cert := range chain {
		c.entries = append(c.entries, CertificateEntry{Data: cert.Raw()})
		c.size += len(cert.Raw()) + entryOverhead
	}
}

// ForAuthorities returns a credential like c that is used only with a peer that names one of the chain's issuers in its
// certificate_authorities (RFC 8446, Section 4.2.4): for a chain that some peers need and others don't know.
func (c *Credential) ForAuthorities() *Credential {
	own := *c
	own.forAuthorities = true
	return &own
}

// WithSchemes returns a credential that signs with those of the schemes that fit the key and with no others, the best first;
// nil is as in NewCredential. The error says that none fits.
func (c *Credential) WithSchemes(schemes []cipher.SignatureScheme) (*Credential, error) {
	own := *c
	if c.delegated != nil && slices.Contains(schemes, c.delegated.Scheme) {
		return &own, nil // RFC 9345, Section 4: the delegation names the one
	}
	own.schemes = nil
	if c.delegated != nil {
		return nil, badCredential(record.ReasonInvalidSignatureAlgorithm, "a delegated key signs with %v only", c.delegated.Scheme)
	}
	if err := own.setSchemes(schemes); err != nil {
		return nil, err
	}
	return &own, nil
}

// WithStaples returns a credential like c that staples OCSP responses to its certificates, the leaf's first, for peers that ask
// for them: before TLS 1.3 the leaf's alone can be sent. An empty one stands for none. They are sent as they are; a server that
// gets new ones answers SelectCredential with a fresh copy. The error is a *CredentialError.
func (c *Credential) WithStaples(responses ...[]byte) (*Credential, error) {
	if len(responses) > len(c.chain) {
		return nil, badCredential(record.ReasonInvalidOCSPResponse,
			"there are %d OCSP responses for %d certificates", len(responses), len(c.chain))
	}
	own := *c
	own.compressed = new(compressedForms)
	own.staples = make([][]byte, len(responses))
	for i, r := range responses {
		if len(r) > maxStaple {
			return nil, badCredential(record.ReasonInvalidOCSPResponse,
				"an OCSP response is %d bytes, at most %d can be stapled", len(r), maxStaple)
		}
		if len(r) == 0 {
			continue
		}
		own.staples[i] = bytes.Clone(r)
		own.size += len(r)
	}
	return &own, nil
}

// maxStaple is how long an OCSP response may be, so that it fits an extension beside others.
const maxStaple = 1 << 15

// WithSCTs returns a credential like c that sends a SignedCertificateTimestampList (RFC 6962, Section 3.3) about its leaf to
// peers that ask for it. An empty one stands for none. The error is a *CredentialError.
func (c *Credential) WithSCTs(list []byte) (*Credential, error) {
	if len(list) > 0 && (len(list) > maxStaple || !isSCTList(list)) {
		return nil, badCredential(record.ReasonInvalidSCTList, "%d bytes are no list of certificate timestamps", len(list))
	}
	own := *c
	own.compressed = new(compressedForms)
	own.scts = bytes.Clone(list)
	own.size += len(list)
	return &own, nil
}

// staple returns the response about the leaf, nil without.
func (c *Credential) staple() []byte {
	if len(c.staples) == 0 {
		return nil
	}
	return c.staples[0]
}

// certificate12 returns the message that shows the credential before TLS 1.3.
func (c *Credential) certificate12() *Certificate {
	return &Certificate{Entries: c.entries, Bare: c.kind == CertificateRawPublicKey}
}

// certificate returns the message that shows the chain in TLS 1.3, with what the peer asked to be told about it. Nothing of it
// may be changed: most of it is shared.
func (c *Credential) certificate(asked ExtensionSet) *Certificate {
	entries := c.entries
	for i := range c.entries {
		x := c.about(i, asked)
		if x == nil {
			continue
		}
		if &entries[0] == &c.entries[0] {
			entries = slices.Clone(entries)
		}
		entries[i].Extensions = x
	}
	return &Certificate{Entries: entries}
}

// about returns what there is to say about one of the certificates to a peer that asked (RFC 8446, Section 4.4.2), nil if
// nothing.
func (c *Credential) about(i int, asked ExtensionSet) *Extensions {
	staple := i < len(c.staples) && c.staples[i] != nil && asked.Has(ExtStatusRequest)
	delegated := i == 0 && c.delegated != nil
	scts := i == 0 && len(c.scts) > 0 && asked.Has(ExtSCT)
	if !staple && !delegated && !scts {
		return nil
	}
	x := new(Extensions)
	if staple {
		x.Staple = c.staples[i]
		x.Add(ExtStatusRequest)
	}
	if delegated {
		x.Delegated = &c.delegated.DelegatedCredential
		x.Add(ExtDelegatedCredential)
	}
	if scts {
		x.SCTs = c.scts
		x.Add(ExtSCT)
	}
	return x
}

// issuedBy tells whether one of the names, as DER, is that of an issuer in the chain.
func (c *Credential) issuedBy(names [][]byte) bool {
	for _, cert := range c.chain {
		for _, name := range names {
			if bytes.Equal(cert.RawIssuer(), name) {
				return true
			}
		}
	}
	return false
}

// messageSize is how long the Certificate message gets at most, in bytes; 0 for no credential.
func (c *Credential) messageSize() int {
	if c == nil {
		return 0
	}
	return c.size
}

// entryOverhead is what a CertificateEntry has beside the certificate: its length and that of its extensions.
const entryOverhead = 3 + 2

// Type returns what is shown of the credential.
func (c *Credential) Type() CertificateType { return c.kind }

// Chain returns the certificates as they are sent, leaf first; nil for a raw public key. Read only.
func (c *Credential) Chain() []*x509lite.Certificate { return c.chain }

// Key returns the private key, which the credential shares with its callers.
func (c *Credential) Key() cipher.PrivateKey { return c.key }

// soundSchemes returns all schemes that nothing speaks against, the best first: those that are made for the key's curve
// before those that TLS 1.2 lets a key of any curve use, with a hash that may be too short for it.
func soundSchemes(k cipher.PublicKey) []cipher.SignatureScheme {
	var ids, others []cipher.SignatureScheme
	for _, s := range cipher.Schemes() {
		switch {
		case s.Weak != "":
		case s.ID.FitsCurve(k):
			ids = append(ids, s.ID)
		default:
			others = append(others, s.ID)
		}
	}
	return append(ids, others...)
}
