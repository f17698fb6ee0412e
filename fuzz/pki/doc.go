// Package pki makes the certificates that tests use: one root, a leaf for each kind of key, and some that nobody should
// trust. All of it is a function of fixed seeds, so that recorded connections can be made again byte for byte. Only
// tests import it; its private keys are published by being here.
package pki
