package engine

import (
	"bytes"
	"errors"
	"testing"
	"time"

	"tlsengine/cipher"
	"tlsengine/handshake"
	"tlsengine/record"
	"tlsengine/x509lite"
)

// TestTicketIsNotReusedAcrossTrust is CVE-2025-68121: what one configuration accepted of its client is not taken for accepted by
// another, be the ticket keys the same.
func TestTicketIsNotReusedAcrossTrust(t *testing.T) {
	pki := newTestPKI(t)
	refuse := func(*handshake.VerifyPeer) (*x509lite.Verdict, error) { return nil, errors.New("not any more") }
	for name, change := range map[string]func(*Config){
		"nothing":                  func(*Config) {},
		"other authorities":        func(c *Config) { c.Roots = x509lite.NewPool(); c.Roots.Add(pki.stranger.Chain()[0]) },
		"none is asked for":        func(c *Config) { c.ClientAuth = handshake.AuthOptional },
		"a stricter look":          func(c *Config) { c.Verification.Degree = x509lite.Strict },
		"another context":          func(c *Config) { c.SessionContext = []byte("other") },
		"the application refuses":  func(c *Config) { c.VerifyPeer = refuse },
		"fewer signature schemes":  func(c *Config) { c.Schemes = []cipher.SignatureScheme{cipher.RSAPSSRSAESHA256} },
		"the certificate is old":   nil,
		"the session is of others": nil,
	} {
		r := newResuming(t)
		r.server.ClientAuth = handshake.AuthRequired
		r.client.Credentials = []*handshake.Credential{pki.credentials[x509lite.KeyRSA2048]}
		session := r.first(t)
		switch {
		case change != nil:
			change(r.server)
		case name == "the certificate is old":
			r.clock = r.clock.AddDate(30, 0, 0)
		default:
			r.server.Tickets, _ = RandomTicketKeys(Rotation{Time: r.server.Time})
		}
		c, s := r.ends(t, session)
		settle(c, s)
		if resumed := s.Info() != nil && s.Info().Resumed; resumed != (name == "nothing") {
			t.Errorf("%s: resumed %v (%v, %v)", name, resumed, c.Err(), s.Err())
		}
	}
}

// TestSessionIsNotOfferedAcrossTrust is the same for clients: what they have is not even shown.
func TestSessionIsNotOfferedAcrossTrust(t *testing.T) {
	for name, change := range map[string]func(*resuming){
		"nothing":            func(*resuming) {},
		"other authorities":  func(r *resuming) { r.client.Roots = x509lite.NewPool() },
		"verified now":       func(r *resuming) { r.client.Verification.Degree = x509lite.Strict },
		"another host":       func(r *resuming) { r.host = "www.example.test" },
		"a session too old":  func(r *resuming) { r.clock = r.clock.Add(25 * time.Hour) },
		"one of the future":  func(r *resuming) { r.clock = r.clock.Add(-time.Hour) },
		"another context":    func(r *resuming) { r.client.SessionContext = []byte("other") },
		"suites that differ": func(r *resuming) { r.client.Suites = []cipher.SuiteID{cipher.TLS_AES_256_GCM_SHA384} },
	} {
		r := newResuming(t)
		r.client.Suites = []cipher.SuiteID{cipher.TLS_AES_128_GCM_SHA256}
		session := r.first(t)
		change(r)
		c, _ := r.ends(t, session)
		if offers := bytes.Contains(c.Outgoing(), session.Ticket()); offers != (name == "nothing") {
			t.Errorf("%s: the session is offered: %v", name, offers)
		}
	}
}

// TestForgedBinderIsRefused: who has only seen a ticket can't use it. // RFC 8446, Section 4.2.11.2
func TestForgedBinderIsRefused(t *testing.T) {
	r := newResuming(t)
	c, s := r.ends(t, r.first(t))
	hello := bytes.Clone(c.Outgoing())
	hello[5+int(hello[3])<<8+int(hello[4])-1] ^= 1
	s.Feed(hello)
	wantFailure(t, s.Err(), record.AlertDecryptError, record.ReasonBinderDoesNotVerify)
}

// remembering makes the server remember its sessions and give numbers as tickets, which count once.
func remembering(r *resuming) {
	r.server.Tickets = NewSessionCache(CacheLimits{Time: r.server.Time}).Tickets()
}

