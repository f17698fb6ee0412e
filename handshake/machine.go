package handshake

import (
	"errors"
	"unsafe"

	"tlsengine/cipher"
	"tlsengine/handshake/wire"
	"tlsengine/record"
)

// A Machine takes one connection through the graph of states, during the handshake and after it. Messages go in,
// effects come out. It knows no record: the engine gives it the contents of handshake records in order, tells it of
// each ChangeCipherSpec, and carries out what it returns.
//
//	Start ──> Flight                                     (a client's first hello)
//	Fragment ──> Next ──> Flight ──> Next ──> ... ──> nil  (until the fragment is used up)
//	Operation ──> (answered) ──> Resume ──> Flight
//
// The Machine alone reassembles messages, feeds the transcript and decides what a state gets to see: handlers are
// called only with whole, parsed messages that their state expects.
type Machine struct {
	*desk          // nil when nothing goes on after the handshake
	last   lasting // of the Context, while there is none
	state  State
	failed *record.Error
	trace  func(from State, on MessageType, to State) // set by tests of the graph
}

// desk is what a Machine works with while a handshake, or an exchange after it, lasts.
type desk struct {
	c      Context
	flight Flight
	kept   []byte // bytes of an unfinished message that outlived their record
	unread []byte // bytes not handled yet: a view of the present fragment or of kept

	ignored int // messages passed over since the last that was not
}

// begin sets up what is needed to handle messages, if it isn't there.
func (m *Machine) begin() {
	if m.desk == nil {
		m.desk = &desk{c: Context{lasting: m.last}}
		m.flight.c = &m.c
	}
}

// Shrink gives back what is needed during a handshake only. The engine calls it between handshakes, when Next has returned
// nothing, and after each step of an exchange; while bytes or an operation wait it does nothing.
func (m *Machine) Shrink() {
	if m.desk == nil || m.Partial() || m.Operation() != nil {
		return
	}
	if m.c.info != nil { // there is a report only while something goes on
		m.flight.giveAll()
		return
	}
	m.last = m.c.lasting
	if m.last.options.Received == nil {
		m.last.options = &noOptions // all the others are for the handshake
	}
	m.desk = nil
}

var noOptions Options

// NewClient returns a client's Machine. Call Start next.
func NewClient(p *Params, o *Options) *Machine {
	m := new(Machine)
	m.init(ClientRole, p, o, &clientStart{})
	return m
}

// NewServer returns a server's Machine, which waits for a ClientHello.
func NewServer(p *Params, o *Options) *Machine {
	m := new(Machine)
	m.init(ServerRole, p, o, &serverWaitClientHello{})
	return m
}

func (m *Machine) init(r Role, p *Params, o *Options, first State) {
	m.state, m.last = first, lasting{role: r, params: p, options: o, form: Form12, unhashed: Messages(TypeHelloRequest)}
	m.begin()
	m.c.random.source, m.c.info = o.Rand, newInfo(r)
}

// Start makes a client's first hello. The Flight is valid until the next call.
func (m *Machine) Start() (*Flight, error) {
	s := m.state.(*clientStart)
	m.flight.reset()
	next, err := s.hello(&m.c, &m.flight)
	return m.settle(pseudoStart, next, err)
}

// What leads from one state to the next without a message of the peer: no state expects these.
const (
	pseudoStart  MessageType = 0x1fe // Start
	pseudoAnswer MessageType = 0x1ff // Resume
)

// State returns the present state.
func (m *Machine) State() State { return m.state }

// lasting returns what outlives a handshake, wherever it is now.
func (m *Machine) lasting() *lasting {
	if m.desk == nil {
		return &m.last
	}
	return &m.c.lasting
}

// Role returns which end of the connection this is.
func (m *Machine) Role() Role { return m.lasting().role }

// Version returns the version that the handshake going on has chosen, 0 before that and between handshakes.
func (m *Machine) Version() cipher.Version {
	if m.desk == nil || m.c.info == nil {
		return 0
	}
	return m.c.info.Version
}

// Params returns the configuration that the connection goes by: the one that was selected for it, on servers.
func (m *Machine) Params() *Params { return m.lasting().params }

// Flow says what application data may pass now.
func (m *Machine) Flow() Flow {
	f := m.state.Flow()
	if m.desk != nil && m.c.overlaps {
		f.Read = AllData // RFC 5246, Section 7.4.1.1: what was sent under the old keys keeps coming
	}
	return f
}

