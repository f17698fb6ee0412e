package handshake

import "fmt"

// A State is one node of the handshake's graph: what has been agreed so far, and what may come next. States are named
// as in RFC 8446, Appendix A; before TLS 1.3, for the message awaited.
//
// A state holds exactly what is valid in it and does not change once it was returned, so that a connection can be
// cloned between any two messages. The one thing that happens to it afterwards is that its secrets are cleared when it is
// left (forget.go).
type State interface {
	// Name is the state's name in the graph, such as "client13.WaitFinished".
	Name() string

	// Expects is the set of messages that may come now. The Machine refuses all others on their four-byte header.
	Expects() MessageSet

	// Flow says what application data may be read and written meanwhile.
	Flow() Flow

	// On handles a message of Expects and returns the next state. m, and all that it holds, is valid until On returns,
	// but for a ClientHello, which stays. On an error nothing of out is carried out.
	On(c *Context, m Message, out *Flight) (State, error)

	// clone returns a copy that has secrets of its own.
	clone() State
}

// A waitingState waits for an answer from the application in place of a message from the peer. Its Expects is empty
// and its On is never called.
type waitingState interface {
	State

	// Operation is the question. It stays the same until it is answered.
	Operation() Operation

	// Resume goes on with the answer.
	Resume(c *Context, out *Flight) (State, error)
}

// An endState is the last of a connection: once all that led to it has been carried out, the connection ends.
type endState interface {
	State

	// end returns why.
	end() error
}

// Permission says which application data may flow in one direction.
type Permission uint8

// The permissions.
const (
	NoData    Permission = iota
	EarlyData            // TLS 1.3 early data (RFC 8446, Section 2.3)
	HalfRTT              // data before the peer's Finished: a server's (RFC 8446, Section 4.4.4), or a client's (RFC 7918)
	AllData
)

var permissionNames = [...]string{"nothing", "early data", "half-RTT data", "everything"}

// String names the data.
func (p Permission) String() string { return nameIn(permissionNames[:], "permission", uint8(p)) }

// Flow is what a state lets through.
type Flow struct{ Read, Write Permission }

// handshaking is embedded by every state in which no application data flows.
type handshaking struct{}

// Flow returns a Flow of nothing.
func (handshaking) Flow() Flow { return Flow{} }

// connectedFlow is embedded by the states after the handshake.
type connectedFlow struct{}

// Flow returns a Flow of everything.
func (connectedFlow) Flow() Flow { return Flow{Read: AllData, Write: AllData} }

// waits is embedded by every waitingState: no message is awaited, no data flows.
type waits struct{ handshaking }

// Expects returns the empty set.
func (waits) Expects() MessageSet { return MessageSet{} }

// On is never called, since Expects is empty.
func (waits) On(*Context, Message, *Flight) (State, error) {
	panic("handshake: a message was handed to a state that waits for an answer")
}

// inOnePiece returns an empty state that waits and an empty question for it, which share one piece of memory: for those that every
// connection of a server goes through.
func inOnePiece[S, O any]() (*S, *O) {
	both := new(struct {
		state    S
		question O
	})
	return &both.state, &both.question
}

// nameIn is the String of a small enumeration: the name in its list, or the number with what it is of.
func nameIn(names []string, what string, n uint8) string {
	if int(n) < len(names) {
		return names[n]
	}
	return fmt.Sprintf("%s %d", what, n)
}
