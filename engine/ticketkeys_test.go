package engine

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"tlsengine/handshake"
	"tlsengine/x509lite"
)

// atTime returns a clock that shows what the pointer points to.
func atTime(now *time.Time) func() time.Time { return func() time.Time { return *now } }

// keyring is the keys of tests, which begin with the first second of a period.
func keyring(t *testing.T, now *time.Time) map[string]*TicketKeys {
	t.Helper()
	*now = testTime.Truncate(24 * time.Hour)
	random, err := RandomTicketKeys(Rotation{Period: time.Hour, Time: atTime(now)})
	if err != nil {
		t.Fatal(err)
	}
	shared, err := SharedTicketKeys([]byte("a secret of a fleet"), Rotation{Period: time.Hour, Time: atTime(now)})
	if err != nil {
		t.Fatal(err)
	}
	fixed, err := FixedTicketKeys([32]byte{1}, [32]byte{2})
	if err != nil {
		t.Fatal(err)
	}
	return map[string]*TicketKeys{"random": random, "shared": shared, "fixed": fixed}
}

func sealed(t *testing.T, k handshake.TicketSealer, s *handshake.Session) []byte {
	t.Helper()
	ticket, err := k.Seal(s, nil)
	if err != nil || ticket == nil {
		t.Fatalf("no ticket: %v", err)
	}
	return ticket
}

// TestTicketsOpenForAPeriodAfterTheirOwn follows a ticket over the hours.
func TestTicketsOpenForAPeriodAfterTheirOwn(t *testing.T) {
	var now time.Time
	session := storedSession{id: "s"}.make(t)
	for name, keys := range keyring(t, &now) {
		start := now
		ticket := sealed(t, keys, session)
		for hour := range 4 {
			now = start.Add(time.Duration(hour) * time.Hour)
			s, renew := keys.Open(ticket)
			opens, wantRenew := name == "fixed" || hour < 2, name != "fixed" && hour == 1
			if (s != nil) != opens || renew != wantRenew {
				t.Errorf("%s: after %d hours: %v, renew %v", name, hour, s, renew)
			}
		}
		now = start
	}
}

// TestClockThatIsSetBackKeepsTheLatestTickets: those sealed in the hour before the step still open.
func TestClockThatIsSetBackKeepsTheLatestTickets(t *testing.T) {
	var now time.Time
	session := storedSession{id: "s"}.make(t)
	for name, keys := range keyring(t, &now) {
		start := now
		ticket := sealed(t, keys, session)
		now = start.Add(-time.Minute)
		if s, _ := keys.Open(ticket); s == nil {
			t.Errorf("%s: a clock set back by a minute opens nothing", name)
		}
		now = start
	}
}

// TestClockThatStepsToAndFroLosesNoRandomTicketKey: a clock that is set to and fro across the end of a period neither takes tickets away
// nor draws keys, and once it goes on, keys are forgotten when they would have been.
func TestClockThatStepsToAndFroLosesNoRandomTicketKey(t *testing.T) {
	var now time.Time
	keys := keyring(t, &now)["random"]
	session, start := storedSession{id: "s"}.make(t), now
	at := func(d time.Duration) { now = start.Add(d) }
	opens := func(ticket []byte, want, wantRenew bool) {
		t.Helper()
		if s, renew := keys.Open(ticket); (s != nil) != want || renew != wantRenew {
			t.Errorf("at %v: opened: %v, renew %v", now.Sub(start), s != nil, renew)
		}
	}
	at(-time.Second)
	before := sealed(t, keys, session)
	at(0)
	after := sealed(t, keys, session)
	for range 5 {
		at(-time.Second)
		opens(before, true, true)
		opens(sealed(t, keys, session), true, false)
		at(0)
		opens(before, true, true)
		opens(after, true, false)
	}
	at(time.Hour)
	opens(before, false, false)
	opens(after, true, true)
	at(2 * time.Hour)
	opens(after, false, false)
}

