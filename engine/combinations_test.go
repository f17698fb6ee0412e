package engine

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"tlsengine/cipher"
	"tlsengine/fuzz/pki"
	"tlsengine/handshake"
	"tlsengine/record"

	"pgregory.net/rapid"
)

// rareChanges are what few configurations have, each for either end.
var rareChanges = []change{
	statuses, compresses, delegated, delegates, takesRawKeys, offersRawKeys, rawKey, takesMLDSA, greased, permuted, padded, limited(70), limited(600),
	hasPSK, hasPSK, byID, byTicket, keeps, keeps, takesEarly, alone, authenticated, asks, requires, vouched,
	func(_ *testPKI, c *Config) { c.Renegotiation = handshake.RenegotiationFreely },
	func(_ *testPKI, c *Config) { c.Renegotiation = handshake.RenegotiationOnce },
	func(_ *testPKI, c *Config) { c.InsecureRenegotiation, c.AllowLegacyServer = true, true },
	func(_ *testPKI, c *Config) { c.PostHandshakeAuth = true },
	func(p *testPKI, c *Config) { c.Credentials, c.Schemes = append(c.Credentials, p.dsa), nil },
	func(_ *testPKI, c *Config) { c.Credentials = nil },
	func(_ *testPKI, c *Config) { c.SessionIDsOnly = true },
	func(_ *testPKI, c *Config) { c.NextProtocols = []string{"a", "n"} },
	func(_ *testPKI, c *Config) { c.ECHGrease = true },
	func(_ *testPKI, c *Config) { c.RetryCookie = true },
	func(_ *testPKI, c *Config) { c.PSKHint = []byte("hint") },
	func(_ *testPKI, c *Config) { c.UnsplitCBC = true },
	speaks("a"), speaks("b", "a"), noShares,
}

// drawRarely draws a configuration of one end of all that there is; it may have the versions and suites of the other.
func drawRarely(rt *rapid.T, p *testPKI, role string, c, other *Config) (*Config, *Params, error) {
	alike := other != nil && rapid.Bool().Draw(rt, role+" is like the other")
	if alike {
		c.MinVersion, c.MaxVersion, c.Suites = other.MinVersion, other.MaxVersion, other.Suites
	} else {
		drawAlgorithms(rt, role, c)
	}
	for _, i := range rapid.SliceOfN(rapid.IntRange(0, len(rareChanges)-1), 0, 14).Draw(rt, role+" changes") {
		rareChanges[i](p, c)
	}
	frozen, err := c.Freeze()
	return c, frozen, err
}

// drawAlgorithms draws versions and suites.
func drawAlgorithms(rt *rapid.T, role string, c *Config) {
	versions := []cipher.Version{cipher.VersionSSL30, cipher.VersionTLS10, cipher.VersionTLS11, cipher.VersionTLS12, cipher.VersionTLS13}
	low := rapid.IntRange(0, 4).Draw(rt, role+" lowest")
	c.MinVersion, c.MaxVersion = versions[low], versions[rapid.IntRange(low, 4).Draw(rt, role+" highest")]
	if rapid.Bool().Draw(rt, role+" has all suites") {
		c.Suites = rapid.Permutation(suiteIDs(cipher.AllSuites())).Draw(rt, role+" suites")[:rapid.IntRange(1, len(cipher.AllSuites())).Draw(rt, role+" number of suites")]
		for _, v := range versions { // each version needs one
			if v >= c.MinVersion && v <= c.MaxVersion {
				for _, s := range cipher.AllSuites() {
					if s.Usable(v) && !s.NeedsPSK() && !slices.Contains(c.Suites, s.ID) {
						c.Suites = append(c.Suites, s.ID)
						break
					}
				}
			}
		}
	}
}

