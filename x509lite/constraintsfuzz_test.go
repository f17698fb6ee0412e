package x509lite

import "testing"

// FuzzNameConstraints: no panic, no more work than the budget has; a rule that permits a name would exclude it too, for both take
// the safe side; and a name that is excluded stays so beside any other rule.
func FuzzNameConstraints(f *testing.F) {
	f.Add(uint8(DNSName), []byte(".example.org"), []byte("a.example.org"), []byte{})
	f.Add(uint8(RFC822Name), []byte("a@example.org"), []byte("a@Example.org"), []byte{0x30, 0})
	f.Add(uint8(URIName), []byte(".org"), []byte("https://u@example.org:1/"), []byte{0x30, 2, 0xa0, 0})
	f.Add(uint8(IPAddress), []byte("\x0a\x00\x00\x00\xff\x00\x00\x00"), []byte("\x0a\x01\x02\x03"), []byte{})
	f.Add(uint8(DirectoryName), NewName("", "b").Raw(), NewName("a", "B").Raw(), []byte{})
	f.Fuzz(func(t *testing.T, kind uint8, base, value, raw []byte) {
		checkNameConstraints(raw)
		if kind >= uint8(generalNameKinds) || constructed&(1<<kind) != 0 && kind != uint8(DirectoryName) {
			return
		}
		n, r := GeneralName{GeneralNameKind(kind), value}, rule{GeneralNameKind(kind), string(base)}
		permitted, excluded := constraints([]rule{r}, nil).Value, constraints(nil, []rule{r}).Value
		if !n.wellFormed() || !checkNameConstraints(permitted) {
			return
		}
		if judgeUnder(t, permitted, n) == OK && judgeUnder(t, excluded, n) == OK {
			t.Fatalf("%v %q is permitted by %q, and not excluded by it", n.Kind, n.Value, base)
		}
		if judgeUnder(t, excluded, n) != OK && judgeUnder(t, constraints([]rule{r}, []rule{{n.Kind, "example.org"}, r}).Value, n) == OK {
			t.Fatalf("%v %q is excluded by %q, and not when it is permitted too", n.Kind, n.Value, base)
		}
	})
}

func judgeUnder(t *testing.T, rules []byte, n GeneralName) Code {
	t.Helper()
	budget := 100
	k := constraintCheck{rules: rules, budget: &budget}
	if k.judge(n) != (k.code == OK) {
		t.Fatalf("%v, which is told otherwise", k.code)
	}
	return k.code
}
