package stdtls

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"fmt"

	"tlsengine/handshake"
	"tlsengine/sslsock"
)

// ConnectionState returns what crypto/tls would tell of a socket's connection: the zero value before the handshake is
// done. VerifiedChains has the one chain that was found, and is nil if nothing was verified. The error is for a peer whose
// certificate crypto/x509 can't read; the rest of the state is there all the same.
//
// Its method ExportKeyingMaterial can't work, since only crypto/tls can set it up: use the Socket's.
func ConnectionState(s *sslsock.Socket) (tls.ConnectionState, error) {
	info := s.HandshakeInfo()
	if info == nil {
		return tls.ConnectionState{}, nil
	}
	state := tls.ConnectionState{
		Version:            uint16(info.Version),
		HandshakeComplete:  true,
		DidResume:          info.Resumed,
		CipherSuite:        uint16(info.Suite.ID),
		NegotiatedProtocol: info.Protocol,
		ServerName:         info.ServerName,
		ECHAccepted:        info.ECH == handshake.ECHAccepted,
	}
	//lint:ignore SA1019 crypto/tls sets it to this day, and callers look at it
	state.NegotiatedProtocolIsMutual = true
	if info.Staple != nil {
		state.OCSPResponse = bytes.Clone(info.Staple)
	}
	if info.Group != nil {
		state.CurveID = tls.CurveID(info.Group.ID)
	}
	if unique, err := s.ChannelBinding("tls-unique"); err == nil {
		state.TLSUnique = unique
	}
	var err error
	if state.PeerCertificates, err = parse(s.UnverifiedChain()); err != nil {
		return state, err
	}
	verified, err := parse(s.VerifiedChain())
	if err == nil && verified != nil {
		state.VerifiedChains = [][]*x509.Certificate{verified}
	}
	return state, err
}

func parse(chain [][]byte) (certs []*x509.Certificate, err error) {
	for i, der := range chain {
		c, err := x509.ParseCertificate(der)
		if err != nil {
			return nil, fmt.Errorf("stdtls: certificate %d of the peer's chain: %w", i, err)
		}
		certs = append(certs, c)
	}
	return certs, nil
}