// TestRareCombinationsAgreeOrBothFail over configurations of all versions, suites and extensions: no end gets stuck, or fails for no
// fault of the other; nobody is let in without what is required.
func TestRareCombinationsAgreeOrBothFail(t *testing.T) {
	p := newTestPKI(t)
	agreed := map[string]int{}
	rapid.Check(t, func(rt *rapid.T) {
		likeness, client, err := drawRarely(rt, p, "client", p.clientConfig(), nil)
		if err != nil {
			rt.Skip(err)
		}
		_, server, err := drawRarely(rt, p, "server", p.serverConfig(), likeness)
		if err != nil {
			rt.Skip(err)
		}
		var session *handshake.Session
		for i := range 3 {
			c, err := Client(client, Options{ServerName: pki.Host, Rand: seeded(byte(2 * i)), Session: session, Value: &session})
			if err != nil {
				rt.Fatal(err)
			}
			s, err := Server(server, Options{Rand: seeded(byte(2*i + 1))})
			if err != nil {
				rt.Fatal(err)
			}
			how, err := live(rt, c, s, client.handshake, server.handshake)
			agreed[how]++
			if err != nil {
				rt.Fatalf("connection %d: %v\nclient %v, %v\nserver %v, %v", i, err, c.Status(), c.Err(), s.Status(), s.Err())
			}
			c.Close()
			s.Close()
		}
	})
	if agreed["refused"] == 0 || len(agreed) < 4 {
		t.Errorf("what was drawn shows too little: %v", agreed)
	}
}

// live runs a connection, negotiates it again and authenticates it again as far as it can be, and says what came of it.
func live(rt *rapid.T, c, s *Conn, client, server *handshake.Params) (string, error) {
	settle(c, s)
	c.Peek()
	if c.Err() != nil || s.Err() != nil {
		return "refused", faultFound(c, s)
	}
	a := c.Info()
	if a == nil || s.Info() == nil {
		return "stuck", errors.New("the handshake is stuck")
	}
	how := fmt.Sprintf("%v resumed %v", a.Version, a.Resumed)
	if err := letIn(c, s, server); err != nil {
		return how, err
	}
	for range rapid.IntRange(0, 3).Draw(rt, "deeds") {
		ends := [][2]*Conn{{c, s}, {s, c}}[rapid.IntRange(0, 1).Draw(rt, "who")]
		var err error
		switch rapid.IntRange(0, 3).Draw(rt, "what") {
		case 0:
			err = carries(ends[0], ends[1])
		case 1:
			if ends[0].Renegotiate() == nil {
				how += " again"
			}
		case 2:
			if s.RequestCertificate() == nil {
				how += " authenticated"
			}
		case 3:
			ends[0].UpdateKeys(true)
		}
		if err != nil {
			return how, err
		}
		for move(c, s) || move(s, c) || woke(c) || woke(s) {
		}
		if c.Err() != nil || s.Err() != nil {
			c.Peek()
			s.Peek()
			return how + " and failed", faultFound(c, s)
		}
		if err := letIn(c, s, server); err != nil {
			return how, err
		}
	}
	return how, errors.Join(carries(c, s), carries(s, c))
}

// woke resumes an end, and tells whether it then has something to send.
func woke(c *Conn) bool {
	c.Peek()
	c.Resume()
	return len(c.Outgoing()) > 0
}

// letIn checks that nobody was let in without what was required of him.
func letIn(c, s *Conn, server *handshake.Params) error {
	a, b := c.Info(), s.Info()
	anonymous := a.Suite.Auth == cipher.AuthNone && a.Version < cipher.VersionTLS13
	pre := a.PSK != nil || a.Resumed
	if len(a.PeerChain) == 0 && a.PeerKey == nil && !pre && !anonymous {
		return errors.New("the server was not authenticated")
	}
	if server.ClientAuth == handshake.AuthRequired && len(b.PeerChain) == 0 && b.PeerKey == nil && b.PSK == nil &&
		!(server.PostHandshakeAuth && b.Version == cipher.VersionTLS13) && !(b.Resumed && len(server.PSKs) > 0) {
		return errors.New("the client was not authenticated")
	}
	return nil
}

// faultFound checks that one end found a fault that is not its own, and that the other was told of it.
func faultFound(c, s *Conn) error {
	s.Peek()
	var a, b *record.Error
	if !errors.As(c.Err(), &a) || !errors.As(s.Err(), &b) {
		return errors.New("not both failed")
	}
	bothRefuse := a.Alert == record.AlertProtocolVersion // the alert comes in a record of the version that was refused
	if a.Remote == b.Remote && !bothRefuse || a.Alert == record.AlertInternalError || b.Alert == record.AlertInternalError {
		return fmt.Errorf("client %v; server %v", a, b)
	}
	switch a.Alert {
	case record.AlertUnexpectedMessage, record.AlertDecodeError, record.AlertDecryptError, record.AlertBadRecordMAC, record.AlertRecordOverflow:
		return fmt.Errorf("between two honest ends: client %v; server %v", a, b)
	}
	return nil
}
