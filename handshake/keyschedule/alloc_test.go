//go:build !race

package keyschedule

import (
	"testing"

	"tlsengine/cipher"
)

// TestScheduleDoesNotAllocate goes through a whole handshake's derivations.
func TestScheduleDoesNotAllocate(t *testing.T) {
	for _, id := range []cipher.SuiteID{cipher.TLS_AES_128_GCM_SHA256, cipher.TLS_AES_256_GCM_SHA384} {
		if n := testing.AllocsPerRun(20, func() { schedule13(cipher.SuiteByID(id)) }); n != 0 {
			t.Errorf("%v: %v allocations", id, n)
		}
	}
	for _, id := range []cipher.SuiteID{cipher.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, cipher.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384} {
		if n := testing.AllocsPerRun(20, func() { schedule12(cipher.SuiteByID(id)) }); n != 0 {
			t.Errorf("%v: %v allocations", id, n)
		}
	}
}
