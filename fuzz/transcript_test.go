package fuzz

import (
	"encoding/hex"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// golden is one of testdata/golden: all that each end sent.
type golden struct {
	name     string
	up, down []byte
}

// goldens reads the golden transcripts.
func goldens(t testing.TB) []golden {
	t.Helper()
	files, err := filepath.Glob("../testdata/golden/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no golden transcripts: %v", err)
	}
	var all []golden
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		g := golden{name: filepath.Base(file)}
		for line := range strings.Lines(string(text)) {
			mark, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
			if mark != ">" && mark != "<" {
				continue
			}
			bytes, err := hex.DecodeString(rest)
			if err != nil {
				t.Fatalf("%s: %v", file, err)
			}
			if mark == ">" {
				g.up = append(g.up, bytes...)
			} else {
				g.down = append(g.down, bytes...)
			}
		}
		all = append(all, g)
	}
	return all
}
