package x509lite

import "golang.org/x/crypto/cryptobyte/asn1"

// The extensions of certificate policies (RFC 5280, Sections 4.2.1.4, 4.2.1.5, 4.2.1.11 and 4.2.1.14), read where they stand.

// AnyPolicy is the policy that stands for all (RFC 5280, Section 4.2.1.4).
const AnyPolicy = oidAnyPolicy

// PolicyIDs returns the policies of certificatePolicies in the order of the certificate, in a fresh slice.
func (c *Certificate) PolicyIDs() []OID {
	if !c.has(extPolicies) {
		return nil
	}
	var ids []OID
	eachPolicy(der(c.ext[extPolicies].of(c.raw)), func(id []byte) bool {
		ids = append(ids, OID(id))
		return true
	})
	return ids
}

// eachPolicy goes through certificatePolicies until visit returns false; false for a malformed encoding.
func eachPolicy(d der, visit func(id []byte) bool) bool {
	var list der
	if !readSequence(&d, &list) || !d.Empty() || list.Empty() {
		return false
	}
	for !list.Empty() {
		var info der
		var id []byte
		if !readSequence(&list, &info) || !readOID(&info, &id) || !checkQualifiers(info) {
			return false
		}
		if !visit(id) {
			return true
		}
	}
	return true
}

// checkQualifiers checks what may follow a policy's identifier: texts and addresses for people, which decide nothing.
func checkQualifiers(d der) bool {
	if d.Empty() {
		return true
	}
	var list der
	if !readSequence(&d, &list) || !d.Empty() || list.Empty() {
		return false
	}
	for !list.Empty() {
		var qualifier, value der
		var id []byte
		var tag asn1.Tag
		if !readSequence(&list, &qualifier) || !readOID(&qualifier, &id) || !qualifier.ReadAnyASN1(&value, &tag) || !qualifier.Empty() {
			return false
		}
	}
	return true
}

// eachMapping goes through policyMappings until visit returns false; false for a malformed encoding.
func eachMapping(d der, visit func(issuer, subject []byte) bool) bool {
	var list der
	if !readSequence(&d, &list) || !d.Empty() || list.Empty() {
		return false
	}
	for !list.Empty() {
		var pair der
		var issuer, subject []byte
		if !readSequence(&list, &pair) || !readOID(&pair, &issuer) || !readOID(&pair, &subject) || !pair.Empty() {
			return false
		}
		if !visit(issuer, subject) {
			return true
		}
	}
	return true
}

// policyConstraints are numbers of certificates that may follow, noSkip where there is no such constraint.
type policyConstraints struct{ explicit, mapping int }

const noSkip = -1

// readPolicyConstraints reads policyConstraints.
func readPolicyConstraints(d der, out *policyConstraints) bool {
	var v der
	if !readSequence(&d, &v) || !d.Empty() || v.Empty() {
		return false
	}
	for i, n := range [...]*int{&out.explicit, &out.mapping} {
		*n = noSkip
		if v.PeekASN1Tag(tagContext(uint8(i))) && !readSmall(&v, tagContext(uint8(i)), n) {
			return false
		}
	}
	return v.Empty()
}

// policyConstraints returns what the certificate constrains.
func (c *Certificate) policyConstraints() policyConstraints {
	p := policyConstraints{noSkip, noSkip}
	if c.has(extPolicyConstraints) {
		readPolicyConstraints(der(c.ext[extPolicyConstraints].of(c.raw)), &p)
	}
	return p
}

// inhibitsAny returns the number of inhibitAnyPolicy, or noSkip.
func (c *Certificate) inhibitsAny() int {
	n := noSkip
	if c.has(extInhibitAnyPolicy) {
		d := der(c.ext[extInhibitAnyPolicy].of(c.raw))
		readSmall(&d, asn1.INTEGER, &n)
	}
	return n
}
