package handshake

import (
	"slices"
	"testing"

	"tlsengine/cipher"
)

// TestKeysHaveTheRFCsCertificateTypes compares with RFC 5246, Section 7.4.4, and RFC 8422, Section 5.5.
func TestKeysHaveTheRFCsCertificateTypes(t *testing.T) {
	for key, want := range map[cipher.KeyType]byte{
		cipher.KeyRSA: 1, cipher.KeyRSAPSS: 1, cipher.KeyDSA: 2, cipher.KeyECDSA: 64, cipher.KeyEd25519: 64, cipher.KeyEd448: 64,
		cipher.KeyMLDSA44: 0, cipher.KeyMLDSA65: 0, cipher.KeyMLDSA87: 0,
	} {
		if got := certificateType(key); got != want {
			t.Errorf("the type of %v is %d, want %d", key, got, want)
		}
	}
	if got := certificateTypes([]cipher.SignatureScheme{cipher.ECDSAP256SHA256}); slices.Contains(got, 2) {
		t.Errorf("DSA is asked for without being accepted: %v", got)
	}
	if got := certificateTypes([]cipher.SignatureScheme{cipher.RSAPKCS1SHA256, cipher.DSASHA256}); !slices.Contains(got, 2) {
		t.Errorf("DSA is accepted and not asked for: %v", got)
	}
}
