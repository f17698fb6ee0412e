package engine

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"tlsengine/cipher"
	"tlsengine/handshake"
	"tlsengine/record"
	"tlsengine/x509lite"
)

// The tests of this file put each of our ends into the place of the program that RFC 8448 watched. The end gets, from
// the trace,
//
//   - the bytes that the peer sent, record by record;
//   - the randomness of its own program: the randoms, the session id, the private halves of the key shares, the salt of
//     the RSA-PSS signature (recovered from the signature), and for the keys that the RFC keeps to itself (Section 6) the
//     signature, taken only if it is good for the message that our end asks to be signed;
//   - through handshake.Options.Shape, which extensions stand in its hellos, EncryptedExtensions and CertificateRequest,
//     and in which order: the traces' program offers what ours doesn't. Of what the traces' HelloRetryRequest holds, the
//     cookie comes from there too.
//
// Compared are every record that the trace's program sent, from the first hello to the last alert, byte for byte, and
// every secret of the key log. Because the hellos are compared too, nothing of them can be wrong unseen.
//
// The server's NewSessionTicket of Section 3 is handed to its record layer as the trace has it: our tickets have another form.
// The resumption secret is compared in handshake/keyschedule. Section 4, which resumes Section 3, is in rfc8448_resume_test.go.

// replayed are the sections that begin from nothing.
var replayed = []string{"3", "5", "6", "7"}

func TestClientReplaysRFC8448(t *testing.T) {
	for _, tr := range readTraces(t, replayed...) {
		t.Run(tr.name, func(t *testing.T) {
			log := new(bytes.Buffer)
			config := tr.config(log)
			config.UnverifiedServer = true // the traces' certificates are self-signed and old
			if tr.has("client", "Certificate") {
				config.Credentials = []*handshake.Credential{tr.credential(t, "client")}
			}
			config.Groups = []cipher.GroupID{cipher.X25519, cipher.CurveP256}
			config.KeyShares = []cipher.GroupID{cipher.X25519}
			c := tr.end(t, config, "client", handshake.NewClient)
			flight, err := c.in.machine.Start()
			if err != nil {
				t.Fatal(err)
			}
			c.carryOut(flight)
			tr.replay(t, c, "client")
			tr.checkKeyLog(t, log.String())
		})
	}
}

func TestServerReplaysRFC8448(t *testing.T) {
	for _, tr := range readTraces(t, replayed...) {
		t.Run(tr.name, func(t *testing.T) {
			log := new(bytes.Buffer)
			config := tr.config(log)
			config.Credentials = []*handshake.Credential{tr.credential(t, "server")}
			config.Groups = []cipher.GroupID{cipher.X25519}
			if tr.has("client", "Certificate") {
				config.ClientAuth = handshake.AuthRequired
				config.VerifyPeer = func(*handshake.VerifyPeer) (*x509lite.Verdict, error) { return nil, nil }
			}
			if tr.message("client", "ClientHello", 1) != nil {
				config.Groups, config.RetryCookie = []cipher.GroupID{cipher.CurveP256}, true
			}
			tr.replay(t, tr.end(t, config, "server", handshake.NewServer), "server")
			tr.checkKeyLog(t, log.String())
		})
	}
}

// config returns what both ends of the trace have in common.
func (tr *trace) config(log *bytes.Buffer) *Config {
	sessionID := tr.message("client", "ClientHello", 0)[38]
	return &Config{
		MinVersion: cipher.VersionTLS13,
		Suites:     []cipher.SuiteID{cipher.TLS_AES_128_GCM_SHA256, cipher.TLS_CHACHA20_POLY1305_SHA256, cipher.TLS_AES_256_GCM_SHA384},
		PlainTLS13: sessionID == 0,
		KeyLog:     log,

		RecordSizeLimit: 0x4001, // the traces' program offers it, though it limits nothing
	}
}

// end returns a connection that has not begun, with the trace's randomness and shape.
func (tr *trace) end(t *testing.T, config *Config, role string, machine func(*handshake.Params, *handshake.Options) *handshake.Machine) *Conn {
	t.Helper()
	p, err := config.Freeze()
	if err != nil {
		t.Fatal(err)
	}
	o := Options{ServerName: "server", Rand: tr.rand(t, role)}
	c := newConn(p, o)
	h := c.options(o)
	h.Shape = tr.shape(role)
	if tr.resume != nil {
		h.Session = tr.resume(p.handshake.Scope)
	}
	c.in.machine = *machine(p.handshake, h)
	return c
}

