package engine

import (
	"errors"
	"fmt"
	"io"
	"sync/atomic"

	"tlsengine/cipher"
	"tlsengine/handshake"
	"tlsengine/record"
)

// Conn is one TLS connection, without the network: bytes go in and bytes come out, by whoever calls.
//
//	network --> Feed / Buffer+Commit --> Conn --> Read / Peek+Discard --> application    inbound half
//	network <-- Outgoing / Sent      <-- Conn <-- Write / Space+Seal  <-- application    outbound half
//
// One goroutine at a time may use a Conn. Once Status shows HandshakeDone, one may use the inbound calls (Feed, Buffer,
// Commit, FeedEOF, Read, Peek, Discard, Rest, Pending, Resume, Status) while another uses the outbound calls (Write,
// Space, Seal, Outgoing, Sent, CloseWrite, Abort, UpdateKeys). Owes, Err, Info, Value, Renegotiating, Export and Unique may be
// called from anywhere; Footprint, Sleep, Clone, Close, Renegotiate and RequestCertificate need both halves. So does Resume
// when Pending has anything, and every call from the beginning of a renegotiation on, until Status shows no Renegotiating any
// more.
//
// A Conn is no io.Reader and no io.Writer, on purpose: here 0 bytes means "not yet", on which io.Copy would spin.
type Conn struct {
	// What both halves read for each record lies in the middle, a cache line away from what either of them writes.
	in     inbound
	params *Params
	value  any
	shared shared
	closed bool // Close was called
	out    outbound
}

// shared is all that both halves of a connection touch. There is no lock: each word is atomic, and pointers are set
// once, the connection's again by a renegotiation.
type shared struct {
	facts      atomic.Uint32
	owed       atomic.Uint32
	failure    atomic.Pointer[record.Error]
	connection atomic.Pointer[handshake.Connection]
	early      atomic.Pointer[handshake.Exporter] // of early data, or of a false start
}

// Facts are never taken back, but for the last one.
const (
	factConnected uint32 = 1 << iota
	factFailed
	factPeerClosed
	factWriteClosed
	factRenegotiating
)

func (s *shared) is(fact uint32) bool   { return s.facts.Load()&fact != 0 }
func (s *shared) set(fact uint32)       { s.facts.Or(fact) }
func (s *shared) unset(fact uint32)     { s.facts.And(^fact) }
func (s *shared) post(debt uint32)      { s.owed.Or(debt) }
func (s *shared) takeDebts() uint32     { return s.owed.Swap(0) }
func (s *shared) owes(debt uint32) bool { return s.owed.Load()&debt != 0 }

// What the inbound half owes to the peer: it never seals, but posts its debts for the outbound half.
const (
	debtAlert     uint32 = 1 << iota // the fatal alert of the failure
	debtClose                        // the answer to a close_notify, before TLS 1.3
	debtRefusal                      // a warning no_renegotiation
	debtKeyUpdate                    // the answer to a KeyUpdate, with the next data
)

// ErrTruncated says that the transport ended without a close_notify: what was read may be cut short by an attacker
// (RFC 8446, Section 6.1). Only the inbound half ends with it.
var ErrTruncated = errors.New("engine: the transport ended without close_notify: the data may be cut short")

var errNoServerName = errors.New("engine: a client that verifies the server's name needs Options.ServerName")

// Client returns a connection that has its first hello ready in Outgoing. It fails for a client that verifies the server's
// name and has no Options.ServerName, and when no hello can be made of the configuration (a name too long for its field).
func Client(p *Params, o Options) (*Conn, error) {
	h := p.handshake
	if o.ServerName == "" && !h.SkipHostname && !h.UnverifiedServer && h.VerifyPeer == nil {
		return nil, errNoServerName
	}
	c := newConn(p, o)
	c.in.machine = *handshake.NewClient(h, c.options(o))
	flight, err := c.in.machine.Start()
	if err != nil {
		return nil, err
	}
	c.carryOut(flight)
	return c, c.Err()
}

// Server returns a connection that waits for a ClientHello. No error is known today; it is there so that both ends are made
// alike.
func Server(p *Params, o Options) (*Conn, error) {
	c := newConn(p, o)
	c.in.machine = *handshake.NewServer(p.handshake, c.options(o))
	if p.handshake.SSLv2Hello {
		c.in.reader.AcceptSSLv2()
	}
	return c, nil
}

