package handshake

import (
	"bytes"
	"slices"
	"testing"
	"time"

	"tlsengine/cipher"
	"tlsengine/record"
	"tlsengine/x509lite"
)

// This file lets a server ask for its client's certificate after the handshake.

// laterAuthentication is a connection whose client is asked.
type laterAuthentication struct {
	certificate bool // the client has one
	compressed  bool // certificates may be
	tickets     bool
	deferred    bool
	before      func(*pairEnd)
	credential  *Credential
	shape       func(Role, Message)
	change      func(client, server *Params)
}

func laterAuthentications(t *testing.T) (list []laterAuthentication) {
	credential := pairCredential(t, x509lite.KeyP256, 7)
	for i := range 16 {
		list = append(list, laterAuthentication{certificate: i&1 != 0, compressed: i&2 != 0, tickets: i&4 != 0, deferred: i&8 != 0, credential: credential})
	}
	return list
}

func (s laterAuthentication) params() (client, server *Params) {
	client, server = pairParams(), pairParams()
	server.Credentials = []*Credential{s.credential}
	server.ClientAuth = AuthOptional
	client.PostHandshakeAuth, server.PostHandshakeAuth = true, true
	if s.certificate {
		client.Credentials = []*Credential{s.credential}
	}
	if s.compressed {
		server.CertificateCompression = []*CertificateCompression{ZlibCompression()}
		client.CertificateCompression = server.CertificateCompression
	}
	if s.tickets {
		server.Tickets, server.TicketCount, server.SessionLifetime = &memory{}, 1, time.Hour
		client.NewSession, server.NewSession = func(*Session, any) {}, func(*Session, any) {}
	}
	if s.change != nil {
		s.change(client, server)
	}
	return client, server
}

// connect makes the connection.
func (s laterAuthentication) connect(t *testing.T, seen map[transition]bool) (c, v *pairEnd) {
	t.Helper()
	before := s.before
	if before == nil {
		before = scenario{deferred: s.deferred}.before
	}
	client, server := s.params()
	inner := before
	c, v = newPair(t, client, server, func(e *pairEnd) {
		if _, waits := e.m.State().(*server13PostAuthWaitCertificate); waits && s.compressed && !s.deferred {
			s.compress(e, seen)
		}
		inner(e)
	})
	for _, e := range []*pairEnd{c, v} {
		if seen != nil {
			e.m.trace = func(from State, on MessageType, to State) { seen[transition{from.Name(), on, to.Name()}] = true }
		}
		if role := e.m.c.role; s.shape != nil {
			e.m.c.options.Shape = func(m Message) { s.shape(role, m) }
		}
	}
	if err := c.start(); err != nil {
		t.Fatal(err)
	}
	if err := c.settle(); err != nil || c.done == nil || v.done == nil {
		t.Fatalf("%+v: %v in %s and %s", s, err, c.m.State().Name(), v.m.State().Name())
	}
	return c, v
}

// compress shows to a clone of the server what our clients don't send: the answer in compressed form.
func (s laterAuthentication) compress(e *pairEnd, seen map[transition]bool) {
	if len(e.coming) == 0 || MessageType(e.coming[0]) != TypeCertificate {
		return
	}
	plain, err := parseMessage(TypeCertificate, e.coming[headerSize:], Form13, e.m.c.asked)
	if err != nil {
		e.t.Fatal(err)
	}
	m, err := compress(plain.(*Certificate), ZlibCompression())
	if err != nil {
		e.t.Fatal(err)
	}
	whole, err := appendMessage(nil, m, Form13)
	if err != nil {
		e.t.Fatal(err)
	}
	other := e.m.Clone()
	defer other.Close()
	other.trace = e.m.trace
	other.Fragment(whole)
	if _, err := other.Next(); err != nil {
		e.t.Error(err)
	}
}

// settleAside is settle for exchanges beside the connection.
func settleAside(c, v *pairEnd, clones bool) error {
	for {
		if err := c.settle(); err != nil {
			return err
		}
		idle := true
		for _, e := range []*pairEnd{c, v} {
			op := e.m.Exchange()
			if op == nil {
				continue
			}
			idle = false
			if clones {
				trace, old := e.m.trace, e.m
				e.m = old.Clone()
				e.m.trace = trace
				old.Close()
				op = e.m.Exchange()
			}
			op.Run()
			f, err := e.m.ResumeExchange(e.done.SendKeys)
			if err != nil {
				return err
			}
			e.carryOut(f, nil)
		}
		if idle {
			return nil
		}
	}
}

