package handshake

import (
	"tlsengine/handshake/keyschedule"
)

// An Exporter derives keying material for the application from a finished handshake. It is immutable and may be used
// from any goroutine.
type Exporter interface {
	// Export fills out, at most 65535 bytes, with the material for label and context (RFC 8446, Section 7.5; RFC 5705). A nil
	// context differs from an empty one before TLS 1.3 and equals it since.
	Export(label string, context, out []byte) error
	// Clear forgets the secrets; Export fails afterwards.
	Clear()
}

// exporter13 is the exporter of TLS 1.3.
type exporter13 struct{ secret keyschedule.Secret }

func (e *exporter13) Export(label string, context, out []byte) error {
	return keyschedule.Export13(e.secret, label, context, out)
}

func (e *exporter13) Clear() { e.secret.Clear() }

// exporter12 is the exporter of RFC 5705.
type exporter12 struct {
	master         keyschedule.Master12
	client, server [32]byte
}

func (e *exporter12) Export(label string, context, out []byte) error {
	return e.master.Export(label, context, context != nil, e.client[:], e.server[:], out)
}

func (e *exporter12) Clear() { e.master.Clear() }
