package sslsock

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"slices"
	"testing"

	"tlsengine/fuzz/peers"
	"tlsengine/fuzz/pki"
	"tlsengine/x509lite"
)

// trusting returns a client's context that trusts what v says and nobody else.
func trusting(t *testing.T, v VerifyLocations) *Context {
	t.Helper()
	c, err := NewContext(ProtocolTLSClient)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.LoadVerifyLocations(v); err != nil {
		t.Fatal(err)
	}
	atTestTime(c)
	return c
}

// shake connects a client to the server with the P-256 identity.
func shake(t *testing.T, client *Context) error {
	t.Helper()
	c, s := lazyPair(t, pipeWire, client, serverContext(t))
	err, _ := shakeBoth(c, s)
	return err
}

// rootDirectory returns a directory with the root, as openssl lays it out.
func rootDirectory(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	text := x509lite.MarshalPEM(nil, "CERTIFICATE", pki.New().Root.Raw())
	if err := os.WriteFile(filepath.Join(dir, "root.pem"), text, 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := peers.Run(t, exec.Command(peers.Need(t, "openssl"), "rehash", dir), ""); err != nil {
		t.Fatal(out)
	}
	return dir
}

// S-204, S-209: a directory's certificates are read when a verification looks for them, and listed and trusted from then on.
func TestCAPathIsLookedIntoDuringVerification(t *testing.T) {
	dir := rootDirectory(t)
	c := trusting(t, VerifyLocations{CAPath: dir})
	if n := c.CertStoreStats(); n != (CertStoreStats{}) || len(c.CACertsDER()) != 0 || len(c.CACerts()) != 0 {
		t.Errorf("before use: %+v", n)
	}
	for range 2 {
		if err := shake(t, c); err != nil {
			t.Fatal(err)
		}
		if list := c.CACertsDER(); len(list) != 1 || !bytes.Equal(list[0], pki.New().Root.Raw()) || len(c.CACerts()) != 1 {
			t.Errorf("after use: %d certificates", len(list))
		}
	}
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	c.change(func(*settings) {}) // the next socket gets a new pool
	if err := shake(t, c); err != nil {
		t.Errorf("what was found did not stay: %v", err)
	}
	if err := c.LoadVerifyLocations(VerifyLocations{CADataDER: pki.New().Root.Raw()}); err != nil {
		t.Fatal(err)
	}
	if n := c.CertStoreStats(); n != (CertStoreStats{X509: 1, X509CA: 1}) {
		t.Errorf("loaded once more: %+v", n)
	}
}

// S-204: several directories are asked; one that doesn't exist has nothing, until it does.
func TestCAPathsThatComeLater(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "later")
	c := trusting(t, VerifyLocations{CAPath: dir})
	if err := c.LoadVerifyLocations(VerifyLocations{CAPath: t.TempDir()}); err != nil {
		t.Fatal(err)
	}
	var refused *CertVerificationError
	if err := shake(t, c); !errors.As(err, &refused) || refused.VerifyCode != 20 {
		t.Errorf("no directory: %v", err)
	}
	if err := os.Rename(rootDirectory(t), dir); err != nil {
		t.Fatal(err)
	}
	if err := shake(t, c); err != nil {
		t.Error(err)
	}
}

// S-204: what the environment names is a directory like others.
func TestDefaultCAPathIsLookedIntoDuringVerification(t *testing.T) {
	t.Setenv(caFileEnvironment, "")
	t.Setenv(caPathEnvironment, rootDirectory(t))
	c, err := CreateDefaultContext(PurposeServerAuth)
	if err != nil {
		t.Fatal(err)
	}
	atTestTime(c)
	if n := c.CertStoreStats().X509; n != 0 {
		t.Errorf("%d certificates before use", n)
	}
	if err := shake(t, c); err != nil || c.CertStoreStats().X509 != 1 {
		t.Errorf("%+v, %v", c.CertStoreStats(), err)
	}
}

