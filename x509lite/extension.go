package x509lite

import (
	"iter"

	"golang.org/x/crypto/cryptobyte/asn1"
)

// extension numbers the extensions that are looked at by name. Adding one: a number here, its OID in extensionByOID, its check
// in checkExtension, and, if Verify does what it demands, its bit in understood.
type extension uint8

const (
	extSubjectKeyID extension = iota
	extKeyUsage
	extSubjectAltName
	extBasicConstraints
	extNameConstraints
	extPolicies
	extPolicyMappings
	extAuthorityKeyID
	extPolicyConstraints
	extExtKeyUsage
	extInhibitAnyPolicy
	extCRLPoints
	extensionCount
)

// understood are the extensions that may be critical: those whose demands Verify enforces.
const understood = 1<<extKeyUsage | 1<<extSubjectAltName | 1<<extBasicConstraints | 1<<extNameConstraints | 1<<extPolicies |
	1<<extExtKeyUsage | 1<<extPolicyMappings | 1<<extPolicyConstraints | 1<<extInhibitAnyPolicy | 1<<extCRLPoints

func extensionByOID(id []byte) (extension, bool) {
	switch OID(id) {
	case oidSubjectKeyID:
		return extSubjectKeyID, true
	case oidKeyUsage:
		return extKeyUsage, true
	case oidSubjectAltName:
		return extSubjectAltName, true
	case oidBasicConstraints:
		return extBasicConstraints, true
	case oidNameConstraints:
		return extNameConstraints, true
	case oidPolicies:
		return extPolicies, true
	case oidPolicyMappings:
		return extPolicyMappings, true
	case oidAuthorityKeyID:
		return extAuthorityKeyID, true
	case oidPolicyConstraints:
		return extPolicyConstraints, true
	case oidExtKeyUsage:
		return extExtKeyUsage, true
	case oidInhibitAnyPolicy:
		return extInhibitAnyPolicy, true
	case oidCRLPoints:
		return extCRLPoints, true
	}
	return 0, false
}

// Extension is one extension as it stands in a certificate.
type Extension struct {
	ID       OID
	Critical bool
	Value    []byte // contents of extnValue, a view of the certificate's DER
}

// Extensions goes through all extensions, known and unknown, in the order of the certificate.
func (c *Certificate) Extensions() iter.Seq[Extension] { return extensionsOf(c.extensions.of(c.raw)) }

// extensionsOf goes through a list that was checked.
func extensionsOf(list der) iter.Seq[Extension] {
	return func(yield func(Extension) bool) {
		for d := list; !d.Empty(); {
			var id []byte
			var critical bool
			var value der
			if !readExtension(&d, &id, &critical, &value) || !yield(Extension{OID(id), critical, value}) {
				return
			}
		}
	}
}

func readExtension(d *der, id *[]byte, critical *bool, value *der) bool {
	var v der
	return readSequence(d, &v) && readOID(&v, id) && readFlag(&v, critical) && v.ReadASN1(value, asn1.OCTET_STRING) && v.Empty()
}

// maxExtensions bounds the search for duplicates, which grows with the square. Certificates have about ten.
const maxExtensions = 128

// parseExtensions reads the list, checks the contents of the known ones and notes where they are.
func (c *Certificate) parseExtensions(list der) error {
	c.extensions = spanOf(c.raw, list)
	count := 0
	for d := list; !d.Empty(); count++ {
		before := list[:len(list)-len(d)]
		var id []byte
		var critical bool
		var value der
		if !readExtension(&d, &id, &critical, &value) {
			return malformed("extension", "is not an OID, a flag and an OCTET STRING")
		}
		known, isKnown := extensionByOID(id)
		// RFC 5280, Section 4.2: no extension may be in a certificate twice.
		if isKnown && c.has(known) || (!isKnown || c.tolerated&MalformedHints != 0) && count < maxExtensions && occurs(before, id) {
			return malformed("extension "+OID(id).String(), "is there twice")
		}
		switch {
		case isKnown:
			c.ext[known] = spanOf(c.raw, value)
			c.present |= 1 << known
			if critical {
				c.critical |= 1 << known
			}
			if err := c.checkExtension(known, value); err != nil {
				return err
			}
		case critical && c.unknownCritical.n == 0:
			c.unknownCritical = spanOf(c.raw, id)
		}
	}
	if count == 0 {
		c.tolerated |= EmptyExtensions
	}
	if count > maxExtensions {
		return malformed("extensions", "are more than 128")
	}
	return nil
}

// occurs reports whether a list of well-formed extensions has one of this type.
func occurs(list der, id []byte) bool {
	for !list.Empty() {
		var other []byte
		var critical bool
		var value der
		if !readExtension(&list, &other, &critical, &value) {
			return false
		}
		if string(other) == string(id) {
			return true
		}
	}
	return false
}

func (c *Certificate) has(e extension) bool { return c.present&(1<<e) != 0 }

