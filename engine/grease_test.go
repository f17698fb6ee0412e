package engine

import (
	"fmt"
	"slices"
	"testing"

	"tlsengine/cipher"
	"tlsengine/handshake"
)

// firstHello returns what a server sees of a client's hello, whose random bytes are drawn from a seed.
func firstHello(t *testing.T, seed byte, change func(*Config)) *handshake.ClientHelloInfo {
	t.Helper()
	p := newTestPKI(t)
	client, server := p.clientConfig(), p.serverConfig()
	change(client)
	var seen *handshake.ClientHelloInfo
	server.SelectContext = func(h *handshake.ClientHelloInfo) (*Params, error) { seen = h; return nil, nil }
	c := newClient(t, client, Options{ServerName: "example.test", Rand: seeded(seed)})
	s := newServer(t, server, Options{})
	connect(t, c, s)
	return seen
}

func isGREASE(v uint16) bool { return v>>8 == v&0xff && v&0xf == 0xa }

// TestGREASEIsInEveryList: each list of a hello has a value of RFC 8701, two extensions are such, different ones, and the server goes on.
// Without GREASE there is none.
func TestGREASEIsInEveryList(t *testing.T) {
	seen := map[uint16]bool{}
	for seed := range byte(40) {
		for _, on := range []bool{false, true} {
			h := firstHello(t, seed, func(c *Config) { c.GREASE = on })
			counts := map[string]int{}
			note := func(what string, v uint16) {
				if isGREASE(v) {
					counts[what]++
					seen[v] = true
				}
			}
			for _, v := range h.Suites {
				note("suites", uint16(v))
			}
			for _, v := range h.Groups {
				note("groups", uint16(v))
			}
			for _, v := range h.KeyShares {
				note("key shares", uint16(v))
			}
			for _, v := range h.Schemes {
				note("schemes", uint16(v))
			}
			for _, v := range h.Versions {
				note("versions", uint16(v))
			}
			for _, v := range h.Extensions {
				note("extensions", uint16(v))
			}
			want := "map[]"
			if on {
				want = "map[extensions:2 groups:1 key shares:1 schemes:1 suites:1 versions:1]"
			}
			if got := fmt.Sprint(counts); got != want {
				t.Errorf("seed %d: %s, want %s", seed, got, want)
			}
		}
	}
	if len(seen) != 16 {
		t.Errorf("%d of the sixteen values were drawn", len(seen))
	}
}

// TestATicketHasOneGREASEExtension: RFC 8446, Section 4.2: no extension comes twice in a message. Each has its own draw, so that two would be
// the same now and then.
func TestATicketHasOneGREASEExtension(t *testing.T) {
	p := newTestPKI(t)
	client, server := p.clientConfig(), p.serverConfig()
	grants(p, server)
	greased(p, server)
	keeps(p, client)
	tickets := 0
	client.Trace = &Trace{Message: func(d Direction, m handshake.MessageType, whole []byte) {
		if d == Inbound && m == handshake.TypeNewSessionTicket {
			tickets++
			if end := whole[len(whole)-6:]; !isGREASE(uint16(end[2])<<8|uint16(end[3])) || end[0] != 0 || end[1] != 4 {
				t.Errorf("the ticket's extensions end with %x", end)
			}
		}
	}}
	for seed := range byte(40) {
		c := newClient(t, client, Options{ServerName: "example.test"})
		s := newServer(t, server, Options{Rand: seeded(seed)})
		connect(t, c, s)
		c.Read(make([]byte, 1))
		if c.Err() != nil {
			t.Errorf("seed %d: %v", seed, c.Err())
		}
	}
	if tickets != 40 {
		t.Errorf("%d tickets came in 40 connections", tickets)
	}
}

// TestExtensionsArePermuted: the same extensions come in different orders, and in one without the setting.
func TestExtensionsArePermuted(t *testing.T) {
	orders := map[string]bool{}
	firsts := map[handshake.ExtensionID]bool{}
	usual := firstHello(t, 0, func(*Config) {}).Extensions
	for seed := range byte(40) {
		if again := firstHello(t, seed, func(*Config) {}).Extensions; !slices.Equal(again, usual) {
			t.Errorf("seed %d changes the order: %v", seed, again)
		}
		order := firstHello(t, seed, func(c *Config) { c.PermuteExtensions = true }).Extensions
		orders[fmt.Sprint(order)], firsts[order[0]] = true, true
		slices.Sort(order)
		if sorted := slices.Sorted(slices.Values(usual)); !slices.Equal(order, sorted) {
			t.Errorf("seed %d: %v is not a permutation of %v", seed, order, usual)
		}
	}
	if len(orders) < 39 || len(firsts) < 6 {
		t.Errorf("40 hellos have %d orders, and begin with %d extensions", len(orders), len(firsts))
	}
}

// TestHellosArePadded: no hello is of a length that RFC 7685, Section 4 warns of, and others are left alone.
func TestHellosArePadded(t *testing.T) {
	for n := range 40 {
		length := func(pad bool) int {
			h := firstHello(t, 1, func(c *Config) {
				c.PadHello, c.Groups = pad, []cipher.GroupID{cipher.X25519, cipher.CurveP256}
				c.Protocols = []string{fmt.Sprintf("%0*d", 1+n*6, 0)}
			})
			return len(h.Raw)
		}
		bare, padded := length(false), length(true)
		switch {
		case (bare < 256 || bare >= 512) && padded != bare:
			t.Errorf("%d bytes were padded to %d", bare, padded)
		case bare >= 256 && bare < 508 && padded != 512, bare >= 508 && bare < 512 && (padded < 512 || padded > 516):
			t.Errorf("%d bytes became %d", bare, padded)
		}
	}
}
