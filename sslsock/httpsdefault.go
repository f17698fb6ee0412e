package sslsock

import "sync/atomic"

// httpsUnverified is what HTTPSVerifyCertificates has chosen, the other way round.
var httpsUnverified atomic.Bool

// HTTPSVerifyCertificates chooses, for the whole process, whether contexts made by DefaultHTTPSContext from now on verify
// servers. It exists for programs whose users can't reach the place where a context is made; everybody else
// does better to pass a context of their own making to where it is used. With false, WHO CAN REROUTE A CONNECTION CAN READ AND
// CHANGE IT.
func HTTPSVerifyCertificates(enable bool) { httpsUnverified.Store(!enable) }

// DefaultHTTPSContext returns a context for HTTPS clients: CreateDefaultContext(PurposeServerAuth), unless
// HTTPSVerifyCertificates(false) was called, after which it verifies nothing. Its errors are those of CreateDefaultContext.
func DefaultHTTPSContext() (*Context, error) {
	if !httpsUnverified.Load() {
		return CreateDefaultContext(PurposeServerAuth)
	}
	return NewContext(ProtocolTLS)
}
