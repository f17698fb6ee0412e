package handshake

import "sync"

// Messages live for a moment: a received one is valid until its handler returns, and one to be sent until it is written. So the
// memory of those that are large or in every handshake is used again, by all connections of the process. What they held is
// cleared first. The exception is ClientHello, which stays for as long as its handshake.

// A messageRoom has the memory of messages of one type that nobody uses.
type messageRoom[T any] struct{ pool sync.Pool }

// take returns an empty message.
func (r *messageRoom[T]) take() *T {
	if m, ok := r.pool.Get().(*T); ok {
		return m
	}
	return new(T)
}

// give takes a message back that nobody refers to any more. The slices in it are not the room's.
func (r *messageRoom[T]) give(m *T) {
	var empty T
	*m = empty
	r.pool.Put(m)
}

var (
	serverHellos        messageRoom[ServerHello]
	encryptedExtensions messageRoom[EncryptedExtensions]
	certificateRequests messageRoom[CertificateRequest]
	newSessionTickets   messageRoom[NewSessionTicket]
	finisheds           messageRoom[Finished]
)

// giveMessage takes back a received message, after its handler.
func giveMessage(m Message) {
	switch m := m.(type) {
	case *ServerHello:
		serverHellos.give(m)
	case *EncryptedExtensions:
		encryptedExtensions.give(m)
	case *CertificateRequest:
		certificateRequests.give(m)
	case *NewSessionTicket:
		newSessionTickets.give(m)
	case *Finished:
		finisheds.give(m)
	}
}
