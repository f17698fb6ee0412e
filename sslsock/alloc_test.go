//go:build !race && unix

package sslsock

import (
	"io"
	"testing"
	"time"
)

// No allocation per record in either direction, once warm.
func TestReadAndWriteDoNotAllocate(t *testing.T) {
	for _, size := range []int{1, 1000, 16384, 64 << 10} {
		c, s := defaultPair(t, tcpWire)
		out, in := make([]byte, size), make([]byte, size)
		turn := func() {
			if _, err := c.Write(out); err != nil {
				t.Fatal(err)
			}
			if _, err := io.ReadFull(s, in); err != nil {
				t.Fatal(err)
			}
		}
		for range 10 {
			turn()
		}
		if n := testing.AllocsPerRun(100, turn); n > 0 {
			t.Errorf("%d bytes: %v allocations", size, n)
		}
	}
}

// An idle connection over TCP holds no buffer while a goroutine waits in Read. Looking at it there is a race,
// though a harmless one.
func TestWaitingReaderHoldsNoBuffer(t *testing.T) {
	c, s := defaultPair(t, tcpWire)
	data := randomBytes(100_000)
	go s.Write(data)
	readAll(t, c, len(data))
	idle := c.conn.Footprint()
	go c.Read(make([]byte, 1))
	time.Sleep(50 * time.Millisecond)
	if waiting := c.conn.Footprint(); waiting != idle {
		t.Errorf("%d bytes while waiting, %d without", waiting, idle)
	}
	t.Logf("an idle engine connection holds %d bytes", idle)
}

// TestWaitingReaderSleeps: where that was chosen, a connection whose reader waits holds no cipher states, and goes on as if nothing had
// been.
func TestWaitingReaderSleeps(t *testing.T) {
	for _, sleeps := range []bool{false, true} {
		client := clientContext(t)
		client.SetSleepWhileReading(sleeps)
		c, s := pair(t, tcpWire, client, serverContext(t))
		exchange := func() {
			t.Helper()
			go s.Write([]byte("hello"))
			readAll(t, c, 5)
			if _, err := c.Write([]byte("hi")); err != nil {
				t.Fatal(err)
			}
			readAll(t, s, 2)
		}
		exchange()
		awake := c.conn.Footprint()
		came := make(chan error)
		go func() {
			_, err := io.ReadFull(c, make([]byte, 1))
			came <- err
		}()
		time.Sleep(50 * time.Millisecond)
		if waiting := c.conn.Footprint(); (waiting < awake-1000) != sleeps {
			t.Errorf("sleeping chosen: %v; %d bytes while waiting, %d before", sleeps, waiting, awake)
		}
		if _, err := s.Write([]byte("!")); err != nil {
			t.Fatal(err)
		}
		if err := <-came; err != nil {
			t.Fatal(err)
		}
		exchange()
		if !c.Sleep() || c.conn.Footprint() >= awake-1000 {
			t.Error("an idle socket doesn't sleep")
		}
		exchange()
	}
}
