package cipher

import (
	"strings"
	"testing"
)

// TestSuiteRowsAreConsistent compares what a name says with what its row holds.
func TestSuiteRowsAreConsistent(t *testing.T) {
	seen := map[SuiteID]bool{}
	for _, s := range Suites() {
		if seen[s.ID] || SuiteByID(s.ID) != s || SuiteByName(s.Name) != s || SuiteByName(s.OpenSSL) != s || s.ID.String() != s.Name {
			t.Errorf("%v is not found by its own numbers and names", s)
		}
		seen[s.ID] = true
		for part, ok := range map[string]bool{
			"_SHA384":           s.Hash == SHA384,
			"AES_128_GCM":       s.Bulk.Name == "AES-128-GCM" && s.Bulk.KeyLen == 16,
			"AES_256_GCM":       s.Bulk.Name == "AES-256-GCM" && s.Bulk.KeyLen == 32,
			"CHACHA20_POLY1305": s.Bulk.Name == "CHACHA20-POLY1305" && s.Bulk.KeyLen == 32,
			"ECDHE_":            s.Kx == KxECDHE && s.Usable(VersionTLS12) && !s.Usable(VersionTLS11) && !s.Usable(VersionTLS13),
			"ECDHE_RSA":         s.Auth == AuthRSA,
			"ECDHE_ECDSA":       s.Auth == AuthECDSA,
		} {
			if strings.Contains(s.Name, part) != ok {
				t.Errorf("%v: the row contradicts %s", s, part)
			}
		}
		if b := s.Bulk; b.FixedIVLen+b.ExplicitNonceLen != 12 || (b.ExplicitNonceLen == 8) != (s.Max == VersionTLS12 && b.KeyLen != 0 && strings.Contains(b.Name, "GCM")) {
			t.Errorf("%v: nonce %d + %d", s, b.FixedIVLen, b.ExplicitNonceLen)
		}
	}
	if len(seen) != len(suiteRows) {
		t.Errorf("%d of %d rows are listed", len(seen), len(suiteRows))
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
		CurveP224.String(): "secp224r1", SHA384.String(): "SHA384", Hash(77).String(): "Hash(77)", KeyECDSA.String(): "EC", KeyType(9).String(): "KeyType(9)",
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
		if row.Legal13 == (row.Algorithm.Kind == RSAPKCS1 || row.Algorithm.Hash == SHA1) { // RFC 8446, Section 4.2.3
			t.Errorf("%s: legal in TLS 1.3: %v", row.Name, row.Legal13)
		}
	}
}
