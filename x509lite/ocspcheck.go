package x509lite

import (
	"bytes"
	"errors"
	"fmt"
	"time"

	"golang.org/x/crypto/cryptobyte/asn1"

	"tlsengine/cipher"
)

// OCSPOptions say when a response is good enough. The zero value of all but Time is what a TLS client wants.
type OCSPOptions struct {
	Time         time.Time     // the moment of which the status is asked; there is no other clock
	Skew         time.Duration // how far the responder's clock may be off; 0: 5 minutes, negative: not at all
	MaxAge       time.Duration // of a response that doesn't say when there will be news; 0: 7 days
	SecurityBits int           // least strength of the responder's key and hash, as in VerifyOptions
}

const (
	defaultSkew   = 5 * time.Minute
	defaultMaxAge = 7 * 24 * time.Hour

	maxAnswers    = 1000 // answers looked at in one response
	maxResponders = 8    // certificates of a response looked at
)

func (o *OCSPOptions) skew() time.Duration {
	if o.Skew == 0 {
		return defaultSkew
	}
	return max(o.Skew, 0)
}

func (o *OCSPOptions) maxAge() time.Duration {
	if o.MaxAge == 0 {
		return defaultMaxAge
	}
	return o.MaxAge
}

// CheckStaple judges the leaf by the OCSP response that its server stapled: nil if it is good, or if there is no response and the
// leaf doesn't ask for one (MustStaple). issuer is the next certificate of the verified chain. The error is a *VerifyError:
// CertRevoked, OCSPCertUnknown if the response is not about the leaf or knows nothing of it, OCSPVerifyNeeded if a response is
// missing, OCSPVerifyFailed for one that proves nothing.
func CheckStaple(leaf, issuer *Certificate, staple []byte, o *OCSPOptions) error {
	refuse := func(code Code, err error) error {
		return &VerifyError{Code: code, Certificate: leaf, Detail: err.Error(), Err: err}
	}
	if len(staple) == 0 {
		if leaf.MustStaple() {
			return refuse(OCSPVerifyNeeded, errors.New("the certificate asks for an OCSP response, and none was stapled"))
		}
		return nil
	}
	r, err := ParseOCSPResponse(staple)
	if err != nil {
		return refuse(OCSPVerifyFailed, err)
	}
	a, err := r.Check(leaf, issuer, o)
	switch {
	case errors.Is(err, ErrOCSPNoAnswer):
		return refuse(OCSPCertUnknown, err)
	case err != nil:
		return refuse(OCSPVerifyFailed, err)
	case a.Status == StatusUnknown:
		return refuse(OCSPCertUnknown, errors.New("the responder doesn't know the certificate"))
	case a.Status == StatusRevoked:
		return refuse(CertRevoked, fmt.Errorf("on %s, %v", dayOf(a.RevokedAt.Unix()), a.Reason))
	}
	return nil
}

// Errors of Check, each wrapped with more.
var (
	ErrOCSPNoAnswer = errors.New("x509lite: the OCSP response says nothing about the certificate")
	ErrOCSPSigner   = errors.New("x509lite: the OCSP response is not signed by the issuer or a responder of its choice")
	ErrOCSPStale    = errors.New("x509lite: the OCSP response is not of this time")
)

// Check returns the answer about the leaf after it made sure that the issuer's key, or a responder that the issuer certified for
// it, signed the response, and that it is of the time. A nonce is not asked for. o is not kept.
//
// Errors, wrapped: ErrOCSPNoAnswer (also for a response that is not successful), ErrOCSPSigner, ErrOCSPStale, or one that says
// what is not supported.
func (r *OCSPResponse) Check(leaf, issuer *Certificate, o *OCSPOptions) (*OCSPAnswer, error) {
	a, _, err := r.check(leaf, issuer, o)
	return a, err
}

// check is Check that also hands out the certificate of the delegated responder, nil if the issuer signed itself.
func (r *OCSPResponse) check(leaf, issuer *Certificate, o *OCSPOptions) (a *OCSPAnswer, responder *Certificate, err error) {
	if r.status != OCSPSuccessful {
		return nil, nil, fmt.Errorf("%w: %v", ErrOCSPNoAnswer, r.status)
	}
	// RFC 5280, Section 4.2: what is critical and unknown is not passed over.
	if r.unknownCritical.n > 0 {
		return nil, nil, fmt.Errorf("x509lite: the OCSP response has a critical extension that is not understood, %v",
			OID(r.unknownCritical.of(r.raw)))
	}
	if a = r.answer(leaf, issuer); a == nil {
		return nil, nil, ErrOCSPNoAnswer
	}
	if a.hasCritical {
		return nil, nil, errors.New("x509lite: the OCSP response's answer has a critical extension that is not understood")
	}
	if err := a.fresh(o); err != nil {
		return nil, nil, err
	}
	if responder, err = r.checkSigner(issuer, o); err != nil {
		return nil, nil, err
	}
	return a, responder, nil
}

// answer finds the latest answer about the leaf. RFC 6960, Section 3.2, number 1: it must be the certificate that was asked
// about.
func (r *OCSPResponse) answer(leaf, issuer *Certificate) *OCSPAnswer {
	var best *OCSPAnswer
	n := 0
	for a := range r.Answers() {
		if n++; n > maxAnswers {
			break
		}
		if a.Hash == 0 || !bytes.Equal(a.Serial, leaf.RawSerial()) ||
			!bytes.Equal(a.IssuerName, digest(a.Hash, leaf.RawIssuer())) || !bytes.Equal(a.IssuerKey, digest(a.Hash, issuer.keyBits())) {
			continue
		}
		if best == nil || a.ThisUpdate.After(best.ThisUpdate) {
			best = &a
		}
	}
	return best
}

