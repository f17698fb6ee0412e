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

	pkcs1MD5SHA1 = Algorithm{Kind: RSAPKCS1, Hash: MD5SHA1}
	pkcs1SHA224  = Algorithm{Kind: RSAPKCS1, Hash: SHA224}
	ecdsaSHA224  = Algorithm{Kind: ECDSA, Hash: SHA224}
	dsaSHA1      = Algorithm{Kind: DSA, Hash: SHA1}
	dsaSHA224    = Algorithm{Kind: DSA, Hash: SHA224}
	dsaSHA256    = Algorithm{Kind: DSA, Hash: SHA256}
	dsaSHA384    = Algorithm{Kind: DSA, Hash: SHA384}
	dsaSHA512    = Algorithm{Kind: DSA, Hash: SHA512}
	mldsa44      = Algorithm{Kind: PureMLDSA44}
	mldsa65      = Algorithm{Kind: PureMLDSA65}
	mldsa87      = Algorithm{Kind: PureMLDSA87}
)

const (
	weakSHA1   = "SHA-1 (RFC 9155)"
	weakMD5    = "MD5 and SHA-1 (RFC 9155)"
	weakPKCS1  = "PKCS #1 v1.5, which TLS 1.3 dropped"
	weakSHA224 = "SHA-224, with the strength of a hash that TLS 1.3 dropped"
)

