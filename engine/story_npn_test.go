package engine

import (
	"testing"

	"tlsengine/cipher"
)

// nextProtocolStories are those in which the ends agree on a protocol by next protocol negotiation. The first two are kept as transcripts.
func nextProtocolStories() []*story {
	acts := []act{{clientEnd, write, 10}, {serverEnd, write, 20}, {clientEnd, closeWrite, 0}, {serverEnd, closeWrite, 0}}
	older := with(only(cipher.VersionTLS12), groups(cipher.X25519, cipher.CurveP256), goldenSuites)
	oldest := with(only(cipher.VersionTLS10), suites(cipher.TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA))
	return []*story{
		{name: "1.2 next protocol", client: with(older, speaksNext("a", "b")), server: speaksNext("b", "a"), acts: acts},
		{name: "1.2 next protocol resumed", client: with(older, keeps, speaksNext("a", "b")), server: with(byTicket, speaksNext("b", "a")), acts: acts, resumes: true},
		{name: "1.2 next protocol resumed by id", client: with(older, keeps, speaksNext("b")), server: with(byID, speaksNext("b", "a")), acts: acts, resumes: true},
		{name: "1.2 next protocol that the server lacks", client: with(older, speaksNext("b")), server: speaksNext("x", "y"), acts: acts},
		{name: "1.2 next protocol and a certificate", client: with(older, speaksNext("b"), authenticated), server: with(speaksNext("a", "b"), requires), acts: acts},
		{name: "1.2 next protocol and renegotiation", client: with(older, speaksNext("b"), freely), server: with(speaksNext("b"), freely), acts: againActs(serverEnd)},
		{name: "1.0 next protocol and renegotiation", client: with(oldest, speaksNext("b"), freely), server: with(oldest, speaksNext("b"), freely),
			acts: againActs(clientEnd)},
		{name: "1.2 next protocol beside ALPN", client: with(older, speaksNext("a", "b"), speaks("b")), server: with(speaksNext("b", "a"), speaks("b")), acts: acts},
		{name: "1.3 next protocol", client: speaksNext("b"), server: speaksNext("b"), acts: acts},
	}
}

// TestNextProtocolStories looks at what both ends report. // S-129, S-218
func TestNextProtocolStories(t *testing.T) {
	for _, s := range nextProtocolStories() {
		v := s.begin(t, direct{}, 0)
		v.run(t)
		want := "b"
		if s.name == "1.2 next protocol beside ALPN" || s.name == "1.3 next protocol" {
			want = ""
		}
		for who, end := range v.ends {
			if i := end.Info(); i == nil || i.NextProtocol != want || i.Resumed != s.resumes {
				t.Errorf("%s: end %d: %v, %+v", s.name, who, end.Err(), i)
			}
		}
	}
}
