package handshake

import (
	"tlsengine/cipher"
	"tlsengine/handshake/keyschedule"
	"tlsengine/record"
)

// This file takes a client before TLS 1.3 from ServerHelloDone to the end of the handshake.

// client12VerifyingPeer waits for the verdict on the server.
type client12VerifyingPeer struct {
	waits
	serverFlight
	op *VerifyPeer
}

func (*client12VerifyingPeer) Name() string           { return "client12.VerifyingPeer" }
func (s *client12VerifyingPeer) Operation() Operation { return s.op }
func (s *client12VerifyingPeer) clone() State {
	return &client12VerifyingPeer{serverFlight: s.serverFlight, op: s.op.clone()}
}

func (s *client12VerifyingPeer) Resume(c *Context, out *Flight) (State, error) {
	if err := s.chain.takeVerdict(c, s.op); err != nil {
		return nil, err
	}
	if s.request == nil {
		return s.exchangeKeys(c, nil, 0, out)
	}
	if c.rejected != nil {
		c.dialect.sendNoCertificate(c, out) // RFC 9849, Section 6.1.7: none for who is not the one that was meant
		return s.exchangeKeys(c, nil, 0, out)
	}
	op := &SelectCredential{
		params: c.params, Role: ClientRole, Schemes: s.request.schemes, Authorities: s.request.authorities, Types: s.request.types,
		Certificates: []CertificateType{c.ownType}, rules: c.dialect.signing, Value: c.options.Value,
	}
	return &client12ChoosingCredential{serverFlight: s.serverFlight, op: op}, nil
}

// client12ChoosingCredential waits for the credential that the server asked for.
type client12ChoosingCredential struct {
	waits
	serverFlight
	op *SelectCredential
}

func (*client12ChoosingCredential) Name() string           { return "client12.ChoosingCredential" }
func (s *client12ChoosingCredential) Operation() Operation { return s.op }
func (s *client12ChoosingCredential) clone() State {
	return &client12ChoosingCredential{serverFlight: s.serverFlight, op: s.op.clone()}
}

func (s *client12ChoosingCredential) Resume(c *Context, out *Flight) (State, error) {
	credential, err := s.op.credential()
	if err != nil {
		return nil, err
	}
	if credential == nil {
		c.dialect.sendNoCertificate(c, out)
		return s.exchangeKeys(c, nil, 0, out)
	}
	out.send(credential.certificate12())
	c.info.Credential = credential
	return s.exchangeKeys(c, credential, c.dialect.signing.choose(credential, ClientRole, s.op.Schemes), out)
}

// clientHalf is what a client does about the key exchange: what it has to sign with, and what of its message is known.
type clientHalf struct {
	suite      *cipher.Suite
	credential *Credential // nil if there is nothing to sign
	scheme     cipher.SignatureScheme
	psk        *PSK // nil if the suite has none
}

// exchangeKeys begins the client's half of the key exchange. credential is what we shall sign with, or nil.
func (f serverFlight) exchangeKeys(c *Context, credential *Credential, scheme cipher.SignatureScheme, out *Flight) (State, error) {
	if credential == nil {
		c.transcript.DropRaw()
	}
	half := clientHalf{suite: f.suite, credential: credential, scheme: scheme}
	if exchangeOf(f.suite).psk {
		op := &FindPSK{params: c.params, Role: ClientRole, Hint: f.half.hint, Value: c.options.Value}
		return &client12FindingPSK{serverFlight: f, half: half, op: op}, nil
	}
	return f.agree(c, half, out)
}

// client12FindingPSK waits for the key that the server's hint speaks of.
type client12FindingPSK struct {
	waits
	serverFlight
	half clientHalf
	op   *FindPSK
}

func (*client12FindingPSK) Name() string           { return "client12.FindingPSK" }
func (s *client12FindingPSK) Operation() Operation { return s.op }
func (s *client12FindingPSK) clone() State {
	return &client12FindingPSK{serverFlight: s.serverFlight, half: s.half, op: s.op.clone()}
}

func (s *client12FindingPSK) Resume(c *Context, out *Flight) (State, error) {
	if s.op.err != nil {
		return nil, refused(s.op.err, record.Fail(record.AlertInternalError, record.ReasonPSKIdentityNotFound, "finding a PSK failed"))
	}
	if s.op.value == nil {
		return nil, record.Fail(record.AlertHandshakeFailure, record.ReasonPSKIdentityNotFound,
			"there is no PSK for the server's hint of %d bytes", len(s.op.Hint))
	}
	half := s.half
	half.psk = s.op.value
	return s.agree(c, half, out)
}

