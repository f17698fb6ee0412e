package engine

import (
	"encoding/hex"
	"io"
	"sync"
)

// keyLog writes secrets in the format of SSLKEYLOGFILE: a label, the client's random and the secret, in hexadecimal,
// one line each (draft-ietf-tls-keylogfile).
type keyLog struct {
	mu sync.Mutex
	w  io.Writer
}

// write logs one secret. An error of the writer is passed over: a connection does not depend on who listens in.
func (k *keyLog) write(label string, clientRandom, secret []byte) {
	line := make([]byte, 0, len(label)+2*len(clientRandom)+2*len(secret)+3)
	line = append(line, label...)
	line = append(line, ' ')
	line = hex.AppendEncode(line, clientRandom)
	line = append(line, ' ')
	line = hex.AppendEncode(line, secret)
	line = append(line, '\n')
	k.mu.Lock()
	defer k.mu.Unlock()
	k.w.Write(line)
	clear(line)
}
