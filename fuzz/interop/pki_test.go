package interop

import (
	"crypto/tls"
	"crypto/x509"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"tlsengine/cipher"
	"tlsengine/fuzz/peers"
	"tlsengine/handshake"
	"tlsengine/x509lite"
)

// serverName is the host that all leaves are for, beside 127.0.0.1.
const serverName = "localhost"

// keyName is a kind of key, as it stands in the names of tests and files.
type keyName string

const (
	p256    keyName = "p256"
	p384    keyName = "p384"
	p521    keyName = "p521"
	ed25519 keyName = "ed25519"
	rsa     keyName = "rsa"
	rsaPSS  keyName = "rsapss" // the key itself says that it signs with PSS only
)

// keys are all kinds. rsaPSS is made by openssl, since x509lite reads and doesn't make it.
var keys = []struct {
	name keyName
	kind x509lite.KeyKind
}{
	{p256, x509lite.KeyP256}, {p384, x509lite.KeyP384}, {p521, x509lite.KeyP521},
	{ed25519, x509lite.KeyEd25519}, {rsa, x509lite.KeyRSA2048}, {rsaPSS, 0},
}

// identity is a leaf and its key, in the forms that the peers take.
type identity struct {
	chain               []*x509lite.Certificate // leaf, intermediate
	key                 cipher.PrivateKey
	chainFile, leafFile string // PEM: leaf and intermediate, leaf alone
	keyFile             string // PEM, PKCS #8
}

// credential returns the identity for the engine. scheme 0 leaves the choice to it.
func (i *identity) credential(t testing.TB, scheme cipher.SignatureScheme) *handshake.Credential {
	t.Helper()
	var schemes []cipher.SignatureScheme
	if scheme != 0 {
		schemes = []cipher.SignatureScheme{scheme}
	}
	c, err := handshake.NewCredential(i.chain, i.key, schemes)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// std returns the identity for crypto/tls.
func (i *identity) std(t testing.TB) tls.Certificate {
	t.Helper()
	c, err := tls.LoadX509KeyPair(i.chainFile, i.keyFile)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// pki is a root, an intermediate below it, and an identity of each kind of key.
type pki struct {
	rootFile   string
	roots      *x509lite.Pool
	stdRoots   *x509.CertPool
	identities map[keyName]*identity
	other      *identity // P-256, from a root that nobody trusts
}

var pkiOnce struct {
	sync.Mutex
	made *pki
	dir  string
}

// newPKI returns the PKI of the package, which is made once.
func newPKI(t testing.TB) *pki {
	t.Helper()
	pkiOnce.Lock()
	defer pkiOnce.Unlock()
	if pkiOnce.made == nil {
		dir, err := os.MkdirTemp("", "interop")
		if err != nil {
			t.Fatal(err)
		}
		pkiOnce.dir = dir
		pkiOnce.made = makePKI(t, dir)
	}
	return pkiOnce.made
}

func TestMain(m *testing.M) {
	code := m.Run()
	if pkiOnce.dir != "" {
		os.RemoveAll(pkiOnce.dir)
	}
	os.Exit(code)
}

// authority is a certificate that may sign others.
type authority struct {
	certificate *x509lite.Certificate
	key         cipher.PrivateKey
}

func makePKI(t testing.TB, dir string) *pki {
	root := newAuthority(t, "interop root", nil)
	issuer := newAuthority(t, "interop issuer", root)
	p := &pki{
		rootFile: filepath.Join(dir, "root.pem"), roots: x509lite.NewPool(), stdRoots: x509.NewCertPool(),
		identities: map[keyName]*identity{},
	}
	pem := x509lite.MarshalPEM(nil, "CERTIFICATE", root.certificate.Raw())
	writeFile(t, p.rootFile, pem)
	p.roots.Add(root.certificate)
	p.stdRoots.AppendCertsFromPEM(pem)
	for _, k := range keys {
		p.identities[k.name] = newIdentity(t, filepath.Join(dir, string(k.name)), leafKey(t, k.name, k.kind), issuer)
	}
	stranger := newAuthority(t, "somebody else's root", nil)
	p.other = newIdentity(t, filepath.Join(dir, "other"), leafKey(t, p256, x509lite.KeyP256), stranger)
	return p
}

func leafKey(t testing.TB, name keyName, kind x509lite.KeyKind) cipher.PrivateKey {
	t.Helper()
	if name != rsaPSS {
		key, err := x509lite.GenerateKey(kind, nil)
		if err != nil {
			t.Fatal(err)
		}
		return key
	}
	text, err := exec.Command(peers.Need(t, "openssl"), "genpkey", "-algorithm", "rsa-pss").Output()
	if err != nil {
		t.Fatal(err)
	}
	key, err := x509lite.ParsePrivateKeyPEM(text)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func newAuthority(t testing.TB, name string, issuer *authority) *authority {
	t.Helper()
	key := leafKey(t, p256, x509lite.KeyP256)
	template := &x509lite.Template{Subject: x509lite.NewName(name, "tlsengine"), IsCA: true}
	return &authority{sign(t, template, key, issuer), key}
}

// sign issues a certificate that is valid today.
func sign(t testing.TB, template *x509lite.Template, key cipher.PrivateKey, issuer *authority) *x509lite.Certificate {
	t.Helper()
	template.NotBefore, template.NotAfter = time.Now().AddDate(0, 0, -1), time.Now().AddDate(0, 1, 0)
	var parent *x509lite.Certificate
	signer := key
	if issuer != nil {
		parent, signer = issuer.certificate, issuer.key
	}
	der, err := template.Sign(parent, key.Public(), signer, nil)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509lite.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return cert
}

func newIdentity(t testing.TB, file string, key cipher.PrivateKey, issuer *authority) *identity {
	t.Helper()
	template := &x509lite.Template{
		Subject: x509lite.NewName(serverName, ""), DNSNames: []string{serverName}, IPs: []netip.Addr{netip.MustParseAddr("127.0.0.1")},
	}
	if key.Public().Type() == cipher.KeyRSA {
		template.KeyUsage = x509lite.DigitalSignature | x509lite.KeyEncipherment // for RSA key transport too
	}
	leaf := sign(t, template, key, issuer)
	i := &identity{
		chain: []*x509lite.Certificate{leaf, issuer.certificate}, key: key,
		chainFile: file + "-chain.pem", leafFile: file + ".pem", keyFile: file + "-key.pem",
	}
	der, err := x509lite.MarshalPKCS8(key)
	if err != nil {
		t.Fatal(err)
	}
	leafPEM := x509lite.MarshalPEM(nil, "CERTIFICATE", leaf.Raw())
	writeFile(t, i.leafFile, leafPEM)
	writeFile(t, i.chainFile, x509lite.MarshalPEM(leafPEM, "CERTIFICATE", issuer.certificate.Raw()))
	writeFile(t, i.keyFile, x509lite.MarshalPEM(nil, "PRIVATE KEY", der))
	return i
}

func writeFile(t testing.TB, name string, contents []byte) {
	t.Helper()
	if err := os.WriteFile(name, contents, 0o600); err != nil {
		t.Fatal(err)
	}
}
