package cipher

import (
	"bytes"
	"crypto/ecdh"
	"crypto/elliptic"
	"crypto/mlkem"
	"errors"
	"math/big"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func drawSeed(t *rapid.T, g *Group) []byte {
	return rapid.SliceOfN(rapid.Byte(), g.SeedSize(), g.SeedSize()).Draw(t, "seed")
}

func TestBothSidesAgreeAndSeedsDecideEverything(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g := rapid.SampledFrom(Groups()).Draw(t, "group")
		clientSeed, serverSeed := drawSeed(t, g), drawSeed(t, g)
		e, err := g.Generate(clientSeed)
		if err != nil {
			t.Fatal(err)
		}
		again, err := g.Generate(clientSeed)
		if err != nil || !bytes.Equal(e.Share(), again.Share()) {
			t.Fatalf("one seed, two shares (%v)", err)
		}
		share, secret, err := g.Respond(e.Share(), serverSeed)
		if err != nil {
			t.Fatal(err)
		}
		share2, secret2, err := g.Respond(e.Share(), serverSeed)
		if err != nil || !bytes.Equal(share, share2) || !bytes.Equal(secret, secret2) {
			t.Fatalf("one seed, two answers (%v)", err)
		}
		got, err := again.Agree(share)
		if err != nil || !bytes.Equal(got, secret) {
			t.Fatalf("secrets differ (%v)", err)
		}
		if len(e.Share()) != g.ShareSize || len(share) != g.AnswerSize || len(secret) != g.SecretSize {
			t.Fatalf("sizes %d, %d, %d are not the row's", len(e.Share()), len(share), len(secret))
		}
	})
}

func TestNoSeedMakesFreshKeys(t *testing.T) {
	for _, g := range Groups() {
		a, err := g.Generate(nil)
		if err != nil {
			t.Fatal(err)
		}
		b, err := g.Generate(nil)
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Equal(a.Share(), b.Share()) {
			t.Errorf("%v: the same share twice", g)
		}
		share, secret, err := g.Respond(a.Share(), nil)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := a.Agree(share); err != nil || !bytes.Equal(got, secret) {
			t.Errorf("%v: secrets differ (%v)", g, err)
		}
	}
}

func TestX25519IsTheLibrarys(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g := GroupByID(X25519)
		seed := drawSeed(t, g)
		e, err := g.Generate(seed)
		if err != nil {
			t.Fatal(err)
		}
		std, err := ecdh.X25519().NewPrivateKey(seed)
		if err != nil {
			t.Fatal(err)
		}
		if want := std.PublicKey().Bytes(); !bytes.Equal(e.Share(), want) {
			t.Fatalf("public key %x, want %x", e.Share(), want)
		}
		// Any 32 bytes are a point of the curve or of its twist, values over the prime and the top bit included.
		u := rapid.SliceOfN(rapid.Byte(), 32, 32).Draw(t, "u")
		if rapid.Bool().Draw(t, "near the prime") {
			u = append([]byte{u[0]}, bytes.Repeat([]byte{0xff}, 31)...)
			u[31] = u[0]&0x80 | 0x7f
		}
		peer, err := ecdh.X25519().NewPublicKey(u)
		if err != nil {
			t.Fatal(err)
		}
		want, wantErr := std.ECDH(peer)
		got, err := e.Agree(u)
		if (err != nil) != (wantErr != nil) || !bytes.Equal(got, want) {
			t.Fatalf("secret %x (%v), want %x (%v)", got, err, want, wantErr)
		}
	})
}

// TestX25519Iterated is the test of RFC 7748, Section 5.2: the function applied 1 and 1,000 times.
func TestX25519Iterated(t *testing.T) {
	k := [32]byte{9}
	u := k
	for i := 1; i <= 1000; i++ {
		var out [32]byte
		x25519Ladder(out[:], &k, u[:])
		u, k = k, out
		switch i {
		case 1:
			if !bytes.Equal(k[:], unhex(t, "422c8e7a6227d7bca1350b3e2bb7279f7897b87bb6854b783c60e80311ae3079")) {
				t.Fatalf("after 1: %x", k)
			}
		case 1000:
			if !bytes.Equal(k[:], unhex(t, "684cf59ba83309552800ef566f2f4d3c1c3887c49360e3875f2eb94d99532c51")) {
				t.Fatalf("after 1000: %x", k)
			}
		}
	}
}

// TestX25519RefusesSmallOrder: RFC 8446, Section 7.4.2 and RFC 7748, Section 6.1.
func TestX25519RefusesSmallOrder(t *testing.T) {
	for _, u := range []string{
		"0000000000000000000000000000000000000000000000000000000000000000",
		"0100000000000000000000000000000000000000000000000000000000000000",
		"e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
		"5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
		"ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
		"edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
		"eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
	} {
		g := GroupByID(X25519)
		e, err := g.Generate(nil)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := e.Agree(unhex(t, u)); !errors.Is(err, ErrBadShare) {
			t.Errorf("Agree took %s: %v", u, err)
		}
		if _, _, err := g.Respond(unhex(t, u), nil); !errors.Is(err, ErrBadShare) {
			t.Errorf("Respond took %s: %v", u, err)
		}
	}
}

