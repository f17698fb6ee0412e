//go:build race

package sslsock

const raceEnabled = true