// Operation returns what the handshake waits for, or nil.
func (m *Machine) Operation() Operation {
	if m.desk == nil {
		return nil
	}
	if w, ok := m.state.(waitingState); ok {
		return w.Operation()
	}
	return nil
}

// Idle tells whether nothing goes on after the handshake: no message is half there, no answer is waited for, and application data
// passes both ways. It is asked for each record.
func (m *Machine) Idle() bool { return m.desk == nil }

// Partial tells whether bytes of a message are held that is not complete.
func (m *Machine) Partial() bool { return m.desk != nil && len(m.unread) > 0 }

// Fragment hands over the contents of the next handshake record. p must stay as it is until Next returned no Flight;
// what is still needed then has been copied.
func (m *Machine) Fragment(p []byte) {
	m.begin()
	if len(m.unread) == 0 {
		m.unread = p
		return
	}
	m.kept = append(m.kept, p...)
	m.unread = m.kept
}

// Next handles the next whole message. It returns nil when there is none, or while an operation is unanswered. An
// error is final: it is returned again by every later call.
func (m *Machine) Next() (*Flight, error) {
	if m.failed != nil {
		return nil, m.failed
	}
	if e, ok := m.state.(endState); ok {
		return nil, m.fail(e.end())
	}
	if m.Operation() != nil {
		m.keep()
		return nil, nil
	}
	if !m.Partial() {
		if m.desk != nil {
			m.kept, m.unread = nil, nil
			m.flight.giveRoom()
		}
		return nil, nil
	}
	m.flight.reset()
	for {
		t, body, err := m.peek()
		if err != nil {
			return nil, m.fail(err)
		}
		if body == nil {
			m.keep()
			return nil, nil
		}
		if m.ignores(t) {
			if err := m.countIgnored(); err != nil {
				return nil, m.fail(err)
			}
			m.consume(len(body))
			continue
		}
		m.ignored = 0
		return m.handle(t, body)
	}
}

// peek returns the type and the whole of the next message, header included, or nil if it is not complete. The
// header is judged as soon as it is there, before the body is kept.
func (m *Machine) peek() (MessageType, []byte, error) {
	if len(m.unread) < headerSize {
		return 0, nil, nil
	}
	t := MessageType(m.unread[0])
	n := int(m.unread[1])<<16 | int(m.unread[2])<<8 | int(m.unread[3])
	if !m.ignores(t) && !m.state.Expects().Has(t) {
		return 0, nil, m.outOfTurn(t)
	}
	if limit := m.limit(t); n > limit {
		return 0, nil, tooLong(t, n, limit)
	}
	if len(m.unread) < headerSize+n {
		return t, nil, nil
	}
	return t, m.unread[:headerSize+n], nil
}

// outOfTurn is the error for what the state doesn't expect. RFC 8446, Section 4: messages must come in order; RFC 5246,
// Section 7.4 likewise. ChangeCipherSpec is a record and no message: one that is missing, or in another's place, is a record
// out of turn.
func (m *Machine) outOfTurn(t MessageType) *record.Error {
	e := unexpected("%v came in state %s, which expects %v", t, m.state.Name(), m.state.Expects())
	if t == PseudoChangeCipherSpec || m.state.Expects().Has(PseudoChangeCipherSpec) {
		e.Reason = record.ReasonUnexpectedRecord
	}
	return e
}

// limit returns the longest body of a message that is taken.
func (m *Machine) limit(t MessageType) int {
	if t == TypeCertificate || t == TypeCompressedCertificate {
		return m.c.params.MaxCertificateList
	}
	return messageInfo(t).MaxLen
}

func tooLong(t MessageType, n, limit int) error {
	if limit == 0 {
		return record.Fail(record.AlertDecodeError, record.ReasonDecodeError, "%v has %d bytes and is always empty", t, n)
	}
	alert := record.AlertDecodeError // RFC 8446, Section 6.2: the length of the message is incorrect
	if n <= messageInfo(t).MaxLen {
		alert = record.AlertIllegalParameter // it could be, but we were configured not to take it
	}
	return record.Fail(alert, record.ReasonExcessiveMessageSize, "%v of %d bytes: at most %d are taken", t, n, limit)
}

