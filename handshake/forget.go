package handshake

import (
	"errors"

	"tlsengine/cipher"
)

// A state that holds secrets by value forgets them when it is left: what goes on has copies of its own. The Machine
// sees to it, also when the handshake fails or the connection is closed.
type forgetter interface{ forget() }

// A state that hands on private keys as they are can't clear them when it is left. It does so when no state follows.
type abandoner interface{ abandon() }

// forgetState clears what s holds and has not handed on.
func forgetState(s State) {
	if f, ok := s.(forgetter); ok {
		f.forget()
	}
}

// abandonState clears all that s holds: the connection goes no further.
func abandonState(s State) {
	forgetState(s)
	if a, ok := s.(abandoner); ok {
		a.abandon()
	}
}

// clear forgets all three.
func (a *applicationSecrets) clear() {
	a.client.Clear()
	a.server.Clear()
	a.exporter.Clear()
	a.master.Clear()
}

// clearOthers clears the key pairs that were not chosen, all of them if chosen is nil.
func clearOthers(shares []*cipher.Ephemeral, chosen *cipher.Ephemeral) {
	for _, e := range shares {
		if e != chosen {
			e.Clear()
		}
	}
}

// errAbandoned answers an operation that nobody waits for any more.
var errAbandoned = errors.New("handshake: the connection ended before the answer")

// clearHalf clears our half of an agreement, nil if there is none.
func clearHalf(own *cipher.Ephemeral) {
	if own != nil {
		own.Clear()
	}
}

// clear forgets our half of the key agreement and the result, and answers what nobody has answered yet. What somebody is at is
// left alone.
func (o *KeyAgreement) clear() {
	o.fill(agreement{}, errAbandoned)
	if !o.Answered() {
		return
	}
	clearHalf(o.own)
	clear(o.seed)
	clear(o.value.secret)
}

func (f *finishing12) forget() {
	f.master.Clear()
	f.block.Clear()
}

func (r *receiving) forget() { r.secret.Clear() }

func (s *client13Connected) forget() {
	s.receiving.forget()
	s.tickets.forget()
}

func (s *server13SealingTicket) forget() {
	s.secrets.clear()
	s.tickets.forget()
}

func (s *clientWaitServerHello) forget() {
	clearPSKs(s.psks)
	s.ech.forget()
}

func (s *clientWaitServerHello) abandon() { clearOthers(s.shares, nil) }

func (s *clientWaitServerHello2) forget()  { s.sent.forget() }
func (s *clientWaitServerHello2) abandon() { s.sent.abandon() }

func (s *client13Agreeing) forget() {
	s.stage.Clear()
	if s.op != nil {
		s.op.clear()
	}
}

func (s *client13ConfirmingEarlyRefusal) forget()              { s.next.keys.Clear() }
func (s *client13WaitEncryptedExtensions) forget()             { s.keys.Clear() }
func (s *client13WaitCertificateRequestOrCertificate) forget() { s.keys.Clear() }
func (s *client13WaitCertificate) forget()                     { s.keys.Clear() }
func (s *client13WaitCertificateVerify) forget()               { s.keys.Clear() }
func (s *client13VerifyingPeer) forget()                       { s.keys.Clear() }
func (s *client13WaitFinished) forget()                        { s.keys.Clear() }

func (s *client13ChoosingCredential) forget() {
	s.keys.Clear()
	s.secrets.clear()
}

func (s *client13Signing) forget() {
	s.keys.Clear()
	s.secrets.clear()
}

func (s *server13OpeningECH) forget()         { s.before.forget() }
func (s *server13VerifyingSession) forget()   { s.psk.clear() }
func (s *server13AdmittingEarlyData) forget() { s.choices.psk.clear() }
func (s *server13WaitClientHello2) forget()   { s.choices.psk.clear() }

func (s *server13Agreeing) forget() {
	s.choices.psk.clear()
	s.op.clear()
}

func (s *server13WaitEndOfEarlyData) forget() {
	s.keys.Clear()
	s.secrets.clear()
}

func (s *server13Signing) forget() { s.keys.Clear() }

func (s *server13WaitCertificate) forget() {
	s.keys.Clear()
	s.secrets.clear()
}

func (s *server13WaitCertificateVerify) forget() {
	s.keys.Clear()
	s.secrets.clear()
}

func (s *server13VerifyingPeer) forget() {
	s.keys.Clear()
	s.secrets.clear()
}

func (s *server13WaitFinished) forget() {
	s.keys.Clear()
	s.secrets.clear()
}

func (s *client12Agreeing) forget() { s.op.clear() }
func (s *client12Signing) forget()  { s.master.Clear() }

func (s *client12WaitNewSessionTicket) forget() { s.next.forget() }

func (s *server12RenewingTicket) forget() { s.master.Clear() }

func (s *server12Signing) abandon()               { clearHalf(s.own) }
func (s *server12WaitCertificate) abandon()       { clearHalf(s.own) }
func (s *server12WaitClientKeyExchange) abandon() { clearHalf(s.own) }
func (s *server12FindingPSK) abandon()            { clearHalf(s.own) }

func (s *server12Agreeing) forget()              { s.op.clear() }
func (s *server12Decrypting) forget()            { s.op.clear() }
func (s *server12WaitCertificateVerify) forget() { s.master.Clear() }
func (s *server12VerifyingPeer) forget()         { s.master.Clear() }
