package engine

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestAttacksOfTheTableAreTested: each test that the package's documentation names is there.
func TestAttacksOfTheTableAreTested(t *testing.T) {
	doc, err := os.ReadFile("doc.go")
	if err != nil {
		t.Fatal(err)
	}
	named := regexp.MustCompile(`\b(\w+)\.(Test\w+)`).FindAllStringSubmatch(string(doc), -1)
	if len(named) < 20 {
		t.Fatalf("only %d tests are named", len(named))
	}
	tests := map[string]string{}
	for _, n := range named {
		folder, function := n[1], n[2]
		if tests[folder] == "" {
			tests[folder] = testsOf(t, filepath.Join("..", folder))
		}
		if !strings.Contains(tests[folder], "\nfunc "+function+"(") {
			t.Errorf("%s.%s is not there", folder, function)
		}
	}
}

// testsOf returns the contents of a folder's test files.
func testsOf(t *testing.T, folder string) string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(folder, "*_test.go"))
	if err != nil {
		t.Fatal(err)
	}
	var all strings.Builder
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		all.Write(text)
	}
	return all.String()
}
