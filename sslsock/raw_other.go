//go:build !unix

package sslsock

import "net"

// rawConn is for systems whose sockets are Unix descriptors; here there is none.
type rawConn struct{}

func (*Socket) rawOf(net.Conn) rawConn { return rawConn{} }

func (*rawConn) usable() bool { return false }

func (*Socket) receiveRaw() (int, error)    { return 0, unsupportedError("no raw descriptors here") }
func (*Socket) sendRaw([]byte) (int, error) { return 0, unsupportedError("no raw descriptors here") }
