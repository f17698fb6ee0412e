package keyschedule

import (
	"errors"
	"math"
	"slices"

	"tlsengine/cipher"
)

// ErrExport is the error for an export that the protocol has no room for: a label, context or output that is too long.
var ErrExport = errors.New("exporter: the label, the context or the output is too long")

// ErrReservedLabel is the error for an exporter label that the protocol itself uses.
var ErrReservedLabel = errors.New("exporter: the label is one of the protocol's own")

// Export13 fills out with keying material for an application (RFC 8446, Section 7.5), exporter being Master.Exporter's or
// Early.Exporter's secret. A nil context is the same as an empty one. The error is ErrExport: a label of more than 249
// bytes, or more output than 255 hashes; out is then left alone.
func Export13(exporter Secret, label string, context, out []byte) error {
	h := exporter.h
	if len(label) > cipher.MaxLabelLength || len(out) > cipher.MaxHKDFExpand(h) {
		return ErrExport
	}
	var room [maxSecret]byte
	secret := exporter.derive(label, h.Sum(room[:0], nil))
	cipher.HKDFExpandLabel(h, out, secret.Bytes(), "exporter", h.Sum(room[:0], context))
	secret.Clear()
	exporter.Clear()
	return nil
}

// ErrNoExporter is the error for an export from a version that has no exporter.
var ErrNoExporter = errors.New("exporter: SSL 3.0 has none")

// reserved12 lists the labels with which the PRF makes the connection's own secrets: an export under one of them would give
// those away (RFC 5705, Section 4).
var reserved12 = []string{labelClientFinished, labelServerFinished, labelMaster, labelExtendedMaster, labelKeys}

// Export fills out with keying material for an application (RFC 5705, Section 4). useContext tells an empty context from none.
// Errors: ErrNoExporter; ErrReservedLabel; ErrExport for a context of 65536 bytes or more. out is then left alone.
func (m *Master12) Export(label string, context []byte, useContext bool, clientRandom, serverRandom, out []byte) error {
	if m.d.way == letters {
		return ErrNoExporter // RFC 5705, Section 4 builds on the PRF of TLS
	}
	if slices.Contains(reserved12, label) {
		return ErrReservedLabel
	}
	if !useContext {
		m.d.expand(out, m.b[:], label, clientRandom, serverRandom)
		return nil
	}
	if len(context) > math.MaxUint16 {
		return ErrExport
	}
	length := [2]byte{byte(len(context) >> 8), byte(len(context))}
	m.d.expand(out, m.b[:], label, clientRandom, serverRandom, length[:], context)
	return nil
}
