package sslsock

import (
	"bytes"
	"errors"
	"io"
	"testing"

	"pgregory.net/rapid"

	"tlsengine/fuzz/pki"
)

// B-001 to B-004: the sequences of CPython's MemoryBIOTests.
func TestMemoryBIO(t *testing.T) {
	b := NewMemoryBIO()
	b.Write([]byte("foo"))
	if got := b.Next(-1); string(got) != "foo" {
		t.Errorf("%q", got)
	}
	if got := b.Next(-1); len(got) != 0 {
		t.Errorf("%q", got)
	}
	b.Write([]byte("foo"))
	b.Write([]byte("bar"))
	if got := b.Next(-1); string(got) != "foobar" {
		t.Errorf("%q", got)
	}
	b.Write([]byte("baz"))
	if first, second := string(b.Next(2)), string(b.Next(1)); first != "ba" || second != "z" || len(b.Next(1)) != 0 {
		t.Errorf("%q, %q", first, second)
	}
	p := make([]byte, 4)
	if n, err := b.Read(p); n != 0 || !errors.Is(err, ErrWantRead) || b.EOF() {
		t.Error(n, err)
	}
	if n, err := b.Read(nil); n != 0 || err != nil {
		t.Error(n, err)
	}
	b.Write([]byte("foo"))
	b.WriteEOF()
	if b.EOF() || b.Pending() != 3 {
		t.Error("the end came before the last bytes")
	}
	if n, err := b.Read(p); n != 3 || err != nil || !b.EOF() || b.Pending() != 0 {
		t.Error(n, err)
	}
	if n, err := b.Read(p); n != 0 || err != io.EOF {
		t.Error(n, err)
	}
	var e *SSLError
	if n, err := b.Write([]byte("x")); n != 0 || !errors.As(err, &e) || e.Message != "cannot write() after write_eof()" {
		t.Error(n, err)
	}
}

// B-001: whatever is written comes out in order, and nothing is kept of the caller's slices.
func TestMemoryBIOIsAQueue(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b, want := NewMemoryBIO(), []byte(nil)
		for range rapid.IntRange(1, 50).Draw(t, "steps") {
			if p := rapid.SliceOfN(rapid.Byte(), 0, 20).Draw(t, "write"); rapid.Bool().Draw(t, "writes") {
				want = append(want, p...)
				b.Write(p)
				clear(p)
				continue
			}
			n := rapid.IntRange(-1, 25).Draw(t, "n")
			k := len(want)
			if n >= 0 {
				k = min(k, n)
			}
			if got := b.Next(n); !bytes.Equal(got, want[:k]) {
				t.Fatalf("%x, want %x", got, want[:k])
			}
			if want = want[k:]; b.Pending() != len(want) {
				t.Fatalf("%d pending, want %d", b.Pending(), len(want))
			}
		}
	})
}

// objects makes two ends that share their queues.
func objects(t testing.TB, client, server *Context, opts ...SocketOption) (c, s *Object) {
	t.Helper()
	up, down := NewMemoryBIO(), NewMemoryBIO()
	c, err := client.WrapBIO(down, up, append(opts, WithServerHostname(pki.Host))...)
	if err != nil {
		t.Fatal(err)
	}
	s, err = server.WrapBIO(up, down, append(opts, WithServerSide())...)
	if err != nil {
		t.Fatal(err)
	}
	return c, s
}

// shakeObjects takes turns until both are done.
func shakeObjects(t testing.TB, c, s *Object) {
	t.Helper()
	for range 10 {
		ce, se := c.Handshake(), s.Handshake()
		if ce == nil && se == nil {
			return
		}
		for _, err := range []error{ce, se} {
			if err != nil && !errors.Is(err, ErrWantRead) {
				t.Fatal(err)
			}
		}
	}
	t.Fatal("the handshake doesn't end")
}

func onlyVersion(t testing.TB, c *Context, v TLSVersion) *Context {
	t.Helper()
	if err := errors.Join(c.SetMinimumVersion(v), c.SetMaximumVersion(v)); err != nil {
		t.Fatal(err)
	}
	return c
}

