package handshake

import (
	"bytes"
	"slices"

	"tlsengine/cipher"
	"tlsengine/handshake/keyschedule"
	"tlsengine/record"
)

// This file is how a server finds a PSK among those that a client offers, a ticket's or one from outside (RFC 8446, Section
// 4.2.11). server13_early.go goes on from there, or server13.go if there is none.

// chosenPSK is the PSK that a server goes on with. It is a value that doesn't change, but for its secret, which is cleared.
type chosenPSK struct {
	index   uint16   // among the client's identities
	session *Session // nil for one from outside
	psk     *PSK     // nil for a session's
	kind    keyschedule.PSKKind
	stage   keyschedule.Early
	once    usableOnce // of a session's ticket
}

// hash returns the hash that the suite must have.
func (k *chosenPSK) hash() cipher.Hash {
	if k.session != nil {
		return k.session.suite.Hash
	}
	return k.psk.hash
}

// clone returns a copy with a secret of its own; nil stays nil.
func (k *chosenPSK) clone() *chosenPSK {
	if k == nil {
		return nil
	}
	n := *k
	return &n
}

// clear forgets the secret.
func (k *chosenPSK) clear() {
	if k != nil {
		k.stage.Clear()
	}
}

// maxIdentities is how many of a client's PSKs are looked at: opening tickets is work, and honest clients have few.
const maxIdentities = 4

// mode is how a PSK is used.
type mode uint8

const (
	modeNone    mode = iota // not at all: the client knows no way that is enabled
	modeAlone               // psk_ke
	modeWithDHE             // psk_dhe_ke
)

// pskMode picks among the client's modes (RFC 8446, Section 4.2.9).
func pskMode(p *Params, modes []byte) mode {
	switch {
	case slices.Contains(modes, modePSKDHE):
		return modeWithDHE
	case p.PSKWithoutDHE && slices.Contains(modes, modePSK):
		return modeAlone
	}
	return modeNone
}

// takesTickets and takesPSKs tell what an identity may be.
func takesTickets(p *Params) bool { return p.Tickets != nil }
func takesPSKs(p *Params) bool    { return len(p.PSKs) > 0 || p.FindPSK != nil }

// findPSK13 looks for a PSK, if the client offers any that could be used.
func findPSK13(c *Context, h *ClientHello, out *Flight) (State, error) {
	e := &h.Extensions
	if !e.Present.Has(ExtPreSharedKey) {
		return choose13(c, h, nil, out)
	}
	if !e.Present.Has(ExtPSKKeyExchangeModes) {
		// RFC 8446, Section 4.2.9: who offers PSKs must say how to use them.
		return nil, record.Fail(record.AlertMissingExtension, record.ReasonMissingExtension,
			"ClientHello has pre_shared_key and no psk_key_exchange_modes")
	}
	if pskMode(c.params, e.PSKModes) == modeNone || !takesTickets(c.params) && !takesPSKs(c.params) {
		return choose13(c, h, nil, out)
	}
	return tryTicket(c, h, 0, out)
}

// whyNoPSK says why a server that has PSKs from outside took none of those that a client offers; 0 if there was nothing to take.
func whyNoPSK(p *Params, e *Extensions) record.Reason {
	switch {
	case !takesPSKs(p) || !e.Present.Has(ExtPreSharedKey):
		return 0
	case pskMode(p, e.PSKModes) == modeNone:
		return record.ReasonNoSupportedPSKMode
	}
	return record.ReasonPSKIdentityNotFound
}

// looked returns how many of a client's identities are looked at.
func looked(e *Extensions) int { return min(len(e.PSKIdentities), maxIdentities) }

// tryTicket asks whether the identity with this index is a ticket. Sessions come first, in the client's order: they are the
// cheapest.
func tryTicket(c *Context, h *ClientHello, index int, out *Flight) (State, error) {
	if !takesTickets(c.params) || index >= looked(&h.Extensions) {
		return tryExternal(c, h, out)
	}
	op := &OpenTicket{params: c.params, ticket: h.Extensions.PSKIdentities[index].Identity, app: c.options.Value}
	return &server13OpeningTicket{hello: h, index: index, op: op}, nil
}

// tryExternal looks for a PSK from outside, unless a certificate comes before it.
func tryExternal(c *Context, h *ClientHello, out *Flight) (State, error) {
	if !takesPSKs(c.params) {
		return choose13(c, h, nil, out)
	}
	list := externals{order: inOwnOrder(c.params.PSKs, &h.Extensions)}
	if c.params.CertificateFirst {
		choices, share, err := chooseParameters13(c, h, nil)
		if err == nil {
			return askCredential13(c, h, choices, share, list.order)
		}
		list.refusal = err // the client takes no certificate
	}
	return list.ask(c, h, out)
}

