package cipher

import (
	"cmp"
	"fmt"
	"slices"
)

// SuiteID is a cipher suite as it stands on the wire (the IANA registry "TLS Cipher Suites").
type SuiteID uint16

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
	KxECDHE                // RFC 8422; anonymous with AuthNone
	KxDHE                  // RFC 5246, Section 8.1.2; anonymous with AuthNone
	KxRSA                  // RFC 5246, Section 7.4.7.1
	KxPSK                  // RFC 4279, Section 2
	KxDHEPSK               // RFC 4279, Section 3
	KxRSAPSK               // RFC 4279, Section 4
	KxECDHEPSK             // RFC 5489
)

var keyExchangeNames = [...]string{
	KxSeparate: "any", KxECDHE: "ECDH", KxDHE: "DH", KxRSA: "RSA", KxPSK: "PSK", KxDHEPSK: "DHEPSK",
	KxRSAPSK: "RSAPSK", KxECDHEPSK: "ECDHEPSK",
}

// String returns the name as OpenSSL's SSL_CIPHER_description prints it, "ECDH" for example.
func (k KeyExchange) String() string {
	if int(k) < len(keyExchangeNames) {
		return keyExchangeNames[k]
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
	AuthDSS  // by a DSA key, RFC 5246, Section 7.4.3
	AuthPSK  // by knowledge of the key that both share, without a certificate
	AuthNone // not at all
)

var authenticationNames = [...]string{
	AuthSeparate: "any", AuthRSA: "RSA", AuthECDSA: "ECDSA", AuthDSS: "DSS", AuthPSK: "PSK", AuthNone: "None",
}

// String returns the name as OpenSSL's SSL_CIPHER_description prints it, "RSA" for example.
func (a Authentication) String() string {
	if int(a) < len(authenticationNames) {
		return authenticationNames[a]
	}
	return fmt.Sprintf("Authentication(%d)", uint8(a))
}

// Accepts reports whether a key of kind k may authenticate a server under a suite with this authentication. Without
// certificates, by AuthPSK and AuthNone, there is no such key.
func (a Authentication) Accepts(k KeyType) bool {
	switch a {
	case AuthSeparate:
		return k != 0
	case AuthRSA:
		return k == KeyRSA || k == KeyRSAPSS
	case AuthECDSA:
		return k == KeyECDSA || k == KeyEd25519 || k == KeyEd448 // RFC 8422, Section 5.10
	case AuthDSS:
		return k == KeyDSA
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

// NeedsPSK reports whether both sides must share a key before.
func (s *Suite) NeedsPSK() bool {
	switch s.Kx {
	case KxPSK, KxDHEPSK, KxRSAPSK, KxECDHEPSK:
		return true
	}
	return false
}

// String returns the IANA name.
func (s *Suite) String() string { return s.Name }

// suitesByID holds all rows in order of number.
var suitesByID = sortSuites()

func sortSuites() []*Suite {
	all := make([]*Suite, 0, len(suiteRows)+len(chosenRows))
	for i := range suiteRows {
		all = append(all, &suiteRows[i])
	}
	for i := range chosenRows {
		all = append(all, &chosenRows[i])
	}
	slices.SortFunc(all, func(a, b *Suite) int { return cmp.Compare(a.ID, b.ID) })
	return all
}

// SuiteByID returns the row of id, nil if there is none.
func SuiteByID(id SuiteID) *Suite {
	i, found := slices.BinarySearchFunc(suitesByID, id, func(s *Suite, id SuiteID) int { return cmp.Compare(s.ID, id) })
	if !found {
		return nil
	}
	return suitesByID[i]
}

// SuiteByName returns the row whose IANA or OpenSSL name is name, nil if there is none. Case matters, as in OpenSSL.
func SuiteByName(name string) *Suite {
	for _, s := range suitesByID {
		if s.Name == name || s.OpenSSL == name {
			return s
		}
	}
	return nil
}

// AllSuites returns all rows in order of number: those of Suites, and those that are used only where somebody has named
// them, by choice or for want of anything better. The slice is the caller's.
func AllSuites() []*Suite { return slices.Clone(suitesByID) }

// Suites returns the rows that a careful peer negotiates without being told, in this machine's order of preference,
// TLS 1.3's first. None of them is Weak. The slice is the caller's.
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
