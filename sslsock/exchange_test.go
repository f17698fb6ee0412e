package sslsock

import (
	"bytes"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"io/fs"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/crypto/cryptobyte"
	"golang.org/x/crypto/cryptobyte/asn1"

	"tlsengine/cipher"
	"tlsengine/engine"
	"tlsengine/fuzz/pki"
	"tlsengine/handshake"
	"tlsengine/x509lite"
)

// dhFile writes a file of DH parameters and returns its name.
func dhFile(t *testing.T, name string, p, g []byte) string {
	t.Helper()
	var b cryptobyte.Builder
	b.AddASN1(asn1.SEQUENCE, func(b *cryptobyte.Builder) {
		for _, n := range [][]byte{p, g} {
			b.AddASN1BigInt(new(big.Int).SetBytes(n))
		}
	})
	return fileOf(t, name, pem.EncodeToMemory(&pem.Block{Type: "DH PARAMETERS", Bytes: b.BytesOrPanic()}))
}

func fileOf(t *testing.T, name string, content []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// oakley1024 is a prime of 1024 bits that everybody has: RFC 2409, Section 6.2.
const oakley1024 = "FFFFFFFFFFFFFFFFC90FDAA22168C234C4C6628B80DC1CD129024E088A67CC74020BBEA63B139B22514A08798E3404DD" +
	"EF9519B3CD3A431B302B0A6DF25F14374FE1356D6D51C245E485B576625E7EC6F44C42E9A637ED6B0BFF5CB6F406B7ED" +
	"EE386BFB5A899FA5AE9F24117C4B1FE649286651ECE65381FFFFFFFFFFFFFFFF"

func fromHex(t *testing.T, text string) []byte {
	t.Helper()
	b, err := hex.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// S-008, S-009, S-230: what is a file of parameters, and what is none; a bad one changes nothing.
func TestLoadDHParams(t *testing.T) {
	ffdhe := cipher.GroupByID(cipher.FFDHE3072).DHParameters()
	oakley := fromHex(t, oakley1024)
	even := bytes.Clone(ffdhe.P())
	even[len(even)-1]--
	certificate := fileOf(t, "cert.pem", pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: pki.New().Root.Raw()}))
	c := serverContext(t)
	for name, path := range map[string]string{
		"RFC 7919":       dhFile(t, "ffdhe3072.pem", ffdhe.P(), ffdhe.G()),
		"name of a file": dhFile(t, "größe.pem", ffdhe.P(), ffdhe.G()),
		"1024 bits":      dhFile(t, "oakley.pem", oakley, []byte{2}),
		"before is text": fileOf(t, "text.pem", append([]byte("a comment\n"),
			readFile(t, dhFile(t, "x.pem", ffdhe.P(), ffdhe.G()))...)),
	} {
		if err := c.LoadDHParams(path); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	before := c.current().exchange.dh
	for name, bad := range map[string]struct{ path, library, reason string }{
		"a certificate": {certificate, "PEM", "NO_START_LINE"},
		"nothing":       {fileOf(t, "empty.pem", nil), "PEM", "NO_START_LINE"},
		"p = 15":        {dhFile(t, "15.pem", []byte{15}, []byte{2}), "DH", ""},
		"512 bits":      {dhFile(t, "512.pem", oakley[:64], []byte{2}), "DH", ""},
		"even":          {dhFile(t, "even.pem", even, []byte{2}), "DH", ""},
		"g = 1":         {dhFile(t, "g1.pem", ffdhe.P(), []byte{1}), "DH", ""},
		"g = p - 1":     {dhFile(t, "gp.pem", ffdhe.P(), even), "DH", ""},
		"no prime":      {dhFile(t, "composite.pem", bytes.Repeat([]byte{0xFF}, 256), []byte{2}), "DH", ""},
		"no DER": {fileOf(t, "junk.pem", pem.EncodeToMemory(&pem.Block{Type: "DH PARAMETERS", Bytes: []byte("junk")})),
			"PEM", ""},
	} {
		e := wantSSL(t, c.LoadDHParams(bad.path))
		if e.Library != bad.library || e.Reason != bad.reason {
			t.Errorf("%s: %v", name, e)
		}
	}
	if e := c.LoadDHParams(certificate); !strings.HasPrefix(e.Error(), "[PEM: NO_START_LINE] no start line") {
		t.Error(e)
	}
	if err := c.LoadDHParams("no such file"); !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
	if c.current().exchange.dh != before {
		t.Error("a bad file has changed the parameters")
	}
	if e := wantSSL(t, clientContext(t).LoadDHParams(dhFile(t, "oakley.pem", oakley, []byte{2}))); e.Reason != "DH_KEY_TOO_SMALL" {
		t.Error(e)
	}
}

func readFile(t *testing.T, path string) []byte {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// wirePrime makes a handshake and returns dh_p of its ServerKeyExchange (RFC 5246, Section 7.4.3).
func wirePrime(t *testing.T, client, server *Context) (prime []byte) {
	t.Helper()
	client.SetTrace(&engine.Trace{Message: func(_ engine.Direction, kind handshake.MessageType, message []byte) {
		s := cryptobyte.String(message[4:])
		var p cryptobyte.String
		if kind == handshake.TypeServerKeyExchange && s.ReadUint16LengthPrefixed(&p) {
			prime = bytes.Clone(p)
		}
	}})
	c, _ := pair(t, tcpWire, client, server)
	if used, _ := c.Cipher(); !strings.HasPrefix(used.Name, "DHE-") {
		t.Errorf("negotiated %v", used)
	}
	return prime
}

// S-123, S-231: loaded parameters are those on the wire, whatever the client names; without them it is a group of RFC
// 7919. What a context for both roles has loaded means nothing to its clients.
func TestDHParamsOnTheWire(t *testing.T) {
	oakley := fromHex(t, oakley1024)
	ffdhe3072, ffdhe2048 := cipher.GroupByID(cipher.FFDHE3072).DHParameters(), cipher.GroupByID(cipher.FFDHE2048).DHParameters()
	rsa := pki.New().Identities[x509lite.KeyRSA2048]
	for name, row := range map[string]struct{ loaded, want []byte }{
		"none":       {nil, ffdhe2048.P()},
		"RFC 7919's": {ffdhe3072.P(), ffdhe3072.P()},
		"own":        {oakley, oakley},
	} {
		for _, groups := range []string{"", "X25519:P-256", "X25519:ffdhe3072:ffdhe2048"} {
			client, server := unverifying(t), serverContextOf(t, rsa)
			onlyVersion(t, client, VersionTLS12)
			if err := client.SetCiphers("kEDH"); err != nil {
				t.Fatal(err)
			}
			if groups != "" && client.SetGroups(groups) != nil {
				t.Fatal(groups)
			}
			if row.loaded != nil {
				file := dhFile(t, "dh.pem", row.loaded, []byte{2})
				if err := errors.Join(server.LoadDHParams(file), client.LoadDHParams(file)); err != nil {
					t.Fatal(err)
				}
			}
			if prime := wirePrime(t, client, server); !bytes.Equal(prime, row.want) {
				t.Errorf("%s, client's groups %q: a prime of %d bits", name, groups, len(prime)*8)
			}
		}
	}
}

// S-232, S-233, S-234: the one curve of a server, under each of its names; a client that hasn't got it is refused, and
// a client's own offer stays as it is.
func TestSetECDHCurve(t *testing.T) {
	for name, want := range map[string]string{
		"prime256v1": "secp256r1", "P-256": "secp256r1", "secp256r1": "secp256r1", "secp384r1": "secp384r1", "P-384": "secp384r1",
		"secp521r1": "secp521r1", "X25519": "x25519",
	} {
		for _, v := range []TLSVersion{VersionTLS12, VersionTLS13} {
			client, server := onlyVersion(t, unverifying(t), v), serverContext(t)
			err := errors.Join(server.SetECDHCurve(name), client.SetECDHCurve("P-384"), client.SetGroups("X25519:P-521:P-384:P-256"))
			if err != nil {
				t.Fatal(err)
			}
			if c, _ := pair(t, tcpWire, client, server); c.Group() != want {
				t.Errorf("%s in %v: %s", name, v, c.Group())
			}
			others := map[bool]string{true: "P-384", false: "P-256"}[want == "secp256r1"]
			if err := client.SetGroups("ffdhe2048:" + others); err != nil {
				t.Fatal(err)
			}
			if _, _, ce, se := shakeOnce(t, client, server, ""); ce == nil || se == nil {
				t.Errorf("%s in %v: a client with %s only is connected", name, v, others)
			}
		}
	}
	for _, name := range []string{"foo", "", "ffdhe2048", "X25519MLKEM768"} {
		if err := serverContext(t).SetECDHCurve(name); !errors.Is(err, ErrInvalidArgument) ||
			!strings.Contains(err.Error(), "unknown elliptic curve name '"+name+"'") {
			t.Error(err)
		}
	}
	if !HasECDH {
		t.Error("HasECDH is false")
	}
}
