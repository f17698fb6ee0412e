package x509lite

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
	"time"

	"tlsengine/cipher"
)

// Bounds of one Verify, whose comment names the first three. The usual chain takes one or two signatures and as many steps.
const (
	maxSignatures = 100 // signatures checked; a long RSA key's counts as several
	maxSteps      = 200 // issuers tried, over all paths
	maxDepth      = 16  // certificates in a chain
	maxAttempts   = 32  // failures reported; VerifyError.Tried says so too
	maxCandidates = 64  // issuers considered of one certificate
)

// pathBuilder searches depth first, from the leaf up, the likeliest issuer first (RFC 4158, Section 3.2). All that is cheap is
// checked before a signature is.
type pathBuilder struct {
	o   VerifyOptions
	now int64

	signatures, steps, comparisons int // what is left of the budget

	chain [maxDepth]*Certificate
	depth int                        // certificates in chain
	keys  [maxDepth]cipher.PublicKey // of a whole chain, parameters inherited

	rule    string         // name of the rule about form that the certificate just judged breaks
	judging []*Certificate // signers of CRLs whose paths are being looked for, this builder's leaf last

	missing []Missing // revocation status that is unknown, on any path

	tried []Attempt
	best  Attempt // the most telling failure
	rank  int
}

// build returns the chain, nil if there is none. It is a view of b.
func (b *pathBuilder) build(leaf *Certificate) []*Certificate {
	b.chain[0], b.depth = leaf, 1
	if code, detail := b.checkLeaf(leaf); code != OK {
		b.fail(code, detail)
		return nil
	}
	if b.o.Roots.Contains(leaf) && b.endsAt(leaf) && b.complete() || b.extend() {
		return b.chain[:b.depth:b.depth]
	}
	return nil
}

// extend tries to lead the chain, whose last certificate is not trusted, to an anchor.
func (b *pathBuilder) extend() bool {
	last := b.chain[b.depth-1]
	var space [8]candidate
	list := b.candidates(space[:0], last)
	if len(list) == 0 {
		b.noIssuer(last)
		return false
	}
	if b.depth == maxDepth {
		b.fail(CertChainTooLong, fmt.Sprintf("more than %d certificates", maxDepth))
		return false
	}
	told := false // a failure was noted that may be the answer
	for _, c := range list {
		if b.steps--; b.steps < 0 {
			b.fail(BudgetExceeded, fmt.Sprintf("%d possible issuers tried", maxSteps))
			return false
		}
		depth := b.depth
		b.chain[depth] = c.certificate
		b.depth++
		code, detail := b.checkIssuer(c)
		switch {
		case code == OK && c.trusted && b.endsAt(c.certificate):
			if b.complete() {
				return true
			}
			told = true
		case code == OK:
			if b.extend() {
				return true
			}
			told = true
		case code != BudgetExceeded && (last.SelfIssued() || c.namesake && code != CertSignatureFailure):
			if len(b.tried) < maxAttempts {
				b.tried = append(b.tried, b.attempt(code, detail))
			}
		default:
			b.fail(code, detail)
			told = true
		}
		b.depth = depth
		if b.signatures < 0 {
			return false
		}
	}
	if !told {
		b.noIssuer(last)
	}
	return false
}

// endsAt reports whether a trusted certificate ends the chain.
func (b *pathBuilder) endsAt(c *Certificate) bool {
	return b.o.Anchors == AnyAnchor || c.selfSigned()
}

// selfSigned reports whether the certificate says that its own key signed it. Nobody needs the signature of a trusted one.
func (c *Certificate) selfSigned() bool {
	want, has := c.AuthorityKeyID(), c.SubjectKeyID()
	return c.SelfIssued() && (want == nil || has == nil || bytes.Equal(want, has))
}

// complete judges what only a whole chain can be judged by. The chain ends at a trust anchor.
func (b *pathBuilder) complete() bool {
	if !b.resolveKeys() {
		return false
	}
	chain := b.chain[:b.depth]
	if at, code, detail := checkPolicies(&b.o.Policies, chain, &b.comparisons); code != OK {
		b.failAt(slices.Index(chain, at), code, detail)
		return false
	}
	return b.checkRevocation()
}