// TestForgedBinderBurnsNothing: who has only seen a ticket can't use it up for its owner, nor what remembers early data, however often he
// sends it with a binder that is wrong; and the owner's hello counts once, whatever the server remembers it by.
func TestForgedBinderBurnsNothing(t *testing.T) {
	for name, change := range map[string]func(*resuming){"sealed": func(*resuming) {}, "remembered": remembering} {
		r := newEarly(t)
		change(r)
		c, s := r.earlyEnds(t, r.first(t), "pay")
		flight := bytes.Clone(c.Outgoing())
		for range 3 {
			forged := bytes.Clone(flight)
			forged[5+int(flight[3])<<8+int(flight[4])-1] ^= 1
			thief := newServer(t, r.server, Options{})
			thief.Feed(forged)
			wantFailure(t, thief.Err(), record.AlertDecryptError, record.ReasonBinderDoesNotVerify)
		}
		c.Sent(len(flight))
		s.Feed(flight)
		buf := make([]byte, 100)
		if n := s.Read(buf); string(buf[:n]) != "pay" {
			t.Errorf("%s: early data: %q, %v", name, buf[:n], s.Err())
		}
		again := newServer(t, r.server, Options{})
		again.Feed(flight)
		if n := again.Read(buf); n > 0 || again.Status().Has(PlaintextIsEarly) {
			t.Errorf("%s: replayed early data is read: %q", name, buf[:n])
		}
		connect(t, c, s)
		if !s.Info().Resumed || s.Info().EarlyData != handshake.EarlyAccepted {
			t.Errorf("%s: resumed %v, early data %v", name, s.Info().Resumed, s.Info().EarlyData)
		}
	}
}

// TestRememberedTicketCountsOnce: of two connections with one ticket that counts once, both of them its owner's, one is resumed and the
// other one is as good as new; in versions before TLS 1.3 too nobody uses it up who can't finish the handshake.
func TestRememberedTicketCountsOnce(t *testing.T) {
	r := newResuming(t)
	remembering(r)
	session := r.first(t)
	for _, want := range []bool{true, false} {
		if r.again(t, session) != want {
			t.Errorf("resumed %v", !want)
		}
	}
	r = newResuming(t)
	remembering(r)
	for _, c := range []*Config{r.client, r.server} {
		c.MinVersion, c.MaxVersion = cipher.VersionTLS12, cipher.VersionTLS12
	}
	session = r.first(t)
	for range 3 {
		c, thief := r.ends(t, session)
		move(c, thief)
		if thief.Err() != nil || len(thief.Outgoing()) == 0 {
			t.Fatal(thief.Err())
		}
		thief.Close()
	}
	for _, want := range []bool{true, false} {
		if r.again(t, session) != want {
			t.Errorf("TLS 1.2: resumed %v", !want)
		}
	}
}

// earlyEnds returns the ends of a connection whose client has written early data.
func (r *resuming) earlyEnds(t *testing.T, session *handshake.Session, data string) (c, s *Conn) {
	t.Helper()
	c, s = r.ends(t, session)
	if n := c.Write([]byte(data)); n != len(data) {
		t.Fatalf("%d bytes of early data were taken: %v", n, c.Status())
	}
	return c, s
}

func newEarly(t *testing.T) *resuming {
	r := newResuming(t)
	r.client.MaxEarlyData, r.server.MaxEarlyData = 1000, 1000
	return r
}

// TestReplayedEarlyDataIsRefused: the very bytes that a server has taken once do nothing the second time, at this server or
// under other Params with the same keys.
func TestReplayedEarlyDataIsRefused(t *testing.T) {
	r := newEarly(t)
	c, s := r.earlyEnds(t, r.first(t), "pay")
	flight := bytes.Clone(c.Outgoing())
	c.Sent(len(flight))
	s.Feed(flight)
	buf := make([]byte, 100)
	if n := s.Read(buf); string(buf[:n]) != "pay" {
		t.Fatalf("early data: %q, %v", buf[:n], s.Err())
	}
	for range 2 {
		again := newServer(t, r.server, Options{})
		again.Feed(flight)
		if n := again.Read(buf); n > 0 || again.Status().Has(PlaintextIsEarly) {
			t.Errorf("replayed early data is read: %q", buf[:n])
		}
	}
	connect(t, c, s)
	if s.Info().EarlyData != handshake.EarlyAccepted || c.Info().EarlyData != handshake.EarlyAccepted {
		t.Errorf("early data: %v, %v", c.Info().EarlyData, s.Info().EarlyData)
	}
}

