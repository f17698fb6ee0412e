package x509lite_test

import (
	"testing"

	"tlsengine/fuzz/pki"
	"tlsengine/x509lite"
)

// TestPoolDigestIsOfContents: the order of adding doesn't count; each certificate and each restriction does.
func TestPoolDigestIsOfContents(t *testing.T) {
	shared := pki.New()
	a, b := shared.Root, shared.Stranger.Chain[0]
	pool := func(anchors ...x509lite.Anchor) [32]byte {
		p := x509lite.NewPool()
		for _, x := range anchors {
			p.AddAnchor(x)
		}
		return p.Digest()
	}
	restricted := x509lite.TrustSettings{Trusted: []x509lite.OID{x509lite.UsageAny}}
	if pool(x509lite.Anchor{Certificate: a}, x509lite.Anchor{Certificate: b}) != pool(x509lite.Anchor{Certificate: b},
		x509lite.Anchor{Certificate: a}) {
		t.Error("the order of adding changes the digest")
	}
	seen := map[[32]byte]string{}
	for name, d := range map[string][32]byte{
		"nothing": pool(), "a": pool(x509lite.Anchor{Certificate: a}), "b": pool(x509lite.Anchor{Certificate: b}),
		"both":       pool(x509lite.Anchor{Certificate: a}, x509lite.Anchor{Certificate: b}),
		"restricted": pool(x509lite.Anchor{Certificate: a, Trust: restricted}),
		"rejected":   pool(x509lite.Anchor{Certificate: a, Trust: x509lite.TrustSettings{Trusted: []x509lite.OID{}}}),
	} {
		if other, ok := seen[d]; ok {
			t.Errorf("%s and %s have the same digest", name, other)
		}
		seen[d] = name
	}
}
