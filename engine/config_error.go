package engine

import (
	"fmt"

	"tlsengine/record"
)

// ConfigError says what is wrong with a Config whose fields make sense one by one and can't work together. Freeze
// returns it.
type ConfigError struct {
	Reason record.Reason // the same that a connection would fail for
	Detail string        // what to change
}

// Error returns one line for people.
func (e *ConfigError) Error() string { return "engine: " + e.Detail }

func badConfig(r record.Reason, format string, args ...any) *ConfigError {
	return &ConfigError{Reason: r, Detail: fmt.Sprintf(format, args...)}
}
