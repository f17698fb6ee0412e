package interop

import (
	"bytes"
	"crypto/hpke"
	"crypto/tls"
	"encoding/binary"
	"errors"
	"net"
	"testing"

	"tlsengine/cipher"
	"tlsengine/engine"
	"tlsengine/handshake"
	"tlsengine/record"
)

// echPair is a configuration for Encrypted Client Hello, built by hand from RFC 9849, Section 4, and its private key.
type echPair struct{ config, private []byte }

// newECHPair makes one for a KEM and a suite.
func newECHPair(t testing.TB, id byte, kem, kdf, aead uint16, publicName string) echPair {
	t.Helper()
	k, err := hpke.NewKEM(kem)
	if err != nil {
		t.Fatal(err)
	}
	key, err := k.GenerateKey()
	if err != nil {
		t.Fatal(err)
	}
	private, err := key.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	public := key.PublicKey().Bytes()
	b := binary.BigEndian.AppendUint16([]byte{id}, kem)
	b = append(binary.BigEndian.AppendUint16(b, uint16(len(public))), public...)
	b = binary.BigEndian.AppendUint16(append(b, 0, 4), kdf)
	b = binary.BigEndian.AppendUint16(b, aead)
	b = append(append(b, 32, byte(len(publicName))), publicName...)
	b = append(b, 0, 4, 0x0a, 0x0a, 0, 0) // an extension that nobody knows, and nobody has to
	config := binary.BigEndian.AppendUint16([]byte{0xfe, 0x0d}, uint16(len(b)))
	return echPair{append(config, b...), private}
}

// list is what is published.
func (p echPair) list() []byte {
	return append(binary.BigEndian.AppendUint16(nil, uint16(len(p.config))), p.config...)
}

