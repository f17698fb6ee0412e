package sslsock

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"tlsengine/cipher"
	"tlsengine/fuzz/pki"
	"tlsengine/x509lite"
)

// threeLevels is a root, an intermediate and a server's leaf, with what it takes to issue revocation lists.
type threeLevels struct {
	root, middle, leaf          *x509lite.Certificate
	rootKey, middleKey, leafKey cipher.PrivateKey
}

// newThreeLevels issues the chain; alter changes the leaf's template.
func newThreeLevels(t *testing.T, alter func(leaf *x509lite.Template)) *threeLevels {
	t.Helper()
	key := func() cipher.PrivateKey {
		k, err := x509lite.GenerateKey(x509lite.KeyP256, nil)
		if err != nil {
			t.Fatal(err)
		}
		return k
	}
	issue := func(template x509lite.Template, issuer *x509lite.Certificate, k, issuerKey cipher.PrivateKey) *x509lite.Certificate {
		template.NotBefore, template.NotAfter = pki.Time.AddDate(0, -1, 0), pki.Time.AddDate(0, 1, 0)
		der, err := template.Sign(issuer, k.Public(), issuerKey, nil)
		if err != nil {
			t.Fatal(err)
		}
		c, err := x509lite.ParseCertificate(der)
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	p := &threeLevels{rootKey: key(), middleKey: key(), leafKey: key()}
	p.root = issue(x509lite.Template{Subject: x509lite.NewName("flags root", ""), IsCA: true}, nil, p.rootKey, p.rootKey)
	p.middle = issue(x509lite.Template{Subject: x509lite.NewName("flags middle", ""), IsCA: true}, p.root, p.middleKey, p.rootKey)
	leaf := x509lite.Template{Subject: x509lite.NewName(pki.Host, ""), DNSNames: []string{pki.Host}}
	if alter != nil {
		alter(&leaf)
	}
	p.leaf = issue(leaf, p.middle, p.leafKey, p.middleKey)
	return p
}

// list returns a revocation list in DER that ends some days after the tests' time.
func list(t *testing.T, issuer *x509lite.Certificate, key cipher.PrivateKey, days int, revoked ...*x509lite.Certificate) []byte {
	t.Helper()
	template := x509lite.CRLTemplate{ThisUpdate: pki.Time.AddDate(0, 0, -5), NextUpdate: pki.Time.AddDate(0, 0, days), Number: 1}
	for _, c := range revoked {
		template.Entries = append(template.Entries, x509lite.Revocable{Serial: c.SerialNumber(), Date: pki.Time.Add(-time.Hour)})
	}
	der, err := template.Sign(issuer, key, nil)
	if err != nil {
		t.Fatal(err)
	}
	return der
}

// verify lets a client with the flags, which trusts and knows what data says, meet a server with the chain. It returns
// OpenSSL's code, 0 if all is well.
func (p *threeLevels) verify(t *testing.T, flags VerifyFlags, v VerifyLocations) int {
	t.Helper()
	client := trusting(t, v)
	if err := client.SetVerifyFlags(flags); err != nil {
		t.Fatal(err)
	}
	server := serverContextOf(t, pki.Identity{Chain: []*x509lite.Certificate{p.leaf, p.middle}, Key: p.leafKey})
	c, s := lazyPair(t, pipeWire, client, server)
	err, _ := shakeBoth(c, s)
	if err == nil {
		return 0
	}
	var refused *CertVerificationError
	if !errors.As(err, &refused) {
		t.Fatal(err)
	}
	return refused.VerifyCode
}

// S-249, S-102 to S-106, B-032 to B-034: what flags there are, and which are set.
func TestVerifyFlags(t *testing.T) {
	c, _ := NewContext(ProtocolTLS)
	if f := c.VerifyFlags(); f != VerifyX509TrustedFirst {
		t.Errorf("at first: %v", f)
	}
	for _, f := range []VerifyFlags{VerifyDefault, VerifyCRLCheckLeaf, VerifyCRLCheckChain, 0x8806C} {
		if err := c.SetVerifyFlags(f); err != nil || c.VerifyFlags() != f {
			t.Errorf("%v became %v, %v", f, c.VerifyFlags(), err)
		}
	}
	for _, bad := range []VerifyFlags{1, 0x8, 0x80, 1 << 31} {
		if err := c.SetVerifyFlags(bad); !errors.Is(err, ErrInvalidArgument) || c.VerifyFlags() != 0x8806C {
			t.Errorf("%v: %v", bad, err)
		}
	}
	d := clientContext(t)
	if f := d.VerifyFlags(); f.String() != "VerifyX509Strict|VerifyX509TrustedFirst|VerifyX509PartialChain" {
		t.Errorf("of a default context: %v", f)
	}
	for f, want := range map[VerifyFlags]string{0: "VerifyDefault", 0xC: "VerifyCRLCheckChain",
		4: "VerifyCRLCheckLeaf", 0x24: "VerifyCRLCheckLeaf|VerifyX509Strict", 9: "0x9"} {
		if f.String() != want {
			t.Errorf("%#x: %v", uint32(f), f)
		}
	}
}

// S-102 to S-104, S-202: revoked leaf and intermediate, lists that are missing, late, or somebody else's.
func TestRevocationFlags(t *testing.T) {
	p := newThreeLevels(t, nil)
	fromRoot, fromMiddle := list(t, p.root, p.rootKey, 5), list(t, p.middle, p.middleKey, 5)
	leafRevoked, middleRevoked := list(t, p.middle, p.middleKey, 5, p.leaf), list(t, p.root, p.rootKey, 5, p.middle)
	late := list(t, p.middle, p.middleKey, -1)
	for name, test := range map[string]struct {
		flags VerifyFlags
		lists [][]byte
		want  int
	}{
		"default, leaf revoked":     {VerifyX509TrustedFirst, [][]byte{leafRevoked}, 0},
		"leaf, no list":             {VerifyCRLCheckLeaf, nil, 3},
		"leaf, list":                {VerifyCRLCheckLeaf, [][]byte{fromMiddle}, 0},
		"leaf, list of the root":    {VerifyCRLCheckLeaf, [][]byte{fromRoot}, 3},
		"leaf, revoked":             {VerifyCRLCheckLeaf, [][]byte{leafRevoked}, 23},
		"leaf, late list":           {VerifyCRLCheckLeaf, [][]byte{late}, 12},
		"leaf, middle revoked":      {VerifyCRLCheckLeaf, [][]byte{fromMiddle, middleRevoked}, 0},
		"chain, both lists":         {VerifyCRLCheckChain, [][]byte{fromMiddle, fromRoot}, 0},
		"chain, none of the root":   {VerifyCRLCheckChain, [][]byte{fromMiddle}, 3},
		"chain, none of the middle": {VerifyCRLCheckChain, [][]byte{fromRoot}, 3},
		"chain, middle revoked":     {VerifyCRLCheckChain, [][]byte{fromMiddle, middleRevoked}, 23},
		"chain, leaf revoked":       {VerifyCRLCheckChain, [][]byte{leafRevoked, fromRoot}, 23},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			text, der := x509lite.MarshalPEM(nil, "CERTIFICATE", p.root.Raw()), p.root.Raw()
			count := map[uint32]int{}
			for _, l := range test.lists {
				text, der = x509lite.MarshalPEM(text, "X509 CRL", l), append(der[:len(der):len(der)], l...)
				parsed, err := x509lite.ParseCRL(l)
				if err != nil {
					t.Fatal(err)
				}
				hash := parsed.Issuer().Hash()
				file := filepath.Join(dir, fmt.Sprintf("%08x.r%d", hash, count[hash]))
				count[hash]++
				if err := os.WriteFile(file, x509lite.MarshalPEM(nil, "X509 CRL", l), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			file := filepath.Join(dir, "all.pem")
			if err := os.WriteFile(file, text, 0o600); err != nil {
				t.Fatal(err)
			}
			for _, v := range []VerifyLocations{{CAFile: file}, {CADataDER: der}, {CAPath: dir, CADataDER: p.root.Raw()}} {
				if got := p.verify(t, test.flags, v); got != test.want {
					t.Errorf("%s%s: code %d, want %d", v.CAFile, v.CAPath, got, test.want)
				}
			}
			if n := trusting(t, VerifyLocations{CAFile: file}).CertStoreStats(); n != (CertStoreStats{1, 1, len(test.lists)}) {
				t.Errorf("%+v", n)
			}
		})
	}
}

// S-202, S-203: a file of nothing but a list is good, and one with a broken list isn't.
func TestListsInCAFile(t *testing.T) {
	p := newThreeLevels(t, nil)
	l := list(t, p.root, p.rootKey, 5)
	file := filepath.Join(t.TempDir(), "list.pem")
	c, _ := NewContext(ProtocolTLS)
	for _, test := range []struct {
		der  []byte
		good bool
	}{{l, true}, {l, true}, {l[:len(l)-1], false}} {
		if err := os.WriteFile(file, x509lite.MarshalPEM(nil, "X509 CRL", test.der), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := c.LoadVerifyLocations(VerifyLocations{CAFile: file}); (err == nil) != test.good {
			t.Error(err)
		} else if !test.good && wantSSL(t, err).Library != "PEM" {
			t.Error(err)
		}
		if n := c.CertStoreStats(); n != (CertStoreStats{CRL: 1}) {
			t.Errorf("%+v", n)
		}
	}
}

// B-032: an intermediate that is trusted ends a chain with the flag only.
func TestPartialChainFlag(t *testing.T) {
	p := newThreeLevels(t, nil)
	v := VerifyLocations{CADataDER: p.middle.Raw()}
	if got := p.verify(t, VerifyX509PartialChain, v); got != 0 {
		t.Errorf("with the flag: %d", got)
	}
	if got := p.verify(t, VerifyX509TrustedFirst, v); got == 0 {
		t.Error("without the flag it was accepted")
	}
}

// S-105, B-033: a leaf that may sign certificates and is no authority, and a proxy certificate.
func TestStrictAndProxyFlags(t *testing.T) {
	p := newThreeLevels(t, func(leaf *x509lite.Template) { leaf.KeyUsage = x509lite.DigitalSignature | x509lite.KeyCertSign })
	v := VerifyLocations{CADataDER: p.root.Raw()}
	for flags, good := range map[VerifyFlags]bool{0: true, VerifyX509TrustedFirst: true, VerifyX509Strict: false} {
		if got := p.verify(t, flags, v); (got == 0) != good {
			t.Errorf("%v: %d", flags, got)
		}
	}
	proxy := newThreeLevels(t, func(leaf *x509lite.Template) {
		leaf.Extra = []x509lite.Extension{{ID: "\x2b\x06\x01\x05\x05\x07\x01\x0e", Critical: true, Value: []byte{0x30, 0}}}
	})
	for _, flags := range []VerifyFlags{0, VerifyAllowProxyCerts} {
		if got := proxy.verify(t, flags, VerifyLocations{CADataDER: proxy.root.Raw()}); got == 0 {
			t.Errorf("%v: a proxy certificate was accepted", flags)
		}
	}
}
