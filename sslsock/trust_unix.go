//go:build !windows && !darwin

package sslsock

// systemCAFiles are the usual places of the system's trusted certificates, as one file of PEM.
var systemCAFiles = []string{
	"/etc/ssl/certs/ca-certificates.crt",                // Debian, Ubuntu, Arch, Gentoo, Alpine
	"/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem", // Fedora, RHEL
	"/etc/pki/tls/certs/ca-bundle.crt",                  // older Fedora, RHEL
	"/etc/ssl/ca-bundle.pem",                            // openSUSE
	"/etc/ssl/cert.pem",                                 // Alpine, OpenBSD, FreeBSD
	"/usr/local/etc/ssl/cert.pem",                       // FreeBSD's ports
	"/etc/openssl/certs/ca-certificates.crt",            // NetBSD
}

// systemCAPaths are the usual directories of single certificates.
var systemCAPaths = []string{
	"/etc/ssl/certs",
	"/etc/pki/tls/certs",
	"/usr/local/share/certs",
	"/etc/openssl/certs",
}
