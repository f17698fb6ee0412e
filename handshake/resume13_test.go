package handshake

import (
	"bytes"
	"errors"
	"slices"
	"testing"
	"time"

	"tlsengine/cipher"
	"tlsengine/record"
	"tlsengine/x509lite"
)

// This file lets two Machines resume each other's sessions in TLS 1.3, with tickets, PSKs from outside and early data.

// resumption13 is a connection, if it earns a session, and another that offers what there is.
type resumption13 struct {
	ticket      bool // the server makes tickets and the client offers one
	lost        bool // but the server doesn't know it any more
	external    int  // how many PSKs from outside the client offers
	known       int  // how many of them the server knows, the last ones
	asks        bool // the server asks the application about PSKs from outside
	first       bool // it prefers certificates to them
	bare        bool // and has none
	alone       bool // PSKs do without a key exchange, and the client wants none
	retry       bool // the server wants a group for which the client sent no share
	certificate bool // the client shows one
	refused     bool // and the server doesn't take it the second time
	forgetful   bool // the client doesn't remember the server's certificate
	early       bool // the client offers early data
	admitted    bool // and the server takes it
	deferred    bool
	before      func(*pairEnd) // as newPair has it; nil if deferred says all

	client, server *Params // set by params
	kept           *memory
	seen           map[transition]bool // may be nil
	shape          func(who Role, m Message)
}

// resumptions13 returns what the graph has edges for.
func resumptions13(t *testing.T) (list []*resumption13) {
	for i := range 1 << 8 {
		bit := func(n int) bool { return i>>n&1 == 1 }
		s := resumption13{ticket: bit(0), lost: bit(1), alone: bit(2), certificate: bit(3), early: bit(4), admitted: bit(5), retry: bit(6), refused: bit(7)}
		if s.refused && !s.certificate || s.admitted && !s.early || s.early && !s.ticket || s.lost && !s.ticket || s.alone && s.retry {
			continue
		}
		list = append(list, &s)
	}
	for _, s := range slices.Clone(list) {
		if s.certificate && !s.refused || s.admitted {
			continue
		}
		for _, outside := range [][2]int{{1, 0}, {1, 1}, {2, 1}} {
			n := *s
			n.external, n.known = outside[0], outside[1]
			list = append(list, &n)
		}
	}
	list = append(list,
		&resumption13{external: 2, known: 1, asks: true}, // the second is found behind the first
		&resumption13{ticket: true, certificate: true, refused: true, asks: true},
		&resumption13{external: 1, known: 1, first: true},
		&resumption13{external: 1, known: 1, first: true, bare: true},
		&resumption13{ticket: true, first: true, asks: true},
	)
	for _, s := range slices.Clone(list) {
		if s.early && !s.admitted {
			n := *s
			n.forgetful = true
			list = append(list, &n)
		}
	}
	for _, s := range slices.Clone(list) {
		n := *s
		n.deferred = true
		list = append(list, &n)
	}
	for _, s := range list {
		s.params(t)
	}
	return list
}

// params makes those of both ends, for both connections.
func (s *resumption13) params(t *testing.T) {
	t.Helper()
	s.client, s.server, s.kept = pairParams(), pairParams(), &memory{}
	for _, p := range []*Params{s.client, s.server} {
		p.Versions = []cipher.Version{cipher.VersionTLS13}
		p.SessionLifetime, p.TicketCount = time.Hour, 2
		p.PSKWithoutDHE = s.alone
	}
	s.client.NewSession = func(*Session, any) {}
	s.server.Credentials = []*Credential{pairCredential(t, x509lite.KeyP256, 7)}
	s.server.CertificateFirst = s.first
	if s.ticket {
		s.server.Tickets = s.kept
	}
	if s.early {
		s.client.MaxEarlyData, s.server.MaxEarlyData = 1000, 1000
		s.server.AdmitEarlyData = func(*AdmitEarlyData) (bool, error) { return s.admitted, nil }
	}
	if s.certificate {
		s.client.Credentials = []*Credential{pairCredential(t, x509lite.KeyP256, 8)}
		s.server.ClientAuth = AuthRequired
	}
	s.server.VerifyPeer = func(o *VerifyPeer) (*x509lite.Verdict, error) {
		if s.refused && o.Resumed {
			return nil, errors.New("not any more")
		}
		return nil, nil
	}
}

