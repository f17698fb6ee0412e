package engine_test

import (
	"fmt"
	"time"

	"tlsengine/cipher"
	"tlsengine/engine"
	"tlsengine/handshake"
)

// This file shows what one connection leaves to the next, and what goes on before and after a handshake.

// resuming returns configurations whose sessions are told of in *last.
func resuming(last **handshake.Session) (clients, servers *engine.Config) {
	clients, servers = ends()
	keys, err := engine.RandomTicketKeys(engine.Rotation{Time: clock, Period: 24 * time.Hour})
	check(err)
	servers.Tickets = keys
	clients.NewSession = func(s *handshake.Session, _ any) { *last = s }
	return clients, servers
}

// Early data saves a round trip, and can be sent again by whoever saw it: it is for what does no harm when it comes twice. Both
// ends say how much they take, and the server remembers what it took.
func Example_earlyData() {
	var session *handshake.Session
	clients, servers := resuming(&session)
	clients.MaxEarlyData, servers.MaxEarlyData = 1000, 1000
	params, err := servers.Freeze() // both connections share what is remembered
	check(err)
	for range 2 {
		client := start(engine.Client, clients, engine.Options{ServerName: "example.test", Session: session})
		server, err := engine.Server(params, engine.Options{})
		check(err)
		if client.Status().Has(engine.CanWriteEarly) {
			client.Write([]byte("GET /"))
		}
		for carry(client, server) || carry(server, client) {
			if data := server.Peek(); len(data) > 0 {
				fmt.Printf("%s, early: %v\n", data, server.Status().Has(engine.PlaintextIsEarly))
				server.Discard(len(data))
			}
		}
		client.Peek() // tickets are behind the handshake
		fmt.Println(client.Info().EarlyData)
	}
	// Output:
	// not offered
	// GET /, early: true
	// accepted
}

// shelf is an application's own store of sessions: a ticket is a place on it.
type shelf struct{ sessions map[string]*handshake.Session }

func (s *shelf) Seal(session *handshake.Session, _ []byte) ([]byte, error) {
	place := fmt.Sprintf("place %d", len(s.sessions)) // in earnest, something that nobody can guess
	s.sessions[place] = session
	return []byte(place), nil
}

func (s *shelf) Open(ticket []byte) (session *handshake.Session, renew bool) {
	return s.sessions[string(ticket)], false
}

// An application that seals tickets itself gives a handshake.TicketSealer: TicketKeys is one, which encrypts; this one keeps
// the sessions.
func Example_ownTickets() {
	var session *handshake.Session
	clients, servers := resuming(&session)
	servers.Tickets = &shelf{map[string]*handshake.Session{}}
	for range 2 {
		client, _ := meet(clients, servers, engine.Options{Session: session})
		client.Peek()
		fmt.Printf("%v, and for the next time %q\n", client.Info().Resumed, session.Ticket())
	}
	// Output:
	// false, and for the next time "place 1"
	// true, and for the next time "place 3"
}

// False start (RFC 7918): a client of TLS 1.2 writes before the server has confirmed what was negotiated. ExportEarly binds
// what it says to its connection.
func Example_falseStart() {
	clients, servers := ends()
	clients.MaxVersion, clients.FalseStart = cipher.VersionTLS12, handshake.FalseStartAlways
	client, server := start(engine.Client, clients, engine.Options{ServerName: "example.test"}), start(engine.Server, servers, engine.Options{})
	carry(client, server)
	carry(server, client)
	fmt.Println(client.Status().Has(engine.CanWrite), client.Status().Has(engine.HandshakeDone))
	client.Write([]byte("GET /"))
	carry(client, server)
	fmt.Printf("%s\n", server.Peek())
	// Output:
	// true false
	// GET /
}

// Renegotiation (RFC 5746) is another handshake on a connection of TLS 1.2, here because the server wants to know the client
// now. It is refused unless Config says how often.
func Example_renegotiation() {
	clients, servers := ends()
	clients.MaxVersion = cipher.VersionTLS12
	clients.Renegotiation, servers.Renegotiation = handshake.RenegotiationOnce, handshake.RenegotiationOnce
	client, server := meet(clients, servers, engine.Options{})
	check(server.Renegotiate())
	for carry(server, client) || carry(client, server) {
		for _, end := range []*engine.Conn{client, server} {
			end.Peek()
			check(end.Resume()) // the question whether to follow is answered by the configuration
		}
	}
	fmt.Println(client.Info().Renegotiations, server.Info().Renegotiations)
	// Output: 1 1
}
