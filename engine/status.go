package engine

import "strings"

// Status is a set of facts about a connection as its inbound half sees them.
type Status uint32

// The bits of Status.
const (
	// WantsInput: nothing more happens without bytes from the peer.
	WantsInput Status = 1 << iota
	// HasOutput: Outgoing has something to transmit.
	HasOutput
	// Readable: decrypted bytes, or at least one whole record, wait for Read.
	Readable
	// CanWrite: Write takes application data. On a server that has taken early data it does so before HandshakeDone too, and so it
	// does on a client with Config.FalseStart.
	CanWrite
	// CanWriteEarly: Write takes early data, which the server may refuse and whoever saw it may send again.
	CanWriteEarly
	// PlaintextIsEarly: what Read returns next is early data. The handshake goes on when all of it was read.
	PlaintextIsEarly
	// WantsAnswer: an operation waits in Pending.
	WantsAnswer
	// HandshakeDone: the handshake is over; Info tells what came of it.
	HandshakeDone
	// PeerClosed: the peer's close_notify came; Rest holds what followed it.
	PeerClosed
	// WriteClosed: our close_notify is queued or sent.
	WriteClosed
	// Failed: Err says why there is no connection any more.
	Failed
	// Renegotiating: another handshake is under way on the connection. All calls need both halves until it is done.
	Renegotiating
)

var statusNames = [...]string{"WantsInput", "HasOutput", "Readable", "CanWrite", "CanWriteEarly", "PlaintextIsEarly",
	"WantsAnswer", "HandshakeDone", "PeerClosed", "WriteClosed", "Failed", "Renegotiating"}

// Has tells whether all bits of b are set.
func (s Status) Has(b Status) bool { return s&b == b }

// String names the bits, as in "WantsInput|HandshakeDone".
func (s Status) String() string {
	var names []string
	for i, n := range statusNames {
		if s>>i&1 == 1 {
			names = append(names, n)
		}
	}
	return strings.Join(names, "|")
}
