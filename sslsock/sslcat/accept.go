package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"time"

	"tlsengine/handshake"
	"tlsengine/sslsock"
)

// service is what is done with a client once the handshake is over.
type service interface {
	// serve returns what there is to log about it.
	serve(s socket, i *handshake.Info) (string, error)
	io.Closer
}

const (
	handshakeTime = 10 * time.Second // for a client to finish its handshake
	requestTime   = 30 * time.Second // for a request and its answer
	lingerTime    = time.Second      // for a client to close after us
	lingerBytes   = 64 << 10
	atOnce        = 256 // connections
)

// acceptor serves connections.
type acceptor struct {
	context *sslsock.Context
	service service
	log     *log
	draw    bool
}

// visit is one connection.
type visit struct {
	number int
	socket *sslsock.Socket
	view   *ladder // nil if nothing is to be drawn
}

// run accepts connections until ctx ends, or once.
func (a *acceptor) run(ctx context.Context, l net.Listener, once bool) error {
	stop := context.AfterFunc(ctx, func() { _ = l.Close() })
	defer stop()
	places := make(chan struct{}, atOnce)
	var all sync.WaitGroup
	defer all.Wait()
	for number := 1; ; number++ {
		conn, err := l.Accept()
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			return err
		}
		v, err := a.wrap(conn, number)
		if err != nil {
			_ = conn.Close()
			return err // nothing of it depends on the client
		}
		if once {
			_ = l.Close()
			if !a.attend(ctx, v) {
				return errNotOne
			}
			return nil
		}
		places <- struct{}{}
		all.Go(func() {
			a.attend(ctx, v)
			<-places
		})
	}
}

// wrap makes a socket of a connection, with a ladder of its own if there shall be one. No byte is read or written yet.
func (a *acceptor) wrap(conn net.Conn, number int) (v visit, err error) {
	v.number = number
	if a.draw {
		v.view = newLadder(a.log, handshake.ServerRole, fmt.Sprintf("#%d", number))
		a.context.SetTrace(v.view.trace())
	}
	v.socket, err = a.context.WrapSocket(conn, sslsock.WithServerSide(), sslsock.WithDoHandshakeOnConnect(false))
	return v, err
}

// attend serves one connection, closes it and logs what it was. It reports whether all went well.
func (a *acceptor) attend(ctx context.Context, v visit) bool {
	stop := context.AfterFunc(ctx, func() { _ = v.socket.Close() })
	defer stop()
	defer v.socket.Close()
	err := a.converse(v)
	if err == nil || ctx.Err() != nil {
		return true
	}
	a.log.line("#%d  failed: %s", v.number, explain(err, handshake.ServerRole))
	return false
}

func (a *acceptor) converse(v visit) error {
	s := v.socket
	a.log.line("#%d  from %v", v.number, s.RemoteAddr())
	if err := s.SetDeadline(time.Now().Add(handshakeTime)); err != nil {
		return err
	}
	if err := s.Handshake(); err != nil {
		return err
	}
	if err := s.SetDeadline(time.Time{}); err != nil {
		return err
	}
	i := s.HandshakeInfo()
	a.log.line("#%d  %s", v.number, negotiated(i))
	what, err := a.service.serve(drawn(s, v.view), i)
	if what != "" {
		a.log.line("#%d  %s", v.number, what)
	}
	if err == nil {
		finish(drawn(s, v.view))
	}
	return err
}

// finish closes our direction and waits a little for the client to close its own: closing with input unread would
// make the kernel reset the connection, and the client might lose the end of the answer. A client that has gone needs
// none of it, so that nothing here is an error.
func finish(s socket) {
	if s.CloseWrite() == nil && s.SetReadDeadline(time.Now().Add(lingerTime)) == nil {
		_, _ = io.CopyN(io.Discard, s, lingerBytes)
	}
}

// errNotOne is for an only connection that failed; the log has said why.
var errNotOne = errors.New("the only connection failed")

// log writes whole lines, whoever calls.
type log struct {
	mu sync.Mutex
	w  io.Writer
}

func (l *log) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.w.Write(p)
}

func (l *log) line(format string, args ...any) { fmt.Fprintf(l, format+"\n", args...) }
