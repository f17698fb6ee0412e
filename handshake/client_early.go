package handshake

import (
	"math"
	"slices"

	"tlsengine/cipher"
	"tlsengine/handshake/keyschedule"
	"tlsengine/record"
)

// This file is a client's early data (RFC 8446, Sections 2.3 and 4.2.10): when it is offered, how it ends, and what happens
// when the server does not want it.

// earlyOffer is how far early data has got.
type earlyOffer uint8

const (
	earlyNone     earlyOffer = iota
	earlyOffered             // it may be written; the server has not said anything about it
	earlyAccepted            // it may be written until the server's flight is over
	earlyRefused             // the server wants none
)

// flow is what may pass meanwhile.
func (e earlyOffer) flow() Flow {
	if e == earlyOffered || e == earlyAccepted {
		return Flow{Write: EarlyData}
	}
	return Flow{}
}

// earlyBudget counts early data.
type earlyBudget struct {
	left  int64 // bytes that may still be written or read
	moved int64 // bytes that were
}

// EarlyLeft returns how many bytes of early data may still be written.
func (m *Machine) EarlyLeft() int {
	if m.desk == nil || m.Flow().Write != EarlyData {
		return 0
	}
	return int(min(m.c.early.left, math.MaxInt32))
}

// WroteEarly notes that n bytes of early data were written, at most as many as EarlyLeft says.
func (m *Machine) WroteEarly(n int) { m.c.early.move(n) }

func (b *earlyBudget) move(n int) {
	b.left -= int64(n)
	b.moved += int64(n)
}

// ReadEarly notes that n bytes of early data have come, and refuses those beyond what was granted.
func (m *Machine) ReadEarly(n int) error {
	if int64(n) > m.c.early.left {
		// RFC 8446, Section 4.2.10: more than max_early_data_size is unexpected_message.
		return record.Fail(record.AlertUnexpectedMessage, record.ReasonTooMuchReadEarlyData,
			"%d bytes of early data and then %d more: %d were granted", m.c.early.moved, n, m.c.early.moved+m.c.early.left)
	}
	m.c.early.move(n)
	return nil
}

// offerEarlyData announces early data in the first hello, if the first PSK allows it, and tells whether it did.
// RFC 8446, Section 4.2.10: it is under the session's own suite and protocol, and within its limit.
func offerEarlyData(c *Context, h *ClientHello, psks []offeredPSK) bool {
	if c.params.MaxEarlyData == 0 || c.options.NoEarlyData || len(psks) == 0 || psks[0].session == nil {
		return false
	}
	s := psks[0].session
	speaks := s.protocol == "" || slices.Contains(c.params.Protocols, s.protocol)
	if s.maxEarlyData == 0 || !speaks || !slices.Contains(c.params.Suites, s.suite) {
		return false
	}
	h.Extensions.Add(ExtEarlyData)
	c.early.left = int64(min(s.maxEarlyData, c.params.MaxEarlyData))
	return true
}

// startEarlyData lets early data follow the first hello.
func startEarlyData(c *Context, psk *offeredPSK, out *Flight) {
	disguise(c, out)
	hash := c.transcript.SumWith(c.sum[:0], psk.hash, nil)
	secret := earlySecrets(c, &psk.early, hash, out)
	out.installWrite13(psk.session.suite, &secret, EpochEarly)
	secret.Clear()
	limitEarlyData(c, psk.session, out)
}

// earlySecrets derives what goes with early data from the hash of the first hello, hands out the exporter, and returns the
// traffic secret.
func earlySecrets(c *Context, stage *keyschedule.Early, hash []byte, out *Flight) keyschedule.Secret {
	secret, exporter := stage.ClientTraffic(hash), stage.Exporter(hash)
	c.logSecret(keyschedule.LogClientEarly, secret.Bytes())
	c.logSecret(keyschedule.LogEarlyExporter, exporter.Bytes())
	out.tellEarly(&exporter13{exporter})
	return secret
}

