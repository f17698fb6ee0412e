package sslsock

import (
	"slices"
	"strings"

	"tlsengine/cipher"
)

// SetCiphers chooses the cipher suites before TLS 1.3, the best first, by a cipher list in OpenSSL's language:
// "ECDHE+AESGCM:ECDHE+CHACHA20:!aNULL" for example; see cipher.ParseSuiteList. @SECLEVEL=n in it sets the security level.
// Versions for which no suite is left are not negotiated. A list that can't be read or selects nothing gives an
// *SSLError, and everything stays as it was.
func (c *Context) SetCiphers(list string) (err error) {
	c.change(func(s *settings) {
		var l *cipher.SuiteList
		if l, err = cipher.ParseSuiteList(list, s.level); err != nil {
			err = &SSLError{Code: ErrorSSL, Message: "No cipher can be selected.", Err: err}
			return
		}
		s.suites, s.level = l.Suites, l.Level
	})
	return err
}

// SetCiphersuites chooses the cipher suites of TLS 1.3, the best first, as names with colons between them. An empty list
// leaves none, and with it no TLS 1.3. An unknown name gives an *SSLError.
func (c *Context) SetCiphersuites(list string) error {
	suites, err := cipher.ParseSuites13(list)
	if err != nil {
		return &SSLError{Code: ErrorSSL, Message: "No cipher suite can be selected.", Err: err}
	}
	c.change(func(s *settings) { s.suites13 = suites })
	return nil
}

// SecurityLevel returns the level from 0 to 5 below which cipher suites are not negotiated though they were chosen, and keys and
// signatures of certificates and Diffie-Hellman primes are refused; see cipher.SecurityLevel. It is 1, or 2 in contexts of
// CreateDefaultContext, unless @SECLEVEL=n in a list for SetCiphers sets another.
func (c *Context) SecurityLevel() int { return int(c.current().level) }

// Ciphers returns the cipher suites that were chosen, those of TLS 1.3 first. Not all of them need be negotiable: versions
// and the security level count too.
func (c *Context) Ciphers() []CipherInfo {
	s := c.current()
	suites, old := s.chosenSuites()
	var list []CipherInfo
	for _, suite := range slices.Concat(suites, old) {
		list = append(list, cipherInfo(suite))
	}
	return list
}

// The suites before TLS 1.3 that contexts begin with, behind those of cipher.Suites: all have forward secrecy. Those
// with CBC stand last; in contexts of CreateDefaultContext they are for versions below TLS 1.2 only.
var (
	furtherSuites = mustParse("DHE+AESGCM:DHE+CHACHA20:!PSK:!aNULL:!DSS")
	cbcSuites     = mustParse("ECDHE+AES+SHA1:DHE+AES+SHA1:!PSK:!aNULL:!DSS")
)

// mustParse reads a list that is part of the program.
func mustParse(list string) []*cipher.Suite {
	l, err := cipher.ParseSuiteList(list, 0)
	if err != nil {
		panic(err)
	}
	return l.Suites
}

// chosenSuites returns the suites of both lists, or what stands for them, and those for versions below TLS 1.2 only.
func (s *settings) chosenSuites() (suites, old []*cipher.Suite) {
	suites13, suites := s.suites13, s.suites
	if suites13 == nil {
		suites13 = slices.DeleteFunc(cipher.Suites(), func(x *cipher.Suite) bool { return !x.Usable(cipher.VersionTLS13) })
	}
	if suites == nil {
		suites = slices.DeleteFunc(cipher.Suites(), func(x *cipher.Suite) bool { return x.Usable(cipher.VersionTLS13) })
		suites = append(suites, furtherSuites...)
		if s.floor != 0 {
			return slices.Concat(suites13, suites), cbcSuites
		}
		suites = append(suites, cbcSuites...)
	}
	return slices.Concat(suites13, suites), nil
}

// negotiable returns what of the chosen suites the security level allows. Those that need a pre-shared key are left out
// unless somebody has one.
func (s *settings) negotiable() (suites, old []*cipher.Suite) {
	refused := func(x *cipher.Suite) bool { return !s.level.Allows(x) || x.NeedsPSK() && !s.psk.any() }
	suites, old = s.chosenSuites()
	return slices.DeleteFunc(suites, refused), slices.DeleteFunc(slices.Clone(old), refused)
}

