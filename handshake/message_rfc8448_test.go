package handshake

import (
	"bytes"
	"encoding/hex"
	"os"
	"strings"
	"testing"

	"tlsengine/cipher"
)

// TestMessagesOfRFC8448 reads every message of the RFC's traces and writes it again byte for byte.
func TestMessagesOfRFC8448(t *testing.T) {
	traces, err := os.ReadFile("../testdata/rfc8448.txt")
	if err != nil {
		t.Fatal(err)
	}
	asked := everything()
	asked.Add(28) // record_size_limit, which the traces' client asks for and this package has no row for
	read, retries := 0, 0
	for line := range strings.Lines(string(traces)) {
		fields := strings.Fields(line)
		if len(fields) != 4 || fields[0] != "message" {
			continue
		}
		whole, err := hex.DecodeString(fields[3])
		if err != nil {
			t.Fatal(err)
		}
		mt := MessageType(whole[0])
		m, err := parseMessage(mt, whole[headerSize:], Form13, asked)
		if err != nil {
			t.Errorf("%s: %v", fields[2], err)
			continue
		}
		if again, err := appendMessage(nil, m, Form13); err != nil || !bytes.Equal(again, whole) {
			t.Errorf("%s: %v\nread    %x\nwritten %x", fields[2], err, whole, again)
		}
		if fields[2] != mt.String() {
			t.Errorf("%s was read as %v", fields[2], mt)
		}
		if isRetry(m) {
			retries++
		}
		if sh, ok := m.(*ServerHello); ok && sh.SelectedVersion() != cipher.VersionTLS13 {
			t.Errorf("%s selects %v", fields[2], sh.SelectedVersion())
		}
		read++
	}
	if read < 20 || retries != 1 {
		t.Errorf("%d messages were found, among them %d HelloRetryRequests, which Section 5 has one of", read, retries)
	}
}

func isRetry(m Message) bool {
	sh, ok := m.(*ServerHello)
	return ok && sh.IsRetry()
}
