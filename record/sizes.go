package record

// sizes are limits on records that were negotiated for one direction, in bytes; 0 is none.
type sizes struct {
	fragment  uint16 // of the content of any record (RFC 6066, Section 4)
	protected uint16 // of the plaintext of protected ones, in TLS 1.3 with type and padding (RFC 8449, Section 4)
}

func (s *sizes) setFragment(n int) { s.fragment = uint16(min(max(n, 1), MaxPlaintext)) }

// setProtected takes a record_size_limit. One that even the fullest record of TLS 1.3 keeps is none.
func (s *sizes) setProtected(n int) {
	s.protected = uint16(max(n, 2))
	if n > MaxPlaintext {
		s.protected = 0
	}
}

// content is the most that a record under p, which may be nil, may hold beside its type and padding.
func (s *sizes) content(p Protection) int {
	most := MaxPlaintext
	if s.fragment > 0 {
		most = int(s.fragment)
	}
	if _, null := p.(nullSealer); null || p == nil || s.protected == 0 {
		return most
	}
	limit := int(s.protected)
	if p.Hides() {
		limit--
	}
	return min(most, limit)
}
