package keyschedule

import (
	"bytes"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"encoding/binary"
	"encoding/hex"
	"io"
	"math/big"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tlsengine/cipher"
	"tlsengine/fuzz/peers"
)

// observed is what a connection of crypto/tls shows of itself: its key log, and the bytes of both directions.
type observed struct {
	log            map[string][]byte // secret by name
	random         []byte            // the client's, from the key log
	key            *rsa.PrivateKey   // the server's
	client, server []byte            // bytes sent by each
	state          tls.ConnectionState
}

// tap is a net.Conn that records.
type tap struct {
	net.Conn
	in, out *[]byte
}

func (c tap) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	*c.in = append(*c.in, p[:n]...)
	return n, err
}

func (c tap) Write(p []byte) (int, error) {
	*c.out = append(*c.out, p...)
	return c.Conn.Write(p)
}

// observe runs a handshake of crypto/tls under the suite.
func observe(t *testing.T, suite *cipher.Suite, id uint16) *observed {
	t.Helper()
	o := &observed{log: map[string][]byte{}}
	var der []byte
	o.key, der = serverKey(t)
	var log bytes.Buffer
	version := uint16(suite.Max)
	server := &tls.Config{
		Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: o.key}}, CipherSuites: []uint16{id},
		MinVersion: version, MaxVersion: version, SessionTicketsDisabled: true,
	}
	client := &tls.Config{InsecureSkipVerify: true, CipherSuites: []uint16{id}, MinVersion: version, MaxVersion: version, KeyLogWriter: &log}
	a, b := net.Pipe()
	done := make(chan error, 1)
	go func() {
		s := tls.Server(b, server)
		err := s.Handshake()
		if err == nil {
			_, err = s.Write([]byte("application data"))
		}
		done <- err
	}()
	c := tls.Client(tap{a, &o.server, &o.client}, client)
	if _, err := io.ReadFull(c, make([]byte, len("application data"))); err != nil {
		t.Fatal(err)
	}
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	o.state = c.ConnectionState()
	a.Close()
	b.Close()
	o.readLog(t, log.String())
	return o
}

// readLog takes the secrets out of a key log of one connection.
func (o *observed) readLog(t *testing.T, log string) {
	t.Helper()
	for line := range strings.Lines(log) {
		f := strings.Fields(line)
		if len(f) != 3 || f[0] == "#" {
			continue
		}
		var err error
		if o.log[f[0]], err = hex.DecodeString(f[2]); err != nil {
			t.Fatal(err)
		}
		if o.random, err = hex.DecodeString(f[1]); err != nil {
			t.Fatal(err)
		}
	}
}

// serverKey makes an RSA key and a certificate for it.
func serverKey(t *testing.T) (key *rsa.PrivateKey, certificate []byte) {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), DNSNames: []string{"localhost"}}
	certificate, err = x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	return key, certificate
}

// records cuts a direction's bytes into records, headers included.
func records(stream []byte) (all [][]byte) {
	for len(stream) >= 5 {
		n := 5 + int(binary.BigEndian.Uint16(stream[3:]))
		all, stream = append(all, stream[:n]), stream[n:]
	}
	return all
}

// clearMessages returns the handshake bytes of the records before the first ChangeCipherSpec.
func clearMessages(stream []byte) (messages []byte) {
	for _, r := range records(stream) {
		if r[0] != 22 {
			break
		}
		messages = append(messages, r[5:]...)
	}
	return messages
}

// open opens a record.
func open(t *testing.T, suite *cipher.Suite, key, nonce, header, sealed []byte) []byte {
	t.Helper()
	aead, err := suite.Bulk.New(key)
	if err != nil {
		t.Fatal(err)
	}
	plain, err := aead.Open(nil, nonce, sealed, header)
	if err != nil {
		t.Fatal(err)
	}
	return plain
}

// TestTrafficSecretOfCryptoTLS13 takes a secret that crypto/tls logs and opens what was sealed under it.
func TestTrafficSecretOfCryptoTLS13(t *testing.T) {
	// crypto/tls chooses the TLS 1.3 suite itself, by hardware; what it chose decides what is tested.
	o := observe(t, cipher.SuiteByID(cipher.TLS_AES_128_GCM_SHA256), 0)
	suite := cipher.SuiteByID(cipher.SuiteID(o.state.CipherSuite))
	all := records(o.server)
	last := all[len(all)-1]
	var key, iv [32]byte
	NewSecret(suite.Hash, o.log[LogServerTraffic]).KeyIV(suite, key[:], iv[:])
	plain := open(t, suite, key[:suite.Bulk.KeyLen], iv[:12], last[:5], last[5:]) // sequence number 0: the nonce is the IV
	if string(plain) != "application data\x17" {
		t.Errorf("opened %q", plain)
	}
}

