package main

import (
	"bytes"
	"errors"
	"slices"

	"tlsengine/handshake"
)

// toys are BoGo's own algorithms for certificate compression. They compress nothing, but show whether what one end puts on or
// takes off arrives. BoGo takes the one with the highest number for the best.
var toys = []*handshake.CertificateCompression{throwing, expanding, shrinking}

// shrinking leaves out the two zero bytes with which the Certificate messages of BoGo begin.
var shrinking = &handshake.CertificateCompression{
	ID: 0xff01,
	Compress: func(p []byte) ([]byte, error) {
		if rest, ok := bytes.CutPrefix(p, []byte{0, 0}); ok {
			return slices.Clone(rest), nil
		}
		return nil, errToy
	},
	Decompress: func(p, compressed []byte) error { return fillToy(p, append([]byte{0, 0}, compressed...)) },
}

// expanding puts four bytes before the message.
var expanding = &handshake.CertificateCompression{
	ID:       0xff02,
	Compress: func(p []byte) ([]byte, error) { return append([]byte{1, 2, 3, 4}, p...), nil },
	Decompress: func(p, compressed []byte) error {
		rest, ok := bytes.CutPrefix(compressed, []byte{1, 2, 3, 4})
		if !ok {
			return errToy
		}
		return fillToy(p, rest)
	},
}

// throwing puts a byte before the message that says nothing.
var throwing = &handshake.CertificateCompression{
	ID:         0xff03,
	Compress:   func(p []byte) ([]byte, error) { return append([]byte{0x5a}, p...), nil },
	Decompress: func(p, compressed []byte) error { return fillToy(p, compressed[1:]) },
}

var errToy = errors.New("this is nothing for a toy algorithm")

func fillToy(p, from []byte) error {
	if len(p) != len(from) {
		return errToy
	}
	copy(p, from)
	return nil
}

// compressions returns the algorithms that the flags install.
func (s *settings) compressions() []*handshake.CertificateCompression {
	return slices.DeleteFunc(slices.Clone(toys), func(a *handshake.CertificateCompression) bool {
		return !s.installCompressions && s.installCompression != int(a.ID)
	})
}
