package sslsock

import (
	"bytes"
	"crypto/tls"
	"fmt"
	"io"
	"math/rand/v2"
	"sync"
	"testing"

	"tlsengine/fuzz/pki"
)

// transferSize is what each direction carries; the race detector makes everything ten times slower.
func transferSize() int64 {
	if raceEnabled {
		return 64 << 20
	}
	return 1 << 30
}

// stream is an endless stream of bytes that its seed determines, and a check of one.
type stream struct{ *rand.ChaCha8 }

func newStream(seed byte) stream {
	return stream{rand.NewChaCha8([32]byte{seed})}
}

// send writes n bytes of the stream.
func (s stream) send(w io.Writer, n int64) error {
	buf := make([]byte, 256<<10)
	for n > 0 {
		chunk := buf[:min(n, int64(len(buf)))]
		s.Read(chunk)
		if _, err := w.Write(chunk); err != nil {
			return err
		}
		n -= int64(len(chunk))
	}
	return nil
}

// check reads n bytes and compares them with the stream.
func (s stream) check(r io.Reader, n int64) error {
	got, want := make([]byte, 256<<10), make([]byte, 256<<10)
	for at := int64(0); at < n; {
		k := int(min(n-at, int64(len(got))))
		if _, err := io.ReadFull(r, got[:k]); err != nil {
			return fmt.Errorf("after %d bytes: %w", at, err)
		}
		s.Read(want[:k])
		if !bytes.Equal(got[:k], want[:k]) {
			return fmt.Errorf("the contents differ within %d bytes from %d", k, at)
		}
		at += int64(k)
	}
	return nil
}

// TestTransferGiB carries 1 GiB in both directions at once over TCP, between two of ours and with crypto/tls.
func TestTransferGiB(t *testing.T) {
	t.Run("ours, TLS 1.2", func(t *testing.T) {
		client := clientContext(t)
		if err := client.SetMaximumVersion(VersionTLS12); err != nil {
			t.Fatal(err)
		}
		c, s := pair(t, tcpWire, client, serverContext(t))
		transfer(t, c, s)
	})
	t.Run("crypto/tls, TLS 1.3", func(t *testing.T) {
		a, b := tcpWire(t)
		c, err := clientContext(t).WrapSocket(a, WithServerHostname(pki.Host), WithDoHandshakeOnConnect(false))
		if err != nil {
			t.Fatal(err)
		}
		transfer(t, c, tls.Server(b, stdConfig(t, tls.VersionTLS13)))
	})
}

func transfer(t *testing.T, c, s io.ReadWriteCloser) {
	t.Helper()
	var all sync.WaitGroup
	run := func(what string, f func() error) {
		all.Go(func() {
			if err := f(); err != nil {
				t.Errorf("%s: %v", what, err)
				_ = c.Close()
				_ = s.Close()
			}
		})
	}
	n := transferSize()
	run("client sends", func() error { return newStream(1).send(c, n) })
	run("server sends", func() error { return newStream(2).send(s, n) })
	run("client receives", func() error { return newStream(2).check(c, n) })
	run("server receives", func() error { return newStream(1).check(s, n) })
	all.Wait()
	_ = c.Close()
	_ = s.Close()
}
