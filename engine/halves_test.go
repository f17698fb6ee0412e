package engine

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"

	"tlsengine/cipher"
	"tlsengine/record"
)

// This file uses the two halves of connections on two goroutines each. It shows most under the race detector.

// pipe carries bytes from one goroutine to another, which owns what it receives. It is closed by its sender.
type pipe chan []byte

// halves is one end of a connection with a goroutine for each half.
type halves struct {
	c       *Conn
	in, out pipe
	r       [2]*rand.Rand // of the inbound and the outbound goroutine
	wake    chan struct{} // the inbound half owes something

	got []byte // by the inbound half; to be looked at when both are done
	err error
}

// twoEnds returns the ends of a connection whose handshake is done, with pipes between them.
func twoEnds(t *testing.T, client change, seed uint64) (a, b *halves) {
	t.Helper()
	p := newTestPKI(t)
	config := p.clientConfig()
	client(p, config)
	c, s := pair(t, config, p.serverConfig())
	connect(t, c, s)
	up, down := make(pipe, 4), make(pipe, 4)
	end := func(c *Conn, in, out pipe, seed uint64) *halves {
		return &halves{c: c, in: in, out: out, wake: make(chan struct{}, 1),
			r: [2]*rand.Rand{rand.New(rand.NewPCG(seed, 1)), rand.New(rand.NewPCG(seed, 2))}}
	}
	return end(c, down, up, seed), end(s, up, down, seed+1)
}

// receive is the inbound goroutine: it feeds what comes and reads it, until the peer has closed or failed.
func (h *halves) receive() {
	for p := range h.in {
		for len(p) > 0 {
			n := h.put(p)
			scribble(p[:n])
			p = p[n:]
			if !h.read() && n == 0 {
				break
			}
			h.c.Status()
			if h.c.Owes() {
				select {
				case h.wake <- struct{}{}:
				default:
				}
			}
		}
	}
	if err := h.c.FeedEOF(); err != nil && h.err == nil {
		h.err = err
	}
	for h.read() {
	}
}

func (h *halves) put(p []byte) int {
	if h.r[0].IntN(2) == 0 {
		n, _ := h.c.Feed(p)
		return n
	}
	n := copy(h.c.Buffer(), p)
	h.c.Commit(n)
	return n
}

// read takes what there is, once in place and once into a slice, and tells whether there was anything.
func (h *halves) read() bool {
	before := len(h.got)
	if p := h.c.Peek(); len(p) > 0 {
		n := 1 + h.r[0].IntN(len(p))
		h.got = append(h.got, p[:n]...)
		scribble(p[:n])
		h.c.Discard(n)
	}
	buf := make([]byte, h.r[0].IntN(20000))
	n := h.c.Read(buf)
	h.got = append(h.got, buf[:n]...)
	scribble(buf)
	return len(h.got) > before
}

// send is the outbound goroutine: it writes p in pieces with KeyUpdates between them, then closes, and goes on to
// send what the inbound half owes until stop is closed.
func (h *halves) send(p []byte, stop chan struct{}) {
	defer close(h.out)
	for before := -1; len(p) != before || len(h.c.Outgoing()) > 0; { // until nothing is taken any more
		before = len(p)
		switch h.r[1].IntN(8) {
		case 0:
			h.c.UpdateKeys(h.r[1].IntN(2) == 0)
			before = -1
		case 1:
			room := h.c.Space()
			n := copy(room, p)
			h.c.Seal(n)
			p = p[n:]
		default:
			own := bytes.Clone(p[:min(len(p), 1+h.r[1].IntN(30000))])
			n := h.c.Write(own)
			scribble(own)
			p = p[n:]
		}
		h.flush()
	}
	h.c.CloseWrite()
	h.flush()
	for {
		select {
		case <-h.wake:
			h.flush()
		case <-stop:
			h.flush()
			return
		}
	}
}

// sendUntilFailed writes p over and over until the inbound half has found a fault, and sends what it owes then. It
// doesn't close: nothing would follow that.
func (h *halves) sendUntilFailed(p []byte) {
	defer close(h.out)
	for h.c.Err() == nil {
		h.c.Write(p)
		h.flush()
	}
	h.flush()
}

