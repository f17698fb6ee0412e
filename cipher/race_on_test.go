//go:build race

package cipher

// raceEnabled: the race detector makes pools drop what they are given.
const raceEnabled = true
