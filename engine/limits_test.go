package engine

import (
	"bytes"
	"testing"

	"tlsengine/cipher"
	"tlsengine/record"
)

// longest returns the longest content of the records of application data that a connection sends when it has 50000 bytes to send.
func longest(t *testing.T, from, to *Conn) int {
	t.Helper()
	var sent, got []byte
	for data := filler(50000); len(data) > 0; {
		data = data[from.Write(data):]
		sent = append(sent, from.Outgoing()...)
		got = (direct{}).deliver(to, from.Outgoing(), got)
		from.Sent(len(from.Outgoing()))
	}
	if !bytes.Equal(got, filler(50000)) {
		t.Fatalf("%d bytes arrived: %v", len(got), to.Err())
	}
	most := 0
	for len(sent) > 0 {
		n := int(sent[3])<<8 | int(sent[4])
		most = max(most, n)
		sent = sent[5+n:]
	}
	return most
}

// TestRecordsKeepToLimits: each end sends what the other takes, and no more than its own setting; a tag of 16 bytes, TLS 1.3's type and TLS
// 1.2's explicit nonce of 8 are around it.
func TestRecordsKeepToLimits(t *testing.T) {
	const tag, nonce = 16, 8
	for _, c := range []struct {
		name                   string
		version                cipher.Version
		client, server         int // RecordSizeLimit
		fragment               int // MaxFragment of both
		fromClient, fromServer int
	}{
		{"1.3, none", cipher.VersionTLS13, 0, 0, 0, record.MaxPlaintext + 1 + tag, record.MaxPlaintext + 1 + tag},
		{"1.3, the client's", cipher.VersionTLS13, 300, 0, 0, record.MaxPlaintext + 1 + tag, 300 + tag},
		{"1.3, both", cipher.VersionTLS13, 300, 64, 0, 64 + tag, 300 + tag},
		{"1.3, one that limits nothing", cipher.VersionTLS13, record.MaxPlaintext + 1, 0, 0, record.MaxPlaintext + 1 + tag, record.MaxPlaintext + 1 + tag},
		{"1.3, a setting that is smaller", cipher.VersionTLS13, 4000, 4000, 600, 601 + tag, 601 + tag},
		{"1.3, a server's alone, which nobody can tell the client", cipher.VersionTLS13, 0, 100, 0, record.MaxPlaintext + 1 + tag, record.MaxPlaintext + 1 + tag},
		{"1.2, the client's", cipher.VersionTLS12, 300, 0, 0, nonce + record.MaxPlaintext + tag, nonce + 300 + tag},
		{"1.2, both", cipher.VersionTLS12, 3000, 64, 0, nonce + 64 + tag, nonce + 3000 + tag},
	} {
		p := newTestPKI(t)
		client, server := p.clientConfig(), p.serverConfig()
		client.Suites = []cipher.SuiteID{cipher.TLS_AES_128_GCM_SHA256, cipher.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256}
		client.MaxVersion = c.version
		client.RecordSizeLimit, server.RecordSizeLimit = c.client, c.server
		client.MaxFragment, server.MaxFragment = c.fragment, c.fragment
		a, b := pair(t, client, server)
		connect(t, a, b)
		if up, down := longest(t, a, b), longest(t, b, a); up != c.fromClient || down != c.fromServer {
			t.Errorf("%s: records of %d and %d bytes, want %d and %d", c.name, up, down, c.fromClient, c.fromServer)
		}
	}
	for _, n := range []int{-1, 63, record.MaxPlaintext + 2} {
		if _, err := (&Config{RecordSizeLimit: n}).Freeze(); err == nil {
			t.Errorf("a RecordSizeLimit of %d was taken", n)
		}
	}
}

// TestALimitMayHaveCountedTheType (RFC 8449, Section 4): a client of both versions has one number to say; where TLS 1.2 comes of it, the server
// sends one byte less, since the client may have meant TLS 1.3's.
func TestALimitMayHaveCountedTheType(t *testing.T) {
	p := newTestPKI(t)
	client, server := p.clientConfig(), p.serverConfig()
	client.RecordSizeLimit, server.MaxVersion = 1025, cipher.VersionTLS12
	server.Suites = []cipher.SuiteID{cipher.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256}
	c, s := pair(t, client, server)
	connect(t, c, s)
	if n := longest(t, s, c); n != 8+1024+16 {
		t.Errorf("records of %d bytes", n)
	}
}
