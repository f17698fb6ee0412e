package sslsock

import (
	"slices"

	"tlsengine/handshake"
	"tlsengine/record"
)

// This file says what Sockets and Objects tell of a finished handshake. nil stands for one that isn't.

func versionOf(i *handshake.Info) string {
	if i == nil {
		return ""
	}
	return i.Version.String()
}

func cipherOf(i *handshake.Info) (CipherInUse, bool) {
	if i == nil {
		return CipherInUse{}, false
	}
	return cipherInUse(i.Suite), true
}

func compressionOf(i *handshake.Info) string {
	if i == nil || i.Compression == record.CompressionNull {
		return ""
	}
	return "zlib"
}

func sharedCiphersOf(i *handshake.Info) []CipherInUse {
	if i == nil {
		return nil
	}
	var list []CipherInUse
	for _, s := range i.SharedSuites() {
		list = append(list, cipherInUse(s))
	}
	return list
}

func protocolOf(i *handshake.Info) string {
	if i == nil {
		return ""
	}
	return i.Protocol
}

func nextProtocolOf(i *handshake.Info) string {
	if i == nil {
		return ""
	}
	return i.NextProtocol
}

func peerCertDEROf(i *handshake.Info) ([]byte, error) {
	switch {
	case i == nil:
		return nil, ErrHandshakeNotDone
	case len(i.PeerChain) == 0:
		return nil, nil
	}
	return slices.Clone(i.PeerChain[0].Raw()), nil
}

func peerCertOf(i *handshake.Info) (*CertInfo, error) {
	switch {
	case i == nil:
		return nil, ErrHandshakeNotDone
	case len(i.PeerChain) == 0:
		return nil, nil
	case i.Verdict == nil:
		return new(CertInfo), nil
	}
	info, err := i.PeerChain[0].Info()
	if err != nil {
		return nil, &SSLError{Code: ErrorSSL, Library: "X509", Message: err.Error(), Err: err}
	}
	return info, nil
}
