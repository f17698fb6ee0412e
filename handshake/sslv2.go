package handshake

import (
	"bytes"

	"tlsengine/cipher"
	"tlsengine/handshake/wire"
	"tlsengine/record"
)

// This file is the ClientHello in the format of SSL 2.0, which some clients send that offer SSL 3.0 or TLS (RFC 5246,
// Appendix E.2). A hello for SSL 2.0 itself never gets here: the record layer refuses it.

// SSLv2ClientHello handles a connection's first message in that format: p is all of it but its length. p may change afterwards.
func (m *Machine) SSLv2ClientHello(p []byte) (*Flight, error) {
	if m.failed != nil {
		return nil, m.failed
	}
	m.begin()
	m.flight.reset()
	if !m.state.Expects().Has(PseudoSSLv2ClientHello) {
		return nil, m.fail(unexpected("%v came in state %s, which expects %v", PseudoSSLv2ClientHello, m.state.Name(), m.state.Expects()))
	}
	whole := bytes.Clone(p) // what a client said outlives its handling
	hello, err := parseSSLv2ClientHello(whole)
	if err != nil {
		return nil, m.fail(err)
	}
	// RFC 5246, Appendix E.2: the message enters the hashes without its length.
	m.c.incoming = whole
	next, err := m.state.On(&m.c, hello, &m.flight)
	return m.settle(PseudoSSLv2ClientHello, next, err)
}

// The lengths of a challenge in bytes. RFC 5246, Appendix E.2 has at most 32; clients of SSL 3.0's time sent more, of which the
// first 32 count.
const minChallenge, maxChallenge = 16, 48

// parseSSLv2ClientHello turns the message into the hello that it stands for.
func parseSSLv2ClientHello(p []byte) (*ClientHello, error) {
	s := wire.String(p)
	h := &ClientHello{Compression: []byte{compressionNull}}
	var kind uint8
	var specsLen, idLen, challengeLen uint16
	if !s.U8(&kind) || !s.U16((*uint16)(&h.Version)) || !s.U16(&specsLen) || !s.U16(&idLen) || !s.U16(&challengeLen) {
		return nil, malformedSSLv2(p)
	}
	rest := s.Rest()
	if len(rest) != int(specsLen)+int(idLen)+int(challengeLen) || specsLen == 0 || specsLen%3 != 0 {
		return nil, malformedSSLv2(p)
	}
	if idLen != 0 {
		// RFC 5246, Appendix E.2: a client that offers a session uses the format of TLS.
		return nil, illegal(record.ReasonClientHelloParseFailed, "a hello in SSLv2 format has a session id")
	}
	if challengeLen < minChallenge || challengeLen > maxChallenge {
		return nil, illegal(record.ReasonClientHelloParseFailed, "a hello in SSLv2 format has a challenge of %d bytes", challengeLen)
	}
	specs, challenge := rest[:specsLen], rest[specsLen:]
	for ; len(specs) > 0; specs = specs[3:] {
		if specs[0] == 0 { // the others are SSL 2.0's own
			h.Suites = append(h.Suites, cipher.SuiteID(specs[1])<<8|cipher.SuiteID(specs[2]))
		}
	}
	// RFC 5246, Appendix E.2: the challenge is the random, with zeros before it.
	challenge = challenge[:min(len(challenge), len(h.Random))]
	copy(h.Random[len(h.Random)-len(challenge):], challenge)
	return h, nil
}

func malformedSSLv2(p []byte) error {
	return record.Fail(record.AlertDecodeError, record.ReasonClientHelloParseFailed,
		"a hello of %d bytes in SSLv2 format does not parse", len(p))
}
