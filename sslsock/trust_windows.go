package sslsock

// systemCAFiles are the usual places of trusted certificates as one file of PEM: those of an installed OpenSSL.
var systemCAFiles = []string{`C:\Program Files\Common Files\SSL\cert.pem`}

// systemCAPaths are the usual directories of single certificates.
var systemCAPaths = []string{`C:\Program Files\Common Files\SSL\certs`}
