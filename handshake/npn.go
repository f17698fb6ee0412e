package handshake

import (
	"slices"

	"tlsengine/record"
)

// This file is what both ends do about next protocol negotiation (draft-agl-tls-nextprotoneg-03).

// takeNextProtocols takes the server's list, and chooses.
func takeNextProtocols(c *Context, e *Extensions) error {
	if !e.Present.Has(ExtNextProtocols) {
		return nil
	}
	if e.Present.Has(ExtALPN) {
		// RFC 7301, Section 3.2: a server that has both answers ALPN only; otherwise there would be two answers to one question.
		return record.Fail(record.AlertIllegalParameter, record.ReasonNegotiatedBothNPNAndALPN,
			"the server answers both ALPN and next protocol negotiation")
	}
	c.nextProtocol = true
	c.info.peer().NextProtocol = chooseNextProtocol(c.params.NextProtocols, e.NextProtocols)
	return nil
}

// chooseNextProtocol is the client's choice: the first of the server's that it has too, else its own first (Section 4 of the
// draft), and none if it has none.
func chooseNextProtocol(client, server []string) string {
	for _, s := range server {
		if slices.Contains(client, s) {
			return s
		}
	}
	if len(client) == 0 {
		return ""
	}
	return client[0]
}

// sendNextProtocol says the choice. It stands between ChangeCipherSpec and Finished.
func sendNextProtocol(c *Context, out *Flight) {
	if c.nextProtocol {
		out.send(newNextProtocol(c.info.NextProtocol))
	}
}

// answerNextProtocols puts a server's list into its ServerHello, unless ALPN has chosen, for a client that asks in a
// connection's first handshake.
func answerNextProtocols(c *Context, offered, e *Extensions) {
	if !offered.Present.Has(ExtNextProtocols) || c.params.NextProtocols == nil || c.info.Protocol != "" {
		return
	}
	c.nextProtocol = true
	e.NextProtocols = c.params.NextProtocols
	e.Add(ExtNextProtocols)
}

// server12WaitNextProtocol waits for the protocol that the client takes.
type server12WaitNextProtocol struct {
	handshaking
	finishing12
}

func (*server12WaitNextProtocol) Name() string        { return "server12.WaitNextProtocol" }
func (*server12WaitNextProtocol) Expects() MessageSet { return Messages(TypeNextProtocol) }
func (s *server12WaitNextProtocol) clone() State      { c := *s; return &c }

func (s *server12WaitNextProtocol) On(c *Context, m Message, out *Flight) (State, error) {
	c.info.peer().NextProtocol = string(m.(*NextProtocol).Selected)
	return &server12WaitFinished{finishing12: s.finishing12}, nil
}
