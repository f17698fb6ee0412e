package handshake

import (
	"bytes"
	"crypto/hpke"
	"errors"

	ours "tlsengine/cipher/hpke"
	"tlsengine/record"
)

// This file is how a server opens an encrypted hello, before it decides anything (RFC 9849, Section 7), and tells the client
// so. What was opened takes the place of what came, in the transcript too; nothing after this file knows two hellos.

// openedHello is the first encrypted hello of a connection, kept for a second one and for who wants to go back behind it.
type openedHello struct {
	key   *ECHKey
	outer []byte // the whole message
	sent  ECHClientHello
}

// ErrDeclineECH is an answer to SelectContext for a hello that was encrypted: the connection goes on with the outer hello, as
// if the other could not be opened, and the client is told that the server has no use for such hellos. The question is then
// asked again, about the outer one. Any other hello is refused by it.
var ErrDeclineECH = errors.New("the encrypted hello is declined")

// takeHello goes on with the first hello, which is opened first if there may be a key for it.
func takeHello(c *Context, h *ClientHello, raw []byte) (State, error) {
	c.retryConfigs = c.params.ECHRetryConfigs
	x := &h.Extensions.ECH
	switch {
	case c.previous != nil || !h.Extensions.Present.Has(ExtEncryptedClientHello): // it is for TLS 1.3, which doesn't renegotiate
	case x.Inner && len(c.params.ECHKeys) > 0:
		// RFC 9849, Section 7: a server that opens hellos never gets one that is opened.
		return nil, illegal(record.ReasonInvalidClientHelloInner, "an inner ClientHello came unencrypted")
	case x.Inner:
		c.info.ECH = ECHBehind
	default:
		c.info.ECH = ECHNotOpened
		if keys := keysFor(c.params.ECHKeys, x); len(keys) > 0 {
			op := &OpenECH{Keys: keys, Enc: x.Enc, Hellos: []SealedHello{sealedIn(raw, x)}, KDF: x.KDF, AEAD: x.AEAD, Value: c.options.Value}
			return &serverOpeningECH{hello: h, raw: raw, op: op}, nil
		}
	}
	return selectContext(c, h, raw), nil
}

// keysFor returns the keys that a hello may be encrypted to. RFC 9849, Section 7.1: those with its id, unless configured
// otherwise, whose configurations have its suite. There is more than one only if the server uses an id twice.
func keysFor(all []*ECHKey, x *ECHClientHello) (keys []*ECHKey) {
	for _, k := range all {
		if k.config.id == x.ConfigID && k.config.lists(x.suite(k)) {
			keys = append(keys, k)
		}
	}
	return keys
}

// suite returns the suite that a hello is encrypted with, if it is for key k.
func (x *ECHClientHello) suite(k *ECHKey) ours.Suite {
	return ours.Suite{KEM: k.config.kem, KDF: x.KDF, AEAD: x.AEAD}
}

// sealedIn returns what is encrypted in a whole hello, which it copies. RFC 9849, Section 5.2: the associated data is the hello
// with zeros in the place of the payload.
func sealedIn(raw []byte, x *ECHClientHello) SealedHello {
	aad := bytes.Clone(raw)
	clear(payloadIn(aad, len(x.Payload)))
	return SealedHello{AAD: aad[headerSize:], Payload: x.Payload}
}

// OpenECH asks to decrypt a hello. It is asked only if there are keys with its id and suite.
type OpenECH struct {
	answer[decryptedHello]

	Keys   []*ECHKey // that it may be encrypted to
	Enc    []byte    // the encapsulated key
	Hellos []SealedHello
	KDF    ours.KDF
	AEAD   ours.AEAD
	Value  any // the application's own, from Options
}

// SealedHello is one message for an HPKE receiver (RFC 9849, Section 6.1.1). Those of one OpenECH are in the order in which
// they were sealed; the last is the one that is asked for.
type SealedHello struct{ AAD, Payload []byte }

// decryptedHello is the answer to OpenECH.
type decryptedHello struct {
	key     *ECHKey
	encoded []byte // EncodedClientHelloInner
}

// Kind returns KindOpenECH.
func (o *OpenECH) Kind() OperationKind { return KindOpenECH }

