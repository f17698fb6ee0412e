package sslsock

import (
	"slices"

	"tlsengine/cipher"
	"tlsengine/engine"
	"tlsengine/handshake"
	"tlsengine/x509lite"
)

// The types of channel bindings.
const (
	bindUnique   = "tls-unique"           // RFC 5929, Section 3
	bindEndPoint = "tls-server-end-point" // RFC 5929, Section 4
	bindExporter = "tls-exporter"         // RFC 9266
)

var bindingTypes = []string{bindUnique, bindEndPoint, bindExporter}

// ChannelBindingTypes returns the types that ChannelBinding takes. The slice is the caller's.
func ChannelBindingTypes() []string { return slices.Clone(bindingTypes) }

// ChannelBinding returns bytes that both ends of this connection have and nobody else, by which a protocol inside can tell
// that nobody sits in between (RFC 5056). The types are:
//
//   - "tls-unique", the handshake's first Finished; TLS 1.3 has none, and before it only a connection with the extended
//     master secret has one that holds (RFC 7627, Section 1) once it was resumed;
//   - "tls-server-end-point", a hash of the server's certificate, the same on all its connections; nil if it has none;
//   - "tls-exporter", which needs TLS 1.3 or the extended master secret.
//
// Before the handshake is done the result is nil. Other types, and those that this connection can't have, give
// ErrInvalidArgument.
func (s *Socket) ChannelBinding(cbType string) ([]byte, error) {
	if !slices.Contains(bindingTypes, cbType) {
		return nil, errBindingType
	}
	if err := s.enter(); err == ErrNotConnected {
		return nil, nil
	} else if err != nil {
		return nil, err
	}
	defer s.leave()
	return channelBinding(s.conn, cbType)
}

const errBindingType = argumentError("Unsupported channel binding type")

func channelBinding(conn *engine.Conn, cbType string) ([]byte, error) {
	info := conn.Info()
	switch {
	case !slices.Contains(bindingTypes, cbType):
		return nil, errBindingType
	case info == nil:
		return nil, nil
	case cbType == bindEndPoint:
		return endPoint(info), nil
	case cbType == bindExporter && !info.ExtendedMasterSecret:
		// RFC 9266, Section 4.2.
		return nil, argumentError("tls-exporter needs TLS 1.3 or the extended master secret")
	case cbType == bindExporter:
		// RFC 9266, Section 4: no context is an empty one.
		return conn.Export("EXPORTER-Channel-Binding", []byte{}, 32)
	}
	b, err := conn.Unique()
	if err != nil {
		return nil, argumentError(err.Error())
	}
	return b, nil
}

// endPoint hashes the server's certificate.
func endPoint(info *handshake.Info) []byte {
	cert := serverCertificate(info)
	if cert == nil {
		return nil
	}
	// RFC 5929, Section 4.1: with the hash of the certificate's signature, SHA-256 in place of MD5 and SHA-1; a signature that has
	// none leaves it open: SHA-256 as OpenSSL does.
	h := cert.SignatureAlgorithm().Hash
	if h != cipher.SHA384 && h != cipher.SHA512 {
		h = cipher.SHA256
	}
	return h.Sum(nil, cert.Raw())
}

// serverCertificate returns the certificate of whichever end is the server, nil if it has none.
func serverCertificate(info *handshake.Info) *x509lite.Certificate {
	if info.Role == handshake.ServerRole {
		if info.Credential == nil || len(info.Credential.Chain()) == 0 {
			return nil
		}
		return info.Credential.Chain()[0]
	}
	if len(info.PeerChain) == 0 {
		return nil
	}
	return info.PeerChain[0]
}