// TestClockThatWasFarAheadProlongsNoRandomTicketKey: keys of a time that was never due don't stay until it comes.
func TestClockThatWasFarAheadProlongsNoRandomTicketKey(t *testing.T) {
	for _, ahead := range []time.Duration{2 * time.Hour, 3 * time.Hour, 100_000 * time.Hour} {
		var now time.Time
		keys := keyring(t, &now)["random"]
		session, start := storedSession{id: "s"}.make(t), now
		now = start.Add(ahead)
		ticket := sealed(t, keys, session)
		now = start
		if s, _ := keys.Open(ticket); s != nil {
			t.Errorf("a key that is %v ahead of its time opens", ahead)
		}
		own := sealed(t, keys, session)
		now = start.Add(2 * time.Hour)
		if s, _ := keys.Open(own); s != nil {
			t.Errorf("back from %v ahead, a key opens for two hours", ahead)
		}
	}
}

// TestFleetSharesTicketsByASecret: servers with the same secret open each other's tickets, and nobody else does, also when
// their clocks differ by less than a period.
func TestFleetSharesTicketsByASecret(t *testing.T) {
	session := storedSession{id: "s"}.make(t)
	server := func(secret string, offset time.Duration) *TicketKeys {
		k, err := SharedTicketKeys([]byte(secret), Rotation{Period: time.Hour, Time: func() time.Time { return testTime.Add(offset) }})
		if err != nil {
			t.Fatal(err)
		}
		return k
	}
	ticket := sealed(t, server("the fleet's secret", 0), session)
	for _, offset := range []time.Duration{0, -time.Hour, time.Hour} {
		if s, _ := server("the fleet's secret", offset).Open(ticket); s == nil {
			t.Errorf("a server whose clock is off by %v can't open the ticket", offset)
		}
	}
	if s, _ := server("the fleet's secret", -2*time.Hour).Open(ticket); s != nil {
		t.Error("a ticket opens two hours before it is made")
	}
	if s, _ := server("another fleet's secret", 0).Open(ticket); s != nil {
		t.Error("a stranger opens the ticket")
	}
}

// TestFixedTicketKeysAllOpenAndTheFirstSeals is how an application rotates keys by itself. (B-021)
func TestFixedTicketKeysAllOpenAndTheFirstSeals(t *testing.T) {
	fixed := func(secrets ...[32]byte) *TicketKeys {
		k, err := FixedTicketKeys(secrets...)
		if err != nil {
			t.Fatal(err)
		}
		return k
	}
	older, newer := [32]byte{1}, [32]byte{2}
	ticket := sealed(t, fixed(older), storedSession{id: "s"}.make(t))
	if s, renew := fixed(newer, older).Open(ticket); s == nil || !renew {
		t.Errorf("an older key: %v, renew %v", s, renew)
	}
	if s, _ := fixed(newer).Open(ticket); s != nil {
		t.Error("opened without its key")
	}
	if _, err := FixedTicketKeys(); err == nil {
		t.Error("no key at all is taken")
	}
}

// TestForgedTicketsDoNotOpen changes each bit of a ticket, cuts it at each length, and makes tickets up.
func TestForgedTicketsDoNotOpen(t *testing.T) {
	var now time.Time
	for name, keys := range keyring(t, &now) {
		ticket := sealed(t, keys, storedSession{id: "s"}.make(t))
		for i := range 8 * len(ticket) {
			forged := bytes.Clone(ticket)
			forged[i/8] ^= 1 << (i % 8)
			if s, _ := keys.Open(forged); s != nil {
				t.Fatalf("%s: opens with bit %d changed", name, i)
			}
		}
		for n := range ticket {
			if s, _ := keys.Open(ticket[:n]); s != nil {
				t.Fatalf("%s: the first %d bytes open", name, n)
			}
		}
		for _, made := range [][]byte{nil, append(bytes.Clone(ticket), 0), append(bytes.Clone(ticket[:16]), make([]byte, 65519)...)} {
			if s, _ := keys.Open(made); s != nil {
				t.Errorf("%s: %d bytes open", name, len(made))
			}
		}
	}
}

