package sslsock

import (
	"errors"
	"net"
	"testing"

	"tlsengine/cipher"
	"tlsengine/fuzz/pki"
	"tlsengine/x509lite"
)

// S-115 to S-125, S-246, S-247, B-026 to B-031, B-038: the bits are OpenSSL's, the default is the documented one, and each may be
// set and cleared.
func TestOptions(t *testing.T) {
	c := unverifying(t)
	if c.Options() != OpAll|OpNoSSLv2|OpNoSSLv3|OpNoCompression|OpCipherServerPreference|OpSingleDHUse|OpSingleECDHUse|OpEnableMiddleboxCompat {
		t.Error(c.Options())
	}
	for o, want := range map[Options]uint64{
		OpNoSSLv3: 0x02000000, OpNoTLSv1: 0x04000000, OpNoTLSv11: 0x10000000, OpNoTLSv12: 0x08000000, OpNoTLSv13: 0x20000000,
		OpCipherServerPreference: 0x00400000, OpNoCompression: 0x00020000, OpNoRenegotiation: 0x40000000, OpEnableKTLS: 8,
		OpLegacyServerConnect: 4, OpIgnoreUnexpectedEOF: 0x80, OpEnableMiddleboxCompat: 0x00100000,
	} {
		if uint64(o) != want {
			t.Errorf("%v is %#x, OpenSSL's is %#x", o, uint64(o), want)
		}
	}
	for _, o := range optionNames {
		if err := errors.Join(c.SetOptions(0), c.AddOptions(o.bit)); err != nil || c.Options() != o.bit || o.bit.String() == "" {
			t.Errorf("%s: %v, %v", o.name, c.Options(), err)
		}
		c.ClearOptions(o.bit)
		if c.Options() != 0 {
			t.Errorf("%s can't be cleared: %v", o.name, c.Options())
		}
	}
	for _, set := range []func(Options) error{c.SetOptions, c.AddOptions} {
		if err := set(1 << 62); !errors.Is(err, ErrInvalidArgument) || c.Options() != 0 {
			t.Error(err)
		}
	}
	if s := (OpNoSSLv2 | OpNoTLSv1 | 1<<62).String(); s != "OpNoSSLv2|OpNoTLSv1|0x4000000000000000" {
		t.Error(s)
	}
	if s := (VerifyX509Strict | VerifyX509PartialChain).String(); s != "VerifyX509Strict|VerifyX509PartialChain" {
		t.Error(s)
	}
	if CertOptional.String() != "CertOptional" || ProtocolTLS.String() != "TLS" {
		t.Error(CertOptional, ProtocolTLS)
	}
}

// S-106 to S-113, S-248, B-022, B-025: the numbers are Python's, and those of the wire.
func TestNumbersOfProtocolsAndVersions(t *testing.T) {
	for p, want := range map[Protocol]int{
		ProtocolSSLv2: 0, ProtocolSSLv3: 1, ProtocolSSLv23: 2, ProtocolTLSv1: 3, ProtocolTLSv11: 4, ProtocolTLSv12: 5,
		ProtocolTLSClient: 16, ProtocolTLSServer: 17,
	} {
		if int(p) != want {
			t.Errorf("%v is %d", p, int(p))
		}
	}
	for v, want := range map[TLSVersion]string{
		0x0300: "SSLv3", 0x0301: "TLSv1", 0x0302: "TLSv1.1", 0x0303: "TLSv1.2", 0x0304: "TLSv1.3",
	} {
		if v.String() != want {
			t.Errorf("%#x prints as %v", uint16(v), v)
		}
	}
	if VersionSSL30 != 0x0300 || VersionTLS10 != 0x0301 || VersionTLS11 != 0x0302 ||
		VersionTLS12 != 0x0303 || VersionTLS13 != 0x0304 {
		t.Error("a version isn't that of the wire")
	}
	c, err := NewContext(ProtocolTLSv12)
	if err != nil || c.Protocol() != ProtocolTLSv12 {
		t.Error(err)
	}
}

