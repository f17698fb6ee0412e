package cipher

import (
	"errors"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// inCommon keeps of OpenSSL's names those that have a row, and of ours those that OpenSSL has.
func inCommon(ours []*Suite, theirs []string, have map[string]bool) (a, b []string) {
	for _, s := range ours {
		if have[s.OpenSSL] {
			a = append(a, s.OpenSSL)
		}
	}
	for _, name := range theirs {
		if SuiteByName(name) != nil {
			b = append(b, name)
		}
	}
	return a, b
}

// agrees compares what a list selects with what OpenSSL says. Where both select nothing that the other has, either may err.
func agrees(t testing.TB, list string, theirs []string, have map[string]bool) {
	t.Helper()
	var ours []*Suite
	l, err := ParseSuiteList(list, 1)
	if err == nil {
		ours = l.Suites
	}
	if a, b := inCommon(ours, theirs, have); !slices.Equal(a, b) {
		t.Errorf("%q selects\n%s (%v)\nby OpenSSL\n%s", list, strings.Join(a, ":"), err, strings.Join(b, ":"))
	}
}

// opensslHas returns the names of the suites that Python's OpenSSL has.
func opensslHas(t testing.TB) map[string]bool {
	have := map[string]bool{}
	for _, name := range pythonCiphers(t, []string{everySuite})[0] {
		have[name] = true
	}
	return have
}

// genList draws a cipher list, of well-formed items for the most part.
func genList(t *rapid.T) string {
	words := []string{"foo", "TLS_AES_128_GCM_SHA256", "DEFAULT", "kECDHr"}
	for name := range aliases {
		words = append(words, name)
	}
	for _, s := range AllSuites() {
		words = append(words, s.OpenSSL)
	}
	slices.Sort(words)
	word := rapid.SampledFrom(words)
	item := rapid.Custom(func(t *rapid.T) string {
		if rapid.IntRange(0, 11).Draw(t, "command") == 0 {
			return rapid.SampledFrom([]string{"@STRENGTH", "@SECLEVEL=0", "@SECLEVEL=3", "@SECLEVEL=6", "@FOO", "^"}).Draw(t, "what")
		}
		operator := rapid.SampledFrom([]string{"", "", "", "", "-", "-", "+", "+", "!"}).Draw(t, "operator")
		return operator + strings.Join(rapid.SliceOfN(word, 1, 2).Draw(t, "words"), "+")
	})
	start := rapid.SampledFrom([]string{"", "DEFAULT:", "ALL:", "HIGH:", "ALL:COMPLEMENTOFALL:"}).Draw(t, "start")
	return start + strings.Join(rapid.SliceOfN(item, 1, 6).Draw(t, "items"), rapid.SampledFrom([]string{":", ":", " ", ",", ";", "::"}).Draw(t, "separator"))
}

// TestRandomListsSelectWhatOpenSSLSelects compares a thousand lists with Python's OpenSSL: S-211, S-212, S-213. The lists of the
// table are in sslcat's tests.
func TestRandomListsSelectWhatOpenSSLSelects(t *testing.T) {
	have := opensslHas(t)
	gen, seed := rapid.Custom(genList), rand.Int()>>1
	lists := make([]string, 1000)
	for i := range lists {
		lists[i] = gen.Example(seed + i)
	}
	for i, theirs := range pythonCiphers(t, lists) {
		agrees(t, lists[i], theirs, have)
	}
}

// TestListLawsHold: what is selected is listed once, what is killed never, and STRENGTH sorts.
func TestListLawsHold(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		list := genList(t)
		l, err := ParseSuiteList(list, 2)
		if err != nil {
			if !errors.Is(err, ErrListSyntax) && !errors.Is(err, ErrNothingMatch) {
				t.Fatal(err)
			}
			return
		}
		for i, s := range l.Suites {
			if s.Kx == KxSeparate || slices.Contains(l.Suites[:i], s) {
				t.Fatalf("%q selects %v", list, s)
			}
		}
		if l.Level != 2 && !strings.Contains(list, "@SECLEVEL=") {
			t.Fatalf("%q sets level %d", list, l.Level)
		}
		if sorted, err := ParseSuiteList(list+":@STRENGTH", 2); err != nil || !slices.IsSortedFunc(sorted.Suites, byBits) {
			t.Fatalf("%q isn't sorted by strength (%v)", list, err)
		}
		victim := rapid.SampledFrom(l.Suites).Draw(t, "victim")
		without, err := ParseSuiteList(list+":!"+victim.OpenSSL+":"+victim.OpenSSL, 2)
		if err == nil && slices.Contains(without.Suites, victim) || err != nil && len(l.Suites) > 1 {
			t.Fatalf("%q without %v: %v", list, victim, err)
		}
	})
}

func byBits(a, b *Suite) int { return b.Bulk.Bits - a.Bulk.Bits }

