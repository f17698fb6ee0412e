package x509lite

import (
	"bytes"
	"iter"
	"strconv"
	"time"

	"golang.org/x/crypto/cryptobyte/asn1"

	"tlsengine/cipher"
)

// OCSPResponse is a response of RFC 6960, Section 4.2 whose DER was checked whole. It is immutable and may be shared between
// goroutines. What it says is not to be believed before Check. Slices that its methods return are views of its one copy of the
// DER.
type OCSPResponse struct {
	raw    []byte
	status OCSPResponseStatus

	tbs, algorithm, signature, singles, certificates span
	responderName, responderKey, unknownCritical     span // one of the first two is empty
	producedAt                                       int64
	signedWith                                       cipher.Algorithm
}

// OCSPResponseStatus says whether the responder answered at all (RFC 6960, Section 4.2.1).
type OCSPResponseStatus uint8

// The statuses. All but the first are without an answer, and unsigned.
const (
	OCSPSuccessful       OCSPResponseStatus = 0
	OCSPMalformedRequest OCSPResponseStatus = 1
	OCSPInternalError    OCSPResponseStatus = 2
	OCSPTryLater         OCSPResponseStatus = 3
	OCSPSigRequired      OCSPResponseStatus = 5
	OCSPUnauthorized     OCSPResponseStatus = 6
)

var ocspStatusNames = [...]string{"successful", "malformedRequest", "internalError", "tryLater", "", "sigRequired", "unauthorized"}

// String returns the RFC's name.
func (s OCSPResponseStatus) String() string {
	if int(s) < len(ocspStatusNames) && ocspStatusNames[s] != "" {
		return ocspStatusNames[s]
	}
	return "OCSP response status " + strconv.Itoa(int(s))
}

// CertStatus is what a responder says about a certificate.
type CertStatus uint8

// The three answers, by their tags.
const (
	StatusGood CertStatus = iota
	StatusRevoked
	StatusUnknown
)

// String returns the RFC's name.
func (s CertStatus) String() string {
	switch s {
	case StatusGood:
		return "good"
	case StatusRevoked:
		return "revoked"
	}
	return "unknown"
}

// OCSPAnswer is a SingleResponse: what is said about one certificate.
type OCSPAnswer struct {
	Hash        cipher.Hash // of the next two; 0 if not known here
	IssuerName  []byte      // hash of the issuer's name
	IssuerKey   []byte      // hash of the bits of the issuer's key
	Serial      []byte      // contents of the serial number's INTEGER
	Status      CertStatus
	RevokedAt   time.Time // of a revoked certificate, in UTC
	Reason      Reason    // of a revoked certificate; Unspecified if not given
	ThisUpdate  time.Time // when the status was known to be so
	NextUpdate  time.Time // when there will be news; zero: at any time
	hasCritical bool      // an extension that is critical, none of which is known
}

// maxOCSP bounds the length of a response in bytes: what fits TLS's own vector.
const maxOCSP = 1<<24 - 1

const oidOCSPBasic OID = "\x2b\x06\x01\x05\x05\x07\x30\x01\x01"

const oidOCSPNonce OID = "\x2b\x06\x01\x05\x05\x07\x30\x01\x02"

// ParseOCSPResponse checks the DER of a response and returns it; one without an answer is no error here. encoding is copied. The
// error is a *ParseError.
func ParseOCSPResponse(encoding []byte) (*OCSPResponse, error) {
	if len(encoding) > maxOCSP {
		return nil, malformed("OCSP response", "is longer than "+strconv.Itoa(maxOCSP)+" bytes")
	}
	r := &OCSPResponse{raw: bytes.Clone(encoding)}
	d := der(r.raw)
	var v, field, basic, body der
	var status int
	if !readSequence(&d, &v) || !d.Empty() || !readSmall(&v, asn1.ENUM, &status) || status > int(OCSPUnauthorized) || status == 4 {
		return nil, malformed("OCSP response", "is not one SEQUENCE in DER that begins with a status")
	}
	r.status = OCSPResponseStatus(status)
	if v.Empty() && r.status != OCSPSuccessful {
		return r, nil
	}
	var id []byte
	// RFC 6960, Section 4.2.1: a successful one has responseBytes, others don't.
	if r.status != OCSPSuccessful || !v.ReadASN1(&field, tagContextConstructed(0)) || !v.Empty() || !readSequence(&field, &basic) ||
		!field.Empty() || !readOID(&basic, &id) || !basic.ReadASN1(&body, asn1.OCTET_STRING) || !basic.Empty() {
		return nil, malformed("OCSP response", "has no responseBytes, or has them without being successful")
	}
	if OID(id) != oidOCSPBasic {
		return nil, malformed("OCSP response", "is of an unknown type, "+OID(id).String())
	}
	return r, r.parseBasic(body)
}

