package handshake

import (
	"bytes"
	"fmt"
	"testing"

	"tlsengine/cipher"
	"tlsengine/record"
	"tlsengine/x509lite"
)

// compressing lets an end compress.
func compressing(p *Params) { p.Compression = true }

// helloWatch notes the methods in both hellos.
type helloWatch struct {
	offered []byte
	chosen  byte
}

func (w *helloWatch) see(_ Role, m Message) {
	switch m := m.(type) {
	case *ClientHello:
		w.offered = bytes.Clone(m.Compression)
	case *ServerHello:
		w.chosen = m.Compression
	}
}

// TestCompressionTakesBothEnds: DEFLATE is offered before the null method (RFC 3749, Section 2) by clients that are configured for it and
// have no TLS 1.3 (RFC 8446, Section 4.1.2), chosen by servers that are too, and both ends report what the hellos say. // S-125
func TestCompressionTakesBothEnds(t *testing.T) {
	both := []cipher.Version{cipher.VersionTLS13, cipher.VersionTLS12}
	for _, clientVersions := range [][]cipher.Version{both[:1], both[1:], both} {
		for i := range 4 {
			client, server := pairParams(), pairParams()
			server.Credentials = []*Credential{pairCredential(t, x509lite.KeyP256, 7)}
			client.Versions, server.Versions = clientVersions, both
			client.Compression, server.Compression = i&1 != 0, i&2 != 0
			name := fmt.Sprintf("%v, client %v, server %v", clientVersions, client.Compression, server.Compression)
			var w helloWatch
			c, v, err := resumption12{}.connect(t, client, server, nil, w.see, nil)
			if err != nil || c.done == nil || v.done == nil {
				t.Errorf("%s: %v", name, err)
				continue
			}
			offered, chosen := []byte{0}, record.CompressionNull
			if client.Compression && clientVersions[0] == cipher.VersionTLS12 {
				offered = []byte{1, 0}
				if server.Compression {
					chosen = record.CompressionDeflate
				}
			}
			if !bytes.Equal(w.offered, offered) || w.chosen != byte(chosen) {
				t.Errorf("%s: %v are offered, %d is chosen; want %v and %d", name, w.offered, w.chosen, offered, chosen)
			}
			if c.done.Info.Compression != chosen || v.done.Info.Compression != chosen {
				t.Errorf("%s: the client reports %d, the server %d", name, c.done.Info.Compression, v.done.Info.Compression)
			}
		}
	}
}

// TestSessionKeepsItsCompression: RFC 5246, Section 7.4.1.3: a resumed connection has the method of the first one. Where an end does not
// have that any more, the handshake is a full one; where both have learnt to compress since, the session stays as it was.
func TestSessionKeepsItsCompression(t *testing.T) {
	stops := func(p *Params) { p.Compression = false }
	newer := func(p *Params) { p.Versions = []cipher.Version{cipher.VersionTLS13, cipher.VersionTLS12} }
	for _, c := range []struct {
		name           string
		first          func(*Params) // both ends of the first connection
		client, server func(*Params) // the second
		resumed        bool
		method         record.Compression
	}{
		{"as before", compressing, nil, nil, true, record.CompressionDeflate},
		{"the client stops", compressing, stops, nil, false, record.CompressionNull},
		{"the server stops", compressing, nil, stops, false, record.CompressionNull},
		{"the client learns TLS 1.3", compressing, newer, nil, false, record.CompressionNull},
		{"both begin", stops, compressing, compressing, true, record.CompressionNull},
	} {
		for _, ticket := range []bool{false, true} {
			e, v, err := resumption12{ticket: ticket, first: c.first, client: c.client, server: c.server}.twice(t, nil)
			if err != nil || e.done == nil || v.done == nil {
				t.Errorf("%s, ticket %v: %v", c.name, ticket, err)
				continue
			}
			for _, i := range []*Info{e.done.Info, v.done.Info} {
				if i.Resumed != c.resumed || i.Compression != c.method {
					t.Errorf("%s, ticket %v: the %v has resumed: %v, with method %d", c.name, ticket, i.Role, i.Resumed, i.Compression)
				}
			}
		}
	}
}

// TestClientRefusesAnotherCompressionOnResumption (RFC 5246, Section 7.4.1.3), even one that it offers.
func TestClientRefusesAnotherCompressionOnResumption(t *testing.T) {
	for _, first := range []bool{false, true} {
		_, _, err := resumption12{
			first:  func(p *Params) { p.Compression = first },
			client: compressing,
			shape: func(_ Role, m Message) {
				if h, ok := m.(*ServerHello); ok {
					h.Compression ^= 1
				}
			},
		}.twice(t, nil)
		wantFailure(t, err, record.AlertIllegalParameter, record.ReasonUnsupportedCompressionAlgorithm)
	}
}

// TestSessionOfUnknownCompressionIsNotResumed: a store or a ticket may say what it likes, and a client offer it.
func TestSessionOfUnknownCompressionIsNotResumed(t *testing.T) {
	s := resumption12{}
	client, server, kept := s.params(t)
	c, v, err := s.connect(t, client, server, nil, nil, nil)
	if err != nil || len(v.told) != 1 {
		t.Fatal(err)
	}
	strange := *v.told[0]
	strange.compression = 64
	kept.Add(&strange)
	c, v, err = s.connect(t, client, server, c.told[0], func(_ Role, m Message) {
		if h, ok := m.(*ClientHello); ok {
			h.Compression = []byte{64, 0}
		}
	}, nil)
	if err != nil || v.done == nil || v.done.Info.Resumed || c.done.Info.Compression != record.CompressionNull {
		t.Errorf("no full handshake: %v", err)
	}
}
