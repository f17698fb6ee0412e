package engine_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
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

// TestPackageCommentsNameEveryFile: who reads the doc.go of any package is led to all its files, and to none that isn't there.
func TestPackageCommentsNameEveryFile(t *testing.T) {
	root := repository(t)
	for _, pattern := range []string{"*/doc.go", "*/*/doc.go"} {
		docs, err := filepath.Glob(filepath.Join(root, pattern))
		if err != nil || len(docs) == 0 {
			t.Fatalf("no %s in %s: %v", pattern, root, err)
		}
		for _, doc := range docs {
			folder := filepath.Dir(doc)
			named := filesNamedIn(t, doc)
			for _, f := range readersFiles(t, folder) {
				if !named[f] {
					t.Errorf("%s does not name %s", doc, filepath.Base(f))
				}
			}
		}
	}
}

// filesNamedIn returns the files of a folder that its doc.go names, patterns too. Names of other folders' files begin at the repository.
func filesNamedIn(t *testing.T, doc string) map[string]bool {
	t.Helper()
	text, err := os.ReadFile(doc)
	if err != nil {
		t.Fatal(err)
	}
	named := map[string]bool{doc: true}
	for _, pattern := range regexp.MustCompile(`\b[a-z][a-z0-9_*/]*\.go\b`).FindAllString(string(text), -1) {
		folder := filepath.Dir(doc)
		if strings.Contains(pattern, "/") {
			folder = repository(t)
		}
		files, err := filepath.Glob(filepath.Join(folder, pattern))
		if err != nil || len(files) == 0 {
			t.Errorf("%s names %s, which is not there (%v)", doc, pattern, err)
		}
		for _, f := range files {
			named[f] = true
		}
	}
	return named
}

// readersFiles returns the files of a folder that are not tests, or its tests if it has nothing else.
func readersFiles(t *testing.T, folder string) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(folder, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	code := slices.DeleteFunc(slices.Clone(files), func(f string) bool { return strings.HasSuffix(f, "_test.go") })
	if len(code) > 1 {
		return code
	}
	return files
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
