package sslsock

import (
	"os"
	"path/filepath"
	"testing"

	"tlsengine/fuzz/pki"
)

// S-087 to S-091, S-199, S-210, S-258: the environment decides where trusted certificates are looked for; what isn't
// there is no error.
func TestVerifyPathsFollowTheEnvironment(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "cert.pem")
	if err := os.WriteFile(file, []byte(DERCertToPEM(pki.New().Root.Raw())), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		file, dir         string // of the environment
		caFile, caPath    string
		loaded, directory int
	}{
		{file, "/nonexistent", file, "", 1, 0},
		{file, dir, file, dir, 1, 1},
		{"/nonexistent", dir, "", dir, 0, 1},
		{"/nonexistent", "/nonexistent", "", "", 0, 0},
		{dir, file, "", "", 0, 0}, // each where the other belongs
		{file, dir + string(os.PathListSeparator) + "/nonexistent" + string(os.PathListSeparator) + t.TempDir(), file, "", 1, 2},
	} {
		t.Setenv("SSL_CERT_FILE", c.file)
		t.Setenv("SSL_CERT_DIR", c.dir)
		p := DefaultVerifyPaths()
		if p.CAFile != c.caFile || p.CAPath != c.caPath || p.OpenSSLCAFileEnv != "SSL_CERT_FILE" ||
			p.OpenSSLCAPathEnv != "SSL_CERT_DIR" ||
			p.OpenSSLCAFile == "" || p.OpenSSLCAPath == "" {
			t.Errorf("%+v: %+v", c, p)
		}
		for _, purpose := range []Purpose{PurposeServerAuth, PurposeClientAuth} {
			ctx := unverifying(t)
			for range 2 { // the second time adds nothing
				if err := ctx.LoadDefaultCerts(purpose); err != nil {
					t.Fatal(err)
				}
			}
			ctx.SetDefaultVerifyPaths()
			if s := ctx.current(); len(s.anchors) != c.loaded || len(s.directories) != c.directory {
				t.Errorf("%+v: %d certificates, %d directories", c, len(s.anchors), len(s.directories))
			}
		}
	}
	if err := unverifying(t).LoadDefaultCerts(7); err == nil {
		t.Error("a purpose that is none was taken")
	}
}

// S-091: of the places where systems have their certificates the first that exists counts, and otherwise the first.
func TestFirstPlaceThatExists(t *testing.T) {
	places := []string{"/a", "/b", "/c"}
	for exists, want := range map[string]string{"/a": "/a", "/b": "/b", "/c": "/c", "/d": "/a"} {
		if got := firstExisting(places, func(p string) bool { return p == exists }); got != want {
			t.Errorf("%s exists: %s", exists, got)
		}
	}
	if len(systemCAFiles) == 0 || len(systemCAPaths) == 0 {
		t.Error("this system has no places")
	}
}
