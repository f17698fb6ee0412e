package stdtls

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"tlsengine/fuzz/peers"
	"tlsengine/fuzz/pki"
	"tlsengine/sslsock"
	"tlsengine/x509lite"
)

func testTime() time.Time { return pki.Time }

func identityPEM(t testing.TB) (cert, key []byte) {
	t.Helper()
	i := pki.New().Identities[x509lite.KeyP256]
	der, err := x509lite.MarshalPKCS8(i.Key)
	if err != nil {
		t.Fatal(err)
	}
	return x509lite.MarshalPEM(nil, "CERTIFICATE", i.Chain[0].Raw()), x509lite.MarshalPEM(nil, "PRIVATE KEY", der)
}

// report is what the test's servers answer: what the request says of its connection.
func report(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	if r.TLS == nil {
		http.Error(w, "no state", http.StatusInternalServerError)
		return
	}
	fmt.Fprintf(w, "%s %s alpn=%s name=%s peer=%d body=%s", r.Proto, tls.VersionName(r.TLS.Version), r.TLS.NegotiatedProtocol,
		r.TLS.ServerName, len(r.TLS.PeerCertificates), body)
}

// serve runs a server of ours until the test ends, and returns where.
func serve(t testing.TB, protocols []string) (address string) {
	_, address = serveWith(t, protocols, report)
	return address
}

// serveWith is serve for a handler.
func serveWith(t testing.TB, protocols []string, handler http.HandlerFunc) (srv *http.Server, address string) {
	t.Helper()
	c, err := sslsock.CreateDefaultContext(sslsock.PurposeClientAuth)
	if err != nil {
		t.Fatal(err)
	}
	cert, key := identityPEM(t)
	if err := errors.Join(c.LoadCertChainPEM(cert, key, nil), c.SetALPNProtocols(protocols)); err != nil {
		t.Fatal(err)
	}
	c.SetALPNMismatchAllowed(true)
	l, err := sslsock.Listen("tcp", "127.0.0.1:0", c)
	if err != nil {
		t.Fatal(err)
	}
	srv = &http.Server{Handler: handler, ReadHeaderTimeout: 10 * time.Second}
	done := make(chan error, 1)
	go func() { done <- Serve(srv, l) }()
	t.Cleanup(func() {
		srv.Close()
		if err := <-done; !errors.Is(err, http.ErrServerClosed) {
			t.Error(err)
		}
	})
	return srv, l.Addr().String()
}

func roots() *x509.CertPool {
	pool := x509.NewCertPool()
	c, err := x509.ParseCertificate(pki.New().Root.Raw())
	if err != nil {
		panic(err)
	}
	pool.AddCert(c)
	return pool
}

// goClient is net/http's own client.
func goClient(h2 bool) *http.Client {
	tr := &http.Transport{
		TLSClientConfig:   &tls.Config{RootCAs: roots(), Time: testTime, ServerName: pki.Host},
		ForceAttemptHTTP2: h2,
	}
	return &http.Client{Transport: tr, Timeout: 30 * time.Second}
}

// ourClient is net/http's client over Sockets.
func ourClient(t testing.TB) *http.Client {
	t.Helper()
	c, err := sslsock.CreateDefaultContext(sslsock.PurposeServerAuth, sslsock.WithCADataDER(pki.New().Root.Raw()))
	if err != nil {
		t.Fatal(err)
	}
	c.SetTime(testTime)
	tr, err := NewTransport(c, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(tr.CloseIdleConnections)
	return &http.Client{Transport: tr, Timeout: 30 * time.Second}
}

func get(t testing.TB, c *http.Client, url string) (text string, r *http.Response) {
	t.Helper()
	r, err := c.Post(url, "text/plain", strings.NewReader("hello"))
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	b, err := io.ReadAll(r.Body)
	if err != nil || r.StatusCode != http.StatusOK {
		t.Fatal(r.Status, err)
	}
	return string(b), r
}

// S-060: both protocols, ours and Go's at either end, with what Request.TLS and Response.TLS tell.
func TestHTTPBothWays(t *testing.T) {
	both, old := serve(t, Protocols()), serve(t, []string{"http/1.1"})
	for _, c := range []struct{ name, want, proto string }{
		{"go, HTTP/2", "HTTP/2.0 TLS 1.3 alpn=h2 name=example.test peer=0 body=hello", "HTTP/2.0"},
		{"go, HTTP/1.1", "HTTP/1.1 TLS 1.3 alpn= name=example.test peer=0 body=hello", "HTTP/1.1"},
		{"ours", "HTTP/2.0 TLS 1.3 alpn=h2 name= peer=0 body=hello", "HTTP/2.0"},
		{"ours, old server", "HTTP/1.1 TLS 1.3 alpn=http/1.1 name= peer=0 body=hello", "HTTP/1.1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			client, address := goClient(c.proto == "HTTP/2.0"), both
			if strings.HasPrefix(c.name, "ours") {
				client = ourClient(t)
			}
			if c.name == "ours, old server" {
				address = old
			}
			defer client.CloseIdleConnections()
			for range 3 {
				got, r := get(t, client, "https://"+address+"/")
				if got != c.want || r.Proto != c.proto {
					t.Errorf("%q over %s", got, r.Proto)
				}
				leaf := pki.New().Identities[x509lite.KeyP256].Chain[0].Raw()
				if r.TLS == nil || !r.TLS.HandshakeComplete || string(r.TLS.PeerCertificates[0].Raw) != string(leaf) ||
					len(r.TLS.VerifiedChains) != 1 {
					t.Errorf("%+v", r.TLS)
				}
			}
		})
	}
}

