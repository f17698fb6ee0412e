package handshake

import (
	"bytes"
	"time"
)

// This file holds the questions about sessions and pre-shared keys.

// FindSession asks a server's store for the session with an id (RFC 5246, Section 7.4.1.2).
type FindSession struct {
	answer[*Session]
	params *Params
	id     []byte
	app    any
}

// Kind returns KindFindSession.
func (o *FindSession) Kind() OperationKind { return KindFindSession }

// ID returns the session id that the client offers, 1 to 32 bytes. Read only.
func (o *FindSession) ID() []byte { return o.id }

// Value returns the application's own value, from Options.
func (o *FindSession) Value() any { return o.app }

// Complete answers. nil means that there is none: the handshake is a full one.
func (o *FindSession) Complete(s *Session, err error) { o.fill(s, err) }

// Run answers as the configuration would.
func (o *FindSession) Run() {
	if o.params.Sessions == nil {
		o.Complete(nil, nil)
		return
	}
	o.Complete(o.params.Sessions.Find(o.id), nil)
}

func (o *FindSession) clone() *FindSession {
	n := &FindSession{params: o.params, id: o.id, app: o.app}
	o.copyTo(&n.answer)
	return n
}

// OpenTicket asks for the session in a ticket.
type OpenTicket struct {
	answer[openedTicket]
	params *Params
	ticket []byte
	app    any
}

// openedTicket is the answer to OpenTicket.
type openedTicket struct {
	session *Session
	renew   bool
	once    usableOnce
}

// Kind returns KindOpenTicket.
func (o *OpenTicket) Kind() OperationKind { return KindOpenTicket }

// Ticket returns what the client sent. Read only.
func (o *OpenTicket) Ticket() []byte { return o.ticket }

// Value returns the application's own value, from Options.
func (o *OpenTicket) Value() any { return o.app }

// Complete answers. nil means that the ticket is none of ours; renew asks for a new ticket in place of this one, which
// TLS 1.3 sends in any case.
func (o *OpenTicket) Complete(s *Session, renew bool, err error) {
	o.fill(openedTicket{session: s, renew: renew}, err)
}

// Run answers as the configuration would.
func (o *OpenTicket) Run() {
	if o.params.Tickets == nil {
		o.Complete(nil, false, nil)
		return
	}
	opened := openedTicket{once: usableOnce{ticket: o.ticket}}
	opened.session, opened.renew = o.params.Tickets.Open(o.ticket)
	opened.once.tickets, _ = o.params.Tickets.(SingleUseTickets)
	o.fill(opened, nil)
}

func (o *OpenTicket) clone() *OpenTicket {
	n := &OpenTicket{params: o.params, ticket: o.ticket, app: o.app}
	o.copyTo(&n.answer)
	return n
}

// SealTicket asks for a ticket that holds a session.
type SealTicket struct {
	answer[[]byte]
	params  *Params
	session *Session
	seed    []byte
	app     any
}

// Kind returns KindSealTicket.
func (o *SealTicket) Kind() OperationKind { return KindSealTicket }

// Session returns what the ticket is for.
func (o *SealTicket) Session() *Session { return o.session }

// Value returns the application's own value, from Options.
func (o *SealTicket) Value() any { return o.app }

// Complete answers. nil means that no ticket is to be sent.
func (o *SealTicket) Complete(ticket []byte, err error) { o.fill(ticket, err) }

// Run answers as the configuration would.
func (o *SealTicket) Run() {
	if o.params.Tickets == nil {
		o.Complete(nil, nil)
		return
	}
	o.Complete(o.params.Tickets.Seal(o.session, bytes.Clone(o.seed)))
}

func (o *SealTicket) clone() *SealTicket {
	n := &SealTicket{params: o.params, session: o.session, seed: o.seed, app: o.app}
	o.copyTo(&n.answer)
	return n
}

