package x509lite

import (
	"errors"
	"testing"
)

// TestNamesakesAreNotTheReason shows that trusted certificates which merely have the issuer's name don't hide why a
// certificate is refused: Debian's self-signed "localhost" in /etc/ssl/certs, for example.
func TestNamesakesAreNotTheReason(t *testing.T) {
	ca := testCA(t, "an authority", KeyP256, nil)
	notCA := issue(t, "no authority", KeyP384, &Template{Subject: NewName("an authority", "Test")}, nil)
	self := testLeaf(t, "localhost", KeyP256, nil)
	snakeoil := testLeaf(t, "localhost", KeyP384, nil)
	for _, c := range []struct {
		name    string
		leaf    *party
		trusted *party
		code    Code
	}{
		{"a self-signed leaf of the same name", self, snakeoil, DepthZeroSelfSigned},
		{"no authority at all, but of the same name", testLeaf(t, "example.org", KeyP256, ca), notCA, UnableToGetIssuerLocally},
	} {
		roots := NewPool()
		roots.Add(c.trusted.cert)
		_, err := Verify(c.leaf.cert, &VerifyOptions{Roots: roots, Time: testNow})
		var refused *VerifyError
		if !errors.As(err, &refused) || refused.Code != c.code || refused.Depth != 0 {
			t.Errorf("%s: %v, want code %d of the leaf", c.name, err, c.code)
		}
		if refused != nil && len(refused.Tried) != 2 {
			t.Errorf("%s: %d attempts are told, want the namesake and the end: %s", c.name, len(refused.Tried), refused.Explain())
		}
	}
}