func (s laterAuthentication) run(t *testing.T, seen map[transition]bool) {
	t.Helper()
	c, v := s.connect(t, seen)
	c.m.Shrink()
	v.m.Shrink()
	told := len(v.told)
	if err := s.ask(c, v); err != nil {
		t.Errorf("%+v: %v in %s and %s", s, err, c.m.State().Name(), v.m.State().Name())
		return
	}
	if got := len(v.done.Info.PeerChain) > 0; got != s.certificate || s.certificate != (c.done.Info.Credential != nil) {
		t.Errorf("%+v: the client showed a certificate: %v", s, got)
	}
	if want := s.tickets && s.certificate; len(v.told) > told != want {
		t.Errorf("%+v: %d new tickets", s, len(v.told)-told)
	} else if want && v.told[len(v.told)-1].peerChain == nil {
		t.Errorf("%+v: the new ticket doesn't speak for the client's certificate", s)
	}
	if c.m.Shrink(); c.m.desk != nil {
		t.Error("the exchange has left something behind")
	}
	if err := s.ask(c, v); err != nil {
		t.Errorf("%+v: the second time: %v", s, err)
	}
	if seen != nil {
		f, err := v.m.RequestCertificate()
		if err != nil {
			t.Fatal(err)
		}
		v.carryOut(f, nil)
		whole, _ := appendMessage(nil, &KeyUpdate{}, Form13)
		v.m.Fragment(whole)
		if _, err := v.m.Next(); err != nil {
			t.Error(err)
		}
	}
}

// ask lets the server ask, and both go on until nothing is left to do.
func (s laterAuthentication) ask(c, v *pairEnd) error {
	f, err := v.m.RequestCertificate()
	if err != nil {
		return err
	}
	v.carryOut(f, nil)
	return settleAside(c, v, s.deferred)
}

// TestPostHandshakeAuthNeedsTheOffer (RFC 8446, Sections 4.2.6 and 4.6.2): a server doesn't ask a client that has not offered it, and a
// client that has not refuses the request.
func TestPostHandshakeAuthNeedsTheOffer(t *testing.T) {
	s := laterAuthentication{credential: pairCredential(t, x509lite.KeyP256, 7), change: func(client, _ *Params) { client.PostHandshakeAuth = false }}
	c, v := s.connect(t, nil)
	if _, err := v.m.RequestCertificate(); err != ErrNoPostHandshake {
		t.Errorf("%v", err)
	}
	if _, err := c.m.RequestCertificate(); err != ErrNotPostHandshake {
		t.Errorf("%v", err)
	}
	m := &CertificateRequest{Context: []byte{1}}
	m.Extensions.SignatureAlgorithms = []cipher.SignatureScheme{cipher.ECDSAP256SHA256}
	m.Extensions.Add(ExtSignatureAlgorithms)
	whole, _ := appendMessage(nil, m, Form13)
	c.inbox = append(c.inbox, whole)
	wantFailure(t, c.settle(), record.AlertUnexpectedMessage, record.ReasonUnexpectedMessage)
}

// TestPostHandshakeAuthIsKeptWhereItMayBeAsked: a server keeps what a later authentication takes if its configuration can ask for one,
// and nothing because of what a client offers.
func TestPostHandshakeAuthIsKeptWhereItMayBeAsked(t *testing.T) {
	for _, x := range []struct {
		auth  ClientAuth
		later bool
		want  error
	}{{AuthNone, false, ErrNeverAsks}, {AuthNone, true, nil}, {AuthOptional, false, nil}, {AuthOptional, true, nil}} {
		s := laterAuthentication{tickets: true, certificate: true, credential: pairCredential(t, x509lite.KeyP256, 7), change: func(_, server *Params) {
			server.ClientAuth, server.PostHandshakeAuth = x.auth, x.later
		}}
		_, v := s.connect(t, nil)
		if !v.done.Info.PostHandshakeAuth {
			t.Fatal("the client offers nothing")
		}
		v.m.Shrink()
		if kept := v.m.last.auth != nil; kept != (x.want == nil) {
			t.Errorf("%v, later %v: something is kept: %v", x.auth, x.later, kept)
		}
		if _, err := v.m.RequestCertificate(); err != x.want {
			t.Errorf("%v, later %v: %v", x.auth, x.later, err)
		}
	}
}

