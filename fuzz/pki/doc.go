// Package pki makes the certificates that tests use: one root, a leaf for each kind of key, and some that nobody should
// trust. All of it is a function of fixed seeds, so that recorded connections can be made again byte for byte. Only
// tests import it; its private keys are published by being here.
//
// # Files
//
// pki.go makes the root and the leaves: the usual ones, those that are expired or a stranger's, those with something special in
// them. keys.go has the keys for which a seed doesn't suffice; ocsp.go makes what a responder says of a certificate. A new
// certificate is a field of PKI and some lines in build, with a seed that no other key has.
package pki
