package sslsock

import (
	"bytes"
	"errors"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"

	"tlsengine/engine"
	"tlsengine/fuzz/peers"
	"tlsengine/fuzz/pki"
	"tlsengine/handshake"
	"tlsengine/x509lite"
)

// files writes the test PKI's P-256 identity into a directory.
type files struct{ dir, cert, key, both, ca, otherKey, empty, damaged string }

func writeFiles(t *testing.T) files {
	t.Helper()
	dir := t.TempDir()
	identity := pki.New().Identities[x509lite.KeyP256]
	cert := x509lite.MarshalPEM(nil, "CERTIFICATE", identity.Chain[0].Raw())
	key := keyPEM(t, identity)
	f := files{dir: dir}
	for name, text := range map[*string][]byte{
		&f.cert: cert, &f.key: key, &f.both: slices.Concat(key, cert),
		&f.ca:       x509lite.MarshalPEM([]byte("the root\n"), "CERTIFICATE", pki.New().Root.Raw()),
		&f.otherKey: keyPEM(t, pki.New().Identities[x509lite.KeyRSA2048]),
		&f.empty:    {}, &f.damaged: []byte("-----BEGIN CERTIFICATE-----\n!!!!\n-----END CERTIFICATE-----\n"),
	} {
		file, err := os.CreateTemp(dir, "*.pem")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := file.Write(text); err != nil {
			t.Fatal(err)
		}
		_ = file.Close()
		*name = file.Name()
	}
	return f
}

func keyPEM(t *testing.T, i pki.Identity) []byte {
	t.Helper()
	der, err := x509lite.MarshalPKCS8(i.Key)
	if err != nil {
		t.Fatal(err)
	}
	return x509lite.MarshalPEM(nil, "PRIVATE KEY", der)
}

// S-186, S-109, S-187, S-279: what can be made, and what it starts with.
func TestNewContext(t *testing.T) {
	for _, p := range []Protocol{-1, 42} {
		if _, err := NewContext(p); !errors.Is(err, ErrInvalidArgument) {
			t.Errorf("%v: %v", p, err)
		}
	}
	if _, err := NewContext(ProtocolSSLv2); !errors.Is(err, ErrUnsupportedProtocol) {
		t.Error(err)
	}
	c, err := NewContext(ProtocolSSLv23)
	if err != nil {
		t.Fatal(err)
	}
	if c.Protocol() != ProtocolTLS || c.VerifyMode() != CertNone || c.CheckHostname() || c.CertStoreStats() != (CertStoreStats{}) ||
		c.Options() != defaultOptions || c.MinimumVersion() != VersionMinimumSupported {
		t.Errorf("%+v", c.current())
	}
	c, err = NewContext(ProtocolTLSClient)
	if err != nil || c.VerifyMode() != CertRequired || !c.CheckHostname() {
		t.Errorf("%+v, %v", c.current(), err)
	}
}

// S-045 to S-052: the default contexts.
func TestCreateDefaultContext(t *testing.T) {
	if _, err := CreateDefaultContext(9); !errors.Is(err, ErrInvalidArgument) {
		t.Error(err)
	}
	f := writeFiles(t)
	t.Setenv(caPathEnvironment, "") // restored at the end
	_ = os.Unsetenv(caPathEnvironment)
	t.Setenv(caFileEnvironment, f.ca)
	c, err := CreateDefaultContext(PurposeServerAuth)
	if err != nil {
		t.Fatal(err)
	}
	if c.VerifyMode() != CertRequired || !c.CheckHostname() || c.MinimumVersion() != VersionTLS12 || c.CertStoreStats().X509CA != 1 {
		t.Errorf("%+v", c.current())
	}
	c, err = CreateDefaultContext(PurposeClientAuth)
	if err != nil || c.VerifyMode() != CertNone || c.CheckHostname() || c.CertStoreStats().X509 != 0 {
		t.Errorf("%+v, %v", c.current(), err)
	}
	if _, err := CreateDefaultContext(PurposeServerAuth, WithCAFile("/does/not/exist")); !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
	t.Setenv(caFileEnvironment, "/does/not/exist")
	t.Setenv(caPathEnvironment, "/does/not/exist")
	if p := DefaultVerifyPaths(); p.CAFile != "" || p.CAPath != "" {
		t.Errorf("%+v", p)
	}
	if c, err := CreateDefaultContext(PurposeServerAuth); err != nil || c.CertStoreStats().X509 != 0 {
		t.Error(err)
	}
}

