package handshake

import (
	"errors"
	"fmt"

	"tlsengine/cipher"
	"tlsengine/record"
	"tlsengine/x509lite"
)

// This file holds what both ends and all versions need to authenticate: reading a peer's chain, checking a signature
// by it, making one, and the alert that a refused certificate deserves.

// unverifiedPeer is what a peer shows to authenticate with, parsed, of which nothing is known yet but its form. It is
// immutable, as the states that hold it are.
type unverifiedPeer struct {
	chain   []*x509lite.Certificate // leaf first; nil for a raw public key
	rawKey  []byte                  // a SubjectPublicKeyInfo; nil for a chain
	public  cipher.PublicKey        // of rawKey
	staples [][]byte                // OCSP responses, each about the certificate in the same place; nil without any

	delegated *delegation // nil: the leaf's key signs
}

// readServerChain parses a server's Certificate, which must not be empty.
func readServerChain(c *Context, m *Certificate) (*unverifiedPeer, error) {
	if len(m.Entries) == 0 {
		// RFC 8446, Section 4.4.2.4; RFC 5246, Section 7.4.2: a server's chain holds at least its own certificate.
		return nil, record.Fail(record.AlertDecodeError, record.ReasonPeerDidNotReturnACertificate, "the server sent no certificate")
	}
	return readChain(c, m)
}

// readChain parses the certificates of m, or the raw public key that stands in their place.
func readChain(c *Context, m *Certificate) (*unverifiedPeer, error) {
	if c.peerType == CertificateRawPublicKey {
		return readRawKey(m)
	}
	chain := make([]*x509lite.Certificate, 0, len(m.Entries))
	for i := range m.Entries {
		cert, err := c.params.ParseCertificate(m.Entries[i].Data)
		if err != nil && i == 0 {
			return nil, record.Fail(record.AlertDecodeError, record.ReasonCannotParseLeafCert,
				"the peer's certificate can't be read").Because(err)
		}
		if err != nil {
			return nil, record.Fail(record.AlertBadCertificate, record.ReasonDecodeError,
				"certificate %d of the peer's chain can't be read", i).Because(err)
		}
		chain = append(chain, cert)
	}
	if chain[0].PublicKey() == nil {
		return nil, record.Fail(record.AlertUnsupportedCertificate, record.ReasonUnsupportedAlgorithm,
			"the key in the peer's certificate is of a kind that is not supported")
	}
	delegated, err := takeDelegation(c, m, chain[0])
	if err != nil {
		return nil, err
	}
	if scts := takeSCTs(m.Entries, c.info.SCTs); scts != nil {
		c.info.peer().SCTs = scts
	}
	return &unverifiedPeer{chain: chain, staples: takeStaples(m.Entries), delegated: delegated}, nil
}

// shown returns the leaf certificate, or the raw key.
func (u *unverifiedPeer) shown() []byte {
	if u.chain == nil {
		return u.rawKey
	}
	return u.chain[0].Raw()
}

// key returns the key of the leaf, or the raw one.
func (u *unverifiedPeer) key() cipher.PublicKey {
	if u.chain == nil {
		return u.public
	}
	return u.chain[0].PublicKey()
}

// signer returns the key that signs the handshake: the leaf's, or the one that it delegates to.
func (u *unverifiedPeer) signer() cipher.PublicKey {
	if u.delegated != nil {
		return u.delegated.key
	}
	return u.key()
}

// withStaple returns u with an OCSP response about the leaf.
func (u *unverifiedPeer) withStaple(response []byte) *unverifiedPeer {
	own := *u
	own.staples = [][]byte{response}
	return &own
}

// checkSigner checks that the leaf may sign handshakes at all.
func (u *unverifiedPeer) checkSigner() error {
	if u.chain != nil && !u.chain[0].AllowsUsage(x509lite.DigitalSignature) {
		// RFC 8446, Section 4.4.2.2; RFC 5280, Section 4.2.1.3: with a key usage, digitalSignature must be set.
		return record.Fail(record.AlertIllegalParameter, record.ReasonKeyUsageBitIncorrect,
			"the key usage of the peer's certificate excludes signatures")
	}
	return nil
}

// checkSignature checks the peer's signature with the scheme that it names, or that the version's rules imply.
func (u *unverifiedPeer) checkSignature(c *Context, s cipher.SignatureScheme, message, signature []byte, rules *signingRules) error {
	return u.checkProof(c, s, message, signature, rules, cipher.SignatureScheme.Verify)
}

// checkProof is checkSignature for a version that has its own way to verify.
func (u *unverifiedPeer) checkProof(c *Context, s cipher.SignatureScheme, content, signature []byte, rules *signingRules,
	verify func(cipher.SignatureScheme, cipher.PublicKey, []byte, []byte) error) error {
	if rules.implied != nil {
		if s = rules.implied(u.key()); s == 0 {
			return record.Fail(record.AlertIllegalParameter, record.ReasonWrongCertificateType,
				"keys of the peer's type (%v) sign in later versions only", u.key().Type())
		}
	} else if !c.params.accepts(s) {
		// RFC 8446, Section 4.4.3; RFC 5246, Section 7.4.3: the scheme must be one that was offered.
		return record.Fail(record.AlertIllegalParameter, record.ReasonWrongSignatureType,
			"the peer signed with %v, which was not offered", s)
	}
	if u.delegated != nil && s != u.delegated.Scheme {
		// RFC 9345, Section 4.1.3: the scheme must be the one that the credential is for.
		return record.Fail(record.AlertIllegalParameter, record.ReasonWrongSignatureType,
			"the peer signed with %v, its delegated credential is for %v", s, u.delegated.Scheme)
	}
	if !rules.usable(s, u.signer(), 1-c.role) {
		return record.Fail(record.AlertIllegalParameter, record.ReasonWrongSignatureType,
			"the peer signed with %v, which does not fit its key (%v) or this version", s, u.signer().Type())
	}
	if err := verify(s, u.signer(), content, signature); err != nil {
		// RFC 8446, Section 4.4.3: a signature that fails is a decrypt_error.
		return record.Fail(record.AlertDecryptError, record.ReasonBadSignature, "the peer's signature with %v is wrong", s).Because(err)
	}
	c.info.PeerScheme = s
	return u.checkSigner()
}

