package sslsock

import (
	"crypto/rand"
	"crypto/rsa"
	"errors"
	"slices"
	"strconv"
	"testing"

	"tlsengine/cipher"
	"tlsengine/fuzz/pki"
	"tlsengine/x509lite"
)

// weakKey is an RSA key of 1024 bits, for tests of what refuses it.
func weakKey(t testing.TB) cipher.PrivateKey {
	t.Helper()
	k, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Fatal(err)
	}
	key, err := cipher.NewPrivateKey(k)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// weakIdentities returns, each with its whole chain, a server with a key of 1024 bits and one whose intermediate is
// signed with SHA-1.
func weakIdentities(t testing.TB) map[string]pki.Identity {
	t.Helper()
	strong := pki.New().Identities[x509lite.KeyRSA2048].Key
	key := weakKey(t)
	root := issueAt(t, authority("weak root"), nil, strong, strong, cipher.Algorithm{})
	rootEC := issueAt(t, authority("root"), nil, strong, strong, cipher.Algorithm{})
	middle := issueAt(t, authority("middle"), rootEC, strong, strong, cipher.Algorithm{Kind: cipher.RSAPKCS1, Hash: cipher.SHA1})
	leaf := hostTemplate()
	return map[string]pki.Identity{
		"1024 bits": {Chain: []*x509lite.Certificate{issueAt(t, leaf, root, key, strong, cipher.Algorithm{}), root}, Key: key},
		"SHA-1": {Chain: []*x509lite.Certificate{issueAt(t, leaf, middle, strong, strong, cipher.Algorithm{}), middle, rootEC},
			Key: strong},
	}
}

func authority(name string) *x509lite.Template {
	return &x509lite.Template{Subject: x509lite.NewName(name, ""),
		IsCA: true, NotBefore: pki.Time.AddDate(-1, 0, 0), NotAfter: pki.Time.AddDate(1, 0, 0)}
}

func hostTemplate() *x509lite.Template {
	return &x509lite.Template{
		Subject: x509lite.NewName(pki.Host, ""), DNSNames: []string{pki.Host},
		NotBefore: pki.Time.AddDate(0, -1, 0), NotAfter: pki.Time.AddDate(0, 2, 0),
	}
}

func issueAt(t testing.TB, template *x509lite.Template, issuer *x509lite.Certificate,
	key, issuerKey cipher.PrivateKey, a cipher.Algorithm) *x509lite.Certificate {
	t.Helper()
	own := *template
	own.Algorithm = a
	der, err := own.Sign(issuer, key.Public(), issuerKey, make([]byte, cipher.SignSeedSize))
	if err != nil {
		t.Fatal(err)
	}
	c, err := x509lite.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// B-035: what each level makes of a key of 1024 bits and of a signature with SHA-1 in the server's chain, in a context
// of NewContext and in one of CreateDefaultContext, and of loading that key; and the level of both.
func TestSecurityLevelsOfCertificates(t *testing.T) {
	accepted := map[string][]int{"1024 bits": {0, 1}, "SHA-1": {0}}
	for name, identity := range weakIdentities(t) {
		server := unverifying(t)
		if err := errors.Join(server.SetCiphers("DEFAULT:@SECLEVEL=0"),
			server.addCredential(identity.Chain, identity.Key)); err != nil {
			t.Fatal(err)
		}
		root := identity.Chain[len(identity.Chain)-1].Raw()
		for _, v := range []TLSVersion{VersionTLS12, VersionTLS13} {
			for level := range 3 {
				client, err := CreateDefaultContext(PurposeServerAuth, WithCADataDER(root))
				if err != nil {
					t.Fatal(err)
				}
				atTestTime(client)
				onlyVersion(t, client, v)
				if level != client.SecurityLevel() {
					if err := client.SetCiphers("DEFAULT:@SECLEVEL=" + strconv.Itoa(level)); err != nil || client.SecurityLevel() != level {
						t.Fatal(err, client.SecurityLevel())
					}
				}
				_, _, ce, _ := shakeOnce(t, client, server, pki.Host)
				if want := slices.Contains(accepted[name], level); want != (ce == nil) {
					t.Errorf("%s, %v, level %d: %v", name, v, level, ce)
				}
				if ce != nil && wantSSL(t, ce).Reason != "CERTIFICATE_VERIFY_FAILED" {
					t.Error(ce)
				}
				var reason string
				if err := client.addCredential(identity.Chain, identity.Key); err != nil {
					reason = wantSSL(t, err).Reason
				}
				if want := map[bool]string{true: "EE_KEY_TOO_SMALL"}[name == "1024 bits" && level == 2]; reason != want {
					t.Errorf("%s at level %d: loaded with %q, want %q", name, level, reason, want)
				}
			}
		}
	}
}
