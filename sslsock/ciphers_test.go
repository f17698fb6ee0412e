package sslsock

import (
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"reflect"
	"slices"
	"strings"
	"testing"

	"tlsengine/cipher"
	"tlsengine/fuzz/peers"
)

func cipherNames(list []CipherInfo) string {
	var all []string
	for _, i := range list {
		all = append(all, i.Name)
	}
	return strings.Join(all, ":")
}

// TestListThatSelectsNothingChangesNothing: S-211, S-040.
func TestListThatSelectsNothingChangesNothing(t *testing.T) {
	c := clientContext(t)
	if err := c.SetCiphers("ECDHE+CHACHA20:@SECLEVEL=3"); err != nil {
		t.Fatal(err)
	}
	before, level := cipherNames(c.Ciphers()), c.SecurityLevel()
	for _, list := range []string{"", "foo", "^$:,;?*'dorothyx", "@SECLEVEL=0:!ALL", "TLS_AES_128_GCM_SHA256"} {
		e := wantSSL(t, c.SetCiphers(list))
		if e.Message != "No cipher can be selected." || cipherNames(c.Ciphers()) != before || c.SecurityLevel() != level {
			t.Errorf("%q: %v, then %s at level %d", list, e, cipherNames(c.Ciphers()), c.SecurityLevel())
		}
	}
	a, _ := pipeWire(t)
	if _, err := WrapSocket(a, WithCiphers("foo")); wantSSL(t, err).Message != "No cipher can be selected." {
		t.Error(err)
	}
	wantSSL(t, c.SetCiphersuites("TLS_FOO"))
	wantSSL(t, c.SetCiphersuites("AES128-SHA"))
	if level != 3 {
		t.Errorf("@SECLEVEL=3 sets level %d", level)
	}
}

// TestSecurityLevelsByDefault: B-035.
func TestSecurityLevelsByDefault(t *testing.T) {
	plain, err := NewContext(ProtocolTLS)
	if err != nil || plain.SecurityLevel() != 1 {
		t.Error(err, plain.SecurityLevel())
	}
	if careful, err := CreateDefaultContext(PurposeClientAuth); err != nil || careful.SecurityLevel() != 2 {
		t.Error(err, careful.SecurityLevel())
	}
}

// TestCiphersLooksLikePython compares whole dictionaries with Python's for the suites that both have. B-057.
func TestCiphersLooksLikePython(t *testing.T) {
	peers.Need(t, "python3")
	const program = `
import json, ssl, sys
c = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
c.set_ciphers(sys.argv[1])
print(json.dumps(c.get_ciphers()))
`
	for _, list := range []string{"ALL:COMPLEMENTOFALL", "DEFAULT:@STRENGTH", "ECDHE+AESGCM:kRSA+AES:PSK", "NULL:AECDH"} {
		cmd := exec.Command("python3", "-c", program, list)
		cmd.Env = append(os.Environ(), "OPENSSL_CONF=/dev/null")
		out, err := cmd.Output()
		if err != nil {
			t.Fatal(err)
		}
		var theirs []map[string]any
		if err := json.Unmarshal(out, &theirs); err != nil {
			t.Fatal(err)
		}
		known := map[any]bool{}
		for _, m := range theirs {
			known[m["name"]] = true
		}
		theirs = slices.DeleteFunc(theirs, func(m map[string]any) bool { return cipher.SuiteByName(m["name"].(string)) == nil })
		c := clientContext(t)
		if err := c.SetCiphers(list); err != nil {
			t.Fatal(err)
		}
		if err := c.SetCiphersuites("TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256:TLS_AES_128_GCM_SHA256"); err != nil {
			t.Fatal(err)
		}
		ours := slices.DeleteFunc(c.Ciphers(), func(i CipherInfo) bool { return !known[i.Name] })
		if len(ours) != len(theirs) || len(ours) < 6 {
			t.Fatalf("%q: %d suites, Python has %d of them", list, len(ours), len(theirs))
		}
		for i, m := range theirs {
			var got map[string]any
			text, _ := json.Marshal(ours[i].Map())
			if json.Unmarshal(text, &got); !reflect.DeepEqual(got, m) {
				t.Errorf("%v\nPython has\n%v", got, m)
			}
		}
	}
}

// TestSuitesOfLegacyCiphersByPythonsRules: what the installed OpenSSL was built without.
func TestSuitesOfLegacyCiphersByPythonsRules(t *testing.T) {
	for name, want := range map[string]CipherInfo{
		"DES-CBC3-SHA": {0x0300000A, "DES-CBC3-SHA", "SSLv3",
			"DES-CBC3-SHA                   SSLv3   Kx=RSA      Au=RSA   Enc=3DES(168)              Mac=SHA1",
			112, 168, false, "des-ede3-cbc", "sha1", "kx-rsa", "auth-rsa"},
		"ECDHE-PSK-RC4-SHA": {0x0300C033, "ECDHE-PSK-RC4-SHA", "TLSv1.0",
			"ECDHE-PSK-RC4-SHA              TLSv1   Kx=ECDHEPSK Au=PSK   Enc=RC4(128)               Mac=SHA1",
			80, 128, false, "rc4", "sha1", "kx-ecdhe-psk", "auth-psk"},
	} {
		if got := cipherInfo(cipher.SuiteByName(name)); got != want {
			t.Errorf("%+v\nwant\n%+v", got, want)
		}
	}
}

