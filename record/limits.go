package record

// What a peer may send in a row without getting anywhere. The numbers are those that BoGo probes.
const (
	maxEmpty      = 32 // records without content, and dropped change_cipher_spec records of TLS 1.3
	maxWarnings   = 4  // warning alerts, user_canceled included
	maxKeyUpdates = 32 // KeyUpdate messages without application data between them
	maxMessages   = 64 // messages of any kind after the handshake, likewise: more than anybody has to say
)

// streaks counts what came in a row. Reader resets each count when something else comes.
type streaks struct {
	empty, warnings, keyUpdates, messages uint8
}

// seen takes note of a record with n bytes of content. Empty records and alerts end nobody's row: who alternates between
// them gets nowhere either.
func (s *streaks) seen(t ContentType, n int) error {
	if t == TypeApplicationData && n > 0 {
		*s = streaks{}
		return nil
	}
	return s.seenOther(t, n)
}

// seenOther is seen for all that is not data.
func (s *streaks) seenOther(t ContentType, n int) error {
	if n == 0 {
		return s.nothing()
	}
	if t != TypeAlert {
		s.empty, s.warnings = 0, 0
	}
	return nil
}

// nothing counts a record that brings nothing.
func (s *streaks) nothing() error {
	return count(&s.empty, maxEmpty, ReasonTooManyEmptyFragments, "empty records")
}

// count refuses the one after limit.
func count(n *uint8, limit uint8, r Reason, what string) error {
	if *n >= limit {
		return Fail(AlertUnexpectedMessage, r, "more than %d %s in a row", limit, what)
	}
	*n++
	return nil
}

// CountWarning notes a warning alert or a user_canceled that the engine ignores. The fifth in a row is an *Error,
// unexpected_message; any record with content that is no alert ends the row.
func (r *Reader) CountWarning() error {
	return count(&r.streaks.warnings, maxWarnings, ReasonTooManyWarningAlerts, "warning alerts")
}

// CountKeyUpdate notes a KeyUpdate message. The 33rd without application data in between is an *Error, unexpected_message.
func (r *Reader) CountKeyUpdate() error {
	return count(&r.streaks.keyUpdates, maxKeyUpdates, ReasonTooManyKeyUpdates, "KeyUpdate messages")
}

// CountMessage notes a handshake message that came after the handshake: a ticket, a KeyUpdate, a wish to negotiate again. The
// 65th without application data in between is an *Error, unexpected_message.
func (r *Reader) CountMessage() error {
	return count(&r.streaks.messages, maxMessages, ReasonUnexpectedMessage, "handshake messages after the handshake")
}
