package handshake

import (
	"bytes"

	"tlsengine/cipher"
	"tlsengine/handshake/keyschedule"
)

// This file takes a client before TLS 1.3 from ServerHelloDone to the end of the handshake.

// client12VerifyingPeer waits for the verdict on the server.
type client12VerifyingPeer struct {
	waits
	suite    *cipher.Suite
	chain    *unverifiedPeer
	exchange serverHalf
	request  *certificateRequest
	op       *VerifyPeer
}

func (*client12VerifyingPeer) Name() string           { return "client12.VerifyingPeer" }
func (s *client12VerifyingPeer) Operation() Operation { return s.op }
func (s *client12VerifyingPeer) clone() State {
	return &client12VerifyingPeer{suite: s.suite, chain: s.chain, exchange: s.exchange, request: s.request, op: s.op.clone()}
}

func (s *client12VerifyingPeer) Resume(c *Context, out *Flight) (State, error) {
	if err := s.chain.takeVerdict(c, s.op); err != nil {
		return nil, err
	}
	if s.request == nil {
		return agree12(c, s.suite, s.exchange, nil, 0), nil
	}
	op := &SelectCredential{
		params: c.params, Role: ClientRole, Schemes: s.request.schemes, Authorities: s.request.authorities, rules: c.dialect.signing, Types: s.request.types, Value: c.options.Value,
	}
	return &client12ChoosingCredential{suite: s.suite, exchange: s.exchange, op: op}, nil
}

// client12ChoosingCredential waits for the credential that the server asked for.
type client12ChoosingCredential struct {
	waits
	suite    *cipher.Suite
	exchange serverHalf
	op       *SelectCredential
}

func (*client12ChoosingCredential) Name() string           { return "client12.ChoosingCredential" }
func (s *client12ChoosingCredential) Operation() Operation { return s.op }
func (s *client12ChoosingCredential) clone() State {
	return &client12ChoosingCredential{suite: s.suite, exchange: s.exchange, op: s.op.clone()}
}

func (s *client12ChoosingCredential) Resume(c *Context, out *Flight) (State, error) {
	credential, err := s.op.credential()
	if err != nil {
		return nil, err
	}
	if credential == nil {
		// RFC 5246, Section 7.4.6: without a suitable certificate the list is empty.
		out.send(&Certificate{})
		return agree12(c, s.suite, s.exchange, nil, 0), nil
	}
	out.send(&Certificate{Entries: credential.entries})
	c.info.Credential = credential
	return agree12(c, s.suite, s.exchange, credential, c.dialect.signing.choose(credential, s.op.Schemes)), nil
}

// agree12 asks for our half of the key exchange and the secret. credential is what we shall sign with, or nil.
func agree12(c *Context, suite *cipher.Suite, peer serverHalf, credential *Credential, scheme cipher.SignatureScheme) State {
	if credential == nil {
		c.transcript.DropRaw()
	}
	op := &KeyAgreement{group: peer.group, seed: c.random.seed(UseKeyResponse, peer.group.SeedSize()), peer: peer.public}
	return &client12Agreeing{suite: suite, credential: credential, scheme: scheme, op: op}
}

// client12Agreeing waits for the shared secret of the key exchange.
type client12Agreeing struct {
	waits
	suite      *cipher.Suite
	credential *Credential // nil if there is nothing to sign
	scheme     cipher.SignatureScheme
	op         *KeyAgreement
}

func (*client12Agreeing) Name() string           { return "client12.Agreeing" }
func (s *client12Agreeing) Operation() Operation { return s.op }
func (s *client12Agreeing) clone() State {
	return &client12Agreeing{suite: s.suite, credential: s.credential, scheme: s.scheme, op: s.op.clone()}
}

func (s *client12Agreeing) Resume(c *Context, out *Flight) (State, error) {
	if err := s.op.err; err != nil {
		return nil, badShare(err)
	}
	out.send(&ClientKeyExchange{Public: s.op.value.share})
	master := c.master(s.suite, s.op.value.secret)
	if s.credential == nil {
		return finishClient12(c, s.suite, &master, out), nil
	}
	// RFC 5246, Section 7.4.8: all handshake messages so far are signed.
	sign := signing(c, s.credential, s.scheme, bytes.Clone(c.transcript.Raw()))
	return &client12Signing{suite: s.suite, master: master, op: sign}, nil
}

// client12Signing waits for our own CertificateVerify's signature.
type client12Signing struct {
	waits
	suite  *cipher.Suite
	master keyschedule.Master12
	op     *Sign
}

func (*client12Signing) Name() string           { return "client12.Signing" }
func (s *client12Signing) Operation() Operation { return s.op }
func (s *client12Signing) clone() State {
	return &client12Signing{suite: s.suite, master: s.master, op: s.op.clone()}
}

func (s *client12Signing) Resume(c *Context, out *Flight) (State, error) {
	signature, err := s.op.signature()
	if err != nil {
		return nil, err
	}
	out.send(&CertificateVerify{Scheme: s.op.scheme, Signature: signature})
	c.info.LocalScheme = s.op.scheme
	c.transcript.DropRaw()
	return finishClient12(c, s.suite, &s.master, out), nil
}

// finishClient12 sends ChangeCipherSpec and the client's Finished, and waits for the server's.
func finishClient12(c *Context, suite *cipher.Suite, master *keyschedule.Master12, out *Flight) State {
	block := c.keyBlock(master)
	out.sendChangeCipherSpec()
	out.installWrite12(block.Client)
	verify := master.ClientFinished(c.runningThrough(), c.sum[:])
	out.send(&Finished{VerifyData: verify.Bytes()})
	return awaitTicket(c, &client12WaitChangeCipherSpec{suite: suite, master: *master, block: block, first: verify})
}

// client12WaitChangeCipherSpec waits for the server to switch to the new keys.
type client12WaitChangeCipherSpec struct {
	negotiating12
	suite  *cipher.Suite
	master keyschedule.Master12
	block  keyschedule.KeyBlock
	first  keyschedule.VerifyData // our Finished; not there yet when a session is resumed
}

func (*client12WaitChangeCipherSpec) Name() string        { return "client12.WaitChangeCipherSpec" }
func (*client12WaitChangeCipherSpec) Expects() MessageSet { return Messages(PseudoChangeCipherSpec) }
func (s *client12WaitChangeCipherSpec) clone() State      { c := *s; return &c }

func (s *client12WaitChangeCipherSpec) On(c *Context, m Message, out *Flight) (State, error) {
	out.installRead12(s.block.Server)
	return &client12WaitFinished{suite: s.suite, master: s.master, block: s.block, first: s.first}, nil
}

// client12WaitFinished waits for the server's Finished.
type client12WaitFinished struct {
	negotiating12
	suite  *cipher.Suite
	master keyschedule.Master12
	block  keyschedule.KeyBlock
	first  keyschedule.VerifyData // our Finished; not there yet when a session is resumed
}

func (*client12WaitFinished) Name() string        { return "client12.WaitFinished" }
func (*client12WaitFinished) Expects() MessageSet { return Messages(TypeFinished) }
func (s *client12WaitFinished) clone() State      { c := *s; return &c }

func (s *client12WaitFinished) On(c *Context, m Message, out *Flight) (State, error) {
	want := s.master.ServerFinished(c.runningBefore(), c.sum[:])
	if err := checkFinished(m.(*Finished), want.Bytes()); err != nil {
		return nil, err
	}
	out.endPeerFlight()
	if c.resumed != nil {
		return s.finishResumed(c, want, out), nil
	}
	return connect12(c, s.suite, &s.master, s.first, out), nil
}
