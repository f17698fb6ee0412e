//go:build race

package bench

// raceDetector: under it pools drop what they are given, and counts of allocations mean nothing.
const raceDetector = true