// externals are the identities that may be those of PSKs from outside, and are still to be asked about.
type externals struct {
	order   []int // indices among the client's identities
	refusal error // why there is no certificate, which came first: the end, if none of them is known. nil: it is asked for then
}

// inOwnOrder returns the indices of the identities that are looked at: those of our own PSKs first, in our order.
func inOwnOrder(own []*PSK, e *Extensions) []int {
	order := make([]int, 0, maxIdentities)
	identities := e.PSKIdentities[:looked(e)]
	for _, k := range own {
		for i := range identities {
			if bytes.Equal(identities[i].Identity, k.identity) && !slices.Contains(order, i) {
				order = append(order, i)
			}
		}
	}
	for i := range identities {
		if !slices.Contains(order, i) {
			order = append(order, i)
		}
	}
	return order
}

// ask asks about the next one, or goes on without a PSK if there are no more.
func (x externals) ask(c *Context, h *ClientHello, out *Flight) (State, error) {
	switch {
	case len(x.order) > 0:
		op := &FindPSK{params: c.params, Role: ServerRole, Identity: h.Extensions.PSKIdentities[x.order[0]].Identity, Value: c.options.Value}
		return &server13FindingPSK{hello: h, list: x, op: op}, nil
	case x.refusal != nil:
		return nil, x.refusal
	}
	return choose13(c, h, nil, out)
}

// server13OpeningTicket waits for the session in a ticket.
type server13OpeningTicket struct {
	waits
	hello *ClientHello
	index int
	op    *OpenTicket
}

func (*server13OpeningTicket) Name() string           { return "server13.OpeningTicket" }
func (s *server13OpeningTicket) Operation() Operation { return s.op }

func (s *server13OpeningTicket) clone() State {
	return &server13OpeningTicket{hello: s.hello, index: s.index, op: s.op.clone()}
}

func (s *server13OpeningTicket) Resume(c *Context, out *Flight) (State, error) {
	if err := s.op.err; err != nil {
		return nil, refused(err, record.Fail(record.AlertInternalError, record.ReasonInternalError, "a ticket could not be looked at"))
	}
	if session := s.op.value.session; session != nil && resumable13(c, s.hello, session) {
		psk := &chosenPSK{
			index: uint16(s.index), session: session, kind: keyschedule.PSKResumption, once: s.op.value.once,
			stage: keyschedule.NewEarly(session.suite.Hash, session.secret),
		}
		return takePSK(c, s.hello, psk, out)
	}
	return tryTicket(c, s.hello, s.index+1, out)
}

// resumable13 tells whether a session that we gave a ticket for may be resumed by this hello, by all that can be known before
// its peer is verified again: it was made under settings that are worth the same, for the same name, and nothing of it has
// expired.
func resumable13(c *Context, h *ClientHello, s *Session) bool {
	var room manySuites
	return s.role == ServerRole && s.resumes13() && s.scope == c.params.Scope && s.serverName == c.info.ServerName &&
		!s.ExpiredAt(c.params.Time()) && goesWithBest(s.suite.Hash, suitesInCommon(room[:0], c.params, c.info.Version, h.Suites)) &&
		(c.params.ClientAuth != AuthRequired || s.knowsPeer())
}

// goesWithBest tells whether a session of this hash can be resumed with the best of the suites, which is the one that a full
// handshake would have: no session holds on to a suite that both ends now have a better one for. RFC 8446, Section 4.6.1: its
// hash must be the suite's, which needn't be its own.
func goesWithBest(h cipher.Hash, suites []*cipher.Suite) bool {
	return len(suites) > 0 && suites[0].Hash == h
}

// suiteForPSK returns the best suite to use with a PSK of this hash, nil if there is none. RFC 8446, Section 4.2.11: the hash
// must be the suite's.
func suiteForPSK(c *Context, h *ClientHello, hash cipher.Hash) *cipher.Suite {
	var room manySuites
	for _, s := range suitesInCommon(room[:0], c.params, c.info.Version, h.Suites) {
		if s.Hash == hash {
			return s
		}
	}
	return nil
}

// server13FindingPSK waits for a PSK from outside.
type server13FindingPSK struct {
	waits
	hello *ClientHello
	list  externals
	op    *FindPSK
}

func (*server13FindingPSK) Name() string           { return "server13.FindingPSK" }
func (s *server13FindingPSK) Operation() Operation { return s.op }

func (s *server13FindingPSK) clone() State {
	return &server13FindingPSK{hello: s.hello, list: s.list, op: s.op.clone()}
}

func (s *server13FindingPSK) Resume(c *Context, out *Flight) (State, error) {
	if err := s.op.err; err != nil {
		return nil, refused(err, record.Fail(record.AlertInternalError, record.ReasonPSKNoServerCB, "a PSK could not be looked up"))
	}
	k, index := s.op.value, s.list.order[0]
	if k == nil || suiteForPSK(c, s.hello, k.hash) == nil {
		rest := externals{order: s.list.order[1:], refusal: s.list.refusal}
		return rest.ask(c, s.hello, out)
	}
	psk := &chosenPSK{index: uint16(index), psk: k, kind: k.kind, stage: keyschedule.NewEarly(k.hash, k.key)}
	return takePSK(c, s.hello, psk, out)
}

