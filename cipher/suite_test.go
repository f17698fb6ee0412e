package cipher

import (
	"strings"
	"testing"
)

// TestSuiteRowsAreConsistent compares what a name says with what its row holds.
func TestSuiteRowsAreConsistent(t *testing.T) {
	seen := map[SuiteID]bool{}
	for _, s := range AllSuites() {
		if seen[s.ID] || SuiteByID(s.ID) != s || SuiteByName(s.Name) != s || SuiteByName(s.OpenSSL) != s || s.ID.String() != s.Name {
			t.Errorf("%v is not found by its own numbers and names", s)
		}
		seen[s.ID] = true
		for part, ok := range saidByName(s) {
			if strings.Contains(s.Name, part) != ok {
				t.Errorf("%v: the row contradicts %s", s, part)
			}
		}
		checkBulk(t, s)
	}
	if len(seen) != len(suiteRows)+len(chosenRows) {
		t.Errorf("%d of %d rows are listed", len(seen), len(suiteRows)+len(chosenRows))
	}
}

// saidByName tells of parts of a name whether they must be in the name of a suite like s.
func saidByName(s *Suite) map[string]bool {
	b, before13 := s.Bulk, s.Max == VersionTLS12
	return map[string]bool{
		"_SHA384":           s.Hash == SHA384,
		"_WITH_":            before13 && !s.Usable(VersionTLS13),
		"TLS_AES_":          !before13 && s.Min == VersionTLS13 && b.Name[:3] == "AES",
		"_AES_128_":         strings.HasPrefix(b.Name, "AES-128-") && b.KeyLen == 16 && b.Bits == 128,
		"_AES_256_":         strings.HasPrefix(b.Name, "AES-256-") && b.KeyLen == 32 && b.Bits == 256,
		"_GCM_":             strings.HasSuffix(b.Name, "-GCM") && b.TagLen == 16,
		"_CCM":              strings.Contains(b.Name, "-CCM") && b.MAC == 0,
		"_CCM_8":            strings.HasSuffix(b.Name, "-CCM8") && b.TagLen == 8,
		"CHACHA20_POLY1305": b.Name == "CHACHA20-POLY1305" && b.KeyLen == 32 && b.TagLen == 16,
		"_CBC_":             b.BlockLen != 0 && b.MAC != 0,
		"_3DES_EDE_CBC_":    b.Name == "DES-EDE3-CBC-SHA1" && b.KeyLen == 24 && b.BlockLen == 8,
		"_RC4_128_":         strings.HasPrefix(b.Name, "RC4-") && b.KeyLen == 16,
		"_NULL_":            strings.HasPrefix(b.Name, "NULL-") && b.KeyLen == 0,
		"_MD5":              b.MAC == MD5,
		"_ECDHE_":           s.Kx == KxECDHE && s.Auth != AuthNone || s.Kx == KxECDHEPSK,
		"_DH_anon_":         s.Kx == KxDHE && s.Auth == AuthNone,
		"_ECDH_anon_":       s.Kx == KxECDHE && s.Auth == AuthNone,
		"_anon_":            s.Auth == AuthNone,
		"_DHE_":             s.Kx == KxDHE && s.Auth != AuthNone || s.Kx == KxDHEPSK,
		"_PSK_":             s.Kx == KxPSK || s.Kx == KxDHEPSK || s.Kx == KxRSAPSK || s.Kx == KxECDHEPSK,
		"_RSA_":             s.Auth == AuthRSA,
		"_RSA_WITH_":        s.Auth == AuthRSA && s.Kx != KxRSAPSK,
		"TLS_RSA_WITH_":     s.Kx == KxRSA && s.Auth == AuthRSA,
		"_RSA_PSK_":         s.Kx == KxRSAPSK && s.Auth == AuthRSA,
		"_ECDSA_":           s.Auth == AuthECDSA,
		"_DSS_":             s.Auth == AuthDSS,
	}
}

// checkBulk looks at what no name tells.
func checkBulk(t *testing.T, s *Suite) {
	b, nonce := s.Bulk, 0
	if s.Max == VersionTLS12 && strings.HasPrefix(b.Name, "AES") {
		nonce = 8
	}
	if b.MAC == 0 && (b.FixedIVLen+b.ExplicitNonceLen != 12 || b.ExplicitNonceLen != nonce || s.Min < VersionTLS12) {
		t.Errorf("%v: nonce %d + %d, from %v", s, b.FixedIVLen, b.ExplicitNonceLen, s.Min)
	}
	if b.MAC != 0 && b.MAC != SHA384 && s.Hash != SHA256 || b.MAC == SHA384 && s.Hash != SHA384 {
		t.Errorf("%v: the PRF has %v", s, s.Hash)
	}
	if s.Auth == AuthPSK != strings.Contains(strings.ReplaceAll(s.Name, "RSA_PSK", ""), "PSK") {
		t.Errorf("%v is authenticated by %v", s, s.Auth)
	}
}

