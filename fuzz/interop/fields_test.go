package interop

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"tlsengine/cipher"
	"tlsengine/fuzz/peers"
	"tlsengine/handshake"
	"tlsengine/x509lite"
)

// This file is about DHE in a field that is not one of RFC 7919's: that of RFC 3526, Section 3, which servers were set up with
// for years.

var fieldRow = oldRow{cipher.VersionTLS12, cipher.SuiteByID(cipher.TLS_DHE_RSA_WITH_AES_128_CBC_SHA)}

// fieldFile returns the name of a PEM file with the parameters, made by openssl.
func fieldFile(t *testing.T) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "dh.pem")
	args := []string{"genpkey", "-genparam", "-algorithm", "DH", "-pkeyopt", "group:modp_2048", "-out", file}
	if out, err := exec.Command(peers.Need(t, "openssl"), args...).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return file
}

// checkField looks whether the key exchange was in the field.
func checkField(t *testing.T, info *handshake.Info, want *cipher.DHParameters) {
	t.Helper()
	fieldRow.check(t, info)
	if g := info.Group; g == nil || g.ID != 0 || g.DHParameters().Bits() != want.Bits() {
		t.Errorf("the key exchange was in %v", g)
	}
}

// TestServersOwnField: our client takes the field of other people's servers.
func TestServersOwnField(t *testing.T) {
	file := fieldFile(t)
	parameters := parseField(t, file)
	openssl, gnutls := opensslServer, gnutlsServer
	openssl.command = func(s serverSetup) []string {
		return append(append(sServer(s), "-dhparam", file), opensslOld(fieldRow.version, fieldRow.suite.OpenSSL)...)
	}
	gnutls.command = func(s serverSetup) []string {
		return append(gnutlsServ(s), "--dhparams", file, "--priority", gnutlsPriority(fieldRow.version)+":-GROUP-DH-ALL")
	}
	for _, remote := range []remoteServer{openssl, gnutls} {
		t.Run(remote.name, func(t *testing.T) {
			addr, _ := remote.start(t, rsa, handshake.AuthNone)
			config := fieldRow.with(t, fieldRow.row().clientConfig(t))
			config.Groups = classical // so that the server isn't asked for another field
			l := connect(t, addr, config)
			checkField(t, l.conn.Info(), parameters)
			talk(t, l, remote.answer)
		})
	}
}

// TestOurOwnField: other people's clients take ours.
func TestOurOwnField(t *testing.T) {
	parameters := parseField(t, fieldFile(t))
	openssl, gnutls := opensslClient, gnutlsClient
	openssl.command = func(c clientSetup) []string {
		return append(sClient(c), opensslOld(fieldRow.version, fieldRow.suite.OpenSSL)...)
	}
	gnutls.command = func(c clientSetup) []string {
		return append([]string{"--priority", gnutlsPriority(fieldRow.version)}, gnutlsCli(c)...)
	}
	for _, remote := range []remoteClient{openssl, gnutls} {
		t.Run(remote.name, func(t *testing.T) {
			config := fieldRow.with(t, fieldRow.row().serverConfig(t))
			config.Groups, config.DHParameters = classical, parameters
			s := serve(t, config, remote.handle())
			output, err := remote.run(t, s.addr, "")
			got := s.wait(t)
			if err := errors.Join(err, got.err); err != nil {
				t.Fatal(err)
			}
			checkField(t, got.link.conn.Info(), parameters)
			checkExport(t, got.exported, output)
		})
	}
}

func parseField(t *testing.T, file string) *cipher.DHParameters {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	parameters, err := x509lite.ParseDHParametersPEM(text)
	if err != nil {
		t.Fatal(err)
	}
	return parameters
}

// TestClientChoosesByAuthorities: of two certificates the one goes out whose root the server names.
func TestClientChoosesByAuthorities(t *testing.T) {
	for _, v := range versions {
		t.Run(v.String(), func(t *testing.T) {
			addr, _ := opensslServer.start(t, p256, handshake.AuthOptional)
			config := row{version: v, key: p256}.clientConfig(t)
			p := newPKI(t)
			config.Credentials = []*handshake.Credential{p.other.credential(t, 0), p.identities[rsa].credential(t, 0)}
			l := connect(t, addr, config)
			choice{want: rsa}.check(t, l.conn.Info().Credential)
			talk(t, l, opensslServer.answer)
		})
	}
}

// TestServerNamesAuthorities: s_client prints the names that our server tells.
func TestServerNamesAuthorities(t *testing.T) {
	for _, v := range versions {
		t.Run(v.String(), func(t *testing.T) {
			peers.Need(t, "openssl")
			config := row{version: v, key: p256, asks: true}.serverConfig(t)
			config.Authorities = [][]byte{newPKI(t).issuer.certificate.RawIssuer()}
			s := serve(t, config, answerOnce)
			output, err := opensslClient.run(t, s.addr, p256)
			if err := errors.Join(err, s.wait(t).err); err != nil {
				t.Fatal(err)
			}
			if !strings.Contains(output, "Acceptable client certificate CA names\nO = tlsengine, CN = interop root\n") {
				t.Error("s_client doesn't print the name of the root")
			}
		})
	}
}

// TestEachTicketOfManyResumes: s_server gives four.
func TestEachTicketOfManyResumes(t *testing.T) {
	remote := opensslServer
	remote.command = func(s serverSetup) []string { return append(sServer(s), "-num_tickets", "4") }
	addr, _ := remote.start(t, p256, handshake.AuthNone)
	config := row{version: cipher.VersionTLS13, key: p256}.clientConfig(t)
	var sessions []*handshake.Session
	config.NewSession = func(s *handshake.Session, _ any) { sessions = append(sessions, s) }
	talk(t, connectWith(t, addr, config, nil), remote.answer)
	first := sessions
	if len(first) != 4 {
		t.Fatalf("%d sessions came", len(first))
	}
	for i, session := range first {
		l := connectWith(t, addr, config, session)
		if !l.conn.Info().Resumed {
			t.Errorf("ticket %d was not taken", i+1)
		}
		talk(t, l, remote.answer)
	}
}

// TestResumptionWithoutExtendedMasterSecret: GnuTLS as it was before RFC 7627, in both roles.
func TestResumptionWithoutExtendedMasterSecret(t *testing.T) {
	peers.Need(t, "gnutls-serv")
	resumes(t, legacyServer(t, withoutEMS), cipher.VersionTLS12, same)
	s := resumingServer(t, cipher.VersionTLS12, answerAndWait)
	args := append([]string{"--resume", "--priority", withoutEMS}, gnutlsCli(clientSetup{addr: s.addr, root: newPKI(t).rootFile})...)
	output, err := peers.Run(t, exec.Command(peers.Need(t, "gnutls-cli"), args...), greeting)
	if err != nil || !strings.Contains(output, "This is a resumed session") {
		t.Errorf("%v, or nothing is resumed", err)
	}
}