// retried is what a HelloRetryRequest does to early data: it is refused, and what follows is in the clear again.
// RFC 8446, Section 4.1.2: the second hello doesn't announce it.
func (e earlyOffer) retried(second *Extensions, out *Flight) earlyOffer {
	if e != earlyOffered {
		return e
	}
	second.Present.Remove(ExtEarlyData)
	out.installWrite(nil, EpochPlaintext)
	return earlyRefused
}

// takeEarlyAnswer takes the server's answer to early data out of its EncryptedExtensions.
func (s *client13WaitEncryptedExtensions) takeEarlyAnswer(c *Context, e *Extensions) (earlyOffer, error) {
	if !e.Present.Has(ExtEarlyData) {
		if s.early == earlyOffered {
			return earlyRefused, nil
		}
		return s.early, nil
	}
	switch {
	case s.session == nil:
		// RFC 8446, Section 4.2.10: it is accepted together with the first PSK, or not at all.
		return 0, record.Fail(record.AlertIllegalParameter, record.ReasonUnexpectedExtension,
			"the server accepts early data and not its session")
	case s.suite != s.session.suite:
		// RFC 8446, Section 4.2.10: and with the session's suite,
		return 0, record.Fail(record.AlertIllegalParameter, record.ReasonCipherMismatchOnEarlyData,
			"the server accepts early data of %v with %v", s.session.suite.ID, s.suite.ID)
	case c.info.Protocol != s.session.protocol:
		// and protocol.
		return 0, record.Fail(record.AlertIllegalParameter, record.ReasonALPNMismatchOnEarlyData,
			"the server accepts early data of protocol %q with %q", s.session.protocol, c.info.Protocol)
	}
	c.info.EarlyData = EarlyAccepted
	return earlyAccepted, nil
}

// confirmRefusal tells the application that its early data was refused. What follows is under the handshake's keys, if it isn't
// after a HelloRetryRequest already.
func (s *client13Encrypted) confirmRefusal(c *Context, before earlyOffer, out *Flight) State {
	retried := before == earlyRefused
	c.info.EarlyData = EarlyDeclined
	switch {
	case retried:
		c.info.EarlyData = EarlyRetried
	case s.session == nil:
		c.info.EarlyData = EarlyNotResumed
	}
	if !retried {
		client := s.keys.ClientTraffic()
		out.installWrite13(s.suite, &client, EpochHandshake)
		client.Clear()
	}
	op := &ConfirmEarlyRefusal{Written: int(c.early.moved), Retried: retried, Value: c.options.Value}
	return &client13ConfirmingEarlyRefusal{next: *s, op: op}
}

// client13ConfirmingEarlyRefusal waits until the application knows that its early data was refused.
type client13ConfirmingEarlyRefusal struct {
	waits
	next client13Encrypted
	op   *ConfirmEarlyRefusal
}

func (*client13ConfirmingEarlyRefusal) Name() string           { return "client13.ConfirmingEarlyRefusal" }
func (s *client13ConfirmingEarlyRefusal) Operation() Operation { return s.op }

func (s *client13ConfirmingEarlyRefusal) clone() State {
	return &client13ConfirmingEarlyRefusal{next: s.next, op: s.op.clone()}
}

func (s *client13ConfirmingEarlyRefusal) Resume(c *Context, out *Flight) (State, error) {
	if err := s.op.err; err != nil {
		return nil, refused(err, record.Fail(record.AlertInternalError, record.ReasonEarlyDataNotAccepted,
			"the application needs its early data"))
	}
	return s.next.proceed(c), nil
}

// endEarlyData ends early data that was accepted (RFC 8446, Section 4.5): what follows is under the handshake's keys.
func endEarlyData(suite *cipher.Suite, keys *keyschedule.Handshake, out *Flight) {
	out.send(&EndOfEarlyData{})
	client := keys.ClientTraffic()
	out.installWrite13(suite, &client, EpochHandshake)
	client.Clear()
}
