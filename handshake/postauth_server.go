package handshake

import (
	"bytes"

	"tlsengine/record"
)

// This file is the server's side of client authentication after the handshake.

// requestContextSize is how many bytes tell the requests of a connection apart: a client can't have signed for one in advance.
const requestContextSize = 32

// requestCertificate sends a CertificateRequest (RFC 8446, Section 4.3.2).
func (s *server13Connected) requestCertificate(c *Context, out *Flight) (State, error) {
	c.beginExchange()
	context := make([]byte, requestContextSize)
	c.random.fill(UseRequestContext, context)
	sendCertificateRequest13(c, context, out)
	return &server13PostAuthWaitCertificate{mayBeCompressed: certificatesMayBe(c.params), receiving: s.receiving, context: context}, nil
}

// server13PostAuthWaitCertificate waits for the certificate that the client was asked for, for however long it takes.
type server13PostAuthWaitCertificate struct {
	connectedFlow
	mayBeCompressed
	receiving
	context []byte
}

func (*server13PostAuthWaitCertificate) Name() string { return "server13.PostAuth.WaitCertificate" }
func (s *server13PostAuthWaitCertificate) Expects() MessageSet {
	return s.expects(TypeCertificate, TypeKeyUpdate)
}
func (s *server13PostAuthWaitCertificate) clone() State { c := *s; return &c }

func (s *server13PostAuthWaitCertificate) On(c *Context, m Message, out *Flight) (State, error) {
	next := *s
	if u, ok := m.(*KeyUpdate); ok {
		next.receiving = s.onKeyUpdate(u, out)
		return &next, nil
	}
	cert, err := readCertificate(c, m)
	if err != nil {
		return nil, err
	}
	if !bytes.Equal(cert.Context, s.context) {
		// RFC 8446, Section 4.4.2: the context is that of the request.
		return nil, record.Fail(record.AlertIllegalParameter, record.ReasonDecodeError,
			"the client's Certificate answers no request of ours")
	}
	if len(cert.Entries) == 0 {
		if c.params.ClientAuth == AuthRequired {
			// RFC 8446, Section 4.4.2.4.
			return nil, record.Fail(record.AlertCertificateRequired, record.ReasonPeerDidNotReturnACertificate,
				"the client has no certificate for us")
		}
		return &server13PostAuthWaitFinished{receiving: s.receiving}, nil
	}
	chain, err := readChain(c, cert)
	if err != nil {
		return nil, err
	}
	return &server13PostAuthWaitCertificateVerify{receiving: s.receiving, chain: chain}, nil
}

// server13PostAuthWaitCertificateVerify waits for the client's proof that it has the certificate's key. RFC 8446,
// Section 4.6.2: no other message may come before it.
type server13PostAuthWaitCertificateVerify struct {
	connectedFlow
	receiving
	chain *unverifiedPeer
}

func (*server13PostAuthWaitCertificateVerify) Name() string {
	return "server13.PostAuth.WaitCertificateVerify"
}
func (*server13PostAuthWaitCertificateVerify) Expects() MessageSet {
	return Messages(TypeCertificateVerify)
}
func (s *server13PostAuthWaitCertificateVerify) clone() State { c := *s; return &c }

func (s *server13PostAuthWaitCertificateVerify) On(c *Context, m Message, out *Flight) (State, error) {
	cv := m.(*CertificateVerify)
	if err := s.chain.checkSignature(c, cv.Scheme, signedContent13(ClientRole, c.hashBefore()), cv.Signature, signing13); err != nil {
		return nil, err
	}
	return &server13PostAuthWaitFinished{receiving: s.receiving, chain: s.chain}, nil
}

// server13PostAuthWaitFinished waits for the end of the client's answer.
type server13PostAuthWaitFinished struct {
	connectedFlow
	receiving
	chain *unverifiedPeer // nil if the client has no certificate
}

func (*server13PostAuthWaitFinished) Name() string        { return "server13.PostAuth.WaitFinished" }
func (*server13PostAuthWaitFinished) Expects() MessageSet { return Messages(TypeFinished) }
func (s *server13PostAuthWaitFinished) clone() State      { c := *s; return &c }

func (s *server13PostAuthWaitFinished) On(c *Context, m Message, out *Flight) (State, error) {
	// RFC 8446, Section 4.4: under the traffic secret of the moment.
	if err := checkFinished(m.(*Finished), finishedBy(&s.secret, c.hashBefore())); err != nil {
		return nil, err
	}
	c.flushIncoming()
	if s.chain == nil {
		c.endExchange(false, out)
	} else {
		c.aside = &server13Judging{chain: s.chain, op: s.chain.verification(c)}
	}
	return &server13Connected{s.receiving}, nil
}

// server13Judging is a server that waits for the verdict on the client, which has shown that it has the key.
type server13Judging struct {
	chain *unverifiedPeer
	op    *VerifyPeer
}

func (e *server13Judging) Operation() Operation { return e.op }
func (e *server13Judging) clone() exchange13 {
	return &server13Judging{chain: e.chain, op: e.op.clone()}
}

func (e *server13Judging) resume(c *Context, keys *SendKeys, out *Flight) (exchange13, error) {
	if err := e.chain.takeVerdict(c, e.op); err != nil {
		return nil, err
	}
	if c.auth.tickets == nil || keys == nil {
		c.endExchange(true, out)
		return nil, nil
	}
	// RFC 8446, Section 4.6.1: what a ticket speaks for is what is known when it is given: the client's certificate from here on.
	session := c.auth.tickets.grant(c, newSession(c), c.auth.given)
	return &server13Regranting{session: session, op: c.sealing(session)}, nil
}

// server13Regranting is a server that waits for a ticket that speaks for the client's certificate.
type server13Regranting struct {
	session *Session
	op      *SealTicket
}

func (e *server13Regranting) Operation() Operation { return e.op }
func (e *server13Regranting) clone() exchange13 {
	return &server13Regranting{session: e.session, op: e.op.clone()}
}

func (e *server13Regranting) resume(c *Context, keys *SendKeys, out *Flight) (exchange13, error) {
	if err := e.op.err; err != nil {
		return nil, refused(err, record.Fail(record.AlertInternalError, record.ReasonTicketEncryptionFailed, "no ticket could be made"))
	}
	if len(e.op.value) > 0 && e.session.lifetime > 0 && keys != nil {
		sendTicket13(c, e.session, ticketNonce(c.auth.given), e.op.value, out)
		out.add(Effect{Kind: TellSession, Session: e.session})
		next := *c.auth
		next.given++
		c.auth = &next
	}
	c.endExchange(true, out)
	return nil, nil
}
