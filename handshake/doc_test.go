package handshake

import (
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestDocNamesEveryFile shows that the reading order of the package comment leads to every file, and to no other.
func TestDocNamesEveryFile(t *testing.T) {
	doc := packageComment(t)
	named := map[string]bool{"doc.go": true}
	for _, pattern := range regexp.MustCompile(`[a-z0-9_*]+\.go\b`).FindAllString(strings.ReplaceAll(doc, "ext_NAME.go", ""), -1) {
		files, err := filepath.Glob(pattern)
		if err != nil || len(files) == 0 {
			t.Errorf("the package comment names %s, which is not there (%v)", pattern, err)
		}
		for _, f := range files {
			named[f] = true
		}
	}
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if !strings.HasSuffix(f, "_test.go") && !named[f] {
			t.Errorf("the package comment does not name %s", f)
		}
	}
}

// TestDocListsEveryState compares the states that the package comment says exist with those of the graph.
func TestDocListsEveryState(t *testing.T) {
	_, list, _ := strings.Cut(packageComment(t), "# All states")
	listed := map[string]bool{}
	group := ""
	for line := range strings.Lines(list) {
		if f := regexp.MustCompile(`^//\t(\w+)`).FindStringSubmatch(line); f != nil {
			group = f[1]
		}
		for _, f := range regexp.MustCompile(`\+ ([A-Z][\w.]+)`).FindAllStringSubmatch(line, -1) {
			listed[group+"."+f[1]] = true
		}
	}
	states := map[string]bool{}
	for _, n := range graph() {
		states[n.State.Name()] = true
	}
	if !maps.Equal(listed, states) {
		t.Errorf("the package comment lists %v\nthe graph has %v", slices.Sorted(maps.Keys(listed)), slices.Sorted(maps.Keys(states)))
	}
}

func packageComment(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("doc.go")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