// S-053: all that CreateDefaultContext sets can be set by hand.
func TestDefaultContextByHand(t *testing.T) {
	made := clientContext(t)
	by := unverifying(t)
	err := errors.Join(by.AddOptions(OpNoRenegotiation), by.SetVerifyMode(CertRequired), by.SetCheckHostname(true),
		by.SetVerifyFlags(by.VerifyFlags()|VerifyX509Strict|VerifyX509PartialChain), by.SetHostFlags(HostFlagStrictWildcards),
		by.SetMinimumVersion(VersionTLS12), by.LoadVerifyLocations(VerifyLocations{CADataDER: pki.New().Root.Raw()}))
	if err != nil {
		t.Fatal(err)
	}
	if by.Options() != made.Options() || by.VerifyMode() != made.VerifyMode() || by.VerifyFlags() != made.VerifyFlags() ||
		by.HostFlags() != made.HostFlags() || by.CheckHostname() != made.CheckHostname() ||
		by.MinimumVersion() != made.MinimumVersion() ||
		by.MaximumVersion() != made.MaximumVersion() || by.CertStoreStats() != made.CertStoreStats() {
		t.Errorf("%+v\n%+v", by.current(), made.current())
	}
}

// S-122: whose order of suites counts, in both versions.
func TestCipherServerPreference(t *testing.T) {
	for _, v := range []TLSVersion{VersionTLS12, VersionTLS13} {
		for _, own := range []bool{true, false} {
			client, server := onlyVersion(t, unverifying(t), v), serverContext(t)
			if err := errors.Join(client.SetGroups("X25519:P-256"), server.SetGroups("P-256:X25519")); err != nil {
				t.Fatal(err)
			}
			if !own {
				server.ClearOptions(OpCipherServerPreference)
			}
			want := cipher.X25519
			if own && v == VersionTLS12 { // in TLS 1.3 a share at hand is worth more than the order
				want = cipher.CurveP256
			}
			c, _, ce, se := shakeOnce(t, client, server, "")
			if ce != nil || se != nil || c.HandshakeInfo().Group.ID != want {
				t.Errorf("%v, own order %v: %v, %v, %v", v, own, ce, se, c.HandshakeInfo().Group)
			}
		}
	}
}

// S-123, S-124: each handshake has a key of its own, whatever the flags.
func TestEphemeralKeysAreFresh(t *testing.T) {
	for _, o := range []Options{0, OpSingleDHUse | OpSingleECDHUse} {
		client, server := unverifying(t), serverContext(t)
		if err := errors.Join(client.SetOptions(o), server.SetOptions(o)); err != nil {
			t.Fatal(err)
		}
		seen := map[string]bool{}
		for range 3 {
			c, _, ce, se := shakeOnce(t, client, server, "")
			if ce != nil || se != nil {
				t.Fatal(ce, se)
			}
			secret, err := c.conn.Export("EXPORTER-test", nil, 32)
			if err != nil || seen[string(secret)] {
				t.Error(err, "or the same secret twice")
			}
			seen[string(secret)] = true
		}
	}
}

// B-030: with the option an Object too takes the end of the input for the end of the stream... once whole records are read.
func TestIgnoreUnexpectedEOF(t *testing.T) {
	client := clientContext(t)
	if err := client.AddOptions(OpIgnoreUnexpectedEOF); err != nil {
		t.Fatal(err)
	}
	c, s := objects(t, client, serverContext(t))
	shakeObjects(t, c, s)
	s.Write([]byte("x"))
	s.out.WriteEOF()
	p := make([]byte, 10)
	if n, err := c.Read(p); n != 1 || err != nil {
		t.Error(n, err)
	}
	if _, err := c.Read(p); err == nil || errors.Is(err, ErrEOF) {
		t.Error(err)
	}
}