// TestListsDecideWhatIsNegotiated: the client's lists against a server that has all. S-211, S-233, B-059, B-060, B-062.
func TestListsDecideWhatIsNegotiated(t *testing.T) {
	for name, row := range map[string]struct {
		set  func(c *Context) error
		want string // version, suite, group
	}{
		"ciphers leave TLS 1.3 alone": {func(c *Context) error { return c.SetCiphers("ECDHE+CHACHA20") }, "TLSv1.3"},
		"one cipher": {func(c *Context) error {
			return firstOf(c.SetCiphers("ECDHE-ECDSA-AES256-GCM-SHA384"), c.SetMaximumVersion(VersionTLS12))
		}, "TLSv1.2 ECDHE-ECDSA-AES256-GCM-SHA384"},
		"no suites of TLS 1.3": {func(c *Context) error { return firstOf(c.SetCiphersuites(""), c.SetCiphers("CHACHA20")) },
			"TLSv1.2 ECDHE-ECDSA-CHACHA20-POLY1305"},
		"one suite of TLS 1.3": {func(c *Context) error { return c.SetCiphersuites("TLS_CHACHA20_POLY1305_SHA256") },
			"TLSv1.3 TLS_CHACHA20_POLY1305_SHA256"},
		"a level that shuts TLS 1.2 out": {func(c *Context) error {
			return firstOf(trustBlindly(c), c.SetCiphers("@SECLEVEL=4:ECDHE+AES128+AESGCM"))
		}, "TLSv1.3"},
		"a level in the list": {func(c *Context) error {
			return firstOf(trustBlindly(c), c.SetCiphers("ECDHE+AESGCM:@SECLEVEL=5"), c.SetCiphersuites(""))
		},
			"TLSv1.2 ECDHE-ECDSA-AES256-GCM-SHA384"},
		"one group":        {func(c *Context) error { return c.SetGroups("?foo:P-384") }, "TLSv1.3 * secp384r1"},
		"a share of later": {func(c *Context) error { return c.SetGroups("P-521:*P-256:X25519") }, "TLSv1.3 * secp256r1"},
		"one scheme": {func(c *Context) error { return c.SetSignatureAlgorithms("ed25519:ECDSA+SHA256") },
			"TLSv1.3 * * ecdsa_secp256r1_sha256"},
	} {
		t.Run(name, func(t *testing.T) {
			client, server := clientContext(t), serverContext(t)
			server.ClearOptions(OpCipherServerPreference)
			if err := row.set(client); err != nil {
				t.Fatal(err)
			}
			c, _ := pair(t, tcpWire, client, server)
			used, _ := c.Cipher()
			got := []string{c.Version(), used.Name, c.Group(), c.SignatureAlgorithm()}
			for i, want := range strings.Fields(row.want) {
				if want != "*" && got[i] != want {
					t.Errorf("negotiated %q, want %s", got, row.want)
				}
			}
		})
	}
}

// trustBlindly makes levels concern suites alone.
func trustBlindly(c *Context) error {
	return firstOf(c.SetCheckHostname(false), c.SetVerifyMode(CertNone))
}

