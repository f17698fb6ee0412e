package interop

import (
	"bytes"
	"encoding/hex"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"tlsengine/cipher"
	"tlsengine/engine"
	"tlsengine/fuzz/peers"
	"tlsengine/handshake"
	"tlsengine/x509lite"
)

// This file is about other ways to show who one is, in both roles: raw public keys, which GnuTLS has and OpenSSL before 3.2,
// crypto/tls, curl and Python lack, and stapled OCSP responses, which OpenSSL has too. Compressed certificates have no peer here:
// OpenSSL has them from 3.2 on, Debian's GnuTLS 3.7 is built without any algorithm, Chromium has brotli alone; fuzz/bogo meets
// BoringSSL's runner with them.

// gnutlsRawKeys lets GnuTLS show and take raw public keys too.
const gnutlsRawKeys = "NORMAL:+CTYPE-CLI-RAWPK:+CTYPE-SRV-RAWPK"

var justRawKeys = []handshake.CertificateType{handshake.CertificateRawPublicKey}

// publicKey returns the identity's key as a SubjectPublicKeyInfo, and the name of a PEM file with it.
func (i *identity) publicKey(t *testing.T) (spki []byte, file string) {
	t.Helper()
	spki, err := x509lite.MarshalPublicKey(i.key.Public())
	if err != nil {
		t.Fatal(err)
	}
	file = filepath.Join(t.TempDir(), "public.pem")
	writeFile(t, file, x509lite.MarshalPEM(nil, "PUBLIC KEY", spki))
	return spki, file
}

// rawKeys makes a configuration show its key alone, and take that of a peer.
func rawKeys(t *testing.T, c *engine.Config, own, peer keyName) *engine.Config {
	t.Helper()
	p := newPKI(t)
	c.Credentials = nil
	if own != "" {
		credential, err := handshake.NewRawKeyCredential(p.identities[own].key, nil)
		if err != nil {
			t.Fatal(err)
		}
		c.Credentials = []*handshake.Credential{credential}
	}
	spki, _ := p.identities[peer].publicKey(t)
	c.PeerCertificateTypes, c.TrustedKeys = justRawKeys, [][]byte{spki}
	return c
}

// TestClientAndServerByRawKeys: both ends show raw public keys. RFC 7250.
func TestClientAndServerByRawKeys(t *testing.T) {
	p := newPKI(t)
	check := func(t *testing.T, info *handshake.Info, peer keyName) {
		t.Helper()
		want, _ := p.identities[peer].publicKey(t)
		if !bytes.Equal(info.PeerKey, want) || info.PeerChain != nil {
			t.Errorf("the peer has shown %d certificates and a key of %d bytes", len(info.PeerChain), len(info.PeerKey))
		}
	}
	for _, v := range versions {
		t.Run("gnutls-serv "+v.String(), func(t *testing.T) {
			_, file := p.identities[p256].publicKey(t)
			remote := gnutlsServer
			remote.command = func(s serverSetup) []string {
				return []string{"--port", s.port(), "--echo", "--rawpkfile", file, "--rawpkkeyfile", s.id.keyFile, "--priority", gnutlsRawKeys,
					"--require-client-cert"}
			}
			addr, _ := remote.start(t, p256, handshake.AuthNone)
			l := connect(t, addr, rawKeys(t, row{version: v, key: p256}.clientConfig(t), p384, p256))
			check(t, l.conn.Info(), p256)
			talk(t, l, remote.answer)
		})
		t.Run("gnutls-cli "+v.String(), func(t *testing.T) {
			_, file := p.identities[ed25519].publicKey(t)
			c := rawKeys(t, row{version: v, key: p256}.serverConfig(t), p256, ed25519)
			c.ClientAuth = handshake.AuthRequired
			s := serve(t, c, answerAndWait)
			setup := clientSetup{addr: s.addr}
			output, err := peers.Run(t, exec.Command(peers.Need(t, "gnutls-cli"), "--port", setup.port(), "--insecure", "--priority", gnutlsRawKeys,
				"--rawpkfile", file, "--rawpkkeyfile", p.identities[ed25519].keyFile, serverName), greeting)
			if err != nil || !strings.Contains(output, greeting) {
				t.Errorf("%v: the answer isn't in its output", err)
			}
			r := s.wait(t)
			if r.err != nil {
				t.Fatal(r.err)
			}
			check(t, r.link.conn.Info(), ed25519)
		})
	}
}

// TestUnknownRawKeyIsRefused: who shows another key than the one that is trusted is nobody.
func TestUnknownRawKeyIsRefused(t *testing.T) {
	_, file := newPKI(t).identities[p256].publicKey(t)
	remote := gnutlsServer
	remote.command = func(s serverSetup) []string {
		return []string{"--port", s.port(), "--echo", "--rawpkfile", file, "--rawpkkeyfile", s.id.keyFile, "--priority", gnutlsRawKeys, "--disable-client-cert"}
	}
	addr, process := remote.start(t, p256, handshake.AuthNone)
	l := dial(t, addr, rawKeys(t, row{version: cipher.VersionTLS13, key: p256}.clientConfig(t), "", p384))
	if err := l.handshake(); err == nil || !strings.Contains(err.Error(), "raw public key") {
		t.Errorf("our client says %v", err)
	}
	l.hangUp()
	process.WaitOutput("A TLS fatal alert has been received")
}