// FindPSK asks for a pre-shared key that was agreed upon outside of TLS.
type FindPSK struct {
	answer[*PSK]
	params *Params

	Role     Role
	Identity []byte // on servers: which key the client wants. Read only
	Hint     []byte // on clients before TLS 1.3: what the server says (RFC 4279, Section 2); nil without. Read only
	Value    any    // the application's own, from Options
}

// Kind returns KindFindPSK.
func (o *FindPSK) Kind() OperationKind { return KindFindPSK }

// Complete answers. nil means that there is none.
func (o *FindPSK) Complete(k *PSK, err error) { o.fill(k, err) }

// Run answers as the configuration would.
func (o *FindPSK) Run() {
	if o.params.FindPSK == nil {
		o.Complete(o.Choose(), nil)
		return
	}
	o.Complete(o.params.FindPSK(o))
}

// Choose is the standard answer: on servers the configured key with the identity, on clients the first that there is.
func (o *FindPSK) Choose() *PSK {
	for _, k := range o.params.PSKs {
		if o.Role == ClientRole || bytes.Equal(k.identity, o.Identity) {
			return k
		}
	}
	return nil
}

func (o *FindPSK) clone() *FindPSK {
	n := &FindPSK{params: o.params, Role: o.Role, Identity: o.Identity, Hint: o.Hint, Value: o.Value}
	o.copyTo(&n.answer)
	return n
}

// AdmitEarlyData asks whether the early data that a client announces may be taken. What can be known without a memory
// has been checked: the session, its age, the protocol.
type AdmitEarlyData struct {
	answer[bool]
	params *Params

	Session *Session
	Hello   *ClientHelloInfo
	Key     [32]byte  // the same for all that offers the same ticket
	Now     time.Time // by the connection's clock
	Until   time.Time // after this the same hello is refused for its age
	Value   any       // the application's own, from Options
}

// Kind returns KindAdmitEarlyData.
func (o *AdmitEarlyData) Kind() OperationKind { return KindAdmitEarlyData }

// Complete answers. false refuses the early data; the connection goes on without it.
func (o *AdmitEarlyData) Complete(admit bool, err error) { o.fill(admit, err) }

// Run answers as the configuration would.
func (o *AdmitEarlyData) Run() {
	if o.params.AdmitEarlyData == nil {
		o.Complete(o.Guard(), nil)
		return
	}
	o.Complete(o.params.AdmitEarlyData(o))
}

// Guard is the standard answer: the configured ReplayGuard decides; without one nothing is admitted.
func (o *AdmitEarlyData) Guard() bool {
	return o.params.Replays != nil && o.params.Replays.Admit(o.Key, o.Now, o.Until)
}

func (o *AdmitEarlyData) clone() *AdmitEarlyData {
	n := &AdmitEarlyData{
		params: o.params, Session: o.Session, Hello: o.Hello, Key: o.Key, Now: o.Now, Until: o.Until, Value: o.Value,
	}
	o.copyTo(&n.answer)
	return n
}

// ConfirmEarlyRefusal tells a client that its early data was refused, and waits until the application knows: what it had
// written was not received, and it may want to write something else now, if the protocol is another one.
type ConfirmEarlyRefusal struct {
	answer[struct{}]

	Written int  // bytes of early data that Write took; none of them was received
	Retried bool // a HelloRetryRequest refused it
	Value   any  // the application's own, from Options
}

// Kind returns KindConfirmEarlyRefusal.
func (o *ConfirmEarlyRefusal) Kind() OperationKind { return KindConfirmEarlyRefusal }

// Complete lets the connection go on; an error ends it.
func (o *ConfirmEarlyRefusal) Complete(err error) { o.fill(struct{}{}, err) }

// Run lets the connection go on.
func (o *ConfirmEarlyRefusal) Run() { o.Complete(nil) }

func (o *ConfirmEarlyRefusal) clone() *ConfirmEarlyRefusal {
	n := &ConfirmEarlyRefusal{Written: o.Written, Retried: o.Retried, Value: o.Value}
	o.copyTo(&n.answer)
	return n
}