// S-243, S-244, S-250: verify mode and host name depend on each other.
func TestVerifyModeAndCheckHostname(t *testing.T) {
	c, _ := NewContext(ProtocolTLS)
	if err := c.SetCheckHostname(true); !errors.Is(err, ErrInvalidArgument) {
		t.Error(err)
	}
	if err := c.SetVerifyMode(3); !errors.Is(err, ErrInvalidArgument) {
		t.Error(err)
	}
	if err := errors.Join(c.SetVerifyMode(CertOptional), c.SetCheckHostname(true)); err != nil {
		t.Error(err)
	}
	if err := c.SetVerifyMode(CertNone); !errors.Is(err, ErrInvalidArgument) || c.VerifyMode() != CertOptional {
		t.Error(err)
	}
	a, _ := net.Pipe()
	if _, err := c.WrapSocket(a); !errors.Is(err, ErrInvalidArgument) { // S-240
		t.Error(err)
	}
	if _, err := c.NewSocket(); !errors.Is(err, ErrInvalidArgument) {
		t.Error(err)
	}
	client, _ := NewContext(ProtocolTLSClient)
	if err := errors.Join(client.SetCheckHostname(false), client.SetVerifyMode(CertNone),
		client.SetCheckHostname(true)); err != nil {
		t.Error(err)
	}
	if client.VerifyMode() != CertRequired {
		t.Error("the mode was not raised")
	}
}

// S-189 to S-192, S-198, S-259: chains and keys.
func TestLoadCertChain(t *testing.T) {
	f := writeFiles(t)
	c, _ := NewContext(ProtocolTLS)
	for _, good := range [][2]string{{f.cert, f.key}, {f.both, ""}, {f.both, f.both}} {
		if err := c.LoadCertChain(good[0], good[1], nil); err != nil {
			t.Error(err)
		}
	}
	if n := len(c.current().credentials); n != 1 {
		t.Errorf("%d credentials of the same kind of key", n)
	}
	if err := c.LoadCertChain("", f.key, nil); !errors.Is(err, ErrInvalidArgument) {
		t.Error(err)
	}
	if err := c.LoadCertChain("/does/not/exist", "", nil); !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
	for name, bad := range map[string]struct{ cert, key, library, reason string }{
		"no key":      {f.cert, "", "PEM", ""},
		"swapped":     {f.key, f.cert, "PEM", "NO_START_LINE"},
		"empty":       {f.empty, f.key, "PEM", "NO_START_LINE"},
		"damaged":     {f.damaged, f.key, "PEM", ""},
		"another key": {f.cert, f.otherKey, "X509", "KEY_TYPE_MISMATCH"},
	} {
		err := c.LoadCertChain(bad.cert, bad.key, nil)
		if e := wantSSL(t, err); e.Library != bad.library || e.Reason != bad.reason {
			t.Errorf("%s: %v", name, err)
		}
	}
	other := keyPEM(t, pki.New().Stranger)
	cert, _ := os.ReadFile(f.cert)
	err := c.LoadCertChainPEM(cert, other, nil)
	if e := wantSSL(t, err); e.Library != "X509" || e.Reason != "KEY_VALUES_MISMATCH" {
		t.Error(err)
	}
}

