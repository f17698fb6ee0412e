// Package vectors reads test vectors that several packages' tests use. It imports none of them.
package vectors

import (
	"compress/gzip"
	"encoding/json"
	"os"
	"testing"
)

// Wycheproof reads the groups of testdata/wycheproof/name_test.json.gz, a file of the Wycheproof project, from the folder of the
// package whose test runs. G has the fields of a group that the test looks at. The test fails if the file can't be read, or holds
// another number of tests than it says.
func Wycheproof[G any](t testing.TB, name string) []G {
	t.Helper()
	f, err := os.Open("testdata/wycheproof/" + name + "_test.json.gz")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		NumberOfTests int
		TestGroups    []json.RawMessage
	}
	if err := json.NewDecoder(z).Decode(&file); err != nil {
		t.Fatal(err)
	}
	n := 0
	groups := make([]G, len(file.TestGroups))
	for i, raw := range file.TestGroups {
		var counted struct{ Tests []json.RawMessage }
		if err := json.Unmarshal(raw, &groups[i]); err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(raw, &counted); err != nil {
			t.Fatal(err)
		}
		n += len(counted.Tests)
	}
	if n != file.NumberOfTests || n == 0 {
		t.Fatalf("%s: %d tests read, it says %d", name, n, file.NumberOfTests)
	}
	return groups
}
