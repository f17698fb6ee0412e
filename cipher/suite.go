package cipher

import "fmt"

// SuiteID is a cipher suite as it stands on the wire (the IANA registry "TLS Cipher Suites").
type SuiteID uint16

// The suites of this engine.
const (
	TLS_AES_128_GCM_SHA256       SuiteID = 0x1301 // RFC 8446, Appendix B.4
	TLS_AES_256_GCM_SHA384       SuiteID = 0x1302
	TLS_CHACHA20_POLY1305_SHA256 SuiteID = 0x1303

	TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256       SuiteID = 0xC02B // RFC 5289
	TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384       SuiteID = 0xC02C
	TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256         SuiteID = 0xC02F
	TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384         SuiteID = 0xC030
	TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256   SuiteID = 0xCCA8 // RFC 7905
	TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256 SuiteID = 0xCCA9
)

// The signalling values: they stand in a ClientHello's list of suites and can't be chosen.
const (
	TLS_EMPTY_RENEGOTIATION_INFO_SCSV SuiteID = 0x00FF // RFC 5746, Section 3.3
	TLS_FALLBACK_SCSV                 SuiteID = 0x5600 // RFC 7507
)

// String returns the IANA name, or the number in hex if the suite has no row.
func (id SuiteID) String() string {
	if s := SuiteByID(id); s != nil {
		return s.Name
	}
	switch id {
	case TLS_EMPTY_RENEGOTIATION_INFO_SCSV:
		return "TLS_EMPTY_RENEGOTIATION_INFO_SCSV"
	case TLS_FALLBACK_SCSV:
		return "TLS_FALLBACK_SCSV"
	}
	return fmt.Sprintf("0x%04X", uint16(id))
}

// KeyExchange is how a suite before TLS 1.3 agrees on the premaster secret.
type KeyExchange uint8

// KxSeparate is TLS 1.3's: the suite says nothing, key_share and pre_shared_key decide.
const (
	KxSeparate KeyExchange = iota
	KxECDHE                // RFC 8422
)

// String returns the name as OpenSSL's SSL_CIPHER_description prints it: "any" or "ECDH".
func (k KeyExchange) String() string {
	switch k {
	case KxSeparate:
		return "any"
	case KxECDHE:
		return "ECDH"
	}
	return fmt.Sprintf("KeyExchange(%d)", uint8(k))
}

// Authentication is the kind of key with which a suite before TLS 1.3 authenticates the server.
type Authentication uint8

// AuthSeparate is TLS 1.3's: the suite says nothing, the signature scheme decides.
const (
	AuthSeparate Authentication = iota
	AuthRSA
	AuthECDSA
)

// String returns the name as OpenSSL's SSL_CIPHER_description prints it: "any", "RSA" or "ECDSA".
func (a Authentication) String() string {
	switch a {
	case AuthSeparate:
		return "any"
	case AuthRSA:
		return "RSA"
	case AuthECDSA:
		return "ECDSA"
	}
	return fmt.Sprintf("Authentication(%d)", uint8(a))
}

// Accepts reports whether a key of kind k may authenticate a server under a suite with this authentication.
func (a Authentication) Accepts(k KeyType) bool {
	switch a {
	case AuthSeparate:
		return k != 0
	case AuthRSA:
		return k == KeyRSA || k == KeyRSAPSS
	case AuthECDSA:
		return k == KeyECDSA || k == KeyEd25519 // RFC 8422, Section 5.10
	}
	return false
}

// Suite is a cipher suite: a row, immutable, shared by pointer.
type Suite struct {
	ID       SuiteID
	Name     string         // IANA's
	OpenSSL  string         // OpenSSL's; the same as Name in TLS 1.3
	Min, Max Version        // the first and the last version that it may be used with
	Kx       KeyExchange    // before TLS 1.3: what ServerKeyExchange and ClientKeyExchange hold
	Auth     Authentication // before TLS 1.3: the kind of the server's key
	Bulk     *Bulk          // what protects the records
	Hash     Hash           // of the PRF or of HKDF, and of the transcript
	Weak     string         // why nobody should choose this suite, "" if there is nothing against it
}

// Usable reports whether the suite may be negotiated with v.
func (s *Suite) Usable(v Version) bool { return s.Min <= v && v <= s.Max }

// String returns the IANA name.
func (s *Suite) String() string { return s.Name }

// SuiteByID returns the row of id, nil if there is none.
func SuiteByID(id SuiteID) *Suite {
	for i := range suiteRows {
		if suiteRows[i].ID == id {
			return &suiteRows[i]
		}
	}
	return nil
}

// SuiteByName returns the row whose IANA or OpenSSL name is name, nil if there is none. Case matters, as in OpenSSL.
func SuiteByName(name string) *Suite {
	for i := range suiteRows {
		if suiteRows[i].Name == name || suiteRows[i].OpenSSL == name {
			return &suiteRows[i]
		}
	}
	return nil
}

// Suites returns all rows in this machine's order of preference, TLS 1.3's first. The slice is the caller's.
func Suites() []*Suite { return SuitesFor(aesHardware) }

// SuitesFor is Suites for a machine with or without AES instructions: for what must not depend on the machine that it
// runs on, and for servers that follow the preference of the client's hardware. The slice is the caller's.
func SuitesFor(aes bool) []*Suite {
	all := make([]*Suite, 0, len(suiteRows))
	for _, era := range []Version{VersionTLS13, VersionTLS12} {
		all = appendSuites(all, era, !aes)
		all = appendSuites(all, era, aes)
	}
	return all
}

// appendSuites appends the rows whose latest version is era and that are, or are not, ChaCha20.
func appendSuites(to []*Suite, era Version, chacha bool) []*Suite {
	for i := range suiteRows {
		s := &suiteRows[i]
		if s.Max == era && (s.Bulk == chaCha20Poly1305) == chacha {
			to = append(to, s)
		}
	}
	return to
}