// resolveKeys fills in keys from the anchor down. Where one inherits its parameters, what had to be left open on the way up is
// checked: its strength, and the signature that it made.
func (b *pathBuilder) resolveKeys() bool {
	var above cipher.PublicKey
	for i := b.depth - 1; i >= 0; i-- {
		c := b.chain[i]
		key, err := c.inherit(above)
		if err != nil {
			b.failAt(i, UnsupportedSignatureOrKey, err.Error())
			return false
		}
		b.keys[i], above = key, key
		if c.keyErr == nil {
			continue
		}
		if code, detail := b.checkKey(key, CAKeyTooSmall); code != OK {
			b.failAt(i, code, detail)
			return false
		}
		if i > 0 {
			if code, detail := b.spendSignature(b.chain[i-1], key); code != OK {
				b.failAt(i, code, detail)
				return false
			}
		}
	}
	return true
}

// noIssuer notes why the path ends at last.
func (b *pathBuilder) noIssuer(last *Certificate) {
	switch {
	case b.o.Anchors != AnyAnchor && b.depth > 1 && !last.SelfIssued() && b.o.Roots.Contains(last):
		b.fail(UnableToGetIssuer, "issuer "+quote(last.Issuer().String()))
	case !last.SelfIssued():
		b.fail(UnableToGetIssuerLocally, "issuer "+quote(last.Issuer().String()))
	case b.depth == 1:
		b.fail(DepthZeroSelfSigned, "")
	default:
		b.fail(SelfSignedInChain, "")
	}
}

// candidate is a possible issuer. Lower scores are tried first.
type candidate struct {
	certificate *Certificate
	trusted     bool
	namesake    bool // by its key identifier it isn't the issuer: its faults are no reason
	score       int8
}

// candidates gives the certificates whose subject is last's issuer and that aren't in the chain, the likeliest first: trusted
// before sent by the peer (or the other way round, if the options say so), key identifier right, before not given, before wrong,
// valid now before not.
func (b *pathBuilder) candidates(list []candidate, last *Certificate) []candidate {
	for _, c := range b.o.Roots.issuersOf(last) {
		list = b.consider(list, c, last, true)
	}
	for _, c := range b.o.Intermediates {
		if c.identity().subject == last.identity().issuer {
			list = b.consider(list, c, last, false)
		}
	}
	slices.SortStableFunc(list, func(x, y candidate) int { return int(x.score) - int(y.score) })
	return list
}

func (b *pathBuilder) consider(list []candidate, c, last *Certificate, trusted bool) []candidate {
	if len(list) >= maxCandidates {
		return list
	}
	for _, present := range b.chain[:b.depth] {
		if sameKey(present, c) {
			return list
		}
	}
	for _, other := range list {
		if other.certificate.Equal(c) { // sent by the peer and trusted, or sent twice
			return list
		}
	}
	score, namesake := int8(0), false
	if want, has := last.AuthorityKeyID(), c.SubjectKeyID(); want == nil || has == nil {
		score += 4
	} else if !bytes.Equal(want, has) {
		score, namesake = score+8, true
	}
	if b.now < c.notBefore || b.now > c.notAfter {
		score += 2
	}
	if trusted == b.o.PeerFirst {
		score++
	}
	return append(list, candidate{c, trusted, namesake, score})
}

// failAt notes that the whole chain fell at its certificate i.
func (b *pathBuilder) failAt(i int, code Code, detail string) {
	depth := b.depth
	rank := 2*depth + 2*maxDepth + 1
	switch code {
	case CertRevoked:
		rank = 900
	case BudgetExceeded:
		rank = 1000
	}
	b.depth = i + 1
	b.note(code, detail, rank)
	b.depth = depth
}

// fail notes that the present path fell at its last certificate.
func (b *pathBuilder) fail(code Code, detail string) {
	// What is wrong with a certificate says more than that none was found; of two such, the one further up the path.
	rank := b.depth * 2
	switch code {
	case UnableToGetIssuerLocally, DepthZeroSelfSigned, SelfSignedInChain:
	case BudgetExceeded:
		rank = 1000
	case CertSignatureFailure, UnsupportedSignatureOrKey:
		rank-- // perhaps not the issuer at all, but another of the same name
	default:
		rank += 2 * maxDepth
	}
	b.note(code, detail, rank)
}