// B-005 to B-008 in both versions: as CPython's SSLObjectTests and test_bio_handshake, and closing in all its steps.
func TestObject(t *testing.T) {
	for _, v := range []TLSVersion{VersionTLS12, VersionTLS13} {
		t.Run(v.String(), func(t *testing.T) {
			c, s := objects(t, onlyVersion(t, clientContext(t), v), serverContext(t))
			if _, err := c.PeerCert(); !errors.Is(err, ErrHandshakeNotDone) || c.Version() != "" || c.Pending() != 0 || c.Unwrap() == nil {
				t.Error("before the handshake:", err)
			}
			if _, ok := c.Cipher(); ok {
				t.Error("a cipher before the handshake")
			}
			shakeObjects(t, c, s)
			cert, err := c.PeerCert()
			if der, derErr := c.PeerCertDER(); err != nil || cert.Empty() || derErr != nil || len(der) == 0 || c.Version() != v.String() {
				t.Error(err, derErr, c.Version())
			}
			exchange(t, c, s)
			exchange(t, s, c)
			closeInSteps(t, c, s)
		})
	}
}

func exchange(t *testing.T, from, to *Object) {
	t.Helper()
	p := make([]byte, 100)
	if n, err := to.Read(p); n != 0 || !errors.Is(err, ErrWantRead) {
		t.Error(n, err)
	}
	large := bytes.Repeat([]byte("0123456789"), 5000)
	if n, err := from.Write(large); n != len(large) || err != nil {
		t.Fatal(n, err)
	}
	var got []byte
	for len(got) < len(large) {
		n, err := to.Read(p)
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, p[:n]...)
	}
	if !bytes.Equal(got, large) || to.Pending() != 0 {
		t.Error("other bytes came out")
	}
}

// closeInSteps: B-007, B-008.
func closeInSteps(t *testing.T, c, s *Object) {
	t.Helper()
	p := make([]byte, 10)
	if err := c.Unwrap(); !errors.Is(err, ErrWantRead) {
		t.Error(err)
	}
	var e *SSLError
	if _, err := c.Write([]byte("x")); !errors.Is(err, ErrZeroReturn) || !errors.As(err, &e) || e.Reason != "PROTOCOL_IS_SHUTDOWN" {
		t.Error(err)
	}
	if _, err := s.Read(p); err != io.EOF {
		t.Error(err)
	}
	_, err := s.Write([]byte("still"))
	n, readErr := c.Read(p)
	if half := c.Version() == "TLSv1.3"; half && (err != nil || readErr != nil || string(p[:n]) != "still") {
		t.Errorf("%q, %v, %v", p[:n], err, readErr)
	} else if !half && !errors.Is(err, ErrZeroReturn) {
		// RFC 5246, Section 7.2.1: before TLS 1.3 a close_notify is answered at once, and nothing is written any more.
		t.Error(err)
	}
	if err := s.Unwrap(); err != nil {
		t.Error(err)
	}
	s.out.Write([]byte("plain"))
	if err := c.Unwrap(); err != nil {
		t.Error(err)
	}
	if got := c.in.Next(-1); string(got) != "plain" {
		t.Errorf("%q follows TLS", got)
	}
	if _, err := c.Read(p); readErr != io.EOF && err != io.EOF {
		t.Error(err) // the end is told once
	}
	for _, o := range []*Object{c, s} {
		if _, err := o.Read(p); !errors.Is(err, ErrZeroReturn) {
			t.Error(err)
		}
	}
}

// B-006: the end of the input without close_notify is never passed over.
func TestObjectRaggedEnd(t *testing.T) {
	c, s := objects(t, clientContext(t), serverContext(t))
	shakeObjects(t, c, s)
	s.out.WriteEOF()
	if _, err := c.Read(make([]byte, 1)); !errors.Is(err, ErrEOF) || errors.Is(err, ErrWantRead) {
		t.Error(err)
	}
	early, _ := objects(t, clientContext(t), serverContext(t))
	early.in.WriteEOF()
	if err := early.Handshake(); !errors.Is(err, ErrEOF) {
		t.Error(err)
	}
}

// B-005: roles that don't fit the context, and combinations that no socket takes either.
func TestWrapBIORefuses(t *testing.T) {
	client, err := NewContext(ProtocolTLSClient)
	if err != nil {
		t.Fatal(err)
	}
	b := NewMemoryBIO()
	var e *SSLError
	if _, err := client.WrapBIO(b, b, WithServerSide()); !errors.As(err, &e) ||
		e.Message != "Cannot create a server socket with a PROTOCOL_TLS_CLIENT context" {
		t.Error(err)
	}
	if _, err := client.WrapBIO(b, b); !errors.Is(err, ErrInvalidArgument) {
		t.Error("without a host name:", err)
	}
	if _, err := client.WrapBIO(nil, b, WithServerHostname("a.example")); !errors.Is(err, ErrInvalidArgument) {
		t.Error("without a queue:", err)
	}
}