// S-193 to S-196: keys that openssl has encrypted.
func TestLoadEncryptedKey(t *testing.T) {
	f := writeFiles(t)
	encrypted := filepath.Join(f.dir, "encrypted")
	out, err := peers.Run(t, exec.Command(peers.Need(t, "openssl"), "pkcs8",
		"-topk8", "-in", f.key, "-out", encrypted, "-passout", "pass:geheim\u00e9", "-v2", "aes-256-cbc"), "")
	if err != nil {
		t.Fatal(out)
	}
	c, _ := NewContext(ProtocolTLS)
	calls := 0
	right := func() ([]byte, error) { calls++; return []byte("geheim\u00e9"), nil }
	if err := c.LoadCertChain(f.cert, encrypted, right); err != nil || calls != 1 {
		t.Errorf("%v after %d calls", err, calls)
	}
	if err := c.LoadCertChain(f.cert, f.key, right); err != nil || calls != 1 {
		t.Errorf("a plain key: %v after %d calls", err, calls)
	}
	if err := c.LoadCertChain(f.cert, encrypted, PasswordString("wrong")); wantSSL(t, err).Reason != "BAD_DECRYPT" ||
		wantSSL(t, err).Library != "PEM" {
		t.Error(err)
	}
	if err := c.LoadCertChain(f.cert, encrypted, PasswordBytes(make([]byte, 1025))); !errors.Is(err, ErrInvalidArgument) ||
		!strings.Contains(err.Error(), "password cannot be longer than 1024 bytes") {
		t.Error(err)
	}
	// S-197: without a function the context's prompt is asked, once, and not for a plain key.
	var prompts []string
	c.SetPasswordPrompt(func(prompt string) ([]byte, error) {
		prompts = append(prompts, prompt)
		return []byte("geheim\u00e9"), nil
	})
	if err := errors.Join(c.LoadCertChain(f.cert, encrypted, nil), c.LoadCertChain(f.cert, f.key, nil)); err != nil ||
		!slices.Equal(prompts, []string{"Enter PEM pass phrase:"}) {
		t.Errorf("%v after %q", err, prompts)
	}
	own := errors.New("no one at the keyboard")
	if err := c.LoadCertChain(f.cert, encrypted, func() ([]byte, error) { return nil, own }); !errors.Is(err, own) {
		t.Error(err)
	}
}

// S-237, B-014: names on their way to the wire.
func TestServerHostnameForms(t *testing.T) {
	for given, want := range map[string]string{
		"example.test": "example.test", "example.test.": "example.test", "127.0.0.1": "127.0.0.1", "::1": "::1",
		"k\u00f6nigsg\u00e4\u00dfchen.test": "xn--knigsgsschen-lcb0w.test",
		"xn--knigsgchen-b4a3dun.test":       "xn--knigsgchen-b4a3dun.test",
	} {
		if got, err := serverHostname(given); got != want || err != nil {
			t.Errorf("%q: %q, %v", given, got, err)
		}
	}
	for _, bad := range []string{"", ".", "a..b", strings.Repeat("x", 64) +
		".test", strings.Repeat("x.", 130), "a b", "a/b", "[::1"} {
		if got, err := serverHostname(bad); !errors.Is(err, ErrInvalidArgument) {
			t.Errorf("%q: %q, %v", bad, got, err)
		}
	}
}

// S-201, S-203, S-206, S-188: trusted certificates.
func TestLoadVerifyLocations(t *testing.T) {
	f := writeFiles(t)
	root := pki.New().Root.Raw()
	c, _ := NewContext(ProtocolTLS)
	for _, good := range []VerifyLocations{
		{CAFile: f.ca}, {CADataDER: root}, {CADataDER: slices.Concat(root, root)},
		{CADataPEM: string(x509lite.MarshalPEM(nil, "CERTIFICATE", root))},
		{CAPath: "/does/not/exist"},
	} {
		if err := c.LoadVerifyLocations(good); err != nil {
			t.Error(err)
		}
		if n := c.CertStoreStats(); n != (CertStoreStats{X509: 1, X509CA: 1}) {
			t.Errorf("%+v", n)
		}
	}
	if err := c.LoadVerifyLocations(VerifyLocations{CAFile: f.cert}); err != nil ||
		c.CertStoreStats() != (CertStoreStats{X509: 2, X509CA: 1}) {
		t.Errorf("%+v, %v", c.CertStoreStats(), err)
	}
	if list := c.CACertsDER(); len(list) != 1 || !bytes.Equal(list[0], root) {
		t.Errorf("%d authorities", len(list))
	}
	for _, v := range []VerifyLocations{{}, {CADataDER: []byte{}}} {
		if err := c.LoadVerifyLocations(v); !errors.Is(err, ErrInvalidArgument) {
			t.Error(err)
		}
	}
	if err := c.LoadVerifyLocations(VerifyLocations{CAFile: "/does/not/exist"}); !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
	for _, bad := range []VerifyLocations{
		{CAFile: f.empty}, {CAFile: f.damaged}, {CADataPEM: "nothing"},
		{CADataDER: root[:100]}, {CADataDER: append(slices.Clone(root), 1)},
		{CAFile: f.otherKey, CADataDER: pki.New().Stranger.Chain[0].Raw()},
	} {
		wantSSL(t, c.LoadVerifyLocations(bad))
	}
	if n := c.CertStoreStats().X509; n != 2 {
		t.Errorf("failed calls left %d certificates", n-2)
	}
}

