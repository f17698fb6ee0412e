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
// entry is explained.
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
	explained, err := os.ReadFile("errors.md")
	if err != nil {
		t.Fatal(err)
	}
	known := reasons()
	name := regexp.MustCompile(`^:([A-Z0-9_]+):$`)
	for theirs, ours := range config.ErrorMap {
		for _, o := range ours {
			if m := name.FindStringSubmatch(o); m != nil && !known[m[1]] {
				t.Errorf("%s: %s is no reason of ours", theirs, o)
			}
			if !strings.Contains(string(explained), strings.Trim(o, ":")) {
				t.Errorf("%s: errors.md does not explain %s", theirs, o)
			}
		}
	}
	for test, why := range config.DisabledTests {
		if len(why) < 20 {
			t.Errorf("%s is disabled for no reason: %q", test, why)
		}
	}
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
