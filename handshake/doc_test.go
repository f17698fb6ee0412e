package handshake

import (
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestDocListsEveryState compares the states that the package comment lists with those of the graph.
func TestDocListsEveryState(t *testing.T) {
	_, list, _ := strings.Cut(packageComment(t), "# All states")
	listed := map[string]bool{}
	group := ""
	for line := range strings.Lines(list) {
		line, ok := strings.CutPrefix(line, "//\t")
		if !ok {
			continue // prose
		}
		if f := regexp.MustCompile(`^\w+`).FindString(line); f != "" {
			group = f
		}
		for _, f := range regexp.MustCompile(`[A-Z][\w.]+`).FindAllString(line, -1) {
			listed[group+"."+f] = true
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
