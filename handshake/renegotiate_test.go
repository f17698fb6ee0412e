package handshake

import (
	"bytes"
	"slices"
	"testing"

	"tlsengine/cipher"
	"tlsengine/record"
	"tlsengine/x509lite"
)

// This file lets two Machines negotiate again, and tries what must not go on then.

// renegotiation12 is a connection that is negotiated again.
type renegotiation12 struct {
	version     cipher.Version
	asker       Role // who asks for it
	unwelcome   bool // the application of the other end refuses
	certificate bool // the client is to show a certificate the second time
	deferred    bool
	credential  *Credential
	before      func(*pairEnd)

	// What is changed between the two handshakes; may be nil.
	client, server func(*Params)
	shape          func(who Role, m Message)
}

// renegotiations returns all combinations that make sense.
func renegotiations(t *testing.T) (list []renegotiation12) {
	p256, rsa := pairCredential(t, x509lite.KeyP256, 7), rsaCredential(t)
	for _, v := range []cipher.Version{cipher.VersionTLS12, cipher.VersionTLS10, cipher.VersionSSL30} {
		credential := p256
		if v == cipher.VersionSSL30 {
			credential = rsa
		}
		for i := range 16 {
			s := renegotiation12{version: v, credential: credential, asker: Role(i & 1), unwelcome: i&2 != 0, certificate: i&4 != 0, deferred: i&8 != 0}
			if !s.unwelcome || !s.certificate && v > cipher.VersionSSL30 {
				list = append(list, s)
			}
		}
	}
	return list
}

func (s renegotiation12) params() *Params {
	p := pairParams()
	p.Versions = []cipher.Version{s.version}
	p.Credentials, p.Renegotiation = []*Credential{s.credential}, RenegotiationFreely
	p.Protocols = []string{"h2"}
	for _, id := range []cipher.SuiteID{cipher.TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA, cipher.TLS_RSA_WITH_AES_128_CBC_SHA} {
		p.Suites = append(p.Suites, cipher.SuiteByID(id))
	}
	return p
}

