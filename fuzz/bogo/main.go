package main

import (
	"errors"
	"fmt"
	"os"
	"time"

	"tlsengine/engine"
	"tlsengine/handshake"
	"tlsengine/record"
)

// The exit statuses that the runner knows.
const (
	statusOK            = 0
	statusFailed        = 1
	statusUnimplemented = 89 // a flag that we don't know or refuse, or a value that the engine doesn't know
	statusBroken        = 90 // counts as failed even in a test that expects a failure: the shim or the engine broke its word
)

// errUnimplemented is the end of a test that needs what the engine hasn't got.
var errUnimplemented = errors.New("not implemented")

// errBroken is the end of a test in which the engine or the shim broke its own word.
var errBroken = errors.New("broken")

func main() {
	args := os.Args[1:]
	for _, a := range args {
		if a == "-is-handshaker-supported" {
			fmt.Println("No")
			return
		}
	}
	all, err := parse(args)
	if err == nil {
		err = run(all)
	}
	os.Exit(report(err))
}

// run makes the connections of a test, one after the other.
func run(all *allSettings) error {
	p, err := newPast()
	if err != nil {
		return err
	}
	if err := connect(&all.initial, &all.initial, p, false); err != nil {
		return err
	}
	for range all.initial.resumeCount {
		p.delay += time.Duration(all.resume.resumptionDelay) * time.Second
		if err := connect(&all.resume, &all.retry, p, true); err != nil {
			return err
		}
	}
	return nil
}

// report prints why a test failed, where the runner looks for it, and returns the exit status.
func report(err error) int {
	var config *engine.ConfigError
	var credential *handshake.CredentialError
	var e *record.Error
	switch {
	case err == nil:
		return statusOK
	case errors.Is(err, errUnimplemented):
		fmt.Println(err) // not on standard error: nothing failed
		return statusUnimplemented
	case errors.Is(err, handshake.ErrECHConfigList):
		fmt.Fprintf(os.Stderr, ":%v: %v\n", record.ReasonInvalidECHConfigList, err)
	case errors.As(err, &config): // also from a hook, where it is the cause of the connection's failure
		fmt.Fprintf(os.Stderr, ":%v: %v\n", config.Reason, err)
	case errors.As(err, &credential):
		fmt.Fprintf(os.Stderr, ":%v: %v\n", credential.Reason, err)
	case errors.As(err, &e):
		fmt.Fprintf(os.Stderr, ":%v: %v\n", e.Reason, err)
	default:
		fmt.Fprintln(os.Stderr, err)
	}
	if errors.Is(err, errBroken) {
		return statusBroken
	}
	return statusFailed
}
