package main

import (
	"errors"
	"io"
	"net"
	"sync/atomic"
	"time"

	"tlsengine/engine"
	"tlsengine/sslsock"
)

// socket is what the commands do with a TLS connection once it stands.
type socket interface {
	net.Conn
	CloseWrite() error
}

// drawnSocket draws what is read and written.
type drawnSocket struct {
	*sslsock.Socket
	view *ladder
	note func(data []byte) string
}

// drawn returns s, drawn into view if there is one.
func drawn(s *sslsock.Socket, view *ladder) socket {
	if view == nil {
		return s
	}
	return drawnSocket{s, view, func([]byte) string { return "" }}
}

func (s drawnSocket) Read(p []byte) (int, error) {
	n, err := s.Socket.Read(p)
	if n > 0 {
		s.view.data(engine.Inbound, n, s.note(p[:n]))
	}
	return n, err
}

// Write draws before it writes, like the trace of messages: the answer may come before Write returns.
func (s drawnSocket) Write(p []byte) (int, error) {
	s.view.data(engine.Outbound, len(p), s.note(p))
	return s.Socket.Write(p)
}

// quiet is how long the peer must have said nothing after the end of standard input before it is told of the end: many
// servers stop answering when they see it.
const quiet = time.Second

// bufferSize is that of a copy in one direction: several records at once.
const bufferSize = 64 << 10

// exchange copies standard input to the peer and the peer to standard output, until the peer closes or a direction fails.
// The error is that of the direction that tells more.
func exchange(std stdio, s socket) error {
	var heard atomic.Int64 // when something came last, in nanoseconds
	heard.Store(time.Now().UnixNano())
	sent := make(chan error, 1)
	go func() { sent <- send(s, std.in, &heard) }()
	received := receive(std.out, s, &heard)
	if received == nil && s.SetWriteDeadline(time.Now().Add(quiet)) == nil {
		// The peer may have answered before a Write of ours returned, and Close sends nothing in the middle of one.
		_ = s.CloseWrite()
	}
	select {
	case err := <-sent:
		var local *localError
		if received == nil || errors.As(err, &local) {
			return err
		}
	default: // the peer closed, and standard input is still open
	}
	return received
}

// send copies in to the peer, and closes our direction when in has ended and the peer has gone quiet.
func send(s socket, in io.Reader, heard *atomic.Int64) error {
	buffer := make([]byte, bufferSize)
	for {
		n, err := in.Read(buffer)
		if n > 0 {
			if _, err := s.Write(buffer[:n]); err != nil {
				return err
			}
		}
		if err == io.EOF {
			break
		}
		if err != nil {
			_ = s.Close() // the other direction would wait for answers that nobody asked for
			return &localError{"standard input", err}
		}
	}
	heard.Store(time.Now().UnixNano())
	for {
		left := quiet - time.Duration(time.Now().UnixNano()-heard.Load())
		if left <= 0 {
			return ignoreClosed(s.CloseWrite())
		}
		time.Sleep(left)
	}
}

// receive copies the peer to out.
func receive(out io.Writer, s socket, heard *atomic.Int64) error {
	buffer := make([]byte, bufferSize)
	for {
		n, err := s.Read(buffer)
		if n > 0 {
			heard.Store(time.Now().UnixNano())
			if _, err := out.Write(buffer[:n]); err != nil {
				return &localError{"standard output", err}
			}
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// localError is a failure at our end that has nothing to do with the connection.
type localError struct {
	what string
	err  error
}

func (e *localError) Error() string { return e.what + ": " + e.err.Error() }
func (e *localError) Unwrap() error { return e.err }

// ignoreClosed passes over the error of a connection that is closed already.
func ignoreClosed(err error) error {
	if errors.Is(err, net.ErrClosed) {
		return nil
	}
	return err
}
