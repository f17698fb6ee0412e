package x509lite

import "testing"

// S-070, S-071: the wildcards that old programs expect, beside those of today.
func TestPartialWildcards(t *testing.T) {
	for _, c := range []struct {
		pattern, host   string
		strict, partial bool
	}{
		{"*.a.com", "foo.a.com", true, true},
		{"*.a.com", "bar.foo.a.com", false, false},
		{"*.a.com", "a.com", false, false},
		{"f*.com", "foo.com", false, true},
		{"f*.com", "f.com", false, true},
		{"f*.com", "bar.com", false, false},
		{"f*.com", "foo.a.com", false, false},
		{"*o.com", "foo.com", false, true},
		{"f*o.com", "fo.com", false, true},
		{"fo*oo.com", "foo.com", false, false}, // the parts may not overlap
		{"*.com", "a.com", false, true},
		{"*", "com", false, true},
		{"*", "a.com", false, false},
		{"*.*.a.com", "x.y.a.com", false, false},
		{"a.*.com", "a.b.com", false, false},
		{"a*b*.com", "axxb.com", false, false},
		{"**.a.com", "x.a.com", false, false},
		{"f*.com", "foo.com.", false, true},
		{"f*.com", ".foo.com", false, false},
		{"f*.com", "", false, false},
		{"*.0.0.1", "127.0.0.1", false, false},
		{"*.xn--bcher-kva.example", "www.xn--bcher-kva.example", true, true},
		{"www*.xn--bcher-kva.example", "www1.xn--bcher-kva.example", false, true},
		{"xn--p*.a.com", "xn--p1.a.com", false, false},
		{"x*.a.com", "xn--p1.a.com", false, false},
		{"XN--P*.a.com", "xn--p1.a.com", false, false},
		{"*.a.com", "xn--p1.a.com", true, true},
	} {
		if got := MatchDNSName(c.pattern, c.host, 0); got != c.strict {
			t.Errorf("%q for %q, strictly: %v", c.pattern, c.host, got)
		}
		if got := MatchDNSName(c.pattern, c.host, HostPartialWildcards); got != c.partial {
			t.Errorf("%q for %q, with partial wildcards: %v", c.pattern, c.host, got)
		}
	}
}

// S-072, B-037: the common name counts when it is asked for and there is no dNSName, and never for an address.
func TestCommonNameOnlyWithoutDNSName(t *testing.T) {
	bare := certFor(t, nil)
	for rules, want := range map[HostRules]bool{0: false, HostPartialWildcards: false, HostByCommonName: true} {
		if got := bare.VerifyHostnameBy("common.example.net", rules) == nil; got != want {
			t.Errorf("rules %d: %v", rules, got)
		}
	}
	if certFor(t, []string{"example.com"}).VerifyHostnameBy("common.example.net", HostByCommonName) == nil {
		t.Error("the common name counted beside a dNSName")
	}
	withAddress := certFor(t, nil, "127.0.0.1")
	if withAddress.VerifyHostnameBy("common.example.net", HostByCommonName) != nil {
		t.Error("an address kept the common name from counting")
	}
	address := issue(t, "hostname", KeyEd25519, &Template{Subject: NewName("127.0.0.1", "")}, nil).cert
	if address.VerifyHostnameBy("127.0.0.1", HostByCommonName) == nil {
		t.Error("an address matched a common name")
	}
}
