package interop

import (
	"bytes"
	"crypto/tls"
	"encoding/hex"
	"errors"
	"net"
	"os/exec"
	"strings"
	"testing"

	"tlsengine/cipher"
	"tlsengine/engine"
	"tlsengine/fuzz/peers"
	"tlsengine/handshake"
)

// This file is what was before TLS 1.3 and AEADs: every suite in every version that a peer still has, in both roles.

var oldVersions = []cipher.Version{cipher.VersionTLS10, cipher.VersionTLS11, cipher.VersionTLS12}

// The PSK that both ends have.
const pskName = "interop"

var pskKey = []byte("sixteen bytes of")

// takesDSA accepts DSA beside what the authorities sign with.
var takesDSA = append([]cipher.SignatureScheme{cipher.ECDSAP256SHA256}, schemes[dsa]...)

// oldRow is a connection with one suite.
type oldRow struct {
	version cipher.Version
	suite   *cipher.Suite
}

// row is the part that the other tests know.
func (r oldRow) row() row { return row{version: r.version, suite: r.suite.ID, key: keyFor(r.suite)} }

// setup is what a server that has all suites of a version is started for.
func (r oldRow) setup() row { return row{version: r.version, key: keyFor(r.suite)} }

// with adds to a configuration what any suite may need.
func (r oldRow) with(t testing.TB, c *engine.Config) *engine.Config {
	t.Helper()
	psk, err := handshake.NewPSK([]byte(pskName), pskKey, cipher.SHA256)
	if err != nil {
		t.Fatal(err)
	}
	c.PSKs = []*handshake.PSK{psk}
	c.MinDHBits = 1024 // what OpenSSL takes where no certificate says how strong a key should be
	c.Groups = append(append([]cipher.GroupID{}, classical...), fields...)
	if r.suite.Auth == cipher.AuthDSS {
		c.Schemes = takesDSA
	}
	return c
}

// check compares our report with the row.
func (r oldRow) check(t testing.TB, info *handshake.Info) {
	t.Helper()
	if info.Version != r.version || info.Suite != r.suite {
		t.Errorf("agreed on %v, %v", info.Version, info.Suite)
	}
}

// eachOld runs a test on every suite and version for which has says that the peer has it.
func eachOld(t *testing.T, has func(cipher.Version, *cipher.Suite) bool, test func(t *testing.T, r oldRow)) {
	eachOf(t, oldVersions, has, test)
}

// eachOf is eachOld for some versions.
func eachOf(t *testing.T, versions []cipher.Version, has func(cipher.Version, *cipher.Suite) bool, test func(t *testing.T, r oldRow)) {
	n := 0
	for _, v := range versions {
		for _, s := range cipher.AllSuites() {
			if s.Usable(v) && has(v, s) {
				n++
				t.Run(v.String()+" "+s.OpenSSL, func(t *testing.T) { test(t, oldRow{v, s}) })
			}
		}
	}
	if n < 8*len(versions) {
		t.Errorf("only %d suites to try", n)
	}
}

// opensslHas tells which suites the installed OpenSSL has.
func opensslHas(t testing.TB) func(cipher.Version, *cipher.Suite) bool {
	t.Helper()
	out, err := exec.Command(peers.Need(t, "openssl"), "ciphers", "ALL:COMPLEMENTOFALL:@SECLEVEL=0").Output()
	if err != nil {
		t.Fatal(err)
	}
	names := map[string]bool{}
	for _, name := range strings.Split(strings.TrimSpace(string(out)), ":") {
		names[name] = true
	}
	return func(_ cipher.Version, s *cipher.Suite) bool { return names[s.OpenSSL] }
}

var opensslVersion = map[cipher.Version]string{cipher.VersionTLS10: "-tls1", cipher.VersionTLS11: "-tls1_1", cipher.VersionTLS12: "-tls1_2"}

// opensslOld are the arguments of s_server and s_client that let them use a suite of a version.
func opensslOld(v cipher.Version, list string) []string {
	return []string{opensslVersion[v], "-cipher", list + ":@SECLEVEL=0", "-psk", hex.EncodeToString(pskKey), "-psk_identity", pskName}
}

