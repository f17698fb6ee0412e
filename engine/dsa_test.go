package engine

import (
	"bytes"
	"cmp"
	"testing"

	"tlsengine/cipher"
	"tlsengine/handshake"
	"tlsengine/record"
)

// RFC 5246, Section 7.4.4: dss_sign is asked for by a server that accepts DSA, in every version, and a client with such a key alone
// has nothing for the others.
func TestClientCertificatesWithDSANeedAServerThatNamesIt(t *testing.T) {
	signs := map[cipher.Version]cipher.SignatureScheme{cipher.VersionTLS12: cipher.DSASHA256} // the others have DSA with SHA-1
	for _, v := range oldVersions {
		c, s := clientWithDSA(t, v, false)
		connect(t, c, s)
		if s.Info().PeerChain != nil {
			t.Errorf("%v: a certificate with DSA came unasked", v)
		}
		c, s = clientWithDSA(t, v, true)
		connect(t, c, s)
		if got := s.Info().PeerScheme; got != cmp.Or(signs[v], cipher.DSASHA1) {
			t.Errorf("%v: the client signed with %v", v, got)
		}
	}
}

// clientWithDSA returns the ends of a connection whose client has a DSA key, and whose server asks for one, or for others.
func clientWithDSA(t *testing.T, v cipher.Version, named bool) (c, s *Conn) {
	t.Helper()
	p := newTestPKI(t)
	client, server := p.clientConfig(), p.serverConfig()
	suite := cipher.SuiteByID(cipher.TLS_DHE_RSA_WITH_AES_128_CBC_SHA)
	bySuite(v, suite)(p, client)
	bySuite(v, suite)(p, server)
	hasDSA(p, client)
	server.ClientAuth = handshake.AuthOptional
	if named {
		takesDSA(p, server)
	}
	return pair(t, client, server)
}

// RFC 5246, Section 7.4.6: before TLS 1.2 a signature names no scheme, so that the type of the key is what a server can refuse. On its
// way to the client the request for RSA and ECDSA becomes one for DSA.
func TestClientCertificateOfATypeNotAskedForIsRefused(t *testing.T) {
	for _, v := range oldVersions[:3] {
		c, s := clientWithDSA(t, v, false)
		move(c, s)
		flight := bytes.Replace(s.Outgoing(), []byte{2, 1, 64}, []byte{2, 2, 64}, 1)
		c.Feed(flight)
		move(c, s)
		wantFailure(t, s.Err(), record.AlertUnsupportedCertificate, record.ReasonWrongCertificateType)
	}
}

// RFC 5246, Section 7.4.1.4.1: a client of TLS 1.2 that names no schemes, as in a hello in the format of SSL 2.0, accepts DSA with SHA-1.
func TestClientWithoutSchemesIsServedWithDSA(t *testing.T) {
	p := newTestPKI(t)
	config := p.serverConfig()
	bySuite(cipher.VersionTLS12, dss)(p, config)
	config.MinVersion = cipher.VersionTLS10 // where such hellos are read at all
	s := newServer(t, config, Options{})
	s.Feed(sslv2Hello(cipher.VersionTLS12, []cipher.SuiteID{dss.ID, cipher.TLS_EMPTY_RENEGOTIATION_INFO_SCSV}, 0, 32))
	out := s.Outgoing()
	if s.Err() != nil || len(out) < 11 || out[10] != 3 {
		t.Fatalf("%v: % x", s.Err(), out[:min(len(out), 11)])
	}
	if _, n := without(out, -1); n != 4 {
		t.Errorf("%d messages, want ServerHello, Certificate, ServerKeyExchange and ServerHelloDone", n)
	}
}