func TestNISTScalarIsFIPS186(t *testing.T) {
	for _, g := range []*Group{groupP256, groupP384, groupP521} {
		n := g.exchange.(nist)
		order := map[GroupID]*big.Int{
			CurveP256: elliptic.P256().Params().N, CurveP384: elliptic.P384().Params().N, CurveP521: elliptic.P521().Params().N,
		}[g.ID]
		minusOne := new(big.Int).Sub(order, big.NewInt(1))
		check := func(t interface{ Fatalf(string, ...any) }, seed []byte) {
			want := new(big.Int).Mod(new(big.Int).SetBytes(seed), minusOne)
			want.Add(want, big.NewInt(1))
			if got := n.order.scalar(seed); new(big.Int).SetBytes(got).Cmp(want) != 0 {
				t.Fatalf("%v: %x, want %x", g, got, want)
			}
		}
		rapid.Check(t, func(t *rapid.T) { check(t, drawSeed(t, g)) })
		check(t, make([]byte, g.SeedSize()))                          // 1
		check(t, bytes.Repeat([]byte{0xff}, g.SeedSize()))            // the largest seed
		check(t, minusOne.FillBytes(make([]byte, g.SeedSize())))      // 1 again
		check(t, order.FillBytes(make([]byte, g.SeedSize())))         // 2
		check(t, big.NewInt(1).FillBytes(make([]byte, g.SeedSize()))) // 2
	}
}

// TestHybridOrder takes the halves apart as draft-ietf-tls-ecdhe-mlkem, Section 4 orders them, and agrees by the library.
func TestHybridOrder(t *testing.T) {
	for _, v := range []struct {
		id       GroupID
		curve    *Group
		ek, ct   int
		kemFirst bool
	}{
		{X25519MLKEM768, groupX25519, 1184, 1088, true},
		{SecP256r1MLKEM768, groupP256, 1184, 1088, false},
		{SecP384r1MLKEM1024, groupP384, 1568, 1568, false},
	} {
		g := GroupByID(v.id)
		seed := bytes.Repeat([]byte{7}, g.SeedSize())
		curve, err := v.curve.Generate(seed[:v.curve.SeedSize()])
		if err != nil {
			t.Fatal(err)
		}
		ek, decapsulate := libraryKEM(t, v.ek, seed[v.curve.SeedSize():])
		pair := func(kem, curve []byte) []byte {
			if v.kemFirst {
				return append(bytes.Clone(kem), curve...)
			}
			return append(bytes.Clone(curve), kem...)
		}
		e, err := g.Generate(seed)
		if err != nil {
			t.Fatal(err)
		}
		if want := pair(ek, curve.Share()); !bytes.Equal(e.Share(), want) {
			t.Errorf("%v: the halves of the share are in the wrong order", g)
		}
		share, secret, err := g.Respond(e.Share(), nil)
		if err != nil {
			t.Fatal(err)
		}
		kemAnswer, curveAnswer := share[:v.ct], share[v.ct:]
		if !v.kemFirst {
			n := len(share) - v.ct
			kemAnswer, curveAnswer = share[n:], share[:n]
		}
		kemSecret, err := decapsulate(kemAnswer)
		if err != nil {
			t.Fatal(err)
		}
		curveSecret, err := curve.Agree(curveAnswer)
		if err != nil {
			t.Fatal(err)
		}
		if want := pair(kemSecret, curveSecret); !bytes.Equal(secret, want) {
			t.Errorf("%v: the halves of the secret are in the wrong order", g)
		}
		checkPart(t, e, curve, curveAnswer, curveSecret)
	}
}

// libraryKEM returns the encapsulation key of a seed, and its decapsulation, by the library; size is the key's.
func libraryKEM(t *testing.T, size int, seed []byte) (ek []byte, decapsulate func([]byte) ([]byte, error)) {
	t.Helper()
	if size == mlkem.EncapsulationKeySize1024 {
		d, err := mlkem.NewDecapsulationKey1024(seed)
		if err != nil {
			t.Fatal(err)
		}
		return d.EncapsulationKey().Bytes(), d.Decapsulate
	}
	d, err := mlkem.NewDecapsulationKey768(seed)
	if err != nil {
		t.Fatal(err)
	}
	return d.EncapsulationKey().Bytes(), d.Decapsulate
}

// checkPart shows that the part of the hybrid e is curve, which agrees with answer on secret, and that nothing else is.
func checkPart(t *testing.T, e, curve *Ephemeral, answer, secret []byte) {
	t.Helper()
	g := curve.Group()
	part := e.Part(g)
	if part == nil || !bytes.Equal(part.Share(), curve.Share()) || part.Group() != g {
		t.Fatalf("%v: Part is not the classical half", e.Group())
	}
	if got, err := part.Agree(answer); err != nil || !bytes.Equal(got, secret) {
		t.Errorf("%v: Part agrees on something else (%v)", e.Group(), err)
	}
	if e.Part(groupP521) != nil || curve.Part(g) != nil {
		t.Errorf("%v: Part of what is no part", e.Group())
	}
}

