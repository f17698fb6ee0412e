package handshake

import (
	"crypto/sha256"
	"time"

	"tlsengine/handshake/keyschedule"
	"tlsengine/record"
)

// This file is a server's early data (RFC 8446, Sections 2.3, 4.2.10 and 8): whether it is taken, and its end.

// resume13 goes on with a PSK, early data first.
func resume13(c *Context, h *ClientHello, choices choices13, share *KeyShareEntry, out *Flight) (State, error) {
	psk := choices.psk
	if psk.session == nil {
		c.info.peer().PSK = psk.psk
	} else {
		takeSession(c, psk.session)
		if skew := ticketAgeSkew(c, h, psk); skew != 0 {
			c.info.peer().TicketAgeSkew = skew
		}
	}
	c.info.EarlyData = earlyOutcome(c, h, &choices, share)
	if c.info.EarlyData != EarlyAccepted {
		return answer13(c, h, choices, share, out), nil
	}
	now := c.params.Time()
	op := &AdmitEarlyData{
		params: c.params, Session: psk.session, Hello: c.hello, Now: now, Value: c.options.Value,
		Key: sha256.Sum256(h.Extensions.PSKIdentities[psk.index].Identity),
		// The client's own idea of the ticket's age is part of its hello, and so of any replay.
		Until: now.Add(c.info.TicketAgeSkew + maxTicketAgeSkew),
	}
	return &server13AdmittingEarlyData{hello: h, choices: choices, share: share, op: op}, nil
}

// maxTicketAgeSkew is how much the age of a ticket by the client's clock may differ from that by ours, for early data to be
// taken. RFC 8446, Section 8.3 calls ten seconds enough for the errors of clocks and the delays of the Internet; since replays
// within the window are refused by memory, a wider one costs only that.
const maxTicketAgeSkew = 60 * time.Second

// ticketAgeSkew returns by how much older a ticket is to the client than to us (RFC 8446, Section 8.3).
func ticketAgeSkew(c *Context, h *ClientHello, psk *chosenPSK) time.Duration {
	theirs := h.Extensions.PSKIdentities[psk.index].ObfuscatedAge - psk.session.ageAdd
	return time.Duration(theirs)*time.Millisecond - c.params.Time().Sub(psk.session.created)
}

// earlyOutcome judges early data by what can be known without a memory; EarlyAccepted says that nothing speaks against it.
// RFC 8446, Section 4.2.10: it goes with the first PSK and under its version, suite and protocol.
func earlyOutcome(c *Context, h *ClientHello, choices *choices13, share *KeyShareEntry) EarlyOutcome {
	session := choices.psk.session
	switch {
	case !h.Extensions.Present.Has(ExtEarlyData):
		return EarlyNotOffered
	case c.params.MaxEarlyData == 0:
		return EarlyDeclined
	case session == nil || choices.psk.index != 0:
		return EarlyNotResumed
	case session.maxEarlyData == 0:
		return EarlyUnsupported
	case session.suite != choices.suite:
		return EarlyOtherSuite
	case session.protocol != c.info.Protocol:
		return EarlyOtherProtocol
	case choices.group != nil && share == nil:
		return EarlyRetried // RFC 8446, Section 4.1.4: a HelloRetryRequest refuses it
	case c.info.TicketAgeSkew.Abs() > maxTicketAgeSkew:
		return EarlyStale
	}
	return EarlyAccepted
}

// server13AdmittingEarlyData waits for what somebody with a memory says to early data.
type server13AdmittingEarlyData struct {
	waits
	hello   *ClientHello
	choices choices13
	share   *KeyShareEntry
	op      *AdmitEarlyData
}

func (*server13AdmittingEarlyData) Name() string           { return "server13.AdmittingEarlyData" }
func (s *server13AdmittingEarlyData) Operation() Operation { return s.op }

func (s *server13AdmittingEarlyData) clone() State {
	return &server13AdmittingEarlyData{hello: s.hello, choices: s.choices.clone(), share: s.share, op: s.op.clone()}
}

func (s *server13AdmittingEarlyData) Resume(c *Context, out *Flight) (State, error) {
	if err := s.op.err; err != nil {
		return nil, refused(err, record.Fail(record.AlertInternalError, record.ReasonEarlyDataNotAccepted,
			"early data could not be judged"))
	}
	choices := s.choices.clone()
	choices.early = s.op.value
	if choices.early {
		c.early.left = int64(choices.psk.session.maxEarlyData)
	} else {
		c.info.EarlyData = EarlyReplayed
	}
	return answer13(c, s.hello, choices, s.share, out), nil
}

// server13WaitEndOfEarlyData reads early data until the client ends it.
type server13WaitEndOfEarlyData struct {
	handshaking
	keys    keyschedule.Handshake
	secrets applicationSecrets
}

func (*server13WaitEndOfEarlyData) Name() string        { return "server13.WaitEndOfEarlyData" }
func (*server13WaitEndOfEarlyData) Expects() MessageSet { return Messages(TypeEndOfEarlyData) }
func (s *server13WaitEndOfEarlyData) clone() State      { c := *s; return &c }

// Flow lets early data in, and its answers out: no certificate is asked for when a PSK is used.
func (*server13WaitEndOfEarlyData) Flow() Flow { return Flow{Read: EarlyData, Write: HalfRTT} }

func (s *server13WaitEndOfEarlyData) On(c *Context, m Message, out *Flight) (State, error) {
	client := s.keys.ClientTraffic()
	defer client.Clear()
	out.installRead13(c.info.Suite, &client, EpochHandshake)
	return &server13WaitFinished{suite: c.info.Suite, keys: s.keys, secrets: s.secrets, half: true}, nil
}
