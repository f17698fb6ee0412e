package record

import (
	"bytes"
	stdcipher "crypto/cipher"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"hash"
	"io"
	"math/big"
	"net"
	"testing"
	"time"
)

// benchMACs are the suites' CBC protections that crypto/tls has as well, with its numbers.
var benchMACs = []struct {
	bulk string
	std  uint16
}{
	{"AES-128-CBC-SHA1", tls.TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA},
	{"AES-128-CBC-SHA256", tls.TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256},
}

// BenchmarkCBC seals and opens records beside the bare MAC and CBC on the same bytes, and beside crypto/tls (whose Write and Read
// do more: locks, and a transport in memory).
func BenchmarkCBC(b *testing.B) {
	for _, m := range benchMACs {
		for _, s := range macSpecs() {
			if s.Bulk.Name != m.bulk || s.Form != FormTLS11 || s.EncryptThenMAC {
				continue
			}
			for _, n := range benchSizes {
				name := fmt.Sprintf("%s/%d/", s.Bulk.Name, n)
				b.Run(name+"raw-seal", func(b *testing.B) { benchRawCBC(b, s, n, true) })
				b.Run(name+"seal", func(b *testing.B) { benchSealCBC(b, s, n) })
				b.Run(name+"tls-seal", func(b *testing.B) { benchStd(b, m.std, n, true) })
				b.Run(name+"raw-open", func(b *testing.B) { benchRawCBC(b, s, n, false) })
				b.Run(name+"open", func(b *testing.B) { benchOpenCBC(b, s, n) })
				b.Run(name+"tls-open", func(b *testing.B) { benchStd(b, m.std, n, false) })
			}
		}
	}
}

func benchRawCBC(b *testing.B, s testSpec, n int, seal bool) {
	k := s.keys()
	block, _ := s.Bulk.NewBlock(k.Key)
	mode := stdcipher.NewCBCDecrypter(block, testKey[:16])
	if seal {
		mode = stdcipher.NewCBCEncrypter(block, testKey[:16])
	}
	mac := hmac.New(func() hash.Hash { return s.Bulk.MAC.New() }, k.MAC)
	buf := make([]byte, (n+s.Bulk.MAC.Size()+16)/16*16)
	head, sum := make([]byte, 13), make([]byte, 0, 64)
	b.SetBytes(int64(n))
	for b.Loop() {
		mac.Reset()
		mac.Write(head)
		mac.Write(buf[:n])
		sum = mac.Sum(sum[:0])
		mode.CryptBlocks(buf, buf)
	}
}

func benchSealCBC(b *testing.B, s testSpec, n int) {
	w, _ := s.ends(b)
	p := make([]byte, n)
	b.SetBytes(int64(n))
	b.ReportAllocs()
	for b.Loop() {
		w.Write(p)
		w.Sent(len(w.Outgoing()))
	}
}

func benchOpenCBC(b *testing.B, s testSpec, n int) {
	w, r := s.ends(b)
	w.Write(make([]byte, n))
	rec, into := bytes.Clone(w.Outgoing()), make([]byte, 1<<15)
	b.SetBytes(int64(n))
	b.ReportAllocs()
	for b.Loop() {
		r.Feed(rec)
		macOf(r.opener).seq = 0
		if _, ok, err := r.NextInto(into); !ok {
			b.Fatal(err)
		}
	}
}

// benchStd writes to, or reads from, a connection of crypto/tls.
func benchStd(b *testing.B, suite uint16, n int, seal bool) {
	from, to := stdPair(b, suite)
	p := make([]byte, n)
	out, in := from.NetConn().(*memoryConn), to.NetConn().(*memoryConn)
	out.keep = true
	b.SetBytes(int64(n))
	b.ReportAllocs()
	if seal {
		for b.Loop() {
			out.kept.Reset()
			from.Write(p)
		}
		return
	}
	left := 0
	for b.Loop() {
		if left == 0 {
			b.StopTimer()
			out.kept.Reset()
			for left = range 64 {
				from.Write(p)
			}
			left++
			in.from = bytes.NewReader(bytes.Clone(out.kept.Bytes()))
			b.StartTimer()
		}
		if _, err := io.ReadFull(to, p); err != nil {
			b.Fatal(err)
		}
		left--
	}
}

// memoryConn is a transport that writes into memory once keep is set, and reads from memory once from is.
type memoryConn struct {
	net.Conn
	keep bool
	kept bytes.Buffer
	from io.Reader
}

func (c *memoryConn) Write(p []byte) (int, error) {
	if c.keep {
		return c.kept.Write(p)
	}
	return c.Conn.Write(p)
}

func (c *memoryConn) Read(p []byte) (int, error) {
	if c.from != nil {
		return c.from.Read(p)
	}
	return c.Conn.Read(p)
}

// stdPair returns a client and a server of crypto/tls after a TLS 1.2 handshake with the suite.
func stdPair(b *testing.B, suite uint16) (client, server *tls.Conn) {
	b.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		b.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		b.Fatal(err)
	}
	config := &tls.Config{
		Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}, InsecureSkipVerify: true,
		MaxVersion: tls.VersionTLS12, CipherSuites: []uint16{suite}, DynamicRecordSizingDisabled: true,
	}
	near, far := net.Pipe()
	client, server = tls.Client(&memoryConn{Conn: near}, config), tls.Server(&memoryConn{Conn: far}, config)
	done := make(chan error)
	go func() { done <- server.Handshake() }()
	if err := client.Handshake(); err != nil {
		b.Fatal(err)
	}
	if err := <-done; err != nil {
		b.Fatal(err)
	}
	return client, server
}
