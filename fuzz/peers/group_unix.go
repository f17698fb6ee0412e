//go:build unix

package peers

import (
	"os/exec"
	"syscall"
)

// ownGroup makes the process the leader of a group, which its children join: a browser is a dozen processes.
func ownGroup(cmd *exec.Cmd) {
	if cmd.SysProcAttr == nil {
		cmd.SysProcAttr = new(syscall.SysProcAttr)
	}
	cmd.SysProcAttr.Setpgid = true
}

// killGroup kills a started process and those of its children that stayed in the group. The number of a group stays taken
// as long as it has a member; when it has none the signal has no receiver, which is what we want.
func killGroup(cmd *exec.Cmd) {
	_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
}
