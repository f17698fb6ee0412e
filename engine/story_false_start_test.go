package engine

import (
	"bytes"
	"encoding/binary"
	"errors"
	"testing"

	"tlsengine/cipher"
	"tlsengine/handshake"
	"tlsengine/record"
)

// falseStartStories are connections whose client writes before the server's Finished (RFC 7918).
func falseStartStories() []*story {
	acts := []act{{clientEnd, write, 10}, {serverEnd, write, 700}, {serverEnd, closeWrite, 0}, {clientEnd, closeWrite, 0}}
	usual := with(only(cipher.VersionTLS12), groups(cipher.X25519, cipher.CurveP256, cipher.CurveP384), goldenSuites, startsFalsely)
	return []*story{
		{name: "1.2 false start", client: with(usual, speaks("x")), server: speaks("x"), acts: acts, ahead: 300},
		{name: "1.2 false start by NPN", client: with(usual, speaksNext("x")), server: speaksNext("y"), acts: acts, ahead: 20000},
		{name: "1.2 false start with client auth and a ticket", client: with(usual, speaks("x"), authenticated, keeps),
			server: with(speaks("x"), requires, byTicket), acts: acts, ahead: 300},
	}
}

// falseStartFailure is a false start that goes wrong: the server's Finished is damaged.
func falseStartFailure() *story {
	s := falseStartStories()[0]
	s.name, s.damage = "1.2 false start, server's Finished damaged", &damage{serverEnd, 730, 1}
	return s
}

func startsFalsely(_ *testPKI, c *Config) { c.FalseStart = handshake.FalseStartWithProtocol }
func alwaysFalsely(_ *testPKI, c *Config) { c.FalseStart = handshake.FalseStartAlways }

func speaksNext(protocols ...string) change {
	return func(_ *testPKI, c *Config) { c.NextProtocols = protocols }
}

// untilClientsTurn lets the server answer the client's hello, and the client act on it: what the client then has to send ends with its
// Finished. change may look at and change the server's flight on its way.
func (v *telling) untilClientsTurn(t *testing.T, change func(flight []byte)) *Conn {
	t.Helper()
	v.move(clientEnd)
	client, server := v.ends[clientEnd], v.ends[serverEnd]
	flight := bytes.Clone(server.Outgoing())
	server.Sent(len(flight))
	if change != nil {
		change(flight)
	}
	if _, err := client.Feed(flight); err != nil {
		t.Fatal(err)
	}
	return client
}

// TestFalseStartIsConfirmedByFinished: the client writes one flight earlier, behind its Finished and under the keys of the connection, and is told nothing
// of the connection until the server's Finished was verified.
func TestFalseStartIsConfirmedByFinished(t *testing.T) {
	for _, s := range falseStartStories() {
		v := s.begin(t, direct{}, 0)
		client := v.untilClientsTurn(t, nil)
		before := len(client.Outgoing())
		if st := client.Status(); !st.Has(CanWrite) || st.Has(HandshakeDone) || client.Write([]byte("early bird")) != 10 {
			t.Fatalf("%s: %v", s.name, st)
		}
		added := client.Outgoing()[before:]
		if added[0] != byte(record.TypeApplicationData) || bytes.Contains(added, []byte("early bird")) {
			t.Errorf("%s: behind the Finished comes %x", s.name, added)
		}
		if _, err := client.Export("EXPERIMENTAL", nil, 1); err == nil || client.Info() != nil || client.Read(make([]byte, 1)) != 0 {
			t.Errorf("%s: the client is told of a connection that nobody has confirmed", s.name)
		}
		early, err := client.ExportEarly("EXPERIMENTAL", nil, 32)
		if err != nil {
			t.Errorf("%s: nothing binds what is written now to its connection: %v", s.name, err)
		}
		v.move(clientEnd)
		if got := v.outcome.got[serverEnd]; string(got) != "early bird" || client.Status().Has(HandshakeDone) {
			t.Errorf("%s: the server received %q", s.name, got)
		}
		v.settle(t)
		if err := errors.Join(client.Err(), v.ends[serverEnd].Err()); err != nil || !client.Status().Has(HandshakeDone) || client.Info() == nil {
			t.Errorf("%s: %v, %v", s.name, client.Status(), err)
		}
		for _, end := range v.ends {
			if late, err := end.Export("EXPERIMENTAL", nil, 32); err != nil || !bytes.Equal(early, late) {
				t.Errorf("%s: in the end %x is exported, before it was %x: %v", s.name, late, early, err)
			}
		}
	}
}

