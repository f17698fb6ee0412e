package engine

import (
	"errors"
	"fmt"

	"tlsengine/handshake"
)

// Unique returns the channel binding tls-unique (RFC 5929, Section 3): the first Finished of the handshake, which both ends
// saw and no other connection has; after a renegotiation, of the latest. The slice is the caller's. It errs before the
// handshake is done, during a renegotiation, once the connection has failed or was closed, and in TLS 1.3, which has no such
// thing.
func (c *Conn) Unique() ([]byte, error) {
	k := c.shared.connection.Load()
	if k == nil || c.shared.is(factFailed|factRenegotiating) {
		return nil, errNotConnected
	}
	return k.Exporter.Unique()
}

var errNotConnected = errors.New("engine: keying material can be exported from the end of a handshake " +
	"until the next begins, or the connection fails or is closed")

// Export returns n bytes of keying material for label and context (RFC 8446, Section 7.5; RFC 5705), the same at both ends. A
// nil context differs from an empty one before TLS 1.3. The slice is the caller's; n is 0 to 65535. It errs before the
// handshake is done, during a renegotiation, once the connection has failed or was closed, with keyschedule.ErrExport for what
// is too long, and with keyschedule.ErrReservedLabel for a label of the handshake's own.
func (c *Conn) Export(label string, context []byte, n int) ([]byte, error) {
	k := c.shared.connection.Load()
	if k == nil || c.shared.is(factFailed|factRenegotiating) {
		return nil, errNotConnected
	}
	return export(k.Exporter, label, context, n)
}

func export(e *handshake.Exporter, label string, context []byte, n int) ([]byte, error) {
	if n < 0 || n > maxExport {
		return nil, fmt.Errorf("engine: %d bytes of keying material can't be exported: 0 to %d can", n, maxExport)
	}
	out := make([]byte, n)
	if err := e.Export(label, context, out); err != nil {
		return nil, err
	}
	return out, nil
}

// ExportEarly is Export for keying material that is known before the handshake is done. With early data (RFC 8446, Section 7.5)
// it is there as soon as the client has offered that or the server has taken it, and as easily sent again as that. On a client
// that starts before the server's Finished (Config.FalseStart) it is what Export returns later, at both ends, and worth what is
// written meanwhile: for a first request that is bound to its connection. It errs where there is neither.
func (c *Conn) ExportEarly(label string, context []byte, n int) ([]byte, error) {
	e := c.shared.early.Load()
	if e == nil || c.shared.is(factFailed) {
		return nil, errNoEarlyData
	}
	return export(e, label, context, n)
}

var errNoEarlyData = errors.New("engine: there is no early data and no false start on this connection " +
	"whose keying material could be exported")

// maxExport is what the exporters' length field can say, in bytes.
const maxExport = 1<<16 - 1
