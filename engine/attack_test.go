package engine

import (
	"bytes"
	"errors"
	"runtime"
	"slices"
	"testing"

	"tlsengine/cipher"
	"tlsengine/handshake"
	"tlsengine/record"
	"tlsengine/x509lite"
)

// This file plays peers that want to cost us memory, output or time.

// wireRecords puts p into as many plaintext records as it takes.
func wireRecords(t record.ContentType, p []byte) (out []byte) {
	for part := range slices.Chunk(p, record.MaxPlaintext) {
		out = append(append(out, byte(t), 3, 3, byte(len(part)>>8), byte(len(part))), part...)
	}
	return out
}

func vector16(p ...byte) []byte { return append([]byte{byte(len(p) >> 8), byte(len(p))}, p...) }

func wireExtension(id uint16, body []byte) []byte {
	return append([]byte{byte(id >> 8), byte(id)}, vector16(body...)...)
}

// hostileHello is a ClientHello of TLS 1.3 with a share or, without, for a HelloRetryRequest, and with more extensions.
func hostileHello(share bool, more ...byte) []byte {
	var shares []byte
	if share {
		shares = append([]byte{0, 29, 0, 32, 9}, make([]byte, 31)...)
	}
	body := append([]byte{3, 3}, make([]byte, 32+1)...)
	body = append(body, 0, 2, 0x13, 1, 1, 0)
	body = append(body, vector16(slices.Concat(
		wireExtension(43, []byte{2, 3, 4}), wireExtension(13, vector16(4, 3)), wireExtension(10, vector16(0, 29)),
		wireExtension(51, vector16(shares...)), more)...)...)
	return append([]byte{1, 0, byte(len(body) >> 8), byte(len(body))}, body...)
}

// manyExtensions are extensions that nobody knows, of four bytes each.
func manyExtensions(n int) (out []byte) {
	for i := range n {
		out = append(out, wireExtension(uint16(0x4000+i), nil)...)
	}
	return out
}

// DESIGN.md, Speed: a half-open connection is bounded by what the peer has sent. Lists of tiny items are ten times as large once
// they are taken apart: a server that waits must not hold them so.
func TestHalfOpenServerHoldsNoMoreThanItWasSent(t *testing.T) {
	params, err := newTestPKI(t).serverConfig().Freeze()
	if err != nil {
		t.Fatal(err)
	}
	tiny := map[string][]byte{
		"extensions":  manyExtensions(16000),
		"ALPN":        wireExtension(16, vector16(bytes.Repeat([]byte{1, 1}, 32000)...)),
		"authorities": wireExtension(47, vector16(bytes.Repeat([]byte{0, 1, 1}, 21000)...)),
		"schemes":     wireExtension(50, vector16(bytes.Repeat([]byte{1, 1}, 32000)...)),
	}
	for name, list := range tiny {
		for _, share := range []bool{false, true} {
			sent := wireRecords(record.TypeHandshake, hostileHello(share, list...))
			const n = 8
			var conns [n]*Conn
			before := heapInUse()
			for i := range conns {
				if conns[i], err = Server(params, Options{}); err != nil {
					t.Fatal(err)
				}
				if k, err := conns[i].Feed(sent); k != len(sent) || err != nil {
					t.Fatal(name, k, err)
				}
				conns[i].Sent(len(conns[i].Outgoing()))
			}
			held := int(heapInUse()-before) / n
			if held > len(sent)+10<<10 {
				t.Errorf("%s, with a share: %v: %d bytes are held of %d sent", name, share, held, len(sent))
			}
			if said := conns[0].Footprint(); said < held-10<<10 {
				t.Errorf("%s, with a share: %v: Footprint says %d of %d bytes", name, share, said, held)
			}
			runtime.KeepAlive(&conns)
		}
	}
}