// share gives both ends their PSKs from outside.
func (s *resumption13) share(t *testing.T) {
	t.Helper()
	for i := range s.external {
		k, err := NewPSK([]byte{'k', byte(i)}, slices.Repeat([]byte{byte(i + 1)}, 32), cipher.SHA256)
		if err != nil {
			t.Fatal(err)
		}
		s.client.PSKs = append(s.client.PSKs, k)
		if i >= s.external-s.known {
			s.server.PSKs = append(s.server.PSKs, k)
		}
	}
	if s.bare {
		s.server.Credentials = nil
	}
	if s.known == 0 && !s.ticket || s.asks {
		known := s.server.PSKs
		s.server.PSKs, s.server.FindPSK = nil, func(op *FindPSK) (*PSK, error) {
			for _, k := range known {
				if bytes.Equal(k.Identity(), op.Identity) {
					return k, nil
				}
			}
			return nil, nil
		}
	}
}

// connect makes one connection.
func (s *resumption13) connect(t *testing.T, offer *Session) (c, v *pairEnd, err error) {
	t.Helper()
	before := s.before
	if before == nil {
		before = scenario{deferred: s.deferred}.before
	}
	c, v = newPair(t, s.client, s.server, before)
	c.m.c.options.Session = offer
	for _, e := range []*pairEnd{c, v} {
		role := e.m.c.role
		e.m.c.options.Shape = func(m Message) {
			if h, ok := m.(*ClientHello); ok && s.alone {
				h.Extensions.PSKModes = []byte{modePSK} // otherwise the server prefers a key exchange
			}
			if s.shape != nil {
				s.shape(role, m)
			}
		}
		e.m.trace = func(from State, on MessageType, to State) {
			if s.seen != nil {
				s.seen[transition{from.Name(), on, to.Name()}] = true
			}
		}
	}
	if err = c.start(); err == nil {
		err = c.settle()
	}
	return c, v, err
}

// twice makes the first connection, if there is a ticket to earn, and the second. It returns both ends of the second one and
// its error.
func (s *resumption13) twice(t *testing.T) (c, v *pairEnd, err error) {
	t.Helper()
	var offer *Session
	if s.ticket {
		c, v, err = s.connect(t, nil)
		if err != nil || c.done == nil || v.done == nil || len(c.told) != 2 || len(v.told) != 2 {
			t.Fatalf("%+v: the first connection: %v; %d and %d sessions", s, err, len(c.told), len(v.told))
		}
		own := *c.told[1]
		if s.forgetful {
			own.peerChain = nil
		}
		offer = &own
	}
	if s.lost {
		s.kept.tickets = nil
	}
	if s.retry {
		s.server.Groups = s.server.Groups[1:]
	}
	s.share(t)
	return s.connect(t, offer)
}

// resumes and external tell what the second connection goes by.
func (s *resumption13) resumes() bool { return s.ticket && !s.lost && !s.refused }
func (s *resumption13) outside() bool { return !s.resumes() && s.known > 0 && (!s.first || s.bare) }

func (s *resumption13) check(t *testing.T) {
	t.Helper()
	c, v, err := s.twice(t)
	if err != nil || c.done == nil || v.done == nil {
		t.Errorf("%+v: %v; client in %s, server in %s", s, err, c.m.State().Name(), v.m.State().Name())
		return
	}
	for _, e := range []*pairEnd{c, v} {
		info := e.done.Info
		if info.Resumed != s.resumes() || (info.PSK != nil) != s.outside() {
			t.Errorf("%+v: %v resumed %v, PSK %v", s, info.Role, info.Resumed, info.PSK)
		}
		if want := s.admitted && s.resumes() && !s.retry; (info.EarlyData == EarlyAccepted) != want {
			t.Errorf("%+v: early data: %v", s, info.EarlyData)
		}
		if (info.Group == nil) != (s.alone && (s.resumes() || s.outside())) {
			t.Errorf("%+v: group %v", s, info.Group)
		}
	}
	out := [2][32]byte{}
	c.done.Exporter.Export("EXPERIMENTAL", nil, out[0][:])
	v.done.Exporter.Export("EXPERIMENTAL", nil, out[1][:])
	if out[0] != out[1] {
		t.Errorf("%+v: the ends export different keys", s)
	}
}

// TestResumption13 makes all connections that resume, or try to.
func TestResumption13(t *testing.T) {
	for _, s := range resumptions13(t) {
		s.check(t)
	}
}

