//go:build !unix

package peers

import "os/exec"

// ownGroup does nothing: there are no groups here.
func ownGroup(*exec.Cmd) {}

// killGroup kills the process alone. That it may have ended already is no error.
func killGroup(cmd *exec.Cmd) { _ = cmd.Process.Kill() }