// TestBadSharesAreRefused: RFC 8446, Section 4.2.8: wrong lengths, points off the curve, compressed and hybrid points at
// infinity, ML-KEM keys that are not reduced.
func TestBadSharesAreRefused(t *testing.T) {
	for _, g := range Groups() {
		e, err := g.Generate(nil)
		if err != nil {
			t.Fatal(err)
		}
		answer, _, err := g.Respond(e.Share(), nil)
		if err != nil {
			t.Fatal(err)
		}
		refuse := func(what string, share, answer []byte) {
			if _, _, err := g.Respond(share, nil); !errors.Is(err, ErrBadShare) {
				t.Errorf("%v: Respond took %s: %v", g, what, err)
			}
			if _, err := e.Agree(answer); !errors.Is(err, ErrBadShare) {
				t.Errorf("%v: Agree took %s: %v", g, what, err)
			}
		}
		refuse("nothing", nil, nil)
		refuse("a byte less", e.Share()[1:], answer[1:])
		refuse("a byte more", append(bytes.Clone(e.Share()), 0), append(bytes.Clone(answer), 0))
		switch g.exchange.(type) {
		case x25519, alone, finiteField:
			continue
		}
		if g == groupX25519MLKEM768 {
			refuse("a point of small order", append(bytes.Clone(e.Share()[:1184]), make([]byte, 32)...), append(bytes.Clone(answer[:1088]), make([]byte, 32)...))
			continue
		}
		for what, first := range map[string]byte{"infinity": 0, "a compressed point": 2, "a hybrid point": 6} {
			share, reply := bytes.Clone(e.Share()), bytes.Clone(answer)
			share[0], reply[0] = first, first
			refuse(what, share, reply)
		}
		share, reply := bytes.Clone(e.Share()), bytes.Clone(answer)
		share[40] ^= 1
		reply[40] ^= 1
		refuse("a point off the curve", share, reply)
	}
}

func TestUnreducedEncapsulationKeyIsRefused(t *testing.T) {
	for _, g := range []*Group{groupX25519MLKEM768, groupP256MLKEM768, groupP384MLKEM1024} {
		e, err := g.Generate(nil)
		if err != nil {
			t.Fatal(err)
		}
		share := bytes.Clone(e.Share())
		kem, _ := g.exchange.(hybrid).split(share, g.exchange.(hybrid).curve.ShareSize)
		kem[0], kem[1] = 0xff, kem[1]|0x0f // the first coefficient becomes 4095, over 3328
		if _, _, err := g.Respond(share, nil); !errors.Is(err, ErrBadShare) {
			t.Errorf("%v: %v", g, err)
		}
	}
}

func TestSeedOfAnotherLengthIsRefused(t *testing.T) {
	for _, g := range Groups() {
		e, err := g.Generate(nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, n := range []int{0, g.SeedSize() - 1, g.SeedSize() + 1} {
			if _, err := g.Generate(make([]byte, n)); !errors.Is(err, ErrSeed) {
				t.Errorf("%v: Generate took %d bytes of seed", g, n)
			}
			if _, _, err := g.Respond(e.Share(), make([]byte, n)); !errors.Is(err, ErrSeed) {
				t.Errorf("%v: Respond took %d bytes of seed", g, n)
			}
		}
	}
}

func TestClonedKeyOutlivesClear(t *testing.T) {
	for _, g := range Groups() {
		e, err := g.Generate(nil)
		if err != nil {
			t.Fatal(err)
		}
		share, secret, err := g.Respond(e.Share(), nil)
		if err != nil {
			t.Fatal(err)
		}
		c := e.Clone()
		e.Clear()
		if got, err := c.Agree(share); err != nil || !bytes.Equal(got, secret) {
			t.Errorf("%v: the clone agrees on something else (%v)", g, err)
		}
	}
}

func TestGroupsHaveTheNamesOfTheirTools(t *testing.T) {
	for name, id := range map[string]GroupID{
		"X25519": X25519, "x25519": X25519, "P-256": CurveP256, "prime256v1": CurveP256, "secp256r1": CurveP256, "p-384": CurveP384,
		"ffdhe2048": FFDHE2048, "ffdhe8192": FFDHE8192, "MLKEM768": MLKEM768, "secp521r1": CurveP521, "x25519mlkem768": X25519MLKEM768, "SecP256r1MLKEM768": SecP256r1MLKEM768, "secp384r1mlkem1024": SecP384r1MLKEM1024,
	} {
		if g := GroupByName(name); g == nil || g.ID != id {
			t.Errorf("%s: %v", name, g)
		}
	}
	if GroupByName("secp224r1") != nil || GroupByName("") != nil || GroupByID(CurveP224) != nil {
		t.Error("a row for what is no group")
	}
	if s := GroupID(0x1234).String(); s != "0x1234" {
		t.Error(s)
	}
	for _, g := range Groups() {
		if !g.Usable(VersionTLS13) || g.Usable(VersionTLS12) == strings.Contains(g.Name, "MLKEM") || g.PostQuantum != strings.Contains(g.Name, "MLKEM") {
			t.Errorf("%v: wrong versions or strength", g)
		}
	}
}
