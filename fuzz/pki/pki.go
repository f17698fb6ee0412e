package pki

import (
	"net/netip"
	"sync"
	"time"

	"tlsengine/cipher"
	"tlsengine/x509lite"
)

// Time is when the tests take place: inside the validity of every certificate but Expired's.
var Time = time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)

// Host is the name in every leaf; the address 127.0.0.1 is in it too.
const Host = "example.test"

// Kinds are the usual kinds of key; there is an identity of each.
var Kinds = []x509lite.KeyKind{x509lite.KeyP256, x509lite.KeyP384, x509lite.KeyP521, x509lite.KeyEd25519, x509lite.KeyRSA2048}

// PKI is a root and what was issued under it. It is immutable.
type PKI struct {
	Root       *x509lite.Certificate
	Roots      *x509lite.Pool // holds Root
	Identities map[x509lite.KeyKind]Identity
	Expired    Identity // P-256, its certificate ended before Time
	Stranger   Identity // P-256, self-signed, not under Root
	MustStaple Identity // P-256, its certificate asks for a stapled OCSP response

	Delegator Identity // P-256, its certificate may delegate (RFC 9345)
	DSA       Identity // DSA, for suites signed by DSS

	// MLDSA are the leaves with keys of ML-DSA (RFC 9881), which most peers don't know.
	MLDSA map[x509lite.KeyKind]Identity

	rootKey cipher.PrivateKey
}

// Identity is a chain, leaf first, with its key.
type Identity struct {
	Chain []*x509lite.Certificate
	Key   cipher.PrivateKey
}

// New returns the PKI. Two calls return the same one.
var New = sync.OnceValue(build)

func build() *PKI {
	rootKey := key(x509lite.KeyP256, 1)
	p := &PKI{Roots: x509lite.NewPool(), Identities: map[x509lite.KeyKind]Identity{}}
	p.Root = issue(&x509lite.Template{
		Subject: x509lite.NewName("test root", "tlsengine"), IsCA: true,
		NotBefore: Time.AddDate(-1, 0, 0), NotAfter: Time.AddDate(5, 0, 0),
	}, nil, rootKey, rootKey)
	p.Roots.Add(p.Root)
	p.rootKey = rootKey
	for i, kind := range Kinds {
		k := key(kind, byte(10+i))
		usual := leaf(0)
		if kind == x509lite.KeyRSA2048 {
			usual.KeyUsage = x509lite.DigitalSignature | x509lite.KeyEncipherment // for RSA key transport too
		}
		p.Identities[kind] = Identity{[]*x509lite.Certificate{issue(usual, p.Root, k, rootKey)}, k}
	}
	k := key(x509lite.KeyP256, 20)
	p.Expired = Identity{[]*x509lite.Certificate{issue(leaf(-1), p.Root, k, rootKey)}, k}
	k = key(x509lite.KeyP256, 21)
	p.Stranger = Identity{[]*x509lite.Certificate{issue(leaf(0), nil, k, k)}, k}
	k = key(x509lite.KeyP256, 22)
	stapled := leaf(0)
	stapled.Extra = []x509lite.Extension{{ID: oidTLSFeature, Value: []byte{0x30, 3, 2, 1, 5}}} // RFC 7633: status_request
	p.MustStaple = Identity{[]*x509lite.Certificate{issue(stapled, p.Root, k, rootKey)}, k}
	k = key(x509lite.KeyP256, 23)
	delegator := leaf(0)
	delegator.Extra = []x509lite.Extension{{ID: oidDelegationUsage, Value: []byte{5, 0}}} // RFC 9345, Section 4.2
	p.Delegator = Identity{[]*x509lite.Certificate{issue(delegator, p.Root, k, rootKey)}, k}
	p.MLDSA = map[x509lite.KeyKind]Identity{}
	for i, kind := range []x509lite.KeyKind{x509lite.KeyMLDSA44, x509lite.KeyMLDSA65, x509lite.KeyMLDSA87} {
		k = key(kind, 24+byte(i))
		p.MLDSA[kind] = Identity{[]*x509lite.Certificate{issue(leaf(0), p.Root, k, rootKey)}, k}
	}
	k = must(x509lite.ParsePrivateKeyPEM([]byte(dsaKey)))
	p.DSA = Identity{[]*x509lite.Certificate{issue(leaf(0), p.Root, k, rootKey)}, k}
	return p
}

const oidDelegationUsage x509lite.OID = "\x2b\x06\x01\x04\x01\x82\xda\x4b\x2c"

const oidTLSFeature x509lite.OID = "\x2b\x06\x01\x05\x05\x07\x01\x18"

// leaf is the template of a certificate for Host, valid for some months beside Time shifted by years.
func leaf(years int) *x509lite.Template {
	at := Time.AddDate(years, 0, 0)
	return &x509lite.Template{
		Subject: x509lite.NewName(Host, ""), DNSNames: []string{Host}, IPs: []netip.Addr{netip.MustParseAddr("127.0.0.1")},
		NotBefore: at.AddDate(0, -1, 0), NotAfter: at.AddDate(0, 2, 0),
	}
}

// key makes the key of a kind that belongs to a seed.
func key(kind x509lite.KeyKind, seed byte) cipher.PrivateKey {
	if kind == x509lite.KeyRSA2048 {
		return must(x509lite.ParsePrivateKeyPEM([]byte(rsaKey)))
	}
	s := make([]byte, x509lite.MinKeySeed)
	for i := range s {
		s[i] = seed
	}
	return must(x509lite.GenerateKey(kind, s))
}

func issue(t *x509lite.Template, issuer *x509lite.Certificate, k, issuerKey cipher.PrivateKey) *x509lite.Certificate {
	der := must(t.Sign(issuer, k.Public(), issuerKey, make([]byte, cipher.SignSeedSize)))
	return must(x509lite.ParseCertificate(der))
}

// must ends the test that asked: what is made here is the same each time, so that it always fails or never.
func must[T any](v T, err error) T {
	if err != nil {
		panic("pki: " + err.Error())
	}
	return v
}
