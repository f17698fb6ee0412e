package sslsock

import (
	"bytes"
	"io"
	"net"
	"sync"
	"testing"
	"time"
)

// S-004: one goroutine writes while another reads, at both ends at once, with keys changing meanwhile.
func TestBothDirectionsAtOnce(t *testing.T) {
	const size = 4 << 20
	for name, w := range wires {
		for _, v := range []TLSVersion{VersionTLS12, VersionTLS13} {
			t.Run(name+"/"+v.String(), func(t *testing.T) {
				t.Parallel()
				client := clientContext(t)
				if err := client.SetMaximumVersion(v); err != nil {
					t.Fatal(err)
				}
				c, s := pair(t, w, client, serverContext(t))
				data := randomBytes(size)
				var all sync.WaitGroup
				for _, end := range []*Socket{c, s} {
					all.Go(func() {
						for rest := data; len(rest) > 0; {
							n := min(len(rest), 300_000)
							if err := end.UpdateKeys(true); err != nil {
								t.Error(err)
							}
							if _, err := end.Write(rest[:n]); err != nil {
								t.Error(err)
								return
							}
							rest = rest[n:]
						}
					})
					all.Go(func() {
						got := make([]byte, size)
						if n, err := io.ReadFull(end, got); err != nil || !bytes.Equal(got, data) {
							t.Errorf("%d bytes, %v", n, err)
						}
					})
				}
				within(t, "the transfer", all.Wait)
			})
		}
	}
}

// A writer that is stuck in the transport does not keep the other goroutine from reading, nor does the reader's debt
// to the peer block it.
func TestStuckWriterDoesNotBlockReader(t *testing.T) {
	for name, w := range wires {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, s := defaultPair(t, w)
			stuck, big := make(chan error, 1), make([]byte, 32<<20)
			go func() {
				_, err := c.Write(big) // more than any transport holds; s doesn't read
				stuck <- err
			}()
			time.Sleep(50 * time.Millisecond)
			go func() {
				_ = s.UpdateKeys(true)
				_, _ = s.Write([]byte("hello"))
			}()
			within(t, "reading", func() {
				if got := readAll(t, c, 5); string(got) != "hello" {
					t.Errorf("%q", got)
				}
			})
			within(t, "closing", func() { _ = c.Close() })
			within(t, "the writer", func() {
				if err := <-stuck; err == nil {
					t.Error("Write says that all was written")
				}
			})
		})
	}
}

// Many records go out with one write of the transport.
func TestManyRecordsInOneWrite(t *testing.T) {
	counting := &countingConn{}
	c, s := defaultPair(t, func(t testing.TB) (a, b net.Conn) {
		counting.Conn, b = tcpWire(t)
		return counting, b
	})
	go io.Copy(io.Discard, s)
	before := counting.writes
	if _, err := c.Write(make([]byte, 64<<10)); err != nil {
		t.Fatal(err)
	}
	if n := counting.writes - before; n != 1 {
		t.Errorf("64 KiB took %d writes of the transport, the largest of %d bytes", n, counting.largest)
	}
}

// S-151, S-153: sizes at the edges of records, and none.
func TestSizesAtEdgesOfRecords(t *testing.T) {
	c, s := defaultPair(t, tcpWire)
	if n, err := c.Read(nil); n != 0 || err != nil {
		t.Errorf("Read into nothing: %d, %v", n, err)
	}
	for _, size := range []int{0, 1, 16383, 16384, 16385, 1 << 20} {
		data := randomBytes(size)
		go func() {
			if n, err := s.Write(data); n != size || err != nil {
				t.Errorf("Write of %d: %d, %v", size, n, err)
			}
		}()
		if got := readAll(t, c, size); !bytes.Equal(got, data) {
			t.Errorf("%d bytes differ", size)
		}
	}
}
