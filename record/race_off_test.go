//go:build !race

package record

// raceEnabled says whether the race detector is on.
const raceEnabled = false
