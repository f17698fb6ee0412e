package main

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"strings"
)

// secrets are the lines that a connection writes to its key log.
type secrets struct{ strings.Builder }

// traffic returns the secret of TLS 1.3's application data from one end.
func (s *secrets) traffic(end string) ([]byte, error) {
	for line := range strings.Lines(s.String()) {
		if words := strings.Fields(line); len(words) == 3 && words[0] == end+"_TRAFFIC_SECRET_0" {
			return hex.DecodeString(words[2])
		}
	}
	return nil, fmt.Errorf("%w: the key log lacks the secret of %s", errBroken, end)
}

// writeSecrets sends the length of the secrets, that of what is read, and that of what is written.
func (c *connection) writeSecrets() error {
	reads, writes := "SERVER", "CLIENT"
	if c.s.server {
		reads, writes = writes, reads
	}
	read, err := c.hooks.secrets.traffic(reads)
	if err != nil {
		return err
	}
	write, err := c.hooks.secrets.traffic(writes)
	if err != nil {
		return err
	}
	return c.write(append(append(binary.LittleEndian.AppendUint16(nil, uint16(len(read))), read...), write...))
}
