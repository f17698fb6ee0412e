package engine

import (
	"bytes"
	"testing"

	"tlsengine/cipher"
	"tlsengine/record"
)

// TestNoRecordComesInsideAMessage: between the records of one handshake message nothing may stand but an alert (RFC 8446, Section
// 5.1), during the handshake and after it.
func TestNoRecordComesInsideAMessage(t *testing.T) {
	p := newTestPKI(t)
	part := []byte{22, 3, 3, 0, 2, 2, 0} // the beginning of a ServerHello
	for _, v := range []cipher.Version{cipher.VersionTLS12, cipher.VersionTLS13} {
		config := p.clientConfig()
		config.MinVersion, config.MaxVersion = v, v
		for _, between := range [][]byte{{23, 3, 3, 0, 1, 'x'}, {20, 3, 3, 0, 1, 2}} {
			c := newClient(t, config, Options{ServerName: "example.test"})
			c.Feed(part)
			c.Feed(between)
			if e, ok := c.Err().(*record.Error); !ok || e.Alert != record.AlertUnexpectedMessage || c.Peek() != nil {
				t.Errorf("%v: record %d inside a ServerHello: %v", v, between[0], c.Err())
			}
		}
	}
	for _, first := range []int{0, 1} {
		c, s := connected(t, cipher.TLS_AES_128_GCM_SHA256)
		ends := []*Conn{c, s}
		from, to := ends[first], ends[1-first]
		from.out.writer.WriteRecords(record.TypeHandshake, []byte{24, 0, 0})
		from.Write([]byte("inside"))
		got := direct{}.deliver(to, sent(from), nil)
		if e, ok := to.Err().(*record.Error); !ok || e.Alert != record.AlertUnexpectedMessage || len(got) != 0 {
			t.Errorf("data inside a KeyUpdate: %v, delivered %q", to.Err(), got)
		}
	}
}

// TestEveryMessageMayBeCutIntoRecords: a whole handshake in which each message comes in records of one byte goes as one in
// large records does, as long as it is in the clear.
func TestEveryMessageMayBeCutIntoRecords(t *testing.T) {
	p := newTestPKI(t)
	for _, v := range []cipher.Version{cipher.VersionTLS12, cipher.VersionTLS13} {
		config := p.clientConfig()
		config.MinVersion, config.MaxVersion = v, v
		c, s := pair(t, config, p.serverConfig())
		protected := [2]bool{}
		carry := func(who int, from, to *Conn) bool {
			var cut []byte
			for out := sent(from); len(out) > 0; {
				n := 5 + int(out[3])<<8 + int(out[4])
				if out[0] == 22 && !protected[who] {
					for _, b := range out[5:n] {
						cut = append(cut, out[0], out[1], out[2], 0, 1, b)
					}
				} else {
					protected[who] = protected[who] || v == cipher.VersionTLS12
					cut = append(cut, out[:n]...)
				}
				out = out[n:]
			}
			direct{}.deliver(to, cut, nil)
			return len(cut) > 0
		}
		for carry(0, c, s) || carry(1, s, c) {
		}
		if err := sameConnection(c, s, v); err != nil {
			t.Errorf("%v: %v; client %v, server %v", v, err, c.Err(), s.Err())
		}
		c.Write([]byte("data"))
		if got := (direct{}).deliver(s, sent(c), nil); !bytes.Equal(got, []byte("data")) {
			t.Errorf("%v: received %q", v, got)
		}
	}
}