func digest(h cipher.Hash, data []byte) []byte { return h.Sum(nil, data) }

// keyBits returns the contents of the BIT STRING subjectPublicKey.
func (c *Certificate) keyBits() []byte {
	var id, key []byte
	var parameters der
	d := der(c.RawSPKI())
	readKeyInfo(&d, &id, &parameters, &key)
	return key
}

// fresh judges the times. RFC 6960, Section 3.2, numbers 5 and 6, and Section 4.2.2.1.
func (a *OCSPAnswer) fresh(o *OCSPOptions) error {
	early, late := o.Time.Add(-o.skew()), o.Time.Add(o.skew())
	switch {
	case a.ThisUpdate.After(late):
		return fmt.Errorf("%w: it is of %s, later than now", ErrOCSPStale, dayOf(a.ThisUpdate.Unix()))
	case a.NextUpdate.IsZero():
		if a.ThisUpdate.Add(o.maxAge()).Before(early) {
			return fmt.Errorf("%w: it is of %s, and doesn't say how long it holds", ErrOCSPStale, dayOf(a.ThisUpdate.Unix()))
		}
	case a.NextUpdate.Before(a.ThisUpdate), a.NextUpdate.Before(early):
		return fmt.Errorf("%w: it held until %s", ErrOCSPStale, dayOf(a.NextUpdate.Unix()))
	}
	return nil
}

// checkSigner finds who signed. RFC 6960, Section 4.2.2.2: the issuer itself, or one to whom the issuer gave a certificate for it
// directly; responder is its certificate, nil for the issuer.
func (r *OCSPResponse) checkSigner(issuer *Certificate, o *OCSPOptions) (responder *Certificate, err error) {
	if r.signedWith == (cipher.Algorithm{}) {
		return nil, ErrUnsupportedAlgorithm
	}
	if r.names(issuer) {
		return nil, r.checkSignature(issuer, o)
	}
	list := der(r.certificates.of(r.raw))
	reason := error(nil)
	for n := 0; n < maxResponders && !list.Empty(); n++ {
		var element der
		if !list.ReadASN1Element(&element, asn1.SEQUENCE) {
			break
		}
		c, err := ParseCertificate(element)
		if err != nil || !r.names(c) {
			continue
		}
		if reason = mayRespond(c, issuer, o); reason == nil {
			return c, r.checkSignature(c, o)
		}
	}
	if reason != nil {
		return nil, fmt.Errorf("%w: the responder's certificate %w", ErrOCSPSigner, reason)
	}
	return nil, fmt.Errorf("%w: the certificate of the responder that it names is not in it", ErrOCSPSigner)
}

// names reports whether the response says that this certificate's key signed it.
func (r *OCSPResponse) names(c *Certificate) bool {
	if r.responderName.n > 0 {
		return c.Subject().Equal(Name{r.responderName.of(r.raw)})
	}
	return bytes.Equal(r.responderKey.of(r.raw), digest(cipher.SHA1, c.keyBits()))
}

// mayRespond judges the certificate of a delegated responder.
func mayRespond(c, issuer *Certificate, o *OCSPOptions) error {
	now := o.Time.Unix()
	delegated := false
	for _, id := range c.ExtKeyUsage() {
		delegated = delegated || id == UsageOCSPSigning // RFC 6960, Section 4.2.2.2: by name, "any" is not enough
	}
	switch {
	case !delegated:
		return errors.New("is not for signing OCSP responses")
	case now < c.notBefore || now > c.notAfter:
		return errors.New("is not of this time")
	case !c.AllowsUsage(DigitalSignature) && !c.AllowsUsage(ContentCommitment):
		return errors.New("is not for signatures")
	case c.unknownCritical.n > 0 || c.critical&^understood != 0:
		return errors.New("has a critical extension that is not understood")
	case !c.Issuer().Equal(issuer.Subject()):
		return errors.New("is not the issuer's")
	case c.signedWith.Hash != 0 && hashStrength(c.signedWith.Hash) < o.securityBits():
		return errors.New("is signed with a hash that is too weak")
	}
	if err := c.CheckSignature(issuer); err != nil {
		return fmt.Errorf("is not signed by the issuer: %w", err)
	}
	return nil
}

func (o *OCSPOptions) securityBits() int {
	if o.SecurityBits != 0 {
		return o.SecurityBits
	}
	return defaultSecurityBits
}

func (r *OCSPResponse) checkSignature(by *Certificate, o *OCSPOptions) error {
	k := by.PublicKey()
	if k == nil {
		return by.PublicKeyError()
	}
	h := r.signedWith.Hash
	if KeyStrength(k) < o.securityBits() || h != 0 && hashStrength(h) < o.securityBits() {
		return fmt.Errorf("%w: its signature is too weak (%v, %v of %d bits)", ErrOCSPSigner, r.signedWith, k.Type(), k.Bits())
	}
	if err := cipher.VerifySignature(r.signedWith, k, r.tbs.of(r.raw), r.signature.of(r.raw)); err != nil {
		return fmt.Errorf("%w: %w", ErrOCSPSigner, err)
	}
	return nil
}
