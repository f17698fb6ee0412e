package cipher

import (
	"bytes"
	"errors"
	"math/big"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/crypto/cryptobyte"
	"golang.org/x/crypto/cryptobyte/asn1"
	"pgregory.net/rapid"

	"tlsengine/fuzz/peers"
)

func finiteFields() []*Group {
	return []*Group{groupFFDHE2048, groupFFDHE3072, groupFFDHE4096, groupFFDHE6144, groupFFDHE8192}
}

// TestPrimesOfRFC7919 shows what the RFC's formula is for: p and (p-1)/2 are primes, and 2 generates the subgroup of that order;
// the 64 bits at either end are ones.
func TestPrimesOfRFC7919(t *testing.T) {
	for _, g := range finiteFields() {
		d := g.DHParameters()
		p := new(big.Int).SetBytes(d.P())
		q := new(big.Int).Rsh(p, 1)
		ones := bytes.Repeat([]byte{0xff}, 8)
		if d.Bits() != 8*g.ShareSize || !bytes.HasPrefix(d.P(), ones) || !bytes.HasSuffix(d.P(), ones) {
			t.Errorf("%v: %d bits, %x", g, d.Bits(), d.P())
		}
		if new(big.Int).Exp(big.NewInt(2), q, p).Cmp(big.NewInt(1)) != 0 {
			t.Errorf("%v: 2 doesn't generate the group of order q", g)
		}
		if !peers.InCI() && d.Bits() > 4096 {
			continue // a second or two each
		}
		if !p.ProbablyPrime(0) || !q.ProbablyPrime(0) {
			t.Errorf("%v: not a safe prime", g)
		}
	}
}

// openssl runs the program in a folder of its own and returns what it wrote.
func openssl(t *testing.T, folder string, args ...string) []byte {
	t.Helper()
	return peers.Output(t, folder, "openssl", args...)
}

// dhSPKI is a public value as openssl reads it: SubjectPublicKeyInfo with PKCS #3's dhKeyAgreement.
func dhSPKI(d *DHParameters, share []byte) []byte {
	var b cryptobyte.Builder
	b.AddASN1(asn1.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddASN1(asn1.SEQUENCE, func(b *cryptobyte.Builder) {
			b.AddBytes([]byte("\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x03\x01"))
			b.AddASN1(asn1.SEQUENCE, func(b *cryptobyte.Builder) {
				b.AddASN1BigInt(new(big.Int).SetBytes(d.P()))
				b.AddASN1BigInt(new(big.Int).SetBytes(d.G()))
			})
		})
		b.AddASN1(asn1.BIT_STRING, func(b *cryptobyte.Builder) {
			b.AddUint8(0)
			b.AddASN1BigInt(new(big.Int).SetBytes(share))
		})
	})
	return b.BytesOrPanic()
}

// readDHSPKI is the opposite of dhSPKI.
func readDHSPKI(t *testing.T, spki []byte) (p, g, y *big.Int) {
	t.Helper()
	p, g, y = new(big.Int), new(big.Int), new(big.Int)
	s := cryptobyte.String(spki)
	var outer, algorithm, parameters, bits cryptobyte.String
	var unused uint8
	if !s.ReadASN1(&outer, asn1.SEQUENCE) || !outer.ReadASN1(&algorithm, asn1.SEQUENCE) || !algorithm.SkipASN1(asn1.OBJECT_IDENTIFIER) ||
		!algorithm.ReadASN1(&parameters, asn1.SEQUENCE) || !parameters.ReadASN1Integer(p) || !parameters.ReadASN1Integer(g) ||
		!outer.ReadASN1(&bits, asn1.BIT_STRING) || !bits.ReadUint8(&unused) || !bits.ReadASN1Integer(y) {
		t.Fatalf("openssl's key: %x", spki)
	}
	return p, g, y
}

