package cipher

import (
	"errors"
	"strings"
	"testing"
)

// joined is the names of rows with spaces between them.
func joined[T any](rows []T, name func(T) string) string {
	var all []string
	for _, r := range rows {
		all = append(all, name(r))
	}
	return strings.Join(all, " ")
}

// checkList compares what a list gives with what it should; nil errors are wanted where want says names.
func checkList(t *testing.T, list, got string, err error, want string, wantErr error) {
	t.Helper()
	if got != want || !errors.Is(err, wantErr) {
		t.Errorf("%q gives %q, %v; want %q, %v", list, got, err, want, wantErr)
	}
}

// TestGroupLists: B-060. Behaviour towards separators and repetitions is OpenSSL 3.0's, as `openssl s_server -groups` shows it.
func TestGroupLists(t *testing.T) {
	for list, want := range map[string]any{
		"X25519": "x25519", "P-256:X25519": "secp256r1 x25519", "prime256v1": "secp256r1", "secp384r1:P-521": "secp384r1 secp521r1",
		" X25519 : P-256 ": "x25519 secp256r1", "?foo:X25519": "x25519", "?X25519": "x25519", "X25519MLKEM768:*X25519": "X25519MLKEM768 x25519",
		"X25519:foo": ErrNothingMatch, "?foo": ErrNothingMatch, "": ErrListSyntax, ":X25519": ErrListSyntax, "X25519:": ErrListSyntax,
		"X25519::P-256": ErrListSyntax, "X25519:x25519": ErrListSyntax, "P-256:secp256r1": ErrListSyntax, "X25519,P-256": ErrNothingMatch,
		"??X25519": ErrListSyntax, "**X25519": ErrListSyntax, "?": ErrListSyntax, "?*foo:*?P-256": "secp256r1",
	} {
		l, err := ParseGroupList(list)
		if l == nil {
			l = new(GroupList)
		}
		wanted, _ := want.(string)
		wantErr, _ := want.(error)
		checkList(t, list, joined(l.Groups, (*Group).String), err, wanted, wantErr)
	}
	l, err := ParseGroupList("X25519MLKEM768:*P-256:*?X25519:P-384")
	if err != nil || joined(l.KeyShares, (*Group).String) != "secp256r1 x25519" {
		t.Error(l, err)
	}
	if l, _ := ParseGroupList("X25519"); l.KeyShares != nil {
		t.Error("shares without a star:", l.KeyShares)
	}
}

// TestSchemeLists: B-062. What is refused is as `openssl s_server -sigalgs` refuses it.
func TestSchemeLists(t *testing.T) {
	for list, want := range map[string]any{
		"RSA+SHA256": "rsa_pkcs1_sha256", "RSA+sha256": "rsa_pkcs1_sha256", "PSS+SHA256": "rsa_pss_rsae_sha256", "RSA-PSS+SHA512": "rsa_pss_rsae_sha512",
		"ed25519:ECDSA+SHA384": "ed25519 ecdsa_secp384r1_sha384", "ecdsa_secp256r1_sha256:rsa_pss_pss_sha256": "ecdsa_secp256r1_sha256 rsa_pss_pss_sha256",
		"RSA+SHA256 :RSA+SHA512": "rsa_pkcs1_sha256 rsa_pkcs1_sha512", "?foo:RSA+SHA1": "rsa_pkcs1_sha1",
		"rsa+sha256": ErrNothingMatch, "RSA_PSS_RSAE_SHA256": ErrNothingMatch, "Ed25519": ErrNothingMatch, "RSA+SHA256:foo": ErrNothingMatch,
		"RSA": ErrNothingMatch, "SHA256": ErrNothingMatch, "RSA+": ErrNothingMatch, "+SHA256": ErrNothingMatch, "RSA-PSS+SHA224": ErrNothingMatch,
		"RSA+SHA256:RSA+SHA256": ErrListSyntax, "RSA+SHA256:rsa_pkcs1_sha256": ErrListSyntax, "": ErrListSyntax, "RSA+SHA256:": ErrListSyntax,
		"RSA+SHA256,RSA+SHA512": ErrNothingMatch, "?foo": ErrNothingMatch,
	} {
		l, err := ParseSchemeList(list)
		wanted, _ := want.(string)
		wantErr, _ := want.(error)
		checkList(t, list, joined(l, func(s *Scheme) string { return s.Name }), err, wanted, wantErr)
	}
}

// TestSuites13Lists: B-059.
func TestSuites13Lists(t *testing.T) {
	for list, want := range map[string]any{
		"TLS_AES_128_GCM_SHA256":                           "TLS_AES_128_GCM_SHA256",
		"TLS_AES_128_CCM_8_SHA256: TLS_AES_256_GCM_SHA384": "TLS_AES_128_CCM_8_SHA256 TLS_AES_256_GCM_SHA384",
		":TLS_AES_128_GCM_SHA256::TLS_AES_128_GCM_SHA256:": "TLS_AES_128_GCM_SHA256",
		"": "", ":": "", "foo": ErrNothingMatch, "tls_aes_128_gcm_sha256": ErrNothingMatch, "AES128-SHA": ErrNothingMatch,
		"TLS_RSA_WITH_AES_128_CBC_SHA": ErrNothingMatch, "TLS_AES_128_GCM_SHA256:foo": ErrNothingMatch, "TLS_AES_128_GCM_SHA256,": ErrNothingMatch,
	} {
		l, err := ParseSuites13(list)
		wanted, _ := want.(string)
		wantErr, _ := want.(error)
		checkList(t, list, joined(l, (*Suite).String), err, wanted, wantErr)
	}
}