// TestStapleFromServers: s_server and gnutls-serv staple what openssl ocsp answers, and our client checks it.
func TestStapleFromServers(t *testing.T) {
	id := newPKI(t).identities[p256]
	response := id.response(t)
	for _, remote := range []remoteServer{opensslServer, gnutlsServer} {
		for _, v := range versions {
			t.Run(remote.name+" "+v.String(), func(t *testing.T) {
				again := remote
				again.command = func(s serverSetup) []string {
					if remote.program == "gnutls-serv" {
						return append(gnutlsServ(s), "--ocsp-response", response)
					}
					return append(sServer(s), "-status_file", response)
				}
				addr, _ := again.start(t, p256, handshake.AuthNone)
				c := row{version: v, key: p256}.clientConfig(t)
				c.Stapling = handshake.StaplingRequired
				l := connect(t, addr, c)
				if want, err := os.ReadFile(response); err != nil || !bytes.Equal(l.conn.Info().Staple, want) {
					t.Errorf("a staple of %d bytes came, want %d (%v)", len(l.conn.Info().Staple), len(want), err)
				}
				talk(t, l, remote.answer)
			})
		}
	}
}

// TestStapleForClients: s_client and gnutls-cli are content with what our server staples.
func TestStapleForClients(t *testing.T) {
	id := newPKI(t).identities[p256]
	response, err := os.ReadFile(id.response(t))
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range versions {
		serving := func(t *testing.T, h handler) *server {
			t.Helper()
			c := row{version: v, key: p256}.serverConfig(t)
			stapled, err := c.Credentials[0].WithStaples(response)
			if err != nil {
				t.Fatal(err)
			}
			c.Credentials = []*handshake.Credential{stapled}
			return serve(t, c, h)
		}
		t.Run("openssl s_client "+v.String(), func(t *testing.T) {
			s := serving(t, answerOnce)
			remote := opensslClient
			remote.command = func(c clientSetup) []string { return append(sClient(c), "-status") }
			output, err := remote.run(t, s.addr, "")
			if err != nil || !strings.Contains(output, "Cert Status: good") {
				t.Errorf("%v: s_client shows no staple", err)
			}
			if r := s.wait(t); r.err != nil {
				t.Error(r.err)
			}
		})
		t.Run("gnutls-cli "+v.String(), func(t *testing.T) {
			s := serving(t, answerAndWait)
			saved := filepath.Join(t.TempDir(), "staple")
			remote := gnutlsClient
			remote.command = func(c clientSetup) []string { return append([]string{"--save-ocsp", saved}, gnutlsCli(c)...) }
			if _, err := remote.run(t, s.addr, ""); err != nil {
				t.Error(err)
			}
			if got, err := os.ReadFile(saved); err != nil || !bytes.Equal(got, response) {
				t.Errorf("gnutls-cli saved %d bytes (%v), ours are %d", len(got), err, len(response))
			}
			if r := s.wait(t); r.err != nil {
				t.Error(r.err)
			}
		})
	}
}

// response makes, by openssl, the OCSP response of the leaf's issuer about it, and returns the name of the file.
func (i *identity) response(t *testing.T) string {
	t.Helper()
	openssl, issuer := peers.Need(t, "openssl"), newPKI(t).issuer
	dir := t.TempDir()
	in := func(name string) string { return filepath.Join(dir, name) }
	writeFile(t, in("issuer.pem"), x509lite.MarshalPEM(nil, "CERTIFICATE", issuer.certificate.Raw()))
	key, err := x509lite.MarshalPKCS8(issuer.key)
	if err != nil {
		t.Fatal(err)
	}
	writeFile(t, in("issuer.key"), x509lite.MarshalPEM(nil, "PRIVATE KEY", key))
	leaf := i.chain[0]
	index := "V\t" + leaf.NotAfter().UTC().Format("060102150405Z") + "\t\t" + strings.ToUpper(hex.EncodeToString(leaf.RawSerial())) + "\tunknown\t/CN=" + serverName + "\n"
	writeFile(t, in("index"), []byte(index))
	for _, args := range [][]string{
		{"-issuer", in("issuer.pem"), "-cert", i.leafFile, "-reqout", in("request"), "-no_nonce"},
		{"-index", in("index"), "-CA", in("issuer.pem"), "-rsigner", in("issuer.pem"), "-rkey", in("issuer.key"), "-reqin", in("request"), "-respout", in("response"), "-ndays", "2"},
	} {
		if out, err := exec.Command(openssl, append([]string{"ocsp"}, args...)...).CombinedOutput(); err != nil {
			t.Fatalf("openssl ocsp: %v\n%s", err, out)
		}
	}
	return in("response")
}
