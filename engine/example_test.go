package engine_test

import (
	"fmt"
	"time"

	"tlsengine/engine"
	"tlsengine/fuzz/pki"
	"tlsengine/handshake"
	"tlsengine/x509lite"
)

// Two ends of a connection, and nothing between them: what a program with an event loop does with a socket, this one
// does with the other end.
func Example() {
	shared := pki.New()
	identity := shared.Identities[x509lite.KeyP256]
	credential, err := handshake.NewCredential(identity.Chain, identity.Key, nil)
	check(err)
	clock := func() time.Time { return pki.Time }
	client := start(engine.Client, &engine.Config{Roots: shared.Roots, Time: clock}, engine.Options{ServerName: pki.Host})
	server := start(engine.Server, &engine.Config{Credentials: []*handshake.Credential{credential}, Time: clock}, engine.Options{})

	for carry(client, server) || carry(server, client) {
	}
	fmt.Println(client.Info().Version, client.Info().Group)

	client.Write([]byte("hello"))
	carry(client, server)
	fmt.Printf("%s\n", server.Peek())
	server.Discard(len("hello"))

	client.CloseWrite()
	carry(client, server)
	fmt.Println(server.Peek() == nil, server.Status().Has(engine.PeerClosed))
	// Output:
	// TLSv1.3 X25519MLKEM768
	// hello
	// true true
}

// start makes one end.
func start(end func(*engine.Params, engine.Options) (*engine.Conn, error), c *engine.Config, o engine.Options) *engine.Conn {
	params, err := c.Freeze()
	check(err)
	conn, err := end(params, o)
	check(err)
	return conn
}

// carry moves what one end has to send, and tells whether there was any.
func carry(from, to *engine.Conn) bool {
	n, err := to.Feed(from.Outgoing())
	check(err)
	from.Sent(n)
	return n > 0
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}
