package sslsock

import (
	"context"
	"net"
)

// FetchOption is a choice for FetchServerCertificate.
type FetchOption func(*fetchSettings)

type fetchSettings struct {
	protocol Protocol
	caFile   string
}

// FetchWithSSLVersion chooses the protocol. The default is ProtocolTLS.
func FetchWithSSLVersion(p Protocol) FetchOption {
	return func(f *fetchSettings) { f.protocol = p }
}

// FetchWithCACerts names a file of trusted certificates: the server's must then lead to one of them.
func FetchWithCACerts(path string) FetchOption {
	return func(f *fetchSettings) { f.caFile = path }
}

// FetchServerCertificate connects to a server at addr ("host:port") and returns its certificate as PEM, NOT VERIFIED
// unless FetchWithCACerts is given; that it is for the host is not checked in any case. The host's name is sent as
// server_name. All of it ends when ctx does. Errors: ErrInvalidArgument for an address that is none; those of dialling, of
// reading the file and of the handshake.
func FetchServerCertificate(ctx context.Context, addr string, opts ...FetchOption) (pem string, err error) {
	host, port, err := net.SplitHostPort(addr)
	if err != nil || host == "" || port == "" {
		return "", argumentError("the address " + quote(addr) + ` is not of the form "host:port"`)
	}
	f := fetchSettings{protocol: ProtocolTLS}
	for _, o := range opts {
		o(&f)
	}
	c, err := f.context()
	if err != nil {
		return "", err
	}
	s, err := c.DialContext(ctx, "tcp", addr)
	if err != nil {
		return "", err
	}
	defer s.Close()
	der, err := s.PeerCertDER()
	if err != nil {
		return "", err
	}
	return DERCertToPEM(der), nil
}

// context returns one that verifies what was asked for.
func (f *fetchSettings) context() (*Context, error) {
	c, err := NewContext(f.protocol)
	if err != nil || f.caFile == "" {
		return c, err
	}
	if err := c.SetVerifyMode(CertRequired); err != nil {
		return nil, err
	}
	return c, c.LoadVerifyLocations(VerifyLocations{CAFile: f.caFile})
}
