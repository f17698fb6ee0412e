package cipher

import (
	"runtime"

	"golang.org/x/sys/cpu"
)

// HasAESHardware reports whether this machine has the instructions (AES rounds and carry-less multiplication) with which
// AES-GCM is both fast and constant-time. Suites puts AES-GCM before ChaCha20-Poly1305 exactly then.
func HasAESHardware() bool { return aesHardware }

var aesHardware = cpu.X86.HasAES && cpu.X86.HasPCLMULQDQ && cpu.X86.HasSSE41 && cpu.X86.HasSSSE3 ||
	cpu.ARM64.HasAES && cpu.ARM64.HasPMULL ||
	cpu.S390X.HasAES && cpu.S390X.HasAESCTR && cpu.S390X.HasGHASH ||
	runtime.GOARCH == "ppc64" || runtime.GOARCH == "ppc64le"