// TestFiniteFieldsAreOpenSSLs: OpenSSL has the same p and g, and derives the same secret from its private key and our share, with
// leading zeros and without.
func TestFiniteFieldsAreOpenSSLs(t *testing.T) {
	for _, g := range finiteFields() {
		folder := t.TempDir()
		openssl(t, folder, "genpkey", "-algorithm", "DH", "-pkeyopt", "group:"+g.Name, "-out", "own.pem")
		p, base, y := readDHSPKI(t, openssl(t, folder, "pkey", "-in", "own.pem", "-pubout", "-outform", "DER"))
		d := g.DHParameters()
		if !bytes.Equal(p.Bytes(), d.P()) || !bytes.Equal(base.Bytes(), d.G()) {
			t.Errorf("%v: OpenSSL has another p or g", g)
		}
		theirs, err := g.PadShare(y.Bytes())
		if err != nil {
			t.Fatal(err)
		}
		for range 2 {
			e, err := g.Generate(nil)
			if err != nil {
				t.Fatal(err)
			}
			secret, err := e.Agree(theirs)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(folder, "peer.der"), dhSPKI(d, e.Share()), 0o600); err != nil {
				t.Fatal(err)
			}
			derive := []string{"pkeyutl", "-derive", "-inkey", "own.pem", "-peerkey", "peer.der", "-peerform", "DER"}
			if want := openssl(t, folder, append(derive, "-pkeyopt", "dh_pad:1")...); !bytes.Equal(secret, want) {
				t.Errorf("%v: %x, want %x", g, secret, want)
			}
			if want := openssl(t, folder, append(derive, "-pkeyopt", "dh_pad:0")...); !bytes.Equal(g.Premaster(secret), want) {
				t.Errorf("%v, before TLS 1.3: %x, want %x", g, g.Premaster(secret), want)
			}
		}
	}
}

// TestFiniteFieldIsBigInt compares with math/big, for the RFC's primes and for one of no RFC, where secrets with leading zeros
// and small bases come up too.
func TestFiniteFieldIsBigInt(t *testing.T) {
	groups := []*Group{groupFFDHE2048, groupFFDHE3072, customDH(t).Group()}
	rapid.Check(t, func(t *rapid.T) {
		g := rapid.SampledFrom(groups).Draw(t, "group")
		d := g.DHParameters()
		p := new(big.Int).SetBytes(d.P())
		seed := drawSeed(t, g)
		x := bytes.Clone(seed)
		x[0] |= 0x80
		y := new(big.Int).SetBytes(rapid.SliceOfN(rapid.Byte(), 1, len(d.P())).Draw(t, "peer"))
		y.Mod(y, new(big.Int).Sub(p, big.NewInt(3))).Add(y, big.NewInt(2)) // 2 to p-2
		want := new(big.Int).Exp(y, new(big.Int).SetBytes(x), p)
		peer, err := g.PadShare(y.Bytes())
		if err != nil {
			t.Fatal(err)
		}
		share, secret, err := g.Respond(peer, seed)
		if err != nil {
			t.Fatal(err)
		}
		if got := new(big.Int).SetBytes(secret); got.Cmp(want) != 0 || len(secret) != g.SecretSize {
			t.Fatalf("%v: %x, want %x", g, got, want)
		}
		if !bytes.Equal(g.Premaster(secret), want.Bytes()) {
			t.Fatalf("%v: premaster %x, want %x", g, g.Premaster(secret), want)
		}
		public := new(big.Int).Exp(new(big.Int).SetBytes(d.G()), new(big.Int).SetBytes(x), p)
		if !bytes.Equal(share, public.FillBytes(make([]byte, g.ShareSize))) {
			t.Fatalf("%v: share %x, want %x", g, share, public)
		}
	})
}