// B-023, S-118 to S-121: versions by limits and by options.
func TestVersions(t *testing.T) {
	for name, test := range map[string]struct {
		set  func(*Context)
		want string
	}{
		"default": {func(*Context) {}, "TLSv1.3"},
		"maximum": {func(c *Context) { _ = c.SetMaximumVersion(VersionTLS12) }, "TLSv1.2"},
		"option":  {func(c *Context) { _ = c.AddOptions(OpNoTLSv13) }, "TLSv1.2"},
		"lowest": {func(c *Context) {
			_ = c.SetMaximumVersion(VersionMinimumSupported)
			_ = c.SetMinimumVersion(VersionMinimumSupported)
		}, "TLSv1"},
		"highest":       {func(c *Context) { _ = c.SetMinimumVersion(VersionMaximumSupported) }, "TLSv1.3"},
		"low minimum":   {func(c *Context) { _ = c.SetMinimumVersion(VersionSSL30) }, "TLSv1.3"},
		"nothing":       {func(c *Context) { _ = c.AddOptions(OpNoTLSv13 | OpNoTLSv12) }, ""},
		"crossed":       {func(c *Context) { _ = c.SetMinimumVersion(VersionTLS13); _ = c.SetMaximumVersion(VersionTLS12) }, ""},
		"below support": {func(c *Context) { _ = c.SetMaximumVersion(VersionTLS10) }, ""},
	} {
		client := clientContext(t)
		test.set(client)
		if test.want == "" {
			_, err := client.NewSocket(WithServerHostname(pki.Host))
			if e := wantSSL(t, err); e.Reason != "NO_PROTOCOLS_AVAILABLE" {
				t.Errorf("%s: %v", name, err)
			}
			continue
		}
		if c, _ := pair(t, tcpWire, client, serverContext(t)); c.Version() != test.want {
			t.Errorf("%s: %s", name, c.Version())
		}
	}
	fixed, _ := NewContext(ProtocolTLSv12)
	if err := fixed.SetMinimumVersion(VersionTLS12); !errors.Is(err, ErrInvalidArgument) {
		t.Error(err)
	}
	c, _ := NewContext(ProtocolTLS)
	if err := c.SetMinimumVersion(0x1234); !errors.Is(err, ErrInvalidArgument) {
		t.Error(err)
	}
	if err := c.SetOptions(1 << 60); !errors.Is(err, ErrInvalidArgument) {
		t.Error(err)
	}
	if err := c.SetOptions(0); err != nil || c.Options() != 0 {
		t.Error(err)
	}
}

// S-215, S-217, S-179, B-060, S-173, S-214, B-061: what was agreed on.
func TestAgreements(t *testing.T) {
	client, server := clientContext(t), serverContext(t)
	if err := errors.Join(client.SetGroups("?nonesuch:secp384r1"), client.SetALPNProtocols([]string{"http/1.1", "h2"}),
		server.SetALPNProtocols([]string{"h2", "http/1.1"})); err != nil {
		t.Fatal(err)
	}
	c, s := pair(t, tcpWire, client, server)
	for _, end := range []*Socket{c, s} {
		suite, ok := end.Cipher()
		if end.SelectedALPNProtocol() != "h2" || end.Group() != "secp384r1" || !ok || suite.Protocol != "TLSv1.3" || suite.Bits < 128 {
			t.Errorf("%q, %q, %+v", end.SelectedALPNProtocol(), end.Group(), suite)
		}
	}
	wantSSL(t, client.SetGroups("nonesuch"))
	for _, bad := range [][]string{{""}, {strings.Repeat("x", 256)}, slices.Repeat([]string{strings.Repeat("x", 255)}, 300)} {
		wantSSL(t, client.SetALPNProtocols(bad))
	}
	_ = client.SetALPNProtocols([]string{"other"})
	server.SetALPNMismatchAllowed(true)
	if c, _ := pair(t, tcpWire, client, server); c.SelectedALPNProtocol() != "" {
		t.Error(c.SelectedALPNProtocol())
	}
	a, err := c.ExportKeyingMaterial("EXPORTER-test", []byte("context"), 40)
	b, err2 := s.ExportKeyingMaterial("EXPORTER-test", []byte("context"), 40)
	if err != nil || err2 != nil || !bytes.Equal(a, b) || len(a) != 40 {
		t.Errorf("%x, %x, %v, %v", a, b, err, err2)
	}
}

