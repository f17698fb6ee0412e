package engine

import (
	"errors"
)

var errNotConnected = errors.New("engine: keying material can be exported once the handshake is done")

// Export returns n bytes of keying material for label and context (RFC 8446, Section 7.5; RFC 5705), the same at both
// ends. A nil context differs from an empty one before TLS 1.3.
func (c *Conn) Export(label string, context []byte, n int) ([]byte, error) {
	k := c.shared.connection.Load()
	if k == nil || c.shared.is(factFailed) {
		return nil, errNotConnected
	}
	out := make([]byte, n)
	if err := k.Exporter.Export(label, context, out); err != nil {
		return nil, err
	}
	return out, nil
}