// oakley2 is the prime of RFC 2409, Section 6.2 by its formula: 2^1024 - 2^960 - 1 + 2^64 ([2^894 pi] + 129093).
func oakley2() *big.Int {
	// pi = 16 arctan(1/5) - 4 arctan(1/239), scaled by 2^1024.
	arctan := func(x int64) *big.Int {
		sum, term := new(big.Int), new(big.Int).Div(new(big.Int).Lsh(big.NewInt(1), 1024), big.NewInt(x))
		for k := int64(1); term.Sign() != 0; k += 2 {
			piece := new(big.Int).Div(term, big.NewInt(k))
			if k%4 == 3 {
				piece.Neg(piece)
			}
			sum.Add(sum, piece)
			term.Div(term, big.NewInt(x*x))
		}
		return sum
	}
	pi := new(big.Int).Sub(new(big.Int).Lsh(arctan(5), 4), new(big.Int).Lsh(arctan(239), 2))
	p := pi.Rsh(pi, 130)
	p.Lsh(p.Add(p, big.NewInt(129093)), 64)
	one := big.NewInt(1)
	p.Add(p, new(big.Int).Lsh(one, 1024))
	p.Sub(p, new(big.Int).Lsh(one, 960))
	return p.Sub(p, one)
}

// customDH are parameters that are not RFC 7919's.
func customDH(t *testing.T) *DHParameters {
	t.Helper()
	d, err := NewDHParameters(oakley2().Bytes(), []byte{0, 2})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestCustomParametersAgree(t *testing.T) {
	d := customDH(t)
	if err := d.CheckPrime(); err != nil || d.Bits() != 1024 || !bytes.Equal(d.G(), []byte{2}) {
		t.Error(d.Bits(), err)
	}
	g := d.Group()
	if g.ID != 0 || g.DHParameters() != d || GroupByID(0) != nil || !g.FiniteField {
		t.Errorf("%+v", g)
	}
	e, err := g.Generate(nil)
	if err != nil {
		t.Fatal(err)
	}
	share, secret, err := g.Respond(e.Share(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := e.Agree(share); err != nil || !bytes.Equal(got, secret) {
		t.Error("secrets differ", err)
	}
}

// TestKnownParametersAreRecognised: a server before TLS 1.3 sends p and g of a group that we have by name.
func TestKnownParametersAreRecognised(t *testing.T) {
	for _, g := range finiteFields() {
		d := g.DHParameters()
		again, err := NewDHParameters(append([]byte{0}, d.P()...), append([]byte{0}, d.G()...))
		if err != nil || again != d || again.Group() != g || again.CheckPrime() != nil {
			t.Errorf("%v: %v, %v", g, again.Group(), err)
		}
		other, err := NewDHParameters(d.P(), []byte{3})
		if err != nil || other.Group().ID != 0 {
			t.Errorf("%v with another generator: %v", g, err)
		}
	}
	if groupX25519.DHParameters() != nil {
		t.Error("a curve has p and g")
	}
}

// TestLogjam and its neighbours: parameters under the floor, over the ceiling, or senseless, are refused.
func TestLogjam(t *testing.T) {
	p := oakley2()
	add := func(n int64) []byte { return new(big.Int).Add(p, big.NewInt(n)).Bytes() }
	two := []byte{2}
	for what, v := range map[string][2][]byte{
		"an export prime":      {new(big.Int).Rsh(p, 512).Bytes(), two},
		"a bit under":          {new(big.Int).SetBit(new(big.Int).Rsh(p, 1), 0, 1).Bytes(), two},
		"a small p padded":     {append(make([]byte, 128), 15), two},
		"15":                   {{15}, two},
		"no p":                 {nil, two},
		"an even p":            {add(1), two},
		"a huge p":             {bytes.Repeat([]byte{0xff}, MaxDHBits/8+1), two},
		"g of 0":               {p.Bytes(), nil},
		"g of 1":               {p.Bytes(), {1}},
		"g of p-1":             {p.Bytes(), add(-1)},
		"g of p":               {p.Bytes(), p.Bytes()},
		"g longer than p":      {p.Bytes(), append([]byte{1}, make([]byte, 128)...)},
		"an ffdhe p with no g": {groupFFDHE2048.DHParameters().P(), nil},
	} {
		if _, err := NewDHParameters(v[0], v[1]); !errors.Is(err, ErrBadDHParameters) {
			t.Errorf("%s: %v", what, err)
		}
	}
	composite, err := NewDHParameters(add(2), two)
	if err != nil {
		t.Fatal(err)
	}
	if err := composite.CheckPrime(); !errors.Is(err, ErrBadDHParameters) {
		t.Error("a composite:", err)
	}
}

// TestFiniteFieldRefusesValues: RFC 7919, Section 5.1: 0, 1, p-1 and more; and what gives a secret of a small group.
func TestFiniteFieldRefusesValues(t *testing.T) {
	for _, g := range append(finiteFields(), customDH(t).Group()) {
		p := new(big.Int).SetBytes(g.DHParameters().P())
		e, err := g.Generate(nil)
		if err != nil {
			t.Fatal(err)
		}
		for what, y := range map[string]*big.Int{
			"0": big.NewInt(0), "1": big.NewInt(1), "p-1": new(big.Int).Sub(p, big.NewInt(1)), "p": p, "p+1": new(big.Int).Add(p, big.NewInt(1)),
		} {
			share := y.FillBytes(make([]byte, g.ShareSize))
			if _, err := e.Agree(share); !errors.Is(err, ErrBadShare) {
				t.Errorf("%v: Agree took %s: %v", g, what, err)
			}
			if _, _, err := g.Respond(share, nil); !errors.Is(err, ErrBadShare) {
				t.Errorf("%v: Respond took %s: %v", g, what, err)
			}
		}
		if _, err := g.PadShare(append([]byte{1}, make([]byte, g.ShareSize)...)); !errors.Is(err, ErrBadShare) {
			t.Errorf("%v: a number longer than p: %v", g, err)
		}
		if s, err := g.PadShare(append(make([]byte, 3), e.Share()...)); err != nil || !bytes.Equal(s, e.Share()) {
			t.Errorf("%v: zeros in front: %v", g, err)
		}
	}
}

// TestSmallSubgroupIsRefused has a p with p-1 divisible by 3, and a Y of order 3: for an exponent that 3 divides, the secret is
// 1, and a peer would know it.
func TestSmallSubgroupIsRefused(t *testing.T) {
	three := big.NewInt(3)
	p := oakley2()
	for p.Add(p, big.NewInt(2)); new(big.Int).Mod(p, three).Int64() != 1 || !p.ProbablyPrime(8); p.Add(p, big.NewInt(2)) {
	}
	third := new(big.Int).Div(new(big.Int).Sub(p, big.NewInt(1)), three)
	y := new(big.Int)
	for base := int64(2); y.Cmp(big.NewInt(1)) <= 0; base++ {
		y.Exp(big.NewInt(base), third, p)
	}
	d, err := NewDHParameters(p.Bytes(), []byte{2})
	if err != nil {
		t.Fatal(err)
	}
	g := d.Group()
	refused := 0
	for i := range 3 {
		seed := make([]byte, g.SeedSize())
		seed[len(seed)-1] = byte(i)
		_, secret, err := g.Respond(y.FillBytes(make([]byte, g.ShareSize)), seed)
		switch {
		case errors.Is(err, ErrBadShare):
			refused++
		case err != nil || len(g.Premaster(secret)) < 2:
			t.Errorf("secret %x, %v", secret, err)
		}
	}
	if refused != 1 {
		t.Errorf("of three exponents in a row one gives 1; %d refused", refused)
	}
}

// FuzzDHParameters: any p, g and Y give an error of ours, or a secret of the right length.
func FuzzDHParameters(f *testing.F) {
	p := oakley2().Bytes()
	f.Add(p, []byte{2}, []byte{5})
	f.Add([]byte{15}, []byte{2}, []byte{})
	f.Fuzz(func(t *testing.T, p, g, y []byte) {
		if len(p) > 300 {
			return // the same, only slower
		}
		d, err := NewDHParameters(p, g)
		if err != nil {
			if !errors.Is(err, ErrBadDHParameters) {
				t.Fatal(err)
			}
			return
		}
		group := d.Group()
		share, err := group.PadShare(y)
		if err == nil {
			var secret []byte
			_, secret, err = group.Respond(share, nil)
			if err == nil && len(secret) != group.SecretSize {
				t.Fatalf("a secret of %d bytes", len(secret))
			}
		}
		if err != nil && !errors.Is(err, ErrBadShare) {
			t.Fatal(err)
		}
	})
}
