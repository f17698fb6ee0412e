package x509lite

import (
	"fmt"
	"math/big"
	"time"

	"golang.org/x/crypto/cryptobyte/asn1"

	"tlsengine/cipher"
)

// CRLTemplate says what a list to be issued shall hold. Sign fills in what RFC 5280 wants besides: version 2, the issuer's name
// and key identifier.
type CRLTemplate struct {
	ThisUpdate, NextUpdate time.Time // fractions of a second are cut off
	Number                 int64     // RFC 5280, Section 5.2.3: not negative, and higher in each list
	Base                   int64     // of a delta: the number of the complete list; 0 for a complete list
	Entries                []Revocable
	Extra                  []Extension      // added as they stand
	Algorithm              cipher.Algorithm // signs; zero: the one that fits the key best
}

// Revocable is a certificate to be listed.
type Revocable struct {
	Serial *big.Int  // as in the certificate; only read
	Date   time.Time // of the revocation; fractions of a second are cut off
	Reason Reason    // RemoveFromCRL only in a delta
}

// Sign issues the list and returns its DER, a fresh slice. issuer is the certificate of the key that signs. seed is for
// cipher.PrivateKey: nil for crypto/rand, otherwise the list is a function of the arguments. Errors, wrapped: ErrTemplate,
// those of Certificate.CheckKey, ErrUnsupportedAlgorithm, and those of the key.
func (t *CRLTemplate) Sign(issuer *Certificate, key cipher.PrivateKey, seed []byte) ([]byte, error) {
	if err := t.check(issuer, key); err != nil {
		return nil, err
	}
	algorithm := t.Algorithm
	if algorithm == (cipher.Algorithm{}) {
		algorithm = DefaultAlgorithm(key.Public())
	}
	identifier, err := marshalAlgorithm(algorithm)
	if err != nil {
		return nil, err
	}
	b := newBuilder()
	b.AddASN1(asn1.SEQUENCE, func(b *builder) {
		b.AddASN1Int64(1)
		b.AddBytes(identifier)
		b.AddBytes(issuer.RawSubject())
		addTime(b, t.ThisUpdate)
		addTime(b, t.NextUpdate)
		t.addEntries(b)
		t.addExtensions(b, issuer)
	})
	tbs, err := b.Bytes()
	if err != nil {
		return nil, err
	}
	signature, err := key.SignAlgorithm(algorithm, tbs, seed)
	if err != nil {
		return nil, err
	}
	b = newBuilder()
	b.AddASN1(asn1.SEQUENCE, func(b *builder) {
		b.AddBytes(tbs)
		b.AddBytes(identifier)
		b.AddASN1BitString(signature)
	})
	return b.Bytes()
}

// check refuses what RFC 5280 forbids and what nobody would take.
func (t *CRLTemplate) check(issuer *Certificate, key cipher.PrivateKey) error {
	if err := issuer.CheckKey(key); err != nil {
		return err
	}
	switch {
	case !issuer.AllowsUsage(CRLSign):
		return fmt.Errorf("%w: the issuer's key usage does not include signing CRLs", ErrTemplate)
	case issuer.Subject().Empty():
		return fmt.Errorf("%w: a CRL's issuer has a name", ErrTemplate)
	case !t.ThisUpdate.Before(t.NextUpdate):
		return fmt.Errorf("%w: the next update (%v) is not after this one (%v)", ErrTemplate, t.NextUpdate, t.ThisUpdate)
	case t.Number < 0 || t.Base < 0 || t.Base > 0 && t.Base >= t.Number:
		return fmt.Errorf("%w: number %d, base %d", ErrTemplate, t.Number, t.Base)
	}
	for _, e := range t.Entries {
		// RFC 5280, Section 5.3.1: taking back is for deltas; 7 is no reason.
		if e.Serial == nil || e.Reason > AACompromise || e.Reason == 7 || e.Reason == RemoveFromCRL && t.Base == 0 {
			return fmt.Errorf("%w: an entry without serial number, or with %v", ErrTemplate, e.Reason)
		}
	}
	return nil
}

// addEntries writes revokedCertificates, which RFC 5280, Section 5.1.2.6 wants left out when there are none.
func (t *CRLTemplate) addEntries(b *builder) {
	if len(t.Entries) == 0 {
		return
	}
	b.AddASN1(asn1.SEQUENCE, func(b *builder) {
		for _, e := range t.Entries {
			b.AddASN1(asn1.SEQUENCE, func(b *builder) {
				b.AddASN1BigInt(e.Serial)
				addTime(b, e.Date)
				// RFC 5280, Section 5.3.1: unspecified is not written.
				if e.Reason == Unspecified {
					return
				}
				b.AddASN1(asn1.SEQUENCE, func(b *builder) {
					addExtension(b, oidReasonCode, false, func(b *builder) { b.AddASN1Enum(int64(e.Reason)) })
				})
			})
		}
	})
}

func (t *CRLTemplate) addExtensions(b *builder, issuer *Certificate) {
	b.AddASN1(tagContextConstructed(0), func(b *builder) {
		b.AddASN1(asn1.SEQUENCE, func(b *builder) {
			if id := issuer.SubjectKeyID(); id != nil {
				addExtension(b, oidAuthorityKeyID, false, func(b *builder) {
					b.AddASN1(asn1.SEQUENCE, func(b *builder) {
						b.AddASN1(tagContext(0), func(b *builder) { b.AddBytes(id) })
					})
				})
			}
			addExtension(b, oidCRLNumber, false, func(b *builder) { b.AddASN1Int64(t.Number) })
			if t.Base > 0 {
				addExtension(b, oidDeltaCRL, true, func(b *builder) { b.AddASN1Int64(t.Base) })
			}
			for _, e := range t.Extra {
				addExtension(b, e.ID, e.Critical, func(b *builder) { b.AddBytes(e.Value) })
			}
		})
	})
}