// Complete answers with the plaintext of the last of Hellos and the key that it is for; a nil key says that there is none. The
// slice is then the operation's. An error ends the connection.
func (o *OpenECH) Complete(key *ECHKey, plaintext []byte, err error) {
	o.fill(decryptedHello{key, plaintext}, err)
}

// Run tries the keys, one after the other.
func (o *OpenECH) Run() {
	for _, k := range o.Keys {
		if plaintext, err := o.open(k); err == nil {
			o.Complete(k, plaintext, nil)
			return
		}
	}
	o.Complete(nil, nil, nil)
}

// open decrypts with one key. The receiver of the standard library can't be kept where connections are cloned: for a second
// hello it is made anew and opens the first one again, whereupon it has the second one's nonce.
func (o *OpenECH) open(k *ECHKey) (plaintext []byte, err error) {
	kdf, err := hpke.NewKDF(uint16(o.KDF))
	if err != nil {
		return nil, err
	}
	aead, err := hpke.NewAEAD(uint16(o.AEAD))
	if err != nil {
		return nil, err
	}
	receiver, err := hpke.NewRecipient(o.Enc, k.private, kdf, aead, k.config.info())
	if err != nil {
		return nil, err
	}
	for _, h := range o.Hellos {
		if plaintext, err = receiver.Open(h.AAD, h.Payload); err != nil {
			return nil, err
		}
	}
	return plaintext, nil
}

func (o *OpenECH) clone() *OpenECH {
	n := &OpenECH{Keys: o.Keys, Enc: o.Enc, Hellos: o.Hellos, KDF: o.KDF, AEAD: o.AEAD, Value: o.Value}
	o.copyTo(&n.answer)
	return n
}

// failed is the error for an application that could not answer.
func (o *OpenECH) failed() error {
	return refused(o.err, record.Fail(record.AlertInternalError, record.ReasonInternalError,
		"an encrypted hello could not be looked at"))
}

// serverOpeningECH waits for what is in an encrypted hello.
type serverOpeningECH struct {
	waits
	hello *ClientHello
	raw   []byte
	op    *OpenECH
}

func (*serverOpeningECH) Name() string           { return "server.OpeningECH" }
func (s *serverOpeningECH) Operation() Operation { return s.op }

func (s *serverOpeningECH) clone() State {
	return &serverOpeningECH{hello: s.hello, raw: s.raw, op: s.op.clone()}
}

func (s *serverOpeningECH) Resume(c *Context, out *Flight) (State, error) {
	if s.op.err != nil {
		return nil, s.op.failed()
	}
	key := s.op.value.key
	if key == nil {
		// RFC 9849, Section 7.1: what can't be opened is ignored: it may be for another key, or for none.
		return selectContext(c, s.hello, s.raw), nil
	}
	inner, message, err := takeInner(s.op.value.encoded, s.hello, out)
	if err != nil {
		return nil, err
	}
	c.opened = &openedHello{key: key, outer: s.raw, sent: s.hello.Extensions.ECH}
	c.info.ECH = ECHAccepted
	return selectContext(c, inner, message), nil
}

// takeInner makes the inner hello of what was decrypted.
func takeInner(encoded []byte, outer *ClientHello, out *Flight) (*ClientHello, []byte, error) {
	message, err := decodeInner(encoded, outer)
	if err != nil {
		return nil, nil, err
	}
	out.add(Effect{Kind: TellInnerHello, Message: message})
	inner, err := readInner(message)
	return inner, message, err
}

// declineECH goes back to the outer hello.
func declineECH(c *Context) (State, error) {
	raw := c.opened.outer
	outer, err := parseMessage(TypeClientHello, raw[headerSize:], c.form, ExtensionSet{})
	if err != nil {
		return nil, err // can't be: it was read before
	}
	// Whoever is told the same keys would come back with the same hello.
	c.opened, c.retryConfigs, c.transcript = nil, nil, Transcript{}
	c.info.ECH = ECHNotOpened
	return selectContext(c, outer.(*ClientHello), raw), nil
}