// agree makes the secret: by an agreement in a group, by sending one to the server's RSA key, or from the PSK alone.
func (f serverFlight) agree(c *Context, half clientHalf, out *Flight) (State, error) {
	x := exchangeOf(f.suite)
	switch {
	case x.agreement != nil:
		group := f.half.group
		op := &KeyAgreement{group: group, seed: c.random.seed(UseKeyResponse, group.SeedSize()), peer: f.half.public}
		return &client12Agreeing{clientHalf: half, op: op}, nil
	case x.transport:
		return half.transport(c, f.chain.key(), out)
	}
	return half.send(c, &ClientKeyExchange{}, nil, out), nil
}

// client12Agreeing waits for the shared secret of the key exchange.
type client12Agreeing struct {
	waits
	clientHalf
	op *KeyAgreement
}

func (*client12Agreeing) Name() string           { return "client12.Agreeing" }
func (s *client12Agreeing) Operation() Operation { return s.op }
func (s *client12Agreeing) clone() State {
	return &client12Agreeing{clientHalf: s.clientHalf, op: s.op.clone()}
}

func (s *client12Agreeing) Resume(c *Context, out *Flight) (State, error) {
	if err := s.op.err; err != nil {
		return nil, badShare(err)
	}
	secret := s.op.value.secret
	next := s.send(c, &ClientKeyExchange{Public: s.op.value.share}, s.op.group.Premaster(secret), out)
	clear(secret)
	return next, nil
}

// send sends the client's half and goes on with the master secret. secret is what the exchange has given beside the PSK.
func (h clientHalf) send(c *Context, m *ClientKeyExchange, secret []byte, out *Flight) State {
	if h.psk != nil {
		m.Identity = h.psk.identity
		c.info.peer().PSK = h.psk
	}
	out.send(m)
	master := c.master(h.suite, premaster(secret, h.psk))
	if h.credential == nil {
		return finishClient12(c, &master, out)
	}
	proof, next := c.dialect.proof, &client12Signing{master: master}
	next.op = signing(c, h.credential, h.scheme, proof.content(c, &next.master, h.credential.key.Public()))
	next.op.digested = proof.digested
	return next
}

// client12Signing waits for our own CertificateVerify's signature.
type client12Signing struct {
	waits
	master keyschedule.Master12
	op     *Sign
}

func (*client12Signing) Name() string           { return "client12.Signing" }
func (s *client12Signing) Operation() Operation { return s.op }
func (s *client12Signing) clone() State {
	return &client12Signing{master: s.master, op: s.op.clone()}
}

func (s *client12Signing) Resume(c *Context, out *Flight) (State, error) {
	signature, err := s.op.signature()
	if err != nil {
		return nil, err
	}
	out.send(&CertificateVerify{Scheme: s.op.scheme, Signature: signature})
	c.info.LocalScheme = s.op.scheme
	c.transcript.DropRaw()
	return finishClient12(c, &s.master, out), nil
}

// finishClient12 sends ChangeCipherSpec and the client's Finished, and waits for the server's.
func finishClient12(c *Context, master *keyschedule.Master12, out *Flight) State {
	block := c.keyBlock(master)
	out.sendChangeCipherSpec()
	out.installWrite12(block.Client())
	sendNextProtocol(c, out)
	verify := master.ClientFinished(c.runningThrough(), c.sum[:])
	out.sendFinished(verify.Bytes())
	ahead := startsAhead(c)
	if ahead {
		out.tellEarly(&exporter12{master: *master, info: c.info, first: verify})
	}
	return awaitTicket(c, &client12WaitChangeCipherSpec{aheadFlow: aheadFlow{ahead}, finishing12: finishing12{*master, block, verify}})
}

// client12WaitChangeCipherSpec waits for the server to switch to the new keys.
type client12WaitChangeCipherSpec struct {
	ignoringRequests12
	aheadFlow
	finishing12
}

func (*client12WaitChangeCipherSpec) Name() string        { return "client12.WaitChangeCipherSpec" }
func (*client12WaitChangeCipherSpec) Expects() MessageSet { return Messages(PseudoChangeCipherSpec) }
func (s *client12WaitChangeCipherSpec) clone() State      { c := *s; return &c }

func (s *client12WaitChangeCipherSpec) On(c *Context, m Message, out *Flight) (State, error) {
	out.installRead12(s.block.Server())
	return &client12WaitFinished{aheadFlow: s.aheadFlow, finishing12: s.finishing12}, nil
}

// client12WaitFinished waits for the server's Finished.
type client12WaitFinished struct {
	ignoringRequests12
	aheadFlow
	finishing12
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
	if c.rejected != nil {
		return nil, c.rejectedError()
	}
	if c.resumed != nil {
		return s.finishResumed(c, want, out), nil
	}
	return connect12(c, &s.master, verifyData12{client: s.first, server: want}, out), nil
}