// TestListsOfWhatOpenSSLHereLacks: distributions build it without RC4 and 3DES, so these are by hand, from the documentation.
func TestListsOfWhatOpenSSLHereLacks(t *testing.T) {
	for list, want := range map[string]string{
		"RC4+kRSA":             "RC4-SHA RC4-MD5",
		"MEDIUM+RSA:@STRENGTH": "DES-CBC3-SHA RC4-SHA RC4-MD5",
		"kRSA+3DES:AES128-SHA": "DES-CBC3-SHA AES128-SHA",
		"DEFAULT:+ALL:!HIGH":   "",
		"RC4+aNULL:3DES+AECDH": "AECDH-RC4-SHA ADH-RC4-MD5 AECDH-DES-CBC3-SHA",
		"COMPLEMENTOFALL+MD5":  "NULL-MD5",
		"MD5:!NULL":            "ADH-RC4-MD5 RC4-MD5",
		"3DES+PSK+SHA1:!kDHE":  "ECDHE-PSK-3DES-EDE-CBC-SHA RSA-PSK-3DES-EDE-CBC-SHA DHE-PSK-3DES-EDE-CBC-SHA PSK-3DES-EDE-CBC-SHA",
		"ECDHE+3DES:ECDHE+RC4": "ECDHE-ECDSA-DES-CBC3-SHA ECDHE-RSA-DES-CBC3-SHA ECDHE-ECDSA-RC4-SHA ECDHE-RSA-RC4-SHA",
		"RC4-SHA:DES-CBC3-SHA": "RC4-SHA DES-CBC3-SHA",
		"HIGH+RC4":             "",
		"RC4-SHA:!MEDIUM:AES":  "-",
		"FIPS+3DES+kRSA":       "DES-CBC3-SHA",
		"CBC+kRSA:!AES":        "DES-CBC3-SHA",
		"RC4-MD5:@SECLEVEL=0":  "RC4-MD5",
	} {
		l, err := ParseSuiteList(list, 1)
		var got []string
		if err == nil {
			for _, s := range l.Suites {
				got = append(got, s.OpenSSL)
			}
		}
		if strings.Join(got, " ") != want && (want != "-" || slices.Contains(got, "RC4-SHA")) {
			t.Errorf("%q selects %q (%v), want %q", list, got, err, want)
		}
	}
}

// TestSecurityLevels: the bounds of each level, from OpenSSL's documentation of SSL_CTX_set_security_level. B-035.
func TestSecurityLevels(t *testing.T) {
	highest := map[string]SecurityLevel{
		"NULL-SHA": 0, "ADH-AES256-GCM-SHA384": 0, "RC4-MD5": 0, "RC4-SHA": 1, "DES-CBC3-SHA": 2, "AES128-SHA": 2, "AES256-GCM-SHA384": 2,
		"PSK-AES256-GCM-SHA384": 2, "RSA-PSK-AES256-GCM-SHA384": 2, "DHE-RSA-AES128-SHA": 3, "ECDHE-RSA-AES256-SHA": 3,
		"ECDHE-RSA-AES128-GCM-SHA256": 3, "ECDHE-RSA-AES256-SHA384": 5, "TLS_AES_128_GCM_SHA256": 3, "TLS_AES_256_GCM_SHA384": 5,
	}
	for name, max := range highest {
		for l := SecurityLevel(0); l <= MaxSecurityLevel+1; l++ {
			if s := SuiteByName(name); l.Allows(s) != (l <= max || max == MaxSecurityLevel) {
				t.Errorf("level %d allows %s: %v", l, name, l.Allows(s))
			}
		}
	}
}

func TestLongListsAreRefused(t *testing.T) {
	long := strings.Repeat("ALL:-ALL:", maxListLen/9-2) + "AES128-SHA"
	if l, err := ParseSuiteList(long, 1); err != nil || len(l.Suites) != 1 {
		t.Error(err)
	}
	if _, err := ParseSuiteList(strings.Repeat(":", maxListLen+1), 1); !errors.Is(err, ErrListSyntax) {
		t.Error(err)
	}
	if _, err := ParseGroupList(strings.Repeat(":", maxListLen+1)); !errors.Is(err, ErrListSyntax) {
		t.Error(err)
	}
}

// FuzzLists: nothing panics, and what comes out is a list without repetitions or one of the two errors.
func FuzzLists(f *testing.F) {
	for _, s := range []string{"DEFAULT:@STRENGTH", "ALL:!aNULL+kRSA:-AES:+HIGH:@SECLEVEL=3", "SUITEB128", "?X25519:*P-256", "RSA+SHA256:?foo", "TLS_AES_128_GCM_SHA256"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, list string) {
		known := func(err error) {
			if err != nil && !errors.Is(err, ErrListSyntax) && !errors.Is(err, ErrNothingMatch) {
				t.Error(err)
			}
		}
		l, err := ParseSuiteList(list, 1)
		if known(err); err == nil && (len(l.Suites) == 0 || len(slices.Compact(slices.Clone(l.Suites))) != len(l.Suites)) {
			t.Errorf("%q selects %v", list, l.Suites)
		}
		_, err = ParseSuites13(list)
		known(err)
		g, err := ParseGroupList(list)
		if known(err); err == nil && len(g.Groups) < max(1, len(g.KeyShares)) {
			t.Errorf("%q selects %v with shares for %v", list, g.Groups, g.KeyShares)
		}
		_, err = ParseSchemeList(list)
		known(err)
	})
}