// TestOversizedSessionGetsNoTicket: a client that authenticated with a very long chain gets none.
func TestOversizedSessionGetsNoTicket(t *testing.T) {
	der := newTestPKI(t).credentials[x509lite.KeyRSA2048].Chain()[0].Raw()
	var now time.Time
	keys := keyring(t, &now)["random"]
	w := storedSession{id: "s"}
	for len(w.chain)*len(der) < maxTicketSession {
		w.chain = append(w.chain, der)
	}
	if ticket, err := keys.Seal(w.make(t), nil); ticket != nil || err != nil {
		t.Errorf("a ticket of %d bytes, %v", len(ticket), err)
	}
	w.chain = w.chain[:len(w.chain)-2]
	ticket := sealed(t, keys, w.make(t))
	if s, _ := keys.Open(ticket); s == nil || len(s.PeerChain()) != len(w.chain) {
		t.Errorf("a chain of %d became %v", len(w.chain), s)
	}
}

// TestTicketHasTheFormThatItsFileSays seals by hand, with nothing but HMAC and AES-GCM.
func TestTicketHasTheFormThatItsFileSays(t *testing.T) {
	session := storedSession{id: "s"}.make(t)
	form, err := session.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	mac := func(key []byte, data ...string) []byte {
		h := hmac.New(sha256.New, key)
		h.Write([]byte(strings.Join(data, "")))
		return h.Sum(nil)
	}
	const label = "tlsengine ticket 1 "
	secret, salt := [32]byte{7}, strings.Repeat("s", 32)
	prk := mac([]byte(label), string(secret[:]))
	name := mac(prk, label, "name", "\x01")[:16]
	key := mac(prk, label, "key", "\x01")
	first := mac(key, label, "seal", salt, "\x01")
	second := mac(key, string(first), label, "seal", salt, "\x02")
	block, err := aes.NewCipher(first)
	if err != nil {
		t.Fatal(err)
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		t.Fatal(err)
	}
	header := append(name, salt...)
	want := aead.Seal(header, second[:12], form, header)

	keys, err := FixedTicketKeys(secret)
	if err != nil {
		t.Fatal(err)
	}
	got, err := keys.Seal(session, []byte(salt))
	if err != nil || !bytes.Equal(got, want) {
		t.Errorf("%v\n%x\nby hand\n%x", err, got, want)
	}
}

// TestGoldenTicketOpens: a ticket that was given once opens for as long as its key does.
func TestGoldenTicketOpens(t *testing.T) {
	const file = "../testdata/ticket.txt"
	keys, err := FixedTicketKeys([32]byte{7})
	if err != nil {
		t.Fatal(err)
	}
	session := storedSession{id: "golden", chain: [][]byte{newTestPKI(t).root.Raw()}}.make(t)
	if *updateGolden {
		ticket, err := keys.Seal(session, bytes.Repeat([]byte{'s'}, handshake.TicketSeedSize))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, fmt.Appendf(nil, "%x\n", ticket), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	ticket, err := hex.DecodeString(strings.TrimSpace(string(text)))
	if err != nil {
		t.Fatal(err)
	}
	s, _ := keys.Open(ticket)
	if s == nil {
		t.Fatal("the ticket doesn't open")
	}
	got, err := s.Marshal()
	if want, err2 := session.Marshal(); err != nil || err2 != nil || !bytes.Equal(got, want) {
		t.Errorf("the session in it has changed: %v, %v", err, err2)
	}
}

// TestTicketKeysThatCannotBeAreRefused says what is wrong before anybody connects.
func TestTicketKeysThatCannotBeAreRefused(t *testing.T) {
	if _, err := RandomTicketKeys(Rotation{Period: time.Second}); err == nil {
		t.Error("a new key each second")
	}
	if _, err := SharedTicketKeys([]byte("short"), Rotation{}); err == nil {
		t.Error("a secret of five bytes")
	}
}

// TestTicketKeysDoNotPrint with any verb.
func TestTicketKeysDoNotPrint(t *testing.T) {
	var now time.Time
	for name, keys := range keyring(t, &now) {
		sealed(t, keys, storedSession{id: "s"}.make(t))
		for _, verb := range []string{"%v", "%+v", "%#v", "%x", "%s"} {
			if text := fmt.Sprintf(verb, keys); text != "ticket keys" {
				t.Errorf("%s: %s prints %q", name, verb, text)
			}
		}
	}
}