// Our client and a server of net/http over crypto/tls.
func TestTransportAgainstGo(t *testing.T) {
	for _, h2 := range []bool{true, false} {
		cert, key := identityPEM(t)
		pair, err := tls.X509KeyPair(cert, key)
		if err != nil {
			t.Fatal(err)
		}
		s := httptest.NewUnstartedServer(http.HandlerFunc(report))
		s.TLS = &tls.Config{Certificates: []tls.Certificate{pair}}
		s.EnableHTTP2 = h2
		s.StartTLS()
		got, r := get(t, ourClient(t), s.URL)
		if want := map[bool]string{true: "HTTP/2.0", false: "HTTP/1.1"}[h2]; r.Proto != want || !strings.Contains(got, "body=hello") {
			t.Errorf("%q over %s", got, r.Proto)
		}
		s.Close()
	}
}

// 10,000 requests by our client to our server, HTTP/1.1 and HTTP/2: none is lost, and none gets another's answer.
func TestManyRequests(t *testing.T) {
	const workers, each = 20, 250
	for _, protocols := range [][]string{{"h2"}, {"http/1.1"}} {
		client, url := ourClient(t), "https://"+serve(t, protocols)+"/"
		client.Transport.(*Transport).h1.MaxIdleConnsPerHost = workers
		var done atomic.Int32
		var all sync.WaitGroup
		for w := range workers {
			all.Go(func() {
				for n := range each {
					body := fmt.Sprintf("%d.%d", w, n)
					r, err := client.Post(url, "text/plain", strings.NewReader(body))
					if err != nil {
						t.Error(err)
						return
					}
					b, err := io.ReadAll(r.Body)
					r.Body.Close()
					if err != nil || !strings.HasSuffix(string(b), "body="+body) {
						t.Errorf("%s: %q, %v", body, b, err)
						return
					}
					done.Add(1)
				}
			})
		}
		all.Wait()
		if done.Load() != workers*each {
			t.Errorf("%v: %d requests of %d", protocols, done.Load(), workers*each)
		}
	}
}

// Nothing is verified less here than in sslsock, and https never goes to a proxy, behind which net/http would use crypto/tls.
func TestTransportVerifies(t *testing.T) {
	address := serve(t, Protocols())
	c, err := sslsock.CreateDefaultContext(sslsock.PurposeServerAuth, sslsock.WithCADataDER(pki.New().Stranger.Chain[0].Raw()))
	if err != nil {
		t.Fatal(err)
	}
	base := &http.Transport{}
	base.Proxy = func(r *http.Request) (*url.URL, error) { t.Errorf("a proxy is asked for %s", r.URL); return nil, nil }
	tr, err := NewTransport(c, base)
	if err != nil {
		t.Fatal(err)
	}
	var refused *sslsock.CertVerificationError
	if _, err := (&http.Client{Transport: tr}).Get("https://" + address + "/"); !errors.As(err, &refused) {
		t.Error(err)
	}
}

// curl in both protocols, and a browser, fetch from our server.
func TestServeAnswersCurlAndChromium(t *testing.T) {
	address := serve(t, Protocols())
	_, port, _ := net.SplitHostPort(address)
	for flag, want := range map[string]string{"--http1.1": "HTTP/1.1 TLS 1.3 alpn=http/1.1", "--http2": "HTTP/2.0 TLS 1.3 alpn=h2"} {
		out, err := peers.Run(t, exec.Command(peers.Need(t, "curl"), "-sS", "-k", flag, "https://localhost:"+port+"/"), "")
		if err != nil || !strings.HasPrefix(out, want) {
			t.Errorf("%s: %q, %v", flag, out, err)
		}
	}
	pin := sha256.Sum256(pki.New().Identities[x509lite.KeyP256].Chain[0].RawSPKI())
	home := t.TempDir()
	chromium := exec.Command(peers.Need(t, "chromium"), "--headless",
		"--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-quic",
		"--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync",
		"--user-data-dir="+filepath.Join(home, "profile"), "--dump-dom",
		"--ignore-certificate-errors-spki-list="+base64.StdEncoding.EncodeToString(pin[:]), "https://localhost:"+port+"/")
	chromium.Env = append(os.Environ(), "HOME="+home)
	out, err := peers.Run(t, chromium, "")
	if err != nil || !strings.Contains(out, "HTTP/2.0 TLS 1.3 alpn=h2 name=localhost") {
		t.Errorf("chromium: %q, %v", out, err)
	}
}

// A request that is given up gives up its first connection too.
func TestTransportGivesUp(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, "GET", "https://"+l.Addr().String()+"/", nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := ourClient(t).Do(r); !errors.Is(err, context.DeadlineExceeded) {
		t.Error(err)
	}
}
