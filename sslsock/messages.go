package sslsock

import (
	"sync/atomic"

	"tlsengine/engine"
	"tlsengine/handshake"
	"tlsengine/record"
)

// MessageInfo is a message of the protocol that a connection has got or is about to send: one of the handshake, an alert or a
// ChangeCipherSpec. Application data isn't shown, and neither are keys.
type MessageInfo struct {
	Socket      *Socket // whose it is; nil for an Object's
	Object      *Object // whose it is; nil for a Socket's
	Direction   engine.Direction
	Version     TLSVersion            // of the connection; 0 until it is chosen
	ContentType record.ContentType    // TypeHandshake, TypeAlert or TypeChangeCipherSpec
	Handshake   handshake.MessageType // of a message of the handshake
	Alert       AlertDescription      // of an alert

	// Data is a message of the handshake, its header included, as plain text. It is valid until the function returns.
	Data []byte
}

// SetMessageCallback sets a function that gets to see the messages of each connection, for debugging. It is called by
// whoever drives the connection, for several connections at once, and must not use the Socket or Object but for telling
// them apart. nil shows nobody. What SetTrace has set sees everything all the same.
func (c *Context) SetMessageCallback(see func(MessageInfo)) {
	c.change(func(s *settings) { s.onMessage = see })
}

// watched returns params that show the messages of one connection, whose owner is a Socket or an Object.
func watched(params *engine.Params, see func(MessageInfo), owner helloOwner) *engine.Params {
	var version atomic.Uint32 // between the end of the handshake and its report the engine doesn't say it
	show := func(d engine.Direction, m MessageInfo) {
		m.Direction = d
		m.Socket, _ = owner.(*Socket)
		m.Object, _ = owner.(*Object)
		if conn := owner.engineConn(); conn != nil {
			if v := conn.Version(); v != 0 {
				version.Store(uint32(v))
			}
		}
		m.Version = TLSVersion(version.Load())
		see(m)
	}
	inner := params.Trace()
	outer := inner
	outer.Message = func(d engine.Direction, t handshake.MessageType, message []byte) {
		if inner.Message != nil {
			inner.Message(d, t, message)
		}
		show(d, MessageInfo{ContentType: record.TypeHandshake, Handshake: t, Data: message})
	}
	outer.ChangeCipherSpec = func(d engine.Direction) {
		if inner.ChangeCipherSpec != nil {
			inner.ChangeCipherSpec(d)
		}
		show(d, MessageInfo{ContentType: record.TypeChangeCipherSpec})
	}
	outer.Alert = func(d engine.Direction, a record.Alert) {
		if inner.Alert != nil {
			inner.Alert(d, a)
		}
		show(d, MessageInfo{ContentType: record.TypeAlert, Alert: a})
	}
	return params.WithTrace(outer)
}

func (s *Socket) engineConn() *engine.Conn { return s.conn }

func (o *Object) engineConn() *engine.Conn { return o.conn }
