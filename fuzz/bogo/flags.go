package main

import (
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"

	"tlsengine/engine"
)

// A flag is a row of the table in flagtable.go: its name, whether the next argument is its value, and what it sets.
type flag struct {
	name  string
	value bool
	set   func(s *settings, value string) error
}

// The kinds of flags. Each takes the field that it sets.

func yes(name string, field func(*settings) *bool) flag {
	return flag{name: name, set: func(s *settings, _ string) error {
		*field(s) = true
		return nil
	}}
}

func number(name string, field func(*settings) *int) flag {
	return flag{name: name, value: true, set: func(s *settings, v string) (err error) {
		*field(s), err = strconv.Atoi(v)
		return err
	}}
}

// numbers is a flag that appends each time it is given.
func numbers(name string, field func(*settings) *[]int) flag {
	return flag{name: name, value: true, set: func(s *settings, v string) error {
		n, err := strconv.Atoi(v)
		list := field(s)
		*list = append((*list)[:len(*list):len(*list)], n)
		return err
	}}
}

func text(name string, field func(*settings) *string) flag {
	return flag{name: name, value: true, set: func(s *settings, v string) error {
		*field(s) = v
		return nil
	}}
}

// encoded is a flag whose value is in base64.
func encoded(name string, field func(*settings) *string) flag {
	return flag{name: name, value: true, set: func(s *settings, v string) error {
		b, err := base64.StdEncoding.DecodeString(v)
		*field(s) = string(b)
		return err
	}}
}

// blobs is a flag in base64 that appends each time it is given.
func blobs(name string, field func(*settings) *[]string) flag {
	return flag{name: name, value: true, set: func(s *settings, v string) error {
		b, err := base64.StdEncoding.DecodeString(v)
		list := field(s)
		*list = append((*list)[:len(*list):len(*list)], string(b))
		return err
	}}
}

// policy is a flag that chooses versions and algorithms all at once.
func policy(name string, p *engine.Policy) flag {
	return flag{name: name, set: func(s *settings, _ string) error {
		s.policy = p
		return nil
	}}
}

// ignored is a flag that asks for nothing that could be done over TCP; refused.go has those that ask for too much.
func ignored(name string, value bool) flag {
	return flag{name: name, value: value, set: func(*settings, string) error { return nil }}
}

// parse reads a command line. A flag that isn't in the table, refused or unknown, is errUnimplemented.
func parse(args []string) (*allSettings, error) {
	all := &allSettings{initial: newSettings(), resume: newSettings(), retry: newSettings()}
	for i := 0; i < len(args); i++ {
		name, targets := all.targets(strings.TrimPrefix(args[i], "-"))
		f, ok := flagNamed(name)
		if !ok {
			return nil, fmt.Errorf("%w: flag %s: %s", errUnimplemented, args[i], whyRefused(name))
		}
		value := ""
		if f.value {
			if i++; i == len(args) {
				return nil, fmt.Errorf("%w: flag -%s has no value", errBroken, name)
			}
			value = args[i]
		}
		for _, s := range targets {
			if err := f.set(s, value); err != nil {
				return nil, fmt.Errorf("%w: flag -%s %q: %v", errBroken, name, value, err)
			}
		}
	}
	return all, nil
}

// targets takes the prefix off a flag's name and returns the settings that the flag is for.
func (all *allSettings) targets(name string) (string, []*settings) {
	name = strings.TrimPrefix(name, "on-shim-") // the whole of us is the shim
	prefixes := []struct {
		prefix string
		to     *settings
	}{{"on-initial-", &all.initial}, {"on-resume-", &all.resume}, {"on-retry-", &all.retry}}
	for _, p := range prefixes {
		if rest, ok := strings.CutPrefix(name, p.prefix); ok {
			return rest, []*settings{p.to}
		}
	}
	return name, []*settings{&all.initial, &all.resume, &all.retry}
}

func flagNamed(name string) (flag, bool) {
	for _, f := range flags {
		if f.name == name {
			return f, true
		}
	}
	return flag{}, false
}

func whyRefused(name string) string {
	for _, r := range refusals {
		for _, n := range strings.Fields(r.flags) {
			if n == name {
				return r.why
			}
		}
	}
	return "unknown"
}
