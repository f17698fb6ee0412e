package cipher

import "fmt"

// SignatureScheme is a signature algorithm as TLS 1.2 and 1.3 put it on the wire (RFC 8446, Section 4.2.3). TLS 1.2 reads the
// same two bytes as a hash and a kind of key, so there the ECDSA schemes bind no curve.
type SignatureScheme uint16

// The schemes of this engine. The RFC's names are these with underscores, as String gives them; those with DSA and SHA-224
// have none, being pairs of a hash and a kind of key (RFC 5246, Section 7.4.1.4.1).
const (
	RSAPKCS1SHA1     SignatureScheme = 0x0201
	DSASHA1          SignatureScheme = 0x0202
	ECDSASHA1        SignatureScheme = 0x0203
	RSAPKCS1SHA224   SignatureScheme = 0x0301
	DSASHA224        SignatureScheme = 0x0302
	ECDSASHA224      SignatureScheme = 0x0303
	RSAPKCS1SHA256   SignatureScheme = 0x0401
	DSASHA256        SignatureScheme = 0x0402
	ECDSAP256SHA256  SignatureScheme = 0x0403
	RSAPKCS1SHA384   SignatureScheme = 0x0501
	DSASHA384        SignatureScheme = 0x0502
	ECDSAP384SHA384  SignatureScheme = 0x0503
	RSAPKCS1SHA512   SignatureScheme = 0x0601
	DSASHA512        SignatureScheme = 0x0602
	ECDSAP521SHA512  SignatureScheme = 0x0603
	RSAPSSRSAESHA256 SignatureScheme = 0x0804
	RSAPSSRSAESHA384 SignatureScheme = 0x0805
	RSAPSSRSAESHA512 SignatureScheme = 0x0806
	Ed25519          SignatureScheme = 0x0807
	Ed448            SignatureScheme = 0x0808 // has a row once RegisterEd448 was called
	RSAPSSPSSSHA256  SignatureScheme = 0x0809
	RSAPSSPSSSHA384  SignatureScheme = 0x080A
	RSAPSSPSSSHA512  SignatureScheme = 0x080B
	MLDSA44          SignatureScheme = 0x0904 // draft-ietf-tls-mldsa
	MLDSA65          SignatureScheme = 0x0905
	MLDSA87          SignatureScheme = 0x0906

	// The schemes of draft-ietf-tls-tls13-pkcs1, for clients of TLS 1.3 whose RSA keys are in hardware that can't make PSS
	// signatures.
	RSAPKCS1SHA256Legacy SignatureScheme = 0x0420
	RSAPKCS1SHA384Legacy SignatureScheme = 0x0520
	RSAPKCS1SHA512Legacy SignatureScheme = 0x0620

	// RSAPKCS1MD5SHA1 is what RSA keys sign with before TLS 1.2 (RFC 4346, Section 7.4.3), where no number tells it. This one is
	// of the range for private use and never on the wire.
	RSAPKCS1MD5SHA1 SignatureScheme = 0xFF01
)

// SchemeBefore12 returns the one scheme that keys of a type sign with before TLS 1.2, where none is negotiated (RFC 4346, Section
// 7.4.3; RFC 4492, Section 5.4), or 0.
func SchemeBefore12(t KeyType) SignatureScheme {
	switch t {
	case KeyRSA:
		return RSAPKCS1MD5SHA1
	case KeyDSA:
		return DSASHA1
	case KeyECDSA:
		return ECDSASHA1
	}
	return 0
}

// String returns the RFC's name, "ecdsa_secp256r1_sha256" for example, or the number in hex if the scheme has no row.
func (s SignatureScheme) String() string {
	if row := s.Info(); row != nil {
		return row.Name
	}
	return fmt.Sprintf("0x%04X", uint16(s))
}

// Scheme is what there is to know of a SignatureScheme: a row, immutable, shared by pointer.
type Scheme struct {
	ID        SignatureScheme
	Name      string // the RFC's
	OpenSSL   string // as in OpenSSL's lists of signature algorithms
	Algorithm Algorithm
	KeyType   KeyType // of the key that signs
	Curve     GroupID // of an ECDSA key; binds in TLS 1.3 only
	Min, Max  Version // the first and the last version whose handshakes it may sign
	Weak      string  // why nobody should choose it, "" if there is nothing against it

	PostQuantum bool // a quantum computer doesn't forge it
	ClientsOnly bool // only clients sign with it
}

// Usable reports whether the scheme may sign handshakes of v. Certificates are no question of it.
func (r *Scheme) Usable(v Version) bool { return r.Min <= v && v <= r.Max }

// Negotiable reports whether the scheme may stand in a list on the wire: lists came with TLS 1.2.
func (r *Scheme) Negotiable() bool { return r.Max >= VersionTLS12 }

// Info returns the scheme's row, nil if there is none.
func (s SignatureScheme) Info() *Scheme {
	for _, row := range schemeRows {
		if row.ID == s {
			return row
		}
	}
	return nil
}

// Schemes returns all rows in order of preference, weak ones last. The slice is the caller's.
func Schemes() []*Scheme { return append([]*Scheme(nil), schemeRows...) }

// SchemeByName returns the row of an RFC's or OpenSSL's name, nil if there is none.
func SchemeByName(name string) *Scheme {
	for _, row := range schemeRows {
		if row.Name == name || row.OpenSSL == name {
			return row
		}
	}
	return nil
}

// Fits reports whether k can make signatures of scheme s: its type is the row's, an RSA modulus has room for the encoded
// hash, and parameters of an RSA-PSS key allow it. That is all there is to check in TLS 1.2 beside the suite.
func (s SignatureScheme) Fits(k PublicKey) bool {
	row := s.Info()
	if row == nil || k == nil || k.Type() != row.KeyType || !row.hasRoom(k.Bits()) {
		return false
	}
	r, isRSA := k.(*RSAPublicKey)
	return !isRSA || r.allows(row.Algorithm)
}

// FitsCurve is Fits for TLS 1.3.
func (s SignatureScheme) FitsCurve(k PublicKey) bool {
	// RFC 8446, Section 4.2.3: an ECDSA scheme is bound to a curve, which must be the key's.
	return s.Fits(k) && s.Info().Curve == k.Curve()
}

// pkcs1Overhead is the length of the longest DigestInfo prefix (19 bytes) and of the shortest padding (11 bytes) in
// EMSA-PKCS1-v1_5 (RFC 8017, Section 9.2).
const pkcs1Overhead = 19 + 11

// hasRoom reports whether a modulus of so many bits takes the encoded hash. Other kinds always have room.
func (r *Scheme) hasRoom(bits int) bool {
	switch a := r.Algorithm; a.Kind {
	case RSAPKCS1:
		return (bits+7)/8 >= a.Hash.Size()+pkcs1Overhead
	case RSAPSS:
		// RFC 8017, Section 9.1.1: emLen, of a number one bit shorter than the modulus, is at least hLen + sLen + 2.
		return (bits-1+7)/8 >= a.Hash.Size()+a.SaltLen+2
	}
	return true
}

// Verify checks that sig is s's signature of message under k. It returns nil, ErrBadSignature, or ErrWrongKey if k doesn't fit;
// whether the curve fits in TLS 1.3 is a question for FitsCurve. No slice is kept.
func (s SignatureScheme) Verify(k PublicKey, message, sig []byte) error {
	row := s.Info()
	if row == nil || !s.Fits(k) {
		return fmt.Errorf("%w: %v", ErrWrongKey, s)
	}
	return VerifySignature(row.Algorithm, k, message, sig)
}
