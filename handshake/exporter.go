package handshake

import (
	"bytes"
	"errors"
	"sync"
	"unsafe"

	"tlsengine/handshake/keyschedule"
)

// An Exporter derives keying material for the application from a finished handshake. It may be used from any goroutine.
type Exporter struct {
	mu     sync.Mutex // against Clear
	secret exportSecret
}

// exportSecret is the secret of an era, and how it is used.
type exportSecret interface {
	export(label string, context, out []byte) error
	unique() ([]byte, error)
	clone() exportSecret
	clear()
	size() int
}

var (
	errExporterCleared = errors.New("handshake: the connection was closed: there is no keying material left")
	errUnboundUnique   = errors.New("handshake: tls-unique is not unique on a resumed connection without extended master secret (RFC 7627)")
	errNoUnique        = errors.New("handshake: TLSv1.3 has no tls-unique: export with the label EXPORTER-Channel-Binding (RFC 9266)")
)

// Export fills out, at most 65535 bytes, with the material for label and context (RFC 8446, Section 7.5; RFC 5705). A
// nil context differs from an empty one before TLS 1.3 and equals it since. The error is keyschedule.ErrExport,
// keyschedule.ErrReservedLabel, or that the connection was closed.
func (e *Exporter) Export(label string, context, out []byte) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.secret == nil {
		return errExporterCleared
	}
	return e.secret.export(label, context, out)
}

// Unique returns the channel binding tls-unique (RFC 5929, Section 3), a fresh slice. TLS 1.3 has none.
func (e *Exporter) Unique() ([]byte, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.secret == nil {
		return nil, errExporterCleared
	}
	return e.secret.unique()
}

// Clone returns an independent copy.
func (e *Exporter) Clone() *Exporter {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.secret == nil {
		return &Exporter{}
	}
	return &Exporter{secret: e.secret.clone()}
}

// Clear forgets the secret.
func (e *Exporter) Clear() {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.secret != nil {
		e.secret.clear()
		e.secret = nil
	}
}

// Footprint returns how many bytes it holds.
func (e *Exporter) Footprint() int {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.secret == nil {
		return int(unsafe.Sizeof(*e))
	}
	return int(unsafe.Sizeof(*e)) + e.secret.size()
}

// exporter13 is the exporter of TLS 1.3.
type exporter13 struct{ secret keyschedule.Secret }

func (e *exporter13) export(label string, context, out []byte) error {
	return keyschedule.Export13(e.secret, label, context, out)
}

// unique refuses. RFC 8446, Appendix C.5: tls-unique is not defined for TLS 1.3.
func (e *exporter13) unique() ([]byte, error) { return nil, errNoUnique }

func (e *exporter13) clone() exportSecret { c := *e; return &c }
func (e *exporter13) clear()              { e.secret.Clear() }
func (e *exporter13) size() int           { return int(unsafe.Sizeof(*e)) }

// exporter12 is the exporter of RFC 5705.
type exporter12 struct {
	master  keyschedule.Master12
	info    *Info                  // for the randoms
	first   keyschedule.VerifyData // the first Finished of the handshake
	unbound bool                   // a session without extended master secret was resumed: first may be that of other connections too
}

func (e *exporter12) export(label string, context, out []byte) error {
	return e.master.Export(label, context, context != nil, e.info.ClientRandom[:], e.info.ServerRandom[:], out)
}

// unique returns the first Finished. RFC 5929, Section 3.1: of the two in the most recent handshake.
// RFC 7627, Section 5.4: who resumes without an extended master secret must not bind to it: an attacker can have made it the
// same on two connections.
func (e *exporter12) unique() ([]byte, error) {
	if e.unbound {
		return nil, errUnboundUnique
	}
	return bytes.Clone(e.first.Bytes()), nil
}

func (e *exporter12) clone() exportSecret { c := *e; return &c }
func (e *exporter12) clear()              { e.master.Clear() }
func (e *exporter12) size() int           { return int(unsafe.Sizeof(*e)) }
