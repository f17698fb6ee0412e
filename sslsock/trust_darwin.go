package sslsock

// systemCAFiles are the usual places of the system's trusted certificates, as one file of PEM.
var systemCAFiles = []string{
	"/etc/ssl/cert.pem", // exported from the keychain's roots by the system
	"/opt/homebrew/etc/openssl@3/cert.pem",
	"/usr/local/etc/openssl@3/cert.pem",
}

// systemCAPaths are the usual directories of single certificates.
var systemCAPaths = []string{"/etc/ssl/certs"}