// externalPSK returns a PSK of this name for suites of a hash.
func externalPSK(t *testing.T, name string, h cipher.Hash) *PSK {
	t.Helper()
	k, err := NewPSK([]byte(name), slices.Repeat([]byte{name[0]}, 32), h)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// TestServer13TakesTheFirstOfItsPSKs: the order of a server's PSKs counts, not that of the client's, but for those that no suite goes with.
func TestServer13TakesTheFirstOfItsPSKs(t *testing.T) {
	a, b, x := externalPSK(t, "a", cipher.SHA256), externalPSK(t, "b", cipher.SHA384), externalPSK(t, "x", cipher.SHA256)
	for _, c := range []struct {
		name           string
		client, server []*PSK
		suites         []cipher.SuiteID
		want           *PSK
	}{
		{"the server's first", []*PSK{a, b}, []*PSK{b, a}, nil, b},
		{"one that the client has", []*PSK{a, b}, []*PSK{x, b, a}, nil, b},
		{"one with a suite", []*PSK{a, b}, []*PSK{b, a}, []cipher.SuiteID{cipher.TLS_AES_128_GCM_SHA256}, a},
		{"none", []*PSK{a}, []*PSK{x}, nil, nil},
	} {
		s := &resumption13{}
		s.params(t)
		s.client.PSKs, s.server.PSKs = c.client, c.server
		if c.suites != nil {
			s.server.Suites = suitesCalled(c.suites...)
		}
		_, v, err := s.connect(t, nil)
		if err != nil || v.done == nil || v.done.Info.PSK != c.want {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

// TestCertificateFirst: PSKs are for the clients for which there is no certificate; without either the error tells of the certificate.
func TestCertificateFirst(t *testing.T) {
	a := externalPSK(t, "a", cipher.SHA256)
	for _, c := range []struct {
		name    string
		schemes []cipher.SignatureScheme // that the client accepts
		server  []*PSK
		want    *PSK
		refused bool
	}{
		{"the client takes the certificate", []cipher.SignatureScheme{cipher.ECDSAP256SHA256}, []*PSK{a}, nil, false},
		{"it does not", []cipher.SignatureScheme{cipher.Ed25519}, []*PSK{a}, a, false},
		{"it takes none at all", nil, []*PSK{a}, a, false},
		{"nor is there a PSK", []cipher.SignatureScheme{cipher.Ed25519}, []*PSK{externalPSK(t, "x", cipher.SHA256)}, nil, true},
	} {
		s := &resumption13{first: true}
		s.params(t)
		s.client.PSKs, s.client.VerifySchemes, s.client.NoCertificates, s.server.PSKs = []*PSK{a}, c.schemes, c.schemes == nil, c.server
		_, v, err := s.connect(t, nil)
		if c.refused {
			wantFailure(t, err, record.AlertHandshakeFailure, record.ReasonNoCommonSignatureAlgorithms)
		} else if err != nil || v.done == nil || v.done.Info.PSK != c.want {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

// TestServer13ResumesWithTheBestSuite: a session goes with whatever suite a full handshake would have, if that has its hash, and otherwise not
// at all.
func TestServer13ResumesWithTheBestSuite(t *testing.T) {
	const aes128, aes256, chacha = cipher.TLS_AES_128_GCM_SHA256, cipher.TLS_AES_256_GCM_SHA384, cipher.TLS_CHACHA20_POLY1305_SHA256
	for _, c := range []struct {
		name          string
		first, second []cipher.SuiteID // the client's
		resumes       bool
	}{
		{"the same", []cipher.SuiteID{aes256, chacha}, []cipher.SuiteID{aes256, chacha}, true},
		{"another that is better, of the same hash", []cipher.SuiteID{aes128}, []cipher.SuiteID{chacha, aes128}, true},
		{"another of the same hash alone", []cipher.SuiteID{aes128}, []cipher.SuiteID{chacha}, true},
		{"another that is better, of another hash", []cipher.SuiteID{aes256}, []cipher.SuiteID{chacha, aes256}, false},
	} {
		s := &resumption13{ticket: true}
		s.params(t)
		s.server.Suites = suitesCalled(aes128, aes256, chacha)
		s.client.Suites = suitesCalled(c.first...)
		first, _, err := s.connect(t, nil)
		if err != nil || len(first.told) == 0 {
			t.Fatal(err)
		}
		s.client.Suites = suitesCalled(c.second...)
		_, v, err := s.connect(t, first.told[0])
		if err != nil || v.done == nil || v.done.Info.Resumed != c.resumes || v.done.Info.Suite.ID != c.second[0] {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

func suitesCalled(ids ...cipher.SuiteID) (suites []*cipher.Suite) {
	for _, id := range ids {
		suites = append(suites, cipher.SuiteByID(id))
	}
	return suites
}
