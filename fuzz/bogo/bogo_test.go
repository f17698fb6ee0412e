package main

import (
	"encoding/json"
	stdflag "flag"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

var update = stdflag.Bool("update", false, "write passing.txt anew from what passes")

// TestBoGo runs BoringSSL's suite against the shim. What passes must be what passing.txt says: a test that stopped
// passing is a fault, and one that passes now belongs on the list.
func TestBoGo(t *testing.T) {
	runner, dir := os.Getenv("BOGO_RUNNER"), os.Getenv("BOGO_DIR")
	if runner == "" || dir == "" {
		t.Skip("BoGo's runner is not here: BOGO_RUNNER names its binary, BOGO_DIR ssl/test/runner of a checkout of BoringSSL")
	}
	results := runSuite(t, runner, dir)
	printAreas(t, results)
	var passing []string
	for name, actual := range results {
		if actual == "PASS" {
			passing = append(passing, name)
		}
	}
	slices.Sort(passing)
	if *update {
		if err := os.WriteFile("passing.txt", []byte(strings.Join(passing, "\n")+"\n"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	compare(t, passing, results)
}

// runSuite returns what became of each test: PASS, FAIL or SKIP.
func runSuite(t *testing.T, runner, dir string) map[string]string {
	t.Helper()
	tmp := t.TempDir()
	shim := filepath.Join(tmp, "shim")
	if out, err := exec.Command("go", "build", "-o", shim, ".").CombinedOutput(); err != nil {
		t.Fatalf("building the shim: %v\n%s", err, out)
	}
	config, err := filepath.Abs("config.json")
	if err != nil {
		t.Fatal(err)
	}
	report := filepath.Join(tmp, "report.json")
	run := exec.Command(runner, "-test.timeout", "30m", "-num-workers", "2", "-pipe", "-allow-unimplemented",
		"-shim-path", shim, "-shim-config", config, "-json-output", report)
	run.Dir = dir
	log, runErr := run.CombinedOutput() // an exit status that is not 0 says only that some test failed
	text, err := os.ReadFile(report)
	if err != nil {
		t.Fatalf("the runner left no report: %v\n%s", runErr, log)
	}
	var parsed struct {
		Tests map[string]struct{ Actual string }
	}
	if err := json.Unmarshal(text, &parsed); err != nil {
		t.Fatal(err)
	}
	results := map[string]string{}
	for name, test := range parsed.Tests {
		results[name] = test.Actual
	}
	return results
}

// compare reports each difference from passing.txt.
func compare(t *testing.T, passing []string, results map[string]string) {
	t.Helper()
	text, err := os.ReadFile("passing.txt")
	if err != nil {
		t.Fatal(err)
	}
	listed := strings.Fields(string(text))
	for _, name := range listed {
		if results[name] != "PASS" {
			t.Errorf("%s must pass, but is %q", name, results[name])
		}
	}
	for _, name := range passing {
		if !slices.Contains(listed, name) {
			t.Errorf("%s passes: put it into passing.txt (go test -run BoGo -update)", name)
		}
	}
}

// printAreas counts the results by area.
func printAreas(t *testing.T, results map[string]string) {
	t.Helper()
	counts := map[string]map[string]int{}
	for name, actual := range results {
		area := areaOf(name)
		if counts[area] == nil {
			counts[area] = map[string]int{}
		}
		counts[area][actual]++
	}
	t.Logf("%-28s %5s %5s %5s", "area", "pass", "fail", "skip")
	for _, area := range slices.Sorted(maps.Keys(counts)) {
		c := counts[area]
		t.Logf("%-28s %5d %5d %5d", area, c["PASS"], c["FAIL"], c["SKIP"])
	}
}
