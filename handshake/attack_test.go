package handshake

import (
	"bytes"
	"errors"
	"slices"
	"testing"

	"tlsengine/cipher"
	"tlsengine/record"
	"tlsengine/x509lite"
)

// This file plays peers that mean harm, message by message.

// clientThatWaits returns a client's Machine that has sent its hello.
func clientThatWaits(t *testing.T, p *Params) *Machine {
	t.Helper()
	m := NewClient(p, &Options{ServerName: "pair.test", Rand: seededRand(1)})
	if _, err := m.Start(); err != nil {
		t.Fatal(err)
	}
	return m
}

// says hands whole messages to m and returns the first error.
func says(m *Machine, whole []byte) error {
	m.Fragment(whole)
	for {
		if f, err := m.Next(); f == nil || err != nil {
			return err
		}
	}
}

// RFC 8446, Section 4.2.1: a ServerHello must not choose a version before TLS 1.3 by supported_versions; a client that let it
// would read the hello by the rules of one version and go on by those of another.
func TestClientRefusesOldVersionInSupportedVersions(t *testing.T) {
	for _, v := range []cipher.Version{cipher.VersionTLS12, cipher.VersionTLS11, cipher.VersionTLS13 + 1} {
		p := pairParams()
		p.AllowLegacyServer = true
		m := clientThatWaits(t, p)
		sh := &ServerHello{Version: cipher.VersionTLS12, Suite: cipher.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256}
		sh.Extensions.SelectedVersion = v
		sh.Extensions.Add(ExtSupportedVersions)
		whole, err := appendMessage(nil, sh, nil)
		if err != nil {
			t.Fatal(err)
		}
		var e *record.Error
		if err := says(m, whole); !errors.As(err, &e) || e.Alert != record.AlertIllegalParameter {
			t.Errorf("%v: %v", v, err)
		}
	}
}

// RFC 5246, Section 7.4.1.1 lets a client ignore a HelloRequest while it negotiates; it need not do so for ever.
func TestHelloRequestFloodEnds(t *testing.T) {
	request := []byte{byte(TypeHelloRequest), 0, 0, 0}
	flood := slices.Repeat(request, maxHelloRequests+1)
	for _, size := range []int{1, 3, len(request), len(flood)} {
		m := clientThatWaits(t, pairParams())
		for part := range slices.Chunk(flood[:maxHelloRequests*len(request)], size) {
			if err := says(m, part); err != nil {
				t.Fatalf("in pieces of %d: %v", size, err)
			}
		}
		var e *record.Error
		if err := says(m.Clone(), request); !errors.As(err, &e) || e.Alert != record.AlertUnexpectedMessage {
			t.Errorf("in pieces of %d: %v", size, err)
		}
	}
}

// A HelloRetryRequest whose cookie is as long as a message can be: the second hello has no room for it. The connection ends; nothing
// panics, and nothing is sent.
func TestCookieWithoutRoomForItEndsTheHandshake(t *testing.T) {
	for _, size := range []int{1, 1 << 14, 1<<16 - 1 - 2 - 4 - 2 - 4} {
		m := clientThatWaits(t, pairParams())
		hrr := &ServerHello{Version: cipher.VersionTLS12, Random: retryRandom, Suite: cipher.TLS_AES_128_GCM_SHA256,
			SessionID: m.state.(*clientWaitServerHello).hello.SessionID}
		hrr.Extensions.SelectedVersion = cipher.VersionTLS13
		hrr.Extensions.Add(ExtSupportedVersions)
		hrr.Extensions.Cookie = make([]byte, size)
		hrr.Extensions.Add(ExtCookie)
		whole, err := appendMessage(nil, hrr, nil)
		if err != nil {
			t.Fatal(err)
		}
		err = says(m, whole)
		if wants := size <= 1<<14; wants != (err == nil) {
			t.Errorf("a cookie of %d bytes: %v", size, err)
		}
	}
}

// The second hello after a retry is compared with the first, of which the server keeps the message alone; a clone keeps it too.
func TestSecondHelloIsComparedThoughTheFirstWasPutAway(t *testing.T) {
	for _, lie := range []bool{false, true} {
		client, server := pairParams(), pairParams()
		server.Groups = server.Groups[1:]
		server.Credentials = []*Credential{pairCredential(t, x509lite.KeyP256, 7)}
		retried := false
		before := func(e *pairEnd) {
			if _, waits := e.m.state.(*server13WaitClientHello2); waits && lie && len(e.inbox) > 0 {
				e.inbox[0][headerSize+2] ^= 1 // ClientHello.random
			}
			if e.m.state.Name() == "server13.WaitClientHello2" {
				retried = true
				e.m = e.m.Clone()
			}
		}
		c, _ := newPair(t, client, server, before)
		if err := c.start(); err != nil {
			t.Fatal(err)
		}
		var e *record.Error
		switch err := c.settle(); {
		case !retried || !lie && err != nil:
			t.Errorf("an honest client: retried %v, %v", retried, err)
		case lie && (!errors.As(err, &e) || e.Reason != record.ReasonClientHelloChanged):
			t.Errorf("a client that changes its random: %v", err)
		}
	}
}

// A CertificateRequest with as many names as fit is copied in one piece, and right.
func TestManyAuthoritiesAreCopiedInOnePiece(t *testing.T) {
	list := make([][]byte, 20000)
	for i := range list {
		list[i] = []byte{byte(i), byte(i >> 8)}[:1+i%2]
	}
	own := cloneAll(list)
	if !slices.EqualFunc(own, list, bytes.Equal) || &own[7][0] == &list[7][0] {
		t.Error("the copy is another list, or no copy")
	}
	if n := testing.AllocsPerRun(5, func() { cloneAll(list) }); n > 4 {
		t.Errorf("%v allocations", n)
	}
}