// flush hands some or all of the output to the peer.
func (h *halves) flush() {
	for {
		out := h.c.Outgoing()
		if len(out) == 0 {
			return
		}
		n := 1 + h.r[1].IntN(len(out))
		h.out <- bytes.Clone(out[:n])
		scribble(out[:n])
		h.c.Sent(n)
	}
}

// run lets four goroutines work: each end sends data of its own.
func run(a, b *halves, fromA, fromB []byte) {
	var senders, receivers sync.WaitGroup
	stop := make(chan struct{})
	receivers.Go(a.receive)
	receivers.Go(b.receive)
	senders.Go(func() { a.send(fromA, stop) })
	senders.Go(func() { b.send(fromB, stop) })
	close(stop)
	senders.Wait()
	receivers.Wait()
}

// TestTwoHalvesOnTwoGoroutines sends much both ways at once, with KeyUpdates that ask for answers on both sides, and
// scribbles over every slice whose time is over: all arrives as it was sent, and both ends close in good order.
func TestTwoHalvesOnTwoGoroutines(t *testing.T) {
	for _, v := range []cipher.Version{cipher.VersionTLS12, cipher.VersionTLS13} {
		for seed := range uint64(4) {
			t.Run(fmt.Sprintf("%v/%d", v, seed), func(t *testing.T) {
				a, b := twoEnds(t, only(v), 10*seed)
				fromA, fromB := filler(1<<20), filler(1<<20-77)
				run(a, b, fromA, fromB)
				for _, h := range []*halves{a, b} {
					if h.err != nil || h.c.Err() != nil || !h.c.Status().Has(PeerClosed|WriteClosed) {
						t.Fatalf("%v, %v, %v", h.c.Status(), h.c.Err(), h.err)
					}
				}
				if v == cipher.VersionTLS13 && (!bytes.Equal(a.got, fromB) || !bytes.Equal(b.got, fromA)) {
					t.Errorf("received %d of %d and %d of %d bytes, or others", len(a.got), len(fromB), len(b.got), len(fromA))
				}
				// RFC 5246, Section 7.2.1: who gets a close_notify answers with one and drops what it had still to write.
				if !bytes.HasPrefix(fromB, a.got) || !bytes.HasPrefix(fromA, b.got) || len(a.got) < len(fromB) && len(b.got) < len(fromA) {
					t.Errorf("received %d of %d and %d of %d bytes, or others", len(a.got), len(fromB), len(b.got), len(fromA))
				}
			})
		}
	}
}

// TestAnAlertCrossesTheHalves: the inbound half finds a damaged record while the outbound half is busy: the outbound half
// stops, its last record is the alert, and the peer, busy as well, reports it.
func TestAnAlertCrossesTheHalves(t *testing.T) {
	for _, v := range []cipher.Version{cipher.VersionTLS12, cipher.VersionTLS13} {
		a, b := twoEnds(t, only(v), 3)
		a.c.Write(filler(3000))
		p := bytes.Clone(a.c.Outgoing())
		a.c.Sent(len(p))
		p[len(p)-1] ^= 1
		stop := make(chan struct{})
		var senders, receivers sync.WaitGroup
		receivers.Go(a.receive)
		receivers.Go(b.receive)
		senders.Go(func() { a.out <- p; a.send(filler(1<<20), stop) })
		senders.Go(func() { b.sendUntilFailed(filler(5000)) })
		close(stop)
		senders.Wait()
		receivers.Wait()
		if e := b.c.Err().(*record.Error); e.Remote || e.Alert != record.AlertBadRecordMAC || len(b.got) != 0 {
			t.Errorf("%v: the receiver of the damage: %v, %d bytes", v, e, len(b.got))
		}
		if e, ok := a.c.Err().(*record.Error); !ok || !e.Remote || e.Alert != record.AlertBadRecordMAC {
			t.Errorf("%v: the peer: %v", v, a.c.Err())
		}
		if !bytes.HasPrefix(bytes.Repeat(filler(5000), len(a.got)/5000+1), a.got) {
			t.Errorf("%v: what arrived before the alert is not what was sent", v)
		}
	}
}
