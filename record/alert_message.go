package record

import "tlsengine/cipher"

// AlertMessage is an alert as it came (RFC 8446, Section 6; RFC 5246, Section 7.2).
type AlertMessage struct {
	Level AlertLevel
	Alert Alert
}

// ParseAlert reads the content of an alert record. It must be one whole alert.
func ParseAlert(content []byte) (AlertMessage, error) {
	// RFC 8446, Section 5.1: an alert is never fragmented and never shares its record; Section 6: it has two bytes.
	if len(content) != 2 {
		return AlertMessage{}, Fail(AlertDecodeError, ReasonBadAlert, "an alert of %d bytes", len(content))
	}
	m := AlertMessage{Level: AlertLevel(content[0]), Alert: Alert(content[1])}
	// RFC 8446, Section 6: warning(1), fatal(2). In range of its field, out of range of its meaning: illegal_parameter.
	if m.Level != LevelWarning && m.Level != LevelFatal {
		return AlertMessage{}, Fail(AlertIllegalParameter, ReasonUnknownAlertType, "an alert of level %d", uint8(m.Level))
	}
	return m, nil
}

// Append appends the alert as it stands in a record.
func (m AlertMessage) Append(to []byte) []byte { return append(to, byte(m.Level), byte(m.Alert)) }

// Effect is what an alert does to a connection.
type Effect uint8

// The effects.
const (
	EffectFatal  Effect = iota // the connection is over; FromPeer makes the error
	EffectClose                // close_notify: no more data will come
	EffectIgnore               // a warning: counted by Reader.CountWarning, otherwise ignored
)

// AlertSet is how the alerts of an era are understood: a row chosen once, with the version.
type AlertSet struct {
	levels  bool            // the level says whether an alert is fatal
	nearest map[Alert]Alert // what is sent in place of alerts that the version doesn't have; nil if it has all
}

var (
	alerts12 = &AlertSet{levels: true}
	alerts13 = &AlertSet{}
	alerts30 = &AlertSet{levels: true, nearest: map[Alert]Alert{
		// RFC 6101, Section 5.4.2 has these; all others are a handshake_failure.
		AlertUnexpectedMessage: AlertUnexpectedMessage, AlertBadRecordMAC: AlertBadRecordMAC,
		AlertDecompressionFailure: AlertDecompressionFailure, AlertNoCertificate: AlertNoCertificate,
		AlertBadCertificate: AlertBadCertificate, AlertUnsupportedCertificate: AlertUnsupportedCertificate,
		AlertCertificateRevoked: AlertCertificateRevoked, AlertCertificateExpired: AlertCertificateExpired,
		AlertCertificateUnknown: AlertCertificateUnknown, AlertIllegalParameter: AlertIllegalParameter,
		AlertCloseNotify: AlertCloseNotify,

		AlertUnknownCA: AlertBadCertificate, AlertRecordOverflow: AlertIllegalParameter, AlertDecodeError: AlertIllegalParameter,
	}}
)

// Send returns the alert that says a to a peer: a itself, or in SSL 3.0 the nearest that there is.
func (s *AlertSet) Send(a Alert) Alert {
	if s.nearest == nil {
		return a
	}
	if n, ok := s.nearest[a]; ok {
		return n
	}
	return AlertHandshakeFailure
}

// AlertsOf returns the alert set of version v. Before a version is chosen, v is 0 and the old rules hold.
func AlertsOf(v cipher.Version) *AlertSet {
	switch {
	case v >= cipher.VersionTLS13:
		return alerts13
	case v == cipher.VersionSSL30:
		return alerts30
	}
	return alerts12
}

// Effect says what m does.
func (s *AlertSet) Effect(m AlertMessage) Effect {
	switch {
	case m.Alert == AlertCloseNotify:
		// RFC 8446, Section 6.1: whatever its level.
		return EffectClose
	case m.Alert == AlertUserCanceled && (!s.levels || m.Level == LevelWarning):
		// RFC 8446, Section 6.1: ignored, close_notify follows.
		return EffectIgnore
	case s.levels && m.Level == LevelWarning:
		// RFC 5246, Section 7.2.2: after a warning the connection may go on.
		return EffectIgnore
	}
	// RFC 8446, Section 6.2: all others are errors, regardless of the level, unknown ones too.
	return EffectFatal
}

// HalfCloses tells whether one direction may stay open when the other was closed. RFC 8446, Section 6.1 says so; RFC 5246,
// Section 7.2.1 wants a close_notify answered at once.
func (s *AlertSet) HalfCloses() bool { return !s.levels }
