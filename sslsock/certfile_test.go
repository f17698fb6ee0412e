package sslsock

import (
	"bytes"
	"encoding/base64"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	"tlsengine/cipher"
	"tlsengine/fuzz/peers"
	"tlsengine/fuzz/pki"
	"tlsengine/x509lite"
)

// threeLong makes a leaf below an intermediate below a root, as PEM texts with the leaf's key.
func threeLong(t *testing.T) (chain []*x509lite.Certificate, texts [3][]byte, key []byte) {
	t.Helper()
	c := newCertificates(t)
	middle := issueAt(t, authority("middle"), c.root, c.key, c.key, cipher.Algorithm{})
	chain = []*x509lite.Certificate{issueAt(t, hostTemplate(), middle, c.key, c.key, cipher.Algorithm{}), middle, c.root}
	for i, one := range chain {
		texts[i] = x509lite.MarshalPEM(nil, "CERTIFICATE", one.Raw())
	}
	return chain, texts, keyPEM(t, pki.Identity{Chain: chain, Key: c.key})
}

// S-190, S-254: a file of leaf, intermediate and root is sent as it stands, and openssl verifies it.
func TestChainOfThreeForOpenSSL(t *testing.T) {
	openssl := peers.Need(t, "openssl")
	chain, texts, key := threeLong(t)
	server := unverifying(t)
	if err := server.LoadCertChain(fileOf(t, "chain.pem", bytes.Join(texts[:], nil)), fileOf(t, "key.pem", key), nil); err != nil {
		t.Fatal(err)
	}
	client := careful(t, PurposeServerAuth, chain[2])
	c, _, ce, se := shakeOnce(t, client, server, pki.Host)
	if ce != nil || se != nil || !slices.EqualFunc(encodings(c.HandshakeInfo().PeerChain), encodings(chain), bytes.Equal) {
		t.Fatal(ce, se)
	}
	l, err := Listen("tcp", "127.0.0.1:0", server)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go greet(l)
	out, err := peers.Run(t, exec.Command(openssl, "s_client",
		"-connect", l.Addr().String(), "-servername", pki.Host, "-showcerts", "-ign_eof",
		"-CAfile", fileOf(t, "ca.pem", texts[2]), "-verify_return_error", "-attime", strconv.FormatInt(pki.Time.Unix(), 10)), "")
	if err != nil || !strings.Contains(out, "Verify return code: 0") || strings.Count(out, "BEGIN CERTIFICATE") < 3 {
		t.Errorf("%v\n%s", err, out)
	}
}

// greet serves one connection of l.
func greet(l *Listener) {
	s, err := l.AcceptTLS()
	if err != nil {
		return
	}
	_, _ = io.WriteString(s, "greetings\n")
	_ = s.Close()
}

// S-259, S-260, B-070: certificates and key in one file in any order, from memory as from files; of several keys the
// first counts.
func TestKeyAndCertificatesInOneFile(t *testing.T) {
	chain, texts, key := threeLong(t)
	other := keyPEM(t, pki.New().Identities[x509lite.KeyP256])
	leaf, middle, root := texts[0], texts[1], texts[2]
	for name, parts := range map[string][][]byte{
		"key first":   {key, leaf, middle, root},
		"key last":    {leaf, middle, root, key},
		"key between": {leaf, key, middle, root},
		"two keys":    {[]byte("my key\n"), key, leaf, middle, other, root},
	} {
		text := bytes.Join(parts, []byte("\n"))
		fromFile, fromMemory := unverifying(t), unverifying(t)
		if err := errors.Join(fromFile.LoadCertChain(fileOf(t, "all.pem", text), "", nil),
			fromMemory.LoadCertChainPEM(text, nil, nil)); err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		for _, c := range []*Context{fromFile, fromMemory} {
			got := c.current().credentials[0]
			if !slices.EqualFunc(encodings(got.Chain()), encodings(chain), bytes.Equal) ||
				!got.Key().Public().Equal(chain[0].PublicKey()) {
				t.Errorf("%s: another chain or key", name)
			}
		}
	}
	wrong := bytes.Join([][]byte{other, leaf, key}, nil)
	if e := wantSSL(t, unverifying(t).LoadCertChainPEM(wrong, nil, nil)); e.Reason != "KEY_TYPE_MISMATCH" {
		t.Error(e)
	}
}

// S-262: what the documented openssl command makes, in one file, loads and serves; a key of 1024 bits does so in the contexts of
// NewContext.
func TestDocumentedOpenSSLCommand(t *testing.T) {
	openssl := peers.Need(t, "openssl")
	for _, bits := range []string{"2048", "1024"} {
		file := filepath.Join(t.TempDir(), "cert.pem")
		out, err := peers.Run(t, exec.Command(openssl, "req", "-new",
			"-x509", "-days", "365", "-nodes", "-newkey", "rsa:"+bits, "-subj", "/CN=localhost",
			"-out", file+".cert", "-keyout", file), "")
		if err != nil {
			t.Fatal(out)
		}
		both := append(readFile(t, file), readFile(t, file+".cert")...)
		if err := os.WriteFile(file, both, 0o600); err != nil {
			t.Fatal(err)
		}
		client, server := unverifying(t), unverifying(t)
		err = errors.Join(client.LoadVerifyLocations(VerifyLocations{CAFile: file}),
			client.SetVerifyMode(CertRequired), server.LoadCertChain(file, "", nil))
		if err != nil {
			t.Fatal(err)
		}
		if _, _, ce, se := shakeOnce(t, client, server, "localhost"); ce != nil || se != nil {
			t.Errorf("%s bits: %v, %v", bits, ce, se)
		}
	}
}