// TestFalseStartArrives tells the stories as they are.
func TestFalseStartArrives(t *testing.T) {
	for _, s := range falseStartStories() {
		v := s.begin(t, direct{}, 0)
		o := v.run(t)
		if o.fail != [2]string{"<nil>", "<nil>"} || !v.started || len(o.got[serverEnd]) != s.ahead+10 || len(o.got[clientEnd]) != 700 {
			t.Errorf("%s: %v, started %v, %d and %d bytes came", s.name, o.fail, v.started, len(o.got[clientEnd]), len(o.got[serverEnd]))
		}
	}
}

// watchAhead notes whether the client may ever write before the handshake that goes on is done.
func (v *telling) watchAhead(may *bool) {
	look := func() {
		client := v.ends[clientEnd]
		st := client.Status()
		*may = *may || st&(CanWrite|HandshakeDone) == CanWrite || client.in.machine.Flow().Write == handshake.HalfRTT
	}
	v.between = func(*telling) { look() }
	v.moved = func(int, []byte) { look() }
}

// TestFalseStartNeedsAChoiceAndStrength: in all other handshakes the client waits.
func TestFalseStartNeedsAChoiceAndStrength(t *testing.T) {
	older, x := with(only(cipher.VersionTLS12), startsFalsely), speaks("x")
	all := []*story{
		{name: "not chosen", client: with(only(cipher.VersionTLS12), x), server: x},
		{name: "no protocol of the server's", client: with(older, x)},
		{name: "no protocol of the client's", client: older, server: x},
		{name: "TLS 1.3", client: with(startsFalsely, x), server: x},
		// RFC 7918, Section 5.1 wants TLS 1.2.
		{name: "TLS 1.1", client: with(bySuite(cipher.VersionTLS11, cipher.SuiteByID(cipher.TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA)), alwaysFalsely, x),
			server: with(bySuite(cipher.VersionTLS11, cipher.SuiteByID(cipher.TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA)), x)},
		// That compression was chosen is certain with the server's Finished only.
		{name: "compression", client: with(older, x, compressed), server: with(x, compressed)},
		{name: "a session resumed", client: with(older, x, keeps), server: with(x, byTicket), resumes: true},
		{name: "an encrypted hello that was not accepted", client: with(startsFalsely, x), server: with(only(cipher.VersionTLS12), x), encrypts: true},
	}
	for _, id := range []cipher.SuiteID{cipher.TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA, cipher.TLS_RSA_WITH_AES_128_GCM_SHA256,
		cipher.TLS_PSK_WITH_AES_128_GCM_SHA256} {
		by := bySuite(cipher.VersionTLS12, cipher.SuiteByID(id))
		all = append(all, &story{name: id.String(), client: with(by, alwaysFalsely, x), server: with(by, x)})
	}
	for _, s := range all {
		may := false
		v := s.begin(t, direct{}, 0)
		v.watchAhead(&may)
		v.run(t)
		if done := v.ends[clientEnd].Status().Has(HandshakeDone); may || done == s.encrypts {
			t.Errorf("%s: the client may write before the handshake is done: %v, %v", s.name, may, v.ends[clientEnd].Err())
		}
	}
}

// TestFalseStartWithoutAProtocol is there for who chooses it.
func TestFalseStartWithoutAProtocol(t *testing.T) {
	for _, x := range []struct {
		choice change
		want   bool
	}{{alwaysFalsely, true}, {startsFalsely, false}} {
		may := false
		v := (&story{client: with(only(cipher.VersionTLS12), x.choice)}).begin(t, direct{}, 0)
		v.watchAhead(&may)
		v.run(t)
		if may != x.want || v.ends[clientEnd].Info() == nil {
			t.Errorf("the client may write: %v, %v", may, v.ends[clientEnd].Err())
		}
	}
}

// TestFalseStartReadsNothingBeforeFinished: to write early is one thing, to take what nobody has vouched for another.
func TestFalseStartReadsNothingBeforeFinished(t *testing.T) {
	v := falseStartStories()[0].begin(t, direct{}, 0)
	client := v.untilClientsTurn(t, nil)
	if n := client.Write([]byte("early")); n != 5 {
		t.Fatalf("%d bytes were taken", n)
	}
	client.Feed(wireRecords(record.TypeApplicationData, make([]byte, 64)))
	if client.Err() == nil || len(client.Peek()) > 0 {
		t.Errorf("the client reads before Finished: %v", client.Err())
	}
}

