package sslsock

import (
	"os"
	"slices"
	"strings"
	"testing"
)

// What the README shows of this package are lines of the package's example, in its order, without what looks at errors: it runs.
func TestREADMEShowsTheExample(t *testing.T) {
	readme, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	source, err := os.ReadFile("example_test.go")
	if err != nil {
		t.Fatal(err)
	}
	blocks := 0
	for _, block := range strings.Split(string(readme), "```go\n")[1:] {
		block, _, _ = strings.Cut(block, "```")
		if !strings.Contains(block, "sslsock.") {
			continue
		}
		blocks++
		rest := codeLines(string(source))
		for _, line := range codeLines(block) {
			i := slices.Index(rest, line)
			if i < 0 {
				t.Errorf("the README has %q, which is not a line of the example behind the one before it", line)
				break
			}
			rest = rest[i+1:]
		}
	}
	if blocks < 2 {
		t.Errorf("the README shows %d pieces of this package", blocks)
	}
}

// codeLines returns the lines of a program without indentation, comments behind code and empty lines.
func codeLines(text string) (lines []string) {
	for line := range strings.Lines(text) {
		line, _, _ = strings.Cut(line, " // ")
		if line = strings.TrimSpace(line); line != "" {
			lines = append(lines, line)
		}
	}
	return lines
}