func newConn(p *Params, o Options) *Conn {
	c := &Conn{params: p, value: o.Value}
	c.in.alerts = record.AlertsOf(0)
	c.out.alerts = c.in.alerts
	c.out.writer.SetMaxFragment(p.maxFragment)
	c.in.reader.Watch(p.trace.watch(Inbound))
	c.out.writer.Watch(p.trace.watch(Outbound))
	return c
}

// options are the handshake's part of o.
func (c *Conn) options(o Options) *handshake.Options {
	h := &handshake.Options{
		ServerName: o.ServerName, Session: o.Session, NoEarlyData: o.NoEarlyData, PSKs: o.PSKs, KnownGroups: o.KnownGroups,
		ECHConfigs: o.ECHConfigs, Rand: o.Rand, Value: o.Value,
	}
	if c.params.keyLog != nil {
		h.KeyLog = c.params.keyLog.write
	}
	if see := c.params.trace.Message; see != nil {
		h.Received = func(t handshake.MessageType, whole []byte) { see(Inbound, t, whole) }
	}
	return h
}

// Format prints a name and nothing of what is inside, whatever the verb: a Conn holds plaintext and keys.
func (c *Conn) Format(f fmt.State, _ rune) { io.WriteString(f, "engine.Conn") }

// Value returns the application's own value from Options.
func (c *Conn) Value() any { return c.value }

// Err returns what ended the connection, nil as long as nothing did. The first error stays. It is a *record.Error; the
// truncation of the inbound half alone is what FeedEOF returns and Err does not.
func (c *Conn) Err() error {
	if e := c.shared.failure.Load(); e != nil {
		return e
	}
	return nil
}

// Info returns the report of the handshake, nil before HandshakeDone. It is immutable.
func (c *Conn) Info() *handshake.Info {
	if k := c.shared.connection.Load(); k != nil {
		return k.Info
	}
	return nil
}

// Version returns the version that was chosen, 0 before: that of Info, and during the handshake, to whoever drives it, what
// will be. While the handshake's last flight is sent it is 0 too.
func (c *Conn) Version() cipher.Version {
	if info := c.Info(); info != nil {
		return info.Version
	}
	return c.in.machine.Version()
}

// Owes tells whether the inbound half has posted something that the next Outgoing will hold.
func (c *Conn) Owes() bool {
	// Nothing follows our close_notify, so that what was posted behind it is not owed any more.
	return c.shared.owes(debtAlert|debtClose|debtRefusal) && !c.shared.is(factWriteClosed)
}

// Status returns the facts about the connection. It is an inbound call.
func (c *Conn) Status() Status {
	var s Status
	facts := c.shared.facts.Load()
	connected, failed := facts&factConnected != 0, facts&factFailed != 0
	if connected {
		s |= HandshakeDone
	}
	if failed {
		s |= Failed
	}
	if facts&factPeerClosed != 0 {
		s |= PeerClosed
	}
	if facts&factWriteClosed != 0 {
		s |= WriteClosed
	}
	if facts&factRenegotiating != 0 {
		s |= Renegotiating
	}
	if c.out.waits.Load() || c.Owes() {
		s |= HasOutput
	}
	if !failed && facts&factWriteClosed == 0 {
		s |= c.writable(connected)
	}
	if !connected && len(c.in.reader.Held()) > 0 {
		s |= PlaintextIsEarly
	}
	stopped := c.in.question() != nil
	if c.WantsAnswer() {
		s |= WantsAnswer
	}
	if len(c.in.reader.Held()) > 0 || connected && c.receiving() && !stopped && c.in.reader.Ready() {
		s |= Readable
	}
	if c.receiving() && !c.in.ended && !stopped && s&Readable == 0 {
		s |= WantsInput
	}
	return s
}

// writable says what Write takes now. Before the handshake is done it is up to its state, and both halves are one goroutine's.
func (c *Conn) writable(connected bool) Status {
	switch {
	case c.shared.is(factRenegotiating):
		return 0 // RFC 5246, Section 7.4.1.1: nothing but the handshake follows our first message of it
	case connected:
		return CanWrite
	case c.in.question() != nil:
		return 0
	case c.in.machine.EarlyLeft() > 0:
		return CanWriteEarly
	case c.in.machine.Flow().Write == handshake.HalfRTT:
		return CanWrite
	}
	return 0
}