// B-031: the disguise of TLS 1.3 for middleboxes, on and off, as it goes over the wire.
func TestMiddleboxCompatOnTheWire(t *testing.T) {
	for _, on := range []bool{true, false} {
		client := onlyVersion(t, clientContext(t), VersionTLS13)
		if !on {
			client.ClearOptions(OpEnableMiddleboxCompat)
		}
		c, _ := objects(t, client, serverContext(t))
		_ = c.Handshake()
		hello := c.out.Next(-1)
		// 5 bytes of record, 4 of message, 2 of version and 32 of random stand before the length of the session id.
		if id := hello[5+4+2+32]; (id == 32) != on {
			t.Errorf("on %v: a session id of %d bytes", on, id)
		}
	}
}

// S-145, S-146, S-235, S-236, B-012: what a socket passes through from its transport and its making.
func TestSocketKnowsItsTransport(t *testing.T) {
	client := clientContext(t)
	c, s := pair(t, tcpWire, client, serverContext(t))
	if c.LocalAddr() != c.NetConn().LocalAddr() || c.RemoteAddr().String() != s.LocalAddr().String() || c.Context() != client {
		t.Error(c.LocalAddr(), c.RemoteAddr())
	}
	if err := c.NetConn().(*net.TCPConn).SetNoDelay(false); err != nil {
		t.Error(err)
	}
	if c.ServerSide() || !s.ServerSide() || c.ServerHostname() != pki.Host || s.ServerHostname() != "" {
		t.Error(c.ServerHostname(), s.ServerHostname())
	}
	if _, ok := any(c).(net.PacketConn); ok { // B-068
		t.Error("a Socket passes for a packet connection")
	}
	if c.Compression() != "" { // S-174
		t.Error(c.Compression())
	}
	bare, err := client.NewSocket(WithServerHostname("k\u00f6nig.example"))
	if err != nil || bare.LocalAddr() != nil || bare.RemoteAddr() != nil ||
		bare.NetConn() != nil || bare.ServerHostname() != "xn--knig-5qa.example" {
		t.Error(err, bare.ServerHostname())
	}
	if err := bare.Handshake(); !errors.Is(err, ErrNotConnected) { // S-156
		t.Error(err)
	}
}

// S-207, S-256, S-257, S-261: who is trusted.
func TestWhoIsTrusted(t *testing.T) {
	shared := pki.New()
	leaf := shared.Identities[x509lite.KeyP256].Chain[0]
	for name, c := range map[string]struct {
		trusted  []*x509lite.Certificate
		identity pki.Identity
		stats    CertStoreStats
		code     int
	}{
		"a self-signed leaf, trusted": {[]*x509lite.Certificate{shared.Stranger.Chain[0]},
			shared.Stranger, CertStoreStats{X509: 1}, 0},
		"a self-signed leaf, not trusted": {[]*x509lite.Certificate{shared.Root},
			shared.Stranger, CertStoreStats{X509: 1, X509CA: 1}, 18},
		"two authorities in one text": {[]*x509lite.Certificate{shared.Stranger.Chain[0], shared.Root},
			shared.Identities[x509lite.KeyP256], CertStoreStats{X509: 2, X509CA: 1}, 0},
		"a leaf for itself only": {[]*x509lite.Certificate{leaf},
			shared.Identities[x509lite.KeyEd25519], CertStoreStats{X509: 1}, 20},
	} {
		t.Run(name, func(t *testing.T) {
			client := unverifying(t)
			atTestTime(client)
			var text string
			for _, cert := range c.trusted {
				text += "some text\n" + DERCertToPEM(cert.Raw())
			}
			if err := errors.Join(client.SetVerifyMode(CertRequired),
				client.LoadVerifyLocations(VerifyLocations{CADataPEM: text})); err != nil {
				t.Fatal(err)
			}
			if client.CertStoreStats() != c.stats {
				t.Errorf("%+v", client.CertStoreStats())
			}
			_, _, err, _ := shakeOnce(t, client, serverContextOf(t, c.identity), pki.Host)
			var refused *CertVerificationError
			if errors.As(err, &refused) != (c.code != 0) || refused != nil && refused.VerifyCode != c.code || c.code == 0 && err != nil {
				t.Error(err)
			}
		})
	}
}
