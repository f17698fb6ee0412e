package engine

import (
	"errors"
	"strings"
	"testing"
	"unicode"

	"tlsengine/cipher"
	"tlsengine/handshake"
	"tlsengine/record"
)

// This file has the holes of other implementations, by the number under which they became known.

// CVE-2020-13777: from its first ticket on a server seals with a key that was drawn, not with one of zeros until the first change of keys.
func TestTicketKeysAreDrawnFromTheFirstTicket(t *testing.T) {
	session := storedSession{}.make(t)
	seen := map[[32]byte]bool{{}: true, newTicketKey(make([]byte, 32)).key: true}
	for range 4 {
		keys, err := RandomTicketKeys(Rotation{})
		if err != nil {
			t.Fatal(err)
		}
		ticket := sealed(t, keys, session)
		if s, _ := keys.Open(ticket); s == nil {
			t.Error("a ticket doesn't open")
		}
		k, seals, ok := keys.opening(ticket[:ticketNameSize])
		if !ok || !seals || seen[k.key] {
			t.Errorf("the first ticket is sealed with %x", k.key)
		}
		seen[k.key] = true
	}
}

// CVE-2024-2511: whatever clients do with the tickets of a server that remembers its sessions, it remembers no more of them than it was told to.
func TestRememberedSessionsAreBounded(t *testing.T) {
	for _, v := range []cipher.Version{cipher.VersionTLS12, cipher.VersionTLS13} {
		for _, idsOnly := range []bool{false, true} {
			r := newResuming(t)
			cache := NewSessionCache(CacheLimits{Entries: 5, Time: r.server.Time})
			r.server.Tickets, r.server.Sessions, r.server.SessionIDsOnly, r.server.TicketCount = cache.Tickets(), cache, idsOnly, 3
			for _, c := range []*Config{r.client, r.server} {
				c.MinVersion, c.MaxVersion = v, v
			}
			var session *handshake.Session
			for i := range 12 {
				resumed := r.again(t, session)
				if resumed != (session != nil) {
					t.Errorf("%v, ids only %v: connection %d is resumed: %v", v, idsOnly, i, resumed)
				}
				if n := cache.Counts().Number; n > 5 || n == 0 || len(cache.entries) != n {
					t.Fatalf("%v, ids only %v: %d sessions are remembered", v, idsOnly, n)
				}
				if session = r.latest(t); i%3 == 2 {
					session = nil
				}
			}
		}
	}
}

// CVE-2024-32650: a close_notify in place of the next flight ends the handshake, so that nobody waits for what can't come any more: there is
// an error, or nothing is wanted.
func TestCloseNotifyInsideTheHandshakeEndsIt(t *testing.T) {
	for _, v := range []cipher.Version{cipher.VersionTLS12, cipher.VersionTLS13} {
		for flights := range 4 {
			for _, role := range []handshake.Role{handshake.ClientRole, handshake.ServerRole} {
				pki := newTestPKI(t)
				client, server := pki.clientConfig(), pki.serverConfig()
				client.MinVersion, client.MaxVersion = v, v
				c, s := pair(t, client, server)
				ends := [2]*Conn{c, s}
				for i := range flights {
					move(ends[i%2], ends[1-i%2])
				}
				victim := ends[role]
				if victim.Status().Has(HandshakeDone) || victim.in.reader.Buffered() > 0 {
					continue
				}
				ends[1-role].Sent(len(ends[1-role].Outgoing()))
				ends[1-role].CloseWrite()
				if out := ends[1-role].Outgoing(); len(out) == 0 {
					victim.Feed([]byte{21, 3, 3, 0, 2, 1, 0})
				} else {
					victim.Feed(out)
				}
				if st := victim.Status(); st.Has(WantsInput) || st.Has(HandshakeDone) {
					t.Errorf("%v, %v after %d flights: %v, %v", v, role, flights, st, victim.Err())
				}
				if n, _ := victim.Feed(make([]byte, 1000)); n > 1000 || victim.Status().Has(WantsInput) {
					t.Errorf("%v, %v after %d flights: takes more", v, role, flights)
				}
			}
		}
	}
}

// CVE-2025-58189: what the peer makes up stands in errors as text that can't be taken for anything else, and not at any length.
func TestErrorsQuoteWhatThePeerMadeUp(t *testing.T) {
	odd := "\x1b[31m\r\n2026/11/21 root logged in \x00\u202e" + strings.Repeat("x", 200)
	for _, v := range []cipher.Version{cipher.VersionTLS12, cipher.VersionTLS13} {
		pki := newTestPKI(t)
		client, server := pki.clientConfig(), pki.serverConfig()
		client.MinVersion, client.MaxVersion = v, v
		for range 200 {
			client.Protocols = append(client.Protocols, odd)
		}
		server.Protocols = []string{"h2"}
		c, s := pair(t, client, server)
		settle(c, s)
		var e *record.Error
		if !errors.As(s.Err(), &e) || e.Reason != record.ReasonNoApplicationProtocol {
			t.Fatal(s.Err())
		}
		if text := s.Err().Error(); strings.ContainsFunc(text, func(r rune) bool { return !unicode.IsPrint(r) }) || len(text) > 2000 {
			t.Errorf("%v: %d bytes: %.300q", v, len(text), text)
		}
	}
}
