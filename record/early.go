package record

import "errors"

// SkipEarlyData lets r skip early data that the server refused: records that can't be opened, as long as their payloads sum up to
// at most budget bytes, until one does open (RFC 8446, Section 4.2.10). Without keys, after a HelloRetryRequest, it skips
// application_data records; there SkipEarlyData(0) ends it.
func (r *Reader) SkipEarlyData(budget int) {
	r.skip, r.like = 0, accepted{}
	if budget > 0 {
		r.skip = budget + 1 // so that a budget used up exactly still differs from none
	}
}

// skipped takes a record of n bytes from the budget; an empty one is counted as such.
func (r *Reader) skipped(n int) error {
	if n == 0 {
		return r.streaks.nothing()
	}
	if n >= r.skip {
		return Fail(AlertUnexpectedMessage, ReasonTooMuchSkippedEarlyData, "refused early data goes on beyond what is skipped")
	}
	r.skip -= n
	return nil
}

// isRecordMAC reports whether err is the failure to authenticate.
func isRecordMAC(err error) bool {
	var e *Error
	return errors.As(err, &e) && e.Alert == AlertBadRecordMAC
}
