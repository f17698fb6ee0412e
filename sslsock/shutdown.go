package sslsock

// ShutdownHow says which direction Shutdown closes.
type ShutdownHow int

// The directions, with the numbers of the socket API.
const (
	ShutRd   ShutdownHow = 0
	ShutWr   ShutdownHow = 1
	ShutRdWr ShutdownHow = 2
)

// Shutdown closes one direction or both. Sending is closed as by CloseWrite, with close_notify; for receiving the
// transport is told to take no more, if it can. The socket is still to be closed. Another number gives
// ErrInvalidArgument.
func (s *Socket) Shutdown(how ShutdownHow) error {
	if how < ShutRd || how > ShutRdWr {
		return argumentError("Shutdown takes ShutRd, ShutWr or ShutRdWr")
	}
	if how != ShutRd {
		if err := s.CloseWrite(); err != nil {
			return err
		}
	}
	if how == ShutWr {
		return nil
	}
	return s.closeRead()
}

func (s *Socket) closeRead() error {
	if err := s.enter(); err != nil {
		return err
	}
	defer s.leave()
	if half, ok := s.transport.(interface{ CloseRead() error }); ok {
		if err := half.CloseRead(); err != nil {
			return s.broken("read", err)
		}
	}
	return nil
}
