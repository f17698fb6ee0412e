//go:build unix

package sslsock

import (
	"io"
	"net"
	"syscall"

	"tlsengine/engine"
)

// rawConn uses the descriptor of a transport. It waits for readiness and only then takes memory to read into, so that an
// idle connection holds none.
type rawConn struct {
	conn *engine.Conn
	file syscall.RawConn

	// For receive, with the reading turn.
	wait  bool
	got   int
	inErr error
	read  func(fd uintptr) bool // r.readOnce, stored so that no call allocates it

	// For send, with the writing turn.
	out    []byte
	sent   int
	outErr error
	write  func(fd uintptr) bool
}

// newRawConn returns nil if the transport isn't one of those whose Read and Write are known to do nothing but read and write the
// descriptor. A type that embeds one of them may do more.
func newRawConn(transport net.Conn, conn *engine.Conn) *rawConn {
	var source syscall.Conn
	switch t := transport.(type) {
	case *net.TCPConn:
		source = t
	case *net.UnixConn:
		source = t
	default:
		return nil
	}
	file, err := source.SyscallConn()
	if err != nil {
		return nil
	}
	r := &rawConn{conn: conn, file: file}
	r.read, r.write = r.readOnce, r.writeOnce
	return r
}

// receive reads into the engine's buffer, once. With n > 0 the buffer is lent and the caller commits it. Without wait
// the error is ErrWantRead when nothing is there.
func (r *rawConn) receive(wait bool) (n int, err error) {
	r.wait, r.got, r.inErr = wait, 0, nil
	if err := r.file.Read(r.read); err != nil {
		return 0, err // the deadline, or closed
	}
	return r.got, r.inErr
}

// readOnce reports whether it is done.
func (r *rawConn) readOnce(fd uintptr) bool {
	n, err := again(syscall.Read, fd, r.conn.Buffer())
	if n > 0 {
		r.got = n
		return true
	}
	_ = r.conn.Commit(0) // gives the buffer back
	switch {
	case err == syscall.EAGAIN && r.wait:
		return false
	case err == syscall.EAGAIN:
		r.inErr = ErrWantRead
	case err != nil:
		r.inErr = err
	default:
		r.inErr = io.EOF
	}
	return true
}

// send writes once and doesn't wait: the error is ErrWantWrite when nothing can be written.
func (r *rawConn) send(p []byte) (n int, err error) {
	r.out, r.sent, r.outErr = p, 0, nil
	err = r.file.Write(r.write)
	r.out = nil
	if err != nil {
		return 0, err
	}
	return r.sent, r.outErr
}

func (r *rawConn) writeOnce(fd uintptr) bool {
	n, err := again(syscall.Write, fd, r.out)
	switch {
	case n > 0:
		r.sent = n
	case err == syscall.EAGAIN:
		r.outErr = ErrWantWrite
	case err != nil:
		r.outErr = err
	default:
		r.outErr = io.ErrShortWrite
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