func (b *pathBuilder) note(code Code, detail string, rank int) {
	if len(b.tried) >= maxAttempts && rank <= b.rank {
		return
	}
	a := b.attempt(code, detail)
	if len(b.tried) < maxAttempts {
		b.tried = append(b.tried, a)
	}
	if rank > b.rank {
		b.best, b.rank = a, rank
	}
}

// attempt is the present path, which fell.
func (b *pathBuilder) attempt(code Code, detail string) Attempt {
	a := Attempt{slices.Clone(b.chain[:b.depth]), code, detail, b.rule}
	b.rule = ""
	return a
}

// failure makes the error of a search that found nothing.
func (b *pathBuilder) failure(leaf *Certificate) *VerifyError {
	a := b.best
	if len(a.Path) == 0 {
		return &VerifyError{Code: UnableToGetIssuerLocally, Certificate: leaf}
	}
	depth := len(a.Path) - 1
	return &VerifyError{Code: a.Code, Depth: depth, Certificate: a.Path[depth], Detail: a.Detail, Rule: a.Rule, Tried: b.tried,
		Missing: b.missing}
}

// checkSignature checks that the chain's last certificate signed the one before it.
func (b *pathBuilder) checkSignature() (Code, string) {
	issuer, subject := b.chain[b.depth-1], b.chain[b.depth-2]
	if err := issuer.PublicKeyError(); err == errInherited {
		return OK, "" // see resolveKeys
	} else if err != nil {
		return UnsupportedSignatureOrKey, err.Error()
	}
	if subject.unknownAlgorithm() {
		return UnsupportedSignatureOrKey, "signature algorithm of " + subject.label()
	}
	var key [sha256.Size]byte
	if b.o.Signatures != nil {
		key = signatureKey(issuer, subject)
		if b.o.Signatures.Valid(key) {
			return OK, ""
		}
	}
	code, detail := b.spendSignature(subject, issuer.PublicKey())
	if code == OK && b.o.Signatures != nil {
		b.o.Signatures.Remember(key)
	}
	return code, detail
}

// spendSignature checks the certificate's signature with the key, within the budget.
func (b *pathBuilder) spendSignature(subject *Certificate, key cipher.PublicKey) (Code, string) {
	if b.signatures -= signatureCost(key); b.signatures < 0 {
		return BudgetExceeded, "too many signatures to check"
	}
	err := cipher.VerifySignature(subject.signedWith, key, subject.RawTBS(), subject.RawSignature())
	switch {
	case errors.Is(err, cipher.ErrBadSignature), errors.Is(err, cipher.ErrWrongKey):
		return CertSignatureFailure, "on the certificate " + subject.label()
	case err != nil:
		return UnsupportedSignatureOrKey, err.Error()
	}
	return OK, ""
}

// signatureCost counts a check in units of a usual one, which takes up to 0.2 ms. The time for RSA grows with the square of the
// length and with the length of the exponent; the large curves and DSA take many times as long as the curves and the short RSA
// keys that are in use: a peer must not get a hundred of them.
func signatureCost(k cipher.PublicKey) int {
	switch {
	case k.Type() == cipher.KeyDSA:
		return 8
	case mldsaStrength(k.Type()) > 0:
		return 2
	case k.Type() == cipher.KeyECDSA && k.Bits() > 384:
		return 8
	case k.Type() == cipher.KeyECDSA && k.Bits() > 256:
		return 3
	}
	n := k.Bits() / 3200
	cost := 1 + n*n
	if r, ok := k.(*cipher.RSAPublicKey); ok && rsaOf(r).E > usualExponent {
		cost *= 3
	}
	return cost
}

// usualExponent is F4: nearly no key has a larger one.
const usualExponent = 65537

// signatureKey identifies a signature and the key that is to have made it. Both halves have a fixed length, and each binds all
// that it stands for.
func signatureKey(issuer, subject *Certificate) [sha256.Size]byte {
	const label = "x509lite signature\x00"
	var b [len(label) + 2*sha256.Size]byte
	whole := subject.Fingerprint()
	copy(b[:], label)
	copy(b[len(label):], issuer.identity().key[:])
	copy(b[len(label)+sha256.Size:], whole[:])
	return sha256.Sum256(b[:])
}

func dayOf(unix int64) string { return time.Unix(unix, 0).UTC().Format("2006-01-02 15:04:05 UTC") }
