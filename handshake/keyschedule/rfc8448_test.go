package keyschedule

import (
	"bytes"
	"crypto/ecdh"
	"crypto/sha256"
	"encoding/hex"
	"os"
	"strings"
	"testing"

	"tlsengine/cipher"
)

// trace is one connection of RFC 8448, read from rfc8448.txt in the module's testdata.
type trace struct {
	name     string
	messages []message
	values   map[string][]byte // "secret c_hs_traffic" and so on
}

type message struct {
	sender, name string
	bytes        []byte
}

func readTraces(t *testing.T) []*trace {
	text, err := os.ReadFile("../../testdata/rfc8448.txt")
	if err != nil {
		t.Fatal(err)
	}
	var traces []*trace
	for line := range strings.Lines(string(text)) {
		f := strings.Fields(line)
		if len(f) == 0 || f[0] == "#" {
			continue
		}
		if f[0] == "trace" {
			traces = append(traces, &trace{name: f[2], values: map[string][]byte{}})
			continue
		}
		b, err := hex.DecodeString(f[len(f)-1])
		if err != nil {
			t.Fatal(err)
		}
		tr := traces[len(traces)-1]
		if f[0] == "message" {
			tr.messages = append(tr.messages, message{f[1], f[2], b})
			continue
		}
		tr.values[strings.Join(f[:len(f)-1], " ")] = b
	}
	if len(traces) != 5 {
		t.Fatalf("%d traces, not 5", len(traces))
	}
	return traces
}

// hashBefore returns the hash of the transcript up to, not with, the nth message of that sender and name; after a
// HelloRetryRequest the first hello counts as its hash (RFC 8446, Section 4.4.1).
func (tr *trace) hashBefore(sender, name string) []byte {
	h := sha256.New()
	retry := len(tr.messages) > 2 && tr.messages[2].name == "ClientHello"
	for i, m := range tr.messages {
		if m.sender == sender && m.name == name && (i > 2 || !retry) {
			break
		}
		if i == 0 && retry {
			d := sha256.Sum256(m.bytes)
			h.Write([]byte{254, 0, 0, sha256.Size})
			h.Write(d[:])
			continue
		}
		h.Write(m.bytes)
	}
	return h.Sum(nil)
}

func (tr *trace) check(t *testing.T, name string, got []byte) {
	t.Helper()
	want, ok := tr.values[name]
	if !ok {
		t.Errorf("the trace has no %q", name)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s = %x, want %x", name, got, want)
	}
}

func (tr *trace) checkKeys(t *testing.T, name string, s Secret) {
	t.Helper()
	suite := cipher.SuiteByID(cipher.TLS_AES_128_GCM_SHA256)
	var key, iv [32]byte
	s.KeyIV(suite, key[:], iv[:])
	tr.check(t, "key "+name, key[:16])
	tr.check(t, "iv "+name, iv[:12])
}

// shared computes the (EC)DHE secret from the trace's private keys.
func (tr *trace) shared(t *testing.T) []byte {
	group, curve, id := " secp256r1", ecdh.P256(), cipher.CurveP256
	if tr.values["private client secp256r1"] == nil {
		group, curve, id = " x25519", ecdh.X25519(), cipher.X25519
	}
	if id == cipher.X25519 {
		e, err := cipher.GroupByID(id).Generate(tr.values["private client"+group])
		if err != nil {
			t.Fatal(err)
		}
		tr.check(t, "public client"+group, e.Share())
		secret, err := e.Agree(tr.values["public server"+group])
		if err != nil {
			t.Fatal(err)
		}
		return secret
	}
	private, err := curve.NewPrivateKey(tr.values["private client"+group])
	if err != nil {
		t.Fatal(err)
	}
	public, err := curve.NewPublicKey(tr.values["public server"+group])
	if err != nil {
		t.Fatal(err)
	}
	secret, err := private.ECDH(public)
	if err != nil {
		t.Fatal(err)
	}
	return secret
}

// TestRFC8448 goes through the stages of every trace and compares each secret, key and verify_data that the RFC prints.
func TestRFC8448(t *testing.T) {
	for _, tr := range readTraces(t) {
		t.Run(tr.name, func(t *testing.T) {
			early := tr.early(t)
			shared := tr.shared(t)
			tr.check(t, "ikm handshake", shared)
			throughServerHello := tr.hashBefore("server", "EncryptedExtensions")
			tr.check(t, "hash c_hs_traffic", throughServerHello)
			hs := early.Handshake(shared, throughServerHello)
			client, server := hs.ClientTraffic(), hs.ServerTraffic()
			tr.check(t, "secret c_hs_traffic", client.Bytes())
			tr.check(t, "secret s_hs_traffic", server.Bytes())
			tr.checkKeys(t, "client_handshake", client)
			tr.checkKeys(t, "server_handshake", server)
			tr.check(t, "finished server", hs.ServerFinished(tr.hashBefore("server", "Finished")))
			tr.master(t, &hs)
		})
	}
}

// early makes the first stage and checks what comes from it where the trace resumes a session.
func (tr *trace) early(t *testing.T) Early {
	if tr.name != "resumed-0rtt" {
		early := NewEarly(cipher.SHA256, nil)
		tr.check(t, "extracted early", early.secret.Bytes())
		return early
	}
	early := NewEarly(cipher.SHA256, tr.values["ikm early"])
	tr.check(t, "extracted early", early.secret.Bytes())
	hello := tr.messages[0].bytes
	prefix := sha256.Sum256(hello[:len(hello)-2-1-sha256.Size]) // up to the list of one binder
	tr.check(t, "hash binder", prefix[:])
	tr.check(t, "finished binder", early.AppendBinder(nil, PSKResumption, prefix[:]))
	whole := sha256.Sum256(hello)
	traffic, exporter := early.ClientTraffic(whole[:]), early.Exporter(whole[:])
	tr.check(t, "secret c_e_traffic", traffic.Bytes())
	tr.check(t, "secret e_exp_master", exporter.Bytes())
	tr.checkKeys(t, "client_early_application", traffic)
	return early
}

// master goes to the last stage and checks it, and the client's Finished, which is made after.
func (tr *trace) master(t *testing.T, hs *Handshake) {
	throughServerFinished := tr.hashBefore("client", tr.firstAfterServerFinished())
	tr.check(t, "hash c_ap_traffic", throughServerFinished)
	m := hs.Master(throughServerFinished)
	tr.check(t, "extracted master", m.secret.Bytes())
	client, server, exporter := m.ClientTraffic(), m.ServerTraffic(), m.Exporter()
	tr.check(t, "secret c_ap_traffic", client.Bytes())
	tr.check(t, "secret s_ap_traffic", server.Bytes())
	tr.check(t, "secret exp_master", exporter.Bytes())
	tr.checkKeys(t, "client_application", client)
	tr.checkKeys(t, "server_application", server)
	tr.check(t, "finished client", hs.ClientFinished(tr.hashBefore("client", "Finished")))
	resumption := m.Resumption(tr.hashBefore("", ""))
	tr.check(t, "secret res_master", resumption.Bytes())
	if nonce := tr.values["nonce resumption"]; nonce != nil {
		psk := resumption.PSK(nonce)
		tr.check(t, "secret resumption", psk.Bytes())
	}
}

func (tr *trace) firstAfterServerFinished() string {
	for i, m := range tr.messages {
		if m.sender == "server" && m.name == "Finished" {
			return tr.messages[i+1].name
		}
	}
	return ""
}
