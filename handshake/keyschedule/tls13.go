package keyschedule

import (
	"fmt"

	"tlsengine/cipher"
)

// Early is the first stage: the Early Secret (RFC 8446, Section 7.1). A client that offers several PSKs holds one of each; the
// ServerHello chooses which of them goes on.
type Early struct {
	secret  Secret
	derived Secret // Derive-Secret(secret, "derived", "")
}

// PSKKind is where a PSK comes from, which a binder tells apart (RFC 8446, Section 4.2.11.2).
type PSKKind uint8

// The kinds of PSK.
const (
	PSKResumption PSKKind = iota // from a NewSessionTicket
	PSKExternal                  // provisioned
	PSKImported                  // RFC 9258, Section 5.2
)

func (k PSKKind) label() string {
	switch k {
	case PSKExternal:
		return "ext binder"
	case PSKImported:
		return "imp binder"
	}
	return "res binder"
}

// NewEarly makes the stage for a PSK, or without one if psk is nil. The slice is not kept.
func NewEarly(h cipher.Hash, psk []byte) Early {
	if psk == nil {
		return withoutPSK(h)
	}
	return newEarly(h, psk)
}

func newEarly(h cipher.Hash, psk []byte) Early {
	zero := Secret{h: h}
	e := Early{secret: zero.extract(psk)}
	e.derived = e.secret.derived()
	return e
}

// derived returns what a stage hands to the next one as salt.
func (s *Secret) derived() Secret {
	var empty [maxSecret]byte
	return s.derive("derived", s.h.Sum(empty[:0], nil))
}

// Without a PSK the first stage is a constant of the hash.
var (
	earlySHA256 = newEarly(cipher.SHA256, make([]byte, cipher.SHA256.Size()))
	earlySHA384 = newEarly(cipher.SHA384, make([]byte, cipher.SHA384.Size()))
)

func withoutPSK(h cipher.Hash) Early {
	switch h {
	case cipher.SHA256:
		return earlySHA256
	case cipher.SHA384:
		return earlySHA384
	}
	panic("keyschedule: no TLS 1.3 suite has hash " + h.String())
}

// AppendBinder appends to dst the binder of the stage's PSK over a ClientHello cut before the binders (RFC 8446,
// Section 4.2.11.2), whose transcript has the given hash, and returns the longer slice.
func (e *Early) AppendBinder(dst []byte, kind PSKKind, transcriptHash []byte) []byte {
	var empty [maxSecret]byte
	h := e.secret.h
	key := e.secret.derive(kind.label(), h.Sum(empty[:0], nil))
	dst = key.AppendFinished(dst, transcriptHash)
	key.Clear()
	return dst
}

// ClientTraffic returns client_early_traffic_secret for the hash of the ClientHello.
func (e *Early) ClientTraffic(transcriptHash []byte) Secret {
	return e.secret.derive("c e traffic", transcriptHash)
}

// Exporter returns early_exporter_master_secret for the hash of the ClientHello.
func (e *Early) Exporter(transcriptHash []byte) Secret {
	return e.secret.derive("e exp master", transcriptHash)
}

// Handshake goes to the next stage with the (EC)DHE secret, nil if there was none (psk_ke), and the hash of the transcript
// through ServerHello. It clears e; the slices are not kept.
func (e *Early) Handshake(shared, transcriptHash []byte) Handshake {
	if e.derived.n == 0 {
		panic("keyschedule: early stage used twice")
	}
	if shared == nil {
		var zeros [maxSecret]byte
		shared = zeros[:e.derived.n]
	}
	secret := e.derived.extract(shared)
	if len(transcriptHash) != int(secret.n) {
		panic("keyschedule: transcript hash of another suite")
	}
	s := Handshake{secret, secret, secret} // for hash and length
	var empty [maxSecret]byte
	var x cipher.Expander
	x.Init(secret.h, secret.Bytes())
	x.ExpandLabel(s.client.Bytes(), "c hs traffic", transcriptHash)
	x.ExpandLabel(s.server.Bytes(), "s hs traffic", transcriptHash)
	x.ExpandLabel(s.derived.Bytes(), "derived", secret.h.Sum(empty[:0], nil))
	x.Clear()
	secret.Clear()
	e.Clear()
	return s
}