func firstOf(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// TestNothingLeftIsSaidBeforeTheHandshake: lists, level and versions that leave no suite. S-040.
func TestNothingLeftIsSaidBeforeTheHandshake(t *testing.T) {
	c := clientContext(t)
	if err := firstOf(c.SetCiphers("aNULL:eNULL"), c.SetMaximumVersion(VersionTLS12)); err != nil {
		t.Fatal(err)
	}
	_, err := c.NewSocket()
	if e := wantSSL(t, err); e.Reason != "NO_CIPHERS_AVAILABLE" {
		t.Error(e)
	}
	for _, list := range []string{"foo", "", "RSA+SHA256:RSA+SHA256"} {
		wantSSL(t, c.SetSignatureAlgorithms(list))
		wantSSL(t, c.SetGroups(list))
	}
}

// oldButForwardSecret reports whether a suite is one of those with AES in CBC mode that contexts keep for old peers (S-050).
func oldButForwardSecret(s *cipher.Suite) bool {
	return (s.Kx == cipher.KxECDHE || s.Kx == cipher.KxDHE) && (s.Auth == cipher.AuthRSA || s.Auth == cipher.AuthECDSA) &&
		strings.HasPrefix(s.Bulk.Name, "AES") && s.Bulk.MAC == cipher.SHA1
}

// TestDefaultsHaveNothingWeak walks what contexts select when nobody chose anything. S-050, S-055, S-056, S-057, S-285.
func TestDefaultsHaveNothingWeak(t *testing.T) {
	for name, c := range defaultContexts(t) {
		listed := cipherNames(c.Ciphers())
		for _, i := range c.Ciphers() {
			s := cipher.SuiteByName(i.Name)
			if sound := s.Weak == "" && i.AEAD; !sound && !oldButForwardSecret(s) || i.StrengthBits < 128 || !c.current().level.Allows(s) {
				t.Errorf("%s: %s is on", name, i.Name)
			}
		}
		for _, needed := range []string{"ECDHE-RSA-CHACHA20-POLY1305",
			"TLS_CHACHA20_POLY1305_SHA256", "ECDHE-ECDSA-AES128-GCM-SHA256"} {
			if !strings.Contains(listed, needed) {
				t.Errorf("%s lacks %s", name, needed)
			}
		}
		if o := c.Options(); !o.Has(OpNoSSLv2 | OpNoSSLv3 | OpNoCompression) {
			t.Errorf("%s: options %v", name, o)
		}
	}
}

// TestDefaultContextsOfferNothingWeak looks at what client contexts put on the wire when nobody chose anything: those
// of NewContext what the seed documents (TLS 1.0 and forward-secret CBC, behind everything else), those of
// CreateDefaultContext nothing that is weak. S-050, S-187.
func TestDefaultContextsOfferNothingWeak(t *testing.T) {
	for name, c := range defaultContexts(t) {
		if c.Protocol() == ProtocolTLSServer {
			continue
		}
		server, seen := serverContext(t), 0
		server.SetServernameCallback(func(h *Hello, _ string, _ *Context) error {
			seen++
			hello := h.ClientHello()
			for _, id := range hello.Suites {
				s := cipher.SuiteByID(id)
				weak := s == nil || s.Weak != "" && (c.current().floor != 0 || !oldButForwardSecret(s))
				if weak && id != cipher.TLS_EMPTY_RENEGOTIATION_INFO_SCSV {
					t.Errorf("%s: %v is offered", name, id)
				}
			}
			for _, id := range hello.Schemes {
				if s := id.Info(); s == nil || s.Weak != "" {
					t.Errorf("%s: %v is offered", name, id)
				}
			}
			if lowest := slices.Min(hello.Versions); lowest < VersionTLS10 || c.current().floor != 0 && lowest < VersionTLS12 {
				t.Errorf("%s: %v are offered", name, hello.Versions)
			}
			return nil
		})
		if shakeOnce(t, c, server, "example.test"); seen != 1 {
			t.Errorf("%s: %d hellos", name, seen)
		}
	}
}

// defaultContexts are contexts of every kind that nobody has changed.
func defaultContexts(t *testing.T) map[string]*Context {
	t.Helper()
	contexts := map[string]*Context{}
	for _, p := range []Protocol{ProtocolTLS, ProtocolTLSClient, ProtocolTLSServer, ProtocolTLSv12} {
		c, err := NewContext(p)
		if err != nil {
			t.Fatal(err)
		}
		contexts[p.String()] = c
	}
	for _, p := range []Purpose{PurposeServerAuth, PurposeClientAuth} {
		c, err := CreateDefaultContext(p)
		if err != nil {
			t.Fatal(err)
		}
		contexts["default for "+p.String()] = c
	}
	return contexts
}

// B-058: the server sees what both have, in the client's order; the client sees nothing. Connections with like clients share one
// list.
func TestSharedCiphers(t *testing.T) {
	client, server := clientContext(t), serverContext(t)
	err := errors.Join(client.SetCiphers("ECDHE-RSA-AES256-GCM-SHA384:ECDHE+CHACHA20"),
		client.SetCiphersuites("TLS_CHACHA20_POLY1305_SHA256"), server.SetCiphers("CHACHA20:ECDHE+AES256"))
	if err != nil {
		t.Fatal(err)
	}
	lazy, _ := lazyPair(t, tcpWire, client, server)
	if lazy.SharedCiphers() != nil {
		t.Error("before the handshake:", lazy.SharedCiphers())
	}
	want := []CipherInUse{
		{"TLS_CHACHA20_POLY1305_SHA256", "TLSv1.3", 256}, {"ECDHE-RSA-AES256-GCM-SHA384", "TLSv1.2", 256},
		{"ECDHE-ECDSA-CHACHA20-POLY1305", "TLSv1.2", 256}, {"ECDHE-RSA-CHACHA20-POLY1305", "TLSv1.2", 256},
	}
	var before []*cipher.Suite
	for range 2 {
		c, s := pair(t, tcpWire, client, server)
		if got := s.SharedCiphers(); !slices.Equal(got, want) || c.SharedCiphers() != nil {
			t.Errorf("server %v, client %v", got, c.SharedCiphers())
		}
		now := s.HandshakeInfo().SharedSuites()
		if before != nil && &now[0] != &before[0] {
			t.Error("a second connection has a list of its own")
		}
		before = now
	}
}