// replay runs c, which has this role, through all records of the trace.
func (tr *trace) replay(t *testing.T, c *Conn, role string) {
	t.Helper()
	for i, r := range tr.records {
		name := fmt.Sprintf("record %d (%s %s)", i, r.sender, r.kind)
		if r.sender != role {
			tr.receive(t, c, r, name)
		} else {
			tr.send(t, c, r, name)
		}
		if c.Err() != nil {
			t.Fatalf("%s: %v", name, c.Err())
		}
	}
	if left := c.Outgoing(); len(left) > 0 {
		t.Errorf("sends %x, which the trace does not have", left)
	}
	if !c.Status().Has(HandshakeDone | PeerClosed | WriteClosed) {
		t.Errorf("ends with status %v", c.Status())
	}
}

// receive feeds a record of the peer's and looks at what was in it.
func (tr *trace) receive(t *testing.T, c *Conn, r traceRecord, name string) {
	t.Helper()
	if n, err := c.Feed(r.bytes); n != len(r.bytes) || err != nil {
		t.Fatalf("%s: took %d of %d bytes: %v", name, n, len(r.bytes), err)
	}
	if c.Status()&(HandshakeDone|PlaintextIsEarly) == 0 {
		return
	}
	buf := make([]byte, 1<<14)
	got := buf[:c.Read(buf)]
	if r.kind != "application_data" {
		r.payload = nil
	}
	if !bytes.Equal(got, r.payload) {
		t.Errorf("%s: read %x, want %x", name, got, r.payload)
	}
}

// send does what makes c send a record of the trace, unless the handshake already has, and compares the record.
func (tr *trace) send(t *testing.T, c *Conn, r traceRecord, name string) {
	t.Helper()
	switch {
	case r.kind == "application_data":
		if n := c.Write(r.payload); n != len(r.payload) {
			t.Fatalf("%s: wrote %d of %d bytes", name, n, len(r.payload))
		}
	case r.kind == "alert":
		c.CloseWrite()
	case handshake.MessageType(r.payload[0]) == handshake.TypeNewSessionTicket:
		c.seal(record.TypeHandshake, r.payload)
	}
	out := c.Outgoing()
	got := out[:min(len(out), len(r.bytes))]
	if !bytes.Equal(got, r.bytes) {
		t.Fatalf("%s differs:\ngot  %x\nwant %x", name, got, r.bytes)
	}
	c.Sent(len(got))
}

// checkKeyLog compares the key log with the trace's secrets.
func (tr *trace) checkKeyLog(t *testing.T, log string) {
	t.Helper()
	random := tr.message("client", "ClientHello", 0)[6:38]
	var want strings.Builder
	for _, s := range [][2]string{
		{"CLIENT_EARLY_TRAFFIC_SECRET", "c_e_traffic"},
		{"EARLY_EXPORTER_SECRET", "e_exp_master"},
		{"CLIENT_HANDSHAKE_TRAFFIC_SECRET", "c_hs_traffic"},
		{"SERVER_HANDSHAKE_TRAFFIC_SECRET", "s_hs_traffic"},
		{"CLIENT_TRAFFIC_SECRET_0", "c_ap_traffic"},
		{"SERVER_TRAFFIC_SECRET_0", "s_ap_traffic"},
		{"EXPORTER_SECRET", "exp_master"},
	} {
		if secret := tr.values["secret "+s[1]]; secret != nil {
			fmt.Fprintf(&want, "%s %x %x\n", s[0], random, secret)
		}
	}
	if log != want.String() {
		t.Errorf("key log:\n%s\nwant:\n%s", log, &want)
	}
}

// TestNobodyShapesButTests keeps the seam a seam: no code outside of tests sets handshake.Options.Shape.
func TestNobodyShapesButTests(t *testing.T) {
	seam := regexp.MustCompile(`\bShape\b\s*[:=]`)
	err := filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		text, err := os.ReadFile(path)
		if seam.Match(text) && path != filepath.Join("..", "handshake", "flight.go") {
			t.Errorf("%s sets handshake.Options.Shape", path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
