//go:build !race

package bench

// raceEnabled says whether the race detector is on.
const raceEnabled = false
