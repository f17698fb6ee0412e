package main

import (
	"flag"
	"fmt"
	"io"

	"tlsengine/handshake"
	"tlsengine/sslsock"
)

// falseStartFlag is the flag of connect about writing before the server's Finished.
type falseStartFlag struct{ on bool }

func (f *falseStartFlag) define(flags *flag.FlagSet) {
	flags.BoolVar(&f.on, "false-start", false,
		"with TLS 1.2, send the first of standard input before the server has confirmed what was negotiated (RFC 7918)")
}

// options are what a connection is made with.
func (f *falseStartFlag) options(c *sslsock.Context) []sslsock.SocketOption {
	if !f.on {
		return nil
	}
	c.SetFalseStart(handshake.FalseStartAlways)
	return []sslsock.SocketOption{sslsock.WithDoHandshakeOnConnect(false)} // the first Write runs it, as far as it has to
}

// start sends what comes first of in, and ends the handshake.
func (f *falseStartFlag) start(s *sslsock.Socket, in io.Reader) ([]fact, error) {
	if !f.on {
		return nil, nil
	}
	buffer := make([]byte, bufferSize)
	n, err := in.Read(buffer)
	if err != nil && err != io.EOF {
		return nil, &localError{"standard input", err}
	}
	if n > 0 {
		if _, err := s.Write(buffer[:n]); err != nil {
			return nil, err
		}
	}
	ahead := s.HandshakeInfo() == nil
	if err := s.Handshake(); err != nil {
		return nil, err
	}
	if n == 0 || !ahead {
		return []fact{{"false start", "no: there was nothing to send, or the handshake was done first"}}, nil
	}
	return []fact{{"false start", fmt.Sprintf("%d bytes went before the server's Finished", n)}}, nil
}
