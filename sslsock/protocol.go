package sslsock

import (
	"fmt"

	"tlsengine/cipher"
	"tlsengine/record"
)

// Protocol says which versions a context speaks, and in which role. The numbers are Python's.
type Protocol int

// The protocols. The zero value is SSL 2.0, which nobody speaks any more: a Protocol that was forgotten fails.
const (
	ProtocolSSLv2     Protocol = 0  // never supported
	ProtocolSSLv3     Protocol = 1  // SSL 3.0 only
	ProtocolTLS       Protocol = 2  // the highest version that both ends have
	ProtocolTLSv1     Protocol = 3  // TLS 1.0 only
	ProtocolTLSv11    Protocol = 4  // TLS 1.1 only
	ProtocolTLSv12    Protocol = 5  // TLS 1.2 only
	ProtocolTLSClient Protocol = 16 // as ProtocolTLS, for clients only, which verify chain and host name
	ProtocolTLSServer Protocol = 17 // as ProtocolTLS, for servers only
)

// ProtocolSSLv23 is the old name of ProtocolTLS.
//
// Deprecated: use ProtocolTLS, and SetMinimumVersion or SetMaximumVersion.
const ProtocolSSLv23 = ProtocolTLS

var protocolNames = map[Protocol]string{
	ProtocolSSLv2: "SSLv2", ProtocolSSLv3: "SSLv3", ProtocolTLS: "TLS", ProtocolTLSv1: "TLSv1", ProtocolTLSv11: "TLSv1.1",
	ProtocolTLSv12: "TLSv1.2", ProtocolTLSClient: "TLS client", ProtocolTLSServer: "TLS server",
}

// String returns the protocol's name, "TLSv1.2" for example.
func (p Protocol) String() string {
	if n, ok := protocolNames[p]; ok {
		return n
	}
	return fmt.Sprintf("Protocol(%d)", int(p))
}

// fixed returns the only version of p; 0 if p negotiates.
func (p Protocol) fixed() TLSVersion {
	switch p {
	case ProtocolSSLv3:
		return VersionSSL30
	case ProtocolTLSv1:
		return VersionTLS10
	case ProtocolTLSv11:
		return VersionTLS11
	case ProtocolTLSv12:
		return VersionTLS12
	}
	return 0
}

// TLSVersion is a version as it stands on the wire; VersionTLS12 prints as "TLSv1.2".
type TLSVersion = cipher.Version

// The versions, and two values that stand for the lowest and the highest that there is.
const (
	VersionSSL30            = cipher.VersionSSL30
	VersionTLS10            = cipher.VersionTLS10
	VersionTLS11            = cipher.VersionTLS11
	VersionTLS12            = cipher.VersionTLS12
	VersionTLS13            = cipher.VersionTLS13
	VersionMinimumSupported = TLSVersion(0xFFFE) // Python's -2
	VersionMaximumSupported = TLSVersion(0xFFFF) // Python's -1
)

// Purpose is what certificates are to be good for.
type Purpose int

// The purposes. The zero value is the stricter one.
const (
	PurposeServerAuth Purpose = 0 // servers are authenticated: for client sockets
	PurposeClientAuth Purpose = 1 // clients are authenticated: for server sockets
)

// String returns OpenSSL's short name, "serverAuth" or "clientAuth".
func (p Purpose) String() string {
	switch p {
	case PurposeServerAuth:
		return "serverAuth"
	case PurposeClientAuth:
		return "clientAuth"
	}
	return fmt.Sprintf("Purpose(%d)", int(p))
}

// NID returns OpenSSL's number of the purpose, 129 or 130; 0 for a number that is no purpose.
func (p Purpose) NID() int {
	switch p {
	case PurposeServerAuth:
		return 129
	case PurposeClientAuth:
		return 130
	}
	return 0
}

// ShortName returns OpenSSL's short name, as String does.
func (p Purpose) ShortName() string { return p.String() }

// LongName returns OpenSSL's long name, "TLS Web Server Authentication" for example.
func (p Purpose) LongName() string {
	switch p {
	case PurposeServerAuth:
		return "TLS Web Server Authentication"
	case PurposeClientAuth:
		return "TLS Web Client Authentication"
	}
	return p.String()
}

// OID returns the extended key usage that stands for the purpose, "1.3.6.1.5.5.7.3.1" for example (RFC 5280, Section
// 4.2.1.12); "" for a number that is no purpose.
func (p Purpose) OID() string {
	switch p {
	case PurposeServerAuth:
		return "1.3.6.1.5.5.7.3.1"
	case PurposeClientAuth:
		return "1.3.6.1.5.5.7.3.2"
	}
	return ""
}

// check refuses numbers that are no purpose.
func (p Purpose) check() error {
	if p != PurposeServerAuth && p != PurposeClientAuth {
		return argumentError("no such purpose: " + p.String())
	}
	return nil
}

// VerifyMode says what is demanded of the peer's certificate.
type VerifyMode int

// The modes.
const (
	// CertNone demands nothing: a client takes any certificate, so that who can reroute its packets can be its server; a
	// server doesn't ask for one. It is what NewContext starts with.
	CertNone VerifyMode = 0
	// CertOptional makes a server ask for a certificate and go on without; one that comes must be good. On a client it is
	// CertRequired.
	CertOptional VerifyMode = 1
	// CertRequired demands a certificate that leads to a trusted one and is good for its purpose. That it is also for the
	// right host is checked with SetCheckHostname(true) only.
	CertRequired VerifyMode = 2
)

// String returns "CertNone", "CertOptional" or "CertRequired".
func (m VerifyMode) String() string {
	switch m {
	case CertNone:
		return "CertNone"
	case CertOptional:
		return "CertOptional"
	case CertRequired:
		return "CertRequired"
	}
	return fmt.Sprintf("VerifyMode(%d)", int(m))
}

// AlertDescription is an alert's number (RFC 8446, Section 6). It is an error that a callback can return.
type AlertDescription = record.Alert
