package sslsock

import (
	"bytes"
	"errors"
	"io"
	"testing"
	"time"

	"tlsengine/fuzz/pki"
	"tlsengine/record"
)

// No peer of the tests compresses: OpenSSL and GnuTLS come without zlib from Debian, Python's OpenSSL too, and
// BoringSSL, crypto/tls and browsers never had or no longer have it. So both ends are ours; package record compares the
// stream with what RFC 1950 says.

// compressibly clears OpNoCompression if it is to.
func compressibly(t testing.TB, c *Context, clear bool) *Context {
	t.Helper()
	if !c.Options().Has(OpNoCompression) {
		t.Error("OpNoCompression is not set on a new context")
	}
	if clear {
		c.ClearOptions(OpNoCompression)
	}
	return c
}

// S-125, S-174: records are compressed where both ends have cleared OpNoCompression, before TLS 1.3 alone, and it is
// called "zlib".
func TestCompression(t *testing.T) {
	data := bytes.Repeat([]byte("compressible "), 5000)
	for _, version := range []TLSVersion{VersionTLS12, VersionTLS13} {
		for i := range 4 {
			client, server := compressibly(t, clientContext(t), i&1 != 0), compressibly(t, serverContext(t), i&2 != 0)
			if err := client.SetMaximumVersion(version); err != nil {
				t.Fatal(err)
			}
			c, s := pair(t, tcpWire, client, server)
			want := ""
			if i == 3 && version == VersionTLS12 {
				want = "zlib"
			}
			if c.Compression() != want || s.Compression() != want {
				t.Errorf("%v, %d: the client has %q, the server %q, want %q", version, i, c.Compression(), s.Compression(), want)
			}
			for _, way := range [][2]*Socket{{c, s}, {s, c}} {
				sent := make(chan error, 1)
				go func() { _, err := way[0].Write(data); sent <- err }()
				if got := readAll(t, way[1], len(data)); !bytes.Equal(got, data) {
					t.Errorf("%v, %d: other data comes than was sent", version, i)
				}
				if err := <-sent; err != nil {
					t.Error(err)
				}
			}
			if c.Close(); c.Compression() != "" {
				t.Error("a closed socket compresses")
			}
		}
	}
}

// S-174, B-006: an Object says the same.
func TestCompressionOfObjects(t *testing.T) {
	client, server := compressibly(t, clientContext(t), true), compressibly(t, serverContext(t), true)
	if err := client.SetMaximumVersion(VersionTLS12); err != nil {
		t.Fatal(err)
	}
	c, s := objects(t, client, server)
	if c.Compression() != "" {
		t.Error("compression before the handshake")
	}
	shakeObjects(t, c, s)
	if c.Compression() != "zlib" || s.Compression() != "zlib" {
		t.Errorf("%q and %q", c.Compression(), s.Compression())
	}
}

// S-125: a ServerHello that picks DEFLATE unasked is answered by illegal_parameter, with the bit set, and with the bit
// cleared where TLS 1.3 keeps the client from offering it.
func TestServerPicksCompressionUnasked(t *testing.T) {
	for _, cleared := range []bool{false, true} {
		client := compressibly(t, clientContext(t), cleared)
		a, b := tcpWire(t)
		c, err := client.WrapSocket(a, WithServerHostname(pki.Host), WithDoHandshakeOnConnect(false))
		if err != nil {
			t.Fatal(err)
		}
		answer := make(chan []byte, 1)
		go func() {
			_ = b.SetDeadline(time.Now().Add(10 * time.Second))
			header := make([]byte, 5)
			_, _ = io.ReadFull(b, header)
			_, _ = io.ReadFull(b, make([]byte, int(header[3])<<8|int(header[4])))
			// TLS 1.2, a random, no session id, TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, DEFLATE, no extensions.
			hello := append(append([]byte{2, 0, 0, 38, 3, 3}, make([]byte, 32)...), 0, 0xc0, 0x2b, 1)
			_, _ = b.Write(append([]byte{22, 3, 3, 0, byte(len(hello))}, hello...))
			alert := make([]byte, 7)
			_, _ = io.ReadFull(b, alert)
			answer <- alert
		}()
		err = c.Handshake()
		var e *SSLError
		if !errors.As(err, &e) || e.Alert != AlertDescription(record.AlertIllegalParameter) ||
			e.Reason != "UNSUPPORTED_COMPRESSION_ALGORITHM" {
			t.Errorf("cleared %v: %v", cleared, err)
		}
		if alert := <-answer; !bytes.Equal(alert, []byte{21, 3, 3, 0, 2, 2, 47}) {
			t.Errorf("cleared %v: the alert is % x", cleared, alert)
		}
	}
}
