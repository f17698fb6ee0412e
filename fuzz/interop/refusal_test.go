package interop

import (
	"errors"
	"fmt"
	"os/exec"
	"strings"
	"testing"

	"tlsengine/cipher"
	"tlsengine/engine"
	"tlsengine/fuzz/peers"
	"tlsengine/handshake"
	"tlsengine/record"
)

// refusal is a handshake that must fail, and how each side reports it: we by our error, openssl by the number of the
// alert that it got, or by a text for what it found itself.
type refusal struct {
	name    string
	args    []string // beside the usual ones of s_client or s_server
	config  func(t *testing.T, c *engine.Config)
	reason  record.Reason
	alert   record.Alert
	remote  bool   // openssl refuses
	printed string // by openssl; "" is the number of our alert
}

// s_client against our server.
var refusedClients = []refusal{
	{
		name: "version", args: []string{"-tls1_2"},
		config: func(_ *testing.T, c *engine.Config) { c.MinVersion = cipher.VersionTLS13 },
		reason: record.ReasonUnsupportedProtocol, alert: record.AlertProtocolVersion,
	},
	{
		name: "TLS 1.2 suite", args: []string{"-tls1_2", "-cipher", "AES128-SHA"},
		reason: record.ReasonNoSharedCipher, alert: record.AlertHandshakeFailure,
	},
	{
		name: "TLS 1.3 suite", args: []string{"-tls1_3", "-ciphersuites", "TLS_AES_128_CCM_SHA256"},
		reason: record.ReasonNoSharedCipher, alert: record.AlertHandshakeFailure,
	},
	{
		name: "TLS 1.2 suite for another kind of key", args: []string{"-tls1_2", "-cipher", "ECDHE-RSA-AES128-GCM-SHA256"},
		reason: record.ReasonNoSharedCipher, alert: record.AlertHandshakeFailure,
	},
	{
		name: "TLS 1.3 group", args: []string{"-tls1_3", "-groups", "X448"},
		reason: record.ReasonNoSharedGroup, alert: record.AlertHandshakeFailure,
	},
	{
		name: "signature", args: []string{"-tls1_3", "-sigalgs", "rsa_pss_rsae_sha256"},
		reason: record.ReasonNoCommonSignatureAlgorithms, alert: record.AlertHandshakeFailure,
	},
	{
		name: "ALPN", args: []string{"-alpn", otherProtocol},
		config: func(_ *testing.T, c *engine.Config) { c.Protocols = []string{protocol} },
		reason: record.ReasonNoApplicationProtocol, alert: record.AlertNoApplicationProtocol,
	},
	{
		name: "TLS 1.3 no client certificate", args: []string{"-tls1_3"}, config: requireClient,
		reason: record.ReasonPeerDidNotReturnACertificate, alert: record.AlertCertificateRequired,
	},
	{
		name: "TLS 1.2 no client certificate", args: []string{"-tls1_2"}, config: requireClient,
		reason: record.ReasonPeerDidNotReturnACertificate, alert: record.AlertHandshakeFailure,
	},
	{
		name: "TLS 1.3 stranger's certificate", args: []string{"-tls1_3", "OTHER"}, config: requireClient,
		reason: record.ReasonCertificateVerifyFailed, alert: record.AlertUnknownCA,
	},
	{
		name: "TLS 1.2 stranger's certificate", args: []string{"-tls1_2", "OTHER"}, config: requireClient,
		reason: record.ReasonCertificateVerifyFailed, alert: record.AlertUnknownCA,
	},
	{
		name: "our certificate is a stranger's", args: []string{"-verify_return_error"},
		config: func(t *testing.T, c *engine.Config) {
			c.Credentials = []*handshake.Credential{newPKI(t).other.credential(t, 0)}
		},
		reason: record.ReasonReceived(record.AlertUnknownCA), alert: record.AlertUnknownCA, remote: true, printed: "verify error",
	},
	{
		name: "our certificate is for another name", args: []string{"-verify_return_error", "-verify_hostname", "elsewhere.example"},
		reason: record.ReasonReceived(record.AlertBadCertificate), alert: record.AlertBadCertificate, remote: true, printed: "hostname mismatch",
	},
}

