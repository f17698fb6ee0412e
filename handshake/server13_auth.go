package handshake

import (
	"tlsengine/cipher"
	"tlsengine/handshake/keyschedule"
	"tlsengine/record"
)

// This file takes a TLS 1.3 server from its own signature to the client's Finished.

// server13Signing waits for our own CertificateVerify's signature.
type server13Signing struct {
	waits
	suite *cipher.Suite
	keys  keyschedule.Handshake
	op    *Sign
}

func (*server13Signing) Name() string           { return "server13.Signing" }
func (s *server13Signing) Operation() Operation { return s.op }

func (s *server13Signing) clone() State {
	return &server13Signing{suite: s.suite, keys: s.keys, op: s.op.clone()}
}

func (s *server13Signing) Resume(c *Context, out *Flight) (State, error) {
	signature, err := s.op.signature()
	if err != nil {
		return nil, err
	}
	out.send(&CertificateVerify{Scheme: s.op.scheme, Signature: signature})
	c.info.LocalScheme = s.op.scheme
	return sendFinished13(c, &s.keys, false, out), nil
}

// sendFinished13 sends our Finished, which ends our flight, and waits for the client's; early tells whether early data comes
// first.
func sendFinished13(c *Context, keys *keyschedule.Handshake, early bool, out *Flight) State {
	out.sendFinished(keys.ServerFinished(c.hashThrough()))
	secrets := deriveApplication(c, keys, c.hashThrough())
	out.installWrite13(c.info.Suite, &secrets.server, EpochApplication)
	switch {
	case early:
		return &server13WaitEndOfEarlyData{keys: *keys, secrets: secrets}
	case c.info.ClientAuthRequested:
		return &server13WaitCertificate{mayBeCompressed: certificatesMayBe(c.params), suite: c.info.Suite, keys: *keys, secrets: secrets}
	}
	return &server13WaitFinished{suite: c.info.Suite, keys: *keys, secrets: secrets}
}

// server13WaitCertificate waits for the certificate that the client was asked for.
type server13WaitCertificate struct {
	handshaking
	mayBeCompressed
	suite   *cipher.Suite
	keys    keyschedule.Handshake
	secrets applicationSecrets
}

func (*server13WaitCertificate) Name() string          { return "server13.WaitCertificate" }
func (s *server13WaitCertificate) Expects() MessageSet { return s.expects(TypeCertificate) }
func (s *server13WaitCertificate) clone() State        { c := *s; return &c }

func (s *server13WaitCertificate) On(c *Context, m Message, out *Flight) (State, error) {
	cert, err := readCertificate(c, m)
	if err != nil {
		return nil, err
	}
	if len(cert.Context) != 0 {
		// RFC 8446, Section 4.4.2: the context is that of the request, empty within a handshake.
		return nil, record.Fail(record.AlertIllegalParameter, record.ReasonDecodeError,
			"the client's Certificate has a context of %d bytes", len(cert.Context))
	}
	if len(cert.Entries) == 0 {
		if c.params.ClientAuth == AuthRequired {
			// RFC 8446, Section 4.4.2.4.
			return nil, record.Fail(record.AlertCertificateRequired, record.ReasonPeerDidNotReturnACertificate,
				"the client has no certificate for us")
		}
		return &server13WaitFinished{suite: s.suite, keys: s.keys, secrets: s.secrets}, nil
	}
	chain, err := readChain(c, cert)
	if err != nil {
		return nil, err
	}
	return &server13WaitCertificateVerify{suite: s.suite, keys: s.keys, secrets: s.secrets, chain: chain}, nil
}

// server13WaitCertificateVerify waits for the client's proof that it has the certificate's key.
type server13WaitCertificateVerify struct {
	handshaking
	suite   *cipher.Suite
	keys    keyschedule.Handshake
	secrets applicationSecrets
	chain   *unverifiedPeer
}

func (*server13WaitCertificateVerify) Name() string        { return "server13.WaitCertificateVerify" }
func (*server13WaitCertificateVerify) Expects() MessageSet { return Messages(TypeCertificateVerify) }
func (s *server13WaitCertificateVerify) clone() State      { c := *s; return &c }

func (s *server13WaitCertificateVerify) On(c *Context, m Message, out *Flight) (State, error) {
	cv := m.(*CertificateVerify)
	content := signedContent13(ClientRole, c.hashBefore())
	if err := s.chain.checkSignature(c, cv.Scheme, content, cv.Signature, signing13); err != nil {
		return nil, err
	}
	return &server13VerifyingPeer{suite: s.suite, keys: s.keys, secrets: s.secrets, chain: s.chain, op: s.chain.verification(c)}, nil
}

// server13VerifyingPeer waits for the verdict on the client.
type server13VerifyingPeer struct {
	waits
	suite   *cipher.Suite
	keys    keyschedule.Handshake
	secrets applicationSecrets
	chain   *unverifiedPeer
	op      *VerifyPeer
}

func (*server13VerifyingPeer) Name() string           { return "server13.VerifyingPeer" }
func (s *server13VerifyingPeer) Operation() Operation { return s.op }

func (s *server13VerifyingPeer) clone() State {
	return &server13VerifyingPeer{suite: s.suite, keys: s.keys, secrets: s.secrets, chain: s.chain, op: s.op.clone()}
}

func (s *server13VerifyingPeer) Resume(c *Context, out *Flight) (State, error) {
	if err := s.chain.takeVerdict(c, s.op); err != nil {
		return nil, err
	}
	return &server13WaitFinished{suite: s.suite, keys: s.keys, secrets: s.secrets}, nil
}

// server13WaitFinished waits for the client's Finished; the client is verified, if it was to be.
type server13WaitFinished struct {
	handshaking
	suite   *cipher.Suite
	keys    keyschedule.Handshake
	secrets applicationSecrets
	half    bool // half-RTT data may be written
}

func (*server13WaitFinished) Name() string        { return "server13.WaitFinished" }
func (*server13WaitFinished) Expects() MessageSet { return Messages(TypeFinished) }
func (s *server13WaitFinished) clone() State      { c := *s; return &c }

// Flow lets the answer to early data go out.
func (s *server13WaitFinished) Flow() Flow {
	if s.half {
		return Flow{Write: HalfRTT}
	}
	return Flow{}
}

func (s *server13WaitFinished) On(c *Context, m Message, out *Flight) (State, error) {
	if err := checkFinished(m.(*Finished), s.keys.ClientFinished(c.hashBefore())); err != nil {
		return nil, err
	}
	s.keys.Clear()
	out.expect(record.OuterApplication)
	out.installRead13(s.suite, &s.secrets.client, EpochApplication)
	return finishServer13(c, &s.secrets, out), nil
}