func (p echPair) ours(t testing.TB) *handshake.ECHKey {
	t.Helper()
	k, err := handshake.NewECHKey(p.config, p.private)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func (p echPair) std() tls.EncryptedClientHelloKey {
	return tls.EncryptedClientHelloKey{Config: p.config, PrivateKey: p.private, SendAsRetry: true}
}

// eachECH runs a test with every KEM, KDF and AEAD that both have, with and without a HelloRetryRequest.
func eachECH(t *testing.T, test func(t *testing.T, p echPair, retry bool)) {
	for _, kem := range []uint16{0x10, 0x11, 0x12, 0x20} {
		for _, kdf := range []uint16{1, 2, 3} {
			for _, aead := range []uint16{1, 2, 3} {
				test(t, newECHPair(t, 7, kem, kdf, aead, publicName), (kem+kdf+aead)%2 == 0)
			}
		}
	}
}

var echRow = row{version: cipher.VersionTLS13, key: p256, alpn: true}

// dialECH connects our client.
func dialECH(t testing.TB, addr string, c *engine.Config, list []byte) (*link, error) {
	t.Helper()
	configs, err := handshake.ParseECHConfigList(list)
	if err != nil {
		t.Fatal(err)
	}
	l := dialWith(t, addr, c, engine.Options{ECHConfigs: configs})
	if err := l.handshake(); err != nil {
		l.hangUp()
		return l, err
	}
	return l, nil
}

// TestClientEncryptsHelloToGo: Go's server opens our hellos, and both ends export the same.
func TestClientEncryptsHelloToGo(t *testing.T) {
	eachECH(t, func(t *testing.T, p echPair, retry bool) {
		listener := listen(t)
		results := make(chan stdResult, 1)
		server := echRow.stdServer(t)
		server.MinVersion, server.EncryptedClientHelloKeys = tls.VersionTLS13, []tls.EncryptedClientHelloKey{p.std()}
		go func() { results <- acceptStd(listener, server) }()
		r := echRow
		r.retry = retry
		l, err := dialECH(t, listener.Addr().String(), r.clientConfig(t), p.list())
		if err != nil {
			t.Fatalf("%x: %v", p.config, err)
		}
		if info := l.conn.Info(); info.ECH != handshake.ECHAccepted || info.HelloRetried != retry {
			t.Errorf("%v, retried %v", info.ECH, info.HelloRetried)
		}
		material := export(t, l)
		talk(t, l, same)
		result := <-results
		if result.err != nil || !result.state.ECHAccepted || result.state.ServerName != serverName {
			t.Fatalf("crypto/tls: %v, accepted %v, name %q", result.err, result.state.ECHAccepted, result.state.ServerName)
		}
		r.checkStd(t, result, material)
	})
}

// TestServerOpensHelloOfGo is the same with the roles exchanged.
func TestServerOpensHelloOfGo(t *testing.T) {
	eachECH(t, func(t *testing.T, p echPair, retry bool) {
		var material []byte
		r := echRow
		r.retry = retry
		config := r.serverConfig(t)
		config.ECHKeys = []*handshake.ECHKey{p.ours(t)}
		config.RetryCookie = false // Go 1.26 names a cookie in its inner hello and doesn't put it into the outer one
		if retry {
			config.Groups = []cipher.GroupID{cipher.CurveP384}
		}
		s := serve(t, config, func(l *link) error {
			material = export(t, l)
			return answerAndWait(l)
		})
		tcp, err := net.Dial("tcp", s.addr)
		if err != nil {
			t.Fatal(err)
		}
		client := r.stdClient(t)
		client.MinVersion, client.EncryptedClientHelloConfigList = tls.VersionTLS13, p.list()
		result := talkStd(tls.Client(withDeadline(tcp), client))
		ours := s.wait(t)
		if result.err != nil || ours.err != nil {
			t.Fatalf("crypto/tls: %v; we: %v", result.err, ours.err)
		}
		if info := ours.link.conn.Info(); info.ECH != handshake.ECHAccepted || info.ServerName != serverName || info.HelloRetried != retry || !result.state.ECHAccepted {
			t.Errorf("%v, name %q, retried %v; crypto/tls: %v",
				info.ECH, info.ServerName, info.HelloRetried, result.state.ECHAccepted)
		}
		r.checkStd(t, result, material)
	})
}

// TestGoTellsOurClientItsKeys: a hello for another key is rejected, and the error has the server's.
func TestGoTellsOurClientItsKeys(t *testing.T) {
	old, present := newECHPair(t, 1, 0x20, 1, 1, publicName), newECHPair(t, 2, 0x20, 1, 1, publicName)
	listener := listen(t)
	results := make(chan stdResult, 1)
	server := echRow.stdServer(t)
	server.MinVersion, server.EncryptedClientHelloKeys = tls.VersionTLS13, []tls.EncryptedClientHelloKey{present.std()}
	go func() { results <- acceptStd(listener, server) }()
	_, err := dialECH(t, listener.Addr().String(), echRow.clientConfig(t), old.list())
	var rejection *handshake.ECHRejection
	var e *record.Error
	if !errors.As(err, &rejection) || !errors.As(err, &e) || e.Alert != record.AlertECHRequired || !bytes.Equal(rejection.RetryConfigs.Bytes(), present.list()) {
		t.Errorf("%v", err)
	}
	if result := <-results; result.err == nil {
		t.Error("crypto/tls sees no alert")
	}
}

// TestWeTellGoOurKeys is the same with the roles exchanged.
func TestWeTellGoOurKeys(t *testing.T) {
	old, present := newECHPair(t, 1, 0x20, 1, 1, publicName), newECHPair(t, 2, 0x20, 1, 1, publicName)
	config := echRow.serverConfig(t)
	config.ECHKeys = []*handshake.ECHKey{present.ours(t)}
	s := serve(t, config, answerAndWait)
	tcp, err := net.Dial("tcp", s.addr)
	if err != nil {
		t.Fatal(err)
	}
	client := echRow.stdClient(t)
	client.MinVersion, client.EncryptedClientHelloConfigList = tls.VersionTLS13, old.list()
	result := talkStd(tls.Client(withDeadline(tcp), client))
	var rejection *tls.ECHRejectionError
	if !errors.As(result.err, &rejection) || !bytes.Equal(rejection.RetryConfigList, present.list()) {
		t.Errorf("crypto/tls: %v", result.err)
	}
	var e *record.Error
	if ours := s.wait(t); !errors.As(ours.err, &e) || !e.Remote || e.Alert != record.AlertECHRequired {
		t.Errorf("we: %v", ours.err)
	}
}

// TestGoIgnoresWhatOnlyLooksEncrypted: GREASE is no offer, whether the server knows ECH or not.
func TestGoIgnoresWhatOnlyLooksEncrypted(t *testing.T) {
	for _, keys := range [][]tls.EncryptedClientHelloKey{nil, {newECHPair(t, 1, 0x20, 1, 1, publicName).std()}} {
		for _, retry := range []bool{false, true} {
			listener := listen(t)
			results := make(chan stdResult, 1)
			server := echRow.stdServer(t)
			server.MinVersion, server.EncryptedClientHelloKeys = tls.VersionTLS13, keys
			go func() { results <- acceptStd(listener, server) }()
			r := echRow
			r.retry = retry
			config := r.clientConfig(t)
			config.ECHGrease = true
			l := connect(t, listener.Addr().String(), config)
			if info := l.conn.Info(); info.ECH != handshake.ECHGreased || info.HelloRetried != retry {
				t.Errorf("%v, retried %v", info.ECH, info.HelloRetried)
			}
			talk(t, l, same)
			if result := <-results; result.err != nil || result.state.ServerName != serverName {
				t.Errorf("crypto/tls: %v", result.err)
			}
		}
	}
}
