package x509lite

import (
	"bytes"
	"errors"
	"math/big"
	"testing"

	"golang.org/x/crypto/cryptobyte/asn1"

	"tlsengine/cipher"
	"tlsengine/fuzz/peers"
)

// opensslDH is what openssl writes.
func opensslDH(t testing.TB, args ...string) []byte {
	t.Helper()
	return peers.Output(t, "", "openssl", args...)
}

// TestOpenSSLsDHParametersAreRead: of both forms, known groups by their name.
func TestOpenSSLsDHParametersAreRead(t *testing.T) {
	known, err := ParseDHParametersPEM(opensslDH(t, "genpkey", "-genparam", "-algorithm", "DH", "-pkeyopt", "group:ffdhe3072"))
	if err != nil || known.Group().ID != cipher.FFDHE3072 {
		t.Errorf("ffdhe3072: %v", err)
	}
	own, err := ParseDHParametersPEM(append([]byte("some words\n"), opensslDH(t, "dhparam", "-dsaparam", "1024")...))
	if err != nil || own.Bits() != 1024 || own.Group().ID != 0 {
		t.Errorf("dhparam 1024: %v", err)
	}
	x942, err := ParseDHParametersPEM(opensslDH(t, "genpkey", "-genparam", "-algorithm", "DHX", "-pkeyopt", "dh_rfc5114:2"))
	if err != nil || x942.Bits() != 2048 {
		t.Errorf("RFC 5114: %v", err)
	}
}

// dhBlock is a PEM block with the numbers as DER.
func dhBlock(label string, numbers ...*big.Int) []byte {
	b := newBuilder()
	b.AddASN1(asn1.SEQUENCE, func(b *builder) {
		for _, n := range numbers {
			b.AddASN1BigInt(n)
		}
	})
	encoding, err := b.Bytes()
	if err != nil {
		panic(err)
	}
	return MarshalPEM(nil, label, encoding)
}

// TestDHParametersThatAreNone: not a DH file, and each number wrong in turn.
func TestDHParametersThatAreNone(t *testing.T) {
	ffdhe := cipher.GroupByID(cipher.FFDHE2048).DHParameters()
	p, two := new(big.Int).SetBytes(ffdhe.P()), big.NewInt(2)
	q := new(big.Int).Rsh(p, 1)
	composite := new(big.Int).Add(p, two)
	const pkcs3, x942 = "DH PARAMETERS", "X9.42 DH PARAMETERS"
	for _, good := range [][]byte{dhBlock(pkcs3, p, two), dhBlock(pkcs3, p, two, big.NewInt(225)), dhBlock(x942, p, two, q),
		dhBlock(x942, p, two, q, two)} {
		if d, err := ParseDHParametersPEM(good); err != nil || d != ffdhe {
			t.Errorf("%s: %v", good[:40], err)
		}
	}
	var broken *PEMError
	if _, err := ParseDHParametersPEM(dhBlock(pkcs3, p, two)[:100]); !errors.As(err, &broken) {
		t.Error("half a file:", err)
	}
	for _, text := range [][]byte{nil, []byte("hello"), dhBlock("CERTIFICATE", p, two)} {
		if _, err := ParseDHParametersPEM(text); err != ErrNoDHParameters {
			t.Errorf("%.30s: %v", text, err)
		}
	}
	for what, text := range map[string][]byte{
		"15":           dhBlock(pkcs3, big.NewInt(15), two),
		"512 bits":     dhBlock(pkcs3, new(big.Int).Rsh(p, 1536), two),
		"g of 1":       dhBlock(pkcs3, p, big.NewInt(1)),
		"an even p":    dhBlock(pkcs3, new(big.Int).Sub(p, big.NewInt(1)), two),
		"no prime":     dhBlock(pkcs3, composite, two),
		"16640 bits":   dhBlock(pkcs3, new(big.Int).SetBit(big.NewInt(1), 16639, 1), two),
		"p with a 2^k": dhBlock(x942, composite, two, two),
	} {
		if _, err := ParseDHParametersPEM(text); !errors.Is(err, cipher.ErrBadDHParameters) {
			t.Errorf("%s: %v", what, err)
		}
	}
	var parse *ParseError
	for what, text := range map[string][]byte{
		"a minus":         dhBlock(pkcs3, new(big.Int).Neg(p), two),
		"one number":      dhBlock(pkcs3, p),
		"four numbers":    dhBlock(pkcs3, p, two, two, two),
		"no q":            dhBlock(x942, p, two),
		"q of 0":          dhBlock(x942, p, two, new(big.Int)),
		"q that does not": dhBlock(x942, p, two, big.NewInt(7)),
		"no DER":          MarshalPEM(nil, pkcs3, []byte{0x30, 0x80}),
	} {
		if _, err := ParseDHParametersPEM(text); !errors.As(err, &parse) {
			t.Errorf("%s: %v", what, err)
		}
	}
}

// FuzzDHParameters: any contents of either form give parameters or an error.
func FuzzDHParameters(f *testing.F) {
	ffdhe := cipher.GroupByID(cipher.FFDHE2048).DHParameters()
	p := new(big.Int).SetBytes(ffdhe.P())
	f.Add(dhBlock("DH PARAMETERS", p, big.NewInt(2)))
	f.Add(dhBlock("X9.42 DH PARAMETERS", p, big.NewInt(2), new(big.Int).Rsh(p, 1)))
	f.Fuzz(func(t *testing.T, text []byte) {
		if len(text) > 1000 {
			return // the same, only slower
		}
		d, err := ParseDHParametersPEM(text)
		if err == nil && (d.Bits() < cipher.MinDHBits || bytes.Equal(d.G(), []byte{1})) {
			t.Errorf("%d bits, g %x", d.Bits(), d.G())
		}
	})
}
