package handshake

import (
	"tlsengine/cipher"
	"tlsengine/handshake/keyschedule"
	"tlsengine/record"
)

// This file takes a TLS 1.3 client from the server's Certificate to the end of the handshake.

// client13WaitCertificateVerify waits for the server's proof that it has the certificate's key.
type client13WaitCertificateVerify struct {
	handshaking
	suite   *cipher.Suite
	keys    keyschedule.Handshake
	request *certificateRequest // nil if our certificate was not asked for
	chain   *unverifiedPeer
}

func (*client13WaitCertificateVerify) Name() string        { return "client13.WaitCertificateVerify" }
func (*client13WaitCertificateVerify) Expects() MessageSet { return Messages(TypeCertificateVerify) }
func (s *client13WaitCertificateVerify) clone() State      { c := *s; return &c }

func (s *client13WaitCertificateVerify) On(c *Context, m Message, out *Flight) (State, error) {
	cv := m.(*CertificateVerify)
	content := signedContent13(ServerRole, c.hashBefore())
	if err := s.chain.checkSignature(c, cv.Scheme, content, cv.Signature, signing13); err != nil {
		return nil, err
	}
	return &client13VerifyingPeer{suite: s.suite, keys: s.keys, request: s.request, chain: s.chain, op: s.chain.verification(c)}, nil
}

// client13VerifyingPeer waits for the verdict on the server.
type client13VerifyingPeer struct {
	waits
	suite   *cipher.Suite
	keys    keyschedule.Handshake
	request *certificateRequest
	early   bool // early data was accepted
	chain   *unverifiedPeer
	op      *VerifyPeer
}

func (*client13VerifyingPeer) Name() string           { return "client13.VerifyingPeer" }
func (s *client13VerifyingPeer) Operation() Operation { return s.op }
func (s *client13VerifyingPeer) clone() State {
	n := *s
	n.op = s.op.clone()
	return &n
}

func (s *client13VerifyingPeer) Resume(c *Context, out *Flight) (State, error) {
	if err := s.chain.takeVerdict(c, s.op); err != nil {
		return nil, err
	}
	return &client13WaitFinished{suite: s.suite, keys: s.keys, request: s.request, early: s.early}, nil
}

// client13WaitFinished waits for the server's Finished; the server is verified.
type client13WaitFinished struct {
	handshaking
	suite   *cipher.Suite
	keys    keyschedule.Handshake
	request *certificateRequest
	early   bool // early data was accepted
}

func (*client13WaitFinished) Name() string        { return "client13.WaitFinished" }
func (*client13WaitFinished) Expects() MessageSet { return Messages(TypeFinished) }
func (s *client13WaitFinished) clone() State      { c := *s; return &c }

// Flow lets early data go on until the server's flight is over.
func (s *client13WaitFinished) Flow() Flow {
	if s.early {
		return earlyOffered.flow()
	}
	return Flow{}
}

func (s *client13WaitFinished) On(c *Context, m Message, out *Flight) (State, error) {
	if err := checkFinished(m.(*Finished), s.keys.ServerFinished(c.hashBefore())); err != nil {
		return nil, err
	}
	secrets := deriveApplication(c, &s.keys, c.hashThrough())
	out.endPeerFlight()
	out.expect(record.OuterApplication)
	out.installRead13(s.suite, &secrets.server, EpochApplication)
	if s.early {
		endEarlyData(s.suite, &s.keys, out)
	}
	if c.rejected != nil {
		return s.rejected(c, secrets, out), nil
	}
	if s.request == nil {
		return finishClient13(c, s.suite, &s.keys, secrets, out), nil
	}
	op := &SelectCredential{
		params: c.params, Role: ClientRole, Schemes: s.request.schemes, Authorities: s.request.authorities, wishes: s.request.wishes,
		Certificates: []CertificateType{c.ownType},
		rules:        signing13, Value: c.options.Value,
	}
	return &client13ChoosingCredential{suite: s.suite, keys: s.keys, secrets: secrets, op: op}, nil
}

// rejected ends the handshake with a server that has not accepted the encrypted hello.
func (s *client13WaitFinished) rejected(c *Context, secrets applicationSecrets, out *Flight) State {
	if s.request != nil {
		out.send(&Certificate{}) // RFC 9849, Section 6.1.7: no certificate for who is not the one that was meant
	}
	sendFinished(c, s.suite, &s.keys, &secrets, out)
	secrets.clear()
	return &client13Rejected{err: c.rejectedError()}
}