// TestOldClientAgainstOpenSSL lets our client meet s_server with every suite of every version.
func TestOldClientAgainstOpenSSL(whole *testing.T) {
	peers.Need(whole, "openssl")
	running := map[row]string{}
	eachOld(whole, opensslHas(whole), func(t *testing.T, r oldRow) {
		setup := r.setup()
		if running[setup] == "" {
			remote := opensslServer
			remote.command = func(s serverSetup) []string {
				return append(sServer(s), opensslOld(r.version, "ALL:COMPLEMENTOFALL")...)
			}
			running[setup], _ = remote.start(whole, keyFor(r.suite), handshake.AuthNone)
		}
		l := connect(t, running[setup], r.with(t, r.row().clientConfig(t)))
		r.check(t, l.conn.Info())
		talk(t, l, reversed)
	})
}

// TestOldServerAgainstOpenSSL lets s_client meet our server likewise, and compares what both export.
func TestOldServerAgainstOpenSSL(t *testing.T) {
	peers.Need(t, "openssl")
	eachOld(t, opensslHas(t), func(t *testing.T, r oldRow) {
		config := r.with(t, r.row().serverConfig(t))
		remote := opensslClient
		remote.command = func(c clientSetup) []string { return append(sClient(c), opensslOld(r.version, r.suite.OpenSSL)...) }
		oldServer(t, r, config, remote, "")
	})
}

// oldServer runs a client against our server.
func oldServer(t *testing.T, r oldRow, config *engine.Config, remote remoteClient, client keyName) {
	t.Helper()
	s := serve(t, config, remote.handle())
	output, err := remote.run(t, s.addr, client)
	result := s.wait(t)
	if err := errors.Join(err, result.err); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(output, greeting) {
		t.Errorf("the answer is not in its output")
	}
	r.check(t, result.link.conn.Info())
	checkExport(t, result.exported, output)
}

// TestOldClientCertificates: certificates of clients in every version, with each kind of key that it can use, and none.
func TestOldClientCertificates(t *testing.T) {
	peers.Need(t, "openssl")
	for _, v := range oldVersions {
		for _, id := range []cipher.SuiteID{cipher.TLS_RSA_WITH_AES_128_CBC_SHA, cipher.TLS_DHE_RSA_WITH_AES_128_CBC_SHA, cipher.TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA} {
			r := oldRow{v, cipher.SuiteByID(id)}
			for _, client := range []keyName{"", rsa, p256, dsa} {
				t.Run(strings.Join([]string{v.String(), r.suite.OpenSSL, string(client)}, " "), func(t *testing.T) {
					base := r.row()
					base.client, base.asks = client, true
					config := r.with(t, base.serverConfig(t))
					if client == dsa {
						config.Schemes = takesDSA
					}
					remote := opensslClient
					remote.command = func(c clientSetup) []string { return append(sClient(c), opensslOld(v, r.suite.OpenSSL)...) }
					oldServer(t, r, config, remote, client)

					server := opensslServer
					server.command = func(s serverSetup) []string { return append(sServer(s), opensslOld(v, r.suite.OpenSSL)...) }
					addr, _ := server.start(t, rsa, handshake.AuthOptional)
					l := connect(t, addr, r.with(t, base.clientConfig(t)))
					r.check(t, l.conn.Info())
					talk(t, l, reversed)
				})
			}
		}
	}
}

// gnutlsVersion is the name in a priority.
var gnutlsVersion = map[cipher.Version]string{cipher.VersionTLS10: "TLS1.0", cipher.VersionTLS11: "TLS1.1", cipher.VersionTLS12: "TLS1.2"}

// gnutlsPriority lets GnuTLS use all that it has in a version, without what it takes to verify signatures of now.
func gnutlsPriority(v cipher.Version) string {
	return "NORMAL:-VERS-ALL:+VERS-" + gnutlsVersion[v] + ":+RSA:+DHE-RSA:+ECDHE-RSA:+ECDHE-ECDSA:+ANON-DH:+ANON-ECDH" +
		":+DHE-DSS:+SIGN-DSA-SHA1:+SIGN-DSA-SHA256:+3DES-CBC:+ARCFOUR-128:+NULL:+AES-128-CBC:+AES-256-CBC:+SHA1:+MD5:+SIGN-ALL:%VERIFY_ALLOW_SIGN_WITH_SHA1"
}