// TestFalseStartOnceOnAConnection: in a renegotiation data waits, as ever.
func TestFalseStartOnceOnAConnection(t *testing.T) {
	freely := func(_ *testPKI, c *Config) { c.Renegotiation = handshake.RenegotiationFreely }
	for _, x := range []change{speaks("x"), speaksNext("x")} {
		may := false
		v := (&story{client: with(only(cipher.VersionTLS12), startsFalsely, freely, x), server: with(freely, x)}).begin(t, direct{}, 0)
		v.settle(t)
		v.watchAhead(&may)
		v.perform(t, act{clientEnd, again, 0})
		if info := v.ends[clientEnd].Info(); may || info == nil || info.Renegotiations != 1 {
			t.Errorf("the client may write during a renegotiation: %v, %v", may, v.ends[clientEnd].Err())
		}
	}
}

// TestFalseStartWaitsForARefusalThatIsRecorded: whoever wants to hear what speaks against the server hears it before saying anything.
func TestFalseStartWaitsForARefusalThatIsRecorded(t *testing.T) {
	v := falseStartStories()[0].begin(t, direct{}, handshake.Kinds(handshake.KindVerifyPeer))
	client := v.untilClientsTurn(t, nil)
	client.Pending()[0].(*handshake.VerifyPeer).CompleteRecorded(errors.New("not liked"))
	if client.Resume(); client.Status().Has(CanWrite) || len(client.Outgoing()) == 0 {
		t.Errorf("%v: %v", client.Status(), client.Err())
	}
	if v.settle(t); client.Info() == nil || client.Info().Recorded == nil || !client.Status().Has(CanWrite) {
		t.Errorf("%v: %v", client.Status(), client.Err())
	}
}

// TestFalseStartEndsWithABadFinished: what was written is gone, and the connection with it.
func TestFalseStartEndsWithABadFinished(t *testing.T) {
	v := falseStartStories()[0].begin(t, direct{}, 0)
	client := v.untilClientsTurn(t, nil)
	client.Write([]byte("early bird"))
	v.move(clientEnd)
	flight := bytes.Clone(v.ends[serverEnd].Outgoing())
	flight[len(flight)-1] ^= 1
	client.Feed(flight)
	var e *record.Error
	if !errors.As(client.Err(), &e) || e.Remote || e.Alert != record.AlertBadRecordMAC {
		t.Errorf("the connection lives on a damaged Finished: %v", client.Err())
	}
	if client.Status()&(CanWrite|HandshakeDone) != 0 || client.Info() != nil || client.Write([]byte("x")) != 0 {
		t.Errorf("the connection looks like one: %v", client.Status())
	}
}

// chooses replaces the suite of the ServerHello with which a flight begins: what somebody in the middle can do, since nothing but the
// Finished speaks against it.
func chooses(id cipher.SuiteID) func(flight []byte) {
	return func(flight []byte) {
		sessionID := record.HeaderSize + 4 + 2 + 32
		suite := sessionID + 1 + int(flight[sessionID])
		binary.BigEndian.PutUint16(flight[suite:], uint16(id))
	}
}

// TestAttackFalseStartWithAWeakSuite (RFC 7918, Section 5): somebody in the middle makes the ServerHello choose the weakest suite that
// the client offers, one of CBC. Before, the client would find out in time; a false start would be read by who can break the suite.
func TestAttackFalseStartWithAWeakSuite(t *testing.T) {
	s := falseStartStories()[0]
	weak, strong := cipher.TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA, cipher.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256
	s.client = with(s.client, suites(strong, cipher.TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256, weak))
	v := s.begin(t, direct{}, 0)
	client := v.untilClientsTurn(t, chooses(weak))
	if len(client.Outgoing()) == 0 || client.Status().Has(CanWrite) || client.Write([]byte("secret")) != 0 {
		t.Errorf("a false start with %v: %v, %v", weak, client.Status(), client.Err())
	}
	if v.settle(t); v.ends[serverEnd].Err() == nil || client.Err() == nil {
		t.Error("nobody has noticed")
	}
	// Another strong one is nothing that the client could notice. All that this leads to is an end.
	v = s.begin(t, direct{}, 0)
	client = v.untilClientsTurn(t, chooses(cipher.TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256))
	if client.Write([]byte("secret")) != 6 {
		t.Errorf("no false start: %v", client.Status())
	}
	if v.settle(t); v.ends[serverEnd].Err() == nil || client.Err() == nil || len(v.outcome.got[serverEnd]) > 0 {
		t.Errorf("nobody has noticed, or the server received %q", v.outcome.got[serverEnd])
	}
}
