package engine

import (
	"bytes"
	"testing"

	"tlsengine/cipher"
	"tlsengine/handshake"
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

// TestEarlyDataKeepsToLimits: a client has no answer yet to keep to, and keeps early data to the limit that the server had when it gave the
// session (RFC 8449, Section 4) and to the max_fragment_length that it offers, which a server may choose that knows nothing else (RFC 6066,
// Section 4). What it writes afterwards follows the answer.
func TestEarlyDataKeepsToLimits(t *testing.T) {
	const tag = 16
	for _, c := range []struct {
		name           string
		client, server int // RecordSizeLimit
		early          int // the longest record of early data
	}{
		{"none", 0, 0, record.MaxPlaintext + 1 + tag},
		{"the server's of the session", record.MaxPlaintext + 1, 100, 100 + tag},
		{"the fragments that are offered", 3000, 0, 2048 + 1 + tag},
		{"both, the server's smaller", 3000, 2000, 2000 + tag},
		{"both, the fragments smaller", 600, 2000, 512 + 1 + tag},
		{"one for which there are no fragments", 300, 0, record.MaxPlaintext + 1 + tag},
	} {
		r := newEarly(t)
		r.client.MaxEarlyData, r.server.MaxEarlyData = 50000, 50000
		r.client.Suites = []cipher.SuiteID{cipher.TLS_AES_128_GCM_SHA256}
		r.client.RecordSizeLimit, r.server.RecordSizeLimit = c.client, c.server
		form, err := r.first(t).Marshal() // the limit is in it
		if err != nil {
			t.Fatal(err)
		}
		session, err := handshake.ParseSession(form, nil)
		if err != nil {
			t.Fatal(err)
		}
		from, to := r.ends(t, session)
		for len(from.Outgoing()) > 0 { // the hello: ends differ only in what comes behind it
			to.Feed(from.Outgoing())
			from.Sent(len(from.Outgoing()))
		}
		if n := longest(t, from, to); n != c.early {
			t.Errorf("%s: records of early data of %d bytes, want %d", c.name, n, c.early)
		}
		connect(t, from, to)
		if to.Info().EarlyData != handshake.EarlyAccepted {
			t.Fatalf("%s: early data: %v", c.name, to.Info().EarlyData)
		}
		if n := longest(t, from, to); n != record.MaxPlaintext+1+tag { // a server that takes early data names no limit
			t.Errorf("%s: records of %d bytes afterwards", c.name, n)
		}
	}
}
