package engine

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"testing"

	"tlsengine/cipher"
	"tlsengine/record"
)

// This file is about the end of connections, in good order and otherwise, and about peers that send much and say nothing.

// bothVersions runs a test on a connection of each version, once with each end in the first place.
func bothVersions(t *testing.T, test func(t *testing.T, v cipher.Version, a, b *Conn)) {
	for _, id := range []cipher.SuiteID{cipher.TLS_AES_128_GCM_SHA256, cipher.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384} {
		for _, first := range []string{"client", "server"} {
			v := cipher.SuiteByID(id).Min
			t.Run(fmt.Sprintf("%v/%s", v, first), func(t *testing.T) {
				a, b := connected(t, id)
				if first == "server" {
					a, b = b, a
				}
				test(t, v, a, b)
			})
		}
	}
}

// sent returns all that c has to send, and takes it out.
func sent(c *Conn) []byte {
	p := bytes.Clone(c.Outgoing())
	c.Sent(len(p))
	return p
}

// TestBytesBehindCloseNotifyAreHandedBack, however they are cut, and nothing of them is processed (RFC 8446, Section 6.1).
func TestBytesBehindCloseNotifyAreHandedBack(t *testing.T) {
	bothVersions(t, func(t *testing.T, _ cipher.Version, a, b *Conn) {
		a.Write([]byte("last words"))
		a.CloseWrite()
		tls := sent(a)
		behind := []byte("\x17\x03\x03\x00\x20no TLS any more: this is HTTP, or so")
		for cut := range len(tls) + len(behind) {
			c, err := b.Clone()
			if err != nil {
				t.Fatal(err)
			}
			stream := append(bytes.Clone(tls), behind...)
			got := direct{}.deliver(c, stream[:cut], nil)
			got = direct{}.deliver(c, stream[cut:], got)
			if string(got) != "last words" || !bytes.Equal(c.Rest(), behind) {
				t.Fatalf("cut at %d: read %q, rest %q", cut, got, c.Rest())
			}
			if !c.Status().Has(PeerClosed) || c.Status()&(Failed|WantsInput|Readable) != 0 || c.Err() != nil {
				t.Fatalf("cut at %d: %v, %v", cut, c.Status(), c.Err())
			}
			if err := c.FeedEOF(); err != nil {
				t.Fatalf("cut at %d: the end of the transport is an error: %v", cut, err)
			}
		}
	})
}

// TestHalfClose: in TLS 1.3 the other direction stays open (RFC 8446, Section 6.1); before, close_notify is answered at
// once and what was not sent is dropped (RFC 5246, Section 7.2.1).
func TestHalfClose(t *testing.T) {
	bothVersions(t, func(t *testing.T, v cipher.Version, a, b *Conn) {
		a.CloseWrite()
		closing := sent(a)
		a.CloseWrite()
		if n := a.Write([]byte("x")); n != 0 || a.Space() != nil || len(a.Outgoing()) != 0 || !a.Status().Has(WriteClosed) {
			t.Fatalf("something follows close_notify: %d, %d bytes", n, len(a.Outgoing()))
		}
		direct{}.deliver(b, closing, nil)
		if v == cipher.VersionTLS13 {
			if b.Owes() || b.Status().Has(WriteClosed) {
				t.Errorf("close_notify is answered: %v", b.Status())
			}
			b.Write([]byte("there is more"))
			if got := direct.deliver(direct{}, a, sent(b), nil); string(got) != "there is more" {
				t.Errorf("received %q", got)
			}
			b.CloseWrite()
			direct{}.deliver(a, sent(b), nil)
		} else {
			if !b.Owes() {
				t.Error("no answer to close_notify is owed")
			}
			answer := sent(b)
			if n := b.Write([]byte("x")); n != 0 || len(b.Outgoing()) != 0 {
				t.Error("something follows the answer")
			}
			direct{}.deliver(a, answer, nil)
		}
		for _, c := range []*Conn{a, b} {
			if c.Status() != HandshakeDone|PeerClosed|WriteClosed || c.Err() != nil || c.FeedEOF() != nil {
				t.Errorf("%v, %v", c.Status(), c.Err())
			}
		}
	})
}

