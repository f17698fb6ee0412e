//go:build unix

package engine_test

import (
	"fmt"
	"syscall"
	"time"

	"tlsengine/engine"
	"tlsengine/fuzz/pki"
	"tlsengine/handshake"
	"tlsengine/x509lite"
)

// A client and a server in one event loop, over sockets that don't block. A real loop waits until one of its sockets is readable or
// writable; this one tries them in turn.
func Example_eventLoop() {
	roots, host := pki.New().Roots, pki.Host
	config := engine.Config{Roots: roots}
	config.Time = func() time.Time { return pki.Time } // the example's certificate is of a certain day
	params, err := config.Freeze()
	check(err)
	conn, err := engine.Client(params, engine.Options{ServerName: host})
	check(err)
	server := exampleServer(config.Time)
	fd, serverFD, done := socketPair()
	defer done()

	said, heard := false, ""
	for heard == "" {
		readable(fd, conn, func(data []byte) { heard = string(data) })
		if !said && conn.Status().Has(engine.CanWrite) {
			conn.Write([]byte("hello"))
			said = true
		}
		writable(fd, conn)
		readable(serverFD, server, func(data []byte) { server.Write(fmt.Appendf(nil, "you said %s", data)) })
		writable(serverFD, server)
	}
	fmt.Println(heard)
	// Output: you said hello
}

// readable is for a socket that has something to read, or is said to.
func readable(fd int, conn *engine.Conn, handle func(data []byte)) {
	n, err := syscall.Read(fd, conn.Buffer())
	conn.Commit(n)
	if n == 0 && err == nil {
		conn.FeedEOF()
	}
	for data := conn.Peek(); data != nil; data = conn.Peek() {
		handle(data)
		conn.Discard(len(data))
	}
}

// writable is for a socket that takes something.
func writable(fd int, conn *engine.Conn) {
	if conn.Status().Has(engine.HasOutput) {
		n, _ := syscall.Write(fd, conn.Outgoing())
		conn.Sent(max(n, 0))
	}
}

// exampleServer makes a server's end.
func exampleServer(clock func() time.Time) *engine.Conn {
	identity := pki.New().Identities[x509lite.KeyP256]
	credential, err := handshake.NewCredential(identity.Chain, identity.Key, nil)
	check(err)
	return start(engine.Server, &engine.Config{Credentials: []*handshake.Credential{credential}, Time: clock}, engine.Options{})
}

// socketPair returns two sockets that are connected to each other and don't block.
func socketPair() (a, b int, done func()) {
	pair, err := syscall.Socketpair(syscall.AF_UNIX, syscall.SOCK_STREAM, 0)
	check(err)
	check(syscall.SetNonblock(pair[0], true))
	check(syscall.SetNonblock(pair[1], true))
	return pair[0], pair[1], func() {
		syscall.Close(pair[0])
		syscall.Close(pair[1])
	}
}
