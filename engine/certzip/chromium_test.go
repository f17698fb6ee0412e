package certzip

import (
	"crypto/sha256"
	"encoding/base64"
	"net"
	"os/exec"
	"strings"
	"testing"
	"time"

	"tlsengine/engine"
	"tlsengine/fuzz/peers"
	"tlsengine/fuzz/pki"
	"tlsengine/handshake"
	"tlsengine/x509lite"
)

const (
	page     = "HTTP/1.0 200 OK\r\nContent-Type: text/html\r\nConnection: close\r\n\r\n<p>compressed</p>"
	greeting = "<p>compressed</p>"
)

// TestChromiumTakesBrotli: the browser offers Brotli, our server answers by a CompressedCertificate that is shorter than the
// chain, and the browser shows the page.
func TestChromiumTakesBrotli(t *testing.T) {
	chromium := peers.Need(t, "chromium")
	identity := pki.New().Identities[x509lite.KeyRSA2048]
	credential, err := handshake.NewCredential(identity.Chain, identity.Key, nil)
	if err != nil {
		t.Fatal(err)
	}
	sent := make(chan int, 100) // lengths of CompressedCertificates; -1 for each Certificate
	config := engine.Config{
		Credentials:            []*handshake.Credential{credential},
		CertificateCompression: []*handshake.CertificateCompression{Brotli()},
		Trace: &engine.Trace{Message: func(d engine.Direction, m handshake.MessageType, whole []byte) {
			switch {
			case d == engine.Outbound && m == handshake.TypeCompressedCertificate:
				sent <- len(whole)
			case d == engine.Outbound && m == handshake.TypeCertificate:
				sent <- -1
			}
		}},
	}
	params, err := config.Freeze()
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go servePage(l, params)

	pin := sha256.Sum256(identity.Chain[0].RawSPKI())
	output, err := peers.Run(t, exec.Command(chromium, "--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking",
		"--user-data-dir="+t.TempDir(), "--ignore-certificate-errors-spki-list="+base64.StdEncoding.EncodeToString(pin[:]),
		"--dump-dom", "https://"+l.Addr().String()+"/"), "")
	if err != nil || !strings.Contains(output, greeting) {
		t.Errorf("the browser doesn't show our page: %v\n%s", err, output)
	}
	chain := 0
	for _, c := range identity.Chain {
		chain += len(c.Raw())
	}
	select {
	case n := <-sent:
		if n <= 0 || n >= chain {
			t.Errorf("the browser got a CompressedCertificate of %d bytes (-1: none) for a chain of %d", n, chain)
		}
	default:
		t.Error("the browser got no certificate at all")
	}
}

// servePage answers every connection by the page.
func servePage(l net.Listener, params *engine.Params) {
	for {
		tcp, err := l.Accept()
		if err != nil {
			return
		}
		go func() {
			defer tcp.Close()
			_ = tcp.SetDeadline(time.Now().Add(time.Minute))
			conn, err := engine.Server(params, engine.Options{})
			if err != nil {
				return
			}
			defer conn.Close()
			for {
				n, err := tcp.Write(conn.Outgoing())
				conn.Sent(n)
				if err != nil || conn.Err() != nil || conn.Status().Has(engine.WriteClosed) {
					return
				}
				if asked := conn.Peek(); len(asked) > 0 { // a request: the browser's is one record
					conn.Discard(len(asked))
					conn.Write([]byte(page))
					conn.CloseWrite()
					continue
				}
				if n, err = tcp.Read(conn.Buffer()); err != nil {
					return
				}
				conn.Commit(n)
			}
		}()
	}
}