// checkExtension checks the form of a known extension and keeps what path validation needs of it.
func (c *Certificate) checkExtension(e extension, value der) error {
	ok := true
	switch e {
	case extBasicConstraints:
		ok = c.readBasicConstraints(value)
	case extKeyUsage:
		ok = c.readKeyUsage(value)
	case extExtKeyUsage:
		ok = c.readExtKeyUsage(value)
	case extSubjectAltName:
		return c.checkSubjectAltName(value)
	case extNameConstraints:
		ok = checkNameConstraints(value)
	case extSubjectKeyID:
		var id der
		if ok = value.ReadASN1(&id, asn1.OCTET_STRING) && value.Empty(); ok {
			c.subjectKeyID = spanOf(c.raw, id)
		}
	case extAuthorityKeyID:
		ok = c.readAuthorityKeyID(value)
	case extPolicyConstraints:
		ok = readPolicyConstraints(value, &policyConstraints{})
	case extPolicies:
		ok = eachPolicy(value, func([]byte) bool { return true })
	case extPolicyMappings:
		ok = eachMapping(value, func(_, _ []byte) bool { return true })
	case extCRLPoints:
		ok = eachPoint(value, func(*distributionPoint) bool { return true })
	case extInhibitAnyPolicy:
		var n int
		ok = readSmall(&value, asn1.INTEGER, &n) && value.Empty()
	}
	// RFC 5280, Section 4.2.1.2 and 4.2.1.1: key identifiers are never critical.
	if e == extSubjectKeyID || e == extAuthorityKeyID {
		if c.critical&(1<<e) != 0 {
			c.tolerated |= CriticalKeyIdentifiers
			c.critical &^= 1 << e
		}
	}
	if !ok && hints&(1<<e) != 0 && c.critical&(1<<e) == 0 {
		c.tolerated |= MalformedHints
		c.present &^= 1 << e
		return nil
	}
	if !ok {
		return malformed("extension "+extensionNames[e], "is malformed")
	}
	return nil
}

// hints are the extensions that only help to find something.
const hints = 1<<extSubjectKeyID | 1<<extAuthorityKeyID | 1<<extCRLPoints

var extensionNames = [extensionCount]string{"subjectKeyIdentifier", "keyUsage", "subjectAltName", "basicConstraints",
	"nameConstraints",
	"certificatePolicies", "policyMappings", "authorityKeyIdentifier", "policyConstraints", "extKeyUsage", "inhibitAnyPolicy",
	"cRLDistributionPoints"}

// noPathLen says that basicConstraints sets no bound.
const noPathLen = -1

// readBasicConstraints reads RFC 5280, Section 4.2.1.9.
func (c *Certificate) readBasicConstraints(d der) bool {
	var v der
	if !readSequence(&d, &v) || !d.Empty() || !readFlag(&v, &c.isCA) {
		return false
	}
	c.pathLen = noPathLen
	if v.PeekASN1Tag(asn1.INTEGER) {
		n := 0
		if !readSmall(&v, asn1.INTEGER, &n) {
			return false
		}
		c.pathLen = int32(n)
	}
	return v.Empty()
}

// KeyUsage is a set of the uses that RFC 5280, Section 4.2.1.3 defines.
type KeyUsage uint16

// The uses of a key.
const (
	DigitalSignature KeyUsage = 1 << iota
	ContentCommitment
	KeyEncipherment
	DataEncipherment
	KeyAgreement
	KeyCertSign
	CRLSign
	EncipherOnly
	DecipherOnly
)

// readKeyUsage reads the bits; bit 0 is the first byte's highest. Bits beyond the nine defined are ignored.
func (c *Certificate) readKeyUsage(d der) bool {
	var bits []byte
	var unused int
	if !readBits(&d, asn1.BIT_STRING, &bits, &unused) || !d.Empty() {
		return false
	}
	for i := range min(9, len(bits)*8) {
		if bits[i/8]&(0x80>>(i%8)) != 0 {
			c.keyUsage |= 1 << i
		}
	}
	return true
}

// Purpose is what a chain is verified for.
type Purpose uint8

// The purposes. The zero value is what a TLS client wants of its server.
const (
	ServerAuth Purpose = iota
	ClientAuth
	AnyPurpose // no extended key usage is looked at
)

// String returns the RFC's name of the key purpose.
func (p Purpose) String() string {
	switch p {
	case ServerAuth:
		return "serverAuth"
	case ClientAuth:
		return "clientAuth"
	}
	return "any purpose"
}

// anyUsage marks anyExtendedKeyUsage in the set of purposes.
const anyUsage = 7

// readExtKeyUsage reads RFC 5280, Section 4.2.1.12 and keeps the purposes of TLS.
func (c *Certificate) readExtKeyUsage(d der) bool {
	var v der
	if !readSequence(&d, &v) || !d.Empty() || v.Empty() {
		return false
	}
	for !v.Empty() {
		var id []byte
		if !readOID(&v, &id) {
			return false
		}
		switch OID(id) {
		case oidServerAuth:
			c.purposes |= 1 << ServerAuth
		case oidClientAuth:
			c.purposes |= 1 << ClientAuth
		case oidAnyUsage:
			c.purposes |= 1 << anyUsage
		}
	}
	return true
}

// readAuthorityKeyID reads RFC 5280, Section 4.2.1.1 and keeps the key identifier.
func (c *Certificate) readAuthorityKeyID(d der) bool {
	var v, id der
	if !readSequence(&d, &v) || !d.Empty() {
		return false
	}
	has := v.PeekASN1Tag(tagContext(0))
	if has && !v.ReadASN1(&id, tagContext(0)) {
		return false
	}
	// The issuer's name [1] and serial number [2] are left to whoever asks for the extension.
	for _, tag := range [...]asn1.Tag{tagContextConstructed(1), tagContext(2)} {
		if !v.SkipOptionalASN1(tag) {
			return false
		}
	}
	if has && v.Empty() {
		c.authorityKeyID = spanOf(c.raw, id)
	}
	return v.Empty()
}