// S-205: names that are hashed as OpenSSL before 1.0.0 did are not looked for.
func TestOldHashIsNotLookedUp(t *testing.T) {
	dir := t.TempDir()
	root := filepath.Join(dir, "root.pem")
	if err := os.WriteFile(root, x509lite.MarshalPEM(nil, "CERTIFICATE", pki.New().Root.Raw()), 0o600); err != nil {
		t.Fatal(err)
	}
	old, err := peers.Run(t, exec.Command(peers.Need(t, "openssl"), "x509", "-noout", "-subject_hash_old", "-in", root), "")
	if err != nil {
		t.Fatal(old)
	}
	if err := os.Rename(root, filepath.Join(dir, string(bytes.TrimSpace([]byte(old)))+".0")); err != nil {
		t.Fatal(err)
	}
	if err := shake(t, trusting(t, VerifyLocations{CAPath: dir})); err == nil {
		t.Error("the old name was looked up")
	}
}

// S-203, S-200: TRUSTED CERTIFICATE blocks, wherever they come from, are good for the purposes that they name.
func TestTrustSettingsDecide(t *testing.T) {
	for name, test := range map[string]struct {
		settings []string
		good     bool
	}{
		"none":            {[]string{"-trustout"}, true},
		"servers":         {[]string{"-addtrust", "serverAuth"}, true},
		"clients":         {[]string{"-addtrust", "clientAuth"}, false},
		"not for servers": {[]string{"-addreject", "serverAuth"}, false},
		"not for clients": {[]string{"-addreject", "clientAuth"}, true},
	} {
		t.Run(name, func(t *testing.T) {
			f := writeFiles(t)
			trusted := filepath.Join(f.dir, "trusted")
			command := exec.Command(peers.Need(t, "openssl"), append([]string{"x509", "-in", f.ca, "-out", trusted}, test.settings...)...)
			if out, err := peers.Run(t, command, ""); err != nil {
				t.Fatal(out)
			}
			text, err := os.ReadFile(trusted)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Contains(text, []byte("BEGIN TRUSTED CERTIFICATE")) {
				t.Fatal("openssl wrote another block")
			}
			dir := rootDirectory(t)
			if err := os.WriteFile(filepath.Join(dir, "root.pem"), text, 0o600); err != nil {
				t.Fatal(err)
			}
			for _, v := range []VerifyLocations{{CAFile: trusted}, {CADataPEM: string(text)}, {CAPath: dir}} {
				if err := shake(t, trusting(t, v)); (err == nil) != test.good {
					t.Errorf("%+v: %v", v, err)
				}
			}
		})
	}
}

// S-203: a broken block among good ones, and alone.
func TestBrokenBlockOfCAFile(t *testing.T) {
	f := writeFiles(t)
	damaged, err := os.ReadFile(f.damaged)
	if err != nil {
		t.Fatal(err)
	}
	good := x509lite.MarshalPEM(nil, "CERTIFICATE", pki.New().Root.Raw())
	c, _ := NewContext(ProtocolTLS)
	for _, text := range [][]byte{damaged, slices.Concat(good, damaged), slices.Concat(damaged, good)} {
		if err := os.WriteFile(f.damaged, text, 0o600); err != nil {
			t.Fatal(err)
		}
		for _, v := range []VerifyLocations{{CAFile: f.damaged}, {CADataPEM: string(text)}} {
			if e := wantSSL(t, c.LoadVerifyLocations(v)); e.Library != "PEM" || e.Reason != "" {
				t.Error(e)
			}
		}
	}
	if e := wantSSL(t, c.LoadVerifyLocations(VerifyLocations{CAFile: f.empty})); e.Reason != "NO_CERTIFICATE_OR_CRL_FOUND" {
		t.Error(e)
	}
	if e := wantSSL(t, c.LoadVerifyLocations(VerifyLocations{CADataPEM: "junk"})); e.Reason != "NO_START_LINE" {
		t.Error(e)
	}
	if n := c.CertStoreStats().X509; n != 0 {
		t.Errorf("failed calls left %d certificates", n)
	}
}

// S-208: authorities only, in the order of loading.
func TestCACerts(t *testing.T) {
	p := pki.New()
	c := trusting(t, VerifyLocations{CADataDER: slices.Concat(p.Stranger.Chain[0].Raw(), p.Root.Raw())})
	list := c.CACerts()
	if len(list) != 1 {
		t.Fatalf("%d certificates", len(list))
	}
	if want, err := p.Root.Info(); err != nil || !reflect.DeepEqual(list[0].Dict(), want.Dict()) {
		t.Errorf("%v, %v", list[0].Dict(), err)
	}
	if none, _ := NewContext(ProtocolTLS); none.CACerts() == nil || len(none.CACerts()) != 0 {
		t.Error("without certificates the list is empty, not nil")
	}
}