// TestExporterSecretOfOpenSSL has openssl log its exporter secret and compares exports with crypto/tls, its peer, which logs
// none.
func TestExporterSecretOfOpenSSL(t *testing.T) {
	peers.Need(t, "openssl")
	for _, id := range []cipher.SuiteID{cipher.TLS_AES_128_GCM_SHA256, cipher.TLS_AES_256_GCM_SHA384, cipher.TLS_CHACHA20_POLY1305_SHA256} {
		t.Run(id.String(), func(t *testing.T) {
			suite := cipher.SuiteByID(id)
			key, certificate := serverKey(t)
			listener, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{
				Certificates: []tls.Certificate{{Certificate: [][]byte{certificate}, PrivateKey: key}}, MinVersion: tls.VersionTLS13,
			})
			if err != nil {
				t.Fatal(err)
			}
			defer listener.Close()
			file := filepath.Join(t.TempDir(), "keys")
			client := exec.Command("openssl", "s_client", "-connect", listener.Addr().String(), "-tls1_3", "-ciphersuites", suite.OpenSSL, "-keylogfile", file)
			if err := client.Start(); err != nil {
				t.Fatal(err)
			}
			conn, err := listener.Accept()
			if err != nil {
				t.Fatal(err)
			}
			server := conn.(*tls.Conn)
			if err := server.Handshake(); err != nil {
				t.Fatal(err)
			}
			state := server.ConnectionState()
			server.Close()
			client.Wait()
			log, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			o := &observed{log: map[string][]byte{}}
			o.readLog(t, string(log))
			exporter := NewSecret(suite.Hash, o.log[LogExporter])
			for _, context := range [][]byte{nil, {}, []byte("context")} {
				want, err := state.ExportKeyingMaterial("EXPORTER-test", context, 77)
				if err != nil {
					t.Fatal(err)
				}
				got := make([]byte, 77)
				if err := Export13(exporter, "EXPORTER-test", context, got); err != nil || !bytes.Equal(got, want) {
					t.Errorf("exported %x, want %x (%v)", got, want, err)
				}
			}
		})
	}
}

// finished12 opens the Finished in what one end of TLS 1.2 sent: the record behind its ChangeCipherSpec (type 20), whose payload
// begins with eight bytes of nonce.
func finished12(t *testing.T, suite *cipher.Suite, stream, key, iv []byte) []byte {
	t.Helper()
	all := records(stream)
	for i, r := range all {
		if r[0] == 20 {
			r = all[i+1]
			nonce := append(bytes.Clone(iv), r[5:13]...)
			n := len(r) - 5 - 8 - 16
			header := append(make([]byte, 8), 22, 3, 3, byte(n>>8), byte(n))
			return open(t, suite, key, nonce, header, r[13:])
		}
	}
	t.Fatal("no ChangeCipherSpec")
	return nil
}

// TestSecretsOfCryptoTLS12 decrypts the premaster secret of a connection of crypto/tls with the server's RSA key and derives
// everything from there: the extended master secret, the keys that open both Finished, their verify_data, and exports.
func TestSecretsOfCryptoTLS12(t *testing.T) {
	gcm128, gcm256 := cipher.SuiteByID(cipher.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256), cipher.SuiteByID(cipher.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384)
	for _, v := range []struct {
		id    uint16        // a suite with RSA key transport, which our tables don't have
		suite *cipher.Suite // one that is the same but for the key exchange
	}{{tls.TLS_RSA_WITH_AES_128_GCM_SHA256, gcm128}, {tls.TLS_RSA_WITH_AES_256_GCM_SHA384, gcm256}} {
		t.Run(v.suite.Hash.String(), func(t *testing.T) {
			o := observe(t, v.suite, v.id)
			h := v.suite.Hash
			c, s := clearMessages(o.client), clearMessages(o.server)
			hello := 4 + int(binary.BigEndian.Uint32(append([]byte{0}, c[1:4]...)))
			keyExchange := c[hello:]
			padded := new(big.Int).Exp(new(big.Int).SetBytes(keyExchange[6:]), o.key.D, o.key.N).FillBytes(make([]byte, 256))
			preMaster := padded[len(padded)-48:]
			transcript := append(append(bytes.Clone(c[:hello]), s...), keyExchange...)
			clientRandom, serverRandom := c[6:38], s[6:38]
			m := TLS12(h).ExtendedMaster(preMaster, h.Sum(nil, transcript))
			if !bytes.Equal(m.Bytes(), o.log[LogClientRandom]) || !bytes.Equal(o.random, clientRandom) {
				t.Fatal("another master secret")
			}
			if again := TLS12(h).ResumeMaster(m.Bytes()); again != m {
				t.Error("ResumeMaster makes another secret")
			}
			k := m.KeyBlock(0, v.suite.Bulk.KeyLen, v.suite.Bulk.FixedIVLen, clientRandom, serverRandom)
			_, key, iv := k.Client()
			clientFinished := finished12(t, v.suite, o.client, key, iv)
			running := h.New()
			running.Write(transcript)
			if want := m.ClientFinished(running, room[:]); !CheckFinished(clientFinished[4:], want.Bytes()) {
				t.Errorf("client's verify_data %x, want %x", clientFinished[4:], want.Bytes())
			}
			_, key, iv = k.Server()
			serverFinished := finished12(t, v.suite, o.server, key, iv)
			running.Write(clientFinished)
			if want := m.ServerFinished(running, room[:]); !CheckFinished(serverFinished[4:], want.Bytes()) {
				t.Errorf("server's verify_data %x, want %x", serverFinished[4:], want.Bytes())
			}
			for _, context := range [][]byte{nil, {}, []byte("context")} {
				want, err := o.state.ExportKeyingMaterial("EXPORTER-test", context, 77)
				if err != nil {
					t.Fatal(err)
				}
				got := make([]byte, 77)
				if err := m.Export("EXPORTER-test", context, context != nil, clientRandom, serverRandom, got); err != nil || !bytes.Equal(got, want) {
					t.Errorf("exported %x, want %x (%v)", got, want, err)
				}
			}
		})
	}
}