// TestTheEndOfTheTransportEndsTheInboundHalfOnly, and only when the records that wait have been read.
func TestTheEndOfTheTransportEndsTheInboundHalfOnly(t *testing.T) {
	bothVersions(t, func(t *testing.T, _ cipher.Version, a, b *Conn) {
		a.Write([]byte("one"))
		one := sent(a)
		a.Write([]byte("two"))
		two := sent(a)
		b.Feed(one)
		b.Feed(two[:len(two)-1])
		if err := b.FeedEOF(); err != nil {
			t.Errorf("told before the data was read: %v", err)
		}
		if got := (direct{}).deliver(b, nil, nil); string(got) != "one" {
			t.Errorf("read %q", got)
		}
		if err := b.FeedEOF(); !errors.Is(err, ErrTruncated) {
			t.Errorf("told %v", err)
		}
		if b.Err() != nil || b.Status()&(Failed|WantsInput|Readable) != 0 || !b.Status().Has(CanWrite) {
			t.Errorf("%v, %v", b.Status(), b.Err())
		}
		b.Feed(two[len(two)-1:])
		if n := b.Read(make([]byte, 10)); n != 0 {
			t.Error("bytes behind the end were read")
		}
		b.Write([]byte("still here"))
		b.CloseWrite()
		if got := (direct{}).deliver(a, sent(b), nil); string(got) != "still here" || !a.Status().Has(PeerClosed) {
			t.Errorf("the peer received %q", got)
		}
	})
}

// TestNothingFollowsAFatalAlert: the end that failed sends its alert once and then nothing; the one that was told sends nothing.
func TestNothingFollowsAFatalAlert(t *testing.T) {
	bothVersions(t, func(t *testing.T, _ cipher.Version, a, b *Conn) {
		a.Write([]byte("data"))
		p := sent(a)
		p[len(p)-1] ^= 1
		if n, err := b.Feed(p); n != len(p) || err != nil {
			t.Fatal(n, err)
		}
		b.Write([]byte("before it is noticed"))
		before := len(b.Outgoing())
		if b.Peek() != nil || b.Err() == nil || !b.Owes() || b.Status()&(CanWrite|WantsInput) != 0 {
			t.Fatalf("%v, %v", b.Status(), b.Err())
		}
		if len(b.Outgoing()) <= before || b.Owes() {
			t.Fatal("the alert is not at the end of what goes out")
		}
		alert := sent(b)
		for _, c := range []*Conn{b, a} {
			n, _ := c.Feed([]byte{1, 2, 3})
			c.CloseWrite()
			c.UpdateKeys(true)
			if c == b && (n != 0 || c.Write([]byte("x")) != 0 || c.Space() != nil || len(c.Outgoing()) != 0) {
				t.Error("something follows the alert")
			}
			if c == b {
				direct{}.deliver(a, alert, nil)
			}
		}
		e, ok := a.Err().(*record.Error)
		if !ok || !e.Remote || e.Alert != record.AlertBadRecordMAC || a.Owes() {
			t.Errorf("the peer says %v", a.Err())
		}
		if n := a.Write([]byte("x")); n != 0 {
			t.Error("the peer goes on")
		}
	})
}

// TestCloseEndsAllUse: a closed connection takes and gives nothing, whatever is called, and doesn't panic.
func TestCloseEndsAllUse(t *testing.T) {
	bothVersions(t, func(t *testing.T, _ cipher.Version, a, b *Conn) {
		a.Write([]byte("data"))
		b.Feed(a.Outgoing())
		b.Write([]byte("data"))
		b.Close()
		b.Close()
		n, err := b.Feed([]byte{1})
		if n != 0 || err == nil || b.Read(make([]byte, 10)) != 0 || b.Peek() != nil || b.Write([]byte("x")) != 0 || b.Space() != nil {
			t.Error("a closed connection is used")
		}
		b.Seal(0)
		b.Discard(0)
		b.Sent(0)
		b.CloseWrite()
		b.UpdateKeys(true)
		b.Commit(copy(b.Buffer(), "x"))
		if len(b.Outgoing()) != 0 || b.Owes() || b.Sleep() || b.Resume() == nil || b.FeedEOF() == nil || len(b.Pending()) != 0 {
			t.Error("a closed connection goes on")
		}
		if _, err := b.Export("EXPERIMENTAL x", nil, 8); err == nil {
			t.Error("a closed connection exports keys")
		}
		if !b.Status().Has(Failed) || b.Status()&(CanWrite|Readable|WantsInput|HasOutput) != 0 {
			t.Error(b.Status())
		}
	})
}