// S-020: an unconnected socket says so.
func TestUnconnectedSocket(t *testing.T) {
	c, err := clientContext(t).NewSocket(WithServerHostname(pki.Host))
	if err != nil {
		t.Fatal(err)
	}
	_, readErr := c.Read(make([]byte, 1))
	_, writeErr := c.Write(make([]byte, 1))
	_, certErr := c.PeerCertDER()
	for what, err := range map[string]error{"Read": readErr, "Write": writeErr, "PeerCertDER": certErr, "Handshake": c.Handshake()} {
		if !errors.Is(err, ErrNotConnected) || !errors.Is(err, syscall.ENOTCONN) {
			t.Errorf("%s: %v", what, err)
		}
	}
	if _, ok := c.Cipher(); ok || c.Version() != "" || c.SelectedALPNProtocol() != "" || c.LocalAddr() != nil || c.NetConn() != nil {
		t.Error("it knows something")
	}
	l, err := Listen("tcp", "127.0.0.1:0", serverContext(t))
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go func() {
		if s, err := l.AcceptTLS(); err == nil {
			_ = s.Handshake()
		}
	}()
	if err := c.Connect(t.Context(), "tcp", l.Addr().String()); err != nil {
		t.Fatal(err)
	}
	if c.Version() != "TLSv1.3" {
		t.Error(c.Version())
	}
	if err := c.Connect(t.Context(), "tcp", l.Addr().String()); !errors.Is(err, ErrInvalidArgument) {
		t.Errorf("second Connect: %v", err)
	}
	_ = c.Close()
}

// S-005, B-071: sockets are wrapped while settings change.
func TestContextIsSafeForConcurrentUse(t *testing.T) {
	f := writeFiles(t)
	client, server := clientContext(t), serverContext(t)
	stop := make(chan struct{})
	var setters, users sync.WaitGroup
	for range 2 {
		setters.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				if err := errors.Join(server.LoadCertChain(f.both, "", nil), client.LoadVerifyLocations(VerifyLocations{CAFile: f.ca}),
					server.SetALPNProtocols([]string{"a"}), client.SetGroups("X25519:P-256")); err != nil {
					t.Error(err)
				}
			}
		})
	}
	for range 4 {
		users.Go(func() {
			for range 5 {
				c, s := lazyPair(t, pipeWire, client, server)
				if ce, se := shakeBoth(c, s); ce != nil || se != nil {
					t.Errorf("%v, %v", ce, se)
				}
				hangUp(c, s)
			}
		})
	}
	users.Wait()
	close(stop)
	setters.Wait()
}

// B-054, B-055: the key log, and the trace.
func TestKeylogAndTrace(t *testing.T) {
	path := filepath.Join(t.TempDir(), "keys")
	t.Setenv(keylogEnvironment, path)
	client := clientContext(t)
	var mu sync.Mutex
	var seen []string
	client.SetTrace(&engine.Trace{Message: func(d engine.Direction, m handshake.MessageType, _ []byte) {
		mu.Lock()
		defer mu.Unlock()
		seen = append(seen, d.String()+" "+m.String())
	}})
	pair(t, tcpWire, client, serverContext(t))
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, label := range []string{"CLIENT_HANDSHAKE_TRAFFIC_SECRET", "SERVER_TRAFFIC_SECRET_0", "EXPORTER_SECRET"} {
		if strings.Count(string(text), label+" ") != 1 {
			t.Errorf("no %s in %q", label, text)
		}
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	if len(seen) != 7 || !strings.HasPrefix(seen[0], "out ") {
		t.Errorf("%q", seen)
	}
	if err := client.SetKeylogFilename("/does/not/exist/keys"); !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
}
