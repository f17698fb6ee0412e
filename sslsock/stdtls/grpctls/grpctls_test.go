package grpctls

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/health"
	health1 "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/peer"

	"tlsengine/fuzz/pki"
	"tlsengine/sslsock"
	"tlsengine/x509lite"
)

func at() time.Time { return pki.Time }

// identity returns the server's certificate and key as PEM.
func identity(t *testing.T) (cert, key []byte) {
	t.Helper()
	i := pki.New().Identities[x509lite.KeyP256]
	der, err := x509lite.MarshalPKCS8(i.Key)
	if err != nil {
		t.Fatal(err)
	}
	return x509lite.MarshalPEM(nil, "CERTIFICATE", i.Chain[0].Raw()), x509lite.MarshalPEM(nil, "PRIVATE KEY", der)
}

func ours(t *testing.T, purpose sslsock.Purpose) credentials.TransportCredentials {
	t.Helper()
	c, err := sslsock.CreateDefaultContext(purpose, sslsock.WithCADataDER(pki.New().Root.Raw()))
	if err != nil {
		t.Fatal(err)
	}
	c.SetTime(at)
	cert, key := identity(t)
	if err := c.LoadCertChainPEM(cert, key, nil); err != nil {
		t.Fatal(err)
	}
	if purpose == sslsock.PurposeClientAuth {
		if err := c.SetVerifyMode(sslsock.CertRequired); err != nil {
			t.Fatal(err)
		}
	}
	credentials, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	return credentials
}

// gos returns gRPC's own credentials, with the same demands.
func gos(t *testing.T, server bool) credentials.TransportCredentials {
	t.Helper()
	pair, err := tls.X509KeyPair(identity(t))
	if err != nil {
		t.Fatal(err)
	}
	root, err := x509.ParseCertificate(pki.New().Root.Raw())
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(root)
	config := &tls.Config{Time: at, Certificates: []tls.Certificate{pair}, RootCAs: roots, ClientCAs: roots}
	if server {
		config.ClientAuth = tls.RequireAndVerifyClientCert
	}
	return credentials.NewTLS(config)
}

// serve runs a health service and returns its address and what it learns of its clients.
func serve(t *testing.T, c credentials.TransportCredentials) (address string, clients chan credentials.AuthInfo) {
	t.Helper()
	clients = make(chan credentials.AuthInfo, 100)
	s := grpc.NewServer(grpc.Creds(c), grpc.UnaryInterceptor(
		func(ctx context.Context, request any, _ *grpc.UnaryServerInfo, next grpc.UnaryHandler) (any, error) {
			p, _ := peer.FromContext(ctx)
			clients <- p.AuthInfo
			return next(ctx, request)
		}))
	health1.RegisterHealthServer(s, health.NewServer())
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go func() { _ = s.Serve(l) }()
	t.Cleanup(s.Stop)
	return l.Addr().String(), clients
}

// call makes one unary call and returns what the client learns of the server.
func call(t *testing.T, address, authority string, c credentials.TransportCredentials) (credentials.AuthInfo, error) {
	t.Helper()
	conn, err := grpc.NewClient(address, grpc.WithTransportCredentials(c), grpc.WithAuthority(authority))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	var server peer.Peer
	answer, err := health1.NewHealthClient(conn).Check(ctx, new(health1.HealthCheckRequest), grpc.Peer(&server))
	if err == nil && answer.Status != health1.HealthCheckResponse_SERVING {
		err = errors.New(answer.String())
	}
	return server.AuthInfo, err
}

// A unary call passes between our credentials and Go's, both ways, each end authenticated, and both know what they
// would know of a tls.Conn.
func TestUnaryCalls(t *testing.T) {
	for name, row := range map[string]struct {
		client, server credentials.TransportCredentials
	}{
		"ours to ours": {ours(t, sslsock.PurposeServerAuth), ours(t, sslsock.PurposeClientAuth)},
		"ours to Go's": {ours(t, sslsock.PurposeServerAuth), gos(t, true)},
		"Go's to ours": {gos(t, false), ours(t, sslsock.PurposeClientAuth)},
	} {
		address, clients := serve(t, row.server)
		server, err := call(t, address, pki.Host, row.client)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		for end, info := range map[string]credentials.AuthInfo{"client": server, "server": <-clients} {
			i, ok := info.(credentials.TLSInfo)
			if !ok || i.SecurityLevel != credentials.PrivacyAndIntegrity ||
				i.State.NegotiatedProtocol != "h2" || len(i.State.VerifiedChains) != 1 {
				t.Errorf("%s, %s: %+v", name, end, info)
			}
		}
	}
}

// A server for another host is refused, and so is one that doesn't say that it speaks HTTP/2.
func TestRefusals(t *testing.T) {
	address, _ := serve(t, ours(t, sslsock.PurposeClientAuth))
	if _, err := call(t, address, "other.test", ours(t, sslsock.PurposeServerAuth)); err == nil ||
		!strings.Contains(err.Error(), "match") {
		t.Error(err)
	}
	elsewhere := ours(t, sslsock.PurposeServerAuth).Clone()
	//lint:ignore SA1019 gRPC demands the method
	if err := elsewhere.OverrideServerName(pki.Host); err != nil || elsewhere.Info().SecurityProtocol != "tls" {
		t.Error(err, elsewhere.Info())
	}
	if _, err := call(t, address, "", elsewhere); err != nil {
		t.Error(err)
	}

	plain, err := sslsock.CreateDefaultContext(sslsock.PurposeClientAuth)
	if err != nil {
		t.Fatal(err)
	}
	cert, key := identity(t)
	if err := plain.LoadCertChainPEM(cert, key, nil); err != nil {
		t.Fatal(err)
	}
	l, err := sslsock.Listen("tcp", "127.0.0.1:0", plain)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go func() { _, _ = conn.Read(make([]byte, 1)); conn.Close() }()
		}
	}()
	if _, err := call(t, l.Addr().String(), pki.Host, ours(t, sslsock.PurposeServerAuth)); err == nil ||
		!strings.Contains(err.Error(), "ALPN") {
		t.Error(err)
	}
}
