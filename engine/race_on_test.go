//go:build race

package engine

// raceEnabled: the race detector makes pools drop what they are given, so allocations can't be counted, and costs ten
// times the time, so that tests which try everything try a part of it.
const raceEnabled = true