// Our client against s_server.
var refusedServers = []refusal{
	{
		name: "version", args: []string{"-tls1_2"},
		config: func(_ *testing.T, c *engine.Config) { c.MinVersion = cipher.VersionTLS13 },
		reason: record.ReasonReceived(record.AlertProtocolVersion), alert: record.AlertProtocolVersion, remote: true, printed: "unsupported protocol",
	},
	{
		name: "suite", args: []string{"-tls1_2", "-cipher", "AES128-SHA"},
		reason: record.ReasonReceived(record.AlertHandshakeFailure), alert: record.AlertHandshakeFailure, remote: true, printed: "no shared cipher",
	},
	{
		name: "group", args: []string{"-tls1_3", "-groups", "X448"},
		reason: record.ReasonReceived(record.AlertHandshakeFailure), alert: record.AlertHandshakeFailure, remote: true, printed: "no suitable key share",
	},
	{
		name: "TLS 1.3 no client certificate", args: []string{"-tls1_3", "-Verify", "3"},
		reason: record.ReasonReceived(record.AlertCertificateRequired), alert: record.AlertCertificateRequired, remote: true,
		printed: "peer did not return a certificate",
	},
	{
		name: "TLS 1.2 no client certificate", args: []string{"-tls1_2", "-Verify", "3"},
		reason: record.ReasonReceived(record.AlertHandshakeFailure), alert: record.AlertHandshakeFailure, remote: true,
		printed: "peer did not return a certificate",
	},
	{
		name: "unknown issuer", config: distrust,
		reason: record.ReasonCertificateVerifyFailed, alert: record.AlertUnknownCA,
	},
	{
		name: "TLS 1.2 unknown issuer", args: []string{"-tls1_2"}, config: distrust,
		reason: record.ReasonCertificateVerifyFailed, alert: record.AlertUnknownCA,
	},
}

func requireClient(_ *testing.T, c *engine.Config) { c.ClientAuth = handshake.AuthRequired }

func distrust(_ *testing.T, c *engine.Config) { c.Roots = nil }

// check compares our error and openssl's output with what must come of it.
func (r refusal) check(t *testing.T, err error) {
	t.Helper()
	var e *record.Error
	if !errors.As(err, &e) {
		t.Fatalf("the error is %v, want a *record.Error", err)
	}
	if e.Reason != r.reason || e.Alert != r.alert || e.Remote != r.remote {
		t.Errorf("%v: reason %v with alert %v (remote: %v), want %v with %v (remote: %v)",
			err, e.Reason, e.Alert, e.Remote, r.reason, r.alert, r.remote)
	}
}

// text is what openssl prints about the refusal.
func (r refusal) text() string {
	if r.printed != "" {
		return r.printed
	}
	return fmt.Sprintf("SSL alert number %d\n", r.alert)
}

// TestServerRefusesClients shows that what can't be agreed on ends with the alert of the RFCs, and that s_client gets it. (S-010)
func TestServerRefusesClients(t *testing.T) {
	openssl := peers.Need(t, "openssl")
	p := newPKI(t)
	for _, r := range refusedClients {
		t.Run(r.name, func(t *testing.T) {
			config := row{key: p256}.serverConfig(t)
			if r.config != nil {
				r.config(t, config)
			}
			s := serve(t, config, answerAndWait)
			args := []string{"s_client", "-connect", s.addr, "-CAfile", p.rootFile, "-ign_eof"}
			for _, a := range r.args {
				if a == "OTHER" {
					args = append(args, "-cert", p.other.leafFile, "-cert_chain", p.other.chainFile, "-key", p.other.keyFile)
				} else {
					args = append(args, a)
				}
			}
			output, _ := peers.Run(t, exec.Command(openssl, args...), greeting)
			if !strings.Contains(strings.ToLower(output), strings.ToLower(r.text())) {
				t.Errorf("openssl doesn't print %q", r.text())
			}
			r.check(t, s.wait(t).err)
		})
	}
}

// TestClientRefusesServers is the same with the roles exchanged. In TLS 1.3 a client learns only after its handshake that its
// certificate is missed.
func TestClientRefusesServers(t *testing.T) {
	openssl := peers.Need(t, "openssl")
	p := newPKI(t)
	for _, r := range refusedServers {
		t.Run(r.name, func(t *testing.T) {
			addr := peers.FreeAddr(t)
			id := p.identities[p256]
			process := peers.Start(t, exec.Command(openssl, append([]string{"s_server", "-accept", addr, "-cert", id.leafFile,
				"-cert_chain", id.chainFile, "-key", id.keyFile, "-CAfile", p.rootFile}, r.args...)...))
			process.WaitListening(addr)
			config := row{key: p256}.clientConfig(t)
			if r.config != nil {
				r.config(t, config)
			}
			l := dial(t, addr, config)
			err := l.handshake()
			if err == nil {
				_, err = l.Read(make([]byte, 1))
			}
			l.hangUp()
			r.check(t, err)
			process.WaitOutput(r.text())
		})
	}
}