// parseBasic reads BasicOCSPResponse.
func (r *OCSPResponse) parseBasic(d der) error {
	var v, tbs, algorithm, parameters, field, list der
	var id, signature []byte
	if !readSequence(&d, &v) || !d.Empty() || !v.ReadASN1Element(&tbs, asn1.SEQUENCE) ||
		!v.ReadASN1Element(&algorithm, asn1.SEQUENCE) || !readOctetBits(&v, &signature) {
		return malformed("OCSP response", "is not of tbsResponseData, signatureAlgorithm and signature")
	}
	r.tbs, r.algorithm, r.signature = spanOf(r.raw, tbs), spanOf(r.raw, algorithm), spanOf(r.raw, signature)
	if !readAlgorithm(&algorithm, &id, &parameters) {
		return malformed("OCSP response", "has a signature algorithm that is not an OID with at most one parameter")
	}
	r.signedWith = signatureAlgorithm(id, parameters)
	if v.PeekASN1Tag(tagContextConstructed(0)) {
		if !v.ReadASN1(&field, tagContextConstructed(0)) || !readSequence(&field, &list) || !field.Empty() {
			return malformed("OCSP response", "has malformed certificates")
		}
		r.certificates = spanOf(r.raw, list)
		for !list.Empty() {
			if !list.SkipASN1(asn1.SEQUENCE) {
				return malformed("OCSP response", "has malformed certificates")
			}
		}
	}
	if !v.Empty() {
		return malformed("OCSP response", "has something behind its last field")
	}
	return r.parseData(tbs)
}

// parseData reads ResponseData.
func (r *OCSPResponse) parseData(element der) error {
	var v, field, list der
	readSequence(&element, &v)
	// X.690, Section 11.5: v1, the default and the only version, is not written.
	if !r.readResponder(&v) || !readGeneralizedTime(&v, &r.producedAt) || !readSequence(&v, &list) || list.Empty() {
		return malformed("OCSP response", "has malformed tbsResponseData (version, responderID, producedAt or responses)")
	}
	r.singles = spanOf(r.raw, list)
	for !list.Empty() {
		var a OCSPAnswer
		if !readAnswer(&list, &a) {
			return malformed("OCSP response", "holds a malformed answer")
		}
	}
	if v.PeekASN1Tag(tagContextConstructed(1)) {
		var critical []byte
		if !v.ReadASN1(&field, tagContextConstructed(1)) || !readOCSPExtensions(field, &critical) {
			return malformed("OCSP response", "has malformed extensions")
		}
		if critical != nil {
			r.unknownCritical = spanOf(r.raw, critical)
		}
	}
	if !v.Empty() {
		return malformed("OCSP response", "has something behind the last field of tbsResponseData")
	}
	return nil
}

// readResponder reads responderID: a name, or the SHA-1 of a key's bits.
func (r *OCSPResponse) readResponder(v *der) bool {
	var field, part der
	if v.PeekASN1Tag(tagContextConstructed(1)) {
		ok := v.ReadASN1(&field, tagContextConstructed(1)) && field.ReadASN1Element(&part, asn1.SEQUENCE) && field.Empty() &&
			checkName(part)
		r.responderName = spanOf(r.raw, part)
		return ok
	}
	ok := v.ReadASN1(&field, tagContextConstructed(2)) && field.ReadASN1(&part, asn1.OCTET_STRING) && field.Empty() &&
		len(part) == cipher.SHA1.Size()
	r.responderKey = spanOf(r.raw, part)
	return ok
}

// readGeneralizedTime takes a time of the one form that OCSP has (RFC 6960, Section 4.2.2.1).
func readGeneralizedTime(d *der, unix *int64) bool {
	return d.PeekASN1Tag(asn1.GeneralizedTime) && readTime(d, unix)
}

// readOCSPExtensions checks Extensions and hands out the type of the first critical one; none is understood here but the nonce,
// which is for those who send requests.
func readOCSPExtensions(field der, critical *[]byte) bool {
	var list der
	if !readSequence(&field, &list) || !field.Empty() || list.Empty() {
		return false
	}
	for whole, n := list, 0; !list.Empty(); n++ {
		before := whole[:len(whole)-len(list)]
		var id []byte
		var isCritical bool
		var value der
		if n == maxExtensions || !readExtension(&list, &id, &isCritical, &value) || occurs(before, id) {
			return false
		}
		if isCritical && *critical == nil && OID(id) != oidOCSPNonce {
			*critical = id
		}
	}
	return true
}

