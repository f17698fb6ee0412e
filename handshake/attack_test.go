package handshake

import (
	"errors"
	"slices"
	"testing"

	"tlsengine/cipher"
	"tlsengine/record"
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