// gnutlsHas tells which suites the installed GnuTLS has with the priority.
func gnutlsHas(t testing.TB) func(cipher.Version, *cipher.Suite) bool {
	t.Helper()
	program := peers.Need(t, "gnutls-cli")
	names := map[cipher.Version]string{}
	for _, v := range oldVersions {
		out, err := exec.Command(program, "--priority", gnutlsPriority(v), "--list").Output()
		if err != nil {
			t.Fatal(err)
		}
		names[v] = string(out)
	}
	return func(v cipher.Version, s *cipher.Suite) bool {
		number := []byte{byte(s.ID >> 8), byte(s.ID)}
		return strings.Contains(names[v], "0x"+hex.EncodeToString(number[:1])+", 0x"+hex.EncodeToString(number[1:]))
	}
}

// TestOldClientAgainstGnuTLS lets our client meet gnutls-serv.
func TestOldClientAgainstGnuTLS(whole *testing.T) {
	peers.Need(whole, "gnutls-serv")
	running := map[row]string{}
	eachOld(whole, gnutlsHas(whole), func(t *testing.T, r oldRow) {
		s := r.setup()
		if running[s] == "" {
			remote := gnutlsServer
			remote.command = func(x serverSetup) []string { return append(gnutlsServ(x), "--priority", gnutlsPriority(r.version)) }
			running[s], _ = remote.start(whole, s.key, handshake.AuthNone)
		}
		l := connect(t, running[s], r.with(t, r.row().clientConfig(t)))
		r.check(t, l.conn.Info())
		talk(t, l, same)
	})
}

// TestOldServerAgainstGnuTLS lets gnutls-cli meet our server.
func TestOldServerAgainstGnuTLS(t *testing.T) {
	peers.Need(t, "gnutls-cli")
	eachOld(t, gnutlsHas(t), func(t *testing.T, r oldRow) {
		remote := gnutlsClient
		remote.command = func(c clientSetup) []string {
			return append([]string{"--priority", gnutlsPriority(r.version)}, gnutlsCli(c)...)
		}
		oldServer(t, r, r.with(t, r.row().serverConfig(t)), remote, "")
	})
}

// goHas tells which suites crypto/tls has.
func goHas(_ cipher.Version, s *cipher.Suite) bool {
	for _, known := range append(tls.CipherSuites(), tls.InsecureCipherSuites()...) {
		if known.ID == uint16(s.ID) {
			return true
		}
	}
	return false
}

// oldStd changes a configuration of crypto/tls to the row's.
func (r oldRow) oldStd(c *tls.Config) *tls.Config {
	c.MinVersion, c.MaxVersion, c.CipherSuites = uint16(r.version), uint16(r.version), []uint16{uint16(r.suite.ID)}
	return c
}

// TestOldClientAgainstGo lets our client meet Go's server.
func TestOldClientAgainstGo(t *testing.T) {
	eachOld(t, goHas, func(t *testing.T, r oldRow) {
		listener := listen(t)
		results := make(chan stdResult, 1)
		go func() { results <- acceptStd(listener, r.oldStd(r.row().stdServer(t))) }()
		l := connect(t, listener.Addr().String(), r.with(t, r.row().clientConfig(t)))
		r.check(t, l.conn.Info())
		exported := export(t, l)
		talk(t, l, same)
		got := <-results
		if got.err != nil || !bytes.Equal(got.exported, exported) {
			t.Errorf("crypto/tls: %v, exports %x, we %x", got.err, got.exported, exported)
		}
	})
}

// TestOldServerAgainstGo lets Go's client meet our server.
func TestOldServerAgainstGo(t *testing.T) {
	eachOld(t, goHas, func(t *testing.T, r oldRow) {
		var material []byte
		s := serve(t, r.with(t, r.row().serverConfig(t)), func(l *link) error {
			material = export(t, l)
			return answerAndWait(l)
		})
		tcp, err := net.Dial("tcp", s.addr)
		if err != nil {
			t.Fatal(err)
		}
		result := talkStd(tls.Client(withDeadline(tcp), r.oldStd(r.row().stdClient(t))))
		ours := s.wait(t)
		if err := errors.Join(result.err, ours.err); err != nil {
			t.Fatal(err)
		}
		r.check(t, ours.link.conn.Info())
		if !bytes.Equal(material, result.exported) {
			t.Error("crypto/tls exports something else")
		}
	})
}