// readAnswer takes a SingleResponse.
func readAnswer(d *der, a *OCSPAnswer) bool {
	var v, id, name, key, serial, field der
	var algorithm []byte
	var parameters der
	if !readSequence(d, &v) || !readSequence(&v, &id) || !readAlgorithm(&id, &algorithm, &parameters) ||
		!id.ReadASN1(&name, asn1.OCTET_STRING) || !id.ReadASN1(&key, asn1.OCTET_STRING) ||
		!id.ReadASN1(&serial, asn1.INTEGER) || !minimalInteger(serial) || !id.Empty() {
		return false
	}
	a.Hash, a.IssuerName, a.IssuerKey, a.Serial = hashByOID(OID(algorithm)), name, key, serial
	var this, next int64
	if !a.readStatus(&v) || !readGeneralizedTime(&v, &this) {
		return false
	}
	a.ThisUpdate = time.Unix(this, 0).UTC()
	if v.PeekASN1Tag(tagContextConstructed(0)) {
		if !v.ReadASN1(&field, tagContextConstructed(0)) || !readGeneralizedTime(&field, &next) || !field.Empty() {
			return false
		}
		a.NextUpdate = time.Unix(next, 0).UTC()
	}
	if v.PeekASN1Tag(tagContextConstructed(1)) {
		var critical []byte
		if !v.ReadASN1(&field, tagContextConstructed(1)) || !readOCSPExtensions(field, &critical) {
			return false
		}
		a.hasCritical = critical != nil
	}
	return v.Empty()
}

// readStatus reads CertStatus: [0] NULL, [1] RevokedInfo or [2] NULL, all implicit.
func (a *OCSPAnswer) readStatus(v *der) bool {
	var field der
	switch {
	case v.PeekASN1Tag(tagContext(uint8(StatusGood))):
		return v.ReadASN1(&field, tagContext(uint8(StatusGood))) && field.Empty()
	case v.PeekASN1Tag(tagContext(uint8(StatusUnknown))):
		a.Status = StatusUnknown
		return v.ReadASN1(&field, tagContext(uint8(StatusUnknown))) && field.Empty()
	}
	a.Status = StatusRevoked
	var at int64
	if !v.ReadASN1(&field, tagContextConstructed(uint8(StatusRevoked))) || !readGeneralizedTime(&field, &at) {
		return false
	}
	a.RevokedAt = time.Unix(at, 0).UTC()
	if field.PeekASN1Tag(tagContextConstructed(0)) {
		var reason der
		var n int
		if !field.ReadASN1(&reason, tagContextConstructed(0)) || !readSmall(&reason, asn1.ENUM, &n) || !reason.Empty() ||
			n > int(AACompromise) || n == 7 {
			return false
		}
		a.Reason = Reason(n)
	}
	return field.Empty()
}

// Raw returns the whole DER encoding.
func (r *OCSPResponse) Raw() []byte { return r.raw }

// Status says whether there is an answer.
func (r *OCSPResponse) Status() OCSPResponseStatus { return r.status }

// ProducedAt returns when the response was signed, in UTC.
func (r *OCSPResponse) ProducedAt() time.Time { return time.Unix(r.producedAt, 0).UTC() }

// Responder returns who signed by its own words: a name, or else the SHA-1 of the key's bits.
func (r *OCSPResponse) Responder() (name Name, keyHash []byte) {
	if r.responderName.n > 0 {
		return Name{r.responderName.of(r.raw)}, nil
	}
	return Name{}, r.responderKey.of(r.raw)
}

// SignatureAlgorithm returns the algorithm of the signature, the zero Algorithm if it is not known here.
func (r *OCSPResponse) SignatureAlgorithm() cipher.Algorithm { return r.signedWith }

// Answers goes through the answers in the order of the response, unverified.
func (r *OCSPResponse) Answers() iter.Seq[OCSPAnswer] {
	return func(yield func(OCSPAnswer) bool) {
		for d := der(r.singles.of(r.raw)); !d.Empty(); {
			var a OCSPAnswer
			if !readAnswer(&d, &a) || !yield(a) {
				return
			}
		}
	}
}
