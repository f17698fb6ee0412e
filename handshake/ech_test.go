package handshake

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
	"tlsengine/cipher"
	"tlsengine/record"
	"tlsengine/x509lite"
)

// This file lets two Machines encrypt their hellos (RFC 9849), in all combinations; ech_hostile_test.go has what peers should not do.

// echKey makes the key with this id for the public name "public.test".
func echKey(t testing.TB, id uint8) *ECHKey {
	t.Helper()
	k, err := GenerateECHKey("public.test", id, 20, slices.Repeat([]byte{id}, 32))
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// listOfKeys returns what is published of keys.
func listOfKeys(t testing.TB, keys ...*ECHKey) *ECHConfigList {
	t.Helper()
	var configs []*ECHConfig
	for _, k := range keys {
		configs = append(configs, k.config)
	}
	l, err := NewECHConfigList(configs...)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// encrypted is a connection whose client encrypts its hello, or seems to.
type encrypted struct {
	retry    bool // a HelloRetryRequest is needed
	cookie   bool
	known    bool // the server has the key
	another  bool // the server has another one
	grease   bool // the client has no configuration
	declined bool // the server's application wants the outer hello
	old      bool // the server has no TLS 1.3
	auth     bool // the server asks for a certificate, which the client has
	resumes  bool // the client has a session; the second connection is the one that counts
	early    bool // and offers early data with it
	plain    bool // nothing of the client's is for versions before TLS 1.3
	deferred bool

	client, server *Params
	names          []string      // that the server's application saw
	verified       []*VerifyPeer // that the client's application was asked
	seen           map[transition]bool
	shape          func(who Role, m Message)
	before         func(*pairEnd)
	keys           []*ECHKey // the client's
}

// encryptions returns all combinations that make sense.
func encryptions(t *testing.T) (list []*encrypted) {
	for i := range 1 << 11 {
		bit := func(n int) bool { return i>>n&1 == 1 }
		s := encrypted{retry: bit(0), known: bit(1), another: bit(2), grease: bit(3), declined: bit(4), old: bit(5), auth: bit(6), resumes: bit(7),
			early: bit(8), plain: bit(9), deferred: bit(10), cookie: bit(0) && bit(6)}
		switch {
		case s.grease && (s.known || s.declined), s.declined && !s.known, s.old && (s.retry || s.plain || s.resumes), s.early && !s.resumes,
			s.plain && s.auth, s.deferred && s.plain:
			continue
		}
		s.params(t)
		list = append(list, &s)
	}
	return list
}

func (s *encrypted) params(t *testing.T) {
	t.Helper()
	s.client, s.server = pairParams(), pairParams()
	s.server.Credentials = []*Credential{pairCredential(t, x509lite.KeyP256, 7)}
	if s.old {
		s.server.Versions = []cipher.Version{cipher.VersionTLS12}
	}
	if s.plain {
		s.client.Versions = []cipher.Version{cipher.VersionTLS13}
	}
	s.client.Protocols, s.server.Protocols = []string{"h2", "x"}, []string{"x"}
	s.server.RetryCookie = s.cookie
	mine, other := echKey(t, 1), echKey(t, 2)
	s.keys = []*ECHKey{mine}
	if s.known {
		s.server.ECHKeys = append(s.server.ECHKeys, mine)
	}
	if s.another {
		s.server.ECHKeys = append(s.server.ECHKeys, other)
	}
	var err error
	if s.server.ECHRetryConfigs, err = ECHRetryConfigs(s.server.ECHKeys); err != nil {
		t.Fatal(err)
	}
	s.client.ECHGrease = true
	if s.auth {
		s.server.ClientAuth = AuthOptional
		s.client.Credentials = []*Credential{pairCredential(t, x509lite.KeyP256, 8)}
	}
	if s.resumes {
		s.server.Tickets, s.server.TicketCount = longTickets{&memory{}}, 1
		s.client.NewSession = func(*Session, any) {}
		s.client.SessionLifetime, s.server.SessionLifetime = time.Hour, time.Hour
	}
	if s.early {
		s.client.MaxEarlyData, s.server.MaxEarlyData = 1000, 1000
		s.server.AdmitEarlyData = func(*AdmitEarlyData) (bool, error) { return true, nil }
	}
	s.server.SelectContext = func(h *ClientHelloInfo) (*Params, error) {
		s.names = append(s.names, h.ServerName)
		if s.declined && h.ECH == ECHAccepted {
			return nil, ErrDeclineECH
		}
		return nil, nil
	}
	s.client.VerifyPeer = func(o *VerifyPeer) (*x509lite.Verdict, error) {
		s.verified = append(s.verified, o)
		return nil, nil
	}
}

// longTickets are too long to be drawn by chance.
type longTickets struct{ *memory }

const longTicket = "a ticket of one server, number "

func (l longTickets) Seal(s *Session, seed []byte) ([]byte, error) {
	number, err := l.memory.Seal(s, seed)
	return append([]byte(longTicket), number...), err
}

func (l longTickets) Open(ticket []byte) (*Session, bool) {
	return l.memory.Open(bytes.TrimPrefix(ticket, []byte(longTicket)))
}

// connect makes one connection.
func (s *encrypted) connect(t testing.TB, offer *Session, configs *ECHConfigList) (c, v *pairEnd, err error) {
	t.Helper()
	before := s.before
	if before == nil {
		before = scenario{deferred: s.deferred}.before
	}
	s.names, s.verified = nil, nil
	c, v = newPair(t, s.client, s.server, before)
	c.m.c.options.Session, c.m.c.options.ECHConfigs = offer, configs
	for _, e := range []*pairEnd{c, v} {
		role := e.m.c.role
		if s.shape != nil {
			e.m.c.options.Shape = func(m Message) { s.shape(role, m) }
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

// run makes the connection that counts.
func (s *encrypted) run(t testing.TB) (c, v *pairEnd, err error) {
	t.Helper()
	var configs *ECHConfigList
	if !s.grease {
		configs = listOfKeys(t, s.keys...)
	}
	var offer *Session
	if s.resumes {
		c, _, err := s.connect(t, nil, nil)
		if err != nil || len(c.told) != 1 {
			t.Fatalf("%v: the first connection: %v", s, err)
		}
		offer = c.told[0]
	}
	if s.retry {
		s.server.Groups = s.server.Groups[1:]
	}
	return s.connect(t, offer, configs)
}

func (s *encrypted) String() string {
	return fmt.Sprintf("retry %t known %t another %t grease %t declined %t old %t auth %t resumes %t early %t plain %t deferred %t",
		s.retry, s.known, s.another, s.grease, s.declined, s.old, s.auth, s.resumes, s.early, s.plain, s.deferred)
}

// accepted tells whether the connection should go by the inner hello.
func (s *encrypted) accepted() bool { return !s.grease && s.known && !s.declined }

func (s *encrypted) check(t *testing.T) {
	t.Helper()
	c, v, err := s.run(t)
	if s.accepted() || s.grease {
		s.checkConnected(t, c, v, err)
		return
	}
	s.checkRejected(t, c, v, err)
}

func (s *encrypted) checkConnected(t *testing.T, c, v *pairEnd, err error) {
	t.Helper()
	if s.old && s.accepted() {
		// The inner hello offers TLS 1.3 alone.
		var e *record.Error
		if !errors.As(err, &e) || e.Alert != record.AlertProtocolVersion {
			t.Errorf("%v: %v", s, err)
		}
		return
	}
	if err != nil || c.done == nil || v.done == nil {
		t.Errorf("%v: %v; client in %s, server in %s", s, err, c.m.State().Name(), v.m.State().Name())
		return
	}
	want := [2]ECHStatus{ECHAccepted, ECHAccepted}
	if s.grease {
		want = [2]ECHStatus{ECHGreased, ECHNotOpened}
	}
	ci, vi := c.done.Info, v.done.Info
	switch {
	case ci.ECH != want[0] || vi.ECH != want[1]:
		t.Errorf("%v: %v and %v", s, ci.ECH, vi.ECH)
	case !slices.Equal(s.names, []string{"pair.test"}) || vi.ServerName != "pair.test" || ci.ServerName != "pair.test":
		t.Errorf("%v: the names are %q, %q, %q", s, s.names, ci.ServerName, vi.ServerName)
	case ci.ClientRandom != vi.ClientRandom || ci.ServerRandom != vi.ServerRandom:
		t.Errorf("%v: the ends have different randoms", s)
	case ci.Resumed != s.resumes || vi.Resumed != s.resumes:
		t.Errorf("%v: resumed %v, %v", s, ci.Resumed, vi.Resumed)
	case (ci.EarlyData == EarlyAccepted) != (s.early && !s.retry):
		t.Errorf("%v: early data %v", s, ci.EarlyData)
	case s.auth && !s.resumes && len(vi.PeerChain) == 0:
		t.Errorf("%v: the client showed no certificate", s)
	case slices.ContainsFunc(s.verified, func(o *VerifyPeer) bool { return o.ECHRejected || o.ServerName != "pair.test" }):
		t.Errorf("%v: another name was verified", s)
	}
	var out [2][32]byte
	c.done.Exporter.Export("EXPERIMENTAL", nil, out[0][:])
	v.done.Exporter.Export("EXPERIMENTAL", nil, out[1][:])
	if out[0] != out[1] {
		t.Errorf("%v: the ends export different keys", s)
	}
}

// checkRejected: RFC 9849, Section 6.1.6.
func (s *encrypted) checkRejected(t *testing.T, c, v *pairEnd, err error) {
	t.Helper()
	var e *record.Error
	var rejection *ECHRejection
	if s.early && s.old {
		return
	}
	if !errors.As(err, &e) || e.Alert != record.AlertECHRequired || e.Reason != record.ReasonECHRejected || !errors.As(err, &rejection) || c.done != nil {
		t.Errorf("%v: %v in %s", s, err, c.m.State().Name())
		return
	}
	if again, _ := c.m.Next(); again != nil {
		t.Errorf("%v: the client goes on", s)
	}
	if len(c.told) != 0 {
		t.Errorf("%v: there is a session of a connection that never was", s)
	}
	if rejection.PublicName != "public.test" || (rejection.RetryConfigs != nil) != (s.another && !s.old && !s.declined) {
		t.Errorf("%v: %v", s, rejection)
	}
	if rejection.RetryConfigs != nil && !bytes.Equal(rejection.RetryConfigs.Bytes(), s.server.ECHRetryConfigs) {
		t.Errorf("%v: other configurations than the server's", s)
	}
	if len(s.verified) != 1 || !s.verified[0].ECHRejected || s.verified[0].ServerName != "public.test" || s.verified[0].Resumed {
		t.Errorf("%v: verified %v", s, s.verified)
	}
	if name := s.names[len(s.names)-1]; name != "public.test" {
		t.Errorf("%v: the server sees %q", s, name)
	}
	if err := v.receive(); err != nil && !s.auth {
		t.Errorf("%v: the server: %v", s, err)
	}
	if v.done != nil && (len(v.done.Info.PeerChain) != 0 || v.done.Info.ECH != ECHNotOpened) {
		t.Errorf("%v: the server: %v, %d certificates", s, v.done.Info.ECH, len(v.done.Info.PeerChain))
	}
}

// TestEncryptedHello makes all connections with encrypted hellos, and those that seem to.
func TestEncryptedHello(t *testing.T) {
	for _, s := range encryptions(t) {
		s.check(t)
	}
}

// TestEncryptedHelloIsNotToBeSeen: nothing that the client sends before the server's answer has the name that it wants, and the PSKs are
// not those that it has.
func TestEncryptedHelloIsNotToBeSeen(t *testing.T) {
	for _, s := range encryptions(t) {
		if s.grease || s.deferred {
			continue
		}
		var hellos int
		var ticket []byte
		s.before = func(e *pairEnd) {
			if e.m.c.role != ServerRole || e.coming == nil || MessageType(e.coming[0]) != TypeClientHello {
				return
			}
			if o := e.peer.m.c.options; o.ECHConfigs == nil {
				return
			} else if o.Session != nil {
				ticket = o.Session.ticket
			}
			hellos++
			if bytes.Contains(e.coming, []byte("pair.test")) || ticket != nil && bytes.Contains(e.coming, ticket) {
				t.Errorf("%v: hello %d shows what it should hide", s, hellos)
			}
			if !bytes.Contains(e.coming, []byte("public.test")) {
				t.Errorf("%v: hello %d lacks the public name", s, hellos)
			}
			m, err := parseMessage(TypeClientHello, e.coming[headerSize:], nil, ExtensionSet{})
			if err != nil {
				t.Fatal(err)
			}
			ext := &m.(*ClientHello).Extensions
			if got := ext.Present.Has(ExtPreSharedKey); got != s.resumes && (hellos == 1 || s.accepted()) {
				t.Errorf("%v: hello %d has PSKs: %v", s, hellos, got)
			}
			if got := ext.Present.Has(ExtEarlyData); got != (s.early && hellos == 1) {
				t.Errorf("%v: hello %d has early data: %v", s, hellos, got)
			}
			// RFC 9849, Section 6.1.3
			if n := len(ext.ECH.Payload); n%32 != 16 {
				t.Errorf("%v: hello %d has a payload of %d bytes", s, hellos, n)
			}
		}
		s.run(t)
		if hellos == 0 {
			t.Errorf("%v: no hello was seen", s)
		}
	}
}

// TestEncryptedHelloIsCompressed: what both hellos have goes once (RFC 9849, Section 5.1), but for what must not be compared.
func TestEncryptedHelloIsCompressed(t *testing.T) {
	h := &ClientHello{Version: cipher.VersionTLS12, Suites: []cipher.SuiteID{cipher.TLS_AES_128_GCM_SHA256}, Compression: []byte{0}, SessionID: make([]byte, 32)}
	e := &h.Extensions
	for _, id := range []ExtensionID{ExtServerName, ExtExtendedMasterSecret, ExtSupportedGroups, ExtALPN, ExtSupportedVersions, ExtKeyShare} {
		e.Add(id)
	}
	e.ServerName, e.SupportedGroups, e.ALPN = "public.test", []cipher.GroupID{cipher.X25519}, []string{"x"}
	e.SupportedVersions = []cipher.Version{0x0a0a, cipher.VersionTLS13, cipher.VersionTLS12}
	e.KeyShares = []KeyShareEntry{{Group: cipher.X25519, Data: make([]byte, 1000)}}
	e.Raw = []RawExtension{{ID: 0x1a1a, Body: []byte{7}}}
	outer := *h
	outer.Extensions.ECH.Payload = []byte{1}
	outer.Extensions.Add(ExtEncryptedClientHello)
	inner := innerOf(h)
	c := compressionOf(inner, &outer)
	if want := []ExtensionID{0x1a1a, ExtSupportedGroups, ExtALPN, ExtKeyShare}; !slices.Equal(c.shared, want) {
		t.Errorf("shared: %v", c.shared)
	}
	if want := []ExtensionID{ExtServerName, ExtSupportedVersions, ExtEncryptedClientHello}; !slices.Equal(c.plain, want) {
		t.Errorf("plain: %v", c.plain)
	}
	if got := inner.Extensions.SupportedVersions; !slices.Equal(got, []cipher.Version{0x0a0a, cipher.VersionTLS13}) {
		t.Errorf("versions: %v", got)
	}
	encoded, err := encodeInner(inner, c, 0)
	if err != nil || len(encoded) > 160 {
		t.Errorf("%d bytes: %v", len(encoded), err)
	}
}

// TestInnerHelloSurvivesEncoding: any inner hello comes out of its encoded form as it was, whatever the outer one has beside it.
func TestInnerHelloSurvivesEncoding(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h := someClientHello(t).(*ClientHello)
		h.Extensions.Present.Remove(ExtEncryptedClientHello)
		h.Suites = append(h.Suites, cipher.TLS_AES_128_GCM_SHA256)
		h.Extensions.SupportedVersions = append(h.Extensions.SupportedVersions, cipher.VersionTLS13)
		h.Extensions.Add(ExtSupportedVersions)
		outer, inner := *h, innerOf(h)
		if rapid.Bool().Draw(t, "another name") {
			outer.Extensions.ServerName = "public.test"
			outer.Extensions.Add(ExtServerName)
		}
		if rapid.Bool().Draw(t, "other groups") {
			outer.Extensions.SupportedGroups = []cipher.GroupID{1, 2, 3}
		}
		c := compressionOf(inner, &outer)
		inner.Extensions.Order = c.order()
		want, err := appendMessage(nil, inner, nil)
		if err != nil {
			t.Fatal(err)
		}
		maxName := int(rapid.Byte().Draw(t, "longest name"))
		encoded, err := encodeInner(inner, c, maxName)
		if err != nil {
			t.Fatal(err)
		}
		if len(encoded)%32 != 0 {
			t.Errorf("%d bytes are not padded", len(encoded))
		}
		got, err := decodeInner(encoded, parsedHello(t, &outer))
		if err != nil || !bytes.Equal(got, want) {
			t.Fatalf("%v\n%x\n%x", err, got, want)
		}
		if _, err := readInner(got); err != nil {
			t.Error(err)
		}
	})
}

// TestECHStatusesHaveNames, so that reports can be read.
func TestECHStatusesHaveNames(t *testing.T) {
	for s := ECHNotOffered; s <= ECHBehind; s++ {
		if strings.HasPrefix(s.String(), "status") {
			t.Error(s)
		}
	}
}

// someECHKey draws a key.
type drawnKey struct{ *ECHKey }

func someECHKey(t *rapid.T) drawnKey {
	name := rapid.StringMatching(`[a-z0-9]{1,20}\.[a-z]{2,5}`).Draw(t, "public name")
	k, err := GenerateECHKey(name, rapid.Byte().Draw(t, "id"), rapid.Byte().Draw(t, "longest name"), someBytes(t, "seed", 32, 32))
	if err != nil {
		t.Fatal(err)
	}
	return drawnKey{k}
}

func (k drawnKey) list(t *rapid.T) *ECHConfigList {
	l, err := NewECHConfigList(k.config)
	if err != nil {
		t.Fatal(err)
	}
	return l
}
