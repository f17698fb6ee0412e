package bench

import (
	"crypto/tls"
	"encoding/pem"
	"fmt"
	"io"
	"net"
	"os"
	"syscall"
	"testing"
	"time"

	"tlsengine/cipher"
	"tlsengine/sslsock"
	"tlsengine/x509lite"
)

// What one round carries over each of the connections, in bytes.
const (
	socketBytes  = 2 << 20
	socketBurst  = 64 << 10 // what is written before it is read: the kernel holds it
	socketWrite  = 64 << 10
	socketRecord = 16 << 10
)

// BenchmarkSocket carries data over TCP on the loopback interface, in writes of 64 KiB, and takes the processor time of the whole
// process: of both ends, system calls included. "over-tcp-x-raw" is what TLS takes more than plain TCP, divided by sealing and
// opening the same records; "tls-over-tcp-x-raw" is that of crypto/tls. "writes/64K" and "reads/16K" count the system calls of
// our two ends; what is read has been written, so that hardly any read finds nothing.
func BenchmarkSocket(b *testing.B) {
	chain := newChain(b, x509lite.KeyP256)
	plain, ours, std := plainPair(b), sslsockPair(b, chain), stdSocketPair(b, chain)
	raw := newRawAEAD(b, cipher.TLS_AES_128_GCM_SHA256, socketRecord)
	var plainTime, oursTime, stdTime, rawTime, writes, reads series
	own := systemCalls(b)
	own = systemCalls(b).since(own) // what looking takes
	for b.Loop() {
		plainTime.add(busy(func() { plain.carry(b) }))
		before := systemCalls(b)
		oursTime.add(busy(func() { ours.carry(b) }))
		made := systemCalls(b).since(before).since(own)
		writes.add(time.Duration(made.writes))
		reads.add(time.Duration(made.reads))
		stdTime.add(busy(func() { std.carry(b) }))
		rawTime.add(busy(func() {
			raw.seal(socketBytes / socketRecord)
			for range socketBytes / socketRecord / 4 {
				raw.prepare(4)
				raw.open(4)
			}
		}))
	}
	over := func(s series) float64 { return (s.quartile() - plainTime.quartile()) / rawTime.quartile() }
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(over(oursTime), "over-tcp-x-raw")
	b.ReportMetric(over(stdTime), "tls-over-tcp-x-raw")
	b.ReportMetric(writes.median()/(socketBytes/socketWrite), "writes/64K")
	b.ReportMetric(reads.median()/(socketBytes/socketRecord), "reads/16K")
}

// socketPair is two ends of a connection.
type socketPair struct {
	from, to net.Conn
	out, in  []byte
}

// carry sends a round's data from one end to the other.
func (p *socketPair) carry(b *testing.B) {
	for range socketBytes / socketBurst {
		for range socketBurst / socketWrite {
			_, err := p.from.Write(p.out)
			check(b, err)
		}
		for left := socketBurst; left > 0; {
			n, err := p.to.Read(p.in)
			check(b, err)
			left -= n
		}
	}
}

func plainPair(b testing.TB) *socketPair {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	check(b, err)
	defer l.Close()
	from, err := net.Dial("tcp", l.Addr().String())
	check(b, err)
	to, err := l.Accept()
	check(b, err)
	check(b, from.(*net.TCPConn).SetWriteBuffer(2*socketBurst))
	check(b, to.(*net.TCPConn).SetReadBuffer(2*socketBurst))
	b.Cleanup(func() {
		from.Close()
		to.Close()
	})
	return &socketPair{from, to, make([]byte, socketWrite), make([]byte, socketWrite)}
}

// sslsockPair is a pair of sslsock's.
func sslsockPair(b *testing.B, c *chain) *socketPair {
	contexts := contextsOf(b, c, cipher.VersionTLS13)
	return secure(b, func(from, to net.Conn) (net.Conn, net.Conn, error) {
		near, err := contexts.client.WrapSocket(from, sslsock.WithDoHandshakeOnConnect(false))
		check(b, err)
		far, err := contexts.server.WrapSocket(to, sslsock.WithServerSide(), sslsock.WithDoHandshakeOnConnect(false))
		return near, far, err
	})
}

// contextsOf are the contexts of a version with AES-128-GCM. The certificate is nobody's business here.
func contextsOf(b testing.TB, c *chain, v cipher.Version) sides[*sslsock.Context] {
	server, err := sslsock.NewContext(sslsock.ProtocolTLSServer)
	check(b, err)
	key, err := x509lite.MarshalPKCS8(c.key)
	check(b, err)
	certificate := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.std.Certificate[0]})
	check(b, server.LoadCertChainPEM(certificate, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key}), nil))
	client, err := sslsock.NewContext(sslsock.ProtocolTLSClient)
	check(b, err)
	check(b, client.SetCheckHostname(false))
	check(b, client.SetVerifyMode(sslsock.CertNone))
	check(b, client.SetCiphersuites("TLS_AES_128_GCM_SHA256"))
	check(b, client.SetCiphers("ECDHE-ECDSA-AES128-GCM-SHA256"))
	check(b, client.SetMaximumVersion(sslsock.TLSVersion(v)))
	return sides[*sslsock.Context]{client: client, server: server}
}

func stdSocketPair(b *testing.B, c *chain) *socketPair {
	config := scenario{version: cipher.VersionTLS13, group: cipher.X25519}.stdConfigs(c)
	return secure(b, func(from, to net.Conn) (net.Conn, net.Conn, error) {
		return tls.Client(from, config.client), tls.Server(to, config.server), nil
	})
}

// secure makes a pair that speaks TLS of a plain one, and lets a byte pass, so that the handshake is done.
func secure(b *testing.B, wrap func(from, to net.Conn) (net.Conn, net.Conn, error)) *socketPair {
	p := plainPair(b)
	from, to, err := wrap(p.from, p.to)
	check(b, err)
	p.from, p.to = from, to
	go p.from.Write(make([]byte, 1))
	_, err = io.ReadFull(p.to, make([]byte, 1))
	check(b, err)
	return p
}

// busy returns the processor time that the process takes while f runs.
func busy(f func()) time.Duration {
	before := processorTime()
	f()
	return processorTime() - before
}

func processorTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// calls counts system calls.
type calls struct{ reads, writes int64 }

func (c calls) since(before calls) calls {
	return calls{c.reads - before.reads, c.writes - before.writes}
}

// systemCalls returns how often the process has read and written so far.
func systemCalls(b *testing.B) (c calls) {
	text, err := os.ReadFile("/proc/self/io")
	check(b, err)
	var skip int64
	_, err = fmt.Sscanf(string(text), "rchar: %d\nwchar: %d\nsyscr: %d\nsyscw: %d\n", &skip, &skip, &c.reads, &c.writes)
	check(b, err)
	return c
}
