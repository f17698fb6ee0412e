package sslsock

import (
	"errors"
	"testing"

	"tlsengine/fuzz/pki"
	"tlsengine/x509lite"
)

// B-062, B-063: lists for who signs, given to either end, decide with what is signed; what is left out is not, and each
// end knows the algorithms of both. Unknown names are refused.
func TestSigalgsOfEachSide(t *testing.T) {
	rsa, ecdsa := pki.New().Identities[x509lite.KeyRSA2048], pki.New().Identities[x509lite.KeyP256]
	for _, v := range []TLSVersion{VersionTLS12, VersionTLS13} {
		for name, row := range map[string]struct {
			set            func(client, server *Context) error
			server, client string // "": the handshake fails
		}{
			"neither": {func(_, _ *Context) error { return nil }, "ecdsa_secp256r1_sha256", "ecdsa_secp256r1_sha256"},
			"server at client": {func(c, _ *Context) error { return c.SetServerSigalgs("rsa_pss_rsae_sha384") },
				"rsa_pss_rsae_sha384", "ecdsa_secp256r1_sha256"},
			"server at server": {func(_, s *Context) error { return s.SetServerSigalgs("RSA-PSS+SHA512:?foo") },
				"rsa_pss_rsae_sha512", "ecdsa_secp256r1_sha256"},
			"client at client": {func(c, _ *Context) error { return c.SetClientSigalgs("rsa_pss_rsae_sha384") },
				"ecdsa_secp256r1_sha256", "rsa_pss_rsae_sha384"},
			"client at server": {func(_, s *Context) error { return s.SetClientSigalgs("PSS+SHA256") },
				"ecdsa_secp256r1_sha256", "rsa_pss_rsae_sha256"},
			"peers": {func(c, s *Context) error {
				return errors.Join(c.SetSignatureAlgorithms("PSS+SHA256"), s.SetSignatureAlgorithms("PSS+SHA384"))
			}, "rsa_pss_rsae_sha256", "rsa_pss_rsae_sha384"},
			"the server can't": {func(c, _ *Context) error { return c.SetServerSigalgs("ed25519") }, "", ""},
			"no key for it":    {func(_, s *Context) error { return s.SetServerSigalgs("ed25519") }, "", ""},
			"nothing in common": {func(c, s *Context) error {
				return errors.Join(c.SetServerSigalgs("PSS+SHA256"), s.SetServerSigalgs("PSS+SHA384"))
			}, "", ""},
		} {
			client, server := clientContext(t), serverContextOf(t, ecdsa, rsa)
			onlyVersion(t, client, v)
			for _, i := range []pki.Identity{ecdsa, rsa} {
				if err := client.addCredential(i.Chain, i.Key); err != nil {
					t.Fatal(err)
				}
			}
			err := errors.Join(server.LoadVerifyLocations(VerifyLocations{CADataDER: pki.New().Root.Raw()}),
				server.SetVerifyMode(CertRequired),
				row.set(client, server))
			if err != nil {
				t.Fatal(err)
			}
			c, s, ce, se := shakeOnce(t, client, server, pki.Host)
			if row.server == "" {
				if ce == nil || se == nil || c.ServerSigalg() != "" {
					t.Errorf("%v, %s: connected with %s", v, name, c.ServerSigalg())
				}
				continue
			}
			for _, end := range []*Object{c, s} {
				if ce != nil || se != nil || end.ServerSigalg() != row.server || end.ClientSigalg() != row.client {
					t.Errorf("%v, %s: %v, %v, server %q, client %q", v, name, ce, se, end.ServerSigalg(), end.ClientSigalg())
				}
			}
		}
	}
	c := unverifying(t)
	for _, set := range []func(string) error{c.SetClientSigalgs, c.SetServerSigalgs, c.SetSignatureAlgorithms} {
		for _, bad := range []string{"foo", "", "ed25519:ed25519", "?foo"} {
			wantSSL(t, set(bad))
		}
	}
}
