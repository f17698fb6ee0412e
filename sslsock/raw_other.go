//go:build !unix

package sslsock

import (
	"net"

	"tlsengine/engine"
)

// rawConn is for systems whose sockets are Unix descriptors; here there is none.
type rawConn struct{}

func newRawConn(net.Conn, *engine.Conn) *rawConn { return nil }

func (*rawConn) receive(bool) (int, error) { return 0, unsupportedError("no raw descriptors here") }
func (*rawConn) send([]byte) (int, error)  { return 0, unsupportedError("no raw descriptors here") }