// withSuites returns the versions for which there is a suite.
func withSuites(versions []TLSVersion, suites, old []*cipher.Suite) ([]TLSVersion, error) {
	usable := slices.DeleteFunc(versions, func(v TLSVersion) bool {
		fits := func(x *cipher.Suite) bool { return x.Usable(v) }
		return !slices.ContainsFunc(suites, fits) && (v >= VersionTLS12 || !slices.ContainsFunc(old, fits))
	})
	if len(usable) == 0 {
		return nil, &SSLError{
			Code: ErrorSSL, Library: "SSL", Reason: "NO_CIPHERS_AVAILABLE",
			Message: "no ciphers available: the lists, the security level and the versions leave no suite",
		}
	}
	return usable, nil
}

// holes returns the versions between the highest and the lowest of a list that are not in it.
func holes(versions []TLSVersion) (missing []TLSVersion) {
	for v := versions[len(versions)-1]; v < versions[0]; v++ {
		if !slices.Contains(versions, v) {
			missing = append(missing, v)
		}
	}
	return missing
}

func suiteIDs(suites []*cipher.Suite) []cipher.SuiteID {
	ids := make([]cipher.SuiteID, len(suites))
	for i, x := range suites {
		ids[i] = x.ID
	}
	return ids
}

// CipherInfo is a cipher suite as Python's SSLContext.get_ciphers shows it.
type CipherInfo struct {
	ID           uint32 // OpenSSL's: the number on the wire below 0x0300
	Name         string // OpenSSL's; IANA's in TLS 1.3
	Protocol     string // that brought it: "TLSv1.3", "TLSv1.2", "TLSv1.0", "SSLv3"
	Description  string // a line for people
	StrengthBits int    // of the key
	AlgBits      int    // of the key as the algorithm counts it
	AEAD         bool
	Symmetric    string // "aes-256-gcm" for example; "" if nothing is encrypted
	Digest       string // of the MAC, "sha1" for example; "" for an AEAD
	KEA          string // "kx-ecdhe" for example
	Auth         string // "auth-rsa" for example
}

// Map returns Python's dictionary, in which the strings that are "" here are nil.
func (i CipherInfo) Map() map[string]any {
	orNil := func(s string) any {
		if s == "" {
			return nil
		}
		return s
	}
	return map[string]any{
		"id": i.ID, "name": i.Name, "protocol": i.Protocol, "description": i.Description, "strength_bits": i.StrengthBits,
		"alg_bits": i.AlgBits, "aead": i.AEAD, "symmetric": orNil(i.Symmetric), "digest": orNil(i.Digest), "kea": i.KEA, "auth": i.Auth,
	}
}

// OpenSSL's names of what key exchanges and authentications are.
var (
	keaNames = map[cipher.KeyExchange]string{
		cipher.KxSeparate: "kx-any", cipher.KxECDHE: "kx-ecdhe", cipher.KxDHE: "kx-dhe", cipher.KxRSA: "kx-rsa", cipher.KxPSK: "kx-psk",
		cipher.KxDHEPSK: "kx-dhe-psk", cipher.KxRSAPSK: "kx-rsa-psk", cipher.KxECDHEPSK: "kx-ecdhe-psk",
	}
	authNames = map[cipher.Authentication]string{
		cipher.AuthSeparate: "auth-any", cipher.AuthRSA: "auth-rsa", cipher.AuthECDSA: "auth-ecdsa", cipher.AuthDSS: "auth-dss",
		cipher.AuthPSK: "auth-psk", cipher.AuthNone: "auth-null",
	}
)

func cipherInfo(s *cipher.Suite) CipherInfo {
	i := CipherInfo{
		ID: 0x03000000 | uint32(s.ID), Name: s.OpenSSL, Protocol: suiteProtocol(s), Description: s.Description(),
		StrengthBits: s.Bulk.Bits, AlgBits: s.Bulk.AlgorithmBits(), AEAD: s.Bulk.IsAEAD(), KEA: keaNames[s.Kx], Auth: authNames[s.Auth],
	}
	name, mac := strings.ToLower(s.Bulk.Name), ""
	if s.Bulk.MAC != 0 {
		mac = strings.ToLower(s.Bulk.MAC.String())
		name = strings.TrimSuffix(name, "-"+mac)
	}
	if i.Digest = mac; s.Bulk.KeyLen != 0 {
		i.Symmetric = strings.TrimSuffix(name, "8") // the short tag of CCM8 is no part of the name
	}
	return i
}

// suiteProtocol is the version that brought a suite, as Python names it.
func suiteProtocol(s *cipher.Suite) string {
	if s.Min == cipher.VersionTLS10 {
		return "TLSv1.0"
	}
	return s.Min.String()
}