func heapInUse() int64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// A refusal is a line in somebody's log. A peer must not be able to fill the disk with it.
func TestRefusalsOfLongListsAreShort(t *testing.T) {
	config := newTestPKI(t).serverConfig()
	config.Protocols = []string{"h2"}
	long := bytes.Repeat([]byte{255}, 255)
	for name, hello := range map[string][]byte{
		"many protocols":   hostileHello(true, wireExtension(16, vector16(bytes.Repeat([]byte{1, 1}, 30000)...))...),
		"long protocols":   hostileHello(true, wireExtension(16, vector16(bytes.Repeat(append([]byte{255}, long...), 200)...))...),
		"many groups":      bytes.Replace(hostileHello(true), wireExtension(10, vector16(0, 29)), wireExtension(10, vector16(9, 9)), 1),
		"unknown versions": bytes.Replace(hostileHello(true), []byte{2, 3, 4}, []byte{2, 9, 9}, 1),
	} {
		s := newServer(t, config, Options{})
		_, err := s.Feed(wireRecords(record.TypeHandshake, hello))
		if err == nil || len(err.Error()) > 4000 {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A peer that asks to negotiate again, after each byte of data, and reads none of the refusals.
func TestRefusalsThatNobodyReadsAreNotHeld(t *testing.T) {
	for _, role := range []handshake.Role{handshake.ClientRole, handshake.ServerRole} {
		victim, peer := connected(t, cipher.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384)
		ask := []byte{byte(handshake.TypeHelloRequest), 0, 0, 0}
		if role == handshake.ServerRole {
			victim, peer = peer, victim
			ask = hostileHello(true)
		}
		var buf [1]byte
		for i := range 2000 {
			peer.seal(record.TypeHandshake, ask)
			peer.Write([]byte{1})
			move(peer, victim)
			if victim.Read(buf[:]) != 1 {
				t.Fatalf("%v, after %d: %v", role, i, victim.Err())
			}
			victim.Outgoing()
		}
		if n := len(victim.Outgoing()); n == 0 || n > 2*maxRefusals {
			t.Errorf("%v: %d bytes of refusals wait", role, n)
		}
		exchange(t, peer, victim)
	}
}

// Messages after the handshake that never come with data: tickets, requests to negotiate again.
func TestEndlessMessagesAfterTheHandshakeEnd(t *testing.T) {
	ticket := append([]byte{byte(handshake.TypeNewSessionTicket), 0, 0, 14}, make([]byte, 9)...)
	ticket = append(ticket, 0, 1, 7, 0, 0)
	request := []byte{byte(handshake.TypeHelloRequest), 0, 0, 0}
	for _, a := range []struct {
		name   string
		suite  cipher.SuiteID
		server bool // the victim is
		flood  []byte
	}{
		{"tickets", cipher.TLS_AES_128_GCM_SHA256, false, ticket},
		{"tickets in one record", cipher.TLS_AES_128_GCM_SHA256, false, bytes.Repeat(ticket, 100)},
		{"HelloRequests", cipher.TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256, false, request},
		{"HelloRequests in one record", cipher.TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256, false, bytes.Repeat(request, 4000)},
		{"ClientHellos", cipher.TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256, true, hostileHello(true)},
	} {
		victim, peer := connected(t, a.suite)
		if a.server {
			victim, peer = peer, victim
		}
		for i := 0; i < 100 && victim.Err() == nil; i++ {
			peer.seal(record.TypeHandshake, a.flood)
			move(peer, victim)
			victim.Peek()
		}
		wantFailure(t, victim.Err(), record.AlertUnexpectedMessage, record.ReasonUnexpectedMessage)
	}
}

// Certificates are parsed, and kept for the next connection, before anybody has vouched for them.
func TestStrangersCannotFillTheCertificateCacheWithLongOnes(t *testing.T) {
	cache := newCertificateCache()
	usual := newTestPKI(t).root
	for range 2 {
		if _, err := cache.parse(usual.Raw()); err != nil {
			t.Fatal(err)
		}
	}
	key, err := x509lite.GenerateKey(x509lite.KeyEd25519, bytes.Repeat([]byte{1}, x509lite.MinKeySeed))
	if err != nil {
		t.Fatal(err)
	}
	for i := range 20 {
		der, err := (&x509lite.Template{
			Subject: x509lite.NewName("stranger", ""), NotBefore: testTime, NotAfter: testTime.AddDate(1, 0, 0),
			Extra: []x509lite.Extension{{ID: x509lite.OID("\x2a\x03\x04"), Value: bytes.Repeat([]byte{byte(i)}, maxCertificate)}},
		}).Sign(nil, key.Public(), key, nil)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := cache.parse(der); err != nil {
			t.Fatal(err)
		}
	}
	if n := len(cache.entries); n != 1 {
		t.Errorf("%d certificates are kept, want the usual one", n)
	}
}

// A client whose VerifyPeer ends in the standard answer needs no ServerName to begin. It must not take any server for want of one.
func TestStandardVerdictWithoutAServerNameIsNo(t *testing.T) {
	pki := newTestPKI(t)
	for _, skip := range []bool{false, true} {
		config := pki.clientConfig()
		config.SkipHostname = skip
		config.VerifyPeer = func(op *handshake.VerifyPeer) (*x509lite.Verdict, error) { return op.Verify() }
		c, s := newClient(t, config, Options{}), newServer(t, pki.serverConfig(), Options{})
		settle(c, s)
		if skip {
			if c.Err() != nil {
				t.Error(c.Err())
			}
			continue
		}
		wantFailure(t, c.Err(), record.AlertBadCertificate, record.ReasonCertificateVerifyFailed)
	}
}

// Floods of KeyUpdates, and of other records that bring nothing, alone and mixed so that each kind might end the other's row.
func TestFloodsOfNothingEnd(t *testing.T) {
	pki := newTestPKI(t)
	client := func() *Conn { return newClient(t, pki.clientConfig(), Options{ServerName: "example.test"}) }
	server := func() *Conn { return newServer(t, pki.serverConfig(), Options{}) }
	for _, a := range []struct {
		name   string
		victim *Conn
		flood  []byte
		reason record.Reason
	}{
		{"empty handshake records", server(), []byte{22, 3, 3, 0, 0}, record.ReasonTooManyEmptyFragments},
		{"warnings before a hello", server(), []byte{21, 3, 3, 0, 2, 1, 90}, record.ReasonTooManyWarningAlerts},
		{"warnings and empty records", server(), []byte{21, 3, 3, 0, 2, 1, 90, 22, 3, 3, 0, 0}, record.ReasonTooManyWarningAlerts},
		{"ChangeCipherSpecs", client(), []byte{20, 3, 3, 0, 1, 1}, record.ReasonTooManyEmptyFragments},
		{"ChangeCipherSpecs and warnings", client(), []byte{20, 3, 3, 0, 1, 1, 21, 3, 3, 0, 2, 1, 90}, record.ReasonTooManyWarningAlerts},
		{"ChangeCipherSpecs and HelloRequests", client(), []byte{20, 3, 3, 0, 1, 1, 22, 3, 3, 0, 4, 0, 0, 0, 0}, record.ReasonUnexpectedMessage},
	} {
		for i := 0; i < 100 && a.victim.Err() == nil; i++ {
			a.victim.Feed(a.flood)
		}
		t.Run(a.name, func(t *testing.T) {
			wantFailure(t, a.victim.Err(), record.AlertUnexpectedMessage, a.reason)
		})
	}
	for name, flood := range map[string]func(peer *Conn){
		"user_canceled": func(peer *Conn) { peer.seal(record.TypeAlert, []byte{1, 90}) },
		"KeyUpdates":    func(peer *Conn) { peer.UpdateKeys(true) },
		"empty data":    func(peer *Conn) { peer.seal(record.TypeApplicationData, nil) },
		"all of them": func(peer *Conn) {
			peer.UpdateKeys(false)
			peer.seal(record.TypeAlert, []byte{1, 90})
			peer.seal(record.TypeApplicationData, nil)
		},
	} {
		victim, peer := connected(t, cipher.TLS_AES_128_GCM_SHA256)
		for i := 0; i < 100 && victim.Err() == nil; i++ {
			flood(peer)
			move(peer, victim)
			victim.Peek()
		}
		var e *record.Error
		if !errors.As(victim.Err(), &e) || e.Alert != record.AlertUnexpectedMessage {
			t.Errorf("%s: %v", name, victim.Err())
		}
	}
}

// A message in records of one byte each, fed a byte at a time, costs linear time: what is counted is what is allocated, which a copy of all
// that came before with every byte would show.
func TestMessageInCrumbsIsNotCopiedEachTime(t *testing.T) {
	hello := hostileHello(true, manyExtensions(4000)...)
	config := newTestPKI(t).serverConfig()
	cost := func(n int) int64 {
		s := newServer(t, config, Options{})
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		for _, b := range hello[:n] {
			for _, c := range []byte{22, 3, 3, 0, 1, b} {
				s.Feed([]byte{c})
			}
		}
		runtime.ReadMemStats(&after)
		if s.Err() != nil {
			t.Fatal(s.Err())
		}
		return int64(after.TotalAlloc - before.TotalAlloc)
	}
	few, many := cost(2000), cost(16000)
	if many > 16*few {
		t.Errorf("2000 bytes cost %d bytes of allocations, eight times as many %d", few, many)
	}
}
