package x509lite

import "testing"

// TestCodesHaveTexts: each code says something in words.
func TestCodesHaveTexts(t *testing.T) {
	for c := range codeTexts {
		if c.String() == "" {
			t.Errorf("code %d has no text", c)
		}
	}
	for _, c := range problemRank {
		if _, ok := codeTexts[c]; !ok {
			t.Errorf("code %d has no text", c)
		}
	}
	for _, r := range strictRules {
		if _, ok := codeTexts[r.code]; !ok {
			t.Errorf("rule %s: code %d has no text", r.name, r.code)
		}
	}
}
