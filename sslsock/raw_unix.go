//go:build unix

package sslsock

import (
	"io"
	"net"
	"syscall"
)

// rawConn uses the descriptor of a transport. A reader waits for readiness and only then takes memory to read into, so
// that an idle connection holds none.
type rawConn struct {
	file syscall.RawConn
	read func(fd uintptr) bool // (*Socket).readRaw, stored so that no call allocates it
	got  int                   // by read: that many bytes, 0 at the end, or an error's number, negative. Belongs to reading
	out  *rawOut               // made with the first write that doesn't wait. Belongs to writing
}

// rawOut is what writes without waiting.
type rawOut struct {
	p     []byte
	sent  int
	err   error
	write func(fd uintptr) bool // o.writeOnce, stored likewise
}

// rawOf returns what is empty if the transport isn't one of those whose Read and Write are known to do nothing but read and
// write the descriptor. A type that embeds one of them may do more.
func (s *Socket) rawOf(transport net.Conn) rawConn {
	var source syscall.Conn
	switch t := transport.(type) {
	case *net.TCPConn:
		source = t
	case *net.UnixConn:
		source = t
	default:
		return rawConn{}
	}
	file, err := source.SyscallConn()
	if err != nil {
		return rawConn{}
	}
	return rawConn{file: file, read: s.readRaw}
}

// usable reports whether there is a descriptor.
func (r *rawConn) usable() bool { return r.file != nil }

// receiveRaw reads into the engine's buffer, once. With n > 0 the buffer is lent and the caller commits it. A socket that
// doesn't wait gives ErrWantRead when nothing is there.
func (s *Socket) receiveRaw() (n int, err error) {
	s.raw.got = 0
	if err := s.raw.file.Read(s.raw.read); err != nil {
		return 0, err // the deadline, or closed
	}
	switch got := s.raw.got; {
	case got > 0:
		return got, nil
	case got == 0:
		return 0, io.EOF
	case syscall.Errno(-got) == syscall.EAGAIN:
		return 0, ErrWantRead
	default:
		return 0, syscall.Errno(-got)
	}
}

// readRaw reports whether it is done: while it isn't, the reader waits.
func (s *Socket) readRaw(fd uintptr) bool {
	n, err := again(syscall.Read, fd, s.conn.Buffer())
	if n > 0 {
		s.raw.got = n
		return true
	}
	_ = s.conn.Commit(0) // gives the buffer back
	s.raw.got = 0
	if err == syscall.EAGAIN && !s.nonBlocking.Load() {
		s.doze()
		return false
	}
	if err != nil {
		s.raw.got = -int(err.(syscall.Errno))
	}
	return true
}

// sendRaw writes once and doesn't wait: the error is ErrWantWrite when nothing can be written.
func (s *Socket) sendRaw(p []byte) (n int, err error) {
	o := s.raw.out
	if o == nil {
		o = new(rawOut)
		o.write = o.writeOnce
		s.raw.out = o
	}
	o.p, o.sent, o.err = p, 0, nil
	err = s.raw.file.Write(o.write)
	o.p = nil
	if err != nil {
		return 0, err
	}
	return o.sent, o.err
}

func (o *rawOut) writeOnce(fd uintptr) bool {
	n, err := again(syscall.Write, fd, o.p)
	switch {
	case n > 0:
		o.sent = n
	case err == syscall.EAGAIN:
		o.err = ErrWantWrite
	case err != nil:
		o.err = err
	default:
		o.err = io.ErrShortWrite
	}
	return true
}

// again calls f until no signal interrupts it.
func again(f func(int, []byte) (int, error), fd uintptr, p []byte) (int, error) {
	for {
		n, err := f(int(fd), p)
		if err != syscall.EINTR {
			return n, err
		}
	}
}
