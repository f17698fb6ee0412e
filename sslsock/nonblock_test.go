//go:build linux

package sslsock

import (
	"bytes"
	"errors"
	"io"
	"net"
	"syscall"
	"testing"

	"tlsengine/fuzz/pki"
)

// loopEnd is a connection in an event loop: what it still has to send, and what it still has to get.
type loopEnd struct {
	s        *Socket
	out, in  stream // what is sent and what must come
	unsent   int64  // bytes of out that are not in chunk yet
	missing  int64  // bytes of in
	chunk    []byte // of out, still to be sent
	sending  [40 << 10]byte
	got      [20 << 10]byte
	expected [20 << 10]byte
	wants    uint32 // events to wait for
	done     bool   // everything sent, and the end of the peer's stream seen
	shut     bool
	steps    int64
}

// step goes on as far as it can without waiting.
func (e *loopEnd) step(t *testing.T) {
	t.Helper()
	e.steps++
	e.wants = 0
	if e.blocked(t, e.s.Handshake()) {
		return
	}
	e.write(t)
	e.read(t)
}

func (e *loopEnd) write(t *testing.T) {
	t.Helper()
	for len(e.chunk) > 0 || e.unsent > 0 {
		if len(e.chunk) == 0 {
			e.chunk = e.sending[:min(e.unsent, int64(len(e.sending)))]
			e.out.Read(e.chunk)
			e.unsent -= int64(len(e.chunk))
		}
		n, err := e.s.Write(e.chunk)
		e.chunk = e.chunk[n:]
		if e.blocked(t, err) {
			return
		}
	}
	if !e.shut {
		e.shut = !e.blocked(t, e.s.CloseWrite())
	}
}

func (e *loopEnd) read(t *testing.T) {
	t.Helper()
	for {
		n, err := e.s.Read(e.got[:])
		e.in.Read(e.expected[:n])
		if !bytes.Equal(e.got[:n], e.expected[:n]) {
			t.Fatalf("the contents differ %d bytes before the end", e.missing)
		}
		e.missing -= int64(n)
		if err == io.EOF || errors.Is(err, ErrZeroReturn) { // the latter when both directions are closed
			e.done = e.shut
			return
		}
		if e.blocked(t, err) {
			return
		}
	}
}

func (e *loopEnd) blocked(t *testing.T, err error) bool {
	t.Helper()
	switch {
	case err == nil:
		return false
	case errors.Is(err, ErrWantRead):
		e.wants |= syscall.EPOLLIN
	case errors.Is(err, ErrWantWrite):
		e.wants |= syscall.EPOLLOUT
	default:
		t.Fatal(err)
	}
	return true
}

// S-148, S-276: both ends of a connection live in one goroutine, in a loop around epoll, and move 1 GiB each way
// through sockets whose buffers hold less than a record, so that reading and writing must stop all the time; nothing is
// lost, and there is no step but when there is something to do.
func TestEventLoopInOneGoroutine(t *testing.T) {
	for name, row := range map[string]struct {
		size   int64 // each way
		buffer int   // of each socket; 0: the system's
	}{
		"tcp":  {6 << 20, 0}, // small ones make TCP wait for its own timers
		"unix": {transferSize(), 8 << 10},
	} {
		t.Run(name, func(t *testing.T) {
			c, s := lazyPair(t, wires[name], clientContext(t), serverContext(t))
			ends := []*loopEnd{
				{s: c, out: newStream(1), in: newStream(2), unsent: row.size, missing: row.size},
				{s: s, out: newStream(2), in: newStream(1), unsent: row.size, missing: row.size},
			}
			wanted := runLoop(t, ends, row.buffer)
			for _, e := range ends {
				if e.missing != 0 {
					t.Errorf("%d bytes are missing", e.missing)
				}
				t.Logf("%d steps, %d bytes for each", e.steps, 2*row.size/e.steps)
				if 2*row.size/e.steps < 1<<10 {
					t.Errorf("%d steps for %d bytes each way: the loop is busy", e.steps, row.size)
				}
			}
			if wanted != syscall.EPOLLIN|syscall.EPOLLOUT {
				t.Errorf("only the events %x were ever waited for", wanted)
			}
		})
	}
}

