package main

import (
	"flag"
	"fmt"
	"os"

	"tlsengine/handshake"
	"tlsengine/sslsock"
)

// earlyFlag is the flag of connect about early data.
type earlyFlag struct {
	file string
	data []byte
}

func (f *earlyFlag) define(flags *flag.FlagSet) {
	flags.StringVar(&f.file, "early-data", "",
		"send `FILE` with the hello if a session allows it (-sess-in, -reconnect), afterwards if not: who sees it can send it again")
}

// options are what a connection is made with.
func (f *earlyFlag) options() (opts []sslsock.SocketOption, err error) {
	if f.file == "" {
		return nil, nil
	}
	if f.data, err = os.ReadFile(f.file); err != nil {
		return nil, fmt.Errorf("-early-data: %w", err)
	}
	return []sslsock.SocketOption{sslsock.WithEarlyData(f.data)}, nil
}

// facts tell what became of it.
func (f *earlyFlag) facts(s *sslsock.Socket) []fact {
	switch i := s.HandshakeInfo(); {
	case f.file == "":
		return nil
	case s.EarlyDataAccepted():
		return []fact{{"early data", "accepted"}}
	case i.EarlyData == handshake.EarlyNotOffered:
		return []fact{{"early data", "not sent: no session has room for it; it goes now"}}
	default:
		return []fact{{"early data", fmt.Sprintf("refused (%v); it goes again now", i.EarlyData)}}
	}
}

// catchUp sends what the server didn't take early.
func (f *earlyFlag) catchUp(s *sslsock.Socket) error {
	if f.file == "" || s.EarlyDataAccepted() {
		return nil
	}
	_, err := s.Write(f.data)
	return err
}
