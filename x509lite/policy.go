package x509lite

import (
	"fmt"

	"tlsengine/cipher"
)

// The rules of RFC 5280, Section 6.1 for one certificate of a path. Each returns OK or the code and what it doesn't say.

// checkLeaf judges the certificate at depth 0 by itself.
func (b *pathBuilder) checkLeaf(c *Certificate) (Code, string) {
	if code, detail := b.checkAny(c); code != OK {
		return code, detail
	}
	trusted := b.o.Roots.find(c)
	if trusted != nil && !b.o.Roots.trusts(trusted, b.o.Purpose) {
		return CertRejected, notTrustedFor + b.o.Purpose.String()
	}
	if code, detail := b.checkForm(c, trusted != nil); code != OK {
		return code, detail
	}
	// RFC 5280, Section 4.2.1.12: where key usage is restricted too, it goes with the purpose.
	if uses := b.o.Purpose.uses(); c.has(extKeyUsage) && uses != 0 && c.keyUsage&uses == 0 {
		return InvalidPurpose, b.o.Purpose.String() + ", by its key usage"
	}
	return b.checkStrength(c, EndEntityKeyTooSmall)
}

// notTrustedFor begins the detail for a certificate whose TrustSettings exclude the purpose.
const notTrustedFor = "its trust settings exclude "

// uses are the uses of a key of which the purpose takes at least one, 0 if it takes any: RFC 5280, Section 4.2.1.12.
func (p Purpose) uses() KeyUsage {
	switch p {
	case ServerAuth:
		return DigitalSignature | KeyEncipherment | KeyAgreement
	case ClientAuth:
		return DigitalSignature | KeyAgreement
	}
	return 0
}

// checkAny judges what every certificate of a path is judged by.
func (b *pathBuilder) checkAny(c *Certificate) (Code, string) {
	switch {
	// RFC 5280, Section 6.1.3 (a)(2); both ends belong to the validity (Section 4.1.2.5).
	case b.now < c.notBefore:
		return CertNotYetValid, "valid from " + dayOf(c.notBefore)
	case b.now > c.notAfter || c.notAfter == b.now && b.o.Time.Nanosecond() > 0:
		return CertHasExpired, "valid until " + dayOf(c.notAfter)
	// RFC 5280, Section 4.2: what is critical and not understood refuses the certificate.
	case c.unknownCritical.n > 0:
		return UnhandledCriticalExtension, OID(c.unknownCritical.of(c.raw)).String()
	case c.critical&^understood != 0:
		return UnhandledCriticalExtension, c.notUnderstood()
	// A critical subjectAltName of nothing but names that nobody here compares is not understood either.
	case c.critical&(1<<extSubjectAltName) != 0 && c.altKinds&(1<<DNSName|1<<RFC822Name|1<<URIName|1<<IPAddress|1<<DirectoryName) == 0:
		return UnhandledCriticalExtension, "subjectAltName without a name of a known kind"
	// RFC 5280, Section 4.2.1.12: purposes are read as binding CAs for what they issue, as all implementations do.
	case !c.Allows(b.o.Purpose):
		return InvalidPurpose, b.o.Purpose.String()
	}
	return OK, ""
}

// notUnderstood names the first critical extension that path validation doesn't enforce.
func (c *Certificate) notUnderstood() string {
	for e := range extensionCount {
		if c.critical&(1<<e)&^understood != 0 {
			return extensionNames[e]
		}
	}
	return ""
}

// checkIssuer judges the chain's last certificate as issuer of the one below it, the signature last.
func (b *pathBuilder) checkIssuer(by candidate) (Code, string) {
	c := by.certificate
	if by.trusted && !b.o.Roots.trusts(c, b.o.Purpose) {
		return CertRejected, notTrustedFor + b.o.Purpose.String()
	}
	if code, detail := b.checkAny(c); code != OK {
		return code, detail
	}
	if code, detail := b.checkForm(c, by.trusted); code != OK {
		return code, detail
	}
	// RFC 5280, Section 6.1.4 (k): a CA says that it is one. An anchor from before version 3 can't.
	if !c.isCA && !(by.trusted && c.version < 3 && !c.has(extBasicConstraints)) {
		return InvalidCA, ""
	}
	// RFC 5280, Section 6.1.4 (n).
	if !c.AllowsUsage(KeyCertSign) {
		return KeyUsageNoCertSign, ""
	}
	if n, bounded := c.MaxPathLen(); bounded && b.intermediatesBelow() > n {
		return PathLengthExceeded, fmt.Sprintf("%d, at most %d", b.intermediatesBelow(), n)
	}
	if code, detail := b.checkStrength(c, CAKeyTooSmall); code != OK {
		return code, detail
	}
	if code, detail := b.checkDigest(b.chain[b.depth-2]); code != OK {
		return code, detail
	}
	if code, detail := b.checkNames(c); code != OK {
		return code, detail
	}
	return b.checkSignature()
}

