package fuzz

import (
	"bytes"
	"testing"

	"tlsengine/engine"
	"tlsengine/handshake"
)

// FuzzServer feeds arbitrary bytes to a server.
func FuzzServer(f *testing.F) { fuzzEnd(f, true) }

// FuzzClient feeds arbitrary bytes to a client that has sent its hello.
func FuzzClient(f *testing.F) { fuzzEnd(f, false) }

// fuzzEnd feeds input to one end of the connection that choice names, once whole and once in the pieces that cuts gives,
// with questions deferred if its highest bit is set: both must give the same output, the same data and the same end.
func fuzzEnd(f *testing.F, server bool) {
	all := setups(f)
	for i := range all {
		up, down := all[i].conversation(f)
		if server {
			down = up
		}
		f.Add(byte(i), down, []byte{1, 5, 200, 1, 1, 40})
		f.Add(byte(i)|0x80, down[:len(down)-9], []byte{255, 7})
	}
	for _, g := range goldens(f) {
		stream := g.down
		if server {
			stream = g.up
		}
		f.Add(byte(0), stream, []byte{100})
		f.Add(byte(4), stream, []byte{3, 0})
	}
	f.Fuzz(func(t *testing.T, choice byte, input, cuts []byte) {
		if len(input) > 1<<17 {
			return
		}
		s := &all[int(choice&0x7f)%len(all)]
		whole := s.feed(t, server, 0, input, nil)
		deferred := handshake.OperationKinds(0)
		if choice&0x80 != 0 {
			deferred = handshake.AllOperations()
		}
		cut := s.feed(t, server, deferred, input, cuts)
		if !bytes.Equal(whole.sent, cut.sent) || !bytes.Equal(whole.got, cut.got) || whole.end != cut.end || whole.status != cut.status {
			t.Fatalf("whole: %d bytes sent, %q received, %v, %s\ncut: %d bytes sent, %q received, %v, %s",
				len(whole.sent), whole.got, whole.status, whole.end, len(cut.sent), cut.got, cut.status, cut.end)
		}
	})
}

// result is what came of feeding one end.
type result struct {
	sent, got []byte
	status    engine.Status
	end       string
}

// feed gives input to one end, whole or in pieces whose lengths are those of cuts over and over.
func (s *setup) feed(t *testing.T, server bool, deferred handshake.OperationKinds, input, cuts []byte) result {
	c, v := s.ends(t, deferred)
	if server {
		c = v
	}
	var r result
	fed := 0
	for i := 0; fed < len(input); i++ {
		n := len(input) - fed
		if len(cuts) > 0 {
			n = min(n, 1+int(cuts[i%len(cuts)]))
		}
		r.got = put(c, input[fed:fed+n], r.got)
		fed += n
		sound(t, c, fed)
	}
	r.sent = take(c)
	r.status = c.Status()
	r.end = "going on"
	if err := c.FeedEOF(); err != nil {
		r.end = err.Error()
	}
	c.Close()
	return r
}