// TestSayingNothingIsLimited: what a peer may send in a row without getting anywhere, and what ends the row.
func TestSayingNothingIsLimited(t *testing.T) {
	data := func(c *Conn) { c.out.writer.WriteRecords(record.TypeApplicationData, []byte{1}) }
	for _, c := range []struct {
		what  string
		say   func(c *Conn)
		limit int
		only  cipher.Version // 0 for both
		why   record.Reason
	}{
		{"an empty record", func(c *Conn) { c.out.writer.WriteRecords(record.TypeApplicationData, nil) }, 32, 0, record.ReasonTooManyEmptyFragments},
		{"a warning", func(c *Conn) { c.out.writer.WriteRecords(record.TypeAlert, []byte{1, 90}) }, 4, 0, record.ReasonTooManyWarningAlerts},
		{"a KeyUpdate", func(c *Conn) { c.UpdateKeys(false) }, 32, cipher.VersionTLS13, record.ReasonTooManyKeyUpdates},
	} {
		t.Run(c.what, func(t *testing.T) {
			bothVersions(t, func(t *testing.T, v cipher.Version, a, b *Conn) {
				if c.only != 0 && v != c.only {
					return
				}
				for range 3 { // data ends the row
					for range c.limit {
						c.say(a)
					}
					data(a)
					if got := (direct{}).deliver(b, sent(a), nil); len(got) != 1 || b.Err() != nil {
						t.Fatalf("%d in a row: received %v, %v", c.limit, got, b.Err())
					}
				}
				for range c.limit + 1 {
					c.say(a)
				}
				data(a)
				got := direct{}.deliver(b, sent(a), nil)
				e, ok := b.Err().(*record.Error)
				if !ok || e.Alert != record.AlertUnexpectedMessage || e.Reason != c.why || len(got) != 0 {
					t.Errorf("%d in a row: received %v, %v", c.limit+1, got, b.Err())
				}
			})
		})
	}
}

// TestKeyUpdatesAreAnsweredOnce: however often the peer asked, the next Write or Space answers by one KeyUpdate (RFC 8446,
// Section 4.6.3), and nothing does before.
func TestKeyUpdatesAreAnsweredOnce(t *testing.T) {
	old, _ := connected(t, cipher.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384)
	if old.UpdateKeys(true); len(old.Outgoing()) != 0 {
		t.Error("a KeyUpdate before TLS 1.3")
	}
	for _, answer := range []func(c *Conn){
		func(c *Conn) { c.Write([]byte("x")) },
		func(c *Conn) { c.Space()[0] = 'x'; c.Seal(1) },
	} {
		a, b := connected(t, cipher.TLS_AES_128_GCM_SHA256)
		for range 5 {
			a.UpdateKeys(true)
		}
		direct{}.deliver(b, sent(a), nil)
		if b.Owes() || len(b.Outgoing()) != 0 {
			t.Error("a KeyUpdate is answered without data to send")
		}
		answer(b)
		// A KeyUpdate and one byte of data, each in a record.
		if n := len(b.Outgoing()); n != 5+5+1+16+5+1+1+16 {
			t.Errorf("the answer has %d bytes", n)
		}
		if got := (direct{}).deliver(a, sent(b), nil); string(got) != "x" {
			t.Errorf("received %q, %v", got, a.Err())
		}
		answer(b)
		if n := len(b.Outgoing()); n != 5+1+1+16 {
			t.Errorf("another answer: %d bytes", n)
		}
	}
}

// TestDataBeforeTheEndOfTheHandshakeIsRefused in the clear, at both ends (RFC 8446, Section 2; RFC 5246, Section 7.4.9).
func TestDataBeforeTheEndOfTheHandshakeIsRefused(t *testing.T) {
	p := newTestPKI(t)
	for _, v := range []cipher.Version{cipher.VersionTLS12, cipher.VersionTLS13} {
		config := p.clientConfig()
		config.MinVersion, config.MaxVersion = v, v
		for who := range 2 {
			c, s := pair(t, config, p.serverConfig())
			e := []*Conn{c, s}[who]
			if n := e.Write([]byte("x")); n != 0 || e.Space() != nil {
				t.Error("data is written before the handshake is done")
			}
			e.Feed([]byte("\x17\x03\x03\x00\x05hello"))
			if got := e.Peek(); got != nil || e.Read(make([]byte, 10)) != 0 {
				t.Errorf("%v: delivered %q", v, got)
			}
			if f, ok := e.Err().(*record.Error); !ok || f.Alert != record.AlertUnexpectedMessage {
				t.Errorf("%v: %v", v, e.Err())
			}
		}
	}
}

// TestExportRefusesImpossibleLengths: what the length field can't say is an error, not a panic.
func TestExportRefusesImpossibleLengths(t *testing.T) {
	pki := newTestPKI(t)
	c, s := pair(t, pki.clientConfig(), pki.serverConfig())
	connect(t, c, s)
	for _, n := range []int{-1, 1 << 16, math.MaxInt} {
		if out, err := c.Export("EXPERIMENTAL", nil, n); err == nil {
			t.Errorf("%d bytes: %d came", n, len(out))
		}
	}
}