// checkFinished compares a Finished with what it must be.
func checkFinished(m *Finished, want []byte) error {
	if !keyschedule.CheckFinished(m.VerifyData, want) {
		// RFC 8446, Section 4.4.4; RFC 5246, Section 7.4.9: a wrong Finished is a decrypt_error.
		return record.Fail(record.AlertDecryptError, record.ReasonDigestCheckFailed,
			"the peer's Finished is wrong: the two ends saw different handshakes")
	}
	return nil
}

// applicationSecrets are what the handshake is for. The master secret is there for the sessions that follow from it.
type applicationSecrets struct {
	client, server, exporter keyschedule.Secret
	master                   keyschedule.Master
}

// deriveApplication makes the application secrets from the hash through the server's Finished (RFC 8446, Section 7.1).
func deriveApplication(c *Context, keys *keyschedule.Handshake, throughServerFinished []byte) applicationSecrets {
	master := keys.Master(throughServerFinished)
	s := applicationSecrets{client: master.ClientTraffic(), server: master.ServerTraffic(), exporter: master.Exporter(), master: master}
	master.Clear()
	c.logSecret(keyschedule.LogClientTraffic, s.client.Bytes())
	c.logSecret(keyschedule.LogServerTraffic, s.server.Bytes())
	c.logSecret(keyschedule.LogExporter, s.exporter.Bytes())
	return s
}

// finishClient13 sends the client's Finished and ends the handshake.
func finishClient13(c *Context, suite *cipher.Suite, keys *keyschedule.Handshake, secrets applicationSecrets, out *Flight) State {
	sendFinished(c, suite, keys, &secrets, out)
	return connectClient13(c, &secrets, out)
}

// sendFinished sends the client's Finished, after which it writes under the application keys.
func sendFinished(c *Context, suite *cipher.Suite, keys *keyschedule.Handshake, secrets *applicationSecrets, out *Flight) {
	verify := keys.ClientFinished(c.hashThrough())
	out.sendFinished(verify)
	keys.Clear()
	out.installWrite13(suite, &secrets.client, EpochApplication)
}

// client13ChoosingCredential waits for the credential that the server asked for.
type client13ChoosingCredential struct {
	waits
	suite   *cipher.Suite
	keys    keyschedule.Handshake
	secrets applicationSecrets
	op      *SelectCredential
}

func (*client13ChoosingCredential) Name() string           { return "client13.ChoosingCredential" }
func (s *client13ChoosingCredential) Operation() Operation { return s.op }
func (s *client13ChoosingCredential) clone() State {
	return &client13ChoosingCredential{suite: s.suite, keys: s.keys, secrets: s.secrets, op: s.op.clone()}
}

func (s *client13ChoosingCredential) Resume(c *Context, out *Flight) (State, error) {
	credential, err := s.op.credential()
	if err != nil {
		return nil, err
	}
	if credential == nil {
		// RFC 8446, Section 4.4.2: without a suitable certificate the list is empty, and no CertificateVerify follows.
		out.send(&Certificate{})
		return finishClient13(c, s.suite, &s.keys, s.secrets, out), nil
	}
	out.send(credential.message(&s.op.wishes, c.params))
	c.info.Credential = credential
	scheme := s.op.schemeOf(credential)
	sign := signing(c, credential, scheme, signedContent13(ClientRole, c.hashThrough()))
	return &client13Signing{suite: s.suite, keys: s.keys, secrets: s.secrets, op: sign}, nil
}

// client13Signing waits for our own CertificateVerify's signature.
type client13Signing struct {
	waits
	suite   *cipher.Suite
	keys    keyschedule.Handshake
	secrets applicationSecrets
	op      *Sign
}

func (*client13Signing) Name() string           { return "client13.Signing" }
func (s *client13Signing) Operation() Operation { return s.op }
func (s *client13Signing) clone() State {
	return &client13Signing{suite: s.suite, keys: s.keys, secrets: s.secrets, op: s.op.clone()}
}

func (s *client13Signing) Resume(c *Context, out *Flight) (State, error) {
	signature, err := s.op.signature()
	if err != nil {
		return nil, err
	}
	out.send(&CertificateVerify{Scheme: s.op.scheme, Signature: signature})
	c.info.LocalScheme = s.op.scheme
	return finishClient13(c, s.suite, &s.keys, s.secrets, out), nil
}
