package main

import (
	"encoding/json"
	"os"
	"regexp"
	"strings"
	"testing"

	"tlsengine/record"
)

// TestConfigNamesOurReasons keeps the map of errors honest: what it calls ours is a reason of package record, and each
// entry is explained, in a table that has no more than that.
func TestConfigNamesOurReasons(t *testing.T) {
	text, err := os.ReadFile("config.json")
	if err != nil {
		t.Fatal(err)
	}
	var config struct {
		ErrorMap      map[string][]string
		DisabledTests map[string]string
	}
	if err := json.Unmarshal(text, &config); err != nil {
		t.Fatal(err)
	}
	explained := explanations(t)
	known := reasons()
	name := regexp.MustCompile(`^:([A-Z0-9_]+):$`)
	for theirs, ours := range config.ErrorMap {
		for _, o := range ours {
			if m := name.FindStringSubmatch(o); m != nil && !known[m[1]] {
				t.Errorf("%s: %s is no reason of ours", theirs, o)
			}
			pair := [2]string{strings.Trim(theirs, ":"), strings.Trim(o, ":")}
			if theirs != o && explained[pair] == "" {
				t.Errorf("errors.md does not explain %v", pair)
			}
			delete(explained, pair)
		}
	}
	for pair := range explained {
		t.Errorf("errors.md explains %v, which is not in config.json", pair)
	}
	for test, why := range config.DisabledTests {
		if len(why) < 20 {
			t.Errorf("%s is disabled for no reason: %q", test, why)
		}
	}
}

// explanations returns why each pair of the table in errors.md is the same.
func explanations(t *testing.T) map[[2]string]string {
	t.Helper()
	text, err := os.ReadFile("errors.md")
	if err != nil {
		t.Fatal(err)
	}
	why := map[[2]string]string{}
	_, rows, _ := strings.Cut(string(text), "|---|---|---|\n")
	for row := range strings.Lines(rows) {
		cells := strings.Split(strings.Trim(strings.TrimSpace(row), "|"), "|")
		if len(cells) != 3 {
			t.Fatalf("errors.md: %q is no row of three cells", row)
		}
		why[[2]string{strings.TrimSpace(cells[0]), strings.TrimSpace(cells[1])}] = strings.TrimSpace(cells[2])
	}
	return why
}

// reasons returns the names of all reasons.
func reasons() map[string]bool {
	known := map[string]bool{}
	for r := record.Reason(1); !strings.HasPrefix(r.String(), "REASON_"); r++ {
		known[r.String()] = true
	}
	for a := range 256 {
		known[record.ReasonReceived(record.Alert(a)).String()] = true
	}
	return known
}