// runLoop drives the ends until they are done, and returns all the events that were waited for.
func runLoop(t *testing.T, ends []*loopEnd, buffer int) (wanted uint32) {
	t.Helper()
	poll, err := syscall.EpollCreate1(0)
	if err != nil {
		t.Fatal(err)
	}
	defer syscall.Close(poll)
	byFD := map[int32]*loopEnd{}
	for _, e := range ends {
		byFD[e.join(t, poll, buffer)] = e
		e.step(t)
	}
	for !ends[0].done || !ends[1].done {
		for fd, e := range byFD {
			wanted |= e.wants
			if err := syscall.EpollCtl(poll, syscall.EPOLL_CTL_MOD, int(fd), &syscall.EpollEvent{Fd: fd, Events: e.wants}); err != nil {
				t.Fatal(err)
			}
		}
		var events [4]syscall.EpollEvent
		n, err := syscall.EpollWait(poll, events[:], 5000)
		if err == syscall.EINTR {
			continue
		}
		if err != nil || n == 0 {
			t.Fatalf("nothing happens any more: %v", err)
		}
		for _, event := range events[:n] {
			byFD[event.Fd].step(t)
		}
	}
	return wanted
}

// join puts an end into the loop and returns its descriptor.
func (e *loopEnd) join(t *testing.T, poll, buffer int) (descriptor int32) {
	t.Helper()
	if err := e.s.SetBlocking(false); err != nil {
		t.Fatal(err)
	}
	raw, err := e.s.SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	_ = raw.Control(func(fd uintptr) {
		descriptor = int32(fd)
		if buffer != 0 {
			err = errors.Join(syscall.SetsockoptInt(int(fd), syscall.SOL_SOCKET, syscall.SO_SNDBUF, buffer),
				syscall.SetsockoptInt(int(fd), syscall.SOL_SOCKET, syscall.SO_RCVBUF, buffer))
		}
		err = errors.Join(err, syscall.EpollCtl(poll, syscall.EPOLL_CTL_ADD, int(fd), &syscall.EpollEvent{Fd: int32(fd)}))
	})
	if err != nil {
		t.Fatal(err)
	}
	return descriptor
}

// S-013, S-273: with bytes that come one at a time each call but the last gives ErrWantRead.
func TestWantReadUntilWhole(t *testing.T) {
	a, b := tcpWire(t)
	c, err := clientContext(t).WrapSocket(a, WithServerHostname(pki.Host), WithDoHandshakeOnConnect(false))
	if err != nil {
		t.Fatal(err)
	}
	if err := c.SetBlocking(false); err != nil {
		t.Fatal(err)
	}
	// The server sits behind a wire that we feed byte by byte.
	inner, outer := tcpWire(t)
	s, err := serverContext(t).WrapSocket(inner, WithServerSide(), WithDoHandshakeOnConnect(false))
	if err != nil {
		t.Fatal(err)
	}
	go func() {
		if s.Handshake() == nil {
			_, _ = s.Write([]byte("hello"))
		}
	}()
	go io.Copy(outer, b)
	wants := 0
	one, buf := make([]byte, 1), make([]byte, 10)
	for {
		err := c.Handshake()
		n := 0
		if err == nil {
			n, err = c.Read(buf)
		}
		if err == nil {
			if string(buf[:n]) != "hello" {
				t.Errorf("%q", buf[:n])
			}
			break
		}
		if err != ErrWantRead {
			t.Fatal(err)
		}
		if e := wantSSL(t, err); e.Code != ErrorWantRead || e.Message != "The operation did not complete (read)" {
			t.Fatalf("%+v", e)
		}
		wants++
		if _, err := outer.Read(one); err != nil {
			t.Fatal(err)
		}
		if _, err := b.Write(one); err != nil {
			t.Fatal(err)
		}
		waitReadable(t, a.(*net.TCPConn))
	}
	if wants < 500 {
		t.Errorf("only %d times", wants)
	}
}

// waitReadable returns when a byte is there.
func waitReadable(t *testing.T, c *net.TCPConn) {
	t.Helper()
	raw, err := c.SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	peek := make([]byte, 1)
	_ = raw.Read(func(fd uintptr) bool {
		n, _, _ := syscall.Recvfrom(int(fd), peek, syscall.MSG_PEEK|syscall.MSG_DONTWAIT)
		return n > 0
	})
}

// S-148, S-144, S-275: transports without a descriptor that is known can't be used so.
func TestNonBlockingNeedsDescriptor(t *testing.T) {
	c, _ := lazyPair(t, pipeWire, clientContext(t), serverContext(t))
	if err := c.SetBlocking(false); !errors.Is(err, errors.ErrUnsupported) {
		t.Errorf("%v", err)
	}
	if _, err := c.SyscallConn(); !errors.Is(err, errors.ErrUnsupported) {
		t.Errorf("%v", err)
	}
	a, _ := tcpWire(t)
	type counting struct{ *net.TCPConn } // may do more than read the descriptor
	w, err := clientContext(t).WrapSocket(counting{a.(*net.TCPConn)}, WithServerHostname(pki.Host), WithDoHandshakeOnConnect(false))
	if err != nil {
		t.Fatal(err)
	}
	if err := w.SetBlocking(false); !errors.Is(err, errors.ErrUnsupported) {
		t.Errorf("a wrapped TCPConn: %v", err)
	}
}
