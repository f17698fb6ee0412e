package x509lite

import (
	"strings"
	"testing"
)

// TestObjectNamesOfOpenSSL: each row is as the installed openssl has it.
func TestObjectNamesOfOpenSSL(t *testing.T) {
	theirs := map[string]objectName{}
	for _, line := range strings.Split(openssl(t, "list", "-objects"), "\n") {
		// "CN = commonName, 2.5.4.3", or "emailAddress = 1.2.840.113549.1.9.1" where both names are one.
		short, rest, _ := strings.Cut(line, " = ")
		long, oid := short, rest
		if i := strings.LastIndex(rest, ", "); i >= 0 {
			long, oid = rest[:i], rest[i+2:]
		}
		theirs[oid] = objectName{short, long}
	}
	if len(theirs) < 1000 {
		t.Fatalf("openssl lists %d objects", len(theirs))
	}
	for oid, name := range objectNames() {
		// OpenSSL 3.0 is older than ML-DSA; 3.5 knows it.
		if _, known := theirs[oid]; !known && strings.HasPrefix(name.long, "ML-DSA-") {
			continue
		}
		if theirs[oid] != name {
			t.Errorf("%s: %q, openssl %q", oid, name, theirs[oid])
		}
	}
	if OID("\x2a\x03").LongName() != "1.2.3" || oidCommonName.LongName() != "commonName" || oidCommonName.nameOf().short != "CN" {
		t.Error("names")
	}
}
