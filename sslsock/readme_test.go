package sslsock

import (
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"tlsengine/engine"
	"tlsengine/handshake"
)

func readme(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// The programs in the README are lines of examples, in their order, without what looks at errors: they compile and run.
func TestREADMEShowsTheExample(t *testing.T) {
	var examples [][]string
	for _, path := range []string{"example_test.go", "../engine/example_unix_test.go"} {
		source, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		examples = append(examples, codeLines(string(source)))
	}
	blocks := strings.Split(readme(t), "```go\n")[1:]
	if len(blocks) != 3 {
		t.Errorf("the README shows %d programs, not 3", len(blocks))
	}
	for _, block := range blocks {
		block, _, _ = strings.Cut(block, "```")
		var missing []string
		for _, example := range examples {
			missing = append(missing, firstMissing(codeLines(block), example))
		}
		if !slices.Contains(missing, "") {
			t.Errorf("a program in the README has a line that is not in the example behind the one before it: one of %q", missing)
		}
	}
}

// firstMissing returns the first of the lines that is not in the text behind those before it, "" if all are there.
func firstMissing(lines, text []string) string {
	for _, line := range lines {
		i := slices.Index(text, line)
		if i < 0 {
			return line
		}
		text = text[i+1:]
	}
	return ""
}

// codeLines returns the lines of a program without indentation, comments and empty lines.
func codeLines(text string) (lines []string) {
	for line := range strings.Lines(text) {
		line, _, _ = strings.Cut(line, "// ")
		if line = strings.TrimSpace(line); line != "" {
			lines = append(lines, line)
		}
	}
	return lines
}

// Each setting that the README names is there.
func TestREADMENamesWhatThereIs(t *testing.T) {
	owners := map[string]reflect.Type{
		"Config": reflect.TypeFor[engine.Config](), "Options": reflect.TypeFor[engine.Options](),
		"Verification": reflect.TypeFor[handshake.Verification](), "Context": reflect.TypeFor[*Context](),
	}
	named := regexp.MustCompile("`(Config|Options|Verification|Context)\\.(\\w+)`").FindAllStringSubmatch(readme(t), -1)
	if len(named) < 30 {
		t.Errorf("the README names %d settings", len(named))
	}
	for _, n := range named {
		owner := owners[n[1]]
		_, is := owner.MethodByName(n[2])
		if !is && owner.Kind() == reflect.Struct {
			_, is = owner.FieldByName(n[2])
		}
		if !is {
			t.Errorf("the README names %s.%s", n[1], n[2])
		}
	}
}
