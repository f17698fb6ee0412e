package handshake

import (
	"bytes"

	"tlsengine/cipher"
	"tlsengine/handshake/keyschedule"
)

// This file takes a server before TLS 1.3 from the client's key exchange to the end of the handshake.

// server12WaitClientKeyExchange waits for the client's half of the key exchange.
type server12WaitClientKeyExchange struct {
	handshaking
	suite *cipher.Suite
	own   *cipher.Ephemeral
	chain *unverifiedPeer // nil if the client sent no certificate
}

func (*server12WaitClientKeyExchange) Name() string        { return "server12.WaitClientKeyExchange" }
func (*server12WaitClientKeyExchange) Expects() MessageSet { return Messages(TypeClientKeyExchange) }
func (s *server12WaitClientKeyExchange) clone() State {
	return &server12WaitClientKeyExchange{suite: s.suite, own: s.own.Clone(), chain: s.chain}
}

func (s *server12WaitClientKeyExchange) On(c *Context, m Message, out *Flight) (State, error) {
	kx := m.(*ClientKeyExchange)
	op := &KeyAgreement{group: s.own.Group(), own: s.own, peer: bytes.Clone(kx.Public)}
	return &server12Agreeing{suite: s.suite, chain: s.chain, op: op}, nil
}

// server12Agreeing waits for the shared secret of the key exchange.
type server12Agreeing struct {
	waits
	suite *cipher.Suite
	chain *unverifiedPeer
	op    *KeyAgreement
}

func (*server12Agreeing) Name() string           { return "server12.Agreeing" }
func (s *server12Agreeing) Operation() Operation { return s.op }

func (s *server12Agreeing) clone() State {
	return &server12Agreeing{suite: s.suite, chain: s.chain, op: s.op.clone()}
}

func (s *server12Agreeing) Resume(c *Context, out *Flight) (State, error) {
	if err := s.op.err; err != nil {
		return nil, badShare(err)
	}
	master := c.master(s.suite, s.op.value.secret)
	if s.chain == nil {
		return newServer12WaitChangeCipherSpec(c, s.suite, &master), nil
	}
	return &server12WaitCertificateVerify{suite: s.suite, master: master, chain: s.chain}, nil
}

// server12WaitCertificateVerify waits for the client's proof that it has the certificate's key.
type server12WaitCertificateVerify struct {
	handshaking
	suite  *cipher.Suite
	master keyschedule.Master12
	chain  *unverifiedPeer
}

func (*server12WaitCertificateVerify) Name() string        { return "server12.WaitClientCertificateVerify" }
func (*server12WaitCertificateVerify) Expects() MessageSet { return Messages(TypeCertificateVerify) }
func (s *server12WaitCertificateVerify) clone() State      { c := *s; return &c }

func (s *server12WaitCertificateVerify) On(c *Context, m Message, out *Flight) (State, error) {
	cv := m.(*CertificateVerify)
	// RFC 5246, Section 7.4.8: all handshake messages before this one are signed.
	if err := s.chain.checkSignature(c, cv.Scheme, c.transcript.Raw(), cv.Signature, c.dialect.signing); err != nil {
		return nil, err
	}
	c.flushIncoming()
	c.transcript.DropRaw()
	return &server12VerifyingPeer{suite: s.suite, master: s.master, chain: s.chain, op: s.chain.verification(c)}, nil
}

// server12VerifyingPeer waits for the verdict on the client.
type server12VerifyingPeer struct {
	waits
	suite  *cipher.Suite
	master keyschedule.Master12
	chain  *unverifiedPeer
	op     *VerifyPeer
}

func (*server12VerifyingPeer) Name() string           { return "server12.VerifyingPeer" }
func (s *server12VerifyingPeer) Operation() Operation { return s.op }

func (s *server12VerifyingPeer) clone() State {
	return &server12VerifyingPeer{suite: s.suite, master: s.master, chain: s.chain, op: s.op.clone()}
}

func (s *server12VerifyingPeer) Resume(c *Context, out *Flight) (State, error) {
	if err := s.chain.takeVerdict(c, s.op); err != nil {
		return nil, err
	}
	return newServer12WaitChangeCipherSpec(c, s.suite, &s.master), nil
}

// newServer12WaitChangeCipherSpec goes on when all that the client authenticates with was checked.
func newServer12WaitChangeCipherSpec(c *Context, suite *cipher.Suite, master *keyschedule.Master12) State {
	block := c.keyBlock(master)
	return &server12WaitChangeCipherSpec{suite: suite, master: *master, block: block}
}

// server12WaitChangeCipherSpec waits for the client to switch to the new keys.
type server12WaitChangeCipherSpec struct {
	handshaking
	suite  *cipher.Suite
	master keyschedule.Master12
	block  keyschedule.KeyBlock
	first  keyschedule.VerifyData // our Finished, when a session is resumed
}

func (*server12WaitChangeCipherSpec) Name() string        { return "server12.WaitChangeCipherSpec" }
func (*server12WaitChangeCipherSpec) Expects() MessageSet { return Messages(PseudoChangeCipherSpec) }
func (s *server12WaitChangeCipherSpec) clone() State      { c := *s; return &c }

func (s *server12WaitChangeCipherSpec) On(c *Context, m Message, out *Flight) (State, error) {
	out.installRead12(s.block.Client)
	return &server12WaitFinished{suite: s.suite, master: s.master, block: s.block, first: s.first}, nil
}

// server12WaitFinished waits for the client's Finished.
type server12WaitFinished struct {
	handshaking
	suite  *cipher.Suite
	master keyschedule.Master12
	block  keyschedule.KeyBlock
	first  keyschedule.VerifyData // our Finished, when a session is resumed
}

func (*server12WaitFinished) Name() string        { return "server12.WaitFinished" }
func (*server12WaitFinished) Expects() MessageSet { return Messages(TypeFinished) }
func (s *server12WaitFinished) clone() State      { c := *s; return &c }

func (s *server12WaitFinished) On(c *Context, m Message, out *Flight) (State, error) {
	want := s.master.ClientFinished(c.runningBefore(), c.sum[:])
	if err := checkFinished(m.(*Finished), want.Bytes()); err != nil {
		return nil, err
	}
	out.endPeerFlight()
	switch {
	case c.resumed != nil:
		return connect12(c, s.suite, &s.master, s.first, out), nil
	case c.keepsake.promised:
		return &server12SealingTicket{suite: s.suite, master: s.master, block: s.block, first: want, op: sealing12(c, &s.master)}, nil
	}
	sendFinished12(c, &s.master, &s.block, out)
	return connect12(c, s.suite, &s.master, want, out), nil
}
