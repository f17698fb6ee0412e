package engine

import (
	"tlsengine/handshake"
	"tlsengine/record"
)

// Direction says which way something went.
type Direction uint8

// The directions.
const (
	Inbound Direction = iota
	Outbound
)

// String returns "in" or "out".
func (d Direction) String() string {
	if d == Outbound {
		return "out"
	}
	return "in"
}

// Trace is a set of functions that get to see what happens inside a connection, in the manner of
// net/http/httptrace. Each may be nil. They are called by the goroutine that drives the half of the connection in which
// it happens, and must neither call the Conn nor keep the slices. No secret passes through them.
type Trace struct {
	// Record is told of each record on the wire, those that are dropped included: its outer type, and the length of its
	// payload behind the header. An inbound record is told of before it is opened.
	Record func(d Direction, t record.ContentType, length int)
	// Message is told of each handshake message, header included: when it arrived whole and is about to be handled, or
	// when it is about to be sealed.
	Message func(d Direction, t handshake.MessageType, message []byte)
	// InnerHello is told of each ClientHello that is encrypted in the next Message (outbound), or was in an earlier one (inbound;
	// RFC 9849): the whole message, with the name that nobody else gets to see.
	InnerHello func(d Direction, message []byte)
	// ChangeCipherSpec is told of each ChangeCipherSpec, those of TLS 1.3 included, which mean nothing.
	ChangeCipherSpec func(d Direction)
	// Alert is told of each alert.
	Alert func(d Direction, a record.Alert)
	// Keys is told when a direction changes to the keys of another epoch.
	Keys func(d Direction, e handshake.Epoch)
	// State is told when the handshake goes from one state to another.
	State func(from, to string)
	// Operation is told of each question, before it is answered.
	Operation func(op handshake.Operation)
}

// watch returns what a half's records are shown to, nil if nobody wants to see them.
func (t *Trace) watch(d Direction) func(record.Header) {
	if t.Record == nil && t.ChangeCipherSpec == nil {
		return nil
	}
	return func(h record.Header) {
		if t.Record != nil {
			t.Record(d, h.Type, h.Length)
		}
		if t.ChangeCipherSpec != nil && h.Type == record.TypeChangeCipherSpec {
			t.ChangeCipherSpec(d)
		}
	}
}
