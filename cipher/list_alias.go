package cipher

import "strings"

// class is a kind of suites.
type class func(*Suite) bool

// nothing is the class of ciphers and keys that OpenSSL knows and we don't.
func nothing(*Suite) bool { return false }

func isNull(s *Suite) bool      { return s.Bulk.KeyLen == 0 }
func isRC4(s *Suite) bool       { return s.Bulk.NewStream != nil }
func isAES(s *Suite) bool       { return strings.HasPrefix(s.Bulk.Name, "AES-") }
func isAES128(s *Suite) bool    { return isAES(s) && s.Bulk.KeyLen == 16 }
func isAES256(s *Suite) bool    { return isAES(s) && s.Bulk.KeyLen == 32 }
func isAESGCM(s *Suite) bool    { return isAES(s) && strings.HasSuffix(s.Bulk.Name, "-GCM") }
func isAESCCM(s *Suite) bool    { return isAES(s) && strings.Contains(s.Bulk.Name, "-CCM") }
func isAESCCM8(s *Suite) bool   { return isAESCCM(s) && s.Bulk.TagLen == 8 }
func isChaCha20(s *Suite) bool  { return s.Bulk == chaCha20Poly1305 }
func isTripleDES(s *Suite) bool { return s.Bulk == tripleDESCBCSHA1 }
func isMedium(s *Suite) bool    { return isTripleDES(s) || isRC4(s) }
func isFIPS(s *Suite) bool      { return isAES(s) && !isAESCCM(s) || isTripleDES(s) }
func isAnonymous(s *Suite) bool { return s.Auth == AuthNone }
func isECDHE(s *Suite) bool     { return s.Kx == KxECDHE }
func isDHE(s *Suite) bool       { return s.Kx == KxDHE }

// isNotDefault reports whether DEFAULT leaves a suite out though ALL has it.
func isNotDefault(s *Suite) bool {
	return !isNull(s) && (isAnonymous(s) || s.Auth == AuthDSS || isAESCCM(s) || isMedium(s))
}

func byMAC(h Hash) class            { return func(s *Suite) bool { return s.Bulk.MAC == h } }
func byKx(k KeyExchange) class      { return func(s *Suite) bool { return s.Kx == k } }
func byAuth(a Authentication) class { return func(s *Suite) bool { return s.Auth == a } }
func byMin(v Version) class         { return func(s *Suite) bool { return s.Min == v } }
func not(c class) class             { return func(s *Suite) bool { return !c(s) } }
func both(c, d class) class         { return func(s *Suite) bool { return c(s) && d(s) } }
func signed(c class) class          { return both(c, not(isAnonymous)) }

// aliases holds the words of the language that stand for several suites. Those for what we have no row of are here too, so
// that a list with "!IDEA" in it means what it says.
var aliases = map[string]class{
	"ALL": not(isNull), "COMPLEMENTOFALL": isNull, "eNULL": isNull, "NULL": isNull, "COMPLEMENTOFDEFAULT": isNotDefault,

	"HIGH": not(func(s *Suite) bool { return isNull(s) || isMedium(s) }), "MEDIUM": isMedium, "LOW": nothing, "FIPS": isFIPS,

	"kRSA": byKx(KxRSA), "kDHE": isDHE, "kEDH": isDHE, "DH": isDHE, "kECDHE": isECDHE, "kEECDH": isECDHE, "ECDH": isECDHE,
	"kPSK": byKx(KxPSK), "kDHEPSK": byKx(KxDHEPSK), "kECDHEPSK": byKx(KxECDHEPSK), "kRSAPSK": byKx(KxRSAPSK),
	"kSRP": nothing, "SRP": nothing, "kGOST": nothing, "kGOST18": nothing,

	"aRSA": byAuth(AuthRSA), "aECDSA": byAuth(AuthECDSA), "ECDSA": byAuth(AuthECDSA),
	"aDSS": byAuth(AuthDSS), "DSS": byAuth(AuthDSS),
	"aPSK": byAuth(AuthPSK), "aNULL": isAnonymous, "aSRP": nothing, "aGOST": nothing, "aGOST01": nothing, "aGOST12": nothing,

	"RSA": byKx(KxRSA), "DHE": signed(isDHE), "EDH": signed(isDHE), "ADH": both(isDHE, isAnonymous),
	"ECDHE": signed(isECDHE), "EECDH": signed(isECDHE), "AECDH": both(isECDHE, isAnonymous), "PSK": (*Suite).NeedsPSK,

	"AES": isAES, "AES128": isAES128, "AES256": isAES256, "AESGCM": isAESGCM, "AESCCM": isAESCCM, "AESCCM8": isAESCCM8,
	"CHACHA20": isChaCha20, "3DES": isTripleDES, "RC4": isRC4, "CBC": func(s *Suite) bool { return s.Bulk.IsCBC() },
	"CAMELLIA": nothing, "CAMELLIA128": nothing, "CAMELLIA256": nothing, "ARIA": nothing, "ARIA128": nothing, "ARIA256": nothing,
	"ARIAGCM": nothing, "SEED": nothing, "IDEA": nothing, "RC2": nothing, "DES": nothing, "GOST89": nothing, "GOST12": nothing,

	"MD5": byMAC(MD5), "SHA": byMAC(SHA1), "SHA1": byMAC(SHA1), "SHA256": byMAC(SHA256), "SHA384": byMAC(SHA384),
	"GOST94": nothing, "GOST89MAC": nothing,

	"SSLv3": byMin(VersionSSL30), "TLSv1": byMin(VersionTLS10), "TLSv1.0": byMin(VersionTLS10), "TLSv1.2": byMin(VersionTLS12),
}

// strengths are aliases that exclude each other, though FIPS and HIGH have suites in common: OpenSSL takes them all for
// grades of one scale.
var strengths = map[string]bool{"HIGH": true, "MEDIUM": true, "LOW": true, "FIPS": true}