// ignores tells whether a message of this type is to be passed over.
// RFC 5246, Section 7.4.1.1: a client that is negotiating ignores a HelloRequest, which is not hashed.
func (m *Machine) ignores(t MessageType) bool {
	if t != TypeHelloRequest {
		return false
	}
	_, ok := m.state.(helloRequestIgnorer)
	return ok
}

// maxHelloRequests is how many in a row are passed over: a server that asks again and again what it was told is not negotiating.
const maxHelloRequests = 4

// countIgnored notes a message that is passed over.
func (m *Machine) countIgnored() error {
	if m.ignored == maxHelloRequests {
		// RFC 5246, Section 7.4.1.1: servers should not repeat the request until the handshake that it began is complete.
		return unexpected("more than %d HelloRequests in a row in state %s", maxHelloRequests, m.state.Name())
	}
	m.ignored++
	return nil
}

// helloRequestIgnorer marks the states of a client before TLS 1.3 that is negotiating.
type helloRequestIgnorer interface{ ignoresHelloRequest() }

// handle parses a whole message and gives it to the state.
func (m *Machine) handle(t MessageType, whole []byte) (*Flight, error) {
	if t == TypeClientHello {
		whole = append([]byte(nil), whole...) // what a client said outlives its handling
	}
	if m.c.options.Received != nil {
		m.c.options.Received(t, whole)
	}
	m.c.body = wire.String(whole[headerSize:])
	msg, err := readMessage(t, &m.c.body, m.c.form, m.c.asked)
	m.c.body = nil // the end of a large message would keep all of it
	if err != nil {
		return nil, m.fail(err)
	}
	m.consume(len(whole))
	if m.c.hashes(t) {
		m.c.incoming = whole
	}
	next, err := m.state.On(&m.c, msg, &m.flight)
	giveMessage(msg)
	return m.settle(t, next, err)
}

// ChangeCipherSpec tells of a ChangeCipherSpec record, already known to hold the one byte that is allowed. It is a
// message of the graph; those of TLS 1.3 that mean nothing do not get here (see record.Outer).
func (m *Machine) ChangeCipherSpec() (*Flight, error) { return m.pseudo(changeCipherSpec{}) }

// AwaitsNoCertificate tells whether SSL 3.0's warning no_certificate has a meaning now.
func (m *Machine) AwaitsNoCertificate() bool {
	return m.state.Expects().Has(PseudoNoCertificateWarning)
}

// NoCertificate tells of that warning, by which a client of SSL 3.0 says that it has no certificate (RFC 6101, Section 5.6.6).
func (m *Machine) NoCertificate() (*Flight, error) { return m.pseudo(noCertificate{}) }

// pseudo handles what is no handshake message and takes a place in the graph like one.
func (m *Machine) pseudo(msg Message) (*Flight, error) {
	t := msg.Type()
	if m.failed != nil {
		return nil, m.failed
	}
	m.begin()
	m.flight.reset()
	if m.Partial() {
		return nil, m.fail(unexpected("%v came inside a handshake message", t))
	}
	if !m.state.Expects().Has(t) {
		return nil, m.fail(m.outOfTurn(t))
	}
	next, err := m.state.On(&m.c, msg, &m.flight)
	return m.settle(t, next, err)
}

// noCertificate is the pseudo-message for SSL 3.0's warning.
type noCertificate struct{ pseudoMessage }

// Type returns PseudoNoCertificateWarning.
func (noCertificate) Type() MessageType { return PseudoNoCertificateWarning }

// changeCipherSpec is the pseudo-message for a ChangeCipherSpec record.
type changeCipherSpec struct{ pseudoMessage }

// Type returns PseudoChangeCipherSpec.
func (changeCipherSpec) Type() MessageType { return PseudoChangeCipherSpec }

// Resume goes on after an answer. It returns nil when there is none yet.
func (m *Machine) Resume() (*Flight, error) {
	if m.failed != nil {
		return nil, m.failed
	}
	w, ok := m.state.(waitingState)
	if !ok || !w.Operation().Answered() {
		return nil, nil
	}
	m.begin()
	m.flight.reset()
	next, err := w.Resume(&m.c, &m.flight)
	return m.settle(pseudoAnswer, next, err)
}

