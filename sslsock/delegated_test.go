package sslsock

import (
	"crypto/rand"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"

	"tlsengine/cipher"
	"tlsengine/fuzz/pki"
	"tlsengine/handshake"
	"tlsengine/x509lite"
)

// delegation writes the chain of a certificate that may delegate, and a delegated credential of it for a day, made for a role.
func delegation(t *testing.T, to handshake.Role) (certFile, delegatedFile string) {
	t.Helper()
	p := pki.New()
	by, err := handshake.NewCredential(p.Delegator.Chain, p.Delegator.Key, nil)
	must(t, err)
	seed := make([]byte, cipher.SignSeedSize)
	rand.Read(seed)
	made, err := by.Delegate(to, p.Identities[x509lite.KeyEd25519].Key, cipher.Ed25519, pki.Time.Add(24*time.Hour), seed)
	must(t, err)
	text, err := made.MarshalDelegatedPEM()
	must(t, err)
	certFile, delegatedFile = filepath.Join(t.TempDir(), "cert.pem"), filepath.Join(t.TempDir(), "delegated.pem")
	must(t, errors.Join(os.WriteFile(certFile, x509lite.MarshalPEM(nil, "CERTIFICATE", p.Delegator.Chain[0].Raw()), 0o600),
		os.WriteFile(delegatedFile, text, 0o600)))
	return certFile, delegatedFile
}

// TestSocketsByDelegatedCredentials: both ends sign with delegated keys; who doesn't take them sees what LoadCertChain loaded.
func TestSocketsByDelegatedCredentials(t *testing.T) {
	client, server := clientContext(t), serverContextOf(t, pki.New().Identities[x509lite.KeyRSA2048])
	must(t, server.LoadDelegatedCredential(delegatedFiles(t, handshake.ServerRole)))
	must(t, client.LoadDelegatedCredential(delegatedFiles(t, handshake.ClientRole)))
	must(t, errors.Join(server.LoadVerifyLocations(VerifyLocations{CADataDER: pki.New().Root.Raw()}),
		server.SetVerifyMode(CertRequired)))
	client.SetDelegatedCredentials(true)
	server.SetDelegatedCredentials(true)
	c, s := pair(t, tcpWire, client, server)
	if !c.HandshakeInfo().Delegated || !s.HandshakeInfo().Delegated || c.ServerSigalg() != "ed25519" {
		t.Errorf("%v, %v, %s", c.HandshakeInfo().Delegated, s.HandshakeInfo().Delegated, c.ServerSigalg())
	}
	must(t, server.SetVerifyMode(CertNone))
	plain := clientContext(t)
	if c, _ := pair(t, tcpWire, plain, server); c.HandshakeInfo().Delegated || c.ServerSigalg() != "rsa_pss_rsae_sha256" {
		t.Errorf("%v, %s", c.HandshakeInfo().Delegated, c.ServerSigalg())
	}
	must(t, server.SetServerSigalgs("rsa_pss_rsae_sha256"))
	if c, _ := pair(t, tcpWire, client, server); c.HandshakeInfo().Delegated {
		t.Error("a delegated key signs with what the server doesn't sign with")
	}
}

// delegatedFiles is delegation with no pass phrase, as arguments.
func delegatedFiles(t *testing.T, to handshake.Role) (certFile, delegatedFile string, pw PasswordFunc) {
	certFile, delegatedFile = delegation(t, to)
	return certFile, delegatedFile, nil
}

// TestDelegatedCredentialsThatCantBe: each error says what is wrong, and nothing is kept.
func TestDelegatedCredentialsThatCantBe(t *testing.T) {
	certFile, good := delegation(t, handshake.ServerRole)
	text, err := os.ReadFile(good)
	must(t, err)
	blocks, err := x509lite.ParsePEM(text)
	must(t, err)
	otherKey, err := x509lite.MarshalPKCS8(pki.New().Identities[x509lite.KeyP256].Key)
	must(t, err)
	var private, delegated []byte
	for _, b := range blocks {
		if b.Type == handshake.PEMDelegatedCredential {
			delegated = b.Bytes
		} else {
			private = x509lite.MarshalPEM(nil, b.Type, b.Bytes)
		}
	}
	block := func(b []byte) []byte { return x509lite.MarshalPEM(nil, handshake.PEMDelegatedCredential, b) }
	c := serverContext(t)
	for name, x := range map[string]struct {
		text   []byte
		reason string
	}{
		"no delegation":     {private, "NO_START_LINE"},
		"no key":            {block(delegated), ""},
		"another key":       {append(block(delegated), x509lite.MarshalPEM(nil, "PRIVATE KEY", otherKey)...), "KEY_VALUES_MISMATCH"},
		"cut":               {append(block(delegated[:len(delegated)-1]), private...), "DECODE_ERROR"},
		"one byte too many": {append(block(append(delegated[:len(delegated):len(delegated)], 0)), private...), "DECODE_ERROR"},
	} {
		file := filepath.Join(t.TempDir(), "delegated.pem")
		must(t, os.WriteFile(file, x.text, 0o600))
		var e *SSLError
		if err := c.LoadDelegatedCredential(certFile, file, nil); !errors.As(err, &e) || x.reason != "" && e.Reason != x.reason {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := c.LoadDelegatedCredential(certFile, good+"?", nil); !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
	client := clientContext(t)
	client.SetDelegatedCredentials(true)
	if s, _ := pair(t, tcpWire, client, c); s.HandshakeInfo().Delegated {
		t.Error("something was kept")
	}
}
