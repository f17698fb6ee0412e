//go:build race

package bench

// raceEnabled: under it pools drop what they are given, and counts of allocations mean nothing.
const raceEnabled = true