// Clear forgets the stage's secrets.
func (e *Early) Clear() { *e = Early{} }

// Handshake is the second stage: all that comes from the Handshake Secret, which itself is forgotten at once.
type Handshake struct {
	derived        Secret // the salt of the Master Secret
	client, server Secret
}

// ClientTraffic returns client_handshake_traffic_secret.
func (s *Handshake) ClientTraffic() Secret { return s.client }

// ServerTraffic returns server_handshake_traffic_secret.
func (s *Handshake) ServerTraffic() Secret { return s.server }

// ClientFinished returns the client's verify_data over a transcript with the given hash, in a fresh slice (which stays on the
// stack of a caller that doesn't keep it). It may be called after Master too.
func (s *Handshake) ClientFinished(transcriptHash []byte) []byte {
	return s.client.AppendFinished(make([]byte, 0, maxSecret), transcriptHash)
}

// ServerFinished returns the server's verify_data, as ClientFinished does the client's.
func (s *Handshake) ServerFinished(transcriptHash []byte) []byte {
	return s.server.AppendFinished(make([]byte, 0, maxSecret), transcriptHash)
}

// Master goes to the last stage with the hash of the transcript through the server's Finished, which is not kept as a slice.
// It clears what leads there and leaves the traffic secrets, because both sides still need the client's, for its Finished:
// whoever holds the stage clears it after that.
func (s *Handshake) Master(transcriptHash []byte) Master {
	if s.derived.n == 0 {
		panic("keyschedule: handshake stage used twice")
	}
	if len(transcriptHash) != int(s.derived.n) {
		panic("keyschedule: transcript hash of another suite")
	}
	var zeros [maxSecret]byte
	m := Master{secret: s.derived.extract(zeros[:s.derived.n])}
	copy(m.hash[:], transcriptHash)
	s.derived.Clear()
	return m
}

// Clear forgets the stage's secrets.
func (s *Handshake) Clear() { *s = Handshake{} }

// Master is the last stage: the Master Secret, and the transcript hash through the server's Finished. Its secrets are derived
// when asked for, since few connections want all.
type Master struct {
	secret Secret
	hash   [maxSecret]byte
}

func (m *Master) derive(label string) Secret { return m.secret.derive(label, m.hash[:m.secret.n]) }

// ClientTraffic returns client_application_traffic_secret_0.
func (m *Master) ClientTraffic() Secret { return m.derive("c ap traffic") }

// ServerTraffic returns server_application_traffic_secret_0.
func (m *Master) ServerTraffic() Secret { return m.derive("s ap traffic") }

// Exporter returns exporter_master_secret, for Export13.
func (m *Master) Exporter() Secret { return m.derive("exp master") }

// Resumption returns resumption_master_secret for the hash of the transcript through the client's Finished; its PSK method
// makes a ticket's PSK.
func (m *Master) Resumption(transcriptHash []byte) Secret {
	return m.secret.derive("res master", transcriptHash)
}

// Clear forgets the stage's secret.
func (m *Master) Clear() { *m = Master{} }

// The stages don't print what they hold, under any verb of fmt.

// Format hides the secrets.
func (e Early) Format(f fmt.State, _ rune) { f.Write([]byte(e.String())) }

// String hides the secrets.
func (e Early) String() string { return "early stage" }

// GoString hides the secrets.
func (e Early) GoString() string { return e.String() }

// Format hides the secrets.
func (s Handshake) Format(f fmt.State, _ rune) { f.Write([]byte(s.String())) }

// String hides the secrets.
func (s Handshake) String() string { return "handshake stage" }

// GoString hides the secrets.
func (s Handshake) GoString() string { return s.String() }

// Format hides the secrets.
func (m Master) Format(f fmt.State, _ rune) { f.Write([]byte(m.String())) }

// String hides the secrets.
func (m Master) String() string { return "master stage" }

// GoString hides the secrets.
func (m Master) GoString() string { return m.String() }
