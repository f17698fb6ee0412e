package x509lite

import (
	"errors"
	"fmt"
	"testing"
)

// Sixty CAs of one name and with different keys: only their signatures tell which is the issuer. Of large curves, which take long, a
// peer gets no more than a few looked at; of the usual ones, all.
func TestManyNamesakesWithSlowKeysEndAtTheBudget(t *testing.T) {
	for kind, code := range map[KeyKind]Code{KeyP521: BudgetExceeded, KeyP256: CertSignatureFailure} {
		real := testCA(t, "namesake", kind, nil)
		leaf := testLeaf(t, "example.org", KeyP256, real)
		o := VerifyOptions{Roots: NewPool(), Time: testNow}
		for i := range 60 {
			ca := issue(t, fmt.Sprint("namesake ", i), kind, &Template{Subject: NewName("namesake", "Test"), IsCA: true}, nil)
			o.Intermediates = append(o.Intermediates, ca.cert)
		}
		b := pathBuilder{o: &o, now: testNow.Unix(), signatures: maxSignatures, steps: maxSteps, comparisons: maxComparisons}
		var refused *VerifyError
		if b.build(leaf.cert) != nil || !errors.As(error(b.failure(leaf.cert)), &refused) || refused.Code != code {
			t.Errorf("%v: %v, want %v", kind, refused, code)
		}
		if checked := (maxSignatures - b.signatures) / signatureCost(real.cert.PublicKey()); kind == KeyP521 && checked > 13 {
			t.Errorf("%v: %d signatures were checked", kind, checked)
		}
	}
}