// openSecond asks what is in the second hello, when the first was opened (RFC 9849, Section 7.1.1).
func (s *server13WaitClientHello2) openSecond(c *Context, outer *ClientHello) (State, error) {
	x, first := &outer.Extensions.ECH, c.opened
	if !outer.Extensions.Present.Has(ExtEncryptedClientHello) {
		return nil, record.Fail(record.AlertMissingExtension, record.ReasonMissingExtension,
			"the second ClientHello is not encrypted, the first was")
	}
	if x.Inner || x.KDF != first.sent.KDF || x.AEAD != first.sent.AEAD || x.ConfigID != first.sent.ConfigID || len(x.Enc) != 0 {
		return nil, illegal(record.ReasonDecodeError, "the second ClientHello is encrypted in another way than the first")
	}
	op := &OpenECH{
		Keys: []*ECHKey{first.key}, Enc: first.sent.Enc, KDF: x.KDF, AEAD: x.AEAD, Value: c.options.Value,
		Hellos: []SealedHello{sealedIn(first.outer, &first.sent), sealedIn(c.incoming, x)},
	}
	c.incoming = nil // what is in it enters the transcript
	return &server13OpeningECH{before: s.clone().(*server13WaitClientHello2), hello: outer, op: op}, nil
}

// server13OpeningECH waits for what is in a second encrypted hello.
type server13OpeningECH struct {
	waits
	before *server13WaitClientHello2
	hello  *ClientHello
	op     *OpenECH
}

func (*server13OpeningECH) Name() string           { return "server13.OpeningECH" }
func (s *server13OpeningECH) Operation() Operation { return s.op }

func (s *server13OpeningECH) clone() State {
	return &server13OpeningECH{before: s.before.clone().(*server13WaitClientHello2), hello: s.hello, op: s.op.clone()}
}

func (s *server13OpeningECH) Resume(c *Context, out *Flight) (State, error) {
	if s.op.err != nil {
		return nil, s.op.failed()
	}
	if s.op.value.key == nil {
		// RFC 9849, Section 7.1.1: the second one must be in the context of the first.
		return nil, record.Fail(record.AlertDecryptError, record.ReasonDecryptionFailed,
			"the second ClientHello can't be decrypted, the first could")
	}
	inner, message, err := takeInner(s.op.value.encoded, s.hello, out)
	if err != nil {
		return nil, err
	}
	c.opened = nil
	c.incoming = message
	return s.before.take(c, inner, out)
}

// confirmsECH tells whether the client is to be told that its inner hello is the one that counts.
func confirmsECH(h *ClientHello) bool {
	return h.Extensions.Present.Has(ExtEncryptedClientHello) && h.Extensions.ECH.Inner
}

// sendConfirmed sends a ServerHello or HelloRetryRequest with a confirmation, at the place that place finds, that the server has
// h, an inner hello (RFC 9849, Sections 7.2 and 7.2.1). The place is all zeros in sh. It returns the confirmation.
func sendConfirmed(
	c *Context, h *ClientHello, sh *ServerHello, label string, place func([]byte) []byte, out *Flight,
) (confirmation [echConfirmationSize]byte) {
	c.flushIncoming()
	out.sendConfirming(sh, func(message []byte) {
		hash := c.transcript.algo
		confirmation = echConfirmation(hash, h.Random[:], label, c.transcript.SumWith(c.sum[:0], hash, message))
		copy(place(message), confirmation[:])
	})
	return confirmation
}

// missesECH tells whether the client has encrypted its hello, or seems to, and a server that opens hellos could not open this
// one.
func missesECH(c *Context, h *ClientHello) bool {
	return h.Extensions.Present.Has(ExtEncryptedClientHello) && !h.Extensions.ECH.Inner && c.retryConfigs != nil
}

// pretendConfirmation puts what looks like a confirmation into a HelloRetryRequest for a hello that could not be opened.
// RFC 9849, Section 7.1: a server may; without it anybody on the way could tell by this message, which is in the clear, whose
// hello was opened (Section 10.10.4). To the client a confirmation that is wrong says what none says.
func pretendConfirmation(c *Context, h *ClientHello, e *Extensions) {
	if missesECH(c, h) {
		e.ECHConfirmation = make([]byte, echConfirmationSize)
		c.random.fill(UseECHGrease, e.ECHConfirmation)
		e.Add(ExtEncryptedClientHello)
	}
}

// answerECH tells a client whose hello could not be opened what to use. RFC 9849, Section 7.1: a server that has keys must.
func answerECH(c *Context, h *ClientHello, e *Extensions) {
	if missesECH(c, h) {
		e.ECHRetryConfigs = c.retryConfigs
		e.Add(ExtEncryptedClientHello)
	}
}
