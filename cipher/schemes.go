package cipher

// The algorithms of the rows, for certificates too.
var (
	pkcs1SHA1   = Algorithm{Kind: RSAPKCS1, Hash: SHA1}
	pkcs1SHA256 = Algorithm{Kind: RSAPKCS1, Hash: SHA256}
	pkcs1SHA384 = Algorithm{Kind: RSAPKCS1, Hash: SHA384}
	pkcs1SHA512 = Algorithm{Kind: RSAPKCS1, Hash: SHA512}
	ecdsaSHA1   = Algorithm{Kind: ECDSA, Hash: SHA1}
	ecdsaSHA256 = Algorithm{Kind: ECDSA, Hash: SHA256}
	ecdsaSHA384 = Algorithm{Kind: ECDSA, Hash: SHA384}
	ecdsaSHA512 = Algorithm{Kind: ECDSA, Hash: SHA512}
	// RFC 8446, Section 4.2.3: the salt is as long as the hash.
	pssSHA256 = Algorithm{Kind: RSAPSS, Hash: SHA256, SaltLen: 32}
	pssSHA384 = Algorithm{Kind: RSAPSS, Hash: SHA384, SaltLen: 48}
	pssSHA512 = Algorithm{Kind: RSAPSS, Hash: SHA512, SaltLen: 64}
	eddsa     = Algorithm{Kind: EdDSA}
)

const weakSHA1 = "SHA-1 (RFC 9155)"

// schemeRows lists the schemes in order of preference. A peer with one key has little to choose; where it has several, the
// order says: P-256 first, being the cheapest for both and known to all; then Ed25519; the larger curves, which cost
// several times as much; RSA by PSS before RSA by PKCS #1, within each the shortest hash, for a modulus is weaker than any of
// them. SHA-1 stands last, for certificates and peers that have nothing else, and is off unless asked for.
//
// A scheme is added as a row here and a constant in scheme.go; a new family of algorithms also needs a SignatureKind, a
// KeyType and a PublicKey.
var schemeRows = [...]Scheme{
	{ID: ECDSAP256SHA256, Name: "ecdsa_secp256r1_sha256", OpenSSL: "ECDSA+SHA256", Algorithm: ecdsaSHA256, KeyType: KeyECDSA, Curve: CurveP256, Legal13: true},
	{ID: Ed25519, Name: "ed25519", OpenSSL: "ed25519", Algorithm: eddsa, KeyType: KeyEd25519, Legal13: true},
	{ID: ECDSAP384SHA384, Name: "ecdsa_secp384r1_sha384", OpenSSL: "ECDSA+SHA384", Algorithm: ecdsaSHA384, KeyType: KeyECDSA, Curve: CurveP384, Legal13: true},
	{ID: ECDSAP521SHA512, Name: "ecdsa_secp521r1_sha512", OpenSSL: "ECDSA+SHA512", Algorithm: ecdsaSHA512, KeyType: KeyECDSA, Curve: CurveP521, Legal13: true},
	{ID: RSAPSSRSAESHA256, Name: "rsa_pss_rsae_sha256", OpenSSL: "RSA-PSS+SHA256", Algorithm: pssSHA256, KeyType: KeyRSA, Legal13: true},
	{ID: RSAPSSPSSSHA256, Name: "rsa_pss_pss_sha256", OpenSSL: "rsa_pss_pss_sha256", Algorithm: pssSHA256, KeyType: KeyRSAPSS, Legal13: true},
	{ID: RSAPSSRSAESHA384, Name: "rsa_pss_rsae_sha384", OpenSSL: "RSA-PSS+SHA384", Algorithm: pssSHA384, KeyType: KeyRSA, Legal13: true},
	{ID: RSAPSSPSSSHA384, Name: "rsa_pss_pss_sha384", OpenSSL: "rsa_pss_pss_sha384", Algorithm: pssSHA384, KeyType: KeyRSAPSS, Legal13: true},
	{ID: RSAPSSRSAESHA512, Name: "rsa_pss_rsae_sha512", OpenSSL: "RSA-PSS+SHA512", Algorithm: pssSHA512, KeyType: KeyRSA, Legal13: true},
	{ID: RSAPSSPSSSHA512, Name: "rsa_pss_pss_sha512", OpenSSL: "rsa_pss_pss_sha512", Algorithm: pssSHA512, KeyType: KeyRSAPSS, Legal13: true},
	{ID: RSAPKCS1SHA256, Name: "rsa_pkcs1_sha256", OpenSSL: "RSA+SHA256", Algorithm: pkcs1SHA256, KeyType: KeyRSA},
	{ID: RSAPKCS1SHA384, Name: "rsa_pkcs1_sha384", OpenSSL: "RSA+SHA384", Algorithm: pkcs1SHA384, KeyType: KeyRSA},
	{ID: RSAPKCS1SHA512, Name: "rsa_pkcs1_sha512", OpenSSL: "RSA+SHA512", Algorithm: pkcs1SHA512, KeyType: KeyRSA},
	{ID: ECDSASHA1, Name: "ecdsa_sha1", OpenSSL: "ECDSA+SHA1", Algorithm: ecdsaSHA1, KeyType: KeyECDSA, Weak: weakSHA1},
	{ID: RSAPKCS1SHA1, Name: "rsa_pkcs1_sha1", OpenSSL: "RSA+SHA1", Algorithm: pkcs1SHA1, KeyType: KeyRSA, Weak: weakSHA1},
}
