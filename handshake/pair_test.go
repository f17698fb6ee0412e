package handshake

import (
	"slices"
	"testing"
	"time"

	"tlsengine/cipher"
	"tlsengine/record"
	"tlsengine/x509lite"
)

// This file lets two Machines talk to each other without records: a message is handed over as it is, a
// ChangeCipherSpec as a call.

var pairTime = time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)

// pairCredential makes a self-signed credential of a fixed key.
func pairCredential(t testing.TB, kind x509lite.KeyKind, seed byte) *Credential {
	t.Helper()
	key, err := x509lite.GenerateKey(kind, slices.Repeat([]byte{seed}, x509lite.MinKeySeed))
	if err != nil {
		t.Fatal(err)
	}
	der, err := (&x509lite.Template{
		Subject: x509lite.NewName("pair.test", ""), DNSNames: []string{"pair.test"},
		NotBefore: pairTime.AddDate(0, -1, 0), NotAfter: pairTime.AddDate(0, 1, 0),
	}).Sign(nil, key.Public(), key, nil)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509lite.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	c, err := NewCredential([]*x509lite.Certificate{cert}, key, nil)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// pairParams returns Params in which both ends accept each other; a test changes what it is about.
func pairParams() *Params {
	p := &Params{
		Versions:           []cipher.Version{cipher.VersionTLS13, cipher.VersionTLS12},
		Groups:             []*cipher.Group{cipher.GroupByID(cipher.X25519), cipher.GroupByID(cipher.CurveP256)},
		KeyShares:          []*cipher.Group{cipher.GroupByID(cipher.X25519)},
		VerifySchemes:      soundSchemes(nil),
		MiddleboxCompat:    true,
		UnverifiedServer:   true,
		MaxCertificateList: 1 << 14,
		ParseCertificate:   x509lite.ParseCertificate,
		Time:               func() time.Time { return pairTime },
		VerifyPeer:         func(*VerifyPeer) (*x509lite.Verdict, error) { return nil, nil },
	}
	for _, id := range []cipher.SuiteID{
		cipher.TLS_AES_128_GCM_SHA256, cipher.TLS_AES_256_GCM_SHA384,
		cipher.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, cipher.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
	} {
		p.Suites = append(p.Suites, cipher.SuiteByID(id))
	}
	return p
}

// seededRand returns a Rand that is a function of seed.
func seededRand(seed byte) Rand {
	return func(use Use, draw uint64, p []byte) {
		h := cipher.SHA512.New()
		h.Write([]byte{seed, byte(use), byte(draw)})
		sum := h.Sum(nil)
		for n := 0; n < len(p); {
			n += copy(p[n:], sum)
			sum[0]++
		}
	}
}

// A pairEnd is one of two Machines that talk to each other.
type pairEnd struct {
	t     testing.TB
	m     *Machine
	peer  *pairEnd
	inbox []pairItem
	outer record.Outer
	// before is called before each call of the Machine that may go on; it may replace m.
	before func(*pairEnd)
	coming []byte // the message that is about to be taken, which before may replace; nil before a ChangeCipherSpec or an answer
	sent   []MessageType
	done   *Connection
	told   []*Session // those of TellSession
}

// noCertificateWarning stands alone for the warning of SSL 3.0.
const noCertificateWarning = 0xfe

// pairItem is a message, or a ChangeCipherSpec if it is nil.
type pairItem []byte

// newPair returns both ends of a connection; the client's hello is on its way.
func newPair(t testing.TB, client, server *Params, before func(*pairEnd)) (c, s *pairEnd) {
	t.Helper()
	c = &pairEnd{t: t, m: NewClient(client, &Options{ServerName: "pair.test", Rand: seededRand(1)}), before: before}
	s = &pairEnd{t: t, m: NewServer(server, &Options{Rand: seededRand(2)}), before: before, peer: c}
	c.peer = s
	return c, s
}

// start sends the client's first hello.
func (e *pairEnd) start() error {
	f, err := e.m.Start()
	e.carryOut(f, err)
	return err
}

func (e *pairEnd) carryOut(f *Flight, err error) {
	if err != nil || f == nil {
		return
	}
	for i := range f.Effects {
		switch x := &f.Effects[i]; x.Kind {
		case SendMessage:
			e.sent = append(e.sent, MessageType(x.Message[0]))
			e.peer.inbox = append(e.peer.inbox, slices.Clone(x.Message))
		case SendChangeCipherSpec:
			e.peer.inbox = append(e.peer.inbox, nil)
		case SendNoCertificate:
			e.peer.inbox = append(e.peer.inbox, pairItem{noCertificateWarning})
		case ExpectRecords:
			e.outer = x.Outer
		case TellConnected:
			e.done = x.Connection
		case TellAuthenticated:
			e.done.Info = x.Connection.Info
		case TellSession:
			e.told = append(e.told, x.Session)
		}
	}
}

// receive handles what is in the inbox and answers what is asked.
func (e *pairEnd) receive() error {
	for len(e.inbox) > 0 {
		item := e.inbox[0]
		e.inbox = e.inbox[1:]
		if err := e.take(item); err != nil {
			return err
		}
	}
	return nil
}

func (e *pairEnd) take(item pairItem) error {
	e.coming = item
	e.before(e)
	item = e.coming // before may have changed it
	if len(item) == 1 && item[0] == noCertificateWarning {
		f, err := e.m.NoCertificate()
		e.carryOut(f, err)
		return err
	}
	if item == nil {
		if e.outer != record.OuterPlain {
			return nil // TLS 1.3: the record layer drops it
		}
		f, err := e.m.ChangeCipherSpec()
		e.carryOut(f, err)
		return err
	}
	e.m.Fragment(item)
	for {
		f, err := e.m.Next()
		if err != nil {
			return err
		}
		e.carryOut(f, nil)
		asked, err := e.answer()
		if err != nil {
			return err
		}
		if f == nil && !asked {
			return nil
		}
	}
}

// answer answers one question, if there is any.
func (e *pairEnd) answer() (bool, error) {
	if e.m.Operation() == nil {
		return false, nil
	}
	e.coming = nil
	e.before(e)
	e.m.Operation().Run()
	f, err := e.m.Resume()
	e.carryOut(f, err)
	return true, err
}

// settle runs both ends until neither has anything to do.
func (e *pairEnd) settle() error {
	for len(e.inbox) > 0 || len(e.peer.inbox) > 0 {
		if err := e.receive(); err != nil {
			return err
		}
		if err := e.peer.receive(); err != nil {
			return err
		}
	}
	return nil
}
