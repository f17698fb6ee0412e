package handshake

import (
	"bytes"
	"slices"

	"tlsengine/cipher"
	"tlsengine/cipher/hpke"
	"tlsengine/record"
)

// This file is how a client encrypts its hello (RFC 9849, Section 6.1), learns whether that was accepted, or sends what only
// looks as if (Section 6.2). The Context's transcript is that of the inner hello until the server has rejected it.

// echOffer is what a client that encrypts its hellos holds until the server has decided. It is a value that doesn't change, but
// for its secret, which is cleared.
type echOffer struct {
	config  *ECHConfig
	suite   hpke.Suite
	sender  hpke.Sender // for the next hello
	enc     []byte      // the encapsulated key, for the first hello
	outer   *ClientHello
	message []byte // the outer hello as it was sent
}

// clone returns a copy with a secret of its own; nil stays nil.
func (o *echOffer) clone() *echOffer {
	if o == nil {
		return nil
	}
	n := *o
	return &n
}

// forget clears the secret.
func (o *echOffer) forget() {
	if o != nil {
		o.sender.Clear()
	}
}

// chooseECH returns what to encrypt the hello with, nil if there is nothing.
func chooseECH(c *Context) (*echOffer, error) {
	if c.previous != nil {
		return nil, nil // it is for TLS 1.3, which doesn't renegotiate
	}
	if list := c.options.ECHConfigs; list != nil && offers13(c.params) {
		for _, config := range list.Configs() {
			suite, ok := config.choose()
			if !ok {
				continue
			}
			seed := c.random.seed(UseECHKey, suite.KEM.Group().SeedSize())
			enc, sender, err := hpke.NewSender(suite, config.publicKey, config.info(), seed)
			clear(seed)
			if err == nil {
				return &echOffer{config: config, suite: suite, sender: sender, enc: enc}, nil
			}
		}
	}
	if c.params.RequireECH {
		return nil, record.Fail(record.AlertInternalError, record.ReasonUnusableECHConfigList,
			"there is no ECH configuration that this client can use: get one that has its algorithms, or connect without")
	}
	return nil, nil
}

// sendFirst sends the first hello, encrypted in an outer one, and returns what was offered in truth.
func (o *echOffer) sendFirst(c *Context, h *ClientHello, psks []offeredPSK, out *Flight) (*ClientHello, error) {
	outer, inner := *h, innerOf(h)
	c.random.fill(UseOuterRandom, outer.Random[:])
	// RFC 9849, Section 6.1.7: who answers the outer hello must show a certificate for the public name, and nothing else will do.
	outer.Suites = slices.DeleteFunc(slices.Clone(h.Suites), func(id cipher.SuiteID) bool {
		s := cipher.SuiteByID(id)
		return s != nil && s.Min < cipher.VersionTLS13 && !exchangeOf(s).certificate
	})
	e := &outer.Extensions
	e.Present.Remove(ExtServerCertificateType)
	e.Present.Remove(ExtClientCertificateType)
	e.ServerName = o.config.PublicName() // RFC 9849, Section 6.1
	e.Add(ExtServerName)
	e.ECH = ECHClientHello{KDF: o.suite.KDF, AEAD: o.suite.AEAD, ConfigID: o.config.id, Enc: o.enc}
	e.Add(ExtEncryptedClientHello)
	greasePSKs(c, e, psks, nil)
	o.outer = &outer
	c.asked = outer.Asked()
	return o.send(c, inner, psks, out)
}

// sendSecond sends the answer to a HelloRetryRequest that has accepted the first, encrypted in the same context.
func (o *echOffer) sendSecond(c *Context, inner *ClientHello, psks []offeredPSK, out *Flight) error {
	outer := *o.outer
	from, to := &inner.Extensions, &outer.Extensions
	to.KeyShares, to.Cookie = from.KeyShares, from.Cookie
	if from.Present.Has(ExtCookie) {
		to.Add(ExtCookie)
	}
	to.Present.Remove(ExtEarlyData)
	greasePSKs(c, to, psks, to.PSKIdentities)
	to.ECH.Enc = nil // RFC 9849, Section 6.1.5: empty, for the context is that of the first
	o.outer = &outer
	_, err := o.send(c, inner, psks, out)
	return err
}