// settle looks at what a handler returned and lets it stand or refuses it as a whole.
func (m *Machine) settle(on MessageType, next State, err error) (*Flight, error) {
	m.c.flushIncoming()
	if err != nil {
		return nil, m.fail(err)
	}
	if err = m.flight.err; err == nil && m.Partial() && m.flight.closesInput() {
		// RFC 8446, Section 5.1: a message must not run across a change of keys, nor be followed by another in the same
		// record; and nothing may follow the end of a flight.
		err = record.Fail(record.AlertUnexpectedMessage, record.ReasonExcessHandshakeData,
			"%d bytes follow %v in its record", len(m.unread), on)
	}
	if err != nil {
		abandonState(next)
		return nil, m.fail(err)
	}
	m.flight.finish()
	if _, asks := next.(waitingState); asks {
		m.flight.holdBack()
	}
	m.flight.From = m.state.Name()
	if m.trace != nil && (next != m.state || on != pseudoAnswer) { // an exchange's answer leads nowhere else
		m.trace(m.state, on, next)
	}
	if m.flight.installsRead() {
		m.c.overlaps = false
	}
	if next != m.state {
		forgetState(m.state)
	}
	m.state = next
	return &m.flight, nil
}

// fail makes err the machine's last word. Every error is a *record.Error from here on.
func (m *Machine) fail(err error) error {
	var e *record.Error
	if !errors.As(err, &e) {
		e = record.Fail(record.AlertInternalError, record.ReasonInternalError, "%v", err)
	}
	m.failed = e
	abandonState(m.state)
	m.lasting().auth.forget()
	if m.desk != nil {
		m.unread, m.kept = nil, nil
	}
	return e
}

// consume passes over n bytes of the unread ones.
func (m *Machine) consume(n int) { m.unread = m.unread[n:] }

// keep copies what is unread out of the record that it came in.
func (m *Machine) keep() {
	if len(m.unread) == 0 {
		m.kept, m.unread = nil, nil
		return
	}
	if len(m.kept) > 0 && &m.unread[len(m.unread)-1] == &m.kept[len(m.kept)-1] && len(m.unread) == len(m.kept) {
		return
	}
	m.kept = append([]byte(nil), m.unread...)
	m.unread = m.kept
}

// Close forgets all that is secret, and gives back what a handshake needs. The Machine then fails whatever it is asked.
func (m *Machine) Close() {
	m.fail(record.Fail(record.AlertCloseNotify, record.ReasonProtocolIsShutdown, "the connection was closed"))
	m.state = closed{}
	m.last, m.desk = *m.lasting(), nil
	m.last.options, m.last.auth, m.last.previous = &noOptions, nil, nil
}

// closed is the state of a connection that nobody uses any more.
type closed struct{ handshaking }

func (closed) Name() string        { return "closed" }
func (closed) Expects() MessageSet { return MessageSet{} }
func (s closed) clone() State      { return s }

func (closed) On(*Context, Message, *Flight) (State, error) {
	panic("handshake: a message was handed to a closed connection")
}

// Footprint returns how many bytes of heap the Machine holds, beside itself and what it shares.
func (m *Machine) Footprint() int {
	n := m.lasting().auth.footprint()
	if m.desk == nil {
		return n + int(unsafe.Sizeof(server13Connected{}))
	}
	n += int(unsafe.Sizeof(*m.desk)+unsafe.Sizeof(Info{})) + cap(m.kept) + cap(m.c.transcript.raw)
	if s, ok := m.state.(*server13WaitClientHello2); ok {
		n += cap(s.first)
	}
	if m.c.opened != nil {
		n += cap(m.c.opened.outer)
	}
	return n + cap(m.flight.buf) + cap(m.flight.Effects)*int(unsafe.Sizeof(Effect{})) + stateSize
}

// stateSize is more than any state but those with a key share: they hold secrets and pointers.
const stateSize = 384

// Clone returns an independent Machine in the same state. An operation that is unanswered is
// cloned too.
func (m *Machine) Clone() *Machine {
	n := &Machine{last: m.last, state: m.state.clone(), failed: m.failed}
	n.last.auth = m.lasting().auth.clone()
	if m.desk == nil {
		return n
	}
	n.desk = &desk{c: m.c, ignored: m.ignored}
	n.c.auth = n.last.auth
	n.flight.c = &n.c
	n.c.transcript = m.c.transcript.Fork()
	if m.c.info != nil {
		n.c.info = m.c.info.clone()
	}
	if m.c.aside != nil {
		n.c.aside = m.c.aside.clone()
	}
	m.flight.cloneTo(&n.flight)
	n.kept = append([]byte(nil), m.unread...)
	n.unread = n.kept
	return n
}
