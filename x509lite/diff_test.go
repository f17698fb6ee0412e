package x509lite

import (
	"bytes"
	"crypto"
	"crypto/x509"
	"encoding/pem"
	"os"
	"slices"
	"testing"

	"tlsengine/cipher"
	"tlsengine/fuzz/peers"
)

const bundlePath = "/etc/ssl/certs/ca-certificates.crt"

func systemBundle(t testing.TB) []byte {
	t.Helper()
	text, err := os.ReadFile(bundlePath)
	if err != nil {
		peers.Lack(t, "no bundle of CA certificates on this machine: %v: apt-get install ca-certificates", err)
	}
	return text
}

// TestBundleAgreesWithCryptoX509 parses every root of the system's bundle and compares each field.
func TestBundleAgreesWithCryptoX509(t *testing.T) {
	count := 0
	for rest := systemBundle(t); ; {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			break
		}
		count++
		ours, err := ParseCertificate(block.Bytes)
		std, stdErr := x509.ParseCertificate(block.Bytes)
		if (err == nil) != (stdErr == nil) {
			t.Errorf("certificate %d: ours %v, crypto/x509 %v", count, err, stdErr)
			continue
		}
		if err == nil {
			compareFields(t, ours, std)
		}
	}
	pool := NewPool()
	n, err := pool.AddPEM(systemBundle(t))
	if n != count || err != nil || pool.Len() != count {
		t.Errorf("the pool read %d and has %d of %d: %v", n, pool.Len(), count, err)
	}
	for _, c := range pool.All() {
		if !pool.Contains(c) {
			t.Errorf("%s is not found", c.label())
		}
	}
}

func compareFields(t *testing.T, c *Certificate, s *x509.Certificate) {
	t.Helper()
	same := func(what string, ok bool) {
		t.Helper()
		if !ok {
			t.Errorf("%s: %s differs from crypto/x509", c.label(), what)
		}
	}
	same("Raw", bytes.Equal(c.Raw(), s.Raw))
	same("RawTBS", bytes.Equal(c.RawTBS(), s.RawTBSCertificate))
	same("RawSubject", bytes.Equal(c.RawSubject(), s.RawSubject))
	same("RawIssuer", bytes.Equal(c.RawIssuer(), s.RawIssuer))
	same("RawSPKI", bytes.Equal(c.RawSPKI(), s.RawSubjectPublicKeyInfo))
	same("RawSignature", bytes.Equal(c.RawSignature(), s.Signature))
	same("Version", c.Version() == s.Version)
	same("SerialNumber", c.SerialNumber().Cmp(s.SerialNumber) == 0)
	same("NotBefore", c.NotBefore().Equal(s.NotBefore))
	same("NotAfter", c.NotAfter().Equal(s.NotAfter))
	same("IsCA", c.IsCA() == s.IsCA)
	same("BasicConstraints", c.HasBasicConstraints() == s.BasicConstraintsValid)
	n, bounded := c.MaxPathLen()
	stdBounded := s.BasicConstraintsValid && (s.MaxPathLen > 0 || s.MaxPathLenZero)
	same("MaxPathLen", bounded == stdBounded && (!bounded || n == s.MaxPathLen))
	usage, _ := c.KeyUsage()
	same("KeyUsage", int(usage) == int(s.KeyUsage))
	same("SubjectKeyID", bytes.Equal(c.SubjectKeyID(), s.SubjectKeyId))
	same("AuthorityKeyID", bytes.Equal(c.AuthorityKeyID(), s.AuthorityKeyId))
	same("DNSNames", slices.Equal(c.DNSNames(), s.DNSNames))
	same("EmailAddresses", slices.Equal(c.EmailAddresses(), s.EmailAddresses))
	same("IPAddresses", len(c.IPAddresses()) == len(s.IPAddresses))
	same("CommonName", c.Subject().CommonName() == s.Subject.CommonName)
	var ids []OID
	for e := range c.Extensions() {
		ids = append(ids, e.ID)
		same("extension "+e.ID.String(), e.ID.String() == s.Extensions[len(ids)-1].Id.String() &&
			e.Critical == s.Extensions[len(ids)-1].Critical && bytes.Equal(e.Value, s.Extensions[len(ids)-1].Value))
	}
	same("Extensions", len(ids) == len(s.Extensions))
	if k := c.PublicKey(); k != nil {
		same("PublicKey", k.Std().(interface{ Equal(crypto.PublicKey) bool }).Equal(s.PublicKey))
	}
	same("PublicKey", (c.PublicKeyError() == nil) == (s.PublicKeyAlgorithm != x509.UnknownPublicKeyAlgorithm &&
		s.PublicKeyAlgorithm != x509.DSA))
	same("SignatureAlgorithm", (c.SignatureAlgorithm() == cipher.Algorithm{}) == (s.SignatureAlgorithm == x509.UnknownSignatureAlgorithm))
	// What is self-signed verifies with its own key, unless it is of an algorithm that only the signature of an old root has.
	if bytes.Equal(s.RawSubject, s.RawIssuer) && !c.unknownAlgorithm() {
		if err := c.CheckSignature(c); err != nil {
			t.Errorf("%s: its own signature: %v", c.label(), err)
		}
	}
}