// connect makes the first connection.
func (s renegotiation12) connect(t *testing.T, client, server *Params, seen map[transition]bool) (c, v *pairEnd) {
	t.Helper()
	before := s.before
	if before == nil {
		before = scenario{deferred: s.deferred}.before
	}
	c, v = newPair(t, client, server, before)
	for _, e := range []*pairEnd{c, v} {
		if seen != nil {
			e.m.trace = func(from State, on MessageType, to State) { seen[transition{from.Name(), on, to.Name()}] = true }
		}
		if s.shape != nil {
			role := e.m.c.role
			e.m.c.options.Shape = func(m Message) {
				if e.done != nil {
					s.shape(role, m)
				}
			}
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

// again lets one end ask for another handshake, and returns what became of it.
func (s renegotiation12) again(c, v *pairEnd) error {
	asker := c
	if s.asker == ServerRole {
		asker = v
	}
	f, err := asker.m.Renegotiate()
	if err != nil {
		return err
	}
	asker.carryOut(f, nil)
	return c.settle()
}

// twice makes a connection and negotiates it again.
func (s renegotiation12) twice(t *testing.T, seen map[transition]bool) (c, v *pairEnd, err error) {
	client, server := s.params(), s.params()
	c, v = s.connect(t, client, server, seen)
	if s.certificate {
		server.ClientAuth = AuthRequired // in place of what SelectContext would do
	}
	if s.client != nil {
		s.client(client)
	}
	if s.server != nil {
		s.server(server)
	}
	return c, v, s.again(c, v)
}

func (s renegotiation12) run(t *testing.T, seen map[transition]bool) {
	t.Helper()
	if s.unwelcome {
		s.runDeclined(t, seen, func(op *Renegotiate) { op.Complete(false, nil) })
		return
	}
	c, v, err := s.twice(t, seen)
	if err != nil {
		t.Errorf("%+v: %v in %s and %s", s, err, c.m.State().Name(), v.m.State().Name())
		return
	}
	for _, e := range []*pairEnd{c, v} {
		if i := e.done.Info; i.Renegotiations != 1 || i.Version != s.version || i.Protocol != "h2" && s.version > cipher.VersionSSL30 || !i.SecureRenegotiation {
			t.Errorf("%+v: %+v", s, i)
		}
	}
	if got := len(v.done.Info.PeerChain) > 0; got != s.certificate {
		t.Errorf("%+v: the client showed a certificate: %v", s, got)
	}
	a, _ := c.done.Exporter.Unique()
	b, _ := v.done.Exporter.Unique()
	if len(a) == 0 || !bytes.Equal(a, b) {
		t.Errorf("%+v: tls-unique is %x and %x", s, a, b)
	}
	if err := s.again(c, v); err != nil || c.done.Info.Renegotiations != 2 {
		t.Errorf("%+v: the third handshake: %v", s, err)
	}
}

// runDeclined lets the application of the end that is asked decline: both go on as they were.
func (s renegotiation12) runDeclined(t *testing.T, seen map[transition]bool, decline func(*Renegotiate)) {
	client, server := s.params(), s.params()
	c, v := s.connect(t, client, server, seen)
	asker, other := c, v
	if s.asker == ServerRole {
		asker, other = v, c
	}
	before, old := other.before, *other.done
	other.before = func(e *pairEnd) {
		before(e)
		if op, ok := e.m.Operation().(*Renegotiate); ok && op.Count == 0 {
			decline(op)
		}
	}
	if err := s.again(c, v); err != nil || *other.done != old || asker == c && c.m.State().Name() != "client.WaitServerHello" {
		t.Errorf("%+v: %v; %s", s, err, c.m.State().Name())
	}
	if name := other.m.State().Name(); name != "client12.Connected" && name != "server12.Connected" {
		t.Errorf("%+v: who declines is in %s", s, name)
	}
}

// TestRenegotiationBindsTheHandshakes (RFC 5746, Sections 3.5 and 3.7): what either end says of the handshake before must be what it was.
func TestRenegotiationBindsTheHandshakes(t *testing.T) {
	p256 := pairCredential(t, x509lite.KeyP256, 7)
	for name, change := range map[string]func(e *Extensions){
		"changed": func(e *Extensions) {
			e.RenegotiationInfo = slices.Clone(e.RenegotiationInfo)
			e.RenegotiationInfo[len(e.RenegotiationInfo)-1] ^= 1
		},
		"short":   func(e *Extensions) { e.RenegotiationInfo = e.RenegotiationInfo[1:] },
		"long":    func(e *Extensions) { e.RenegotiationInfo = append(slices.Clone(e.RenegotiationInfo), 0) },
		"empty":   func(e *Extensions) { e.RenegotiationInfo = nil },
		"missing": func(e *Extensions) { e.Present.Remove(ExtRenegotiationInfo) },
	} {
		for _, liar := range []Role{ClientRole, ServerRole} {
			s := renegotiation12{version: cipher.VersionTLS12, credential: p256, shape: func(who Role, m Message) {
				if h, ok := m.(*ClientHello); ok && who == liar {
					change(&h.Extensions)
				}
				if h, ok := m.(*ServerHello); ok && who == liar {
					change(&h.Extensions)
				}
			}}
			_, _, err := s.twice(t, nil)
			t.Log(name, liar)
			wantFailure(t, err, record.AlertHandshakeFailure, record.ReasonRenegotiationMismatch)
		}
	}
}

// TestServerRefusesTheSCSVInARenegotiation (RFC 5746, Section 3.7).
func TestServerRefusesTheSCSVInARenegotiation(t *testing.T) {
	s := renegotiation12{version: cipher.VersionTLS12, credential: pairCredential(t, x509lite.KeyP256, 7), shape: func(_ Role, m Message) {
		if h, ok := m.(*ClientHello); ok {
			h.Suites = append(slices.Clone(h.Suites), cipher.TLS_EMPTY_RENEGOTIATION_INFO_SCSV)
		}
	}}
	_, _, err := s.twice(t, nil)
	wantFailure(t, err, record.AlertHandshakeFailure, record.ReasonRenegotiationMismatch)
}

// TestRenegotiationKeepsWhatMustStay: the version, extended master secrets and the server's certificate (the triple handshake attack).
func TestRenegotiationKeepsWhatMustStay(t *testing.T) {
	p256, other := pairCredential(t, x509lite.KeyP256, 7), pairCredential(t, x509lite.KeyP256, 8)
	drop := func(who Role) func(Role, Message) {
		return func(r Role, m Message) {
			if h, ok := m.(*ClientHello); ok && who == r {
				h.Extensions.Present.Remove(ExtExtendedMasterSecret)
			}
			if h, ok := m.(*ServerHello); ok && who == r {
				h.Extensions.Present.Remove(ExtExtendedMasterSecret)
			}
		}
	}
	for name, x := range map[string]struct {
		s      renegotiation12
		alert  record.Alert
		reason record.Reason
	}{
		"client drops EMS": {renegotiation12{shape: drop(ClientRole)}, record.AlertIllegalParameter, record.ReasonRenegotiationEMSMismatch},
		"server drops EMS": {renegotiation12{shape: drop(ServerRole)}, record.AlertIllegalParameter, record.ReasonRenegotiationEMSMismatch},
		"other server": {renegotiation12{server: func(p *Params) { p.Credentials = []*Credential{other} }},
			record.AlertIllegalParameter, record.ReasonServerCertChanged},
		"a server's context without the version": {renegotiation12{server: func(p *Params) { p.Versions = []cipher.Version{cipher.VersionTLS13} }},
			record.AlertProtocolVersion, record.ReasonUnsupportedProtocol},
		"anonymous server": {renegotiation12{server: func(p *Params) {
			p.Suites = []*cipher.Suite{cipher.SuiteByID(cipher.TLS_ECDH_anon_WITH_AES_128_CBC_SHA)}
		}, client: func(p *Params) {
			p.Suites = append(p.Suites, cipher.SuiteByID(cipher.TLS_ECDH_anon_WITH_AES_128_CBC_SHA))
		}}, record.AlertIllegalParameter, record.ReasonServerCertChanged},
		"server changes the version": {renegotiation12{shape: func(r Role, m Message) {
			if h, ok := m.(*ServerHello); ok {
				h.Version = cipher.VersionTLS11
			}
		}}, record.AlertProtocolVersion, record.ReasonWrongSSLVersion},
		"client changes the version": {renegotiation12{shape: func(r Role, m Message) {
			if h, ok := m.(*ClientHello); ok {
				h.Version = cipher.VersionTLS11
			}
		}}, record.AlertProtocolVersion, record.ReasonUnsupportedProtocol},
	} {
		x.s.version, x.s.credential = cipher.VersionTLS12, p256
		_, _, err := x.s.twice(t, nil)
		t.Log(name)
		wantFailure(t, err, x.alert, x.reason)
	}
}

// TestInsecureRenegotiationIsRefused (RFC 5746, Sections 4.2 and 4.4; CVE-2009-3555): with a peer that lacks RFC 5746 neither end negotiates
// again unless its configuration names that.
func TestInsecureRenegotiationIsRefused(t *testing.T) {
	for _, insecure := range []bool{false, true} {
		s := renegotiation12{version: cipher.VersionTLS12, credential: pairCredential(t, x509lite.KeyP256, 7)}
		client, server := s.params(), s.params()
		client.InsecureRenegotiation, server.InsecureRenegotiation, client.AllowLegacyServer = insecure, insecure, true
		c, v := newPair(t, client, server, func(*pairEnd) {})
		c.m.c.options.Shape = func(m Message) {
			if h, ok := m.(*ClientHello); ok {
				h.Extensions.Present.Remove(ExtRenegotiationInfo)
			}
		}
		if err := c.start(); err != nil {
			t.Fatal(err)
		}
		if err := c.settle(); err != nil {
			t.Fatal(err)
		}
		for _, asker := range []Role{ClientRole, ServerRole} {
			s.asker = asker
			if err := s.again(c, v); (err == nil) != insecure {
				t.Errorf("insecure renegotiation allowed %v, asked by the %v: %v", insecure, asker, err)
			}
		}
		before := c.done
		whole, _ := appendMessage(nil, &HelloRequest{}, Form12)
		c.inbox = append(c.inbox, whole)
		if err := c.settle(); err != nil || (before != c.done) != insecure {
			t.Errorf("insecure renegotiation allowed %v, HelloRequest: %v", insecure, err)
		}
	}
}

// TestAWishIsPassedOver: nothing is said about it, in SSL 3.0 neither, where a refusal ends the connection.
func TestAWishIsPassedOver(t *testing.T) {
	for _, s := range renegotiations(t) {
		if !s.certificate && !s.deferred {
			s.runDeclined(t, nil, (*Renegotiate).PassOver)
		}
	}
}