// intermediatesBelow counts the CAs between the chain's last certificate and the leaf. RFC 5280, Section 4.2.1.9: self-issued
// ones don't count.
func (b *pathBuilder) intermediatesBelow() int {
	n := 0
	for _, c := range b.chain[1 : b.depth-1] {
		if !c.SelfIssued() {
			n++
		}
	}
	return n
}

// checkNames judges every name below c under c's constraints. RFC 5280, Section 6.1.3 (b) and (c): the names of self-issued
// certificates are exempt, but for the leaf's.
func (b *pathBuilder) checkNames(c *Certificate) (Code, string) {
	if !c.has(extNameConstraints) {
		return OK, ""
	}
	for i, lower := range b.chain[:b.depth-1] {
		if i > 0 && lower.SelfIssued() {
			continue
		}
		if code, detail := checkConstraints(c, lower, &b.comparisons); code != OK {
			return code, detail
		}
	}
	if host := b.o.hostByCommonName(b.chain[0]); host != "" {
		return checkHostConstraints(c, host, &b.comparisons)
	}
	return OK, ""
}

// defaultSecurityBits is what is expected of certificates today: NIST SP 800-57, Part 1, Section 5.6.3 allows no less.
const defaultSecurityBits = 112

func (b *pathBuilder) securityBits() int {
	if b.o.SecurityBits != 0 {
		return b.o.SecurityBits
	}
	return defaultSecurityBits
}

// checkStrength judges the certificate's own key.
func (b *pathBuilder) checkStrength(c *Certificate, weak Code) (Code, string) {
	k := c.PublicKey()
	if c.keyErr == errInherited {
		return OK, "" // judged when the chain is whole: see resolveKeys
	}
	if k == nil {
		return UnsupportedSignatureOrKey, c.PublicKeyError().Error()
	}
	return b.checkKey(k, weak)
}

func (b *pathBuilder) checkKey(k cipher.PublicKey, weak Code) (Code, string) {
	if KeyStrength(k) < b.securityBits() {
		return weak, fmt.Sprintf("%v, %d bits", k.Type(), k.Bits())
	}
	return OK, ""
}

// checkDigest judges the hash that c is signed with.
func (b *pathBuilder) checkDigest(c *Certificate) (Code, string) {
	h := c.signedWith.Hash
	if h != 0 && hashStrength(h) < b.securityBits() {
		return CADigestTooWeak, h.String() + ", on the certificate " + c.label()
	}
	return OK, ""
}

// KeyStrength gives a key's security in bits (NIST SP 800-57, Part 1, Table 2).
func KeyStrength(k cipher.PublicKey) int {
	switch k.Type() {
	case cipher.KeyECDSA:
		return k.Bits() / 2
	case cipher.KeyEd25519:
		return 128
	case cipher.KeyEd448:
		return 224
	case cipher.KeyMLDSA44, cipher.KeyMLDSA65, cipher.KeyMLDSA87:
		return mldsaStrength(k.Type())
	}
	for _, row := range [...]struct{ bits, strength int }{{15360, 256}, {7680, 192}, {3072, 128}, {2048, 112}, {1024, 80}} {
		if k.Bits() >= row.bits {
			return row.strength
		}
	}
	return 0
}

// hashStrength gives half the length of a digest, and 63 bits for SHA-1, whose collisions are cheaper.
func hashStrength(h cipher.Hash) int {
	if h == cipher.SHA1 {
		return 63
	}
	return h.Size() * 4
}