// TestSuitesByDefaultAreSound: what nobody named has forward secrecy, an AEAD, a certificate, and nothing against it.
func TestSuitesByDefaultAreSound(t *testing.T) {
	for _, s := range Suites() {
		forward := s.Kx == KxSeparate || s.Kx == KxECDHE
		certified := s.Auth == AuthSeparate || s.Auth == AuthECDSA || s.Auth == AuthRSA
		if s.Weak != "" || !forward || !certified || s.Bulk.MAC != 0 || s.Bulk.TagLen != 16 || s.Bulk.Bits < 128 || s.Min < VersionTLS12 {
			t.Errorf("%v is on by default", s)
		}
	}
	if len(Suites()) != len(suiteRows) {
		t.Errorf("%d of %d rows are listed", len(Suites()), len(suiteRows))
	}
}

// TestWeakSuitesSayWhy: each of these alone is enough to be weak, and the worst of them is what is said.
func TestWeakSuitesSayWhy(t *testing.T) {
	for _, s := range AllSuites() {
		var want string
		switch {
		case s.Bulk.KeyLen == 0:
			want = weakNull
		case s.Auth == AuthNone:
			want = weakAnonymous
		case strings.HasPrefix(s.Bulk.Name, "RC4-"):
			want = weakRC4
		case s.Bulk.BlockLen == 8:
			want = weak3DES
		case s.Auth == AuthDSS:
			want = weakDSA
		case s.Kx == KxRSA || s.Kx == KxPSK || s.Kx == KxRSAPSK:
			want = weakStatic
		case s.Bulk.MAC == 0 && s.Bulk.TagLen == 8:
			want = weakTag
		case s.Bulk.BlockLen != 0:
			want = weakCBC
		}
		if s.Weak != want {
			t.Errorf("%v: weak for %q, not %q", s, s.Weak, want)
		}
	}
}

func TestBulkMakesItsAEAD(t *testing.T) {
	for _, s := range Suites() {
		for n := range 40 {
			a, err := s.Bulk.New(make([]byte, n))
			if (err == nil) != (n == s.Bulk.KeyLen) {
				t.Errorf("%v with a key of %d bytes: %v", s, n, err)
			}
			if err == nil && (a.NonceSize() != 12 || a.Overhead() != s.Bulk.TagLen) {
				t.Errorf("%v: nonce %d, tag %d", s, a.NonceSize(), a.Overhead())
			}
		}
	}
}

func TestPreferenceFollowsHardware(t *testing.T) {
	first := func(aes bool) (names []string) {
		for _, s := range SuitesFor(aes) {
			names = append(names, s.Name)
		}
		return names
	}
	with, without := first(true), first(false)
	if with[0] != "TLS_AES_128_GCM_SHA256" || with[3] != "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256" {
		t.Error("with AES instructions:", with)
	}
	if without[0] != "TLS_CHACHA20_POLY1305_SHA256" || without[3] != "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256" {
		t.Error("without:", without)
	}
	if all := Suites(); all[0].Name != first(HasAESHardware())[0] {
		t.Error("Suites starts with", all[0])
	}
}

func TestUnknownNumbersPrintAsHex(t *testing.T) {
	for got, want := range map[string]string{
		SuiteID(0x1a1a).String(): "0x1A1A", SuiteID(0x5600).String(): "TLS_FALLBACK_SCSV", SuiteID(0xff).String(): "TLS_EMPTY_RENEGOTIATION_INFO_SCSV",
		SignatureScheme(0x0807).String(): "ed25519", SignatureScheme(0x0001).String(): "0x0001", Version(0x0305).String(): "0x0305",
		VersionSSL30.String(): "SSLv3", VersionTLS10.String(): "TLSv1", VersionTLS11.String(): "TLSv1.1", VersionTLS12.String(): "TLSv1.2", VersionTLS13.String(): "TLSv1.3",
		CurveP224.String(): "secp224r1", SHA384.String(): "SHA384", Hash(77).String(): "Hash(77)", KeyECDSA.String(): "EC", KeyType(99).String(): "KeyType(99)",
	} {
		if got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}

func TestSchemesAreFoundByBothNames(t *testing.T) {
	for _, row := range Schemes() {
		if SchemeByName(row.Name) != row || SchemeByName(row.OpenSSL) != row || row.ID.Info() != row {
			t.Errorf("%s is not found", row.Name)
		}
		if row.Usable(VersionTLS13) == (row.Algorithm.Kind == RSAPKCS1 && !row.ClientsOnly || row.Algorithm.Kind == DSA || row.Algorithm.Hash == SHA1 || row.Algorithm.Hash == SHA224) { // RFC 8446, Section 4.2.3, and the draft of those for clients
			t.Errorf("%s: legal in TLS 1.3: %v", row.Name, row.Usable(VersionTLS13))
		}
	}
}