// A refused certificate is told as a Socket tells it, and the alert is in the output.
func TestObjectRefusesWrongHost(t *testing.T) {
	up, down := NewMemoryBIO(), NewMemoryBIO()
	c, err := clientContext(t).WrapBIO(down, up, WithServerHostname("other.example"))
	if err != nil {
		t.Fatal(err)
	}
	s, err := serverContext(t).WrapBIO(up, down, WithServerSide())
	if err != nil {
		t.Fatal(err)
	}
	_, _ = c.Handshake(), s.Handshake()
	var wrong *CertificateError
	if err := c.Handshake(); !errors.As(err, &wrong) || wrong.Hostname != "other.example" {
		t.Error(err)
	}
	var e *SSLError
	if err := s.Handshake(); !errors.As(err, &e) || e.Alert != AlertDescription(42) {
		t.Error(err)
	}
}

// B-009: any cut of what goes between the ends gives the same data.
func TestObjectAnyChunking(t *testing.T) {
	client, server := clientContext(t), serverContext(t)
	data := bytes.Repeat([]byte("chunk"), 2000)
	rapid.Check(t, func(t *rapid.T) {
		up, down, upCut, downCut := NewMemoryBIO(), NewMemoryBIO(), NewMemoryBIO(), NewMemoryBIO()
		c, err := client.WrapBIO(downCut, up, WithServerHostname(pki.Host))
		if err != nil {
			t.Fatal(err)
		}
		s, err := server.WrapBIO(upCut, down, WithServerSide())
		if err != nil {
			t.Fatal(err)
		}
		size := rapid.IntRange(1, 3000).Draw(t, "size")
		var got []byte
		sent := 0
		for len(got) < len(data) {
			upCut.Write(up.Next(size))
			downCut.Write(down.Next(size))
			if _ = s.Handshake(); c.Handshake() == nil && sent == 0 {
				if sent, err = c.Write(data); err != nil {
					t.Fatal(err)
				}
			}
			p := make([]byte, 700)
			n, err := s.Read(p)
			if err != nil && !errors.Is(err, ErrWantRead) {
				t.Fatal(err)
			}
			got = append(got, p[:n]...)
		}
		if !bytes.Equal(got, data) {
			t.Fatal("other bytes came out")
		}
	})
}

// S-175 to S-178, B-064: the three bindings on both ends, on two connections, and what a version can't have.
func TestChannelBinding(t *testing.T) {
	if _, err := new(Socket).ChannelBinding("unknown-type"); !errors.Is(err, ErrInvalidArgument) {
		t.Error(err)
	}
	bare, err := clientContext(t).NewSocket(WithServerHostname(pki.Host))
	if err != nil {
		t.Fatal(err)
	}
	if b, err := bare.ChannelBinding("tls-unique"); b != nil || err != nil {
		t.Error(b, err)
	}
	types := ChannelBindingTypes()
	types[0] = "changed"
	for _, v := range []TLSVersion{VersionTLS12, VersionTLS13} {
		seen := map[string]bool{}
		for range 2 {
			c, s := objects(t, onlyVersion(t, clientContext(t), v), serverContext(t))
			if b, err := c.ChannelBinding("tls-unique"); b != nil || err != nil {
				t.Error(b, err)
			}
			shakeObjects(t, c, s)
			for _, kind := range ChannelBindingTypes() {
				ours, err := c.ChannelBinding(kind)
				theirs, _ := s.ChannelBinding(kind)
				if kind == "tls-unique" && v == VersionTLS13 {
					if !errors.Is(err, ErrInvalidArgument) {
						t.Error(err)
					}
					continue
				}
				if err != nil || len(ours) < 12 || !bytes.Equal(ours, theirs) {
					t.Errorf("%v, %s: %x, %x, %v", v, kind, ours, theirs, err)
				}
				if kind != "tls-server-end-point" && seen[kind+string(ours)] {
					t.Errorf("%v, %s: the same on two connections", v, kind)
				}
				seen[kind+string(ours)] = true
			}
		}
	}
}
