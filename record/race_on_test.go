//go:build race

package record

// raceEnabled: the race detector makes pools drop what they are given, so allocations can't be counted.
const raceEnabled = true