// S-238: a server is given no host name, whichever way it is made, and nothing is sent.
func TestServersTakeNoHostname(t *testing.T) {
	c := serverContext(t)
	_, bio := c.WrapBIO(NewMemoryBIO(), NewMemoryBIO(), WithServerSide(), WithServerHostname("x"))
	_, bare := c.NewSocket(WithServerSide(), WithServerHostname("x"))
	a, _ := pipeWire(t)
	_, wrapped := c.WrapSocket(a, WithServerSide(), WithServerHostname("x")) // would hang if it sent or waited
	for _, err := range []error{bio, bare, wrapped} {
		if !errors.Is(err, ErrInvalidArgument) ||
			!strings.Contains(err.Error(), "server_hostname can only be specified in client mode") {
			t.Error(err)
		}
	}
}

// S-284: the documented options leave TLS 1.0 and what is later.
func TestDocumentedOptionsForVersions(t *testing.T) {
	for p, want := range map[Protocol]string{ProtocolSSLv3: "",
		ProtocolTLSv1: "TLSv1", ProtocolTLSv11: "TLSv1.1", ProtocolTLSv12: "TLSv1.2", ProtocolTLS: "TLSv1.3"} {
		c := matrixContext(t, ProtocolTLS)
		c.ClearOptions(OpNoSSLv2 | OpNoSSLv3)
		if err := c.AddOptions(OpNoSSLv2 | OpNoSSLv3); err != nil {
			t.Fatal(err)
		}
		checkCell(t, c, matrixContext(t, p), want, p.String()+" server")
		checkCell(t, matrixContext(t, p), c, want, p.String()+" client")
	}
}

// embedding is what Go has in place of a subclass.
type embedding struct{ *Socket }

// S-152, B-067, B-068: no method takes flags; a Socket is embedded where Python subclasses it, and methods that Python
// has only to raise an error don't exist.
func TestMethodsThatDoNotExist(t *testing.T) {
	c, s := defaultPair(t, tcpWire)
	for i := range reflect.TypeOf(c).NumMethod() {
		m := reflect.TypeOf(c).Method(i)
		for _, name := range []string{"Dup", "ReadFromAddr", "RecvFrom", "SendTo", "RecvMsg", "SendMsg"} {
			if m.Name == name {
				t.Errorf("%s exists", name)
			}
		}
		if slices.Contains([]string{"Read", "Recv", "Write", "Send"}, m.Name) && m.Type.NumIn() != 2 {
			t.Errorf("%s takes %d arguments", m.Name, m.Type.NumIn()-1)
		}
	}
	if _, err := (embedding{c}).Write([]byte("through the embedded one")); err != nil {
		t.Error(err)
	}
	if got := readAll(t, s, 24); string(got) != "through the embedded one" {
		t.Errorf("%q", got)
	}
}

// B-066: the response that a server staples, as clients get it, ours and openssl's with -status; one that wasn't asked
// for isn't sent.
func TestOCSPResponse(t *testing.T) {
	openssl := peers.Need(t, "openssl")
	shared := pki.New()
	identity := shared.Identities[x509lite.KeyP256]
	staple := shared.Staple(identity.Chain[0], pki.Good, pki.Time)
	server := serverContext(t)
	if err := server.LoadStapleDER(staple); err != nil {
		t.Fatal(err)
	}
	for _, v := range []TLSVersion{VersionTLS12, VersionTLS13} {
		for stapling, want := range map[Stapling][]byte{StaplingOff: nil, StaplingRequired: staple} {
			client := onlyVersion(t, clientContext(t), v)
			if err := client.SetStapling(stapling); err != nil {
				t.Fatal(err)
			}
			c, s, ce, se := shakeOnce(t, client, server, pki.Host)
			if ce != nil || se != nil || !bytes.Equal(c.OCSPResponse(), want) || s.OCSPResponse() != nil {
				t.Errorf("%v, %v: %v, %v, %d bytes", v, stapling, ce, se, len(c.OCSPResponse()))
			}
		}
	}
	l, err := Listen("tcp", "127.0.0.1:0", server)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go greet(l)
	out, err := peers.Run(t, exec.Command(openssl, "s_client", "-connect", l.Addr().String(), "-status", "-ign_eof"), "")
	if !strings.Contains(out, "OCSP Response Status: successful") || !strings.Contains(out, "Cert Status: good") {
		t.Errorf("%v\n%s", err, out)
	}
	if bad := wantSSL(t, server.LoadStapleDER([]byte(base64.StdEncoding.EncodeToString(staple)))); bad.Reason != "INVALID_OCSP_RESPONSE" {
		t.Error(bad)
	}
}
