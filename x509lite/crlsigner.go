package x509lite

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"slices"

	"tlsengine/cipher"
)

// Who signed a CRL: RFC 5280, Section 6.3.3 (f) and (g). Mostly it is a CA of the very chain. It may be another key of the same
// CA, or another authority that the distribution point names; its certificate then comes from where intermediates come from, and
// must lead to the same trust anchor.

// maxSigners bounds how deep the question goes whose CRL says that a CRL's signer is not revoked.
const maxSigners = 4

// signer finds the key that made the list's signature, and notes the problem if there is none that may.
func (s *statusCheck) signer(l *CRL) (cipher.PublicKey, bool) {
	b := s.b
	for i := s.from; i < b.depth; i++ {
		if c := b.chain[i]; c.Subject().Equal(l.Issuer()) && s.signed(l, c, b.keys[i]) {
			return b.keys[i], true
		}
	}
	chain := b.chain[s.from:b.depth]
	for _, c := range b.others(l.Issuer()) {
		// A certificate of the chain's key was tried with it.
		if slices.ContainsFunc(chain, func(o *Certificate) bool { return sameKey(o, c) }) {
			continue
		}
		key := c.PublicKey()
		if key == nil || !s.signed(l, c, key) {
			continue
		}
		if b.signerTrusted(c) {
			return key, true
		}
		s.listProblem(CRLPathValidation, l, ", signed by "+c.label())
	}
	s.listProblem(UnableToGetCRLIssuer, l, "")
	return nil, false
}

// others gives the certificates of that subject at hand.
func (b *pathBuilder) others(subject Name) []*Certificate {
	list := slices.Clone(b.o.Roots.named(subject.der))
	for _, c := range b.o.Intermediates {
		if c.Subject().Equal(subject) {
			list = append(list, c)
		}
	}
	return list[:min(len(list), maxCandidates)]
}

// signed reports whether the list is signed by the certificate's key, which may sign lists.
func (s *statusCheck) signed(l *CRL, c *Certificate, key cipher.PublicKey) bool {
	// The hints of RFC 5280, Section 5.2.1 spare the signature.
	if want, has := l.AuthorityKeyID(), c.SubjectKeyID(); want != nil && has != nil && !bytes.Equal(want, has) {
		return false
	}
	// RFC 5280, Section 6.3.3 (f): keyUsage, if it is there, includes cRLSign.
	if !c.AllowsUsage(CRLSign) {
		s.listProblem(KeyUsageNoCRLSign, l, ", issuer "+c.label())
		return false
	}
	if h := l.signedWith.Hash; h != 0 && hashStrength(h) < s.b.securityBits() {
		s.listProblem(CADigestTooWeak, l, ", signed with "+h.String())
		return false
	}
	if code := s.b.checkCRLSignature(l, c, key); code != OK {
		s.listProblem(code, l, "")
		return false
	}
	return true
}

// checkCRLSignature checks a list's signature, unless it was found good before. c, if given, is the certificate of the key, and
// what is remembered is bound to it.
func (b *pathBuilder) checkCRLSignature(l *CRL, c *Certificate, key cipher.PublicKey) Code {
	var id [sha256.Size]byte
	remember := c != nil && c.keyErr == nil // a key that inherits is not told by its certificate alone
	if remember {
		id = sha256.Sum256(c.RawSPKI())
		if known := l.signer.Load(); known != nil && *known == id {
			return OK
		}
	}
	if b.signatures -= signatureCost(key); b.signatures < 0 {
		return BudgetExceeded
	}
	switch err := l.CheckSignature(key); {
	case errors.Is(err, ErrUnsupportedAlgorithm):
		return UnableToGetCRLIssuer
	case err != nil:
		return CRLSignatureFailure
	}
	if remember {
		l.signer.Store(&id)
	}
	return OK
}

// signerTrusted validates the path of a CRL's signer that isn't in the chain. Its own status is looked up in the mode for whole
// chains. A signer whose status is in a list that it signs itself, directly or around a corner, is taken at its word: there
// is nothing else to go by (NIST PKITS 4.14.30).
func (b *pathBuilder) signerTrusted(c *Certificate) bool {
	if slices.Contains(b.judging, c) {
		return true
	}
	if len(b.judging) == maxSigners {
		return false
	}
	o := b.o
	o.Purpose, o.Hostname, o.Policies = AnyPurpose, "", PolicyInputs{}
	// RFC 5280, Section 6.3.3 (f): the same trust anchor.
	o.Roots = NewPool()
	o.Roots.Add(b.chain[b.depth-1])
	if o.Revocation == RevocationLeaf {
		o.Revocation = NoRevocation
	}
	o.Degree = min(o.Degree, Strict) // the Web PKI's rules are for servers
	sub := pathBuilder{o: o, now: b.now, signatures: b.signatures, steps: b.steps, comparisons: b.comparisons}
	sub.judging = append(slices.Clip(b.judging), c)
	chain := sub.build(c)
	b.signatures, b.steps, b.comparisons = sub.signatures, sub.steps, sub.comparisons
	for _, m := range sub.missing {
		b.lack(m)
	}
	return chain != nil
}
