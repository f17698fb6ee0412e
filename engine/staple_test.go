package engine

import (
	"bytes"
	"errors"
	"testing"
	"time"

	"tlsengine/cipher"
	"tlsengine/fuzz/pki"
	"tlsengine/handshake"
	"tlsengine/record"
	"tlsengine/x509lite"
)

// stapled returns an identity's credential with staples.
func stapled(t testing.TB, i pki.Identity, responses ...[]byte) *handshake.Credential {
	t.Helper()
	c, err := handshake.NewCredential(i.Chain, i.Key, nil)
	if err == nil {
		c, err = c.WithStaples(responses...)
	}
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// TestStaplesAreJudged: what each policy of a client makes of each staple, in both versions, by the alert that the server gets.
func TestStaplesAreJudged(t *testing.T) {
	p := pki.New()
	plain, must := p.Identities[x509lite.KeyP256], p.MustStaple
	about := func(i pki.Identity, s pki.Status, at time.Time) []byte { return p.Staple(i.Chain[0], s, at) }
	const none, status = record.AlertCloseNotify, record.AlertBadCertificateStatusResponse
	for _, c := range []struct {
		name                        string
		server                      pki.Identity
		staple                      []byte
		reported, checked, required record.Alert
	}{
		{"none", plain, nil, none, none, status},
		{"good", plain, about(plain, pki.Good, pki.Time), none, none, none},
		{"of last month", plain, about(plain, pki.Good, pki.Time.AddDate(0, -1, 0)), none, status, status},
		{"revoked", plain, about(plain, pki.Revoked, pki.Time), none, record.AlertCertificateRevoked, record.AlertCertificateRevoked},
		{"unknown", plain, about(plain, pki.Unknown, pki.Time), none, status, status},
		{"about another", plain, about(must, pki.Good, pki.Time), none, status, status},
		{"no response at all", plain, []byte("staple"), none, status, status},
		{"none for must-staple", must, nil, none, status, status},
		{"good for must-staple", must, about(must, pki.Good, pki.Time), none, none, none},
	} {
		for _, v := range []cipher.Version{cipher.VersionTLS12, cipher.VersionTLS13} {
			for policy, want := range map[handshake.Stapling]record.Alert{handshake.StaplingOff: none, handshake.StaplingReported: c.reported,
				handshake.StaplingChecked: c.checked, handshake.StaplingRequired: c.required} {
				t.Run(c.name+"/"+v.String()+"/"+policy.String(), func(t *testing.T) {
					tp := newTestPKI(t)
					client, server := tp.clientConfig(), tp.serverConfig()
					client.Stapling, client.MaxVersion = policy, v
					server.Credentials = []*handshake.Credential{stapled(t, c.server, c.staple)}
					a, b := pair(t, client, server)
					settle(a, b)
					b.Peek()
					var e *record.Error
					if want != none {
						if !errors.As(b.Err(), &e) || !e.Remote || e.Alert != want {
							t.Errorf("the server's error is %v, it should be %v", b.Err(), want)
						}
						return
					}
					if a.Err() != nil || a.Info() == nil {
						t.Fatalf("%v; %v", a.Err(), b.Err())
					}
					if asked := policy != handshake.StaplingOff; bytes.Equal(a.Info().Staple, c.staple) != (asked || c.staple == nil) {
						t.Errorf("the client was asked %v and has a staple of %d bytes", asked, len(a.Info().Staple))
					}
				})
			}
		}
	}
}

// TestStaplesCountAsStatus: where the status of the server's certificate must be known and there is no list, a staple makes it known
// by choice alone; one that isn't good leaves it unknown or worse.
func TestStaplesCountAsStatus(t *testing.T) {
	p := pki.New()
	leaf := p.Identities[x509lite.KeyP256]
	const none = record.AlertCloseNotify
	for _, c := range []struct {
		name   string
		staple []byte
		count  bool
		want   record.Alert
	}{
		{"good, counts", p.Staple(leaf.Chain[0], pki.Good, pki.Time), true, none},
		{"good, doesn't count", p.Staple(leaf.Chain[0], pki.Good, pki.Time), false, record.AlertUnknownCA},
		{"none", nil, true, record.AlertBadCertificateStatusResponse},
		{"old", p.Staple(leaf.Chain[0], pki.Good, pki.Time.AddDate(0, -1, 0)), true, record.AlertBadCertificateStatusResponse},
		{"revoked", p.Staple(leaf.Chain[0], pki.Revoked, pki.Time), true, record.AlertCertificateRevoked},
		{"about another", p.Staple(p.MustStaple.Chain[0], pki.Good, pki.Time), true, record.AlertBadCertificateStatusResponse},
		{"no response at all", []byte("staple"), true, record.AlertBadCertificateStatusResponse},
	} {
		t.Run(c.name, func(t *testing.T) {
			tp := newTestPKI(t)
			client, server := tp.clientConfig(), tp.serverConfig()
			client.Stapling = handshake.StaplingReported
			client.Verification = handshake.Verification{Revocation: x509lite.RevocationLeaf, StaplesCount: c.count}
			server.Credentials = []*handshake.Credential{stapled(t, leaf, c.staple)}
			a, b := pair(t, client, server)
			settle(a, b)
			b.Peek()
			var e *record.Error
			switch {
			case c.want == none && (a.Err() != nil || a.Info() == nil):
				t.Errorf("%v; %v", a.Err(), b.Err())
			case c.want != none && (!errors.As(b.Err(), &e) || e.Alert != c.want):
				t.Errorf("the server's error is %v, it should be %v (%v)", b.Err(), c.want, a.Err())
			}
		})
	}
	c := newTestPKI(t).clientConfig()
	c.Verification.StaplesCount = true
	if _, err := c.Freeze(); err == nil {
		t.Error("staples count, and nobody asks for any")
	}
}

// TestClientsStapleWhenAsked: a server of TLS 1.3 that asks gets the client's staple and timestamps.
func TestClientsStapleWhenAsked(t *testing.T) {
	p := pki.New()
	identity := p.Identities[x509lite.KeyRSA2048]
	staple, scts := p.Staple(identity.Chain[0], pki.Good, pki.Time), []byte{0, 3, 0, 1, 7}
	credential, err := stapled(t, identity, staple).WithSCTs(scts)
	if err != nil {
		t.Fatal(err)
	}
	for _, policy := range []handshake.Stapling{handshake.StaplingOff, handshake.StaplingRequired} {
		tp := newTestPKI(t)
		client, server := tp.clientConfig(), tp.serverConfig()
		client.Credentials = []*handshake.Credential{credential}
		server.ClientAuth, server.Stapling, server.SCTs = handshake.AuthRequired, policy, policy != handshake.StaplingOff
		c, s := pair(t, client, server)
		connect(t, c, s)
		if asked := server.SCTs; bytes.Equal(s.Info().Staple, staple) != asked || bytes.Equal(s.Info().SCTs, scts) != asked {
			t.Errorf("%v: the server has a staple of %d bytes and %x", policy, len(s.Info().Staple), s.Info().SCTs)
		}
	}
}

// TestTimestampsAreHandedOver: in both versions a client that asks gets the list as it was given, and no other client.
func TestTimestampsAreHandedOver(t *testing.T) {
	list := []byte{0, 7, 0, 2, 9, 9, 0, 1, 7}
	for _, v := range []cipher.Version{cipher.VersionTLS12, cipher.VersionTLS13} {
		for _, asked := range []bool{false, true} {
			tp := newTestPKI(t)
			client, server := tp.clientConfig(), tp.serverConfig()
			client.MaxVersion, client.SCTs = v, asked
			var seen []byte
			client.VerifyPeer = func(op *handshake.VerifyPeer) (*x509lite.Verdict, error) {
				seen = op.SCTs
				return op.Verify()
			}
			var err error
			if server.Credentials[0], err = server.Credentials[0].WithSCTs(list); err != nil {
				t.Fatal(err)
			}
			c, s := pair(t, client, server)
			connect(t, c, s)
			if bytes.Equal(c.Info().SCTs, list) != asked || bytes.Equal(seen, list) != asked {
				t.Errorf("%v, asked %v: %x, %x", v, asked, c.Info().SCTs, seen)
			}
		}
	}
}

// TestCredentialsRefuseWhatCantBeSent: a list that is none, more responses than certificates, one that is too long.
func TestCredentialsRefuseWhatCantBeSent(t *testing.T) {
	c := newTestPKI(t).credentials[x509lite.KeyP256]
	for want, err := range map[record.Reason]error{
		record.ReasonInvalidSCTList:      second(c.WithSCTs([]byte{0, 0})),
		record.ReasonInvalidOCSPResponse: second(c.WithStaples(nil, nil)),
	} {
		var e *handshake.CredentialError
		if !errors.As(err, &e) || e.Reason != want {
			t.Errorf("%v, it should be %v", err, want)
		}
	}
	if err := second(c.WithStaples(make([]byte, 1<<15+1))); err == nil {
		t.Error("a response that fits no message was taken")
	}
}

func second[T any](_ T, err error) error { return err }
