package interop

import (
	"crypto/tls"
	"crypto/x509"
	"net/netip"
	"os"
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

// publicName is another name of every server: what is to be seen of one whose real name is encrypted.
const publicName = "public.test"

// keyName is a kind of key, as it stands in the names of tests and files.
type keyName string

const (
	p256    keyName = "p256"
	p384    keyName = "p384"
	p521    keyName = "p521"
	ed25519 keyName = "ed25519"
	rsa     keyName = "rsa"
	rsaPSS  keyName = "rsapss" // the key itself says that it signs with PSS only
	dsa     keyName = "dsa"
)

// keys are all kinds. Those that x509lite reads and doesn't make are made by openssl, whose arguments stand in place of a kind.
var keys = []struct {
	name    keyName
	kind    x509lite.KeyKind
	openssl []string
}{
	{p256, x509lite.KeyP256, nil}, {p384, x509lite.KeyP384, nil}, {p521, x509lite.KeyP521, nil},
	{ed25519, x509lite.KeyEd25519, nil}, {rsa, x509lite.KeyRSA2048, nil}, {rsaPSS, 0, []string{"-algorithm", "rsa-pss"}},
	{dsa, 0, []string{"-paramfile", "testdata/dsa2048.pem"}},
}

// schemes are those to sign with where the default has none.
var schemes = map[keyName][]cipher.SignatureScheme{dsa: {cipher.DSASHA256, cipher.DSASHA1}}

// identity is a leaf and its key, in the forms that the peers take.
type identity struct {
	chain               []*x509lite.Certificate // leaf, intermediate
	key                 cipher.PrivateKey
	schemes             []cipher.SignatureScheme
	chainFile, leafFile string // PEM: leaf and intermediate, leaf alone
	keyFile             string // PEM, PKCS #8
}

// credential returns the identity for the engine. scheme 0 leaves the choice to it.
func (i *identity) credential(t testing.TB, scheme cipher.SignatureScheme) *handshake.Credential {
	t.Helper()
	own := i.schemes
	if scheme != 0 {
		own = []cipher.SignatureScheme{scheme}
	}
	c, err := handshake.NewCredential(i.chain, i.key, own)
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
	issuer     *authority // of all identities
	other      *identity  // P-256, from a root that nobody trusts
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
		identities: map[keyName]*identity{}, issuer: issuer,
	}
	pem := x509lite.MarshalPEM(nil, "CERTIFICATE", root.certificate.Raw())
	writeFile(t, p.rootFile, pem)
	p.roots.Add(root.certificate)
	p.stdRoots.AppendCertsFromPEM(pem)
	for _, k := range keys {
		text := newKey(t, k.kind)
		if k.openssl != nil {
			text = opensslKey(t, k.openssl)
		}
		p.identities[k.name] = newIdentity(t, filepath.Join(dir, string(k.name)), text, issuer)
		p.identities[k.name].schemes = schemes[k.name]
	}
	stranger := newAuthority(t, "somebody else's root", nil)
	p.other = newIdentity(t, filepath.Join(dir, "other"), newKey(t, x509lite.KeyP256), stranger)
	return p
}

// newKey returns a key as PEM, as all programs read it.
func newKey(t testing.TB, kind x509lite.KeyKind) []byte {
	t.Helper()
	key, err := x509lite.GenerateKey(kind, nil)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509lite.MarshalPKCS8(key)
	if err != nil {
		t.Fatal(err)
	}
	return x509lite.MarshalPEM(nil, "PRIVATE KEY", der)
}

// opensslKey returns one that openssl genpkey made.
func opensslKey(t testing.TB, args []string) []byte {
	t.Helper()
	return peers.Output(t, "", "openssl", append([]string{"genpkey"}, args...)...)
}

func parseKey(t testing.TB, text []byte) cipher.PrivateKey {
	t.Helper()
	key, err := x509lite.ParsePrivateKeyPEM(text)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func newAuthority(t testing.TB, name string, issuer *authority) *authority {
	t.Helper()
	key := parseKey(t, newKey(t, x509lite.KeyP256))
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

func newIdentity(t testing.TB, file string, text []byte, issuer *authority) *identity {
	t.Helper()
	key := parseKey(t, text)
	template := &x509lite.Template{
		Subject: x509lite.NewName(serverName, ""), DNSNames: []string{serverName, publicName}, IPs: []netip.Addr{netip.MustParseAddr("127.0.0.1")},
	}
	if key.Public().Type() == cipher.KeyRSA {
		template.KeyUsage = x509lite.DigitalSignature | x509lite.KeyEncipherment // for RSA key transport too
	}
	leaf := sign(t, template, key, issuer)
	i := &identity{
		chain: []*x509lite.Certificate{leaf, issuer.certificate}, key: key,
		chainFile: file + "-chain.pem", leafFile: file + ".pem", keyFile: file + "-key.pem",
	}
	leafPEM := x509lite.MarshalPEM(nil, "CERTIFICATE", leaf.Raw())
	writeFile(t, i.leafFile, leafPEM)
	writeFile(t, i.chainFile, x509lite.MarshalPEM(leafPEM, "CERTIFICATE", issuer.certificate.Raw()))
	writeFile(t, i.keyFile, text)
	return i
}

func writeFile(t testing.TB, name string, contents []byte) {
	t.Helper()
	if err := os.WriteFile(name, contents, 0o600); err != nil {
		t.Fatal(err)
	}
}