// schemeRows lists the schemes in order of preference. A peer with one key has little to choose; where it has several, the
// order says: P-256 first, being the cheapest for both and known to all; then Ed25519; the larger curves, which cost
// several times as much; RSA by PSS before RSA by PKCS #1, within each the shortest hash, for a modulus is weaker than any of
// them. ML-DSA follows, larger than all of them and certified by nobody yet. What is weak stands last, for certificates and peers
// that have nothing else, and is off unless asked for.
//
// A scheme is added as a row here and a constant in scheme.go; a new family of algorithms also needs a SignatureKind, a
// KeyType and a PublicKey.
var schemeRows = []*Scheme{
	{ID: ECDSAP256SHA256, Name: "ecdsa_secp256r1_sha256", OpenSSL: "ECDSA+SHA256",
		Algorithm: ecdsaSHA256, KeyType: KeyECDSA, Curve: CurveP256, Min: VersionTLS12, Max: VersionTLS13},
	{ID: Ed25519, Name: "ed25519", OpenSSL: "ed25519",
		Algorithm: eddsa, KeyType: KeyEd25519, Min: VersionTLS12, Max: VersionTLS13},
	{ID: ECDSAP384SHA384, Name: "ecdsa_secp384r1_sha384", OpenSSL: "ECDSA+SHA384",
		Algorithm: ecdsaSHA384, KeyType: KeyECDSA, Curve: CurveP384, Min: VersionTLS12, Max: VersionTLS13},
	{ID: ECDSAP521SHA512, Name: "ecdsa_secp521r1_sha512", OpenSSL: "ECDSA+SHA512",
		Algorithm: ecdsaSHA512, KeyType: KeyECDSA, Curve: CurveP521, Min: VersionTLS12, Max: VersionTLS13},
	{ID: RSAPSSRSAESHA256, Name: "rsa_pss_rsae_sha256", OpenSSL: "RSA-PSS+SHA256",
		Algorithm: pssSHA256, KeyType: KeyRSA, Min: VersionTLS12, Max: VersionTLS13},
	{ID: RSAPSSPSSSHA256, Name: "rsa_pss_pss_sha256", OpenSSL: "rsa_pss_pss_sha256",
		Algorithm: pssSHA256, KeyType: KeyRSAPSS, Min: VersionTLS12, Max: VersionTLS13},
	{ID: RSAPSSRSAESHA384, Name: "rsa_pss_rsae_sha384", OpenSSL: "RSA-PSS+SHA384",
		Algorithm: pssSHA384, KeyType: KeyRSA, Min: VersionTLS12, Max: VersionTLS13},
	{ID: RSAPSSPSSSHA384, Name: "rsa_pss_pss_sha384", OpenSSL: "rsa_pss_pss_sha384",
		Algorithm: pssSHA384, KeyType: KeyRSAPSS, Min: VersionTLS12, Max: VersionTLS13},
	{ID: RSAPSSRSAESHA512, Name: "rsa_pss_rsae_sha512", OpenSSL: "RSA-PSS+SHA512",
		Algorithm: pssSHA512, KeyType: KeyRSA, Min: VersionTLS12, Max: VersionTLS13},
	{ID: RSAPSSPSSSHA512, Name: "rsa_pss_pss_sha512", OpenSSL: "rsa_pss_pss_sha512",
		Algorithm: pssSHA512, KeyType: KeyRSAPSS, Min: VersionTLS12, Max: VersionTLS13},
	{ID: RSAPKCS1SHA256, Name: "rsa_pkcs1_sha256", OpenSSL: "RSA+SHA256",
		Algorithm: pkcs1SHA256, KeyType: KeyRSA, Min: VersionTLS12, Max: VersionTLS12},
	{ID: RSAPKCS1SHA384, Name: "rsa_pkcs1_sha384", OpenSSL: "RSA+SHA384",
		Algorithm: pkcs1SHA384, KeyType: KeyRSA, Min: VersionTLS12, Max: VersionTLS12},
	{ID: RSAPKCS1SHA512, Name: "rsa_pkcs1_sha512", OpenSSL: "RSA+SHA512",
		Algorithm: pkcs1SHA512, KeyType: KeyRSA, Min: VersionTLS12, Max: VersionTLS12},
	{ID: MLDSA44, Name: "mldsa44", OpenSSL: "mldsa44",
		Algorithm: mldsa44, KeyType: KeyMLDSA44, Min: VersionTLS13, Max: VersionTLS13, PostQuantum: true},
	{ID: MLDSA65, Name: "mldsa65", OpenSSL: "mldsa65",
		Algorithm: mldsa65, KeyType: KeyMLDSA65, Min: VersionTLS13, Max: VersionTLS13, PostQuantum: true},
	{ID: MLDSA87, Name: "mldsa87", OpenSSL: "mldsa87",
		Algorithm: mldsa87, KeyType: KeyMLDSA87, Min: VersionTLS13, Max: VersionTLS13, PostQuantum: true},
	{ID: RSAPKCS1SHA256Legacy, Name: "rsa_pkcs1_sha256_legacy", OpenSSL: "rsa_pkcs1_sha256_legacy",
		Algorithm: pkcs1SHA256, KeyType: KeyRSA, Min: VersionTLS13, Max: VersionTLS13, Weak: weakPKCS1, ClientsOnly: true},
	{ID: RSAPKCS1SHA384Legacy, Name: "rsa_pkcs1_sha384_legacy", OpenSSL: "rsa_pkcs1_sha384_legacy",
		Algorithm: pkcs1SHA384, KeyType: KeyRSA, Min: VersionTLS13, Max: VersionTLS13, Weak: weakPKCS1, ClientsOnly: true},
	{ID: RSAPKCS1SHA512Legacy, Name: "rsa_pkcs1_sha512_legacy", OpenSSL: "rsa_pkcs1_sha512_legacy",
		Algorithm: pkcs1SHA512, KeyType: KeyRSA, Min: VersionTLS13, Max: VersionTLS13, Weak: weakPKCS1, ClientsOnly: true},
	{ID: ECDSASHA224, Name: "ecdsa_sha224", OpenSSL: "ECDSA+SHA224",
		Algorithm: ecdsaSHA224, KeyType: KeyECDSA, Min: VersionTLS12, Max: VersionTLS12, Weak: weakSHA224},
	{ID: RSAPKCS1SHA224, Name: "rsa_pkcs1_sha224", OpenSSL: "RSA+SHA224",
		Algorithm: pkcs1SHA224, KeyType: KeyRSA, Min: VersionTLS12, Max: VersionTLS12, Weak: weakSHA224},
	{ID: DSASHA256, Name: "dsa_sha256", OpenSSL: "DSA+SHA256",
		Algorithm: dsaSHA256, KeyType: KeyDSA, Min: VersionTLS12, Max: VersionTLS12, Weak: weakDSA},
	{ID: DSASHA384, Name: "dsa_sha384", OpenSSL: "DSA+SHA384",
		Algorithm: dsaSHA384, KeyType: KeyDSA, Min: VersionTLS12, Max: VersionTLS12, Weak: weakDSA},
	{ID: DSASHA512, Name: "dsa_sha512", OpenSSL: "DSA+SHA512",
		Algorithm: dsaSHA512, KeyType: KeyDSA, Min: VersionTLS12, Max: VersionTLS12, Weak: weakDSA},
	{ID: DSASHA224, Name: "dsa_sha224", OpenSSL: "DSA+SHA224",
		Algorithm: dsaSHA224, KeyType: KeyDSA, Min: VersionTLS12, Max: VersionTLS12, Weak: weakDSA},
	{ID: ECDSASHA1, Name: "ecdsa_sha1", OpenSSL: "ECDSA+SHA1",
		Algorithm: ecdsaSHA1, KeyType: KeyECDSA, Min: VersionSSL30, Max: VersionTLS12, Weak: weakSHA1},
	{ID: RSAPKCS1SHA1, Name: "rsa_pkcs1_sha1", OpenSSL: "RSA+SHA1",
		Algorithm: pkcs1SHA1, KeyType: KeyRSA, Min: VersionTLS12, Max: VersionTLS12, Weak: weakSHA1},
	{ID: DSASHA1, Name: "dsa_sha1", OpenSSL: "DSA+SHA1",
		Algorithm: dsaSHA1, KeyType: KeyDSA, Min: VersionSSL30, Max: VersionTLS12, Weak: weakDSA},
	{ID: RSAPKCS1MD5SHA1, Name: "rsa_pkcs1_md5_sha1", OpenSSL: "RSA+MD5-SHA1",
		Algorithm: pkcs1MD5SHA1, KeyType: KeyRSA, Min: VersionSSL30, Max: VersionTLS11, Weak: weakMD5},
}
