package x509lite

import (
	"errors"
	"os/exec"
	"regexp"
	"strconv"
	"testing"

	"tlsengine/fuzz/peers"
)

var opensslCode = regexp.MustCompile(`error (\d+) at (\d+) depth`)

// opensslVerify runs a command that may refuse: what it printed, and X509_V_ERR_..., 0 if it said OK. The first error counts.
func opensslVerify(t testing.TB, args ...string) (out string, code Code) {
	t.Helper()
	path := peers.Need(t, "openssl")
	b, err := exec.Command(path, args...).CombinedOutput()
	if err == nil {
		return string(b), OK
	}
	var exit *exec.ExitError
	m := opensslCode.FindSubmatch(b)
	if !errors.As(err, &exit) || m == nil {
		t.Fatalf("openssl %v: %v\n%s", args, err, b)
	}
	n, _ := strconv.Atoi(string(m[1]))
	return string(b), Code(n)
}
