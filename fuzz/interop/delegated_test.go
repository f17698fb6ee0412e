package interop

import (
	"encoding/hex"
	"os/exec"
	"testing"
	"time"

	"tlsengine/cipher"
	"tlsengine/fuzz/peers"
	"tlsengine/handshake"
	"tlsengine/x509lite"
)

// This file lets NSS's client try what hardly anybody else has: delegated credentials; and PSKs once more. Its tstclnt ends with
// the handshake.

// tstclnt runs NSS's client against addr with TLS 1.3. It has no trusted certificates and takes any chain, but not any signature.
func tstclnt(t *testing.T, addr string, more ...string) {
	t.Helper()
	args := append([]string{"-h", "127.0.0.1", "-a", serverName, "-p", clientSetup{addr: addr}.port(), "-D", "-o", "-Q", "-V", "tls1.3:tls1.3"}, more...)
	if output, err := peers.Run(t, exec.Command(peers.Need(t, "tstclnt"), args...), ""); err != nil {
		t.Errorf("tstclnt %v: %v\n%s", more, err, output)
	}
}

// untilGone waits until the client goes, in whichever manner.
func untilGone(l *link) error {
	_, _ = l.Read(make([]byte, 1))
	return nil
}

// TestServerTakesPSKOfNSS: our server has no certificate that could help.
func TestServerTakesPSKOfNSS(t *testing.T) {
	peers.Need(t, "tstclnt")
	c := with13PSK(t, row{version: cipher.VersionTLS13, key: p256}.serverConfig(t))
	c.Credentials = nil
	s := serve(t, c, untilGone)
	tstclnt(t, s.addr, "-z", "0x"+hex.EncodeToString(pskKey)+":"+pskName)
	r := s.wait(t)
	if r.err != nil {
		t.Fatal(r.err)
	}
	checkPSK(t, r.link.conn.Info())
}

// delegationUsage is the OID by which a certificate says that its key may delegate (RFC 9345, Section 4.2), encoded.
const delegationUsage = "\x2b\x06\x01\x04\x01\x82\xda\x4b\x2c"

// TestServerDelegatesForNSS: NSS checks a delegated credential, and what it signed. RFC 9345.
func TestServerDelegatesForNSS(t *testing.T) {
	peers.Need(t, "tstclnt")
	p := newPKI(t)
	leaf := sign(t, &x509lite.Template{
		Subject: x509lite.NewName(serverName, ""), DNSNames: []string{serverName}, Extra: []x509lite.Extension{{ID: delegationUsage, Value: []byte{5, 0}}},
	}, p.identities[p256].key, p.issuer)
	own, err := handshake.NewCredential([]*x509lite.Certificate{leaf, p.issuer.certificate}, p.identities[p256].key, nil)
	if err != nil {
		t.Fatal(err)
	}
	for kind, scheme := range map[x509lite.KeyKind]cipher.SignatureScheme{
		x509lite.KeyP256: cipher.ECDSAP256SHA256, x509lite.KeyP384: cipher.ECDSAP384SHA384,
	} {
		t.Run(scheme.String(), func(t *testing.T) {
			delegated, err := own.Delegate(handshake.ServerRole, parseKey(t, newKey(t, kind)), scheme, time.Now().Add(time.Hour), make([]byte, cipher.SignSeedSize))
			if err != nil {
				t.Fatal(err)
			}
			c := row{version: cipher.VersionTLS13, key: p256}.serverConfig(t)
			c.Credentials = []*handshake.Credential{delegated, own}
			s := serve(t, c, untilGone)
			tstclnt(t, s.addr, "-B")
			r := s.wait(t)
			if r.err != nil {
				t.Fatal(r.err)
			}
			if info := r.link.conn.Info(); info.Credential != delegated || info.LocalScheme != scheme {
				t.Errorf("signed with %v, delegated %v", info.LocalScheme, info.Credential == delegated)
			}
		})
	}
}
