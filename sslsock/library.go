package sslsock

// Features, as constants of Python's module of the same names. They say what there is, not what is on: SSL 3.0 and
// NPN take an explicit choice, and in contexts of CreateDefaultContext TLS 1.0 and 1.1 too.
const (
	HasALPN     = true
	HasNPN      = true // next protocol negotiation, before TLS 1.3
	HasPHA      = true // authentication after the handshake
	HasECDH     = true
	HasSNI      = true
	HasSSLv2    = false
	HasSSLv3    = true
	HasTLSv1    = true
	HasTLSv11   = true
	HasTLSv12   = true
	HasTLSv13   = true
	HasPSK      = true
	HasPSKTLS13 = true
)

// The parts of the library's version.
const (
	versionMajor  = 0
	versionMinor  = 2
	versionFix    = 0
	versionPatch  = 0
	versionStatus = 0 // 0: under development; 1 to 14: beta; 15: release, as OpenSSL counted
)

// LibraryVersion names this library and its version. It is not OpenSSL's.
const LibraryVersion = "tlsengine 0.2.0 21 Nov 2026"

// LibraryVersionNumber is the version as OpenSSL packs it: 0xMNNFFPPS for major, minor, fix, patch, status.
const LibraryVersionNumber uint32 = versionMajor<<28 | versionMinor<<20 | versionFix<<12 | versionPatch<<4 | versionStatus

// LibraryVersionInfo returns major, minor, fix, patch and status of the version.
func LibraryVersionInfo() [5]int {
	return [5]int{versionMajor, versionMinor, versionFix, versionPatch, versionStatus}
}