// verification asks whether the peer is who it should be.
func (u *unverifiedPeer) verification(c *Context) *VerifyPeer {
	op := &VerifyPeer{
		params: c.params, Role: c.role, Chain: u.chain, RawKey: u.rawKey, Staples: u.staples, SCTs: c.info.SCTs,
		ServerName: c.options.ServerName, Time: c.params.Time(), Value: c.options.Value, EarlyData: c.info.EarlyData,
	}
	if c.rejected != nil {
		op.ServerName, op.ECHRejected = c.rejected.PublicName, true
	}
	return op
}

// takeVerdict takes the answer on the peer, and reports the chain from here on.
func (u *unverifiedPeer) takeVerdict(c *Context, op *VerifyPeer) error {
	if op.err != nil {
		return refused(op.err, refusedPeer(op.err))
	}
	if why := op.value.recorded; why != nil && c.rejected != nil {
		// RFC 9849, Section 6.1.6: what comes of this handshake is what the server says about its keys: nothing, if it isn't the
		// right one.
		return refusedPeer(why).Because(why)
	}
	shown := c.info.peer()
	shown.PeerChain, shown.Verdict, shown.Recorded = u.chain, op.value.chain, op.value.recorded
	shown.PeerKey, shown.Delegated = u.rawKey, u.delegated != nil
	if u.staples != nil {
		shown.Staple = u.staples[0]
	}
	return nil
}

// refusedPeer is the error for a peer that was refused: what the verifier says decides the alert.
func refusedPeer(err error) *record.Error {
	alert := record.AlertCertificateUnknown
	var v *x509lite.VerifyError
	if errors.As(err, &v) {
		alert = alertForCode(v.Code)
	}
	return record.Fail(alert, record.ReasonCertificateVerifyFailed, "the peer's certificate was refused")
}

// alertForCode maps what is wrong with a certificate to the alert that says so (RFC 8446, Section 6.2).
func alertForCode(code x509lite.Code) record.Alert {
	switch code {
	case x509lite.CertHasExpired, x509lite.CertNotYetValid, x509lite.CRLHasExpired:
		return record.AlertCertificateExpired
	case x509lite.CertRevoked:
		return record.AlertCertificateRevoked
	case x509lite.UnableToGetIssuerLocally, x509lite.UnableToGetIssuer, x509lite.DepthZeroSelfSigned, x509lite.SelfSignedInChain,
		x509lite.InvalidCA, x509lite.PathLengthExceeded, x509lite.CertChainTooLong, // the chain leads to nobody, as OpenSSL has it
		x509lite.UnableToGetCRL, x509lite.UnableToGetCRLIssuer: // a status that nobody at hand vouches for, as OpenSSL has it
		return record.AlertUnknownCA
	case x509lite.OCSPVerifyNeeded, x509lite.OCSPVerifyFailed, x509lite.OCSPCertUnknown:
		return record.AlertBadCertificateStatusResponse // RFC 6066, Section 8
	case x509lite.InvalidPurpose:
		return record.AlertUnsupportedCertificate
	}
	return record.AlertBadCertificate
}

// signing asks for a signature by the credential over message.
func signing(c *Context, credential *Credential, s cipher.SignatureScheme, message []byte) *Sign {
	return &Sign{scheme: s, message: message, key: credential.key, seed: c.random.seed(UseSignature, signatureSeed)}
}

// signatureSeed is how many random bytes a signature gets: enough for the salt of any RSA-PSS scheme.
const signatureSeed = 64

// signature returns the answer to a Sign.
func (o *Sign) signature() ([]byte, error) {
	err := o.err
	if err == nil && len(o.value) == 0 {
		err = errors.New("the signature is empty")
	}
	if err != nil {
		return nil, refused(err, record.Fail(record.AlertInternalError, record.ReasonPrivateKeyOperationFailed,
			"signing with %v failed", o.scheme))
	}
	return o.value, nil
}

// credential returns the answer to a SelectCredential; nil means none.
func (o *SelectCredential) credential() (*Credential, error) {
	if o.err != nil {
		return nil, refused(o.err, record.Fail(record.AlertInternalError, record.ReasonCertCBError, "no credential could be selected"))
	}
	if o.value != nil && !o.Usable(o.value) {
		return nil, fmt.Errorf("handshake: the selected credential (%v) can't be used with this peer", o.value.key.Public().Type())
	}
	return o.value, nil
}

// signedContent13 is what a TLS 1.3 CertificateVerify signs (RFC 8446, Section 4.4.3).
func signedContent13(r Role, transcriptHash []byte) []byte {
	const pad, context = 64, "TLS 1.3, server CertificateVerify\x00"
	b := make([]byte, 0, pad+len(context)+cipher.MaxHashSize)
	for range pad {
		b = append(b, ' ')
	}
	if r == ServerRole {
		b = append(b, context...)
	} else {
		b = append(b, "TLS 1.3, client CertificateVerify\x00"...)
	}
	return append(b, transcriptHash...)
}
