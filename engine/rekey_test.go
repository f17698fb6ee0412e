package engine

import (
	"testing"

	"tlsengine/record"
)

// wornSealer says that half of what its key may protect is used up.
type wornSealer struct{ record.Sealer }

func (wornSealer) Worn() bool { return true }

// spentSealer says that its key may protect no more than the records kept for an alert.
type spentSealer struct{ record.Sealer }

func (spentSealer) Left() uint64 { return 16 }

// wear changes c's write keys, and has the new ones pretend what wrap says.
func wear(t *testing.T, c *Conn, wrap func(record.Sealer) record.Sealer) {
	t.Helper()
	message, next, err := c.out.keys.Update(false)
	if err != nil {
		t.Fatal(err)
	}
	c.seal(record.TypeHandshake, message)
	c.out.writer.Install(wrap(next))
}

// RFC 8446, Section 5.5: before a key has protected all that it may there are new ones, without anybody asking, once.
func TestWornKeysAreUpdatedByTheNextWrite(t *testing.T) {
	pki := newTestPKI(t)
	for _, space := range []bool{false, true} {
		c, s := pair(t, pki.clientConfig(), pki.serverConfig())
		connect(t, c, s)
		wear(t, c, func(s record.Sealer) record.Sealer { return wornSealer{s} })
		settle(c, s)
		var sizes []int
		for range 3 {
			if space {
				c.Seal(copy(c.Space(), "data"))
			} else {
				c.Write([]byte("data"))
			}
			sizes = append(sizes, len(c.Outgoing()))
			settle(c, s)
			if p := make([]byte, 10); string(p[:s.Read(p)]) != "data" {
				t.Fatal(s.Err())
			}
		}
		if keyUpdate := 5 + 5 + 17; sizes[0] != sizes[1]+keyUpdate || sizes[1] != sizes[2] {
			t.Errorf("output of %d bytes", sizes)
		}
	}
}

// Keys that can't be renewed end the connection by an alert that still goes out: before TLS 1.3 there is no KeyUpdate.
func TestSpentKeysEndTheConnectionWithAnAlert(t *testing.T) {
	pki := newTestPKI(t)
	c, s := pair(t, pki.clientConfig(), pki.serverConfig())
	connect(t, c, s)
	wear(t, c, func(s record.Sealer) record.Sealer { return spentSealer{s} })
	settle(c, s)
	if n := c.Write([]byte("data")); n != 0 {
		t.Errorf("%d bytes taken", n)
	}
	settle(c, s)
	if s.Peek() != nil {
		t.Error("the receiver has data")
	}
	for who, end := range map[string]*Conn{"sender": c, "receiver": s} {
		if e, ok := end.Err().(*record.Error); !ok || e.Alert != record.AlertInternalError || e.Remote != (who == "receiver") {
			t.Errorf("%s: %v", who, end.Err())
		}
	}
}
