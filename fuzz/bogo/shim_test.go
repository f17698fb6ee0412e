package main

import (
	"errors"
	"slices"
	"strings"
	"testing"
)

func TestUnknownFlagsAreNotImplemented(t *testing.T) {
	for _, args := range []string{"-port 1 -no-such-flag", "-on-resume-no-such-flag", "-enable-channel-id", "-on-shim-on-retry-dtls"} {
		if _, err := parse(strings.Fields(args)); !errors.Is(err, errUnimplemented) {
			t.Errorf("%s: %v", args, err)
		}
	}
}

func TestPrefixesChooseTheConnection(t *testing.T) {
	all, err := parse(strings.Fields("-port 7 -on-initial-curves 29 -on-shim-on-resume-curves 23 -on-retry-curves 24 -curves 25"))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		s    settings
		want []int
	}{{all.initial, []int{29, 25}}, {all.resume, []int{23, 25}}, {all.retry, []int{24, 25}}} {
		if c.s.port != 7 || !slices.Equal(c.s.curves, c.want) {
			t.Errorf("port %d, curves %v, want %v", c.s.port, c.s.curves, c.want)
		}
	}
}

func TestNoFlagIsBothAppliedAndRefused(t *testing.T) {
	seen := map[string]bool{}
	note := func(name string) {
		if seen[name] {
			t.Errorf("-%s is there twice", name)
		}
		seen[name] = true
	}
	for _, f := range flags {
		note(f.name)
	}
	for _, r := range refusals {
		for _, name := range strings.Fields(r.flags) {
			note(name)
		}
	}
}