// takePSK goes on with a PSK that suits, once the client has shown that it has it.
func takePSK(c *Context, h *ClientHello, psk *chosenPSK, out *Flight) (State, error) {
	var sum [cipher.MaxHashSize]byte
	truncated := beforeBinders(c.transcript.Raw(), &h.Extensions)
	if err := psk.checkBinder(&h.Extensions, psk.hash().Sum(sum[:0], truncated)); err != nil {
		return nil, err
	}
	if psk.session != nil && psk.session.knowsPeer() {
		peer := resumedPeer(psk.session)
		return &server13VerifyingSession{hello: h, psk: psk, peer: peer, op: peer.verificationAgain(c)}, nil
	}
	return usePSK(c, h, psk, out)
}

// usePSK goes on with a PSK that is certain, unless it is a ticket's that counts once and was used in the meantime.
func usePSK(c *Context, h *ClientHello, psk *chosenPSK, out *Flight) (State, error) {
	if !psk.once.spend() {
		psk.clear()
		return tryTicket(c, h, int(psk.index)+1, out)
	}
	return choose13(c, h, psk, out)
}

// beforeBinders returns the part of a ClientHello that its binders are made over. RFC 8446, Section 4.2.11.2: all up to the
// list of binders, which ends the message.
func beforeBinders(message []byte, e *Extensions) []byte {
	size := 2
	for _, b := range e.PSKBinders {
		size += 1 + len(b)
	}
	return message[:len(message)-size]
}

// checkBinder checks the client's proof that it has the PSK and means this hello.
func (k *chosenPSK) checkBinder(e *Extensions, transcriptHash []byte) error {
	want := k.stage.AppendBinder(make([]byte, 0, cipher.MaxHashSize), k.kind, transcriptHash)
	if !keyschedule.CheckFinished(e.PSKBinders[k.index], want) {
		// RFC 8446, Section 4.2.11: a binder that doesn't validate ends the handshake.
		return record.Fail(record.AlertDecryptError, record.ReasonBinderDoesNotVerify, "the binder of PSK %d is wrong", k.index)
	}
	return nil
}

// checkAgain is checkBinder for the second hello, which may list the PSKs anew; it returns the PSK as it stands there. The
// transcript is that before the second hello.
func (k *chosenPSK) checkAgain(c *Context, first, second *ClientHello) (*chosenPSK, error) {
	if !second.Extensions.Present.Has(ExtPreSharedKey) {
		// RFC 8446, Section 4.1.2: only PSKs that don't fit the suite may be left out, and one does.
		return nil, record.Fail(record.AlertMissingExtension, record.ReasonMissingExtension,
			"the second ClientHello has no pre_shared_key")
	}
	identity := first.Extensions.PSKIdentities[k.index].Identity
	index := slices.IndexFunc(second.Extensions.PSKIdentities, func(id PSKIdentity) bool { return bytes.Equal(id.Identity, identity) })
	if index < 0 {
		// RFC 8446, Section 4.1.2: only PSKs that don't fit the suite may be left out, and this one does.
		return nil, record.Fail(record.AlertIllegalParameter, record.ReasonPSKIdentityNotFound,
			"the second ClientHello lacks the PSK that was chosen")
	}
	again := k.clone()
	again.index = uint16(index)
	truncated := beforeBinders(c.incoming, &second.Extensions)
	return again, again.checkBinder(&second.Extensions, c.transcript.SumWith(c.sum[:0], k.hash(), truncated))
}

// server13VerifyingSession waits for the present verdict on the peer of a session.
type server13VerifyingSession struct {
	waits
	hello *ClientHello
	psk   *chosenPSK
	peer  *unverifiedPeer
	op    *VerifyPeer
}

func (*server13VerifyingSession) Name() string           { return "server13.VerifyingSession" }
func (s *server13VerifyingSession) Operation() Operation { return s.op }

func (s *server13VerifyingSession) clone() State {
	return &server13VerifyingSession{hello: s.hello, psk: s.psk.clone(), peer: s.peer, op: s.op.clone()}
}

func (s *server13VerifyingSession) Resume(c *Context, out *Flight) (State, error) {
	if s.op.err != nil {
		// What was accepted once is not any more: the client has to show something else, in a full handshake.
		return tryTicket(c, s.hello, int(s.psk.index)+1, out)
	}
	if err := s.peer.takeVerdict(c, s.op); err != nil {
		return nil, err
	}
	return usePSK(c, s.hello, s.psk.clone(), out)
}