// TestAClientThatWasAskedCostsLittle: it may take its time, and nothing of the flight that asked it waits with it.
func TestAClientThatWasAskedCostsLittle(t *testing.T) {
	s := laterAuthentication{certificate: true, credential: pairCredential(t, x509lite.KeyP256, 7)}
	c, v := s.connect(t, nil)
	f, err := v.m.RequestCertificate()
	if err != nil {
		t.Fatal(err)
	}
	v.carryOut(f, nil)
	before := v.m.Footprint()
	v.m.Shrink()
	if saved := before - v.m.Footprint(); saved < 1000 || v.m.flight.Effects != nil {
		t.Errorf("%d of %d bytes are given back", saved, before)
	}
	if err := settleAside(c, v, false); err != nil || v.m.c.auth.info.Verdict == nil && v.m.c.auth.info.PeerChain == nil {
		t.Errorf("the client didn't authenticate after that: %v", err)
	}
}

// TestPostHandshakeAuthIsChecked: what the client answers must answer the request, be signed for it, and be complete where it must be.
func TestPostHandshakeAuthIsChecked(t *testing.T) {
	late := false
	in := func(f func(Message)) func(Role, Message) {
		return func(who Role, m Message) {
			if late && who == ClientRole {
				f(m)
			}
		}
	}
	for name, x := range map[string]struct {
		s      laterAuthentication
		alert  record.Alert
		reason record.Reason
	}{
		"other context": {laterAuthentication{certificate: true, shape: in(func(m Message) {
			if c, ok := m.(*Certificate); ok {
				c.Context = []byte{1}
			}
		})}, record.AlertIllegalParameter, record.ReasonDecodeError},
		"wrong signature": {laterAuthentication{certificate: true, shape: in(func(m Message) {
			if c, ok := m.(*CertificateVerify); ok {
				c.Signature[10] ^= 1
			}
		})}, record.AlertDecryptError, record.ReasonBadSignature},
		"wrong Finished": {laterAuthentication{shape: in(func(m Message) {
			if f, ok := m.(*Finished); ok {
				f.VerifyData[0] ^= 1
			}
		})}, record.AlertDecryptError, record.ReasonDigestCheckFailed},
		"no certificate": {laterAuthentication{change: func(_, server *Params) { server.ClientAuth = AuthRequired }},
			record.AlertCertificateRequired, record.ReasonPeerDidNotReturnACertificate},
	} {
		x.s.credential = pairCredential(t, x509lite.KeyP256, 7)
		late = false
		c, v := x.s.connect(t, nil)
		late = true
		t.Log(name)
		wantFailure(t, x.s.ask(c, v), x.alert, x.reason)
	}
}

// TestClosingForgetsWhatTicketsAreMadeOf: the secret that a server keeps for the tickets of a later authentication is gone with the connection,
// and with one that fails; a clone keeps its own.
func TestClosingForgetsWhatTicketsAreMadeOf(t *testing.T) {
	s := laterAuthentication{certificate: true, tickets: true, credential: pairCredential(t, x509lite.KeyP256, 7)}
	ends := map[string]func(*Machine){
		"closed": (*Machine).Close,
		"failed": func(m *Machine) {
			m.Fragment([]byte{byte(TypeFinished), 0, 0, 0})
			if _, err := m.Next(); err == nil {
				t.Error("a Finished came and nothing was wrong")
			}
		},
	}
	for how, end := range ends {
		_, v := s.connect(t, nil)
		other := v.m.Clone()
		own, kept := v.m.lasting().auth.tickets, other.lasting().auth.tickets
		before := bytes.Clone(own.secret.Bytes())
		if !slices.ContainsFunc(before, func(b byte) bool { return b != 0 }) || !bytes.Equal(before, kept.secret.Bytes()) {
			t.Fatalf("%s: no secret is kept, or the clone has another", how)
		}
		end(v.m)
		if slices.ContainsFunc(own.secret.Bytes(), func(b byte) bool { return b != 0 }) {
			t.Errorf("%s: the secret is still there", how)
		}
		if !bytes.Equal(before, kept.secret.Bytes()) {
			t.Errorf("%s: the clone's secret is gone too", how)
		}
	}
}
