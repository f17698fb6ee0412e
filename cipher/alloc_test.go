//go:build !race

package cipher

import "testing"

// TestDerivationDoesNotAllocate holds the key schedule to nothing on the heap.
func TestDerivationDoesNotAllocate(t *testing.T) {
	secret, random, prk := make([]byte, 48), make([]byte, 32), make([]byte, 64)
	for _, h := range []Hash{SHA256, SHA384} {
		out := make([]byte, h.Size())
		for name, f := range map[string]func(){
			"Sum":             func() { h.Sum(out[:0], secret) },
			"HMAC":            func() { HMAC(h, out, secret, random, random) },
			"HKDFExtract":     func() { HKDFExtract(h, out, secret, random) },
			"HKDFExpand":      func() { HKDFExpand(h, prk, out, random) },
			"HKDFExpandLabel": func() { HKDFExpandLabel(h, out, out, "c hs traffic", out) },
			"PRF12":           func() { PRF12(h, prk, secret, "extended master secret", random, random) },
		} {
			if n := testing.AllocsPerRun(20, f); n != 0 {
				t.Errorf("%s with %v: %v allocations", name, h, n)
			}
		}
	}
}

// TestX25519AllocatesItsResultsOnly: the key with its share; two secrets; a share and a secret.
func TestX25519AllocatesItsResultsOnly(t *testing.T) {
	g := GroupByID(X25519)
	seed := make([]byte, 32)
	e, err := g.Generate(seed)
	if err != nil {
		t.Fatal(err)
	}
	for name, v := range map[string]struct {
		most float64
		f    func()
	}{
		"Generate": {2, func() { g.Generate(seed) }},
		"Respond":  {2, func() { g.Respond(e.Share(), seed) }},
		"Agree":    {1, func() { e.Agree(e.Share()) }},
	} {
		if n := testing.AllocsPerRun(20, v.f); n > v.most {
			t.Errorf("%s: %v allocations, at most %v", name, n, v.most)
		}
	}
}