// send encrypts inner and sends the outer hello; the transcript gets inner. o.outer is the outer hello but for the payload.
func (o *echOffer) send(c *Context, inner *ClientHello, psks []offeredPSK, out *Flight) (*ClientHello, error) {
	shared := compressionOf(inner, o.outer)
	inner.Extensions.Order = shared.order()
	message, err := appendMessage(nil, inner, nil)
	if err != nil {
		return nil, err
	}
	if len(psks) > 0 {
		bind(c, psks, message)
		inner.Extensions.PSKBinders = bindersIn(psks, message)
	}
	encoded, err := encodeInner(inner, shared, int(o.config.maxName))
	if err != nil {
		return nil, err
	}
	size := len(encoded) + o.suite.AEAD.Overhead()
	o.outer.Extensions.ECH.Payload = make([]byte, size)
	out.add(Effect{Kind: TellInnerHello, Message: message})
	o.message = out.sendOuterHello(o.outer, func(hello []byte) {
		// RFC 9849, Sections 5.2 and 6.1.1: the associated data is the hello itself with zeros in the place of the payload.
		copy(payloadIn(hello, size), o.sender.Seal(nil, hello[headerSize:], encoded))
	})
	if o.message != nil {
		o.outer.Extensions.ECH.Payload = payloadIn(o.message, size)
	}
	c.transcript.Add(message)
	return inner, nil
}

// greasePSKs puts into an outer hello PSKs that look like those of the inner one and are none (RFC 9849, Section 6.1.2). before
// are those of the first hello, nil for that: a client that means them would offer the same again.
func greasePSKs(c *Context, e *Extensions, psks []offeredPSK, before []PSKIdentity) {
	e.PSKIdentities, e.PSKBinders = nil, nil
	e.Present.Remove(ExtPreSharedKey)
	for i := range psks {
		identity := make([]byte, len(psks[i].name()))
		if i < len(before) && len(before[i].Identity) == len(identity) {
			identity = before[i].Identity
		} else {
			c.random.fill(UseGreasePSK, identity)
		}
		e.PSKIdentities = append(e.PSKIdentities, PSKIdentity{Identity: identity, ObfuscatedAge: c.random.number(UseGreasePSK)})
		binder := make([]byte, psks[i].hash.Size())
		c.random.fill(UseGreasePSK, binder)
		e.PSKBinders = append(e.PSKBinders, binder)
		e.Add(ExtPreSharedKey)
	}
}

// bindersIn returns the binders at the end of a written hello.
func bindersIn(psks []offeredPSK, message []byte) [][]byte {
	binders := make([][]byte, len(psks))
	for i := len(psks) - 1; i >= 0; i-- {
		at := len(message) - psks[i].hash.Size()
		binders[i], message = message[at:], message[:at-1]
	}
	return binders
}

// decideECH takes out of the server's first message whether the encrypted hello was accepted (RFC 9849, Section 6.1.4), and
// returns the state with the hello that counts from here on. Without an offer it returns the state as it is.
func (s *clientWaitServerHello) decideECH(c *Context, sh *ServerHello) (*clientWaitServerHello, error) {
	if s.ech == nil {
		return s, nil
	}
	next := *s // the secrets in it are cleared with those of s
	if s.echConfirmed(c, sh) {
		c.info.ECH = ECHAccepted
		// RFC 9849, Section 5: retry configurations in answer to an inner hello are unsolicited.
		c.asked = s.hello.Asked()
		c.asked.Remove(ExtEncryptedClientHello)
		return &next, nil
	}
	if sh.Extensions.Present.Has(ExtPreSharedKey) {
		// RFC 9849, Section 6.1.2: the outer hello's PSKs are none, and a server that finds one among them is refused.
		return nil, illegal(record.ReasonUnexpectedExtension, "the server chose a PSK out of an outer hello, which has none")
	}
	c.rejected = &ECHRejection{PublicName: s.ech.config.PublicName()}
	c.transcript = Transcript{}
	c.transcript.adopt(s.ech.message)
	c.asked = s.ech.outer.Asked()
	c.info.ClientRandom = s.ech.outer.Random
	next.hello, next.psks, next.ech = s.ech.outer, nil, nil
	return &next, nil
}