// TestEarlyDataNeedsAMemory: with ticket keys that others may have, and no guard of the application's, none is taken.
func TestEarlyDataNeedsAMemory(t *testing.T) {
	r := newEarly(t)
	keys, err := FixedTicketKeys([32]byte{1})
	if err != nil {
		t.Fatal(err)
	}
	r.server.Tickets = keys
	c, s := r.earlyEnds(t, r.first(t), "pay")
	connect(t, c, s)
	if s.Info().EarlyData != handshake.EarlyReplayed || c.Info().EarlyData != handshake.EarlyDeclined || !s.Info().Resumed {
		t.Errorf("early data: %v, %v", c.Info().EarlyData, s.Info().EarlyData)
	}
	exchange(t, c, s)
}

// TestEarlyDataOfTheWrongAgeIsRefused: a hello that was held back is too old; the session is resumed all the same. // RFC 8446, Section 8.3
func TestEarlyDataOfTheWrongAgeIsRefused(t *testing.T) {
	for delay, want := range map[time.Duration]handshake.EarlyOutcome{
		0: handshake.EarlyAccepted, 50 * time.Second: handshake.EarlyAccepted, 70 * time.Second: handshake.EarlyStale,
		-70 * time.Second: handshake.EarlyStale,
	} {
		r := newEarly(t)
		session := r.first(t)
		r.clock = r.clock.Add(time.Hour)
		c, s := r.earlyEnds(t, session, "late")
		r.clock = r.clock.Add(delay)
		s.Feed(c.Outgoing())
		c.Sent(len(c.Outgoing()))
		s.Read(make([]byte, 100))
		connect(t, c, s)
		if s.Info().EarlyData != want || !s.Info().Resumed || s.Info().TicketAgeSkew != -delay {
			t.Errorf("%v: early data %v, resumed %v, skew %v", delay, s.Info().EarlyData, s.Info().Resumed, s.Info().TicketAgeSkew)
		}
	}
}

// TestEarlyDataStaysApart: no Read holds early and other data, and the handshake waits until the early data was read.
func TestEarlyDataStaysApart(t *testing.T) {
	r := newEarly(t)
	c, s := r.earlyEnds(t, r.first(t), "early")
	if c.Status().Has(CanWrite) || c.Write(make([]byte, 2000)) != 1000-len("early") {
		t.Errorf("the limit of early data is not kept: %v", c.Status())
	}
	if _, err := c.ExportEarly("EXPERIMENTAL", nil, 32); err != nil {
		t.Error(err)
	}
	move(c, s)
	if !s.Status().Has(PlaintextIsEarly | CanWrite) {
		t.Errorf("a server with early data is %v", s.Status())
	}
	s.Write([]byte("half"))
	settle(c, s)
	if c.Write([]byte("late")) != 4 {
		t.Errorf("the client is %v, %v", c.Status(), c.Err())
	}
	settle(c, s)
	var reads []string
	buf := make([]byte, 5000)
	for n := s.Read(buf); n > 0; n = s.Read(buf) {
		reads = append(reads, string(buf[:n]))
	}
	if len(reads) != 3 || reads[0] != "early" || reads[2] != "late" {
		t.Errorf("%d reads: %.40q", len(reads), reads)
	}
	if n := c.Read(buf); string(buf[:n]) != "half" {
		t.Errorf("half-RTT data: %q", buf[:n])
	}
	connect(t, c, s)
}

// TestRefusedEarlyDataIsTold: the application learns how much it had written, and nothing is written until it knows.
func TestRefusedEarlyDataIsTold(t *testing.T) {
	r := newEarly(t)
	session := r.first(t)
	r.server.MaxEarlyData = 0
	r.client.Defer = handshake.Kinds(handshake.KindConfirmEarlyRefusal)
	c, s := r.earlyEnds(t, session, "in vain")
	settle(c, s)
	ops := c.Pending()
	if len(ops) != 1 || ops[0].(*handshake.ConfirmEarlyRefusal).Written != len("in vain") || c.Write([]byte("x")) != 0 {
		t.Fatalf("waits for %v, %v", ops, c.Status())
	}
	ops[0].(*handshake.ConfirmEarlyRefusal).Complete(nil)
	c.Resume()
	connect(t, c, s)
	exchange(t, c, s)
}