// echConfirmed tells whether the message confirms the encrypted hello.
func (s *clientWaitServerHello) echConfirmed(c *Context, sh *ServerHello) bool {
	suite := suiteByID(c.params.Suites, sh.Suite)
	if sh.SelectedVersion() != cipher.VersionTLS13 || suite == nil || !suite.Usable(cipher.VersionTLS13) {
		return false // RFC 9849, Section 6.1.4: before TLS 1.3 it is rejected in any case
	}
	t := c.transcript.Fork()
	if !sh.IsRetry() {
		return confirms(&t, suite.Hash, s.hello.Random[:], echAcceptLabel, c.incoming, confirmationInRandom)
	}
	t.Start(suite.Hash)
	t.Retry()
	return confirms(&t, suite.Hash, s.hello.Random[:], echRetryLabel, c.incoming, confirmationInRetry)
}

// checkECHAgain checks that a ServerHello confirms what a HelloRetryRequest has confirmed.
func (s *clientWaitServerHello2) checkECHAgain(c *Context) error {
	if s.sent.ech == nil || confirms(&c.transcript, s.suite.Hash, s.sent.hello.Random[:], echAcceptLabel, c.incoming, confirmationInRandom) {
		return nil
	}
	// RFC 9849, Section 6.1.5: the server can't change its mind.
	return illegal(record.ReasonInconsistentECHNegotiation,
		"HelloRetryRequest accepts the encrypted ClientHello, ServerHello does not")
}

// takeRetryConfigs takes the server's better configurations out of its EncryptedExtensions, if they are for us.
func takeRetryConfigs(c *Context, e *Extensions) error {
	if c.rejected == nil || !e.Present.Has(ExtEncryptedClientHello) {
		return nil // RFC 9849, Section 6.2.1: whoever greases has no use for them
	}
	list, err := ParseECHConfigList(e.ECHRetryConfigs)
	if err != nil {
		return err // can't be: the extension was read
	}
	if list.Usable() {
		c.rejected = &ECHRejection{PublicName: c.rejected.PublicName, RetryConfigs: list}
	}
	return nil
}

// rejectedError is how a handshake ends whose encrypted hello was not accepted, after all else went well (RFC 9849,
// Section 6.1.6).
func (c *Context) rejectedError() *record.Error {
	return record.Fail(record.AlertECHRequired, record.ReasonECHRejected,
		"the server does not accept the encrypted ClientHello").Because(c.rejected)
}

// client13Rejected ends a handshake that was for the public name alone, once our part of it has been sent.
type client13Rejected struct {
	handshaking
	err *record.Error
}

func (*client13Rejected) Name() string        { return "client13.Rejected" }
func (*client13Rejected) Expects() MessageSet { return MessageSet{} }
func (s *client13Rejected) end() error        { return s.err }
func (s *client13Rejected) clone() State      { return s }

func (*client13Rejected) On(*Context, Message, *Flight) (State, error) {
	panic("handshake: a message was handed to a connection that has ended")
}

// greaseECH puts into a first hello what looks like one that is encrypted, and isn't (RFC 9849, Section 6.2.1). The second
// hello has the same.
func greaseECH(c *Context, h *ClientHello) error {
	if !c.params.ECHGrease || !offers13(c.params) {
		return nil
	}
	shape, err := encodeInner(innerOf(h), compressionOf(innerOf(h), h), 0)
	if err != nil {
		return err
	}
	var draw [2]byte
	c.random.fill(UseECHGrease, draw[:])
	aeads := [...]hpke.AEAD{hpke.AEADAES128GCM, hpke.AEADAES256GCM, hpke.AEADChaCha20Poly1305}
	aead := aeads[int(draw[1])%len(aeads)]
	group := hpke.KEMX25519.Group()
	key, err := group.Generate(c.random.seed(UseECHKey, group.SeedSize()))
	if err != nil {
		return err
	}
	payload := make([]byte, len(shape)+aead.Overhead())
	c.random.fill(UseECHGrease, payload)
	e := &h.Extensions
	e.ECH = ECHClientHello{KDF: hpke.KDFSHA256, AEAD: aead, ConfigID: draw[0], Enc: bytes.Clone(key.Share()), Payload: payload}
	e.Add(ExtEncryptedClientHello)
	key.Clear()
	c.info.ECH = ECHGreased
	return nil
}
